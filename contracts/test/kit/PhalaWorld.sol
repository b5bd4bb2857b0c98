// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {DeployPhala} from "../../script/DeployPhala.s.sol";
import {vm} from "../../script/Vm.sol";
import {CollateralRegistry} from "../../src/attestation/CollateralRegistry.sol";
import {
    AllocateParams,
    DeregisterParams,
    IAllocationManager,
    OperatorSet,
    RegisterParams
} from "../../src/eigenlayer/IAllocationManager.sol";
import {
    IDelegationManager,
    IStrategyFactory,
    IStrategyManager
} from "../../src/eigenlayer/IStrategies.sol";
import {IRewardsCoordinator} from "../../src/eigenlayer/IRewardsCoordinator.sol";
import {PhalaServiceManager} from "../../src/phala/PhalaServiceManager.sol";
import {PhalaSlaOracle} from "../../src/phala/PhalaSlaOracle.sol";
import {MintableToken} from "../../src/tokens/MintableToken.sol";
import {Check} from "./Check.sol";
import {Pcs} from "./Pcs.sol";
import {Pki} from "./Pki.sol";
import {Quotes} from "./Quotes.sol";

/// Phala's AVS as the script deploys it, on genuine EigenLayer: the saved state
/// that the harness starts its chains from.
abstract contract PhalaWorld is Check {
    string private constant STATE = "../build/state/core";

    address internal constant OWNER = address(0x0111);
    address internal constant ISSUER = address(0x0222);
    address internal constant TOKENOMICS = address(0x0444);
    address internal constant CAROL = address(0x0333);
    address internal constant ALICE = address(0xA11CE);
    address internal constant BOB = address(0xB0B);

    uint256 internal constant WINDOW = 10;
    uint256 internal constant FRESHNESS = 100;
    uint32 internal constant PERIOD = 7 days;
    uint256 internal constant SLASH_WAD = 0.1e18;
    uint256 internal constant STAKE = 1000e18;
    uint64 internal constant ALLOCATED = 0.5e18;

    IAllocationManager internal allocation;
    IDelegationManager internal delegation;
    IStrategyManager internal strategyManager;
    IRewardsCoordinator internal rewards;
    DeployPhala internal script;
    PhalaServiceManager internal manager;
    PhalaSlaOracle internal oracle;
    address[] internal strategies;
    address internal pha;
    uint256 private quoteCount;
    bytes private chain;

    function _world() internal {
        if (!vm.exists(string.concat(STATE, "/alloc.json"))) {
            revert NotSo("the saved EigenLayer state is in build/state/core: make builds it");
        }
        vm.loadAllocs(string.concat(STATE, "/alloc.json"));
        string memory manifest = vm.readFile(string.concat(STATE, "/manifest.json"));
        allocation =
            IAllocationManager(vm.parseJsonAddress(manifest, ".addresses.allocationManager"));
        delegation =
            IDelegationManager(vm.parseJsonAddress(manifest, ".addresses.delegationManager"));
        strategyManager =
            IStrategyManager(vm.parseJsonAddress(manifest, ".addresses.strategyManager"));
        rewards =
            IRewardsCoordinator(vm.parseJsonAddress(manifest, ".addresses.rewardsCoordinator"));
        /* EigenLayer subtracts its delays from the height. */
        vm.roll(10_000_000);
        vm.warp(Pki.NOT_BEFORE + 365 days);
        _deploy(vm.parseJsonAddress(manifest, ".addresses.strategyFactory"));

        CollateralRegistry registry = manager.verifier().registry();
        Pcs.putAll(registry);
        chain = Quotes.chain();
    }

    function _deploy(address factory) private {
        (uint256 x, uint256 y) = vm.publicKeyP256(Pki.ROOT);
        vm.setEnv("ALLOCATION_MANAGER", vm.toString(address(allocation)));
        vm.setEnv("STRATEGY_FACTORY", vm.toString(factory));
        vm.setEnv("REWARDS_COORDINATOR", vm.toString(address(rewards)));
        vm.setEnv("TOKENOMICS", vm.toString(TOKENOMICS));
        vm.setEnv("ATTESTATION_SECONDS", vm.toString(uint256(PERIOD)));
        vm.setEnv("OWNER", vm.toString(OWNER));
        vm.setEnv("ISSUER", vm.toString(ISSUER));
        vm.setEnv("ROOT_KEY_X", vm.toString(bytes32(x)));
        vm.setEnv("ROOT_KEY_Y", vm.toString(bytes32(y)));
        vm.setEnv("MEASUREMENT", vm.toString(Quotes.measurement()));
        vm.setEnv("FRESHNESS_BLOCKS", vm.toString(FRESHNESS));
        vm.setEnv("RESPONSE_WINDOW_BLOCKS", vm.toString(WINDOW));
        vm.setEnv("SLASH_WAD", vm.toString(SLASH_WAD));
        script = new DeployPhala();
        (manager, oracle) = script.deploy(address(script));
        strategies = allocation.getStrategiesInOperatorSet(_set(0));
        /* The script creates the two tokens first. */
        pha = vm.computeCreateAddress(address(script), 1);
        if (IStrategyFactory(factory).deployedStrategies(pha) != strategies[0]) {
            (strategies[0], strategies[1]) = (strategies[1], strategies[0]);
        }
        eq(IStrategyFactory(factory).deployedStrategies(pha), strategies[0], "PHA's strategy");
    }

    /// The contract that may upgrade the proxies.
    function _admin(address proxy) internal view returns (address) {
        bytes32 slot = 0xb53127684a568b3173ae13b9f8a6016e243e63b6e8ee1178d6a717850b5d6103;
        return address(uint160(uint256(vm.load(proxy, slot))));
    }

    function _set(uint32 id) internal view returns (OperatorSet memory) {
        return OperatorSet(address(manager), id);
    }

    function _next(uint256 blocks) internal {
        vm.roll(block.number + blocks);
    }

    /* An operator's steps. */

    /// Registered with EigenLayer, 1000 PHA deposited, half of it allocated.
    function _prepare(address operator) internal {
        vm.prank(operator);
        delegation.registerAsOperator(address(0), 0, "");
        _next(allocation.ALLOCATION_CONFIGURATION_DELAY() + 1);
        vm.prank(OWNER);
        MintableToken(pha).mint(operator, STAKE);
        vm.prank(operator);
        MintableToken(pha).approve(address(strategyManager), STAKE);
        vm.prank(operator);
        strategyManager.depositIntoStrategy(strategies[0], pha, STAKE);
        _allocate(operator, 0, ALLOCATED);
    }

    function _allocate(address operator, uint32 id, uint64 magnitude) internal {
        AllocateParams[] memory params = new AllocateParams[](1);
        params[0] = AllocateParams(_set(id), new address[](1), new uint64[](1));
        params[0].strategies[0] = strategies[0];
        params[0].newMagnitudes[0] = magnitude;
        vm.prank(operator);
        allocation.modifyAllocations(operator, params);
    }

    /// Joins with a fresh quote.
    function _join(address operator, uint32 id) internal returns (bytes memory quote) {
        uint64 referenceBlock = uint64(block.number - 1);
        quote = _quote(manager.reportData(operator, referenceBlock));
        _joinWith(operator, id, abi.encode(quote, referenceBlock));
    }

    /// Renews the attestation with a fresh quote.
    function _reattest(address operator) internal returns (bytes memory quote) {
        uint64 referenceBlock = uint64(block.number - 1);
        quote = _quote(manager.reportData(operator, referenceBlock));
        vm.prank(operator);
        manager.reattest(quote, referenceBlock);
    }

    /// Another implementation for the same world.
    function _code(uint256 freshness) internal returns (PhalaServiceManager) {
        return
            new PhalaServiceManager(allocation, rewards, manager.verifier(), IERC20(pha), freshness);
    }

    function _joinWith(address operator, uint32 id, bytes memory data) internal {
        RegisterParams memory params = RegisterParams(address(manager), _ids(id), data);
        vm.prank(operator);
        allocation.registerForOperatorSets(operator, params);
    }

    function _leave(address operator, uint32 id) internal {
        DeregisterParams memory params = DeregisterParams(operator, address(manager), _ids(id));
        vm.prank(operator);
        allocation.deregisterFromOperatorSets(params);
    }

    function _challenge(address operator) internal returns (uint256) {
        vm.prank(ISSUER);
        return oracle.issueSlaChallenge(operator, "");
    }

    function _respond(address operator, uint256 id) internal {
        bytes memory quote = _quote(oracle.responseData(id));
        vm.prank(operator);
        oracle.respondToSlaChallenge(id, quote);
    }

    /// A valid quote with this report data; no two are alike.
    function _quote(bytes32 reportData) internal returns (bytes memory) {
        return Quotes.build(_spec(reportData));
    }

    function _spec(bytes32 reportData) internal returns (Quotes.Spec memory s) {
        s = Quotes.withChain(reportData, chain);
        s.header = patched(s.header, 28, abi.encodePacked(bytes20(uint160(++quoteCount))));
    }

    function _ids(uint32 id) internal pure returns (uint32[] memory ids) {
        ids = new uint32[](1);
        ids[0] = id;
    }
}

abstract contract PhalaTest is PhalaWorld {
    function setUp() public virtual {
        _world();
    }
}
