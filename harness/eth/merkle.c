#include "eth/merkle.h"

#include "base/base.h"

struct merkle merkle_new(struct arena *a, const struct hash32 *leaves, size_t n)
{
	struct merkle m = {.width = 1};
	struct hash32 *level;

	while (m.width < n)
		m.width *= 2;
	m.nodes = ARENA_ARRAY(a, struct hash32, 2 * m.width);
	memcpy(m.nodes, leaves, n * sizeof(*leaves));
	level = m.nodes;
	for (size_t width = m.width; width > 1; width /= 2) {
		for (size_t i = 0; i < width / 2; i++)
			level[width + i] =
			    keccak256(&level[2 * i], 2 * sizeof(*level));
		level += width;
	}
	return m;
}

struct hash32 merkle_root(const struct merkle *m)
{
	return m->nodes[2 * m->width - 2];
}

void merkle_proof(struct buf *ret, const struct merkle *m, size_t index)
{
	const struct hash32 *level = m->nodes;

	for (size_t width = m->width; width > 1; width /= 2) {
		buf_add(ret, level[index ^ 1].b, sizeof(level->b));
		level += width;
		index /= 2;
	}
}
