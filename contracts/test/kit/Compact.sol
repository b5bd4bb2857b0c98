// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

/// Takes full quotes apart, on the word of their own lengths.
library Compact {
    /// What QuoteVerifier.verifyQuote takes.
    function form(bytes memory quote) internal pure returns (bytes memory) {
        (uint256 signedEnd, uint256 qeReport, uint256 qeAuth, uint256 qeAuthEnd) = _places(quote);
        return bytes.concat(
            _cut(quote, 0, signedEnd),
            _cut(quote, signedEnd + 4, signedEnd + 4 + 128),
            _cut(quote, qeReport, qeReport + 448),
            _cut(quote, qeAuth, qeAuthEnd)
        );
    }

    function pem(bytes memory quote) internal pure returns (bytes memory) {
        (,,, uint256 at) = _places(quote);
        uint256 size = _u16(quote, at + 2) | (_u16(quote, at + 4) << 16);
        return _cut(quote, at + 6, at + 6 + size);
    }

    function _places(bytes memory quote)
        private
        pure
        returns (uint256 signedEnd, uint256 qeReport, uint256 qeAuth, uint256 qeAuthEnd)
    {
        uint256 version = _u16(quote, 0);
        signedEnd = version == 3 ? 432 : version == 4 ? 632 : 54 + _u16(quote, 50);
        qeReport = signedEnd + 4 + 128 + (version == 3 ? 0 : 6);
        qeAuth = qeReport + 450;
        qeAuthEnd = qeAuth + _u16(quote, qeAuth - 2);
    }

    function _u16(bytes memory data, uint256 at) private pure returns (uint256) {
        return uint256(uint8(data[at])) | (uint256(uint8(data[at + 1])) << 8);
    }

    function _cut(bytes memory data, uint256 from, uint256 to)
        private
        pure
        returns (bytes memory out)
    {
        out = new bytes(to - from);
        assembly ("memory-safe") {
            mcopy(add(out, 0x20), add(add(data, 0x20), from), sub(to, from))
        }
    }
}
