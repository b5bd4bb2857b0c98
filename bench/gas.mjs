// gas.mjs: plays gas.yaml and prints what each step of attestation costs as a
// transaction, beside what Automata's contracts (automata-dcap-attestation
// 2df31aa, on-chain-pccs 5241b64, P-256 precompile) cost for the same step on the
// same simulated platforms. Theirs were measured once, with two TCB levels.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROWS = [
	['root CRL', 'putCrl', 0, 560_000],
	['PCK CRL', 'putCrl', 1, 610_000],
	['TCB info, SGX', 'putTcbInfo', 0, 2_440_000],
	['TCB info, TDX', 'putTcbInfo', 1, 4_650_000],
	['QE identity', 'putQeIdentity', 0, 1_630_000],
	['PCK certificate, SGX', 'registerPck', 0],
	['PCK certificate, TDX', 'registerPck', 1],
	['verify SGX 3, compact', 'verifyQuote', 0],
	['verify TDX 4, compact', 'verifyQuote', 1],
	['verify TDX 5, compact', 'verifyQuote', 2],
	['verify SGX 3, whole quote', 'verifyFullQuote', 0, 2_420_000],
	['verify TDX 4, whole quote', 'verifyFullQuote', 1, 2_650_000],
	['verify TDX 5, whole quote', 'verifyFullQuote', 2, 2_670_000],
];

const dir = mkdtempSync(join(tmpdir(), 'avsbed-gas-'));
const gas = {};

try {
	execFileSync('build/bin/avsbed',
		['run', 'bench/gas.yaml', '--reports', dir], { stdio: 'pipe' });
	for (const line of readFileSync(join(dir, 'journal.jsonl'), 'utf8').split('\n')) {
		const tx = line && JSON.parse(line);
		const name = tx && tx.ev === 'tx' && /\.(\w+)\(/.exec(tx.call);

		if (name)
			(gas[name[1]] ??= []).push(tx.gas);
	}
} finally {
	rmSync(dir, { recursive: true });
}
const number = (n, digits) => n === undefined ? '-'.padStart(digits) : String(n).padStart(digits);

console.log(`${'gas, each a transaction'.padEnd(30)}${'ours'.padStart(10)}${'Automata'.padStart(10)}${'ratio'.padStart(8)}`);
for (const [title, name, at, theirs] of ROWS) {
	const ours = gas[name][at];

	console.log(`${title.padEnd(30)}${number(ours, 10)}${number(theirs, 10)}${
		theirs === undefined ? '' : (theirs / ours).toFixed(1).padStart(8)}`);
}
