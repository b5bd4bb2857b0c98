#include "base/base.h"

#include "scenario/check.h"

int fuzz_one(const uint8_t *data, size_t n);

/* One small interface for every contract: calls and events are reached. */
static const char oracle[] =
	"[{\"type\":\"function\",\"name\":\"ask\",\"stateMutability\":\"view\","
	"\"inputs\":[{\"name\":\"a\",\"type\":\"address\"},{\"name\":\"s\","
	"\"type\":\"tuple\",\"internalType\":\"struct S\",\"components\":["
	"{\"name\":\"x\",\"type\":\"uint32[]\"},{\"name\":\"y\",\"type\":"
	"\"bytes4\"}]}],\"outputs\":[{\"name\":\"\",\"type\":\"uint256\"}]},"
	"{\"type\":\"event\",\"name\":\"E\",\"inputs\":[{\"name\":\"i\","
	"\"type\":\"int8\",\"indexed\":true}]},"
	"{\"type\":\"error\",\"name\":\"R\",\"inputs\":[]}]";

static const struct abi *lookup(void *ctx, const char *artifact)
{
	(void)artifact;
	return ctx;
}

static struct abi *make_abi(struct arena *a)
{
	struct err e = ERR_INIT;
	struct abi *abi = NULL;
	json_t *j = NULL;

	ASSERT(json_parse(&j, oracle, strlen(oracle), "abi", &e));
	ASSERT(abi_parse(&abi, a, j, "abi", &e));
	json_decref(j);
	return abi;
}

/* Whatever a file says: loaded, checked, and its findings shown. */
int fuzz_one(const uint8_t *data, size_t n)
{
	static struct arena *arena; /* lives as long as the program */
	static struct abi *abi;
	struct buf out = BUF_INIT(1 << 22);
	struct abi_source abis = { .lookup = lookup };
	const struct scenario *s;
	struct library *lib;
	struct diags d;

	if (!abi)
		abi = make_abi(arena = arena_new());
	ASSERT(arena_size(arena)); /* it stays reachable */
	abis.ctx = abi;
	diags_init(&d);
	lib = library_new("fixtures/scenarios", &d);
	s = library_parse(lib, "fuzz.yaml", (const char *)data, n);
	if (s)
		check_scenario(&d, s, &abis);
	else
		ASSERT(d.n);
	diags_sort(&d);
	diags_format(&out, &d);
	diags_json(&out, &d);
	buf_done(&out);
	library_free(lib);
	diags_done(&d);
	return 0;
}
