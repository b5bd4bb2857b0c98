/*
 * The harness is killed, interrupted or told to end at any moment of its life,
 * with a warm cache and a cold one: nothing is left behind.
 *
 * AVSBED_KILLS says how often (soak runs do many), AVSBED_KILL_SEED when.
 */
#include "test/kit.h"

#include <signal.h>
#include <sys/wait.h>

#include "base/base.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/rng.h"
#include "io/child.h"
#include "test/farm_stub.h"

#define KILLS 4
#define PROMISE_MS 1000 /* what the soak holds us to */
#define LIFE_MS 60000

/* Boots, deploys, prepares, challenges, answers, stops, starts, ends. */
static const char LIFE[] =
	"scenario: A whole life\n"
	"why: a moment of everything to be killed in\n"
	"world: phala-cloud\n"
	"operators:\n"
	"  alice, bob: {tee: tdx, stake: 1000 PHA, allocate: 50%}\n"
	"steps:\n"
	"  - register: [alice, bob]\n"
	"  - challenge: [alice, bob]\n"
	"    save: c\n"
	"  - stop: alice\n"
	"  - start: alice\n"
	"  - kill: bob\n"
	"  - advance: past $c.alice.window\n"
	"  - check: head > 0\n";

/* Another chain, and so another worker's. */
static const char TWIN[] = "scenario: Another life beside it\n"
			   "why: two workers, each with processes of its own\n"
			   "world: phala-cloud\n"
			   "operators:\n"
			   "  dora: {tee: tdx, stake: 1000 PHA, allocate: 50%}\n"
			   "steps:\n"
			   "  - register: dora\n"
			   "  - check: head > 0\n";

struct ground {
	struct farm *farm;
	char *folder;
	struct rng rng;
	unsigned kills;
	unsigned gone_ms; /* when nothing may be left any more */
	unsigned warm_ms, cold_ms; /* of an undisturbed life */
};

static uint64_t number(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);
	struct err e = ERR_INIT;
	uint64_t n = otherwise;

	if (text)
		assert_ok(dec_u64(&n, text, &e), &e);
	return n;
}

static const char *const *args_of(const struct ground *g)
{
	static const char *args[] = { "run", NULL, "--jobs", "2", NULL };

	args[1] = g->folder;
	return args;
}

static unsigned undisturbed(struct ground *g)
{
	uint64_t start = clock_ms();

	farm_fails(g->farm, args_of(g), 0, "2 passed", LIFE_MS);
	return (unsigned)(clock_ms() - start);
}

static int setup(void **state)
{
	struct ground *g = xcalloc(1, sizeof(*g));

	farm_warm(LIFE);
	g->farm = farm_new();
	farm_in_real(g->farm);
	farm_put(g->farm, "scenarios/life.yaml", LIFE);
	farm_put(g->farm, "scenarios/twin.yaml", TWIN);
	g->folder = farm_path(g->farm, "scenarios");
	g->kills = (unsigned)number("AVSBED_KILLS", KILLS);
	g->gone_ms = getenv("AVSBED_KILLS") ? PROMISE_MS : FARM_GONE_MS;
	g->rng = RNG_INIT(number("AVSBED_KILL_SEED", 1));
	farm_forget(g->farm);
	g->cold_ms = undisturbed(g);
	g->warm_ms = undisturbed(g);
	*state = g;
	return 0;
}

static int teardown(void **state)
{
	struct ground *g = *state;

	if (!g)
		return 0; /* the setup failed */
	farm_free(g->farm);
	free(g->folder);
	free(g);
	return 0;
}

/* A moment of its life, or a little later than its end. */
static unsigned live_a_while(struct ground *g, bool cold, struct farm_run *ret)
{
	unsigned life = cold ? g->cold_ms : g->warm_ms;
	unsigned ms = (unsigned)rng_below(&g->rng, life + life / 10);

	if (cold)
		farm_forget(g->farm);
	farm_start(g->farm, ret, args_of(g));
	farm_sleep(g->farm, ms);
	return ms;
}

static void test_killed_at_any_moment(void **state)
{
	struct ground *g = *state;

	for (unsigned i = 0; i < g->kills; i++) {
		bool cold = i % 2;
		struct farm_run r;
		unsigned ms = live_a_while(g, cold, &r);

		print_message("kill %u: %s, after %u of %u ms\n", i,
			      cold ? "cold" : "warm", ms,
			      cold ? g->cold_ms : g->warm_ms);
		/* The harness alone: whoever it started must follow. */
		if (child_running(r.child))
			kill(child_pid(r.child), SIGKILL);
		farm_clean(g->farm, g->gone_ms);
		farm_run_done(&r);
	}
	/* What it left in the cache is whole. */
	undisturbed(g);
}

static bool ended_orderly(const char *said, int signo, int status)
{
	/* Before it listens to signals it has nothing to end. */
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == signo && !*said;
	/* It may have been faster. */
	if (WEXITSTATUS(status) == 0)
		return strstr(said, "2 passed");
	return WEXITSTATUS(status) == 2 &&
	       strstr(said, signo == SIGINT ? "interrupted" : "told to end");
}

static void test_told_to_end_at_any_moment(void **state)
{
	struct ground *g = *state;

	for (unsigned i = 0; i < g->kills; i++) {
		int signo = i % 4 < 2 ? SIGINT : SIGTERM;
		bool cold = i % 2;
		struct farm_run r;
		unsigned ms = live_a_while(g, cold, &r);
		uint64_t told = clock_ms();
		int status;

		print_message("%s %u: %s, after %u of %u ms\n",
			      signo == SIGINT ? "SIGINT" : "SIGTERM", i,
			      cold ? "cold" : "warm", ms,
			      cold ? g->cold_ms : g->warm_ms);
		if (child_running(r.child))
			kill(child_pid(r.child), signo);
		status = farm_wait(g->farm, &r, ms + LIFE_MS);
		if (clock_ms() - told > 3 * g->gone_ms)
			fail_msg("it took %u ms to end; it said:\n%s",
				 (unsigned)(clock_ms() - told),
				 buf_str(&r.out));
		/* What ends before it listens ends as if it were killed: its
		 * reaper sees that a moment later. */
		farm_clean(g->farm, WIFSIGNALED(status) ? g->gone_ms : 0);
		if (!ended_orderly(buf_str(&r.out), signo, status))
			fail_msg("wait status 0x%x; it said:\n%s",
				 (unsigned)status, buf_str(&r.out));
		farm_run_done(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_killed_at_any_moment),
		cmocka_unit_test(test_told_to_end_at_any_moment),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
