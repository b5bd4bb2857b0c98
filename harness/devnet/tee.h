/*
 * tee - the TEE simulator as a process: its instances, faults and quotes.
 *
 * Layer: devnet. One tee-sim serves all operators of a world, each through a
 * guest-agent socket of its own, and one world after the other.
 */
#ifndef DEVNET_TEE_H
#define DEVNET_TEE_H

#include "codec/json.h"
#include "io/child.h"

struct tee;

/* One instance, and the platform below it: members of the simulator's config
 * (tee, version, td, report), fields of the hardware (fmspc, …), and status, which
 * is the platform's in the first TCB info. NULL: the simulator's own. */
struct tee_instance {
	const char *name;
	const json_t *platform; /* borrowed until tee_new() returns */
};

struct tee_spec {
	const char *program;	      /* build/bin/tee-sim */
	const char *dir;	      /* for sockets, config and log */
	uint64_t seed;		      /* of its PKI */
	const struct tee_instance *instances;
	size_t instances_n;
	/* Each line it prints, as text and as JSON; may be NULL. */
	void (*on_event)(void *arg, const char *line, const json_t *event);
	void *arg;
};

/**
 * tee_new - start it. It serves once tee_ready() has returned; meanwhile other
 * things can be done.
 * Errors: ERR_OS.
 */
MUST_USE bool tee_new(struct tee **ret, struct loop *l,
		      const struct tee_spec *spec, struct err *e);
/**
 * tee_again - another world in place of the present one, of which nothing is
 * left: as if it were started anew. Program, directory, on_event and arg stay as
 * they are. It serves once tee_ready() has returned.
 */
void tee_again(struct tee *t, const struct tee_spec *spec);
/**
 * tee_ready - wait until it serves.
 * Errors: ERR_CHILD with its last lines, ERR_TIMEOUT.
 */
MUST_USE bool tee_ready(struct tee *t, struct err *e);
void tee_free(struct tee *t); /* NULL-safe; stops it */
DEFINE_CLEANUP(struct tee, tee_free)

bool tee_alive(const struct tee *t);
pid_t tee_pid(const struct tee *t);
/**
 * tee_blame - whether it ended untold: @e becomes ERR_CHILD [status] with its
 * last words then; @e->pos stays.
 */
bool tee_blame(const struct tee *t, struct err *e);

/** tee_socket - an instance's guest-agent socket. Borrowed. */
const char *tee_socket(const struct tee *t, const char *instance);

/**
 * tee_break - an instance gets a fault, by its name in the catalogue;
 *             with its parameter as "truncated:bytes=3".
 * Errors: ERR_SCHEMA with the simulator's own text (it names the nearest).
 * tee_mend  - all faults of an instance end.
 */
MUST_USE bool tee_break(struct tee *t, const char *instance, const char *fault,
			struct err *e);
MUST_USE bool tee_mend(struct tee *t, const char *instance, struct err *e);

/**
 * tee_quote - ask an instance for a quote over up to 64 bytes.
 * @ret: the guest agent's whole answer, new reference.
 */
MUST_USE bool tee_quote(struct tee *t, const char *instance, const void *data,
			size_t len, json_t **ret, struct err *e);

/**
 * tee_collateral - what Intel says now of an instance's platform, as
 * QuoteCollateralV3, with the instance's faults of collateral. New reference.
 */
MUST_USE bool tee_collateral(struct tee *t, const char *instance, json_t **ret,
			     struct err *e);

/**
 * tee_issue - Intel issues everything anew.
 * @changes: {at?, revoke?, restore?, status?, bar?}, as the simulator has them;
 *           the reference is taken.
 */
MUST_USE bool tee_issue(struct tee *t, json_t *take_changes, struct err *e);

/*
 * What the simulator with a seed will sign with and measure as: the contracts
 * are deployed with these. Asked of the program without serving.
 */
struct tee_identity {
	struct hash32 root_x, root_y; /* the root CA's public key */
	struct hash32 measurement;    /* of the default image */
};
MUST_USE bool tee_identity(struct tee_identity *ret, struct loop *l,
			   const char *program, uint64_t seed, struct err *e);

#endif
