/*
 * What an expression will give, as far as it can be known without a chain.
 */
#include "base/base.h"
#include "base/nearest.h"
#include "scenario/check_priv.h"

struct var *check_find(const struct frame *f, const char *name)
{
	for (; f; f = f->outer)
		for (size_t i = 0; i < f->n; i++)
			if (!strcmp(f->vars[i].name, name))
				return &f->vars[i];
	return NULL;
}

const struct var *check_var(const struct frame *f, const char *name)
{
	struct var *v = check_find(f, name);

	if (v)
		v->used = true;
	return v;
}

void check_declare(struct checker *c, struct frame *f, struct var v)
{
	const struct var *was = check_find(f, v.name);

	if (was) {
		const bool here = was->pos.file == v.pos.file;

		check_note(c, v.pos, expr_chars(v.name, strlen(v.name)), NULL,
			   "`%s` is in use here already, since line %u%s%s",
			   v.name, was->pos.line, here ? "" : " of ",
			   here ? "" : was->pos.file);
		return;
	}
	GROW(f->vars, f->n, f->cap);
	f->vars[f->n++] = v;
}

static const struct type *any(void)
{
	return &TYPE_ANYTHING;
}

static const struct type *of_name(struct checker *c, const struct expr *x)
{
	size_t index = 0, set = 0;
	enum ref_kind kind;
	struct type *t;

	if (!strcmp(x->name, "none") || !strcmp(x->name, "any") ||
	    !strcmp(x->name, "empty"))
		return type_new(c, TYPE_NONE);
	if (!strcmp(x->name, "true") || !strcmp(x->name, "false"))
		return type_new(c, TYPE_BOOL);
	if (!strcmp(x->name, "head"))
		return type_natural(c, UNIT_BLOCK);
	if (!strcmp(x->name, "now"))
		return type_natural(c, UNIT_TIME);
	if (!strcmp(x->name, "relay"))
		return type_new(c, TYPE_ADDRESS);
	if (!strcmp(x->name, "burnable")) {
		t = type_new(c, TYPE_QUANTITY);
		t->text = x->name;
		return t;
	}
	kind = world_find(c->world, x->name, &index, &set);
	if (kind != REF_NONE)
		return type_ref(c, kind, x->name, index, set);
	t = type_new(c, TYPE_WORD);
	t->text = x->name;
	return t;
}

static const struct type *of_number(struct checker *c, const struct expr *x)
{
	struct eval_env env = { .arena = c->arena, .world = c->world };
	struct type *t = type_new(c, TYPE_INT);
	struct err e = ERR_INIT;
	struct value v;

	t->unit = x->unit;
	if (x->unit != UNIT_TOKEN)
		return t;
	t->token = x->name;
	if (world_find(c->world, x->name, NULL, NULL) == REF_TOKEN) {
		if (x->decimals && !eval(&v, &env, NULL, x, &e))
			check_at(c, x, NULL, "%s", e.text);
		return t;
	}
	check_no_token(c, x->pos, x->width, x->name, true);
	return any();
}

static const struct type *of_var(struct checker *c, const struct frame *f,
				 const struct expr *x)
{
	const struct var *v = check_var(f, x->name);
	const char *names[64];
	size_t n = 0;

	if (v)
		return v->type;
	for (size_t i = 0; i < c->saved_n; i++)
		if (!strcmp(c->saved[i].name, x->name)) {
			check_at(c, x, NULL,
				 "$%s is not known here: it gets its name in "
				 "line %u, which comes later or in another "
				 "branch",
				 x->name, c->saved[i].line);
			return any();
		}
	for (; f; f = f->outer)
		for (size_t i = 0; i < f->n && n < ARRAY_LEN(names); i++)
			names[n++] = f->vars[i].name;
	if (c->gaps)
		return any();
	check_at(c, x, nearest_name(x->name, names, n),
		 "there is no $%s: neither `save: %s` nor `let` names anything "
		 "so",
		 x->name, x->name);
	return any();
}

/* `list.where(field, value)`. */
static const struct type *check_where(struct checker *c, const struct frame *f,
				      const struct expr *x,
				      const struct type *list)
{
	if (x->n != 2 || x->items[0]->kind != EXPR_NAME) {
		check_at(c, x, NULL,
			 "`where` takes a field and what it is to be: "
			 "`events(OperatorSlashed).where(operator, alice)`");
		return list;
	}
	if (list->elem && list->elem->kind == TYPE_MAP)
		(void)check_field(c, x->items[0], list->elem,
				  x->items[0]->name);
	(void)check_expr(c, f, x->items[1]);
	return list;
}

/* A struct that an ABI names: `livenessVerifier.ReportData($x)`. */
bool check_is_struct_name(const char *name)
{
	return name && name[0] >= 'A' && name[0] <= 'Z';
}

static bool has_files(const struct type *t)
{
	return t->kind == TYPE_REF &&
	       (t->ref == REF_OPERATOR || t->ref == REF_PROCESS);
}

/* What is no contract has few functions, or none. */
static void check_method(struct checker *c, const struct expr *x,
			 const struct type *base, const char *name)
{
	if (base->kind == TYPE_WORD && !check_is_struct_name(name))
		check_at(c, x, check_nearest_name(c, base->text),
			 "there is no `%s` in this world", base->text);
	else if (base->kind == TYPE_REF && base->ref == REF_OPERATOR &&
		 strcmp(name, "file") != 0)
		check_at(c, x,
			 nearest_name(name, (const char *[]){ "file", "sign" },
				      2),
			 "%s has no function `%s`",
			 base->text ? base->text : "an operator", name);
	else if (base->kind == TYPE_REF && base->ref == REF_PROCESS &&
		 strcmp(name, "file") != 0)
		check_at(c, x, nearest_name(name, (const char *[]){ "file" }, 1),
			 "%s has no function `%s`",
			 base->text ? base->text : "a process", name);
	else if (base->kind == TYPE_REF && base->ref == REF_ROLE)
		check_at(c, x, nearest_name(name, (const char *[]){ "sign" }, 1),
			 "%s has no function `%s`",
			 base->text ? base->text : "a role", name);
}

/* `alice.sign(digest)` */
static const struct type *of_sign(struct checker *c, const struct frame *f,
				  const struct expr *x)
{
	const struct type *digest = x->n ? check_expr(c, f, x->items[0])
					 : any();

	if (x->n != 1)
		check_at(c, x, NULL, "sign() takes one digest");
	else if (digest->kind != TYPE_ANY &&
		 (digest->kind != TYPE_BYTES ||
		  (digest->size && digest->size != sizeof(struct hash32))))
		check_mismatch(c, x->items[0], digest, "sign()",
			       "a digest of 32 bytes: keccak(…), or what a "
			       "contract says is to be signed");
	return type_new(c, TYPE_BYTES);
}

/* `alice.file("state.json")` */
static const struct type *of_file(struct checker *c, const struct frame *f,
				  const struct expr *x)
{
	const struct type *path = x->n ? check_expr(c, f, x->items[0])
				       : any();

	if (x->n != 1)
		check_at(c, x, NULL, "file() takes one path");
	else if (path->kind != TYPE_TEXT && path->kind != TYPE_ANY)
		check_mismatch(c, x->items[0], path, "file()",
			       "a path: \"state.json\"");
	return type_ref(c, REF_PART, "a file", 0, 0);
}

/* What a TEE and the sidecar do is of another round every time. */
void check_looks_on(struct checker *c, const struct expr *x, const char *act)
{
	if (c->looks_on)
		check_at(c, x, NULL,
			 "`%s` does something, and this is evaluated whenever "
			 "the harness looks: ask for it in a step, `let`",
			 act);
}

static const struct type *of_method(struct checker *c, const struct frame *f,
				    const struct expr *x)
{
	const char *contract, *name;
	const struct expr *field;
	const struct type *base;
	const struct abi *abi;

	name = check_callee(c, x->left, &field);
	if (!name || field->kind != EXPR_FIELD) {
		check_at(c, x, NULL, "`%s` is nothing that can be called",
			 check_source(c, x->left));
		check_all(c, f, x);
		return any();
	}
	base = check_expr(c, f, field->left);
	if (base->kind == TYPE_LIST && !strcmp(name, "where"))
		return check_where(c, f, x, base);
	if (base->kind == TYPE_REF && base->ref == REF_PART && base->text &&
	    !strcmp(base->text, "tee") && !strcmp(name, "quote"))
		check_looks_on(c, x, "tee.quote");
	if (base->kind == TYPE_REF && !strcmp(name, "sign") &&
	    (base->ref == REF_OPERATOR || base->ref == REF_ROLE))
		return of_sign(c, f, x);
	contract = check_contract(c, base);
	abi = contract ? check_abi(c, contract) : NULL;
	if (!contract || (abi && !abi_function(abi, name, NULL) &&
			  check_is_struct_name(name))) {
		check_method(c, x, base, name);
		if (has_files(base) && !strcmp(name, "file"))
			return of_file(c, f, x);
		check_all(c, f, x);
		return any();
	}
	return check_result(c, check_call(c, f, x, &contract));
}

/* --- the rest --------------------------------------------------------------------- */

static const struct type *of_list(struct checker *c, const struct frame *f,
				  const struct expr *x)
{
	struct type *t = type_new(c, TYPE_LIST);

	for (size_t i = 0; i < x->n; i++) {
		const struct type *item = check_expr(c, f, x->items[i]);

		if (!i)
			t->elem = item;
		else if (item->kind != t->elem->kind ||
			 item->unit != t->elem->unit)
			t->elem = any();
		else if (!item->natural)
			t->elem = type_signed(c, t->elem);
	}
	return t;
}

static const struct type *of_map(struct checker *c, const struct frame *f,
				 const struct expr *x)
{
	struct type *t = type_new(c, TYPE_MAP);
	const struct type **items =
		ARENA_ARRAY(c->arena, const struct type *, x->n);

	for (size_t i = 0; i < x->n; i++) {
		items[i] = check_expr(c, f, x->items[i]);
		t->open |= !strcmp(x->keys[i], "...");
	}
	t->keys = x->keys;
	t->items = items;
	t->n = x->n;
	/* `{taskManager.Response: {…}}` is a struct of that contract. */
	t->open |= x->n == 1 && strchr(x->keys[0], '.');
	return t;
}

/* Digits, names and the actors of a map keyed by them. */
static const struct type *of_index(struct checker *c, const struct frame *f,
				   const struct expr *x)
{
	const struct type *of = check_expr(c, f, x->left);
	const struct type *i = check_expr(c, f, x->right);
	struct type *t;

	if (of->kind == TYPE_QUANTITY && i->kind == TYPE_REF && !i->text)
		return type_int(c, strcmp(of->text, "shares") ? UNIT_NONE
							      : UNIT_TOKEN);
	if (of->kind == TYPE_LIST && of->elem && i->kind == TYPE_REF) {
		t = type_new(c, TYPE_LIST);
		t->elem = any();
		return t;
	}
	if (i->kind == TYPE_REF && i->text && of->kind != TYPE_ANY)
		return check_field(c, x, of, i->text);
	if (of->kind == TYPE_LIST && of->elem)
		return of->elem;
	return of->kind == TYPE_MAP && of->n ? of->items[0] : any();
}

static const struct type *of_at(struct checker *c, const struct frame *f,
				const struct expr *x)
{
	const struct type *set = check_expr(c, f, x->right);
	const struct type *one = set->kind == TYPE_LIST && set->elem
					 ? set->elem
					 : set;
	const struct type *left;
	struct type *t;

	if (set->kind == TYPE_WORD)
		check_at(c, x->right, check_nearest_name(c, set->text),
			 "there is no operator set `%s`", set->text);
	else if (one->kind != TYPE_ANY &&
		 (one->kind != TYPE_REF || one->ref != REF_SET))
		check_mismatch(c, x->right, set, "`@`", "an operator set");
	c->of_set = true;
	left = check_expr(c, f, x->left);
	c->of_set = false;
	if (one == set)
		return left;
	t = type_new(c, TYPE_LIST);
	t->elem = left;
	return t;
}

static const struct type *of_text(struct checker *c, const struct frame *f,
				  const struct expr *x)
{
	for (size_t i = 0; i < x->n; i++)
		if (x->items[i]->kind != EXPR_CHARS)
			(void)check_expr(c, f, x->items[i]);
	return type_new(c, TYPE_TEXT);
}

static const struct type *of_it(struct checker *c, const struct expr *x)
{
	if (c->it)
		return c->it;
	check_at(c, x, NULL, "`it` is the result of a step; here is none");
	return any();
}

static const struct type *of_range(struct checker *c, const struct frame *f,
				   const struct expr *x)
{
	struct type *t = type_new(c, TYPE_LIST);

	(void)check_expr(c, f, x->left);
	(void)check_expr(c, f, x->right);
	if (x->left->kind == EXPR_NUMBER && x->right->kind == EXPR_NUMBER &&
	    u256_cmp(x->left->number, x->right->number) > 0)
		check_at(c, x, NULL, "a range goes upwards");
	t->elem = type_int(c, UNIT_NONE);
	return t;
}

static const struct type *of_hex(struct checker *c, const struct expr *x)
{
	struct type *t = type_new(c, x->decimals ? TYPE_INT : TYPE_BYTES);

	t->size = x->n;
	t->literal = x->n <= 32;
	return t;
}

static const struct type *of_every(struct checker *c, const struct expr *x)
{
	static const struct {
		const char *name;
		enum ref_kind ref;
	} kinds[] = { { "operator", REF_OPERATOR },
		      { "actor", REF_ROLE }, /* what both can do */
		      { "token", REF_TOKEN },
		      { "set", REF_SET } };
	struct type *t = type_new(c, TYPE_LIST);

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (!strcmp(kinds[i].name, x->name))
			t->elem = type_ref(c, kinds[i].ref, NULL, 0, 0);
	if (!t->elem)
		check_at(c, x,
			 nearest_name(x->name,
				      (const char *[]){ "operator", "actor",
							"token", "set" },
				      ARRAY_LEN(kinds)),
			 "`every` goes with operator, actor, token or set");
	return t;
}

const struct type *check_expr(struct checker *c, const struct frame *f,
			      const struct expr *x)
{
	switch (x->kind) {
	case EXPR_NUMBER:
		return of_number(c, x);
	case EXPR_HEX:
		return of_hex(c, x);
	case EXPR_TEXT:
		return of_text(c, f, x);
	case EXPR_WORDS:
		return x->left ? of_text(c, f, x->left)
			       : type_new(c, TYPE_TEXT);
	case EXPR_CHARS:
		return type_new(c, TYPE_TEXT);
	case EXPR_NAME:
		return of_name(c, x);
	case EXPR_VAR:
		return of_var(c, f, x);
	case EXPR_IT:
		return of_it(c, x);
	case EXPR_FIELD:
		return check_field(c, x, check_expr(c, f, x->left), x->name);
	case EXPR_INDEX:
		return of_index(c, f, x);
	case EXPR_AT:
		return of_at(c, f, x);
	case EXPR_CALL:
		return x->left->kind == EXPR_NAME ? check_function(c, f, x)
						  : of_method(c, f, x);
	case EXPR_UNARY:
		return check_unary(c, f, x);
	case EXPR_BINARY:
		return check_binary(c, f, x);
	case EXPR_RANGE:
		return of_range(c, f, x);
	case EXPR_LIST:
		return of_list(c, f, x);
	case EXPR_MAP:
		return of_map(c, f, x);
	case EXPR_EVERY:
		return of_every(c, x);
	case EXPR__COUNT:
		break;
	}
	return any();
}
