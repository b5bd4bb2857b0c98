// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {Vm, vm} from "../script/Vm.sol";
import {TwoStepRole} from "../src/access/TwoStepRole.sol";
import {
    IRewardsCoordinator,
    OperatorDirectedRewardsSubmission,
    OperatorReward,
    StrategyAndMultiplier
} from "../src/eigenlayer/IRewardsCoordinator.sol";
import {RewardProposals} from "../src/phala/RewardProposals.sol";
import {MintableToken} from "../src/tokens/MintableToken.sol";
import {PhalaTest} from "./kit/PhalaWorld.sol";

/// Proposals in PHA, to the genuine RewardsCoordinator.
contract PhalaRewardsTest is PhalaTest {
    event RewardsProposed(address indexed by, uint256 submissions, uint256 amount);
    event TokenomicManagerOffered(address indexed pending);
    event TokenomicManagerUpdated(address indexed previous, address indexed current);

    uint256 private constant FUNDS = 100e18;

    function setUp() public override {
        super.setUp();
        vm.prank(OWNER);
        MintableToken(pha).mint(TOKENOMICS, FUNDS);
        vm.prank(TOKENOMICS);
        MintableToken(pha).approve(address(manager), type(uint256).max);
    }

    function test_proposalIsSubmittedAndPaid() public {
        OperatorDirectedRewardsSubmission[] memory list = new OperatorDirectedRewardsSubmission[](2);
        (list[0], list[1]) = (_submission(20e18, 10e18), _submission(3e18, 7e18));
        vm.expectEmit(true, true, true, true, address(manager));
        emit RewardsProposed(TOKENOMICS, 2, 40e18);
        vm.recordLogs();
        vm.prank(TOKENOMICS);
        manager.submitOperatorDirectedRewardProposal(list);
        eq(_created(), 2, "submissions in the AVS's name");
        eq(_pha(TOKENOMICS), FUNDS - 40e18, "the manager paid");
        eq(_pha(address(rewards)), 40e18, "the coordinator holds it");
        eq(_pha(address(manager)), 0, "nothing rests here");
        eq(MintableToken(pha).allowance(address(manager), address(rewards)), 0, "nor may be taken");
    }

    function testFuzz_theSumIsPaid(uint256 first, uint256 second) public {
        (first, second) = (1 + (first % 50e18), 1 + (second % 50e18));
        _propose(_submission(first, second));
        eq(_pha(address(rewards)), first + second, "sum");
    }

    function testFuzz_onlyTheTokenomicManager(address stranger) public {
        vm.assume(stranger != TOKENOMICS && stranger != _admin(address(manager)));
        OperatorDirectedRewardsSubmission[] memory list = _one(_submission(1, 1));
        vm.expectRevert(
            abi.encodeWithSelector(RewardProposals.NotTokenomicManager.selector, stranger)
        );
        vm.prank(stranger);
        manager.submitOperatorDirectedRewardProposal(list);
    }

    function test_nothingProposed() public {
        vm.expectRevert(abi.encodeWithSelector(RewardProposals.NoRewardSubmissions.selector));
        vm.prank(TOKENOMICS);
        manager.submitOperatorDirectedRewardProposal(new OperatorDirectedRewardsSubmission[](0));
    }

    /// One wrong token among right ones is one too many.
    function test_anotherToken() public {
        OperatorDirectedRewardsSubmission[] memory list = new OperatorDirectedRewardsSubmission[](2);
        (list[0], list[1]) = (_submission(1, 1), _submission(1, 1));
        list[1].token = CAROL;
        _refuse(list, abi.encodeWithSelector(RewardProposals.RewardTokenNotPha.selector, CAROL));
    }

    function test_insufficientFunds() public {
        _refuse(
            _one(_submission(FUNDS, 1)),
            abi.encodeWithSelector(
                RewardProposals.InsufficientPha.selector, TOKENOMICS, FUNDS + 1, FUNDS
            )
        );
        _propose(_submission(FUNDS - 1, 1));
        eq(_pha(TOKENOMICS), 0, "to the last wei");
    }

    /// What fits into no number is said as such, at the amount that is one too
    /// many, within a submission or over several.
    function test_sumTooLarge() public {
        _refuse(_one(_submission(type(uint256).max - 7, 8)), _tooLarge(ALICE, 8));
        OperatorDirectedRewardsSubmission[] memory list = new OperatorDirectedRewardsSubmission[](2);
        (list[0], list[1]) = (_submission(type(uint256).max - 7, 0), _submission(8, 0));
        _refuse(list, _tooLarge(BOB, 8));
        list[1] = _submission(0, type(uint256).max);
        _refuse(list, _tooLarge(ALICE, type(uint256).max));
        _refuse(
            _one(_submission(type(uint256).max - 7, 7)),
            abi.encodeWithSelector(
                RewardProposals.InsufficientPha.selector, TOKENOMICS, type(uint256).max, FUNDS
            )
        );
    }

    function test_notApproved() public {
        vm.prank(TOKENOMICS);
        MintableToken(pha).approve(address(manager), 1);
        _refuse(
            _one(_submission(1, 1)),
            abi.encodeWithSignature("Error(string)", "ERC20: insufficient allowance")
        );
    }

    /// EigenLayer's own rules come through unchanged, and nobody has paid.
    function test_whatEigenLayerRefuses() public {
        OperatorDirectedRewardsSubmission memory s = _submission(1, 1);
        s.startTimestamp += rewards.CALCULATION_INTERVAL_SECONDS();
        _refuse(
            _one(s), abi.encodeWithSelector(IRewardsCoordinator.SubmissionNotRetroactive.selector)
        );
        s = _submission(1, 1);
        (s.operatorRewards[0], s.operatorRewards[1]) = (s.operatorRewards[1], s.operatorRewards[0]);
        _refuse(
            _one(s),
            abi.encodeWithSelector(IRewardsCoordinator.OperatorsNotInAscendingOrder.selector)
        );
        eq(_pha(TOKENOMICS), FUNDS, "nothing paid");
    }

    function test_roleIsHandedOverInTwoSteps() public {
        eq(manager.tokenomicManager(), TOKENOMICS, "manager");
        vm.expectEmit(true, true, true, true, address(manager));
        emit TokenomicManagerOffered(CAROL);
        vm.prank(OWNER);
        manager.setTokenomicManager(CAROL);
        eq(manager.tokenomicManager(), TOKENOMICS, "still");
        eq(manager.pendingTokenomicManager(), CAROL, "pending");
        _propose(_submission(1, 1));
        vm.expectRevert(
            abi.encodeWithSelector(TwoStepRole.NotPendingHolder.selector, TOKENOMICS, CAROL)
        );
        vm.prank(TOKENOMICS);
        manager.acceptTokenomicManager();
        vm.expectEmit(true, true, true, true, address(manager));
        emit TokenomicManagerUpdated(TOKENOMICS, CAROL);
        vm.prank(CAROL);
        manager.acceptTokenomicManager();
        eq(manager.tokenomicManager(), CAROL, "manager");
        eq(manager.pendingTokenomicManager(), address(0), "nobody pending");
        _refuse(
            _one(_submission(1, 1)),
            abi.encodeWithSelector(RewardProposals.NotTokenomicManager.selector, TOKENOMICS)
        );
    }

    /// For the day that ended last.
    function _submission(uint256 bob, uint256 alice)
        private
        view
        returns (OperatorDirectedRewardsSubmission memory s)
    {
        uint32 day = rewards.CALCULATION_INTERVAL_SECONDS();
        s.strategiesAndMultipliers = new StrategyAndMultiplier[](1);
        s.strategiesAndMultipliers[0] = StrategyAndMultiplier(strategies[0], 1e18);
        s.token = pha;
        s.operatorRewards = new OperatorReward[](2);
        s.operatorRewards[0] = OperatorReward(BOB, bob);
        s.operatorRewards[1] = OperatorReward(ALICE, alice);
        s.startTimestamp = uint32(block.timestamp - (block.timestamp % day) - day);
        s.duration = day;
        s.description = "a day";
    }

    function _one(OperatorDirectedRewardsSubmission memory s)
        private
        pure
        returns (OperatorDirectedRewardsSubmission[] memory list)
    {
        list = new OperatorDirectedRewardsSubmission[](1);
        list[0] = s;
    }

    function _propose(OperatorDirectedRewardsSubmission memory s) private {
        vm.prank(TOKENOMICS);
        manager.submitOperatorDirectedRewardProposal(_one(s));
    }

    function _refuse(OperatorDirectedRewardsSubmission[] memory list, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(TOKENOMICS);
        manager.submitOperatorDirectedRewardProposal(list);
    }

    /// Whose amount was one too many, behind a sum of all numbers but the last 7.
    function _tooLarge(address operator, uint256 amount) private pure returns (bytes memory) {
        return abi.encodeWithSelector(
            RewardProposals.RewardSumTooLarge.selector, operator, amount, type(uint256).max - 7
        );
    }

    function _pha(address account) private view returns (uint256) {
        return MintableToken(pha).balanceOf(account);
    }

    /// How many of the recorded logs are submissions of this AVS by itself.
    function _created() private returns (uint256 count) {
        bytes32 topic = IRewardsCoordinator.OperatorDirectedAVSRewardsSubmissionCreated.selector;
        bytes32 avs = bytes32(uint256(uint160(address(manager))));
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].topics[0] != topic) continue;
            eq(logs[i].emitter, address(rewards), "whose event");
            yes(logs[i].topics[1] == avs && logs[i].topics[2] == avs, "in whose name");
            count++;
        }
    }
}
