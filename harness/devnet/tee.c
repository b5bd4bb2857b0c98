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
	char *config_path, *control, *rpc_path, *log_path;
	char **names, **sockets;
	bool any_broken; /* by tee_break(), since all were mended */
	bool issued;	 /* by tee_issue() */
	json_t *statuses; /* of platforms at first, by instance; owned */
	json_t *list;	  /* the config's instances; owned */
	size_t n;
	bool ready;
	uint64_t contract; /* that it said when it was ready; 0: none */
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
	if (t->spec.on_event)
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

static bool write_config(const struct tee *t, uint64_t seed, struct err *e)
{
	CLEANUP(json_decrefp) json_t *config =
		json_pack("{s:I, s:s, s:s, s:O}", "seed", (json_int_t)seed,
			  "control", t->control, "rpc", t->rpc_path,
			  "instances", t->list);
	CLEANUP(freep) char *text = json_text(config);

	return file_write_atomic(t->config_path, text, strlen(text), e);
}

static bool is_ready(void *arg)
{
	const struct tee *t = arg;

	return t->ready || !child_running(t->child);
}

/* Add the next action where the program is not there. Returns false. */
static bool missing(struct err *e)
{
	if (e->code == ERR_OS && e->sub == ENOENT)
		err_ctx(e, "`make` builds the TEE simulator");
	return false;
}

static bool start(struct tee *t, const char *program, struct err *e)
{
	const char *argv[] = { program, "serve", "--config", t->config_path,
			       NULL };
	struct child_spec spec = {
		.name = "tee-sim",
		.argv = argv,
		.log_path = t->log_path,
		.hold_stdin = true,
		.on_line = tee_line,
		.arg = t,
	};

	return child_spawn(&t->child, t->loop, &spec, e) || missing(e);
}

bool tee_new(struct tee **ret, struct loop *l, const struct tee_spec *spec,
	     struct err *e)
{
	CLEANUP(tee_freep) struct tee *t = xcalloc(1, sizeof(*t));

	t->loop = l;
	t->spec.on_event = spec->on_event;
	t->spec.arg = spec->arg;
	t->config_path = xasprintf("%s/tee.json", spec->dir);
	t->control = xasprintf("%s/tee-control.sock", spec->dir);
	t->rpc_path = xasprintf("%s/tee-rpc.sock", spec->dir);
	t->log_path = xasprintf("%s/tee.log", spec->dir);
	t->names = xcalloc(spec->instances_n, sizeof(*t->names));
	t->sockets = xcalloc(spec->instances_n, sizeof(*t->sockets));
	t->list = json_array();
	t->statuses = json_object();
	while (t->n < spec->instances_n) {
		t->sockets[t->n] = xasprintf("%s/%s-tee.sock", spec->dir,
					     spec->instances[t->n].name);
		add_instance(t, &spec->instances[t->n]);
	}
	if (!write_config(t, spec->seed, e) || !start(t, spec->program, e))
		return false;
	*ret = TAKE(t);
	return true;
}

void tee_free(struct tee *t)
{
	if (!t)
		return;
	rpc_free(t->rpc);
	if (t->child && child_running(t->child))
		child_stop(t->child, STOP_MS, NULL);
	child_free(t->child);
	for (size_t i = 0; i < t->n; i++) {
		free(t->names[i]);
		free(t->sockets[i]);
	}
	json_decref(t->list);
	json_decref(t->statuses);
	free(t->names);
	free(t->sockets);
	free(t->config_path);
	free(t->control);
	free(t->rpc_path);
	free(t->log_path);
	free(t);
}

bool tee_alive(const struct tee *t)
{
	return child_running(t->child);
}

bool tee_blame(const struct tee *t, struct err *e)
{
	struct src_pos pos = e->pos;
	char text[64];

	if (tee_alive(t))
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

	if ((!t->rpc && !rpc_open_ipc(&t->rpc, t->loop, t->rpc_path, e)) ||
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

bool tee_ready(struct tee *t, struct err *e)
{
	char text[64];

	if (!loop_run_until(t->loop, is_ready, t, clock_ms() + START_MS,
			    "the TEE simulator to be ready", e))
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

	if (!need_instance(t, instance, e) || !fault_json(&body, fault, e))
		return false;
	t->any_broken = true;
	return call(t, NULL, "POST", path, body, NULL, e);
}

bool tee_mend(struct tee *t, const char *instance, struct err *e)
{
	CLEANUP(freep) char *path = xasprintf("/faults/%s", instance);

	return need_instance(t, instance, e) &&
	       call(t, NULL, "DELETE", path, NULL, NULL, e);
}

bool tee_mend_all(struct tee *t, struct err *e)
{
	for (size_t i = 0; t->any_broken && i < t->n; i++)
		if (!tee_mend(t, t->names[i], e))
			return false;
	t->any_broken = false;
	return true;
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
	t->issued = true;
	return call(t, NULL, "POST", "/intel", take_changes, NULL, e);
}

bool tee_issued(const struct tee *t)
{
	return t->issued;
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
