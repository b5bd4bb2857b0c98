// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {IAllocationManager} from "../src/eigenlayer/IAllocationManager.sol";
import {IStrategyFactory} from "../src/eigenlayer/IStrategies.sol";
import {PHA} from "../src/tokens/MintableToken.sol";
import {GuestList} from "../src/tutorial/GuestList.sol";
import {vm} from "./Vm.sol";

/// Deploys the tutorial's AVS, and a token with its strategy.
contract DeployGuestList {
    function run() external {
        IStrategyFactory factory = IStrategyFactory(vm.envAddress("STRATEGY_FACTORY"));
        IAllocationManager core = IAllocationManager(vm.envAddress("ALLOCATION_MANAGER"));
        vm.startBroadcast(vm.envUint("DEPLOYER_KEY"));
        address token = address(new PHA(vm.envAddress("OWNER")));
        new GuestList(core, vm.envAddress("HOST"), factory.deployNewStrategy(token));
        vm.stopBroadcast();
    }
}
