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
	    {"{\"seed\":7,\"control\":\"c\",\"rpc\":\"c\",\"instances\":[]}",
	     "rpc has the control socket's path"},
	    {"{\"seed\":7,\"control\":\"c\",\"rpc\":\"s\",\"instances\":["
	     "{\"name\":\"a\",\"socket\":\"s\"}]}",
	     "instance a has the rpc socket's path"},
	    {HEAD "{}}", "instances must be a list"},
	    {HEAD "[7]}", "instances[0]: instance must be an object"},
	    {HEAD "[{\"name\":\"a\"}]}", "socket"},
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
	    cmocka_unit_test(whole),
	    cmocka_unit_test(refuses),
	    cmocka_unit_test(files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
