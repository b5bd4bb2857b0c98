#include "test/kit.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/base.h"
#include "base/hex.h"
#include "simulate/agent.h"

#define NO_INSTANCE_ID "{\"name\":\"app\",\"no_instance_id\":true}"

static struct tee *new_tee(const char *name, const char *compose)
{
	struct tee_spec spec = {.seed = 5, .name = name, .compose = compose};
	struct tee *t = NULL;
	struct err e = ERR_INIT;

	assert_ok(tee_new(&t, &spec, &e), &e);
	return t;
}

static struct reply ask(struct tee *t, const char *method, const char *path,
			const char *query, const char *body,
			struct agent_note *note)
{
	struct http_in in = {
	    .method = method,
	    .path = path,
	    .query = query,
	    .content_type = "application/json",
	    .body = body,
	    .body_len = strlen(body),
	};

	struct world w = {.tees = &t, .n = 1, .intel.at = INTEL_AT};

	return agent_answer(&w, t, &in, note);
}

/* The answer of a request that must succeed, as JSON. */
static json_t *answer(struct tee *t, const char *method, const char *path,
		      const char *query, const char *body)
{
	struct agent_note note;
	struct reply r = ask(t, method, path, query, body, &note);
	json_t *j = json_loads(r.text, 0, NULL);

	if (r.status != 200)
		fail_msg("%s %s: %d %s", method, path, r.status, r.text);
	assert_non_null(j);
	/* One client hangs on anything but ASCII. */
	for (const char *c = r.text; *c; c++)
		assert_true(*c >= ' ' && *c < 0x7f);
	reply_done(&r);
	return j;
}

static const char *member(const json_t *j, const char *name)
{
	const char *s = json_string_value(json_object_get(j, name));

	if (!s)
		fail_msg("no text \"%s\"", name);
	return s;
}

static void quote(UNUSED void **state)
{
	static const struct {
		const char *method, *path, *query, *body, *report_data;
	} cases[] = {
	    {"POST", "/GetQuote", "", "{\"report_data\":\"0102\"}", "0102"},
	    {"POST", "/prpc/GetQuote", "json", "{\"report_data\":\"0xAb\"}",
	     "ab"},
	    {"POST", "/prpc/Tappd.GetQuote", "", "{\"more\":[1]}", ""},
	    {"POST", "/GetQuote", "", "", ""},
	    {"GET", "/GetQuote", "report_data=00ff", "", "00ff"},
	    {"GET", "/GetQuote", "a=1&report_data=01&b", "", "01"},
	    {"GET", "/GetQuote", "", "", ""},
	};
	struct tee *t = new_tee("alice", NULL);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char want[129];
		json_t *j = answer(t, cases[i].method, cases[i].path,
				   cases[i].query, cases[i].body);
		json_t *log = json_loads(member(j, "event_log"), 0, NULL);
		const char *hex = member(j, "quote");

		memset(want, '0', 128);
		want[128] = 0;
		memcpy(want, cases[i].report_data,
		       strlen(cases[i].report_data));
		assert_string_equal(member(j, "report_data"), want);
		assert_memory_equal(hex, "0400020081000000", 16);
		assert_memory_equal(hex + 2 * 568, want, 128);
		assert_true(json_is_array(log));
		assert_non_null(
		    strstr(member(j, "vm_config"), "os_image_hash"));
		json_decref(log);
		json_decref(j);
	}
	tee_free(t);
}

static void errors(UNUSED void **state)
{
	char long_data[2 * 65 + 64];
	const struct {
		const char *method, *path, *query, *body;
		int status;
		const char *text;
	} cases[] = {
	    {"POST", "/GetQuote", "", "{\"report_data\":\"012\"}", 400,
	     "report_data: "},
	    {"POST", "/GetQuote", "", "{\"report_data\":\"zz\"}", 400,
	     "report_data: "},
	    {"POST", "/GetQuote", "", "{\"report_data\":null}", 400,
	     "report_data must be hex"},
	    {"POST", "/GetQuote", "", "{\"report_data\":7}", 400,
	     "report_data must be hex"},
	    {"POST", "/GetQuote", "", "[]", 400, "not a JSON object"},
	    {"POST", "/GetQuote", "", "{\"report_data\":", 400, "request"},
	    {"POST", "/GetQuote", "", long_data, 400,
	     "report_data is 65 bytes; at most 64 fit"},
	    {"GET", "/GetQuote", "report_data=\xff\xfe", "", 200, ""},
	    {"GET", "/GetQuote", "report_data=0", "", 400, "report_data: "},
	    {"POST", "/getkey", "", "{}", 400, "Service not found: getkey"},
	    {"POST", "/prpc/Tappd.Nope", "", "{}", 400,
	     "Service not found: Nope"},
	    {"POST", "/get\xc3\xa9", "", "{}", 400, "Service not found: get??"},
	    {"DELETE", "/Info", "", "", 405, "DELETE: use GET or POST"},
	    {"GET", "/", "", "", 404, "no such path: /"},
	    {"GET", "/a/Info", "", "", 404, "no such path: /a/Info"},
	    {"GET", "/Info/", "", "", 404, "no such path"},
	    {"GET", "/prpc/", "", "", 404, "no such path"},
	    {"GET", "Info", "", "", 404, "no such path"},
	};
	struct tee *t = new_tee("alice", NULL);

	memset(long_data, '0', sizeof(long_data));
	memcpy(long_data, "{\"report_data\":\"", 16);
	snprintf(long_data + 16 + 130, 8, "\"}");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct agent_note note;
		struct reply r = ask(t, cases[i].method, cases[i].path,
				     cases[i].query, cases[i].body, &note);

		if (r.status != cases[i].status ||
		    !strstr(r.text, cases[i].text))
			fail_msg("case %zu: %d %s", i, r.status, r.text);
		assert_int_equal(note.quoted, r.status == 200);
		if (r.status != 200) {
			json_t *j = json_loads(r.text, 0, NULL);

			assert_int_equal(json_object_size(j), 1);
			member(j, "error");
			json_decref(j);
		}
		reply_done(&r);
	}
	tee_free(t);
}

static void extend(uint8_t mr[48], const uint8_t digest[48])
{
	uint8_t both[96];

	memcpy(both, mr, 48);
	memcpy(both + 48, digest, 48);
	EVP_Digest(both, 96, mr, NULL, EVP_sha384(), NULL);
}

/* dstack's digest of a runtime entry, from what the log itself says. */
static void runtime_digest(uint8_t ret[48], const json_t *entry)
{
	const char *name = member(entry, "event");
	const char *payload = member(entry, "event_payload");
	uint8_t text[512] = {1, 0, 0, 8, ':'};
	size_t n = 5 + strlen(name), len = strlen(payload) / 2;
	struct err e = ERR_INIT;

	memcpy(text + 5, name, strlen(name));
	text[n++] = ':';
	assert_true(n + len <= sizeof(text));
	if (len)
		assert_ok(hex_decode(text + n, len, payload, 2 * len, &e), &e);
	EVP_Digest(text, n + len, ret, NULL, EVP_sha384(), NULL);
}

static void replay(uint8_t ret[4][48], const json_t *log)
{
	struct err e = ERR_INIT;

	memset(ret, 0, 4 * 48);
	for (size_t i = 0; i < json_array_size(log); i++) {
		const json_t *entry = json_array_get(log, i);
		size_t imr =
		    (size_t)json_integer_value(json_object_get(entry, "imr"));
		uint8_t digest[48], own[48];

		assert_ok(
		    hex_decode(digest, 48, member(entry, "digest"), 96, &e),
		    &e);
		if (json_integer_value(json_object_get(entry, "event_type")) ==
		    0x08000001) {
			assert_int_equal(imr, 3);
			runtime_digest(own, entry);
			assert_memory_equal(own, digest, 48);
		} else {
			assert_true(imr < 3);
			assert_string_equal(member(entry, "event"), "");
		}
		extend(ret[imr], digest);
	}
}

/* What Info says agrees with the quote, and the log replays to the quote. */
static void info_agrees(UNUSED void **state)
{
	static const char *const rtmrs[] = {"rtmr0", "rtmr1", "rtmr2", "rtmr3"};
	struct tee *t = new_tee("alice", NULL);
	json_t *info = answer(t, "POST", "/Info", "", "not even JSON");
	json_t *tcb = json_loads(member(info, "tcb_info"), 0, NULL);
	json_t *q = answer(t, "GET", "/GetQuote", "", "");
	const json_t *log = json_object_get(tcb, "event_log");
	const char *hex = member(q, "quote");
	uint8_t mr[4][48], all[48 * 8], hash[32];
	char *own_log;
	struct err e = ERR_INIT;

	replay(mr, log);
	for (size_t i = 0; i < 4; i++) {
		assert_hex(mr[i], 48, member(tcb, rtmrs[i]));
		assert_memory_equal(hex + 2 * (376 + 48 * i),
				    member(tcb, rtmrs[i]), 96);
	}
	assert_memory_equal(hex + 2 * 184, member(tcb, "mrtd"), 96);
	own_log = json_dumps(log, JSON_COMPACT);
	assert_string_equal(own_log, member(q, "event_log"));
	free(own_log);

	/* mr_aggregated, from the quote's own bytes. */
	assert_ok(hex_decode(all, 48, hex + 2 * 184, 96, &e), &e);
	assert_ok(hex_decode(all + 48, 192, hex + 2 * 376, 384, &e), &e);
	assert_ok(hex_decode(all + 240, 144, hex + 2 * 232, 288, &e), &e);
	EVP_Digest(all, sizeof(all), hash, NULL, EVP_sha256(), NULL);
	assert_hex(hash, 32, member(info, "mr_aggregated"));
	assert_hex(hash, 32, member(tcb, "mr_aggregated"));
	assert_hex(hash, 32, fmt_hash(&t->measurement).s + 2);

	/* compose_hash: of the text as handed out; app_id: its head. */
	EVP_Digest(member(tcb, "app_compose"),
		   strlen(member(tcb, "app_compose")), hash, NULL, EVP_sha256(),
		   NULL);
	assert_hex(hash, 32, member(info, "compose_hash"));
	assert_hex(hash, 20, member(info, "app_id"));
	assert_string_equal(member(info, "instance_id"), "");
	json_decref(info);
	json_decref(tcb);
	json_decref(q);
	tee_free(t);
}

/* A leaf that the CA behind it signed, and no more. */
static void app_cert(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *leaf = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	X509 *ca = PEM_read_bio_X509(bio, NULL, NULL, NULL);

	assert_non_null(leaf);
	assert_non_null(ca);
	assert_int_equal(X509_verify(leaf, X509_get0_pubkey(ca)), 1);
	assert_int_equal(X509_verify(ca, X509_get0_pubkey(ca)), 1);
	assert_int_equal(X509_check_ca(leaf), 0);
	assert_int_equal(X509_check_ca(ca), 1);
	assert_null(PEM_read_bio_X509(bio, NULL, NULL, NULL));
	X509_free(leaf);
	X509_free(ca);
	BIO_free(bio);
}

static void info_has_what_clients_need(UNUSED void **state)
{
	static const char *const names[] = {
	    "app_id",	     "instance_id",   "app_cert",
	    "tcb_info",	     "app_name",      "device_id",
	    "mr_aggregated", "os_image_hash", "key_provider_info",
	    "compose_hash",  "vm_config",
	};
	static const char *const tcb_names[] = {
	    "mrtd",	 "rtmr0",	  "rtmr1",	   "rtmr2",
	    "rtmr3",	 "mr_aggregated", "os_image_hash", "compose_hash",
	    "device_id", "app_compose",
	};
	struct tee *t = new_tee("alice", "{\"name\":\"caf\xc3\xa9\"}");
	json_t *info = answer(t, "GET", "/Info", "", "");
	json_t *tcb = json_loads(member(info, "tcb_info"), 0, NULL);

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		member(info, names[i]);
	for (size_t i = 0; i < ARRAY_LEN(tcb_names); i++)
		member(tcb, tcb_names[i]);
	app_cert(member(info, "app_cert"));
	assert_string_equal(member(info, "app_name"), "caf\xc3\xa9");
	json_decref(info);
	json_decref(tcb);
	tee_free(t);
}

/* Instances of an app share its measurement, unless they have ids. */
static void instance_ids(UNUSED void **state)
{
	struct tee *a = new_tee("a", NO_INSTANCE_ID);
	struct tee *b = new_tee("b", NO_INSTANCE_ID);
	struct tee *c = new_tee("a", "{\"name\":\"app\"}");
	struct tee *d = new_tee("b", "{ \"name\" : \"app\" }");
	json_t *info = answer(c, "GET", "/Info", "", "");

	assert_true(hash_eq(&a->measurement, &b->measurement));
	assert_false(hash_eq(&c->measurement, &d->measurement));
	assert_true(hash_eq(&c->compose_hash, &d->compose_hash));
	assert_false(hash_eq(&a->compose_hash, &c->compose_hash));
	assert_memory_equal(c->td.rtmr[0], d->td.rtmr[0], 3 * 48);
	assert_int_equal(strlen(member(info, "instance_id")), 40);
	json_decref(info);
	tee_free(a);
	tee_free(b);
	tee_free(c);
	tee_free(d);
}

static void bad_instances(UNUSED void **state)
{
	static const struct {
		const char *name, *compose;
		enum err_code code;
		const char *text;
	} cases[] = {
	    {"", NULL, ERR_SCHEMA, "instance name \"\""},
	    {"a/b", NULL, ERR_SCHEMA, "instance name \"a/b\""},
	    {"a", "[]", ERR_SCHEMA, "must be a JSON object"},
	    {"a", "{", ERR_PARSE, "app-compose"},
	    {"a", "{\"name\":1}", ERR_SCHEMA, "name must be text"},
	    {"a", "{\"no_instance_id\":1}", ERR_SCHEMA,
	     "no_instance_id must be true or false"},
	};
	struct tee *t = NULL;
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct tee_spec spec = {.name = cases[i].name,
					.compose = cases[i].compose};

		assert_err(tee_new(&t, &spec, &e), &e, cases[i].code,
			   cases[i].text);
		assert_null(t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(quote),
	    cmocka_unit_test(errors),
	    cmocka_unit_test(info_agrees),
	    cmocka_unit_test(info_has_what_clients_need),
	    cmocka_unit_test(instance_ids),
	    cmocka_unit_test(bad_instances),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
