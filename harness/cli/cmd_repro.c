/*
 * repro - a run's scenario once more with the same seed, up to a step.
 */
#include "cli/commands.h"
#include "cli/outputs.h"
#include "cli/plan.h"
#include "cli/target.h"
#include "codec/yaml.h"
#include "crypto/hash.h"
#include "report/place.h"

#include "base/base.h"

struct options {
	const char *logs, *seed;
	bool trace;
};

static const struct option_spec options[] = {
	{ "logs", OPTION_TEXT, "DIR", "keep what every process wrote",
	  offsetof(struct options, logs) },
	{ "seed", OPTION_TEXT, "N", "of --repeat, the time that was played by this seed",
	  offsetof(struct options, seed) },
	{ "trace", OPTION_FLAG, NULL,
	  "show each transaction's calls and each actor's requests",
	  offsetof(struct options, trace) },
	{ .name = NULL },
};

struct repro {
	const struct options *o;
	const struct target *target;
	const struct place *place;
};

static void say_change(const char *path, const char *was)
{
	struct hash32 now;
	struct err e;

	if (!sha256_file(&now, path, YAML_FILE_MAX, &e))
		printf("%s is gone since that run\n", path);
	else if (strcmp(fmt_hash(&now).s, was) != 0)
		printf("%s was changed since that run: played is what it says "
		       "now\n",
		       path);
}

/* Of what the run's scenarios share only what this one has read, too. */
static void say_changes(const struct plan *p, const struct story_scenario *s)
{
	const char *path;
	json_t *was;

	json_object_foreach(json_object_get(s->start, "sources"), path, was)
		if (json_is_string(was))
			say_change(path, json_string_value(was));
	json_object_foreach(s->shared, path, was)
		if (json_is_string(was) && library_read(p->library, path))
			say_change(path, json_string_value(was));
}

/* The one turn of that id; a file with cases has several. */
static bool only(struct order *order, const char *id, struct err *e)
{
	for (size_t i = 0; i < order->n; i++) {
		if (strcmp(order->turns[i]->id, id) != 0)
			continue;
		order->turns += i;
		order->n = 1;
		return true;
	}
	return err_set(e, ERR_SCHEMA, 0,
		       "%s is not in its file any more: was it changed since "
		       "that run?",
		       id);
}

static int play(struct session *s, const struct order *order,
		const struct run_options *run, const struct repro *r)
{
	const struct place *at = r->place;
	const struct outputs outputs = { .run = r->target->run,
					 .verbose = true };

	printf("%s with seed %llu%s%s, ", at->scenario->id,
	       (unsigned long long)at->seed,
	       at->scenario->operator ? " and " : "",
	       at->scenario->operator ? at->scenario->operator : "");
	if (at->step)
		printf("up to step %s (%s:%u)\n", at->step, at->file, at->line);
	else
		puts("to its end: the journal names no step that failed");
	return outputs_play(s, order, run, &outputs);
}

static int repro_plan(void *arg, struct session *s, const struct plan *p)
{
	const struct repro *r = arg;
	const struct place *at = r->place;
	struct run_stop stop = {
		.rows = at->rows,
		.rows_n = at->rows_n,
		.step = at->step,
		.nth = at->nth,
		.line = at->line,
	};
	const struct run_options run = {
		.root = s->root,
		.seed = at->seed,
		.operator = at->scenario->operator,
		.log_dir = r->o->logs,
		.trace = r->o->trace,
		.library = p->root,
		.jobs = 1,
		.stop = &stop,
	};
	struct order order;
	struct err e = ERR_INIT;
	int code;

	say_changes(p, at->scenario);
	if (plan_flawed(p))
		return EXIT_USAGE;
	if (!plan_order(&order, p, &run, &e)) {
		command_failed(&e);
		return EXIT_USAGE;
	}
	if (only(&order, at->scenario->id, &e)) {
		code = play(s, &order, &run, r);
	} else {
		command_failed(&e);
		code = EXIT_USAGE;
	}
	order_done(&order);
	return code;
}

static int repro(const struct target *t, const struct options *o)
{
	CLEANUP(turns_freep) struct turns *turns = turns_new();
	const char *journal = t->journal;
	const struct story_scenario *scenario;
	struct story story;
	struct place at;
	struct err e = ERR_INIT;
	int code;

	if (!story_read(&story, &journal, 1, &e)) {
		command_failed(&e);
		return EXIT_USAGE;
	}
	if (place_scenario(&scenario, &story, t->scenario, o->seed, &e) &&
	    place_find(&at, scenario, t->step, &e)) {
		struct repro r = { o, t, &at };

		code = plan_command((const char *const[]){ at.file, NULL },
				    turns, repro_plan, &r);
	} else {
		command_failed(&e);
		code = EXIT_USAGE;
	}
	story_done(&story);
	return code;
}

static int repro_main(const char *const *argv)
{
	CLEANUP(freep) const char **rest = NULL;
	struct options o = { 0 };
	struct target t;
	struct err e = ERR_INIT;
	int code;

	if (!command_options(&command_repro, &o, argv, &rest, &code))
		return code;
	if (!rest[0] || rest[1]) {
		fputs("avsbed repro: which run and scenario? Wanted is "
		      "RUN:SCENARIO or RUN:SCENARIO:STEP, as `again:` of a "
		      "failure says it\n",
		      stderr);
		return EXIT_USAGE;
	}
	if (!target_parse(&t, rest[0], &e)) {
		command_failed(&e);
		return EXIT_USAGE;
	}
	code = repro(&t, &o);
	target_done(&t);
	return code;
}

const struct command command_repro = {
	.name = "repro",
	.args = "RUN[:SCENARIO[:STEP]]",
	.help = "play a scenario of a run again, and stop before a step",
	.more = "RUN is a folder of reports or a journal; SCENARIO the id, with its row if it has\n"
		"one; STEP a number as reports show it. Without a step it is the one that failed, in\n"
		"the row and the round in which it failed. The devnet is up before that step, its\n"
		"endpoints are printed, and Enter plays the rest. Seed and operator are the run's;\n"
		"files are as they are now, and those that were changed since are named.\n",
	.options = options,
	.main = repro_main,
};
