#include "io/test/ground.h"

#include "base/hex.h"
#include "io/child.h"
#include "io/http_client.h"
#include "io/jsonrpc.h"

/* Against the real node. Says loudly when there is none. */
struct node {
	struct child *c;
	struct rpc *ipc, *web;
	struct http_client *http;
	char *ipc_path;
	uint16_t port;
	bool listens;
};

static const char *anvil(void)
{
	static char path[4096];
	const char *root = getenv("AVSBED_ROOT");

	snprintf(path, sizeof(path), "%s/build/tools/anvil", root ? root : ".");
	return path;
}

/* "Listening on 127.0.0.1:PORT" is its last word before it serves. */
static void on_line(void *arg, enum child_stream s, const char *line)
{
	const char *colon = strrchr(line, ':');
	struct node *n = arg;
	uint64_t port;
	struct err e;

	(void)s;
	if (strncmp(line, "Listening on 127.0.0.1:", 23) || !colon)
		return;
	assert_ok(dec_u64(&port, colon + 1, &e), &e);
	n->port = (uint16_t)port;
	n->listens = true;
}

static void node_open(struct node *n, struct ground *g)
{
	CLEANUP(freep) char *home = xasprintf("HOME=%s", g->dir);
	CLEANUP(freep) char *url = NULL;
	const char *env[] = {home, NULL};
	struct err e;

	*n = (struct node){.ipc_path = xstrdup(in_dir(g, "anvil.ipc"))};
	const char *argv[] = {anvil(),	   "--port",	 "0",	  "--ipc",
			      n->ipc_path, "--chain-id", "31337", NULL};
	struct child_spec spec = {.name = "anvil",
				  .argv = argv,
				  .env = env,
				  .on_line = on_line,
				  .arg = n};

	assert_ok(child_spawn(&n->c, g->l, &spec, &e), &e);
	await(g, n->listens, "anvil's first line");
	url = xasprintf("http://127.0.0.1:%u", (unsigned)n->port);
	assert_ok(http_client_new(&n->http, g->l, &e), &e);
	assert_ok(rpc_open_ipc(&n->ipc, g->l, n->ipc_path, &e), &e);
	assert_ok(rpc_open_http(&n->web, n->http, url, &e), &e);
}

static void node_close(struct node *n)
{
	rpc_free(n->ipc);
	rpc_free(n->web);
	http_client_free(n->http);
	child_free(n->c);
	free(n->ipc_path);
}

static void both_ways_agree(void **state)
{
	struct node n;
	struct err e;

	node_open(&n, *state);
	for (int i = 0; i < 2; i++) {
		struct rpc *r = i ? n.web : n.ipc;
		CLEANUP(json_decrefp) json_t *id = NULL;
		CLEANUP(json_decrefp) json_t *block = NULL;

		assert_ok(rpc_call(r, "eth_chainId", NULL, &id, NULL, &e), &e);
		assert_string_equal(json_string_value(id), "0x7a69");
		assert_ok(rpc_call(r, "eth_getBlockByNumber",
				   json_pack("[sb]", "0x0", 0), &block, NULL,
				   &e),
			  &e);
		assert_string_equal(
		    json_string_value(json_object_get(block, "number")), "0x0");
		assert_err(rpc_call(r, "no_such", NULL, NULL, NULL, &e), &e,
			   ERR_RPC, "no_such: ");
		/* They agree on what they know; anvil 1.7.1 on no more. */
		assert_int_equal(e.sub, i ? -32601 : -32602);
	}
	node_close(&n);
}

struct heads {
	char number[16];
	bool two;
	unsigned n;
};

static void on_head(void *arg, const json_t *head)
{
	struct heads *h = arg;

	snprintf(h->number, sizeof(h->number), "%s",
		 json_string_value(json_object_get(head, "number")));
	h->two = ++h->n == 2;
}

static void heads_are_pushed(void **state)
{
	struct ground *g = *state;
	struct heads h = {.two = false};
	struct node n;
	struct err e;

	node_open(&n, g);
	assert_ok(rpc_subscribe(n.ipc, "newHeads", on_head, &h, &e), &e);
	assert_ok(rpc_call(n.web, "evm_mine", NULL, NULL, NULL, &e), &e);
	assert_ok(rpc_call(n.ipc, "evm_mine", NULL, NULL, NULL, &e), &e);
	await(g, h.two, "two heads");
	assert_string_equal(h.number, "0x2");
	node_close(&n);
}

static void its_death_is_noticed(void **state)
{
	struct ground *g = *state;
	struct node n;
	struct err e;

	node_open(&n, g);
	/* So that the call can be under way while it dies. */
	child_signal(n.c, SIGSTOP);
	rpc_send(n.ipc, "eth_blockNumber", NULL, NULL, NULL);
	child_signal(n.c, SIGKILL);
	assert_err(rpc_call(n.ipc, "eth_chainId", NULL, NULL, NULL, &e), &e,
		   ERR_OS, "eth_chainId: socket ");
	assert_err(rpc_call(n.web, "eth_chainId", NULL, NULL, NULL, &e), &e,
		   ERR_HTTP, "eth_chainId: POST http://127.0.0.1:");
	node_close(&n);
}

/* No limit is asserted: bench/ compares. This only shows them. */
static void what_a_call_costs(void **state)
{
	enum { CALLS = 2000 };
	struct node n;
	struct err e;

	node_open(&n, *state);
	for (int i = 0; i < 2; i++) {
		struct rpc *r = i ? n.web : n.ipc;
		uint64_t start = clock_ns();

		for (int k = 0; k < CALLS; k++)
			assert_ok(rpc_call(r, "eth_blockNumber", NULL, NULL,
					   NULL, &e),
				  &e);
		print_message("eth_blockNumber over %s: %.3f ms\n",
			      i ? "HTTP" : "IPC",
			      (double)(clock_ns() - start) / 1e6 / CALLS);
	}
	node_close(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    test(both_ways_agree),
	    test(heads_are_pushed),
	    test(its_death_is_noticed),
	    test(what_a_call_costs),
	};

	if (access(anvil(), X_OK)) {
		print_message("SKIPPED, NOT TESTED: there is no %s; `make "
			      "setup` fetches it\n",
			      anvil());
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
