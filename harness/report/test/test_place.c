/* place: which scenario of a run is meant, and where in it a step was. */
#include "test/kit.h"

#include "base/base.h"
#include "report/place.h"

/* One record a line, as a journal has them; of a run with seed 7. */
static struct story read_story(const char *records)
{
	char *dir = kit_tmpdir_new();
	CLEANUP(freep) char *path = xasprintf("%s/j", dir);
	CLEANUP(freep)
	char *text = xasprintf("{\"ev\":\"run.start\",\"t\":0,\"version\":3,"
			       "\"seed\":\"7\"}\n%s", records);
	const char *one = path;
	struct story s;
	struct err e;

	assert_ok(file_write_atomic(path, text, strlen(text), &e), &e);
	assert_ok(story_read(&s, &one, 1, &e), &e);
	kit_tmpdir_free(dir);
	return s;
}

#define START(id) "{\"ev\":\"scenario.start\",\"scn\":\"" id "\"," \
		  "\"file\":\"" id ".yaml\"}\n"
#define END(id, verdict) "{\"ev\":\"scenario.end\",\"scn\":\"" id "\"," \
			 "\"verdict\":\"" verdict "\",\"ms\":1}\n"
#define PLAY(id, rows) "{\"ev\":\"play.start\",\"scn\":\"" id "\"," \
		       "\"rows\":[" rows "]}\n"
#define STEP(id, n, verdict) "{\"ev\":\"step.end\",\"scn\":\"" id "\"," \
			     "\"step\":\"" n "\",\"line\":" n "," \
			     "\"verdict\":\"" verdict "\"}\n"
/* Of a run that was to play more than it did. */
#define SHORT "{\"ev\":\"run.start\",\"scenarios\":9}\n"
#define ONE(id, verdict) START(id) END(id, verdict)

static void which_scenario(void **state)
{
	static const struct {
		const char *records, *id, *found, *says;
	} cases[] = {
		{ ONE("a/one", "pass"), NULL, "a/one", NULL },
		{ ONE("a/one", "pass") ONE("a/two", "fail"), NULL, "a/two",
		  NULL },
		{ ONE("a/one", "pass") ONE("a/one", "fail"), "a/one", "a/one",
		  NULL },
		{ ONE("a/one", "pass"), "a/on", NULL,
		  "this run has no scenario a/on; nearest: a/one" },
		{ ONE("a/one", "pass"), "zzzzzzzz", NULL,
		  "this run has no scenario zzzzzzzz" },
		{ "", NULL, NULL, "nothing was played in it" },
		{ SHORT ONE("a/one", "pass"), NULL, "a/one", NULL },
		{ SHORT ONE("a/one", "pass"), STORY_NOT_PLAYED, NULL,
		  "this run has no scenario (not played)" },
		{ SHORT ONE("a", "pass") ONE("b", "pass"), NULL, NULL,
		  "names one of the 2 of this run: a, b" },
		{ ONE("a", "pass") ONE("b", "pass"), NULL, NULL,
		  "names one of the 2 of this run: a, b" },
		{ ONE("a", "pass") ONE("b", "fail") ONE("c", "error"), NULL,
		  NULL, "names one of the 2 that did not pass: b, c" },
		{ ONE("a", "pass") ONE("b", "pass") ONE("c", "pass")
		  ONE("d", "pass") ONE("e", "pass") ONE("f", "pass")
		  ONE("g", "pass") ONE("h", "pass") ONE("i", "pass")
		  ONE("j", "pass") ONE("k", "pass") ONE("l", "pass")
		  ONE("m", "pass"), NULL, NULL,
		  "one of the 13 of this run: a, b, c, d, e, f, g, h, i, j, "
		  "k, l, …" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct story s = read_story(cases[i].records);
		const struct story_scenario *x = NULL;
		struct err e;

		if (cases[i].found) {
			assert_ok(place_scenario(&x, &s, cases[i].id, NULL, &e),
				  &e);
			assert_string_equal(x->id, cases[i].found);
		} else {
			assert_err(place_scenario(&x, &s, cases[i].id, NULL, &e),
				   &e, ERR_SCHEMA, cases[i].says);
		}
		story_done(&s);
	}
}

/* A run by seed 7 with --repeat 3, of which the last two failed. */
static void which_repetition(void **state)
{
	static const char by_8[] = "{\"ev\":\"scenario.start\",\"scn\":\"a\","
				   "\"file\":\"a.yaml\",\"seed\":\"8\"}\n";
	static const char by_9[] = "{\"ev\":\"scenario.start\",\"scn\":\"a\","
				   "\"file\":\"a.yaml\",\"seed\":\"9\"}\n";
	CLEANUP(freep) char *text =
		xasprintf("%s%s%s%s%s", ONE("a", "pass"), by_8,
			  END("a", "fail"), by_9, END("a", "fail"));
	struct story s = read_story(text);
	const struct story_scenario *x = NULL;
	struct place p;
	struct err e;

	(void)state;
	assert_ok(place_scenario(&x, &s, "a", NULL, &e), &e);
	assert_string_equal(x->seed, "8");
	assert_ok(place_scenario(&x, &s, "a", "9", &e), &e);
	assert_ok(place_find(&p, x, NULL, &e), &e);
	assert_int_equal(p.seed, 9);
	assert_ok(place_scenario(&x, &s, "a", "7", &e), &e);
	assert_int_equal(x->verdict, VERDICT_PASS);
	assert_err(place_scenario(&x, &s, "a", "6", &e), &e, ERR_SCHEMA,
		   "this run did not play a by seed 6");
	story_done(&s);
}

/* Two plays, of which the second failed, at the second time of its step 2. */
static void the_play_that_failed(void **state)
{
	struct story s = read_story(
		START("a") PLAY("a", "1") STEP("a", "1", "pass")
		STEP("a", "2", "pass") PLAY("a", "2, null")
		STEP("a", "1", "pass") STEP("a", "2", "pass")
		STEP("a", "2", "fail") PLAY("a", "3") STEP("a", "2", "pass")
		END("a", "fail"));
	struct place p;
	struct err e;

	(void)state;
	assert_ok(place_find(&p, &s.scenarios[0], NULL, &e), &e);
	assert_int_equal(p.seed, 7);
	assert_string_equal(p.file, "a.yaml");
	assert_string_equal(p.step, "2");
	assert_int_equal(p.nth, 2);
	assert_int_equal(p.rows_n, 2);
	assert_int_equal(p.rows[0], 1);
	assert_true(p.rows[1] == PLACE_BEHIND);
	/* A step that did not fail: the first time in the same play. */
	assert_ok(place_find(&p, &s.scenarios[0], "1", &e), &e);
	assert_int_equal(p.line, 1);
	assert_int_equal(p.nth, 1);
	assert_int_equal(p.rows[0], 1);
	assert_err(place_find(&p, &s.scenarios[0], "9", &e), &e, ERR_SCHEMA,
		   "no step 9 was played in a; the last one was 2");
	story_done(&s);
}

static void nothing_to_stop_at(void **state)
{
	struct story s = read_story(START("a") PLAY("a", "1") END("a", "error"));
	struct place p;
	struct err e;

	(void)state;
	assert_ok(place_find(&p, &s.scenarios[0], NULL, &e), &e);
	assert_null(p.step);
	assert_int_equal(p.rows_n, 0);
	assert_err(place_find(&p, &s.scenarios[0], "1", &e), &e, ERR_SCHEMA,
		   "the last one was none");
	free(s.scenarios[0].seed);
	s.scenarios[0].seed = xstrdup("seven");
	assert_err(place_find(&p, &s.scenarios[0], NULL, &e), &e, ERR_PARSE,
		   "the seed of the run that played a");
	story_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(which_scenario),
		cmocka_unit_test(which_repetition),
		cmocka_unit_test(the_play_that_failed),
		cmocka_unit_test(nothing_to_stop_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
