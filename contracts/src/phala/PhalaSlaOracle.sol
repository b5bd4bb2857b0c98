// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";
import {Role, TwoStepRole} from "../access/TwoStepRole.sol";
import {TwoStepOwnable} from "../access/TwoStepOwnable.sol";
import {IPhalaServiceManager} from "./IPhalaServiceManager.sol";
import {IPhalaSlaOracle} from "./IPhalaSlaOracle.sol";

/// Challenges operators to prove that their TEE is alive, and reports those
/// that did not.
///
/// A challenge is ISSUED, then either RESPONDED, by a TDX quote bound to it, or
/// once its window has passed EXPIRED and, by anybody's doing, REPORTED. In the
/// last block of the window a response is valid and a report is not; one block
/// later exactly the reverse.
///
/// Windows are counted by a clock that stands still while the oracle is paused,
/// so a pause lengthens every open window by its own length and reopens none.
/// A challenge keeps what was true at its issue: window length, operator, and
/// the measurement that will do to answer it. Neither a new setting nor a new
/// policy nor leaving the AVS changes what it takes.
///
/// An issuer that challenges faster than anybody can answer would slash who is
/// honest. So an operator has only so many challenges open at a time, a number
/// that the owner sets: who can answer as many in one window is never late.
///
/// Lives behind a proxy; initialised in the proxy's constructor.
contract PhalaSlaOracle is Initializable, TwoStepOwnable, IPhalaSlaOracle {
    using TwoStepRole for Role;

    struct Challenge {
        address operator;
        /// By the clock, not in blocks: see clock().
        uint64 windowEnd;
        bool responded;
        bool reported;
        bytes32 responseData;
        bytes32 measurement;
    }

    /// A pause that ended: the clock when it began, and the blocks of it and
    /// of all before it.
    struct Pause {
        uint64 at;
        uint64 blocksSoFar;
    }

    struct ChallengeDetails {
        address operator;
        /// Last block of the window; an open window of a paused oracle is told
        /// as if the oracle resumed in this block.
        uint256 responseWindowEndBlock;
        bool responded;
        bool reported;
        bytes32 responseData;
    }

    bytes32 private constant RESPONSE_DOMAIN = keccak256("avsbed.phala.sla-response.v1");
    /// Until the owner sets another: about what a block of 30 million gas takes
    /// in answers.
    uint32 private constant INITIAL_MAX_OPEN = 64;

    IPhalaServiceManager public immutable serviceManager;

    Role private _challengeIssuer;
    /// Of challenges to come.
    uint32 public responseWindowBlocks;
    bool public paused;
    /// The block in which the present pause began.
    uint64 private _pausedAt;
    /// Of each operator, at the next issue.
    uint32 public maxOpenChallenges;
    Pause[] private _pauses;
    /// Also the id of the newest challenge; the first is 1.
    uint256 public challengeCounter;
    mapping(uint256 challengeId => Challenge) private _challenges;
    /// How many of an operator's are neither answered nor reported.
    mapping(address operator => uint256) public openChallenges;

    event ChallengeIssuerOffered(address indexed pending);
    event ChallengeIssuerUpdated(address indexed previous, address indexed current);
    event ResponseWindowUpdated(uint32 previous, uint32 current);
    event MaxOpenChallengesUpdated(uint32 previous, uint32 current);
    event Paused(address indexed account);
    /// Every window open at the pause now ends pausedBlocks later.
    event Unpaused(address indexed account, uint256 pausedBlocks);
    event SlaChallengeIssued(
        uint256 indexed challengeId,
        address indexed operator,
        bytes challengeData,
        uint256 responseWindowEndBlock
    );
    event SlaChallengeResponded(
        uint256 indexed challengeId, address indexed operator, bytes32 quoteHash
    );
    event SlaChallengeExpired(uint256 indexed challengeId, address indexed operator);

    error ZeroAddress();
    error ZeroResponseWindow();
    error ZeroOpenChallenges();
    error OraclePaused();
    error OracleNotPaused();
    error NotChallengeIssuer(address caller);
    error OperatorNotRegistered(address operator);
    error TooManyOpenChallenges(address operator, uint256 open, uint256 limit);
    error UnknownChallenge(uint256 challengeId);
    error NotChallengedOperator(uint256 challengeId, address operator, address caller);
    error ResponseWindowClosed(uint256 challengeId, uint256 endBlock, uint256 current);
    error AlreadyResponded(uint256 challengeId);
    error WindowOpen(uint256 challengeId, uint256 endBlock, uint256 current);
    error ChallengeAnswered(uint256 challengeId);
    error AlreadyReported(uint256 challengeId);

    modifier whenNotPaused() {
        if (paused) revert OraclePaused();
        _;
    }

    constructor(IPhalaServiceManager manager) {
        if (address(manager) == address(0)) revert ZeroAddress();
        serviceManager = manager;
        _disableInitializers();
    }

    function initialize(address initialOwner, address issuer, uint32 windowBlocks)
        external
        initializer
    {
        _setOwner(initialOwner);
        _challengeIssuer.init(issuer);
        emit ChallengeIssuerUpdated(address(0), issuer);
        _setResponseWindow(windowBlocks);
        _setMaxOpenChallenges(INITIAL_MAX_OPEN);
    }

    /* What the owner decides. */

    /// Offers the role; the present issuer keeps it until the new one accepts.
    function setChallengeIssuer(address issuer) external onlyOwner {
        _challengeIssuer.offer(issuer);
        emit ChallengeIssuerOffered(issuer);
    }

    function acceptChallengeIssuer() external {
        emit ChallengeIssuerUpdated(_challengeIssuer.accept(), msg.sender);
    }

    /// Challenges that are open keep the window that they were issued with.
    function setResponseWindow(uint32 windowBlocks) external onlyOwner {
        _setResponseWindow(windowBlocks);
    }

    /// How many challenges each operator may have open. Those that are open stay
    /// so; there are no more until enough of them are answered or reported.
    function setMaxOpenChallenges(uint32 limit) external onlyOwner {
        _setMaxOpenChallenges(limit);
    }

    function pause() external onlyOwner whenNotPaused {
        (paused, _pausedAt) = (true, uint64(block.number));
        emit Paused(msg.sender);
    }

    function unpause() external onlyOwner {
        if (!paused) revert OracleNotPaused();
        uint64 length = uint64(block.number) - _pausedAt;
        uint64 before = _pausedBlocks();
        _pauses.push(Pause(_pausedAt - before, before + length));
        (paused, _pausedAt) = (false, 0);
        emit Unpaused(msg.sender, length);
    }

    /* Challenges. */

    function issueSlaChallenge(address operator, bytes calldata challengeData)
        external
        whenNotPaused
        returns (uint256 challengeId)
    {
        if (msg.sender != _challengeIssuer.holder) revert NotChallengeIssuer(msg.sender);
        bytes32 measurement = serviceManager.registeredMeasurement(operator);
        if (measurement == 0) revert OperatorNotRegistered(operator);
        uint256 open = openChallenges[operator];
        if (open >= maxOpenChallenges) {
            revert TooManyOpenChallenges(operator, open, maxOpenChallenges);
        }
        openChallenges[operator] = open + 1;
        challengeId = ++challengeCounter;
        uint64 end = clock() + responseWindowBlocks;
        _challenges[challengeId] = Challenge({
            operator: operator,
            windowEnd: end,
            responded: false,
            reported: false,
            responseData: _bind(challengeId, operator, challengeData),
            measurement: measurement
        });
        emit SlaChallengeIssued(challengeId, operator, challengeData, _blockOf(end));
    }

    /// Answers a challenge with a TDX quote whose report data is the
    /// challenge's responseData and 32 zero bytes, of the code that the operator
    /// ran when it was challenged, or of any other that the AVS allows.
    function respondToSlaChallenge(uint256 challengeId, bytes calldata quote)
        external
        whenNotPaused
    {
        Challenge storage c = _known(challengeId);
        if (msg.sender != c.operator) {
            revert NotChallengedOperator(challengeId, c.operator, msg.sender);
        }
        if (clock() > c.windowEnd) {
            revert ResponseWindowClosed(challengeId, _blockOf(c.windowEnd), block.number);
        }
        if (c.responded) revert AlreadyResponded(challengeId);
        c.responded = true;
        openChallenges[msg.sender]--;
        serviceManager.checkLiveness(quote, c.responseData, c.measurement);
        emit SlaChallengeResponded(challengeId, msg.sender, keccak256(quote));
    }

    /// Reports a challenge whose window passed without a response. Anyone may.
    function checkAndReportChallengeExpiry(uint256 challengeId) external whenNotPaused {
        Challenge storage c = _known(challengeId);
        if (clock() <= c.windowEnd) {
            revert WindowOpen(challengeId, _blockOf(c.windowEnd), block.number);
        }
        if (c.responded) revert ChallengeAnswered(challengeId);
        if (c.reported) revert AlreadyReported(challengeId);
        c.reported = true;
        openChallenges[c.operator]--;
        emit SlaChallengeExpired(challengeId, c.operator);
        serviceManager.recordOperatorLivenessFailure(c.operator, challengeId);
    }

    /* Views. */

    function challengeIssuer() external view returns (address) {
        return _challengeIssuer.holder;
    }

    function pendingChallengeIssuer() external view returns (address) {
        return _challengeIssuer.pending;
    }

    /// What the operator's TEE must put into the first half of the report data
    /// of the answering quote.
    function responseData(uint256 challengeId) external view returns (bytes32) {
        return _known(challengeId).responseData;
    }

    function getChallengeDetails(uint256 challengeId)
        external
        view
        returns (ChallengeDetails memory)
    {
        Challenge storage c = _known(challengeId);
        return ChallengeDetails(
            c.operator, _blockOf(c.windowEnd), c.responded, c.reported, c.responseData
        );
    }

    /// Blocks outside pauses: what windows are counted in.
    function clock() public view returns (uint64) {
        return (paused ? _pausedAt : uint64(block.number)) - _pausedBlocks();
    }

    function _pausedBlocks() private view returns (uint64) {
        uint256 count = _pauses.length;
        return count == 0 ? 0 : _pauses[count - 1].blocksSoFar;
    }

    /// The last block in which the clock shows this time, if no pause is yet to
    /// come. Pauses that began later did not move it.
    function _blockOf(uint64 time) private view returns (uint256) {
        if (paused && time >= clock()) return block.number - clock() + time;
        for (uint256 i = _pauses.length; i > 0; i--) {
            if (_pauses[i - 1].at <= time) return uint256(time) + _pauses[i - 1].blocksSoFar;
        }
        return time;
    }

    /// The hash of the block before makes the binding unknowable before the
    /// challenge, so nobody can stockpile answers while a TEE is at hand.
    function _bind(uint256 challengeId, address operator, bytes calldata challengeData)
        private
        view
        returns (bytes32)
    {
        return keccak256(
            abi.encode(
                RESPONSE_DOMAIN,
                block.chainid,
                address(this),
                challengeId,
                operator,
                keccak256(challengeData),
                blockhash(block.number - 1)
            )
        );
    }

    function _known(uint256 challengeId) private view returns (Challenge storage c) {
        c = _challenges[challengeId];
        if (c.operator == address(0)) revert UnknownChallenge(challengeId);
    }

    function _setResponseWindow(uint32 windowBlocks) private {
        if (windowBlocks == 0) revert ZeroResponseWindow();
        emit ResponseWindowUpdated(responseWindowBlocks, windowBlocks);
        responseWindowBlocks = windowBlocks;
    }

    function _setMaxOpenChallenges(uint32 limit) private {
        if (limit == 0) revert ZeroOpenChallenges();
        emit MaxOpenChallengesUpdated(maxOpenChallenges, limit);
        maxOpenChallenges = limit;
    }
}
