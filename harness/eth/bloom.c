#include "eth/bloom.h"

#include "base/base.h"
#include "base/hex.h"

struct bloom bloom_of_anything(void)
{
	struct bloom b;

	memset(b.b, 0xff, sizeof(b.b));
	return b;
}

bool bloom_read(struct bloom *ret, const json_t *header, struct err *e)
{
	const json_t *said = json_object_get(header, "logsBloom");
	const char *text;
	struct bloom b;

	if (!said || json_is_null(said)) {
		*ret = bloom_of_anything();
		return true;
	}
	if (!json_text_at(&text, header, "logsBloom", e))
		return false;
	if (!hex_decode(b.b, sizeof(b.b), text, strlen(text), e))
		return err_ctx(e, "logsBloom");
	*ret = b;
	return true;
}

/* Three bits for each item: the first three pairs of its hash's bytes. */
bool bloom_may_have(const struct bloom *b, const void *item, size_t len)
{
	struct hash32 h = keccak256(item, len);

	for (size_t i = 0; i < 6; i += 2) {
		unsigned bit = (h.b[i] & 7u) << 8 | h.b[i + 1];

		if (!(b->b[255 - bit / 8] & 1u << bit % 8))
			return false;
	}
	return true;
}
