#include <stdint.h>

#include "base/base.h"
#include "codec/collateral_doc.h"
#include "devnet/collateral.h"

int fuzz_one(const uint8_t *data, size_t n);

/* Explained it is in any case, once it is an object. */
static void explain(json_t *json)
{
	CLEANUP(json_decrefp) json_t *doc = NULL;
	struct buf text = BUF_INIT(64u << 20);

	if (json_is_object(json)) {
		doc = collateral_doc(json);
		ASSERT(json_array_size(json_object_get(doc, "chains")) == 3);
		ASSERT(json_array_size(json_object_get(doc, "crls")) == 2);
		collateral_doc_text(&text, doc);
		ASSERT(text.len && !text.over);
	}
	buf_done(&text);
}

/* Any JSON: taken apart whole, or refused by a name and a reason. */
int fuzz_one(const uint8_t *data, size_t n)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	CLEANUP(json_decrefp) json_t *json = NULL, *ids = json_array();
	CLEANUP(freep) char *text = xstrndup((const char *)data, n);
	const struct p256_pub root = {.x = {0}};
	const struct hash32 none = {{0}};
	struct finding why = {.check = ""};
	struct err e = ERR_INIT;
	struct puts puts;

	collateral_advisories(ids, text, &none);
	ASSERT(!json_array_size(ids));
	if (!json_parse(&json, text, strlen(text), "collateral", &e))
		return 0;
	explain(json);
	/* The roots are read, whatever is said of them. */
	(void)!collateral_puts(&puts, a, json, &root, data, n, &why);
	why = (struct finding){.check = ""};
	if (collateral_puts(&puts, a, json, NULL, data, n, &why)) {
		ASSERT(puts.n >= 6 && puts.n <= PUTS_MAX && !why.check[0]);
		for (size_t i = 0; i < puts.n; i++)
			ASSERT(puts.put[i].function && puts.put[i].args_n);
	} else {
		ASSERT(why.check[0] && why.where[0] && why.detail[0]);
	}
	return 0;
}
