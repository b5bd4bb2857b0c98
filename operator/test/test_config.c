/* config: a good file whole, and each bad one told by its path. */
#include "test/kit.h"

#include "base/base.h"
#include "operator/config.h"

#define ADDR(c) "\"0x" c c c c c c c c c c c c c c c c c c c c "\""

static const char GOOD[] =
    "{\"name\":\"alice\",\"chain_id\":31337,"
    "\"rpc\":{\"ipc\":\"/run/"
    "alice.ipc\",\"http\":\"http://127.0.0.1:1\"},"
    "\"keystore\":\"/run/"
    "alice.json\",\"password_env\":\"TEST_PASSWORD\","
    "\"tee\":{\"socket\":\"/run/"
    "tee.sock\",\"timeout_ms\":700},"
    "\"contracts\":{\"allocationManager\":" ADDR("a1") ",\"delegationManager\""
						       ":" ADDR("a2") ",\"strat"
								      "egyManag"
								      "er\""
								      ":" ADDR("a3") ",\"serviceManager\":" ADDR("a4") ",\"slaOracle\":" ADDR("a5") ",\"collateralRegistry\":" ADDR("a6") ",\"other\":" ADDR(
									  "a7") "},"
										"\"avs\":{"
										"\"address\""
										":" ADDR(
										    "a4") ",\"set"
											  "\":2},"
											  "\"stak"
											  "e\":[{"
											  "\"toke"
											  "n\""
											  ":" ADDR("b1") ",\"strategy\":" ADDR(
											      "b"
											      "2") ",\"amount\":\"1000000000000000000000\","
												   "\"magnitude\":\"500000000000000000\"},"
												   "{\"token\":" ADDR("b3") ",\"strategy\":" ADDR(
												       "b4") ",\"amount\":5}],"
													     "\"allocation_delay\":9,"
													     "\"prepare\":[\"register\",\"opt-in\"]}";

/* Loads GOOD with its first @from replaced by @to. */
static bool load(struct config *ret, char **ret_path, const char *from,
		 const char *to, struct err *e)
{
	char *dir = kit_tmpdir_new();
	char *path = xasprintf("%s/alice.json", dir);
	const char *at = strstr(GOOD, from);
	struct buf b = BUF_INIT(65536);
	bool ok;

	assert_non_null(at);
	buf_add(&b, GOOD, (size_t)(at - GOOD));
	buf_adds(&b, to);
	buf_adds(&b, at + strlen(from));
	assert_ok(file_write_atomic(path, b.data, b.len, e), e);
	ok = config_load(ret, path, e);
	buf_done(&b);
	kit_tmpdir_free(dir);
	*ret_path = path;
	return ok;
}

static void test_good(void **state)
{
	struct config c;
	char *path;
	struct err e;

	(void)state;
	assert_ok(load(&c, &path, "", "", &e), &e);
	assert_string_equal(c.name, "alice");
	assert_int_equal(c.chain_id, 31337);
	assert_string_equal(c.ipc, "/run/alice.ipc");
	assert_string_equal(c.http, "http://127.0.0.1:1");
	assert_string_equal(c.tee, "/run/tee.sock");
	assert_int_equal(c.tee_timeout_ms, 700);
	assert_int_equal(c.allocation_manager.b[0], 0xa1);
	assert_int_equal(c.delegation_manager.b[0], 0xa2);
	assert_int_equal(c.strategy_manager.b[0], 0xa3);
	assert_int_equal(c.service_manager.b[0], 0xa4);
	assert_int_equal(c.sla_oracle.b[0], 0xa5);
	assert_int_equal(c.collateral_registry.b[0], 0xa6);
	assert_int_equal(c.avs.b[19], 0xa4);
	assert_int_equal(c.set, 2);
	assert_int_equal(c.stakes_n, 2);
	assert_string_equal(fmt_u256(c.stakes[0].amount).s,
			    "1000000000000000000000");
	assert_int_equal(c.stakes[0].magnitude, 500000000000000000);
	assert_int_equal(c.stakes[1].magnitude, 0);
	assert_int_equal(c.allocation_delay, 9);
	assert_int_equal(c.prepare, 1u << STEP_REGISTER | 1u << STEP_OPT_IN);
	assert_int_equal(c.retry_ms, 20);
	config_done(&c);
	free(path);
	assert_ok(load(&c, &path, "\"ipc\"", "\"retry_ms\":1,\"ipc\"", &e),
		  &e);
	assert_int_equal(c.retry_ms, 1);
	config_done(&c);
	free(path);
	/* All of it is as much as there is. */
	assert_ok(load(&c, &path, "\"500000000000000000\"",
		       "\"1000000000000000000\"", &e),
		  &e);
	assert_int_equal(c.stakes[0].magnitude, 1000000000000000000);
	config_done(&c);
	free(path);
}

static void test_tee_from_environment(void **state)
{
	struct config c;
	char *path;
	struct err e;

	(void)state;
	setenv("DSTACK_SIMULATOR_ENDPOINT", "http://127.0.0.1:9", 1);
	assert_ok(load(&c, &path,
		       "\"tee\":{\"socket\":\"/run/tee.sock\","
		       "\"timeout_ms\":700},",
		       "", &e),
		  &e);
	assert_string_equal(c.tee, "http://127.0.0.1:9");
	assert_int_equal(c.tee_timeout_ms, 5000);
	config_done(&c);
	free(path);
	unsetenv("DSTACK_SIMULATOR_ENDPOINT");
}

static void test_aggregator(void **state)
{
	struct config c;
	char *path;
	struct err e;

	(void)state;
	assert_ok(load(&c, &path, "", "", &e), &e);
	assert_null(c.aggregator);
	config_done(&c);
	free(path);
	setenv("AVS_AGGREGATOR_URL", "http://127.0.0.1:7", 1);
	assert_ok(load(&c, &path, "", "", &e), &e);
	assert_string_equal(c.aggregator, "http://127.0.0.1:7");
	assert_int_equal(c.heartbeat_seconds, 60);
	config_done(&c);
	free(path);
	assert_ok(load(&c, &path, "\"chain_id\"",
		       "\"aggregator\":{\"url\":\"http://127.0.0.1:8\","
		       "\"interval\":5},\"chain_id\"",
		       &e),
		  &e);
	assert_string_equal(c.aggregator, "http://127.0.0.1:8");
	assert_int_equal(c.heartbeat_seconds, 5);
	config_done(&c);
	free(path);
	unsetenv("AVS_AGGREGATOR_URL");
}

static void test_bad(void **state)
{
	static const struct {
		const char *from, *to;
		enum err_code code;
		const char *part;
	} bad[] = {
	    {"\"ipc\"", "\"icp\"", ERR_SCHEMA,
	     "alice.json: rpc.icp: no such member; nearest: ipc"},
	    {"\"chain_id\"", "\"aggregator\":{\"ulr\":\"x\"},\"chain_id\"",
	     ERR_SCHEMA, "aggregator.ulr: no such member; nearest: url"},
	    {"\"chain_id\"", "\"aggregator\":{\"interval\":0},\"chain_id\"",
	     ERR_RANGE, "aggregator.interval: 0 seconds"},
	    {"\"chain_id\"",
	     "\"behaviour\":{\"heartbeat\":\"forgd\"},\"chain_id\"",
	     ERR_SCHEMA, "behaviour.heartbeat: forgd is none of good, silent, "
			 "forged, stale, replayed, unbound; nearest: forged"},
	    {"\"chain_id\"", "\"behaviour\":{\"spam\":1001},\"chain_id\"",
	     ERR_RANGE, "behaviour.spam: wants 0 to 1000"},
	    {"\"chain_id\"", "\"behaviour\":{\"late\":-1},\"chain_id\"",
	     ERR_RANGE, "behaviour.late: wants 0 to 4294967295"},
	    {"\"chain_id\"", "\"behaviour\":{\"deef\":true},\"chain_id\"",
	     ERR_SCHEMA, "behaviour.deef: no such member; nearest: deaf"},
	    {"\"keystore\"", "\"keystroe\"", ERR_SCHEMA,
	     "keystroe: no such member; nearest: keystore"},
	    {"\"socket\"", "\"xyz\"", ERR_SCHEMA, "tee.xyz: no such member"},
	    {"\"set\":2", "\"st\":2", ERR_SCHEMA,
	     "avs.st: no such member; nearest: set"},
	    {"\"token\"", "\"tokn\"", ERR_SCHEMA,
	     "stake[0]: tokn: no such member; nearest: token"},
	    {"\"slaOracle\"", "\"slaOrcale\"", ERR_SCHEMA, "slaOracle"},
	    {"\"name\":\"alice\",", "", ERR_SCHEMA, "name"},
	    {"\"name\":\"alice\"", "\"name\":5", ERR_SCHEMA,
	     "name is an integer, not text"},
	    {"31337", "-1", ERR_RANGE, "chain_id"},
	    {"\"rpc\":{\"ipc\":\"/run/alice.ipc\","
	     "\"http\":\"http://127.0.0.1:1\"}",
	     "\"rpc\":{}", ERR_SCHEMA, "rpc: wants ipc"},
	    {"\"rpc\":{\"ipc\":\"/run/alice.ipc\","
	     "\"http\":\"http://127.0.0.1:1\"}",
	     "\"rpc\":[]", ERR_SCHEMA, "rpc: wants an object"},
	    {"\"password_env\":\"TEST_PASSWORD\",", "", ERR_SCHEMA,
	     "wants one of password_env"},
	    {"\"password_env\"",
	     "\"password_file\":\"/x\","
	     "\"password_env\"",
	     ERR_SCHEMA, "wants one of password_env"},
	    {"700", "700000", ERR_RANGE, "tee.timeout_ms: 700000, over"},
	    {"\"ipc\"", "\"retry_ms\":0,\"ipc\"", ERR_RANGE,
	     "rpc.retry_ms: wants at least 1"},
	    {"\"ipc\"", "\"retry_ms\":1001,\"ipc\"", ERR_RANGE,
	     "rpc.retry_ms: 1001, over 1000"},
	    {"0xa1a1", "0xa1a", ERR_PARSE, "contracts.allocationManager"},
	    {"\"set\":2", "\"set\":4294967296", ERR_RANGE, "avs.set"},
	    {"\"stake\":[", "\"stake\":5,\"prepare\":[", ERR_PARSE,
	     "duplicate"},
	    {"1000000000000000000000", "1e21", ERR_PARSE, "stake[0]: amount"},
	    {"\"500000000000000000\"", "\"1000000000000000001\"", ERR_RANGE,
	     "stake[0]: magnitude: 1000000000000000001"},
	    {"\"opt-in\"", "\"optin\"", ERR_SCHEMA,
	     "prepare[1]: optin is none of register, deposit"},
	    {"\"opt-in\"", "7", ERR_SCHEMA, "prepare[1]: this is none"},
	    {"[\"register\",\"opt-in\"]", "\"register\"", ERR_SCHEMA,
	     "prepare: wants a list"},
	    {"\"prepare\"", "", ERR_PARSE, "alice.json:1:"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct config c;
		char *path = NULL;
		struct err e;

		print_message("  %s -> %s\n", bad[i].from, bad[i].to);
		assert_err(load(&c, &path, bad[i].from, bad[i].to, &e), &e,
			   bad[i].code, bad[i].part);
		free(path);
	}
}

static void test_no_file(void **state)
{
	struct config c;
	struct err e;

	(void)state;
	assert_err(config_load(&c, "/nonexistent/a.json", &e), &e, ERR_OS,
		   "/nonexistent/a.json");
}

static void test_password(void **state)
{
	struct config c = {.path = "alice.json",
			   .password_env = "TEST_PASSWORD"};
	char *dir = kit_tmpdir_new();
	char *path = xasprintf("%s/pw", dir);
	char *text;
	struct err e;

	(void)state;
	unsetenv("TEST_PASSWORD");
	assert_err(config_password(&text, &c, &e), &e, ERR_SCHEMA,
		   "password_env: the variable TEST_PASSWORD is not set");
	setenv("TEST_PASSWORD", "a b", 1);
	assert_ok(config_password(&text, &c, &e), &e);
	assert_string_equal(text, "a b");
	free(text);
	c = (struct config){.path = "alice.json", .password_file = path};
	assert_err(config_password(&text, &c, &e), &e, ERR_OS,
		   "alice.json: password_file");
	assert_ok(file_write_atomic(path, "", 0, &e), &e);
	assert_ok(config_password(&text, &c, &e), &e);
	assert_string_equal(text, "");
	free(text);
	assert_ok(file_write_atomic(path, "secret\n", 7, &e), &e);
	assert_ok(config_password(&text, &c, &e), &e);
	assert_string_equal(text, "secret");
	free(text);
	free(path);
	kit_tmpdir_free(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_good),
	    cmocka_unit_test(test_tee_from_environment),
	    cmocka_unit_test(test_aggregator),
	    cmocka_unit_test(test_bad),
	    cmocka_unit_test(test_no_file),
	    cmocka_unit_test(test_password),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
