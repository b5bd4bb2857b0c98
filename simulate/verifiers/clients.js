// clients.js NODE_MODULES TEE_SIM: published clients against the daemon, as
// they are: @phala/dstack-sdk over its socket and over HTTP, and the fetching of
// collateral by @phala/dcap-qvl. What they get is checked by libraries of others.
'use strict';

const fs = require('fs');
const os = require('os');
const path = require('path');
const crypto = require('crypto');
const { spawn, spawnSync } = require('child_process');

const [modules, sim] = process.argv.slice(2);
const use = (name) => require(path.resolve(modules, name));
const { DstackClient, TappdClient, getComposeHash } = use('@phala/dstack-sdk');
const { getCollateral, QuoteVerifier } = use('@phala/dcap-qvl');
const { secp256k1 } = use('@noble/curves/secp256k1');
const { ed25519 } = use('@noble/curves/ed25519');
const { keccak_256, sha3_384 } = use('@noble/hashes/sha3');
const { sha256, sha384 } = use('@noble/hashes/sha2');

const AT = 1767225600; // 2026-01-01T00:00:00Z
const SLOW_MS = 3000; // the shortest time-out of a published client

let passed = 0;
let failed = 0;

function check(what, ok) {
	if (ok) {
		passed++;
	} else {
		failed++;
		console.log(`${what}: not so`);
	}
}

const same = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)) === 0;
const hex = (data) => Buffer.from(data).toString('hex');

async function part(what, fn) {
	const since = Date.now();

	try {
		await fn();
	} catch (e) {
		check(`${what}: ${e.stack}`, false);
	}
	check(`${what} takes less than ${SLOW_MS} ms`,
		Date.now() - since < SLOW_MS);
}

async function refuses(what, fn) {
	let said = null;

	try {
		await fn();
	} catch (e) {
		said = e.message;
	}
	check(`${what} is refused`, said && !/timed out/.test(said));
}

// The compressed key that signed; dstack puts v behind r and s.
function signer(sig, message) {
	return secp256k1.Signature.fromCompact(sig.slice(0, 64))
		.addRecoveryBit(sig[64])
		.recoverPublicKey(keccak_256(message)).toRawBytes(true);
}

// The KMS's key, by way of the app's.
function rootOf(pub, purpose, chain, appId) {
	const app = signer(chain[0], Buffer.from(`${purpose}:${hex(pub)}`));

	return signer(chain[1], Buffer.concat([
		Buffer.from('dstack-kms-issued:'), Buffer.from(appId, 'hex'), app]));
}

async function checkInfo(c) {
	const info = await c.info();
	const t = info.tcb_info;
	const compose = JSON.parse(t.app_compose);
	const replayed = [0, 1, 2, 3].map((imr) => t.event_log
		.filter((e) => e.imr === imr)
		.reduce((mr, e) => sha384(Buffer.concat([mr,
			Buffer.from(e.digest, 'hex')])), Buffer.alloc(48)));

	check('compose hash', info.compose_hash === getComposeHash(compose) &&
		info.compose_hash === hex(sha256(t.app_compose)));
	check('app id', info.app_id === info.compose_hash.slice(0, 40));
	for (const imr of [0, 1, 2, 3])
		check(`rtmr${imr}`, hex(replayed[imr]) === t[`rtmr${imr}`]);
	check('mr_aggregated', hex(sha256(Buffer.concat([
		t.mrtd, t.rtmr0, t.rtmr1, t.rtmr2, t.rtmr3,
		`01${info.compose_hash}`.padEnd(96, '0'), '00'.repeat(96)]
		.map((h) => Buffer.from(h, 'hex'))))) === info.mr_aggregated);
	const [cert, ca] = info.app_cert.split(/(?<=-----END CERTIFICATE-----\n)(?=-)/)
		.map((pem) => new crypto.X509Certificate(pem));

	check('app certificate', cert.subject === `CN=${info.app_id}` && ca.ca &&
		cert.verify(ca.publicKey));
	check('os_image_hash', info.os_image_hash ===
		JSON.parse(info.vm_config).os_image_hash);
}

async function checkQuotes(c) {
	const info = await c.info();
	const r = await c.getQuote('hello');
	const quote = Buffer.from(r.quote, 'hex');
	const rtmrs = r.replayRtmrs();

	check('report data', quote.subarray(568, 632).equals(
		Buffer.concat([Buffer.from('hello'), Buffer.alloc(59)])));
	for (const imr of [0, 1, 2, 3]) {
		const at = 376 + 48 * imr;

		check(`rtmr${imr} of the quote`,
			hex(quote.subarray(at, at + 48)) === rtmrs[imr]);
	}
	await c.emitEvent('app-event', 'grüß dich');
	const later = await c.getQuote('hello');
	const now = (await c.info()).tcb_info;

	check('an event extends RTMR3', later.replayRtmrs()[3] !== rtmrs[3] &&
		later.replayRtmrs()[3] === now.rtmr3 &&
		later.quote.slice(2 * 520, 2 * 568) === now.rtmr3);
	check('and no other', now.rtmr2 === info.tcb_info.rtmr2);
	check('its payload', hex('grüß dich') ===
		JSON.parse(later.event_log).pop().event_payload);
	check('attest', (await c.attest('hello')).attestation
		.startsWith('0000'));
	await refuses('report data of 65 bytes',
		() => c.getQuote(Buffer.alloc(65)));
}

async function checkKeys(c) {
	const { app_id: appId } = await c.info();
	const one = await c.getKey('one', 'p');
	const two = await c.getKey('two', 'p');
	const ed = await c.getKey('one', 'p', 'ed25519');
	const root = rootOf(secp256k1.getPublicKey(one.key), 'p',
		one.signature_chain, appId);

	check('keys by path', !same(one.key, two.key) && same(one.key, ed.key));
	check('keys stay', same(one.key, (await c.getKey('one')).key));
	check('one root', same(root, rootOf(secp256k1.getPublicKey(two.key),
		'p', two.signature_chain, appId)));
	check('ed25519 has it, too', same(root, rootOf(
		ed25519.getPublicKey(ed.key), 'p', ed.signature_chain, appId)));
	for (const name of ['secp256k1', 'ed25519', 'secp256k1_prehashed']) {
		const data = name.endsWith('hashed') ? Buffer.alloc(32, 7)
			: Buffer.from('data');
		const s = await c.sign(name, data);
		const good = name === 'ed25519'
			? ed25519.verify(s.signature, data, s.public_key)
			: secp256k1.verify(s.signature,
				name === 'secp256k1' ? sha256(data) : data,
				s.public_key);

		check(`${name} signature`, good);
		check(`${name} chain`, same(s.signature, s.signature_chain[0]) &&
			same(root, rootOf(s.public_key, 'signing',
				s.signature_chain.slice(1), appId)));
		check(`${name} verifies`, (await c.verify(name, data,
			s.signature, s.public_key)).valid === true);
		s.signature[5] ^= 1;
		check(`${name} does not verify`, (await c.verify(name, data,
			s.signature, s.public_key)).valid === false);
	}
	check('version', /^0\.5\./.test((await c.version()).version));
	await refuses('an unknown algorithm', () => c.getKey('x', '', 'rsa'));
}

function chainOf(r) {
	const [leaf, ca] = r.certificate_chain
		.map((pem) => new crypto.X509Certificate(pem));

	check('private key', leaf.checkPrivateKey(
		crypto.createPrivateKey(r.key)));
	check('issued', leaf.checkIssued(ca) && leaf.verify(ca.publicKey) &&
		ca.verify(ca.publicKey) && ca.ca && !leaf.ca);
	return leaf;
}

async function checkTls(c) {
	const r = await c.getTlsKey({ subject: 'grüß.example',
		altNames: ['a.example', '10.0.0.1', '::1'], usageRaTls: true,
		usageClientAuth: true });
	const leaf = chainOf(r);
	const spki = leaf.publicKey.export({ type: 'spki', format: 'der' });
	const over = crypto.createHash('sha512').update('ratls-cert:')
		.update(spki).digest();

	check('subject', leaf.subject === 'CN=grüß.example');
	check('names', leaf.checkHost('a.example') && leaf.checkIP('10.0.0.1') &&
		leaf.checkIP('::1'));
	check('usage', leaf.keyUsage.join() ===
		'1.3.6.1.5.5.7.3.1,1.3.6.1.5.5.7.3.2');
	check('the quote is over the key', leaf.raw.includes(over));
	check('from the last issue on', Date.parse(leaf.validFrom) === AT * 1000);
	check('a fresh key each time', r.key !== (await c.getTlsKey()).key);
	const dated = chainOf(await c.getTlsKey({ notBefore: AT - 60,
		notAfter: 2600000000 }));

	check('dates', Date.parse(dated.validTo) === 2600000000000 &&
		Date.parse(dated.validFrom) === (AT - 60) * 1000);
	check('key bytes', r.asUint8Array(32).length === 32);
}

async function checkTappd(t) {
	const one = await t.deriveKey('path', 'name', ['b.example']);
	const two = await t.deriveKey('path', 'name');
	const leaf = chainOf(one);

	check('derived keys stay', one.key === two.key);
	check('tappd names', leaf.checkHost('b.example') &&
		leaf.subject === 'CN=name');
	const hash = async (name, want) => {
		const r = await t.tdxQuote('hi', name);
		const got = Buffer.from(r.quote, 'hex').subarray(568, 632);

		check(`tdxQuote by ${name}`, got.subarray(0, want.length)
			.equals(Buffer.from(want)));
	};
	const text = Buffer.from('app-data:hi');

	await hash(undefined, crypto.createHash('sha512').update(text).digest());
	await hash('sha384', sha384(text));
	await hash('keccak256', keccak_256(text));
	await hash('sha3-384', sha3_384(text));
	await hash('raw', Buffer.concat([Buffer.alloc(62), Buffer.from('hi')]));
	await refuses('an unknown hash', () => t.tdxQuote('hi', 'md5'));
	check('info', (await t.info()).app_id.length === 40);
	check('reachable', await t.isReachable());
}

// As a verifier would: from the host's PCCS, and judged by the root.
async function checkCollateral(kind, base, root) {
	const c = new DstackClient(base);
	const quote = Buffer.from((await c.getQuote('x')).quote, 'hex');
	const collateral = await getCollateral(base, quote);
	const report = QuoteVerifier.newWithRootCa(root)
		.verify(quote, collateral, AT);

	check(`${kind}: collateral over HTTP`, report.status === 'UpToDate');
	check(`${kind}: the root's list is one`,
		collateral.root_ca_crl.length > 200);
}

async function start(dir) {
	const config = path.join(dir, 'sim.json');
	const instance = (name, more) => ({ name, port: 0,
		socket: path.join(dir, `${name}.sock`), ...more });

	fs.writeFileSync(config, JSON.stringify({ seed: 7, at: AT,
		control: path.join(dir, 'control.sock'), instances: [
			instance('alice', {}), instance('bob', { version: 5 }),
			instance('carol', { tee: 'sgx',
				platform: { fmspc: '998877665544' } })] }));
	const child = spawn(sim, ['serve', '--config', config],
		{ stdio: ['pipe', 'pipe', 'inherit'] });
	const ready = await new Promise((resolve, reject) => {
		let text = '';

		child.on('exit', () => reject(new Error('tee-sim ended')));
		child.stdout.on('data', (chunk) => {
			text += chunk;
			if (text.includes('\n'))
				resolve(JSON.parse(text.split('\n')[0]));
		});
	});

	return { child, ready };
}

async function main() {
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'clients-'));
	const root = JSON.parse(spawnSync(sim, ['root', '--seed', '7'],
		{ encoding: 'utf8' }).stdout);
	const { child, ready } = await start(dir);
	const url = (name) => `http://127.0.0.1:${ready.ports[name]}`;

	console.warn = () => {};
	try {
		for (const at of [path.join(dir, 'alice.sock'), url('alice')]) {
			process.env.DSTACK_SIMULATOR_ENDPOINT = at;
			const c = new DstackClient();

			check('reachable', await c.isReachable());
			await part(`${at}: info`, () => checkInfo(c));
			await part(`${at}: quotes`, () => checkQuotes(c));
			await part(`${at}: keys`, () => checkKeys(c));
			await part(`${at}: tls`, () => checkTls(c));
			process.env.TAPPD_SIMULATOR_ENDPOINT = at;
			await part(`${at}: tappd`,
				() => checkTappd(new TappdClient()));
		}
		for (const name of Object.keys(ready.ports))
			await part(`${name}: collateral`, () => checkCollateral(
				name, url(name),
				Buffer.from(root.der.slice(2), 'hex')));
	} finally {
		child.removeAllListeners('exit');
		child.stdin.end();
		fs.rmSync(dir, { recursive: true });
	}
	console.log(`published clients: ${passed} passed, ${failed} failed`);
	process.exit(failed ? 1 : 0);
}

main();
