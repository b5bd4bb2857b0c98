/*
 * surround_part - what an operator keeps and shows: log, files, metrics.
 *
 * Metrics are Prometheus's text format. A family of one sample is its number;
 * one of several is asked for a sample by its labels, `.where("label", "x")`.
 */
#include "scenario/play.h"

#include <fnmatch.h>

#include "base/hex.h"
#include "base/nearest.h"

#include "base/base.h"

#define TEXT_MAX (4u << 20)
#define SAMPLES_MAX 4096

struct label {
	const char *name, *value;
};

struct sample {
	const struct label *labels;
	size_t labels_n;
	const char *value; /* as written */
};

struct family {
	const char *name, *type;
	const struct sample *samples;
	size_t samples_n;
};

/* --- log and files -------------------------------------------------------------- */

bool part_log(struct play *p, const char *who, struct value *ret,
	      struct err *e)
{
	struct buf b = BUF_INIT(TEXT_MAX);
	bool ok = live_log(p->live, who, &b, e);

	if (ok)
		*ret = value_text(arena_strndup(p->arena, buf_str(&b), b.len));
	buf_done(&b);
	return ok;
}

bool part_file(struct play *p, const char *who, const struct value *args,
	       size_t n, struct value *ret, struct err *e)
{
	struct kept_file *f = ARENA_NEW(p->arena, struct kept_file);
	struct buf b = BUF_INIT(TEXT_MAX);
	bool ok;

	if (n != 1 || (args->kind != VALUE_TEXT && args->kind != VALUE_WORD))
		return err_set(e, ERR_SCHEMA, 0,
			       "file wants one path: %s.file(\"state.json\")",
			       who);
	f->path = args->text;
	ok = live_file(p->live, who, args->text, &b, &f->there, e);
	f->data = arena_memdup(p->arena, buf_str(&b), b.len + 1);
	f->len = b.len;
	buf_done(&b);
	if (ok)
		*ret = part_value(p, "file", (struct part){ .kind = PART_FILE,
							    .name = who,
							    .file = f });
	return ok;
}

bool part_file_field(struct play *p, const struct kept_file *f,
		     const char *field, struct value *ret, struct err *e)
{
	json_t *j = NULL;

	if (!strcmp(field, "exists")) {
		*ret = value_bool(f->there);
		return true;
	}
	if (strcmp(field, "json") && strcmp(field, "text") &&
	    strcmp(field, "bytes"))
		return err_set(e, ERR_SCHEMA, 0,
			       "a file has no field %s; it has: json, text, "
			       "bytes, exists", field);
	if (!f->there)
		return err_set(e, ERR_SCHEMA, 0, "there is no file %s",
			       f->path);
	if (*field == 'b') {
		*ret = value_bytes(f->data, f->len);
	} else if (*field == 't') {
		*ret = value_text((const char *)f->data);
	} else {
		if (!json_parse(&j, (const char *)f->data, f->len, f->path, e))
			return false;
		*ret = value_of_json(p->arena, j);
		json_decref(j);
	}
	return true;
}

/* --- the text of metrics ------------------------------------------------------------ */

/* `name="value"` with its escapes; *at moves behind it. */
static bool parse_label(struct play *p, const char **at, struct label *ret)
{
	const char *c = *at;
	size_t n = strcspn(c, "=");
	struct buf b = BUF_INIT(4096);

	if (c[n] != '=' || c[n + 1] != '"')
		return false;
	ret->name = arena_strndup(p->arena, c, n);
	for (c += n + 2; *c && *c != '"'; c++) {
		if (*c == '\\' && c[1])
			buf_addc(&b, *++c == 'n' ? '\n' : *c);
		else
			buf_addc(&b, *c);
	}
	ret->value = arena_strndup(p->arena, buf_str(&b), b.len);
	buf_done(&b);
	*at = c + (*c == '"');
	return *c == '"';
}

static bool parse_labels(struct play *p, const char **at, struct sample *ret)
{
	struct label *list = NULL;
	size_t cap = 0;
	bool ok = true;

	for ((*at)++; ok && **at && **at != '}'; *at += **at == ',') {
		GROW(list, ret->labels_n, cap);
		ok = parse_label(p, at, &list[ret->labels_n++]);
	}
	ret->labels = arena_memdup(p->arena, list,
				   ret->labels_n * sizeof(*list));
	free(list);
	ok = ok && **at == '}';
	*at += ok;
	return ok;
}

/* `name{labels} value [time]`; a histogram's belong to their family. */
static bool parse_sample(struct play *p, const char *line, const char *family,
			 bool *ret_mine, struct sample *ret)
{
	static const char *const suffixes[] = { "", "_bucket", "_sum",
						"_count" };
	size_t n = strcspn(line, "{ "), len = strlen(family);
	const char *at = line + n;

	*ret_mine = false;
	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++)
		*ret_mine |= !strncmp(line, family, len) && n >= len &&
			     strlen(suffixes[i]) == n - len &&
			     !strncmp(line + len, suffixes[i], n - len);
	if (!*ret_mine)
		return true;
	*ret = (struct sample){ .labels = NULL };
	if (*at == '{' && !parse_labels(p, &at, ret))
		return false;
	at += strspn(at, " ");
	ret->value = arena_strndup(p->arena, at, strcspn(at, " "));
	return *ret->value != 0;
}

static bool is_type_of(struct play *p, const char *line, const char *family,
		       const char **ret)
{
	size_t n = strlen(family);

	if (strncmp(line, "# TYPE ", 7) || strncmp(line + 7, family, n) ||
	    line[7 + n] != ' ')
		return false;
	*ret = arena_strdup(p->arena, line + 7 + n + 1);
	return true;
}

/* Calls @fn for each line until it fails. */
typedef bool (*line_fn)(struct play *p, const char *line, void *arg,
			struct err *e);

static bool each_line(struct play *p, const char *who, line_fn fn, void *arg,
		      struct err *e)
{
	struct http_answer a = { 0 };
	const char *next;
	bool ok = live_fetch(p->live, who, LIVE_METRICS, "GET", "", NULL, &a,
			     e);

	if (ok && a.status != 200)
		ok = err_set(e, ERR_HTTP, a.status,
			     "%s's metrics answer with status %d", who,
			     a.status);
	for (const char *at = buf_str(&a.body); ok && *at; at = next) {
		size_t n = strcspn(at, "\n");

		ok = fn(p, arena_strndup(p->arena, at, n), arg, e);
		next = at + n + (at[n] == '\n');
	}
	http_answer_done(&a);
	return ok;
}

struct reading {
	struct family *family;
	struct sample *list;
	size_t cap;
	struct buf names; /* of all families, for `nearest` */
};

static bool read_line(struct play *p, const char *line, void *arg,
		      struct err *e)
{
	struct reading *r = arg;
	struct family *f = r->family;
	struct sample one;
	bool mine;

	if (*line == '#' || !*line) {
		(void)is_type_of(p, line, f->name, &f->type);
		return true;
	}
	if (!parse_sample(p, line, f->name, &mine, &one))
		return err_set(e, ERR_PARSE, 0,
			       "this is no line of Prometheus's format: %.200s",
			       line);
	if (!mine)
		return true;
	if (f->samples_n == SAMPLES_MAX)
		return err_set(e, ERR_LIMIT, 0, "%s has more than %d samples",
			       f->name, SAMPLES_MAX);
	GROW(r->list, f->samples_n, r->cap);
	r->list[f->samples_n++] = one;
	return true;
}

/* --- their values --------------------------------------------------------------------- */

/*
 * A sample's number. Prometheus writes floats: `1e+21` is a whole number too;
 * what is none stays text, since the language counts.
 */
static struct value sample_value(const char *text)
{
	char digits[128];
	size_t n = 0;
	long exponent = 0;
	const char *c = text + (*text == '-' || *text == '+');
	bool point = false;
	struct err ignored;
	struct u256 v;

	for (; *c && *c != 'e' && *c != 'E' && n < sizeof(digits) - 1; c++) {
		if (*c == '.' && !point) {
			point = true;
			continue;
		}
		if (*c < '0' || *c > '9')
			return value_text(text);
		digits[n++] = *c;
		exponent -= point;
	}
	if (*c == 'e' || *c == 'E') {
		uint64_t e10 = 0;
		bool minus = c[1] == '-';

		c += 1 + (c[1] == '-' || c[1] == '+');
		if (!dec_u64(&e10, c, &ignored) || e10 > 100)
			return value_text(text);
		exponent += minus ? -(long)e10 : (long)e10;
	}
	for (; exponent < 0 && n && digits[n - 1] == '0'; exponent++)
		n--;
	for (; exponent > 0 && n && n < sizeof(digits) - 1; exponent--)
		digits[n++] = '0';
	digits[n] = 0;
	if (exponent || !n || !u256_parse(&v, digits, n, &ignored))
		return exponent < 0 && !n ? value_u64(0, UNIT_NONE)
					  : value_text(text);
	struct value r = value_int(v, UNIT_NONE);

	r.negative = *text == '-' && !u256_is_zero(v);
	return r;
}

static struct value family_value(struct play *p, const char *who,
				 const struct family *f)
{
	struct value whole = part_value(p, f->name,
					(struct part){ .kind = PART_FAMILY,
						       .name = who,
						       .family = f });
	struct value one;

	if (f->samples_n != 1)
		return whole;
	/* A number that has fields as well. */
	one = sample_value(f->samples[0].value);
	one.opaque = whole.opaque;
	return one;
}

bool part_family(struct play *p, const char *who, const char *name,
		 struct value *ret, struct err *e)
{
	struct family *f = ARENA_NEW(p->arena, struct family);
	struct reading r = { .family = f };
	bool ok;

	f->name = arena_strdup(p->arena, name);
	ok = each_line(p, who, read_line, &r, e);
	f->samples = arena_memdup(p->arena, r.list,
				  f->samples_n * sizeof(*r.list));
	free(r.list);
	if (ok && !f->samples_n && !f->type)
		ok = err_set(e, ERR_SCHEMA, 0, "%s serves no metric %s", who,
			     name);
	if (ok)
		*ret = family_value(p, who, f);
	return ok;
}

/* Each name once, `le` of a histogram's buckets left out: it is no label of
 * the family. */
static struct value label_names(struct play *p, const struct family *f)
{
	const struct sample *s = f->samples_n ? &f->samples[0] : NULL;
	struct value *items = ARENA_ARRAY(p->arena, struct value,
					  s ? s->labels_n : 0);
	size_t n = 0;

	for (size_t i = 0; s && i < s->labels_n; i++)
		if (strcmp(s->labels[i].name, "le") != 0)
			items[n++] = value_text(s->labels[i].name);
	return value_list(items, n);
}

bool part_family_field(struct play *p, const struct part *part,
		       const char *field, struct value *ret, struct err *e)
{
	const struct family *f = part->family;

	if (!strcmp(field, "type"))
		*ret = value_text(f->type ? f->type : "untyped");
	else if (!strcmp(field, "labels"))
		*ret = label_names(p, f);
	else
		return err_set(e, ERR_SCHEMA, 0,
			       "metric %s has no field %s; it has: type, "
			       "labels, where(\"label\", \"value\")",
			       f->name, field);
	return true;
}

static bool has_label(const struct sample *s, const char *name,
		      const char *value)
{
	for (size_t i = 0; i < s->labels_n; i++)
		if (!strcmp(s->labels[i].name, name))
			return !strcmp(s->labels[i].value, value);
	return false;
}

static bool where(struct play *p, const struct part *part,
		  const struct value *args, struct value *ret, struct err *e)
{
	const struct family *all = part->family;
	struct family *f = ARENA_NEW(p->arena, struct family);
	struct sample *list = ARENA_ARRAY(p->arena, struct sample,
					  all->samples_n);

	*f = *all;
	f->samples = list;
	f->samples_n = 0;
	for (size_t i = 0; i < all->samples_n; i++)
		if (has_label(&all->samples[i], args[0].text, args[1].text))
			list[f->samples_n++] = all->samples[i];
	if (!f->samples_n)
		return err_set(e, ERR_SCHEMA, 0,
			       "metric %s has no sample where %s is %s",
			       f->name, args[0].text, args[1].text);
	*ret = family_value(p, part->name, f);
	return true;
}

struct naming {
	const char *glob;
	struct value *items;
	size_t n, cap;
};

static bool name_line(struct play *p, const char *line, void *arg,
		      struct err *e)
{
	struct naming *x = arg;
	const char *name;

	(void)e;
	if (strncmp(line, "# TYPE ", 7))
		return true;
	name = arena_strndup(p->arena, line + 7, strcspn(line + 7, " "));
	if (fnmatch(x->glob, name, 0))
		return true;
	GROW(x->items, x->n, x->cap);
	x->items[x->n++] = value_text(name);
	return true;
}

bool part_method(struct play *p, const struct part *part, const char *name,
		 const struct value *args, size_t n, struct value *ret,
		 struct err *e)
{
	struct naming x = { .n = 0 };
	bool ok;

	for (size_t i = 0; i < n; i++)
		if (args[i].kind != VALUE_TEXT && args[i].kind != VALUE_WORD)
			return err_set(e, ERR_SCHEMA, 0, "%s wants texts",
				       name);
	if (part->kind == PART_FAMILY && !strcmp(name, "where") && n == 2)
		return where(p, part, args, ret, e);
	if (part->kind != PART_METRICS || strcmp(name, "named") || n != 1)
		return err_set(e, ERR_SCHEMA, 0,
			       "there is no function %s here; metrics have "
			       "named(\"eigen_*\"), one of them "
			       "where(\"label\", \"value\")", name);
	x.glob = args[0].text;
	ok = each_line(p, part->name, name_line, &x, e);
	if (ok)
		*ret = value_list(arena_memdup(p->arena, x.items,
					       x.n * sizeof(*x.items)), x.n);
	free(x.items);
	return ok;
}
