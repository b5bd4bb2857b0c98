/*
 * Merkle trees as EigenLayer's contracts verify them: keccak of both children,
 * the leaf's index says on which side each sibling stands, and a tree of one
 * leaf is that leaf. Missing leaves up to a power of two are zero.
 */
#include "crypto/hash.h"
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

/* All levels, the leaves first, in one array of 2 * width - 1 nodes. */
static void fill(struct hash32 *nodes, size_t width)
{
	struct hash32 *level = nodes;

	for (; width > 1; width /= 2) {
		for (size_t i = 0; i < width / 2; i++)
			level[width + i] = keccak256(&level[2 * i],
						     2 * sizeof(*level));
		level += width;
	}
}

/* The siblings on the way up, concatenated. */
static struct value proof_of(struct arena *a, const struct hash32 *nodes,
			     size_t width, size_t index)
{
	struct buf b = BUF_INIT(4096);
	struct value v;

	for (; width > 1; width /= 2) {
		buf_add(&b, nodes[index ^ 1].b, 32);
		nodes += width;
		index /= 2;
	}
	v = value_bytes(arena_memdup(a, b.data, b.len), b.len);
	buf_done(&b);
	return v;
}

bool eval_merkle(struct value *ret, struct arena *a, const struct value *leaves,
		 struct err *e)
{
	static const char *const keys[] = { "root", "proofs" };
	struct value *items = ARENA_ARRAY(a, struct value, 2), *proofs;
	struct hash32 *nodes;
	size_t width = 1;

	if (leaves->kind != VALUE_LIST || !leaves->len ||
	    leaves->len > LEAVES_MAX)
		return err_set(e, ERR_SCHEMA, 0,
			       "merkle() takes a list of 1 to %d leaves",
			       LEAVES_MAX);
	while (width < leaves->len)
		width *= 2;
	nodes = ARENA_ARRAY(a, struct hash32, 2 * width);
	if (!read_leaves(nodes, leaves, e))
		return false;
	fill(nodes, width);
	proofs = ARENA_ARRAY(a, struct value, leaves->len);
	for (size_t i = 0; i < leaves->len; i++)
		proofs[i] = proof_of(a, nodes, width, i);
	items[0] = value_bytes(nodes[2 * width - 2].b, 32);
	items[1] = value_list(proofs, leaves->len);
	*ret = value_map(keys, items, 2);
	return true;
}
