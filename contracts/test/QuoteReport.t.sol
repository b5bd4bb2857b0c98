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

    /// Each from its own bytes of the report.
    function test_lastOfTdx15() public view {
        QuoteReport memory r;
        r.kind = QuoteKind.Td15;
        bytes memory service = bytes.concat(keccak256("MRSERVICETD"), bytes16(keccak256("rest")));
        r.body = bytes.concat(new bytes(584), bytes16(keccak256("SVN2")), service);
        eq(bytes32(r.teeTcbSvn2()), bytes16(keccak256("SVN2")), "TEE_TCB_SVN_2");
        eq(keccak256(this.mrServiceTd(r)), keccak256(service), "MRSERVICETD");
    }

    /// A fifth register would be what follows them.
    function test_fourRegisters() public {
        QuoteReport memory r;
        r.kind = QuoteKind.Td10;
        r.body = new bytes(584);
        this.rtmr(r, 3);
        vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x01));
        this.rtmr(r, 4);
    }

    function rtmr(QuoteReport memory r, uint256 index) external pure returns (bytes memory) {
        return r.rtmr(index);
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
