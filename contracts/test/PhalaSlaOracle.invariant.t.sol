// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {vm} from "../script/Vm.sol";
import {PhalaSlaOracle} from "../src/phala/PhalaSlaOracle.sol";
import {FakeManager, OracleTest} from "./PhalaSlaOracle.t.sol";
import {Check} from "./kit/Check.sol";

/// Plays the oracle at random beside a model of it that counts each challenge's
/// blocks one by one.
contract OracleActor is OracleTest {
    struct Model {
        address operator;
        /// Unpaused blocks since the issue, and how many the window has.
        uint256 elapsed;
        uint256 window;
        bool responded;
        bool reported;
    }

    Model[] public challenges;
    uint256 public surprises;

    constructor() {
        _world();
    }

    function issue(uint256 who) external {
        address operator = who % 2 == 0 ? ALICE : BOB;
        bool expected = !oracle.paused() && open(operator) < oracle.maxOpenChallenges();
        vm.prank(ISSUER);
        try oracle.issueSlaChallenge(operator, "") {
            if (!expected) surprises++;
            challenges.push(Model(operator, 0, oracle.responseWindowBlocks(), false, false));
        } catch {
            if (expected) surprises++;
        }
    }

    function respond(uint256 which) external {
        if (challenges.length == 0) return;
        uint256 id = which % challenges.length;
        Model storage m = challenges[id];
        bool expected = !oracle.paused() && m.elapsed <= m.window && !m.responded;
        bytes memory quote = abi.encodePacked(oracle.responseData(id + 1));
        vm.prank(m.operator);
        try oracle.respondToSlaChallenge(id + 1, quote) {
            if (!expected) surprises++;
            m.responded = true;
        } catch {
            if (expected) surprises++;
        }
    }

    function report(uint256 which) external {
        if (challenges.length == 0) return;
        uint256 id = which % challenges.length;
        Model storage m = challenges[id];
        bool expected = !oracle.paused() && m.elapsed > m.window && !m.responded && !m.reported;
        try oracle.checkAndReportChallengeExpiry(id + 1) {
            if (!expected) surprises++;
            m.reported = true;
        } catch {
            if (expected) surprises++;
        }
    }

    function mine(uint256 blocks) external {
        blocks = 1 + (blocks % 7);
        vm.roll(block.number + blocks);
        if (oracle.paused()) return;
        for (uint256 i = 0; i < challenges.length; i++) {
            challenges[i].elapsed += blocks;
        }
    }

    function pauseOrResume() external {
        bool paused = oracle.paused();
        vm.prank(OWNER);
        if (paused) oracle.unpause();
        else oracle.pause();
    }

    function setWindow(uint32 window) external {
        vm.prank(OWNER);
        oracle.setResponseWindow(1 + (window % 20));
    }

    function setLimit(uint32 limit) external {
        vm.prank(OWNER);
        oracle.setMaxOpenChallenges(1 + (limit % 6));
    }

    /// An operator's challenges that are neither answered nor reported.
    function open(address operator) public view returns (uint256 found) {
        for (uint256 i = 0; i < challenges.length; i++) {
            Model storage m = challenges[i];
            if (m.operator == operator && !m.responded && !m.reported) found++;
        }
    }

    function count() external view returns (uint256) {
        return challenges.length;
    }

    function theOracle() external view returns (PhalaSlaOracle, FakeManager) {
        return (oracle, manager);
    }

    function operators() external pure returns (address, address) {
        return (ALICE, BOB);
    }
}

contract PhalaSlaOracleInvariants is Check {
    OracleActor private actor;
    PhalaSlaOracle private oracle;
    FakeManager private manager;

    function setUp() public {
        actor = new OracleActor();
        (oracle, manager) = actor.theOracle();
    }

    function targetContracts() external view returns (address[] memory list) {
        list = new address[](1);
        list[0] = address(actor);
    }

    /// It does what the model expects, all of it and nothing else.
    function invariant_noSurprise() public view {
        eq(actor.surprises(), 0, "surprises");
    }

    function invariant_openChallengesAreCounted() public view {
        (address alice, address bob) = actor.operators();
        eq(oracle.openChallenges(alice), actor.open(alice), "hers");
        eq(oracle.openChallenges(bob), actor.open(bob), "his");
    }

    function invariant_challengesEndOnce() public view {
        eq(oracle.challengeCounter(), actor.count(), "counter");
        for (uint256 i = 0; i < actor.count(); i++) {
            (, uint256 elapsed, uint256 window, bool responded, bool reported) = actor.challenges(i);
            PhalaSlaOracle.ChallengeDetails memory d = oracle.getChallengeDetails(i + 1);
            yes(d.responded == responded && d.reported == reported, "state");
            no(d.responded && d.reported, "responded and reported");
            eq(manager.failures(i + 1), reported ? 1 : 0, "failures");
            yes(!reported || elapsed > window, "reported after its window only");
            /* While it is open, the end that is told is the end that counts. */
            if (elapsed <= window) {
                eq(d.responseWindowEndBlock, block.number + window - elapsed, "end");
            }
        }
    }
}
