// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

/// A strict DER reader: one byte string has one reading or none.
///
/// Elements are read in order by a cursor that knows where its enclosing
/// element ends; whoever opens an element says which tag it wants, and whoever
/// has read all that it knows calls done(). Lengths must be definite, minimal
/// and inside the enclosing element.
library Der {
    uint8 internal constant BOOLEAN = 0x01;
    uint8 internal constant INTEGER = 0x02;
    uint8 internal constant BIT_STRING = 0x03;
    uint8 internal constant OCTET_STRING = 0x04;
    uint8 internal constant OBJECT_ID = 0x06;
    uint8 internal constant ENUMERATED = 0x0a;
    uint8 internal constant UTF8_STRING = 0x0c;
    uint8 internal constant PRINTABLE_STRING = 0x13;
    uint8 internal constant UTC_TIME = 0x17;
    uint8 internal constant GENERALIZED_TIME = 0x18;
    uint8 internal constant SEQUENCE = 0x30;
    uint8 internal constant SET = 0x31;

    /// Where an element's header begins, its contents begin, and it ends.
    struct Element {
        uint256 start;
        uint256 body;
        uint256 end;
    }

    struct Cursor {
        bytes der;
        uint256 at;
        uint256 end;
    }

    /// A DER value must end inside what encloses it.
    error DerTruncated(uint256 offset);
    /// A DER length has no more bytes than it needs.
    error DerLengthNotMinimal(uint256 offset);
    /// A DER length is definite, and below 65,536.
    error DerLengthUnsupported(uint256 offset, uint8 form);
    /// Another type of value must stand here.
    error DerTagUnexpected(uint256 offset, uint8 expected, uint8 actual);
    /// Nothing may follow the last value.
    error DerTrailing(uint256 offset, uint256 end);
    /// A DER BOOLEAN is 00 or ff.
    error DerBooleanInvalid(uint256 offset);
    /// A DER INTEGER here is not negative and has no needless zeros.
    error DerIntegerInvalid(uint256 offset);
    /// A number must fit its place.
    error DerIntegerTooLarge(uint256 offset, uint256 length);
    /// A value must have this length here.
    error DerLengthUnexpected(uint256 offset, uint256 expected, uint256 actual);

    function open(bytes memory der) internal pure returns (Cursor memory) {
        return Cursor(der, 0, der.length);
    }

    /// A cursor over an element's contents.
    function enter(Cursor memory c, Element memory e) internal pure returns (Cursor memory) {
        return Cursor(c.der, e.body, e.end);
    }

    /// Takes the next element, which must have this tag, and enters it.
    function into(Cursor memory c, uint8 tag) internal pure returns (Cursor memory) {
        (, uint256 body, uint256 end) = _next(c, tag);
        return Cursor(c.der, body, end);
    }

    /// Takes the next element, which must have this tag.
    function take(Cursor memory c, uint8 tag) internal pure returns (Element memory) {
        (uint256 start, uint256 body, uint256 end) = _next(c, tag);
        return Element(start, body, end);
    }

    /// Whether the next element exists and has this tag.
    function peek(Cursor memory c, uint8 tag) internal pure returns (bool) {
        return c.at < c.end && uint8(bytes1(word(c.der, c.at, 1))) == tag;
    }

    function more(Cursor memory c) internal pure returns (bool) {
        return c.at < c.end;
    }

    function done(Cursor memory c) internal pure {
        if (c.at != c.end) revert DerTrailing(c.at, c.end);
    }

    /// The next element as an object identifier: its contents left-aligned, its
    /// length in the last byte, so that no two identifiers look alike.
    function takeOid(Cursor memory c) internal pure returns (bytes32) {
        (uint256 start, uint256 body, uint256 end) = _next(c, OBJECT_ID);
        uint256 length = end - body;
        if (length == 0 || length > 31) revert DerLengthUnexpected(start, 31, length);
        return word(c.der, body, length) | bytes32(length);
    }

    /// The next element as a non-negative integer of at most maxBytes bytes.
    function takeUint(Cursor memory c, uint8 tag, uint256 maxBytes)
        internal
        pure
        returns (uint256)
    {
        (uint256 start, uint256 body, uint256 end) = _next(c, tag);
        uint256 length = end - body;
        uint256 first = uint256(word(c.der, body, 2)) >> 240;
        if (length == 0 || first >= 0x8000) revert DerIntegerInvalid(start);
        if (length > 1 && first < 0x100) {
            /* A zero byte stands only before one that would look negative. */
            if (first < 0x80) revert DerIntegerInvalid(start);
            body++;
            length--;
        }
        if (length > maxBytes) revert DerIntegerTooLarge(start, length);
        return uint256(word(c.der, body, length)) >> (8 * (32 - length));
    }

    /// The next element as a boolean.
    function takeBool(Cursor memory c) internal pure returns (bool) {
        (uint256 start, uint256 body, uint256 end) = _next(c, BOOLEAN);
        bytes1 value = bytes1(word(c.der, body, 1));
        if (end - body != 1 || (value != 0 && value != 0xff)) revert DerBooleanInvalid(start);
        return value != 0;
    }

    /// The next element as an octet string of exactly this length, at most 32.
    function takeOctets(Cursor memory c, uint256 length) internal pure returns (bytes32) {
        (uint256 start, uint256 body, uint256 end) = _next(c, OCTET_STRING);
        if (end - body != length) revert DerLengthUnexpected(start, length, end - body);
        return word(c.der, body, length);
    }

    /// Passes the next element, which must have this tag: where its header
    /// begins, its contents begin, and it ends.
    function _next(Cursor memory c, uint8 tag)
        private
        pure
        returns (uint256 at, uint256 body, uint256 end)
    {
        at = c.at;
        uint256 limit = c.end;
        if (at + 2 > limit) revert DerTruncated(at);
        /* Tag and length in one read: it may see beyond the end, but uses
           nothing from there. */
        uint256 head = uint256(word(c.der, at, 32));
        if (head >> 248 != tag) revert DerTagUnexpected(at, tag, uint8(head >> 248));

        body = at + 2;
        uint256 length = (head >> 240) & 0xff;
        if (length >= 0x80) {
            uint256 octets = length & 0x7f;
            if (octets != 1 && octets != 2) revert DerLengthUnsupported(at, uint8(length));
            body += octets;
            if (body > limit) revert DerTruncated(at);
            length = octets == 1 ? (head >> 232) & 0xff : (head >> 224) & 0xffff;
            if (length < (octets == 1 ? 0x80 : 0x100)) revert DerLengthNotMinimal(at);
        }
        end = body + length;
        if (end > limit) revert DerTruncated(at);
        c.at = end;
    }

    /// Up to 32 bytes from an offset that lies inside, left-aligned.
    function word(bytes memory der, uint256 at, uint256 length) internal pure returns (bytes32 w) {
        assembly ("memory-safe") {
            w := mload(add(add(der, 0x20), at))
        }
        if (length < 32) w &= ~bytes32(type(uint256).max >> (8 * length));
    }

    function keccak(bytes memory der, uint256 start, uint256 end)
        internal
        pure
        returns (bytes32 h)
    {
        assembly ("memory-safe") {
            h := keccak256(add(add(der, 0x20), start), sub(end, start))
        }
    }

    function copy(bytes memory der, uint256 start, uint256 end)
        internal
        pure
        returns (bytes memory out)
    {
        out = new bytes(end - start);
        assembly ("memory-safe") {
            mcopy(add(out, 0x20), add(add(der, 0x20), start), sub(end, start))
        }
    }
}
