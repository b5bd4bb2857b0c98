/*
 * live_priv - what the parts of a live world share.
 *
 * Layer: devnet, for live*.c only.
 */
#ifndef DEVNET_LIVE_PRIV_H
#define DEVNET_LIVE_PRIV_H

#include "base/rng.h"
#include "devnet/anvil.h"
#include "devnet/bundle.h"
#include "devnet/live.h"
#include "devnet/operator.h"
#include "devnet/tee.h"

/* What contracts are deployed for and quotes are signed by, in every world. */
#define LIVE_TEE_SEED 1u

/* An operator of the present scenario. */
struct live_member {
	struct live_operator spec; /* texts and stake owned by the cast */
	struct operator *op;
};

struct live_cast {
	struct arena *arena; /* NULL: nobody */
	struct live_member *members;
	size_t n;
};

struct live {
	struct loop *loop;
	struct live_events events;
	char *root, *release, *log_dir;
	char *dir; /* of sockets, keystores and configs */
	struct http_client *http;
	struct bundle *bundle;
	struct anvil *anvil;
	char *died; /* why anvil did */
	struct book *book;
	uint64_t chain_id;

	struct u256 base;      /* the chain as it was booted */
	bool has_prepared;
	struct hash32 prepared_for; /* the cast whose state `prepared` is */
	struct u256 prepared;

	struct live_cast cast;
	struct tee *tee;
	struct hash32 tee_for; /* the instances it has */
	struct rng rng;	       /* of releases */
};

/* live_send.c */
/** live_fund - an account's ETH, so that it can send. */
MUST_USE bool live_fund(struct live *w, const struct addr20 *a, struct err *e);
/** live_mint - raise @to's balance of a token to @amount, by its owner. */
MUST_USE bool live_mint(struct live *w, const char *token,
			const struct addr20 *to, struct u256 amount,
			struct err *e);
/** live_view - call a view of a bound contract; one word comes back. */
MUST_USE bool live_view(struct live *w, const char *contract,
			const char *function, const struct abi_val *args,
			size_t args_n, struct u256 *ret, struct err *e);

/* live_cast.c */
struct live_member *live_find(struct live *w, const char *name);
MUST_USE bool live_need(struct live *w, const char *name,
			struct live_member **ret, struct err *e);
/** live_cast_end - end the processes and forget the members. */
void live_cast_end(struct live *w);

#endif
