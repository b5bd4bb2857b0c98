/* What a script deployed, read from what forge says it sent. */
#include <ctype.h>

#include "devnet/forge_priv.h"

#include "base/base.h"

#include "base/nearest.h"

#define DEPLOYED_MAX 256

/* One creation. Texts are the broadcast's. */
struct made {
	const char *artifact;
	struct addr20 address;
	const char *first; /* constructor argument, or "" */
	bool used;	   /* as a proxy's implementation, or has its name */
};

struct found {
	struct made all[DEPLOYED_MAX];
	size_t n;
};

/* The three kinds of proxy that take their implementation first. */
static bool is_proxy(const char *artifact)
{
	static const char *const kinds[] = { "TransparentUpgradeableProxy",
					     "ERC1967Proxy", "BeaconProxy" };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(artifact, kinds[i]) == 0)
			return true;
	return false;
}

static bool collect(struct found *f, const json_t *broadcast, struct err *e)
{
	const json_t *txs;

	if (!json_at(&txs, broadcast, "transactions", e))
		return false;
	for (size_t i = 0; i < json_array_size(txs); i++) {
		const json_t *t = json_array_get(txs, i), *args;
		struct made m = { .first = "" };
		const char *type;

		if (!json_text_at(&type, t, "transactionType", e))
			return false;
		if (strncmp(type, "CREATE", 6) != 0)
			continue;
		if (!json_is_string(json_object_get(t, "contractName")))
			continue; /* raw bytecode */
		if (!json_text_at(&m.artifact, t, "contractName", e) ||
		    !json_addr_at(&m.address, t, "contractAddress", e))
			return false;
		args = json_object_get(t, "arguments");
		if (json_is_string(json_array_get(args, 0)))
			m.first = json_string_value(json_array_get(args, 0));
		if (f->n == DEPLOYED_MAX)
			return err_set(e, ERR_LIMIT, 0,
				       "the script deploys more than %d "
				       "contracts", DEPLOYED_MAX);
		f->all[f->n++] = m;
	}
	return true;
}

/* The proxy whose implementation is @impl, or NULL. */
static struct made *proxy_of(struct found *f, const struct made *impl)
{
	struct addr_text at = fmt_addr(&impl->address);

	for (size_t i = 0; i < f->n; i++)
		if (is_proxy(f->all[i].artifact) &&
		    strcasecmp(f->all[i].first, at.s) == 0)
			return &f->all[i];
	return NULL;
}

static void add(json_t *addresses, json_t *contracts, const char *name,
		const struct made *m, const struct made *proxy)
{
	struct addr_text at = fmt_addr(proxy ? &proxy->address : &m->address);
	json_t *c = json_pack("{s:s, s:s, s:s}", "name", name, "artifact",
			      m->artifact, "address", at.s);

	if (proxy)
		json_object_set_new(c, "implementation",
				    json_string(fmt_addr(&m->address).s));
	json_object_set_new(addresses, name, json_string(at.s));
	json_array_append_new(contracts, c);
}

static bool not_deployed(const struct found *f, const struct forge_spec *spec,
			 const struct forge_pair *want, struct err *e)
{
	const char *names[DEPLOYED_MAX];

	for (size_t i = 0; i < f->n; i++)
		names[i] = f->all[i].artifact;
	const char *near = nearest_name(want->value, names, f->n);

	return err_set(e, ERR_SCHEMA, 0,
		       "%s deploys no %s, which the world calls `%s`%s%s",
		       spec->script, want->value, want->name,
		       near ? "; nearest: " : "", near ? near : "");
}

static bool add_named(struct found *f, json_t *addresses, json_t *contracts,
		      const struct forge_spec *spec,
		      const struct forge_pair *want, struct err *e)
{
	struct made *m = NULL;

	for (size_t i = 0; i < f->n; i++) {
		if (strcmp(f->all[i].artifact, want->value) != 0)
			continue;
		if (m)
			return err_set(e, ERR_SCHEMA, 0,
				       "%s deploys %s more than once, so `%s` "
				       "could be either",
				       spec->script, want->value, want->name);
		m = &f->all[i];
	}
	if (!m)
		return not_deployed(f, spec, want, e);
	struct made *proxy = proxy_of(f, m);

	m->used = true;
	if (proxy)
		proxy->used = true;
	add(addresses, contracts, want->name, m, proxy);
	return true;
}

bool forge_broadcast(json_t *addresses, json_t *contracts,
		     const json_t *broadcast, const struct forge_spec *spec,
		     struct err *e)
{
	CLEANUP(freep) struct found *f = xcalloc(1, sizeof(*f));

	if (!collect(f, broadcast, e))
		return false;
	for (size_t i = 0; i < spec->names_n; i++)
		if (!add_named(f, addresses, contracts, spec, &spec->names[i],
			       e))
			return false;
	for (size_t i = 0; i < f->n; i++) {
		struct made *m = &f->all[i];
		CLEANUP(freep) char *name = xstrdup(m->artifact);

		name[0] = (char)tolower((unsigned char)name[0]);
		if (m->used || is_proxy(m->artifact) ||
		    json_object_get(addresses, name))
			continue;
		add(addresses, contracts, name, m, proxy_of(f, m));
	}
	return true;
}
