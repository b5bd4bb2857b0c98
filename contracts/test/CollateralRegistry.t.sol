// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {vm} from "../script/Vm.sol";
import {CollateralRegistry} from "../src/attestation/CollateralRegistry.sol";
import {Crls} from "./kit/Crls.sol";
import {Pcs} from "./kit/Pcs.sol";
import {Asn1, Pki} from "./kit/Pki.sol";
import {RegistryTest} from "./kit/RegistryTest.sol";

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
        registry.collateral("x", CollateralRegistry.Tee.Tdx);
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
    function test_caMayNotSignLists() public {
        Pki.Spec memory s = Pki.ca();
        s.extensions[Pki.I_KEY_USAGE] = Pki.keyUsage(hex"0204");
        _refuseCa(
            s,
            abi.encodeWithSelector(
                CollateralRegistry.CrlIssuerMayNotSign.selector,
                keccak256(Pki.build(s, Pki.ROOT)),
                0x04
            )
        );
    }

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
        _putRest();
        registry.collateral(id, CollateralRegistry.Tee.Tdx);
        vm.warp(Pki.NOT_BEFORE);
        vm.expectRevert(early);
        registry.collateral(id, CollateralRegistry.Tee.Tdx);
        vm.warp(Pki.NOT_AFTER);
        vm.expectRevert(late);
        registry.collateral(id, CollateralRegistry.Tee.Tdx);
    }

    /// A platform whose CA has expired vouches for nothing any more.
    function test_caExpiresBeforePck() public {
        Pki.Spec memory s = Pki.ca();
        s.validity = Pki.validity("231114221320Z", "330518033319Z");
        bytes32 caId = registry.addCa(Pki.build(s, Pki.ROOT));
        bytes32 pckId = registry.registerPck(Pki.pckDer());
        _putRest();
        vm.warp(Pki.NOT_AFTER - 1);
        registry.collateral(pckId, CollateralRegistry.Tee.Tdx);
        vm.warp(Pki.NOT_AFTER);
        vm.expectRevert(
            abi.encodeWithSelector(
                CollateralRegistry.CertificateExpired.selector,
                caId,
                Pki.NOT_AFTER - 1,
                Pki.NOT_AFTER
            )
        );
        registry.collateral(pckId, CollateralRegistry.Tee.Tdx);

        /* Renewed under the same key: the platform needs no new certificate. */
        s.validity = Pki.validity("231114221321Z", "331231235959Z");
        bytes32 renewed = registry.addCa(Pki.build(s, Pki.ROOT));
        registry.registerPck(Pki.pckDer());
        eq(registry.getPck(pckId).caId, renewed, "the new certificate answers for it");
        registry.collateral(pckId, CollateralRegistry.Tee.Tdx);
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

    /* TCB signers. */

    function test_signerIsTheRoots() public {
        Pki.Spec memory s = Pki.tcbSigner();
        s.issuer = Pki.name("Intel SGX Root");
        _refuseSigner(
            s,
            abi.encodeWithSelector(
                CollateralRegistry.TcbSignerIssuerUnexpected.selector, "Intel SGX Root"
            )
        );
        bytes memory der = Pki.build(Pki.tcbSigner(), Pki.STRANGER);
        vm.expectRevert(
            abi.encodeWithSelector(
                CollateralRegistry.TcbSignerNotSignedByRoot.selector, keccak256(der)
            )
        );
        registry.addTcbSigner(der);
    }

    function test_signerIsASigner() public {
        Pki.Spec memory s = Pki.tcbSigner();
        s.extensions[Pki.I_BASIC] = Pki.ca().extensions[Pki.I_BASIC];
        _refuseSigner(
            s,
            abi.encodeWithSelector(
                CollateralRegistry.TcbSignerMarkedAsCa.selector, keccak256(Pki.build(s, Pki.ROOT))
            )
        );
        s = Pki.tcbSigner();
        s.extensions[Pki.I_KEY_USAGE] = Pki.keyUsage(hex"0640");
        _refuseSigner(
            s,
            abi.encodeWithSelector(
                CollateralRegistry.TcbSignerMayNotSign.selector,
                keccak256(Pki.build(s, Pki.ROOT)),
                0x40
            )
        );
    }

    function test_signerName() public {
        Pki.Spec memory s = Pki.tcbSigner();
        s.subject = Pki.name("Intel SGX TCB signing");
        _refuseSigner(
            s,
            abi.encodeWithSelector(
                CollateralRegistry.TcbSignerNameUnexpected.selector, "Intel SGX TCB signing"
            )
        );
    }

    function test_signerRevoked() public {
        uint160 serial = Pki.serialOf(Pki.ROOT, Pki.SIGNER);
        Crls.Spec memory list = Crls.ofRoot();
        list.entries = Crls.entry(serial);
        registry.putCrl(Crls.build(list, Pki.ROOT));
        _refuseSigner(
            Pki.tcbSigner(),
            abi.encodeWithSelector(
                CollateralRegistry.TcbSignerRevoked.selector, keccak256(Pki.signerDer()), serial
            )
        );
    }

    function test_getTcbSigner() public {
        vm.expectRevert(
            abi.encodeWithSelector(CollateralRegistry.TcbSignerUnknown.selector, bytes32("x"))
        );
        registry.getTcbSigner("x");
        bytes32 id = registry.addTcbSigner(Pki.signerDer());
        CollateralRegistry.TcbSigner memory signer = registry.getTcbSigner(id);
        (uint256 x, uint256 y) = vm.publicKeyP256(Pki.SIGNER);
        eq(signer.x, bytes32(x), "x");
        eq(signer.y, bytes32(y), "y");
        eq(signer.serial, Pki.serialOf(Pki.ROOT, Pki.SIGNER), "serial");
    }

    /* How long all of it holds. */

    /// Each in turn is the first to end.
    function test_validUntilIsTheEarliestEnd() public {
        for (uint256 first = 0; first < 8; first++) {
            setUp();
            bytes32 pckId = _putEnding(first);
            eq(
                registry.collateral(pckId, CollateralRegistry.Tee.Tdx).validUntil,
                Pki.NOT_AFTER - 1,
                vm.toString(first)
            );
        }
    }

    /// TCB info and identity may have signers of their own, each in its window.
    function test_twoSigners() public {
        bytes32 pckId = _putEnding(7);
        vm.warp(Pki.NOT_AFTER);
        vm.expectRevert(
            abi.encodeWithSelector(
                CollateralRegistry.CertificateExpired.selector,
                keccak256(Pki.build(_otherSigner(), Pki.ROOT)),
                Pki.NOT_AFTER - 1,
                Pki.NOT_AFTER
            )
        );
        registry.collateral(pckId, CollateralRegistry.Tee.Tdx);
    }

    /// Collateral of which one part ends a second before the rest.
    function _putEnding(uint256 first) private returns (bytes32 pckId) {
        bytes memory early = Pki.validity("231114221320Z", "330518033319Z");
        Crls.Spec memory list = Crls.ofRoot();
        if (first == 0) list.nextUpdate = Crls.utc("330518033319Z");
        registry.putCrl(Crls.build(list, Pki.ROOT));
        Pki.Spec memory s = Pki.ca();
        if (first == 1) s.validity = early;
        registry.addCa(Pki.build(s, Pki.ROOT));
        list = Crls.ofCa();
        if (first == 2) list.nextUpdate = Crls.utc("330518033319Z");
        registry.putCrl(Crls.build(list, Pki.CA));
        s = Pki.pck();
        if (first == 3) s.validity = early;
        pckId = registry.registerPck(Pki.build(s, Pki.CA));
        s = Pki.tcbSigner();
        if (first == 4) s.validity = early;
        bytes32 signer = registry.addTcbSigner(Pki.build(s, Pki.ROOT));
        Pcs.Info memory i = Pcs.tdx();
        if (first == 5) i.next = "2033-05-18T03:33:19Z";
        bytes memory json = Pcs.text(i);
        registry.putTcbInfo(json, Pcs.sign(json, Pki.SIGNER), signer);
        Pcs.Identity memory q = Pcs.identity(true);
        if (first == 6) q.next = "2033-05-18T03:33:19Z";
        if (first == 7) signer = registry.addTcbSigner(Pki.build(_otherSigner(), Pki.ROOT));
        json = Pcs.text(q);
        registry.putQeIdentity(json, Pcs.sign(json, Pki.SIGNER), signer);
    }

    /// The same key under another certificate, which ends a second early.
    function _otherSigner() private pure returns (Pki.Spec memory s) {
        s = Pki.tcbSigner();
        s.validity = Pki.validity("231114221320Z", "330518033319Z");
        s.serial = Asn1.integer(77);
    }

    function _refuseSigner(Pki.Spec memory s, bytes memory reason) private {
        bytes memory der = Pki.build(s, Pki.ROOT);
        vm.expectRevert(reason);
        registry.addTcbSigner(der);
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
