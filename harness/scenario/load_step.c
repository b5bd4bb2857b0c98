#include "base/base.h"
#include "base/nearest.h"
#include "scenario/load_priv.h"

static enum common common_find(const char *key)
{
	int i = 0;

	while (i < COMMON__COUNT && strcmp(common_specs[i].name, key) != 0)
		i++;
	return (enum common)i;
}

static const struct verb_def *def_find(const struct loader *l,
				       const char *name)
{
	for (size_t i = 0; l->verbs && i < l->verbs->n; i++)
		if (!strcmp(l->verbs->defs[i]->name, name))
			return l->verbs->defs[i];
	return NULL;
}

/* The part of a scalar from byte @off on, with its place. */
static struct src_pos pos_in(const struct yaml_node *n, size_t off)
{
	struct src_pos pos = n->pos;

	pos.col += expr_chars(n->text, off) +
		   (n->style == YAML_SINGLE || n->style == YAML_DOUBLE);
	return pos;
}

static const struct expr *part(struct loader *l, const struct yaml_node *n,
			       size_t off, size_t len)
{
	return expr_text(l->arena, arena_strndup(l->arena, n->text + off, len),
			 pos_in(n, off));
}

static const struct expr *template(struct loader *l,
				   const struct yaml_node *n, size_t off,
				   size_t len)
{
	return expr_template(l->arena,
			     arena_strndup(l->arena, n->text + off, len),
			     pos_in(n, off));
}

static void load_advance(struct loader *l, struct step *s,
			 const struct yaml_node *n)
{
	static const char *const habits[][2] = {
		{ "until ", "`to` a moment" }, { "till ", "`to` a moment" },
		{ "after ", "`past` a window" }, { "by ", "how far: 5 blocks" },
		{ "for ", "how far: 5 blocks" },
	};
	const char *t = load_scalar(l, n, "how far to advance");
	size_t skip = 0;

	if (!t)
		return;
	for (size_t i = 0; i < ARRAY_LEN(habits); i++)
		if (!strncmp(t, habits[i][0], strlen(habits[i][0]))) {
			load_note(l, n, NULL, "`advance` says %s",
				  habits[i][1]);
			return;
		}
	if (!strncmp(t, "to ", 3)) {
		s->advance = ADVANCE_TO;
		skip = 3;
	} else if (!strncmp(t, "past ", 5)) {
		s->advance = ADVANCE_PAST;
		skip = 5;
	}
	s->main = part(l, n, skip, strlen(t) - skip);
}

/* Splits at spaces that are in no bracket: `$(hex($x))` is one word. */
static size_t word_len(const char *s)
{
	size_t n = 0;
	int depth = 0;

	for (; s[n] && (s[n] != ' ' || depth > 0); n++)
		depth += (s[n] == '(') - (s[n] == ')');
	return n;
}

static void load_command(struct loader *l, struct step *s,
			 const struct yaml_node *n)
{
	CLEANUP(freep) const struct expr **words = NULL;
	const char *t = load_scalar(l, n, "a command");
	size_t cap = 0, at = 0;

	if (!t)
		return;
	while (t[at]) {
		size_t len = word_len(t + at);

		if (!s->main) {
			s->main = part(l, n, at, len);
		} else {
			GROW(words, s->words_n, cap);
			words[s->words_n++] = template(l, n, at, len);
		}
		at += len;
		while (t[at] == ' ')
			at++;
	}
	if (!s->main)
		load_note(l, n, NULL, "whose command? `run: alice status`");
	s->words = s->words_n ? arena_memdup(l->arena, words,
					     s->words_n * sizeof(*words))
			      : NULL;
}

/* `target/path` from byte @at of a scalar on. */
static void load_target(struct loader *l, struct step *s,
			const struct yaml_node *n, size_t at)
{
	const char *t = n->text;
	size_t target = strcspn(t + at, "/");

	s->main = part(l, n, at, target);
	at += target;
	if (t[at] == '/')
		s->path = template(l, n, at + 1, strlen(t + at + 1));
}

static void load_request(struct loader *l, struct step *s,
			 const struct yaml_node *n)
{
	static const char *const methods[] = { "GET", "POST", "PUT", "DELETE",
					       "HEAD", "PATCH", "OPTIONS" };
	const char *t = load_scalar(l, n, "a request");
	size_t len = t ? strcspn(t, " ") : 0;

	if (!t)
		return;
	s->method = arena_strndup(l->arena, t, len);
	for (size_t i = 0; i < ARRAY_LEN(methods); i++)
		if (!strcmp(methods[i], s->method) && t[len] == ' ') {
			load_target(l, s, n, len + 1);
			return;
		}
	load_note(l, n, nearest_name(s->method, methods, ARRAY_LEN(methods)),
		  "`%s` is no request; write `METHOD target/path`", t);
}

static void load_file(struct loader *l, struct step *s,
		      const struct yaml_node *n)
{
	const char *t = load_scalar(l, n, "a file");

	if (!t)
		return;
	load_target(l, s, n, 0);
	if (!s->path)
		load_note(l, n, NULL, "`%s` names no file; write "
				      "`operator/path`", t);
}

static void load_arms(struct loader *l, struct step *s,
		      const struct yaml_node *n)
{
	struct arm *arms;

	if (n->kind != YAML_MAP || n->n < 2 || n->n > ARMS_MAX) {
		load_note(l, n, NULL,
			  "`orders` takes two to %d arms, each with a name and "
			  "its steps: `{a: [{send: …}], b: [{send: …}]}`",
			  ARMS_MAX);
		return;
	}
	arms = ARENA_ARRAY(l->arena, struct arm, n->n);
	for (size_t i = 0; i < n->n; i++)
		arms[i] = (struct arm){ n->pairs[i].key->text,
					n->pairs[i].key->pos,
					load_steps(l, n->pairs[i].value) };
	s->arms = arms;
	s->arms_n = n->n;
}

/* A built-in's argument in the form that its table says. */
static void load_form(struct loader *l, struct step *s,
		      const struct param_spec *p, const struct expr **arg,
		      const struct yaml_node *n)
{
	switch (p->form) {
	case FORM_VALUE:
		*arg = expr_node(l->arena, n);
		break;
	case FORM_CALL:
		*arg = expr_call(l->arena, n);
		break;
	case FORM_LETS:
		(void)load_bindings(l, n, "`let`", &s->lets, &s->lets_n);
		break;
	case FORM_ADVANCE:
		load_advance(l, s, n);
		break;
	case FORM_COMMAND:
		load_command(l, s, n);
		break;
	case FORM_REQUEST:
		load_request(l, s, n);
		break;
	case FORM_FILE:
		load_file(l, s, n);
		break;
	case FORM_CHECKS:
		load_checks(l, n, &s->expect.checks, &s->expect.checks_n);
		break;
	case FORM_ROWS:
		s->rows = load_rows(l, n);
		break;
	case FORM_STEPS:
		s->steps = load_steps(l, n);
		break;
	case FORM_ARMS:
		load_arms(l, s, n);
		break;
	case FORM_EXPECT:
		if (!strcmp(p->name, "inside"))
			s->inside = load_expect(l, n);
		else
			s->outside = load_expect(l, n);
		break;
	case FORM__COUNT:
		break;
	}
}

static bool load_common(struct loader *l, struct step *s, const char *key,
			const struct yaml_node *n)
{
	enum common c = common_find(key);

	switch (c) {
	case COMMON_AS:
		s->as = expr_node(l->arena, n);
		return true;
	case COMMON_AT:
		s->at = expr_node(l->arena, n);
		return true;
	case COMMON_VIA:
		s->via = expr_node(l->arena, n);
		return true;
	case COMMON_WHEN:
		s->when = expr_node(l->arena, n);
		return true;
	case COMMON_SAVE:
		s->save = load_scalar(l, n, "`save`");
		s->save_pos = n->pos;
		if (s->save && *s->save == '$')
			load_note(l, n, s->save + 1, "`save` takes the name "
				  "alone; `$` is for asking it");
		return true;
	case COMMON_RETURNS:
	case COMMON_REVERTS:
	case COMMON_EMITS:
	case COMMON_CHANGES:
	case COMMON_CHECK:
	case COMMON_WITHIN:
		load_expect_key(l, &s->expect, c, n);
		return true;
	case COMMON__COUNT:
		break;
	}
	return false;
}

/* What other tools call it. */
static const char *meant(const char *word, const char *const *names, size_t n)
{
	static const char *const others[][2] = {
		{ "from", "as" },	  { "by", "as" },
		{ "sender", "as" },	  { "signer", "as" },
		{ "expect", "check" },	  { "assert", "check" },
		{ "verify", "check" },	  { "require", "check" },
		{ "events", "emits" },	  { "logs", "emits" },
		{ "error", "reverts" },	  { "fails", "reverts" },
		{ "timeout", "within" },  { "name", "save" },
		{ "id", "save" },	  { "if", "when" },
		{ "result", "returns" },  { "wait", "advance" },
		{ "sleep", "advance" },	  { "mine", "advance" },
		{ "warp", "advance" },	  { "tx", "send" },
		{ "exec", "run" },	  { "set", "let" },
		{ "for", "each" },	  { "foreach", "each" },
		{ "parallel", "together" }, { "restart", "start" },
	};

	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		for (size_t k = 0; k < n; k++)
			if (!strcasecmp(others[i][0], word) &&
			    !strcmp(others[i][1], names[k]))
				return names[k];
	return nearest_name(word, names, n);
}

/* The parameter names of a step's verb and the common keys, for `nearest`. */
static const char *nearest_key(const struct step *s, const char *key)
{
	const char *names[COMMON__COUNT + 64];
	size_t n = 0;

	for (int i = 0; i < COMMON__COUNT; i++)
		names[n++] = common_specs[i].name;
	if (s->def)
		for (size_t i = 1; i < s->def->takes_n && n < ARRAY_LEN(names);
		     i++)
			names[n++] = s->def->takes[i].name;
	else
		for (int i = 0; verb_specs[s->verb].params[i].name; i++)
			names[n++] = verb_specs[s->verb].params[i].name;
	return meant(key, names, n);
}

static int param_index(const struct step *s, const char *key)
{
	if (!s->def)
		return verb_param(s->verb, key);
	for (size_t i = 1; i < s->def->takes_n; i++)
		if (!strcmp(s->def->takes[i].name, key))
			return (int)i;
	return -1;
}

/* What a verb written in YAML has besides its main argument. */
static const char *takes_text(struct loader *l, const struct step *s)
{
	const char *text = "";

	for (size_t i = 1; s->def && i < s->def->takes_n; i++)
		text = arena_printf(l->arena, "%s%s `%s`", text,
				    i > 1 ? "," : "; it takes",
				    s->def->takes[i].name);
	return text;
}

static void load_key(struct loader *l, struct step *s,
		     const struct expr **args, const struct yaml_pair *p)
{
	const char *key = p->key->text;
	int i = param_index(s, key);

	if (i >= 0 && s->def)
		args[i] = expr_node(l->arena, p->value);
	else if (i >= 0)
		load_form(l, s, &verb_specs[s->verb].params[i], &args[i],
			  p->value);
	else if (!load_common(l, s, key, p->value))
		load_note(l, p->key, nearest_key(s, key),
			  "`%s` has no `%s`%s", s->verb_name, key,
			  takes_text(l, s));
}

/* What a step must have and has not. */
static void check_required(struct loader *l, const struct step *s,
			   const struct yaml_node *n)
{
	const struct param_spec *p = verb_specs[s->def ? VERB_SEND
						       : s->verb].params;

	if (s->def) {
		for (size_t i = 1; i < s->def->takes_n; i++)
			if (!s->def->takes[i].fallback && !s->args[i])
				load_note_at(l, s->pos,
					     expr_chars(s->verb_name,
							strlen(s->verb_name)),
					     NULL, "`%s` wants `%s: …` (%s)",
					     s->verb_name,
					     s->def->takes[i].name,
					     s->def->takes[i].type.text);
		return;
	}
	for (int i = 0; p[i].name; i++)
		if (p[i].required && !yaml_get(n, p[i].name))
			load_note_at(l, s->pos,
				     (uint32_t)strlen(s->verb_name), NULL,
				     "`%s` wants `%s: …`: %s", s->verb_name,
				     p[i].name, p[i].doc);
}

/* `slash` is a verb, and a key of `burn slashed`. */
static bool is_key_of(struct loader *l, const char *verb, const char *key)
{
	const struct verb_def *def = verb ? def_find(l, verb) : NULL;

	if (!def)
		return verb && verb_param(verb_find(verb), key) >= 0;
	for (size_t i = 1; i < def->takes_n; i++)
		if (!strcmp(def->takes[i].name, key))
			return true;
	return false;
}

/* `check` is a verb, and a key that every step may have. */
static bool is_common(const char *key)
{
	for (int i = 0; i < COMMON__COUNT; i++)
		if (!strcmp(common_specs[i].name, key))
			return true;
	return false;
}

/* `grant erin: 5 PHA` for `grant: erin`; or @near, if that has a space, too. */
static bool note_argument(struct loader *l, const struct yaml_node *key,
			  const char *near, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(names[i]);

		if (strncmp(key->text, names[i], len) != 0 ||
		    key->text[len] != ' ')
			continue;
		load_note(l, key, near && strchr(near, ' ') ? near : NULL,
			  "there is no verb `%s`; what a verb is about stands "
			  "behind its colon: `%s: %s`",
			  key->text, names[i], key->text + len + 1);
		return true;
	}
	return false;
}

static void note_unknown_verb(struct loader *l, const struct yaml_node *n)
{
	const char *names[512];
	const struct yaml_node *key = n->pairs[0].key;
	const char *near, *folder;
	size_t count = 0;

	for (int v = 0; v < VERB__COUNT; v++)
		names[count++] = verb_specs[v].name;
	for (size_t i = 0; l->verbs && i < l->verbs->n &&
			   count < ARRAY_LEN(names); i++)
		names[count++] = l->verbs->defs[i]->name;
	near = meant(key->text, names, count);
	folder = load_verbs_with(l, key->text);
	if (!folder && note_argument(l, key, near, names, count))
		return;
	for (size_t i = 1; i < n->n; i++)
		for (size_t j = 0; j < count; j++)
			if (!strcmp(names[j], n->pairs[i].key->text) &&
			    !is_common(names[j]) &&
			    !is_key_of(l, near, names[j])) {
				load_note(l, n->pairs[i].key, NULL,
					  "the verb is a step's first key: "
					  "put `%s` before `%s`",
					  names[j], key->text);
				return;
			}
	if (folder)
		load_note(l, key, NULL,
			  "`%s` is of verbs/%s, and this world's `verbs:` do "
			  "not name that folder",
			  key->text, folder);
	else
		load_note(l, key, near, "there is no verb `%s`%s", key->text,
			  near ? "" : "; `avsbed verbs` lists all");
}

/* `pause alice` for `pause: alice`. */
static bool note_scalar_step(struct loader *l, const struct yaml_node *n)
{
	size_t len = strcspn(n->text, " ");
	const char *verb = arena_strndup(l->arena, n->text, len);

	if (verb_find(verb) == VERB__COUNT && !def_find(l, verb))
		return false;
	load_note(l, n, NULL, "a step is a map: write `%s:%s`", verb,
		  n->text[len] ? n->text + len : " …");
	return true;
}

static const struct step *load_step(struct loader *l,
				    const struct yaml_node *n)
{
	size_t findings = l->diags->n + l->diags->dropped;
	const struct expr **args;
	const struct yaml_pair *first;
	struct step *s;

	if (n->kind == YAML_SCALAR && note_scalar_step(l, n))
		return NULL;
	if (!load_is(l, n, YAML_MAP, "a step"))
		return NULL;
	if (!n->n) {
		load_note(l, n, NULL, "a step without a verb: write `- verb: "
				      "…`");
		return NULL;
	}
	s = ARENA_NEW(l->arena, struct step);
	first = &n->pairs[0];
	s->verb_name = first->key->text;
	s->pos = first->key->pos;
	s->verb = verb_find(s->verb_name);
	if (s->verb == VERB__COUNT) {
		s->def = def_find(l, s->verb_name);
		if (!s->def) {
			note_unknown_verb(l, n);
			return NULL;
		}
	}
	args = ARENA_ARRAY(l->arena, const struct expr *,
			   s->def ? s->def->takes_n : VERB_PARAMS_MAX);
	s->args = args;
	if (s->def)
		s->main = expr_node(l->arena, first->value);
	else
		load_form(l, s, &verb_specs[s->verb].main, &s->main,
			  first->value);
	for (size_t i = 1; i < n->n; i++)
		load_key(l, s, args, &n->pairs[i]);
	check_required(l, s, n);
	s->flawed = l->diags->n + l->diags->dropped > findings;
	return s;
}

struct step_list load_steps(struct loader *l, const struct yaml_node *n)
{
	struct step_list b = { .n = 0 };
	const struct step **steps;

	if (n->kind == YAML_MAP && n->n && n->pairs[0].key->text[0] == '-') {
		load_note(l, n, NULL,
			  "a step begins with a dash and a space: `- %s`",
			  n->pairs[0].key->text + 1);
		return b;
	}
	if (n->kind != YAML_LIST) {
		load_note(l, n, NULL, "steps are a list: each begins with "
				      "`- `");
		return b;
	}
	steps = ARENA_ARRAY(l->arena, const struct step *, n->n);
	for (size_t i = 0; i < n->n; i++) {
		const struct step *s = load_step(l, n->items[i]);

		if (s)
			steps[b.n++] = s;
		else
			b.gaps = true;
	}
	b.steps = steps;
	return b;
}
