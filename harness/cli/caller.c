#include "cli/caller.h"

#include <errno.h>
#include <signal.h>

#include "base/nearest.h"
#include "cli/commands.h"
#include "cli/desk.h"
#include "cli/session.h"
#include "io/stream.h"

#include "base/base.h"

#define WORLDS_MAX 64

/* --- finding the world ---------------------------------------------------- */

static bool none_such(json_t *found, const char *name, struct err *e)
{
	const char *names[WORLDS_MAX], *key, *near;
	struct buf list = BUF_INIT(ERR_TEXT_MAX);
	json_t *v;
	size_t n = 0;

	json_object_foreach(found, key, v)
	{
		if (n == WORLDS_MAX)
			break;
		buf_addf(&list, "%s%s", n ? ", " : "", key);
		names[n++] = key;
	}
	near = name ? nearest_name(name, names, n) : NULL;
	if (!n)
		err_set(e, ERR_SCHEMA, 0,
			"no world is up here: `avsbed up` brings one up");
	else if (name)
		err_set(e, ERR_SCHEMA, 0, "the world %s is not up%s%s; up: %s",
			name, near ? "; nearest: " : "", near ? near : "",
			buf_str(&list));
	else
		err_set(e, ERR_SCHEMA, 0,
			"several worlds are up, say which with --world: %s",
			buf_str(&list));
	buf_done(&list);
	return false;
}

static void on_signal(void *arg, int signo)
{
	struct loop *l = arg;

	loop_stop(l, signo == SIGINT ? "interrupted" : "told to end");
}

bool caller_open(struct caller *c, const char *name, struct err *e)
{
	CLEANUP(freep) char *root = NULL;
	CLEANUP(json_decrefp) json_t *found = NULL;
	const char *path = NULL;
	sigset_t set;

	*c = (struct caller){ .loop = NULL };
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (!session_root(&root, e) || !loop_new(&c->loop, e) ||
	    !loop_signals(c->loop, &set, on_signal, c->loop, e)) {
		caller_close(c);
		return false;
	}
	found = desk_list(c->loop, root);
	if (name)
		path = json_string_value(json_object_get(found, name));
	else if (json_object_size(found) == 1)
		path = json_string_value(
			json_object_iter_value(json_object_iter(found)));
	if (!path) {
		caller_close(c);
		return none_such(found, name, e);
	}
	c->path = xstrdup(path);
	return true;
}

void caller_close(struct caller *c)
{
	loop_free(c->loop);
	free(c->path);
	*c = (struct caller){ .loop = NULL };
}

/* --- asking --------------------------------------------------------------- */

struct asking {
	caller_out *out;
	void *arg;
	bool over, lost;
	int code;
};

static void on_value(void *arg, const char *text, size_t len)
{
	struct asking *a = arg;
	CLEANUP(json_decrefp) json_t *o = NULL;
	const json_t *code;
	const char *out, *wrong;
	struct err ignored;

	if (!json_parse(&o, text, len, "an answer", &ignored))
		return;
	out = json_string_value(json_object_get(o, "out"));
	if (out)
		a->out(a->arg, out, false);
	wrong = json_string_value(json_object_get(o, "err"));
	if (wrong)
		a->out(a->arg, wrong, true);
	code = json_object_get(o, "exit");
	if (json_is_integer(code)) {
		a->code = (int)json_integer_value(code);
		a->over = true;
	}
}

static void on_closed(void *arg, const struct err *why)
{
	struct asking *a = arg;

	(void)why;
	a->lost = true;
}

static bool answered(void *arg)
{
	const struct asking *a = arg;

	return a->over || a->lost;
}

bool caller_ask(struct caller *c, json_t *take_question, caller_out *out,
		void *arg, int *ret, struct err *e)
{
	CLEANUP(json_decrefp) json_t *q = take_question;
	CLEANUP(freep) char *text = q ? json_text(q) : NULL;
	struct asking a = { .out = out, .arg = arg };
	const struct stream_events ev = { .on_value = on_value,
					  .on_closed = on_closed,
					  .arg = &a };
	struct stream *s = NULL;
	bool ok;

	/* Of words that are no UTF-8 no question could be made. */
	if (!text)
		return err_set(e, ERR_PARSE, 0, "what was asked is no UTF-8");
	if (!stream_connect(&s, c->loop, c->path, &ev, e))
		return false;
	stream_write(s, text, strlen(text));
	ok = loop_run_until(c->loop, answered, &a, UINT64_MAX, "the world", e);
	stream_free(s);
	if (!ok)
		return false;
	*ret = a.code;
	return a.over || err_set(e, ERR_OS, ECONNRESET,
				 "the world ended before it had answered");
}

void caller_print(void *arg, const char *text, bool wrong)
{
	(void)arg;
	fputs(text, wrong ? stderr : stdout);
	fflush(stdout);
}

int caller_main(const char *world, json_t *take_question)
{
	struct caller c;
	struct err e = ERR_INIT;
	int code = EXIT_OK;

	if (!caller_open(&c, world, &e)) {
		json_decref(take_question);
		return command_failed(&e);
	}
	/* Ctrl-C is how one stops following. */
	if (!caller_ask(&c, take_question, caller_print, NULL, &code, &e))
		code = loop_stopped(c.loop) ? EXIT_OK : command_failed(&e);
	caller_close(&c);
	return code;
}
