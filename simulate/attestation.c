#include "simulate/attestation.h"

#include "base/base.h"

static void le(struct buf *out, uint64_t v, unsigned bytes)
{
	while (bytes--) {
		buf_addc(out, (char)(v & 0xff));
		v >>= 8;
	}
}

/* SCALE's compact integers; the low two bits say how wide. */
static void compact(struct buf *out, size_t n)
{
	if (n < 1u << 6)
		le(out, n << 2, 1);
	else if (n < 1u << 14)
		le(out, n << 2 | 1, 2);
	else
		le(out, (uint64_t)n << 2 | 2, 4);
}

static void bytes(struct buf *out, const void *data, size_t len)
{
	compact(out, len);
	buf_add(out, data, len);
}

static bool is_runtime(const struct tee_event *ev)
{
	return ev->type == EVENT_DSTACK_RUNTIME;
}

static void events(struct buf *out, const struct event_log *l)
{
	compact(out, l->n);
	for (size_t i = 0; i < l->n; i++) {
		const struct tee_event *ev = &l->ev[i];

		le(out, ev->imr, 4);
		le(out, ev->type, 4);
		bytes(out, ev->digest.b, sizeof(ev->digest.b));
		bytes(out, ev->name, strlen(ev->name));
		bytes(out, ev->payload, ev->payload_len);
	}
}

static void runtime_events(struct buf *out, const struct event_log *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		n += is_runtime(&l->ev[i]);
	compact(out, n);
	for (size_t i = 0; i < l->n; i++) {
		const struct tee_event *ev = &l->ev[i];

		if (!is_runtime(ev))
			continue;
		bytes(out, ev->name, strlen(ev->name));
		bytes(out, ev->payload, ev->payload_len);
	}
}

bool attestation_make(struct buf *out, const struct tee *t,
		      const struct buf *quote,
		      const uint8_t report_data[TEE_REPORT_DATA], struct err *e)
{
	if (t->kind == TEE_SGX3)
		return err_set(e, ERR_SCHEMA, 0,
			       "attestations are of TDX; this instance is an "
			       "SGX enclave");
	le(out, 0, 1); /* the version */
	le(out, 0, 1); /* TDX */
	bytes(out, quote->data, quote->len);
	events(out, &t->log);
	runtime_events(out, &t->log);
	buf_add(out, report_data, TEE_REPORT_DATA);
	bytes(out, t->vm_config, strlen(t->vm_config));
	return buf_ok(out, "attestation", e);
}
