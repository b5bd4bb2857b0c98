/*
 * daemon - the simulator serving in a process of its own, for tests.
 */
#ifndef SIMULATE_TEST_DAEMON_H
#define SIMULATE_TEST_DAEMON_H

#include "test/kit.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/base.h"
#include "base/clock.h"
#include "codec/json.h"
#include "io/http_client.h"
#include "simulate/serve.h"

#define WAIT_MS 60000

struct daemon {
	char *dir, *alice, *control, *rpc, *config;
	pid_t pid;
	int in, out; /* its stdin, its stdout */
	struct loop *loop;
	struct http_client *http;
	struct buf lines;
};

static UNUSED void write_config(struct daemon *d)
{
	char *text CLEANUP(freep) =
	    xasprintf("{\"seed\":7,\"control\":\"%s\",\"rpc\":\"%s\","
		      "\"instances\":["
		      "{\"name\":\"alice\",\"socket\":\"%s\"}]}",
		      d->control, d->rpc, d->alice);
	struct err e = ERR_INIT;

	assert_ok(file_write_atomic(d->config, text, strlen(text), &e), &e);
}

/* In a child: the daemon, with its error as exit status and on stdout. */
static UNUSED void child(const struct daemon *d, int in, int out)
{
	struct err e = ERR_INIT;

	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	if (serve(d->config, &e))
		_exit(0);
	printf("%s\n", e.text);
	fflush(stdout);
	_exit(2);
}

static UNUSED void start(struct daemon *d)
{
	int in[2], out[2];

	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	fflush(stdout);
	d->pid = fork();
	assert_true(d->pid >= 0);
	if (!d->pid)
		child(d, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	d->in = in[1];
	d->out = out[0];
}

static UNUSED int setup(void **state)
{
	struct daemon *d = xcalloc(1, sizeof(*d));
	struct err e = ERR_INIT;

	d->dir = kit_tmpdir_new();
	d->alice = xasprintf("%s/alice.sock", d->dir);
	d->control = xasprintf("%s/control.sock", d->dir);
	d->rpc = xasprintf("%s/rpc.sock", d->dir);
	d->config = xasprintf("%s/sim.json", d->dir);
	d->in = d->out = -1;
	d->lines = BUF_INIT(1u << 20);
	write_config(d);
	*state = d;
	return loop_new(&d->loop, &e) && http_client_new(&d->http, d->loop, &e)
		   ? 0
		   : -1;
}

static UNUSED int teardown(void **state)
{
	struct daemon *d = *state;

	if (d->pid > 0) {
		kill(d->pid, SIGKILL);
		waitpid(d->pid, NULL, 0);
	}
	fd_close(&d->in);
	fd_close(&d->out);
	http_client_free(d->http);
	loop_free(d->loop);
	buf_done(&d->lines);
	kit_tmpdir_free(d->dir);
	free(d->alice);
	free(d->control);
	free(d->rpc);
	free(d->config);
	free(d);
	return 0;
}

/* Reads its stdout until @text was said, or all of it, or for too long. */
static UNUSED void expect_line(struct daemon *d, const char *text)
{
	while (!strstr(buf_str(&d->lines), text)) {
		struct pollfd more = {.fd = d->out, .events = POLLIN};
		char part[4096];
		ssize_t n = -1;

		if (poll(&more, 1, WAIT_MS) > 0)
			n = read(d->out, part, sizeof(part));
		if (n <= 0)
			fail_msg("never said %s, but: %s", text,
				 buf_str(&d->lines));
		buf_add(&d->lines, part, (size_t)n);
	}
}

static UNUSED void expect_exit(struct daemon *d, int status)
{
	int got;

	assert_int_equal(waitpid(d->pid, &got, 0), d->pid);
	d->pid = 0;
	assert_true(WIFEXITED(got));
	assert_int_equal(WEXITSTATUS(got), status);
	assert_int_not_equal(access(d->alice, F_OK), 0);
	assert_int_not_equal(access(d->control, F_OK), 0);
	assert_int_not_equal(access(d->rpc, F_OK), 0);
}

#endif
