// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

/// How TCB info and QE identities are kept on chain: as the code of a contract
/// that is never run, because reading all of it costs about what one storage
/// slot does, however many levels there are.
///
/// Both begin with the head, of 64 bytes. Then:
///   TCB info:    if it is of TDX, signer (48) and attributes (8) of the module
///                and, for each module identity, its version (1), signer (48),
///                attributes (8), number of levels (1), levels;
///                the platform's levels
///   QE identity: attributes (16), their mask (16), MRSIGNER (32), levels
/// Levels stand highest first:
///   a platform's: SGX components (16), PCESVN (2), TDX components (16)
///   any other:    ISVSVN (2)
/// and then status (1) and the hash of the advisories (32).
library TcbTable {
    struct Head {
        bytes32 signerId;
        uint40 issueDate;
        uint40 nextUpdate;
        uint32 evaluation;
        /// PCEID as TCB info writes it, or ISVPRODID.
        uint16 pceIdOrProduct;
        uint8 levels;
        uint8 modules;
        bytes4 miscSelect;
        bytes4 miscSelectMask;
        /* Not kept: the registry's keys. */
        bool isTdx;
        bytes6 fmspc;
    }

    uint256 internal constant HEAD = 64;
    uint256 internal constant INFO_BODY = 64;
    uint256 internal constant INFO_MODULES = 120;
    uint256 internal constant MODULE_HEAD = 58;
    uint256 internal constant QE_ATTRIBUTES = 64;
    uint256 internal constant QE_SIGNER = 96;
    uint256 internal constant QE_LEVELS = 128;
    uint256 internal constant PLATFORM_LEVEL = 67;
    uint256 internal constant SVN_LEVEL = 35;

    uint256 private constant MAX_CODE = 24_576;

    /// TCB info must fit the code of one contract.
    error TableTooLarge(uint256 length);
    /// TCB info is kept as code, which could not be created.
    error TableNotCreated(uint256 length);

    function writeHead(bytes memory table, Head memory h) internal pure {
        uint256 word = uint256(h.issueDate);
        word = (word << 40) | h.nextUpdate;
        word = (word << 32) | h.evaluation;
        word = (word << 16) | h.pceIdOrProduct;
        word = (word << 8) | h.levels;
        word = (word << 8) | h.modules;
        word = (word << 32) | uint32(h.miscSelect);
        word = (word << 32) | uint32(h.miscSelectMask);
        bytes32 signer = h.signerId;
        assembly ("memory-safe") {
            mstore(add(table, 0x20), signer)
            mstore(add(table, 0x40), word)
        }
    }

    /* The head's parts, from its second word. */

    function headOf(bytes memory table) internal pure returns (bytes32 signerId, uint256 head) {
        assembly ("memory-safe") {
            signerId := mload(add(table, 0x20))
            head := mload(add(table, 0x40))
        }
    }

    function issueDate(uint256 head) internal pure returns (uint40) {
        return uint40(head >> 168);
    }

    function nextUpdate(uint256 head) internal pure returns (uint40) {
        return uint40(head >> 128);
    }

    function evaluation(uint256 head) internal pure returns (uint32) {
        return uint32(head >> 96);
    }

    function pceIdOrProduct(uint256 head) internal pure returns (uint16) {
        return uint16(head >> 80);
    }

    function levels(uint256 head) internal pure returns (uint256) {
        return uint8(head >> 72);
    }

    function modules(uint256 head) internal pure returns (uint256) {
        return uint8(head >> 64);
    }

    function miscSelect(uint256 head) internal pure returns (bytes4) {
        return bytes4(uint32(head >> 32));
    }

    function miscSelectMask(uint256 head) internal pure returns (bytes4) {
        return bytes4(uint32(head));
    }

    /// Puts a table on chain. A STOP before it: nobody runs it.
    function create(bytes memory table) internal returns (address at) {
        uint256 length = table.length + 1;
        if (length > MAX_CODE) revert TableTooLarge(table.length);
        bytes memory code = abi.encodePacked(
            bytes1(0x61), uint16(length), bytes7(0x80600a3d393df3), bytes1(0), table
        );
        assembly ("memory-safe") {
            at := create(0, add(code, 0x20), mload(code))
        }
        if (at == address(0)) revert TableNotCreated(table.length);
    }

    /// The first bytes of a table that exists, up to this many.
    function load(address at, uint256 limit) internal view returns (bytes memory table) {
        assembly ("memory-safe") {
            let length := sub(extcodesize(at), 1)
            if gt(length, limit) { length := limit }
            table := mload(0x40)
            mstore(0x40, add(table, and(add(length, 0x5f), not(0x1f))))
            mstore(table, length)
            extcodecopy(at, add(table, 0x20), 1, length)
        }
    }
}
