// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {vm} from "../script/Vm.sol";
import {QuoteKind, QuoteReport, ReportBody} from "../src/attestation/QuoteReport.sol";
import {Check} from "./kit/Check.sol";

/// What a report of one kind has and one of another has not.
contract QuoteReportTest is Check {
    using ReportBody for QuoteReport;

    function test_onlyOfSgx() public {
        QuoteReport memory r;
        for (uint8 kind = 0; kind < 4; kind++) {
            r.kind = QuoteKind(kind);
            if (r.kind == QuoteKind.Sgx) continue;
            vm.expectRevert(abi.encodeWithSelector(ReportBody.WrongKind.selector, r.kind));
            this.mrEnclave(r);
        }
    }

    function test_onlyOfTdx() public {
        QuoteReport memory r;
        for (uint8 kind = 0; kind < 2; kind++) {
            r.kind = QuoteKind(kind);
            vm.expectRevert(abi.encodeWithSelector(ReportBody.WrongKind.selector, r.kind));
            this.mrTd(r);
        }
    }

    function test_onlyOfTdx15() public {
        QuoteReport memory r;
        for (uint8 kind = 0; kind < 3; kind++) {
            r.kind = QuoteKind(kind);
            vm.expectRevert(abi.encodeWithSelector(ReportBody.WrongKind.selector, r.kind));
            this.mrServiceTd(r);
        }
    }

    function mrEnclave(QuoteReport memory r) external pure returns (bytes32) {
        return r.mrEnclave();
    }

    function mrTd(QuoteReport memory r) external pure returns (bytes memory) {
        return r.mrTd();
    }

    function mrServiceTd(QuoteReport memory r) external pure returns (bytes memory) {
        return r.mrServiceTd();
    }
}
