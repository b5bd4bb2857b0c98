/*
 * A chain that cannot be trusted: it dies, speaks badly, starts from a damaged
 * or another state, or its contracts do not compile or deploy. Each run says
 * what and where, and leaves nothing behind.
 *
 * As build/tools/anvil of a farm this program is the chain that speaks badly.
 */
#include "test/kit.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/base.h"
#include "base/clock.h"
#include "io/child.h"
#include "io/net.h"
#include "test/farm_stub.h"

#define QUICK_MS 120000
#define FORGE_MS 300000 /* compiles and deploys */
#define SCENARIO "scenarios/one.yaml"
#define MANIFEST "anvil-state/manifest-1.8.1.json"
#define TEXT_MAX (64u << 20)

static const char ONE[] = "scenario: One operator\n"
			  "why: a world to be broken\n"
			  "world: phala-cloud\n"
			  "operators:\n"
			  "  alice: {tee: tdx, stake: 1000 PHA, allocate: 50%}\n"
			  "steps:\n"
			  "  - register: alice\n"
			  "  - check: head > 0\n";

/* Enough steps to be killed in. */
static const char LONG[] =
	"scenario: Many steps\n"
	"why: a world to be broken meanwhile\n"
	"world: phala-cloud\n"
	"operators:\n"
	"  alice: {tee: tdx, stake: 1000 PHA, allocate: 50%}\n"
	"steps:\n"
	"  - register: alice\n"
	"  - each: {i: 1..4000}\n"
	"    steps:\n"
	"      - check: head > 0\n";

static char *scenario; /* where it is in the present farm */

/* --- the fake --------------------------------------------------------------- */



static void say(int fd, const char *text)
{
	(void)!send(fd, text, strlen(text), MSG_NOSIGNAL);
}

static void flood(int fd)
{
	static char chunk[1u << 20];

	memset(chunk, 'x', sizeof(chunk));
	say(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"");
	while (send(fd, chunk, sizeof(chunk), MSG_NOSIGNAL) > 0)
		;
}

static void speak(int fd, const char *word)
{
	char request[4096];

	if (recv(fd, request, sizeof(request), 0) <= 0)
		return;
	if (!strcmp(word, "version"))
		say(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":"
			"\"anvil/v1.6.0\"}");
	else if (!strcmp(word, "truncated"))
		say(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"resu");
	else if (!strcmp(word, "not-json"))
		say(fd, "HTTP/1.1 400 Bad Request\r\n\r\n");
	else if (!strcmp(word, "other-id"))
		say(fd, "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":\"0x1\"}");
	else if (!strcmp(word, "huge"))
		flood(fd);
	if (strcmp(word, "truncated"))
		(void)!recv(fd, request, sizeof(request), 0);
}

static int fake_anvil(int argc, char **argv)
{
	CLEANUP(freep) char *mode = xasprintf("%s.mode", argv[0]);
	struct buf word = BUF_INIT(64);
	const char *path = NULL;
	struct err e = ERR_INIT;
	int fd;

	for (int i = 1; i + 1 < argc; i++)
		if (!strcmp(argv[i], "--ipc"))
			path = argv[i + 1];
	if (!path || !buf_read_file(&word, mode, &e) ||
	    !net_listen_unix(&fd, path, &e))
		return 1;
	puts("Listening on 127.0.0.1:1");
	fflush(stdout);
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int client;

		poll(&p, 1, -1);
		client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
		if (client < 0)
			return 1;
		speak(client, buf_str(&word));
		close(client);
	}
}

static void put_fake(struct farm *f, const char *word)
{
	char *self = realpath("/proc/self/exe", NULL);

	assert_non_null(self);
	farm_link(f, "build/tools/anvil", self);
	farm_put(f, "build/tools/anvil.mode", word);
	free(self);
}

/* --- farms ------------------------------------------------------------------ */

static int warm(void **state)
{
	(void)state;
	farm_warm(ONE);
	return 0;
}

static int setup(void **state)
{
	struct farm *f = farm_new();

	farm_put(f, SCENARIO, ONE);
	scenario = farm_path(f, SCENARIO);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	free(scenario);
	farm_free(*state);
	return 0;
}

static void fails(struct farm *f, const char *text)
{
	farm_fails(f, FARM_ARGS("run", scenario), 2, text, QUICK_MS);
}

/* --- RPC answers ------------------------------------------------------------ */

static void test_another_version(void **state)
{
	put_fake(*state, "version");
	fails(*state, "build/tools/anvil says it is anvil/v1.6.0, not "
		      "anvil/v1.7.1; `make setup` installs that one");
}

static void test_truncated_answer(void **state)
{
	put_fake(*state, "truncated");
	fails(*state, "was closed by the other side in the middle of a message");
}

static void test_huge_answer(void **state)
{
	put_fake(*state, "huge");
	fails(*state, "sent a message of more than 67108864 bytes");
}

static void test_answer_is_no_json(void **state)
{
	put_fake(*state, "not-json");
	fails(*state, "sent what is no JSON object: HTTP/1.1 400 Bad Request");
}

static void test_answer_to_nothing(void **state)
{
	put_fake(*state, "other-id");
	fails(*state, "answered a request that was never sent (id 7)");
}

/* --- anvil in the middle ---------------------------------------------------- */

static void signal_anvil(struct farm *f, int signo)
{
	pid_t pid = farm_process(f, "anvil");

	assert_int_not_equal(pid, 0);
	assert_int_equal(kill(pid, signo), 0);
}

/* Two scenarios: the first loses its chain, the second gets another one. */
static void test_anvil_dies_in_the_middle(void **state)
{
	struct farm *f = *state;
	CLEANUP(freep) char *folder = farm_path(f, "scenarios");
	struct farm_run r;
	int status;

	farm_put(f, "scenarios/a-long.yaml", LONG);
	farm_start(f, &r, FARM_ARGS("run", folder, "--verbose", "--jobs", "1"));
	farm_said(f, &r, "register", QUICK_MS);
	signal_anvil(f, SIGKILL);
	status = farm_wait(f, &r, QUICK_MS);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 2);
	assert_non_null(strstr(buf_str(&r.out),
			       "anvil died (killed by SIGKILL); its last words: none"));
	assert_non_null(strstr(buf_str(&r.out), "1 passed, 0 failed, 1 not"));
	farm_run_done(&r);
	farm_clean(f, 0);
}

/* --- saved states ------------------------------------------------------------ */

static char *only_state(const struct farm *f)
{
	CLEANUP(freep) char *states = xasprintf("%s/state", f->cache);
	DIR *d = opendir(states);
	char *found = NULL;

	assert_non_null(d);
	for (struct dirent *x; (x = readdir(d));)
		if (x->d_name[0] != '.') {
			assert_null(found);
			found = xasprintf("%s/%s", states, x->d_name);
		}
	closedir(d);
	assert_non_null(found);
	return found;
}

static void flip(const char *dir, const char *name, size_t at)
{
	CLEANUP(freep) char *path = xasprintf("%s/%s", dir, name);
	struct buf text = BUF_INIT(TEXT_MAX);
	struct err e = ERR_INIT;

	assert_ok(buf_read_file(&text, path, &e), &e);
	text.data[at % text.len] ^= 1;
	assert_ok(file_write_atomic(path, text.data, text.len, &e), &e);
	buf_done(&text);
}

static void test_one_damaged_byte(void **state)
{
	static const struct {
		const char *file, *says;
	} cases[] = {
		{ "genesis.json", "genesis.json is damaged: its sha256 is 0x" },
		{ "alloc.json", "alloc.json is damaged: its sha256 is 0x" },
		{ "manifest.json", "manifest.json is damaged: its sha256 is" },
		{ "seal", "manifest.json is damaged: its sha256 is 0x" },
	};
	struct farm *f = *state;
	const char *const *args =
		FARM_ARGS("state", "check", "--profile", "fast");
	CLEANUP(freep) char *dir = NULL;
	CLEANUP(freep) char *advice = NULL;

	farm_forget(f);
	farm_fails(f, args, 0, "fast: built, booted, probed", QUICK_MS);
	dir = only_state(f);
	advice = xasprintf("remove it (rm -r %s) and `make state` builds it "
			   "anew: ",
			   dir);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		flip(dir, cases[i].file, 12345);
		farm_fails(f, args, 2, cases[i].says, QUICK_MS);
		farm_fails(f, args, 2, advice, QUICK_MS);
		flip(dir, cases[i].file, 12345);
	}
	farm_fails(f, args, 0, "fast: in the cache", QUICK_MS);
}

static void test_manifest_disagrees(void **state)
{
	struct farm *f = *state;
	CLEANUP(freep) char *path = farm_path(f, MANIFEST);
	struct buf text = BUF_INIT(TEXT_MAX);
	struct err e = ERR_INIT;
	char *at;

	farm_copy(f, MANIFEST);
	assert_ok(buf_read_file(&text, path, &e), &e);
	at = strstr(buf_str(&text), "\"allocationManager\"");
	assert_non_null(at);
	at = strstr(at, "\"code\": \"0x");
	assert_non_null(at);
	memcpy(at + strlen("\"code\": \"0x"), "0bad", 4);
	farm_put(f, MANIFEST, buf_str(&text));
	buf_done(&text);
	fails(f, "contracts.allocationManager.code is 0x");
	fails(f, "and the committed manifest says 0x0bad");
	fails(f, "if the change is meant, `avsbed state pin`");
	farm_put(f, MANIFEST, "{\"profiles\": {");
	fails(f, "manifest-1.8.1.json:1:");
	farm_remove(f, MANIFEST);
	fails(f, "the committed manifest; `avsbed state pin` writes it");
}

/* --- contracts ---------------------------------------------------------------- */

static void test_contract_does_not_compile(void **state)
{
	struct farm *f = *state;

	farm_copy(f, "contracts/script");
	farm_put(f, "contracts/script/Broken.sol",
		 "// SPDX-License-Identifier: UNLICENSED\n"
		 "pragma solidity 0.8.27;\n"
		 "contract Broken {\n"
		 "    function f() external { retrun; }\n"
		 "}\n");
	farm_fails(f, FARM_ARGS("run", scenario), 2,
		   "script/Broken.sol:4:29", FORGE_MS);
}

static void test_script_reverts(void **state)
{
	struct farm *f = *state;

	farm_in_real(f);
	farm_copy(f, "scenarios/worlds");
	farm_put(f, "scenarios/worlds/hasty.yaml",
		 "world: hasty\n"
		 "from: core\n"
		 "tokens: {PHA: {decimals: 18}, vPHA: {decimals: 18}}\n"
		 "contracts:\n"
		 "  script: contracts/script/DeployPhala.s.sol\n"
		 "  names: {serviceManager: PhalaServiceManager}\n"
		 "  with: {responseWindowBlocks: 0, freshnessBlocks: 64, "
		 "attestationSeconds: 1, slashWad: 10%}\n"
		 "roles: [owner, issuer, tokenomics]\n");
	farm_put(f, SCENARIO,
		 "scenario: A window of no blocks\n"
		 "why: the oracle's initializer refuses it\n"
		 "world: hasty\n"
		 "steps:\n"
		 "  - check: head > 0\n");
	farm_fails(f, FARM_ARGS("run", scenario), 2, "ZeroResponseWindow",
		   FORGE_MS);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_another_version),
		T(test_truncated_answer),
		T(test_huge_answer),
		T(test_answer_is_no_json),
		T(test_answer_to_nothing),
		T(test_anvil_dies_in_the_middle),
		T(test_one_damaged_byte),
		T(test_manifest_disagrees),
		T(test_contract_does_not_compile),
		T(test_script_reverts),
	};

	if (argc > 1)
		return fake_anvil(argc, argv);
	return cmocka_run_group_tests(tests, warm, NULL);
}
