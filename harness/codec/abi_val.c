#include "codec/abi_priv.h"

#include "base/base.h"

struct abi_val abi_val_u64(uint64_t v)
{
	return abi_val_u256(u256_from_u64(v));
}

struct abi_val abi_val_u256(struct u256 v)
{
	return (struct abi_val){.word = v};
}

struct abi_val abi_val_bool(bool v)
{
	return abi_val_u64(v);
}

struct abi_val abi_val_addr(const struct addr20 *a)
{
	return abi_val_u256(u256_from_be(a->b, sizeof(a->b)));
}

struct abi_val abi_val_hash(const struct hash32 *h)
{
	return abi_val_bytes(h->b, sizeof(h->b));
}

struct abi_val abi_val_bytes(const void *data, size_t len)
{
	return (struct abi_val){.bytes = data, .len = len};
}

struct abi_val abi_val_text(const char *s)
{
	return abi_val_bytes(s, strlen(s));
}

struct abi_val abi_val_list(const struct abi_val *items, size_t n)
{
	return (struct abi_val){.items = items, .len = n};
}

struct addr20 abi_addr(const struct abi_val *v)
{
	struct addr20 ret;
	uint8_t be[32];

	u256_to_be(be, v->word);
	memcpy(ret.b, be + 12, sizeof(ret.b));
	return ret;
}

struct hash32 abi_hash(const struct abi_val *v)
{
	struct hash32 ret;

	ASSERT(v->len == sizeof(ret.b));
	memcpy(ret.b, v->bytes, sizeof(ret.b));
	return ret;
}

static void format_hex(struct buf *out, const struct abi_val *v)
{
	buf_adds(out, "0x");
	buf_addhex(out, v->bytes, v->len);
}

static void format_items(struct buf *out, const struct abi_type *t,
			 const struct abi_val *v)
{
	bool tuple = t->kind == ABI_TUPLE;

	buf_addc(out, tuple ? '(' : '[');
	for (size_t i = 0; i < v->len; i++) {
		const struct abi_field *f = tuple ? &t->fields[i] : NULL;

		if (i)
			buf_adds(out, ", ");
		if (f && *f->name)
			buf_addf(out, "%s=", f->name);
		if (f && abi_is_hashed(f))
			format_hex(out, &v->items[i]);
		else
			abi_format(out, abi_item_type(t, i), &v->items[i]);
	}
	buf_addc(out, tuple ? ')' : ']');
}

void abi_format(struct buf *out, const struct abi_type *type,
		const struct abi_val *val)
{
	struct addr20 addr;

	switch (type->kind) {
	case ABI_UINT:
		buf_adds(out, fmt_u256(val->word).s);
		return;
	case ABI_INT:
		buf_adds(out, fmt_i256(val->word).s);
		return;
	case ABI_BOOL:
		buf_adds(out, u256_is_zero(val->word) ? "false" : "true");
		return;
	case ABI_ADDRESS:
		addr = abi_addr(val);
		buf_adds(out, fmt_addr(&addr).s);
		return;
	case ABI_FIXED_BYTES:
	case ABI_BYTES:
		format_hex(out, val);
		return;
	case ABI_STRING:
		buf_addjson(out, (const char *)val->bytes, val->len);
		return;
	case ABI_ARRAY:
	case ABI_TUPLE:
		format_items(out, type, val);
		return;
	case ABI_KIND__COUNT:
		break;
	}
	ASSERT(!"a kind of type");
}
