#include "eth/many.h"

#include <inttypes.h>

#include "base/base.h"
#include "base/hex.h"
#include "io/stream.h"

#define HEAD_LEN 5u /* of an answer: 1 if it is one, its length in 4 bytes */
#define ANSWERS_MAX (8u << 20)

/*
 * In: the calls, one behind the other, each its address, the length of its data
 * in 4 bytes and the data. Out: the answers, likewise. On the stack are `out`, where the next answer goes in memory, and `in`, where the next
 * call is in the calldata. Comments show the stack behind the instruction, its
 * top on the right.
 */
static const char program[] = "0x"
	"5f5f"		   /* PUSH0 PUSH0          out in */
	"5b"		   /* JUMPDEST, at 2: next */
	"368110"	   /* CALLDATASIZE DUP2 LT out in in<size */
	"600c57"	   /* PUSH1 12 JUMPI       out in */
	"505ff3"	   /* POP PUSH0 RETURN */
	"5b"		   /* JUMPDEST, at 12: one */
	"803580"	   /* DUP1 CALLDATALOAD DUP1 */
	"60401c"	   /* PUSH1 64 SHR */
	"63ffffffff16"	   /* PUSH4 AND            out in w len */
	"91601801"	   /* SWAP2 PUSH1 24 ADD   out len w data */
	"82818537"	   /* DUP3 DUP2 DUP6 CALLDATACOPY: to mem[out] */
	"9060601c"	   /* SWAP1 PUSH1 96 SHR   out len data to */
	"5f5f8486"	   /* PUSH0 PUSH0 DUP5 DUP7 */
	"845afa"	   /* DUP5 GAS STATICCALL  out len data to ok */
	"60201b3d17"	   /* PUSH1 32 SHL RETURNDATASIZE OR */
	"60d81b8452"	   /* PUSH1 216 SHL DUP5 MSTORE: ok, length */
	"5001"		   /* POP ADD              out in */
	"90600501"	   /* SWAP1 PUSH1 5 ADD    in out */
	"3d5f823e"	   /* RETURNDATASIZE PUSH0 DUP3 RETURNDATACOPY */
	"3d0190"	   /* RETURNDATASIZE ADD SWAP1  out in */
	"600256";	   /* PUSH1 2 JUMP */

static void put_be32(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

static size_t get_be32(const uint8_t *p)
{
	return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 |
	       p[3];
}

static size_t size_of(const struct many_call *c)
{
	return sizeof(c->to.b) + 4 + c->len;
}

static uint8_t *put(uint8_t *at, const struct many_call *c)
{
	memcpy(at, c->to.b, sizeof(c->to.b));
	put_be32(at + sizeof(c->to.b), c->len);
	if (c->len)
		memcpy(at + sizeof(c->to.b) + 4, c->data, c->len);
	return at + size_of(c);
}

/* The parameters, as text: of a hundred calls a tree would be made to be written
 * once. */
static bool request(struct buf *ret, uint64_t block,
		    struct many_call *const *calls, size_t n, struct err *e)
{
	static const char nobody[] =
		"0x0000000000000000000000000000000000000000";
	CLEANUP(freep) uint8_t *in = NULL;
	uint8_t *end;
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		len += size_of(calls[i]);
	end = in = xmalloc(len);
	for (size_t i = 0; i < n; i++)
		end = put(end, calls[i]);
	buf_room(ret, 2 * len + sizeof(program) + 4 * sizeof(nobody));
	buf_addf(ret, "[{\"to\":\"%s\",\"data\":\"0x", nobody);
	buf_addhex(ret, in, len);
	buf_adds(ret, "\"},\"");
	if (block == CHAIN_HEAD)
		buf_adds(ret, "latest");
	else
		buf_addf(ret, "0x%" PRIx64, block);
	buf_addf(ret, "\",{\"%s\":{\"code\":\"%s\"}}]", nobody, program);
	return buf_ok(ret, "what is asked at once", e);
}

/* @text: what eth_call answered, in its quotes. */
static bool answer_bytes(const uint8_t **ret, size_t *ret_len, struct arena *a,
			 const char *text, struct err *e)
{
	CLEANUP(freep) uint8_t *bytes = NULL;
	size_t len = strlen(text);

	if (len < 2 || *text != '"')
		return err_set(e, ERR_SCHEMA, 0,
			       "answer to eth_call: no hex text");
	if (!hex_decode_alloc(&bytes, ret_len, text + 1, len - 2, e))
		return err_ctx(e, "answer to eth_call");
	*ret = arena_memdup(a, bytes, *ret_len);
	return true;
}

/* The answer's parts; false if it is not made of @n of them. */
static bool take(struct many_call *const *calls, size_t n, const uint8_t *at,
		 size_t left)
{
	for (size_t i = 0; i < n; i++) {
		size_t len;

		if (left < HEAD_LEN ||
		    (len = get_be32(at + 1)) > left - HEAD_LEN)
			return false;
		calls[i]->answered = at[0] == 1;
		calls[i]->out = at + HEAD_LEN;
		calls[i]->out_len = len;
		at += HEAD_LEN + len;
		left -= HEAD_LEN + len;
	}
	return left == 0;
}

/* Those that have no answer get their own: nobody else burns their gas. */
static bool alone(struct rpc *r, struct arena *a, uint64_t block,
		  struct many_call *c, struct err *e)
{
	struct buf out = BUF_INIT(ANSWERS_MAX);
	struct err why = ERR_INIT;

	c->answered = chain_call(r, NULL, &c->to, c->data, c->len, block,
				 &out, &why);
	c->out = arena_memdup(a, out.data, out.len);
	c->out_len = out.len;
	buf_done(&out);
	if (c->answered || why.code == ERR_REVERT || why.code == ERR_RPC)
		return true;
	*e = why;
	return false;
}

/* In one request. */
static bool some(struct rpc *r, struct arena *a, uint64_t block,
		 struct many_call *const *calls, size_t n, struct err *e)
{
	struct buf params = BUF_INIT(STREAM_UNSENT_MAX / 2);
	CLEANUP(freep) char *answer = NULL;
	const uint8_t *out;
	size_t len;
	bool ok;

	for (size_t i = 0; i < n; i++)
		calls[i]->answered = false;
	ok = request(&params, block, calls, n, e) &&
	     rpc_call_text(r, "eth_call", &params, &answer, e) &&
	     answer_bytes(&out, &len, a, answer, e) &&
	     (take(calls, n, out, len) ||
	      err_set(e, ERR_SCHEMA, 0,
		      "eth_call: %zu bytes are not %zu answers", len, n));
	buf_done(&params);
	return ok;
}

bool chain_many_once(struct rpc *r, struct arena *a, uint64_t block,
		     struct many_call *const *calls, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i += MANY_MAX)
		if (!some(r, a, block, calls + i,
			  n - i < MANY_MAX ? n - i : MANY_MAX, e))
			return false;
	return true;
}

bool chain_many(struct rpc *r, struct arena *a, uint64_t block,
		struct many_call *const *calls, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i += MANY_MAX) {
		struct err why = ERR_INIT;

		if (some(r, a, block, calls + i,
			 n - i < MANY_MAX ? n - i : MANY_MAX, &why) ||
		    why.code == ERR_RPC)
			continue;
		*e = why;
		return false;
	}
	for (size_t i = 0; i < n; i++)
		if (!calls[i]->answered && !alone(r, a, block, calls[i], e))
			return false;
	return true;
}
