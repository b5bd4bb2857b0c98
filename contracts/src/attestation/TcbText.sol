// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {Der} from "./Der.sol";
import {Json, JsonErrors} from "./Json.sol";
import {TcbStatus} from "./QuoteReport.sol";
import {TcbTable} from "./TcbTable.sol";

interface TcbTextErrors is JsonErrors {
    /// TCB info is for SGX or TDX.
    error TcbInfoIdUnknown(string id);
    /// TCB info must be of version 3.
    error TcbInfoVersionUnsupported(uint256 version);
    /// TCB info's tcbType must be 0.
    error TcbTypeUnsupported(uint256 tcbType);
    /// A TCB level has 16 components.
    error TcbComponentCount(uint256 offset, uint256 count);
    /// A TCB status must be one that Intel documents for its place.
    error TcbStatusUnknown(string status);
    /// Levels must fit their count.
    error TcbLevelsTooMany(uint256 offset);
    /// Identities of TDX modules must fit their count.
    error TcbModulesTooMany(uint256 offset);
    /// No two TCB levels may be the same.
    error TcbLevelDuplicate(uint256 offset);
    /// Each version of TDX module has one identity.
    error TdxModuleIdentityDuplicate(uint256 version);
    /// A QE identity is of QE or TD_QE.
    error QeIdentityIdUnknown(string id);
    /// A QE identity must be of version 2.
    error QeIdentityVersionUnsupported(uint256 version);
}

/// Reads TCB info (version 3) and QE identities (version 2) in the one form in
/// which Intel signs them, in one pass, and writes down what verification needs
/// as TcbTable lays it out. Whatever deviates from that form is an error.
///
/// A contract of its own, without state, because with it the registry would be
/// larger than a contract may be.
contract TcbText is TcbTextErrors {
    using Json for Json.Cursor;

    uint256 private constant MAX_LEVELS = 255;
    uint256 private constant MAX_MODULES = 255;

    /// A table that grows.
    struct Writer {
        bytes table;
        uint256 at;
    }

    function tcbInfo(bytes memory json, bytes32 signerId)
        external
        pure
        returns (bytes memory table, TcbTable.Head memory head)
    {
        Json.Cursor memory c = Json.Cursor(json, 0);
        Writer memory w = _writer(json.length, TcbTable.INFO_BODY);
        head.signerId = signerId;
        c.pass('{"id":"', 7);
        head.isTdx = c.next('TDX"', 4);
        if (!head.isTdx && !c.next('SGX"', 4)) revert TcbInfoIdUnknown(_word(c));
        c.pass(',"version":', 11);
        uint256 version = c.number(type(uint16).max);
        if (version != 3) revert TcbInfoVersionUnsupported(version);
        _window(c, head);
        c.pass(',"fmspc":"', 10);
        head.fmspc = bytes6(uint48(c.hexadecimal(6)));
        c.pass('","pceId":"', 11);
        head.pceIdOrProduct = uint16(c.hexadecimal(2));
        c.pass('","tcbType":', 12);
        uint256 tcbType = c.number(type(uint16).max);
        if (tcbType != 0) revert TcbTypeUnsupported(tcbType);
        _evaluation(c, head);
        if (head.isTdx) head.modules = _modules(c, w);
        c.pass(',"tcbLevels":[', 14);
        head.levels = _platformLevels(c, w, head.isTdx);
        c.pass("}", 1);
        c.done();
        table = _finish(w, head);
    }

    function qeIdentity(bytes memory json, bytes32 signerId)
        external
        pure
        returns (bytes memory table, TcbTable.Head memory head)
    {
        Json.Cursor memory c = Json.Cursor(json, 0);
        Writer memory w = _writer(json.length, TcbTable.QE_ATTRIBUTES);
        head.signerId = signerId;
        c.pass('{"id":"', 7);
        head.isTdx = c.next('TD_QE"', 6);
        if (!head.isTdx && !c.next('QE"', 3)) revert QeIdentityIdUnknown(_word(c));
        c.pass(',"version":', 11);
        uint256 version = c.number(type(uint16).max);
        if (version != 2) revert QeIdentityVersionUnsupported(version);
        _window(c, head);
        _evaluation(c, head);
        c.pass(',"miscselect":"', 15);
        head.miscSelect = bytes4(uint32(c.hexadecimal(4)));
        c.pass('","miscselectMask":"', 20);
        head.miscSelectMask = bytes4(uint32(c.hexadecimal(4)));
        c.pass('","attributes":"', 16);
        _put(w, c.hexadecimal(16) << 128, 16);
        c.pass('","attributesMask":"', 20);
        _put(w, c.hexadecimal(16) << 128, 16);
        c.pass('","mrsigner":"', 14);
        _put(w, c.hexadecimal(32), 32);
        c.pass('","isvprodid":', 14);
        head.pceIdOrProduct = uint16(c.number(type(uint16).max));
        c.pass(',"tcbLevels":[', 14);
        head.levels = _svnLevels(c, w);
        c.pass("}", 1);
        c.done();
        table = _finish(w, head);
    }

    /* What both have. */

    function _window(Json.Cursor memory c, TcbTable.Head memory head) private pure {
        c.pass(',"issueDate":"', 14);
        head.issueDate = c.date();
        c.pass('","nextUpdate":"', 16);
        head.nextUpdate = c.date();
        c.pass('"', 1);
    }

    function _evaluation(Json.Cursor memory c, TcbTable.Head memory head) private pure {
        c.pass(',"tcbEvaluationDataNumber":', 27);
        head.evaluation = uint32(c.number(type(uint32).max));
    }

    /// Levels of a module or an enclave, the highest first.
    function _svnLevels(Json.Cursor memory c, Writer memory w) private pure returns (uint8) {
        uint256 first = w.at;
        uint256 count;
        do {
            c.pass('{"tcb":{"isvsvn":', 17);
            _put(w, c.number(type(uint16).max) << 240, 2);
            _verdict(c, w, false);
            if (++count > MAX_LEVELS) revert TcbLevelsTooMany(c.at);
            _settle(c, w, first, TcbTable.SVN_LEVEL, 2);
        } while (c.next(",", 1));
        c.pass("]", 1);
        return uint8(count);
    }

    /// Date, status and advisories of a level, up to its closing brace.
    function _verdict(Json.Cursor memory c, Writer memory w, bool platform) private pure {
        c.pass('},"tcbDate":"', 13);
        c.date();
        c.pass('","tcbStatus":"', 15);
        _put(w, uint256(_status(c, platform)) << 248, 1);
        _put(w, c.next(',"advisoryIDs":[', 16) ? _advisories(c) : 0, 32);
        c.pass("}", 1);
    }

    function _status(Json.Cursor memory c, bool platform) private pure returns (TcbStatus) {
        if (c.next('UpToDate"', 9)) return TcbStatus.UpToDate;
        if (c.next('OutOfDate"', 10)) return TcbStatus.OutOfDate;
        if (c.next('Revoked"', 8)) return TcbStatus.Revoked;
        if (platform) {
            if (c.next('SWHardeningNeeded"', 18)) return TcbStatus.SWHardeningNeeded;
            if (c.next('ConfigurationNeeded"', 20)) return TcbStatus.ConfigurationNeeded;
            if (c.next('OutOfDateConfigurationNeeded"', 29)) {
                return TcbStatus.OutOfDateConfigurationNeeded;
            }
            if (c.next("ConfigurationAndSW", 18)) {
                c.pass('HardeningNeeded"', 16);
                return TcbStatus.ConfigurationAndSWHardeningNeeded;
            }
        }
        revert TcbStatusUnknown(_word(c));
    }

    function _advisories(Json.Cursor memory c) private pure returns (uint256) {
        if (c.next("]", 1)) return 0;
        uint256 start = c.at;
        do {
            c.pass('"', 1);
            c.quoted();
        } while (c.next(",", 1));
        uint256 end = c.at;
        c.pass("]", 1);
        return uint256(Der.keccak(c.text, start, end));
    }

    /* Platforms. */

    function _platformLevels(Json.Cursor memory c, Writer memory w, bool isTdx)
        private
        pure
        returns (uint8)
    {
        uint256 first = w.at;
        uint256 count;
        do {
            c.pass('{"tcb":{"sgxtcbcomponents":[', 28);
            _put(w, _components(c) << 128, 16);
            c.pass(',"pcesvn":', 10);
            _put(w, c.number(type(uint16).max) << 240, 2);
            if (isTdx) c.pass(',"tdxtcbcomponents":[', 21);
            _put(w, isTdx ? _components(c) << 128 : 0, 16);
            _verdict(c, w, true);
            if (++count > MAX_LEVELS) revert TcbLevelsTooMany(c.at);
            _settle(c, w, first, TcbTable.PLATFORM_LEVEL, 34);
        } while (c.next(",", 1));
        c.pass("]", 1);
        return uint8(count);
    }

    /// Exactly sixteen, one byte for each, the first leftmost.
    function _components(Json.Cursor memory c) private pure returns (uint256 svns) {
        for (uint256 i = 1; i <= 16; i++) {
            c.pass('{"svn":', 7);
            svns = (svns << 8) | c.number(type(uint8).max);
            if (c.next(',"category":"', 13)) c.quoted();
            if (c.next(',"type":"', 9)) c.quoted();
            c.pass("}", 1);
            if (c.next(",", 1)) {
                if (i == 16) revert TcbComponentCount(c.at, 17);
            } else {
                c.pass("]", 1);
                if (i != 16) revert TcbComponentCount(c.at, i);
            }
        }
    }

    /// The TDX module without a version of its own, then the others.
    function _modules(Json.Cursor memory c, Writer memory w) private pure returns (uint8) {
        c.pass(',"tdxModule":{"mrsigner":"', 26);
        _module(c, w);
        c.pass("}", 1);
        if (!c.next(',"tdxModuleIdentities":[', 24)) return 0;
        uint256 count;
        uint256 seen;
        do {
            c.pass('{"id":"TDX_', 11);
            uint256 version = c.hexadecimal(1);
            if (seen & (1 << version) != 0) revert TdxModuleIdentityDuplicate(version);
            seen |= 1 << version;
            if (++count > MAX_MODULES) revert TcbModulesTooMany(c.at);
            _put(w, version << 248, 1);
            c.pass('","mrsigner":"', 14);
            _module(c, w);
            c.pass(',"tcbLevels":[', 14);
            uint256 at = w.at;
            _put(w, 0, 1);
            w.table[at] = bytes1(_svnLevels(c, w));
            c.pass("}", 1);
        } while (c.next(",", 1));
        c.pass("]", 1);
        return uint8(count);
    }

    /// The signer of a module and its attributes; their mask is not used.
    function _module(Json.Cursor memory c, Writer memory w) private pure {
        _put(w, c.hexadecimal(32), 32);
        _put(w, c.hexadecimal(16) << 128, 16);
        c.pass('","attributes":"', 16);
        _put(w, c.hexadecimal(8) << 192, 8);
        c.pass('","attributesMask":"', 20);
        c.hexadecimal(8);
        c.pass('"', 1);
    }

    /* Writing. */

    /// No level takes more bytes in the table than in the text.
    function _writer(uint256 textLength, uint256 start) private pure returns (Writer memory) {
        return Writer(new bytes(textLength + 256), start);
    }

    function _finish(Writer memory w, TcbTable.Head memory head)
        private
        pure
        returns (bytes memory table)
    {
        table = w.table;
        uint256 length = w.at;
        assembly ("memory-safe") {
            mstore(table, length)
        }
        TcbTable.writeHead(table, head);
    }

    function _put(Writer memory w, uint256 value, uint256 length) private pure {
        (bytes memory table, uint256 at) = (w.table, w.at);
        assembly ("memory-safe") {
            mstore(add(add(table, 0x20), at), value)
        }
        w.at = at + length;
    }

    /// Moves the level that was written last to its place: descending by key,
    /// no two alike.
    function _settle(
        Json.Cursor memory c,
        Writer memory w,
        uint256 first,
        uint256 size,
        uint256 keyLength
    ) private pure {
        bytes memory table = w.table;
        for (uint256 at = w.at - size; at > first; at -= size) {
            uint256 order;
            assembly ("memory-safe") {
                let p := add(add(table, 0x20), at)
                let q := sub(p, size)
                let a := mload(p)
                let b := mload(q)
                switch keyLength
                case 2 {
                    a := shr(240, a)
                    b := shr(240, b)
                }
                default {
                    if eq(a, b) {
                        a := shr(240, mload(add(p, 0x20)))
                        b := shr(240, mload(add(q, 0x20)))
                    }
                }
                order := add(iszero(lt(a, b)), gt(a, b))
                if gt(a, b) {
                    let spare := mload(0x40)
                    mcopy(spare, p, size)
                    mcopy(p, q, size)
                    mcopy(q, spare, size)
                }
            }
            if (order == 0) return;
            if (order == 1) revert TcbLevelDuplicate(c.at);
        }
    }

    /// The rest of the string at the cursor.
    function _word(Json.Cursor memory c) private pure returns (string memory) {
        uint256 start = c.at;
        return string(Der.copy(c.text, start, c.quoted()));
    }
}
