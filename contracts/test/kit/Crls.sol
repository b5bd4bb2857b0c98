// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {Asn1, Pki} from "./Pki.sol";

/// Revocation lists of the test PKI; like Pki, a Spec whose parts are DER.
library Crls {
    bytes internal constant NUMBER = hex"551d14";
    bytes internal constant REASON = hex"551d15";

    struct Spec {
        bytes version;
        bytes algorithm;
        bytes issuer;
        bytes thisUpdate;
        bytes nextUpdate;
        /// Empty: no list at all.
        bytes entries;
        bytes[] extensions;
        bytes outerAlgorithm;
    }

    /// Places of the extensions in a Spec.
    uint256 internal constant I_NUMBER = 0;
    uint256 internal constant I_AKI = 1;

    function ofRoot() internal pure returns (Spec memory) {
        return _common(Pki.ROOT, "Intel SGX Root CA");
    }

    function ofCa() internal pure returns (Spec memory) {
        return _common(Pki.CA, "Intel SGX PCK Platform CA");
    }

    function build(Spec memory s, uint256 signer) internal pure returns (bytes memory) {
        return Pki.signWith(signedPart(s), s.outerAlgorithm, signer);
    }

    function signedPart(Spec memory s) internal pure returns (bytes memory) {
        bytes memory list;
        for (uint256 i = 0; i < s.extensions.length; i++) {
            list = bytes.concat(list, s.extensions[i]);
        }
        bytes memory entries = s.entries.length == 0 ? s.entries : Asn1.seq(s.entries);
        return Asn1.seq(
            bytes.concat(
                bytes.concat(s.version, s.algorithm, s.issuer, s.thisUpdate, s.nextUpdate),
                bytes.concat(entries, list.length == 0 ? list : Asn1.tlv(0xa0, Asn1.seq(list)))
            )
        );
    }

    function rootDer() internal pure returns (bytes memory) {
        return build(ofRoot(), Pki.ROOT);
    }

    function caDer() internal pure returns (bytes memory) {
        return build(ofCa(), Pki.CA);
    }

    function number(uint256 value) internal pure returns (bytes memory) {
        return Pki.extension(NUMBER, false, Asn1.integer(value));
    }

    /// Revoked for a compromised key, as Intel's entries are.
    function entry(uint256 serial) internal pure returns (bytes memory) {
        bytes memory reason = Pki.extension(REASON, false, hex"0a0101");
        return Asn1.seq(
            bytes.concat(Asn1.integer(serial), Asn1.tlv(0x17, "231120000000Z"), Asn1.seq(reason))
        );
    }

    /// So many, of serial numbers from 0x1000 on.
    function many(uint256 count) internal pure returns (bytes memory all) {
        uint256 size = entry(0x1000).length;
        all = new bytes(count * size);
        for (uint256 i = 0; i < count; i++) {
            bytes memory one = entry(0x1000 + i);
            assembly ("memory-safe") {
                mcopy(add(add(all, 0x20), mul(i, size)), add(one, 0x20), size)
            }
        }
    }

    function utc(bytes memory text) internal pure returns (bytes memory) {
        return Asn1.tlv(0x17, text);
    }

    function _common(uint256 issuer, string memory cn) private pure returns (Spec memory s) {
        s.version = hex"020101";
        s.algorithm = hex"300a06082a8648ce3d040302";
        s.issuer = Pki.name(cn);
        (s.thisUpdate, s.nextUpdate) = (utc("231114221320Z"), utc("330518033320Z"));
        s.extensions = new bytes[](2);
        s.extensions[I_NUMBER] = number(5);
        s.extensions[I_AKI] = Pki.aki(Pki.keyId(issuer));
        s.outerAlgorithm = s.algorithm;
    }
}
