/*
 * act_intel - what Intel says of platforms, issued anew.
 */
#include "scenario/play.h"

#include "base/base.h"

#define SAYS_MAX (1u << 20)

enum play_end act_intel(struct play *p, const struct step *s,
			const struct scope *scope, struct outcome *o)
{
	struct buf b = BUF_INIT(SAYS_MAX);
	struct err e = ERR_INIT;
	json_t *says = NULL;
	struct value v;
	uint64_t at;
	bool ok = eval(&v, &p->env, scope, s->main, &e) &&
		  (u256_fits_u64(&at, v.num) ||
		   err_at(&e, s->main->pos, ERR_RANGE, "no such time"));

	buf_adds(&b, "{}");
	if (ok && s->args[0]) {
		buf_clear(&b);
		ok = eval(&v, &p->env, scope, s->args[0], &e) &&
		     value_to_json(&b, &p->env, &v, &e);
	}
	ok = ok && buf_ok(&b, "what Intel says", &e) &&
	     json_parse(&says, buf_str(&b), b.len, "what Intel says", &e);
	if (ok && !json_is_object(says))
		ok = err_at(&e, s->args[0]->pos, ERR_SCHEMA,
			    "`says` is a map: revoke, restore, status, bar");
	if (ok) {
		o->summary = arena_printf(p->arena, "intel %s", buf_str(&b));
		json_object_set_new(says, "at", json_integer((json_int_t)at));
		ok = live_issue(p->live, says, &e);
	} else {
		json_decref(says);
	}
	buf_done(&b);
	return ok ? PLAY_ON : play_broken(p, s, &e);
}
