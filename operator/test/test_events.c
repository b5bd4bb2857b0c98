/* events: one whole JSON line each, flushed, whatever the text holds. */
#include "test/kit.h"

#include "base/base.h"
#include "operator/events.h"

static void test_lines(void **state)
{
	char *out = NULL, *log = NULL;
	size_t out_len, log_len;
	struct events ev = {.name = "alice"};
	struct err e = ERR_INIT;

	(void)state;
	ev.out = open_memstream(&out, &out_len);
	ev.log = open_memstream(&log, &log_len);
	events_emit(&ev, json_pack("{s:s, s:I}", "event", "handled", "block",
				   (json_int_t)7));
	/* Flushed without being asked. */
	assert_string_equal(out, "{\"event\":\"handled\",\"block\":7}\n");
	err_set(&e, ERR_RPC, 0, "said \"no\"\nand left");
	events_error(&ev, "sla", &e);
	assert_non_null(strstr(out, "\n{\"event\":\"error\",\"what\":\"sla\","
				    "\"text\":\"said \\\"no\\\"\\nand left\"}"
				    "\n"));
	events_log(&ev, "block %d", 8);
	fflush(ev.log);
	assert_string_equal(log, "alice: error: said \"no\"\nand left\n"
				 "alice: block 8\n");
	assert_false(ev.broken);
	fclose(ev.out);
	fclose(ev.log);
	free(out);
	free(log);
}

static void test_nobody_reads(void **state)
{
	struct events ev = {.name = "alice", .out = fopen("/dev/full", "w")};

	(void)state;
	assert_non_null(ev.out);
	events_log(&ev, "no log, no harm");
	events_emit(&ev, json_pack("{s:s}", "event", "ready"));
	assert_true(ev.broken);
	fclose(ev.out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_nobody_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
