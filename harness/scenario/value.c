#include "scenario/value.h"

#include "base/base.h"

struct value value_none(void)
{
	return (struct value){ .kind = VALUE_NONE };
}

struct value value_bool(bool v)
{
	return (struct value){ .kind = VALUE_BOOL, .truth = v };
}

struct value value_int(struct u256 v, enum unit unit)
{
	return (struct value){ .kind = VALUE_INT, .num = v, .unit = unit };
}

struct value value_u64(uint64_t v, enum unit unit)
{
	return value_int(u256_from_u64(v), unit);
}

struct value value_amount(struct u256 v, const char *token)
{
	return (struct value){ .kind = VALUE_INT, .num = v,
			       .unit = UNIT_TOKEN, .token = token };
}

struct value value_bytes(const void *data, size_t len)
{
	return (struct value){ .kind = VALUE_BYTES, .bytes = data,
			       .len = len };
}

struct value value_addr(const struct addr20 *a)
{
	return (struct value){ .kind = VALUE_ADDRESS, .addr = *a };
}

struct value value_text(const char *s)
{
	return (struct value){ .kind = VALUE_TEXT, .text = s };
}

struct value value_word(const char *s)
{
	return (struct value){ .kind = VALUE_WORD, .text = s };
}

struct value value_list(const struct value *items, size_t n)
{
	return (struct value){ .kind = VALUE_LIST, .items = items, .len = n };
}

struct value value_map(const char *const *keys, const struct value *items,
		       size_t n)
{
	return (struct value){ .kind = VALUE_MAP, .keys = keys,
			       .items = items, .len = n };
}

struct value value_ref(enum ref_kind kind, const char *name, size_t index,
		       size_t set)
{
	return (struct value){ .kind = VALUE_REF, .ref = kind, .text = name,
			       .index = index, .set = set };
}

struct value value_opaque(const char *name, const void *what)
{
	return (struct value){ .kind = VALUE_OPAQUE, .text = name,
			       .opaque = what };
}

const struct value *value_get(const struct value *map, const char *key)
{
	if (map->kind != VALUE_MAP || !map->keys)
		return NULL;
	for (size_t i = 0; i < map->len; i++)
		if (!strcmp(map->keys[i], key))
			return &map->items[i];
	return NULL;
}

/* The first number with a unit: itself, or of `{has: 5%}`, of `{at least: …}`. */
static const struct value *measured(const struct value *v)
{
	const struct value *found = NULL;

	if (v->kind == VALUE_INT)
		return v->unit == UNIT_NONE ? NULL : v;
	for (size_t i = 0; !found && i < v->len && v->items; i++)
		found = measured(&v->items[i]);
	return found;
}

struct value value_beside(struct arena *a, const struct value *v,
			  const struct value *other)
{
	const struct value *m = measured(other);
	struct value as = *v;
	struct value *items;

	if (!m)
		return as;
	if (v->kind == VALUE_INT && v->unit == UNIT_NONE) {
		as.unit = m->unit;
		as.token = m->token;
	} else if (v->kind == VALUE_LIST) {
		items = ARENA_ARRAY(a, struct value, v->len);
		for (size_t i = 0; i < v->len; i++)
			items[i] = value_beside(a, &v->items[i], m);
		as.items = items;
	}
	return as;
}

bool value_is_word(const struct value *v, const char *word)
{
	return v->kind == VALUE_WORD && !strcmp(v->text, word);
}

static struct value of_tuple(struct arena *a, const struct abi_type *type,
			     const struct abi_val *v)
{
	size_t n = type->fields_n;
	struct value *items = ARENA_ARRAY(a, struct value, n);
	const char **keys = ARENA_ARRAY(a, const char *, n);
	struct value map;

	for (size_t i = 0; i < n; i++) {
		const char *name = type->fields[i].name;

		keys[i] = name && name[0] ? name : arena_printf(a, "%zu", i);
		items[i] = value_of_abi(a, type->fields[i].type, &v->items[i]);
	}
	map = value_map(keys, items, n);
	map.type = type;
	return map;
}

struct value value_of_abi(struct arena *a, const struct abi_type *type,
			  const struct abi_val *v)
{
	struct value r = value_none();
	struct value *items;
	struct addr20 addr;

	switch (type->kind) {
	case ABI_UINT:
		r = value_int(v->word, UNIT_NONE);
		break;
	case ABI_INT:
		r = value_int(u256_is_neg(v->word) ? u256_neg(v->word)
						   : v->word,
			      UNIT_NONE);
		r.negative = u256_is_neg(v->word);
		break;
	case ABI_BOOL:
		r = value_bool(!u256_is_zero(v->word));
		break;
	case ABI_ADDRESS:
		addr = abi_addr(v);
		r = value_addr(&addr);
		break;
	case ABI_FIXED_BYTES:
	case ABI_BYTES:
		r = value_bytes(v->bytes, v->len);
		break;
	case ABI_STRING:
		/* With a zero byte in it, it is not the text before that. */
		r = v->len && memchr(v->bytes, 0, v->len)
			    ? value_bytes(v->bytes, v->len)
			    : value_text(arena_strndup(
				      a, (const char *)v->bytes, v->len));
		break;
	case ABI_ARRAY:
		items = ARENA_ARRAY(a, struct value, v->len);
		for (size_t i = 0; i < v->len; i++)
			items[i] = value_of_abi(a, type->elem, &v->items[i]);
		r = value_list(items, v->len);
		break;
	case ABI_TUPLE:
		return of_tuple(a, type, v);
	case ABI_KIND__COUNT:
		break;
	}
	r.type = type;
	return r;
}

static struct value of_object(struct arena *a, const json_t *j)
{
	size_t n = json_object_size(j), i = 0;
	struct value *items = ARENA_ARRAY(a, struct value, n);
	const char **keys = ARENA_ARRAY(a, const char *, n);
	struct value map;
	const char *key;
	json_t *member;

	/* jansson's iteration macro does not change what it walks. */
	json_object_foreach((json_t *)(uintptr_t)j, key, member) {
		keys[i] = arena_strdup(a, key);
		items[i++] = value_of_json(a, member);
	}
	map = value_map(keys, items, n);
	map.truth = true;
	return map;
}

struct value value_of_json(struct arena *a, const json_t *j)
{
	struct value *items;
	struct value r;
	size_t n;

	switch (json_typeof(j)) {
	case JSON_OBJECT:
		return of_object(a, j);
	case JSON_ARRAY:
		n = json_array_size(j);
		items = ARENA_ARRAY(a, struct value, n);
		for (size_t i = 0; i < n; i++)
			items[i] = value_of_json(a, json_array_get(j, i));
		return value_list(items, n);
	case JSON_STRING:
		return value_text(arena_strdup(a, json_string_value(j)));
	case JSON_INTEGER: {
		json_int_t v = json_integer_value(j);
		uint64_t size = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

		r = value_u64(size, UNIT_NONE);
		r.negative = v < 0;
		return r;
	}
	case JSON_REAL:
		return value_text(arena_printf(a, "%.17g",
					       json_real_value(j)));
	case JSON_TRUE:
	case JSON_FALSE:
		return value_bool(json_is_true(j));
	case JSON_NULL:
		break;
	}
	return value_none();
}

bool value_window(struct window *ret, const struct value *v, struct err *e)
{
	const struct value *through = value_get(v, "through");
	const struct value *before = value_get(v, "before");
	const struct value *at = through ? through : before;
	struct u256 last;

	if (v->kind != VALUE_MAP || v->len != 1 || !at)
		return err_set(e, ERR_SCHEMA, 0,
			       "wants a window: {through: block(n)} or "
			       "{before: time(n)}");
	if (at->kind != VALUE_INT || at->negative ||
	    (at->unit != UNIT_BLOCK && at->unit != UNIT_TIME &&
	     at->unit != UNIT_NONE))
		return err_set(e, ERR_SCHEMA, 0,
			       "a window ends at block(n) or time(n)");
	last = at->num;
	if (before && !u256_sub(&last, last, U256_ONE))
		return err_set(e, ERR_RANGE, 0,
			       "a window before 0 has no moment inside");
	*ret = (struct window){ at->unit == UNIT_TIME ? UNIT_TIME : UNIT_BLOCK,
				last };
	return true;
}
