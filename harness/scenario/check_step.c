/*
 * Steps: what each verb wants, and which names it leaves behind.
 */
#include "base/base.h"
#include "base/nearest.h"
#include "scenario/check_priv.h"

void check_frame_done(struct frame *f)
{
	free(f->vars);
}

/* A list of steps in a scope of its own. */
static struct act check_block(struct checker *c, const struct frame *outer,
			      const struct step_list *list)
{
	struct frame f = { .outer = outer };
	struct act a = check_list(c, &f, list);

	check_frame_done(&f);
	return a;
}

/* --- calls ------------------------------------------------------------------------ */

/* `contract.function: [a]` in a cell is a call as well. */
static const struct expr *as_call(struct checker *c, const struct expr *x)
{
	struct expr *call;

	if (x->kind != EXPR_MAP || x->n != 1 ||
	    (x->items[0]->kind != EXPR_LIST && x->items[0]->kind != EXPR_MAP))
		return x;
	call = arena_memdup(c->arena, x->items[0], sizeof(*call));
	call->kind = EXPR_CALL;
	call->left = expr_text(c->arena, x->keys[0], x->key_pos[0]);
	call->pos = x->key_pos[0];
	call->width = expr_chars(x->keys[0], strlen(x->keys[0]));
	return call;
}

static struct act check_sent(struct checker *c, const struct frame *f,
			     const struct expr *x)
{
	const struct var *v = x->kind == EXPR_VAR ? check_var(f, x->name)
						  : NULL;
	struct act a = { .fn = NULL };
	const struct type *t;

	if (v && v->cells) {
		for (size_t i = 0; i < v->cells_n; i++)
			(void)check_sent(c, v->cells_in, v->cells[i]);
		return a;
	}
	x = as_call(c, x);
	if (x->kind == EXPR_CALL) {
		a.fn = check_call(c, f, x, &a.contract);
		return a;
	}
	t = check_expr(c, f, x);
	if (t->kind != TYPE_ANY && t->kind != TYPE_MAP)
		check_mismatch(c, x, t, "a call", "`contract.function(…)`");
	return a;
}

/* --- built-in verbs ------------------------------------------------------------------ */

static void check_advance(struct checker *c, const struct frame *f,
			  const struct step *s)
{
	static const char want[] = "blocks, a time, `to` a moment or `past` a "
				   "window";
	static const struct want window = { .kind = WANT_WINDOW };
	const struct type *t;
	bool ok;

	if (!s->main)
		return;
	if (s->advance == ADVANCE_PAST) {
		check_as_want(c, f, s->main, &window, "`advance: past …`");
		return;
	}
	t = check_expr(c, f, s->main);
	if ((s->main->kind == EXPR_UNARY && s->main->op == OP_NEG) ||
	    (s->main->kind == EXPR_NUMBER && u256_is_zero(s->main->number))) {
		check_at(c, s->main, NULL,
			 "the chain goes forwards, by one block at least; "
			 "`reorg` takes blocks back");
		return;
	}
	ok = t->kind == TYPE_ANY ||
	     (t->kind == TYPE_INT &&
	      (s->advance == ADVANCE_TO
		       ? t->unit == UNIT_BLOCK || t->unit == UNIT_TIME
		       : t->unit == UNIT_BLOCKS || t->unit == UNIT_SECONDS));
	if (ok)
		return;
	if (check_is_window(t))
		check_at(c, s->main,
			 arena_printf(c->arena, "past %s",
				      check_source(c, s->main)),
			 "`%s` is a window; `advance: past …` goes past its "
			 "last moment",
			 check_source(c, s->main));
	else if (s->main->kind == EXPR_NUMBER || t->kind == TYPE_INT)
		check_at(c, s->main, NULL, "`%s` is %s; advance wants %s",
			 check_source(c, s->main), type_text(c, t), want);
	else
		check_mismatch(c, s->main, t, "advance", want);
}

/* Of a reorg. */
static void check_depth(struct checker *c, const struct frame *f,
			const struct expr *x)
{
	const struct var *v = x->kind == EXPR_VAR ? check_var(f, x->name)
						  : NULL;

	for (size_t i = 0; v && i < v->cells_n; i++)
		check_depth(c, v->cells_in, v->cells[i]);
	if ((x->kind == EXPR_UNARY && x->op == OP_NEG) ||
	    (x->kind == EXPR_NUMBER && u256_is_zero(x->number)))
		check_at(c, x, NULL,
			 "a reorg takes back at least one block: `1 blocks`");
}

static void check_has_steps(struct checker *c, const struct step *s)
{
	if (!s->steps.n && !s->steps.gaps && !s->flawed)
		check_note(c, s->pos, (uint32_t)strlen(s->verb_name), NULL,
			   "`%s` has no steps", s->verb_name);
}

static bool expects_nothing(const struct expect *x)
{
	return !x->returns && !x->reverts && !x->has_emits &&
	       !x->has_changes && !x->checks_n;
}

static void check_edge(struct checker *c, const struct frame *f,
		       const struct step *s)
{
	static const struct want window = { .kind = WANT_WINDOW };
	struct frame in = { .outer = f };
	struct act a;

	check_as_want(c, f, s->main, &window, "`edge`");
	a = check_list(c, &in, &s->steps);
	if (!s->flawed &&
	    ((s->inside && expects_nothing(s->inside)) ||
	     (s->outside && expects_nothing(s->outside))))
		check_note(c, s->pos, (uint32_t)strlen(s->verb_name), NULL,
			   "`inside` and `outside` each say what the last step "
			   "does there, as `{reverts: none}`; an empty one "
			   "checks nothing");
	if (s->inside)
		check_expect(c, &in, s->inside, a.fn, a.contract);
	if (s->outside)
		check_expect(c, &in, s->outside, a.fn, a.contract);
	check_frame_done(&in);
}

/* Values by the table; a list means once for each where the verb repeats. */
static void check_values(struct checker *c, const struct frame *f,
			 const struct step *s)
{
	const struct verb_spec *spec = &verb_specs[s->verb];
	const char *verb = arena_printf(c->arena, "`%s`", spec->name);
	struct want w = { .kind = spec->main.want };

	if (spec->main.form == FORM_VALUE && s->main) {
		bool many = spec->repeats && s->main->kind == EXPR_LIST;

		for (size_t i = 0; many && i < s->main->n; i++)
			check_as_want(c, f, s->main->items[i], &w, verb);
		if (!many)
			check_as_want(c, f, s->main, &w, verb);
	}
	for (size_t i = 0; spec->params[i].name; i++) {
		w.kind = spec->params[i].want;
		if (spec->params[i].form == FORM_VALUE && s->args[i])
			check_as_want(c, f, s->args[i], &w,
				      spec->params[i].name);
	}
}

/* `alice.tee`: a part of an operator, or of another process, that is one of
 * @names. */
static void check_part(struct checker *c, const struct frame *f,
		       const struct expr *x, const char *const *names,
		       size_t n, const char *wants)
{
	const struct expr *of = x->kind == EXPR_FIELD ? x->left : x;
	const struct type *t = check_expr(c, f, of);
	bool program = t->kind == TYPE_REF &&
		       (t->ref == REF_OPERATOR || t->ref == REF_PROCESS);
	const char *near = NULL;

	if (t->kind == TYPE_ANY)
		return;
	for (size_t i = 0; program && of != x && i < n; i++)
		if (!strcmp(x->name, names[i])) {
			if (t->ref == REF_PROCESS ||
			    (!strcmp(x->name, "tee") && t->text))
				(void)check_expr(c, f, x);
			return;
		}
	if (!program && of->kind == EXPR_NAME)
		near = check_nearest_name(c, of->name);
	else if (program && of != x)
		near = nearest_name(x->name, names, n);
	else if (t->kind == TYPE_REF && t->ref == REF_PROCESS && t->text)
		near = arena_printf(c->arena, "%s.rpc", t->text);
	/* A role has its name already, and no parts. */
	if (near && !program && !strcmp(near, of->name))
		near = NULL;
	check_at(c, program ? x : of, near, "%s", wants);
}

/* What serves at an address of its own. */
static bool is_process(struct checker *c, const struct frame *f,
		       const struct expr *x)
{
	const struct type *t;

	if (x->kind != EXPR_NAME && x->kind != EXPR_VAR)
		return false;
	t = check_expr(c, f, x);
	return t->kind == TYPE_REF && t->ref == REF_PROCESS;
}

/* `phala.aggregator` */
static bool is_aggregator(struct checker *c, const struct frame *f,
			  const struct expr *x)
{
	const struct type *t;

	if (x->kind != EXPR_FIELD || strcmp(x->name, "aggregator") != 0)
		return false;
	t = check_expr(c, f, x->left);
	if (t->kind != TYPE_REF || t->ref != REF_AVS)
		return false;
	(void)check_expr(c, f, x);
	return true;
}

static void check_target(struct checker *c, const struct frame *f,
			 const struct expr *x)
{
	static const char *const served[] = { "node", "metrics", "rpc",
					      "tee" };

	if ((x->raw && !strcmp(x->raw, "eigenlayer.sidecar")) ||
	    is_aggregator(c, f, x) || is_process(c, f, x))
		return;
	check_part(c, f, x, served, ARRAY_LEN(served),
		   "`http` asks what an operator serves: alice.node, "
		   "alice.metrics, alice.rpc or alice.tee; or "
		   "eigenlayer.sidecar, phala.aggregator, a process");
}

/* What `break` and `mend` are about; a list is each of it. */
static void check_broken(struct checker *c, const struct frame *f,
			 const struct step *s)
{
	static const char *const parts[] = { "tee", "rpc" };
	bool many = s->main->kind == EXPR_LIST;

	for (size_t i = 0; i < (many ? s->main->n : 1); i++) {
		const struct expr *x = many ? s->main->items[i] : s->main;

		if (!is_aggregator(c, f, x))
			check_part(c, f, x, parts, ARRAY_LEN(parts),
				   arena_printf(c->arena,
						"`%s` wants an operator's "
						"part, alice.tee or "
						"alice.rpc, or the AVS's "
						"aggregator, "
						"phala.aggregator",
						s->verb_name));
	}
}

static void check_command(struct checker *c, const struct frame *f,
			  const struct step *s)
{
	static const struct want process = { .kind = WANT_PROCESS };

	if (s->main && s->verb == VERB_RUN)
		check_as_want(c, f, s->main, &process, "`run`");
	else if (s->main && s->verb == VERB_PUT)
		check_as_want(c, f, s->main, &process, "`put`");
	else if (s->main)
		check_target(c, f, s->main);
	if (s->path)
		(void)check_expr(c, f, s->path);
	for (size_t i = 0; i < s->words_n; i++)
		(void)check_expr(c, f, s->words[i]);
	check_values(c, f, s);
}

/* What `run` and `http` give back has these members. */
static void check_given_back(struct checker *c, const struct step *s,
			     const char *const *names, size_t n)
{
	const struct expr *x = s->expect.returns;

	if (x && x->kind == EXPR_NUMBER)
		check_at(c, x, NULL, "`%s` gives a map: `{%s: %s}`",
			 s->verb_name, names[0], check_source(c, x));
	if (!x || x->kind != EXPR_MAP)
		return;
	for (size_t i = 0; i < x->n; i++) {
		const char *key = x->keys[i];
		size_t k = 0;

		while (k < n && strcmp(key, names[k]) != 0)
			k++;
		if (k == n && strcmp(key, "...") != 0)
			check_note(c, x->key_pos[i],
				   expr_chars(key, strlen(key)),
				   nearest_name(key, names, n),
				   "what `%s` gives back has no `%s`",
				   s->verb_name, key);
	}
}

static void check_lets(struct checker *c, struct frame *f,
		       const struct step *s)
{
	for (size_t i = 0; i < s->lets_n; i++) {
		const struct binding *b = &s->lets[i];

		check_declare(c, f, (struct var){
			.name = b->name, .pos = b->pos,
			.type = check_expr(c, f, b->value) });
	}
}

/* What a built-in verb does; its result's type. */
static const struct type *check_builtin(struct checker *c, struct frame *f,
					const struct step *s,
					struct act *ret_act)
{
	static const char *const of_run[] = { "exit", "out", "err" };
	static const char *const of_http[] = { "status", "type", "body" };

	switch (s->verb) {
	case VERB_SEND:
		check_values(c, f, s);
		if (s->main)
			*ret_act = check_sent(c, f, s->main);
		/* Who says that nothing changes knows: it may be for its gas.
		 */
		if (ret_act->fn && ret_act->fn->mutability <= ABI_VIEW &&
		    !(s->expect.has_changes && !s->expect.changes_n))
			check_at(c, s->main, NULL,
				 "%s only looks: a transaction of it does "
				 "nothing, ask it with `call`; if that is what "
				 "it should do, say `changes: {}`",
				 ret_act->fn->name);
		break;
	case VERB_CALL:
		if (s->main)
			*ret_act = check_sent(c, f, s->main);
		return check_result(c, ret_act->fn);
	case VERB_LET:
		check_lets(c, f, s);
		break;
	case VERB_ADVANCE:
		check_advance(c, f, s);
		break;
	case VERB_RUN:
		check_given_back(c, s, of_run, ARRAY_LEN(of_run));
		check_command(c, f, s);
		break;
	case VERB_PUT:
		check_command(c, f, s);
		break;
	case VERB_HTTP:
		check_given_back(c, s, of_http, ARRAY_LEN(of_http));
		check_command(c, f, s);
		return &TYPE_ANYTHING;
	case VERB_BREAK:
	case VERB_MEND:
		if (s->main)
			check_broken(c, f, s);
		check_values(c, f, s);
		if (s->verb == VERB_BREAK && s->main && s->args[0])
			check_fault(c, f, s->main, s->args[0]);
		break;
	case VERB_EACH:
	case VERB_CASES:
		check_has_steps(c, s);
		return check_rows(c, f, s);
	case VERB_EDGE:
		check_has_steps(c, s);
		check_edge(c, f, s);
		return &TYPE_ANYTHING;
	case VERB_ORDERS:
		for (size_t i = 0; i < s->arms_n; i++)
			(void)check_block(c, f, &s->arms[i].steps);
		return &TYPE_ANYTHING;
	case VERB_TOGETHER:
		check_together(c, s);
		(void)check_block(c, f, &s->steps);
		check_values(c, f, s);
		if (s->args && s->args[0])
			check_order(c, f, s->args[0]);
		break;
	case VERB_REORG:
		(void)check_block(c, f, &s->steps);
		check_values(c, f, s);
		if (s->main)
			check_depth(c, f, s->main);
		break;
	case VERB_INTEL:
		check_values(c, f, s);
		if (s->args[0])
			check_says(c, f, s->args[0]);
		break;
	case VERB_CONFIGURE:
		check_values(c, f, s);
		check_configure(c, f, s);
		break;
	case VERB_START:
	case VERB_STOP:
	case VERB_KILL:
	case VERB_PAUSE:
	case VERB_RESUME:
	case VERB_CHECK:
	case VERB__COUNT:
		check_values(c, f, s);
		break;
	}
	return type_new(c, TYPE_OUTCOME);
}

bool check_acts(const struct step *s)
{
	if (s->def)
		return s->def->steps.n > 0;
	if (verb_specs[s->verb].acts)
		return true;
	for (size_t i = 0; i < s->arms_n; i++)
		for (size_t j = 0; j < s->arms[i].steps.n; j++)
			if (check_acts(s->arms[i].steps.steps[j]))
				return true;
	for (size_t i = 0; i < s->steps.n; i++)
		if (check_acts(s->steps.steps[i]))
			return true;
	return false;
}

static struct act check_step(struct checker *c, struct frame *f,
			     const struct step *s)
{
	static const struct want actor = { .kind = WANT_ACTOR };
	const struct type *was = c->it;
	const struct type *result;
	struct act a = { .fn = NULL };
	struct var saved;

	if (s->when)
		check_condition(c, f, s->when);
	if (s->as)
		check_as_want(c, f, s->as, &actor, "`as`");
	if (s->via)
		check_via(c, s);
	if (s->at)
		check_moment(c, f, s->at);
	check_sender(c, s);
	check_joins(c, s);
	result = s->def ? check_yaml(c, f, s, &a) : check_builtin(c, f, s, &a);
	saved = (struct var){ .name = s->save, .pos = s->save_pos,
			      .type = result };
	c->it = result;
	if (s->save && (s->verb == VERB_EDGE || s->verb == VERB_ORDERS))
		check_note(c, s->save_pos, expr_chars(s->save, strlen(s->save)),
			   NULL,
			   "nothing is taken out of `%s`; `each` and `cases` "
			   "give what each row's steps named", s->verb_name);
	/* Its own expectations may use the name that it gives; those of cases
	 * look at each row, when only that row's names are there. */
	if (s->save && s->verb != VERB_CASES)
		check_declare(c, f, saved);
	/* What is waited for may come from operators. */
	c->no_before = !check_acts(s) && !s->expect.within;
	check_expect(c, f, &s->expect, a.fn, a.contract);
	c->no_before = false;
	if (s->save && s->verb == VERB_CASES)
		check_declare(c, f, saved);
	c->it = was;
	return a;
}

struct act check_list(struct checker *c, struct frame *f,
		      const struct step_list *list)
{
	const struct frame *outer = c->frame; /* which outlives @f */
	struct act a = { .fn = NULL };

	c->gaps |= list->gaps;
	c->frame = f;
	for (size_t i = 0; i < list->n; i++)
		a = check_step(c, f, list->steps[i]);
	c->frame = outer;
	return a;
}

void check_steps(struct checker *c, struct frame *f,
		 const struct step_list *list)
{
	(void)check_list(c, f, list);
}
