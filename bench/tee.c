/*
 * tee - what the TEE simulator takes: a quote, a request, a thousand instances.
 *
 * Prints rows as bench.c does. The thousand are build/bin/tee-sim's, one
 * process; each is asked over its own socket.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "base/base.h"
#include "base/clock.h"
#include "bench/bench.h"
#include "simulate/collateral.h"

#define INSTANCES 1000u
#define ROUNDS 300u
#define ANSWER_MAX ((size_t)1 << 20)

void bench_die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("bench: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(2);
}

static void row(const char *what, double v, const char *unit,
		const char *target)
{
	printf("%-58s %9.*f %-5s %s\n", what, v < 10 ? 2 : 0, v, unit, target);
}

static int by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static double median_ms(uint64_t ns[ROUNDS])
{
	qsort(ns, ROUNDS, sizeof(ns[0]), by_value);
	return (double)ns[ROUNDS / 2] / 1e6;
}

/* --- in this process ---------------------------------------------------- */

static void quotes(enum tee_kind kind, const char *what)
{
	struct tee_spec spec = {.seed = 7, .name = "alice", .kind = kind};
	uint8_t data[TEE_REPORT_DATA] = {0};
	uint64_t ns[ROUNDS];
	struct tee *t = NULL;
	struct err e = ERR_INIT;

	if (!tee_new(&t, &spec, &e))
		bench_die("%s", e.text);
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct buf q = BUF_INIT(QUOTE_MAX);
		uint64_t since = clock_ns();

		data[0] = (uint8_t)i;
		if (!tee_quote(&q, t, data, &e))
			bench_die("%s", e.text);
		ns[i] = clock_ns() - since;
		buf_done(&q);
	}
	row(what, median_ms(ns), "ms", "under 1");
	tee_free(t);
}

/* --- the daemon ------------------------------------------------------------
 */

struct daemon {
	char *dir, *config;
	pid_t pid;
	int in, out;
};

static void write_config(struct daemon *d)
{
	struct buf b = BUF_INIT(1u << 20);
	struct err e = ERR_INIT;

	buf_addf(&b, "{\"seed\":7,\"control\":\"%s/control\",\"instances\":[",
		 d->dir);
	for (unsigned i = 0; i < INSTANCES; i++)
		buf_addf(&b, "%s{\"name\":\"tee-%u\",\"socket\":\"%s/%u\"}",
			 i ? "," : "", i, d->dir, i);
	buf_adds(&b, "]}");
	if (!file_write_atomic(d->config, b.data, b.len, &e))
		bench_die("%s", e.text);
	buf_done(&b);
}

static void start(struct daemon *d)
{
	int in[2], out[2];
	char line[1];

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		bench_die("pipe: %s", strerror(errno));
	d->pid = fork();
	if (d->pid < 0)
		bench_die("fork: %s", strerror(errno));
	if (!d->pid) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		execl("build/bin/tee-sim", "tee-sim", "serve", "--config",
		      d->config, (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	d->in = in[1];
	d->out = out[0];
	/* Its first line says that it is ready. */
	do {
		if (read(d->out, line, 1) != 1)
			bench_die("tee-sim ended before it was ready");
	} while (line[0] != '\n');
}

static int dial(const struct daemon *d, unsigned i)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s/%u", d->dir, i);
	if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof(at)))
		bench_die("%s: %s", at.sun_path, strerror(errno));
	return fd;
}

static size_t number(const char *digits)
{
	size_t n = 0;

	while (*digits >= '0' && *digits <= '9')
		n = 10 * n + (size_t)(*digits++ - '0');
	return n;
}

/* One request on a connection that stays; the whole answer is read. */
static void ask(int fd, const char *path, const char *body)
{
	static char answer[ANSWER_MAX];
	char *text CLEANUP(freep) =
	    xasprintf("POST %s HTTP/1.1\r\nHost: tee\r\n"
		      "Content-Length: %zu\r\n\r\n%s",
		      path, strlen(body), body);
	size_t got = 0, want = SIZE_MAX;

	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		bench_die("write: %s", strerror(errno));
	while (got < want) {
		ssize_t n = read(fd, answer + got, ANSWER_MAX - 1 - got);
		const char *end, *len;

		if (n <= 0)
			bench_die("tee-sim hung up");
		got += (size_t)n;
		answer[got] = 0;
		end = strstr(answer, "\r\n\r\n");
		len = strcasestr(answer, "content-length: ");
		if (want == SIZE_MAX && end && len)
			want = (size_t)(end + 4 - answer) + number(len + 16);
	}
	if (strncmp(answer, "HTTP/1.1 200", 12))
		bench_die("%s: %.200s", path, answer);
}

static void requests(const struct daemon *d, const char *what, const char *path,
		     const char *body, const char *target)
{
	uint64_t ns[ROUNDS];
	int fd = dial(d, 0);

	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t since = clock_ns();

		ask(fd, path, body);
		ns[i] = clock_ns() - since;
	}
	close(fd);
	row(what, median_ms(ns), "ms", target);
}

static double resident_mib(pid_t pid)
{
	char *path CLEANUP(freep) = xasprintf("/proc/%d/status", (int)pid);
	struct buf b = BUF_INIT(1u << 16);
	struct err e = ERR_INIT;
	const char *at;
	double kib;

	if (!buf_read_file(&b, path, &e))
		bench_die("%s", e.text);
	at = strstr(buf_str(&b), "VmHWM:");
	kib = at ? strtod(at + 6, NULL) : 0;
	buf_done(&b);
	return kib / 1024;
}

static void thousand(struct daemon *d)
{
	uint64_t since = clock_ns();
	int fd[INSTANCES];

	write_config(d);
	start(d);
	row("1,000 TEEs in one process: until all are ready",
	    (double)(clock_ns() - since) / 1e6, "ms", "");
	since = clock_ns();
	for (unsigned i = 0; i < INSTANCES; i++) {
		fd[i] = dial(d, i);
		ask(fd[i], "/GetQuote", "{\"report_data\":\"00\"}");
	}
	row("  a quote of each, over its own connection",
	    (double)(clock_ns() - since) / 1e6, "ms", "");
	row("  the most that it had resident", resident_mib(d->pid), "MiB",
	    "under 100");
	for (unsigned i = 0; i < INSTANCES; i++)
		close(fd[i]);
}

int main(void)
{
	struct daemon d = {.dir = xstrdup("/tmp/bench-tee-XXXXXX")};
	int status;

	if (!mkdtemp(d.dir))
		bench_die("%s: %s", d.dir, strerror(errno));
	d.config = xasprintf("%s/config.json", d.dir);
	quotes(TEE_SGX3, "a quote of SGX version 3, after set-up");
	quotes(TEE_TDX4, "a quote of TDX version 4");
	quotes(TEE_TDX5, "a quote of TDX version 5");
	thousand(&d);
	requests(&d, "guest agent: Info", "/Info", "{}", "under 1");
	requests(&d, "guest agent: GetQuote", "/GetQuote",
		 "{\"report_data\":\"00\"}", "under 1");
	requests(&d, "guest agent: GetKey", "/GetKey", "{\"path\":\"x\"}",
		 "under 1");
	requests(&d, "guest agent: GetTlsKey", "/GetTlsKey",
		 "{\"subject\":\"x\"}", "");
	close(d.in);
	waitpid(d.pid, &status, 0);
	close(d.out);
	unlink(d.config);
	if (rmdir(d.dir))
		bench_die("%s is left: %s", d.dir, strerror(errno));
	free(d.config);
	free(d.dir);
	return 0;
}
