// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {Vm, vm} from "../script/Vm.sol";
import {
    Allocation,
    IAllocationManager,
    OperatorSet
} from "../src/eigenlayer/IAllocationManager.sol";
import {AttestationPolicy} from "../src/phala/AttestationPolicy.sol";
import {PhalaServiceManager} from "../src/phala/PhalaServiceManager.sol";
import {PhalaSlaOracle} from "../src/phala/PhalaSlaOracle.sol";
import {PhalaTest} from "./kit/PhalaWorld.sol";
import {Quotes} from "./kit/Quotes.sol";

/// What a missed challenge costs, to the wei.
contract PhalaSlashingTest is PhalaTest {
    event OperatorLivenessFailureRecorded(address indexed operator, uint256 indexed challengeId);
    event LivenessFailureSlashed(
        address indexed operator, uint256 indexed challengeId, uint32 operatorSetId, uint256 slashId
    );
    event SlashingFailed(address indexed operator, uint256 indexed challengeId);
    event OperatorSlashed(
        address operator,
        OperatorSet operatorSet,
        address[] strategies,
        uint256[] wadSlashed,
        string description
    );

    function setUp() public override {
        super.setUp();
        _prepare(ALICE);
        _prepare(BOB);
        _join(ALICE, 0);
        _join(BOB, 0);
    }

    function test_missedChallengeIsSlashed() public {
        uint256 id = _challenge(ALICE);
        _next(WINDOW + 1);
        vm.expectEmit(true, true, true, true, address(manager));
        emit OperatorLivenessFailureRecorded(ALICE, id);
        (address[] memory terms,) = manager.slashTerms(0, 1);
        uint256[] memory slashed = new uint256[](2);
        slashed[terms[0] == strategies[0] ? 0 : 1] = 0.05e18;
        vm.expectEmit(true, true, true, true, address(allocation));
        emit OperatorSlashed(ALICE, _set(0), terms, slashed, "Phala SLA challenge 1 missed");
        vm.expectEmit(true, true, true, true, address(manager));
        emit LivenessFailureSlashed(ALICE, id, 0, 1);
        vm.prank(CAROL);
        oracle.checkAndReportChallengeExpiry(id);

        _stands(ALICE, 0.95e18, 0.45e18, 950e18);
        _stands(BOB, 1e18, 0.5e18, 1000e18);
        yes(manager.isOperatorRegistered(ALICE), "a slash is no expulsion");
    }

    function testFuzz_amount(uint64 allocated, uint256 wad) public {
        allocated = 1 + (allocated % 1e18);
        wad = 1 + (wad % 1e18);
        vm.prank(OWNER);
        manager.setSlashWad(0, strategies[0], wad);
        if (allocated != ALLOCATED) _allocate(ALICE, 0, allocated);
        _next(allocation.DEALLOCATION_DELAY() + 1);
        uint256 id = _challenge(ALICE);
        _next(WINDOW + 1);
        oracle.checkAndReportChallengeExpiry(id);
        /* Rounded against the operator. */
        uint256 cost = (uint256(allocated) * wad + 1e18 - 1) / 1e18;
        Allocation memory left = allocation.getAllocation(ALICE, _set(0), strategies[0]);
        eq(left.currentMagnitude, allocated - cost, "allocation");
        eq(allocation.getMaxMagnitude(ALICE, strategies[0]), 1e18 - cost, "max magnitude");
    }

    /// What was slashed has not failed to be.
    function test_slashedOrFailed() public {
        uint256 id = _challenge(ALICE);
        _next(WINDOW + 1);
        vm.recordLogs();
        oracle.checkAndReportChallengeExpiry(id);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; i++) {
            no(logs[i].topics[0] == SlashingFailed.selector, "SlashingFailed");
        }
    }

    /// What a challenge costs is decided at its issue: neither later, nor by
    /// what was set before another one.
    function test_termsAreThoseOfTheIssue() public {
        uint256 cheap = _challenge(ALICE);
        _setWad(0.5e18);
        uint256 dear = _challenge(ALICE);
        _setWad(0.2e18);
        _setWad(0);
        uint256 free = _challenge(ALICE);
        _wadIs(cheap, SLASH_WAD);
        _wadIs(dear, 0.5e18);
        eq(manager.slashWad(0, strategies[0]), 0, "of the next one");
        (address[] memory terms,) = manager.slashTerms(0, free);
        eq(terms.length, 1, "only vPHA");
        _next(WINDOW + 1);
        oracle.checkAndReportChallengeExpiry(free);
        _stands(ALICE, 1e18, 0.5e18, 1000e18);
        oracle.checkAndReportChallengeExpiry(cheap);
        _stands(ALICE, 0.95e18, 0.45e18, 950e18);
        oracle.checkAndReportChallengeExpiry(dear);
        _stands(ALICE, 0.725e18, 0.225e18, 725e18);
    }

    /// A set that was made after the issue has no price for it yet.
    function test_setMadeAfterTheIssue() public {
        uint256 id = _challenge(ALICE);
        uint256[] memory wads = new uint256[](2);
        (wads[0], wads[1]) = (1e18, 1e18);
        vm.prank(OWNER);
        manager.createOperatorSet(strategies, wads);
        _join(ALICE, 1);
        _allocate(ALICE, 1, ALLOCATED);
        (address[] memory terms,) = manager.slashTerms(1, id);
        eq(terms.length, 0, "terms of the new set");
        _next(WINDOW + 1);
        oracle.checkAndReportChallengeExpiry(id);
        _stands(ALICE, 0.95e18, 0.45e18, 950e18);
        eq(
            allocation.getAllocation(ALICE, _set(1), strategies[0]).currentMagnitude,
            ALLOCATED,
            "allocated to the new set"
        );
    }

    function _setWad(uint256 wad) private {
        vm.prank(OWNER);
        manager.setSlashWad(0, strategies[0], wad);
    }

    function _wadIs(uint256 challengeId, uint256 wad) private view {
        (address[] memory terms, uint256[] memory wads) = manager.slashTerms(0, challengeId);
        eq(wads[terms[0] == strategies[0] ? 0 : 1], wad, "wad");
    }

    function test_leavingDoesNotOutrunAChallenge() public {
        uint256 id = _challenge(ALICE);
        _leave(ALICE, 0);
        _next(WINDOW + 1);
        oracle.checkAndReportChallengeExpiry(id);
        _stands(ALICE, 0.95e18, 0.45e18, 950e18);
    }

    /// Slashable through DEALLOCATION_DELAY, inclusive.
    function test_lastSlashableBlock() public {
        uint256 id = _challenge(ALICE);
        _leave(ALICE, 0);
        _next(allocation.DEALLOCATION_DELAY());
        oracle.checkAndReportChallengeExpiry(id);
        _stands(ALICE, 0.95e18, 0.45e18, 950e18);
    }

    /// One block later the report still completes, once, and says so.
    function test_firstBlockTooLate() public {
        uint256 id = _challenge(ALICE);
        _leave(ALICE, 0);
        _next(allocation.DEALLOCATION_DELAY() + 1);
        vm.expectEmit(true, true, true, true, address(manager));
        emit OperatorLivenessFailureRecorded(ALICE, id);
        vm.expectEmit(true, true, true, true, address(manager));
        emit SlashingFailed(ALICE, id);
        oracle.checkAndReportChallengeExpiry(id);
        eq(allocation.getSlashCount(_set(0)), 0, "slashes");
        vm.expectRevert(abi.encodeWithSelector(PhalaSlaOracle.AlreadyReported.selector, id));
        oracle.checkAndReportChallengeExpiry(id);
    }

    function test_noWadNoSlash() public {
        vm.startPrank(OWNER);
        manager.setSlashWad(0, strategies[0], 0);
        manager.setSlashWad(0, strategies[1], 0);
        vm.stopPrank();
        uint256 id = _challenge(ALICE);
        _next(WINDOW + 1);
        vm.expectEmit(true, true, true, true, address(manager));
        emit SlashingFailed(ALICE, id);
        oracle.checkAndReportChallengeExpiry(id);
        eq(allocation.getSlashCount(_set(0)), 0, "slashes");
    }

    function test_slashedInEverySet() public {
        uint256[] memory wads = new uint256[](2);
        wads[0] = 0.5e18;
        vm.prank(OWNER);
        manager.createOperatorSet(strategies, wads);
        _allocate(ALICE, 1, 0.2e18);
        _join(ALICE, 1);
        uint256 id = _challenge(ALICE);
        _next(WINDOW + 1);
        oracle.checkAndReportChallengeExpiry(id);
        /* 10 % of 0.5 in set 0, then 50 % of 0.2 in set 1. */
        _stands(ALICE, 0.85e18, 0.45e18, 850e18);
        Allocation memory left = allocation.getAllocation(ALICE, _set(1), strategies[0]);
        eq(left.currentMagnitude, 0.1e18, "allocated to set 1");
    }

    /// While EigenLayer refuses to slash, the report fails as a whole, and can
    /// be made again: nothing is lost in a catch.
    function test_slashingRefused() public {
        uint256 id = _challenge(ALICE);
        _next(WINDOW + 1);
        bytes memory paused = abi.encodeWithSignature("CurrentlyPaused()");
        bytes memory call = abi.encodePacked(IAllocationManager.slashOperator.selector);
        vm.mockCallRevert(address(allocation), call, paused);
        vm.expectRevert(paused);
        oracle.checkAndReportChallengeExpiry(id);
        no(oracle.getChallengeDetails(id).reported, "reported");
        vm.clearMockedCalls();
        oracle.checkAndReportChallengeExpiry(id);
        _stands(ALICE, 0.95e18, 0.45e18, 950e18);
    }

    /// Whoever reports with little gas gets all of it or nothing.
    function testFuzz_gasDoesNotSaveAnybody(uint256 allowance) public {
        uint256 id = _challenge(ALICE);
        _next(WINDOW + 1);
        try oracle.checkAndReportChallengeExpiry{gas: 20_000 + (allowance % 800_000)}(id) {
            _stands(ALICE, 0.95e18, 0.45e18, 950e18);
        } catch {
            no(oracle.getChallengeDetails(id).reported, "reported");
            _stands(ALICE, 1e18, 0.5e18, 1000e18);
        }
    }

    function test_answeredChallengeCostsNothing() public {
        uint256 id = _challenge(ALICE);
        _next(WINDOW);
        _respond(ALICE, id);
        _next(1);
        vm.expectRevert(abi.encodeWithSelector(PhalaSlaOracle.ChallengeAnswered.selector, id));
        oracle.checkAndReportChallengeExpiry(id);
        _stands(ALICE, 1e18, 0.5e18, 1000e18);
    }

    /// A response is judged by the policy of registration.
    function test_responseUnderThePolicy() public {
        uint256 id = _challenge(ALICE);
        bytes32 data = oracle.responseData(id);
        Quotes.Spec memory s = _spec(data);
        s.body[Quotes.TD_ATTRIBUTES] = 0x01;
        bytes memory debug = Quotes.build(s);
        vm.expectRevert(
            abi.encodeWithSelector(
                AttestationPolicy.DebugTd.selector, bytes8(hex"0100001000000000")
            )
        );
        vm.prank(ALICE);
        oracle.respondToSlaChallenge(id, debug);
        bytes memory unbound = _quote(keccak256("another challenge"));
        vm.expectRevert(
            abi.encodeWithSelector(
                AttestationPolicy.ReportDataMismatch.selector, data, keccak256("another challenge")
            )
        );
        vm.prank(ALICE);
        oracle.respondToSlaChallenge(id, unbound);
        no(oracle.getChallengeDetails(id).responded, "responded");
        _respond(ALICE, id);
        yes(oracle.getChallengeDetails(id).responded, "responded");
    }

    function test_challengeOnlyForRegisteredOperators() public {
        _leave(ALICE, 0);
        vm.expectRevert(
            abi.encodeWithSelector(PhalaSlaOracle.OperatorNotRegistered.selector, ALICE)
        );
        vm.prank(ISSUER);
        oracle.issueSlaChallenge(ALICE, "");
    }

    function testFuzz_onlyTheOracleRecordsFailures(address stranger) public {
        vm.assume(stranger != address(oracle) && stranger != address(0));
        PhalaServiceManager code = _code(FRESHNESS);
        bytes memory reason =
            abi.encodeWithSelector(PhalaServiceManager.NotSlaOracle.selector, stranger);
        vm.startPrank(stranger);
        vm.expectRevert(reason);
        code.recordOperatorLivenessFailure(ALICE, 1);
        vm.stopPrank();
        vm.expectRevert(
            abi.encodeWithSelector(PhalaServiceManager.NotSlaOracle.selector, address(this))
        );
        manager.recordOperatorLivenessFailure(ALICE, 1);
    }

    function _stands(address operator, uint256 max, uint256 allocated, uint256 shares)
        private
        view
    {
        eq(allocation.getMaxMagnitude(operator, strategies[0]), max, "max magnitude");
        Allocation memory left = allocation.getAllocation(operator, _set(0), strategies[0]);
        eq(left.currentMagnitude, allocated, "allocated to set 0");
        eq(delegation.operatorShares(operator, strategies[0]), shares, "shares");
    }
}
