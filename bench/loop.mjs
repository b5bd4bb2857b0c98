#!/usr/bin/env node
/*
 * loop [ROUNDS]: how long a developer waits. From `avsbed up` until the world is
 * ready, and under `avsbed run --watch` from a saved file until the scenario's
 * result, without what make and forge take to build it. Medians.
 */
import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

const AVSBED = "build/bin/avsbed";
const SCENARIO = "scenarios/sla/challenge-missed-slashed.yaml";
const OPERATOR = "operator/config.c";
const CONTRACT = "contracts/src/phala/PhalaSlaOracle.sol";
const rounds = Number(process.argv[2] ?? 5);

const saved = new Map();
const restore = () => saved.forEach((text, path) => writeFileSync(path, text));
const now = () => performance.now();
const median = (all) => all.sort((a, b) => a - b)[Math.floor(all.length / 2)];

// A program whose lines come with the time at which they were said.
class Program {
	constructor(...args) {
		this.child = spawn(AVSBED, args, { stdio: ["ignore", "pipe", "ignore"] });
		this.lines = createInterface(this.child.stdout)[Symbol.asyncIterator]();
	}
	async until(text) {
		for (;;) {
			const { value, done } = await this.lines.next();
			if (done) throw new Error(`avsbed ended without saying "${text}"`);
			if (value.includes(text)) return { at: now(), line: value };
		}
	}
	async end() {
		const ended = new Promise((resolve) => this.child.on("exit", resolve));
		this.child.kill("SIGINT");
		await ended;
	}
}

async function up() {
	const begun = now();
	const world = new Program("up", "phala-devnet");
	const { at } = await world.until("# up.");
	await world.end();
	return at - begun;
}

// Saves a file, and what is said of it; the time from one to the other.
async function save(watch, change) {
	const begun = now();
	change();
	const pass = await watch.until("pass ");
	const { at } = await watch.until("scenarios: 1 passed");
	await watch.until("watching");
	return { total: at - begun, played: Number(pass.line.match(/(\d+) ms/)[1]), after: at - pass.at };
}

// Different code each time, or nothing would be built.
function edit(path, make) {
	if (!saved.has(path)) saved.set(path, readFileSync(path, "utf8"));
	writeFileSync(path, make(saved.get(path), `${process.pid}${Math.floor(now())}`));
}

const editOperator = () =>
	edit(OPERATOR, (text, n) => `${text}\n__asm__(".ident \\"bench ${n}\\"");\n`);
const editContract = () =>
	edit(CONTRACT, (text, n) => text.replace(/(\ncontract PhalaSlaOracle[^{]*\{)/, `$1\n    uint256 public constant BENCH = ${n};`));

// What make takes for such a change, by itself.
function made() {
	editOperator();
	const begun = now();
	if (spawnSync("make", ["-s", "programs"], { stdio: ["ignore", "ignore", "inherit"] }).status) throw new Error("make programs failed");
	return now() - begun;
}

function row(what, ms) {
	console.log(`${what.padEnd(58)} ${ms.toFixed(ms < 10 ? 2 : 0).padStart(9)} ms    under 1000`);
}

async function main() {
	const each = async (n, measure) => {
		const all = [];
		for (let i = 0; i < n; i++) all.push(await measure());
		return median(all);
	};
	await up(); // may deploy
	row("avsbed up, warm: until it is ready", await each(rounds, up));

	const make = await each(rounds, made);
	const watch = new Program("run", "--watch", SCENARIO);
	await watch.until("watching");
	row("run --watch: a scenario saved, until its result",
		await each(rounds, async () => (await save(watch, () => appendFileSync(SCENARIO, ""))).total));
	row("  an operator's source, beyond make", await each(rounds, async () => (await save(watch, editOperator)).total - make));
	// forge's build is over when the scenario begins, which it then deploys for.
	row("  a contract's source, beyond forge", await each(Math.min(rounds, 2), async () => {
		const { played, after } = await save(watch, editContract);
		return played + after;
	}));
	await watch.end();
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
	process.on(signal, () => {
		restore();
		process.exit(2);
	});
try {
	await main();
} finally {
	restore();
}
