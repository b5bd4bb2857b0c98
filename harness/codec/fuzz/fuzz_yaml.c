#include "base/base.h"

#include "codec/yaml.h"

int fuzz_one(const uint8_t *data, size_t n);

/* Every place in a tree lies in its source, and every text has its line. */
static void walk(const struct yaml_doc *d, const struct yaml_node *n)
{
	ASSERT(n->pos.line >= 1 && n->pos.line <= d->lines_n);
	for (size_t i = 0; i < n->n; i++) {
		if (n->kind == YAML_LIST) {
			walk(d, n->items[i]);
		} else {
			walk(d, n->pairs[i].key);
			walk(d, n->pairs[i].value);
		}
	}
}

int fuzz_one(const uint8_t *data, size_t n)
{
	CLEANUP(yaml_doc_freep) struct yaml_doc *d = NULL;
	struct err e = ERR_INIT;

	if (yaml_parse(&d, "fuzz", (const char *)data, n, &e))
		walk(d, d->root);
	else
		ASSERT(e.code != ERR_NONE && e.text[0]);
	return 0;
}
