// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

/// Moments, as certificates and TCB info write them, in seconds since 1970.
library Time {
    /// What digits() gives for what are none: no part of a date is as large.
    uint256 private constant NONE = 100;

    /// Reads month, day, hour, minute and second, two digits each, the first at
    /// this offset and each of the others this far behind the one before. False
    /// for what is no moment of this year, or before 1970.
    function parse(bytes memory text, uint256 year, uint256 at, uint256 step)
        internal
        pure
        returns (bool ok, uint40)
    {
        uint256 month = digits(text, at);
        uint256 day = digits(text, at + step);
        uint256 hour = digits(text, at + 2 * step);
        uint256 minute = digits(text, at + 3 * step);
        uint256 second = digits(text, at + 4 * step);
        if (
            year < 1970 || year > 9999 || month == 0 || month > 12 || day == 0
                || day > _daysIn(year, month) || hour > 23 || minute > 59 || second > 59
        ) return (false, 0);
        uint256 time = _days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
        return (true, uint40(time));
    }

    /// Four digits; more than any year if there are none.
    function year4(bytes memory text, uint256 at) internal pure returns (uint256) {
        uint256 century = digits(text, at);
        uint256 rest = digits(text, at + 2);
        return century == NONE || rest == NONE ? 10_000 : 100 * century + rest;
    }

    /// Two digits, or 100 if there are none.
    function digits(bytes memory text, uint256 at) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            let two := mload(add(add(text, 0x20), at))
            let tens := sub(byte(0, two), 0x30)
            let ones := sub(byte(1, two), 0x30)
            value := add(mul(tens, 10), ones)
            if or(gt(tens, 9), gt(ones, 9)) { value := 100 }
        }
    }

    function _daysIn(uint256 year, uint256 month) private pure returns (uint256) {
        if (month == 2) return _isLeap(year) ? 29 : 28;
        return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
    }

    function _isLeap(uint256 year) private pure returns (bool) {
        return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    }

    /// Days from 1970-01-01: years counted from March, so that the leap day is
    /// the last of its year.
    function _days(uint256 year, uint256 month, uint256 day) private pure returns (uint256) {
        if (month <= 2) year -= 1;
        uint256 fromMarch = (month + 9) % 12;
        uint256 beforeMonth = (153 * fromMarch + 2) / 5;
        uint256 leapDays = year / 4 - year / 100 + year / 400;
        return 365 * year + leapDays + beforeMonth + day - 719_469;
    }
}
