#include "codec/abi_priv.h"

#include "base/base.h"

struct decoder {
	struct arena *arena;
	const uint8_t *data;
	size_t len;
	size_t words; /* of the input, not read yet: each is read once */
	struct err *e;
};

static bool fail(const struct decoder *d, const struct abi_at *at, size_t pos,
		 const char *what)
{
	err_set(d->e, ERR_PARSE, 0, "byte %zu of %zu: %s", pos, d->len, what);
	return abi_at_ctx(d->e, at);
}

/* Whether @n bytes at @pos can be read, now. */
static bool take(struct decoder *d, size_t pos, size_t n,
		 const struct abi_at *at)
{
	size_t words = n / 32 + (n % 32 != 0);

	if (pos > d->len || d->len - pos < n)
		return fail(d, at, pos, "the data ends inside a value");
	if (words > d->words) {
		err_set(d->e, ERR_LIMIT, 0,
			"byte %zu of %zu: values share bytes, so there would "
			"be more of them than there is data",
			pos, d->len);
		return abi_at_ctx(d->e, at);
	}
	d->words -= words;
	return true;
}

static bool get_word(struct decoder *d, struct u256 *ret, size_t pos,
		     const struct abi_at *at)
{
	if (!take(d, pos, 32, at))
		return false;
	*ret = u256_from_be(d->data + pos, 32);
	return true;
}

/* A length or offset; one that is over every possible one stays so. */
static bool get_size(struct decoder *d, size_t *ret, size_t pos,
		     const struct abi_at *at)
{
	struct u256 word;
	uint64_t v;

	if (!get_word(d, &word, pos, at))
		return false;
	*ret = u256_fits_u64(&v, word) ? v : SIZE_MAX;
	return true;
}

static bool get_bytes(struct decoder *d, struct abi_val *ret, size_t pos,
		      size_t len, const struct abi_at *at)
{
	size_t padding = (32 - len % 32) % 32;

	if (len > d->len)
		return fail(d, at, pos, "a length is larger than the data");
	if (!take(d, pos, len + padding, at))
		return false;
	for (size_t i = 0; i < padding; i++)
		if (d->data[pos + len + i])
			return fail(d, at, pos + len + i,
				    "padding that is not zero");
	*ret = (struct abi_val){.bytes = d->data + pos, .len = len};
	return true;
}

static bool get(struct decoder *d, struct abi_val *ret,
		const struct abi_type *t, size_t pos, const struct abi_at *at);

static bool get_items(struct decoder *d, struct abi_val *ret,
		      const struct abi_type *t, size_t base, size_t n,
		      const struct abi_at *up)
{
	struct abi_at at = {.up = up, .parent = t};
	struct abi_val *items = ARENA_ARRAY(d->arena, struct abi_val, n);
	size_t head = base, pos;

	for (; at.index < n; at.index++) {
		const struct abi_type *part = abi_item_type(t, at.index);

		pos = head;
		if (part->dynamic) {
			if (!get_size(d, &pos, head, &at))
				return false;
			if (pos > d->len - base)
				return fail(d, &at, head,
					    "an offset leads out of the data");
			pos += base;
		}
		if (!get(d, &items[at.index], part, pos, &at))
			return false;
		head += part->head_len;
	}
	*ret = (struct abi_val){.items = items, .len = n};
	return true;
}

static bool get_array(struct decoder *d, struct abi_val *ret,
		      const struct abi_type *t, size_t pos,
		      const struct abi_at *at)
{
	size_t n = t->count;

	if (n == ABI_DYNAMIC) {
		if (!get_size(d, &n, pos, at))
			return false;
		pos += 32;
	}
	/* Before there is memory for them, all heads must be there. */
	if (pos > d->len || n > (d->len - pos) / t->elem->head_len)
		return fail(d, at, pos, "an array is longer than the data");
	return get_items(d, ret, t, pos, n, at);
}

static bool get_number(struct decoder *d, struct abi_val *ret,
		       const struct abi_type *t, size_t pos,
		       const struct abi_at *at)
{
	struct u256 word;

	if (!get_word(d, &word, pos, at))
		return false;
	if (!abi_word_fits(t, word)) {
		err_set(d->e, ERR_PARSE, 0,
			"byte %zu of %zu: %s does not fit "
			"%s",
			pos, d->len, fmt_u256_hex(word).s, t->name);
		return abi_at_ctx(d->e, at);
	}
	*ret = (struct abi_val){.word = word};
	return true;
}

static bool get(struct decoder *d, struct abi_val *ret,
		const struct abi_type *t, size_t pos, const struct abi_at *at)
{
	size_t len;

	switch (t->kind) {
	case ABI_UINT:
	case ABI_INT:
	case ABI_BOOL:
	case ABI_ADDRESS:
		return get_number(d, ret, t, pos, at);
	case ABI_FIXED_BYTES:
		return get_bytes(d, ret, pos, t->size, at);
	case ABI_BYTES:
	case ABI_STRING:
		return get_size(d, &len, pos, at) &&
		       get_bytes(d, ret, pos + 32, len, at);
	case ABI_ARRAY:
		return get_array(d, ret, t, pos, at);
	case ABI_TUPLE:
		return get_items(d, ret, t, pos, t->fields_n, at);
	case ABI_KIND__COUNT:
		break;
	}
	ASSERT(!"a kind of type");
	return false;
}

bool abi_decode(struct abi_val *ret, struct arena *a,
		const struct abi_type *type, const void *data, size_t len,
		struct err *e)
{
	struct decoder d = {.arena = a,
			    .data = data,
			    .len = len,
			    .words = len / 32,
			    .e = e};
	struct abi_val v;

	if (!get(&d, &v, type, 0, NULL))
		return false;
	*ret = v;
	return true;
}

/* One topic as the value of the indexed argument @f. */
static bool get_topic(struct abi_val *ret, struct arena *a,
		      const struct abi_field *f, const struct hash32 *topic,
		      struct err *e)
{
	const struct hash32 *copy = arena_memdup(a, topic, sizeof(*topic));

	if (abi_is_hashed(f)) {
		*ret = (struct abi_val){.bytes = copy->b, .len = 32};
		return true;
	}
	return abi_decode(ret, a, f->type, copy->b, 32, e) ||
	       err_ctx(e, "%s in a topic", f->name);
}

static bool check_topics(const struct abi_entry *ev,
			 const struct hash32 *topics, size_t n, struct err *e)
{
	size_t want =
	    ev->in->fields_n - ev->data->fields_n + (ev->anonymous ? 0 : 1);

	if (n != want)
		return err_set(e, ERR_MISMATCH, 0,
			       "%zu topics where event %s has %zu", n,
			       ev->signature, want);
	if (!ev->anonymous && !hash_eq(&topics[0], &ev->topic))
		return err_set(e, ERR_MISMATCH, 0,
			       "topic %s is not that of event %s, %s",
			       fmt_hash(&topics[0]).s, ev->signature,
			       fmt_hash(&ev->topic).s);
	return true;
}

bool abi_decode_log(struct abi_val *ret, struct arena *a,
		    const struct abi_entry *ev, const struct hash32 *topics,
		    size_t topics_n, const void *data, size_t len,
		    struct err *e)
{
	size_t n = ev->in->fields_n, topic = ev->anonymous ? 0 : 1, plain = 0;
	struct abi_val *items, rest;

	if (!check_topics(ev, topics, topics_n, e))
		return false;
	if (!abi_decode(&rest, a, ev->data, data, len, e))
		return err_ctx(e, "data of event %s", ev->signature);
	ASSERT(rest.items); /* a TUPLE has them */
	items = ARENA_ARRAY(a, struct abi_val, n);
	for (size_t i = 0; i < n; i++) {
		const struct abi_field *f = &ev->in->fields[i];

		if (!f->indexed)
			items[i] = rest.items[plain++];
		else if (!get_topic(&items[i], a, f, &topics[topic++], e))
			return err_ctx(e, "event %s", ev->signature);
	}
	*ret = (struct abi_val){.items = items, .len = n};
	return true;
}
