/*
 * A beginning that several scenarios share is played once. Where it ends, a
 * stage is kept: a snapshot of the chain, what the play knows by then, and its
 * records, which each of those that go on from there writes as its own.
 *
 * Stages lie on each other like the scenarios that continue each other, on one
 * chain, and are gone when something else is played there.
 */
#include "scenario/run_priv.h"

#include "base/base.h"

struct stage {
	struct stage *below; /* of what it continues, or NULL */
	const struct yaml_doc *file; /* of the scenario at whose end it is */
	struct live *live;   /* borrowed; NULL: it is gone */
	struct views *views; /* likewise */
	struct live_point end;
	struct arena *arena; /* what the steps gave since the stage below */
	json_t *records;     /* likewise */
	struct scope scope;
	/* As in struct play. */
	struct seen_list seen;
	struct sent_list sent;
	uint64_t seen_to, began;
};

/* --- who shares ------------------------------------------------------------- */

static bool is_reorg(const struct step *s)
{
	return s->verb == VERB_REORG;
}

bool takes_back(const struct scenario *s)
{
	return has_step(&s->steps, is_reorg) || (s->from && takes_back(s->from));
}

/* Operators of an AVS that is an account have none: the harness acts for them. */
static bool has_programs(const struct world *w)
{
	bool contract = false, tee = false;

	for (size_t i = 0; i < w->avs_n; i++)
		contract |= w->avs[i].contract != NULL;
	for (size_t i = 0; i < w->operators_n; i++)
		tee |= w->operators[i].tee != NULL;
	return w->processes_n || (w->operators_n && (contract || tee));
}

const char *stage_lacking(const struct scenario *s)
{
	if (!s->from || s->own_world)
		return "its world is another";
	if (has_programs(s->world))
		return "programs and TEEs cannot be put back";
	if (takes_back(s))
		return "a reorg wants a chain of its own";
	if (s->needs_n)
		return "its needs are asked before the first step";
	return NULL;
}

bool stage_under(const struct scenario *s, const struct yaml_doc *file)
{
	for (; !stage_lacking(s); s = s->from)
		if (s->from->file == file)
			return true;
	return false;
}

/* --- what is kept ----------------------------------------------------------- */

static void pop(struct stage **top)
{
	struct stage *s = *top;

	*top = s->below;
	scope_done(&s->scope);
	free(s->seen.items);
	free(s->sent.items);
	json_decref(s->records);
	arena_free(s->arena);
	free(s);
}

void stages_drop(struct stage **top)
{
	while (*top)
		pop(top);
}

void stages_lost(struct stage *top, const struct live *live)
{
	for (; top; top = top->below)
		if (top->live == live)
			top->live = NULL;
}

const struct yaml_doc *stages_for(struct stage **top, const struct scenario *s)
{
	while (*top && !((*top)->live && live_alone((*top)->live) &&
			 stage_under(s, (*top)->file)))
		pop(top);
	return *top ? (*top)->file : NULL;
}

static struct seen_list copy_seen(const struct seen_list *from)
{
	struct seen_list to = *from;

	to.cap = to.n;
	to.items = xcalloc(to.n + 1, sizeof(*to.items));
	for (size_t i = 0; i < to.n; i++)
		to.items[i] = from->items[i];
	return to;
}

static struct sent_list copy_sent(const struct sent_list *from)
{
	struct sent_list to = *from;

	to.cap = to.n;
	to.items = xcalloc(to.n + 1, sizeof(*to.items));
	for (size_t i = 0; i < to.n; i++)
		to.items[i] = from->items[i];
	return to;
}

static void copy_scope(struct scope *to, const struct scope *from)
{
	for (size_t i = 0; i < from->n; i++)
		scope_set(to, from->vars[i].name, &from->vars[i].value);
}

bool stage_keep(struct stage **top, struct play *p, const struct scenario *s,
		const struct scope *scope, struct err *e)
{
	struct live_point end;
	struct stage *own;

	if (!live_alone(p->live) || takes_back(s))
		return true;
	if (!live_mark(p->live, &end, e))
		return false;
	own = xcalloc(1, sizeof(*own));
	*own = (struct stage){ .below = *top,
			       .file = s->file,
			       .live = p->live,
			       .views = p->views,
			       .end = end,
			       .arena = p->arena,
			       .records = journal_copies(p->journal),
			       .seen = copy_seen(&p->seen),
			       .sent = copy_sent(&p->sent),
			       .seen_to = p->seen_to,
			       .began = p->began };
	copy_scope(&own->scope, scope);
	p->arena = p->env.arena = arena_new();
	*top = own;
	return true;
}

/* From the lowest stage upwards. */
static void tell_again(struct journal *j, const struct stage *s)
{
	if (s->below)
		tell_again(j, s->below);
	for (size_t i = 0; i < json_array_size(s->records); i++)
		journal_again(j, json_array_get(s->records, i));
}

bool stage_resume(struct stage *s, struct play *p,
		  const struct live_operator *ops, size_t n,
		  struct scope *scope, struct err *e)
{
	p->live = s->live;
	p->views = s->views;
	if (!live_begin_at(p->live, ops, n, p->seed, &s->end, e))
		return false;
	p->seen = copy_seen(&s->seen);
	p->sent = copy_sent(&s->sent);
	p->seen_to = s->seen_to;
	p->began = s->began;
	p->record.events = s->seen.n;
	copy_scope(scope, &s->scope);
	tell_again(p->journal, s);
	return true;
}
