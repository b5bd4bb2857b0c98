#include "eth/heartbeat.h"

#include <inttypes.h>

#include "base/base.h"
#include "base/nearest.h"
#include "codec/eip712.h"
#include "eth/chain.h"

#define QUOTE_MAX 65536u

static const char TYPE[] =
	"Heartbeat(address operator,uint32 operatorSet,uint64 sequence,"
	"uint64 blockNumber,bytes32 blockHash)";

static const char *const MEMBERS[] = { "chainId",     "avs",
				       "operator",    "operatorSet",
				       "sequence",    "blockNumber",
				       "blockHash",   "signature",
				       "quote" };

struct hash32 heartbeat_digest(const struct heartbeat *h)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const struct eip712_domain domain = { .name = "AVS heartbeat",
					      .version = "1",
					      .has_chain_id = true,
					      .chain_id = h->chain_id,
					      .has_contract = true,
					      .contract = h->avs };
	const struct abi_val fields[] = { abi_val_addr(&h->operator),
					  abi_val_u64(h->set),
					  abi_val_u64(h->sequence),
					  abi_val_u64(h->block),
					  abi_val_hash(&h->block_hash) };
	const struct abi_val all = abi_val_list(fields, ARRAY_LEN(fields));
	const struct abi_type *type;
	struct hash32 digest;
	struct err e;

	/* Numbers of these types fit, and the type is ours. */
	ASSERT(eip712_type_parse(&type, a, TYPE, &e));
	ASSERT(eip712_digest(&digest, &domain, type, &all, &e));
	return digest;
}

json_t *heartbeat_json(const struct heartbeat *h, const struct sig65 *sig,
		       const void *quote, size_t len)
{
	uint8_t rsv[65];

	memcpy(rsv, sig->r, 32);
	memcpy(rsv + 32, sig->s, 32);
	rsv[64] = (uint8_t)(sig->v + 27);
	return json_pack("{s:I, s:s, s:s, s:I, s:I, s:I, s:s, s:o, s:o}",
			 "chainId", (json_int_t)h->chain_id, "avs",
			 fmt_addr(&h->avs).s, "operator",
			 fmt_addr(&h->operator).s, "operatorSet",
			 (json_int_t)h->set, "sequence",
			 (json_int_t)h->sequence, "blockNumber",
			 (json_int_t)h->block, "blockHash",
			 fmt_hash(&h->block_hash).s, "signature",
			 json_bytes(rsv, sizeof(rsv)), "quote",
			 json_bytes(quote, len));
}

static bool known_members(const json_t *j, struct err *e)
{
	const char *key, *near;
	json_t *v;

	if (!json_is_object(j))
		return err_set(e, ERR_SCHEMA, 0, "a heartbeat is an object");
	/* jansson's iteration takes a non-const object and does not write. */
	json_object_foreach((json_t *)(uintptr_t)j, key, v)
	{
		size_t i = 0;

		while (i < ARRAY_LEN(MEMBERS) && strcmp(key, MEMBERS[i]) != 0)
			i++;
		if (i < ARRAY_LEN(MEMBERS))
			continue;
		near = nearest_name(key, MEMBERS, ARRAY_LEN(MEMBERS));
		return err_set(e, ERR_SCHEMA, 0,
			       "a heartbeat has no member %s%s%s", key,
			       near ? "; nearest: " : "", near ? near : "");
	}
	return true;
}

static bool read_signature(struct sig65 *ret, const json_t *j, struct err *e)
{
	CLEANUP(freep) uint8_t *rsv = NULL;
	size_t len;

	if (!json_bytes_at(&rsv, &len, j, "signature", e))
		return false;
	if (len != 65 || (rsv[64] != 27 && rsv[64] != 28))
		return err_set(e, ERR_SCHEMA, 0,
			       "signature: wants 65 bytes, the last of which "
			       "is 27 or 28");
	memcpy(ret->r, rsv, 32);
	memcpy(ret->s, rsv + 32, 32);
	ret->v = (uint8_t)(rsv[64] - 27);
	return true;
}

static bool read_quote(uint8_t **ret, size_t *ret_len, const json_t *j,
		       struct err *e)
{
	CLEANUP(freep) uint8_t *quote = NULL;
	size_t len;

	if (!json_bytes_at(&quote, &len, j, "quote", e))
		return false;
	if (len > QUOTE_MAX)
		return err_set(e, ERR_RANGE, 0, "quote: %zu bytes, over %u",
			       len, QUOTE_MAX);
	*ret = TAKE(quote);
	*ret_len = len;
	return true;
}

static bool number_at(uint64_t *ret, const json_t *j, const char *member,
		      uint64_t max, struct err *e)
{
	uint64_t n;

	if (!json_u64_at(&n, j, member, e))
		return false;
	if (n > max)
		return err_set(e, ERR_RANGE, 0,
			       "%s: %" PRIu64 ", over %" PRIu64, member, n,
			       max);
	*ret = n;
	return true;
}

bool heartbeat_read(struct heartbeat *ret, struct sig65 *ret_sig,
		    uint8_t **ret_quote, size_t *ret_len, const json_t *j,
		    struct err *e)
{
	struct heartbeat h;
	struct sig65 sig;
	uint64_t set;

	if (!known_members(j, e) || !json_u64_at(&h.chain_id, j, "chainId", e) ||
	    !json_addr_at(&h.avs, j, "avs", e) ||
	    !json_addr_at(&h.operator, j, "operator", e) ||
	    !number_at(&set, j, "operatorSet", UINT32_MAX, e) ||
	    !number_at(&h.sequence, j, "sequence", HEARTBEAT_NUMBER_MAX, e) ||
	    !number_at(&h.block, j, "blockNumber", HEARTBEAT_NUMBER_MAX, e) ||
	    !json_hash_at(&h.block_hash, j, "blockHash", e))
		return false;
	h.set = (uint32_t)set;
	if (!read_signature(&sig, j, e) ||
	    !read_quote(ret_quote, ret_len, j, e))
		return false;
	*ret = h;
	*ret_sig = sig;
	return true;
}
