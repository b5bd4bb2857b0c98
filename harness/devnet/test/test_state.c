/*
 * state.c, bundle*.c: the saved EigenLayer state, built twice, damaged,
 * tampered with, and held against manifests that disagree. The caches are the
 * test's own; artifacts and anvil are the checkout's.
 */
#include "devnet/state.h"

#include <sys/stat.h>

#include "devnet/test/ground.h"

#include "base/clock.h"
#include "crypto/hash.h"
#include "eth/node.h"

#define RECIPE "anvil-state/eigenlayer.yaml"

static char *anvil_path;
/* A checkout with our artifacts and recipe, whose manifest may be altered. */
static char *checkout;
static struct bundle *core; /* profile fast, in scratch/cache */

static struct state_paths paths_of(const char *root_dir, const char *cache)
{
	return (struct state_paths){ .root = root_dir,
				     .cache = cache,
				     .recipe = RECIPE,
				     .anvil = anvil_path };
}

static void link_into(const char *name, const char *target)
{
	CLEANUP(freep) char *at = xasprintf("%s/%s", checkout, name);
	CLEANUP(freep) char *to = rooted(target);

	assert_int_equal(symlink(to, at), 0);
}

static void copy_into(const char *name)
{
	CLEANUP(freep) char *from = rooted(name);
	CLEANUP(freep) char *to = xasprintf("%s/%s", checkout, name);
	struct buf b = BUF_INIT(1u << 20);
	struct err e = ERR_INIT;

	assert_ok(buf_read_file(&b, from, &e), &e);
	put(to, buf_str(&b));
	buf_done(&b);
}

static int state_setup(void **state)
{
	CLEANUP(freep) char *folder = NULL;
	CLEANUP(freep) char *build = NULL;
	CLEANUP(freep) char *cache = NULL;
	struct err e = ERR_INIT;
	bool built = false;

	ground_setup(state);
	anvil_path = rooted("build/tools/anvil");
	checkout = scratched("checkout");
	folder = xasprintf("%s/anvil-state", checkout);
	build = xasprintf("%s/build", checkout);
	cache = scratched("cache");
	assert_int_equal(mkdir(checkout, 0755), 0);
	assert_int_equal(mkdir(folder, 0755), 0);
	assert_int_equal(mkdir(build, 0755), 0);
	link_into("build/artifacts", "build/artifacts");
	link_into("contracts", "contracts");
	copy_into(RECIPE);
	copy_into("anvil-state/manifest-1.8.1.json");
	struct state_paths p = paths_of(checkout, cache);

	assert_ok(state_ensure(&core, &built, loop, &p, "fast", &e), &e);
	assert_true(built);
	return 0;
}

static int state_teardown(void **state)
{
	bundle_free(core);
	free(checkout);
	free(anvil_path);
	return ground_teardown(state);
}

static char *read_text(const char *dir, const char *name)
{
	CLEANUP(freep) char *path = xasprintf("%s/%s", dir, name);
	struct buf b = BUF_INIT(64u << 20);
	struct err e = ERR_INIT;

	assert_ok(buf_read_file(&b, path, &e), &e);
	return buf_take(&b);
}

/* Two builds on two caches, and every file the same. */
static void two_builds_are_the_same_bytes(void **state)
{
	static const char *const files[] = { "genesis.json", "alloc.json",
					     "manifest.json", "seal" };
	CLEANUP(freep) char *cache = scratched("other-cache");
	CLEANUP(bundle_freep) struct bundle *again = NULL;
	struct state_paths p = paths_of(checkout, cache);
	struct err e = ERR_INIT;
	bool built = false;

	(void)state;
	assert_ok(state_ensure(&again, &built, loop, &p, "fast", &e), &e);
	assert_true(built);
	assert_string_not_equal(bundle_dir(again), bundle_dir(core));
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		CLEANUP(freep) char *a = read_text(bundle_dir(core), files[i]);
		CLEANUP(freep) char *b = read_text(bundle_dir(again), files[i]);

		assert_string_equal(a, b);
	}
}

static void what_is_there_is_not_built(void **state)
{
	CLEANUP(freep) char *cache = scratched("cache");
	CLEANUP(bundle_freep) struct bundle *again = NULL;
	struct state_paths p = paths_of(checkout, cache);
	struct err e = ERR_INIT;
	bool built = true;

	(void)state;
	p.anvil = "/nonexistent/anvil"; /* nobody asks for it */
	assert_ok(state_ensure(&again, &built, loop, &p, "fast", &e), &e);
	assert_false(built);
}

/* The creation hashes are the ones that the extraction pins. */
static void creation_code_is_eigenlayers(void **state)
{
	CLEANUP(freep)
	char *pins = read_text(root(), "anvil-state/eigenlayer-v1.8.1.sha256");
	const json_t *list =
		json_object_get(bundle_manifest(core), "contracts");
	size_t checked = 0;

	(void)state;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *c = json_array_get(list, i);
		const char *artifact =
			json_string_value(json_object_get(c, "artifact"));
		const char *creation =
			json_string_value(json_object_get(c, "creation"));
		CLEANUP(freep)
		char *line = xasprintf("%s  %s\n", creation + 2,
				       artifact ? artifact : "");
		CLEANUP(freep)
		char *name = xasprintf("  %s\n", artifact ? artifact : "");

		if (!artifact || !strstr(pins, name))
			continue; /* OpenZeppelin's */
		assert_non_null(strstr(pins, line));
		checked++;
	}
	assert_int_equal(checked, 21);
}

static void flip_a_byte(const char *name, size_t at)
{
	CLEANUP(freep) char *path = xasprintf("%s/%s", bundle_dir(core), name);
	CLEANUP(freep) char *text = read_text(bundle_dir(core), name);

	assert_true(at < strlen(text));
	text[at] = (char)(text[at] ^ 1);
	put(path, text);
}

/* Any byte of any file: an error that names the file and what to do. */
static void one_damaged_byte(void **state)
{
	static const struct {
		const char *name, *says;
		size_t at;
	} cases[] = {
		{ "genesis.json", "genesis.json is damaged", 300000 },
		{ "alloc.json", "alloc.json is damaged", 0 },
		{ "manifest.json", "manifest.json is damaged", 5000 },
		{ "seal", "manifest.json is damaged", 40 },
	};
	CLEANUP(freep) char *cache = scratched("cache");
	struct hash32 key = bundle_key(core);
	struct bundle *b = NULL;
	struct err e = ERR_INIT;
	bool found;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		flip_a_byte(cases[i].name, cases[i].at);
		assert_err(bundle_open(&b, &found, cache, &key, NULL, &e), &e,
			   ERR_MISMATCH, cases[i].says);
		assert_non_null(strstr(e.text, bundle_dir(core)));
		assert_non_null(strstr(e.text, "`make state` builds it anew"));
		flip_a_byte(cases[i].name, cases[i].at); /* and back */
		assert_ok(bundle_open(&b, &found, cache, &key, NULL, &e), &e);
		bundle_free(TAKE(b));
	}
}

/* Replace the first @from in the checkout's copy of the pins. */
static void alter_pins(const char *from, const char *to)
{
	CLEANUP(freep)
	char *path = xasprintf("%s/anvil-state/manifest-1.8.1.json", checkout);
	CLEANUP(freep)
	char *text = read_text(checkout, "anvil-state/manifest-1.8.1.json");
	char *at = strstr(text, from);
	struct buf b = BUF_INIT(1u << 20);

	assert_non_null(at);
	buf_add(&b, text, (size_t)(at - text));
	buf_adds(&b, to);
	buf_adds(&b, at + strlen(from));
	put(path, buf_str(&b));
	buf_done(&b);
}

static void pins_that_disagree_are_named(void **state)
{
	static const struct {
		const char *from, *to, *says;
	} cases[] = {
		{ "\"DEALLOCATION_DELAY\": \"50\"",
		  "\"DEALLOCATION_DELAY\": \"51\"",
		  "constants.DEALLOCATION_DELAY is 50, and the committed "
		  "manifest says 51" },
		{ "\"anvil\": \"1.7.1\"", "\"anvil\": \"1.7.2\"",
		  "tools.anvil is 1.7.1, and the committed manifest says "
		  "1.7.2" },
		{ "\"artifact\": \"AllocationManager\"",
		  "\"artifact\": \"AllocationManager2\"",
		  "contracts.allocationManager.artifact is AllocationManager, "
		  "and the committed manifest says AllocationManager2" },
		{ "\"height\": 1000", "\"height\": 1001",
		  "height is 1000, and the committed manifest says 1001" },
		{ "\"owner\": ", "\"own\": ", "accounts.own is nothing" },
	};
	CLEANUP(freep) char *cache = scratched("cache");
	struct state_paths p = paths_of(checkout, cache);
	struct bundle *b = NULL;
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		alter_pins(cases[i].from, cases[i].to);
		assert_err(state_ensure(&b, NULL, loop, &p, "fast", &e), &e,
			   ERR_MISMATCH, cases[i].says);
		assert_non_null(strstr(e.text, "manifest-1.8.1.json, profile "
					       "fast"));
		alter_pins(cases[i].to, cases[i].from);
	}
	assert_ok(state_ensure(&b, NULL, loop, &p, "fast", &e), &e);
	bundle_free(b);
}

static void boots_and_answers(void **state)
{
	CLEANUP(anvil_freep) struct anvil *a = NULL;
	struct bundle_boot how = { .program = anvil_path };
	struct err e = ERR_INIT;
	struct block b;

	(void)state;
	assert_ok(bundle_boot(core, loop, &how, &a, &e), &e);
	assert_ok(chain_block(anvil_rpc(a), CHAIN_HEAD, &b, &e), &e);
	assert_int_equal(b.number, 1000);
	assert_int_equal(b.time, 1767225600);
}

/* The other way to boot it gives the same state. */
static void loads_as_it_boots(void **state)
{
	CLEANUP(anvil_freep) struct anvil *a = NULL;
	struct bundle_boot how = { .program = anvil_path, .dump = true };
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(bundle_boot(core, loop, &how, &a, &e), &e);
}

static void a_changed_contract_is_found(void **state)
{
	struct bundle_boot how = { .program = anvil_path,
				   .tamper = "strategyManager" };
	struct anvil *a = NULL;
	struct err e = ERR_INIT;

	(void)state;
	assert_err(bundle_boot(core, loop, &how, &a, &e), &e, ERR_MISMATCH,
		   "strategyManager (its address, 0x");
	assert_non_null(strstr(e.text, "the code's hash is 0x"));
	assert_non_null(strstr(e.text, "and the manifest says 0x"));
}

/* A running chain that is another one in what a case changes. */
static void another_chain_is_found(void **state)
{
	CLEANUP(freep)
	char *genesis = xasprintf("%s/genesis.json", bundle_dir(core));
	static const struct {
		uint64_t id, height, time;
		const char *says;
	} cases[] = {
		{ 31338, 1000, 1767225600,
		  "the chain's chain id is 31338, and the manifest says "
		  "31337" },
		{ 31337, 999, 1767225600,
		  "the chain's height is 999, and the manifest says 1000" },
		{ 31337, 1000, 1767225601,
		  "the chain's time is 1767225601, and the manifest says "
		  "1767225600" },
	};
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(anvil_freep) struct anvil *a = NULL;
		struct anvil_spec spec = { .program = anvil_path,
					   .version = "1.7.1",
					   .genesis = genesis,
					   .chain_id = cases[i].id,
					   .height = cases[i].height,
					   .time = cases[i].time };

		assert_ok(anvil_new(&a, loop, &spec, &e), &e);
		assert_err(bundle_probe(core, anvil_rpc(a), NULL, &e), &e,
			   ERR_MISMATCH, cases[i].says);
	}
}

/* Right code, wrong storage: the probes' calls see it. */
static void a_changed_value_is_found(void **state)
{
	CLEANUP(anvil_freep) struct anvil *a = NULL;
	struct bundle_boot how = { .program = anvil_path };
	struct err e = ERR_INIT;
	struct addr20 am;
	const char *zero = "0x0000000000000000000000000000000000000000000000000"
			   "000000000000000";
	uint64_t n;

	(void)state;
	assert_ok(bundle_boot(core, loop, &how, &a, &e), &e);
	assert_ok(json_addr_at(&am, bundle_manifest(core),
			       "addresses.proxyAdmin", &e),
		  &e);
	assert_ok(rpc_call(anvil_rpc(a), "anvil_setStorageAt",
			   json_pack("[s, s, s]", fmt_addr(&am).s, "0x0", zero),
			   NULL, NULL, &e),
		  &e);
	assert_ok(chain_height(anvil_rpc(a), &n, &e), &e);
	assert_int_equal(n, 1000);
	assert_err(bundle_probe(core, anvil_rpc(a), NULL, &e), &e, ERR_MISMATCH,
		   "proxyAdmin.owner returns 0x0000");
}

/* What a manifest says of the chain and does not say any more. */
static void a_member_that_is_gone(void **state)
{
	static const struct {
		const char *list, *key;
	} cases[] = {
		{ NULL, "chain_id" },	    { NULL, "height" },
		{ NULL, "time" },	    { "contracts", "name" },
		{ "contracts", "address" }, { "contracts", "code" },
		{ "probes", "contract" },   { "probes", "function" },
		{ "probes", "at" },	    { "probes", "data" },
		{ "probes", "returns" },
	};
	CLEANUP(anvil_freep) struct anvil *a = NULL;
	struct bundle_boot how = { .program = anvil_path };
	/* Nobody else has it. */
	json_t *manifest = (json_t *)(uintptr_t)bundle_manifest(core);
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(bundle_boot(core, loop, &how, &a, &e), &e);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		json_t *list = json_object_get(manifest, cases[i].list);
		json_t *of = list ? json_array_get(list, 0) : manifest;
		json_t *was = json_incref(json_object_get(of, cases[i].key));

		assert_non_null(was);
		json_object_set_new(of, cases[i].key, json_array());
		assert_err(bundle_probe(core, anvil_rpc(a), NULL, &e), &e, ERR_SCHEMA,
			   cases[i].key);
		json_object_del(of, cases[i].key);
		assert_err(bundle_probe(core, anvil_rpc(a), NULL, &e), &e, ERR_SCHEMA,
			   cases[i].key);
		assert_non_null(strstr(e.text, "this chain is not the saved "
					       "state"));
		json_object_set_new(of, cases[i].key, was);
	}
	assert_ok(bundle_probe(core, anvil_rpc(a), NULL, &e), &e);
}

/* Without what it is booted with, it is to be built anew. */
static void a_boot_without_its_member(void **state)
{
	static const char *const keys[] = { "chain_id", "height", "time",
					    "tools" };
	struct bundle_boot how = { .program = anvil_path };
	json_t *manifest = (json_t *)(uintptr_t)bundle_manifest(core);
	struct anvil *a = NULL;
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		json_t *was = json_incref(json_object_get(manifest, keys[i]));

		json_object_del(manifest, keys[i]);
		assert_err(bundle_boot(core, loop, &how, &a, &e), &e,
			   ERR_SCHEMA, keys[i]);
		assert_non_null(strstr(e.text, "`make state` builds it anew"));
		json_object_set_new(manifest, keys[i], was);
	}
	how.tamper = "nobody";
	assert_err(bundle_boot(core, loop, &how, &a, &e), &e, ERR_SCHEMA,
		   "nobody");
	assert_null(a);
}

static void put_sealed(json_t *manifest)
{
	CLEANUP(freep)
	char *at = xasprintf("%s/manifest.json", bundle_dir(core));
	CLEANUP(freep) char *seal = xasprintf("%s/seal", bundle_dir(core));
	CLEANUP(freep) char *text = json_text(manifest);
	struct hash32 sum = sha256(text, strlen(text));
	CLEANUP(freep) char *line = xasprintf("%s\n", fmt_hash(&sum).s);

	put(at, text);
	put(seal, line);
}

/* Its seal is whole, but it is not what this program writes. */
static void a_manifest_of_another_kind(void **state)
{
	static const struct {
		const char *key;
		int format;
		enum err_code code;
		const char *says;
	} cases[] = {
		{ "format", 0, ERR_SCHEMA, "format" },
		{ "format", 99, ERR_UNSUPPORTED,
		  "its format is 99; this program writes" },
		{ "files", 0, ERR_SCHEMA,
		  "manifest.json names no hash of genesis.json" },
	};
	CLEANUP(freep)
	char *manifest = read_text(bundle_dir(core), "manifest.json");
	CLEANUP(freep) char *seal = read_text(bundle_dir(core), "seal");
	CLEANUP(freep) char *cache = scratched("cache");
	struct hash32 key = bundle_key(core);
	struct bundle *b = NULL;
	struct err e = ERR_INIT;
	bool found;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(json_decrefp)
		json_t *j = json_deep_copy(bundle_manifest(core));

		json_object_del(j, cases[i].key);
		if (cases[i].format)
			json_object_set_new(j, cases[i].key,
					    json_integer(cases[i].format));
		put_sealed(j);
		assert_err(bundle_open(&b, &found, cache, &key, NULL, &e), &e,
			   cases[i].code, cases[i].says);
	}
	assert_null(b);
	CLEANUP(freep)
	char *at = xasprintf("%s/manifest.json", bundle_dir(core));
	CLEANUP(freep) char *to = xasprintf("%s/seal", bundle_dir(core));

	put(at, manifest);
	put(to, seal);
	assert_ok(bundle_open(&b, &found, cache, &key, NULL, &e), &e);
	bundle_free(b);
}

static void where_the_cache_is(void **state)
{
	static const struct {
		const char *ours, *xdg, *home, *says;
	} cases[] = {
		{ "/own", "/xdg", "/home", "/own" },
		{ "", "/xdg", "/home", "/xdg/avsbed" },
		{ NULL, "/xdg", "/home", "/xdg/avsbed" },
		{ NULL, "xdg", "/home", "/home/.cache/avsbed" },
		{ NULL, NULL, "/home", "/home/.cache/avsbed" },
	};
	static const char *const names[] = { "AVSBED_CACHE", "XDG_CACHE_HOME",
					     "HOME" };
	char *was[ARRAY_LEN(names)];
	struct err e = ERR_INIT;
	char *cache = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		was[i] = getenv(names[i]) ? xstrdup(getenv(names[i])) : NULL;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *const is[] = { cases[i].ours, cases[i].xdg,
					   cases[i].home };

		for (size_t k = 0; k < ARRAY_LEN(names); k++)
			is[k] ? setenv(names[k], is[k], 1) : unsetenv(names[k]);
		assert_ok(state_cache(&cache, &e), &e);
		assert_string_equal(cache, cases[i].says);
		free(TAKE(cache));
	}
	setenv("AVSBED_CACHE", "here", 1);
	assert_err(state_cache(&cache, &e), &e, ERR_OS,
		   "AVSBED_CACHE is `here`, a relative path; make it");
	unsetenv("AVSBED_CACHE");
	setenv("HOME", "", 1);
	assert_err(state_cache(&cache, &e), &e, ERR_OS,
		   "no cache: neither AVSBED_CACHE nor HOME is set; set "
		   "AVSBED_CACHE");
	assert_null(cache);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		was[i] ? setenv(names[i], was[i], 1) : unsetenv(names[i]);
		free(was[i]);
	}
}

static void publishes_for_forge(void **state)
{
	CLEANUP(freep) char *dir = xasprintf("%s/build/state/core", checkout);
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(state_publish(core, checkout, "core", &e), &e);
	assert_ok(state_publish(core, checkout, "core", &e), &e);
	CLEANUP(freep) char *a = read_text(dir, "alloc.json");
	CLEANUP(freep) char *b = read_text(bundle_dir(core), "alloc.json");

	assert_string_equal(a, b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_builds_are_the_same_bytes),
		cmocka_unit_test(what_is_there_is_not_built),
		cmocka_unit_test(creation_code_is_eigenlayers),
		cmocka_unit_test(one_damaged_byte),
		cmocka_unit_test(pins_that_disagree_are_named),
		cmocka_unit_test(boots_and_answers),
		cmocka_unit_test(loads_as_it_boots),
		cmocka_unit_test(a_changed_contract_is_found),
		cmocka_unit_test(another_chain_is_found),
		cmocka_unit_test(a_changed_value_is_found),
		cmocka_unit_test(a_member_that_is_gone),
		cmocka_unit_test(a_boot_without_its_member),
		cmocka_unit_test(a_manifest_of_another_kind),
		cmocka_unit_test(where_the_cache_is),
		cmocka_unit_test(publishes_for_forge),
	};

	return cmocka_run_group_tests(tests, state_setup, state_teardown);
}
