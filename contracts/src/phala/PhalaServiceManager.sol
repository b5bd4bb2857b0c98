// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/Checkpoints.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {QuoteReport, TcbStatus} from "../attestation/QuoteReport.sol";
import {QuoteVerifier} from "../attestation/QuoteVerifier.sol";
import {IAVSRegistrar} from "../eigenlayer/IAVSRegistrar.sol";
import {
    CreateSetParams,
    DeregisterParams,
    IAllocationManager,
    OperatorSet,
    SlashingParams
} from "../eigenlayer/IAllocationManager.sol";
import {IRewardsCoordinator} from "../eigenlayer/IRewardsCoordinator.sol";
import {AttestationPolicy} from "./AttestationPolicy.sol";
import {IPhalaServiceManager} from "./IPhalaServiceManager.sol";
import {IPhalaSlaOracle} from "./IPhalaSlaOracle.sol";
import {RewardProposals} from "./RewardProposals.sol";

/// Phala Cloud's AVS: to EigenLayer it is the AVS itself and, by EigenLayer's
/// default, the AVS's registrar too.
///
/// An operator joins an operator set and is attested in one step: the
/// registrar's callback verifies a TDX quote that is bound to operator, chain,
/// contract and a recent block, and a bad quote vetoes joining. So members and
/// attested operators are the same set, at every moment. An attestation is good
/// for a while and under the policy of the day: the operator renews it with a
/// fresh quote, or anybody may evict it from its sets.
///
/// A challenge that the SLA oracle reports as missed is slashed through
/// AllocationManager, by the wad configured for each strategy of each set.
///
/// Lives behind a proxy; initialised in the proxy's constructor.
contract PhalaServiceManager is
    Initializable,
    AttestationPolicy,
    RewardProposals,
    IAVSRegistrar,
    IPhalaServiceManager
{
    using Checkpoints for Checkpoints.Trace160;

    struct Config {
        address owner;
        address slaOracle;
        address tokenomicManager;
        /// How many seconds an attestation is good for, at most.
        uint32 attestationPeriod;
        string metadataURI;
        /// Operator set 0: its strategies, and what a missed challenge costs in
        /// each (1e18 is all of the operator's allocation).
        address[] strategies;
        uint256[] slashWads;
        /// QuoteReport.measurement of what operators may run.
        bytes32[] measurements;
        TcbStatus[] tcbStatuses;
    }

    /// Of the quote that an operator attested itself with last.
    struct Attestation {
        bytes32 quoteHash;
        bytes32 measurement;
        TcbStatus tcbStatus;
        /// The last second in which it is good, policy permitting.
        uint64 validUntil;
    }

    uint256 private constant WAD = 1e18;
    /// BLOCKHASH reaches no further.
    uint256 private constant MAX_FRESHNESS = 256;
    bytes32 private constant REGISTRATION_DOMAIN = keccak256("avsbed.phala.registration.v1");

    IAllocationManager public immutable allocationManager;
    /// How many blocks a quote's reference block may lie back.
    uint256 public immutable freshnessBlocks;

    address public slaOracle;
    /// Of attestations to come, in seconds.
    uint32 public attestationPeriod;
    mapping(address operator => Attestation) private _attestations;
    mapping(bytes32 quoteDigest => bool) public isQuoteUsed;
    /// By the newest challenge's id when a wad was set: it is for later ones.
    mapping(uint32 operatorSetId => mapping(address strategy => Checkpoints.Trace160)) private
        _slashWads;

    event SlaOracleSet(address indexed slaOracle);
    event AttestationPeriodUpdated(uint32 previous, uint32 current);
    event SlashWadSet(uint32 indexed operatorSetId, address indexed strategy, uint256 wad);
    event OperatorAttestationReceived(
        address indexed operator,
        bytes32 quoteHash,
        bytes32 measurement,
        bytes32 pckId,
        TcbStatus tcbStatus,
        uint64 validUntil
    );
    event OperatorRegistered(address indexed operator, bytes32 attestationHash);
    event OperatorReattested(address indexed operator, bytes32 attestationHash);
    event OperatorDeregistered(address indexed operator);
    event OperatorEvicted(address indexed operator, address indexed by);
    event OperatorLivenessFailureRecorded(address indexed operator, uint256 indexed challengeId);
    event LivenessFailureSlashed(
        address indexed operator, uint256 indexed challengeId, uint32 operatorSetId, uint256 slashId
    );
    /// The failure is recorded, and there was nothing left to slash: the
    /// operator left every set more than DEALLOCATION_DELAY blocks ago, or no
    /// set has a wad.
    event SlashingFailed(address indexed operator, uint256 indexed challengeId);

    error FreshnessOutOfRange(uint256 blocks);
    error LengthMismatch(uint256 strategies, uint256 slashWads);
    error NotAllocationManager(address caller);
    error NotSlaOracle(address caller);
    error ForeignAvs(address avs);
    error NoOperatorSets(address operator);
    error OperatorSetUnknown(uint32 operatorSetId);
    error StrategyNotInSet(uint32 operatorSetId, address strategy);
    error SlashWadTooLarge(uint256 wad);
    error ZeroAttestationPeriod();
    error OperatorNotRegistered(address operator);
    error AttestationStands(address operator, uint64 validUntil);

    error RegistrationDataMalformed(uint256 length);
    error ReferenceBlockNotPast(uint256 referenceBlock, uint256 current);
    error ReferenceBlockStale(uint256 referenceBlock, uint256 oldest);
    error ReferenceBlockHashUnknown(uint256 referenceBlock);
    error QuoteAlreadyUsed(bytes32 quoteDigest);

    modifier onlyAllocationManager() {
        if (msg.sender != address(allocationManager)) revert NotAllocationManager(msg.sender);
        _;
    }

    modifier onlySlaOracle() {
        if (msg.sender != slaOracle) revert NotSlaOracle(msg.sender);
        _;
    }

    constructor(
        IAllocationManager manager,
        IRewardsCoordinator coordinator,
        QuoteVerifier quoteVerifier,
        IERC20 phaToken,
        uint256 freshness
    ) AttestationPolicy(quoteVerifier) RewardProposals(coordinator, phaToken) {
        if (address(manager) == address(0)) revert ZeroAddress();
        if (freshness == 0 || freshness > MAX_FRESHNESS) revert FreshnessOutOfRange(freshness);
        (allocationManager, freshnessBlocks) = (manager, freshness);
        _disableInitializers();
    }

    /// Everything that makes the AVS usable, in one transaction: no moment in
    /// which somebody else could initialise it, no interim owner.
    function initialize(Config calldata config) external initializer {
        if (config.slaOracle == address(0)) revert ZeroAddress();
        _setOwner(config.owner);
        slaOracle = config.slaOracle;
        emit SlaOracleSet(config.slaOracle);
        _initTokenomicManager(config.tokenomicManager);
        _setAttestationPeriod(config.attestationPeriod);
        allocationManager.updateAVSMetadataURI(address(this), config.metadataURI);
        /* The oracle may not be there yet; it has issued nothing. */
        _createOperatorSet(config.strategies, config.slashWads, 0);
        for (uint256 i = 0; i < config.measurements.length; i++) {
            _setMeasurement(config.measurements[i], true);
        }
        for (uint256 i = 0; i < config.tcbStatuses.length; i++) {
            _setTcbStatus(config.tcbStatuses[i], true);
        }
    }

    /* What the owner decides. */

    /// Creates the next operator set; strategies and wads as in Config.
    function createOperatorSet(address[] calldata strategies, uint256[] calldata slashWads)
        external
        onlyOwner
        returns (uint32 operatorSetId)
    {
        return _createOperatorSet(strategies, slashWads, _challengesIssued());
    }

    /// Sets what a challenge costs that is issued from now on and missed; 0
    /// spares the strategy. Open challenges cost what they did at their issue.
    function setSlashWad(uint32 operatorSetId, address strategy, uint256 wad) external onlyOwner {
        if (operatorSetId >= allocationManager.getOperatorSetCount(address(this))) {
            revert OperatorSetUnknown(operatorSetId);
        }
        if (!_isInSet(operatorSetId, strategy)) revert StrategyNotInSet(operatorSetId, strategy);
        _setSlashWad(operatorSetId, strategy, wad, _challengesIssued());
    }

    /// Attestations that are there keep the end that they were given.
    function setAttestationPeriod(uint32 period) external onlyOwner {
        _setAttestationPeriod(period);
    }

    function updateAVSMetadataURI(string calldata metadataURI) external onlyOwner {
        allocationManager.updateAVSMetadataURI(address(this), metadataURI);
    }

    /* IAVSRegistrar: AllocationManager calls, having changed its state. */

    /// data = abi.encode(bytes quote, uint64 referenceBlock).
    function registerOperator(
        address operator,
        address avs,
        uint32[] calldata operatorSetIds,
        bytes calldata data
    ) external onlyAllocationManager {
        if (avs != address(this)) revert ForeignAvs(avs);
        /* EigenLayer lets an operator "join" no set at all. */
        if (operatorSetIds.length == 0) revert NoOperatorSets(operator);
        (bytes calldata quote, uint64 referenceBlock) = _registrationData(data);

        emit OperatorRegistered(operator, _acceptQuote(operator, quote, referenceBlock));
    }

    /// Forgets the attestation of an operator that left its last set.
    function deregisterOperator(address operator, address avs, uint32[] calldata)
        external
        onlyAllocationManager
    {
        if (avs != address(this)) revert ForeignAvs(avs);
        if (!isOperatorRegistered(operator) || _setsOf(operator).length != 0) return;
        delete _attestations[operator];
        emit OperatorDeregistered(operator);
    }

    function supportsAVS(address avs) external view returns (bool) {
        return avs == address(this);
    }

    /* Attestation. */

    /// What an operator's TEE must put into the first half of its report data
    /// to register; the second half stays zero. The reference block is one of
    /// the last freshnessBlocks.
    function reportData(address operator, uint64 referenceBlock) public view returns (bytes32) {
        if (referenceBlock >= block.number) {
            revert ReferenceBlockNotPast(referenceBlock, block.number);
        }
        if (block.number - referenceBlock > freshnessBlocks) {
            revert ReferenceBlockStale(referenceBlock, block.number - freshnessBlocks);
        }
        bytes32 blockHash = blockhash(referenceBlock);
        if (blockHash == 0) revert ReferenceBlockHashUnknown(referenceBlock);
        return keccak256(
            abi.encode(REGISTRATION_DOMAIN, block.chainid, address(this), operator, blockHash)
        );
    }

    /// Whether a quote would register an operator whose report data must be
    /// expected: reverts with the reason, or returns what identifies the quote.
    function checkAttestation(bytes calldata quote, bytes32 expected)
        external
        view
        returns (bytes32 quoteDigest)
    {
        return _attest(quote, expected).quoteDigest;
    }

    function checkLiveness(bytes calldata quote, bytes32 expected, bytes32 measurement)
        external
        view
    {
        _proveAlive(quote, expected, measurement);
    }

    /// Renews the caller's attestation, by a quote as for registration.
    function reattest(bytes calldata quote, uint64 referenceBlock) external {
        if (!isOperatorRegistered(msg.sender)) revert OperatorNotRegistered(msg.sender);
        emit OperatorReattested(msg.sender, _acceptQuote(msg.sender, quote, referenceBlock));
    }

    /// Removes an operator from the AVS's sets whose attestation stands no
    /// longer. Anyone may. It stays slashable like one that left by itself.
    function evict(address operator) external {
        if (!isOperatorRegistered(operator)) revert OperatorNotRegistered(operator);
        if (attestationStands(operator)) {
            revert AttestationStands(operator, _attestations[operator].validUntil);
        }
        emit OperatorEvicted(operator, msg.sender);
        allocationManager.deregisterFromOperatorSets(
            DeregisterParams(operator, address(this), _setsOf(operator))
        );
    }

    /// All zero if the operator is not registered.
    function attestationOf(address operator) external view returns (Attestation memory) {
        return _attestations[operator];
    }

    /// Zero if the operator is not registered.
    function registeredOperatorAttestationHash(address operator) external view returns (bytes32) {
        return _attestations[operator].quoteHash;
    }

    function registeredMeasurement(address operator) external view returns (bytes32) {
        return _attestations[operator].measurement;
    }

    function isOperatorRegistered(address operator) public view returns (bool) {
        return _attestations[operator].quoteHash != 0;
    }

    /// Whether an operator's attestation has time left, and would be accepted
    /// by today's policy. What no longer stands may be renewed until somebody
    /// evicts the operator.
    function attestationStands(address operator) public view returns (bool) {
        Attestation storage a = _attestations[operator];
        return block.timestamp <= a.validUntil && isMeasurementAllowed[a.measurement]
            && isTcbStatusAccepted[a.tcbStatus];
    }

    /// Attests an operator by a quote that is bound to it and to a recent block
    /// and was never used before. Returns the quote's hash.
    function _acceptQuote(address operator, bytes calldata quote, uint64 referenceBlock)
        private
        returns (bytes32 quoteHash)
    {
        QuoteReport memory report = _attest(quote, reportData(operator, referenceBlock));
        if (isQuoteUsed[report.quoteDigest]) revert QuoteAlreadyUsed(report.quoteDigest);
        isQuoteUsed[report.quoteDigest] = true;

        quoteHash = keccak256(quote);
        uint64 validUntil = uint64(block.timestamp) + attestationPeriod;
        /* Nobody knows what a quote is worth beyond what judged it. */
        if (report.validUntil < validUntil) validUntil = report.validUntil;
        _attestations[operator] =
            Attestation(quoteHash, report.measurement, report.tcbStatus, validUntil);
        emit OperatorAttestationReceived(
            operator, quoteHash, report.measurement, report.pckId, report.tcbStatus, validUntil
        );
    }

    /// abi.decode would answer malformed data with an empty revert, and copy
    /// the quote.
    function _registrationData(bytes calldata data)
        private
        pure
        returns (bytes calldata quote, uint64 referenceBlock)
    {
        if (data.length < 0x60) revert RegistrationDataMalformed(data.length);
        uint256 offset = uint256(bytes32(data[:0x20]));
        uint256 number = uint256(bytes32(data[0x20:0x40]));
        uint256 length = uint256(bytes32(data[0x40:0x60]));
        if (offset != 0x40 || number > type(uint64).max || length > data.length - 0x60) {
            revert RegistrationDataMalformed(data.length);
        }
        return (data[0x60:0x60 + length], uint64(number));
    }

    /* Slashing. */

    /// Slashes the operator in every set in which EigenLayer still allows it.
    /// Nothing is caught here: if slashing reverts (paused, say), so does the
    /// report, and it can be made again.
    function recordOperatorLivenessFailure(address operator, uint256 challengeId)
        external
        onlySlaOracle
    {
        emit OperatorLivenessFailureRecorded(operator, challengeId);
        uint256 count = allocationManager.getOperatorSetCount(address(this));
        bool slashed;
        for (uint32 id = 0; id < count; id++) {
            if (!allocationManager.isOperatorSlashable(operator, OperatorSet(address(this), id))) {
                continue;
            }
            if (_slash(operator, id, challengeId)) slashed = true;
        }
        if (!slashed) emit SlashingFailed(operator, challengeId);
    }

    function _slash(address operator, uint32 id, uint256 challengeId) private returns (bool) {
        (address[] memory strategies, uint256[] memory wads) = slashTerms(id, challengeId);
        if (strategies.length == 0) return false;
        string memory reason =
            string.concat("Phala SLA challenge ", Strings.toString(challengeId), " missed");
        (uint256 slashId,) = allocationManager.slashOperator(
            address(this), SlashingParams(operator, id, strategies, wads, reason)
        );
        emit LivenessFailureSlashed(operator, challengeId, id, slashId);
        return true;
    }

    /// What a challenge costs in a set if it is missed: the set's present
    /// strategies that had a wad at its issue, in ascending order as
    /// AllocationManager demands, and the wads.
    function slashTerms(uint32 operatorSetId, uint256 challengeId)
        public
        view
        returns (address[] memory strategies, uint256[] memory wads)
    {
        strategies = allocationManager.getStrategiesInOperatorSet(
            OperatorSet(address(this), operatorSetId)
        );
        uint256 count;
        for (uint256 i = 0; i < strategies.length; i++) {
            address strategy = strategies[i];
            if (_wadAt(operatorSetId, strategy, challengeId) == 0) continue;
            uint256 at = count++;
            for (; at > 0 && strategies[at - 1] > strategy; at--) {
                strategies[at] = strategies[at - 1];
            }
            strategies[at] = strategy;
        }
        assembly ("memory-safe") {
            mstore(strategies, count)
        }
        wads = new uint256[](count);
        for (uint256 i = 0; i < count; i++) {
            wads[i] = _wadAt(operatorSetId, strategies[i], challengeId);
        }
    }

    /// Of challenges to come.
    function slashWad(uint32 operatorSetId, address strategy) external view returns (uint256) {
        return _slashWads[operatorSetId][strategy].latest();
    }

    function _wadAt(uint32 id, address strategy, uint256 challengeId)
        private
        view
        returns (uint256)
    {
        return _slashWads[id][strategy].upperLookup(uint96(challengeId - 1));
    }

    function _challengesIssued() private view returns (uint256) {
        return IPhalaSlaOracle(slaOracle).challengeCounter();
    }

    function _createOperatorSet(
        address[] calldata strategies,
        uint256[] calldata slashWads,
        uint256 issued
    ) private returns (uint32 id) {
        if (strategies.length != slashWads.length) {
            revert LengthMismatch(strategies.length, slashWads.length);
        }
        id = uint32(allocationManager.getOperatorSetCount(address(this)));
        CreateSetParams[] memory params = new CreateSetParams[](1);
        params[0] = CreateSetParams(id, strategies);
        allocationManager.createOperatorSets(address(this), params);
        for (uint256 i = 0; i < strategies.length; i++) {
            _setSlashWad(id, strategies[i], slashWads[i], issued);
        }
    }

    function _setSlashWad(uint32 id, address strategy, uint256 wad, uint256 issued) private {
        if (wad > WAD) revert SlashWadTooLarge(wad);
        _slashWads[id][strategy].push(uint96(issued), uint160(wad));
        emit SlashWadSet(id, strategy, wad);
    }

    function _isInSet(uint32 id, address strategy) private view returns (bool) {
        address[] memory strategies =
            allocationManager.getStrategiesInOperatorSet(OperatorSet(address(this), id));
        for (uint256 i = 0; i < strategies.length; i++) {
            if (strategies[i] == strategy) return true;
        }
        return false;
    }

    function _setAttestationPeriod(uint32 period) private {
        if (period == 0) revert ZeroAttestationPeriod();
        emit AttestationPeriodUpdated(attestationPeriod, period);
        attestationPeriod = period;
    }

    /// The AVS's sets that an operator is in.
    function _setsOf(address operator) private view returns (uint32[] memory ids) {
        uint256 count = allocationManager.getOperatorSetCount(address(this));
        ids = new uint32[](count);
        uint256 found;
        for (uint32 id = 0; id < count; id++) {
            if (allocationManager.isMemberOfOperatorSet(operator, OperatorSet(address(this), id))) {
                ids[found++] = id;
            }
        }
        assembly ("memory-safe") {
            mstore(ids, found)
        }
    }
}
