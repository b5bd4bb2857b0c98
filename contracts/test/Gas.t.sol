// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {vm} from "../script/Vm.sol";
import {CollateralRegistry} from "../src/attestation/CollateralRegistry.sol";
import {QuoteVerifier} from "../src/attestation/QuoteVerifier.sol";
import {RegisterParams} from "../src/eigenlayer/IAllocationManager.sol";
import {Check} from "./kit/Check.sol";
import {Compact} from "./kit/Compact.sol";
import {Crls} from "./kit/Crls.sol";
import {Pcs} from "./kit/Pcs.sol";
import {PhalaTest} from "./kit/PhalaWorld.sol";
import {Pki} from "./kit/Pki.sol";
import {Quotes} from "./kit/Quotes.sol";

/// What each operation costs, for .gas-snapshot: preparations are not metered.
/// Execution only: what a transaction pays for its bytes comes on top.
contract GasTest is PhalaTest {
    CollateralRegistry private fresh;
    CollateralRegistry private filled;
    QuoteVerifier private verifier;
    bytes32 private pckId;
    /// Within the world's time, and after the collateral that it starts with.
    string private constant LATER = "2023-11-15T00:00:00Z";

    modifier metered() {
        vm.pauseGasMetering();
        _;
    }

    function setUp() public override {
        super.setUp();
        (uint256 x, uint256 y) = vm.publicKeyP256(Pki.ROOT);
        fresh = new CollateralRegistry(bytes32(x), bytes32(y), "SIMULATED");
        verifier = manager.verifier();
        filled = verifier.registry();
        pckId = keccak256(Pki.pckDer());
        _prepare(ALICE);
    }

    function test_addCa() public metered {
        bytes memory der = Pki.caDer();
        vm.resumeGasMetering();
        fresh.addCa(der);
    }

    function test_registerPck() public metered {
        fresh.addCa(Pki.caDer());
        bytes memory der = Pki.pckDer();
        vm.resumeGasMetering();
        fresh.registerPck(der);
    }

    function test_addTcbSigner() public metered {
        bytes memory der = Pki.signerDer();
        vm.resumeGasMetering();
        fresh.addTcbSigner(der);
    }

    function test_putCrlEmpty() public metered {
        bytes memory der = Crls.rootDer();
        vm.resumeGasMetering();
        fresh.putCrl(der);
    }

    function test_putCrlOfTen() public metered {
        Crls.Spec memory s = Crls.ofCa();
        s.thisUpdate = Crls.utc("231114221321Z");
        for (uint256 i = 1; i <= 10; i++) {
            s.entries = bytes.concat(s.entries, Crls.entry(i));
        }
        bytes memory der = Crls.build(s, Pki.CA);
        vm.resumeGasMetering();
        filled.putCrl(der);
    }

    function test_putCrlOfFiveHundred() public metered {
        Crls.Spec memory s = Crls.ofCa();
        s.thisUpdate = Crls.utc("231114221321Z");
        s.entries = Crls.many(500);
        bytes memory der = Crls.build(s, Pki.CA);
        vm.resumeGasMetering();
        filled.putCrl(der);
    }

    function test_putTcbInfoSgx() public metered {
        Pcs.Info memory i = Pcs.sgx();
        i.issued = LATER;
        _putTcbInfo(Pcs.text(i));
    }

    function test_putTcbInfoTdx() public metered {
        Pcs.Info memory i = Pcs.tdx();
        i.issued = LATER;
        _putTcbInfo(Pcs.text(i));
    }

    function test_putQeIdentity() public metered {
        Pcs.Identity memory i = Pcs.identity(true);
        i.issued = LATER;
        bytes memory json = Pcs.text(i);
        bytes memory signature = Pcs.sign(json, Pki.SIGNER);
        bytes32 signer = keccak256(Pki.signerDer());
        vm.resumeGasMetering();
        filled.putQeIdentity(json, signature, signer);
    }

    function test_verifyQuoteSgx3() public metered {
        _verifyQuote(Quotes.sgx("", Quotes.chain()));
    }

    function test_verifyQuoteTdx4() public metered {
        _verifyQuote(Quotes.valid(""));
    }

    function test_verifyQuoteTdx5() public metered {
        _verifyQuote(Quotes.version5("", Quotes.chain(), true, Pcs.TEE_TCB_SVN));
    }

    function test_verifyFullQuote() public metered {
        bytes memory quote = _quote("");
        vm.resumeGasMetering();
        verifier.verifyFullQuote(quote);
    }

    function test_registerForOperatorSets() public metered {
        uint64 recent = uint64(block.number - 1);
        bytes memory data = abi.encode(_quote(manager.reportData(ALICE, recent)), recent);
        RegisterParams memory params = RegisterParams(address(manager), _ids(0), data);
        vm.prank(ALICE);
        vm.resumeGasMetering();
        allocation.registerForOperatorSets(ALICE, params);
    }

    function test_issueSlaChallenge() public metered {
        _join(ALICE, 0);
        vm.prank(ISSUER);
        vm.resumeGasMetering();
        oracle.issueSlaChallenge(ALICE, "");
    }

    function test_respondToSlaChallenge() public metered {
        _join(ALICE, 0);
        uint256 id = _challenge(ALICE);
        bytes memory quote = _quote(oracle.responseData(id));
        vm.prank(ALICE);
        vm.resumeGasMetering();
        oracle.respondToSlaChallenge(id, quote);
    }

    function test_checkAndReportChallengeExpiry() public metered {
        _join(ALICE, 0);
        uint256 id = _challenge(ALICE);
        _next(WINDOW + 1);
        vm.resumeGasMetering();
        oracle.checkAndReportChallengeExpiry(id);
    }

    function test_deregisterFromOperatorSets() public metered {
        _join(ALICE, 0);
        vm.resumeGasMetering();
        _leave(ALICE, 0);
    }

    function _putTcbInfo(bytes memory json) private {
        bytes memory signature = Pcs.sign(json, Pki.SIGNER);
        bytes32 signer = keccak256(Pki.signerDer());
        vm.resumeGasMetering();
        filled.putTcbInfo(json, signature, signer);
    }

    function _verifyQuote(Quotes.Spec memory s) private {
        bytes memory quote = Compact.form(Quotes.build(s));
        bytes32 id = pckId;
        QuoteVerifier to = verifier;
        vm.resumeGasMetering();
        to.verifyQuote(quote, id);
    }
}

/// A whole transaction that verifies a compact quote costs 130,000 gas at most:
/// 21,000, the bytes of the call (EIP-2028, and EIP-7623's floor), and what is
/// executed with everything cold but the contract that is called. That holds for
/// collateral as large as Intel's and a quote of no zeros where none must be.
contract GasBudgetTest is Check {
    uint256 private constant BUDGET = 130_000;

    QuoteVerifier private verifier;
    bytes32 private pckId;

    event TransactionGas(string quote, uint256 gas);

    function setUp() public {
        vm.warp(Pki.NOT_BEFORE + 1000);
        (uint256 x, uint256 y) = vm.publicKeyP256(Pki.ROOT);
        CollateralRegistry registry = new CollateralRegistry(bytes32(x), bytes32(y), "SIMULATED");
        verifier = new QuoteVerifier(registry);
        pckId = Pcs.putPki(registry);
        Pcs.put(registry, Pcs.identity(false));
        Pcs.put(registry, Pcs.identity(true));
        Pcs.put(registry, _large(Pcs.sgx()));
        Pcs.put(registry, _large(Pcs.tdx()));
    }

    function test_sgx3() public {
        _judge("SGX 3", Quotes.sgx(keccak256("data"), Quotes.chain()));
    }

    function test_tdx4() public {
        _judge("TDX 4", _full(Quotes.valid(keccak256("data")), 0));
    }

    function test_tdx5Td10() public {
        Quotes.Spec memory s = Quotes.version5(keccak256("data"), Quotes.chain(), false, 0);
        _judge("TDX 5, TD 1.0", _full(s, 6));
    }

    function test_tdx5Td15() public {
        Quotes.Spec memory s =
            Quotes.version5(keccak256("data"), Quotes.chain(), true, Pcs.TEE_TCB_SVN);
        s = _full(s, 6);
        s.body = patched(s.body, 6 + 600, Quotes.m48("service"));
        _judge("TDX 5, TD 1.5", s);
    }

    function test_tdx5Td15Ex() public {
        Quotes.Spec memory s =
            Quotes.version5(keccak256("data"), Quotes.chain(), true, Pcs.TEE_TCB_SVN);
        s = _full(s, 6);
        s.body = patched(s.body, 6 + 600, Quotes.m48("service"));
        _judge("TDX 5, TD 1.5ex", Quotes.extended(s));
    }

    /// Seventeen levels, of which the platform reaches the last alone.
    function _large(Pcs.Info memory i) private pure returns (Pcs.Info memory) {
        Pcs.Level[] memory last = i.levels;
        i.levels = new Pcs.Level[](17);
        for (uint256 n = 0; n < 16; n++) {
            i.levels[n] = last[0];
            i.levels[n] = Pcs.Level(
                last[0].sgx, last[0].pceSvn + 17 - n, last[0].tdx, Pcs.DATE, "UpToDate", ""
            );
        }
        i.levels[16] = last[1];
        return i;
    }

    /// Configuration, owner and report data without zeros.
    function _full(Quotes.Spec memory s, uint256 at) private pure returns (Quotes.Spec memory) {
        for (uint256 i = 0; i < 3; i++) {
            s.body = patched(s.body, at + 184 + 48 * i, Quotes.m48("configuration"));
        }
        s.body = patched(s.body, at + 552, abi.encodePacked(keccak256("more")));
        return s;
    }

    function _judge(string memory what, Quotes.Spec memory s) private {
        bytes memory data =
            abi.encodeCall(verifier.verifyQuote, (Compact.form(Quotes.build(s)), pckId));
        uint256 tokens;
        for (uint256 i = 0; i < data.length; i++) {
            tokens += data[i] == 0 ? 1 : 4;
        }
        address to = address(verifier);
        /* A transaction's own target is never cold. */
        yes(to.code.length != 0, "there is a verifier");
        bool ok;
        uint256 used = gasleft();
        assembly ("memory-safe") {
            ok := call(gas(), to, 0, add(data, 0x20), mload(data), 0, 0)
        }
        used = 21_000 + 4 * tokens + used - gasleft();
        yes(ok, "the quote is accepted");
        uint256 floor = 21_000 + 10 * tokens;
        if (used < floor) used = floor;
        emit TransactionGas(what, used);
        if (used > BUDGET) revert Differs(what, vm.toString(BUDGET), vm.toString(used));
    }
}
