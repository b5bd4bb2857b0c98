#include "scenario/eval.h"

#include "base/base.h"
#include "base/name.h"
#include "base/hex.h"
#include "base/nearest.h"
#include "scenario/eval_priv.h"
#include "scenario/expr.h"
#include "scenario/match.h"

#define RANGE_MAX 10000

const struct value *scope_get(const struct scope *s, const char *name)
{
	for (; s; s = s->outer)
		for (size_t i = 0; i < s->n; i++)
			if (name_eq(s->vars[i].name, name))
				return &s->vars[i].value;
	return NULL;
}

void scope_set(struct scope *s, const char *name, const struct value *v)
{
	for (size_t i = 0; i < s->n; i++)
		if (name_eq(s->vars[i].name, name)) {
			s->vars[i].value = *v;
			return;
		}
	GROW(s->vars, s->n, s->cap);
	s->vars[s->n++] = (struct scope_var){ name, *v };
}

void scope_done(struct scope *s)
{
	free(s->vars);
	s->vars = NULL;
	s->n = s->cap = 0;
}

bool eval_fail_at(struct err *e, const struct expr *x)
{
	if (!e->pos.line)
		e->pos = x->pos;
	return false;
}

static bool eval_number(struct value *ret, const struct eval_env *env,
			const struct expr *x, struct err *e)
{
	struct value v = value_int(x->number, x->unit);
	const struct world *w = env->world;
	struct u256 scale, rest;
	size_t i = 0;

	if (x->unit != UNIT_TOKEN) {
		*ret = v;
		return true;
	}
	while (w && i < w->tokens_n && strcmp(w->tokens[i].name, x->name) != 0)
		i++;
	/* `2 registrations` where a text is looked for in a text. */
	if ((!w || i == w->tokens_n) && x->raw) {
		*ret = value_text(x->raw);
		return true;
	}
	if (!w || i == w->tokens_n)
		return err_at(e, x->pos, ERR_SCHEMA,
			      "`%s` is no token of this world and no unit",
			      x->name);
	v.token = x->name;
	if (!u256_pow(&scale, u256_from_u64(10), w->tokens[i].decimals) ||
	    !u256_mul(&v.num, v.num, scale) ||
	    !u256_pow(&scale, u256_from_u64(10), x->decimals) ||
	    !u256_divmod(&v.num, &rest, v.num, scale))
		return err_at(e, x->pos, ERR_RANGE,
			      "the amount does not fit in 256 bits");
	if (!u256_is_zero(rest))
		return err_at(e, x->pos, ERR_RANGE,
			      "%s has %u decimals, the amount has more",
			      x->name, w->tokens[i].decimals);
	*ret = v;
	return true;
}

static struct value eval_hex(const struct expr *x)
{
	struct value v = value_bytes(x->bytes, x->n);

	if (x->decimals) /* half a byte: only a number */
		return value_int(x->number, UNIT_NONE);
	v.num = x->number;
	v.truth = x->n <= 32;
	return v;
}

static bool eval_name(struct value *ret, struct eval_env *env,
		      const struct expr *x, struct err *e)
{
	static const char *const words[] = { "none", "any", "empty" };
	size_t index = 0, set = 0;
	enum ref_kind kind;
	bool known = false;

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (name_eq(words[i], x->name)) {
			*ret = value_word(words[i]);
			return true;
		}
	if (name_eq(x->name, "true") || name_eq(x->name, "false")) {
		*ret = value_bool(x->name[0] == 't');
		return true;
	}
	kind = env->world ? world_find(env->world, x->name, &index, &set)
			  : REF_NONE;
	if (kind != REF_NONE) {
		*ret = value_ref(kind, x->name, index, set);
		return true;
	}
	if (env->name && !env->name(ret, &known, env->ctx, x->name, e))
		return eval_fail_at(e, x);
	if (!known)
		*ret = value_word(x->name);
	return true;
}

bool eval_args(const struct value **ret, struct eval_env *env,
	       const struct scope *scope, const struct expr *x, struct err *e)
{
	struct value *items = ARENA_ARRAY(env->arena, struct value, x->n);

	for (size_t i = 0; i < x->n; i++)
		if (!eval(&items[i], env, scope, x->items[i], e))
			return false;
	*ret = items;
	return true;
}

const char *eval_callee(struct arena *a, const struct expr *callee,
			const struct expr **ret_base)
{
	const struct expr *f = callee;
	struct buf b = BUF_INIT(4096);
	char *name;

	if (callee->kind == EXPR_CALL) { /* `f(uint256)(1)`: an overload */
		f = callee->left;
		for (size_t i = 0; i < callee->n; i++)
			buf_addf(&b, "%s%s", i ? "," : "",
				 callee->items[i]->kind == EXPR_NAME
					 ? callee->items[i]->name
					 : "?");
	}
	*ret_base = f->kind == EXPR_FIELD ? f->left : NULL;
	if (f->kind != EXPR_FIELD && f->kind != EXPR_NAME) {
		buf_done(&b);
		return NULL;
	}
	name = callee->kind == EXPR_CALL
		       ? arena_printf(a, "%s(%s)", f->name, buf_str(&b))
		       : arena_strdup(a, f->name);
	buf_done(&b);
	return name;
}

/* A call whose name nothing has: `Panic(0x32)`, an event with arguments. */
static bool symbol(struct value *ret, struct eval_env *env,
		   const struct scope *scope, const struct expr *x,
		   const char *name, struct err *e)
{
	struct value v = { .kind = VALUE_CALL, .text = name, .keys = x->keys,
			   .len = x->n };

	if (!eval_args(&v.items, env, scope, x, e))
		return false;
	*ret = v;
	return true;
}

static bool call_contract(struct value *ret, struct eval_env *env,
			  const struct scope *scope, const struct expr *x,
			  const struct value *contract, const char *name,
			  struct err *e)
{
	const struct abi_entry *fn = NULL;
	const struct abi_val *args;
	const struct abi_type *t;

	t = eval_struct(env, contract->text, name);
	if (t && x->n == 1) {
		struct abi_val v;

		if (!eval_abi(&v, env, scope, x->items[0], t, e))
			return false;
		*ret = value_of_abi(env->arena, t, &v);
		return true;
	}
	if (eval_is_declared(env, contract, name))
		return symbol(ret, env, scope, x,
			      arena_printf(env->arena, "%s.%s",
					   contract->text, name),
			      e);
	if (!eval_find_function(&fn, env, contract, name, e))
		return eval_fail_at(e, x);
	/* One that changes state is not called to know something: it is a
	 * call that waits to be sent. */
	if (fn->mutability != ABI_VIEW && fn->mutability != ABI_PURE)
		return symbol(ret, env, scope, x,
			      arena_printf(env->arena, "%s.%s",
					   contract->text, name),
			      e);
	if (!eval_call_args(&args, env, scope, x, fn, e))
		return false;
	if (!env->call)
		return err_at(e, x->pos, ERR_UNSUPPORTED,
			      "no chain to call %s on", fn->signature);
	return env->call(ret, env->ctx, contract, fn, args, e) ||
	       eval_fail_at(e, x);
}

static bool call_method(struct value *ret, struct eval_env *env,
			const struct scope *scope, const struct expr *x,
			const struct value *of, const char *name,
			struct err *e)
{
	const struct value *args = NULL;

	if (!eval_args(&args, env, scope, x, e))
		return false;
	if (!env->method)
		return err_at(e, x->pos, ERR_UNSUPPORTED,
			      "nobody knows %s() here", name);
	return env->method(ret, env->ctx, of, name, args, x->n, e) ||
	       eval_fail_at(e, x);
}

/* `list.where(field, value)`: the items whose field is so. */
static bool list_where(struct value *ret, struct eval_env *env,
		       const struct scope *scope, const struct expr *x,
		       const struct value *list, struct err *e)
{
	struct value *items = ARENA_ARRAY(env->arena, struct value, list->len);
	struct value want;
	size_t n = 0;

	if (x->n != 2 || x->items[0]->kind != EXPR_NAME)
		return err_at(e, x->pos, ERR_SCHEMA,
			      "`where` takes a field and what it is to be");
	if (!eval(&want, env, scope, x->items[1], e))
		return false;
	for (size_t i = 0; i < list->len; i++) {
		const struct value *v = list->items[i].kind == VALUE_MAP
						? value_get(&list->items[i],
							    x->items[0]->name)
						: NULL;
		bool same;

		if (!v)
			return err_at(e, x->items[0]->pos, ERR_SCHEMA,
				      "an item of the list has no field %s",
				      x->items[0]->name);
		if (!match(&same, NULL, env, &want, v, e))
			return eval_fail_at(e, x);
		if (same)
			items[n++] = list->items[i];
	}
	*ret = value_list(items, n);
	return true;
}

static bool eval_call_expr(struct value *ret, struct eval_env *env,
			   const struct scope *scope, const struct expr *x,
			   struct err *e)
{
	const struct expr *base = NULL;
	const char *name = eval_callee(env->arena, x->left, &base);
	bool known = false;
	struct value of;

	if (!name)
		return err_at(e, x->pos, ERR_SCHEMA,
			      "this is nothing that can be called");
	if (!base) {
		if (!eval_function(ret, &known, env, scope, x, e))
			return eval_fail_at(e, x);
		return known || symbol(ret, env, scope, x, name, e);
	}
	if (!eval(&of, env, scope, base, e))
		return false;
	if (of.kind == VALUE_REF && env->world &&
	    world_artifact(env->world, of.text))
		return call_contract(ret, env, scope, x, &of, name, e);
	if (of.kind == VALUE_LIST && !strcmp(name, "where"))
		return list_where(ret, env, scope, x, &of, e);
	if (of.kind == VALUE_WORD) /* `crypto.recover(…)`: a module's */
		return call_method(ret, env, scope, x, NULL,
				   arena_printf(env->arena, "%s.%s", of.text,
						name),
				   e);
	return call_method(ret, env, scope, x, &of, name, e);
}

static bool eval_unary(struct value *ret, struct eval_env *env,
		       const struct scope *scope, const struct expr *x,
		       struct err *e)
{
	struct value v, *item;

	if (!eval(&v, env, scope, x->right, e))
		return false;
	if (x->op == OP_NOT) {
		if (v.kind == VALUE_BOOL) {
			*ret = value_bool(!v.truth);
			return true;
		}
		item = arena_memdup(env->arena, &v, sizeof(v));
		*ret = (struct value){ .kind = VALUE_NOT, .items = item,
				       .len = 1 };
		return true;
	}
	if (v.kind == VALUE_BYTES && v.truth)
		v = value_int(v.num, UNIT_NONE);
	if (v.kind != VALUE_INT)
		return err_at(e, x->pos, ERR_SCHEMA,
			      "`%s` stands before a number", op_text(x->op));
	if (x->op == OP_NEG && !u256_is_zero(v.num))
		v.negative = !v.negative;
	*ret = v;
	return true;
}

/* and, or: the right side is looked at only if it matters. */
static bool eval_logic(struct value *ret, struct eval_env *env,
		       const struct scope *scope, const struct expr *x,
		       struct err *e)
{
	bool v = false;

	if (!eval_true(&v, env, scope, x->left, e))
		return false;
	if (v == (x->op == OP_AND) && !eval_true(&v, env, scope, x->right, e))
		return false;
	*ret = value_bool(v);
	return true;
}

static struct value as_number(struct value v)
{
	return v.kind == VALUE_BYTES && v.truth ? value_int(v.num, UNIT_NONE)
						: v;
}

static bool compare(struct value *ret, struct eval_env *env,
		    const struct expr *x, const struct value *a,
		    const struct value *b, struct err *e)
{
	struct value an = as_number(*a), bn = as_number(*b);
	const char *text, *regex;
	int order = 0;
	bool v = false;

	if (x->op == OP_EQ || x->op == OP_NE) {
		if (!match_equal(&v, env, a, b, e))
			return false;
		*ret = value_bool(v == (x->op == OP_EQ));
		return true;
	}
	if (x->op == OP_HAS || x->op == OP_MATCHES) {
		if (x->op == OP_HAS ? !match_has(&v, env, a, b, e)
				    : !value_to_text(&text, env, a, e) ||
					      !value_to_text(&regex, env, b,
							     e) ||
					      !match_regex(&v, text, regex, e))
			return false;
		*ret = value_bool(v);
		return true;
	}
	if (!value_order(&order, &an, &bn, e))
		return false;
	*ret = value_bool(x->op == OP_LT   ? order < 0
			  : x->op == OP_LE ? order <= 0
			  : x->op == OP_GT ? order > 0
					   : order >= 0);
	return true;
}

static bool eval_binary(struct value *ret, struct eval_env *env,
			const struct scope *scope, const struct expr *x,
			struct err *e)
{
	struct value a, b;

	if (x->op == OP_AND || x->op == OP_OR)
		return eval_logic(ret, env, scope, x, e);
	if (x->op == OP_DIV)
		return err_at(e, x->pos, ERR_SCHEMA,
			      "inside floor() and ceil() one `/` stands last: "
			      "floor(a * b / c)");
	if (!eval(&a, env, scope, x->left, e) ||
	    !eval(&b, env, scope, x->right, e))
		return false;
	if (x->op == OP_ADD || x->op == OP_SUB || x->op == OP_MUL) {
		a = as_number(a);
		b = as_number(b);
		return value_arith(ret, x->op, &a, &b, e) ||
		       eval_fail_at(e, x);
	}
	return compare(ret, env, x, &a, &b, e) || eval_fail_at(e, x);
}

static bool eval_range(struct value *ret, struct eval_env *env,
		       const struct scope *scope, const struct expr *x,
		       struct err *e)
{
	uint64_t from = 0, to = 0;
	struct value a, b, *items;

	if (!eval(&a, env, scope, x->left, e) ||
	    !eval(&b, env, scope, x->right, e))
		return false;
	if (a.kind != VALUE_INT || b.kind != VALUE_INT || a.negative ||
	    b.negative || !u256_fits_u64(&from, a.num) ||
	    !u256_fits_u64(&to, b.num) || from > to ||
	    to - from >= RANGE_MAX)
		return err_at(e, x->pos, ERR_RANGE,
			      "a range goes up from a number to another one, "
			      "over at most %d",
			      RANGE_MAX);
	items = ARENA_ARRAY(env->arena, struct value,
			    (size_t)(to - from) + 1);
	for (uint64_t i = from; i <= to; i++)
		items[i - from] = value_u64(i, UNIT_NONE);
	*ret = value_list(items, (size_t)(to - from) + 1);
	return true;
}

/* A map under construction: what is named, and the rest of another one. */
static bool add_rest(struct value *map, struct eval_env *env,
		     const struct value *rest, struct err *e)
{
	size_t n = map->len, most = n + rest->len;
	struct value *items = ARENA_ARRAY(env->arena, struct value, most);
	const char **keys = ARENA_ARRAY(env->arena, const char *, most);
	size_t kept = 0;

	if (rest->kind != VALUE_MAP)
		return err_set(e, ERR_SCHEMA, 0,
			       "`...` takes a struct, or in a pattern `none` "
			       "or `any`");
	/* In the rest's order, so that a struct stays one by position. */
	for (size_t i = 0; i < rest->len; i++) {
		const struct value *own = value_get(map, rest->keys[i]);

		keys[kept] = rest->keys[i];
		items[kept++] = own ? *own : rest->items[i];
	}
	for (size_t i = 0; i < n; i++) {
		if (value_get(rest, map->keys[i]))
			continue;
		if (rest->type) /* a struct has no other fields */
			return eval_no_field(rest, map->keys[i], e);
		keys[kept] = map->keys[i];
		items[kept++] = map->items[i];
	}
	*map = value_map(keys, items, kept);
	map->type = rest->type;
	map->truth = rest->truth;
	return true;
}

static bool eval_map(struct value *ret, struct eval_env *env,
		     const struct scope *scope, const struct expr *x,
		     struct err *e)
{
	struct value *items = ARENA_ARRAY(env->arena, struct value, x->n);
	const char **keys = ARENA_ARRAY(env->arena, const char *, x->n);
	struct value map, rest;
	bool has_rest = false;
	size_t n = 0;

	for (size_t i = 0; i < x->n; i++) {
		struct value *v = &items[n];

		if (!eval(v, env, scope, x->items[i], e))
			return false;
		if (!strcmp(x->keys[i], "...") && v->kind != VALUE_WORD) {
			rest = *v;
			has_rest = true;
			continue;
		}
		keys[n++] = x->keys[i];
	}
	map = value_map(keys, items, n);
	if (has_rest && !add_rest(&map, env, &rest, e))
		return eval_fail_at(e, x);
	*ret = map;
	return true;
}

/* A list of a world's: names come first in its structs. */
static void add_refs(struct value *items, size_t *n, enum ref_kind kind,
		     const void *list, size_t len, size_t size)
{
	for (size_t i = 0; i < len; i++) {
		const char *at = (const char *)list + i * size;

		items[(*n)++] = value_ref(kind, *(const char *const *)(const void *)at,
					  i, 0);
	}
}

#define ADD_REFS(kind, list)                                                   \
	add_refs(items, &n, (kind), w->list, w->list##_n, sizeof(*w->list))

static size_t sets_n(const struct world *w)
{
	size_t n = 0;

	for (size_t i = 0; i < w->avs_n; i++)
		n += w->avs[i].sets_n;
	return n;
}

static void add_sets(struct eval_env *env, struct value *items, size_t *n)
{
	const struct world *w = env->world;

	for (size_t i = 0; i < w->avs_n; i++)
		for (size_t k = 0; k < w->avs[i].sets_n; k++)
			items[(*n)++] = value_ref(
				REF_SET,
				arena_printf(env->arena, "%s#%zu",
					     w->avs[i].name, k),
				i, k);
}

static bool eval_every(struct value *ret, struct eval_env *env,
		       const struct expr *x, struct err *e)
{
	const struct world *w = env->world;
	size_t n = 0, most;
	struct value *items;

	if (!w)
		return err_at(e, x->pos, ERR_SCHEMA,
			      "`every` is of a world, and there is none here");
	most = w->operators_n + w->roles_n;
	if (!strcmp(x->name, "token"))
		most = w->tokens_n;
	if (!strcmp(x->name, "set"))
		most = sets_n(w);
	items = ARENA_ARRAY(env->arena, struct value, most);
	if (!strcmp(x->name, "operator") || !strcmp(x->name, "actor"))
		ADD_REFS(REF_OPERATOR, operators);
	if (!strcmp(x->name, "actor"))
		ADD_REFS(REF_ROLE, roles);
	else if (!strcmp(x->name, "token"))
		ADD_REFS(REF_TOKEN, tokens);
	else if (!strcmp(x->name, "set"))
		add_sets(env, items, &n);
	else if (strcmp(x->name, "operator") != 0)
		return err_at(e, x->pos, ERR_SCHEMA,
			      "`every` goes with operator, actor, token or "
			      "set");
	*ret = value_list(items, n);
	return true;
}

static bool eval_var(struct value *ret, const struct scope *scope,
		     const struct expr *x, struct err *e)
{
	const struct value *v = scope_get(scope, x->name);
	const char *names[64];
	const char *near;
	size_t n = 0;

	if (v) {
		*ret = *v;
		return true;
	}
	for (const struct scope *s = scope; s; s = s->outer)
		for (size_t i = 0; i < s->n && n < ARRAY_LEN(names); i++)
			names[n++] = s->vars[i].name;
	near = nearest_name(x->name, names, n);
	return err_at(e, x->pos, ERR_SCHEMA, "there is no $%s here%s%s",
		      x->name, near ? ", nearest $" : "", near ? near : "");
}

static bool eval_list(struct value *ret, struct eval_env *env,
		      const struct scope *scope, const struct expr *x,
		      struct err *e)
{
	const struct value *items = NULL;

	if (!eval_args(&items, env, scope, x, e))
		return false;
	*ret = value_list(items, x->n);
	return true;
}

static bool eval_template(struct value *ret, struct eval_env *env,
			  const struct scope *scope, const struct expr *x,
			  struct err *e)
{
	const char *text;

	if (!eval_text(&text, env, scope, x, e))
		return false;
	*ret = value_text(text);
	return true;
}

static bool eval_kind(struct value *ret, struct eval_env *env,
		      const struct scope *scope, const struct expr *x,
		      struct err *e)
{
	switch (x->kind) {
	case EXPR_NUMBER:
		return eval_number(ret, env, x, e);
	case EXPR_HEX:
		*ret = eval_hex(x);
		return true;
	case EXPR_TEXT:
	case EXPR_CHARS:
	case EXPR_WORDS:
		return eval_template(ret, env, scope, x, e);
	case EXPR_NAME:
		return eval_name(ret, env, x, e);
	case EXPR_VAR:
		return eval_var(ret, scope, x, e);
	case EXPR_IT:
		if (!env->it)
			return err_at(e, x->pos, ERR_SCHEMA,
				      "`it` is the result of a step; here is "
				      "none");
		*ret = *env->it;
		return true;
	case EXPR_FIELD:
	case EXPR_INDEX:
		return eval_field(ret, env, scope, x, NULL, e);
	case EXPR_AT:
		return eval_at(ret, env, scope, x, e);
	case EXPR_CALL:
		return eval_call_expr(ret, env, scope, x, e);
	case EXPR_UNARY:
		return eval_unary(ret, env, scope, x, e);
	case EXPR_BINARY:
		return eval_binary(ret, env, scope, x, e);
	case EXPR_RANGE:
		return eval_range(ret, env, scope, x, e);
	case EXPR_LIST:
		return eval_list(ret, env, scope, x, e);
	case EXPR_MAP:
		return eval_map(ret, env, scope, x, e);
	case EXPR_EVERY:
		return eval_every(ret, env, x, e);
	case EXPR__COUNT:
		break;
	}
	return err_at(e, x->pos, ERR_SCHEMA, "no expression");
}

bool eval(struct value *ret, struct eval_env *env, const struct scope *scope,
	  const struct expr *x, struct err *e)
{
	struct value v;
	bool ok;

	if (env->depth >= EVAL_DEPTH_MAX)
		return err_at(e, x->pos, ERR_LIMIT,
			      "the expression is nested too deep");
	env->depth++;
	ok = eval_kind(&v, env, scope, x, e);
	env->depth--;
	if (ok)
		*ret = v;
	return ok;
}

bool eval_true(bool *ret, struct eval_env *env, const struct scope *scope,
	       const struct expr *x, struct err *e)
{
	struct buf b = BUF_INIT(200);
	struct value v;

	if (!eval(&v, env, scope, x, e))
		return false;
	if (v.kind == VALUE_BOOL) {
		*ret = v.truth;
		return true;
	}
	value_format(&b, &v, &env->names);
	err_at(e, x->pos, ERR_SCHEMA, "wants true or false, here is `%s`",
	       buf_str(&b));
	buf_done(&b);
	return false;
}
