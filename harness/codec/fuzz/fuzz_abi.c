#include "base/base.h"
#include "codec/abi.h"

/*
 * An input is the text of a type, a newline, and data of that type. One
 * without a newline is the JSON of an ABI.
 */
int fuzz_one(const uint8_t *data, size_t n);

#define OUT_MAX (1u << 20)

/* A decoded value fits its type, is no larger than its data, and stays so. */
static void try_data(struct arena *a, const struct abi_type *t,
		     const uint8_t *data, size_t n)
{
	struct buf b = BUF_INIT(OUT_MAX), x = BUF_INIT(OUT_MAX);
	struct buf y = BUF_INIT(OUT_MAX);
	struct err e = ERR_INIT;
	struct abi_val v, again;

	if (!abi_decode(&v, a, t, data, n, &e)) {
		ASSERT(e.code == ERR_PARSE || e.code == ERR_LIMIT);
		return;
	}
	ASSERT(abi_encode(&b, t, &v, &e));
	ASSERT(b.len <= n);
	ASSERT(abi_decode(&again, a, t, b.data, b.len, &e));
	abi_format(&x, t, &v);
	abi_format(&y, t, &again);
	ASSERT(!strcmp(buf_str(&x), buf_str(&y)));
	buf_clear(&b);
	if (!abi_encode_packed(&b, t, &v, &e))
		ASSERT(e.code == ERR_UNSUPPORTED);
	buf_done(&b);
	buf_done(&x);
	buf_done(&y);
}

static void try_json(struct arena *a, const char *text, size_t n)
{
	CLEANUP(json_decrefp) json_t *j = NULL;
	struct buf b = BUF_INIT(OUT_MAX);
	struct err e = ERR_INIT;
	struct abi *abi;

	if (!json_parse(&j, text, n, "fuzz", &e) ||
	    !abi_parse(&abi, a, j, "fuzz", &e)) {
		ASSERT(e.code != ERR_NONE && e.text[0]);
		return;
	}
	for (size_t i = 0; i < abi->functions_n; i++) {
		const struct abi_entry *f = &abi->functions[i];

		abi_describe(&b, f);
		ASSERT(abi_function(abi, f->name, NULL));
	}
	buf_done(&b);
}

int fuzz_one(const uint8_t *data, size_t n)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const uint8_t *line = n ? memchr(data, '\n', n) : NULL;
	const struct abi_type *t, *again;
	struct err e = ERR_INIT;
	const char *text;

	if (!line) {
		try_json(a, (const char *)data, n);
		return 0;
	}
	text = arena_strndup(a, (const char *)data, (size_t)(line - data));
	if (!abi_type_parse(&t, a, text, &e)) {
		ASSERT(e.code != ERR_NONE && e.text[0]);
		return 0;
	}
	ASSERT(abi_type_parse(&again, a, t->name, &e));
	ASSERT(!strcmp(again->name, t->name));
	try_data(a, t, line + 1, n - (size_t)(line + 1 - data));
	return 0;
}
