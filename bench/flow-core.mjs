// flow-core NAME: what a scenario of EigenLayer alone plays, written for viem.
// Wants the environment that `avsbed up core-manual` prints.
import {
	BaseError, ContractFunctionRevertedError, createPublicClient, createTestClient,
	createWalletClient, defineChain, http, keccak256, parseAbi, parseEther, toHex,
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
const wallet = (name) => createWalletClient({
	account: privateKeyToAccount(keccak256(toHex(`avsbed devnet key: ${name}`))),
	chain,
	transport,
});
const at = (name) => env[`ADDR_${name}`];
const whole = parseEther("1");
const strategy = at("TOK_strategy");

const allocations = {
	address: at("allocationManager"),
	abi: parseAbi([
		"error InvalidWadToSlash()", "error InvalidOperatorSet()", "error SameMagnitude()",
		"error StrategyAlreadyInOperatorSet()", "error InvalidPermissions()",
		"error NonexistentAVSMetadata()", "error InsufficientMagnitude()",
		"struct Register { address avs; uint32[] ids; bytes data; }",
		"function registerForOperatorSets(address operator, Register params)",
		"struct Slash { address operator; uint32 id; address[] strategies; uint256[] wads; string why; }",
		"function slashOperator(address avs, Slash params)",
		"struct Create { uint32 id; address[] strategies; }",
		"function createOperatorSets(address avs, Create[] params)",
		"function getOperatorSetCount(address avs) view returns (uint256)",
		"struct OperatorSet { address avs; uint32 id; }",
		"struct Allocate { OperatorSet set; address[] strategies; uint64[] magnitudes; }",
		"function modifyAllocations(address operator, Allocate[] params)",
	]),
};
const delegation = {
	address: at("delegationManager"),
	abi: parseAbi([
		"struct Queue { address[] strategies; uint256[] shares; address withdrawer; }",
		"function queueWithdrawals(Queue[] params)",
		"struct Withdrawal { address staker; address delegatedTo; address withdrawer; uint256 nonce; uint32 startBlock; address[] strategies; uint256[] scaledShares; }",
		"function completeQueuedWithdrawal(Withdrawal withdrawal, address[] tokens, bool asTokens)",
		"function operatorShares(address operator, address strategy) view returns (uint256)",
	]),
};

function expect(what, have, wanted) {
	if (have !== wanted) throw new Error(`${what} is ${have}, not ${wanted}`);
}

async function send(name, contract, functionName, ...args) {
	const hash = await wallet(name).writeContract({ ...contract, functionName, args });
	const receipt = await receiptOf(reader, hash);
	expect(`${functionName} by ${name}`, receipt.status, "success");
	return receipt;
}

// No error: null.
async function attempt(error, name, contract, functionName, ...args) {
	if (!error) return send(name, contract, functionName, ...args);
	const said = await reader.simulateContract({
		...contract, functionName, args, account: at(name),
	}).then(() => "nothing", (e) => e instanceof BaseError &&
		e.walk((c) => c instanceof ContractFunctionRevertedError)?.data?.errorName);
	expect(`the error of ${functionName}`, said, error);
}

async function apart(act) {
	const id = await node.snapshot();
	await act();
	await node.revert({ id });
}

const slash = (error, wad) => () => attempt(error, "test", allocations, "slashOperator",
	at("test"), { operator: at("alice"), id: 0, strategies: [strategy], wads: [wad], why: "x" });
const create = (error, avs, sender, id, strategies) => () => attempt(error, sender,
	allocations, "createOperatorSets", at(avs), [{ id, strategies }]);
const allocate = (error, id, magnitude) => attempt(error, "bob", allocations,
	"modifyAllocations", at("bob"),
	[{ set: { avs: at("test"), id }, strategies: [strategy], magnitudes: [magnitude] }]);

const flows = {
	async wad_out_of_range() {
		await send("alice", allocations, "registerForOperatorSets", at("alice"),
			{ avs: at("test"), ids: [0], data: "0x" });
		await apart(slash("InvalidWadToSlash", 0n));
		await apart(slash(null, 1n));
		await apart(slash(null, whole));
		await apart(slash("InvalidWadToSlash", whole + 1n));
	},
	async back_as_shares() {
		const shares = () => reader.readContract({ ...delegation,
			functionName: "operatorShares", args: [at("bob"), strategy] });
		const receipt = await send("bob", delegation, "queueWithdrawals", [{
			strategies: [strategy], shares: [400n * whole], withdrawer: at("bob") }]);
		expect("bob's shares", await shares(), 600n * whole);
		await node.mine({ blocks: 51 });
		await send("bob", delegation, "completeQueuedWithdrawal", {
			staker: at("bob"), delegatedTo: at("bob"), withdrawer: at("bob"), nonce: 0n,
			startBlock: Number(receipt.blockNumber), strategies: [strategy],
			scaledShares: [400n * whole] }, [at("TOK")], false);
		expect("bob's shares", await shares(), 1000n * whole);
	},
	async made_once() {
		await apart(create(null, "test", "test", 2, [strategy]));
		await apart(create(null, "test", "test", 2, []));
		await apart(create("InvalidOperatorSet", "test", "test", 1, [strategy]));
		await apart(create("StrategyAlreadyInOperatorSet", "test", "test", 2,
			[strategy, strategy]));
		await apart(create("InvalidPermissions", "test", "mallory", 2, [strategy]));
		await apart(create("NonexistentAVSMetadata", "carol", "carol", 0, [strategy]));
		expect("the number of sets", await reader.readContract({ ...allocations,
			functionName: "getOperatorSetCount", args: [at("test")] }), 2n);
	},
	async over_allocation() {
		const twice = (first, second, error) => async () => {
			await allocate(null, 0, first);
			await allocate(error, 1, second);
		};
		await apart(twice(whole, 1n, "InsufficientMagnitude"));
		await apart(twice(whole * 6n / 10n, whole * 4n / 10n, null));
		await apart(twice(whole * 6n / 10n, whole * 4n / 10n + 1n, "InsufficientMagnitude"));
		await apart(twice(1n, whole - 1n, null));
		await apart(twice(1n, whole, "InsufficientMagnitude"));
		await apart(twice(whole / 2n, whole + 1n, "InsufficientMagnitude"));
		await allocate("InsufficientMagnitude", 0, whole + 1n);
		await allocate(null, 0, whole);
		await allocate("SameMagnitude", 0, whole);
	},
};

await flows[process.argv[2]]();
