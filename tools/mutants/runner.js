/*
 * A contract in Solidity that plays the tests of another one, once for each
 * mutant: a run of forge for all of them.
 */
'use strict';

const RUNS = 8; /* of a fuzz test, for each mutant */

/* The tests of a contract in the order of the file, with their arguments. */
function testsOf(text, name) {
	const start = text.indexOf(`contract ${name} `);
	const next = text.indexOf('\ncontract ', start + 1);
	const body = text.slice(start, next < 0 ? undefined : next);

	return [...body.matchAll(/function (test\w*)\(([^)]*)\)/g)]
		.map(([, fn, args]) => ({
			fn,
			types: args.split(',').map((x) => x.trim().split(' ')[0])
				.filter(Boolean),
		}));
}

function runner(file, name, text, ids) {
	const tests = testsOf(text, name);
	const one = (t) => {
		const call = (args) => `        if (_fails(abi.encodeWithSignature("${t.fn}(${t.types.join(',')})"${args}))) return true;\n`;
		const word = (type, i) => {
			const w = `_word(r, ${i})`;
			const bits = (/^uint(\d+)$/.exec(type) || [])[1];

			if (type === 'bytes')
				return `, abi.encode(${w})`;
			if (/^bytes\d/.test(type))
				return `, ${type}(bytes32(${w}))`;
			if (type === 'bool')
				return `, ${w} % 2`;
			if (type === 'address')
				return `, ${w} % (1 << 160)`;
			return bits && bits !== '256' ? `, ${w} % (1 << ${bits})` : `, ${w}`;
		};

		return t.types.length
			? `        for (uint256 r = 0; r < ${RUNS}; r++) {\n    ${call(t.types.map(word).join(''))}        }\n`
			: call('');
	};

	/* Who is only a Check has none but its own. */
	const setUp = new RegExp(`^contract ${name} is Check {`, 'm').test(text) &&
		!text.includes('function setUp()')
		? '        return false;\n'
		: `        (bool ok,) = address(tests).call{gas: 1e9}(abi.encodeWithSignature("setUp()"));
        return !ok;
`;

	return `// SPDX-License-Identifier: MIT
pragma solidity 0.8.27;

import {${name}} from "./${file}";

interface RunVm {
    function coinbase(address who) external;
    function envBool(string calldata name) external view returns (bool);
    function snapshotState() external returns (uint256);
    function revertToStateAndDelete(uint256 id) external returns (bool);
    function writeLine(string calldata path, string calldata line) external;
    function toString(uint256 value) external pure returns (string memory);
}

contract Run${name} {
    RunVm private constant vm = RunVm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);
    ${name} private tests;

    function setUp() public {
        if (!vm.envBool("FRESH")) _born();
    }

${ids.map((id) => `    function test_${id}() public { _play(${id}); }`).join('\n')}

    function _play(uint256 id) private {
        vm.coinbase(address(uint160(id)));
        bool noticed = vm.envBool("FRESH") && _born();
        if (noticed || _noticed()) vm.writeLine("noticed", vm.toString(id));
    }

    function _born() private returns (bool) {
        try new ${name}() returns (${name} t) {
            tests = t;
        } catch {
            return true;
        }
${setUp}    }

    function _noticed() private returns (bool) {
${tests.map(one).join('')}        return false;
    }

    /// What assumes other arguments has not failed.
    function _fails(bytes memory data) private returns (bool) {
        uint256 state = vm.snapshotState();
        (bool ok, bytes memory why) = address(tests).call{gas: 1e9}(data);
        vm.revertToStateAndDelete(state);
        return !ok && keccak256(why) != keccak256("FOUNDRY::ASSUME");
    }

    function _word(uint256 round, uint256 at) private pure returns (uint256 w) {
        if (round == 0) return 1;
        w = uint256(keccak256(abi.encode(round, at)));
        return w >> (w % 256);
    }
}
`;
}

module.exports = { runner };
