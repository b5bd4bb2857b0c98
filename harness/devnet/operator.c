/* What the harness does with an operator's processes, or another one's. */
#include "devnet/operator_priv.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/contract.h"

#include "base/base.h"

#define START_MS 30000u
#define STOP_MS 10000u
#define OUTPUT_MAX (1u << 20)
#define EVENT_DEPTH_MAX 64u

struct operator {
	struct loop *loop;
	const struct live_events *events;
	char *name, *title, *program, *dir, *config_path, *log_path,
		*state_path;
	bool awaited; /* it says when it is ready, and what it has handled */
	size_t log_start; /* what others wrote into the same file before */
	struct gateway *gateway;
	char **env; /* NULL-ended; the first env_own are owned */
	size_t env_own;

	struct child *daemon;
	bool ready, paused, told_to_end, configured;
	char *refused;	   /* why it did not take a configuration */
	char *said_ready; /* its `ready` event, which says where it serves */
	json_t *served;	  /* the same, once somebody wants to know */
	uint64_t contract;  /* that it says there */
	char *died;	   /* why the daemon ended untold */
	uint64_t handled;  /* block, by its last `handled` event */
	bool hash_said, counts; /* it says the block's hash, its requests */
	struct hash32 hash;
	uint64_t requests; /* sent by then, as it says */

	struct child *command;
	struct buf command_out;
	uint64_t mark; /* gateway calls before the command */
	bool has_tx;
	struct hash32 tx; /* the newest mined since the command began */
};

static void forget_ready(struct operator *o)
{
	free(TAKE(o->said_ready));
	json_decref(TAKE(o->served));
}

/* @line: that it stood in. */
static void take_event(struct operator *o, const json_t *event,
		       const char *line)
{
	const char *kind = json_string_value(json_object_get(event, "event"));
	uint64_t block;
	const char *what;
	struct err e;

	if (!kind)
		return;
	if (!strcmp(kind, "ready")) {
		o->ready = true;
		forget_ready(o);
		o->said_ready = xstrdup(line);
		(void)!json_u64_at(&o->contract, event, "contract", &e);
	}
	if (!strcmp(kind, "configured"))
		o->configured = true;
	if (!strcmp(kind, "crashing"))
		o->told_to_end = true; /* by its own configuration */
	if (!strcmp(kind, "error") && json_text_at(&what, event, "what", &e) &&
	    !strcmp(what, "configure") && json_text_at(&what, event, "text", &e)) {
		free(o->refused);
		o->refused = xstrdup(what);
	}
	if (!strcmp(kind, "lost"))
		o->handled = 0;
	if (!strcmp(kind, "handled") && json_u64_at(&block, event, "block", &e)) {
		o->handled = block;
		o->counts = json_u64_at(&o->requests, event, "requests", &e);
		o->hash_said = json_hash_at(&o->hash, event, "hash", &e);
	}
}

static void daemon_line(void *arg, enum child_stream s, const char *line)
{
	CLEANUP(json_decrefp) json_t *event = NULL;
	struct operator *o = arg;
	struct err e;

	/*
	 * Somebody else's operator may print what it likes: no event then. One
	 * that is hardly to be read could not be within a record of the journal.
	 */
	if (s == CHILD_OUT && *line == '{' &&
	    json_parse(&event, line, strlen(line), "event", &e) &&
	    json_is_deeper(event, EVENT_DEPTH_MAX))
		json_decref(TAKE(event));
	if (event)
		take_event(o, event, line);
	if (o->events->on_line)
		o->events->on_line(o->events->arg, o->name, s, line, event);
}

static void daemon_exit(void *arg, int status)
{
	struct operator *o = arg;
	char text[64];

	if (!o->told_to_end && !o->died)
		o->died = xasprintf("%s ended %s: %s; its last words: %s",
				    o->title,
				    o->ready ? "untold" :
					       "before it was ready",
				    child_status_text(status, text),
				    child_tail(o->daemon));
	if (o->events->on_exit)
		o->events->on_exit(o->events->arg, o->name, status,
				   o->told_to_end);
}

static void command_line(void *arg, enum child_stream s, const char *line)
{
	struct operator *o = arg;

	buf_adds(&o->command_out, line);
	buf_addc(&o->command_out, '\n');
	if (o->events->on_line)
		o->events->on_line(o->events->arg, o->name, s, line, NULL);
}

static bool is_transaction(const char *method)
{
	static const char send[] = "eth_sendRawTransaction";

	return strncmp(method, send, sizeof(send) - 1) == 0;
}

static void gateway_answer(void *arg, const char *actor,
			   const struct gateway_call *c, const json_t *result,
			   const json_t *error)
{
	struct operator *o = arg;
	struct err e;

	/* Most answers are no receipts, and need no error that says so. Those
	 * that a daemon asks for are of any time, and not always read. */
	if ((c->source != GATEWAY_DAEMON || is_transaction(c->method)) &&
	    json_object_get(result, "transactionHash") &&
	    json_hash_at(&o->tx, result, "transactionHash", &e))
		o->has_tx = true;
	if (o->events->gateway.on_answer)
		o->events->gateway.on_answer(o->events->arg, actor, c, result,
					     error);
}

static void gateway_request(void *arg, const char *actor,
			    const struct gateway_call *c)
{
	const struct operator *o = arg;

	if (o->events->gateway.on_request)
		o->events->gateway.on_request(o->events->arg, actor, c);
}

static void gateway_lost(void *arg, const char *actor, const struct err *why)
{
	struct operator *o = arg;

	(void)actor;
	if (!o->died)
		o->died = xasprintf("%s was cut off from the chain: %s",
				    o->title, why->text);
}

static void gateway_bad_client(void *arg, const char *actor,
			       const struct err *why)
{
	struct operator *o = arg;

	(void)actor;
	if (!o->died)
		o->died = xasprintf("%s sent what is no JSON-RPC: %s", o->title,
				    why->text);
}

static bool set_up(struct operator *o, const struct operator_spec *spec,
		   struct err *e)
{
	CLEANUP(freep) char *socket = xasprintf("%s/" OPERATOR_SOCKET, spec->dir);
	struct gateway_spec gw = {
		.actor = o->name,
		.upstream = spec->upstream,
		.ipc_path = socket,
		.events = { .keep_params = spec->events->gateway.keep_params,
			    .on_request = gateway_request,
			    .on_answer = gateway_answer,
			    .on_bad_client = gateway_bad_client,
			    .on_lost = gateway_lost,
			    .arg = o },
	};
	struct stat st;

	if (!operator_folder(spec->dir, e))
		return false;
	o->dir = xstrdup(spec->dir);
	o->config_path = xasprintf("%s/config.json", spec->dir);
	o->state_path = xasprintf("%s/state.json", spec->dir);
	o->log_path = spec->log_path ? xstrdup(spec->log_path)
				     : xasprintf("%s/log", spec->dir);
	o->log_start = stat(o->log_path, &st) ? 0 : (size_t)st.st_size;
	o->env = operator_environment(spec, o->config_path, &o->env_own);
	return gateway_new(&o->gateway, o->loop, &gw, e) &&
	       operator_give(spec, o->gateway, o->config_path, o->state_path,
			     e);
}

bool operator_new(struct operator **ret, struct loop *l,
		  const struct operator_spec *spec, struct err *e)
{
	CLEANUP(operator_freep) struct operator *o = xcalloc(1, sizeof(*o));

	o->loop = l;
	o->events = spec->events;
	o->name = xstrdup(spec->name);
	o->program = xstrdup(spec->program);
	o->command_out = BUF_INIT(OUTPUT_MAX);
	o->title = xasprintf("%s %s", spec->other ? "process" : "operator",
			     spec->name);
	o->awaited = !spec->unheard;
	if (!set_up(o, spec, e))
		return err_ctx(e, "%s", o->title);
	*ret = TAKE(o);
	return true;
}

void operator_free(struct operator *o)
{
	if (!o)
		return;
	o->told_to_end = true;
	child_free(o->daemon);
	child_free(o->command);
	gateway_free(o->gateway);
	for (size_t i = 0; i < o->env_own; i++)
		free(o->env[i]);
	free(o->env);
	free(o->name);
	free(o->title);
	free(o->program);
	free(o->dir);
	free(o->config_path);
	free(o->log_path);
	free(o->state_path);
	free(o->refused);
	free(o->died);
	forget_ready(o);
	buf_done(&o->command_out);
	free(o);
}

const char *operator_name(const struct operator *o)
{
	return o->name;
}

const char *operator_program(const struct operator *o)
{
	return o->program;
}

struct gateway *operator_gateway(const struct operator *o)
{
	return o->gateway;
}

const char *operator_config_path(const struct operator *o)
{
	return o->config_path;
}

const char *const *operator_env(const struct operator *o)
{
	return (const char *const *)o->env;
}

const char *operator_url(struct operator *o, const char *what)
{
	struct err e;

	if (!o->daemon || !child_running(o->daemon) || !o->said_ready)
		return NULL;
	if (!o->served) /* of JSON that was parsed when it came */
		ASSERT(json_parse(&o->served, o->said_ready,
				  strlen(o->said_ready), "event", &e));
	return json_string_value(json_object_get(o->served, what));
}

const char *operator_dir(const struct operator *o)
{
	return o->dir;
}

bool operator_log(const struct operator *o, struct buf *out, struct err *e)
{
	FILE *f = fopen(o->log_path, "re");
	size_t n = BUFSIZ;
	char text[BUFSIZ];

	if (!f)
		return errno == ENOENT || err_os(e, errno, "%s", o->log_path);
	if (fseek(f, (long)o->log_start, SEEK_SET))
		n = 0;
	while (n == sizeof(text) && out->len < out->cap) {
		size_t room = out->cap - out->len;

		n = fread(text, 1, room < sizeof(text) ? room : sizeof(text),
			  f);
		buf_add(out, text, n);
	}
	fclose(f);
	return true;
}

static bool write_behaviour(struct operator *o, const json_t *behaviour,
			    struct err *e)
{
	CLEANUP(json_decrefp) json_t *config = NULL;
	CLEANUP(freep) char *text = NULL;
	json_t *was, *v;
	const char *key;

	if (!json_read_file(&config, o->config_path, e))
		return false;
	was = json_object_get(config, "behaviour");
	if (!json_is_object(was)) {
		was = json_object();
		json_object_set_new(config, "behaviour", was);
	}
	json_object_foreach((json_t *)(uintptr_t)behaviour, key, v)
	{
		if (json_is_null(v))
			json_object_del(was, key);
		else
			json_object_set(was, key, v);
	}
	text = json_text(config);
	return file_write_atomic(o->config_path, text, strlen(text), e);
}

static bool has_taken_it(void *arg)
{
	const struct operator *o = arg;

	return o->configured || o->refused || !child_running(o->daemon);
}

bool operator_configure(struct operator *o, const json_t *behaviour,
			struct err *e)
{
	CLEANUP(freep) char *what = xasprintf("%s to say that it is configured",
					      o->title);

	if (operator_paused(o))
		return err_set(e, ERR_SCHEMA, 0,
			       "%s is paused and cannot read its "
			       "configuration: `resume` or `stop` it first",
			       o->title);
	if (!write_behaviour(o, behaviour, e))
		return false;
	if (!operator_running(o))
		return true;
	o->configured = false;
	free(TAKE(o->refused));
	child_signal(o->daemon, SIGHUP);
	if (!loop_run_until(o->loop, has_taken_it, o, clock_ms() + STOP_MS,
			    what, e))
		return false;
	if (o->refused)
		return err_set(e, ERR_SCHEMA, 0, "%s: %s", o->title,
			       o->refused);
	return o->configured ||
	       err_set(e, ERR_CHILD, child_status(o->daemon), "%s",
		       o->died ? o->died : "it ended");
}

static bool is_ready(void *arg)
{
	struct operator *o = arg;

	return o->ready || !child_running(o->daemon);
}

/* Replace "timed out" by what was expected of it, and what it said. */
static bool not_ready(const struct operator *o, struct err *e)
{
	if (e->code != ERR_TIMEOUT)
		return false;
	return err_set(e, ERR_TIMEOUT, 0,
		       "%s did not say within %u ms that it is ready "
		       "(docs/operator.md has the event; %s is the program); "
		       "its last words: %s",
		       o->title, START_MS, o->program, child_tail(o->daemon));
}

bool operator_launch(struct operator *o, struct err *e)
{
	const char *argv[] = { o->program, "run", "--config",
			       o->config_path, NULL };
	struct child_spec spec = {
		.name = o->name,
		.argv = argv,
		.env = operator_env(o),
		.log_path = o->log_path,
		.hold_stdin = true,
		.on_line = daemon_line,
		.on_exit = daemon_exit,
		.arg = o,
	};

	if (o->daemon && child_running(o->daemon))
		return err_set(e, ERR_SCHEMA, 0,
			       "%s runs already", o->title);
	child_free(TAKE(o->daemon));
	free(TAKE(o->died));
	forget_ready(o);
	o->ready = !o->awaited;
	o->paused = o->told_to_end = false;
	o->handled = o->requests = 0;
	o->contract = CONTRACT_OPERATOR; /* who does not say is not asked */
	o->hash_said = false;
	if (!child_spawn(&o->daemon, o->loop, &spec, e))
		return err_ctx(e, "cannot start %s", o->title);
	gateway_daemon(o->gateway, child_pid(o->daemon));
	return true;
}

bool operator_await(struct operator *o, struct err *e)
{
	CLEANUP(freep) char *what = xasprintf("%s to be ready", o->title);

	if (!loop_run_until(o->loop, is_ready, o, clock_ms() + START_MS, what,
			    e))
		return not_ready(o, e);
	if (!o->ready)
		return err_set(e, ERR_CHILD, child_status(o->daemon), "%s",
			       o->died ? o->died : "it ended");
	if (o->contract != CONTRACT_OPERATOR)
		return err_set(e, ERR_UNSUPPORTED, 0,
			       "%s speaks version %" PRIu64 " of the "
			       "contract, this avsbed %u: %s is of another "
			       "build; `make programs` makes both alike",
			       o->title, o->contract, CONTRACT_OPERATOR,
			       o->program);
	return true;
}

static bool need_daemon(const struct operator *o, const char *verb,
			struct err *e)
{
	if (o->daemon && child_running(o->daemon))
		return true;
	return err_set(e, ERR_SCHEMA, 0,
		       "cannot %s %s: no process of it runs", verb,
		       o->title);
}

/* What SIGTERM makes of a program that does nothing about it, or of its shell:
 * who knows our contract promised more. */
static bool has_ended_well(const struct operator *o, int status)
{
	if (o->awaited)
		return !status;
	return !status ||
	       (WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM) ||
	       (WIFEXITED(status) && WEXITSTATUS(status) == 128 + SIGTERM);
}

bool operator_stop(struct operator *o, struct err *e)
{
	bool killed;
	char text[64];

	if (!need_daemon(o, "stop", e))
		return false;
	o->told_to_end = true;
	o->paused = false;
	child_stop(o->daemon, STOP_MS, &killed);
	if (killed)
		return err_set(e, ERR_CHILD, child_status(o->daemon),
			       "%s ignored SIGTERM for %u ms and was killed",
			       o->title, STOP_MS);
	if (!has_ended_well(o, child_status(o->daemon)))
		return err_set(e, ERR_CHILD, child_status(o->daemon),
			       "%s did not end cleanly: %s; its last words: %s",
			       o->title,
			       child_status_text(child_status(o->daemon), text),
			       child_tail(o->daemon));
	return true;
}

bool operator_kill(struct operator *o, struct err *e)
{
	if (!need_daemon(o, "kill", e))
		return false;
	o->told_to_end = true;
	o->paused = false;
	child_signal(o->daemon, SIGKILL);
	return child_wait(o->daemon, clock_ms() + STOP_MS, e);
}

bool operator_pause(struct operator *o, struct err *e)
{
	if (!need_daemon(o, "pause", e))
		return false;
	child_signal(o->daemon, SIGSTOP);
	o->paused = true;
	return true;
}

bool operator_resume(struct operator *o, struct err *e)
{
	if (!need_daemon(o, "resume", e))
		return false;
	child_signal(o->daemon, SIGCONT);
	o->paused = false;
	return true;
}

bool operator_running(const struct operator *o)
{
	return o->daemon && child_running(o->daemon) && !o->paused;
}

bool operator_paused(const struct operator *o)
{
	return o->daemon && child_running(o->daemon) && o->paused;
}

bool operator_died(const struct operator *o, const char **ret_text)
{
	if (!o->died)
		return false;
	*ret_text = o->died;
	return true;
}

void operator_bury(struct operator *o)
{
	free(TAKE(o->died));
}

static bool holds(const struct operator *o, enum gateway_source source)
{
	for (size_t i = 0; i < gateway_held_n(o->gateway); i++)
		if (gateway_held_at(o->gateway, i).source == source)
			return true;
	return false;
}

/* A head newer than the one we asked for will do, but not one of a branch that
 * is gone. */
static bool has_handled(const struct operator *o, const struct awaited *x)
{
	if (x->silent)
		return true;
	if (!o->hash_said)
		return o->handled >= x->head.number;
	return hash_eq(&o->hash, &x->head.hash) ||
	       (o->handled > x->head.number && o->handled > x->old);
}

static bool nothing_on_the_way(const struct operator *o)
{
	return !o->counts ||
	       o->requests == gateway_daemon_requests(o->gateway);
}

bool operator_settled(const struct operator *o, const struct awaited *x)
{
	const bool commanded = o->command && child_running(o->command);

	if (gateway_in_flight(o->gateway) ||
	    gateway_awaits(o->gateway, x->head.number))
		return false;
	if (commanded && !holds(o, GATEWAY_COMMAND) && !holds(o, GATEWAY_HTTP))
		return false;
	if (!operator_running(o) || holds(o, GATEWAY_DAEMON) || !o->awaited)
		return true;
	/* Nobody else of its is there to send by HTTP. */
	if (!commanded && holds(o, GATEWAY_HTTP))
		return true;
	switch (gateway_troubled(o->gateway)) {
	case GATEWAY_UNREACHABLE:
		return true;
	case GATEWAY_DELAY:
	case GATEWAY_STALE:
		return gateway_late_n(o->gateway) ||
		       (o->handled >= gateway_told(o->gateway) &&
			nothing_on_the_way(o));
	case GATEWAY_SOUND:
	case GATEWAY_ERROR:
		break;
	}
	return !gateway_cut(o->gateway) && has_handled(o, x) &&
	       nothing_on_the_way(o);
}

void operator_awaited(const struct operator *o, const struct awaited *x,
		      struct buf *out)
{
	bool other = o->hash_said && o->handled == x->head.number &&
		     !hash_eq(&o->hash, &x->head.hash);

	buf_addf(out,
		 "%s (handled block %" PRIu64 " of %" PRIu64 "%s%s, %" PRIu64
		 " requests sent, %" PRIu64 " seen, %zu in flight%s%s)",
		 o->name, o->handled, x->head.number,
		 other ? " on a branch that is gone" : "",
		 gateway_awaits(o->gateway, x->head.number) ?
			 ", not told of it" : "",
		 o->requests,
		 gateway_daemon_requests(o->gateway),
		 gateway_in_flight(o->gateway),
		 gateway_cut(o->gateway) ? ", not connected again" : "",
		 o->command && child_running(o->command) ? ", a command runs"
							 : "");
}

bool operator_command(struct operator *o, const char *const *words,
		      struct err *e)
{
	size_t n = 0;
	const char **argv;
	struct child_spec spec = {
		.name = o->name,
		.env = operator_env(o),
		.log_path = o->log_path,
		.hold_stdin = true,
		.on_line = command_line,
		.arg = o,
	};
	bool ok;

	while (words[n])
		n++;
	spec.argv = argv = xcalloc(n + 4, sizeof(*argv));
	ASSERT(!o->command || !child_running(o->command));
	argv[0] = o->program;
	memcpy(argv + 1, words, n * sizeof(*words));
	argv[1 + n] = "--config";
	argv[2 + n] = o->config_path;
	child_free(TAKE(o->command));
	buf_clear(&o->command_out);
	o->mark = gateway_calls(o->gateway);
	o->has_tx = false;
	ok = child_spawn(&o->command, o->loop, &spec, e);
	free(argv);
	return ok || err_ctx(e, "cannot run a command of %s", o->title);
}

bool operator_command_done(const struct operator *o)
{
	return o->command && !child_running(o->command);
}

void operator_command_end(struct operator *o)
{
	child_free(TAKE(o->command));
}

int operator_command_result(const struct operator *o, const char **ret_out)
{
	ASSERT(operator_command_done(o));
	*ret_out = buf_str(&o->command_out);
	return child_status(o->command);
}

bool operator_last_tx(const struct operator *o, struct hash32 *ret)
{
	if (o->has_tx)
		*ret = o->tx;
	return o->has_tx;
}

const struct gateway_revert *operator_reverted(const struct operator *o)
{
	const struct gateway_revert *r = gateway_last_revert(o->gateway);

	return r && r->number > o->mark ? r : NULL;
}
