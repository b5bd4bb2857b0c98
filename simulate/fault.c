#include "simulate/fault.h"

#include "base/base.h"
#include "base/hex.h"
#include "base/nearest.h"

const char *fault_answer_name(enum fault_answer a)
{
	static const char *const names[ANSWER__COUNT] = {
	    [ANSWER_ACCEPT] = "accept",
	    [ANSWER_REFUSE] = "refuse",
	    [ANSWER_POLICY] = "policy",
	    [ANSWER_SURVIVE] = "survive",
	};

	return names[a];
}

const char *fault_scope_name(enum fault_scope s)
{
	static const char *const names[SCOPE__COUNT] = {
	    [SCOPE_ANY] = "any quote",
	    [SCOPE_TD] = "TDX",
	    [SCOPE_V5] = "TDX version 5",
	    [SCOPE_TD15] = "TDX version 5 with TD report 1.5 or 1.5ex",
	};

	return names[s];
}

bool fault_find(size_t *ret, const char *name, struct err *e)
{
	const char *names[FAULTS_MAX];
	const char *near;

	for (size_t i = 0; i < FAULTS_N; i++) {
		names[i] = FAULTS[i].name;
		if (!strcmp(names[i], name)) {
			*ret = i;
			return true;
		}
	}
	near = nearest_name(name, names, FAULTS_N);
	return err_set(e, ERR_SCHEMA, 0, "unknown fault \"%s\"; %s%s%s", name,
		       near ? "nearest: " : "`tee-sim faults` lists them",
		       near ? near : "", "");
}

static bool set_value(struct fault_set *s, size_t i, uint64_t v, struct err *e)
{
	const struct fault *f = &FAULTS[i];

	if (f->param.name && (v < f->param.min || v > f->param.max))
		return err_set(e, ERR_RANGE, 0,
			       "%s of %s is %llu; it must be %llu to %llu",
			       f->param.name, f->name, (unsigned long long)v,
			       (unsigned long long)f->param.min,
			       (unsigned long long)f->param.max);
	s->on[i] = true;
	s->value[i] = v;
	return true;
}

static bool check_param(const struct fault *f, const char *name, struct err *e)
{
	if (!f->param.name)
		return err_set(e, ERR_SCHEMA, 0,
			       "%s takes no parameter, not \"%s\"", f->name,
			       name);
	if (strcmp(f->param.name, name))
		return err_set(e, ERR_SCHEMA, 0,
			       "%s has no parameter \"%s\"; it takes %s",
			       f->name, name, f->param.name);
	return true;
}

bool fault_set_text(struct fault_set *s, const char *text, struct err *e)
{
	char *name CLEANUP(freep) = xstrdup(text);
	char *param = strchr(name, ':'), *value;
	uint64_t v;
	size_t i;

	if (param)
		*param++ = 0;
	if (!fault_find(&i, name, e))
		return false;
	if (!param)
		return set_value(s, i, FAULTS[i].param.preset, e);
	value = strchr(param, '=');
	if (!value)
		return err_set(e, ERR_PARSE, 0,
			       "fault \"%s\": write %s:parameter=number", text,
			       name);
	*value++ = 0;
	if (!check_param(&FAULTS[i], param, e))
		return false;
	if (!dec_u64(&v, value, e))
		return err_ctx(e, "%s of %s", param, name);
	return set_value(s, i, v, e);
}

bool fault_set_add(struct fault_set *s, const json_t *j, struct err *e)
{
	const char *name, *key;
	const json_t *member;
	uint64_t v;
	size_t i;

	if (!json_text_at(&name, j, "fault", e) || !fault_find(&i, name, e))
		return false;
	v = FAULTS[i].param.preset;
	/* jansson's iterator wants a mutable object; nothing is changed. */
	for (void *it = json_object_iter((json_t *)(uintptr_t)j); it;
	     it = json_object_iter_next((json_t *)(uintptr_t)j, it)) {
		key = json_object_iter_key(it);
		member = json_object_iter_value(it);
		if (!strcmp(key, "fault"))
			continue;
		if (!check_param(&FAULTS[i], key, e))
			return false;
		if (!json_is_integer(member) || json_integer_value(member) < 0)
			return err_set(e, ERR_SCHEMA, 0,
				       "%s of %s must be a whole number", key,
				       name);
		v = (uint64_t)json_integer_value(member);
	}
	return set_value(s, i, v, e);
}

json_t *fault_set_json(const struct fault_set *s)
{
	json_t *all = json_array();

	ASSERT(all);
	for (size_t i = 0; i < FAULTS_N; i++) {
		json_t *j;

		if (!s->on[i])
			continue;
		j = json_object();
		json_object_set_new(j, "fault", json_string(FAULTS[i].name));
		if (FAULTS[i].param.name)
			json_object_set_new(
			    j, FAULTS[i].param.name,
			    json_integer((json_int_t)s->value[i]));
		json_array_append_new(all, j);
	}
	return all;
}

static bool in_scope(enum fault_scope s, struct quote_form f)
{
	switch (s) {
	case SCOPE_TD:
		return f.body != QUOTE_BODY_SGX;
	case SCOPE_V5:
		return f.layout == 5;
	case SCOPE_TD15:
		return f.body >= QUOTE_BODY_TD15;
	case SCOPE_ANY:
	case SCOPE__COUNT:
		break;
	}
	return true;
}

bool fault_set_fits(const struct fault_set *s, struct quote_form f,
		    struct err *e)
{
	for (size_t i = 0; i < FAULTS_N; i++)
		if (s->on[i] && !in_scope(FAULTS[i].scope, f))
			return err_set(
			    e, ERR_SCHEMA, 0,
			    "fault %s is one of %s only; this quote "
			    "is %s version %u",
			    FAULTS[i].name, fault_scope_name(FAULTS[i].scope),
			    f.body == QUOTE_BODY_SGX ? "SGX" : "TDX", f.layout);
	return true;
}

/* The place of one of our own names. */
static size_t place(const char *name)
{
	size_t i = 0;

	while (i < FAULTS_N && strcmp(FAULTS[i].name, name))
		i++;
	ASSERT(i < FAULTS_N);
	return i;
}

struct fault_set fault_set_parts(const struct fault_set *s)
{
	struct fault_set all = *s;

	for (size_t i = 0; i < FAULTS_N; i++) {
		const char *const *part = s->on[i] ? FAULTS[i].parts : NULL;

		for (; part && *part; part++) {
			size_t at = place(*part);

			if (all.on[at])
				continue;
			all.on[at] = true;
			all.value[at] = FAULTS[at].param.preset;
		}
	}
	return all;
}

bool fault_set_value(const struct fault_set *s, const char *name, uint64_t *ret)
{
	size_t i = place(name);

	if (s->on[i] && ret)
		*ret = s->value[i];
	return s->on[i];
}

bool fault_set_touches(const struct fault_set *s, enum fault_stage stage)
{
	for (size_t i = 0; i < FAULTS_N; i++)
		if (s->on[i] && FAULTS[i].stage == stage)
			return true;
	return false;
}

void fault_set_apply(const struct fault_set *s, enum fault_stage stage,
		     struct draft *d)
{
	for (size_t i = 0; i < FAULTS_N; i++)
		if (s->on[i] && FAULTS[i].stage == stage)
			FAULTS[i].apply(d, s->value[i]);
}

void fault_set_spoil(const struct fault_set *s, enum fault_stage stage,
		     struct collateral *c)
{
	for (size_t i = 0; i < FAULTS_N; i++)
		if (s->on[i] && FAULTS[i].stage == stage)
			FAULTS[i].spoil(c, s->value[i]);
}
