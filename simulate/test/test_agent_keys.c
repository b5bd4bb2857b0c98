/*
 * Keys, certificates, events and tappd's methods: arguments and refusals. That
 * published clients are content is check-verifiers' part.
 */
#include "test/kit.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/base.h"
#include "base/hex.h"
#include "simulate/agent.h"

struct fixture {
	struct world world;
	struct tee *tee;
};

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	struct tee_spec spec = {.seed = 5, .name = "alice"};
	struct err e = ERR_INIT;

	f->world.tees = &f->tee;
	f->world.n = 1;
	*state = f;
	return intel_init(&f->world.intel, INTEL_AT, &e) &&
		       tee_new(&f->tee, &spec, &e)
		   ? 0
		   : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	tee_free(f->tee);
	free(f);
	return 0;
}

static struct reply ask(struct fixture *f, const char *path, const char *body,
			size_t len)
{
	struct http_in in = {
	    .method = "POST",
	    .path = path,
	    .query = "",
	    .content_type = "application/json",
	    .body = body,
	    .body_len = len,
	};
	struct agent_note note;

	return agent_answer(&f->world, f->tee, &in, &note);
}

static json_t *answer(struct fixture *f, const char *path, const char *body)
{
	struct reply r = ask(f, path, body, strlen(body));
	json_t *j = json_loads(r.text, JSON_DECODE_ANY, NULL);

	if (r.status != 200)
		fail_msg("%s: %d %s", path, r.status, r.text);
	assert_non_null(j);
	reply_done(&r);
	return j;
}

static void refuses(void **state)
{
	static const struct {
		const char *path, *body, *part;
	} cases[] = {
	    {"/GetKey", "{\"algorithm\":\"rsa\"}",
	     "unsupported algorithm \\\"rsa\\\"; there are secp256k1"},
	    {"/GetKey", "{\"path\":null}", "path must be a string"},
	    {"/GetKey", "{\"path\":\"a\\u0000b\"}", "path has a NUL"},
	    {"/Sign", "{\"data\":\"00\"}", "unsupported algorithm"},
	    {"/Sign", "{\"algorithm\":\"secp256k1_prehashed\",\"data\":\"00\"}",
	     "data is 1 bytes; a digest has 32"},
	    {"/Verify", "{\"algorithm\":\"ed25519\",\"signature\":\"00\"}",
	     "signature is 1 bytes, not 64"},
	    {"/TdxQuote", "{\"hash_algorithm\":\"md5\"}",
	     "unsupported hash_algorithm \\\"md5\\\""},
	    {"/RawQuote", "{\"report_data\":\"00\"}", "raw takes exactly 64"},
	    {"/TdxQuote", "{\"hash_algorithm\":\"raw\"}",
	     "report_data is 0 bytes"},
	    {"/GetTlsKey", "{\"not_before\":7,\"not_after\":7}",
	     "not_before (7) must be before not_after (7)"},
	    {"/GetTlsKey", "{\"not_after\":253402300800}", "the year 9999"},
	    {"/GetTlsKey", "{\"not_after\":-1}", "must be a whole number"},
	    {"/GetTlsKey", "{\"alt_names\":\"x\"}", "must be a list"},
	    {"/GetTlsKey", "{\"alt_names\":[\"\\u00e9\"]}",
	     "alt_names[0] must be ASCII"},
	    {"/GetTlsKey", "{\"usage_ra_tls\":1}", "true or false"},
	    {"/EmitEvent", "{\"event\":7}", "event must be a string"},
	    {"/Attest", "{\"report_data\":\"0\"}", "report_data"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reply r =
		    ask(f, cases[i].path, cases[i].body, strlen(cases[i].body));

		assert_int_equal(r.status, 400);
		if (!strstr(r.text, cases[i].part))
			fail_msg("%s %s: %s", cases[i].path, cases[i].body,
				 r.text);
		reply_done(&r);
	}
}

/* A log has an end, and what does not fit changes nothing. */
static void log_is_finite(void **state)
{
	struct fixture *f = *state;
	char *body CLEANUP(freep) = NULL;
	char *big CLEANUP(freep) = xcalloc(2, 30000);
	struct td_report before;
	unsigned n = 0;
	struct reply r;

	memset(big, 'a', 2 * 30000 - 1);
	big[58000] = 0;
	body = xasprintf("{\"event\":\"e\",\"payload\":\"%s\"}", big);
	for (;; n++) {
		before = f->tee->td;
		r = ask(f, "/EmitEvent", body, strlen(body));
		if (r.status != 200)
			break;
		assert_string_equal(r.text, "null");
		assert_memory_not_equal(&before, &f->tee->td, sizeof(before));
		reply_done(&r);
		assert_true(n < 600);
	}
	assert_int_equal(n, 2);
	assert_non_null(strstr(r.text, "the event log is full"));
	assert_memory_equal(&before, &f->tee->td, sizeof(before));
	reply_done(&r);
	/* Certificates still carry it all. */
	json_decref(answer(f, "/GetTlsKey", "{\"usage_ra_tls\":true}"));
}

/* As the published client sends it: as long as it has UTF-16 units. */
static void counted_in_units(void **state)
{
	static const struct {
		const char *body;
		size_t missing;
		bool good;
	} cases[] = {
	    {"{\"path\":\"caf\xc3\xa9\"}", 1, true},
	    {"{\"path\":\"\xf0\x9f\x98\x80\"}", 2, true},
	    {"{\"alt_names\":[\"x\"],\"a\":{\"b\":[\"\xc3\xa9\\\"\"]}}", 1,
	     true},
	    {"{\"subject\":\"\xc3\xa9\xc3\xa9\",\"alt_names\":[\"a.b\"]}", 2,
	     true},
	    /* More is gone than braces and brackets: nobody can know what.
	     */
	    {"{\"path\":\"\xc3\xa9\xc3\xa9\xc3\xa9\",\"purpose\":\"xyz\"}", 3,
	     false},
	    {"{\"path\":\"cafe\"}", 1, false},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t len = strlen(cases[i].body);
		json_t *whole = answer(f, "/GetKey", cases[i].body);
		struct reply r =
		    ask(f, "/GetKey", cases[i].body, len - cases[i].missing);
		json_t *cut = json_loads(r.text, 0, NULL);

		assert_int_equal(r.status, cases[i].good ? 200 : 400);
		assert_int_equal(json_equal(whole, cut), cases[i].good);
		json_decref(whole);
		json_decref(cut);
		reply_done(&r);
	}
}

static X509 *leaf_of(const json_t *j)
{
	const json_t *chain = json_object_get(j, "certificate_chain");
	const char *pem = json_string_value(json_array_get(chain, 0));
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);

	BIO_free(bio);
	assert_non_null(x);
	return x;
}

static int64_t starts(struct fixture *f, const char *fault)
{
	struct err e = ERR_INIT;
	struct tm tm;
	json_t *j;
	X509 *x;

	f->tee->faults = (struct fault_set){.on = {false}};
	if (fault)
		assert_ok(fault_set_text(&f->tee->faults, fault, &e), &e);
	j = answer(f, "/GetTlsKey", "{}");
	x = leaf_of(j);
	assert_int_equal(ASN1_TIME_to_tm(X509_get0_notBefore(x), &tm), 1);
	X509_free(x);
	json_decref(j);
	return timegm(&tm);
}

static void clock_skew(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(starts(f, NULL), INTEL_AT);
	assert_int_equal(starts(f, "host-clock-ahead:seconds=60"),
			 INTEL_AT + 60);
	assert_int_equal(starts(f, "host-clock-behind:seconds=7200"),
			 INTEL_AT - 7200);
	f->world.intel.at += 86400;
	assert_int_equal(starts(f, NULL), INTEL_AT + 86400);
}

/* A second run of the same seed answers the same, fresh keys included. */
static void deterministic(void **state)
{
	static const char *const asked[][2] = {
	    {"/GetTlsKey", "{\"usage_ra_tls\":true}"},
	    {"/GetTlsKey", "{}"},
	    {"/DeriveKey", "{\"path\":\"a\",\"random_seed\":true}"},
	    {"/GetKey", "{\"path\":\"a\"}"},
	    {"/Sign", "{\"algorithm\":\"k256\",\"data\":\"00\"}"},
	    {"/Attest", "{\"report_data\":\"01\"}"},
	    {"/Info", "{}"},
	};
	struct fixture *one = *state, *two;
	void *other;

	assert_int_equal(setup(&other), 0);
	two = other;
	for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
		json_t *a = answer(one, asked[i][0], asked[i][1]);
		json_t *b = answer(two, asked[i][0], asked[i][1]);

		if (!json_equal(a, b))
			fail_msg("%s differs", asked[i][0]);
		json_decref(a);
		json_decref(b);
	}
	teardown(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(refuses, setup, teardown),
	    cmocka_unit_test_setup_teardown(log_is_finite, setup, teardown),
	    cmocka_unit_test_setup_teardown(counted_in_units, setup, teardown),
	    cmocka_unit_test_setup_teardown(clock_skew, setup, teardown),
	    cmocka_unit_test_setup_teardown(deterministic, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
