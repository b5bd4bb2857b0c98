/*
 * Where a run writes, and to whom it speaks: a disk that is full or cannot be
 * written to, an output that is closed, full or read no longer, a terminal
 * that changes its size. Each is named, and nothing is left.
 *
 * The disks are small ones, mounted over a folder in a mount namespace of the
 * run's own; where the system allows no such namespace those tests are skipped.
 */
#include "test/kit.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include "base/base.h"
#include "test/farm_stub.h"

#define QUICK_MS 120000

#define GOOD "world: core\nsteps:\n  - check: head > 0\n"
#define PAGE 4096

/* Of $1 a disk with the mount options $0; then what it leaves there. */
#define ON_DISK                                                                \
	"mount -t tmpfs -o $0 none \"$1\" || exit 99; d=$1; shift; "           \
	"\"$@\"; rc=$?; ls -A \"$d\" | sed 's/^/left: /'; exit $rc"

struct ground {
	struct farm *farm;
	char *avsbed, *scenario, *dir; /* dir: an empty folder for a disk */
};

static int setup(void **state)
{
	static bool warm;
	struct ground *g = xcalloc(1, sizeof(*g));
	CLEANUP(freep) char *text = NULL;
	char page[PAGE + 1];

	if (!warm)
		farm_warm("scenario: Nothing is wrong\n" GOOD);
	warm = true;
	g->farm = farm_new();
	g->avsbed = xstrdup(g->farm->program);
	g->scenario = farm_path(g->farm, "scenarios/good.yaml");
	g->dir = farm_path(g->farm, "disk");
	/* Whose journal is no less than a disk of one page holds. */
	memset(page, 'x', PAGE);
	page[PAGE] = 0;
	text = xasprintf("scenario: Nothing is wrong %s\n%s", page, GOOD);
	farm_put(g->farm, "scenarios/good.yaml", text);
	assert_int_equal(mkdir(g->dir, 0700), 0);
	*state = g;
	return 0;
}

static int teardown(void **state)
{
	struct ground *g = *state;

	farm_free(g->farm);
	free(g->avsbed);
	free(g->scenario);
	free(g->dir);
	free(g);
	return 0;
}

/* Another program, which runs avsbed in turn. */
static void by(struct ground *g, const char *program)
{
	free(g->farm->program);
	g->farm->program = xstrdup(program);
}

/* Returns what it said; free(). */
static char *runs(struct ground *g, const char *const *args, int *ret_status)
{
	struct farm_run r;
	char *said;

	farm_start(g->farm, &r, args);
	*ret_status = farm_wait(g->farm, &r, QUICK_MS);
	said = xstrdup(buf_str(&r.out));
	farm_run_done(&r);
	return said;
}

/* --- disks ------------------------------------------------------------------------ */

static bool disks_possible(struct ground *g)
{
	CLEANUP(freep) char *said = NULL;
	int status;

	by(g, "/usr/bin/unshare");
	said = runs(g, FARM_ARGS("--user", "--map-root-user", "--mount", "/bin/sh",
				 "-c", ON_DISK, "size=4k", g->dir, "true"),
		    &status);
	if (!status)
		return true;
	print_message("SKIP: no mount namespace here: %s\n", said);
	return false;
}

/* @dir: which a disk with @options lies over; its mount point is empty. */
static void on_disk(struct ground *g, const char *options, const char *dir,
		    const char *option, const char *value, const char *says)
{
	CLEANUP(freep) char *said = NULL;
	int status;

	said = runs(g, FARM_ARGS("--user", "--map-root-user", "--mount", "/bin/sh",
				 "-c", ON_DISK, options, dir, g->avsbed, "run",
				 g->scenario, option, value),
		    &status);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 2 ||
	    !strstr(said, says))
		fail_msg("wait status 0x%x, wanted exit code 2 and \"%s\"; it "
			 "said:\n%s",
			 (unsigned)status, says, said);
	if (strcmp(dir, g->dir) && strstr(said, "left: ") &&
	    !strstr(said, "left: state\n"))
		fail_msg("it left something behind:\n%s", said);
	farm_clean(g->farm, 0);
}

static void test_reports_cannot_be_written(void **state)
{
	struct ground *g = *state;
	CLEANUP(freep) char *reports = xasprintf("%s/reports", g->dir);
	CLEANUP(freep) char *made = xasprintf("cannot make %s: Read-only file "
					      "system", reports);
	CLEANUP(freep) char *journal =
		xasprintf("cannot write the journal %s/journal.jsonl: No space "
			  "left on device", reports);
	CLEANUP(freep) char *html = xasprintf("cannot write %s/index.html: No "
					      "space left on device", reports);

	if (!disks_possible(g))
		skip();
	on_disk(g, "ro", g->dir, "--reports", reports, made);
	on_disk(g, "size=4k", g->dir, "--reports", reports, journal);
	/* Beside what did find room. */
	on_disk(g, "size=40k", g->dir, "--reports", reports, html);
}

static void test_cache_cannot_be_written(void **state)
{
	struct ground *g = *state;
	const char *cache = g->farm->cache;
	CLEANUP(freep) char *ro =
		xasprintf("set AVSBED_CACHE to a directory that you can write: "
			  "cannot create %s/state: Read-only file system",
			  cache);
	struct farm_run r;

	if (!disks_possible(g))
		skip();
	on_disk(g, "ro", cache, "--jobs", "1", ro);
	on_disk(g, "size=512k", cache, "--jobs", "1",
		"genesis.json: No space left on device");
	/* And no half of it was kept for the next one. */
	by(g, g->avsbed);
	farm_start(g->farm, &r, FARM_ARGS("run", g->scenario));
	assert_int_equal(farm_wait(g->farm, &r, QUICK_MS), 0);
	farm_run_done(&r);
}

/* It is said once, and not for each scenario. */
static void test_no_place_for_a_cache(void **state)
{
	struct ground *g = *state;
	struct farm_run r;

	farm_setenv(g->farm, "AVSBED_CACHE", "");
	farm_setenv(g->farm, "XDG_CACHE_HOME", "");
	farm_setenv(g->farm, "HOME", "");
	farm_start(g->farm, &r, FARM_ARGS("run", g->scenario, g->scenario));
	assert_int_equal(WEXITSTATUS(farm_wait(g->farm, &r, QUICK_MS)), 2);
	assert_non_null(strstr(buf_str(&r.out),
			       "avsbed: no cache: neither AVSBED_CACHE nor "
			       "HOME is set"));
	assert_null(strstr(buf_str(&r.out), "ERROR"));
	farm_run_done(&r);
}

static void test_no_room_for_what_is_temporary(void **state)
{
	struct ground *g = *state;

	if (!disks_possible(g))
		skip();
	on_disk(g, "ro", g->farm->tmp, "--jobs", "1",
		"(TMPDIR says where): Read-only file system");
	on_disk(g, "size=4k", g->farm->tmp, "--jobs", "1",
		"No space left on device");
}

/* --- outputs ----------------------------------------------------------------------- */

/* Through a shell, whose redirection is the point. */
static char *by_shell(struct ground *g, const char *script, int *ret_status)
{
	by(g, "/bin/sh");
	return runs(g, FARM_ARGS("-c", script, g->avsbed, g->scenario,
				 g->dir),
		    ret_status);
}

static void test_closed_output(void **state)
{
	struct ground *g = *state;
	CLEANUP(freep) char *said = NULL;
	int status;

	/* Whatever is opened first must not be taken for it. */
	said = by_shell(g, "\"$0\" run \"$1\" --journal \"$2/j\" >&- && "
			   "! grep -v '^{.*}$' \"$2/j\"", &status);
	assert_string_equal(said, "");
	assert_int_equal(status, 0);
	farm_clean(g->farm, 0);
}

static void test_full_output(void **state)
{
	static const char *const commands[] = { "run", "check" };
	struct ground *g = *state;

	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		CLEANUP(freep)
		char *script = xasprintf("\"$0\" %s \"$1\" >/dev/full",
					 commands[i]);
		CLEANUP(freep) char *said = NULL;
		int status;

		said = by_shell(g, script, &status);
		assert_string_equal(said, "avsbed: cannot write to the standard "
					  "output: No space left on device\n");
		assert_int_equal(WEXITSTATUS(status), 2);
		farm_clean(g->farm, 0);
	}
}

static void test_file_size_limit(void **state)
{
	struct ground *g = *state;
	CLEANUP(freep) char *says = xasprintf(
		"cannot write the journal %s/j: File too large\n", g->dir);
	CLEANUP(freep) char *said = NULL;
	int status;

	said = by_shell(g, "ulimit -f 8; \"$0\" run \"$1\" --journal \"$2/j\"",
			&status);
	assert_non_null(strstr(said, says));
	assert_int_equal(WEXITSTATUS(status), 2);
	farm_clean(g->farm, 0);
}

/* As every program does, it ends with its reader; and all of its own with it. */
static void test_reader_gone(void **state)
{
	struct ground *g = *state;
	CLEANUP(freep) char *said = NULL;
	int status;

	said = by_shell(g, "(\"$0\" run \"$1\"; echo $? >\"$2/rc\") | true; "
			   "until grep . \"$2/rc\" >/dev/null 2>&1; do "
			   "sleep 0.05; done; exit $(cat \"$2/rc\")", &status);
	assert_string_equal(said, "");
	assert_int_equal(WEXITSTATUS(status), 128 + SIGPIPE);
	farm_clean(g->farm, FARM_GONE_MS);
}

/* --- a terminal -------------------------------------------------------------------- */

static void test_terminal_resized(void **state)
{
	struct ground *g = *state;
	CLEANUP(freep) char *said = NULL;
	CLEANUP(freep) char *run =
		xasprintf("%s run %s --repeat 5 & n=7; while kill -0 $!; do "
			  "n=$((n * 5 %% 97)); stty cols $n rows $n; done 2>"
			  "/dev/null; wait $!", g->avsbed, g->scenario);
	int status;

	if (access("/usr/bin/script", X_OK)) {
		print_message("SKIP: no script(1) here\n");
		skip();
	}
	by(g, "/usr/bin/script");
	said = runs(g, FARM_ARGS("--quiet", "--return", "--command", run,
				 "/dev/null"), &status);
	if (status || !strstr(said, "5 passed, 0 failed"))
		fail_msg("wait status 0x%x; it said:\n%s", (unsigned)status,
			 said);
	farm_clean(g->farm, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_reports_cannot_be_written,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_cache_cannot_be_written,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_place_for_a_cache,
						setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_no_room_for_what_is_temporary, setup, teardown),
		cmocka_unit_test_setup_teardown(test_closed_output, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_full_output, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_file_size_limit, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_reader_gone, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_terminal_resized, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
