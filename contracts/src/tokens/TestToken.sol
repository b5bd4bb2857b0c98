// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {MintableToken} from "./MintableToken.sol";

/// A token of a world that deploys no contracts of its own.
contract TestToken is MintableToken {
    uint8 private immutable _places;

    constructor(string memory symbol, uint8 places, address initialOwner)
        ERC20(symbol, symbol)
        MintableToken(initialOwner)
    {
        _places = places;
    }

    function decimals() public view override returns (uint8) {
        return _places;
    }
}
