'use strict';

/*
 * check.js SCHEMA FOLDER… BAD: every YAML file below the folders must fit the
 * schema, and no file of the last one may: its first line says where it does
 * not, `# bad: /steps/0`, the place that an editor would mark.
 */
const fs = require('fs');
const path = require('path');

const modules = path.resolve('build/schema');
const Ajv = require(path.join(modules, 'ajv'));
const YAML = require(path.join(modules, 'yaml'));

const [, , schemaFile, ...rest] = process.argv;
const bad = rest.pop();
const schema = JSON.parse(fs.readFileSync(schemaFile, 'utf8'));
const validate = new Ajv({ allErrors: true, strict: true,
	strictRequired: false, strictTypes: false, allowUnionTypes: true })
	.compile(schema);
let passed = 0, failed = 0;

function judge(what, ok, why) {
	if (ok)
		passed++;
	else
		failed++;
	if (!ok)
		console.log(`  FAILED  ${what}: ${why}`);
}

function files(folder) {
	return fs.readdirSync(folder, { withFileTypes: true, recursive: false })
		.flatMap((f) => (f.isDirectory()
			? files(path.join(folder, f.name))
			: f.name.endsWith('.yaml')
				? [path.join(folder, f.name)] : []));
}

/* Where the deepest complaint stands: an alternative that fits best. */
function deepest(errors) {
	return errors.map((e) => e.instancePath).sort((a, b) =>
		b.split('/').length - a.split('/').length)[0];
}

function parse(file) {
	return YAML.parse(fs.readFileSync(file, 'utf8'), { version: '1.2' });
}

for (const folder of rest)
	for (const file of files(folder)) {
		const ok = validate(parse(file));

		judge(file, ok, JSON.stringify(validate.errors?.filter((e) =>
			e.instancePath === deepest(validate.errors)).slice(0, 3)));
	}
for (const file of files(bad)) {
	const [, where] = fs.readFileSync(file, 'utf8')
		.match(/^# bad: (\S*)\n/) || [];
	const ok = validate(parse(file));
	const told = (validate.errors || []).map((e) => e.instancePath || '/');

	judge(file, !ok && where && told.includes(where),
		ok ? 'it fits' : `complaints about ${[...new Set(told)]}`);
}
console.log(`schema: ${passed} passed, ${failed} failed`);
process.exit(failed || !passed ? 1 : 0);
