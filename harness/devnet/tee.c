#include "devnet/tee.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/contract.h"
#include "base/hex.h"
#include "eth/tee_host.h"
#include "io/jsonrpc.h"

#include "base/base.h"

#define START_MS 30000u
#define STOP_MS 10000u
#define CALL_MS 30000u

struct tee {
	struct loop *loop;
	struct rpc *rpc;      /* from the first request on */
	struct tee_spec spec; /* on_event and arg only */
	struct child *child;
	char *program, *dir, *config_path, *control, *rpc_path;
	uint64_t contract; /* that it said when it was ready; 0: none */
	bool ready, refused; /* the present world */
	uint64_t seed;	     /* of it */
	char **names, **sockets;
	json_t *statuses; /* of platforms at first, by instance; owned */
	json_t *list;	  /* the config's instances; owned */
	size_t n;
};

static void tee_line(void *arg, enum child_stream s, const char *line)
{
	CLEANUP(json_decrefp) json_t *event = NULL;
	struct tee *t = arg;
	const char *kind;
	struct err e;

	if (s != CHILD_OUT ||
	    !json_parse(&event, line, strlen(line), "event", &e))
		return;
	kind = json_string_value(json_object_get(event, "event"));
	if (kind && !strcmp(kind, "ready")) {
		t->ready = true;
		(void)!json_u64_at(&t->contract, event, "contract", &e);
	}
	/* Before that the world before speaks. */
	if (t->ready && t->spec.on_event)
		t->spec.on_event(t->spec.arg, line, event);
}

/* A platform's settings, where the simulator's config has them. */
static void add_platform(struct tee *t, json_t *instance, const char *name,
			 const json_t *platform)
{
	json_t *hardware = json_object();
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)platform, key, value) {
		const bool status = !strcmp(key, "status");

		json_object_set(status			 ? t->statuses
				: tee_host_hardware(key) ? hardware
							 : instance,
				status ? name : key, value);
	}
	json_object_set_new(instance, "platform", hardware);
}

static void add_instance(struct tee *t, const struct tee_instance *x)
{
	json_t *instance;

	t->names[t->n] = xstrdup(x->name);
	instance = json_pack("{s:s, s:s}", "name", x->name, "socket",
			     t->sockets[t->n]);
	if (x->platform)
		add_platform(t, instance, x->name, x->platform);
	json_array_append_new(t->list, instance);
	t->n++;
}

static void set_world(struct tee *t, const struct tee_spec *spec)
{
	t->seed = spec->seed;
	t->names = xcalloc(spec->instances_n, sizeof(*t->names));
	t->sockets = xcalloc(spec->instances_n, sizeof(*t->sockets));
	t->list = json_array();
	t->statuses = json_object();
	while (t->n < spec->instances_n) {
		t->sockets[t->n] = xasprintf("%s/%s-tee.sock", t->dir,
					     spec->instances[t->n].name);
		add_instance(t, &spec->instances[t->n]);
	}
}

static void drop_world(struct tee *t)
{
	while (t->n) {
		t->n--;
		free(t->names[t->n]);
		free(t->sockets[t->n]);
	}
	free(TAKE(t->names));
	free(TAKE(t->sockets));
	json_decref(TAKE(t->list));
	json_decref(TAKE(t->statuses));
}

static json_t *config_of(const struct tee *t)
{
	return json_pack("{s:I, s:s, s:s, s:O}", "seed", (json_int_t)t->seed,
			 "control", t->control, "rpc", t->rpc_path,
			 "instances", t->list);
}

static bool write_config(const struct tee *t, struct err *e)
{
	CLEANUP(json_decrefp) json_t *config = config_of(t);
	CLEANUP(freep) char *text = json_text(config);

	return file_write_atomic(t->config_path, text, strlen(text), e);
}

static bool is_ready(void *arg)
{
	const struct tee *t = arg;

	return t->ready || t->refused || !child_running(t->child);
}

/* Add the next action where the program is not there. Returns false. */
static bool missing(struct err *e)
{
	if (e->code == ERR_OS && e->sub == ENOENT)
		err_ctx(e, "`make` builds the TEE simulator");
	return false;
}

/* With the present world, of which it tells first. */
static bool start(struct tee *t, struct err *e)
{
	const char *argv[] = { t->program, "serve", "--config", t->config_path,
			       NULL };
	struct child_spec spec = {
		.name = "tee-sim",
		.argv = argv,
		.hold_stdin = true,
		.on_line = tee_line,
		.arg = t,
	};

	t->ready = t->refused = false;
	return write_config(t, e) &&
	       (child_spawn(&t->child, t->loop, &spec, e) || missing(e));
}

static void stop(struct tee *t)
{
	rpc_free(TAKE(t->rpc));
	if (t->child && child_running(t->child))
		child_stop(t->child, STOP_MS, NULL);
	child_free(TAKE(t->child));
}

bool tee_new(struct tee **ret, struct loop *l, const struct tee_spec *spec,
	     struct err *e)
{
	CLEANUP(tee_freep) struct tee *t = xcalloc(1, sizeof(*t));

	t->loop = l;
	t->spec.on_event = spec->on_event;
	t->spec.arg = spec->arg;
	t->program = xstrdup(spec->program);
	t->dir = xstrdup(spec->dir);
	t->config_path = xasprintf("%s/tee.json", spec->dir);
	t->control = xasprintf("%s/tee-control.sock", spec->dir);
	t->rpc_path = xasprintf("%s/tee-rpc.sock", spec->dir);
	set_world(t, spec);
	if (!start(t, e))
		return false;
	*ret = TAKE(t);
	return true;
}

void tee_free(struct tee *t)
{
	if (!t)
		return;
	stop(t);
	drop_world(t);
	free(t->program);
	free(t->dir);
	free(t->config_path);
	free(t->control);
	free(t->rpc_path);
	free(t);
}

bool tee_alive(const struct tee *t)
{
	return t->child && child_running(t->child);
}

pid_t tee_pid(const struct tee *t)
{
	return child_pid(t->child);
}

bool tee_blame(const struct tee *t, struct err *e)
{
	struct src_pos pos = e->pos;
	char text[64];

	/* One that could not be started again was told of. */
	if (!t->child || tee_alive(t))
		return false;
	err_set(e, ERR_CHILD, child_status(t->child),
		"the TEE simulator ended untold: %s; its last words: %s",
		child_status_text(child_status(t->child), text),
		child_tail(t->child));
	e->pos = pos;
	return true;
}

const char *tee_socket(const struct tee *t, const char *instance)
{
	for (size_t i = 0; i < t->n; i++)
		if (!strcmp(t->names[i], instance))
			return t->sockets[i];
	return NULL;
}

static bool open_rpc(struct tee *t, struct err *e)
{
	return t->rpc || rpc_open_ipc(&t->rpc, t->loop, t->rpc_path, e);
}

/*
 * One request, of control where @to is NULL; an answer that is no 200 is an
 * error in the simulator's own words. As JSON-RPC: an HTTP library would be
 * half of what the harness holds.
 */
static bool call(struct tee *t, const char *to, const char *method,
		 const char *path, json_t *take_body, json_t **ret,
		 struct err *e)
{
	CLEANUP(json_decrefp) json_t *what =
		json_pack("{s:s*, s:s, s:s, s:o*}", "to", to, "method", method,
			  "path", path, "body", take_body);
	CLEANUP(json_decrefp) json_t *result = NULL;
	const json_t *answer;
	const char *why;
	uint64_t status;

	if (!open_rpc(t, e) ||
	    !rpc_call(t->rpc, "request", json_pack("[O]", what), &result, NULL,
		      e) ||
	    !json_u64_at(&status, result, "status", e) ||
	    !json_at(&answer, result, "body", e))
		return err_ctx(e, "TEE simulator");
	why = json_string_value(json_object_get(answer, "error"));
	if (status != 200)
		return err_set(e, ERR_SCHEMA, (int)status, "TEE simulator: %s",
			       why ? why : "no reason given");
	if (ret)
		*ret = json_deep_copy(answer);
	return true;
}

static void on_world(void *arg, const json_t *result,
		     UNUSED const json_t *data, UNUSED const struct err *why)
{
	struct tee *t = arg;
	struct err ignored;
	uint64_t status;

	t->refused = !result ||
		     !json_u64_at(&status, result, "status", &ignored) ||
		     status != 200;
}

void tee_again(struct tee *t, const struct tee_spec *spec)
{
	CLEANUP(json_decrefp) json_t *params = NULL;
	struct err ignored;

	drop_world(t);
	set_world(t, spec);
	t->ready = false;
	t->refused = !open_rpc(t, &ignored);
	if (t->refused)
		return;
	params = json_pack("[{s:s, s:s, s:o}]", "method", "PUT", "path",
			   "/world", "body", config_of(t));
	rpc_send(t->rpc, "request", params, on_world, t);
}

/* Why it refuses a world, one that starts with it says. */
static bool await_world(struct tee *t, struct err *e)
{
	if (!loop_run_until(t->loop, is_ready, t, clock_ms() + START_MS,
			    "the TEE simulator to be ready", e))
		return false;
	if (!t->refused)
		return true;
	stop(t);
	return start(t, e) && await_world(t, e);
}

bool tee_ready(struct tee *t, struct err *e)
{
	char text[64];

	if (!await_world(t, e))
		return e->code == ERR_TIMEOUT ?
			       err_set(e, ERR_TIMEOUT, 0,
				       "the TEE simulator did not say within "
				       "%u ms that it is ready; its last "
				       "words: %s",
				       START_MS, child_tail(t->child)) :
			       false;
	if (!t->ready)
		return err_set(e, ERR_CHILD, child_status(t->child),
			       "the TEE simulator ended before it was ready: "
			       "%s; its last words: %s",
			       child_status_text(child_status(t->child), text),
			       child_tail(t->child));
	if (t->contract != CONTRACT_TEE)
		return err_set(e, ERR_UNSUPPORTED, 0,
			       "the TEE simulator speaks version %" PRIu64
			       " of its contract with the harness, this avsbed "
			       "version %u: they are of different builds; "
			       "`make programs` makes both alike",
			       t->contract, CONTRACT_TEE);
	if (!json_object_size(t->statuses))
		return true;
	return call(t, NULL, "POST", "/intel",
		    json_pack("{s:o}", "status", TAKE(t->statuses)), NULL, e);
}

static bool need_instance(const struct tee *t, const char *instance,
			  struct err *e)
{
	if (tee_socket(t, instance))
		return true;
	return err_set(e, ERR_SCHEMA, 0, "%s has no TEE", instance);
}

/* "name" or "name:parameter=number", as `tee-sim quote --fault` takes it. */
static bool fault_json(json_t **ret, const char *fault, struct err *e)
{
	const char *colon = strchr(fault, ':');
	const char *equals = colon ? strchr(colon, '=') : NULL;
	CLEANUP(freep) char *name = xstrndup(fault, strcspn(fault, ":"));
	CLEANUP(freep) char *param = NULL;
	uint64_t value = 0;

	if (colon && !equals)
		return err_set(e, ERR_PARSE, 0,
			       "%s: a fault with its parameter is "
			       "`name:parameter=number`",
			       fault);
	if (equals && !dec_u64(&value, equals + 1, e))
		return err_ctx(e, "%s", fault);
	*ret = json_pack("{s:s}", "fault", name);
	if (equals) {
		param = xstrndup(colon + 1, (size_t)(equals - colon - 1));
		json_object_set_new(*ret, param, json_integer((json_int_t)value));
	}
	return true;
}

bool tee_break(struct tee *t, const char *instance, const char *fault,
	       struct err *e)
{
	CLEANUP(freep) char *path = xasprintf("/faults/%s", instance);
	json_t *body;

	return need_instance(t, instance, e) && fault_json(&body, fault, e) &&
	       call(t, NULL, "POST", path, body, NULL, e);
}

bool tee_mend(struct tee *t, const char *instance, struct err *e)
{
	CLEANUP(freep) char *path = xasprintf("/faults/%s", instance);

	return need_instance(t, instance, e) &&
	       call(t, NULL, "DELETE", path, NULL, NULL, e);
}

bool tee_quote(struct tee *t, const char *instance, const void *data,
	       size_t len, json_t **ret, struct err *e)
{
	struct buf hex = BUF_INIT(256);
	bool ok;

	if (!need_instance(t, instance, e))
		return false;
	buf_addhex(&hex, data, len);
	ok = call(t, instance, "POST", "/GetQuote",
		  json_pack("{s:s}", "report_data", buf_str(&hex)), ret, e);
	buf_done(&hex);
	return ok;
}

bool tee_collateral(struct tee *t, const char *instance, json_t **ret,
		    struct err *e)
{
	CLEANUP(freep) char *path = xasprintf("/collateral/%s", instance);

	return need_instance(t, instance, e) &&
	       call(t, NULL, "GET", path, NULL, ret, e);
}

bool tee_issue(struct tee *t, json_t *take_changes, struct err *e)
{
	return call(t, NULL, "POST", "/intel", take_changes, NULL, e);
}

static bool ask(struct buf *out, struct loop *l, const char *program,
		const char *command, uint64_t seed, struct err *e)
{
	CLEANUP(freep) char *number = xasprintf("%llu",
						(unsigned long long)seed);
	const char *argv[] = { program, command, "--seed", number, NULL };
	struct child_spec spec = { .name = "tee-sim", .argv = argv };

	return child_run(l, &spec, out, CALL_MS, e) || missing(e);
}

bool tee_identity(struct tee_identity *ret, struct loop *l,
		  const char *program, uint64_t seed, struct err *e)
{
	CLEANUP(json_decrefp) json_t *j = NULL;
	struct buf out = BUF_INIT(65536);
	struct tee_identity id;
	bool ok = ask(&out, l, program, "measurement", seed, e) &&
		  json_parse(&j, buf_str(&out), out.len, "measurement", e) &&
		  json_hash_at(&id.root_x, j, "root_x", e) &&
		  json_hash_at(&id.root_y, j, "root_y", e) &&
		  json_hash_at(&id.measurement, j, "measurement", e);

	buf_done(&out);
	if (!ok)
		return err_ctx(e, "asking tee-sim for its identity");
	*ret = id;
	return true;
}
