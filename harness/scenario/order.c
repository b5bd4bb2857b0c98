#include "scenario/order.h"

#include "base/nearest.h"
#include "base/rng.h"
#include "devnet/live.h"
#include "scenario/matrix.h"

#include "base/base.h"

bool order_turn(struct turn *ret, struct arena *a, const struct scenario *s,
		size_t row, const struct run_options *o, struct err *e)
{
	struct scenario *bound = ARENA_NEW(a, struct scenario);
	struct live_operator *ops;
	struct live_spec spec;
	size_t n;

	if (!row)
		*bound = *s;
	else if (!matrix_bind(bound, a, s, row - 1, e))
		return false;
	if (!run_live_spec(a, bound->world, o, &spec, e) ||
	    !run_cast(a, bound->world, &ops, &n, e))
		return err_ctx(e, "%s", bound->id);
	*ret = (struct turn){
		.scn = bound,
		.row = row,
		.world = run_spec_key(&spec),
		.cast = run_cast_key(ops, n),
	};
	return true;
}

/* --- which ------------------------------------------------------------------- */

static bool has_tag(const struct scenario *s, const char *tag)
{
	for (size_t i = 0; i < s->tags_n; i++)
		if (!strcmp(s->tags[i], tag))
			return true;
	return false;
}

static bool wanted(const struct scenario *s, const struct run_options *o)
{
	if (o->tag && !has_tag(s, o->tag))
		return false;
	return !o->filter || strcasestr(s->id, o->filter) ||
	       (s->title && strcasestr(s->title, o->filter));
}

static bool nothing(const struct scenario *const *scenarios, size_t n,
		    const struct run_options *o, struct err *e)
{
	CLEANUP(freep) const char **tags = NULL;
	size_t tags_n = 0, cap = 0;
	const char *near;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < scenarios[i]->tags_n; j++) {
			GROW(tags, tags_n, cap);
			tags[tags_n++] = scenarios[i]->tags[j];
		}
	near = o->tag ? nearest_name(o->tag, tags, tags_n) : NULL;
	return err_set(e, ERR_SCHEMA, 0,
		       "none of %zu scenarios%s%s%s%s%s; --list without "
		       "them shows all%s%s",
		       n, o->tag ? " has the tag " : "", o->tag ? o->tag : "",
		       o->tag && o->filter ? " and" : "",
		       o->filter ? " has in its id or title " : "",
		       o->filter ? o->filter : "",
		       near ? "; nearest tag: " : "", near ? near : "");
}

/* --- in which order ------------------------------------------------------------ */

/* The first turn of the same world, and of the same world and cast. */
struct place {
	size_t world, cast, at;
};

static int by_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->world != y->world)
		return x->world < y->world ? -1 : 1;
	if (x->cast != y->cast)
		return x->cast < y->cast ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

static bool same_chain(const struct turn *a, const struct turn *b)
{
	return hash_eq(&a->world, &b->world) && hash_eq(&a->cast, &b->cast);
}

static void group(struct order *o)
{
	CLEANUP(freep) struct place *places = xcalloc(o->n + 1,
						      sizeof(*places));
	struct turn *sorted = ARENA_ARRAY(o->arena, struct turn, o->n);

	for (size_t i = 0; i < o->n; i++) {
		struct place *p = &places[i];

		*p = (struct place){ i, i, i };
		for (size_t j = i; j-- > 0;) {
			if (hash_eq(&o->turns[i].world, &o->turns[j].world))
				p->world = j;
			if (same_chain(&o->turns[i], &o->turns[j]))
				p->cast = j;
		}
	}
	qsort(places, o->n, sizeof(*places), by_place);
	for (size_t i = 0; i < o->n; i++)
		sorted[i] = o->turns[places[i].at];
	o->turns = sorted;
}

static void repeat(struct order *o, const struct run_options *opt)
{
	size_t times = opt->repeat ? (size_t)opt->repeat : 1;
	size_t total = o->n * times;
	CLEANUP(freep) size_t *which = xcalloc(total + 1, sizeof(*which));
	struct turn *all = ARENA_ARRAY(o->arena, struct turn, total);
	struct rng rng = RNG_INIT(opt->seed);

	for (size_t i = 0; i < total; i++)
		which[i] = i % o->n;
	if (opt->shuffle)
		rng_shuffle(&rng, which, total);
	for (size_t i = 0; i < total; i++)
		all[i] = o->turns[which[i]];
	o->turns = all;
	o->n = total;
}

static bool collect(struct order *order, const struct scenario *s,
		    const struct run_options *o, struct err *e)
{
	size_t rows = matrix_rows(s);

	for (size_t row = rows ? 1 : 0; row <= rows; row++) {
		struct turn *t = &order->turns[order->n];

		if (!order_turn(t, order->arena, s, row, o, e))
			return false;
		order->n += wanted(t->scn, o);
	}
	return true;
}

bool order_make(struct order *ret, const struct scenario *const *scenarios,
		size_t n, const struct run_options *o, struct err *e)
{
	struct order order = { .arena = arena_new() };
	size_t most = 0;
	bool ok = true;

	for (size_t i = 0; i < n; i++)
		most += matrix_rows(scenarios[i]) + 1;
	order.turns = ARENA_ARRAY(order.arena, struct turn, most);
	for (size_t i = 0; i < n && ok; i++)
		ok = collect(&order, scenarios[i], o, e);
	if (ok && !order.n)
		ok = nothing(scenarios, n, o, e);
	if (!ok) {
		order_done(&order);
		return false;
	}
	group(&order);
	repeat(&order, o);
	*ret = order;
	return true;
}

void order_part(struct order *o, size_t k, size_t of)
{
	size_t from = o->n * (k - 1) / of, to = o->n * k / of;

	ASSERT(k >= 1 && k <= of);
	o->turns += from;
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
		buf_addf(out, "%-48s %s\n", o->turns[i].scn->id,
			 o->turns[i].scn->title);
}

static void plan_cast(struct buf *out, const struct world *w)
{
	buf_adds(out, "  cast:");
	for (size_t i = 0; i < w->operators_n; i++) {
		const struct world_operator *op = &w->operators[i];

		buf_addf(out, "%s %s (%s%s)", i ? "," : "", op->name,
			 op->joined ? "joined" : "not joined",
			 op->process ? ", runs" : "");
	}
	buf_adds(out, w->operators_n ? "\n" : " nobody\n");
}

void order_plan(struct buf *out, const struct order *o)
{
	size_t worlds = 0, casts = 0;

	for (size_t i = 0; i < o->n; i++) {
		const struct turn *t = &o->turns[i];
		const struct world *w = t->scn->world;
		bool other = !i || !hash_eq(&t->world, &t[-1].world);

		if (other)
			buf_addf(out, "%sworld: %s, %s delays%s\n",
				 i ? "\n" : "", w->name ? w->name : "(unnamed)",
				 w->delays == DELAYS_MAINNET ? "mainnet"
							     : "fast",
				 w->tamper ? ", tampered with" : "");
		worlds += other;
		if (other || !same_chain(t, t - 1)) {
			plan_cast(out, w);
			casts++;
		}
		buf_addf(out, "    %s", t->scn->id);
		if (t->scn->from)
			buf_addf(out, " (behind %s)", t->scn->from->id);
		buf_addc(out, '\n');
	}
	buf_addf(out, "\n%zu scenario%s, %zu world%s, %zu cast%s in turn\n",
		 o->n, o->n == 1 ? "" : "s", worlds, worlds == 1 ? "" : "s",
		 casts, casts == 1 ? "" : "s");
}
