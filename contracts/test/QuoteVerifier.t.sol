// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {PemReader} from "../script/Collateral.sol";
import {vm} from "../script/Vm.sol";
import {CollateralRegistry} from "../src/attestation/CollateralRegistry.sol";
import {Der} from "../src/attestation/Der.sol";
import {Pem} from "../src/attestation/Pem.sol";
import {QuoteReport, ReportBody, TcbStatus} from "../src/attestation/QuoteReport.sol";
import {QuoteVerifier} from "../src/attestation/QuoteVerifier.sol";
import {TcbJudge} from "../src/attestation/TcbJudge.sol";
import {Check} from "./kit/Check.sol";
import {Compact} from "./kit/Compact.sol";
import {Pcs} from "./kit/Pcs.sol";
import {Pki} from "./kit/Pki.sol";
import {Quotes} from "./kit/Quotes.sol";

abstract contract VerifierTest is Check {
    bytes32 internal constant REPORT_DATA = keccak256("report data");

    CollateralRegistry internal registry;
    QuoteVerifier internal verifier;
    bytes private validQuote;

    function setUp() public virtual {
        vm.warp(Pki.NOT_BEFORE + 1000);
        (uint256 x, uint256 y) = vm.publicKeyP256(Pki.ROOT);
        registry = new CollateralRegistry(bytes32(x), bytes32(y), "SIMULATED");
        verifier = new QuoteVerifier(registry);
        Pcs.putAll(registry);
        validQuote = Quotes.build(Quotes.valid(REPORT_DATA));
    }

    function _refuse(bytes memory quote, bytes memory reason) internal {
        vm.expectRevert(reason);
        verifier.verifyFullQuote(quote);
    }

    /// A valid quote, built once.
    function _quote() internal view returns (bytes memory) {
        return validQuote;
    }
}

contract QuoteVerifierTest is VerifierTest {
    using ReportBody for QuoteReport;

    /* Valid ones. */

    function test_V00_valid() public view {
        bytes memory quote = _quote();
        QuoteReport memory r = verifier.verifyFullQuote(quote);
        eq(r.quoteDigest, sha256(cut(quote, 0, Quotes.SIGNED)), "digest");
        eq(r.pckId, keccak256(Pki.pckDer()), "pckId");
        eq(bytes32(r.fmspc), bytes32(Pki.FMSPC), "FMSPC");
        eq(uint256(r.tcbStatus), uint256(TcbStatus.UpToDate), "status");
        eq(bytes32(r.teeTcbSvn()), bytes32(hex"050102"), "TEE TCB SVN");
        _eq(r.mrSeam(), Quotes.m48("mrseam"), "MRSEAM");
        _eq(r.mrSignerSeam(), new bytes(48), "MRSIGNERSEAM");
        eq(bytes32(r.seamAttributes()), 0, "SEAMATTRIBUTES");
        eq(bytes32(r.attributes), bytes32(hex"00000010"), "TDATTRIBUTES");
        eq(bytes32(r.xfam), bytes32(hex"e7020600"), "XFAM");
        _eq(r.mrTd(), Quotes.m48("mrtd"), "MRTD");
        _eq(r.mrConfigId(), new bytes(48), "MRCONFIGID");
        _eq(r.mrOwner(), new bytes(48), "MROWNER");
        _eq(r.mrOwnerConfig(), new bytes(48), "MROWNERCONFIG");
        _eq(r.rtmr(0), Quotes.m48("rtmr0"), "RTMR0");
        _eq(r.rtmr(1), Quotes.m48("rtmr1"), "RTMR1");
        _eq(r.rtmr(2), Quotes.m48("rtmr2"), "RTMR2");
        _eq(r.rtmr(3), Quotes.m48("rtmr3"), "RTMR3");
        eq(r.reportData[0], REPORT_DATA, "report data");
        eq(r.reportData[1], 0, "its second half");
        eq(r.measurement, Quotes.measurement(), "measurement");
    }

    function test_V01_nulAfterTheChain() public view {
        Quotes.Spec memory s = Quotes.valid(REPORT_DATA);
        s.pem = bytes.concat(s.pem, hex"00");
        verifier.verifyFullQuote(Quotes.build(s));
    }

    function testFuzz_V02_zeroPadding(uint16 length) public view {
        Quotes.Spec memory s = Quotes.valid(REPORT_DATA);
        s.padding = new bytes(length % 3100);
        verifier.verifyFullQuote(Quotes.build(s));
    }

    /// Signatures identify nothing: the other s gives the same digest.
    function test_V04_highS() public view {
        bytes memory quote = _quote();
        uint256 order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551;
        uint256 s = uint256(bytes32(cut(quote, Quotes.AUTH + 32, Quotes.AUTH + 64)));
        bytes memory other = patched(quote, Quotes.AUTH + 32, abi.encodePacked(order - s));
        eq(
            verifier.verifyFullQuote(other).quoteDigest,
            verifier.verifyFullQuote(quote).quoteDigest,
            "digest"
        );
    }

    function testFuzz_V05_qeAuthDataOfAnyLength(uint8 length) public view {
        Quotes.Spec memory s = Quotes.valid(REPORT_DATA);
        s.qeAuth = new bytes(length);
        verifier.verifyFullQuote(Quotes.build(s));
    }

    /// dstack's mr_aggregated: the three configuration registers join in as
    /// soon as one of them is not zero.
    function testFuzz_measurement(uint256 at, uint8 value) public view {
        Quotes.Spec memory s = Quotes.valid(REPORT_DATA);
        s.body[Quotes.MR_CONFIG_ID + (at % 144)] = bytes1(value);
        bytes memory parts =
            bytes.concat(cut(s.body, Quotes.MR_TD, 184), cut(s.body, Quotes.RTMR0, 520));
        if (value != 0) parts = bytes.concat(parts, cut(s.body, Quotes.MR_CONFIG_ID, 328));
        eq(verifier.verifyFullQuote(Quotes.build(s)).measurement, sha256(parts), "measurement");
    }

    /* Header. */

    /// The compact form ends with the QE report's signature, or behind it.
    function test_compactTooShort() public {
        bytes32 pckId = keccak256(Pki.pckDer());
        bytes memory compact = Compact.form(_quote());
        vm.expectRevert(abi.encodeWithSelector(QuoteVerifier.QuoteTooShort.selector, 1207, 1208));
        verifier.verifyQuote(cut(compact, 0, 1207), pckId);
    }

    function test_descriptorTooShort() public {
        Quotes.Spec memory s = Quotes.version5(REPORT_DATA, Quotes.chain(), false, 0);
        _refuse(
            cut(Quotes.build(s), 0, 53),
            abi.encodeWithSelector(QuoteVerifier.QuoteTooShort.selector, 53, 54)
        );
    }

    function testFuzz_tooShort(uint256 length) public {
        length = length % 1226;
        _refuse(
            cut(_quote(), 0, length),
            abi.encodeWithSelector(
                QuoteVerifier.QuoteTooShort.selector, length, length < 48 ? 48 : 1226
            )
        );
    }

    function test_F01_version() public {
        _header(
            0, hex"0200", abi.encodeWithSelector(QuoteVerifier.QuoteVersionUnsupported.selector, 2)
        );
        _header(
            0, hex"0600", abi.encodeWithSelector(QuoteVerifier.QuoteVersionUnsupported.selector, 6)
        );
        _header(
            0,
            hex"0401",
            abi.encodeWithSelector(QuoteVerifier.QuoteVersionUnsupported.selector, 0x0104)
        );
    }

    function test_F02_attestationKeyType() public {
        _header(
            2,
            hex"0300",
            abi.encodeWithSelector(QuoteVerifier.AttestationKeyTypeUnsupported.selector, 3)
        );
    }

    function test_F03_teeType() public {
        _header(
            4,
            hex"82000000",
            abi.encodeWithSelector(QuoteVerifier.TeeTypeUnsupported.selector, 0x82)
        );
    }

    function test_F05_sgxInVersion4() public {
        _header(
            4, hex"00000000", abi.encodeWithSelector(QuoteVerifier.TeeTypeUnsupported.selector, 0)
        );
    }

    function test_F04_qeVendor() public {
        _header(
            27,
            hex"06",
            abi.encodeWithSelector(
                QuoteVerifier.QeVendorUnknown.selector, bytes16(0x939a7233f79c4ca9940a0db3957f0606)
            )
        );
    }

    /* Sizes. */

    function test_F06_truncatedByOneByte() public {
        bytes memory quote = _quote();
        uint256 size = quote.length - Quotes.AUTH;
        _refuse(
            cut(quote, 0, quote.length - 1),
            abi.encodeWithSelector(QuoteVerifier.AuthDataTruncated.selector, size, size - 1)
        );
    }

    function test_F08_authDataOneLonger() public {
        bytes memory quote = _quote();
        uint256 size = quote.length - Quotes.AUTH;
        bytes memory longer = patched(quote, Quotes.SIGNED, Quotes.u32(size + 1));
        _refuse(
            longer, abi.encodeWithSelector(QuoteVerifier.AuthDataTruncated.selector, size + 1, size)
        );
        /* Nor does padding lend it the byte. */
        _refuse(
            bytes.concat(longer, hex"00"),
            abi.encodeWithSelector(
                QuoteVerifier.CertificationSizeMismatch.selector, size - 134, size - 133
            )
        );
    }

    /// go-tdx-guest panicked here.
    function test_F09_authDataOf4GiB() public {
        bytes memory quote = _quote();
        _refuse(
            patched(quote, Quotes.SIGNED, hex"ffffffff"),
            abi.encodeWithSelector(
                QuoteVerifier.AuthDataTruncated.selector, 0xffffffff, quote.length - Quotes.AUTH
            )
        );
    }

    function test_authDataTooSmall() public {
        _refuse(
            patched(_quote(), Quotes.SIGNED, Quotes.u32(589)),
            abi.encodeWithSelector(QuoteVerifier.AuthDataSizeMismatch.selector, 589, 590)
        );
    }

    function test_trailingBytes() public {
        bytes memory quote = _quote();
        _refuse(
            bytes.concat(quote, new bytes(40), hex"01"),
            abi.encodeWithSelector(QuoteVerifier.TrailingBytesNotZero.selector, quote.length)
        );
    }

    function test_F15_outerType() public {
        Quotes.Spec memory s = Quotes.valid(REPORT_DATA);
        s.outerType = 5;
        _refuse(
            Quotes.build(s),
            abi.encodeWithSelector(QuoteVerifier.CertificationTypeUnsupported.selector, 5)
        );
    }

    function test_F10_innerType() public {
        Quotes.Spec memory s = Quotes.valid(REPORT_DATA);
        s.innerType = 1;
        _refuse(
            Quotes.build(s),
            abi.encodeWithSelector(QuoteVerifier.PckCertificationTypeUnsupported.selector, 1)
        );
    }

    function test_qeAuthDataReachesOut() public {
        bytes memory quote = _quote();
        uint256 size = quote.length - Quotes.AUTH;
        _refuse(
            patched(quote, Quotes.AUTH + 582, hex"ffff"),
            abi.encodeWithSelector(QuoteVerifier.AuthDataSizeMismatch.selector, size, 590 + 0xffff)
        );
    }

    function test_F11_chainTooLong() public {
        bytes memory quote = _quote();
        uint256 size = quote.length - Quotes.AUTH;
        uint256 at = Quotes.AUTH + 584 + 32 + 2;
        uint256 chain = quote.length - at - 4;
        _refuse(
            patched(quote, at, Quotes.u32(chain + 1)),
            abi.encodeWithSelector(QuoteVerifier.AuthDataSizeMismatch.selector, size, size + 1)
        );
        _refuse(
            patched(quote, at, Quotes.u32(chain - 1)),
            abi.encodeWithSelector(QuoteVerifier.AuthDataSizeMismatch.selector, size, size - 1)
        );
    }

    /* Who vouches. */

    function test_F12_chainIsGarbage() public {
        Quotes.Spec memory s = Quotes.valid(REPORT_DATA);
        s.pem = new bytes(3000);
        _refuse(Quotes.build(s), abi.encodeWithSelector(Pem.PemHeaderMissing.selector, 0));
    }

    function test_F13_chainOfTheLeafAlone() public {
        Quotes.Spec memory s = Quotes.valid(REPORT_DATA);
        s.pem = Quotes.pem(Pki.pckDer());
        _refuse(
            Quotes.build(s), abi.encodeWithSelector(Pem.PemHeaderMissing.selector, s.pem.length)
        );
        s.pem = bytes.concat(s.pem, Quotes.pem(Pki.caDer()), hex"00");
        _refuse(
            Quotes.build(s), abi.encodeWithSelector(Pem.PemHeaderMissing.selector, s.pem.length - 1)
        );
    }

    function test_chainOfFour() public {
        Quotes.Spec memory s = Quotes.valid(REPORT_DATA);
        uint256 length = s.pem.length;
        s.pem = bytes.concat(s.pem, Quotes.pem(Pki.rootDer()));
        _refuse(
            Quotes.build(s),
            abi.encodeWithSelector(QuoteVerifier.PckChainTrailing.selector, length, s.pem.length)
        );
        s.pem = bytes.concat(cut(s.pem, 0, length), hex"0000");
        _refuse(
            Quotes.build(s),
            abi.encodeWithSelector(QuoteVerifier.PckChainTrailing.selector, length + 1, length + 2)
        );
    }

    /// The forged intermediate that Automata's 1.1.0 took, here beside a leaf
    /// that is registered.
    function test_X04_forgedIntermediate() public {
        Quotes.Spec memory s = Quotes.valid(REPORT_DATA);
        bytes memory forged = Pki.build(Pki.ca(), Pki.STRANGER);
        s.pem =
            bytes.concat(Quotes.pem(Pki.pckDer()), Quotes.pem(forged), Quotes.pem(Pki.rootDer()));
        _refuse(
            Quotes.build(s),
            abi.encodeWithSelector(
                QuoteVerifier.PckChainDiffers.selector, keccak256(Pki.caDer()), keccak256(forged)
            )
        );
    }

    /// QVL takes the chain in any order; here the first is the leaf.
    function test_F14_chainInAnotherOrder() public {
        Quotes.Spec memory s = Quotes.valid(REPORT_DATA);
        s.pem = bytes.concat(Quotes.pem(Pki.caDer()), Quotes.pem(Pki.pckDer()));
        _refuse(
            Quotes.build(s),
            abi.encodeWithSelector(CollateralRegistry.PckUnknown.selector, keccak256(Pki.caDer()))
        );
    }

    /// Automata, with the QE revoked, accepted a PCK that nobody had signed.
    function test_X02_forgedPck() public {
        Quotes.Spec memory s = Quotes.valid(REPORT_DATA);
        bytes memory forged = Pki.build(Pki.pck(), Pki.STRANGER);
        s.pem = bytes.concat(Quotes.pem(forged), Quotes.pem(Pki.caDer()));
        _refuse(
            Quotes.build(s),
            abi.encodeWithSelector(CollateralRegistry.PckUnknown.selector, keccak256(forged))
        );
    }

    function test_pckExpired() public {
        vm.warp(Pki.NOT_AFTER + 1);
        _refuse(
            _quote(),
            abi.encodeWithSelector(
                CollateralRegistry.CertificateExpired.selector,
                keccak256(Pki.pckDer()),
                Pki.NOT_AFTER,
                Pki.NOT_AFTER + 1
            )
        );
    }

    function test_S04_attestationKeyReplaced() public {
        bytes memory key = Quotes.publicKey(Pki.STRANGER);
        bytes memory auth = abi.encodePacked(keccak256("qe auth data"));
        bytes32 claimed = sha256(bytes.concat(Quotes.publicKey(Pki.ATTESTATION), auth));
        _refuse(
            patched(_quote(), Quotes.AUTH + 64, key),
            abi.encodeWithSelector(
                QuoteVerifier.AttestationKeyNotBound.selector,
                sha256(bytes.concat(key, auth)),
                claimed
            )
        );
    }

    function test_S07_qeReportDataOfOtherAuthData() public {
        Quotes.Spec memory s = Quotes.valid(REPORT_DATA);
        s.qeReportData = abi.encodePacked(keccak256("something else"), bytes32(0));
        _refuse(
            Quotes.build(s),
            abi.encodeWithSelector(
                QuoteVerifier.AttestationKeyNotBound.selector,
                sha256(bytes.concat(Quotes.publicKey(Pki.ATTESTATION), s.qeAuth)),
                keccak256("something else")
            )
        );
    }

    /// Only go-tdx-guest checks this half, too.
    function test_S08_qeReportDataTail() public {
        Quotes.Spec memory s = Quotes.valid(REPORT_DATA);
        bytes32 bound = sha256(bytes.concat(Quotes.publicKey(s.attestationKey), s.qeAuth));
        s.qeReportData = abi.encodePacked(bound, bytes32(uint256(1)));
        _refuse(
            Quotes.build(s),
            abi.encodeWithSelector(QuoteVerifier.QeReportDataTailNotZero.selector, 1)
        );
    }

    function test_S06_qeReportSignedByAnother() public {
        Quotes.Spec memory s = Quotes.valid(REPORT_DATA);
        s.qeReportSigner = Pki.STRANGER;
        _refuse(
            Quotes.build(s),
            abi.encodeWithSelector(
                QuoteVerifier.QeReportSignatureInvalid.selector, keccak256(Pki.pckDer())
            )
        );
    }

    /* What the attestation key signed. */

    function test_S01_bodyChangedAfterSigning() public {
        _unsigned(flipped(_quote(), Quotes.BODY + Quotes.REPORT_DATA, 1));
    }

    function test_S02_headerChangedAfterSigning() public {
        _unsigned(flipped(_quote(), 28, 1));
    }

    function test_S03_signedByAnotherKey() public {
        Quotes.Spec memory s = Quotes.valid(REPORT_DATA);
        s.quoteSigner = Pki.STRANGER;
        _unsigned(Quotes.build(s));
    }

    function test_S05_signatureOfOnes() public {
        bytes memory ones = abi.encode(1, 1);
        _unsigned(patched(_quote(), Quotes.AUTH, ones));
    }

    function test_signatureOfZeros() public {
        _unsigned(patched(_quote(), Quotes.AUTH, new bytes(64)));
    }

    function test_M01_seamSigner() public {
        Quotes.Spec memory s = Quotes.valid(REPORT_DATA);
        s.body[Quotes.MR_SIGNER_SEAM + 47] = 0x33;
        bytes memory signer = new bytes(48);
        signer[47] = 0x33;
        _refuse(
            Quotes.build(s), abi.encodeWithSelector(TcbJudge.SeamSignerMismatch.selector, signer)
        );
    }

    function test_M02_seamAttributes() public {
        Quotes.Spec memory s = Quotes.valid(REPORT_DATA);
        s.body[Quotes.SEAM_ATTRIBUTES] = 0x01;
        _refuse(
            Quotes.build(s),
            abi.encodeWithSelector(TcbJudge.SeamAttributesMismatch.selector, bytes8(hex"01"))
        );
    }

    function test_registryWithoutCode() public {
        vm.expectRevert(
            abi.encodeWithSelector(QuoteVerifier.RegistryHasNoCode.selector, address(0xdead))
        );
        new QuoteVerifier(CollateralRegistry(address(0xdead)));
    }

    /* Everything, byte by byte. */

    /// No change of a byte up to the root certificate is accepted.
    function testFuzz_noByteIsIgnored(uint256 at, uint8 mask) public {
        vm.assume(mask != 0);
        bytes memory quote = _quote();
        uint256 root = find(quote, Quotes.pem(Pki.rootDer()));
        vm.expectRevert();
        verifier.verifyFullQuote(flipped(quote, at % root, mask));
    }

    function test_C17_foreignRoot() public {
        Quotes.Spec memory s = Quotes.valid(REPORT_DATA);
        Pki.Spec memory root = Pki.root();
        root.key = Pki.keyInfo(Pki.STRANGER);
        bytes memory der = Pki.build(root, Pki.STRANGER);
        s.pem = bytes.concat(Quotes.pem(Pki.pckDer()), Quotes.pem(Pki.caDer()), Quotes.pem(der));
        (uint256 x, uint256 y) = vm.publicKeyP256(Pki.STRANGER);
        _refuse(
            Quotes.build(s),
            abi.encodeWithSelector(QuoteVerifier.PckChainRootDiffers.selector, x, y)
        );
    }

    /// Cut to twenty bytes, a serial number would be that of another root, which
    /// is not revoked.
    function test_rootSerialTooLong() public {
        Quotes.Spec memory s = Quotes.valid(REPORT_DATA);
        Pki.Spec memory root = Pki.root();
        root.serial = abi.encodePacked(hex"0215", bytes21(uint168(1) << 160));
        bytes memory der = Pki.build(root, Pki.ROOT);
        s.pem = bytes.concat(Quotes.pem(Pki.pckDer()), Quotes.pem(Pki.caDer()), Quotes.pem(der));
        _refuse(
            Quotes.build(s),
            abi.encodeWithSelector(Der.DerIntegerTooLarge.selector, find(der, root.serial), 21)
        );
    }

    /// In the root certificate only the key matters, and nothing in it changes
    /// the verdict: the registry has its own root.
    function testFuzz_rootInTheChainChangesNothing(uint256 at, uint8 mask) public view {
        bytes memory quote = _quote();
        uint256 root = find(quote, Quotes.pem(Pki.rootDer()));
        bytes memory other = flipped(quote, root + (at % (quote.length - root)), mask);
        try verifier.verifyFullQuote(other) returns (QuoteReport memory r) {
            eq(
                keccak256(abi.encode(r)),
                keccak256(abi.encode(verifier.verifyFullQuote(quote))),
                "report"
            );
        } catch {}
    }

    function testFuzz_arbitraryBytes(bytes memory quote) public {
        vm.expectRevert();
        verifier.verifyFullQuote(quote);
    }

    function _header(uint256 at, bytes memory value, bytes memory reason) private {
        Quotes.Spec memory s = Quotes.valid(REPORT_DATA);
        s.header = patched(s.header, at, value);
        _refuse(Quotes.build(s), reason);
    }

    function _unsigned(bytes memory quote) private {
        _refuse(
            quote,
            abi.encodeWithSelector(
                QuoteVerifier.QuoteSignatureInvalid.selector, sha256(cut(quote, 0, Quotes.SIGNED))
            )
        );
    }

    function _eq(bytes memory actual, bytes memory expected, string memory what) private pure {
        eq(keccak256(actual), keccak256(expected), what);
    }
}

contract PemTest is Check {
    PemReader private reader;

    function setUp() public {
        reader = new PemReader();
    }

    function testFuzz_readsWhatWasWritten(bytes memory der, bytes memory second) public view {
        bytes memory one = Quotes.pem(der);
        bytes memory both = bytes.concat(one, Quotes.pem(second));
        (bytes memory read, uint256 at) = reader.read(both, 0);
        eq(keccak256(read), keccak256(der), "first");
        eq(at, one.length, "where it ends");
        (read, at) = reader.read(both, at);
        eq(keccak256(read), keccak256(second), "second");
        eq(at, both.length, "where that ends");
    }

    /// One text for one certificate.
    function testFuzz_whatIsReadIsCanonical(uint256 at, uint8 mask) public view {
        bytes memory pem = Quotes.pem(abi.encodePacked(keccak256("a"), keccak256("b"), hex"01"));
        bytes memory other = flipped(pem, at % (pem.length - 1), mask);
        try reader.read(other, 0) returns (bytes memory der, uint256) {
            eq(keccak256(Quotes.pem(der)), keccak256(other), "canonical form");
        } catch {}
    }

    function test_header() public {
        vm.expectRevert(abi.encodeWithSelector(Pem.PemHeaderMissing.selector, 0));
        reader.read("", 0);
        vm.expectRevert(abi.encodeWithSelector(Pem.PemHeaderMissing.selector, 0));
        reader.read("-----BEGIN CERTIFICATE-----\r\nAAAA\n-----END CERTIFICATE-----", 0);
        vm.expectRevert(abi.encodeWithSelector(Pem.PemHeaderMissing.selector, 1));
        reader.read("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", 1);
    }

    /// After the footer: a newline, a NUL or nothing.
    function test_end() public {
        bytes memory text = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
        (, uint256 end) = reader.read(text, 0);
        eq(end, text.length, "nothing");
        (, end) = reader.read(bytes.concat(text, hex"00"), 0);
        eq(end, text.length, "a NUL");
        (, end) = reader.read(bytes.concat(text, "\n"), 0);
        eq(end, text.length + 1, "a newline");
        vm.expectRevert(abi.encodeWithSelector(Pem.PemCharacterInvalid.selector, text.length));
        reader.read(bytes.concat(text, "-"), 0);
    }

    function test_footer() public {
        _refuse("", Pem.PemFooterMissing.selector, 28);
        _refuse("AAAA\n", Pem.PemFooterMissing.selector, 33);
        _refuse("AAAA\n-----END CERTIFICATE----", Pem.PemFooterMissing.selector, 33);
        /* A short line, or one with padding, is the last. */
        _refuse("AAAA\nAAAA\n-----END CERTIFICATE-----", Pem.PemFooterMissing.selector, 33);
        _refuse("AA==\nAAAA\n-----END CERTIFICATE-----", Pem.PemFooterMissing.selector, 33);
    }

    function test_truncated() public {
        _refuse("AAA", Pem.PemTruncated.selector, 28);
        _refuse("AAAA", Pem.PemTruncated.selector, 32);
        _refuse("AA==", Pem.PemTruncated.selector, 32);
    }

    function test_characters() public {
        _refuse("AA*A\n-----END CERTIFICATE-----", Pem.PemCharacterInvalid.selector, 28);
        _refuse(unicode"AÿA\n-----END CERTIFICATE-----", Pem.PemCharacterInvalid.selector, 28);
        _refuse("A===\n-----END CERTIFICATE-----", Pem.PemCharacterInvalid.selector, 28);
        _refuse("AA=A\n-----END CERTIFICATE-----", Pem.PemCharacterInvalid.selector, 28);
        /* Bits that no byte takes must be zero. */
        _refuse("AB==\n-----END CERTIFICATE-----", Pem.PemCharacterInvalid.selector, 28);
        _refuse("AAB=\n-----END CERTIFICATE-----", Pem.PemCharacterInvalid.selector, 28);
        /* Nothing follows padding, and no line is empty or longer than 64. */
        _refuse("AA==AAAA\n-----END CERTIFICATE-----", Pem.PemCharacterInvalid.selector, 32);
        _refuse("\nAAAA\n-----END CERTIFICATE-----", Pem.PemCharacterInvalid.selector, 28);
        /* Nor is a full line, which is read faster. */
        bytes memory full = new bytes(64);
        for (uint256 i = 0; i < 64; i++) {
            full[i] = i == 0 ? bytes1("*") : bytes1("A");
        }
        _refuse(
            bytes.concat(full, "\n-----END CERTIFICATE-----"), Pem.PemCharacterInvalid.selector, 28
        );
        bytes memory line = new bytes(68);
        for (uint256 i = 0; i < 68; i++) {
            line[i] = "A";
        }
        _refuse(
            bytes.concat(line, "\n-----END CERTIFICATE-----"), Pem.PemCharacterInvalid.selector, 92
        );
    }

    function _refuse(bytes memory rest, bytes4 selector, uint256 offset) private {
        vm.expectRevert(abi.encodeWithSelector(selector, offset));
        reader.read(bytes.concat("-----BEGIN CERTIFICATE-----\n", rest), 0);
    }
}
