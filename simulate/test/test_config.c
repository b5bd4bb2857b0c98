#include "test/kit.h"

#include "base/base.h"
#include "simulate/config.h"

static bool parse(struct sim_config *ret, struct arena *a, const char *text,
		  struct err *e)
{
	json_t *j CLEANUP(json_decrefp) = json_loads(text, 0, NULL);

	assert_non_null(j);
	return config_parse(ret, a, j, e);
}

static void whole(UNUSED void **state)
{
	struct arena *a CLEANUP(arena_freep) = arena_new();
	struct sim_config c;
	struct err e = ERR_INIT;

	assert_ok(parse(&c, a,
			"{\"seed\":7,\"control\":\"c\",\"image\":\"i\","
			"\"instances\":[{\"name\":\"a\",\"socket\":\"s\"},"
			"{\"name\":\"b\",\"socket\":\"t\",\"image\":\"own\","
			"\"app_compose\":{\"name\":\"x\"}}]}",
			&e),
		  &e);
	assert_int_equal(c.seed, 7);
	assert_string_equal(c.control, "c");
	assert_null(c.rpc);
	assert_int_equal(c.n, 2);
	assert_string_equal(c.inst[0].name, "a");
	assert_string_equal(c.inst[0].socket, "s");
	assert_string_equal(c.inst[0].image, "i");
	assert_null(c.inst[0].compose);
	assert_string_equal(c.inst[1].image, "own");
	assert_string_equal(c.inst[1].compose, "{\"name\":\"x\"}");
	assert_ok(parse(&c, a,
			"{\"seed\":0,\"control\":\"c\","
			"\"instances\":[]}",
			&e),
		  &e);
	assert_int_equal(c.n, 0);
}

/* What stands at the top is for those who have none of their own. */
static void kinds(UNUSED void **state)
{
	struct arena *a CLEANUP(arena_freep) = arena_new();
	const struct sim_instance *in;
	struct tee_spec spec;
	struct tee *t = NULL;
	struct sim_config c;
	struct err e = ERR_INIT;

	assert_ok(
	    parse(&c, a,
		  "{\"seed\":7,\"at\":1767312000,\"control\":\"c\","
		  "\"version\":5,\"report\":{\"xfam\":3},\"instances\":["
		  "{\"name\":\"a\",\"port\":0},"
		  "{\"name\":\"b\",\"port\":8090,\"tee\":\"sgx\","
		  "\"version\":3,\"report\":{\"isv_svn\":258,\"mrsigner\":"
		  "\"0x1111111111111111111111111111111111111111111111111111"
		  "111111"
		  "111111\"},\"platform\":{\"fmspc\":\"998877665544\","
		  "\"cpu_svn\":\"01020304050607080910111213141516\","
		  "\"pce_svn\":7}}]}",
		  &e),
	    &e);
	assert_int_equal(c.at, 1767312000);
	assert_int_equal(c.inst[0].kind, TEE_TDX5);
	assert_true(c.inst[0].has_port && !c.inst[0].port);
	assert_ok(config_find(&in, &c, "b", &e), &e);
	assert_int_equal(in->kind, TEE_SGX3);
	assert_int_equal(in->port, 8090);
	spec = config_spec(&c, in);
	assert_ok(tee_new(&t, &spec, &e), &e);
	assert_int_equal(t->sgx.isv_svn, 258);
	assert_int_equal(t->sgx.mrsigner[31], 0x11);
	assert_int_equal(t->sgx.cpu_svn[15], 0x16);
	assert_int_equal(t->platform.comp_svn[15], 0x16);
	assert_int_equal(t->platform.pce_svn, 7);
	assert_int_equal(t->platform.fmspc[0], 0x99);
	tee_free(t);
	spec = config_spec(&c, &c.inst[0]);
	assert_ok(tee_new(&t, &spec, &e), &e);
	assert_int_equal(t->td.xfam, 3);
	tee_free(t);
	assert_err(config_find(&in, &c, "bb", &e), &e, ERR_SCHEMA,
		   "unknown instance \"bb\"; nearest: b");
	/* Ports only, and an rpc socket: nothing to compare. */
	assert_ok(parse(&c, a,
			"{\"seed\":7,\"control\":\"c\",\"rpc\":\"r\","
			"\"instances\":[{\"name\":\"a\",\"port\":0}]}",
			&e),
		  &e);
	assert_null(c.inst[0].socket);
}

/* What a spec cannot set is said when the instance starts. */
static void refuses_fields(UNUSED void **state)
{
	static const struct {
		const char *report, *platform, *part;
	} cases[] = {
	    {"{\"mrtdd\":\"00\"}", NULL,
	     "report: no field \"mrtdd\" can be set; nearest: mrtd"},
	    {"{\"mrtd\":\"00\"}", NULL, "mrtd has 48 bytes, not 1"},
	    {"{\"mrtd\":7}", NULL, "mrtd"},
	    {"{\"rtmr[3]\":\"00\"}", NULL, "no field \"rtmr[3]\" can be set"},
	    {"{\"report_data\":\"00\"}", NULL, "no field \"report_data\""},
	    {"{\"xfam\":\"zz\"}", NULL, "xfam"},
	    {NULL, "{\"fmspc\":\"0102\"}",
	     "platform: fmspc has 6 bytes, not 2"},
	    {NULL, "{\"pce_svn\":65536}", "pce_svn has 2 bytes"},
	    {NULL, "[]", "platform must be an object"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct tee_spec spec = {.seed = 7,
					.name = "alice",
					.report = cases[i].report,
					.platform = cases[i].platform};
		struct tee *t = NULL;
		struct err e = ERR_INIT;

		assert_false(tee_new(&t, &spec, &e));
		assert_non_null(strstr(e.text, "instance alice: "));
		if (!strstr(e.text, cases[i].part))
			fail_msg("\"%s\", not \"%s\"", e.text, cases[i].part);
	}
}

#define HEAD "{\"seed\":7,\"control\":\"c\",\"instances\":"

static void refuses(UNUSED void **state)
{
	static const struct {
		const char *text, *part;
	} cases[] = {
	    {"[]", "the file must be an object"},
	    {"{}", "seed"},
	    {"{\"seed\":true}", "seed"},
	    {"{\"seed\":7,\"control\":1}", "control"},
	    {"{\"seed\":7,\"control\":\"c\"}", "instances"},
	    {"{\"sede\":7}", "unknown member \"sede\"; nearest: seed"},
	    {"{\"seed\":7,\"control\":\"c\",\"rpc\":1,\"instances\":[]}",
	     "rpc"},
	    {"{\"seed\":7,\"control\":\"c\",\"rpc\":\"c\",\"instances\":[]"
	     "}",
	     "rpc has the control socket's path"},
	    {"{\"seed\":7,\"control\":\"c\",\"rpc\":\"s\",\"instances\":["
	     "{\"name\":\"a\",\"socket\":\"s\"}]}",
	     "instance a has the rpc socket's path"},
	    {HEAD "{}}", "instances must be a list"},
	    {HEAD "[7]}", "instances[0]: instance must be an object"},
	    {HEAD "[{\"name\":\"a\"}]}",
	     "instance a has neither socket nor port"},
	    {HEAD "[{\"name\":\"a\",\"port\":[]}]}", "port"},
	    {HEAD "[{\"name\":\"a\",\"port\":1,\"version\":9}]}",
	     "no such quotes"},
	    {HEAD "[{\"socket\":\"a\"}]}", "name"},
	    {HEAD "[{\"name\":\"a\",\"sokcet\":\"\"}]}", "nearest: socket"},
	    {HEAD "[{\"name\":\"a\",\"socket\":\"s\",\"image\":1}]}", "image"},
	    {HEAD "[{\"name\":\"a\",\"socket\":\"s\","
		  "\"app_compose\":\"{}\"}]}",
	     "app_compose must be an object"},
	    {HEAD "[{\"name\":\"a\",\"socket\":\"s\"},"
		  "{\"name\":\"a\",\"socket\":\"t\"}]}",
	     "two instances are named a"},
	    {HEAD "[{\"name\":\"a\",\"socket\":\"s\"},"
		  "{\"name\":\"b\",\"socket\":\"s\"}]}",
	     "instances a and b have the same socket"},
	    {HEAD "[{\"name\":\"a\",\"socket\":\"c\"}]}",
	     "instance a has the control socket's path"},
	};
	struct arena *a CLEANUP(arena_freep) = arena_new();
	struct sim_config c = {.seed = 99};
	struct err e;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_err(parse(&c, a, cases[i].text, &e), &e, ERR_SCHEMA,
			   cases[i].part);
	assert_err(parse(&c, a, HEAD "[{\"name\":\"a\",\"port\":65536}]}", &e),
		   &e, ERR_RANGE, "port is 65536; at most 65535");
	assert_int_equal(c.seed, 99);
}

static void files(UNUSED void **state)
{
	struct arena *a CLEANUP(arena_freep) = arena_new();
	char *dir = kit_tmpdir_new();
	char *path CLEANUP(freep) = xasprintf("%s/sim.json", dir);
	struct sim_config c;
	struct err e = ERR_INIT;

	assert_err(config_read(&c, a, path, &e), &e, ERR_OS, "sim.json");
	assert_ok(file_write_atomic(path, "{\"seed\":", 8, &e), &e);
	assert_err(config_read(&c, a, path, &e), &e, ERR_PARSE, "sim.json");
	assert_ok(file_write_atomic(path, "{}", 2, &e), &e);
	assert_err(config_read(&c, a, path, &e), &e, ERR_SCHEMA, "sim.json: ");
	kit_tmpdir_free(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(whole),	      cmocka_unit_test(kinds),
	    cmocka_unit_test(refuses_fields), cmocka_unit_test(refuses),
	    cmocka_unit_test(files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
