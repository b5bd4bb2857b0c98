// flow-viem: what scenarios/sla/challenge-missed-slashed.yaml plays, written for
// viem. Wants the environment that `avsbed up phala-manual` prints.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import {
	createPublicClient, createTestClient, createWalletClient, defineChain,
	encodeAbiParameters, http, keccak256, parseAbi, parseEther, toHex,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { receiptOf } from "./receipt.mjs";

const env = process.env;
const chain = defineChain({
	id: Number(env.AVSBED_CHAIN_ID),
	name: "avsbed",
	nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
	rpcUrls: { default: { http: [env.ETH_RPC_URL] } },
});
const transport = http();
const reader = createPublicClient({ chain, transport, pollingInterval: 5 });
const node = createTestClient({ chain, transport, mode: "anvil" });
const names = ["alice", "bob", "dora"];
const id = { alice: 1n, bob: 2n, dora: 3n };
const wallet = Object.fromEntries(
	[...names, "issuer", "carol"].map((name) => [name, createWalletClient({
		account: privateKeyToAccount(keccak256(toHex(`avsbed devnet key: ${name}`))),
		chain,
		transport,
	})]));
const contract = (name, signatures) => ({
	address: env[`ADDR_${name}`],
	abi: parseAbi(signatures),
});

const registry = contract("collateralRegistry", [
	"function addCa(bytes der)",
	"function registerPck(bytes der)",
]);
const manager = contract("serviceManager", [
	"function reportData(address operator, uint64 referenceBlock) view returns (bytes32)",
]);
const allocations = contract("allocationManager", [
	"struct RegisterParams { address avs; uint32[] operatorSetIds; bytes data; }",
	"function registerForOperatorSets(address operator, RegisterParams params)",
	"function getMaxMagnitude(address operator, address strategy) view returns (uint64)",
]);
const delegation = contract("delegationManager", [
	"function operatorShares(address operator, address strategy) view returns (uint256)",
]);
const oracle = contract("slaOracle", [
	"function issueSlaChallenge(address operator, bytes challengeData) returns (uint256)",
	"function respondToSlaChallenge(uint256 challengeId, bytes quote)",
	"function responseData(uint256 challengeId) view returns (bytes32)",
	"function checkAndReportChallengeExpiry(uint256 challengeId)",
]);

function expect(what, have, wanted) {
	if (have !== wanted) throw new Error(`${what} is ${have}, not ${wanted}`);
}

const read = (c, functionName, ...args) =>
	reader.readContract({ ...c, functionName, args });

async function send(name, c, functionName, ...args) {
	const hash = await wallet[name].writeContract({ ...c, functionName, args });
	const receipt = await receiptOf(reader, hash);
	expect(`${functionName} by ${name}`, receipt.status, "success");
}

const quote = (name, reportData) => "0x" + JSON.parse(execFileSync("curl", [
	"--silent", "--unix-socket",
	JSON.parse(readFileSync(env[`AVS_OPERATOR_CONFIG_${name}`])).tee.socket,
	`http://tee/GetQuote?report_data=${reportData.slice(2)}`,
], { encoding: "utf8" })).quote;

const certificates = (q) => Buffer.from(q.slice(2), "hex").toString("latin1")
	.match(/-----BEGIN CERTIFICATE-----[^-]*-----END/g)
	.map((pem) => toHex(Buffer.from(pem.split("-----")[2], "base64")));

async function register(name) {
	const me = wallet[name].account.address;
	const reference = (await reader.getBlockNumber({ cacheTime: 0 })) - 1n;
	const q = quote(name, await read(manager, "reportData", me, reference));
	const [pck, ca] = certificates(q);
	if (name === "alice") await send(name, registry, "addCa", ca);
	await send(name, registry, "registerPck", pck);
	await send(name, allocations, "registerForOperatorSets", me, {
		avs: manager.address,
		operatorSetIds: [0],
		data: encodeAbiParameters([{ type: "bytes" }, { type: "uint64" }], [q, reference]),
	});
}

async function answer(name) {
	const q = quote(name, await read(oracle, "responseData", id[name]));
	await send(name, oracle, "respondToSlaChallenge", id[name], q);
}

for (const name of names) await register(name);
for (const name of names)
	await send("issuer", oracle, "issueSlaChallenge", wallet[name].account.address, "0x");
await answer("bob");
await answer("dora");
await node.mine({ blocks: 11 });
await send("carol", oracle, "checkAndReportChallengeExpiry", id.alice);

const strategy = env.ADDR_PHA_strategy;
for (const name of names) {
	const me = wallet[name].account.address;
	const left = name === "alice" ? "0.95" : "1";
	expect(`${name}'s magnitude`, await read(allocations, "getMaxMagnitude", me, strategy),
		parseEther(left));
	expect(`${name}'s shares`, await read(delegation, "operatorShares", me, strategy),
		1000n * parseEther(left));
	const again = await reader.simulateContract({
		...oracle, functionName: "checkAndReportChallengeExpiry", args: [id[name]],
		account: wallet.carol.account,
	}).then(() => "done", () => "refused");
	expect(`reporting ${name} again`, again, "refused");
}
