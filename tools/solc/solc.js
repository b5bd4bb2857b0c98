// solc.js PACKAGE [--standard-json] [--base-path DIR] [--allow-paths LIST] …
//
// Standard JSON in, standard JSON out, with the WebAssembly compiler of the npm
// package in PACKAGE. The sources are not passed inside the input, which
// overflows the compiler's stack beyond about 1.4 MB, but through its read
// callback; the output is the same.
"use strict";

const fs = require("fs");
const path = require("path");

const [dir, ...options] = process.argv.slice(2);
let basePath = process.cwd();
for (let i = 0; i < options.length; i++) {
	switch (options[i]) {
	case "--standard-json":
		break;
	case "--base-path":
		basePath = options[++i];
		break;
	case "--allow-paths":
	case "--include-path":
		i++;
		break;
	default:
		console.error(`avsbed: solc: unknown option ${options[i]}`);
		process.exit(64);
	}
}

const solc = require(path.resolve(dir));
let input;
try {
	input = JSON.parse(fs.readFileSync(0, "utf8"));
} catch (e) {
	console.error(`avsbed: solc: standard input is not JSON: ${e.message}`);
	process.exit(2);
}

const contents = new Map();
for (const [name, source] of Object.entries(input.sources || {})) {
	if (source.content === undefined)
		continue;
	contents.set(name, source.content);
	input.sources[name] = { urls: [name] };
}

function read(name) {
	if (contents.has(name))
		return { contents: contents.get(name) };
	try {
		return { contents: fs.readFileSync(path.resolve(basePath, name), "utf8") };
	} catch (e) {
		return { error: e.message };
	}
}

const output = solc.compile(JSON.stringify(input), { import: read });
process.stdout.write(output);
