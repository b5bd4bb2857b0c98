#include "test/kit.h"

#include "base/base.h"
#include "base/late.h"

/* Resident kilobytes of what is mapped of @name and cannot be written. */
static unsigned long resident(const char *name)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	unsigned long sum = 0, kb;
	bool ours = false;
	char line[4096], mode[5];

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*[0-9a-f-] %4s", mode) == 1)
			ours = strstr(line, name) && mode[1] == '-' &&
			       mode[3] == 'p';
		else if (ours && sscanf(line, "Rss: %lu", &kb) == 1)
			sum += kb;
	}
	fclose(f);
	return sum;
}

/* Loading touches 1,400 kB; 450 of them are tables that it relocated. */
static void what_loading_touched_is_given_back(void **state)
{
	const char *(*version)(int);
	struct err e = ERR_INIT;
	void *so = NULL;

	(void)state;
	assert_int_equal(resident("/libcrypto.so"), 0);
	assert_ok(late_library(&so, "libcrypto.so.3", "libssl3", &e), &e);
	assert_in_range(resident("/libcrypto.so"), 0, 800);
	*(void **)&version = late_symbol(so, "OpenSSL_version");
	assert_non_null(strstr(version(0), "OpenSSL 3"));
	assert_true(resident("/libcrypto.so") > 0);
}

static void what_is_missing_is_named(void **state)
{
	struct err e = ERR_INIT;
	void *so = &e;

	(void)state;
	assert_err(late_library(&so, "libnone.so.9", "libnone9", &e), &e,
		   ERR_OS,
		   "libnone.so.9: cannot open shared object file: No such "
		   "file or directory; Debian's package libnone9 has it");
	assert_ptr_equal(so, &e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_loading_touched_is_given_back),
		cmocka_unit_test(what_is_missing_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
