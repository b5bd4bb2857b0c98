/*
 * trace - a transaction as the tree of its calls; and with --trace every one of
 * them, and what each actor asks the chain.
 */
#include "scenario/play.h"

#include "base/base.h"

#define TEXT_MAX 65536u
#define LINE_TEXT_MAX 240
#define DEPTH_MAX 12
#define LINES_MAX 256
#define ASKED_MAX 4096 /* of all actors in one step */

/* --- the tree of calls ---------------------------------------------------------- */

struct lines {
	const char **items;
	size_t n; /* with those beyond @max */
	size_t max;
};

/* Cut between characters. */
static const char *cut(struct play *p, const struct buf *b)
{
	size_t at = LINE_TEXT_MAX;

	if (b->len <= at)
		return arena_strndup(p->arena, buf_str(b), b->len);
	while (at && (b->data[at] & 0xc0) == 0x80)
		at--;
	return arena_printf(p->arena, "%.*s…", (int)at, buf_str(b));
}

static void add_line(struct lines *l, const char *text)
{
	if (l->n < l->max)
		l->items[l->n] = text;
	l->n++;
}

/* A proxy's frame and the delegatecall in it say the same. */
static bool is_echo(const struct call_frame *f)
{
	return !strcmp(f->kind, "DELEGATECALL");
}

/* Contracts of the chain itself; no ABI says what they are asked. */
static const char *precompile(const struct addr20 *a)
{
	static const struct {
		unsigned at;
		const char *name;
	} known[] = { { 0x1, "ecrecover" },   { 0x2, "sha256" },
		      { 0x4, "identity" },    { 0x5, "modexp" },
		      { 0x6, "bn254Add" },    { 0x7, "bn254Mul" },
		      { 0x8, "bn254Pairing" }, { 0x100, "p256Verify" } };
	unsigned at = (unsigned)a->b[18] << 8 | a->b[19];

	for (size_t i = 0; i < sizeof(a->b) - 2; i++)
		if (a->b[i])
			return NULL;
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (known[i].at == at)
			return known[i].name;
	return NULL;
}

static void add_frame(struct play *p, const struct call_frame *f,
		      unsigned depth, struct lines *l)
{
	struct book *book = live_book(p->live);
	struct decoded call = book_decode_call(book, p->arena, &f->to,
					       f->input, f->input_len);
	struct buf b = BUF_INIT(TEXT_MAX);

	if (!is_echo(f)) {
		buf_addf(&b, "%*s→ ", (int)(2 * depth), "");
		if (!call.entry && precompile(&f->to)) {
			buf_addf(&b, "%s ", precompile(&f->to));
		} else if (!call.entry) {
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
		add_line(l, cut(p, &b));
	}
	buf_done(&b);
	for (size_t i = 0; depth < DEPTH_MAX && i < f->calls_n; i++)
		add_frame(p, &f->calls[i], depth + !is_echo(f), l);
}

size_t trace_calls(struct play *p, const struct hash32 *tx, const char **ret,
		   size_t max)
{
	struct lines l = { .items = ret, .max = max };
	struct call_frame top;
	struct err e = ERR_INIT;

	if (node_trace(live_rpc(p->live), p->arena, tx, &top, &e))
		add_frame(p, &top, 0, &l);
	else
		add_line(&l, arena_printf(p->arena, "(no trace: %s)",
					  e.text));
	return l.n;
}

void trace_tx(struct play *p, const char *actor, const struct hash32 *tx)
{
	const char *lines[LINES_MAX];
	size_t n = trace_calls(p, tx, lines, LINES_MAX);
	json_t *list = json_array();

	for (size_t i = 0; i < n && i < LINES_MAX; i++)
		json_array_append_new(list, json_said(lines[i]));
	journal_write(p->journal, "trace",
		      json_pack("{s:s, s:s, s:s, s:o}", "step", p->number,
				"actor", actor, "tx", fmt_hash(tx).s, "calls",
				list));
}

/* --- what is asked --------------------------------------------------------------- */

static const char *json_line(struct play *p, const json_t *j)
{
	CLEANUP(freep) char *text = j ? json_text(j) : xstrdup("");
	struct buf b = BUF_INIT(1u << 26);
	const char *line;

	buf_adds(&b, text);
	line = cut(p, &b);
	buf_done(&b);
	return line;
}

/* A call that a view is asked by, as a call; else the parameters as they are. */
static const char *asked(struct play *p, const struct gateway_call *c)
{
	const json_t *call = json_array_get(c->params, 0);
	const char *key = json_object_get(call, "data") ? "data" : "input";
	struct buf b = BUF_INIT(TEXT_MAX);
	const char *text;
	struct decoded d;
	struct addr20 to;
	struct err ignored;
	uint8_t *data;
	size_t len;

	if (!json_is_object(call) || !json_addr_at(&to, call, "to", &ignored) ||
	    !json_bytes_at(&data, &len, call, key, &ignored))
		return json_line(p, c->params);
	d = book_decode_call(live_book(p->live), p->arena, &to, data, len);
	book_describe(live_book(p->live), &b, &d);
	free(data);
	text = cut(p, &b);
	buf_done(&b);
	return text;
}

/* A revert by its name; other errors as they are. */
static const char *refused(struct play *p, const json_t *error)
{
	struct buf b = BUF_INIT(TEXT_MAX);
	const char *text;
	struct decoded d;
	struct err ignored;
	uint8_t *data;
	size_t len;

	if (!json_bytes_at(&data, &len, error, "data", &ignored))
		return json_line(p, error);
	d = book_decode_error(live_book(p->live), p->arena, NULL, data, len);
	book_describe(live_book(p->live), &b, &d);
	free(data);
	text = cut(p, &b);
	buf_done(&b);
	return text;
}

void trace_answer(struct play *p, const char *actor,
		  const struct gateway_call *c, const json_t *result,
		  const json_t *error)
{
	struct step_record *sr = &p->record;
	size_t at;

	if (sr->asked_n == ASKED_MAX)
		return;
	GROW(sr->asked, sr->asked_n, sr->asked_cap);
	actor = arena_strdup(p->arena, actor);
	for (at = sr->asked_n++;
	     at && strcmp(sr->asked[at - 1].actor, actor) > 0; at--)
		sr->asked[at] = sr->asked[at - 1];
	sr->asked[at].actor = actor;
	sr->asked[at].fields = json_pack(
		"{s:s, s:s, s:s, s:s, s:o, s:o, s:b}", "step", p->number,
		"actor", actor, "by", record_sender(p, actor, c), "method",
		c->method, "asks", json_said(asked(p, c)), "gets",
		json_said(error ? refused(p, error) : json_line(p, result)),
		"ok", error == NULL);
}

void trace_write(struct play *p)
{
	struct step_record *sr = &p->record;

	for (size_t i = 0; i < sr->asked_n; i++)
		journal_write(p->journal, "rpc", sr->asked[i].fields);
	sr->asked_n = 0;
}
