#include "base/base.h"
#include "base/hex.h"
#include "base/name.h"
#include "scenario/load_priv.h"

#define FIND(list, n, index)                                                   \
	find_name((list), (n), sizeof(*(list)), name, (index))

/* The names of all lists of a world come first in their structs. */
static bool find_name(const void *list, size_t n, size_t size,
		      const char *name, size_t *ret)
{
	for (size_t i = 0; i < n; i++) {
		const char *const *at = (const void *)((const char *)list +
						       i * size);

		if (name_eq(*at, name)) {
			*ret = i;
			return true;
		}
	}
	return false;
}

static enum ref_kind find_set(const struct world *w, const char *name,
			      size_t *ret_avs, size_t *ret_set)
{
	const char *hash = strchr(name, '#');
	struct err e = ERR_INIT;
	uint64_t id = 0;

	if (!hash || !dec_u64(&id, hash + 1, &e))
		return REF_NONE;
	for (size_t i = 0; i < w->avs_n; i++) {
		const char *avs = w->avs[i].name;
		size_t n = (size_t)(hash - name);

		if (strlen(avs) == n && !strncmp(avs, name, n) &&
		    id < w->avs[i].sets_n) {
			*ret_avs = i;
			*ret_set = (size_t)id;
			return REF_SET;
		}
	}
	return REF_NONE;
}

enum ref_kind world_find(const struct world *w, const char *name,
			 size_t *ret_index, size_t *ret_set)
{
	size_t index = 0, set = 0;
	enum ref_kind kind = REF_NONE;

	if (strchr(name, '#'))
		kind = find_set(w, name, &index, &set);
	else if (FIND(w->operators, w->operators_n, &index))
		kind = REF_OPERATOR;
	else if (FIND(w->roles, w->roles_n, &index))
		kind = REF_ROLE;
	else if (FIND(w->contracts, w->contracts_n, &index))
		kind = REF_CONTRACT;
	else if (FIND(w->tokens, w->tokens_n, &index))
		kind = REF_TOKEN;
	else if (FIND(w->avs, w->avs_n, &index))
		kind = REF_AVS;
	else if (FIND(w->processes, w->processes_n, &index))
		kind = REF_PROCESS;
	else if (name_eq(name, "eigenlayer"))
		kind = REF_EIGENLAYER;
	if (ret_index)
		*ret_index = index;
	if (ret_set)
		*ret_set = set;
	return kind;
}

const struct verb_def *world_verb(const struct world *w, const char *name)
{
	for (size_t i = 0; i < w->verbs_n; i++)
		if (!strcmp(w->verbs[i]->name, name))
			return w->verbs[i];
	return NULL;
}

const char *world_artifact(const struct world *w, const char *name)
{
	const char *dot = strchr(name, '.');
	size_t i = 0;
	enum ref_kind kind = world_find(w, name, &i, NULL);

	/* `TOK.strategy`: EigenLayer's contract for a token. */
	for (size_t t = 0; dot && !strcmp(dot, ".strategy") && t < w->tokens_n;
	     t++)
		if (!strncmp(w->tokens[t].name, name, (size_t)(dot - name)) &&
		    !w->tokens[t].name[dot - name])
			return "StrategyBase";
	if (kind == REF_CONTRACT)
		return w->contracts[i].artifact;
	if (kind == REF_TOKEN)
		return w->tokens[i].plain ? "TestToken" : w->tokens[i].name;
	if (kind == REF_AVS && w->avs[i].contract)
		return world_artifact(w, w->avs[i].contract);
	return NULL;
}

/* The same definition, reached by two ways: the same name and place. */
static bool same_thing(const void *a, const void *b, size_t pos_at)
{
	const struct src_pos *x = (const void *)((const char *)a + pos_at);
	const struct src_pos *y = (const void *)((const char *)b + pos_at);

	return !strcmp(*(const char *const *)a, *(const char *const *)b) &&
	       x->file == y->file && x->line == y->line && x->col == y->col;
}

/* One list of a world continued: those of @from that @into has not yet. */
static void merge_list(struct loader *l, const struct world *into,
		       void *ret_list, size_t *n, const void *from,
		       size_t from_n, size_t size, size_t pos_at)
{
	const void **list = ret_list;
	char *all = arena_alloc(l->arena, (*n + from_n) * size);
	size_t kept = *n;

	if (kept)
		memcpy(all, *list, kept * size);
	for (size_t i = 0; i < from_n; i++) {
		const char *item = (const char *)from + i * size;
		const char *name = *(const char *const *)(const void *)item;
		const struct src_pos *pos =
			(const void *)(item + pos_at);
		bool same = false;

		for (size_t j = 0; j < *n; j++)
			same |= same_thing(all + j * size, item, pos_at);
		if (same)
			continue;
		if (world_find(into, name, NULL, NULL) != REF_NONE)
			load_note_at(l, *pos, expr_chars(name, strlen(name)),
				     NULL,
				     "`%s` is defined in two of the worlds "
				     "that are continued",
				     name);
		memcpy(all + kept++ * size, item, size);
	}
	*list = all;
	*n = kept;
}

#define MERGE(member, type)                                                    \
	merge_list(l, &was, &into->member, &into->member##_n, base->member,    \
		   base->member##_n, sizeof(struct type),                      \
		   offsetof(struct type, pos))

static void merge_pointers(struct arena *a, const void *ret_list, size_t *n,
			   const void *const *from, size_t from_n)
{
	const void ***list = (const void ***)(uintptr_t)ret_list;
	const void **all = ARENA_ARRAY(a, const void *, *n + from_n);
	size_t kept = *n;

	if (kept)
		memcpy(all, *list, kept * sizeof(*all));
	for (size_t i = 0; i < from_n; i++) {
		bool same = false;

		for (size_t j = 0; j < kept; j++)
			same |= all[j] == from[i];
		if (!same)
			all[kept++] = from[i];
	}
	*list = all;
	*n = kept;
}

static void merge_roles(struct loader *l, struct world *into,
			const struct world *was, const struct world *base)
{
	size_t n = into->roles_n, most = n + base->roles_n;
	const char **names = ARENA_ARRAY(l->arena, const char *, most);
	struct src_pos *pos = ARENA_ARRAY(l->arena, struct src_pos, most);

	if (n) {
		memcpy(names, into->roles, n * sizeof(*names));
		memcpy(pos, into->roles_pos, n * sizeof(*pos));
	}
	for (size_t i = 0; i < base->roles_n; i++) {
		enum ref_kind k = world_find(was, base->roles[i], NULL, NULL);

		/* Two worlds may both have a carol: she is an account. */
		if (k == REF_ROLE)
			continue;
		if (k != REF_NONE)
			load_note_at(l, base->roles_pos[i], 1, NULL,
				     "`%s` is defined in two of the worlds "
				     "that are continued",
				     base->roles[i]);
		names[n] = base->roles[i];
		pos[n++] = base->roles_pos[i];
	}
	into->roles = names;
	into->roles_pos = pos;
	into->roles_n = n;
}

void load_world_merge(struct loader *l, struct world *into,
		      const struct world *base)
{
	const struct world was = *into;

	if (!into->release)
		into->release = base->release;
	else if (base->release && strcmp(into->release, base->release) != 0)
		load_note_at(l, base->pos, 1, NULL,
			     "one world continues EigenLayer %s and %s",
			     into->release, base->release);
	if (!into->has_delays) {
		into->has_delays = base->has_delays;
		into->delays = base->delays;
	}
	if (!into->aggregator)
		into->aggregator = base->aggregator;
	MERGE(tokens, world_token);
	MERGE(contracts, world_contract);
	MERGE(deploys, world_deploy);
	MERGE(avs, world_avs);
	MERGE(operators, world_operator);
	MERGE(processes, world_process);
	MERGE(platforms, world_platform);
	MERGE(table, binding);
	merge_roles(l, into, &was, base);
	merge_pointers(l->arena, &into->files, &into->files_n,
		       (const void *const *)base->files, base->files_n);
	merge_pointers(l->arena, &into->watch, &into->watch_n,
		       (const void *const *)base->watch, base->watch_n);
	merge_pointers(l->arena, &into->verbs, &into->verbs_n,
		       (const void *const *)base->verbs, base->verbs_n);
	merge_pointers(l->arena, &into->invariants, &into->invariants_n,
		       (const void *const *)base->invariants,
		       base->invariants_n);
}
