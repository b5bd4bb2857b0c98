#!/usr/bin/env node
// An indexer as it would be without any test bed: it polls, writes a file into its own folder, and prints lines for people.
// A world names it with `awaited: no`, since it says nothing else (docs/processes.md).
import { readFileSync, writeFileSync } from "node:fs";
import { createPublicClient, http, parseAbi } from "viem";

const config = JSON.parse(readFileSync(process.env.AVS_OPERATOR_CONFIG)), seen = {};
const node = createPublicClient({ transport: http(config.rpc.http), cacheTime: 0 });
const core = { address: config.contracts.allocationManager, abi: parseAbi([
	"struct Set { address avs; uint32 id; }", "event OperatorSlashed(address operator, Set operatorSet, address[] strategies, uint256[] wadSlashed, string description)"]) };

const slashes = () => node.getContractEvents({ ...core, eventName: "OperatorSlashed", fromBlock: 0n });

async function poll() {
	const { length } = await slashes();
	if (length === seen.slashes) return;
	seen.slashes = length;
	writeFileSync(new URL("index.json", `file://${config.state}`), JSON.stringify(seen));
	console.log(`${length} slashes`);
}

if (process.argv[2] === "count") {
	console.log((await slashes()).length);
	process.exit(0);
}
for (;;) {
	await poll().catch((e) => console.error(e.shortMessage ?? e.message));
	await new Promise((resolve) => setTimeout(resolve, 20));
}
