// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {vm} from "../script/Vm.sol";
import {CollateralRegistry} from "../src/attestation/CollateralRegistry.sol";
import {Der} from "../src/attestation/Der.sol";
import {SgxExtension} from "../src/attestation/SgxExtension.sol";
import {X509} from "../src/attestation/X509.sol";
import {Check} from "./kit/Check.sol";
import {Asn1, Pki} from "./kit/Pki.sol";

abstract contract RegistryTest is Check {
    CollateralRegistry internal registry;

    function setUp() public virtual {
        vm.warp(Pki.NOT_BEFORE + 1000);
        (uint256 x, uint256 y) = vm.publicKeyP256(Pki.ROOT);
        registry = new CollateralRegistry(bytes32(x), bytes32(y), "SIMULATED");
    }

    function _refuseCa(Pki.Spec memory s, bytes memory reason) internal {
        bytes memory der = Pki.build(s, Pki.ROOT);
        vm.expectRevert(reason);
        registry.addCa(der);
    }

    function _refusePck(Pki.Spec memory s, bytes memory reason) internal {
        bytes memory der = Pki.build(s, Pki.CA);
        vm.expectRevert(reason);
        registry.registerPck(der);
    }
}

/// Who may be a CA, who a PCK.
contract CollateralRegistryTest is RegistryTest {
    event CaAdded(bytes32 indexed caId, string subjectCn, uint40 notBefore, uint40 notAfter);
    event PckRegistered(
        bytes32 indexed pckId, bytes32 indexed caId, bytes6 fmspc, uint40 notBefore, uint40 notAfter
    );

    function test_root() public {
        (uint256 x, uint256 y) = vm.publicKeyP256(Pki.ROOT);
        eq(registry.rootX(), bytes32(x), "x");
        eq(registry.rootY(), bytes32(y), "y");
        eq(registry.label(), "SIMULATED", "label");
        vm.expectRevert(abi.encodeWithSelector(CollateralRegistry.RootKeyNotOnCurve.selector, y, x));
        new CollateralRegistry(bytes32(y), bytes32(x), "SIMULATED");
    }

    function test_addCa() public {
        bytes memory der = Pki.caDer();
        vm.expectEmit(true, true, true, true, address(registry));
        emit CaAdded(
            keccak256(der),
            "Intel SGX PCK Platform CA",
            uint40(Pki.NOT_BEFORE),
            uint40(Pki.NOT_AFTER)
        );
        bytes32 id = registry.addCa(der);
        eq(id, keccak256(der), "id");
        CollateralRegistry.Ca memory ca = registry.getCa(id);
        (uint256 x, uint256 y) = vm.publicKeyP256(Pki.CA);
        eq(ca.x, bytes32(x), "x");
        eq(ca.y, bytes32(y), "y");
        eq(ca.notBefore, Pki.NOT_BEFORE, "from");
        eq(ca.notAfter, Pki.NOT_AFTER, "to");
        eq(registry.currentCa(ca.slot), id, "slot");
        vm.recordLogs();
        eq(registry.addCa(der), id, "again");
        eq(vm.getRecordedLogs().length, 0, "no event the second time");
    }

    function test_processorCa() public {
        Pki.Spec memory s = Pki.ca();
        s.subject = Pki.name("Intel SGX PCK Processor CA");
        registry.addCa(Pki.build(s, Pki.ROOT));
    }

    function test_unknownIds() public {
        vm.expectRevert(abi.encodeWithSelector(CollateralRegistry.CaUnknown.selector, bytes32("x")));
        registry.getCa("x");
        vm.expectRevert(
            abi.encodeWithSelector(CollateralRegistry.PckUnknown.selector, bytes32("x"))
        );
        registry.getPck("x");
        vm.expectRevert(
            abi.encodeWithSelector(CollateralRegistry.PckUnknown.selector, bytes32("x"))
        );
        registry.requirePck("x");
    }

    function test_caIssuerUnexpected() public {
        Pki.Spec memory s = Pki.ca();
        s.issuer = Pki.name("Intel SGX Root CA 2");
        _refuseCa(
            s,
            abi.encodeWithSelector(
                CollateralRegistry.CaIssuerUnexpected.selector, "Intel SGX Root CA 2"
            )
        );
    }

    /// The forged intermediate of Automata's 1.1.0: the right names and key
    /// identifiers, another signer.
    function test_caNotSignedByRoot() public {
        bytes memory der = Pki.build(Pki.ca(), Pki.STRANGER);
        vm.expectRevert(
            abi.encodeWithSelector(CollateralRegistry.CaNotSignedByRoot.selector, keccak256(der))
        );
        registry.addCa(der);
    }

    function test_caNameUnexpected() public {
        Pki.Spec memory s = Pki.ca();
        s.subject = Pki.name("Intel SGX PCK Certificate");
        _refuseCa(
            s,
            abi.encodeWithSelector(
                CollateralRegistry.CaNameUnexpected.selector, "Intel SGX PCK Certificate"
            )
        );
    }

    function test_caNotMarkedAsCa() public {
        Pki.Spec memory s = Pki.ca();
        s.extensions[Pki.I_BASIC] = Pki.basic("");
        bytes32 id = keccak256(Pki.build(s, Pki.ROOT));
        _refuseCa(s, abi.encodeWithSelector(CollateralRegistry.CaNotMarkedAsCa.selector, id));
    }

    function test_caMayNotSignCertificates() public {
        Pki.Spec memory s = Pki.ca();
        s.extensions[Pki.I_KEY_USAGE] = Pki.keyUsage(hex"0102");
        bytes32 id = keccak256(Pki.build(s, Pki.ROOT));
        _refuseCa(
            s,
            abi.encodeWithSelector(CollateralRegistry.CaMayNotSignCertificates.selector, id, 0x02)
        );
    }

    /// Both ends of a window belong to it.
    function test_caWindow() public {
        bytes memory ca = Pki.caDer();
        bytes memory pck = Pki.pckDer();
        bytes memory early = abi.encodeWithSelector(
            CollateralRegistry.CertificateNotYetValid.selector,
            keccak256(ca),
            Pki.NOT_BEFORE,
            Pki.NOT_BEFORE - 1
        );
        bytes memory late = abi.encodeWithSelector(
            CollateralRegistry.CertificateExpired.selector,
            keccak256(ca),
            Pki.NOT_AFTER,
            Pki.NOT_AFTER + 1
        );
        vm.warp(Pki.NOT_BEFORE - 1);
        vm.expectRevert(early);
        registry.addCa(ca);
        vm.warp(Pki.NOT_AFTER + 1);
        vm.expectRevert(late);
        registry.addCa(ca);
        vm.warp(Pki.NOT_BEFORE);
        registry.addCa(ca);
        vm.warp(Pki.NOT_AFTER);
        registry.addCa(ca);

        /* Outside it, the CA's word on platforms counts for nothing either. */
        vm.warp(Pki.NOT_BEFORE - 1);
        vm.expectRevert(early);
        registry.registerPck(pck);
        vm.warp(Pki.NOT_AFTER + 1);
        vm.expectRevert(late);
        registry.registerPck(pck);
    }

    /// A PCK's own window, inside its CA's.
    function test_pckWindow() public {
        registry.addCa(Pki.caDer());
        Pki.Spec memory s = Pki.pck();
        s.validity = Pki.validity("231114221321Z", "330518033319Z");
        bytes memory der = Pki.build(s, Pki.CA);
        vm.warp(Pki.NOT_BEFORE);
        bytes memory early = abi.encodeWithSelector(
            CollateralRegistry.CertificateNotYetValid.selector,
            keccak256(der),
            Pki.NOT_BEFORE + 1,
            Pki.NOT_BEFORE
        );
        bytes memory late = abi.encodeWithSelector(
            CollateralRegistry.CertificateExpired.selector,
            keccak256(der),
            Pki.NOT_AFTER - 1,
            Pki.NOT_AFTER
        );
        vm.expectRevert(early);
        registry.registerPck(der);
        vm.warp(Pki.NOT_AFTER);
        vm.expectRevert(late);
        registry.registerPck(der);

        vm.warp(Pki.NOT_BEFORE + 1);
        bytes32 id = registry.registerPck(der);
        registry.requirePck(id);
        vm.warp(Pki.NOT_BEFORE);
        vm.expectRevert(early);
        registry.requirePck(id);
        vm.warp(Pki.NOT_AFTER);
        vm.expectRevert(late);
        registry.requirePck(id);
    }

    /// A platform whose CA has expired vouches for nothing any more.
    function test_caExpiresBeforePck() public {
        Pki.Spec memory s = Pki.ca();
        s.validity = Pki.validity("231114221320Z", "330518033319Z");
        bytes32 caId = registry.addCa(Pki.build(s, Pki.ROOT));
        bytes32 pckId = registry.registerPck(Pki.pckDer());
        vm.warp(Pki.NOT_AFTER - 1);
        registry.requirePck(pckId);
        vm.warp(Pki.NOT_AFTER);
        vm.expectRevert(
            abi.encodeWithSelector(
                CollateralRegistry.CertificateExpired.selector,
                caId,
                Pki.NOT_AFTER - 1,
                Pki.NOT_AFTER
            )
        );
        registry.requirePck(pckId);

        /* Renewed under the same key: the platform needs no new certificate. */
        s.validity = Pki.validity("231114221321Z", "331231235959Z");
        bytes32 renewed = registry.addCa(Pki.build(s, Pki.ROOT));
        registry.registerPck(Pki.pckDer());
        eq(registry.getPck(pckId).caId, renewed, "the new certificate answers for it");
        registry.requirePck(pckId);
    }

    /// Nobody can bring an older CA certificate back.
    function test_caSuperseded() public {
        bytes memory old = Pki.caDer();
        Pki.Spec memory s = Pki.ca();
        s.validity = Pki.validity("231114221321Z", "330518033320Z");
        registry.addCa(old);
        bytes32 current = registry.addCa(Pki.build(s, Pki.ROOT));
        vm.expectRevert(
            abi.encodeWithSelector(
                CollateralRegistry.CaSuperseded.selector,
                current,
                Pki.NOT_BEFORE + 1,
                Pki.NOT_BEFORE
            )
        );
        registry.addCa(old);
    }

    function test_registerPck() public {
        bytes32 caId = registry.addCa(Pki.caDer());
        bytes memory der = Pki.pckDer();
        vm.expectEmit(true, true, true, true, address(registry));
        emit PckRegistered(
            keccak256(der), caId, Pki.FMSPC, uint40(Pki.NOT_BEFORE), uint40(Pki.NOT_AFTER)
        );
        bytes32 id = registry.registerPck(der);
        CollateralRegistry.Pck memory pck = registry.getPck(id);
        (uint256 x, uint256 y) = vm.publicKeyP256(Pki.PCK);
        eq(pck.x, bytes32(x), "x");
        eq(pck.y, bytes32(y), "y");
        eq(pck.caId, caId, "CA");
        eq(bytes32(pck.fmspc), bytes32(Pki.FMSPC), "FMSPC");
        eq(bytes32(pck.pceId), bytes32(Pki.PCE_ID), "PCE-ID");
        eq(pck.pceSvn, Pki.PCE_SVN, "PCE SVN");
        eq(bytes32(pck.components), bytes32(Pki.COMPONENTS), "components");
        eq(pck.serial, 0xC0FFEE ^ (Pki.CA << 16) ^ Pki.PCK, "serial");
        (bytes32 kx, bytes32 ky, bytes6 fmspc, bytes32 answering) = registry.requirePck(id);
        eq(kx, bytes32(x), "key x");
        eq(ky, bytes32(y), "key y");
        eq(bytes32(fmspc), bytes32(Pki.FMSPC), "key's FMSPC");
        eq(answering, caId, "key's CA");
    }

    function test_pckIssuerUnknown() public {
        bytes32 slot = keccak256(
            abi.encode(
                keccak256(Pki.name("Intel SGX PCK Platform CA")), keccak256(Pki.keyId(Pki.CA))
            )
        );
        _refusePck(
            Pki.pck(),
            abi.encodeWithSelector(
                CollateralRegistry.PckIssuerUnknown.selector, slot, "Intel SGX PCK Platform CA"
            )
        );
    }

    /// The key identifier counts, not only the name (catalogue C25), and an
    /// empty one matches nothing.
    function test_pckNamesAnotherKey() public {
        registry.addCa(Pki.caDer());
        Pki.Spec memory s = Pki.pck();
        s.extensions[Pki.I_AKI] = Pki.aki("");
        bytes32 slot =
            keccak256(abi.encode(keccak256(Pki.name("Intel SGX PCK Platform CA")), keccak256("")));
        _refusePck(
            s,
            abi.encodeWithSelector(
                CollateralRegistry.PckIssuerUnknown.selector, slot, "Intel SGX PCK Platform CA"
            )
        );
    }

    function test_pckNotSignedByCa() public {
        bytes32 caId = registry.addCa(Pki.caDer());
        bytes memory der = Pki.build(Pki.pck(), Pki.STRANGER);
        vm.expectRevert(
            abi.encodeWithSelector(
                CollateralRegistry.PckNotSignedByCa.selector, keccak256(der), caId
            )
        );
        registry.registerPck(der);
    }

    function test_pckNameUnexpected() public {
        registry.addCa(Pki.caDer());
        Pki.Spec memory s = Pki.pck();
        s.subject = Pki.name("Intel SGX TCB Signing");
        _refusePck(
            s,
            abi.encodeWithSelector(
                CollateralRegistry.PckNameUnexpected.selector, "Intel SGX TCB Signing"
            )
        );
    }

    function test_pckMarkedAsCa() public {
        registry.addCa(Pki.caDer());
        Pki.Spec memory s = Pki.pck();
        s.extensions[Pki.I_BASIC] = Pki.basic(Asn1.boolean(true));
        bytes32 id = keccak256(Pki.build(s, Pki.CA));
        _refusePck(s, abi.encodeWithSelector(CollateralRegistry.PckMarkedAsCa.selector, id));
    }

    function test_pckMayNotSign() public {
        registry.addCa(Pki.caDer());
        Pki.Spec memory s = Pki.pck();
        s.extensions[Pki.I_KEY_USAGE] = Pki.keyUsage(hex"0640");
        bytes32 id = keccak256(Pki.build(s, Pki.CA));
        _refusePck(s, abi.encodeWithSelector(CollateralRegistry.PckMayNotSign.selector, id, 0x40));
    }

    function test_pckWithoutSgxExtension() public {
        registry.addCa(Pki.caDer());
        Pki.Spec memory s = Pki.pck();
        s.extensions[Pki.I_SGX] = Pki.extension(hex"2a03", false, "");
        bytes32 id = keccak256(Pki.build(s, Pki.CA));
        _refusePck(
            s, abi.encodeWithSelector(CollateralRegistry.PckWithoutSgxExtension.selector, id)
        );
    }

    /// No byte of a certificate may change: a signature that is malleable
    /// aside, whose other form is another certificate of the same content.
    function testFuzz_noByteOfACertificateIsIgnored(uint256 at, uint8 mask) public {
        vm.assume(mask != 0);
        bytes memory ca = Pki.caDer();
        vm.expectRevert();
        registry.addCa(flipped(ca, at % ca.length, mask));
        registry.addCa(ca);
        bytes memory pck = Pki.pckDer();
        vm.expectRevert();
        registry.registerPck(flipped(pck, at % pck.length, mask));
    }
}

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
        _refuseCa(s, _at(X509.CertificateAlgorithmUnsupported.selector, s, p384));
        s = Pki.ca();
        s.outerAlgorithm = p384;
        _refuseCa(s, _at(X509.CertificateAlgorithmUnsupported.selector, s, p384));
        s.outerAlgorithm = hex"300c06082a8648ce3d0403020500";
        _refuseCa(s, _at(X509.CertificateAlgorithmUnsupported.selector, s, s.outerAlgorithm));
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
            abi.encodeWithSelector(X509.CertificateSignatureFormat.selector, head.length + 4);
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
        _refuseCa(s, _at(X509.CertificateNameAmbiguous.selector, s, second));
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
                _refuseCa(s, _at(X509.CertificateTimeInvalid.selector, s, time));
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
        _refuseCa(s, _at(X509.CertificateTimeInvalid.selector, s, noZone));
        bytes memory tooShort = Asn1.tlv(0x17, "2311142213Z");
        s.validity = Asn1.seq(bytes.concat(tooShort, Asn1.tlv(0x17, "330518033320Z")));
        _refuseCa(s, _at(X509.CertificateTimeInvalid.selector, s, tooShort));
        /* A letter among the digits: the error names where. */
        bytes memory letter = Asn1.tlv(0x17, "2311x4221320Z");
        s.validity = Asn1.seq(bytes.concat(letter, Asn1.tlv(0x17, "330518033320Z")));
        uint256 at = find(Pki.build(s, Pki.ROOT), letter) + 2 + 4;
        _refuseCa(s, abi.encodeWithSelector(X509.CertificateTimeInvalid.selector, at));
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
        _refuseCa(
            s, _at(X509.CertificateTimeInvalid.selector, s, Asn1.tlv(0x18, "21000229000000Z"))
        );
        s.validity = Asn1.seq(
            bytes.concat(Asn1.tlv(0x18, "19691231235959Z"), Asn1.tlv(0x18, "21000228000000Z"))
        );
        _refuseCa(
            s, _at(X509.CertificateTimeInvalid.selector, s, Asn1.tlv(0x18, "19691231235959Z"))
        );
    }

    function test_extensionMissing() public {
        bytes[5] memory oids = [Pki.AKI, Pki.CRL_DP, Pki.SKI, Pki.KEY_USAGE, Pki.BASIC];
        for (uint256 i = 0; i < 5; i++) {
            Pki.Spec memory s = Pki.ca();
            s.extensions[i] = Pki.extension(hex"2a03", false, "");
            _refuseCa(
                s, abi.encodeWithSelector(X509.CertificateExtensionMissing.selector, _oid(oids[i]))
            );
        }
    }

    function test_extensionDuplicate() public {
        Pki.Spec memory s = Pki.ca();
        s.extensions[Pki.I_CRL_DP] = s.extensions[Pki.I_SKI];
        _refuseCa(
            s, abi.encodeWithSelector(X509.CertificateExtensionDuplicate.selector, _oid(Pki.SKI))
        );
    }

    function test_extensionUnknown() public {
        Pki.Spec memory s = Pki.ca();
        s.extensions = _with(s.extensions, 6);
        s.extensions[5] = Pki.extension(hex"2a03", true, "");
        _refuseCa(
            s, abi.encodeWithSelector(X509.CertificateExtensionCritical.selector, _oid(hex"2a03"))
        );
        s.extensions[5] = Pki.extension(hex"2a03", false, "");
        registry.addCa(Pki.build(s, Pki.ROOT));
    }

    function test_extensionCount() public {
        Pki.Spec memory s = Pki.ca();
        s.extensions = _with(s.extensions, 17);
        for (uint8 i = 5; i < 17; i++) {
            s.extensions[i] = Pki.extension(abi.encodePacked(uint8(0x2a), i), false, "");
        }
        _refuseCa(s, abi.encodeWithSelector(X509.CertificateExtensionCount.selector, 17));
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
        bytes[4] memory wrong = [
            bytes(hex"01"), /* no bits at all */
            hex"0806", /* eight unused bits in a byte */
            hex"0006", /* the last bit is not used */
            hex"0206" /* an unused bit is set */
        ];
        for (uint256 i = 0; i < 4; i++) {
            Pki.Spec memory s = Pki.ca();
            s.extensions[Pki.I_KEY_USAGE] = Pki.keyUsage(wrong[i]);
            bytes memory element = Asn1.tlv(0x03, wrong[i]);
            _refuseCa(s, _at(X509.CertificateKeyUsageInvalid.selector, s, element));
        }
    }

    function test_nothingFollowsInsideExtensions() public {
        Pki.Spec memory s = Pki.ca();
        bytes memory id = Pki.keyId(Pki.CA);
        bytes memory value = bytes.concat(Asn1.octets(id), hex"00");
        s.extensions[Pki.I_SKI] = Pki.extension(Pki.SKI, false, value);
        uint256 at = find(Pki.build(s, Pki.ROOT), value) + value.length - 1;
        _refuseCa(s, abi.encodeWithSelector(Der.DerTrailing.selector, at, at + 1));
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
