// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

/// The part of EigenLayer's RewardsCoordinator (v1.8.1) that is used here,
/// written from its ABI.

struct StrategyAndMultiplier {
    address strategy;
    uint96 multiplier;
}

struct OperatorReward {
    address operator;
    uint256 amount;
}

/// What an AVS gives to whom, for a period that is over.
struct OperatorDirectedRewardsSubmission {
    StrategyAndMultiplier[] strategiesAndMultipliers;
    address token;
    OperatorReward[] operatorRewards;
    uint32 startTimestamp;
    uint32 duration;
    string description;
}

interface IRewardsCoordinator {
    event OperatorDirectedAVSRewardsSubmissionCreated(
        address indexed caller,
        address indexed avs,
        bytes32 indexed operatorDirectedRewardsSubmissionHash,
        uint256 submissionNonce,
        OperatorDirectedRewardsSubmission operatorDirectedRewardsSubmission
    );

    error OperatorsNotInAscendingOrder();
    error SubmissionNotRetroactive();

    /// Takes each submission's sum from the caller, who may act for the AVS.
    function createOperatorDirectedAVSRewardsSubmission(
        address avs,
        OperatorDirectedRewardsSubmission[] calldata submissions
    ) external;

    function CALCULATION_INTERVAL_SECONDS() external view returns (uint32);
}
