// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {Der} from "./Der.sol";
import {Time} from "./Time.sol";

/// X.509 v3 certificates as Intel's SGX and TDX PKI issues them: ECDSA with
/// P-256 and SHA-256 throughout, and the five extensions that Intel's own
/// verifier demands of each. Anything else is an error, not a guess.
///
/// parse() reads; it verifies no signature and judges no role: that is the
/// CollateralRegistry's.
library X509 {
    using Der for Der.Cursor;

    struct Certificate {
        /// SHA-256 of the signed part, and the signature over it.
        bytes32 digest;
        bytes32 r;
        bytes32 s;
        uint256 serial;
        /// keccak256 of the whole Name in DER, and the common name inside.
        bytes32 issuer;
        bytes32 subject;
        string issuerCn;
        string subjectCn;
        uint40 notBefore;
        uint40 notAfter;
        bytes32 x;
        bytes32 y;
        /// keccak256 of the key identifiers.
        bytes32 authorityKeyId;
        bytes32 subjectKeyId;
        bool isCa;
        /// First byte of the bit string: digitalSignature is its highest bit.
        uint8 keyUsage;
        /// Contents of the SGX extension in the certificate; empty if absent.
        uint256 sgxStart;
        uint256 sgxEnd;
    }

    uint8 internal constant USAGE_DIGITAL_SIGNATURE = 0x80;
    uint8 internal constant USAGE_KEY_CERT_SIGN = 0x04;
    uint8 internal constant USAGE_CRL_SIGN = 0x02;

    /// Identifiers as Der.takeOid gives them: contents, zeros, length.
    bytes32 private constant OID_COMMON_NAME = bytes32(bytes3(0x550403)) | bytes32(uint256(3));
    bytes32 internal constant OID_AKI = bytes32(bytes3(0x551d23)) | bytes32(uint256(3));
    bytes32 private constant OID_SKI = bytes32(bytes3(0x551d0e)) | bytes32(uint256(3));
    bytes32 private constant OID_CRL_DP = bytes32(bytes3(0x551d1f)) | bytes32(uint256(3));
    bytes32 private constant OID_KEY_USAGE = bytes32(bytes3(0x551d0f)) | bytes32(uint256(3));
    bytes32 private constant OID_BASIC = bytes32(bytes3(0x551d13)) | bytes32(uint256(3));
    bytes32 private constant OID_SGX = bytes32(bytes9(0x2a864886f84d010d01)) | bytes32(uint256(9));

    /// SEQUENCE { ecdsa-with-SHA256 }
    bytes12 private constant ECDSA_SHA256 = 0x300a06082a8648ce3d040302;
    /// SubjectPublicKeyInfo of an uncompressed P-256 key, up to x.
    bytes27 private constant P256_KEY_INFO =
        0x3059301306072a8648ce3d020106082a8648ce3d03010703420004;

    uint8 private constant CONTEXT_0 = 0xa0;
    uint8 private constant CONTEXT_3 = 0xa3;
    uint8 private constant KEY_ID = 0x80;
    uint256 private constant MAX_EXTENSIONS = 16;

    /// A certificate must be X.509 version 3.
    error CertificateVersionUnsupported(uint256 version);
    /// A serial number must not be zero.
    error CertificateSerialInvalid(uint256 serial);
    /// Signatures must be ECDSA with SHA-256.
    error X509AlgorithmUnsupported(uint256 offset);
    /// A certificate's key must be an uncompressed point of P-256.
    error CertificateKeyUnsupported(uint256 offset);
    /// A name has one common name.
    error X509NameAmbiguous(uint256 offset);
    /// A time must be a UTCTime or GeneralizedTime of the calendar.
    error X509TimeInvalid(uint256 offset);
    /// A signature is r and s, nothing more.
    error X509SignatureFormat(uint256 offset);
    /// No extension may be there twice.
    error X509ExtensionDuplicate(bytes32 oid);
    /// A critical extension must be one that is understood here.
    error X509ExtensionCritical(bytes32 oid);
    /// A certificate or CRL must have all extensions of Intel's profile.
    error X509ExtensionMissing(bytes32 oid);
    /// There must not be more extensions than this.
    error X509ExtensionCount(uint256 count);
    /// keyUsage must be a bit string in the one form that DER has for it.
    error CertificateKeyUsageInvalid(uint256 offset);

    function parse(bytes memory der) internal pure returns (Certificate memory cert) {
        Der.Cursor memory c;
        (c, cert.digest, cert.r, cert.s) = open(der);
        _signedPart(c, cert);
    }

    /// Opens what is signed in X.509's way, certificate or CRL: a cursor over
    /// the signed part, SHA-256 of that, and the signature.
    function open(bytes memory der)
        internal
        pure
        returns (Der.Cursor memory signed, bytes32 digest, bytes32 r, bytes32 s)
    {
        Der.Cursor memory file = Der.open(der);
        Der.Cursor memory outer = file.into(Der.SEQUENCE);
        file.done();

        Der.Element memory part = outer.take(Der.SEQUENCE);
        digest = sha256(Der.copy(der, part.start, part.end));
        algorithm(outer);
        (r, s) = _signature(outer);
        outer.done();
        signed = outer.enter(part);
    }

    /// Serial number and public key of a certificate of which nothing else
    /// matters, from its signed part.
    function identityOf(Der.Cursor memory c)
        internal
        pure
        returns (uint160 serial, bytes32 x, bytes32 y)
    {
        c.into(CONTEXT_0);
        serial = uint160(c.takeUint(Der.INTEGER, 20));
        /* Algorithm, issuer, validity, subject. */
        for (uint256 i = 0; i < 4; i++) {
            c.into(Der.SEQUENCE);
        }
        (x, y) = _key(c);
    }

    function _signedPart(Der.Cursor memory c, Certificate memory cert) private pure {
        Der.Cursor memory version = c.into(CONTEXT_0);
        uint256 number = version.takeUint(Der.INTEGER, 1);
        if (number != 2) revert CertificateVersionUnsupported(number + 1);
        version.done();

        cert.serial = c.takeUint(Der.INTEGER, 20);
        if (cert.serial == 0) revert CertificateSerialInvalid(0);
        algorithm(c);
        (cert.issuer, cert.issuerCn) = name(c);
        Der.Cursor memory validity = c.into(Der.SEQUENCE);
        cert.notBefore = time(validity);
        cert.notAfter = time(validity);
        validity.done();
        (cert.subject, cert.subjectCn) = name(c);
        (cert.x, cert.y) = _key(c);

        Der.Cursor memory wrapper = c.into(CONTEXT_3);
        c.done();
        Der.Cursor memory list = wrapper.into(Der.SEQUENCE);
        wrapper.done();
        _extensions(list, cert);
    }

    function algorithm(Der.Cursor memory c) internal pure {
        Der.Element memory e = c.take(Der.SEQUENCE);
        if (e.end - e.start != 12 || bytes12(Der.word(c.der, e.start, 12)) != ECDSA_SHA256) {
            revert X509AlgorithmUnsupported(e.start);
        }
    }

    function _signature(Der.Cursor memory c) private pure returns (bytes32 r, bytes32 s) {
        Der.Element memory bits = c.take(Der.BIT_STRING);
        if (bits.end == bits.body || c.der[bits.body] != 0) {
            revert X509SignatureFormat(bits.start);
        }
        bits.body += 1;
        Der.Cursor memory inner = c.enter(bits);
        Der.Cursor memory pair = inner.into(Der.SEQUENCE);
        inner.done();
        r = bytes32(pair.takeUint(Der.INTEGER, 32));
        s = bytes32(pair.takeUint(Der.INTEGER, 32));
        pair.done();
    }

    function _key(Der.Cursor memory c) private pure returns (bytes32 x, bytes32 y) {
        Der.Element memory e = c.take(Der.SEQUENCE);
        if (e.end - e.start != 91 || bytes27(Der.word(c.der, e.start, 27)) != P256_KEY_INFO) {
            revert CertificateKeyUnsupported(e.start);
        }
        return (Der.word(c.der, e.start + 27, 32), Der.word(c.der, e.start + 59, 32));
    }

    /// The hash of a Name and its only common name.
    function name(Der.Cursor memory c) internal pure returns (bytes32 hash, string memory cn) {
        Der.Element memory whole = c.take(Der.SEQUENCE);
        hash = Der.keccak(c.der, whole.start, whole.end);
        Der.Cursor memory rdns = c.enter(whole);
        bool found;
        while (rdns.more()) {
            Der.Cursor memory rdn = rdns.into(Der.SET);
            Der.Cursor memory pair = rdn.into(Der.SEQUENCE);
            rdn.done();
            bytes32 oid = pair.takeOid();
            uint8 tag = pair.peek(Der.UTF8_STRING) ? Der.UTF8_STRING : Der.PRINTABLE_STRING;
            Der.Element memory value = pair.take(tag);
            pair.done();
            if (oid != OID_COMMON_NAME) continue;
            if (found) revert X509NameAmbiguous(value.start);
            found = true;
            cn = string(Der.copy(c.der, value.body, value.end));
        }
    }

    function _extensions(Der.Cursor memory list, Certificate memory cert) private pure {
        bytes32[] memory seen = new bytes32[](MAX_EXTENSIONS);
        while (list.more()) {
            (bytes32 oid, bool critical, Der.Cursor memory value) = extension(list, seen);
            if (!_extension(oid, value, cert) && critical) revert X509ExtensionCritical(oid);
        }
        mustHave(seen, OID_AKI);
        mustHave(seen, OID_CRL_DP);
        mustHave(seen, OID_SKI);
        mustHave(seen, OID_KEY_USAGE);
        mustHave(seen, OID_BASIC);
    }

    /// Takes the next extension, which is none of those seen before.
    function extension(Der.Cursor memory list, bytes32[] memory seen)
        internal
        pure
        returns (bytes32 oid, bool critical, Der.Cursor memory value)
    {
        Der.Cursor memory item = list.into(Der.SEQUENCE);
        oid = item.takeOid();
        if (item.peek(Der.BOOLEAN)) {
            critical = item.takeBool();
            /* FALSE is the default, and DER leaves defaults out. */
            if (!critical) revert Der.DerBooleanInvalid(item.at - 3);
        }
        value = item.into(Der.OCTET_STRING);
        item.done();
        for (uint256 i = 0; i < seen.length; i++) {
            if (seen[i] == oid) revert X509ExtensionDuplicate(oid);
            if (seen[i] != 0) continue;
            seen[i] = oid;
            return (oid, critical, value);
        }
        revert X509ExtensionCount(seen.length + 1);
    }

    /// The hash of the key identifier in an authorityKeyIdentifier, which must
    /// have nothing else.
    function authorityKeyId(Der.Cursor memory c) internal pure returns (bytes32) {
        Der.Cursor memory fields = c.into(Der.SEQUENCE);
        Der.Element memory id = fields.take(KEY_ID);
        fields.done();
        return Der.keccak(c.der, id.body, id.end);
    }

    /// Reads one extension; false if it is none that we know.
    function _extension(bytes32 oid, Der.Cursor memory c, Certificate memory cert)
        private
        pure
        returns (bool)
    {
        if (oid == OID_AKI) {
            cert.authorityKeyId = authorityKeyId(c);
        } else if (oid == OID_SKI) {
            Der.Element memory id = c.take(Der.OCTET_STRING);
            cert.subjectKeyId = Der.keccak(c.der, id.body, id.end);
        } else if (oid == OID_KEY_USAGE) {
            cert.keyUsage = _keyUsage(c);
        } else if (oid == OID_BASIC) {
            cert.isCa = _isCa(c.into(Der.SEQUENCE));
        } else if (oid == OID_SGX) {
            Der.Element memory e = c.take(Der.SEQUENCE);
            (cert.sgxStart, cert.sgxEnd) = (e.body, e.end);
        } else {
            /* Where CRLs are found is of no use on chain. */
            return oid == OID_CRL_DP;
        }
        c.done();
        return true;
    }

    function _keyUsage(Der.Cursor memory c) private pure returns (uint8) {
        Der.Element memory bits = c.take(Der.BIT_STRING);
        uint256 length = bits.end - bits.body;
        if (length != 2 && length != 3) revert CertificateKeyUsageInvalid(bits.start);
        uint8 unused = uint8(c.der[bits.body]);
        uint256 last = uint8(c.der[bits.end - 1]);
        /* DER: the last bit that is used is one, and all after it zero. */
        if (unused > 7 || last & ((2 << unused) - 1) != 1 << unused) {
            revert CertificateKeyUsageInvalid(bits.start);
        }
        return uint8(c.der[bits.body + 1]);
    }

    function _isCa(Der.Cursor memory c) private pure returns (bool) {
        if (!c.more()) return false;
        bool ca = c.takeBool();
        if (!ca) revert Der.DerBooleanInvalid(c.at - 3);
        if (c.more()) c.takeUint(Der.INTEGER, 1);
        c.done();
        return true;
    }

    function mustHave(bytes32[] memory seen, bytes32 oid) internal pure {
        for (uint256 i = 0; i < seen.length; i++) {
            if (seen[i] == oid) return;
        }
        revert X509ExtensionMissing(oid);
    }

    /// Seconds since 1970 of a UTCTime (until 2049) or GeneralizedTime, in the
    /// one form that RFC 5280 allows each.
    function time(Der.Cursor memory c) internal pure returns (uint40) {
        bool utc = c.peek(Der.UTC_TIME);
        Der.Element memory e = c.take(utc ? Der.UTC_TIME : Der.GENERALIZED_TIME);
        uint256 at = e.body;
        if (e.end - at != (utc ? 13 : 15) || c.der[e.end - 1] != "Z") {
            revert X509TimeInvalid(e.start);
        }
        uint256 year;
        if (utc) {
            year = Time.digits(c.der, at);
            year += year < 50 ? 2000 : year < 100 ? 1900 : 10_000;
            at += 2;
        } else {
            year = Time.year4(c.der, at);
            at += 4;
        }
        (bool ok, uint40 seconds_) = Time.parse(c.der, year, at, 2);
        if (!ok) revert X509TimeInvalid(e.start);
        return seconds_;
    }
}
