// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {Collateral, PemReader} from "../script/Collateral.sol";
import {vm} from "../script/Vm.sol";
import {CollateralRegistry} from "../src/attestation/CollateralRegistry.sol";
import {QuoteKind, QuoteReport, ReportBody, TcbStatus} from "../src/attestation/QuoteReport.sol";
import {QuoteVerifier} from "../src/attestation/QuoteVerifier.sol";
import {Check} from "./kit/Check.sol";
import {Compact} from "./kit/Compact.sol";

/// Quotes that Intel's hardware made, under Intel's root key, with the
/// collateral of their day. Their bytes are nobody's to commit, so they are read
/// from beside the repository, and their absence is said loudly.
contract GenuineQuoteTest is Check {
    using ReportBody for QuoteReport;

    string private constant FOLDER = "../../shared/quotes-genuine/";
    /// When the quotes were made.
    uint256 private constant SGX_TIME = 1_750_330_631;
    uint256 private constant TDX_TIME = 1_750_329_207;
    /// Intel SGX Root CA, as published.
    bytes32 private constant X = 0x0ba9c4c0c0c86193a3fe23d6b02cda10a8bbd4e88e48b4458561a36e705525f5;
    bytes32 private constant Y = 0x67918e2edc88e40d860bd0cc4ee26aacc988e505a953558c453f6b0904ae7394;

    CollateralRegistry private registry;
    QuoteVerifier private verifier;
    bytes private sgx;
    bytes private tdx;
    bytes32 private sgxPck;
    bytes32 private tdxPck;

    function setUp() public {
        /* Without the folder forge refuses even the question. */
        try vm.readFileBinary(string.concat(FOLDER, "tdx_quote")) returns (bytes memory read) {
            tdx = read;
        } catch {
            return;
        }
        sgx = vm.readFileBinary(string.concat(FOLDER, "sgx_quote"));
        vm.warp(TDX_TIME);
        registry = new CollateralRegistry(X, Y, "Intel");
        verifier = new QuoteVerifier(registry);
        Collateral.File memory f = _collateral("tdx_quote");
        Collateral.put(registry, f);
        tdxPck = registry.registerPck(_leaf(tdx));
        /* Root CRL and signing certificate are the same for both. */
        vm.warp(SGX_TIME);
        Collateral.File memory g = _collateral("sgx_quote");
        eq(keccak256(g.rootCrl), keccak256(f.rootCrl), "root CRL");
        registry.addCa(g.ca);
        registry.putCrl(g.pckCrl);
        bytes32 signer = registry.addTcbSigner(g.tcbInfoSigner);
        registry.putTcbInfo(g.tcbInfo, g.tcbInfoSignature, signer);
        registry.putQeIdentity(g.qeIdentity, g.qeIdentitySignature, signer);
        sgxPck = registry.registerPck(_leaf(sgx));
    }

    modifier ifPresent() {
        vm.skip(tdx.length == 0, "SKIPPED: genuine quotes absent: ../shared/quotes-genuine");
        _;
    }

    function test_genuineTdxQuoteIsUpToDate() public ifPresent {
        vm.warp(TDX_TIME);
        QuoteReport memory r = verifier.verifyFullQuote(tdx);
        yes(r.kind == QuoteKind.Td10, "kind");
        yes(r.tcbStatus == TcbStatus.UpToDate, "status");
        eq(bytes32(r.fmspc), bytes32(hex"b0c06f000000"), "FMSPC");
        eq(bytes32(r.attributes), bytes32(hex"00000010"), "TDATTRIBUTES");
        eq(bytes32(r.xfam), bytes32(hex"e702060000000000"), "XFAM");
        eq(r.tcbEvaluationDataNumber, 17, "evaluation");
        eq(r.advisoryHashes[0], 0, "platform's advisories");
        eq(r.advisoryHashes[1], 0, "module's");
        eq(r.advisoryHashes[2], 0, "enclave's");
    }

    function test_genuineSgxQuoteNeedsConfigurationAndHardening() public ifPresent {
        QuoteReport memory r = verifier.verifyFullQuote(sgx);
        yes(r.kind == QuoteKind.Sgx, "kind");
        yes(r.tcbStatus == TcbStatus.ConfigurationAndSWHardeningNeeded, "status");
        eq(bytes32(r.fmspc), bytes32(hex"00a067110000"), "FMSPC");
        eq(r.advisoryHashes[0], keccak256('"INTEL-SA-00289","INTEL-SA-00615"'), "advisories");
        eq(r.advisoryHashes[2], 0, "enclave's advisories");
    }

    function test_genuineQuotesInCompactForm() public ifPresent {
        eq(
            keccak256(abi.encode(verifier.verifyQuote(Compact.form(sgx), sgxPck))),
            keccak256(abi.encode(verifier.verifyFullQuote(sgx))),
            "SGX"
        );
        eq(
            keccak256(abi.encode(verifier.verifyQuote(Compact.form(tdx), tdxPck))),
            keccak256(abi.encode(verifier.verifyFullQuote(tdx))),
            "TDX"
        );
    }

    function test_genuineQuoteWithOneByteFlipped() public ifPresent {
        bytes memory other = flipped(tdx, 600, 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                QuoteVerifier.QuoteSignatureInvalid.selector, sha256(cut(other, 0, 632))
            )
        );
        verifier.verifyFullQuote(other);
    }

    /// A quote stands as long as the first of its collateral to lapse.
    function test_genuineCollateralLapses() public ifPresent {
        uint40 until = verifier.verifyFullQuote(tdx).validUntil;
        vm.warp(until);
        verifier.verifyFullQuote(tdx);
        vm.warp(uint256(until) + 1);
        vm.expectRevert();
        verifier.verifyFullQuote(tdx);
    }

    function test_genuineQuoteUnderAnotherRoot() public ifPresent {
        (uint256 x, uint256 y) = vm.publicKeyP256(1);
        CollateralRegistry other = new CollateralRegistry(bytes32(x), bytes32(y), "SIMULATED");
        bytes memory ca = _collateral("tdx_quote").ca;
        vm.expectRevert(
            abi.encodeWithSelector(CollateralRegistry.CaNotSignedByRoot.selector, keccak256(ca))
        );
        other.addCa(ca);
    }

    function testFuzz_noByteOfAGenuineQuoteIsIgnored(uint256 at, uint8 mask) public ifPresent {
        vm.assume(mask != 0);
        /* Up to the end of the auth data's fixed part and the leaf's text. */
        vm.expectRevert();
        verifier.verifyFullQuote(flipped(tdx, at % 2000, mask));
    }

    function _collateral(string memory name) private returns (Collateral.File memory) {
        return Collateral.parse(vm.readFile(string.concat(FOLDER, name, "_collateral.json")));
    }

    /// The platform's certificate, the first in the quote's chain.
    function _leaf(bytes memory quote) private returns (bytes memory pck) {
        (pck,) = new PemReader().read(Compact.pem(quote), 0);
    }
}
