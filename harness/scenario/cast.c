/*
 * cast - a world's description as devnet/live wants it: plain values.
 */
#include "devnet/live.h"
#include "scenario/eval.h"
#include "scenario/run.h"

#include "base/base.h"

struct plain {
	struct arena *arena;
	const struct world *world;
	struct eval_env env;
};

/* Roles and operators have addresses before anything runs. */
static bool plain_address(struct addr20 *ret, void *ctx,
			  const struct value *ref, struct err *e)
{
	(void)ctx;
	if (ref->ref != REF_ROLE && ref->ref != REF_OPERATOR)
		return err_set(e, ERR_SCHEMA, 0,
			       "%s has no address before the world is "
			       "deployed",
			       ref->text);
	return devnet_address(ret, ref->text, e);
}

static struct plain plain(struct arena *a, const struct world *w)
{
	struct plain p = { .arena = a, .world = w };

	p.env = (struct eval_env){
		.arena = a,
		.world = w,
		.address = plain_address,
		.names = { .world = w },
	};
	return p;
}

/* A setting as the environment of a script carries it. */
static bool setting_text(struct plain *p, const struct expr *x,
			 const char **ret, struct err *e)
{
	struct addr20 a;
	struct value v;

	if (!eval(&v, &p->env, p->world->bound, x, e))
		return false;
	switch (v.kind) {
	case VALUE_INT:
		*ret = arena_printf(p->arena, "%s%s", v.negative ? "-" : "",
				    fmt_u256(v.num).s);
		return true;
	case VALUE_BOOL:
		*ret = v.truth ? "true" : "false";
		return true;
	case VALUE_TEXT:
	case VALUE_WORD:
		*ret = v.text;
		return true;
	case VALUE_REF:
		if (!plain_address(&a, NULL, &v, e))
			return false;
		*ret = arena_strdup(p->arena, fmt_addr(&a).s);
		return true;
	case VALUE_BYTES: {
		struct buf b = BUF_INIT(65536);

		buf_addhex(&b, v.bytes, v.len);
		*ret = arena_printf(p->arena, "0x%s", buf_str(&b));
		buf_done(&b);
		return true;
	}
	case VALUE_NONE:
	case VALUE_ADDRESS:
	case VALUE_LIST:
	case VALUE_MAP:
	case VALUE_CALL:
	case VALUE_NOT:
	case VALUE_OPAQUE:
	case VALUE__COUNT:
		break;
	}
	return err_at(e, x->pos, ERR_SCHEMA,
		      "a setting is a number, an amount, bytes, a text or an "
		      "actor");
}

static bool add_setting(struct plain *p, const char *name,
			const struct expr *x, struct live_pair *to,
			struct err *e)
{
	to->name = name;
	return setting_text(p, x, &to->value, e) || err_ctx(e, "%s", name);
}

/* What the script of a world is given: its `with`, and the AVS's wad. */
static bool settings(struct plain *p, struct live_spec *s, struct err *e)
{
	const struct world *w = p->world;
	const struct world_deploy *d = w->deploys_n ? &w->deploys[0] : NULL;
	struct live_pair *with;

	if (!d)
		return true;
	if (w->deploys_n > 1)
		return err_at(e, w->deploys[1].pos, ERR_UNSUPPORTED,
			      "a world has one forge script in this version");
	s->script = d->script;
	with = ARENA_ARRAY(p->arena, struct live_pair, d->with_n + w->avs_n);
	for (size_t i = 0; i < d->with_n; i++)
		if (!add_setting(p, d->with[i].name, d->with[i].value,
				 &with[s->with_n++], e))
			return false;
	for (size_t i = 0; i < w->avs_n; i++)
		if (w->avs[i].wad &&
		    !add_setting(p, "slashWad", w->avs[i].wad,
				 &with[s->with_n++], e))
			return false;
	s->with = with;
	return true;
}

/* Tokens: what scripts deploy, and what the harness makes. */
static void add_tokens(struct plain *p, struct live_spec *s)
{
	const struct world *w = p->world;
	const char **tokens = ARENA_ARRAY(p->arena, const char *, w->tokens_n);
	struct plain_token *made = ARENA_ARRAY(p->arena, struct plain_token,
					       w->tokens_n);

	for (size_t i = 0; i < w->tokens_n; i++) {
		const struct world_token *t = &w->tokens[i];

		if (t->plain)
			made[s->plain_n++] = (struct plain_token){
				t->name, t->decimals
			};
		else
			tokens[s->tokens_n++] = t->name;
	}
	s->tokens = tokens;
	s->plain = made;
}

static struct plain_avs account_avs(struct arena *a, const struct world_avs *x)
{
	struct plain_set *sets = ARENA_ARRAY(a, struct plain_set, x->sets_n);

	for (size_t i = 0; i < x->sets_n; i++)
		sets[i] = (struct plain_set){ x->sets[i].strategies,
					      x->sets[i].strategies_n };
	return (struct plain_avs){ x->name, sets, x->sets_n };
}

/* Roles, and the AVSs that are accounts as well. */
static void add_accounts(struct plain *p, struct live_spec *s)
{
	const struct world *w = p->world;
	const char **roles = ARENA_ARRAY(p->arena, const char *,
					 w->roles_n + w->avs_n);
	struct plain_avs *avs = ARENA_ARRAY(p->arena, struct plain_avs,
					    w->avs_n);

	for (size_t i = 0; i < w->roles_n; i++)
		roles[s->roles_n++] = w->roles[i];
	for (size_t i = 0; i < w->avs_n; i++) {
		if (w->avs[i].contract)
			continue;
		avs[s->accounts_n++] = account_avs(p->arena, &w->avs[i]);
		roles[s->roles_n++] = w->avs[i].name;
	}
	s->roles = roles;
	s->accounts = avs;
}

static bool number(struct plain *p, const struct expr *x, enum unit unit,
		   const char *what, struct u256 *ret, struct err *e)
{
	struct value v;

	if (!eval(&v, &p->env, p->world->bound, x, e))
		return false;
	if (v.kind != VALUE_INT || v.negative ||
	    (v.unit != unit && v.unit != UNIT_NONE))
		return err_at(e, x->pos, ERR_SCHEMA, "%s is wanted here", what);
	*ret = v.num;
	return true;
}

/* @x NULL: *@ret stays as it is. */
static bool some(struct plain *p, const struct expr *x, enum unit unit,
		 const char *what, uint64_t *ret, struct err *e)
{
	struct u256 n;

	if (!x)
		return true;
	if (!number(p, x, unit, what, &n, e))
		return false;
	return (u256_fits_u64(ret, n) && *ret && *ret <= UINT32_MAX) ||
	       err_at(e, x->pos, ERR_RANGE, "%s between 1 and %u is wanted",
		      what, UINT32_MAX);
}

static bool aggregator(struct plain *p, struct live_spec *s, struct err *e)
{
	const struct world_aggregator *x = p->world->aggregator;
	struct live_aggregator a = { .interval = 60, .max_age = 20 };

	if (!x)
		return true;
	a.avs = p->world->avs[0].contract;
	if (!some(p, x->interval, UNIT_SECONDS, "a duration", &a.interval,
		  e) ||
	    !some(p, x->max_age, UNIT_BLOCKS, "a number of blocks",
		  &a.max_age, e))
		return false;
	s->aggregator = arena_memdup(p->arena, &a, sizeof(a));
	return true;
}

bool run_live_spec(struct arena *a, const struct world *w,
		   const struct run_options *o, struct live_spec *ret,
		   struct err *e)
{
	struct plain p = plain(a, w);
	struct live_pair *contracts = ARENA_ARRAY(a, struct live_pair,
						   w->contracts_n +
							   w->tokens_n);
	struct live_spec s = {
		.root = o->root,
		.release = w->release ? w->release : "1.8.1",
		.tamper = w->tamper,
		.profile = w->delays == DELAYS_MAINNET ? "mainnet" : "fast",
		.contracts = contracts,
		.log_dir = o->log_dir,
		.operator = o->operator,
	};

	for (size_t i = 0; i < w->contracts_n; i++)
		if (!w->contracts[i].core)
			contracts[s.contracts_n++] = (struct live_pair){
				w->contracts[i].name,
				w->contracts[i].artifact
			};
	add_tokens(&p, &s);
	add_accounts(&p, &s);
	if (!settings(&p, &s, e) || !aggregator(&p, &s, e))
		return false;
	*ret = s;
	return true;
}

static void add_account_key(struct buf *b, const struct plain_avs *avs)
{
	buf_addf(b, "avs %s\n", avs->name);
	for (size_t k = 0; k < avs->sets_n; k++) {
		buf_adds(b, "set");
		for (size_t t = 0; t < avs->sets[k].n; t++)
			buf_addf(b, " %s", avs->sets[k].tokens[t]);
		buf_addc(b, '\n');
	}
}

struct hash32 run_spec_key(const struct live_spec *s)
{
	struct buf b = BUF_INIT(1u << 20);
	struct hash32 key;

	buf_addf(&b, "%s|%s|%s|%s\n", s->release, s->profile,
		 s->script ? s->script : "", s->tamper ? s->tamper : "");
	for (size_t i = 0; i < s->contracts_n; i++)
		buf_addf(&b, "%s:%s\n", s->contracts[i].name,
			 s->contracts[i].value);
	for (size_t i = 0; i < s->with_n; i++)
		buf_addf(&b, "%s=%s\n", s->with[i].name, s->with[i].value);
	for (size_t i = 0; i < s->tokens_n; i++)
		buf_addf(&b, "token %s\n", s->tokens[i]);
	for (size_t i = 0; i < s->plain_n; i++)
		buf_addf(&b, "plain %s %u\n", s->plain[i].name,
			 s->plain[i].decimals);
	for (size_t i = 0; i < s->accounts_n; i++)
		add_account_key(&b, &s->accounts[i]);
	for (size_t i = 0; i < s->roles_n; i++)
		buf_addf(&b, "role %s\n", s->roles[i]);
	if (s->aggregator)
		buf_addf(&b, "aggregator %s %llu %llu\n", s->aggregator->avs,
			 (unsigned long long)s->aggregator->interval,
			 (unsigned long long)s->aggregator->max_age);
	key = keccak256(b.data, b.len);
	buf_done(&b);
	return key;
}

/* --- operators -------------------------------------------------------------------------- */

static bool stakes(struct plain *p, const struct world_operator *o,
		   struct live_operator *op, struct err *e)
{
	struct live_stake *stake = ARENA_ARRAY(p->arena, struct live_stake,
					       o->stake_n);
	struct u256 magnitude = U256_ZERO;
	uint64_t wad = 0;

	if (o->allocate && !number(p, o->allocate, UNIT_WAD, "a share (50%)",
				   &magnitude, e))
		return false;
	if (!u256_fits_u64(&wad, magnitude) || wad > 1000000000000000000u)
		return err_at(e, o->allocate->pos, ERR_RANGE,
			      "an operator can allocate 100%% at most");
	for (size_t i = 0; i < o->stake_n; i++) {
		stake[i].token = o->stake[i].token;
		stake[i].magnitude = wad;
		if (!number(p, o->stake[i].amount, UNIT_TOKEN, "an amount",
			    &stake[i].amount, e))
			return false;
	}
	op->stake = stake;
	op->stake_n = o->stake_n;
	return true;
}

/* Whether it has the contracts that operator/config.c wants. */
static bool is_ours(const struct world *w, const struct world_avs *avs)
{
	static const char *const wanted[] = { "serviceManager", "slaOracle",
					      "collateralRegistry" };

	for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
		if (world_find(w, wanted[i], NULL, NULL) != REF_CONTRACT)
			return false;
	return avs->contract != NULL;
}

static bool first_set(const struct world *w, const struct world_operator *o,
		      struct live_operator *op, struct err *e)
{
	size_t avs = 0, set = 0;

	if (!w->avs_n)
		return true;
	if (o->sets_n > 1)
		return err_at(e, o->pos, ERR_UNSUPPORTED,
			      "%s: one operator set in this version", o->name);
	if (o->sets_n && world_find(w, o->sets[0], &avs, &set) != REF_SET)
		return err_at(e, o->pos, ERR_SCHEMA, "%s is no operator set",
			      o->sets[0]);
	op->avs = w->avs[avs].contract ? w->avs[avs].contract
				       : w->avs[avs].name;
	op->set = (uint32_t)set;
	op->by_hand = !is_ours(w, &w->avs[avs]);
	return !op->by_hand || !o->process || o->program ||
	       err_at(e, o->pos, ERR_UNSUPPORTED,
		      "our operator's program does not know the AVS %s: say "
		      "`process: off` for %s, or name a `program:` that does",
		      w->avs[avs].name, o->name);
}

/* Settings as JSON. */
static bool settings_json(struct plain *p, const struct value *v,
			  const char *what, const char **ret, struct err *e)
{
	struct buf b = BUF_INIT(65536);
	bool ok = value_to_json(&b, &p->env, v, e) && buf_ok(&b, what, e);

	*ret = arena_strndup(p->arena, buf_str(&b), b.len);
	buf_done(&b);
	return ok;
}

static bool behaviour(struct plain *p, const struct world_operator *o,
		      const char **ret, struct err *e)
{
	struct value v;

	return !o->behaviour ||
	       (eval(&v, &p->env, p->world->bound, o->behaviour, e) &&
		settings_json(p, &v, "behaviour", ret, e));
}

/* As a program of anyone's reads it: an actor is an address; what JSON's numbers
 * are to many, 53 bits, does not hold is a text. */
static struct value for_anyone(struct plain *p, struct value v)
{
	struct err ignored;
	struct value *items;
	struct addr20 at;

	if (v.kind == VALUE_REF && plain_address(&at, NULL, &v, &ignored))
		return value_text(arena_strdup(p->arena, fmt_addr(&at).s));
	if (v.kind == VALUE_INT && u256_bits(v.num) > 53)
		return value_text(arena_printf(p->arena, "%s%s",
					       v.negative ? "-" : "",
					       fmt_u256(v.num).s));
	if (v.kind != VALUE_LIST && v.kind != VALUE_MAP)
		return v;
	items = ARENA_ARRAY(p->arena, struct value, v.len);
	for (size_t i = 0; i < v.len; i++)
		items[i] = for_anyone(p, v.items[i]);
	v.items = items;
	return v;
}

/* The settings of an operator's platform, as JSON. */
static bool platform(struct plain *p, const struct world_operator *o,
		     const char **ret, struct err *e)
{
	const struct world *w = p->world;
	struct buf b = BUF_INIT(65536);
	bool ok = true;
	size_t n = 0;

	for (size_t i = 0; o->tee && i < w->platforms_n; i++) {
		const struct world_platform *x = &w->platforms[i];

		for (size_t k = 0; ok && !strcmp(x->name, o->tee) &&
				   k < x->settings_n; k++) {
			struct value v;

			buf_addf(&b, "%c\"%s\":", n++ ? ',' : '{',
				 x->settings[k].name);
			ok = eval(&v, &p->env, w->bound, x->settings[k].value,
				  e) &&
			     value_to_json(&b, &p->env, &v, e);
		}
	}
	if (n)
		buf_addc(&b, '}');
	ok = ok && buf_ok(&b, "a platform's settings", e);
	if (ok && n)
		*ret = arena_strndup(p->arena, buf_str(&b), b.len);
	buf_done(&b);
	return ok;
}

/* ["opt-in"] */
static const char *prepare_text(struct arena *a, const struct world_operator *o)
{
	CLEANUP(json_decrefp) json_t *list = json_array();
	CLEANUP(freep) char *text = NULL;

	if (o->prepare_n == 0)
		return NULL;
	for (size_t i = 0; i < o->prepare_n; i++)
		json_array_append_new(list, json_string(o->prepare[i]));
	text = json_text(list);
	return arena_strdup(a, text);
}

static bool process(struct plain *p, const struct world_process *x,
		    struct live_operator *ret, struct err *e)
{
	struct value v;

	*ret = (struct live_operator){
		.name = x->name,
		.program = x->program,
		.other = true,
		.key = x->key,
		.unheard = !x->awaited,
		.process = x->start,
	};
	if (!x->config)
		return true;
	if (!eval(&v, &p->env, p->world->bound, x->config, e))
		return false;
	v = for_anyone(p, v);
	return settings_json(p, &v, "config", &ret->settings, e);
}

bool run_cast(struct arena *a, const struct world *w,
	      struct live_operator **ret, size_t *ret_n, struct err *e)
{
	const size_t most = w->operators_n + w->processes_n;
	struct live_operator *ops = ARENA_ARRAY(a, struct live_operator, most);
	struct plain p = plain(a, w);

	for (size_t i = 0; i < w->operators_n; i++) {
		const struct world_operator *o = &w->operators[i];

		ops[i] = (struct live_operator){
			.name = o->name,
			.tee = o->tee,
			.program = o->program,
			.process = o->process,
			.prepare = prepare_text(a, o),
			.ready = o->joined    ? LIVE_JOINED
				 : o->stake_n ? LIVE_STAKED
					      : LIVE_FUNDED,
		};
		if (!stakes(&p, o, &ops[i], e) ||
		    !behaviour(&p, o, &ops[i].behaviour, e) ||
		    !platform(&p, o, &ops[i].platform, e) ||
		    !first_set(w, o, &ops[i], e))
			return false;
	}
	for (size_t i = 0; i < w->processes_n; i++)
		if (!process(&p, &w->processes[i], &ops[w->operators_n + i], e))
			return false;
	*ret = ops;
	*ret_n = most;
	return true;
}

struct hash32 run_cast_key(const struct live_operator *ops, size_t n)
{
	struct buf b = BUF_INIT(1u << 20);
	struct hash32 key;

	for (size_t i = 0; i < n; i++) {
		const struct live_operator *o = &ops[i];

		if (o->other)
			continue;
		buf_addf(&b, "%s|%s %s|%s#%u|%u|%d|%d\n", o->name,
			 o->tee ? o->tee : "", o->platform ? o->platform : "",
			 o->avs ? o->avs : "", o->set,
			 o->allocation_delay, (int)o->ready, o->process);
		for (size_t j = 0; j < o->stake_n; j++)
			buf_addf(&b, "%s %s %llu\n", o->stake[j].token,
				 fmt_u256(o->stake[j].amount).s,
				 (unsigned long long)o->stake[j].magnitude);
	}
	key = keccak256(b.data, b.len);
	buf_done(&b);
	return key;
}
