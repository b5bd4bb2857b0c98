#include "scenario/check.h"

#include "base/base.h"
#include "base/nearest.h"
#include "scenario/check_priv.h"
#include "scenario/order.h"

static const struct yaml_doc *doc_of(const struct checker *c, const char *file)
{
	const struct world *w = c->world;

	for (size_t i = 0; file != c->doc->file && i < w->files_n; i++)
		if (w->files[i]->file == file)
			return w->files[i];
	return file == c->doc->file ? c->doc : NULL;
}

void check_note(struct checker *c, struct src_pos pos, uint32_t width,
		const char *nearest, const char *fmt, ...)
{
	CLEANUP(freep) char *line = NULL;
	const struct yaml_doc *doc;
	char text[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (pos.line && (doc = doc_of(c, pos.file))) {
		size_t n = 0;
		const char *s = yaml_line(doc, pos.line, &n);

		line = xstrndup(s, n);
	}
	diag_add(c->run->diags, pos, width, line, nearest, "%s", text);
}

void check_at(struct checker *c, const struct expr *x, const char *nearest,
	      const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	check_note(c, x->pos, x->width, nearest, "%s", text);
}

const char *check_source(struct checker *c, const struct expr *x)
{
	const struct yaml_doc *doc = doc_of(c, x->pos.file);
	size_t len = 0, from = 0, to;
	const char *line;
	uint32_t col = 1;

	if (x->raw)
		return x->raw;
	if (!doc)
		return x->name ? x->name : "…";
	line = yaml_line(doc, x->pos.line, &len);
	while (from < len && col < x->pos.col) {
		from++;
		while (from < len && ((unsigned char)line[from] & 0xc0) == 0x80)
			from++;
		col++;
	}
	to = from;
	while (to < len && col < x->pos.col + x->width) {
		to++;
		while (to < len && ((unsigned char)line[to] & 0xc0) == 0x80)
			to++;
		col++;
	}
	return arena_strndup(c->arena, line + from, to - from);
}

/* --- whether anything is checked --------------------------------------------------- */

static bool steps_check(const struct step_list *list, unsigned depth);

/* What everything is like is no expectation. */
static bool is_any(const struct expr *x)
{
	return x->kind == EXPR_NAME && !strcmp(x->name, "any");
}

static bool names_changes(const struct expect *x)
{
	for (size_t i = 0; i < x->changes_n; i++)
		if (!is_any(x->changes[i].value))
			return true;
	return x->has_changes && !x->changes_open;
}

static bool expects(const struct expect *x)
{
	return x && ((x->returns && !is_any(x->returns)) || x->reverts ||
		     x->has_emits || names_changes(x) || x->checks_n);
}

static bool step_checks(const struct step *s, unsigned depth)
{
	/* What a flawed one meant to check is not known. */
	if (s->flawed || expects(&s->expect) || expects(s->inside) ||
	    expects(s->outside))
		return true;
	for (size_t i = 0; i < s->arms_n; i++)
		if (steps_check(&s->arms[i].steps, depth))
			return true;
	return steps_check(&s->steps, depth) ||
	       (s->def && depth < VERB_DEPTH_MAX &&
		steps_check(&s->def->steps, depth + 1));
}

static bool steps_check(const struct step_list *list, unsigned depth)
{
	for (size_t i = 0; i < list->n; i++)
		if (step_checks(list->steps[i], depth))
			return true;
	return false;
}

bool check_found(const struct checker *c, const char *file)
{
	const struct diags *d = c->run->diags;

	for (size_t i = 0; i < d->n; i++)
		if (!strcmp(d->items[i].pos.file, file))
			return true;
	return false;
}

static void check_watched(struct checker *c, const struct scenario *s)
{
	const struct step_list *l = &s->steps;
	size_t last = l->n;

	/* What must fail, of an invariant it may be, checks that. */
	if (s->fails)
		return;
	while (last && !step_checks(l->steps[last - 1], 0))
		last--;
	if (!last) {
		check_note(c, s->pos, (uint32_t)strlen("scenario"), NULL,
			   "this scenario checks nothing: it would pass "
			   "whatever happens");
		return;
	}
	for (size_t i = last; i < l->n; i++)
		if (check_acts(l->steps[i])) {
			const char *name = l->steps[i]->verb_name;

			check_note(c, l->steps[i]->pos,
				   expr_chars(name, strlen(name)), NULL,
				   "nothing is checked after this step: the "
				   "scenario would pass whatever it does");
			return;
		}
}

/* Whether a step of the scenario's own begins in that line. */
static bool begins_in(const struct step_list *list, uint32_t line)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct step *s = list->steps[i];

		if (s->pos.line == line || begins_in(&s->steps, line))
			return true;
		for (size_t j = 0; j < s->arms_n; j++)
			if (begins_in(&s->arms[j].steps, line))
				return true;
	}
	return false;
}

static void check_fails(struct checker *c, const struct scenario *s)
{
	if (s->fails && s->fails->line && !begins_in(&s->steps, s->fails->line))
		check_note(c, s->fails->pos, 1, NULL,
			   "`fails` says line %u, and no step of this file "
			   "begins there",
			   s->fails->line);
}

/* --- files --------------------------------------------------------------------------- */

static void add_saved(struct checker *c, const char *name, uint32_t line)
{
	GROW(c->saved, c->saved_n, c->saved_cap);
	c->saved[c->saved_n++] = (struct saved){ name, line };
}

static void collect_saved(struct checker *c, const struct step_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct step *s = list->steps[i];

		if (s->save)
			add_saved(c, s->save, s->save_pos.line);
		for (size_t j = 0; j < s->lets_n; j++)
			add_saved(c, s->lets[j].name, s->lets[j].pos.line);
		collect_saved(c, &s->steps);
		for (size_t j = 0; j < s->arms_n; j++)
			collect_saved(c, &s->arms[j].steps);
	}
}

/* `table:`: columns over the operators. */
static void check_table(struct checker *c, const struct world *w)
{
	static const struct want operator = { .kind = WANT_OPERATOR };
	struct frame f = { .outer = NULL };

	check_declare(c, &f, (struct var){ .name = "operator",
					   .type = type_of_want(c, &operator) });
	for (size_t i = 0; i < w->table_n; i++)
		if (w->table[i].pos.file == c->doc->file)
			(void)check_expr(c, &f, w->table[i].value);
	check_frame_done(&f);
}

#define WAD 1000000000000000000u /* all of it */

static void check_watch(struct checker *c, const struct frame *f,
			const struct expr *x)
{
	const struct type *t = check_expr(c, f, x);

	if (t->kind == TYPE_WORD || t->kind == TYPE_REF)
		check_mismatch(c, x, t, "`watch`",
			       "a quantity or a contract's view");
}

/* Its AVS's contract judges the quotes. */
static void check_aggregator(struct checker *c, const struct frame *f)
{
	static const char judge[] = "checkLiveness(bytes,bytes32,bytes32)";
	static const struct want seconds = { .kind = WANT_DURATION };
	static const struct want blocks = { .kind = WANT_BLOCKS };
	const struct world_aggregator *a = c->world->aggregator;
	const struct abi *abi;

	if (!a || a->pos.file != c->doc->file)
		return;
	if (a->interval)
		check_as_want(c, f, a->interval, &seconds, "`interval`");
	if (a->max_age)
		check_as_want(c, f, a->max_age, &blocks, "`maxAge`");
	abi = c->world->avs_n && c->world->avs[0].contract
		      ? check_abi(c, c->world->avs[0].contract)
		      : NULL;
	if (abi && !abi_function(abi, judge, NULL))
		check_note(c, a->pos, 1, NULL,
			   "an aggregator asks the AVS's contract for %s, "
			   "which %s has not",
			   judge, c->world->avs[0].contract);
}

/* Those that stand in the file at hand. */
static void check_values_of_world(struct checker *c, const struct frame *f,
				  const struct world *w)
{
	static const struct want wad = { .kind = WANT_WAD };
	static const struct want amount = { .kind = WANT_AMOUNT };

	for (size_t i = 0; i < w->operators_n; i++) {
		const struct world_operator *o = &w->operators[i];

		if (o->pos.file != c->doc->file)
			continue;
		if (o->allocate)
			check_as_want(c, f, o->allocate, &wad, "`allocate`");
		if (o->allocate && o->allocate->kind == EXPR_NUMBER &&
		    o->allocate->unit == UNIT_WAD &&
		    u256_cmp(o->allocate->number, u256_from_u64(WAD)) > 0)
			check_at(c, o->allocate, NULL,
				 "nobody allocates more than 100%%");
		for (size_t j = 0; j < o->stake_n; j++)
			check_as_want(c, f, o->stake[j].amount, &amount,
				      "`stake`");
	}
	check_aggregator(c, f);
	c->looks_on = true;
	for (size_t i = 0; i < w->watch_n; i++)
		if (w->watch[i]->pos.file == c->doc->file)
			check_watch(c, f, w->watch[i]);
	check_table(c, w);
	c->looks_on = false;
}

static bool is_of_story(const struct scenario *s, const struct yaml_doc *doc)
{
	return s && (s->file == doc || is_of_story(s->from, doc));
}

/* The first time that a scenario is in it. */
static bool is_new_world(struct check_run *run, const struct yaml_doc *doc)
{
	for (size_t i = 0; i < run->worlds_n; i++)
		if (run->worlds[i] == doc)
			return false;
	GROW(run->worlds, run->worlds_n, run->worlds_cap);
	run->worlds[run->worlds_n++] = doc;
	return true;
}

static void check_worlds(struct checker *c, const struct scenario *s)
{
	const struct world *w = s->world;
	const struct frame nothing = { .outer = NULL };

	c->run->diags->behind = true;
	for (size_t i = 0; i < w->files_n; i++) {
		c->doc = w->files[i];
		if (!is_of_story(s, c->doc) && is_new_world(c->run, c->doc))
			check_values_of_world(c, &nothing, w);
	}
	c->run->diags->behind = false;
	c->doc = s->file;
}

/* The steps of what is continued, then its own, in one scope. */
static void check_story(struct checker *c, struct frame *f,
			const struct scenario *s)
{
	if (s->from)
		check_story(c, f, s->from);
	c->doc = s->file;
	c->gaps |= s->file->gaps;
	collect_saved(c, &s->steps);
	if (s->matrix)
		check_columns(c, f, NULL, s->matrix);
	check_values_of_world(c, f, s->world);
	for (size_t i = 0; i < s->needs_n; i++)
		check_condition(c, f, s->needs[i]);
	check_steps(c, f, &s->steps);
}

static void check_each_used(struct checker *c, const struct frame *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (!f->vars[i].used)
			check_note(c, f->vars[i].pos,
				   expr_chars(f->vars[i].name,
					      strlen(f->vars[i].name)),
				   NULL, "nothing in this invariant uses `$%s`",
				   f->vars[i].name);
}

static void check_invariants(struct checker *c)
{
	const size_t known = c->run->diags->n;

	c->run->diags->behind = c->looks_on = true;
	for (size_t i = 0; i < c->world->invariants_n; i++) {
		const struct invariant *inv = c->world->invariants[i];
		struct frame f = { .outer = NULL };

		c->doc = inv->file;
		if (inv->each)
			check_columns(c, &f, NULL, inv->each);
		for (size_t j = 0; j < inv->checks_n; j++)
			check_condition(c, &f, inv->checks[j]);
		if (c->run->diags->n == known)
			check_each_used(c, &f);
		check_frame_done(&f);
	}
	c->run->diags->behind = c->looks_on = false;
}

static void check_one(struct check_run *run, const struct scenario *s)
{
	struct checker c = { .run = run, .arena = arena_new(),
			     .world = s->world, .doc = s->file };
	struct frame f = { .outer = NULL };

	c.frame = &f;
	check_story(&c, &f, s);
	c.doc = s->file;
	/* Steps that were not understood might have checked something. */
	if (!check_found(&c, s->file->file))
		check_watched(&c, s);
	if (!check_found(&c, s->file->file))
		check_matrix_used(&c, &f, s);
	check_fails(&c, s);
	check_worlds(&c, s);
	check_given(&c, &f, s);
	check_invariants(&c);
	check_frame_done(&f);
	free(c.saved);
	arena_free(c.arena);
}

void check_scenario(struct diags *diags, const struct scenario *s,
		    const struct abi_source *abis)
{
	struct check_run run = { .diags = diags, .arena = arena_new(),
				 .abis = abis };

	check_one(&run, s);
	free(run.verbs);
	free(run.seen);
	free(run.worlds);
	arena_free(run.arena);
}

static bool saves(const struct scenario *s, const char *name)
{
	for (size_t i = 0; i < s->steps.n; i++) {
		const struct step *x = s->steps.steps[i];

		if (x->save && !strcmp(x->save, name))
			return true;
		for (size_t j = 0; j < x->lets_n; j++)
			if (!strcmp(x->lets[j].name, name))
				return true;
	}
	return false;
}

void check_fragment(struct diags *diags, const struct scenario *s,
		    const struct scope *known, const struct abi_source *abis)
{
	struct check_run run = { .diags = diags, .arena = arena_new(),
				 .abis = abis };
	struct checker c = { .run = &run, .arena = run.arena,
			     .world = s->world, .doc = s->file };
	struct frame f = { .outer = NULL };

	c.frame = &f;
	for (size_t i = 0; i < known->n; i++)
		if (!saves(s, known->vars[i].name))
			check_declare(&c, &f,
				      (struct var){ .name = known->vars[i].name,
						    .type = &TYPE_ANYTHING });
	collect_saved(&c, &s->steps);
	check_steps(&c, &f, &s->steps);
	check_frame_done(&f);
	free(c.saved);
	free(run.verbs);
	free(run.seen);
	free(run.worlds);
	arena_free(run.arena);
}

void check_files(struct diags *diags, struct library *lib,
		 const char *const *paths, size_t n,
		 const struct abi_source *abis, struct turns *turns)
{
	struct check_run run = { .diags = diags, .arena = arena_new(),
				 .abis = abis };

	for (size_t i = 0; i < n; i++) {
		const struct scenario *s = library_scenario(lib, paths[i]);

		if (s)
			check_one(&run, s);
		if (s && turns && !diags->n)
			turns_add(turns, s);
		library_forget(lib, paths[i]);
	}
	free(run.verbs);
	free(run.seen);
	free(run.worlds);
	arena_free(run.arena);
	diags_sort(diags);
}
