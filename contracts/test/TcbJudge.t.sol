// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {vm} from "../script/Vm.sol";
import {QuoteKind, QuoteReport, ReportBody, TcbStatus} from "../src/attestation/QuoteReport.sol";
import {QuoteVerifier} from "../src/attestation/QuoteVerifier.sol";
import {TcbJudge} from "../src/attestation/TcbJudge.sol";
import {JudgeTest} from "./kit/JudgeTest.sol";
import {Pcs} from "./kit/Pcs.sol";
import {Pki} from "./kit/Pki.sol";
import {Quotes} from "./kit/Quotes.sol";

/// TCB levels, modules and enclaves, by the rules of Intel's verification
/// library (TcbLevelCheck, TdxModuleCheck, TDRelaunchCheck).
contract TcbJudgeTest is JudgeTest {
    using ReportBody for QuoteReport;

    string[7] private NAMES = [
        "UpToDate",
        "SWHardeningNeeded",
        "ConfigurationNeeded",
        "ConfigurationAndSWHardeningNeeded",
        "OutOfDate",
        "OutOfDateConfigurationNeeded",
        "Revoked"
    ];
    TcbStatus[6] private STATUSES = [
        TcbStatus.UpToDate,
        TcbStatus.SWHardeningNeeded,
        TcbStatus.ConfigurationNeeded,
        TcbStatus.ConfigurationAndSWHardeningNeeded,
        TcbStatus.OutOfDate,
        TcbStatus.OutOfDateConfigurationNeeded
    ];
    /// What each becomes beside a module or enclave that is OutOfDate.
    TcbStatus[6] private CONVERGED = [
        TcbStatus.OutOfDate,
        TcbStatus.OutOfDate,
        TcbStatus.OutOfDateConfigurationNeeded,
        TcbStatus.OutOfDateConfigurationNeeded,
        TcbStatus.OutOfDate,
        TcbStatus.OutOfDateConfigurationNeeded
    ];

    /* Every kind of quote. */

    function test_kinds() public view {
        QuoteReport memory r = _is(_sgx(), TcbStatus.UpToDate);
        yes(r.kind == QuoteKind.Sgx, "SGX");
        eq(r.measurement, keccak256("mrenclave"), "MRENCLAVE");
        eq(r.mrSigner(), keccak256("mrsigner"), "MRSIGNER");
        eq(r.isvProdId(), 3, "ISVPRODID");
        eq(r.isvSvn(), 9, "ISVSVN");
        eq(bytes32(r.attributes), bytes32(hex"05"), "FLAGS");
        eq(r.reportData[0], "data", "report data");
        r = _is(_tdx(), TcbStatus.UpToDate);
        yes(r.kind == QuoteKind.Td10, "TDX 4");
        eq(r.validUntil, Pki.NOT_AFTER, "until");
        eq(r.tcbEvaluationDataNumber, 17, "evaluation");
        r = _is(Quotes.version5("data", chain, false, 0), TcbStatus.UpToDate);
        yes(r.kind == QuoteKind.Td10, "TDX 5 with TD 1.0");
        eq(r.measurement, Quotes.measurement(), "measurement");
        r = _is(_td15(Pcs.TEE_TCB_SVN), TcbStatus.UpToDate);
        yes(r.kind == QuoteKind.Td15, "TDX 5 with TD 1.5");
        eq(bytes32(r.teeTcbSvn2()), bytes32(Pcs.TEE_TCB_SVN), "TEE_TCB_SVN_2");
        eq(keccak256(r.mrServiceTd()), keccak256(new bytes(48)), "MRSERVICETD");
        r = _is(Quotes.extended(_td15(Pcs.TEE_TCB_SVN)), TcbStatus.UpToDate);
        yes(r.kind == QuoteKind.Td15Ex, "TDX 5 with TD 1.5ex");
        eq(bytes32(r.teeTcbSvn2()), bytes32(Pcs.TEE_TCB_SVN), "TEE_TCB_SVN_2");
        eq(keccak256(r.mrServiceTd()), keccak256(new bytes(48)), "MRSERVICETD");
        eq(r.measurement, Quotes.measurement(), "measurement");
        eq(r.body.length, 885, "all of it");
    }

    function test_version5Descriptor() public {
        Quotes.Spec memory s = _td15(0);
        s.body[0] = 0x02;
        _bodyRefused(
            s, abi.encodeWithSelector(QuoteVerifier.QuoteBodySizeMismatch.selector, 648, 584)
        );
        s.body[0] = 0x01;
        _bodyRefused(s, abi.encodeWithSelector(QuoteVerifier.QuoteBodyTypeUnsupported.selector, 1));
        s.body[0] = 0x09;
        _bodyRefused(s, abi.encodeWithSelector(QuoteVerifier.QuoteBodyTypeUnsupported.selector, 9));
        s.body[0] = 0x03;
        s.body[2] = 0x48;
        _bodyRefused(
            s, abi.encodeWithSelector(QuoteVerifier.QuoteBodySizeMismatch.selector, 0x248, 648)
        );
        s.body[0] = 0x04;
        s.body[2] = 0x88;
        _bodyRefused(
            s, abi.encodeWithSelector(QuoteVerifier.QuoteBodySizeMismatch.selector, 648, 885)
        );
    }

    /* Levels. */

    function test_statuses() public {
        for (uint256 n = 0; n < 6; n++) {
            _platform(false, NAMES[n]);
            _is(_sgx(), STATUSES[n]);
            _platform(true, NAMES[n]);
            _is(_tdx(), STATUSES[n]);
        }
    }

    function test_T08_revoked() public {
        bytes4 revoked = TcbJudge.TcbRevoked.selector;
        _platform(false, "Revoked");
        _refused(_sgx(), abi.encodeWithSelector(revoked, Pki.COMPONENTS, Pki.PCE_SVN, bytes16(0)));
        _platform(true, "Revoked");
        bytes memory reason =
            abi.encodeWithSelector(revoked, Pki.COMPONENTS, Pki.PCE_SVN, Pcs.TEE_TCB_SVN);
        _refused(_tdx(), reason);
        _refused(_td15(Pcs.TEE_TCB_SVN), reason);
    }

    /// Component by component: one that is too low, and the next level counts.
    function test_everyComponentCounts() public {
        for (uint256 n = 0; n < 16; n++) {
            Pcs.Info memory i = Pcs.sgx();
            uint8 svn = uint8(i.levels[0].sgx[n]);
            if (svn == 255) continue;
            i.levels[0].sgx = _with(i.levels[0].sgx, n, svn + 1);
            _put(i);
            QuoteReport memory r = _is(_sgx(), TcbStatus.OutOfDate);
            eq(
                r.advisoryHashes[0],
                keccak256('"INTEL-SA-00289","INTEL-SA-00615"'),
                "the second level's advisories"
            );
        }
        Pcs.Info memory pce = Pcs.sgx();
        pce.levels[0].pceSvn += 1;
        _put(pce);
        _is(_sgx(), TcbStatus.OutOfDate);
    }

    /// With a module that has a version, 0 and 1 are the module's to judge.
    function test_everyTdxComponentCounts() public {
        for (uint256 n = 0; n < 16; n++) {
            Pcs.Info memory i = Pcs.tdx();
            i.levels[0].tdx = _with(i.levels[0].tdx, n, uint8(i.levels[0].tdx[n]) + 1);
            i.levels[1].tdx = 0;
            _put(i);
            _is(_tdx(), n < 2 ? TcbStatus.UpToDate : TcbStatus.OutOfDate);
            if (n != 1) _is(_versionless(), TcbStatus.OutOfDate);
        }
    }

    function test_T13_belowEveryLevel() public {
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

    /// In whatever order they are written, the highest counts.
    function test_T15_levelsReversed() public {
        Pcs.Info memory i = Pcs.tdx();
        (i.levels[0], i.levels[1]) = (i.levels[1], i.levels[0]);
        _put(i);
        _is(_tdx(), TcbStatus.UpToDate);
        Pcs.Identity memory q = Pcs.identity(true);
        (q.levels[0], q.levels[2]) = (q.levels[2], q.levels[0]);
        _put(q);
        _is(_tdx(), TcbStatus.UpToDate);
    }

    /* Convergence. */

    function test_enclaveOutOfDate() public {
        _enclave(false, "OutOfDate");
        _enclave(true, "OutOfDate");
        for (uint256 n = 0; n < 6; n++) {
            _platform(false, NAMES[n]);
            _is(_sgx(), CONVERGED[n]);
            _platform(true, NAMES[n]);
            _is(_tdx(), CONVERGED[n]);
        }
    }

    function test_moduleOutOfDate() public {
        for (uint256 n = 0; n < 6; n++) {
            Pcs.Info memory i = Pcs.tdx();
            i.levels[0].status = NAMES[n];
            i.modules[1] = Pcs.module("TDX_01", 6);
            _put(i);
            QuoteReport memory r = _is(_tdx(), CONVERGED[n]);
            eq(r.advisoryHashes[1], keccak256('"INTEL-SA-00615"'), "module's advisories");
        }
    }

    /* The quoting enclave. */

    function test_Q_identity() public {
        Quotes.Spec memory s = _tdx();
        s.qeReport[128] ^= 0x01;
        bytes32 signer = bytes32(uint256(Pcs.QE_SIGNER) ^ (1 << 248));
        _refused(
            s, abi.encodeWithSelector(TcbJudge.QeSignerMismatch.selector, Pcs.QE_SIGNER, signer)
        );
        s = _tdx();
        s.qeReport[256] = 0x09;
        _refused(s, abi.encodeWithSelector(TcbJudge.QeProductMismatch.selector, 2, 9));
        s = _tdx();
        s.qeReport[48] = 0x14;
        _refused(
            s,
            abi.encodeWithSelector(
                TcbJudge.QeAttributesMismatch.selector, bytes16(hex"11"), bytes16(hex"10")
            )
        );
        s = _tdx();
        s.qeReport[16] = 0x01;
        _refused(
            s,
            abi.encodeWithSelector(
                TcbJudge.QeMiscSelectMismatch.selector, bytes4(0), bytes4(hex"01")
            )
        );
    }

    function test_Q_levels() public {
        Quotes.Spec memory s = _tdx();
        s.qeReport[258] = 0x06;
        QuoteReport memory r = _is(s, TcbStatus.OutOfDate);
        eq(r.advisoryHashes[2], keccak256('"INTEL-SA-00615"'), "enclave's advisories");
        s.qeReport[258] = 0x05;
        _refused(s, abi.encodeWithSelector(TcbJudge.QeTcbRevoked.selector, 5));
        s.qeReport[258] = 0x04;
        _refused(s, abi.encodeWithSelector(TcbJudge.QeTcbNotSupported.selector, 4));
        /* Two bytes, the lower first. */
        s.qeReport[259] = 0x01;
        _is(s, TcbStatus.UpToDate);
    }

    /* The TDX module. */

    function test_M_levels() public {
        Quotes.Spec memory s = _tdx();
        s.body[0] = 0x02;
        _is(s, TcbStatus.OutOfDate);
        s.body[0] = 0x01;
        _refused(s, abi.encodeWithSelector(TcbJudge.TdxModuleTcbRevoked.selector, 1, 1));
        s.body[0] = 0x00;
        _refused(s, abi.encodeWithSelector(TcbJudge.TdxModuleTcbNotSupported.selector, 1, 0));
        s.body[1] = 0x07;
        _refused(s, abi.encodeWithSelector(TcbJudge.TdxModuleUnknown.selector, 7));
        (s.body[0], s.body[1]) = (0x03, 0x03);
        _is(s, TcbStatus.UpToDate);
    }

    /// Version 0 is tdxModule itself: no levels, but signer and attributes.
    function test_moduleWithoutVersion() public {
        _is(_versionless(), TcbStatus.UpToDate);
        Pcs.Info memory i = Pcs.tdx();
        i.module.signer[0] = 0x01;
        _put(i);
        _is(_tdx(), TcbStatus.UpToDate);
        _refused(
            _versionless(),
            abi.encodeWithSelector(TcbJudge.SeamSignerMismatch.selector, new bytes(48))
        );
    }

    /// Whatever identity and mask say, no attribute may be set (M12).
    function test_seamAttributes() public {
        Pcs.Info memory i = Pcs.tdx();
        i.modules[1].attributes = 0x0100000000000000;
        _put(i);
        Quotes.Spec memory s = _tdx();
        s.body[Quotes.SEAM_ATTRIBUTES] = 0x01;
        _refused(
            s, abi.encodeWithSelector(TcbJudge.SeamAttributesMismatch.selector, bytes8(hex"01"))
        );
        _refused(
            _tdx(), abi.encodeWithSelector(TcbJudge.SeamAttributesMismatch.selector, bytes8(0))
        );
    }

    /* TD relaunch. */

    /// The TD runs under a module that is out of date, and the one loaded now
    /// is not.
    function test_M13_relaunch() public {
        _outOfDateModule("UpToDate");
        _is(_td15(0x06010200000000000000000000000000), TcbStatus.TDRelaunchAdvised);
        /* The module that runs now is too old as well, or the microcode is. */
        _is(_td15(0x05010200000000000000000000000000), TcbStatus.OutOfDate);
        _is(_td15(0x06010100000000000000000000000000), TcbStatus.OutOfDate);
        /* Another version, by its own identity; and none. */
        _is(_td15(0x03030200000000000000000000000000), TcbStatus.TDRelaunchAdvised);
        _is(_td15(0x02030200000000000000000000000000), TcbStatus.OutOfDate);
        _is(_td15(0x05000200000000000000000000000000), TcbStatus.TDRelaunchAdvised);
        _is(_td15(0x04000200000000000000000000000000), TcbStatus.OutOfDate);
        _refused(
            _td15(0x06070200000000000000000000000000),
            abi.encodeWithSelector(TcbJudge.TdxModuleUnknown.selector, 7)
        );
        /* TD reports 1.0 cannot say. */
        _is(Quotes.version5("data", chain, false, 0), TcbStatus.OutOfDate);
        _is(_tdx(), TcbStatus.OutOfDate);
    }

    function test_relaunchWithConfiguration() public {
        bytes16 newest = 0x06010200000000000000000000000000;
        _outOfDateModule("ConfigurationNeeded");
        _is(_td15(newest), TcbStatus.TDRelaunchAdvisedConfigurationNeeded);
        _is(Quotes.extended(_td15(newest)), TcbStatus.TDRelaunchAdvisedConfigurationNeeded);
        _outOfDateModule("SWHardeningNeeded");
        _is(_td15(newest), TcbStatus.TDRelaunchAdvised);
        /* No advice where the platform itself is out of date, or the enclave. */
        _outOfDateModule("OutOfDate");
        _is(_td15(newest), TcbStatus.OutOfDate);
        _outOfDateModule("UpToDate");
        _enclave(true, "OutOfDate");
        _is(_td15(newest), TcbStatus.OutOfDate);
    }

    /// That configuration is needed is said by the level that the platform reaches
    /// or by that which it would reach without TDX: one of them is enough.
    function test_relaunchWithConfigurationOfOneLevel() public {
        string[2][3] memory levels = [
            ["UpToDate", "OutOfDate"],
            ["ConfigurationNeeded", "OutOfDate"],
            ["UpToDate", "OutOfDateConfigurationNeeded"]
        ];
        for (uint256 n = 0; n < 3; n++) {
            Pcs.Info memory i = Pcs.tdx();
            i.modules[1] = Pcs.module("TDX_01", 6);
            (i.levels[0].status, i.levels[1].status) = (levels[n][0], levels[n][1]);
            i.levels[0].tdx = _with(i.levels[0].tdx, 2, 3);
            _put(i);
            _is(
                _td15(0x06010300000000000000000000000000),
                n == 0
                    ? TcbStatus.TDRelaunchAdvised
                    : TcbStatus.TDRelaunchAdvisedConfigurationNeeded
            );
        }
    }

    function _outOfDateModule(string memory platform) private {
        Pcs.Info memory i = Pcs.tdx();
        i.levels[0].status = platform;
        i.modules[1] = Pcs.module("TDX_01", 6);
        _put(i);
    }

    function _versionless() private view returns (Quotes.Spec memory s) {
        s = _tdx();
        s.body[1] = 0x00;
    }

    /// Not in compact form: that is not even cut out of these.
    function _bodyRefused(Quotes.Spec memory s, bytes memory reason) private {
        bytes memory quote = Quotes.build(s);
        vm.expectRevert(reason);
        verifier.verifyFullQuote(quote);
    }

    function _with(bytes16 svns, uint256 n, uint8 svn) private pure returns (bytes16) {
        uint256 shift = 8 * (15 - n);
        uint128 rest = uint128(svns) & ~(uint128(0xff) << uint128(shift));
        return bytes16(rest | (uint128(svn) << uint128(shift)));
    }
}
