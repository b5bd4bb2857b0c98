#include "scenario/run.h"

#include <errno.h>

#include "base/clock.h"
#include "scenario/play.h"
#include "scenario/run_priv.h"

#include "base/base.h"

#define LIVES_MAX 4 /* worlds kept ready at once */

/* A base that runs, and whom it serves. */
struct kept {
	struct live *live;
	struct views *views; /* asked in it */
	struct hash32 key; /* of its spec */
	uint64_t used;	   /* when, for making room */
};

struct run {
	struct loop *loop; /* borrowed, as are the two below */
	const struct run_options *o;
	struct journal *journal;
	struct live_chains *chains; /* what they run on */
	struct kept kept[LIVES_MAX];
	uint64_t turn;
	const struct step *dropped; /* --audit: see struct play */
	const void *negated;
	struct step_marks *marks;
	struct play *now; /* whom events of processes belong to */
	struct run_stop *stop; /* of the next play; or NULL */
	uint64_t seed;	       /* of the present turn */
	const char *own_seed;  /* the same as text, with --repeat; or NULL */
	struct stage *stages;  /* the highest; or NULL */
	bool continued;	       /* others go on from the present turn's end */
};

/* --- live worlds --------------------------------------------------------------------- */

static void line_said(void *arg, const char *actor, enum child_stream s,
		      const char *line, const json_t *event)
{
	struct run *r = arg;

	if (r->now)
		play_heard(r->now, actor, s, line, event);
}

static void beaten(void *arg, const char *actor, const json_t *record)
{
	const struct run *r = arg;

	if (r->now)
		record_heartbeat(r->now, actor, record);
}

static void answered(void *arg, const char *actor, const struct gateway_call *c,
		     const json_t *result, const json_t *error)
{
	struct run *r = arg;

	if (!r->now)
		return;
	record_answer(r->now, actor, c, result);
	if (r->now->trace)
		trace_answer(r->now, actor, c, result, error);
}

static void kept_end(struct kept *k)
{
	live_free(TAKE(k->live));
	views_free(TAKE(k->views));
}

/* The one that was used longest ago makes room. */
static struct kept *room(struct run *r)
{
	struct kept *oldest = &r->kept[0];

	for (size_t i = 0; i < LIVES_MAX; i++) {
		if (!r->kept[i].live)
			return &r->kept[i];
		if (r->kept[i].used < oldest->used)
			oldest = &r->kept[i];
	}
	kept_end(oldest);
	return oldest;
}

static void drop(struct run *r, const struct live *live)
{
	stages_lost(r->stages, live);
	for (size_t i = 0; i < LIVES_MAX; i++)
		if (r->kept[i].live == live) {
			live_abandon(TAKE(r->kept[i].live));
			kept_end(&r->kept[i]);
		}
}

static bool live_for(struct run *r, const struct world *w, struct arena *a,
		     struct kept **ret, struct err *e)
{
	const struct live_events ev = {
		.on_line = line_said,
		.on_heartbeat = beaten,
		.gateway = { .keep_params = r->o->trace,
			     .on_answer = answered,
			     .arg = r },
		.arg = r,
	};
	struct live_spec spec;
	struct hash32 key;
	struct kept *k;

	if (!run_live_spec(a, w, r->o, &spec, e))
		return false;
	key = run_spec_key(&spec);
	for (size_t i = 0; i < LIVES_MAX; i++) {
		k = &r->kept[i];
		if (!k->live || !hash_eq(&k->key, &key))
			continue;
		k->used = ++r->turn;
		*ret = k;
		return true;
	}
	k = room(r);
	spec.chains = r->chains;
	if (!live_new(&k->live, r->loop, &spec, &ev, e))
		return false;
	k->views = views_new();
	k->key = key;
	k->used = ++r->turn;
	*ret = k;
	return true;
}

/* --- one play ----------------------------------------------------------------------------- */

/* Each scenario has a seed of its own, whatever the order they are played in. */
static uint64_t seed_of(uint64_t seed, const char *id)
{
	struct keccak k;
	struct hash32 h;
	uint64_t v;

	keccak_init(&k);
	keccak_add(&k, &seed, sizeof(seed));
	keccak_add(&k, id, strlen(id));
	h = keccak_done(&k);
	memcpy(&v, h.b, sizeof(v));
	return v;
}

/* A play that differs from what the file says, or stops in it, is its own. */
static bool shares(const struct run *r)
{
	return !r->dropped && !r->negated && !r->marks && !r->stop;
}

static bool begin_anew(struct run *r, struct play *p,
		       const struct live_operator *ops, size_t n,
		       struct err *e)
{
	struct block head;
	struct kept *k;

	if (!live_for(r, p->scn->world, p->arena, &k, e))
		return false;
	p->live = k->live;
	p->views = k->views;
	if (takes_back(p->scn))
		live_renew(p->live);
	if (!live_begin(p->live, ops, n, p->seed, e) ||
	    !live_head(p->live, &head, e))
		return false;
	p->began = p->seen_to = head.number;
	/* What the actors said while the world was made explains nothing, and
	 * what they sent was before the first step. */
	explain_forget(p);
	p->sent.n = 0;
	record_begin(p);
	record_play(p);
	return true;
}

static bool begin(struct run *r, struct play *p, struct scope *scope,
		  struct err *e)
{
	struct live_operator *ops;
	size_t n;

	if (!run_cast(p->arena, p->scn->world, &ops, &n, e))
		return false;
	if (!shares(r))
		stages_drop(&r->stages);
	journal_copy(p->journal,
		     shares(r) && (r->continued || !stage_lacking(p->scn)));
	p->behind = stages_for(&r->stages, p->scn);
	return p->behind ? stage_resume(r->stages, p, ops, n, scope, e)
			 : begin_anew(r, p, ops, n, e);
}

static bool keep(struct run *r, struct play *p, const struct scenario *s,
		 const struct scope *scope)
{
	return !shares(r) || stage_keep(&r->stages, p, s, scope, &p->err);
}

/*
 * The steps of what is continued, then its own, in one scope. Each part is
 * played as it is when it is played alone: in its own world and by its own
 * seed, so that it does not matter who plays it.
 * @in: a scenario of this world.
 */
static enum play_end play_story(struct run *r, struct play *p,
				const struct scenario *s,
				const struct scenario *in, struct scope *scope)
{
	enum play_end end = PLAY_ON;

	if (s->from && s->from->file != p->behind) {
		end = play_story(r, p, s->from, s->own_world ? in : s->from,
				 scope);
		if (end == PLAY_ON && !stage_lacking(s) &&
		    !keep(r, p, s->from, scope))
			end = PLAY_BROKEN;
	}
	if (end != PLAY_ON)
		return end;
	p->scn = in;
	p->seed = seed_of(r->seed, s->id);
	surround(p);
	p->checked = false; /* what is continued has checks of its own */
	return play_steps(p, &s->steps, scope);
}

/* The last play of a scenario is at its end: in none was anything judged. */
static enum play_end unchecked(struct play *p)
{
	p->failure.verdict = VERDICT_FAIL;
	p->failure.at.pos = p->scn->pos;
	p->failure.reason = "nothing was checked: no step that expects "
			    "anything was played";
	return PLAY_FAILED;
}

static enum play_end play_scenario(struct run *r, struct play *p,
				   struct scope *scope)
{
	const struct scenario *s = p->scn;
	enum play_end end = play_story(r, p, s, s, scope);

	p->scn = s;
	if (end == PLAY_ON && !r->o->stop && !p->checked &&
	    !p->choices->checked)
		return unchecked(p);
	if (end == PLAY_ON && r->continued && !keep(r, p, s, scope))
		end = PLAY_BROKEN;
	return end;
}

/* Before the first step: of what is continued first. */
static bool unmet(struct play *p, const struct scenario *s,
		  const char **ret_need, struct err *e)
{
	*ret_need = NULL;
	if (s->from && (!unmet(p, s->from, ret_need, e) || *ret_need))
		return *ret_need != NULL;
	for (size_t i = 0; !*ret_need && i < s->needs_n; i++) {
		bool met;

		if (!eval_true(&met, &p->env, p->scn->world->bound,
			       s->needs[i], e))
			return false;
		if (!met)
			*ret_need = s->needs[i]->raw;
	}
	return true;
}

/* A scenario has --timeout from its first world to its last branch. */
static void limit(struct run *r)
{
	char why[64];

	/* A century is none. */
	if (!r->o->timeout_s || r->o->timeout_s > UINT32_MAX)
		return;
	snprintf(why, sizeof(why), "the scenario's %llu s (--timeout)",
		 (unsigned long long)r->o->timeout_s);
	loop_limit(r->loop, clock_ms() + r->o->timeout_s * 1000, why);
}

/* What must fail is no failure, and a branch not yet an end. */
static void pause_if_asked(struct run *r, struct play *p, enum play_end end)
{
	bool bad = end == PLAY_FAILED || end == PLAY_BROKEN;

	if (!p->live || end == PLAY_BRANCH ||
	    !(r->o->keep || (r->o->pause_on_failure && bad && !p->scn->fails) ||
	      (p->stop && !p->stop->step)))
		return;
	loop_limit(r->loop, UINT64_MAX, "");
	if (end == PLAY_FAILED)
		pause_play(p, p->failure.at.pos, p->failure.reason);
	else if (end == PLAY_BROKEN)
		pause_play(p, p->err.pos, p->err.text);
	else
		pause_play(p, p->scn->pos, "it is at its end");
	limit(r);
}

static enum play_end play_once(struct run *r, struct play *p,
			       const char **ret_need)
{
	struct scope scope = { .outer = p->scn->world->bound };
	struct err e = ERR_INIT;
	enum play_end end;

	r->now = p;
	if (!begin(r, p, &scope, &e) ||
	    (surround(p), !p->behind && !unmet(p, p->scn, ret_need, &e))) {
		p->err = e;
		end = PLAY_BROKEN;
	} else {
		end = *ret_need ? PLAY_ON : play_scenario(r, p, &scope);
	}
	scope_done(&scope);
	journal_copy(r->journal, false);
	if (end == PLAY_FAILED || end == PLAY_BROKEN)
		explain_meanwhile(p);
	r->now = NULL;
	if (end == PLAY_FAILED)
		e.pos = p->failure.at.pos;
	else
		e = p->err;
	if (p->live && live_blame(p->live, &e)) {
		p->err = e;
		end = PLAY_BROKEN;
	} else {
		pause_if_asked(r, p, end);
	}
	if (p->live && end != PLAY_BROKEN)
		live_end(p->live);
	else if (p->live)
		drop(r, p->live); /* nobody knows what state it is in */
	return end;
}

static void play_done(struct play *p)
{
	free(p->seen.items);
	free(p->delegations.all);
	free(p->delegations.trail.views);
	free(p->sent.items);
	explain_forget(p);
	free(p->said);
	free(p->plights);
	buf_done(&p->call);
	quantities_done(p);
	record_done(p);
	arena_free(p->arena);
}

/* --- a scenario: all its branches ------------------------------------------------------------ */

struct result {
	enum verdict verdict;
	char reason[ERR_TEXT_MAX];
};

static void note_failure(struct run *r, const struct failure *f,
			 struct result *res)
{
	res->verdict = f->verdict;
	snprintf(res->reason, sizeof(res->reason), "%s", f->reason);
	run_write_failure(r->journal, "failure", f, r->own_seed);
}

/* What a step asks for and cannot be had is the scenario's own fault, not that
 * of what plays it. */
static enum verdict verdict_of(enum err_code code)
{
	if (code == ERR_TIMEOUT)
		return VERDICT_TIMEOUT;
	return code == ERR_SCHEMA || code == ERR_RANGE || code == ERR_LIMIT ||
			       code == ERR_MISMATCH || code == ERR_UNSUPPORTED
		       ? VERDICT_FAIL
		       : VERDICT_ERROR;
}

/* Where it was, and what the actors said, is known already. */
static struct failure error_of(const struct play *p)
{
	struct failure f = p->failure;

	/* A world that was never there is no verdict on its operators, nor on
	 * what the scenario asks of it. */
	f.verdict = *p->number ? verdict_of(p->err.code) : VERDICT_ERROR;
	f.at.pos = p->err.pos;
	f.reason = p->err.text;
	f.rows_n = 0;
	return f;
}

/* Where it failed in the scenario's own file, and the first line of why. */
static void note_foreseen(struct run *r, const struct failure *f,
			  struct result *res)
{
	const struct src_pos *at = &f->at.pos;
	const int len = (int)strcspn(f->reason, "\n");

	if (at->line)
		snprintf(res->reason, sizeof(res->reason),
			 "failed as it must, %s:%u: %.*s", at->file, at->line,
			 len, f->reason);
	else
		snprintf(res->reason, sizeof(res->reason),
			 "failed as it must: %.*s", len, f->reason);
	run_write_failure(r->journal, "foreseen", f, r->own_seed);
}

/* `fails:` turns what it announces into a pass, all else into a failure. */
static void turn_over(struct run *r, struct play *p, const struct must_fail *m,
		      const struct failure *f, struct result *res)
{
	struct failure wrong;

	if (must_fail_met(p->arena, m, f, &wrong))
		note_foreseen(r, f, res);
	else
		note_failure(r, &wrong, res);
}

static void judge_end(struct run *r, struct play *p, enum play_end end,
		      const char *need, struct result *res)
{
	const struct must_fail *m = p->scn->fails;
	struct failure f;

	if (need) {
		res->verdict = VERDICT_SKIP;
		snprintf(res->reason, sizeof(res->reason), "needs %s", need);
	} else if (end == PLAY_BROKEN) {
		f = error_of(p);
		if (m)
			turn_over(r, p, m, &f, res);
		else
			note_failure(r, &f, res);
	} else if (m) {
		turn_over(r, p, m, end == PLAY_FAILED ? &p->failure : NULL,
			  res);
	} else if (end == PLAY_FAILED) {
		note_failure(r, &p->failure, res);
	}
}

static void play_choices(struct run *r, const struct scenario *s,
			 uint64_t seed, struct choices *c, struct result *res);

/*
 * The rows of branch @at, and then behind it. Where the choices were those of a
 * journal they go on behind it, and only what they lead to stops.
 */
static void play_branch(struct run *r, const struct scenario *s, uint64_t seed,
			struct choices *c, size_t at, size_t rows,
			struct result *res)
{
	struct choice *own = &c->at[at], behind[CHOICES_MAX];
	struct run_stop *stop = r->stop;
	size_t n = c->n;

	ASSERT(at < CHOICES_MAX);
	if (at < n) {
		memcpy(behind, c->at, n * sizeof(*behind));
		r->stop = NULL;
	}
	own->arena = arena_new();
	own->named = ARENA_ARRAY(own->arena, struct value, rows);
	c->n = at + 1;
	for (own->row = 0; own->row < rows && res->verdict == VERDICT_PASS;
	     own->row++)
		play_choices(r, s, seed, c, res);
	own->row = CHOICE_SKIP;
	if (at < n) {
		c->n = n;
		memcpy(own + 1, behind + at + 1,
		       (n - at - 1) * sizeof(*behind));
		r->stop = stop;
	}
	if (res->verdict == VERDICT_PASS)
		play_choices(r, s, seed, c, res);
	c->n = n;
	arena_free(TAKE(own->arena));
	own->named = NULL;
}

/* What `save` takes out of a row outlives the row's play. */
static void take_row(struct choices *c, struct play *p)
{
	struct choice *of = &c->at[p->row_of];

	if (!p->row_named)
		return;
	of->named[of->row] = *p->row_named;
	arena_join(of->arena, TAKE(p->arena));
}

/* Plays with these choices; where a branch is met whose rows are to be played,
 * with each of them, and then behind it. */
static void play_choices(struct run *r, const struct scenario *s,
			 uint64_t seed, struct choices *c, struct result *res)
{
	struct play p = {
		.loop = r->loop,
		.scn = s,
		.journal = r->journal,
		.arena = arena_new(),
		.seed = seed,
		.trace = r->o->trace,
		.stop = r->stop,
		.dropped = r->dropped,
		.negated = r->negated,
		.marks = r->marks,
		.choices = c,
	};
	const char *need = NULL;
	enum play_end end = play_once(r, &p, &need);
	size_t rows = p.branch_rows, at = p.branches;

	c->checked |= p.checked;
	if (r->stop && r->stop->step && (end != PLAY_BRANCH || at == c->n))
		r->stop = NULL;
	if (end == PLAY_ROW)
		take_row(c, &p);
	if (end != PLAY_BRANCH)
		judge_end(r, &p, end, need, res);
	play_done(&p);
	if (end == PLAY_BRANCH)
		play_branch(r, s, seed, c, at, rows, res);
}

void run_count(struct run_totals *t, enum verdict v)
{
	t->passed += v == VERDICT_PASS;
	t->failed += v == VERDICT_FAIL || v == VERDICT_TIMEOUT;
	t->errors += v == VERDICT_ERROR;
	t->skipped += v == VERDICT_SKIP;
}

void run_began(const struct run_options *o, size_t turn)
{
	if (o->watch)
		o->watch->began(o->watch->arg, turn);
}

void run_ended(const struct run_options *o, size_t turn, enum verdict v)
{
	if (o->watch)
		o->watch->ended(o->watch->arg, turn, v);
}

unsigned run_counted(const struct run_totals *t)
{
	return t->passed + t->failed + t->errors + t->skipped;
}

unsigned run_failed(const struct run_totals *t)
{
	return t->failed + t->errors;
}

enum verdict run_scene(struct run *r, const struct scenario *s, uint64_t seed,
		       bool continued)
{
	char text[RUN_SEED_MAX];
	const char *own = run_own_seed(text, r->o, seed);
	struct choice at[CHOICES_MAX] = { { .row = 0 } };
	struct choices c = { .at = at };
	struct result res = { .verdict = VERDICT_PASS };
	uint64_t start = clock_ms();

	r->continued = continued;
	/* Beginnings were played by the seed before. */
	if (r->seed != seed)
		stages_drop(&r->stages);
	r->seed = seed;
	r->own_seed = own;
	run_write_start(r->journal, s, own);
	limit(r);
	if (r->stop && r->stop->rows_n) {
		ASSERT(r->stop->rows_n < CHOICES_MAX);
		c.n = r->stop->rows_n;
		for (size_t i = 0; i < c.n; i++)
			at[i].row = r->stop->rows[i];
	}
	play_choices(r, s, seed_of(seed, s->id), &c, &res);
	loop_limit(r->loop, UINT64_MAX, "");
	run_write_end(r->journal, res.verdict, res.reason, own,
		      clock_ms() - start);
	r->own_seed = NULL;
	return res.verdict;
}

enum verdict run_without(struct run *r, const struct scenario *s,
			 const struct step *dropped, const void *negated,
			 struct step_marks *marks)
{
	enum verdict v;

	r->dropped = dropped;
	r->negated = negated;
	r->marks = marks;
	v = run_scene(r, s, r->o->seed, false);
	r->dropped = NULL;
	r->negated = NULL;
	r->marks = NULL;
	return v;
}

struct run *run_new(struct loop *loop, const struct run_options *o,
		    struct journal *j)
{
	struct run *r = xcalloc(1, sizeof(*r));

	*r = (struct run){ .loop = loop, .o = o, .journal = j,
			   .stop = o->stop, .chains = live_chains_new() };
	return r;
}

void run_free(struct run *r)
{
	if (!r)
		return;
	stages_drop(&r->stages);
	for (size_t i = 0; i < LIVES_MAX; i++)
		kept_end(&r->kept[i]);
	live_chains_free(r->chains);
	free(r);
}

void run_journal(struct run *r, struct journal *j)
{
	r->journal = j;
}
