/*
 * Whether an expression can stand where it stands.
 */
#include "base/base.h"
#include "base/nearest.h"
#include "scenario/check_priv.h"

/* A column's cells are checked where the column is used, each at its place. */
static bool each_cell(struct checker *c, const struct frame *f,
		      const struct expr *x, const struct var **ret)
{
	const struct var *v = x->kind == EXPR_VAR ? check_var(f, x->name)
						  : NULL;

	(void)c;
	*ret = v;
	return v && v->cells;
}

/* `c.window` where `$c` has been saved. */
static const char *nearest_to_word(struct checker *c, const char *word)
{
	char *name = arena_strndup(c->arena, word, strcspn(word, "."));

	return check_var(c->frame, name)
		       ? arena_printf(c->arena, "$%s", word)
		       : check_nearest_name(c, word);
}

/* Accounts of the recipe in anvil-state/, which are there for whom names them. */
static bool is_eigenlayers(const char *word)
{
	static const char *const names[] = { "owner", "pauser", "unpauser",
					     "rewardsUpdater",
					     "feeCollector" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!strcmp(names[i], word))
			return true;
	return false;
}

void check_mismatch(struct checker *c, const struct expr *x,
		    const struct type *t, const char *what, const char *want)
{
	struct src_pos pos = x->pos;
	const char *source;

	if (x->kind == EXPR_WORDS && x->problem) {
		pos.col = x->problem_col;
		check_note(c, pos, 1, NULL, "%s; %s wants %s", x->problem,
			   what, want);
		return;
	}
	if (t->kind == TYPE_WORD && is_eigenlayers(t->text)) {
		check_at(c, x, NULL,
			 "`%s` is EigenLayer's own account, and not among this "
			 "world's roles: add `roles: [%s]`",
			 t->text, t->text);
		return;
	}
	if (t->kind == TYPE_WORD) {
		check_at(c, x, nearest_to_word(c, t->text),
			 "there is no `%s` in this world; %s wants %s",
			 t->text, what, want);
		return;
	}
	if (t->kind == TYPE_QUANTITY) {
		bool at = x->kind == EXPR_AT;

		check_at(c, x, NULL, "`%s` wants its token: `%s.%s%s%s`",
			 check_source(c, x), check_source(c, at ? x->left : x),
			 c->world->tokens_n ? c->world->tokens[0].name
					    : "TOKEN",
			 at ? "@" : "", at ? check_source(c, x->right) : "");
		return;
	}
	if (t->kind == TYPE_CALL) {
		check_at(c, x, check_nearest_function(t->text),
			 "there is no function `%s`", t->text);
		return;
	}
	if (x->kind == EXPR_HEX && x->decimals && strstr(want, "bytes")) {
		check_at(c, x,
			 arena_printf(c->arena, "0x0%s",
				      check_source(c, x) + 2),
			 "`%s` has an odd number of digits, and %s wants %s: "
			 "two digits are a byte",
			 check_source(c, x), what, want);
		return;
	}
	source = x->kind == EXPR_LIST || x->kind == EXPR_MAP
			 ? "this"
			 : arena_printf(c->arena, "`%s`", check_source(c, x));
	check_at(c, x, t->kind == TYPE_REF && t->ref == REF_AVS
			       ? arena_printf(c->arena, "%s#0", t->text)
			       : NULL,
		 "%s is %s; %s wants %s%s", source, type_text(c, t), what, want,
		 x->style == YAML_DOUBLE || x->kind == EXPR_TEXT
			 ? " (double quotes make a text of everything)"
			 : "");
}

/* --- what the ABI wants ---------------------------------------------------------- */

static bool is_actor(const struct type *t)
{
	return t->kind == TYPE_REF && t->ref != REF_SET &&
	       t->ref != REF_EIGENLAYER;
}

/* A written number against the width of its type. */
static void check_fits(struct checker *c, const struct expr *x, bool negative,
		       const struct abi_type *t, const char *what)
{
	struct eval_env env = { .arena = c->arena, .world = c->world };
	struct err e = ERR_INIT;
	struct abi_val v;
	struct value n;

	/* The evaluator's own conversion decides; literals need no chain. What
	 * it cannot read has been said. */
	if (!eval(&n, &env, NULL, x, &e))
		return;
	n.negative = negative && !u256_is_zero(n.num);
	if (!value_to_abi(&v, &env, &n, t, &e))
		check_at(c, x, NULL, "`%s%s` for %s: %s", negative ? "-" : "",
			 check_source(c, x), what, e.text);
}

static bool is_literal(const struct expr *x)
{
	return x->kind == EXPR_NUMBER || x->kind == EXPR_HEX;
}

/* As solc says it, and as EigenLayer's artifacts do. */
static bool is_strategy(const struct abi_type *t)
{
	return t->label && (!strcmp(t->label, "contract IStrategy") ||
			    !strcmp(t->label, "contractIStrategy"));
}

static void scalar_as_abi(struct checker *c, const struct frame *f,
			  const struct expr *x, const struct abi_type *t,
			  const char *what)
{
	bool minus = x->kind == EXPR_UNARY && x->op == OP_NEG;
	const struct type *is = check_expr(c, f, x);
	const struct expr *lit = minus ? x->right : x;
	bool number = t->kind == ABI_UINT || t->kind == ABI_INT;
	bool ok = is->kind == TYPE_ANY;

	if (is_literal(lit) && (number || t->kind == ABI_FIXED_BYTES ||
				t->kind == ABI_ADDRESS) &&
	    (lit->kind == EXPR_HEX || number) &&
	    !(lit->unit == UNIT_TOKEN &&
	      world_find(c->world, lit->name, NULL, NULL) != REF_TOKEN)) {
		check_fits(c, lit, minus, t, what);
		return;
	}
	switch (t->kind) {
	case ABI_UINT:
	case ABI_INT:
		ok |= is->kind == TYPE_INT;
		break;
	case ABI_BOOL:
		ok |= is->kind == TYPE_BOOL;
		break;
	case ABI_ADDRESS:
		ok |= is->kind == TYPE_ADDRESS || is_actor(is) ||
		      (is->kind == TYPE_BYTES && is->size == 20);
		break;
	case ABI_FIXED_BYTES:
		ok |= is->kind == TYPE_BYTES &&
		      (!is->size || is->size == t->size);
		break;
	case ABI_BYTES:
		ok |= is->kind == TYPE_BYTES;
		break;
	case ABI_STRING:
		ok = true; /* any text is text */
		break;
	case ABI_ARRAY:
		ok |= is->kind == TYPE_LIST;
		break;
	case ABI_TUPLE:
		ok |= is->kind == TYPE_MAP || is->kind == TYPE_LIST ||
		      is->kind == TYPE_EVENTS || is->kind == TYPE_OUTCOME ||
		      (is->kind == TYPE_REF && is->ref == REF_SET);
		break;
	case ABI_KIND__COUNT:
		break;
	}
	if (!ok)
		check_mismatch(c, x, is, what, t->name);
	else if (is->kind == TYPE_REF && is->ref == REF_TOKEN &&
		 is_strategy(t))
		check_at(c, x,
			 arena_printf(c->arena, "%s.strategy",
				      check_source(c, x)),
			 "`%s` is a token; %s wants EigenLayer's strategy for "
			 "it",
			 check_source(c, x), what);
}

static const struct abi_field *field_named(const struct abi_type *t,
					   const char *name)
{
	for (size_t i = 0; i < t->fields_n; i++)
		if (!strcmp(t->fields[i].name, name))
			return &t->fields[i];
	return NULL;
}

static const char *nearest_field(const struct abi_type *t, const char *name)
{
	const char *names[64];
	size_t n = 0;

	for (size_t i = 0; i < t->fields_n && n < ARRAY_LEN(names); i++)
		names[n++] = t->fields[i].name;
	return nearest_name(name, names, n);
}

static const char *struct_name(struct checker *c, const struct abi_type *t)
{
	return t->label ? check_label(c, t) : t->name;
}

static const char *field_names(struct checker *c, const struct abi_type *t)
{
	const char *all = "it has";

	for (size_t i = 0; i < t->fields_n; i++)
		all = arena_printf(c->arena, "%s%s %s", all, i ? "," : "",
				   t->fields[i].name);
	return all;
}

/* Every key of @x is a field of @t, and none is missing unless @partial or
 * misspelt. @all: how they are said where none is near. */
static void check_fields(struct checker *c, const struct expr *x,
			 const struct abi_type *t, const char *of,
			 const char *all, bool partial)
{
	for (size_t i = 0; i < x->n; i++) {
		const char *key = x->keys[i], *near;

		if (!strcmp(key, "...") || field_named(t, key))
			continue;
		near = nearest_field(t, key);
		partial |= near != NULL;
		check_note(c, x->key_pos[i], expr_chars(key, strlen(key)),
			   near, "%s has no `%s`%s%s", of, key,
			   near ? "" : ": ", near ? "" : all);
	}
	for (size_t i = 0; !partial && i < t->fields_n; i++)
		if (!expr_member(x, t->fields[i].name) && !expr_member(x, "..."))
			check_at(c, x, NULL, "`%s` of %s is missing",
				 t->fields[i].name, of);
}

static void tuple_as_abi(struct checker *c, const struct frame *f,
			 const struct expr *x, const struct abi_type *t)
{
	if (x->kind == EXPR_MAP) {
		check_fields(c, x, t, struct_name(c, t), field_names(c, t),
			     false);
		for (size_t i = 0; i < x->n; i++) {
			const struct abi_field *d = field_named(t, x->keys[i]);

			if (d)
				check_as_abi(c, f, x->items[i], d->type,
					     d->name);
			else
				(void)check_expr(c, f, x->items[i]);
		}
		return;
	}
	if (x->n != t->fields_n) {
		check_at(c, x, NULL, "%s has %zu fields, here are %zu values",
			 struct_name(c, t), t->fields_n, x->n);
		return;
	}
	for (size_t i = 0; i < x->n; i++)
		check_as_abi(c, f, x->items[i], t->fields[i].type,
			     t->fields[i].name);
}

void check_as_abi(struct checker *c, const struct frame *f,
		  const struct expr *x, const struct abi_type *t,
		  const char *what)
{
	const struct var *v;

	if (each_cell(c, f, x, &v)) {
		for (size_t i = 0; i < v->cells_n; i++)
			check_as_abi(c, v->cells_in, v->cells[i], t, what);
		return;
	}
	if (t->kind == ABI_TUPLE &&
	    (x->kind == EXPR_MAP || x->kind == EXPR_LIST)) {
		tuple_as_abi(c, f, x, t);
		return;
	}
	if (t->kind == ABI_ARRAY && x->kind == EXPR_LIST) {
		if (t->count != ABI_DYNAMIC && t->count != x->n)
			check_at(c, x, NULL,
				 "%s wants %zu items, here are %zu", what,
				 t->count, x->n);
		for (size_t i = 0; i < x->n; i++)
			check_as_abi(c, f, x->items[i], t->elem, what);
		return;
	}
	scalar_as_abi(c, f, x, t, what);
}

void check_args(struct checker *c, const struct frame *f,
		const struct expr *x, const struct abi_entry *entry,
		bool patterns)
{
	const struct abi_type *in = entry->in;
	struct buf b = BUF_INIT(1000);

	abi_describe(&b, entry);
	if (x->keys) {
		check_fields(c, x, in, entry->name, buf_str(&b), patterns);
	} else if (x->n != in->fields_n) {
		check_at(c, x, NULL, "%s takes %zu argument%s, here %s %zu",
			 buf_str(&b), in->fields_n,
			 in->fields_n == 1 ? "" : "s",
			 x->n == 1 ? "is" : "are", x->n);
		buf_done(&b);
		return;
	}
	buf_done(&b);
	for (size_t i = 0; i < x->n; i++) {
		const struct abi_field *d =
			x->keys ? field_named(in, x->keys[i]) : &in->fields[i];

		if (!d)
			(void)check_expr(c, f, x->items[i]);
		else if (patterns)
			check_pattern(c, f, x->items[i], d->type, d->name);
		else
			check_as_abi(c, f, x->items[i], d->type, d->name);
	}
}

/* --- what a verb wants ------------------------------------------------------------ */

static bool is_ref(const struct type *t, unsigned kinds)
{
	return t->kind == TYPE_REF && (kinds & 1u << t->ref);
}

static bool is_int(const struct type *t, enum unit a, enum unit b)
{
	return t->kind == TYPE_INT && (t->unit == a || t->unit == b);
}

bool check_is_window(const struct type *t)
{
	return t->kind == TYPE_MAP && t->n == 1 &&
	       (!strcmp(t->keys[0], "through") ||
		!strcmp(t->keys[0], "before"));
}

/* Plain scalars that are no expression are text, and only that. */
static bool is_words(const struct expr *x)
{
	return x->kind == EXPR_WORDS;
}

static bool is_wanted(const struct type *t, const struct expr *x,
		      enum want_kind k)
{
	const unsigned actors = 1u << REF_OPERATOR | 1u << REF_ROLE |
				1u << REF_CONTRACT | 1u << REF_AVS |
				1u << REF_TOKEN;

	if (t->kind == TYPE_ANY)
		return true;
	switch (k) {
	case WANT_ANY:
	case WANT_JSON:
	case WANT_TEXT:
	case WANT_CALL:
		return true;
	case WANT_FAULT:
		/* `truncated:bytes=3`; check_fault() judges the name. */
		return t->kind != TYPE_INT &&
		       (!is_words(x) || strchr(x->raw, ':'));
	case WANT_ABI:
		return true; /* checked as the ABI wants it */
	case WANT_OPERATOR:
		return is_ref(t, 1u << REF_OPERATOR);
	case WANT_ACTOR:
		return is_ref(t, actors) || t->kind == TYPE_ADDRESS;
	case WANT_TOKEN:
		return is_ref(t, 1u << REF_TOKEN);
	case WANT_SET:
		return is_ref(t, 1u << REF_SET);
	case WANT_CONTRACT:
		return is_ref(t, 1u << REF_CONTRACT | 1u << REF_AVS |
					 1u << REF_TOKEN);
	case WANT_PROCESS:
		return is_ref(t, 1u << REF_PROCESS | 1u << REF_OPERATOR);
	case WANT_AMOUNT:
		return is_int(t, UNIT_TOKEN, UNIT_NONE);
	case WANT_WAD:
		return is_int(t, UNIT_WAD, UNIT_NONE);
	case WANT_TIME:
		return is_int(t, UNIT_TIME, UNIT_TIME);
	case WANT_BLOCK:
		return is_int(t, UNIT_BLOCK, UNIT_NONE);
	case WANT_DURATION:
		return is_int(t, UNIT_SECONDS, UNIT_SECONDS);
	case WANT_BLOCKS:
		return is_int(t, UNIT_BLOCKS, UNIT_BLOCKS);
	case WANT_WINDOW:
		return check_is_window(t);
	case WANT_STRUCT:
		return t->kind == TYPE_MAP || t->kind == TYPE_OUTCOME ||
		       t->kind == TYPE_EVENTS || t->kind == TYPE_REF;
	case WANT_BOOL:
		return t->kind == TYPE_BOOL;
	case WANT_NUMBER:
		return t->kind == TYPE_INT || t->literal;
	case WANT__COUNT:
		break;
	}
	return true;
}

static bool gives_window(const struct type *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (!strcmp(t->keys[i], "window"))
			return true;
	return false;
}

void check_as_want(struct checker *c, const struct frame *f,
		   const struct expr *x, const struct want *w,
		   const char *what)
{
	struct want one = *w;
	const struct type *t;
	const struct var *v;

	if (each_cell(c, f, x, &v)) {
		for (size_t i = 0; i < v->cells_n; i++)
			check_as_want(c, v->cells_in, v->cells[i], w, what);
		return;
	}
	if (w->list) {
		one.list = false;
		if (x->kind != EXPR_LIST) {
			t = check_expr(c, f, x);
			if (t->kind != TYPE_LIST && t->kind != TYPE_ANY)
				check_mismatch(c, x, t, what, w->text);
			return;
		}
		for (size_t i = 0; i < x->n; i++)
			check_as_want(c, f, x->items[i], &one, what);
		return;
	}
	if (w->kind == WANT_ABI) {
		check_as_abi(c, f, x, w->abi, what);
		return;
	}
	t = check_expr(c, f, x);
	if (w->kind == WANT_WAD)
		check_bare(c, x, "%", 18);
	if (w->kind == WANT_STRUCT && t->many && t->n)
		check_at(c, x,
			 arena_printf(c->arena, "%s.%s", check_source(c, x),
				      t->keys[0]),
			 "`%s` is a result for each of several; %s wants one "
			 "of them",
			 check_source(c, x), what);
	if (is_wanted(t, x, w->kind))
		return;
	if (w->kind == WANT_WINDOW && x->kind == EXPR_FIELD &&
	    !strcmp(x->name, "last") &&
	    check_is_window(check_expr(c, f, x->left)))
		check_at(c, x, check_source(c, x->left),
			 "`%s` is the last moment of a window; %s wants the "
			 "window itself",
			 check_source(c, x), what);
	else if (w->kind == WANT_WINDOW && gives_window(t))
		check_at(c, x,
			 arena_printf(c->arena, "%s.window",
				      check_source(c, x)),
			 "`%s` is %s, which has a window; %s wants that",
			 check_source(c, x), type_text(c, t), what);
	else
		check_mismatch(c, x, t, what,
			       w->kind == WANT_WINDOW
				       ? "a window: `{through: block(n)}` or "
					 "`{before: time(n)}`"
				       : want_name(w->kind));
}

/* --- patterns --------------------------------------------------------------------- */

static const char *const pattern_words[] = { "at least", "at most", "one of",
					     "has",	 "matches", "not" };

static const char *word_named(const char *key)
{
	for (size_t i = 0; i < ARRAY_LEN(pattern_words); i++)
		if (!strcmp(pattern_words[i], key))
			return pattern_words[i];
	return NULL;
}

static const char *pattern_word(const struct expr *x)
{
	return x->kind == EXPR_MAP && x->n == 1 ? word_named(x->keys[0]) : NULL;
}

/* `{at least: 1, at most: 5}` */
static bool is_both_bounds(const struct expr *x)
{
	return x->kind == EXPR_MAP && x->n == 2 &&
	       expr_member(x, "at least") && expr_member(x, "at most");
}

static void word_pattern(struct checker *c, const struct frame *f,
			 const struct expr *v, const char *word,
			 const struct abi_type *t, const char *what)
{
	if (!strcmp(word, "one of")) {
		if (v->kind != EXPR_LIST)
			check_at(c, v, NULL, "`one of` takes a list");
		for (size_t i = 0; v->kind == EXPR_LIST && i < v->n; i++)
			check_pattern(c, f, v->items[i], t, what);
	} else if (!strcmp(word, "has") && v->raw && !strchr(v->raw, '$') &&
		   (!t || t->kind == ABI_STRING)) {
		return; /* any plain text is a part of a text */
	} else if (!strcmp(word, "has")) {
		check_pattern(c, f, v,
			      t && t->kind == ABI_ARRAY ? t->elem : NULL,
			      what);
	} else if (!strcmp(word, "matches")) {
		(void)check_expr(c, f, v);
		if (check_is_all(v, true))
			check_at(c, v, NULL,
				 "every text matches this: it checks nothing, "
				 "say `any`");
	} else {
		check_pattern(c, f, v, t, what);
	}
}

/* `{at least: 0}`; beside `at most` it only says where a range begins. */
static void check_least(struct checker *c, const struct expr *v,
			const char *word, const struct abi_type *t,
			const char *what)
{
	if (!strcmp(word, "at least") && t && t->kind == ABI_UINT &&
	    check_is_zero(v))
		check_at(c, v, "1",
			 "%s is %s, which is never below 0: this checks "
			 "nothing", what, t->name);
}

static bool is_pattern_word(const struct expr *x)
{
	return x->kind == EXPR_NAME &&
	       (!strcmp(x->name, "any") || !strcmp(x->name, "none") ||
		!strcmp(x->name, "empty"));
}

/* What patterns are called elsewhere. */
static const char *meant_word(const char *key)
{
	static const char *const others[][2] = {
		{ "min", "at least" },	{ "max", "at most" },
		{ "gte", "at least" },	{ "lte", "at most" },
		{ ">=", "at least" },	{ "<=", "at most" },
		{ "in", "one of" },	{ "any of", "one of" },
		{ "contains", "has" },	{ "includes", "has" },
		{ "regex", "matches" }, { "like", "matches" },
	};

	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (!strcmp(others[i][0], key))
			return others[i][1];
	return nearest_name(key, pattern_words, ARRAY_LEN(pattern_words));
}

/* A map beside what is no struct: a pattern was meant. */
static void no_fields(struct checker *c, const struct expr *x,
		      const struct abi_type *t, const char *what)
{
	for (size_t i = 0; i < x->n; i++) {
		const char *key = x->keys[i];

		if (!word_named(key)) {
			check_note(c, x->key_pos[i],
				   expr_chars(key, strlen(key)),
				   meant_word(key),
				   "%s is %s: it has no fields, and `%s` is no "
				   "pattern",
				   what, t->name, key);
			return;
		}
	}
	check_at(c, x, NULL,
		 "of patterns only `at least` and `at most` stand in one map: "
		 "`{at least: 1, at most: 5}`");
}

/* `at least 1` and `>= 1`, which are a map here. */
static bool check_bound(struct checker *c, const struct expr *x,
			const struct abi_type *t, const char *what)
{
	static const char *const bounds[][2] = { { "at least ", "at least" },
						 { "at most ", "at most" },
						 { ">=", "at least" },
						 { "<=", "at most" } };
	const bool number = t && (t->kind == ABI_UINT || t->kind == ABI_INT);

	for (size_t i = 0; x->raw && i < ARRAY_LEN(bounds); i++) {
		const size_t n = strlen(bounds[i][0]);

		if (strncmp(x->raw, bounds[i][0], n) != 0 ||
		    (!number && x->kind != EXPR_WORDS) ||
		    (t && !number))
			continue;
		check_at(c, x,
			 arena_printf(c->arena, "{%s: %s}", bounds[i][1],
				      x->raw + n + strspn(x->raw + n, " ")),
			 "%s: a bound is a map", what);
		return false;
	}
	return true;
}

static void map_pattern(struct checker *c, const struct frame *f,
			const struct expr *x, const struct abi_type *t,
			const char *what)
{
	if (t && t->kind != ABI_TUPLE) {
		no_fields(c, x, t, what);
		return;
	}
	if (t)
		check_fields(c, x, t, struct_name(c, t), field_names(c, t), true);
	for (size_t i = 0; i < x->n; i++) {
		const struct abi_field *d = t ? field_named(t, x->keys[i])
					      : NULL;

		check_pattern(c, f, x->items[i], d ? d->type : NULL,
			      x->keys[i]);
	}
}

void check_pattern(struct checker *c, const struct frame *f,
		   const struct expr *x, const struct abi_type *t,
		   const char *what)
{
	const char *word = pattern_word(x);
	const struct var *v;

	if (is_pattern_word(x) || !check_bound(c, x, t, what))
		return;
	if (each_cell(c, f, x, &v)) {
		for (size_t i = 0; i < v->cells_n; i++)
			check_pattern(c, v->cells_in, v->cells[i], t, what);
	} else if (x->kind == EXPR_UNARY && x->op == OP_NOT) {
		check_pattern(c, f, x->right, t, what);
	} else if (is_both_bounds(x)) {
		for (size_t i = 0; i < x->n; i++)
			word_pattern(c, f, x->items[i], x->keys[i], t, what);
	} else if (word) {
		word_pattern(c, f, x->items[0], word, t, what);
		check_least(c, x->items[0], word, t, what);
	} else if (x->kind == EXPR_MAP) {
		map_pattern(c, f, x, t, what);
	} else if (x->kind == EXPR_LIST && (!t || t->kind == ABI_ARRAY)) {
		if (t && t->count != ABI_DYNAMIC && t->count != x->n)
			check_at(c, x, NULL,
				 "%s has %zu items, here are %zu", what,
				 t->count, x->n);
		for (size_t i = 0; i < x->n; i++)
			check_pattern(c, f, x->items[i], t ? t->elem : NULL,
				      what);
	} else if (t && t->kind == ABI_FIXED_BYTES &&
		   x->kind == EXPR_NUMBER) {
		return; /* `== 0`: bytes as a number */
	} else if (t) {
		check_as_abi(c, f, x, t, what);
	} else {
		(void)check_expr(c, f, x);
	}
}
