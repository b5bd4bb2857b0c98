/*
 * script - a daemon on fake_chain.h, driven by what it says of itself.
 *
 * For tests of this folder; each includes it once, behind fake_chain.h.
 */
#ifndef OPERATOR_TEST_SCRIPT_H
#define OPERATOR_TEST_SCRIPT_H

#include "operator/daemon.h"
#include "operator/test/fake_chain.h"

static UNUSED bool says(const char *line, const char *text)
{
	return strstr(line, text);
}

static UNUSED void end(void)
{
	kill(getpid(), SIGTERM);
}

/* One more block, announced. */
static UNUSED void mine(struct fake *f)
{
	rpc_stub_head(f->stub, ++f->height);
}

/* Runs until a script below ends it; the daemon must call that a success. */
static UNUSED void run(struct fake *f,
		void (*script)(struct fake *f, const char *line))
{
	uint64_t begin = clock_ms();
	struct err e;

	f->on_event = script;
	assert_ok(daemon_run(&f->op, &e), &e);
	assert_true(clock_ms() - begin < 5000);
	assert_true(fake_said(f, "{\"event\":\"stopping\"}\n"));
}

static UNUSED void end_when_handled(struct fake *f, const char *line)
{
	(void)f;
	if (says(line, "\"handled\""))
		end();
}

static UNUSED unsigned times(const struct fake *f, const char *text)
{
	unsigned n = 0;

	for (const char *at = buf_str(&f->out); (at = strstr(at, text)); at++)
		n++;
	return n;
}

/* Refused for good: the distances between its tries grow. */
static UNUSED void mine_to_260(struct fake *f, const char *line)
{
	if (says(line, "\"handled\"") && f->height == 260)
		end();
	else if (says(line, "\"handled\""))
		mine(f);
}

#endif
