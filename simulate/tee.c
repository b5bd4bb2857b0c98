#include "simulate/tee.h"

#include "base/base.h"

#define MACHINES_MAX 128u /* that are remembered; others are made anew */

/* What firmware and kernel measure, by register; types as in TCG's PFP. */
static const struct {
	unsigned imr;
	uint32_t type;
	const char *what;
} boot_events[] = {
    {0, 0x8000000b, "TD HOB"},
    {0, 0x8000000a, "configuration firmware volume"},
    {0, 0x80000001, "SecureBoot"},
    {0, 0x80000001, "PK"},
    {0, 0x80000001, "KEK"},
    {0, 0x80000001, "db"},
    {0, 0x80000001, "dbx"},
    {0, 0x00000004, "separator"},
    {0, 0x0000000a, "ACPI tables"},
    {0, 0x80000002, "BootOrder"},
    {1, 0x80000003, "kernel"},
    {1, 0x80000007, "Calling EFI Application from Boot Option"},
    {1, 0x00000004, "separator"},
    {1, 0x80000007, "Exit Boot Services Invocation"},
    {2, 0x00000006, "kernel command line"},
    {2, 0x00000006, "initrd"},
};

/* "SIMULATED <image>: <what>", the text whose hash stands for the thing. */
static char *simulated(const char *image, const char *what)
{
	return xasprintf("SIMULATED %s: %s", image, what);
}

static void measure48(uint8_t ret[48], const char *image, const char *what)
{
	char *text CLEANUP(freep) = simulated(image, what);
	struct hash48 h = sha384(text, strlen(text));

	memcpy(ret, h.b, sizeof(h.b));
}

static bool check_name(const char *name, struct err *e)
{
	static const char ok[] = "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	size_t len = strlen(name);

	if (!len || len > TEE_NAME_MAX || strspn(name, ok) != len)
		return err_set(e, ERR_SCHEMA, 0,
			       "instance name \"%s\": 1 to %u letters, digits, "
			       "'-', '_' or '.'",
			       name, TEE_NAME_MAX);
	return true;
}

/* Sorted and compact, as the SDKs hash it; and what the simulator reads. */
static bool read_compose(struct tee *t, const char *text, struct err *e)
{
	json_t *j CLEANUP(json_decrefp) = NULL;
	const json_t *name, *no_id;

	if (!json_parse(&j, text, strlen(text), "app-compose", e))
		return false;
	if (!json_is_object(j))
		return err_set(e, ERR_SCHEMA, 0,
			       "app-compose must be a JSON object");
	name = json_object_get(j, "name");
	if (name && !json_is_string(name))
		return err_set(e, ERR_SCHEMA, 0,
			       "app-compose: name must be text");
	no_id = json_object_get(j, "no_instance_id");
	if (no_id && !json_is_boolean(no_id))
		return err_set(e, ERR_SCHEMA, 0,
			       "app-compose: no_instance_id must be true or "
			       "false");
	t->app_name = xstrdup(name ? json_string_value(name) : "");
	t->has_instance_id = !json_is_true(no_id);
	t->compose = json_dumps(j, JSON_COMPACT | JSON_SORT_KEYS);
	ASSERT(t->compose);
	return true;
}

static void identify(struct tee *t, const char *image)
{
	char *os CLEANUP(freep) = simulated(image, "OS image");
	uint8_t seed_and_app[40];
	struct buf vm = BUF_INIT(4096);
	struct hash32 h;

	t->compose_hash = sha256(t->compose, strlen(t->compose));
	memcpy(t->app_id, t->compose_hash.b, sizeof(t->app_id));
	if (t->has_instance_id) {
		pki_bytes(seed_and_app, 20, t->seed, "disk", t->identity);
		memcpy(seed_and_app + 20, t->app_id, 20);
		h = sha256(seed_and_app, sizeof(seed_and_app));
		memcpy(t->instance_id, h.b, sizeof(t->instance_id));
	}
	t->os_image_hash = sha256(os, strlen(os));
	t->device_id = sha256(t->platform.ppid, sizeof(t->platform.ppid));
	t->key_provider = xstrdup("{\"name\":\"none\",\"id\":\"\"}");
	buf_adds(&vm, "{\"cpu_count\":2,\"image\":");
	buf_addjson(&vm, image, strlen(image));
	buf_adds(&vm, ",\"memory_size\":2147483648,\"os_image_hash\":\"");
	buf_addhex(&vm, t->os_image_hash.b, sizeof(t->os_image_hash.b));
	buf_adds(&vm, "\",\"spec_version\":1}");
	t->vm_config = buf_take(&vm);
}

static void boot(struct tee *t, const char *image)
{
	struct event_log *l = &t->log;

	for (size_t i = 0; i < ARRAY_LEN(boot_events); i++) {
		char *text CLEANUP(freep) =
		    simulated(image, boot_events[i].what);

		event_log_boot(l, boot_events[i].imr, boot_events[i].type,
			       text);
	}
	/* dstack 0.5.11 without a key management service. */
	event_log_runtime(l, "system-preparing", "", 0);
	event_log_runtime(l, "app-id", t->app_id, sizeof(t->app_id));
	event_log_runtime(l, "compose-hash", t->compose_hash.b,
			  sizeof(t->compose_hash.b));
	event_log_runtime(l, "instance-id", t->instance_id,
			  t->has_instance_id ? sizeof(t->instance_id) : 0);
	event_log_runtime(l, "boot-mr-done", "", 0);
	event_log_runtime(l, "os-image-hash", t->os_image_hash.b,
			  sizeof(t->os_image_hash.b));
	event_log_runtime(l, "key-provider", t->key_provider,
			  strlen(t->key_provider));
	event_log_runtime(l, "storage-fs", "ext4", 4);
	event_log_runtime(l, "system-ready", "", 0);
}

/* What the log replays to, and dstack's sum of all measurements. */
static void aggregate(struct tee *t)
{
	struct hash48 rtmr[RTMR_N];
	struct buf b = BUF_INIT(1024);
	static const uint8_t none[48];

	event_log_replay(rtmr, &t->log);
	memcpy(t->td.rtmr, rtmr, sizeof(t->td.rtmr));
	buf_add(&b, t->td.mrtd, 48);
	buf_add(&b, t->td.rtmr, sizeof(t->td.rtmr));
	/* mr_aggregated: these only if any of them is not zero. */
	if (memcmp(t->td.mr_config_id, none, 48) ||
	    memcmp(t->td.mr_owner, none, 48) ||
	    memcmp(t->td.mr_owner_config, none, 48)) {
		buf_add(&b, t->td.mr_config_id, 48);
		buf_add(&b, t->td.mr_owner, 48);
		buf_add(&b, t->td.mr_owner_config, 48);
	}
	t->measurement = sha256(b.data, b.len);
	buf_done(&b);
}

void tee_extend(struct tee *t, const char *name, const void *payload,
		size_t len)
{
	event_log_runtime(&t->log, name, payload, len);
	aggregate(t);
}

static void measure(struct tee *t, const char *image)
{
	char *what CLEANUP(freep) = simulated(t->identity, "TD launch");
	struct hash32 id;

	t->td = (struct td_report){
	    .tee_tcb_svn = {5, 1, 2},
	    .td_attributes = TD_ATTR_SEPT_VE_DISABLE,
	    .xfam = 0x602e7, /* as on genuine machines with AMX */
	};
	/* Launched as it runs now: nothing to relaunch for. */
	memcpy(t->td.tee_tcb_svn2, t->td.tee_tcb_svn, 16);
	measure48(t->td.mr_seam, "TDX", "TDX module 1.5");
	measure48(t->td.mrtd, image, "virtual firmware");
	/* dstack: version 1, compose hash, zeros. */
	t->td.mr_config_id[0] = 1;
	memcpy(t->td.mr_config_id + 1, t->compose_hash.b, 32);
	id = sha256(what, strlen(what));
	memcpy(t->td.td_id, id.b, sizeof(id.b));
}

/* An application's enclave: whatever a TD is, in 384 bytes. */
static void measure_enclave(struct tee *t, const char *image)
{
	char *what CLEANUP(freep) = simulated(image, "enclave");
	char *who CLEANUP(freep) = simulated(image, "enclave signer");
	struct hash32 mrenclave = sha256(what, strlen(what));
	struct hash32 mrsigner = sha256(who, strlen(who));

	t->sgx = (struct sgx_report){
	    .attributes = {[0] = SGX_ATTR0_INIT | SGX_ATTR0_MODE64, [8] = 0xe7},
	    .isv_prod_id = 1,
	    .isv_svn = 1,
	};
	memcpy(t->sgx.cpu_svn, t->platform.comp_svn, sizeof(t->sgx.cpu_svn));
	memcpy(t->sgx.mrenclave, mrenclave.b, sizeof(mrenclave.b));
	memcpy(t->sgx.mrsigner, mrsigner.b, sizeof(mrsigner.b));
}

/* What takes long to make, and is the same in every world that has it. */
static struct machine {
	uint64_t seed;
	enum tee_kind kind;
	char *identity, *platform; /* as of its tee */
	struct pki_chain chain;
	struct p256_pub att_pub, other_pub;
	char *pem;
	size_t pem_len;
} known[MACHINES_MAX];
static size_t known_n;

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool recall(struct tee *t)
{
	for (size_t i = 0; i < known_n; i++) {
		const struct machine *m = &known[i];

		if (m->seed != t->seed || m->kind != t->kind ||
		    strcmp(m->identity, t->identity) ||
		    !same_text(m->platform, t->platform_json))
			continue;
		t->chain = m->chain;
		t->chain.cert[PKI_LEAF].sgx = &t->platform;
		t->att_pub = m->att_pub;
		t->other_pub = m->other_pub;
		buf_add(&t->pem, m->pem, m->pem_len);
		return true;
	}
	return false;
}

static void remember(const struct tee *t)
{
	struct machine *m = &known[known_n];

	if (known_n == MACHINES_MAX)
		return;
	*m = (struct machine){
	    .seed = t->seed,
	    .kind = t->kind,
	    .identity = xstrdup(t->identity),
	    .platform = t->platform_json ? xstrdup(t->platform_json) : NULL,
	    .chain = t->chain,
	    .att_pub = t->att_pub,
	    .other_pub = t->other_pub,
	    .pem = memcpy(xmalloc(t->pem.len), t->pem.data, t->pem.len),
	    .pem_len = t->pem.len,
	};
	known_n++;
}

static bool make_keys(struct tee *t, struct err *e)
{
	static const enum pki_link order[] = {PKI_LEAF, PKI_CA, PKI_ROOT};

	t->pck_key = pki_key(t->seed, "pck", t->identity);
	t->att_key = pki_key(t->seed, "attestation", t->identity);
	t->other_key = pki_key(t->seed, "other", t->identity);
	t->pem = BUF_INIT(PKI_PEM_MAX);
	if (recall(t))
		return true;
	if (!p256_public(&t->att_pub, &t->att_key, e) ||
	    !p256_public(&t->other_pub, &t->other_key, e) ||
	    !pki_chain_init(&t->chain, t->seed, t->identity, &t->platform, e) ||
	    !pki_chain_pem(&t->pem, &t->chain, order, ARRAY_LEN(order), e))
		return false;
	buf_addc(&t->pem, 0);
	if (!buf_ok(&t->pem, "certificate chain", e))
		return false;
	remember(t);
	return true;
}

/* What the instance's spec wants otherwise than the simulator's usual TEE. */
static bool set_platform(struct tee *t, const char *json, struct err *e)
{
	json_t *j CLEANUP(json_decrefp) = NULL;

	return !json ||
	       (json_parse(&j, json, strlen(json), "platform", e) &&
		tee_platform_set(&t->platform, j, e));
}

static bool set_report(struct tee *t, const char *json, struct err *e)
{
	enum quote_body body = tee_kind_form(t->kind).body;
	void *report =
	    body == QUOTE_BODY_SGX ? (void *)&t->sgx : (void *)&t->td;
	json_t *j CLEANUP(json_decrefp) = NULL;

	return !json || (json_parse(&j, json, strlen(json), "report", e) &&
			 tee_report_set(report, body, j, e));
}

bool tee_new(struct tee **ret, const struct tee_spec *spec, struct err *e)
{
	struct tee *t CLEANUP(tee_freep) = xcalloc(1, sizeof(*t));
	const char *image = spec->image ? spec->image : TEE_IMAGE_DEFAULT;

	if (!check_name(spec->name, e))
		return false;
	t->seed = spec->seed;
	t->kind = spec->kind;
	t->name = xstrdup(spec->name);
	t->image = xstrdup(image);
	t->restarts = spec->restarts;
	/* No name has this sign. */
	t->identity = t->restarts ? xasprintf("%s#%u", t->name, t->restarts)
				  : xstrdup(t->name);
	t->report = spec->report ? xstrdup(spec->report) : NULL;
	t->platform_json = spec->platform ? xstrdup(spec->platform) : NULL;
	pki_platform(&t->platform, t->seed, t->identity, t->kind == TEE_SGX3);
	if (!set_platform(t, spec->platform, e) ||
	    !read_compose(
		t, spec->compose ? spec->compose : TEE_COMPOSE_DEFAULT, e) ||
	    !make_keys(t, e))
		return err_ctx(e, "instance %s", spec->name);
	identify(t, image);
	boot(t, image);
	measure(t, image);
	measure_enclave(t, image);
	if (!set_report(t, spec->report, e))
		return err_ctx(e, "instance %s", spec->name);
	aggregate(t);
	*ret = TAKE(t);
	return true;
}

bool tee_again(struct tee **ret, const struct tee *t, unsigned restarts,
	       struct err *e)
{
	struct tee_spec spec = {
	    .seed = t->seed,
	    .kind = t->kind,
	    .name = t->name,
	    .image = t->image,
	    .compose = t->compose,
	    .report = t->report,
	    .platform = t->platform_json,
	    .restarts = restarts,
	};

	if (!tee_new(ret, &spec, e))
		return false;
	(*ret)->faults = t->faults;
	return true;
}

void tee_free(struct tee *t)
{
	if (!t)
		return;
	free(t->name);
	free(t->image);
	free(t->identity);
	free(t->report);
	free(t->platform_json);
	free(t->compose);
	free(t->app_name);
	free(t->key_provider);
	free(t->vm_config);
	event_log_done(&t->log);
	buf_done(&t->pem);
	seckey_wipe(&t->pck_key);
	seckey_wipe(&t->att_key);
	seckey_wipe(&t->other_key);
	free(t);
}
