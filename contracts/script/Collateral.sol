// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {CollateralRegistry} from "../src/attestation/CollateralRegistry.sol";
import {Pem} from "../src/attestation/Pem.sol";
import {vm} from "./Vm.sol";

/// PEM is read from calldata; this puts it there.
contract PemReader {
    function read(bytes calldata pem, uint256 at) external pure returns (bytes memory, uint256) {
        return Pem.read(pem, at);
    }
}

/// What Intel says about a platform, as the JSON object QuoteCollateralV3 that
/// dcap-qvl's tools read and write, and how it gets into a registry.
library Collateral {
    struct File {
        bytes ca;
        bytes rootCrl;
        bytes pckCrl;
        bytes tcbInfoSigner;
        bytes tcbInfo;
        bytes tcbInfoSignature;
        bytes qeIdentitySigner;
        bytes qeIdentity;
        bytes qeIdentitySignature;
    }

    function parse(string memory json) internal returns (File memory f) {
        PemReader reader = new PemReader();
        f.ca = _first(reader, json, ".pck_crl_issuer_chain");
        f.rootCrl = _hex(json, ".root_ca_crl");
        f.pckCrl = _hex(json, ".pck_crl");
        f.tcbInfoSigner = _first(reader, json, ".tcb_info_issuer_chain");
        f.tcbInfo = bytes(vm.parseJsonString(json, ".tcb_info"));
        f.tcbInfoSignature = _hex(json, ".tcb_info_signature");
        f.qeIdentitySigner = _first(reader, json, ".qe_identity_issuer_chain");
        f.qeIdentity = bytes(vm.parseJsonString(json, ".qe_identity"));
        f.qeIdentitySignature = _hex(json, ".qe_identity_signature");
    }

    /// All of it into a registry that has none yet, in the order in which the
    /// parts need each other.
    function put(CollateralRegistry registry, File memory f) internal {
        registry.putCrl(f.rootCrl);
        registry.addCa(f.ca);
        registry.putCrl(f.pckCrl);
        bytes32 signer = registry.addTcbSigner(f.tcbInfoSigner);
        registry.putTcbInfo(f.tcbInfo, f.tcbInfoSignature, signer);
        if (keccak256(f.qeIdentitySigner) != signer) {
            signer = registry.addTcbSigner(f.qeIdentitySigner);
        }
        registry.putQeIdentity(f.qeIdentity, f.qeIdentitySignature, signer);
    }

    /// The certificate at the head of a chain.
    function _first(PemReader reader, string memory json, string memory key)
        private
        pure
        returns (bytes memory der)
    {
        (der,) = reader.read(bytes(vm.parseJsonString(json, key)), 0);
    }

    function _hex(string memory json, string memory key) private pure returns (bytes memory) {
        return vm.parseBytes(string.concat("0x", vm.parseJsonString(json, key)));
    }
}
