#include "cli/desk.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <sys/stat.h>

#include "base/nearest.h"
#include "cli/options.h"
#include "codec/json.h"
#include "io/reaper.h"
#include "io/stream.h"

#include "base/base.h"

#define PREFIX "up-"
#define LINES_KEPT 2000u
#define LINE_MAX_KEPT 4096
#define ANSWER_MAX (4u << 20)
#define SNAPSHOTS_MAX 64u

struct client {
	struct client *next;
	struct desk *desk;
	struct stream *stream; /* NULL: it left */
	json_t *question;      /* that waits; or NULL */
	bool busy;	       /* its question is being answered */
	bool follows;	       /* lines as they come, @actor's or all */
	char *actor;
};

struct line {
	char *actor, *text;
};

struct snapshot {
	char *name;
	struct live_point at;
};

struct desk {
	struct desk_spec spec;
	struct live *live;
	struct fragments *fragments;
	struct board *board;
	char *dir; /* NULL: not open */
	struct listener *listener;
	struct client *clients;
	struct line lines[LINES_KEPT]; /* line i is at i % LINES_KEPT */
	size_t lines_n;
	struct snapshot snapshots[SNAPSHOTS_MAX];
	size_t snapshots_n;
};

/* --- clients -------------------------------------------------------------- */

static void send(struct client *c, const json_t *o)
{
	CLEANUP(freep) char *text = json_text(o);

	if (c->stream)
		stream_write(c->stream, text, strlen(text));
}

static void say(struct client *c, const char *text)
{
	CLEANUP(json_decrefp)
	json_t *o = json_pack("{s:o}", "out", json_said(text));

	if (*text)
		send(c, o);
}

/* Why there is no answer. */
static void complain(struct client *c, const char *text)
{
	CLEANUP(json_decrefp)
	json_t *o = json_pack("{s:o}", "err", json_said(text));

	send(c, o);
}

static void done(struct client *c, int code)
{
	CLEANUP(json_decrefp) json_t *o = json_pack("{s:i}", "exit", code);

	send(c, o);
}

static void drop(struct client *c)
{
	struct client **at = &c->desk->clients;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	stream_free(c->stream);
	json_decref(c->question);
	free(c->actor);
	free(c);
}

static void on_value(void *arg, const char *text, size_t len)
{
	struct client *c = arg;
	struct err ignored;

	/* One connection, one question. */
	if (c->question || c->busy || c->follows)
		return;
	if (!json_parse(&c->question, text, len, "a question", &ignored))
		c->question = json_object();
}

static void on_closed(void *arg, const struct err *why)
{
	struct client *c = arg;

	(void)why;
	if (!c->busy) {
		drop(c);
		return;
	}
	stream_free(TAKE(c->stream));
}

static void on_accept(void *arg, struct stream *s)
{
	struct desk *d = arg;
	struct client *c = xcalloc(1, sizeof(*c)), **at = &d->clients;

	*c = (struct client){ .desk = d, .stream = s };
	/* Behind those who wait already. */
	while (*at)
		at = &(*at)->next;
	*at = c;
	stream_set_events(s, &(struct stream_events){ .on_value = on_value,
						      .on_closed = on_closed,
						      .arg = c });
}

/* --- lines ---------------------------------------------------------------- */

static void say_line(struct client *c, const char *actor, const char *line)
{
	CLEANUP(freep) char *text = NULL;

	if (c->actor && strcmp(c->actor, actor))
		return;
	text = xasprintf("%-10s %s\n", actor, line);
	say(c, text);
}

void desk_line(struct desk *d, const char *actor, const char *line)
{
	struct line *l = &d->lines[d->lines_n++ % LINES_KEPT];

	free(l->actor);
	free(l->text);
	l->actor = xstrdup(actor);
	l->text = xstrndup(line, LINE_MAX_KEPT);
	for (struct client *c = d->clients; c; c = c->next)
		if (c->follows)
			say_line(c, actor, line);
	if (d->spec.on_line)
		d->spec.on_line(d->spec.arg, actor, line);
}

/* The last @count lines that it asks for. */
static void say_lines(struct client *c, size_t count)
{
	struct desk *d = c->desk;
	size_t first = d->lines_n > LINES_KEPT ? d->lines_n - LINES_KEPT : 0;
	size_t from = d->lines_n;

	while (count && from > first) {
		const struct line *l = &d->lines[--from % LINES_KEPT];

		count -= !c->actor || !strcmp(c->actor, l->actor);
	}
	for (; from < d->lines_n; from++)
		say_line(c, d->lines[from % LINES_KEPT].actor,
			 d->lines[from % LINES_KEPT].text);
}

/* --- questions ------------------------------------------------------------ */

static const char *text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static int failed(struct client *c, const struct err *e)
{
	CLEANUP(freep) char *text = xasprintf("%s\n", e->text);

	complain(c, text);
	return EXIT_BROKEN;
}

static const int FRAGMENT_CODES[] = {
	[FRAGMENT_PLAYED] = EXIT_OK,
	[FRAGMENT_REFUSED] = EXIT_USAGE,
	[FRAGMENT_FAILED] = EXIT_FAILED,
	[FRAGMENT_BROKEN] = EXIT_BROKEN,
};

static int answer_do(struct client *c, const json_t *q)
{
	const char *text = text_of(q, "text");
	struct buf out = BUF_INIT(ANSWER_MAX);
	enum fragment_end end =
		fragments_play(c->desk->fragments, text_of(q, "name"), text,
			       strlen(text), &out);

	say(c, buf_str(&out));
	buf_done(&out);
	return FRAGMENT_CODES[end];
}

static int no_process(struct client *c, const char *actor)
{
	CLEANUP(freep) char *text =
		xasprintf("%s has no process here; `avsbed status` lists who "
			  "has\n",
			  actor);

	complain(c, text);
	return EXIT_USAGE;
}

static int answer_env(struct client *c, const json_t *q)
{
	const char *actor = text_of(q, "actor");
	struct buf out = BUF_INIT(ANSWER_MAX);
	bool known = true;

	if (*actor)
		known = board_operator_env(c->desk->board, actor, &out);
	else if (json_is_true(json_object_get(q, "json")))
		board_json(c->desk->board, &out);
	else
		board_env(c->desk->board, &out);
	say(c, buf_str(&out));
	buf_done(&out);
	return known ? EXIT_OK : no_process(c, actor);
}

/* What was played is of no interest unless it failed. */
static int grant(struct client *c, const struct addr20 *to, const char *amount)
{
	CLEANUP(freep)
	char *text = xasprintf("grant: %s\namount: %s\n", fmt_addr(to).s,
			       amount);
	struct buf out = BUF_INIT(ANSWER_MAX);
	enum fragment_end end = fragments_play(c->desk->fragments, "fund", text,
					       strlen(text), &out);

	if (end != FRAGMENT_PLAYED)
		complain(c, buf_str(&out));
	buf_done(&out);
	return FRAGMENT_CODES[end];
}

static int answer_fund(struct client *c, const json_t *q)
{
	const char *name = text_of(q, "actor");
	struct live *w = c->desk->live;
	const struct book_entry *known;
	struct buf out = BUF_INIT(ANSWER_MAX);
	struct err e = ERR_INIT;
	struct addr20 to;
	int code = EXIT_OK;
	json_t *amount;
	size_t i;

	if (!live_account(w, name, &to, &e)) {
		(void)failed(c, &e);
		return EXIT_USAGE;
	}
	if (!live_fund(w, &to, &e))
		return failed(c, &e);
	fragments_know(c->desk->fragments);
	json_array_foreach(json_object_get(q, "amounts"), i, amount)
		if (code == EXIT_OK)
			code = grant(c, &to, json_string_value(amount));
	known = book_by_address(live_book(w), &to);
	if (code == EXIT_OK && known)
		live_env_account(&out, known);
	say(c, buf_str(&out));
	buf_done(&out);
	return code;
}

static int answer_status(struct client *c, const json_t *q)
{
	struct buf out = BUF_INIT(ANSWER_MAX);
	struct err e = ERR_INIT;
	bool ok = live_rest(c->desk->live, &e) &&
		  board_table(c->desk->board, &out, &e);

	(void)q;
	say(c, ok ? buf_str(&out) : "");
	buf_done(&out);
	return ok ? EXIT_OK : failed(c, &e);
}

static int answer_words(struct client *c, const json_t *q)
{
	CLEANUP(json_decrefp)
	json_t *words = fragments_words(c->desk->fragments);
	CLEANUP(freep) char *text = json_text(words);

	(void)q;
	say(c, text);
	return EXIT_OK;
}

#define FOLLOWED (-1) /* no exit code: it goes on */

static int answer_logs(struct client *c, const json_t *q)
{
	const char *actor = text_of(q, "actor");

	if (*actor && strcmp(actor, "tee") &&
	    !live_config_path(c->desk->live, actor))
		return no_process(c, actor);
	c->actor = *actor ? xstrdup(actor) : NULL;
	say_lines(c, (size_t)json_integer_value(json_object_get(q, "lines")));
	c->follows = json_is_true(json_object_get(q, "follow"));
	return c->follows ? FOLLOWED : EXIT_OK;
}

static struct snapshot *snapshot_find(struct desk *d, const char *name)
{
	for (size_t i = 0; i < d->snapshots_n; i++)
		if (!strcmp(d->snapshots[i].name, name))
			return &d->snapshots[i];
	return NULL;
}

static int no_snapshot(struct client *c, const char *name)
{
	struct desk *d = c->desk;
	const char *names[SNAPSHOTS_MAX], *near;
	CLEANUP(freep) char *text = NULL;

	for (size_t i = 0; i < d->snapshots_n; i++)
		names[i] = d->snapshots[i].name;
	near = nearest_name(name, names, d->snapshots_n);
	text = xasprintf("no snapshot %s was saved%s%s\n", name,
			 near ? "; nearest: " : "", near ? near : "");
	complain(c, text);
	return EXIT_USAGE;
}

static int snapshot_save(struct client *c, const char *name)
{
	struct desk *d = c->desk;
	struct snapshot *s = snapshot_find(d, name);
	struct err e = ERR_INIT;
	struct live_point at;

	if (!s && d->snapshots_n == SNAPSHOTS_MAX) {
		complain(c, "there are as many snapshots as can be kept\n");
		return EXIT_USAGE;
	}
	if (!live_snapshot(d->live, &at, &e))
		return failed(c, &e);
	if (!s) {
		s = &d->snapshots[d->snapshots_n++];
		s->name = xstrdup(name);
	}
	s->at = at;
	return EXIT_OK;
}

/*
 * What was saved after it went with it, on the chain: so here. It can be gone
 * back to once, and has been saved again.
 */
static void went_back(struct desk *d, struct u256 to,
		      const struct live_point *again)
{
	size_t kept = 0;

	for (size_t i = 0; i < d->snapshots_n; i++) {
		struct snapshot x = d->snapshots[i];

		if (u256_cmp(x.at.snapshot, to) > 0) {
			free(x.name);
			continue;
		}
		if (u256_eq(x.at.snapshot, to))
			x.at = *again;
		d->snapshots[kept++] = x;
	}
	d->snapshots_n = kept;
}

static int snapshot_load(struct client *c, const char *name)
{
	struct desk *d = c->desk;
	struct snapshot *s = snapshot_find(d, name);
	struct err e = ERR_INIT;
	struct live_point at;
	bool ok;

	if (!s)
		return no_snapshot(c, name);
	at = s->at;
	ok = live_restore(d->live, &at, &e);
	/* Also if only those who were to start again did not. */
	if (!u256_eq(at.snapshot, s->at.snapshot))
		went_back(d, s->at.snapshot, &at);
	return ok && fragments_rewound(d->fragments, &e) ? EXIT_OK
							 : failed(c, &e);
}

static int answer_snapshot(struct client *c, const json_t *q)
{
	const char *name = text_of(q, "name");

	return !strcmp(text_of(q, "what"), "save") ? snapshot_save(c, name)
						   : snapshot_load(c, name);
}

static int answer(struct client *c, const json_t *q)
{
	static const struct {
		const char *ask;
		int (*fn)(struct client *c, const json_t *q);
	} kinds[] = {
		{ "do", answer_do },	     { "env", answer_env },
		{ "status", answer_status }, { "words", answer_words },
		{ "logs", answer_logs },     { "snapshot", answer_snapshot },
		{ "fund", answer_fund },
	};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (!strcmp(text_of(q, "ask"), kinds[i].ask))
			return kinds[i].fn(c, q);
	complain(c, "this world does not know that question; was it brought up "
		    "by another version?\n");
	return EXIT_USAGE;
}

static struct client *asker(const struct desk *d)
{
	for (struct client *c = d->clients; c; c = c->next)
		if (c->question)
			return c;
	return NULL;
}

bool desk_asked(const struct desk *d)
{
	return asker(d) != NULL;
}

void desk_answer(struct desk *d)
{
	struct client *c = asker(d);
	CLEANUP(json_decrefp) json_t *q = NULL;
	int code;

	if (!c)
		return;
	q = TAKE(c->question);
	c->busy = true;
	code = answer(c, q);
	c->busy = false;
	if (code != FOLLOWED)
		done(c, code);
	if (!c->stream)
		drop(c);
}

/* --- the whole ------------------------------------------------------------ */

/*
 * What a world answers is run (`eval "$(avsbed env)"`), and the folder of all
 * temporary ones is everybody's: so who made this one, and who may write into
 * it, is looked at before what it says.
 */
static bool is_own(const char *dir)
{
	struct stat st;

	return lstat(dir, &st) == 0 && S_ISDIR(st.st_mode) &&
	       st.st_uid == geteuid() && !(st.st_mode & (S_IWGRP | S_IWOTH));
}

/* Whether the directory is this checkout's and somebody listens in it. */
static bool is_up(struct loop *l, const char *dir, const char *root)
{
	static const struct stream_events none = { .on_value = NULL };
	CLEANUP(freep) char *desk = xasprintf("%s/desk", dir);
	CLEANUP(freep) char *path = xasprintf("%s/root", dir);
	struct buf whose = BUF_INIT(PATH_MAX);
	struct stream *s = NULL;
	struct err ignored;
	bool up;

	up = is_own(dir) && buf_read_file(&whose, path, &ignored) &&
	     !strcmp(buf_str(&whose), root) &&
	     stream_connect(&s, l, desk, &none, &ignored);
	stream_free(s);
	buf_done(&whose);
	return up;
}

json_t *desk_list(struct loop *l, const char *root)
{
	json_t *found = json_object();
	DIR *tmp = opendir(tmpdir_base());

	for (struct dirent *d; tmp && (d = readdir(tmp));) {
		CLEANUP(freep)
		char *dir = xasprintf("%s/%s", tmpdir_base(), d->d_name);
		const char *name = d->d_name + strlen(PREFIX);
		char *dot;

		if (strncmp(d->d_name, PREFIX, strlen(PREFIX)) != 0 ||
		    !is_up(l, dir, root))
			continue;
		/* PREFIX NAME .PID.RANDOM */
		for (int i = 0; i < 2; i++)
			if ((dot = strrchr(name, '.')))
				*dot = 0;
		json_object_set_new(found, name, json_sprintf("%s/desk", dir));
	}
	if (tmp)
		closedir(tmp);
	return found;
}

struct desk *desk_new(const struct desk_spec *spec)
{
	struct desk *d = xcalloc(1, sizeof(*d));

	d->spec = *spec;
	return d;
}

bool desk_open(struct desk *d, struct live *live, struct fragments *f,
	       struct board *board, struct err *e)
{
	CLEANUP(json_decrefp)
	json_t *up = desk_list(d->spec.loop, d->spec.root);
	CLEANUP(freep) char *prefix = xasprintf(PREFIX "%s", d->spec.world);
	CLEANUP(freep) char *path = NULL;
	CLEANUP(freep) char *root = NULL;

	d->live = live;
	d->fragments = f;
	d->board = board;
	if (json_object_get(up, d->spec.world))
		return err_set(e, ERR_OS, EADDRINUSE,
			       "the world %s is up already; `avsbed status "
			       "--world %s` shows it",
			       d->spec.world, d->spec.world);
	if (!tmpdir_new(&d->dir, prefix, e))
		return false;
	path = xasprintf("%s/desk", d->dir);
	root = xasprintf("%s/root", d->dir);
	return file_write_atomic(root, d->spec.root, strlen(d->spec.root), e) &&
	       listener_new(&d->listener, d->spec.loop, path, on_accept, d, e);
}

void desk_free(struct desk *d)
{
	if (!d)
		return;
	while (d->clients)
		drop(d->clients);
	listener_free(d->listener);
	tmpdir_free(d->dir);
	for (size_t i = 0; i < LINES_KEPT; i++) {
		free(d->lines[i].actor);
		free(d->lines[i].text);
	}
	for (size_t i = 0; i < d->snapshots_n; i++)
		free(d->snapshots[i].name);
	free(d);
}
