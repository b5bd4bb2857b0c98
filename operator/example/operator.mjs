#!/usr/bin/env node
// A whole operator of the Phala AVS in JavaScript. docs/foreign-operator.md says
// what it is given and what it owes. `run` answers challenges, `opt-in` joins.
import { X509Certificate } from "node:crypto";
import { fstatSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { createWalletClient, defineChain, encodeAbiParameters, keccak256, parseAbi, publicActions } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { ipc } from "viem/node";
import { heartbeat } from "./heartbeat.mjs"; // optional
import { openKey } from "./keystore.mjs";

const config = JSON.parse(readFileSync(process.env.AVS_OPERATOR_CONFIG));
const say = (event) => process.stdout.write(JSON.stringify(event) + "\n"), hex = (text) => Buffer.from(text, "hex");
const me = privateKeyToAccount(openKey(config));
const chain = defineChain({ id: config.chain_id, name: "devnet", nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 }, rpcUrls: {} });
const node = createWalletClient({ account: me, chain, transport: ipc(config.rpc.ipc), cacheTime: 0 }).extend(publicActions);
const contract = (name, abi) => ({ address: config.contracts[name], abi: parseAbi(abi) });
const oracle = contract("slaOracle", [
	"event SlaChallengeIssued(uint256 indexed id, address indexed operator, bytes data, uint256 end)",
	"struct Details { address operator; uint256 end; bool responded; bool reported; bytes32 responseData; }",
	"function getChallengeDetails(uint256) view returns (Details)", "function respondToSlaChallenge(uint256, bytes)"]);
const manager = contract("serviceManager", ["function reportData(address, uint64) view returns (bytes32)"]);
const registry = contract("collateralRegistry", ["function addCa(bytes)", "function registerPck(bytes)", "function getPck(bytes32) view"]);
const allocations = contract("allocationManager", ["struct Set { address avs; uint32 id; }", "struct Params { address avs; uint32[] sets; bytes data; }",
	"function isMemberOfOperatorSet(address, Set) view returns (bool)", "function registerForOperatorSets(address, Params)"]);

// A transaction, once the chain would take it; there is a receipt behind its answer.
async function send(what, to, functionName, args) {
	const { request: tx } = await node.simulateContract({ ...to, functionName, args, account: me });
	const { transactionHash: hash, status, blockNumber } = await node.waitForTransactionReceipt({ hash: await node.writeContract(tx), pollingInterval: 20 });
	say({ event: "tx", what, hash, ok: status === "success", block: Number(blockNumber) });
	return Number(blockNumber);
}

// The dstack guest agent, on its socket; the platform becomes known to the registry.
async function quote(reportData) {
	const body = JSON.stringify({ report_data: reportData.slice(2) });
	const answer = await new Promise((resolve, reject) => request({
		socketPath: config.tee.socket, path: "/GetQuote", method: "POST", timeout: 5000, headers: { "Content-Length": body.length },
	}, (res) => res.toArray().then((parts) => resolve(JSON.parse(Buffer.concat(parts))), reject)).on("error", reject).end(body));
	if (!answer.quote) throw new Error(`TEE: ${answer.error}`);
	const pem = hex(answer.quote).toString("latin1").match(/-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/g);
	const [pck, ca] = pem.map((text) => `0x${new X509Certificate(text).raw.toString("hex")}`);
	await node.readContract({ ...registry, functionName: "getPck", args: [keccak256(pck)] }).catch(async () => {
		await send("add-ca", registry, "addCa", [ca]).catch(() => {}); // it may be there already
		await send("register-pck", registry, "registerPck", [pck]);
	});
	return `0x${answer.quote}`;
}

async function optIn() {
	const { address: avs, set } = config.avs;
	if (await node.readContract({ ...allocations, functionName: "isMemberOfOperatorSet", args: [me.address, { avs, id: set }] })) return;
	const reference = await node.getBlockNumber() - 1n;
	const evidence = await quote(await node.readContract({ ...manager, functionName: "reportData", args: [me.address, reference] }));
	const data = encodeAbiParameters([{ type: "bytes" }, { type: "uint64" }], [evidence, reference]);
	await send("opt-in", allocations, "registerForOperatorSets", [me.address, { avs, sets: [set], data }]);
}

// Each head: what is new since the last one, then all that is still open.
const open = new Map(); let next = 0n, busy = Promise.resolve();
async function handle(block) {
	const head = BigInt(block.number);
	if (next > head) next = head > 64n ? head - 64n : 0n; // a reorg
	for (const { args } of await node.getContractEvents({ ...oracle, eventName: "SlaChallengeIssued", args: { operator: me.address }, fromBlock: next, toBlock: head })) open.set(args.id, args.end);
	next = head + 1n;
	for (const [id] of [...open].sort((a, b) => Number(a[1] - b[1]))) {
		const c = await node.readContract({ ...oracle, functionName: "getChallengeDetails", args: [id] });
		if (!c.responded && !c.reported && c.end > head) {
			say({ event: "answered", id: `${id}`, block: await send("respond", oracle, "respondToSlaChallenge", [id, await quote(c.responseData)]) });
		}
		open.delete(id);
	}
	if (config.aggregator) await heartbeat({ config, me, quote, say }, block);
}

async function run() {
	const stop = () => process.exit(0), stdin = fstatSync(0); // a pipe is its parent's hand
	process.on("SIGTERM", stop); if (stdin.isFIFO() || stdin.isSocket()) process.stdin.resume().on("end", stop);
	const failed = (e) => say({ event: "withheld", text: e.shortMessage ?? e.message });
	const later = (head) => {
		busy = busy.then(() => handle(head)).catch(failed).then(() => say({ event: "handled", block: Number(head.number), hash: head.hash }));
	};
	await node.transport.subscribe({ params: ["newHeads"], onData: ({ result }) => later(result), onError: failed });
	say({ event: "ready", name: config.name, address: me.address });
	later(await node.getBlock());
}

const commands = { run, "opt-in": () => optIn().then(() => process.exit(0)) };
(commands[process.argv[2]] ?? (() => process.exit(64)))().catch((e) => { console.error(e.shortMessage ?? e.message); process.exit(1); });
