#include "base/base.h"
#include "io/jsonrpc_priv.h"

struct waiting {
	bool done, ok;
	json_t *result, *data;
	char *text; /* the result, instead */
	struct err *e;
	struct sub *sub; /* of rpc_subscribe */
};

static void on_waited(void *arg, const json_t *result, const json_t *data,
		      const struct err *e)
{
	struct waiting *w = arg;
	const char *id = json_string_value(result);

	w->done = true;
	w->ok = e == NULL;
	if (e)
		*w->e = *e;
	/* json_incref() counts; it changes nothing that is borrowed. */
	w->result = json_incref((json_t *)(uintptr_t)result);
	w->data = json_incref((json_t *)(uintptr_t)data);
	/* Here and not later: the first item may be right behind. */
	if (w->sub && id)
		sub_named(w->sub, id);
}

static void on_text(void *arg, const char *text, size_t len)
{
	struct waiting *w = arg;

	w->done = w->ok = true;
	w->text = xstrndup(text, len);
}

static bool waited(void *arg)
{
	return ((struct waiting *)arg)->done;
}

static struct call *send_call(struct rpc *r, const char *method,
			      const struct params *params, struct waiting *w)
{
	struct call *c = call_new(r, method, params, on_waited, w);

	c->text_fn = params->answer_text ? on_text : NULL;
	return c;
}

static bool wait_call(struct rpc *r, const char *method,
		      const struct params *params, struct waiting *w)
{
	struct call *c = send_call(r, method, params, w);

	/* The call has a deadline of its own; the loop needs none. */
	if (!loop_run_until(r->loop, waited, w, UINT64_MAX, method, w->e)) {
		/* The turn that stopped the loop may have answered, too. */
		if (!w->done)
			call_drop(c);
		return false;
	}
	return w->ok;
}

/* --- asked ahead --------------------------------------------------------------- */

/* A call whose answer somebody will take, and which it is. */
struct ahead {
	struct ahead *next;
	char *method;
	json_t *params; /* NULL: none, or written */
	char *text;	/* written, or NULL */
	struct call *call;
	struct waiting w;
	struct err why;
};

static void ahead_free(struct ahead *a)
{
	if (!a)
		return;
	if (!a->w.done)
		call_drop(a->call);
	if (a->w.sub && !a->w.sub->id)
		sub_drop(a->w.sub);
	json_decref(a->w.result);
	json_decref(a->w.data);
	free(a->w.text);
	json_decref(a->params);
	free(a->text);
	free(a->method);
	free(a);
}
DEFINE_CLEANUP(struct ahead, ahead_free)

static bool is_asked(const struct ahead *a, const char *method,
		     const struct params *p)
{
	if (strcmp(a->method, method) || !a->text != !p->text)
		return false;
	if (p->text)
		return !strcmp(a->text, buf_str(p->text));
	return p->tree ? json_equal(a->params, p->tree) : !a->params;
}

static struct ahead **ahead_find(struct rpc *r, const char *method,
				 const struct params *params)
{
	struct ahead **at = &r->ahead;

	while (*at && !is_asked(*at, method, params))
		at = &(*at)->next;
	return at;
}

/* Out of the list; NULL: nobody asked that ahead. */
static struct ahead *ahead_take(struct rpc *r, const char *method,
				const struct params *params)
{
	struct ahead **at = ahead_find(r, method, params);
	struct ahead *a = *at;

	if (a)
		*at = a->next;
	return a;
}

/* Asked for, if it is not so far. Fails, as nothing is here yet. */
static bool ask_ahead(struct rpc *r, const char *method,
		      const struct params *params, struct err *e)
{
	struct ahead **at = ahead_find(r, method, params), *a = *at;

	if (!a) {
		*at = a = xcalloc(1, sizeof(*a));
		a->method = xstrdup(method);
		/* Counted; what is borrowed is not changed. */
		a->params = json_incref((json_t *)(uintptr_t)params->tree);
		a->text = params->text ? xstrdup(buf_str(params->text)) : NULL;
		a->w.e = &a->why;
		a->call = send_call(r, method, params, &a->w);
	}
	return err_set(e, ERR_UNSUPPORTED, 0, "%s: asked ahead", method);
}

void rpc_ahead(struct rpc *r)
{
	rpc_batch(r);
	r->asking_ahead = true;
}

void rpc_ahead_end(struct rpc *r)
{
	r->asking_ahead = false;
	rpc_batch_end(r);
}

void rpc_forget(struct rpc *r)
{
	while (r->ahead) {
		struct ahead *a = r->ahead;

		r->ahead = a->next;
		ahead_free(a);
	}
}

/* --- calls ------------------------------------------------------------------------ */

static bool wait_ahead(struct rpc *r, struct ahead *a, struct err *e)
{
	if (!a->w.done && !loop_run_until(r->loop, waited, &a->w, UINT64_MAX,
					  a->method, e))
		return false;
	if (!a->w.ok)
		*e = a->why;
	return a->w.ok;
}

/* What came is @w's. */
static bool call_waited(struct rpc *r, const char *method,
			const struct params *params, struct waiting *w)
{
	CLEANUP(ahead_freep) struct ahead *a = NULL;
	bool ok;

	if (r->asking_ahead)
		return ask_ahead(r, method, params, w->e);
	a = ahead_take(r, method, params);
	if (!a)
		return wait_call(r, method, params, w);
	ok = wait_ahead(r, a, w->e);
	w->result = TAKE(a->w.result);
	w->data = TAKE(a->w.data);
	w->text = TAKE(a->w.text);
	return ok;
}

static void waiting_done(struct waiting *w)
{
	json_decref(w->result);
	json_decref(w->data);
	free(w->text);
}

bool rpc_call(struct rpc *r, const char *method, json_t *params, json_t **ret,
	      json_t **ret_data, struct err *e)
{
	CLEANUP(json_decrefp) json_t *taken = params;
	CLEANUP(waiting_done) struct waiting w = {.e = e};
	bool ok = call_waited(r, method, &(struct params){.tree = taken}, &w);

	if (ok && ret)
		*ret = TAKE(w.result);
	if (ret_data)
		*ret_data = TAKE(w.data);
	return ok;
}

bool rpc_call_text(struct rpc *r, const char *method, const struct buf *params,
		   char **ret, struct err *e)
{
	const struct params both = {.text = params, .answer_text = true};
	CLEANUP(waiting_done) struct waiting w = {.e = e};

	if (!call_waited(r, method, &both, &w))
		return false;
	/* In a batch, or as nodes do not write it, it came as a tree. */
	*ret = w.text ? TAKE(w.text) : json_text(w.result);
	return true;
}

/* One of rpc_call_all()'s; one that was asked ahead is that. */
struct waiting_one {
	struct call *call;
	struct ahead *ahead;
	struct waiting own, *w;
	struct err why;
};

struct waiting_all {
	struct waiting_one *each;
	size_t n;
};

static bool all_waited(void *arg)
{
	const struct waiting_all *all = arg;

	for (size_t i = 0; i < all->n; i++)
		if (!all->each[i].w->done)
			return false;
	return true;
}

static void send_each(struct rpc *r, struct rpc_ask *asks,
		      const struct waiting_all *all)
{
	rpc_batch(r);
	for (size_t i = 0; i < all->n; i++) {
		struct waiting_one *x = &all->each[i];

		const struct params params = {.tree = asks[i].params,
					      .text = asks[i].text};

		if (!params.text)
			x->ahead = ahead_take(r, asks[i].method, &params);
		x->w = x->ahead ? &x->ahead->w : &x->own;
		x->own.e = &x->why;
		if (!x->ahead)
			x->call = send_call(r, asks[i].method, &params,
					    &x->own);
		json_decref(asks[i].params);
	}
	rpc_batch_end(r);
}

static void waited_one(struct waiting_one *x, struct rpc_ask *ask, bool *ok,
		       struct err *e)
{
	const struct err *why = x->ahead ? &x->ahead->why : &x->why;

	if (!x->w->done && !x->ahead)
		call_drop(x->call);
	else if (x->w->done && !x->w->ok && ask->why)
		*ask->why = *why;
	else if (x->w->done && !x->w->ok && *ok)
		*ok = (*e = *why, false);
}

static bool ask_all_ahead(struct rpc *r, struct rpc_ask *asks, size_t n,
			  struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		ASSERT(!asks[i].text);
		(void)!ask_ahead(r, asks[i].method,
				 &(struct params){.tree = asks[i].params}, e);
		json_decref(asks[i].params);
	}
	return false;
}

bool rpc_call_all(struct rpc *r, struct rpc_ask *asks, size_t n, struct err *e)
{
	CLEANUP(freep)
	struct waiting_one *each = xcalloc(n + 1, sizeof(*each));
	struct waiting_all all = {each, n};
	bool ok;

	if (r->asking_ahead)
		return ask_all_ahead(r, asks, n, e);
	send_each(r, asks, &all);
	/* As of one call: each has a deadline of its own. */
	ok = loop_run_until(r->loop, all_waited, &all, UINT64_MAX,
			    "several answers", e);
	for (size_t i = 0; i < n; i++)
		waited_one(&each[i], &asks[i], &ok, e);
	for (size_t i = 0; i < n; i++) {
		if (ok)
			asks[i].result = TAKE(each[i].w->result);
		json_decref(each[i].own.result);
		json_decref(each[i].own.data);
		ahead_free(each[i].ahead);
	}
	return ok;
}

void rpc_asks_done(struct rpc_ask *asks, size_t n)
{
	for (size_t i = 0; i < n; i++)
		json_decref(TAKE(asks[i].result));
}

static struct sub *sub_new(struct rpc *r,
			   void (*fn)(void *arg, const json_t *item), void *arg)
{
	struct sub *s = xcalloc(1, sizeof(*s));

	*s = (struct sub){.rpc = r, .next = r->subs, .fn = fn, .arg = arg};
	r->subs = s;
	return s;
}

bool rpc_subscribe(struct rpc *r, const char *kind,
		   void (*fn)(void *arg, const json_t *item), void *arg,
		   struct err *e)
{
	static const char method[] = "eth_subscribe";
	CLEANUP(json_decrefp) json_t *list = json_pack("[s]", kind);
	CLEANUP(ahead_freep) struct ahead *a = NULL;
	const struct params params = {.tree = list};

	if (r->http)
		return err_set(e, ERR_UNSUPPORTED, 0,
			       "subscribing to %s needs the UNIX socket, not "
			       "%s",
			       kind, r->name);
	if (!*ahead_find(r, method, &params)) {
		(void)!ask_ahead(r, method, &params, e);
		(*ahead_find(r, method, &params))->w.sub = sub_new(r, fn, arg);
	}
	if (r->asking_ahead)
		return false;
	a = ahead_take(r, method, &params);
	if (!wait_ahead(r, a, e))
		return false;
	return a->w.sub->id ||
	       err_set(e, ERR_SCHEMA, 0,
		       "eth_subscribe: %s gave no subscription id", r->name);
}
