#include <stdint.h>

#include "base/base.h"
#include "codec/quote.h"
#include "codec/quote_doc.h"

int fuzz_one(const uint8_t *data, size_t n);

/* What parses is written back as it was, and can be printed. */
int fuzz_one(const uint8_t *data, size_t n)
{
	struct buf b = BUF_INIT(n + 1), text = BUF_INIT(16 * n + 65536);
	struct quote q;
	struct quote_map m, again;
	struct err e = ERR_INIT;
	json_t *doc, *events = NULL;

	if (quote_parse(&q, &m, data, n, &e)) {
		quote_write(&b, &again, &q);
		ASSERT(b.len == n && !memcmp(b.data, data, n));
		ASSERT(!memcmp(&m, &again, sizeof(m)));
		/* Six signatures take a hundred times as long as the rest. */
		if (data[28] % 64 == 0) {
			ASSERT(quote_doc(&doc, data, n, NULL, &e));
			quote_doc_text(&text, doc);
			json_decref(doc);
		}
	} else {
		ASSERT(e.code != ERR_NONE && e.text[0]);
		ASSERT(!quote_doc(&doc, data, n, NULL, &e));
	}
	buf_clear(&b);
	if (quote_file(&b, &events, data, n, &e))
		json_decref(events);
	buf_done(&b);
	buf_done(&text);
	return 0;
}
