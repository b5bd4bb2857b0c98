#include "operator/view.h"

#include "base/base.h"
#include "eth/chain.h"
#include "operator/abi.h"

#define ANSWER_MAX 65536

/* Calls @f at @to; the result's values live in @a. */
static bool read_fn(const struct oper *op, struct arena *a,
		    const struct addr20 *to, const struct fn *f,
		    const struct abi_val *args, size_t n, struct abi_val *ret,
		    struct err *e)
{
	struct buf data = BUF_INIT(ANSWER_MAX), out = BUF_INIT(ANSWER_MAX);
	struct buf why = BUF_INIT(ANSWER_MAX);
	bool ok = fn_encode(&data, f, args, n, e) &&
		  chain_call(op->rpc, &op->me, to, data.data, data.len,
			     CHAIN_HEAD, &out, e);

	if (ok && out.len == 0 && f->out) {
		ok = err_set(e, ERR_MISMATCH, 0,
			     "%s has no %s%s: is it the contract that the "
			     "configuration takes it for?",
			     fmt_addr(to).s, f->name, f->in);
	} else if (ok) {
		ok = fn_decode(ret, a, f, arena_memdup(a, out.data, out.len),
			       out.len, e);
		if (!ok)
			err_ctx(e, "contract %s", fmt_addr(to).s);
	} else if (e->code == ERR_REVERT) {
		revert_describe(&why, out.data, out.len);
		err_set(e, ERR_REVERT, 0, "%s refused: %s", f->name,
			buf_str(&why));
	}
	buf_done(&data);
	buf_done(&out);
	buf_done(&why);
	return ok;
}

/* A function whose only result is one word. */
static bool read_word(const struct oper *op, const struct addr20 *to,
		      const struct fn *f, const struct abi_val *args, size_t n,
		      struct u256 *ret, struct err *e)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct abi_val v;

	if (!read_fn(op, a, to, f, args, n, &v, e))
		return false;
	*ret = v.items[0].word;
	return true;
}

static bool read_bool(const struct oper *op, const struct addr20 *to,
		      const struct fn *f, const struct abi_val *args, size_t n,
		      bool *ret, struct err *e)
{
	struct u256 v;

	if (!read_word(op, to, f, args, n, &v, e))
		return false;
	*ret = !u256_is_zero(v);
	return true;
}

static bool read_hash(const struct oper *op, const struct addr20 *to,
		      const struct fn *f, const struct abi_val *args, size_t n,
		      struct hash32 *ret, struct err *e)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct abi_val v;

	if (!read_fn(op, a, to, f, args, n, &v, e))
		return false;
	*ret = abi_hash(&v.items[0]);
	return true;
}

/* Whether a function answers at all, rather than reverting. */
static bool read_if_known(const struct oper *op, struct arena *a,
			  const struct addr20 *to, const struct fn *f,
			  const struct abi_val *args, size_t n, bool *ret_known,
			  struct abi_val *ret, struct err *e)
{
	struct err why = ERR_INIT;
	bool ok = read_fn(op, a, to, f, args, n, ret, &why);

	if (!ok && why.code != ERR_REVERT) {
		*e = why;
		return false;
	}
	*ret_known = ok;
	return true;
}

bool view_registered(const struct oper *op, bool *ret, struct err *e)
{
	static const struct fn f = {"isOperator", "(address)", "(bool)"};
	struct abi_val args[] = {abi_val_addr(&op->me)};

	return read_bool(op, &op->cfg->delegation_manager, &f, args, 1, ret, e);
}

bool view_delay(const struct oper *op, bool *ret_set, uint32_t *ret_blocks,
		struct err *e)
{
	static const struct fn f = {"getAllocationDelay", "(address)",
				    "(bool set,uint32 blocks)"};
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct abi_val args[] = {abi_val_addr(&op->me)};
	struct abi_val v;

	if (!read_fn(op, a, &op->cfg->allocation_manager, &f, args, 1, &v, e))
		return false;
	*ret_set = !u256_is_zero(v.items[0].word);
	*ret_blocks = (uint32_t)v.items[1].word.w[0];
	return true;
}

static bool read_of_set(const struct oper *op, const struct fn *f, bool *ret,
			struct err *e)
{
	struct abi_val set[] = {abi_val_addr(&op->cfg->avs),
				abi_val_u64(op->cfg->set)};
	struct abi_val args[] = {abi_val_addr(&op->me), abi_val_list(set, 2)};

	return read_bool(op, &op->cfg->allocation_manager, f, args, 2, ret, e);
}

bool view_member(const struct oper *op, bool *ret, struct err *e)
{
	static const struct fn f = {"isMemberOfOperatorSet",
				    "(address,(address,uint32))", "(bool)"};

	return read_of_set(op, &f, ret, e);
}

bool view_slashable(const struct oper *op, bool *ret, struct err *e)
{
	static const struct fn f = {"isOperatorSlashable",
				    "(address,(address,uint32))", "(bool)"};

	return read_of_set(op, &f, ret, e);
}

bool view_attestation(const struct oper *op, struct hash32 *ret, struct err *e)
{
	static const struct fn f = {"registeredOperatorAttestationHash",
				    "(address)", "(bytes32)"};
	struct abi_val args[] = {abi_val_addr(&op->me)};

	return read_hash(op, &op->cfg->service_manager, &f, args, 1, ret, e);
}

bool view_attested_until(const struct oper *op, uint64_t *ret, struct err *e)
{
	static const struct fn f = {
	    "attestationOf", "(address)",
	    "((bytes32 quote,bytes32 measurement,uint8 tcb,uint64 until))"};
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct abi_val args[] = {abi_val_addr(&op->me)};
	struct abi_val v;

	if (!read_fn(op, a, &op->cfg->service_manager, &f, args, 1, &v, e))
		return false;
	*ret = v.items[0].items[3].word.w[0];
	return true;
}

bool view_attestation_period(const struct oper *op, uint64_t *ret,
			     struct err *e)
{
	static const struct fn f = {"attestationPeriod", "()", "(uint32)"};
	struct u256 v;

	if (!read_word(op, &op->cfg->service_manager, &f, NULL, 0, &v, e))
		return false;
	*ret = v.w[0];
	return true;
}

bool view_deposited(const struct oper *op, const struct addr20 *strategy,
		    struct u256 *ret, struct err *e)
{
	static const struct fn f = {"stakerDepositShares", "(address,address)",
				    "(uint256)"};
	struct abi_val args[] = {abi_val_addr(&op->me), abi_val_addr(strategy)};

	return read_word(op, &op->cfg->strategy_manager, &f, args, 2, ret, e);
}

bool view_shares(const struct oper *op, const struct addr20 *strategy,
		 struct u256 *ret, struct err *e)
{
	static const struct fn f = {"operatorShares", "(address,address)",
				    "(uint256)"};
	struct abi_val args[] = {abi_val_addr(&op->me), abi_val_addr(strategy)};

	return read_word(op, &op->cfg->delegation_manager, &f, args, 2, ret, e);
}

bool view_allowance(const struct oper *op, const struct addr20 *token,
		    struct u256 *ret, struct err *e)
{
	static const struct fn f = {"allowance", "(address,address)",
				    "(uint256)"};
	struct abi_val args[] = {abi_val_addr(&op->me),
				 abi_val_addr(&op->cfg->strategy_manager)};

	return read_word(op, token, &f, args, 2, ret, e);
}

bool view_allocation(const struct oper *op, const struct addr20 *strategy,
		     struct allocation *ret, struct err *e)
{
	static const struct fn f = {
	    "getAllocation", "(address,(address,uint32),address)",
	    "((uint64 now,int128 pending,uint32 effectBlock))"};
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct abi_val set[] = {abi_val_addr(&op->cfg->avs),
				abi_val_u64(op->cfg->set)};
	struct abi_val args[] = {abi_val_addr(&op->me), abi_val_list(set, 2),
				 abi_val_addr(strategy)};
	const struct abi_val *got;
	struct abi_val v;

	if (!read_fn(op, a, &op->cfg->allocation_manager, &f, args, 3, &v, e))
		return false;
	got = v.items[0].items;
	ret->now = got[0].word.w[0];
	/* A decrease is a negative int128: two's complement adds up. */
	ret->later = u256_wrap_add(got[0].word, got[1].word).w[0];
	ret->effect_block = got[2].word.w[0];
	return true;
}

bool view_report_data(const struct oper *op, uint64_t reference,
		      struct hash32 *ret, struct err *e)
{
	static const struct fn f = {"reportData", "(address,uint64)",
				    "(bytes32)"};
	struct abi_val args[] = {abi_val_addr(&op->me), abi_val_u64(reference)};

	return read_hash(op, &op->cfg->service_manager, &f, args, 2, ret, e);
}

bool view_ca_known(const struct oper *op, const struct hash32 *id, bool *ret,
		   struct err *e)
{
	static const struct fn f = {
	    "getCa", "(bytes32)",
	    "((bytes32,bytes32,bytes32,uint40,uint40,uint160))"};
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct abi_val args[] = {abi_val_hash(id)};
	struct abi_val v;

	return read_if_known(op, a, &op->cfg->collateral_registry, &f, args, 1,
			     ret, &v, e);
}

bool view_pck(const struct oper *op, const struct hash32 *id, struct pck *ret,
	      struct err *e)
{
	static const struct fn f = {
	    "getPck", "(bytes32)",
	    "((bytes32,bytes32,bytes32 ca,uint40,uint40,uint160,bytes6,bytes2,"
	    "uint16,bytes16))"};
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct abi_val args[] = {abi_val_hash(id)};
	struct pck pck = {.known = false};
	struct abi_val v;

	if (!read_if_known(op, a, &op->cfg->collateral_registry, &f, args, 1,
			   &pck.known, &v, e))
		return false;
	if (pck.known) {
		pck.ca = abi_hash(&v.items[0].items[2]);
		memcpy(pck.fmspc, v.items[0].items[6].bytes,
		       sizeof(pck.fmspc));
	}
	*ret = pck;
	return true;
}

bool view_signer_known(const struct oper *op, const struct hash32 *id,
		       bool *ret, struct err *e)
{
	static const struct fn f = {"getTcbSigner", "(bytes32)",
				    "((bytes32,bytes32,uint40,uint40,uint160))"};
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct abi_val args[] = {abi_val_hash(id)};
	struct abi_val v;

	return read_if_known(op, a, &op->cfg->collateral_registry, &f, args, 1,
			     ret, &v, e);
}

/* SOL CollateralRegistry's enum Tee. */
#define TEE_TDX 1

/* What new collateral would mend. */
static bool is_lack(const struct err *e)
{
	static const char *const errors[] = {"CrlExpired", "CrlMissing",
					     "TcbInfoExpired", "TcbInfoMissing",
					     "QeIdentityExpired",
					     "QeIdentityMissing",
					     "TcbSignerUnknown"};

	for (size_t i = 0; i < ARRAY_LEN(errors); i++)
		if (strstr(e->text, errors[i]))
			return true;
	return false;
}

bool view_collateral(const struct oper *op, const struct hash32 *pck,
		     uint64_t *ret_until, struct err *e)
{
	static const struct fn f = {
	    "collateral", "(bytes32,uint8)",
	    "((bytes32,bytes32,bytes32,bytes6,uint16,bytes16,address,address,"
	    "uint40 until))"};
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct abi_val args[] = {abi_val_hash(pck), abi_val_u64(TEE_TDX)};
	struct abi_val v;
	struct err why;

	if (read_fn(op, a, &op->cfg->collateral_registry, &f, args, 2, &v,
		    &why)) {
		*ret_until = v.items[0].items[8].word.w[0];
		return true;
	}
	*ret_until = 0;
	if (why.code == ERR_REVERT && is_lack(&why))
		return true;
	*e = why;
	return false;
}

bool view_crl(const struct oper *op, const void *der, size_t len,
	      bool *ret_taken, struct hash32 *ret, struct err *e)
{
	static const struct fn put = {"putCrl", "(bytes)", "(bytes32 slot)"};
	static const struct fn f = {
	    "crls", "(bytes32)",
	    "(uint40,uint40,uint32,uint160,bytes32 digest)"};
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct abi_val arg = abi_val_bytes(der, len);
	struct abi_val v;
	struct hash32 slot;

	if (!read_if_known(op, a, &op->cfg->collateral_registry, &put, &arg, 1,
			   ret_taken, &v, e))
		return false;
	if (!*ret_taken)
		return true;
	slot = abi_hash(&v.items[0]);
	arg = abi_val_hash(&slot);
	if (!read_fn(op, a, &op->cfg->collateral_registry, &f, &arg, 1, &v, e))
		return false;
	*ret = abi_hash(&v.items[4]);
	return true;
}

/* The last member of what the registry keeps of signed JSON. */
static bool read_digest(const struct oper *op, const struct fn *f,
			const struct abi_val *args, size_t n,
			struct hash32 *ret, struct err *e)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct abi_val v;

	if (!read_fn(op, a, &op->cfg->collateral_registry, f, args, n, &v, e))
		return false;
	*ret = abi_hash(&v.items[3]);
	return true;
}

bool view_tcb_info(const struct oper *op, const uint8_t fmspc[6],
		   struct hash32 *ret, struct err *e)
{
	static const struct fn f = {"tcbInfos", "(uint8,bytes6)",
				    "(address,uint40,uint32,bytes32 digest)"};
	struct abi_val args[] = {abi_val_u64(TEE_TDX),
				 abi_val_bytes(fmspc, 6)};

	return read_digest(op, &f, args, 2, ret, e);
}

bool view_qe_identity(const struct oper *op, struct hash32 *ret, struct err *e)
{
	static const struct fn f = {"qeIdentities", "(uint8)",
				    "(address,uint40,uint32,bytes32 digest)"};
	struct abi_val args[] = {abi_val_u64(TEE_TDX)};

	return read_digest(op, &f, args, 1, ret, e);
}

/* SOL PhalaSlaOracle: SlaChallengeIssued(uint256,address,bytes,uint256), of which
 * challenge and operator are indexed. */
static const struct hash32 ISSUED = {
    {0xa9, 0x1c, 0x43, 0x2e, 0x96, 0xdb, 0xb2, 0xfd, 0x34, 0x5e, 0xd3,
     0x9a, 0x28, 0x1d, 0x2f, 0xd1, 0xbc, 0xf0, 0x6e, 0x6b, 0x20, 0xbb,
     0x2f, 0x9b, 0x06, 0x3a, 0x02, 0x22, 0x85, 0x1c, 0x95, 0x39}};
/* SOL AllocationManager: OperatorRemovedFromOperatorSet(address,
 * (address,uint32)), of which the operator is indexed. */
static const struct hash32 REMOVED = {
    {0xad, 0x34, 0xc3, 0x07, 0x0b, 0xe1, 0xdf, 0xfb, 0xca, 0xa4, 0x99,
     0xd0, 0x00, 0xba, 0x2b, 0x8d, 0x98, 0x48, 0xae, 0xfc, 0xac, 0x30,
     0x59, 0xdf, 0x24, 0x5d, 0xd9, 0x5c, 0x4e, 0xce, 0x14, 0xfe}};

static struct addr20 addr_of_topic(const struct log *l, size_t i)
{
	struct addr20 a;

	memcpy(a.b, l->topics[i].b + 12, sizeof(a.b));
	return a;
}

static bool is_for(const struct oper *op, bool others, const struct log *l,
		   uint64_t *ret_id)
{
	struct addr20 whom;

	if (l->topics_n < 3)
		return false;
	whom = addr_of_topic(l, 2);
	return addr_eq(&whom, &op->me) != others &&
	       u256_fits_u64(ret_id, u256_from_be(l->topics[1].b, 32));
}

/* Ours, from the set that we are configured for. */
static bool is_removal(const struct oper *op, const struct log *l)
{
	struct addr20 who, avs;

	if (l->topics_n < 2 || l->data_len < 64)
		return false;
	who = addr_of_topic(l, 1);
	memcpy(avs.b, l->data + 12, sizeof(avs.b));
	return addr_eq(&who, &op->me) && addr_eq(&avs, &op->cfg->avs) &&
	       u256_cmp(u256_from_be(l->data + 32, 32),
			u256_from_u64(op->cfg->set)) == 0;
}

/* Who left by itself, whatever program it told to, wants to be out. */
static bool was_removed(const struct oper *op, struct arena *a,
			const struct log *l, bool *ret, struct err *e)
{
	struct receipt r;
	bool found;

	if (!chain_receipt(op->rpc, a, &l->tx, &found, &r, e))
		return false;
	*ret = found && !addr_eq(&r.from, &op->me);
	return true;
}

/*
 * What one block has by its header: false if it has nothing for us. Of one that
 * challenges many, @f lets through what is for @me alone.
 */
static bool narrow(struct log_filter *f, const struct bloom *b, bool others,
		   const struct hash32 *me)
{
	bool mine = bloom_may_have(b, me->b, sizeof(me->b)), has[2];

	for (size_t i = 0; i < ARRAY_LEN(has); i++)
		has[i] = bloom_may_have(b, f->addresses[i].b,
					sizeof(f->addresses[i].b)) &&
			 bloom_may_have(b, f->topics[i].b,
					sizeof(f->topics[i].b));
	if (mine && has[1])
		return true;
	f->addresses_n = f->topics_n = 1;
	f->topic2 = others ? NULL : me;
	return has[0] && (mine || others);
}

bool view_news(const struct oper *op, struct arena *a, uint64_t from,
	       uint64_t to, bool others, struct news *ret, struct err *e)
{
	const struct addr20 of[] = {op->cfg->sla_oracle,
				    op->cfg->allocation_manager};
	const struct hash32 by[] = {ISSUED, REMOVED};
	struct log_filter f = {.from = from,
			       .to = from ? to : CHAIN_HEAD,
			       .addresses = of,
			       .addresses_n = ARRAY_LEN(of),
			       .topics = by,
			       .topics_n = ARRAY_LEN(by)};
	struct hash32 me = {0};
	const struct log *logs;
	uint64_t *ids;
	size_t logs_n;

	memcpy(me.b + 12, op->me.b, sizeof(op->me.b));
	if (from == to && !narrow(&f, &op->head.bloom, others, &me)) {
		*ret = (struct news){0};
		return true;
	}
	if (!chain_logs_any(op->rpc, a, &f, &logs, &logs_n, e))
		return false;
	ids = ARENA_ARRAY(a, uint64_t, logs_n);
	*ret = (struct news){.challenges = ids};
	for (size_t i = 0; i < logs_n; i++) {
		const struct log *l = &logs[i];

		if (addr_eq(&l->address, &of[0]) && l->topics_n &&
		    hash_eq(&l->topics[0], &by[0])) {
			ret->challenges_n +=
			    is_for(op, others, l, &ids[ret->challenges_n]);
			continue;
		}
		if (is_removal(op, l) &&
		    !was_removed(op, a, l, &ret->removed, e))
			return false;
	}
	return true;
}

bool view_challenge(const struct oper *op, uint64_t id, bool *ret_known,
		    struct challenge *ret, struct err *e)
{
	static const struct fn f = {
	    "getChallengeDetails", "(uint256)",
	    "((address operator,uint256 end,bool responded,bool reported,"
	    "bytes32 responseData))"};
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct abi_val args[] = {abi_val_u64(id)};
	const struct abi_val *got;
	struct abi_val v;

	if (!read_if_known(op, a, &op->cfg->sla_oracle, &f, args, 1, ret_known,
			   &v, e))
		return false;
	if (!*ret_known)
		return true;
	got = v.items[0].items;
	*ret = (struct challenge){
	    .id = id,
	    .whom = abi_addr(&got[0]),
	    .responded = !u256_is_zero(got[2].word),
	    .reported = !u256_is_zero(got[3].word),
	    .response_data = abi_hash(&got[4]),
	};
	if (!u256_fits_u64(&ret->end, got[1].word))
		ret->end = UINT64_MAX;
	return true;
}
