// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {vm} from "../script/Vm.sol";
import {CollateralRegistry} from "../src/attestation/CollateralRegistry.sol";
import {Pem} from "../src/attestation/Pem.sol";
import {QuoteVerifier} from "../src/attestation/QuoteVerifier.sol";
import {IAllocationManager} from "../src/eigenlayer/IAllocationManager.sol";
import {IRewardsCoordinator} from "../src/eigenlayer/IRewardsCoordinator.sol";
import {AttestationPolicy} from "../src/phala/AttestationPolicy.sol";
import {PhalaServiceManager} from "../src/phala/PhalaServiceManager.sol";
import {Check} from "./kit/Check.sol";
import {PemReader} from "./QuoteVerifier.t.sol";

/// Every fault that the TEE simulator knows is refused by the check that is
/// meant to, or its line here says that nothing refuses it yet. The quotes are
/// made anew by tools/check-contracts; SimulatedQuote.t.sol has committed ones.
contract SimulatorFaultsTest is Check {
    string private constant FOLDER = "../build/quotes/";
    uint256 private constant TIME = 1_767_225_600;
    /// Of a quote that the verifier accepts: here no measurement is allowed.
    bytes4 private immutable ACCEPTED = AttestationPolicy.MeasurementNotAllowed.selector;
    bytes4 private immutable UNSIGNED = QuoteVerifier.QuoteSignatureInvalid.selector;
    bytes4 private immutable UNBOUND = QuoteVerifier.AttestationKeyNotBound.selector;

    PemReader private reader;
    bytes32 private rootX;
    bytes32 private rootY;
    bytes private valid;
    uint256 private played;

    function setUp() public {
        try vm.readFile(string.concat(FOLDER, "root.json")) returns (string memory root) {
            rootX = vm.parseJsonBytes32(root, ".x");
            rootY = vm.parseJsonBytes32(root, ".y");
        } catch {
            return;
        }
        vm.warp(TIME);
        reader = new PemReader();
        valid = _read("valid");
    }

    modifier ifPresent() {
        vm.skip(
            valid.length == 0, "SKIPPED: no simulated quotes in build/quotes: make check-contracts"
        );
        _;
    }

    function test_quotes() public ifPresent {
        _quote("no-pem-nul", ACCEPTED);
        _quote("trailing-zeros", ACCEPTED);
        _quote("high-s", ACCEPTED);
        _quote("wrong-version", QuoteVerifier.QuoteVersionUnsupported.selector);
        _quote("wrong-key-type", QuoteVerifier.AttestationKeyTypeUnsupported.selector);
        _quote("unknown-tee-type", QuoteVerifier.TeeTypeUnsupported.selector);
        _quote("wrong-vendor", QuoteVerifier.QeVendorUnknown.selector);
        _quote("swapped-tee-type", QuoteVerifier.TeeTypeUnsupported.selector);
        _quote("truncated", QuoteVerifier.AuthDataTruncated.selector);
        _quote("truncated-body", QuoteVerifier.QuoteTooShort.selector);
        _quote("auth-length-plus-one", QuoteVerifier.AuthDataTruncated.selector);
        _quote("auth-length-huge", QuoteVerifier.AuthDataTruncated.selector);
        _quote("wrong-cert-type", QuoteVerifier.PckCertificationTypeUnsupported.selector);
        _quote("cert-length-huge", QuoteVerifier.AuthDataSizeMismatch.selector);
        _quote("chain-garbage", Pem.PemHeaderMissing.selector);
        _quote("chain-leaf-only", Pem.PemHeaderMissing.selector);
        _quote("chain-reversed", CollateralRegistry.PckUnknown.selector);
        _quote("wrong-outer-type", QuoteVerifier.CertificationTypeUnsupported.selector);
        _quote("body-flipped", UNSIGNED);
        _quote("header-flipped", UNSIGNED);
        _quote("quote-wrong-signer", UNSIGNED);
        _quote("replaced-attestation-key", UNBOUND);
        _quote("trivial-signature", UNSIGNED);
        _quote("qe-wrong-signer", QuoteVerifier.QeReportSignatureInvalid.selector);
        _quote("qe-wrong-binding", UNBOUND);
        _quote("qe-binding-tail", QuoteVerifier.QeReportDataTailNotZero.selector);
        _quote("qe-auth-flipped", UNBOUND);
        _quote("td-debug", AttestationPolicy.DebugTd.selector);
        _quote("td-reserved-bit", AttestationPolicy.TdAttributesReserved.selector);
        _quote("sept-ve-clear", AttestationPolicy.SeptVeDisableMissing.selector);
        _quote("wrong-seam-signer", QuoteVerifier.SeamSignerNotIntel.selector);
        _quote("seam-attributes", QuoteVerifier.SeamAttributesNotZero.selector);
        /* No signed identity of the quoting enclave is held against it yet. */
        _quote("qe-wrong-mrsigner", ACCEPTED);
        _quote("qe-wrong-product", ACCEPTED);
        _quote("qe-not-initialised", ACCEPTED);
        _quote("qe-debug", ACCEPTED);
        _quote("qe-misc-select", ACCEPTED);
        _quote("qe-out-of-date", ACCEPTED);
        _quote("qe-too-old", ACCEPTED);
        _quote("qe-revoked", ACCEPTED);
        /* No TCB info is held against it yet. */
        _quote("module-unknown", ACCEPTED);
        _quote("module-out-of-date", ACCEPTED);
        _quote("module-too-old", ACCEPTED);
        _quote("module-revoked", ACCEPTED);
        _quote("seam-too-old", ACCEPTED);
    }

    /// Faults in the chain show when it is registered.
    function test_chains() public ifPresent {
        _chain("pck-expired", CollateralRegistry.CertificateExpired.selector);
        _chain("pck-not-yet-valid", CollateralRegistry.CertificateNotYetValid.selector);
        _chain("pck-wrong-signer", CollateralRegistry.PckNotSignedByCa.selector);
        _chain("ca-wrong-signer", CollateralRegistry.CaNotSignedByRoot.selector);
        _chain("foreign-root", QuoteVerifier.PckChainRootDiffers.selector);
        _chain("pck-no-sgx-extension", CollateralRegistry.PckWithoutSgxExtension.selector);
        _chain("pck-is-ca", CollateralRegistry.PckMarkedAsCa.selector);
        _chain("ca-expired", CollateralRegistry.CertificateExpired.selector);
        _chain("pck-wrong-name", CollateralRegistry.PckNameUnexpected.selector);
        _chain("pck-wrong-issuer-name", CollateralRegistry.PckIssuerUnknown.selector);
        _chain("ca-wrong-name", CollateralRegistry.CaNameUnexpected.selector);
        _chain("pck-wrong-authority", CollateralRegistry.PckIssuerUnknown.selector);
        _chain("ca-is-no-ca", CollateralRegistry.CaNotMarkedAsCa.selector);
        /* No TCB info is held against it yet. */
        _chain("pce-too-old", ACCEPTED);
        _chain("cpu-too-old", ACCEPTED);
        _chain("cpu-out-of-date", ACCEPTED);
    }

    /// Every fault of the simulator has its line here.
    function test_noFaultIsLeftOut() public ifPresent {
        test_quotes();
        test_chains();
        bytes memory list = vm.readFileBinary(string.concat(FOLDER, "faults"));
        uint256 faults;
        for (uint256 i = 0; i < list.length; i++) {
            if (list[i] == "\n") faults++;
        }
        eq(played, faults, "faults");
    }

    /// A quote after the chain of a valid one was registered.
    function _quote(string memory fault, bytes4 expected) private {
        _expect(fault, _play(valid, _read(fault)), expected);
    }

    /// A quote whose own chain is registered first.
    function _chain(string memory fault, bytes4 expected) private {
        bytes memory quote = _read(fault);
        _expect(fault, _play(quote, quote), expected);
    }

    function _expect(string memory fault, bytes memory reason, bytes4 expected) private {
        eq(bytes32(bytes4(reason)), bytes32(expected), fault);
        played++;
    }

    /// What is said against the quote: there is always something, because no
    /// measurement is allowed.
    function _play(bytes memory chained, bytes memory quote) private returns (bytes memory) {
        CollateralRegistry registry = new CollateralRegistry(rootX, rootY, "SIMULATED");
        (bytes memory pck, bytes memory ca) = _certificates(chained);
        try registry.addCa(ca) {}
        catch (bytes memory reason) {
            return reason;
        }
        try registry.registerPck(pck) {}
        catch (bytes memory reason) {
            return reason;
        }
        PhalaServiceManager policy = new PhalaServiceManager(
            IAllocationManager(address(1)),
            IRewardsCoordinator(address(1)),
            new QuoteVerifier(registry),
            IERC20(address(1)),
            1
        );
        try policy.checkAttestation(quote, 0) {
            revert NotSo("some measurement is allowed");
        } catch (bytes memory reason) {
            return reason;
        }
    }

    function _certificates(bytes memory quote)
        private
        view
        returns (bytes memory pck, bytes memory ca)
    {
        bytes memory pem = cut(quote, 636 + 584 + 32 + 6, quote.length);
        uint256 at;
        (pck, at) = reader.read(pem, 0);
        (ca,) = reader.read(pem, at);
    }

    function _read(string memory name) private view returns (bytes memory) {
        return vm.readFileBinary(string.concat(FOLDER, name, ".bin"));
    }
}
