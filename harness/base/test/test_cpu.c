#include <sched.h>

#include "test/kit.h"

#include "base/base.h"
#include "base/cpu.h"

static void each_stays_where_it_is_told(void **state)
{
	cpu_set_t ours, seen, now;
	unsigned n = cpu_count();

	(void)state;
	CPU_ZERO(&seen);
	assert_int_equal(sched_getaffinity(0, sizeof(ours), &ours), 0);
	assert_int_equal(n, CPU_COUNT(&ours));
	for (unsigned i = 0; i < n; i++) {
		cpu_stay(i);
		assert_int_equal(cpu_count(), 1);
		assert_int_equal(sched_getaffinity(0, sizeof(now), &now), 0);
		CPU_OR(&seen, &seen, &now);
		assert_int_equal(sched_setaffinity(0, sizeof(ours), &ours), 0);
	}
	/* All of ours and no other, so each had another one. */
	assert_true(CPU_EQUAL(&seen, &ours));
}

static void it_is_counted_round(void **state)
{
	cpu_set_t ours, first, again;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(ours), &ours), 0);
	cpu_stay(0);
	assert_int_equal(sched_getaffinity(0, sizeof(first), &first), 0);
	assert_int_equal(sched_setaffinity(0, sizeof(ours), &ours), 0);
	cpu_stay((unsigned)CPU_COUNT(&ours));
	assert_int_equal(sched_getaffinity(0, sizeof(again), &again), 0);
	assert_int_equal(sched_setaffinity(0, sizeof(ours), &ours), 0);
	assert_true(CPU_EQUAL(&first, &again));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_stays_where_it_is_told),
		cmocka_unit_test(it_is_counted_round),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
