// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {TwoStepOwnable} from "../access/TwoStepOwnable.sol";

/// A devnet token with 18 decimals that its owner mints.
abstract contract MintableToken is ERC20, TwoStepOwnable {
    constructor(address initialOwner) {
        _setOwner(initialOwner);
    }

    function mint(address to, uint256 amount) external onlyOwner {
        _mint(to, amount);
    }
}

/// Stands in for Phala's token: stake, and later the currency of rewards.
contract PHA is MintableToken {
    constructor(address initialOwner) ERC20("Phala Token", "PHA") MintableToken(initialOwner) {}
}

/// Stands in for Phala's vote-escrowed token, the second stake of the set.
contract vPHA is MintableToken {
    constructor(address initialOwner) ERC20("Vote PHA", "vPHA") MintableToken(initialOwner) {}
}
