#include "test/abi_stub.h"

#include "test/kit.h"

#include "base/base.h"

#define TYPE_TEXT_MAX 65536u

static struct abi_val list_from_json(struct arena *a, const struct abi_type *t,
				     const json_t *j)
{
	size_t n = json_array_size(j);
	struct abi_val *items = ARENA_ARRAY(a, struct abi_val, n);

	assert_true(json_is_array(j));
	for (size_t i = 0; i < n; i++)
		items[i] = stub_from_json(
		    a, t->kind == ABI_TUPLE ? t->fields[i].type : t->elem,
		    json_array_get(j, i));
	return abi_val_list(items, n);
}

static struct abi_val bytes_from_json(struct arena *a, const json_t *j)
{
	struct err e = ERR_INIT;
	struct abi_val v;
	uint8_t *p;
	size_t len;

	assert_ok(json_bytes_at(&p, &len, j, "", &e), &e);
	v = abi_val_bytes(arena_memdup(a, p, len), len);
	free(p);
	return v;
}

struct abi_val stub_from_json(struct arena *a, const struct abi_type *t,
			      const json_t *j)
{
	struct err e = ERR_INIT;
	struct addr20 addr;
	struct u256 word;
	bool flag;

	switch (t->kind) {
	case ABI_UINT:
	case ABI_INT:
		assert_ok(json_u256_at(&word, j, "", &e), &e);
		return abi_val_u256(word);
	case ABI_BOOL:
		assert_ok(json_bool_at(&flag, j, "", &e), &e);
		return abi_val_bool(flag);
	case ABI_ADDRESS:
		assert_ok(json_addr_at(&addr, j, "", &e), &e);
		return abi_val_addr(&addr);
	case ABI_FIXED_BYTES:
	case ABI_BYTES:
		return bytes_from_json(a, j);
	case ABI_STRING:
		return abi_val_text(json_string_value(j));
	case ABI_ARRAY:
	case ABI_TUPLE:
		return list_from_json(a, t, j);
	case ABI_KIND__COUNT:
		break;
	}
	fail();
	return (struct abi_val){.len = 0};
}

static void type_text(struct rng *r, struct buf *out, unsigned depth);

static void tuple_text(struct rng *r, struct buf *out, unsigned depth, size_t n)
{
	buf_addc(out, '(');
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_addc(out, ',');
		type_text(r, out, depth - 1);
	}
	buf_addc(out, ')');
}

static void type_text(struct rng *r, struct buf *out, unsigned depth)
{
	static const char *const plain[] = {"bool", "address", "bytes",
					    "string", "uint256"};
	uint64_t kind = rng_below(r, depth ? 7 : 4);

	if (kind == 0)
		buf_adds(out, plain[rng_below(r, ARRAY_LEN(plain))]);
	else if (kind == 1)
		buf_addf(out, "uint%u", 8 * (unsigned)(1 + rng_below(r, 32)));
	else if (kind == 2)
		buf_addf(out, "int%u", 8 * (unsigned)(1 + rng_below(r, 32)));
	else if (kind == 3)
		buf_addf(out, "bytes%u", (unsigned)(1 + rng_below(r, 32)));
	else if (kind == 4)
		tuple_text(r, out, depth, 1 + rng_below(r, 3));
	else
		type_text(r, out, depth - 1);
	if (kind == 5)
		buf_adds(out, "[]");
	if (kind == 6)
		buf_addf(out, "[%u]", (unsigned)(1 + rng_below(r, 3)));
}

const struct abi_type *stub_type(struct rng *r, struct arena *a, unsigned depth)
{
	struct buf text = BUF_INIT(TYPE_TEXT_MAX);
	const struct abi_type *t;
	struct err e = ERR_INIT;

	tuple_text(r, &text, depth, 1 + rng_below(r, 4));
	assert_ok(abi_type_parse(&t, a, buf_str(&text), &e), &e);
	assert_string_equal(t->name, buf_str(&text));
	buf_done(&text);
	return t;
}

static struct abi_val random_bytes(struct rng *r, struct arena *a, size_t n,
				   bool text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	uint8_t *p = arena_alloc(a, n);

	rng_fill(r, p, n);
	for (size_t i = 0; text && i < n; i++)
		p[i] = (uint8_t)letters[p[i] % (sizeof(letters) - 1)];
	return abi_val_bytes(p, n);
}

static struct abi_val random_list(struct rng *r, struct arena *a,
				  const struct abi_type *t, size_t n)
{
	struct abi_val *items = ARENA_ARRAY(a, struct abi_val, n);

	for (size_t i = 0; i < n; i++)
		items[i] = stub_value(
		    r, a, t->kind == ABI_TUPLE ? t->fields[i].type : t->elem);
	return abi_val_list(items, n);
}

struct abi_val stub_value(struct rng *r, struct arena *a,
			  const struct abi_type *t)
{
	struct u256 word = {
	    .w = {rng_next(r), rng_next(r), rng_next(r), rng_next(r)}};
	/* Small ones as often as large ones. */
	unsigned shift = 256 - (unsigned)rng_below(r, t->size + 1);

	switch (t->kind) {
	case ABI_UINT:
	case ABI_BOOL:
	case ABI_ADDRESS:
		return abi_val_u256(u256_shr(word, shift));
	case ABI_INT:
		word = u256_shr(word, shift + (shift < 256));
		return abi_val_u256(rng_below(r, 2) ? u256_neg(word) : word);
	case ABI_FIXED_BYTES:
		return random_bytes(r, a, t->size, false);
	case ABI_BYTES:
		return random_bytes(r, a, rng_below(r, 70), false);
	case ABI_STRING:
		return random_bytes(r, a, 1 + rng_below(r, 70), true);
	case ABI_ARRAY:
		return random_list(r, a, t,
				   t->count == ABI_DYNAMIC ? rng_below(r, 4)
							   : t->count);
	case ABI_TUPLE:
		return random_list(r, a, t, t->fields_n);
	case ABI_KIND__COUNT:
		break;
	}
	fail();
	return (struct abi_val){.len = 0};
}

void stub_cast_text(struct buf *out, const struct abi_type *t,
		    const struct abi_val *v, bool nested)
{
	if (t->kind == ABI_STRING && !nested) {
		buf_add(out, v->bytes, v->len);
	} else if (t->kind == ABI_ARRAY || t->kind == ABI_TUPLE) {
		buf_addc(out, t->kind == ABI_TUPLE ? '(' : '[');
		for (size_t i = 0; i < v->len; i++) {
			if (i)
				buf_addc(out, ',');
			stub_cast_text(out,
				       t->kind == ABI_TUPLE ? t->fields[i].type
							    : t->elem,
				       &v->items[i], true);
		}
		buf_addc(out, t->kind == ABI_TUPLE ? ')' : ']');
	} else {
		abi_format(out, t, v);
	}
}
