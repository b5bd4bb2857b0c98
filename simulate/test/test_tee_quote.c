/* Valid quotes of every kind. */
#include "simulate/test/judge.h"

static void valid(UNUSED void **state)
{
	static const uint64_t seeds[] = {0, 1, 7, UINT64_MAX};

	for (size_t i = 0; i < ARRAY_LEN(seeds); i++) {
		struct tee *t = new_tee(seeds[i], "alice");
		struct buf q = new_quote(t, "hello");
		struct p256_pub key;
		X509 *root = world_root(seeds[i], &key);
		const uint8_t *spki;
		int error = 0;

		assert_string_equal(holds(q.data, q.len, root, &error),
				    "lcrxeqbs");
		assert_memory_equal(q.data + 568, "hello\0\0", 7);
		assert_memory_equal(q.data + 12, "\x93\x9a\x72\x33", 4);
		/* No DEBUG, SEPT_VE_DISABLE, Intel's module. */
		assert_hex(q.data + 160, 16,
			   "0000000000000000"
			   "0000001000000000");
		spki = X509_get0_pubkey_bitstr(root)->data;
		assert_memory_equal(spki + 1, key.x, 32);
		assert_memory_equal(spki + 33, key.y, 32);
		X509_free(root);
		buf_done(&q);
		tee_free(t);
	}
}

/* The other kinds, by offsets of Intel's layouts. */
static void valid_kinds(UNUSED void **state)
{
	static const struct {
		enum tee_kind kind;
		size_t report_data, signed_len;
		const char *header, *head; /* bytes 0 to 7, bytes 48 to 53 */
		uint16_t product;
	} kinds[] = {
	    {TEE_SGX3, 48 + 320, 432, "0300020000000000", NULL, 1},
	    {TEE_TDX5_10, 54 + 520, 638, "0500020081000000", "020048020000", 2},
	    {TEE_TDX5, 54 + 520, 702, "0500020081000000", "030088020000", 2},
	    {TEE_TDX5_EX, 54 + 520, 939, "0500020081000000", "040075030000", 2},
	};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		for (uint64_t seed = 0; seed < 3; seed++) {
			struct tee *t = new_kind(seed, "bob", kinds[i].kind);
			struct buf q = new_quote(t, "hello");
			struct p256_pub key;
			X509 *root = world_root(seed, &key);
			struct parts p;
			int error = 0;

			assert_string_equal(holds(q.data, q.len, root, &error),
					    "lcrxeqbs");
			assert_true(take_apart(&p, q.data, q.len));
			assert_int_equal(p.signed_len, kinds[i].signed_len);
			/* SGX: QE and PCE SVN follow in bytes 8 to 11. */
			assert_hex(q.data, 8, kinds[i].header);
			if (kinds[i].head)
				assert_hex(q.data + 48, 6, kinds[i].head);
			assert_memory_equal(q.data + kinds[i].report_data,
					    "hello\0\0", 7);
			assert_int_equal(le(q.data + p.qe + 256, 2),
					 kinds[i].product);
			X509_free(root);
			buf_done(&q);
			tee_free(t);
		}
}

static void deterministic(UNUSED void **state)
{
	struct tee *a = new_tee(7, "alice"), *b = new_tee(7, "alice");
	struct tee *other = new_tee(7, "bob"), *seed = new_tee(8, "alice");
	struct buf qa = new_quote(a, "x"), qb = new_quote(b, "x");
	struct buf qo = new_quote(other, "x"), qs = new_quote(seed, "x");
	struct parts pa, po;

	assert_int_equal(qa.len, qb.len);
	assert_memory_equal(qa.data, qb.data, qa.len);
	/* Another instance: same app, hence same body; other keys. */
	assert_memory_equal(qa.data + 48, qo.data + 48, 584);
	assert_true(take_apart(&pa, qa.data, qa.len));
	assert_true(take_apart(&po, qo.data, qo.len));
	assert_memory_not_equal(qa.data + pa.key, qo.data + po.key, 64);
	assert_memory_not_equal(qa.data + pa.key, qs.data + pa.key, 64);
	assert_memory_equal(&a->measurement, &other->measurement, 32);
	buf_done(&qa);
	buf_done(&qb);
	buf_done(&qo);
	buf_done(&qs);
	tee_free(a);
	tee_free(b);
	tee_free(other);
	tee_free(seed);
}

/* The same bytes as on the machine where the fixtures were made. */
static void same_everywhere(UNUSED void **state)
{
	static const struct {
		const char *file, *fault;
	} cases[] = {
	    {"quotes/valid.hex", NULL},
	    {"quotes/td-debug.hex", "td-debug"},
	    {"quotes/pck-expired.hex", "pck-expired"},
	};
	struct tee *t = new_tee(7, "alice");
	uint8_t data[TEE_REPORT_DATA] = {0};
	struct err e = ERR_INIT;

	for (uint8_t i = 0; i < 32; i++)
		data[i] = i;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf want = BUF_INIT(4 * QUOTE_MAX);
		struct buf hex = BUF_INIT(4 * QUOTE_MAX);
		struct buf q = BUF_INIT(QUOTE_MAX);

		t->faults = (struct fault_set){.on = {false}};
		if (cases[i].fault)
			assert_ok(
			    fault_set_text(&t->faults, cases[i].fault, &e), &e);
		assert_ok(buf_read_file(&want, kit_fixture(cases[i].file), &e),
			  &e);
		assert_ok(tee_quote(&q, t, data, &e), &e);
		buf_addhex(&hex, q.data, q.len);
		buf_addc(&hex, '\n');
		assert_string_equal(buf_str(&hex), buf_str(&want));
		buf_done(&want);
		buf_done(&hex);
		buf_done(&q);
	}
	tee_free(t);
}

/* The judge above is right about Intel's own quotes. */
static void genuine(UNUSED void **state)
{
	static const char *const names[] = {"tdx_quote", "sgx_quote"};
	const char *dir = getenv("AVSBED_GENUINE_QUOTES");

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char *path CLEANUP(freep) = xasprintf(
		    "%s/%s",
		    dir ? dir : kit_fixture("../../shared/quotes-genuine"),
		    names[i]);
		struct buf q = BUF_INIT(QUOTE_MAX);
		struct err e = ERR_INIT;
		STACK_OF(X509) * all;
		struct parts p;
		int error = 0;
		const char *what;

		if (!buf_read_file(&q, path, &e)) {
			print_message("SKIPPED: no genuine quotes: %s\n"
				      "(set AVSBED_GENUINE_QUOTES)\n",
				      e.text);
			/* A long jump: nothing is cleaned up. */
			free(TAKE(path));
			skip();
		}
		assert_true(take_apart(&p, q.data, q.len));
		all = certs(q.data + p.cert, p.cert_len);
		assert_int_equal(sk_X509_num(all), 3);
		what = holds(q.data, q.len, sk_X509_value(all, 2), &error);
		assert_string_equal(what, "lcrxeqbs");
		sk_X509_pop_free(all, X509_free);
		buf_done(&q);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(valid),	     cmocka_unit_test(valid_kinds),
	    cmocka_unit_test(deterministic), cmocka_unit_test(same_everywhere),
	    cmocka_unit_test(genuine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
