// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {vm} from "../script/Vm.sol";
import {CollateralRegistry} from "../src/attestation/CollateralRegistry.sol";
import {JsonErrors} from "../src/attestation/Json.sol";
import {P256} from "../src/attestation/P256.sol";
import {TcbStatus} from "../src/attestation/QuoteReport.sol";
import {QuoteVerifier} from "../src/attestation/QuoteVerifier.sol";
import {TcbJudge} from "../src/attestation/TcbJudge.sol";
import {TcbTextErrors} from "../src/attestation/TcbText.sol";
import {Compact} from "./kit/Compact.sol";
import {Crls} from "./kit/Crls.sol";
import {JudgeTest} from "./kit/JudgeTest.sol";
import {Pcs} from "./kit/Pcs.sol";
import {Pki} from "./kit/Pki.sol";
import {Quotes} from "./kit/Quotes.sol";

/// What published verifiers were found to let pass, each by its name: none of it
/// passes here. The ids are those of the simulator's faults.
contract DefectsTest is JudgeTest {
    /* Automata's contracts. */

    /// An enclave that was revoked ended the checks early, with success.
    function test_automata_revokedEnclaveEndsTheChecks_Q08_X01_X02() public {
        _enclave(true, "Revoked");
        _enclave(false, "Revoked");
        bytes memory revoked = abi.encodeWithSelector(TcbJudge.QeTcbRevoked.selector, 8);
        _refused(_tdx(), revoked);
        _refused(_td15(Pcs.TEE_TCB_SVN), revoked);
        _refused(_sgx(), revoked);
        Quotes.Spec memory s = _tdx();
        s.quoteSigner = Pki.STRANGER;
        _unsigned(s);
        s = _tdx();
        s.qeReportSigner = Pki.STRANGER;
        _refused(s, abi.encodeWithSelector(QuoteVerifier.QeReportSignatureInvalid.selector, pckId));
    }

    /// A platform that was revoked came back as true, with an error's text.
    function test_automata_revokedPlatformIsSuccess_T08_X03() public {
        _platform(false, "Revoked");
        _platform(true, "Revoked");
        _refused(
            _sgx(),
            abi.encodeWithSelector(
                TcbJudge.TcbRevoked.selector, Pki.COMPONENTS, Pki.PCE_SVN, bytes16(0)
            )
        );
        Quotes.Spec memory s = _sgx();
        s.quoteSigner = Pki.STRANGER;
        _unsigned(s);
    }

    /// A CA with the real one's name and key identifier, signed by nobody.
    function test_automata_forgedIntermediate_X04_X05() public {
        for (uint256 i = 0; i < 2; i++) {
            Pki.Spec memory s = Pki.ca();
            if (i == 1) s.extensions[Pki.I_AKI] = Pki.aki(Pki.keyId(Pki.STRANGER));
            bytes memory der = Pki.build(s, Pki.STRANGER);
            vm.expectRevert(
                abi.encodeWithSelector(
                    CollateralRegistry.CaNotSignedByRoot.selector, keccak256(der)
                )
            );
            registry.addCa(der);
        }
    }

    /// Relaunch was computed and then overwritten.
    function test_automata_relaunchIsLost_M13() public {
        Pcs.Info memory i = Pcs.tdx();
        i.modules[1] = Pcs.module("TDX_01", 6);
        _put(i);
        _is(_td15(0x06010200000000000000000000000000), TcbStatus.TDRelaunchAdvised);
    }

    /// Without a level that fits, an index went out of bounds.
    function test_automata_noLevelPanics_T12() public {
        Pcs.Info memory i = Pcs.sgx();
        i.levels[0].pceSvn = 13;
        i.levels[1].pceSvn = 12;
        _put(i);
        _refused(
            _sgx(),
            abi.encodeWithSelector(
                TcbJudge.TcbNotSupported.selector, Pki.COMPONENTS, Pki.PCE_SVN, bytes16(0)
            )
        );
    }

    /// The last sixteen bytes of a module's signer were lost in storage.
    function test_automata_moduleSignerIsCut() public {
        Pcs.Info memory i = Pcs.tdx();
        i.modules[1].signer[47] = 0x01;
        _put(i);
        _refused(
            _tdx(), abi.encodeWithSelector(TcbJudge.SeamSignerMismatch.selector, new bytes(48))
        );
    }

    /// TDX components that are missing were read as zeros.
    function test_automata_missingComponentsAreZeros_M11() public {
        bytes memory json = Pcs.text(Pcs.tdx());
        uint256 at = find(json, ',"pcesvn":11,') + 12;
        uint256 end = at;
        while (json[end] != "]") end++;
        json = bytes.concat(cut(json, 0, at), cut(json, end + 1, json.length));
        _textRefused(
            json,
            abi.encodeWithSelector(
                JsonErrors.JsonUnexpected.selector, at, bytes32(',"tdxtcbcomponents":[')
            )
        );
    }

    function test_automata_unknownStatusIsSuccess_T16() public {
        Pcs.Info memory i = Pcs.tdx();
        i.levels[0].status = "Weird";
        _textRefused(
            Pcs.text(i), abi.encodeWithSelector(TcbTextErrors.TcbStatusUnknown.selector, "Weird")
        );
    }

    /// A precompile that answers nothing: a revert without a word, or worse.
    function test_automata_emptyPrecompileAnswer() public {
        bytes memory quote = Quotes.build(_tdx());
        vm.mockCall(address(uint160(P256.PRECOMPILE)), "", "");
        vm.expectRevert(
            abi.encodeWithSelector(
                QuoteVerifier.PckChainRootSignatureInvalid.selector, keccak256(Pki.rootDer())
            )
        );
        verifier.verifyFullQuote(quote);
        vm.expectRevert(
            abi.encodeWithSelector(QuoteVerifier.QeReportSignatureInvalid.selector, pckId)
        );
        verifier.verifyQuote(Compact.form(quote), pckId);
        (bytes32 x, bytes32 y) = (registry.rootX(), registry.rootY());
        vm.expectRevert(abi.encodeWithSelector(P256.P256PrecompileMissing.selector, block.chainid));
        new CollateralRegistry(x, y, "SIMULATED");
        vm.clearMockedCalls();
    }

    /// Which component is which says its identifier, not its place.
    function test_automata_positionalComponents() public {
        Pki.Spec memory s = Pki.pck();
        bytes[] memory items = Pki.platformItems();
        bytes[] memory tcb = Pki.tcbItems(Pki.COMPONENTS);
        (tcb[0], tcb[5]) = (tcb[5], tcb[0]);
        items[1] = Pki.tcbItem(tcb);
        s.extensions[Pki.I_SGX] = Pki.sgx(items);
        bytes32 id = registry.registerPck(Pki.build(s, Pki.CA));
        eq(bytes32(registry.getPck(id).components), bytes32(Pki.COMPONENTS), "components");
    }

    /* dcap-qvl in JavaScript: lists, names and modules that it does not check. */

    function test_dcapQvl_expiredList_C11_C12() public {
        Crls.Spec memory s = Crls.ofCa();
        s.thisUpdate = Crls.utc("231114221321Z");
        s.nextUpdate = Crls.utc("231114221322Z");
        bytes memory der = Crls.build(s, Pki.CA);
        bytes32 slot = registry.getCa(keccak256(Pki.caDer())).slot;
        vm.expectRevert(
            abi.encodeWithSelector(
                CollateralRegistry.CrlExpired.selector,
                slot,
                Pki.NOT_BEFORE + 2,
                Pki.NOT_BEFORE + 1000
            )
        );
        registry.putCrl(der);
    }

    function test_dcapQvl_forgedList_C13_C14() public {
        bytes memory der = Crls.build(Crls.ofRoot(), Pki.STRANGER);
        bytes32 slot = registry.rootSlot();
        vm.expectRevert(
            abi.encodeWithSelector(CollateralRegistry.CrlSignatureInvalid.selector, slot)
        );
        registry.putCrl(der);
    }

    function test_dcapQvl_vendor_F04() public {
        Quotes.Spec memory s = _tdx();
        s.header[12] = 0x92;
        _refused(
            s,
            abi.encodeWithSelector(
                QuoteVerifier.QeVendorUnknown.selector, bytes16(0x929a7233f79c4ca9940a0db3957f0607)
            )
        );
    }

    function test_dcapQvl_pceId_T06() public {
        Pcs.Info memory i = Pcs.tdx();
        i.pceId = hex"aabb";
        _put(i);
        _refused(
            _tdx(),
            abi.encodeWithSelector(
                CollateralRegistry.PceIdMismatch.selector, bytes2(0xaabb), Pki.PCE_ID
            )
        );
    }

    function test_dcapQvl_module_M01_M03_M06() public {
        Quotes.Spec memory s = _tdx();
        s.body[Quotes.MR_SIGNER_SEAM] = 0x33;
        bytes memory signer = new bytes(48);
        signer[0] = 0x33;
        _refused(s, abi.encodeWithSelector(TcbJudge.SeamSignerMismatch.selector, signer));
        s = _tdx();
        s.body[1] = 0x07;
        _refused(s, abi.encodeWithSelector(TcbJudge.TdxModuleUnknown.selector, 7));
        s = _tdx();
        s.body[0] = 0x01;
        _refused(s, abi.encodeWithSelector(TcbJudge.TdxModuleTcbRevoked.selector, 1, 1));
    }

    function test_dcapQvl_noIdentities_M10() public {
        Pcs.Info memory i = Pcs.tdx();
        i.modules = new Pcs.Module[](0);
        _put(i);
        _refused(_tdx(), abi.encodeWithSelector(TcbJudge.TdxModuleUnknown.selector, 1));
    }

    /* go-tdx-guest. */

    /// With a module version, the platform's own level was not asked for.
    function test_goTdxGuest_platformIsIgnored_T08_T09_T14() public {
        _platform(true, "Revoked");
        _refused(
            _tdx(),
            abi.encodeWithSelector(
                TcbJudge.TcbRevoked.selector, Pki.COMPONENTS, Pki.PCE_SVN, Pcs.TEE_TCB_SVN
            )
        );
        _platform(true, "OutOfDate");
        _is(_tdx(), TcbStatus.OutOfDate);
    }

    /// An auth data length of 4 GiB in version 5 crashed it.
    function test_goTdxGuest_panics_F09() public {
        bytes memory quote = Quotes.build(_td15(0));
        uint256 available = quote.length - 54 - 648 - 4;
        quote = patched(quote, 54 + 648, hex"ffffffff");
        vm.expectRevert(
            abi.encodeWithSelector(QuoteVerifier.AuthDataTruncated.selector, 0xffffffff, available)
        );
        verifier.verifyFullQuote(quote);
    }

    /* Intel's QVL: what it leaves to others. */

    function test_qvl_notYetIssued_T02_Q10() public {
        Pcs.Info memory i = Pcs.tdx();
        i.issued = "2023-11-15T00:00:00Z";
        bytes memory early = abi.encodeWithSelector(
            CollateralRegistry.TcbInfoNotYetValid.selector, 1_700_006_400, Pki.NOT_BEFORE + 1000
        );
        _textRefused(Pcs.text(i), early);
        Pcs.Identity memory q = Pcs.identity(true);
        q.issued = "2023-11-15T00:00:00Z";
        bytes memory json = Pcs.text(q);
        bytes memory signature = Pcs.sign(json, Pki.SIGNER);
        bytes32 signer = keccak256(Pki.signerDer());
        vm.expectRevert(
            abi.encodeWithSelector(
                CollateralRegistry.QeIdentityNotYetValid.selector,
                1_700_006_400,
                Pki.NOT_BEFORE + 1000
            )
        );
        registry.putQeIdentity(json, signature, signer);
    }

    function test_qvl_basicConstraints_C28_C29() public {
        Pki.Spec memory s = Pki.pck();
        s.extensions[Pki.I_BASIC] = Pki.ca().extensions[Pki.I_BASIC];
        bytes memory der = Pki.build(s, Pki.CA);
        vm.expectRevert(
            abi.encodeWithSelector(CollateralRegistry.PckMarkedAsCa.selector, keccak256(der))
        );
        registry.registerPck(der);
        s = Pki.ca();
        s.extensions[Pki.I_BASIC] = Pki.basic("");
        der = Pki.build(s, Pki.ROOT);
        vm.expectRevert(
            abi.encodeWithSelector(CollateralRegistry.CaNotMarkedAsCa.selector, keccak256(der))
        );
        registry.addCa(der);
    }

    /// A root that its own list revokes vouches for no full quote.
    function test_qvl_rootInItsOwnList_C32() public {
        Crls.Spec memory s = Crls.ofRoot();
        uint160 serial = Pki.serialOf(Pki.ROOT, Pki.ROOT);
        (s.thisUpdate, s.entries) = (Crls.utc("231114221321Z"), Crls.entry(serial));
        registry.putCrl(Crls.build(s, Pki.ROOT));
        bytes memory quote = Quotes.build(_tdx());
        vm.expectRevert(abi.encodeWithSelector(QuoteVerifier.PckChainRootRevoked.selector, serial));
        verifier.verifyFullQuote(quote);
    }

    function _unsigned(Quotes.Spec memory s) private {
        _refused(
            s,
            abi.encodeWithSelector(
                QuoteVerifier.QuoteSignatureInvalid.selector, sha256(bytes.concat(s.header, s.body))
            )
        );
    }

    function _textRefused(bytes memory json, bytes memory reason) private {
        bytes memory signature = Pcs.sign(json, Pki.SIGNER);
        bytes32 signer = keccak256(Pki.signerDer());
        vm.expectRevert(reason);
        registry.putTcbInfo(json, signature, signer);
    }
}
