/*
 * tee - one simulated trust domain: its hardware, what runs in it, its quotes.
 *
 * Layer: simulate. An instance follows from seed, name, image and app-compose:
 * keys and platform from seed and name, measurements from image and app, so
 * that all instances of an app share one measurement unless the app asks for
 * instance ids (dstack's no_instance_id). Registers always agree with the log.
 * Source: dstack 0.5.11 (boot order, ids, mr_aggregated).
 */
#ifndef SIMULATE_TEE_H
#define SIMULATE_TEE_H

#include "simulate/events.h"
#include "simulate/fault.h"
#include "simulate/pki.h"
#include "eth/tee_host.h"

#define TEE_REPORT_DATA 64u
#define TEE_NAME_MAX 64u
#define TEE_IMAGE_DEFAULT "avsbed-simulated-0.1"
/* Sorted and compact: the form whose hash is the compose hash. */
#define TEE_COMPOSE_DEFAULT                                                    \
	"{\"manifest_version\":2,\"name\":\"avs-operator\","                   \
	"\"no_instance_id\":true,\"runner\":\"docker-compose\"}"

struct tee_spec {
	uint64_t seed;
	enum tee_kind kind;
	const char *name;    /* letters, digits, '-', '_', '.' */
	const char *image;   /* NULL: TEE_IMAGE_DEFAULT */
	const char *compose; /* app-compose JSON; NULL: TEE_COMPOSE_DEFAULT */
	/*
	 * JSON objects of what is to be otherwise than usual, or NULL: fields
	 * of the report by quote.h's names, and of the platform by tee_host.h's.
	 */
	const char *report, *platform;
	unsigned restarts; /* how often it came up on another machine */
};

struct tee {
	uint64_t seed;
	enum tee_kind kind;
	char *name, *image, *compose, *report, *platform_json; /* owned */
	char *app_name, *key_provider, *vm_config;	       /* owned */
	unsigned restarts;
	unsigned tls_keys; /* given out so far */
	char *identity; /* owned; what its keys follow from, besides the seed */
	struct sgx_platform platform;
	uint8_t app_id[20], instance_id[20];
	bool has_instance_id;
	struct hash32 compose_hash, os_image_hash, device_id;
	struct hash32 measurement; /* dstack's mr_aggregated */
	struct event_log log;
	/* Of every quote, but for the report data; sgx of an enclave's. */
	struct td_report td;
	struct sgx_report sgx;
	struct pki_chain chain;
	struct buf pem; /* chain, signed, with its final NUL */
	struct seckey pck_key, att_key, other_key;
	struct p256_pub att_pub, other_pub;
	struct fault_set faults; /* in every quote from now on */
};

/**
 * tee_new - start an instance.
 * Errors: ERR_SCHEMA for a name or app-compose that cannot be; ERR_PARSE;
 *         ERR_CRYPTO.
 */
MUST_USE bool tee_new(struct tee **ret, const struct tee_spec *spec,
		      struct err *e);
void tee_free(struct tee *t); /* NULL-safe */
DEFINE_CLEANUP(struct tee, tee_free)

/**
 * tee_again - the same app with the same faults, started anew on another
 * machine: other keys and certificates, nothing in RTMR3 but the boot.
 * @restarts: which machine; 0 is the first.
 */
MUST_USE bool tee_again(struct tee **ret, const struct tee *t,
			unsigned restarts, struct err *e);

/**
 * tee_extend - what dstack's EmitEvent does: an entry in the log, and RTMR3.
 */
void tee_extend(struct tee *t, const char *name, const void *payload,
		size_t len);

/**
 * tee_qe - the report of its quoting enclave (that of SGX or of TDX), but for
 * the report data.
 */
void tee_qe(struct sgx_report *ret, const struct tee *t, bool sgx);

/**
 * tee_quote - append a quote with this report data and the instance's faults.
 * Deterministic: same instance, data and faults, same bytes.
 * Errors: ERR_SCHEMA for a fault that quotes of this kind cannot have;
 *         ERR_CRYPTO; ERR_LIMIT from @out.
 */
MUST_USE bool tee_quote(struct buf *out, const struct tee *t,
			const uint8_t report_data[TEE_REPORT_DATA],
			struct err *e);

#endif
