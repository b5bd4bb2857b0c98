/*
 * bundle*.c with small states: which are kept, and one that goes on from
 * another. test_state.c has EigenLayer's.
 */
#include "devnet/bundle.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "devnet/test/ground.h"

#include "eth/node.h"

/*
 * Far more bundles than are kept: those used last stay, what is open, and a
 * link, whose bundle is another cache's.
 */
static void unused_bundles_go(void **state)
{
	CLEANUP(freep) char *cache = scratched("many");
	CLEANUP(json_decrefp)
	json_t *dump = json_pack("{s:{s:{s:s, s:i, s:s, s:{}}}}", "accounts",
				 "0x1100000000000000000000000000000000000000",
				 "balance", "0x1", "nonce", 0, "code", "0x",
				 "storage");
	struct hash32 key = { .b = { 0xff } };
	struct err e = ERR_INIT;
	CLEANUP(freep) char *elsewhere = scratched("elsewhere");
	CLEANUP(freep) char *linked = NULL;
	CLEANUP(bundle_freep) struct bundle *open = NULL;
	struct bundle *b = NULL;
	size_t there = 0;
	bool found;

	(void)state;
	CLEANUP(json_decrefp) json_t *apart = json_deep_copy(dump);
	CLEANUP(json_decrefp) json_t *of = json_pack("{s:i}", "chain_id", 31337);

	assert_ok(bundle_write(&b, elsewhere, &key, apart, of, NULL,
			       &e), &e);
	linked = xasprintf("%s/state", cache);
	assert_int_equal(mkdir(cache, 0700) | mkdir(linked, 0700), 0);
	free(TAKE(linked));
	linked = xasprintf("%s/state/%.32s", cache, fmt_hash(&key).s + 2);
	assert_int_equal(symlink(bundle_dir(b), linked), 0);
	bundle_free(TAKE(b));
	for (size_t i = 0; i < BUNDLES_KEPT + 20; i++) {
		CLEANUP(json_decrefp) json_t *one = json_deep_copy(dump);
		CLEANUP(json_decrefp)
		json_t *m = json_pack("{s:i}", "chain_id", 31337);

		key.b[0] = (uint8_t)(i >> 8);
		key.b[1] = (uint8_t)i;
		assert_ok(bundle_write(i == 1 ? &open : &b, cache, &key, one, m,
				       NULL, &e),
			  &e);
		bundle_free(TAKE(b));
		key.b[0] = key.b[1] = 0; /* used again and again */
		assert_ok(bundle_open(&b, &found, cache, &key, NULL, &e), &e);
		assert_true(found);
		bundle_free(TAKE(b));
	}
	for (size_t i = 0; i < BUNDLES_KEPT + 20; i++) {
		key.b[0] = (uint8_t)(i >> 8);
		key.b[1] = (uint8_t)i;
		assert_ok(bundle_open(&b, &found, cache, &key, NULL, &e), &e);
		there += found;
		if (found)
			bundle_free(TAKE(b));
		assert_true(found || i > 1);
	}
	assert_int_equal(there, BUNDLES_KEPT + 1);
	key.b[0] = 0xff;
	key.b[1] = 0;
	assert_ok(bundle_open(&b, &found, elsewhere, &key, NULL, &e), &e);
	assert_true(found);
	bundle_free(b);
}

#define WORD(digit) \
	"0x000000000000000000000000000000000000000000000000000000000000000" digit
#define A "0x1100000000000000000000000000000000000000"
#define B "0x2200000000000000000000000000000000000000"
#define C "0x3300000000000000000000000000000000000000"

static void write_small(struct bundle **ret, const char *cache, uint8_t key,
			uint64_t height, const char *accounts,
			const struct bundle *parent)
{
	CLEANUP(json_decrefp) json_t *dump = NULL, *m = NULL;
	struct hash32 h = { .b = { key } };
	struct err e = ERR_INIT;

	dump = json_pack("{s:o}", "accounts", json_loads(accounts, 0, NULL));
	m = json_pack("{s:i, s:I, s:I, s:{s:s}}", "chain_id", 31337, "height",
		      (json_int_t)height, "time", (json_int_t)height, "tools",
		      "anvil", "1.7.1");
	if (parent) {
		struct hash32 of = bundle_key(parent);

		json_object_set_new(m, "parent", json_string(fmt_hash(&of).s));
	}
	assert_ok(bundle_write(ret, cache, &h, dump, m, parent, &e), &e);
}

static void has(struct rpc *r, const char *method, const char *account,
		const char *slot, const char *want)
{
	CLEANUP(json_decrefp) json_t *v = NULL;
	json_t *args = json_pack("[s]", account);
	struct err e = ERR_INIT;

	if (slot)
		json_array_append_new(args, json_string(slot));
	json_array_append_new(args, json_string("latest"));
	assert_ok(rpc_call(r, method, args, &v, NULL, &e), &e);
	assert_string_equal(json_string_value(v), want);
}

#define FIRST                                                                  \
	"{\"" A "\": {\"balance\": \"0x1\", \"nonce\": 1, \"code\": "             \
	"\"0x00\", \"storage\": {\"0x1\": \"0x5\", \"0x2\": \"0x6\", "            \
	"\"0x4\": \"0x8\"}}, \"" B "\": {\"balance\": \"0x2\", "                    \
	"\"nonce\": 0, \"code\": \"0x\", \"storage\": {}}}"
#define SECOND                                                                 \
	"{\"" A "\": {\"balance\": \"0x1\", \"nonce\": 2, \"code\": "             \
	"\"0x00\", \"storage\": {\"0x1\": \"0x7\", \"0x3\": \"0x9\", "            \
	"\"0x4\": \"0x8\"}}, \"" C "\": {\"balance\": \"0x3\", "                    \
	"\"nonce\": 0, \"code\": \"0x\", \"storage\": {}}}"
/* B is back, C is gone, and of A's slots one is gone and one is back. */
#define THIRD                                                                  \
	"{\"" A "\": {\"balance\": \"0x1\", \"nonce\": 2, \"code\": "             \
	"\"0x01\", \"storage\": {\"0x2\": \"0x6\", \"0x3\": \"0x9\", "            \
	"\"0x4\": \"0x8\"}}, \"" B "\": {\"balance\": \"0x4\", "                    \
	"\"nonce\": 3, \"code\": \"0x\", \"storage\": {}}}"

/*
 * A state that goes on from another holds what changed, and a chain in the one
 * becomes the other: slots that are others, new or gone, an account that is
 * new, and one that is no more.
 */
static void goes_on_from_its_parent(void **state)
{
	CLEANUP(freep) char *cache = scratched("parents");
	CLEANUP(freep) char *path = NULL;
	CLEANUP(bundle_freep) struct bundle *was = NULL, *is = NULL;
	CLEANUP(anvil_freep) struct anvil *a = NULL;
	CLEANUP(freep) char *anvil = rooted("build/tools/anvil");
	struct bundle_boot how = { .program = anvil };
	struct block head;
	struct stat st;
	struct err e = ERR_INIT;

	(void)state;
	write_small(&was, cache, 1, 1000, FIRST, NULL);
	write_small(&is, cache, 2, 1100, SECOND, was);
	path = xasprintf("%s/alloc.json", bundle_dir(is));
	assert_int_equal(stat(path, &st), -1);
	assert_ok(bundle_boot(was, loop, &how, &a, &e), &e);
	struct rpc *r = anvil_rpc(a);

	assert_ok(chain_block(r, CHAIN_HEAD, &head, &e), &e);
	assert_ok(bundle_continue(is, was, r, &head, &e), &e);
	assert_ok(bundle_probe(is, r, &head, &e), &e);
	assert_err(bundle_probe(was, r, &head, &e), &e, ERR_MISMATCH,
		   "the chain's height is 1100, and the manifest says 1000");
	assert_int_equal(head.number, 1100);
	assert_int_equal(head.time, 1100);
	has(r, "eth_getStorageAt", A, "0x1", WORD("7"));
	has(r, "eth_getStorageAt", A, "0x2", WORD("0"));
	has(r, "eth_getStorageAt", A, "0x3", WORD("9"));
	has(r, "eth_getStorageAt", A, "0x4", WORD("8"));
	has(r, "eth_getTransactionCount", A, NULL, "0x2");
	has(r, "eth_getCode", A, NULL, "0x00");
	has(r, "eth_getBalance", B, NULL, "0x0");
	has(r, "eth_getBalance", C, NULL, "0x3");
}

static void damage(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	char c;

	assert_true(fd >= 0 && pread(fd, &c, 1, 20) == 1);
	c ^= 1;
	assert_int_equal(pwrite(fd, &c, 1, 20), 1);
	close(fd);
}

/* Of what its manifest says, only what is another than in its parent's is there
 * twice; of its changes no byte may be another. */
static void holds_what_is_its_own(void **state)
{
	CLEANUP(freep) char *cache = scratched("own");
	CLEANUP(freep) char *path = NULL;
	CLEANUP(json_decrefp) json_t *own = NULL;
	CLEANUP(bundle_freep) struct bundle *was = NULL, *is = NULL;
	struct hash32 key = { .b = { 2 } };
	struct bundle *b = NULL;
	struct err e = ERR_INIT;
	const char *tool;
	uint64_t n;
	bool found;

	(void)state;
	write_small(&was, cache, 1, 1000, FIRST, NULL);
	write_small(&is, cache, 2, 1100, SECOND, was);
	path = xasprintf("%s/manifest.json", bundle_dir(is));
	assert_ok(json_read_file(&own, path, &e), &e);
	assert_null(json_object_get(own, "tools"));
	assert_null(json_object_get(own, "chain_id"));
	assert_ok(json_text_at(&tool, bundle_manifest(is), "tools.anvil", &e),
		  &e);
	assert_string_equal(tool, "1.7.1");
	assert_ok(json_u64_at(&n, bundle_manifest(is), "height", &e), &e);
	assert_int_equal(n, 1100);
	assert_ok(json_u64_at(&n, bundle_manifest(was), "height", &e), &e);
	assert_int_equal(n, 1000);
	free(path);
	path = xasprintf("%s/changes", bundle_dir(is));
	damage(path);
	assert_err(bundle_open(&b, &found, cache, &key, was, &e), &e,
		   ERR_MISMATCH, "changes is damaged: its sha256 is");
	damage(path); /* and back */
	assert_ok(bundle_open(&b, &found, cache, &key, was, &e), &e);
	assert_true(found);
	bundle_free(b);
}

/* Each its own, though in all of them the same was changed: nothing. */
static void nothing_was_changed(void **state)
{
	CLEANUP(freep) char *cache = scratched("same");
	CLEANUP(json_decrefp) json_t *have = NULL, *want = NULL;
	CLEANUP(bundle_freep)
	struct bundle *first = NULL, *second = NULL, *third = NULL;
	struct err e = ERR_INIT;

	(void)state;
	write_small(&first, cache, 1, 1000, FIRST, NULL);
	write_small(&second, cache, 2, 1100, FIRST, first);
	write_small(&third, cache, 3, 1200, FIRST, second);
	assert_ok(bundle_alloc(first, &want, &e), &e);
	assert_ok(bundle_alloc(third, &have, &e), &e);
	assert_true(json_equal(have, want));
}

/* Of what an older program saved nothing stays either. */
static void what_older_ones_wrote_goes(void **state)
{
	CLEANUP(freep) char *cache = scratched("older");
	CLEANUP(freep) char *gone = NULL, *path = NULL;
	struct hash32 key = { .b = { 1 } };
	struct bundle *b = NULL;
	struct err e = ERR_INIT;
	struct stat st;

	(void)state;
	write_small(&b, cache, key.b[0], 1000, FIRST, NULL);
	path = xasprintf("%s/changes.json", bundle_dir(b));
	gone = xasprintf("%s/state/.gone.%.32s", cache, fmt_hash(&key).s + 2);
	bundle_free(b);
	assert_ok(file_write_new(path, "{}", 2, &e), &e);
	bundle_drop(cache, &key);
	assert_int_equal(stat(path, &st), -1);
	assert_int_equal(stat(gone, &st), -1);
}

/* The third state, by way of the second, is as if it had been saved whole. */
static void goes_on_from_what_goes_on(void **state)
{
	CLEANUP(freep) char *cache = scratched("several");
	CLEANUP(freep) char *elsewhere = scratched("whole");
	CLEANUP(bundle_freep) struct bundle *last = NULL, *whole = NULL;
	CLEANUP(json_decrefp) json_t *have = NULL, *want = NULL;
	CLEANUP(anvil_freep) struct anvil *a = NULL;
	CLEANUP(freep) char *anvil = rooted("build/tools/anvil");
	struct bundle_boot how = { .program = anvil };
	struct bundle *was, *is, *b = NULL;
	struct hash32 key = { .b = { 3 } }, first = { .b = { 1 } };
	struct block head;
	struct err e = ERR_INIT;
	bool found;

	(void)state;
	write_small(&was, cache, 1, 1000, FIRST, NULL);
	write_small(&is, cache, 2, 1100, SECOND, was);
	write_small(&last, cache, 3, 1200, THIRD, is);
	write_small(&whole, elsewhere, 3, 1200, THIRD, NULL);
	assert_err(bundle_open(&b, &found, cache, &key, was, &e), &e,
		   ERR_MISMATCH, "it goes on from the state 0x02");
	assert_err(bundle_open(&b, &found, cache, &key, NULL, &e), &e,
		   ERR_MISMATCH, "and not from none");
	/* Who goes on from them still has them. */
	bundle_free(is);
	bundle_free(was);
	struct hash32 root = bundle_key(bundle_root(last));

	assert_memory_equal(&root, &first, sizeof(root));
	assert_ok(bundle_alloc(last, &have, &e), &e);
	assert_ok(bundle_alloc(whole, &want, &e), &e);
	assert_true(json_equal(have, want));
	assert_ok(bundle_boot(last, loop, &how, &a, &e), &e);
	struct rpc *r = anvil_rpc(a);

	assert_ok(chain_block(r, CHAIN_HEAD, &head, &e), &e);
	assert_int_equal(head.number, 1200);
	has(r, "eth_getStorageAt", A, "0x1", WORD("0"));
	has(r, "eth_getStorageAt", A, "0x2", WORD("6"));
	has(r, "eth_getStorageAt", A, "0x3", WORD("9"));
	has(r, "eth_getCode", A, NULL, "0x01");
	has(r, "eth_getBalance", B, NULL, "0x4");
	has(r, "eth_getTransactionCount", B, NULL, "0x3");
	has(r, "eth_getBalance", C, NULL, "0x0");
}

/*
 * One chain in a state, in another that goes on from the same, and in the first
 * again: with the same hash of its head, which all that was done before would
 * have changed.
 */
static void one_chain_after_another(void **state)
{
	CLEANUP(freep) char *cache = scratched("turns");
	CLEANUP(bundle_freep) struct bundle *was = NULL, *one = NULL, *two = NULL;
	CLEANUP(anvil_freep) struct anvil *a = NULL;
	CLEANUP(freep) char *anvil = rooted("build/tools/anvil");
	struct bundle_boot how = { .program = anvil };
	struct block first, heads[4];
	struct u256 snapshot;
	struct err e = ERR_INIT;

	(void)state;
	write_small(&was, cache, 1, 1000, FIRST, NULL);
	write_small(&one, cache, 2, 1100, SECOND, was);
	write_small(&two, cache, 3, 1200, THIRD, was);
	assert_ok(bundle_boot(was, loop, &how, &a, &e), &e);
	struct rpc *r = anvil_rpc(a);

	assert_ok(chain_block(r, CHAIN_HEAD, &first, &e), &e);
	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		heads[i] = first;
		if (i)
			assert_ok(node_reset(r, &snapshot, &first, &e), &e);
		has(r, "eth_getBalance", B, NULL, "0x2");
		has(r, "eth_getBalance", C, NULL, "0x0");
		assert_ok(bundle_continue(i % 2 ? two : one, was, r, &heads[i],
					  &e),
			  &e);
		assert_ok(node_snapshot(r, &snapshot, &e), &e);
		has(r, "eth_getCode", A, NULL, i % 2 ? "0x01" : "0x00");
		has(r, "eth_getBalance", C, NULL, i % 2 ? "0x0" : "0x3");
	}
	assert_memory_equal(&heads[0], &heads[2], sizeof(heads[0]));
	assert_memory_equal(&heads[1], &heads[3], sizeof(heads[1]));
	assert_err(node_reset(r, NULL, &heads[0], &e), &e, ERR_MISMATCH,
		   "after anvil_reset the head is block 1000, ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unused_bundles_go),
		cmocka_unit_test(goes_on_from_its_parent),
		cmocka_unit_test(holds_what_is_its_own),
		cmocka_unit_test(nothing_was_changed),
		cmocka_unit_test(what_older_ones_wrote_goes),
		cmocka_unit_test(goes_on_from_what_goes_on),
		cmocka_unit_test(one_chain_after_another),
	};

	return cmocka_run_group_tests(tests, ground_setup, ground_teardown);
}
