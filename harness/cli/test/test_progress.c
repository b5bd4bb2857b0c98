/*
 * A run on a terminal, seen through a pseudo terminal: what runs stands below
 * the lines while it runs, fits a terminal that becomes narrower, and leaves
 * nothing but the lines. Without a capable terminal there are only lines. A
 * world that is up has a table there, which follows the blocks.
 */
#include "test/kit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/base.h"
#include "base/clock.h"
#include "cli/screen.h"
#include "io/child.h"
#include "test/farm_stub.h"

#define QUICK_MS 120000
#define OUTPUT_MAX (4u << 20)
#define WIDE 100
#define NARROW 40
#define ENV_MAX 256

#define WORLD                                                                  \
	"why: a run of it is looked at\n"                                      \
	"world: phala-cloud\n"                                                 \
	"operators:\n"                                                         \
	"  alice: {tee: tdx, stake: 1000 PHA, allocate: 50%}\n"

static const char PASSES[] = "scenario: It passes\n" WORLD "steps:\n"
			     "  - check: head > 0\n";
#define WAITING                                                                \
	"scenario: It waits for what never comes\n" WORLD "steps:\n"           \
	"  - check: head == 0\n"                                               \
	"    within: "
static const char WAITS[] = WAITING "2 seconds\n";
static const char WAITS_LONG[] = WAITING "5 minutes\n";

/* --- a small terminal ------------------------------------------------------- */

#define ROWS_MAX 4096
#define ROW_MAX 1024

/* What stands on it, as far as we use it: text, CR, LF, up, erase below. */
struct tty {
	char rows[ROWS_MAX][ROW_MAX];
	size_t row, last, col;
	bool coloured, escaped;
};

static void put(struct tty *t, const char *c, size_t len)
{
	char *row = t->rows[t->row];
	size_t n = strlen(row);

	assert_true(n + len < ROW_MAX);
	/* We never write over a row but after erasing it. */
	memcpy(row + n, c, len);
	row[n + len] = 0;
	t->col++;
}

static const char *escape(struct tty *t, const char *s)
{
	size_t n = strspn(s + 2, "0123456789;");
	char digits[16] = "";

	t->escaped = true;
	assert_int_equal(s[1], '[');
	snprintf(digits, sizeof(digits), "%.*s", (int)n, s + 2);
	switch (s[2 + n]) {
	case 'A':
		assert_true(t->row >= (size_t)(digits[0] - '0'));
		assert_int_equal(digits[1], 0);
		t->row -= (size_t)(digits[0] - '0');
		break;
	case 'J':
		for (size_t i = t->row; i <= t->last; i++)
			t->rows[i][0] = 0;
		break;
	case 'm':
		t->coloured |= digits[0] != '0';
		break;
	default:
		fail_msg("an escape that the test does not know: %s", s);
	}
	return s + 3 + n;
}

static void show(struct tty *t, const char *s)
{
	while (*s) {
		size_t len = 1;

		if (*s == '\033') {
			s = escape(t, s);
			continue;
		}
		while (((unsigned char)s[len] & 0xc0) == 0x80)
			len++;
		if (*s == '\r') {
			t->col = 0;
		} else if (*s == '\n') {
			t->row++;
			assert_true(t->row < ROWS_MAX);
			t->last = t->row > t->last ? t->row : t->last;
		} else {
			put(t, s, len);
		}
		s += len;
	}
}

static char *screen_text(const struct tty *t)
{
	struct buf b = BUF_INIT(OUTPUT_MAX);

	for (size_t i = 0; i <= t->last; i++)
		buf_addf(&b, "%s\n", t->rows[i]);
	return buf_take(&b);
}

/* --- a run on it --------------------------------------------------------------- */

struct run {
	pid_t pid;
	int fd;
	struct buf out;
};

static void resize(struct run *r, unsigned short columns)
{
	struct winsize w = { .ws_row = 24, .ws_col = columns };

	assert_int_equal(ioctl(r->fd, TIOCSWINSZ, &w), 0);
}

/* @more: variables beside the farm's; NULL-terminated. */
static void start(struct farm *f, struct run *r, const char *verb,
		  const char *what, const char *const *more)
{
	struct winsize w = { .ws_row = 24, .ws_col = WIDE };
	char *env[ENV_MAX];
	size_t n = 0;

	/* The first one of a name counts. */
	for (; *more; more++)
		env[n++] = (char *)(uintptr_t)*more;
	for (char **e = f->env; *e && n + 1 < ENV_MAX; e++)
		env[n++] = *e;
	env[n] = NULL;
	r->out = BUF_INIT(OUTPUT_MAX);
	r->pid = forkpty(&r->fd, NULL, NULL, &w);
	assert_true(r->pid >= 0);
	if (!r->pid) {
		char *argv[] = { f->program, (char *)(uintptr_t)verb,
				 (char *)(uintptr_t)what, NULL };

		execve(f->program, argv, env);
		_exit(127);
	}
}

/* Until it has said @text, or NULL: until its end. */
static void read_until(struct run *r, const char *text)
{
	uint64_t deadline = clock_ms() + QUICK_MS;

	while (!text || !strstr(buf_str(&r->out), text)) {
		struct pollfd p = { .fd = r->fd, .events = POLLIN };
		char chunk[4096];
		ssize_t n;

		if (clock_ms() >= deadline)
			fail_msg("waited for \"%s\"; it said:\n%s",
				 text ? text : "its end", buf_str(&r->out));
		(void)poll(&p, 1, 100);
		if (!(p.revents & (POLLIN | POLLHUP)))
			continue;
		n = read(r->fd, chunk, sizeof(chunk));
		if (n <= 0) {
			assert_null(text);
			return;
		}
		buf_add(&r->out, chunk, (size_t)n);
	}
}

static int end(struct run *r)
{
	int status;

	read_until(r, NULL);
	assert_int_equal(waitpid(r->pid, &status, 0), r->pid);
	close(r->fd);
	return status;
}

static struct tty *shown(const struct run *r)
{
	struct tty *t = xcalloc(1, sizeof(*t));

	show(t, buf_str(&r->out));
	return t;
}

/* --- tests ------------------------------------------------------------------------ */

static int warm(void **state)
{
	(void)state;
	farm_warm(PASSES);
	return 0;
}

static char *own(struct farm *f)
{
	char *dir = farm_own(f);

	farm_put(f, "own/a.yaml", PASSES);
	farm_put(f, "own/b.yaml", WAITS);
	return dir;
}

/* Of what came behind @from: no row is wider than the terminal now. */
static void fits(const char *from, size_t columns)
{
	size_t n = 0;

	for (; *from; from++) {
		if (*from == '\033')
			from += 1 + strcspn(from + 1, "AJm");
		else if (*from == '\r' || *from == '\n')
			n = 0;
		else if (((unsigned char)*from & 0xc0) != 0x80)
			n++;
		assert_true(n <= columns);
	}
}

/* Wait for so many more frames: each begins by going up. */
static void read_frames(struct run *r, unsigned n)
{
	uint64_t deadline = clock_ms() + QUICK_MS;

	while (n--) {
		size_t len = r->out.len;

		while (!strstr(buf_str(&r->out) + len, "\033[J") &&
		       clock_ms() < deadline) {
			char chunk[4096];
			ssize_t got = read(r->fd, chunk, sizeof(chunk));

			assert_true(got > 0);
			buf_add(&r->out, chunk, (size_t)got);
		}
	}
}

static void test_live(void **state)
{
	CLEANUP(freep) char *dir = own(*state);
	CLEANUP(freep) struct tty *t = NULL;
	CLEANUP(freep) char *text = NULL;
	struct run r;
	int status;

	start(*state, &r, "run", dir,
	      (const char *const[]){ "TERM=xterm", NULL });
	/* What runs, what passed. */
	read_until(&r, "\xe2\x96\xb8 b ");
	read_until(&r, "1 of 2");
	status = end(&r);
	assert_int_equal(WEXITSTATUS(status), 1);
	t = shown(&r);
	text = screen_text(t);
	assert_true(t->coloured);
	/* The lines stay, the table does not. */
	assert_non_null(strstr(text, "pass    a  "));
	assert_non_null(strstr(text, "timeout b  "));
	assert_non_null(strstr(text, "scenarios: 1 passed, 1 failed in"));
	assert_null(strstr(text, "\xe2\x96\xb8"));
	assert_null(strstr(text, " of 2"));
	buf_done(&r.out);
}

static void test_narrower(void **state)
{
	CLEANUP(freep) char *dir = own(*state);
	size_t narrow;
	struct run r;

	/* What is printed at its end is as wide as it is: that comes later. */
	farm_put(*state, "own/b.yaml", WAITS_LONG);
	start(*state, &r, "run", dir,
	      (const char *const[]){ "TERM=xterm", NULL });
	read_until(&r, "\xe2\x96\xb8 b ");
	/* Nor what is printed of another one's end. */
	read_until(&r, "1 of 2");
	resize(&r, NARROW);
	read_frames(&r, 2);
	narrow = r.out.len;
	read_frames(&r, 2);
	fits(buf_str(&r.out) + narrow, NARROW);
	kill(r.pid, SIGINT);
	(void)end(&r);
	buf_done(&r.out);
}

/* A row of 60 columns stands on two of a terminal that has 40 now. */
static void test_reflown(void **state)
{
	struct winsize w = { .ws_row = 24, .ws_col = WIDE };
	struct run r = { .out = BUF_INIT(OUTPUT_MAX) };
	struct screen s;
	FILE *out;
	int slave;

	(void)state;
	assert_int_equal(openpty(&r.fd, &slave, NULL, NULL, &w), 0);
	out = fdopen(slave, "w");
	assert_non_null(out);
	setenv("TERM", "xterm", 1);
	screen_init(&s, out);
	assert_true(s.live);
	screen_table(&s, "\033[31m123456789012345678901234567890123456789012345"
			 "678901234567890\033[0m\nshort\n");
	w.ws_col = NARROW;
	assert_int_equal(ioctl(r.fd, TIOCSWINSZ, &w), 0);
	screen_clear(&s);
	fflush(out);
	read_until(&r, "\033[3A\r\033[J");
	screen_done(&s);
	fclose(out);
	close(r.fd);
	buf_done(&r.out);
}

static void test_no_color(void **state)
{
	CLEANUP(freep) char *dir = own(*state);
	CLEANUP(freep) struct tty *t = NULL;
	struct run r;

	farm_remove(*state, "own/b.yaml");
	start(*state, &r, "run", dir,
	      (const char *const[]){ "TERM=xterm", "NO_COLOR=1", NULL });
	assert_int_equal(end(&r), 0);
	t = shown(&r);
	assert_true(t->escaped);
	assert_false(t->coloured);
	buf_done(&r.out);
}

static void test_plain(void **state)
{
	CLEANUP(freep) char *dir = own(*state);
	struct run r;

	farm_remove(*state, "own/b.yaml");
	start(*state, &r, "run", dir,
	      (const char *const[]){ "TERM=dumb", "NO_COLOR=1", NULL });
	assert_int_equal(end(&r), 0);
	assert_null(strchr(buf_str(&r.out), '\033'));
	assert_non_null(strstr(buf_str(&r.out), "1 passed, 0 failed"));
	buf_done(&r.out);
}

/* --- a world's table ---------------------------------------------------------- */

static void asks(struct farm *f, const char *const *args)
{
	struct farm_run r;
	int status;

	farm_start(f, &r, args);
	status = farm_wait(f, &r, QUICK_MS);
	if (status)
		fail_msg("avsbed %s: wait status 0x%x; it said:\n%s", args[0],
			 (unsigned)status, buf_str(&r.out));
	farm_run_done(&r);
}

/* The last one that was drawn. */
static unsigned long long table_block(const struct run *r)
{
	unsigned long long n = 0, last = 0;
	int whole = 0;

	for (const char *at = buf_str(&r->out); (at = strstr(at, "block "));
	     at++, whole = 0)
		if (sscanf(at, "block %llu, time %n", &n, &whole) && whole)
			last = n;
	return last;
}

static void follows(struct farm *f, struct run *r)
{
	CLEANUP(freep) char *later = NULL;

	read_until(r, "operator  process");
	later = xasprintf("block %llu, time ", table_block(r) + 3);
	asks(f, FARM_ARGS("advance", "3 blocks"));
	read_until(r, later);
}

static void up(struct farm *f, struct run *r, const char *world)
{
	farm_in_real(f);
	start(f, r, "up", world, (const char *const[]){ "TERM=xterm", NULL });
}

/* By Ctrl-C, as from its keyboard. */
static void down(struct farm *f, struct run *r)
{
	int status;

	assert_int_equal(write(r->fd, "\003", 1), 1);
	status = end(r);
	if (status)
		fail_msg("up: wait status 0x%x; it said:\n%s", (unsigned)status,
			 buf_str(&r->out));
	farm_clean(f, 0);
	buf_done(&r->out);
}

static void test_table_of_nobody(void **state)
{
	static const char *const worlds[] = { "eigenlayer", "phala-cloud" };
	struct run r;

	for (size_t i = 0; i < ARRAY_LEN(worlds); i++) {
		up(*state, &r, worlds[i]);
		follows(*state, &r);
		down(*state, &r);
	}
}

/* Whose processes are off have a row, too. */
static void test_table_of_idle(void **state)
{
	struct run r;

	up(*state, &r, "core-manual");
	follows(*state, &r);
	read_until(&r, "alice ");
	read_until(&r, "bob ");
	down(*state, &r);
}

/* What it exported; to be freed. */
static char *exported(const struct run *r, const char *name)
{
	CLEANUP(freep) char *line = xasprintf("export %s=", name);
	const char *at = strstr(buf_str(&r->out), line);

	assert_non_null(at);
	at += strlen(line);
	return xstrndup(at, strcspn(at, "\r\n"));
}

/* By somebody else's program, which the world that is up hears nothing of. */
static void challenge(struct farm *f, const struct run *r, const char *whom)
{
	CLEANUP(freep) char *cast = xasprintf("%s/build/tools/cast", f->real);
	CLEANUP(freep) char *who = xasprintf("ADDR_%s", whom);
	CLEANUP(freep) char *address = exported(r, who);
	CLEANUP(freep) char *oracle = exported(r, "ADDR_slaOracle");
	CLEANUP(freep) char *key = exported(r, "KEY_issuer");
	CLEANUP(freep) char *url = exported(r, "ETH_RPC_URL");
	const char *argv[] = { cast,
			       "send",
			       oracle,
			       "issueSlaChallenge(address,bytes)",
			       address,
			       "0x",
			       "--private-key",
			       key,
			       "--rpc-url",
			       url,
			       NULL };
	struct child_spec spec = { .name = "cast",
				   .argv = argv,
				   .env = (const char *const *)f->env };
	struct buf out = BUF_INIT(OUTPUT_MAX);
	struct err e = ERR_INIT;

	assert_ok(child_run(f->loop, &spec, &out, QUICK_MS, &e), &e);
	buf_done(&out);
}

/* What one table saw of events the next one knows. */
static void test_table_of_events(void **state)
{
	struct run r;

	up(*state, &r, "phala-devnet");
	follows(*state, &r);
	challenge(*state, &r, "alice");
	read_until(&r, "SlaChallengeResponded{challengeId: 1");
	challenge(*state, &r, "bob");
	read_until(&r, "SlaChallengeResponded{challengeId: 2");
	asks(*state, FARM_ARGS("do", "challenge", "dora"));
	read_until(&r, "SlaChallengeResponded{challengeId: 3");
	follows(*state, &r);
	down(*state, &r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_live, farm_setup, farm_teardown),
		cmocka_unit_test_setup_teardown(test_narrower, farm_setup, farm_teardown),
		cmocka_unit_test(test_reflown),
		cmocka_unit_test_setup_teardown(test_no_color, farm_setup, farm_teardown),
		cmocka_unit_test_setup_teardown(test_plain, farm_setup, farm_teardown),
		cmocka_unit_test_setup_teardown(test_table_of_nobody, farm_setup,
						farm_teardown),
		cmocka_unit_test_setup_teardown(test_table_of_idle, farm_setup,
						farm_teardown),
		cmocka_unit_test_setup_teardown(test_table_of_events, farm_setup,
						farm_teardown),
	};

	return cmocka_run_group_tests(tests, warm, NULL);
}
