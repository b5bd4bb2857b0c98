#include "report/place.h"

#include "base/hex.h"
#include "base/nearest.h"

#include "base/base.h"

#define LISTED_MAX 12

/* --- the scenario ------------------------------------------------------------ */

/* What stands for those that were not played cannot be come back to. */
static bool is_one(const struct story_scenario *x)
{
	return strcmp(x->id, STORY_NOT_PLAYED) != 0;
}

static bool no_such(const struct story *s, const char *id, struct err *e)
{
	CLEANUP(freep) const char **ids = xcalloc(s->n + 1, sizeof(*ids));
	const char *near;
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		if (is_one(&s->scenarios[i]))
			ids[n++] = s->scenarios[i].id;
	near = nearest_name(id, ids, n);
	return err_set(e, ERR_SCHEMA, 0, "this run has no scenario %s%s%s", id,
		       near ? "; nearest: " : "", near ? near : "");
}

static bool which(const struct story *s, size_t n, size_t wrong,
		  struct err *e)
{
	struct buf b = BUF_INIT(ERR_TEXT_MAX);
	size_t listed = 0;

	for (size_t i = 0; i < s->n && listed < LISTED_MAX; i++)
		if (is_one(&s->scenarios[i]) &&
		    (!wrong || story_is_wrong(&s->scenarios[i])))
			buf_addf(&b, "%s %s", listed++ ? "," : "",
				 s->scenarios[i].id);
	err_set(e, ERR_SCHEMA, 0,
		"which scenario? RUN:SCENARIO names one of the %zu%s:%s%s",
		wrong ? wrong : n,
		wrong ? " that did not pass" : " of this run", buf_str(&b),
		listed == LISTED_MAX ? ", …" : "");
	buf_done(&b);
	return false;
}

bool place_scenario(const struct story_scenario **ret, const struct story *s,
		    const char *id, const char *seed, struct err *e)
{
	const struct story_scenario *found = NULL;
	size_t wrong = 0, named = 0, other = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct story_scenario *x = &s->scenarios[i];

		if (!is_one(x) || (id && strcmp(x->id, id) != 0))
			continue;
		other += seed && strcmp(x->seed, seed) != 0;
		if (seed && strcmp(x->seed, seed) != 0)
			continue;
		if (!found || (story_is_wrong(x) && !story_is_wrong(found)))
			found = x;
		wrong += story_is_wrong(x);
		named++;
	}
	if (!found && other)
		return err_set(e, ERR_SCHEMA, 0,
			       "this run did not play %s by seed %s",
			       id ? id : "anything", seed);
	if (!found && id)
		return no_such(s, id, e);
	if (!found)
		return err_set(e, ERR_SCHEMA, 0, "nothing was played in it");
	if (!id && named > 1 && wrong != 1)
		return which(s, named, wrong, e);
	*ret = found;
	return true;
}

/* --- the step ------------------------------------------------------------------- */

static bool is_bad(const json_t *step_end)
{
	const char *v = story_text(step_end, "verdict");

	return !strcmp(v, "fail") || !strcmp(v, "error");
}

static void take_rows(struct place *p, const json_t *play)
{
	const json_t *row;
	size_t i;

	p->rows_n = 0;
	json_array_foreach(json_object_get(play, "rows"), i, row)
		if (i < PLACE_ROWS_MAX)
			p->rows[p->rows_n++] =
				json_is_integer(row)
					? (size_t)json_integer_value(row) - 1
					: PLACE_BEHIND;
}

/* The number of the step that failed; NULL. An error's may stand only here. */
static const char *failed_step(const struct story_scenario *s)
{
	const json_t *r;
	size_t i;

	json_array_foreach(story_records(s), i, r)
		if (!strcmp(story_text(r, "ev"), "step.end") && is_bad(r))
			return story_text(r, "step");
	return NULL;
}

static bool no_step(const struct story_scenario *s, const char *step,
		    struct err *e)
{
	const char *last = "none";
	const json_t *r;
	size_t i;

	json_array_foreach(story_records(s), i, r)
		if (!strcmp(story_text(r, "ev"), "step.end"))
			last = story_text(r, "step");
	return err_set(e, ERR_SCHEMA, 0,
		       "no step %s was played in %s; the last one was %s",
		       step, s->id, last);
}

struct search {
	struct place at;    /* the record at hand */
	struct place found; /* in this play */
	struct place first; /* in those before it */
	uint64_t nth;
	bool bad; /* this play is the one that failed */
};

static void begin_play(struct search *x, const json_t *record)
{
	if (!x->first.step)
		x->first = x->found;
	x->found.step = NULL;
	x->nth = 0;
	take_rows(&x->at, record);
}

/* Returns whether it is found for good. */
static bool look(struct search *x, const json_t *record)
{
	bool bad = is_bad(record);

	x->bad |= bad;
	if (!x->at.step || strcmp(story_text(record, "step"), x->at.step) != 0)
		return false;
	x->at.nth = ++x->nth;
	x->at.line = (uint32_t)story_int(record, "line");
	if (bad || !x->found.step)
		x->found = x->at;
	return bad;
}

bool place_find(struct place *ret, const struct story_scenario *s,
		const char *step, struct err *e)
{
	struct search x = { .at = { .scenario = s } };
	const json_t *r;
	size_t i;

	if (!dec_u64(&x.at.seed, s->seed, e))
		return err_ctx(e, "the seed of the run that played %s", s->id);
	x.at.file = story_text(s->start, "file");
	x.at.step = step ? step : failed_step(s);
	json_array_foreach(story_records(s), i, r) {
		const char *ev = story_text(r, "ev");

		if (!strcmp(ev, "play.start") && x.bad)
			break;
		if (!strcmp(ev, "play.start"))
			begin_play(&x, r);
		else if (!strcmp(ev, "step.end") && look(&x, r))
			break;
	}
	if (!x.found.step || (x.first.step && !x.bad))
		x.found = x.first;
	if (step && !x.found.step)
		return no_step(s, step, e);
	x.at.rows_n = 0;
	*ret = x.found.step ? x.found : x.at;
	return true;
}
