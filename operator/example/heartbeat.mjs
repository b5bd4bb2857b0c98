// Heartbeats to the AVS's aggregator, as docs/operator.md has them; operator.mjs does without where there is none.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { hashTypedData } from "viem";

const types = { Heartbeat: [{ name: "operator", type: "address" }, { name: "operatorSet", type: "uint32" }, { name: "sequence", type: "uint64" },
	{ name: "blockNumber", type: "uint64" }, { name: "blockHash", type: "bytes32" }] };
let last; // the head's time at the last try: one in an interval

export async function heartbeat({ config, me, quote, say }, { number, hash, timestamp }) {
	const now = Number(timestamp);
	if (last !== undefined && now < last + config.aggregator.interval) return;
	last = now;
	// A sequence is used up before it is signed, whatever becomes of it.
	const sequence = 1 + (existsSync(config.state) ? JSON.parse(readFileSync(config.state)).heartbeat : 0);
	const { address: avs, set: operatorSet } = config.avs;
	const message = { operator: me.address, operatorSet, sequence, blockNumber: Number(number), blockHash: hash };
	const typed = { domain: { name: "AVS heartbeat", version: "1", chainId: config.chain_id, verifyingContract: avs }, types, primaryType: "Heartbeat", message };
	try {
		const evidence = await quote(hashTypedData(typed));
		writeFileSync(config.state, JSON.stringify({ heartbeat: sequence }));
		const params = [{ chainId: config.chain_id, avs, ...message, signature: await me.signTypedData(typed), quote: evidence }];
		const answer = await fetch(config.aggregator.url, { method: "POST", body: JSON.stringify({ jsonrpc: "2.0", id: sequence, method: "avs_heartbeat", params }) });
		const { error } = await answer.json();
		if (error) throw new Error(`${error.message} (${error.code})`);
		say({ event: "heartbeat", sequence, block: message.blockNumber });
	} catch (e) {
		say({ event: "silent", text: e.shortMessage ?? e.message });
	}
}
