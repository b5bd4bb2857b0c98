#include "operator/config.h"

#include "base/base.h"
#include "base/nearest.h"

#define RETRY_MS 20u
#define RETRY_MAX_MS 1000u
#define TEE_TIMEOUT_MS 5000u
#define TEE_TIMEOUT_MAX_MS 600000u
#define PASSWORD_MAX 4096
#define HEARTBEAT_SECONDS 60u

const char *const STEP_NAMES[STEP__COUNT] = {"register", "deposit", "allocate",
					     "opt-in"};

/* The names that an object may have, so that a mistyped one is told. */
static const char *const ROOT_KEYS[] = {
    "name", "chain_id",	 "rpc", "keystore", "password_env",	"password_file",
    "tee",  "contracts", "avs", "stake",    "allocation_delay", "prepare",
    "state", "seed",	 "behaviour", "aggregator"};
static const char *const RPC_KEYS[] = {"ipc", "http", "retry_ms"};
static const char *const TEE_KEYS[] = {"socket", "pcs", "timeout_ms"};
static const char *const AGGREGATOR_KEYS[] = {"url", "interval"};
static const char *const AVS_KEYS[] = {"address", "set", "name"};
static const char *const STAKE_KEYS[] = {"token", "strategy", "amount",
					 "magnitude"};

static bool known(const char *key, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(key, names[i]))
			return true;
	return false;
}

/* Every member of the object at @path ("" is the root) is one of @names. */
static bool check_keys(const json_t *root, const char *path,
		       const char *const *names, size_t n, struct err *e)
{
	const char *key, *near, *dot = *path ? "." : "";
	const json_t *j = root;
	json_t *value;

	if (*path && !json_at(&j, root, path, e))
		return false;
	if (!json_is_object(j))
		return err_set(e, ERR_SCHEMA, 0, "%s: wants an object",
			       *path ? path : "the file");
	/* jansson's iteration takes a non-const object and does not write. */
	json_object_foreach((json_t *)(uintptr_t)j, key, value)
	{
		if (known(key, names, n))
			continue;
		near = nearest_name(key, names, n);
		if (near)
			return err_set(e, ERR_SCHEMA, 0,
				       "%s%s%s: no such member; nearest: %s",
				       path, dot, key, near);
		return err_set(e, ERR_SCHEMA, 0, "%s%s%s: no such member", path,
			       dot, key);
	}
	return true;
}

#define CHECK_KEYS(root, path, names, e)                                       \
	check_keys((root), (path), (names), ARRAY_LEN(names), (e))

/* As json_at(), without a word on what is there instead. */
static bool has(const json_t *j, const char *path)
{
	while (j && *path) {
		size_t len = strcspn(path, ".");

		j = json_object_getn(j, path, len);
		path += len + (path[len] == '.');
	}
	return j != NULL;
}

/* A member that may be absent; then *ret stays as it is. */
static bool maybe_text(const char **ret, const json_t *j, const char *path,
		       struct err *e)
{
	return !has(j, path) || json_text_at(ret, j, path, e);
}

static bool maybe_u64(uint64_t *ret, const json_t *j, const char *path,
		      uint64_t max, struct err *e)
{
	uint64_t v;

	if (!has(j, path))
		return true;
	if (!json_u64_at(&v, j, path, e))
		return false;
	if (v > max)
		return err_set(e, ERR_RANGE, 0, "%s: %llu, over %llu", path,
			       (unsigned long long)v, (unsigned long long)max);
	*ret = v;
	return true;
}

static bool read_access(struct config *c, struct err *e)
{
	const json_t *j = c->json;
	uint64_t timeout = TEE_TIMEOUT_MS, retry = RETRY_MS;

	if (!CHECK_KEYS(j, "rpc", RPC_KEYS, e) ||
	    !maybe_text(&c->ipc, j, "rpc.ipc", e) ||
	    !maybe_text(&c->http, j, "rpc.http", e) ||
	    !maybe_u64(&retry, j, "rpc.retry_ms", RETRY_MAX_MS, e))
		return false;
	if (!retry)
		return err_set(e, ERR_RANGE, 0, "rpc.retry_ms: wants at least 1");
	c->retry_ms = (unsigned)retry;
	if (!c->ipc && !c->http)
		return err_set(e, ERR_SCHEMA, 0,
			       "rpc: wants ipc (a socket's path), http (a URL) "
			       "or both");
	if (!json_text_at(&c->keystore, j, "keystore", e) ||
	    !maybe_text(&c->password_env, j, "password_env", e) ||
	    !maybe_text(&c->password_file, j, "password_file", e))
		return false;
	if (!c->password_env == !c->password_file)
		return err_set(e, ERR_SCHEMA, 0,
			       "wants one of password_env (a variable's name) "
			       "and password_file (a path)");
	c->tee = getenv("DSTACK_SIMULATOR_ENDPOINT");
	c->pcs = getenv("PCCS_URL");
	if (has(j, "tee") &&
	    (!CHECK_KEYS(j, "tee", TEE_KEYS, e) ||
	     !maybe_text(&c->tee, j, "tee.socket", e) ||
	     !maybe_text(&c->pcs, j, "tee.pcs", e) ||
	     !maybe_u64(&timeout, j, "tee.timeout_ms", TEE_TIMEOUT_MAX_MS, e)))
		return false;
	c->tee_timeout_ms = (unsigned)timeout;
	return true;
}

static bool read_aggregator(struct config *c, struct err *e)
{
	const json_t *j = c->json;

	c->aggregator = getenv("AVS_AGGREGATOR_URL");
	c->heartbeat_seconds = HEARTBEAT_SECONDS;
	if (!has(j, "aggregator"))
		return true;
	if (!CHECK_KEYS(j, "aggregator", AGGREGATOR_KEYS, e) ||
	    !maybe_text(&c->aggregator, j, "aggregator.url", e) ||
	    !maybe_u64(&c->heartbeat_seconds, j, "aggregator.interval",
		       UINT32_MAX, e))
		return false;
	return c->heartbeat_seconds ||
	       err_set(e, ERR_RANGE, 0, "aggregator.interval: 0 seconds");
}

/* Other contracts of the world may be listed too; they are not looked at. */
static bool read_contracts(struct config *c, struct err *e)
{
	const struct {
		const char *path;
		struct addr20 *ret;
	} wanted[] = {
	    {"contracts.allocationManager", &c->allocation_manager},
	    {"contracts.delegationManager", &c->delegation_manager},
	    {"contracts.strategyManager", &c->strategy_manager},
	    {"contracts.serviceManager", &c->service_manager},
	    {"contracts.slaOracle", &c->sla_oracle},
	    {"contracts.collateralRegistry", &c->collateral_registry},
	};

	for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
		if (!json_addr_at(wanted[i].ret, c->json, wanted[i].path, e))
			return false;
	return !has(c->json, "contracts.rewardsCoordinator") ||
	       json_addr_at(&c->rewards_coordinator, c->json,
			    "contracts.rewardsCoordinator", e);
}

static bool read_avs(struct config *c, struct err *e)
{
	uint64_t set = 0, delay = 0;
	if (!CHECK_KEYS(c->json, "avs", AVS_KEYS, e) ||
	    !json_addr_at(&c->avs, c->json, "avs.address", e) ||
	    !json_text_at(&c->avs_name, c->json, "avs.address", e) ||
	    !maybe_text(&c->avs_name, c->json, "avs.name", e) ||
	    !maybe_u64(&set, c->json, "avs.set", UINT32_MAX, e) ||
	    !maybe_u64(&delay, c->json, "allocation_delay", UINT32_MAX, e))
		return false;
	c->set = (uint32_t)set;
	c->allocation_delay = (uint32_t)delay;
	return true;
}

static bool read_stake(struct stake *ret, const json_t *j, struct err *e)
{
	struct u256 magnitude = U256_ZERO;

	if (!CHECK_KEYS(j, "", STAKE_KEYS, e) ||
	    !json_addr_at(&ret->token, j, "token", e) ||
	    !json_addr_at(&ret->strategy, j, "strategy", e) ||
	    !json_u256_at(&ret->amount, j, "amount", e))
		return false;
	if (has(j, "magnitude") && !json_u256_at(&magnitude, j, "magnitude", e))
		return false;
	if (u256_cmp(magnitude, u256_from_u64(1000000000000000000)) > 0)
		return err_set(e, ERR_RANGE, 0,
			       "magnitude: %s, over 1e18, which is all of it",
			       fmt_u256(magnitude).s);
	u256_fits_u64(&ret->magnitude, magnitude);
	return true;
}

static bool read_stakes(struct config *c, struct err *e)
{
	const json_t *list = json_object_get(c->json, "stake");

	if (!list)
		return true;
	if (!json_is_array(list))
		return err_set(e, ERR_SCHEMA, 0, "stake: wants a list");
	if (json_array_size(list) > STAKES_MAX)
		return err_set(e, ERR_LIMIT, 0, "stake: %zu items, over %d",
			       json_array_size(list), STAKES_MAX);
	for (; c->stakes_n < json_array_size(list); c->stakes_n++)
		if (!read_stake(&c->stakes[c->stakes_n],
				json_array_get(list, c->stakes_n), e))
			return err_ctx(e, "stake[%zu]", c->stakes_n);
	return true;
}

static bool read_step(unsigned *steps, const char *name, struct err *e)
{
	for (unsigned i = 0; name && i < STEP__COUNT; i++)
		if (!strcmp(name, STEP_NAMES[i])) {
			*steps |= 1u << i;
			return true;
		}
	return err_set(e, ERR_SCHEMA, 0,
		       "%s is none of register, deposit, allocate, opt-in",
		       name ? name : "this");
}

static bool read_prepare(struct config *c, struct err *e)
{
	const json_t *list = json_object_get(c->json, "prepare");

	if (list && !json_is_array(list))
		return err_set(e, ERR_SCHEMA, 0, "prepare: wants a list");
	for (size_t i = 0; i < json_array_size(list); i++)
		if (!read_step(&c->prepare,
			       json_string_value(json_array_get(list, i)), e))
			return err_ctx(e, "prepare[%zu]", i);
	return true;
}

bool config_load(struct config *ret, const char *path, struct err *e)
{
	struct config c = {.path = path};

	if (!json_read_file(&c.json, path, e))
		return false;
	if (!CHECK_KEYS(c.json, "", ROOT_KEYS, e) ||
	    !json_text_at(&c.name, c.json, "name", e) ||
	    !json_u64_at(&c.chain_id, c.json, "chain_id", e) ||
	    !read_access(&c, e) || !read_aggregator(&c, e) ||
	    !read_contracts(&c, e) || !read_avs(&c, e) ||
	    !read_stakes(&c, e) || !read_prepare(&c, e) ||
	    !maybe_text(&c.state, c.json, "state", e) ||
	    !maybe_u64(&c.seed, c.json, "seed", UINT64_MAX, e) ||
	    !behaviour_read(&c.behaviour,
			    json_object_get(c.json, "behaviour"), e)) {
		config_done(&c);
		return err_ctx(e, "%s", path);
	}
	*ret = c;
	return true;
}

void config_done(struct config *c)
{
	json_decref(TAKE(c->json));
}

bool config_behaviour(struct behaviour *ret, const struct config *c,
		      struct err *e)
{
	CLEANUP(json_decrefp) json_t *j = NULL;

	return json_read_file(&j, c->path, e) &&
	       (behaviour_read(ret, json_object_get(j, "behaviour"), e) ||
		err_ctx(e, "%s", c->path));
}

bool config_password(char **ret, const struct config *c, struct err *e)
{
	struct buf b = BUF_INIT(PASSWORD_MAX);
	const char *text;

	if (c->password_env) {
		text = getenv(c->password_env);
		if (!text)
			return err_set(e, ERR_SCHEMA, 0,
				       "%s: password_env: the variable %s is "
				       "not set",
				       c->path, c->password_env);
		*ret = xstrdup(text);
		return true;
	}
	if (!buf_read_file(&b, c->password_file, e)) {
		buf_done(&b);
		return err_ctx(e, "%s: password_file", c->path);
	}
	text = buf_str(&b);
	*ret = xstrndup(text, strcspn(text, "\r\n"));
	if (b.len)
		explicit_bzero(b.data, b.len);
	buf_done(&b);
	return true;
}
