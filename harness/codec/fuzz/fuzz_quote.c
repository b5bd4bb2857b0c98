#include <stdint.h>

#include "base/base.h"
#include "codec/inspect.h"
#include "codec/quote.h"

int fuzz_one(const uint8_t *data, size_t n);

/* What parses is written back as it was, and can be printed. */
int fuzz_one(const uint8_t *data, size_t n)
{
	struct buf b = BUF_INIT(n + 1), text = BUF_INIT(16 * n + 65536);
	struct quote q;
	struct quote_map m, again;
	struct err e = ERR_INIT;

	if (quote_parse(&q, &m, data, n, &e)) {
		quote_write(&b, &again, &q);
		ASSERT(b.len == n && !memcmp(b.data, data, n));
		ASSERT(!memcmp(&m, &again, sizeof(m)));
		ASSERT(inspect_quote(&text, data, n, &e));
	} else {
		ASSERT(e.code != ERR_NONE && e.text[0]);
		ASSERT(!inspect_quote(&text, data, n, &e) && !text.len);
	}
	buf_done(&b);
	buf_done(&text);
	return 0;
}
