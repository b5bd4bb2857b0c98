// dcap-qvl.js NODE_MODULES TEE_SIM: our quotes, judged by @phala/dcap-qvl under
// our root. Valid ones of every kind and several seeds must be UpToDate; each
// fault must be answered as dcap-qvl.tsv has it. Prints what differs.
'use strict';

const fs = require('fs');
const path = require('path');
const { spawnSync } = require('child_process');

const AT = 1767225600; // 2026-01-01T00:00:00Z
const KINDS = {
	SGX3: ['--tee', 'sgx'],
	TDX4: ['--tee', 'tdx', '--version', '4'],
	TDX5: ['--tee', 'tdx', '--version', '5'],
	'TDX5.10': ['--tee', 'tdx', '--version', '5', '--td', '1.0'],
};

const [modules, sim] = process.argv.slice(2);
const { QuoteVerifier } = require(path.resolve(modules, '@phala/dcap-qvl'));

// Output of tee-sim; null if it says that the fault is not one of this kind.
function teeSim(...args) {
	const run = spawnSync(sim, args, { encoding: 'utf8', maxBuffer: 1 << 24 });

	if (run.status === 0)
		return run.stdout;
	if (run.stderr && /: fault \S+ is one of /.test(run.stderr))
		return null;
	throw new Error(`${sim} ${args.join(' ')}: ${run.error || run.stderr}`);
}

function rootOf(seed) {
	const { der } = JSON.parse(teeSim('root', '--seed', `${seed}`));

	return Buffer.from(der.slice(2), 'hex');
}

// "UpToDate", "OutOfDate", … or "refused: <texts>"; null: no quote.
function verdict(seed, kind, faults) {
	const who = ['--seed', `${seed}`, '--instance', 'alice', ...KINDS[kind],
		...faults.flatMap((f) => ['--fault', f])];
	const quote = teeSim('quote', ...who, '--report-data', '0102');

	if (quote === null)
		return null;
	const collateral = teeSim('collateral', ...who, '--at', `${AT}`);

	try {
		return QuoteVerifier.newWithRootCa(rootOf(seed)).verify(
			Buffer.from(quote.trim(), 'hex'),
			JSON.parse(collateral), AT).status;
	} catch (e) {
		const texts = [];

		for (let at = e; at; at = at.cause)
			texts.push(at.message);
		return `refused: ${texts.join(' <- ')}`;
	}
}

// Lines "fault<TAB>answer", "fault<TAB>KIND=answer<TAB>…"; # begins a comment.
function expectations() {
	const file = path.join(__dirname, 'dcap-qvl.tsv');
	const rows = new Map();

	for (const line of fs.readFileSync(file, 'utf8').split('\n')) {
		if (!line || line.startsWith('#'))
			continue;
		const [fault, ...answers] = line.split('\t');

		rows.set(fault, (kind) => {
			const own = answers.find((a) => a.startsWith(`${kind}=`));

			return own ? own.slice(kind.length + 1) : answers[0];
		});
	}
	return rows;
}

let passed = 0;
let failed = 0;

function judge(what, want, got) {
	const [, part] = /^refused: (.*)/.exec(want) || [];

	if (part ? got.startsWith('refused: ') && got.includes(part) : got === want) {
		passed++;
		return;
	}
	failed++;
	console.log(`${what}: dcap-qvl says "${got}", not "${want}"`);
}

for (const kind of Object.keys(KINDS))
	for (const seed of [0, 1, 7])
		judge(`valid ${kind}, seed ${seed}`, 'UpToDate',
			verdict(seed, kind, []));

const rows = expectations();
const names = JSON.parse(teeSim('faults', '--json'))
	.filter((f) => f.of !== 'host').map((f) => f.name);

for (const fault of rows.keys())
	if (!names.includes(fault))
		judge(fault, 'a fault of tee-sim', 'no such fault');
for (const fault of names) {
	if (!rows.has(fault)) {
		judge(fault, 'a line in dcap-qvl.tsv', 'none');
		continue;
	}
	for (const kind of ['SGX3', 'TDX4', 'TDX5']) {
		const got = verdict(7, kind, [fault]);

		if (got !== null)
			judge(`${fault}, ${kind}`, rows.get(fault)(kind), got);
	}
}
console.log(`dcap-qvl: ${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
