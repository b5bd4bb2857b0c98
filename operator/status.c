#include "operator/status.h"

#include "base/base.h"
#include "eth/chain.h"
#include "operator/view.h"

static bool stake_status(struct oper *op, const struct stake *s, json_t **ret,
			 struct err *e)
{
	struct u256 deposited, shares;
	struct allocation a;

	if (!view_deposited(op, &s->strategy, &deposited, e) ||
	    !view_shares(op, &s->strategy, &shares, e) ||
	    !view_allocation(op, &s->strategy, &a, e))
		return false;
	*ret = json_pack(
	    "{s:s, s:s, s:s, s:s, s:I, s:I, s:I}", "strategy",
	    fmt_addr(&s->strategy).s, "token", fmt_addr(&s->token).s,
	    "deposited", fmt_u256(deposited).s, "shares", fmt_u256(shares).s,
	    "magnitude", (json_int_t)a.now, "magnitude_later",
	    (json_int_t)a.later, "effect_block", (json_int_t)a.effect_block);
	return true;
}

static bool stakes_status(struct oper *op, json_t *list, struct err *e)
{
	json_t *one = NULL;

	for (size_t i = 0; i < op->cfg->stakes_n; i++) {
		if (!stake_status(op, &op->cfg->stakes[i], &one, e))
			return false;
		json_array_append_new(list, one);
	}
	return true;
}

static bool challenges_status(struct oper *op, uint64_t head, json_t *list,
			      struct err *e)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct challenge c;
	struct news news;
	bool known;

	if (!view_news(op, a, 0, head, false, &news, e))
		return false;
	for (size_t i = 0; i < news.challenges_n; i++) {
		if (!view_challenge(op, news.challenges[i], &known, &c, e))
			return false;
		if (known && !c.responded && !c.reported)
			json_array_append_new(
			    list, json_pack("{s:s, s:I}", "id",
					    fmt_u256(u256_from_u64(c.id)).s,
					    "end", (json_int_t)c.end));
	}
	return true;
}

static bool identity_status(struct oper *op, uint64_t head, json_t *o,
			    struct err *e)
{
	struct hash32 attestation, none = {0};
	struct u256 balance;
	bool registered, member, set;
	uint64_t until;
	uint32_t delay;

	if (!chain_balance(op->rpc, &op->me, &balance, e) ||
	    !view_registered(op, &registered, e) ||
	    !view_delay(op, &set, &delay, e) || !view_member(op, &member, e) ||
	    !view_attestation(op, &attestation, e) ||
	    !view_attested_until(op, &until, e))
		return false;
	json_object_update_new(
	    o, json_pack("{s:s, s:s, s:I, s:I, s:s, s:b, s:b}", "name",
			 op->cfg->name, "address", fmt_addr(&op->me).s,
			 "chain_id", (json_int_t)op->cfg->chain_id, "block",
			 (json_int_t)head, "balance", fmt_u256(balance).s,
			 "registered", (int)registered, "member", (int)member));
	json_object_set_new(o, "allocation_delay",
			    set ? json_integer(delay) : json_null());
	json_object_set_new(o, "attested_until",
			    until ? json_integer((json_int_t)until)
				  : json_null());
	json_object_set_new(o, "attestation",
			    hash_eq(&attestation, &none)
				? json_null()
				: json_string(fmt_hash(&attestation).s));
	return true;
}

bool status_collect(struct oper *op, json_t **ret, struct err *e)
{
	CLEANUP(json_decrefp) json_t *o = json_object();
	CLEANUP(json_decrefp) json_t *stake = json_array();
	CLEANUP(json_decrefp) json_t *challenges = json_array();
	uint64_t head;

	if (!chain_height(op->rpc, &head, e) ||
	    !identity_status(op, head, o, e) || !stakes_status(op, stake, e) ||
	    !challenges_status(op, head, challenges, e))
		return false;
	json_object_set(o, "stake", stake);
	json_object_set(o, "challenges", challenges);
	*ret = TAKE(o);
	return true;
}

static const char *text_of(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static long long int_of(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static const char *yes_no(const json_t *o, const char *key)
{
	return json_is_true(json_object_get(o, key)) ? "yes" : "no";
}

static void print_stake(struct buf *out, const json_t *s)
{
	buf_addf(out, "stake in strategy    %s\n", text_of(s, "strategy"));
	buf_addf(out, "  of token           %s\n", text_of(s, "token"));
	buf_addf(out, "  deposited          %s\n", text_of(s, "deposited"));
	buf_addf(out, "  shares             %s\n", text_of(s, "shares"));
	buf_addf(out, "  allocated          %lld of 1e18",
		 int_of(s, "magnitude"));
	if (int_of(s, "magnitude_later") != int_of(s, "magnitude"))
		buf_addf(out, ", %lld from block %lld",
			 int_of(s, "magnitude_later"),
			 int_of(s, "effect_block"));
	buf_addc(out, '\n');
}

void status_print(struct buf *out, const json_t *o)
{
	const json_t *delay = json_object_get(o, "allocation_delay");
	const char *attestation = text_of(o, "attestation");
	size_t i;
	json_t *v;

	buf_addf(out, "operator             %s\n", text_of(o, "name"));
	buf_addf(out, "address              %s\n", text_of(o, "address"));
	buf_addf(out, "chain                %lld, at block %lld\n",
		 int_of(o, "chain_id"), int_of(o, "block"));
	buf_addf(out, "balance              %s wei\n", text_of(o, "balance"));
	buf_addf(out, "registered           %s\n", yes_no(o, "registered"));
	if (json_is_null(delay))
		buf_adds(out, "allocation delay     none in effect\n");
	else
		buf_addf(out, "allocation delay     %lld blocks\n",
			 int_of(o, "allocation_delay"));
	buf_addf(out, "in the AVS's set     %s\n", yes_no(o, "member"));
	buf_addf(out, "attestation          %s\n",
		 attestation ? attestation : "none");
	if (attestation)
		buf_addf(out, "  good until         %lld, by the chain's time\n",
			 int_of(o, "attested_until"));
	json_array_foreach(json_object_get(o, "stake"), i, v)
	    print_stake(out, v);
	v = json_object_get(o, "challenges");
	buf_addf(out, "open challenges      %zu\n", json_array_size(v));
	for (i = 0; i < json_array_size(v); i++)
		buf_addf(out, "  %-18s until block %lld\n",
			 text_of(json_array_get(v, i), "id"),
			 int_of(json_array_get(v, i), "end"));
}
