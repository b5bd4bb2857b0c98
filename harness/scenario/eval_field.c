/*
 * What stands after a dot: fields of structs and lists, windows, and what the
 * runner knows of an actor.
 */
#include "base/base.h"
#include "base/hex.h"
#include "base/nearest.h"
#include "scenario/eval_priv.h"

/* The keys of a map, for `nearest` and for saying what there is. */
bool eval_no_field(const struct value *of, const char *field,
		   struct err *e)
{
	struct buf b = BUF_INIT(600);
	const char *near = NULL;

	for (size_t i = 0; of->keys && i < of->len; i++)
		buf_addf(&b, "%s%s", i ? ", " : "", of->keys[i]);
	if (of->keys && of->len)
		near = nearest_name(field, of->keys, of->len);
	err_set(e, ERR_SCHEMA, 0, "there is no field `%s`%s%s%s; there is: %s",
		field, near ? ", nearest `" : "", near ? near : "",
		near ? "`" : "", of->len ? buf_str(&b) : "nothing");
	buf_done(&b);
	return false;
}

static bool index_of(uint64_t *ret, const char *field)
{
	struct err e = ERR_INIT;

	return *field >= '0' && *field <= '9' && dec_u64(ret, field, &e);
}

static bool field_of_map(struct value *ret, const struct value *of,
			 const char *field, struct err *e)
{
	const struct value *v = value_get(of, field);
	struct window w;
	uint64_t i = 0;

	if (v) {
		*ret = *v;
		return true;
	}
	if (index_of(&i, field) && of->type && i < of->len) {
		*ret = of->items[i];
		return true;
	}
	if (!strcmp(field, "last") &&
	    (value_get(of, "through") || value_get(of, "before"))) {
		if (!value_window(&w, of, e))
			return false;
		*ret = value_int(w.last, w.unit);
		return true;
	}
	if (of->truth) {
		*ret = value_none();
		return true;
	}
	return eval_no_field(of, field, e);
}

static bool field_of(struct value *ret, struct eval_env *env,
		     const struct value *of, const char *field,
		     const struct value *at, struct err *e);

/* A field of a list is the list of that field: `$absent.bls.g1`. */
static bool field_of_list(struct value *ret, struct eval_env *env,
			  const struct value *of, const char *field,
			  const struct value *at, struct err *e)
{
	struct value *items;
	uint64_t i = 0;

	if (index_of(&i, field)) {
		if (i >= of->len)
			return err_set(e, ERR_SCHEMA, 0,
				       "there is no item %s: the list has "
				       "%zu, counted from 0",
				       field, of->len);
		*ret = of->items[i];
		return true;
	}
	items = ARENA_ARRAY(env->arena, struct value, of->len);
	for (size_t j = 0; j < of->len; j++)
		if (!field_of(&items[j], env, &of->items[j], field, at, e))
			return false;
	*ret = value_list(items, of->len);
	return true;
}

/* `slaOracle.Paused` without a call: a contract's event or error, by name. */
bool eval_is_declared(const struct eval_env *env, const struct value *of,
			const char *field)
{
	/* Most are people. */
	const bool may = of->kind == VALUE_REF &&
			 (of->ref == REF_CONTRACT || of->ref == REF_TOKEN ||
			  of->ref == REF_AVS);
	const char *artifact = env->world && may
				       ? world_artifact(env->world, of->text)
				       : NULL;
	const struct abi *abi = artifact && env->abis.lookup
					? env->abis.lookup(env->abis.ctx,
							   artifact)
					: NULL;

	return abi && (abi_event(abi, field, NULL) ||
		       abi_error(abi, field, NULL));
}

static bool field_of(struct value *ret, struct eval_env *env,
		     const struct value *of, const char *field,
		     const struct value *at, struct err *e)
{
	struct buf b = BUF_INIT(200);

	if (of->kind == VALUE_MAP)
		return field_of_map(ret, of, field, e);
	if (of->kind == VALUE_LIST)
		return field_of_list(ret, env, of, field, at, e);
	if (of->kind == VALUE_WORD || eval_is_declared(env, of, field)) {
		*ret = value_word(
			arena_printf(env->arena, "%s.%s", of->text, field));
		return true;
	}
	if (of->kind == VALUE_INT && of->unit == UNIT_TOKEN &&
	    !strcmp(field, "token") && env->world) {
		size_t i = 0;
		enum ref_kind k = world_find(env->world, of->token, &i, NULL);

		*ret = value_ref(k, of->token, i, 0);
		return true;
	}
	/* A number may have fields too: a metric's type and labels. */
	if (of->kind == VALUE_REF || of->opaque) {
		if (!env->field)
			return err_set(e, ERR_UNSUPPORTED, 0,
				       "nobody knows `%s.%s` here", of->text,
				       field);
		return env->field(ret, env->ctx, of, field, at, e);
	}
	value_format(&b, of, &env->names);
	err_set(e, ERR_SCHEMA, 0, "`%s` has no field `%s`", buf_str(&b),
		field);
	buf_done(&b);
	return false;
}

/* What an index names: a member by text or actor, an item by number. */
static bool index_text(const char **ret, struct eval_env *env,
		       const struct value *v, struct err *e)
{
	if (v->kind == VALUE_INT && v->unit == UNIT_NONE && !v->negative) {
		*ret = arena_strdup(env->arena, fmt_u256(v->num).s);
		return true;
	}
	/* An address says who it is: `$c.$who` when an event gave $who. */
	if (v->kind == VALUE_ADDRESS && env->names.of_addr) {
		const char *name = env->names.of_addr(env->names.ctx,
						      &v->addr);

		if (name) {
			*ret = name;
			return true;
		}
	}
	if (v->kind == VALUE_REF || v->kind == VALUE_WORD ||
	    v->kind == VALUE_TEXT) {
		*ret = v->text;
		return true;
	}
	return value_to_text(ret, env, v, e);
}

bool eval_field(struct value *ret, struct eval_env *env,
		       const struct scope *scope, const struct expr *x,
		       const struct value *at, struct err *e)
{
	const char *field = x->name;
	struct value of, index;

	if (!eval(&of, env, scope, x->left, e))
		return false;
	if (x->kind == EXPR_INDEX &&
	    (!eval(&index, env, scope, x->right, e) ||
	     !index_text(&field, env, &index, e)))
		return eval_fail_at(e, x);
	return field_of(ret, env, &of, field, at, e) || eval_fail_at(e, x);
}

bool eval_at(struct value *ret, struct eval_env *env,
		    const struct scope *scope, const struct expr *x,
		    struct err *e)
{
	struct value at, *items;

	if (x->left->kind != EXPR_FIELD && x->left->kind != EXPR_INDEX)
		return err_at(e, x->pos, ERR_SCHEMA,
			      "`@` stands after a field: "
			      "`alice.allocated.PHA@phala#0`");
	if (!eval(&at, env, scope, x->right, e))
		return false;
	if (at.kind != VALUE_LIST)
		return eval_field(ret, env, scope, x->left, &at, e);
	/* Of a list of sets: the list of what it is in each. */
	items = ARENA_ARRAY(env->arena, struct value, at.len);
	for (size_t i = 0; i < at.len; i++)
		if (!eval_field(&items[i], env, scope, x->left, &at.items[i],
				e))
			return false;
	*ret = value_list(items, at.len);
	return true;
}
