/*
 * forge*.c: a small project of its own on the real core state, with the real
 * forge and solc; what breaks, and what the second time costs.
 */
#include "devnet/forge.h"

#include <sys/stat.h>

#include "devnet/test/ground.h"

#include "devnet/forge_priv.h"
#include "devnet/state.h"

#define FORGE "build/tools/forge"
#define SCRIPT "contracts/script/Deploy.s.sol"

#define VM                                                                     \
	"pragma solidity 0.8.27;\n"                                            \
	"interface Vm {\n"                                                     \
	"  function startBroadcast(uint256) external;\n"                       \
	"  function envUint(string calldata) external view returns "           \
	"(uint256);\n"                                                         \
	"  function envAddress(string calldata) external view returns "        \
	"(address);\n"                                                         \
	"}\n"                                                                  \
	"Vm constant vm = "                                                    \
	"Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);\n"

#define THING                                                                  \
	"// SPDX-License-Identifier: MIT\n"                                    \
	"pragma solidity 0.8.27;\n"                                            \
	"contract Thing { address public am; uint256 public size;\n"           \
	"  constructor(address a, uint256 s) { am = a; size = s; } }\n"        \
	"contract Plain { Thing public made = new Thing(address(1), 2);\n"     \
	"  function find(address) external view returns (address) {\n"         \
	"    return address(made); } }\n"                                      \
	"contract TransparentUpgradeableProxy {\n"                             \
	"  address public impl; constructor(address i) { impl = i; } }\n"

#define DEPLOY                                                                 \
	"// SPDX-License-Identifier: MIT\n" VM                                 \
	"import {Thing, Plain, TransparentUpgradeableProxy} from "             \
	"\"../src/Thing.sol\";\n"                                              \
	"contract Deploy { error TooSmall(uint256 size);\n"                    \
	"  function run() external {\n"                                        \
	"    uint256 size = vm.envUint(\"THING_SIZE\");\n"                     \
	"    if (size < 10) revert TooSmall(size);\n"                          \
	"    vm.startBroadcast(vm.envUint(\"DEPLOYER_KEY\"));\n"               \
	"    Thing t = new Thing(vm.envAddress(\"ALLOCATION_MANAGER\"), "      \
	"size);\n"                                                             \
	"    new TransparentUpgradeableProxy(address(t));\n"                   \
	"    new Plain();\n"                                                   \
	"  } }\n"

static char *project, *cache;
static struct bundle *core;
static struct hash32 sources;

static void put_in(const char *name, const char *text)
{
	CLEANUP(freep) char *path = xasprintf("%s/%s", project, name);

	put(path, text);
}

static void link_in(const char *name, const char *target)
{
	CLEANUP(freep) char *at = xasprintf("%s/%s", project, name);
	CLEANUP(freep) char *to = rooted(target);

	assert_int_equal(symlink(to, at), 0);
}

static void copy_in(const char *name)
{
	CLEANUP(freep) char *from = rooted(name);
	struct buf b = BUF_INIT(4u << 20);
	struct err e = ERR_INIT;

	assert_ok(buf_read_file(&b, from, &e), &e);
	put_in(name, buf_str(&b));
	buf_done(&b);
}

static int forge_setup(void **state)
{
	static const char *const dirs[] = { "", "/build", "/contracts",
					    "/contracts/src",
					    "/contracts/script" };
	CLEANUP(freep) char *anvil = NULL;
	CLEANUP(freep) char *real_cache = NULL;
	struct err e = ERR_INIT;

	ground_setup(state);
	project = scratched("project");
	cache = scratched("cache");
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		CLEANUP(freep) char *d = xasprintf("%s%s", project, dirs[i]);

		assert_int_equal(mkdir(d, 0755), 0);
	}
	link_in("build/tools", "build/tools");
	link_in("tools", "tools");
	link_in("contracts/node_modules", "contracts/node_modules");
	copy_in("contracts/foundry.toml");
	copy_in("contracts/package.json");
	copy_in("contracts/package-lock.json");
	put_in("contracts/src/Thing.sol", THING);
	put_in(SCRIPT, DEPLOY);
	assert_ok(forge_sources(&sources, project, &e), &e);
	anvil = rooted("build/tools/anvil");
	assert_ok(state_cache(&real_cache, &e), &e);
	assert_ok(state_ensure(&core, NULL, loop,
			       &(struct state_paths){
				       .root = root(),
				       .cache = real_cache,
				       .recipe = "anvil-state/eigenlayer.yaml",
				       .anvil = anvil },
			       "fast", &e), &e);
	return 0;
}

static int forge_teardown(void **state)
{
	bundle_free(core);
	free(project);
	free(cache);
	return ground_teardown(state);
}

static const struct forge_pair SIZE_20[] = { { "THING_SIZE", "20" } };
static const struct forge_pair NAMES[] = { { "thing", "Thing" } };
static const struct forge_lookup MADE[] = {
	{ "plain.made", "Thing", "plain", "find(address)", "thing" },
};

static struct forge_spec spec_of(const struct forge_pair *env)
{
	return (struct forge_spec){ .root = project,
				    .cache = cache,
				    .forge = FORGE,
				    .anvil = "build/tools/anvil",
				    .sources = &sources,
				    .script = SCRIPT,
				    .env = env,
				    .env_n = 1,
				    .names = NAMES,
				    .names_n = 1,
				    .lookups = MADE,
				    .lookups_n = 1 };
}

static void deploys_once(void **state)
{
	CLEANUP(bundle_freep) struct bundle *b = NULL, *again = NULL;
	CLEANUP(freep) char *artifact = NULL;
	struct forge_spec spec = spec_of(SIZE_20);
	const json_t *m;
	struct err e = ERR_INIT;
	struct addr20 thing, plain, made;
	uint64_t height;
	bool built = false;

	(void)state;
	assert_ok(forge_deploy(&b, &built, loop, core, &spec, &e), &e);
	assert_true(built);
	m = bundle_manifest(b);
	assert_ok(json_addr_at(&thing, m, "addresses.thing", &e), &e);
	assert_ok(json_addr_at(&plain, m, "addresses.plain", &e), &e);
	m = json_object_get(json_object_get(m, "addresses"), "plain.made");
	assert_non_null(m);
	m = bundle_manifest(b);
	/* `thing` is the proxy; its contract is the implementation. */
	const json_t *list = json_object_get(m, "contracts"), *c = NULL;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *x = json_array_get(list, i);

		if (!strcmp(json_string_value(json_object_get(x, "name")),
			    "thing"))
			c = x;
	}
	assert_ok(json_addr_at(&made, c, "implementation", &e), &e);
	assert_false(addr_eq(&made, &thing));
	assert_ok(json_u64_at(&height, m, "height", &e), &e);
	assert_int_equal(height, 1003); /* a block each */
	assert_ok(forge_artifact(&artifact, project, "Plain", &e), &e);

	/* The second time nothing is started: no forge could be. */
	spec.anvil = "build/tools/nothing";
	assert_ok(forge_deploy(&again, &built, loop, core, &spec, &e), &e);
	assert_false(built);
	assert_string_equal(bundle_dir(again), bundle_dir(b));
}

static void touch_artifact(const char *base, const char *folder)
{
	CLEANUP(freep) char *dir = xasprintf("%s/contracts/out/%s", base, folder);
	CLEANUP(freep) char *path = xasprintf("%s/Token.json", dir);

	assert_int_equal(mkdir(dir, 0755), 0);
	put(path, "{}");
}

/* Whichever the folder names first; of tests, none. */
static void artifacts_of_one_name(void **state)
{
	CLEANUP(freep) char *base = scratched("artifacts");
	CLEANUP(freep) char *contracts = xasprintf("%s/contracts", base);
	CLEANUP(freep) char *out = xasprintf("%s/out", contracts);
	CLEANUP(freep) char *path = NULL, *other = NULL;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(mkdir(base, 0755), 0);
	assert_int_equal(mkdir(contracts, 0755), 0);
	assert_int_equal(mkdir(out, 0755), 0);
	touch_artifact(base, "Market.t.sol");
	assert_err(forge_artifact(&path, base, "Token", &e), &e, ERR_OS,
		   "no artifact of Token");
	touch_artifact(base, "Market.sol");
	assert_ok(forge_artifact(&path, base, "Token", &e), &e);
	assert_non_null(strstr(path, "/out/Market.sol/Token.json"));
	touch_artifact(base, "Bazaar.sol");
	e = ERR_INIT;
	assert_err(forge_artifact(&other, base, "Token", &e), &e, ERR_SCHEMA,
		   "two contracts are named Token: ");
	assert_non_null(strstr(e.text, "/out/Market.sol/Token.json"));
	assert_non_null(strstr(e.text, "/out/Bazaar.sol/Token.json"));
	/* A file of its own name is it, whoever else there is. */
	touch_artifact(base, "Token.sol");
	assert_ok(forge_artifact(&other, base, "Token", &e), &e);
	assert_non_null(strstr(other, "/out/Token.sol/Token.json"));
}

static void deployed_state_boots(void **state)
{
	CLEANUP(bundle_freep) struct bundle *b = NULL;
	CLEANUP(anvil_freep) struct anvil *a = NULL;
	CLEANUP(freep) char *anvil = rooted("build/tools/anvil");
	struct forge_spec spec = spec_of(SIZE_20);
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(forge_deploy(&b, NULL, loop, core, &spec, &e), &e);
	assert_ok(bundle_boot(b, loop,
			      &(struct bundle_boot){ .program = anvil }, &a,
			      &e), &e);
}

static void a_script_that_reverts(void **state)
{
	static const struct forge_pair small[] = { { "THING_SIZE", "3" } };
	struct forge_spec spec = spec_of(small);
	struct bundle *b = NULL;
	struct err e = ERR_INIT;

	(void)state;
	assert_err(forge_deploy(&b, NULL, loop, core, &spec, &e), &e,
		   ERR_CHILD, "script failed: TooSmall(3)");
	assert_non_null(strstr(e.text, SCRIPT));
	assert_null(b);
}

static void a_contract_that_is_not_deployed(void **state)
{
	static const struct forge_pair names[] = { { "thing", "Thingg" } };
	struct forge_spec spec = spec_of(SIZE_20);
	struct bundle *b = NULL;
	struct err e = ERR_INIT;

	(void)state;
	spec.names = names;
	assert_err(forge_deploy(&b, NULL, loop, core, &spec, &e), &e,
		   ERR_SCHEMA,
		   "deploys no Thingg, which the world calls `thing`; nearest: "
		   "Thing");
}

static void count(void *arg)
{
	++*(unsigned *)arg;
}

static void a_contract_that_does_not_compile(void **state)
{
	CLEANUP(freep) char *bad =
		xasprintf("%s/contracts/src/Bad.sol", project);
	struct err e = ERR_INIT;
	unsigned times = 0;

	(void)state;
	put_in("contracts/src/Bad.sol",
	       "// SPDX-License-Identifier: MIT\n"
	       "pragma solidity 0.8.27;\n"
	       "contract Bad { uint256 x = \"one\"; }\n");
	assert_err(forge_build(loop, project, FORGE, NULL, count, &times, &e), &e,
		   ERR_CHILD, "contracts do not compile");
	assert_non_null(strstr(e.text, "is not implicitly convertible"));
	assert_non_null(strstr(e.text, "src/Bad.sol:3:"));
	assert_int_equal(unlink(bad), 0);
	assert_ok(forge_build(loop, project, FORGE, NULL, count, &times, &e), &e);
	assert_ok(forge_build(loop, project, FORGE, NULL, count, &times, &e), &e);
	/* What compiled before is still there. */
	assert_int_equal(times, 1);
}

/* A world begun later than the run must not be kept as one of what the run
 * began with. */
static void sources_that_change_while_it_runs(void **state)
{
	static const struct forge_pair other[] = { { "THING_SIZE", "40" } };
	CLEANUP(freep) char *more =
		xasprintf("%s/contracts/src/More.sol", project);
	struct forge_spec spec = spec_of(other);
	struct bundle *b = NULL;
	struct err e = ERR_INIT;

	(void)state;
	put_in("contracts/src/More.sol", "// SPDX-License-Identifier: MIT\n");
	assert_err(forge_deploy(&b, NULL, loop, core, &spec, &e), &e,
		   ERR_MISMATCH, "contracts/ was changed since");
	assert_null(b);
	assert_int_equal(unlink(more), 0);
}

static void names_of_the_environment(void **state)
{
	static const char *const cases[][2] = {
		{ "responseWindowBlocks", "RESPONSE_WINDOW_BLOCKS" },
		{ "allocationManager", "ALLOCATION_MANAGER" },
		{ "owner", "OWNER" },
		{ "avsDirectory", "AVS_DIRECTORY" },
		{ "bn254CertificateVerifier", "BN254_CERTIFICATE_VERIFIER" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(freep) char *name = forge_env_name(cases[i][0]);

		assert_string_equal(name, cases[i][1]);
	}
}

/* What forge writes, cut down to what is read. */
static void one_name_for_two_contracts(void **state)
{
	static const char text[] =
		"{\"transactions\": ["
		"{\"transactionType\": \"CREATE\", \"contractName\": \"Thing\","
		" \"contractAddress\": "
		"\"0x1000000000000000000000000000000000000000\","
		" \"arguments\": null},"
		"{\"transactionType\": \"CREATE2\", \"contractName\": "
		"\"Thing\", \"contractAddress\": "
		"\"0x2000000000000000000000000000000000000000\","
		" \"arguments\": []}]}";
	CLEANUP(json_decrefp) json_t *addresses = json_object();
	CLEANUP(json_decrefp) json_t *contracts = json_array();
	CLEANUP(json_decrefp) json_t *sent = NULL;
	struct forge_spec spec = spec_of(SIZE_20);
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(json_parse(&sent, text, strlen(text), "it", &e), &e);
	assert_err(forge_broadcast(addresses, contracts, sent, &spec, &e), &e,
		   ERR_SCHEMA, "deploys Thing more than once");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deploys_once),
		cmocka_unit_test(deployed_state_boots),
		cmocka_unit_test(a_script_that_reverts),
		cmocka_unit_test(a_contract_that_is_not_deployed),
		cmocka_unit_test(a_contract_that_does_not_compile),
		cmocka_unit_test(sources_that_change_while_it_runs),
		cmocka_unit_test(artifacts_of_one_name),
		cmocka_unit_test(names_of_the_environment),
		cmocka_unit_test(one_name_for_two_contracts),
	};

	return cmocka_run_group_tests(tests, forge_setup, forge_teardown);
}
