#include "test/kit.h"

#include <stdalign.h>

#include "base/arena.h"
#include "base/base.h"
#include "base/rng.h"

static void pieces_do_not_overlap(uint64_t seed)
{
	enum { N = 60 };
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct rng r = RNG_INIT(seed);
	uint8_t *p[N];
	size_t len[N], total = 0;

	for (size_t i = 0; i < N; i++) {
		/* Some larger than a chunk, many small, some empty. */
		len[i] = rng_below(&r, i % 10 ? 200 : 40000);
		p[i] = arena_alloc(a, len[i]);
		assert_int_equal((uintptr_t)p[i] % alignof(max_align_t), 0);
		for (size_t j = 0; j < len[i]; j++)
			assert_int_equal(p[i][j], 0);
		memset(p[i], (int)i + 1, len[i]);
		total += len[i];
	}
	for (size_t i = 0; i < N; i++)
		for (size_t j = 0; j < len[i]; j++)
			assert_int_equal(p[i][j], i + 1);
	assert_true(arena_size(a) >= total);
	assert_true(arena_size(a) < total + N * alignof(max_align_t));
}

static void memory_is_zero_aligned_and_its_own(void **state)
{
	(void)state;
	kit_property(9, 50, pieces_do_not_overlap);
}

/* What one leaves behind is used by the next. */
static void many_come_and_go(void **state)
{
	enum { N = 30 };
	struct arena *a[N];
	char *p[N];

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < N; i++) {
			a[i] = arena_new();
			p[i] = arena_alloc(a[i], 1000);
			assert_int_equal(p[i][0] | p[i][999], 0);
			memset(p[i], i + 1, 1000);
			memset(arena_alloc(a[i], 9000), i + 1, 9000);
		}
		for (int i = 0; i < N; i++) {
			assert_int_equal(p[i][0], i + 1);
			assert_int_equal(p[i][999], i + 1);
			arena_free(a[i]);
		}
	}
}

static void copies_text_and_bytes(void **state)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	char source[] = "hello";
	char *s = arena_strdup(a, source), *n = arena_strndup(a, source, 2);
	char *m = arena_memdup(a, source, 3);

	(void)state;
	source[0] = 'j';
	assert_string_equal(s, "hello");
	assert_string_equal(n, "he");
	assert_memory_equal(m, "hel", 3);
	assert_string_equal(arena_printf(a, "%s/%d", s, 7), "hello/7");
	for (int len = 120; len < 140; len++)
		assert_int_equal(strlen(arena_printf(a, "%*s", len, "x")), len);
	assert_string_equal(arena_strndup(a, NULL, 0), "");
	assert_non_null(arena_memdup(a, NULL, 0));
}

static void arrays_and_structs(void **state)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	uint64_t *v = ARENA_ARRAY(a, uint64_t, 5);

	(void)state;
	assert_int_equal(arena_size(a), 48);
	assert_int_equal(v[4], 0);
	assert_non_null(ARENA_NEW(a, struct err));
	arena_free(NULL);
}

static void one_takes_over_another(void **state)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct arena *b = arena_new(), *empty = arena_new();
	char *x, *y, *z;

	(void)state;
	arena_join(a, empty);
	assert_int_equal(arena_size(a), 0);
	x = arena_strdup(a, "of a");
	y = arena_alloc(b, 100000);
	memset(y, 'y', 100000);
	arena_join(a, b);
	assert_true(arena_size(a) > 100000);
	z = arena_strdup(a, "of a again");
	assert_string_equal(x, "of a");
	assert_int_equal(y[99999], 'y');
	assert_string_equal(z, "of a again");
}

static void grows_in_place_or_as_a_copy(void **state)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	char *list = arena_grow(a, NULL, 0, 3), *more;

	(void)state;
	memcpy(list, "abc", 3);
	assert_ptr_equal(arena_grow(a, list, 3, 100), list);
	assert_memory_equal(list, "abc\0", 4);
	assert_int_equal(list[99], 0);
	assert_int_equal(arena_size(a), 112);
	more = arena_strdup(a, "behind it");
	list = arena_grow(a, list, 100, 200);
	assert_true(list > more);
	assert_memory_equal(list, "abc\0", 4);
	/* No room in the chunk. */
	more = arena_grow(a, list, 200, 100000);
	assert_ptr_not_equal(more, list);
	assert_memory_equal(more, "abc\0", 4);
	assert_int_equal(more[99999], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(memory_is_zero_aligned_and_its_own),
	    cmocka_unit_test(many_come_and_go),
	    cmocka_unit_test(copies_text_and_bytes),
	    cmocka_unit_test(arrays_and_structs),
	    cmocka_unit_test(one_takes_over_another),
	    cmocka_unit_test(grows_in_place_or_as_a_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
