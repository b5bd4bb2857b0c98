// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {vm} from "../script/Vm.sol";
import {CollateralRegistry} from "../src/attestation/CollateralRegistry.sol";
import {QuoteVerifier} from "../src/attestation/QuoteVerifier.sol";
import {RegisterParams} from "../src/eigenlayer/IAllocationManager.sol";
import {PhalaTest} from "./kit/PhalaWorld.sol";
import {Pki} from "./kit/Pki.sol";

/// What each operation costs, for .gas-snapshot: preparations are not metered.
/// Execution only: what a transaction pays for its bytes comes on top.
contract GasTest is PhalaTest {
    CollateralRegistry private fresh;

    modifier metered() {
        vm.pauseGasMetering();
        _;
    }

    function setUp() public override {
        super.setUp();
        (uint256 x, uint256 y) = vm.publicKeyP256(Pki.ROOT);
        fresh = new CollateralRegistry(bytes32(x), bytes32(y), "SIMULATED");
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

    function test_verifyFullQuote() public metered {
        QuoteVerifier verifier = manager.verifier();
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
}
