// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {vm} from "../script/Vm.sol";
import {Der} from "../src/attestation/Der.sol";
import {Check} from "./kit/Check.sol";
import {Asn1} from "./kit/Pki.sol";

/// Opens the library to calls, so that its reverts can be expected.
contract DerReader {
    using Der for Der.Cursor;

    function take(bytes memory der, uint8 tag) external pure returns (bytes memory) {
        Der.Cursor memory c = Der.open(der);
        Der.Element memory e = c.take(tag);
        c.done();
        return Der.copy(der, e.body, e.end);
    }

    /// Two elements inside a sequence.
    function pair(bytes memory der) external pure returns (uint256 a, uint256 b) {
        Der.Cursor memory c = Der.open(der).into(Der.SEQUENCE);
        a = c.takeUint(Der.INTEGER, 32);
        b = c.takeUint(Der.INTEGER, 32);
        c.done();
    }

    function integer(bytes memory der, uint256 maxBytes) external pure returns (uint256) {
        return Der.open(der).takeUint(Der.INTEGER, maxBytes);
    }

    function boolean(bytes memory der) external pure returns (bool) {
        return Der.open(der).takeBool();
    }

    function oid(bytes memory der) external pure returns (bytes32) {
        return Der.open(der).takeOid();
    }

    function octets(bytes memory der, uint256 length) external pure returns (bytes32) {
        return Der.open(der).takeOctets(length);
    }
}

contract DerTest is Check {
    DerReader private reader;

    function setUp() public {
        reader = new DerReader();
    }

    function testFuzz_readsWhatWasWritten(bytes memory body) public view {
        bytes memory read = reader.take(Asn1.tlv(0x04, body), 0x04);
        eq(keccak256(read), keccak256(body), "contents");
    }

    function testFuzz_integersRoundTrip(uint256 value) public view {
        eq(reader.integer(Asn1.integer(value), 32), value, "integer");
    }

    function testFuzz_twoInASequence(uint256 a, uint256 b) public view {
        bytes memory der = Asn1.seq(bytes.concat(Asn1.integer(a), Asn1.integer(b)));
        (uint256 x, uint256 y) = reader.pair(der);
        eq(x, a, "first");
        eq(y, b, "second");
    }

    function testFuzz_truncationIsNoticed(bytes memory body, uint256 length) public {
        bytes memory der = Asn1.tlv(0x04, body);
        length = length % der.length;
        if (length < 2) _expect(Der.DerTruncated.selector, 0);
        else vm.expectRevert();
        reader.take(cut(der, 0, length), 0x04);
    }

    /// One byte string has one reading: the canonical one.
    function testFuzz_whatIsReadIsCanonical(bytes memory der) public view {
        try reader.take(der, 0x04) returns (bytes memory body) {
            eq(keccak256(Asn1.tlv(0x04, body)), keccak256(der), "canonical form");
        } catch {}
    }

    function test_truncated() public {
        _expect(Der.DerTruncated.selector, 0);
        reader.take("", 0x04);
        _expect(Der.DerTruncated.selector, 0);
        reader.take(hex"0403aabb", 0x04);
        _expect(Der.DerTruncated.selector, 0);
        reader.take(hex"0482ff", 0x04);
        /* An element that reaches out of the sequence around it. */
        _expect(Der.DerTruncated.selector, 5);
        reader.pair(hex"3005020101020201");
    }

    function test_indefiniteLength() public {
        vm.expectRevert(abi.encodeWithSelector(Der.DerLengthUnsupported.selector, 0, 0x80));
        reader.take(hex"0480aabb0000", 0x04);
    }

    function test_lengthOfThreeBytes() public {
        vm.expectRevert(abi.encodeWithSelector(Der.DerLengthUnsupported.selector, 0, 0x83));
        reader.take(hex"0483000001aa", 0x04);
    }

    function test_lengthNotMinimal() public {
        _expect(Der.DerLengthNotMinimal.selector, 0);
        reader.take(hex"048101aa", 0x04);
        _expect(Der.DerLengthNotMinimal.selector, 0);
        reader.take(hex"04820001aa", 0x04);
        /* 127 fits one byte, 255 fits two. */
        _expect(Der.DerLengthNotMinimal.selector, 0);
        reader.take(abi.encodePacked(hex"04817f", new bytes(127)), 0x04);
        _expect(Der.DerLengthNotMinimal.selector, 0);
        reader.take(abi.encodePacked(hex"048200ff", new bytes(255)), 0x04);
    }

    function test_wrongTag() public {
        vm.expectRevert(abi.encodeWithSelector(Der.DerTagUnexpected.selector, 0, 0x30, 0x31));
        reader.take(hex"3100", 0x30);
    }

    function test_trailing() public {
        vm.expectRevert(abi.encodeWithSelector(Der.DerTrailing.selector, 2, 3));
        reader.take(hex"040000", 0x04);
        vm.expectRevert(abi.encodeWithSelector(Der.DerTrailing.selector, 8, 11));
        reader.pair(hex"3009020101020102020103");
    }

    function test_integers() public {
        _expect(Der.DerIntegerInvalid.selector, 0); /* empty */
        reader.integer(hex"0200", 32);
        _expect(Der.DerIntegerInvalid.selector, 0); /* negative */
        reader.integer(hex"020180", 32);
        _expect(Der.DerIntegerInvalid.selector, 0); /* not minimal */
        reader.integer(hex"0202007f", 32);
        vm.expectRevert(abi.encodeWithSelector(Der.DerIntegerTooLarge.selector, 0, 2));
        reader.integer(hex"02020100", 1);
        eq(reader.integer(hex"020200ff", 1), 255, "255 in one byte and a sign");
        eq(reader.integer(hex"020100", 1), 0, "zero");
    }

    function test_booleans() public {
        yes(reader.boolean(hex"0101ff"), "true");
        no(reader.boolean(hex"010100"), "false");
        _expect(Der.DerBooleanInvalid.selector, 0);
        reader.boolean(hex"010101");
        _expect(Der.DerBooleanInvalid.selector, 0);
        reader.boolean(hex"0102ffff");
    }

    /// Identifiers that differ only by zeros at the end do not look alike.
    function test_identifiers() public {
        no(reader.oid(hex"060155") == reader.oid(hex"06025500"), "55 and 55.00");
        vm.expectRevert(abi.encodeWithSelector(Der.DerLengthUnexpected.selector, 0, 31, 0));
        reader.oid(hex"0600");
        vm.expectRevert(abi.encodeWithSelector(Der.DerLengthUnexpected.selector, 0, 31, 32));
        reader.oid(abi.encodePacked(hex"0620", new bytes(32)));
    }

    function test_octetStrings() public {
        eq(reader.octets(hex"0402aabb", 2), bytes32(bytes2(0xaabb)), "left-aligned");
        vm.expectRevert(abi.encodeWithSelector(Der.DerLengthUnexpected.selector, 0, 3, 2));
        reader.octets(hex"0402aabb", 3);
    }

    function _expect(bytes4 selector, uint256 offset) private {
        vm.expectRevert(abi.encodeWithSelector(selector, offset));
    }
}
