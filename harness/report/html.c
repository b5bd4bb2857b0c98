#include "report/html.h"

#include "crypto/hash.h"
#include "report/assets.h"

#include "base/base.h"

#define DATA "{{data}}"
#define SCRIPT "<script type=\"application/json\" id="

void html_add_json(struct buf *b, const char *json)
{
	for (const char *p = json; *p; p++) {
		unsigned char c = (unsigned char)*p;

		/* Inside strings only: JSON has none of these outside. */
		if (c == '<' || c == '>' || c == '&') {
			buf_addf(b, "\\u%04x", c);
		} else if (!strncmp(p, "\xe2\x80\xa8", 3) ||
			   !strncmp(p, "\xe2\x80\xa9", 3)) {
			buf_addf(b, "\\u202%c", p[2] == (char)0xa8 ? '8' : '9');
			p += 2;
		} else {
			buf_addc(b, (char)c);
		}
	}
}

static void add_script(struct buf *b, const char *id, const json_t *j)
{
	char *text = json_text(j);

	buf_addf(b, SCRIPT "\"%s\">", id);
	html_add_json(b, text);
	buf_adds(b, "</script>\n");
	free(text);
}

/* What the list shows, without opening a scenario. */
static json_t *entry(const struct story_scenario *x, size_t i)
{
	CLEANUP(freep) char *key = story_key(x);

	return json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:I, s:O?}", "n",
			 (json_int_t)i, "id", x->id, "key", key, "title",
			 story_text(x->start, "title"), "verdict",
			 verdict_name(x->verdict), "reason", x->reason, "ms",
			 (json_int_t)x->ms, "tags",
			 json_object_get(x->start, "tags"));
}

static json_t *index_of(const struct story *s)
{
	CLEANUP(freep) size_t *order = story_order(s);
	json_t *list = json_array();

	for (size_t i = 0; i < s->n; i++)
		json_array_append_new(list, entry(&s->scenarios[order[i]],
						  order[i]));
	return json_pack("{s:s, s:o?, s:I, s:I, s:o}", "seed",
			 s->seed ? s->seed : "", "repro",
			 s->repro ? json_said(s->repro) : NULL, "ms",
			 (json_int_t)s->ms, "runs", (json_int_t)s->runs,
			 "scenarios", list);
}

static void add_scenario(struct buf *b, const struct story_scenario *x,
			 size_t i)
{
	CLEANUP(freep) char *start = json_text(x->start);

	buf_addf(b, SCRIPT "\"s%zu\">{\"start\":", i);
	html_add_json(b, start);
	buf_adds(b, ",\"records\":");
	story_add_records(x, html_add_json, b);
	buf_adds(b, "}</script>\n");
}

/* The browser is told to run this script and nothing else, and to fetch
 * nothing: should text ever break out, it would stay text. */
static void add_policy(struct buf *b)
{
	struct asset script = asset_script();
	struct hash32 h = sha256(script.data, script.len);

	buf_adds(b, "default-src 'none'; style-src 'unsafe-inline'; "
		    "script-src 'sha256-");
	buf_addbase64(b, h.b, sizeof(h.b));
	buf_addc(b, '\'');
}

static void fill(struct buf *b, const char *mark, size_t len)
{
	struct asset style = asset_style(), script = asset_script();

	if (!strncmp(mark, "policy", len))
		add_policy(b);
	else if (!strncmp(mark, "style", len))
		buf_add(b, style.data, style.len);
	else if (!strncmp(mark, "script", len))
		buf_add(b, script.data, script.len);
	else
		ASSERT(!"a mark of page.html");
}

/* The frame from @at to @end, with its {{marks}} filled in. */
static void add_frame(struct buf *b, const char *at, const char *end)
{
	for (;;) {
		const char *open = strstr(at, "{{"), *close;

		if (!open || open >= end)
			break;
		close = strstr(open, "}}");
		ASSERT(close);
		buf_add(b, at, (size_t)(open - at));
		fill(b, open + 2, (size_t)(close - open - 2));
		at = close + 2;
	}
	buf_add(b, at, (size_t)(end - at));
}

/* What is before the scenarios, each of them, and what is behind them. */
struct page {
	const struct story *s;
	const char *frame, *data; /* where in it the data stands */
	size_t parts; /* so far */
};

static bool next_part(void *arg, struct buf *b)
{
	struct page *p = arg;
	size_t part = p->parts++;

	if (!part) {
		CLEANUP(json_decrefp) json_t *index = index_of(p->s);

		add_frame(b, p->frame, p->data);
		add_script(b, "index", index);
		return true;
	}
	if (part <= p->s->n) {
		add_scenario(b, &p->s->scenarios[part - 1], part - 1);
		return true;
	}
	add_frame(b, p->data + strlen(DATA), p->data + strlen(p->data));
	return false;
}

bool html_write(const struct story *s, const char *path, struct err *e)
{
	struct asset page = asset_page();
	CLEANUP(freep) char *frame = xstrndup(page.data, page.len);
	struct page p = { .s = s, .frame = frame, .data = strstr(frame, DATA) };

	ASSERT(p.data);
	return file_write_parts(path, next_part, &p, e);
}
