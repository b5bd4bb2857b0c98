// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {IERC20, SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Role, TwoStepRole} from "../access/TwoStepRole.sol";
import {TwoStepOwnable} from "../access/TwoStepOwnable.sol";
import {
    IRewardsCoordinator,
    OperatorDirectedRewardsSubmission,
    OperatorReward
} from "../eigenlayer/IRewardsCoordinator.sol";

/// What operators earn: the tokenomic manager proposes, in PHA of its own, and
/// EigenLayer's RewardsCoordinator holds the PHA until it is claimed by proof.
/// Nothing rests here in between.
abstract contract RewardProposals is TwoStepOwnable {
    using SafeERC20 for IERC20;
    using TwoStepRole for Role;

    IRewardsCoordinator public immutable rewardsCoordinator;
    IERC20 public immutable pha;

    Role private _tokenomicManager;

    /// Room for more state here without moving that of deriving contracts.
    uint256[48] private __gap;

    event TokenomicManagerOffered(address indexed pending);
    event TokenomicManagerUpdated(address indexed previous, address indexed current);
    event RewardsProposed(address indexed by, uint256 submissions, uint256 amount);

    error RewardsNeedContracts(address rewardsCoordinator, address pha);
    error NotTokenomicManager(address caller);
    error NoRewardSubmissions();
    error RewardTokenNotPha(address token);
    error RewardSumTooLarge(address operator, uint256 amount, uint256 sumBefore);
    error InsufficientPha(address payer, uint256 needed, uint256 available);

    constructor(IRewardsCoordinator coordinator, IERC20 token) {
        if (address(coordinator) == address(0) || address(token) == address(0)) {
            revert RewardsNeedContracts(address(coordinator), address(token));
        }
        (rewardsCoordinator, pha) = (coordinator, token);
    }

    function tokenomicManager() external view returns (address) {
        return _tokenomicManager.holder;
    }

    function pendingTokenomicManager() external view returns (address) {
        return _tokenomicManager.pending;
    }

    /// Offers the role; the present manager keeps it until the new one accepts.
    function setTokenomicManager(address manager) external onlyOwner {
        _tokenomicManager.offer(manager);
        emit TokenomicManagerOffered(manager);
    }

    function acceptTokenomicManager() external {
        emit TokenomicManagerUpdated(_tokenomicManager.accept(), msg.sender);
    }

    /// Submits operator-directed rewards in the AVS's name. The caller pays,
    /// and must have approved this contract for the sum of all submissions,
    /// which must be a number; EigenLayer judges periods, order and strategies.
    function submitOperatorDirectedRewardProposal(OperatorDirectedRewardsSubmission[] calldata submissions)
        external
    {
        if (msg.sender != _tokenomicManager.holder) revert NotTokenomicManager(msg.sender);
        if (submissions.length == 0) revert NoRewardSubmissions();
        uint256 sum;
        for (uint256 i = 0; i < submissions.length; i++) {
            OperatorDirectedRewardsSubmission calldata s = submissions[i];
            if (s.token != address(pha)) revert RewardTokenNotPha(s.token);
            for (uint256 j = 0; j < s.operatorRewards.length; j++) {
                OperatorReward calldata reward = s.operatorRewards[j];
                if (reward.amount > type(uint256).max - sum) {
                    revert RewardSumTooLarge(reward.operator, reward.amount, sum);
                }
                sum += reward.amount;
            }
        }
        uint256 available = pha.balanceOf(msg.sender);
        if (available < sum) revert InsufficientPha(msg.sender, sum, available);
        emit RewardsProposed(msg.sender, submissions.length, sum);
        pha.safeTransferFrom(msg.sender, address(this), sum);
        pha.forceApprove(address(rewardsCoordinator), sum);
        rewardsCoordinator.createOperatorDirectedAVSRewardsSubmission(address(this), submissions);
    }

    function _initTokenomicManager(address manager) internal {
        _tokenomicManager.init(manager);
        emit TokenomicManagerUpdated(address(0), manager);
    }
}
