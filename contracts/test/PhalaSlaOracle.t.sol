// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {Vm, vm} from "../script/Vm.sol";
import {TwoStepRole} from "../src/access/TwoStepRole.sol";
import {TwoStepOwnable} from "../src/access/TwoStepOwnable.sol";
import {IPhalaServiceManager} from "../src/phala/IPhalaServiceManager.sol";
import {PhalaSlaOracle} from "../src/phala/PhalaSlaOracle.sol";
import {Check} from "./kit/Check.sol";

/// Stands in for the service manager: whoever is told so is registered, a
/// quote is the report data it is bound to, and failures are counted. The real
/// one is with the oracle in PhalaServiceManager.t.sol.
contract FakeManager is IPhalaServiceManager {
    mapping(address operator => bytes32) public registeredMeasurement;
    mapping(uint256 challengeId => uint256) public failures;
    mapping(uint256 challengeId => address) public failed;

    error Unbound();
    error OtherMeasurement(bytes32 measurement);

    function set(address operator, bytes32 measurement) external {
        registeredMeasurement[operator] = measurement;
    }

    function checkLiveness(bytes calldata quote, bytes32 expected, bytes32 measurement)
        external
        pure
    {
        if (quote.length != 32 || bytes32(quote) != expected) revert Unbound();
        if (measurement != "code") revert OtherMeasurement(measurement);
    }

    function recordOperatorLivenessFailure(address operator, uint256 challengeId) external {
        failures[challengeId]++;
        failed[challengeId] = operator;
    }
}

abstract contract OracleTest is Check {
    address internal constant OWNER = address(0x0111);
    address internal constant ISSUER = address(0x0222);
    address internal constant CAROL = address(0x0333);
    address internal constant ALICE = address(0xA11CE);
    address internal constant BOB = address(0xB0B);
    uint32 internal constant WINDOW = 10;

    FakeManager internal manager;
    PhalaSlaOracle internal oracle;

    function _world() internal {
        vm.roll(1000);
        manager = new FakeManager();
        manager.set(ALICE, "code");
        manager.set(BOB, "code");
        oracle = _proxied(OWNER, ISSUER, WINDOW);
    }

    function _proxied(address owner, address issuer, uint32 window)
        internal
        returns (PhalaSlaOracle)
    {
        PhalaSlaOracle code = new PhalaSlaOracle(manager);
        bytes memory call = abi.encodeCall(PhalaSlaOracle.initialize, (owner, issuer, window));
        return PhalaSlaOracle(address(new ERC1967Proxy(address(code), call)));
    }

    function _issue(address operator) internal returns (uint256) {
        vm.prank(ISSUER);
        return oracle.issueSlaChallenge(operator, "");
    }

    function _respond(address operator, uint256 id) internal {
        bytes memory quote = abi.encodePacked(oracle.responseData(id));
        vm.prank(operator);
        oracle.respondToSlaChallenge(id, quote);
    }
}

contract PhalaSlaOracleTest is OracleTest {
    event ChallengeIssuerOffered(address indexed pending);
    event ChallengeIssuerUpdated(address indexed previous, address indexed current);
    event ResponseWindowUpdated(uint32 previous, uint32 current);
    event MaxOpenChallengesUpdated(uint32 previous, uint32 current);
    event Paused(address indexed account);
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

    function setUp() public {
        _world();
    }

    /* Deployment. */

    function test_initialization() public {
        bytes memory zero = abi.encodeWithSelector(PhalaSlaOracle.ZeroAddress.selector);
        vm.expectRevert(zero);
        new PhalaSlaOracle(IPhalaServiceManager(address(0)));
        PhalaSlaOracle code = new PhalaSlaOracle(manager);
        bytes memory again = abi.encodeWithSignature(
            "Error(string)", "Initializable: contract is already initialized"
        );
        vm.expectRevert(again);
        code.initialize(CAROL, CAROL, 1);
        vm.expectRevert(again);
        oracle.initialize(CAROL, CAROL, 1);
        _refuseInit(code, address(0), ISSUER, 1, TwoStepOwnable.ZeroOwner.selector);
        _refuseInit(code, OWNER, address(0), 1, TwoStepRole.ZeroHolder.selector);
        _refuseInit(code, OWNER, ISSUER, 0, PhalaSlaOracle.ZeroResponseWindow.selector);
        eq(oracle.owner(), OWNER, "owner");
        eq(oracle.challengeIssuer(), ISSUER, "issuer");
        eq(oracle.responseWindowBlocks(), WINDOW, "window");
        eq(oracle.maxOpenChallenges(), 64, "open challenges");
        eq(oracle.challengeCounter(), 0, "no challenge");
    }

    function testFuzz_onlyTheOwner(address stranger) public {
        vm.assume(stranger != OWNER);
        bytes memory reason = abi.encodeWithSelector(TwoStepOwnable.NotOwner.selector, stranger);
        vm.startPrank(stranger);
        vm.expectRevert(reason);
        oracle.setChallengeIssuer(stranger);
        vm.expectRevert(reason);
        oracle.setResponseWindow(1);
        vm.expectRevert(reason);
        oracle.setMaxOpenChallenges(1);
        vm.expectRevert(reason);
        oracle.pause();
        vm.expectRevert(reason);
        oracle.unpause();
        vm.expectRevert(reason);
        oracle.transferOwnership(stranger);
        vm.stopPrank();
    }

    function test_settings() public {
        vm.startPrank(OWNER);
        vm.expectEmit(true, true, true, true, address(oracle));
        emit ResponseWindowUpdated(WINDOW, 20);
        oracle.setResponseWindow(20);
        vm.expectRevert(abi.encodeWithSelector(PhalaSlaOracle.ZeroResponseWindow.selector));
        oracle.setResponseWindow(0);
        vm.expectEmit(true, true, true, true, address(oracle));
        emit MaxOpenChallengesUpdated(64, 1);
        oracle.setMaxOpenChallenges(1);
        vm.expectRevert(abi.encodeWithSelector(PhalaSlaOracle.ZeroOpenChallenges.selector));
        oracle.setMaxOpenChallenges(0);
        vm.stopPrank();
    }

    /// The old issuer stays until the new one has shown that it can act.
    function test_issuerIsHandedOverInTwoSteps() public {
        vm.expectEmit(true, true, true, true, address(oracle));
        emit ChallengeIssuerOffered(CAROL);
        vm.prank(OWNER);
        oracle.setChallengeIssuer(CAROL);
        eq(oracle.challengeIssuer(), ISSUER, "still");
        eq(oracle.pendingChallengeIssuer(), CAROL, "pending");
        _issue(ALICE);
        vm.expectRevert(
            abi.encodeWithSelector(TwoStepRole.NotPendingHolder.selector, ISSUER, CAROL)
        );
        vm.prank(ISSUER);
        oracle.acceptChallengeIssuer();
        vm.expectEmit(true, true, true, true, address(oracle));
        emit ChallengeIssuerUpdated(ISSUER, CAROL);
        vm.prank(CAROL);
        oracle.acceptChallengeIssuer();
        eq(oracle.challengeIssuer(), CAROL, "issuer");
        eq(oracle.pendingChallengeIssuer(), address(0), "nobody pending");
        vm.expectRevert(abi.encodeWithSelector(PhalaSlaOracle.NotChallengeIssuer.selector, ISSUER));
        vm.prank(ISSUER);
        oracle.issueSlaChallenge(ALICE, "");
        vm.expectRevert(
            abi.encodeWithSelector(TwoStepRole.NotPendingHolder.selector, CAROL, address(0))
        );
        vm.prank(CAROL);
        oracle.acceptChallengeIssuer();
    }

    /* Issue. */

    function test_issue() public {
        vm.expectEmit(true, true, true, true, address(oracle));
        emit SlaChallengeIssued(1, ALICE, hex"c0de", 1010);
        vm.prank(ISSUER);
        eq(oracle.issueSlaChallenge(ALICE, hex"c0de"), 1, "id");
        eq(oracle.challengeCounter(), 1, "counter");
        PhalaSlaOracle.ChallengeDetails memory d = oracle.getChallengeDetails(1);
        eq(d.operator, ALICE, "operator");
        eq(d.responseWindowEndBlock, 1010, "end");
        no(d.responded || d.reported, "responded or reported");
        eq(d.responseData, oracle.responseData(1), "response data");
    }

    function testFuzz_onlyTheIssuer(address stranger) public {
        vm.assume(stranger != ISSUER);
        vm.expectRevert(
            abi.encodeWithSelector(PhalaSlaOracle.NotChallengeIssuer.selector, stranger)
        );
        vm.prank(stranger);
        oracle.issueSlaChallenge(ALICE, "");
        eq(oracle.challengeCounter(), 0, "counter");
    }

    function test_unregisteredOperator() public {
        vm.expectRevert(
            abi.encodeWithSelector(PhalaSlaOracle.OperatorNotRegistered.selector, CAROL)
        );
        vm.prank(ISSUER);
        oracle.issueSlaChallenge(CAROL, "");
        eq(oracle.challengeCounter(), 0, "counter");
    }

    /// Each of them makes another binding, and none can be known before the
    /// challenge: it has the hash of the block before.
    function test_bindingNamesEverything() public {
        vm.setBlockhash(999, keccak256("a"));
        uint256 state = vm.snapshotState();
        bytes32 data = _binding(ALICE, hex"01");
        vm.revertToState(state);
        eq(_binding(ALICE, hex"01"), data, "the same again");
        vm.revertToState(state);
        no(_binding(BOB, hex"01") == data, "operator");
        vm.revertToState(state);
        no(_binding(ALICE, hex"02") == data, "challenge data");
        vm.revertToState(state);
        _issue(ALICE);
        no(_binding(ALICE, hex"01") == data, "id");
        vm.revertToState(state);
        vm.setBlockhash(999, keccak256("b"));
        no(_binding(ALICE, hex"01") == data, "block");
        vm.revertToState(state);
        vm.chainId(1);
        no(_binding(ALICE, hex"01") == data, "chain");
        vm.revertToState(state);
        oracle = _proxied(OWNER, ISSUER, WINDOW);
        no(_binding(ALICE, hex"01") == data, "contract");
    }

    /// A new setting is for later challenges only.
    function test_windowIsThatOfTheIssue() public {
        uint256 id = _issue(ALICE);
        vm.prank(OWNER);
        oracle.setResponseWindow(2);
        uint256 next = _issue(BOB);
        eq(oracle.getChallengeDetails(id).responseWindowEndBlock, 1010, "first");
        eq(oracle.getChallengeDetails(next).responseWindowEndBlock, 1002, "second");
        vm.roll(1003);
        oracle.checkAndReportChallengeExpiry(next);
        vm.expectRevert(abi.encodeWithSelector(PhalaSlaOracle.WindowOpen.selector, id, 1010, 1003));
        oracle.checkAndReportChallengeExpiry(id);
    }

    /* How many are open. */

    /// No issuer can ask for more answers than an operator has time for.
    function test_floodIsRefused() public {
        for (uint256 i = 0; i < 64; i++) {
            eq(oracle.openChallenges(ALICE), i, "open");
            _issue(ALICE);
        }
        _refuseIssue(ALICE, 64, 64);
        eq(oracle.challengeCounter(), 64, "counter");
        /* Hers are hers alone. */
        _issue(BOB);
        eq(oracle.openChallenges(BOB), 1, "open of another");
    }

    function test_answeredMakesRoom() public {
        _limit(2);
        uint256 id = _issue(ALICE);
        _issue(ALICE);
        _refuseIssue(ALICE, 2, 2);
        _respond(ALICE, id);
        _issue(ALICE);
        _refuseIssue(ALICE, 2, 2);
    }

    /// What expired waits for its report, which anybody can make.
    function test_reportedMakesRoom() public {
        _limit(1);
        uint256 id = _issue(ALICE);
        vm.roll(1011);
        _refuseIssue(ALICE, 1, 1);
        oracle.checkAndReportChallengeExpiry(id);
        eq(oracle.openChallenges(ALICE), 0, "open");
        _issue(ALICE);
    }

    /// What is refused changes nothing.
    function test_refusedAnswerMakesNoRoom() public {
        _limit(1);
        uint256 id = _issue(ALICE);
        vm.expectRevert(abi.encodeWithSelector(FakeManager.Unbound.selector));
        vm.prank(ALICE);
        oracle.respondToSlaChallenge(id, "");
        _refuseIssue(ALICE, 1, 1);
    }

    /// A lower limit takes nothing back.
    function test_limitIsForTheNextIssue() public {
        uint256 id = _issue(ALICE);
        uint256 second = _issue(ALICE);
        _limit(1);
        _refuseIssue(ALICE, 2, 1);
        _respond(ALICE, second);
        _refuseIssue(ALICE, 1, 1);
        _respond(ALICE, id);
        _issue(ALICE);
    }

    function _limit(uint32 limit) private {
        vm.prank(OWNER);
        oracle.setMaxOpenChallenges(limit);
    }

    function _refuseIssue(address operator, uint256 open, uint256 limit) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                PhalaSlaOracle.TooManyOpenChallenges.selector, operator, open, limit
            )
        );
        vm.prank(ISSUER);
        oracle.issueSlaChallenge(operator, "");
    }

    /* Respond and report: both sides of the boundary. */

    function test_lastBlockOfTheWindow() public {
        uint256 id = _issue(ALICE);
        vm.roll(1010);
        vm.expectRevert(abi.encodeWithSelector(PhalaSlaOracle.WindowOpen.selector, id, 1010, 1010));
        oracle.checkAndReportChallengeExpiry(id);
        bytes32 data = oracle.responseData(id);
        vm.expectEmit(true, true, true, true, address(oracle));
        emit SlaChallengeResponded(id, ALICE, keccak256(abi.encodePacked(data)));
        _respond(ALICE, id);
        yes(oracle.getChallengeDetails(id).responded, "responded");
    }

    function test_firstBlockAfterTheWindow() public {
        uint256 id = _issue(ALICE);
        vm.roll(1011);
        _refuseResponse(
            ALICE,
            id,
            abi.encodeWithSelector(PhalaSlaOracle.ResponseWindowClosed.selector, id, 1010, 1011)
        );
        vm.expectEmit(true, true, true, true, address(oracle));
        emit SlaChallengeExpired(id, ALICE);
        vm.prank(CAROL);
        oracle.checkAndReportChallengeExpiry(id);
        eq(manager.failures(id), 1, "failures");
        eq(manager.failed(id), ALICE, "whose");
        yes(oracle.getChallengeDetails(id).reported, "reported");
    }

    function test_unknownChallenge() public {
        bytes memory reason = abi.encodeWithSelector(PhalaSlaOracle.UnknownChallenge.selector, 1);
        vm.expectRevert(reason);
        oracle.respondToSlaChallenge(1, "");
        vm.expectRevert(reason);
        oracle.checkAndReportChallengeExpiry(1);
        vm.expectRevert(reason);
        oracle.responseData(1);
        vm.expectRevert(reason);
        oracle.getChallengeDetails(1);
        _issue(ALICE);
        vm.expectRevert(abi.encodeWithSelector(PhalaSlaOracle.UnknownChallenge.selector, 0));
        oracle.checkAndReportChallengeExpiry(0);
    }

    function test_wrongResponder() public {
        uint256 id = _issue(ALICE);
        bytes memory reason =
            abi.encodeWithSelector(PhalaSlaOracle.NotChallengedOperator.selector, id, ALICE, BOB);
        _refuseResponse(BOB, id, reason);
        /* Who it is comes before when it is. */
        vm.roll(1011);
        _refuseResponse(BOB, id, reason);
    }

    function test_duplicateResponse() public {
        uint256 id = _issue(ALICE);
        _respond(ALICE, id);
        _refuseResponse(
            ALICE, id, abi.encodeWithSelector(PhalaSlaOracle.AlreadyResponded.selector, id)
        );
        /* When it is comes before whether it was. */
        vm.roll(1011);
        _refuseResponse(
            ALICE,
            id,
            abi.encodeWithSelector(PhalaSlaOracle.ResponseWindowClosed.selector, id, 1010, 1011)
        );
    }

    function test_unboundResponse() public {
        uint256 id = _issue(ALICE);
        vm.expectRevert(abi.encodeWithSelector(FakeManager.Unbound.selector));
        vm.prank(ALICE);
        oracle.respondToSlaChallenge(id, abi.encodePacked(keccak256("another")));
        no(oracle.getChallengeDetails(id).responded, "responded");
        _respond(ALICE, id);
    }

    function test_reportOfAnAnsweredChallenge() public {
        uint256 id = _issue(ALICE);
        _respond(ALICE, id);
        vm.roll(1010);
        vm.expectRevert(abi.encodeWithSelector(PhalaSlaOracle.WindowOpen.selector, id, 1010, 1010));
        oracle.checkAndReportChallengeExpiry(id);
        vm.roll(1011);
        vm.expectRevert(abi.encodeWithSelector(PhalaSlaOracle.ChallengeAnswered.selector, id));
        oracle.checkAndReportChallengeExpiry(id);
        eq(manager.failures(id), 0, "failures");
    }

    function test_doubleReport() public {
        uint256 id = _issue(ALICE);
        vm.roll(1011);
        oracle.checkAndReportChallengeExpiry(id);
        vm.expectRevert(abi.encodeWithSelector(PhalaSlaOracle.AlreadyReported.selector, id));
        oracle.checkAndReportChallengeExpiry(id);
        eq(manager.failures(id), 1, "failures");
    }

    /// Leaving the AVS does not outrun an open challenge.
    function test_leavingKeepsTheChallengeOpen() public {
        uint256 id = _issue(ALICE);
        uint256 second = _issue(ALICE);
        manager.set(ALICE, 0);
        _respond(ALICE, id);
        vm.roll(1011);
        oracle.checkAndReportChallengeExpiry(second);
        eq(manager.failed(second), ALICE, "who failed");
    }

    /// The code that will do is that of the issue, whatever she runs since.
    function test_measurementIsThatOfTheIssue() public {
        uint256 id = _issue(ALICE);
        manager.set(ALICE, "other");
        uint256 second = _issue(ALICE);
        _respond(ALICE, id);
        _refuseResponse(
            ALICE,
            second,
            abi.encodeWithSelector(FakeManager.OtherMeasurement.selector, bytes32("other"))
        );
    }

    /* Pauses. */

    function test_pausedOracleDoesNothing() public {
        uint256 id = _issue(ALICE);
        vm.startPrank(OWNER);
        vm.expectRevert(abi.encodeWithSelector(PhalaSlaOracle.OracleNotPaused.selector));
        oracle.unpause();
        vm.expectEmit(true, true, true, true, address(oracle));
        emit Paused(OWNER);
        oracle.pause();
        bytes memory reason = abi.encodeWithSelector(PhalaSlaOracle.OraclePaused.selector);
        vm.expectRevert(reason);
        oracle.pause();
        vm.stopPrank();
        vm.expectRevert(reason);
        vm.prank(ISSUER);
        oracle.issueSlaChallenge(ALICE, "");
        _refuseResponse(ALICE, id, reason);
        vm.roll(2000);
        vm.expectRevert(reason);
        oracle.checkAndReportChallengeExpiry(id);
        vm.expectEmit(true, true, true, true, address(oracle));
        emit Unpaused(OWNER, 1000);
        vm.prank(OWNER);
        oracle.unpause();
    }

    /// An open window ends as many blocks later as the pause lasted.
    function testFuzz_pauseExtendsOpenWindows(uint256 before, uint256 length) public {
        before = before % (WINDOW + 1);
        length = length % 5000;
        uint256 id = _issue(ALICE);
        vm.roll(1000 + before);
        _pause(length);
        uint256 end = 1010 + length;
        eq(oracle.getChallengeDetails(id).responseWindowEndBlock, end, "end");
        vm.roll(end);
        vm.expectRevert(abi.encodeWithSelector(PhalaSlaOracle.WindowOpen.selector, id, end, end));
        oracle.checkAndReportChallengeExpiry(id);
        uint256 state = vm.snapshotState();
        _respond(ALICE, id);
        vm.revertToState(state);
        vm.roll(end + 1);
        _refuseResponse(
            ALICE,
            id,
            abi.encodeWithSelector(PhalaSlaOracle.ResponseWindowClosed.selector, id, end, end + 1)
        );
        oracle.checkAndReportChallengeExpiry(id);
    }

    /// A window that had closed before the pause stays closed, and keeps its
    /// end.
    function testFuzz_pauseReopensNothing(uint256 after_, uint256 length) public {
        after_ = 1 + (after_ % 100);
        length = length % 5000;
        uint256 id = _issue(ALICE);
        vm.roll(1010 + after_);
        _pause(length);
        eq(oracle.getChallengeDetails(id).responseWindowEndBlock, 1010, "end");
        _refuseResponse(
            ALICE,
            id,
            abi.encodeWithSelector(
                PhalaSlaOracle.ResponseWindowClosed.selector, id, 1010, block.number
            )
        );
        oracle.checkAndReportChallengeExpiry(id);
    }

    /// During a pause an open window is told as if it ended now; a closed one
    /// keeps its end.
    function test_endsDuringAPause() public {
        uint256 closed = _issue(ALICE);
        vm.roll(1020);
        uint256 open = _issue(BOB);
        vm.roll(1025);
        vm.prank(OWNER);
        oracle.pause();
        vm.roll(1100);
        eq(oracle.getChallengeDetails(closed).responseWindowEndBlock, 1010, "closed");
        eq(oracle.getChallengeDetails(open).responseWindowEndBlock, 1105, "open");
        vm.prank(OWNER);
        oracle.unpause();
        eq(oracle.getChallengeDetails(open).responseWindowEndBlock, 1105, "after the pause");
        vm.roll(1101);
        _pause(10);
        eq(oracle.getChallengeDetails(open).responseWindowEndBlock, 1115, "after another");
        eq(oracle.getChallengeDetails(closed).responseWindowEndBlock, 1010, "still closed");
    }

    /// A pause that begins in a window's last block extends it, too.
    function test_pauseInTheLastBlock() public {
        uint256 id = _issue(ALICE);
        vm.roll(1010);
        vm.prank(OWNER);
        oracle.pause();
        vm.roll(1050);
        eq(oracle.getChallengeDetails(id).responseWindowEndBlock, 1050, "during the pause");
        vm.prank(OWNER);
        oracle.unpause();
        vm.roll(1060);
        eq(oracle.getChallengeDetails(id).responseWindowEndBlock, 1050, "after it");
    }

    /// Who may do what is on record from the first block on.
    function test_initializationIsOnRecord() public {
        vm.recordLogs();
        PhalaSlaOracle fresh = _proxied(OWNER, ISSUER, WINDOW);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        bool found;
        for (uint256 i = 0; i < logs.length; i++) {
            found = found
                || (logs[i].emitter == address(fresh)
                    && logs[i].topics[0] == ChallengeIssuerUpdated.selector
                    && logs[i].topics[1] == 0
                    && logs[i].topics[2] == bytes32(uint256(uint160(ISSUER))));
        }
        yes(found, "ChallengeIssuerUpdated(0, ISSUER)");
    }

    /// The clock shows blocks, and stands still while the oracle is paused.
    function test_clock() public {
        eq(oracle.clock(), 1000, "before");
        vm.prank(OWNER);
        oracle.pause();
        vm.roll(1030);
        eq(oracle.clock(), 1000, "during the pause");
        vm.prank(OWNER);
        oracle.unpause();
        eq(oracle.clock(), 1000, "in its last block");
        vm.roll(1031);
        eq(oracle.clock(), 1001, "after it");
    }

    /// A challenge after a pause has its whole window and no more.
    function test_pauseBeforeTheIssue() public {
        _pause(500);
        uint256 id = _issue(ALICE);
        eq(oracle.getChallengeDetails(id).responseWindowEndBlock, 1510, "end");
    }

    function _pause(uint256 length) private {
        vm.prank(OWNER);
        oracle.pause();
        vm.roll(block.number + length);
        vm.prank(OWNER);
        oracle.unpause();
    }

    function _binding(address operator, bytes memory data) private returns (bytes32) {
        vm.prank(ISSUER);
        return oracle.responseData(oracle.issueSlaChallenge(operator, data));
    }

    function _refuseResponse(address operator, uint256 id, bytes memory reason) private {
        bytes memory quote = abi.encodePacked(oracle.responseData(id));
        vm.expectRevert(reason);
        vm.prank(operator);
        oracle.respondToSlaChallenge(id, quote);
    }

    function _refuseInit(
        PhalaSlaOracle code,
        address owner,
        address issuer,
        uint32 window,
        bytes4 selector
    ) private {
        bytes memory call = abi.encodeCall(PhalaSlaOracle.initialize, (owner, issuer, window));
        vm.expectRevert(abi.encodeWithSelector(selector));
        new ERC1967Proxy(address(code), call);
    }
}
