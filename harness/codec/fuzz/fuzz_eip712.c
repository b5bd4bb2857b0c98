#include "base/base.h"
#include "codec/eip712.h"

int fuzz_one(const uint8_t *data, size_t n);

/* The text of a type that was parsed is that type again. */
int fuzz_one(const uint8_t *data, size_t n)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct buf b = BUF_INIT(1u << 20), c = BUF_INIT(1u << 20);
	const char *text = arena_strndup(a, (const char *)data, n);
	const struct abi_type *t, *again;
	struct err e = ERR_INIT;

	if (!eip712_type_parse(&t, a, text, &e)) {
		ASSERT(e.code != ERR_NONE && e.text[0]);
		return 0;
	}
	ASSERT(eip712_type_text(&b, t, &e));
	ASSERT(eip712_type_parse(&again, a, buf_str(&b), &e));
	ASSERT(!strcmp(again->name, t->name));
	ASSERT(eip712_type_text(&c, again, &e));
	ASSERT(!strcmp(buf_str(&b), buf_str(&c)));
	buf_done(&b);
	buf_done(&c);
	return 0;
}
