#include "codec/json.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>

#include "base/base.h"
#include "base/hex.h"
#include "base/nearest.h"
#include "codec/json_plain.h"

/* anvil quotes revert data in its messages, NULs and all. */
#define PARSE_FLAGS (JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL)

/*
 * A tree is hundreds of pieces of a few sizes, made at once and freed at once:
 * more than glibc keeps at hand, so it joined and split most of them, which was
 * a twelfth of the harness's work. Freed pieces wait here for the next tree.
 * They are malloc()'s, since json_dumps() gives some to free(). A sanitizer sees
 * each freed at once.
 */
#if defined(__SANITIZE_ADDRESS__) || defined(LIBFUZZER)
#define KEPT_MAX 0u
#else
#define KEPT_MAX 128u /* pieces of a size */
#endif
#define SIZES 8u /* the largest: the first table of an object */

/* Named beside them: a list through the pieces would be read from memory that
 * has left the cache, once for each. */
static struct {
	void *pieces[KEPT_MAX + 1];
	unsigned n;
} kept[SIZES];

/* As glibc gives them: 24 bytes at least, 16 more each. */
static size_t size_at(size_t i)
{
	return 24 + 16 * i;
}

static void *take_piece(size_t n)
{
	size_t i = n <= 24 ? 0 : (n - 9) / 16;

	if (i >= SIZES)
		return xmalloc(n);
	return kept[i].n ? kept[i].pieces[--kept[i].n] : xmalloc(size_at(i));
}

static void keep_piece(void *piece)
{
	size_t i = piece ? (malloc_usable_size(piece) - 24) / 16 : SIZES;

	if (i >= SIZES || kept[i].n == KEPT_MAX)
		free(piece);
	else
		kept[i].pieces[kept[i].n++] = piece;
}

void json_give_back(void)
{
	for (size_t i = 0; i < SIZES; i++)
		while (kept[i].n)
			free(kept[i].pieces[--kept[i].n]);
}

/*
 * jansson's constructors return NULL without memory, and only then; no room
 * has to check for that.
 */
static void __attribute__((constructor)) use_our_allocator(void)
{
	json_set_alloc_funcs(take_piece, keep_piece);
}

static enum err_code code_of(const json_error_t *je)
{
	if (json_error_code(je) == json_error_stack_overflow)
		return ERR_LIMIT;
	if (json_error_code(je) == json_error_numeric_overflow)
		return ERR_RANGE;
	return ERR_PARSE;
}

bool json_parse(json_t **ret, const char *text, size_t len, const char *what,
		struct err *e)
{
	json_error_t je;
	json_t *j;

	if (len > JSON_TEXT_MAX)
		return err_set(e, ERR_LIMIT, 0,
			       "%s: %zu bytes of JSON, over the limit of %u",
			       what, len, JSON_TEXT_MAX);
	j = json_plain(text, len);
	if (j) {
		*ret = j;
		return true;
	}
	j = json_loadb(text, len, PARSE_FLAGS, &je);
	if (!j)
		return err_set(e, code_of(&je), 0, "%s:%d:%d: %s", what,
			       je.line, je.column, je.text);
	*ret = j;
	return true;
}

bool json_read_file(json_t **ret, const char *path, struct err *e)
{
	struct buf b = BUF_INIT(JSON_TEXT_MAX);
	bool ok = buf_read_file(&b, path, e);
	size_t mark = ok && !strncmp(buf_str(&b), JSON_BOM, 3) ? 3 : 0;

	ok = ok && json_parse(ret, buf_str(&b) + mark, b.len - mark, path, e);
	buf_done(&b);
	return ok;
}

struct reading {
	int fd, errnum;
	size_t left; /* of JSON_TEXT_MAX */
};

static size_t read_more(void *to, size_t len, void *arg)
{
	struct reading *r = arg;
	ssize_t n;

	if (!r->left)
		return (size_t)-1;
	n = read(r->fd, to, len < r->left ? len : r->left);
	if (n < 0)
		r->errnum = errno;
	else
		r->left -= (size_t)n;
	return (size_t)n;
}

bool json_read_large(json_t **ret, const char *path, struct err *e)
{
	struct reading r = { .fd = open(path, O_RDONLY | O_CLOEXEC),
			     .left = JSON_TEXT_MAX };
	json_error_t je;
	json_t *j;

	if (r.fd < 0)
		return err_os(e, errno, "cannot open %s", path);
	j = json_load_callback(read_more, &r, PARSE_FLAGS, &je);
	close(r.fd);
	if (j) {
		*ret = j;
		return true;
	}
	if (r.errnum)
		return err_os(e, r.errnum, "cannot read %s", path);
	if (!r.left)
		return err_set(e, ERR_LIMIT, 0,
			       "%s: more than %u bytes of JSON", path,
			       JSON_TEXT_MAX);
	return err_set(e, code_of(&je), 0, "%s:%d:%d: %s", path, je.line,
		       je.column, je.text);
}

/* Behind `"key":`, or NULL. */
static const char *find_member(const struct buf *b, const char *key)
{
	CLEANUP(freep) char *quoted = xasprintf("\"%s\"", key);
	const char *at = buf_str(b);
	size_t len = strlen(quoted);

	while ((at = strstr(at, quoted))) {
		at += len;
		at += strspn(at, " \t\r\n");
		if (*at == ':')
			return at + 1;
	}
	return NULL;
}

bool json_read_member(json_t **ret, const char *path, const char *key,
		      struct err *e)
{
	struct buf b = BUF_INIT(JSON_TEXT_MAX);
	json_t *j = NULL;
	const char *at;
	json_error_t je;
	bool ok = buf_read_file(&b, path, e);

	if (ok && !(at = find_member(&b, key)))
		ok = err_set(e, ERR_SCHEMA, 0, "%s has no member '%s'", path,
			     key);
	if (ok) {
		size_t left = b.len - (size_t)(at - buf_str(&b));

		j = json_plain_first(at, left);
		if (!j)
			j = json_loadb(at, left,
				       PARSE_FLAGS | JSON_DISABLE_EOF_CHECK,
				       &je);
	}
	if (ok && !j)
		ok = err_set(e, code_of(&je), 0, "%s: member '%s': %s", path,
			     key, je.text);
	buf_done(&b);
	if (ok)
		*ret = j;
	return ok;
}

bool json_is_deeper(const json_t *j, unsigned than)
{
	json_t *all = (json_t *)(uintptr_t)j, *v; /* looked at only */
	const char *key;
	size_t i;

	if (!than)
		return true;
	json_object_foreach(all, key, v)
		if (json_is_deeper(v, than - 1))
			return true;
	json_array_foreach(all, i, v)
		if (json_is_deeper(v, than - 1))
			return true;
	return false;
}

static const char *kind_name(const json_t *j)
{
	if (!j)
		return "missing";
	switch (json_typeof(j)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "a list";
	case JSON_STRING:
		return "text";
	case JSON_INTEGER:
		return "an integer";
	case JSON_REAL:
		return "a fraction";
	case JSON_TRUE:
	case JSON_FALSE:
		return "a truth value";
	case JSON_NULL:
		return "null";
	}
	ASSERT(!"a kind of JSON");
	return NULL;
}

struct place {
	char s[160];
};

/* What the first @len characters of @path lead to, for errors. */
static struct place place(const char *path, size_t len)
{
	struct place ret = {.s = "the JSON value"};

	if (len)
		snprintf(ret.s, sizeof(ret.s), "%.*s", (int)len, path);
	return ret;
}

static struct place place_of(const char *path)
{
	return place(path, strlen(path));
}

static bool no_member(const json_t *obj, const char *path, size_t at,
		      const char *member, size_t len, struct err *e)
{
	CLEANUP(freep) char *key = xstrndup(member, len);
	size_t n = 0, all = json_object_size(obj);
	CLEANUP(freep) const char **names = xcalloc(all, sizeof(*names));
	const char *name, *near;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)obj, name, value) names[n++] =
	    name;
	near = nearest_name(key, names, n);
	return err_set(e, ERR_SCHEMA, 0,
		       near ? "%s has no member '%s'; the nearest is '%s'"
			    : "%s has no member '%s'",
		       place(path, at).s, key, near);
}

/* One step of a path: ".name" or "[n]" at *at, which moves behind it. */
static bool step(const json_t **j, const char *path, size_t *at, struct err *e)
{
	const char *p = path + *at + (path[*at] == '.');
	size_t len = strcspn(p, ".[");
	const json_t *next;

	if (!json_is_object(*j))
		return err_set(e, ERR_SCHEMA, 0,
			       "%s is %s, no object with a member '%.*s'",
			       place(path, *at).s, kind_name(*j), (int)len, p);
	next = json_object_getn(*j, p, len);
	if (!next)
		return no_member(*j, path, *at, p, len, e);
	*j = next;
	*at = (size_t)(p + len - path);
	return true;
}

static bool step_index(const json_t **j, const char *path, size_t *at,
		       struct err *e)
{
	size_t i = *at + 1, index = 0;

	for (; path[i] >= '0' && path[i] <= '9' && i < *at + 10; i++)
		index = index * 10 + (size_t)(path[i] - '0');
	if (path[i] != ']' || i == *at + 1)
		return err_set(e, ERR_SCHEMA, 0,
			       "'%s' is no path: [ begins a number up to "
			       "999999999 and ]",
			       path);
	if (!json_is_array(*j))
		return err_set(e, ERR_SCHEMA, 0, "%s is %s, no list",
			       place(path, *at).s, kind_name(*j));
	if (index >= json_array_size(*j))
		return err_set(e, ERR_SCHEMA, 0,
			       "%s has %zu items; there is no [%zu]",
			       place(path, *at).s, json_array_size(*j), index);
	*j = json_array_get(*j, index);
	*at = i + 1;
	return true;
}

bool json_at(const json_t **ret, const json_t *j, const char *path,
	     struct err *e)
{
	size_t at = 0;

	while (path[at])
		if (path[at] == '[' ? !step_index(&j, path, &at, e)
				    : !step(&j, path, &at, e))
			return false;
	*ret = j;
	return true;
}

/* "@path is <what it is>, not <what is wanted>". */
static bool wrong_kind(const json_t *j, const char *path, const char *wanted,
		       struct err *e)
{
	return err_set(e, ERR_SCHEMA, 0, "%s is %s, not %s", place_of(path).s,
		       kind_name(j), wanted);
}

static bool text_at(const char **ret, size_t *ret_len, const json_t *j,
		    const char *path, const char *wanted, struct err *e)
{
	if (!json_at(&j, j, path, e))
		return false;
	if (!json_is_string(j))
		return wrong_kind(j, path, wanted, e);
	/* Whoever asks for text takes it for all of it. */
	if (strlen(json_string_value(j)) != json_string_length(j))
		return err_set(e, ERR_SCHEMA, 0, "%s holds a NUL",
			       place_of(path).s);
	*ret = json_string_value(j);
	*ret_len = json_string_length(j);
	return true;
}

bool json_text_at(const char **ret, const json_t *j, const char *path,
		  struct err *e)
{
	size_t len;

	return text_at(ret, &len, j, path, "text", e);
}

bool json_bool_at(bool *ret, const json_t *j, const char *path, struct err *e)
{
	if (!json_at(&j, j, path, e))
		return false;
	if (!json_is_boolean(j))
		return wrong_kind(j, path, "true or false", e);
	*ret = json_is_true(j);
	return true;
}

static bool int_at(uint64_t *ret, const json_t *j, const char *path,
		   struct err *e)
{
	json_int_t v = json_integer_value(j);

	if (v < 0)
		return err_set(e, ERR_RANGE, 0, "%s is %lld, below 0",
			       place_of(path).s, v);
	*ret = (uint64_t)v;
	return true;
}

bool json_u64_at(uint64_t *ret, const json_t *j, const char *path,
		 struct err *e)
{
	if (!json_at(&j, j, path, e))
		return false;
	if (json_is_integer(j))
		return int_at(ret, j, path, e);
	if (!json_is_string(j))
		return wrong_kind(j, path, "an integer or a hex quantity", e);
	if (!hex_u64(ret, json_string_value(j), e))
		return err_ctx(e, "%s", place_of(path).s);
	return true;
}

bool json_u256_at(struct u256 *ret, const json_t *j, const char *path,
		  struct err *e)
{
	uint64_t v;

	if (!json_at(&j, j, path, e))
		return false;
	if (json_is_integer(j)) {
		if (!int_at(&v, j, path, e))
			return false;
		*ret = u256_from_u64(v);
		return true;
	}
	if (!json_is_string(j))
		return wrong_kind(j, path, "a number or a number as text", e);
	if (!u256_parse(ret, json_string_value(j), json_string_length(j), e))
		return err_ctx(e, "%s", place_of(path).s);
	return true;
}

static bool hex_at(const char **ret, size_t *ret_len, const json_t *j,
		   const char *path, struct err *e)
{
	const char *s = "";
	size_t len = 0;

	if (!text_at(&s, &len, j, path, "hex text", e))
		return false;
	if (len < 2 || s[0] != '0' || s[1] != 'x')
		return err_set(e, ERR_PARSE, 0,
			       "%s is \"%.40s\", which does "
			       "not begin with 0x",
			       place_of(path).s, s);
	*ret = s;
	*ret_len = len;
	return true;
}

static bool fixed_at(uint8_t *ret, size_t n, const json_t *j, const char *path,
		     struct err *e)
{
	const char *s = "";
	size_t len = 0;

	if (!hex_at(&s, &len, j, path, e))
		return false;
	if (!hex_decode(ret, n, s, len, e))
		return err_ctx(e, "%s", place_of(path).s);
	return true;
}

bool json_addr_at(struct addr20 *ret, const json_t *j, const char *path,
		  struct err *e)
{
	return fixed_at(ret->b, sizeof(ret->b), j, path, e);
}

bool json_hash_at(struct hash32 *ret, const json_t *j, const char *path,
		  struct err *e)
{
	return fixed_at(ret->b, sizeof(ret->b), j, path, e);
}

bool json_bytes_at(uint8_t **ret, size_t *ret_len, const json_t *j,
		   const char *path, struct err *e)
{
	const char *s = "";
	size_t len = 0;

	if (!hex_at(&s, &len, j, path, e))
		return false;
	if (!hex_decode_alloc(ret, ret_len, s, len, e))
		return err_ctx(e, "%s", place_of(path).s);
	return true;
}

/* The bytes of the character that begins here, or 0 if none does. */
static size_t utf8_len(const char *s)
{
	unsigned char c = (unsigned char)*s;
	size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	CLEANUP(json_decrefp) json_t *one = NULL;

	/* jansson knows what UTF-8 is. */
	if (strnlen(s, n) == n)
		one = json_stringn(s, n);
	return one ? n : 0;
}

json_t *json_said(const char *text)
{
	CLEANUP(freep) char *clean = NULL;
	json_t *j = json_string(text);

	if (j)
		return j;
	clean = xstrdup(text);
	for (char *s = clean; *s;) {
		size_t n = utf8_len(s);

		if (!n)
			*s = '?';
		s += n ? n : 1;
	}
	j = json_string(clean);
	ASSERT(j);
	return j;
}

static int add_text(const char *text, size_t len, void *out)
{
	buf_add(out, text, len);
	return 0;
}

void json_add(struct buf *out, const json_t *j, size_t flags)
{
	ASSERT(!json_dump_callback(j, add_text, out, flags));
}

void json_write(struct buf *out, const json_t *j)
{
	if (!json_plain_write(out, j))
		json_add(out, j, JSON_COMPACT | JSON_ENCODE_ANY);
}

char *json_text(const json_t *j)
{
	struct buf b = BUF_INIT(SIZE_MAX / 2);

	json_write(&b, j);
	return buf_take(&b);
}
