/*
 * fake_contracts - what fake_chain.h keeps of a chain, and what its contracts
 * answer to an operator's questions.
 */
#ifndef OPERATOR_TEST_FAKE_CONTRACTS_H
#define OPERATOR_TEST_FAKE_CONTRACTS_H

#include <string.h>

#include "test/kit.h"

#include "base/base.h"
#include "io/http_server.h"
#include "operator/operator.h"
#include "test/rpc_stub.h"

#define CHALLENGES_MAX 8
#define MINED_MAX 64

enum fake_contract {
	ALLOCATION_MANAGER = 0xa1,
	DELEGATION_MANAGER,
	STRATEGY_MANAGER,
	SERVICE_MANAGER,
	SLA_ORACLE,
	REGISTRY,
	TOKEN,
	STRATEGY,
	STRATEGY_2,
};

struct fake_challenge {
	struct addr20 whom;
	uint64_t issued, end;
	bool responded, reported;
	uint8_t response_data; /* every byte of it */
};

enum fake_tee { TEE_GOOD, TEE_REFUSES, TEE_SILENT, TEE_ODD_QUOTE };

struct fake {
	char *dir;
	struct loop *loop;
	struct rpc_stub *stub;
	struct http_server *tee_server;

	/* What the chain says. */
	uint64_t height, chain_id, nonce;
	bool registered, member, ca_known, pck_known;
	uint64_t removed_at; /* the block of its removal from the set; 0: none */
	bool removed_itself;
	uint64_t slashable_to; /* the last block; it cannot join until then */
	uint64_t delay_from; /* the block from which a delay is in effect */
	uint64_t deposited, allowance, allocated, pending;
	uint64_t max_magnitude, claimed;
	uint64_t collateral_until; /* 0: of ever; 1: it is over */
	bool nothing_newer;	   /* what it is given is over as well */
	uint64_t attested_until, period; /* times; blocks have the time 1 */
	struct fake_challenge challenges[CHALLENGES_MAX]; /* id 1 first */
	unsigned challenges_n;
	const char *refuse; /* a function's name that reverts in simulation */
	const char *revert; /* with this data, hex */
	bool fails_when_mined;
	bool old_ca; /* the platform is registered under another CA */
	bool mute;		  /* nothing is answered */
	const char *break_method; /* answered by an RPC error, */
	unsigned break_times, broken; /* so many times; 0: always */
	unsigned break_spares;	      /* but not this time; 1 is the first */
	char *pool; /* a transaction that waits for its nonce */
	/* Sends it has; or it hangs up on one. */
	enum { SYNC_NONE, SYNC_LATE, SYNC_GOOD, SYNC_CLOSES } sync;
	bool hide_receipts;	  /* until a head after the send */
	bool asked_for_me;	  /* by some eth_getLogs, as topic 2 */
	enum fake_tee tee;

	/* What was done. */
	char sent[MINED_MAX][32]; /* functions called by transactions */
	struct hash32 mined[MINED_MAX];
	unsigned sent_n, quotes;
	uint64_t answered[CHALLENGES_MAX];
	unsigned answered_n;
	uint8_t last_report_data[64];
	uint64_t tried_gas;
	unsigned kill_at;    /* SIGTERM at the n-th answer; 0: never */
	bool answers_killed; /* gives that answer in the same moment, too */
	unsigned drop_at;    /* closes connections instead of that answer */
	bool drops_answer;   /* having done what was asked */
	unsigned answers;

	/* The operator. */
	struct config cfg;
	struct events ev;
	struct oper op;
	struct buf out; /* the events that it wrote */
	void (*on_event)(struct fake *f, const char *line); /* may be NULL */
};

static UNUSED struct addr20 fake_address(enum fake_contract c)
{
	struct addr20 a;

	memset(a.b, (int)c, sizeof(a.b));
	return a;
}

/* --- answers of contracts ------------------------------------------------ */

static void put_u64(struct buf *b, uint64_t v)
{
	uint8_t word[32];

	u256_to_be(word, u256_from_u64(v));
	buf_add(b, word, sizeof(word));
}

static bool is_call(const uint8_t *data, size_t len, const char *signature)
{
	struct hash32 h = keccak256(signature, strlen(signature));

	return len >= 4 && !memcmp(h.b, data, 4);
}

static uint64_t arg_u64(const uint8_t *data, size_t n)
{
	return u256_from_be(data + 4 + 32 * n, 32).w[0];
}

static bool answer_eigenlayer(const struct fake *f, const uint8_t *data,
			      size_t len, struct buf *b)
{
	if (is_call(data, len, "isOperator(address)")) {
		put_u64(b, f->registered);
	} else if (is_call(data, len, "getAllocationDelay(address)")) {
		put_u64(b, f->delay_from && f->height >= f->delay_from);
		put_u64(b, 7);
	} else if (is_call(data, len,
			   "isMemberOfOperatorSet(address,(address,uint32))")) {
		put_u64(b, f->member);
	} else if (is_call(data, len,
			   "isOperatorSlashable(address,(address,uint32))")) {
		put_u64(b, f->height <= f->slashable_to);
	} else if (is_call(data, len, "stakerDepositShares(address,address)") ||
		   is_call(data, len, "operatorShares(address,address)")) {
		put_u64(b, f->deposited);
	} else if (is_call(data, len, "getMaxMagnitude(address,address)")) {
		put_u64(b, f->max_magnitude);
	} else if (is_call(data, len, "cumulativeClaimed(address,address)")) {
		put_u64(b, f->claimed);
	} else if (is_call(data, len, "allowance(address,address)")) {
		put_u64(b, f->allowance);
	} else if (is_call(data, len,
			   "getAllocation(address,(address,uint32),address)")) {
		put_u64(b, f->allocated);
		put_u64(b, f->pending);
		put_u64(b, f->pending ? f->height + 5 : 0);
	} else {
		return false;
	}
	return true;
}

static bool answer_challenge(const struct fake *f, uint64_t id, struct buf *b)
{
	const struct fake_challenge *c = &f->challenges[id - 1];
	uint8_t word[32] = {0};

	if (id == 0 || id > f->challenges_n)
		return false;
	memcpy(word + 12, c->whom.b, sizeof(c->whom.b));
	buf_add(b, word, sizeof(word));
	put_u64(b, c->end);
	put_u64(b, c->responded);
	put_u64(b, c->reported);
	memset(word, c->response_data, sizeof(word));
	buf_add(b, word, sizeof(word));
	return true;
}

/* False: it reverts. */
static bool answer_avs(const struct fake *f, const uint8_t *data, size_t len,
		       struct buf *b)
{
	uint8_t word[32];

	if (is_call(data, len, "registeredOperatorAttestationHash(address)")) {
		memset(word, f->member ? 0x77 : 0, sizeof(word));
		buf_add(b, word, sizeof(word));
		return true;
	}
	if (is_call(data, len, "attestationOf(address)")) {
		for (int i = 0; i < 3; i++)
			put_u64(b, 1);
		put_u64(b, f->attested_until);
		return true;
	}
	if (is_call(data, len, "attestationPeriod()")) {
		put_u64(b, f->period);
		return true;
	}
	if (is_call(data, len, "collateral(bytes32,uint8)")) {
		for (int i = 0; i < 8; i++)
			put_u64(b, 0);
		put_u64(b, f->collateral_until ? f->collateral_until
					       : 1u << 30);
		return true;
	}
	if (is_call(data, len, "putCrl(bytes)")) {
		put_u64(b, 1); /* its slot */
		return true;
	}
	if (is_call(data, len, "crls(bytes32)") ||
	    is_call(data, len, "tcbInfos(uint8,bytes6)") ||
	    is_call(data, len, "qeIdentities(uint8)")) {
		for (int i = 0; i < 5; i++)
			put_u64(b, 0); /* none is there */
		return true;
	}
	if (is_call(data, len, "getTcbSigner(bytes32)"))
		return false;
	if (is_call(data, len, "reportData(address,uint64)")) {
		memset(word, 0xd0, sizeof(word));
		buf_add(b, word, sizeof(word));
		return arg_u64(data, 1) < f->height;
	}
	if (is_call(data, len, "getCa(bytes32)")) {
		for (int i = 0; i < 6; i++)
			put_u64(b, 1);
		return f->ca_known;
	}
	if (is_call(data, len, "getPck(bytes32)")) {
		struct hash32 ca = keccak256("ca!", 3);

		for (int i = 0; i < 2; i++)
			put_u64(b, 0);
		buf_add(b, ca.b, f->old_ca ? 31 : 32);
		if (f->old_ca)
			buf_addc(b, 0);
		for (int i = 0; i < 7; i++)
			put_u64(b, 0);
		return f->pck_known;
	}
	if (is_call(data, len, "getChallengeDetails(uint256)"))
		return answer_challenge(f, arg_u64(data, 0), b);
	fail_msg("call of a function that this chain has not");
	return false;
}

#endif
