/* What a sidecar says, from the coordinator's events and what was computed. */
#include <inttypes.h>
#include <time.h>

#include "base/base.h"
#include "devnet/sidecar_priv.h"

#define BODY_REWARDS_MAX 4096

/* A root as the chain has it. */
struct root {
	struct hash32 hash, tx;
	uint64_t index, end, active, block, log;
	bool disabled;
};

struct roots {
	struct root *items;
	size_t n;
};

static struct hash32 topic_of(const char *signature)
{
	return keccak256(signature, strlen(signature));
}

static uint64_t as_u64(const uint8_t be[32])
{
	uint64_t v = 0;

	if (!u256_fits_u64(&v, u256_from_be(be, 32)))
		return UINT64_MAX;
	return v;
}

static struct addr20 as_addr(const uint8_t be[32])
{
	struct addr20 a;

	memcpy(a.b, be + 12, sizeof(a.b));
	return a;
}

static void add_root(struct roots *all, const struct log *l)
{
	all->items[all->n++] = (struct root){
	    .hash = l->topics[2],
	    .tx = l->tx,
	    .index = as_u64(l->topics[1].b),
	    .end = as_u64(l->topics[3].b),
	    .active = as_u64(l->data),
	    .block = l->block,
	    .log = l->index,
	};
}

/* The first ones may be missing: a world that was kept forgets old blocks. */
static struct root *root_at(const struct roots *all, uint64_t index)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->items[i].index == index)
			return &all->items[i];
	return NULL;
}

/* How many were posted, known here or not. */
static uint64_t posted(const struct roots *all)
{
	return all->n ? all->items[all->n - 1].index + 1 : 0;
}

/* In the order of their indices, which is that of their events. */
static struct roots read_roots(struct arena *a, const struct sidecar_chain *c)
{
	struct hash32 submitted =
	    topic_of("DistributionRootSubmitted(uint32,bytes32,uint32,uint32)");
	struct hash32 disabled = topic_of("DistributionRootDisabled(uint32)");
	struct roots all = {.items = ARENA_ARRAY(a, struct root, c->logs_n)};

	for (size_t i = 0; i < c->logs_n; i++) {
		const struct log *l = &c->logs[i];

		if (l->topics_n == 4 && l->data_len == 32 &&
		    hash_eq(&l->topics[0], &submitted)) {
			add_root(&all, l);
		} else if (l->topics_n == 2 &&
			   hash_eq(&l->topics[0], &disabled)) {
			struct root *r = root_at(&all, as_u64(l->topics[1].b));

			if (r)
				r->disabled = true;
		}
	}
	return all;
}

/* The newest that is not disabled; @now: and that can be claimed by then. */
static const struct root *newest(const struct roots *all, uint64_t now)
{
	for (size_t i = all->n; i > 0; i--) {
		const struct root *r = &all->items[i - 1];

		if (!r->disabled && r->active <= now)
			return r;
	}
	return NULL;
}

static const struct rewards *rewards_at(const struct sidecar_known *known,
					const struct root *root)
{
	for (size_t i = 0; root && i < known->n; i++) {
		struct hash32 h = rewards_root(known->items[i]);

		if (hash_eq(&h, &root->hash))
			return known->items[i];
	}
	return NULL;
}

static json_t *base64(const void *data, size_t len)
{
	struct buf b = BUF_INIT(1 << 20);
	json_t *j;

	buf_addbase64(&b, data, len);
	j = json_string(buf_str(&b));
	buf_done(&b);
	return j;
}

static json_t *address(const struct addr20 *a)
{
	return json_string(fmt_addr(a).s);
}

static json_t *number_text(uint64_t v)
{
	return json_string(fmt_u256(u256_from_u64(v)).s);
}

/* google.protobuf.Timestamp, as protobuf's JSON writes it. */
static json_t *timestamp(uint64_t seconds)
{
	time_t t = (time_t)seconds;
	char text[40];
	struct tm tm;

	if (!gmtime_r(&t, &tm))
		return json_null();
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return json_string(text);
}

static json_t *root_json(const struct root *r)
{
	return json_pack(
	    "{s:s, s:o, s:o, s:s, s:o, s:s, s:o, s:s, s:o, s:o, s:b}", "root",
	    fmt_hash(&r->hash).s, "rootIndex", number_text(r->index),
	    "rewardsCalculationEnd", timestamp(r->end),
	    "rewardsCalculationEndUnit", "snapshot", "activatedAt",
	    timestamp(r->active), "activatedAtUnit", "timestamp",
	    "createdAtBlockNumber", number_text(r->block), "transactionHash",
	    fmt_hash(&r->tx).s, "blockHeight", number_text(r->block),
	    "logIndex", number_text(r->log), "disabled", r->disabled);
}

static json_t *answer_roots(const struct roots *all, uint64_t only)
{
	json_t *list = json_array();

	for (size_t i = all->n; i > 0; i--)
		if (!only || all->items[i - 1].block == only)
			json_array_append_new(list,
					      root_json(&all->items[i - 1]));
	return json_pack("{s:o}", "distributionRoots", list);
}

static json_t *claim_json(const struct root *root,
			  const struct rewards_claim *c)
{
	json_t *indices = json_array(), *proofs = json_array();
	json_t *leaves = json_array();

	for (size_t i = 0; i < c->leaves_n; i++) {
		const struct rewards_leaf *l = &c->leaves[i];

		json_array_append_new(indices,
				      json_integer((json_int_t)l->index));
		json_array_append_new(proofs, base64(l->proof, l->proof_len));
		json_array_append_new(leaves,
				      json_pack("{s:o, s:s}", "token",
						address(&l->reward->token),
						"cumulativeEarnings",
						fmt_u256(l->reward->total).s));
	}
	return json_pack(
	    "{s:{s:o, s:I, s:I, s:o, s:{s:o, s:o}, s:o, s:o, s:o}}", "proof",
	    "root", base64(root->hash.b, 32), "rootIndex",
	    (json_int_t)root->index, "earnerIndex", (json_int_t)c->earner_index,
	    "earnerTreeProof", base64(c->proof, c->proof_len), "earnerLeaf",
	    "earner", address(&c->earner), "earnerTokenRoot",
	    base64(c->token_root.b, 32), "tokenIndices", indices,
	    "tokenTreeProofs", proofs, "tokenLeaves", leaves);
}

static bool unknown_root(const struct roots *all, uint64_t index, struct err *e)
{
	if (index >= posted(all))
		return err_set(e, ERR_SCHEMA, 0,
			       "there is no root %" PRIu64 ": %" PRIu64
			       " were posted so far",
			       index, posted(all));
	return err_set(e, ERR_SCHEMA, 0,
		       "root %" PRIu64 " is of a block that is not kept any "
		       "more; the first one that is known is root %" PRIu64,
		       index, all->items[0].index);
}

static bool answer_proof(json_t **ret, struct arena *a,
			 const struct sidecar_query *q,
			 const struct roots *roots, uint64_t now,
			 const struct sidecar_known *known, struct err *e)
{
	const struct root *root = newest(roots, now);
	const struct rewards *r;
	struct rewards_claim claim;

	if (q->has_root) {
		root = root_at(roots, q->root);
		if (!root)
			return unknown_root(roots, q->root, e);
	}
	if (root && root->disabled)
		return err_set(e, ERR_SCHEMA, 0,
			       "root %" PRIu64 " is disabled: nobody can claim "
			       "by it", root->index);
	if (!root)
		return err_set(e, ERR_SCHEMA, 0,
			       "no root can be claimed: %" PRIu64
			       " were posted, and none of them is active and not disabled",
			       posted(roots));
	r = rewards_at(known, root);
	if (!r)
		return err_set(e, ERR_SCHEMA, 0,
			       "the rewards behind root %" PRIu64
			       " (%s) were not computed here",
			       root->index, fmt_hash(&root->hash).s);
	if (!rewards_claim(&claim, a, r, &q->earner, q->tokens, q->tokens_n, e))
		return false;
	*ret = claim_json(root, &claim);
	return true;
}

/* RewardsClaimed(root, earner, claimer, recipient, token, amount) so far. */
static struct u256 claimed(const struct sidecar_chain *c,
			   const struct addr20 *earner,
			   const struct addr20 *token)
{
	struct hash32 topic =
	    topic_of("RewardsClaimed(bytes32,address,address,address,address,"
		     "uint256)");
	struct u256 sum = U256_ZERO;

	for (size_t i = 0; i < c->logs_n; i++) {
		const struct log *l = &c->logs[i];
		struct addr20 who, what;

		if (l->topics_n != 4 || l->data_len != 96 ||
		    !hash_eq(&l->topics[0], &topic))
			continue;
		who = as_addr(l->topics[1].b);
		what = as_addr(l->data + 32);
		if (addr_eq(&who, earner) && addr_eq(&what, token) &&
		    !u256_add(&sum, sum, u256_from_be(l->data + 64, 32)))
			return U256_ZERO;
	}
	return sum;
}

static struct u256 total_of(const struct rewards *r,
			    const struct addr20 *earner,
			    const struct addr20 *token)
{
	size_t n = 0;
	const struct reward *all = r ? rewards_of(r, earner, &n) : NULL;

	for (size_t i = 0; i < n; i++)
		if (addr_eq(&all[i].token, token))
			return all[i].total;
	return U256_ZERO;
}

static json_t *summary_of(const struct sidecar_chain *c,
			  const struct rewards *active,
			  const struct reward *earned)
{
	struct u256 got = claimed(c, &earned->earner, &earned->token);
	struct u256 may = total_of(active, &earned->earner, &earned->token);
	struct u256 left;

	if (!u256_sub(&left, may, got))
		left = U256_ZERO;
	/* In small letters, as its database has it; proofs are in mixed case. */
	return json_pack(
	    "{s:o, s:s, s:s, s:s, s:s}", "token",
	    json_bytes(earned->token.b, sizeof(earned->token.b)), "earned",
	    fmt_u256(earned->total).s, "active", fmt_u256(may).s,
	    "claimed", fmt_u256(got).s, "claimable", fmt_u256(left).s);
}

static json_t *answer_summary(const struct sidecar_query *q,
			      const struct roots *roots,
			      const struct sidecar_chain *c,
			      const struct sidecar_known *known)
{
	const struct rewards *active =
	    rewards_at(known, newest(roots, c->time));
	const struct rewards *last =
	    rewards_at(known, newest(roots, UINT64_MAX));
	json_t *list = json_array();
	size_t n = 0;
	const struct reward *all =
	    last ? rewards_of(last, &q->earner, &n) : NULL;

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, summary_of(c, active, &all[i]));
	return json_pack("{s:o}", "rewards", list);
}

bool sidecar_answer(json_t **ret, const struct sidecar_query *q,
		    const struct sidecar_chain *chain,
		    const struct sidecar_known *known, struct err *e)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct roots roots = read_roots(a, chain);

	if (q->what == SIDECAR_CLAIM_PROOF)
		return answer_proof(ret, a, q, &roots, chain->time, known, e);
	*ret = q->what == SIDECAR_ROOTS
		   ? answer_roots(&roots, q->only)
		   : answer_summary(q, &roots, chain, known);
	return true;
}

/* --- requests ------------------------------------------------------------- */

/* protobuf's JSON takes a field by either of its names. */
static const json_t *field(const json_t *j, const char *name, const char *other)
{
	const json_t *v = json_object_get(j, name);

	return v ? v : json_object_get(j, other);
}

static bool read_address(struct addr20 *ret, const json_t *v, const char *name,
			 struct err *e)
{
	CLEANUP(json_decrefp) json_t *o = json_object();

	if (v)
		json_object_set(o, name, (json_t *)(uintptr_t)v);
	return json_addr_at(ret, o, name, e);
}

/* -1, as a number or a text, is none. */
static bool is_none(const json_t *v)
{
	const char *text = json_string_value(v);

	return !v || json_is_null(v) || (text && !strcmp(text, "-1")) ||
	       (json_is_integer(v) && json_integer_value(v) == -1);
}

static bool read_root(struct sidecar_query *q, const json_t *v, struct err *e)
{
	CLEANUP(json_decrefp) json_t *o = NULL;
	struct u256 index;

	q->has_root = !is_none(v);
	if (!q->has_root)
		return true;
	o = json_pack("{s:O}", "rootIndex", v);
	if (!json_u256_at(&index, o, "rootIndex", e))
		return false;
	return u256_fits_u64(&q->root, index) ||
	       err_set(e, ERR_RANGE, 0, "rootIndex: over 64 bits");
}

static bool read_tokens(struct sidecar_query *q, const json_t *list,
			struct err *e)
{
	if (list && !json_is_null(list) && !json_is_array(list))
		return err_set(e, ERR_SCHEMA, 0, "tokens: no list");
	if (json_array_size(list) > SIDECAR_TOKENS_MAX)
		return err_set(e, ERR_LIMIT, 0, "tokens: over %d",
			       SIDECAR_TOKENS_MAX);
	for (; q->tokens_n < json_array_size(list); q->tokens_n++)
		if (!read_address(&q->tokens[q->tokens_n],
				  json_array_get(list, q->tokens_n), "tokens",
				  e))
			return false;
	return true;
}

bool sidecar_read_proof(struct sidecar_query *ret, const void *body, size_t len,
			struct err *e)
{
	CLEANUP(json_decrefp) json_t *j = NULL;

	return json_parse(&j, body, len, "the body", e) &&
	       read_address(&ret->earner,
			    field(j, "earnerAddress", "earner_address"),
			    "earnerAddress", e) &&
	       read_tokens(ret, json_object_get(j, "tokens"), e) &&
	       read_root(ret, field(j, "rootIndex", "root_index"), e);
}

/* The value of a key of the query, or NULL; *ret_len: up to the next one. */
static const char *in_query(const char *query, const char *key, size_t *ret_len)
{
	size_t len = strlen(key);

	for (;;) {
		*ret_len = strcspn(query, "&");
		if (*ret_len > len && !strncmp(query, key, len) &&
		    query[len] == '=') {
			*ret_len -= len + 1;
			return query + len + 1;
		}
		if (!query[*ret_len])
			return NULL;
		query += *ret_len + 1;
	}
}

bool sidecar_read_height(uint64_t *ret, const char *query, struct err *e)
{
	size_t len;
	const char *at = in_query(query, "blockHeight", &len);
	uint64_t v = 0;

	if (!at)
		at = in_query(query, "block_height", &len);
	for (size_t i = 0; at && i < len; i++) {
		if (at[i] < '0' || at[i] > '9' || v > UINT32_MAX)
			return err_set(e, ERR_RANGE, 0,
				       "blockHeight is a block's number");
		v = 10 * v + (uint64_t)(at[i] - '0');
	}
	*ret = v;
	return true;
}

static bool read_reward(struct reward *ret, const json_t *j, struct err *e)
{
	return json_addr_at(&ret->earner, j, "earner", e) &&
	       json_addr_at(&ret->token, j, "token", e) &&
	       json_u256_at(&ret->total, j, "total", e);
}

bool sidecar_read_rewards(struct rewards **ret, const json_t *body,
			  struct err *e)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const json_t *list;
	struct reward *all;
	size_t n;

	if (!json_at(&list, body, "rewards", e))
		return false;
	n = json_array_size(list);
	if (n > BODY_REWARDS_MAX)
		return err_set(e, ERR_LIMIT, 0, "rewards: over %d",
			       BODY_REWARDS_MAX);
	all = ARENA_ARRAY(a, struct reward, n);
	for (size_t i = 0; i < n; i++)
		if (!read_reward(&all[i], json_array_get(list, i), e))
			return err_ctx(e, "rewards[%zu]", i);
	return rewards_new(ret, all, n, e);
}
