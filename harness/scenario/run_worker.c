/*
 * A worker: plays the turns it is asked for, each into a journal of its own.
 */
#include <errno.h>

#include "base/hex.h"
#include "scenario/run_priv.h"

#include "base/base.h"

#define ASK_MAX 8192

struct asks {
	int fd;
	struct buf text; /* what has come and is not yet taken */
	bool ended;
};

static void more(void *arg, uint32_t events)
{
	struct asks *a = arg;
	char chunk[ASK_MAX];
	ssize_t n = read(a->fd, chunk, sizeof(chunk));

	(void)events;
	if (n > 0)
		buf_add(&a->text, chunk, (size_t)n);
	else if (n == 0 || errno != EINTR)
		a->ended = true;
}

static bool has_line(void *arg)
{
	const struct asks *a = arg;

	return a->ended || strchr(buf_str(&a->text), '\n');
}

/* The next line without its end; NULL at the end of all. */
static char *take_line(struct asks *a)
{
	const char *text = buf_str(&a->text), *end = strchr(text, '\n');
	char *line;

	if (!end)
		return NULL;
	line = xstrndup(text, (size_t)(end - text));
	buf_drop(&a->text, strlen(line) + 1);
	return line;
}

struct ask {
	uint64_t turn, row, seed;
	const char *path;
	bool continued;
};

static bool read_ask(struct ask *ret, json_t **ret_json, const char *line,
		     struct err *e)
{
	const char *seed;

	if (!json_parse(ret_json, line, strlen(line), "what is asked", e))
		return false;
	ret->continued = json_is_true(json_object_get(*ret_json, "continued"));
	return json_text_at(&seed, *ret_json, "seed", e) &&
	       dec_u64(&ret->seed, seed, e) &&
	       json_u64_at(&ret->turn, *ret_json, "turn", e) &&
	       json_u64_at(&ret->row, *ret_json, "row", e) &&
	       json_text_at(&ret->path, *ret_json, "path", e);
}

static bool play(struct run *r, const struct scene *s, const struct ask *ask,
		 const char *path, uint64_t since_ms, enum verdict *ret,
		 struct err *e)
{
	CLEANUP(journal_freep) struct journal *j = NULL;

	if (!journal_new(&j, path, e))
		return false;
	journal_since(j, since_ms);
	run_journal(r, j);
	*ret = run_scene(r, s->scn, ask->seed, ask->continued);
	return journal_close(j, e);
}

static bool answer(struct run *r, const struct run_work *w,
		   const struct ask *ask, struct err *e)
{
	CLEANUP(freep) char *path = xasprintf("%s/%llu.jsonl", w->dir,
					      (unsigned long long)ask->turn);
	const struct turn t = { .pos.file = ask->path,
				.row = (size_t)ask->row,
				.continued = ask->continued };
	struct scene scene;
	enum verdict verdict;
	bool ok;

	if (!scene_open(&scene, w->lib, &t, e))
		return false;
	ok = play(r, &scene, ask, path, w->since_ms, &verdict, e);
	scene_close(&scene);
	if (!ok)
		return false;
	printf("%llu %s\n", (unsigned long long)ask->turn,
	       verdict_name(verdict));
	fflush(stdout);
	return true;
}

bool run_worker(struct loop *loop, const struct run_options *o,
		const struct run_work *work, struct err *e)
{
	CLEANUP(run_freep) struct run *r = run_new(loop, o, NULL);
	struct asks asks = { .fd = work->fd, .text = BUF_INIT(ASK_MAX) };
	struct watch *w = loop_watch(loop, work->fd, EPOLLIN, more, &asks);
	bool ok;

	do {
		CLEANUP(json_decrefp) json_t *json = NULL;
		CLEANUP(freep) char *line = NULL;
		struct ask ask;

		ok = loop_run_until(loop, has_line, &asks, UINT64_MAX,
				    "something to play", e);
		line = ok ? take_line(&asks) : NULL;
		if (!line)
			break;
		ok = read_ask(&ask, &json, line, e) &&
		     answer(r, work, &ask, e);
	} while (ok);
	watch_free(w);
	buf_done(&asks.text);
	return ok;
}
