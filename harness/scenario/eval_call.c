/*
 * Calls of contracts: which function, with which arguments.
 */
#include "base/base.h"
#include "base/nearest.h"
#include "scenario/eval_priv.h"

static const struct abi *abi_of(const struct eval_env *env,
				const struct value *contract)
{
	const char *artifact =
		env->world ? world_artifact(env->world, contract->text) : NULL;

	return artifact && env->abis.lookup
		       ? env->abis.lookup(env->abis.ctx, artifact)
		       : NULL;
}

bool eval_find_function(const struct abi_entry **ret, struct eval_env *env,
			const struct value *contract, const char *name,
			struct err *e)
{
	const struct abi *abi = abi_of(env, contract);
	const struct abi_entry *fn;
	size_t same = 0;

	if (!abi)
		return err_set(e, ERR_SCHEMA, 0, "`%s` has no known interface",
			       contract->text);
	fn = abi_function(abi, name, &same);
	if (fn && same > 1 && !strchr(name, '('))
		return err_set(e, ERR_SCHEMA, 0,
			       "%s has %zu functions %s: name the one meant "
			       "with its types, as in %s",
			       contract->text, same, name, fn->signature);
	if (fn) {
		*ret = fn;
		return true;
	}
	return err_set(e, ERR_SCHEMA, 0, "%s has no function %s",
		       contract->text, name);
}

/* "struct IAllocationManagerTypes.SlashingParams" is SlashingParams. */
static bool label_is(const char *label, const char *name)
{
	const char *dot;

	if (!label)
		return false;
	if (!strncmp(label, "struct ", 7))
		label += 7;
	dot = strrchr(label, '.');
	return !strcmp(dot ? dot + 1 : label, name);
}

static const struct abi_type *struct_in(const struct abi_type *t,
					const char *name)
{
	const struct abi_type *found = NULL;

	while (t->kind == ABI_ARRAY)
		t = t->elem;
	if (t->kind != ABI_TUPLE)
		return NULL;
	if (label_is(t->label, name))
		return t;
	for (size_t i = 0; i < t->fields_n && !found; i++)
		found = struct_in(t->fields[i].type, name);
	return found;
}

const struct abi_type *eval_struct(struct eval_env *env, const char *contract,
				   const char *name)
{
	struct value ref = value_ref(REF_CONTRACT, contract, 0, 0);
	const struct abi *abi = abi_of(env, &ref);
	const struct abi_type *t = NULL;

	for (size_t i = 0; abi && i < abi->functions_n && !t; i++) {
		t = struct_in(abi->functions[i].in, name);
		if (!t)
			t = struct_in(abi->functions[i].out, name);
	}
	for (size_t i = 0; abi && i < abi->events_n && !t; i++)
		t = struct_in(abi->events[i].in, name);
	return t;
}

static const struct expr *argument(const struct expr *x, const char *name)
{
	for (size_t i = 0; i < x->n; i++)
		if (!strcmp(x->keys[i], name))
			return x->items[i];
	return NULL;
}

bool eval_call_args(const struct abi_val **ret, struct eval_env *env,
		    const struct scope *scope, const struct expr *x,
		    const struct abi_entry *fn, struct err *e)
{
	const struct abi_type *in = fn->in;
	struct abi_val *args = ARENA_ARRAY(env->arena, struct abi_val,
					   in->fields_n);
	struct buf b = BUF_INIT(1000);

	abi_describe(&b, fn);
	if (x->n != in->fields_n) {
		err_at(e, x->pos, ERR_SCHEMA,
		       "%zu argument%s for %s", x->n, x->n == 1 ? "" : "s",
		       buf_str(&b));
		buf_done(&b);
		return false;
	}
	buf_done(&b);
	for (size_t i = 0; i < in->fields_n; i++) {
		const struct abi_field *f = &in->fields[i];
		const struct expr *v = x->keys ? argument(x, f->name)
					       : x->items[i];

		if (!v)
			return err_at(e, x->pos, ERR_SCHEMA,
				      "argument `%s` of %s is missing",
				      f->name, fn->signature);
		if (!eval_abi(&args[i], env, scope, v, f->type, e))
			return false;
	}
	*ret = args;
	return true;
}

/* The contract and function that "contract.function" names. */
static bool find_named(struct call_ready *ret, struct eval_env *env,
		       const char *text, struct err *e)
{
	const char *dot = strchr(text, '.');
	size_t index = 0, set = 0;
	enum ref_kind kind;
	char *contract;

	if (!dot)
		return err_set(e, ERR_SCHEMA, 0,
			       "`%s` names no contract: write "
			       "`contract.function`",
			       text);
	contract = arena_strndup(env->arena, text, (size_t)(dot - text));
	kind = env->world ? world_find(env->world, contract, &index, &set)
			  : REF_NONE;
	if (kind == REF_NONE)
		return err_set(e, ERR_SCHEMA, 0, "there is no contract `%s`",
			       contract);
	ret->contract = value_ref(kind, contract, index, set);
	return eval_find_function(&ret->fn, env, &ret->contract, dot + 1, e);
}

/* A call that came as a value: from a column of cases, a parameter. */
static bool call_value(struct call_ready *ret, struct eval_env *env,
		       const struct value *v, struct err *e)
{
	const struct value *args = v;
	const char *name = v->text;
	struct abi_val tuple;

	if (v->kind == VALUE_MAP && v->keys && v->len == 1) {
		name = v->keys[0];
		args = &v->items[0];
	} else if (v->kind != VALUE_CALL) {
		struct buf b = BUF_INIT(300);

		value_format(&b, v, &env->names);
		err_set(e, ERR_SCHEMA, 0, "wants a call, here is `%s`",
			buf_str(&b));
		buf_done(&b);
		return false;
	}
	if (!find_named(ret, env, name, e))
		return false;
	if (args->kind == VALUE_CALL) {
		struct value items = value_list(args->items, args->len);

		if (args->keys)
			items = value_map(args->keys, args->items, args->len);
		if (!value_to_abi(&tuple, env, &items, ret->fn->in, e))
			return err_ctx(e, "%s", ret->fn->signature);
	} else if (!value_to_abi(&tuple, env, args, ret->fn->in, e)) {
		return err_ctx(e, "%s", ret->fn->signature);
	}
	ret->args = tuple.items;
	return true;
}

bool eval_call(struct call_ready *ret, struct eval_env *env,
	       const struct scope *scope, const struct expr *x, struct err *e)
{
	struct call_ready r = { .args = NULL };
	const struct expr *base = NULL;
	const char *name;
	struct value v;

	if (x->kind != EXPR_CALL) {
		if (!eval(&v, env, scope, x, e) ||
		    !call_value(&r, env, &v, e))
			return eval_fail_at(e, x);
		*ret = r;
		return true;
	}
	name = eval_callee(env->arena, x->left, &base);
	if (!name || !base)
		return err_at(e, x->pos, ERR_SCHEMA,
			      "wants `contract.function(…)`");
	if (!eval(&r.contract, env, scope, base, e))
		return false;
	if (r.contract.kind != VALUE_REF) {
		struct buf b = BUF_INIT(300);

		value_format(&b, &r.contract, &env->names);
		err_at(e, base->pos, ERR_SCHEMA, "`%s` is no contract",
		       buf_str(&b));
		buf_done(&b);
		return false;
	}
	if (!eval_find_function(&r.fn, env, &r.contract, name, e))
		return eval_fail_at(e, x);
	if (!eval_call_args(&r.args, env, scope, x, r.fn, e))
		return false;
	*ret = r;
	return true;
}
