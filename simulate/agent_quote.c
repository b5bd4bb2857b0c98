/* Methods about the instance itself: Info, quotes, attestations, events. */
#include "simulate/agent_call.h"

#include "base/base.h"
#include "simulate/tls.h"
#include "base/hex.h"
#include "simulate/attestation.h"
#include "simulate/keys.h"

#define LOG_EVENTS_MAX 512u
#define LOG_BYTES_MAX (64u << 10)
#define ANSWER_MAX (16u << 20)
#define DATA_MAX (1u << 20) /* bytes of what is hashed */

/* JSON in a string: that is how the agent hands it out. */
static char *tcb_info(const struct tee *t)
{
	static const char *const names[] = {"rtmr0", "rtmr1", "rtmr2", "rtmr3"};
	json_t *j = json_object();
	struct reply r;

	PUT_HEX(j, "mrtd", t->td.mrtd);
	for (unsigned i = 0; i < RTMR_N; i++)
		PUT_HEX(j, names[i], t->td.rtmr[i]);
	if (t->kind == TEE_SGX3) {
		PUT_HEX(j, "mrenclave", t->sgx.mrenclave);
		PUT_HEX(j, "mrsigner", t->sgx.mrsigner);
	}
	PUT_HEX(j, "mr_aggregated", t->measurement.b);
	PUT_HEX(j, "os_image_hash", t->os_image_hash.b);
	PUT_HEX(j, "compose_hash", t->compose_hash.b);
	PUT_HEX(j, "device_id", t->device_id.b);
	put(j, "event_log", event_log_json(&t->log));
	put_text(j, "app_compose", t->compose);
	r = reply_json(200, j);
	return r.text;
}

static struct reply info(struct call *c)
{
	const struct tee *t = c->tee;
	char *tcb CLEANUP(freep) = NULL;
	struct buf cert = BUF_INIT(TLS_MAX);
	struct err e = ERR_INIT;
	json_t *j;

	if (!app_cert_add(&cert, c, &e)) {
		buf_done(&cert);
		return bad(&e);
	}
	tcb = tcb_info(t);
	j = json_object();

	PUT_HEX(j, "app_id", t->app_id);
	put(j, "instance_id",
	    json_hex(t->instance_id,
		     t->has_instance_id ? sizeof(t->instance_id) : 0));
	put_text(j, "app_cert", buf_str(&cert));
	buf_done(&cert);
	put_text(j, "tcb_info", tcb);
	put_text(j, "app_name", t->app_name);
	PUT_HEX(j, "device_id", t->device_id.b);
	PUT_HEX(j, "mr_aggregated", t->measurement.b);
	PUT_HEX(j, "os_image_hash", t->os_image_hash.b);
	put_text(j, "key_provider_info", t->key_provider);
	PUT_HEX(j, "compose_hash", t->compose_hash.b);
	put_text(j, "vm_config", t->vm_config);
	put_text(j, "cloud_vendor", "SIMULATED");
	put_text(j, "cloud_product", "SIMULATED");
	return reply_json(200, j);
}

static struct reply version(UNUSED struct call *c)
{
	return reply_json(200, json_pack("{s:s, s:s}", "version", "0.5.8",
					 "rev", "SIMULATED"));
}

/* A quote, noted; what else is in its answer is the caller's. */
static bool quote(struct buf *ret, struct call *c,
		  const uint8_t report_data[TEE_REPORT_DATA],
		  struct reply *bad_r)
{
	struct agent_note note = {.quoted = true};
	struct err e = ERR_INIT;

	if (!tee_quote(ret, c->tee, report_data, &e)) {
		*bad_r = reply_error(500, "%s", e.text);
		return false;
	}
	note.quote_len = ret->len;
	memcpy(note.report_data, report_data, TEE_REPORT_DATA);
	*c->note = note;
	return true;
}

/*
 * quote and event_log, as every method has them, before what else it says: 14 kB
 * that are the same each time but for the quote.
 */
static struct reply quote_reply(struct tee *t, const struct buf *q,
				json_t *take_more)
{
	struct reply more = reply_json(200, take_more);
	struct buf b = BUF_INIT(ANSWER_MAX);

	buf_adds(&b, "{\"quote\":\"");
	buf_addhex(&b, q->data, q->len);
	buf_adds(&b, "\",\"event_log\":");
	buf_adds(&b, event_log_said(&t->log));
	buf_addc(&b, ',');
	buf_adds(&b, more.text + 1); /* behind its brace */
	reply_done(&more);
	return reply_bytes(200, "application/json", &b);
}

static struct reply full_quote(struct call *c,
			       const uint8_t report_data[TEE_REPORT_DATA])
{
	struct buf q = BUF_INIT(QUOTE_MAX);
	struct reply r;
	json_t *j;

	if (quote(&q, c, report_data, &r)) {
		j = json_object();
		put(j, "report_data", json_hex(report_data, TEE_REPORT_DATA));
		put_text(j, "vm_config", c->tee->vm_config);
		r = quote_reply(c->tee, &q, j);
	}
	buf_done(&q);
	return r;
}

/* Up to 64 bytes, zeros behind them. */
static bool report_data(uint8_t ret[TEE_REPORT_DATA], const struct call *c,
			struct err *e)
{
	uint8_t *data CLEANUP(freep) = NULL;
	size_t len;

	if (!arg_bytes(&data, &len, c, "report_data", TEE_REPORT_DATA, e))
		return false;
	memset(ret, 0, TEE_REPORT_DATA);
	memcpy(ret, data, len);
	return true;
}

static struct reply get_quote(struct call *c)
{
	uint8_t data[TEE_REPORT_DATA];
	struct err e = ERR_INIT;

	return report_data(data, c, &e) ? full_quote(c, data) : bad(&e);
}

static struct reply attest(struct call *c)
{
	struct buf q = BUF_INIT(QUOTE_MAX), all = BUF_INIT(ATTESTATION_MAX);
	uint8_t data[TEE_REPORT_DATA];
	struct err e = ERR_INIT;
	struct reply r;
	json_t *j;

	if (!report_data(data, c, &e))
		return bad(&e);
	if (quote(&q, c, data, &r)) {
		if (attestation_make(&all, c->tee, &q, data, &e)) {
			j = json_object();
			put(j, "attestation", json_hex(all.data, all.len));
			r = reply_json(200, j);
		} else {
			r = bad(&e);
		}
	}
	buf_done(&q);
	buf_done(&all);
	return r;
}

/* RFC 4648 section 5, without padding. */
static void add_base64url(struct buf *out, const uint8_t *p, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789-_";

	for (size_t bit = 0; bit < 8 * len; bit += 6) {
		unsigned two = (unsigned)p[bit / 8] << 8;

		if (bit / 8 + 1 < len)
			two |= p[bit / 8 + 1];
		buf_addc(out, digits[two >> (10 - bit % 8) & 63]);
	}
}

static struct reply app_key_attestation(struct call *c)
{
	struct seckey key = keys_derive(c->tee, "vms");
	struct buf text = BUF_INIT(TEE_REPORT_DATA);
	uint8_t pub[33], data[TEE_REPORT_DATA] = {0};
	struct err e = ERR_INIT;
	enum key_algorithm a;
	const char *name;
	size_t len;

	if (!arg_text(&name, c, "algorithm", &e) ||
	    !keys_algorithm(&a, name, &e) ||
	    !keys_public(pub, &len, a, &key, &e))
		return bad(&e);
	buf_addf(&text,
		 "dip1::%s-pk:", a == KEY_ED25519 ? "ed25519" : "secp256k1c");
	add_base64url(&text, pub, len);
	memcpy(data, text.data, text.len);
	buf_done(&text);
	return full_quote(c, data);
}

/* --- tappd's ---------------------------------------------------------------
 */

static struct reply tappd_quote(struct call *c,
				const uint8_t data[TEE_REPORT_DATA],
				const char *algorithm, const char *prefix)
{
	struct buf q = BUF_INIT(QUOTE_MAX);
	struct reply r;
	json_t *j;

	if (quote(&q, c, data, &r)) {
		j = json_object();
		put_text(j, "hash_algorithm", algorithm);
		put_text(j, "prefix", prefix);
		r = quote_reply(c->tee, &q, j);
	}
	buf_done(&q);
	return r;
}

/* As it stands; what is not exactly of that size was not meant so. */
static struct reply raw(struct call *c)
{
	uint8_t *data CLEANUP(freep) = NULL;
	struct err e = ERR_INIT;
	size_t len;

	if (!arg_bytes(&data, &len, c, "report_data", DATA_MAX, &e))
		return bad(&e);
	if (len != TEE_REPORT_DATA)
		return reply_error(400,
				   "report_data is %zu bytes; raw takes "
				   "exactly %u",
				   len, TEE_REPORT_DATA);
	return tappd_quote(c, data, "raw", "");
}

/* The hash of "prefix:data", zeros behind it. */
static struct reply tdx_quote(struct call *c)
{
	uint8_t hash[TEE_REPORT_DATA] = {0}, *data CLEANUP(freep) = NULL;
	struct buf text = BUF_INIT(2 * DATA_MAX);
	const char *algorithm, *prefix;
	struct err e = ERR_INIT;
	size_t len;

	if (!arg_text(&algorithm, c, "hash_algorithm", &e) ||
	    !arg_text(&prefix, c, "prefix", &e))
		return bad(&e);
	if (!strcmp(algorithm, "raw"))
		return raw(c);
	if (!arg_bytes(&data, &len, c, "report_data", DATA_MAX, &e))
		return bad(&e);
	algorithm = *algorithm ? algorithm : "sha512";
	prefix = *prefix ? prefix : "app-data";
	buf_addf(&text, "%s:", prefix);
	buf_add(&text, data, len);
	if (!buf_ok(&text, "prefix", &e)) {
		buf_done(&text);
		return bad(&e);
	}
	len = hash_named(hash, algorithm, text.data, text.len);
	buf_done(&text);
	if (!len)
		return reply_error(400,
				   "unsupported hash_algorithm \"%.60s\"; "
				   "there are sha256, sha384, sha512, "
				   "sha3-256, sha3-384, sha3-512, keccak256, "
				   "keccak384, keccak512 and raw",
				   algorithm);
	return tappd_quote(c, hash, algorithm, prefix);
}

/* --- events -----------------------------------------------------------------
 */

static struct reply emit_event(struct call *c)
{
	const struct event_log *l = &c->tee->log;
	uint8_t *payload CLEANUP(freep) = NULL;
	struct err e = ERR_INIT;
	const char *name;
	size_t len;

	if (!arg_text(&name, c, "event", &e) ||
	    !arg_bytes(&payload, &len, c, "payload", EVENT_MAX, &e))
		return bad(&e);
	len += strlen(name);
	if (len > EVENT_MAX)
		return reply_error(400,
				   "event and payload have %zu bytes, at "
				   "most %u fit",
				   len, EVENT_MAX);
	if (l->n >= LOG_EVENTS_MAX || event_log_size(l) + len > LOG_BYTES_MAX)
		return reply_error(400,
				   "the event log is full: %zu events of %zu "
				   "bytes; at most %u of %u fit",
				   l->n, event_log_size(l), LOG_EVENTS_MAX,
				   LOG_BYTES_MAX);
	tee_extend(c->tee, name, payload, len - strlen(name));
	/* One client reads the unit type, and nothing else than this. */
	return reply_json(200, json_null());
}

const struct agent_method AGENT_QUOTES[] = {
    {"Info", false, info},
    {"Version", false, version},
    {"GetQuote", true, get_quote},
    {"Attest", true, attest},
    {"GetAttestationForAppKey", true, app_key_attestation},
    {"TdxQuote", true, tdx_quote},
    {"RawQuote", true, raw},
    {"EmitEvent", true, emit_event},
    {NULL, false, NULL},
};
