/*
 * Collateral over HTTP: encodings, headers, statuses.
 */
#include "test/kit.h"

#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/base.h"
#include "base/hex.h"
#include "simulate/pcs.h"

#define SGX "/sgx/certification/v4/"
#define TDX "/tdx/certification/v4/"

static struct tee *tees[2];
static struct world world = {.tees = tees, .n = 2};

static int setup(UNUSED void **state)
{
	struct tee_spec alice = {.seed = 7, .name = "alice"};
	struct tee_spec carol = {.seed = 7,
				 .name = "carol",
				 .kind = TEE_SGX3,
				 .platform = "{\"fmspc\":\"998877aabbcc\"}"};
	struct err e = ERR_INIT;

	return intel_init(&world.intel, INTEL_AT, &e) &&
		       tee_new(&tees[0], &alice, &e) &&
		       tee_new(&tees[1], &carol, &e)
		   ? 0
		   : -1;
}

static int teardown(UNUSED void **state)
{
	tee_free(tees[0]);
	tee_free(tees[1]);
	intel_done(&world.intel);
	return 0;
}

static struct reply get(const struct tee *t, const char *path,
			const char *query)
{
	struct http_in in = {.method = "GET", .path = path, .query = query};

	assert_true(pcs_is_path(path));
	return pcs_answer(&world, t, &in);
}

static const char *header(const struct reply *r, const char *name)
{
	for (unsigned i = 0; i < r->header_n; i++)
		if (!strcmp(r->header[i].name, name))
			return r->header[i].value;
	return NULL;
}

static void statuses(UNUSED void **state)
{
	static const struct {
		const char *path, *query;
		int status;
	} cases[] = {
	    {TDX "tcb", "fmspc=102030405060", 200},
	    {TDX "tcb", "fmspc=998877AABBCC", 200},
	    {SGX "tcb", "update=early&fmspc=998877aabbcc", 200},
	    {SGX "tcb", "fmspc=102030405060&tcbEvaluationDataNumber=17", 200},
	    {SGX "tcb", "fmspc=102030405060&tcbEvaluationDataNumber=16", 410},
	    {SGX "tcb", "fmspc=102030405060&tcbEvaluationDataNumber=18", 404},
	    {SGX "tcb", "fmspc=102030405060&tcbEvaluationDataNumber=x", 400},
	    {SGX "tcb",
	     "fmspc=102030405060&tcbEvaluationDataNumber=17&update=early", 400},
	    {SGX "tcb", "fmspc=102030405060&update=soon", 400},
	    {SGX "tcb", "fmspc=102030405061", 404},
	    {SGX "tcb", "fmspc=1020304050", 400},
	    {SGX "tcb", "", 400},
	    {SGX "qe/identity", "", 200},
	    {TDX "qe/identity", "update=standard", 200},
	    {SGX "pckcrl", "ca=processor", 200},
	    {SGX "pckcrl", "ca=platform&encoding=der", 200},
	    {SGX "pckcrl", "ca=root", 400},
	    {SGX "pckcrl", "ca=platform&encoding=xml", 400},
	    {TDX "pckcrl", "ca=platform", 404},
	    {SGX "rootcacrl", "", 200},
	    {"/IntelSGXRootCA.der", "", 200},
	    {SGX "fmspcs", "", 200},
	    {SGX "qve/identity", "", 200},
	    {SGX "qve/identity", "update=early", 200},
	    {SGX "qve/identity", "tcbEvaluationDataNumber=16", 410},
	    {TDX "qve/identity", "", 404},
	    {SGX "tcbevaluationdatanumbers", "", 200},
	    {TDX "tcbevaluationdatanumbers", "", 200},
	    {SGX "nothing", "", 404},
	    {SGX "pckcert", "pceid=0000", 400},
	    {SGX "pckcert",
	     "pceid=0000&pcesvn=0d00&cpusvn="
	     "03030202040100050000000000000000",
	     200},
	    {SGX "pckcert",
	     "pceid=0001&pcesvn=0d00&cpusvn="
	     "03030202040100050000000000000000",
	     404},
	    {SGX "pckcerts", "pceid=0000&encrypted_ppid=00", 400},
	    {SGX "pckcerts", "pceid=0000", 200},
	    {SGX "pckcerts/config", "pceid=0000", 200},
	};
	struct http_in post = {
	    .method = "POST", .path = SGX "rootcacrl", .query = ""};
	struct reply r;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		r = get(tees[0], cases[i].path, cases[i].query);
		if (r.status != cases[i].status)
			fail_msg("%s?%s: %d %s", cases[i].path, cases[i].query,
				 r.status, r.text);
		assert_non_null(header(&r, "Request-ID"));
		reply_done(&r);
	}
	r = pcs_answer(&world, tees[0], &post);
	assert_int_equal(r.status, 405);
	reply_done(&r);
	assert_false(pcs_is_path("/GetQuote"));
}

/* Two certificates, escaped so that no decoder changes a "+". */
static void chain_in_header(const struct reply *r, const char *name,
			    const char *cn)
{
	const char *text = header(r, name);
	struct buf pem = BUF_INIT(1u << 16);
	char got[64];
	BIO *bio;
	X509 *x;

	assert_non_null(text);
	if (!text)
		return;
	assert_null(strpbrk(text, "+ /=\n"));
	for (; *text; text++) {
		if (*text == '%') {
			buf_addc(&pem, (char)(hex_digit(text[1]) << 4 |
					      hex_digit(text[2])));
			text += 2;
		} else {
			buf_addc(&pem, *text);
		}
	}
	bio = BIO_new_mem_buf(pem.data, (int)pem.len);
	x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	assert_non_null(x);
	X509_NAME_get_text_by_NID(X509_get_subject_name(x), NID_commonName, got,
				  sizeof(got));
	assert_string_equal(got, cn);
	X509_free(x);
	x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	assert_non_null(x);
	X509_free(x);
	assert_null(PEM_read_bio_X509(bio, NULL, NULL, NULL));
	assert_memory_equal(pem.data + pem.len - 26,
			    "-----END CERTIFICATE-----\n", 26);
	BIO_free(bio);
	buf_done(&pem);
}

/* {"NAME":<text>,"signature":"<r and s>"}, by the TCB signer's key. */
static void signed_by_intel(const struct reply *r, const char *name)
{
	static const char mark[] = ",\"signature\":\"";
	const char *text = r->text + strlen("{\"\":") + strlen(name);
	const char *end = strstr(r->text, mark);
	struct seckey key = pki_key(7, "tcb-signing", "");
	struct p256_pub pub;
	struct p256_sig sig;
	struct hash32 h;
	struct err e = ERR_INIT;

	assert_non_null(end);
	h = sha256(text, (size_t)(end - text));
	assert_ok(hex_decode(&sig, sizeof(sig), end + strlen(mark), 128, &e),
		  &e);
	assert_ok(p256_public(&pub, &key, &e), &e);
	assert_true(p256_verify(&pub, &sig, &h, &e));
}

static void bodies(UNUSED void **state)
{
	struct reply r = get(tees[0], TDX "tcb", "fmspc=998877AABBCC");
	const uint8_t *p;
	X509_CRL *crl;
	BIO *bio;

	assert_string_equal(r.type, "application/json");
	assert_memory_equal(r.text, "{\"tcbInfo\":{\"id\":\"TDX\"", 22);
	assert_non_null(strstr(r.text, "\"fmspc\":\"998877AABBCC\""));
	assert_non_null(strstr(r.text, "},\"signature\":\""));
	chain_in_header(&r, "TCB-Info-Issuer-Chain", "Intel SGX TCB Signing");
	chain_in_header(&r, "SGX-TCB-Info-Issuer-Chain",
			"Intel SGX TCB Signing");
	reply_done(&r);

	r = get(tees[0], SGX "qe/identity", "");
	assert_memory_equal(r.text, "{\"enclaveIdentity\":{\"id\":\"QE\"", 29);
	chain_in_header(&r, "SGX-Enclave-Identity-Issuer-Chain",
			"Intel SGX TCB Signing");
	reply_done(&r);

	r = get(tees[0], SGX "qve/identity", "");
	assert_memory_equal(r.text, "{\"enclaveIdentity\":{\"id\":\"QVE\"", 30);
	signed_by_intel(&r, "enclaveIdentity");
	chain_in_header(&r, "SGX-Enclave-Identity-Issuer-Chain",
			"Intel SGX TCB Signing");
	reply_done(&r);

	r = get(tees[0], TDX "tcbevaluationdatanumbers", "");
	assert_memory_equal(
	    r.text, "{\"tcbEvaluationDataNumbers\":{\"id\":\"TDX\"", 39);
	assert_non_null(strstr(r.text, "\"tcbEvalNumbers\":[{"
				       "\"tcbEvaluationDataNumber\":17,"));
	signed_by_intel(&r, "tcbEvaluationDataNumbers");
	chain_in_header(&r, "TCB-Evaluation-Data-Numbers-Issuer-Chain",
			"Intel SGX TCB Signing");
	reply_done(&r);

	r = get(tees[0], SGX "pckcrl", "ca=processor&encoding=der");
	assert_string_equal(r.type, "application/pkix-crl");
	p = (const uint8_t *)r.text;
	crl = d2i_X509_CRL(NULL, &p, (long)r.len);
	assert_non_null(crl);
	assert_int_equal((size_t)((const char *)p - r.text), r.len);
	X509_CRL_free(crl);
	chain_in_header(&r, "SGX-PCK-CRL-Issuer-Chain",
			"Intel SGX PCK Processor CA");
	reply_done(&r);

	r = get(tees[0], SGX "pckcrl", "ca=platform");
	bio = BIO_new_mem_buf(r.text, (int)r.len);
	crl = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL);
	assert_non_null(crl);
	X509_CRL_free(crl);
	BIO_free(bio);
	chain_in_header(&r, "SGX-PCK-CRL-Issuer-Chain",
			"Intel SGX PCK Platform CA");
	reply_done(&r);
}

/* The root's list: digits for PCCS's clients, bytes at its own place. */
static void root_list(UNUSED void **state)
{
	struct reply hex = get(tees[0], SGX "rootcacrl", "");
	struct reply der = get(tees[0], "/IntelSGXRootCA.der", "");
	struct buf b = BUF_INIT(1u << 16);

	buf_addhex(&b, der.text, der.len);
	assert_string_equal(buf_str(&b), hex.text);
	buf_done(&b);
	reply_done(&hex);
	reply_done(&der);
}

static void certificates(UNUSED void **state)
{
	struct reply r = get(tees[1], SGX "pckcert",
			     "pceid=0000&pcesvn=0d00&cpusvn="
			     "03030202040100050000000000000000");
	BIO *bio = BIO_new_mem_buf(r.text, (int)r.len);
	X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);

	assert_int_equal(r.status, 200);
	assert_non_null(x);
	X509_free(x);
	BIO_free(bio);
	assert_string_equal(header(&r, "SGX-TCBm"),
			    "030302020401000500000000000000000d00");
	assert_string_equal(header(&r, "SGX-FMSPC"), "998877aabbcc");
	assert_string_equal(header(&r, "SGX-PCK-Certificate-CA-Type"),
			    "processor");
	chain_in_header(&r, "SGX-PCK-Certificate-Issuer-Chain",
			"Intel SGX PCK Processor CA");
	reply_done(&r);
}

/* A host's own faults, and nobody else's. */
static void faults(UNUSED void **state)
{
	static const char query[] = "fmspc=102030405060";
	struct reply good, bad, other;
	struct err e = ERR_INIT;

	good = get(tees[0], TDX "tcb", query);
	assert_ok(fault_set_text(&tees[0]->faults, "tcb-revoked", &e), &e);
	bad = get(tees[0], TDX "tcb", query);
	other = get(tees[1], TDX "tcb", query);
	tees[0]->faults = (struct fault_set){.on = {false}};
	assert_non_null(strstr(bad.text, "\"tcbStatus\":\"Revoked\",\"adv"));
	assert_string_not_equal(good.text, bad.text);
	assert_string_equal(good.text, other.text);
	reply_done(&good);
	reply_done(&bad);
	reply_done(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(statuses),	 cmocka_unit_test(bodies),
	    cmocka_unit_test(root_list), cmocka_unit_test(certificates),
	    cmocka_unit_test(faults),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
