// Heartbeats to the AVS's aggregator, as docs/operator.md has them; operator.mjs does without where there is none.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { hashTypedData } from "viem";

const types = { Heartbeat: [{ name: "operator", type: "address" }, { name: "operatorSet", type: "uint32" }, { name: "sequence", type: "uint64" },
	{ name: "blockNumber", type: "uint64" }, { name: "blockHash", type: "bytes32" }] };
let last; // the head's time at the last try: one in an interval

export async function heartbeat(operator, block) {
	const { config, say } = operator, now = Number(block.timestamp);
	if (last !== undefined && now < last + config.aggregator.interval) return;
	last = now;
	const used = existsSync(config.state) ? JSON.parse(readFileSync(config.state)).heartbeat : 0;
	try {
		let sequence = used + 1, error = await beat(operator, block, sequence);
		if (error?.data?.last > used) error = await beat(operator, block, sequence = error.data.last + 1); // our state was lost
		if (error) throw new Error(`${error.message} (${error.code})`);
		say({ event: "heartbeat", sequence, block: Number(block.number) });
	} catch (e) {
		say({ event: "silent", text: e.shortMessage ?? e.message });
	}
}

async function beat({ config, me, quote }, { number, hash }, sequence) {
	const { address: avs, set: operatorSet } = config.avs;
	const message = { operator: me.address, operatorSet, sequence, blockNumber: Number(number), blockHash: hash };
	const typed = { domain: { name: "AVS heartbeat", version: "1", chainId: config.chain_id, verifyingContract: avs }, types, primaryType: "Heartbeat", message };
	const evidence = await quote(hashTypedData(typed));
	writeFileSync(config.state, JSON.stringify({ heartbeat: sequence })); // used up before it is signed, whatever becomes of it
	const params = [{ chainId: config.chain_id, avs, ...message, signature: await me.signTypedData(typed), quote: evidence }];
	const answer = await fetch(config.aggregator.url, { method: "POST", body: JSON.stringify({ jsonrpc: "2.0", id: sequence, method: "avs_heartbeat", params }) });
	return (await answer.json()).error;
}
