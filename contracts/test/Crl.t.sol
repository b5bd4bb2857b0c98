// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {vm} from "../script/Vm.sol";
import {CollateralRegistry} from "../src/attestation/CollateralRegistry.sol";
import {Crl} from "../src/attestation/Crl.sol";
import {Der} from "../src/attestation/Der.sol";
import {X509} from "../src/attestation/X509.sol";
import {Crls} from "./kit/Crls.sol";
import {Pcs} from "./kit/Pcs.sol";
import {Asn1, Pki} from "./kit/Pki.sol";
import {RegistryTest} from "./kit/RegistryTest.sol";

/// Revocation lists: their form, their order, and what they end.
contract CrlTest is RegistryTest {
    bytes32 private pckId;
    bytes32 private slot;

    function setUp() public override {
        super.setUp();
        pckId = Pcs.putAll(registry);
        slot = registry.getCa(keccak256(Pki.caDer())).slot;
    }

    /* What they end. */

    function test_C06_pckRevoked() public {
        uint160 serial = Pki.serialOf(Pki.CA, Pki.PCK);
        _revoke(Crls.ofCa(), Pki.CA, serial);
        bytes memory reason =
            abi.encodeWithSelector(CollateralRegistry.PckRevoked.selector, pckId, serial);
        vm.expectRevert(reason);
        registry.collateral(pckId, CollateralRegistry.Tee.Tdx);
        bytes memory der = Pki.pckDer();
        vm.expectRevert(reason);
        registry.registerPck(der);
    }

    function test_C07_caRevoked() public {
        bytes32 caId = keccak256(Pki.caDer());
        uint160 serial = Pki.serialOf(Pki.ROOT, Pki.CA);
        _revoke(Crls.ofRoot(), Pki.ROOT, serial);
        bytes memory reason =
            abi.encodeWithSelector(CollateralRegistry.CaRevoked.selector, caId, serial);
        vm.expectRevert(reason);
        registry.collateral(pckId, CollateralRegistry.Tee.Tdx);
        bytes memory der = Pki.caDer();
        vm.expectRevert(reason);
        registry.addCa(der);
        der = Pki.pckDer();
        vm.expectRevert(reason);
        registry.registerPck(der);
    }

    function test_C08_signerRevoked() public {
        bytes32 signer = keccak256(Pki.signerDer());
        uint160 serial = Pki.serialOf(Pki.ROOT, Pki.SIGNER);
        _revoke(Crls.ofRoot(), Pki.ROOT, serial);
        bytes memory reason =
            abi.encodeWithSelector(CollateralRegistry.TcbSignerRevoked.selector, signer, serial);
        vm.expectRevert(reason);
        registry.collateral(pckId, CollateralRegistry.Tee.Tdx);
        bytes memory json = Pcs.text(Pcs.tdx());
        bytes memory signature = Pcs.sign(json, Pki.SIGNER);
        vm.expectRevert(reason);
        registry.putTcbInfo(json, signature, signer);
    }

    /// The present list counts, as everywhere: what the next one leaves out is
    /// good again.
    function test_theNewestListCounts() public {
        uint160 serial = Pki.serialOf(Pki.CA, Pki.PCK);
        _revoke(Crls.ofCa(), Pki.CA, serial);
        yes(registry.isRevoked(slot, serial), "revoked");
        Crls.Spec memory s = Crls.ofCa();
        s.thisUpdate = Crls.utc("231114221322Z");
        registry.putCrl(Crls.build(s, Pki.CA));
        no(registry.isRevoked(slot, serial), "revoked by an older list");
        registry.collateral(pckId, CollateralRegistry.Tee.Tdx);
    }

    /* Order. */

    function test_onlyNewer() public {
        Crls.Spec memory s = Crls.ofCa();
        registry.putCrl(Crls.caDer());
        s.entries = Crls.entry(7);
        _refuse(
            s,
            abi.encodeWithSelector(
                CollateralRegistry.CrlNotNewer.selector, slot, Pki.NOT_BEFORE, Pki.NOT_BEFORE
            )
        );
        s.thisUpdate = Crls.utc("231114221321Z");
        s.extensions[Crls.I_NUMBER] = Crls.number(4);
        _refuse(s, abi.encodeWithSelector(CollateralRegistry.CrlNumberLower.selector, slot, 5, 4));
        /* Intel numbers several alike. */
        s.extensions[Crls.I_NUMBER] = Crls.number(5);
        registry.putCrl(Crls.build(s, Pki.CA));
    }

    function test_C11_windows() public {
        Crls.Spec memory s = Crls.ofCa();
        (s.thisUpdate, s.nextUpdate) = (Crls.utc("231114221321Z"), Crls.utc("231115000000Z"));
        bytes memory der = Crls.build(s, Pki.CA);
        uint256 from = Pki.NOT_BEFORE + 1;
        uint256 to = 1_700_006_400;
        vm.warp(from - 1);
        vm.expectRevert(
            abi.encodeWithSelector(CollateralRegistry.CrlNotYetValid.selector, slot, from, from - 1)
        );
        registry.putCrl(der);
        bytes memory expired =
            abi.encodeWithSelector(CollateralRegistry.CrlExpired.selector, slot, to, to + 1);
        vm.warp(to + 1);
        vm.expectRevert(expired);
        registry.putCrl(der);
        vm.warp(to);
        registry.putCrl(der);
        registry.collateral(pckId, CollateralRegistry.Tee.Tdx);
        vm.warp(to + 1);
        vm.expectRevert(expired);
        registry.collateral(pckId, CollateralRegistry.Tee.Tdx);
        s = Crls.ofCa();
        s.thisUpdate = s.nextUpdate;
        _refuse(
            s, abi.encodeWithSelector(Crl.CrlWindowInverted.selector, Pki.NOT_AFTER, Pki.NOT_AFTER)
        );
    }

    function test_nothingWithoutLists() public {
        (uint256 x, uint256 y) = vm.publicKeyP256(Pki.ROOT);
        registry = new CollateralRegistry(bytes32(x), bytes32(y), "SIMULATED");
        registry.addCa(Pki.caDer());
        bytes32 id = registry.registerPck(Pki.pckDer());
        vm.expectRevert(abi.encodeWithSelector(CollateralRegistry.CrlMissing.selector, slot));
        registry.collateral(id, CollateralRegistry.Tee.Tdx);
        registry.putCrl(Crls.caDer());
        bytes32 root = registry.rootSlot();
        vm.expectRevert(abi.encodeWithSelector(CollateralRegistry.CrlMissing.selector, root));
        registry.collateral(id, CollateralRegistry.Tee.Tdx);
        registry.putCrl(Crls.rootDer());
        vm.expectRevert(
            abi.encodeWithSelector(
                CollateralRegistry.TcbInfoMissing.selector, CollateralRegistry.Tee.Tdx, Pki.FMSPC
            )
        );
        registry.collateral(id, CollateralRegistry.Tee.Tdx);
    }

    /* Form. */

    function test_C13_signature() public {
        bytes memory der = Crls.build(Crls.ofCa(), Pki.STRANGER);
        vm.expectRevert(
            abi.encodeWithSelector(CollateralRegistry.CrlSignatureInvalid.selector, slot)
        );
        registry.putCrl(der);
    }

    /// A list that the other CA signed, and one that names another key.
    function test_C16_issuer() public {
        Crls.Spec memory s = Crls.ofCa();
        s.issuer = Pki.name("Intel SGX PCK Processor CA");
        bytes32 other = keccak256(abi.encode(keccak256(s.issuer), keccak256(Pki.keyId(Pki.CA))));
        _refuse(
            s,
            abi.encodeWithSelector(
                CollateralRegistry.CrlIssuerUnknown.selector, other, "Intel SGX PCK Processor CA"
            )
        );
        s = Crls.ofCa();
        s.extensions[Crls.I_AKI] = Pki.aki("");
        other = keccak256(abi.encode(keccak256(s.issuer), keccak256("")));
        _refuse(
            s,
            abi.encodeWithSelector(
                CollateralRegistry.CrlIssuerUnknown.selector, other, "Intel SGX PCK Platform CA"
            )
        );
    }

    function test_version() public {
        Crls.Spec memory s = Crls.ofCa();
        s.version = hex"020102";
        _refuse(s, abi.encodeWithSelector(Crl.CrlVersionUnsupported.selector, 3));
        s.version = hex"02020101";
        uint256 at = find(Crls.build(s, Pki.CA), s.version);
        _refuse(s, abi.encodeWithSelector(Der.DerIntegerTooLarge.selector, at, 2));
    }

    function test_entries() public {
        Crls.Spec memory s = Crls.ofCa();
        s.thisUpdate = Crls.utc("231114221321Z");
        bytes memory date = Asn1.tlv(0x17, "231120000000Z");
        /* Negative, and with a zero too many. */
        bytes[2] memory bad = [bytes(hex"020180"), hex"02020001"];
        for (uint256 i = 0; i < 2; i++) {
            s.entries = Asn1.seq(bytes.concat(bad[i], date));
            bytes memory der = Crls.build(s, Pki.CA);
            _refuse(
                s,
                abi.encodeWithSelector(
                    Der.DerIntegerInvalid.selector, find(der, bytes.concat(bad[i], date))
                )
            );
        }
        bytes memory long = abi.encodePacked(hex"0215", bytes21(uint168(1) << 160));
        s.entries = Asn1.seq(bytes.concat(long, date));
        uint256 at = find(Crls.build(s, Pki.CA), long);
        _refuse(s, abi.encodeWithSelector(Der.DerIntegerTooLarge.selector, at, 21));
        s.entries = Asn1.seq(
            bytes.concat(
                Asn1.integer(7), date, Asn1.seq(Pki.extension(Crls.REASON, true, hex"0a0101"))
            )
        );
        _refuse(
            s,
            abi.encodeWithSelector(
                X509.X509ExtensionCritical.selector, bytes32(hex"551d15") | bytes32(uint256(3))
            )
        );
    }

    function test_emptyList() public {
        bytes memory der = Crls.build(Crls.ofCa(), Pki.CA);
        /* SEQUENCE {} behind nextUpdate. */
        Crls.Spec memory s = Crls.ofCa();
        s.nextUpdate = bytes.concat(s.nextUpdate, hex"3000");
        uint256 at = find(der, Crls.ofCa().nextUpdate) + 15 + 2;
        _refuse(s, abi.encodeWithSelector(Crl.CrlEntryListEmpty.selector, at));
    }

    /// The first and the last of many count.
    function test_manyEntries() public {
        uint256 count = 300;
        Crls.Spec memory s = Crls.ofCa();
        s.thisUpdate = Crls.utc("231114221321Z");
        s.entries = Crls.many(count);
        bytes memory der = Crls.build(s, Pki.CA);
        registry.putCrl(der);
        yes(registry.isRevoked(slot, 0x1000), "the first");
        yes(registry.isRevoked(slot, uint160(0x1000 + count - 1)), "the last");
        no(registry.isRevoked(slot, uint160(0x1000 + count)), "one more");
    }

    /// Beyond what two bytes of length can say a list is refused, not cut.
    function test_tooManyEntries() public {
        uint256 length = 10_000 * Crls.entry(0x1000).length;
        bytes memory der = bytes.concat(hex"3083", bytes3(uint24(length)), new bytes(length));
        vm.expectRevert(abi.encodeWithSelector(Der.DerLengthUnsupported.selector, 0, 0x83));
        registry.putCrl(der);
    }

    /// A delta list says what changed, and is not the list.
    function test_delta() public {
        Crls.Spec memory s = Crls.ofCa();
        bytes[] memory all = new bytes[](3);
        (all[0], all[1]) = (s.extensions[0], s.extensions[1]);
        all[2] = Pki.extension(hex"551d1b", true, Asn1.integer(4));
        s.extensions = all;
        _refuse(
            s,
            abi.encodeWithSelector(
                X509.X509ExtensionCritical.selector, bytes32(hex"551d1b") | bytes32(uint256(3))
            )
        );
    }

    function test_extensions() public {
        Crls.Spec memory s = Crls.ofCa();
        s.extensions[Crls.I_NUMBER] = Pki.extension(hex"551d1c", true, hex"3000");
        bytes32 partOnly = bytes32(hex"551d1c") | bytes32(uint256(3));
        _refuse(s, abi.encodeWithSelector(X509.X509ExtensionCritical.selector, partOnly));
        s.extensions[Crls.I_NUMBER] = s.extensions[Crls.I_AKI];
        bytes32 aki = bytes32(hex"551d23") | bytes32(uint256(3));
        _refuse(s, abi.encodeWithSelector(X509.X509ExtensionDuplicate.selector, aki));
        s = Crls.ofCa();
        bytes32 number = bytes32(hex"551d14") | bytes32(uint256(3));
        s.extensions[Crls.I_NUMBER] = Pki.extension(hex"551d12", false, hex"3000");
        _refuse(s, abi.encodeWithSelector(X509.X509ExtensionMissing.selector, number));
    }

    function _revoke(Crls.Spec memory s, uint256 signer, uint160 serial) private {
        s.thisUpdate = Crls.utc("231114221321Z");
        s.entries = bytes.concat(Crls.entry(1), Crls.entry(serial), Crls.entry(2));
        registry.putCrl(Crls.build(s, signer));
    }

    function _refuse(Crls.Spec memory s, bytes memory reason) private {
        bytes memory der = Crls.build(s, Pki.CA);
        vm.expectRevert(reason);
        registry.putCrl(der);
    }
}
