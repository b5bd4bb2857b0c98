// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {Der} from "./Der.sol";
import {X509} from "./X509.sol";

/// Certificate revocation lists, version 2, as Intel's CAs issue them: with a
/// number and the issuer's key identifier, and nothing critical.
///
/// parse() reads; whose list it is and whether its signature holds is for the
/// CollateralRegistry.
library Crl {
    using Der for Der.Cursor;

    struct List {
        /// SHA-256 of the signed part, and the signature over it.
        bytes32 digest;
        bytes32 r;
        bytes32 s;
        /// As in X509.Certificate.
        bytes32 issuer;
        string issuerCn;
        bytes32 authorityKeyId;
        uint40 thisUpdate;
        uint40 nextUpdate;
        uint160 number;
        uint256[] serials;
    }

    bytes32 private constant OID_NUMBER = bytes32(bytes3(0x551d14)) | bytes32(uint256(3));
    uint8 private constant CONTEXT_0 = 0xa0;
    uint256 private constant MAX_EXTENSIONS = 8;
    /// What the shortest entry takes: a serial of one byte and a time.
    uint256 private constant MIN_ENTRY = 20;

    /// A CRL must be of version 2.
    error CrlVersionUnsupported(uint256 version);
    /// A CRL that revokes nothing leaves the list out.
    error CrlEntryListEmpty(uint256 offset);
    /// A CRL's nextUpdate must not be before its thisUpdate.
    error CrlWindowInverted(uint256 thisUpdate, uint256 nextUpdate);

    function parse(bytes memory der) internal pure returns (List memory crl) {
        Der.Cursor memory c;
        (c, crl.digest, crl.r, crl.s) = X509.open(der);
        uint256 version = c.takeUint(Der.INTEGER, 1);
        if (version != 1) revert CrlVersionUnsupported(version + 1);
        X509.algorithm(c);
        (crl.issuer, crl.issuerCn) = X509.name(c);
        crl.thisUpdate = X509.time(c);
        crl.nextUpdate = X509.time(c);
        if (crl.nextUpdate <= crl.thisUpdate) {
            revert CrlWindowInverted(crl.thisUpdate, crl.nextUpdate);
        }
        if (c.peek(Der.SEQUENCE)) crl.serials = _entries(c);

        Der.Cursor memory wrapper = c.into(CONTEXT_0);
        c.done();
        Der.Cursor memory list = wrapper.into(Der.SEQUENCE);
        wrapper.done();
        _extensions(list, crl);
    }

    function _entries(Der.Cursor memory c) private pure returns (uint256[] memory serials) {
        Der.Cursor memory list = c.into(Der.SEQUENCE);
        /* No entries: no list (RFC 5280, 5.1.2.6). */
        if (!list.more()) revert CrlEntryListEmpty(list.at);
        serials = new uint256[]((list.end - list.at) / MIN_ENTRY + 1);
        uint256 count;
        while (list.more()) {
            Der.Cursor memory entry = list.into(Der.SEQUENCE);
            serials[count++] = entry.takeUint(Der.INTEGER, 20);
            X509.time(entry);
            if (entry.more()) _entryExtensions(entry.into(Der.SEQUENCE));
            entry.done();
        }
        assembly ("memory-safe") {
            mstore(serials, count)
        }
    }

    /// Why a certificate was revoked does not matter; what is critical might.
    function _entryExtensions(Der.Cursor memory list) private pure {
        bytes32[] memory seen = new bytes32[](MAX_EXTENSIONS);
        while (list.more()) {
            (bytes32 oid, bool critical,) = X509.extension(list, seen);
            if (critical) revert X509.X509ExtensionCritical(oid);
        }
    }

    function _extensions(Der.Cursor memory list, List memory crl) private pure {
        bytes32[] memory seen = new bytes32[](MAX_EXTENSIONS);
        while (list.more()) {
            (bytes32 oid, bool critical, Der.Cursor memory value) = X509.extension(list, seen);
            if (oid == OID_NUMBER) {
                crl.number = uint160(value.takeUint(Der.INTEGER, 20));
                value.done();
            } else if (oid == X509.OID_AKI) {
                crl.authorityKeyId = X509.authorityKeyId(value);
                value.done();
            } else if (critical) {
                /* A delta CRL, or one for some certificates only. */
                revert X509.X509ExtensionCritical(oid);
            }
        }
        X509.mustHave(seen, OID_NUMBER);
        X509.mustHave(seen, X509.OID_AKI);
    }
}
