/* LINK: -Wl,--wrap=geteuid */
/*
 * Who asks a world that is up, and what of it goes wrong: no world, several,
 * another checkout's; answers that are none, a world that ends meanwhile, and
 * somebody who does not wait. The world is one of this test's own.
 */
#include "test/kit.h"

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/desk.h"
#include "io/child.h"
#include "io/reaper.h"
#include "io/stream.h"
#include "test/farm_stub.h"

#include "base/base.h"

#define QUICK_MS 60000
#define TEXT_MAX (1u << 20)
#define STREAMS_MAX 256

/* How the world behaves. */
enum manner {
	ANSWERS,
	SILENT,
	LEAVES, /* as soon as it is asked */
	LEAVES_LATER, /* when it is asked to do something */
	NOISY,
};

struct state {
	struct farm *f;
	enum manner manner;
	struct listener *worlds[4];
	size_t worlds_n;
	struct stream *streams[STREAMS_MAX];
	size_t streams_n;
	struct buf asked; /* questions, one a line, but for words */
};

/* --- a world ---------------------------------------------------------------------- */

static void say(struct stream *s, const char *text)
{
	stream_write(s, text, strlen(text));
}

static struct state *current;

static void leave(struct state *s, struct stream *from)
{
	for (size_t i = 0; i < s->streams_n; i++)
		if (s->streams[i] == from)
			s->streams[i] = NULL;
	stream_free(from);
}

static void on_question(void *arg, const char *text, size_t len)
{
	struct stream *from = arg;
	struct state *s = current;
	bool words = strstr(text, "\"ask\":\"words\"") != NULL;

	(void)len;
	if (!words)
		buf_addf(&s->asked, "%s\n", text);
	if (s->manner == LEAVES || (s->manner == LEAVES_LATER && !words))
		leave(s, from);
	else if (words && s->manner == NOISY)
		say(from, "{\"out\":\"[not words\"}{\"exit\":0}");
	else if (words)
		say(from, "{\"out\":\"[\\\"challenge: \\\",\\\"check: \\\"]\"}"
			  "{\"exit\":0}");
	else if (s->manner == NOISY)
		say(from, "{x}{\"out\":7}{\"exit\":\"0\"}"
			  "{\"err\":\"it was noisy\\n\"}{\"exit\":3}");
	else if (s->manner == ANSWERS)
		say(from, "{\"out\":\"it was answered\\n\"}{\"exit\":0}");
}

static void on_gone(void *arg, const struct err *why)
{
	(void)why;
	leave(current, arg);
}

static void on_accept(void *arg, struct stream *s)
{
	struct state *st = arg;

	assert_true(st->streams_n < STREAMS_MAX);
	st->streams[st->streams_n++] = s;
	stream_set_events(s, &(struct stream_events){ .on_value = on_question,
						      .on_closed = on_gone,
						      .arg = s });
}

/* @dir: its folder's name; @root: whose it is, or NULL. */
static void world(struct state *s, const char *dir, const char *root)
{
	CLEANUP(freep) char *path = xasprintf("%s/%s", s->f->tmp, dir);
	CLEANUP(freep) char *desk = xasprintf("%s/desk", path);
	CLEANUP(freep) char *whose = xasprintf("%s/root", path);
	struct err e = ERR_INIT;

	assert_int_equal(mkdir(path, 0700), 0);
	if (root)
		assert_ok(file_write_atomic(whose, root, strlen(root), &e), &e);
	assert_ok(listener_new(&s->worlds[s->worlds_n++], s->f->loop, desk,
			       on_accept, s, &e), &e);
}

static int setup(void **state)
{
	struct state *s = xcalloc(1, sizeof(*s));

	s->f = farm_new();
	s->asked = BUF_INIT(TEXT_MAX);
	current = s;
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct state *s = *state;

	for (size_t i = 0; i < s->streams_n; i++)
		stream_free(s->streams[i]);
	for (size_t i = 0; i < s->worlds_n; i++)
		listener_free(s->worlds[i]);
	buf_done(&s->asked);
	farm_free(s->f);
	free(s);
	return 0;
}

static void expect(struct state *s, int code, const char *text,
		   const char *const *args)
{
	struct farm_run r;
	int status;

	farm_start(s->f, &r, args);
	status = farm_wait(s->f, &r, QUICK_MS);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != code ||
	    !strstr(buf_str(&r.out), text))
		fail_msg("avsbed %s: wait status 0x%x, wanted exit code %d and "
			 "\"%s\"; it said:\n%s",
			 args[0], (unsigned)status, code, text,
			 buf_str(&r.out));
	farm_run_done(&r);
}

/* --- which world ------------------------------------------------------------------ */

static void test_several(void **state)
{
	struct state *s = *state;

	world(s, "up-core.1.2", s->f->root);
	expect(s, 0, "it was answered", FARM_ARGS("status"));
	world(s, "up-phala-cloud.1.2", s->f->root);
	expect(s, 2, "several worlds are up, say which with --world: ",
	       FARM_ARGS("status"));
	expect(s, 2, "the world phala-clod is not up; nearest: phala-cloud; "
		     "up: ", FARM_ARGS("status", "--world", "phala-clod"));
	expect(s, 2, "the world zzzzzzzz is not up; up: ",
	       FARM_ARGS("shell", "--world", "zzzzzzzz"));
	expect(s, 0, "it was answered",
	       FARM_ARGS("status", "--world", "core"));
}

static void test_not_ours(void **state)
{
	struct state *s = *state;

	world(s, "up-core.1.2", "/another/checkout");
	world(s, "up-nobody", NULL);
	expect(s, 2, "no world is up here", FARM_ARGS("status"));
	/* Its folder is left, but nobody listens. */
	world(s, "up-dead.1.2", s->f->root);
	listener_free(s->worlds[--s->worlds_n]);
	expect(s, 2, "no world is up here", FARM_ARGS("status"));
	expect(s, 2, "no world is up here",
	       FARM_ARGS("snapshot", "load", "one"));
}

static void test_no_checkout(void **state)
{
	static const char *const commands[][3] = {
		{ "status" }, { "verbs" }, { "state", "build" },
		{ "run", "--watch" }, { "up" },
	};
	struct state *s = *state;
	char *dir = kit_tmpdir_new();
	CLEANUP(freep) char *path = xasprintf("%s/avsbed", dir);
	CLEANUP(freep) char *says = NULL;
	struct buf program = BUF_INIT(64u << 20);
	struct err e = ERR_INIT;

	says = xasprintf("avsbed: %s is not in build/bin/ of a checkout", path);
	assert_ok(buf_read_file(&program, s->f->program, &e), &e);
	assert_ok(file_write_atomic(path, program.data, program.len, &e), &e);
	buf_done(&program);
	assert_int_equal(chmod(path, 0700), 0);
	free(s->f->program);
	s->f->program = xstrdup(path);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		expect(s, 2, says, commands[i]);
	kit_tmpdir_free(dir);
}

/* --- its folder ------------------------------------------------------------------- */

static void test_where_desks_are(void **state)
{
	struct state *s = *state;
	CLEANUP(desk_freep)
	struct desk *d = desk_new(&(struct desk_spec){
		.loop = s->f->loop, .root = s->f->root, .world = "core" });
	const char *before_is = getenv("TMPDIR");
	CLEANUP(freep) char *before = xstrdup(before_is ? before_is : "/tmp");
	CLEANUP(json_decrefp) json_t *found = NULL;
	CLEANUP(json_decrefp) json_t *none = NULL;
	struct err e = ERR_INIT;

	assert_ok(reaper_start(&e), &e);
	world(s, "up-a.b.1.2", s->f->root);
	setenv("TMPDIR", s->f->tmp, 1);
	found = desk_list(s->f->loop, s->f->root);
	assert_non_null(json_object_get(found, "a.b"));
	assert_int_equal(json_object_size(found), 1);
	/* As every temporary folder: one that is no path is not taken. */
	setenv("TMPDIR", "tmp", 1);
	none = desk_list(s->f->loop, s->f->root);
	assert_int_equal(json_object_size(none), 0);
	setenv("TMPDIR", "/nowhere", 1);
	assert_err(desk_open(d, NULL, NULL, NULL, &e), &e, ERR_OS,
		   "(TMPDIR says where): No such file or directory");
	setenv("TMPDIR", before, 1);
	assert_false(desk_asked(d));
	desk_answer(d);
	reaper_stop();
}

static uid_t somebody; /* who we are, if not ourselves */

uid_t __real_geteuid(void);
uid_t __wrap_geteuid(void);

uid_t __wrap_geteuid(void)
{
	return somebody ? somebody : __real_geteuid();
}

static size_t worlds_found(const struct state *s)
{
	CLEANUP(json_decrefp)
	json_t *found = desk_list(s->f->loop, s->f->root);

	return json_object_size(found);
}

/* /tmp is everybody's, and what a world says is run. */
static void test_of_strangers(void **state)
{
	struct state *s = *state;
	CLEANUP(freep) char *dir = xasprintf("%s/up-core.1.2", s->f->tmp);
	CLEANUP(freep) char *away = xasprintf("%s/away", s->f->tmp);
	const char *before_is = getenv("TMPDIR");
	CLEANUP(freep) char *before = xstrdup(before_is ? before_is : "/tmp");

	setenv("TMPDIR", s->f->tmp, 1);
	world(s, "up-core.1.2", s->f->root);
	assert_int_equal(worlds_found(s), 1);
	somebody = 4711;
	assert_int_equal(worlds_found(s), 0);
	somebody = 0;
	assert_int_equal(chmod(dir, 0770), 0);
	assert_int_equal(worlds_found(s), 0);
	assert_int_equal(chmod(dir, 0702), 0);
	assert_int_equal(worlds_found(s), 0);
	assert_int_equal(chmod(dir, 0700), 0);
	assert_int_equal(worlds_found(s), 1);
	/* A link is whoever's who can change what it leads to. */
	assert_int_equal(rename(dir, away), 0);
	assert_int_equal(symlink(away, dir), 0);
	assert_int_equal(worlds_found(s), 0);
	assert_int_equal(unlink(dir), 0);
	assert_int_equal(rename(away, dir), 0);
	setenv("TMPDIR", before, 1);
}

/* --- answers ---------------------------------------------------------------------- */

static void test_noise(void **state)
{
	struct state *s = *state;

	s->manner = NOISY;
	world(s, "up-core.1.2", s->f->root);
	expect(s, 3, "it was noisy", FARM_ARGS("fault", "alice"));
	s->manner = LEAVES;
	expect(s, 2, "the world ended before it had answered",
	       FARM_ARGS("env"));
	expect(s, 2, "the world ended before it had answered",
	       FARM_ARGS("shell"));
}

static bool was_asked(void *arg)
{
	const struct state *s = arg;

	return s->asked.len > 0;
}

static void wait_asked(struct state *s)
{
	struct err e = ERR_INIT;

	assert_ok(loop_run_until(s->f->loop, was_asked, s,
				 clock_ms() + QUICK_MS, "a question", &e), &e);
}

static void test_stops_waiting(void **state)
{
	static const int signals[] = { SIGINT, SIGTERM };
	struct state *s = *state;
	struct farm_run r;

	s->manner = SILENT;
	world(s, "up-core.1.2", s->f->root);
	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		buf_clear(&s->asked);
		farm_start(s->f, &r, FARM_ARGS("logs", "tee", "--follow"));
		wait_asked(s);
		assert_string_equal(buf_str(&s->asked),
				    "{\"ask\":\"logs\",\"actor\":\"tee\","
				    "\"lines\":200,\"follow\":true}\n");
		kill(child_pid(r.child), signals[i]);
		assert_int_equal(farm_wait(s->f, &r, QUICK_MS), 0);
		farm_run_done(&r);
	}
}

/* --- a prompt --------------------------------------------------------------------- */

/* Plays @lines of a file; what is asked must be @asked. */
static void shell(struct state *s, const char *lines, int code,
		  const char *text, const char *asked)
{
	CLEANUP(freep) char *path = farm_path(s->f, "lines");

	farm_put(s->f, "lines", lines);
	buf_clear(&s->asked);
	expect(s, code, text, FARM_ARGS("shell", "--file", path));
	assert_string_equal(buf_str(&s->asked), asked);
}

#define DO(text) \
	"{\"ask\":\"do\",\"name\":\"shell\",\"text\":\"" text "\"}\n"

static void test_lines(void **state)
{
	struct state *s = *state;

	world(s, "up-core.1.2", s->f->root);
	shell(s, "\n   \n\t status \t\nenv\nlogs\nlogs alice\n"
		 "snapshot save one\nfund zoe\nfund zoe 3 PHA\n",
	      0, "it was answered",
	      "{\"ask\":\"status\"}\n{\"ask\":\"env\"}\n"
	      "{\"ask\":\"logs\",\"actor\":\"\",\"lines\":40}\n"
	      "{\"ask\":\"logs\",\"actor\":\"alice\",\"lines\":40}\n"
	      "{\"ask\":\"snapshot\",\"what\":\"save\",\"name\":\"one\"}\n"
	      "{\"ask\":\"fund\",\"actor\":\"zoe\",\"amounts\":[]}\n"
	      "{\"ask\":\"fund\",\"actor\":\"zoe\",\"amounts\":[\"3 PHA\"]}\n");
	shell(s, "fault alice\nfault bob.rpc slow\n= 1 + 1\nstop\n"
		 "challenge alice; save: c; as: x\n", 0, "it was answered",
	      DO("mend: alice.tee\\n") DO("break: bob.rpc\\nby: slow\\n")
	      DO("let:\\n  value:  1 + 1") DO("stop: ''\\n")
	      DO("challenge: alice\\nsave: c\\nas: x\\n"));
	shell(s, "help\nexit\nstatus\n", 0, "keys behind semicolons", "");
	shell(s, "quit\nstatus\n", 0, "", "");
	/* The file ends where another line was announced. */
	shell(s, "check: 1 == \\", 0, "it was answered", DO("check: 1 ==\\n"));
}

/* What is behind the last piece that is cut off is not lost. */
static void test_many_pieces(void **state)
{
	struct state *s = *state;
	struct buf line = BUF_INIT(TEXT_MAX);
	CLEANUP(freep) char *path = farm_path(s->f, "lines");

	buf_adds(&line, "check: 1 == 1");
	for (int i = 0; i < 100; i++)
		buf_addf(&line, "; k%d: 1", i);
	world(s, "up-core.1.2", s->f->root);
	farm_put(s->f, "lines", buf_str(&line));
	expect(s, 0, "it was answered",
	       FARM_ARGS("shell", "--file", path));
	assert_non_null(strstr(buf_str(&s->asked), "k99: 1"));
	buf_done(&line);
}

/* JSON has no other text: it is said, and nothing asked. */
static void test_no_utf8(void **state)
{
	struct state *s = *state;

	world(s, "up-core.1.2", s->f->root);
	expect(s, 2, "what was asked is no UTF-8", FARM_ARGS("do", "\xff"));
	expect(s, 2, "what was asked is no UTF-8",
	       FARM_ARGS("advance", "\xff"));
	shell(s, "\xff\xfe\n", 2, "what was asked is no UTF-8", "");
}

static void test_shell_goes_wrong(void **state)
{
	struct state *s = *state;

	world(s, "up-core.1.2", s->f->root);
	expect(s, 2, "/nowhere: No such file",
	       FARM_ARGS("shell", "--file", "/nowhere"));
	s->manner = NOISY;
	shell(s, "status\n", 3, "it was noisy", "{\"ask\":\"status\"}\n");
	shell(s, "stop\n", 3, "it was noisy", DO("stop: ''\\n"));
	s->manner = LEAVES_LATER;
	shell(s, "stop\nstatus\n", 2, "the world ended before it had answered",
	      DO("stop: ''\\n"));
}

/* --- a terminal ------------------------------------------------------------------- */

struct terminal {
	struct state *s;
	struct watch *watch;
	struct buf seen;
	const char *awaited; /* NULL: its end */
	pid_t pid;
	int fd;
	bool over;
};

static void on_seen(void *arg, uint32_t events)
{
	struct terminal *t = arg;
	char data[4096];
	ssize_t n = read(t->fd, data, sizeof(data));

	(void)events;
	if (n > 0) {
		buf_add(&t->seen, data, (size_t)n);
		return;
	}
	t->over = true;
	watch_free(TAKE(t->watch));
}

static bool is_seen(void *arg)
{
	const struct terminal *t = arg;

	return t->over || (t->awaited && strstr(buf_str(&t->seen), t->awaited));
}

/* Then what was seen is forgotten. */
static void sees(struct terminal *t, const char *text)
{
	struct err e = ERR_INIT;

	t->awaited = text;
	if (!loop_run_until(t->s->f->loop, is_seen, t, clock_ms() + QUICK_MS,
			    text ? text : "its end", &e) ||
	    (text && !strstr(buf_str(&t->seen), text)))
		fail_msg("no \"%s\" on the terminal, but:\n%s", text,
			 buf_str(&t->seen));
	buf_clear(&t->seen);
}

static void type(struct terminal *t, const char *text)
{
	assert_int_equal(write(t->fd, text, strlen(text)), strlen(text));
}

static void begin(struct state *s, struct terminal *t)
{
	char *argv[] = { s->f->program, (char[]){ "shell" }, NULL };

	*t = (struct terminal){ .s = s, .seen = BUF_INIT(TEXT_MAX) };
	t->pid = forkpty(&t->fd, NULL, NULL, NULL);
	assert_true(t->pid >= 0);
	if (!t->pid) {
		execve(s->f->program, argv, s->f->env);
		_exit(127);
	}
	t->watch = loop_watch(s->f->loop, t->fd, EPOLLIN, on_seen, t);
	sees(t, "avsbed> ");
}

static void end(struct terminal *t)
{
	int status;

	sees(t, NULL);
	assert_int_equal(waitpid(t->pid, &status, 0), t->pid);
	assert_int_equal(status, 0);
	fd_close(&t->fd);
	buf_done(&t->seen);
}

static void test_terminal(void **state)
{
	struct state *s = *state;
	struct terminal t;

	world(s, "up-core.1.2", s->f->root);
	begin(s, &t);
	type(&t, "help\r");
	sees(&t, "a step as in a scenario");
	/* A word that can only be one is completed. */
	type(&t, "chal\talice\r");
	sees(&t, "it was answered");
	assert_string_equal(buf_str(&s->asked), DO("challenge: alice\\n"));
	/* Ctrl-C at the prompt is not one for what is asked next. */
	kill(t.pid, SIGINT);
	type(&t, "status\r");
	sees(&t, "it was answered");
	/* And then it ends the waiting, not the shell. */
	s->manner = SILENT;
	buf_clear(&s->asked);
	type(&t, "stop\r");
	wait_asked(s);
	kill(t.pid, SIGINT);
	sees(&t, "interrupted; what was asked for may still happen");
	type(&t, "exit\r");
	end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_several),
		T(test_not_ours),
		T(test_no_checkout),
		T(test_where_desks_are),
		T(test_of_strangers),
		T(test_noise),
		T(test_stops_waiting),
		T(test_lines),
		T(test_many_pieces),
		T(test_no_utf8),
		T(test_shell_goes_wrong),
		T(test_terminal),
	};

	setenv("TERM", "vt100", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
