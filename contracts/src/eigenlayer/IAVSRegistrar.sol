// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

/// What EigenLayer's AllocationManager calls when an operator joins or leaves
/// an AVS's operator sets. It calls after its own state has changed, once for
/// all ids; a revert vetoes, and vetoes a departure too.
interface IAVSRegistrar {
    function registerOperator(
        address operator,
        address avs,
        uint32[] calldata operatorSetIds,
        bytes calldata data
    ) external;

    function deregisterOperator(address operator, address avs, uint32[] calldata operatorSetIds)
        external;

    function supportsAVS(address avs) external view returns (bool);
}
