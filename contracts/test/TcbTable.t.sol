// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {vm} from "../script/Vm.sol";
import {TcbTable} from "../src/attestation/TcbTable.sol";
import {TcbText, TcbTextErrors} from "../src/attestation/TcbText.sol";
import {Check} from "./kit/Check.sol";
import {Pcs} from "./kit/Pcs.sol";

contract Tables {
    function create(bytes calldata table) external returns (address) {
        return TcbTable.create(table);
    }
}

/// How much TCB info and QE identities may say, and how it is kept.
contract TcbTableTest is Check {
    uint256 private constant MAX_CODE = 24_576;

    Tables private tables;
    TcbText private text;

    function setUp() public {
        tables = new Tables();
        text = new TcbText();
    }

    /* Kept as code: a STOP, then the table. */

    function test_largest() public {
        bytes memory table = new bytes(MAX_CODE - 1);
        table[0] = 0xab;
        table[MAX_CODE - 2] = 0xcd;
        address at = tables.create(table);
        eq(at.code.length, MAX_CODE, "size");
        eq(keccak256(at.code), keccak256(bytes.concat(hex"00", table)), "contents");
        eq(keccak256(TcbTable.load(at, type(uint256).max)), keccak256(table), "read back");
        eq(keccak256(TcbTable.load(at, 1)), keccak256(hex"ab"), "its first byte");
    }

    function test_tooLarge() public {
        vm.expectRevert(abi.encodeWithSelector(TcbTable.TableTooLarge.selector, MAX_CODE));
        tables.create(new bytes(MAX_CODE));
    }

    /// What creates runs out of gas, and a little is left to say so.
    function test_notCreated() public {
        bytes memory table = new bytes(MAX_CODE - 1);
        vm.expectRevert(abi.encodeWithSelector(TcbTable.TableNotCreated.selector, table.length));
        tables.create{gas: 3_000_000}(table);
    }

    /// What is written is what is read, whatever stands beside it.
    function testFuzz_head(bytes32 id, uint256 seed) public pure {
        TcbTable.Head memory h;
        (h.signerId, h.issueDate, h.nextUpdate) = (id, uint40(seed), uint40(seed >> 40));
        (h.evaluation, h.pceIdOrProduct) = (uint32(seed >> 80), uint16(seed >> 112));
        (h.levels, h.modules) = (uint8(seed >> 128), uint8(seed >> 136));
        h.miscSelect = bytes4(uint32(seed >> 144));
        h.miscSelectMask = bytes4(uint32(seed >> 176));
        bytes memory table = new bytes(TcbTable.HEAD);
        TcbTable.writeHead(table, h);
        (bytes32 signer, uint256 head) = TcbTable.headOf(table);
        eq(signer, id, "signer");
        eq(TcbTable.issueDate(head), h.issueDate, "issueDate");
        eq(TcbTable.nextUpdate(head), h.nextUpdate, "nextUpdate");
        eq(TcbTable.evaluation(head), h.evaluation, "evaluation");
        eq(TcbTable.pceIdOrProduct(head), h.pceIdOrProduct, "PCEID");
        eq(TcbTable.levels(head), h.levels, "levels");
        eq(TcbTable.modules(head), h.modules, "modules");
        eq(bytes32(TcbTable.miscSelect(head)), bytes32(h.miscSelect), "MISCSELECT");
        eq(bytes32(TcbTable.miscSelectMask(head)), bytes32(h.miscSelectMask), "its mask");
    }

    /* Counts. A byte each: 255 at most. */

    function test_enclaveLevels() public {
        Pcs.Identity memory i = Pcs.identity(true);
        i.levels = _levels(1);
        bytes memory one =
            '{"tcb":{"isvsvn":900},"tcbDate":"2023-08-09T00:00:00Z","tcbStatus":"UpToDate"}';
        (, TcbTable.Head memory head) = text.qeIdentity(_times(Pcs.text(i), one, "900", 255), 0);
        eq(head.levels, 255, "levels");
        bytes memory many = _times(Pcs.text(i), one, "900", 256);
        vm.expectRevert(
            abi.encodeWithSelector(TcbTextErrors.TcbLevelsTooMany.selector, many.length - 2)
        );
        text.qeIdentity(many, 0);
    }

    function test_platformLevels() public {
        Pcs.Info memory i = Pcs.sgx();
        Pcs.Level[] memory all = i.levels;
        i.levels = new Pcs.Level[](1);
        i.levels[0] = all[0];
        i.levels[0].pceSvn = 900;
        bytes memory whole = Pcs.text(i);
        bytes memory one = cut(whole, find(whole, '{"tcb":{"sgx'), whole.length - 2);
        (, TcbTable.Head memory head) = text.tcbInfo(_times(whole, one, "900", 255), 0);
        eq(head.levels, 255, "levels");
        bytes memory many = _times(whole, one, "900", 256);
        vm.expectRevert(
            abi.encodeWithSelector(TcbTextErrors.TcbLevelsTooMany.selector, many.length - 2)
        );
        text.tcbInfo(many, 0);
    }

    /// One for each number that a byte can be is one too many to count.
    function test_modules() public {
        (bytes memory whole, bytes memory one) = _oneModule();
        (bytes memory table, TcbTable.Head memory head) = text.tcbInfo(_modules(whole, one, 255), 0);
        eq(head.modules, 255, "modules");
        eq(uint8(table[TcbTable.INFO_MODULES + 93]), 1, "the second's version");
        bytes memory many = _modules(whole, one, 256);
        vm.expectRevert(
            abi.encodeWithSelector(
                TcbTextErrors.TcbModulesTooMany.selector, find(many, '"TDX_FF"') + 7
            )
        );
        text.tcbInfo(many, 0);
    }

    /* Advisories. */

    function test_noAdvisories() public view {
        Pcs.Info memory i = Pcs.sgx();
        bytes memory whole = Pcs.text(i);
        bytes memory said = bytes(i.levels[1].advisories);
        (bytes memory table,) = text.tcbInfo(whole, 0);
        uint256 second = TcbTable.INFO_BODY + TcbTable.PLATFORM_LEVEL + 35;
        eq(bytes32(cut(table, second, second + 32)), keccak256(said), "what it says");
        uint256 at = find(whole, said);
        bytes memory none =
            bytes.concat(cut(whole, 0, at), cut(whole, at + said.length, whole.length));
        (table,) = text.tcbInfo(none, 0);
        eq(bytes32(cut(table, second, second + 32)), 0, "an empty list");
    }

    /* Helpers. */

    function _levels(uint256 count) private pure returns (Pcs.SvnLevel[] memory levels) {
        levels = new Pcs.SvnLevel[](count);
        for (uint256 n = 0; n < count; n++) {
            levels[n] = Pcs.SvnLevel(900 - n, "UpToDate", "");
        }
    }

    function _oneModule() private pure returns (bytes memory whole, bytes memory one) {
        Pcs.Info memory i = Pcs.tdx();
        i.modules = new Pcs.Module[](1);
        i.modules[0] = Pcs.module("TDX_00", 3);
        i.modules[0].levels = _levels(1);
        whole = Pcs.text(i);
        one = cut(whole, find(whole, '{"id":"TDX_00"'), find(whole, '],"tcbLevels":[{"tcb":{"sgx'));
    }

    function _modules(bytes memory whole, bytes memory one, uint256 count)
        private
        pure
        returns (bytes memory out)
    {
        uint256 from;
        (out, from) = _repeat(whole, one, count);
        for (uint256 n = 0; n < count; n++) {
            bytes memory id = Pcs.digits(abi.encodePacked(uint8(n)));
            uint256 at = from + n * (one.length + 1) + 11;
            (out[at], out[at + 1]) = (id[0], id[1]);
        }
    }

    /// A text with this part of it so many times, each with a number of three
    /// digits one lower than before.
    function _times(bytes memory whole, bytes memory one, bytes memory number, uint256 count)
        private
        pure
        returns (bytes memory out)
    {
        uint256 from;
        (out, from) = _repeat(whole, one, count);
        from += find(one, number);
        for (uint256 n = 0; n < count; n++) {
            uint256 value = 900 - n;
            for (uint256 digit = 3; digit > 0; value /= 10) {
                out[from + n * (one.length + 1) + --digit] = bytes1(uint8(0x30 + (value % 10)));
            }
        }
    }

    /// With commas between. from is where the first one stands.
    function _repeat(bytes memory whole, bytes memory one, uint256 count)
        private
        pure
        returns (bytes memory out, uint256 from)
    {
        from = find(whole, one);
        uint256 size = one.length + 1;
        bytes memory list = new bytes(size * count - 1);
        bytes memory part = bytes.concat(one, ",");
        for (uint256 n = 0; n < count; n++) {
            uint256 length = n + 1 < count ? size : size - 1;
            assembly ("memory-safe") {
                mcopy(add(add(list, 0x20), mul(n, size)), add(part, 0x20), length)
            }
        }
        out = bytes.concat(cut(whole, 0, from), list, cut(whole, from + one.length, whole.length));
    }
}
