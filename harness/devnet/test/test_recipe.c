/* LINK: -Wl,--wrap=rpc_call -Wl,--wrap=rpc_call_all */
/* recipe*.c: every error has its place; small recipes run on a real anvil. */
#include "devnet/recipe.h"

#include "devnet/test/ground.h"
#include "devnet/test/refusal.h"

#include "devnet/anvil.h"

/* A recipe around what a case is about, so that its lines are easy to count. */
#define HEAD                                                                   \
	"recipe: small\n"                                                      \
	"release: 9.9.9\n"                                                     \
	"tools: {anvil: 1.7.1}\n"                                              \
	"artifacts: {oz: contracts/node_modules/@openzeppelin/contracts/"      \
	"build/contracts, eigen: build/artifacts/eigenlayer-v1.8.1}\n"         \
	"chain: {id: 31337, time: 1767225600}\n"                               \
	"accounts: [deployer, pauser]\n"                                       \
	"profiles:\n"                                                          \
	"  fast: {height: 1000, constants: {DELAY: 50, HUGE_ONE: "             \
	"4_294_967_296}}\n"                                                    \
	"foundation:\n"                                                        \
	"  proxyAdmin: {artifact: oz/ProxyAdmin}\n"                            \
	"  placeholder: {code: 0x6001600c60003960016000f300}\n"                \
	"proxy:\n"                                                             \
	"  artifact: oz/TransparentUpgradeableProxy\n"                         \
	"  constructor: {_logic: placeholder, admin_: proxyAdmin, _data: "     \
	"0x}\n"                                                                \
	"  admin: proxyAdmin\n"
#define CONTRACTS HEAD "contracts:\n" /* line 16 */

static char *recipe_file(const char *text)
{
	CLEANUP(freep) char *path = scratched("recipe.yaml");

	put(path, text);
	return TAKE(path);
}

struct shape_case {
	const char *text;
	uint32_t line, col;
	const char *says;
};

static void shapes_have_places(void **state)
{
	static const struct shape_case cases[] = {
		{ "recipe: x\nreleas: 1\n", 2, 1,
		  "a recipe has no `releas`; nearest: release" },
		{ "recipe: x\n", 1, 1, "a recipe needs `release`" },
		{ "[1, 2]\n", 1, 1, "a recipe is a map" },
		{ CONTRACTS "  a: {artifact: oz/ProxyAdmin, prox: true}\n", 17,
		  32, "a contract has no `prox`; nearest: proxy" },
		{ CONTRACTS "  a: {artifact: ozz/ProxyAdmin}\n", 17, 17,
		  "`ozz/ProxyAdmin` is no artifact" },
		{ CONTRACTS "  a: {artifact: oz/ProxyAdmin, proxy: maybe}\n",
		  17, 39, "`proxy` is true or false" },
		{ CONTRACTS "  proxyAdmin: {artifact: oz/ProxyAdmin}\n", 17, 3,
		  "`proxyAdmin` is a contract already, in line 10" },
		{ CONTRACTS "  a: {artifact: oz/ProxyAdmin, call: {x: {}}}\n",
		  17, 38, "only a contract with `proxy: true` is called" },
		{ CONTRACTS "  a: {code: 0x00, proxy: true}\n", 17, 13,
		  "`code` stands alone" },
		{ CONTRACTS "  a: {artifact: oz/X, proxy: true, call: 5}\n", 17,
		  42, "`call` is a map of one function" },
	};
	struct err e = ERR_INIT;
	struct recipe *r = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(freep) char *path = recipe_file(cases[i].text);

		assert_err(recipe_load(&r, root(), path, &e), &e, ERR_SCHEMA,
			   cases[i].says);
		assert_int_equal(e.pos.line, cases[i].line);
		assert_int_equal(e.pos.col, cases[i].col);
		assert_string_equal(e.pos.file, path);
	}
	assert_null(r);
}

/* A good recipe with one thing in it changed. */
struct edit_case {
	const char *from, *to;
	uint32_t line;
	enum err_code code;
	const char *says;
};

static const struct edit_case edits[] = {
	{ "recipe: small", "recipe: [small]", 1, ERR_SCHEMA,
	  "`recipe` is a text" },
	{ "release: 9.9.9", "release: ''", 2, ERR_SCHEMA,
	  "`release` is a text" },
	{ "tools: {anvil: 1.7.1}\n", "", 1, ERR_SCHEMA,
	  "a recipe needs `tools`" },
	{ "tools: {anvil: 1.7.1}", "tools: anvil", 3, ERR_SCHEMA,
	  "tools is a map" },
	{ "{anvil: 1.7.1}", "{anvil: []}", 3, ERR_SCHEMA, "`anvil` is a text" },
	{ "artifacts:", "artefacts:", 4, ERR_SCHEMA,
	  "a recipe has no `artefacts`; nearest: artifacts" },
	{ "chain: {id: 31337, time: 1767225600}\n", "", 1, ERR_SCHEMA,
	  "a recipe needs `chain`" },
	{ "chain: {id", "chain: {ide", 5, ERR_SCHEMA,
	  "chain has no `ide`; nearest: id" },
	{ "id: 31337, ", "", 5, ERR_SCHEMA, "chain needs `id`" },
	{ "id: 31337", "id: []", 5, ERR_SCHEMA, "`id` is a number" },
	{ "id: 31337", "id: many", 5, ERR_PARSE, "`id` is a number: " },
	{ "id: 31337", "id: 0x10000000000000000", 5, ERR_RANGE,
	  "`id` is too large" },
	{ ", time: 1767225600", "", 5, ERR_SCHEMA, "chain needs `time`" },
	{ "accounts: [deployer, pauser]\n", "", 1, ERR_SCHEMA,
	  "a recipe needs `accounts`" },
	{ "[deployer, pauser]", "deployer", 6, ERR_SCHEMA,
	  "accounts is a list of names" },
	{ "[deployer, pauser]", "[deployer, {}]", 6, ERR_SCHEMA,
	  "an account is a name" },
	{ "[deployer, pauser]", "[pauser]", 6, ERR_SCHEMA,
	  "accounts needs `deployer`" },
	{ "  fast: {height", "  - {height", 8, ERR_SCHEMA,
	  "profiles is a map" },
	{ "height: 1000, ", "", 8, ERR_SCHEMA, "a profile needs `height`" },
	{ "height: 1000", "hight: 1000", 8, ERR_SCHEMA,
	  "a profile has no `hight`; nearest: height" },
	{ "{DELAY: 50, HUGE_ONE: 4_294_967_296}", "5", 8, ERR_SCHEMA,
	  "constants is a map" },
	{ ", constants: {DELAY: 50, HUGE_ONE: 4_294_967_296}", "", 8,
	  ERR_SCHEMA, "a profile needs `constants`" },
	{ "DELAY: 50", "DELAY: fifty", 8, ERR_PARSE, "`DELAY` is a number: " },
	{ "{artifact: oz/ProxyAdmin}", "{}", 10, ERR_SCHEMA,
	  "a contract needs `artifact`" },
	{ "oz/ProxyAdmin}", "[]}", 10, ERR_SCHEMA, "`artifact` is a text" },
	{ "oz/ProxyAdmin}", "ProxyAdmin}", 10, ERR_SCHEMA,
	  "`ProxyAdmin` is no artifact: write DIRECTORY/NAME" },
	{ "oz/ProxyAdmin}", "oz/ProxyAdmin, proxy: true}", 10, ERR_SCHEMA,
	  "a foundation comes before the first proxy" },
	{ "oz/ProxyAdmin}", "oz/ProxyAdmin, proxy: []}", 10, ERR_SCHEMA,
	  "`proxy` is true or false" },
	{ "oz/ProxyAdmin}", "oz/ProxyAdmin, call: {a: {}, b: {}}}", 10,
	  ERR_SCHEMA, "`call` is a map of one function" },
	{ "0x6001600c60003960016000f300}", "0x00, artifact: oz/X}", 11,
	  ERR_SCHEMA, "`code` stands alone" },
	{ "0x6001600c60003960016000f300}", "0x00, constructor: {}}", 11,
	  ERR_SCHEMA, "`code` stands alone" },
	{ "  artifact: oz/Trans", "  artefact: oz/Trans", 13, ERR_SCHEMA,
	  "proxy has no `artefact`; nearest: artifact" },
	{ "  artifact: oz/TransparentUpgradeableProxy\n", "", 13, ERR_SCHEMA,
	  "a contract needs `artifact`" },
	{ "  admin: proxyAdmin\n", "", 13, ERR_SCHEMA, "proxy needs `admin`" },
	{ "contracts:\n  {}\n", "", 1, ERR_SCHEMA,
	  "a recipe needs `contracts`" },
	{ "contracts:\n  {}\n", "contracts: none\n", 16, ERR_SCHEMA,
	  "contracts is a map" },
};

static void one_change_is_found(void **state)
{
	static const char good[] = CONTRACTS "  {}\n";
	struct recipe *r = NULL;
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(edits); i++) {
		const struct edit_case *c = &edits[i];
		const char *at = strstr(good, c->from);

		assert_non_null(at);
		CLEANUP(freep)
		char *text = xasprintf("%.*s%s%s", (int)(at - good), good,
				       c->to, at + strlen(c->from));
		CLEANUP(freep) char *path = recipe_file(text);

		assert_err(recipe_load(&r, root(), path, &e), &e, c->code,
			   c->says);
		if (e.pos.line != c->line)
			fail_msg("%s: in line %u, not %u", e.text, e.pos.line,
				 c->line);
	}
	assert_null(r);
}

static void unknown_profile(void **state)
{
	CLEANUP(freep) char *path = recipe_file(CONTRACTS "  {}\n");
	CLEANUP(recipe_freep) struct recipe *r = NULL;
	const struct recipe_profile *p;
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(recipe_load(&r, root(), path, &e), &e);
	assert_err(recipe_profile(r, "slow", &p, &e), &e, ERR_SCHEMA,
		   "has no profile `slow`; it has fast");
	assert_ok(recipe_profile(r, "fast", &p, &e), &e);
	assert_int_equal(p->height, 1000);
}

/* Load and run on a fresh chain; e.pos.file is @path afterwards. */
static bool run(const char *path, struct arena *a, struct recipe_result *ret,
		struct err *e)
{
	CLEANUP(freep) char *program = rooted("build/tools/anvil");
	CLEANUP(anvil_freep) struct anvil *node = NULL;
	struct recipe *r = NULL;
	const struct recipe_profile *p = NULL;
	struct anvil_spec spec = { .program = program,
				   .version = "1.7.1",
				   .chain_id = 31337,
				   .height = 1,
				   .time = 1767225600 };

	if (!anvil_new(&node, loop, &spec, e))
		return false;
	assert_ok(recipe_load(&r, root(), path, e), e);
	assert_ok(recipe_profile(r, "fast", &p, e), e);
	bool ok = recipe_run(r, p, anvil_rpc(node), a, ret, e);

	if (!ok)
		e->pos.file = path;
	/* Texts of the result are the recipe's: counts only are looked at. */
	recipe_free(r);
	return ok;
}

/* Contracts of line 17 on, and what is wrong with them. */
static void values_have_places(void **state)
{
	static const struct {
		const char *text;
		enum err_code code;
		uint32_t line, col;
		const char *says;
	} cases[] = {
#define SM(args)                                                               \
	"  a: {artifact: eigen/PauserRegistry, constructor: " args "}\n"
		{ SM("{_pausers: [pauser], _unpausr: pauser}"), ERR_SCHEMA, 17,
		  73, "has no argument `_unpausr`; nearest: _unpauser" },
		{ SM("{_pausers: [pauser]}"), ERR_SCHEMA, 17, 52,
		  "address `_unpauser` is missing" },
		{ SM("[[pauser]]"), ERR_SCHEMA, 17, 52,
		  "1 values, and (address[],address) has 2" },
		{ SM("{_pausers: pauser, _unpauser: pauser}"), ERR_SCHEMA, 17,
		  63, "address[] is a list" },
		{ SM("[[pausr], pauser]"), ERR_SCHEMA, 17, 54,
		  "`pausr` is no address, contract or account; nearest: "
		  "pauser" },
		{ SM("[[0x12], pauser]"), ERR_PARSE, 17, 54,
		  "an address has 40 hex digits" },
		{ SM("[[], b]") "  b: {code: 0x00}\n", ERR_SCHEMA, 17, 57,
		  "`b` is deployed after this; move it up" },
#undef SM
#define AM(delay)                                                              \
	"  a: {artifact: eigen/AllocationManager, constructor: [pauser, "      \
	"pauser, pauser, pauser, " delay ", DELAY, release]}\n"
		{ AM("DELAI"), ERR_SCHEMA, 17, 88,
		  "`DELAI` is no number and no constant of the profile; "
		  "nearest: DELAY" },
		{ AM("HUGE_ONE"), ERR_RANGE, 17, 88,
		  "4294967296 does not fit uint32" },
		{ AM("-1"), ERR_SCHEMA, 17, 88, "`-1` is no number" },
		{ AM("50, 50"), ERR_SCHEMA, 17, 55, "8 values" },
#undef AM
		{ "  a: {artifact: eigen/PermissionController, constructor: "
		  "[1.8.1]}\n",
		  ERR_SCHEMA, 17, 59, "quote a text (\"1.8.1\")" },
		{ "  a: {artifact: eigen/PermissionControler}\n", ERR_OS, 0, 0,
		  "PermissionControler.json" },
		{ "  a: {code: 0x123}\n", ERR_PARSE, 17, 13,
		  "an even number of hex digits" },
		{ "  a: {code: 0xfe}\n", ERR_REVERT, 17, 3,
		  "a: its constructor reverted: no reason given" },
		{ "  a: {artifact: eigen/AVSDirectory, proxy: true, "
		  "constructor: [pauser, pauser, release], call: {initialise: "
		  "{}}}\n",
		  ERR_SCHEMA, 17, 97, "a has no function `initialise`" },
		{ "  a: {artifact: eigen/EigenStrategy, proxy: true, "
		  "constructor: [pauser, pauser, release], call: {initialize: "
		  "{}}}\n",
		  ERR_SCHEMA, 17, 98, "write its types too" },
		/* EigenLayer's own refusal, by its name. */
		{ "  a: {artifact: eigen/AVSDirectory, constructor: [pauser, "
		  "0x0000000000000000000000000000000000000000, release]}\n",
		  ERR_REVERT, 17, 3, "InputAddressZero" },
	};
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(arena_freep) struct arena *a = arena_new();
		CLEANUP(freep)
		char *text = xasprintf("%s%s", CONTRACTS, cases[i].text);
		CLEANUP(freep) char *path = recipe_file(text);
		struct recipe_result res;

		e = ERR_INIT;
		assert_err(run(path, a, &res, &e), &e, cases[i].code,
			   cases[i].says);
		if (e.pos.line != cases[i].line || e.pos.col != cases[i].col)
			fail_msg("%s: at %u:%u, wanted %u:%u", cases[i].says,
				 e.pos.line, e.pos.col, cases[i].line,
				 cases[i].col);
	}
}

static void a_wrong_probe_names_both_values(void **state)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	CLEANUP(freep)
	char *path = recipe_file(
		CONTRACTS
		"  avs: {artifact: eigen/AVSDirectory, proxy: true, "
		"constructor: [pauser, pauser, release], call: {initialize: "
		"[pauser, 0]}}\n"
		"probe:\n"
		"  avs: {paused(): 0, owner: deployer}\n");
	struct recipe_result res;
	struct err e = ERR_INIT;

	(void)state;
	assert_err(run(path, a, &res, &e), &e, ERR_MISMATCH,
		   "avs.owner is `deployer` here, and the chain says "
		   "0x000000000000000000000000");
	assert_int_equal(e.pos.line, 19);
	assert_int_equal(e.pos.col, 29);
}

#define SMALL                                                                  \
	CONTRACTS                                                              \
	"  avs: {artifact: eigen/AVSDirectory, proxy: true, "                  \
	"constructor: [pauser, pauser, release], call: {initialize: "          \
	"[pauser, 0]}}\n"                                                      \
	"probe:\n"                                                             \
	"  avs: {paused(): 0, owner: pauser, version: release}\n"

static void a_small_recipe_runs(void **state)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	CLEANUP(freep)
	char *path = recipe_file(SMALL);
	struct recipe_result res;
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(run(path, a, &res, &e), &e);
	assert_int_equal(res.contracts_n, 3);
	assert_int_equal(res.probes_n, 3);
	/* Two of the foundation, a proxy, an implementation, an upgrade. */
	assert_int_equal(res.txs, 5);
	assert_true(res.contracts[2].proxy);
	assert_false(addr_is_zero(&res.contracts[2].implementation));
	assert_false(addr_eq(&res.contracts[2].implementation,
			     &res.contracts[2].address));
}

/* Whichever of its requests the node refuses, that is told. */
static bool small_recipe(void *arg, struct err *e)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct recipe_result res;

	return run(arg, a, &res, e);
}

static void a_node_refuses(void **state)
{
	CLEANUP(freep) char *path = recipe_file(SMALL);
	size_t n = 0;

	(void)state;
	while (another(n, small_recipe, path, "recipe_run"))
		n++;
	assert_true(n > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shapes_have_places),
		cmocka_unit_test(one_change_is_found),
		cmocka_unit_test(unknown_profile),
		cmocka_unit_test(values_have_places),
		cmocka_unit_test(a_wrong_probe_names_both_values),
		cmocka_unit_test(a_small_recipe_runs),
		cmocka_unit_test(a_node_refuses),
	};

	return cmocka_run_group_tests(tests, ground_setup, ground_teardown);
}
