// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {vm} from "../script/Vm.sol";
import {CollateralRegistry} from "../src/attestation/CollateralRegistry.sol";
import {QuoteReport, ReportBody} from "../src/attestation/QuoteReport.sol";
import {QuoteVerifier} from "../src/attestation/QuoteVerifier.sol";
import {Check} from "./kit/Check.sol";
import {PemReader} from "./QuoteVerifier.t.sol";

/// A quote that Intel's hardware made, under Intel's root key. Its bytes are
/// nobody's to commit, so they are read from beside the repository, and their
/// absence is said loudly.
contract GenuineQuoteTest is Check {
    using ReportBody for QuoteReport;

    string private constant QUOTE = "../../shared/quotes-genuine/tdx_quote";
    /// When the quote was made.
    uint256 private constant TIME = 1_750_329_207;
    /// Intel SGX Root CA, as published.
    bytes32 private constant X = 0x0ba9c4c0c0c86193a3fe23d6b02cda10a8bbd4e88e48b4458561a36e705525f5;
    bytes32 private constant Y = 0x67918e2edc88e40d860bd0cc4ee26aacc988e505a953558c453f6b0904ae7394;

    CollateralRegistry private registry;
    QuoteVerifier private verifier;
    bytes private quote;

    function setUp() public {
        /* Without the folder forge refuses even the question. */
        try vm.readFileBinary(QUOTE) returns (bytes memory read) {
            quote = read;
        } catch {
            return;
        }
        vm.warp(TIME);
        registry = new CollateralRegistry(X, Y, "Intel");
        verifier = new QuoteVerifier(registry);
        (bytes memory pck, bytes memory ca) = _chain();
        registry.addCa(ca);
        registry.registerPck(pck);
    }

    modifier ifPresent() {
        vm.skip(quote.length == 0, "SKIPPED: genuine quotes absent: ../shared/quotes-genuine");
        _;
    }

    function test_genuineQuoteIsAccepted() public ifPresent {
        QuoteReport memory r = verifier.verifyFullQuote(quote);
        eq(bytes32(r.fmspc), bytes32(hex"b0c06f000000"), "FMSPC");
        eq(bytes32(r.attributes), bytes32(hex"00000010"), "TDATTRIBUTES");
        eq(bytes32(r.xfam), bytes32(hex"e702060000000000"), "XFAM");
    }

    function test_genuineQuoteWithOneByteFlipped() public ifPresent {
        bytes memory other = flipped(quote, 600, 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                QuoteVerifier.QuoteSignatureInvalid.selector, sha256(cut(other, 0, 632))
            )
        );
        verifier.verifyFullQuote(other);
    }

    function test_genuineQuoteUnderAnotherRoot() public ifPresent {
        (uint256 x, uint256 y) = vm.publicKeyP256(1);
        CollateralRegistry other = new CollateralRegistry(bytes32(x), bytes32(y), "SIMULATED");
        (, bytes memory ca) = _chain();
        vm.expectRevert(
            abi.encodeWithSelector(CollateralRegistry.CaNotSignedByRoot.selector, keccak256(ca))
        );
        other.addCa(ca);
    }

    function testFuzz_noByteOfAGenuineQuoteIsIgnored(uint256 at, uint8 mask) public ifPresent {
        vm.assume(mask != 0);
        /* Up to the end of the auth data's fixed part and the leaf's text. */
        vm.expectRevert();
        verifier.verifyFullQuote(flipped(quote, at % 2000, mask));
    }

    /// The first two certificates of the quote's chain: PCK and its CA.
    function _chain() private returns (bytes memory pck, bytes memory ca) {
        PemReader reader = new PemReader();
        bytes memory pem = cut(quote, 636 + 584 + 32 + 6, quote.length);
        uint256 at;
        (pck, at) = reader.read(pem, 0);
        (ca,) = reader.read(pem, at);
    }
}
