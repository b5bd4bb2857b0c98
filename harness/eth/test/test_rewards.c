/*
 * rewards against a tree that wealdtech's go-merkletree grew, the library that
 * EigenLayer's own rewards tools use: fixtures/eth/rewards.json.
 */
#include "test/kit.h"

#include "base/base.h"
#include "base/rng.h"
#include "codec/json.h"
#include "eth/merkle.h"
#include "eth/rewards.h"

#define REWARDS_N 15

static json_t *read_fixture(void)
{
	struct err e;
	json_t *j;

	assert_ok(json_read_file(&j, kit_fixture("eth/rewards.json"), &e), &e);
	return j;
}

static size_t read_rewards(struct reward *ret, const json_t *j)
{
	const json_t *earners = json_object_get(j, "earners");
	size_t n = 0, i, k;
	json_t *earner, *token;
	struct err e;

	json_array_foreach(earners, i, earner)
	{
		json_array_foreach(json_object_get(earner, "tokens"), k, token)
		{
			struct reward *r = &ret[n++];

			assert_ok(
			    json_addr_at(&r->earner, earner, "earner", &e), &e);
			assert_ok(json_addr_at(&r->token, token, "token", &e),
				  &e);
			assert_ok(json_u256_at(&r->total, token, "total", &e),
				  &e);
		}
	}
	return n;
}

static void assert_bytes_at(const json_t *j, const char *key,
			    const uint8_t *actual, size_t len)
{
	CLEANUP(freep) uint8_t *want = NULL;
	size_t want_len;
	struct err e;

	assert_ok(json_bytes_at(&want, &want_len, j, key, &e), &e);
	assert_int_equal(len, want_len);
	assert_memory_equal(actual, want, len);
}

static void check_claim(const struct rewards *r, const json_t *earner)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const json_t *tokens = json_object_get(earner, "tokens");
	struct rewards_claim c;
	struct addr20 who;
	uint64_t index;
	struct err e;

	assert_ok(json_addr_at(&who, earner, "earner", &e), &e);
	assert_ok(json_u64_at(&index, earner, "index", &e), &e);
	assert_ok(rewards_claim(&c, a, r, &who, NULL, 0, &e), &e);
	assert_int_equal(c.earner_index, index);
	assert_bytes_at(earner, "proof", c.proof, c.proof_len);
	assert_bytes_at(earner, "tokenRoot", c.token_root.b, 32);
	assert_int_equal(c.leaves_n, json_array_size(tokens));
	for (size_t i = 0; i < c.leaves_n; i++) {
		const json_t *token = json_array_get(tokens, i);

		assert_int_equal(c.leaves[i].index, i);
		assert_bytes_at(token, "proof", c.leaves[i].proof,
				c.leaves[i].proof_len);
		assert_bytes_at(token, "token", c.leaves[i].reward->token.b,
				20);
	}
}

/* Whatever the order in which they are told. */
static void test_vectors(void **state)
{
	CLEANUP(json_decrefp) json_t *j = read_fixture();
	struct reward all[REWARDS_N];
	struct hash32 root;
	struct rng rng = RNG_INIT(7);
	struct err e;

	(void)state;
	assert_int_equal(read_rewards(all, j), REWARDS_N);
	for (int round = 0; round < 20; round++) {
		CLEANUP(rewards_freep) struct rewards *r = NULL;
		const json_t *earners = json_object_get(j, "earners");

		assert_ok(rewards_new(&r, all, REWARDS_N, &e), &e);
		root = rewards_root(r);
		assert_bytes_at(j, "root", root.b, 32);
		for (size_t i = 0; i < json_array_size(earners); i++)
			check_claim(r, json_array_get(earners, i));
		for (size_t i = REWARDS_N - 1; i > 0; i--) {
			size_t k = rng_below(&rng, i + 1);
			struct reward it = all[i];

			all[i] = all[k];
			all[k] = it;
		}
	}
}

/* As Merkle.sol does it. */
static struct hash32 climb(struct hash32 node, const uint8_t *proof, size_t len,
			   size_t index)
{
	uint8_t pair[64];

	for (size_t at = 0; at < len; at += 32, index /= 2) {
		memcpy(pair + (index % 2 ? 32 : 0), node.b, 32);
		memcpy(pair + (index % 2 ? 0 : 32), proof + at, 32);
		node = keccak256(pair, sizeof(pair));
	}
	return node;
}

static void test_every_leaf_climbs_to_the_root(void **state)
{
	struct hash32 leaves[70], root;
	struct rng rng = RNG_INIT(7);

	(void)state;
	for (size_t n = 1; n <= ARRAY_LEN(leaves); n++) {
		CLEANUP(arena_freep) struct arena *a = arena_new();
		struct merkle m;

		rng_fill(&rng, leaves, n * sizeof(*leaves));
		m = merkle_new(a, leaves, n);
		root = merkle_root(&m);
		for (size_t i = 0; i < n; i++) {
			struct buf b = BUF_INIT(1024);
			struct hash32 top;

			merkle_proof(&b, &m, i);
			top = climb(leaves[i], b.data, b.len, i);
			assert_true(hash_eq(&top, &root));
			if (n > 1) {
				top = climb(leaves[i], b.data, b.len, i ^ 1);
				assert_false(hash_eq(&top, &root));
			}
			buf_done(&b);
		}
	}
}

static void test_some_tokens(void **state)
{
	CLEANUP(json_decrefp) json_t *j = read_fixture();
	CLEANUP(arena_freep) struct arena *a = arena_new();
	CLEANUP(rewards_freep) struct rewards *r = NULL;
	struct reward all[REWARDS_N];
	struct addr20 pick[2], nobody = {{1}};
	struct rewards_claim c = {0};
	size_t n;
	struct err e;

	(void)state;
	read_rewards(all, j);
	assert_ok(rewards_new(&r, all, REWARDS_N, &e), &e);
	pick[0] = all[3].token;
	pick[1] = all[1].token;
	assert_ok(rewards_claim(&c, a, r, &all[0].earner, pick, 2, &e), &e);
	assert_int_equal(c.leaves_n, 2);
	assert_int_equal(c.leaves[0].index, 3);
	assert_int_equal(c.leaves[1].index, 1);
	assert_non_null(rewards_of(r, &all[14].earner, &n));
	assert_int_equal(n, 1);
	assert_null(rewards_of(r, &nobody, &n));
	assert_int_equal(n, 0);
	/* The last earner has the first token only. */
	assert_err(rewards_claim(&c, a, r, &all[14].earner, pick, 1, &e), &e,
		   ERR_SCHEMA, "earned no");
	assert_err(rewards_claim(&c, a, r, &nobody, NULL, 0, &e), &e,
		   ERR_SCHEMA, "earned nothing");
}

static void test_as_many_as_may_be(void **state)
{
	CLEANUP(freep)
	struct reward *all = xcalloc(REWARDS_MAX, sizeof(*all));
	CLEANUP(rewards_freep) struct rewards *r = NULL;
	struct err e;
	size_t n;

	(void)state;
	for (size_t i = 0; i < REWARDS_MAX; i++)
		all[i].token.b[18] = (uint8_t)(i >> 8),
		all[i].token.b[19] = (uint8_t)i;
	assert_ok(rewards_new(&r, all, REWARDS_MAX, &e), &e);
	assert_non_null(rewards_of(r, &all[0].earner, &n));
	assert_int_equal(n, REWARDS_MAX);
}

static void test_refused(void **state)
{
	struct reward twice[2] = {0};
	struct rewards *r = NULL;
	struct err e;

	(void)state;
	assert_err(rewards_new(&r, twice, 2, &e), &e, ERR_SCHEMA, "twice");
	assert_err(rewards_new(&r, twice, 0, &e), &e, ERR_RANGE, "not 0");
	assert_err(rewards_new(&r, twice, REWARDS_MAX + 1, &e), &e, ERR_RANGE,
		   "not 65537");
	assert_null(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_vectors),
	    cmocka_unit_test(test_every_leaf_climbs_to_the_root),
	    cmocka_unit_test(test_some_tokens),
	    cmocka_unit_test(test_as_many_as_may_be),
	    cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
