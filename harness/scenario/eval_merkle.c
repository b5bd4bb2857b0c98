/*
 * Trees of hashes: merkle() over any leaves, and EigenLayer's rewards, whose
 * leaves and proofs are eth/rewards.h's.
 */
#include "eth/merkle.h"
#include "scenario/eval_priv.h"

#include "base/base.h"

#define LEAVES_MAX 4096

static bool read_leaves(struct hash32 *ret, const struct value *list,
			struct err *e)
{
	for (size_t i = 0; i < list->len; i++) {
		const struct value *v = &list->items[i];

		if (v->kind != VALUE_BYTES || v->len != 32)
			return err_set(e, ERR_SCHEMA, 0,
				       "merkle(): leaf %zu is not 32 bytes", i);
		memcpy(ret[i].b, v->bytes, 32);
	}
	return true;
}

static struct value copied(struct arena *a, const void *data, size_t len)
{
	return value_bytes(arena_memdup(a, data, len), len);
}

static struct value proof_of(struct arena *a, const struct merkle *m,
			     size_t index)
{
	struct buf b = BUF_INIT(4096);
	struct value v;

	merkle_proof(&b, m, index);
	v = copied(a, b.data, b.len);
	buf_done(&b);
	return v;
}

bool eval_merkle(struct value *ret, struct arena *a, const struct value *leaves,
		 struct err *e)
{
	static const char *const keys[] = {"root", "proofs"};
	struct value *items = ARENA_ARRAY(a, struct value, 2), *proofs;
	struct hash32 *hashes, root;
	struct merkle m;

	if (leaves->kind != VALUE_LIST || !leaves->len ||
	    leaves->len > LEAVES_MAX)
		return err_set(e, ERR_SCHEMA, 0,
			       "merkle() takes a list of 1 to %d leaves",
			       LEAVES_MAX);
	hashes = ARENA_ARRAY(a, struct hash32, leaves->len);
	if (!read_leaves(hashes, leaves, e))
		return false;
	m = merkle_new(a, hashes, leaves->len);
	root = merkle_root(&m);
	proofs = ARENA_ARRAY(a, struct value, leaves->len);
	for (size_t i = 0; i < leaves->len; i++)
		proofs[i] = proof_of(a, &m, i);
	items[0] = copied(a, root.b, sizeof(root.b));
	items[1] = value_list(proofs, leaves->len);
	*ret = value_map(keys, items, 2);
	return true;
}

static bool as_word(struct u256 *ret, struct eval_env *env,
		    const struct value *v, enum abi_kind kind, struct err *e)
{
	const struct abi_type type = {
	    .kind = kind,
	    .size = 256,
	    .name = kind == ABI_ADDRESS ? "address" : "uint256",
	};
	struct abi_val a;

	if (!value_to_abi(&a, env, v, &type, e))
		return false;
	*ret = a.word;
	return true;
}

static bool as_address(struct addr20 *ret, struct eval_env *env,
		       const struct value *v, struct err *e)
{
	struct u256 word;
	uint8_t be[32];

	if (!as_word(&word, env, v, ABI_ADDRESS, e))
		return false;
	u256_to_be(be, word);
	memcpy(ret->b, be + 12, sizeof(ret->b));
	return true;
}

static bool read_reward(struct reward *ret, struct eval_env *env,
			const struct value *row, struct err *e)
{
	if (row->kind != VALUE_LIST || row->len != 3)
		return err_set(e, ERR_SCHEMA, 0, "it has other than 3 parts");
	return as_address(&ret->earner, env, &row->items[0], e) &&
	       as_address(&ret->token, env, &row->items[1], e) &&
	       as_word(&ret->total, env, &row->items[2], ABI_UINT, e);
}

bool eval_rewards_read(struct rewards **ret, struct eval_env *env,
		       const struct value *rows, struct err *e)
{
	struct reward *all;

	if (rows->kind != VALUE_LIST || rows->len > LEAVES_MAX)
		return err_set(e, ERR_SCHEMA, 0,
			       "rewards() takes a list of at most %d, each "
			       "[earner, token, total]",
			       LEAVES_MAX);
	all = ARENA_ARRAY(env->arena, struct reward, rows->len);
	for (size_t i = 0; i < rows->len; i++)
		if (!read_reward(&all[i], env, &rows->items[i], e))
			return err_ctx(
			    e, "reward %zu is [earner, token, total]", i);
	return rewards_new(ret, all, rows->len, e);
}

struct value eval_rewards_value(struct arena *a, const struct rewards *r,
				const struct value *rows)
{
	static const char *const keys[] = {"root", "rows"};
	struct value *items = ARENA_ARRAY(a, struct value, 2);
	struct hash32 root = rewards_root(r);

	items[0] = copied(a, root.b, sizeof(root.b));
	items[1] = *rows;
	return value_map(keys, items, 2);
}

static struct value pair(struct arena *a, const char *const *keys,
			 struct value first, struct value second)
{
	struct value *items = ARENA_ARRAY(a, struct value, 2);

	items[0] = first;
	items[1] = second;
	return value_map(keys, items, 2);
}

/* RewardsMerkleClaim, by the names of its fields. */
static struct value claim_value(struct arena *a, const struct value *index,
				const struct rewards_claim *c)
{
	static const char *const keys[] = {
	    "rootIndex",    "earnerIndex",     "earnerTreeProof", "earnerLeaf",
	    "tokenIndices", "tokenTreeProofs", "tokenLeaves",
	};
	static const char *const earner_leaf[] = {"earner", "earnerTokenRoot"};
	static const char *const token_leaf[] = {"token", "cumulativeEarnings"};
	struct value *items = ARENA_ARRAY(a, struct value, 7);
	struct value *indices = ARENA_ARRAY(a, struct value, c->leaves_n);
	struct value *proofs = ARENA_ARRAY(a, struct value, c->leaves_n);
	struct value *leaves = ARENA_ARRAY(a, struct value, c->leaves_n);

	for (size_t i = 0; i < c->leaves_n; i++) {
		const struct rewards_leaf *l = &c->leaves[i];

		indices[i] = value_u64(l->index, UNIT_NONE);
		proofs[i] = value_bytes(l->proof, l->proof_len);
		leaves[i] = pair(a, token_leaf, value_addr(&l->reward->token),
				 value_int(l->reward->total, UNIT_NONE));
	}
	items[0] = *index;
	items[1] = value_u64(c->earner_index, UNIT_NONE);
	items[2] = value_bytes(c->proof, c->proof_len);
	items[3] = pair(a, earner_leaf, value_addr(&c->earner),
			copied(a, c->token_root.b, 32));
	items[4] = value_list(indices, c->leaves_n);
	items[5] = value_list(proofs, c->leaves_n);
	items[6] = value_list(leaves, c->leaves_n);
	return value_map(keys, items, 7);
}

bool eval_rewards_claim(struct value *ret, struct eval_env *env,
			const struct value *args, struct err *e)
{
	const struct value *rows =
	    args[0].kind == VALUE_MAP ? value_get(&args[0], "rows") : NULL;
	const struct value *tokens = &args[3];
	CLEANUP(rewards_freep) struct rewards *r = NULL;
	struct rewards_claim claim;
	struct addr20 earner, *list;

	if (!rows || tokens->kind != VALUE_LIST)
		return err_set(e, ERR_SCHEMA, 0,
			       "rewards_claim() takes what rewards() gave, the "
			       "root's index, the earner and a list of tokens, "
			       "empty for all");
	list = ARENA_ARRAY(env->arena, struct addr20, tokens->len);
	for (size_t i = 0; i < tokens->len; i++)
		if (!as_address(&list[i], env, &tokens->items[i], e))
			return false;
	if (!as_address(&earner, env, &args[2], e) ||
	    !eval_rewards_read(&r, env, rows, e) ||
	    !rewards_claim(&claim, env->arena, r, &earner, list, tokens->len,
			   e))
		return false;
	*ret = claim_value(env->arena, &args[1], &claim);
	return true;
}
