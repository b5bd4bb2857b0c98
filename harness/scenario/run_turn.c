/*
 * What a turn's records begin and end with, whoever plays it.
 */
#include <inttypes.h>

#include "scenario/run_priv.h"

#include "base/base.h"

/* The lanes of a timeline, in the order the world declares them. */
static json_t *actors(const struct world *w)
{
	json_t *list = json_array();

	for (size_t i = 0; i < w->operators_n; i++)
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:s?}", "name",
					w->operators[i].name, "kind",
					"operator", "tee",
					w->operators[i].tee));
	for (size_t i = 0; i < w->processes_n; i++)
		json_array_append_new(
			list, json_pack("{s:s, s:s}", "name",
					w->processes[i].name, "kind",
					"process"));
	for (size_t i = 0; i < w->roles_n; i++)
		json_array_append_new(list,
				      json_pack("{s:s, s:s}", "name",
						w->roles[i], "kind", "role"));
	return list;
}

static json_t *tags(const struct scenario *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->tags_n; i++)
		json_array_append_new(list, json_string(s->tags[i]));
	return list;
}

const char *run_own_seed(char text[RUN_SEED_MAX], const struct run_options *o,
			 uint64_t seed)
{
	if (o->repeat <= 1)
		return NULL;
	snprintf(text, RUN_SEED_MAX, "%" PRIu64, seed);
	return text;
}

void run_write_start(struct journal *j, const struct scenario *s,
		     const char *seed)
{
	journal_context(j, s->id);
	journal_write(j, "scenario.start",
		      json_pack("{s:s, s:s, s:s?, s:s, s:i, s:o, s:o, s:o, s:s*}",
				"title", s->title, "world",
				s->world->name ? s->world->name : "", "why",
				s->why, "file", s->file->file, "line",
				(int)s->pos.line, "sources",
				scenario_sources(s), "actors",
				actors(s->world), "tags", tags(s), "seed",
				seed));
}

void run_write_end(struct journal *j, enum verdict v, const char *reason,
		   const char *seed, uint64_t ms)
{
	journal_write(j, "scenario.end",
		      json_pack("{s:s, s:o, s:s*, s:I}", "verdict",
				verdict_name(v), "reason", json_said(reason),
				"seed", seed, "ms", (json_int_t)ms));
	journal_settle(j);
	journal_context(j, NULL);
}

void run_write_failure(struct journal *j, const char *ev,
		       const struct failure *f, const char *seed)
{
	json_t *record = failure_json(f);

	if (seed)
		json_object_set_new(record, "seed", json_string(seed));
	journal_write(j, ev, record);
}

void run_lost(struct journal *j, const struct run_options *o,
	      const struct order *order, size_t at, bool begun, const char *why)
{
	const struct turn *t = order->turns[at];
	char text[RUN_SEED_MAX];
	const char *seed = run_own_seed(text, o, order->seeds[at]);
	const struct yaml_doc file = { .file = t->pos.file };
	const struct world nowhere = { .name = NULL };
	const struct scenario unknown = { .id = t->id, .title = t->title,
					  .pos = t->pos, .file = &file,
					  .world = &nowhere };
	const struct failure f = {
		.verdict = VERDICT_ERROR,
		.at.pos = t->pos,
		.reason = why,
	};

	if (begun)
		journal_context(j, t->id);
	else
		run_write_start(j, &unknown, seed);
	run_write_failure(j, "failure", &f, seed);
	run_write_end(j, VERDICT_ERROR, why, seed, 0);
}
