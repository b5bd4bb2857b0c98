/* What a heartbeat is refused for, as far as no quote has to be believed. */
#include "devnet/aggregator_priv.h"

#include <inttypes.h>

#include "base/base.h"

void aggregator_call_done(struct aggregator_call *c)
{
	json_decref(c->id);
	free(c->quote);
	*c = (struct aggregator_call){ .id = NULL };
}

static bool bad(struct err *e, int code, const char *text)
{
	return err_set(e, ERR_RPC, code, "%s", text);
}

/* {"jsonrpc":"2.0","id":1,"method":"…","params":[{…}]} and nothing else. */
static bool read_frame(json_t **ret_id, const json_t *j, struct err *e)
{
	const char *version, *method;
	const json_t *id = json_object_get(j, "id");

	if (!json_is_object(j))
		return bad(e, AGGREGATOR_REQUEST,
			   "a request is an object; batches are not taken");
	if (!json_is_integer(id) && !json_is_string(id))
		return bad(e, AGGREGATOR_REQUEST,
			   "id: wants a number or a text");
	*ret_id = json_deep_copy(id);
	version = json_string_value(json_object_get(j, "jsonrpc"));
	if (!version || strcmp(version, "2.0") != 0)
		return bad(e, AGGREGATOR_REQUEST, "jsonrpc: wants \"2.0\"");
	method = json_string_value(json_object_get(j, "method"));
	if (!method)
		return bad(e, AGGREGATOR_REQUEST, "method: wants a text");
	if (strcmp(method, HEARTBEAT_METHOD) != 0)
		return err_set(e, ERR_RPC, AGGREGATOR_METHOD,
			       "there is no method %s; there is: %s", method,
			       HEARTBEAT_METHOD);
	if (json_array_size(json_object_get(j, "params")) != 1)
		return bad(e, AGGREGATOR_PARAMS,
			   "params: wants a list of one heartbeat");
	return true;
}

bool aggregator_read(struct aggregator_call *ret, const void *body, size_t len,
		     struct err *e)
{
	CLEANUP(json_decrefp) json_t *j = NULL;
	const json_t *params;

	*ret = (struct aggregator_call){ .id = NULL };
	if (!json_parse(&j, body, len, "request", e)) {
		e->code = ERR_RPC;
		e->sub = AGGREGATOR_PARSE;
		return false;
	}
	if (!read_frame(&ret->id, j, e))
		return false;
	params = json_object_get(j, "params");
	if (heartbeat_read(&ret->h, &ret->sig, &ret->quote, &ret->quote_len,
			   json_array_get(params, 0), e))
		return true;
	e->code = ERR_RPC;
	e->sub = AGGREGATOR_PARAMS;
	return false;
}

static bool signed_by_operator(const struct aggregator_call *c, struct err *e)
{
	const struct hash32 digest = heartbeat_digest(&c->h);
	struct addr20 signer;
	struct err why;

	if (!secp_recover(&signer, &c->sig, &digest, &why))
		return err_set(e, ERR_RPC, HEARTBEAT_SIGNATURE,
			       "the signature is none of anybody's: %s",
			       why.text);
	return addr_eq(&signer, &c->h.operator) ||
	       err_set(e, ERR_RPC, HEARTBEAT_SIGNATURE,
		       "it is signed by %s, and not by the operator, %s",
		       fmt_addr(&signer).s, fmt_addr(&c->h.operator).s);
}

bool aggregator_judge_sequence(const struct aggregator_self *self,
			       const struct heartbeat *h, uint64_t last,
			       struct err *e)
{
	return h->sequence > last ||
	       err_set(e, ERR_RPC, HEARTBEAT_SEQUENCE,
		       "sequence %" PRIu64 " is not above %" PRIu64
		       ", the last that was taken from %s",
		       h->sequence, last, self->actor);
}

bool aggregator_judge_call(const struct aggregator_self *self,
			   const struct aggregator_call *c, uint64_t last,
			   struct err *e)
{
	const struct heartbeat *h = &c->h;

	if (h->chain_id != self->chain_id)
		return err_set(e, ERR_RPC, HEARTBEAT_CHAIN,
			       "it is for chain %" PRIu64 ", and this is "
			       "chain %" PRIu64,
			       h->chain_id, self->chain_id);
	if (!addr_eq(&h->avs, &self->avs))
		return err_set(e, ERR_RPC, HEARTBEAT_AVS,
			       "it is for the AVS %s, and this is the "
			       "aggregator of %s, %s",
			       fmt_addr(&h->avs).s, self->avs_name,
			       fmt_addr(&self->avs).s);
	if (!signed_by_operator(c, e))
		return false;
	return aggregator_judge_sequence(self, h, last, e);
}

static bool block_stands(const struct aggregator_self *self,
			 const struct heartbeat *h,
			 const struct aggregator_chain *chain, struct err *e)
{
	if (!chain->has_block)
		return err_set(e, ERR_RPC, HEARTBEAT_BLOCK,
			       "there is no block %" PRIu64 ": the head is %"
			       PRIu64, h->block, chain->head);
	if (!hash_eq(&chain->block_hash, &h->block_hash))
		return err_set(e, ERR_RPC, HEARTBEAT_BLOCK,
			       "block %" PRIu64 " is %s, and not %s", h->block,
			       fmt_hash(&chain->block_hash).s,
			       fmt_hash(&h->block_hash).s);
	return chain->head <= h->block ||
	       chain->head - h->block <= self->max_age ||
	       err_set(e, ERR_RPC, HEARTBEAT_STALE,
		       "block %" PRIu64 " is %" PRIu64 " behind the head, %"
		       PRIu64 ", and %" PRIu64 " are allowed",
		       h->block, chain->head - h->block, chain->head,
		       self->max_age);
}

bool aggregator_judge_chain(const struct aggregator_self *self,
			    const struct heartbeat *h,
			    const struct aggregator_chain *chain,
			    struct err *e)
{
	if (!block_stands(self, h, chain, e))
		return false;
	if (!chain->operator)
		return err_set(e, ERR_RPC, HEARTBEAT_UNKNOWN,
			       "EigenLayer knows no operator %s (%s)",
			       self->actor, fmt_addr(&h->operator).s);
	return chain->member ||
	       err_set(e, ERR_RPC, HEARTBEAT_MEMBER,
		       "%s is not in operator set %" PRIu32 " of %s",
		       self->actor, h->set, self->avs_name);
}
