/*
 * surround_call - what expressions call: views of contracts, an operator's
 * TEE, and the functions that need the chain.
 */
#include "scenario/play.h"

#include "base/hex.h"
#include "codec/quote_events.h"

#include "base/base.h"

#define CALL_MAX 65536u

bool surround_call(struct value *ret, void *ctx, const struct value *contract,
		   const struct abi_entry *fn, const struct abi_val *args,
		   struct err *e)
{
	struct buf data = BUF_INIT(CALL_MAX);
	struct abi_val tuple = abi_val_list(args, fn->in->fields_n), v;
	struct play *p = ctx;
	struct addr20 at;
	const uint8_t *out;
	size_t len;
	bool ok = surround_address(p, contract, &at, e) &&
		  abi_encode_call(&data, fn, &tuple, e) &&
		  views_ask(p, &at, &data, &out, &len, e);

	if (ok) {
		ok = abi_decode(&v, p->arena, fn->out, out, len, e);
	} else if (e->code == ERR_REVERT) {
		struct decoded d = book_decode_error(live_book(p->live),
						     p->arena, &at, out, len);
		struct buf text = BUF_INIT(4096);

		book_describe(live_book(p->live), &text, &d);
		err_set(e, ERR_REVERT, 0, "%s.%s reverted: %s", contract->text,
			fn->name, buf_str(&text));
		buf_done(&text);
	}
	buf_done(&data);
	if (!ok)
		return false;
	*ret = fn->out->fields_n == 1
		       ? value_of_abi(p->arena, fn->out->fields[0].type,
				      &v.items[0])
		       : value_of_abi(p->arena, fn->out, &v);
	return true;
}

/* The guest agent writes bytes as hex without 0x. */
static struct value agent_answer(struct play *p, const json_t *answer)
{
	static const char *const hex_fields[] = { "quote", "report_data" };
	struct value v = value_of_json(p->arena, answer);
	struct value *items = arena_memdup(p->arena, v.items,
					   v.len * sizeof(*items));
	struct err ignored;

	for (size_t i = 0; i < v.len; i++) {
		for (size_t k = 0; k < ARRAY_LEN(hex_fields); k++) {
			uint8_t *bytes;
			size_t len;

			if (strcmp(v.keys[i], hex_fields[k]) ||
			    items[i].kind != VALUE_TEXT ||
			    !hex_decode_alloc(&bytes, &len, items[i].text,
					      strlen(items[i].text), &ignored))
				continue;
			items[i] = value_bytes(
				arena_memdup(p->arena, bytes, len), len);
			free(bytes);
		}
	}
	v.items = items;
	return v;
}

/* What is 0x-hex in it is bytes. */
static struct value bytes_answer(struct play *p, const json_t *answer)
{
	struct value v = value_of_json(p->arena, answer);
	struct value *items =
		arena_memdup(p->arena, v.items, v.len * sizeof(*items));

	for (size_t i = 0; i < v.len; i++) {
		CLEANUP(freep) uint8_t *bytes = NULL;
		struct err ignored;
		size_t len;

		if (items[i].kind == VALUE_TEXT &&
		    hex_decode_alloc(&bytes, &len, items[i].text,
				     strlen(items[i].text), &ignored))
			items[i] = value_bytes(
				arena_memdup(p->arena, bytes, len), len);
	}
	v.items = items;
	return v;
}

static bool tee_method(struct play *p, const struct part *part,
		       const char *name, const struct value *args, size_t n,
		       struct value *ret, struct err *e)
{
	CLEANUP(json_decrefp) json_t *answer = NULL;

	if (!strcmp(name, "collateral") && !n) {
		if (!live_collateral(p->live, part->name, &answer, e))
			return false;
		*ret = bytes_answer(p, answer);
		return true;
	}
	if (strcmp(name, "quote") || n != 1 || args->kind != VALUE_BYTES)
		return err_set(e, ERR_SCHEMA, 0,
			       "%s.tee has two functions: quote(bytes), of at "
			       "most 64 bytes, and collateral()",
			       part->name);
	if (!live_quote(p->live, part->name, args->bytes, args->len, &answer,
			e))
		return false;
	json_object_set_new(answer, "log_agrees",
			    json_boolean(quote_log_agrees(answer)));
	*ret = agent_answer(p, answer);
	return true;
}

/* `count(Event)`: how often it was emitted since the first step. */
static bool count_events(struct play *p, const struct value *args, size_t n,
			 struct value *ret, struct err *e)
{
	uint64_t count = 0;

	if (n != 1 || args->kind != VALUE_WORD)
		return err_set(e, ERR_SCHEMA, 0,
			       "count wants the name of an event, or a list");
	if (!observe_events(p, e))
		return false;
	for (size_t i = 0; i < p->seen.n; i++)
		count += surround_is_event(&p->seen.items[i], args->text);
	*ret = value_u64(count, UNIT_NONE);
	return true;
}

/* `event(Event, n)`: the n-th since the first step, from 0; its arguments. */
static bool event_of(struct play *p, const struct value *args, size_t n,
		     struct value *ret, struct err *e)
{
	uint64_t want = 0, seen = 0;

	if (n < 1 || n > 2 || args->kind != VALUE_WORD ||
	    (n == 2 && (args[1].kind != VALUE_INT ||
			!u256_fits_u64(&want, args[1].num))))
		return err_set(e, ERR_SCHEMA, 0,
			       "event wants the name of an event, and which: "
			       "event(OperatorSlashed, 0)");
	if (!observe_events(p, e))
		return false;
	for (size_t i = 0; i < p->seen.n; i++) {
		if (!surround_is_event(&p->seen.items[i], args->text) ||
		    seen++ < want)
			continue;
		*ret = p->seen.items[i].args;
		return true;
	}
	return err_set(e, ERR_SCHEMA, 0,
		       "there is no event %s number %llu, counted from 0: %llu "
		       "were emitted since the first step",
		       args->text, (unsigned long long)want,
		       (unsigned long long)seen);
}

/* `events(Event)`: the arguments of all since the first step. */
static bool events_of(struct play *p, const struct value *args, size_t n,
		      struct value *ret, struct err *e)
{
	struct value *list;
	size_t count = 0;

	if (n != 1 || args->kind != VALUE_WORD)
		return err_set(e, ERR_SCHEMA, 0,
			       "events wants the name of an event; "
			       "`events(OperatorSlashed).where(operator, "
			       "alice)` chooses");
	if (!observe_events(p, e))
		return false;
	for (size_t i = 0; i < p->seen.n; i++)
		count += surround_is_event(&p->seen.items[i], args->text);
	list = ARENA_ARRAY(p->arena, struct value, count);
	count = 0;
	for (size_t i = 0; i < p->seen.n; i++)
		if (surround_is_event(&p->seen.items[i], args->text))
			list[count++] = p->seen.items[i].args;
	*ret = value_list(list, count);
	return true;
}

/* `blockhash(n)`: of any block, while the EVM's own reaches back 256. */
static bool block_hash(struct play *p, const struct value *args, size_t n,
		       struct value *ret, struct err *e)
{
	struct block b;
	uint64_t number;

	if (n != 1 || args->kind != VALUE_INT || args->negative ||
	    !u256_fits_u64(&number, args->num))
		return err_set(e, ERR_SCHEMA, 0,
			       "blockhash wants a block number");
	if (!chain_block(live_rpc(p->live), number, &b, e))
		return false;
	*ret = value_bytes(arena_memdup(p->arena, b.hash.b, sizeof(b.hash.b)),
			   sizeof(b.hash.b));
	return true;
}

/* `txs(alice)`: what it sent since the first step and is in a block. */
static bool txs_of(struct play *p, const struct value *args, size_t n,
		   struct value *ret, struct err *e)
{
	static const char *const keys[] = { "hash", "block", "ok" };
	struct value *list = ARENA_ARRAY(p->arena, struct value, p->sent.n);
	size_t count = 0;

	if (n != 1 || args->kind != VALUE_REF ||
	    (args->ref != REF_OPERATOR && args->ref != REF_ROLE))
		return err_set(e, ERR_SCHEMA, 0,
			       "txs wants an operator or a role: txs(alice)");
	for (size_t i = 0; i < p->sent.n; i++) {
		const struct sent *s = &p->sent.items[i];
		struct value *items;

		if (strcmp(s->actor, args->text) != 0)
			continue;
		items = ARENA_ARRAY(p->arena, struct value, ARRAY_LEN(keys));
		items[0] = value_bytes(s->tx.b, sizeof(s->tx.b));
		items[1] = value_u64(s->block, UNIT_BLOCK);
		items[2] = value_bool(s->ok);
		list[count++] = value_map(keys, items, ARRAY_LEN(keys));
	}
	*ret = value_list(list, count);
	return true;
}

/* `rewards(rows)`: the world's sidecar knows them from now on. */
static bool rewards_of_rows(struct play *p, const struct value *args, size_t n,
			    struct value *ret, struct err *e)
{
	CLEANUP(rewards_freep) struct rewards *r = NULL;

	if (n != 1)
		return err_set(e, ERR_SCHEMA, 0,
			       "rewards wants one list, of [earner, token, "
			       "total] each");
	if (!eval_rewards_read(&r, &p->env, args, e))
		return false;
	*ret = eval_rewards_value(p->arena, r, args);
	live_rewards(p->live, TAKE(r));
	return true;
}

/* `alice.sign(digest)`: as contracts take it, r, s and then v of 27 or 28. */
static bool signature_of(struct play *p, const struct value *actor,
			 const struct value *args, size_t n, struct value *ret,
			 struct err *e)
{
	const struct book_entry *entry =
		book_by_name(live_book(p->live), actor->text);
	struct sig65 sig = { 0 };
	struct seckey key = { 0 };
	struct hash32 digest;
	uint8_t bytes[65];
	bool ok;

	if (n != 1 || args->kind != VALUE_BYTES ||
	    args->len != sizeof(digest.b))
		return err_set(e, ERR_SCHEMA, 0,
			       "sign wants a digest of 32 bytes: keccak(…), or "
			       "what a contract says is to be signed");
	if (!entry || !live_key(entry, &key))
		return err_set(e, ERR_SCHEMA, 0, "nobody here has %s's key",
			       actor->text);
	memcpy(digest.b, args->bytes, sizeof(digest.b));
	ok = secp_sign(&sig, &key, &digest, e);
	seckey_wipe(&key);
	if (!ok)
		return false;
	memcpy(bytes, sig.r, sizeof(sig.r));
	memcpy(bytes + sizeof(sig.r), sig.s, sizeof(sig.s));
	bytes[64] = (uint8_t)(27 + sig.v);
	*ret = value_bytes(arena_memdup(p->arena, bytes, sizeof(bytes)),
			   sizeof(bytes));
	return true;
}

static bool is_actor(const struct value *of)
{
	return of && of->kind == VALUE_REF &&
	       (of->ref == REF_OPERATOR || of->ref == REF_ROLE);
}

static bool is_of_events(const struct value *of, const char *name)
{
	return !of && (!strcmp(name, "count") || !strcmp(name, "event") ||
		       !strcmp(name, "events"));
}

bool surround_method(struct value *ret, void *ctx, const struct value *of,
		     const char *name, const struct value *args, size_t n,
		     struct err *e)
{
	struct play *p = ctx;
	const struct part *part;

	if (is_actor(of) && !strcmp(name, "sign"))
		return signature_of(p, of, args, n, ret, e);
	if (!is_of_events(of, name) || !n || args->kind != VALUE_WORD)
		views_more(p->views);
	else
		views_event(p->views, args->text);
	if (!of && !strcmp(name, "count"))
		return count_events(p, args, n, ret, e);
	if (!of && !strcmp(name, "event"))
		return event_of(p, args, n, ret, e);
	if (!of && !strcmp(name, "events"))
		return events_of(p, args, n, ret, e);
	if (!of && !strcmp(name, "blockhash"))
		return block_hash(p, args, n, ret, e);
	if (!of && !strcmp(name, "txs"))
		return txs_of(p, args, n, ret, e);
	if (of && of->kind == VALUE_REF && !strcmp(name, "file") &&
	    (of->ref == REF_OPERATOR || of->ref == REF_PROCESS))
		return part_file(p, of->text, args, n, ret, e);
	if (!of && !strcmp(name, "rewards"))
		return rewards_of_rows(p, args, n, ret, e);
	if (!of || !of->opaque)
		return err_set(e, ERR_SCHEMA, 0, "there is no function %s",
			       name);
	part = of->opaque;
	return part->kind == PART_TEE
		       ? tee_method(p, part, name, args, n, ret, e)
		       : part_method(p, part, name, args, n, ret, e);
}
