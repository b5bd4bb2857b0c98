// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {
    TransparentUpgradeableProxy
} from "@openzeppelin/contracts/proxy/transparent/TransparentUpgradeableProxy.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {TwoStepProxyAdmin} from "../src/access/TwoStepProxyAdmin.sol";
import {CollateralRegistry} from "../src/attestation/CollateralRegistry.sol";
import {TcbStatus} from "../src/attestation/QuoteReport.sol";
import {QuoteVerifier} from "../src/attestation/QuoteVerifier.sol";
import {IAllocationManager} from "../src/eigenlayer/IAllocationManager.sol";
import {IRewardsCoordinator} from "../src/eigenlayer/IRewardsCoordinator.sol";
import {IStrategyFactory} from "../src/eigenlayer/IStrategies.sol";
import {IPhalaServiceManager} from "../src/phala/IPhalaServiceManager.sol";
import {PhalaServiceManager} from "../src/phala/PhalaServiceManager.sol";
import {PhalaSlaOracle} from "../src/phala/PhalaSlaOracle.sol";
import {PHA, vPHA} from "../src/tokens/MintableToken.sol";
import {Collateral} from "./Collateral.sol";
import {vm} from "./Vm.sol";

/// Deploys Phala Cloud's AVS on an EigenLayer, ready for use: tokens with their
/// strategies, attestation, service manager and oracle behind proxies, operator
/// set 0 with both strategies. Everything is OWNER's from its first block on.
///
/// From the environment:
///   DEPLOYER_KEY            pays; keeps no rights
///   ALLOCATION_MANAGER, REWARDS_COORDINATOR, STRATEGY_FACTORY
///   OWNER, ISSUER           of the AVS; of challenges
///   TOKENOMICS              proposes and pays rewards
///   ROOT_KEY_X, ROOT_KEY_Y  the attestation root's public key
///   ROOT_LABEL              whose root that is; SIMULATED if absent
///   COLLATERAL              path of the QuoteCollateralV3 that the registry
///                           starts with; nothing if absent
///   MEASUREMENT             QuoteReport.measurement that operators may run
///   FRESHNESS_BLOCKS        how old a registration quote may be
///   ATTESTATION_SECONDS     how long an attestation is good for
///   RESPONSE_WINDOW_BLOCKS  of a challenge
///   SLASH_WAD               cost of a missed one in each strategy; 1e18 is all
contract DeployPhala {
    error OracleElsewhere(address predicted, address actual);

    function run() external {
        uint256 key = vm.envUint("DEPLOYER_KEY");
        string memory path = vm.envOr("COLLATERAL", "");
        bool given = bytes(path).length != 0;
        Collateral.File memory said;
        if (given) said = Collateral.parse(vm.readFile(path));
        vm.startBroadcast(key);
        (PhalaServiceManager manager,) = deploy(vm.addr(key));
        if (given) Collateral.put(manager.verifier().registry(), said);
        vm.stopBroadcast();
    }

    function deploy(address deployer)
        public
        returns (PhalaServiceManager manager, PhalaSlaOracle oracle)
    {
        address owner = vm.envAddress("OWNER");
        (address[] memory strategies, IERC20 pha) = _strategies(owner);
        TwoStepProxyAdmin admin = new TwoStepProxyAdmin(owner);
        PhalaServiceManager managerCode = _managerCode(pha);

        /* Each needs the other's address: the oracle's proxy is the third
           creation from here. */
        address oracleProxy = vm.computeCreateAddress(deployer, vm.getNonce(deployer) + 2);
        PhalaServiceManager.Config memory config = _config(owner, oracleProxy, strategies);
        manager = PhalaServiceManager(
            address(
                new TransparentUpgradeableProxy(
                    address(managerCode),
                    address(admin),
                    abi.encodeCall(PhalaServiceManager.initialize, (config))
                )
            )
        );
        oracle = _oracle(address(manager), address(admin), owner);
        if (address(oracle) != oracleProxy) revert OracleElsewhere(oracleProxy, address(oracle));
    }

    function _strategies(address owner) private returns (address[] memory strategies, IERC20 pha) {
        IStrategyFactory factory = IStrategyFactory(vm.envAddress("STRATEGY_FACTORY"));
        strategies = new address[](2);
        pha = new PHA(owner);
        strategies[0] = factory.deployNewStrategy(address(pha));
        strategies[1] = factory.deployNewStrategy(address(new vPHA(owner)));
        if (strategies[0] > strategies[1]) {
            (strategies[0], strategies[1]) = (strategies[1], strategies[0]);
        }
    }

    function _managerCode(IERC20 pha) private returns (PhalaServiceManager) {
        CollateralRegistry registry = new CollateralRegistry(
            vm.envBytes32("ROOT_KEY_X"),
            vm.envBytes32("ROOT_KEY_Y"),
            vm.envOr("ROOT_LABEL", "SIMULATED")
        );
        return new PhalaServiceManager(
            IAllocationManager(vm.envAddress("ALLOCATION_MANAGER")),
            IRewardsCoordinator(vm.envAddress("REWARDS_COORDINATOR")),
            new QuoteVerifier(registry),
            pha,
            vm.envUint("FRESHNESS_BLOCKS")
        );
    }

    function _config(address owner, address oracle, address[] memory strategies)
        private
        view
        returns (PhalaServiceManager.Config memory config)
    {
        uint256 wad = vm.envUint("SLASH_WAD");
        config.owner = owner;
        config.slaOracle = oracle;
        config.tokenomicManager = vm.envAddress("TOKENOMICS");
        config.attestationPeriod = uint32(vm.envUint("ATTESTATION_SECONDS"));
        config.metadataURI = "https://phala.invalid/avs.json";
        config.strategies = strategies;
        config.slashWads = new uint256[](2);
        (config.slashWads[0], config.slashWads[1]) = (wad, wad);
        config.measurements = new bytes32[](1);
        config.measurements[0] = vm.envBytes32("MEASUREMENT");
        config.tcbStatuses = new TcbStatus[](1);
        config.tcbStatuses[0] = TcbStatus.UpToDate;
    }

    function _oracle(address manager, address admin, address owner)
        private
        returns (PhalaSlaOracle)
    {
        PhalaSlaOracle code = new PhalaSlaOracle(IPhalaServiceManager(manager));
        uint32 window = uint32(vm.envUint("RESPONSE_WINDOW_BLOCKS"));
        bytes memory call =
            abi.encodeCall(PhalaSlaOracle.initialize, (owner, vm.envAddress("ISSUER"), window));
        return PhalaSlaOracle(address(new TransparentUpgradeableProxy(address(code), admin, call)));
    }
}
