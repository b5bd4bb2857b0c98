#include "base/base.h"
#include "base/nearest.h"
#include "scenario/check_priv.h"

const struct type TYPE_ANYTHING = { .kind = TYPE_ANY };

struct type *type_new(struct checker *c, enum type_kind kind)
{
	struct type *t = ARENA_NEW(c->arena, struct type);

	t->kind = kind;
	return t;
}

const struct type *type_int(struct checker *c, enum unit unit)
{
	struct type *t = type_new(c, TYPE_INT);

	t->unit = unit;
	return t;
}

const struct type *type_natural(struct checker *c, enum unit unit)
{
	struct type *t = type_new(c, TYPE_INT);

	t->unit = unit;
	t->natural = true;
	return t;
}

const struct type *type_signed(struct checker *c, const struct type *t)
{
	struct type *n;

	if (!t->natural)
		return t;
	n = arena_memdup(c->arena, t, sizeof(*n));
	n->natural = false;
	return n;
}

const struct type *type_count(struct checker *c)
{
	struct type *t = type_new(c, TYPE_INT);

	t->counted = t->natural = true;
	return t;
}

const struct type *type_ref(struct checker *c, enum ref_kind kind,
			    const char *name, size_t index, size_t set)
{
	struct type *t = type_new(c, TYPE_REF);

	t->ref = kind;
	t->text = name;
	t->index = index;
	t->set = set;
	return t;
}

static const struct type *of_tuple(struct checker *c, const struct abi_type *t)
{
	struct type *map = type_new(c, TYPE_MAP);
	const char **keys = ARENA_ARRAY(c->arena, const char *, t->fields_n);
	const struct type **items =
		ARENA_ARRAY(c->arena, const struct type *, t->fields_n);

	for (size_t i = 0; i < t->fields_n; i++) {
		const char *name = t->fields[i].name;

		keys[i] = name && name[0] ? name
					  : arena_printf(c->arena, "%zu", i);
		items[i] = type_of_abi(c, t->fields[i].type);
	}
	map->keys = keys;
	map->items = items;
	map->n = t->fields_n;
	map->abi = t;
	return map;
}

const struct type *type_of_abi(struct checker *c, const struct abi_type *t)
{
	struct type *r;

	switch (t->kind) {
	case ABI_UINT:
	case ABI_INT:
		r = type_new(c, TYPE_INT);
		r->abi = t;
		r->natural = t->kind == ABI_UINT;
		return r;
	case ABI_BOOL:
		return type_new(c, TYPE_BOOL);
	case ABI_ADDRESS:
		return type_new(c, TYPE_ADDRESS);
	case ABI_FIXED_BYTES:
		r = type_new(c, TYPE_BYTES);
		r->size = t->size;
		return r;
	case ABI_BYTES:
		return type_new(c, TYPE_BYTES);
	case ABI_STRING:
		return type_new(c, TYPE_TEXT);
	case ABI_ARRAY:
		r = type_new(c, TYPE_LIST);
		r->elem = type_of_abi(c, t->elem);
		return r;
	case ABI_TUPLE:
		return of_tuple(c, t);
	case ABI_KIND__COUNT:
		break;
	}
	return &TYPE_ANYTHING;
}

static const struct type *of_want_kind(struct checker *c, const struct want *w)
{
	switch (w->kind) {
	case WANT_ABI:
		return type_of_abi(c, w->abi);
	case WANT_OPERATOR:
	case WANT_ACTOR:
		return type_ref(c, REF_OPERATOR, NULL, 0, 0);
	case WANT_TOKEN:
		return type_ref(c, REF_TOKEN, NULL, 0, 0);
	case WANT_SET:
		return type_ref(c, REF_SET, NULL, 0, 0);
	case WANT_CONTRACT:
		return type_ref(c, REF_CONTRACT, NULL, 0, 0);
	case WANT_PROCESS:
		return type_ref(c, REF_PROCESS, NULL, 0, 0);
	case WANT_AMOUNT:
		return type_int(c, UNIT_TOKEN);
	case WANT_WAD:
		return type_int(c, UNIT_WAD);
	case WANT_TIME:
		return type_int(c, UNIT_TIME);
	case WANT_BLOCK:
		return type_int(c, UNIT_BLOCK);
	case WANT_DURATION:
		return type_int(c, UNIT_SECONDS);
	case WANT_BLOCKS:
		return type_int(c, UNIT_BLOCKS);
	case WANT_NUMBER:
		return type_int(c, UNIT_NONE);
	case WANT_BOOL:
		return type_new(c, TYPE_BOOL);
	case WANT_TEXT:
		return type_new(c, TYPE_TEXT);
	case WANT_ANY:
	case WANT_WINDOW:
	case WANT_STRUCT:
	case WANT_JSON:
	case WANT_FAULT:
	case WANT_CALL:
	case WANT__COUNT:
		break;
	}
	return &TYPE_ANYTHING;
}

const char *check_label(struct checker *c, const struct abi_type *t)
{
	static const char word[] = "struct";
	const size_t n = strlen(word);

	return strncmp(t->label, word, n) || t->label[n] == ' '
		       ? t->label
		       : arena_printf(c->arena, "%s %s", word, t->label + n);
}

const struct type *type_of_want(struct checker *c, const struct want *w)
{
	const struct type *t = of_want_kind(c, w);
	struct type *list;

	if (!w->list)
		return t;
	list = type_new(c, TYPE_LIST);
	list->elem = t;
	return list;
}

static const char *int_text(struct checker *c, const struct type *t)
{
	static const char *const texts[UNIT__COUNT] = {
		[UNIT_NONE] = "a number",
		[UNIT_WAD] = "a share of one (%)",
		[UNIT_TOKEN] = "an amount",
		[UNIT_SECONDS] = "a duration",
		[UNIT_BLOCKS] = "a number of blocks",
		[UNIT_BLOCK] = "a block number",
		[UNIT_TIME] = "a time",
	};

	return t->unit == UNIT_TOKEN && t->token
		       ? arena_printf(c->arena, "an amount of %s", t->token)
		       : texts[t->unit];
}

const char *type_text(struct checker *c, const struct type *t)
{
	static const char *const refs[REF__COUNT] = {
		[REF_NONE] = "nothing",	    [REF_OPERATOR] = "an operator",
		[REF_ROLE] = "an account",  [REF_CONTRACT] = "a contract",
		[REF_TOKEN] = "a token",    [REF_AVS] = "an AVS",
		[REF_SET] = "an operator set", [REF_PROCESS] = "a process",
		[REF_PART] = "a part of an actor",
		[REF_EIGENLAYER] = "EigenLayer",
	};
	static const char *const kinds[TYPE__COUNT] = {
		[TYPE_ANY] = "anything",     [TYPE_NONE] = "a pattern",
		[TYPE_BOOL] = "true or false", [TYPE_BYTES] = "bytes",
		[TYPE_ADDRESS] = "an address", [TYPE_TEXT] = "text",
		[TYPE_WORD] = "a word",	     [TYPE_CALL] = "a call",
		[TYPE_LIST] = "a list",	     [TYPE_MAP] = "a struct",
		[TYPE_QUANTITY] = "a quantity of some token",
		[TYPE_OUTCOME] = "the result of a step",
		[TYPE_EVENTS] = "an event",
	};

	if (t->kind == TYPE_INT)
		return int_text(c, t);
	if (t->kind == TYPE_REF)
		return refs[t->ref];
	if (t->kind == TYPE_BYTES && t->size)
		return arena_printf(c->arena, "bytes%zu", t->size);
	return kinds[t->kind];
}

unsigned check_decimals(const struct checker *c, const char *token)
{
	for (size_t i = 0; i < c->world->tokens_n; i++)
		if (!strcmp(c->world->tokens[i].name, token))
			return c->world->tokens[i].decimals;
	return 0;
}

const struct abi *check_abi(struct checker *c, const char *contract)
{
	const char *artifact = world_artifact(c->world, contract);

	return artifact && c->run->abis->lookup
		       ? c->run->abis->lookup(c->run->abis->ctx, artifact)
		       : NULL;
}

const struct abi_entry *check_entry(const struct abi *abi,
				    enum entry_kind kind, const char *name,
				    size_t *ret_overloads)
{
	if (kind == ENTRY_FUNCTION)
		return abi_function(abi, name, ret_overloads);
	if (kind == ENTRY_EVENT)
		return abi_event(abi, name, ret_overloads);
	return abi_error(abi, name, ret_overloads);
}

void check_no_token(struct checker *c, struct src_pos pos, uint32_t width,
		    const char *name, bool or_unit)
{
	static const char *const units[] = { "block",	"blocks",  "second",
					     "seconds", "minute",  "minutes",
					     "hour",	"hours",   "day",
					     "days" };
	const struct world *w = c->world;
	const char **names = ARENA_ARRAY(c->arena, const char *, w->tokens_n);
	const char *near = NULL, *has = "; it has no tokens";

	for (size_t i = 0; i < w->tokens_n; i++) {
		names[i] = w->tokens[i].name;
		has = arena_printf(c->arena, "%s%s %s", i ? has : "; its tokens:",
				   i ? "," : "", names[i]);
	}
	if (or_unit)
		near = nearest_name(name, units, ARRAY_LEN(units));
	if (!near)
		near = nearest_name(name, names, w->tokens_n);
	check_note(c, pos, width, near, "`%s` is no token of this world%s%s",
		   name,
		   !or_unit ? ""
		   : near   ? " and no unit"
			    : " and no unit (blocks, seconds, minutes, hours, "
			      "days)",
		   near ? "" : has);
}

/* The i-th contract or token of the world, or NULL past the last. */
static const char *declarer(const struct world *w, size_t i)
{
	if (i < w->contracts_n)
		return w->contracts[i].name;
	i -= w->contracts_n;
	return i < w->tokens_n ? w->tokens[i].name : NULL;
}

size_t check_declarers(struct checker *c, enum entry_kind kind,
		       const char *name, const char **ret_names, size_t max,
		       const struct abi_entry **ret_entry)
{
	const char *contract;
	size_t n = 0;

	for (size_t i = 0; (contract = declarer(c->world, i)); i++) {
		const struct abi *abi = check_abi(c, contract);
		const struct abi_entry *entry =
			abi ? check_entry(abi, kind, name, NULL) : NULL;

		if (!entry)
			continue;
		if (!n)
			*ret_entry = entry;
		if (n < max)
			ret_names[n++] = contract;
	}
	return n;
}

struct names {
	const char *items[2048];
	const struct abi_entry *entries[2048];
	size_t n;
};

static void add_entries(struct names *all, const struct abi *abi,
			enum entry_kind kind)
{
	const struct abi_entry *list = kind == ENTRY_FUNCTION ? abi->functions
				       : kind == ENTRY_EVENT  ? abi->events
							      : abi->errors;
	size_t n = kind == ENTRY_FUNCTION ? abi->functions_n
		   : kind == ENTRY_EVENT  ? abi->events_n
					  : abi->errors_n;

	for (size_t i = 0; i < n && all->n < ARRAY_LEN(all->items); i++) {
		all->entries[all->n] = &list[i];
		all->items[all->n++] = list[i].name;
	}
}

const char *check_nearest_entry(struct checker *c, const struct abi *abi,
				enum entry_kind kind, const char *name)
{
	struct names *all = ARENA_NEW(c->arena, struct names);
	struct buf b = BUF_INIT(1000);
	const char *near, *contract, *text = NULL;

	if (abi)
		add_entries(all, abi, kind);
	for (size_t i = 0; !abi && (contract = declarer(c->world, i)); i++) {
		const struct abi *of = check_abi(c, contract);

		if (of)
			add_entries(all, of, kind);
	}
	near = nearest_name(name, all->items, all->n);
	for (size_t i = 0; near && !text && i < all->n; i++)
		if (all->items[i] == near) {
			abi_describe(&b, all->entries[i]);
			text = arena_strdup(c->arena, buf_str(&b));
		}
	buf_done(&b);
	return text;
}

struct word_list {
	const char *items[512];
	size_t n;
};

static void add_word(struct word_list *l, const char *s)
{
	if (l->n < ARRAY_LEN(l->items))
		l->items[l->n++] = s;
}

/* What YAML, and other languages, would have taken for one. */
static const char *truth(const char *word)
{
	static const char *const words[][2] = {
		{ "yes", "true" }, { "on", "true" },  { "true", "true" },
		{ "no", "false" }, { "off", "false" }, { "false", "false" },
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (!strcasecmp(word, words[i][0]))
			return words[i][1];
	return NULL;
}

const char *check_nearest_name(struct checker *c, const char *name)
{
	const struct world *w = c->world;
	struct word_list *l = ARENA_NEW(c->arena, struct word_list);

	if (truth(name))
		return truth(name);
	for (size_t i = 0; i < w->operators_n; i++)
		add_word(l, w->operators[i].name);
	for (size_t i = 0; i < w->roles_n; i++)
		add_word(l, w->roles[i]);
	for (size_t i = 0; i < w->contracts_n; i++)
		add_word(l, w->contracts[i].name);
	for (size_t i = 0; i < w->tokens_n; i++)
		add_word(l, w->tokens[i].name);
	for (size_t i = 0; i < w->processes_n; i++)
		add_word(l, w->processes[i].name);
	for (size_t i = 0; i < w->avs_n; i++) {
		add_word(l, w->avs[i].name);
		for (size_t j = 0; j < w->avs[i].sets_n; j++)
			add_word(l, arena_printf(c->arena, "%s#%zu",
						 w->avs[i].name, j));
	}
	add_word(l, "head");
	add_word(l, "now");
	return nearest_name(name, l->items, l->n);
}
