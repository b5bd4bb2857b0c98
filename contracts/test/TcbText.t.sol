// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {vm} from "../script/Vm.sol";
import {CollateralRegistry} from "../src/attestation/CollateralRegistry.sol";
import {JsonErrors} from "../src/attestation/Json.sol";
import {TcbTextErrors} from "../src/attestation/TcbText.sol";
import {Pcs} from "./kit/Pcs.sol";
import {Pki} from "./kit/Pki.sol";
import {RegistryTest} from "./kit/RegistryTest.sol";

/// Everything here is signed as it is: only the form is wrong.
contract TcbTextTest is RegistryTest {
    function setUp() public override {
        super.setUp();
        Pcs.putPki(registry);
    }

    /* Form. */

    function test_valid() public {
        _take(Pcs.text(Pcs.sgx()));
        _take(Pcs.text(Pcs.tdx()));
        _takeIdentity(Pcs.text(Pcs.identity(false)));
        _takeIdentity(Pcs.text(Pcs.identity(true)));
    }

    function test_whitespace() public {
        bytes memory text = Pcs.text(Pcs.sgx());
        bytes[4] memory spaces = [bytes(" "), "\n", "\t", "\r"];
        uint256[4] memory places = [uint256(0), 1, 6, text.length - 1];
        for (uint256 i = 0; i < 4; i++) {
            bytes memory spaced =
                bytes.concat(cut(text, 0, places[i]), spaces[i], cut(text, places[i], text.length));
            _refuse(spaced, abi.encodeWithSelector(JsonErrors.JsonWhitespace.selector, places[i]));
        }
        _refuse(
            bytes.concat(text, "\n"),
            abi.encodeWithSelector(JsonErrors.JsonTrailing.selector, text.length, text.length + 1)
        );
    }

    function test_reorderedMembers() public {
        bytes memory text = Pcs.text(Pcs.sgx());
        bytes memory a = '"pceId":"0000"';
        bytes memory b = '"tcbType":0';
        text = _replace(text, bytes.concat(a, ",", b), bytes.concat(b, ",", a));
        _refuse(
            text,
            abi.encodeWithSelector(
                JsonErrors.JsonUnexpected.selector, find(text, b) + 1, bytes32('pceId":"')
            )
        );
    }

    function test_extraMember() public {
        bytes memory text = Pcs.text(Pcs.sgx());
        bytes memory extra = _replace(text, '"tcbType":0', '"tcbType":0,"new":1');
        _refuse(
            extra,
            abi.encodeWithSelector(
                JsonErrors.JsonUnexpected.selector,
                find(extra, '"new"') + 1,
                bytes32('tcbEvaluationDataNumber":')
            )
        );
        extra = bytes.concat(cut(text, 0, text.length - 1), ',"new":1}');
        _refuse(
            extra,
            abi.encodeWithSelector(
                JsonErrors.JsonUnexpected.selector, text.length - 1, bytes32("}")
            )
        );
    }

    /// The second of two would be another reading.
    function test_duplicateMember() public {
        bytes memory text = Pcs.text(Pcs.sgx());
        bytes memory one = '"pceId":"0000",';
        text = _replace(text, one, bytes.concat(one, one));
        _refuse(
            text,
            abi.encodeWithSelector(
                JsonErrors.JsonUnexpected.selector,
                find(text, bytes.concat(one, one)) + one.length + 1,
                bytes32('tcbType":')
            )
        );
    }

    function test_missingMember() public {
        bytes memory text = _replace(Pcs.text(Pcs.sgx()), ',"pceId":"0000"', "");
        _refuse(
            text,
            abi.encodeWithSelector(
                JsonErrors.JsonUnexpected.selector, find(text, "tcbType"), bytes32('pceId":"')
            )
        );
    }

    /// Every prefix: named, and never a panic.
    function test_truncated() public {
        bytes memory text = Pcs.text(Pcs.tdx());
        for (uint256 n = 0; n < text.length; n += 7) {
            bytes memory json = cut(text, 0, n);
            try registry.putTcbInfo(json, Pcs.sign(json, Pki.SIGNER), _signer()) {
                revert NotSo("a prefix is refused");
            } catch (bytes memory reason) {
                _isNamed(reason);
            }
        }
    }

    function test_notJson() public {
        _refuse(
            "", abi.encodeWithSelector(JsonErrors.JsonUnexpected.selector, 0, bytes32('{"id":"'))
        );
        _refuse(
            "[]", abi.encodeWithSelector(JsonErrors.JsonUnexpected.selector, 0, bytes32('{"id":"'))
        );
    }

    /* Heads. */

    function test_ids() public {
        Pcs.Info memory i = Pcs.sgx();
        i.id = "SGX2";
        _refuse(i, abi.encodeWithSelector(TcbTextErrors.TcbInfoIdUnknown.selector, "SGX2"));
        Pcs.Identity memory q = Pcs.identity(false);
        q.id = "QVE";
        _refuseIdentity(
            q, abi.encodeWithSelector(TcbTextErrors.QeIdentityIdUnknown.selector, "QVE")
        );
    }

    function test_versions() public {
        Pcs.Info memory i = Pcs.sgx();
        i.version = "2";
        _refuse(i, abi.encodeWithSelector(TcbTextErrors.TcbInfoVersionUnsupported.selector, 2));
        Pcs.Identity memory q = Pcs.identity(false);
        q.version = "3";
        _refuseIdentity(
            q, abi.encodeWithSelector(TcbTextErrors.QeIdentityVersionUnsupported.selector, 3)
        );
        i = Pcs.sgx();
        i.tcbType = "1";
        _refuse(i, abi.encodeWithSelector(TcbTextErrors.TcbTypeUnsupported.selector, 1));
    }

    function test_dates() public {
        string[11] memory bad = [
            "2023-11-14 22:13:20Z",
            "2100-02-29T00:00:00Z",
            "2023-11-14T22:13:60Z",
            "2023-11-14T22:13:20",
            "2023-11-14T22:13:20+",
            "2023-13-14T22:13:20Z",
            "2023-02-29T22:13:20Z",
            "2023-11-14T24:13:20Z",
            "2023-11-14T22:60:20Z",
            "20x3-11-14T22:13:20Z",
            "1969-12-31T23:59:59Z"
        ];
        for (uint256 n = 0; n < bad.length; n++) {
            Pcs.Info memory i = Pcs.sgx();
            i.issued = bad[n];
            uint256 at = find(Pcs.text(i), '"issueDate":"') + 13;
            _refuse(i, abi.encodeWithSelector(JsonErrors.JsonDateInvalid.selector, at));
            i = Pcs.sgx();
            i.levels[1].date = bad[n];
            at = find(Pcs.text(i), bytes.concat('"tcbDate":"', bytes(bad[n]), '"')) + 11;
            _refuse(i, abi.encodeWithSelector(JsonErrors.JsonDateInvalid.selector, at));
        }
    }

    function test_numbers() public {
        string[4] memory bad = ["017", "", "-1", "x"];
        for (uint256 n = 0; n < bad.length; n++) {
            Pcs.Info memory i = Pcs.sgx();
            i.evaluation = bad[n];
            uint256 at = find(Pcs.text(i), '"tcbEvaluationDataNumber":') + 26;
            _refuse(i, abi.encodeWithSelector(JsonErrors.JsonNumberInvalid.selector, at));
        }
        Pcs.Info memory large = Pcs.sgx();
        large.evaluation = "4294967296";
        uint256 where = find(Pcs.text(large), "4294967296");
        _refuse(
            large,
            abi.encodeWithSelector(JsonErrors.JsonNumberTooLarge.selector, where, type(uint32).max)
        );
        /* Neither fractions nor exponents. */
        large.evaluation = "17.0";
        where = find(Pcs.text(large), ".0");
        _refuse(
            large,
            abi.encodeWithSelector(
                JsonErrors.JsonUnexpected.selector, where, bytes32(',"tcbLevels":[')
            )
        );
    }

    function test_hexadecimal() public {
        bytes memory text = _replace(Pcs.text(Pcs.sgx()), '"fmspc":"90', '"fmspc":"9g');
        uint256 at = find(text, "9g");
        _refuse(text, abi.encodeWithSelector(JsonErrors.JsonHexInvalid.selector, at));
        /* Either case. */
        _take(_replace(Pcs.text(Pcs.sgx()), "90C06F", "90c06f"));
    }

    /* Levels. */

    function test_componentCounts() public {
        for (uint256 count = 15; count <= 17; count += 2) {
            bytes memory whole = Pcs.components(Pki.COMPONENTS, 16);
            bytes memory other = Pcs.components(Pki.COMPONENTS, count);
            bytes memory text = _replace(Pcs.text(Pcs.sgx()), whole, other);
            uint256 at = find(text, other);
            at += count == 15 ? other.length : whole.length;
            _refuse(
                text, abi.encodeWithSelector(TcbTextErrors.TcbComponentCount.selector, at, count)
            );
        }
    }

    function test_componentTooLarge() public {
        bytes memory text = _replace(Pcs.text(Pcs.sgx()), '{"svn":255}', '{"svn":256}');
        uint256 at = find(text, "256}");
        _refuse(text, abi.encodeWithSelector(JsonErrors.JsonNumberTooLarge.selector, at, 255));
    }

    function test_tdxComponentsMissing() public {
        Pcs.Info memory i = Pcs.tdx();
        Pcs.Info memory sgx = Pcs.sgx();
        bytes memory text = Pcs.text(i);
        bytes memory levels = Pcs.text(sgx);
        levels = cut(levels, find(levels, ',"tcbLevels"'), levels.length);
        text = bytes.concat(cut(text, 0, find(text, ',"tcbLevels":[{"tcb":{"sgx')), levels);
        _refuse(
            text,
            abi.encodeWithSelector(
                JsonErrors.JsonUnexpected.selector,
                _first(text, '},"tcbDate"', '"pcesvn":11'),
                bytes32(',"tdxtcbcomponents":[')
            )
        );
    }

    function test_statusUnknown() public {
        Pcs.Info memory i = Pcs.sgx();
        i.levels[1].status = "Weird";
        _refuse(i, abi.encodeWithSelector(TcbTextErrors.TcbStatusUnknown.selector, "Weird"));
        i.levels[1].status = "uptodate";
        _refuse(i, abi.encodeWithSelector(TcbTextErrors.TcbStatusUnknown.selector, "uptodate"));
        i.levels[1].status = "";
        _refuse(i, abi.encodeWithSelector(TcbTextErrors.TcbStatusUnknown.selector, ""));
        /* Known, but not of enclaves. */
        Pcs.Identity memory q = Pcs.identity(true);
        q.levels[1].status = "SWHardeningNeeded";
        _refuseIdentity(
            q, abi.encodeWithSelector(TcbTextErrors.TcbStatusUnknown.selector, "SWHardeningNeeded")
        );
    }

    function test_levelsTwice() public {
        Pcs.Info memory i = Pcs.sgx();
        i.levels[1] = i.levels[0];
        bytes memory text = Pcs.text(i);
        _refuse(
            text, abi.encodeWithSelector(TcbTextErrors.TcbLevelDuplicate.selector, text.length - 2)
        );
        Pcs.Identity memory q = Pcs.identity(true);
        q.levels[2].isvSvn = q.levels[0].isvSvn;
        text = Pcs.text(q);
        _refuseIdentity(
            q, abi.encodeWithSelector(TcbTextErrors.TcbLevelDuplicate.selector, text.length - 2)
        );
    }

    function test_noLevels() public {
        Pcs.Info memory i = Pcs.sgx();
        i.levels = new Pcs.Level[](0);
        bytes memory text = Pcs.text(i);
        _refuse(
            text,
            abi.encodeWithSelector(
                JsonErrors.JsonUnexpected.selector,
                text.length - 2,
                bytes32('{"tcb":{"sgxtcbcomponents":[')
            )
        );
    }

    function test_moduleTwice() public {
        Pcs.Info memory i = Pcs.tdx();
        i.modules[1].id = "TDX_03";
        _refuse(i, abi.encodeWithSelector(TcbTextErrors.TdxModuleIdentityDuplicate.selector, 3));
    }

    function test_escapes() public {
        Pcs.Info memory i = Pcs.sgx();
        i.levels[1].advisories = '"INTEL\\u002dSA"';
        uint256 at = find(Pcs.text(i), "\\");
        _refuse(i, abi.encodeWithSelector(JsonErrors.JsonStringInvalid.selector, at));
    }

    /* Order in time. */

    function test_infoOnlyGetsNewer() public {
        Pcs.Info memory i = Pcs.tdx();
        Pcs.put(registry, i);
        /* The same again changes nothing. */
        Pcs.put(registry, i);
        i.levels[0].status = "OutOfDate";
        _refuse(
            i,
            abi.encodeWithSelector(
                CollateralRegistry.TcbInfoNotNewer.selector, Pki.NOT_BEFORE, Pki.NOT_BEFORE
            )
        );
        i.issued = "2023-11-14T22:13:21Z";
        i.evaluation = "16";
        _refuse(
            i, abi.encodeWithSelector(CollateralRegistry.TcbInfoEvaluationLower.selector, 17, 16)
        );
        i.evaluation = "18";
        Pcs.put(registry, i);
        (, uint40 issued, uint32 evaluation,) =
            registry.tcbInfos(CollateralRegistry.Tee.Tdx, Pki.FMSPC);
        eq(issued, Pki.NOT_BEFORE + 1, "issued");
        eq(evaluation, 18, "evaluation");
    }

    function test_identityOnlyGetsNewer() public {
        Pcs.Identity memory q = Pcs.identity(true);
        Pcs.put(registry, q);
        Pcs.put(registry, q);
        q.product = "3";
        _refuseIdentity(
            q,
            abi.encodeWithSelector(
                CollateralRegistry.QeIdentityNotNewer.selector, Pki.NOT_BEFORE, Pki.NOT_BEFORE
            )
        );
        q.issued = "2023-11-14T22:13:21Z";
        q.evaluation = "16";
        _refuseIdentity(
            q, abi.encodeWithSelector(CollateralRegistry.QeIdentityEvaluationLower.selector, 17, 16)
        );
    }

    function test_signers() public {
        bytes memory json = Pcs.text(Pcs.tdx());
        bytes memory signature = Pcs.sign(json, Pki.STRANGER);
        bytes32 signer = _signer();
        vm.expectRevert(
            abi.encodeWithSelector(
                CollateralRegistry.TcbInfoSignatureInvalid.selector, sha256(json)
            )
        );
        registry.putTcbInfo(json, signature, signer);
        vm.expectRevert(
            abi.encodeWithSelector(CollateralRegistry.TcbSignerUnknown.selector, bytes32("x"))
        );
        registry.putTcbInfo(json, signature, "x");
        vm.expectRevert(
            abi.encodeWithSelector(CollateralRegistry.SignatureLengthUnexpected.selector, 63)
        );
        registry.putTcbInfo(json, cut(signature, 0, 63), signer);
    }

    function test_identitySignature() public {
        bytes memory json = Pcs.text(Pcs.identity(true));
        bytes memory signature = Pcs.sign(json, Pki.STRANGER);
        bytes32 signer = _signer();
        vm.expectRevert(
            abi.encodeWithSelector(
                CollateralRegistry.QeIdentitySignatureInvalid.selector, sha256(json)
            )
        );
        registry.putQeIdentity(json, signature, signer);
    }

    /// Both ends belong to the window, when it is put and when it is used.
    function test_window() public {
        (uint256 from, uint256 to) = (Pki.NOT_BEFORE + 2000, Pki.NOT_BEFORE + 3000);
        Pcs.Info memory i = Pcs.tdx();
        (i.issued, i.next) = ("2023-11-14T22:46:40Z", "2023-11-14T23:03:20Z");
        bytes32 pckId = keccak256(Pki.pckDer());
        Pcs.put(registry, Pcs.identity(true));
        vm.warp(from - 1);
        _refuse(
            i,
            abi.encodeWithSelector(CollateralRegistry.TcbInfoNotYetValid.selector, from, from - 1)
        );
        vm.warp(from);
        Pcs.put(registry, i);
        registry.collateral(pckId, CollateralRegistry.Tee.Tdx);
        vm.warp(to);
        Pcs.put(registry, i);
        registry.collateral(pckId, CollateralRegistry.Tee.Tdx);
        vm.warp(to + 1);
        bytes memory expired =
            abi.encodeWithSelector(CollateralRegistry.TcbInfoExpired.selector, to, to + 1);
        _refuse(i, expired);
        vm.expectRevert(expired);
        registry.collateral(pckId, CollateralRegistry.Tee.Tdx);
    }

    function test_identityWindow() public {
        (uint256 from, uint256 to) = (Pki.NOT_BEFORE + 2000, Pki.NOT_BEFORE + 3000);
        Pcs.Identity memory i = Pcs.identity(true);
        (i.issued, i.next) = ("2023-11-14T22:46:40Z", "2023-11-14T23:03:20Z");
        bytes32 pckId = keccak256(Pki.pckDer());
        Pcs.put(registry, Pcs.tdx());
        vm.expectRevert(
            abi.encodeWithSelector(
                CollateralRegistry.QeIdentityMissing.selector, CollateralRegistry.Tee.Tdx
            )
        );
        registry.collateral(pckId, CollateralRegistry.Tee.Tdx);
        vm.warp(from - 1);
        _refuseIdentity(
            i,
            abi.encodeWithSelector(
                CollateralRegistry.QeIdentityNotYetValid.selector, from, from - 1
            )
        );
        vm.warp(from);
        Pcs.put(registry, i);
        registry.collateral(pckId, CollateralRegistry.Tee.Tdx);
        vm.warp(to);
        Pcs.put(registry, i);
        registry.collateral(pckId, CollateralRegistry.Tee.Tdx);
        vm.warp(to + 1);
        bytes memory expired =
            abi.encodeWithSelector(CollateralRegistry.QeIdentityExpired.selector, to, to + 1);
        _refuseIdentity(i, expired);
        vm.expectRevert(expired);
        registry.collateral(pckId, CollateralRegistry.Tee.Tdx);
    }

    /* Helpers. */

    function _signer() private pure returns (bytes32) {
        return keccak256(Pki.signerDer());
    }

    function _take(bytes memory json) private {
        registry.putTcbInfo(json, Pcs.sign(json, Pki.SIGNER), _signer());
    }

    function _takeIdentity(bytes memory json) private {
        registry.putQeIdentity(json, Pcs.sign(json, Pki.SIGNER), _signer());
    }

    function _refuse(Pcs.Info memory i, bytes memory reason) private {
        _refuse(Pcs.text(i), reason);
    }

    function _refuse(bytes memory json, bytes memory reason) private {
        bytes memory signature = Pcs.sign(json, Pki.SIGNER);
        bytes32 signer = _signer();
        vm.expectRevert(reason);
        registry.putTcbInfo(json, signature, signer);
    }

    function _refuseIdentity(Pcs.Identity memory i, bytes memory reason) private {
        bytes memory json = Pcs.text(i);
        bytes memory signature = Pcs.sign(json, Pki.SIGNER);
        bytes32 signer = _signer();
        vm.expectRevert(reason);
        registry.putQeIdentity(json, signature, signer);
    }

    /// Neither empty nor a panic.
    function _isNamed(bytes memory reason) private pure {
        yes(reason.length >= 4, "the reason has a name");
        no(bytes4(reason) == bytes4(keccak256("Panic(uint256)")), "a panic");
    }

    function _replace(bytes memory text, bytes memory from, bytes memory to)
        private
        pure
        returns (bytes memory)
    {
        uint256 at = find(text, from);
        return bytes.concat(cut(text, 0, at), to, cut(text, at + from.length, text.length));
    }

    /// Where a piece that occurs often stands behind one that occurs once.
    function _first(bytes memory text, bytes memory piece, bytes memory behind)
        private
        pure
        returns (uint256 at)
    {
        at = find(text, behind) + behind.length;
        while (keccak256(cut(text, at, at + piece.length)) != keccak256(piece)) at++;
    }
}
