"""clients.py TEE_SIM: the published Python client of dstack's guest agent
against the daemon, over its socket and over HTTP."""

import asyncio
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding, PublicFormat, load_pem_private_key)
from dstack_sdk import AsyncDstackClient, DstackClient, TappdClient

passed = failed = 0


def check(what, ok):
    global passed, failed
    if ok:
        passed += 1
    else:
        failed += 1
        print(f"{what}: not so")


def refuses(what, fn):
    try:
        fn()
    except Exception:
        return check(what, True)
    check(f"{what} is refused", False)


def check_quotes(c):
    quote = bytes.fromhex(c.get_quote(b"hello").quote)
    rtmrs = c.get_quote(b"hello").replay_rtmrs()

    check("report data", quote[568:632] == b"hello" + bytes(59))
    for i in range(4):
        at = 376 + 48 * i
        check(f"rtmr{i}", quote[at:at + 48].hex() == rtmrs[i])
    check("emit_event", c.emit_event("e", "grüß dich") is None)
    check("rtmr3 moves",
          c.get_quote(b"x").replay_rtmrs()[3] == c.info().tcb_info.rtmr3
          != rtmrs[3])
    check("attest", c.attest(b"x").attestation.startswith("0000"))
    refuses("65 bytes", lambda: c.get_quote(bytes(65)))


def check_keys(c):
    info = c.info()
    key = c.get_key("path é", "purpose")
    check("compose hash", info.compose_hash == hashlib.sha256(
        info.tcb_info.app_compose.encode()).hexdigest())
    check("two links", [len(s) for s in key.decode_signature_chain()] ==
          [65, 65])
    check("a key", len(key.decode_key()) == 32)
    check("another path", c.get_key("x").key != key.key)
    for name in ("secp256k1", "ed25519"):
        s = c.sign(name, "data")
        check(f"{name} verifies", c.verify(
            name, "data", s.decode_signature(), s.decode_public_key()).valid)
        check(f"{name} does not verify", not c.verify(
            name, "date", s.decode_signature(), s.decode_public_key()).valid)
    check("version", c.version().version.startswith("0.5."))


def check_tls(r, name):
    leaf, ca = [x509.load_pem_x509_certificate(pem.encode())
                for pem in r.certificate_chain]
    key = load_pem_private_key(r.key.encode(), None).public_key()
    spki = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    leaf.verify_directly_issued_by(ca)
    check("subject", leaf.subject.rfc4514_string() == f"CN={name}")
    check("key", leaf.public_key().public_bytes(*spki) ==
          key.public_bytes(*spki))


async def check_async(at):
    c = AsyncDstackClient(at)
    both = await asyncio.gather(c.info(), c.get_quote(b"x"))
    check("async", both[0].app_id and both[1].quote)


def check_all(at):
    os.environ["DSTACK_SIMULATOR_ENDPOINT"] = at
    os.environ["TAPPD_SIMULATOR_ENDPOINT"] = at
    c = DstackClient()
    t = TappdClient()

    check("reachable", c.is_reachable())
    check_quotes(c)
    check_keys(c)
    check_tls(c.get_tls_key(subject="a", alt_names=["b.c"], usage_ra_tls=True),
              "a")
    check_tls(t.derive_key("p", "d"), "d")
    check("tappd", t.info().app_id == c.info().app_id)
    check("raw", bytes.fromhex(t.tdx_quote("y" * 64, "raw").quote)[568:632] ==
          b"y" * 64)
    check("hashed", bytes.fromhex(t.tdx_quote("y", "sha384").quote)[568:616] ==
          hashlib.sha384(b"app-data:y").digest())
    asyncio.run(check_async(at))


def main():
    directory = tempfile.mkdtemp()
    # The client loads authorities though it never speaks TLS: ours will do.
    authorities = os.path.join(directory, "root.pem")
    with open(authorities, "w", encoding="utf-8") as f:
        f.write(json.loads(subprocess.check_output(
            [sys.argv[1], "root", "--seed", "7"]))["pem"])
    os.environ["SSL_CERT_FILE"] = authorities
    config = os.path.join(directory, "sim.json")
    socket = os.path.join(directory, "alice.sock")
    with open(config, "w", encoding="utf-8") as f:
        json.dump({"seed": 7, "control": os.path.join(directory, "control"),
                   "instances": [{"name": "alice", "socket": socket,
                                  "port": 0}]}, f)
    sim = subprocess.Popen([sys.argv[1], "serve", "--config", config],
                           stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        port = json.loads(sim.stdout.readline())["ports"]["alice"]
        for at in (socket, f"http://127.0.0.1:{port}"):
            check_all(at)
    finally:
        sim.stdin.close()
        sim.wait()
        shutil.rmtree(directory)
    print(f"the published Python client: {passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
