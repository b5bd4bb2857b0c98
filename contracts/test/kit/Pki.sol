// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {vm} from "../../script/Vm.sol";

/// Writes DER: the inverse of src/attestation/Der.sol.
library Asn1 {
    function tlv(uint8 tag, bytes memory body) internal pure returns (bytes memory) {
        uint256 n = body.length;
        if (n < 0x80) return abi.encodePacked(tag, uint8(n), body);
        if (n < 0x100) return abi.encodePacked(tag, uint8(0x81), uint8(n), body);
        return abi.encodePacked(tag, uint8(0x82), uint16(n), body);
    }

    function seq(bytes memory body) internal pure returns (bytes memory) {
        return tlv(0x30, body);
    }

    function integer(uint256 value) internal pure returns (bytes memory) {
        bytes memory all = abi.encodePacked(uint8(0), value);
        uint256 skip = 0;
        while (skip < 32 && all[skip] == 0 && uint8(all[skip + 1]) < 0x80) skip++;
        bytes memory body = new bytes(33 - skip);
        for (uint256 i = skip; i < 33; i++) {
            body[i - skip] = all[i];
        }
        return tlv(0x02, body);
    }

    function boolean(bool value) internal pure returns (bytes memory) {
        return tlv(0x01, abi.encodePacked(value ? uint8(0xff) : uint8(0)));
    }

    function oid(bytes memory contents) internal pure returns (bytes memory) {
        return tlv(0x06, contents);
    }

    function octets(bytes memory contents) internal pure returns (bytes memory) {
        return tlv(0x04, contents);
    }

    function bits(uint8 unused, bytes memory contents) internal pure returns (bytes memory) {
        return tlv(0x03, abi.encodePacked(unused, contents));
    }
}

/// A PKI as Intel's, of test keys. A certificate is a Spec, every part of it as
/// DER, so that a test spoils one part and has the rest built and signed.
library Pki {
    uint256 internal constant ROOT = 0xA001;
    uint256 internal constant CA = 0xA002;
    uint256 internal constant PCK = 0xA003;
    uint256 internal constant ATTESTATION = 0xA004;
    uint256 internal constant STRANGER = 0xA005;
    uint256 internal constant SIGNER = 0xA006;

    /// 2023-11-14T22:13:20Z to 2033-05-18T03:33:20Z.
    uint256 internal constant NOT_BEFORE = 1_700_000_000;
    uint256 internal constant NOT_AFTER = 2_000_000_000;

    bytes6 internal constant FMSPC = 0x90c06f000000;
    bytes2 internal constant PCE_ID = 0x0000;
    uint16 internal constant PCE_SVN = 11;
    bytes16 internal constant COMPONENTS = 0x0202020203010003ff00000000000080;

    bytes internal constant SGX = hex"2a864886f84d010d01";
    bytes internal constant AKI = hex"551d23";
    bytes internal constant SKI = hex"551d0e";
    bytes internal constant CRL_DP = hex"551d1f";
    bytes internal constant KEY_USAGE = hex"551d0f";
    bytes internal constant BASIC = hex"551d13";

    struct Spec {
        bytes version;
        bytes serial;
        bytes algorithm;
        bytes issuer;
        bytes validity;
        bytes subject;
        bytes key;
        bytes[] extensions;
        bytes outerAlgorithm;
    }

    /// Places of the extensions in a Spec.
    uint256 internal constant I_AKI = 0;
    uint256 internal constant I_CRL_DP = 1;
    uint256 internal constant I_SKI = 2;
    uint256 internal constant I_KEY_USAGE = 3;
    uint256 internal constant I_BASIC = 4;
    uint256 internal constant I_SGX = 5;

    /// The serial number that _common() gives.
    function serialOf(uint256 issuer, uint256 subject) internal pure returns (uint160) {
        return uint160(0xC0FFEE ^ (issuer << 16) ^ subject);
    }

    function ca() internal pure returns (Spec memory s) {
        s = _common(ROOT, CA, "Intel SGX Root CA", "Intel SGX PCK Platform CA");
        s.extensions = new bytes[](5);
        _identifiers(s, ROOT, CA);
        s.extensions[I_KEY_USAGE] = keyUsage(hex"0106");
        s.extensions[I_BASIC] = basic(abi.encodePacked(Asn1.boolean(true), Asn1.integer(0)));
    }

    function pck() internal pure returns (Spec memory s) {
        s = _common(CA, PCK, "Intel SGX PCK Platform CA", "Intel SGX PCK Certificate");
        s.extensions = new bytes[](6);
        _identifiers(s, CA, PCK);
        s.extensions[I_KEY_USAGE] = keyUsage(hex"06c0");
        s.extensions[I_BASIC] = basic("");
        s.extensions[I_SGX] = sgx(platformItems());
    }

    /// The certificate, signed by this key.
    function build(Spec memory s, uint256 signer) internal pure returns (bytes memory) {
        return signWith(signedPart(s), s.outerAlgorithm, signer);
    }

    /// A signed part with its algorithm and signature.
    function signWith(bytes memory part, bytes memory algorithm, uint256 signer)
        internal
        pure
        returns (bytes memory)
    {
        (bytes32 r, bytes32 v) = vm.signP256(signer, sha256(part));
        bytes memory pair =
            Asn1.seq(bytes.concat(Asn1.integer(uint256(r)), Asn1.integer(uint256(v))));
        return Asn1.seq(bytes.concat(part, algorithm, Asn1.bits(0, pair)));
    }

    function signedPart(Spec memory s) internal pure returns (bytes memory) {
        bytes memory list;
        for (uint256 i = 0; i < s.extensions.length; i++) {
            list = bytes.concat(list, s.extensions[i]);
        }
        return Asn1.seq(
            bytes.concat(
                bytes.concat(s.version, s.serial, s.algorithm, s.issuer, s.validity),
                bytes.concat(s.subject, s.key, Asn1.tlv(0xa3, Asn1.seq(list)))
            )
        );
    }

    function root() internal pure returns (Spec memory s) {
        s = _common(ROOT, ROOT, "Intel SGX Root CA", "Intel SGX Root CA");
        s.extensions = new bytes[](5);
        _identifiers(s, ROOT, ROOT);
        s.extensions[I_KEY_USAGE] = keyUsage(hex"0106");
        s.extensions[I_BASIC] = basic(abi.encodePacked(Asn1.boolean(true), Asn1.integer(1)));
    }

    function tcbSigner() internal pure returns (Spec memory s) {
        s = _common(ROOT, SIGNER, "Intel SGX Root CA", "Intel SGX TCB Signing");
        s.extensions = new bytes[](5);
        _identifiers(s, ROOT, SIGNER);
        s.extensions[I_KEY_USAGE] = keyUsage(hex"06c0");
        s.extensions[I_BASIC] = basic("");
    }

    function signerDer() internal pure returns (bytes memory) {
        return build(tcbSigner(), ROOT);
    }

    function rootDer() internal pure returns (bytes memory) {
        return build(root(), ROOT);
    }

    function caDer() internal pure returns (bytes memory) {
        return build(ca(), ROOT);
    }

    function pckDer() internal pure returns (bytes memory) {
        return build(pck(), CA);
    }

    /* Parts. */

    function name(string memory cn) internal pure returns (bytes memory) {
        return Asn1.seq(
            bytes.concat(
                rdn(hex"550403", Asn1.tlv(0x0c, bytes(cn))),
                rdn(hex"55040a", Asn1.tlv(0x0c, "SIMULATED (not Intel)")),
                rdn(hex"550406", Asn1.tlv(0x13, "US"))
            )
        );
    }

    function rdn(bytes memory oid, bytes memory value) internal pure returns (bytes memory) {
        return Asn1.tlv(0x31, Asn1.seq(bytes.concat(Asn1.oid(oid), value)));
    }

    function validity(bytes memory from, bytes memory to) internal pure returns (bytes memory) {
        return Asn1.seq(bytes.concat(Asn1.tlv(0x17, from), Asn1.tlv(0x17, to)));
    }

    function extension(bytes memory oid, bool critical, bytes memory value)
        internal
        pure
        returns (bytes memory)
    {
        bytes memory flag = critical ? Asn1.boolean(true) : bytes("");
        return Asn1.seq(bytes.concat(Asn1.oid(oid), flag, Asn1.octets(value)));
    }

    function keyUsage(bytes memory bitString) internal pure returns (bytes memory) {
        return extension(KEY_USAGE, true, Asn1.tlv(0x03, bitString));
    }

    function basic(bytes memory contents) internal pure returns (bytes memory) {
        return extension(BASIC, true, Asn1.seq(contents));
    }

    function aki(bytes memory id) internal pure returns (bytes memory) {
        return extension(AKI, false, Asn1.seq(Asn1.tlv(0x80, id)));
    }

    function ski(bytes memory id) internal pure returns (bytes memory) {
        return extension(SKI, false, Asn1.octets(id));
    }

    function keyId(uint256 key) internal pure returns (bytes memory) {
        (uint256 x, uint256 y) = vm.publicKeyP256(key);
        return abi.encodePacked(bytes20(keccak256(abi.encode(x, y))));
    }

    function keyInfo(uint256 key) internal pure returns (bytes memory) {
        (uint256 x, uint256 y) = vm.publicKeyP256(key);
        return abi.encodePacked(hex"3059301306072a8648ce3d020106082a8648ce3d03010703420004", x, y);
    }

    /* The SGX extension. */

    function sgx(bytes[] memory items) internal pure returns (bytes memory) {
        bytes memory list;
        for (uint256 i = 0; i < items.length; i++) {
            list = bytes.concat(list, items[i]);
        }
        return extension(SGX, false, Asn1.seq(list));
    }

    /// The seven items of a Platform CA's certificate, item n at n - 1.
    function platformItems() internal pure returns (bytes[] memory items) {
        items = new bytes[](7);
        items[0] = item(hex"01", Asn1.octets(abi.encodePacked(bytes16(keccak256("ppid")))));
        items[1] = tcbItem(tcbItems(COMPONENTS));
        items[2] = item(hex"03", Asn1.octets(abi.encodePacked(PCE_ID)));
        items[3] = item(hex"04", Asn1.octets(abi.encodePacked(FMSPC)));
        items[4] = item(hex"05", hex"0a0101");
        items[5] = item(hex"06", Asn1.octets(abi.encodePacked(bytes16(keccak256("instance")))));
        bytes[] memory flags = new bytes[](3);
        for (uint8 i = 0; i < 3; i++) {
            flags[i] = item(abi.encodePacked(uint8(7), i + 1), Asn1.boolean(true));
        }
        items[6] = item(hex"07", Asn1.seq(join(flags)));
    }

    function tcbItem(bytes[] memory items) internal pure returns (bytes memory) {
        return item(hex"02", Asn1.seq(join(items)));
    }

    /// The 18 items of the TCB, item n at n - 1.
    function tcbItems(bytes16 components) internal pure returns (bytes[] memory items) {
        items = new bytes[](18);
        for (uint8 i = 0; i < 16; i++) {
            items[i] = item(abi.encodePacked(uint8(2), i + 1), Asn1.integer(uint8(components[i])));
        }
        items[16] = item(hex"0211", Asn1.integer(PCE_SVN));
        items[17] = item(hex"0212", Asn1.octets(abi.encodePacked(components)));
    }

    function item(bytes memory number, bytes memory value) internal pure returns (bytes memory) {
        return Asn1.seq(bytes.concat(Asn1.oid(bytes.concat(SGX, number)), value));
    }

    function join(bytes[] memory items) internal pure returns (bytes memory all) {
        for (uint256 i = 0; i < items.length; i++) {
            all = bytes.concat(all, items[i]);
        }
    }

    function _common(uint256 issuer, uint256 subject, string memory from, string memory to)
        private
        pure
        returns (Spec memory s)
    {
        s.version = hex"a003020102";
        s.serial = Asn1.integer(serialOf(issuer, subject));
        s.algorithm = hex"300a06082a8648ce3d040302";
        s.issuer = name(from);
        s.validity = validity("231114221320Z", "330518033320Z");
        s.subject = name(to);
        s.key = keyInfo(subject);
        s.outerAlgorithm = s.algorithm;
    }

    function _identifiers(Spec memory s, uint256 issuer, uint256 subject) private pure {
        s.extensions[I_AKI] = aki(keyId(issuer));
        s.extensions[I_CRL_DP] = extension(CRL_DP, false, hex"3000");
        s.extensions[I_SKI] = ski(keyId(subject));
    }
}
