/*
 * What a step expects: events, a revert, changes of the ledger, results.
 */
#include "base/base.h"
#include "base/nearest.h"
#include "scenario/check_priv.h"

#define SHARING_MAX 8

/* The name of an event or error, and the contract that qualifies it. */
static const struct expr *named(struct checker *c, const struct expr *x,
				const char **ret_of, const char **ret_name)
{
	const struct expr *n = x->kind == EXPR_CALL ? x->left : x;

	*ret_of = expr_owner(c->arena, n);
	*ret_name = n->kind == EXPR_NAME || *ret_of ? n->name : NULL;
	return n;
}

static const char *list_names(struct checker *c, const char *const *names,
			      size_t n)
{
	struct buf b = BUF_INIT(600);
	const char *s;

	for (size_t i = 0; i < n; i++)
		buf_addf(&b, "%s%s", !i ? "" : i + 1 < n ? ", " : " and ",
			 names[i]);
	s = arena_strdup(c->arena, buf_str(&b));
	buf_done(&b);
	return s;
}

static const struct abi_entry *qualified(struct checker *c,
					 const struct expr *at,
					 enum entry_kind kind, const char *of,
					 const char *name)
{
	const char *what = kind == ENTRY_EVENT ? "event" : "error";
	const struct abi *abi = check_abi(c, of);
	const struct abi_entry *entry;
	uint32_t width = 0;
	struct src_pos pos = check_last_name(at, &width);

	if (!abi) {
		check_at(c, at->left, check_nearest_name(c, of),
			 "there is no contract `%s` in this world", of);
		return NULL;
	}
	entry = check_entry(abi, kind, name, NULL);
	if (!entry)
		check_note(c, pos, width,
			   check_nearest_entry(c, abi, kind, name),
			   "%s has no %s %s", of, what, name);
	return entry;
}

/* Two contracts of one artifact, or heirs of one base: the same thing. */
static bool all_same(struct checker *c, enum entry_kind kind,
		     const char *const *names, size_t n, const char *name)
{
	const struct abi_entry *first = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct abi_entry *e =
			check_entry(check_abi(c, names[i]), kind, name, NULL);

		if (!first)
			first = e;
		if (strcmp(first->signature, e->signature) != 0)
			return false;
	}
	return true;
}

/* @prefer: the contract that the act calls, whose own names come first. */
static const struct abi_entry *declared(struct checker *c,
					const struct expr *at,
					enum entry_kind kind,
					const char *name, const char *prefer)
{
	const char *what = kind == ENTRY_EVENT ? "event" : "error";
	const struct abi *own = prefer ? check_abi(c, prefer) : NULL;
	const char *names[SHARING_MAX];
	const struct abi_entry *entry = NULL;
	size_t n;

	/* An error says by its selector what it is, whoever declares it. */
	if (kind == ENTRY_ERROR && own &&
	    (entry = check_entry(own, kind, name, NULL)))
		return entry;
	n = check_declarers(c, kind, name, names, ARRAY_LEN(names), &entry);
	if (!n) {
		check_at(c, at, check_nearest_entry(c, NULL, kind, name),
			 "no contract of this world has an %s `%s`", what,
			 name);
		return NULL;
	}
	if (n > 1 && !(kind == ENTRY_ERROR &&
		       all_same(c, kind, names, n, name))) {
		check_at(c, at, NULL,
			 "%s `%s` is shared by %s: say whose, as in %s.%s",
			 what, name, list_names(c, names, n), names[0], name);
		return NULL;
	}
	return entry;
}

static void check_named(struct checker *c, const struct frame *f,
			const struct expr *x, enum entry_kind kind,
			const char *prefer)
{
	const char *of, *name;
	const struct expr *at = named(c, x, &of, &name);
	const struct abi_entry *entry;

	if (!name) {
		check_at(c, x, NULL, "wants the name of an %s",
			 kind == ENTRY_EVENT ? "event" : "error");
		return;
	}
	entry = of ? qualified(c, at, kind, of, name)
		   : declared(c, at, kind, name, prefer);
	if (x->kind == EXPR_CALL && entry)
		check_args(c, f, x, entry, true);
	else if (x->kind == EXPR_CALL)
		for (size_t i = 0; i < x->n; i++)
			check_pattern(c, f, x->items[i], NULL, name);
}

static void check_events(struct checker *c, const struct frame *f,
			 const struct event_want *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (list[i].kind == EVENT_ANY_ORDER)
			check_events(c, f, list[i].items, list[i].n);
		else
			check_named(c, f, list[i].pattern, ENTRY_EVENT, NULL);
	}
}

/* Error("…") and Panic(n) are Solidity's own. */
static bool is_builtin_error(struct checker *c, const struct frame *f,
			     const struct expr *x)
{
	const struct type *t;

	if (x->kind != EXPR_CALL || x->left->kind != EXPR_NAME ||
	    (strcmp(x->left->name, "Error") != 0 &&
	     strcmp(x->left->name, "Panic") != 0))
		return false;
	if (x->n != 1) {
		check_at(c, x, NULL, "%s takes one argument", x->left->name);
		return true;
	}
	t = check_expr(c, f, x->items[0]);
	if (x->left->name[0] == 'P' && t->kind != TYPE_INT && !t->literal &&
	    t->kind != TYPE_ANY)
		check_mismatch(c, x->items[0], t, "Panic", "a number");
	return true;
}

static void check_reverts(struct checker *c, const struct frame *f,
			  const struct expr *x, const char *prefer)
{
	const struct var *v = x->kind == EXPR_VAR ? check_var(f, x->name)
						  : NULL;

	if (v && v->cells) {
		for (size_t i = 0; i < v->cells_n; i++)
			check_reverts(c, v->cells_in, v->cells[i], prefer);
		return;
	}
	if (x->kind == EXPR_UNARY && x->op == OP_NOT) {
		check_reverts(c, f, x->right, prefer);
		return;
	}
	if (x->kind == EXPR_NAME && (!strcmp(x->name, "none") ||
				     !strcmp(x->name, "any") ||
				     !strcmp(x->name, "empty")))
		return;
	if (is_builtin_error(c, f, x))
		return;
	if (x->kind == EXPR_NAME || x->kind == EXPR_FIELD ||
	    (x->kind == EXPR_CALL && (x->left->kind == EXPR_NAME ||
				      x->left->kind == EXPR_FIELD))) {
		check_named(c, f, x, ENTRY_ERROR, prefer);
		return;
	}
	if (check_expr(c, f, x)->kind != TYPE_ANY)
		check_at(c, x, NULL,
			 "`reverts` takes an error's name, Error(\"…\"), "
			 "Panic(n), empty, any or none");
}

/* --- the ledger ------------------------------------------------------------------- */

static bool is_watched(const struct checker *c, const struct expr *path)
{
	for (size_t i = 0; path->raw && i < c->world->watch_n; i++)
		if (c->world->watch[i]->raw &&
		    !strcmp(c->world->watch[i]->raw, path->raw))
			return true;
	return false;
}

/* The quantity that a path ends in: `shares` of `alice.shares.PHA`. */
static const char *quantity_in(const struct expr *path)
{
	const struct expr *x = path->kind == EXPR_AT ? path->left : path;

	if (x->kind != EXPR_FIELD && x->kind != EXPR_INDEX)
		return NULL;
	x = x->left;
	return x->kind == EXPR_FIELD || x->kind == EXPR_NAME ? x->name : NULL;
}

/* Accounts that nobody looks at unasked: AVSs and contracts. */
static bool is_looked_at(struct checker *c, const struct expr *path)
{
	size_t i = 0;
	enum ref_kind k;

	while (path->left)
		path = path->left;
	k = path->kind == EXPR_NAME
		    ? world_find(c->world, path->name, &i, NULL)
		    : REF_NONE;
	return k != REF_AVS && k != REF_CONTRACT;
}

static void check_path(struct checker *c, const struct expr *path)
{
	static const char *const lines[] = { "balance",	     "shares",
					     "queued",	     "maxMagnitude",
					     "allocated",    "burnable" };
	const char *q = quantity_in(path);
	bool at = path->kind == EXPR_AT;

	if (q && (!strcmp(q, "encumbered") || !strcmp(q, "slashable") ||
		  !strcmp(q, "delegated") || !strcmp(q, "withdrawable"))) {
		check_at(c, path, NULL,
			 "`%s` follows from other quantities and is no line "
			 "of the ledger; check it with `check:`",
			 q);
		return;
	}
	for (size_t i = 0; q && i < ARRAY_LEN(lines); i++)
		if (!strcmp(lines[i], q)) {
			if (!at && !strcmp(q, "allocated"))
				check_at(c, path, NULL,
					 "`%s` wants its operator set: "
					 "`….PHA@avs#0`",
					 q);
			else if (!strcmp(q, "balance") &&
				 !is_looked_at(c, path))
				check_at(c, path, NULL,
					 "the balance of an AVS or a contract "
					 "is a line only where the world says "
					 "so: `watch: [%s]`",
					 check_source(c, path));
			return;
		}
	check_at(c, path, q ? nearest_name(q, lines, ARRAY_LEN(lines)) : NULL,
		 "`%s` is no line of the ledger and is not in the world's "
		 "`watch:`",
		 check_source(c, path));
}

/* `alcie.shares.TOK` */
static void no_such_line(struct checker *c, const struct expr *path,
			 const char *text)
{
	const char *who = arena_strndup(c->arena, text, strcspn(text, "."));

	while (path->left)
		path = path->left;
	check_at(c, path, check_nearest_name(c, who),
		 "there is no `%s` in this world", who);
}

static void check_change(struct checker *c, const struct frame *f,
			 const struct change_want *w)
{
	const size_t known = c->run->diags->n;
	const struct type *path, *value;
	struct value pv, vv, r;
	struct err e = ERR_INIT;

	if (w->path->kind == EXPR_WORDS) {
		check_mismatch(c, w->path, &TYPE_ANYTHING, "`changes`",
			       "a line of the ledger");
		return;
	}
	path = check_expr(c, f, w->path);
	if (path->kind == TYPE_WORD) {
		no_such_line(c, w->path, path->text);
		return;
	}
	if (path->kind == TYPE_QUANTITY) {
		check_mismatch(c, w->path, path, "`changes`", "a number");
		return;
	}
	/* One slip, one finding. */
	if (c->run->diags->n > known)
		return;
	if (!is_watched(c, w->path))
		check_path(c, w->path);
	check_pattern(c, f, w->value, NULL, "a change");
	if (c->run->diags->n > known)
		return;
	value = check_expr(c, f, w->value);
	if (value->kind == TYPE_WORD || value->kind == TYPE_CALL ||
	    value->kind == TYPE_TEXT) {
		check_mismatch(c, w->value, value, "a change", "a difference");
		return;
	}
	if (path->kind != TYPE_INT || value->kind != TYPE_INT)
		return;
	if (path->unit == UNIT_WAD)
		check_bare(c, w->value, "%", 18);
	else if (path->unit == UNIT_TOKEN && path->token)
		check_bare(c, w->value,
			   arena_printf(c->arena, " %s", path->token),
			   check_decimals(c, path->token));
	pv = value_u64(1, path->unit);
	vv = value_u64(1, value->unit);
	pv.token = path->token ? path->token : value->token;
	vv.token = value->token ? value->token : path->token;
	if (!value_arith(&r, OP_SUB, &pv, &vv, &e))
		check_at(c, w->value, NULL,
			 "`%s` is %s, but `%s` counts %s",
			 check_source(c, w->value), type_text(c, value),
			 check_source(c, w->path), type_text(c, path));
}

static void check_returns(struct checker *c, const struct frame *f,
			  const struct expr *x, const struct abi_entry *fn)
{
	const struct abi_type *out = fn ? fn->out : NULL;

	if (out && !out->fields_n) {
		check_at(c, x, NULL, "%s returns nothing", fn->signature);
		return;
	}
	if (out && out->fields_n == 1)
		out = out->fields[0].type;
	check_pattern(c, f, x, out, "what is returned");
}

void check_expect(struct checker *c, const struct frame *f,
		  const struct expect *x, const struct abi_entry *fn,
		  const char *contract)
{
	static const struct want duration = { .kind = WANT_DURATION };

	if (x->returns)
		check_returns(c, f, x->returns, fn);
	if (x->reverts)
		check_reverts(c, f, x->reverts, contract);
	check_events(c, f, x->emits, x->emits_n);
	for (size_t i = 0; i < x->changes_n; i++)
		check_change(c, f, &x->changes[i]);
	for (size_t i = 0; i < x->checks_n; i++)
		check_condition(c, f, x->checks[i]);
	if (x->within)
		check_as_want(c, f, x->within, &duration, "`within`");
}
