/*
 * pause - a devnet that stays for whoever wants to look at it, until Enter.
 */
#include <sys/stat.h>

#include "scenario/play.h"
#include "scenario/run.h"

#include "base/base.h"

#define TEXT_MAX (1u << 20)

struct paused {
	struct live *live;
	bool over; /* a line came, or the end of the input */
};

static void typed(void *arg, uint32_t events)
{
	struct paused *x = arg;
	char text[256];

	(void)events;
	x->over = read(STDIN_FILENO, text, sizeof(text)) <= 0 ||
		  memchr(text, '\n', sizeof(text)) != NULL || x->over;
}

static bool over_or_busy(void *arg)
{
	const struct paused *x = arg;

	return x->over || live_busy(x->live);
}

/* Somebody, or a program, can press Enter. */
static bool can_wait(void)
{
	struct stat st;

	return isatty(STDIN_FILENO) ||
	       (!fstat(STDIN_FILENO, &st) &&
		(S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)));
}

void pause_play(struct play *p, struct src_pos at, const char *why)
{
	struct paused x = { .live = p->live };
	struct buf b = BUF_INIT(TEXT_MAX);
	struct err e = ERR_INIT;
	struct watch *w;

	live_env(p->live, &b);
	printf("\n# paused: %s, %s:%u: %s\n%s", p->scn->id, at.file, at.line,
	       why, buf_str(&b));
	buf_done(&b);
	if (!can_wait()) {
		puts("# nobody can press Enter here: it goes on");
		return;
	}
	puts("# Enter goes on");
	fflush(stdout);
	w = loop_watch(p->loop, STDIN_FILENO, EPOLLIN, typed, &x);
	/* Operators that send transactions meanwhile get them mined. */
	while (loop_run_until(p->loop, over_or_busy, &x, UINT64_MAX, "Enter",
			      &e) &&
	       !x.over) {
		live_moved(p->live);
		if (!live_rest(p->live, &e))
			break;
	}
	live_moved(p->live);
	watch_free(w);
}

void pause_before(struct play *p, const struct step *s)
{
	struct run_stop *stop = p->stop;

	if (!stop || stop->reached || !stop->step ||
	    strcmp(stop->step, p->number) != 0 || ++p->stop_seen != stop->nth)
		return;
	stop->reached = true;
	if (stop->line != s->pos.line)
		printf("\n# the scenario was changed since: step %s was in line "
		       "%u\n",
		       stop->step, stop->line);
	pause_play(p, s->pos,
		   arena_printf(p->arena, "before step %s: %s", stop->step,
				s->verb_name));
}
