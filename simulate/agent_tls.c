/* Methods that give certificates. */
#include "simulate/agent_call.h"

#include "base/base.h"
#include "simulate/keys.h"
#include "simulate/tls.h"

#define NAMES_MAX 64u
#define YEARS_10 (10 * (int64_t)31536000)

/* What the host's clock says: Intel's last issue is the present. */
static int64_t now(const struct call *c)
{
	const struct fault_set *f = &c->tee->faults;
	int64_t at = c->world->intel.at;
	uint64_t seconds;

	if (fault_set_value(f, "host-clock-ahead", &seconds))
		at += (int64_t)seconds;
	if (fault_set_value(f, "host-clock-behind", &seconds))
		at -= (int64_t)seconds;
	return at;
}

/* Texts of a list; *ret_n of them in @ret, borrowed. */
static bool alt_names(const char *ret[NAMES_MAX], size_t *ret_n,
		      const struct call *c, struct err *e)
{
	const json_t *all =
	    c->args ? json_object_get(c->args, "alt_names") : NULL;
	size_t n = json_array_size(all);

	if (all && !json_is_array(all))
		return err_set(e, ERR_SCHEMA, 0, "alt_names must be a list");
	if (n > NAMES_MAX)
		return err_set(e, ERR_LIMIT, 0,
			       "alt_names has %zu names, at most %u fit", n,
			       NAMES_MAX);
	for (size_t i = 0; i < n; i++) {
		const char *name = json_string_value(json_array_get(all, i));

		/* RFC 5280 has IA5 text in these. */
		for (const char *p = name; p && *p; p++)
			if ((unsigned char)*p >= 0x80)
				name = NULL;
		if (!name || !*name)
			return err_set(e, ERR_SCHEMA, 0,
				       "alt_names[%zu] must be ASCII text", i);
		ret[i] = name;
	}
	*ret_n = n;
	return true;
}

static bool date(int64_t *ret, const struct call *c, const char *name,
		 struct err *e)
{
	uint64_t v = UINT64_MAX;

	if (!arg_u64(&v, c, name, e))
		return false;
	if (v == UINT64_MAX)
		return true;
	if (v > TLS_UNTIL)
		return err_set(e, ERR_RANGE, 0, "%s is after the year 9999",
			       name);
	*ret = (int64_t)v;
	return true;
}

static struct reply answer(const struct call *c, const struct tls_spec *s)
{
	struct buf key = BUF_INIT(4096), leaf = BUF_INIT(2 * TLS_MAX);
	struct buf ca = BUF_INIT(PKI_PEM_MAX);
	struct err e = ERR_INIT;
	struct reply r;
	json_t *j;

	if (tls_make(&key, &leaf, &ca, c->tee, s, &e)) {
		j = json_object();
		put_text(j, "key", buf_str(&key));
		put(j, "certificate_chain",
		    json_pack("[s, s]", buf_str(&leaf), buf_str(&ca)));
		r = reply_json(200, j);
	} else {
		r = bad(&e);
	}
	buf_done(&key);
	buf_done(&leaf);
	buf_done(&ca);
	return r;
}

static struct reply certificate(struct call *c, const struct seckey *key)
{
	const char *names[NAMES_MAX];
	struct tls_spec s = {.names = names,
			     .key = *key,
			     .not_before = now(c),
			     .not_after = now(c) + YEARS_10};
	struct err e = ERR_INIT;
	bool unused;

	if (!arg_text(&s.subject, c, "subject", &e) ||
	    !alt_names(names, &s.names_n, c, &e) ||
	    !arg_bool(&s.ra_tls, c, "usage_ra_tls", &e) ||
	    !arg_bool(&s.server, c, "usage_server_auth", &e) ||
	    !arg_bool(&s.client, c, "usage_client_auth", &e) ||
	    !date(&s.not_before, c, "not_before", &e) ||
	    !date(&s.not_after, c, "not_after", &e) ||
	    !arg_bool(&unused, c, "with_app_info", &e))
		return bad(&e);
	return answer(c, &s);
}

/* Another key for each call, and the same ones in each run. */
static struct seckey fresh(struct tee *t)
{
	char *role CLEANUP(freep) = xasprintf("tls/%u", t->tls_keys++);

	return pki_key(t->seed, role, t->identity);
}

static struct reply get_tls_key(struct call *c)
{
	struct seckey key = fresh(c->tee);

	return certificate(c, &key);
}

static char *hex_text(const uint8_t id[20])
{
	struct buf b = BUF_INIT(64);

	buf_addhex(&b, id, 20);
	return buf_take(&b);
}

bool app_cert_add(struct buf *ret, const struct call *c, struct err *e)
{
	char *id CLEANUP(freep) = hex_text(c->tee->app_id);
	const struct tls_spec s = {
	    .subject = id,
	    .server = true,
	    .not_before = now(c),
	    .not_after = now(c) + YEARS_10,
	    .key = pki_key(c->tee->seed, "app-cert", c->tee->identity),
	};
	struct buf unused = BUF_INIT(4096), ca = BUF_INIT(PKI_PEM_MAX);
	bool ok = tls_make(&unused, ret, &ca, c->tee, &s, e);

	buf_add(ret, ca.data, ca.len);
	buf_done(&unused);
	buf_done(&ca);
	return ok && buf_ok(ret, "app_cert", e);
}

static struct reply derive_key(struct call *c)
{
	struct err e = ERR_INIT;
	struct seckey key;
	const char *path;
	bool random;

	if (!arg_text(&path, c, "path", &e) ||
	    !arg_bool(&random, c, "random_seed", &e))
		return bad(&e);
	key = random ? fresh(c->tee) : keys_derive(c->tee, path);
	return certificate(c, &key);
}

const struct agent_method AGENT_TLS[] = {
    {"GetTlsKey", true, get_tls_key},
    {"DeriveKey", true, derive_key},
    {NULL, false, NULL},
};
