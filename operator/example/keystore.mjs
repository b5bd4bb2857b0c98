// A web3 v3 keystore, its password from the environment.
import { createDecipheriv, pbkdf2Sync, scryptSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { keccak256 } from "viem";

const hex = (text) => Buffer.from(text, "hex");

export function openKey(config) {
	const { crypto: c } = JSON.parse(readFileSync(config.keystore)), password = process.env[config.password_env];
	const { salt, dklen, n: N, r, p, c: rounds } = c.kdfparams;
	const derived = c.kdf === "scrypt" ? scryptSync(password, hex(salt), dklen, { N, r, p, maxmem: 1 << 30 })
		: pbkdf2Sync(password, hex(salt), rounds, dklen, "sha256");
	if (keccak256(Buffer.concat([derived.subarray(16, 32), hex(c.ciphertext)])) !== `0x${c.mac}`) throw new Error("wrong password");
	return `0x${createDecipheriv(c.cipher, derived.subarray(0, 16), hex(c.cipherparams.iv)).update(c.ciphertext, "hex", "hex")}`;
}
