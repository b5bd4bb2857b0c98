// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {Vm, vm} from "../script/Vm.sol";
import {CollateralRegistry} from "../src/attestation/CollateralRegistry.sol";
import {Crls} from "./kit/Crls.sol";
import {Pcs} from "./kit/Pcs.sol";
import {PhalaTest} from "./kit/PhalaWorld.sol";
import {Pki} from "./kit/Pki.sol";
import {Quotes} from "./kit/Quotes.sol";

/// The script as somebody runs it by hand.
contract PhalaScriptTest is PhalaTest {
    string private constant FILE = "cache/collateral.json";

    event QeIdentityTaken(
        CollateralRegistry.Tee indexed tee,
        uint32 tcbEvaluationDataNumber,
        uint40 issueDate,
        uint40 nextUpdate
    );

    /// Collateral that is in a file is in the registry from the start. One test,
    /// because the environment is everybody's.
    function test_collateralFromAFile() public {
        vm.setEnv("DEPLOYER_KEY", "0xde910fe2");
        vm.setEnv("COLLATERAL", "");
        eq(address(_run()), address(0), "without a file nothing is put");
        vm.writeFile(FILE, _json());
        vm.setEnv("COLLATERAL", FILE);
        CollateralRegistry registry = _run();
        bytes32 pckId = registry.registerPck(Pki.pckDer());
        registry.collateral(pckId, CollateralRegistry.Tee.Tdx);
    }

    /// The registry that took a QE identity, which comes last.
    function _run() private returns (CollateralRegistry registry) {
        vm.recordLogs();
        script.run();
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].topics[0] != QeIdentityTaken.selector) continue;
            registry = CollateralRegistry(logs[i].emitter);
        }
    }

    function _json() private pure returns (string memory) {
        bytes memory root = Quotes.pem(Pki.rootDer());
        bytes memory signed = bytes.concat(Quotes.pem(Pki.signerDer()), root);
        bytes memory info = Pcs.text(Pcs.tdx());
        bytes memory identity = Pcs.text(Pcs.identity(true));
        bytes memory json = "{";
        json = _with(json, "pck_crl_issuer_chain", bytes.concat(Quotes.pem(Pki.caDer()), root));
        json = _with(json, "root_ca_crl", Pcs.digits(Crls.rootDer()));
        json = _with(json, "pck_crl", Pcs.digits(Crls.caDer()));
        json = _with(json, "tcb_info_issuer_chain", signed);
        json = _with(json, "tcb_info", info);
        json = _with(json, "tcb_info_signature", Pcs.digits(Pcs.sign(info, Pki.SIGNER)));
        json = _with(json, "qe_identity_issuer_chain", signed);
        json = _with(json, "qe_identity", identity);
        json = _with(json, "qe_identity_signature", Pcs.digits(Pcs.sign(identity, Pki.SIGNER)));
        return string(bytes.concat(json, "}"));
    }

    /// An object with one member more, its quotes and ends of lines escaped.
    function _with(bytes memory json, bytes memory key, bytes memory value)
        private
        pure
        returns (bytes memory)
    {
        bytes memory text = new bytes(2 * value.length);
        uint256 length;
        for (uint256 i = 0; i < value.length; i++) {
            bool escaped = value[i] == '"' || value[i] == "\n";
            if (escaped) text[length++] = "\\";
            text[length++] = value[i] == "\n" ? bytes1("n") : value[i];
        }
        json = bytes.concat(json, json.length == 1 ? bytes("") : bytes(","));
        return bytes.concat(json, '"', key, '":"', cut(text, 0, length), '"');
    }
}
