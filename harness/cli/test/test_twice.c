/*
 * Two runs: at the same time they do not disturb each other, and with the same
 * seed they write the same journal, whatever was played before, whatever ports are
 * taken and however the clock on the wall is set.
 */
#include "test/kit.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/base.h"
#include "base/hex.h"
#include "codec/json.h"
#include "io/child.h"
#include "io/net.h"
#include "report/journal.h"
#include "test/farm_stub.h"

#define LIFE_MS 60000
#define JOURNAL_MAX (64u << 20)
#define SCENARIO "scenarios/race.yaml"

/*
 * Three operators send at once; the seed orders what they send. Two have joined
 * before: what they were given for it is in the state, and so in block hashes,
 * to which quotes are bound.
 */
static const char RACE[] =
	"scenario: Three operators answer at once\n"
	"why: a journal that a race decided on could not be compared\n"
	"world: phala-cloud\n"
	"operators:\n"
	"  alice, bob, dora: {tee: tdx, stake: 1000 PHA, allocate: 50%}\n"
	"  erin, frank: {tee: tdx, stake: 1000 PHA, allocate: 50%, joined: on}\n"
	"steps:\n"
	"  - register: [alice, bob, dora]\n"
	"  - challenge: [alice, bob, dora]\n"
	"    save: c\n"
	"  - stop: alice\n"
	"  - start: alice\n"
	"  - advance: past $c.alice.window\n"
	"  - check: head > 0\n";

/* Of another world, and of another cast of the same one, both played first. */
static const char OTHER[] =
	"scenario: A world without Phala's AVS\n"
	"why: what was on a chain before is to leave nothing there\n"
	"world: core\n"
	"steps:\n"
	"  - send: TOK.approve(mallory, 1)\n"
	"    as: carol\n"
	"    check: TOK.allowance(carol, mallory) == 1\n";
static const char SILENT[] =
	"scenario: Nobody answers\n"
	"why: likewise\n"
	"world: phala-cloud\n"
	"operators:\n"
	"  alice: {tee: tdx, stake: 1000 PHA, allocate: 50%, joined: on}\n"
	"steps:\n"
	"  - challenge: alice\n"
	"    save: c\n"
	"  - advance: past $c.window\n"
	"    check: head > 0\n";

/* Fails, so that the journal has what explains a failure. */
static const char FAILING[] =
	"scenario: Nobody paused, and nobody is silent\n"
	"why: it must fail, with everything that explains it\n"
	"world: phala-cloud\n"
	"operators:\n"
	"  alice, bob: {tee: tdx, stake: 1000 PHA, allocate: 50%}\n"
	"steps:\n"
	"  - register: [alice, bob]\n"
	"  - challenge: [alice, bob]\n"
	"    save: c\n"
	"    check: count(SlaChallengeResponded) == 1\n";

static int setup(void **state)
{
	struct farm *f;

	farm_warm(RACE);
	f = farm_new();
	farm_in_real(f);
	farm_put(f, SCENARIO, RACE);
	farm_put(f, "scenarios/failing.yaml", FAILING);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	if (*state) /* else the setup failed */
		farm_free(*state);
	return 0;
}

static void passed(struct farm *f, struct farm_run *r)
{
	int status = farm_wait(f, r, LIFE_MS);

	if (status || !strstr(buf_str(&r->out), "1 passed"))
		fail_msg("wait status 0x%x; it said:\n%s", (unsigned)status,
			 buf_str(&r->out));
	farm_run_done(r);
}

static void two_at_once(struct farm *f)
{
	CLEANUP(freep) char *scenario = farm_path(f, SCENARIO);
	struct farm_run one, two;

	farm_start(f, &one, FARM_ARGS("run", scenario));
	farm_start(f, &two, FARM_ARGS("run", scenario));
	passed(f, &one);
	passed(f, &two);
	farm_clean(f, 0);
}

static void test_two_at_once(void **state)
{
	two_at_once(*state);
	/* Both build what the other one builds. */
	farm_forget(*state);
	two_at_once(*state);
}

/*
 * No port is fixed: those that anvil and its like take unless they are told
 * another one are in use, by us or by whoever has them already.
 */
static void test_usual_ports_are_taken(void **state)
{
	static const uint16_t usual[] = { 8545, 8546, 8551, 30303, 8080,
					  9090, 3000 };
	CLEANUP(freep) char *scenario = farm_path(*state, SCENARIO);
	int taken[ARRAY_LEN(usual)];
	struct err e = ERR_INIT;
	struct farm_run r;
	uint16_t got;

	for (size_t i = 0; i < ARRAY_LEN(usual); i++)
		if (!net_listen_loopback(&taken[i], &got, usual[i], &e)) {
			assert_int_equal(e.sub, EADDRINUSE);
			taken[i] = -1;
		}
	farm_start(*state, &r, FARM_ARGS("run", scenario));
	passed(*state, &r);
	farm_clean(*state, 0);
	for (size_t i = 0; i < ARRAY_LEN(usual); i++)
		fd_close(&taken[i]);
}

static void add_record(void *arg, const json_t *record)
{
	CLEANUP(json_decrefp) json_t *copy =
		json_deep_copy(record);
	CLEANUP(freep) char *text = NULL;

	/* What time it was, and what it took; nothing else may differ. */
	json_object_del(copy, "t");
	json_object_del(copy, "ms");
	text = json_text(copy);
	buf_addf(arg, "%s\n", text);
}

static char *journal_of(struct farm *f)
{
	CLEANUP(freep) char *folder = farm_path(f, "scenarios");
	CLEANUP(freep) char *path = xasprintf("%s/journal.jsonl", f->base);
	struct buf text = BUF_INIT(JOURNAL_MAX);
	struct err e = ERR_INIT;

	farm_fails(f,
		   FARM_ARGS("run", folder, "--journal", path, "--seed", "7",
			     "--shuffle", "--repeat", "2"),
		   1, "2 passed, 2 failed", LIFE_MS);
	assert_ok(journal_read(path, add_record, &text, &e), &e);
	assert_true(buf_ok(&text, path, &e));
	return buf_take(&text);
}

static void same(const char *a, const char *b)
{
	for (size_t line = 1; *a || *b; line++) {
		size_t n = strcspn(a, "\n"), m = strcspn(b, "\n");

		if (n != m || memcmp(a, b, n))
			fail_msg("record %zu differs:\n%.*s\n%.*s", line,
				 (int)n, a, (int)m, b);
		a += n + (a[n] == '\n');
		b += m + (b[m] == '\n');
	}
}

static void test_same_seed_same_journal(void **state)
{
	CLEANUP(freep) char *first = journal_of(*state);
	CLEANUP(freep) char *second = journal_of(*state);
	CLEANUP(freep) char *cold = NULL;

	same(first, second);
	farm_forget(*state);
	cold = journal_of(*state);
	same(first, cold);
}

static void add_race(void *arg, const json_t *record)
{
	const char *scn = json_string_value(json_object_get(record, "scn"));

	if (scn && strstr(scn, "race"))
		add_record(arg, record);
}

/* What is recorded of the race, where these two are played one by one. */
static char *race_in(struct farm *f, const char *first, const char *then)
{
	CLEANUP(freep) char *one = farm_path(f, first);
	CLEANUP(freep) char *two = farm_path(f, then);
	CLEANUP(freep) char *path = xasprintf("%s/journal.jsonl", f->base);
	struct buf text = BUF_INIT(JOURNAL_MAX);
	struct err e = ERR_INIT;

	farm_fails(f,
		   FARM_ARGS("run", one, two, "--journal", path, "--jobs", "1"),
		   0, "2 passed", LIFE_MS);
	assert_ok(journal_read(path, add_race, &text, &e), &e);
	assert_true(buf_ok(&text, path, &e));
	return buf_take(&text);
}

/* What a chain was used for before is not seen. */
static void test_after_another_world(void **state)
{
	struct farm *f = *state;
	CLEANUP(freep) char *first = NULL, *world = NULL, *cast = NULL;

	farm_put(f, "scenarios/other-world.yaml", OTHER);
	farm_put(f, "scenarios/other-cast.yaml", SILENT);
	first = race_in(f, SCENARIO, "scenarios/other-world.yaml");
	world = race_in(f, "scenarios/other-world.yaml", SCENARIO);
	cast = race_in(f, "scenarios/other-cast.yaml", SCENARIO);
	assert_non_null(strstr(first, "SlaChallengeResponded"));
	farm_remove(f, "scenarios/other-world.yaml");
	farm_remove(f, "scenarios/other-cast.yaml");
	same(first, world);
	same(first, cast);
}

#define HALF_A_DAY 43200

/* What a program believes that is started with that environment. */
static void is_a_day_off(struct farm *f)
{
	static const char *const argv[] = { "/bin/date", "+%s", NULL };
	CLEANUP(freep) char *journal = xasprintf("%s/journal.jsonl", f->base);
	struct buf out = BUF_INIT(4096);
	struct err e = ERR_INIT;
	uint64_t said = 0;
	struct stat now; /* of the journal, which was just written */

	assert_ok(child_run(f->loop,
			    &(struct child_spec){
				    .name = "date",
				    .argv = argv,
				    .env = (const char *const *)f->env },
			    &out, LIFE_MS, &e),
		  &e);
	assert_true(out.len > 0);
	out.data[out.len - 1] = 0; /* its newline */
	assert_ok(dec_u64(&said, buf_str(&out), &e), &e);
	assert_int_equal(stat(journal, &now), 0);
	assert_true(said > (uint64_t)now.st_mtime + HALF_A_DAY ||
		    said < (uint64_t)now.st_mtime - HALF_A_DAY);
	buf_done(&out);
}

/* What time it is decides nothing, in a run or in what it starts. */
static void test_the_wall_clock_steps(void **state)
{
	struct farm *f = *state;
	CLEANUP(freep) char *library =
		xasprintf("%s/build/test/stepping_clock.so", f->real);
	CLEANUP(freep) char *calm = journal_of(f);
	CLEANUP(freep) char *stepped = NULL;

	farm_setenv(f, "LD_PRELOAD", library);
	is_a_day_off(f);
	stepped = journal_of(f);
	same(calm, stepped);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_at_once),
		cmocka_unit_test(test_usual_ports_are_taken),
		cmocka_unit_test(test_same_seed_same_journal),
		cmocka_unit_test(test_after_another_world),
		cmocka_unit_test(test_the_wall_clock_steps),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
