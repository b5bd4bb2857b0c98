/*
 * `avsbed explain`: a slash of a real chain, in numbers that were worked out
 * from EigenLayer's rules by hand, beside each of them how.
 */
#include "test/kit.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include "base/base.h"
#include "test/farm_stub.h"

#define QUICK_MS 120000

/* Shares that no magnitude divides, an allocation of a third, a withdrawal in
 * the queue, and a second allocation of half the rest elsewhere. */
static const char ODD[] =
	"scenario: An odd slash\n"
	"why: its numbers are known\n"
	"world: core\n"
	"operators:\n"
	"  alice: {stake: 1000.000000000000000007 TOK, process: off}\n"
	"steps:\n"
	"  - join: alice\n"
	"    set: test#0\n"
	"  - allocate: alice\n"
	"    set: test#0\n"
	"    token: TOK\n"
	"    magnitude: 333333333333333333\n"
	"    save: a\n"
	"  - advance: to $a.block + 100\n"
	"  - queue withdrawal: alice\n"
	"    token: TOK\n"
	"    amount: 100 TOK\n"
	"  - slash: alice\n"
	"    set: test#0\n"
	"    wad: 10%\n"
	"    token: TOK\n"
	"  - slash: alice\n"
	"    set: test#0\n"
	"    wad: 50%\n"
	"    token: TOK\n"
	"  - check: head > 0\n";

/*
 * slashed: ceil(333333333333333333 * 0.1) = 33333333333333334, rounded up
 * from …333.3. Left in the set 299999999999999999, at most 966666666666666666.
 * Shares 900000000000000000007, of which stay ceil(… * 0.966666666666666666) =
 * 869999999999999999400 + ceil(6.76…) = …407; lost 30000000000000000600. Of
 * the same a staker may withdraw floor(…) = …406.
 * The withdrawal: 100 * 0.966666666666666666 = 96.6666666666666666, exactly.
 */
static const char *const TOLD[] = {
	"alice in test#0: ",
	"TOK: 10 % of what alice has allocated to test#0, 3.3333333333333334 % "
	"of all that stands behind it",
	"alice joins test#0",
	"alice allocates 0.333333333333333333 to test#0, in effect from block ",
	"0.333333333333333333 is in effect\n",
	"allocated to test#0 0.333333333333333333 0.033333333333333334 "
	"0.299999999999999999 ceil(0.333333333333333333 × 0.1), rounded up",
	"encumbered 0.333333333333333333 0.033333333333333334 "
	"0.299999999999999999\n",
	"max magnitude 1 0.033333333333333334 0.966666666666666666 less by",
	"shares of alice 900.000000000000000007 TOK 30.0000000000000006 TOK "
	"869.999999999999999407 TOK ceil(900.000000000000000007 × "
	"0.966666666666666666 / 1) stay, rounded up",
	"alice 900.000000000000000007 TOK 30.000000000000000601 TOK "
	"869.999999999999999406 TOK its own stake",
	"alice, in the queue 100 TOK 3.3333333333333334 TOK "
	"96.6666666666666666 TOK withdrawal of block ",
	"taken from them: 33.333333333333334 TOK, to be burnt",
	"0.000000000000000001 TOK more than that is theirs: rounding",
};

/* Columns are as wide as they must be: blanks in a row count as one. */
static char *squeezed(const char *s)
{
	struct buf b = BUF_INIT(1u << 20);

	for (; *s; s++)
		if (*s != ' ' || s[1] != ' ')
			buf_addc(&b, *s);
	return buf_take(&b);
}

static char *played(struct farm *f)
{
	char *dir = farm_own(f), *run = farm_path(f, "j.jsonl");

	farm_put(f, "own/odd.yaml", ODD);
	farm_fails(f, FARM_ARGS("run", dir, "--journal", run), 0, "1 passed",
		   QUICK_MS);
	free(dir);
	return run;
}

static void test_numbers(void **state)
{
	CLEANUP(freep) char *run = played(*state);
	CLEANUP(freep) char *named = xasprintf("%s:odd:5", run);
	CLEANUP(freep) char *again = xasprintf("%s:odd:6", run);
	CLEANUP(freep) char *other = xasprintf("%s:odd:4", run);
	CLEANUP(freep) char *told = NULL;
	struct farm_run r;

	farm_start(*state, &r, FARM_ARGS("explain", named));
	assert_int_equal(farm_wait(*state, &r, QUICK_MS), 0);
	told = squeezed(buf_str(&r.out));
	for (size_t i = 0; i < ARRAY_LEN(TOLD); i++) {
		if (strstr(told, TOLD[i]))
			continue;
		fputs(told, stderr);
		fail_msg("it does not say \"%s\"", TOLD[i]);
	}
	farm_run_done(&r);
	/* What the first slash left is no choice of alice's. */
	farm_fails(*state, FARM_ARGS("explain", again), 0,
		   "a slash leaves 0.299999999999999999 in test#0, in effect "
		   "from block ",
		   QUICK_MS);
	farm_fails(*state, FARM_ARGS("explain", run), 0, "SLASH  odd",
		   QUICK_MS);
	farm_fails(*state, FARM_ARGS("explain", other), 0,
		   "odd: pass; nothing was slashed in step 4", QUICK_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_numbers, farm_setup, farm_teardown),
	};

	return cmocka_run_group_tests(tests, farm_warm_core, NULL);
}
