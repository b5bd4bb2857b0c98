/*
 * Clients who mean harm: each gets what it deserves, the next one its answer.
 */
#include "simulate/test/daemon.h"

#include <errno.h>
#include <sys/resource.h>

#define MANY 10000u

static int dial(const struct daemon *d)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	struct timeval tv = {.tv_sec = WAIT_MS / 1000};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	snprintf(at.sun_path, sizeof(at.sun_path), "%s", d->alice);
	if (connect(fd, (struct sockaddr *)&at, sizeof(at)))
		fail_msg("connect: %s", strerror(errno));
	return fd;
}

/* What comes back until the end, of which only the start is kept. */
static void hear(int fd, char ret[64])
{
	char part[4096];
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, part, sizeof(part))) > 0)
		for (ssize_t i = 0; i < n && len < 63; i++)
			ret[len++] = part[i];
	/* It may have hung up while we were talking; never may we wait. */
	assert_true(n == 0 || errno == ECONNRESET || errno == EPIPE);
	ret[len] = 0;
}

static void say(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

static void still_there(struct daemon *d)
{
	static const char request[] = "POST /Info HTTP/1.1\r\nHost: x\r\n"
				      "Content-Length: 2\r\n\r\n{}";
	int fd = dial(d);
	char heard[64];

	say(fd, request, sizeof(request) - 1);
	shutdown(fd, SHUT_WR);
	hear(fd, heard);
	close(fd);
	assert_memory_equal(heard, "HTTP/1.1 200 OK\r\n", 17);
}

static void nonsense(void **state)
{
	static const struct {
		const char *text, *answer;
	} cases[] = {
	    {"", ""},
	    {"P", ""},
	    {"POST /Info HTTP/1.1\r\n", ""},
	    {"POST /Info HTTP/1.1\r\nContent-Length: 100\r\n\r\n{", ""},
	    {"\x01\x02\x03\r\n\r\n", ""},
	    {"GET /Info HTTP/9.9\r\n\r\n", "HTTP/1.1 505"},
	    {"FOO /Info HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 405"},
	    {"PUT /sgx/certification/v4/tcb HTTP/1.1\r\nHost: x\r\n\r\n",
	     "HTTP/1.1 405"},
	    {"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
	     "HTTP/1.1 404"},
	    {"POST /Info HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
	     "HTTP/1.1 400"},
	    {"POST /Info HTTP/1.1\r\nContent-Length: 20000000\r\n\r\n",
	     "HTTP/1.1 413"},
	    {"POST /Info HTTP/1.1\r\nContent-Length: 99999999999999999999"
	     "\r\n\r\n",
	     "HTTP/1.1 413"},
	    {"POST /Info HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
	     "HTTP/1.1 400"},
	};
	struct daemon *d = *state;

	start(d);
	expect_line(d, "\"ready\"");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int fd = dial(d);
		char heard[64];

		say(fd, cases[i].text, strlen(cases[i].text));
		shutdown(fd, SHUT_WR);
		hear(fd, heard);
		close(fd);
		if (*cases[i].answer ? strncmp(heard, cases[i].answer, 12)
				     : *heard)
			fail_msg("case %zu: %s", i, heard);
		still_there(d);
	}
}

static void large(void **state)
{
	static const char *const heads[] = {
	    "POST /GetQuote HTTP/1.1\r\nContent-Length: 9000000\r\n\r\n",
	    "GET /",
	    "GET /Info HTTP/1.1\r\nX: ",
	    "GET /GetQuote?report_data=",
	};
	static const char *const answers[] = {"HTTP/1.1 400", "HTTP/1.1 414",
					      "HTTP/1.1 431", "HTTP/1.1 414"};
	struct daemon *d = *state;
	char *much CLEANUP(freep) = xmalloc(9000000);

	memset(much, '[', 9000000);
	start(d);
	expect_line(d, "\"ready\"");
	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		int fd = dial(d);
		char heard[64];

		say(fd, heads[i], strlen(heads[i]));
		say(fd, much, 9000000);
		shutdown(fd, SHUT_WR);
		hear(fd, heard);
		close(fd);
		if (*heard && strncmp(heard, answers[i], 12))
			fail_msg("case %zu: %s", i, heard);
		still_there(d);
	}
}

/* All of them have begun to speak, and none goes on. */
static void many(void **state)
{
	struct rlimit r;
	struct daemon *d = *state;
	int *fds CLEANUP(freep) = xcalloc(MANY, sizeof(int));
	size_t n = MANY;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &r), 0);
	r.rlim_cur = r.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &r), 0);
	if (n + 100 > r.rlim_max)
		n = r.rlim_max - 100;
	start(d);
	expect_line(d, "\"ready\"");
	for (size_t i = 0; i < n; i++) {
		fds[i] = dial(d);
		say(fds[i], "POST /GetQuote HT", 17);
	}
	still_there(d);
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
	still_there(d);
	kill(d->pid, SIGTERM);
	expect_line(d, "\"why\":\"SIGTERM\"");
	expect_exit(d, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(nonsense, setup, teardown),
	    cmocka_unit_test_setup_teardown(large, setup, teardown),
	    cmocka_unit_test_setup_teardown(many, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
