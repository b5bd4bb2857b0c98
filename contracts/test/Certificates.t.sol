// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {vm} from "../script/Vm.sol";
import {CollateralRegistry} from "../src/attestation/CollateralRegistry.sol";
import {Der} from "../src/attestation/Der.sol";
import {SgxExtension} from "../src/attestation/SgxExtension.sol";
import {X509} from "../src/attestation/X509.sol";
import {Asn1, Pki} from "./kit/Pki.sol";
import {RegistryTest} from "./kit/RegistryTest.sol";

/// Every way in which a certificate can be malformed, by the error it gets.
contract CertificateTest is RegistryTest {
    function test_trailingBytes() public {
        bytes memory der = Pki.caDer();
        vm.expectRevert(
            abi.encodeWithSelector(Der.DerTrailing.selector, der.length, der.length + 1)
        );
        registry.addCa(bytes.concat(der, hex"00"));
    }

    function testFuzz_truncated(uint256 length) public {
        bytes memory der = Pki.caDer();
        length = length % der.length;
        vm.expectRevert(abi.encodeWithSelector(Der.DerTruncated.selector, 0));
        registry.addCa(cut(der, 0, length));
    }

    function test_version() public {
        Pki.Spec memory s = Pki.ca();
        s.version = hex"a003020101";
        _refuseCa(s, abi.encodeWithSelector(X509.CertificateVersionUnsupported.selector, 2));
        s.version = "";
        _refuseCa(s, _tag(s, s.serial, 0xa0, 0x02));
    }

    function test_serial() public {
        Pki.Spec memory s = Pki.ca();
        s.serial = hex"020100";
        _refuseCa(s, abi.encodeWithSelector(X509.CertificateSerialInvalid.selector, 0));
        s.serial = hex"0201ff";
        _refuseCa(s, _at(Der.DerIntegerInvalid.selector, s, s.serial));
        s.serial = abi.encodePacked(hex"0215", bytes21(uint168(1) << 160));
        uint256 at = find(Pki.build(s, Pki.ROOT), s.serial);
        _refuseCa(s, abi.encodeWithSelector(Der.DerIntegerTooLarge.selector, at, 21));
    }

    /// P-384 inside, P-384 outside.
    function test_algorithm() public {
        bytes memory p384 = hex"300a06082a8648ce3d040303";
        Pki.Spec memory s = Pki.ca();
        s.algorithm = p384;
        _refuseCa(s, _at(X509.X509AlgorithmUnsupported.selector, s, p384));
        s = Pki.ca();
        s.outerAlgorithm = p384;
        _refuseCa(s, _at(X509.X509AlgorithmUnsupported.selector, s, p384));
        s.outerAlgorithm = hex"300c06082a8648ce3d0403020500";
        _refuseCa(s, _at(X509.X509AlgorithmUnsupported.selector, s, s.outerAlgorithm));
    }

    function test_key() public {
        Pki.Spec memory s = Pki.ca();
        s.key = Pki.keyInfo(Pki.CA);
        s.key[26] = 0x02; /* a compressed point */
        _refuseCa(s, _at(X509.CertificateKeyUnsupported.selector, s, s.key));
        s.key = hex"300406022a03";
        _refuseCa(s, _at(X509.CertificateKeyUnsupported.selector, s, s.key));
    }

    function test_signatureFormat() public {
        bytes memory tbs = Pki.signedPart(Pki.ca());
        bytes memory head = bytes.concat(tbs, Pki.ca().algorithm);
        bytes memory pair = Asn1.seq(bytes.concat(Asn1.integer(1), Asn1.integer(2)));
        /* The certificate's own header has four bytes. */
        bytes memory reason =
            abi.encodeWithSelector(X509.X509SignatureFormat.selector, head.length + 4);
        _raw(bytes.concat(head, Asn1.bits(1, pair)), reason);
        _raw(bytes.concat(head, hex"0300"), reason);
        uint256 inside = head.length + 4 + 3;
        _raw(
            bytes.concat(head, Asn1.bits(0, bytes.concat(pair, hex"00"))),
            abi.encodeWithSelector(
                Der.DerTrailing.selector, inside + pair.length, inside + pair.length + 1
            )
        );
    }

    /// Two common names would let each reader pick another.
    function test_nameAmbiguous() public {
        Pki.Spec memory s = Pki.ca();
        bytes memory cn = Asn1.tlv(0x0c, "Intel SGX Root CA");
        bytes memory second = Asn1.tlv(0x0c, "another");
        s.issuer = Asn1.seq(bytes.concat(Pki.rdn(hex"550403", cn), Pki.rdn(hex"550403", second)));
        _refuseCa(s, _at(X509.X509NameAmbiguous.selector, s, second));
    }

    function test_nameWithoutCommonName() public {
        Pki.Spec memory s = Pki.ca();
        s.issuer = hex"3000";
        _refuseCa(s, abi.encodeWithSelector(CollateralRegistry.CaIssuerUnexpected.selector, ""));
    }

    function test_times() public {
        string[8] memory wrong = [
            "231314221320Z",
            "230014221320Z",
            "230229221320Z",
            "230431221320Z",
            "231114241320Z",
            "231114226020Z",
            "231114221360Z",
            "700101000000Z"
        ];
        Pki.Spec memory s = Pki.ca();
        for (uint256 i = 0; i < 8; i++) {
            bytes memory time = Asn1.tlv(0x17, bytes(wrong[i]));
            s.validity = Pki.validity(bytes(wrong[i]), "330518033320Z");
            if (i < 7) {
                _refuseCa(s, _at(X509.X509TimeInvalid.selector, s, time));
                continue;
            }
            /* 1970 is no error, only long ago. */
            registry.addCa(Pki.build(s, Pki.ROOT));
        }
    }

    function test_timeForms() public {
        Pki.Spec memory s = Pki.ca();
        bytes memory noZone = Asn1.tlv(0x17, "231114221320+");
        s.validity = Asn1.seq(bytes.concat(noZone, Asn1.tlv(0x17, "330518033320Z")));
        _refuseCa(s, _at(X509.X509TimeInvalid.selector, s, noZone));
        bytes memory tooShort = Asn1.tlv(0x17, "2311142213Z");
        s.validity = Asn1.seq(bytes.concat(tooShort, Asn1.tlv(0x17, "330518033320Z")));
        _refuseCa(s, _at(X509.X509TimeInvalid.selector, s, tooShort));
        bytes memory letter = Asn1.tlv(0x17, "2311x4221320Z");
        s.validity = Asn1.seq(bytes.concat(letter, Asn1.tlv(0x17, "330518033320Z")));
        _refuseCa(s, _at(X509.X509TimeInvalid.selector, s, letter));
    }

    /// UTCTime's two digits reach from 1950 to 2049; GeneralizedTime goes on.
    function test_timeValues() public {
        Pki.Spec memory s = Pki.ca();
        s.validity = Asn1.seq(
            bytes.concat(Asn1.tlv(0x17, "000229235959Z"), Asn1.tlv(0x18, "20500228000000Z"))
        );
        CollateralRegistry.Ca memory ca = registry.getCa(registry.addCa(Pki.build(s, Pki.ROOT)));
        eq(ca.notBefore, 951_868_799, "29 February 2000, the last second");
        eq(ca.notAfter, 2_529_619_200, "28 February 2050");
        s.validity = Asn1.seq(
            bytes.concat(Asn1.tlv(0x17, "000301000000Z"), Asn1.tlv(0x18, "21000229000000Z"))
        );
        _refuseCa(s, _at(X509.X509TimeInvalid.selector, s, Asn1.tlv(0x18, "21000229000000Z")));
        s.validity = Asn1.seq(
            bytes.concat(Asn1.tlv(0x18, "19691231235959Z"), Asn1.tlv(0x18, "21000228000000Z"))
        );
        _refuseCa(s, _at(X509.X509TimeInvalid.selector, s, Asn1.tlv(0x18, "19691231235959Z")));
    }

    /// The day behind the last of each month is none; the last is the day before
    /// the next month's first.
    function test_months() public {
        uint8[12] memory lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        Pki.Spec memory s = Pki.ca();
        (uint256 first, uint256 last) = (1_640_995_200, 1_735_689_600); /* 1 January */
        for (uint256 month = 1; month <= 12; month++) {
            uint256 length = lengths[month - 1];
            bytes memory from = _day("22", month, 1);
            s.validity = Asn1.seq(bytes.concat(from, _day("25", month, length)));
            CollateralRegistry.Ca memory ca = registry.getCa(registry.addCa(Pki.build(s, Pki.ROOT)));
            eq(ca.notBefore, first, string(from));
            first += length * 1 days;
            last += length * 1 days;
            eq(ca.notAfter, last - 1 days, string(s.validity));
            bytes memory none = _day("25", month, length + 1);
            s.validity = Asn1.seq(bytes.concat(from, none));
            _refuseCa(s, _at(X509.X509TimeInvalid.selector, s, none));
        }
    }

    function test_extensionMissing() public {
        bytes[5] memory oids = [Pki.AKI, Pki.CRL_DP, Pki.SKI, Pki.KEY_USAGE, Pki.BASIC];
        for (uint256 i = 0; i < 5; i++) {
            Pki.Spec memory s = Pki.ca();
            s.extensions[i] = Pki.extension(hex"2a03", false, "");
            _refuseCa(s, abi.encodeWithSelector(X509.X509ExtensionMissing.selector, _oid(oids[i])));
        }
    }

    function test_extensionDuplicate() public {
        Pki.Spec memory s = Pki.ca();
        s.extensions[Pki.I_CRL_DP] = s.extensions[Pki.I_SKI];
        _refuseCa(s, abi.encodeWithSelector(X509.X509ExtensionDuplicate.selector, _oid(Pki.SKI)));
    }

    function test_extensionUnknown() public {
        Pki.Spec memory s = Pki.ca();
        s.extensions = _with(s.extensions, 6);
        s.extensions[5] = Pki.extension(hex"2a03", true, "");
        _refuseCa(s, abi.encodeWithSelector(X509.X509ExtensionCritical.selector, _oid(hex"2a03")));
        s.extensions[5] = Pki.extension(hex"2a03", false, "");
        registry.addCa(Pki.build(s, Pki.ROOT));
    }

    function test_extensionCount() public {
        Pki.Spec memory s = Pki.ca();
        s.extensions = _with(s.extensions, 17);
        for (uint8 i = 5; i < 17; i++) {
            s.extensions[i] = Pki.extension(abi.encodePacked(uint8(0x2a), i), false, "");
        }
        _refuseCa(s, abi.encodeWithSelector(X509.X509ExtensionCount.selector, 17));
        s.extensions = _with(s.extensions, 16);
        registry.addCa(Pki.build(s, Pki.ROOT));
    }

    /// DER leaves defaults out: "critical: FALSE", "cA: FALSE".
    function test_defaultsAreLeftOut() public {
        Pki.Spec memory s = Pki.ca();
        bytes memory flag = Asn1.boolean(false);
        s.extensions[Pki.I_CRL_DP] =
            Asn1.seq(bytes.concat(Asn1.oid(Pki.CRL_DP), flag, Asn1.octets(hex"3000")));
        uint256 at = find(Pki.build(s, Pki.ROOT), bytes.concat(Pki.CRL_DP, flag)) + 3;
        _refuseCa(s, abi.encodeWithSelector(Der.DerBooleanInvalid.selector, at));
        s = Pki.ca();
        s.extensions[Pki.I_BASIC] = Pki.basic(flag);
        at = find(Pki.build(s, Pki.ROOT), hex"3003010100") + 2;
        _refuseCa(s, abi.encodeWithSelector(Der.DerBooleanInvalid.selector, at));
    }

    function test_keyUsageFormat() public {
        bytes[5] memory wrong = [
            bytes(hex"01"), /* no bits at all */
            hex"0806", /* eight unused bits in a byte */
            hex"0006", /* the last bit is not used */
            hex"0206", /* an unused bit is set */
            hex"07060080" /* more than the nine bits that there are */
        ];
        for (uint256 i = 0; i < 5; i++) {
            Pki.Spec memory s = Pki.ca();
            s.extensions[Pki.I_KEY_USAGE] = Pki.keyUsage(wrong[i]);
            bytes memory element = Asn1.tlv(0x03, wrong[i]);
            _refuseCa(s, _at(X509.CertificateKeyUsageInvalid.selector, s, element));
        }
    }

    /// The ninth use, decipherOnly, is in a second byte.
    function test_keyUsageOfTwoBytes() public {
        Pki.Spec memory s = Pki.ca();
        s.extensions[Pki.I_KEY_USAGE] = Pki.keyUsage(hex"070680");
        registry.addCa(Pki.build(s, Pki.ROOT));
    }

    function test_nothingFollowsTheExtensions() public {
        Pki.Spec memory s = Pki.ca();
        bytes memory part = Pki.signedPart(s);
        part = Asn1.seq(bytes.concat(cut(part, 4, part.length), hex"0500"));
        bytes memory der = Pki.signWith(part, s.algorithm, Pki.ROOT);
        uint256 at = 4 + part.length;
        vm.expectRevert(abi.encodeWithSelector(Der.DerTrailing.selector, at - 2, at));
        registry.addCa(der);
    }

    function test_nothingFollowsInsideExtensions() public {
        Pki.Spec memory s = Pki.ca();
        bytes memory id = Pki.keyId(Pki.CA);
        bytes memory value = bytes.concat(Asn1.octets(id), hex"00");
        s.extensions[Pki.I_SKI] = Pki.extension(Pki.SKI, false, value);
        uint256 at = find(Pki.build(s, Pki.ROOT), value) + value.length - 1;
        _refuseCa(s, abi.encodeWithSelector(Der.DerTrailing.selector, at, at + 1));
    }

    function _day(string memory year, uint256 month, uint256 day)
        private
        pure
        returns (bytes memory)
    {
        return Asn1.tlv(
            0x17,
            abi.encodePacked(
                year,
                uint8(0x30 + month / 10),
                uint8(0x30 + month % 10),
                uint8(0x30 + day / 10),
                uint8(0x30 + day % 10),
                "000000Z"
            )
        );
    }

    function _raw(bytes memory contents, bytes memory reason) private {
        vm.expectRevert(reason);
        registry.addCa(Asn1.seq(contents));
    }

    /// An error about a piece that the certificate has once.
    function _at(bytes4 selector, Pki.Spec memory s, bytes memory piece)
        private
        pure
        returns (bytes memory)
    {
        return abi.encodeWithSelector(selector, find(Pki.build(s, Pki.ROOT), piece));
    }

    function _tag(Pki.Spec memory s, bytes memory piece, uint8 expected, uint8 actual)
        private
        pure
        returns (bytes memory)
    {
        uint256 at = find(Pki.build(s, Pki.ROOT), piece);
        return abi.encodeWithSelector(Der.DerTagUnexpected.selector, at, expected, actual);
    }

    function _oid(bytes memory contents) private pure returns (bytes32) {
        return bytes32(contents) | bytes32(contents.length);
    }

    function _with(bytes[] memory list, uint256 length)
        private
        pure
        returns (bytes[] memory longer)
    {
        longer = new bytes[](length);
        for (uint256 i = 0; i < list.length && i < length; i++) {
            longer[i] = list[i];
        }
    }
}

/// Intel's SGX extension.
contract SgxExtensionTest is RegistryTest {
    bytes private constant ROOT = Pki.SGX;

    function setUp() public override {
        super.setUp();
        registry.addCa(Pki.caDer());
    }

    /// Not "positional SGX components": every item is found by its identifier.
    function testFuzz_orderDoesNotMatter(uint256 seed) public {
        bytes[] memory tcb = _shuffled(Pki.tcbItems(Pki.COMPONENTS), seed);
        bytes[] memory items = Pki.platformItems();
        items[1] = Pki.item(hex"02", Asn1.seq(Pki.join(tcb)));
        bytes32 id = registry.registerPck(_der(_shuffled(items, seed)));
        CollateralRegistry.Pck memory pck = registry.getPck(id);
        eq(bytes32(pck.components), bytes32(Pki.COMPONENTS), "components");
        eq(bytes32(pck.fmspc), bytes32(Pki.FMSPC), "FMSPC");
        eq(pck.pceSvn, Pki.PCE_SVN, "PCE SVN");
    }

    function testFuzz_components(bytes16 components) public {
        bytes[] memory items = Pki.platformItems();
        items[1] = Pki.item(hex"02", Asn1.seq(Pki.join(Pki.tcbItems(components))));
        bytes32 id = registry.registerPck(_der(items));
        eq(bytes32(registry.getPck(id).components), bytes32(components), "components");
    }

    function test_processorItems() public {
        bytes[] memory items = Pki.platformItems();
        (items[5], items[6]) = ("", "");
        registry.registerPck(_der(items));
    }

    function test_incomplete() public {
        for (uint256 i = 0; i < 7; i++) {
            bytes[] memory items = Pki.platformItems();
            items[i] = "";
            _refuse(
                items,
                abi.encodeWithSelector(
                    SgxExtension.SgxExtensionIncomplete.selector, 0xfe ^ (2 << i)
                )
            );
        }
    }

    function test_duplicate() public {
        bytes[] memory items = Pki.platformItems();
        items[4] = items[2];
        _refuse(
            items,
            abi.encodeWithSelector(SgxExtension.SgxExtensionDuplicateItem.selector, _oid(hex"03"))
        );
    }

    function test_unknownItems() public {
        bytes[3] memory numbers = [bytes(hex"08"), hex"00", hex"0201"];
        for (uint256 i = 0; i < 3; i++) {
            bytes[] memory items = Pki.platformItems();
            items[4] = Pki.item(numbers[i], hex"0500");
            _refuse(
                items,
                abi.encodeWithSelector(
                    SgxExtension.SgxExtensionUnknownItem.selector, _oid(numbers[i])
                )
            );
        }
        bytes[] memory foreign = Pki.platformItems();
        foreign[4] = Asn1.seq(bytes.concat(Asn1.oid(hex"2a864886f84d010d0205"), hex"0500"));
        _refuse(
            foreign,
            abi.encodeWithSelector(
                SgxExtension.SgxExtensionUnknownItem.selector,
                bytes32(hex"2a864886f84d010d0205") | bytes32(uint256(10))
            )
        );
    }

    /// 15 or 17 components, or one of another group.
    function test_tcbIncomplete() public {
        bytes[] memory tcb = Pki.tcbItems(Pki.COMPONENTS);
        tcb[3] = "";
        _refuseTcb(
            tcb, abi.encodeWithSelector(SgxExtension.SgxTcbIncomplete.selector, 0x7fffe ^ 0x10)
        );
        tcb = Pki.tcbItems(Pki.COMPONENTS);
        tcb[3] = Pki.item(hex"0213", Asn1.integer(1));
        _refuseTcb(
            tcb,
            abi.encodeWithSelector(SgxExtension.SgxExtensionUnknownItem.selector, _oid(hex"0213"))
        );
        tcb[3] = Pki.item(hex"0701", Asn1.integer(1));
        _refuseTcb(
            tcb,
            abi.encodeWithSelector(SgxExtension.SgxExtensionUnknownItem.selector, _oid(hex"0701"))
        );
    }

    function test_componentTooLarge() public {
        bytes[] memory tcb = Pki.tcbItems(Pki.COMPONENTS);
        tcb[0] = Pki.item(hex"0201", Asn1.integer(0x1234));
        bytes[] memory items = Pki.platformItems();
        items[1] = Pki.item(hex"02", Asn1.seq(Pki.join(tcb)));
        uint256 at = find(_der(items), hex"02021234");
        _refuse(items, abi.encodeWithSelector(Der.DerIntegerTooLarge.selector, at, 2));
    }

    /// Some verifiers match on CPUSVN, others on the components: no certificate
    /// may mean two things.
    function test_cpuSvnMismatch() public {
        bytes[] memory tcb = Pki.tcbItems(Pki.COMPONENTS);
        bytes16 other = Pki.COMPONENTS ^ bytes16(uint128(1));
        tcb[17] = Pki.item(hex"0212", Asn1.octets(abi.encodePacked(other)));
        _refuseTcb(
            tcb,
            abi.encodeWithSelector(SgxExtension.SgxCpuSvnMismatch.selector, other, Pki.COMPONENTS)
        );
    }

    function test_configurationIncomplete() public {
        bytes[] memory items = Pki.platformItems();
        items[6] = Pki.item(hex"07", Asn1.seq(Pki.item(hex"0702", Asn1.boolean(false))));
        _refuse(
            items, abi.encodeWithSelector(SgxExtension.SgxConfigurationIncomplete.selector, 0x04)
        );
    }

    function test_sgxTypeUnknown() public {
        bytes[] memory items = Pki.platformItems();
        items[4] = Pki.item(hex"05", hex"0a0102");
        registry.registerPck(_der(items));
        items[4] = Pki.item(hex"05", hex"0a0103");
        _refuse(items, abi.encodeWithSelector(SgxExtension.SgxTypeUnknown.selector, 3));
    }

    function _der(bytes[] memory items) private pure returns (bytes memory) {
        Pki.Spec memory s = Pki.pck();
        s.extensions[Pki.I_SGX] = Pki.sgx(items);
        return Pki.build(s, Pki.CA);
    }

    function _refuse(bytes[] memory items, bytes memory reason) private {
        bytes memory der = _der(items);
        vm.expectRevert(reason);
        registry.registerPck(der);
    }

    function _refuseTcb(bytes[] memory tcb, bytes memory reason) private {
        bytes[] memory items = Pki.platformItems();
        items[1] = Pki.item(hex"02", Asn1.seq(Pki.join(tcb)));
        _refuse(items, reason);
    }

    function _oid(bytes memory number) private pure returns (bytes32) {
        bytes memory contents = bytes.concat(ROOT, number);
        return bytes32(contents) | bytes32(contents.length);
    }

    function _shuffled(bytes[] memory list, uint256 seed) private pure returns (bytes[] memory) {
        for (uint256 i = list.length; i > 1; i--) {
            uint256 j = uint256(keccak256(abi.encode(seed, i))) % i;
            (list[i - 1], list[j]) = (list[j], list[i - 1]);
        }
        return list;
    }
}
