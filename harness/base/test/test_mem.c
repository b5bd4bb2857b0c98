/* LINK: -Wl,--wrap=malloc */
#include "test/kit.h"

#include <signal.h>
#include <sys/wait.h>

#include "base/base.h"

static bool fail_malloc;

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);

void *__wrap_malloc(size_t n)
{
	return fail_malloc ? NULL : __real_malloc(n);
}

static void nothing_is_still_something(void **state)
{
	void *p = xmalloc(0), *q = xcalloc(0, 8);

	(void)state;
	assert_non_null(p);
	assert_non_null(q);
	p = xrealloc(p, 0);
	assert_non_null(p);
	free(p);
	free(q);
}

static void memory_is_zeroed_and_kept(void **state)
{
	uint8_t *p = xcalloc(3, 5);

	(void)state;
	for (int i = 0; i < 15; i++)
		assert_int_equal(p[i], 0);
	p[14] = 9;
	p = xrealloc(p, 1000);
	assert_int_equal(p[14], 9);
	free(p);
}

static void texts_are_copied(void **state)
{
	CLEANUP(freep) char *a = xstrdup("abc");
	CLEANUP(freep) char *b = xstrndup("abcdef", 4);
	CLEANUP(freep) char *c = xasprintf("%s-%03d", a, 7);

	(void)state;
	assert_string_equal(a, "abc");
	assert_string_equal(b, "abcd");
	assert_string_equal(c, "abc-007");
}

static void arrays_grow(void **state)
{
	size_t n = 0, cap = 0;
	int *items = NULL;

	(void)state;
	for (int i = 0; i < 100; i++) {
		GROW(items, n, cap);
		items[n++] = i;
	}
	assert_int_equal(cap, 128);
	for (int i = 0; i < 100; i++)
		assert_int_equal(items[i], i);
	free(items);
}

static void running_out_ends_the_program(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	assert_true(pid >= 0);
	if (!pid) {
		close(STDERR_FILENO);
		signal(SIGABRT, SIG_DFL);
		fail_malloc = true;
		free(xmalloc(1));
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_is_still_something),
	    cmocka_unit_test(memory_is_zeroed_and_kept),
	    cmocka_unit_test(texts_are_copied),
	    cmocka_unit_test(arrays_grow),
	    cmocka_unit_test(running_out_ends_the_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
