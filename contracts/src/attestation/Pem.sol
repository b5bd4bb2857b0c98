// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

/// Reads a PEM chain, certificate by certificate, as DER. Strict, in the form
/// that Intel writes: lines of 64 characters, the last one shorter or as long,
/// "\n" after each, canonical base64.
library Pem {
    bytes28 private constant BEGIN = "-----BEGIN CERTIFICATE-----\n";
    bytes25 private constant END = "-----END CERTIFICATE-----";

    /// A certificate of the chain must begin here.
    error PemHeaderMissing(uint256 offset);
    /// A certificate of the chain must end here.
    error PemFooterMissing(uint256 offset);
    /// PEM is base64 in lines.
    error PemCharacterInvalid(uint256 offset);
    /// PEM must go on to its end.
    error PemTruncated(uint256 offset);

    /// The certificate whose text begins at this offset, and where it ends.
    function read(bytes calldata pem, uint256 at)
        internal
        pure
        returns (bytes memory der, uint256 end)
    {
        _header(pem, at);
        /* Decoding writes whole words, so there is one word to spare. */
        der = new bytes(((pem.length - at) / 4) * 3 + 32);
        uint256 length;
        (length, end) = _body(pem, at + 28, der);
        end = _footer(pem, end);
        assembly ("memory-safe") {
            mstore(der, length)
        }
    }

    function _header(bytes calldata pem, uint256 at) private pure {
        if (at + 28 > pem.length || bytes28(pem[at:at + 28]) != BEGIN) {
            revert PemHeaderMissing(at);
        }
    }

    function _footer(bytes calldata pem, uint256 at) private pure returns (uint256 end) {
        end = at + 25;
        if (end > pem.length || bytes25(pem[at:end]) != END) revert PemFooterMissing(at);
        /* The newline may be missing where the text ends, or a NUL ends it. */
        if (end < pem.length && pem[end] != 0) {
            if (pem[end] != "\n") revert PemCharacterInvalid(end);
            end++;
        }
    }

    /// Decodes the lines that begin at this offset: how many bytes they made,
    /// and where the footer should be.
    function _body(bytes calldata pem, uint256 at, bytes memory der)
        private
        pure
        returns (uint256 length, uint256)
    {
        uint256 table = _table();
        /* Full lines first, as fast as it goes; what is no such line is read
           group by group, and any error in it named there. */
        while (_fullLine(pem, at, table, der, length)) {
            at += 65;
            length += 48;
        }
        bool last;
        while (at < pem.length && pem[at] != "-") {
            if (last) revert PemFooterMissing(at);
            if (pem[at] == "\n") revert PemCharacterInvalid(at);
            uint256 lineEnd = at + 64;
            while (at < lineEnd) {
                if (at >= pem.length) revert PemTruncated(at);
                if (pem[at] == "\n") break;
                if (at + 4 > pem.length) revert PemTruncated(at);
                uint256 octets = _group(pem, at, table, der, length);
                length += octets;
                at += 4;
                if (octets == 3) continue;
                lineEnd = at;
                last = true;
            }
            if (at >= pem.length) revert PemTruncated(at);
            if (pem[at] != "\n") revert PemCharacterInvalid(at);
            last = last || at < lineEnd;
            at++;
        }
        return (length, at);
    }

    /// Decodes a line of 64 characters, none of them padding; false if this is
    /// not one.
    function _fullLine(
        bytes calldata pem,
        uint256 at,
        uint256 table,
        bytes memory der,
        uint256 length
    ) private pure returns (bool) {
        if (at + 65 > pem.length || pem[at + 64] != "\n") return false;
        uint256 seen;
        assembly ("memory-safe") {
            let to := add(add(der, 0x20), length)
            let from := add(pem.offset, at)
            for { let end := add(from, 64) } lt(from, end) { from := add(from, 4) } {
                let four := calldataload(from)
                let a := byte(0, mload(add(table, byte(0, four))))
                let b := byte(0, mload(add(table, byte(1, four))))
                let c := byte(0, mload(add(table, byte(2, four))))
                let d := byte(0, mload(add(table, byte(3, four))))
                seen := or(seen, or(or(a, b), or(c, d)))
                mstore(to, shl(232, or(or(shl(18, a), shl(12, b)), or(shl(6, c), d))))
                to := add(to, 3)
            }
        }
        return seen < 64;
    }

    /// Decodes four characters to three bytes, or fewer before padding.
    function _group(bytes calldata pem, uint256 at, uint256 table, bytes memory der, uint256 length)
        private
        pure
        returns (uint256 octets)
    {
        uint256 bits;
        uint256 bad;
        octets = 3;
        if (pem[at + 3] == "=") octets = pem[at + 2] == "=" ? 1 : 2;
        assembly ("memory-safe") {
            let four := calldataload(add(pem.offset, at))
            let a := byte(0, mload(add(table, byte(0, four))))
            let b := byte(0, mload(add(table, byte(1, four))))
            let c := byte(0, mload(add(table, byte(2, four))))
            let d := byte(0, mload(add(table, byte(3, four))))
            if lt(octets, 3) { d := 0 }
            if lt(octets, 2) { c := 0 }
            bad := gt(or(or(a, b), or(c, d)), 63)
            bits := or(or(shl(18, a), shl(12, b)), or(shl(6, c), d))
            mstore(add(add(der, 0x20), length), shl(232, bits))
        }
        /* What padding makes unused must be zero: one text for one DER. */
        if (bad != 0 || (octets < 3 && bits & ((1 << (8 * (3 - octets))) - 1) != 0)) {
            revert PemCharacterInvalid(at);
        }
    }

    /// 256 bytes: the value of each character, 0xff where it has none.
    function _table() private pure returns (uint256 table) {
        assembly ("memory-safe") {
            table := mload(0x40)
            mstore(0x40, add(table, 0x120))
            let none := not(0)
            mstore(table, none)
            mstore(
                add(table, 0x20),
                0xffffffffffffffffffffff3effffff3f3435363738393a3b3c3dffffffffffff
            )
            mstore(
                add(table, 0x40),
                0xff000102030405060708090a0b0c0d0e0f10111213141516171819ffffffffff
            )
            mstore(
                add(table, 0x60),
                0xff1a1b1c1d1e1f202122232425262728292a2b2c2d2e2f30313233ffffffffff
            )
            mstore(add(table, 0x80), none)
            mstore(add(table, 0xa0), none)
            mstore(add(table, 0xc0), none)
            mstore(add(table, 0xe0), none)
            mstore(add(table, 0x100), none)
        }
    }
}
