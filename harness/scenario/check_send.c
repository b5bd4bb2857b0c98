/*
 * Who sends a step, when, through whom, and what shares a block with it.
 */
#include "base/base.h"
#include "base/nearest.h"
#include "scenario/check_priv.h"

/* --- in one block ------------------------------------------------------------------- */

/* Whether a step is one transaction of the harness's own. */
static bool sends_once(const struct step *s)
{
	const struct step_list *body = s->def ? &s->def->steps : NULL;

	if (!body || !body->n)
		return s->verb == VERB_SEND;
	for (size_t i = 0; i + 1 < body->n; i++)
		if (body->steps[i]->verb != VERB_LET)
			return false;
	return sends_once(body->steps[body->n - 1]);
}

void check_together(struct checker *c, const struct step *together)
{
	for (size_t i = 0; i < together->steps.n; i++) {
		const struct step *s = together->steps.steps[i];
		uint32_t width = (uint32_t)strlen(s->verb_name);

		if (!sends_once(s))
			check_note(c, s->pos, width, NULL,
				   "a step of `together` is `send` or a verb "
				   "that sends once; `%s` is not",
				   s->verb_name);
		if (s->at)
			check_at(c, s->at, NULL,
				 "`at` belongs to `together` as a whole: its "
				 "steps share a block");
		if (s->expect.has_changes)
			check_note(c, s->pos, width, NULL,
				   "`changes` belongs to `together` as a "
				   "whole: what one transaction changed inside "
				   "a block cannot be seen");
	}
}

void check_order(struct checker *c, const struct frame *f,
			const struct expr *x)
{
	static const char *const orders[] = { "written", "seeded" };
	const struct var *v = x->kind == EXPR_VAR ? check_var(f, x->name)
						  : NULL;

	for (size_t i = 0; v && i < v->cells_n; i++)
		check_order(c, v->cells_in, v->cells[i]);
	if (x->kind == EXPR_LIST || x->kind == EXPR_MAP ||
	    x->kind == EXPR_NUMBER)
		check_at(c, x, "written",
			 "`order` is `written` or `seeded`: another order is "
			 "written by moving the steps");
	else if (x->kind == EXPR_NAME && strcmp(x->name, orders[0]) != 0 &&
		 strcmp(x->name, orders[1]) != 0)
		check_at(c, x, nearest_name(x->name, orders, 2),
			 "`order` is `written` or `seeded`");
}

/* --- from whom, and when ------------------------------------------------------------ */

void check_via(struct checker *c, const struct step *s)
{
	if (s->via->kind != EXPR_NAME || strcmp(s->via->name, "relay") != 0)
		check_at(c, s->via, "relay",
			 "`via` wants `relay`, the contract of every world "
			 "that passes a call on");
	else if (!s->def && s->verb != VERB_SEND)
		check_at(c, s->via, NULL,
			 "`via` belongs to `send`, and to verbs whose act is "
			 "one");
}

void check_moment(struct checker *c, const struct frame *f,
			 const struct expr *x)
{
	const struct type *t = check_expr(c, f, x);

	if (t->kind == TYPE_ANY ||
	    (t->kind == TYPE_INT &&
	     (t->unit == UNIT_BLOCK || t->unit == UNIT_TIME)))
		return;
	if (check_is_window(t))
		check_at(c, x,
			 arena_printf(c->arena, "%s.last", check_source(c, x)),
			 "`%s` is a window; `at` wants a moment, as its last "
			 "one", check_source(c, x));
	else if (t->kind == TYPE_INT && t->unit == UNIT_BLOCKS)
		check_at(c, x,
			 arena_printf(c->arena, "head + %s",
				      check_source(c, x)),
			 "`%s` is %s; `at` wants a moment: block(n), time(n), "
			 "`$w.last`",
			 check_source(c, x), type_text(c, t));
	else
		check_mismatch(c, x, t, "`at`",
			       "a moment: block(n), time(n), `$w.last`");
}

/* Whose `as` and `at` are looked at. */
static bool takes_sender(const struct step *s)
{
	return s->def || s->verb == VERB_SEND || s->verb == VERB_CALL;
}

/* A verb's caller may say who sends its act. */
static bool lacks_sender(const struct step *s, unsigned depth)
{
	const struct step_list *body = s->def ? &s->def->steps : NULL;

	if (s->as || s->flawed)
		return false;
	if (!body)
		return s->verb == VERB_SEND;
	return body->n && !body->gaps && depth < VERB_DEPTH_MAX &&
	       lacks_sender(body->steps[body->n - 1], depth + 1);
}

/* Whose end `returns` and `reverts` look at: a command may send, too. */
static void check_ends(struct checker *c, const struct step *s)
{
	const struct expr *x = s->expect.reverts;

	if (takes_sender(s) || s->verb == VERB_RUN)
		return;
	if (!x && s->verb != VERB_HTTP)
		x = s->expect.returns;
	if (x)
		check_at(c, x, NULL, "`%s` sends nothing: `%s` belongs to %s",
			 s->verb_name,
			 x == s->expect.reverts ? "reverts" : "returns",
			 s->steps.n || s->arms_n
				 ? "the step inside it that sends"
				 : "`send`, `call` and verbs of your own");
}

void check_sender(struct checker *c, const struct step *s)
{
	const struct expr *x = s->as ? s->as : s->at;

	check_ends(c, s);
	if (!takes_sender(s) && x && !(s->verb == VERB_TOGETHER && x == s->at))
		check_at(c, x, NULL,
			 "`%s` sends nothing: `%s` belongs to `send`, `call` "
			 "and verbs of your own",
			 s->verb_name, x == s->as ? "as" : "at");
	if (s != c->act && lacks_sender(s, 0))
		check_note(c, s->pos,
			   expr_chars(s->verb_name, strlen(s->verb_name)), NULL,
			   "nobody sends this: `as: %s`",
			   c->world->operators_n ? c->world->operators[0].name
			   : c->world->roles_n	 ? c->world->roles[0]
						 : "…");
}
