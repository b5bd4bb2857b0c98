#include "base/base.h"
#include "base/nearest.h"
#include "codec/abi.h"
#include "scenario/load_priv.h"

struct type_name {
	const char *name;
	enum want_kind kind;
};

static const struct type_name type_names[] = {
	{ "any", WANT_ANY },	       { "operator", WANT_OPERATOR },
	{ "actor", WANT_ACTOR },       { "token", WANT_TOKEN },
	{ "set", WANT_SET },	       { "contract", WANT_CONTRACT },
	{ "process", WANT_PROCESS },   { "amount", WANT_AMOUNT },
	{ "wad", WANT_WAD },	       { "time", WANT_TIME },
	{ "block", WANT_BLOCK },       { "duration", WANT_DURATION },
	{ "blocks", WANT_BLOCKS },     { "window", WANT_WINDOW },
	{ "struct", WANT_STRUCT },     { "text", WANT_TEXT },
	{ "json", WANT_JSON },	       { "fault", WANT_FAULT },
	{ "call", WANT_CALL },	       { "number", WANT_NUMBER },
};

static const char *nearest_type(const char *s)
{
	const char *names[ARRAY_LEN(type_names) + 8];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(type_names); i++)
		names[n++] = type_names[i].name;
	names[n++] = "address";
	names[n++] = "bytes";
	names[n++] = "bytes32";
	names[n++] = "uint256";
	names[n++] = "uint32";
	names[n++] = "bool";
	return nearest_name(s, names, n);
}

static bool load_type(struct loader *l, struct want *ret,
		      const struct yaml_node *at, const char *text)
{
	static const char of_token[] = "amount of ";
	struct err e = ERR_INIT;

	ret->text = text;
	if (!strncmp(text, of_token, strlen(of_token))) {
		ret->kind = WANT_AMOUNT;
		ret->of = text + strlen(of_token);
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(type_names); i++)
		if (!strcmp(type_names[i].name, text)) {
			ret->kind = type_names[i].kind;
			return true;
		}
	if (abi_type_parse(&ret->abi, l->arena, text, &e)) {
		ret->kind = WANT_ABI;
		return true;
	}
	/* `taskManager.Response`: a struct of that contract's ABI. */
	if (strchr(text, '.')) {
		ret->kind = WANT_STRUCT;
		return true;
	}
	load_note(l, at, nearest_type(text), "there is no type `%s`", text);
	return false;
}

/* `type`, `[type]`, `type = default`. */
static bool load_take_type(struct loader *l, struct take *t,
			   const struct yaml_node *n)
{
	const char *s, *eq;

	if (n->kind == YAML_LIST && n->n == 1 &&
	    n->items[0]->kind == YAML_SCALAR) {
		if (!load_type(l, &t->type, n, n->items[0]->text))
			return false;
		t->type.list = true;
		t->type.text = arena_printf(l->arena, "[%s]",
					    n->items[0]->text);
		return true;
	}
	s = load_scalar(l, n, "a type");
	if (!s)
		return false;
	eq = strstr(s, " = ");
	if (eq) {
		struct src_pos pos = n->pos;

		pos.col += expr_chars(s, (size_t)(eq + 3 - s)) +
			   (n->style != YAML_PLAIN);
		t->fallback = expr_text(l->arena, eq + 3, pos);
		s = arena_strndup(l->arena, s, (size_t)(eq - s));
	}
	return load_type(l, &t->type, n, s);
}

static bool load_take(struct loader *l, struct take *t,
		      const struct yaml_pair *p)
{
	const struct yaml_node *type = p->value, *fallback = NULL;

	t->name = p->key->text;
	t->pos = p->key->pos;
	for (int i = 0; i < COMMON__COUNT; i++)
		if (!strcmp(common_specs[i].name, t->name)) {
			load_note(l, p->key, NULL,
				  "a parameter cannot be called `%s`: every "
				  "step has a key of that name",
				  t->name);
			return false;
		}
	if (p->value->kind == YAML_MAP) {
		load_known_keys(l, p->value, &keys_take, NULL);
		type = yaml_get(p->value, "type");
		fallback = yaml_get(p->value, "default");
		if (!type) {
			load_note(l, p->value, NULL,
				  "a parameter wants `type: …`");
			return false;
		}
	}
	if (fallback)
		t->fallback = expr_node(l->arena, fallback);
	return load_take_type(l, t, type);
}

/* `amount of token`, where `token: token` is taken as well. */
static void find_token(struct loader *l, const struct take *list, size_t n,
		       const struct take *t)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(list[i].name, t->type.of) &&
		    list[i].type.kind == WANT_TOKEN)
			return;
	load_note_at(l, t->pos, expr_chars(t->name, strlen(t->name)), NULL,
		     "`amount of %s`: this verb takes no token of that name",
		     t->type.of);
}

struct verb_def *load_verb_head(struct loader *l)
{
	const struct yaml_node *root = l->doc->root;
	const struct yaml_node *doc = yaml_get(root, "doc");
	const struct yaml_node *takes = yaml_get(root, "takes");
	struct verb_def *def = ARENA_NEW(l->arena, struct verb_def);
	struct take *list;

	load_known_keys(l, root, &keys_verb, NULL);
	def->file = l->doc;
	def->pos = root->pairs[0].value->pos;
	def->name = load_scalar(l, root->pairs[0].value, "a verb's name");
	if (!def->name)
		return NULL;
	if (verb_find(def->name) != VERB__COUNT) {
		load_note(l, root->pairs[0].value, NULL,
			  "`%s` is a verb of the language", def->name);
		return NULL;
	}
	if (doc)
		def->doc = load_scalar(l, doc, "`doc`");
	if (!takes || takes->kind != YAML_MAP || !takes->n) {
		load_note(l, takes ? takes : root->pairs[0].value, NULL,
			  "a verb wants `takes: {name: type}`; the first is "
			  "its main argument");
		return NULL;
	}
	list = ARENA_ARRAY(l->arena, struct take, takes->n);
	for (size_t i = 0; i < takes->n; i++)
		/* One of no known type is of any: the verb is there. */
		if (!load_take(l, &list[i], &takes->pairs[i]))
			list[i].type = (struct want){ .kind = WANT_ANY,
							.text = "any" };
	for (size_t i = 0; i < takes->n; i++)
		if (list[i].type.of)
			find_token(l, list, takes->n, &list[i]);
	def->takes = list;
	def->takes_n = takes->n;
	return def;
}

/* Nothing at all, or names that are gone when it ends. */
static bool only_names(const struct step_list *steps)
{
	for (size_t i = 0; i < steps->n; i++)
		if (steps->steps[i]->verb != VERB_LET)
			return false;
	return true;
}

void load_verb_body(struct loader *l, struct verb_def *def)
{
	const struct yaml_node *steps = yaml_get(l->doc->root, "steps");
	const struct yaml_node *gives = yaml_get(l->doc->root, "gives");

	if (steps)
		def->steps = load_steps(l, steps);
	if (gives)
		(void)load_bindings(l, gives, "`gives`", &def->gives,
				    &def->gives_n);
	if (!gives && !def->steps.gaps && only_names(&def->steps))
		load_note_at(l, def->pos, expr_chars(def->name,
						     strlen(def->name)),
			     NULL,
			     "verb `%s` does nothing: a verb has steps, of "
			     "which the last is its act, or `gives`",
			     def->name);
}

const struct invariant *load_invariant_doc(struct loader *l)
{
	const struct yaml_node *root = l->doc->root;
	const struct yaml_node *each = yaml_get(root, "each");
	const struct yaml_node *check = yaml_get(root, "check");
	struct invariant *inv = ARENA_NEW(l->arena, struct invariant);

	load_known_keys(l, root, &keys_invariant, NULL);
	inv->file = l->doc;
	inv->pos = root->pairs[0].value->pos;
	inv->title = load_scalar(l, root->pairs[0].value, "a title");
	if (each)
		inv->each = load_rows(l, each);
	if (check)
		load_checks(l, check, &inv->checks, &inv->checks_n);
	else
		load_note(l, root->pairs[0].value, NULL,
			  "an invariant wants `check: …`");
	for (size_t i = 0; i < inv->checks_n; i++)
		inv->before |= expr_asks_before(inv->checks[i]);
	return inv;
}
