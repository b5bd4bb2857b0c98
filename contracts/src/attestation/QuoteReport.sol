// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

/// Whose report a quote carries; the numbers are the body types of version 5.
enum QuoteKind {
    None,
    Sgx,
    Td10,
    Td15,
    Td15Ex
}

/// How the security versions of platform, TDX module and quoting enclave
/// compare with what Intel says of them, in the words of TCB info. No verified
/// quote is NotEvaluated or Revoked.
enum TcbStatus {
    NotEvaluated,
    UpToDate,
    SWHardeningNeeded,
    ConfigurationNeeded,
    ConfigurationAndSWHardeningNeeded,
    OutOfDate,
    OutOfDateConfigurationNeeded,
    TDRelaunchAdvised,
    TDRelaunchAdvisedConfigurationNeeded,
    Revoked
}

/// What a verified quote says. It is genuine; whether it is good enough (TCB
/// status, DEBUG, measurement, …) is for the AVS's policy to say.
struct QuoteReport {
    QuoteKind kind;
    TcbStatus tcbStatus;
    /// The last second at which all collateral behind this verdict is valid.
    uint40 validUntil;
    /// Of the TCB info that judged the platform.
    uint32 tcbEvaluationDataNumber;
    bytes6 fmspc;
    bytes32 pckId;
    /// SHA-256 of header and body: what the attestation key signed. Unlike a
    /// hash of the whole quote nobody can vary it, so it identifies the quote.
    bytes32 quoteDigest;
    /// What Intel's advisories are for the levels of platform, TDX module and
    /// quoting enclave that decided the status: keccak256 of the ids as TCB
    /// info has them between brackets ("INTEL-SA-00289","INTEL-SA-00615"), or
    /// zero where a level has none.
    bytes32[3] advisoryHashes;
    /// SGX: MRENCLAVE. TDX: dstack's mr_aggregated, that is SHA-256 of MRTD and
    /// RTMR0 to 3, then of MRCONFIGID, MROWNER and MROWNERCONFIG if any of these
    /// is not zero.
    bytes32 measurement;
    /// SGX: ATTRIBUTES.FLAGS. TDX: TDATTRIBUTES. Byte by byte as in the quote.
    bytes8 attributes;
    /// SGX: ATTRIBUTES.XFRM. TDX: XFAM. Likewise.
    bytes8 xfam;
    bytes32[2] reportData;
    /// The whole report as it stands in the quote, for ReportBody.
    bytes body;
}

/// Reads what QuoteReport.body has besides. Whoever asks a report for what its
/// kind does not have gets an error.
library ReportBody {
    /// The report of another kind of TEE has no such field.
    error WrongKind(QuoteKind kind);

    /* SGX. */

    function cpuSvn(QuoteReport memory r) internal pure returns (bytes16) {
        return bytes16(_word(_sgx(r), 0));
    }

    function mrEnclave(QuoteReport memory r) internal pure returns (bytes32) {
        return _word(_sgx(r), 64);
    }

    function mrSigner(QuoteReport memory r) internal pure returns (bytes32) {
        return _word(_sgx(r), 128);
    }

    function isvProdId(QuoteReport memory r) internal pure returns (uint16) {
        return _u16(_sgx(r), 256);
    }

    function isvSvn(QuoteReport memory r) internal pure returns (uint16) {
        return _u16(_sgx(r), 258);
    }

    /* TDX; what has 48 bytes comes as such. */

    function teeTcbSvn(QuoteReport memory r) internal pure returns (bytes16) {
        return bytes16(_word(_td(r), 0));
    }

    function mrSeam(QuoteReport memory r) internal pure returns (bytes memory) {
        return _48(_td(r), 16);
    }

    function mrSignerSeam(QuoteReport memory r) internal pure returns (bytes memory) {
        return _48(_td(r), 64);
    }

    function seamAttributes(QuoteReport memory r) internal pure returns (bytes8) {
        return bytes8(_word(_td(r), 112));
    }

    function mrTd(QuoteReport memory r) internal pure returns (bytes memory) {
        return _48(_td(r), 136);
    }

    function mrConfigId(QuoteReport memory r) internal pure returns (bytes memory) {
        return _48(_td(r), 184);
    }

    function mrOwner(QuoteReport memory r) internal pure returns (bytes memory) {
        return _48(_td(r), 232);
    }

    function mrOwnerConfig(QuoteReport memory r) internal pure returns (bytes memory) {
        return _48(_td(r), 280);
    }

    /// RTMR0 to 3.
    function rtmr(QuoteReport memory r, uint256 index) internal pure returns (bytes memory) {
        assert(index < 4);
        return _48(_td(r), 328 + 48 * index);
    }

    /* TDX 1.5 and 1.5ex, which goes on from there. */

    function teeTcbSvn2(QuoteReport memory r) internal pure returns (bytes16) {
        return bytes16(_word(_td15(r), 584));
    }

    function mrServiceTd(QuoteReport memory r) internal pure returns (bytes memory) {
        return _48(_td15(r), 600);
    }

    function _sgx(QuoteReport memory r) private pure returns (bytes memory) {
        if (r.kind != QuoteKind.Sgx) revert WrongKind(r.kind);
        return r.body;
    }

    function _td(QuoteReport memory r) private pure returns (bytes memory) {
        if (r.kind < QuoteKind.Td10) revert WrongKind(r.kind);
        return r.body;
    }

    function _td15(QuoteReport memory r) private pure returns (bytes memory) {
        if (r.kind < QuoteKind.Td15) revert WrongKind(r.kind);
        return r.body;
    }

    function _word(bytes memory body, uint256 at) private pure returns (bytes32 w) {
        assembly ("memory-safe") {
            w := mload(add(add(body, 0x20), at))
        }
    }

    function _u16(bytes memory body, uint256 at) private pure returns (uint16) {
        return uint16(uint8(body[at])) | (uint16(uint8(body[at + 1])) << 8);
    }

    function _48(bytes memory body, uint256 at) private pure returns (bytes memory out) {
        out = new bytes(48);
        assembly ("memory-safe") {
            mcopy(add(out, 0x20), add(add(body, 0x20), at), 48)
        }
    }
}
