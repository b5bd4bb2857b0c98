/* What is checked of platforms before anything starts; the simulator's own
 * tests see what comes of it. */
#include "test/kit.h"

#include "base/base.h"
#include "eth/tee_host.h"

static json_t *settings(const char *text)
{
	struct err e = ERR_INIT;
	json_t *j = NULL;

	assert_ok(json_parse(&j, text, strlen(text), "settings", &e), &e);
	return j;
}

static void fits(const char *text)
{
	CLEANUP(json_decrefp) json_t *j = settings(text);
	struct err e = ERR_INIT;
	const char *key;

	assert_ok(tee_host_check(j, &key, &e), &e);
}

static void refused(const char *text, const char *want_key,
		    const char *want_text)
{
	CLEANUP(json_decrefp) json_t *j = settings(text);
	struct err e = ERR_INIT;
	const char *key = NULL;

	assert_false(tee_host_check(j, &key, &e));
	assert_string_equal(key, want_key);
	assert_non_null(strstr(e.text, want_text));
}

static void platforms_that_can_be(void **state)
{
	(void)state;
	fits("{}");
	fits("{\"fmspc\": \"0x90c06f000000\"}");
	fits("{\"tee\": \"sgx\", \"report\": {\"isv_svn\": 2}}");
	fits("{\"version\": 5, \"td\": \"1.5ex\","
	     " \"report\": {\"td_attributes\": \"0x1000000100000000\"}}");
	fits("{\"status\": \"OutOfDateConfigurationNeeded\", \"pce_svn\": 65535}");
	/* Not known yet. */
	fits("{\"tee\": null, \"fmspc\": null, \"report\": null,"
	     " \"status\": null, \"version\": null}");
}

static void platforms_that_cannot(void **state)
{
	(void)state;
	refused("{\"svn\": null}", "svn",
		"no field \"svn\" can be set; there are tee, version, td, "
		"report, status, ppid, cpu_svn, pce_svn, pce_id, fmspc, "
		"instance_id");
	refused("{\"verison\": 5}", "verison", "can be set; nearest: version");
	refused("{\"version\": \"5\"}", "version", "a version is a number");
	refused("{\"version\": 5, \"td\": 1}", "td", "td is 1.0, 1.5 or");
	refused("{\"fmspc\": \"0x0102\"}", "fmspc", "6 bytes, not 2");
	refused("{\"fmspc\": 5}", "fmspc", "fmspc");
	refused("{\"pce_svn\": 65536}", "pce_svn", "2 bytes");
	refused("{\"tee\": \"sev\"}", "tee", "no such quotes");
	refused("{\"tee\": \"sgx\", \"version\": 4}", "version",
		"no such quotes");
	refused("{\"td\": \"1.5x\"}", "td", "no such quotes");
	refused("{\"status\": \"Outofdate\"}", "status",
		"no TCB status; nearest: OutOfDate");
	/* A field of the other kind's report, and those that the log gives. */
	refused("{\"report\": {\"isv_svn\": 2}}", "report", "isv_svn");
	refused("{\"report\": {\"rtmr3\": \"0x00\"}}", "report", "rtmr3");
	refused("{\"report\": 5}", "report", "report must be an object");
}

/* Intel's list, in the PCS's documentation of `tcbStatus`. */
static void the_seven_statuses(void **state)
{
	static const char *const names[] = {
		"UpToDate",
		"SWHardeningNeeded",
		"ConfigurationNeeded",
		"ConfigurationAndSWHardeningNeeded",
		"OutOfDate",
		"OutOfDateConfigurationNeeded",
		"Revoked",
	};
	struct err e = ERR_INIT;
	const char *found;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		assert_ok(tee_status_find(&found, names[i], &e), &e);
		assert_string_equal(found, names[i]);
	}
	assert_false(tee_status_find(&found, "", &e));
	assert_string_equal(tee_status_best(), "UpToDate");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(platforms_that_can_be),
		cmocka_unit_test(platforms_that_cannot),
		cmocka_unit_test(the_seven_statuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
