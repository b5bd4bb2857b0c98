#include <stdint.h>

#include "base/base.h"
#include "simulate/agent.h"
#include "simulate/control.h"
#include "simulate/pcs.h"

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

/* JSON is ASCII; other answers are what their type says. */
static void check(struct reply *r)
{
	ASSERT(r->status >= 200 && r->status < 600);
	ASSERT(r->text && !r->text[r->len]);
	if (!strcmp(r->type, "application/json")) {
		ASSERT(strlen(r->text) == r->len);
		for (const char *c = r->text; *c; c++)
			ASSERT((unsigned char)*c < 0x80);
	}
	reply_done(r);
}

/* What each input meets: as new, but for its keys, which take longest. */
static void renew(struct world *w)
{
	static struct tee *tees[2];
	static const char *const names[] = {"alice", "carol"};
	struct err e = ERR_INIT;

	for (size_t i = 0; i < 2; i++) {
		struct tee_spec spec = {.seed = 1,
					.name = names[i],
					.kind = i ? TEE_SGX3 : TEE_TDX4};

		if (tees[i] && !tees[i]->tls_keys && tees[i]->log.n < 30) {
			tees[i]->faults = (struct fault_set){.on = {false}};
			continue;
		}
		tee_free(tees[i]);
		ASSERT(tee_new(&tees[i], &spec, &e));
	}
	w->tees = tees;
	w->n = 2;
	ASSERT(intel_init(&w->intel, INTEL_AT, &e));
}

/* Method, path and query by lines, then the body: an answer always comes. */
int fuzz_one(const uint8_t *data, size_t n)
{
	struct agent_note note;
	struct control_note changed;
	struct http_in in = {.content_type = ""};
	char *method, *path, *query, *body;
	struct world w;
	struct reply r;

	if (!n)
		return 0;
	renew(&w);
	method = line(&data, &n);
	path = line(&data, &n);
	query = line(&data, &n);
	body = xcalloc(1, n + 1);
	memcpy(body, data, n);
	in.method = method;
	in.path = path;
	in.query = query;
	in.body = body;
	in.body_len = n;
	/* What control changes is there when the others are asked. */
	r = control_answer(&w, &in, &changed);
	check(&r);
	for (size_t i = 0; i < w.n; i++) {
		if (pcs_is_path(path))
			r = pcs_answer(&w, w.tees[i], &in);
		else
			r = agent_answer(&w, w.tees[i], &in, &note);
		check(&r);
	}
	intel_done(&w.intel);
	free(method);
	free(path);
	free(query);
	free(body);
	return 0;
}
