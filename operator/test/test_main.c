/* The command line as a process sees it: output, exit status, signals. */
#include "operator/test/fake_chain.h"

#include <fcntl.h>
#include <sys/wait.h>

int operator_main(int argc, char **argv);

#define main operator_main
#include "operator/main.c"
#undef main

#define ARGS_MAX 8
#define PASSWORD "test only"

/*
 * A process of its own with the fake chain's operator for it to be. What it
 * writes is collected while this process serves chain and TEE.
 */
struct process {
	pid_t pid;
	int out, in; /* its stdout and stderr; its stdin */
	struct buf text;
	struct watch *reads;
	bool ended;
};

static void on_output(void *arg, uint32_t events)
{
	struct process *p = arg;
	char part[4096];
	ssize_t n = read(p->out, part, sizeof(part));

	(void)events;
	if (n > 0) {
		buf_add(&p->text, part, (size_t)n);
		return;
	}
	p->ended = true;
	watch_free(TAKE(p->reads));
}

static bool disk_is_full; /* that its standard output goes to */

static void child(char **argv, int argc, const int *out, const int *in)
{
	int status;

	dup2(disk_is_full ? open("/dev/full", O_WRONLY | O_CLOEXEC) : out[1],
	     STDOUT_FILENO);
	dup2(out[1], STDERR_FILENO);
	dup2(in[0], STDIN_FILENO);
	close(out[0]);
	close(in[1]);
	optind = 1;
	status = operator_main(argc, argv);
	fflush(stdout);
	_exit(status);
}

static void start(struct process *p, const char *const *args)
{
	char *argv[ARGS_MAX + 2] = {xstrdup("avs-operator")};
	int out[2], in[2], argc = 1;

	for (; args[argc - 1]; argc++)
		argv[argc] = xstrdup(args[argc - 1]);
	assert_int_equal(pipe(out) | pipe(in), 0);
	fflush(stdout);
	*p = (struct process){.pid = fork(),
			      .out = out[0],
			      .in = in[1],
			      .text = BUF_INIT(1 << 20)};
	assert_true(p->pid >= 0);
	if (!p->pid)
		child(argv, argc, out, in);
	close(out[1]);
	close(in[0]);
	while (argc)
		free(argv[--argc]);
}

static bool has_ended(void *arg)
{
	const struct process *p = arg;

	return p->ended;
}

/* Waits for its end; its exit status. */
static int finish(struct process *p, struct loop *l)
{
	int status;
	struct err e;

	p->reads = loop_watch(l, p->out, EPOLLIN, on_output, p);
	assert_ok(loop_run_until(l, has_ended, p, clock_ms() + 10000,
				 "the operator's end", &e),
		  &e);
	assert_int_equal(waitpid(p->pid, &status, 0), p->pid);
	close(p->out);
	fd_close(&p->in);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void write_files(struct fake *f)
{
	char *keystore = xasprintf("%s/key.json", f->dir);
	char *config = xasprintf("%s/alice.json", f->dir);
	struct buf b = BUF_INIT(65536);
	struct keystore ks;
	struct addr20 at;
	struct err e;

	assert_ok(secp_address(&at, &f->op.key, &e), &e);
	assert_ok(keystore_seal(&ks, &f->op.key, &at, PASSWORD, KEYSTORE_LIGHT,
				&e), &e);
	keyfile_print(&b, &ks);
	assert_ok(file_write_atomic(keystore, b.data, b.len, &e), &e);
	buf_clear(&b);
	buf_addf(&b,
		 "{\"name\":\"alice\",\"chain_id\":31337,\"rpc\":{\"ipc\":"
		 "\"%s\"},\"keystore\":\"%s\",\"password_env\":\"TEST_PW\","
		 "\"tee\":{\"socket\":\"%s\"},\"avs\":{\"address\":\"%s\"},"
		 "\"prepare\":[\"register\"],\"contracts\":{",
		 f->cfg.ipc, keystore, f->cfg.tee, fmt_addr(&f->cfg.avs).s);
	buf_addf(&b, "\"allocationManager\":\"%s\",",
		 fmt_addr(&f->cfg.allocation_manager).s);
	buf_addf(&b, "\"delegationManager\":\"%s\",",
		 fmt_addr(&f->cfg.delegation_manager).s);
	buf_addf(&b, "\"strategyManager\":\"%s\",",
		 fmt_addr(&f->cfg.strategy_manager).s);
	buf_addf(&b, "\"serviceManager\":\"%s\",",
		 fmt_addr(&f->cfg.service_manager).s);
	buf_addf(&b, "\"slaOracle\":\"%s\",", fmt_addr(&f->cfg.sla_oracle).s);
	buf_addf(&b, "\"collateralRegistry\":\"%s\"}}",
		 fmt_addr(&f->cfg.collateral_registry).s);
	assert_ok(file_write_atomic(config, b.data, b.len, &e), &e);
	setenv("TEST_PW", PASSWORD, 1);
	setenv("AVS_OPERATOR_CONFIG", config, 1);
	buf_done(&b);
	free(keystore);
	free(config);
}

/* Runs a command to its end, and demands status and words. */
static void command(struct fake *f, const char *const *args, int want,
		    const char *text)
{
	struct process p;
	int status;

	start(&p, args);
	status = finish(&p, f->loop);
	if (status != want || !strstr(buf_str(&p.text), text))
		fail_msg("%s: wanted %d and \"%s\", got %d and:\n%s",
			 args[0] ? args[0] : "", want, text, status,
			 buf_str(&p.text));
	buf_done(&p.text);
}

#define ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_usage(void **state)
{
	struct fake *f = *state;

	unsetenv("AVS_OPERATOR_CONFIG");
	command(f, ARGS("--help"), 0, "usage: avs-operator COMMAND");
	command(f, (const char *const[]){NULL}, 64, "usage: avs-operator");
	command(f, ARGS("rnu"), 64, "no command rnu; nearest: run");
	command(f, ARGS("run", "now"), 64, "now: one command at a time");
	command(f, ARGS("run", "--conf"), 64, "argument");
	command(f, ARGS("run", "--bad"), 64, "--bad");
	command(f, ARGS("run"), 64, "which configuration? --config FILE");
	command(f, ARGS("run", "--config", "/nonexistent"), 2, "/nonexistent");
}

static void test_keys(void **state)
{
	struct fake *f = *state;
	char *json;

	write_files(f);
	json = xasprintf("{\"address\":\"%s\",", fmt_addr(&f->op.me).s);
	command(f, ARGS("keys"), 0, fmt_addr(&f->op.me).s);
	command(f, ARGS("keys", "--json"), 0, json);
	disk_is_full = true;
	command(f, ARGS("keys"), 2, "the standard output: No space left");
	disk_is_full = false;
	setenv("TEST_PW", "another", 1);
	command(f, ARGS("keys"), 2, "wrong password");
	unsetenv("TEST_PW");
	command(f, ARGS("keys"), 2, "the variable TEST_PW is not set");
	free(json);
}

static void test_commands(void **state)
{
	struct fake *f = *state;

	write_files(f);
	command(f, ARGS("register"), 0, "\"what\":\"register\"");
	assert_true(f->registered);
	command(f, ARGS("register"), 0, "");
	assert_int_equal(f->sent_n, 1);
	command(f, ARGS("status"), 0, "registered           yes");
	command(f, ARGS("status", "--json"), 0, "\"registered\":true");
	f->refuse = "registerForOperatorSets";
	f->revert = "0x932d94f7";
	command(f, ARGS("opt-in"), 1, "refused: InvalidPermissions()");
	f->tee = TEE_REFUSES;
	command(f, ARGS("opt-in"), 2, "answered 400: no TDX");
	f->member = true;
	command(f, ARGS("opt-out"), 0, "\"what\":\"opt-out\"");
	assert_false(f->member);
	f->chain_id = 5;
	command(f, ARGS("status"), 2, "this is chain 5");
}

static void test_sigterm(void **state)
{
	struct fake *f = *state;
	struct process p;

	write_files(f);
	f->kill_at = 0;
	start(&p, ARGS("run"));
	p.reads = loop_watch(f->loop, p.out, EPOLLIN, on_output, &p);
	while (!strstr(buf_str(&p.text), "\"handled\"")) {
		struct err e;

		assert_false(p.ended);
		/* One turn is enough to see, not to hang. */
		if (!loop_run_until(f->loop, has_ended, &p, clock_ms() + 20,
				    "output", &e))
			assert_int_equal(e.code, ERR_TIMEOUT);
	}
	watch_free(TAKE(p.reads));
	kill(p.pid, SIGTERM);
	assert_int_equal(finish(&p, f->loop), 0);
	assert_non_null(strstr(buf_str(&p.text), "{\"event\":\"stopping\"}"));
	buf_done(&p.text);
}

static void test_parent_dies(void **state)
{
	struct fake *f = *state;
	struct process p;
	int status;

	write_files(f);
	start(&p, ARGS("run"));
	fd_close(&p.in);
	status = finish(&p, f->loop);
	if (status || !strstr(buf_str(&p.text), "stdin was closed"))
		fail_msg("status %d:\n%s", status, buf_str(&p.text));
	buf_done(&p.text);
}

static void test_run_without_a_chain(void **state)
{
	struct fake *f = *state;

	write_files(f);
	rpc_stub_free(TAKE(f->stub));
	command(f, ARGS("run"), 2, "node.ipc");
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fake_setup, fake_teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_usage),	    TEST(test_keys),
	    TEST(test_commands),    TEST(test_sigterm),
	    TEST(test_parent_dies), TEST(test_run_without_a_chain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
