/* quote_file: a quote in whatever form somebody kept it. */
#include "codec/quote_doc.h"

#include "crypto/pem.h"

#include "base/base.h"

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Versions 3 to 5 begin with such a byte, which no text has. */
static bool is_binary(const char *data, size_t len)
{
	return !len || ((unsigned char)*data < ' ' && !is_space(*data));
}

static bool of_text(struct buf *ret, const char *text, size_t len,
		    struct err *e)
{
	return bytes_of_text(ret, "QUOTE", text, len, e) ||
	       err_ctx(e, "a quote as text");
}

bool quote_answer(struct buf *ret_quote, json_t **ret_events, const json_t *j,
		  struct err *e)
{
	CLEANUP(json_decrefp) json_t *events = NULL;
	const char *log, *text = json_string_value(j);

	if (!text &&
	    (!json_text_at(&text, j, "quote", e) ||
	     (json_is_string(json_object_get(j, "event_log")) &&
	      (!json_text_at(&log, j, "event_log", e) ||
	       !json_parse(&events, log, strlen(log), "event_log", e)))))
		return false;
	if (!of_text(ret_quote, text, strlen(text), e))
		return false;
	*ret_events = TAKE(events);
	return true;
}

bool quote_file(struct buf *ret_quote, json_t **ret_events, const void *data,
		size_t len, struct err *e)
{
	CLEANUP(json_decrefp) json_t *j = NULL;
	const char *text = data;
	size_t from = 0;

	if (is_binary(data, len)) {
		buf_add(ret_quote, data, len);
		*ret_events = NULL;
		return true;
	}
	if (len >= 3 && !memcmp(text, JSON_BOM, 3))
		from = 3;
	while (from < len && is_space(text[from]))
		from++;
	text += from;
	len -= from;
	if (len && (*text == '{' || *text == '[' || *text == '"'))
		return json_parse(&j, text, len, "GetQuote's answer", e) &&
		       quote_answer(ret_quote, ret_events, j, e);
	if (!of_text(ret_quote, text, len, e))
		return false;
	*ret_events = NULL;
	return true;
}
