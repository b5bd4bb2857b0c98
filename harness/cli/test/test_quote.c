/*
 * avsbed quote, as a user runs it: what it says and how it ends, of good files,
 * of every kind of broken one, and of Intel's own where they are to be had.
 */
#include "test/kit.h"

#include "base/base.h"
#include "base/hex.h"
#include "codec/json.h"
#include "test/farm_stub.h"

#define MS 60000
#define AT "1767225600"

static int setup(void **state)
{
	struct farm *f = farm_new();

	farm_in_real(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	farm_free(*state);
	return 0;
}

/* A directory as quote make fills it; to be freed. */
static char *made(struct farm *f, const char *fault)
{
	char *dir = farm_path(f, "made");

	if (fault)
		farm_fails(f,
			   FARM_ARGS("quote", "make", "--tee", "tdx",
				     "--report-data", "0102", "--fault", fault,
				     "--out", dir),
			   0, "quote.bin, collateral.json", MS);
	else
		farm_fails(f,
			   FARM_ARGS("quote", "make", "--tee", "tdx",
				     "--report-data", "0102", "--out", dir),
			   0, "quote.bin, collateral.json", MS);
	return dir;
}

/* One of its files as something else. */
static void replace(const char *dir, const char *name, const void *data,
		    size_t len)
{
	CLEANUP(freep) char *path = xasprintf("%s/%s", dir, name);
	struct err e = ERR_INIT;

	assert_ok(file_write_atomic(path, data, len, &e), &e);
}

static void verifies(struct farm *f, const char *dir, int code,
		     const char *says)
{
	farm_fails(f, FARM_ARGS("quote", "verify", dir, "--at", AT, "--json"),
		   code, says, MS);
}

static void test_good(void **state)
{
	CLEANUP(freep) char *dir = made(*state, NULL);
	CLEANUP(freep) char *quote = xasprintf("%s/quote.bin", dir);

	verifies(*state, dir, 0,
		 "\"verdict\":\"accepted\",\"tcb_status\":\"UpToDate\","
		 "\"advisory_ids\":[],\"check\":null,\"detail\":");
	farm_fails(*state, FARM_ARGS("quote", "verify", dir, "--at", AT), 0,
		   "accepted\n  TCB status  UpToDate\n  advisories  none\n",
		   MS);
	farm_fails(*state, FARM_ARGS("quote", "show", quote), 0,
		   "  good  header and body, by the attestation key\n", MS);
	farm_fails(*state, FARM_ARGS("quote", "show", quote, "--json"), 0,
		   "{\"section\":\"header\",\"offset\":0,\"bytes\":2,\"name\":"
		   "\"version\",\"value\":4,",
		   MS);
}

/* A status is no refusal; what every AVS refuses is one. */
static void test_accepted_all_the_same(void **state)
{
	CLEANUP(freep) char *dir = made(*state, "tcb-out-of-date");

	verifies(*state, dir, 0,
		 "\"verdict\":\"accepted\",\"tcb_status\":\"OutOfDate\"");
	free(TAKE(dir));
	dir = made(*state, "td-debug");
	verifies(*state, dir, 1, "\"check\":\"DebugTd\"");
	farm_fails(*state, FARM_ARGS("quote", "verify", dir, "--at", AT,
				     "--json", "--policy", "none"),
		   0, "\"policy\":[\"DebugTd\"]", MS);
	farm_fails(*state, FARM_ARGS("quote", "verify", dir, "--at", AT,
				     "--policy", "lax"),
		   64, "--policy is `none`", MS);
}

/* Without --root it is Intel's, which did not sign this. */
static void test_foreign_root(void **state)
{
	CLEANUP(freep) char *dir = made(*state, NULL);
	CLEANUP(freep) char *quote = xasprintf("%s/quote.bin", dir);
	CLEANUP(freep) char *json = xasprintf("%s/collateral.json", dir);

	farm_fails(*state,
		   FARM_ARGS("quote", "verify", quote, "--collateral", json,
			     "--at", AT, "--json"),
		   1, "\"verdict\":\"rejected\"", MS);
}

/* Names of checks, of faults of every layer; the grid has all of them. */
static void test_rejected(void **state)
{
	static const char *const cases[][2] = {
		{ "body-flipped", "\"check\":\"QuoteSignatureInvalid\"" },
		{ "truncated:bytes=200", "\"check\":\"AuthDataTruncated\"" },
		{ "chain-garbage", "\"object\":\"quote\"" },
		{ "crl-revokes-pck", "\"check\":\"PckRevoked\"" },
		{ "tcb-no-json", "\"object\":\"tcb_info\"" },
		{ "qe-revoked", "\"check\":\"QeTcbRevoked\"" },
		{ "pck-crl-expired", "A CRL counts until its nextUpdate." },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(freep) char *dir = made(*state, cases[i][0]);

		verifies(*state, dir, 1, cases[i][1]);
	}
}

/* Files that are not what they should be: named, and never a crash. */
static void test_broken_files(void **state)
{
	static const char pem[] = "-----BEGIN CERTIFICATE-----\nAAAA\n"
				  "-----END CERTIFICATE-----\n";
	static const struct {
		const char *name, *text;
		int code;
		const char *says;
	} cases[] = {
		{ "quote.bin", "", 1, "\"object\":\"quote\"" },
		{ "quote.bin", "\x04", 1, "\"object\":\"quote\"" },
		{ "quote.bin", "zz", 1, "\"object\":\"quote\"" },
		{ "quote.bin", "0f0", 1, "\"object\":\"quote\"" },
		{ "quote.bin", "{\"quote\":7}", 1, "\"object\":\"quote\"" },
		{ "collateral.json", "", 2, "\"CollateralUnreadable\"" },
		{ "collateral.json", "[]", 2, "\"CollateralUnreadable\"" },
		{ "collateral.json", "{\"a\":", 2, "\"CollateralUnreadable\"" },
		{ "collateral.json", "{}", 1,
		  "\"check\":\"CollateralIncomplete\",\"object\":"
		  "\"root_ca_crl\"" },
		{ "collateral.json", "{\"root_ca_crl\":7}", 1,
		  "\"check\":\"CollateralMalformed\"" },
		{ "collateral.json", "{\"root_ca_crl\":\"0g\"}", 1,
		  "root_ca_crl: neither hex nor base64" },
		{ "root.pem", "", 2, "\"RootUnusable\"" },
		{ "root.pem", pem, 2, "\"RootUnusable\"" },
		{ "root.pem", "-----BEGIN CERTIFICATE-----\n", 2,
		  "a CERTIFICATE that does not end" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(freep) char *dir = made(*state, NULL);

		replace(dir, cases[i].name, cases[i].text,
			strlen(cases[i].text));
		verifies(*state, dir, cases[i].code, cases[i].says);
	}
}

/* A certificate that somebody else signed, or that may sign nothing. */
static void test_no_root(void **state)
{
	static const char *const cases[][2] = {
		{ "tcb_info_issuer_chain", "it is not marked as a CA" },
		{ "pck_crl_issuer_chain", "its own key did not sign it" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(freep) char *dir = made(*state, NULL);
		CLEANUP(freep)
		char *path = xasprintf("%s/collateral.json", dir);
		CLEANUP(json_decrefp) json_t *all = NULL;
		struct err e = ERR_INIT;
		const char *chain;

		assert_ok(json_read_file(&all, path, &e), &e);
		chain = json_string_value(json_object_get(all, cases[i][0]));
		assert_non_null(chain);
		replace(dir, "root.pem", chain, strlen(chain));
		verifies(*state, dir, 2, cases[i][1]);
	}
}

/* A member of the collateral that is missing, or another type, is named. */
static void test_broken_members(void **state)
{
	CLEANUP(freep) char *dir = made(*state, NULL);
	CLEANUP(freep) char *path = xasprintf("%s/collateral.json", dir);
	CLEANUP(json_decrefp) json_t *all = NULL;
	struct err e = ERR_INIT;
	const char *key;
	json_t *value;

	assert_ok(json_read_file(&all, path, &e), &e);
	assert_int_equal(json_object_size(all), 9);
	json_object_foreach (all, key, value) {
		CLEANUP(json_decrefp) json_t *less = json_copy(all);
		CLEANUP(freep) char *says =
			xasprintf("the collateral has no member %s", key);
		CLEANUP(freep) char *text = NULL;

		json_object_del(less, key);
		text = json_text(less);
		replace(dir, "collateral.json", text, strlen(text));
		verifies(*state, dir, 1, says);
		json_object_set_new(less, key, json_string("00"));
		free(text);
		text = json_text(less);
		replace(dir, "collateral.json", text, strlen(text));
		verifies(*state, dir, 1, "\"verdict\":\"rejected\"");
	}
}

/* The same files as other tools write them. */
static void test_spelled(void **state)
{
	CLEANUP(freep) char *dir = made(*state, NULL);
	CLEANUP(freep) char *quote = xasprintf("%s/quote.bin", dir);
	CLEANUP(freep) char *path = xasprintf("%s/collateral.json", dir);
	CLEANUP(freep) uint8_t *der = NULL;
	CLEANUP(json_decrefp) json_t *all = NULL;
	CLEANUP(freep) char *text = NULL;
	struct buf bytes = BUF_INIT(1u << 20), b64 = BUF_INIT(1u << 20);
	struct err e = ERR_INIT;
	const char *hex;
	size_t n;

	farm_fails(*state, FARM_ARGS("quote", "show", path), 0,
		   "  good  pck_crl, by the key of pck_crl_issuer_chain's "
		   "first\n",
		   MS);
	farm_fails(*state, FARM_ARGS("quote", "show", path, "--json"), 0,
		   "{\"chains\":[{\"member\":\"pck_crl_issuer_chain\",", MS);
	assert_ok(buf_read_file(&bytes, quote, &e), &e);
	buf_addbase64(&b64, bytes.data, bytes.len);
	buf_addc(&b64, '\n');
	replace(dir, "quote.bin", b64.data, b64.len);
	assert_ok(json_read_file(&all, path, &e), &e);
	hex = json_string_value(json_object_get(all, "pck_crl"));
	assert_ok(hex_decode_alloc(&der, &n, hex, strlen(hex), &e), &e);
	buf_clear(&b64);
	buf_adds(&b64, "-----BEGIN X509 CRL-----\n");
	buf_addbase64(&b64, der, n);
	buf_adds(&b64, "\n-----END X509 CRL-----\n");
	json_object_set_new(all, "pck_crl", json_string(buf_str(&b64)));
	json_object_set_new(all, "another", json_integer(1));
	text = json_text(all);
	buf_clear(&b64);
	buf_addf(&b64, "%s%s", JSON_BOM, text);
	replace(dir, "collateral.json", b64.data, b64.len);
	verifies(*state, dir, 0, "\"tcb_status\":\"UpToDate\"");
	buf_done(&bytes);
	buf_done(&b64);
}

static void test_usage(void **state)
{
	static const char *const bad[][8] = {
		{ "quote" },
		{ "quote", "mke" },
		{ "quote", "verify" },
		{ "quote", "verify", "x", "--at", AT },
		{ "quote", "verify", "x", "--collateral", "y" },
		{ "quote", "verify", "x", "--collateral", "y", "--at" },
		{ "quote", "make", "--out", "x" },
		{ "quote", "show" },
		{ "quote", "faults", "x" },
		{ "quote", "xxxxxxxxxx" },
		{ "quote", "make", "--outt", "x" },
		{ "quote", "make", "--report-data", "00" },
		{ "quote", "make", "--report-data", "00", "--out", "x", "y" },
		{ "quote", "faults", "--jsn" },
		{ "quote", "show", "--jsn", "x" },
		{ "quote", "verify", "x", "--rot", "y" },
		{ "quote", "verify", "x", "--at", AT, "--policy", "all" },
		{ "quote", "verify", "/", "--at", "now" },
	};
	static const char *const says[] = {
		"usage: avsbed quote ACTION",
		"there is no action mke; nearest: make",
		"say which QUOTE",
		"--collateral is missing",
		"--at is missing",
		"--at needs a UNIX",
		"--report-data is missing",
		"say one FILE",
		"too many arguments",
		"there is no action xxxxxxxxxx\n",
		"nearest: --out",
		"--out is missing",
		"too many arguments",
		"nearest: --json",
		"nearest: --json",
		"nearest: --root",
		"--policy is `none`, or not given",
		"avsbed quote verify: --at: ",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		farm_fails(*state, bad[i], 64, says[i], MS);
	farm_fails(*state,
		   FARM_ARGS("quote", "make", "--report-data", "00", "--out",
			     "/nowhere/x", "--fault", "td-debgu"),
		   64, "nearest: td-debug", MS);
	farm_fails(*state, FARM_ARGS("quote", "faults"), 0, "td-debug", MS);
	farm_fails(*state, FARM_ARGS("quote", "faults", "--json"), 0,
		   "\"td-debug\"", MS);
	farm_fails(*state, FARM_ARGS("quote", "--help"), 0,
		   "usage: avsbed quote ACTION", MS);
	farm_fails(*state, FARM_ARGS("quote", "show", "/nowhere"), 2,
		   "/nowhere", MS);
}

/* What Intel signed, at the times and with the statuses of its README. */
static void test_genuine(void **state)
{
	static const struct {
		const char *name, *at, *says;
	} all[] = {
		{ "sgx_quote", "1750330631",
		  "\"tcb_status\":\"ConfigurationAndSWHardeningNeeded\","
		  "\"advisory_ids\":[\"INTEL-SA-00289\",\"INTEL-SA-00615\"]" },
		{ "tdx_quote", "1750329207",
		  "\"tcb_status\":\"UpToDate\",\"advisory_ids\":[]" },
	};
	const char *dir = getenv("AVSBED_GENUINE_QUOTES");
	CLEANUP(freep) char *beside =
		realpath(dir ? dir
			     : kit_fixture("../../shared/quotes-genuine"),
			 NULL);

	if (!beside) {
		print_message("SKIPPED: no genuine quotes "
			      "(set AVSBED_GENUINE_QUOTES)\n");
		skip();
	}
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		CLEANUP(freep) char *quote =
			xasprintf("%s/%s", beside, all[i].name);
		CLEANUP(freep) char *json =
			xasprintf("%s_collateral.json", quote);

		farm_fails(*state,
			   FARM_ARGS("quote", "verify", quote, "--collateral",
				     json, "--at", all[i].at, "--json"),
			   0, all[i].says, MS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_good, setup, teardown),
		cmocka_unit_test_setup_teardown(test_accepted_all_the_same,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_root, setup, teardown),
		cmocka_unit_test_setup_teardown(test_foreign_root, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_rejected, setup, teardown),
		cmocka_unit_test_setup_teardown(test_broken_files, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_broken_members, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_spelled, setup, teardown),
		cmocka_unit_test_setup_teardown(test_usage, setup, teardown),
		cmocka_unit_test_setup_teardown(test_genuine, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
