'use strict';

/*
 * The run as the page sees it: the index, and a scenario's records as plays,
 * segments, steps and moments. Nothing here touches the document but to read
 * the data blocks.
 */

const VERDICTS = {
	error: { icon: '!', name: 'error' },
	fail: { icon: '✗', name: 'failed' },
	timeout: { icon: '◷', name: 'timed out' },
	skip: { icon: '–', name: 'skipped' },
	pass: { icon: '✓', name: 'passed' },
};

function dataBlock(id) {
	return document.getElementById(id).textContent;
}

function readIndex() {
	const index = JSON.parse(dataBlock('index'));

	index.scenarios.forEach((s, i) => {
		s.folder = s.id.includes('/') ? s.id.replace(/\/[^/]*$/, '') : '';
		s.name = s.id.slice(s.folder ? s.folder.length + 1 : 0);
		s.order = i;
	});
	return index;
}

/* Everything a scenario's records say can be searched, as it is written; three
 * characters are not, so that no data ends its block. */
function searchText(s) {
	s.text ??= `${s.key}\n${s.title}\n${dataBlock(`s${s.n}`)}`
		.replace(/\\u00(3c|3e|26)/g, (_, code) =>
			String.fromCharCode(parseInt(code, 16)))
		.toLowerCase();
	return s.text;
}

/* --- a scenario ------------------------------------------------------------ */

function newSegment(title, prefix, block) {
	return { title, prefix, block, steps: [] };
}

function newPlay(record) {
	return {
		rows: record ? record.rows : [],
		segments: [newSegment('', '', record ? record.block : 0)],
		failures: [],
		foreseen: [], /* as `fails:` wants them */
		end: '',
	};
}

/* The step of this segment that a number belongs to: "4" of "4.1". */
function keyOf(segment, number) {
	const skip = segment.prefix && number.startsWith(`${segment.prefix}.`)
		? segment.prefix.split('.').length : 0;

	return number.split('.').slice(0, skip + 1).join('.');
}

function stepFor(segment, number) {
	const key = keyOf(segment, number);
	let step = segment.steps.at(-1);

	if (!step || step.key !== key || step.end) {
		step = { key, end: null, inner: [], items: [] };
		segment.steps.push(step);
	}
	return step;
}

/* A revert that the step wanted is no bad news. */
function markExpected(step, r) {
	if (!r.checks.some((c) => c.what.startsWith('reverts')))
		return;
	for (const tx of step.items)
		if (tx.ev === 'tx' && tx.step === r.step)
			tx.expected = true;
}

function takeStepEnd(play, r) {
	let segment = play.segments.at(-1);

	/* The branch itself ends: its rows are over. */
	if (r.step === segment.prefix) {
		segment = newSegment('After the rows', '', r.block);
		play.segments.push(segment);
	}
	const step = stepFor(segment, r.step);

	play.end = r.verdict;
	markExpected(step, r);
	if (r.step === step.key)
		step.end = r;
	else
		step.inner.push(r);
	if (r.checks.length)
		step.items.push(r);
}

function takeRecord(play, r) {
	if (r.ev === 'row.start')
		play.segments.push(newSegment(
			`Step ${r.step}: row ${r.row} of ${r.of}`, r.step,
			r.block));
	else if (r.ev === 'failure')
		play.failures.push(r);
	else if (r.ev === 'foreseen')
		play.foreseen.push(r);
	else if (r.ev === 'step.end')
		takeStepEnd(play, r);
	else if (r.ev === 'trace')
		stepFor(play.segments.at(-1), r.step).items.filter((tx) =>
			tx.ev === 'tx' && tx.tx === r.tx).forEach((tx) => {
			tx.calls = r.calls;
		});
	/* Requests of --trace are too many for a picture. */
	else if (r.step !== undefined && r.ev !== 'rpc')
		stepFor(play.segments.at(-1), r.step).items.push(r);
}

function readScenario(s) {
	const { start, records } = JSON.parse(dataBlock(`s${s.n}`));
	const plays = [];

	for (const r of records) {
		if (r.ev === 'play.start') {
			plays.push(newPlay(r));
			continue;
		}
		if (!plays.length)
			plays.push(newPlay(null));
		takeRecord(plays.at(-1), r);
	}
	return { start, plays, failures: plays.flatMap((p) => p.failures),
		foreseen: plays.flatMap((p) => p.foreseen) };
}

/* What a play was for, where a scenario needed several. */
function playName(play, i) {
	const rows = play.rows.map((r) => (r === null ? 'behind' : `row ${r}`));

	if (play.end === 'again')
		return `${i + 1}: to the branch`;
	return rows.length ? `${i + 1}: ${rows.join(', ')}` : `play ${i + 1}`;
}

/* --- a timeline ------------------------------------------------------------- */

const DOWN = { stop: 'stopped', kill: 'killed', pause: 'paused' };

function laneOf(r) {
	if (['step.end', 'failure', 'foreseen'].includes(r.ev))
		return 'checks';
	if (r.ev === 'slash')
		return r.operator;
	return r.ev === 'event' ? `@${r.contract}` : r.actor;
}

/* Where it stands, after block @at. The block that a heartbeat names is long
 * past when somebody judges it. */
function blockOf(r, at) {
	return r.ev === 'heartbeat' ? at : r.block ?? r.said?.block ?? at;
}

/* A step's columns: each block in which it did something, at least one. */
function columnsOf(step, from) {
	const cells = new Map();
	let at = from;

	for (const r of step.items) {
		const block = blockOf(r, at);

		at = Math.max(at, block);
		if (!cells.has(block))
			cells.set(block, []);
		cells.get(block).push(r);
	}
	if (step.end && step.end.block > at)
		at = step.end.block;
	if (!cells.size || step.end?.block > Math.max(...cells.keys()))
		cells.set(at, []);
	return [...cells].sort((a, b) => a[0] - b[0]);
}

function lanesOf(columns, actors) {
	const used = new Set(columns.flatMap((c) => c.items.map(laneOf)));
	const lanes = [];
	const add = (id, name, kind, tee) => {
		lanes.push({ id, name, kind, tee });
		used.delete(id);
	};

	for (const a of actors)
		if (a.kind !== 'role' || used.has(a.name))
			add(a.name, a.name, a.kind, a.tee);
	for (const id of [...used])
		if (id !== 'checks' && !id.startsWith('@'))
			add(id, id, 'other');
	add('checks', 'checks', 'checks');
	for (const id of [...used])
		add(id, id.slice(1) || 'unnamed contract', 'contract');
	return lanes;
}

/* Which lanes are down or faulty in which column. */
function markBands(columns) {
	const down = new Map(), faults = new Map();

	for (const c of columns) {
		for (const r of c.items) {
			if (r.ev === 'process' && DOWN[r.what])
				down.set(r.actor, DOWN[r.what]);
			else if (r.ev === 'process')
				down.delete(r.actor);
			else if (r.ev === 'fault' && r.fault)
				faults.set(r.actor, r.fault);
			else if (r.ev === 'fault')
				faults.delete(r.actor);
		}
		c.down = new Map(down);
		c.faults = new Map(faults);
	}
}

/* A failure, one that must be too, stands where its step ended. */
function placeFailure(steps, failure) {
	const at = steps.findLast((s) => failure.step === s.key ||
		failure.step?.startsWith(`${s.key}.`)) || steps.at(-1);

	const must = failure.ev === 'foreseen';

	if (!at)
		return;
	for (const tx of at.items)
		if (must && tx.ev === 'tx' && tx.step === failure.step)
			tx.expected = true;
	at.items.push({ ...failure, block: undefined });
	at[must ? 'foreseen' : 'failed'] = failure.verdict;
}

function readTimeline(segment, failures, from, actors) {
	const columns = [];
	let at = from;

	for (const f of failures)
		placeFailure(segment.steps, f);
	for (const step of segment.steps) {
		const cells = columnsOf(step, at);

		step.columns = 0;
		for (const [block, items] of cells) {
			if (block > at + 1) {
				columns.push({ gap: block - at - 1, step,
					items: [] });
				step.columns++;
			}
			columns.push({ block, step, items });
			step.columns++;
			at = Math.max(at, block);
		}
	}
	markBands(columns);
	return { steps: segment.steps, columns, end: at,
		lanes: lanesOf(columns, actors) };
}
