/*
 * The calls that a scenario made, made again by a program that does nothing
 * else: what is left of the time is anvil's.
 */
#include "bench/bench.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/base.h"
#include "base/clock.h"
#include "base/hex.h"
#include "bench/record.h"
#include "codec/json.h"
#include "io/stream.h"

#define CONNECTIONS_MAX 64
#define RECORD_MAX (64u << 20)
#define START_MS 20000u

/* One direction of a connection: bytes of which values are cut. */
struct pipe {
	struct buf b;
	struct json_frame frame;
};

struct replay {
	const char *ipc;
	int fds[CONNECTIONS_MAX];
	struct pipe sent[CONNECTIONS_MAX], got[CONNECTIONS_MAX];
	struct replayed total;
};

/* The next whole value of @p as a new reference, or NULL while it has none. */
static json_t *cut(struct pipe *p)
{
	ssize_t n = json_frame(&p->frame, buf_str(&p->b), p->b.len);
	json_t *j = NULL;
	struct err e;

	if (n < 0)
		bench_die("what was recorded is no JSON");
	if (n == 0)
		return NULL;
	if (!json_parse(&j, buf_str(&p->b), (size_t)n, "a message", &e))
		bench_die("%s", e.text);
	memmove(p->b.data, p->b.data + n, p->b.len - (size_t)n);
	p->b.len -= (size_t)n;
	p->frame = (struct json_frame){ 0 };
	return j;
}

static int open_socket(const char *path, uint64_t deadline)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const struct timeval patience = { .tv_sec = START_MS / 1000 };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	while (connect(fd, (struct sockaddr *)&a, sizeof(a))) {
		if (clock_ms() > deadline)
			bench_die("nobody listens at %s", path);
		poll(NULL, 0, 1);
	}
	return fd;
}

static void send_all(int fd, const char *text)
{
	size_t len = strlen(text);

	while (len) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

		if (n <= 0)
			bench_die("anvil is gone: %s", strerror(errno));
		text += n;
		len -= (size_t)n;
	}
}

/* A message is one request or answer, or a batch of them: how many, and which.
 */
static size_t many(const json_t *message)
{
	return json_is_array(message) ? json_array_size(message) : 1;
}

static const json_t *one_of(const json_t *message, size_t i)
{
	return json_is_array(message) ? json_array_get(message, i) : message;
}

static const json_t *answer_to(const json_t *message, const json_t *request)
{
	for (size_t i = 0; i < many(message); i++)
		if (json_equal(json_object_get(one_of(message, i), "id"),
			       json_object_get(request, "id")))
			return one_of(message, i);
	return NULL;
}

/* Until what answers @call; announcements come in between. */
static json_t *await(struct replay *r, size_t at, const json_t *call)
{
	struct pipe *p = &r->got[at];
	char chunk[16384];

	for (;;) {
		json_t *j = cut(p);

		if (j && answer_to(j, one_of(call, 0)))
			return j;
		json_decref(j);
		if (j)
			continue;
		ssize_t n = recv(r->fds[at], chunk, sizeof(chunk), 0);

		if (n <= 0)
			bench_die("anvil gives no answer: %s",
				  n ? strerror(errno) : "it is gone");
		buf_add(&p->b, chunk, (size_t)n);
	}
}

static bool is_method(const json_t *request, const char *prefix)
{
	const char *m = json_string_value(json_object_get(request, "method"));

	return m && !strncmp(m, prefix, strlen(prefix));
}

static void one_call(struct replay *r, size_t at, const json_t *call)
{
	CLEANUP(freep) char *text = json_text(call);
	CLEANUP(json_decrefp) json_t *answer = NULL;

	if (!r->fds[at])
		r->fds[at] = open_socket(r->ipc, clock_ms() + START_MS);
	send_all(r->fds[at], text);
	answer = await(r, at, call);
	for (size_t i = 0; i < many(call); i++) {
		const json_t *asked = one_of(call, i);
		const json_t *told =
			json_object_get(answer_to(answer, asked), "result");

		r->total.calls++;
		r->total.mined += json_object_get(told, "status") &&
				  is_method(asked, "eth_send");
	}
}

static bool is_snapshot(const json_t *call)
{
	for (size_t i = 0; i < many(call); i++)
		if (is_method(one_of(call, i), "evm_snapshot"))
			return true;
	return false;
}

/* The scenario begins with the last snapshot; before it the world was made. */
static void all_calls(struct replay *r, const struct buf *record)
{
	struct record_head h;
	uint64_t begun = 0;
	size_t at = 0;

	for (; at + sizeof(h) <= record->len; at += h.len) {
		json_t *call;

		memcpy(&h, record->data + at, sizeof(h));
		at += sizeof(h);
		if (h.connection >= CONNECTIONS_MAX)
			bench_die("more than %d connections", CONNECTIONS_MAX);
		struct pipe *p = &r->sent[h.connection];

		buf_add(&p->b, record->data + at, h.len);
		while ((call = cut(p))) {
			uint64_t now = clock_ns();

			if (is_snapshot(call)) {
				begun = now;
				r->total.calls = r->total.mined = 0;
				r->total.recorded_ns = h.ns;
			}
			one_call(r, h.connection, call);
			json_decref(call);
			r->total.ns = clock_ns() - begun;
		}
	}
	/* From then to the last call. */
	r->total.recorded_ns = h.ns - r->total.recorded_ns;
}

/* The recorded command line, with a socket and a home of our own. */
static pid_t start_anvil(const char *args_path, const char *home,
			 const char *ipc)
{
	struct buf args = BUF_INIT(65536);
	char *argv[64];
	size_t n = 0;
	struct err e;
	pid_t pid;

	if (!buf_read_file(&args, args_path, &e))
		bench_die("%s", e.text);
	buf_addc(&args, '\0');
	for (size_t at = 0; at + 1 < args.len && n < 62;
	     at += strlen((char *)args.data + at) + 1)
		argv[n++] = (char *)args.data + at;
	argv[n] = NULL;
	for (size_t i = 0; i + 1 < n; i++)
		if (!strcmp(argv[i], "--ipc"))
			argv[i + 1] = (char *)(uintptr_t)ipc;
	pid = fork();
	if (pid == 0) {
		setenv("HOME", home, 1);
		if (freopen("/dev/null", "w", stdout))
			execv(argv[0], argv);
		_exit(127);
	}
	buf_done(&args);
	return pid;
}

struct replayed bench_replay(const char *dir)
{
	CLEANUP(freep) char *ipc = xasprintf("%s/replay-rpc", dir);
	CLEANUP(freep) char *args = xasprintf("%s/anvil", dir);
	CLEANUP(freep) char *path = xasprintf("%s/rpc", dir);
	struct buf record = BUF_INIT(RECORD_MAX);
	static struct replay r;
	struct err e;
	pid_t anvil;

	r = (struct replay){ .ipc = ipc };
	if (!buf_read_file(&record, path, &e))
		bench_die("%s", e.text);
	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		r.sent[i].b = BUF_INIT(RECORD_MAX);
		r.got[i].b = BUF_INIT(RECORD_MAX);
	}
	anvil = start_anvil(args, dir, ipc);
	all_calls(&r, &record);
	kill(anvil, SIGKILL);
	waitpid(anvil, NULL, 0);
	unlink(ipc);
	for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
		if (r.fds[i])
			close(r.fds[i]);
		buf_done(&r.sent[i].b);
		buf_done(&r.got[i].b);
	}
	buf_done(&record);
	return r.total;
}

void bench_answers(const char *dir, uint64_t ret[2])
{
	CLEANUP(freep) char *path = xasprintf("%s/rpc", dir);
	struct buf record = BUF_INIT(RECORD_MAX);
	bool mining = false;
	uint64_t mined = 0;
	struct record_head h;
	struct err e;

	if (!buf_read_file(&record, path, &e))
		bench_die("%s", e.text);
	ret[0] = ret[1] = 0;
	for (size_t at = 0; at + sizeof(h) <= record.len; at += h.len) {
		bool sends;

		memcpy(&h, record.data + at, sizeof(h));
		at += sizeof(h);
		sends = memmem(record.data + at, h.len, "sendRawTransaction",
			       18);
		/* The first connection is the harness's own. It waits for the
		 * block: what comes next on it is the answer. */
		if (h.connection == 1 && (sends || mining)) {
			mining = sends;
			mined = h.ns;
		} else if (h.connection != 1 && sends) {
			ret[0] = ret[1];
			ret[1] = h.ns - mined;
		}
	}
	buf_done(&record);
}
