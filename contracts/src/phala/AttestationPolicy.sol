// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {TwoStepOwnable} from "../access/TwoStepOwnable.sol";
import {QuoteKind, QuoteReport, ReportBody, TcbStatus} from "../attestation/QuoteReport.sol";
import {QuoteVerifier} from "../attestation/QuoteVerifier.sol";

/// What the AVS demands of a quote beyond its being genuine. The owner decides
/// which measurements may run and which TCB statuses will do; a TD that can be
/// debugged, that its host can interrupt unseen, or that somebody can migrate is
/// no TD to anybody, so nobody decides about that.
abstract contract AttestationPolicy is TwoStepOwnable {
    using ReportBody for QuoteReport;

    /* TDATTRIBUTES, as a little-endian 64-bit number read byte by byte. */
    bytes8 private constant TD_DEBUG = 0x0100000000000000;
    bytes8 private constant TD_SEPT_VE_DISABLE = 0x0000001000000000;
    /// DEBUG, SEPT_VE_DISABLE, PKS, KL and PERFMON; all others are reserved.
    bytes8 private constant TD_DEFINED = 0x010000d000000080;

    QuoteVerifier public immutable verifier;

    mapping(bytes32 measurement => bool) public isMeasurementAllowed;
    mapping(TcbStatus status => bool) public isTcbStatusAccepted;

    /// Room for more state here without moving that of deriving contracts.
    uint256[48] private __gap;

    event MeasurementSet(bytes32 indexed measurement, bool allowed);
    event TcbStatusSet(TcbStatus indexed status, bool accepted);

    error ZeroAddress();
    error ZeroMeasurement();
    error ReportDataMismatch(bytes32 expected, bytes32 actual);
    error ReportDataTailNotZero(bytes32 tail);
    error DebugTd(bytes8 tdAttributes);
    error SeptVeDisableMissing(bytes8 tdAttributes);
    error TdAttributesReserved(bytes8 tdAttributes);
    error NotATd(QuoteKind kind);
    error ServiceTdBound(bytes mrServiceTd);
    error TcbStatusNotAccepted(TcbStatus status);
    error TcbStatusUnacceptable(TcbStatus status);
    error MeasurementNotAllowed(bytes32 measurement);

    constructor(QuoteVerifier quoteVerifier) {
        if (address(quoteVerifier) == address(0)) revert ZeroAddress();
        verifier = quoteVerifier;
    }

    /// Allows a measurement, or takes it off the list. Operators that run it
    /// may then be evicted, so allow the new one, let them attest again, and
    /// take the old one off last.
    function setMeasurement(bytes32 measurement, bool allowed) external onlyOwner {
        _setMeasurement(measurement, allowed);
    }

    /// Accepts a TCB status, or no longer; the same holds as for measurements.
    /// NotEvaluated and Revoked cannot be accepted: no verified quote has them,
    /// so it would look like a policy and be none.
    function setTcbStatus(TcbStatus status, bool accepted) external onlyOwner {
        _setTcbStatus(status, accepted);
    }

    function _setMeasurement(bytes32 measurement, bool allowed) internal {
        if (measurement == 0) revert ZeroMeasurement();
        isMeasurementAllowed[measurement] = allowed;
        emit MeasurementSet(measurement, allowed);
    }

    function _setTcbStatus(TcbStatus status, bool accepted) internal {
        if (accepted && (status == TcbStatus.NotEvaluated || status == TcbStatus.Revoked)) {
            revert TcbStatusUnacceptable(status);
        }
        isTcbStatusAccepted[status] = accepted;
        emit TcbStatusSet(status, accepted);
    }

    /// What makes an operator: a quote as the policy wants it today, whose
    /// report data is expected, then 32 zero bytes.
    function _attest(bytes calldata quote, bytes32 expected)
        internal
        view
        returns (QuoteReport memory report)
    {
        report = _judge(quote);
        if (!isMeasurementAllowed[report.measurement]) {
            revert MeasurementNotAllowed(report.measurement);
        }
        if (!isTcbStatusAccepted[report.tcbStatus]) revert TcbStatusNotAccepted(report.tcbStatus);
        _requireBound(report, expected);
    }

    /// What shows that an operator is alive: a genuine quote of the code that
    /// it registered with, or of any that is allowed. A policy that changed
    /// meanwhile is a reason to evict it, and none to call its answer missing.
    function _proveAlive(bytes calldata quote, bytes32 expected, bytes32 measurement)
        internal
        view
    {
        QuoteReport memory report = _judge(quote);
        if (report.measurement != measurement && !isMeasurementAllowed[report.measurement]) {
            revert MeasurementNotAllowed(report.measurement);
        }
        _requireBound(report, expected);
    }

    /// Of what nobody decides.
    function _judge(bytes calldata quote) private view returns (QuoteReport memory report) {
        report = verifier.verifyFullQuote(quote);
        if (report.kind < QuoteKind.Td10) revert NotATd(report.kind);
        bytes8 attributes = report.attributes;
        if (attributes & TD_DEBUG != 0) revert DebugTd(attributes);
        if (attributes & ~TD_DEFINED != 0) revert TdAttributesReserved(attributes);
        if (attributes & TD_SEPT_VE_DISABLE == 0) revert SeptVeDisableMissing(attributes);
        if (report.kind >= QuoteKind.Td15) _requireNoServiceTd(report);
    }

    function _requireBound(QuoteReport memory report, bytes32 expected) private pure {
        (bytes32 actual, bytes32 tail) = (report.reportData[0], report.reportData[1]);
        if (actual != expected) revert ReportDataMismatch(expected, actual);
        if (tail != 0) revert ReportDataTailNotZero(tail);
    }

    /// A service TD could migrate the TD to where nobody attested it.
    function _requireNoServiceTd(QuoteReport memory report) private pure {
        bytes memory mrServiceTd = report.mrServiceTd();
        if (keccak256(mrServiceTd) != keccak256(new bytes(48))) revert ServiceTdBound(mrServiceTd);
    }
}
