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

/* Every line stays where it is, and there is always less. */
static bool leave_out(char *text, size_t n, const struct err *e)
{
	CLEANUP(freep) char *was = memcpy(xcalloc(n + 1, 1), text, n);
	struct yaml_gap g = { 0 };
	bool left_out = yaml_leave_out(text, n, e->pos.line, &g);

	ASSERT(left_out == (memcmp(was, text, n) != 0));
	ASSERT(g.key <= g.from && g.from <= g.to && g.to <= n);
	for (size_t i = 0; i < n; i++)
		ASSERT(text[i] == was[i] ||
		       (i >= g.from && i < g.to && was[i] != '\n' &&
			(text[i] == ' ' || (text[i] == 'x' && i == g.from))));
	return left_out;
}

int fuzz_one(const uint8_t *data, size_t n)
{
	CLEANUP(yaml_doc_freep) struct yaml_doc *d = NULL;
	CLEANUP(freep) char *text = memcpy(xcalloc(n + 1, 1), data, n);
	struct err e = ERR_INIT;

	while (!yaml_parse(&d, "fuzz", text, n, &e)) {
		ASSERT(e.code != ERR_NONE && e.text[0]);
		if (!leave_out(text, n, &e))
			return 0;
	}
	walk(d, d->root);
	return 0;
}
