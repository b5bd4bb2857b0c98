#include "base/base.h"
#include "io/jsonrpc_priv.h"

struct waiting {
	bool done, ok;
	json_t *result, *data;
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

static bool waited(void *arg)
{
	return ((struct waiting *)arg)->done;
}

static bool wait_call(struct rpc *r, const char *method, const json_t *params,
		      struct waiting *w)
{
	struct call *c = call_new(r, method, params, NULL, on_waited, w);

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
	json_t *params; /* NULL: none */
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
	json_decref(a->params);
	free(a->method);
	free(a);
}
DEFINE_CLEANUP(struct ahead, ahead_free)

static struct ahead **ahead_find(struct rpc *r, const char *method,
				 const json_t *params)
{
	struct ahead **at = &r->ahead;

	while (*at && (strcmp((*at)->method, method) ||
		       !(params ? json_equal((*at)->params, params)
				: !(*at)->params)))
		at = &(*at)->next;
	return at;
}

/* Out of the list; NULL: nobody asked that ahead. */
static struct ahead *ahead_take(struct rpc *r, const char *method,
				const json_t *params)
{
	struct ahead **at = ahead_find(r, method, params);
	struct ahead *a = *at;

	if (a)
		*at = a->next;
	return a;
}

/* Asked for, if it is not so far. Fails, as nothing is here yet. */
static bool ask_ahead(struct rpc *r, const char *method, json_t *params,
		      struct err *e)
{
	struct ahead **at = ahead_find(r, method, params), *a = *at;

	if (a) {
		json_decref(params);
	} else {
		*at = a = xcalloc(1, sizeof(*a));
		a->method = xstrdup(method);
		a->params = params;
		a->w.e = &a->why;
		a->call = call_new(r, method, params, NULL, on_waited,
				   &a->w);
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

bool rpc_call(struct rpc *r, const char *method, json_t *params, json_t **ret,
	      json_t **ret_data, struct err *e)
{
	CLEANUP(json_decrefp) json_t *taken = NULL;
	CLEANUP(ahead_freep) struct ahead *ahead = NULL;
	struct waiting own = {.e = e}, *w = &own;
	bool ok;

	if (ret_data)
		*ret_data = NULL;
	if (r->asking_ahead)
		return ask_ahead(r, method, params, e);
	taken = params;
	ahead = ahead_take(r, method, params);
	if (ahead)
		w = &ahead->w;
	ok = ahead ? wait_ahead(r, ahead, e) : wait_call(r, method, taken, w);
	if (ok && ret)
		*ret = TAKE(w->result);
	if (ret_data)
		*ret_data = TAKE(w->data);
	json_decref(own.result);
	json_decref(own.data);
	return ok;
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

		if (!asks[i].text)
			x->ahead = ahead_take(r, asks[i].method,
					      asks[i].params);
		x->w = x->ahead ? &x->ahead->w : &x->own;
		x->own.e = &x->why;
		if (!x->ahead)
			x->call = call_new(r, asks[i].method, asks[i].params,
					   asks[i].text, on_waited, &x->own);
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
		(void)!ask_ahead(r, asks[i].method, asks[i].params, e);
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
	CLEANUP(json_decrefp) json_t *params = json_pack("[s]", kind);
	CLEANUP(ahead_freep) struct ahead *a = NULL;

	if (r->http)
		return err_set(e, ERR_UNSUPPORTED, 0,
			       "subscribing to %s needs the UNIX socket, not "
			       "%s",
			       kind, r->name);
	if (!*ahead_find(r, method, params)) {
		(void)!ask_ahead(r, method, json_incref(params), e);
		(*ahead_find(r, method, params))->w.sub = sub_new(r, fn, arg);
	}
	if (r->asking_ahead)
		return false;
	a = ahead_take(r, method, params);
	if (!wait_ahead(r, a, e))
		return false;
	return a->w.sub->id ||
	       err_set(e, ERR_SCHEMA, 0,
		       "eth_subscribe: %s gave no subscription id", r->name);
}
