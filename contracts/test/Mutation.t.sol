// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {vm} from "../script/Vm.sol";
import {CollateralRegistry} from "../src/attestation/CollateralRegistry.sol";
import {Compact} from "./kit/Compact.sol";
import {Crls} from "./kit/Crls.sol";
import {JudgeTest} from "./kit/JudgeTest.sol";
import {Pcs} from "./kit/Pcs.sol";
import {Pki} from "./kit/Pki.sol";
import {Quotes} from "./kit/Quotes.sol";

/// One bit changed at every byte of everything that is signed: never accepted,
/// and always refused by name. Then the same with the signature made anew, where
/// only form is at stake: still no panic and no silent revert.
contract MutationTest is JudgeTest {
    CollateralRegistry private empty;

    function setUp() public override {
        super.setUp();
        (uint256 x, uint256 y) = vm.publicKeyP256(Pki.ROOT);
        empty = new CollateralRegistry(bytes32(x), bytes32(y), "SIMULATED");
    }

    /* Quotes. */

    function test_compactSgx3() public view {
        _compact(_sgx());
    }

    function test_compactTdx4() public view {
        _compact(_tdx());
    }

    function test_compactTdx5() public view {
        _compact(_td15(Pcs.TEE_TCB_SVN));
    }

    /// Of the chain's text, which no signature of the quote covers, every ninth.
    function test_fullTdx4() public view {
        bytes memory quote = Quotes.build(_tdx());
        uint256 text = find(quote, Quotes.pem(Pki.pckDer()));
        for (uint256 at = 0; at < quote.length; at += at < text ? 1 : 9) {
            _flip(quote, at);
            try verifier.verifyFullQuote(quote) {
                revert NotSo(string.concat("refused with byte ", vm.toString(at)));
            } catch (bytes memory reason) {
                _named(reason, at);
            }
            _flip(quote, at);
        }
    }

    /* Certificates. */

    function test_pck() public {
        bytes memory der = Pki.pckDer();
        for (uint256 at = 0; at < der.length; at++) {
            _flip(der, at);
            try registry.registerPck(der) {
                revert NotSo(string.concat("refused with byte ", vm.toString(at)));
            } catch (bytes memory reason) {
                _named(reason, at);
            }
            _flip(der, at);
        }
    }

    function test_caAndSigner() public {
        bytes memory der = Pki.caDer();
        for (uint256 at = 0; at < der.length; at++) {
            _flip(der, at);
            try empty.addCa(der) {
                revert NotSo(string.concat("refused with byte ", vm.toString(at)));
            } catch (bytes memory reason) {
                _named(reason, at);
            }
            _flip(der, at);
        }
        der = Pki.signerDer();
        for (uint256 at = 0; at < der.length; at++) {
            _flip(der, at);
            try empty.addTcbSigner(der) {
                revert NotSo(string.concat("refused with byte ", vm.toString(at)));
            } catch (bytes memory reason) {
                _named(reason, at);
            }
            _flip(der, at);
        }
    }

    /// Whoever signs nonsense is told what it is.
    function test_pckSignedAnew() public {
        bytes memory part = Pki.signedPart(Pki.pck());
        Pki.Spec memory s = Pki.pck();
        for (uint256 at = 0; at < part.length; at++) {
            _flip(part, at);
            try registry.registerPck(Pki.signWith(part, s.outerAlgorithm, Pki.CA)) {}
            catch (bytes memory reason) {
                _named(reason, at);
            }
            _flip(part, at);
        }
    }

    /* Revocation lists. */

    function test_crl() public {
        Crls.Spec memory s = Crls.ofRoot();
        s.entries = bytes.concat(Crls.entry(7), Crls.entry(0x80));
        bytes memory der = Crls.build(s, Pki.ROOT);
        for (uint256 at = 0; at < der.length; at++) {
            _flip(der, at);
            try empty.putCrl(der) {
                revert NotSo(string.concat("refused with byte ", vm.toString(at)));
            } catch (bytes memory reason) {
                _named(reason, at);
            }
            _flip(der, at);
        }
    }

    function test_crlSignedAnew() public {
        Crls.Spec memory s = Crls.ofRoot();
        s.entries = bytes.concat(Crls.entry(7), Crls.entry(0x80));
        bytes memory part = Crls.signedPart(s);
        for (uint256 at = 0; at < part.length; at++) {
            _flip(part, at);
            try empty.putCrl(Pki.signWith(part, s.outerAlgorithm, Pki.ROOT)) {}
            catch (bytes memory reason) {
                _named(reason, at);
            }
            _flip(part, at);
        }
    }

    /* Signed JSON. */

    function test_tcbInfo() public {
        bytes memory json = Pcs.text(Pcs.tdx());
        bytes memory signature = Pcs.sign(json, Pki.SIGNER);
        bytes32 signer = keccak256(Pki.signerDer());
        for (uint256 at = 0; at < json.length + 64; at++) {
            bytes memory changed = at < json.length ? json : signature;
            uint256 place = at < json.length ? at : at - json.length;
            _flip(changed, place);
            try registry.putTcbInfo(json, signature, signer) {
                revert NotSo(string.concat("refused with byte ", vm.toString(at)));
            } catch (bytes memory reason) {
                eq(
                    bytes32(bytes4(reason)),
                    bytes32(CollateralRegistry.TcbInfoSignatureInvalid.selector),
                    "reason"
                );
            }
            _flip(changed, place);
        }
    }

    function test_qeIdentity() public {
        bytes memory json = Pcs.text(Pcs.identity(true));
        bytes memory signature = Pcs.sign(json, Pki.SIGNER);
        bytes32 signer = keccak256(Pki.signerDer());
        for (uint256 at = 0; at < json.length; at++) {
            _flip(json, at);
            try registry.putQeIdentity(json, signature, signer) {
                revert NotSo(string.concat("refused with byte ", vm.toString(at)));
            } catch (bytes memory reason) {
                _named(reason, at);
            }
            _flip(json, at);
        }
    }

    /// Signed as it is, a bit of every fourth byte changed: what is taken is
    /// another value in the same form, and all else has a name.
    function test_textSignedAnew() public {
        bytes memory json = Pcs.text(Pcs.tdx());
        bytes32 signer = keccak256(Pki.signerDer());
        uint256 taken;
        for (uint256 at = 0; at < json.length; at += 4) {
            json[at] ^= 0x20;
            uint256 snapshot = vm.snapshotState();
            try registry.putTcbInfo(json, Pcs.sign(json, Pki.SIGNER), signer) {
                taken++;
            } catch (bytes memory reason) {
                _named(reason, at);
            }
            vm.revertToState(snapshot);
            json[at] ^= 0x20;
        }
        /* Capitals and small letters: of hexadecimal digits and of what Intel
           says about components. */
        yes(taken < json.length / 12, "few changes keep the form");
    }

    function testFuzz_arbitraryDer(bytes memory der) public {
        try empty.putCrl(der) {
            revert NotSo("arbitrary bytes are refused");
        } catch (bytes memory reason) {
            _named(reason, 0);
        }
        try empty.addCa(der) {
            revert NotSo("arbitrary bytes are refused");
        } catch (bytes memory reason) {
            _named(reason, 0);
        }
    }

    function testFuzz_arbitraryCompactQuote(bytes memory tail, uint8 version) public view {
        bytes memory head = cut(Quotes.build(_tdx()), 0, 48);
        head[0] = bytes1(3 + (version % 3));
        if (version % 3 == 0) head[4] = 0;
        try verifier.verifyQuote(bytes.concat(head, tail), pckId) {
            revert NotSo("arbitrary bytes are refused");
        } catch (bytes memory reason) {
            _named(reason, 0);
        }
    }

    function _compact(Quotes.Spec memory s) private view {
        bytes memory quote = Compact.form(Quotes.build(s));
        bytes32 id = pckId;
        verifier.verifyQuote(quote, id);
        for (uint256 at = 0; at < quote.length; at++) {
            _flip(quote, at);
            try verifier.verifyQuote(quote, id) {
                revert NotSo(string.concat("refused with byte ", vm.toString(at)));
            } catch (bytes memory reason) {
                _named(reason, at);
            }
            _flip(quote, at);
        }
    }

    function _flip(bytes memory data, uint256 at) private pure {
        data[at] ^= bytes1(uint8(1 << (at % 8)));
    }

    /// Neither empty nor a panic.
    function _named(bytes memory reason, uint256 at) private pure {
        bool panic = bytes4(reason) == bytes4(keccak256("Panic(uint256)"));
        if (reason.length < 4 || panic) {
            revert NotSo(string.concat("refused by name with byte ", vm.toString(at)));
        }
    }
}
