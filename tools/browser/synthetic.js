'use strict';

/*
 * synthetic.js JOURNAL: on stdout a journal of 1,000 scenarios, made of those
 * of a real one under other names. Every tenth fails, with text that would
 * break out of a careless page.
 */
const fs = require('fs');

const HOSTILE = '</script><script>document.title="broken"</script>' +
	'<img src="http://127.0.0.1:9/x" onerror="alert(1)"> \u0000 \u2028 ' +
	'\'"`${1}` <!-- ]]> &lt;';
const records = fs.readFileSync(process.argv[2], 'utf8').trim().split('\n')
	.map((line) => JSON.parse(line));
const ids = [...new Set(records.map((r) => r.scn).filter(Boolean))];
const write = (r) => process.stdout.write(`${JSON.stringify(r)}\n`);

write({ ev: 'run.start', t: 0, version: 1, seed: '1', scenarios: 1000 });
for (let i = 0; i < 1000; i++) {
	const id = ids[i % ids.length];
	const scn = `part${i % 7}/made-${String(i).padStart(4, '0')}`;
	const fails = i % 10 === 3;

	for (const r of records.filter((x) => x.scn === id)) {
		if (fails && r.ev === 'scenario.end') {
			write({ ev: 'failure', t: 1, scn, verdict: 'fail', step: '1',
				file: `${id}.yaml`, line: 3, col: 1, reason: HOSTILE,
				rows: [{ what: HOSTILE, expected: HOSTILE,
					actual: HOSTILE, ok: false }],
				source: [HOSTILE], of: [HOSTILE],
				inside: [{ file: HOSTILE, line: 3, col: 5,
					source: [HOSTILE] }],
				trace: [HOSTILE], events: [HOSTILE],
				state: [HOSTILE], meanwhile: [HOSTILE] });
			write({ ...r, scn, verdict: 'fail', reason: HOSTILE });
		} else {
			write({ ...r, scn, ...fails && r.title && { title: HOSTILE } });
		}
	}
}
write({ ev: 'run.end', t: 9, passed: 900, failed: 100, errors: 0, skipped: 0,
	seed: '1', ms: 9 });
