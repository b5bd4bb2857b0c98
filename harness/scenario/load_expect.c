#include "base/base.h"
#include "base/nearest.h"
#include "scenario/load_priv.h"

/* `not OperatorSlashed: {…}` loads as the key "not OperatorSlashed". */
static struct event_want event(struct loader *l, const struct yaml_node *n)
{
	struct event_want w = { .kind = EVENT_IS, .pos = n->pos };
	const struct expr *x = expr_call(l->arena, n);
	struct yaml_node key, map;
	struct yaml_pair pair;

	w.pattern = x;
	if (x->kind == EXPR_UNARY && x->op == OP_NOT) {
		w.kind = EVENT_NOT;
		w.pattern = x->right;
	} else if (n->kind == YAML_MAP && n->n == 1 &&
		   !strncmp(n->pairs[0].key->text, "not ", 4)) {
		key = *n->pairs[0].key;
		key.text += 4;
		key.pos.col += 4;
		key.width -= 4;
		pair = (struct yaml_pair){ &key, n->pairs[0].value };
		map = *n;
		map.pairs = &pair;
		w.kind = EVENT_NOT;
		w.pattern = expr_call(l->arena, &map);
	}
	if (w.pattern->kind != EXPR_NAME && w.pattern->kind != EXPR_CALL &&
	    w.pattern->kind != EXPR_FIELD)
		load_note(l, n, NULL,
			  "wants an event: a name, or `Name: {argument: "
			  "value}`, with `not` before it for its absence");
	return w;
}

static const struct event_want *events(struct loader *l,
				       const struct yaml_node *n, bool nested,
				       size_t *ret_n)
{
	struct event_want *list = ARENA_ARRAY(l->arena, struct event_want,
					      n->n);
	size_t kept = 0;

	for (size_t i = 0; i < n->n; i++) {
		const struct yaml_node *item = n->items[i];
		struct event_want *w = &list[kept];

		if (item->kind != YAML_LIST) {
			*w = event(l, item);
			kept++;
		} else if (nested) {
			load_note(l, item, NULL,
				  "a list in any order holds events, no list");
		} else {
			w->kind = EVENT_ANY_ORDER;
			w->pos = item->pos;
			w->items = events(l, item, true, &w->n);
			kept++;
		}
	}
	*ret_n = kept;
	return list;
}

static void emits(struct loader *l, struct expect *x,
		  const struct yaml_node *n)
{
	if (n->kind != YAML_LIST) {
		load_note(l, n, NULL,
			  n->kind == YAML_MAP
				  ? "`emits` is a list: begin each event with "
				    "`- `"
				  : "`emits` is a list: `[%s]`",
			  n->text);
		return;
	}
	if (!n->n) {
		load_note(l, n, NULL,
			  "an empty list checks nothing; `not Name` says that "
			  "an event is absent");
		return;
	}
	x->emits = events(l, n, false, &x->emits_n);
	x->has_emits = true;
}

struct ledger {
	struct loader *l;
	struct change_want *items;
	size_t n, cap;
};

static void change(struct ledger *g, const char *path,
		   const struct yaml_node *key, const struct yaml_node *value)
{
	const struct expr *x = expr_text(g->l->arena, path, key->pos);
	struct expr *line = arena_memdup(g->l->arena, x, sizeof(*x));

	line->raw = path;
	GROW(g->items, g->n, g->cap);
	g->items[g->n++] = (struct change_want){
		.pos = key->pos,
		.path = line,
		.value = expr_node(g->l->arena, value),
	};
}

/* `alice, bob: {shares.PHA: -1 PHA}`: each name with each line inside. */
static void change_group(struct ledger *g, const struct yaml_pair *p)
{
	const char *s = p->key->text;

	while (*s) {
		size_t n = strcspn(s, ",");
		CLEANUP(freep) char *who = xstrndup(s, n);

		for (size_t i = 0; i < p->value->n; i++) {
			const struct yaml_pair *in = &p->value->pairs[i];

			if (in->value->kind == YAML_MAP &&
			    !in->value->flow) {
				load_note(g->l, in->value, NULL,
					  "a line of the ledger has a value");
				continue;
			}
			change(g,
			       arena_printf(g->l->arena, "%s.%s", who,
					    in->key->text),
			       in->key, in->value);
		}
		s += n;
		while (*s == ',' || *s == ' ')
			s++;
	}
}

/* A map is a group of lines, unless it is a pattern like {at least: 1}. */
static bool is_group(const struct yaml_node *v)
{
	static const char *const patterns[] = { "at least", "at most",
						"one of", "has", "matches" };

	if (v->kind != YAML_MAP ||
	    (v->n == 2 && yaml_get(v, "at least") && yaml_get(v, "at most")))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(patterns); i++)
		if (v->n == 1 && yaml_get(v, patterns[i]))
			return false;
	return true;
}

static void changes(struct loader *l, struct expect *x,
		    const struct yaml_node *n)
{
	struct ledger g = { .l = l };

	if (n->kind == YAML_LIST) {
		load_note(l, n, NULL, "`changes` is a map: its lines begin "
				      "without `- `");
		return;
	}
	if (!load_is(l, n, YAML_MAP, "`changes`"))
		return;
	for (size_t i = 0; i < n->n; i++) {
		const struct yaml_pair *p = &n->pairs[i];

		if (!strcmp(p->key->text, "...")) {
			const char *v = load_scalar(l, p->value, "`...`");

			if (v && strcmp(v, "any"))
				load_note(l, p->value, "any",
					  "in `changes` only `...: any` is "
					  "possible");
			x->changes_open = true;
		} else if (is_group(p->value)) {
			change_group(&g, p);
		} else {
			change(&g, p->key->text, p->key, p->value);
		}
	}
	x->has_changes = true;
	x->changes = g.n ? arena_memdup(l->arena, g.items,
					g.n * sizeof(*g.items))
			 : NULL;
	x->changes_n = g.n;
	free(g.items);
}

void load_checks(struct loader *l, const struct yaml_node *n,
		 const struct expr *const **ret, size_t *ret_n)
{
	const struct expr **list;

	if (n->kind == YAML_MAP) {
		load_note(l, n, NULL,
			  "wants a condition or a list of conditions, not a "
			  "map");
		return;
	}
	*ret_n = n->kind == YAML_LIST ? n->n : 1;
	list = ARENA_ARRAY(l->arena, const struct expr *, *ret_n);
	for (size_t i = 0; i < *ret_n; i++)
		list[i] = expr_node(l->arena,
				    n->kind == YAML_LIST ? n->items[i] : n);
	*ret = list;
	if (!*ret_n)
		load_note(l, n, NULL, "an empty list checks nothing");
}

void load_expect_key(struct loader *l, struct expect *x, enum common key,
		     const struct yaml_node *n)
{
	switch (key) {
	case COMMON_RETURNS:
		x->returns = expr_node(l->arena, n);
		break;
	case COMMON_REVERTS:
		x->reverts = expr_call(l->arena, n);
		break;
	case COMMON_EMITS:
		emits(l, x, n);
		break;
	case COMMON_CHANGES:
		changes(l, x, n);
		break;
	case COMMON_CHECK:
		load_checks(l, n, &x->checks, &x->checks_n);
		break;
	case COMMON_WITHIN:
		x->within = expr_node(l->arena, n);
		break;
	case COMMON_AS:
	case COMMON_AT:
	case COMMON_VIA:
	case COMMON_SAVE:
	case COMMON_WHEN:
	case COMMON__COUNT:
		break;
	}
}

const struct expect *load_expect(struct loader *l, const struct yaml_node *n)
{
	static const enum common which[] = { COMMON_RETURNS, COMMON_REVERTS,
					     COMMON_EMITS, COMMON_CHANGES,
					     COMMON_CHECK, COMMON_WITHIN };
	struct expect *x = ARENA_NEW(l->arena, struct expect);

	if (!load_is(l, n, YAML_MAP, "an expectation"))
		return x;
	load_known_keys(l, n, &keys_expect, NULL);
	for (size_t i = 0; i < ARRAY_LEN(which); i++) {
		const struct yaml_node *v =
			yaml_get(n, common_specs[which[i]].name);

		if (v)
			load_expect_key(l, x, which[i], v);
	}
	return x;
}
