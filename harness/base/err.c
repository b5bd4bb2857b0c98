#include "base/err.h"

#include <execinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"

static const char ELLIPSIS[] = "…";

/* Marks a text that vsnprintf had to cut. @want is what it would have taken. */
static void mark_cut(char *text, int want)
{
	size_t at = ERR_TEXT_MAX - sizeof(ELLIPSIS);

	if (want < ERR_TEXT_MAX)
		return;
	/* Do not leave half of a UTF-8 sequence in front of the mark. */
	while (at > 0 && ((unsigned char)text[at] & 0xc0) == 0x80)
		at--;
	memcpy(text + at, ELLIPSIS, sizeof(ELLIPSIS));
}

static void set_text(struct err *e, const char *fmt, va_list ap)
{
	mark_cut(e->text, vsnprintf(e->text, sizeof(e->text), fmt, ap));
}

bool (err_set)(struct err *e, enum err_code code, int sub, const char *fmt, ...)
{
	va_list ap;

	e->code = code;
	e->sub = sub;
	e->pos = (struct src_pos){ 0 };
	va_start(ap, fmt);
	set_text(e, fmt, ap);
	va_end(ap);
	return false;
}

bool (err_at)(struct err *e, struct src_pos pos, enum err_code code,
	    const char *fmt, ...)
{
	va_list ap;

	e->code = code;
	e->sub = 0;
	e->pos = pos;
	va_start(ap, fmt);
	set_text(e, fmt, ap);
	va_end(ap);
	return false;
}

bool (err_os)(struct err *e, int errnum, const char *fmt, ...)
{
	char what[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	mark_cut(what, vsnprintf(what, sizeof(what), fmt, ap));
	va_end(ap);
	return err_set(e, ERR_OS, errnum, "%s: %s", what, strerror(errnum));
}

bool (err_ctx)(struct err *e, const char *fmt, ...)
{
	char ctx[ERR_TEXT_MAX], old[ERR_TEXT_MAX];
	va_list ap;

	memcpy(old, e->text, sizeof(old));
	va_start(ap, fmt);
	mark_cut(ctx, vsnprintf(ctx, sizeof(ctx), fmt, ap));
	va_end(ap);
	mark_cut(e->text,
		 snprintf(e->text, sizeof(e->text), "%s: %s", ctx, old));
	return false;
}

static const char *const code_names[ERR__COUNT] = {
	[ERR_NONE] = "none",	     [ERR_OS] = "os",
	[ERR_PARSE] = "parse",	     [ERR_SCHEMA] = "schema",
	[ERR_RANGE] = "range",	     [ERR_RPC] = "rpc",
	[ERR_REVERT] = "revert",     [ERR_TIMEOUT] = "timeout",
	[ERR_CHILD] = "child",	     [ERR_HTTP] = "http",
	[ERR_CRYPTO] = "crypto",     [ERR_LIMIT] = "limit",
	[ERR_MISMATCH] = "mismatch", [ERR_UNSUPPORTED] = "unsupported",
};

const char *err_code_name(enum err_code code)
{
	ASSERT((unsigned)code < ERR__COUNT);
	return code_names[code];
}

NORETURN void assert_failed(const char *expr, const char *file, int line,
			    const char *func)
{
	void *frames[64];

	fprintf(stderr, "%s:%d: %s: bug: assertion `%s' failed\n", file, line,
		func, expr);
	backtrace_symbols_fd(frames, backtrace(frames, ARRAY_LEN(frames)),
			     STDERR_FILENO);
	abort();
}
