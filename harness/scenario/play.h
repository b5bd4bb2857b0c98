/*
 * play - one scenario as it is played: what the runner's files share.
 *
 * Layer: scenario; included by the runner's files only (run.h is its face).
 * A play owns an arena in which everything lives that steps give: receipts,
 * events, values. It never outlives its live world.
 */
#ifndef SCENARIO_PLAY_H
#define SCENARIO_PLAY_H

#include "devnet/live.h"
#include "report/failure.h"
#include "scenario/eval.h"
#include "scenario/match.h"
#include "scenario/quantity.h"
#include "scenario/views.h"

/* An event of the chain, named and decoded. */
struct seen {
	const struct book_entry *at; /* NULL: a contract without a name here */
	const struct abi_entry *event; /* NULL: nobody's ABI has it */
	struct value args;	       /* MAP by argument name */
	uint64_t block;
	struct hash32 tx;
};

struct seen_list {
	struct seen *items;
	size_t n, cap;
	size_t low; /* the smallest n that a reorg left, in the present step */
};

/* The transactions of actors that were mined, for txs(). */
struct sent_list {
	struct sent {
		const char *actor;
		struct hash32 tx;
		uint64_t block, index; /* in which order they stand here */
		bool ok;
	} *items;
	size_t n, cap;
};

/* What a step was and gave; `save` keeps one, `$x.field` asks it. */
struct outcome {
	const struct value *gives; /* MAP of a YAML verb's `gives`, or NULL */
	bool has_receipt;
	struct receipt receipt;
	bool has_returns;
	struct value returns;	   /* of call and run, and of a send's trace */
	const struct seen *events; /* of the whole step, in order */
	size_t events_n;
	uint64_t block;		   /* of the head after it */

	/* How its act ended. */
	bool reverted;
	struct decoded revert;	   /* entry NULL and raw_len 0: empty */
	const char *revert_text;
	bool has_trace_tx;
	struct hash32 tx;
	const char *summary;	   /* "send slaOracle.report(1) as carol" */
};

/* A thing that only the runner knows the fields of: VALUE_OPAQUE.opaque. */
enum part_kind {
	PART_OUTCOME,  /* outcome */
	PART_EVENTS,   /* name of an event within outcome */
	PART_TEE,      /* an operator's TEE: name */
	PART_RPC,      /* its gateway */
	PART_NODE,     /* the node API that it serves */
	PART_METRICS,  /* its metrics: families by name */
	PART_FAMILY,   /* one of them: family */
	PART_SIDECAR,  /* eigenlayer.sidecar: what serves claims' proofs */
	PART_AGGREGATOR, /* phala.aggregator: what takes heartbeats */
	PART_FILE,     /* a file of its directory: file */
	PART_QUANTITY, /* `alice.shares`, `burnable`: a token is still to come */
	PART_ENTRY,    /* a whole ledger entry; only while one is looked for */
	PART__COUNT
};

struct part {
	enum part_kind kind;
	const struct outcome *outcome;
	const char *name; /* PART_EVENTS: the event's; the operator of others */
	const struct family *family;
	const struct kept_file {
		bool there;
		const char *path;
		const uint8_t *data;
		size_t len;
	} *file;
	struct quantity_of quantity;
};

/* What was measured since a row of an invariant is judged, once for all. */
struct measured {
	bool on;
	size_t n;
	const struct known_quantity *of[4];
	struct u256 is[4];
};

/* The ledger: independent quantities of the whole declared world. */
struct ledger {
	struct ledger_line {
		const char *name; /* "alice.shares.PHA" */
		struct value value;
	} *lines;
	size_t n;
};

/* Keys that a verb's caller gives to its act; evaluated in its scope. */
struct act_keys {
	const struct step *step; /* whose keys these are */
	const struct scope *scope;
	/* Of edge: expectations of the act in place of the step's. */
	const struct expect *expect;
	const struct value *at; /* a moment already known, or NULL */
	struct act_keys const *outer; /* the verb around this one, or NULL */
};

/*
 * How a part of a play ended. BRANCH: a step whose rows must each start in
 * the same state while processes run: the whole is played again for each row
 * (run.c). ROW: the row that was asked for is over.
 */
enum play_end {
	PLAY_ON, PLAY_FAILED, PLAY_BROKEN, PLAY_BRANCH, PLAY_ROW,
	PLAY_GATHERED, /* of `together`: the transaction waits for its block */
};

/* Which row a play takes where it comes to a branch. */
struct choice {
	size_t row; /* CHOICE_SKIP: go on after the branch */
	/* Of the branch's rows what their steps named, since each was a play of
	 * its own; NULL: they were not played yet. Lives in @arena. */
	struct value *named;
	struct arena *arena;
};
#define CHOICE_SKIP SIZE_MAX
#define CHOICES_MAX 64

/* In the order of the branches. */
struct choices {
	struct choice *at;
	size_t n;
	bool checked; /* an expectation was looked at in one of the plays */
};

/* What the journal will hear of the step being played: record.c. */
struct step_record {
	struct {
		uint64_t block, index;
		const char *actor;
		struct hash32 tx;
		char *fields; /* as json_put_all() takes them; owned */
	} *txs;
	size_t txs_n, txs_cap;
	struct {
		const char *actor;
		char *fields; /* likewise */
	} *said;
	size_t said_n, said_cap;
	struct {
		const char *actor;
		json_t *fields; /* owned */
	} *asked; /* with --trace */
	size_t asked_n, asked_cap;
	struct {
		const char *actor;
		json_t *fields; /* owned */
	} *beats; /* heartbeats */
	size_t beats_n, beats_cap;
	struct buf checks; /* that held, as json_put_all() takes them */
	size_t events;	/* of play.seen, written so far */
};

/* What x of a before(x) was; a list, @x NULL in its head. invariant.c */
struct memory {
	const struct expr *x;
	struct value value;
	struct memory *next;
};

/* Rows of bindings, evaluated. */
struct branch_rows {
	const char *const *columns;
	size_t columns_n;
	const struct value **rows; /* each columns_n values */
	const char **names;	   /* of a row, or NULL */
	size_t n;
};

/* What the invariants remember of the head at which they were seen to hold. */
struct held {
	struct arena *arena; /* of the present step */
	struct held_rows {
		struct held_row {
			struct memory memory;
			struct reads reads; /* of its conditions */
			uint64_t turn; /* of the views, when they were checked;
					* 0: not yet */
			size_t seen;   /* events by then */
		} *rows;
		size_t cap;
		struct branch_rows bound; /* if @is_bound: of nothing that
					   * changes */
		bool is_bound;
	} *of; /* for each invariant of @world */
	size_t n;
	const struct world *world; /* that the play was in then */
	uint64_t block;
	uint64_t since; /* of what is kept: views_keep() */
	bool known;
	bool borrows; /* what was taken is not all in itself */
};

/* What an actor wrote to one of its streams, the newest lines of it. */
#define SAID_LINES 8
#define SAID_TEXT 240
struct said {
	char *actor; /* owned */
	enum child_stream stream;
	size_t n;	  /* lines */
	struct buf lines; /* each ends with a NUL */
};

/* Steps that were played, each once. */
struct step_marks {
	const struct step **items; /* to be freed */
	size_t n, cap;
};

/* `together` plays its steps twice: to gather their transactions, and, when
 * these are mined, to judge each by its own. */
struct together {
	struct together_tx {
		struct call_ready call;
		struct value who;
		struct live_tx tx;
		const char *summary;
	} *txs;
	size_t n, cap;
	bool mined;
	size_t told;  /* of txs, when mined */
	size_t first; /* of play.seen: the block's events */
};

/* A step whose verb is written in YAML, and the one around it. */
struct caller {
	const struct step *step;
	const struct caller *outer;
};

/* What an actor is since a block: paused, or has a fault. */
struct plight {
	char *actor, *what; /* owned; @what NULL: it ended */
	bool fault;
	uint64_t since;
};

/* A view of a contract, looked up. observe.c */
#define PLAY_VIEWS 11
struct play_view {
	const struct book_entry *at;
	const struct abi_entry *fn;
};

/* Whom each of the world's actors delegated to. delegation.c */
struct delegations {
	struct delegation {
		const char *who; /* the book's */
		struct addr20 to;
	} *all; /* owned; NULL: never asked */
	size_t n;
	uint64_t wave; /* of the views, that @all is of */
	uint64_t known_at, changed_at; /* turns of the views; 0: none */
	const struct world *world; /* whose actors these are */
	struct trail trail; /* that @all is of; its list is owned */
};

struct play {
	struct loop *loop;
	struct live *live;
	const struct scenario *scn;
	const struct yaml_doc *behind; /* the scenario that it goes on from the
					* end of; NULL: it began anew */
	struct journal *journal;
	struct arena *arena;
	struct eval_env env;
	uint64_t seed;
	const struct caller *caller; /* the verb being played, or NULL */
	uint64_t step_from;	/* the head before the step at hand */
	uint64_t asked_at;	/* the block that views are asked at; 0: head */

	bool trace;		/* all of it into the journal */
	struct run_stop *stop;	/* or NULL */
	uint64_t stop_seen;	/* steps of its number so far */

	const struct step *dropped; /* whose act does not happen; or NULL */
	const void *negated; /* the expectation that is turned round; or NULL */
	bool turned, checked; /* it was looked at; any expectation was */
	struct step_marks *marks;   /* or NULL */

	const struct choices *choices;
	size_t branches;	/* met so far; with PLAY_BRANCH the one whose
				 * rows are to be played */
	size_t branch_rows;	/* set with PLAY_BRANCH */
	size_t row_of;		/* set with PLAY_ROW: the branch */
	const struct value *row_named; /* and what its row's steps named, if it
					* is taken out; or NULL */

	struct seen_list seen;	/* all events since the first step */
	uint64_t seen_to;	/* the last block looked at */
	uint64_t began;		/* the head before the first step */
	struct sent_list sent;
	struct step_record record;
	struct value it;	/* of the step being checked */
	struct said *said;
	size_t said_n, said_cap;
	struct plight *plights;
	size_t plights_n, plights_cap;
	uint64_t lines_said;	/* by operators, so far */
	uint64_t lines_awaited;
	struct together *together;	/* NULL: outside of `together` */
	const struct memory *memory; /* of the step being checked */
	const struct ledger *rows_before; /* all rows of the branch at hand
					   * start there; or NULL */
	struct held held;
	struct measured measured;
	struct quantities *quantities; /* owned; NULL: none so far */
	struct views *views; /* of its world; borrowed */
	struct play_view el_views[PLAY_VIEWS]; /* @fn NULL: not yet */
	struct delegations delegations;
	struct buf call; /* of the view that is being asked */
	bool compares_next;	/* the ledger, before anything more happens */
	bool whole_entries;	/* fields give PART_ENTRY, not numbers */

	/* Where a failure is: the innermost step; and its number, "5.2". */
	char number[64];
	struct failure failure; /* with PLAY_FAILED */
	struct err err;		/* with PLAY_BROKEN */
};

/* --- play.c ---------------------------------------------------------------- */

/** play_steps - steps in order, in this scope. */
enum play_end play_steps(struct play *p, const struct step_list *b,
			 struct scope *scope);
/** play_block - steps in order, in a scope of their own. */
enum play_end play_block(struct play *p, const struct step_list *b,
			 const struct scope *outer);
/**
 * play_step - one step: act, rest, expectations, save.
 * @keys: of the verb whose last step this is, or NULL.
 */
enum play_end play_step(struct play *p, const struct step *s,
			struct scope *scope, const struct act_keys *keys,
			struct outcome *ret);
/**
 * play_aside - what is allocated from here to play_aside_end() is of no use
 * after it, or the play's if it is to @keep it.
 * Returns what play_aside_end() wants.
 */
struct arena *play_aside(struct play *p);
void play_aside_end(struct play *p, struct arena *outer, bool keep);
/** play_broken - an error as the end of a play, with the step's place. */
enum play_end play_broken(struct play *p, const struct step *s,
			  const struct err *e);

/**
 * play_heard - a line that a process wrote: to the journal, to what is awaited
 * and to what explains a failure. As live_events.on_line.
 */
void play_heard(struct play *p, const char *actor, enum child_stream s,
		const char *line, const json_t *event);

/* An expression and the scope it is meant in. */
struct keyed {
	const struct expr *x; /* NULL: nobody gave it */
	const struct scope *scope;
};

/* Keys that a caller of a verb may give to its act. */
enum act_key { KEY_AS, KEY_AT, KEY_VIA, KEY_RETURNS, KEY_REVERTS };

/**
 * act_key - whose key counts: the outermost caller's that has it, else the
 * step's own; an edge's inside or outside before all of them.
 */
struct keyed act_key(enum act_key key, const struct step *s,
		     const struct scope *scope, const struct act_keys *keys);

/* --- act.c: the verbs that act ----------------------------------------------- */

enum play_end act_send(struct play *p, const struct step *s,
		       const struct scope *scope, const struct act_keys *keys,
		       struct outcome *o);
enum play_end act_call(struct play *p, const struct step *s,
		       const struct scope *scope, const struct act_keys *keys,
		       struct outcome *o);
enum play_end act_advance(struct play *p, const struct step *s,
			  const struct scope *scope);
enum play_end act_run(struct play *p, const struct step *s,
		      const struct scope *scope, const struct act_keys *keys,
		      struct outcome *o);
enum play_end act_process(struct play *p, const struct step *s,
			  const struct value *who);
enum play_end act_fault(struct play *p, const struct step *s,
			const struct scope *scope, const struct value *target);
/** act_has_key - whether @who signs; else anvil sends for it. */
bool act_has_key(const struct value *who);
/** act_at - move the chain so that the next transaction is at a moment. */
MUST_USE bool act_at(struct play *p, const struct value *moment,
		     struct err *e);

/* --- act_reorg.c, act_http.c ----------------------------------------------------- */

/** forget_after - blocks behind @fork have not happened: their events, their
 * transactions, and what invariants hold on to. */
void forget_after(struct play *p, uint64_t fork);
enum play_end act_reorg(struct play *p, const struct step *s,
			struct scope *scope, struct outcome *o);
/** has_step - whether @is says so of any of them, or of one in it, in its arms
 * or in the verb that it calls. */
bool has_step(const struct step_list *list, bool (*is)(const struct step *s));
enum play_end act_http(struct play *p, const struct step *s,
		       const struct scope *scope, const struct act_keys *keys,
		       struct outcome *o);
enum play_end act_put(struct play *p, const struct step *s,
		      const struct scope *scope, struct outcome *o);
enum play_end act_intel(struct play *p, const struct step *s,
			const struct scope *scope, struct outcome *o);
enum play_end act_configure(struct play *p, const struct step *s,
			    const struct scope *scope, const struct value *who,
			    struct outcome *o);
/** part_endpoint - what `alice.node` and its kin mean; false: no such part. */
bool part_endpoint(const struct value *v, const char **ret_who,
		   enum live_endpoint *ret);

/* --- branch.c: cases, edge, orders, each --------------------------------------- */

/* Both give what each row's steps named, by row. */
enum play_end branch_each(struct play *p, const struct step *s,
			  struct scope *scope, struct outcome *o);
enum play_end branch_cases(struct play *p, const struct step *s,
			   struct scope *scope, struct outcome *o);
enum play_end branch_edge(struct play *p, const struct step *s,
			  struct scope *scope);
enum play_end branch_orders(struct play *p, const struct step *s,
			    struct scope *scope);

/** branch_bind - the rows that `each`, `cases` or an invariant runs over. */
MUST_USE bool branch_bind(struct play *p, const struct bindings *b,
			  const struct scope *scope, struct branch_rows *ret,
			  struct err *e);

/* --- invariant.c ---------------------------------------------------------------- */

/** memory_take - evaluate x of every before(x) in @in, and remember it in place
 * of what it was. @a: of the list; the values are the play's. */
MUST_USE bool memory_take(struct play *p, struct memory *m, struct arena *a,
			  const struct expr *in, const struct scope *scope,
			  struct err *e);
/** memory_recall - before(): from p->memory. As in struct eval_env. */
MUST_USE bool memory_recall(struct value *ret, void *ctx, const struct expr *x,
			    const struct scope *scope, struct err *e);
/** invariants_before - ahead of the first step that acts, in each world. */
enum play_end invariants_before(struct play *p, const struct step *s);
/** invariants_after - after a step that acted; nothing if there is no new
 * block. */
enum play_end invariants_after(struct play *p, const struct step *s,
			       const struct outcome *o);
/**
 * held_keep - what is held at the head, kept for when the chain comes back to
 * it. In the play's arena.
 * held_back - it has come back: what was seen to hold still does, but what asks
 * of before is checked once more, against what it was.
 */
MUST_USE bool held_keep(struct play *p, struct held *ret, struct err *e);
MUST_USE bool held_back(struct play *p, const struct held *from,
			struct err *e);

/* --- judge.c: whether a step did what it should -------------------------------- */

/** judge_act - reverts and returns. */
enum play_end judge_act(struct play *p, const struct step *s,
			 const struct scope *scope, const struct act_keys *keys,
			 struct outcome *o);
/** judge_whole - emits, changes, check; waits if the step has `within`. */
enum play_end judge_whole(struct play *p, const struct step *s,
			   const struct expect *x, const struct scope *scope,
			   const struct ledger *before, struct outcome *o);

/** judge_condition_row - both sides of a condition that does not hold, as a
 * row of the failure. */
void judge_condition_row(struct play *p, const struct scope *scope,
			 const struct expr *x);

/* --- explain.c ------------------------------------------------------------------ */

/**
 * explain_failure - fills p->failure: place, summary, reason, trace, what the
 * operators did. Rows are added to it by failure_row(). Gives PLAY_FAILED.
 */
enum play_end explain_failure(struct play *p, const struct step *s,
			      const struct outcome *o, const char *fmt, ...)
	PRINTF_LIKE(4, 5);
/**
 * explain_place - fills p->failure: the step's number and lines, and where it
 * is inside of verbs.
 * @pos: what in it, or in what it uses, is meant; line 0: the step.
 */
void explain_place(struct play *p, const struct step *s,
		   const struct src_pos *pos);
/** explain_value - a value as text, in the play's arena. */
const char *explain_value(struct play *p, const struct value *v);
/** explain_beside - likewise, to be compared with another: value_beside(). */
const char *explain_beside(struct play *p, const struct value *v,
			   const struct value *beside);
/** explain_forget - what actors said so far. */
void explain_forget(struct play *p);
/** explain_event - an event as text, likewise. */
const char *explain_event(struct play *p, const struct seen *s);

/* --- meanwhile.c: what the actors did and said ---------------------------------- */

/** explain_actor_line - note what an actor said, for `meanwhile`. @event: the
 * line as JSON, or NULL. */
void explain_actor_line(struct play *p, const char *actor, enum child_stream s,
			const char *line, const json_t *event);
/** explain_plight - note what an actor is from now on; @what NULL: as ever. */
void explain_plight(struct play *p, const char *actor, const char *what,
		    bool fault);
/**
 * explain_meanwhile - the failure's `meanwhile`: the newest lines of every
 * actor, by their names. While the processes still are what they were.
 */
void explain_meanwhile(struct play *p);

/* --- pause.c ---------------------------------------------------------------------- */

/** pause_play - print how to reach the devnet, and wait for Enter. */
void pause_play(struct play *p, struct src_pos at, const char *why);
/** pause_before - if this is the step that p->stop means. */
void pause_before(struct play *p, const struct step *s);

/* --- record.c: what the journal hears ------------------------------------------- */

/** record_begin - forget what was kept: a play's first step comes. */
void record_begin(struct play *p);
void record_done(struct play *p);
/** record_play - a play begins, with these choices at its branches. */
void record_play(struct play *p);
/** record_row - row @row (from 0) of a branch's @rows begins. */
void record_row(struct play *p, size_t row, size_t rows);
/** record_send - the harness sent a transaction for @actor. */
void record_send(struct play *p, const char *actor, const struct outcome *o);
/** record_sender - which of @actor's made a request: "operator" (its daemon),
 * "process" (that of who is no operator), "command". */
const char *record_sender(const struct play *p, const char *actor,
			  const struct gateway_call *c);
/** record_answer - an operator's request was answered; transactions count. */
void record_answer(struct play *p, const char *actor,
		   const struct gateway_call *c, const json_t *result);
/** record_said - an operator's JSON event. */
void record_said(struct play *p, const char *actor, const json_t *event);
/** record_heartbeat - of an operator, as the aggregator judged it. */
void record_heartbeat(struct play *p, const char *actor,
		      const json_t *record);
void record_process(struct play *p, const char *actor, const char *what);
/** record_fault - @fault NULL: all of @actor's end. */
void record_fault(struct play *p, const char *actor, const char *fault);
/** record_check - an expectation held. */
void record_check(struct play *p, const char *what, const char *expected,
		  const char *actual);
/** record_checks - what held so far; record_checks_drop - and nothing @since. */
size_t record_checks(const struct play *p);
void record_checks_drop(struct play *p, size_t since);
/** record_step - the step ended: all that was kept, then its own record. */
void record_step(struct play *p, const struct step *s, const struct outcome *o,
		 const char *verdict, uint64_t ms);

/* --- trace.c ---------------------------------------------------------------------- */

/** trace_calls - a transaction's calls, one a line, decoded, with what made
 * them revert; at most @max. Returns how many there are, more than @max too. */
size_t trace_calls(struct play *p, const struct hash32 *tx, const char **ret,
		   size_t max);
/** trace_tx - its record; trace_answer - keep a request's, trace_write - write
 * those that were kept. For p->trace only. */
void trace_tx(struct play *p, const char *actor, const struct hash32 *tx);
void trace_answer(struct play *p, const char *actor,
		  const struct gateway_call *c, const json_t *result,
		  const json_t *error);
void trace_write(struct play *p);

/* --- slash.c ---------------------------------------------------------------------- */

/** slash_of - the journal's record of a slash, if event @at of p->seen is one
 * and the chain still knows it; a new reference or NULL. */
json_t *slash_of(struct play *p, size_t at);

/* --- delegation.c ----------------------------------------------------------------- */

/** delegations_now - whom each actor of the world delegated to, at the head;
 * borrowed until asked again. Errors: as views_ask. */
MUST_USE bool delegations_now(struct play *p, const struct delegation **ret,
			      size_t *ret_n, struct err *e);
/** delegated_lately - whether the @nth of the world's operators, then roles, had
 * delegated to @to when that was last asked: a guess, of which nothing may follow
 * but what is asked first. */
bool delegated_lately(const struct play *p, size_t nth,
		      const struct addr20 *to);
/** delegations_same - whether that is what it was in a turn of the views and has
 * been since. @before: and at the head before that turn's. */
bool delegations_same(struct play *p, uint64_t turn, bool before);

/* --- observe.c: events and quantities; ledger.c ----------------------------------- */

/** observe_events - fetch what was emitted since the last time; all blocks
 * up to the head. p->seen grows. */
MUST_USE bool observe_events(struct play *p, struct err *e);
MUST_USE bool observe_ledger(struct play *p, struct ledger **ret,
			     struct err *e);
/** observe_ledger_at - as it was in an older block. */
MUST_USE bool observe_ledger_at(struct play *p, uint64_t block,
				struct ledger **ret, struct err *e);
/** observe_name - what the ledger calls a quantity; in this arena. */
const char *observe_name(const struct play *p, struct arena *a,
			 const struct quantity_of *q);
/** observe_quantity - one number of the world, at the head. */
MUST_USE bool observe_quantity(struct play *p, const struct quantity_of *q,
			       struct value *ret, struct err *e);
/** observe_known - the same of one that is known by its names already. */
MUST_USE bool observe_known(struct play *p, struct known_quantity *k,
			    struct value *ret, struct err *e);
/** observe_view - call a view function by contract and signature name. */
MUST_USE bool observe_view(struct play *p, const char *contract,
			   const char *function, const struct abi_val *args,
			   size_t n, const struct abi_entry **ret_fn,
			   struct abi_val *ret, struct err *e);

/* --- surround.c: the environment of expressions ------------------------------------ */

/** surround - fill p->env with what the runner answers. */
void surround(struct play *p);
/* surround_call.c: a view at the head; a function or an actor's method. As in
 * struct eval_env. */
MUST_USE bool surround_call(struct value *ret, void *ctx,
			    const struct value *contract,
			    const struct abi_entry *fn,
			    const struct abi_val *args, struct err *e);
MUST_USE bool surround_method(struct value *ret, void *ctx,
			      const struct value *of, const char *name,
			      const struct value *args, size_t n,
			      struct err *e);
/* surround_part.c: an operator's files, log and metrics. */
struct value part_value(struct play *p, const char *name, struct part part);
MUST_USE bool part_log(struct play *p, const char *who, struct value *ret,
		       struct err *e);
MUST_USE bool part_file(struct play *p, const char *who,
			const struct value *args, size_t n, struct value *ret,
			struct err *e);
MUST_USE bool part_file_field(struct play *p, const struct kept_file *f,
			      const char *field, struct value *ret,
			      struct err *e);
/** part_heartbeat - `alice.heartbeat`, `alice.heartbeats`. */
MUST_USE bool part_heartbeat(struct play *p, const char *who, bool count,
			     struct value *ret, struct err *e);
/** part_family - `alice.metrics.NAME`; part_family_field - its labels, type. */
MUST_USE bool part_family(struct play *p, const char *who, const char *name,
			  struct value *ret, struct err *e);
MUST_USE bool part_family_field(struct play *p, const struct part *part,
				const char *field, struct value *ret,
				struct err *e);
/** part_method - `alice.metrics.named("x*")`, `….where("label", "value")`. */
MUST_USE bool part_method(struct play *p, const struct part *part,
			  const char *name, const struct value *args, size_t n,
			  struct value *ret, struct err *e);
/** surround_is_event - @name may say whose: `TOK.Transfer`. */
bool surround_is_event(const struct seen *s, const char *name);
/** surround_outcome - an outcome as a value. */
struct value surround_outcome(struct play *p, const struct outcome *o);
/** surround_address - of an actor, contract, token, set. */
MUST_USE bool surround_address(struct play *p, const struct value *ref,
			       struct addr20 *ret, struct err *e);

#endif
