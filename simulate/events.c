#include "simulate/events.h"

#include "base/base.h"
#include "simulate/reply.h"

void event_log_done(struct event_log *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->ev[i].name);
		free(l->ev[i].payload);
	}
	free(l->ev);
	free(l->said);
	*l = (struct event_log){.ev = NULL};
}

static struct tee_event *add(struct event_log *l)
{
	free(TAKE(l->said));
	GROW(l->ev, l->n, l->cap);
	return &l->ev[l->n++];
}

void event_log_boot(struct event_log *l, unsigned imr, uint32_t type,
		    const char *measured)
{
	ASSERT(imr < RTMR_N);
	*add(l) = (struct tee_event){
	    .imr = imr,
	    .type = type,
	    .digest = sha384(measured, strlen(measured)),
	    .name = xstrdup(""),
	};
}

void event_log_runtime(struct event_log *l, const char *name,
		       const void *payload, size_t len)
{
	struct buf b = BUF_INIT(64u << 10);

	/* dstack, V1: SHA-384(type, little-endian | ":" | name | ":" | payload)
	 */
	buf_add(&b, "\x01\x00\x00\x08:", 5);
	buf_adds(&b, name);
	buf_addc(&b, ':');
	buf_add(&b, payload, len);
	ASSERT(!b.over);
	*add(l) = (struct tee_event){
	    .imr = 3,
	    .type = EVENT_DSTACK_RUNTIME,
	    .digest = sha384(b.data, b.len),
	    .name = xstrdup(name),
	    .payload = memcpy(xmalloc(len + 1), len ? payload : "", len),
	    .payload_len = len,
	};
	buf_done(&b);
}

void event_log_replay(struct hash48 ret[RTMR_N], const struct event_log *l)
{
	struct hash48 mr[RTMR_N];
	struct hash48 both[2];

	memset(mr, 0, sizeof(mr));
	for (size_t i = 0; i < l->n; i++) {
		both[0] = mr[l->ev[i].imr];
		both[1] = l->ev[i].digest;
		mr[l->ev[i].imr] = sha384(both, sizeof(both));
	}
	memcpy(ret, mr, sizeof(mr));
}

json_t *event_log_json(const struct event_log *l)
{
	json_t *all = json_array();

	ASSERT(all);
	for (size_t i = 0; i < l->n; i++) {
		const struct tee_event *ev = &l->ev[i];
		json_t *j = json_object();

		json_object_set_new(j, "imr", json_integer(ev->imr));
		json_object_set_new(j, "event_type", json_integer(ev->type));
		json_object_set_new(j, "digest",
				    json_hex(ev->digest.b, sizeof(ev->digest)));
		json_object_set_new(j, "event", json_string(ev->name));
		json_object_set_new(j, "event_payload",
				    json_hex(ev->payload, ev->payload_len));
		json_array_append_new(all, j);
	}
	return all;
}

char *event_log_text(const struct event_log *l)
{
	struct reply r = reply_json(200, event_log_json(l));

	return r.text;
}

const char *event_log_said(struct event_log *l)
{
	char *text CLEANUP(freep) = NULL;

	if (!l->said) {
		text = event_log_text(l);
		l->said = reply_json(0, json_string(text)).text;
	}
	return l->said;
}

size_t event_log_size(const struct event_log *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		n += strlen(l->ev[i].name) + l->ev[i].payload_len;
	return n;
}
