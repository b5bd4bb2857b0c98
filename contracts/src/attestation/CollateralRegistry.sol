// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {Crl} from "./Crl.sol";
import {P256} from "./P256.sol";
import {SgxExtension} from "./SgxExtension.sol";
import {TcbTable} from "./TcbTable.sol";
import {TcbText, TcbTextErrors} from "./TcbText.sol";
import {X509} from "./X509.sol";

/// What Intel says under one attestation root, each object verified here once,
/// so that quotes need not carry the cost again: the PCK CAs and the platforms'
/// PCK certificates, revocation lists, TCB info and QE identities with their
/// signing certificates.
///
/// There is no owner. Anyone adds anything, because everything that is stored
/// was derived from bytes whose signatures lead to the root key, and that key
/// is fixed at construction. What is newer replaces what is older, never the
/// reverse.
contract CollateralRegistry is TcbTextErrors {
    using TcbTable for uint256;

    /// Which collateral: SGX's (TCB info "SGX", enclave "QE") or TDX's.
    enum Tee {
        Sgx,
        Tdx
    }

    struct Ca {
        bytes32 x;
        bytes32 y;
        /// Its slot among the CAs: one certificate for each subject and key id.
        /// A CRL is its slot's too.
        bytes32 slot;
        uint40 notBefore;
        uint40 notAfter;
        uint160 serial;
    }

    struct Pck {
        bytes32 x;
        bytes32 y;
        bytes32 caId;
        uint40 notBefore;
        uint40 notAfter;
        uint160 serial;
        bytes6 fmspc;
        bytes2 pceId;
        uint16 pceSvn;
        bytes16 components;
    }

    struct TcbSigner {
        bytes32 x;
        bytes32 y;
        uint40 notBefore;
        uint40 notAfter;
        uint160 serial;
    }

    struct CrlState {
        uint40 thisUpdate;
        uint40 nextUpdate;
        /// Counts the lists of this issuer; none has zero.
        uint32 generation;
        uint160 number;
        bytes32 digest;
    }

    /// TCB info or a QE identity; its contents are at the table (TcbTable).
    struct TcbData {
        address table;
        uint40 issueDate;
        uint32 evaluation;
        bytes32 digest;
    }

    /// All that a quote of a platform is judged by, valid now.
    struct Collateral {
        bytes32 x;
        bytes32 y;
        bytes32 caId;
        bytes6 fmspc;
        uint16 pceSvn;
        bytes16 components;
        address tcbInfo;
        address qeIdentity;
        /// The last second at which all of this is valid.
        uint40 validUntil;
    }

    string private constant ROOT_CN = "Intel SGX Root CA";
    string private constant PCK_CN = "Intel SGX PCK Certificate";
    string private constant SIGNER_CN = "Intel SGX TCB Signing";
    bytes32 private constant PLATFORM_CA = keccak256("Intel SGX PCK Platform CA");
    bytes32 private constant PROCESSOR_CA = keccak256("Intel SGX PCK Processor CA");

    bytes32 public immutable rootX;
    bytes32 public immutable rootY;
    /// Stands for the root where CAs have their slots: the hash of its key.
    bytes32 public immutable rootSlot;
    TcbText private immutable _text;
    /// What people should read: "SIMULATED", or whose root this is.
    string public label;

    /// The CA certificate that currently fills a slot.
    mapping(bytes32 slot => bytes32 caId) public currentCa;
    mapping(bytes32 caId => Ca) private _cas;
    mapping(bytes32 pckId => Pck) private _pcks;
    mapping(bytes32 signerId => TcbSigner) private _signers;
    mapping(bytes32 slot => CrlState) public crls;
    /// The generation of the issuer's last list that had the serial.
    mapping(bytes32 slot => mapping(uint160 serial => uint32 generation)) private _revoked;
    mapping(Tee tee => mapping(bytes6 fmspc => TcbData)) public tcbInfos;
    mapping(Tee tee => TcbData) public qeIdentities;

    event CaAdded(bytes32 indexed caId, string subjectCn, uint40 notBefore, uint40 notAfter);
    event PckRegistered(
        bytes32 indexed pckId, bytes32 indexed caId, bytes6 fmspc, uint40 notBefore, uint40 notAfter
    );
    event TcbSignerAdded(bytes32 indexed signerId, uint40 notBefore, uint40 notAfter);
    event CrlTaken(
        bytes32 indexed slot,
        uint160 number,
        uint40 thisUpdate,
        uint40 nextUpdate,
        uint256 revokedCertificates
    );
    event TcbInfoTaken(
        Tee indexed tee,
        bytes6 indexed fmspc,
        uint32 tcbEvaluationDataNumber,
        uint40 issueDate,
        uint40 nextUpdate
    );
    event QeIdentityTaken(
        Tee indexed tee, uint32 tcbEvaluationDataNumber, uint40 issueDate, uint40 nextUpdate
    );

    /// The root's key must be a point of P-256.
    error RootKeyNotOnCurve(bytes32 x, bytes32 y);
    /// A certificate counts from its notBefore on.
    error CertificateNotYetValid(bytes32 id, uint256 notBefore, uint256 time);
    /// A certificate counts until its notAfter.
    error CertificateExpired(bytes32 id, uint256 notAfter, uint256 time);

    /// A PCK CA's issuer must be the Intel SGX Root CA.
    error CaIssuerUnexpected(string issuerCn);
    /// A PCK CA must be signed by the root's key.
    error CaNotSignedByRoot(bytes32 caId);
    /// A PCK CA is Intel's Platform or Processor CA.
    error CaNameUnexpected(string subjectCn);
    /// A CA's basicConstraints must say that it is one.
    error CaNotMarkedAsCa(bytes32 caId);
    /// A CA's keyUsage must allow it to sign certificates.
    error CaMayNotSignCertificates(bytes32 caId, uint8 keyUsage);
    /// Of a CA's certificates the one that starts latest counts.
    error CaSuperseded(bytes32 currentCaId, uint256 currentNotBefore, uint256 notBefore);
    /// No CA was added under this id.
    error CaUnknown(bytes32 caId);
    /// A CA must not be on the root's revocation list.
    error CaRevoked(bytes32 caId, uint160 serial);

    /// A PCK certificate's issuer must be a CA that was added, by name and key id.
    error PckIssuerUnknown(bytes32 slot, string issuerCn);
    /// A PCK certificate must be signed by its CA's key.
    error PckNotSignedByCa(bytes32 pckId, bytes32 caId);
    /// A PCK certificate's subject must be Intel SGX PCK Certificate.
    error PckNameUnexpected(string subjectCn);
    /// A PCK certificate must not be a CA's.
    error PckMarkedAsCa(bytes32 pckId);
    /// A PCK certificate's keyUsage must allow digital signatures.
    error PckMayNotSign(bytes32 pckId, uint8 keyUsage);
    /// A PCK certificate must describe its platform in Intel's SGX extension.
    error PckWithoutSgxExtension(bytes32 pckId);
    /// A quote's PCK certificate must be registered.
    error PckUnknown(bytes32 pckId);
    /// A PCK certificate must not be on its CA's revocation list.
    error PckRevoked(bytes32 pckId, uint160 serial);

    /// A TCB signer's issuer must be the Intel SGX Root CA.
    error TcbSignerIssuerUnexpected(string issuerCn);
    /// A TCB signer's certificate must be signed by the root's key.
    error TcbSignerNotSignedByRoot(bytes32 signerId);
    /// A TCB signer's subject must be Intel SGX TCB Signing.
    error TcbSignerNameUnexpected(string subjectCn);
    /// A TCB signer's certificate must not be a CA's.
    error TcbSignerMarkedAsCa(bytes32 signerId);
    /// A TCB signer's keyUsage must allow digital signatures.
    error TcbSignerMayNotSign(bytes32 signerId, uint8 keyUsage);
    /// Signed JSON must be by a TCB signer that was added.
    error TcbSignerUnknown(bytes32 signerId);
    /// A TCB signer must not be on the root's revocation list.
    error TcbSignerRevoked(bytes32 signerId, uint160 serial);

    /// A CRL's issuer must be the root or a CA that was added, by name and key id.
    error CrlIssuerUnknown(bytes32 slot, string issuerCn);
    /// A CRL must be signed by its issuer's key.
    error CrlSignatureInvalid(bytes32 slot);
    /// A CRL issuer's keyUsage must allow it to sign CRLs.
    error CrlIssuerMayNotSign(bytes32 caId, uint8 keyUsage);
    /// A CRL must be of a later thisUpdate than the one that is there.
    error CrlNotNewer(bytes32 slot, uint256 currentThisUpdate, uint256 thisUpdate);
    /// A CRL's number never goes back.
    error CrlNumberLower(bytes32 slot, uint160 currentNumber, uint160 number);
    /// Without a CRL of the issuer nobody knows what is revoked.
    error CrlMissing(bytes32 slot);
    /// A CRL counts from its thisUpdate on.
    error CrlNotYetValid(bytes32 slot, uint256 thisUpdate, uint256 time);
    /// A CRL counts until its nextUpdate.
    error CrlExpired(bytes32 slot, uint256 nextUpdate, uint256 time);

    /// A signature over JSON is r and s, 64 bytes.
    error SignatureLengthUnexpected(uint256 length);
    /// TCB info must be signed, byte for byte, by its TCB signer.
    error TcbInfoSignatureInvalid(bytes32 digest);
    /// TCB info counts from its issueDate on.
    error TcbInfoNotYetValid(uint256 issueDate, uint256 time);
    /// TCB info counts until its nextUpdate.
    error TcbInfoExpired(uint256 nextUpdate, uint256 time);
    /// TCB info must be of a later issueDate than what is there.
    error TcbInfoNotNewer(uint256 currentIssueDate, uint256 issueDate);
    /// TCB info's evaluation number never goes back.
    error TcbInfoEvaluationLower(uint32 current, uint32 tcbEvaluationDataNumber);
    /// There must be TCB info for the platform's kind of TEE and FMSPC.
    error TcbInfoMissing(Tee tee, bytes6 fmspc);
    /// TCB info must be for the platform's PCE.
    error PceIdMismatch(bytes2 tcbInfo, bytes2 pck);
    /// A QE identity must be signed, byte for byte, by its TCB signer.
    error QeIdentitySignatureInvalid(bytes32 digest);
    /// A QE identity counts from its issueDate on.
    error QeIdentityNotYetValid(uint256 issueDate, uint256 time);
    /// A QE identity counts until its nextUpdate.
    error QeIdentityExpired(uint256 nextUpdate, uint256 time);
    /// A QE identity must be of a later issueDate than what is there.
    error QeIdentityNotNewer(uint256 currentIssueDate, uint256 issueDate);
    /// A QE identity's evaluation number never goes back.
    error QeIdentityEvaluationLower(uint32 current, uint32 tcbEvaluationDataNumber);
    /// There must be the identity of a quoting enclave for this kind of TEE.
    error QeIdentityMissing(Tee tee);

    constructor(bytes32 x, bytes32 y, string memory name) {
        P256.requireLive();
        if (!P256.isOnCurve(x, y)) revert RootKeyNotOnCurve(x, y);
        (rootX, rootY, label) = (x, y, name);
        rootSlot = keccak256(abi.encode(x, y));
        _text = new TcbText();
    }

    /* Certificates. */

    /// Adds a PCK CA that the root signed. Its id is the hash of its bytes. Of
    /// several certificates for the same subject and key id the one that starts
    /// latest stays; adding the current one again changes nothing.
    function addCa(bytes calldata der) external returns (bytes32 caId) {
        X509.Certificate memory cert = X509.parse(der);
        caId = keccak256(der);
        if (!_same(cert.issuerCn, ROOT_CN)) revert CaIssuerUnexpected(cert.issuerCn);
        if (!_signedByRoot(cert)) revert CaNotSignedByRoot(caId);
        bytes32 name = keccak256(bytes(cert.subjectCn));
        if (name != PLATFORM_CA && name != PROCESSOR_CA) revert CaNameUnexpected(cert.subjectCn);
        if (!cert.isCa) revert CaNotMarkedAsCa(caId);
        if (cert.keyUsage & X509.USAGE_KEY_CERT_SIGN == 0) {
            revert CaMayNotSignCertificates(caId, cert.keyUsage);
        }
        /* It answers for revocation as well. */
        if (cert.keyUsage & X509.USAGE_CRL_SIGN == 0) {
            revert CrlIssuerMayNotSign(caId, cert.keyUsage);
        }
        _requireOpen(caId, cert.notBefore, cert.notAfter);
        if (isRevoked(rootSlot, uint160(cert.serial))) {
            revert CaRevoked(caId, uint160(cert.serial));
        }

        bytes32 slot = _slot(cert.subject, cert.subjectKeyId);
        bytes32 current = currentCa[slot];
        if (current == caId) return caId;
        if (current != 0 && cert.notBefore <= _cas[current].notBefore) {
            revert CaSuperseded(current, _cas[current].notBefore, cert.notBefore);
        }
        currentCa[slot] = caId;
        _cas[caId] = Ca(cert.x, cert.y, slot, cert.notBefore, cert.notAfter, uint160(cert.serial));
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
        if (isRevoked(ca.slot, uint160(cert.serial))) {
            revert PckRevoked(pckId, uint160(cert.serial));
        }

        SgxExtension.Platform memory p = SgxExtension.parse(der, cert.sgxStart, cert.sgxEnd);
        _pcks[pckId] = Pck({
            x: cert.x,
            y: cert.y,
            caId: caId,
            notBefore: cert.notBefore,
            notAfter: cert.notAfter,
            serial: uint160(cert.serial),
            fmspc: p.fmspc,
            pceId: p.pceId,
            pceSvn: p.pceSvn,
            components: p.components
        });
        emit PckRegistered(pckId, caId, p.fmspc, cert.notBefore, cert.notAfter);
    }

    /// Adds a certificate with which TCB info and QE identities are signed. Its
    /// id is the hash of its bytes; again changes nothing.
    function addTcbSigner(bytes calldata der) external returns (bytes32 signerId) {
        X509.Certificate memory cert = X509.parse(der);
        signerId = keccak256(der);
        if (!_same(cert.issuerCn, ROOT_CN)) revert TcbSignerIssuerUnexpected(cert.issuerCn);
        if (!_signedByRoot(cert)) revert TcbSignerNotSignedByRoot(signerId);
        if (!_same(cert.subjectCn, SIGNER_CN)) revert TcbSignerNameUnexpected(cert.subjectCn);
        if (cert.isCa) revert TcbSignerMarkedAsCa(signerId);
        if (cert.keyUsage & X509.USAGE_DIGITAL_SIGNATURE == 0) {
            revert TcbSignerMayNotSign(signerId, cert.keyUsage);
        }
        _requireOpen(signerId, cert.notBefore, cert.notAfter);
        if (isRevoked(rootSlot, uint160(cert.serial))) {
            revert TcbSignerRevoked(signerId, uint160(cert.serial));
        }
        if (_signers[signerId].notAfter != 0) return signerId;
        _signers[signerId] =
            TcbSigner(cert.x, cert.y, cert.notBefore, cert.notAfter, uint160(cert.serial));
        emit TcbSignerAdded(signerId, cert.notBefore, cert.notAfter);
    }

    /* Revocation. */

    /// Takes the root's CRL, or that of the CA which issuer name and authority
    /// key identifier point at. Later than the one before, and with no lower
    /// number: Intel numbers several lists alike. The present one again changes
    /// nothing.
    function putCrl(bytes calldata der) external returns (bytes32 slot) {
        Crl.List memory crl = Crl.parse(der);
        bytes32 x = rootX;
        bytes32 y = rootY;
        if (_same(crl.issuerCn, ROOT_CN)) {
            slot = rootSlot;
        } else {
            slot = _slot(crl.issuer, crl.authorityKeyId);
            bytes32 caId = currentCa[slot];
            if (caId == 0) revert CrlIssuerUnknown(slot, crl.issuerCn);
            _requireOpen(caId, _cas[caId].notBefore, _cas[caId].notAfter);
            (x, y) = (_cas[caId].x, _cas[caId].y);
        }
        if (!P256.verify(crl.digest, crl.r, crl.s, x, y)) revert CrlSignatureInvalid(slot);
        _requireFresh(slot, crl.thisUpdate, crl.nextUpdate);
        CrlState storage state = crls[slot];
        if (crl.digest == state.digest) return slot;
        if (crl.thisUpdate <= state.thisUpdate) {
            revert CrlNotNewer(slot, state.thisUpdate, crl.thisUpdate);
        }
        if (crl.number < state.number) revert CrlNumberLower(slot, state.number, crl.number);

        uint32 generation = state.generation + 1;
        crls[slot] = CrlState(crl.thisUpdate, crl.nextUpdate, generation, crl.number, crl.digest);
        for (uint256 i = 0; i < crl.serials.length; i++) {
            _revoked[slot][uint160(crl.serials[i])] = generation;
        }
        emit CrlTaken(slot, crl.number, crl.thisUpdate, crl.nextUpdate, crl.serials.length);
    }

    /// Whether the issuer's present CRL has this serial. False without a CRL:
    /// whoever relies on it calls _requireCrl() too.
    function isRevoked(bytes32 slot, uint160 serial) public view returns (bool) {
        uint32 generation = _revoked[slot][serial];
        return generation != 0 && generation == crls[slot].generation;
    }

    /* TCB info and QE identities. */

    /// Takes TCB info for the platforms of an FMSPC: the JSON object's exact
    /// bytes, and r and s over them by a signer that was added before. Issued
    /// later than what is there, and of no lower evaluation; the same again
    /// changes nothing.
    function putTcbInfo(bytes calldata json, bytes calldata signature, bytes32 signerId) external {
        (bytes32 digest, bool valid) = _verifyText(json, signature, signerId);
        if (!valid) revert TcbInfoSignatureInvalid(digest);
        (bytes memory table, TcbTable.Head memory head) = _text.tcbInfo(json, signerId);
        _requireTcbInfoOpen(head.issueDate, head.nextUpdate);
        Tee tee = head.isTdx ? Tee.Tdx : Tee.Sgx;
        TcbData storage current = tcbInfos[tee][head.fmspc];
        if (digest == current.digest) return;
        if (head.issueDate <= current.issueDate) {
            revert TcbInfoNotNewer(current.issueDate, head.issueDate);
        }
        if (head.evaluation < current.evaluation) {
            revert TcbInfoEvaluationLower(current.evaluation, head.evaluation);
        }
        tcbInfos[tee][head.fmspc] =
            TcbData(TcbTable.create(table), head.issueDate, head.evaluation, digest);
        emit TcbInfoTaken(tee, head.fmspc, head.evaluation, head.issueDate, head.nextUpdate);
    }

    /// Takes the identity of the quoting enclave of SGX or of TDX, likewise.
    function putQeIdentity(bytes calldata json, bytes calldata signature, bytes32 signerId)
        external
    {
        (bytes32 digest, bool valid) = _verifyText(json, signature, signerId);
        if (!valid) revert QeIdentitySignatureInvalid(digest);
        (bytes memory table, TcbTable.Head memory head) = _text.qeIdentity(json, signerId);
        _requireQeIdentityOpen(head.issueDate, head.nextUpdate);
        Tee tee = head.isTdx ? Tee.Tdx : Tee.Sgx;
        TcbData storage current = qeIdentities[tee];
        if (digest == current.digest) return;
        if (head.issueDate <= current.issueDate) {
            revert QeIdentityNotNewer(current.issueDate, head.issueDate);
        }
        if (head.evaluation < current.evaluation) {
            revert QeIdentityEvaluationLower(current.evaluation, head.evaluation);
        }
        qeIdentities[tee] = TcbData(TcbTable.create(table), head.issueDate, head.evaluation, digest);
        emit QeIdentityTaken(tee, head.evaluation, head.issueDate, head.nextUpdate);
    }

    /* What verifiers ask. */

    /// Everything that a quote of this platform is judged by. Reverts unless
    /// each part is there, inside its window and not revoked.
    function collateral(bytes32 pckId, Tee tee) external view returns (Collateral memory c) {
        Pck storage pck = _pcks[pckId];
        c.caId = pck.caId;
        if (c.caId == 0) revert PckUnknown(pckId);
        (c.x, c.y) = (pck.x, pck.y);
        (c.fmspc, c.pceSvn, c.components) = (pck.fmspc, pck.pceSvn, pck.components);
        _requirePck(pckId, pck, c);
        uint256 rootCrl = _requireCrl(rootSlot, c);
        _requireCa(c, rootCrl);
        bytes32 signerId = _requireTcbInfo(tee, pck.pceId, c);
        _requireSigner(signerId, rootCrl, c);
        bytes32 other = _requireQeIdentity(tee, c);
        if (other != signerId) _requireSigner(other, rootCrl, c);
    }

    function getCa(bytes32 caId) external view returns (Ca memory) {
        if (_cas[caId].slot == 0) revert CaUnknown(caId);
        return _cas[caId];
    }

    function getPck(bytes32 pckId) external view returns (Pck memory) {
        if (_pcks[pckId].caId == 0) revert PckUnknown(pckId);
        return _pcks[pckId];
    }

    function getTcbSigner(bytes32 signerId) external view returns (TcbSigner memory) {
        if (_signers[signerId].notAfter == 0) revert TcbSignerUnknown(signerId);
        return _signers[signerId];
    }

    /* Each of these shortens validUntil to what it checked, if that is less. */

    function _requirePck(bytes32 pckId, Pck storage pck, Collateral memory c) private view {
        (uint40 from, uint40 to, uint160 serial) = (pck.notBefore, pck.notAfter, pck.serial);
        _requireOpen(pckId, from, to);
        c.validUntil = to;
        bytes32 slot = _cas[c.caId].slot;
        if (_revoked[slot][serial] == _requireCrl(slot, c)) revert PckRevoked(pckId, serial);
    }

    function _requireCa(Collateral memory c, uint256 rootCrl) private view {
        Ca storage ca = _cas[c.caId];
        (uint40 from, uint40 to, uint160 serial) = (ca.notBefore, ca.notAfter, ca.serial);
        _requireOpen(c.caId, from, to);
        if (_revoked[rootSlot][serial] == rootCrl) revert CaRevoked(c.caId, serial);
        if (to < c.validUntil) c.validUntil = to;
    }

    function _requireSigner(bytes32 signerId, uint256 rootCrl, Collateral memory c) private view {
        TcbSigner storage signer = _signers[signerId];
        (uint40 from, uint40 to, uint160 serial) =
            (signer.notBefore, signer.notAfter, signer.serial);
        if (to == 0) revert TcbSignerUnknown(signerId);
        _requireOpen(signerId, from, to);
        if (_revoked[rootSlot][serial] == rootCrl) revert TcbSignerRevoked(signerId, serial);
        if (to < c.validUntil) c.validUntil = to;
    }

    function _requireTcbInfo(Tee tee, bytes2 pceId, Collateral memory c)
        private
        view
        returns (bytes32 signerId)
    {
        c.tcbInfo = tcbInfos[tee][c.fmspc].table;
        if (c.tcbInfo == address(0)) revert TcbInfoMissing(tee, c.fmspc);
        uint256 head;
        (signerId, head) = TcbTable.headOf(TcbTable.load(c.tcbInfo, TcbTable.HEAD));
        uint40 until = head.nextUpdate();
        _requireTcbInfoOpen(head.issueDate(), until);
        bytes2 wanted = bytes2(head.pceIdOrProduct());
        if (wanted != pceId) revert PceIdMismatch(wanted, pceId);
        if (until < c.validUntil) c.validUntil = until;
    }

    function _requireQeIdentity(Tee tee, Collateral memory c)
        private
        view
        returns (bytes32 signerId)
    {
        c.qeIdentity = qeIdentities[tee].table;
        if (c.qeIdentity == address(0)) revert QeIdentityMissing(tee);
        uint256 head;
        (signerId, head) = TcbTable.headOf(TcbTable.load(c.qeIdentity, TcbTable.HEAD));
        uint40 until = head.nextUpdate();
        _requireQeIdentityOpen(head.issueDate(), until);
        if (until < c.validUntil) c.validUntil = until;
    }

    /// Gives the list's generation, which is never zero.
    function _requireCrl(bytes32 slot, Collateral memory c) private view returns (uint256) {
        CrlState storage state = crls[slot];
        (uint40 from, uint40 to, uint32 generation) =
            (state.thisUpdate, state.nextUpdate, state.generation);
        if (generation == 0) revert CrlMissing(slot);
        _requireFresh(slot, from, to);
        if (to < c.validUntil) c.validUntil = to;
        return generation;
    }

    function _requireFresh(bytes32 slot, uint256 thisUpdate, uint256 nextUpdate) private view {
        if (block.timestamp < thisUpdate) {
            revert CrlNotYetValid(slot, thisUpdate, block.timestamp);
        }
        if (block.timestamp > nextUpdate) revert CrlExpired(slot, nextUpdate, block.timestamp);
    }

    function _requireTcbInfoOpen(uint256 issueDate, uint256 nextUpdate) private view {
        if (block.timestamp < issueDate) revert TcbInfoNotYetValid(issueDate, block.timestamp);
        if (block.timestamp > nextUpdate) revert TcbInfoExpired(nextUpdate, block.timestamp);
    }

    function _requireQeIdentityOpen(uint256 issueDate, uint256 nextUpdate) private view {
        if (block.timestamp < issueDate) revert QeIdentityNotYetValid(issueDate, block.timestamp);
        if (block.timestamp > nextUpdate) revert QeIdentityExpired(nextUpdate, block.timestamp);
    }

    /// Both ends of a validity period belong to it (RFC 5280, 4.1.2.5).
    function _requireOpen(bytes32 id, uint256 notBefore, uint256 notAfter) private view {
        if (block.timestamp < notBefore) {
            revert CertificateNotYetValid(id, notBefore, block.timestamp);
        }
        if (block.timestamp > notAfter) revert CertificateExpired(id, notAfter, block.timestamp);
    }

    /// The CA that a certificate names as its issuer, by name and key id.
    function _issuerOf(X509.Certificate memory cert) private view returns (bytes32 caId) {
        bytes32 slot = _slot(cert.issuer, cert.authorityKeyId);
        caId = currentCa[slot];
        if (caId == 0) revert PckIssuerUnknown(slot, cert.issuerCn);
        Ca storage ca = _cas[caId];
        _requireOpen(caId, ca.notBefore, ca.notAfter);
        if (isRevoked(rootSlot, ca.serial)) revert CaRevoked(caId, ca.serial);
    }

    function _signedByRoot(X509.Certificate memory cert) private view returns (bool) {
        return P256.verify(cert.digest, cert.r, cert.s, rootX, rootY);
    }

    function _verifyText(bytes calldata json, bytes calldata signature, bytes32 signerId)
        private
        view
        returns (bytes32 digest, bool valid)
    {
        if (signature.length != 64) revert SignatureLengthUnexpected(signature.length);
        Collateral memory scratch;
        _requireSigner(signerId, _requireCrl(rootSlot, scratch), scratch);
        TcbSigner storage signer = _signers[signerId];
        digest = sha256(json);
        valid = P256.verify(
            digest, bytes32(signature[:32]), bytes32(signature[32:]), signer.x, signer.y
        );
    }

    function _slot(bytes32 subject, bytes32 keyId) private pure returns (bytes32) {
        return keccak256(abi.encode(subject, keyId));
    }

    function _same(string memory a, string memory b) private pure returns (bool) {
        return keccak256(bytes(a)) == keccak256(bytes(b));
    }
}
