// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

/// One owner, handed over in two steps, so that a mistyped address cannot lock
/// a contract. Works behind a proxy: nothing is set in a constructor here, the
/// deriving contract calls _setOwner from its constructor or initializer.
abstract contract TwoStepOwnable {
    address public owner;
    address public pendingOwner;

    /// Room for more state here without moving that of deriving contracts.
    uint256[48] private __gap;

    event OwnershipTransferStarted(address indexed owner, address indexed pendingOwner);
    event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);

    error NotOwner(address caller);
    error NotPendingOwner(address caller);
    error ZeroOwner();

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        _;
    }

    /// Offers the ownership; address(0) withdraws an offer.
    function transferOwnership(address newOwner) external onlyOwner {
        pendingOwner = newOwner;
        emit OwnershipTransferStarted(msg.sender, newOwner);
    }

    function acceptOwnership() external {
        if (msg.sender != pendingOwner) revert NotPendingOwner(msg.sender);
        _setOwner(msg.sender);
    }

    function _setOwner(address newOwner) internal {
        if (newOwner == address(0)) revert ZeroOwner();
        emit OwnershipTransferred(owner, newOwner);
        delete pendingOwner;
        owner = newOwner;
    }
}
