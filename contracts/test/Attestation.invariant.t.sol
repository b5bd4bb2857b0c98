// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {vm} from "../script/Vm.sol";
import {CollateralRegistry} from "../src/attestation/CollateralRegistry.sol";
import {QuoteVerifier} from "../src/attestation/QuoteVerifier.sol";
import {Check} from "./kit/Check.sol";
import {Crls} from "./kit/Crls.sol";
import {Pcs} from "./kit/Pcs.sol";
import {Asn1, Pki} from "./kit/Pki.sol";
import {Quotes} from "./kit/Quotes.sol";

/// Feeds the registry certificates of random windows and signers while time
/// goes on, beside a model of what it must hold.
contract CertificateActor {
    CollateralRegistry public immutable registry;
    QuoteVerifier public immutable verifier;

    /// The newest CA certificate that the registry must hold, and its window.
    bytes32 public caId;
    uint256 public caFrom;
    uint256 public caTo;
    /// Likewise the platform's, and the CA that was current then.
    bytes32 public pckId;
    uint256 public pckFrom;
    uint256 public pckTo;
    bytes32 public pckCa;
    uint256 public pckCaFrom;
    uint256 public pckCaTo;
    bytes public quote;
    uint256 public surprises;
    /// What follows the platform's certificate in a chain.
    bytes private rest;

    constructor() {
        vm.warp(Pki.NOT_BEFORE);
        (uint256 x, uint256 y) = vm.publicKeyP256(Pki.ROOT);
        registry = new CollateralRegistry(bytes32(x), bytes32(y), "SIMULATED");
        verifier = new QuoteVerifier(registry);
        registry.putCrl(Crls.rootDer());
        registry.addTcbSigner(Pki.signerDer());
        Pcs.put(registry, Pcs.tdx());
        Pcs.put(registry, Pcs.identity(true));
    }

    function addCa(uint256 from, uint256 length, bool forged) external {
        Pki.Spec memory s = Pki.ca();
        (from, length) = _window(s, from, length);
        bytes memory der = Pki.build(s, forged ? Pki.STRANGER : Pki.ROOT);
        bool open = from <= block.timestamp && block.timestamp <= from + length;
        bool expected = !forged && open && (caId == 0 || from > caFrom || keccak256(der) == caId);
        try registry.addCa(der) returns (bytes32 id) {
            if (!expected || id != keccak256(der)) surprises++;
            if (caId == 0) registry.putCrl(Crls.caDer());
            (caId, caFrom, caTo) = (id, from, from + length);
            rest = bytes.concat(Quotes.pem(der), Quotes.pem(Pki.rootDer()));
        } catch {
            if (expected) surprises++;
        }
    }

    function registerPck(uint256 from, uint256 length, bool forged) external {
        Pki.Spec memory s = Pki.pck();
        (from, length) = _window(s, from, length);
        bytes memory der = Pki.build(s, forged ? Pki.STRANGER : Pki.CA);
        bool caOpen = caId != 0 && caFrom <= block.timestamp && block.timestamp <= caTo;
        bool open = from <= block.timestamp && block.timestamp <= from + length;
        try registry.registerPck(der) returns (bytes32 id) {
            if (forged || !open || !caOpen) surprises++;
            (pckId, pckFrom, pckTo) = (id, from, from + length);
            (pckCa, pckCaFrom, pckCaTo) = (caId, caFrom, caTo);
            quote = Quotes.build(Quotes.withChain("", bytes.concat(Quotes.pem(der), rest)));
        } catch {
            if (!forged && open && caOpen) surprises++;
        }
    }

    function pass(uint256 time) external {
        vm.warp(block.timestamp + (time % 40 days));
    }

    /// Writes a window of whole days around the present into a certificate.
    function _window(Pki.Spec memory s, uint256 from, uint256 length)
        private
        view
        returns (uint256, uint256)
    {
        from = (block.timestamp / 1 days + 5 - (from % 12)) * 1 days;
        length = (length % 60) * 1 days;
        s.validity = Asn1.seq(bytes.concat(_time(from), _time(from + length)));
        return (from, length);
    }

    /// Only of this century's days: midnight as GeneralizedTime.
    function _time(uint256 at) private pure returns (bytes memory) {
        (uint256 year, uint256 month, uint256 day) = (2000, 1, at / 1 days - 10_957);
        while (day >= _yearDays(year)) day -= _yearDays(year++);
        uint8[12] memory days_ = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        if (_yearDays(year) == 366) days_[1] = 29;
        while (day >= days_[month - 1]) day -= days_[month++ - 1];
        uint256 date = (year * 100 + month) * 100 + day + 1;
        return Asn1.tlv(0x18, bytes.concat(bytes(vm.toString(date)), "000000Z"));
    }

    function _yearDays(uint256 year) private pure returns (uint256) {
        return year % 4 == 0 ? 366 : 365;
    }
}

contract AttestationInvariants is Check {
    CertificateActor private actor;
    CollateralRegistry private registry;

    function setUp() public {
        actor = new CertificateActor();
        registry = actor.registry();
    }

    function targetContracts() external view returns (address[] memory list) {
        list = new address[](1);
        list[0] = address(actor);
    }

    /// Forged, early, late and superseded certificates are never taken; all
    /// others are.
    function invariant_registryTakesWhatItMust() public view {
        eq(actor.surprises(), 0, "surprises");
        bytes32 caId = actor.caId();
        if (caId == 0) return;
        eq(registry.currentCa(registry.getCa(caId).slot), caId, "the newest CA is current");
    }

    /// A platform vouches for quotes exactly while its own window and that of
    /// the CA which answers for it are open, and the verifier says no more and
    /// no less than the registry.
    function invariant_quotesStandAndFallWithTheWindows() public {
        bytes32 pckId = actor.pckId();
        if (pckId == 0) return;
        uint256 time = block.timestamp;
        bytes memory quote = actor.quote();
        bytes memory reason;
        if (time > actor.pckTo()) {
            reason = abi.encodeWithSelector(
                CollateralRegistry.CertificateExpired.selector, pckId, actor.pckTo(), time
            );
        } else if (time > actor.pckCaTo()) {
            reason = abi.encodeWithSelector(
                CollateralRegistry.CertificateExpired.selector, actor.pckCa(), actor.pckCaTo(), time
            );
        }
        QuoteVerifier verifier = actor.verifier();
        if (reason.length != 0) vm.expectRevert(reason);
        verifier.verifyFullQuote(quote);
    }
}
