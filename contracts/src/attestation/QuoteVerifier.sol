// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {CollateralRegistry} from "./CollateralRegistry.sol";
import {P256} from "./P256.sol";
import {Pem} from "./Pem.sol";
import {QuoteKind, QuoteReport, TcbStatus} from "./QuoteReport.sol";
import {X509} from "./X509.sol";

/// Verifies TDX quotes of version 4 on chain: the PCK key of a platform known
/// to the registry signed the quoting enclave's report, that report names the
/// attestation key, and the attestation key signed header and body.
///
/// Fails closed: one error for each check, carrying the offending value, in the
/// order in which the checks are made.
///
/// NOT YET HERE: revocation, TCB levels, TDX module identity and the quoting
/// enclave's identity; each needs collateral that the registry does not hold
/// yet. Until then every report says TcbStatus.NotEvaluated, and only Intel's
/// own (all zero) SEAM signer and attributes are accepted.
contract QuoteVerifier {
    uint256 private constant HEADER = 48;
    uint256 private constant SIGNED = 632; /* header and TD report 1.0 */
    uint256 private constant AUTH = SIGNED + 4;

    /* Offsets in the auth data. */
    uint256 private constant SIGNATURE = 0;
    uint256 private constant KEY = 64;
    uint256 private constant OUTER_TYPE = 128;
    uint256 private constant OUTER_SIZE = 130;
    uint256 private constant QE_REPORT = 134;
    uint256 private constant QE_SIGNATURE = 518;
    uint256 private constant QE_AUTH_SIZE = 582;
    uint256 private constant QE_AUTH = 584;
    /// Of the QE report, its signature and three size and type fields.
    uint256 private constant CERTIFICATION_FIXED = 456;
    uint256 private constant QE_REPORT_DATA = QE_REPORT + 320;

    uint16 private constant VERSION = 4;
    uint16 private constant ECDSA_P256 = 2;
    uint32 private constant TEE_TDX = 0x81;
    bytes16 private constant INTEL_QE = 0x939a7233f79c4ca9940a0db3957f0607;
    uint16 private constant QE_CERTIFICATION = 6;
    uint16 private constant PCK_CHAIN = 5;

    CollateralRegistry public immutable registry;

    error NotYet();
    error RegistryHasNoCode(address registry);
    error QuoteTooShort(uint256 length, uint256 needed);
    error QuoteVersionUnsupported(uint16 version);
    error AttestationKeyTypeUnsupported(uint16 keyType);
    error TeeTypeUnsupported(uint32 teeType);
    error QeVendorUnknown(bytes16 vendor);
    error AuthDataTruncated(uint256 declared, uint256 available);
    error AuthDataSizeMismatch(uint256 declared, uint256 actual);
    error CertificationTypeUnsupported(uint16 certificationType);
    error CertificationSizeMismatch(uint256 declared, uint256 actual);
    error PckCertificationTypeUnsupported(uint16 certificationType);
    error TrailingBytesNotZero(uint256 offset);
    error PckChainDiffers(bytes32 expectedCaId, bytes32 caId);
    error PckChainRootDiffers(bytes32 x, bytes32 y);
    error PckChainTrailing(uint256 offset, uint256 length);
    error AttestationKeyNotBound(bytes32 expected, bytes32 actual);
    error QeReportDataTailNotZero(bytes32 tail);
    error QeReportSignatureInvalid(bytes32 pckId);
    error QuoteSignatureInvalid(bytes32 quoteDigest);
    error SeamSignerNotIntel(bytes mrSignerSeam);
    error SeamAttributesNotZero(bytes8 seamAttributes);

    constructor(CollateralRegistry collateral) {
        P256.requireLive();
        if (address(collateral).code.length == 0) revert RegistryHasNoCode(address(collateral));
        registry = collateral;
    }

    /// Verifies a byte-exact quote with its PEM chain, whose leaf must be a PCK
    /// certificate that the registry knows. Zero bytes may follow the quote.
    function verifyFullQuote(bytes calldata quote)
        external
        view
        returns (QuoteReport memory report)
    {
        _checkHeader(quote);
        bytes calldata auth = _authData(quote);
        (report.pckId, report.fmspc) = _verifyAttestationKey(auth);
        report.quoteDigest = sha256(quote[:SIGNED]);
        (bytes32 x, bytes32 y) = (_word(auth, KEY), _word(auth, KEY + 32));
        if (!_signed(report.quoteDigest, auth, SIGNATURE, x, y)) {
            revert QuoteSignatureInvalid(report.quoteDigest);
        }
        report.tcbStatus = TcbStatus.NotEvaluated;
        _readBody(quote[HEADER:SIGNED], report);
    }

    /// Verifies a quote without what no signature covers: header, body, quote
    /// signature, attestation key, QE report, its signature, QE auth data, one
    /// after the other; of the platform registered as pckId.
    function verifyQuote(bytes calldata, bytes32) external pure returns (QuoteReport memory) {
        revert NotYet();
    }

    /// Platform, then quoting enclave, then attestation key: the PCK key signed
    /// the enclave's report, and that report names the attestation key.
    function _verifyAttestationKey(bytes calldata auth)
        private
        view
        returns (bytes32 pckId, bytes6 fmspc)
    {
        (bytes calldata qeAuth, bytes calldata pem) = _certification(auth);
        bytes32 x;
        bytes32 y;
        (pckId, x, y, fmspc) = _verifyChain(pem);

        bytes32 bound = sha256(abi.encodePacked(auth[KEY:OUTER_TYPE], qeAuth));
        bytes32 claimed = _word(auth, QE_REPORT_DATA);
        if (bound != claimed) revert AttestationKeyNotBound(bound, claimed);
        bytes32 tail = _word(auth, QE_REPORT_DATA + 32);
        if (tail != 0) revert QeReportDataTailNotZero(tail);
        if (!_signed(sha256(auth[QE_REPORT:QE_SIGNATURE]), auth, QE_SIGNATURE, x, y)) {
            revert QeReportSignatureInvalid(pckId);
        }
    }

    /// Leaf, CA and root. The leaf must be registered, and the CA be the one
    /// that the registry verified it under. Of the root only the key is read:
    /// it must be the registry's, which verified the CA by its own.
    function _verifyChain(bytes calldata pem)
        private
        view
        returns (bytes32 pckId, bytes32 x, bytes32 y, bytes6 fmspc)
    {
        (bytes memory leaf, uint256 at) = Pem.read(pem, 0);
        bytes memory ca;
        pckId = keccak256(leaf);
        bytes32 expected;
        (x, y, fmspc, expected) = registry.requirePck(pckId);
        (ca, at) = Pem.read(pem, at);
        bytes32 caId = keccak256(ca);
        if (caId != expected) revert PckChainDiffers(expected, caId);
        bytes memory root;
        (root, at) = Pem.read(pem, at);
        _checkRoot(root);
        /* Intel ends the text with a NUL, some with nothing. */
        if (at < pem.length && pem[at] == 0) at++;
        if (at != pem.length) revert PckChainTrailing(at, pem.length);
    }

    function _checkRoot(bytes memory root) private view {
        (bytes32 x, bytes32 y) = X509.keyOf(root);
        if (x != registry.rootX() || y != registry.rootY()) revert PckChainRootDiffers(x, y);
    }

    function _checkHeader(bytes calldata quote) private pure {
        uint256 needed = AUTH + QE_AUTH + 6;
        if (quote.length < needed) revert QuoteTooShort(quote.length, needed);
        uint16 version = _u16(quote, 0);
        if (version != VERSION) revert QuoteVersionUnsupported(version);
        uint16 keyType = _u16(quote, 2);
        if (keyType != ECDSA_P256) revert AttestationKeyTypeUnsupported(keyType);
        uint32 teeType = _u32(quote, 4);
        if (teeType != TEE_TDX) revert TeeTypeUnsupported(teeType);
        bytes16 vendor = bytes16(quote[12:28]);
        if (vendor != INTEL_QE) revert QeVendorUnknown(vendor);
    }

    function _authData(bytes calldata quote) private pure returns (bytes calldata auth) {
        uint256 size = _u32(quote, SIGNED);
        uint256 available = quote.length - AUTH;
        if (size > available) revert AuthDataTruncated(size, available);
        if (size < QE_AUTH + 6) revert AuthDataSizeMismatch(size, QE_AUTH + 6);
        auth = quote[AUTH:AUTH + size];
        if (!_isZero(quote[AUTH + size:])) revert TrailingBytesNotZero(AUTH + size);
    }

    /// Takes the certification data apart. Every size in it must agree with the
    /// others, and none reach beyond what encloses it.
    function _certification(bytes calldata auth)
        private
        pure
        returns (bytes calldata qeAuth, bytes calldata pem)
    {
        uint16 outerType = _u16(auth, OUTER_TYPE);
        if (outerType != QE_CERTIFICATION) revert CertificationTypeUnsupported(outerType);
        uint256 outerSize = _u32(auth, OUTER_SIZE);
        if (outerSize != auth.length - QE_REPORT) {
            revert CertificationSizeMismatch(outerSize, auth.length - QE_REPORT);
        }
        uint256 qeAuthSize = _u16(auth, QE_AUTH_SIZE);
        if (CERTIFICATION_FIXED + qeAuthSize > outerSize) {
            revert CertificationSizeMismatch(outerSize, CERTIFICATION_FIXED + qeAuthSize);
        }
        uint256 at = QE_AUTH + qeAuthSize;
        qeAuth = auth[QE_AUTH:at];
        uint16 innerType = _u16(auth, at);
        if (innerType != PCK_CHAIN) revert PckCertificationTypeUnsupported(innerType);
        uint256 pemSize = _u32(auth, at + 2);
        if (at + 6 + pemSize != auth.length) {
            revert AuthDataSizeMismatch(auth.length, at + 6 + pemSize);
        }
        pem = auth[at + 6:];
    }

    function _readBody(bytes calldata body, QuoteReport memory r) private pure {
        if (!_isZero(body[64:112])) revert SeamSignerNotIntel(body[64:112]);
        bytes8 seam = bytes8(body[112:120]);
        if (seam != 0) revert SeamAttributesNotZero(seam);
        r.kind = QuoteKind.Td10;
        r.attributes = bytes8(body[120:128]);
        r.xfam = bytes8(body[128:136]);
        r.reportData = [bytes32(body[520:552]), bytes32(body[552:584])];
        r.body = body;
        r.measurement = _isZero(body[184:328])
            ? sha256(abi.encodePacked(body[136:184], body[328:520]))
            : sha256(abi.encodePacked(body[136:184], body[328:520], body[184:328]));
    }

    function _isZero(bytes calldata data) private pure returns (bool) {
        bytes32 seen;
        uint256 at;
        for (; at + 32 <= data.length; at += 32) {
            seen |= _word(data, at);
        }
        for (; at < data.length; at++) {
            seen |= data[at];
        }
        return seen == 0;
    }

    function _signed(bytes32 digest, bytes calldata auth, uint256 at, bytes32 x, bytes32 y)
        private
        view
        returns (bool)
    {
        return P256.verify(digest, _word(auth, at), _word(auth, at + 32), x, y);
    }

    function _word(bytes calldata data, uint256 at) private pure returns (bytes32) {
        return bytes32(data[at:at + 32]);
    }

    /* Integers in quotes are little-endian. */
    function _u16(bytes calldata data, uint256 at) private pure returns (uint16) {
        return uint16(uint8(data[at])) | (uint16(uint8(data[at + 1])) << 8);
    }

    function _u32(bytes calldata data, uint256 at) private pure returns (uint32) {
        return uint32(_u16(data, at)) | (uint32(_u16(data, at + 2)) << 16);
    }
}
