// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

/// A right that an owner gives away. Like ownership it is handed over in two
/// steps: until the new holder has shown that it can act, the old one holds it,
/// so that a mistyped address leaves nobody without.
struct Role {
    address holder;
    address pending;
}

library TwoStepRole {
    error NotPendingHolder(address caller, address pending);
    error ZeroHolder();

    /// The first holder has nobody to take over from.
    function init(Role storage role, address holder) internal {
        if (holder == address(0)) revert ZeroHolder();
        role.holder = holder;
    }

    /// Offers the role; address(0) withdraws an offer.
    function offer(Role storage role, address to) internal {
        role.pending = to;
    }

    /// The caller takes the role over. Returns who had it.
    function accept(Role storage role) internal returns (address previous) {
        if (msg.sender != role.pending) revert NotPendingHolder(msg.sender, role.pending);
        previous = role.holder;
        role.holder = msg.sender;
        delete role.pending;
    }
}
