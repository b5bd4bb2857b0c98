#include "cli/progress.h"

#include "base/clock.h"
#include "cli/screen.h"

#include "base/base.h"

#define TEXT_MAX 16384u
#define TICK_MS 200
#define BAR_WIDTH 24
#define GUESS_FROM 3 /* turns that are over before a time is guessed */

struct progress {
	struct loop *loop;
	struct terminal *terminal;
	const struct order *order;
	struct screen screen;
	struct timer *timer;
	uint64_t start_ms;
	/* Those that play now. */
	struct playing {
		size_t turn;
		uint64_t since_ms;
	} *playing;
	size_t playing_n, playing_cap;
	size_t count[VERDICT__COUNT];
	size_t over;
	bool show;
};

static void add_bar(struct buf *b, size_t done, size_t all)
{
	size_t full = all ? done * BAR_WIDTH / all : 0;

	for (size_t i = 0; i < BAR_WIDTH; i++)
		buf_adds(b, i < full ? "█" : "░");
}

static void add_time(struct buf *b, uint64_t ms)
{
	uint64_t s = ms / 1000;

	if (s < 60)
		buf_addf(b, "%llu s", (unsigned long long)s);
	else
		buf_addf(b, "%llu:%02llu min", (unsigned long long)(s / 60),
			 (unsigned long long)(s % 60));
}

static void add_count(struct buf *b, const struct progress *p, enum verdict v,
		      const char *name)
{
	if (!p->count[v])
		return;
	terminal_colour(p->terminal, b, v);
	buf_addf(b, "  %zu %s", p->count[v], name);
	terminal_plain(p->terminal, b);
}

static void add_totals(struct buf *b, const struct progress *p, uint64_t ms)
{
	size_t all = p->order->n;

	add_bar(b, p->over, all);
	buf_addf(b, "  %zu of %zu", p->over, all);
	add_count(b, p, VERDICT_PASS, "passed");
	add_count(b, p, VERDICT_FAIL, "failed");
	add_count(b, p, VERDICT_TIMEOUT, "timed out");
	add_count(b, p, VERDICT_ERROR, "broken");
	add_count(b, p, VERDICT_SKIP, "skipped");
	buf_adds(b, "  ");
	add_time(b, ms);
	if (p->over >= GUESS_FROM && p->over < all) {
		buf_adds(b, ", about ");
		add_time(b, ms * (all - p->over) / p->over + 999);
		buf_adds(b, " left");
	}
	buf_addc(b, '\n');
}

static void draw(struct progress *p)
{
	struct buf b = BUF_INIT(TEXT_MAX);
	uint64_t now = clock_ms();

	if (!p->show)
		return;
	buf_addc(&b, '\n');
	for (size_t i = 0; i < p->playing_n; i++) {
		const struct playing *x = &p->playing[i];

		buf_addf(&b, "▸ %-48s %4.1f s\n",
			 p->order->turns[x->turn]->id,
			 (double)(now - x->since_ms) / 1000);
	}
	add_totals(&b, p, now - p->start_ms);
	screen_table(&p->screen, buf_str(&b));
	buf_done(&b);
}

static void tick(void *arg)
{
	struct progress *p = arg;

	draw(p);
	timer_free(p->timer);
	p->timer = loop_timer(p->loop, clock_ms() + TICK_MS, tick, p);
}

static void began(void *arg, size_t turn)
{
	struct progress *p = arg;

	GROW(p->playing, p->playing_n, p->playing_cap);
	p->playing[p->playing_n++] = (struct playing){ turn, clock_ms() };
}

static void ended(void *arg, size_t turn, enum verdict v)
{
	struct progress *p = arg;

	p->over++;
	p->count[v]++;
	for (size_t i = 0; i < p->playing_n; i++)
		if (p->playing[i].turn == turn) {
			p->playing_n--;
			memmove(p->playing + i, p->playing + i + 1,
				(p->playing_n - i) * sizeof(*p->playing));
			return;
		}
}

struct progress *progress_new(struct loop *l, struct terminal *t,
			      const struct order *order, bool show)
{
	struct progress *p = xcalloc(1, sizeof(*p));

	*p = (struct progress){ .loop = l, .terminal = t, .order = order,
				.start_ms = clock_ms() };
	screen_init(&p->screen, t->out);
	p->show = show && p->screen.live;
	if (p->show)
		p->timer = loop_timer(l, clock_ms() + TICK_MS, tick, p);
	return p;
}

void progress_free(struct progress *p)
{
	if (!p)
		return;
	timer_free(p->timer);
	if (p->show)
		screen_clear(&p->screen);
	fflush(p->terminal->out);
	screen_done(&p->screen);
	free(p->playing);
	free(p);
}

void progress_record(void *arg, const json_t *record)
{
	struct progress *p = arg;
	bool says = p->show && terminal_says(p->terminal, record);

	if (says)
		screen_clear(&p->screen);
	terminal_record(p->terminal, record);
	if (says)
		draw(p);
}

bool progress_wants(void *arg, const char *kind)
{
	const struct progress *p = arg;

	return terminal_wants(p->terminal, kind);
}

struct run_watch progress_watch(struct progress *p)
{
	return (struct run_watch){ began, ended, p };
}
