#include "scenario/world.h"

#include "base/base.h"
#include "base/nearest.h"
#include "scenario/load_priv.h"

/* Names that every world has without saying so: EigenLayer's contracts, and
 * a contract that forwards calls (`via: relay`). */
static const char *const core_names[][2] = {
	{ "allocationManager", "AllocationManager" },
	{ "delegationManager", "DelegationManager" },
	{ "strategyManager", "StrategyManager" },
	{ "avsDirectory", "AVSDirectory" },
	{ "rewardsCoordinator", "RewardsCoordinator" },
	{ "permissionController", "PermissionController" },
	{ "eigenPodManager", "EigenPodManager" },
	{ "keyRegistrar", "KeyRegistrar" },
	{ "releaseManager", "ReleaseManager" },
	{ "strategyFactory", "StrategyFactory" },
	{ "pauserRegistry", "PauserRegistry" },
};

/* Accounts that EigenLayer's recipe gives rights to. */
static const char *const core_roles[] = { "rewardsUpdater" };

void load_world_core(struct arena *a, struct world *w)
{
	struct world_contract *c = ARENA_ARRAY(a, struct world_contract,
					       ARRAY_LEN(core_names));

	for (size_t i = 0; i < ARRAY_LEN(core_names); i++)
		c[i] = (struct world_contract){ .name = core_names[i][0],
						.artifact = core_names[i][1],
						.core = true };
	w->contracts = c;
	w->contracts_n = ARRAY_LEN(core_names);
	w->roles = arena_memdup(a, core_roles, sizeof(core_roles));
	w->roles_pos = ARENA_ARRAY(a, struct src_pos, ARRAY_LEN(core_roles));
	w->roles_n = ARRAY_LEN(core_roles);
}

#define APPEND(a, list, n, item)                                               \
	((list) = append((a), (list), (n), sizeof(*(list)), (item)), (n)++)

/* A copy of the list, one longer. Worlds are short and built once. */
static void *append(struct arena *a, const void *list, size_t n, size_t size,
		    const void *item)
{
	char *copy = arena_alloc(a, (n + 1) * size);

	if (n)
		memcpy(copy, list, n * size);
	memcpy(copy + n * size, item, size);
	return copy;
}

static bool is_name(const char *s)
{
	if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
	      *s == '_'))
		return false;
	for (; *s; s++)
		if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
		      (*s >= '0' && *s <= '9') || *s == '_'))
			return false;
	return true;
}

/* Whether @name may be given to something new; a finding if not. */
static bool name_free(struct loader *l, const struct world *w,
		      const struct yaml_node *at, const char *name)
{
	static const char *const reserved[] = {
		"head", "now",	"it",	"any",	 "none", "empty", "every",
		"not",	"and",	"or",	"has",	 "true", "false", "matches",
		"block", "time", "floor", "ceil", "eigenlayer", "relay",
		"burnable",
	};

	if (!is_name(name)) {
		load_note(l, at, NULL,
			  "`%s` is no name: letters, digits and `_`", name);
		return false;
	}
	for (size_t i = 0; i < ARRAY_LEN(reserved); i++)
		if (!strcmp(name, reserved[i])) {
			load_note(l, at, NULL,
				  "`%s` means something in the language", name);
			return false;
		}
	if (world_find(w, name, NULL, NULL) == REF_NONE)
		return true;
	load_note(l, at, NULL, "`%s` is already defined in this world", name);
	return false;
}

static void load_eigenlayer(struct loader *l, struct world *w,
			    const struct yaml_node *n)
{
	const struct yaml_node *tamper = yaml_get(n, "tamper");
	const struct yaml_node *release = yaml_get(n, "release");
	const struct yaml_node *delays = yaml_get(n, "delays");

	if (!load_is(l, n, YAML_MAP, "`eigenlayer`"))
		return;
	load_known_keys(l, n, &keys_eigenlayer, NULL);
	if (release && w->release)
		load_note(l, release, NULL,
			  "this world's EigenLayer is %s already", w->release);
	else if (release)
		w->release = load_scalar(l, release, "a release");
	if (tamper)
		w->tamper = load_scalar(l, tamper, "`tamper`");
	if (w->tamper && world_find(w, w->tamper, NULL, NULL) != REF_CONTRACT)
		load_note(l, tamper, NULL, "there is no contract `%s`",
			  w->tamper);
	if (!delays)
		return;
	w->has_delays = true;
	if (delays->kind == YAML_SCALAR && !strcmp(delays->text, "fast"))
		w->delays = DELAYS_FAST;
	else if (delays->kind == YAML_SCALAR &&
		 !strcmp(delays->text, "mainnet"))
		w->delays = DELAYS_MAINNET;
	else
		load_note(l, delays, NULL,
			  delays->text[0] == '$'
				  ? "delays are `fast` or `mainnet`; from row "
				    "to row, a column `eigenlayer.delays` of "
				    "`cases` says which"
				  : "delays are `fast` or `mainnet`");
}

static void load_tokens(struct loader *l, struct world *w,
			const struct yaml_node *n)
{

	if (!load_is(l, n, YAML_MAP, "`tokens`"))
		return;
	for (size_t i = 0; i < n->n; i++) {
		const struct yaml_pair *p = &n->pairs[i];
		const struct yaml_node *d = yaml_get(p->value, "decimals");
		struct world_token t = { .name = p->key->text,
					 .pos = p->key->pos, .decimals = 18,
					 .plain = !yaml_get(l->doc->root,
							    "contracts") };

		if (!name_free(l, w, p->key, t.name) ||
		    !load_is(l, p->value, YAML_MAP, "a token"))
			continue;
		load_known_keys(l, p->value, &keys_token, NULL);
		if (d) {
			const struct expr *x = expr_node(l->arena, d);
			uint64_t v = 256;

			if (x->kind == EXPR_NUMBER)
				(void)u256_fits_u64(&v, x->number);
			if (v > 77)
				load_note(l, d, NULL,
					  "decimals are a number up to 77");
			else
				t.decimals = (unsigned)v;
		}
		APPEND(l->arena, w->tokens, w->tokens_n, &t);
	}
}

/* What a continuing file says anew, replaced in place. */
static void *replace(struct arena *a, const void *list, size_t n, size_t size,
		     size_t i, const void *item)
{
	char *copy = arena_memdup(a, list, n * size);

	memcpy(copy + i * size, item, size);
	return copy;
}

/* Another value for a parameter of the script that a world is continued with. */
static void load_parameter(struct loader *l, struct world *w,
			   const struct yaml_node *at, const struct binding *b)
{
	const char *names[64];
	size_t n = 0;

	for (size_t i = 0; i < w->deploys_n; i++) {
		struct world_deploy d = w->deploys[i];

		for (size_t k = 0; k < d.with_n; k++) {
			if (n < ARRAY_LEN(names))
				names[n++] = d.with[k].name;
			if (strcmp(d.with[k].name, b->name) != 0)
				continue;
			d.with = replace(l->arena, d.with, d.with_n,
					 sizeof(*b), k, b);
			w->deploys = replace(l->arena, w->deploys,
					     w->deploys_n, sizeof(d), i, &d);
			return;
		}
	}
	load_note(l, at, nearest_name(b->name, names, n),
		  "the world's script has no parameter `%s`", b->name);
}

static void load_contracts(struct loader *l, struct world *w,
			   const struct yaml_node *n)
{
	const struct yaml_node *script, *names, *with;
	struct world_deploy d = { .pos = n->pos };

	if (!load_is(l, n, YAML_MAP, "`contracts`"))
		return;
	load_known_keys(l, n, &keys_contracts, NULL);
	script = yaml_get(n, "script");
	names = yaml_get(n, "names");
	with = yaml_get(n, "with");
	if (with)
		(void)load_bindings(l, with, "`with`", &d.with, &d.with_n);
	if (with && !script && !names && w->deploys_n) {
		for (size_t i = 0; i < d.with_n; i++)
			load_parameter(l, w, with->pairs[i].key, &d.with[i]);
		return;
	}
	if (!script || !names) {
		load_note(l, n, NULL,
			  "`contracts` wants `script: path` and `names: "
			  "{name: Artifact}`, or `with:` alone where a world "
			  "is continued that has them");
		return;
	}
	d.script = load_scalar(l, script, "a forge script");
	d.pos = script->pos;
	if (d.script)
		APPEND(l->arena, w->deploys, w->deploys_n, &d);
	if (!load_is(l, names, YAML_MAP, "`names`"))
		return;
	for (size_t i = 0; i < names->n; i++) {
		const struct yaml_pair *p = &names->pairs[i];
		struct world_contract c = { .name = p->key->text,
					    .pos = p->key->pos,
					    .artifact_pos = p->value->pos };

		c.artifact = load_scalar(l, p->value, "an artifact");
		if (c.artifact && name_free(l, w, p->key, c.name))
			APPEND(l->arena, w->contracts, w->contracts_n, &c);
	}
}

static void load_sets(struct loader *l, struct world_avs *avs,
		      const struct yaml_node *n)
{
	struct world_set *sets;

	if (!load_is(l, n, YAML_LIST, "`sets`"))
		return;
	sets = ARENA_ARRAY(l->arena, struct world_set, n->n);
	for (size_t i = 0; i < n->n; i++) {
		const struct yaml_node *s = yaml_get(n->items[i],
						     "strategies");

		if (!load_is(l, n->items[i], YAML_MAP, "a set"))
			return;
		load_known_keys(l, n->items[i], &keys_set, NULL);
		if (!s)
			load_note(l, n->items[i], NULL,
				  "a set wants `strategies: [TOKEN]`");
		else
			(void)load_names(l, s, "strategies",
					 &sets[i].strategies,
					 &sets[i].strategies_n);
	}
	avs->sets = sets;
	avs->sets_n = n->n;
}

static void load_avs(struct loader *l, struct world *w,
		     const struct yaml_node *n)
{

	if (!load_is(l, n, YAML_MAP, "`avs`"))
		return;
	for (size_t i = 0; i < n->n; i++) {
		const struct yaml_pair *p = &n->pairs[i];
		struct world_avs avs = { .name = p->key->text,
					 .pos = p->key->pos };
		const struct yaml_node *v;
		size_t at = 0;

		if (!load_is(l, p->value, YAML_MAP, "an AVS"))
			continue;
		load_known_keys(l, p->value, &keys_avs, NULL);
		if ((v = yaml_get(p->value, "contract")))
			avs.contract = load_scalar(l, v, "a contract");
		if ((v = yaml_get(p->value, "sets")))
			load_sets(l, &avs, v);
		if ((v = yaml_get(p->value, "wad")))
			avs.wad = expr_node(l->arena, v);
		if (world_find(w, avs.name, &at, NULL) == REF_AVS &&
		    w->avs[at].pos.file != l->doc->file)
			w->avs = replace(l->arena, w->avs, w->avs_n,
					 sizeof(*w->avs), at, &avs);
		else if (name_free(l, w, p->key, avs.name))
			APPEND(l->arena, w->avs, w->avs_n, &avs);
	}
}

static void load_roles(struct loader *l, struct world *w,
		       const struct yaml_node *n)
{
	if (!load_is(l, n, YAML_LIST, "`roles`"))
		return;
	for (size_t i = 0; i < n->n; i++) {
		const char *s = load_scalar(l, n->items[i], "a role");
		size_t k = w->roles_n, at = 0;

		/* Said again by a continuing file, it is the same account. */
		if (s && world_find(w, s, &at, NULL) == REF_ROLE &&
		    w->roles_pos[at].file != l->doc->file)
			continue;
		if (!s || !name_free(l, w, n->items[i], s))
			continue;
		APPEND(l->arena, w->roles, w->roles_n, &s);
		w->roles_pos = append(l->arena, w->roles_pos, k,
				      sizeof(*w->roles_pos),
				      &n->items[i]->pos);
	}
}

static void load_stake(struct loader *l, struct world_operator *o,
		       const struct yaml_node *n)
{
	const struct expr *x;
	struct world_stake *stake;

	if (n->kind == YAML_MAP) {
		stake = ARENA_ARRAY(l->arena, struct world_stake, n->n);
		for (size_t i = 0; i < n->n; i++)
			stake[i] = (struct world_stake){
				n->pairs[i].key->text,
				expr_node(l->arena, n->pairs[i].value)
			};
		o->stake = stake;
		o->stake_n = n->n;
		return;
	}
	x = expr_node(l->arena, n);
	if (x->kind != EXPR_NUMBER || x->unit != UNIT_TOKEN) {
		load_note(l, n, NULL,
			  "a stake is an amount, `1000 PHA`, or a map of "
			  "tokens to amounts");
		return;
	}
	stake = ARENA_NEW(l->arena, struct world_stake);
	*stake = (struct world_stake){ x->name, x };
	o->stake = stake;
	o->stake_n = 1;
}

static bool load_switch(struct loader *l, const struct yaml_node *n,
			const char *what, bool *ret)
{
	const char *s = load_scalar(l, n, what);

	if (!s)
		return false;
	*ret = !strcmp(s, "on") || !strcmp(s, "yes");
	if (!*ret && strcmp(s, "off") && strcmp(s, "no"))
		load_note(l, n, NULL, "%s is on or off", what);
	return true;
}

static void load_prepare(struct loader *l, const struct yaml_node *n,
			 struct world_operator *o)
{
	static const char *const steps[] = { "register", "deposit", "allocate",
					     "opt-in" };

	if (!load_names(l, n, "`prepare`", &o->prepare, &o->prepare_n))
		return;
	for (size_t i = 0; i < o->prepare_n; i++) {
		const char *name = o->prepare[i];
		size_t k = 0;

		while (k < ARRAY_LEN(steps) && strcmp(steps[k], name) != 0)
			k++;
		if (k == ARRAY_LEN(steps))
			load_note(l, n,
				  nearest_name(name, steps, ARRAY_LEN(steps)),
				  "`prepare` is a list of register, deposit, "
				  "allocate and opt-in; `%s` is none of them",
				  name);
	}
}

static struct world_operator load_operator(struct loader *l,
					   const struct yaml_node *n)
{
	struct world_operator o = { .process = true };
	const struct yaml_node *v;

	load_known_keys(l, n, &keys_operator, NULL);
	if ((v = yaml_get(n, "tee")))
		o.tee = load_scalar(l, v, "a platform");
	if ((v = yaml_get(n, "stake")))
		load_stake(l, &o, v);
	if ((v = yaml_get(n, "allocate")))
		o.allocate = expr_node(l->arena, v);
	if ((v = yaml_get(n, "sets")))
		(void)load_names(l, v, "`sets`", &o.sets, &o.sets_n);
	if ((v = yaml_get(n, "joined")))
		(void)load_switch(l, v, "`joined`", &o.joined);
	if ((v = yaml_get(n, "process")))
		(void)load_switch(l, v, "`process`", &o.process);
	if ((v = yaml_get(n, "program"))) {
		o.program = load_scalar(l, v, "a program");
		o.program_pos = v->pos;
	}
	if ((v = yaml_get(n, "behaviour")))
		o.behaviour = expr_node(l->arena, v);
	if ((v = yaml_get(n, "prepare")))
		load_prepare(l, v, &o);
	return o;
}

/* How many names stand in "alice, bob". */
static size_t names_in(const char *s)
{
	size_t n = 0;

	for (; *s; n++) {
		s += strcspn(s, ", ");
		s += strspn(s, ", ");
	}
	return n;
}

/* Room behind those of the world that it goes on from, which stay its own. */
static struct world_operator *room_for(struct loader *l, const struct world *w,
				       const struct yaml_node *n)
{
	struct world_operator *list;
	size_t most = w->operators_n;

	for (size_t i = 0; i < n->n; i++)
		most += names_in(n->pairs[i].key->text);
	list = ARENA_ARRAY(l->arena, struct world_operator, most);
	for (size_t i = 0; i < w->operators_n; i++)
		list[i] = w->operators[i];
	return list;
}

/* `alice, bob: {…}` - the same for several. */
static void load_operators(struct loader *l, struct world *w,
			   const struct yaml_node *n)
{
	struct world_operator *list;

	if (!load_is(l, n, YAML_MAP, "`operators`"))
		return;
	w->operators = list = room_for(l, w, n);
	for (size_t i = 0; i < n->n; i++) {
		const struct yaml_pair *p = &n->pairs[i];
		struct world_operator o;
		const char *s = p->key->text;

		if (!load_is(l, p->value, YAML_MAP, "an operator"))
			continue;
		o = load_operator(l, p->value);
		while (*s) {
			size_t len = strcspn(s, ", ");

			o.name = arena_strndup(l->arena, s, len);
			o.pos = p->key->pos;
			o.pos.col += expr_chars(p->key->text,
						(size_t)(s - p->key->text));
			if (name_free(l, w, p->key, o.name))
				list[w->operators_n++] = o;
			s += len + strspn(s + len, ", ");
		}
	}
}

static void load_aggregator(struct loader *l, struct world *w,
			    const struct yaml_node *n)
{
	struct world_aggregator a = { .pos = n->pos };
	const struct yaml_node *v;

	if (!load_is(l, n, YAML_MAP, "`aggregator`"))
		return;
	load_known_keys(l, n, &keys_aggregator, NULL);
	if ((v = yaml_get(n, "interval")))
		a.interval = expr_node(l->arena, v);
	if ((v = yaml_get(n, "maxAge")))
		a.max_age = expr_node(l->arena, v);
	if (w->avs_n != 1 || !w->avs[0].contract)
		load_note(l, n, NULL,
			  "an aggregator wants a world of one AVS that is a "
			  "contract: it judges the quotes");
	w->aggregator = arena_memdup(l->arena, &a, sizeof(a));
}

static struct world_process load_process(struct loader *l,
					 const struct yaml_node *n)
{
	struct world_process x = { .start = true, .awaited = true };
	const struct yaml_node *v;

	load_known_keys(l, n, &keys_process, NULL);
	if ((v = yaml_get(n, "program"))) {
		x.program = load_scalar(l, v, "a program");
		x.program_pos = v->pos;
	}
	if ((v = yaml_get(n, "key")))
		x.key = load_scalar(l, v, "whose key it has");
	if ((v = yaml_get(n, "config")))
		x.config = expr_node(l->arena, v);
	if ((v = yaml_get(n, "start")))
		(void)load_switch(l, v, "`start`", &x.start);
	if ((v = yaml_get(n, "awaited")))
		(void)load_switch(l, v, "`awaited`", &x.awaited);
	return x;
}

static void load_processes(struct loader *l, struct world *w,
			   const struct yaml_node *n)
{
	if (!load_is(l, n, YAML_MAP, "`processes`"))
		return;
	for (size_t i = 0; i < n->n; i++) {
		const struct yaml_pair *p = &n->pairs[i];
		struct world_process x;

		if (!load_is(l, p->value, YAML_MAP, "a process"))
			continue;
		x = load_process(l, p->value);
		x.name = p->key->text;
		x.pos = p->key->pos;
		if (!yaml_get(p->value, "program"))
			load_note(l, p->key, NULL,
				  "a process wants `program`, an executable of "
				  "the checkout");
		else if (x.program && name_free(l, w, p->key, x.name))
			APPEND(l->arena, w->processes, w->processes_n, &x);
	}
}

static void load_platforms(struct loader *l, struct world *w,
			   const struct yaml_node *n)
{
	if (!load_is(l, n, YAML_MAP, "`platforms`"))
		return;
	for (size_t i = 0; i < n->n; i++) {
		const struct yaml_pair *p = &n->pairs[i];
		struct world_platform x = { .name = p->key->text,
					    .pos = p->key->pos };
		size_t at = 0;

		if (!load_bindings(l, p->value, "a platform", &x.settings,
				   &x.settings_n))
			continue;
		while (at < w->platforms_n &&
		       strcmp(w->platforms[at].name, x.name) != 0)
			at++;
		if (at == w->platforms_n)
			APPEND(l->arena, w->platforms, w->platforms_n, &x);
		else
			w->platforms = replace(l->arena, w->platforms,
					       w->platforms_n,
					       sizeof(*w->platforms), at, &x);
	}
}

static void load_watch(struct loader *l, struct world *w,
		       const struct yaml_node *n)
{
	if (!load_is(l, n, YAML_LIST, "`watch`"))
		return;
	for (size_t i = 0; i < n->n; i++) {
		const struct expr *x = expr_node(l->arena, n->items[i]);

		APPEND(l->arena, w->watch, w->watch_n, &x);
	}
}

static void load_table(struct loader *l, struct world *w,
		       const struct yaml_node *n)
{
	const struct binding *columns;
	size_t columns_n;

	if (!load_bindings(l, n, "`table`", &columns, &columns_n))
		return;
	for (size_t i = 0; i < columns_n; i++)
		APPEND(l->arena, w->table, w->table_n, &columns[i]);
}

static void each_name(struct loader *l, struct world *w,
		      const struct yaml_node *n, const char *what,
		      void (*one)(struct loader *, struct world *,
				  const struct yaml_node *))
{
	if (!load_is(l, n, YAML_LIST, what))
		return;
	for (size_t i = 0; i < n->n; i++)
		if (load_scalar(l, n->items[i], what))
			one(l, w, n->items[i]);
}

static void load_verbs(struct loader *l, struct world *w,
		       const struct yaml_node *n)
{
	each_name(l, w, n, "`verbs`", load_verb_folder);
}

static void load_invariants(struct loader *l, struct world *w,
			    const struct yaml_node *n)
{
	each_name(l, w, n, "`invariants`", load_invariant);
}

struct world_key {
	const char *name;
	void (*load)(struct loader *l, struct world *w,
		     const struct yaml_node *n);
};

/* In the order in which they are read, whatever the file's. */
static const struct world_key world_keys[] = {
	{ "eigenlayer", load_eigenlayer }, { "tokens", load_tokens },
	{ "contracts", load_contracts },   { "avs", load_avs },
	{ "roles", load_roles },	   { "operators", load_operators },
	{ "aggregator", load_aggregator },
	{ "processes", load_processes },   { "platforms", load_platforms },
	{ "watch", load_watch },	   { "table", load_table },
	{ "verbs", load_verbs },	   { "invariants", load_invariants },
};

void load_world_keys(struct loader *l, struct world *w,
		     const struct yaml_node *root)
{
	APPEND(l->arena, w->files, w->files_n, &l->doc);
	for (size_t i = 0; i < ARRAY_LEN(world_keys); i++) {
		const struct yaml_node *v = yaml_get(root, world_keys[i].name);

		if (v)
			world_keys[i].load(l, w, v);
	}
	load_world_check(l, w, root);
}
