#include "devnet/anvil.h"

#include <errno.h>
#include <signal.h>

#include "base/base.h"

#include "base/clock.h"
#include "base/hex.h"
#include "eth/chain.h"
#include "io/child.h"
#include "io/reaper.h"

#define START_MS 30000 /* a loaded machine starts 32 of them in 1.3 s */
#define RETRY_MS 2     /* between looks for the socket */
#define ERRORS_MAX 600u
#define PING_MS 10000
#define LAST_MS 5000   /* from a closed socket to the process's end */
#define STOP_MS 10000  /* writing a dump takes some milliseconds */

struct anvil {
	struct loop *loop;
	struct child *child;
	struct rpc *rpc;
	char *dir;	/* its home; holds the socket and the dump */
	char *ipc, *dump, *url;
	uint16_t port;	/* 0 until it said */
	bool listening, ended, told;
	bool lost; /* the socket was closed */
	struct buf errors; /* its last lines on stderr; stdout is a banner */
};

/* Those before are forgotten when there is no room. */
static void keep_error(struct anvil *a, const char *line)
{
	if (a->errors.len + strlen(line) + 1 > ERRORS_MAX)
		buf_clear(&a->errors);
	buf_addf(&a->errors, "%s%.*s", a->errors.len ? "\n" : "",
		 (int)ERRORS_MAX - 1, line);
}

static void on_line(void *arg, enum child_stream s, const char *line)
{
	static const char said[] = "Listening on 127.0.0.1:";
	struct anvil *a = arg;
	struct err ignored = ERR_INIT;
	uint64_t port;

	if (s == CHILD_ERR && *line)
		keep_error(a, line);
	if (s != CHILD_OUT || strncmp(line, said, sizeof(said) - 1) != 0 ||
	    !dec_u64(&port, line + sizeof(said) - 1, &ignored) ||
	    port > UINT16_MAX)
		return;
	a->port = (uint16_t)port;
	a->listening = true;
}

static void on_exit_(void *arg, int status)
{
	struct anvil *a = arg;

	(void)status;
	a->ended = true;
}

static void on_lost(void *arg, const struct err *why)
{
	struct anvil *a = arg;

	(void)why;
	a->lost = true;
}

static bool has_ended(void *arg)
{
	return ((struct anvil *)arg)->ended;
}

static bool is_stuck(struct anvil *a)
{
	struct err ignored = ERR_INIT;
	struct rpc *r;
	bool answers;

	if (!rpc_open_ipc(&r, a->loop, a->ipc, &ignored))
		return true;
	rpc_timeout(r, PING_MS);
	answers = rpc_call(r, "web3_clientVersion", NULL, NULL, NULL,
			   &ignored);
	rpc_free(r);
	return !answers && !loop_stopped(a->loop);
}

bool anvil_blame(struct anvil *a, struct err *e)
{
	struct src_pos pos = e->pos;
	struct err ignored = ERR_INIT;
	char text[64];
	int status;

	/* A process that ends closes its sockets a moment before. */
	if (a->lost && !a->ended &&
	    !loop_finish(a->loop, has_ended, a, clock_ms() + LAST_MS,
			 "anvil's end", &ignored))
		return false;
	/* Once the scenario's time is over there is none left to ask again. */
	if (!a->ended && e->code == ERR_TIMEOUT &&
	    !loop_limit_passed(a->loop) && is_stuck(a)) {
		err_set(e, ERR_CHILD, 0,
			"anvil (pid %d) runs and did not answer within %d ms "
			"when asked again; is the machine overloaded?",
			(int)child_pid(a->child), PING_MS);
		e->pos = pos;
		return true;
	}
	if (!a->ended || a->told)
		return false;
	status = child_status(a->child);
	err_set(e, ERR_CHILD, status, "anvil died (%s); its last words: %s",
		child_status_text(status, text),
		a->errors.len ? buf_str(&a->errors) : "none");
	e->pos = pos;
	return true;
}

static bool listening_or_ended(void *arg)
{
	const struct anvil *a = arg;

	return a->listening || a->ended;
}

/* Why it ended before it listened, in words that say what to do. */
static bool ended_at_start(const struct anvil *a, const struct anvil_spec *spec,
			   struct err *e)
{
	const char *tail = child_tail(a->child);
	int status = child_status(a->child);
	char text[64];

	if (strstr(tail, "Address already in use"))
		return err_set(e, ERR_CHILD, status,
			       "anvil: port %u is in use; end what listens "
			       "there, or leave the port to the system (0)",
			       spec->port);
	if (spec->genesis && strstr(tail, "--init"))
		return err_set(e, ERR_CHILD, status,
			       "anvil refuses the genesis %s; `make state` "
			       "builds it anew: %s",
			       spec->genesis, tail);
	return err_set(e, ERR_CHILD, status,
		       "%s ended at start (%s); its last words: %s",
		       spec->program, child_status_text(status, text), tail);
}

static bool spawn(struct anvil *a, const struct anvil_spec *spec,
		  struct err *e)
{
	CLEANUP(freep) char *port = xasprintf("%u", spec->port);
	CLEANUP(freep) char *id = xasprintf(
		"%llu", (unsigned long long)spec->chain_id);
	CLEANUP(freep) char *height = xasprintf(
		"%llu", (unsigned long long)spec->height);
	CLEANUP(freep) char *time = xasprintf("%llu",
					      (unsigned long long)spec->time);
	CLEANUP(freep) char *home = xasprintf("HOME=%s", a->dir);
	const char *argv[32] = {
		spec->program, "--host", "127.0.0.1", "--port", port, "--ipc",
		a->ipc, "--hardfork", ANVIL_HARDFORK, "--chain-id", id,
		"--number", height, "--timestamp", time, "--accounts", "0",
		/* Else it writes every state past 500 blocks to its home. */
		"--max-persisted-states", "0",
	};
	const char *env[] = { home, NULL };
	size_t n = 0;

	while (argv[n])
		n++;
	if (spec->genesis) {
		argv[n++] = "--init";
		argv[n++] = spec->genesis;
		/* It would not be there again after anvil_reset. */
		argv[n++] = "--disable-default-create2-deployer";
	}
	if (spec->dump) {
		argv[n++] = "--dump-state";
		argv[n++] = a->dump;
	}
	return child_spawn(&a->child, a->loop,
			   &(struct child_spec){ .name = "anvil",
						 .argv = argv,
						 .env = env,
						 .log_path = spec->log_path,
						 .on_line = on_line,
						 .on_exit = on_exit_,
						 .arg = a },
			   e) ||
	       err_ctx(e, "anvil does not start; `make setup` installs it");
}

static void wake(void *arg)
{
	*(bool *)arg = true;
}

static bool is_awake(void *arg)
{
	return *(bool *)arg;
}

/* Serve the loop for a moment, until something is looked at again. */
static bool pause_for(struct anvil *a, uint64_t deadline, const char *what,
		      struct err *e)
{
	bool awake = false;
	struct timer *t =
		loop_timer(a->loop, clock_ms() + RETRY_MS, wake, &awake);
	bool ok = loop_run_until(a->loop, is_awake, &awake, deadline, what, e);

	timer_free(t);
	return ok;
}

/* It has said that it listens; its socket may still be a moment away. */
static bool open_socket(struct anvil *a, uint64_t deadline, struct err *e)
{
	for (;;) {
		struct err why = ERR_INIT;

		if (rpc_open_ipc(&a->rpc, a->loop, a->ipc, &why))
			return true;
		if (a->ended || clock_ms() >= deadline ||
		    (why.sub != ENOENT && why.sub != ECONNREFUSED)) {
			*e = why;
			return err_ctx(e, "anvil's socket");
		}
		if (!pause_for(a, deadline, "anvil's socket", e))
			return false;
	}
}

static bool check_version(struct anvil *a, const struct anvil_spec *spec,
			  struct err *e)
{
	CLEANUP(json_decrefp) json_t *answer = NULL;
	CLEANUP(freep) char *want = xasprintf("anvil/v%s", spec->version);

	if (!rpc_call(a->rpc, "web3_clientVersion", NULL, &answer, NULL, e))
		return false;
	const char *have = json_string_value(answer);

	if (!have || strcmp(have, want) != 0)
		return err_set(e, ERR_MISMATCH, 0,
			       "%s says it is %s, not %s; `make setup` "
			       "installs that one",
			       spec->program, have ? have : "no text", want);
	return true;
}

static bool check_chain(struct anvil *a, const struct anvil_spec *spec,
			struct err *e)
{
	struct block head;
	uint64_t id;

	if (!chain_id(a->rpc, &id, e) ||
	    !chain_block(a->rpc, CHAIN_HEAD, &head, e))
		return false;
	if (id != spec->chain_id || head.number != spec->height ||
	    head.time != spec->time)
		return err_set(e, ERR_MISMATCH, 0,
			       "anvil was started with chain id %llu, height "
			       "%llu, time %llu, and says %llu, %llu, %llu",
			       (unsigned long long)spec->chain_id,
			       (unsigned long long)spec->height,
			       (unsigned long long)spec->time,
			       (unsigned long long)id,
			       (unsigned long long)head.number,
			       (unsigned long long)head.time);
	return true;
}

/* It speaks, and says what it should. */
static bool check(struct anvil *a, const struct anvil_spec *spec,
		  struct err *e)
{
	/* Silenced, or it would write a line for every call. */
	if (check_version(a, spec, e) && check_chain(a, spec, e) &&
	    rpc_call(a->rpc, "anvil_setLoggingEnabled", json_pack("[b]", 0),
		     NULL, NULL, e) &&
	    rpc_call(a->rpc, "anvil_setBlockTimestampInterval",
		     json_pack("[i]", 1), NULL, NULL, e))
		return true;
	if (!anvil_blame(a, e) && e->code != ERR_MISMATCH &&
	    !loop_stopped(a->loop))
		err_ctx(e, "%s does not answer as anvil %s does; `make setup` "
			   "installs that one",
			spec->program, spec->version);
	return false;
}

static bool start(struct anvil *a, const struct anvil_spec *spec,
		  struct err *e)
{
	uint64_t deadline = clock_ms() + START_MS;

	if (!spawn(a, spec, e))
		return false;
	if (!loop_run_until(a->loop, listening_or_ended, a, deadline,
			    "anvil to listen", e))
		return e->code == ERR_TIMEOUT ?
			       err_set(e, ERR_TIMEOUT, 0,
				       "%s did not say within %d ms where it "
				       "listens; its last words: %s",
				       spec->program, START_MS,
				       child_tail(a->child)) :
			       false;
	if (!a->listening)
		return ended_at_start(a, spec, e);
	a->url = xasprintf("http://127.0.0.1:%u", a->port);
	if (!open_socket(a, deadline, e))
		return false;
	rpc_on_lost(a->rpc, on_lost, a);
	return check(a, spec, e);
}

bool anvil_new(struct anvil **ret, struct loop *l,
	       const struct anvil_spec *spec, struct err *e)
{
	CLEANUP(anvil_freep) struct anvil *a = xcalloc(1, sizeof(*a));

	a->loop = l;
	a->errors = BUF_INIT(ERRORS_MAX);
	if (!tmpdir_new(&a->dir, "anvil", e))
		return false;
	a->ipc = xasprintf("%s/rpc", a->dir);
	a->dump = xasprintf("%s/dump.json", a->dir);
	if (!start(a, spec, e))
		return false;
	*ret = TAKE(a);
	return true;
}

void anvil_free(struct anvil *a)
{
	if (!a)
		return;
	a->told = true;
	rpc_free(a->rpc);
	child_free(a->child);
	tmpdir_free(a->dir);
	free(a->ipc);
	free(a->dump);
	free(a->url);
	buf_done(&a->errors);
	free(a);
}

struct rpc *anvil_rpc(const struct anvil *a)
{
	return a->rpc;
}

const char *anvil_ipc(const struct anvil *a)
{
	return a->ipc;
}

const char *anvil_url(const struct anvil *a)
{
	return a->url;
}

pid_t anvil_pid(const struct anvil *a)
{
	return child_pid(a->child);
}

bool anvil_alive(const struct anvil *a)
{
	return !a->ended;
}

/* Whether it catches SIGTERM by now: a bit of its "SigCgt:" in /proc. */
static bool catches_sigterm(const struct anvil *a)
{
	CLEANUP(freep) char *path =
		xasprintf("/proc/%d/status", (int)child_pid(a->child));
	struct buf text = BUF_INIT(65536);
	struct err ignored = ERR_INIT;
	uint8_t caught[8] = { 0 };
	const char *at = NULL;

	if (buf_read_file(&text, path, &ignored))
		at = strstr(buf_str(&text), "\nSigCgt:\t");
	if (at && !hex_decode(caught, sizeof(caught), at + 9, 16, &ignored))
		caught[6] = 0;
	buf_done(&text);
	return (caught[6] << 8 | caught[7]) >> (SIGTERM - 1) & 1;
}

bool anvil_dump(struct anvil *a, json_t **ret, struct err *e)
{
	uint64_t deadline = clock_ms() + START_MS;
	bool killed = false;

	/* In its first milliseconds it would simply die of the signal. */
	while (!a->ended && !catches_sigterm(a))
		if (!pause_for(a, deadline, "anvil to heed SIGTERM", e))
			return false;
	a->told = true;
	rpc_free(TAKE(a->rpc));
	child_stop(a->child, STOP_MS, &killed);
	if (killed)
		return err_set(e, ERR_CHILD, child_status(a->child),
			       "anvil did not end within %d ms of SIGTERM, so "
			       "it left no dump", STOP_MS);
	return json_read_large(ret, a->dump, e) || err_ctx(e, "anvil's dump");
}
