// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {Allocation} from "../src/eigenlayer/IAllocationManager.sol";
import {Check} from "./kit/Check.sol";
import {PhalaWorld} from "./kit/PhalaWorld.sol";

/// Three operators who join, leave, answer, stay silent and are reported, at
/// random, on genuine EigenLayer.
contract PhalaActor is PhalaWorld {
    struct Life {
        bool member;
        /// The last block in which EigenLayer lets a leaver be slashed.
        uint256 slashableUntil;
        uint256 magnitude;
        uint256 burned;
    }

    address[3] public operators = [ALICE, BOB, CAROL];
    mapping(address operator => Life) public lives;
    uint256[] private challenges;
    uint256 public slashes;

    constructor() {
        _world();
        for (uint256 i = 0; i < 3; i++) {
            _prepare(operators[i]);
            lives[operators[i]].magnitude = ALLOCATED;
        }
    }

    function join(uint256 who) external {
        address operator = operators[who % 3];
        Life storage life = lives[operator];
        if (life.member || block.number <= life.slashableUntil) return;
        _join(operator, 0);
        life.member = true;
    }

    function leave(uint256 who) external {
        address operator = operators[who % 3];
        if (!lives[operator].member) return;
        _leave(operator, 0);
        lives[operator].member = false;
        lives[operator].slashableUntil = block.number + allocation.DEALLOCATION_DELAY();
    }

    function challenge(uint256 who) external {
        address operator = operators[who % 3];
        if (lives[operator].member) challenges.push(_challenge(operator));
    }

    function answer(uint256 which) external {
        if (challenges.length == 0) return;
        uint256 id = challenges[which % challenges.length];
        address operator = oracle.getChallengeDetails(id).operator;
        if (oracle.getChallengeDetails(id).responded) return;
        if (block.number > oracle.getChallengeDetails(id).responseWindowEndBlock) return;
        _respond(operator, id);
    }

    function report(uint256 which) external {
        if (challenges.length == 0) return;
        uint256 id = challenges[which % challenges.length];
        try oracle.checkAndReportChallengeExpiry(id) {
            _expectSlash(oracle.getChallengeDetails(id).operator);
        } catch {}
    }

    function mine(uint256 blocks) external {
        _next(1 + (blocks % 12));
    }

    function isMember(address operator) external view returns (bool) {
        return allocation.isMemberOfOperatorSet(operator, _set(0));
    }

    function isRegistered(address operator) external view returns (bool) {
        return manager.isOperatorRegistered(operator);
    }

    function standing(address operator) external view returns (uint256, uint256, uint256) {
        Allocation memory a = allocation.getAllocation(operator, _set(0), strategies[0]);
        return (
            a.currentMagnitude,
            allocation.getMaxMagnitude(operator, strategies[0]),
            allocation.getSlashCount(_set(0))
        );
    }

    function _expectSlash(address operator) private {
        Life storage life = lives[operator];
        if (!life.member && block.number > life.slashableUntil) return;
        uint256 cost = (life.magnitude * SLASH_WAD + 1e18 - 1) / 1e18;
        life.magnitude -= cost;
        life.burned += cost;
        slashes++;
    }
}

contract PhalaInvariants is Check {
    PhalaActor private actor;

    function setUp() public {
        actor = new PhalaActor();
    }

    function targetContracts() external view returns (address[] memory list) {
        list = new address[](1);
        list[0] = address(actor);
    }

    /// Members and attested operators are the same operators.
    function invariant_membershipIsAttestation() public view {
        for (uint256 i = 0; i < 3; i++) {
            address operator = actor.operators(i);
            (bool member,,,) = actor.lives(operator);
            yes(actor.isMember(operator) == member, "member");
            yes(actor.isRegistered(operator) == member, "registered");
        }
    }

    /// Every slash is one reported challenge's, of that operator alone, and to
    /// the wei what the wad says.
    function invariant_slashesAreThoseReported() public view {
        for (uint256 i = 0; i < 3; i++) {
            address operator = actor.operators(i);
            (,, uint256 magnitude, uint256 burned) = actor.lives(operator);
            (uint256 current, uint256 max, uint256 slashes) = actor.standing(operator);
            eq(current, magnitude, "allocated");
            eq(max, 1e18 - burned, "max magnitude");
            eq(slashes, actor.slashes(), "slashes");
        }
    }
}
