/*
 * A timeline is a table: steps and their blocks are columns, actors are rows,
 * so that what is seen can also be read aloud. All text from the journal
 * becomes text nodes; no markup is ever made of it.
 */

function h(tag, props, ...children) {
	const el = document.createElement(tag);

	for (const [name, value] of Object.entries(props || {})) {
		if (value === undefined || value === null || value === false)
			continue;
		if (name.startsWith('on'))
			el.addEventListener(name.slice(2), value);
		else
			el.setAttribute(name, value === true ? '' : value);
	}
	el.append(...children.flat().filter((c) => c !== null &&
		c !== undefined));
	return el;
}

function number(n) {
	return Number(n).toLocaleString('en-GB').replaceAll(',', '\u202f');
}

function seconds(ms) {
	return ms < 1000 ? `${ms}\u202fms` : `${(ms / 1000).toFixed(1)}\u202fs`;
}

function badge(verdict) {
	const v = VERDICTS[verdict] || VERDICTS.error;

	return h('span', { class: `badge v-${verdict}` },
		h('span', { 'aria-hidden': 'true' }, v.icon), ` ${v.name}`);
}

/* "slaOracle.report" of "send slaOracle.report(1) as carol". */
function shortCall(call) {
	const name = call.replace(/^(send|call|run) /, '').split('(')[0];

	return name.includes('.') ? name.split('.').at(-1) : name;
}

function saidText(said) {
	const { event, id, what } = said;

	return [event, what, id].filter((x) => x !== undefined).join(' ');
}

/* --- whole numbers as text, exactly ------------------------------------------- */

function decimal(digits, decimals) {
	const less = digits.startsWith('-');
	const all = digits.slice(less ? 1 : 0).padStart(decimals + 1, '0');
	const whole = all.slice(0, all.length - decimals);
	const part = all.slice(all.length - decimals).replace(/0+$/, '');

	return `${less ? '-' : ''}${whole}${part && `.${part}`}`;
}

/* A part of 1e18, in per cent. */
function percent(wad) {
	return `${decimal(wad, 16)}\u202f%`;
}

function slashText(r) {
	return r.strategies.filter((x) => x.slashed !== '0').map((x) =>
		`−${percent(x.slashed)} ${x.token}`).join(', ') || 'nothing';
}

/* What each kind of record looks like in a lane: class, icon, label, words. */
const CHIPS = {
	tx: (r) => ({ kind: r.ok ? 'tx' : `tx ${r.expected ? 'refused' : 'bad'}`,
		icon: r.ok ? '→' : '↩',
		label: shortCall(r.call) || 'transaction',
		say: r.ok ? 'transaction' : `reverted transaction${
			r.expected ? ', as expected' : ''}` }),
	slash: (r) => ({ kind: 'slash', icon: '✂', label: slashText(r),
		say: 'slashed' }),
	event: (r) => ({ kind: 'event', icon: '◆', label: r.event || 'event',
		say: 'event' }),
	said: (r) => ({ kind: 'said', icon: '“', label: saidText(r.said),
		say: 'operator says' }),
	heartbeat: (r) => ({ kind: r.ok ? 'said' : 'tx refused', icon: '♥',
		label: `${r.sequence}${r.ok ? '' : `: ${r.code || 'refused'}`}`,
		say: r.ok ? 'heartbeat' : 'refused heartbeat' }),
	process: (r) => ({ kind: 'process', label: r.what, say: 'process',
		icon: { start: '▶', resume: '▶', pause: '‖' }[r.what] || '■' }),
	fault: (r) => ({ kind: 'fault', icon: '⚡',
		label: r.fault || 'mended', say: 'fault' }),
	'step.end': (r) => ({ kind: 'check', icon: '✓',
		label: `${r.checks.length}`,
		say: `checks that hold after step ${r.step}:` }),
	failure: (r) => ({ kind: 'failure', icon: '✗', label: r.verdict,
		say: 'failure:' }),
	foreseen: () => ({ kind: 'check', icon: '✗', label: 'as it must',
		say: 'failed' }),
};

function chip(r, inspect) {
	const c = CHIPS[r.ev]?.(r);

	if (!c)
		return null;
	return h('button', { type: 'button', class: `chip ${c.kind}`,
		tabindex: '-1', title: c.label, 'aria-pressed': 'false',
		onclick: (e) => inspect(r, e.currentTarget) },
	h('span', { class: 'icon', 'aria-hidden': 'true' }, c.icon),
	h('span', { class: 'hidden' }, `${c.say} `),
	h('span', { class: 'label' }, c.label));
}

function stepHead(step, inspect) {
	const must = !step.failed && step.foreseen;
	const verdict = must ? 'pass' : step.failed || step.end?.verdict ||
		'error';
	const name = step.end?.text || step.inner.at(-1)?.text || 'step';
	const icon = verdict === 'again' ? '↻' : VERDICTS[verdict].icon;

	return h('th', { scope: 'colgroup', colspan: step.columns,
		class: `step v-${verdict}` },
	h('button', { type: 'button', class: 'chip head', tabindex: '-1',
		'aria-pressed': 'false', title: step.end?.summary || name,
		onclick: (e) => inspect(step, e.currentTarget) },
	h('span', { class: 'hidden' }, `step ${step.key} `),
	h('span', { class: 'no', 'aria-hidden': 'true' }, step.key),
	h('span', { class: 'label' }, name),
	h('span', { class: 'mark', 'aria-hidden': 'true' }, icon),
	h('span', { class: 'hidden' },
		must ? ' failed as it must'
			: ` ${VERDICTS[verdict]?.name || verdict}`)));
}

function first(columns, i) {
	return i === 0 || columns[i - 1].step !== columns[i].step;
}

function blockHead(c, i, columns) {
	const edge = first(columns, i) ? ' edge' : '';

	if (c.gap)
		return h('th', { class: `gap${edge}` },
			h('span', { class: 'hidden' }, 'then '),
			number(c.gap),
			h('span', { class: 'hidden' }, ' quiet blocks'));
	return h('th', { scope: 'col', class: `block${edge}` }, `${c.block}`);
}

function cell(c, i, columns, lane, inspect) {
	const down = c.down.get(lane.id), fault = c.faults.get(lane.id);
	const classes = [c.gap ? 'gap' : '', first(columns, i) ? 'edge' : '',
		down ? 'down' : '', fault ? 'faulty' : ''];
	const mine = c.items.filter((r) => laneOf(r) === lane.id);

	return h('td', { class: classes.join(' ').trim() || null,
		title: down || (fault && `fault: ${fault}`) },
	mine.map((r) => chip(r, inspect)),
	(down || fault) && !mine.length ? h('span', { class: 'hidden' },
		down || `fault: ${fault}`) : null);
}

const LANE_ICONS = { operator: '◉', process: '◎', role: '○', other: '○', contract: '▤',
	checks: '✓' };

function laneRow(lane, columns, inspect) {
	return h('tr', { class: `lane ${lane.kind}` },
		h('th', { scope: 'row' },
			h('span', { class: 'icon', 'aria-hidden': 'true' },
				LANE_ICONS[lane.kind]),
			h('span', { class: 'who' }, lane.name),
			lane.tee ? h('span', { class: 'tee' }, lane.tee) : null),
		columns.map((c, i) => cell(c, i, columns, lane, inspect)));
}

/* --- the keyboard: one tab stop, arrows between chips ----------------------- */

function nearest(chips, from, ahead, across) {
	const here = from.getBoundingClientRect();
	const at = (r) => [r.left + r.width / 2, r.top + r.height / 2];
	const [x, y] = at(here);
	let best = null, least = Infinity;

	for (const el of chips) {
		const [ex, ey] = at(el.getBoundingClientRect());
		const far = ahead(ex - x, ey - y);

		if (far <= 1)
			continue;
		const cost = far + 3 * Math.abs(across(ex - x, ey - y));

		if (cost < least)
			[best, least] = [el, cost];
	}
	return best;
}

const ARROWS = {
	ArrowRight: [(dx) => dx, (dx, dy) => dy],
	ArrowLeft: [(dx) => -dx, (dx, dy) => dy],
	ArrowDown: [(dx, dy) => dy, (dx) => dx],
	ArrowUp: [(dx, dy) => -dy, (dx) => dx],
};

function rove(table) {
	const chips = [...table.querySelectorAll('.chip')];

	if (chips.length)
		chips[0].tabIndex = 0;
	table.addEventListener('focusin', (e) => {
		if (!e.target.matches('.chip'))
			return;
		for (const c of chips)
			c.tabIndex = c === e.target ? 0 : -1;
	});
	table.addEventListener('keydown', (e) => {
		const arrow = ARROWS[e.key];
		const to = arrow && e.target.matches('.chip') &&
			nearest(chips, e.target, ...arrow);

		if (!to)
			return;
		e.preventDefault();
		to.focus();
		to.scrollIntoView({ block: 'nearest', inline: 'nearest' });
	});
}

function timeline(t, caption, inspect) {
	const table = h('table', { class: 'timeline' },
		h('caption', { class: 'hidden' }, caption),
		h('thead', null,
			h('tr', null, h('th', { scope: 'row' }, 'step'),
				t.steps.map((s) => stepHead(s, inspect))),
			h('tr', null, h('th', { scope: 'row' }, 'block'),
				t.columns.map(blockHead))),
		h('tbody', null,
			t.lanes.map((l) => laneRow(l, t.columns, inspect))));

	rove(table);
	return h('div', { class: 'scroll', role: 'region', tabindex: '0',
		'aria-label': caption }, table);
}
