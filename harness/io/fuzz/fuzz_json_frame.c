#include "base/base.h"
#include "codec/json.h"
#include "io/stream.h"

int fuzz_one(const uint8_t *data, size_t n);

/* Where jansson, which parses, sees the end of the first value; 0: nowhere. */
static size_t jansson_end(const char *text, size_t n)
{
	CLEANUP(json_decrefp) json_t *j = NULL;
	json_error_t e;

	j = json_loadb(text, n, JSON_DISABLE_EOF_CHECK, &e);
	return j ? (size_t)e.position : 0;
}

/* However the bytes arrive, the same end is found, and it is the value's. */
int fuzz_one(const uint8_t *data, size_t n)
{
	const char *text = (const char *)data;
	struct json_frame whole = {0}, bytes = {0};
	ssize_t end = json_frame(&whole, text, n), found = 0;
	size_t parsed = jansson_end(text, n);

	for (size_t i = 0; i <= n && !found; i++)
		found = json_frame(&bytes, text, i);
	ASSERT(found == end);
	ASSERT(end <= (ssize_t)n);
	/* -1 only for what nests too deep, which the corpus does not. */
	ASSERT(!parsed || end < 0 || (size_t)end == parsed);
	return 0;
}
