#include "test/kit.h"

#include "base/base.h"

#include "scenario/match.h"
#include "scenario/test/fake.h"

struct match_case {
	const char *pattern, *actual;
	bool ok;
	const char *path, *expected, *shown; /* of the mismatch */
};

static const struct match_case cases[] = {
	{ "5", "5", true, "", "", "" },
	{ "5", "6", false, "", "5", "6" },
	{ "5%", "50000000000000000", true, "", "", "" },
	{ "any", "5", true, "", "", "" },
	{ "any", "none", false, "", "any", "none" },
	{ "none", "none", true, "", "", "" },
	{ "none", "5", false, "", "none", "5" },
	{ "empty", "\"\"", true, "", "", "" },
	{ "empty", "0x", true, "", "", "" },
	{ "empty", "[]", true, "", "", "" },
	{ "empty", "\"x\"", false, "", "empty", "\"x\"" },
	{ "not 5", "6", true, "", "", "" },
	{ "not 5", "5", false, "", "not 5", "5" },
	{ "{at least: 5}", "5", true, "", "", "" },
	{ "{at least: 5}", "4", false, "", "{at least: 5}", "4" },
	{ "{at most: 5}", "6", false, "", "{at most: 5}", "6" },
	{ "{at least: 5, at most: 7}", "5", true, "", "", "" },
	{ "{at most: 7, at least: 5}", "7", true, "", "", "" },
	{ "{at least: 5, at most: 7}", "4", false, "",
	  "{at least: 5, at most: 7}", "4" },
	{ "{at most: 7, at least: 5}", "8", false, "",
	  "{at most: 7, at least: 5}", "8" },
	{ "{one of: [1, 2]}", "2", true, "", "", "" },
	{ "{one of: [1, 2]}", "3", false, "", "{one of: [1, 2]}", "3" },
	{ "{has: \"b\"}", "\"abc\"", true, "", "", "" },
	{ "{has: \"d\"}", "\"abc\"", false, "", "{has: \"d\"}", "\"abc\"" },
	{ "{has: 5%}", "[50000000000000000, 0]", true, "", "", "" },
	{ "{has: 1}", "[2, 3]", false, "", "{has: 1}", "[2, 3]" },
	/* What a contract gives bare is shown as it was asked for. */
	{ "5%", "60000000000000000", false, "", "5%", "6%" },
	{ "7", "6%", false, "", "0.0000000000000007%", "6%" },
	{ "{has: 6%}", "[50000000000000000, 0]", false, "", "{has: 6%}",
	  "[5%, 0%]" },
	{ "{at least: 7 blocks}", "1", false, "", "{at least: 7 blocks}",
	  "1 block" },
	{ "{a: 2%}", "{a: 10000000000000000}", false, "a", "2%", "1%" },
	{ "{has: {id: 2}}", "[{id: 1}, {id: 2, x: 3}]", true, "", "", "" },
	{ "{matches: \"^a.c$$\"}", "\"abc\"", true, "", "", "" },
	{ "{matches: \"^a$$\"}", "\"abc\"", false, "", "{matches: \"^a$\"}",
	  "\"abc\"" },
	{ "{a: 1}", "{a: 1, b: 2}", true, "", "", "" },
	{ "{a: 1, ...: none}", "{a: 1, b: 2}", false, "b",
	  "nothing of that name", "2" },
	{ "{a: 1, ...: any}", "{a: 1, b: 2}", true, "", "", "" },
	{ "{a: {b: 2}}", "{a: {b: 3}}", false, "a.b", "2", "3" },
	{ "{a: any}", "{b: 1}", false, "a", "any", "absent" },
	{ "{a: none}", "{b: 1}", true, "", "", "" },
	{ "{a: not none}", "{b: 1}", false, "a", "not none", "absent" },
	{ "{a: not 5}", "{b: 1}", true, "", "", "" },
	{ "[1, any]", "[1, 2]", true, "", "", "" },
	{ "[1, 3]", "[1, 2]", false, "1", "3", "2" },
	{ "[1]", "[1, 2]", false, "", "[1]", "[1, 2]" },
	{ "[1, 2]", "{a: 1, b: 2}", false, "", "[1, 2]", "{a: 1, b: 2}" },
	{ "ok", "\"ok\"", true, "", "", "" },
	{ "alice", "\"alice\"", true, "", "", "" },
	{ "0x0a", "\"0x0A\"", true, "", "", "" },
	{ "0x0a", "\"0x0b\"", false, "", "0x0a", "\"0x0b\"" },
	{ "carol", "0x6363636363636363636363636363636363636363", true, "", "",
	  "" },
	{ "carol", "0x6363636363636363636363636363636363636364", false, "",
	  "carol", "0x6363636363636363636363636363636363636364" },
	{ "0", "0x0000", true, "", "", "" },
	{ "true", "1 == 1", true, "", "", "" },
	{ "true", "1", false, "", "true", "1" },
	{ "avs#1", "{avs: avs, id: 1}", true, "", "", "" },
	{ "avs#1", "{avs: avs, id: 0}", false, "", "avs#1",
	  "{avs: avs, id: 0}" },
};

static struct value value_at(struct fake *f, const char *text)
{
	struct err e = ERR_INIT;
	struct value v;

	assert_ok(eval(&v, &f->env, &f->scope, fake_yaml(f, text), &e), &e);
	return v;
}

static void patterns(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct match_case *c = &cases[i];
		struct mismatch diff = { "", "", "" };
		struct err e = ERR_INIT;
		struct value pattern, actual;
		struct fake f;
		bool ok = !c->ok;

		fake_new(&f);
		pattern = value_at(&f, c->pattern);
		actual = value_at(&f, c->actual);
		assert_ok(match(&ok, &diff, &f.env, &pattern, &actual, &e),
			  &e);
		if (ok != c->ok)
			fail_msg("%s against %s: %s", c->pattern, c->actual,
				 ok ? "matches" : "differs");
		if (!ok && c->expected[0] &&
		    (strcmp(diff.path, c->path) != 0 ||
		     strcmp(diff.expected, c->expected) != 0 ||
		     strcmp(diff.actual, c->shown) != 0))
			fail_msg("%s against %s: at `%s` %s, %s", c->pattern,
				 c->actual, diff.path, diff.expected,
				 diff.actual);
		fake_done(&f);
	}
}

/* What a function returns, or a struct of the ABI: members in their order. */
static void a_tuple_is_written_as_a_list(void **state)
{
	static const struct {
		const char *pattern;
		bool ok;
	} rows[] = {
		{ "[1, 2]", true }, { "[1, any]", true }, { "[2, 1]", false },
		{ "[1]", false },   { "[1, 2, any]", false },
	};
	const struct abi_type tuple = { 0 };
	struct fake f;

	(void)state;
	fake_new(&f);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct value pattern = value_at(&f, rows[i].pattern);
		struct value actual = value_at(&f, "{a: 1, b: 2}");
		struct mismatch diff = { "", "", "" };
		struct err e = ERR_INIT;
		bool ok = !rows[i].ok;

		actual.type = &tuple;
		assert_ok(match(&ok, &diff, &f.env, &pattern, &actual, &e),
			  &e);
		if (ok != rows[i].ok)
			fail_msg("%s: %s", rows[i].pattern,
				 ok ? "matches" : "differs");
	}
	fake_done(&f);
}

/* `==` is no pattern: all members count, on both sides. */
static void equality_is_whole(void **state)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} pairs[] = {
		{ "{a: 1}", "{a: 1}", true },
		{ "{a: 1}", "{a: 1, b: 2}", false },
		{ "{a: 1, b: 2}", "{a: 1}", false },
		{ "none", "5", false },
		{ "5", "none", false },
		{ "none", "none", true },
		{ "{has: 1}", "{has: 1}", true },
		{ "[1, 2]", "[1, 2]", true },
		{ "[1, 2]", "[2, 1]", false },
	};
	struct fake f;

	(void)state;
	fake_new(&f);
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		struct value a = value_at(&f, pairs[i].a);
		struct value b = value_at(&f, pairs[i].b);
		struct err e = ERR_INIT;
		bool equal = !pairs[i].equal;

		assert_ok(match_equal(&equal, &f.env, &a, &b, &e), &e);
		assert_int_equal(equal, pairs[i].equal);
	}
	fake_done(&f);
}

/* A contract's "ab\0cd" is neither "ab" nor anything that can be written. */
static void what_follows_a_zero_byte_counts(void **state)
{
	const struct abi_type *type = NULL;
	const struct abi_val given[] = { abi_val_bytes("ab\0cd", 5),
					 abi_val_bytes("ab\0", 3),
					 abi_val_bytes("ab", 2) };
	struct fake f;

	(void)state;
	fake_new(&f);
	for (size_t i = 0; i < ARRAY_LEN(given); i++) {
		struct err e = ERR_INIT;
		struct value want = value_at(&f, "\"ab\""), got;
		struct abi_val again;
		bool equal = i != 2;

		assert_ok(abi_type_parse(&type, f.env.arena, "string", &e),
			  &e);
		got = value_of_abi(f.env.arena, type, &given[i]);
		assert_ok(match_equal(&equal, &f.env, &want, &got, &e), &e);
		assert_int_equal(equal, i == 2);
		/* It goes back to where a string is wanted as it came. */
		assert_ok(value_to_abi(&again, &f.env, &got, type, &e), &e);
		assert_int_equal(again.len, given[i].len);
		assert_memory_equal(again.bytes, given[i].bytes, again.len);
	}
	fake_done(&f);
}

static void units_that_clash_are_an_error(void **state)
{
	struct value pattern, actual;
	struct err e = ERR_INIT;
	struct fake f;
	bool ok = false;

	(void)state;
	fake_new(&f);
	pattern = value_at(&f, "5 TOK");
	actual = value_at(&f, "5 blocks");
	assert_err(match(&ok, NULL, &f.env, &pattern, &actual, &e), &e,
		   ERR_SCHEMA, "cannot be compared");
	pattern = value_at(&f, "{one of: 5}");
	assert_err(match(&ok, NULL, &f.env, &pattern, &actual, &e), &e,
		   ERR_SCHEMA, "`one of` takes a list");
	fake_done(&f);
}

struct revert {
	const char *pattern;
	const char *name, *contract; /* name NULL: no revert */
	bool ok;
};

static void reverts(void **state)
{
	static const struct revert list[] = {
		{ "WindowOpen", "WindowOpen", "oracle", true },
		{ "WindowOpen", "AlreadyReported", "oracle", false },
		{ "WindowOpen", NULL, NULL, false },
		{ "WindowOpen", "", NULL, false },
		{ "oracle.WindowOpen", "WindowOpen", "oracle", true },
		{ "oracle.WindowOpen", "WindowOpen", "manager", false },
		{ "oracle.WindowOpen", "WindowOpen", NULL, false },
		{ "WindowOpen(7, any)", "WindowOpen", "oracle", true },
		{ "WindowOpen(8, any)", "WindowOpen", "oracle", false },
		{ "WindowOpen(7)", "WindowOpen", "oracle", false },
		{ "none", NULL, NULL, true },
		{ "none", "WindowOpen", NULL, false },
		{ "any", "WindowOpen", NULL, true },
		{ "any", "", NULL, true },
		{ "any", NULL, NULL, false },
		{ "empty", "", NULL, true },
		{ "empty", NULL, NULL, false },
		{ "empty", "WindowOpen", NULL, false },
		{ "not WindowOpen", "AlreadyReported", NULL, true },
		{ "not WindowOpen", "WindowOpen", NULL, false },
		/* It reverts, and otherwise: success is no other error. */
		{ "not WindowOpen", NULL, NULL, false },
		{ "not empty", NULL, NULL, false },
		{ "not none", "WindowOpen", NULL, true },
		{ "not none", NULL, NULL, false },
		{ "not any", NULL, NULL, true },
	};
	struct value args;
	struct fake f;

	(void)state;
	fake_new(&f);
	args = value_at(&f, "{id: 7, end: 100}");
	for (size_t i = 0; i < ARRAY_LEN(list); i++) {
		struct value pattern = value_at(&f, list[i].pattern);
		struct mismatch diff;
		struct err e = ERR_INIT;
		bool ok = !list[i].ok;

		assert_ok(match_error(&ok, &diff, &f.env, &pattern,
				      list[i].name, list[i].contract, &args,
				      &e),
			  &e);
		if (ok != list[i].ok)
			fail_msg("%s against %s", list[i].pattern,
				 list[i].name ? list[i].name : "no revert");
	}
	fake_done(&f);
}

static void reverts_are_named_not_quoted(void **state)
{
	struct value text = value_text("too late"), args = value_none();
	struct err e = ERR_INIT;
	struct fake f;
	bool ok = false;

	(void)state;
	fake_new(&f);
	assert_err(match_error(&ok, NULL, &f.env, &text, "X", NULL, &args, &e),
		   &e, ERR_SCHEMA, "`reverts` takes an error's name");
	fake_done(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns),
		cmocka_unit_test(a_tuple_is_written_as_a_list),
		cmocka_unit_test(equality_is_whole),
		cmocka_unit_test(what_follows_a_zero_byte_counts),
		cmocka_unit_test(units_that_clash_are_an_error),
		cmocka_unit_test(reverts),
		cmocka_unit_test(reverts_are_named_not_quoted),
	};

	if (chdir(kit_fixture("scenarios")))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
