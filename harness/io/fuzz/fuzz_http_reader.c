#include "base/base.h"
#include "io/http_reader.h"

int fuzz_one(const uint8_t *data, size_t n);

struct outcome {
	bool ok, whole;
	struct buf body;
	int status;
};

/* In pieces of @step bytes, until it is whole, wrong, or over. */
static struct outcome read_all(const uint8_t *data, size_t n, size_t step)
{
	struct outcome o = {.ok = true, .body = BUF_INIT(4096)};
	struct http_reader r = http_reader_new(&o.body);
	struct err e = ERR_INIT;

	for (size_t at = 0; o.ok && !o.whole && at < n; at += step)
		o.ok = http_reader_feed(&r, (const char *)data + at,
					n - at < step ? n - at : step,
					&o.whole, &e);
	o.ok = o.ok && http_reader_end(&r, &e);
	ASSERT(o.ok || e.code == ERR_HTTP || e.code == ERR_LIMIT);
	o.status = r.status;
	http_reader_done(&r);
	return o;
}

/* Any bytes mean the same however they come. */
int fuzz_one(const uint8_t *data, size_t n)
{
	struct outcome all = read_all(data, n, n ? n : 1);
	struct outcome bytes = read_all(data, n, 1);

	ASSERT(all.ok == bytes.ok);
	if (all.ok) {
		ASSERT(all.status == bytes.status && all.whole == bytes.whole);
		ASSERT(all.body.len == bytes.body.len);
		ASSERT(!all.body.len ||
		       !memcmp(all.body.data, bytes.body.data, all.body.len));
	}
	buf_done(&all.body);
	buf_done(&bytes.body);
	return 0;
}
