/* run_fails - whether a scenario with `fails:` failed there, and so. */
#include "scenario/run_priv.h"

#include "base/base.h"

#define TEXT_MAX (1u << 20)

/* Inside a verb, where the scenario called it. */
static bool in_line(const struct must_fail *m, const struct failure *f)
{
	return f->at.pos.line == m->line &&
	       !strcmp(f->at.pos.file, m->pos.file);
}

static bool as_announced(const struct must_fail *m, const struct failure *f,
			 const char *text)
{
	if (strcmp(m->verdict, verdict_name(f->verdict)) ||
	    (m->line && !in_line(m, f)))
		return false;
	for (size_t i = 0; i < m->texts_n; i++)
		if (!strstr(text, m->texts[i]))
			return false;
	return true;
}

static const char *announced(struct arena *a, const struct must_fail *m)
{
	struct buf b = BUF_INIT(TEXT_MAX);
	const char *text;

	buf_adds(&b, m->verdict);
	if (m->line)
		buf_addf(&b, " in line %u", m->line);
	for (size_t i = 0; i < m->texts_n; i++)
		buf_addf(&b, "%s \"%s\"", i ? "," : ", with", m->texts[i]);
	text = arena_strndup(a, buf_str(&b), b.len);
	buf_done(&b);
	return text;
}

/* As it is printed, without the step's own words, which announce nothing. */
static const char *printed(struct arena *a, const struct failure *f)
{
	CLEANUP(json_decrefp) json_t *record = failure_json(f);
	struct buf b = BUF_INIT(TEXT_MAX);
	const char *text;
	json_t *place;
	size_t i;

	json_object_del(record, "source");
	json_array_foreach(json_object_get(record, "inside"), i, place)
		json_object_del(place, "source");
	failure_print(&b, record, NULL);
	text = arena_strndup(a, buf_str(&b), b.len);
	buf_done(&b);
	return text;
}

bool must_fail_met(struct arena *a, const struct must_fail *m,
		   const struct failure *f, struct failure *wrong)
{
	const char *text = f ? printed(a, f) : "(it passed)";

	if (f && as_announced(m, f, text))
		return true;
	*wrong = (struct failure){
		.verdict = VERDICT_FAIL,
		.at.pos = m->pos,
		.reason = f ? "it failed, but not where and how it should"
			    : "it should have failed, and it did not",
	};
	failure_row(wrong, "fails", announced(a, m), text, false);
	return false;
}
