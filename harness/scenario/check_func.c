/*
 * Functions of the language: how many values they take, which, and what they
 * give.
 */
#include "base/base.h"
#include "base/nearest.h"
#include "scenario/check_priv.h"

/* An event that count() or event() names. */
static const struct abi_entry *named_event(struct checker *c,
					   const struct expr *x)
{
	const char *contract = NULL, *name = x->name, *names[8];
	const struct abi_entry *entry = NULL;
	const struct abi *abi;

	if (x->kind == EXPR_FIELD && x->left->kind == EXPR_NAME)
		contract = x->left->name;
	else if (x->kind != EXPR_NAME)
		return NULL;
	abi = contract ? check_abi(c, contract) : NULL;
	if (abi)
		entry = abi_event(abi, name, NULL);
	else if (!contract)
		(void)check_declarers(c, ENTRY_EVENT, name, names, 8, &entry);
	if (!entry)
		check_at(c, x, check_nearest_entry(c, abi, ENTRY_EVENT, name),
			 "there is no event `%s`", check_source(c, x));
	return entry;
}

static bool is_event_name(struct checker *c, const struct expr *x)
{
	if (x->kind == EXPR_FIELD)
		return x->left->kind == EXPR_NAME &&
		       check_is_struct_name(x->name);
	return x->kind == EXPR_NAME &&
	       world_find(c->world, x->name, NULL, NULL) == REF_NONE;
}

/* count(), event() and events() of an event. */
static const struct type *of_events(struct checker *c, const struct frame *f,
				    const struct expr *x)
{
	const struct abi_entry *entry = named_event(c, x->items[0]);
	const char *name = x->left->name;
	struct type *t;

	for (size_t i = 1; i < x->n; i++)
		(void)check_expr(c, f, x->items[i]);
	if (!strcmp(name, "count"))
		return type_count(c);
	if (!entry || !strcmp(name, "event"))
		return entry ? type_events(c, entry) : &TYPE_ANYTHING;
	t = type_new(c, TYPE_LIST);
	t->elem = type_of_abi(c, entry->in);
	return t;
}

/* --- what is wanted -------------------------------------------------------- */

enum arg {
	ARG_ANY, ARG_BYTES, ARG_SIZED, ARG_NUMBER, ARG_LIST, ARG_NUMBERS,
	ARG_ACTOR, ARG_BLOCK, ARG_TIME,
};

static const char *const arg_texts[] = {
	[ARG_BYTES] = "bytes or a text",
	[ARG_SIZED] = "bytes, a text or a list",
	[ARG_NUMBER] = "a number",
	[ARG_LIST] = "a list",
	[ARG_NUMBERS] = "a list of numbers",
	[ARG_ACTOR] = "an operator or a role",
	[ARG_BLOCK] = "a block number",
	[ARG_TIME] = "seconds",
};

#define ARGS_MANY 32

struct known_function {
	const char *name;
	enum type_kind kind;
	enum unit unit;
	size_t size;
	size_t least, most;
	enum arg args[4]; /* of many the first is what all of them are */
};

static const struct known_function functions[] = {
	{ "keccak", TYPE_BYTES, UNIT_NONE, 32, 1, 1, { ARG_BYTES } },
	{ "sha256", TYPE_BYTES, UNIT_NONE, 32, 1, 1, { ARG_BYTES } },
	{ "blockhash", TYPE_BYTES, UNIT_NONE, 32, 1, 1, { ARG_NUMBER } },
	{ "abi", TYPE_BYTES, UNIT_NONE, 0, 1, ARGS_MANY, { ARG_ANY } },
	{ "pack", TYPE_BYTES, UNIT_NONE, 0, 1, ARGS_MANY, { ARG_ANY } },
	{ "slice", TYPE_BYTES, UNIT_NONE, 0, 3, 3,
	  { ARG_BYTES, ARG_NUMBER, ARG_NUMBER } },
	{ "flip", TYPE_BYTES, UNIT_NONE, 0, 2, 2, { ARG_BYTES, ARG_NUMBER } },
	{ "length", TYPE_INT, UNIT_NONE, 0, 1, 1, { ARG_SIZED } },
	{ "count", TYPE_INT, UNIT_NONE, 0, 1, 1, { ARG_LIST } },
	{ "hex", TYPE_TEXT, UNIT_NONE, 0, 1, 1, { ARG_BYTES } },
	{ "base64", TYPE_TEXT, UNIT_NONE, 0, 1, 1, { ARG_BYTES } },
	{ "text", TYPE_TEXT, UNIT_NONE, 0, 1, 1, { ARG_ANY } },
	{ "json", TYPE_ANY, UNIT_NONE, 0, 1, 1, { ARG_BYTES } },
	{ "sort", TYPE_ANY, UNIT_NONE, 0, 1, 1, { ARG_LIST } },
	{ "sum", TYPE_ANY, UNIT_NONE, 0, 1, 1, { ARG_NUMBERS } },
	{ "merkle", TYPE_ANY, UNIT_NONE, 0, 1, 1, { ARG_LIST } },
	{ "rewards", TYPE_ANY, UNIT_NONE, 0, 1, 1, { ARG_LIST } },
	{ "rewards_claim", TYPE_ANY, UNIT_NONE, 0, 4, 4, { ARG_ANY } },
	{ "txs", TYPE_ANY, UNIT_NONE, 0, 1, 1, { ARG_ACTOR } },
	{ "block", TYPE_INT, UNIT_BLOCK, 0, 1, 1, { ARG_BLOCK } },
	{ "time", TYPE_INT, UNIT_TIME, 0, 1, 1, { ARG_TIME } },
	{ "before", TYPE_ANY, UNIT_NONE, 0, 1, 1, { ARG_ANY } },
	{ "floor", TYPE_ANY, UNIT_NONE, 0, 1, 1, { ARG_NUMBER } },
	{ "ceil", TYPE_ANY, UNIT_NONE, 0, 1, 1, { ARG_NUMBER } },
	{ "min", TYPE_ANY, UNIT_NONE, 0, 1, ARGS_MANY, { ARG_NUMBER } },
	{ "max", TYPE_ANY, UNIT_NONE, 0, 1, ARGS_MANY, { ARG_NUMBER } },
};

static const struct known_function *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(functions); i++)
		if (!strcmp(functions[i].name, name))
			return &functions[i];
	return NULL;
}

const char *check_nearest_function(const char *name)
{
	const char *names[ARRAY_LEN(functions)];

	for (size_t i = 0; i < ARRAY_LEN(functions); i++)
		names[i] = functions[i].name;
	return nearest_name(name, names, ARRAY_LEN(functions));
}

static bool is_number(const struct type *t)
{
	return t->kind == TYPE_INT || (t->kind == TYPE_BYTES && t->literal);
}

/* What the items of a list are, or those of the lists in it. */
static const struct type *innermost(const struct type *t)
{
	while (t->kind == TYPE_LIST)
		t = t->elem ? t->elem : &TYPE_ANYTHING;
	return t;
}

static bool is_moment(const struct type *t, enum unit moment,
		      enum unit distance)
{
	return t->kind == TYPE_INT &&
	       (t->unit == UNIT_NONE || t->unit == moment ||
		t->unit == distance);
}

static bool fits(const struct type *t, enum arg a)
{
	if (t->kind == TYPE_ANY)
		return true;
	switch (a) {
	case ARG_ANY:
		return true;
	case ARG_SIZED:
		return t->kind == TYPE_LIST || fits(t, ARG_BYTES);
	case ARG_BYTES:
		return t->kind == TYPE_BYTES || t->kind == TYPE_TEXT ||
		       t->kind == TYPE_ADDRESS;
	case ARG_NUMBER:
		return is_number(t);
	case ARG_LIST:
		return t->kind == TYPE_LIST;
	case ARG_NUMBERS:
		return t->kind == TYPE_LIST &&
		       (is_number(innermost(t)) ||
			innermost(t)->kind == TYPE_ANY);
	case ARG_ACTOR:
		return t->kind == TYPE_ADDRESS ||
		       (t->kind == TYPE_REF &&
			(t->ref == REF_OPERATOR || t->ref == REF_ROLE));
	case ARG_BLOCK:
		return is_moment(t, UNIT_BLOCK, UNIT_BLOCKS);
	case ARG_TIME:
		return is_moment(t, UNIT_TIME, UNIT_SECONDS);
	}
	return true;
}

/* sum() of what are no numbers: the items are what is wrong. */
static void not_numbers(struct checker *c, const struct expr *x,
			const struct type *t)
{
	const struct type *item = innermost(t);

	if (t->kind != TYPE_LIST)
		check_mismatch(c, x, t, "sum()", arg_texts[ARG_NUMBERS]);
	else if (x->kind == EXPR_EVERY)
		check_at(c, x, NULL,
			 "each of `%s` is %s; sum() wants numbers: "
			 "`sum((%s).balance.%s)`, or `count(%s)` for how many",
			 check_source(c, x), type_text(c, item),
			 check_source(c, x),
			 c->world->tokens_n ? c->world->tokens[0].name
					    : "TOKEN",
			 check_source(c, x));
	else
		check_at(c, x, NULL, "each item is %s; sum() wants numbers",
			 type_text(c, item));
}

static void check_arg(struct checker *c, const struct known_function *k,
		      const struct expr *x, const struct type *t, size_t i)
{
	const enum arg wanted = k->args[k->most == ARGS_MANY ? 0 : i];

	if (fits(t, wanted))
		return;
	if (wanted == ARG_NUMBERS)
		not_numbers(c, x, t);
	else
		check_mismatch(c, x, t, arena_printf(c->arena, "%s()", k->name),
			       arg_texts[wanted]);
}

/* What min() and max() choose from is of one kind. */
static const struct type *of_choice(struct checker *c, const struct expr *x,
				    const struct type *const *types)
{
	struct value a = value_u64(1, types[0]->unit);
	const struct type *ret = types[0];
	struct err e = ERR_INIT;
	int order = 0;

	a.token = types[0]->token ? types[0]->token : "";
	for (size_t i = 1; i < x->n; i++) {
		struct value b = value_u64(1, types[i]->unit);

		b.token = types[i]->token ? types[i]->token : a.token;
		if (!types[i]->natural)
			ret = type_signed(c, ret);
		if (types[0]->kind != TYPE_INT || types[i]->kind != TYPE_INT ||
		    value_order(&order, &a, &b, &e))
			continue;
		check_at(c, x->items[i], NULL,
			 "`%s` is %s and `%s` is %s: they cannot be compared",
			 check_source(c, x->items[0]), type_text(c, types[0]),
			 check_source(c, x->items[i]), type_text(c, types[i]));
		ret = &TYPE_ANYTHING;
	}
	return ret;
}

static const struct type *of_txs(struct checker *c)
{
	static const char *const keys[] = { "hash", "block", "ok" };
	const struct type **items = ARENA_ARRAY(c->arena, const struct type *,
						ARRAY_LEN(keys));
	struct type *t = type_new(c, TYPE_MAP), *hash, *list;

	hash = type_new(c, TYPE_BYTES);
	hash->size = 32;
	items[0] = hash;
	items[1] = type_natural(c, UNIT_BLOCK);
	items[2] = type_new(c, TYPE_BOOL);
	t->keys = keys;
	t->items = items;
	t->n = ARRAY_LEN(keys);
	list = type_new(c, TYPE_LIST);
	list->elem = t;
	return list;
}

static const struct type *gives(struct checker *c, const struct expr *x,
				const struct known_function *k,
				const struct type *const *types)
{
	struct type *t;

	if (!strcmp(k->name, "min") || !strcmp(k->name, "max"))
		return of_choice(c, x, types);
	if (k->args[0] == ARG_NUMBERS)
		return innermost(types[0])->kind == TYPE_INT
			       ? innermost(types[0])
			       : &TYPE_ANYTHING;
	if (k->args[0] == ARG_ACTOR)
		return of_txs(c);
	if (!strcmp(k->name, "before") || !strcmp(k->name, "floor") ||
	    !strcmp(k->name, "ceil"))
		return types[0];
	if (k->kind == TYPE_ANY)
		return &TYPE_ANYTHING;
	if (k->kind == TYPE_INT && k->unit == UNIT_NONE)
		return type_count(c);
	t = type_new(c, k->kind);
	t->unit = k->unit;
	t->size = k->size;
	return t;
}

static const struct type *of_known(struct checker *c, const struct frame *f,
				   const struct expr *x,
				   const struct known_function *k)
{
	const size_t findings = c->run->diags->n;
	const struct type *types[ARGS_MANY];

	if (c->no_before && !strcmp(k->name, "before"))
		check_at(c, x, NULL,
			 "before() is what was before the step that it stands "
			 "in, and this one does nothing: write the `check:` "
			 "under the step that acts");
	if (!strcmp(k->name, "rewards"))
		check_looks_on(c, x, k->name);
	if (x->n < k->least || x->n > k->most) {
		check_at(c, x, NULL, "%s() takes %zu value%s%s, here %s %zu",
			 k->name, k->least, k->least == 1 ? "" : "s",
			 k->most > k->least ? " or more" : "",
			 x->n == 1 ? "is" : "are", x->n);
		check_all(c, f, x);
		return &TYPE_ANYTHING;
	}
	for (size_t i = 0; i < x->n; i++) {
		types[i] = check_expr(c, f, x->items[i]);
		check_arg(c, k, x->items[i], types[i], i);
	}
	return c->run->diags->n == findings ? gives(c, x, k, types)
					    : &TYPE_ANYTHING;
}

/* `uint32(5)`; a zero stands for the empty value of any fixed size. */
static const struct type *of_cast(struct checker *c, const struct frame *f,
				  const struct expr *x,
				  const struct abi_type *type)
{
	const char *name = x->left->name;
	const struct expr *of = x->n ? x->items[0] : NULL;
	const bool zero = of && of->kind == EXPR_NUMBER &&
			  u256_is_zero(of->number) &&
			  (type->kind == ABI_FIXED_BYTES ||
			   type->kind == ABI_ADDRESS);

	if (x->n != 1)
		check_at(c, x, NULL, "%s() takes 1 value, here are %zu", name,
			 x->n);
	else if (!zero)
		check_as_abi(c, f, of, type,
			     arena_printf(c->arena, "%s()", name));
	return type_of_abi(c, type);
}

const struct type *check_function(struct checker *c, const struct frame *f,
				  const struct expr *x)
{
	const char *name = x->left->name;
	const struct known_function *k = find(name);
	const struct abi_type *cast = NULL;
	struct err ignored = ERR_INIT;
	struct type *t;

	if ((!strcmp(name, "count") || !strcmp(name, "event") ||
	     !strcmp(name, "events")) && x->n && is_event_name(c, x->items[0]))
		return of_events(c, f, x);
	if (k)
		return of_known(c, f, x, k);
	if (abi_type_parse(&cast, c->arena, name, &ignored))
		return of_cast(c, f, x, cast);
	check_all(c, f, x);
	t = type_new(c, TYPE_CALL);
	t->text = name;
	return t;
}
