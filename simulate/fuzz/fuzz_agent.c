#include <stdint.h>

#include "base/base.h"
#include "simulate/agent.h"
#include "simulate/control.h"

int fuzz_one(const uint8_t *data, size_t n);

/* One line of text out of the input, as the HTTP server would hand it over. */
static char *line(const uint8_t **data, size_t *n)
{
	const uint8_t *end = memchr(*data, '\n', *n);
	size_t len = end ? (size_t)(end - *data) : *n;
	char *s = xstrndup((const char *)*data, len);

	len += end != NULL;
	*data += len;
	*n -= len;
	return s;
}

static void check(struct reply *r)
{
	ASSERT(r->status >= 200 && r->status < 600);
	for (const char *c = r->text; *c; c++)
		ASSERT((unsigned char)*c >= ' ' && (unsigned char)*c < 0x80);
	reply_done(r);
}

/* Method, path and query by lines, then the body: an answer always comes. */
int fuzz_one(const uint8_t *data, size_t n)
{
	static struct tee *t; /* made once: its keys take longest */
	struct tee_spec spec = {.seed = 1, .name = "alice"};
	struct err e = ERR_INIT;
	struct agent_note note;
	static struct world w;
	struct control_note changed;
	struct http_in in = {.content_type = ""};
	char *method, *path, *query;
	struct reply r;

	if (!t) {
		ASSERT(tee_new(&t, &spec, &e));
		ASSERT(intel_init(&w.intel, INTEL_AT, &e));
		w.tees = &t;
		w.n = 1;
	}
	if (!n)
		return 0;
	t->faults = (struct fault_set){.on = {false}};
	method = line(&data, &n);
	path = line(&data, &n);
	query = line(&data, &n);
	in.method = method;
	in.path = path;
	in.query = query;
	in.body = data;
	in.body_len = n;
	r = agent_answer(&w, t, &in, &note);
	check(&r);
	r = control_answer(&w, &in, &changed);
	check(&r);
	free(method);
	free(path);
	free(query);
	return 0;
}
