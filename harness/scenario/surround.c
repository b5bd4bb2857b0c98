/*
 * surround - what expressions see of the running world: addresses, the head,
 * actors' quantities, results of earlier steps, TEEs.
 */
#include "scenario/play.h"
#include "scenario/match.h"

#include "base/nearest.h"

#include "base/base.h"
#include "base/name.h"

struct value part_value(struct play *p, const char *name,
			       struct part part)
{
	return value_opaque(name, arena_memdup(p->arena, &part, sizeof(part)));
}

struct value surround_outcome(struct play *p, const struct outcome *o)
{
	return part_value(p, "result",
			  (struct part){ .kind = PART_OUTCOME, .outcome = o });
}

/* --- addresses and names -------------------------------------------------------- */

/* An AVS answers to its contract, a set to its AVS. */
static const char *book_name_of(struct play *p, const struct value *ref)
{
	const struct world *w = p->scn->world;

	if (ref->ref == REF_AVS || ref->ref == REF_SET) {
		const struct world_avs *avs = &w->avs[ref->index];

		return avs->contract ? avs->contract : avs->name;
	}
	return ref->text;
}

bool surround_address(struct play *p, const struct value *ref,
		      struct addr20 *ret, struct err *e)
{
	const struct book_entry *b;

	if (ref->kind == VALUE_ADDRESS) {
		*ret = ref->addr;
		return true;
	}
	if (ref->kind == VALUE_BYTES && ref->len == 20) {
		memcpy(ret->b, ref->bytes, 20);
		return true;
	}
	if (ref->kind != VALUE_REF)
		return err_set(e, ERR_SCHEMA, 0, "%s has no address",
			       explain_value(p, ref));
	b = book_by_name(live_book(p->live), book_name_of(p, ref));
	if (!b)
		return err_set(e, ERR_SCHEMA, 0, "%s has no address here",
			       ref->text);
	*ret = b->address;
	return true;
}

static bool env_address(struct addr20 *ret, void *ctx, const struct value *ref,
			struct err *e)
{
	return surround_address(ctx, ref, ret, e);
}

static bool env_name(struct value *ret, bool *ret_known, void *ctx,
		     const char *name, struct err *e)
{
	struct play *p = ctx;
	struct block head;

	*ret_known = true;
	if (!strcmp(name, "burnable")) {
		*ret = part_value(p, name,
				  (struct part){ .kind = PART_QUANTITY,
						 .quantity.kind =
							 QUANTITY_BURNABLE });
		return true;
	}
	if (!strcmp(name, "relay")) {
		const struct addr20 at = live_relay_address();

		*ret = value_addr(&at);
		return true;
	}
	if (strcmp(name, "head") && strcmp(name, "now")) {
		*ret_known = false;
		return true;
	}
	views_more(p->views);
	if (!live_head(p->live, &head, e))
		return false;
	*ret = *name == 'h' ? value_u64(head.number, UNIT_BLOCK)
			    : value_u64(head.time, UNIT_TIME);
	return true;
}

/* --- fields -------------------------------------------------------------------- */

static bool no_field(const char *of, const char *field,
		     const char *const *names, size_t n, struct err *e)
{
	const char *near = nearest_name(field, names, n);
	char all[512] = "";

	for (size_t i = 0; i < n; i++)
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s",
			 i ? ", " : "", names[i]);
	return err_set(e, ERR_SCHEMA, 0, "%s has no %s%s%s; it has: %s", of,
		       field, near ? "; nearest: " : "", near ? near : "",
		       all);
}

/* What belongs to a process and is no quantity. */
static bool program_field(struct play *p, const char *who, const char *field,
			  bool *ret_mine, struct value *ret, struct err *e)
{
	static const struct {
		const char *name;
		enum part_kind kind;
	} parts[] = { { "tee", PART_TEE },
		      { "rpc", PART_RPC },
		      { "node", PART_NODE },
		      { "metrics", PART_METRICS } };

	*ret_mine = true;
	if (name_eq(field, "log"))
		return part_log(p, who, ret, e);
	if (name_eq(field, "heartbeat") || name_eq(field, "heartbeats"))
		return part_heartbeat(p, who, field[strlen("heartbeat")], ret,
				      e);
	if (name_eq(field, "running")) {
		*ret = value_bool(live_running(p->live, who));
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		if (!name_eq(field, parts[i].name))
			continue;
		*ret = part_value(p, parts[i].name,
				  (struct part){ .kind = parts[i].kind,
						 .name = who });
		return true;
	}
	*ret_mine = false;
	return true;
}

static bool process_field(struct play *p, const struct value *of,
			  const char *field, struct value *ret, struct err *e)
{
	static const char *const names[] = { "rpc", "metrics", "log",
					     "running", "file" };
	bool ignored;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!strcmp(field, names[i]))
			return program_field(p, of->text, field, &ignored, ret,
					     e);
	return no_field(of->text, field, names, ARRAY_LEN(names), e);
}

static const char *const quantity_fields[] = {
	"balance",    "shares",	    "queued",	 "maxMagnitude",
	"allocated",  "burnable",   "encumbered", "slashable",
	"delegated",  "withdrawable",
};

/* `alice.shares`, whose token is still to come; `alice.tee`, `alice.log`. */
static bool actor_field(struct play *p, const struct value *of,
			const char *field, struct value *ret, struct err *e)
{
	static const char *const names[] = { "balance", "shares", "queued",
					     "maxMagnitude", "allocated",
					     "encumbered", "slashable",
					     "delegated", "withdrawable",
					     "address", "tee",
					     "rpc", "node", "metrics", "log",
					     "running", "file",
					     "heartbeat", "heartbeats" };
	struct part part = { .kind = PART_QUANTITY, .quantity.actor = of->text };
	bool mine = false;

	if (of->ref == REF_OPERATOR &&
	    !program_field(p, of->text, field, &mine, ret, e))
		return false;
	if (mine)
		return true;
	if (name_eq(field, "address")) {
		struct addr20 a;

		if (!surround_address(p, of, &a, e))
			return false;
		*ret = value_addr(&a);
		return true;
	}
	for (unsigned q = 0; q < QUANTITY__COUNT; q++) {
		if (q == QUANTITY_BURNABLE ||
		    !name_eq(field, quantity_fields[q]))
			continue;
		part.quantity.kind = (enum quantity)q;
		*ret = part_value(p, field, part);
		return true;
	}
	/* Behind the address it is what a process has. */
	return no_field(of->text, field, names,
			of->ref == REF_OPERATOR ? ARRAY_LEN(names) : 10, e);
}

/* What a contract holds: `rewardsCoordinator.balance.PHA`. */
static bool contract_field(struct play *p, const struct value *of,
			   const char *field, struct value *ret,
			   struct err *e)
{
	static const char *const names[] = { "balance", "address" };
	const struct part aggregator = { .kind = PART_AGGREGATOR,
					 .name = of->text };

	if (of->ref == REF_AVS && !strcmp(field, "aggregator")) {
		*ret = part_value(p, field, aggregator);
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!strcmp(field, names[i]))
			return actor_field(p, of, field, ret, e);
	return no_field(of->text, field, names, ARRAY_LEN(names), e);
}

static bool default_set(struct play *p, const struct value *at,
			struct quantity_of *q, struct err *e)
{
	if (at) {
		if (at->kind != VALUE_REF || at->ref != REF_SET)
			return err_set(e, ERR_SCHEMA, 0,
				       "%s is no operator set",
				       explain_value(p, at));
		q->avs = at->index;
		q->set = at->set;
		return true;
	}
	if (p->scn->world->avs_n != 1 || p->scn->world->avs[0].sets_n != 1)
		return err_set(e, ERR_SCHEMA, 0,
			       "say of which operator set: …@avs#0");
	return true;
}

/* `alice.shares` . `PHA`. */
static bool quantity_field(struct play *p, const struct part *part,
			   const char *token, const struct value *at,
			   struct value *ret, struct err *e)
{
	struct part whole = *part;
	bool of_set = part->quantity.kind == QUANTITY_ALLOCATED ||
		      part->quantity.kind == QUANTITY_SLASHABLE;

	whole.kind = PART_ENTRY;
	whole.quantity.token = token;
	if (of_set && !default_set(p, at, &whole.quantity, e))
		return false;
	if (p->whole_entries) {
		*ret = part_value(p, token, whole);
		return true;
	}
	return observe_quantity(p, &whole.quantity, ret, e);
}

static bool token_field(struct play *p, const struct value *of,
			const char *field, struct value *ret, struct err *e)
{
	static const char *const names[] = { "strategy", "address", "minter" };
	const struct abi_entry *fn;
	struct abi_val v;
	struct addr20 a;

	if (!strcmp(field, "strategy")) {
		*ret = value_ref(REF_CONTRACT,
				 arena_printf(p->arena, "%s.strategy",
					      of->text), 0, 0);
		return true;
	}
	if (!strcmp(field, "address")) {
		if (!surround_address(p, of, &a, e))
			return false;
	} else if (!strcmp(field, "minter")) {
		if (!observe_view(p, of->text, "owner", NULL, 0, &fn, &v, e))
			return false;
		a = abi_addr(&v.items[0]);
	} else {
		return no_field(of->text, field, names, ARRAY_LEN(names), e);
	}
	*ret = value_addr(&a);
	return true;
}

static bool set_field(struct play *p, const struct value *of,
		      const char *field, struct value *ret, struct err *e)
{
	static const char *const names[] = { "avs", "id", "strategies" };
	const struct world_avs *avs = &p->scn->world->avs[of->index];
	const struct world_set *set;
	struct value *items;

	if (!strcmp(field, "avs")) {
		*ret = value_ref(REF_AVS, avs->name, of->index, 0);
		return true;
	}
	if (!strcmp(field, "id")) {
		*ret = value_u64(of->set, UNIT_NONE);
		return true;
	}
	if (strcmp(field, "strategies"))
		return no_field(of->text, field, names, ARRAY_LEN(names), e);
	set = &avs->sets[of->set];
	items = ARENA_ARRAY(p->arena, struct value, set->strategies_n);
	for (size_t i = 0; i < set->strategies_n; i++) {
		size_t index;

		(void)world_find(p->scn->world, set->strategies[i], &index,
				 NULL);
		items[i] = value_ref(REF_TOKEN, set->strategies[i], index, 0);
	}
	*ret = value_list(items, set->strategies_n);
	return true;
}

static bool eigenlayer_field(struct play *p, const char *field,
			     struct value *ret, struct err *e)
{
	static const struct {
		const char *name, *constant;
	} delays[] = {
		{ "deallocationDelay", "DEALLOCATION_DELAY" },
		{ "allocationConfigurationDelay",
		  "ALLOCATION_CONFIGURATION_DELAY" },
		{ "minWithdrawalDelay", "MIN_WITHDRAWAL_DELAY_BLOCKS" },
	};
	static const char *const names[] = { "release", "deallocationDelay",
					     "allocationConfigurationDelay",
					     "minWithdrawalDelay", "sidecar" };
	const struct part sidecar = { .kind = PART_SIDECAR,
				      .name = "eigenlayer" };
	const char *text;

	for (size_t i = 0; i < ARRAY_LEN(delays); i++) {
		uint64_t v;

		if (strcmp(field, delays[i].name))
			continue;
		if (!live_constant(p->live, delays[i].constant, &v, e))
			return false;
		*ret = value_u64(v, UNIT_BLOCKS);
		return true;
	}
	if (!strcmp(field, "sidecar")) {
		*ret = part_value(p, field, sidecar);
		return true;
	}
	if (strcmp(field, "release"))
		return no_field("eigenlayer", field, names, ARRAY_LEN(names),
				e);
	if (!json_text_at(&text, live_manifest(p->live), "release", e))
		return false;
	*ret = value_text(arena_strdup(p->arena, text));
	return true;
}

/* --- results of steps ------------------------------------------------------------- */

bool surround_is_event(const struct seen *s, const char *name)
{
	return s->event &&
	       match_name(name, s->event->name, s->at ? s->at->name : NULL);
}

static const struct seen *nth_event(const struct outcome *o, const char *name,
				    size_t n)
{
	for (size_t i = 0; i < o->events_n; i++)
		if (surround_is_event(&o->events[i], name) && n-- == 0)
			return &o->events[i];
	return NULL;
}

static bool outcome_field(struct play *p, const struct outcome *o,
			  const char *field, struct value *ret, struct err *e)
{
	const struct value *given = o->gives ? value_get(o->gives, field)
					     : NULL;
	const struct value *returned;

	if (given) {
		*ret = *given;
	} else if (!strcmp(field, "block")) {
		*ret = value_u64(o->has_receipt ? o->receipt.block : o->block,
				 UNIT_BLOCK);
	} else if (!strcmp(field, "gas") && o->has_receipt) {
		*ret = value_u64(o->receipt.gas_used, UNIT_NONE);
	} else if (!strcmp(field, "tx") && o->has_receipt) {
		*ret = value_bytes(o->receipt.tx.b, 32);
	} else if (!strcmp(field, "returns") && o->has_returns) {
		*ret = o->returns;
	} else if (o->has_returns && o->returns.kind == VALUE_MAP &&
		   (returned = value_get(&o->returns, field))) {
		*ret = *returned;
	} else if (nth_event(o, field, 0)) {
		*ret = part_value(p, field,
				  (struct part){ .kind = PART_EVENTS,
						 .outcome = o,
						 .name = arena_strdup(
							 p->arena, field) });
	} else {
		return err_set(e, ERR_SCHEMA, 0,
			       "the step gave no %s: no such field, and no "
			       "such event was emitted",
			       field);
	}
	return true;
}

static bool is_index(const char *s, size_t *ret)
{
	size_t v = 0;

	for (const char *c = s; *c; c++) {
		if (*c < '0' || *c > '9' || v > 100000)
			return false;
		v = v * 10 + (size_t)(*c - '0');
	}
	*ret = v;
	return *s != 0;
}

/* `$r.Event.field` is the first one's; `$r.Event.1.field` the second's. */
static bool events_field(const struct part *part, const char *field,
			 struct value *ret, struct err *e)
{
	const struct seen *first = nth_event(part->outcome, part->name, 0);
	const struct value *arg;
	size_t n;

	if (is_index(field, &n)) {
		const struct seen *s = nth_event(part->outcome, part->name, n);

		if (!s)
			return err_set(e, ERR_SCHEMA, 0,
				       "there is no event %s number %zu",
				       part->name, n);
		*ret = s->args;
		return true;
	}
	arg = value_get(&first->args, field);
	if (!arg)
		return no_field(part->name, field, first->args.keys,
				first->args.len, e);
	*ret = *arg;
	return true;
}

static bool part_field(struct play *p, const struct part *part,
		       const char *field, const struct value *at,
		       struct value *ret, struct err *e)
{
	switch (part->kind) {
	case PART_OUTCOME:
		return outcome_field(p, part->outcome, field, ret, e);
	case PART_EVENTS:
		return events_field(part, field, ret, e);
	case PART_QUANTITY:
		return quantity_field(p, part, field, at, ret, e);
	case PART_METRICS:
		return part_family(p, part->name, field, ret, e);
	case PART_FAMILY:
		return part_family_field(p, part, field, ret, e);
	case PART_FILE:
		return part_file_field(p, part->file, field, ret, e);
	case PART_TEE:
		return err_set(e, ERR_SCHEMA, 0,
			       "%s.tee has no field %s; it has: quote(bytes)",
			       part->name, field);
	case PART_RPC:
	case PART_NODE:
	case PART_SIDECAR:
	case PART_AGGREGATOR:
	case PART_ENTRY:
	case PART__COUNT:
		break;
	}
	return err_set(e, ERR_SCHEMA, 0, "it has no field %s", field);
}

/* What views tell, and the book. All else may change unseen. */
static bool is_told_by_views(const struct value *of, const char *field)
{
	const struct part *part = of->opaque;

	if (part)
		return part->kind == PART_QUANTITY;
	if (of->ref == REF_PROCESS)
		return false;
	if (of->ref != REF_OPERATOR)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(quantity_fields); i++)
		if (name_eq(field, quantity_fields[i]))
			return true;
	return name_eq(field, "address");
}

static bool env_field(struct value *ret, void *ctx, const struct value *of,
		      const char *field, const struct value *at, struct err *e)
{
	struct play *p = ctx;

	if (!is_told_by_views(of, field))
		views_more(p->views);
	if (of->opaque)
		return part_field(p, of->opaque, field, at, ret, e);
	ASSERT(of->kind == VALUE_REF);
	switch (of->ref) {
	case REF_OPERATOR:
	case REF_ROLE:
		return actor_field(p, of, field, ret, e);
	case REF_TOKEN:
		return token_field(p, of, field, ret, e);
	case REF_SET:
		return set_field(p, of, field, ret, e);
	case REF_EIGENLAYER:
		return eigenlayer_field(p, field, ret, e);
	case REF_CONTRACT:
	case REF_AVS:
		return contract_field(p, of, field, ret, e);
	case REF_PROCESS:
		return process_field(p, of, field, ret, e);
	case REF_NONE:
	case REF_PART:
	case REF__COUNT:
		break;
	}
	return err_set(e, ERR_SCHEMA, 0, "%s has no field %s", of->text,
		       field);
}

/* --- for messages --------------------------------------------------------------------- */

static const char *name_of_address(void *ctx, const struct addr20 *a)
{
	const struct play *p = ctx;
	const struct book_entry *b = book_by_address(live_book(p->live), a);

	return b ? b->name : NULL;
}

static const struct abi *artifact(void *ctx, const char *name)
{
	const struct play *p = ctx;

	return book_artifact(live_book(p->live), name);
}

void surround(struct play *p)
{
	p->env = (struct eval_env){
		.ctx = p,
		.arena = p->arena,
		.world = p->scn->world,
		.abis = { .ctx = p, .lookup = artifact },
		.address = env_address,
		.name = env_name,
		.field = env_field,
		.call = surround_call,
		.method = surround_method,
		.before = memory_recall,
		.names = { .ctx = p,
			   .of_addr = name_of_address,
			   .world = p->scn->world },
	};
}
