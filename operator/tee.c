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

struct tee_ask {
	struct http_transfer *transfer;
	char *endpoint;
	tee_done_fn fn;
	void *arg;
};

static void ask_free(struct tee_ask *a)
{
	free(a->endpoint);
	free(a);
}

static void on_answer(void *arg, const struct http_answer *answer,
		      const struct err *why)
{
	struct tee_ask *a = arg;
	uint8_t *quote = NULL;
	size_t len = 0;
	struct err e;

	if (!answer)
		e = *why;
	if (!answer || !read_answer(answer, &quote, &len, &e))
		err_ctx(&e, "TEE at %s", a->endpoint);
	a->fn(a->arg, quote, len, quote ? NULL : &e);
	ask_free(a);
}

struct tee_ask *tee_ask(const struct tee *t, const void *report_data,
			size_t len, tee_done_fn fn, void *arg)
{
	bool tcp = is_url(t->endpoint);
	CLEANUP(freep)
	char *url =
	    xasprintf("%s/GetQuote", tcp ? t->endpoint : "http://dstack");
	struct buf body = BUF_INIT(512);
	struct tee_ask *a = xcalloc(1, sizeof(*a));

	ASSERT(len <= REPORT_DATA_MAX);
	buf_adds(&body, "{\"report_data\":\"");
	buf_addhex(&body, report_data, len);
	buf_adds(&body, "\"}");
	*a = (struct tee_ask){
	    .endpoint = xstrdup(t->endpoint), .fn = fn, .arg = arg};
	a->transfer = http_send(
	    t->http,
	    &(struct http_request){.method = "POST",
				   .url = url,
				   .unix_path = tcp ? NULL : t->endpoint,
				   .content_type = "application/json",
				   .body = body.data,
				   .body_len = body.len,
				   .answer_max = ANSWER_MAX,
				   .timeout_ms = t->timeout_ms},
	    on_answer, a);
	buf_done(&body);
	return a;
}

void tee_cancel(struct tee_ask *a)
{
	if (!a)
		return;
	http_cancel(a->transfer);
	ask_free(a);
}

bool tee_missing(struct err *e)
{
	return err_set(e, ERR_UNSUPPORTED, 0,
		       "no TEE: set tee.socket in the configuration, or "
		       "DSTACK_SIMULATOR_ENDPOINT");
}
