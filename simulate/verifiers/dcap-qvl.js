// dcap-qvl.js NODE_MODULES AT DIR...: what @phala/dcap-qvl says to the quotes in
// these directories at this time, each with the collateral and root beside it.
// Prints DIR, a tab, and the TCB status or "refused: why" for each.
'use strict';

const fs = require('fs');
const path = require('path');

const [modules, at, ...dirs] = process.argv.slice(2);
const { QuoteVerifier } = require(path.resolve(modules, '@phala/dcap-qvl'));

function judge(dir) {
	const read = (name) => fs.readFileSync(path.join(dir, name));
	const quote = read('quote.bin');
	const root = read('root.der');
	const collateral = JSON.parse(read('collateral.json'));

	try {
		return QuoteVerifier.newWithRootCa(root)
			.verify(quote, collateral, Number(at)).status;
	} catch (e) {
		const texts = [];

		for (let cause = e; cause; cause = cause.cause)
			texts.push(cause.message);
		return `refused: ${texts.join(' <- ')}`;
	}
}

for (const dir of dirs)
	console.log(`${dir}\t${judge(dir).replaceAll('\n', ' ')}`);
