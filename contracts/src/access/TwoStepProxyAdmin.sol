// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {ProxyAdmin} from "@openzeppelin/contracts/proxy/transparent/ProxyAdmin.sol";
import {
    ITransparentUpgradeableProxy
} from "@openzeppelin/contracts/proxy/transparent/TransparentUpgradeableProxy.sol";

/// Who may upgrade the proxies. Its owner's from the first block on, and handed
/// over in two steps: a mistyped owner here would freeze the code for ever. For
/// the same reason the proxies keep this admin, and it an owner.
contract TwoStepProxyAdmin is ProxyAdmin, Ownable2Step {
    error ZeroOwner();
    error ProxyKeepsItsAdmin(address proxy, address newAdmin);
    error OwnerMustStay(address owner);

    constructor(address initialOwner) {
        if (initialOwner == address(0)) revert ZeroOwner();
        _transferOwnership(initialOwner);
    }

    function transferOwnership(address newOwner) public override(Ownable, Ownable2Step) {
        Ownable2Step.transferOwnership(newOwner);
    }

    /// What OpenZeppelin does in one step.
    function changeProxyAdmin(ITransparentUpgradeableProxy proxy, address newAdmin)
        public
        view
        override
        onlyOwner
    {
        revert ProxyKeepsItsAdmin(address(proxy), newAdmin);
    }

    function renounceOwnership() public view override onlyOwner {
        revert OwnerMustStay(owner());
    }

    function _transferOwnership(address newOwner) internal override(Ownable, Ownable2Step) {
        Ownable2Step._transferOwnership(newOwner);
    }
}
