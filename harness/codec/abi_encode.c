#include "codec/abi_priv.h"

#include "base/base.h"

static const uint8_t zeros[32];

static void put_word(struct buf *out, struct u256 v)
{
	uint8_t be[32];

	u256_to_be(be, v);
	buf_add(out, be, sizeof(be));
}

static void put_padding(struct buf *out, size_t len)
{
	buf_add(out, zeros, (32 - len % 32) % 32);
}

static bool check_word(const struct abi_type *t, const struct abi_val *v,
		       const struct abi_at *at, struct err *e)
{
	if (abi_word_fits(t, v->word))
		return true;
	err_set(e, ERR_RANGE, 0, "%s does not fit %s",
		t->kind == ABI_INT ? fmt_i256(v->word).s : fmt_u256(v->word).s,
		t->name);
	return abi_at_ctx(e, at);
}

static bool check_len(const struct abi_type *t, const struct abi_val *v,
		      const struct abi_at *at, struct err *e)
{
	if (t->kind == ABI_FIXED_BYTES && v->len != t->size) {
		err_set(e, ERR_RANGE, 0, "%zu bytes where %s has %u", v->len,
			t->name, t->size);
		return abi_at_ctx(e, at);
	}
	if (t->kind == ABI_TUPLE && v->len != t->fields_n) {
		err_set(e, ERR_SCHEMA, 0, "%zu values where %s has %zu", v->len,
			t->name, t->fields_n);
		return abi_at_ctx(e, at);
	}
	if (t->kind == ABI_ARRAY && t->count != ABI_DYNAMIC &&
	    v->len != t->count) {
		err_set(e, ERR_SCHEMA, 0, "%zu items where %s has %zu", v->len,
			t->name, t->count);
		return abi_at_ctx(e, at);
	}
	return true;
}

static bool put(struct buf *out, const struct abi_type *t,
		const struct abi_val *v, const struct abi_at *up,
		struct err *e);

/* Heads with empty offsets first, then the tails, each noting its offset. */
static bool put_items(struct buf *out, const struct abi_type *t,
		      const struct abi_val *v, const struct abi_at *up,
		      struct err *e)
{
	struct abi_at at = {.up = up, .parent = t};
	size_t base = out->len, head = base;
	bool tails = false;

	for (at.index = 0; at.index < v->len; at.index++) {
		const struct abi_type *part = abi_item_type(t, at.index);

		tails |= part->dynamic;
		if (part->dynamic)
			buf_add(out, zeros, 32);
		else if (!put(out, part, &v->items[at.index], &at, e))
			return false;
	}
	for (at.index = 0; tails && at.index < v->len; at.index++) {
		const struct abi_type *part = abi_item_type(t, at.index);

		if (part->dynamic) {
			if (out->over)
				break;
			u256_to_be(out->data + head,
				   u256_from_u64(out->len - base));
			if (!put(out, part, &v->items[at.index], &at, e))
				return false;
		}
		head += part->head_len;
	}
	return true;
}

static bool put(struct buf *out, const struct abi_type *t,
		const struct abi_val *v, const struct abi_at *at, struct err *e)
{
	switch (t->kind) {
	case ABI_UINT:
	case ABI_INT:
	case ABI_BOOL:
	case ABI_ADDRESS:
		if (!check_word(t, v, at, e))
			return false;
		put_word(out, v->word);
		return true;
	case ABI_BYTES:
	case ABI_STRING:
		put_word(out, u256_from_u64(v->len));
		buf_add(out, v->bytes, v->len);
		put_padding(out, v->len);
		return true;
	case ABI_FIXED_BYTES:
		if (!check_len(t, v, at, e))
			return false;
		buf_add(out, v->bytes, v->len);
		put_padding(out, v->len);
		return true;
	case ABI_ARRAY:
		if (t->count == ABI_DYNAMIC)
			put_word(out, u256_from_u64(v->len));
		return check_len(t, v, at, e) && put_items(out, t, v, at, e);
	case ABI_TUPLE:
		return check_len(t, v, at, e) && put_items(out, t, v, at, e);
	case ABI_KIND__COUNT:
		break;
	}
	ASSERT(!"a kind of type");
	return false;
}

/* What failed leaves nothing behind in the caller's buffer. */
static bool finish(struct buf *out, size_t start, bool ok, struct err *e)
{
	if (ok)
		ok = buf_ok(out, "ABI encoding", e);
	if (!ok) {
		out->len = start;
		out->over = false;
	}
	return ok;
}

bool abi_encode(struct buf *ret, const struct abi_type *type,
		const struct abi_val *val, struct err *e)
{
	size_t start = ret->len;

	return finish(ret, start, put(ret, type, val, NULL, e), e);
}

static bool pack_array(struct buf *out, const struct abi_type *t,
		       const struct abi_val *v, const struct abi_at *up,
		       struct err *e)
{
	if (!abi_is_word(t->elem)) {
		err_set(e, ERR_UNSUPPORTED, 0, "%s cannot be packed", t->name);
		return abi_at_ctx(e, up);
	}
	/* Items are padded to words, the length is not written. */
	return check_len(t, v, up, e) && put_items(out, t, v, up, e);
}

static bool pack(struct buf *out, const struct abi_type *t,
		 const struct abi_val *v, const struct abi_at *at,
		 struct err *e)
{
	uint8_t be[32];
	size_t len;

	switch (t->kind) {
	case ABI_UINT:
	case ABI_INT:
	case ABI_BOOL:
	case ABI_ADDRESS:
		if (!check_word(t, v, at, e))
			return false;
		u256_to_be(be, v->word);
		len = (t->size + 7) / 8;
		buf_add(out, be + 32 - len, len);
		return true;
	case ABI_FIXED_BYTES:
		if (!check_len(t, v, at, e))
			return false;
		buf_add(out, v->bytes, v->len);
		return true;
	case ABI_BYTES:
	case ABI_STRING:
		buf_add(out, v->bytes, v->len);
		return true;
	case ABI_ARRAY:
		return pack_array(out, t, v, at, e);
	case ABI_TUPLE:
	case ABI_KIND__COUNT:
		break;
	}
	err_set(e, ERR_UNSUPPORTED, 0, "a struct cannot be packed: %s",
		t->name);
	return abi_at_ctx(e, at);
}

/* The outermost TUPLE is an argument list: its items follow each other. */
static bool pack_all(struct buf *out, const struct abi_type *t,
		     const struct abi_val *v, struct err *e)
{
	struct abi_at at = {.parent = t};

	if (t->kind != ABI_TUPLE)
		return pack(out, t, v, NULL, e);
	if (!check_len(t, v, NULL, e))
		return false;
	for (; at.index < v->len; at.index++)
		if (!pack(out, t->fields[at.index].type, &v->items[at.index],
			  &at, e))
			return false;
	return true;
}

bool abi_encode_packed(struct buf *ret, const struct abi_type *type,
		       const struct abi_val *val, struct err *e)
{
	size_t start = ret->len;

	return finish(ret, start, pack_all(ret, type, val, e), e);
}

bool abi_encode_call(struct buf *ret, const struct abi_entry *fn,
		     const struct abi_val *args, struct err *e)
{
	size_t start = ret->len;
	bool ok;

	buf_add(ret, fn->selector, sizeof(fn->selector));
	ok = finish(ret, start, put(ret, fn->in, args, NULL, e), e);
	return ok || err_ctx(e, "%s", fn->signature);
}
