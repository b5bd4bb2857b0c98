/*
 * meanwhile - what the actors did and said while a scenario failed.
 */
#include "scenario/play.h"

#include "base/base.h"

#define TEXT_MAX 4096u
#define VALUE_SHOWN 40 /* of a long one, a quote's bytes above all */

/* --- what they are ------------------------------------------------------------ */

void explain_plight(struct play *p, const char *actor, const char *what,
		    bool fault)
{
	struct plight *x = NULL;

	for (size_t i = 0; i < p->plights_n; i++)
		if (p->plights[i].fault == fault &&
		    !strcmp(p->plights[i].actor, actor))
			x = &p->plights[i];
	if (!x) {
		GROW(p->plights, p->plights_n, p->plights_cap);
		x = &p->plights[p->plights_n++];
		*x = (struct plight){ .actor = xstrdup(actor), .fault = fault };
	}
	free(x->what);
	x->what = what ? xstrdup(what) : NULL;
	x->since = p->seen_to;
}

/* --- what they say --------------------------------------------------------------- */

static struct said *find_said(const struct play *p, const char *actor,
			      enum child_stream s)
{
	for (size_t i = 0; i < p->said_n; i++)
		if (p->said[i].stream == s && !strcmp(p->said[i].actor, actor))
			return &p->said[i];
	return NULL;
}

static struct said *said_by(struct play *p, const char *actor,
			    enum child_stream s)
{
	struct said *x = find_said(p, actor, s);

	if (x)
		return x;
	GROW(p->said, p->said_n, p->said_cap);
	x = &p->said[p->said_n++];
	*x = (struct said){ .actor = xstrdup(actor),
			    .stream = s,
			    .lines = BUF_INIT(SAID_LINES * (SAID_TEXT + 1)) };
	return x;
}

/* Who tells people what it does need not be quoted in JSON as well. */
static bool tells_people(const struct play *p, const char *actor)
{
	return find_said(p, actor, CHILD_ERR) != NULL;
}

static void add_value(struct buf *b, const json_t *v)
{
	CLEANUP(freep) char *json = json_is_string(v) ? NULL : json_text(v);
	const char *text = json ? json : json_string_value(v);
	size_t at = VALUE_SHOWN;

	if (strlen(text) <= at) {
		buf_adds(b, text);
		return;
	}
	while (at && ((unsigned char)text[at] & 0xc0) == 0x80)
		at--;
	buf_addf(b, "%.*s…", (int)at, text);
}

/* {"event": "answered", "id": "2"} is `answered: id 2`. */
static void add_event(struct buf *b, const json_t *event)
{
	const char *key, *separator = ": ";
	json_t *v;

	buf_adds(b, json_string_value(json_object_get(event, "event")));
	json_object_foreach((json_t *)(uintptr_t)event, key, v) {
		if (!strcmp(key, "event"))
			continue;
		buf_addf(b, "%s%s ", separator, key);
		add_value(b, v);
		separator = ", ";
	}
}

static void keep_line(struct said *x, const char *line)
{
	if (x->n == SAID_LINES) {
		buf_drop(&x->lines, strlen(buf_str(&x->lines)) + 1);
		x->n--;
	}
	buf_add(&x->lines, line, strnlen(line, SAID_TEXT));
	buf_addc(&x->lines, 0);
	x->n++;
}

/* The newest of each are kept: a flood must not cost memory, nor drown what
 * the others say. */
void explain_actor_line(struct play *p, const char *actor, enum child_stream s,
			const char *line, const json_t *event)
{
	struct buf b = BUF_INIT(TEXT_MAX);
	size_t n = strlen(actor);

	p->lines_said++;
	if (s == CHILD_OUT && tells_people(p, actor))
		return;
	if (json_is_string(json_object_get(event, "event")))
		add_event(&b, event);
	else if (!strncmp(line, actor, n) && !strncmp(line + n, ": ", 2))
		buf_adds(&b, line + n + 2);
	else
		buf_adds(&b, line);
	keep_line(said_by(p, actor, s), buf_str(&b));
	buf_done(&b);
}

void explain_forget(struct play *p)
{
	while (p->said_n) {
		struct said *x = &p->said[--p->said_n];

		free(x->actor);
		buf_done(&x->lines);
	}
	for (; p->plights_n; p->plights_n--) {
		free(p->plights[p->plights_n - 1].actor);
		free(p->plights[p->plights_n - 1].what);
	}
}

/* --- both, for a failure --------------------------------------------------------- */

static int by_actor(const void *a, const void *b)
{
	const struct said *x = a, *y = b;
	int c = strcmp(x->actor, y->actor);

	return c ? c : (int)x->stream - (int)y->stream;
}

static void add_plights(struct play *p)
{
	for (size_t i = 0; i < p->plights_n; i++) {
		const struct plight *x = &p->plights[i];

		if (x->what)
			failure_line(
				&p->failure.meanwhile,
				arena_printf(p->arena, "%s: %s since block %llu",
					     x->actor, x->what,
					     (unsigned long long)x->since));
	}
}

static bool is_quoted(const struct play *p, const struct said *x)
{
	return x->stream == CHILD_ERR || !tells_people(p, x->actor);
}

/* How many lines of each have room, so that nobody's are missing because they
 * come late in the alphabet. */
static size_t fair_share(const struct play *p)
{
	size_t used = p->failure.meanwhile.n, who = 0, share;

	for (size_t i = 0; i < p->said_n; i++)
		who += is_quoted(p, &p->said[i]);
	if (!who || used + who >= FAILURE_LINES_MAX)
		return 1;
	share = (FAILURE_LINES_MAX - used) / who;
	return share < SAID_LINES ? share : SAID_LINES;
}

void explain_meanwhile(struct play *p)
{
	size_t share;

	/* Our programs say a thing before they show it to anybody, so what
	 * belongs to the state that all rest in is in their pipes. */
	loop_drain(p->loop);
	/* In which order lines of different pipes came is chance. */
	if (p->said_n)
		qsort(p->said, p->said_n, sizeof(*p->said), by_actor);
	add_plights(p);
	share = fair_share(p);
	for (size_t i = 0; i < p->said_n; i++) {
		const struct said *x = &p->said[i];
		const char *line = buf_str(&x->lines);

		if (!is_quoted(p, x))
			continue;
		for (size_t at = 0; at < x->n; at++) {
			if (at + share >= x->n)
				failure_line(&p->failure.meanwhile,
					     arena_printf(p->arena, "%s: %s",
							  x->actor, line));
			line += strlen(line) + 1;
		}
	}
}
