#!/usr/bin/env node
// A keeper of the Phala AVS: it reports whoever let an SLA challenge's window pass. docs/processes.md says what it is
// given and what it owes. Its own setting is `config.lookback`: how many blocks back it begins.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createPublicClient, createWalletClient, defineChain, http, parseAbi, publicActions } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { ipc } from "viem/node";
import { openKey } from "./keystore.mjs";

const config = JSON.parse(readFileSync(process.env.AVS_OPERATOR_CONFIG)), { lookback = 1000 } = config.config ?? {};
const say = (event) => process.stdout.write(JSON.stringify(event) + "\n");
if (!config.keystore) {
	console.error("keeper.mjs reports in the name of a role: say `key: carol` in the world");
	process.exit(64);
}
const account = privateKeyToAccount(openKey(config));
const chain = defineChain({ id: config.chain_id, name: "devnet", nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 }, rpcUrls: {} });
const node = createWalletClient({ account, chain, transport: http(config.rpc.http, { retryCount: 0 }), cacheTime: 0 }).extend(publicActions);
const heads = createPublicClient({ chain, transport: ipc(config.rpc.ipc) });
const oracle = { address: config.contracts.slaOracle, abi: parseAbi([
	"event SlaChallengeIssued(uint256 indexed id, address indexed operator, bytes data, uint256 end)",
	"struct Details { address operator; uint256 end; bool responded; bool reported; bytes32 responseData; }",
	"function getChallengeDetails(uint256) view returns (Details)", "function checkAndReportChallengeExpiry(uint256)"]) };

// Each head: what is new since the last one, then all whose window is over.
const open = new Set(), reported = []; let next, busy = Promise.resolve();
async function handle(block) {
	const head = BigInt(block.number), first = head > BigInt(lookback) ? head - BigInt(lookback) : 0n;
	if (next === undefined || next > head) next = first; // at the start, or after a reorg
	for (const { args } of await node.getContractEvents({ ...oracle, eventName: "SlaChallengeIssued", fromBlock: next, toBlock: head })) open.add(args.id);
	next = head + 1n;
	for (const id of open) {
		const c = await node.readContract({ ...oracle, functionName: "getChallengeDetails", args: [id] });
		if (!c.responded && !c.reported && c.end >= head) continue;
		if (!c.responded && !c.reported) await report(id);
		open.delete(id);
	}
}

async function report(id) {
	const { request } = await node.simulateContract({ ...oracle, functionName: "checkAndReportChallengeExpiry", args: [id], account });
	const { transactionHash: hash, status } = await node.waitForTransactionReceipt({ hash: await node.writeContract(request), pollingInterval: 20 });
	if (status === "success") reported.push(`${id}`);
	say({ event: "report", id: `${id}`, hash, ok: status === "success" });
}

async function run() {
	const stop = () => process.exit(0), failed = (e) => say({ event: "failed", text: e.shortMessage ?? e.message });
	process.on("SIGTERM", stop); process.stdin.resume().on("end", stop);
	const later = (head) => {
		busy = busy.then(() => handle(head)).catch(failed).then(() => say({ event: "handled", block: Number(head.number), hash: head.hash }));
	};
	const server = createServer((_, res) => res.setHeader("Content-Type", "application/json").end(JSON.stringify({ open: open.size, reported })));
	await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
	await heads.transport.subscribe({ params: ["newHeads"], onData: ({ result }) => later(result), onError: failed });
	say({ event: "ready", name: config.name, address: account.address, url: `http://127.0.0.1:${server.address().port}` });
	later(await node.getBlock());
}

run().catch((e) => { console.error(e.shortMessage ?? e.message); process.exit(1); });
