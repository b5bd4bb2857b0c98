/*
 * The command line as a process sees it: output, exit status.
 */
#include "test/kit.h"

#include <sys/wait.h>

#include "base/base.h"
#include "codec/json.h"

int tee_sim_main(int argc, char **argv);

#define main tee_sim_main
#include "simulate/main.c"
#undef main

#define ARGS_MAX 16

/* Runs tee-sim in a child; what it wrote, both streams; the caller's. */
static char *run(int *ret_status, const char *const *args)
{
	char *argv[ARGS_MAX + 2] = {xstrdup("tee-sim")};
	struct buf out = BUF_INIT(1u << 20);
	int pipe_fd[2], argc = 1, status;
	char part[4096];
	ssize_t n;
	pid_t pid;

	while (args[argc - 1]) {
		argv[argc] = xstrdup(args[argc - 1]);
		argc++;
	}
	assert_int_equal(pipe(pipe_fd), 0);
	fflush(stdout);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		dup2(pipe_fd[1], STDOUT_FILENO);
		dup2(pipe_fd[1], STDERR_FILENO);
		close(pipe_fd[0]);
		status = tee_sim_main(argc, argv);
		fflush(stdout);
		_exit(status);
	}
	close(pipe_fd[1]);
	while ((n = read(pipe_fd[0], part, sizeof(part))) > 0)
		buf_add(&out, part, (size_t)n);
	close(pipe_fd[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	*ret_status = WEXITSTATUS(status);
	while (argc)
		free(argv[--argc]);
	return buf_take(&out);
}

static void bad_usage_says_what(UNUSED void **state)
{
	static const struct {
		const char *args[ARGS_MAX];
		int status;
		const char *text;
	} cases[] = {
	    {{NULL}, 64, "tee-sim: no command\nusage: "},
	    {{"qoute"}, 64, "unknown command \"qoute\"; nearest: quote"},
	    {{"root"}, 64, "tee-sim: --seed is missing\nusage: tee-sim root"},
	    {{"root", "--seed"}, 64, "--seed needs a value"},
	    {{"root", "--seed", "x"}, 64, "--seed: "},
	    {{"root", "--seed", "7", "more"}, 64, "too many arguments"},
	    {{"root", "--seed", "7", "--out", "x"},
	     64,
	     "root has no option --out"},
	    {{"root", "--sede", "7"}, 64, "nearest: --seed"},
	    {{"quote", "--seed", "7"}, 64, "--instance is missing"},
	    {{"quote", "--seed", "7", "--instance", "a"},
	     64,
	     "--report-data is missing"},
	    {{"quote", "--seed", "7", "--instance", "a", "--report-data", "0g"},
	     64,
	     "--report-data: "},
	    {{"quote", "--seed", "7", "--fault", "td-debgu"},
	     64,
	     "nearest: td-debug"},
	    {{"quote", "--seed", "7", "--instance", "a/b", "--report-data",
	      "00"},
	     2,
	     "instance name \"a/b\""},
	    {{"quote", "--seed", "7", "--instance", "a", "--report-data", "00",
	      "--tee", "sgx", "--version", "4"},
	     64,
	     "no such quotes; there are tee sgx of version 3"},
	    {{"quote", "--seed", "7", "--instance", "a", "--report-data", "00",
	      "--tee", "sgx", "--td", "1.5"},
	     64,
	     "no such quotes"},
	    {{"quote", "--seed", "7", "--instance", "a", "--report-data", "00",
	      "--tee", "sgx", "--fault", "td-debug"},
	     2,
	     "fault td-debug is one of TDX only; this quote is SGX "
	     "version 3"},
	    {{"quote", "--config", "/nonexistent", "--report-data", "00"},
	     64,
	     "--instance of --config is missing"},
	    {{"quote", "--config", "/nonexistent", "--report-data", "00",
	      "--seed", "7", "--instance", "a"},
	     64,
	     "--config has the seed and what the instance is"},
	    {{"collateral", "--seed", "7", "--instance", "a"},
	     64,
	     "--at is missing"},
	    {{"collateral", "--seed", "7", "--instance", "a", "--at", "9"},
	     2,
	     "collateral at 9: the simulated PKI is of 1704153600"},
	    {{"collateral", "--seed", "7", "--instance", "a", "--at", "x"},
	     64,
	     "--at: "},
	    {{"inspect"}, 64, "FILE is missing"},
	    {{"inspect", "/dev/null"}, 1, "offset 0: the header needs"},
	    {{"inspect", "/nonexistent"}, 2, "/nonexistent"},
	    {{"serve"}, 64, "--config is missing"},
	    {{"serve", "--config", "/nonexistent"}, 2, "/nonexistent"},
	    {{"--help"}, 0, "tee-sim measurement --seed N"},
	    {{"quote", "--help"}, 0, "tee-sim inspect FILE"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int status;
		char *out CLEANUP(freep) = run(&status, cases[i].args);

		if (status != cases[i].status || !strstr(out, cases[i].text))
			fail_msg("case %zu: exit %d, %s", i, status, out);
	}
}

static json_t *object(const char *const *args)
{
	int status;
	char *out CLEANUP(freep) = run(&status, args);
	json_t *j = json_loads(out, 0, NULL);

	assert_int_equal(status, 0);
	assert_non_null(j);
	return j;
}

static void root_and_measurement(UNUSED void **state)
{
	static const char *const root[] = {"root", "--seed", "7", NULL};
	static const char *const all[] = {"measurement", "--seed", "7", NULL};
	static const char *const other[] = {"measurement", "--seed", "7",
					    "--image",	   "other",  NULL};
	json_t *r = object(root), *m = object(all), *o = object(other);
	struct hash32 x, a, b;
	const char *pem;
	struct err e = ERR_INIT;

	assert_ok(json_hash_at(&x, r, "x", &e), &e);
	assert_ok(json_hash_at(&x, r, "y", &e), &e);
	assert_ok(json_text_at(&pem, r, "pem", &e), &e);
	assert_memory_equal(pem, "-----BEGIN CERTIFICATE-----\n", 28);
	assert_ok(json_hash_at(&a, m, "measurement", &e), &e);
	assert_ok(json_hash_at(&b, o, "measurement", &e), &e);
	assert_false(hash_eq(&a, &b));
	json_decref(r);
	json_decref(m);
	json_decref(o);
}

/* Hex on stdout, bytes in a file: the same quote, and inspect reads both. */
static void quote_and_inspect(UNUSED void **state)
{
	char *dir = kit_tmpdir_new();
	char *bin CLEANUP(freep) = xasprintf("%s/q.bin", dir);
	char *hex CLEANUP(freep) = xasprintf("%s/q.hex", dir);
	const char *make[] = {"quote",	    "--seed",  "7",
			      "--instance", "alice",   "--report-data",
			      "0x0102",	    "--fault", "td-reserved-bit:bit=9",
			      NULL,	    NULL,      NULL};
	const char *inspect[] = {"inspect", hex, NULL};
	struct err e = ERR_INIT;
	char *text, *from_hex, *from_bin;
	int status;

	text = run(&status, make);
	assert_int_equal(status, 0);
	assert_ok(file_write_atomic(hex, text, strlen(text), &e), &e);
	free(text);
	make[9] = "--out";
	make[10] = bin;
	text = run(&status, make);
	assert_int_equal(status, 0);
	assert_string_equal(text, "");
	free(text);
	from_hex = run(&status, inspect);
	assert_int_equal(status, 0);
	inspect[1] = bin;
	from_bin = run(&status, inspect);
	assert_int_equal(status, 0);
	assert_string_equal(from_hex, from_bin);
	assert_non_null(strstr(from_bin, "report_data      0x01020000"));
	assert_non_null(strstr(from_bin, "SEPT_VE_DISABLE, reserved 0x200)"));
	free(from_hex);
	free(from_bin);
	kit_tmpdir_free(dir);
}

static void lists_faults(UNUSED void **state)
{
	static const char *const args[] = {"faults", NULL};
	int status;
	char *out CLEANUP(freep) = run(&status, args);

	assert_int_equal(status, 0);
	for (size_t i = 0; i < FAULTS_N; i++)
		assert_non_null(strstr(out, FAULTS[i].name));
	assert_non_null(strstr(out, "policy: TD attributes"));
}

static void lists_faults_as_json(UNUSED void **state)
{
	static const char *const args[] = {"faults", "--json", NULL};
	json_t *all = object(args);

	assert_int_equal(json_array_size(all), FAULTS_N);
	for (size_t i = 0; i < FAULTS_N; i++) {
		const json_t *j = json_array_get(all, i);
		const json_t *param = json_object_get(j, "parameter");

		assert_string_equal(
		    json_string_value(json_object_get(j, "name")),
		    FAULTS[i].name);
		assert_string_equal(json_string_value(json_object_get(j, "of")),
				    FAULTS[i].apply   ? "quote"
				    : FAULTS[i].spoil ? "collateral"
				    : FAULTS[i].parts ? "quote and collateral"
						      : "host");
		assert_int_equal(!param, !FAULTS[i].param.name);
	}
	json_decref(all);
}

/* The page is what the program prints: no fault without documentation. */
static void page_of_faults(UNUSED void **state)
{
	static const char *const args[] = {"faults", "--markdown", NULL};
	struct buf page = BUF_INIT(1u << 20);
	struct err e = ERR_INIT;
	int status;
	char *out CLEANUP(freep) = run(&status, args);

	assert_int_equal(status, 0);
	assert_ok(buf_read_file(&page, "docs/tee-faults.md", &e), &e);
	if (strcmp(buf_str(&page), out))
		fail_msg("docs/tee-faults.md is stale; write it anew by "
			 "`build/bin/tee-sim faults --markdown`");
	buf_done(&page);
}

/* The four files are what the three commands print. */
static void makes_files(UNUSED void **state)
{
	char *dir = kit_tmpdir_new();
	char *to CLEANUP(freep) = xasprintf("%s/new", dir);
	const char *const make[] = {"make",
				    "--seed",
				    "7",
				    "--report-data",
				    "0102",
				    "--at",
				    "1767225600",
				    "--fault",
				    "tcb-expired",
				    "--fault",
				    "td-debug",
				    "--out",
				    to,
				    NULL};
	const char *const quote[] = {
	    "quote",	     "--seed", "7",	  "--instance", "tee",
	    "--report-data", "0102",   "--fault", "td-debug",	NULL};
	const char *const collateral[] = {
	    "collateral", "--seed",	"7",	   "--instance",  "tee",
	    "--at",	  "1767225600", "--fault", "tcb-expired", NULL};
	const char *const root[] = {"root", "--seed", "7", NULL};
	static const char *const files[] = {"quote.bin", "collateral.json",
					    "root.der", "root.pem"};
	json_t *r = object(root);
	struct buf got[4], hex = BUF_INIT(1u << 20);
	struct err e = ERR_INIT;
	int status;
	char *want, *said = run(&status, make);

	assert_string_equal(said, "");
	assert_int_equal(status, 0);
	free(said);
	for (size_t i = 0; i < 4; i++) {
		char *path CLEANUP(freep) = xasprintf("%s/%s", to, files[i]);

		got[i] = BUF_INIT(1u << 20);
		assert_ok(buf_read_file(&got[i], path, &e), &e);
	}
	want = run(&status, quote);
	buf_addhex(&hex, got[0].data, got[0].len);
	buf_addc(&hex, '\n');
	assert_string_equal(buf_str(&hex), want);
	free(want);
	want = run(&status, collateral);
	assert_string_equal(buf_str(&got[1]), want);
	free(want);
	buf_clear(&hex);
	buf_adds(&hex, "0x");
	buf_addhex(&hex, got[2].data, got[2].len);
	assert_string_equal(buf_str(&hex),
			    json_string_value(json_object_get(r, "der")));
	assert_string_equal(buf_str(&got[3]),
			    json_string_value(json_object_get(r, "pem")));
	for (size_t i = 0; i < 4; i++)
		buf_done(&got[i]);
	buf_done(&hex);
	json_decref(r);
	kit_tmpdir_free(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bad_usage_says_what),
	    cmocka_unit_test(root_and_measurement),
	    cmocka_unit_test(quote_and_inspect),
	    cmocka_unit_test(lists_faults),
	    cmocka_unit_test(lists_faults_as_json),
	    cmocka_unit_test(page_of_faults),
	    cmocka_unit_test(makes_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
