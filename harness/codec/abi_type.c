#include "codec/abi_priv.h"

#include "base/base.h"

const struct abi_type *abi_item_type(const struct abi_type *t, size_t i)
{
	return t->kind == ABI_TUPLE ? t->fields[i].type : t->elem;
}

bool abi_is_word(const struct abi_type *t)
{
	return t->kind <= ABI_FIXED_BYTES;
}

bool abi_is_hashed(const struct abi_field *f)
{
	return f->indexed && !abi_is_word(f->type);
}

bool abi_word_fits(const struct abi_type *t, struct u256 word)
{
	if (t->kind == ABI_INT) {
		/* ~x = -x - 1 has the magnitude bits of a negative x. */
		if (u256_is_neg(word))
			word = u256_wrap_sub(u256_neg(word), U256_ONE);
		return u256_bits(word) < t->size;
	}
	return u256_bits(word) <= t->size;
}

static void at_text(struct buf *out, const struct abi_at *at)
{
	const struct abi_type *p = at->parent;

	if (at->up)
		at_text(out, at->up);
	if (p->kind == ABI_TUPLE && *p->fields[at->index].name)
		buf_addf(out, out->len ? ".%s" : "%s",
			 p->fields[at->index].name);
	else
		buf_addf(out, "[%zu]", at->index);
}

bool abi_at_ctx(struct err *e, const struct abi_at *at)
{
	struct buf path = BUF_INIT(256);

	if (!at)
		return false;
	at_text(&path, at);
	err_ctx(e, "%s", buf_str(&path));
	buf_done(&path);
	return false;
}

/* The number that is all of @text: no sign, no leading zero, at most @max. */
static bool size_of(unsigned *ret, const char *text, size_t len, size_t max)
{
	unsigned v = 0;

	if (!len || text[0] == '0')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		v = v * 10 + (unsigned)(text[i] - '0');
		if (v > max)
			return false;
	}
	*ret = v;
	return true;
}

static bool starts(const char *text, size_t len, const char *with)
{
	size_t n = strlen(with);

	return len >= n && !memcmp(text, with, n);
}

static bool is(const char *text, size_t len, const char *word)
{
	return len == strlen(word) && starts(text, len, word);
}

/* "uint8", "bytes4" …: @prefix and a size. NULL: it is none. */
static const struct abi_type *sized(const char *text, size_t len,
				    const char *prefix, enum abi_kind kind)
{
	/* Each is made when it is first wanted. */
	static struct {
		struct abi_type type;
		char name[sizeof("bytes32")];
	} known[ABI_FIXED_BYTES + 1][33], *k;
	size_t n = strlen(prefix);
	bool bits = kind != ABI_FIXED_BYTES;
	unsigned size;

	if (!starts(text, len, prefix) ||
	    !size_of(&size, text + n, len - n, bits ? 256 : 32) ||
	    (bits && size % 8))
		return NULL;
	k = &known[kind][bits ? size / 8 : size];
	if (!k->type.name) {
		memcpy(k->name, text, len);
		k->type = (struct abi_type){.kind = kind,
					    .size = size,
					    .head_len = 32,
					    .depth = 1,
					    .name = k->name};
	}
	return &k->type;
}

#define PLAIN(NAME, KIND, SIZE, DYNAMIC)                                       \
	{.kind = (KIND),                                                       \
	 .size = (SIZE),                                                       \
	 .dynamic = (DYNAMIC),                                                 \
	 .head_len = 32,                                                       \
	 .depth = 1,                                                           \
	 .name = (NAME)}

bool abi_make_plain(const struct abi_type **ret, const char *text, size_t len,
		    struct err *e)
{
	static const struct {
		const char *text;
		struct abi_type type;
	} words[] = {
	    {"uint", PLAIN("uint256", ABI_UINT, 256, false)},
	    {"int", PLAIN("int256", ABI_INT, 256, false)},
	    {"bool", PLAIN("bool", ABI_BOOL, 1, false)},
	    {"address", PLAIN("address", ABI_ADDRESS, 160, false)},
	    {"function", PLAIN("bytes24", ABI_FIXED_BYTES, 24, false)},
	    {"bytes", PLAIN("bytes", ABI_BYTES, 0, true)},
	    {"string", PLAIN("string", ABI_STRING, 0, true)},
	};
	const struct abi_type *t = NULL;

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (is(text, len, words[i].text))
			t = &words[i].type;
	if (starts(text, len, "fixed") || starts(text, len, "ufixed"))
		return err_set(e, ERR_UNSUPPORTED, 0,
			       "fixed-point type '%.*s': no compiler emits it",
			       (int)len, text);
	if (!t && !(t = sized(text, len, "uint", ABI_UINT)) &&
	    !(t = sized(text, len, "int", ABI_INT)) &&
	    !(t = sized(text, len, "bytes", ABI_FIXED_BYTES)))
		return err_set(e, ERR_PARSE, 0, "'%.*s' is no type",
			       len < 40 ? (int)len : 40, text);
	*ret = t;
	return true;
}

static bool check_size(const struct abi_type *t, struct err *e)
{
	if (t->depth > ABI_DEPTH_MAX)
		return err_set(e, ERR_LIMIT, 0,
			       "types are nested deeper than %d",
			       ABI_DEPTH_MAX);
	if (t->head_len > ABI_BYTES_MAX)
		return err_set(e, ERR_LIMIT, 0,
			       "a value of this type takes over %zu bytes",
			       ABI_BYTES_MAX);
	return true;
}

bool abi_make_tuple(const struct abi_type **ret, struct arena *a,
		    const struct abi_field *fields, size_t n, struct err *e)
{
	static const struct abi_type nothing = {
	    .kind = ABI_TUPLE, .depth = 1, .name = "()"};
	struct abi_type t = {
	    .kind = ABI_TUPLE, .depth = 1, .fields = fields, .fields_n = n};
	struct buf name = BUF_INIT(ABI_NAME_MAX);

	if (!n) {
		*ret = &nothing;
		return true;
	}
	buf_addc(&name, '(');
	for (size_t i = 0; i < n; i++) {
		const struct abi_type *f = fields[i].type;

		buf_addf(&name, i ? ",%s" : "%s", f->name);
		t.dynamic |= f->dynamic;
		t.head_len += f->head_len;
		if (f->depth >= t.depth)
			t.depth = f->depth + 1;
	}
	buf_addc(&name, ')');
	if (check_size(&t, e) && buf_ok(&name, "name of a type", e)) {
		t.name = arena_strdup(a, buf_str(&name));
		if (t.dynamic)
			t.head_len = 32;
		*ret = arena_memdup(a, &t, sizeof(t));
	}
	buf_done(&name);
	return t.name;
}

/* One array around *t; @text is what stands between the brackets. */
static bool make_array(const struct abi_type **t, struct arena *a, const char *text,
		       size_t len, struct err *e)
{
	struct abi_type r = {.kind = ABI_ARRAY,
			     .depth = (*t)->depth + 1,
			     .dynamic = (*t)->dynamic,
			     .head_len = 32,
			     .elem = *t,
			     .count = ABI_DYNAMIC};
	unsigned count;

	/*
	 * solc refuses T[0] and empty structs. Items that take no space would
	 * let a word of input ask for any number of them.
	 */
	if (is(text, len, "0") || !(*t)->head_len)
		return err_set(e, ERR_UNSUPPORTED, 0,
			       "an array of nothing: no compiler emits it");
	if (!len) {
		r.dynamic = true;
	} else {
		if (!size_of(&count, text, len, ABI_BYTES_MAX / 32))
			return err_set(e, ERR_PARSE, 0,
				       "'%.*s' is no length of an array; "
				       "1 to %zu are possible",
				       len < 40 ? (int)len : 40, text,
				       ABI_BYTES_MAX / 32);
		r.count = count;
		r.head_len = count * (*t)->head_len;
	}
	if (!check_size(&r, e))
		return false;
	if (r.dynamic)
		r.head_len = 32;
	r.name = arena_printf(a, "%s[%.*s]", (*t)->name, (int)len, text);
	*t = arena_memdup(a, &r, sizeof(r));
	return true;
}

bool abi_make_arrays(const struct abi_type **t, struct arena *a, const char *text,
		     size_t len, struct err *e)
{
	while (len) {
		const char *end = memchr(text, ']', len);
		size_t n;

		if (text[0] != '[' || !end)
			return err_set(e, ERR_PARSE, 0,
				       "'%.*s' is no array suffix",
				       len < 40 ? (int)len : 40, text);
		n = (size_t)(end - text) + 1;
		if (!make_array(t, a, text + 1, n - 2, e))
			return false;
		text += n;
		len -= n;
	}
	return true;
}

struct parser {
	struct arena *arena;
	const char *text, *p;
	struct err *e;
};

static bool fail(const struct parser *x, const char *wanted)
{
	if (!*x->p)
		return err_set(x->e, ERR_PARSE, 0,
			       "type '%.200s' ends where %s is wanted", x->text,
			       wanted);
	return err_set(x->e, ERR_PARSE, 0,
		       "type '%.200s', character %zu: '%c' where %s is wanted",
		       x->text, (size_t)(x->p - x->text) + 1, *x->p, wanted);
}

static void skip_space(struct parser *x)
{
	x->p += strspn(x->p, " ");
}

static size_t word_len(const char *p)
{
	return strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			 "0123456789_$");
}

static bool parse_type(struct parser *x, const struct abi_type **ret,
		       unsigned depth);

static bool parse_field(struct parser *x, struct abi_field *ret, unsigned depth)
{
	const struct abi_type *t;
	size_t len;

	if (!parse_type(x, &t, depth))
		return false;
	skip_space(x);
	len = word_len(x->p);
	*ret = (struct abi_field){.type = t,
				  .name = arena_strndup(x->arena, x->p, len)};
	x->p += len;
	skip_space(x);
	return true;
}

static bool parse_tuple(struct parser *x, const struct abi_type **ret,
			unsigned depth)
{
	CLEANUP(freep) struct abi_field *fields = NULL;
	size_t n = 0, cap = 0;

	x->p++;
	skip_space(x);
	if (depth > ABI_DEPTH_MAX)
		return err_set(x->e, ERR_LIMIT, 0,
			       "type '%.200s' is nested deeper than %d",
			       x->text, ABI_DEPTH_MAX);
	while (*x->p != ')') {
		if (n && *x->p != ',')
			return fail(x, "',' or ')'");
		if (n)
			x->p++;
		GROW(fields, n, cap);
		if (!parse_field(x, &fields[n], depth + 1))
			return false;
		n++;
	}
	x->p++;
	return abi_make_tuple(
	    ret, x->arena, arena_memdup(x->arena, fields, n * sizeof(*fields)),
	    n, x->e);
}

static bool parse_type(struct parser *x, const struct abi_type **ret,
		       unsigned depth)
{
	const char *start;
	size_t len;
	bool ok;

	skip_space(x);
	start = x->p;
	len = word_len(start);
	if (starts(start, len, "tuple") && start[5] == '(')
		x->p += 5;
	if (*x->p == '(') {
		ok = parse_tuple(x, ret, depth);
	} else if (!len) {
		return fail(x, "a type");
	} else {
		x->p += len;
		ok = abi_make_plain(ret, start, len, x->e);
		if (!ok)
			err_ctx(x->e, "type '%.200s', character %zu", x->text,
				(size_t)(start - x->text) + 1);
	}
	if (!ok)
		return false;
	start = x->p;
	while (*x->p == '[') {
		x->p += strcspn(x->p, "]");
		if (!*x->p)
			return fail(x, "']'");
		x->p++;
	}
	if (!abi_make_arrays(ret, x->arena, start, (size_t)(x->p - start),
			     x->e))
		return err_ctx(x->e, "type '%.200s', character %zu", x->text,
			       (size_t)(start - x->text) + 1);
	return true;
}

bool abi_type_parse(const struct abi_type **ret, struct arena *a,
		    const char *text, struct err *e)
{
	struct parser x = {.arena = a, .text = text, .p = text, .e = e};
	const struct abi_type *t;

	if (strnlen(text, ABI_NAME_MAX + 1) > ABI_NAME_MAX)
		return err_set(e, ERR_LIMIT, 0,
			       "type '%.40s…' is longer than %zu characters",
			       text, ABI_NAME_MAX);
	if (!parse_type(&x, &t, 1))
		return false;
	skip_space(&x);
	if (*x.p)
		return fail(&x, "the end");
	*ret = t;
	return true;
}
