#include "eth/book.h"

#include "base/base.h"
#include "base/name.h"
#include "eth/shelf.h"

#define ENTRIES_MAX 8192
#define BLOCK 64u /* entries are made at once */
#define SLOTS_MIN 128u

/* Longer byte strings are shown by their first BYTES_SHOWN bytes. */
#define BYTES_SHOWN 32

struct artifact {
	const char *name;
	struct shelved *shelved; /* taken */
};

struct book {
	struct arena *arena; /* every name */
	struct artifact *artifacts;
	size_t artifacts_n, artifacts_cap;
	/* They never move: decoded values and whole plans point at them. */
	struct book_entry *blocks[ENTRIES_MAX / BLOCK];
	size_t entries_n;
	/* Where an entry is found by its name, by its address: its number and
	 * one, or 0, at the first free slot from what either hashes to on. */
	uint16_t *by_name, *by_address;
	size_t slots; /* of each; a power of two */
	const struct abi *builtin; /* what the compiler itself reverts with */
};

/* SOL: the two errors that are not declared anywhere. */
static const char BUILTIN[] =
    "[{\"type\":\"error\",\"name\":\"Error\",\"inputs\":"
    "[{\"name\":\"message\",\"type\":\"string\"}]},"
    "{\"type\":\"error\",\"name\":\"Panic\",\"inputs\":"
    "[{\"name\":\"code\",\"type\":\"uint256\"}]}]";

static const struct abi *read_builtin(struct arena *a)
{
	CLEANUP(json_decrefp) json_t *j = NULL;
	struct abi *abi = NULL;
	struct err e;

	ASSERT(json_parse(&j, BUILTIN, strlen(BUILTIN), "builtin errors", &e));
	ASSERT(abi_parse(&abi, a, j, "builtin errors", &e));
	return abi;
}

struct book *book_new(void)
{
	struct book *b = xcalloc(1, sizeof(*b));

	b->arena = arena_new();
	b->builtin = read_builtin(b->arena);
	return b;
}

void book_free(struct book *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < b->artifacts_n; i++)
		shelf_give(b->artifacts[i].shelved);
	free(b->artifacts);
	free(b->by_name);
	free(b->by_address);
	arena_free(b->arena);
	free(b);
}

static void add_artifact(struct book *b, const char *name,
			 struct shelved *taken)
{
	GROW(b->artifacts, b->artifacts_n, b->artifacts_cap);
	b->artifacts[b->artifacts_n++] = (struct artifact){
	    .name = arena_strdup(b->arena, name),
	    .shelved = taken,
	};
}

bool book_read_artifact(struct book *b, const char *name, const char *path,
			struct err *e)
{
	struct shelved *shelved;

	if (book_artifact(b, name))
		return true;
	if (!shelf_take(&shelved, path, e))
		return false;
	add_artifact(b, name, shelved);
	return true;
}

static const struct artifact *find_artifact(const struct book *b,
					    const char *name)
{
	for (size_t i = 0; i < b->artifacts_n; i++)
		if (name_eq(b->artifacts[i].name, name))
			return &b->artifacts[i];
	return NULL;
}

void book_share_artifact(struct book *b, const struct book *from,
			 const char *name)
{
	const struct artifact *art = find_artifact(from, name);

	ASSERT(art);
	if (!find_artifact(b, name))
		add_artifact(b, name, shelf_share(art->shelved));
}

const struct abi *book_artifact(const struct book *b, const char *name)
{
	const struct artifact *art = find_artifact(b, name);

	return art ? shelf_abi(art->shelved) : NULL;
}

const struct book_entry *book_entry(const struct book *b, size_t i)
{
	return i < b->entries_n ? &b->blocks[i / BLOCK][i % BLOCK] : NULL;
}

/* The FNV-1a hash (Fowler, Noll, Vo). */
static size_t hash(const void *data, size_t len)
{
	const uint8_t *p = data;
	uint64_t h = 0xcbf29ce484222325;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * 0x100000001b3;
	return (size_t)h;
}

static const struct book_entry *in_slot(const struct book *b,
					const uint16_t *slots, size_t at)
{
	uint16_t number = slots ? slots[at & (b->slots - 1)] : 0;

	return number ? book_entry(b, number - 1u) : NULL;
}

static void put(const struct book *b, uint16_t *slots, size_t at, size_t i)
{
	while (slots[at & (b->slots - 1)])
		at++;
	slots[at & (b->slots - 1)] = (uint16_t)(i + 1);
}

/* Of two of one address the first is found first. */
static void put_entry(struct book *b, size_t i)
{
	const struct book_entry *x = &b->blocks[i / BLOCK][i % BLOCK];

	put(b, b->by_name, hash(x->name, strlen(x->name)), i);
	put(b, b->by_address, hash(x->address.b, sizeof(x->address.b)), i);
}

/* At most half of the slots are taken. */
static void make_slots(struct book *b)
{
	if (2 * b->entries_n <= b->slots)
		return;
	b->slots = b->slots ? 2 * b->slots : SLOTS_MIN;
	free(b->by_name);
	free(b->by_address);
	b->by_name = xcalloc(b->slots, sizeof(*b->by_name));
	b->by_address = xcalloc(b->slots, sizeof(*b->by_address));
	for (size_t i = 0; i + 1 < b->entries_n; i++)
		put_entry(b, i);
}

static void add_entry(struct book *b, struct book_entry x)
{
	size_t i = b->entries_n++;

	if (i % BLOCK == 0)
		b->blocks[i / BLOCK] =
		    ARENA_ARRAY(b->arena, struct book_entry, BLOCK);
	b->blocks[i / BLOCK][i % BLOCK] = x;
	make_slots(b);
	put_entry(b, i);
}

bool book_bind(struct book *b, const char *name, const struct addr20 *address,
	       const char *artifact, struct err *e)
{
	const struct artifact *art = NULL;

	if (book_by_name(b, name))
		return err_set(e, ERR_SCHEMA, 0, "the name %s is taken by %s",
			       name,
			       fmt_addr(&book_by_name(b, name)->address).s);
	if (artifact && !(art = find_artifact(b, artifact)))
		return err_set(e, ERR_SCHEMA, 0,
			       "%s: no artifact %s has been read", name,
			       artifact);
	if (b->entries_n == ENTRIES_MAX)
		return err_set(e, ERR_LIMIT, 0, "%s: over %d named addresses",
			       name, ENTRIES_MAX);
	add_entry(b, (struct book_entry){
			 .name = arena_strdup(b->arena, name),
			 .address = *address,
			 .text = fmt_addr(address),
			 .artifact = art ? art->name : NULL,
			 .abi = art ? shelf_abi(art->shelved) : NULL,
		     });
	return true;
}

const struct book_entry *book_by_name(const struct book *b, const char *name)
{
	const struct book_entry *x = NULL;

	for (size_t at = hash(name, strlen(name));
	     (x = in_slot(b, b->by_name, at)) && strcmp(x->name, name) != 0;
	     at++)
		;
	return x;
}

const struct book_entry *book_by_address(const struct book *b,
					 const struct addr20 *address)
{
	const struct book_entry *x = NULL;

	for (size_t at = hash(address->b, sizeof(address->b));
	     (x = in_slot(b, b->by_address, at)) &&
	     !addr_eq(&x->address, address);
	     at++)
		;
	return x;
}

/*
 * One search for all three kinds: @fits decodes into @d->args if @entry is
 * what the bytes are.
 */
enum list { LIST_FUNCTIONS, LIST_EVENTS, LIST_ERRORS };

struct search {
	enum list list;
	struct arena *arena;
	const struct hash32 *topics; /* events only */
	size_t topics_n;
	const uint8_t *data;
	size_t len;
};

static bool fits(const struct search *s, const struct abi_entry *entry,
		 struct abi_val *ret_args)
{
	struct err ignored;

	if (s->list == LIST_EVENTS)
		return s->topics_n && !entry->anonymous &&
		       hash_eq(&entry->topic, &s->topics[0]) &&
		       abi_decode_log(ret_args, s->arena, entry, s->topics,
				      s->topics_n, s->data, s->len, &ignored);
	return s->len >= 4 && !memcmp(entry->selector, s->data, 4) &&
	       abi_decode(ret_args, s->arena, entry->in, s->data + 4,
			  s->len - 4, &ignored);
}

/* The entry of @abi (may be NULL) that fits, or NULL. */
static const struct abi_entry *search_abi(const struct search *s,
					  const struct abi *abi,
					  struct abi_val *ret_args)
{
	const struct abi_entry *list = NULL;
	size_t n = 0;

	if (!abi)
		return NULL;
	switch (s->list) {
	case LIST_FUNCTIONS:
		list = abi->functions;
		n = abi->functions_n;
		break;
	case LIST_EVENTS:
		list = abi->events;
		n = abi->events_n;
		break;
	case LIST_ERRORS:
		list = abi->errors;
		n = abi->errors_n;
		break;
	}
	for (size_t i = 0; i < n; i++)
		if (fits(s, &list[i], ret_args))
			return &list[i];
	return NULL;
}

/*
 * Looks through every artifact. *ret_owner: the only one that has it, or NULL
 * when several do and nobody can tell whose it is.
 */
static const struct abi_entry *search_all(const struct book *b,
					  const struct search *s,
					  const struct artifact **ret_owner,
					  struct abi_val *ret_args)
{
	const struct abi_entry *first = NULL, *found;
	struct abi_val args;

	*ret_owner = NULL;
	for (size_t i = 0; i < b->artifacts_n; i++) {
		found = search_abi(s, shelf_abi(b->artifacts[i].shelved),
				   &args);
		if (!found)
			continue;
		if (first) {
			*ret_owner = NULL;
			return first;
		}
		first = found;
		*ret_args = args;
		*ret_owner = &b->artifacts[i];
	}
	return first;
}

static const struct book_entry *first_of(const struct book *b,
					 const struct artifact *art)
{
	const struct book_entry *x;

	for (size_t i = 0; art && (x = book_entry(b, i)); i++)
		if (x->artifact == art->name)
			return x;
	return NULL;
}

/* @at's own interface first, then the compiler's errors, then all others'. */
static struct decoded decode(const struct book *b, const struct search *s,
			     const struct addr20 *at)
{
	const struct artifact *owner;
	struct decoded d = {.raw = s->data, .raw_len = s->len};

	d.at = at ? book_by_address(b, at) : NULL;
	d.entry = search_abi(s, d.at ? d.at->abi : NULL, &d.args);
	if (d.entry)
		return d;
	if (s->list == LIST_ERRORS) {
		d.entry = search_abi(s, b->builtin, &d.args);
		if (d.entry)
			return d;
	}
	d.entry = search_all(b, s, &owner, &d.args);
	/* An error that came from deeper down is not @at's. */
	if (s->list == LIST_ERRORS && d.entry)
		d.at = first_of(b, owner);
	return d;
}

static const uint8_t *keep(struct arena *a, const void *data, size_t len)
{
	return len ? arena_memdup(a, data, len) : NULL;
}

struct decoded book_decode_error(const struct book *b, struct arena *a,
				 const struct addr20 *at, const void *data,
				 size_t len)
{
	struct search s = {.list = LIST_ERRORS,
			   .arena = a,
			   .data = keep(a, data, len),
			   .len = len};

	return decode(b, &s, at);
}

struct decoded book_decode_call(const struct book *b, struct arena *a,
				const struct addr20 *to, const void *data,
				size_t len)
{
	struct search s = {.list = LIST_FUNCTIONS,
			   .arena = a,
			   .data = keep(a, data, len),
			   .len = len};

	return decode(b, &s, to);
}

struct decoded book_decode_log(const struct book *b, struct arena *a,
			       const struct addr20 *at,
			       const struct hash32 *topics, size_t topics_n,
			       const void *data, size_t len)
{
	struct search s = {.list = LIST_EVENTS,
			   .arena = a,
			   .data = keep(a, data, len),
			   .len = len,
			   .topics_n = topics_n};

	s.topics = arena_memdup(a, topics, topics_n * sizeof(*topics));
	return decode(b, &s, at);
}

static void add_bytes(struct buf *out, const uint8_t *data, size_t len)
{
	buf_adds(out, "0x");
	buf_addhex(out, data, len < BYTES_SHOWN ? len : BYTES_SHOWN);
	if (len > BYTES_SHOWN)
		buf_addf(out, "… (%zu bytes)", len);
}

static void describe_items(const struct book *b, struct buf *out,
			   const struct abi_type *t, const struct abi_val *v)
{
	bool tuple = t->kind == ABI_TUPLE;

	buf_addc(out, tuple ? '(' : '[');
	for (size_t i = 0; i < v->len; i++) {
		if (i)
			buf_adds(out, ", ");
		if (tuple && t->fields[i].name[0])
			buf_addf(out, "%s: ", t->fields[i].name);
		book_describe_value(b, out, tuple ? t->fields[i].type : t->elem,
				    &v->items[i]);
	}
	buf_addc(out, tuple ? ')' : ']');
}

void book_describe_value(const struct book *b, struct buf *out,
			 const struct abi_type *t, const struct abi_val *v)
{
	struct addr20 addr;

	switch (t->kind) {
	case ABI_UINT:
		buf_adds(out, fmt_u256(v->word).s);
		break;
	case ABI_INT:
		buf_adds(out, fmt_i256(v->word).s);
		break;
	case ABI_BOOL:
		buf_adds(out, u256_is_zero(v->word) ? "false" : "true");
		break;
	case ABI_ADDRESS:
		addr = abi_addr(v);
		book_name(b, out, &addr);
		break;
	case ABI_FIXED_BYTES:
	case ABI_BYTES:
		add_bytes(out, v->bytes, v->len);
		break;
	case ABI_STRING:
		buf_addjson(out, (const char *)v->bytes, v->len);
		break;
	case ABI_ARRAY:
	case ABI_TUPLE:
		describe_items(b, out, t, v);
		break;
	case ABI_KIND__COUNT:
		ASSERT(!"a value of no type");
	}
}

void book_name(const struct book *b, struct buf *out,
	       const struct addr20 *address)
{
	const struct book_entry *entry = book_by_address(b, address);

	buf_adds(out, entry ? entry->name : fmt_addr(address).s);
}

/* "AllocationManager.", or the entry's own name where several share it. */
static void add_owner(const struct book *b, struct buf *out,
		      const struct book_entry *at)
{
	const struct book_entry *x;
	size_t sharing = 0;

	for (size_t i = 0; at->artifact && (x = book_entry(b, i)); i++)
		sharing += x->artifact == at->artifact;
	buf_addf(out, "%s.", sharing == 1 ? at->artifact : at->name);
}

/* SOL: the meanings of Panic's codes. */
static const char *panic_meaning(struct u256 code)
{
	uint64_t n = 0;

	u256_fits_u64(&n, code);
	switch (n) {
	case 0x01:
		return "assert failed";
	case 0x11:
		return "arithmetic overflow or underflow";
	case 0x12:
		return "division by zero";
	case 0x21:
		return "no such enum value";
	case 0x22:
		return "storage byte array badly encoded";
	case 0x31:
		return "pop of an empty array";
	case 0x32:
		return "array index out of bounds";
	case 0x41:
		return "out of memory";
	case 0x51:
		return "call of an uninitialised function";
	default:
		return "unknown code";
	}
}

static void describe_panic(struct buf *out, const struct abi_val *args)
{
	struct u256 code = args->items[0].word;

	buf_addf(out, "Panic(%s) %s", fmt_u256_hex(code).s,
		 panic_meaning(code));
}

static bool is_builtin(const struct book *b, const struct abi_entry *entry)
{
	return entry >= b->builtin->errors &&
	       entry < b->builtin->errors + b->builtin->errors_n;
}

void book_describe(const struct book *b, struct buf *out,
		   const struct decoded *d)
{
	if (!d->entry) {
		if (d->at)
			add_owner(b, out, d->at);
		add_bytes(out, d->raw, d->raw_len);
		return;
	}
	if (is_builtin(b, d->entry)) {
		if (!strcmp(d->entry->name, "Panic")) {
			describe_panic(out, &d->args);
			return;
		}
	} else if (d->at) {
		add_owner(b, out, d->at);
	}
	buf_adds(out, d->entry->name);
	book_describe_value(b, out, d->entry->in, &d->args);
}
