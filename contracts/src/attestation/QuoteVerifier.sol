// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {CollateralRegistry} from "./CollateralRegistry.sol";
import {Der} from "./Der.sol";
import {P256} from "./P256.sol";
import {Pem} from "./Pem.sol";
import {QuoteKind, QuoteReport} from "./QuoteReport.sol";
import {TcbJudge} from "./TcbJudge.sol";
import {X509} from "./X509.sol";

/// Verifies SGX quotes of version 3 and TDX quotes of versions 4 and 5 on chain:
/// the PCK key of a platform known to the registry signed the quoting enclave's
/// report, that report names the attestation key, the attestation key signed
/// header and body, and Intel vouches for platform, TDX module and enclave.
///
/// Fails closed: one error for each check, carrying the offending value, in the
/// order in which the checks are made. What is genuine but not UpToDate is
/// returned with its status.
contract QuoteVerifier {
    /// Where a quote's parts are: the same in full and in compact form but for
    /// what lies between them.
    struct Layout {
        QuoteKind kind;
        /// The report; what the attestation key signed ends with it.
        uint256 body;
        uint256 signedEnd;
        /// The quote's signature, and the attestation key behind it.
        uint256 signature;
        /// The quoting enclave's report, and its signature behind it.
        uint256 qeReport;
        uint256 qeAuth;
        uint256 qeAuthEnd;
    }

    uint256 private constant HEADER = 48;
    uint256 private constant SGX_BODY = 384;
    uint256 private constant TD10_BODY = 584;
    uint256 private constant TD15_BODY = 648;
    uint256 private constant TD15_EX_BODY = 885;
    /// Body type and size, in version 5.
    uint256 private constant DESCRIPTOR = 6;
    /// Signature and key.
    uint256 private constant SIGNED_BY = 128;
    uint256 private constant QE_REPORT = 384;
    uint256 private constant QE_REPORT_DATA = 320;
    /// Type and size of certification data.
    uint256 private constant CERTIFICATION = 6;

    uint16 private constant ECDSA_P256 = 2;
    uint32 private constant TEE_SGX = 0;
    uint32 private constant TEE_TDX = 0x81;
    bytes16 private constant INTEL_QE = 0x939a7233f79c4ca9940a0db3957f0607;
    uint16 private constant QE_CERTIFICATION = 6;
    uint16 private constant PCK_CHAIN = 5;

    CollateralRegistry public immutable registry;

    /// The registry must be a contract.
    error RegistryHasNoCode(address registry);
    /// A quote must have all its parts.
    error QuoteTooShort(uint256 length, uint256 needed);
    /// A quote is of version 3, 4 or 5.
    error QuoteVersionUnsupported(uint16 version);
    /// The attestation key must be ECDSA-256 with P-256.
    error AttestationKeyTypeUnsupported(uint16 keyType);
    /// The TEE type must be one that this version of quote is for.
    error TeeTypeUnsupported(uint32 teeType);
    /// The quoting enclave's vendor must be Intel.
    error QeVendorUnknown(bytes16 vendor);
    /// A version 5 body is a TD report 1.0, 1.5 or 1.5ex.
    error QuoteBodyTypeUnsupported(uint16 bodyType);
    /// A version 5 body has the size of its type.
    error QuoteBodySizeMismatch(uint256 declared, uint256 expected);
    /// The auth data must be there as long as it says.
    error AuthDataTruncated(uint256 declared, uint256 available);
    /// The parts of the auth data must fill it exactly.
    error AuthDataSizeMismatch(uint256 declared, uint256 actual);
    /// From version 4 on, certification data is a QE report with its own.
    error CertificationTypeUnsupported(uint16 certificationType);
    /// Certification data must be as long as it says.
    error CertificationSizeMismatch(uint256 declared, uint256 actual);
    /// The PCK must be certified by its chain of certificates.
    error PckCertificationTypeUnsupported(uint16 certificationType);
    /// Only zero bytes may follow a quote.
    error TrailingBytesNotZero(uint256 offset);
    /// The chain's CA must be the one that the PCK was registered under.
    error PckChainDiffers(bytes32 expectedCaId, bytes32 caId);
    /// The chain must end in the root that is trusted.
    error PckChainRootDiffers(bytes32 x, bytes32 y);
    /// The root in the chain must be signed by its own key.
    error PckChainRootSignatureInvalid(bytes32 rootId);
    /// The root must not be on its own revocation list.
    error PckChainRootRevoked(uint160 serial);
    /// Nothing but one NUL may follow the chain.
    error PckChainTrailing(uint256 offset, uint256 length);
    /// The QE's report data must be the hash of the attestation key and its auth data.
    error AttestationKeyNotBound(bytes32 expected, bytes32 actual);
    /// The second half of the QE's report data must be zero.
    error QeReportDataTailNotZero(bytes32 tail);
    /// The QE's report must be signed by the PCK's key.
    error QeReportSignatureInvalid(bytes32 pckId);
    /// Header and body must be signed by the attestation key.
    error QuoteSignatureInvalid(bytes32 quoteDigest);

    constructor(CollateralRegistry collateral) {
        P256.requireLive();
        if (address(collateral).code.length == 0) revert RegistryHasNoCode(address(collateral));
        registry = collateral;
    }

    /// Verifies a quote without what no signature covers: header, body (with its
    /// descriptor in version 5), quote signature, attestation key, QE report, its
    /// signature, QE auth data, one behind the other; of the platform that is
    /// registered as pckId.
    function verifyQuote(bytes calldata quote, bytes32 pckId)
        external
        view
        returns (QuoteReport memory)
    {
        Layout memory at = _layout(quote);
        at.signature = at.signedEnd;
        at.qeReport = at.signature + SIGNED_BY;
        at.qeAuth = at.qeReport + QE_REPORT + 64;
        at.qeAuthEnd = quote.length;
        if (quote.length < at.qeAuth) revert QuoteTooShort(quote.length, at.qeAuth);
        return _verify(quote, at, pckId, registry.collateral(pckId, _tee(at.kind)));
    }

    /// Verifies a byte-exact quote with its PEM chain, whose leaf must be a PCK
    /// certificate that the registry knows. Zero bytes may follow the quote.
    function verifyFullQuote(bytes calldata quote) external view returns (QuoteReport memory) {
        Layout memory at = _layout(quote);
        bytes calldata pem = _authData(quote, at);
        (bytes memory leaf, uint256 end) = Pem.read(pem, 0);
        bytes32 pckId = keccak256(leaf);
        CollateralRegistry.Collateral memory c = registry.collateral(pckId, _tee(at.kind));
        _checkChain(pem, end, c.caId);
        return _verify(quote, at, pckId, c);
    }

    /// Header, and where the body is.
    function _layout(bytes calldata quote) private pure returns (Layout memory at) {
        if (quote.length < HEADER) revert QuoteTooShort(quote.length, HEADER);
        uint16 version = _u16(quote, 0);
        if (version < 3 || version > 5) revert QuoteVersionUnsupported(version);
        uint16 keyType = _u16(quote, 2);
        if (keyType != ECDSA_P256) revert AttestationKeyTypeUnsupported(keyType);
        uint32 teeType = _u32(quote, 4);
        if (teeType != (version == 3 ? TEE_SGX : TEE_TDX)) revert TeeTypeUnsupported(teeType);
        bytes16 vendor = bytes16(quote[12:28]);
        if (vendor != INTEL_QE) revert QeVendorUnknown(vendor);

        at.body = HEADER;
        if (version == 3) (at.kind, at.signedEnd) = (QuoteKind.Sgx, HEADER + SGX_BODY);
        else if (version == 4) (at.kind, at.signedEnd) = (QuoteKind.Td10, HEADER + TD10_BODY);
        else _descriptor(quote, at);
    }

    function _descriptor(bytes calldata quote, Layout memory at) private pure {
        at.body = HEADER + DESCRIPTOR;
        if (quote.length < at.body) revert QuoteTooShort(quote.length, at.body);
        uint16 bodyType = _u16(quote, HEADER);
        uint256 size;
        if (bodyType == uint16(QuoteKind.Td10)) {
            (at.kind, size) = (QuoteKind.Td10, TD10_BODY);
        } else if (bodyType == uint16(QuoteKind.Td15)) {
            (at.kind, size) = (QuoteKind.Td15, TD15_BODY);
        } else if (bodyType == uint16(QuoteKind.Td15Ex)) {
            (at.kind, size) = (QuoteKind.Td15Ex, TD15_EX_BODY);
        } else {
            revert QuoteBodyTypeUnsupported(bodyType);
        }
        uint256 declared = _u32(quote, HEADER + 2);
        if (declared != size) revert QuoteBodySizeMismatch(declared, size);
        at.signedEnd = at.body + size;
    }

    /// Takes the auth data apart. Every size in it must agree with the others,
    /// and none reach beyond what encloses it.
    function _authData(bytes calldata quote, Layout memory at)
        private
        pure
        returns (bytes calldata pem)
    {
        bool wrapped = at.kind != QuoteKind.Sgx;
        at.signature = at.signedEnd + 4;
        at.qeReport = at.signature + SIGNED_BY + (wrapped ? CERTIFICATION : 0);
        at.qeAuth = at.qeReport + QE_REPORT + 64 + 2;
        uint256 needed = at.qeAuth + CERTIFICATION;
        if (quote.length < needed) revert QuoteTooShort(quote.length, needed);

        uint256 size = _u32(quote, at.signedEnd);
        uint256 available = quote.length - at.signature;
        if (size > available) revert AuthDataTruncated(size, available);
        if (size < needed - at.signature) {
            revert AuthDataSizeMismatch(size, needed - at.signature);
        }
        uint256 end = at.signature + size;
        if (!_isZero(quote[end:])) revert TrailingBytesNotZero(end);
        if (wrapped) _checkWrapper(quote, at.signature + SIGNED_BY, end);

        at.qeAuthEnd = at.qeAuth + _u16(quote, at.qeAuth - 2);
        uint256 start = at.qeAuthEnd + CERTIFICATION;
        if (start > end) revert AuthDataSizeMismatch(size, start - at.signature);
        uint16 innerType = _u16(quote, at.qeAuthEnd);
        if (innerType != PCK_CHAIN) revert PckCertificationTypeUnsupported(innerType);
        uint256 pemSize = _u32(quote, at.qeAuthEnd + 2);
        if (start + pemSize != end) {
            revert AuthDataSizeMismatch(size, start + pemSize - at.signature);
        }
        return quote[start:end];
    }

    /// In version 4 and 5 the quoting enclave's report and what follows it are
    /// certification data of their own.
    function _checkWrapper(bytes calldata quote, uint256 at, uint256 end) private pure {
        uint16 outerType = _u16(quote, at);
        if (outerType != QE_CERTIFICATION) revert CertificationTypeUnsupported(outerType);
        uint256 declared = _u32(quote, at + 2);
        uint256 actual = end - at - CERTIFICATION;
        if (declared != actual) revert CertificationSizeMismatch(declared, actual);
    }

    /// What follows the leaf: the CA must be the one that the registry verified
    /// the leaf under. The root's key must be the registry's, which verified the
    /// CA by its own, and have signed the root, so that no byte of it is free.
    function _checkChain(bytes calldata pem, uint256 at, bytes32 expected) private view {
        bytes memory der;
        (der, at) = Pem.read(pem, at);
        bytes32 caId = keccak256(der);
        if (caId != expected) revert PckChainDiffers(expected, caId);
        (der, at) = Pem.read(pem, at);
        uint160 serial = _checkRoot(der);
        if (registry.isRevoked(registry.rootSlot(), serial)) revert PckChainRootRevoked(serial);
        /* Intel ends the text with a NUL, some with nothing. */
        if (at < pem.length && pem[at] == 0) at++;
        if (at != pem.length) revert PckChainTrailing(at, pem.length);
    }

    function _checkRoot(bytes memory der) private view returns (uint160 serial) {
        (Der.Cursor memory signed, bytes32 digest, bytes32 r, bytes32 s) = X509.open(der);
        bytes32 x;
        bytes32 y;
        (serial, x, y) = X509.identityOf(signed);
        if (x != registry.rootX() || y != registry.rootY()) revert PckChainRootDiffers(x, y);
        if (!P256.verify(digest, r, s, x, y)) revert PckChainRootSignatureInvalid(keccak256(der));
    }

    function _verify(
        bytes calldata quote,
        Layout memory at,
        bytes32 pckId,
        CollateralRegistry.Collateral memory c
    ) private view returns (QuoteReport memory report) {
        _verifyAttestationKey(quote, at, pckId, c);
        report.quoteDigest = _verifySignature(quote, at);
        (report.kind, report.fmspc, report.pckId) = (at.kind, c.fmspc, pckId);
        report.validUntil = c.validUntil;
        _judge(quote, at, c, report);
        bytes calldata body = quote[at.body:at.signedEnd];
        report.body = body;
        if (at.kind == QuoteKind.Sgx) _readSgx(body, report);
        else _readTd(body, report);
    }

    function _verifySignature(bytes calldata quote, Layout memory at)
        private
        view
        returns (bytes32 digest)
    {
        digest = sha256(quote[:at.signedEnd]);
        uint256 key = at.signature + 64;
        (bytes32 x, bytes32 y) = (_word(quote, key), _word(quote, key + 32));
        if (!_signed(digest, quote, at.signature, x, y)) revert QuoteSignatureInvalid(digest);
    }

    function _judge(
        bytes calldata quote,
        Layout memory at,
        CollateralRegistry.Collateral memory c,
        QuoteReport memory report
    ) private view {
        bytes calldata qeReport = quote[at.qeReport:at.qeReport + QE_REPORT];
        bytes calldata body = quote[at.body:at.signedEnd];
        TcbJudge.Verdict memory v = TcbJudge.judge(at.kind, body, qeReport, c);
        report.tcbStatus = v.status;
        report.tcbEvaluationDataNumber = v.evaluation;
        report.advisoryHashes = v.advisoryHashes;
    }

    /// Platform, then quoting enclave, then attestation key: the PCK key signed
    /// the enclave's report, and that report names the attestation key.
    function _verifyAttestationKey(
        bytes calldata quote,
        Layout memory at,
        bytes32 pckId,
        CollateralRegistry.Collateral memory c
    ) private view {
        uint256 key = at.signature + 64;
        bytes32 bound = sha256(abi.encodePacked(quote[key:key + 64], quote[at.qeAuth:at.qeAuthEnd]));
        bytes32 claimed = _word(quote, at.qeReport + QE_REPORT_DATA);
        if (bound != claimed) revert AttestationKeyNotBound(bound, claimed);
        bytes32 tail = _word(quote, at.qeReport + QE_REPORT_DATA + 32);
        if (tail != 0) revert QeReportDataTailNotZero(tail);
        uint256 end = at.qeReport + QE_REPORT;
        if (!_signed(sha256(quote[at.qeReport:end]), quote, end, c.x, c.y)) {
            revert QeReportSignatureInvalid(pckId);
        }
    }

    function _readSgx(bytes calldata body, QuoteReport memory r) private pure {
        r.attributes = bytes8(body[48:56]);
        r.xfam = bytes8(body[56:64]);
        r.measurement = _word(body, 64);
        r.reportData = [_word(body, 320), _word(body, 352)];
    }

    function _readTd(bytes calldata body, QuoteReport memory r) private pure {
        r.attributes = bytes8(body[120:128]);
        r.xfam = bytes8(body[128:136]);
        r.reportData = [_word(body, 520), _word(body, 552)];
        r.measurement = _isZero(body[184:328])
            ? sha256(abi.encodePacked(body[136:184], body[328:520]))
            : sha256(abi.encodePacked(body[136:184], body[328:520], body[184:328]));
    }

    function _tee(QuoteKind kind) private pure returns (CollateralRegistry.Tee) {
        return kind == QuoteKind.Sgx ? CollateralRegistry.Tee.Sgx : CollateralRegistry.Tee.Tdx;
    }

    function _isZero(bytes calldata data) private pure returns (bool) {
        uint256 seen;
        assembly ("memory-safe") {
            let at := data.offset
            let end := add(at, data.length)
            for {} iszero(gt(add(at, 0x20), end)) { at := add(at, 0x20) } {
                seen := or(seen, calldataload(at))
            }
            if lt(at, end) {
                seen := or(seen, shr(sub(256, shl(3, sub(end, at))), calldataload(at)))
            }
        }
        return seen == 0;
    }

    function _signed(bytes32 digest, bytes calldata quote, uint256 at, bytes32 x, bytes32 y)
        private
        view
        returns (bool)
    {
        return P256.verify(digest, _word(quote, at), _word(quote, at + 32), x, y);
    }

    /* Where these read was found to be inside. */

    function _word(bytes calldata data, uint256 at) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := calldataload(add(data.offset, at))
        }
    }

    /* Integers in quotes are little-endian. */
    function _u16(bytes calldata data, uint256 at) private pure returns (uint16 value) {
        assembly ("memory-safe") {
            let word := calldataload(add(data.offset, at))
            value := or(byte(0, word), shl(8, byte(1, word)))
        }
    }

    function _u32(bytes calldata data, uint256 at) private pure returns (uint32) {
        return uint32(_u16(data, at)) | (uint32(_u16(data, at + 2)) << 16);
    }
}
