/*
 * One scenario: its failures explained, its timelines, and what a chip of
 * them says when it is chosen.
 */

function definition(pairs) {
	return h('dl', null, pairs.filter(([, v]) => v !== undefined &&
		v !== null && v !== false && v !== '').map(([k, v]) => h('div', null,
		h('dt', null, k), h('dd', null, v))));
}

function code(text) {
	return h('code', null, text);
}

function copyable(text) {
	const button = h('button', { type: 'button', class: 'quiet copy',
		onclick: () => navigator.clipboard?.writeText(text).then(() => {
			button.textContent = 'copied';
		}) }, 'copy');

	return h('span', { class: 'copyable' }, code(text), button);
}

function place(r) {
	return r.line ? `${r.file}:${r.line}${r.col ? `:${r.col}` : ''}` : '';
}

function rowsTable(rows, caption) {
	const body = rows.map((r) => h('tr', {
		class: r.ok === false ? 'wrong' : null },
	h('th', { scope: 'row' }, r.what), h('td', null, code(r.expected)),
	h('td', null, code(r.actual)),
	h('td', { class: 'mark' },
		h('span', { 'aria-hidden': 'true' }, r.ok === false ? '✗' : '✓'),
		h('span', { class: 'hidden' },
			r.ok === false ? 'differs' : 'as expected'))));

	return h('div', { class: 'scroll' }, h('table', { class: 'rows' },
		h('caption', { class: 'hidden' }, caption),
		h('thead', null, h('tr', null,
			h('th', { scope: 'col' }, ''),
			h('th', { scope: 'col' }, 'expected'),
			h('th', { scope: 'col' }, 'actual'),
			h('th', { scope: 'col' }, h('span',
				{ class: 'hidden' }, 'holds')))),
		h('tbody', null, body)));
}

function lines(title, list) {
	if (!list?.length)
		return null;
	return h('section', null, h('h3', null, title),
		h('pre', { tabindex: '0' }, list.join('\n')));
}

/* For a shell: names of rows have brackets and blanks in them. */
function againCommand(f) {
	const id = /^[\w./-]+$/.test(f.scn) ? f.scn
		: `'${f.scn.replaceAll("'", "'\\''")}'`;

	return `${index.repro}:${id}${f.step ? `:${f.step}` : ''}${
		f.seed ? ` --seed ${f.seed}` : ''}`;
}

/* The step as it stands in its file. */
function sourceLines(at) {
	const width = String(at.line + (at.source?.length || 0)).length;

	return at.source?.map((text, i) =>
		`${String(at.line + i).padStart(width)} │ ${text}`);
}

/* Why, before anything else: what was expected, what was, and where. */
function failureCard(f) {
	const must = f.ev === 'foreseen';

	return h('section', { class: must ? 'card foreseen v-pass'
		: `card failure v-${f.verdict}`,
	'aria-label': `${must ? 'Failure that must be,' : 'Failure'} in step ${
		f.step || '?'}` },
	h('h2', null, must ? `It failed as it must: ${f.reason || ''}`
		: [badge(f.verdict), ` ${f.reason || ''}`]),
	definition([
		['step', f.step],
		['where', place(f) && code(place(f))],
		['of', f.of?.length > 0 && h('span', null,
			f.of.map((row) => h('div', null, code(row))))],
	]),
	f.rows?.length ? rowsTable(f.rows, 'expected and actual') : null,
	lines('The step', sourceLines(f)),
	(f.inside || []).map((at) =>
		lines(`Inside ${place(at)}`, sourceLines(at))),
	index.repro ? h('section', null, h('h3', null, 'Play it again'),
		copyable(againCommand(f))) : null);
}

/* What else is known of it; behind the timeline, as it may be long. */
function evidenceCard(f) {
	const parts = [
		f.summary && h('p', { class: 'did' }, code(f.summary)),
		lines('Call trace', f.trace),
		lines('Events', f.events),
		lines('What changed', f.state),
		lines('Meanwhile', f.meanwhile),
	].filter(Boolean);

	return parts.length ? h('section', { class: 'card evidence',
		'aria-label': `Evidence of step ${f.step || '?'}` },
	h('h2', null, f.step ? `What happened in step ${f.step}` : 'What happened'), parts)
		: null;
}

/* --- what a chip says -------------------------------------------------------- */

const SENT_BY = {
	scenario: 'the scenario',
	operator: 'the operator’s own process',
	process: 'the process itself',
	command: 'a command of its program',
};

function argsTable(args) {
	return definition(Object.entries(args || {}).map(([k, v]) => [k,
		code(typeof v === 'object' ? JSON.stringify(v) : String(v))]));
}

/* Before, slashed, after: whose numbers they are, and why. */
function ledgerRow(name, [before, after], decimals, unit, why) {
	const cells = [before, String(BigInt(before) - BigInt(after)), after];

	return h('tr', null, h('th', { scope: 'row' }, name),
		cells.map((c) => h('td', { class: 'number' },
			`${decimal(c, decimals)}${unit && ` ${unit}`}`)),
		h('td', { class: 'dim' }, why || ''));
}

function slashTable(r, x) {
	const rule = x.wad && `ceil(${decimal(x.magnitude[0], 18)} × ${
		decimal(x.wad, 18)})`;
	const rows = [
		ledgerRow(`allocated to ${r.set}`, x.magnitude, 18, '', rule),
		ledgerRow('encumbered', x.encumbered, 18, ''),
		ledgerRow('max magnitude', x.max, 18, '', 'less by the same'),
		ledgerRow(`shares of ${r.operator}`, x.shares, x.decimals,
			x.token, `× ${decimal(x.max[1], 18)} / ${
				decimal(x.max[0], 18)}`),
		...x.stakers.map((s) => ledgerRow(s.who, s.shares, x.decimals,
			x.token, s.who === r.operator ? 'its own stake'
				: `delegated to ${r.operator}`)),
		...x.queue.map((q) => ledgerRow(`${q.who}, in the queue`,
			q.shares, x.decimals, x.token,
			`withdrawal of block ${q.since}`)),
	];

	return h('div', { class: 'scroll' }, h('table', { class: 'ledger' },
		h('caption', null, `${x.token}: ${percent(x.slashed)} of all ` +
			`that stands behind ${r.operator}`),
		h('thead', null, h('tr', null, ['', 'before', 'slashed', 'after',
			'why'].map((t) => h('th', { scope: 'col' }, t)))),
		h('tbody', null, rows)));
}

function inspectFailure(r) {
	return [h('h3', null, r.ev === 'foreseen' ? 'It failed as it must' :
		r.reason || r.verdict),
	r.rows?.length ? rowsTable(r.rows, 'expected and actual') : '',
	definition([['why', r.ev === 'foreseen' && r.reason],
		['where', code(place(r))]])];
}

const INSPECT = {
	slash: (r) => [h('h3', null, `${r.operator} is slashed in ${r.set}`),
		definition([['block', String(r.block)],
			['description', r.description]]),
		...r.strategies.filter((x) => x.slashed !== '0').map((x) =>
			slashTable(r, x)),
		index.repro ? copyable(againCommand(r).replace(' repro ',
			' explain ')) : ''],
	tx: (r) => [h('h3', null, `${r.actor}: ${shortCall(r.call)}`),
		definition([
			['result', r.ok ? 'mined' : r.expected
				? 'reverted, as expected' : 'reverted'],
			['error', r.error && code(r.error)],
			['call', code(r.call)],
			['sent by', SENT_BY[r.by] || r.by],
			['block', String(r.block)],
			['gas', number(r.gas)],
			['transaction', copyable(r.tx)],
		]), lines('Calls', r.calls) || ''],
	event: (r) => [h('h3', null, `${r.contract}.${r.event}`),
		definition([['block', String(r.block)]]), argsTable(r.args)],
	said: (r) => [h('h3', null, `${r.actor} says`), argsTable(r.said)],
	process: (r) => [h('h3', null, `${r.actor}: ${r.what}`),
		definition([['block', String(r.block)]])],
	heartbeat: (r) => [h('h3', null, `${r.actor}’s heartbeat ${r.sequence}`),
		definition([['result', r.ok ? 'taken' : 'refused'],
			['code', r.code], ['error', r.error && code(r.error)],
			['names block', String(r.block)]])],
	fault: (r) => [h('h3', null, `${r.actor}: ${r.fault
		? `fault ${r.fault}` : 'mended'}`), definition([['block', String(r.block)]])],
	'step.end': (r) => [h('h3', null, `Checks of step ${r.step}`),
		rowsTable(r.checks, `checks of step ${r.step}`)],
	failure: inspectFailure,
	foreseen: inspectFailure,
};

function inspectStep(step) {
	const ends = [...step.inner, ...(step.end ? [step.end] : [])];

	return [h('h3', null, `Step ${step.key}`),
		...ends.map((r) => h('div', { class: 'substep' },
			definition([
				['step', r.step],
				['does', code(r.summary)],
				['where', code(place(r))],
				['verdict', VERDICTS[r.verdict]?.name ||
					'played again for each row'],
				['took', seconds(r.ms)],
			]),
			r.checks.length ? rowsTable(r.checks,
				`checks of step ${r.step}`) : null))];
}

/* A panel that shows what was chosen last among its timelines. */
function inspector() {
	const panel = h('div', { class: 'inspector', 'aria-live': 'polite' });
	let chosen = null;

	return { panel, inspect(r, from) {
		chosen?.setAttribute('aria-pressed', 'false');
		chosen = from;
		from.setAttribute('aria-pressed', 'true');
		panel.replaceChildren(...(r.ev ? INSPECT[r.ev](r)
			: inspectStep(r)));
	} };
}

/* --- timelines ----------------------------------------------------------------- */

function segmentView(play, segment, actors, name) {
	const last = play.segments.at(-1) === segment;
	const t = readTimeline(segment, last ? [...play.failures,
		...play.foreseen] : [],
		segment.block, actors);
	const { panel, inspect } = inspector();

	if (!t.steps.length)
		return null;
	return h('section', { class: 'segment' },
		segment.title ? h('h3', null, segment.title) : null,
		timeline(t, `Timeline of ${name}${segment.title &&
			`, ${segment.title}`}: steps and blocks across, ` +
			'actors down', inspect), panel);
}

/* A long timeline opens where it failed. The names of its steps stay in sight
 * beside those of its lanes, whose width only the browser knows. */
function settle(holder) {
	const chipOf = holder.querySelector('button.chip.failure');
	const box = chipOf?.closest('.scroll');

	for (const table of holder.querySelectorAll('.timeline'))
		table.style.setProperty('--lane',
			`${table.rows[0].cells[0].offsetWidth}px`);
	if (box)
		box.scrollLeft = chipOf.closest('td').offsetLeft -
			box.clientWidth / 2;
}

/* Timelines are made when their play is chosen, once: the model is changed
 * by placing failures. */
function playsView(data, name) {
	const holder = h('div', null);
	const made = new Map();
	const tabs = data.plays.map((p, i) => h('button', { type: 'button',
		class: `chip tab${p.failures.length ? ' failure' : ''}`,
		'aria-pressed': 'false', onclick: () => show(i) },
	playName(p, i)));

	function show(i) {
		const play = data.plays[i];

		tabs.forEach((t, k) => t.setAttribute('aria-pressed',
			String(k === i)));
		if (!made.has(i))
			made.set(i, play.segments.map((s) => segmentView(play,
				s, data.start.actors || [], name))
				.filter(Boolean));
		holder.replaceChildren(...made.get(i));
		requestAnimationFrame(() => settle(holder));
	}

	if (data.plays.length) {
		const failing = data.plays.findIndex((p) => p.failures.length);

		show(failing < 0 ? 0 : failing);
	}
	return h('section', { class: 'card', 'aria-label': 'Timeline' },
		h('h2', null, 'Timeline'),
		h('p', { class: 'dim' }, 'Choose anything in it to see what is ' +
			'behind it. Arrow keys move.'),
		tabs.length > 1 ? h('div', { class: 'tabs', role: 'group',
			'aria-label': 'Plays' }, tabs) : null,
		holder, legend());
}

function legend() {
	const kinds = [['tx', '→', 'transaction'], ['tx refused', '↩', 'reverted, as expected'],
		['tx bad', '↩', 'reverted'], ['slash', '✂', 'slashed'],
		['event', '◆', 'event'], ['said', '“', 'operator says'],
		['said', '♥', 'heartbeat'],
		['process', '■', 'process'], ['fault', '⚡', 'fault'],
		['check', '✓', 'checks'], ['failure', '✗', 'failure']];

	return h('p', { class: 'legend', 'aria-hidden': 'true' },
		kinds.map(([kind, icon, label]) => h('span', null,
			h('span', { class: `chip ${kind}` },
				h('span', { class: 'icon' }, icon)), label)),
		h('span', null, h('span', { class: 'swatch down' }), 'not running'),
		h('span', null, h('span', { class: 'swatch faulty' }),
			'with a fault'));
}

function scenarioView(s) {
	const data = readScenario(s);
	const explained = [...data.failures, ...data.foreseen];

	return [
		h('a', { class: 'back', href: '#' }, '‹ all scenarios'),
		h('header', { class: 'title' },
			h('p', { class: 'path' }, s.key),
			h('h1', null, badge(s.verdict), ' ', s.title || s.name),
			data.start.why ? h('p', { class: 'why' },
				`Why: ${data.start.why}`) : null,
			definition([
				['file', place(data.start) &&
					code(place(data.start))],
				['world', data.start.world],
				['took', seconds(s.ms)],
				['seed', data.start.seed],
				['tags', s.tags?.join(', ')],
				['reason', data.failures.length ? '' : s.reason],
			])),
		...explained.map(failureCard),
		data.plays.length ? playsView(data, s.key) : h('p',
			{ class: 'card dim' }, 'Nothing of it was played.'),
		...explained.map(evidenceCard).filter(Boolean),
	];
}
