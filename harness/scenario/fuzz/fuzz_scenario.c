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

/*
 * Worlds, verbs and invariants are read once for this many inputs: they would
 * take longer than what is to be tested. An input's findings are its own.
 */
#define INPUTS_OF_A_LIBRARY 256

static struct {
	struct library *lib;
	struct diags diags;
	unsigned inputs; /* 0: none yet */
} at;

static void renew(void)
{
	library_free(at.lib);
	at.lib = library_new("fixtures/scenarios", &at.diags);
}

/* Whatever a file says: loaded, checked, and its findings shown. */
int fuzz_one(const uint8_t *data, size_t n)
{
	static struct arena *arena; /* lives as long as the program */
	static struct abi *abi;
	struct buf out = BUF_INIT(1 << 22);
	struct abi_source abis = { .lookup = lookup };
	const struct scenario *s;

	if (!abi)
		abi = make_abi(arena = arena_new());
	ASSERT(arena_size(arena)); /* it stays reachable */
	abis.ctx = abi;
	if (at.inputs++ % INPUTS_OF_A_LIBRARY == 0)
		renew();
	diags_init(&at.diags);
	s = library_parse(at.lib, "fuzz.yaml", (const char *)data, n);
	if (s)
		check_scenario(&at.diags, s, &abis);
	else
		ASSERT(at.diags.n);
	diags_sort(&at.diags);
	diags_format(&out, &at.diags);
	diags_json(&out, &at.diags);
	buf_done(&out);
	diags_done(&at.diags);
	return 0;
}
