/*
 * What stands after a dot: what is known of actors, results and structs.
 */
#include "base/base.h"
#include "base/nearest.h"
#include "scenario/check_priv.h"

static const struct type *any(void)
{
	return &TYPE_ANYTHING;
}

struct src_pos check_last_name(const struct expr *x, uint32_t *ret_width)
{
	struct src_pos pos = x->pos;
	uint32_t n = x->name ? expr_chars(x->name, strlen(x->name)) : 0;

	*ret_width = x->width;
	if (n && x->width > n) {
		pos.col += x->width - n;
		*ret_width = n;
	}
	return pos;
}

/* What the runner knows of an operator, besides quantities. */
static const char *const operator_fields[] = {
	"balance", "shares", "queued", "maxMagnitude", "allocated",
	"encumbered", "slashable", "delegated", "withdrawable", "address", "tee", "rpc",
	"node", "metrics", "log", "running", "file", "heartbeat",
	"heartbeats",
};
#define QUANTITIES_N 9

/* Of any other program. */
static const char *const process_fields[] = { "rpc", "metrics", "log",
					      "running", "file" };

static const char *const actor_fields[] = { "balance", "queued",
					    "withdrawable", "address" };
static const char *const token_fields[] = { "strategy", "address", "minter" };
static const char *const set_fields[] = { "avs", "id", "strategies" };
static const char *const core_fields[] = { "release", "deallocationDelay",
					   "allocationConfigurationDelay",
					   "minWithdrawalDelay", "sidecar" };

static bool is_one_of(const char *s, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(names[i], s))
			return true;
	return false;
}

#define LISTED_MAX 20 /* fields, where none is near */

/* "; it has a, b, c" */
static const char *it_has(struct checker *c, const char *const *names,
			  size_t n)
{
	struct buf b = BUF_INIT(2000);
	const char *text;

	for (size_t i = 0; i < n && i < LISTED_MAX; i++)
		buf_addf(&b, "%s%s", i ? ", " : "; it has ", names[i]);
	if (n > LISTED_MAX)
		buf_adds(&b, ", …");
	text = arena_strdup(c->arena, buf_str(&b));
	buf_done(&b);
	return text;
}

static const struct type *no_field(struct checker *c, const struct expr *x,
				   const char *of, const char *field,
				   const char *const *names, size_t n)
{
	uint32_t width = 0;
	struct src_pos pos = check_last_name(x, &width);
	const char *near = nearest_name(field, names, n);

	check_note(c, pos, width, near, "%s has no field `%s`%s", of, field,
		   near ? "" : it_has(c, names, n));
	return any();
}

static const struct type *quantity(struct checker *c, const char *field)
{
	struct type *t = type_new(c, TYPE_QUANTITY);

	t->text = field;
	return t;
}

static const struct type *core_field(struct checker *c, const struct expr *x,
				     const char *field)
{
	if (!is_one_of(field, core_fields, ARRAY_LEN(core_fields)))
		return no_field(c, x, "eigenlayer", field, core_fields,
				ARRAY_LEN(core_fields));
	if (!strcmp(field, "sidecar"))
		return any();
	return strcmp(field, "release") ? type_natural(c, UNIT_BLOCKS)
					: type_new(c, TYPE_TEXT);
}

static const struct type *token_field(struct checker *c, const struct expr *x,
				      const struct type *of, const char *field)
{
	if (!strcmp(field, "strategy") && of->text)
		return type_ref(c, REF_CONTRACT,
				arena_printf(c->arena, "%s.strategy",
					     of->text), 0, 0);
	if (is_one_of(field, token_fields, ARRAY_LEN(token_fields)))
		return type_new(c, TYPE_ADDRESS);
	return no_field(c, x, of->text ? of->text : "a token", field,
			token_fields, ARRAY_LEN(token_fields));
}

static const struct type *set_field(struct checker *c, const struct expr *x,
				    const char *field)
{
	struct type *t;

	if (!is_one_of(field, set_fields, ARRAY_LEN(set_fields)))
		return no_field(c, x, "an operator set", field, set_fields,
				ARRAY_LEN(set_fields));
	if (!strcmp(field, "avs"))
		return type_ref(c, REF_AVS, NULL, 0, 0);
	if (!strcmp(field, "id"))
		return type_int(c, UNIT_NONE);
	t = type_new(c, TYPE_LIST);
	t->elem = type_ref(c, REF_TOKEN, NULL, 0, 0);
	return t;
}

/* An event or error named with its contract: `slaOracle.Paused`. */
static const struct type *contract_field(struct checker *c,
					 const struct expr *x,
					 const struct type *of,
					 const char *field)
{
	const struct abi *abi = of->text ? check_abi(c, of->text) : NULL;
	uint32_t width = 0;
	struct src_pos pos = check_last_name(x, &width);
	struct type *t;

	if (!strcmp(field, "balance"))
		return quantity(c, field);
	if (!strcmp(field, "address"))
		return type_new(c, TYPE_ADDRESS);
	if (!abi)
		return any();
	if (abi_event(abi, field, NULL) || abi_error(abi, field, NULL)) {
		t = type_new(c, TYPE_WORD);
		t->text = arena_printf(c->arena, "%s.%s", of->text, field);
		return t;
	}
	if (abi_function(abi, field, NULL)) {
		check_note(c, pos, width, NULL,
			   "%s.%s is a function: write its arguments, "
			   "%s.%s(…)",
			   of->text, field, of->text, field);
		return any();
	}
	check_note(c, pos, width,
		   check_nearest_entry(c, abi, ENTRY_FUNCTION, field),
		   "%s has no %s", of->text, field);
	return any();
}

static const struct type *lacks_aggregator(struct checker *c,
					   const struct expr *x,
					   const char *field)
{
	uint32_t width = 0;
	struct src_pos pos = check_last_name(x, &width);

	check_note(c, pos, width, NULL,
		   "`%s` wants a world with an aggregator: `aggregator: "
		   "{interval: 60 seconds}`",
		   field);
	return any();
}

/* `alice.heartbeat`: what the aggregator knows of her. */
static const struct type *heartbeat(struct checker *c)
{
	static const char *const keys[] = HEARTBEAT_FIELDS;
	const struct type **items = ARENA_ARRAY(c->arena, const struct type *,
						ARRAY_LEN(keys));
	struct type *t = type_new(c, TYPE_MAP);

	/* Before the first one they are `none`. */
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		items[i] = any();
	t->keys = keys;
	t->items = items;
	t->n = ARRAY_LEN(keys);
	return t;
}

static const struct type *heartbeat_field(struct checker *c,
					  const struct expr *x,
					  const char *field)
{
	if (!c->world->aggregator)
		return lacks_aggregator(c, x, field);
	return strcmp(field, "heartbeat") ? type_natural(c, UNIT_NONE)
					  : heartbeat(c);
}

/* What is no quantity. Parts like `tee` are known to the runner alone. */
static const struct type *program_field(struct checker *c,
					const struct expr *x, const char *who,
					const char *field)
{
	if (who && !strcmp(field, "tee"))
		check_has_tee(c, x, who);
	if (!strcmp(field, "address"))
		return type_new(c, TYPE_ADDRESS);
	if (!strcmp(field, "log"))
		return type_new(c, TYPE_TEXT);
	return strcmp(field, "running") ? type_ref(c, REF_PART, field, 0, 0)
					: type_new(c, TYPE_BOOL);
}

static const struct type *ref_field(struct checker *c, const struct expr *x,
				    const struct type *of, const char *field)
{
	const char *who = of->text ? of->text : type_text(c, of);

	switch (of->ref) {
	case REF_OPERATOR:
		if (!is_one_of(field, operator_fields,
			       ARRAY_LEN(operator_fields)))
			return no_field(c, x, who, field, operator_fields,
					ARRAY_LEN(operator_fields));
		if (is_one_of(field, operator_fields, QUANTITIES_N))
			return quantity(c, field);
		if (!strncmp(field, "heartbeat", strlen("heartbeat")))
			return heartbeat_field(c, x, field);
		return program_field(c, x, of->text, field);
	case REF_ROLE:
		if (!is_one_of(field, actor_fields, ARRAY_LEN(actor_fields)))
			return no_field(c, x, who, field, actor_fields,
					ARRAY_LEN(actor_fields));
		return strcmp(field, "address") ? quantity(c, field)
						: type_new(c, TYPE_ADDRESS);
	case REF_AVS:
		if (!strcmp(field, "aggregator"))
			return c->world->aggregator
				       ? any()
				       : lacks_aggregator(c, x, field);
		return contract_field(c, x, of, field);
	case REF_CONTRACT:
		return contract_field(c, x, of, field);
	case REF_TOKEN:
		return token_field(c, x, of, field);
	case REF_SET:
		return set_field(c, x, field);
	case REF_EIGENLAYER:
		return core_field(c, x, field);
	case REF_PROCESS:
		/* A verb's may be an operator. */
		if (!of->text)
			return any();
		if (!is_one_of(field, process_fields,
			       ARRAY_LEN(process_fields)))
			return no_field(c, x, who, field, process_fields,
					ARRAY_LEN(process_fields));
		return program_field(c, x, of->text, field);
	case REF_NONE:
	case REF_PART:
	case REF__COUNT:
		break;
	}
	return any();
}

const struct type *type_events(struct checker *c,
			       const struct abi_entry *entry)
{
	struct type *t = type_new(c, TYPE_EVENTS);

	t->entry = entry;
	return t;
}

/* What a step can be asked for. */
static const char *it_gives(struct checker *c, const struct type *of)
{
	static const char *const always[] = { "block", "gas", "tx",
					      "its events by their names" };
	const size_t n = of->n + ARRAY_LEN(always);
	const char **names = ARENA_ARRAY(c->arena, const char *, n);

	for (size_t i = 0; i < n; i++)
		names[i] = i < of->n ? of->keys[i] : always[i - of->n];
	return it_has(c, names, n);
}

/* `$r.block`, `$r.gas`, `$r.SomeEvent`, or what a verb gives. */
static const struct type *outcome_field(struct checker *c,
					const struct expr *x,
					const struct type *of,
					const char *field)
{
	static const char *const own[] = { "block", "gas", "tx", "returns",
					   "exit", "out", "err", "status",
					   "body" };
	const struct abi_entry *entry = NULL;
	const char *names[1], *near;
	uint32_t width = 0;
	struct src_pos pos = check_last_name(x, &width);

	for (size_t i = 0; i < of->n; i++)
		if (!strcmp(of->keys[i], field))
			return of->items[i];
	if (!strcmp(field, "block"))
		return type_natural(c, UNIT_BLOCK);
	if (!strcmp(field, "gas"))
		return type_count(c);
	if (is_one_of(field, own, ARRAY_LEN(own)))
		return any();
	if (check_declarers(c, ENTRY_EVENT, field, names, 1, &entry))
		return type_events(c, entry);
	near = of->n ? nearest_name(field, of->keys, of->n) : NULL;
	if (!near)
		near = nearest_name(field, own, ARRAY_LEN(own));
	if (!near)
		near = check_nearest_entry(c, NULL, ENTRY_EVENT, field);
	check_note(c, pos, width, near,
		   "the step gives no `%s`, and no contract has an event of "
		   "that name%s",
		   field, near ? "" : it_gives(c, of));
	return any();
}

/* What stands before the dot. */
static const char *written(struct checker *c, const struct expr *x)
{
	return x ? arena_printf(c->arena, "`%s`", check_source(c, x)) : "this";
}

static const struct type *map_field(struct checker *c, const struct expr *x,
				    const struct type *of, const char *field)
{
	static const char *const window[] = { "last", "through", "before" };

	for (size_t i = 0; i < of->n; i++)
		if (!strcmp(of->keys[i], field))
			return of->items[i];
	if (check_is_window(of))
		return !strcmp(field, "last")
			       ? of->items[0]
			       : no_field(c, x, written(c, x->left), field,
					  window, 1);
	if (field[0] >= '0' && field[0] <= '9' && of->abi)
		return any();
	return of->open ? any()
			: no_field(c, x,
				   of->abi && of->abi->label
					   ? check_label(c, of->abi)
					   : written(c, x->left),
				   field, of->keys, of->n);
}

/* An event's arguments, by name or by how-manieth. */
static const struct type *event_field(struct checker *c, const struct expr *x,
				      const struct type *of, const char *field)
{
	const struct type *args = type_of_abi(c, of->entry->in);
	struct buf b = BUF_INIT(2000);
	uint32_t width = 0;
	struct src_pos pos = check_last_name(x, &width);

	for (size_t i = 0; i < args->n; i++)
		if (!strcmp(args->keys[i], field))
			return args->items[i];
	abi_describe(&b, of->entry);
	check_note(c, pos, width,
		   nearest_name(field, args->keys, args->n),
		   "the event has no `%s`: %s", field, buf_str(&b));
	buf_done(&b);
	return any();
}

static bool is_of_set(const char *quantity)
{
	return !strcmp(quantity, "allocated") || !strcmp(quantity, "slashable");
}

/* The one set of the world need not be named. */
static bool lacks_set(const struct checker *c, const char *quantity)
{
	const struct world *w = c->world;

	return !c->of_set && is_of_set(quantity) &&
	       (w->avs_n != 1 || w->avs[0].sets_n != 1);
}

static const struct type *quantity_of(struct checker *c, const struct expr *x,
				      const struct type *of, const char *token)
{
	struct type *t = type_new(c, TYPE_INT);
	uint32_t width = 0;
	struct src_pos pos = check_last_name(x, &width);

	if (world_find(c->world, token, NULL, NULL) != REF_TOKEN) {
		check_no_token(c, pos, width, token, false);
		return any();
	}
	if (c->of_set && !is_of_set(of->text))
		check_note(c, pos, width, NULL,
			   "`%s` is of no operator set: leave out the `@` and "
			   "what follows it", of->text);
	if (lacks_set(c, of->text))
		check_note(c, pos, width, NULL,
			   "say of which operator set: `%s.%s@%s#0`", of->text,
			   token, c->world->avs_n ? c->world->avs[0].name
						  : "avs");
	t->unit = !strcmp(of->text, "maxMagnitude") ||
				  !strcmp(of->text, "allocated") ||
				  !strcmp(of->text, "encumbered")
			  ? UNIT_WAD
			  : UNIT_TOKEN;
	t->token = t->unit == UNIT_TOKEN ? token : NULL;
	t->natural = true;
	return t;
}

const struct type *check_field(struct checker *c, const struct expr *x,
			       const struct type *of, const char *field)
{
	uint32_t width = 0;
	struct src_pos pos = check_last_name(x, &width);
	struct type *t;

	switch (of->kind) {
	case TYPE_REF:
		return ref_field(c, x, of, field);
	case TYPE_OUTCOME:
		return outcome_field(c, x, of, field);
	case TYPE_MAP:
		return map_field(c, x, of, field);
	case TYPE_QUANTITY:
		return quantity_of(c, x, of, field);
	case TYPE_EVENTS:
		if (field[0] >= '0' && field[0] <= '9')
			return of;
		return event_field(c, x, of, field);
	case TYPE_LIST:
		if (field[0] >= '0' && field[0] <= '9')
			return of->elem ? of->elem : any();
		t = type_new(c, TYPE_LIST);
		t->elem = check_field(c, x, of->elem ? of->elem : any(),
				      field);
		return t;
	case TYPE_WORD:
		t = type_new(c, TYPE_WORD);
		t->text = arena_printf(c->arena, "%s.%s", of->text, field);
		return t;
	case TYPE_INT:
		if (of->unit == UNIT_TOKEN && !strcmp(field, "token"))
			return type_ref(c, REF_TOKEN, of->token, 0, 0);
		break;
	case TYPE_ANY:
	case TYPE_NONE:
	case TYPE_BOOL:
	case TYPE_BYTES:
	case TYPE_ADDRESS:
	case TYPE_TEXT:
	case TYPE_CALL:
	case TYPE__COUNT:
		break;
	}
	if (of->kind == TYPE_ANY || of->kind == TYPE_ADDRESS)
		return any(); /* an address may turn out to be an actor */
	check_note(c, pos, width, NULL, "%s is %s, which has no fields",
		   written(c, x->left), type_text(c, of));
	return any();
}
