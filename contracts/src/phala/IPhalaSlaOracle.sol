// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

/// What the service manager needs of the SLA oracle.
interface IPhalaSlaOracle {
    /// The id of the newest challenge; the first is 1.
    function challengeCounter() external view returns (uint256);
}
