#include "simulate/serve.h"

#include <errno.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/base.h"
#include "base/contract.h"
#include "io/http_server.h"
#include "simulate/config.h"
#include "simulate/control.h"
#include "simulate/host.h"
#include "simulate/rpc.h"

struct sim {
	struct loop *loop;
	struct watch *leash; /* on stdin */
	struct http_server *control;
	struct rpc_door *rpc;
	struct host **hosts; /* of the world's tees, each at its place */
	struct world world;
	char *control_path, *rpc_path; /* where they are; rpc's NULL: nowhere */
	json_int_t dropped;  /* lines since stdout was last writable */
	const char *stopped; /* why; NULL while running */
};

static void stop(struct sim *s, const char *why)
{
	if (!s->stopped)
		s->stopped = why;
}

static json_t *event(const char *name)
{
	json_t *j = json_object();

	json_object_set_new(j, "event", json_string(name));
	return j;
}

static void put_line(struct sim *s, json_t *take_j)
{
	struct reply r = reply_json(0, take_j);

	if (printf("%s\n", r.text) < 0 || fflush(stdout))
		stop(s, "nobody reads stdout");
	reply_done(&r);
}

/*
 * A reader that is slow costs it lines, and never holds up the TEEs. POLLOUT
 * promises a pipe room for PIPE_BUF bytes, which no line exceeds.
 */
static void say(struct sim *s, json_t *take_j)
{
	struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
	json_t *j;

	if (poll(&out, 1, 0) == 0) {
		json_decref(take_j);
		s->dropped++;
		return;
	}
	if (s->dropped) {
		j = event("dropped");
		json_object_set_new(j, "lines", json_integer(s->dropped));
		s->dropped = 0;
		put_line(s, j);
	}
	put_line(s, take_j);
}

/* What was broken or mended may be a host. */
static bool settle(const struct sim *s, const struct tee *t, struct err *e)
{
	size_t i = 0;

	while (s->world.tees[i] != t)
		i++;
	return host_settle(s->hosts[i], e);
}

static void on_news(void *arg, json_t *take_event)
{
	say(arg, take_event);
}

/* Nobody is there any more, and nothing of what was done to them. */
static void leave_world(struct sim *s)
{
	for (size_t i = 0; i < s->world.n; i++) {
		host_free(s->hosts[i]);
		tee_free(s->world.tees[i]);
	}
	free(TAKE(s->hosts));
	free(TAKE(s->world.tees));
	s->world.n = 0;
	intel_done(&s->world.intel);
}

static bool start_instances(struct sim *s, const struct sim_config *c,
			    struct err *e)
{
	struct world *w = &s->world;

	s->hosts = xcalloc(c->n + 1, sizeof(struct host *));
	w->tees = xcalloc(c->n + 1, sizeof(struct tee *));
	for (; w->n < c->n; w->n++) {
		const struct sim_instance *in = &c->inst[w->n];
		struct tee_spec spec = config_spec(c, in);
		struct host_spec host = {
		    .world = w,
		    .at = w->n,
		    .socket = in->socket,
		    .has_port = in->has_port,
		    .port = in->port,
		    .on_event = on_news,
		    .arg = s,
		};

		if (!tee_new(&w->tees[w->n], &spec, e))
			return false;
		if (!host_new(&s->hosts[w->n], s->loop, &host, e)) {
			tee_free(w->tees[w->n]);
			return err_ctx(e, "instance %s", spec.name);
		}
	}
	return true;
}

/* {"alice": 8090, …} of the instances that have a port. */
static json_t *ports(const struct sim *s)
{
	json_t *j = json_object();

	for (size_t i = 0; i < s->world.n; i++)
		if (host_port(s->hosts[i]))
			json_object_set_new(
			    j, s->world.tees[i]->name,
			    json_integer(host_port(s->hosts[i])));
	return j;
}

static bool enter_world(struct sim *s, const struct sim_config *c,
			struct err *e)
{
	return intel_init(&s->world.intel, c->at, e) &&
	       start_instances(s, c, e);
}

static json_t *ready(const struct sim *s, const struct sim_config *c)
{
	json_t *j = event("ready");

	json_object_set_new(j, "seed", json_integer((json_int_t)c->seed));
	json_object_set_new(j, "instances", json_integer((json_int_t)c->n));
	json_object_set_new(j, "control", json_string(c->control));
	json_object_set_new(j, "ports", ports(s));
	json_object_set_new(j, "contract", json_integer(CONTRACT_TEE));
	return j;
}

/* Whoever asks is a client of these two. */
static bool stays(const struct sim *s, const struct sim_config *c,
		  struct err *e)
{
	if (!strcmp(s->control_path, c->control) &&
	    !strcmp(s->rpc_path ? s->rpc_path : "", c->rpc ? c->rpc : ""))
		return true;
	return err_set(e, ERR_SCHEMA, 0,
		       "control and rpc must stay where they are");
}

/* A whole config in place of the present one. */
static struct reply other_world(struct sim *s, const struct http_in *in,
				json_t **ret_event)
{
	struct arena *a CLEANUP(arena_freep) = arena_new();
	json_t *j CLEANUP(json_decrefp) = NULL;
	struct err e = ERR_INIT;
	struct sim_config c;

	*ret_event = NULL;
	if (strcmp(in->method, "PUT"))
		return reply_error(405, "%.20s is not for /world", in->method);
	if (!json_parse(&j, in->body, in->body_len, "request", &e) ||
	    !config_parse(&c, a, j, &e) || !stays(s, &c, &e))
		return reply_error(400, "%s", e.text);
	leave_world(s);
	if (!enter_world(s, &c, &e)) {
		leave_world(s);
		return reply_error(500, "%s", e.text);
	}
	*ret_event = ready(s, &c);
	return reply_json(200, json_incref(*ret_event));
}

static struct reply ask_control(struct sim *s, const struct http_in *in,
				json_t **ret_event)
{
	struct control_note note;
	struct err e = ERR_INIT;
	json_t *j = NULL;
	struct reply r;

	if (!strcmp(in->path, "/world"))
		return other_world(s, in, ret_event);
	r = control_answer(&s->world, in, &note);
	if (note.faults_of) {
		j = event("faults");
		json_object_set_new(j, "instance",
				    json_string(note.faults_of->name));
		json_object_set_new(j, "faults",
				    fault_set_json(&note.faults_of->faults));
		if (!settle(s, note.faults_of, &e)) {
			reply_done(&r);
			r = reply_error(500, "%s", e.text);
		}
	} else if (note.intel) {
		j = event("intel");
		json_object_update_new(j, intel_json(&s->world.intel));
	}
	*ret_event = j;
	return r;
}

static void send_reply(struct sim *s, struct http_exchange *x, struct reply *r,
		       json_t *take_event)
{
	reply_send(x, r);
	if (take_event)
		say(s, take_event);
}

static void on_control(void *arg, const struct http_in *in,
		       struct http_exchange *x)
{
	struct sim *s = arg;
	json_t *j;
	struct reply r = ask_control(s, in, &j);

	send_reply(s, x, &r, j);
}

static struct reply on_rpc(void *arg, const char *to, const struct http_in *in)
{
	struct sim *s = arg;
	json_t *j = NULL;
	struct reply r;
	size_t i = 0;

	while (to && i < s->world.n && strcmp(s->world.tees[i]->name, to))
		i++;
	if (to && i == s->world.n)
		return reply_error(404, "unknown instance \"%.100s\"", to);
	r = to ? host_ask(s->hosts[i], in, &j) : ask_control(s, in, &j);
	if (j)
		say(s, j);
	return r;
}

static void on_signal(void *arg, int signo)
{
	stop(arg, signo == SIGTERM ? "SIGTERM" : "SIGINT");
}

static void on_stdin(void *arg, UNUSED uint32_t events)
{
	char ignored[256];
	ssize_t n = read(STDIN_FILENO, ignored, sizeof(ignored));

	if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
		stop(arg, "stdin ended");
}

static bool is_stopped(void *arg)
{
	const struct sim *s = arg;

	return s->stopped;
}

static void sim_done(struct sim *s)
{
	http_server_free(s->control);
	rpc_door_free(s->rpc);
	leave_world(s);
	free(s->control_path);
	free(s->rpc_path);
	watch_free(s->leash);
	loop_free(s->loop);
}

/* A socket for each instance, and one for each of its clients. */
static void want_descriptors(void)
{
	struct rlimit r;

	if (!getrlimit(RLIMIT_NOFILE, &r)) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
	}
}

static bool watch_world(struct sim *s, struct err *e)
{
	sigset_t signals;
	struct stat st;

	/* A reader that is gone shows as a failed write, not as a death. */
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return err_os(e, errno, "SIGPIPE");
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	if (!loop_signals(s->loop, &signals, on_signal, s, e))
		return false;
	/* Files and /dev/null end at once, and epoll does not take them. */
	if (!fstat(STDIN_FILENO, &st) &&
	    (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) ||
	     isatty(STDIN_FILENO)))
		s->leash =
		    loop_watch(s->loop, STDIN_FILENO, EPOLLIN, on_stdin, s);
	return true;
}

static bool run(struct sim *s, const struct sim_config *c, struct err *e)
{
	json_t *j;

	want_descriptors();
	if (!loop_new(&s->loop, e) || !watch_world(s, e) ||
	    !enter_world(s, c, e))
		return false;
	s->control_path = xstrdup(c->control);
	s->rpc_path = c->rpc ? xstrdup(c->rpc) : NULL;
	if (!http_server_new(&s->control, s->loop, c->control, 0, on_control, s,
			     e))
		return err_ctx(e, "control");
	if (c->rpc && !rpc_door_new(&s->rpc, s->loop, c->rpc, on_rpc, s, e))
		return err_ctx(e, "rpc");
	say(s, ready(s, c));
	if (!loop_run_until(s->loop, is_stopped, s, UINT64_MAX, "the end", e))
		return false;
	j = event("stopped");
	json_object_set_new(j, "why", json_string(s->stopped));
	say(s, j);
	return true;
}

bool serve(const char *config_path, struct err *e)
{
	struct arena *a CLEANUP(arena_freep) = arena_new();
	struct sim_config c;
	struct sim s = {.stopped = NULL};
	bool ok;

	if (!config_read(&c, a, config_path, e))
		return false;
	ok = run(&s, &c, e);
	sim_done(&s);
	return ok;
}
