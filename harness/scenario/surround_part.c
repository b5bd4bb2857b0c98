/*
 * surround_part - what an operator keeps and shows: log, files, metrics.
 *
 * Metrics are Prometheus's text format. A family of one sample is its number;
 * one of several is asked for a sample by its labels, `.where("label", "x")`.
 */
#include "scenario/play.h"

#include <fnmatch.h>

#include "codec/prom.h"

#include "base/base.h"

#define TEXT_MAX (4u << 20)
#define SAMPLES_MAX 4096

struct family {
	const char *name, *type;
	const struct prom_line *samples;
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

/* --- heartbeats ----------------------------------------------------------------- */

/* Of what was not yet there is `none`. */
bool part_heartbeat(struct play *p, const char *who, bool count,
		    struct value *ret, struct err *e)
{
	static const char *const keys[] = HEARTBEAT_FIELDS;
	struct value *items = ARENA_ARRAY(p->arena, struct value,
					  ARRAY_LEN(keys));
	struct live_heartbeats b;

	if (!live_heartbeats(p->live, who, &b, e))
		return false;
	if (count) {
		*ret = value_u64(b.taken, UNIT_NONE);
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		items[i] = value_none();
	if (b.taken) {
		items[0] = value_u64(b.sequence, UNIT_NONE);
		items[1] = value_u64(b.block, UNIT_BLOCK);
		items[2] = value_u64(b.head, UNIT_BLOCK);
		items[3] = value_u64(b.time, UNIT_TIME);
	}
	items[4] = value_u64(b.refused, UNIT_NONE);
	if (b.refused) {
		items[5] = value_u64((uint64_t)-(int64_t)b.code, UNIT_NONE);
		items[5].negative = true;
		items[6] = value_text(arena_strdup(p->arena, b.error));
	}
	*ret = value_map(keys, items, ARRAY_LEN(keys));
	return true;
}

/* --- the text of metrics ------------------------------------------------------------ */

/* A histogram's or summary's samples bear their family's name and more. */
static bool is_of(const char *name, const char *family)
{
	static const char *const suffixes[] = { "", "_bucket", "_sum",
						"_count" };
	size_t len = strlen(family);

	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++)
		if (!strncmp(name, family, len) &&
		    !strcmp(name + len, suffixes[i]))
			return true;
	return false;
}

/*
 * Calls @fn for each line until it fails. The line is @fn's for that call: of
 * hundreds that a service serves few are kept, and a step may ask many times.
 */
typedef bool (*line_fn)(struct play *p, const struct prom_line *line,
			void *arg, struct err *e);

static bool each_line(struct play *p, const char *who, line_fn fn, void *arg,
		      struct err *e)
{
	CLEANUP(arena_freep) struct arena *lines = arena_new();
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
		struct prom_line line;

		ok = prom_parse(&line, lines, arena_strndup(lines, at, n),
				e) &&
		     fn(p, &line, arg, e);
		next = at + n + (at[n] == '\n');
	}
	http_answer_done(&a);
	return ok;
}

struct reading {
	struct family *family;
	struct prom_line *list;
	size_t cap;
};

static bool read_line(struct play *p, const struct prom_line *line, void *arg,
		      struct err *e)
{
	struct reading *r = arg;
	struct family *f = r->family;

	if (line->kind == PROM_TYPE && !strcmp(line->name, f->name))
		f->type = arena_strdup(p->arena, line->value);
	if (line->kind != PROM_SAMPLE || !is_of(line->name, f->name))
		return true;
	if (f->samples_n == SAMPLES_MAX)
		return err_set(e, ERR_LIMIT, 0, "%s has more than %d samples",
			       f->name, SAMPLES_MAX);
	GROW(r->list, f->samples_n, r->cap);
	r->list[f->samples_n++] = prom_keep(p->arena, line);
	return true;
}

/* --- their values --------------------------------------------------------------------- */

/* A sample's number; what is none stays text, since the language counts. */
static struct value sample_value(const char *text)
{
	struct value v;
	bool negative;
	struct u256 n;

	if (!prom_whole(text, &negative, &n))
		return value_text(text);
	v = value_int(n, UNIT_NONE);
	v.negative = negative;
	return v;
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
	const struct prom_line *s = f->samples_n ? &f->samples[0] : NULL;
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

static bool has_label(const struct prom_line *s, const char *name,
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
	struct prom_line *list = ARENA_ARRAY(p->arena, struct prom_line,
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

static bool name_line(struct play *p, const struct prom_line *line, void *arg,
		      struct err *e)
{
	struct naming *x = arg;

	(void)e;
	if (line->kind != PROM_TYPE || fnmatch(x->glob, line->name, 0))
		return true;
	GROW(x->items, x->n, x->cap);
	x->items[x->n++] = value_text(arena_strdup(p->arena, line->name));
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
