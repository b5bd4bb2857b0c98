// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {vm} from "../../script/Vm.sol";
import {CollateralRegistry} from "../../src/attestation/CollateralRegistry.sol";
import {Check} from "./Check.sol";
import {Crls} from "./Crls.sol";
import {Pcs} from "./Pcs.sol";
import {Pki} from "./Pki.sol";

/// A registry under the test PKI's root, and certificates that it must refuse.
abstract contract RegistryTest is Check {
    CollateralRegistry internal registry;

    function setUp() public virtual {
        vm.warp(Pki.NOT_BEFORE + 1000);
        (uint256 x, uint256 y) = vm.publicKeyP256(Pki.ROOT);
        registry = new CollateralRegistry(bytes32(x), bytes32(y), "SIMULATED");
    }

    /// What a quote needs besides a CA and a platform.
    function _putRest() internal {
        registry.putCrl(Crls.rootDer());
        registry.putCrl(Crls.caDer());
        registry.addTcbSigner(Pki.signerDer());
        Pcs.put(registry, Pcs.tdx());
        Pcs.put(registry, Pcs.identity(true));
    }

    function _refuseCa(Pki.Spec memory s, bytes memory reason) internal {
        bytes memory der = Pki.build(s, Pki.ROOT);
        vm.expectRevert(reason);
        registry.addCa(der);
    }

    function _refusePck(Pki.Spec memory s, bytes memory reason) internal {
        bytes memory der = Pki.build(s, Pki.CA);
        vm.expectRevert(reason);
        registry.registerPck(der);
    }
}
