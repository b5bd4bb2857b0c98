#include "test/kit.h"

#include "base/base.h"
#include "codec/collateral_doc.h"

/* The simulator's, of seed 7. */
static json_t *sample(void)
{
	struct err e = ERR_INIT;
	json_t *j;

	assert_ok(json_read_file(&j, kit_fixture("quotes/collateral.json"), &e),
		  &e);
	return j;
}

static void replace(json_t *j, const char *key, const char *value)
{
	assert_int_equal(json_object_set_new(j, key, json_string(value)), 0);
}

/* What is said of @j has @part. Takes @j. */
static void says(json_t *take_j, const char *part)
{
	json_t *doc = collateral_doc(take_j);
	struct buf text = BUF_INIT(1u << 20);

	collateral_doc_text(&text, doc);
	if (!strstr(buf_str(&text), part))
		fail_msg("\"%s\" is not in: %s", part, buf_str(&text));
	buf_done(&text);
	json_decref(doc);
	json_decref(take_j);
}

static void holds(json_t *take_j, size_t want)
{
	json_t *doc = collateral_doc(take_j);
	size_t n = 0, i;
	json_t *s;

	json_array_foreach (json_object_get(doc, "signatures"), i, s)
		n += json_is_true(json_object_get(s, "holds"));
	assert_int_equal(n, want);
	json_decref(doc);
	json_decref(take_j);
}

static void test_whole(void **state)
{
	static const char *const parts[] = {
		"pck_crl_issuer_chain\ncertificates: 2\n     0  0: CN = Intel "
		"SGX PCK Platform CA",
		"root_ca_crl\n  issuer CN = Intel SGX Root CA",
		"  valid 2025-12-31T00:00:00Z to 2026-01-31T00:00:00Z\n  "
		"revoked: 0\n",
		"  TDX, version 3, evaluation 17\n",
		"  platform FMSPC 102030405060, PCE id 0000\n",
		"  TDX module TDX_01: signer 0000",
		"    level 1: UpToDate, of 2024-03-13, ISVSVN 5\n",
		"  level 2: OutOfDate, of 2023-08-09, PCE 5, SGX 2 3 2 2 4 1 0 "
		"5 0 0 0 0 0 0 0 0, TDX 1 0 2 0 0 0 0 0 0 0 0 0 0 0 0 0\n    "
		"SIMULATED-SA-00001\n",
		"  TD_QE, version 2, evaluation 17\n",
		"  good  tcb_info, by the key of tcb_info_issuer_chain's "
		"first\n",
		"  good  pck_crl_issuer_chain: certificate 1, Intel SGX Root "
		"CA, by its own key\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		says(sample(), parts[i]);
	holds(sample(), 10);
}

/* One thing at a time is wrong; the rest is explained all the same. */
static void test_broken(void **state)
{
	static const struct {
		const char *member, *value, *says;
		size_t holds;
	} cases[] = {
		{ "pck_crl", "3000", "pck_crl\n  2 bytes that are no CRL", 9 },
		{ "pck_crl", "zz", "pck_crl\n  neither hex nor base64", 9 },
		{ "root_ca_crl", "30800000",
		  "root_ca_crl\n  no CRL: offset 0: an indefinite length", 9 },
		{ "tcb_info", "{", "tcb_info\n  tcb_info", 9 },
		{ "tcb_info", "{}", "  BAD   tcb_info, by", 9 },
		{ "qe_identity", "[1]", "  BAD   qe_identity, by", 9 },
		{ "tcb_info_signature", "00", "  BAD   tcb_info, by", 9 },
		/* Without the chain nothing of it holds. */
		{ "tcb_info_issuer_chain", "", "tcb_info_issuer_chain\n"
					       "certificates: 0\n", 7 },
		{ "pck_crl_issuer_chain", "-----BEGIN CERTIFICATE-----\n",
		  "a CERTIFICATE that does not end", 6 },
		{ "pck_certificate_chain", "x",
		  "not read: pck_certificate_chain\n", 10 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		for (int k = 0; k < 2; k++) {
			json_t *j = sample();

			replace(j, cases[i].member, cases[i].value);
			if (k)
				holds(j, cases[i].holds);
			else
				says(j, cases[i].says);
		}
	}
	says(json_pack("{s:i}", "tcb_info", 7),
	     "tcb_info\n  tcb_info is an integer, not text\n");
}

/* Which JSON it is for. */
static void test_file(void **state)
{
	static const char *const no[] = { "", "{", "[]", "7", "{}",
					  "{\"quote\":\"00\"}" };
	json_t *j;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		assert_null(collateral_file(no[i], strlen(no[i])));
	j = collateral_file(JSON_BOM "{\"pck_crl\":1}", 16);
	assert_non_null(j);
	json_decref(j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
