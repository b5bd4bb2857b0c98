#include "eth/tx.h"

#include "base/base.h"
#include "codec/rlp.h"

#define TX_TYPE 0x02

/* EIP-1559 gives an unsigned transaction 9 fields, a signed one 12. */
#define FIELDS 12

/* The widest everything but the data can be, with room to spare. */
#define TX_OVERHEAD_MAX 1024

/* Appends the nine fields that are signed, the access list being empty. */
static void put_fields(struct buf *b, const struct tx *t)
{
	rlp_u64(b, t->chain_id);
	rlp_u64(b, t->nonce);
	rlp_u256(b, t->tip);
	rlp_u256(b, t->max_fee);
	rlp_u64(b, t->gas);
	rlp_bytes(b, t->to.b, t->create ? 0 : sizeof(t->to.b));
	rlp_u256(b, t->value);
	rlp_bytes(b, t->data, t->data_len);
	rlp_list_end(b, rlp_list_begin(b));
}

/* What is signed: keccak256(0x02 ‖ rlp([nine fields])). */
static struct hash32 signing_digest(const struct tx *t)
{
	struct buf b = BUF_INIT(TX_DATA_MAX + TX_OVERHEAD_MAX);
	struct hash32 digest;
	size_t list;

	buf_addc(&b, TX_TYPE);
	list = rlp_list_begin(&b);
	put_fields(&b, t);
	rlp_list_end(&b, list);
	digest = keccak256(b.data, b.len);
	buf_done(&b);
	return digest;
}

/*
 * Rows start in the same state, so that a fifth of all transactions are signed
 * again, soon. RFC 6979 makes the same signature of the same key and digest,
 * which the hash of both stands for: no key is kept.
 */
static bool sign(struct sig65 *ret, const struct seckey *key,
		 const struct hash32 *digest, struct err *e)
{
	static struct made {
		struct hash32 of;
		struct sig65 sig;
	} lately[128];
	struct made *m;
	struct hash32 of;
	struct keccak k;

	keccak_init(&k);
	keccak_add(&k, key->b, sizeof(key->b));
	keccak_add(&k, digest->b, sizeof(digest->b));
	of = keccak_done(&k);
	m = &lately[of.b[0] % ARRAY_LEN(lately)];
	if (!hash_eq(&m->of, &of)) {
		if (!secp_sign(&m->sig, key, digest, e))
			return err_ctx(e, "sign a transaction");
		m->of = of;
	}
	*ret = m->sig;
	return true;
}

bool tx_sign(struct buf *ret_raw, struct hash32 *ret_hash, const struct tx *t,
	     const struct seckey *key, struct err *e)
{
	struct buf b = BUF_INIT(TX_DATA_MAX + TX_OVERHEAD_MAX);
	struct hash32 digest;
	struct sig65 sig;
	size_t list;

	if (t->data_len > TX_DATA_MAX)
		return err_set(e, ERR_LIMIT, 0,
			       "a transaction's data of %zu bytes: over %u",
			       t->data_len, TX_DATA_MAX);
	digest = signing_digest(t);
	if (!sign(&sig, key, &digest, e))
		return false;
	buf_addc(&b, TX_TYPE);
	list = rlp_list_begin(&b);
	put_fields(&b, t);
	rlp_u64(&b, sig.v);
	rlp_u256(&b, u256_from_be(sig.r, sizeof(sig.r)));
	rlp_u256(&b, u256_from_be(sig.s, sizeof(sig.s)));
	rlp_list_end(&b, list);
	buf_add(ret_raw, b.data, b.len);
	*ret_hash = keccak256(b.data, b.len);
	buf_done(&b);
	return buf_ok(ret_raw, "a raw transaction", e);
}

/* A list of exactly the fields of a signed transaction, read one by one. */
struct reader {
	const struct rlp_item *items;
	const char *names[FIELDS];
	size_t at;
};

static bool get_u256(struct reader *r, struct u256 *ret, struct err *e)
{
	const struct rlp_item *it = &r->items[r->at];
	const char *name = r->names[r->at++];

	if (it->is_list)
		return err_set(e, ERR_PARSE, 0,
			       "transaction: %s is a list, not a number", name);
	if (it->len > 32)
		return err_set(e, ERR_PARSE, 0,
			       "transaction: %s has %zu bytes, over 32", name,
			       it->len);
	if (it->len && !it->data[0])
		return err_set(e, ERR_PARSE, 0,
			       "transaction: %s begins with a zero byte", name);
	*ret = u256_from_be(it->data, it->len);
	return true;
}

static bool get_u64(struct reader *r, uint64_t *ret, struct err *e)
{
	const char *name = r->names[r->at];
	struct u256 v;

	if (!get_u256(r, &v, e))
		return false;
	if (!u256_fits_u64(ret, v))
		return err_set(e, ERR_PARSE, 0,
			       "transaction: %s is over 64 bits", name);
	return true;
}

static bool get_to(struct reader *r, struct tx *t, struct err *e)
{
	const struct rlp_item *it = &r->items[r->at++];

	t->create = !it->is_list && it->len == 0;
	if (t->create)
		return true;
	if (it->is_list || it->len != sizeof(t->to.b))
		return err_set(e, ERR_PARSE, 0,
			       "transaction: to is no address of 20 bytes");
	memcpy(t->to.b, it->data, sizeof(t->to.b));
	return true;
}

static bool get_data(struct reader *r, struct tx *t, struct err *e)
{
	const struct rlp_item *it = &r->items[r->at++];

	if (it->is_list)
		return err_set(e, ERR_PARSE, 0,
			       "transaction: data is a list, not bytes");
	if (it->len > TX_DATA_MAX)
		return err_set(e, ERR_LIMIT, 0,
			       "transaction: data of %zu bytes: over %u",
			       it->len, TX_DATA_MAX);
	t->data = it->data;
	t->data_len = it->len;
	return true;
}

static bool get_access_list(struct reader *r, struct err *e)
{
	const struct rlp_item *it = &r->items[r->at++];

	if (!it->is_list)
		return err_set(e, ERR_PARSE, 0,
			       "transaction: its access list is no list");
	if (it->n)
		return err_set(e, ERR_UNSUPPORTED, 0,
			       "transaction: an access list of %zu entries; "
			       "only empty ones are read here",
			       it->n);
	return true;
}

static bool get_signature(struct reader *r, struct sig65 *ret, struct err *e)
{
	uint64_t parity;
	struct u256 v[2];

	if (!get_u64(r, &parity, e) || !get_u256(r, &v[0], e) ||
	    !get_u256(r, &v[1], e))
		return false;
	if (parity > 1)
		return err_set(e, ERR_PARSE, 0,
			       "transaction: y parity is %llu, not 0 or 1",
			       (unsigned long long)parity);
	ret->v = (uint8_t)parity;
	u256_to_be(ret->r, v[0]);
	u256_to_be(ret->s, v[1]);
	return true;
}

static bool get_all(struct reader *r, struct tx *t, struct sig65 *sig,
		    struct err *e)
{
	return get_u64(r, &t->chain_id, e) && get_u64(r, &t->nonce, e) &&
	       get_u256(r, &t->tip, e) && get_u256(r, &t->max_fee, e) &&
	       get_u64(r, &t->gas, e) && get_to(r, t, e) &&
	       get_u256(r, &t->value, e) && get_data(r, t, e) &&
	       get_access_list(r, e) && get_signature(r, sig, e);
}

static bool check_type(const uint8_t *raw, size_t len, struct err *e)
{
	if (len == 0)
		return err_set(e, ERR_PARSE, 0, "transaction: no bytes");
	/* EIP-2718: a first byte of 0xc0 or more begins a legacy list. */
	if (raw[0] >= 0xc0)
		return err_set(e, ERR_UNSUPPORTED, 0,
			       "transaction: a legacy one; send type 2");
	if (raw[0] != TX_TYPE)
		return err_set(e, ERR_UNSUPPORTED, raw[0],
			       "transaction: type %u; only type 2 is read",
			       raw[0]);
	return true;
}

bool tx_decode(struct tx *ret, struct addr20 *ret_from, struct hash32 *ret_hash,
	       const void *raw, size_t len, struct err *e)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct reader r = {.names = {"chain id", "nonce", "tip", "max fee",
				     "gas", "to", "value", "data",
				     "access list", "y parity", "r", "s"}};
	const uint8_t *bytes = raw;
	struct rlp_item list;
	struct tx t = {0};
	struct sig65 sig;
	struct hash32 digest;
	struct addr20 from;

	if (!check_type(bytes, len, e))
		return false;
	if (!rlp_decode(&list, a, bytes + 1, len - 1, e))
		return err_ctx(e, "transaction");
	if (!list.is_list || list.n != FIELDS)
		return err_set(e, ERR_PARSE, 0,
			       "transaction: %zu fields, not %d",
			       list.is_list ? list.n : 0, FIELDS);
	r.items = list.items;
	if (!get_all(&r, &t, &sig, e))
		return false;
	if (ret_from) {
		digest = signing_digest(&t);
		if (!secp_recover(&from, &sig, &digest, e))
			return err_ctx(e, "transaction");
		*ret_from = from;
	}
	*ret = t;
	if (ret_hash)
		*ret_hash = keccak256(raw, len);
	return true;
}
