// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {vm} from "../../script/Vm.sol";
import {CollateralRegistry} from "../../src/attestation/CollateralRegistry.sol";
import {QuoteReport, TcbStatus} from "../../src/attestation/QuoteReport.sol";
import {QuoteVerifier} from "../../src/attestation/QuoteVerifier.sol";
import {Check} from "./Check.sol";
import {Compact} from "./Compact.sol";
import {Pcs} from "./Pcs.sol";
import {Pki} from "./Pki.sol";
import {Quotes} from "./Quotes.sol";

/// Quotes of every kind against collateral that a test writes.
abstract contract JudgeTest is Check {
    CollateralRegistry internal registry;
    QuoteVerifier internal verifier;
    bytes32 internal pckId;
    bytes internal chain;
    /// Makes each TCB info and identity newer than the one before.
    uint256 private issued = 20;

    function setUp() public virtual {
        vm.warp(Pki.NOT_BEFORE + 1000);
        (uint256 x, uint256 y) = vm.publicKeyP256(Pki.ROOT);
        registry = new CollateralRegistry(bytes32(x), bytes32(y), "SIMULATED");
        verifier = new QuoteVerifier(registry);
        pckId = Pcs.putAll(registry);
        chain = Quotes.chain();
    }

    function _put(Pcs.Info memory i) internal {
        i.issued = _next();
        Pcs.put(registry, i);
    }

    function _put(Pcs.Identity memory i) internal {
        i.issued = _next();
        Pcs.put(registry, i);
    }

    /// TCB info whose first level has this status.
    function _platform(bool tdx, string memory status) internal {
        Pcs.Info memory i = tdx ? Pcs.tdx() : Pcs.sgx();
        i.levels[0].status = status;
        _put(i);
    }

    /// An identity whose first level has this status.
    function _enclave(bool tdx, string memory status) internal {
        Pcs.Identity memory i = Pcs.identity(tdx);
        i.levels[0].status = status;
        _put(i);
    }

    function _tdx() internal view returns (Quotes.Spec memory) {
        return Quotes.withChain("data", chain);
    }

    function _sgx() internal view returns (Quotes.Spec memory) {
        return Quotes.sgx("data", chain);
    }

    function _td15(bytes16 svn2) internal view returns (Quotes.Spec memory) {
        return Quotes.version5("data", chain, true, svn2);
    }

    /// Both forms of a quote, which must have one answer.
    function _is(Quotes.Spec memory s, TcbStatus status)
        internal
        view
        returns (QuoteReport memory r)
    {
        bytes memory quote = Quotes.build(s);
        r = verifier.verifyFullQuote(quote);
        eq(uint256(r.tcbStatus), uint256(status), "status");
        QuoteReport memory compact = verifier.verifyQuote(Compact.form(quote), pckId);
        eq(keccak256(abi.encode(compact)), keccak256(abi.encode(r)), "compact form");
    }

    function _refused(Quotes.Spec memory s, bytes memory reason) internal {
        bytes memory quote = Quotes.build(s);
        vm.expectRevert(reason);
        verifier.verifyFullQuote(quote);
        bytes memory compact = Compact.form(quote);
        bytes32 id = pckId;
        vm.expectRevert(reason);
        verifier.verifyQuote(compact, id);
    }

    function _next() private returns (string memory) {
        return string.concat("2023-11-14T22:13:", vm.toString(++issued), "Z");
    }
}
