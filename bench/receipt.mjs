import { TransactionReceiptNotFoundError } from "viem";

// viem's waitForTransactionReceipt() overlooks a block that comes while it looks for
// a replacement in the one before, and waits for the next: for ever, on a chain that
// mines only what is sent. One run in some sixty ended so.
export async function receiptOf(reader, hash) {
	for (;;) {
		const receipt = await reader.getTransactionReceipt({ hash }).catch((e) => {
			if (!(e instanceof TransactionReceiptNotFoundError)) throw e;
		});
		if (receipt) return receipt;
		await new Promise((next) => setTimeout(next, reader.pollingInterval));
	}
}
