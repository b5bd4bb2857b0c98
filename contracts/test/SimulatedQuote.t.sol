// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {vm} from "../script/Vm.sol";
import {CollateralRegistry} from "../src/attestation/CollateralRegistry.sol";
import {Pem} from "../src/attestation/Pem.sol";
import {QuoteReport, ReportBody} from "../src/attestation/QuoteReport.sol";
import {QuoteVerifier} from "../src/attestation/QuoteVerifier.sol";
import {TcbJudge} from "../src/attestation/TcbJudge.sol";
import {Check} from "./kit/Check.sol";
import {Collateral, PemReader} from "../script/Collateral.sol";

/// What the TEE simulator makes, as its C code makes it, is accepted when valid
/// and refused for the right reason when not. The bytes are fixtures/quotes/.
contract SimulatedQuoteTest is Check {
    using ReportBody for QuoteReport;

    string private constant DIR = "../fixtures/quotes/";
    /// 2026-01-01, within every certificate's window.
    uint256 private constant TIME = 1_767_225_600;

    CollateralRegistry private registry;
    QuoteVerifier private verifier;
    PemReader private reader;

    function setUp() public {
        string memory root = vm.readFile(string.concat(DIR, "root.json"));
        vm.warp(TIME);
        reader = new PemReader();
        registry = new CollateralRegistry(
            vm.parseJsonBytes32(root, ".x"), vm.parseJsonBytes32(root, ".y"), "SIMULATED"
        );
        verifier = new QuoteVerifier(registry);
        Collateral.put(
            registry, Collateral.parse(vm.readFile(string.concat(DIR, "collateral.json")))
        );
        (bytes memory pck,) = _chain("valid");
        registry.registerPck(pck);
    }

    function test_validQuoteIsAccepted() public view {
        string memory measurement = vm.readFile(string.concat(DIR, "measurement.json"));
        QuoteReport memory r = verifier.verifyFullQuote(_quote("valid"));
        eq(r.measurement, vm.parseJsonBytes32(measurement, ".measurement"), "measurement");
        eq(bytes32(r.attributes), bytes32(hex"00000010"), "TDATTRIBUTES");
        eq(bytes32(r.fmspc), bytes32(hex"102030405060"), "FMSPC");
        eq(
            r.reportData[0],
            hex"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
            "report data"
        );
        eq(r.reportData[1], 0, "report data's second half");
    }

    function test_zerosAfterAQuoteAreAccepted() public view {
        QuoteReport memory r = verifier.verifyFullQuote(_quote("trailing-zeros"));
        eq(r.quoteDigest, sha256(cut(_quote("valid"), 0, 632)), "digest");
    }

    /// The AVS judges these: the quote itself is genuine.
    function test_policyFaultsAreReported() public view {
        bytes32 good = verifier.verifyFullQuote(_quote("valid")).measurement;
        QuoteReport memory r = verifier.verifyFullQuote(_quote("td-debug"));
        eq(bytes32(r.attributes), bytes32(hex"01000010"), "DEBUG");
        eq(r.measurement, good, "measurement of the debug TD");
        r = verifier.verifyFullQuote(_quote("sept-ve-clear"));
        eq(bytes32(r.attributes), bytes32(0), "SEPT_VE_DISABLE");
        r = verifier.verifyFullQuote(_quote("wrong-mrtd"));
        no(r.measurement == good, "another image has the same measurement");
    }

    function test_faultyQuotesAreRefused() public view {
        _refused("wrong-version", QuoteVerifier.QuoteVersionUnsupported.selector);
        _refused("truncated", QuoteVerifier.AuthDataTruncated.selector);
        _refused("auth-length-huge", QuoteVerifier.AuthDataTruncated.selector);
        _refused("wrong-cert-type", QuoteVerifier.PckCertificationTypeUnsupported.selector);
        _refused("chain-garbage", Pem.PemHeaderMissing.selector);
        _refused("body-flipped", QuoteVerifier.QuoteSignatureInvalid.selector);
        _refused("quote-wrong-signer", QuoteVerifier.QuoteSignatureInvalid.selector);
        _refused("replaced-attestation-key", QuoteVerifier.AttestationKeyNotBound.selector);
        _refused("qe-wrong-binding", QuoteVerifier.AttestationKeyNotBound.selector);
        _refused("qe-auth-flipped", QuoteVerifier.AttestationKeyNotBound.selector);
        _refused("qe-wrong-signer", QuoteVerifier.QeReportSignatureInvalid.selector);
        _refused("wrong-seam-signer", TcbJudge.SeamSignerMismatch.selector);
    }

    /// Faults of the certificates stop earlier: nobody can register them.
    function test_faultyCertificatesAreRefused() public {
        _pckRefused("pck-expired", CollateralRegistry.CertificateExpired.selector);
        _pckRefused("pck-wrong-signer", CollateralRegistry.PckNotSignedByCa.selector);
        _pckRefused("pck-no-sgx-extension", CollateralRegistry.PckWithoutSgxExtension.selector);
        _pckRefused("pck-is-ca", CollateralRegistry.PckMarkedAsCa.selector);
        (, bytes memory ca) = _chain("ca-wrong-signer");
        try registry.addCa(ca) {
            revert NotSo("ca-wrong-signer is refused");
        } catch (bytes memory reason) {
            eq(
                bytes32(bytes4(reason)),
                bytes32(CollateralRegistry.CaNotSignedByRoot.selector),
                "ca-wrong-signer"
            );
        }
    }

    function _refused(string memory fault, bytes4 selector) private view {
        try verifier.verifyFullQuote(_quote(fault)) {
            revert NotSo(string.concat(fault, " is refused"));
        } catch (bytes memory reason) {
            eq(bytes32(bytes4(reason)), bytes32(selector), fault);
        }
    }

    function _pckRefused(string memory fault, bytes4 selector) private {
        (bytes memory pck,) = _chain(fault);
        try registry.registerPck(pck) {
            revert NotSo(string.concat(fault, " is refused"));
        } catch (bytes memory reason) {
            eq(bytes32(bytes4(reason)), bytes32(selector), fault);
        }
        _refused(fault, CollateralRegistry.PckUnknown.selector);
    }

    function _quote(string memory name) private view returns (bytes memory) {
        string memory text = vm.readFile(string.concat(DIR, name, ".hex"));
        return vm.parseBytes(string.concat("0x", vm.trim(text)));
    }

    /// The first two certificates of a quote's chain: PCK and its CA.
    function _chain(string memory name) private view returns (bytes memory pck, bytes memory ca) {
        bytes memory quote = _quote(name);
        bytes memory pem = cut(quote, 636 + 584 + 32 + 6, quote.length);
        uint256 at;
        (pck, at) = reader.read(pem, 0);
        (ca,) = reader.read(pem, at);
    }
}
