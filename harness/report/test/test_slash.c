/* slash: history is of this row alone, a chain that breaks the rule is told, and
 * a journal full of nonsense breaks nothing. */
#include "test/kit.h"

#include "report/slash.h"

#include "base/base.h"

static void add(struct story_scenario *s, const char *json)
{
	json_t *r = NULL;
	struct err e;

	assert_ok(json_parse(&r, json, strlen(json), "a record", &e), &e);
	json_array_append_new((json_t *)(uintptr_t)story_records(s), r);
}

static char *explained(struct story_scenario *s, const char *step, size_t n)
{
	struct buf b = BUF_INIT(1u << 20);

	assert_int_equal(slash_explain(&b, s, step), n);
	return b.len ? buf_take(&b) : xstrdup("");
}

#define ALLOCATES(magnitude, effect)                                           \
	"{\"ev\":\"event\",\"block\":10,\"event\":\"AllocationUpdated\","       \
	"\"args\":{\"operator\":\"alice\",\"operatorSet\":\"S\","               \
	"\"strategy\":\"T\",\"magnitude\":\"" magnitude "\","                   \
	"\"effectBlock\":\"" effect "\"}}"

/* Half of 0.3 is 0.15; of 7 shares ceil(7 * 0.85 / 1) = 6 stay. */
#define SLASH(step, after)                                                     \
	"{\"ev\":\"slash\",\"step\":\"" step "\",\"block\":20,\"operator\":"    \
	"\"alice\",\"set\":\"a#0\",\"operatorSet\":\"S\",\"recipient\":\"x\","  \
	"\"strategies\":[{\"strategy\":\"T\",\"token\":\"TOK\",\"decimals\":0," \
	"\"wad\":\"500000000000000000\",\"slashed\":\"150000000000000000\","    \
	"\"magnitude\":[\"300000000000000000\",\"" after "\"],"                 \
	"\"max\":[\"1000000000000000000\",\"850000000000000000\"],"             \
	"\"encumbered\":[\"300000000000000000\",\"150000000000000000\"],"       \
	"\"shares\":[\"7\",\"6\"],\"burnable\":\"1\",\"others\":[],"            \
	"\"stakers\":[{\"who\":\"carol\",\"shares\":[\"7\",\"5\"]}],"           \
	"\"queue\":[]}]}"

static int setup(void **state)
{
	struct story_scenario *s = xcalloc(1, sizeof(*s));

	s->id = xstrdup("x");
	s->records = story_records_of(json_array());
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct story_scenario *s = *state;

	story_records_free(s->records);
	free(s->id);
	free(s);
	return 0;
}

static void rows_have_no_past_of_each_other(void **state)
{
	CLEANUP(freep) char *first = NULL;
	CLEANUP(freep) char *second = NULL;

	add(*state, "{\"ev\":\"row.start\",\"step\":\"2\"}");
	add(*state, ALLOCATES("300000000000000000", "15"));
	add(*state, SLASH("2.1", "150000000000000000"));
	add(*state, "{\"ev\":\"row.start\",\"step\":\"2\"}");
	add(*state, SLASH("2.2", "150000000000000000"));
	first = explained(*state, "2.1", 1);
	second = explained(*state, "2.2", 1);
	assert_non_null(strstr(first, "alice allocates 0.3 to a#0, in effect "
				      "from block 15 on"));
	assert_null(strstr(first, "before the first step"));
	assert_null(strstr(second, "allocates"));
	assert_non_null(strstr(second, "before the first step  alice had "
				       "allocated 0.3 to a#0"));
}

static void the_rule_stands_beside_the_number(void **state)
{
	CLEANUP(freep) char *kept = NULL;
	CLEANUP(freep) char *broken = NULL;

	add(*state, SLASH("1", "150000000000000000"));
	add(*state, SLASH("2", "200000000000000000"));
	kept = explained(*state, "1", 1);
	broken = explained(*state, "2", 1);
	assert_non_null(strstr(kept, "ceil(0.3 × 0.5), exact"));
	assert_non_null(strstr(kept, "ceil(7 × 0.85 / 1) stay, rounded up"));
	assert_non_null(strstr(kept, "delegated to alice"));
	assert_non_null(strstr(kept, "1 TOK more than that is theirs: rounding"));
	assert_non_null(strstr(kept, "1 TOK, to be paid to x"));
	assert_non_null(strstr(broken, "not ceil(0.3 × 0.5), which is 0.15"));
}

static void nonsense_breaks_nothing(void **state)
{
	static const char *const records[] = {
		"{\"ev\":\"slash\"}",
		"{\"ev\":\"slash\",\"strategies\":7,\"block\":\"x\"}",
		"{\"ev\":\"slash\",\"strategies\":[null,1,[],{}]}",
		"{\"ev\":\"slash\",\"strategies\":[{\"slashed\":\"1\","
		"\"decimals\":-5,\"wad\":\"-\",\"magnitude\":[\"z\"],"
		"\"max\":[\"0\",\"0\"],\"shares\":{},\"queue\":[1],"
		"\"stakers\":[{\"shares\":\"7\"}],\"pending\":{\"by\":[3]}}]}",
		"{\"ev\":\"slash\",\"strategies\":[{\"slashed\":"
		"\"11579208923731619542357098500868790785326998466564056403945"
		"7584007913129639935\",\"decimals\":2147483647,\"shares\":"
		"[\"1157920892373161954235709850086879078532699846656405640394"
		"57584007913129639935\",\"0\"],\"max\":[\"1\",\"2\"]}]}",
	};
	CLEANUP(freep) char *text = NULL;

	for (size_t i = 0; i < ARRAY_LEN(records); i++)
		add(*state, records[i]);
	text = explained(*state, NULL, ARRAY_LEN(records));
	assert_non_null(strstr(text, "SLASH  x"));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(rows_have_no_past_of_each_other),
		T(the_rule_stands_beside_the_number),
		T(nonsense_breaks_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
