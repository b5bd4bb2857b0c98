// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

/// What the SLA oracle needs of the service manager.
interface IPhalaServiceManager {
    /// The measurement that the operator was attested with last; zero if it is
    /// in none of the AVS's sets.
    function registeredMeasurement(address operator) external view returns (bytes32);

    /// Demands a genuine TDX quote whose report data is expected, then 32 zero
    /// bytes, of a measurement that is this one or allowed. Reverts with the
    /// reason otherwise.
    function checkLiveness(bytes calldata quote, bytes32 expected, bytes32 measurement)
        external
        view;

    /// Records that a challenge went unanswered, and slashes for it.
    function recordOperatorLivenessFailure(address operator, uint256 challengeId) external;
}
