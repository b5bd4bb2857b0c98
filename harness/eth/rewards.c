#include "eth/rewards.h"

#include <stdlib.h>

#include "base/base.h"
#include "eth/merkle.h"

struct earner {
	const struct reward *first; /* of its rewards */
	size_t n;
	struct merkle tokens;
};

struct rewards {
	struct arena *arena;
	struct reward *all; /* by earner, then token */
	struct earner *earners;
	size_t earners_n;
	struct merkle tree;
};

static int by_address(const struct addr20 *a, const struct addr20 *b)
{
	return memcmp(a->b, b->b, sizeof(a->b));
}

static int by_earner_and_token(const void *a, const void *b)
{
	const struct reward *x = a, *y = b;
	int order = by_address(&x->earner, &y->earner);

	return order ? order : by_address(&x->token, &y->token);
}

static struct hash32 token_leaf(const struct reward *r)
{
	uint8_t text[1 + 20 + 32] = {0x01};

	memcpy(text + 1, r->token.b, 20);
	u256_to_be(text + 21, r->total);
	return keccak256(text, sizeof(text));
}

static struct hash32 earner_leaf(const struct addr20 *earner,
				 const struct hash32 *token_root)
{
	uint8_t text[1 + 20 + 32] = {0x00};

	memcpy(text + 1, earner->b, 20);
	memcpy(text + 21, token_root->b, 32);
	return keccak256(text, sizeof(text));
}

static void plant(struct rewards *r, size_t n)
{
	struct hash32 *leaves = ARENA_ARRAY(r->arena, struct hash32, n);
	struct hash32 root;

	for (size_t i = 0; i < n; i++)
		leaves[i] = token_leaf(&r->all[i]);
	for (size_t i = 0; i < r->earners_n; i++) {
		struct earner *e = &r->earners[i];

		e->tokens =
		    merkle_new(r->arena, leaves + (e->first - r->all), e->n);
	}
	for (size_t i = 0; i < r->earners_n; i++) {
		root = merkle_root(&r->earners[i].tokens);
		leaves[i] = earner_leaf(&r->earners[i].first->earner, &root);
	}
	r->tree = merkle_new(r->arena, leaves, r->earners_n);
}

bool rewards_new(struct rewards **ret, const struct reward *all, size_t n,
		 struct err *e)
{
	CLEANUP(rewards_freep) struct rewards *r = NULL;

	if (!n || n > REWARDS_MAX)
		return err_set(e, ERR_RANGE, 0,
			       "a distribution has 1 to %d rewards, not %zu",
			       REWARDS_MAX, n);
	r = xcalloc(1, sizeof(*r));
	r->arena = arena_new();
	r->all = arena_memdup(r->arena, all, n * sizeof(*all));
	qsort(r->all, n, sizeof(*r->all), by_earner_and_token);
	r->earners = ARENA_ARRAY(r->arena, struct earner, n);
	for (size_t i = 0; i < n; i++) {
		const struct reward *it = &r->all[i];

		if (i && !by_earner_and_token(it - 1, it))
			return err_set(e, ERR_SCHEMA, 0,
				       "%s has token %s twice; what a leaf "
				       "says is the whole of it",
				       fmt_addr(&it->earner).s,
				       fmt_addr(&it->token).s);
		if (!i || by_address(&it[-1].earner, &it->earner))
			r->earners[r->earners_n++].first = it;
		r->earners[r->earners_n - 1].n++;
	}
	plant(r, n);
	*ret = TAKE(r);
	return true;
}

void rewards_free(struct rewards *r)
{
	if (!r)
		return;
	arena_free(r->arena);
	free(r);
}

struct hash32 rewards_root(const struct rewards *r)
{
	return merkle_root(&r->tree);
}

static const struct earner *find_earner(const struct rewards *r,
					const struct addr20 *earner)
{
	for (size_t i = 0; i < r->earners_n; i++)
		if (addr_eq(&r->earners[i].first->earner, earner))
			return &r->earners[i];
	return NULL;
}

const struct reward *rewards_all(const struct rewards *r, size_t *ret_n)
{
	const struct earner *last = &r->earners[r->earners_n - 1];

	*ret_n = (size_t)(last->first - r->all) + last->n;
	return r->all;
}

const struct reward *rewards_of(const struct rewards *r,
				const struct addr20 *earner, size_t *ret_n)
{
	const struct earner *it = find_earner(r, earner);

	*ret_n = it ? it->n : 0;
	return it ? it->first : NULL;
}

static const uint8_t *proof_of(struct arena *a, const struct merkle *m,
			       size_t index, size_t *ret_len)
{
	struct buf b = BUF_INIT(64u * 32);
	const uint8_t *copy;

	merkle_proof(&b, m, index);
	copy = arena_memdup(a, b.data, b.len);
	*ret_len = b.len;
	buf_done(&b);
	return copy;
}

static void add_leaf(struct rewards_claim *c, struct arena *a,
		     const struct earner *of, size_t index)
{
	struct rewards_leaf *leaf = &c->leaves[c->leaves_n++];

	leaf->index = (uint32_t)index;
	leaf->reward = &of->first[index];
	leaf->proof = proof_of(a, &of->tokens, index, &leaf->proof_len);
}

bool rewards_claim(struct rewards_claim *ret, struct arena *a,
		   const struct rewards *r, const struct addr20 *earner,
		   const struct addr20 *tokens, size_t n, struct err *e)
{
	const struct earner *of = find_earner(r, earner);
	struct rewards_claim c = {.earner = *earner};
	size_t index;

	if (!of)
		return err_set(e, ERR_SCHEMA, 0,
			       "%s earned nothing in this distribution",
			       fmt_addr(earner).s);
	c.earner_index = (uint32_t)(of - r->earners);
	c.token_root = merkle_root(&of->tokens);
	c.proof = proof_of(a, &r->tree, c.earner_index, &c.proof_len);
	c.leaves = ARENA_ARRAY(a, struct rewards_leaf, n ? n : of->n);
	for (size_t i = 0; !n && i < of->n; i++)
		add_leaf(&c, a, of, i);
	for (size_t i = 0; i < n; i++) {
		for (index = 0; index < of->n; index++)
			if (addr_eq(&of->first[index].token, &tokens[i]))
				break;
		if (index == of->n)
			return err_set(e, ERR_SCHEMA, 0,
				       "%s earned no %s in this distribution",
				       fmt_addr(earner).s,
				       fmt_addr(&tokens[i]).s);
		add_leaf(&c, a, of, index);
	}
	*ret = c;
	return true;
}
