/*
 * explain - a failure with everything that helps to understand it.
 */
#include "scenario/play.h"

#include "base/clock.h"

#include "base/base.h"

#define TEXT_MAX 65536u
#define LINE_TEXT_MAX 240
#define LAST_LINES_MS 2
#define DEPTH_MAX 12

const char *explain_value(struct play *p, const struct value *v)
{
	struct buf b = BUF_INIT(TEXT_MAX);
	const char *text;

	value_format(&b, v, &p->env.names);
	text = arena_strndup(p->arena, buf_str(&b), b.len);
	buf_done(&b);
	return text;
}

static struct said *said_by(struct play *p, const char *actor,
			    enum child_stream s)
{
	struct said *x;

	for (size_t i = 0; i < p->said_n; i++)
		if (p->said[i].stream == s && !strcmp(p->said[i].actor, actor))
			return &p->said[i];
	GROW(p->said, p->said_n, p->said_cap);
	x = &p->said[p->said_n++];
	*x = (struct said){ .actor = xstrdup(actor), .stream = s };
	return x;
}

void explain_forget(struct play *p)
{
	while (p->said_n)
		free(p->said[--p->said_n].actor);
}

/* The newest of each are kept: a flood must not cost memory, nor drown what
 * the others say. */
void explain_actor_line(struct play *p, const char *actor, enum child_stream s,
			const char *line)
{
	struct said *x = said_by(p, actor, s);

	p->lines_said++;
	snprintf(x->lines[x->n++ % SAID_LINES], SAID_TEXT, "%s", line);
}

static int by_actor(const void *a, const void *b)
{
	const struct said *x = a, *y = b;
	int c = strcmp(x->actor, y->actor);

	return c ? c : (int)x->stream - (int)y->stream;
}

static bool never(void *arg)
{
	(void)arg;
	return false;
}

void explain_meanwhile(struct play *p)
{
	struct failure *f = &p->failure;
	struct err ignored = ERR_INIT;

	/* What they wrote before they came to rest may still be in a pipe. */
	(void)!loop_run_until(p->loop, never, NULL, clock_ms() + LAST_LINES_MS,
			      "last lines", &ignored);
	/* In which order lines of different pipes came is chance. */
	if (p->said_n)
		qsort(p->said, p->said_n, sizeof(*p->said), by_actor);
	for (size_t i = 0; i < p->said_n; i++) {
		struct said *x = &p->said[i];
		size_t at = x->n > SAID_LINES ? x->n - SAID_LINES : 0;

		for (; at < x->n && f->meanwhile_n < FAILURE_LINES_MAX; at++)
			f->meanwhile[f->meanwhile_n++] =
				arena_printf(p->arena, "%s: %s", x->actor,
					     x->lines[at % SAID_LINES]);
	}
}

static void trace_line(struct play *p, const char *text)
{
	struct failure *f = &p->failure;

	if (f->trace_n < FAILURE_LINES_MAX)
		f->trace[f->trace_n++] = text;
}

/* A proxy's frame and the delegatecall in it say the same. */
static bool is_echo(const struct call_frame *f)
{
	return !strcmp(f->kind, "DELEGATECALL");
}

static void trace_frame(struct play *p, const struct call_frame *f,
			unsigned depth)
{
	struct book *book = live_book(p->live);
	struct decoded call = book_decode_call(book, p->arena, &f->to,
					       f->input, f->input_len);
	struct buf b = BUF_INIT(TEXT_MAX);

	if (!is_echo(f)) {
		buf_addf(&b, "%*s→ ", (int)(2 * depth), "");
		if (!call.entry) {
			book_name(book, &b, &f->to);
			buf_addc(&b, '.');
		}
		book_describe(book, &b, &call);
		if (f->error) {
			struct decoded err = book_decode_error(
				book, p->arena, &f->to, f->output,
				f->output_len);

			buf_adds(&b, "  ✗ ");
			if (f->output_len)
				book_describe(book, &b, &err);
			else
				buf_adds(&b, f->error);
		}
		if (b.len > LINE_TEXT_MAX) {
			size_t at = LINE_TEXT_MAX;

			while (at && (b.data[at] & 0xc0) == 0x80)
				at--;
			trace_line(p, arena_printf(p->arena, "%.*s…", (int)at,
						   buf_str(&b)));
		} else {
			trace_line(p, arena_strndup(p->arena, buf_str(&b),
						    b.len));
		}
	}
	buf_done(&b);
	for (size_t i = 0; depth < DEPTH_MAX && i < f->calls_n; i++)
		trace_frame(p, &f->calls[i], depth + !is_echo(f));
}

static void trace(struct play *p, const struct outcome *o)
{
	struct call_frame top;
	struct err e = ERR_INIT;

	if (!o->has_trace_tx)
		return;
	if (node_trace(live_rpc(p->live), p->arena, &o->tx, &top, &e))
		trace_frame(p, &top, 0);
	else
		trace_line(p, arena_printf(p->arena, "(no trace: %s)",
					   e.text));
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
	f->step = arena_strdup(p->arena, p->number);
	f->pos = s->pos;
	f->summary = summary(p, s, o);
	f->reason = arena_strdup(p->arena, reason);
	f->trace_n = 0;
	trace(p, o);
	return PLAY_FAILED;
}
