// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {Der} from "./Der.sol";

/// Intel's SGX extension in a PCK certificate (1.2.840.113741.1.13.1): which
/// platform a key belongs to and at which security versions it was issued.
///
/// Every item is found by its identifier and never by its place, once and only
/// once: 5 items in certificates of the Processor CA, 7 in those of the
/// Platform CA.
library SgxExtension {
    using Der for Der.Cursor;

    struct Platform {
        bytes6 fmspc;
        bytes2 pceId;
        uint16 pceSvn;
        /// One byte for each of the 16 SGX TCB components, the first leftmost.
        bytes16 components;
    }

    /// What all identifiers here start with; the item's own number follows.
    bytes9 private constant ROOT = 0x2a864886f84d010d01;

    uint256 private constant PPID = 1;
    uint256 private constant TCB = 2;
    uint256 private constant PCE_ID = 3;
    uint256 private constant FMSPC = 4;
    uint256 private constant SGX_TYPE = 5;
    uint256 private constant INSTANCE_ID = 6;
    uint256 private constant CONFIGURATION = 7;

    uint256 private constant PCE_SVN = 17;
    uint256 private constant CPU_SVN = 18;

    uint256 private constant PROCESSOR_ITEMS = 0x3e; /* 1 to 5 */
    uint256 private constant PLATFORM_ITEMS = 0xfe; /* 1 to 7 */
    uint256 private constant TCB_ITEMS = 0x7fffe; /* 1 to 18 */
    uint256 private constant CONFIGURATION_ITEMS = 0x0e; /* 1 to 3 */

    /// The SGX extension has only items that Intel documents.
    error SgxExtensionUnknownItem(bytes32 oid);
    /// The SGX extension has each item once.
    error SgxExtensionDuplicateItem(bytes32 oid);
    /// Bit n stands for item n.
    error SgxExtensionIncomplete(uint256 present);
    /// The SGX extension's TCB has 16 components, PCESVN and CPUSVN.
    error SgxTcbIncomplete(uint256 present);
    /// The SGX extension's configuration has three items.
    error SgxConfigurationIncomplete(uint256 present);
    /// The SGX type is standard, scalable or scalable with integrity.
    error SgxTypeUnknown(uint256 sgxType);
    /// CPUSVN must be the 16 components.
    error SgxCpuSvnMismatch(bytes16 cpuSvn, bytes16 components);

    /// Reads the contents of the extension, der[start, end).
    function parse(bytes memory der, uint256 start, uint256 end)
        internal
        pure
        returns (Platform memory p)
    {
        Der.Cursor memory list = Der.Cursor(der, start, end);
        uint256 present;
        while (list.more()) {
            Der.Cursor memory item = list.into(Der.SEQUENCE);
            uint256 number;
            (number, present) = _number(item, 0, present);
            if (number == PPID || number == INSTANCE_ID) {
                item.takeOctets(16);
            } else if (number == TCB) {
                _tcb(item.into(Der.SEQUENCE), p);
            } else if (number == PCE_ID) {
                p.pceId = bytes2(item.takeOctets(2));
            } else if (number == FMSPC) {
                p.fmspc = bytes6(item.takeOctets(6));
            } else if (number == SGX_TYPE) {
                uint256 sgxType = item.takeUint(Der.ENUMERATED, 1);
                if (sgxType > 2) revert SgxTypeUnknown(sgxType);
            } else {
                _configuration(item.into(Der.SEQUENCE));
            }
            item.done();
        }
        if (present != PROCESSOR_ITEMS && present != PLATFORM_ITEMS) {
            revert SgxExtensionIncomplete(present);
        }
    }

    function _tcb(Der.Cursor memory list, Platform memory p) private pure {
        uint256 present;
        uint256 components;
        bytes16 cpuSvn;
        while (list.more()) {
            Der.Cursor memory item = list.into(Der.SEQUENCE);
            uint256 number;
            (number, present) = _number(item, TCB, present);
            if (number == CPU_SVN) {
                cpuSvn = bytes16(item.takeOctets(16));
            } else if (number == PCE_SVN) {
                p.pceSvn = uint16(item.takeUint(Der.INTEGER, 2));
            } else {
                components |= item.takeUint(Der.INTEGER, 1) << (8 * (16 - number));
            }
            item.done();
        }
        if (present != TCB_ITEMS) revert SgxTcbIncomplete(present);
        p.components = bytes16(uint128(components));
        if (cpuSvn != p.components) revert SgxCpuSvnMismatch(cpuSvn, p.components);
    }

    function _configuration(Der.Cursor memory list) private pure {
        uint256 present;
        while (list.more()) {
            Der.Cursor memory item = list.into(Der.SEQUENCE);
            (, present) = _number(item, CONFIGURATION, present);
            item.takeBool();
            item.done();
        }
        if (present != CONFIGURATION_ITEMS) revert SgxConfigurationIncomplete(present);
    }

    /// Takes an item's identifier, which must be ROOT.number in the extension
    /// itself (group 0) or ROOT.group.number inside one of its items, and marks
    /// the number as present.
    function _number(Der.Cursor memory item, uint256 group, uint256 present)
        private
        pure
        returns (uint256 number, uint256)
    {
        bytes32 oid = item.takeOid();
        uint256 length = uint8(oid[31]);
        bool known = bytes9(oid) == ROOT && length == (group == 0 ? 10 : 11);
        if (known && group != 0) known = uint8(oid[9]) == group;
        if (known) {
            number = uint8(oid[length - 1]);
            uint256 last = group == 0 ? CONFIGURATION : group == TCB ? CPU_SVN : 3;
            known = number != 0 && number <= last;
        }
        if (!known) revert SgxExtensionUnknownItem(oid);
        if (present & (1 << number) != 0) revert SgxExtensionDuplicateItem(oid);
        return (number, present | (1 << number));
    }
}
