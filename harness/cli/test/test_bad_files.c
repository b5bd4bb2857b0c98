/*
 * Files and command lines that a user got wrong: each is refused before
 * anything is started, with the place and the next action, and exit code 64.
 */
#include "test/kit.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/base.h"
#include "test/farm_stub.h"

#define QUICK_MS 60000 /* only a bug takes so long */
#define SCENARIO "scenarios/bad.yaml"

#define HEAD                                                                   \
	"scenario: Something is wrong\n"                                       \
	"why: to be told what\n"                                               \
	"world: core\n"

#define GOOD HEAD "steps:\n  - check: head > 0\n"

static int setup(void **state)
{
	static bool warm;

	if (!warm)
		farm_warm(GOOD);
	warm = true;
	*state = farm_new();
	return 0;
}

static int teardown(void **state)
{
	farm_free(*state);
	return 0;
}

/* What is wrong, and where: after the file's name. */
static void refused(struct farm *f, const char *text, const char *says)
{
	CLEANUP(freep) char *path = farm_path(f, SCENARIO);
	CLEANUP(freep) char *full = xasprintf("%s:%s", path, says);

	farm_put(f, SCENARIO, text);
	farm_fails(f, FARM_ARGS("run", path), 64, full, QUICK_MS);
	farm_fails(f, FARM_ARGS("check", path), 64, full, QUICK_MS);
}

static void test_typo(void **state)
{
	refused(*state, HEAD "steps:\n  - chek: head > 0\n",
		"5:5: there is no verb `chek`");
	refused(*state, HEAD "steps:\n  - chek: head > 0\n",
		"5:5: there is no verb `chek`\n"
		"   5 |   - chek: head > 0\n"
		"     |     ^^^^ nearest: check\n");
	refused(*state, "scenraio: x\n" GOOD,
		"1:1: a scenario's file begins with `scenario: what it shows`");
	refused(*state, HEAD "steps:\n  - check: hed > 0\n",
		"5:12: there is no `hed` in this world");
	refused(*state,
		"scenario: x\nwhy: y\nworld: cor\nsteps:\n"
		"  - check: head > 0\n",
		"3:8: there is no world `cor` (");
}

/* What is missing is missing from every file that names it. */
static void test_missing_in_two(void **state)
{
	static const char text[] =
		"scenario: x\nwhy: y\nworld: cor\nsteps:\n"
		"  - check: head > 0\n";
	CLEANUP(freep) char *one = farm_path(*state, SCENARIO);
	CLEANUP(freep) char *two = farm_path(*state, "scenarios/two.yaml");
	CLEANUP(freep) char *says =
		xasprintf("%s:3:8: there is no world `cor` (", two);

	farm_put(*state, SCENARIO, text);
	farm_put(*state, "scenarios/two.yaml", text);
	farm_fails(*state, FARM_ARGS("check", one, two), 64, says, QUICK_MS);
	farm_fails(*state, FARM_ARGS("check", one, two), 64,
		   "2 errors in 2 files", QUICK_MS);
}

static void test_tab(void **state)
{
	refused(*state, HEAD "steps:\n\t- check: head > 0\n",
		"5:1: a tab; indent and separate with spaces");
}

static void test_duplicate_key(void **state)
{
	refused(*state, HEAD "world: core\nsteps:\n  - check: head > 0\n",
		"4:1: key `world` a second time; the first is in line 3");
}

static void test_not_closed(void **state)
{
	refused(*state, HEAD "steps: [{check: head > 0\n",
		"4:9: this `{` is not closed in its line");
}

static void test_empty(void **state)
{
	refused(*state, "", "1:1: the file is empty");
}

/* Nine levels of nine: half a gigabyte, if anybody followed them. */
static void test_anchor_bomb(void **state)
{
	struct buf text = BUF_INIT(65536);

	buf_adds(&text, HEAD "a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
	for (int i = 1; i < 9; i++) {
		buf_addf(&text, "a%d: &a%d [", i, i);
		for (int j = 0; j < 9; j++)
			buf_addf(&text, "%s*a%d", j ? "," : "", i - 1);
		buf_adds(&text, "]\n");
	}
	buf_adds(&text, "steps:\n  - check: head > 0\n");
	refused(*state, buf_str(&text),
		"4:5: anchor &a0: anchors and aliases are not used here");
	buf_done(&text);
}

static void test_deep(void **state)
{
	struct buf text = BUF_INIT(1u << 20);

	buf_adds(&text, HEAD "steps: ");
	for (int i = 0; i < 100000; i++)
		buf_addc(&text, '[');
	refused(*state, buf_str(&text), "4:71: nested more than 64 deep");
	buf_done(&text);
}

/* One gigabyte, almost all of it a hole. */
static void test_huge(void **state)
{
	struct farm *f = *state;
	CLEANUP(freep) char *path = farm_path(f, SCENARIO);

	farm_put(f, SCENARIO, GOOD);
	assert_int_equal(truncate(path, 1l << 30), 0);
	farm_fails(f, FARM_ARGS("run", path), 64,
		   "scenarios/bad.yaml: is larger than 1048576 bytes",
		   QUICK_MS);
}

static void test_binary(void **state)
{
	refused(*state, HEAD "steps: \"\xff\xfe\"\n",
		"4:9: byte 0xff is not UTF-8");
}

static void test_all_at_once(void **state)
{
	refused(*state, HEAD "colour: red\nsteps:\n  - chek: head > 0\n",
		"4:1: a scenario has no `colour`");
	refused(*state, HEAD "colour: red\nsteps:\n  - chek: head > 0\n",
		"6:5: there is no verb `chek`");
}

static void test_no_such_file(void **state)
{
	farm_fails(*state, FARM_ARGS("run", "no/such.yaml"), 64,
		   "cannot read no/such.yaml: No such file or directory",
		   QUICK_MS);
}

static void test_no_scenario_there(void **state)
{
	CLEANUP(freep) char *folder = farm_path(*state, "anvil-state");
	CLEANUP(freep) char *empty = farm_path(*state, "contracts/node");

	assert_int_equal(mkdir(empty, 0755), 0);
	farm_fails(*state, FARM_ARGS("run", empty), 64,
		   "there is no scenario here (*.yaml)", QUICK_MS);
	farm_fails(*state, FARM_ARGS("run", "scenarios/worlds/"), 64,
		   "scenarios/worlds/: worlds, verbs and invariants are "
		   "checked with the scenarios that use them", QUICK_MS);
	farm_fails(*state, FARM_ARGS("check", "scenarios/worlds/",
				     "scenarios/stake/", "scenarios/verbs"),
		   0, "nothing wrong", QUICK_MS);
}

/* Of a folder nothing is left out in silence, but what is an editor's own. */
static void test_left_out(void **state)
{
	CLEANUP(freep) char *dir = farm_path(*state, "own");
	CLEANUP(freep) char *again = xasprintf("%s/./first.yaml", dir);
	CLEANUP(freep) char *folder = farm_path(*state, "own/.git");

	assert_int_equal(mkdir(dir, 0755), 0);
	farm_put(*state, "own/first.yaml", GOOD);
	farm_put(*state, "own/.first.yaml", "an editor's\n");
	assert_int_equal(mkdir(folder, 0755), 0);
	farm_put(*state, "own/.git/x.yaml", "not ours\n");
	farm_link(*state, "own/.#lock.yaml", "somebody@there.1234");
	farm_link(*state, "own/second.yaml", "first.yaml");
	farm_fails(*state, FARM_ARGS("check", dir, again, dir), 0,
		   "1 scenario checked", QUICK_MS);
	farm_put(*state, "elsewhere.yaml", GOOD);
	farm_link(*state, "own/third.yaml", "../elsewhere.yaml");
	farm_fails(*state, FARM_ARGS("check", dir), 0, "2 scenarios checked",
		   QUICK_MS);
	farm_remove(*state, "elsewhere.yaml");
	farm_fails(*state, FARM_ARGS("run", dir), 64,
		   "own/third.yaml: what it links to is not there", QUICK_MS);
	farm_remove(*state, "own/third.yaml");
	farm_put(*state, "own/third.yml", GOOD);
	farm_fails(*state, FARM_ARGS("run", dir), 64,
		   "own/third.yml would not be played", QUICK_MS);
}

static void test_operator_is_no_program(void **state)
{
	CLEANUP(freep) char *path = farm_path(*state, SCENARIO);

	farm_put(*state, SCENARIO, GOOD);
	farm_fails(*state, FARM_ARGS("run", path, "--operator", "/no/such"),
		   64, "cannot execute /no/such", QUICK_MS);
	farm_fails(*state, FARM_ARGS("run", path, "--operator", path), 64,
		   "bad.yaml (a path is of the checkout", QUICK_MS);
	farm_fails(*state, FARM_ARGS("run", path, "--operator", "scenarios"),
		   64, "scenarios is no program", QUICK_MS);
}

/* An id is one scenario's: ./x and x are the same. */
static void test_id_without_dot(void **state)
{
#define FOLDER "scenarios/tutorial"
	farm_fails(*state,
		   FARM_ARGS("run", "./" FOLDER, FOLDER "/a-slash.yaml",
			     "--list"), 0,
		   "\ntutorial/an-own-verb ", QUICK_MS);
	farm_fails(*state,
		   FARM_ARGS("check", "./" FOLDER "/a-slash.yaml",
			     FOLDER "/a-slash.yaml"), 0,
		   "1 scenario checked", QUICK_MS);
}

static void test_command_lines(void **state)
{
	farm_fails(*state, FARM_ARGS("rnu"), 64,
		   "there is no command rnu; nearest: run", QUICK_MS);
	farm_fails(*state, FARM_ARGS("run", "--sed", "1"), 64,
		   "there is no option --sed; nearest: --seed", QUICK_MS);
	farm_fails(*state, FARM_ARGS("run", "--seed", "x"), 64, "--seed",
		   QUICK_MS);
	farm_fails(*state, FARM_ARGS("run", "--seed"), 64,
		   "--seed needs a N", QUICK_MS);
}

/* --- where it writes --------------------------------------------------------- */

static void with_env(struct farm *f, const char *name, const char *value)
{
	size_t len = strlen(name);

	for (char **v = f->env; *v; v++)
		if (!strncmp(*v, name, len) && (*v)[len] == '=') {
			free(*v);
			*v = xasprintf("%s=%s", name, value);
		}
}

static void run_good(struct farm *f, int code, const char *says)
{
	CLEANUP(freep) char *path = farm_path(f, SCENARIO);

	farm_put(f, SCENARIO, GOOD);
	farm_fails(f, FARM_ARGS("run", path), code, says, QUICK_MS);
}

static void test_no_tmpdir(void **state)
{
	with_env(*state, "TMPDIR", "/no/such/folder");
	run_good(*state, 2, "(TMPDIR says where)");
}

/* A socket's path may have 107 bytes. */
static void test_tmpdir_too_long(void **state)
{
	struct farm *f = *state;
	CLEANUP(freep) char *deep = xasprintf(
		"%s/a-folder-with-quite-a-long-name-that-somebody-chose-for-"
		"reasons-of-their-own-and-that-is-no-mistake-of-theirs",
		f->tmp);

	assert_int_equal(mkdir(deep, 0755), 0);
	with_env(f, "TMPDIR", deep);
	CLEANUP(freep) char *path = farm_path(f, SCENARIO);
	struct farm_run r;

	farm_put(f, SCENARIO, GOOD);
	farm_start(f, &r, FARM_ARGS("run", path));
	assert_int_not_equal(farm_wait(f, &r, QUICK_MS), 0);
	if (!strstr(buf_str(&r.out), "set TMPDIR to a shorter one"))
		fail_msg("it said:\n%s", buf_str(&r.out));
	farm_run_done(&r);
	assert_int_equal(rmdir(deep), 0);
	farm_clean(f, 0);
}

static void test_journal_cannot_be_written(void **state)
{
	struct farm *f = *state;
	CLEANUP(freep) char *path = farm_path(f, SCENARIO);

	farm_put(f, SCENARIO, GOOD);
	farm_fails(f, FARM_ARGS("run", path, "--journal", "/no/such/journal"),
		   2, "cannot write the journal /no/such/journal", QUICK_MS);
	farm_fails(f, FARM_ARGS("run", path, "--junit", "/no/such/junit"), 2,
		   "avsbed: cannot write /no/such/junit", QUICK_MS);
	farm_fails(f, FARM_ARGS("run", path, "--junit", "/dev/null"), 2,
		   "cannot write /dev/null: it is no file", QUICK_MS);
	farm_fails(f, FARM_ARGS("run", path, "--journal", "/dev/full"), 2,
		   "cannot write the journal /dev/full: No space left",
		   QUICK_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_typo), T(test_missing_in_two),
		T(test_tab),
		T(test_duplicate_key),
		T(test_not_closed),
		T(test_empty),
		T(test_anchor_bomb),
		T(test_deep),
		T(test_huge),
		T(test_binary),
		T(test_all_at_once),
		T(test_no_such_file),
		T(test_no_scenario_there),
		T(test_left_out),
		T(test_operator_is_no_program),
		T(test_id_without_dot),
		T(test_command_lines),
		T(test_no_tmpdir),
		T(test_tmpdir_too_long),
		T(test_journal_cannot_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
