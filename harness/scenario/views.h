/*
 * views - what contracts' views return at one head, each asked once, many of
 * them at once.
 *
 * Layer: scenario; included by the runner's files only, through play.h.
 * The ledger and the invariants ask much the same at every head, so that all
 * of it is asked ahead in one request. What nobody has asked before is put
 * off: for now its answer is zeros, so that the evaluation goes on and shows
 * what else it wants; then all of that is asked in one request, a wave, and
 * whatever was evaluated meanwhile is void and evaluated again.
 */
#ifndef SCENARIO_VIEWS_H
#define SCENARIO_VIEWS_H

#include "base/buf.h"
#include "crypto/hash.h"

struct play;
struct views;

/* What an evaluation asked: it gives the same while these are the same. */
struct reads {
	struct arena *arena; /* of the lists */
	struct view **views; /* of this play's views */
	size_t views_n, views_cap; /* less than there are: it is another's */
	const char *events[4]; /* names of some; of more, @more */
	size_t events_n;
	bool delegations; /* who delegated to whom, all of it */
	bool more; /* what may change unseen: the height, a process, a file */
};

/* Which views' answers a number was made of. */
struct trail {
	struct view **views; /* of this play's views; the list is its owner's */
	size_t n, max;
	bool more;	    /* of more of them, or not of views alone */
	uint64_t turn;	    /* the head, counted */
	uint64_t forgotten; /* of the views, by then: they are all there */
};

struct views *views_new(void);
void views_free(struct views *c);

/* Who asks: each asks much the same at every head. */
enum views_for { VIEWS_LEDGER, VIEWS_INVARIANTS, VIEWS_FOR__COUNT };

/**
 * views_hold - evaluate what is asked for this purpose: what it asked at the
 * last heads is asked ahead, what is new in waves. @evaluate is called again
 * until no answer was put off, and only that time counts, its errors too: what
 * it keeps of the others it must drop (views_void). That ends: what is still
 * new after VIEWS_WAVES is asked as it comes.
 * Errors: as rpc_call; @evaluate's.
 */
#define VIEWS_WAVES 8
typedef bool (*views_fn)(struct play *p, void *arg, struct err *e);
MUST_USE bool views_hold(struct play *p, enum views_for purpose,
			 views_fn evaluate, void *arg, struct err *e);
/**
 * views_void - how many answers were put off since @evaluate was called.
 * views_settle - put off no more: what it found is about to be told, and asks
 * for other things. Not if views_void().
 */
size_t views_void(const struct views *c);
void views_settle(struct views *c);

/** views_ask - eth_call at the head, once while it stays; *ret is the play's,
 * with ERR_REVERT the revert's data. As chain_call. */
MUST_USE bool views_ask(struct play *p, const struct addr20 *at,
			const struct buf *data, const uint8_t **ret,
			size_t *ret_len, struct err *e);

/** views_expect - it will be asked for at this head: it goes with what is asked
 * ahead there, instead of into a wave. */
void views_expect(struct play *p, const struct addr20 *at,
		  const struct buf *data);

/**
 * views_record - note in @into what is read from here on; NULL: no more. Returns
 * what was noted in before.
 * reads_any - whether anything was.
 * views_more, views_event, views_delegations - what is read besides views: an
 * event's name, who delegated to whom, and anything else.
 * views_same - whether all of @r is, at the head at hand, what it was in a turn
 * and has been since. @before: and at the head before that turn's.
 * views_used - it counts as asked for.
 */
struct reads *views_record(struct views *c, struct reads *into);
bool reads_any(const struct reads *r);
void views_more(struct views *c);
void views_event(struct views *c, const char *name);
void views_delegations(struct views *c);
bool views_same(const struct views *c, const struct reads *r, uint64_t turn,
		bool before);
void views_used(const struct views *c, enum views_for purpose,
		const struct reads *r);
/**
 * views_keep - the chain will come back to the state at hand: what is known of
 * it stays known, and what reads of these views is good for as long. *ret is for
 * views_back().
 * views_back - it has come back; *ret: and that was so all the while. Else these
 * reads lead nowhere.
 */
MUST_USE bool views_keep(struct play *p, uint64_t *ret, struct err *e);
MUST_USE bool views_back(struct play *p, uint64_t since, bool *ret,
			 struct err *e);
/**
 * views_follow - note in @trail which views are asked from here on; NULL: no
 * more. Returns what was noted in before.
 * trail_clear - nothing is noted in it.
 * views_again - whether all of them are, at the head at hand, what they were
 * then; so they count as asked once more. Never if it was not noted whole.
 */
struct trail *views_follow(struct views *c, struct trail *trail);
void trail_clear(struct trail *trail);
bool views_again(struct play *p, const struct trail *trail);
/** views_turn - heads so far. */
uint64_t views_turn(const struct views *c);
/** views_wave - another number whenever answers may be others: at each head, in
 * each wave and after the last one. Errors: as live_state. */
MUST_USE bool views_wave(struct play *p, uint64_t *ret, struct err *e);

#endif
