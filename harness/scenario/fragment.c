#include "scenario/fragment.h"

#include "report/story.h"
#include "scenario/check.h"
#include "scenario/play.h"
#include "scenario/verbs.h"

#include "base/base.h"

/* No row is chosen where a branch would need the world anew. */
static const struct choices no_choices;

struct fragments {
	struct fragments_spec spec;
	struct play play;
	struct scope scope;   /* what was saved so far */
	struct scenario none; /* before the first */
	struct journal *journal;
	struct buf *out; /* of the fragment that is being played */
};

/* --- what happened, as text ----------------------------------------------- */

static void tell_tx(struct buf *out, const json_t *r)
{
	bool own = !strcmp(story_text(r, "by"), "scenario");

	/* What is sent by hand says who sends it. */
	buf_addf(out, "%s%s%s   block %lld, gas %lld",
		 own ? "" : story_text(r, "actor"), own ? "" : " → ",
		 story_text(r, "call"), story_int(r, "block"),
		 story_int(r, "gas"));
	if (!json_is_true(json_object_get(r, "ok")))
		buf_addf(out, ", reverted: %s",
			 *story_text(r, "error") ? story_text(r, "error")
						 : "without data");
	buf_addc(out, '\n');
}

static void tell_event(struct buf *out, const json_t *r)
{
	json_t *args = json_object_get(r, "args"), *v;
	const char *name, *between = "";

	if (!*story_text(r, "event"))
		return;
	buf_addf(out, "  %s.%s(", story_text(r, "contract"),
		 story_text(r, "event"));
	json_object_foreach(args, name, v)
	{
		buf_addf(out, "%s%s: %s", between, name, json_string_value(v));
		between = ", ";
	}
	buf_adds(out, ")\n");
}

static void tell(void *arg, const json_t *r)
{
	const struct fragments *f = arg;
	const char *ev = story_text(r, "ev");

	if (!f->out)
		return;
	if (!strcmp(ev, "tx"))
		tell_tx(f->out, r);
	else if (!strcmp(ev, "event"))
		tell_event(f->out, r);
	else if (!strcmp(ev, "process"))
		buf_addf(f->out, "%s: %s\n", story_text(r, "actor"),
			 story_text(r, "what"));
	else if (!strcmp(ev, "fault"))
		buf_addf(f->out, "%s: %s\n", story_text(r, "actor"),
			 *story_text(r, "fault") ? story_text(r, "fault")
						 : "mended");
}

/* Of a step that was asked for itself, not of those inside of it. */
static void tell_values(struct fragments *f, const struct step *s,
			const struct outcome *o)
{
	struct play *p = &f->play;

	if (s->verb == VERB_LET)
		for (size_t i = 0; i < s->lets_n; i++)
			buf_addf(f->out, "$%s = %s\n", s->lets[i].name,
				 explain_value(p, scope_get(&f->scope,
							    s->lets[i].name)));
	else if (s->verb == VERB_ADVANCE)
		buf_addf(f->out, "block %llu\n",
			 (unsigned long long)p->seen_to);
	else if (s->verb == VERB_CHECK)
		buf_adds(f->out, "holds\n");
	else if (o->has_returns)
		buf_addf(f->out, "%s\n", explain_value(p, &o->returns));
	for (size_t i = 0; s->save && o->gives && i < o->gives->len; i++)
		buf_addf(f->out, "$%s.%s = %s\n", s->save, o->gives->keys[i],
			 explain_value(p, &o->gives->items[i]));
}

/* --- playing -------------------------------------------------------------- */

/* Others may have sent transactions since the last fragment. */
static bool catch_up(struct play *p, struct err *e)
{
	live_moved(p->live);
	if (!live_rest(p->live, e) || !observe_events(p, e))
		return false;
	record_begin(p);
	p->number[0] = 0;
	p->failure = (struct failure){ 0 };
	p->err = (struct err){ 0 };
	return true;
}

static enum play_end play_all(struct fragments *f, const struct step_list *l)
{
	struct play *p = &f->play;
	enum play_end end = PLAY_ON;

	for (size_t i = 0; end == PLAY_ON && i < l->n; i++) {
		struct outcome o = { 0 };

		snprintf(p->number, sizeof(p->number), "%zu", i + 1);
		end = play_step(p, l->steps[i], &f->scope, NULL, &o);
		if (end == PLAY_ON)
			tell_values(f, l->steps[i], &o);
	}
	return end;
}

static void tell_error(struct buf *out, const struct err *e,
		       const struct failure *f)
{
	if (e->pos.line)
		buf_addf(out, "%s:%u:%u: ", e->pos.file, e->pos.line,
			 e->pos.col);
	buf_addf(out, "%s\n", e->text);
	for (size_t i = 0; i < f->inside_n; i++)
		buf_addf(out, "inside %s:%u:%u\n", f->inside[i].pos.file,
			 f->inside[i].pos.line, f->inside[i].pos.col);
}

static enum fragment_end ended(struct fragments *f, enum play_end end)
{
	struct play *p = &f->play;
	CLEANUP(json_decrefp) json_t *record = NULL;

	switch (end) {
	case PLAY_FAILED:
		explain_meanwhile(p);
		record = failure_json(&p->failure);
		failure_print(f->out, record, NULL);
		return FRAGMENT_FAILED;
	case PLAY_BRANCH:
		buf_addf(f->out,
			 "step %s starts every row in the same state, "
			 "and processes that run, or what its steps do "
			 "beside the chain, cannot be put back: stop them "
			 "first, or play a file with `avsbed run`\n",
			 p->number);
		return FRAGMENT_BROKEN;
	case PLAY_BROKEN:
		(void)!live_blame(p->live, &p->err);
		tell_error(f->out, &p->err, &p->failure);
		return FRAGMENT_BROKEN;
	case PLAY_ON:
	case PLAY_ROW:
	case PLAY_GATHERED:
		break;
	}
	return FRAGMENT_PLAYED;
}

enum fragment_end fragments_play(struct fragments *f, const char *name,
				 const char *text, size_t len, struct buf *out)
{
	struct diags *d = f->spec.diags;
	struct play *p = &f->play;
	const struct scenario *s;
	enum fragment_end ret;

	diags_done(d);
	diags_init(d);
	s = library_fragment(f->spec.library, f->spec.world, name, text, len);
	if (s)
		check_fragment(d, s, &f->scope, &f->spec.abis);
	if (d->n) {
		diags_sort(d);
		diags_format(out, d);
		return FRAGMENT_REFUSED;
	}
	p->scn = s;
	f->out = out;
	ret = ended(f, catch_up(p, &p->err) ? play_all(f, &s->steps)
					    : PLAY_BROKEN);
	f->out = NULL;
	return ret;
}

bool fragments_rewound(struct fragments *f, struct err *e)
{
	struct play *p = &f->play;
	struct block head;

	if (!live_head(p->live, &head, e))
		return false;
	forget_after(p, head.number);
	record_begin(p);
	return true;
}

bool fragments_value(struct fragments *f, struct buf *out,
		     const struct scope *in, const struct expr *x,
		     struct err *e)
{
	struct play *p = &f->play;
	CLEANUP(arena_freep) struct arena *own = arena_new();
	struct arena *kept = p->arena;
	uint64_t seen_to;
	struct value v;
	size_t seen_n;
	bool ok;

	live_moved(p->live);
	if (!observe_events(p, e))
		return false;
	seen_n = p->seen.n;
	seen_to = p->seen_to;
	/* A table asks at every block, for days. */
	p->arena = p->env.arena = own;
	ok = eval(&v, &p->env, in ? in : &f->scope, x, e);
	if (ok)
		value_format(out, &v, &p->env.names);
	p->arena = p->env.arena = kept;
	/* What came meanwhile went with it, and is looked at again. */
	p->seen.n = seen_n;
	p->seen_to = seen_to;
	return ok;
}

bool fragments_events(struct fragments *f, size_t n, struct buf *out,
		      struct err *e)
{
	struct play *p = &f->play;
	size_t first;

	live_moved(p->live);
	if (!observe_events(p, e))
		return false;
	for (first = p->seen.n; first && n; n--)
		first--;
	for (; first < p->seen.n; first++) {
		const struct seen *s = &p->seen.items[first];

		if (!s->event)
			continue;
		buf_addf(out, "block %llu  %s.%s", (unsigned long long)s->block,
			 s->at ? s->at->name : "?", s->event->name);
		value_format(out, &s->args, &p->env.names);
		buf_addc(out, '\n');
	}
	return true;
}

/* --- what may be typed ---------------------------------------------------- */

static void add_functions(const struct fragments *f, json_t *list,
			  const char *name)
{
	const char *artifact = world_artifact(f->spec.world, name);
	const struct abi *abi =
		artifact ? f->spec.abis.lookup(f->spec.abis.ctx, artifact)
			 : NULL;

	for (size_t i = 0; abi && i < abi->functions_n; i++)
		json_array_append_new(
			list,
			json_sprintf("%s.%s(", name, abi->functions[i].name));
}

static void add_text(json_t *list, const char *text, const char *after)
{
	json_array_append_new(list, json_sprintf("%s%s", text, after));
}

json_t *fragments_words(struct fragments *f)
{
	const struct world *w = f->spec.world;
	json_t *list = json_array();

	for (int v = 0; v < VERB__COUNT; v++)
		add_text(list, verb_specs[v].name, ":");
	for (int c = 0; c < COMMON__COUNT; c++)
		add_text(list, common_specs[c].name, ":");
	for (size_t i = 0; i < w->verbs_n; i++)
		add_text(list, w->verbs[i]->name, ":");
	for (size_t i = 0; i < w->operators_n; i++)
		add_text(list, w->operators[i].name, "");
	for (size_t i = 0; i < w->processes_n; i++)
		add_text(list, w->processes[i].name, "");
	for (size_t i = 0; i < w->roles_n; i++)
		add_text(list, w->roles[i], "");
	for (size_t i = 0; i < w->tokens_n; i++) {
		add_text(list, w->tokens[i].name, "");
		add_functions(f, list, w->tokens[i].name);
	}
	for (size_t i = 0; i < w->contracts_n; i++)
		add_functions(f, list, w->contracts[i].name);
	for (size_t i = 0; i < f->scope.n; i++)
		json_array_append_new(
			list, json_sprintf("$%s", f->scope.vars[i].name));
	return list;
}

/* --- the whole ------------------------------------------------------------ */

static void know(struct fragments *f, const char *name)
{
	const struct world *was = f->spec.world;
	struct arena *a = f->play.arena;
	struct world *w;
	const char **roles;
	struct src_pos *pos;

	if (world_find(was, name, NULL, NULL) != REF_NONE)
		return;
	w = arena_memdup(a, was, sizeof(*w));
	roles = ARENA_ARRAY(a, const char *, was->roles_n + 1);
	pos = ARENA_ARRAY(a, struct src_pos, was->roles_n + 1);
	for (size_t i = 0; i < was->roles_n; i++) {
		roles[i] = was->roles[i];
		pos[i] = was->roles_pos[i];
	}
	roles[w->roles_n++] = arena_strdup(a, name);
	w->roles = roles;
	w->roles_pos = pos;
	f->spec.world = f->none.world = w;
	f->play.scn = &f->none;
	surround(&f->play);
}

void fragments_know(struct fragments *f)
{
	const json_t *name;
	size_t i;

	json_array_foreach(live_named(f->play.live), i, name)
		know(f, json_string_value(name));
}

void fragments_heard(struct fragments *f, const char *actor,
		     enum child_stream s, const char *line, const json_t *event)
{
	play_heard(&f->play, actor, s, line, event);
}

void fragments_answered(struct fragments *f, const char *actor,
			const struct gateway_call *c, const json_t *result)
{
	record_answer(&f->play, actor, c, result);
}

bool fragments_new(struct fragments **ret, const struct fragments_spec *spec,
		   struct err *e)
{
	CLEANUP(fragments_freep) struct fragments *f = xcalloc(1, sizeof(*f));
	struct play *p = &f->play;
	struct block head;

	f->spec = *spec;
	f->none = (struct scenario){ .title = "",
				     .id = "do",
				     .world = spec->world };
	f->scope.outer = spec->world->bound;
	p->choices = &no_choices;
	p->views = views_new();
	p->loop = spec->loop;
	p->live = spec->live;
	p->scn = &f->none;
	p->arena = arena_new();
	p->seed = spec->seed;
	if (!journal_new(&f->journal, NULL, e) ||
	    !live_head(p->live, &head, e))
		return false;
	p->seen_to = head.number;
	journal_sink(f->journal, tell, NULL, f);
	p->journal = f->journal;
	surround(p);
	fragments_know(f);
	record_begin(p);
	*ret = TAKE(f);
	return true;
}

void fragments_free(struct fragments *f)
{
	struct play *p;

	if (!f)
		return;
	p = &f->play;
	views_free(p->views);
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
	scope_done(&f->scope);
	arena_free(p->arena);
	journal_free(f->journal);
	free(f);
}
