// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {CreateSetParams, IAllocationManager} from "../eigenlayer/IAllocationManager.sol";
import {IAVSRegistrar} from "../eigenlayer/IAVSRegistrar.sol";

/// An AVS of one operator set, which lets in whom its host has invited.
contract GuestList is IAVSRegistrar {
    event Invited(address operator);

    error NotInvited(address operator);
    error NotTheHost(address sender);

    address public immutable host;
    mapping(address operator => bool) public invited;

    constructor(IAllocationManager allocationManager, address host_, address strategy) {
        CreateSetParams[] memory sets = new CreateSetParams[](1);
        sets[0].strategies = new address[](1);
        sets[0].strategies[0] = strategy;
        host = host_;
        allocationManager.updateAVSMetadataURI(address(this), "");
        allocationManager.createOperatorSets(address(this), sets);
    }

    function invite(address operator) external {
        if (msg.sender != host) revert NotTheHost(msg.sender);
        invited[operator] = true;
        emit Invited(operator);
    }

    function registerOperator(address operator, address, uint32[] calldata, bytes calldata)
        external
        view
    {
        if (!invited[operator]) revert NotInvited(operator);
    }

    function deregisterOperator(address, address, uint32[] calldata) external {}

    function supportsAVS(address avs) external view returns (bool) {
        return avs == address(this);
    }
}
