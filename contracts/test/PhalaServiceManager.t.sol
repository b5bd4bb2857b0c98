// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {ProxyAdmin} from "@openzeppelin/contracts/proxy/transparent/ProxyAdmin.sol";
import {
    ITransparentUpgradeableProxy
} from "@openzeppelin/contracts/proxy/transparent/TransparentUpgradeableProxy.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {vm} from "../script/Vm.sol";
import {TwoStepOwnable} from "../src/access/TwoStepOwnable.sol";
import {TcbStatus} from "../src/attestation/QuoteReport.sol";
import {QuoteVerifier} from "../src/attestation/QuoteVerifier.sol";
import {IAllocationManager, RegisterParams} from "../src/eigenlayer/IAllocationManager.sol";
import {IRewardsCoordinator} from "../src/eigenlayer/IRewardsCoordinator.sol";
import {AttestationPolicy} from "../src/phala/AttestationPolicy.sol";
import {PhalaServiceManager} from "../src/phala/PhalaServiceManager.sol";
import {RewardProposals} from "../src/phala/RewardProposals.sol";
import {PhalaTest} from "./kit/PhalaWorld.sol";
import {Pki} from "./kit/Pki.sol";
import {Quotes} from "./kit/Quotes.sol";

/// What the script leaves behind, and what only the owner may change.
contract PhalaDeploymentTest is PhalaTest {
    event MeasurementSet(bytes32 indexed measurement, bool allowed);
    event SlaOracleSet(address indexed slaOracle);
    event TokenomicManagerUpdated(address indexed previous, address indexed current);
    event AVSMetadataURIUpdated(address indexed avs, string metadataURI);
    event SlashWadSet(uint32 indexed operatorSetId, address indexed strategy, uint256 wad);

    function test_everythingIsUsable() public view {
        eq(manager.owner(), OWNER, "owner of the service manager");
        eq(oracle.owner(), OWNER, "owner of the oracle");
        eq(manager.pendingOwner(), address(0), "no handover is pending");
        eq(manager.slaOracle(), address(oracle), "the manager's oracle");
        eq(address(oracle.serviceManager()), address(manager), "the oracle's manager");
        eq(oracle.challengeIssuer(), ISSUER, "issuer");
        eq(oracle.responseWindowBlocks(), WINDOW, "window");
        eq(manager.freshnessBlocks(), FRESHNESS, "freshness");
        yes(manager.isMeasurementAllowed(Quotes.measurement()), "measurement");
        eq(strategies.length, 2, "strategies of set 0");
        eq(manager.slashWad(0, strategies[0]), SLASH_WAD, "wad of PHA");
        eq(manager.slashWad(0, strategies[1]), SLASH_WAD, "wad of vPHA");
        eq(allocation.getAVSRegistrar(address(manager)), address(manager), "registrar");
        yes(manager.supportsAVS(address(manager)), "supports itself");
        no(manager.supportsAVS(address(oracle)), "supports another");
    }

    function test_nobodyElseInitializes() public {
        PhalaServiceManager.Config memory config;
        config.owner = CAROL;
        config.slaOracle = CAROL;
        bytes memory reason = abi.encodeWithSignature(
            "Error(string)", "Initializable: contract is already initialized"
        );
        vm.expectRevert(reason);
        manager.initialize(config);
        PhalaServiceManager code = _code(1);
        vm.expectRevert(reason);
        code.initialize(config);
    }

    function test_initializationNeedsAnOracleAndAnOwner() public {
        PhalaServiceManager code = _code(1);
        PhalaServiceManager.Config memory config;
        config.owner = OWNER;
        bytes memory call = abi.encodeCall(PhalaServiceManager.initialize, (config));
        vm.expectRevert(abi.encodeWithSelector(AttestationPolicy.ZeroAddress.selector));
        new ERC1967Proxy(address(code), call);
        (config.owner, config.slaOracle) = (address(0), CAROL);
        call = abi.encodeCall(PhalaServiceManager.initialize, (config));
        vm.expectRevert(abi.encodeWithSelector(TwoStepOwnable.ZeroOwner.selector));
        new ERC1967Proxy(address(code), call);
    }

    function test_constructorArguments() public {
        QuoteVerifier verifier = manager.verifier();
        IERC20 token = IERC20(pha);
        vm.expectRevert(abi.encodeWithSelector(AttestationPolicy.ZeroAddress.selector));
        new PhalaServiceManager(IAllocationManager(address(0)), rewards, verifier, token, 1);
        vm.expectRevert(abi.encodeWithSelector(AttestationPolicy.ZeroAddress.selector));
        new PhalaServiceManager(allocation, rewards, QuoteVerifier(address(0)), token, 1);
        bytes4 needs = RewardProposals.RewardsNeedContracts.selector;
        vm.expectRevert(abi.encodeWithSelector(needs, address(0), pha));
        new PhalaServiceManager(allocation, IRewardsCoordinator(address(0)), verifier, token, 1);
        vm.expectRevert(abi.encodeWithSelector(needs, address(rewards), address(0)));
        new PhalaServiceManager(allocation, rewards, verifier, IERC20(address(0)), 1);
        vm.expectRevert(abi.encodeWithSelector(PhalaServiceManager.FreshnessOutOfRange.selector, 0));
        this.make(0);
        vm.expectRevert(
            abi.encodeWithSelector(PhalaServiceManager.FreshnessOutOfRange.selector, 257)
        );
        this.make(257);
        eq(this.make(256).freshnessBlocks(), 256, "as far as BLOCKHASH reaches");
    }

    /// An external call, so that vm.expectRevert sees it and no view before it.
    function make(uint256 freshness) external returns (PhalaServiceManager) {
        return _code(freshness);
    }

    function testFuzz_onlyTheOwner(address stranger) public {
        vm.assume(stranger != OWNER && stranger != _admin(address(manager)));
        bytes memory reason = abi.encodeWithSelector(TwoStepOwnable.NotOwner.selector, stranger);
        vm.startPrank(stranger);
        vm.expectRevert(reason);
        manager.createOperatorSet(new address[](0), new uint256[](0));
        vm.expectRevert(reason);
        manager.setSlashWad(0, address(1), 1);
        vm.expectRevert(reason);
        manager.setMeasurement(bytes32("m"), true);
        vm.expectRevert(reason);
        manager.updateAVSMetadataURI("x");
        vm.expectRevert(reason);
        manager.transferOwnership(stranger);
        vm.expectRevert(abi.encodeWithSelector(TwoStepOwnable.NotPendingOwner.selector, stranger));
        manager.acceptOwnership();
        vm.stopPrank();
    }

    function test_handover() public {
        vm.prank(OWNER);
        manager.transferOwnership(CAROL);
        eq(manager.owner(), OWNER, "nothing moved yet");
        vm.prank(CAROL);
        manager.acceptOwnership();
        eq(manager.owner(), CAROL, "owner");
        eq(manager.pendingOwner(), address(0), "pending");
        vm.expectRevert(abi.encodeWithSelector(TwoStepOwnable.NotOwner.selector, OWNER));
        vm.prank(OWNER);
        manager.setMeasurement(bytes32("m"), true);
    }

    function test_offerWithdrawn() public {
        vm.startPrank(OWNER);
        manager.transferOwnership(CAROL);
        manager.transferOwnership(address(0));
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(TwoStepOwnable.NotPendingOwner.selector, CAROL));
        vm.prank(CAROL);
        manager.acceptOwnership();
    }

    function test_settings() public {
        vm.startPrank(OWNER);
        vm.expectEmit(true, true, true, true, address(manager));
        emit MeasurementSet(bytes32("m"), true);
        manager.setMeasurement(bytes32("m"), true);
        yes(manager.isMeasurementAllowed(bytes32("m")), "allowed");
        vm.expectRevert(abi.encodeWithSelector(AttestationPolicy.ZeroMeasurement.selector));
        manager.setMeasurement(0, true);

        vm.expectEmit(true, true, true, true, address(manager));
        emit SlashWadSet(0, strategies[1], 1e18);
        manager.setSlashWad(0, strategies[1], 1e18);
        vm.expectRevert(
            abi.encodeWithSelector(PhalaServiceManager.SlashWadTooLarge.selector, 1e18 + 1)
        );
        manager.setSlashWad(0, strategies[1], 1e18 + 1);
        vm.expectRevert(abi.encodeWithSelector(PhalaServiceManager.OperatorSetUnknown.selector, 1));
        manager.setSlashWad(1, strategies[1], 1);
        /* A mistyped strategy would cost nobody anything. */
        for (uint256 i = 0; i < 2; i++) {
            address other = i == 0 ? address(0) : address(uint160(strategies[1]) + 1);
            vm.expectRevert(
                abi.encodeWithSelector(PhalaServiceManager.StrategyNotInSet.selector, 0, other)
            );
            manager.setSlashWad(0, other, 1);
        }

        vm.expectRevert(abi.encodeWithSelector(PhalaServiceManager.LengthMismatch.selector, 2, 1));
        manager.createOperatorSet(strategies, new uint256[](1));
        eq(manager.createOperatorSet(strategies, new uint256[](2)), 1, "id of the next set");
        eq(allocation.getOperatorSetCount(address(manager)), 2, "sets");
        vm.expectEmit(true, true, true, true, address(allocation));
        emit AVSMetadataURIUpdated(address(manager), "https://example.invalid");
        manager.updateAVSMetadataURI("https://example.invalid");
        vm.stopPrank();
    }

    /// Who may slash and who may propose is on record from the first block on.
    function test_initializationIsOnRecord() public {
        PhalaServiceManager.Config memory config;
        (config.owner, config.slaOracle, config.tokenomicManager) = (OWNER, CAROL, CAROL);
        config.attestationPeriod = 1;
        config.metadataURI = "x";
        bytes memory call = abi.encodeCall(PhalaServiceManager.initialize, (config));
        address code = address(_code(1));
        address at = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        vm.expectEmit(true, true, true, true, at);
        emit SlaOracleSet(CAROL);
        vm.expectEmit(true, true, true, true, at);
        emit TokenomicManagerUpdated(address(0), CAROL);
        new ERC1967Proxy(code, call);
    }

    /// The first policy is held to the same as the owner's later ones.
    function test_initializationWithAStatusThatNoQuoteHas() public {
        PhalaServiceManager code = _code(1);
        PhalaServiceManager.Config memory config;
        (config.owner, config.slaOracle, config.tokenomicManager) = (OWNER, CAROL, CAROL);
        config.attestationPeriod = 1;
        config.metadataURI = "x";
        config.tcbStatuses = new TcbStatus[](2);
        (config.tcbStatuses[0], config.tcbStatuses[1]) = (TcbStatus.UpToDate, TcbStatus.Revoked);
        bytes memory call = abi.encodeCall(PhalaServiceManager.initialize, (config));
        vm.expectRevert(
            abi.encodeWithSelector(
                AttestationPolicy.TcbStatusUnacceptable.selector, TcbStatus.Revoked
            )
        );
        new ERC1967Proxy(address(code), call);
    }

    /// Terms name the present strategies with a wad, ascending, whatever the
    /// order in which they came.
    function testFuzz_slashTerms(uint256 seed) public {
        uint256 count = 1 + (seed % 8);
        address[] memory list = new address[](count);
        uint256[] memory wads = new uint256[](count);
        uint256 charged;
        for (uint256 i = 0; i < count; i++) {
            list[i] = address(uint160(uint256(keccak256(abi.encode(seed, i)))));
            if (uint160(list[i]) % 3 == 0) continue;
            wads[i] = uint160(list[i]) % 1e18;
            if (wads[i] != 0) charged++;
        }
        vm.prank(OWNER);
        uint32 id = manager.createOperatorSet(list, wads);
        (address[] memory terms, uint256[] memory costs) = manager.slashTerms(id, 1);
        eq(terms.length, charged, "strategies");
        eq(costs.length, charged, "wads");
        for (uint256 i = 0; i < charged; i++) {
            yes(i == 0 || terms[i - 1] < terms[i], "ascending");
            eq(costs[i], manager.slashWad(id, terms[i]), "its wad");
        }
    }

    function test_upgradeIsTheOwnersAlone() public {
        ProxyAdmin admin = ProxyAdmin(_admin(address(manager)));
        eq(admin.owner(), OWNER, "owner of the proxies' admin");
        PhalaServiceManager code = _code(7);
        ITransparentUpgradeableProxy proxy = ITransparentUpgradeableProxy(address(manager));
        vm.expectRevert(
            abi.encodeWithSignature("Error(string)", "Ownable: caller is not the owner")
        );
        admin.upgrade(proxy, address(code));
        vm.prank(OWNER);
        admin.upgrade(proxy, address(code));
        eq(manager.freshnessBlocks(), 7, "new code");
        eq(manager.owner(), OWNER, "old state");
    }
}

/// Joining is being attested, and the other way round.
contract PhalaRegistrationTest is PhalaTest {
    event OperatorAttestationReceived(
        address indexed operator,
        bytes32 quoteHash,
        bytes32 measurement,
        bytes32 pckId,
        TcbStatus tcbStatus,
        uint64 validUntil
    );
    event OperatorRegistered(address indexed operator, bytes32 attestationHash);
    event OperatorDeregistered(address indexed operator);

    function setUp() public override {
        super.setUp();
        _prepare(ALICE);
    }

    function test_validQuoteRegisters() public {
        uint64 referenceBlock = uint64(block.number - 1);
        Quotes.Spec memory s = _spec(manager.reportData(ALICE, referenceBlock));
        bytes memory quote = Quotes.build(s);
        bytes32 pckId = keccak256(Pki.pckDer());
        vm.expectEmit(true, true, true, true, address(manager));
        emit OperatorAttestationReceived(
            ALICE,
            keccak256(quote),
            Quotes.measurement(),
            pckId,
            TcbStatus.UpToDate,
            uint64(block.timestamp) + PERIOD
        );
        vm.expectEmit(true, true, true, true, address(manager));
        emit OperatorRegistered(ALICE, keccak256(quote));
        _joinWith(ALICE, 0, abi.encode(quote, referenceBlock));
        yes(manager.isOperatorRegistered(ALICE), "registered");
        eq(manager.registeredOperatorAttestationHash(ALICE), keccak256(quote), "hash");
        yes(allocation.isMemberOfOperatorSet(ALICE, _set(0)), "member");
    }

    function test_quoteRegistersOnce() public {
        bytes memory quote = _join(ALICE, 0);
        vm.prank(OWNER);
        manager.createOperatorSet(strategies, new uint256[](2));
        bytes32 digest = sha256(cut(quote, 0, 632));
        bytes memory reason =
            abi.encodeWithSelector(PhalaServiceManager.QuoteAlreadyUsed.selector, digest);
        uint64 referenceBlock = uint64(block.number - 1);
        vm.expectRevert(reason);
        this.join(ALICE, 1, abi.encode(quote, referenceBlock));
        /* Padding makes other bytes of it, and no other quote. */
        vm.expectRevert(reason);
        this.join(ALICE, 1, abi.encode(bytes.concat(quote, hex"00"), referenceBlock));
    }

    function test_foreignOperatorsQuote() public {
        _prepare(BOB);
        uint64 referenceBlock = uint64(block.number - 1);
        bytes32 his = manager.reportData(BOB, referenceBlock);
        bytes32 hers = manager.reportData(ALICE, referenceBlock);
        _refuse(
            _quote(his),
            abi.encodeWithSelector(AttestationPolicy.ReportDataMismatch.selector, hers, his)
        );
    }

    function test_bindingNamesChainContractOperatorAndBlock() public {
        uint64 at = uint64(block.number - 1);
        bytes32 data = manager.reportData(ALICE, at);
        no(data == manager.reportData(BOB, at), "operator");
        no(data == manager.reportData(ALICE, at - 1), "block");
        PhalaServiceManager other = _code(FRESHNESS);
        no(data == other.reportData(ALICE, at), "contract");
        vm.chainId(1);
        no(data == manager.reportData(ALICE, at), "chain");
    }

    function test_referenceBlock() public {
        uint256 head = block.number;
        _refuseReference(
            head,
            abi.encodeWithSelector(PhalaServiceManager.ReferenceBlockNotPast.selector, head, head)
        );
        _refuseReference(
            head - FRESHNESS - 1,
            abi.encodeWithSelector(
                PhalaServiceManager.ReferenceBlockStale.selector,
                head - FRESHNESS - 1,
                head - FRESHNESS
            )
        );
        vm.setBlockhash(head - 1, 0);
        _refuseReference(
            head - 1,
            abi.encodeWithSelector(PhalaServiceManager.ReferenceBlockHashUnknown.selector, head - 1)
        );
    }

    function test_oldestReferenceBlock() public {
        uint64 oldest = uint64(block.number - FRESHNESS);
        bytes memory quote = _quote(manager.reportData(ALICE, oldest));
        _joinWith(ALICE, 0, abi.encode(quote, oldest));
    }

    function test_secondHalfOfReportData() public {
        Quotes.Spec memory s = _spec(_reportData());
        s.body[Quotes.REPORT_DATA + 63] = 0x01;
        _refuse(
            Quotes.build(s),
            abi.encodeWithSelector(AttestationPolicy.ReportDataTailNotZero.selector, 1)
        );
    }

    function test_debugTd() public {
        _refuseAttributes(hex"01", hex"0100001000000000", AttestationPolicy.DebugTd.selector);
    }

    function test_septVeDisableMissing() public {
        Quotes.Spec memory s = _spec(_reportData());
        s.body[Quotes.TD_ATTRIBUTES + 3] = 0x00;
        _refuse(
            Quotes.build(s),
            abi.encodeWithSelector(AttestationPolicy.SeptVeDisableMissing.selector, bytes8(0))
        );
    }

    /// Every bit of TDATTRIBUTES on its own: defined ones pass (DEBUG aside),
    /// reserved ones do not.
    function test_tdAttributesBitByBit() public {
        bytes4 reserved = AttestationPolicy.TdAttributesReserved.selector;
        for (uint256 bit = 0; bit < 64; bit++) {
            Quotes.Spec memory s = _spec(_reportData());
            uint256 at = Quotes.TD_ATTRIBUTES + bit / 8;
            s.body[at] = s.body[at] | bytes1(uint8(1 << (bit % 8)));
            bytes8 attributes = bytes8(bytes32(cut(s.body, 120, 128)));
            bytes memory quote = Quotes.build(s);
            bytes32 expected = _reportData();
            if (bit == 0) {
                vm.expectRevert(
                    abi.encodeWithSelector(AttestationPolicy.DebugTd.selector, attributes)
                );
            } else if (bit != 28 && bit != 30 && bit != 31 && bit != 63) {
                vm.expectRevert(abi.encodeWithSelector(reserved, attributes));
            }
            manager.checkAttestation(quote, expected);
        }
    }

    function test_measurementNotAllowed() public {
        bytes32 measurement = Quotes.measurement();
        vm.prank(OWNER);
        manager.setMeasurement(measurement, false);
        _refuse(
            _quote(_reportData()),
            abi.encodeWithSelector(
                AttestationPolicy.MeasurementNotAllowed.selector, Quotes.measurement()
            )
        );
    }

    function test_unverifiedQuote() public {
        Quotes.Spec memory s = _spec(_reportData());
        s.quoteSigner = 77;
        bytes memory quote = Quotes.build(s);
        _refuse(
            quote,
            abi.encodeWithSelector(
                QuoteVerifier.QuoteSignatureInvalid.selector, sha256(cut(quote, 0, 632))
            )
        );
    }

    function test_malformedData() public {
        bytes memory quote = _quote(_reportData());
        uint64 recent = uint64(block.number - 1);
        bytes memory data = abi.encode(quote, recent);
        _refuseData("", 0);
        _refuseData(cut(data, 0, 0x5f), 0x5f);
        _refuseData(patched(data, 0x1f, hex"60"), data.length);
        _refuseData(patched(data, 0x37, hex"01"), data.length);
        _refuseData(cut(data, 0, 0x60 + quote.length - 1), 0x60 + quote.length - 1);
        /* The greatest number is one, though of no block. */
        _refuseReference(type(uint64).max, _notPast(type(uint64).max));
        _refuseData(patched(data, 0x40, abi.encodePacked(type(uint256).max)), data.length);
    }

    /// EigenLayer lets an operator register for no set at all.
    function test_noOperatorSets() public {
        bytes memory data = abi.encode(_quote(_reportData()), uint64(block.number - 1));
        RegisterParams memory params = RegisterParams(address(manager), new uint32[](0), data);
        vm.expectRevert(abi.encodeWithSelector(PhalaServiceManager.NoOperatorSets.selector, ALICE));
        vm.prank(ALICE);
        allocation.registerForOperatorSets(ALICE, params);
    }

    function testFuzz_onlyAllocationManagerCallsBack(address stranger) public {
        vm.assume(stranger != address(allocation));
        bytes memory reason =
            abi.encodeWithSelector(PhalaServiceManager.NotAllocationManager.selector, stranger);
        address code = address(_code(1));
        vm.startPrank(stranger);
        vm.expectRevert(reason);
        PhalaServiceManager(code).registerOperator(ALICE, code, _ids(0), "");
        vm.expectRevert(reason);
        PhalaServiceManager(code).deregisterOperator(ALICE, code, _ids(0));
        vm.stopPrank();
    }

    function test_registrarOfAnotherAvs() public {
        bytes memory reason = abi.encodeWithSelector(PhalaServiceManager.ForeignAvs.selector, CAROL);
        vm.startPrank(address(allocation));
        vm.expectRevert(reason);
        manager.registerOperator(ALICE, CAROL, _ids(0), "");
        vm.expectRevert(reason);
        manager.deregisterOperator(ALICE, CAROL, _ids(0));
        vm.stopPrank();
    }

    function test_leaving() public {
        _join(ALICE, 0);
        vm.expectEmit(true, true, true, true, address(manager));
        emit OperatorDeregistered(ALICE);
        _leave(ALICE, 0);
        no(manager.isOperatorRegistered(ALICE), "registered");
        eq(manager.registeredOperatorAttestationHash(ALICE), 0, "hash");
        _next(allocation.DEALLOCATION_DELAY() + 1);
        _join(ALICE, 0);
        yes(manager.isOperatorRegistered(ALICE), "registered again");
    }

    function test_leavingOneOfTwoSets() public {
        vm.prank(OWNER);
        manager.createOperatorSet(strategies, new uint256[](2));
        _join(ALICE, 0);
        _join(ALICE, 1);
        _leave(ALICE, 0);
        yes(manager.isOperatorRegistered(ALICE), "still in set 1");
        _leave(ALICE, 1);
        no(manager.isOperatorRegistered(ALICE), "in none");
    }

    /// Anybody may register for nothing and leave nothing; neither counts.
    function test_leavingNothing() public {
        uint32[] memory none = new uint32[](0);
        vm.recordLogs();
        vm.prank(address(allocation));
        manager.deregisterOperator(BOB, address(manager), none);
        eq(vm.getRecordedLogs().length, 0, "events");
        _join(ALICE, 0);
        vm.prank(address(allocation));
        manager.deregisterOperator(ALICE, address(manager), none);
        yes(manager.isOperatorRegistered(ALICE), "registered");
    }

    /// An external call, so that vm.expectRevert sees one call and no view
    /// before it.
    function join(address operator, uint32 id, bytes calldata data) external {
        _joinWith(operator, id, data);
    }

    function _notPast(uint256 referenceBlock) private view returns (bytes memory) {
        return abi.encodeWithSelector(
            PhalaServiceManager.ReferenceBlockNotPast.selector, referenceBlock, block.number
        );
    }

    function _reportData() private view returns (bytes32) {
        return manager.reportData(ALICE, uint64(block.number - 1));
    }

    /// The quote vetoes joining: the reason comes through AllocationManager
    /// unchanged, and she is in no set.
    function _refuse(bytes memory quote, bytes memory reason) private {
        _refuseJoin(abi.encode(quote, uint64(block.number - 1)), reason);
    }

    function _refuseReference(uint256 referenceBlock, bytes memory reason) private {
        vm.expectRevert(reason);
        manager.reportData(ALICE, uint64(referenceBlock));
        _refuseJoin(abi.encode(bytes(""), uint64(referenceBlock)), reason);
    }

    function _refuseData(bytes memory data, uint256 length) private {
        _refuseJoin(
            data,
            abi.encodeWithSelector(PhalaServiceManager.RegistrationDataMalformed.selector, length)
        );
    }

    function _refuseAttributes(bytes memory first, bytes8 all, bytes4 selector) private {
        Quotes.Spec memory s = _spec(_reportData());
        s.body = patched(s.body, Quotes.TD_ATTRIBUTES, first);
        _refuse(Quotes.build(s), abi.encodeWithSelector(selector, all));
    }

    function _refuseJoin(bytes memory data, bytes memory reason) private {
        vm.expectRevert(reason);
        this.join(ALICE, 0, data);
        no(manager.isOperatorRegistered(ALICE), "registered");
        no(allocation.isMemberOfOperatorSet(ALICE, _set(0)), "member");
    }
}
