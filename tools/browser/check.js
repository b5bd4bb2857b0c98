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
		{ stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
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

async function checkReal(b, file) {
	await b.open(file);
	const n = await b.ask(COUNT('#list li'));

	test('every scenario is listed', n >= 5, n);
	await b.picture('overview');
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
	await b.ask('(el.search.value = "", showList())');
	await b.ask('document.querySelector(".filter.v-fail").click()');
	test('the filter leaves the failures', await b.ask(
		COUNT('#list li')) === 100, await b.ask(TEXT('#shown')));
	await b.press('j');
	const card = await b.ask(TEXT('.card.failure'));

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
		b.child.kill('SIGKILL');
		finish();
	}, DEADLINE_MS);

	try {
		await b.attach();
		await checkReal(b, path.resolve(real));
		await checkMust(b, path.resolve(must));
		await checkBig(b, path.resolve(big));
	} catch (e) {
		test('the browser does as it is told', false, e.message);
	}
	clearTimeout(timer);
	const gone = new Promise((resolve) => b.child.on('exit', resolve));

	b.child.kill('SIGKILL');
	await gone;
	finish();
}

function finish() {
	fs.rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
	console.log(`browser: ${passed} passed, ${failed} failed`);
	process.exit(failed ? 1 : 0);
}

main(...process.argv.slice(2));
