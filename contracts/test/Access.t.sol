// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {
    ITransparentUpgradeableProxy,
    TransparentUpgradeableProxy
} from "@openzeppelin/contracts/proxy/transparent/TransparentUpgradeableProxy.sol";
import {vm} from "../script/Vm.sol";
import {TwoStepOwnable} from "../src/access/TwoStepOwnable.sol";
import {TwoStepProxyAdmin} from "../src/access/TwoStepProxyAdmin.sol";
import {PHA} from "../src/tokens/MintableToken.sol";
import {Check} from "./kit/Check.sol";

/// Handing over what an owner owns, where no other test looks.
contract AccessTest is Check {
    event OwnershipTransferStarted(address indexed owner, address indexed pendingOwner);
    event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);

    address private constant OWNER = address(0x0111);
    address private constant CAROL = address(0x0333);

    function setUp() public {}

    function test_everyStepIsAnEvent() public {
        address at = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        vm.expectEmit(true, true, true, true, at);
        emit OwnershipTransferred(address(0), OWNER);
        TwoStepOwnable owned = new PHA(OWNER);
        vm.expectEmit(true, true, true, true, address(owned));
        emit OwnershipTransferStarted(OWNER, CAROL);
        vm.prank(OWNER);
        owned.transferOwnership(CAROL);
        vm.expectEmit(true, true, true, true, address(owned));
        emit OwnershipTransferred(OWNER, CAROL);
        vm.prank(CAROL);
        owned.acceptOwnership();
    }

    /// The proxies' admin is somebody's from its first block on.
    function test_proxyAdminNeedsAnOwner() public {
        vm.expectRevert(abi.encodeWithSelector(TwoStepProxyAdmin.ZeroOwner.selector));
        new TwoStepProxyAdmin(address(0));
        eq(new TwoStepProxyAdmin(OWNER).owner(), OWNER, "owner");
    }

    function test_proxyAdminIsHandedOverInTwoSteps() public {
        TwoStepProxyAdmin admin = new TwoStepProxyAdmin(OWNER);
        vm.prank(OWNER);
        admin.transferOwnership(CAROL);
        eq(admin.owner(), OWNER, "nothing moved yet");
        eq(admin.pendingOwner(), CAROL, "pending");
        vm.prank(CAROL);
        admin.acceptOwnership();
        eq(admin.owner(), CAROL, "owner");
        eq(admin.pendingOwner(), address(0), "nobody pending");
        vm.expectRevert(
            abi.encodeWithSignature("Error(string)", "Ownable: caller is not the owner")
        );
        vm.prank(OWNER);
        admin.transferOwnership(OWNER);
    }

    /// No way around the two steps: neither for a proxy nor for its admin.
    function test_proxiesKeepTheirAdmin() public {
        TwoStepProxyAdmin admin = new TwoStepProxyAdmin(OWNER);
        PHA code = new PHA(OWNER);
        ITransparentUpgradeableProxy proxy = ITransparentUpgradeableProxy(
            address(new TransparentUpgradeableProxy(address(code), address(admin), ""))
        );
        vm.expectRevert(
            abi.encodeWithSelector(
                TwoStepProxyAdmin.ProxyKeepsItsAdmin.selector, address(proxy), CAROL
            )
        );
        vm.prank(OWNER);
        admin.changeProxyAdmin(proxy, CAROL);
        eq(admin.getProxyAdmin(proxy), address(admin), "admin");
        vm.expectRevert(abi.encodeWithSelector(TwoStepProxyAdmin.OwnerMustStay.selector, OWNER));
        vm.prank(OWNER);
        admin.renounceOwnership();
        bytes memory stranger =
            abi.encodeWithSignature("Error(string)", "Ownable: caller is not the owner");
        vm.startPrank(CAROL);
        vm.expectRevert(stranger);
        admin.changeProxyAdmin(proxy, CAROL);
        vm.expectRevert(stranger);
        admin.renounceOwnership();
    }
}
