// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

/// ECDSA over P-256 by the precompile at 0x100 (EIP-7951).
///
/// A failed verification, malformed input and a chain without the precompile
/// all look the same to a careless caller: the call succeeds and returns
/// nothing. So only "32 bytes, and they say one" counts as a valid signature,
/// and whoever relies on this calls requireLive() once in its constructor.
library P256 {
    uint256 internal constant PRECOMPILE = 0x100;

    uint256 private constant FIELD =
        0xffffffff00000001000000000000000000000000ffffffffffffffffffffffff;
    uint256 private constant CURVE_B =
        0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b;

    /// The chain must have the P-256 precompile at 0x100.
    error P256PrecompileMissing(uint256 chainId);

    /// Whether (r, s) signs the digest under the public key (x, y). High s is
    /// accepted, as the EIP says: signatures must never serve as identifiers.
    function verify(bytes32 digest, bytes32 r, bytes32 s, bytes32 x, bytes32 y)
        internal
        view
        returns (bool valid)
    {
        assembly ("memory-safe") {
            let m := mload(0x40)
            mstore(m, digest)
            mstore(add(m, 0x20), r)
            mstore(add(m, 0x40), s)
            mstore(add(m, 0x60), x)
            mstore(add(m, 0x80), y)
            mstore(0, 0)
            valid := staticcall(gas(), PRECOMPILE, m, 0xa0, 0, 0x20)
            valid := and(valid, and(eq(returndatasize(), 0x20), eq(mload(0), 1)))
        }
    }

    /// Reverts unless this chain verifies a known signature and refuses a known
    /// forgery. Vector: RFC 6979, A.2.5, SHA-256, message "sample".
    function requireLive() internal view {
        bytes32 digest = sha256("sample");
        bytes32 r = 0xefd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716;
        bytes32 s = 0xf7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8;
        bytes32 x = 0x60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6;
        bytes32 y = 0x7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299;
        if (!verify(digest, r, s, x, y) || verify(~digest, r, s, x, y)) {
            revert P256PrecompileMissing(block.chainid);
        }
    }

    /// Whether (x, y) is a point of the curve, with both coordinates reduced.
    function isOnCurve(bytes32 x, bytes32 y) internal pure returns (bool) {
        (uint256 u, uint256 v) = (uint256(x), uint256(y));
        if (u >= FIELD || v >= FIELD) return false;
        uint256 cube = mulmod(mulmod(u, u, FIELD), u, FIELD);
        uint256 right = addmod(addmod(cube, mulmod(FIELD - 3, u, FIELD), FIELD), CURVE_B, FIELD);
        return mulmod(v, v, FIELD) == right;
    }
}
