#include "base/base.h"
#include "codec/rlp.h"

int fuzz_one(const uint8_t *data, size_t n);

static void put(struct buf *b, const struct rlp_item *it)
{
	size_t mark;

	if (!it->is_list) {
		rlp_bytes(b, it->data, it->len);
		return;
	}
	mark = rlp_list_begin(b);
	for (size_t i = 0; i < it->n; i++)
		put(b, &it->items[i]);
	rlp_list_end(b, mark);
}

/* Only canonical forms are read, so writing gives back the input. */
int fuzz_one(const uint8_t *data, size_t n)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct buf b = BUF_INIT(n + 1);
	struct err e = ERR_INIT;
	struct rlp_item it;

	if (rlp_decode(&it, a, data, n, &e)) {
		put(&b, &it);
		ASSERT(b.len == n && !memcmp(b.data, data, n));
	} else {
		ASSERT(e.code == ERR_PARSE || e.code == ERR_LIMIT);
	}
	buf_done(&b);
	return 0;
}
