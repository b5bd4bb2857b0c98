// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {vm} from "../script/Vm.sol";
import {CollateralRegistry} from "../src/attestation/CollateralRegistry.sol";
import {P256} from "../src/attestation/P256.sol";
import {QuoteVerifier} from "../src/attestation/QuoteVerifier.sol";
import {Check} from "./kit/Check.sol";

contract P256Test is Check {
    uint256 private constant ORDER =
        0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551;
    uint256 private constant KEY = 0xBEEF;
    address private constant PRECOMPILE = address(0x100);

    function test_verifiesWhatTheKeySigned() public view {
        (bytes32 r, bytes32 s) = vm.signP256(KEY, sha256("x"));
        (uint256 x, uint256 y) = vm.publicKeyP256(KEY);
        yes(P256.verify(sha256("x"), r, s, bytes32(x), bytes32(y)), "valid");
        no(P256.verify(sha256("y"), r, s, bytes32(x), bytes32(y)), "other digest");
        no(P256.verify(sha256("x"), s, r, bytes32(x), bytes32(y)), "swapped");
        no(P256.verify(sha256("x"), r, s, bytes32(y), bytes32(x)), "no point of the curve");
        no(P256.verify(sha256("x"), 0, 0, 0, 0), "zeros");
        no(P256.verify(sha256("x"), bytes32(ORDER), s, bytes32(x), bytes32(y)), "r is the order");
    }

    /// EIP-7951 checks no malleability; so signatures identify nothing here.
    function test_highSIsAccepted() public view {
        (bytes32 r, bytes32 s) = vm.signP256(KEY, sha256("x"));
        (uint256 x, uint256 y) = vm.publicKeyP256(KEY);
        bytes32 other = bytes32(ORDER - uint256(s));
        yes(P256.verify(sha256("x"), r, other, bytes32(x), bytes32(y)), "high s");
    }

    /// r and s lie from 1 to the order less one, and have no other name there.
    function test_outOfRange() public view {
        (bytes32 r, bytes32 s) = vm.signP256(KEY, sha256("x"));
        (uint256 x, uint256 y) = vm.publicKeyP256(KEY);
        uint256[4] memory bad = [0, ORDER, ORDER + 1, type(uint256).max];
        for (uint256 i = 0; i < 4; i++) {
            no(P256.verify(sha256("x"), bytes32(bad[i]), s, bytes32(x), bytes32(y)), "r");
            no(P256.verify(sha256("x"), r, bytes32(bad[i]), bytes32(x), bytes32(y)), "s");
            no(
                P256.verify(sha256("x"), bytes32(bad[i]), bytes32(bad[i]), bytes32(x), bytes32(y)),
                "both"
            );
        }
        no(P256.verify(sha256("x"), r, s, 0, 0), "no key");
    }

    function testFuzz_noBitOfInputIsIgnored(uint256 key, bytes32 digest, uint256 bit) public view {
        key = 1 + (key % (ORDER - 1));
        (bytes32 r, bytes32 s) = vm.signP256(key, digest);
        (uint256 x, uint256 y) = vm.publicKeyP256(key);
        yes(P256.verify(digest, r, s, bytes32(x), bytes32(y)), "valid");
        bytes32[5] memory input = [digest, r, s, bytes32(x), bytes32(y)];
        input[(bit >> 8) % 5] ^= bytes32(1 << (bit & 0xff));
        no(P256.verify(input[0], input[1], input[2], input[3], input[4]), "one bit flipped");
    }

    function testFuzz_publicKeysLieOnTheCurve(uint256 key, uint256 bit) public pure {
        key = 1 + (key % (ORDER - 1));
        (uint256 x, uint256 y) = vm.publicKeyP256(key);
        yes(P256.isOnCurve(bytes32(x), bytes32(y)), "a public key");
        no(P256.isOnCurve(bytes32(x), bytes32(y ^ (1 << (bit & 0xff)))), "y off by a bit");
    }

    function test_coordinatesMustBeReduced() public pure {
        no(P256.isOnCurve(bytes32(type(uint256).max), bytes32(uint256(1))), "x too large");
        no(P256.isOnCurve(bytes32(uint256(1)), bytes32(type(uint256).max)), "y too large");
        no(P256.isOnCurve(0, 0), "zeros");
    }

    /// Without the precompile every call succeeds and returns nothing.
    function test_noPrecompile_deploymentIsRefused() public {
        _refused("");
    }

    function test_precompileThatAcceptsEverything_deploymentIsRefused() public {
        _refused(abi.encode(1));
    }

    function test_precompileThatAnswersTooShort_deploymentIsRefused() public {
        _refused(hex"01");
    }

    function test_precompileThatAnswersTooLong_deploymentIsRefused() public {
        _refused(abi.encode(1, 1));
    }

    /// A chain on which every call to the precompile has this answer.
    function _refused(bytes memory answer) private {
        (uint256 x, uint256 y) = vm.publicKeyP256(KEY);
        CollateralRegistry registry = new CollateralRegistry(bytes32(x), bytes32(y), "SIMULATED");
        vm.mockCall(PRECOMPILE, "", answer);
        bytes memory reason = abi.encodeWithSelector(P256.P256PrecompileMissing.selector, 31337);
        vm.expectRevert(reason);
        new CollateralRegistry(bytes32(x), bytes32(y), "SIMULATED");
        vm.expectRevert(reason);
        new QuoteVerifier(registry);
    }
}
