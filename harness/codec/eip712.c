#include "codec/eip712.h"

#include "base/base.h"
#include "codec/abi_priv.h"

#define TYPE_TEXT_MAX 65536u
#define STRUCTS_MAX 64

/* --- types from text -------------------------------------------------- */

/* A struct as the text defines it: "Name(" fields ")". */
struct definition {
	const char *name, *fields; /* fields: behind the parenthesis */
	size_t name_len;
	struct abi_type *type; /* once it is made */
	bool busy;	       /* being made: seen again, it contains itself */
};

struct parser {
	struct arena *arena;
	const char *text;
	struct definition defs[STRUCTS_MAX];
	size_t n;
	struct err *e;
};

static size_t name_len(const char *p)
{
	return strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			 "0123456789_$");
}

static bool fail(const struct parser *x, const char *at, const char *wanted)
{
	return err_set(x->e, ERR_PARSE, 0,
		       "EIP-712 type '%.200s', character %zu: %s is wanted",
		       x->text, (size_t)(at - x->text) + 1, wanted);
}

static struct definition *find(struct parser *x, const char *name, size_t len)
{
	for (size_t i = 0; i < x->n; i++)
		if (x->defs[i].name_len == len &&
		    !memcmp(x->defs[i].name, name, len))
			return &x->defs[i];
	return NULL;
}

static bool find_definitions(struct parser *x)
{
	const char *p = x->text;

	do {
		size_t len = name_len(p), body = strcspn(p, ")");

		if (!len || p[len] != '(')
			return fail(x, p + len, len ? "'('" : "a name");
		if (!p[body])
			return fail(x, p + body, "')'");
		if (find(x, p, len))
			return err_set(x->e, ERR_SCHEMA, 0,
				       "struct %.*s is defined twice", (int)len,
				       p);
		if (x->n == STRUCTS_MAX)
			return err_set(x->e, ERR_LIMIT, 0,
				       "more than %d structs", STRUCTS_MAX);
		x->defs[x->n++] = (struct definition){
		    .name = p, .name_len = len, .fields = p + len + 1};
		p += body + 1;
	} while (*p);
	return true;
}

static bool make_struct(struct parser *x, const struct abi_type **ret,
			struct definition *def);

/* One "type name" at *at, which moves behind it. */
static bool parse_field(struct parser *x, struct abi_field *ret,
			const char **at)
{
	const char *p = *at, *brackets = p + name_len(p);
	size_t brackets_len = strcspn(brackets, " ,)"), len;
	struct definition *def = find(x, p, (size_t)(brackets - p));
	const struct abi_type *t;

	if (def ? !make_struct(x, &t, def)
		: !abi_make_plain(&t, p, (size_t)(brackets - p), x->e))
		return false;
	if (!abi_make_arrays(&t, x->arena, brackets, brackets_len, x->e))
		return false;
	p = brackets + brackets_len;
	if (*p != ' ')
		return fail(x, p, "a space");
	len = name_len(++p);
	if (!len)
		return fail(x, p, "a name");
	ret->type = t;
	ret->name = arena_strndup(x->arena, p, len);
	*at = p + len;
	return true;
}

static bool make_fields(struct parser *x, const struct abi_type **ret,
			const char *p)
{
	CLEANUP(freep) struct abi_field *fields = NULL;
	size_t n = 0, cap = 0;

	while (*p != ')') {
		if (n && *p != ',')
			return fail(x, p, "',' or ')'");
		if (n)
			p++;
		GROW(fields, n, cap);
		fields[n] = (struct abi_field){.indexed = false};
		if (!parse_field(x, &fields[n], &p))
			return false;
		n++;
	}
	return abi_make_tuple(
	    ret, x->arena, arena_memdup(x->arena, fields, n * sizeof(*fields)),
	    n, x->e);
}

static bool make_struct(struct parser *x, const struct abi_type **ret,
			struct definition *def)
{
	if (def->busy)
		return err_set(x->e, ERR_SCHEMA, 0,
			       "struct %.*s contains itself",
			       (int)def->name_len, def->name);
	if (!def->type) {
		const struct abi_type *t;

		def->busy = true;
		if (!make_fields(x, &t, def->fields))
			return err_ctx(x->e, "struct %.*s", (int)def->name_len,
				       def->name);
		def->busy = false;
		def->type = arena_memdup(x->arena, t, sizeof(*t));
		def->type->label =
		    arena_strndup(x->arena, def->name, def->name_len);
	}
	*ret = def->type;
	return true;
}

bool eip712_type_parse(const struct abi_type **ret, struct arena *a,
		       const char *text, struct err *e)
{
	struct parser x = {.arena = a, .text = text, .e = e};

	return find_definitions(&x) && make_struct(&x, ret, &x.defs[0]);
}

/* --- encodeType ------------------------------------------------------- */

/* Of "struct IFoo.Bar" it is Bar that EIP-712 hashes. */
static const char *struct_name(const struct abi_type *t)
{
	const char *name = t->label;

	for (const char *p = name; p && *p; p++)
		if (*p == '.' || *p == ' ')
			name = p + 1;
	return name;
}

static const struct abi_type *innermost(const struct abi_type *t)
{
	while (t->kind == ABI_ARRAY)
		t = t->elem;
	return t;
}

struct structs {
	/* The primary one, then those it refers to, sorted by name. */
	const struct abi_type *types[STRUCTS_MAX];
	size_t n;
};

static void insert(struct structs *s, const struct abi_type *t)
{
	size_t at = s->n++;

	for (; at > 1; at--) {
		if (strcmp(struct_name(s->types[at - 1]), struct_name(t)) < 0)
			break;
		s->types[at] = s->types[at - 1];
	}
	s->types[at] = t;
}

/* Adds @t, if it is a struct, and all it refers to. */
static bool collect(struct structs *s, const struct abi_type *t, struct err *e)
{
	t = innermost(t);
	if (t->kind != ABI_TUPLE)
		return true;
	if (!struct_name(t))
		return err_set(e, ERR_SCHEMA, 0,
			       "tuple %s has no struct name to hash", t->name);
	for (size_t i = 0; i < s->n; i++) {
		if (strcmp(struct_name(s->types[i]), struct_name(t)))
			continue;
		if (strcmp(s->types[i]->name, t->name))
			return err_set(e, ERR_SCHEMA, 0,
				       "two structs are named %s: %s and %s",
				       struct_name(t), s->types[i]->name,
				       t->name);
		return true;
	}
	if (s->n == STRUCTS_MAX)
		return err_set(e, ERR_LIMIT, 0, "more than %d structs",
			       STRUCTS_MAX);
	insert(s, t);
	for (size_t i = 0; i < t->fields_n; i++)
		if (!collect(s, t->fields[i].type, e))
			return false;
	return true;
}

static void put_definition(struct buf *out, const struct abi_type *t)
{
	buf_addf(out, "%s(", struct_name(t));
	for (size_t i = 0; i < t->fields_n; i++) {
		const struct abi_type *f = t->fields[i].type;
		const struct abi_type *in = innermost(f);

		buf_addf(out, "%s%s%s %s", i ? "," : "",
			 in->kind == ABI_TUPLE ? struct_name(in) : in->name,
			 f->name + strlen(in->name), t->fields[i].name);
	}
	buf_addc(out, ')');
}

bool eip712_type_text(struct buf *ret, const struct abi_type *type,
		      struct err *e)
{
	struct structs s = {.n = 0};

	if (type->kind != ABI_TUPLE)
		return err_set(e, ERR_SCHEMA, 0, "%s is no struct", type->name);
	if (!collect(&s, type, e))
		return false;
	for (size_t i = 0; i < s.n; i++)
		put_definition(ret, s.types[i]);
	return buf_ok(ret, "EIP-712 type", e);
}

/* --- hashStruct ------------------------------------------------------- */

static bool type_hash(struct hash32 *ret, const struct abi_type *t,
		      struct err *e)
{
	struct buf text = BUF_INIT(TYPE_TEXT_MAX);
	bool ok = eip712_type_text(&text, t, e);

	if (ok)
		*ret = keccak256(text.data, text.len);
	buf_done(&text);
	return ok;
}

static bool add_value(struct keccak *k, const struct abi_type *t,
		      const struct abi_val *v, const struct abi_at *at,
		      struct err *e);

static void add_hash(struct keccak *k, const struct hash32 *h)
{
	keccak_add(k, h->b, sizeof(h->b));
}

/* The items of an array or struct, each one word. */
static bool add_items(struct keccak *k, const struct abi_type *t,
		      const struct abi_val *v, const struct abi_at *up,
		      struct err *e)
{
	struct abi_at at = {.up = up, .parent = t};
	size_t want = t->kind == ABI_TUPLE ? t->fields_n : t->count;

	if (want != ABI_DYNAMIC && v->len != want) {
		err_set(e, ERR_SCHEMA, 0, "%zu values where %s has %zu", v->len,
			t->name, want);
		return abi_at_ctx(e, up);
	}
	for (; at.index < v->len; at.index++)
		if (!add_value(k, abi_item_type(t, at.index),
			       &v->items[at.index], &at, e))
			return false;
	return true;
}

static bool hash_items(struct hash32 *ret, const struct abi_type *t,
		       const struct abi_val *v, const struct abi_at *at,
		       struct err *e)
{
	struct keccak k;
	struct hash32 type;

	keccak_init(&k);
	if (t->kind == ABI_TUPLE) {
		if (!type_hash(&type, t, e))
			return false;
		add_hash(&k, &type);
	}
	if (!add_items(&k, t, v, at, e))
		return false;
	*ret = keccak_done(&k);
	return true;
}

static bool add_value(struct keccak *k, const struct abi_type *t,
		      const struct abi_val *v, const struct abi_at *at,
		      struct err *e)
{
	struct buf word = BUF_INIT(32);
	struct hash32 h;
	bool ok;

	if (t->kind == ABI_BYTES || t->kind == ABI_STRING) {
		h = keccak256(v->bytes, v->len);
		add_hash(k, &h);
		return true;
	}
	if (!abi_is_word(t)) {
		if (!hash_items(&h, t, v, at, e))
			return false;
		add_hash(k, &h);
		return true;
	}
	ok = abi_encode(&word, t, v, e);
	keccak_add(k, word.data, word.len);
	buf_done(&word);
	return ok || abi_at_ctx(e, at);
}

static void add_text_hash(struct keccak *k, const char *s)
{
	struct hash32 h = keccak256(s, strlen(s));

	add_hash(k, &h);
}

struct hash32 eip712_domain_separator(const struct eip712_domain *d)
{
	struct buf type = BUF_INIT(256);
	struct keccak k;
	uint8_t word[32] = {0};

	buf_adds(&type, "EIP712Domain(");
	if (d->name)
		buf_adds(&type, "string name,");
	if (d->version)
		buf_adds(&type, "string version,");
	if (d->has_chain_id)
		buf_adds(&type, "uint256 chainId,");
	if (d->has_contract)
		buf_adds(&type, "address verifyingContract,");
	/* The last comma, if there is a member, becomes the parenthesis. */
	if (type.data[type.len - 1] == ',')
		type.data[--type.len] = 0;
	buf_addc(&type, ')');

	keccak_init(&k);
	add_text_hash(&k, buf_str(&type));
	buf_done(&type);
	if (d->name)
		add_text_hash(&k, d->name);
	if (d->version)
		add_text_hash(&k, d->version);
	if (d->has_chain_id) {
		u256_to_be(word, u256_from_u64(d->chain_id));
		keccak_add(&k, word, sizeof(word));
	}
	if (d->has_contract) {
		memset(word, 0, 12);
		memcpy(word + 12, d->contract.b, sizeof(d->contract.b));
		keccak_add(&k, word, sizeof(word));
	}
	return keccak_done(&k);
}

bool eip712_digest(struct hash32 *ret, const struct eip712_domain *domain,
		   const struct abi_type *type, const struct abi_val *val,
		   struct err *e)
{
	struct hash32 separator = eip712_domain_separator(domain), body;
	struct keccak k;

	if (type->kind != ABI_TUPLE)
		return err_set(e, ERR_SCHEMA, 0, "%s is no struct", type->name);
	if (!hash_items(&body, type, val, NULL, e))
		return false;
	keccak_init(&k);
	keccak_add(&k, "\x19\x01", 2);
	add_hash(&k, &separator);
	add_hash(&k, &body);
	*ret = keccak_done(&k);
	return true;
}
