#include "test/kit.h"

#include "base/base.h"
#include "base/rng.h"
#include "codec/quote.h"
#include "codec/quote_doc.h"
#include "simulate/tee.h"

static struct buf sample_of(enum tee_kind kind)
{
	struct tee_spec spec = {.seed = 3, .name = "alice", .kind = kind};
	struct tee *t CLEANUP(tee_freep) = NULL;
	uint8_t data[TEE_REPORT_DATA] = {1, 2, 3};
	struct buf b = BUF_INIT(QUOTE_MAX);
	struct err e = ERR_INIT;

	assert_ok(tee_new(&t, &spec, &e), &e);
	assert_ok(tee_quote(&b, t, data, &e), &e);
	return b;
}

static struct buf sample(void)
{
	return sample_of(TEE_TDX4);
}

/* Tables cover their structs' wire forms without gap or overlap. */
static void tables(UNUSED void **state)
{
	static const struct {
		const struct quote_fields *t;
		size_t len;
	} all[] = {
	    {&QUOTE_HEADER_FIELDS, 48},
	    {&SGX_REPORT_FIELDS, 384},
	    {&TD_REPORT_FIELDS, 584},
	    {&TD15_REPORT_FIELDS, 648},
	    {&TD15EX_REPORT_FIELDS, 885},
	};

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		size_t len = 0;

		for (size_t j = 0; j < all[i].t->n; j++)
			len += all[i].t->f[j].len;
		assert_int_equal(len, all[i].len);
	}
}

/* Offsets as Intel's documents have them, the body at 48. */
static void offsets(UNUSED void **state)
{
	struct buf b = sample();
	struct quote q;
	struct quote_map m;
	struct err e = ERR_INIT;

	assert_ok(quote_parse(&q, &m, b.data, b.len, &e), &e);
	assert_int_equal(m.body, 48);
	assert_int_equal(m.signed_len, 632);
	assert_int_equal(m.auth, 636);
	assert_int_equal(m.att_key, 636 + 64);
	assert_int_equal(m.outer_type, 636 + 128);
	assert_int_equal(m.qe_report, 636 + 134);
	assert_int_equal(m.qe_sig, 636 + 518);
	assert_int_equal(m.qe_auth_len, 636 + 582);
	assert_int_equal(m.qe_auth, 636 + 584);
	assert_int_equal(m.end, b.len);
	assert_memory_equal(b.data + 48 + 136, q.td.mrtd, 48);
	assert_memory_equal(b.data + 48 + 472, q.td.rtmr[3], 48);
	assert_memory_equal(b.data + 48 + 520, "\1\2\3\0", 4);
	assert_int_equal(q.td.td_attributes, TD_ATTR_SEPT_VE_DISABLE);
	buf_done(&b);
}

static void round_trip(const uint8_t *data, size_t len)
{
	struct buf again = BUF_INIT(2 * QUOTE_MAX);
	struct quote q;
	struct quote_map m, m2;
	struct err e = ERR_INIT;

	assert_ok(quote_parse(&q, &m, data, len, &e), &e);
	quote_write(&again, &m2, &q);
	assert_int_equal(again.len, len);
	assert_memory_equal(again.data, data, len);
	assert_memory_equal(&m, &m2, sizeof(m));
	buf_done(&again);
}

static void reads_what_it_writes(UNUSED void **state)
{
	for (int kind = 0; kind < TEE_KIND__COUNT; kind++) {
		struct buf b = sample_of((enum tee_kind)kind);

		round_trip(b.data, b.len);
		buf_add(&b, "\0\0\0tail", 7);
		round_trip(b.data, b.len);
		buf_done(&b);
	}
}

/* Random bytes in every field that has no rule survive the round trip. */
static void any_values(uint64_t seed)
{
	struct rng r = RNG_INIT(seed);
	struct buf b = sample();

	rng_fill(&r, b.data + 8, 632 - 8);
	rng_fill(&r, b.data + 636, 128);
	rng_fill(&r, b.data + 770, 384 + 64);
	round_trip(b.data, b.len);
	buf_done(&b);
}

static void reads_any_values(UNUSED void **state)
{
	kit_property(11, 50, any_values);
}

static void genuine(UNUSED void **state)
{
	static const char *const names[] = {"tdx_quote", "sgx_quote"};
	const char *dir = getenv("AVSBED_GENUINE_QUOTES");

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char *path CLEANUP(freep) = xasprintf(
		    "%s/%s",
		    dir ? dir : kit_fixture("../../shared/quotes-genuine"),
		    names[i]);
		struct buf b = BUF_INIT(QUOTE_MAX);
		struct err e = ERR_INIT;

		if (!buf_read_file(&b, path, &e)) {
			print_message("SKIPPED: no genuine quotes: %s\n"
				      "(set AVSBED_GENUINE_QUOTES)\n",
				      e.text);
			free(TAKE(path)); /* skip() does not return */
			skip();
		}
		round_trip(b.data, b.len);
		buf_done(&b);
	}
}

/* Every prefix is refused, and none is read beyond its end (ASan). */
static void truncated(UNUSED void **state)
{
	struct buf b = sample();
	struct quote q;
	struct quote_map m;
	struct err e;

	for (size_t n = 0; n < b.len; n++) {
		uint8_t *cut = xmalloc(n ? n : 1);

		memcpy(cut, b.data, n);
		assert_err(quote_parse(&q, &m, cut, n, &e), &e, ERR_PARSE,
			   n < 48 ? "offset 0: the header needs 48"
				  : "offset ");
		free(cut);
	}
	assert_err(quote_parse(&q, &m, b.data, 300, &e), &e, ERR_PARSE,
		   "offset 48: the TD report needs 584 bytes, 252 are left");
	buf_done(&b);
}

static void malformed(UNUSED void **state)
{
	static const struct {
		size_t at;
		const char *bytes;
		size_t n;
		enum err_code code;
		const char *text;
	} cases[] = {
	    {0, "\x06", 1, ERR_UNSUPPORTED, "offset 0: quote version 6"},
	    {2, "\x03", 1, ERR_UNSUPPORTED, "offset 2: attestation key"},
	    {4, "\x82", 1, ERR_UNSUPPORTED, "offset 4: TEE type 0x82"},
	    {632, "\xff\xff\xff\xff", 4, ERR_PARSE,
	     "offset 632: the auth data length says 4294967295 bytes"},
	    {632, "\x10\0", 2, ERR_PARSE,
	     "offset 636: the quote's signature needs 64 bytes, 16"},
	    {764, "\x05", 1, ERR_PARSE,
	     "offset 764: outer certification data type 5"},
	    {766, "\0", 1, ERR_PARSE,
	     "offset 766: the outer certification data length says"},
	    {1218, "\xff\xff", 2, ERR_PARSE,
	     "offset 1220: the QE auth data needs 65535 bytes"},
	    {1254, "\0", 1, ERR_PARSE,
	     "offset 1254: the certification data length says"},
	};
	struct buf b = sample();
	struct quote q = {.cert_type = 77};
	struct quote_map m = {.end = 77};
	json_t *doc = NULL;
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint8_t saved[4];

		memcpy(saved, b.data + cases[i].at, cases[i].n);
		memcpy(b.data + cases[i].at, cases[i].bytes, cases[i].n);
		assert_err(quote_parse(&q, &m, b.data, b.len, &e), &e,
			   cases[i].code, cases[i].text);
		assert_err(quote_doc(&doc, b.data, b.len, NULL, &e), &e,
			   cases[i].code, cases[i].text);
		memcpy(b.data + cases[i].at, saved, cases[i].n);
	}
	assert_null(doc);
	assert_int_equal(q.cert_type, 77);
	assert_int_equal(m.end, 77);
	buf_done(&b);
}

/* Version 5 says what its body is, and must be right about it. */
static void malformed_body(UNUSED void **state)
{
	static const struct {
		size_t at;
		uint8_t byte;
		enum err_code code;
		const char *text;
	} cases[] = {
	    {48, 1, ERR_UNSUPPORTED, "offset 48: body type 1; 2 (TD 1.0)"},
	    {48, 2, ERR_PARSE, "offset 50: body size 648; type 2 has 584"},
	    {48, 4, ERR_PARSE, "offset 50: body size 648; type 4 has 885"},
	    {48, 5, ERR_UNSUPPORTED, "offset 48: body type 5; 2 (TD 1.0)"},
	    {50, 0x87, ERR_PARSE, "offset 50: body size 647; type 3 has 648"},
	};
	struct buf b = sample_of(TEE_TDX5);
	struct quote q;
	struct quote_map m;
	struct err e = ERR_INIT;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint8_t saved = b.data[cases[i].at];

		b.data[cases[i].at] = cases[i].byte;
		assert_err(quote_parse(&q, &m, b.data, b.len, &e), &e,
			   cases[i].code, cases[i].text);
		b.data[cases[i].at] = saved;
	}
	for (size_t n = 0; n < b.len; n += 13)
		assert_err(quote_parse(&q, &m, b.data, n, &e), &e, ERR_PARSE,
			   "offset ");
	buf_done(&b);
}

/* What an enclave and a TD 1.5 say of themselves, at Intel's offsets. */
static void kind_values(UNUSED void **state)
{
	static const char who[] = "SIMULATED " TEE_IMAGE_DEFAULT ": enclave";
	struct buf a = sample_of(TEE_SGX3), b = sample_of(TEE_TDX5);
	struct hash32 hash = sha256(who, strlen(who));

	assert_hex(a.data + 48 + 48, 16, "0500000000000000e700000000000000");
	assert_memory_equal(a.data + 48 + 64, hash.b, 32);
	assert_hex(a.data + 48 + 256, 4, "01000100");
	/* TEE_TCB_SVN again as TEE_TCB_SVN_2, and no service TD. */
	assert_memory_equal(b.data + 54, b.data + 54 + 584, 16);
	assert_memory_equal(b.data + 54 + 600, (uint8_t[48]){0}, 48);
	buf_done(&a);
	buf_done(&b);
}

/* All of @lines are in what is said of the quote. */
static void says(struct buf *quote, const json_t *events,
		 const char *const *lines, size_t n)
{
	CLEANUP(json_decrefp) json_t *doc = NULL;
	struct buf out = BUF_INIT(1u << 20);
	struct err e = ERR_INIT;

	assert_ok(quote_doc(&doc, quote->data, quote->len, events, &e), &e);
	quote_doc_text(&out, doc);
	for (size_t i = 0; i < n; i++)
		if (!strstr(buf_str(&out), lines[i]))
			fail_msg("no \"%s\" in\n%s", lines[i], buf_str(&out));
	buf_done(&out);
}

static void explained(UNUSED void **state)
{
	static const char *const tdx4[] = {
	    "quote of ",
	    " bytes, TDX version 4\n",
	    "     0     2  version          4\n",
	    "     4     4  tee_type         129 (TDX)\n",
	    "   168     8  td_attributes    0x0000000010000000 "
	    "(SEPT_VE_DISABLE)\n",
	    "   568    64  report_data      0x010203000000",
	    "   280    48  mr_owner         zeros\n",
	    "  good  header and body, by the attestation key\n",
	    "  good  the QE's report, by the PCK certificate's key\n",
	    "  good  certificate 0, Intel SGX PCK Certificate, by the next",
	    "  good  certificate 2, Intel SGX Root CA, by its own key\n",
	    "certificates: 3\n",
	    "CN = Intel SGX PCK Platform CA, O = SIMULATED (not Intel)",
	    "X509v3 Basic Constraints (critical)",
	    "platform FMSPC 0x102030405060",
	};
	static const char *const tdx5[] = {
	    " bytes, TDX version 5\n",
	    "    50     4  size             648\n",
	    "   654    48  mr_service_td    zeros\n",
	};
	static const char *const tdx5_ex[] = {
	    "    48     2  type             4\n",
	    "   702     1  vmid             0x00\n",
	    "   931     8  cur_service_td_attributes 0x0000000000000000\n",
	    "  good  header and body, by the attestation key\n",
	};
	static const char *const leaf[] = {
	    " (PCK certificate)\n",
	    "  good  the QE's report, by the PCK certificate's key\n",
	};
	static const char *const broken[] = {
	    "  BAD   header and body, by the attestation key\n",
	    "  BAD   the QE's report, by the PCK certificate's key\n",
	    "CERTIFICATE: text that is no base64\n",
	};
	struct buf a = sample(), b = sample_of(TEE_TDX5);
	struct buf c = sample_of(TEE_TDX5_EX);
	struct quote q;
	struct quote_map m;
	struct err e = ERR_INIT;

	says(&a, NULL, tdx4, ARRAY_LEN(tdx4));
	says(&b, NULL, tdx5, ARRAY_LEN(tdx5));
	says(&c, NULL, tdx5_ex, ARRAY_LEN(tdx5_ex));
	buf_done(&c);
	assert_ok(quote_parse(&q, &m, a.data, a.len, &e), &e);
	a.data[m.cert_type] = QUOTE_CERT_PCK_LEAF;
	says(&a, NULL, leaf, ARRAY_LEN(leaf));
	a.data[m.cert_type] = QUOTE_CERT_PCK_CHAIN;
	a.data[568]++;
	memset(a.data + m.cert + 40, '?', 4);
	says(&a, NULL, broken, ARRAY_LEN(broken));
	buf_done(&a);
	buf_done(&b);
}

/* A simulated log gives the quote's registers; another one does not. */
static void event_log(UNUSED void **state)
{
	static const char *const agrees[] = {
	    "  RTMR3  app-id ",
	    "  RTMR0 replayed: agrees",
	    "  RTMR3 replayed: agrees with the quote\n",
	};
	static const char *const differs[] = {
	    "its digest does NOT fit",
	    "  RTMR2 replayed: agrees",
	    "  RTMR3 replayed: is NOT what the quote says\n",
	};
	static const char *const none[] = {"event log: event 0: "};
	struct tee_spec spec = {.seed = 3, .name = "alice"};
	struct tee *t CLEANUP(tee_freep) = NULL;
	CLEANUP(json_decrefp) json_t *log = NULL;
	struct buf b = sample();
	struct err e = ERR_INIT;
	json_t *last;

	assert_ok(tee_new(&t, &spec, &e), &e);
	log = event_log_json(&t->log);
	says(&b, log, agrees, ARRAY_LEN(agrees));
	last = json_array_get(log, json_array_size(log) - 1);
	json_object_set_new(last, "event_payload", json_string("00"));
	json_object_set(last, "digest",
			json_object_get(json_array_get(log, 0), "digest"));
	says(&b, log, differs, ARRAY_LEN(differs));
	json_object_set_new(json_array_get(log, 0), "imr", json_integer(4));
	says(&b, log, none, ARRAY_LEN(none));
	buf_done(&b);
}

/* Bytes, hex with or without "0x", an agent's answer: the same quote. */
static void files(UNUSED void **state)
{
	struct buf b = sample(), text = BUF_INIT(1u << 20);
	struct err e = ERR_INIT;

	for (int form = 0; form < 4; form++) {
		struct buf got = BUF_INIT(1u << 20);
		CLEANUP(json_decrefp) json_t *events = NULL;

		buf_clear(&text);
		if (form == 0)
			buf_add(&text, b.data, b.len);
		else
			buf_adds(&text, form == 3 ? "\n{\"quote\": \"0x"
						  : &"0x"[2 * (form == 1)]);
		if (form)
			buf_addhex(&text, b.data, b.len);
		buf_adds(&text, form == 3 ? "\",\"event_log\":\"[]\"}"
				: form	  ? " \n"
					  : "");
		assert_ok(quote_file(&got, &events, text.data, text.len, &e),
			  &e);
		assert_int_equal(got.len, b.len);
		assert_memory_equal(got.data, b.data, b.len);
		assert_int_equal(json_is_array(events), form == 3);
		buf_done(&got);
	}
	buf_clear(&text);
	assert_err(quote_file(&text, NULL, "{}", 2, &e), &e, ERR_SCHEMA,
		   "quote");
	assert_err(quote_file(&text, NULL, "0f0", 3, &e), &e, ERR_PARSE,
		   "a quote as text");
	buf_done(&b);
	buf_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tables),
	    cmocka_unit_test(offsets),
	    cmocka_unit_test(reads_what_it_writes),
	    cmocka_unit_test(reads_any_values),
	    cmocka_unit_test(genuine),
	    cmocka_unit_test(truncated),
	    cmocka_unit_test(malformed),
	    cmocka_unit_test(malformed_body),
	    cmocka_unit_test(kind_values),
	    cmocka_unit_test(explained),
	    cmocka_unit_test(event_log),
	    cmocka_unit_test(files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
