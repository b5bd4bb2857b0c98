// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {Time} from "./Time.sol";

interface JsonErrors {
    /// Signed JSON must have Intel's members in Intel's order, and no others. offset is where
    /// text and expectation part, expected what should have gone on from there.
    error JsonUnexpected(uint256 offset, bytes32 expected);
    /// Signed JSON must be compact, as Intel's is.
    error JsonWhitespace(uint256 offset);
    /// Nothing may follow the JSON object.
    error JsonTrailing(uint256 offset, uint256 length);
    /// A number is decimal digits without a needless zero.
    error JsonNumberInvalid(uint256 offset);
    /// A number must fit its place.
    error JsonNumberTooLarge(uint256 offset, uint256 limit);
    /// A string has no escapes, and is short enough for its place.
    error JsonStringInvalid(uint256 offset);
    /// Bytes are hex digits, as many as the field has.
    error JsonHexInvalid(uint256 offset);
    /// A date is YYYY-MM-DDTHH:MM:SSZ, and is one of the calendar.
    error JsonDateInvalid(uint256 offset);
}

/// Reads JSON that must have one known form, token by token: no tree, no
/// choice of order, no whitespace, no escapes.
///
/// Reading beyond the end needs no check of its own: done() demands that the
/// end was met exactly, and no token goes back.
library Json {
    struct Cursor {
        bytes text;
        uint256 at;
    }

    /// Passes these characters, the first of a token.
    function pass(Cursor memory c, bytes32 token, uint256 length) internal pure {
        if (!next(c, token, length)) _unexpected(c, token, length);
    }

    /// Passes these characters if they stand here.
    function next(Cursor memory c, bytes32 token, uint256 length)
        internal
        pure
        returns (bool found)
    {
        assembly ("memory-safe") {
            let at := mload(add(c, 0x20))
            let here := mload(add(add(mload(c), 0x20), at))
            if iszero(shr(sub(256, shl(3, length)), xor(here, token))) {
                mstore(add(c, 0x20), add(at, length))
                found := 1
            }
        }
    }

    function done(Cursor memory c) internal pure {
        if (c.at != c.text.length) revert JsonErrors.JsonTrailing(c.at, c.text.length);
    }

    /// A non-negative integer without leading zeros, up to this limit.
    function number(Cursor memory c, uint256 limit) internal pure returns (uint256 value) {
        uint256 length;
        uint256 first;
        assembly ("memory-safe") {
            let start := add(add(mload(c), 0x20), mload(add(c, 0x20)))
            let p := start
            first := byte(0, mload(p))
            for {} 1 {} {
                let digit := sub(byte(0, mload(p)), 0x30)
                if gt(digit, 9) { break }
                value := add(mul(value, 10), digit)
                p := add(p, 1)
                if gt(value, limit) { break }
            }
            length := sub(p, start)
        }
        if (value > limit) revert JsonErrors.JsonNumberTooLarge(c.at, limit);
        if (length == 0 || (length > 1 && first == 0x30)) {
            revert JsonErrors.JsonNumberInvalid(c.at);
        }
        c.at += length;
    }

    /// Passes a string's characters and its closing quote: printable ASCII, no
    /// quotes and no backslashes inside. Gives the offset of that quote.
    function quoted(Cursor memory c) internal pure returns (uint256 end) {
        bool closed;
        assembly ("memory-safe") {
            let start := add(mload(c), 0x20)
            let p := add(start, mload(add(c, 0x20)))
            for {} 1 { p := add(p, 1) } {
                let character := byte(0, mload(p))
                if eq(character, 0x22) {
                    closed := 1
                    break
                }
                if or(or(lt(character, 0x20), gt(character, 0x7e)), eq(character, 0x5c)) {
                    break
                }
            }
            end := sub(p, start)
        }
        if (!closed) revert JsonErrors.JsonStringInvalid(end);
        c.at = end + 1;
    }

    /// Up to 32 bytes as hexadecimal digits of either case, right-aligned.
    function hexadecimal(Cursor memory c, uint256 length) internal pure returns (uint256 value) {
        bool bad;
        assembly ("memory-safe") {
            let p := add(add(mload(c), 0x20), mload(add(c, 0x20)))
            let end := add(p, shl(1, length))
            for {} lt(p, end) { p := add(p, 1) } {
                let character := byte(0, mload(p))
                let digit := sub(character, 0x30)
                if gt(digit, 9) {
                    digit := sub(or(character, 0x20), 0x57)
                    if or(lt(digit, 10), gt(digit, 15)) {
                        bad := 1
                        break
                    }
                }
                value := or(shl(4, value), digit)
            }
        }
        if (bad) revert JsonErrors.JsonHexInvalid(c.at);
        c.at += 2 * length;
    }

    /// YYYY-MM-DDThh:mm:ssZ
    function date(Cursor memory c) internal pure returns (uint40 value) {
        (bytes memory text, uint256 at) = (c.text, c.at);
        uint256 marks;
        assembly ("memory-safe") {
            marks := and(
                mload(add(add(text, 0x20), at)),
                0x00000000ff0000ff0000ff0000ff0000ff0000ff000000000000000000000000
            )
        }
        bool ok = marks == 0x000000002d00002d00005400003a00003a00005a000000000000000000000000;
        if (ok) (ok, value) = Time.parse(text, Time.year4(text, at), at + 5, 3);
        if (!ok) revert JsonErrors.JsonDateInvalid(at);
        c.at = at + 20;
    }

    function _unexpected(Cursor memory c, bytes32 token, uint256 length) private pure {
        uint256 at = c.at;
        for (uint256 i = 0; i < length && at < c.text.length && c.text[at] == token[0]; i++) {
            at++;
            token <<= 8;
        }
        if (at < c.text.length) {
            bytes1 found = c.text[at];
            if (found == " " || found == "\n" || found == "\t" || found == "\r") {
                revert JsonErrors.JsonWhitespace(at);
            }
        }
        revert JsonErrors.JsonUnexpected(at, token);
    }
}
