#include "eth/chain.h"

#include <inttypes.h>

#include "base/base.h"
#include "base/hex.h"

json_t *json_quantity(uint64_t v)
{
	char text[2 + 16 + 1];

	snprintf(text, sizeof(text), "0x%" PRIx64, v);
	return json_string(text);
}

json_t *json_quantity256(struct u256 v)
{
	return json_string(fmt_u256_hex(v).s);
}

json_t *json_bytes(const void *data, size_t len)
{
	CLEANUP(freep) char *text = xmalloc(2 + 2 * len);

	text[0] = '0';
	text[1] = 'x';
	hex_encode(text + 2, data, len);
	return json_stringn_nocheck(text, 2 + 2 * len);
}

static json_t *json_address(const struct addr20 *a)
{
	return json_bytes(a->b, sizeof(a->b));
}

json_t *json_block_tag(uint64_t number)
{
	return number == CHAIN_HEAD ? json_string("latest")
				    : json_quantity(number);
}

/* The one quantity that @method answered with. */
static bool quantity(struct u256 *ret, const json_t *res, const char *method,
		     struct err *e)
{
	const char *text = json_string_value(res);

	if (!text)
		return err_set(e, ERR_SCHEMA, 0,
			       "%s: the answer is no quantity", method);
	if (strncmp(text, "0x", 2))
		return err_set(e, ERR_SCHEMA, 0, "%s: \"%.70s\" is no quantity",
			       method, text);
	if (!u256_parse(ret, text, strlen(text), e))
		return err_ctx(e, "%s", method);
	return true;
}

static bool small(uint64_t *ret, struct u256 v, const char *method,
		  struct err *e)
{
	return u256_fits_u64(ret, v) ||
	       err_set(e, ERR_RANGE, 0, "%s: %s is over 64 bits", method,
		       fmt_u256(v).s);
}

/* A method whose result is one quantity. Takes @params. */
static bool call_u256(struct rpc *r, const char *method, json_t *params,
		      struct u256 *ret, struct err *e)
{
	CLEANUP(json_decrefp) json_t *res = NULL;

	return rpc_call(r, method, params, &res, NULL, e) &&
	       quantity(ret, res, method, e);
}

static bool call_u64(struct rpc *r, const char *method, json_t *params,
		     uint64_t *ret, struct err *e)
{
	struct u256 v;

	return call_u256(r, method, params, &v, e) && small(ret, v, method, e);
}

bool chain_id(struct rpc *r, uint64_t *ret, struct err *e)
{
	return call_u64(r, "eth_chainId", NULL, ret, e);
}

bool chain_height(struct rpc *r, uint64_t *ret, struct err *e)
{
	return call_u64(r, "eth_blockNumber", NULL, ret, e);
}

bool chain_block_parse(struct block *ret, const json_t *j, struct err *e)
{
	struct block b;

	if (!json_u64_at(&b.number, j, "number", e) ||
	    !json_u64_at(&b.time, j, "timestamp", e) ||
	    !json_u64_at(&b.base_fee, j, "baseFeePerGas", e) ||
	    !json_u64_at(&b.gas_used, j, "gasUsed", e) ||
	    !json_u64_at(&b.gas_limit, j, "gasLimit", e) ||
	    !json_hash_at(&b.hash, j, "hash", e) ||
	    !json_hash_at(&b.parent, j, "parentHash", e))
		return err_ctx(e, "block");
	*ret = b;
	return true;
}

uint64_t chain_next_fee(const struct block *b)
{
	uint64_t target = b->gas_limit / 2 ? b->gas_limit / 2 : 1;
	uint64_t off = b->gas_used > target ? b->gas_used - target
					    : target - b->gas_used;
	uint64_t change = (uint64_t)((u128)b->base_fee * off / target / 8);

	return b->gas_used > target ? b->base_fee + (change ? change : 1)
				    : b->base_fee - change;
}

bool chain_block_above(struct block *ret, const struct block *below,
		       const json_t *receipt)
{
	struct block b = { .time = below->time + 1,
			   .base_fee = chain_next_fee(below),
			   .gas_limit = below->gas_limit,
			   .parent = below->hash };
	struct err ignored = ERR_INIT;
	uint64_t gas;

	if (!json_u64_at(&b.number, receipt, "blockNumber", &ignored) ||
	    !json_u64_at(&b.gas_used, receipt, "cumulativeGasUsed",
			 &ignored) ||
	    !json_u64_at(&gas, receipt, "gasUsed", &ignored) ||
	    !json_hash_at(&b.hash, receipt, "blockHash", &ignored) ||
	    b.number != below->number + 1 || b.gas_used != gas)
		return false;
	*ret = b;
	return true;
}

bool chain_block(struct rpc *r, uint64_t number, struct block *ret,
		 struct err *e)
{
	CLEANUP(json_decrefp) json_t *res = NULL;
	json_t *params = json_pack("[o, b]", json_block_tag(number), 0);

	if (!rpc_call(r, "eth_getBlockByNumber", params, &res, NULL, e))
		return false;
	if (json_is_null(res))
		return err_set(e, ERR_RANGE, 0,
			       "the chain has no block %" PRIu64, number);
	return chain_block_parse(ret, res, e);
}

bool chain_tip(struct rpc *r, struct u256 *ret, struct err *e)
{
	return call_u256(r, "eth_maxPriorityFeePerGas", NULL, ret, e);
}

/* [address, "latest"] */
static json_t *at_head(const struct addr20 *a)
{
	return json_pack("[o, s]", json_address(a), "latest");
}

struct rpc_ask chain_nonce_ask(const struct addr20 *a)
{
	return (struct rpc_ask){ .method = "eth_getTransactionCount",
				 .params = at_head(a) };
}

bool chain_nonce_answer(uint64_t *ret, const struct rpc_ask *x, struct err *e)
{
	struct u256 nonce;

	return quantity(&nonce, x->result, x->method, e) &&
	       small(ret, nonce, x->method, e);
}

bool chain_nonce(struct rpc *r, const struct addr20 *a, uint64_t *ret,
		 struct err *e)
{
	return call_u64(r, "eth_getTransactionCount", at_head(a), ret, e);
}

bool chain_sender(struct rpc *r, const struct addr20 *a, uint64_t *ret_nonce,
		  struct block *ret_head, struct u256 *ret_tip, struct err *e)
{
	struct rpc_ask asks[] = {
		chain_nonce_ask(a),
		{ .method = "eth_getBlockByNumber",
		  .params = json_pack("[s, b]", "latest", 0) },
		{ .method = "eth_maxPriorityFeePerGas" },
	};
	size_t n = ret_tip ? 3 : 2;
	bool ok = rpc_call_all(r, asks, n, e) &&
		  chain_nonce_answer(ret_nonce, &asks[0], e) &&
		  chain_block_parse(ret_head, asks[1].result, e) &&
		  (!ret_tip ||
		   quantity(ret_tip, asks[2].result, asks[2].method, e));

	rpc_asks_done(asks, n);
	return ok;
}

bool chain_balance(struct rpc *r, const struct addr20 *a, struct u256 *ret,
		   struct err *e)
{
	return call_u256(r, "eth_getBalance", at_head(a), ret, e);
}

/* Appends the bytes that a hex text @j stands for. */
static bool add_bytes(struct buf *ret, const json_t *j, const char *what,
		      struct err *e)
{
	CLEANUP(freep) uint8_t *data = NULL;
	size_t len = 0;

	if (!json_is_string(j))
		return err_set(e, ERR_SCHEMA, 0, "%s: no hex text", what);
	if (!hex_decode_alloc(&data, &len, json_string_value(j),
			      json_string_length(j), e))
		return err_ctx(e, "%s", what);
	buf_add(ret, data, len);
	return buf_ok(ret, what, e);
}

bool chain_code(struct rpc *r, const struct addr20 *a, struct buf *ret,
		struct err *e)
{
	CLEANUP(json_decrefp) json_t *res = NULL;

	return rpc_call(r, "eth_getCode", at_head(a), &res, NULL, e) &&
	       add_bytes(ret, res, "answer to eth_getCode", e);
}

/* The call object of eth_call. */
static json_t *call_object(const struct addr20 *from, const struct addr20 *to,
			   const void *data, size_t len)
{
	json_t *o = json_pack("{s: o, s: o}", "to", json_address(to), "data",
			      json_bytes(data, len));

	if (from)
		json_object_set_new(o, "from", json_address(from));
	return o;
}

/*
 * Nodes answer a revert with code 3 and the revert data. Some have another
 * code and say it in words only, so the words count too.
 */
static bool is_revert(const struct err *e)
{
	return e->code == ERR_RPC && (e->sub == 3 || strstr(e->text, "revert"));
}

/* Turns a revert's ERR_RPC into ERR_REVERT with its data in @ret. */
static bool call_or_revert(struct rpc *r, const char *method, json_t *params,
			   json_t **ret, struct buf *ret_revert, struct err *e)
{
	CLEANUP(json_decrefp) json_t *data = NULL;
	struct err ignored;

	if (rpc_call(r, method, params, ret, &data, e))
		return true;
	if (!is_revert(e))
		return false;
	/* Data that is no hex leaves a revert without reason. */
	if (data)
		(void)!add_bytes(ret_revert, data, "revert data", &ignored);
	e->code = ERR_REVERT;
	return false;
}

bool chain_call(struct rpc *r, const struct addr20 *from,
		const struct addr20 *to, const void *data, size_t len,
		uint64_t block, struct buf *ret, struct err *e)
{
	CLEANUP(json_decrefp) json_t *res = NULL;
	json_t *params = json_pack("[o, o]", call_object(from, to, data, len),
				   json_block_tag(block));

	return call_or_revert(r, "eth_call", params, &res, ret, e) &&
	       add_bytes(ret, res, "answer to eth_call", e);
}

void chain_call_start(struct rpc *r, const struct addr20 *to, const void *data,
		      size_t len, uint64_t block, rpc_done_fn fn, void *arg)
{
	CLEANUP(json_decrefp) json_t *params =
		json_pack("[o, o]", call_object(NULL, to, data, len),
			  json_block_tag(block));

	rpc_send(r, "eth_call", params, fn, arg);
}

bool chain_call_result(struct buf *ret, const json_t *result, struct err *e)
{
	return add_bytes(ret, result, "answer to eth_call", e);
}

bool chain_try(struct rpc *r, const struct addr20 *from,
	       const struct addr20 *to, const void *data, size_t len,
	       uint64_t gas, struct buf *ret_revert, struct err *e)
{
	json_t *call = call_object(from, to, data, len);

	json_object_set_new(call, "gas", json_quantity(gas));
	return call_or_revert(r, "eth_call",
			      json_pack("[o, s]", call, "latest"), NULL,
			      ret_revert, e);
}

bool chain_send_raw(struct rpc *r, const void *raw, size_t len,
		    struct hash32 *ret, struct err *e)
{
	CLEANUP(json_decrefp) json_t *res = NULL;

	if (!rpc_call(r, "eth_sendRawTransaction",
		      json_pack("[o]", json_bytes(raw, len)), &res, NULL, e))
		return false;
	if (!json_is_string(res) ||
	    !hex_decode(ret->b, sizeof(ret->b), json_string_value(res),
			json_string_length(res), &(struct err){0}))
		return err_set(e, ERR_SCHEMA, 0,
			       "eth_sendRawTransaction: the answer is no hash");
	return true;
}

static void send_start(struct rpc *r, const char *method, const void *raw,
		       size_t len, rpc_done_fn fn, void *arg)
{
	CLEANUP(json_decrefp)
	json_t *params = json_pack("[o]", json_bytes(raw, len));

	rpc_send(r, method, params, fn, arg);
}

void chain_send_raw_start(struct rpc *r, const void *raw, size_t len,
			  rpc_done_fn fn, void *arg)
{
	send_start(r, "eth_sendRawTransaction", raw, len, fn, arg);
}

void chain_send_sync_start(struct rpc *r, const void *raw, size_t len,
			   rpc_done_fn fn, void *arg)
{
	send_start(r, "eth_sendRawTransactionSync", raw, len, fn, arg);
}

/* A log's topics: at most four hashes. */
static bool parse_topics(struct log *ret, const json_t *j, struct err *e)
{
	static const char *const paths[ARRAY_LEN(ret->topics)] = {
		"topics[0]", "topics[1]", "topics[2]", "topics[3]"
	};
	const json_t *list;

	if (!json_at(&list, j, "topics", e))
		return false;
	if (json_array_size(list) > ARRAY_LEN(ret->topics))
		return err_set(e, ERR_SCHEMA, 0, "a log with %zu topics",
			       json_array_size(list));
	ret->topics_n = json_array_size(list);
	for (size_t i = 0; i < ret->topics_n; i++)
		if (!json_hash_at(&ret->topics[i], j, paths[i], e))
			return false;
	return true;
}

static bool parse_log(struct log *ret, struct arena *a, const json_t *j,
		      struct err *e)
{
	CLEANUP(freep) uint8_t *data = NULL;

	if (!json_addr_at(&ret->address, j, "address", e) ||
	    !parse_topics(ret, j, e) ||
	    !json_u64_at(&ret->block, j, "blockNumber", e) ||
	    !json_u64_at(&ret->index, j, "logIndex", e) ||
	    !json_hash_at(&ret->tx, j, "transactionHash", e) ||
	    !json_bytes_at(&data, &ret->data_len, j, "data", e))
		return false;
	ret->data = arena_memdup(a, data, ret->data_len);
	return true;
}

bool chain_logs_parse(const struct log **ret, size_t *ret_n, struct arena *a,
		      const json_t *list, struct err *e)
{
	struct log *logs;

	if (!json_is_array(list))
		return err_set(e, ERR_SCHEMA, 0, "logs: no list");
	logs = ARENA_ARRAY(a, struct log, json_array_size(list));
	for (size_t i = 0; i < json_array_size(list); i++)
		if (!parse_log(&logs[i], a, json_array_get(list, i), e))
			return err_ctx(e, "logs[%zu]", i);
	*ret = logs;
	*ret_n = json_array_size(list);
	return true;
}

/* An address that may be null, as `to` and `contractAddress` of a receipt. */
static bool parse_maybe_addr(struct addr20 *ret, const json_t *j,
			     const char *key, struct err *e)
{
	*ret = (struct addr20){0};
	return !json_is_string(json_object_get(j, key)) ||
	       json_addr_at(ret, j, key, e);
}

bool chain_receipt_parse(struct receipt *ret, struct arena *a, const json_t *j,
			 struct err *e)
{
	struct receipt r = {0};
	uint64_t status;
	const json_t *logs;

	if (!json_hash_at(&r.tx, j, "transactionHash", e) ||
	    !json_u64_at(&r.block, j, "blockNumber", e) ||
	    !json_u64_at(&r.index, j, "transactionIndex", e) ||
	    !json_u64_at(&r.gas_used, j, "gasUsed", e) ||
	    !json_u64_at(&status, j, "status", e) ||
	    !json_addr_at(&r.from, j, "from", e) ||
	    !parse_maybe_addr(&r.to, j, "to", e) ||
	    !parse_maybe_addr(&r.created, j, "contractAddress", e) ||
	    !json_at(&logs, j, "logs", e) ||
	    !chain_logs_parse(&r.logs, &r.logs_n, a, logs, e))
		return err_ctx(e, "receipt");
	r.ok = status == 1;
	*ret = r;
	return true;
}

bool chain_receipt(struct rpc *r, struct arena *a, const struct hash32 *tx,
		   bool *ret_found, struct receipt *ret, struct err *e)
{
	CLEANUP(json_decrefp) json_t *res = NULL;

	if (!rpc_call(r, "eth_getTransactionReceipt",
		      json_pack("[s]", fmt_hash(tx).s), &res, NULL, e))
		return false;
	if (!json_is_null(res) && !chain_receipt_parse(ret, a, res, e))
		return false;
	*ret_found = !json_is_null(res);
	return true;
}

/* One as it is, several as a list: any of them. Nothing is anything: null. */
static json_t *one_or_list(json_t *take_list)
{
	json_t *one;

	if (json_array_size(take_list) > 1)
		return take_list;
	one = json_array_size(take_list)
		  ? json_incref(json_array_get(take_list, 0))
		  : json_null();
	json_decref(take_list);
	return one;
}

static json_t *topics_of(const struct log_filter *f)
{
	json_t *first = json_array(), *all = json_array();

	for (size_t i = 0; i < f->topics_n; i++)
		json_array_append_new(
		    first, json_string(fmt_hash(&f->topics[i]).s));
	json_array_append_new(all, one_or_list(first));
	if (!f->topic2)
		return all;
	json_array_append_new(all, json_null());
	json_array_append_new(all, json_string(fmt_hash(f->topic2).s));
	return all;
}

json_t *chain_logs_params(const struct log_filter *f)
{
	json_t *of = json_array();
	json_t *filter =
	    json_pack("{s: o, s: o}", "fromBlock", json_block_tag(f->from),
		      "toBlock", json_block_tag(f->to));

	for (size_t i = 0; i < f->addresses_n; i++)
		json_array_append_new(of, json_address(&f->addresses[i]));
	of = one_or_list(of);
	if (f->addresses_n)
		json_object_set(filter, "address", of);
	json_decref(of);
	if (f->topics_n || f->topic2)
		json_object_set_new(filter, "topics", topics_of(f));
	return json_pack("[o]", filter);
}

bool chain_logs_any(struct rpc *r, struct arena *a, const struct log_filter *f,
		    const struct log **ret, size_t *ret_n, struct err *e)
{
	CLEANUP(json_decrefp) json_t *res = NULL;

	if (!rpc_call(r, "eth_getLogs", chain_logs_params(f), &res, NULL, e))
		return false;
	if (!chain_logs_parse(ret, ret_n, a, res, e))
		return err_ctx(e, "answer to eth_getLogs");
	return true;
}

bool chain_logs(struct rpc *r, struct arena *a, uint64_t from, uint64_t to,
		const struct addr20 *address, const struct hash32 *topic0,
		const struct log **ret, size_t *ret_n, struct err *e)
{
	const struct log_filter f = {.from = from,
				     .to = to,
				     .addresses = address,
				     .addresses_n = address != NULL,
				     .topics = topic0,
				     .topics_n = topic0 != NULL};

	return chain_logs_any(r, a, &f, ret, ret_n, e);
}
