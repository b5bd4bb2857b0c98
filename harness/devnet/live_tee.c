/* One TEE simulator for all casts, one after the other; and what is done to it. */
#include "devnet/live_priv.h"

#include "base/base.h"

#include "io/reaper.h"

static void on_tee(void *arg, const char *line, const json_t *event)
{
	const struct live_chains *c = arg;
	const struct live *w = c->tee_of;

	if (w && w->events.on_line)
		w->events.on_line(w->events.arg, "tee", CHILD_OUT, line,
				  event);
}

/* The cast's TEEs, each with its platform. */
static bool tee_instances(struct live *w, struct tee_instance ret[LIVE_CAST_MAX],
			  size_t *ret_n, json_t *platforms, struct err *e)
{
	size_t n = 0;

	for (size_t i = 0; i < w->cast.n; i++) {
		const struct live_operator *o = &w->cast.members[i].spec;
		const char *text = o->platform ? o->platform : "{}";
		json_t *platform;

		if (!o->tee)
			continue;
		if (!json_parse(&platform, text, strlen(text), o->tee, e))
			return false;
		json_array_append_new(platforms, platform);
		ret[n++] = (struct tee_instance){ o->name, platform };
	}
	*ret_n = n;
	return true;
}

void live_tee_leave(struct live *w)
{
	if (w->chains->tee_of == w)
		w->chains->tee_of = NULL;
	w->tee = NULL;
}

void live_tee_end(struct live_chains *c)
{
	if (c->tee_of)
		live_tee_leave(c->tee_of);
	tee_free(TAKE(c->tee));
	tmpdir_free(TAKE(c->tee_dir));
}

/* It goes from cast to cast: with each, everything in it is made anew. */
bool live_tee_need(struct live *w, struct err *e)
{
	CLEANUP(json_decrefp) json_t *platforms = json_array();
	CLEANUP(freep) char *program = xasprintf("%s/%s", w->root, LIVE_TEE_SIM);
	struct live_chains *c = w->chains;
	struct tee_instance list[LIVE_CAST_MAX];
	struct tee_spec spec = { .program = program,
				 .seed = LIVE_TEE_SEED,
				 .instances = list,
				 .on_event = on_tee,
				 .arg = c };

	live_tee_leave(w);
	if (!tee_instances(w, list, &spec.instances_n, platforms, e))
		return false;
	if (spec.instances_n == 0)
		return true;
	if (c->tee && !tee_alive(c->tee))
		live_tee_end(c);
	if (c->tee) {
		tee_again(c->tee, &spec);
	} else {
		if (!tmpdir_new_small(&c->tee_dir, "tee", e))
			return false;
		spec.dir = c->tee_dir;
		if (!tee_new(&c->tee, w->loop, &spec, e)) {
			live_tee_end(c);
			return false;
		}
	}
	if (c->tee_of)
		live_tee_leave(c->tee_of);
	c->tee_of = w;
	w->tee = c->tee;
	return true;
}

static bool need_tee_of(struct live *w, const char *name, struct err *e)
{
	struct live_member *m = NULL;

	if (!live_need(w, name, &m, e))
		return false;
	return (m && m->spec.tee) ||
	       err_set(e, ERR_SCHEMA, 0, "operator %s has no TEE", name);
}

bool live_break(struct live *w, const char *name, const char *fault,
		struct err *e)
{
	return need_tee_of(w, name, e) && tee_break(w->tee, name, fault, e);
}

bool live_mend(struct live *w, const char *name, struct err *e)
{
	return need_tee_of(w, name, e) && tee_mend(w->tee, name, e);
}

bool live_collateral(struct live *w, const char *name, json_t **ret,
		     struct err *e)
{
	return need_tee_of(w, name, e) &&
	       live_collateral_of(w, name, ret, e);
}

bool live_issue(struct live *w, json_t *take_changes, struct err *e)
{
	if (w->tee)
		return tee_issue(w->tee, take_changes, e);
	json_decref(take_changes);
	return err_set(e, ERR_SCHEMA, 0,
		       "no operator of this scenario has a TEE, so nobody "
		       "asks Intel");
}

bool live_quote(struct live *w, const char *name, const void *data, size_t len,
		json_t **ret, struct err *e)
{
	return need_tee_of(w, name, e) &&
	       tee_quote(w->tee, name, data, len, ret, e);
}
