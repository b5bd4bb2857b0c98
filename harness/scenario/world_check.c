/*
 * What one definition of a world says about another: platforms of operators,
 * tokens of sets, contracts of AVSs. Only of the file at hand; files that it
 * continues were looked at when they were read.
 */
#include "base/base.h"
#include "base/nearest.h"
#include "scenario/load_priv.h"

static const char *nearest_in(struct loader *l, const struct world *w,
			      enum ref_kind kind, const char *name)
{
	size_t most = w->tokens_n + w->contracts_n + w->avs_n * 64 +
		      w->roles_n + w->operators_n;
	const char **names = ARENA_ARRAY(l->arena, const char *, most + 1);
	size_t n = 0;

	for (size_t i = 0; kind == REF_TOKEN && i < w->tokens_n; i++)
		names[n++] = w->tokens[i].name;
	for (size_t i = 0; kind == REF_CONTRACT && i < w->contracts_n; i++)
		names[n++] = w->contracts[i].name;
	for (size_t i = 0; kind == REF_ROLE && i < w->roles_n; i++)
		names[n++] = w->roles[i];
	for (size_t i = 0; kind == REF_SET && i < w->avs_n; i++)
		for (size_t j = 0; j < w->avs[i].sets_n && n < most; j++)
			names[n++] = arena_printf(l->arena, "%s#%zu",
						  w->avs[i].name, j);
	return nearest_name(name, names, n);
}

/* @n is a name of that kind, or a variable of the matrix. */
static void want_ref(struct loader *l, const struct world *w,
		     const struct yaml_node *n, enum ref_kind kind,
		     const char *what)
{
	if (!n || n->kind != YAML_SCALAR || n->text[0] == '$' ||
	    world_find(w, n->text, NULL, NULL) == kind)
		return;
	load_note(l, n, nearest_in(l, w, kind, n->text),
		  "there is no %s `%s` in this world", what, n->text);
}

static void want_refs(struct loader *l, const struct world *w,
		      const struct yaml_node *n, enum ref_kind kind,
		      const char *what)
{
	for (size_t i = 0; n && n->kind == YAML_LIST && i < n->n; i++)
		want_ref(l, w, n->items[i], kind, what);
}

static void want_platform(struct loader *l, const struct world *w,
			  const struct yaml_node *n)
{
	const char **names = ARENA_ARRAY(l->arena, const char *,
					 w->platforms_n + 1);

	if (!n || n->kind != YAML_SCALAR || n->text[0] == '$')
		return;
	for (size_t i = 0; i < w->platforms_n; i++) {
		names[i] = w->platforms[i].name;
		if (!strcmp(names[i], n->text))
			return;
	}
	load_note(l, n, nearest_name(n->text, names, w->platforms_n),
		  "there is no platform `%s` in this world", n->text);
}

static void check_operators(struct loader *l, const struct world *w,
			    const struct yaml_node *operators)
{
	for (size_t i = 0; i < operators->n; i++) {
		const struct yaml_node *o = operators->pairs[i].value;
		const struct yaml_node *stake = yaml_get(o, "stake");

		want_platform(l, w, yaml_get(o, "tee"));
		want_refs(l, w, yaml_get(o, "sets"), REF_SET, "operator set");
		for (size_t j = 0;
		     stake && stake->kind == YAML_MAP && j < stake->n; j++)
			want_ref(l, w, stake->pairs[j].key, REF_TOKEN,
				 "token");
	}
}

static void check_avs(struct loader *l, const struct world *w,
		      const struct yaml_node *avs)
{
	for (size_t i = 0; i < avs->n; i++) {
		const struct yaml_node *v = avs->pairs[i].value;
		const struct yaml_node *sets = yaml_get(v, "sets");

		want_ref(l, w, yaml_get(v, "contract"), REF_CONTRACT,
			 "contract");
		for (size_t j = 0;
		     sets && sets->kind == YAML_LIST && j < sets->n; j++)
			want_refs(l, w, yaml_get(sets->items[j], "strategies"),
				  REF_TOKEN, "token");
	}
}

static void check_processes(struct loader *l, const struct world *w,
			    const struct yaml_node *processes)
{
	for (size_t i = 0; i < processes->n; i++) {
		const struct yaml_node *key =
			yaml_get(processes->pairs[i].value, "key");

		if (!key || key->kind != YAML_SCALAR)
			continue;
		if (world_find(w, key->text, NULL, NULL) == REF_OPERATOR)
			load_note(l, key, NULL,
				  "the key of %s is its own program's: two that "
				  "count its transactions would be in each "
				  "other's way; name a role",
				  key->text);
		else if (key->text[0] == '$')
			load_note(l, key, NULL,
				  "`key` names a role; no variable can stand "
				  "here");
		else
			want_ref(l, w, key, REF_ROLE, "role");
	}
}

void load_world_check(struct loader *l, const struct world *w,
		      const struct yaml_node *root)
{
	const struct yaml_node *operators = yaml_get(root, "operators");
	const struct yaml_node *avs = yaml_get(root, "avs");
	const struct yaml_node *processes = yaml_get(root, "processes");

	if (operators && operators->kind == YAML_MAP)
		check_operators(l, w, operators);
	if (avs && avs->kind == YAML_MAP)
		check_avs(l, w, avs);
	if (processes && processes->kind == YAML_MAP)
		check_processes(l, w, processes);
}
