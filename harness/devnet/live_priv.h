/*
 * live_priv - what the parts of a live world share.
 *
 * Layer: devnet, for live*.c only.
 */
#ifndef DEVNET_LIVE_PRIV_H
#define DEVNET_LIVE_PRIV_H

#include "base/rng.h"
#include "devnet/aggregator.h"
#include "devnet/anvil.h"
#include "devnet/bundle.h"
#include "devnet/live.h"
#include "devnet/operator.h"
#include "devnet/sidecar.h"
#include "devnet/tee.h"

/* What contracts are deployed for and quotes are signed by, in every world. */
#define LIVE_TEE_SEED 1u
#define LIVE_ANVIL "build/tools/anvil"
#define LIVE_TEE_SIM "build/bin/tee-sim"
#define LIVE_CAST_MAX 512

/* An operator of the present scenario. */
struct live_member {
	struct live_operator spec; /* texts and stake owned by the cast */
	struct operator *op;
	size_t sent; /* since the world was last told to rest */
};

struct live_cast {
	struct arena *arena; /* NULL: nobody */
	struct live_member *members;
	size_t n;
};

/*
 * A chain whose state is some world's and some cast's. It is booted with what
 * many worlds go on from, becomes one of them with nobody on it, and from there
 * what a cast's bundle says: always by this way, also where such a bundle was
 * made a moment ago, so that nobody sees who was on it before.
 */
struct live_chain {
	struct anvil *anvil; /* NULL: none is booted */
	struct hash32 root;  /* the bundle's that it was booted with */
	struct block first;  /* as it was then */
	bool settled;        /* the two below are set */
	struct hash32 base;  /* the world's bundle */
	struct live_point bare; /* that world, with nobody on it */
	const struct live *of; /* whose cast and roles are on it; or NULL */
	struct hash32 key;   /* of that cast */
	struct hash32 saved; /* the bundle's that it goes on from */
	struct live_point start; /* with the cast, nothing played */
	struct {
		uint64_t old; /* the height of the branch taken away, or 0 */
		struct hash32 fork; /* the last block that both have */
	} reorg; /* the last since it was put back to a snapshot */
	uint64_t used;
};

/* For each of EigenLayer's profiles, as there are recipes: few. */
#define CHAINS_MAX 2

struct live_chains {
	struct live_chain all[CHAINS_MAX];
	uint64_t turn; /* the one that was used longest ago makes room */
	struct tee *tee; /* NULL until somebody has one */
	char *tee_dir;	 /* its sockets' */
	struct live *tee_of; /* whose instances it has, or NULL */
	/* Looked through once, for all worlds and casts. */
	struct {
		char *profile;
		struct bundle *bundle;
	} cores[CHAINS_MAX];
	struct book *interfaces; /* every artifact that a world asked for */
	bool looked; /* at contracts/, which are: */
	struct hash32 sources;
};

/* Of an account's next transaction. */
struct live_nonce {
	struct addr20 of;
	bool known; /* or it sent one that is not counted here */
	uint64_t next;
};

/* A snapshot that somebody has, and the block it was made behind. */
struct live_mark {
	struct u256 id;
	uint64_t block;
};

/* What is known of points, those that were used last. */
#define LIVE_POINTS 4
#define LIVE_NONCES 16
struct live_memory {
	uint64_t state; /* theirs; 0: none */
	uint64_t used;
	struct live_nonce nonces[LIVE_NONCES];
	size_t nonces_n;
};

struct live {
	struct loop *loop;
	struct live_events events;
	char *root, *cache, *release, *log_dir, *operator, *kept, *tamper;
	char *dir; /* of sockets, keystores and configs */
	struct bundle *base; /* EigenLayer and the AVS, nobody on it */
	struct live_chains *chains;
	struct live_chains *own; /* the same, if they are not shared */
	struct live_chain *now; /* the scenario's; NULL before the first */
	struct {
		bool known; /* nothing was done to the chain since */
		struct block block;
		uint64_t timed; /* the number of whose next has a set time */
		uint64_t next; /* whose logs nobody had, and all after; or 0 */
		json_t *logs;  /* theirs, if they came along; or NULL */
	} head;
	bool strays; /* something may wait in the pool for what comes next */
	/* live_state(), and how many there were. */
	uint64_t state, states;
	struct {
		struct live_nonce *items; /* while none but ourselves sends */
		size_t n, cap;
		/* The state of the point since which that is so: who is not in
		 * the list has sent nothing since then. 0: none. */
		uint64_t since;
	} nonces;
	struct {
		struct live_mark *items; /* of live_snapshot(), and still good */
		size_t n, cap;
	} marks;
	struct live_memory memory[LIVE_POINTS];
	uint64_t memory_turn;
	bool open;  /* others may send to its chain at any time */
	bool renew; /* the next one's chain is made anew, not reverted */
	struct book *book;
	size_t names_n; /* of those in the book, the first: the world's own */
	uint64_t chain_id;
	struct addr20 *roles;
	size_t roles_n;

	struct live_cast cast;
	struct http_client *http; /* NULL until a step speaks HTTP */
	struct tee *tee; /* the chains', while the present cast has TEEs */
	struct rng rng;	       /* of releases */
	uint64_t seed;	       /* the scenario's */
	struct sidecar *sidecar; /* the scenario's */
	json_t *named; /* accounts that the world's own file does not name */
	json_t *told; /* what a sidecar knew when this was kept; or NULL */
	struct live_aggregator want_aggregator; /* avs NULL: none */
	struct aggregator *aggregator; /* the scenario's, or NULL */
};

/* live.c */
/**
 * live_mined - live_moved(), but every sender's nonce is known as before.
 * Returns a list of what was logged since live_logs() was asked last, for
 * live_is_at(); NULL if that is not known. New reference.
 */
json_t *live_mined(struct live *w);
/** live_at - the chain has this head, and nobody wants what it logged. */
void live_at(struct live *w, const struct block *head);
/** live_is_at - this is the head. @take_logs: as of live_mined(), with what came
 * since; or NULL. */
void live_is_at(struct live *w, const struct block *head, json_t *take_logs);
/** live_altered - in the state of its head something is otherwise now. */
void live_altered(struct live *w);

/* live_point.c */
/** live_sent_by - an account sent something that its nonce was not raised for.
 */
void live_sent_by(struct live *w, const struct addr20 *who);
/**
 * live_found - the roles have their stipend, and that is the point at which the
 * cast's scenarios start. The chain is there as if it had come back to it.
 * Errors: as node_found.
 */
MUST_USE bool live_found(struct live *w, struct live_point *ret, struct err *e);
/** live_nonce - asked for once until live_moved(); who sends raises it.
 * Borrowed, for as long as no other one is asked for. */
MUST_USE bool live_nonce(struct live *w, const struct addr20 *of,
			 uint64_t **ret, struct err *e);

/* live_send.c */
/** live_stipend - what live_fund() gives. */
struct u256 live_stipend(void);
/** live_mint - raise @to's balance of a token to @amount, by its owner. */
MUST_USE bool live_mint(struct live *w, const char *token,
			const struct addr20 *to, struct u256 amount,
			struct err *e);
/**
 * live_mined_on - a transaction has a block of its own, which is the head; or, if
 * it does not look like that, the head is asked for when somebody wants it.
 * @on, @take_logs: the head before, and what live_mined() said.
 */
void live_mined_on(struct live *w, const struct block *on, json_t *take_logs,
		   const json_t *receipt);
/** live_view - call a view of a bound contract; one word comes back. */
MUST_USE bool live_view(struct live *w, const char *contract,
			const char *function, const struct abi_val *args,
			size_t args_n, struct u256 *ret, struct err *e);

/* live_rest.c */
/* No program hears of new heads (@hush), or of all by now: several blocks are
 * mined as if at once. */
void live_hush(struct live *w, bool hush);
/** live_went_back - tell all gateways that the chain did, to block @head. */
void live_went_back(struct live *w, uint64_t head);
/** live_give_back - of a crowd: what all of them asked and were told at once lay
 * in between what stays, a megabyte with a hundred. */
void live_give_back(const struct live *w);
/** live_dead - live_blame(), for who fails anyway. Returns false. */
bool live_dead(struct live *w, struct err *e);

/* live_release.c */
/** live_holds - whether an operator waits with a transaction. */
bool live_holds(const struct live *w);
/**
 * live_release - all rest: what they wait with is mined, in one block if it has
 * room for all.
 * Errors: ERR_TIMEOUT if the node does not take them; ERR_LIMIT naming who has
 * sent too often since live_rest() began.
 */
MUST_USE bool live_release(struct live *w, struct err *e);

/* live_chain.c */
/** live_chain_begin - w->now becomes the chain of the present cast; @at: as it
 * was at that point; NULL: with nothing played. */
MUST_USE bool live_chain_begin(struct live *w, struct live_point *at,
			       struct err *e);
/** live_chain_leave - @w ends, and is on none any more. */
void live_chain_leave(struct live *w);
void live_chain_free(struct live_chain *c);
/** live_manifest_now - the base's manifest as of the head; new reference. */
MUST_USE bool live_manifest_now(struct live *w, json_t **ret, struct err *e);

/* live_keep.c */
/** live_kept - the state that was kept last of this cast's, if there is one.
 * Errors: ERR_OS [ENOENT] it was, and is gone. */
MUST_USE bool live_kept(struct live *w, struct bundle **ret, bool *ret_found,
			struct err *e);
/**
 * live_remember - the chain's past as it was kept, with a block on top, and the
 * rewards that the next sidecar knows.
 */
MUST_USE bool live_remember(struct live *w, const struct bundle *kept,
			    struct err *e);

/* live_cast.c */
/** live_cast_key - what decides on the state in which the cast is ready. */
MUST_USE bool live_cast_key(struct live *w, struct hash32 *ret, struct err *e);
/** live_cast_ready - on w->now, the operators make themselves ready. */
MUST_USE bool live_cast_ready(struct live *w, struct err *e);

/** live_forget_marks - snapshots behind blocks above @fork, which are gone. */
void live_forget_marks(struct live *w, uint64_t fork);

/* live_tee.c */
/** live_tee_need - w->tee becomes a simulator of the present cast's TEEs, with
 * nothing done to them; NULL, if it has none. It serves after tee_ready(). */
MUST_USE bool live_tee_need(struct live *w, struct err *e);
/** live_tee_leave - @w has no TEEs any more. */
void live_tee_leave(struct live *w);
void live_tee_end(struct live_chains *c);

/* live_heartbeat.c */
/** live_aggregator_start - for the scenario, if the world has one. */
MUST_USE bool live_aggregator_start(struct live *w, struct err *e);

/* live_collateral.c */
/**
 * live_collateral_put - what Intel says of the cast's platforms goes into the
 * world's CollateralRegistry, if it has one.
 */
MUST_USE bool live_collateral_put(struct live *w, struct err *e);
/** live_collateral_of - live_collateral() of who has a TEE. */
MUST_USE bool live_collateral_of(struct live *w, const char *name,
				 json_t **ret, struct err *e);
/* live_hand.c: of an operator whose AVS is an account. Registered first, since
 * its stake can be allocated only when its allocation delay is in effect. */
MUST_USE bool live_hand_register(struct live *w, const struct live_operator *o,
				 struct err *e);
MUST_USE bool live_hand_stake(struct live *w, const struct live_operator *o,
			      struct err *e);
/** live_need - the operator of that name. Errors: ERR_SCHEMA, with the nearest. */
MUST_USE bool live_need(struct live *w, const char *name,
			struct live_member **ret, struct err *e);
/** live_cast_end - end the processes and forget the members. */
void live_cast_end(struct live *w);

#endif
