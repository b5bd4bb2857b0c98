#include "cli/plan.h"

#include "cli/commands.h"
#include "scenario/run.h"

#include "base/base.h"

#define OUTPUT_MAX (16u << 20)

static bool find(struct plan *p, struct session *s, const char *const *paths,
		 struct err *e)
{
	CLEANUP(freep) char *all = session_path(s, "scenarios");
	const char *const whole[] = { all, NULL };

	*p = (struct plan){ 0 };
	if (!run_find(*paths ? paths : whole, &p->paths, &p->n, e))
		return false;
	/* A file of its own without worlds beside it uses the checkout's. */
	p->root = library_root(p->paths[0]);
	if (!p->root)
		p->root = TAKE(all);
	diags_init(&p->diags);
	return true;
}

static bool check(struct plan *p, struct session *s, struct err *e)
{
	const struct abi_source abis = session_abis(s);

	p->library = library_new(p->root, &p->diags);
	check_files(&p->diags, p->library, (const char *const *)p->paths, p->n,
		    &abis, p->turns);
	diags_sort(&p->diags);
	if (s->unread.code == ERR_NONE)
		return true;
	/* All that would be found follows from it. */
	*e = s->unread;
	return false;
}

static void plan_done(struct plan *p)
{
	library_free(p->library);
	diags_done(&p->diags);
	for (size_t i = 0; i < p->n; i++)
		free(p->paths[i]);
	free(p->paths);
	free(p->root);
	*p = (struct plan){ 0 };
}

int plan_command(const char *const *paths, struct turns *turns, plan_fn fn,
		 void *arg)
{
	struct session s;
	struct plan p;
	struct err e = ERR_INIT;
	int code;

	if (!session_open(&s, &e))
		return command_failed(&e);
	if (!session_contracts(&s, &e)) {
		code = command_failed(&e);
	} else if (!find(&p, &s, paths, &e)) {
		command_failed(&e);
		code = EXIT_USAGE; /* no such file */
	} else {
		p.turns = turns;
		code = check(&p, &s, &e) ? fn(arg, &s, &p) : command_failed(&e);
		plan_done(&p);
	}
	session_close(&s);
	return code;
}

bool plan_order(struct order *ret, const struct plan *p,
		const struct run_options *o, struct err *e)
{
	return order_make(ret, p->library, p->turns, o, e);
}

bool plan_flawed(const struct plan *p)
{
	struct buf b = BUF_INIT(OUTPUT_MAX);

	diags_format(&b, &p->diags);
	fputs(buf_str(&b), stderr);
	buf_done(&b);
	return p->diags.n > 0;
}
