#include "simulate/agent.h"

#include "base/base.h"
#include "base/hex.h"

/* A method's arguments: an object, or NULL when none were sent. */
struct call {
	const struct tee *tee;
	const json_t *args;
	struct agent_note *note;
};

static char *text_of(json_t *take_j)
{
	struct reply r = reply_json(200, take_j);

	return r.text;
}

static void put(json_t *j, const char *name, json_t *take_v)
{
	ASSERT(!json_object_set_new(j, name, take_v));
}

static void put_text(json_t *j, const char *name, const char *text)
{
	put(j, name, json_string(text));
}

#define PUT_HEX(j, name, bytes) put(j, name, json_hex((bytes), sizeof(bytes)))

/* JSON in a string: that is how the agent hands it out. */
static char *tcb_info(const struct tee *t)
{
	static const char *const names[] = {"rtmr0", "rtmr1", "rtmr2", "rtmr3"};
	json_t *j = json_object();

	PUT_HEX(j, "mrtd", t->td.mrtd);
	for (unsigned i = 0; i < RTMR_N; i++)
		PUT_HEX(j, names[i], t->td.rtmr[i]);
	PUT_HEX(j, "mr_aggregated", t->measurement.b);
	PUT_HEX(j, "os_image_hash", t->os_image_hash.b);
	PUT_HEX(j, "compose_hash", t->compose_hash.b);
	PUT_HEX(j, "device_id", t->device_id.b);
	put(j, "event_log", event_log_json(&t->log));
	put_text(j, "app_compose", t->compose);
	return text_of(j);
}

static struct reply info(struct call *c)
{
	const struct tee *t = c->tee;
	char *tcb CLEANUP(freep) = tcb_info(t);
	json_t *j = json_object();

	PUT_HEX(j, "app_id", t->app_id);
	put(j, "instance_id",
	    json_hex(t->instance_id,
		     t->has_instance_id ? sizeof(t->instance_id) : 0));
	put_text(j, "app_cert", "");
	put_text(j, "tcb_info", tcb);
	put_text(j, "app_name", t->app_name);
	PUT_HEX(j, "device_id", t->device_id.b);
	PUT_HEX(j, "mr_aggregated", t->measurement.b);
	PUT_HEX(j, "os_image_hash", t->os_image_hash.b);
	put_text(j, "key_provider_info", t->key_provider);
	PUT_HEX(j, "compose_hash", t->compose_hash.b);
	put_text(j, "vm_config", t->vm_config);
	put_text(j, "cloud_vendor", "SIMULATED");
	put_text(j, "cloud_product", "SIMULATED");
	return reply_json(200, j);
}

/* A `bytes` member: hex of either case, 0x or not; absent is empty. */
static bool report_data(uint8_t ret[TEE_REPORT_DATA], const json_t *args,
			struct err *e)
{
	const json_t *j = args ? json_object_get(args, "report_data") : NULL;
	uint8_t *bytes CLEANUP(freep) = NULL;
	uint8_t padded[TEE_REPORT_DATA] = {0};
	size_t len = 0;

	if (j && !json_is_string(j))
		return err_set(e, ERR_SCHEMA, 0,
			       "report_data must be hex digits in a string");
	if (j && !hex_decode_alloc(&bytes, &len, json_string_value(j),
				   json_string_length(j), e))
		return err_ctx(e, "report_data");
	if (len > TEE_REPORT_DATA)
		return err_set(e, ERR_RANGE, 0,
			       "report_data is %zu bytes; at most %u fit", len,
			       TEE_REPORT_DATA);
	if (len)
		memcpy(padded, bytes, len);
	memcpy(ret, padded, TEE_REPORT_DATA);
	return true;
}

static struct reply get_quote(struct call *c)
{
	struct buf quote = BUF_INIT(QUOTE_MAX);
	struct agent_note note = {.quoted = true};
	struct err e = ERR_INIT;
	struct reply r;
	char *log;
	json_t *j;

	if (!report_data(note.report_data, c->args, &e))
		return reply_error(400, "%s", e.text);
	if (!tee_quote(&quote, c->tee, note.report_data, &e)) {
		buf_done(&quote);
		return reply_error(500, "%s", e.text);
	}
	note.quote_len = quote.len;
	log = text_of(event_log_json(&c->tee->log));
	j = json_object();
	put(j, "quote", json_hex(quote.data, quote.len));
	put_text(j, "event_log", log);
	PUT_HEX(j, "report_data", note.report_data);
	put_text(j, "vm_config", c->tee->vm_config);
	r = reply_json(200, j);
	free(log);
	buf_done(&quote);
	*c->note = note;
	return r;
}

static const struct {
	const char *name;
	bool has_args; /* else a body is not even looked at */
	struct reply (*fn)(struct call *c);
} methods[] = {
    {"Info", false, info},
    {"GetQuote", true, get_quote},
};

/*
 * The method's name in a path, NULL off the routes. Every service's methods
 * are served on every socket: clients ask tappd's socket for plain ones too.
 */
static const char *method_of(const char *path)
{
	const char *dot;

	if (*path != '/')
		return NULL;
	path++;
	if (!strncmp(path, "prpc/", 5)) {
		path += 5;
		dot = strchr(path, '.');
		if (dot)
			path = dot + 1;
	}
	return *path && !strchr(path, '/') ? path : NULL;
}

/* a=b&c=d as an object of strings. Hex needs no percent-decoding. */
static json_t *query_args(const char *query)
{
	json_t *j = json_object();

	while (*query) {
		size_t len = strcspn(query, "&");
		const char *is = memchr(query, '=', len);

		if (is) {
			char *name = xstrndup(query, (size_t)(is - query));
			json_t *v = json_stringn(
			    is + 1, (size_t)(query + len - is - 1));

			/* What is no UTF-8 is no name and no hex either. */
			if (v)
				json_object_set_new(j, name, v);
			free(name);
		}
		query += len + (query[len] == '&');
	}
	return j;
}

/* *ret is NULL for a body without anything in it. */
static bool body_args(json_t **ret, const struct http_in *in, struct err *e)
{
	const char *body = in->body;
	json_t *j CLEANUP(json_decrefp) = NULL;

	*ret = NULL;
	if (!in->body_len)
		return true;
	if (!json_parse(&j, body, in->body_len, "request", e))
		return false;
	if (!json_is_object(j))
		return err_set(e, ERR_SCHEMA, 0, "request: not a JSON object");
	*ret = TAKE(j);
	return true;
}

struct reply agent_answer(const struct tee *t, const struct http_in *in,
			  struct agent_note *ret_note)
{
	const char *name = method_of(in->path);
	bool get = !strcmp(in->method, "GET");
	json_t *args CLEANUP(json_decrefp) = NULL;
	struct call c = {.tee = t, .note = ret_note};
	struct err e = ERR_INIT;

	*ret_note = (struct agent_note){.quoted = false};
	if (!name)
		return reply_error(404, "no such path: %.200s", in->path);
	if (!get && strcmp(in->method, "POST"))
		return reply_error(405, "%.20s: use GET or POST", in->method);
	for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
		if (strcmp(methods[i].name, name))
			continue;
		if (methods[i].has_args && get)
			args = query_args(in->query);
		else if (methods[i].has_args && !body_args(&args, in, &e))
			return reply_error(400, "%s", e.text);
		c.args = args;
		return methods[i].fn(&c);
	}
	return reply_error(400, "Service not found: %.200s", name);
}
