/*
 * The functions of the language that need nothing but their arguments. What
 * needs the chain, event() and blockhash() and the like, is the runner's.
 */
#include "base/base.h"
#include "base/name.h"
#include "base/nearest.h"
#include "scenario/eval_priv.h"

/* What a function sees: its values, and the call for what is not a value. */
struct call {
	struct eval_env *env;
	const struct scope *scope;
	const struct expr *x;
	const struct value *args;
	size_t n;
};

static bool bad_arg(const struct call *c, size_t i, const char *wants,
		    struct err *e)
{
	struct buf b = BUF_INIT(300);

	value_format(&b, &c->args[i], &c->env->names);
	err_at(e, c->x->items[i]->pos, ERR_SCHEMA,
	       "%s() wants %s here, not `%s`", c->x->left->name, wants,
	       buf_str(&b));
	buf_done(&b);
	return false;
}

/* Argument @i as bytes: bytes as they are, text as its UTF-8. */
static bool arg_bytes(const struct call *c, size_t i, const uint8_t **ret,
		      size_t *ret_len, struct err *e)
{
	const struct value *v = &c->args[i];

	if (v->kind == VALUE_BYTES) {
		*ret = v->bytes;
		*ret_len = v->len;
	} else if (v->kind == VALUE_TEXT || v->kind == VALUE_WORD) {
		*ret = (const uint8_t *)v->text;
		*ret_len = strlen(v->text);
	} else if (v->kind == VALUE_ADDRESS) {
		*ret = v->addr.b;
		*ret_len = sizeof(v->addr.b);
	} else {
		return bad_arg(c, i, "bytes or a text", e);
	}
	return true;
}

static bool arg_size(const struct call *c, size_t i, size_t *ret,
		     struct err *e)
{
	const struct value *v = &c->args[i];
	uint64_t n = 0;

	if (v->kind != VALUE_INT || v->negative ||
	    !u256_fits_u64(&n, v->num) || n > SIZE_MAX)
		return bad_arg(c, i, "a number", e);
	*ret = (size_t)n;
	return true;
}

static bool f_keccak(struct value *ret, const struct call *c, struct err *e)
{
	const uint8_t *p = NULL;
	size_t n = 0;
	struct hash32 h;

	if (!arg_bytes(c, 0, &p, &n, e))
		return false;
	h = keccak256(p, n);
	*ret = value_bytes(arena_memdup(c->env->arena, h.b, sizeof(h.b)),
			   sizeof(h.b));
	return true;
}

static bool f_sha256(struct value *ret, const struct call *c, struct err *e)
{
	const uint8_t *p = NULL;
	size_t n = 0;
	struct hash32 h;

	if (!arg_bytes(c, 0, &p, &n, e))
		return false;
	h = sha256(p, n);
	*ret = value_bytes(arena_memdup(c->env->arena, h.b, sizeof(h.b)),
			   sizeof(h.b));
	return true;
}

/* The type that a value has by itself, for abi() and pack(). */
static bool own_type(const struct abi_type **ret, const struct call *c,
		     size_t i, struct err *e)
{
	const struct value *v = &c->args[i];
	const char *name = NULL;

	if (v->type) {
		*ret = v->type;
		return true;
	}
	if (v->kind == VALUE_INT && !v->negative)
		name = "uint256";
	else if (v->kind == VALUE_INT)
		name = "int256";
	else if (v->kind == VALUE_ADDRESS || (v->kind == VALUE_REF &&
					      v->ref != REF_SET))
		name = "address";
	else if (v->kind == VALUE_BOOL)
		name = "bool";
	else if (v->kind == VALUE_BYTES)
		name = v->len == 32 ? "bytes32" : "bytes";
	else if (v->kind == VALUE_TEXT || v->kind == VALUE_WORD)
		name = "string";
	else if (v->kind == VALUE_REF)
		name = "(address,uint32)";
	if (!name)
		return bad_arg(c, i,
			       "a value of a known type, like uint32(5) or "
			       "contract.Struct({…})",
			       e);
	return abi_type_parse(ret, c->env->arena, name, e);
}

static bool encode(struct value *ret, const struct call *c, bool packed,
		   struct err *e)
{
	struct arena *a = c->env->arena;
	struct abi_field *fields = ARENA_ARRAY(a, struct abi_field, c->n);
	struct abi_val *vals = ARENA_ARRAY(a, struct abi_val, c->n);
	struct abi_type tuple = { .kind = ABI_TUPLE, .fields = fields,
				  .fields_n = c->n, .name = "(…)" };
	struct abi_val all;
	struct buf b = BUF_INIT(ABI_BYTES_MAX);
	bool ok = true;

	for (size_t i = 0; ok && i < c->n; i++) {
		fields[i].name = "";
		ok = own_type(&fields[i].type, c, i, e) &&
		     value_to_abi(&vals[i], c->env, &c->args[i],
				  fields[i].type, e);
	}
	all = abi_val_list(vals, c->n);
	ok = ok && (packed ? abi_encode_packed(&b, &tuple, &all, e)
			   : abi_encode(&b, &tuple, &all, e)) &&
	     buf_ok(&b, "the encoding", e);
	if (ok)
		*ret = value_bytes(arena_memdup(a, b.data, b.len), b.len);
	buf_done(&b);
	return ok;
}

static bool f_abi(struct value *ret, const struct call *c, struct err *e)
{
	return encode(ret, c, false, e);
}

static bool f_pack(struct value *ret, const struct call *c, struct err *e)
{
	return encode(ret, c, true, e);
}

static bool f_slice(struct value *ret, const struct call *c, struct err *e)
{
	const uint8_t *p = NULL;
	size_t len = 0, from = 0, n = 0;

	if (!arg_bytes(c, 0, &p, &len, e) || !arg_size(c, 1, &from, e) ||
	    !arg_size(c, 2, &n, e))
		return false;
	if (from > len || n > len - from)
		return err_at(e, c->x->pos, ERR_RANGE,
			      "slice(): %zu bytes from %zu on, of %zu", n,
			      from, len);
	*ret = value_bytes(p + from, n);
	return true;
}

static bool f_flip(struct value *ret, const struct call *c, struct err *e)
{
	const uint8_t *p = NULL;
	size_t len = 0, at = 0;
	uint8_t *copy;

	if (!arg_bytes(c, 0, &p, &len, e) || !arg_size(c, 1, &at, e))
		return false;
	if (at >= len)
		return err_at(e, c->x->pos, ERR_RANGE,
			      "flip(): byte %zu of %zu, counted from 0", at,
			      len);
	copy = arena_memdup(c->env->arena, p, len);
	copy[at] ^= 1;
	*ret = value_bytes(copy, len);
	ret->type = c->args[0].type;
	return true;
}

static bool f_length(struct value *ret, const struct call *c, struct err *e)
{
	const uint8_t *p = NULL;
	size_t n = c->args[0].len;

	if (c->args[0].kind != VALUE_LIST && !arg_bytes(c, 0, &p, &n, e))
		return false;
	*ret = value_u64(n, UNIT_NONE);
	return true;
}

static bool f_hex(struct value *ret, const struct call *c, struct err *e)
{
	struct buf b = BUF_INIT(ABI_BYTES_MAX * 2u);
	const uint8_t *p = NULL;
	size_t n = 0;

	if (!arg_bytes(c, 0, &p, &n, e))
		return false;
	buf_addhex(&b, p, n);
	*ret = value_text(arena_strdup(c->env->arena, buf_str(&b)));
	buf_done(&b);
	return true;
}

static bool f_base64(struct value *ret, const struct call *c, struct err *e)
{
	struct buf b = BUF_INIT(ABI_BYTES_MAX * 2u);
	const uint8_t *p = NULL;
	size_t n = 0;

	if (!arg_bytes(c, 0, &p, &n, e))
		return false;
	buf_addbase64(&b, p, n);
	*ret = value_text(arena_strdup(c->env->arena, buf_str(&b)));
	buf_done(&b);
	return true;
}

static bool f_json(struct value *ret, const struct call *c, struct err *e)
{
	const uint8_t *p = NULL;
	json_t *j = NULL;
	size_t n = 0;

	if (!arg_bytes(c, 0, &p, &n, e) ||
	    !json_parse(&j, (const char *)p, n, "json()", e))
		return false;
	*ret = value_of_json(c->env->arena, j);
	json_decref(j);
	return true;
}

static bool f_text(struct value *ret, const struct call *c, struct err *e)
{
	const struct value *v = &c->args[0];
	struct buf b = BUF_INIT(ABI_BYTES_MAX);
	const char *text = NULL;
	bool ok;

	if (v->kind == VALUE_MAP || v->kind == VALUE_LIST) {
		ok = value_to_json(&b, c->env, v, e);
		text = arena_strdup(c->env->arena, buf_str(&b));
	} else if (v->kind == VALUE_BYTES) {
		text = arena_strndup(c->env->arena, (const char *)v->bytes,
				     v->len);
		ok = true;
	} else {
		ok = value_to_text(&text, c->env, v, e);
	}
	buf_done(&b);
	if (ok)
		*ret = value_text(text);
	return ok;
}

static bool f_min_max(struct value *ret, const struct call *c, struct err *e)
{
	bool max = c->x->left->name[1] == 'a';
	struct value best = c->args[0];
	int order = 0;

	for (size_t i = 1; i < c->n; i++) {
		if (!value_order(&order, &c->args[i], &best, e))
			return false;
		if (max ? order > 0 : order < 0)
			best = c->args[i];
	}
	*ret = best;
	return true;
}

/* Lists in a list are added up as well; nothing adds up to 0. */
static bool add_up(struct value *sum, const struct call *c,
		   const struct value *v, struct err *e)
{
	struct value so_far = *sum;

	if (v->kind != VALUE_LIST)
		return v->kind == VALUE_INT
			       ? value_arith(sum, OP_ADD, &so_far, v, e)
			       : bad_arg(c, 0, "a list of numbers", e);
	for (size_t i = 0; i < v->len; i++)
		if (!add_up(sum, c, &v->items[i], e))
			return false;
	return true;
}

static bool f_sum(struct value *ret, const struct call *c, struct err *e)
{
	*ret = value_u64(0, UNIT_NONE);
	if (c->args[0].kind != VALUE_LIST)
		return bad_arg(c, 0, "a list of numbers", e);
	return add_up(ret, c, &c->args[0], e);
}

/* Ascending, as contracts want it: by number, by address, by first field. */
static bool sort_key(struct value *ret, const struct call *c,
		     const struct value *v, struct err *e)
{
	struct abi_type address = { .kind = ABI_ADDRESS, .name = "address" };
	struct abi_val a;

	if (v->kind == VALUE_LIST && v->len)
		v = &v->items[0];
	if (v->kind == VALUE_INT) {
		*ret = *v;
		return true;
	}
	if (v->kind == VALUE_BYTES && v->len <= 32) {
		*ret = value_int(u256_from_be(v->bytes, v->len), UNIT_NONE);
		return true;
	}
	if (!value_to_abi(&a, c->env, v, &address, e))
		return false;
	*ret = value_int(a.word, UNIT_NONE);
	return true;
}

static bool f_sort(struct value *ret, const struct call *c, struct err *e)
{
	const struct value *v = &c->args[0];
	struct value *items, *keys;

	if (v->kind != VALUE_LIST)
		return bad_arg(c, 0, "a list", e);
	items = arena_memdup(c->env->arena, v->items,
			     v->len * sizeof(*items));
	keys = ARENA_ARRAY(c->env->arena, struct value, v->len);
	for (size_t i = 0; i < v->len; i++)
		if (!sort_key(&keys[i], c, &items[i], e))
			return false;
	/* Insertion: lists are short, and equal ones keep their order. */
	for (size_t i = 1; i < v->len; i++) {
		struct value item = items[i], key = keys[i];
		size_t j = i;

		for (; j > 0; j--) {
			int order = 0;

			if (!value_order(&order, &keys[j - 1], &key, e))
				return false;
			if (order <= 0)
				break;
			items[j] = items[j - 1];
			keys[j] = keys[j - 1];
		}
		items[j] = item;
		keys[j] = key;
	}
	*ret = value_list(items, v->len);
	return true;
}

static bool f_moment(struct value *ret, const struct call *c, struct err *e)
{
	bool block = !strcmp(c->x->left->name, "block");
	enum unit unit = block ? UNIT_BLOCK : UNIT_TIME;
	enum unit length = block ? UNIT_BLOCKS : UNIT_SECONDS;
	struct value v = c->args[0];

	if (v.kind != VALUE_INT || v.negative ||
	    (v.unit != UNIT_NONE && v.unit != unit && v.unit != length))
		return bad_arg(c, 0, block ? "a block number" : "seconds", e);
	*ret = value_int(v.num, unit);
	return true;
}

static bool f_merkle(struct value *ret, const struct call *c, struct err *e)
{
	return eval_merkle(ret, c->env->arena, &c->args[0], e);
}

static bool f_rewards_claim(struct value *ret, const struct call *c,
			    struct err *e)
{
	return eval_rewards_claim(ret, c->env, c->args, e);
}

struct function {
	const char *name;
	size_t least, most;
	bool (*call)(struct value *ret, const struct call *c, struct err *e);
};

static const struct function functions[] = {
	{ "keccak", 1, 1, f_keccak },  { "sha256", 1, 1, f_sha256 },
	{ "abi", 1, 32, f_abi },       { "pack", 1, 32, f_pack },
	{ "slice", 3, 3, f_slice },    { "flip", 2, 2, f_flip },
	{ "length", 1, 1, f_length },  { "hex", 1, 1, f_hex },
	{ "base64", 1, 1, f_base64 },  { "json", 1, 1, f_json },
	{ "text", 1, 1, f_text },      { "sort", 1, 1, f_sort },
	{ "min", 1, 32, f_min_max },   { "max", 1, 32, f_min_max },
	{ "block", 1, 1, f_moment },   { "time", 1, 1, f_moment },
	{ "merkle", 1, 1, f_merkle },
	{ "rewards_claim", 4, 4, f_rewards_claim },
	{ "sum", 1, 1, f_sum },
};

/* floor(a * b / c) and ceil(…), over an exact product. */
static bool ratio(struct value *ret, struct eval_env *env,
		  const struct scope *scope, const struct expr *x,
		  struct err *e)
{
	const struct expr *q = x->n == 1 ? x->items[0] : NULL;
	bool ceil = !strcmp(x->left->name, "ceil");
	struct value a, b = value_u64(1, UNIT_NONE), d;
	const struct expr *top;

	if (!q)
		return err_at(e, x->pos, ERR_SCHEMA, "%s() takes one value",
			      x->left->name);
	if (q->kind != EXPR_BINARY || q->op != OP_DIV)
		return eval(ret, env, scope, q, e);
	top = q->left;
	if (top->kind == EXPR_BINARY && top->op == OP_MUL) {
		if (!eval(&a, env, scope, top->left, e) ||
		    !eval(&b, env, scope, top->right, e))
			return false;
	} else if (!eval(&a, env, scope, top, e)) {
		return false;
	}
	return eval(&d, env, scope, q->right, e) &&
	       (value_div(ret, &a, &b, &d, ceil, e) || eval_fail_at(e, x));
}

/* `uint32(5)`, `bytes32(0)`, `address(0)`: a value of that type. */
static bool cast(struct value *ret, const struct call *c,
		 const struct abi_type *type, struct err *e)
{
	struct value v = c->args[0];
	struct abi_val a;

	/* A zero stands for the empty value of any fixed size. */
	if (v.kind == VALUE_INT && u256_is_zero(v.num) &&
	    (type->kind == ABI_FIXED_BYTES || type->kind == ABI_ADDRESS))
		v = value_bytes(arena_alloc(c->env->arena, 32),
				type->kind == ABI_ADDRESS ? 20 : type->size);
	if (!value_to_abi(&a, c->env, &v, type, e))
		return false;
	*ret = value_of_abi(c->env->arena, type, &a);
	ret->type = type;
	return true;
}

static bool is_runners(const char *name)
{
	static const char *const names[] = { "event", "events", "blockhash",
					     "rewards", "txs", "count" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

static bool ask_runner(struct value *ret, const struct call *c, struct err *e)
{
	const char *name = c->x->left->name;

	if (!strcmp(name, "count") && c->n == 1 &&
	    c->args[0].kind == VALUE_LIST) {
		*ret = value_u64(c->args[0].len, UNIT_NONE);
		return true;
	}
	if (!c->env->method)
		return err_set(e, ERR_UNSUPPORTED, 0,
			       "nobody knows %s() here", name);
	return c->env->method(ret, c->env->ctx, NULL, name, c->args, c->n, e);
}

static const struct function *function_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(functions); i++)
		if (name_eq(functions[i].name, name))
			return &functions[i];
	return NULL;
}

static bool call_function(struct value *ret, const struct function *f,
			  const struct call *c, struct err *e)
{
	if (c->n < f->least || c->n > f->most)
		return err_at(e, c->x->pos, ERR_SCHEMA,
			      "%s() takes %zu value%s, here are %zu",
			      c->x->left->name, f->least,
			      f->least == 1 ? "" : "s", c->n);
	return f->call(ret, c, e);
}

bool eval_function(struct value *ret, bool *ret_known, struct eval_env *env,
		   const struct scope *scope, const struct expr *x,
		   struct err *e)
{
	const char *name = x->left->name;
	struct call c = { env, scope, x, NULL, x->n };
	const struct abi_type *type = NULL;
	struct err ignored = ERR_INIT;
	const struct function *f;
	bool runners;

	*ret_known = x->left->kind == EXPR_NAME && !x->keys;
	if (!*ret_known)
		return true;
	if (name_eq(name, "floor") || name_eq(name, "ceil"))
		return ratio(ret, env, scope, x, e);
	if (name_eq(name, "before") && x->n == 1) {
		if (!env->before)
			return err_set(e, ERR_UNSUPPORTED, 0,
				       "nobody remembers what was before");
		return env->before(ret, env->ctx, x->items[0], scope, e);
	}
	f = function_named(name);
	runners = !f && is_runners(name);
	/* Who is not known has not looked at its arguments: they would be
	 * evaluated twice, and 2^n times in n calls inside one another. */
	*ret_known = f || runners ||
		     (x->n == 1 &&
		      abi_type_parse(&type, env->arena, name, &ignored));
	if (!*ret_known)
		return true;
	if (!eval_args(&c.args, env, scope, x, e))
		return false;
	if (f)
		return call_function(ret, f, &c, e);
	return runners ? ask_runner(ret, &c, e) : cast(ret, &c, type, e);
}
