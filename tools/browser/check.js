'use strict';

/*
 * check.js REAL MUST BIG: opens HTML reports in chromium, without a window, and
 * asks the pages what they show. Speaks DevTools over a pipe, one NUL after
 * each message. Prints a line for each test and the counts last.
 */
const { spawn } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');

const DEADLINE_MS = 60000;
const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'avsbed-browser-'));
const shots = process.env.SCREENSHOTS; /* a folder to keep pictures in */
let passed = 0, failed = 0;

function test(what, ok, seen) {
	if (ok)
		passed++;
	else
		failed++;
	console.log(`  ${ok ? 'ok      ' : 'FAILED  '} ${what}${ok ? ''
		: `: ${JSON.stringify(seen)}`}`);
}

class Browser {
	constructor() {
		/* Its own sandbox needs a kernel that lets it; pages are ours. */
		this.child = spawn('chromium', ['--headless', '--no-sandbox',
			'--remote-debugging-pipe', '--disable-gpu',
			'--disable-dev-shm-usage', '--window-size=1400,900',
			`--user-data-dir=${profile}`, 'about:blank'],
		{ stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] });
		this.child.stderr.resume();
		/*
		 * Its own children write into the profile until they notice, and
		 * each has its stderr: once all are gone, that closes.
		 */
		this.gone = new Promise((resolve) => this.child.on('close', resolve));
		this.waiting = new Map();
		this.events = [];
		this.next = 1;
		let rest = '';

		this.child.stdio[4].on('data', (data) => {
			const parts = (rest + data).split('\0');

			rest = parts.pop();
			parts.forEach((text) => this.take(JSON.parse(text)));
		});
	}

	take(message) {
		const done = this.waiting.get(message.id);

		if (!done) {
			this.events.push(message);
			this.onEvent?.(message);
			return;
		}
		this.waiting.delete(message.id);
		done(message);
	}

	send(method, params = {}) {
		const id = this.next++;
		const message = { id, method, params };

		if (this.session)
			message.sessionId = this.session;
		this.child.stdio[3].write(`${JSON.stringify(message)}\0`);
		return new Promise((resolve, reject) => {
			this.waiting.set(id, (m) => (m.error
				? reject(new Error(`${method}: ${m.error.message}`))
				: resolve(m.result)));
		});
	}

	/* Ends it, if it has not ended by itself. */
	end() {
		this.child.kill('SIGKILL');
		return this.gone;
	}

	async attach() {
		const { targetInfos } = await this.send('Target.getTargets');
		const { targetId } = targetInfos.find((t) => t.type === 'page');
		const { sessionId } = await this.send('Target.attachToTarget',
			{ targetId, flatten: true });

		this.session = sessionId;
		for (const domain of ['Page', 'Runtime', 'Log', 'Network',
			'Accessibility'])
			await this.send(`${domain}.enable`);
	}

	async open(file) {
		const loaded = new Promise((resolve) => {
			this.onEvent = (m) => m.method === 'Page.loadEventFired' &&
				resolve();
		});

		this.events = [];
		await this.send('Page.navigate', { url: `file://${file}` });
		await loaded;
	}

	/* The value of an expression in the page, two frames later. */
	async ask(expression) {
		const { result, exceptionDetails } = await this.send(
			'Runtime.evaluate', { expression: `(async () => { await new
			Promise((r) => requestAnimationFrame(() => setTimeout(r)));
			return ${expression}; })()`, awaitPromise: true,
			returnByValue: true });

		if (exceptionDetails)
			throw new Error(`${expression}: ${exceptionDetails.exception
				?.description}`);
		return result.value;
	}

	async press(key) {
		const text = key.length === 1 ? key : undefined;

		await this.send('Input.dispatchKeyEvent',
			{ type: 'keyDown', key, text });
		await this.send('Input.dispatchKeyEvent', { type: 'keyUp', key });
	}

	async size(width, height) {
		await this.send('Emulation.setDeviceMetricsOverride',
			{ width, height, deviceScaleFactor: 1, mobile: false });
	}

	async picture(name) {
		if (!shots)
			return;
		const { data } = await this.send('Page.captureScreenshot');

		fs.writeFileSync(path.join(shots, `${name}.png`), data, 'base64');
	}

	/* Requests that leave the page, and whatever complained. */
	trouble() {
		const asked = this.events.filter((m) =>
			m.method === 'Network.requestWillBeSent' &&
			!/^(file|data|about):/.test(m.params.request.url));
		const said = this.events.filter((m) =>
			['Runtime.exceptionThrown', 'Runtime.consoleAPICalled',
				'Log.entryAdded', 'Page.javascriptDialogOpening']
				.includes(m.method));

		return [...asked.map((m) => m.params.request.url),
			...said.map((m) => m.params)];
	}
}

const COUNT = (selector) =>
	`document.querySelectorAll(${JSON.stringify(selector)}).length`;
const TEXT = (selector) =>
	`document.querySelector(${JSON.stringify(selector)})?.innerText ?? ''`;

/* WCAG 1.4.3, in the page: text that stands out too little from what is behind
 * it. Backgrounds are flat here, or nearly. */
const FAINT = `(() => {
	const rgb = (c) => c.match(/[\\d.]+/g).map(Number);
	const light = (c) => rgb(c).slice(0, 3).map((v) => (v /= 255) <= .04045
		? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
		.reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
	const behind = (e) => {
		const c = getComputedStyle(e).backgroundColor;

		return rgb(c)[3] === 0 && e.parentElement
			? behind(e.parentElement) : c;
	};

	return [...document.querySelectorAll('body *')].filter((e) =>
		e.checkVisibility() && !e.closest('.hidden') &&
		[...e.childNodes].some((n) => n.nodeType === 3 &&
			n.data.trim())).map((e) => {
		const [a, b] = [getComputedStyle(e).color, behind(e)].map(light);

		return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05),
			e.className, e.textContent.slice(0, 20)];
	}).filter(([ratio]) => ratio < 4.5);
})()`;

/* What is read, reached and seen, by whoever it is. */
async function checkAccess(b, where) {
	for (const theme of ['light', 'dark']) {
		await b.ask(`setTheme("${theme}")`);
		const faint = await b.ask(FAINT);

		test(`text of ${where} stands out, ${theme}`, !faint.length,
			faint);
	}
	const levels = await b.ask('[...document.querySelectorAll("main h1, ' +
		'main h2, main h3, main h4")].map((x) => Number(x.tagName[1]))');

	test(`headings of ${where} skip no level`, levels[0] === 1 &&
		levels.every((n, i) => !i || n <= levels[i - 1] + 1), levels);
	await b.size(390, 844);
	const wide = await b.ask('document.documentElement.scrollWidth');

	test(`${where} fits a narrow screen`, wide <= 390, wide);
	await b.picture(`narrow-${where.replaceAll(' ', '-')}`);
	await b.size(1280, 900);
}

async function checkReal(b, file) {
	await b.open(file);
	const n = await b.ask(COUNT('#list li'));

	test('every scenario is listed', n >= 5, n);
	await b.picture('overview');
	await checkAccess(b, 'the overview');
	for (const [counts, wrong, total, says] of [
		[{ pass: 0, skip: 0 }, 0, 0, 'No scenario was played'],
		[{ pass: 0, skip: 2 }, 0, 2,
			'No scenario passed, 2 were skipped'],
		[{ pass: 1, skip: 2 }, 0, 3,
			'1 scenario passed, 2 were skipped']])
		test(`a headline says "${says}"`, await b.ask(`headline(${
			JSON.stringify(counts)}, ${wrong}, ${total})`) === says,
		counts);
	await b.ask('location.hash = "sla/late-response"');
	const timeline = await b.ask(TEXT('.timeline'));

	for (const word of ['alice', 'issuer', 'pause', 'respondToSlaChallenge',
		'OperatorSlashed', 'checks'])
		test(`the timeline has ${word}`, timeline.includes(word), timeline);
	test('a revert that was expected looks so', await b.ask(
		COUNT('button.chip.tx.refused')) === 1 && await b.ask(
		COUNT('button.chip.tx.bad')) === 0, timeline);
	test('alice is shown as down', await b.ask(COUNT('td.down')) > 0, 0);
	await b.ask('document.querySelector("button.chip.tx.refused").click()');
	const panel = await b.ask(TEXT('.inspector'));

	test('a chip tells its error', panel.includes('ResponseWindowClosed'),
		panel);
	await b.picture('scenario');
	await b.ask('location.hash = "sla/challenge-missed-slashed"');
	await b.ask('document.querySelector("button.chip.slash").click()');
	const ledger = await b.ask(TEXT('.ledger'));

	for (const words of ['PHA: 5', 'ceil(0.5 × 0.1)', '1000 PHA', '950 PHA'])
		test(`a slash tells ${words}`, ledger.includes(words), ledger);
	await b.picture('slash');
	await b.size(1280, 500);
	await b.ask('(document.querySelector(".segment .scroll").scrollTop = 200)');
	test('a tall timeline keeps its steps in sight', await b.ask(`(() => {
		const box = document.querySelector('.segment .scroll');

		return box.scrollTop > 0 && Math.abs(box.querySelector('th.step')
			.getBoundingClientRect().top -
			box.getBoundingClientRect().top) < 3;
	})()`), 'out of sight');
	await b.size(1280, 900);
	await b.ask('el.skip.click()');
	test('the skip link leads to the scenario, not away from it',
		await b.ask('document.activeElement.id + current?.key') ===
		'mainsla/challenge-missed-slashed',
		await b.ask('document.activeElement.id + location.hash'));
	await b.press('x'); /* so that a keyboard is in use */
	await b.ask('document.querySelector("#list a").focus()');
	test('the ring of what has the focus is painted in the list',
		await b.ask('parseFloat(getComputedStyle(document.activeElement)' +
			'.outlineOffset)') < 0, 'cut off');
	await b.ask('document.querySelector(".timeline .chip").focus()');
	await b.press('ArrowDown');
	test('arrow keys move between chips', await b.ask(
		'document.activeElement.matches("tbody .chip")'), 'elsewhere');
	const { nodes } = await b.send('Accessibility.getFullAXTree');
	const names = nodes.map((x) => `${x.role?.value}: ${x.name?.value}`);

	test('a screen reader hears rows by actor', names.some((x) =>
		/^rowheader: .*alice/.test(x)), names.length);
	test('every button has a name', !nodes.some((x) => !x.ignored &&
		x.role?.value === 'button' && !x.name?.value), 'one has none');
	await b.press('Escape');
	test('Escape leads to the overview', await b.ask(
		COUNT('.folders')) === 1, 0);
	await b.press('/');
	test('/ leads to the search', await b.ask(
		'document.activeElement.id') === 'search', 'elsewhere');
	await b.ask('setTheme("dark")');
	const dark = await b.ask(
		'getComputedStyle(document.body).backgroundColor');

	await b.ask('location.hash = "sla/challenge-missed-slashed"');
	await b.picture('dark');
	await b.ask('setTheme("light")');
	test('dark and light differ', dark !== await b.ask(
		'getComputedStyle(document.body).backgroundColor'), dark);
	test('no errors, no requests', !b.trouble().length, b.trouble());
}

/* One that failed inside a verb, as its line 10 had to. */
async function checkMust(b, file) {
	await b.open(file);
	await b.ask('location.hash = "fixtures/must-fail/inside-a-verb"');
	const card = await b.ask(TEXT('.card.foreseen'));
	const row = await b.ask(TEXT('#list li'));

	test('its row in the list says so, beside its title',
		row.includes('failed as it must') &&
		row.includes('inside a verb'), row);
	for (const words of ['It failed as it must', 'OperatorNotSlashable',
		'slash.yaml:9', 'inside-a-verb.yaml:10'])
		test(`a failure that must be shows ${words}`,
			card.includes(words), card);
	test('it has passed, and says how', (await b.ask(TEXT('.title')))
		.includes('failed as it must'), await b.ask(TEXT('.title')));
	test('nothing of it looks failed', await b.ask(COUNT(
		'.timeline .v-fail, .timeline .chip.failure, .timeline .chip.bad, ' +
		'.card.failure')) === 0,
	await b.ask(TEXT('.timeline')));
	test('its step failed as it must', (await b.ask(
		'document.querySelector(".timeline").textContent'))
		.includes('slash✓ failed as it must'),
	await b.ask('document.querySelector(".timeline").textContent'));
	await b.ask('document.querySelectorAll(".timeline .lane.checks .chip")' +
		'.forEach((c) => c.textContent.includes("as it must") && c.click())');
	test('a chip tells it, too', (await b.ask(TEXT('.inspector')))
		.includes('It failed as it must'), await b.ask(TEXT('.inspector')));
	await b.picture('must');
	await b.ask('location.hash = "node/heartbeat-while-idle"');
	test('heartbeats stand in their operator’s lane', (await b.ask(
		'document.querySelector(".lane.operator").textContent'))
		.includes('♥heartbeat 2'), await b.ask(TEXT('.timeline')));
	test('no errors, no requests', !b.trouble().length, b.trouble());
}

async function checkBig(b, file) {
	const start = Date.now();

	await b.open(file);
	const n = await b.ask(COUNT('#list li'));
	const ms = Date.now() - start;

	test('1,000 scenarios are listed', n === 1000, n);
	test(`they open in time (${ms} ms of 5000)`, ms < 5000, ms);
	test('failures come first', (await b.ask(TEXT('#list li')))
		.includes('made-0003'), await b.ask(TEXT('#list li')));
	const before = Date.now();

	await b.ask('(el.search.value = "operatorslashed", showList())');
	const found = await b.ask(COUNT('#list li'));

	test(`search finds an event (${Date.now() - before} ms)`,
		found > 0 && found < 1000, found);
	await b.ask('(el.search.value = "<img src=", showList())');
	test('search finds what a page has to write otherwise', await b.ask(
		COUNT('#list li')) === 100, await b.ask(TEXT('#shown')));
	await b.ask('(el.search.value = "", showList())');
	await b.ask('location.hash = "part3/made%5"');
	test('an address that was cut short leads to the overview', await b.ask(
		COUNT('.folders')) === 1, await b.ask(TEXT('#main')));
	await b.ask('document.querySelector(".filter.v-fail").click()');
	test('the filter leaves the failures', await b.ask(
		COUNT('#list li')) === 100, await b.ask(TEXT('#shown')));
	await b.press('j');
	const card = await b.ask(TEXT('#main'));

	const parts = await b.ask(`[...document.querySelectorAll(
		'.failure .rows, .failure h3, .timeline, .evidence')]
		.map((x) => x.className || x.textContent)`);

	test('what was expected comes first, and evidence behind the timeline',
		parts[0] === 'rows' && parts[1] === 'The step' &&
		parts.indexOf('timeline') > 0 &&
		parts.at(-1) === 'card evidence', parts);
	await checkAccess(b, 'a failure');
	for (const words of ['expected', 'The step', 'Call trace', 'Events',
		'What changed', 'Meanwhile', 'Play it again'])
		test(`a failure shows ${words}`, card.includes(words), card);
	test('hostile text is text', card.includes(
		'</script><script>document.title="broken"</script>') &&
		await b.ask('document.title !== "broken"') &&
		await b.ask(COUNT('#main img, #side img')) === 0, card);
	await b.picture('failure');
	test('no errors, no requests', !b.trouble().length, b.trouble());
}

async function main(real, must, big) {
	const b = new Browser();
	const timer = setTimeout(() => {
		test(`it answers within ${DEADLINE_MS} ms`, false, 'no answer');
		b.end().then(finish);
	}, DEADLINE_MS);

	try {
		await b.attach();
		await checkReal(b, path.resolve(real));
		await checkMust(b, path.resolve(must));
		await checkBig(b, path.resolve(big));
	} catch (e) {
		test('the browser does as it is told', false, e.message);
	}
	await b.end();
	clearTimeout(timer);
	finish();
}

function finish() {
	fs.rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
	console.log(`browser: ${passed} passed, ${failed} failed`);
	process.exit(failed ? 1 : 0);
}

main(...process.argv.slice(2));
