/*
 * pause - a devnet that stays for whoever wants to look at it, until Enter.
 */
#include <sys/stat.h>

#include "scenario/play.h"

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

static const char *reason(const struct play *p, enum play_end end)
{
	if (end == PLAY_FAILED)
		return p->failure.reason;
	return end == PLAY_BROKEN ? p->err.text : "it is at its end";
}

void pause_play(struct play *p, enum play_end end)
{
	const struct src_pos *pos = end == PLAY_FAILED	 ? &p->failure.pos
				    : end == PLAY_BROKEN ? &p->err.pos
							 : &p->scn->pos;
	struct paused x = { .live = p->live };
	struct buf b = BUF_INIT(TEXT_MAX);
	struct err e = ERR_INIT;
	struct watch *w;

	live_env(p->live, &b);
	printf("\n# paused: %s, %s:%u: %s\n%s", p->scn->id, pos->file,
	       pos->line, reason(p, end), buf_str(&b));
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
	       !x.over)
		if (!live_rest(p->live, &e))
			break;
	watch_free(w);
}
