/*
 * The page around a scenario: totals, the list with its search and filters,
 * the overview, and which of them the address asks for.
 */

const index = readIndex();
const byKey = new Map(index.scenarios.map((s) => [s.key, s]));
const el = Object.fromEntries(['run', 'totals', 'theme', 'search', 'filters',
	'shown', 'sort', 'list', 'main', 'skip', 'says'].map((id) => [id,
	document.getElementById(id)]));
const chosen = new Set(); /* verdicts to show; none: all */
let rows = [];		  /* of the list, as shown */
let current = null;

function countBy(list) {
	const counts = Object.fromEntries(Object.keys(VERDICTS).map((v) =>
		[v, 0]));

	for (const s of list)
		counts[s.verdict]++;
	return counts;
}

function countText(counts) {
	return Object.entries(counts).filter(([, n]) => n).map(([v, n]) =>
		`${number(n)} ${VERDICTS[v].name}`).join(', ') ||
		'no scenarios';
}

function bar(counts, total) {
	return h('span', { class: 'bar', 'aria-hidden': 'true' },
		Object.entries(counts).filter(([, n]) => n).map(([v, n]) => {
			const part = h('span', { class: `v-${v}` });

			part.style.flexGrow = String(Math.max(n, total / 100));
			return part;
		}));
}

/* --- the list -------------------------------------------------------------------- */

const ORDERS = {
	first: (a, b) => a.order - b.order,
	name: (a, b) => (a.key < b.key ? -1 : 1),
	slow: (a, b) => b.ms - a.ms,
};

function listRow(s) {
	return h('li', null, h('a', { href: `#${encodeURI(s.key)}`,
		class: `v-${s.verdict}`, 'data-key': s.key },
	h('span', { class: 'icon', 'aria-hidden': 'true' },
		VERDICTS[s.verdict].icon),
	h('span', { class: 'hidden' }, `${VERDICTS[s.verdict].name}: `),
	h('span', { class: 'names' },
		h('span', { class: 'id' },
			s.folder ? h('span', { class: 'dim' }, `${s.folder}/`)
				: null, s.key.slice(s.folder ? s.folder.length +
				1 : 0)),
		h('span', { class: 'sub' }, s.verdict === 'pass' || !s.reason
			? s.title : s.reason),
		/* A pass has a reason if it failed as it must. */
		s.verdict === 'pass' && s.reason
			? h('span', { class: 'sub' }, s.reason) : null),
	h('span', { class: 'ms' }, seconds(s.ms))));
}

function showList() {
	const words = el.search.value.toLowerCase().split(/\s+/)
		.filter(Boolean);

	rows = index.scenarios.filter((s) => !chosen.size ||
		chosen.has(s.verdict)).filter((s) => words.every((w) =>
		searchText(s).includes(w))).sort(ORDERS[el.sort.value]);
	el.list.replaceChildren(...rows.map(listRow));
	el.shown.textContent = `${number(rows.length)} of ${
		number(index.scenarios.length)}`;
	markCurrent();
}

function markCurrent() {
	el.list.querySelector('[aria-current]')
		?.removeAttribute('aria-current');
	if (!current)
		return;
	const link = el.list.querySelector(
		`[data-key="${CSS.escape(current.key)}"]`);

	link?.setAttribute('aria-current', 'page');
	link?.scrollIntoView({ block: 'nearest' });
}

function showFilters() {
	const counts = countBy(index.scenarios);

	el.filters.replaceChildren(...Object.entries(counts).filter(([, n]) => n)
		.map(([v, n]) => h('button', { type: 'button',
			class: `filter v-${v}`, 'aria-pressed': 'false',
			onclick: (e) => {
				if (!chosen.delete(v))
					chosen.add(v);
				e.currentTarget.setAttribute('aria-pressed',
					String(chosen.has(v)));
				showList();
			} },
		h('span', { 'aria-hidden': 'true' }, VERDICTS[v].icon),
		` ${VERDICTS[v].name} `, h('b', null, number(n)))));
}

/* --- the overview ------------------------------------------------------------------ */

function tile(s) {
	return h('a', { href: `#${encodeURI(s.key)}`,
		class: `tile v-${s.verdict}`,
		title: `${s.key}: ${VERDICTS[s.verdict].name}` },
	h('span', { 'aria-hidden': 'true' }, VERDICTS[s.verdict].icon),
	h('span', { class: 'hidden' },
		`${s.key}: ${VERDICTS[s.verdict].name}`));
}

function folderRow(name, list) {
	return h('tr', null,
		h('th', { scope: 'row' }, name || 'scenarios'),
		h('td', null, countText(countBy(list))),
		h('td', { class: 'ms' }, seconds(list.reduce((sum, s) =>
			sum + s.ms, 0))),
		h('td', null, h('div', { class: 'tiles' }, list.map(tile))));
}

function headline(counts, wrong, total) {
	if (!total)
		return 'No scenario was played';
	if (wrong)
		return `${number(wrong)} of ${number(total)} scenarios need a look`;
	if (!counts.pass)
		return `No scenario passed, ${number(counts.skip)} were skipped`;
	return `${number(counts.pass)} scenario${counts.pass === 1 ? '' : 's'} ` +
		`passed${counts.skip ? `, ${number(counts.skip)} were skipped`
			: ''}`;
}

function overview() {
	const folders = new Map();
	const counts = countBy(index.scenarios);
	const total = index.scenarios.length;
	const wrong = index.scenarios.filter((s) => ['error', 'fail',
		'timeout'].includes(s.verdict));

	for (const s of [...index.scenarios].sort(ORDERS.name))
		folders.set(s.folder, [...folders.get(s.folder) || [], s]);
	return [
		h('header', { class: 'title' },
			h('h1', null, headline(counts, wrong.length, total)),
			definition([['took', index.ms ? seconds(index.ms) : ''],
				['seed', index.seed],
				['journals', index.runs > 1 ?
					String(index.runs) : '']]),
			bar(counts, total)),
		wrong.length ? h('section', { class: 'card' },
			h('h2', null, wrong.length > 12 ? 'The first twelve'
				: 'Why'),
			h('ul', { class: 'wrong' }, wrong.slice(0, 12).map((s) =>
				h('li', null, badge(s.verdict), ' ',
					h('a', { href: `#${encodeURI(s.key)}` },
						s.key),
					h('span', { class: 'dim' },
						` ${s.reason}`))))) : null,
		total ? h('section', { class: 'card' }, h('h2', null, 'By folder'),
			h('div', { class: 'scroll' }, h('table',
				{ class: 'folders' },
				h('caption', { class: 'hidden' },
					'Scenarios by folder'),
				h('thead', { class: 'hidden' }, h('tr', null,
					['folder', 'verdicts', 'time',
						'scenarios'].map((t) => h('th',
						{ scope: 'col' }, t)))),
				h('tbody', null, [...folders].map(([n, l]) =>
					folderRow(n, l)))))) : null,
	].filter(Boolean);
}

/* --- what the address asks for --------------------------------------------------- */

/* An address that was cut short may be none. */
function asked() {
	try {
		return decodeURI(location.hash.slice(1));
	} catch {
		return '';
	}
}

function route(move) {
	current = byKey.get(asked()) || null;
	el.main.replaceChildren(...(current ? scenarioView(current)
		: overview()));
	document.title = current ? `${current.key} · avsbed`
		: `${countText(countBy(index.scenarios))} · avsbed`;
	document.body.classList.toggle('one', Boolean(current));
	markCurrent();
	if (move) {
		el.says.textContent = current ? `${
			VERDICTS[current.verdict].name}: ${current.title ||
			current.key}` : 'Overview';
		window.scrollTo(0, 0);
		el.main.scrollTo(0, 0);
	}
}

function step(by) {
	const at = rows.indexOf(current);
	const to = rows[current && at >= 0 ? at + by : 0];

	if (to)
		location.hash = encodeURI(to.key);
}

const KEYS = {
	'/': () => el.search.focus(),
	j: () => step(1),
	k: () => step(-1),
	Escape: () => {
		location.hash = '';
	},
};

function onKey(e) {
	if (e.ctrlKey || e.metaKey || e.altKey)
		return;
	if (e.target.matches('input, select')) {
		if (e.key === 'Escape')
			e.target.blur();
		return;
	}
	if (KEYS[e.key]) {
		e.preventDefault();
		KEYS[e.key]();
	}
}

/* --- dark and light ----------------------------------------------------------------- */

const THEMES = ['system', 'light', 'dark'];

/* Some browsers keep nothing for a file; the choice then lasts for the visit. */
function stored(value) {
	try {
		if (value === undefined)
			return localStorage.getItem('avsbed-theme');
		localStorage.setItem('avsbed-theme', value);
	} catch {
		/* as said */
	}
	return null;
}

function setTheme(name) {
	const theme = THEMES.includes(name) ? name : 'system';

	document.documentElement.dataset.theme = theme;
	el.theme.textContent = `Theme: ${theme}`;
}

/* --- start ---------------------------------------------------------------------------- */

function start() {
	const counts = countBy(index.scenarios);

	setTheme(stored());
	el.theme.addEventListener('click', () => {
		const now = document.documentElement.dataset.theme;

		setTheme(THEMES[(THEMES.indexOf(now) + 1) % THEMES.length]);
		stored(document.documentElement.dataset.theme);
	});
	el.run.textContent = index.seed ? `seed ${index.seed}${
		index.ms ? `, ${seconds(index.ms)}` : ''}` : '';
	el.totals.setAttribute('aria-label', countText(counts));
	el.totals.append(h('span', { 'aria-hidden': 'true' },
		countText(counts)), bar(counts, index.scenarios.length));
	showFilters();
	showList();
	route(false);
	/* The address names a scenario, so this link leads nowhere else. */
	el.skip.addEventListener('click', (e) => {
		e.preventDefault();
		el.main.focus();
	});
	el.search.addEventListener('input', showList);
	el.sort.addEventListener('change', showList);
	window.addEventListener('hashchange', () => route(true));
	document.addEventListener('keydown', onKey);
}

start();
