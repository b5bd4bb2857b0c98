// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {IAVSRegistrar} from "./IAVSRegistrar.sol";

/// Lets everybody join and leave. An AVS that is an account needs one: its
/// own address, which EigenLayer asks by default, has no code to answer with.
contract OpenRegistrar is IAVSRegistrar {
    function registerOperator(address, address, uint32[] calldata, bytes calldata) external {}

    function deregisterOperator(address, address, uint32[] calldata) external {}

    function supportsAVS(address) external pure returns (bool) {
        return true;
    }
}
