#include "test/kit.h"

#include "base/base.h"
#include "base/nearest.h"

static const char *const names[] = {
    "expect", "register", NULL, "slash", "deposit", "Slash",
};

static const char *near(const char *word)
{
	return nearest_name(word, names, ARRAY_LEN(names));
}

static void finds_likely_slips(void **state)
{
	(void)state;
	assert_string_equal(near("expct"), "expect");	   /* one missing */
	assert_string_equal(near("exppect"), "expect");	   /* one too many */
	assert_string_equal(near("exbect"), "expect");	   /* one wrong */
	assert_string_equal(near("regsiter"), "register"); /* two swapped */
	assert_string_equal(near("deposits"), "deposit");
	assert_string_equal(near("expect"), "expect");
}

static void finds_what_holds_it(void **state)
{
	static const char *const closed[] = { "WindowOpen", "AnswerWindowClosed",
					      "ResponseWindowClosed" };

	(void)state;
	assert_string_equal(nearest_name("WindowClosed", closed, 3),
			    "AnswerWindowClosed");
	assert_string_equal(nearest_name("windowOpen", closed, 3),
			    "WindowOpen");
	assert_null(nearest_name("ans", closed, 3)); /* too little of it */
}

/* Two wrong letters of three are another word. */
static void short_words_are_near_by_one_letter(void **state)
{
	static const char *const now[] = { "now" };

	(void)state;
	assert_null(nearest_name("bob", now, 1));
	assert_string_equal(nearest_name("new", now, 1), "now");
}

static void case_decides_between_equals(void **state)
{
	(void)state;
	assert_string_equal(near("slash"), "slash");
	assert_string_equal(near("Slash"), "Slash");
	assert_string_equal(near("SLASH"), "Slash");
	assert_string_equal(near("Deposit"), "deposit");
}

static void says_nothing_when_nothing_is_near(void **state)
{
	char longer[100];

	(void)state;
	assert_null(near("withdraw"));
	assert_null(near(""));
	assert_null(nearest_name("expect", names, 0));
	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = 0;
	assert_null(near(longer));
}

static void long_names_are_no_candidates(void **state)
{
	char longer[70];
	const char *const candidates[] = {longer};

	(void)state;
	memset(longer, 'x', sizeof(longer));
	longer[65] = 0;
	assert_null(nearest_name("xxxx", candidates, 1));
	longer[64] = 0;
	assert_ptr_equal(nearest_name(longer, candidates, 1), longer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds_likely_slips),
	    cmocka_unit_test(finds_what_holds_it),
	    cmocka_unit_test(short_words_are_near_by_one_letter),
	    cmocka_unit_test(case_decides_between_equals),
	    cmocka_unit_test(says_nothing_when_nothing_is_near),
	    cmocka_unit_test(long_names_are_no_candidates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
