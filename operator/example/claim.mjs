#!/usr/bin/env node
// A claim tool as anybody would write it against EigenLayer's sidecar, told nothing but what `avsbed env` prints:
// claim.mjs EARNER [--as CLAIMER] [--token TOKEN]… [--root INDEX] [--dry]; names are those of ADDR_… and KEY_….
import { createPublicClient, createWalletClient, defineChain, getAddress, http, parseAbi, toHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { parseArgs } from "node:util";

const { ETH_RPC_URL, REWARDS_SIDECAR_URL, AVSBED_CHAIN_ID } = process.env, quit = (code, text) => { console.log(text); process.exit(code); };
const named = (name) => getAddress(process.env[`ADDR_${name}`] ?? quit(64, `no ADDR_${name} is set: eval "$(avsbed env)"; a new account: avsbed fund ${name}`));
const { values, positionals } = parseArgs({ allowPositionals: true, options: {
	as: { type: "string" }, token: { type: "string", multiple: true }, root: { type: "string" }, dry: { type: "boolean" } } });
if (!ETH_RPC_URL || !REWARDS_SIDECAR_URL || !AVSBED_CHAIN_ID) quit(64, 'claim.mjs: no world is known: eval "$(avsbed env)"');
if (positionals.length !== 1) quit(64, "claim.mjs: whose rewards? claim.mjs EARNER [--as CLAIMER] [--token TOKEN]… [--root INDEX] [--dry]");
const chain = defineChain({ id: Number(AVSBED_CHAIN_ID), name: "devnet", nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 }, rpcUrls: {} });
const node = createPublicClient({ chain, transport: http(ETH_RPC_URL), pollingInterval: 20 });
const coordinator = { address: named("rewardsCoordinator"), abi: parseAbi([
	"struct EarnerLeaf { address earner; bytes32 earnerTokenRoot; }", "struct TokenLeaf { address token; uint256 cumulativeEarnings; }",
	"struct Claim { uint32 rootIndex; uint32 earnerIndex; bytes earnerTreeProof; EarnerLeaf earnerLeaf; uint32[] tokenIndices; bytes[] tokenTreeProofs; TokenLeaf[] tokenLeaves; }",
	"function cumulativeClaimed(address, address) view returns (uint256)", "function processClaim(Claim claim, address recipient)",
	"error RootNotActivated()", "error RootDisabled()", "error EarningsNotGreaterThanClaimed()", "error UnauthorizedCaller()", "error InvalidClaimProof()"]) };

async function sidecar(path, body) {
	const answer = await fetch(`${REWARDS_SIDECAR_URL}/rewards/v1/${path}`, body && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
	const json = await answer.json();
	if (!answer.ok) throw new Error(`the sidecar: ${json.message} (${answer.status})`);
	return json;
}

const earner = named(positionals[0]), bytes = (base64) => toHex(Buffer.from(base64, "base64"));
let tokens = (values.token ?? []).map(named);
if (!values.token) {
	const { rewards } = await sidecar(`earners/${earner}/summarized-rewards`);
	tokens = rewards.filter((r) => BigInt(r.claimable) > 0n).map((r) => r.token);
	if (!tokens.length) quit(0, rewards.length ? "nothing is claimable now" : "nothing was earned");
}
try {
	const { proof: p } = await sidecar("claim-proof", { earnerAddress: earner, tokens, ...values.root && { rootIndex: values.root } });
	const leaves = p.tokenLeaves.map(({ token, cumulativeEarnings }) => ({ token: getAddress(token), cumulativeEarnings: BigInt(cumulativeEarnings) }));
	const claim = { rootIndex: p.rootIndex, earnerIndex: p.earnerIndex, earnerTreeProof: bytes(p.earnerTreeProof),
		earnerLeaf: { earner: getAddress(p.earnerLeaf.earner), earnerTokenRoot: bytes(p.earnerLeaf.earnerTokenRoot) },
		tokenIndices: p.tokenIndices, tokenTreeProofs: p.tokenTreeProofs.map(bytes), tokenLeaves: leaves };
	const before = await Promise.all(leaves.map(({ token }) => node.readContract({ ...coordinator, functionName: "cumulativeClaimed", args: [earner, token] })));
	const account = privateKeyToAccount(process.env[`KEY_${values.as ?? positionals[0]}`]);
	const { request } = await node.simulateContract({ ...coordinator, functionName: "processClaim", args: [claim, earner], account });
	if (!values.dry) {
		const { status } = await node.waitForTransactionReceipt({ hash: await createWalletClient({ account, chain, transport: http(ETH_RPC_URL) }).writeContract(request) });
		if (status !== "success") throw new Error("it reverted");
	}
	const name = (token) => Object.keys(process.env).find((k) => k.startsWith("ADDR_") && process.env[k].toLowerCase() === token.toLowerCase())?.slice(5) ?? token;
	console.log(leaves.map((l, i) => `${l.cumulativeEarnings - before[i]} ${name(l.token)}`).join(", "), `by root ${p.rootIndex}`);
} catch (e) {
	console.log(e.cause?.data?.errorName ?? e.walk?.((x) => x.data?.errorName)?.data?.errorName ?? e.shortMessage ?? e.message);
	process.exit(1);
}
