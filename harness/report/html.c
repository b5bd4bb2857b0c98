#include "report/html.h"

#include "crypto/hash.h"
#include "report/assets.h"

#include "base/base.h"

#define HTML_MAX (512u << 20)
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
	return json_pack("{s:I, s:s, s:s, s:s, s:s, s:I, s:O?}", "n",
			 (json_int_t)i, "id", x->id, "title",
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
	return json_pack("{s:s, s:s?, s:I, s:I, s:o}", "seed",
			 s->seed ? s->seed : "", "repro", s->repro, "ms",
			 (json_int_t)s->ms, "runs", (json_int_t)s->runs,
			 "scenarios", list);
}

static void add_data(struct buf *b, const struct story *s)
{
	CLEANUP(json_decrefp) json_t *index = index_of(s);

	add_script(b, "index", index);
	for (size_t i = 0; i < s->n; i++) {
		const struct story_scenario *x = &s->scenarios[i];
		CLEANUP(freep) char *start = json_text(x->start);

		buf_addf(b, SCRIPT "\"s%zu\">{\"start\":", i);
		html_add_json(b, start);
		buf_adds(b, ",\"records\":");
		story_add_records(x, html_add_json, b);
		buf_adds(b, "}</script>\n");
	}
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

static void fill(struct buf *b, const char *mark, size_t len,
		 const struct story *s)
{
	struct asset style = asset_style(), script = asset_script();

	if (!strncmp(mark, "policy", len))
		add_policy(b);
	else if (!strncmp(mark, "style", len))
		buf_add(b, style.data, style.len);
	else if (!strncmp(mark, "data", len))
		add_data(b, s);
	else if (!strncmp(mark, "script", len))
		buf_add(b, script.data, script.len);
	else
		ASSERT(!"a mark of page.html");
}

/* The frame, with its {{marks}} filled in. */
static void add_page(struct buf *b, const struct story *s)
{
	struct asset page = asset_page();
	CLEANUP(freep) char *frame = xstrndup(page.data, page.len);
	const char *at = frame;

	for (;;) {
		const char *open = strstr(at, "{{"), *end;

		if (!open)
			break;
		end = strstr(open, "}}");
		ASSERT(end);
		buf_add(b, at, (size_t)(open - at));
		fill(b, open + 2, (size_t)(end - open - 2), s);
		at = end + 2;
	}
	buf_adds(b, at);
}

bool html_write(const struct story *s, const char *path, struct err *e)
{
	struct buf b = BUF_INIT(HTML_MAX);
	bool ok;

	add_page(&b, s);
	ok = buf_ok(&b, "the HTML report", e) &&
	     file_write_atomic(path, b.data, b.len, e);
	buf_done(&b);
	return ok;
}
