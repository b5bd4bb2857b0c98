// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {P256} from "./P256.sol";
import {SgxExtension} from "./SgxExtension.sol";
import {X509} from "./X509.sol";

/// The certificates below one attestation root: the two PCK CAs and the PCKs
/// that they issued, each verified here once so that quotes need not carry the
/// cost again.
///
/// There is no owner. Anyone adds anything, because everything that is stored
/// was derived from bytes whose signatures lead to the root key, and that key
/// is fixed at construction.
///
/// NOT YET HERE: revocation lists, TCB info and QE identity. Until they are, a
/// verified quote says nothing of revocation or patch level, and its report
/// carries TcbStatus.NotEvaluated (QuoteVerifier).
contract CollateralRegistry {
    struct Ca {
        bytes32 x;
        bytes32 y;
        /// Its slot among the CAs: one certificate for each subject and key id.
        bytes32 slot;
        uint40 notBefore;
        uint40 notAfter;
    }

    struct Pck {
        bytes32 x;
        bytes32 y;
        bytes32 caId;
        uint40 notBefore;
        uint40 notAfter;
        bytes6 fmspc;
        bytes2 pceId;
        uint16 pceSvn;
        bytes16 components;
        uint160 serial;
    }

    string private constant ROOT_CN = "Intel SGX Root CA";
    string private constant PCK_CN = "Intel SGX PCK Certificate";
    bytes32 private constant PLATFORM_CA = keccak256("Intel SGX PCK Platform CA");
    bytes32 private constant PROCESSOR_CA = keccak256("Intel SGX PCK Processor CA");

    bytes32 public immutable rootX;
    bytes32 public immutable rootY;
    /// What people should read: "SIMULATED", or whose root this is.
    string public label;

    /// The CA certificate that currently fills a slot.
    mapping(bytes32 slot => bytes32 caId) public currentCa;
    mapping(bytes32 caId => Ca) private _cas;
    mapping(bytes32 pckId => Pck) private _pcks;

    event CaAdded(bytes32 indexed caId, string subjectCn, uint40 notBefore, uint40 notAfter);
    event PckRegistered(
        bytes32 indexed pckId, bytes32 indexed caId, bytes6 fmspc, uint40 notBefore, uint40 notAfter
    );

    error NotYet();
    error RootKeyNotOnCurve(bytes32 x, bytes32 y);
    error CertificateNotYetValid(bytes32 id, uint256 notBefore, uint256 time);
    error CertificateExpired(bytes32 id, uint256 notAfter, uint256 time);

    error CaIssuerUnexpected(string issuerCn);
    error CaNotSignedByRoot(bytes32 caId);
    error CaNameUnexpected(string subjectCn);
    error CaNotMarkedAsCa(bytes32 caId);
    error CaMayNotSignCertificates(bytes32 caId, uint8 keyUsage);
    error CaSuperseded(bytes32 currentCaId, uint256 currentNotBefore, uint256 notBefore);
    error CaUnknown(bytes32 caId);

    error PckIssuerUnknown(bytes32 slot, string issuerCn);
    error PckNotSignedByCa(bytes32 pckId, bytes32 caId);
    error PckNameUnexpected(string subjectCn);
    error PckMarkedAsCa(bytes32 pckId);
    error PckMayNotSign(bytes32 pckId, uint8 keyUsage);
    error PckWithoutSgxExtension(bytes32 pckId);
    error PckUnknown(bytes32 pckId);

    constructor(bytes32 x, bytes32 y, string memory name) {
        P256.requireLive();
        if (!P256.isOnCurve(x, y)) revert RootKeyNotOnCurve(x, y);
        (rootX, rootY, label) = (x, y, name);
    }

    /// Adds a PCK CA that the root signed. Its id is the hash of its bytes. Of
    /// several certificates for the same subject and key id the one that starts
    /// latest stays; adding the current one again changes nothing.
    function addCa(bytes calldata der) external returns (bytes32 caId) {
        X509.Certificate memory cert = X509.parse(der);
        caId = keccak256(der);
        if (!_same(cert.issuerCn, ROOT_CN)) revert CaIssuerUnexpected(cert.issuerCn);
        if (!P256.verify(cert.digest, cert.r, cert.s, rootX, rootY)) {
            revert CaNotSignedByRoot(caId);
        }
        bytes32 name = keccak256(bytes(cert.subjectCn));
        if (name != PLATFORM_CA && name != PROCESSOR_CA) revert CaNameUnexpected(cert.subjectCn);
        if (!cert.isCa) revert CaNotMarkedAsCa(caId);
        if (cert.keyUsage & X509.USAGE_KEY_CERT_SIGN == 0) {
            revert CaMayNotSignCertificates(caId, cert.keyUsage);
        }
        _requireOpen(caId, cert.notBefore, cert.notAfter);

        bytes32 slot = _slot(cert.subject, cert.subjectKeyId);
        bytes32 current = currentCa[slot];
        if (current == caId) return caId;
        if (current != 0 && cert.notBefore <= _cas[current].notBefore) {
            revert CaSuperseded(current, _cas[current].notBefore, cert.notBefore);
        }
        currentCa[slot] = caId;
        _cas[caId] = Ca(cert.x, cert.y, slot, cert.notBefore, cert.notAfter);
        emit CaAdded(caId, cert.subjectCn, cert.notBefore, cert.notAfter);
    }

    /// Registers a platform's PCK certificate under the hash of its bytes. Once
    /// more after its CA was renewed makes the new CA answer for it.
    function registerPck(bytes calldata der) external returns (bytes32 pckId) {
        X509.Certificate memory cert = X509.parse(der);
        pckId = keccak256(der);
        bytes32 caId = _issuerOf(cert);
        Ca storage ca = _cas[caId];
        if (!P256.verify(cert.digest, cert.r, cert.s, ca.x, ca.y)) {
            revert PckNotSignedByCa(pckId, caId);
        }
        if (!_same(cert.subjectCn, PCK_CN)) revert PckNameUnexpected(cert.subjectCn);
        if (cert.isCa) revert PckMarkedAsCa(pckId);
        if (cert.keyUsage & X509.USAGE_DIGITAL_SIGNATURE == 0) {
            revert PckMayNotSign(pckId, cert.keyUsage);
        }
        if (cert.sgxEnd == 0) revert PckWithoutSgxExtension(pckId);
        _requireOpen(pckId, cert.notBefore, cert.notAfter);

        SgxExtension.Platform memory p = SgxExtension.parse(der, cert.sgxStart, cert.sgxEnd);
        _pcks[pckId] = Pck({
            x: cert.x,
            y: cert.y,
            caId: caId,
            notBefore: cert.notBefore,
            notAfter: cert.notAfter,
            fmspc: p.fmspc,
            pceId: p.pceId,
            pceSvn: p.pceSvn,
            components: p.components,
            serial: uint160(cert.serial)
        });
        emit PckRegistered(pckId, caId, p.fmspc, cert.notBefore, cert.notAfter);
    }

    /// Adds the certificate that Intel signs TCB info and QE identities with.
    function addTcbSigner(bytes calldata) external pure returns (bytes32) {
        revert NotYet();
    }

    /// Takes a CRL of the root, or of the CA that its issuer and authority key
    /// identifier name.
    function putCrl(bytes calldata) external pure {
        revert NotYet();
    }

    /// Takes TCB info: the exact bytes of the JSON object, and r and s over them
    /// by a TCB signer that was added before.
    function putTcbInfo(bytes calldata, bytes calldata, bytes32) external pure {
        revert NotYet();
    }

    /// Takes the identity of a quoting enclave, likewise.
    function putQeIdentity(bytes calldata, bytes calldata, bytes32) external pure {
        revert NotYet();
    }

    /// A PCK that may vouch for quotes now: known, inside its own window and
    /// inside that of the CA which answers for it. Reverts with the reason
    /// otherwise.
    function requirePck(bytes32 pckId)
        external
        view
        returns (bytes32 x, bytes32 y, bytes6 fmspc, bytes32 caId)
    {
        Pck storage pck = _pcks[pckId];
        caId = pck.caId;
        if (caId == 0) revert PckUnknown(pckId);
        _requireOpen(pckId, pck.notBefore, pck.notAfter);
        _requireOpen(caId, _cas[caId].notBefore, _cas[caId].notAfter);
        return (pck.x, pck.y, pck.fmspc, caId);
    }

    function getCa(bytes32 caId) external view returns (Ca memory) {
        if (_cas[caId].slot == 0) revert CaUnknown(caId);
        return _cas[caId];
    }

    function getPck(bytes32 pckId) external view returns (Pck memory) {
        if (_pcks[pckId].caId == 0) revert PckUnknown(pckId);
        return _pcks[pckId];
    }

    /// The CA that a certificate names as its issuer, by name and key id.
    function _issuerOf(X509.Certificate memory cert) private view returns (bytes32 caId) {
        bytes32 slot = _slot(cert.issuer, cert.authorityKeyId);
        caId = currentCa[slot];
        if (caId == 0) revert PckIssuerUnknown(slot, cert.issuerCn);
        _requireOpen(caId, _cas[caId].notBefore, _cas[caId].notAfter);
    }

    /// Both ends of a validity period belong to it (RFC 5280, 4.1.2.5).
    function _requireOpen(bytes32 id, uint256 notBefore, uint256 notAfter) private view {
        if (block.timestamp < notBefore) {
            revert CertificateNotYetValid(id, notBefore, block.timestamp);
        }
        if (block.timestamp > notAfter) revert CertificateExpired(id, notAfter, block.timestamp);
    }

    function _slot(bytes32 subject, bytes32 keyId) private pure returns (bytes32) {
        return keccak256(abi.encode(subject, keyId));
    }

    function _same(string memory a, string memory b) private pure returns (bool) {
        return keccak256(bytes(a)) == keccak256(bytes(b));
    }
}
