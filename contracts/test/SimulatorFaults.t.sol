// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {Collateral, PemReader} from "../script/Collateral.sol";
import {vm} from "../script/Vm.sol";
import {CollateralRegistry} from "../src/attestation/CollateralRegistry.sol";
import {Der} from "../src/attestation/Der.sol";
import {JsonErrors} from "../src/attestation/Json.sol";
import {Pem} from "../src/attestation/Pem.sol";
import {QuoteKind, QuoteReport, TcbStatus} from "../src/attestation/QuoteReport.sol";
import {QuoteVerifier} from "../src/attestation/QuoteVerifier.sol";
import {SgxExtension} from "../src/attestation/SgxExtension.sol";
import {TcbJudge} from "../src/attestation/TcbJudge.sol";
import {TcbTextErrors} from "../src/attestation/TcbText.sol";
import {X509} from "../src/attestation/X509.sol";
import {Check} from "./kit/Check.sol";
import {Compact} from "./kit/Compact.sol";

/// Every fault that the TEE simulator knows, of every kind of quote that can have
/// it, is refused by the check that is meant to; what is odd but valid, and what
/// the AVS must judge, is accepted with its status. tools/check-contracts has the
/// simulator make quotes and collateral anew.
contract SimulatorFaultsTest is Check {
    string private constant FOLDER = "../build/quotes/";
    uint256 private constant TIME = 1_767_225_600;

    string[3] private KINDS = ["sgx3", "tdx4", "tdx5"];

    CollateralRegistry private registry;
    QuoteVerifier private verifier;
    PemReader private reader;
    /// Of the valid quotes, for quotes that have no chain to read.
    mapping(string kind => bytes leaf) private leaves;
    /// The faults that a test names; and whether it does only that.
    mapping(string fault => bool) private named;
    bool private onlyNaming;
    bool private present;

    function setUp() public {
        string memory root;
        try vm.readFile(string.concat(FOLDER, "root.json")) returns (string memory text) {
            root = text;
        } catch {
            return;
        }
        present = true;
        vm.warp(TIME);
        reader = new PemReader();
        registry = new CollateralRegistry(
            vm.parseJsonBytes32(root, ".x"), vm.parseJsonBytes32(root, ".y"), "SIMULATED"
        );
        verifier = new QuoteVerifier(registry);
        for (uint256 i = 0; i < KINDS.length; i++) {
            bytes memory quote = _read(KINDS[i], "valid");
            (leaves[KINDS[i]],) = reader.read(Compact.pem(quote), 0);
        }
    }

    modifier ifPresent() {
        vm.skip(!present, "SKIPPED: no simulated quotes in build/quotes: make check-contracts");
        _;
    }

    function test_quotes() public ifPresent {
        _accepted("valid", TcbStatus.UpToDate);
        _accepted("no-pem-nul", TcbStatus.UpToDate);
        _accepted("trailing-zeros", TcbStatus.UpToDate);
        _accepted("high-s", TcbStatus.UpToDate);
        _accepted("qe-auth-empty", TcbStatus.UpToDate);
        _accepted("qe-auth-64", TcbStatus.UpToDate);
        _refused("wrong-version", QuoteVerifier.QuoteVersionUnsupported.selector);
        _refused("wrong-key-type", QuoteVerifier.AttestationKeyTypeUnsupported.selector);
        _refused("unknown-tee-type", QuoteVerifier.TeeTypeUnsupported.selector);
        _refused("wrong-vendor", QuoteVerifier.QeVendorUnknown.selector);
        _refused("swapped-tee-type", QuoteVerifier.TeeTypeUnsupported.selector);
        _refused("truncated", QuoteVerifier.AuthDataTruncated.selector);
        _refused("truncated-body", QuoteVerifier.QuoteTooShort.selector);
        _refused("auth-length-plus-one", QuoteVerifier.AuthDataTruncated.selector);
        _refused("auth-length-huge", QuoteVerifier.AuthDataTruncated.selector);
        _refused("wrong-cert-type", QuoteVerifier.PckCertificationTypeUnsupported.selector);
        _refused("cert-length-huge", QuoteVerifier.AuthDataSizeMismatch.selector);
        _refused("wrong-outer-type", QuoteVerifier.CertificationTypeUnsupported.selector);
        _refused("body-type-td10", QuoteVerifier.QuoteBodySizeMismatch.selector);
        _refused("body-size-td10", QuoteVerifier.QuoteBodySizeMismatch.selector);
        _refused("unknown-body-type", QuoteVerifier.QuoteBodyTypeUnsupported.selector);
        bytes4 unsigned = QuoteVerifier.QuoteSignatureInvalid.selector;
        _refused("body-flipped", unsigned);
        _refused("header-flipped", unsigned);
        _refused("quote-wrong-signer", unsigned);
        _refused("trivial-signature", unsigned);
        bytes4 unbound = QuoteVerifier.AttestationKeyNotBound.selector;
        _refused("replaced-attestation-key", unbound);
        _refused("qe-wrong-binding", unbound);
        _refused("qe-auth-flipped", unbound);
        _refused("qe-binding-tail", QuoteVerifier.QeReportDataTailNotZero.selector);
        _refused("qe-wrong-signer", QuoteVerifier.QeReportSignatureInvalid.selector);
    }

    /// Genuine, so accepted; what they say is the AVS's to judge.
    function test_policy() public ifPresent {
        _accepted("td-debug", TcbStatus.UpToDate);
        _accepted("td-reserved-bit", TcbStatus.UpToDate);
        _accepted("sept-ve-clear", TcbStatus.UpToDate);
        _accepted("service-td", TcbStatus.UpToDate);
        _accepted("wrong-mrtd", TcbStatus.UpToDate);
        _accepted("wrong-rtmr3", TcbStatus.UpToDate);
    }

    function test_chains() public ifPresent {
        _refused("chain-garbage", Pem.PemHeaderMissing.selector);
        _refused("chain-leaf-only", Pem.PemHeaderMissing.selector);
        _refused("chain-reversed", CollateralRegistry.PckIssuerUnknown.selector);
        _refused("pck-expired", CollateralRegistry.CertificateExpired.selector);
        _refused("pck-not-yet-valid", CollateralRegistry.CertificateNotYetValid.selector);
        _refused("pck-wrong-signer", CollateralRegistry.PckNotSignedByCa.selector);
        _refused("ca-wrong-signer", CollateralRegistry.CaNotSignedByRoot.selector);
        _refused("ca-forged-foreign", CollateralRegistry.CaNotSignedByRoot.selector);
        _refused("ca-forged", CollateralRegistry.CaNotSignedByRoot.selector);
        _refused("foreign-root", QuoteVerifier.PckChainRootDiffers.selector);
        _refused("pck-no-sgx-extension", CollateralRegistry.PckWithoutSgxExtension.selector);
        _refused("pck-no-ppid", SgxExtension.SgxExtensionIncomplete.selector);
        _refused("pck-no-fmspc", SgxExtension.SgxExtensionIncomplete.selector);
        _refused("pck-wrong-cpusvn", SgxExtension.SgxCpuSvnMismatch.selector);
        _refused("pck-no-authority", X509.X509ExtensionMissing.selector);
        _refused("pck-no-crl-point", X509.X509ExtensionMissing.selector);
        _refused("pck-unknown-critical", X509.X509ExtensionCritical.selector);
        _refused("pck-is-ca", CollateralRegistry.PckMarkedAsCa.selector);
        _refused("ca-expired", CollateralRegistry.CertificateExpired.selector);
        _refused("pck-wrong-name", CollateralRegistry.PckNameUnexpected.selector);
        _refused("pck-wrong-issuer-name", CollateralRegistry.PckIssuerUnknown.selector);
        _refused("ca-wrong-name", CollateralRegistry.CaNameUnexpected.selector);
        _refused("pck-wrong-authority", CollateralRegistry.PckIssuerUnknown.selector);
        _refused("ca-is-no-ca", CollateralRegistry.CaNotMarkedAsCa.selector);
    }

    function test_revocation() public ifPresent {
        _accepted("crl-unrelated", TcbStatus.UpToDate);
        _refused("crl-revokes-pck", CollateralRegistry.PckRevoked.selector);
        _refused("crl-revokes-ca", CollateralRegistry.CaRevoked.selector);
        _refused("crl-revokes-signer", CollateralRegistry.TcbSignerRevoked.selector);
        _refused("crl-revokes-root", QuoteVerifier.PckChainRootRevoked.selector);
        _refused("signer-expired", CollateralRegistry.CertificateExpired.selector);
        _refused("signer-wrong-signer", CollateralRegistry.TcbSignerNotSignedByRoot.selector);
        _refused("signer-wrong-name", CollateralRegistry.TcbSignerNameUnexpected.selector);
        _refused("pck-crl-expired", CollateralRegistry.CrlExpired.selector);
        _refused("root-crl-expired", CollateralRegistry.CrlExpired.selector);
        _refused("pck-crl-wrong-signer", CollateralRegistry.CrlSignatureInvalid.selector);
        _refused("root-crl-wrong-signer", CollateralRegistry.CrlSignatureInvalid.selector);
        _refused("pck-crl-garbage", Der.DerTagUnexpected.selector);
        _refused("pck-crl-other-ca", CollateralRegistry.CrlIssuerUnknown.selector);
        _refused("pck-crl-no-extensions", Der.DerTruncated.selector);
    }

    function test_quotingEnclave() public ifPresent {
        _refused("qe-wrong-mrsigner", TcbJudge.QeSignerMismatch.selector);
        _refused("qe-wrong-product", TcbJudge.QeProductMismatch.selector);
        _refused("qe-not-initialised", TcbJudge.QeAttributesMismatch.selector);
        _refused("qe-debug", TcbJudge.QeAttributesMismatch.selector);
        _refused("qe-misc-select", TcbJudge.QeMiscSelectMismatch.selector);
        _accepted("qe-out-of-date", TcbStatus.OutOfDate);
        _refused("qe-too-old", TcbJudge.QeTcbNotSupported.selector);
        _refused("qe-revoked", TcbJudge.QeTcbRevoked.selector);
        _refused("identity-expired", CollateralRegistry.QeIdentityExpired.selector);
        _refused("identity-in-future", CollateralRegistry.QeIdentityNotYetValid.selector);
        _refused("identity-wrong-signer", CollateralRegistry.QeIdentitySignatureInvalid.selector);
        _refused("identity-changed", CollateralRegistry.QeIdentitySignatureInvalid.selector);
        _refused("identity-other-tee", CollateralRegistry.QeIdentityMissing.selector);
        _refused("identity-version-3", TcbTextErrors.QeIdentityVersionUnsupported.selector);
    }

    function test_platform() public ifPresent {
        _refused("pce-too-old", TcbJudge.TcbNotSupported.selector);
        _refused("cpu-too-old", TcbJudge.TcbNotSupported.selector);
        _refused("seam-too-old", TcbJudge.TcbNotSupported.selector);
        _accepted("cpu-out-of-date", TcbStatus.OutOfDate);
        _accepted("cpu-updated", TcbStatus.UpToDate);
        _refused("tcb-expired", CollateralRegistry.TcbInfoExpired.selector);
        _refused("tcb-in-future", CollateralRegistry.TcbInfoNotYetValid.selector);
        _refused("tcb-wrong-signer", CollateralRegistry.TcbInfoSignatureInvalid.selector);
        _refused("tcb-changed", CollateralRegistry.TcbInfoSignatureInvalid.selector);
        _refused("tcb-wrong-fmspc", CollateralRegistry.TcbInfoMissing.selector);
        _refused("tcb-wrong-pceid", CollateralRegistry.PceIdMismatch.selector);
        _refused("tcb-revoked", TcbJudge.TcbRevoked.selector);
        _accepted("tcb-out-of-date", TcbStatus.OutOfDate);
        _accepted("tcb-sw-and-qe-out-of-date", TcbStatus.OutOfDate);
        _accepted("tcb-config-and-qe-out-of-date", TcbStatus.OutOfDateConfigurationNeeded);
        _accepted("tcb-levels-reversed", TcbStatus.UpToDate);
        _refused("tcb-unknown-status", TcbTextErrors.TcbStatusUnknown.selector);
        _refused("tcb-15-components", TcbTextErrors.TcbComponentCount.selector);
        _refused("tcb-no-json", CollateralRegistry.TcbInfoSignatureInvalid.selector);
        _accepted("tcb-other-evaluation", TcbStatus.UpToDate);
        /* The catalogue lets a verifier accept these two; ours takes Intel's
           form and no other (docs/attestation.md). */
        _refused("tcb-spaced", JsonErrors.JsonWhitespace.selector);
        _refused("tcb-extra-key", JsonErrors.JsonUnexpected.selector);
    }

    function test_module() public ifPresent {
        _refused("wrong-seam-signer", TcbJudge.SeamSignerMismatch.selector);
        _refused("seam-attributes", TcbJudge.SeamAttributesMismatch.selector);
        _refused("module-unknown", TcbJudge.TdxModuleUnknown.selector);
        /* TD reports 1.5 show that the module was updated since. */
        _accepted("module-out-of-date", TcbStatus.OutOfDate, TcbStatus.TDRelaunchAdvised);
        _accepted("td-relaunch", TcbStatus.TDRelaunchAdvised);
        _refused("module-too-old", TcbJudge.TdxModuleTcbNotSupported.selector);
        _refused("module-revoked", TcbJudge.TdxModuleTcbRevoked.selector);
        _accepted("tcb-module-component", TcbStatus.UpToDate);
        _accepted("tcb-module-mask", TcbStatus.UpToDate);
        _refused("module-mask-hides", TcbJudge.SeamAttributesMismatch.selector);
        _refused("tcb-no-module", JsonErrors.JsonUnexpected.selector);
        _refused("tcb-no-identities", TcbJudge.TdxModuleUnknown.selector);
        _refused("tcb-no-tdx-components", JsonErrors.JsonUnexpected.selector);
        _refused("tcb-other-tee", JsonErrors.JsonUnexpected.selector);
    }

    /// Where Automata's verifier stopped looking once something was revoked.
    function test_revokedAndForged() public ifPresent {
        _refused("qe-revoked-and-wrong-signer", QuoteVerifier.QuoteSignatureInvalid.selector);
        _refused("qe-revoked-and-forged-pck", CollateralRegistry.PckNotSignedByCa.selector);
        _refused("tcb-revoked-and-wrong-signer", QuoteVerifier.QuoteSignatureInvalid.selector);
    }

    /// Every fault of the simulator has its line here.
    function test_noFaultIsLeftOut() public ifPresent {
        onlyNaming = true;
        test_quotes();
        test_policy();
        test_chains();
        test_revocation();
        test_quotingEnclave();
        test_platform();
        test_module();
        test_revokedAndForged();
        bytes memory list = vm.readFileBinary(string.concat(FOLDER, "faults"));
        uint256 start;
        for (uint256 i = 0; i < list.length; i++) {
            if (list[i] != "\n") continue;
            string memory fault = string(cut(list, start, i));
            yes(named[fault], fault);
            start = i + 1;
        }
    }

    function _accepted(string memory fault, TcbStatus status) private {
        _accepted(fault, status, status);
    }

    /// The second status is that of TD reports 1.5.
    function _accepted(string memory fault, TcbStatus status, TcbStatus td15) private {
        named[fault] = true;
        for (uint256 i = 0; i < KINDS.length && !onlyNaming; i++) {
            if (!_exists(KINDS[i], fault)) continue;
            (bytes memory reason, QuoteReport memory r) = _play(KINDS[i], fault);
            string memory what = string.concat(KINDS[i], " ", fault);
            eq(bytes32(bytes4(reason)), 0, what);
            TcbStatus expected = r.kind == QuoteKind.Td15 ? td15 : status;
            eq(uint256(r.tcbStatus), uint256(expected), what);
        }
    }

    function _refused(string memory fault, bytes4 selector) private {
        named[fault] = true;
        for (uint256 i = 0; i < KINDS.length && !onlyNaming; i++) {
            if (!_exists(KINDS[i], fault)) continue;
            (bytes memory reason,) = _play(KINDS[i], fault);
            string memory what = string.concat(KINDS[i], " ", fault);
            eq(bytes32(bytes4(reason)), bytes32(selector), what);
        }
    }

    /// What is said against a quote with its collateral, from an empty registry.
    function _play(string memory kind, string memory fault)
        private
        returns (bytes memory reason, QuoteReport memory report)
    {
        uint256 snapshot = vm.snapshotState();
        try this.verify(kind, fault) returns (QuoteReport memory r) {
            report = r;
        } catch (bytes memory why) {
            reason = why;
        }
        vm.revertToState(snapshot);
    }

    /// Puts all of it on chain, the quote's own CA and platform too.
    function verify(string calldata kind, string calldata fault)
        external
        returns (QuoteReport memory)
    {
        bytes memory quote = _read(kind, fault);
        string memory path = string.concat(FOLDER, kind, "/", fault, "/collateral.json");
        Collateral.File memory f = Collateral.parse(vm.readFile(path));
        (bytes memory leaf, bytes memory ca) = (leaves[kind], f.ca);
        try this.chainOf(quote) returns (bytes memory l, bytes memory c) {
            (leaf, ca) = (l, c);
        } catch {}
        registry.putCrl(f.rootCrl);
        registry.addCa(ca);
        registry.addCa(f.ca);
        registry.putCrl(f.pckCrl);
        bytes32 signer = registry.addTcbSigner(f.tcbInfoSigner);
        registry.putTcbInfo(f.tcbInfo, f.tcbInfoSignature, signer);
        signer = registry.addTcbSigner(f.qeIdentitySigner);
        registry.putQeIdentity(f.qeIdentity, f.qeIdentitySignature, signer);
        registry.registerPck(leaf);
        return verifier.verifyFullQuote(quote);
    }

    /// The first two certificates of a quote's chain.
    function chainOf(bytes calldata quote)
        external
        view
        returns (bytes memory leaf, bytes memory ca)
    {
        bytes memory pem = Compact.pem(quote);
        uint256 at;
        (leaf, at) = reader.read(pem, 0);
        (ca,) = reader.read(pem, at);
    }

    function _exists(string memory kind, string memory fault) private view returns (bool) {
        return vm.exists(string.concat(FOLDER, kind, "/", fault, "/quote.bin"));
    }

    function _read(string memory kind, string memory fault) private view returns (bytes memory) {
        return vm.readFileBinary(string.concat(FOLDER, kind, "/", fault, "/quote.bin"));
    }
}
