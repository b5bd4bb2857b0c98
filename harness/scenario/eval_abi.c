/*
 * Values to what the ABI wants, and text where text is wanted.
 */
#include "base/base.h"
#include "base/nearest.h"
#include "scenario/eval_priv.h"
#include "scenario/expr.h"

static bool not_a(struct eval_env *env, const struct value *v,
		  const char *type, struct err *e)
{
	struct buf b = BUF_INIT(300);

	value_format(&b, v, &env->names);
	err_set(e, ERR_SCHEMA, 0, "wants %s, here is `%s`", type, buf_str(&b));
	buf_done(&b);
	return false;
}

static bool no_fit(struct eval_env *env, const struct value *v,
		   const char *type, struct err *e)
{
	struct buf b = BUF_INIT(300);

	value_format(&b, v, &env->names);
	err_set(e, ERR_RANGE, 0, "%s does not fit in %s", buf_str(&b), type);
	buf_done(&b);
	return false;
}

static bool to_integer(struct abi_val *ret, struct eval_env *env,
		       const struct value *v, const struct abi_type *type,
		       struct err *e)
{
	bool is_signed = type->kind == ABI_INT;
	unsigned bits = u256_bits(v->num);
	/* The one value of intN that needs all its bits is -2^(N-1). */
	bool least = v->negative && bits == type->size &&
		     u256_eq(v->num, u256_shl(U256_ONE, type->size - 1));

	if (v->kind != VALUE_INT && !(v->kind == VALUE_BYTES && v->truth))
		return not_a(env, v, type->name, e);
	if ((v->negative && !is_signed) ||
	    (bits > type->size - is_signed && !(is_signed && least)))
		return no_fit(env, v, type->name, e);
	*ret = abi_val_u256(v->negative ? u256_neg(v->num) : v->num);
	return true;
}

static bool to_address(struct abi_val *ret, struct eval_env *env,
		       const struct value *v, struct err *e)
{
	struct addr20 a;

	if (v->kind == VALUE_ADDRESS) {
		*ret = abi_val_addr(&v->addr);
		return true;
	}
	if (v->kind == VALUE_BYTES && v->len == sizeof(a.b)) {
		memcpy(a.b, v->bytes, sizeof(a.b));
		*ret = abi_val_addr(&a);
		return true;
	}
	if (v->kind == VALUE_BYTES)
		return err_set(e, ERR_RANGE, 0,
			       "wants address, which has 20 bytes, here are "
			       "%zu", v->len);
	if (v->kind != VALUE_REF && v->kind != VALUE_OPAQUE)
		return not_a(env, v, "address", e);
	if (!env->address)
		return err_set(e, ERR_UNSUPPORTED, 0,
			       "nobody knows the address of `%s` here",
			       v->text);
	if (!env->address(&a, env->ctx, v, e))
		return false;
	*ret = abi_val_addr(&a);
	return true;
}

static bool to_fixed_bytes(struct abi_val *ret, struct eval_env *env,
			   const struct value *v, const struct abi_type *type,
			   struct err *e)
{
	if (v->kind != VALUE_BYTES)
		return not_a(env, v, type->name, e);
	if (v->len != type->size)
		return err_set(e, ERR_RANGE, 0, "wants %s, here are %zu bytes",
			       type->name, v->len);
	*ret = abi_val_bytes(v->bytes, v->len);
	return true;
}

static bool to_array(struct abi_val *ret, struct eval_env *env,
		     const struct value *v, const struct abi_type *type,
		     struct err *e)
{
	struct abi_val *items;

	if (v->kind != VALUE_LIST)
		return not_a(env, v, type->name, e);
	if (type->count != ABI_DYNAMIC && type->count != v->len)
		return err_set(e, ERR_SCHEMA, 0,
			       "wants %s, here are %zu items", type->name,
			       v->len);
	items = ARENA_ARRAY(env->arena, struct abi_val, v->len);
	for (size_t i = 0; i < v->len; i++)
		if (!value_to_abi(&items[i], env, &v->items[i], type->elem, e))
			return err_ctx(e, "[%zu]", i);
	*ret = abi_val_list(items, v->len);
	return true;
}

/* A set stands where the ABI wants its pair of AVS and id. */
static bool set_to_tuple(struct abi_val *ret, struct eval_env *env,
			 const struct value *v, const struct abi_type *type,
			 struct err *e)
{
	struct abi_val *items = ARENA_ARRAY(env->arena, struct abi_val, 2);
	struct value avs = value_ref(REF_AVS,
				     env->world->avs[v->index].name, v->index,
				     0);

	if (type->fields_n != 2 || type->fields[0].type->kind != ABI_ADDRESS ||
	    type->fields[1].type->kind != ABI_UINT)
		return not_a(env, v, type->name, e);
	if (!to_address(&items[0], env, &avs, e))
		return false;
	items[1] = abi_val_u64(v->set);
	*ret = abi_val_list(items, 2);
	return true;
}

static const char *nearest_field(const struct abi_type *type, const char *name)
{
	const char *names[64];
	size_t n = 0;

	for (size_t i = 0; i < type->fields_n && n < ARRAY_LEN(names); i++)
		names[n++] = type->fields[i].name;
	return nearest_name(name, names, n);
}

static bool has_field(const struct abi_type *type, const char *name)
{
	for (size_t i = 0; i < type->fields_n; i++)
		if (!strcmp(type->fields[i].name, name))
			return true;
	return false;
}

static bool unknown_field(const struct abi_type *type, const char *name,
			  struct err *e)
{
	const char *near = nearest_field(type, name);

	return err_set(e, ERR_SCHEMA, 0, "%s has no `%s`%s%s%s",
		       type->label ? type->label : type->name, name,
		       near ? ", nearest `" : "", near ? near : "",
		       near ? "`" : "");
}

static bool to_tuple(struct abi_val *ret, struct eval_env *env,
		     const struct value *v, const struct abi_type *type,
		     struct err *e)
{
	struct abi_val *items;

	if (v->kind == VALUE_REF && v->ref == REF_SET && env->world)
		return set_to_tuple(ret, env, v, type, e);
	if (v->kind != VALUE_MAP && v->kind != VALUE_LIST)
		return not_a(env, v, type->name, e);
	if (v->kind == VALUE_LIST && v->len != type->fields_n)
		return err_set(e, ERR_SCHEMA, 0,
			       "wants %zu values for %s, here are %zu",
			       type->fields_n, type->name, v->len);
	for (size_t i = 0; v->kind == VALUE_MAP && i < v->len; i++)
		if (!has_field(type, v->keys[i]) && v->type != type)
			return unknown_field(type, v->keys[i], e);
	items = ARENA_ARRAY(env->arena, struct abi_val, type->fields_n);
	for (size_t i = 0; i < type->fields_n; i++) {
		const struct abi_field *f = &type->fields[i];
		/* By position: a list, and a struct without names. */
		bool placed = v->kind == VALUE_LIST || v->type == type ||
			      (!f->name[0] && v->len == type->fields_n);
		const struct value *item = placed ? &v->items[i]
						  : value_get(v, f->name);

		if (!item)
			return err_set(e, ERR_SCHEMA, 0,
				       "`%s` of %s is missing", f->name,
				       type->label ? type->label : type->name);
		if (!value_to_abi(&items[i], env, item, f->type, e))
			return err_ctx(e, "%s", f->name);
	}
	*ret = abi_val_list(items, type->fields_n);
	return true;
}

bool value_to_abi(struct abi_val *ret, struct eval_env *env,
		  const struct value *v, const struct abi_type *type,
		  struct err *e)
{
	const char *text;

	switch (type->kind) {
	case ABI_UINT:
	case ABI_INT:
		return to_integer(ret, env, v, type, e);
	case ABI_BOOL:
		if (v->kind != VALUE_BOOL)
			return not_a(env, v, "bool", e);
		*ret = abi_val_bool(v->truth);
		return true;
	case ABI_ADDRESS:
		return to_address(ret, env, v, e);
	case ABI_FIXED_BYTES:
		return to_fixed_bytes(ret, env, v, type, e);
	case ABI_BYTES:
		if (v->kind != VALUE_BYTES)
			return not_a(env, v, "bytes", e);
		*ret = abi_val_bytes(v->bytes, v->len);
		return true;
	case ABI_STRING:
		/* That a contract gave. */
		if (v->kind == VALUE_BYTES && v->type &&
		    v->type->kind == ABI_STRING) {
			*ret = abi_val_bytes(v->bytes, v->len);
			return true;
		}
		if (v->kind != VALUE_TEXT && v->kind != VALUE_WORD)
			return not_a(env, v, "string", e);
		text = v->text;
		*ret = abi_val_text(text);
		return true;
	case ABI_ARRAY:
		return to_array(ret, env, v, type, e);
	case ABI_TUPLE:
		return to_tuple(ret, env, v, type, e);
	case ABI_KIND__COUNT:
		break;
	}
	return not_a(env, v, type->name, e);
}

static bool array_at(struct abi_val *ret, struct eval_env *env,
		     const struct scope *scope, const struct expr *x,
		     const struct abi_type *type, struct err *e)
{
	struct abi_val *items = ARENA_ARRAY(env->arena, struct abi_val, x->n);

	if (type->count != ABI_DYNAMIC && type->count != x->n)
		return err_at(e, x->pos, ERR_SCHEMA,
			      "wants %s, here are %zu items", type->name,
			      x->n);
	for (size_t i = 0; i < x->n; i++)
		if (!eval_abi(&items[i], env, scope, x->items[i], type->elem,
			      e))
			return false;
	*ret = abi_val_list(items, x->n);
	return true;
}

/* The fields of a struct that are written out, each with its own type; the
 * rest from what `...` names. */
static bool struct_at(struct abi_val *ret, struct eval_env *env,
		      const struct scope *scope, const struct expr *x,
		      const struct abi_type *type, struct err *e)
{
	struct abi_val *items = ARENA_ARRAY(env->arena, struct abi_val,
					    type->fields_n);
	const struct expr *rest_x = expr_member(x, "...");
	struct value rest = value_none();
	struct abi_val all = { .len = 0 };

	for (size_t i = 0; i < x->n; i++)
		if (strcmp(x->keys[i], "...") && !has_field(type, x->keys[i])) {
			(void)unknown_field(type, x->keys[i], e);
			e->pos = x->key_pos[i];
			return false;
		}
	if (rest_x && (!eval(&rest, env, scope, rest_x, e) ||
		       !value_to_abi(&all, env, &rest, type, e)))
		return eval_fail_at(e, rest_x);
	for (size_t i = 0; i < type->fields_n; i++) {
		const struct abi_field *f = &type->fields[i];
		const struct expr *v = expr_member(x, f->name);

		if (v ? !eval_abi(&items[i], env, scope, v, f->type, e)
		      : !rest_x)
			return v ? false
				 : err_at(e, x->pos, ERR_SCHEMA,
					  "`%s` of %s is missing", f->name,
					  type->label ? type->label
						      : type->name);
		if (!v)
			items[i] = all.items[i];
	}
	*ret = abi_val_list(items, type->fields_n);
	return true;
}

static bool tuple_at(struct abi_val *ret, struct eval_env *env,
		     const struct scope *scope, const struct expr *x,
		     const struct abi_type *type, struct err *e)
{
	struct abi_val *items;

	if (x->kind == EXPR_MAP)
		return struct_at(ret, env, scope, x, type, e);
	if (x->n != type->fields_n)
		return err_at(e, x->pos, ERR_SCHEMA,
			      "wants %zu values for %s, here are %zu",
			      type->fields_n, type->name, x->n);
	items = ARENA_ARRAY(env->arena, struct abi_val, x->n);
	for (size_t i = 0; i < x->n; i++)
		if (!eval_abi(&items[i], env, scope, x->items[i],
			      type->fields[i].type, e))
			return false;
	*ret = abi_val_list(items, x->n);
	return true;
}

bool eval_abi(struct abi_val *ret, struct eval_env *env,
	      const struct scope *scope, const struct expr *x,
	      const struct abi_type *type, struct err *e)
{
	const char *text;
	struct value v;

	if (type->kind == ABI_ARRAY && x->kind == EXPR_LIST)
		return array_at(ret, env, scope, x, type, e);
	if (type->kind == ABI_TUPLE &&
	    (x->kind == EXPR_MAP || x->kind == EXPR_LIST))
		return tuple_at(ret, env, scope, x, type, e);
	if (type->kind == ABI_STRING) {
		if (!eval_text(&text, env, scope, x, e))
			return false;
		*ret = abi_val_text(text);
		return true;
	}
	return (eval(&v, env, scope, x, e) &&
		value_to_abi(ret, env, &v, type, e)) ||
	       eval_fail_at(e, x);
}

bool value_to_text(const char **ret, struct eval_env *env,
		   const struct value *v, struct err *e)
{
	struct abi_val a;
	struct addr20 addr;
	struct buf b = BUF_INIT(ABI_BYTES_MAX * 2);

	switch (v->kind) {
	case VALUE_TEXT:
	case VALUE_WORD:
	case VALUE_REF:
		*ret = v->text;
		return true;
	case VALUE_ADDRESS:
		*ret = arena_strdup(env->arena, fmt_addr(&v->addr).s);
		return true;
	case VALUE_OPAQUE:
		if (!to_address(&a, env, v, e))
			return false;
		addr = abi_addr(&a);
		*ret = arena_strdup(env->arena, fmt_addr(&addr).s);
		return true;
	case VALUE_INT:
		*ret = arena_printf(env->arena, "%s%s",
				    v->negative ? "-" : "",
				    fmt_u256(v->num).s);
		return true;
	case VALUE_BOOL:
		*ret = v->truth ? "true" : "false";
		return true;
	case VALUE_BYTES:
		buf_adds(&b, "0x");
		buf_addhex(&b, v->bytes, v->len);
		*ret = arena_strdup(env->arena, buf_str(&b));
		buf_done(&b);
		return true;
	case VALUE_NONE:
	case VALUE_LIST:
	case VALUE_MAP:
	case VALUE_CALL:
	case VALUE_NOT:
	case VALUE__COUNT:
		break;
	}
	return not_a(env, v, "text", e);
}

bool value_to_json(struct buf *out, struct eval_env *env,
		   const struct value *v, struct err *e)
{
	bool map = v->kind == VALUE_MAP;
	const char *text;

	if (map || v->kind == VALUE_LIST) {
		buf_addc(out, map ? '{' : '[');
		for (size_t i = 0; i < v->len; i++) {
			if (i)
				buf_addc(out, ',');
			if (map) {
				buf_addjson(out, v->keys[i],
					    strlen(v->keys[i]));
				buf_addc(out, ':');
			}
			if (!value_to_json(out, env, &v->items[i], e))
				return false;
		}
		buf_addc(out, map ? '}' : ']');
		return true;
	}
	if (v->kind == VALUE_NONE || value_is_word(v, "none")) {
		buf_adds(out, "null");
		return true;
	}
	if (!value_to_text(&text, env, v, e))
		return false;
	if (v->kind == VALUE_INT || v->kind == VALUE_BOOL)
		buf_adds(out, text);
	else
		buf_addjson(out, text, strlen(text));
	return true;
}

/* Whether the characters of a plain scalar are themselves the text. */
static bool is_literal(const struct expr *x)
{
	return x->raw && (x->style == YAML_PLAIN || x->style == YAML_SINGLE) &&
	       x->kind != EXPR_CALL && !strchr(x->raw, '$');
}

bool eval_text(const char **ret, struct eval_env *env,
	       const struct scope *scope, const struct expr *x, struct err *e)
{
	struct buf b = BUF_INIT(ABI_BYTES_MAX);
	const struct expr *t = x;
	struct value v;

	if (x->kind == EXPR_CHARS || is_literal(x)) {
		*ret = x->kind == EXPR_CHARS ? x->name : x->raw;
		return true;
	}
	if (x->kind == EXPR_WORDS) {
		t = x->left;
		if (!t) {
			struct src_pos pos = x->pos;

			pos.col = x->problem_col;
			return err_at(e, pos, ERR_PARSE, "%s", x->problem);
		}
	}
	if (t->kind != EXPR_TEXT)
		return (eval(&v, env, scope, x, e) &&
			value_to_text(ret, env, &v, e)) ||
		       eval_fail_at(e, x);
	for (size_t i = 0; i < t->n; i++) {
		const char *part;

		if (!eval_text(&part, env, scope, t->items[i], e)) {
			buf_done(&b);
			return false;
		}
		buf_adds(&b, part);
	}
	*ret = arena_strdup(env->arena, buf_str(&b));
	buf_done(&b);
	return true;
}
