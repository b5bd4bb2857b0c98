/*
 * TEEs: the hosts that a world has for them, what Intel says of these, and
 * operators that are asked for a quote and have none to give.
 */
#include "base/base.h"
#include "base/nearest.h"
#include "eth/tee_host.h"
#include "scenario/check_priv.h"

/* --- platforms --------------------------------------------------------------------- */

/* What is wrong is said, and then taken for what is not known yet. */
static bool check_setting(struct checker *c, const struct world_platform *p,
			  json_t *settings)
{
	const struct binding *b = NULL;
	struct err why = ERR_INIT;
	const char *key;

	if (tee_host_check(settings, &key, &why))
		return true;
	for (size_t i = 0; i < p->settings_n; i++)
		if (!strcmp(p->settings[i].name, key))
			b = &p->settings[i];
	if (!b)
		return true;
	check_said(c, b->value->pos, b->value->width, p->name, &why);
	json_object_set_new(settings, b->name, json_null());
	return false;
}

static void check_platform(struct checker *c, const struct world_platform *p)
{
	CLEANUP(json_decrefp) json_t *settings = json_object();

	for (size_t i = 0; i < p->settings_n; i++) {
		const struct binding *b = &p->settings[i];
		CLEANUP(json_decrefp) json_t *one = json_pack("{s:n}", b->name);
		struct err why = ERR_INIT;
		const char *key;
		json_t *v;

		if (!tee_host_check(one, &key, &why)) {
			check_said(c, b->pos,
				   expr_chars(b->name, strlen(b->name)),
				   p->name, &why);
			continue;
		}
		v = check_constant(c, b->value);
		json_object_set_new(settings, b->name, v ? v : json_null());
	}
	while (!check_setting(c, p, settings))
		continue;
}

/* --- what Intel says ----------------------------------------------------------------- */

static const char *nearest_with_tee(struct checker *c, const char *name)
{
	const struct world *w = c->world;
	const char **names = ARENA_ARRAY(c->arena, const char *,
					 w->operators_n + 1);
	size_t n = 0;

	for (size_t i = 0; i < w->operators_n; i++)
		if (w->operators[i].tee)
			names[n++] = w->operators[i].name;
	return nearest_name(name, names, n);
}

/* Intel speaks of platforms by the operators that run on them. */
static void check_spoken_of(struct checker *c, struct src_pos pos,
			    const char *name)
{
	size_t i = 0;

	if (world_find(c->world, name, &i, NULL) == REF_OPERATOR &&
	    c->world->operators[i].tee)
		return;
	check_note(c, pos, expr_chars(name, strlen(name)),
		   nearest_with_tee(c, name),
		   "`says` names operators that have a TEE; `%s` is none",
		   name);
}

static void check_revoked(struct checker *c, const struct expr *x,
			  const char *key)
{
	if (x->kind != EXPR_LIST && x->kind != EXPR_VAR)
		check_at(c, x, arena_printf(c->arena, "[%s]",
					    check_source(c, x)),
			 "`%s` takes a list of operators", key);
	for (size_t i = 0; x->kind == EXPR_LIST && i < x->n; i++)
		if (x->items[i]->kind == EXPR_NAME)
			check_spoken_of(c, x->items[i]->pos, x->items[i]->name);
}

static void check_status(struct checker *c, const struct frame *f,
			 const struct expr *x)
{
	const struct var *v = x->kind == EXPR_VAR ? check_var(f, x->name)
						  : NULL;
	struct err why = ERR_INIT;
	const char *ignored;

	for (size_t i = 0; v && i < v->cells_n; i++)
		check_status(c, v->cells_in, v->cells[i]);
	if (x->kind == EXPR_NAME && !tee_status_find(&ignored, x->name, &why))
		check_said(c, x->pos, x->width, "status", &why);
}

static void check_statuses(struct checker *c, const struct frame *f,
			   const struct expr *x)
{
	if (x->kind != EXPR_MAP && x->kind != EXPR_VAR)
		check_at(c, x, NULL,
			 "`status` takes a map: `{alice: OutOfDate}`");
	for (size_t i = 0; x->kind == EXPR_MAP && i < x->n; i++) {
		if (x->keys[i][0] != '$')
			check_spoken_of(c, x->key_pos[i], x->keys[i]);
		check_status(c, f, x->items[i]);
	}
}

static void check_recoveries(struct checker *c, const struct expr *x)
{
	if (x->kind == EXPR_NUMBER &&
	    u256_cmp(x->number, u256_from_u64(TEE_RECOVERIES_MAX)) > 0)
		check_at(c, x, NULL, "`bar` is 0 to %u", TEE_RECOVERIES_MAX);
}

void check_says(struct checker *c, const struct frame *f, const struct expr *x)
{
	static const char *const members[] = { TEE_SAYS };
	const struct var *v = x->kind == EXPR_VAR ? check_var(f, x->name)
						  : NULL;

	for (size_t i = 0; v && i < v->cells_n; i++)
		check_says(c, v->cells_in, v->cells[i]);
	for (size_t i = 0; x->kind == EXPR_MAP && i < x->n; i++) {
		const char *key = x->keys[i];
		const struct expr *is = x->items[i];

		if (!strcmp(key, "revoke") || !strcmp(key, "restore"))
			check_revoked(c, is, key);
		else if (!strcmp(key, "status"))
			check_statuses(c, f, is);
		else if (!strcmp(key, "bar"))
			check_recoveries(c, is);
		else
			check_note(c, x->key_pos[i],
				   expr_chars(key, strlen(key)),
				   nearest_name(key, members,
						ARRAY_LEN(members)),
				   "`says` has no `%s`%s; it takes revoke, "
				   "restore, status and bar",
				   key,
				   strcmp(key, "at")
					   ? ""
					   : ": the time is `intel:`'s own");
	}
}

/* --- operators without one ------------------------------------------------------------ */

static const char *cure(struct checker *c)
{
	const struct world *w = c->world;

	return w->platforms_n
		       ? arena_printf(c->arena, "tee: %s", w->platforms[0].name)
		       : "tee: tdx";
}

void check_has_tee(struct checker *c, const struct expr *x, const char *name)
{
	size_t i = 0;

	if (world_find(c->world, name, &i, NULL) == REF_OPERATOR &&
	    !c->world->operators[i].tee)
		check_at(c, x, NULL, "%s has no TEE: say `%s` for it", name,
			 cure(c));
}

/* The contract of the operator's AVS, if that judges quotes. */
static const char *judge_of(struct checker *c, const struct world_operator *o)
{
	static const char asks[] = "reportData(address,uint64)";
	const struct world *w = c->world;
	const char *contract = NULL;
	const struct abi *abi;
	size_t avs = 0;

	if (!w->avs_n || (o->sets_n && world_find(w, o->sets[0], &avs, NULL) !=
					       REF_SET))
		return NULL;
	contract = w->avs[avs].contract;
	abi = contract ? check_abi(c, contract) : NULL;
	return abi && abi_function(abi, asks, NULL) ? contract : NULL;
}

/* Who joins by its program hands in a quote. Another program than ours may
 * have it from elsewhere. */
static bool lacks_quote(struct checker *c, const struct world_operator *o,
			const char **ret_judge)
{
	if (o->tee || o->program)
		return false;
	*ret_judge = judge_of(c, o);
	return *ret_judge != NULL;
}

static bool opts_in(const struct world_operator *o)
{
	for (size_t i = 0; i < o->prepare_n; i++)
		if (!strcmp(o->prepare[i], "opt-in"))
			return true;
	return o->joined;
}

void check_tees(struct checker *c)
{
	const struct world *w = c->world;
	const char *judge;

	for (size_t i = 0; i < w->platforms_n; i++)
		if (check_new(c, w->platforms[i].pos))
			check_platform(c, &w->platforms[i]);
	for (size_t i = 0; i < w->operators_n; i++) {
		const struct world_operator *o = &w->operators[i];

		if (opts_in(o) && lacks_quote(c, o, &judge) &&
		    check_new(c, o->pos))
			check_note(c, o->pos,
				   expr_chars(o->name, strlen(o->name)), NULL,
				   "%s joins before the first step, and %s "
				   "asks for a quote of its TEE: say `%s`",
				   o->name, judge, cure(c));
	}
}

static bool is_named(const struct expr *x, const char *var)
{
	return x && x->kind == EXPR_VAR && !strcmp(x->name, var);
}

static bool runs_opt_in(const struct step *s)
{
	const char *word = s->verb == VERB_RUN && s->words_n
				   ? check_written(s->words[0])
				   : NULL;

	return word && !strcmp(word, "opt-in");
}

/* Whether a verb has the operator that it is given join by its program. */
static bool joins(const struct verb_def *def, const char *var, unsigned depth)
{
	for (size_t i = 0; i < def->steps.n; i++) {
		const struct step *s = def->steps.steps[i];

		if (!is_named(s->main, var))
			continue;
		if (runs_opt_in(s))
			return true;
		if (s->def && depth < VERB_DEPTH_MAX &&
		    joins(s->def, s->def->takes[0].name, depth + 1))
			return true;
	}
	return false;
}

static void check_joiner(struct checker *c, const struct expr *x)
{
	const char *judge;
	size_t i = 0;

	if (x->kind == EXPR_NAME &&
	    world_find(c->world, x->name, &i, NULL) == REF_OPERATOR &&
	    lacks_quote(c, &c->world->operators[i], &judge))
		check_at(c, x, NULL,
			 "%s has no TEE, and %s asks for a quote of it: say "
			 "`%s` for %s",
			 x->name, judge, cure(c), x->name);
}

void check_joins(struct checker *c, const struct step *s)
{
	const bool many = s->main && s->main->kind == EXPR_LIST;
	const bool joining = runs_opt_in(s) ||
			     (s->def && joins(s->def, s->def->takes[0].name,
					      0));

	/* Who says what comes of it knows. */
	if (!joining || !s->main || s->expect.returns || s->expect.reverts)
		return;
	for (size_t i = 0; i < (many ? s->main->n : 1); i++)
		check_joiner(c, many ? s->main->items[i] : s->main);
}
