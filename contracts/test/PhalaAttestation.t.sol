// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {vm} from "../script/Vm.sol";
import {TwoStepOwnable} from "../src/access/TwoStepOwnable.sol";
import {QuoteKind, QuoteReport, TcbStatus} from "../src/attestation/QuoteReport.sol";
import {QuoteVerifier} from "../src/attestation/QuoteVerifier.sol";
import {AttestationPolicy} from "../src/phala/AttestationPolicy.sol";
import {PhalaServiceManager} from "../src/phala/PhalaServiceManager.sol";
import {PhalaTest} from "./kit/PhalaWorld.sol";
import {Quotes} from "./kit/Quotes.sol";

/// How long an attestation lasts, and what ends it.
contract PhalaAttestationTest is PhalaTest {
    event OperatorReattested(address indexed operator, bytes32 attestationHash);
    event OperatorDeregistered(address indexed operator);
    event OperatorEvicted(address indexed operator, address indexed by);
    event AttestationPeriodUpdated(uint32 previous, uint32 current);
    event TcbStatusSet(TcbStatus indexed status, bool accepted);

    function setUp() public override {
        super.setUp();
        _prepare(ALICE);
        _join(ALICE, 0);
    }

    function test_whatIsRemembered() public {
        PhalaServiceManager.Attestation memory a = manager.attestationOf(ALICE);
        eq(a.quoteHash, manager.registeredOperatorAttestationHash(ALICE), "hash");
        eq(a.measurement, Quotes.measurement(), "measurement");
        yes(a.tcbStatus == TcbStatus.UpToDate, "status");
        eq(a.validUntil, block.timestamp + PERIOD, "until");
        yes(manager.attestationStands(ALICE), "stands");
        no(manager.attestationStands(BOB), "a stranger's");
        _leave(ALICE, 0);
        a = manager.attestationOf(ALICE);
        yes(a.quoteHash == 0 && a.measurement == 0 && a.validUntil == 0, "forgotten");
    }

    function test_reattestation() public {
        vm.warp(block.timestamp + PERIOD - 1);
        uint64 recent = uint64(block.number - 1);
        bytes memory quote = _quote(manager.reportData(ALICE, recent));
        vm.expectEmit(true, true, true, true, address(manager));
        emit OperatorReattested(ALICE, keccak256(quote));
        vm.prank(ALICE);
        manager.reattest(quote, recent);
        eq(manager.registeredOperatorAttestationHash(ALICE), keccak256(quote), "hash");
        eq(manager.attestationOf(ALICE).validUntil, block.timestamp + PERIOD, "until");
        yes(manager.isQuoteUsed(sha256(cut(quote, 0, 632))), "used");
    }

    function test_whoMayReattest() public {
        uint64 recent = uint64(block.number - 1);
        bytes memory quote = _quote(manager.reportData(BOB, recent));
        vm.expectRevert(
            abi.encodeWithSelector(PhalaServiceManager.OperatorNotRegistered.selector, BOB)
        );
        vm.prank(BOB);
        manager.reattest(quote, recent);
    }

    function test_aQuoteAttestsOnce() public {
        bytes memory quote = _reattest(ALICE);
        uint64 recent = uint64(block.number - 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                PhalaServiceManager.QuoteAlreadyUsed.selector, sha256(cut(quote, 0, 632))
            )
        );
        vm.prank(ALICE);
        manager.reattest(quote, recent);
    }

    /// Another's quote renews nothing, nor does one for an older block.
    function test_reattestationIsBound() public {
        _prepare(BOB);
        _join(BOB, 0);
        uint64 recent = uint64(block.number - 1);
        bytes memory quote = _quote(manager.reportData(BOB, recent));
        bytes32 his = manager.reportData(BOB, recent);
        bytes32 hers = manager.reportData(ALICE, recent);
        vm.expectRevert(
            abi.encodeWithSelector(AttestationPolicy.ReportDataMismatch.selector, hers, his)
        );
        vm.prank(ALICE);
        manager.reattest(quote, recent);
    }

    /// In its last second an attestation stands, one later anybody evicts.
    function test_lapse() public {
        uint64 until = manager.attestationOf(ALICE).validUntil;
        vm.warp(until);
        yes(manager.attestationStands(ALICE), "in its last second");
        vm.expectRevert(
            abi.encodeWithSelector(PhalaServiceManager.AttestationStands.selector, ALICE, until)
        );
        manager.evict(ALICE);
        vm.warp(until + 1);
        no(manager.attestationStands(ALICE), "after it");
        yes(manager.isOperatorRegistered(ALICE), "registered until somebody evicts it");
        vm.expectEmit(true, true, true, true, address(manager));
        emit OperatorEvicted(ALICE, CAROL);
        vm.expectEmit(true, true, true, true, address(manager));
        emit OperatorDeregistered(ALICE);
        vm.prank(CAROL);
        manager.evict(ALICE);
        no(manager.isOperatorRegistered(ALICE), "registered");
        no(allocation.isMemberOfOperatorSet(ALICE, _set(0)), "member");
        yes(allocation.isOperatorSlashable(ALICE, _set(0)), "slashable, as who left by itself");
        vm.expectRevert(
            abi.encodeWithSelector(PhalaServiceManager.OperatorNotRegistered.selector, ALICE)
        );
        manager.evict(ALICE);
    }

    /// What lapsed is renewed as long as nobody was quicker.
    function test_renewedAfterTheLapse() public {
        vm.warp(manager.attestationOf(ALICE).validUntil + 1);
        _reattest(ALICE);
        yes(manager.attestationStands(ALICE), "stands");
    }

    function test_evictedFromAllSets() public {
        vm.prank(OWNER);
        manager.createOperatorSet(strategies, new uint256[](2));
        vm.prank(OWNER);
        manager.createOperatorSet(strategies, new uint256[](2));
        _join(ALICE, 2);
        vm.warp(manager.attestationOf(ALICE).validUntil + 1);
        manager.evict(ALICE);
        no(allocation.isMemberOfOperatorSet(ALICE, _set(0)), "set 0");
        no(allocation.isMemberOfOperatorSet(ALICE, _set(2)), "set 2");
        no(manager.isOperatorRegistered(ALICE), "registered");
    }

    /// An open challenge outlives an eviction.
    function test_evictionSavesNobody() public {
        uint256 id = _challenge(ALICE);
        vm.warp(manager.attestationOf(ALICE).validUntil + 1);
        manager.evict(ALICE);
        _next(WINDOW + 1);
        oracle.checkAndReportChallengeExpiry(id);
        eq(allocation.getMaxMagnitude(ALICE, strategies[0]), 0.95e18, "max magnitude");
    }

    function test_measurementTakenOffTheList() public {
        bytes32 measurement = Quotes.measurement();
        vm.prank(OWNER);
        manager.setMeasurement(measurement, false);
        no(manager.attestationStands(ALICE), "stands");
        yes(manager.isOperatorRegistered(ALICE), "registered");
        vm.prank(OWNER);
        manager.setMeasurement(measurement, true);
        yes(manager.attestationStands(ALICE), "stands again");
        vm.prank(OWNER);
        manager.setMeasurement(measurement, false);
        manager.evict(ALICE);
        no(manager.isOperatorRegistered(ALICE), "evicted");
    }

    function test_tcbStatusNoLongerAccepted() public {
        vm.expectEmit(true, true, true, true, address(manager));
        emit TcbStatusSet(TcbStatus.UpToDate, false);
        vm.prank(OWNER);
        manager.setTcbStatus(TcbStatus.UpToDate, false);
        no(manager.attestationStands(ALICE), "stands");
        bytes32 expected = manager.reportData(ALICE, uint64(block.number - 1));
        bytes memory quote = _quote(expected);
        vm.expectRevert(
            abi.encodeWithSelector(
                AttestationPolicy.TcbStatusNotAccepted.selector, TcbStatus.UpToDate
            )
        );
        manager.checkAttestation(quote, expected);
        manager.evict(ALICE);
    }

    /// What no verified quote has is no policy; to withdraw it is never wrong.
    function test_tcbStatusThatNoQuoteHas() public {
        for (uint8 i = 0; i <= uint8(type(TcbStatus).max); i++) {
            TcbStatus status = TcbStatus(i);
            bool never = status == TcbStatus.NotEvaluated || status == TcbStatus.Revoked;
            vm.startPrank(OWNER);
            if (never) {
                vm.expectRevert(
                    abi.encodeWithSelector(AttestationPolicy.TcbStatusUnacceptable.selector, status)
                );
            }
            manager.setTcbStatus(status, true);
            yes(manager.isTcbStatusAccepted(status) != never, "accepted");
            manager.setTcbStatus(status, false);
            no(manager.isTcbStatusAccepted(status), "withdrawn");
            vm.stopPrank();
        }
    }

    /// A new period is for attestations to come.
    function test_period() public {
        uint64 until = manager.attestationOf(ALICE).validUntil;
        vm.startPrank(OWNER);
        vm.expectEmit(true, true, true, true, address(manager));
        emit AttestationPeriodUpdated(PERIOD, 60);
        manager.setAttestationPeriod(60);
        vm.expectRevert(abi.encodeWithSelector(PhalaServiceManager.ZeroAttestationPeriod.selector));
        manager.setAttestationPeriod(0);
        vm.stopPrank();
        eq(manager.attestationPeriod(), 60, "period");
        eq(manager.attestationOf(ALICE).validUntil, until, "as it was given");
        _reattest(ALICE);
        eq(manager.attestationOf(ALICE).validUntil, block.timestamp + 60, "the next one");
    }

    function testFuzz_onlyTheOwner(address stranger) public {
        vm.assume(stranger != OWNER && stranger != _admin(address(manager)));
        bytes memory reason = abi.encodeWithSelector(TwoStepOwnable.NotOwner.selector, stranger);
        vm.startPrank(stranger);
        vm.expectRevert(reason);
        manager.setTcbStatus(TcbStatus.UpToDate, true);
        vm.expectRevert(reason);
        manager.setAttestationPeriod(1);
        vm.expectRevert(reason);
        manager.setTokenomicManager(stranger);
        vm.stopPrank();
    }

    /* Liveness, where the policy has changed since. */

    /// Who runs what it was registered with is alive, allowed or not.
    function test_aliveWithCodeTakenOffTheList() public {
        bytes32 measurement = Quotes.measurement();
        uint256 id = _challenge(ALICE);
        vm.startPrank(OWNER);
        manager.setMeasurement(measurement, false);
        manager.setTcbStatus(manager.attestationOf(ALICE).tcbStatus, false);
        vm.stopPrank();
        manager.evict(ALICE);
        _respond(ALICE, id);
        yes(oracle.getChallengeDetails(id).responded, "responded");
        bytes memory quote = _quote("x");
        vm.expectRevert(
            abi.encodeWithSelector(AttestationPolicy.MeasurementNotAllowed.selector, measurement)
        );
        manager.checkLiveness(quote, "x", "another");
        manager.checkLiveness(quote, "x", measurement);
    }

    /// And so is who runs other code that is allowed.
    function test_aliveWithOtherCode() public {
        bytes memory quote = _quote("x");
        manager.checkLiveness(quote, "x", "another");
    }

    function test_livenessIsBound() public {
        bytes memory quote = _quote("x");
        bytes32 measurement = Quotes.measurement();
        vm.expectRevert(
            abi.encodeWithSelector(
                AttestationPolicy.ReportDataMismatch.selector, bytes32("y"), bytes32("x")
            )
        );
        manager.checkLiveness(quote, "y", measurement);
    }

    function test_registeredMeasurement() public {
        eq(manager.registeredMeasurement(ALICE), Quotes.measurement(), "alice's");
        eq(manager.registeredMeasurement(BOB), 0, "a stranger's");
        _leave(ALICE, 0);
        eq(manager.registeredMeasurement(ALICE), 0, "who left");
    }

    /* Kinds of reports, as the verifier may tell of them. */

    function test_enclavesAreNoTds() public {
        QuoteReport memory r = _report(QuoteKind.Sgx);
        _refuse(r, abi.encodeWithSelector(AttestationPolicy.NotATd.selector, QuoteKind.Sgx));
        r = _report(QuoteKind.None);
        _refuse(r, abi.encodeWithSelector(AttestationPolicy.NotATd.selector, QuoteKind.None));
    }

    function testFuzz_serviceTd(uint256 at, uint8 value, bool extended) public {
        QuoteKind kind = extended ? QuoteKind.Td15Ex : QuoteKind.Td15;
        QuoteReport memory r = _report(kind);
        _say(r);
        manager.checkAttestation("", 0);
        manager.checkLiveness("", 0, 0);
        at = at % 48;
        vm.assume(value != 0);
        r.body[600 + at] = bytes1(value);
        _refuse(
            r,
            abi.encodeWithSelector(AttestationPolicy.ServiceTdBound.selector, cut(r.body, 600, 648))
        );
        /* What lies beside it is none. */
        r = _report(kind);
        (r.body[599], r.body[0]) = (bytes1(value), bytes1(value));
        _say(r);
        manager.checkAttestation("", 0);
        r = _report(QuoteKind.Td10);
        _say(r);
        manager.checkAttestation("", 0);
    }

    /// What judged a quote may end before the period does.
    function test_collateralEndsFirst() public {
        uint64 recent = uint64(block.number - 1);
        QuoteReport memory r = _report(QuoteKind.Td10);
        r.reportData[0] = manager.reportData(ALICE, recent);
        for (uint256 i = 0; i < 3; i++) {
            uint256 ends = block.timestamp + PERIOD + i - 1;
            r.validUntil = uint40(ends);
            r.quoteDigest = bytes32(i + 1);
            _say(r);
            vm.prank(ALICE);
            manager.reattest("", recent);
            uint256 expected = i == 0 ? ends : block.timestamp + PERIOD;
            eq(manager.attestationOf(ALICE).validUntil, expected, "until");
        }
    }

    function _report(QuoteKind kind) private view returns (QuoteReport memory r) {
        r.kind = kind;
        r.tcbStatus = manager.attestationOf(ALICE).tcbStatus;
        r.measurement = Quotes.measurement();
        r.attributes = bytes8(0x0000001000000000);
        r.body = new bytes(kind == QuoteKind.Td15Ex ? 885 : kind == QuoteKind.Td15 ? 648 : 584);
    }

    function _say(QuoteReport memory r) private {
        vm.mockCall(
            address(manager.verifier()),
            abi.encodeWithSelector(QuoteVerifier.verifyFullQuote.selector),
            abi.encode(r)
        );
    }

    function _refuse(QuoteReport memory r, bytes memory reason) private {
        _say(r);
        vm.expectRevert(reason);
        manager.checkAttestation("", 0);
        vm.expectRevert(reason);
        manager.checkLiveness("", 0, r.measurement);
    }
}
