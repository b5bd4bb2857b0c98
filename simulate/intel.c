#include "simulate/intel.h"

#include "base/base.h"
#include "base/nearest.h"
#include "simulate/config.h"
#include "simulate/reply.h"

static bool check_at(int64_t at, struct err *e)
{
	if (at < INTEL_FROM || at > INTEL_UNTIL)
		return err_set(e, ERR_RANGE, 0,
			       "collateral at %lld: the simulated PKI is of "
			       "%lld (2024-01-02) to %lld (2034-12-31)",
			       (long long)at, (long long)INTEL_FROM,
			       (long long)INTEL_UNTIL);
	return true;
}

bool intel_init(struct intel *ret, int64_t at, struct err *e)
{
	if (!check_at(at, e))
		return false;
	*ret = (struct intel){.at = at};
	return true;
}

void intel_done(struct intel *i)
{
	free(i->revoked);
	free(i->models);
	*i = (struct intel){.at = 0};
}

static void copy(struct intel *ret, const struct intel *i)
{
	*ret = *i;
	ret->revoked = xcalloc(i->revoked_cap + 1, sizeof(*ret->revoked));
	ret->models = xcalloc(i->models_cap + 1, sizeof(*ret->models));
	if (i->revoked_n)
		memcpy(ret->revoked, i->revoked,
		       i->revoked_n * sizeof(*ret->revoked));
	if (i->models_n)
		memcpy(ret->models, i->models,
		       i->models_n * sizeof(*ret->models));
}

/* The tees that a request may name. */
struct named {
	struct tee *const *tees;
	size_t n;
};

static bool find(const struct tee **ret, const struct named *w,
		 const char *name, struct err *e)
{
	const char **names CLEANUP(freep) = xcalloc(w->n + 1, sizeof(*names));
	const char *near;

	for (size_t i = 0; i < w->n; i++) {
		names[i] = w->tees[i]->name;
		if (!strcmp(names[i], name)) {
			*ret = w->tees[i];
			return true;
		}
	}
	near = nearest_name(name, names, w->n);
	return err_set(e, ERR_SCHEMA, 0, "unknown instance \"%.100s\"%s%s",
		       name, near ? "; nearest: " : "", near ? near : "");
}

static void take_back(struct intel *i, const char *name)
{
	for (size_t k = 0; k < i->revoked_n; k++)
		if (!strcmp(i->revoked[k].name, name))
			i->revoked[k--] = i->revoked[--i->revoked_n];
}

static bool add_revoked(struct intel *i, const struct tee *t, struct err *e)
{
	struct intel_revoked r = {
	    .by_processor_ca = t->platform.of_processor_ca,
	};

	if (i->revoked_n >= INTEL_NAMED_MAX)
		return err_set(e, ERR_LIMIT, 0,
			       "%u platforms are revoked, no more fit",
			       INTEL_NAMED_MAX);
	snprintf(r.name, sizeof(r.name), "%s", t->name);
	memcpy(r.serial, t->chain.cert[PKI_LEAF].serial, sizeof(r.serial));
	for (size_t k = 0; k < i->revoked_n; k++)
		if (!memcmp(i->revoked[k].serial, r.serial, sizeof(r.serial)))
			return true;
	GROW(i->revoked, i->revoked_n, i->revoked_cap);
	i->revoked[i->revoked_n++] = r;
	return true;
}

/* Each instance of a list under @key. */
static bool each(struct intel *i, const json_t *j, const char *key,
		 const struct named *w, struct err *e)
{
	const json_t *list = json_object_get(j, key);
	const struct tee *t;

	if (!list)
		return true;
	if (!json_is_array(list))
		return err_set(e, ERR_SCHEMA, 0,
			       "%s must be a list of instances", key);
	for (size_t k = 0; k < json_array_size(list); k++) {
		const char *name = json_string_value(json_array_get(list, k));

		if (!name)
			return err_set(e, ERR_SCHEMA, 0,
				       "%s must be a list of instances", key);
		if (!find(&t, w, name, e))
			return err_ctx(e, "%s", key);
		if (strcmp(key, "revoke"))
			take_back(i, name);
		else if (!add_revoked(i, t, e))
			return false;
	}
	return true;
}

static bool status_of(const char **ret, const json_t *j, struct err *e)
{
	const char *text = json_string_value(j);

	return tee_status_find(ret, text ? text : "", e);
}

static bool set_status(struct intel *i, const uint8_t fmspc[6],
		       const char *status, struct err *e)
{
	struct intel_model m = {.status = status};
	size_t k = 0;

	while (k < i->models_n && memcmp(i->models[k].fmspc, fmspc, 6))
		k++;
	if (k >= INTEL_NAMED_MAX)
		return err_set(e, ERR_LIMIT, 0,
			       "%u models have a status, no more fit",
			       INTEL_NAMED_MAX);
	memcpy(m.fmspc, fmspc, sizeof(m.fmspc));
	if (k == i->models_n) {
		GROW(i->models, i->models_n, i->models_cap);
		i->models_n++;
	}
	i->models[k] = m;
	return true;
}

static bool set_statuses(struct intel *i, const json_t *j,
			 const struct named *w, struct err *e)
{
	json_t *all = json_object_get(j, "status");
	const struct tee *t;
	const char *status;

	if (all && !json_is_object(all))
		return err_set(e, ERR_SCHEMA, 0,
			       "status must be an object: {instance: status}");
	for (void *it = json_object_iter(all); it;
	     it = json_object_iter_next(all, it))
		if (!find(&t, w, json_object_iter_key(it), e) ||
		    !status_of(&status, json_object_iter_value(it), e) ||
		    !set_status(i, t->platform.fmspc, status, e))
			return err_ctx(e, "status");
	return true;
}

static bool set_numbers(struct intel *i, const json_t *j, struct err *e)
{
	uint64_t v;

	if (json_object_get(j, "at")) {
		if (!json_u64_at(&v, j, "at", e))
			return false;
		/* Whatever is later is refused all the same. */
		if (v > INT64_MAX)
			v = INT64_MAX;
		if (!check_at((int64_t)v, e))
			return false;
		i->at = (int64_t)v;
	}
	if (json_object_get(j, "bar")) {
		if (!json_u64_at(&v, j, "bar", e))
			return false;
		if (v > TEE_RECOVERIES_MAX)
			return err_set(e, ERR_RANGE, 0,
				       "bar is %llu; it must be 0 to %u",
				       (unsigned long long)v, TEE_RECOVERIES_MAX);
		i->bar = (unsigned)v;
	}
	return true;
}

static bool change(struct intel *i, const json_t *j, const struct named *w,
		   struct err *e)
{
	static const char *const members[] = {"at", TEE_SAYS};

	if (!config_members(j, members, ARRAY_LEN(members), "request", e) ||
	    !set_numbers(i, j, e) || !each(i, j, "revoke", w, e) ||
	    !each(i, j, "restore", w, e) || !set_statuses(i, j, w, e))
		return false;
	i->issue++;
	return true;
}

bool intel_change(struct intel *i, const json_t *j, struct tee *const *tees,
		  size_t n, struct err *e)
{
	const struct named w = {tees, n};
	struct intel next;

	copy(&next, i);
	if (!change(&next, j, &w, e)) {
		intel_done(&next);
		return false;
	}
	intel_done(i);
	*i = next;
	return true;
}

void intel_mend(struct intel *i)
{
	i->revoked_n = i->models_n = 0;
	i->bar = 0;
	i->issue++;
}

json_t *intel_json(const struct intel *i)
{
	json_t *j = json_object(), *revoked = json_array();
	json_t *models = json_object();

	for (size_t k = 0; k < i->revoked_n; k++)
		json_array_append_new(revoked, json_string(i->revoked[k].name));
	for (size_t k = 0; k < i->models_n; k++) {
		json_t *fmspc = json_hex(i->models[k].fmspc, 6);

		json_object_set_new(models, json_string_value(fmspc),
				    json_string(i->models[k].status));
		json_decref(fmspc);
	}
	json_object_set_new(j, "at", json_integer(i->at));
	json_object_set_new(j, "issue", json_integer((json_int_t)i->issue));
	json_object_set_new(j, "bar", json_integer((json_int_t)i->bar));
	json_object_set_new(j, "revoked", revoked);
	json_object_set_new(j, "status", models);
	return j;
}

int64_t intel_issued(const struct intel *i)
{
	return i->at - INTEL_DAY + i->issue;
}

uint64_t intel_number(const struct intel *i)
{
	return (uint64_t)((i->at - INTEL_FROM) / INTEL_DAY + 1) + i->issue;
}

const char *intel_status(const struct intel *i, const uint8_t fmspc[6])
{
	for (size_t k = 0; k < i->models_n; k++)
		if (!memcmp(i->models[k].fmspc, fmspc, 6))
			return i->models[k].status;
	return tee_status_best();
}
