#include "operator/events.h"

#include "base/base.h"

void events_emit(struct events *ev, json_t *event)
{
	CLEANUP(json_decrefp) json_t *own = event;
	CLEANUP(freep) char *text = json_text(own);

	if (fprintf(ev->out, "%s\n", text) < 0 || fflush(ev->out))
		ev->broken = true;
}

void events_error(struct events *ev, const char *what, const struct err *why)
{
	events_log(ev, "error: %s", why->text);
	events_emit(ev, json_pack("{s:s, s:s, s:s}", "event", "error", "what",
				  what, "text", why->text));
}

void events_log(struct events *ev, const char *fmt, ...)
{
	va_list ap;

	if (!ev->log)
		return;
	fprintf(ev->log, "%s: ", ev->name);
	va_start(ap, fmt);
	vfprintf(ev->log, fmt, ap);
	va_end(ap);
	fputc('\n', ev->log);
}
