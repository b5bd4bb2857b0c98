/*
 * act - the verbs that do something to the running world.
 */
#include "scenario/play.h"
#include "scenario/together.h"

#include <inttypes.h>
#include <sys/wait.h>

#include "base/base.h"

#define CALL_MAX (1u << 20)
#define WORDS_MAX 32

/* --- keys ------------------------------------------------------------------------ */

static const struct expr *key_of(const struct step *s,
				 const struct expect *x, enum act_key key)
{
	switch (key) {
	case KEY_AS:
		return s ? s->as : NULL;
	case KEY_AT:
		return s ? s->at : NULL;
	case KEY_VIA:
		return s ? s->via : NULL;
	case KEY_RETURNS:
		return x->returns;
	case KEY_REVERTS:
		return x->reverts;
	}
	return NULL;
}

static struct keyed from_callers(enum act_key key, const struct act_keys *keys)
{
	struct keyed found = { 0 };
	const struct expr *x;

	if (!keys)
		return found;
	if (keys->expect && (x = key_of(NULL, keys->expect, key)))
		return (struct keyed){ x, keys->scope };
	found = from_callers(key, keys->outer);
	if (found.x || !keys->step)
		return found;
	x = key_of(keys->step, &keys->step->expect, key);
	return (struct keyed){ x, keys->scope };
}

struct keyed act_key(enum act_key key, const struct step *s,
		     const struct scope *scope, const struct act_keys *keys)
{
	struct keyed found = from_callers(key, keys);

	if (found.x)
		return found;
	return (struct keyed){ key_of(s, &s->expect, key), scope };
}

/* --- time ------------------------------------------------------------------------- */

static bool u64_of(const struct value *v, uint64_t *ret, struct err *e)
{
	if (v->kind != VALUE_INT || v->negative || !u256_fits_u64(ret, v->num))
		return err_set(e, ERR_RANGE, 0,
			       "a height or time must be a number of 64 bits");
	return true;
}

bool act_at(struct play *p, const struct value *moment, struct err *e)
{
	struct block head;
	uint64_t n;

	if (!u64_of(moment, &n, e) ||
	    !live_head(p->live, &head, e))
		return false;
	if (moment->unit == UNIT_TIME) {
		if (n <= head.time)
			return err_set(e, ERR_RANGE, 0,
				       "time %" PRIu64 " is past: the head is "
				       "at %" PRIu64, n, head.time);
		return live_next_time(p->live, n, e);
	}
	if (n <= head.number)
		return err_set(e, ERR_RANGE, 0,
			       "block %" PRIu64 " is past: the head is %" PRIu64,
			       n, head.number);
	if (n - 1 > head.number && !live_advance(p->live, n - 1, 0, e))
		return false;
	if (!live_head(p->live, &head, e))
		return false;
	if (head.number != n - 1)
		return err_set(e, ERR_MISMATCH, 0,
			       "operators sent transactions meanwhile: the "
			       "head is %" PRIu64 ", so nothing can be in "
			       "block %" PRIu64, head.number, n);
	return true;
}

/* The head is to be that moment itself, for who only looks. */
static bool look_at(struct play *p, const struct value *moment, struct err *e)
{
	bool by_time = moment->unit == UNIT_TIME;
	struct block head;
	uint64_t n, is;

	if (!u64_of(moment, &n, e) || !live_head(p->live, &head, e))
		return false;
	is = by_time ? head.time : head.number;
	if (n < is)
		return err_set(e, ERR_RANGE, 0,
			       "%s %" PRIu64 " is past: the head is %s%" PRIu64,
			       by_time ? "time" : "block", n,
			       by_time ? "at " : "", is);
	if (n > is &&
	    (!live_advance(p->live, by_time ? head.number + 1 : n,
			   by_time ? n : 0, e) ||
	     !live_rest(p->live, e) || !live_head(p->live, &head, e)))
		return false;
	if ((by_time ? head.time : head.number) != n)
		return err_set(e, ERR_MISMATCH, 0,
			       "operators sent transactions meanwhile: the "
			       "head is %" PRIu64 ", past the moment that is "
			       "looked at", head.number);
	return true;
}

typedef bool act_moment(struct play *p, const struct value *moment,
			struct err *e);

/* @go is given the moment that the step or its callers say, if any does. */
static bool act_keyed_at(struct play *p, const struct step *s,
			 const struct scope *scope, const struct act_keys *keys,
			 act_moment *go, struct err *e)
{
	struct keyed at = act_key(KEY_AT, s, scope, keys);
	struct value moment;

	for (const struct act_keys *k = keys; k; k = k->outer)
		if (k->at)
			return go(p, k->at, e);
	if (!at.x)
		return true;
	return eval(&moment, &p->env, at.scope, at.x, e) && go(p, &moment, e);
}

/* What does not fit is farther than any chain goes, and refused as that. */
static uint64_t after(uint64_t from, uint64_t n)
{
	return n > UINT64_MAX - from ? UINT64_MAX : from + n;
}

static bool advance_by(struct play *p, const struct value *by,
		       const struct block *head, struct err *e)
{
	uint64_t n;

	if (!u64_of(by, &n, e))
		return false;
	if (by->unit == UNIT_SECONDS)
		return live_advance(p->live, head->number + 1,
				    after(head->time, n), e);
	return live_advance(p->live, after(head->number, n), 0, e);
}

static bool advance_to(struct play *p, const struct value *to,
		       const struct block *head, struct err *e)
{
	uint64_t n;

	if (!u64_of(to, &n, e))
		return false;
	if (to->unit == UNIT_TIME)
		return live_advance(p->live, head->number + 1, n, e);
	return live_advance(p->live, n, 0, e);
}

/* To the first moment outside, so that whatever comes next is outside too. */
static bool advance_past(struct play *p, const struct value *v,
			 const struct block *head, struct err *e)
{
	struct window w;
	struct value first;

	if (!value_window(&w, v, e))
		return false;
	if (!u256_add(&w.last, w.last, U256_ONE))
		return err_set(e, ERR_RANGE, 0, "the window never ends");
	first = value_int(w.last, w.unit);
	return advance_to(p, &first, head, e);
}

enum play_end act_advance(struct play *p, const struct step *s,
			  const struct scope *scope)
{
	struct err e = ERR_INIT;
	struct block head;
	struct value v;
	bool ok = eval(&v, &p->env, scope, s->main, &e) &&
		  live_head(p->live, &head, &e);

	if (ok && s->advance == ADVANCE_BY)
		ok = advance_by(p, &v, &head, &e);
	else if (ok && s->advance == ADVANCE_TO)
		ok = advance_to(p, &v, &head, &e);
	else if (ok)
		ok = advance_past(p, &v, &head, &e);
	return ok ? PLAY_ON : play_broken(p, s, &e);
}

/* --- send and call ----------------------------------------------------------------- */

static void describe_call(struct play *p, const char *verb,
			  const struct call_ready *c, const char *as,
			  bool relay, struct outcome *o)
{
	struct buf b = BUF_INIT(4096);
	struct abi_val args = abi_val_list(c->args, c->fn->in->fields_n);

	buf_addf(&b, "%s %s.%s", verb, c->contract.text, c->fn->name);
	book_describe_value(live_book(p->live), &b, c->fn->in, &args);
	if (as)
		buf_addf(&b, " as %s", as);
	if (relay)
		buf_adds(&b, " via relay");
	o->summary = arena_strndup(p->arena, buf_str(&b), b.len);
	buf_done(&b);
}

static void take_revert(struct play *p, const struct addr20 *at,
			const void *data, size_t len, struct outcome *o)
{
	struct book *book = live_book(p->live);
	struct buf b = BUF_INIT(4096);
	uint8_t *copy = arena_memdup(p->arena, data, len);

	o->reverted = true;
	o->revert = book_decode_error(book, p->arena, at, copy, len);
	if (len)
		book_describe(book, &b, &o->revert);
	else
		buf_adds(&b, "empty revert data");
	o->revert_text = arena_strndup(p->arena, buf_str(&b), b.len);
	buf_done(&b);
}

bool act_has_key(const struct value *who)
{
	return who->kind == VALUE_REF &&
	       (who->ref == REF_OPERATOR || who->ref == REF_ROLE);
}

static bool send_as(struct play *p, const struct value *as,
		    const struct addr20 *to, struct u256 value,
		    const struct buf *data, struct receipt *ret, struct err *e)
{
	struct addr20 from;

	if (act_has_key(as))
		return live_send(p->live, p->arena, as->text, to, value,
				 data->data, data->len, 0, ret, e);
	return surround_address(p, as, &from, e) &&
	       live_send_as(p->live, p->arena, &from, to, value, data->data,
			    data->len, 15000000, ret, e);
}

/* What a mined transaction reverted with, or returned, no receipt says. */
static bool take_output(struct play *p, const struct call_ready *c,
			const struct addr20 *to, struct outcome *o,
			struct err *e)
{
	struct rpc *r = live_rpc(p->live);
	const uint8_t *out;
	struct abi_val v;
	size_t len;

	if (!o->receipt.ok) {
		if (!node_reverted(r, p->arena, &o->tx, &out, &len, e))
			return false;
		take_revert(p, to, out, len, o);
		return true;
	}
	if (!node_returned(r, p->arena, &o->tx, &out, &len, e) ||
	    !abi_decode(&v, p->arena, c->fn->out, out, len, e))
		return false;
	o->has_returns = true;
	o->returns = c->fn->out->fields_n == 1
			     ? value_of_abi(p->arena,
					    c->fn->out->fields[0].type,
					    &v.items[0])
			     : value_of_abi(p->arena, c->fn->out, &v);
	return true;
}

/* What a transaction that is mined shows. */
static bool take_receipt(struct play *p, const struct keyed *returns,
			 const struct call_ready *c, const struct value *who,
			 const struct addr20 *to, struct outcome *o,
			 struct err *e)
{
	bool ok;

	o->has_receipt = o->has_trace_tx = true;
	o->tx = o->receipt.tx;
	ok = (o->receipt.ok && !returns->x) || take_output(p, c, to, o, e);
	record_send(p, explain_value(p, who), o);
	return ok;
}

/* `via: relay`: who is called, and with what, so that a contract calls @to.
 * @data is replaced. */
static bool relayed(struct play *p, const struct keyed *via,
		    const struct addr20 *to, struct addr20 *ret,
		    struct buf *data, struct err *e)
{
	struct buf whole = BUF_INIT(CALL_MAX);

	if (!via->x) {
		*ret = *to;
		return true;
	}
	if (!live_relay(p->live, ret, to, data->data, data->len, &whole, e)) {
		buf_done(&whole);
		return false;
	}
	buf_done(data);
	*data = whole;
	return true;
}

static enum play_end send_ready(struct play *p, const struct step *s,
				const struct scope *scope,
				const struct act_keys *keys,
				const struct call_ready *c, struct outcome *o)
{
	struct keyed as = act_key(KEY_AS, s, scope, keys);
	struct keyed returns = act_key(KEY_RETURNS, s, scope, keys);
	struct keyed via = act_key(KEY_VIA, s, scope, keys);
	struct value who, wei = value_u64(0, UNIT_NONE);
	struct abi_val args = abi_val_list(c->args, c->fn->in->fields_n);
	struct buf data = BUF_INIT(CALL_MAX);
	enum play_end end = PLAY_ON;
	struct err e = ERR_INIT;
	struct addr20 to, at;
	bool ok;

	if (!as.x) {
		err_at(&e, s->pos, ERR_SCHEMA,
		       "nobody sends this: `as:` is missing");
		return play_broken(p, s, &e);
	}
	ok = eval(&who, &p->env, as.scope, as.x, &e) &&
	     (!s->args || !s->args[0] ||
	      eval(&wei, &p->env, scope, s->args[0], &e)) &&
	     surround_address(p, &c->contract, &to, &e) &&
	     abi_encode_call(&data, c->fn, &args, &e) &&
	     relayed(p, &via, &to, &at, &data, &e);
	if (ok)
		describe_call(p, "send", c, explain_value(p, &who),
			      via.x != NULL, o);
	if (ok && p->together)
		end = together_gather(p, s, c, &who, &at, wei.num, &data,
				      o->summary);
	else if (ok)
		ok = act_keyed_at(p, s, scope, keys, act_at, &e) &&
		     send_as(p, &who, &at, wei.num, &data, &o->receipt, &e) &&
		     take_receipt(p, &returns, c, &who, &to, o, &e);
	buf_done(&data);
	return ok ? end : play_broken(p, s, &e);
}

/* In `together`, when its block is mined. */
static enum play_end sent(struct play *p, const struct step *s,
			  const struct scope *scope,
			  const struct act_keys *keys, struct outcome *o)
{
	struct keyed returns = act_key(KEY_RETURNS, s, scope, keys);
	const struct together_tx *x;
	struct err e = ERR_INIT;
	struct addr20 to;

	if (!together_told(p, s, &x, &e) ||
	    !surround_address(p, &x->call.contract, &to, &e))
		return play_broken(p, s, &e);
	o->summary = x->summary;
	o->receipt = x->tx.receipt;
	return take_receipt(p, &returns, &x->call, &x->who, &to, o, &e)
		       ? PLAY_ON
		       : play_broken(p, s, &e);
}

enum play_end act_send(struct play *p, const struct step *s,
		       const struct scope *scope, const struct act_keys *keys,
		       struct outcome *o)
{
	struct call_ready c;
	struct err e = ERR_INIT;

	if (p->together && p->together->mined)
		return sent(p, s, scope, keys, o);
	if (!eval_call(&c, &p->env, scope, s->main, &e))
		return play_broken(p, s, &e);
	return send_ready(p, s, scope, keys, &c, o);
}

static bool call_ready(struct play *p, const struct call_ready *c,
		       const struct addr20 *from, const struct addr20 *to,
		       struct outcome *o, struct err *e)
{
	struct abi_val args = abi_val_list(c->args, c->fn->in->fields_n), v;
	struct buf data = BUF_INIT(CALL_MAX), out = BUF_INIT(ABI_BYTES_MAX);
	uint8_t *copy;
	bool ok = abi_encode_call(&data, c->fn, &args, e) &&
		  chain_call(live_rpc(p->live), from, to, data.data, data.len,
			     CHAIN_HEAD, &out, e);

	if (ok) {
		copy = arena_memdup(p->arena, out.data, out.len);
		ok = abi_decode(&v, p->arena, c->fn->out, copy, out.len, e);
	} else if (e->code == ERR_REVERT) {
		take_revert(p, to, out.data, out.len, o);
	}
	buf_done(&data);
	buf_done(&out);
	if (o->reverted)
		return true;
	if (!ok)
		return false;
	o->has_returns = true;
	o->returns = c->fn->out->fields_n == 1
			     ? value_of_abi(p->arena,
					    c->fn->out->fields[0].type,
					    &v.items[0])
			     : value_of_abi(p->arena, c->fn->out, &v);
	return true;
}

enum play_end act_call(struct play *p, const struct step *s,
		       const struct scope *scope, const struct act_keys *keys,
		       struct outcome *o)
{
	struct keyed as = act_key(KEY_AS, s, scope, keys);
	struct addr20 from, to;
	struct call_ready c;
	struct err e = ERR_INIT;
	struct value who;
	bool ok = act_keyed_at(p, s, scope, keys, look_at, &e) &&
		  eval_call(&c, &p->env, scope, s->main, &e) &&
		  surround_address(p, &c.contract, &to, &e);

	if (ok && as.x)
		ok = eval(&who, &p->env, as.scope, as.x, &e) &&
		     surround_address(p, &who, &from, &e);
	if (ok) {
		describe_call(p, "call", &c,
			      as.x ? explain_value(p, &who) : NULL, false, o);
		ok = call_ready(p, &c, as.x ? &from : NULL, &to, o, &e);
	}
	return ok ? PLAY_ON : play_broken(p, s, &e);
}

/* --- processes ---------------------------------------------------------------------- */

static bool command_words(struct play *p, const struct step *s,
			  const struct scope *scope, const char **words,
			  struct outcome *o, struct err *e)
{
	struct buf b = BUF_INIT(4096);
	bool ok = true;

	if (s->words_n >= WORDS_MAX)
		return err_at(e, s->pos, ERR_LIMIT, "more than %d words",
			      WORDS_MAX - 1);
	for (size_t i = 0; ok && i < s->words_n; i++) {
		ok = eval_text(&words[i], &p->env, scope, s->words[i], e);
		if (ok)
			buf_addf(&b, " %s", words[i]);
	}
	words[s->words_n] = NULL;
	o->summary = arena_strndup(p->arena, buf_str(&b), b.len);
	buf_done(&b);
	return ok;
}

static void take_command(struct play *p, const struct live_command *c,
			 struct outcome *o)
{
	static const char *const keys[] = { "exit", "out" };
	struct value *items = ARENA_ARRAY(p->arena, struct value, 2);

	items[0] = value_u64(WIFEXITED(c->status)
				     ? (uint64_t)WEXITSTATUS(c->status)
				     : 128u + (uint64_t)WTERMSIG(c->status),
			     UNIT_NONE);
	items[1] = value_text(arena_strdup(p->arena, c->output));
	o->has_returns = true;
	o->returns = value_map(keys, items, 2);
	o->has_trace_tx = c->has_tx;
	o->tx = c->tx;
	/* docs/operator.md: exit status 1 is a refusal by the chain. */
	if (c->reverted && WIFEXITED(c->status) && WEXITSTATUS(c->status) == 1)
		take_revert(p, NULL, c->revert, c->revert_len, o);
}

enum play_end act_run(struct play *p, const struct step *s,
		      const struct scope *scope, const struct act_keys *keys,
		      struct outcome *o)
{
	const char *words[WORDS_MAX];
	struct live_command c;
	struct err e = ERR_INIT;
	struct value who;

	if (!eval(&who, &p->env, scope, s->main, &e) ||
	    !command_words(p, s, scope, words, o, &e) ||
	    !act_keyed_at(p, s, scope, keys, act_at, &e) ||
	    !live_run(p->live, who.text, words, &c, &e))
		return play_broken(p, s, &e);
	o->summary = arena_printf(p->arena, "run %s%s", who.text, o->summary);
	take_command(p, &c, o);
	live_command_done(&c);
	return PLAY_ON;
}

enum play_end act_process(struct play *p, const struct step *s,
			  const struct value *who)
{
	static const enum live_process what[] = {
		[VERB_START] = LIVE_START,   [VERB_STOP] = LIVE_STOP,
		[VERB_KILL] = LIVE_KILL,     [VERB_PAUSE] = LIVE_PAUSE,
		[VERB_RESUME] = LIVE_RESUME,
	};
	struct err e = ERR_INIT;

	ASSERT((size_t)s->verb < ARRAY_LEN(what));
	if (!live_process(p->live, who->text, what[s->verb], &e))
		return play_broken(p, s, &e);
	record_process(p, who->text, s->verb_name);
	return PLAY_ON;
}

static bool fault_name(struct play *p, const struct expr *x,
		       const struct scope *scope, const char **ret,
		       struct err *e)
{
	/* Names like quote-body-flipped are words, not differences. */
	if (x->raw && x->style == YAML_PLAIN && x->raw[0] != '$') {
		*ret = x->raw;
		return true;
	}
	return eval_text(ret, &p->env, scope, x, e);
}

/* A gateway's fault: a word, or a map of one with its settings. */
static bool break_rpc(struct play *p, const struct part *part,
		      const struct expr *x, const struct scope *scope,
		      const char **ret, struct err *e)
{
	CLEANUP(json_decrefp) json_t *fault = NULL;
	struct buf b = BUF_INIT(4096);
	struct value v;
	bool ok = eval(&v, &p->env, scope, x, e) &&
		  value_to_json(&b, &p->env, &v, e) &&
		  json_parse(&fault, buf_str(&b), b.len, "fault", e) &&
		  live_break_rpc(p->live, part->name, fault, e);

	*ret = arena_strndup(p->arena, buf_str(&b), b.len);
	buf_done(&b);
	return ok || err_ctx(e, "%s.rpc", part->name);
}

static bool break_tee(struct play *p, const struct part *part,
		      const struct expr *x, const struct scope *scope,
		      const char **ret, struct err *e)
{
	return fault_name(p, x, scope, ret, e) &&
	       live_break(p->live, part->name, *ret, e);
}

/* It has one fault: it answers nobody. */
static bool break_aggregator(struct play *p, const struct expr *x,
			     const struct scope *scope, const char **ret,
			     struct err *e)
{
	if (!fault_name(p, x, scope, ret, e))
		return false;
	if (strcmp(*ret, "unavailable") != 0)
		return err_at(e, x->pos, ERR_SCHEMA,
			      "an aggregator has no fault `%s`; there is: "
			      "unavailable", *ret);
	return live_aggregator_away(p->live, true, e);
}

static bool put_fault(struct play *p, const struct step *s,
		      const struct scope *scope, const struct part *part,
		      const char **ret, struct err *e)
{
	const struct expr *by = s->args[0];

	if (part->kind == PART_AGGREGATOR)
		return break_aggregator(p, by, scope, ret, e);
	return (part->kind == PART_RPC ? break_rpc : break_tee)(
		p, part, by, scope, ret, e);
}

static bool end_faults(struct play *p, const struct part *part, struct err *e)
{
	if (part->kind == PART_AGGREGATOR)
		return live_aggregator_away(p->live, false, e);
	return part->kind == PART_RPC ? live_mend_rpc(p->live, part->name, e)
				      : live_mend(p->live, part->name, e);
}

enum play_end act_fault(struct play *p, const struct step *s,
			const struct scope *scope, const struct value *target)
{
	const struct part *part = target->kind == VALUE_OPAQUE ? target->opaque
							       : NULL;
	struct err e = ERR_INIT;
	const char *fault = NULL;
	bool ok;

	if (!part || (part->kind != PART_TEE && part->kind != PART_RPC &&
		      part->kind != PART_AGGREGATOR)) {
		err_at(&e, s->main->pos, ERR_UNSUPPORTED,
		       "`%s` wants a TEE, a way to the chain or an "
		       "aggregator: `alice.tee`, `alice.rpc`, "
		       "`phala.aggregator`",
		       s->verb_name);
		return play_broken(p, s, &e);
	}
	ok = s->verb == VERB_MEND ? end_faults(p, part, &e)
				  : put_fault(p, s, scope, part, &fault, &e);
	if (ok)
		record_fault(p, part->name, fault);
	return ok ? PLAY_ON : play_broken(p, s, &e);
}
