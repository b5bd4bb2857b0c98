// grid.js DIR [--write] NAME=COMMAND...: every fault of the TEE simulator in
// every kind of quote, judged by verifiers. COMMAND gets a time and directories
// as `avsbed quote make` fills them, and prints what it says to each.
//
// What a verifier is known to answer is in NAME.tsv beside this file:
//   fault, its answer, KIND=answer where kinds differ, why=… where the answer
//   is not what the fault's own row demands.
// Anything else than what is there fails, as does a difference without a why.
// docs/fault-grid.md is these tables as one; --write makes both anew out of what
// is observed, keeping every why.
'use strict';

const fs = require('fs');
const path = require('path');
const { spawnSync } = require('child_process');

const AT = 1767225600; // 2026-01-01T00:00:00Z
const SEEDS = [7, 0, 1]; // the first has the faults, too
const KINDS = {
	SGX3: ['--tee', 'sgx'],
	TDX4: ['--tee', 'tdx', '--version', '4'],
	'TDX5-1.0': ['--tee', 'tdx', '--version', '5', '--td', '1.0'],
	TDX5: ['--tee', 'tdx', '--version', '5'],
	'TDX5-1.5ex': ['--tee', 'tdx', '--version', '5', '--td', '1.5ex'],
};
// In the page's order; what a verifier cannot read at all is no cell.
const VERIFIERS = {
	contract: { title: 'our contract' },
	'dcap-qvl-js': {
		title: '@phala/dcap-qvl 0.3.9',
		kinds: Object.keys(KINDS).filter((k) => k !== 'TDX5-1.5ex'),
	},
	'dcap-qvl-rust': { title: 'dcap-qvl 0.7.1 (Rust)' },
	'go-tdx-guest': { title: 'go-tdx-guest 0.3.1', kinds: ['TDX4'] },
};
const SIM = 'build/bin/tee-sim';
const PAGE = 'docs/fault-grid.md';

const [dir, ...rest] = process.argv.slice(2);
const write = rest[0] === '--write';
const commands = new Map(rest.slice(write ? 1 : 0).map((s) => {
	const at = s.indexOf('=');

	return [s.slice(0, at), s.slice(at + 1)];
}));

function run(program, args) {
	return spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
}

// What a host does wrong is in no quote.
const faults = JSON.parse(run(SIM, ['faults', '--json']).stdout)
	.filter((f) => f.of !== 'host');

// The directory of one case; null: a quote of this kind cannot have the fault.
function make(seed, kind, fault) {
	const out = path.join(dir, `${kind}-${fault || 'valid'}-${seed}`);
	const made = run(SIM, ['make', '--seed', `${seed}`, '--report-data', '0102',
		'--at', `${AT}`, '--out', out, ...KINDS[kind],
		...fault ? ['--fault', fault] : []]);

	if (made.status === 0)
		return out;
	if (made.stderr && /: fault \S+ is one of /.test(made.stderr))
		return null;
	throw new Error(`${SIM} make: ${made.error || made.stderr}`);
}

// Every case: {fault, kind, dir}; a fault of '' is none.
function makeAll() {
	const cases = [];

	for (const kind of Object.keys(KINDS)) {
		for (const seed of SEEDS)
			cases.push({ fault: '', kind, dir: make(seed, kind, '') });
		for (const { name } of faults)
			cases.push({ fault: name, kind, dir: make(SEEDS[0], kind, name) });
	}
	return cases.filter((c) => c.dir);
}

// What a verifier says: directory to answer.
function ask(verifier, cases) {
	const [program, ...args] = commands.get(verifier).split(' ');
	const kinds = VERIFIERS[verifier].kinds || Object.keys(KINDS);
	const dirs = cases.filter((c) => kinds.includes(c.kind)).map((c) => c.dir);
	const said = run(program, [...args, `${AT}`, ...dirs]);
	const answers = new Map(said.stdout.split('\n').filter((l) => l)
		.map((l) => l.split('\t')));

	for (const d of dirs)
		if (!answers.has(d))
			throw new Error(`${verifier} says nothing to ${d}: ${said.stderr}`);
	return answers;
}

// fault → { answer, kinds: {KIND: answer}, why }
function readTable(verifier) {
	const file = path.join(__dirname, `${verifier}.tsv`);
	const rows = new Map();

	if (!fs.existsSync(file))
		return rows;
	for (const line of fs.readFileSync(file, 'utf8').split('\n')) {
		if (!line)
			continue;
		const row = { kinds: {} };

		for (const cell of line.split('\t').slice(1)) {
			const [, key, text] = /^([A-Z0-9.-]+(?:ex)?|why)=(.*)/.exec(cell) || [];

			if (key === 'why')
				row.why = text;
			else if (key in KINDS)
				row.kinds[key] = text;
			else
				row.answer = cell;
		}
		rows.set(line.split('\t')[0], row);
	}
	return rows;
}

function expected(row, kind) {
	return row && (row.kinds[kind] || row.answer);
}

// A table may have a part of a text: what differs between machines is left out.
function same(want, got) {
	return want === got ||
		want !== undefined && want.startsWith('refused: ') &&
		got.startsWith('refused: ') && got.includes(want.slice(9));
}

// Texts get shorter: numbers and hex that follow from the quote go.
function shortened(answer) {
	return answer.length <= 120 ? answer : answer.slice(0, 110).trimEnd();
}

function writeTable(verifier, observed, cases) {
	const old = readTable(verifier);
	const lines = [];

	for (const { name } of faults) {
		const row = old.get(name) || { kinds: {} };
		const got = cases.filter((c) => c.fault === name && observed.has(c.dir))
			.map((c) => {
				const answer = observed.get(c.dir);
				const known = expected(row, c.kind);

				return [c.kind, same(known, answer) ? known : shortened(answer)];
			});
		const counts = new Map();

		if (!got.length)
			continue;
		for (const [, answer] of got)
			counts.set(answer, (counts.get(answer) || 0) + 1);
		const [most] = [...counts].sort((a, b) => b[1] - a[1])[0];

		lines.push([name, most,
			...got.filter(([, a]) => a !== most).map(([k, a]) => `${k}=${a}`),
			...row.why ? [`why=${row.why}`] : []].join('\t'));
	}
	fs.writeFileSync(path.join(__dirname, `${verifier}.tsv`), `${lines.join('\n')}\n`);
}

// Whether an answer is what the fault's row demands of any verifier. A verifier
// that also is a policy may refuse what an AVS must judge.
function asDemanded(fault, answer) {
	const refused = answer.startsWith('refused: ');

	return fault.answer === 'policy' || refused === (fault.answer === 'refuse');
}

function differs(fault, row) {
	return [row.answer, ...Object.values(row.kinds)]
		.some((a) => a !== undefined && !asDemanded(fault, a));
}

function cell(fault, row) {
	if (!row)
		return '';
	const mark = differs(fault, row) ? ' ⚠' : '';
	const said = [row.answer, ...Object.entries(row.kinds)
		.map(([kind, answer]) => `${kind}: ${answer}`)].join('; ');

	return `${said.replaceAll('refused: ', '✗ ').replaceAll('|', '\\|')}${mark}`;
}

function page(tables) {
	const names = Object.keys(VERIFIERS);
	const whys = [];
	const rows = faults.map((fault) => {
		const cells = names.map((v) => {
			const row = tables[v].get(fault.name);

			if (row && row.why)
				whys.push(`* \`${fault.name}\`, ${VERIFIERS[v].title}: ${row.why}`);
			return cell(fault, row);
		});

		return `| \`${fault.name}\` | ${fault.id} | ${fault.answer} | ${cells.join(' | ')} |`;
	});

	return `# Faults and verifiers

Written by \`tools/check-verifiers --write\`, checked by \`make check\`. Each fault of
the TEE simulator, in quotes of SGX version 3, TDX version 4, and TDX version 5 with TD
report 1.0, 1.5 and 1.5ex, as our contract and verifiers that others wrote answer it. What a
fault changes is in [tee-faults.md](tee-faults.md).

"must": what any verifier must do; \`policy\`: the quote is genuine, and whoever relies on
it must judge what it says (our contract returns it; the AVS refuses). A verdict is a TCB
status, ✗ a refusal with its reason; ⚠: not what it must be, explained below. Where the
kinds of quote differ, so does the cell. go-tdx-guest reads TDX version 4 only, and
refuses every status but UpToDate; JavaScript's dcap-qvl does not read TD reports 1.5ex.

Without a fault, every verifier says UpToDate to every kind that it reads, for
several seeds.

| fault | case | must | ${names.map((v) => VERIFIERS[v].title).join(' | ')} |
|--|--|--|${names.map(() => '--').join('|')}|
${rows.join('\n')}

## Differences, and why

${whys.join('\n')}
`;
}

// Prints what is not as it is known; the number of cells that are, and are not.
function compare(verifier, cases, observed, table) {
	let passed = 0;
	let failed = 0;

	for (const { fault, kind, dir: d } of cases) {
		if (!observed.has(d))
			continue;
		const want = fault ? expected(table.get(fault), kind) : 'UpToDate';

		if (same(want, observed.get(d))) {
			passed++;
			continue;
		}
		failed++;
		console.log(`${verifier}, ${fault || 'no fault'}, ${kind}: "${
			observed.get(d)}", not "${want}"`);
	}
	console.log(`${verifier}: ${passed} passed, ${failed} failed`);
	return failed;
}

const cases = makeAll();
const observed = new Map([...commands.keys()].map((v) => [v, ask(v, cases)]));
let failed = 0;

if (write)
	for (const [v, answers] of observed)
		writeTable(v, answers, cases);

const tables = Object.fromEntries(Object.keys(VERIFIERS).map((v) => [v, readTable(v)]));

for (const [v, answers] of observed)
	failed += compare(v, cases, answers, tables[v]);
for (const v of Object.keys(VERIFIERS)) {
	for (const [name, row] of tables[v]) {
		const fault = faults.find((f) => f.name === name);

		const wrong = !fault ? 'no such fault'
			: differs(fault, row) === Boolean(row.why) ? ''
				: row.why ? 'a why= without a difference'
					: `must be "${fault.answer}", and there is no why=`;

		if (wrong) {
			console.log(`${v}.tsv: ${name}: ${wrong}`);
			failed++;
		}
	}
}
if (write) {
	fs.writeFileSync(PAGE, page(tables));
} else if (!fs.existsSync(PAGE) || fs.readFileSync(PAGE, 'utf8') !== page(tables)) {
	console.log(`${PAGE} is not what the tables say; tools/check-verifiers --write makes it anew`);
	failed++;
}
process.exit(failed ? 1 : 0);
