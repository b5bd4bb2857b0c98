#include "test/kit.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/base.h"

static void says_code_sub_and_text(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(e.code, ERR_NONE);
	assert_false(err_set(&e, ERR_RPC, -32000, "%s said %d", "node", 7));
	assert_int_equal(e.code, ERR_RPC);
	assert_int_equal(e.sub, -32000);
	assert_string_equal(e.text, "node said 7");
	assert_int_equal(e.pos.line, 0);
}

static void keeps_the_place_until_replaced(void **state)
{
	struct src_pos pos = {.file = "a.yaml", .line = 3, .col = 5};
	struct err e = ERR_INIT;

	(void)state;
	assert_false(err_at(&e, pos, ERR_SCHEMA, "unknown key '%s'", "x"));
	assert_int_equal(e.code, ERR_SCHEMA);
	assert_string_equal(e.pos.file, "a.yaml");
	assert_int_equal(e.pos.line, 3);
	assert_int_equal(e.pos.col, 5);
	assert_false(err_ctx(&e, "step %d", 2));
	assert_string_equal(e.text, "step 2: unknown key 'x'");
	assert_int_equal(e.pos.line, 3);
	err_set(&e, ERR_RANGE, 0, "other");
	assert_int_equal(e.pos.line, 0);
	assert_null(e.pos.file);
}

static void os_errors_carry_errno(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_false(err_os(&e, ENOENT, "cannot open %s", "/nowhere"));
	assert_int_equal(e.code, ERR_OS);
	assert_int_equal(e.sub, ENOENT);
	assert_string_equal(e.text,
			    "cannot open /nowhere: No such file or directory");
}

static void context_keeps_code_and_sub(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	err_set(&e, ERR_HTTP, 404, "not found");
	assert_false(err_ctx(&e, "fetching"));
	assert_false(err_ctx(&e, "booting"));
	assert_int_equal(e.code, ERR_HTTP);
	assert_int_equal(e.sub, 404);
	assert_string_equal(e.text, "booting: fetching: not found");
}

static void assert_marked(const struct err *e)
{
	size_t len = strlen(e->text);

	assert_true(len < ERR_TEXT_MAX);
	assert_string_equal(e->text + len - 3, "…");
}

static void cut_texts_say_so(void **state)
{
	char text[2 * ERR_TEXT_MAX];
	struct err e = ERR_INIT;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = 0;
	err_set(&e, ERR_PARSE, 0, "%s", text);
	assert_int_equal(strlen(e.text), ERR_TEXT_MAX - 1);
	assert_marked(&e);
	err_ctx(&e, "front");
	assert_memory_equal(e.text, "front: xxx", 10);
	assert_marked(&e);
	err_os(&e, EIO, "%s", text);
	assert_marked(&e);

	/* Exactly full is not cut. */
	text[ERR_TEXT_MAX - 1] = 0;
	err_set(&e, ERR_PARSE, 0, "%s", text);
	assert_string_equal(e.text, text);
}

static void cuts_fall_between_characters(void **state)
{
	char text[2 * ERR_TEXT_MAX];
	struct err e = ERR_INIT;

	(void)state;
	/* Whatever the alignment, no half of "é" stands before the mark. */
	for (size_t pad = 0; pad < 2; pad++) {
		size_t len;

		memset(text, 'x', pad);
		for (size_t i = pad; i + 2 < sizeof(text); i += 2)
			memcpy(text + i, "\xc3\xa9", 3);
		err_set(&e, ERR_PARSE, 0, "%s", text);
		assert_marked(&e);
		len = strlen(e.text) - 3;
		assert_int_equal((unsigned char)e.text[len - 1], 0xa9);
		assert_int_equal((len - pad) % 2, 0);
	}
}

static void every_code_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int i = 0; i < ERR__COUNT; i++) {
		const char *name = err_code_name((enum err_code)i);

		assert_true(*name);
		for (int j = 0; j < i; j++)
			assert_string_not_equal(
			    name, err_code_name((enum err_code)j));
	}
	assert_string_equal(err_code_name(ERR_MISMATCH), "mismatch");
}

static void a_failed_assertion_aborts(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (!pid) {
		/* Its words are meant for a person, not for this test's log. */
		if (!freopen("/dev/null", "w", stderr))
			_exit(1);
		signal(SIGABRT, SIG_DFL);
		ASSERT(pid == -1);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(says_code_sub_and_text),
	    cmocka_unit_test(keeps_the_place_until_replaced),
	    cmocka_unit_test(os_errors_carry_errno),
	    cmocka_unit_test(context_keeps_code_and_sub),
	    cmocka_unit_test(cut_texts_say_so),
	    cmocka_unit_test(cuts_fall_between_characters),
	    cmocka_unit_test(every_code_has_a_name_of_its_own),
	    cmocka_unit_test(a_failed_assertion_aborts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
