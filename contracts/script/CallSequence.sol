// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

/// Calls that build on each other, asked in one eth_call: what the earlier ones
/// wrote is there for the later ones and gone afterwards. `avsbed quote verify`
/// puts collateral into a registry and verifies a quote this way, any number of
/// times over the same empty contracts.
contract CallSequence {
    struct Call {
        address to;
        bytes data;
    }

    /// Stops at the first call that reverts. done is how many did not; answer is
    /// what the last one that was made returned, or reverted with.
    function run(Call[] calldata calls) external returns (uint256 done, bytes memory answer) {
        bool success = true;
        while (success && done < calls.length) {
            (success, answer) = calls[done].to.call(calls[done].data);
            if (success) done++;
        }
    }
}
