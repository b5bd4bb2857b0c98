// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {vm} from "../../script/Vm.sol";

/// Assertions that print both values.
abstract contract Check {
    error Differs(string what, string expected, string actual);
    error NotSo(string what);

    function eq(uint256 actual, uint256 expected, string memory what) internal pure {
        if (actual != expected) revert Differs(what, vm.toString(expected), vm.toString(actual));
    }

    function eq(bytes32 actual, bytes32 expected, string memory what) internal pure {
        if (actual != expected) revert Differs(what, vm.toString(expected), vm.toString(actual));
    }

    function eq(address actual, address expected, string memory what) internal pure {
        if (actual != expected) revert Differs(what, vm.toString(expected), vm.toString(actual));
    }

    function eq(string memory actual, string memory expected, string memory what) internal pure {
        if (keccak256(bytes(actual)) != keccak256(bytes(expected))) {
            revert Differs(what, expected, actual);
        }
    }

    function yes(bool condition, string memory what) internal pure {
        if (!condition) revert NotSo(what);
    }

    function no(bool condition, string memory what) internal pure {
        if (condition) revert NotSo(string.concat("not: ", what));
    }

    /// Where a piece lies in a whole that has it once.
    function find(bytes memory whole, bytes memory piece) internal pure returns (uint256 at) {
        bytes32 wanted = keccak256(piece);
        uint256 length = piece.length;
        uint256 found = type(uint256).max;
        for (uint256 i = 0; i + length <= whole.length; i++) {
            bytes32 here;
            assembly ("memory-safe") {
                here := keccak256(add(add(whole, 0x20), i), length)
            }
            if (here != wanted) continue;
            if (found != type(uint256).max) revert NotSo("the piece occurs once");
            found = i;
        }
        if (found == type(uint256).max) revert NotSo("the piece occurs");
        return found;
    }

    function flipped(bytes memory data, uint256 at, uint8 mask)
        internal
        pure
        returns (bytes memory out)
    {
        out = bytes.concat(data);
        out[at] = bytes1(uint8(out[at]) ^ mask);
    }

    function cut(bytes memory data, uint256 from, uint256 to)
        internal
        pure
        returns (bytes memory out)
    {
        if (to > data.length) revert NotSo("the cut is inside");
        out = new bytes(to - from);
        assembly ("memory-safe") {
            mcopy(add(out, 0x20), add(add(data, 0x20), from), sub(to, from))
        }
    }

    /// Data with some bytes of it replaced by as many others.
    function patched(bytes memory data, uint256 at, bytes memory with)
        internal
        pure
        returns (bytes memory)
    {
        return bytes.concat(cut(data, 0, at), with, cut(data, at + with.length, data.length));
    }
}
