// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {CollateralRegistry} from "./CollateralRegistry.sol";
import {QuoteKind, TcbStatus} from "./QuoteReport.sol";
import {TcbTable} from "./TcbTable.sol";

/// Holds a quote against TCB info and QE identity, by the rules of Intel's
/// quote verification library: the highest level that platform and TDX module
/// reach, then the statuses of module and quoting enclave converged with it.
///
/// What is revoked or reaches no level is refused; every other status is the
/// AVS's to judge.
library TcbJudge {
    using TcbTable for uint256;

    struct Verdict {
        TcbStatus status;
        /// Of the levels of platform, TDX module and quoting enclave.
        bytes32[3] advisoryHashes;
        uint32 evaluation;
    }

    /// A level that was found: its status (NotEvaluated: none was).
    struct Level {
        TcbStatus status;
        bytes32 advisoryHash;
    }

    /// The security versions of SGX (the higher half) and TDX that a platform
    /// has, each once more for whom it is to be named to.
    struct Platform {
        uint256 svns;
        uint16 pceSvn;
        /// TEE_TCB_SVN of the quote and, in TD reports from 1.5 on, of the module now.
        bytes16 teeTcbSvn;
        bytes16 teeTcbSvn2;
        bool mayRelaunch;
    }

    /* In the quoting enclave's report. */
    uint256 private constant MISC_SELECT = 16;
    uint256 private constant ATTRIBUTES = 48;
    uint256 private constant MR_SIGNER = 128;
    uint256 private constant ISV_PROD_ID = 256;
    uint256 private constant ISV_SVN = 258;

    /* In the TD report. */
    uint256 private constant MR_SIGNER_SEAM = 64;
    uint256 private constant SEAM_ATTRIBUTES = 112;
    uint256 private constant TEE_TCB_SVN_2 = 584;

    /// Every second byte, and what stands above each when it borrowed nothing.
    uint256 private constant EVEN =
        0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
    uint256 private constant ABOVE =
        0x0100010001000100010001000100010001000100010001000100010001000100;
    uint256 private constant ABOVE_16 = 0x01000100010001000100010001000100;
    uint256 private constant HIGH_16 = uint256(type(uint128).max) << 128;

    /// The QE's MISCSELECT must be, masked, its identity's.
    error QeMiscSelectMismatch(bytes4 expected, bytes4 actual);
    /// The QE's attributes must be, masked, its identity's.
    error QeAttributesMismatch(bytes16 expected, bytes16 actual);
    /// The QE's MRSIGNER must be its identity's.
    error QeSignerMismatch(bytes32 expected, bytes32 actual);
    /// The QE's product id must be its identity's.
    error QeProductMismatch(uint16 expected, uint16 actual);
    /// The QE's SVN must reach a level of its identity.
    error QeTcbNotSupported(uint16 isvSvn);
    /// The QE's level must not be revoked.
    error QeTcbRevoked(uint16 isvSvn);
    /// The TDX module's signer must be the one of TCB info.
    error SeamSignerMismatch(bytes mrSignerSeam);
    /// The TDX module's attributes must be those of TCB info, and zero.
    error SeamAttributesMismatch(bytes8 seamAttributes);
    /// TCB info must have an identity of this version of TDX module.
    error TdxModuleUnknown(uint8 version);
    /// The TDX module's SVN must reach a level of its identity.
    error TdxModuleTcbNotSupported(uint8 version, uint8 isvSvn);
    /// The TDX module's level must not be revoked.
    error TdxModuleTcbRevoked(uint8 version, uint8 isvSvn);
    /// The platform must reach a level of TCB info.
    error TcbNotSupported(bytes16 components, uint16 pceSvn, bytes16 teeTcbSvn);
    /// The platform's level must not be revoked.
    error TcbRevoked(bytes16 components, uint16 pceSvn, bytes16 teeTcbSvn);

    function judge(
        QuoteKind kind,
        bytes calldata body,
        bytes calldata qeReport,
        CollateralRegistry.Collateral memory c
    ) internal view returns (Verdict memory v) {
        Level memory qe = _qe(TcbTable.load(c.qeIdentity, type(uint256).max), qeReport);
        v.advisoryHashes[2] = qe.advisoryHash;
        bytes memory table = TcbTable.load(c.tcbInfo, type(uint256).max);
        (, uint256 head) = TcbTable.headOf(table);
        v.evaluation = head.evaluation();
        Platform memory p;
        (p.svns, p.pceSvn) = (uint256(uint128(c.components)) << 128, c.pceSvn);
        if (kind == QuoteKind.Sgx) {
            (Level memory level,) = _platform(table, TcbTable.INFO_BODY, head.levels(), p);
            v.status = level.status;
            v.advisoryHashes[0] = level.advisoryHash;
        } else {
            bool from15 = kind >= QuoteKind.Td15;
            if (from15) p.teeTcbSvn2 = bytes16(_at(body, TEE_TCB_SVN_2));
            p.mayRelaunch = from15 && _isGood(qe.status);
            _td(table, head, body, p, v);
        }
        v.status = _converge(v.status, qe.status);
    }

    /* The quoting enclave. */

    function _qe(bytes memory table, bytes calldata report)
        private
        pure
        returns (Level memory level)
    {
        (, uint256 head) = TcbTable.headOf(table);
        bytes4 misc = bytes4(_at(report, MISC_SELECT)) & head.miscSelectMask();
        if (misc != head.miscSelect()) revert QeMiscSelectMismatch(head.miscSelect(), misc);
        uint256 word = _word(table, TcbTable.QE_ATTRIBUTES);
        bytes16 attributes = bytes16(_at(report, ATTRIBUTES)) & bytes16(uint128(word));
        if (attributes != bytes16(bytes32(word))) {
            revert QeAttributesMismatch(bytes16(bytes32(word)), attributes);
        }
        bytes32 wanted = bytes32(_word(table, TcbTable.QE_SIGNER));
        bytes32 signer = _at(report, MR_SIGNER);
        if (signer != wanted) revert QeSignerMismatch(wanted, signer);
        uint16 product = _u16(report, ISV_PROD_ID);
        if (product != head.pceIdOrProduct()) {
            revert QeProductMismatch(head.pceIdOrProduct(), product);
        }
        uint16 isvSvn = _u16(report, ISV_SVN);
        level = _svn(table, TcbTable.QE_LEVELS, head.levels(), isvSvn);
        if (level.status == TcbStatus.NotEvaluated) revert QeTcbNotSupported(isvSvn);
        if (level.status == TcbStatus.Revoked) revert QeTcbRevoked(isvSvn);
    }

    /* The platform. */

    /// The highest level that the platform reaches, and the status of the
    /// highest that it reaches without TDX. No TDX: no components, so the same.
    function _platform(bytes memory table, uint256 at, uint256 count, Platform memory p)
        private
        pure
        returns (Level memory level, TcbStatus sgx)
    {
        (uint256 svns, uint256 pceSvn) = (p.svns, p.pceSvn);
        /* A table's size bounds all of this. */
        unchecked {
            uint256 end = at + count * TcbTable.PLATFORM_LEVEL;
            for (; at != end; at += TcbTable.PLATFORM_LEVEL) {
                uint256 reached = _word(table, at);
                if (pceSvn < uint16(reached >> 112)) continue;
                reached = (reached & HIGH_16) | (_word(table, at + 18) >> 128);
                reached = _reached(svns, reached);
                if (reached >> 128 != ABOVE_16) continue;
                TcbStatus status = TcbStatus(_word(table, at + 34) >> 248);
                if (sgx == TcbStatus.NotEvaluated) sgx = status;
                if (uint128(reached) != ABOVE_16) continue;
                level = Level(status, bytes32(_word(table, at + 35)));
                break;
            }
        }
        bytes16 components = bytes16(bytes32(svns));
        if (level.status == TcbStatus.NotEvaluated) {
            revert TcbNotSupported(components, p.pceSvn, p.teeTcbSvn);
        }
        if (level.status == TcbStatus.Revoked) {
            revert TcbRevoked(components, p.pceSvn, p.teeTcbSvn);
        }
    }

    /// Platform, TDX module and, where it may be, the advice to launch the TD
    /// anew because the module was updated under it.
    function _td(
        bytes memory table,
        uint256 head,
        bytes calldata body,
        Platform memory p,
        Verdict memory v
    ) private pure {
        p.teeTcbSvn = bytes16(_at(body, 0));
        p.svns |= uint128(p.teeTcbSvn);
        /* The module's own version is judged by its identity, if it has one. */
        if (p.teeTcbSvn[1] != 0) p.svns |= uint256(0xffff) << 112;

        uint256 levels = _behindModules(table, head.modules());
        Level memory module = _module(table, head.modules(), body, p.teeTcbSvn);
        (Level memory level, TcbStatus sgx) = _platform(table, levels, head.levels(), p);
        v.advisoryHashes[0] = level.advisoryHash;
        v.advisoryHashes[1] = module.advisoryHash;
        v.status = _converge(level.status, module.status);
        bool old =
            v.status == TcbStatus.OutOfDate || v.status == TcbStatus.OutOfDateConfigurationNeeded;
        if (
            p.mayRelaunch && old && module.status == TcbStatus.OutOfDate && _isGood(sgx)
                && _isNewest(table, levels, head.modules(), p.teeTcbSvn2)
        ) {
            v.status = _needsConfiguration(sgx) || _needsConfiguration(v.status)
                ? TcbStatus.TDRelaunchAdvisedConfigurationNeeded
                : TcbStatus.TDRelaunchAdvised;
        }
    }

    /* The TDX module. */

    /// Version 0 has no levels of its own: it is good if signer and attributes
    /// are, and the platform's levels judge the rest.
    function _module(bytes memory table, uint256 modules, bytes calldata body, bytes16 teeTcbSvn)
        private
        pure
        returns (Level memory level)
    {
        (uint8 isvSvn, uint8 version) = (uint8(teeTcbSvn[0]), uint8(teeTcbSvn[1]));
        uint256 at = TcbTable.INFO_BODY;
        level.status = TcbStatus.UpToDate;
        if (version != 0) at = _findModule(table, modules, version) + 1;
        if (
            uint256(_at(body, MR_SIGNER_SEAM)) != _word(table, at)
                || bytes16(_at(body, MR_SIGNER_SEAM + 32))
                    != bytes16(bytes32(_word(table, at + 32)))
        ) revert SeamSignerMismatch(body[MR_SIGNER_SEAM:MR_SIGNER_SEAM + 48]);
        bytes8 attributes = bytes8(_at(body, SEAM_ATTRIBUTES));
        /* Whatever the mask says, none may be set. */
        if (attributes != bytes8(bytes32(_word(table, at + 48))) || attributes != 0) {
            revert SeamAttributesMismatch(attributes);
        }
        if (version == 0) return level;
        uint256 count = _word(table, at + 56) >> 248;
        level = _svn(table, at + 57, count, isvSvn);
        if (level.status == TcbStatus.NotEvaluated) {
            revert TdxModuleTcbNotSupported(version, isvSvn);
        }
        if (level.status == TcbStatus.Revoked) revert TdxModuleTcbRevoked(version, isvSvn);
    }

    function _findModule(bytes memory table, uint256 modules, uint8 version)
        private
        pure
        returns (uint256 at)
    {
        at = TcbTable.INFO_MODULES;
        for (; modules > 0; modules--) {
            if (_word(table, at) >> 248 == version) return at;
            at = _behindModule(table, at);
        }
        revert TdxModuleUnknown(version);
    }

    function _behindModules(bytes memory table, uint256 modules) private pure returns (uint256 at) {
        at = TcbTable.INFO_MODULES;
        for (; modules > 0; modules--) {
            at = _behindModule(table, at);
        }
    }

    function _behindModule(bytes memory table, uint256 at) private pure returns (uint256) {
        uint256 count = _word(table, at + TcbTable.MODULE_HEAD - 1) >> 248;
        return at + TcbTable.MODULE_HEAD + count * TcbTable.SVN_LEVEL;
    }

    /// Whether the module that runs now reaches the highest levels there are.
    function _isNewest(bytes memory table, uint256 levels, uint256 modules, bytes16 now_)
        private
        pure
        returns (bool)
    {
        bytes16 highest = bytes16(bytes32(_word(table, levels + 18)));
        if (now_[2] < highest[2]) return false;
        if (now_[1] == 0) return now_[0] >= highest[0];
        uint256 at = _findModule(table, modules, uint8(now_[1]));
        return uint8(now_[0]) >= _word(table, at + TcbTable.MODULE_HEAD) >> 240;
    }

    /* Levels and statuses. */

    /// The highest level that a security version reaches.
    function _svn(bytes memory table, uint256 at, uint256 count, uint256 isvSvn)
        private
        pure
        returns (Level memory level)
    {
        for (; count > 0; count--) {
            uint256 word = _word(table, at);
            if (isvSvn >= word >> 240) {
                level.status = TcbStatus(uint8(word >> 232));
                level.advisoryHash = bytes32(_word(table, at + 3));
                return level;
            }
            at += TcbTable.SVN_LEVEL;
        }
    }

    /// For each of 32 security versions whether it is at least the wanted one:
    /// 0x0100 in each of 16 lanes says so of two neighbours.
    function _reached(uint256 svns, uint256 wanted) private pure returns (uint256) {
        unchecked {
            uint256 even = ((svns & EVEN) | ABOVE) - (wanted & EVEN);
            uint256 odd = (((svns >> 8) & EVEN) | ABOVE) - ((wanted >> 8) & EVEN);
            return even & odd & ABOVE;
        }
    }

    /// What is out of date beside the platform makes all of it so.
    function _converge(TcbStatus status, TcbStatus other) private pure returns (TcbStatus) {
        if (other != TcbStatus.OutOfDate) return status;
        if (status == TcbStatus.UpToDate || status == TcbStatus.SWHardeningNeeded) {
            return TcbStatus.OutOfDate;
        }
        if (
            status == TcbStatus.ConfigurationNeeded
                || status == TcbStatus.ConfigurationAndSWHardeningNeeded
        ) return TcbStatus.OutOfDateConfigurationNeeded;
        return status;
    }

    /// UpToDate but for configuration and hardening.
    function _isGood(TcbStatus status) private pure returns (bool) {
        return status >= TcbStatus.UpToDate && status < TcbStatus.OutOfDate;
    }

    function _needsConfiguration(TcbStatus status) private pure returns (bool) {
        return status == TcbStatus.ConfigurationNeeded
            || status == TcbStatus.ConfigurationAndSWHardeningNeeded
            || status == TcbStatus.OutOfDateConfigurationNeeded;
    }

    function _word(bytes memory table, uint256 at) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(add(table, 0x20), at))
        }
    }

    function _u16(bytes calldata data, uint256 at) private pure returns (uint16 value) {
        assembly ("memory-safe") {
            let word := calldataload(add(data.offset, at))
            value := or(byte(0, word), shl(8, byte(1, word)))
        }
    }

    /// Of calldata that was found to be long enough.
    function _at(bytes calldata data, uint256 at) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := calldataload(add(data.offset, at))
        }
    }
}
