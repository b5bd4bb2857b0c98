/*
 * fake_chain - a chain with EigenLayer and the AVS as far as an operator sees
 * them, and a TEE, all on the test's own loop.
 *
 * For tests of this folder; each includes it once. State is plain members: a
 * test sets what the chain says, and reads what the operator did to it.
 */
#ifndef OPERATOR_TEST_FAKE_CHAIN_H
#define OPERATOR_TEST_FAKE_CHAIN_H

#include <signal.h>
#include <unistd.h>

#include "test/kit.h"

#include "base/base.h"
#include "base/clock.h"
#include "base/hex.h"
#include "codec/keyfile.h"
#include "eth/chain.h"
#include "eth/tx.h"
#include "io/http_server.h"
#include "operator/operator.h"
#include "operator/test/fake_contracts.h"
#include "test/rpc_stub.h"

/* --- transactions --------------------------------------------------------- */

static const char *const FUNCTIONS[] = {
    "registerAsOperator(address,uint32,string)",
    "approve(address,uint256)",
    "depositIntoStrategy(address,address,uint256)",
    "modifyAllocations(address,((address,uint32),address[],uint64[])[])",
    "registerForOperatorSets(address,(address,uint32[],bytes))",
    "deregisterFromOperatorSets((address,address,uint32[]))",
    "addCa(bytes)",
    "registerPck(bytes)",
    "respondToSlaChallenge(uint256,bytes)",
    "reattest(bytes,uint64)",
    "putCrl(bytes)",
    "addTcbSigner(bytes)",
    "putTcbInfo(bytes,bytes,bytes32)",
    "putQeIdentity(bytes,bytes,bytes32)",
};

/* The bare name of the function that @data calls. */
static const char *function_of(const uint8_t *data, size_t len)
{
	static char name[32];

	for (size_t i = 0; i < ARRAY_LEN(FUNCTIONS); i++)
		if (is_call(data, len, FUNCTIONS[i])) {
			snprintf(name, sizeof(name), "%.*s",
				 (int)strcspn(FUNCTIONS[i], "("), FUNCTIONS[i]);
			return name;
		}
	fail_msg("transaction to a function that this chain has not");
	return "";
}

static void apply(struct fake *f, const char *name, const uint8_t *data)
{
	uint64_t id;

	if (!strcmp(name, "registerAsOperator"))
		f->registered = true;
	else if (!strcmp(name, "approve"))
		f->allowance = arg_u64(data, 1);
	else if (!strcmp(name, "depositIntoStrategy"))
		f->deposited += arg_u64(data, 2);
	else if (!strcmp(name, "modifyAllocations"))
		f->allocated = f->allocated ? 0 : 500; /* taken back */
	else if (!strcmp(name, "registerForOperatorSets"))
		f->member = true;
	else if (!strcmp(name, "deregisterFromOperatorSets"))
		f->member = false;
	else if (!strcmp(name, "reattest"))
		f->attested_until = 1 + f->period;
	else if (!strcmp(name, "putQeIdentity"))
		f->collateral_until = f->nothing_newer ? 1 : 1000;
	else if (!strncmp(name, "put", 3) || !strcmp(name, "addTcbSigner"))
		return;
	else if (!strcmp(name, "addCa"))
		f->ca_known = true;
	else if (!strcmp(name, "registerPck")) {
		f->pck_known = true;
		f->old_ca = false;
	} else {
		id = arg_u64(data, 0);
		f->challenges[id - 1].responded = true;
		f->answered[f->answered_n++] = id;
	}
}

static bool is_mined(const struct fake *f, const struct hash32 *hash)
{
	for (unsigned i = 0; i < f->sent_n; i++)
		if (hash_eq(&f->mined[i], hash))
			return true;
	return false;
}

static void mine_tx(struct fake *f, const struct tx *t,
		    const struct hash32 *hash)
{
	assert_int_equal(t->nonce, f->nonce++);
	assert_true(f->sent_n < MINED_MAX);
	f->mined[f->sent_n] = *hash;
	snprintf(f->sent[f->sent_n++], 32, "%s",
		 function_of(t->data, t->data_len));
	if (!f->fails_when_mined)
		apply(f, f->sent[f->sent_n - 1], t->data);
	f->height++;
	rpc_stub_head(f->stub, f->height);
}

/* One that came before its nonce's turn waits in the pool, as many as one. */
static char *send_raw(struct fake *f, const json_t *params)
{
	CLEANUP(freep) uint8_t *raw = NULL;
	const char *hex = json_string_value(json_array_get(params, 0));
	struct addr20 from;
	struct hash32 hash;
	struct tx t;
	size_t len;
	struct err e;

	assert_ok(hex_decode_alloc(&raw, &len, hex, strlen(hex), &e), &e);
	assert_ok(tx_decode(&t, &from, &hash, raw, len, &e), &e);
	assert_true(addr_eq(&from, &f->op.me));
	if (is_mined(f, &hash) || (f->pool && !strcmp(f->pool, hex)))
		return xstrdup("\"error\":{\"code\":-32000,\"message\":"
			       "\"already known\"}");
	assert_int_equal(t.chain_id, f->chain_id);
	/* Twice the base fee of 7, and the tip of 1. */
	assert_int_equal(t.max_fee.w[0], 15);
	assert_int_equal(t.gas, f->tried_gas);
	if (t.nonce > f->nonce) {
		assert_null(f->pool);
		f->pool = xstrdup(hex);
		return xasprintf("\"result\":\"%s\"", fmt_hash(&hash).s);
	}
	mine_tx(f, &t, &hash);
	if (f->pool) {
		CLEANUP(json_decrefp) json_t *next = json_pack("[s]", f->pool);

		free(TAKE(f->pool));
		free(send_raw(f, next));
	}
	return xasprintf("\"result\":\"%s\"", fmt_hash(&hash).s);
}

/* Of the transaction that took the operator out of its set. */
static struct hash32 removal_tx(void)
{
	return keccak256("removal", 7);
}

static char *receipt(struct fake *f, const json_t *params)
{
	const char *hash = json_string_value(json_array_get(params, 0));
	struct addr20 from = f->op.me;
	struct hash32 h, removal = removal_tx();
	struct err e;

	assert_ok(json_hash_at(&h, params, "[0]", &e), &e);
	if (hash_eq(&h, &removal)) {
		if (!f->removed_itself)
			from = fake_address(SERVICE_MANAGER);
	} else if (!is_mined(f, &h)) {
		return xstrdup("\"result\":null");
	}
	if (f->hide_receipts) {
		f->hide_receipts = false;
		rpc_stub_head(f->stub, f->height);
		return xstrdup("\"result\":null");
	}
	return xasprintf("\"result\":{\"transactionHash\":\"%s\","
			 "\"blockNumber\":\"0x%llx\","
			 "\"transactionIndex\":\"0x0\","
			 "\"gasUsed\":\"0x5208\","
			 "\"status\":\"0x%d\",\"from\":\"%s\",\"to\":null,"
			 "\"contractAddress\":null,\"logs\":[]}",
			 hash, (unsigned long long)f->height,
			 !f->fails_when_mined, fmt_addr(&from).s);
}

/* By its receipt; or, when late, by EIP-7966's error. */
static char *send_sync(struct fake *f, const json_t *params)
{
	CLEANUP(json_decrefp) json_t *hash = NULL;
	CLEANUP(freep) char *sent = NULL;

	if (f->sync == SYNC_NONE)
		return xstrdup("\"error\":{\"code\":-32601,\"message\":"
			       "\"no such method\"}");
	if (f->sync == SYNC_CLOSES) {
		rpc_stub_drop(f->stub);
		return NULL;
	}
	sent = send_raw(f, params);
	if (strncmp(sent, "\"result\":", 9))
		return TAKE(sent);
	if (f->sync == SYNC_LATE)
		return xasprintf("\"error\":{\"code\":4,\"message\":\"late\","
				 "\"data\":%s}",
				 sent + 9);
	hash = json_pack("[s%]", sent + 10, (size_t)66);
	return receipt(f, hash);
}

/* --- JSON-RPC ------------------------------------------------------------- */

/* A call that says its gas tries a transaction; others ask a view. */
static char *answer_call(struct fake *f, const json_t *params)
{
	CLEANUP(freep) uint8_t *data = NULL;
	struct buf b = BUF_INIT(4096);
	char *ret;
	size_t len;
	struct err e;
	bool ok;

	assert_ok(json_bytes_at(&data, &len, params, "[0].data", &e), &e);
	if (json_u64_at(&f->tried_gas, params, "[0].gas", &e)) {
		if (f->refuse && !strcmp(function_of(data, len), f->refuse))
			return xasprintf("\"error\":{\"code\":3,\"message\":"
					 "\"execution reverted\","
					 "\"data\":\"%s\"}",
					 f->revert);
		return xstrdup("\"result\":\"0x\"");
	}
	ok =
	    answer_eigenlayer(f, data, len, &b) || answer_avs(f, data, len, &b);
	if (ok) {
		struct buf hex = BUF_INIT(16384);

		buf_addhex(&hex, b.data, b.len);
		ret = xasprintf("\"result\":\"0x%s\"", buf_str(&hex));
		buf_done(&hex);
	} else {
		ret = xstrdup("\"error\":{\"code\":3,\"message\":\"execution "
			      "reverted\",\"data\":\"0x\"}");
	}
	buf_done(&b);
	return ret;
}

static void log_topic(struct buf *b, const void *bytes, size_t len)
{
	uint8_t word[32] = {0};

	memcpy(word + 32 - len, bytes, len);
	buf_adds(b, ",\"0x");
	buf_addhex(b, word, sizeof(word));
	buf_addc(b, '"');
}

static void log_removal(const struct fake *f, struct buf *b)
{
	static const char removed[] =
	    "OperatorRemovedFromOperatorSet(address,(address,uint32))";
	struct hash32 topic = keccak256(removed, strlen(removed));
	struct hash32 tx = removal_tx();
	uint8_t data[64] = {0};

	memcpy(data + 12, f->cfg.avs.b, sizeof(f->cfg.avs.b));
	data[63] = (uint8_t)f->cfg.set;
	buf_addf(b, "%s{\"topics\":[\"%s\"", b->len ? "," : "",
		 fmt_hash(&topic).s);
	log_topic(b, f->op.me.b, sizeof(f->op.me.b));
	buf_addf(b, "],\"address\":\"%s\",\"data\":\"0x",
		 fmt_addr(&f->cfg.allocation_manager).s);
	buf_addhex(b, data, sizeof(data));
	buf_addf(b,
		 "\",\"blockNumber\":\"0x%llx\",\"logIndex\":\"0x1\","
		 "\"transactionHash\":\"%s\"}",
		 (unsigned long long)f->removed_at, fmt_hash(&tx).s);
}

static char *logs(struct fake *f, const json_t *params)
{
	static const char issued[] =
	    "SlaChallengeIssued(uint256,address,bytes,uint256)";
	struct hash32 topic = keccak256(issued, strlen(issued)), topic2;
	struct buf b = BUF_INIT(65536);
	uint64_t from, to;
	char *ret;
	struct err e;

	f->asked_for_me |=
	    json_hash_at(&topic2, params, "[0].topics[2]", &e) &&
	    !memcmp(topic2.b + 12, f->op.me.b, sizeof(f->op.me.b));
	assert_ok(json_u64_at(&from, params, "[0].fromBlock", &e), &e);
	if (!json_u64_at(&to, params, "[0].toBlock", &e))
		to = UINT64_MAX; /* "latest" */
	for (unsigned i = 0; i < f->challenges_n; i++) {
		const struct fake_challenge *c = &f->challenges[i];
		uint8_t id = (uint8_t)(i + 1);

		if (c->issued < from || c->issued > to)
			continue;
		buf_addf(&b, "%s{\"topics\":[\"%s\"", b.len ? "," : "",
			 fmt_hash(&topic).s);
		log_topic(&b, &id, 1);
		log_topic(&b, c->whom.b, sizeof(c->whom.b));
		buf_addf(&b,
			 "],\"address\":\"%s\",\"data\":\"0x\","
			 "\"blockNumber\":\"0x%llx\",\"logIndex\":\"0x0\","
			 "\"transactionHash\":\"%s\"}",
			 fmt_addr(&f->cfg.sla_oracle).s,
			 (unsigned long long)c->issued, fmt_hash(&topic).s);
	}
	if (f->removed_at && f->removed_at >= from && f->removed_at <= to)
		log_removal(f, &b);
	ret = xasprintf("\"result\":[%s]", buf_str(&b));
	buf_done(&b);
	return ret;
}

static char *block(const struct fake *f)
{
	unsigned long long n = f->height;

	/* As rpc_stub_head() announces them. */
	return xasprintf("\"result\":{\"number\":\"0x%llx\",\"timestamp\":"
			 "\"0x1\",\"baseFeePerGas\":\"0x7\","
			 "\"gasUsed\":\"0x0\",\"gasLimit\":\"0x1\","
			 "\"hash\":\"0x%064llx\","
			 "\"parentHash\":\"0x%064llx\"}",
			 n, n, n - 1);
}

static char *number(uint64_t n)
{
	return xasprintf("\"result\":\"0x%llx\"", (unsigned long long)n);
}

static char *answer_method(struct fake *f, const char *method,
			   const json_t *params);

static char *fake_answer(void *arg, const char *method, const json_t *params)
{
	struct fake *f = arg;

	if (++f->answers && f->mute)
		return NULL;
	if (f->answers == f->kill_at) {
		kill(getpid(), SIGTERM);
		if (!f->answers_killed)
			return NULL;
	}
	if (f->answers == f->drop_at) {
		if (f->drops_answer)
			free(answer_method(f, method, params));
		rpc_stub_drop(f->stub);
		return NULL;
	}
	return answer_method(f, method, params);
}

static char *answer_method(struct fake *f, const char *method,
			   const json_t *params)
{
	if (f->break_method && !strcmp(method, f->break_method) &&
	    ++f->broken != f->break_spares &&
	    (!f->break_times || f->broken <= f->break_times))
		return xstrdup("\"error\":{\"code\":-32000,"
			       "\"message\":\"out of order\"}");
	if (!strcmp(method, "eth_chainId"))
		return number(f->chain_id);
	if (!strcmp(method, "web3_clientVersion"))
		return xstrdup("\"result\":\"fake/v1\"");
	if (!strcmp(method, "eth_subscribe"))
		return number(1);
	if (!strcmp(method, "eth_blockNumber"))
		return number(f->height);
	if (!strcmp(method, "eth_getTransactionCount"))
		return number(f->nonce);
	if (!strcmp(method, "eth_maxPriorityFeePerGas") ||
	    !strcmp(method, "eth_getBalance"))
		return number(1);
	if (!strcmp(method, "eth_getBlockByNumber"))
		return block(f);
	if (!strcmp(method, "eth_getTransactionReceipt"))
		return receipt(f, params);
	if (!strcmp(method, "eth_getTransactionByHash"))
		return xstrdup("\"result\":null");
	if (!strcmp(method, "eth_getLogs"))
		return logs(f, params);
	if (!strcmp(method, "eth_sendRawTransaction"))
		return send_raw(f, params);
	if (!strcmp(method, "eth_sendRawTransactionSync"))
		return send_sync(f, params);
	assert_string_equal(method, "eth_call");
	return answer_call(f, params);
}

/* --- TEE ------------------------------------------------------------------ */

/* Base64 of "pck" and "ca!": certificates enough for who only passes them on */
static const char PEM[] = "-----BEGIN CERTIFICATE-----\ncGNr\n"
			  "-----END CERTIFICATE-----\n"
			  "-----BEGIN CERTIFICATE-----\nY2Eh\n"
			  "-----END CERTIFICATE-----\n";

static void put_le(struct buf *b, uint64_t v, unsigned bytes)
{
	for (; bytes--; v >>= 8)
		buf_addc(b, (char)(v & 0xff));
}

static void put_zeros(struct buf *b, size_t n)
{
	while (n--)
		buf_addc(b, 0);
}

/* The frame of a TDX v4 quote: sizes and certificates, else zeros. */
static UNUSED void fake_quote(struct buf *b, const char *pem)
{
	size_t pem_len = strlen(pem), outer = 384 + 64 + 2 + 4 + 6 + pem_len;

	put_zeros(b, 632);
	put_le(b, 64 + 64 + 6 + outer, 4);
	put_zeros(b, 64 + 64);
	put_le(b, 6, 2);
	put_le(b, outer, 4);
	put_zeros(b, 384 + 64);
	put_le(b, 4, 2);
	put_zeros(b, 4);
	put_le(b, 5, 2);
	put_le(b, pem_len, 4);
	buf_add(b, pem, pem_len);
}

/* The PCCS of the TEE's host. */
static void fake_pcs(const struct http_in *in, struct http_exchange *x)
{
	static const char chain[] =
	    "-----BEGIN%20CERTIFICATE-----%0Ac2lnbmVy%0A-----END%20CERTIFICATE"
	    "-----%0A";
	const char *text = "30053003020101"; /* a list, as far as we read it */
	struct buf b = BUF_INIT(4096);

	if (strstr(in->path, "/tcb") || strstr(in->path, "/identity")) {
		bool tcb = strstr(in->path, "/tcb");

		http_header(x, tcb ? "TCB-Info-Issuer-Chain"
				   : "SGX-Enclave-Identity-Issuer-Chain",
			    chain);
		buf_addf(&b, "{\"%s\":{},\"signature\":\"%0128d\"}",
			 tcb ? "tcbInfo" : "enclaveIdentity", 0);
		text = buf_str(&b);
	}
	http_respond(x, 200, "text/plain", text, strlen(text));
	buf_done(&b);
}

static void fake_tee(void *arg, const struct http_in *in,
		     struct http_exchange *x)
{
	CLEANUP(json_decrefp) json_t *j = NULL;
	struct fake *f = arg;
	struct buf quote = BUF_INIT(65536), body = BUF_INIT(262144);
	const char *hex;
	struct err e;

	if (!strcmp(in->method, "GET")) {
		fake_pcs(in, x);
		return;
	}
	f->quotes++;
	assert_string_equal(in->path, "/GetQuote");
	assert_string_equal(in->method, "POST");
	assert_ok(json_parse(&j, in->body, in->body_len, "request", &e), &e);
	assert_ok(json_text_at(&hex, j, "report_data", &e), &e);
	assert_ok(hex_decode(f->last_report_data, 32, hex, strlen(hex), &e),
		  &e);
	if (++f->answers == f->kill_at)
		kill(getpid(), SIGTERM);
	if (f->answers == f->kill_at && !f->answers_killed)
		f->tee = TEE_SILENT;
	if (f->tee == TEE_REFUSES)
		http_respond(x, 400, "application/json",
			     "{\"error\":\"no TDX\"}", 18);
	else if (f->tee != TEE_SILENT) {
		if (f->tee == TEE_GOOD)
			fake_quote(&quote, PEM);
		else
			put_zeros(&quote, 100);
		buf_adds(&body, "{\"quote\":\"");
		buf_addhex(&body, quote.data, quote.len);
		buf_adds(&body, "\",\"event_log\":\"[]\"}");
		http_respond(x, 200, "application/json", body.data, body.len);
	}
	buf_done(&quote);
	buf_done(&body);
}

/* Events arrive here as they are flushed: one line each. */
static ssize_t take_event(void *cookie, const char *line, size_t len)
{
	struct fake *f = cookie;
	CLEANUP(freep) char *copy = xstrndup(line, len);

	buf_add(&f->out, line, len);
	if (f->on_event)
		f->on_event(f, copy);
	return (ssize_t)len;
}

/* --- set-up --------------------------------------------------------------- */

static void fake_config(struct fake *f)
{
	struct config *c = &f->cfg;
	struct seckey key = devnet_key("fake operator");
	struct err e;

	*c = (struct config){.retry_ms = 20,
			     .name = "alice",
			     .chain_id = 31337,
			     .path = "alice.json",
			     .avs_name = "phala",
			     .tee_timeout_ms = 300,
			     .stakes_n = 1,
			     .set = 3};
	c->allocation_manager = fake_address(ALLOCATION_MANAGER);
	c->delegation_manager = fake_address(DELEGATION_MANAGER);
	c->strategy_manager = fake_address(STRATEGY_MANAGER);
	c->service_manager = c->avs = fake_address(SERVICE_MANAGER);
	c->sla_oracle = fake_address(SLA_ORACLE);
	c->collateral_registry = fake_address(REGISTRY);
	c->stakes[0] = (struct stake){.token = fake_address(TOKEN),
				      .strategy = fake_address(STRATEGY),
				      .amount = u256_from_u64(1000),
				      .magnitude = 500};
	f->op.key = key;
	assert_ok(secp_address(&f->op.me, &key, &e), &e);
}

static UNUSED int fake_setup(void **state)
{
	struct fake *f = xcalloc(1, sizeof(*f));
	char *ipc, *tee;
	struct err e;

	f->dir = kit_tmpdir_new();
	ipc = xasprintf("%s/node.ipc", f->dir);
	tee = xasprintf("%s/tee.sock", f->dir);
	assert_ok(loop_new(&f->loop, &e), &e);
	f->stub = rpc_stub_new(f->loop, ipc, fake_answer, f);
	assert_ok(
	    http_server_new(&f->tee_server, f->loop, tee, 0, fake_tee, f, &e),
	    &e);
	f->height = 200;
	f->chain_id = 31337;
	f->max_magnitude = 1000000000000000000u;
	fake_config(f);
	f->cfg.ipc = ipc;
	f->cfg.tee = tee;
	f->out = BUF_INIT(1 << 20);
	f->ev = (struct events){.name = "alice"};
	f->ev.out =
	    fopencookie(f, "w", (cookie_io_functions_t){.write = take_event});
	metrics_init(&f->op.metrics);
	f->op.cfg = &f->cfg;
	f->op.ev = &f->ev;
	f->op.loop = f->loop;
	*state = f;
	return 0;
}

static UNUSED int fake_teardown(void **state)
{
	struct fake *f = *state;

	operator_done(&f->op);
	http_server_free(f->tee_server);
	rpc_stub_free(f->stub);
	loop_free(f->loop);
	fclose(f->ev.out);
	buf_done(&f->out);
	free(f->pool);
	/* The configuration borrowed them. */
	free((void *)(uintptr_t)f->cfg.ipc);
	free((void *)(uintptr_t)f->cfg.tee);
	kit_tmpdir_free(f->dir);
	free(f);
	return 0;
}

/* The names of the functions called so far, "a b c". */
static UNUSED const char *fake_sent(const struct fake *f)
{
	static char all[MINED_MAX * 33];
	size_t at = 0;

	all[0] = 0;
	for (unsigned i = 0; i < f->sent_n; i++)
		at += (size_t)snprintf(all + at, sizeof(all) - at, "%s%s",
				       i ? " " : "", f->sent[i]);
	return all;
}

static UNUSED void fake_challenge(struct fake *f, uint64_t end)
{
	struct fake_challenge *c = &f->challenges[f->challenges_n++];

	*c = (struct fake_challenge){
	    .whom = f->op.me,
	    .issued = f->height,
	    .end = end,
	    .response_data = (uint8_t)(0x10 + f->challenges_n),
	};
}

/* Whether the operator has written an event with this text in it. */
static UNUSED bool fake_said(struct fake *f, const char *text)
{
	return strstr(buf_str(&f->out), text);
}

#endif
