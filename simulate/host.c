#include "simulate/host.h"

#include "base/base.h"
#include "base/clock.h"
#include "simulate/pcs.h"

/* An answer that is not given yet. */
struct late {
	struct host *host;
	struct late *next;
	struct http_exchange *x;
	struct reply reply;
	struct timer *timer;
};

struct host {
	struct loop *loop;
	struct host_spec spec;
	char *socket;				      /* spec's, owned */
	struct http_server *unix_server, *tcp_server; /* NULL: not there */
	uint16_t port;
	struct late *late;
};

static struct tee *tee_of(const struct host *h)
{
	return h->spec.world->tees[h->spec.at];
}

static void late_free(struct late *l)
{
	struct late **at = &l->host->late;

	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
	timer_free(l->timer);
	reply_done(&l->reply);
	free(l);
}

static void on_due(void *arg)
{
	struct late *l = arg;

	reply_send(l->x, &l->reply);
	late_free(l);
}

static void on_gone(void *arg)
{
	late_free(arg);
}

/* @ms: UINT64_MAX: never. */
static void answer_late(struct host *h, struct http_exchange *x,
			struct reply *take_r, uint64_t ms)
{
	struct late *l = xcalloc(1, sizeof(*l));

	*l =
	    (struct late){.host = h, .next = h->late, .x = x, .reply = *take_r};
	h->late = l;
	http_on_gone(x, on_gone, l);
	if (ms != UINT64_MAX)
		l->timer = loop_timer(h->loop, clock_ms() + ms, on_due, l);
}

struct reply host_ask(const struct host *h, const struct http_in *in,
		      json_t **ret_event)
{
	struct tee *t = tee_of(h);
	struct agent_note note;
	struct reply r = agent_answer(h->spec.world, t, in, &note);
	json_t *j;

	*ret_event = NULL;
	if (!note.quoted)
		return r;
	j = json_object();
	json_object_set_new(j, "event", json_string("quote"));
	json_object_set_new(j, "instance", json_string(t->name));
	json_object_set_new(j, "report_data",
			    json_hex(note.report_data, TEE_REPORT_DATA));
	json_object_set_new(j, "bytes",
			    json_integer((json_int_t)note.quote_len));
	json_object_set_new(j, "faults", fault_set_json(&t->faults));
	*ret_event = j;
	return r;
}

static struct reply broken_json(void)
{
	struct buf b = BUF_INIT(64);

	buf_adds(&b, "\x01SIMULATED garbage {[\"");
	return reply_bytes(200, "application/json", &b);
}

static void on_request(void *arg, const struct http_in *in,
		       struct http_exchange *x)
{
	struct host *h = arg;
	const struct fault_set *f = &tee_of(h)->faults;
	uint64_t status = 500, ms = UINT64_MAX;
	struct reply r = {.text = NULL};
	json_t *event = NULL;

	if (fault_set_value(f, "host-silent", NULL)) {
		answer_late(h, x, &r, ms);
		return;
	}
	if (fault_set_value(f, "host-error", &status))
		r = reply_error((int)status, "SIMULATED: the host is broken");
	else if (fault_set_value(f, "host-garbage", NULL))
		r = broken_json();
	else if (pcs_is_path(in->path))
		r = pcs_answer(h->spec.world, tee_of(h), in);
	else
		r = host_ask(h, in, &event);
	/* Said first: whoever has the answer can rely on the event. */
	if (event)
		h->spec.on_event(h->spec.arg, event);
	if (fault_set_value(f, "host-slow", &ms))
		answer_late(h, x, &r, ms);
	else
		reply_send(x, &r);
}

static void leave(struct host *h)
{
	http_server_free(TAKE(h->unix_server));
	http_server_free(TAKE(h->tcp_server));
}

/* A port that the system chose stays the instance's. */
static bool enter(struct host *h, struct err *e)
{
	const struct host_spec *s = &h->spec;

	if (s->socket && !h->unix_server &&
	    !http_server_new(&h->unix_server, h->loop, s->socket, 0, on_request,
			     h, e))
		return false;
	if (s->has_port && !h->tcp_server) {
		if (!http_server_new(&h->tcp_server, h->loop, NULL, h->port,
				     on_request, h, e))
			return false;
		h->port = http_server_port(h->tcp_server);
	}
	return true;
}

static bool be_who(struct host *h, struct err *e)
{
	struct tee **place = &h->spec.world->tees[h->spec.at];
	struct tee *old = *place;
	uint64_t restarts = 0;

	fault_set_value(&old->faults, "host-restarted", &restarts);
	if (restarts == old->restarts)
		return true;
	if (!tee_again(place, old, (unsigned)restarts, e))
		return false;
	tee_free(old);
	return true;
}

bool host_settle(struct host *h, struct err *e)
{
	if (!be_who(h, e))
		return false;
	if (!fault_set_value(&tee_of(h)->faults, "host-gone", NULL))
		return enter(h, e);
	leave(h);
	return true;
}

bool host_new(struct host **ret, struct loop *l, const struct host_spec *spec,
	      struct err *e)
{
	struct host *h = xcalloc(1, sizeof(*h));

	*h = (struct host){.loop = l, .spec = *spec, .port = spec->port};
	h->spec.socket = h->socket =
	    spec->socket ? xstrdup(spec->socket) : NULL;
	if (!host_settle(h, e)) {
		host_free(h);
		return false;
	}
	*ret = h;
	return true;
}

void host_free(struct host *h)
{
	if (!h)
		return;
	leave(h);
	/* Their clients were told that the server ends. */
	ASSERT(!h->late);
	free(h->socket);
	free(h);
}

uint16_t host_port(const struct host *h)
{
	return h->port;
}
