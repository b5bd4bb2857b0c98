/* Collateral from a PCS: what it answers, taken apart to the byte. */
#include "test/kit.h"

#include "base/base.h"
#include "base/hex.h"
#include "io/http_server.h"
#include "operator/pcs.h"

#define SIG                                                                    \
	"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"     \
	"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
/* Base64 of "signer" and "root", percent-encoded as PCS does it. */
#define CHAIN                                                                  \
	"-----BEGIN%20CERTIFICATE-----%0Ac2lnbmVy%0A-----END%20CERTIFICATE"    \
	"-----%0A-----BEGIN%20CERTIFICATE-----%0Acm9vdA%3D%3D%0A-----END%20"   \
	"CERTIFICATE-----%0A"

struct fixture {
	char *dir, *socket;
	struct loop *loop;
	struct http_server *server;
	struct http_client *http;
	const char *tcb, *identity, *chain, *root_crl;
	int status;
	char asked[1024];
};

static void on_request(void *arg, const struct http_in *in,
		       struct http_exchange *x)
{
	struct fixture *f = arg;
	size_t len = strlen(f->asked);
	const char *text, *header = NULL;

	snprintf(f->asked + len, sizeof(f->asked) - len, "%s?%s ", in->path,
		 in->query);
	if (!strcmp(in->path, "/sgx/certification/v4/rootcacrl"))
		text = f->root_crl;
	else if (!strcmp(in->path, "/sgx/certification/v4/pckcrl"))
		text = "\x30\x81pck";
	else if (!strcmp(in->path, "/tdx/certification/v4/tcb")) {
		text = f->tcb;
		header = "TCB-Info-Issuer-Chain";
	} else {
		text = f->identity;
		header = "SGX-Enclave-Identity-Issuer-Chain";
	}
	if (header && f->chain)
		http_header(x, header, f->chain);
	http_respond(x, f->status, "text/plain", text, strlen(text));
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	struct err e;

	f->dir = kit_tmpdir_new();
	f->socket = xasprintf("%s/pcs.sock", f->dir);
	assert_ok(loop_new(&f->loop, &e), &e);
	assert_ok(http_server_new(&f->server, f->loop, f->socket, 0,
				  on_request, f, &e),
		  &e);
	assert_ok(http_client_new(&f->http, f->loop, &e), &e);
	f->status = 200;
	f->chain = CHAIN;
	f->root_crl = "3003AbCd\n";
	f->tcb = "{\"tcbInfo\":{\"id\":\"TDX\"},\"signature\":\"" SIG "\"}";
	f->identity = "{\"enclaveIdentity\":{},\"signature\":\"" SIG "\"}";
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	http_client_free(f->http);
	http_server_free(f->server);
	loop_free(f->loop);
	kit_tmpdir_free(f->dir);
	free(f->socket);
	free(f);
	return 0;
}

static bool fetch(struct fixture *f, bool processor,
		  struct pcs_collateral *ret, struct err *e)
{
	static const uint8_t fmspc[6] = {0x90, 0xc0, 0x6f};
	struct pcs p = {
	    .http = f->http, .endpoint = f->socket, .timeout_ms = 5000};

	return pcs_fetch(ret, &p, fmspc, processor, e);
}

static void is(const struct der *d, const char *text)
{
	assert_int_equal(d->len, strlen(text));
	assert_memory_equal(d->data, text, d->len);
}

static void test_all_of_it(void **state)
{
	struct fixture *f = *state;
	struct pcs_collateral c;
	struct err e;

	/* Spaces, braces in texts, escapes, order: as it was signed. */
	f->tcb = "{ \"signature\" : \"" SIG "\" , \"x\":{\"tcbInfo\":{}},"
		 "\"y\":\"tcbInfo\", \"tcbInfo\" :\n{\"a\" : \"}\\\"{\", "
		 "\"b\":{ \"c\":[{}] } } }";
	assert_ok(fetch(f, false, &c, &e), &e);
	is(&c.tcb_info.text,
	   "{\"a\" : \"}\\\"{\", \"b\":{ \"c\":[{}] } }");
	is(&c.qe_identity.text, "{}");
	is(&c.tcb_info.signer, "signer");
	is(&c.qe_identity.signer, "signer");
	is(&c.root_crl, "\x30\x03\xab\xcd");
	is(&c.pck_crl, "\x30\x81pck");
	assert_int_equal(c.tcb_info.signature[1], 0x11);
	assert_int_equal(c.tcb_info.signature[63], 0xff);
	assert_string_equal(
	    f->asked, "/sgx/certification/v4/rootcacrl? "
		      "/sgx/certification/v4/pckcrl?ca=platform&encoding=der "
		      "/tdx/certification/v4/tcb?fmspc=90c06f000000 "
		      "/tdx/certification/v4/qe/identity? ");
	pcs_collateral_done(&c);
	f->asked[0] = 0;
	assert_ok(fetch(f, true, &c, &e), &e);
	assert_non_null(strstr(f->asked, "ca=processor"));
	pcs_collateral_done(&c);
}

/* As it is written for other tools, with the path of the API or without. */
static void test_by_url(void **state)
{
	static const char *const ends[] = {"", "/", "/sgx/certification/v4",
					   "/sgx/certification/v4/"};
	static const uint8_t fmspc[6];
	struct fixture *f = *state;
	struct http_server *tcp;
	struct pcs_collateral c;
	struct err e;

	assert_ok(
	    http_server_new(&tcp, f->loop, NULL, 0, on_request, f, &e), &e);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		CLEANUP(freep)
		char *url = xasprintf("http://127.0.0.1:%u%s",
				      (unsigned)http_server_port(tcp),
				      ends[i]);
		struct pcs p = {
		    .http = f->http, .endpoint = url, .timeout_ms = 5000};

		assert_ok(pcs_fetch(&c, &p, fmspc, false, &e), &e);
		pcs_collateral_done(&c);
	}
	http_server_free(tcp);
}

struct bad {
	const char *tcb, *root_crl;
	bool no_chain;
	const char *chain;
	enum err_code code;
	const char *part;
};

static void test_what_is_none(void **state)
{
	static const struct bad cases[] = {
	    {.tcb = "{\"tcbInfo\":{}",
	     .code = ERR_PARSE,
	     .part = "the answer to /tdx/certification/v4/tcb?fmspc="},
	    {.tcb = "{\"signature\":\"" SIG "\"}",
	     .code = ERR_SCHEMA,
	     .part = "tcbInfo: no such object"},
	    {.tcb = "{\"tcbInfo\":\"{}\",\"signature\":\"" SIG "\"}",
	     .code = ERR_SCHEMA,
	     .part = "tcbInfo: no such object"},
	    {.tcb = "{\"tcbInfo\":{},\"signature\":\"00\"}",
	     .code = ERR_PARSE,
	     .part = "signature"},
	    {.no_chain = true,
	     .code = ERR_SCHEMA,
	     .part = "the header TCB-Info-Issuer-Chain is missing"},
	    {.chain = "%zz%",
	     .code = ERR_PARSE,
	     .part = "its issuer chain: no certificate"},
	    {.root_crl = "none",
	     .code = ERR_PARSE,
	     .part = "the answer to /sgx/certification/v4/rootcacrl"},
	};
	struct fixture *f = *state;
	const char *tcb = f->tcb, *crl = f->root_crl;
	struct pcs_collateral c;
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct bad *b = &cases[i];

		f->tcb = b->tcb ? b->tcb : tcb;
		f->root_crl = b->root_crl ? b->root_crl : crl;
		f->chain = b->no_chain ? NULL : b->chain ? b->chain : CHAIN;
		assert_err(fetch(f, false, &c, &e), &e, b->code, b->part);
		assert_non_null(strstr(e.text, "PCS at "));
	}
	f->status = 404;
	assert_err(fetch(f, false, &c, &e), &e, ERR_HTTP,
		   "answered 404 to /sgx/certification/v4/rootcacrl");
	assert_int_equal(e.sub, 404);
}

static void test_nobody_there(void **state)
{
	struct fixture *f = *state;
	struct pcs_collateral c;
	struct err e;

	http_server_free(TAKE(f->server));
	assert_err(fetch(f, false, &c, &e), &e, ERR_HTTP, "PCS at ");
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_all_of_it),
	    TEST(test_by_url),
	    TEST(test_what_is_none),
	    TEST(test_nobody_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
