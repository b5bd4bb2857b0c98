/*
 * record - what the journal hears of a play (docs/journal.md).
 *
 * Operators run beside the harness, so what they do arrives in no fixed order.
 * It is kept until the step ends, when everybody rests, and written in the
 * order of the chain or of the actors' names: the same seed, the same journal.
 */
#include "scenario/play.h"

#include "codec/json_put.h"
#include "eth/tx.h"

#include "base/base.h"
#include "base/hex.h"

#define TEXT_MAX 65536u
#define CALL_TEXT_MAX 400
#define SAID_MAX 1024 /* events of all operators in one step */

static const char *take_text(struct play *p, struct buf *b)
{
	const char *text = arena_strndup(p->arena, buf_str(b), b->len);

	buf_done(b);
	return text;
}

/* Long arguments, quotes above all, are cut between characters. */
static const char *shorten(struct play *p, const char *text)
{
	size_t at = CALL_TEXT_MAX;

	if (strlen(text) <= at)
		return text;
	while (at && ((unsigned char)text[at] & 0xc0) == 0x80)
		at--;
	return arena_printf(p->arena, "%.*s…", (int)at, text);
}

static const char *event_text(struct play *p, const struct value *v)
{
	struct buf b = BUF_INIT(TEXT_MAX);

	value_format(&b, v, &p->env.names);
	return shorten(p, take_text(p, &b));
}

/* --- plays and rows --------------------------------------------------------- */

void record_play(struct play *p)
{
	json_t *rows = json_array();

	for (size_t i = 0; i < p->choices->n; i++)
		json_array_append_new(
			rows, p->choices->at[i].row == CHOICE_SKIP
				      ? json_null()
				      : json_integer((json_int_t)(
						p->choices->at[i].row + 1)));
	journal_write(p->journal, "play.start",
		      json_pack("{s:I, s:o}", "block", (json_int_t)p->seen_to,
				"rows", rows));
}

void record_row(struct play *p, size_t row, size_t rows)
{
	journal_write(p->journal, "row.start",
		      json_pack("{s:s, s:I, s:I, s:I}", "step", p->number,
				"block", (json_int_t)p->seen_to, "row",
				(json_int_t)(row + 1), "of",
				(json_int_t)rows));
}

/* --- what a step does --------------------------------------------------------- */

static bool is_before(const struct receipt *r, uint64_t block, uint64_t index)
{
	return r->block < block || (r->block == block && r->index < index);
}

static char *tx_fields(struct play *p, const struct receipt *r,
		       const char *actor, const char *by, const char *call,
		       const char *error)
{
	struct buf b = BUF_INIT(SIZE_MAX / 2);

	json_put_text(&b, "step", p->number);
	json_put_text(&b, "actor", actor);
	json_put_text(&b, "by", by);
	json_put_text(&b, "call", shorten(p, call));
	json_put_int(&b, "block", (json_int_t)r->block);
	json_put_int(&b, "gas", (json_int_t)r->gas_used);
	json_put_bool(&b, "ok", r->ok);
	json_put_text(&b, "tx", fmt_hash(&r->tx).s);
	json_put_text(&b, "error", error);
	return buf_take(&b);
}

/* Receipts of one block come in any order; here they stand as in the block. */
static void keep_tx(struct play *p, const struct receipt *r,
		    const char *actor, const char *by, const char *call,
		    const char *error)
{
	struct step_record *sr = &p->record;
	struct sent *sent;
	size_t at;

	GROW(p->sent.items, p->sent.n, p->sent.cap);
	sent = p->sent.items;
	for (at = p->sent.n++;
	     at && is_before(r, sent[at - 1].block, sent[at - 1].index); at--)
		sent[at] = sent[at - 1];
	sent[at] = (struct sent){ arena_strdup(p->arena, actor), r->tx,
				  r->block, r->index, r->ok };
	GROW(sr->txs, sr->txs_n, sr->txs_cap);
	for (at = sr->txs_n++;
	     at && is_before(r, sr->txs[at - 1].block, sr->txs[at - 1].index);
	     at--)
		sr->txs[at] = sr->txs[at - 1];
	sr->txs[at].block = r->block;
	sr->txs[at].index = r->index;
	sr->txs[at].actor = arena_strdup(p->arena, actor);
	sr->txs[at].tx = r->tx;
	sr->txs[at].fields = tx_fields(p, r, actor, by, call, error);
}

void record_send(struct play *p, const char *actor, const struct outcome *o)
{
	keep_tx(p, &o->receipt, actor, "scenario", o->summary,
		o->revert_text ? o->revert_text : "");
}

const char *record_sender(const struct play *p, const char *actor,
			  const struct gateway_call *c)
{
	const struct world *w = p->scn->world;

	if (world_find(w, actor, NULL, NULL) != REF_PROCESS)
		return c->source == GATEWAY_DAEMON ? "operator" : "command";
	return c->source == GATEWAY_COMMAND ? "command" : "process";
}

/* Lives in @a, as all that it is made of. */
static const char *raw_call(const struct play *p, struct arena *a,
			    const struct gateway_call *c)
{
	const char *hex = json_string_value(json_array_get(c->params, 0));
	struct buf b = BUF_INIT(TEXT_MAX);
	const char *text;
	struct decoded d;
	struct err ignored;
	struct tx tx;
	uint8_t *raw;
	size_t len;

	if (!hex)
		return "";
	if (hex_decode_alloc(&raw, &len, hex, strlen(hex), &ignored)) {
		if (tx_decode(&tx, NULL, NULL, raw, len, &ignored)) {
			d = book_decode_call(live_book(p->live), a, &tx.to,
					     tx.data, tx.data_len);
			book_describe(live_book(p->live), &b, &d);
		}
		free(raw);
	}
	text = arena_strdup(a, buf_str(&b));
	buf_done(&b);
	return text;
}

void record_answer(struct play *p, const char *actor,
		   const struct gateway_call *c, const json_t *result)
{
	CLEANUP(arena_freep) struct arena *own = arena_new();
	struct err ignored;
	struct receipt r;

	/* The gateway gives the receipt where it passed a transaction on. */
	if (strncmp(c->method, "eth_sendRawTransaction",
		    strlen("eth_sendRawTransaction")) != 0 ||
	    !json_is_object(result) ||
	    !chain_receipt_parse(&r, own, result, &ignored))
		return;
	keep_tx(p, &r, actor, record_sender(p, actor, c), raw_call(p, own, c),
		"");
}

static const char *begins_with(const char *text, const char *const *all,
			       size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (all[i] && !strncmp(text, all[i], strlen(all[i])))
			return all[i];
	return NULL;
}

/* Ports and folders that the system chose are chance, which no journal tells. */
static char *without_chance(const struct play *p, const char *text)
{
	static const char local[] = "http://127.0.0.1:";
	const char *dirs[] = { live_dir(p->live), live_tee_dir(p->live) };
	struct buf b = BUF_INIT(TEXT_MAX);

	while (*text) {
		const char *dir = begins_with(text, dirs, ARRAY_LEN(dirs));

		if (!strncmp(text, local, sizeof(local) - 1)) {
			text += sizeof(local) - 1;
			buf_addf(&b, "%sPORT", local);
			text += strspn(text, "0123456789");
		} else if (dir) {
			buf_adds(&b, "DIR");
			text += strlen(dir);
		} else {
			buf_addc(&b, *text++);
		}
	}
	return buf_take(&b);
}

static char *said_fields(const struct play *p, const char *actor,
			 const json_t *event)
{
	struct buf b = BUF_INIT(SIZE_MAX / 2);
	const char *key;
	json_t *v;

	json_put_text(&b, "step", p->number);
	json_put_text(&b, "actor", actor);
	json_put_open(&b, "said", '{');
	json_object_foreach((json_t *)(uintptr_t)event, key, v) {
		const char *text = json_string_value(v);
		CLEANUP(freep) char *masked =
			text ? without_chance(p, text) : NULL;

		if (text)
			json_put_text(&b, key, masked);
		else
			json_put_json(&b, key, v);
	}
	json_put_close(&b, '}');
	return buf_take(&b);
}

void record_said(struct play *p, const char *actor, const json_t *event)
{
	struct step_record *sr = &p->record;
	size_t at;

	/* A flood is in the log; here it would drown everything else. */
	if (sr->said_n == SAID_MAX)
		return;
	GROW(sr->said, sr->said_n, sr->said_cap);
	actor = arena_strdup(p->arena, actor);
	for (at = sr->said_n++;
	     at && strcmp(sr->said[at - 1].actor, actor) > 0; at--)
		sr->said[at] = sr->said[at - 1];
	sr->said[at].actor = actor;
	sr->said[at].fields = said_fields(p, actor, event);
}

void record_heartbeat(struct play *p, const char *actor,
		      const json_t *record)
{
	struct step_record *sr = &p->record;
	json_t *fields = json_pack("{s:s, s:s}", "step", p->number, "actor",
				   actor);
	size_t at;

	/* Of our own making, and const only to us. */
	json_object_update(fields, (json_t *)(uintptr_t)record);
	GROW(sr->beats, sr->beats_n, sr->beats_cap);
	actor = arena_strdup(p->arena, actor);
	for (at = sr->beats_n++;
	     at && strcmp(sr->beats[at - 1].actor, actor) > 0; at--)
		sr->beats[at] = sr->beats[at - 1];
	sr->beats[at].actor = actor;
	sr->beats[at].fields = fields;
}

static const char *plight(const char *what)
{
	static const char *const words[][2] = { { "pause", "paused" },
						{ "stop", "stopped" },
						{ "kill", "killed" } };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (!strcmp(words[i][0], what))
			return words[i][1];
	return NULL;
}

void record_process(struct play *p, const char *actor, const char *what)
{
	/* What it was told meanwhile does not wake it. */
	if (strcmp(what, "configure") != 0)
		explain_plight(p, actor, plight(what), false);
	journal_write(p->journal, "process",
		      json_pack("{s:s, s:s, s:s, s:I}", "step", p->number,
				"actor", actor, "what", what, "block",
				(json_int_t)p->seen_to));
}

void record_fault(struct play *p, const char *actor, const char *fault)
{
	CLEANUP(freep) char *text = fault ? xasprintf("fault %s", fault)
					  : NULL;

	explain_plight(p, actor, text, true);
	journal_write(p->journal, "fault",
		      json_pack("{s:s, s:s, s:s?, s:I}", "step", p->number,
				"actor", actor, "fault", fault, "block",
				(json_int_t)p->seen_to));
}

void record_check(struct play *p, const char *what, const char *expected,
		  const char *actual)
{
	struct buf *b = &p->record.checks;

	if (!b->cap)
		*b = BUF_INIT(SIZE_MAX / 2);
	json_put_open(b, NULL, '{');
	json_put_text(b, "what", what);
	json_put_text(b, "expected", shorten(p, expected));
	json_put_text(b, "actual", shorten(p, actual));
	json_put_close(b, '}');
}

size_t record_checks(const struct play *p)
{
	return p->record.checks.len;
}

void record_checks_drop(struct play *p, size_t since)
{
	buf_cut(&p->record.checks, since);
}

/* --- its end ------------------------------------------------------------------- */

static const char *key_of(struct play *p, const struct value *args, size_t i)
{
	return args->keys ? args->keys[i] : arena_printf(p->arena, "%zu", i);
}

static bool same_key(const struct value *args, size_t i, size_t k)
{
	return args->keys && !strcmp(args->keys[i], args->keys[k]);
}

/*
 * What is told of the argument at @i. Without a name there may be several: of
 * these the last, where the first stands, and NULL where the others do.
 */
static const struct value *told_of(const struct value *args, size_t i)
{
	size_t last = i;

	for (size_t k = 0; k < i; k++)
		if (same_key(args, k, i))
			return NULL;
	for (size_t k = i + 1; k < args->len; k++)
		if (same_key(args, i, k))
			last = k;
	return &args->items[last];
}

static void write_event(struct play *p, const struct seen *s)
{
	struct buf *b = journal_begin(p->journal, "event");

	json_put_text(b, "step", p->number);
	json_put_int(b, "block", (json_int_t)s->block);
	json_put_text(b, "contract", s->at ? s->at->name : "");
	json_put_text(b, "event", s->event ? s->event->name : "");
	json_put_open(b, "args", '{');
	for (size_t i = 0; s->event && i < s->args.len; i++) {
		const struct value *v = told_of(&s->args, i);

		if (v)
			json_put_text(b, key_of(p, &s->args, i),
				      event_text(p, v));
	}
	json_put_close(b, '}');
	journal_end(p->journal);
}

static void write_events(struct play *p)
{
	for (; p->record.events < p->seen.n; p->record.events++) {
		json_t *slash;

		write_event(p, &p->seen.items[p->record.events]);
		slash = slash_of(p, p->record.events);
		if (slash)
			journal_write(p->journal, "slash", slash);
	}
}

static void write_text(struct play *p, const char *kind, char *take_fields)
{
	json_put_all(journal_begin(p->journal, kind), take_fields,
		     strlen(take_fields));
	journal_end(p->journal);
	free(take_fields);
}

static void write_kept(struct play *p)
{
	struct step_record *sr = &p->record;

	for (size_t i = 0; i < sr->txs_n; i++) {
		write_text(p, "tx", sr->txs[i].fields);
		if (p->trace)
			trace_tx(p, sr->txs[i].actor, &sr->txs[i].tx);
	}
	trace_write(p);
	for (size_t i = 0; i < sr->said_n; i++)
		write_text(p, "said", sr->said[i].fields);
	for (size_t i = 0; i < sr->beats_n; i++)
		journal_write(p->journal, "heartbeat", sr->beats[i].fields);
	sr->txs_n = sr->said_n = sr->beats_n = 0;
}

static const char *step_text(struct play *p, const struct step *s,
			     const struct outcome *o)
{
	/* A verb written in YAML has the outcome of its last step. */
	if (o->summary && s->verb != VERB_YAML)
		return shorten(p, o->summary);
	if (s->main && s->main->raw)
		return shorten(p, arena_printf(p->arena, "%s %s", s->verb_name,
					       s->main->raw));
	return s->verb_name;
}

void record_step(struct play *p, const struct step *s, const struct outcome *o,
		 const char *verdict, uint64_t ms)
{
	struct buf *checks = &p->record.checks, *b;
	const char *text = step_text(p, s, o);

	write_kept(p);
	write_events(p);
	b = journal_begin(p->journal, "step.end");
	json_put_text(b, "step", p->number);
	json_put_text(b, "file", s->pos.file);
	json_put_int(b, "line", (json_int_t)s->pos.line);
	json_put_text(b, "text", s->verb_name);
	json_put_text(b, "summary", text);
	json_put_text(b, "verdict", verdict);
	json_put_int(b, "block", (json_int_t)p->seen_to);
	json_put_open(b, "checks", '[');
	json_put_all(b, buf_str(checks), checks->len);
	json_put_close(b, ']');
	json_put_int(b, "ms", (json_int_t)ms);
	journal_end(p->journal);
	buf_clear(checks);
	journal_settle(p->journal);
}

void record_begin(struct play *p)
{
	struct step_record *sr = &p->record;

	for (size_t i = 0; i < sr->txs_n; i++)
		free(sr->txs[i].fields);
	for (size_t i = 0; i < sr->said_n; i++)
		free(sr->said[i].fields);
	for (size_t i = 0; i < sr->asked_n; i++)
		json_decref(sr->asked[i].fields);
	for (size_t i = 0; i < sr->beats_n; i++)
		json_decref(sr->beats[i].fields);
	sr->txs_n = sr->said_n = sr->asked_n = sr->beats_n = 0;
	sr->events = p->seen.n;
}

void record_done(struct play *p)
{
	record_begin(p);
	buf_done(&p->record.checks);
	free(p->record.txs);
	free(p->record.said);
	free(p->record.beats);
	free(p->record.asked);
	p->record = (struct step_record){ 0 };
}
