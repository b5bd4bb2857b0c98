/* A scenario's operators: prepared once by themselves, fresh every time. */
#include "devnet/live_priv.h"

#include <inttypes.h>

#include "base/base.h"

#include "base/nearest.h"
#include "crypto/ec.h"
#include "devnet/filesum.h"

#define PROGRAM "build/bin/avs-operator"
#define KEY_TEXT_MAX (1u << 20)
#define PROGRAM_MAX (64u << 20)
/*
 * So many get ready at a time: each handles the blocks of all the others, which
 * for hundreds at once would be hours.
 */
#define GROUP 16
/* One prepared state serves scenarios of any seed, so it has its own. */
#define PREPARE_SEED 1u

/* What `run` does by itself on the way to each enum live_ready. */
static const char *const STEPS[] = { "register", "deposit", "allocate",
				     "opt-in" };
static const size_t STEPS_TO[LIVE__COUNT] = { [LIVE_FUNDED] = 0,
					      [LIVE_REGISTERED] = 1,
					      [LIVE_STAKED] = 3,
					      [LIVE_JOINED] = 4 };

static struct live_member *find(struct live *w, const char *name)
{
	for (size_t i = 0; i < w->cast.n; i++)
		if (strcmp(w->cast.members[i].spec.name, name) == 0)
			return &w->cast.members[i];
	return NULL;
}

bool live_need(struct live *w, const char *name, struct live_member **ret,
	       struct err *e)
{
	const char *names[LIVE_CAST_MAX];
	struct live_member *m = find(w, name);

	if (m) {
		*ret = m;
		return true;
	}
	for (size_t i = 0; i < w->cast.n; i++)
		names[i] = w->cast.members[i].spec.name;
	const char *near = nearest_name(name, names, w->cast.n);

	err_set(e, ERR_SCHEMA, 0,
		"%s is no operator or process of this scenario%s%s", name,
	        near ? "; nearest: " : "", near ? near : "");
	return false;
}

/* A deep copy: what the caller gave may go away. */
static void copy_cast(struct live_cast *cast, const struct live_operator *ops,
		      size_t n)
{
	struct arena *a = cast->arena = arena_new();

	cast->members = ARENA_ARRAY(a, struct live_member, n + 1);
	cast->n = n;
	for (size_t i = 0; i < n; i++) {
		struct live_operator *o = &cast->members[i].spec;
		struct live_stake *stake = ARENA_ARRAY(
			a, struct live_stake, ops[i].stake_n + 1);

		*o = ops[i];
		o->name = arena_strdup(a, ops[i].name);
		o->program = ops[i].program ? arena_strdup(a, ops[i].program) :
					      NULL;
		o->key = ops[i].key ? arena_strdup(a, ops[i].key) : NULL;
		o->settings = ops[i].settings ?
				      arena_strdup(a, ops[i].settings) :
				      NULL;
		o->tee = ops[i].tee ? arena_strdup(a, ops[i].tee) : NULL;
		o->platform = ops[i].platform ?
				      arena_strdup(a, ops[i].platform) :
				      NULL;
		o->avs = ops[i].avs ? arena_strdup(a, ops[i].avs) : NULL;
		o->config = ops[i].config ? json_deep_copy(ops[i].config) :
					    NULL;
		o->behaviour = ops[i].behaviour ?
				       arena_strdup(a, ops[i].behaviour) :
				       NULL;
		o->prepare = ops[i].prepare ? arena_strdup(a, ops[i].prepare) :
					      NULL;
		for (size_t j = 0; j < ops[i].stake_n; j++) {
			stake[j] = ops[i].stake[j];
			stake[j].token =
				arena_strdup(a, ops[i].stake[j].token);
		}
		o->stake = stake;
	}
}

void live_cast_end(struct live *w)
{
	for (size_t i = 0; i < w->cast.n; i++) {
		operator_free(w->cast.members[i].op);
		/* Ours since copy_cast(), const only to our callers. */
		json_decref((json_t *)(uintptr_t)w->cast.members[i].spec.config);
	}
	arena_free(w->cast.arena);
	live_give_back(w);
	w->cast = (struct live_cast){ 0 };
	sidecar_free(w->sidecar);
	w->sidecar = NULL;
	aggregator_free(TAKE(w->aggregator));
}

void live_end(struct live *w)
{
	live_cast_end(w);
}

static char *program_path(const struct live *w, const char *program)
{
	return *program == '/' ? xstrdup(program) :
				 xasprintf("%s/%s", w->root, program);
}

/* A program by its contents: another build may behave differently. */
static bool add_program(struct buf *key, const struct live *w,
			const char *program, struct err *e)
{
	CLEANUP(freep) char *path = program_path(w, program);
	struct hash32 sum;

	if (!filesum(&sum, path, PROGRAM_MAX, e))
		return err_ctx(e, "`make` builds the programs");
	buf_addhex(key, sum.b, sizeof(sum.b));
	buf_addc(key, '\n');
	return true;
}

static void add_operator(struct buf *key, const struct live_operator *o)
{
	CLEANUP(freep) char *config = o->config ? json_text(o->config) : NULL;

	buf_addf(key, "%s\n%s %s\n%s#%" PRIu32 " %" PRIu32 " %d %d\n%s\n",
		 o->name, o->tee ? o->tee : "", o->platform ? o->platform : "",
		 o->avs ? o->avs : "", o->set,
		 o->allocation_delay, (int)o->ready, (int)o->by_hand,
		 config ? config : "");
	for (size_t i = 0; i < o->stake_n; i++)
		buf_addf(key, "%s %s %" PRIu64 "\n", o->stake[i].token,
			 fmt_u256(o->stake[i].amount).s, o->stake[i].magnitude);
}

bool live_cast_key(struct live *w, struct hash32 *ret, struct err *e)
{
	struct hash32 base = bundle_key(w->base);
	struct buf key = BUF_INIT(KEY_TEXT_MAX);
	bool ok = true, tee = false, prepared = false, nobody = true;

	buf_addf(&key, "format %u\nbase %s\n", BUNDLE_FORMAT,
		 fmt_hash(&base).s);
	for (size_t i = 0; i < w->cast.n; i++) {
		const struct live_operator *o = &w->cast.members[i].spec;

		if (o->other)
			continue;
		nobody = false;
		add_operator(&key, o);
		tee |= o->tee != NULL;
		prepared |= o->ready > LIVE_FUNDED && !o->by_hand;
	}
	if (prepared)
		ok = add_program(&key, w, PROGRAM, e);
	if (ok && tee)
		ok = add_program(&key, w, LIVE_TEE_SIM, e);
	ok = ok && buf_ok(&key, "the key of the operators", e);
	if (ok)
		*ret = nobody ? base : sha256(key.data, key.len);
	buf_done(&key);
	return ok;
}

/* Every contract an operator could be told of, by its name in the world: JSON
 * text, made once for all of a cast. */
static char *contracts_text(struct live *w)
{
	struct buf out = BUF_INIT(SIZE_MAX / 2);
	const struct book_entry *x;

	buf_addc(&out, '{');
	for (size_t i = 0; (x = book_entry(w->book, i)); i++) {
		if (!x->artifact)
			continue;
		if (out.len > 1)
			buf_addc(&out, ',');
		buf_addjson(&out, x->name, strlen(x->name));
		buf_addc(&out, ':');
		buf_addjson(&out, x->text.s, strlen(x->text.s));
	}
	buf_addc(&out, '}');
	return buf_take(&out);
}

static bool stake_json(struct live *w, const struct live_operator *o,
		       json_t *out, struct err *e)
{
	for (size_t i = 0; i < o->stake_n; i++) {
		const struct live_stake *s = &o->stake[i];
		const struct book_entry *token = book_by_name(w->book, s->token);
		CLEANUP(freep) char *magnitude =
			xasprintf("%" PRIu64, s->magnitude);
		struct addr20 strategy;

		if (!live_strategy(w, s->token, &strategy, e))
			return err_ctx(e, "the stake of %s", o->name);
		json_array_append_new(
			out, json_pack("{s:s, s:s, s:s, s:s}", "token",
				       token->text.s, "strategy",
				       fmt_addr(&strategy).s, "amount",
				       fmt_u256(s->amount).s, "magnitude",
				       magnitude));
	}
	return true;
}

/* What is an operator's alone. */
static bool add_avs(json_t *out, struct live *w, const struct live_operator *o,
		    size_t steps, struct err *e)
{
	CLEANUP(json_decrefp) json_t *stake = json_array();
	CLEANUP(json_decrefp) json_t *prepare = json_array();
	const struct book_entry *avs =
		o->avs ? book_by_name(w->book, o->avs) : NULL;

	if (!avs)
		return err_set(e, ERR_SCHEMA, 0,
			       "operator %s belongs to the AVS %s, which is no "
			       "contract of this world",
			       o->name, o->avs ? o->avs : "(none)");
	for (size_t i = 0; i < steps; i++)
		json_array_append_new(prepare, json_string(STEPS[i]));
	if (!stake_json(w, o, stake, e))
		return false;
	json_object_update_new(
		out, json_pack("{s:{s:s, s:I, s:s}, s:O, s:I, s:O}", "avs",
			       "address", avs->text.s, "set",
			       (json_int_t)o->set, "name", o->avs, "stake",
			       stake, "allocation_delay",
			       (json_int_t)o->allocation_delay, "prepare",
			       prepare));
	return true;
}

/* What docs/operator.md lists, but for the contracts and what the operator's
 * module fills in. */
static bool config_json(json_t **ret, struct live *w,
			const struct live_operator *o, size_t steps,
			struct err *e)
{
	/* jansson's numbers have a sign. */
	CLEANUP(json_decrefp) json_t *out = json_pack(
		"{s:I, s:I}", "chain_id", (json_int_t)w->chain_id, "seed",
		(json_int_t)(w->seed >> 1));

	if (!o->other && !add_avs(out, w, o, steps, e))
		return false;
	if (w->aggregator)
		json_object_set_new(
			out, "aggregator",
			json_pack("{s:s, s:I}", "url",
				  aggregator_url(w->aggregator), "interval",
				  (json_int_t)w->want_aggregator.interval));
	if (o->config)
		json_object_update(out, (json_t *)(uintptr_t)o->config);
	*ret = TAKE(out);
	return true;
}

/* Ours gets everybody ready; what is played may be somebody else's. */
static const char *program_of(const struct live *w,
			      const struct live_operator *o)
{
	if (o->program)
		return o->program;
	return w->operator ? w->operator : PROGRAM;
}

/* A member of the configuration that was given as JSON text, if it was. */
static bool set_text(json_t *config, const char *member, const char *text,
		     struct err *e)
{
	json_t *j;

	if (!text)
		return true;
	if (!json_parse(&j, text, strlen(text), member, e))
		return false;
	json_object_set_new(config, member, j);
	return true;
}

static bool address_of(const struct live *w, const char *name,
		       struct addr20 *ret, struct err *e)
{
	const struct book_entry *x = book_by_name(w->book, name);

	if (x)
		*ret = x->address;
	return x || err_set(e, ERR_SCHEMA, 0, "the world has no account %s",
			    name);
}

/* @contracts: contracts_text(). */
static bool make_operator(struct live *w, struct live_member *m,
			  const char *contracts, size_t steps, struct err *e)
{
	const struct live_operator *o = &m->spec;
	const char *key = o->other ? o->key : o->name;
	CLEANUP(json_decrefp) json_t *config = NULL;
	CLEANUP(freep) char *dir = xasprintf("%s/%s", w->dir, o->name);
	CLEANUP(freep) char *log =
		w->log_dir ? xasprintf("%s/%s.log", w->log_dir, o->name) : NULL;
	CLEANUP(freep) char *program =
		program_path(w, steps ? PROGRAM : program_of(w, o));
	struct addr20 address = { { 0 } };

	operator_free(TAKE(m->op));
	if (key && !address_of(w, key, &address, e))
		return err_ctx(e, "the key of %s", o->name);
	if (!config_json(&config, w, o, steps, e))
		return false;
	if (steps == 0 &&
	    (!set_text(config, "behaviour", o->behaviour, e) ||
	     !set_text(config, "config", o->settings, e) ||
	     !set_text(config, "prepare", o->prepare, e)))
		return err_ctx(e, "%s %s", o->other ? "process" : "operator",
			       o->name);
	return operator_new(&m->op, w->loop,
			    &(struct operator_spec){
				    .name = o->name,
				    .other = o->other,
				    .unheard = o->unheard,
				    .key = key,
				    .address = address,
				    .program = program,
				    .dir = dir,
				    .log_path = log,
				    .upstream = live_ipc(w),
				    .config = config,
				    .contracts = contracts,
				    .tee_socket = o->tee ? tee_socket(w->tee,
								      o->name) :
							   NULL,
				    .aggregator = live_aggregator_url(w),
				    .events = &w->events },
			    e);
}

/* Any other is an account by the key of its name. */
static bool is_worlds(const struct live *w, const struct book_entry *x)
{
	for (size_t i = 0; i < w->names_n; i++)
		if (book_entry(w->book, i) == x)
			return true;
	return false;
}

/* Operators have names in the book as soon as a scenario has them. */
static bool bind_members(struct live *w, struct err *e)
{
	for (size_t i = 0; i < w->cast.n; i++) {
		const char *name = w->cast.members[i].spec.name;
		const struct book_entry *known = book_by_name(w->book, name);
		struct addr20 at;

		if (w->cast.members[i].spec.other ||
		    (known && !is_worlds(w, known)))
			continue;
		if (!devnet_address(&at, name, e))
			return false;
		if (known && !addr_eq(&known->address, &at))
			return err_set(e, ERR_SCHEMA, 0,
				       "`%s` is a contract of this world, and "
				       "cannot be an operator too", name);
		if (!known && !book_bind(w->book, name, &at, NULL, e))
			return false;
	}
	return true;
}

/* ETH, and the stake in tokens. */
static bool fund(struct live *w, const struct live_operator *o, struct err *e)
{
	const struct book_entry *me = book_by_name(w->book, o->name);
	bool ok = live_fund(w, &me->address, e);

	for (size_t i = 0; ok && i < o->stake_n; i++)
		ok = live_mint(w, o->stake[i].token, &me->address,
			       o->stake[i].amount, e);
	return ok || err_ctx(e, "funding operator %s", o->name);
}

/*
 * The block from which every operator may allocate: the largest effectBlock
 * that AllocationManager announced since @from.
 */
static bool effect_block(struct live *w, uint64_t from, uint64_t *ret,
			 struct err *e)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const struct book_entry *am = book_by_name(w->book, "allocationManager");
	const struct abi_entry *ev =
		am ? abi_event(am->abi, "AllocationDelaySet", NULL) : NULL;
	const struct log *logs;
	struct block head;
	uint64_t latest;
	size_t n;

	if (!ev)
		return err_set(e, ERR_SCHEMA, 0,
			       "no allocationManager with AllocationDelaySet");
	if (!live_head(w, &head, e) ||
	    !chain_logs(live_rpc(w), a, from, head.number, &am->address,
			&ev->topic, &logs, &n, e))
		return false;
	latest = head.number;
	for (size_t i = 0; i < n; i++) {
		struct abi_val v;
		uint64_t block;

		if (!abi_decode_log(&v, a, ev, logs[i].topics,
				    logs[i].topics_n, logs[i].data,
				    logs[i].data_len, e))
			return false;
		if (u256_fits_u64(&block, v.items[2].word) && block > latest)
			latest = block;
	}
	*ret = latest;
	return true;
}

/* What the daemon was to reach is what the chain says. */
static bool check_ready(struct live *w, const struct live_operator *o,
			struct err *e)
{
	const struct book_entry *me = book_by_name(w->book, o->name);
	const struct book_entry *avs = book_by_name(w->book, o->avs);
	struct abi_val who = abi_val_addr(&me->address);
	struct abi_val set[] = { abi_val_addr(&avs->address),
				 abi_val_u64(o->set) };
	struct abi_val member[] = { who, abi_val_list(set, 2) };
	struct u256 yes;

	if (!live_view(w, "delegationManager", "isOperator", &who, 1, &yes, e))
		return false;
	if (u256_is_zero(yes))
		return err_set(e, ERR_REVERT, 0,
			       "%s did not register with EigenLayer",
			       o->name);
	if (o->ready < LIVE_JOINED)
		return true;
	if (!live_view(w, "allocationManager", "isMemberOfOperatorSet", member,
		       2, &yes, e))
		return false;
	return !u256_is_zero(yes) ||
	       err_set(e, ERR_REVERT, 0,
		       "%s did not join operator set %" PRIu32 " of %s",
		       o->name, o->set, o->avs);
}

/* Two processors start two processes at once. */
static bool await_launched(struct live *w, struct err *e)
{
	for (size_t i = 0; i < w->cast.n; i++) {
		struct operator *op = w->cast.members[i].op;

		if (op && operator_running(op) && !operator_await(op, e))
			return false;
	}
	return true;
}

static bool launch(struct live *w, struct live_member *m, const char *contracts,
		   struct err *e)
{
	return make_operator(w, m, contracts, STEPS_TO[m->spec.ready], e) &&
	       operator_launch(m->op, e);
}

/*
 * Those from @at to @end are registered by hand, or launched: last, since what
 * a program sends first depends on the head it finds, which has to be the same
 * however long it takes to start.
 */
static bool begin_group(struct live *w, size_t at, size_t end, size_t *ret_busy,
			struct err *e)
{
	CLEANUP(freep) char *contracts = contracts_text(w);

	for (size_t i = at; i < end; i++) {
		const struct live_operator *o = &w->cast.members[i].spec;

		if (!o->other && !fund(w, o, e))
			return false;
		*ret_busy += o->ready != LIVE_FUNDED;
		if (o->ready != LIVE_FUNDED && o->by_hand &&
		    !live_hand_register(w, o, e))
			return false;
	}
	for (size_t i = at; i < end; i++) {
		struct live_member *m = &w->cast.members[i];

		if (m->spec.ready != LIVE_FUNDED && !m->spec.by_hand &&
		    !launch(w, m, contracts, e))
			return false;
	}
	return true;
}

static bool end_group(struct live *w, size_t at, size_t end, struct err *e)
{
	for (size_t i = at; i < end; i++) {
		struct live_member *m = &w->cast.members[i];

		if (m->spec.ready == LIVE_FUNDED)
			continue;
		if (m->spec.by_hand ? !live_hand_stake(w, &m->spec, e)
				    : !operator_stop(m->op, e))
			return false;
		if (!check_ready(w, &m->spec, e))
			return false;
		operator_free(TAKE(m->op));
	}
	return true;
}

static bool ready_group(struct live *w, size_t at, size_t end, struct err *e)
{
	struct block from;
	uint64_t effect = 0;
	size_t busy = 0;

	if (!live_head(w, &from, e) ||
	    !begin_group(w, at, end, &busy, e))
		return false;
	return busy == 0 ||
	       (await_launched(w, e) && live_rest(w, e) &&
		effect_block(w, from.number, &effect, e) &&
		live_advance(w, effect, 0, e) && end_group(w, at, end, e));
}

bool live_cast_ready(struct live *w, struct err *e)
{
	w->rng = RNG_INIT(PREPARE_SEED);
	w->seed = PREPARE_SEED;
	if ((w->tee && !tee_ready(w->tee, e)) || !live_collateral_put(w, e))
		return false;
	for (size_t at = 0; at < w->cast.n; at += GROUP) {
		size_t end = at + GROUP < w->cast.n ? at + GROUP : w->cast.n;

		if (!ready_group(w, at, end, e))
			return false;
	}
	return true;
}

static bool start_sidecar(struct live *w, struct err *e)
{
	const struct book_entry *at = book_by_name(w->book,
						   "rewardsCoordinator");

	if (!at)
		return err_set(e, ERR_SCHEMA, 0,
			       "the world has no rewardsCoordinator");
	w->sidecar = sidecar_new(w->loop, live_ipc(w), &at->address);
	return sidecar_tell(w->sidecar, w->told, e);
}

void live_rewards(struct live *w, struct rewards *r)
{
	sidecar_add(w->sidecar, r);
}

bool live_sidecar(struct live *w, const char **ret_url, struct err *e)
{
	return sidecar_serve(w->sidecar, ret_url, e);
}

bool live_alone(const struct live *w)
{
	for (size_t i = 0; i < w->cast.n; i++)
		if (w->cast.members[i].op)
			return false;
	return w->now && w->now->of == w && anvil_alive(w->now->anvil) &&
	       !w->tee &&
	       !w->aggregator &&
	       (!w->sidecar || sidecar_idle(w->sidecar));
}

/* Each as the scenario has it. */
static bool start(struct live *w, struct err *e)
{
	CLEANUP(freep) char *contracts = contracts_text(w);

	for (size_t i = 0; i < w->cast.n; i++) {
		struct live_member *m = &w->cast.members[i];

		if (m->spec.by_hand && !m->spec.program)
			continue;
		if (!make_operator(w, m, contracts, 0, e) ||
		    (m->spec.process && !operator_launch(m->op, e)))
			return false;
		/* Those that run ask, and are not to wait for hundreds more. */
		if (i % GROUP == GROUP - 1 && !await_launched(w, e))
			return false;
	}
	return true;
}

bool live_begin(struct live *w, const struct live_operator *ops, size_t ops_n,
		uint64_t seed, struct err *e)
{
	return live_begin_at(w, ops, ops_n, seed, NULL, e);
}

bool live_begin_at(struct live *w, const struct live_operator *ops,
		   size_t ops_n, uint64_t seed, struct live_point *at,
		   struct err *e)
{
	if (ops_n > LIVE_CAST_MAX)
		return err_set(e, ERR_LIMIT, 0, "%zu operators, over %d",
			       ops_n, LIVE_CAST_MAX);
	live_cast_end(w);
	copy_cast(&w->cast, ops, ops_n);
	if (!bind_members(w, e) || !live_tee_need(w, e) ||
	    !live_chain_begin(w, at, e) ||
	    (w->tee && !tee_ready(w->tee, e)))
		return err_ctx(e, "preparing the world");
	w->rng = RNG_INIT(seed);
	w->seed = seed;
	return start_sidecar(w, e) && live_aggregator_start(w, e) &&
	       start(w, e) && await_launched(w, e) && live_rest(w, e);
}
