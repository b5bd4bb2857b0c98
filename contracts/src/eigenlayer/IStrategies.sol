// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

/// The staking side of EigenLayer (v1.8.1) as far as it is used here, written
/// from its ABI.

interface IStrategyFactory {
    /// Once for each token, by anyone; whitelists the new strategy.
    function deployNewStrategy(address token) external returns (address strategy);
    function deployedStrategies(address token) external view returns (address strategy);
}

interface IStrategyManager {
    function depositIntoStrategy(address strategy, address token, uint256 amount)
        external
        returns (uint256 shares);
}

interface IDelegationManager {
    function registerAsOperator(
        address delegationApprover,
        uint32 allocationDelay,
        string calldata metadataURI
    ) external;
    function operatorShares(address operator, address strategy) external view returns (uint256);
}
