/*
 * Verbs written in YAML: what they are given, their bodies, and what they give.
 */
#include "base/base.h"
#include "scenario/check_priv.h"

static const struct type *check_gives(struct checker *c, struct frame *f,
				      const struct verb_def *def)
{
	struct type *t = type_new(c, TYPE_OUTCOME);
	const char **keys = ARENA_ARRAY(c->arena, const char *, def->gives_n);
	const struct type **items =
		ARENA_ARRAY(c->arena, const struct type *, def->gives_n);

	/* What is given first may be used by what follows. */
	for (size_t i = 0; i < def->gives_n; i++) {
		const struct binding *b = &def->gives[i];

		keys[i] = b->name;
		items[i] = check_expr(c, f, b->value);
		if (!check_var(f, b->name))
			check_declare(c, f, (struct var){ .name = b->name,
							  .pos = b->pos,
							  .type = items[i] });
	}
	t->keys = keys;
	t->items = items;
	t->n = def->gives_n;
	return t;
}

/* A parameter that nothing asks for: a slip, or a rest of something. */
static void check_takes_used(struct checker *c, const struct frame *f,
			     const struct verb_def *def)
{
	for (size_t i = 0; i < def->takes_n; i++) {
		const struct take *t = &def->takes[i];
		const struct var *v = check_find(f, t->name);

		if (v && !v->used)
			check_note(c, t->pos,
				   expr_chars(t->name, strlen(t->name)), NULL,
				   "nothing in this verb uses `$%s`", t->name);
	}
}

/* Of what was found in a verb, what stands first, for whoever uses it. */
static const char *first_flaw(struct check_run *run, size_t known)
{
	const struct diag *first = NULL;

	for (size_t i = known; i < run->diags->n; i++) {
		const struct diag *d = &run->diags->items[i];

		if (!first || (!strcmp(d->pos.file, first->pos.file) &&
			       d->pos.line < first->pos.line))
			first = d;
	}
	return first ? arena_printf(run->arena, "%s:%u: %s", first->pos.file,
				    first->pos.line, first->text)
		     : NULL;
}

/* The body of a verb, looked at once in each world; what it gives. */
static struct checked_verb check_verb(struct checker *c,
				      const struct verb_def *def)
{
	struct check_run *run = c->run;
	struct checked_verb ret = { def, c->world->name, &TYPE_ANYTHING, NULL };
	const size_t known = run->diags->n;
	const bool behind = run->diags->behind;
	struct frame f = { .outer = NULL };
	struct checker in = *c;

	for (size_t i = 0; i < run->verbs_n; i++)
		if (run->verbs[i].def == def &&
		    !strcmp(run->verbs[i].world, c->world->name))
			return run->verbs[i];
	in.arena = run->arena;
	in.doc = def->file;
	in.gaps = def->file->gaps;
	in.it = NULL;
	in.frame = &f;
	in.act = def->steps.n ? def->steps.steps[def->steps.n - 1] : NULL;
	in.saved = NULL;
	in.saved_n = in.saved_cap = 0;
	run->diags->behind = true;
	if (++in.verb_depth > VERB_DEPTH_MAX) {
		check_note(&in, def->pos, expr_chars(def->name,
						     strlen(def->name)),
			   NULL, "verb `%s` ends up in itself", def->name);
		return ret;
	}
	for (size_t i = 0; i < def->takes_n; i++) {
		const struct take *t = &def->takes[i];

		if (t->fallback)
			check_as_want(&in, &f, t->fallback, &t->type, t->name);
		check_declare(&in, &f, (struct var){
			.name = t->name, .pos = t->pos,
			.type = type_of_want(&in, &t->type) });
	}
	(void)check_list(&in, &f, &def->steps);
	ret.gives = check_gives(&in, &f, def);
	if (run->diags->n == known && check_understood(&def->steps))
		check_takes_used(&in, &f, def);
	check_frame_done(&f);
	free(in.saved);
	run->diags->behind = behind;
	ret.flaw = first_flaw(run, known);
	GROW(run->verbs, run->verbs_n, run->verbs_cap);
	run->verbs[run->verbs_n++] = ret;
	return ret;
}

/* What a verb's act calls, where it can be read off. */
static struct act verb_act(struct checker *c, const struct verb_def *def,
			   unsigned depth)
{
	const struct step *last = def->steps.n
					  ? def->steps.steps[def->steps.n - 1]
					  : NULL;
	const struct expr *callee;
	const struct abi *abi;
	struct act a = { .fn = NULL };

	if (last && last->def && depth < VERB_DEPTH_MAX)
		return verb_act(c, last->def, depth + 1);
	if (!last || (last->verb != VERB_SEND && last->verb != VERB_CALL) ||
	    !last->main || last->main->kind != EXPR_CALL)
		return a;
	callee = last->main->left;
	if (callee->kind != EXPR_FIELD || callee->left->kind != EXPR_NAME)
		return a;
	abi = check_abi(c, callee->left->name);
	if (!abi)
		return a;
	a.contract = callee->left->name;
	a.fn = abi_function(abi, callee->name, NULL);
	return a;
}

/* A list as main argument means once for each, and a result for each. */
static const struct type *for_each(struct checker *c, const struct expr *list,
				   const struct type *one)
{
	struct type *t = type_new(c, TYPE_MAP);
	const char **keys = ARENA_ARRAY(c->arena, const char *, list->n);
	const struct type **items =
		ARENA_ARRAY(c->arena, const struct type *, list->n);

	for (size_t i = 0; i < list->n; i++) {
		keys[i] = list->items[i]->name ? list->items[i]->name : "?";
		items[i] = one;
		t->open |= list->items[i]->kind != EXPR_NAME;
	}
	t->keys = keys;
	t->items = items;
	t->n = list->n;
	t->many = true;
	return t;
}

/* `amount: 5` where the verb asks for `$amount.token`. */
static void check_token(struct checker *c, const struct frame *f,
			const struct take *t, const struct expr *x)
{
	const struct var *v = x->kind == EXPR_VAR ? check_var(f, x->name)
						  : NULL;
	const char *token = c->world->tokens_n ? c->world->tokens[0].name
					       : "TOKEN";
	const struct type *is;

	if (v && v->cells) {
		for (size_t i = 0; i < v->cells_n; i++)
			check_token(c, v->cells_in, t, v->cells[i]);
		return;
	}
	is = check_expr(c, f, x);
	if (is->kind == TYPE_INT && is->unit == UNIT_NONE)
		check_at(c, x,
			 x->kind == EXPR_NUMBER
				 ? arena_printf(c->arena, "%s %s",
						check_source(c, x), token)
				 : NULL,
			 "`%s` is of no token, and %s wants to know which: "
			 "`5 %s`",
			 check_source(c, x), t->name, token);
}

/* Whether an amount's token goes where that of `$name` does. */
static bool is_amount_of(const struct expr *x, const char *name)
{
	if (x->kind == EXPR_VAR)
		return !strcmp(x->name, name);
	if (x->kind == EXPR_UNARY)
		return is_amount_of(x->right, name);
	return x->kind == EXPR_BINARY && (is_amount_of(x->left, name) ||
					  is_amount_of(x->right, name));
}

static bool asks_token(struct checker *c, const struct verb_def *def,
		       const struct take *t, unsigned depth);

/* Whether a step hands `$name` to a verb that asks for its token. */
static bool hands_on(struct checker *c, const struct step_list *l,
		     const char *name, unsigned depth)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct step *s = l->steps[i];
		const size_t takes_n = s->def ? s->def->takes_n : 0;

		for (size_t k = 0; k < takes_n; k++) {
			const struct expr *x = k ? s->args[k] : s->main;

			if (x && is_amount_of(x, name) &&
			    asks_token(c, s->def, &s->def->takes[k], depth))
				return true;
		}
		if (hands_on(c, &s->steps, name, depth))
			return true;
		for (size_t k = 0; k < s->arms_n; k++)
			if (hands_on(c, &s->arms[k].steps, name, depth))
				return true;
	}
	return false;
}

static bool asks_token(struct checker *c, const struct verb_def *def,
		       const struct take *t, unsigned depth)
{
	return t->type.kind == WANT_AMOUNT && !t->type.list &&
	       depth < VERB_DEPTH_MAX &&
	       (check_is_written(def->file, arena_printf(c->arena, "%s.token",
							 t->name)) ||
		hands_on(c, &def->steps, t->name, depth + 1));
}

/* What a verb is given for one of its parameters. */
static void check_taken(struct checker *c, const struct frame *f,
			const struct verb_def *def, const struct take *t,
			const struct expr *x)
{
	check_as_want(c, f, x, &t->type, t->name);
	if (asks_token(c, def, t, 0))
		check_token(c, f, t, x);
}

/* What @s gives for the parameter @name, or NULL. */
static const struct expr *given(const struct step *s, const char *name)
{
	for (size_t i = 0; i < s->def->takes_n; i++)
		if (!strcmp(s->def->takes[i].name, name))
			return i ? s->args[i] : s->main;
	return NULL;
}

/* `amount of token`: of no other. */
static void check_same_token(struct checker *c, const struct frame *f,
			     const struct step *s, const struct take *t)
{
	const struct expr *x = given(s, t->name), *of = given(s, t->type.of);
	const struct type *is, *token;

	if (!x || !of)
		return;
	is = check_expr(c, f, x);
	token = check_expr(c, f, of);
	if (is->kind == TYPE_INT && is->token && token->kind == TYPE_REF &&
	    token->ref == REF_TOKEN && token->text &&
	    strcmp(is->token, token->text) != 0)
		check_at(c, x, NULL, "`%s` is %s, and %s is %s",
			 check_source(c, x), type_text(c, is), t->type.of,
			 token->text);
}

const struct type *check_yaml(struct checker *c, const struct frame *f,
			      const struct step *s, struct act *ret_act)
{
	const struct verb_def *def = s->def;
	const struct take *first = &def->takes[0];
	bool many = s->main->kind == EXPR_LIST && !first->type.list;
	struct checked_verb verb;

	if (!world_verb(c->world, def->name)) {
		check_note(c, s->pos, expr_chars(def->name, strlen(def->name)),
			   NULL, "verb `%s` is not among this world's verbs",
			   def->name);
		return &TYPE_ANYTHING;
	}
	for (size_t i = 0; many && i < s->main->n; i++)
		check_as_want(c, f, s->main->items[i], &first->type,
			      first->name);
	if (!many)
		check_taken(c, f, def, first, s->main);
	for (size_t i = 1; i < def->takes_n; i++)
		if (s->args[i])
			check_taken(c, f, def, &def->takes[i], s->args[i]);
	for (size_t i = 0; i < def->takes_n; i++)
		if (def->takes[i].type.of)
			check_same_token(c, f, s, &def->takes[i]);
	verb = check_verb(c, def);
	if (verb.flaw)
		check_note(c, s->pos, expr_chars(def->name, strlen(def->name)),
			   NULL, "`%s` cannot be played here; %s", def->name,
			   verb.flaw);
	*ret_act = verb_act(c, def, 0);
	return many ? for_each(c, s->main, verb.gives) : verb.gives;
}
