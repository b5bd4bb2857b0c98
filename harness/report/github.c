#include "report/github.h"

#include "base/base.h"

#define SHOWN_MAX 10

void github_escape(struct buf *out, const char *s, bool property)
{
	for (; *s; s++) {
		bool ends = *s == '%' || *s == '\n' || *s == '\r' ||
			    (property && (*s == ':' || *s == ','));

		if (ends)
			buf_addf(out, "%%%02X", (unsigned)(unsigned char)*s);
		else
			buf_addc(out, *s);
	}
}

/* @at: a record with file and line, or without. */
static void add_command(struct buf *out, const char *level, const json_t *at,
			const char *title)
{
	buf_addf(out, "::%s ", level);
	if (story_int(at, "line")) {
		buf_adds(out, "file=");
		github_escape(out, story_text(at, "file"), true);
		buf_addf(out, ",line=%lld,", story_int(at, "line"));
		if (story_int(at, "col"))
			buf_addf(out, "col=%lld,", story_int(at, "col"));
	}
	buf_adds(out, "title=");
	github_escape(out, title, true);
	buf_adds(out, "::");
}

static void add_row(struct buf *out, const json_t *row)
{
	if (json_is_true(json_object_get(row, "ok")))
		return;
	buf_adds(out, "%0A");
	github_escape(out, story_text(row, "what"), false);
	buf_adds(out, ": expected ");
	github_escape(out, story_text(row, "expected"), false);
	buf_adds(out, ", actual ");
	github_escape(out, story_text(row, "actual"), false);
}

static void add_failure(struct buf *out, const struct story_scenario *x,
			const json_t *f)
{
	CLEANUP(freep) char *title =
		xasprintf("%s: %s", x->id, verdict_name(x->verdict));
	const json_t *row, *place;
	size_t i;

	add_command(out, "error", f, title);
	github_escape(out, story_text(f, "reason"), false);
	json_array_foreach(json_object_get(f, "inside"), i, place) {
		buf_adds(out, "%0Ainside ");
		github_escape(out, story_text(place, "file"), false);
		buf_addf(out, ":%lld:%lld", story_int(place, "line"),
			 story_int(place, "col"));
	}
	json_array_foreach(json_object_get(f, "rows"), i, row)
		add_row(out, row);
	buf_addc(out, '\n');
}

static void add_plain(struct buf *out, const char *level,
		      const struct story_scenario *x)
{
	CLEANUP(freep) char *title =
		xasprintf("%s: %s", x->id, verdict_name(x->verdict));

	add_command(out, level, x->start, title);
	github_escape(out, x->reason, false);
	buf_addc(out, '\n');
}

/* What is left to be said of a level, and by how many annotations. */
struct level {
	const char *name;
	size_t left, room;
};

static size_t commands_of(const struct story_scenario *x)
{
	return x->failures ? x->failures : 1;
}

/* The next may be said; the last one that is shown tells of those behind it. */
static bool take(struct buf *out, struct level *l)
{
	size_t left = l->left--;

	if (!l->room)
		return false;
	if (--l->room || left == 1)
		return true;
	add_command(out, l->name, NULL, "avsbed");
	buf_addf(out, "%zu more; the summary and the HTML report have them\n",
		 left);
	return false;
}

static void add_scenario(struct buf *out, const struct story_scenario *x,
			 struct level *l)
{
	const json_t *r;
	size_t i;

	if (!x->failures && take(out, l))
		add_plain(out, l->name, x);
	json_array_foreach(x->failures && l->room ? story_records(x) : NULL, i,
			   r)
		if (!strcmp(story_text(r, "ev"), "failure") && take(out, l))
			add_failure(out, x, r);
}

void github_annotations(struct buf *out, const struct story *s)
{
	CLEANUP(freep) size_t *order = story_order(s);
	struct level errors = { "error", 0, SHOWN_MAX };
	struct level notices = { "notice", s->count[VERDICT_SKIP], SHOWN_MAX };

	for (size_t i = 0; i < s->n; i++)
		if (story_is_wrong(&s->scenarios[i]))
			errors.left += commands_of(&s->scenarios[i]);
	for (size_t i = 0; i < s->n; i++) {
		const struct story_scenario *x = &s->scenarios[order[i]];

		if (x->verdict != VERDICT_PASS)
			add_scenario(out, x,
				     story_is_wrong(x) ? &errors : &notices);
	}
}
