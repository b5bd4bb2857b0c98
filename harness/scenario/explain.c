/*
 * explain - a failure with everything that helps to understand it.
 */
#include "scenario/play.h"

#include "base/base.h"

#define TEXT_MAX 65536u

const char *explain_value(struct play *p, const struct value *v)
{
	struct buf b = BUF_INIT(TEXT_MAX);
	const char *text;

	value_format(&b, v, &p->env.names);
	text = arena_strndup(p->arena, buf_str(&b), b.len);
	buf_done(&b);
	return text;
}

const char *explain_beside(struct play *p, const struct value *v,
			   const struct value *beside)
{
	struct value as = value_beside(p->arena, v, beside);

	return explain_value(p, &as);
}

const char *explain_event(struct play *p, const struct seen *s)
{
	struct buf b = BUF_INIT(TEXT_MAX);
	const char *text;

	if (s->at)
		buf_addf(&b, "%s.", s->at->name);
	buf_adds(&b, s->event ? s->event->name : "(unknown event)");
	if (s->event) {
		buf_addc(&b, ' ');
		value_format(&b, &s->args, &p->env.names);
	}
	text = arena_strndup(p->arena, buf_str(&b), b.len);
	buf_done(&b);
	return text;
}

/* --- the step, and what it changed --------------------------------------------- */

static const struct yaml_doc *doc_of(const struct play *p, const char *file)
{
	const struct world *w = p->scn->world;

	for (const struct scenario *s = p->scn; s; s = s->from)
		if (s->file && !strcmp(s->file->file, file))
			return s->file;
	for (size_t i = 0; i < w->verbs_n; i++)
		if (!strcmp(w->verbs[i]->file->file, file))
			return w->verbs[i]->file;
	for (size_t i = 0; i < w->invariants_n; i++)
		if (!strcmp(w->invariants[i]->file->file, file))
			return w->invariants[i]->file;
	return NULL;
}

/* Its own lines: up to one that is not further in; those that do not fit are
 * seen to be missing. */
static void source(struct play *p, struct failure_place *at)
{
	const struct src_pos *pos = &at->pos;
	const struct yaml_doc *doc = doc_of(p, pos->file);

	if (!doc)
		return;
	while (pos->line + at->source_n <= doc->lines_n) {
		uint32_t n = pos->line + (uint32_t)at->source_n;
		size_t len, in = 0;
		const char *line = yaml_line(doc, n, &len);

		while (in < len && line[in] == ' ')
			in++;
		if (at->source_n && (in == len || in + 1 < pos->col))
			return;
		if (at->source_n == FAILURE_SOURCE_MAX) {
			at->source[at->source_n - 1] = "…";
			return;
		}
		at->source[at->source_n++] = arena_strndup(p->arena, line, len);
	}
}

/* Outwards in, as callers are known inwards out: the scenario's step first. */
static void chain(struct failure *f, const struct caller *c)
{
	if (!c)
		return;
	chain(f, c->outer);
	if (!c->outer)
		f->at.pos = c->step->pos;
	else if (f->inside_n < FAILURE_INSIDE_MAX - 2)
		f->inside[f->inside_n++].pos = c->step->pos;
}

/* The innermost of them that is of the same file is where @pos stands. */
static void more_exactly(struct failure *f, const struct src_pos *pos)
{
	for (size_t i = f->inside_n; i-- > 0;)
		if (!strcmp(f->inside[i].pos.file, pos->file)) {
			f->inside[i].pos = *pos;
			return;
		}
	if (!strcmp(f->at.pos.file, pos->file))
		f->at.pos = *pos;
	else
		f->inside[f->inside_n++].pos = *pos;
}

void explain_place(struct play *p, const struct step *s,
		   const struct src_pos *pos)
{
	struct failure *f = &p->failure;

	f->step = arena_strdup(p->arena, p->number);
	f->inside_n = f->of_n = 0;
	memset(&f->at, 0, sizeof(f->at));
	memset(f->inside, 0, sizeof(f->inside));
	chain(f, p->caller);
	if (p->caller)
		f->inside[f->inside_n++].pos = s->pos;
	else
		f->at.pos = s->pos;
	if (pos->line)
		more_exactly(f, pos);
	source(p, &f->at);
	for (size_t i = 0; i < f->inside_n; i++)
		source(p, &f->inside[i]);
}

static void events(struct play *p, const struct outcome *o)
{
	for (size_t i = 0; i < o->events_n; i++)
		failure_line(&p->failure.events,
			     explain_event(p, &o->events[i]));
}

static void changed_line(struct play *p, const struct ledger_line *before,
			 const struct ledger_line *after)
{
	struct failure_lines *l = &p->failure.state;
	struct value by;
	struct err ignored;
	const char *was = explain_value(p, &before->value);
	const char *is = explain_value(p, &after->value);

	if (!strcmp(was, is))
		return;
	if (value_arith(&by, OP_SUB, &after->value, &before->value, &ignored))
		failure_line(l, arena_printf(p->arena, "%s  %s → %s (%s%s)",
					     after->name, was, is,
					     by.negative ? "" : "+",
					     explain_value(p, &by)));
	else
		failure_line(l, arena_printf(p->arena, "%s  %s → %s",
					     after->name, was, is));
}

/* What the chain does not know any more is not shown. */
static void state(struct play *p)
{
	struct ledger *before, *after;
	struct err ignored = ERR_INIT;
	struct block head;

	if (!live_head(p->live, &head, &ignored) ||
	    head.number <= p->step_from ||
	    !observe_ledger_at(p, p->step_from, &before, &ignored) ||
	    !observe_ledger_at(p, head.number, &after, &ignored) ||
	    before->n != after->n)
		return;
	for (size_t i = 0; i < after->n; i++)
		changed_line(p, &before->lines[i], &after->lines[i]);
}

static const char *summary(struct play *p, const struct step *s,
			   const struct outcome *o)
{
	const char *what = o->summary ? o->summary : s->verb_name;

	if (!o->has_receipt)
		return what;
	return arena_printf(p->arena, "%s   block %llu, %s, gas %llu", what,
			    (unsigned long long)o->receipt.block,
			    fmt_hash(&o->receipt.tx).s,
			    (unsigned long long)o->receipt.gas_used);
}

enum play_end explain_failure(struct play *p, const struct step *s,
			      const struct outcome *o, const char *fmt, ...)
{
	struct failure *f = &p->failure;
	char reason[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	f->verdict = VERDICT_FAIL;
	f->summary = summary(p, s, o);
	f->reason = arena_strdup(p->arena, reason);
	explain_place(p, s, &s->pos);
	if (o->has_trace_tx)
		f->trace.n = trace_calls(p, &o->tx, f->trace.at,
					 FAILURE_LINES_MAX);
	events(p, o);
	state(p);
	return PLAY_FAILED;
}
