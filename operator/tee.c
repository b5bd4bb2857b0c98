#include "operator/tee.h"

#include "base/base.h"
#include "base/hex.h"
#include "codec/json.h"

/* A quote in hex, its event log and the machine's configuration. */
#define ANSWER_MAX (4u << 20)

static bool is_url(const char *endpoint)
{
	return !strncmp(endpoint, "http://", 7) ||
	       !strncmp(endpoint, "https://", 8);
}

/* The agent's own words of an error, or NULL. Borrowed from *@ret. */
static const char *agent_error(const struct http_answer *a, json_t **ret)
{
	struct err ignored;

	if (!json_parse(ret, buf_str(&a->body), a->body.len, "", &ignored))
		return NULL;
	return json_string_value(json_object_get(*ret, "error"));
}

static bool read_answer(const struct http_answer *a, uint8_t **ret,
			size_t *ret_len, struct err *e)
{
	CLEANUP(json_decrefp) json_t *j = NULL;
	CLEANUP(freep) uint8_t *quote = NULL;
	const char *why, *hex;
	size_t len;

	if (a->status != 200) {
		why = agent_error(a, &j);
		return err_set(e, ERR_HTTP, a->status, "answered %d: %s",
			       a->status, why ? why : "without a reason");
	}
	if (!json_parse(&j, buf_str(&a->body), a->body.len, "answer", e) ||
	    !json_text_at(&hex, j, "quote", e))
		return false;
	if (!hex_decode_alloc(&quote, &len, hex, strlen(hex), e))
		return err_ctx(e, "the quote it answered");
	if (len == 0)
		return err_set(e, ERR_SCHEMA, 0, "answered an empty quote");
	if (len > QUOTE_MAX)
		return err_set(e, ERR_LIMIT, 0,
			       "answered a quote of %zu bytes, over %u", len,
			       QUOTE_MAX);
	*ret = TAKE(quote);
	*ret_len = len;
	return true;
}

static bool ask(const struct tee *t, const char *body, uint8_t **ret,
		size_t *ret_len, struct err *e)
{
	bool tcp = is_url(t->endpoint);
	CLEANUP(freep)
	char *url =
	    xasprintf("%s/GetQuote", tcp ? t->endpoint : "http://dstack");
	struct http_request r = {
	    .method = "POST",
	    .url = url,
	    .unix_path = tcp ? NULL : t->endpoint,
	    .content_type = "application/json",
	    .body = body,
	    .body_len = strlen(body),
	    .answer_max = ANSWER_MAX,
	    .timeout_ms = t->timeout_ms,
	};
	struct http_answer a;
	bool ok;

	if (!http_fetch(t->http, &r, &a, e))
		return false;
	ok = read_answer(&a, ret, ret_len, e);
	http_answer_done(&a);
	return ok;
}

bool tee_quote(const struct tee *t, const void *report_data, size_t len,
	       uint8_t **ret, size_t *ret_len, struct err *e)
{
	struct buf body = BUF_INIT(512);
	bool ok;

	ASSERT(len <= REPORT_DATA_MAX);
	if (!t->endpoint)
		return err_set(e, ERR_UNSUPPORTED, 0,
			       "no TEE: set tee.socket in the configuration, "
			       "or DSTACK_SIMULATOR_ENDPOINT");
	buf_adds(&body, "{\"report_data\":\"");
	buf_addhex(&body, report_data, len);
	buf_adds(&body, "\"}");
	ok = ask(t, buf_str(&body), ret, ret_len, e);
	buf_done(&body);
	return ok ? true : err_ctx(e, "TEE at %s", t->endpoint);
}
