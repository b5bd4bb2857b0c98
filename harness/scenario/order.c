#include "scenario/order.h"

#include "base/nearest.h"
#include "base/rng.h"
#include "devnet/live.h"
#include "scenario/matrix.h"
#include "scenario/run_priv.h"

#include "base/base.h"

#define PLAN_TEXT_MAX 65536
#define TURNS_MAX 1000000u

/* --- what a turn plays --------------------------------------------------------- */

static bool bind(struct scene *ret, const struct scenario *s,
		 const struct turn *t, struct err *e)
{
	struct scenario *bound;

	ret->scn = s;
	if (t->row > matrix_rows(s))
		return err_set(e, ERR_SCHEMA, 0,
			       "%s has no row %zu any more: it was changed "
			       "while the run was on",
			       t->pos.file, t->row);
	if (!t->row)
		return true;
	bound = ARENA_NEW(ret->arena, struct scenario);
	ret->scn = bound;
	return matrix_bind(bound, ret->arena, s, t->row - 1, e);
}

bool scene_open(struct scene *ret, struct library *lib, const struct turn *t,
		struct err *e)
{
	struct scene scene = { .lib = lib, .path = t->pos.file,
			       .arena = arena_new() };
	const struct scenario *s;

	if (!library_again(&s, lib, scene.path, e) || !bind(&scene, s, t, e)) {
		scene_close(&scene);
		return false;
	}
	/* Those that continue it need it, too. */
	if (t->continued)
		library_keep(lib, scene.path);
	*ret = scene;
	return true;
}

void scene_close(struct scene *s)
{
	library_forget(s->lib, s->path);
	arena_free(s->arena);
	*s = (struct scene){ 0 };
}

/* --- what there is ------------------------------------------------------------- */

struct turns {
	struct arena *arena; /* owns all that they say */
	struct turn **items;
	size_t n, cap, files;
	struct err why; /* a row of them could not be bound, if it has a code */
};

struct turns *turns_new(void)
{
	struct turns *t = xcalloc(1, sizeof(*t));

	t->arena = arena_new();
	return t;
}

void turns_free(struct turns *t)
{
	if (!t)
		return;
	free(t->items);
	arena_free(t->arena);
	free(t);
}

static const char *world_text(struct arena *a, const struct world *w)
{
	return arena_printf(a, "%s, %s delays%s", w->name ? w->name : "(unnamed)",
			    w->delays == DELAYS_MAINNET ? "mainnet" : "fast",
			    w->tamper ? ", tampered with" : "");
}

static const char *cast_text(struct arena *a, const struct world *w)
{
	struct buf b = BUF_INIT(PLAN_TEXT_MAX);
	const char *text;

	for (size_t i = 0; i < w->operators_n; i++) {
		const struct world_operator *op = &w->operators[i];

		buf_addf(&b, "%s %s (%s%s)", i ? "," : "", op->name,
			 op->joined ? "joined" : "not joined",
			 op->process ? ", runs" : "");
	}
	text = arena_strdup(a, w->operators_n ? buf_str(&b) : " nobody");
	buf_done(&b);
	return text;
}

/* Few worlds serve many turns. */
static void say_chain(const struct turns *all, struct turn *t,
		      const struct world *w)
{
	for (size_t i = all->n; i-- > 0;) {
		const struct turn *other = all->items[i];

		if (!t->world_text && hash_eq(&other->world, &t->world))
			t->world_text = other->world_text;
		if (!t->cast_text && hash_eq(&other->cast, &t->cast))
			t->cast_text = other->cast_text;
		if (t->world_text && t->cast_text)
			return;
	}
	if (!t->world_text)
		t->world_text = world_text(all->arena, w);
	if (!t->cast_text)
		t->cast_text = cast_text(all->arena, w);
}

static void say_beginnings(struct turn *t, struct arena *a,
			   const struct scenario *s)
{
	const struct scenario *x;
	size_t n = 0;

	t->from = s->from ? arena_strdup(a, s->from->id) : NULL;
	t->lacking = stage_lacking(s);
	for (x = s; !stage_lacking(x); x = x->from)
		n++;
	t->under_n = n;
	t->under = ARENA_ARRAY(a, const char *, n);
	for (x = s; n--; x = x->from)
		t->under[n] = arena_strdup(a, x->from->file->file);
}

/* @t has what all rows of the scenario have. */
static bool add(struct turns *all, const struct scene *scene, struct turn t,
		struct err *e)
{
	/* What is decided on the command line decides on no chain. */
	static const struct run_options nothing = { .root = NULL };
	const struct scenario *s = scene->scn;
	struct live_operator *ops;
	struct live_spec spec;
	size_t n;

	if (!run_live_spec(scene->arena, s->world, &nothing, &spec, e) ||
	    !run_cast(scene->arena, s->world, &ops, &n, e))
		return err_ctx(e, "%s", s->id);
	t.id = arena_strdup(all->arena, s->id);
	t.world = run_spec_key(&spec);
	t.cast = run_cast_key(ops, n);
	say_chain(all, &t, s->world);
	GROW(all->items, all->n, all->cap);
	all->items[all->n++] = arena_memdup(all->arena, &t, sizeof(t));
	return true;
}

static bool add_row(struct turns *all, const struct scenario *s, struct turn t,
		    struct err *e)
{
	struct scene row = { .arena = arena_new() };
	bool ok = bind(&row, s, &t, e) && add(all, &row, t, e);

	arena_free(row.arena);
	return ok;
}

void turns_add(struct turns *all, const struct scenario *s)
{
	struct arena *a = all->arena;
	const char **tags = ARENA_ARRAY(a, const char *, s->tags_n);
	struct turn t = {
		.pos = { arena_strdup(a, s->file->file), s->pos.line,
			 s->pos.col },
		.title = arena_strdup(a, s->title),
		.tags = tags,
		.tags_n = s->tags_n,
	};
	size_t rows = matrix_rows(s);

	for (size_t i = 0; i < s->tags_n; i++)
		tags[i] = arena_strdup(a, s->tags[i]);
	say_beginnings(&t, a, s);
	all->files++;
	for (t.row = rows ? 1 : 0; !all->why.code && t.row <= rows; t.row++)
		(void)!add_row(all, s, t, &all->why);
}

/* --- which ------------------------------------------------------------------- */

/* Those of the order as they are found. */
struct making {
	struct arena *arena;
	const struct run_options *o;
	struct turn **turns;
	size_t n;
};

static bool has_tag(const struct turn *t, const char *tag)
{
	for (size_t i = 0; i < t->tags_n; i++)
		if (!strcmp(t->tags[i], tag))
			return true;
	return false;
}

static bool wanted(const struct turn *t, const struct run_options *o)
{
	if (o->tag && !has_tag(t, o->tag))
		return false;
	return !o->filter || strcasestr(t->id, o->filter) ||
	       (t->title && strcasestr(t->title, o->filter));
}

static const char *nearest_tag(struct arena *a, const struct turns *all,
			       const char *tag)
{
	const char **tags;
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++)
		n += all->items[i]->tags_n;
	tags = ARENA_ARRAY(a, const char *, n);
	n = 0;
	for (size_t i = 0; i < all->n; i++)
		for (size_t j = 0; j < all->items[i]->tags_n; j++)
			tags[n++] = all->items[i]->tags[j];
	return nearest_name(tag, tags, n);
}

static bool nothing(const struct making *m, const struct turns *all,
		    struct err *e)
{
	const char *tag = m->o->tag, *filter = m->o->filter;
	const char *near = tag ? nearest_tag(m->arena, all, tag) : NULL;

	return err_set(e, ERR_SCHEMA, 0,
		       "none of %zu scenarios%s%s%s%s%s; --list without "
		       "them shows all%s%s",
		       all->files, tag ? " has the tag " : "", tag ? tag : "",
		       tag && filter ? " and" : "",
		       filter ? " has in its id or title " : "",
		       filter ? filter : "", near ? "; nearest tag: " : "",
		       near ? near : "");
}

static void choose(struct making *m, const struct turns *all)
{
	m->turns = xcalloc(all->n + 1, sizeof(*m->turns));
	for (size_t i = 0; i < all->n; i++)
		if (wanted(all->items[i], m->o))
			m->turns[m->n++] = arena_memdup(m->arena, all->items[i],
							sizeof(struct turn));
}

/* --- in which order ------------------------------------------------------------ */

/*
 * The first turn of the same world, of the same world and cast, and, from the
 * first scenario that it goes on from down to itself, the first turn that has
 * that in its beginning or is it.
 */
struct place {
	size_t world, cast, at;
	size_t *path, path_n;
};

static int by_number(size_t x, size_t y)
{
	return (x > y) - (x < y);
}

static int by_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int order = by_number(x->world, y->world);

	if (!order)
		order = by_number(x->cast, y->cast);
	for (size_t i = 0; !order && i < x->path_n && i < y->path_n; i++)
		order = by_number(x->path[i], y->path[i]);
	/* What is continued comes before what continues it. */
	if (!order)
		order = by_number(x->path_n, y->path_n);
	return order ? order : by_number(x->at, y->at);
}

static bool has_beginning(const struct turn *t, const char *file)
{
	for (size_t i = 0; i < t->under_n; i++)
		if (!strcmp(t->under[i], file))
			return true;
	return false;
}

static void mark_continued(const struct making *m)
{
	for (size_t i = 0; i < m->n; i++)
		for (size_t j = 0; m->turns[i]->under_n && j < m->n; j++)
			m->turns[j]->continued |= has_beginning(
				m->turns[i], m->turns[j]->pos.file);
}

static void find_path(struct place *p, const struct making *m)
{
	const struct turn *t = m->turns[p->at];

	p->path_n = t->under_n + 1;
	p->path = ARENA_ARRAY(m->arena, size_t, p->path_n);
	for (size_t i = 0; i < p->path_n; i++) {
		const char *file = i < t->under_n ? t->under[i] : t->pos.file;
		size_t first = t->under_n || t->continued ? 0 : p->at;

		while (strcmp(m->turns[first]->pos.file, file) != 0 &&
		       !has_beginning(m->turns[first], file))
			first++;
		p->path[i] = first;
	}
}

bool turn_same_chain(const struct turn *a, const struct turn *b)
{
	return hash_eq(&a->world, &b->world) && hash_eq(&a->cast, &b->cast);
}

static void group(struct making *m)
{
	CLEANUP(freep) struct place *places = xcalloc(m->n + 1,
						      sizeof(*places));
	CLEANUP(freep) struct turn **was = m->turns;

	mark_continued(m);
	for (size_t i = 0; i < m->n; i++) {
		struct place *p = &places[i];

		*p = (struct place){ .world = i, .cast = i, .at = i };
		find_path(p, m);
		for (size_t j = i; j-- > 0;) {
			if (hash_eq(&was[i]->world, &was[j]->world))
				p->world = j;
			if (turn_same_chain(was[i], was[j]))
				p->cast = j;
		}
	}
	qsort(places, m->n, sizeof(*places), by_place);
	m->turns = xcalloc(m->n + 1, sizeof(*m->turns));
	for (size_t i = 0; i < m->n; i++)
		m->turns[i] = was[places[i].at];
}

static bool too_many(const struct making *m, struct err *e)
{
	return err_set(e, ERR_LIMIT, 0,
		       "%zu scenarios, each %llu times, are more than the %u "
		       "that a run can be: start several, each with a seed of "
		       "its own",
		       m->n, (unsigned long long)m->o->repeat, TURNS_MAX);
}

static void repeat(struct order *ret, const struct making *m)
{
	size_t times = m->o->repeat ? (size_t)m->o->repeat : 1;
	size_t total = m->n * times;
	CLEANUP(freep) size_t *which = xcalloc(total + 1, sizeof(*which));
	const struct turn **all = ARENA_ARRAY(m->arena, const struct turn *,
					      total);
	uint64_t *seeds = ARENA_ARRAY(m->arena, uint64_t, total);
	struct rng rng = RNG_INIT(m->o->seed);

	for (size_t i = 0; i < total; i++)
		which[i] = i;
	if (m->o->shuffle)
		rng_shuffle(&rng, which, total);
	for (size_t i = 0; i < total; i++) {
		all[i] = m->turns[which[i] % m->n];
		seeds[i] = m->o->seed + which[i] / m->n;
	}
	ret->turns = all;
	ret->seeds = seeds;
	ret->n = total;
}

bool order_make(struct order *ret, struct library *lib,
		const struct turns *all, const struct run_options *o,
		struct err *e)
{
	struct order order = { .arena = arena_new(), .lib = lib };
	struct making m = { .arena = order.arena, .o = o };
	bool ok = !all->why.code;

	if (!ok)
		*e = all->why;
	choose(&m, all);
	if (ok && !m.n)
		ok = nothing(&m, all, e);
	if (ok && o->repeat > TURNS_MAX / m.n)
		ok = too_many(&m, e);
	if (ok) {
		group(&m);
		repeat(&order, &m);
		*ret = order;
	} else {
		order_done(&order);
	}
	free(m.turns);
	return ok;
}

void order_part(struct order *o, size_t k, size_t of)
{
	size_t from = o->n * (k - 1) / of, to = o->n * k / of;

	ASSERT(k >= 1 && k <= of);
	o->turns += from;
	o->seeds += from;
	o->n = to - from;
}

void order_done(struct order *o)
{
	arena_free(o->arena);
	*o = (struct order){ 0 };
}

/* --- shown ---------------------------------------------------------------------- */

void order_list(struct buf *out, const struct order *o)
{
	for (size_t i = 0; i < o->n; i++)
		buf_addf(out, "%-48s %s\n", o->turns[i]->id,
			 o->turns[i]->title);
}

/* Below what it goes on from. */
static void plan_turn(struct buf *out, const struct turn *t)
{
	buf_addf(out, "    %*s%s", (int)(2 * t->under_n), "", t->id);
	if (t->from && t->lacking)
		buf_addf(out, " (plays %s again: %s)", t->from, t->lacking);
	else if (t->from)
		buf_addf(out, " (goes on from %s)", t->from);
	buf_addc(out, '\n');
}

void order_plan(struct buf *out, const struct order *o)
{
	size_t worlds = 0, casts = 0;

	for (size_t i = 0; i < o->n; i++) {
		const struct turn *t = o->turns[i];
		const struct turn *before = i ? o->turns[i - 1] : NULL;
		bool other = !i || !hash_eq(&t->world, &before->world);

		if (other)
			buf_addf(out, "%sworld: %s\n", i ? "\n" : "",
				 t->world_text);
		worlds += other;
		if (other || !turn_same_chain(t, before)) {
			buf_addf(out, "  cast:%s\n", t->cast_text);
			casts++;
		}
		plan_turn(out, t);
	}
	buf_addf(out, "\n%zu scenario%s, %zu world%s, %zu cast%s in turn\n",
		 o->n, o->n == 1 ? "" : "s", worlds, worlds == 1 ? "" : "s",
		 casts, casts == 1 ? "" : "s");
}
