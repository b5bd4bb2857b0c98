// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {vm} from "../script/Vm.sol";
import {TwoStepOwnable} from "../src/access/TwoStepOwnable.sol";
import {MintableToken, PHA, vPHA} from "../src/tokens/MintableToken.sol";
import {Check} from "./kit/Check.sol";

contract TokensTest is Check {
    address private constant OWNER = address(0x0111);

    MintableToken[2] private tokens;

    function setUp() public {
        tokens = [MintableToken(new PHA(OWNER)), MintableToken(new vPHA(OWNER))];
    }

    function test_names() public view {
        eq(tokens[0].symbol(), "PHA", "symbol");
        eq(tokens[1].symbol(), "vPHA", "symbol");
        eq(tokens[0].decimals(), 18, "decimals");
        eq(tokens[1].decimals(), 18, "decimals");
    }

    function test_ownerIsSomebody() public {
        vm.expectRevert(abi.encodeWithSelector(TwoStepOwnable.ZeroOwner.selector));
        new PHA(address(0));
    }

    function testFuzz_onlyTheOwnerMints(address stranger, address to, uint256 amount) public {
        vm.assume(stranger != OWNER && to != address(0));
        for (uint256 i = 0; i < 2; i++) {
            vm.expectRevert(abi.encodeWithSelector(TwoStepOwnable.NotOwner.selector, stranger));
            vm.prank(stranger);
            tokens[i].mint(to, amount);
            vm.prank(OWNER);
            tokens[i].mint(to, amount);
            eq(tokens[i].balanceOf(to), amount, "balance");
            eq(tokens[i].totalSupply(), amount, "supply");
        }
    }
}

/// Mints and moves at random.
contract TokenActor {
    MintableToken public immutable token = new PHA(address(this));
    uint256 public minted;
    address[3] public holders = [address(1), address(2), address(3)];

    function mint(uint256 who, uint128 amount) external {
        token.mint(holders[who % 3], amount);
        minted += amount;
    }

    function move(uint256 from, uint256 to, uint256 amount) external {
        address holder = holders[from % 3];
        amount = amount % (token.balanceOf(holder) + 1);
        vm.prank(holder);
        token.transfer(holders[to % 3], amount);
    }
}

contract TokenInvariants is Check {
    TokenActor private actor;

    function setUp() public {
        actor = new TokenActor();
    }

    function targetContracts() external view returns (address[] memory list) {
        list = new address[](1);
        list[0] = address(actor);
    }

    function invariant_supplyIsWhatWasMinted() public view {
        MintableToken token = actor.token();
        uint256 held;
        for (uint256 i = 0; i < 3; i++) {
            held += token.balanceOf(actor.holders(i));
        }
        eq(token.totalSupply(), actor.minted(), "supply");
        eq(held, actor.minted(), "held");
    }
}
