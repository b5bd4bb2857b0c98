// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

/// What the SLA oracle needs of the service manager.
interface IPhalaServiceManager {
    /// Whether the operator is in one of the AVS's sets with an attestation.
    function isOperatorRegistered(address operator) external view returns (bool);

    /// Verifies a TDX quote, applies the AVS's policy to it, and demands that
    /// its report data is expected, then 32 zero bytes. Reverts with the reason
    /// otherwise. Returns the digest that identifies the quote.
    function checkAttestation(bytes calldata quote, bytes32 expected)
        external
        view
        returns (bytes32 quoteDigest);

    /// Records that a challenge went unanswered, and slashes for it.
    function recordOperatorLivenessFailure(address operator, uint256 challengeId) external;
}
