#include "simulate/control.h"

#include "base/base.h"
#include "base/nearest.h"

static struct reply faults_of(const struct tee *t)
{
	json_t *j = json_object();

	json_object_set_new(j, "instance", json_string(t->name));
	json_object_set_new(j, "faults", fault_set_json(&t->faults));
	return reply_json(200, j);
}

static struct reply all_faults(struct tee *const *tees, size_t n)
{
	json_t *j = json_object();

	for (size_t i = 0; i < n; i++)
		json_object_set_new(j, tees[i]->name,
				    fault_set_json(&tees[i]->faults));
	return reply_json(200, j);
}

static struct reply add(struct tee *t, const struct http_in *in)
{
	const char *body = in->body;
	json_t *j CLEANUP(json_decrefp) = NULL;
	struct fault_set faults = t->faults;
	struct err e = ERR_INIT;

	if (!json_parse(&j, body, in->body_len, "request", &e) ||
	    !fault_set_add(&faults, j, &e) ||
	    !fault_set_fits(&faults, tee_kind_form(t->kind), &e))
		return reply_error(400, "%s", e.text);
	if (fault_set_spoils(&faults))
		return reply_error(400, "a fault of collateral, which the "
					"daemon does not serve; `tee-sim "
					"collateral --fault` does");
	t->faults = faults;
	return faults_of(t);
}

static struct reply mend(struct tee *t, const char *fault)
{
	struct err e = ERR_INIT;
	size_t i;

	if (!fault) {
		t->faults = (struct fault_set){.on = {false}};
	} else {
		if (!fault_find(&i, fault, &e))
			return reply_error(400, "%s", e.text);
		t->faults.on[i] = false;
	}
	return faults_of(t);
}

static struct tee *find(struct tee *const *tees, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(tees[i]->name, name))
			return tees[i];
	return NULL;
}

static struct reply unknown(struct tee *const *tees, size_t n, const char *name)
{
	const char **names CLEANUP(freep) = xcalloc(n + 1, sizeof(*names));
	const char *near;

	for (size_t i = 0; i < n; i++)
		names[i] = tees[i]->name;
	near = nearest_name(name, names, n);
	return reply_error(404, "unknown instance \"%.100s\"%s%s", name,
			   near ? "; nearest: " : "", near ? near : "");
}

struct reply control_answer(struct tee *const *tees, size_t n,
			    const struct http_in *in,
			    const struct tee **ret_changed)
{
	bool get = !strcmp(in->method, "GET");
	bool del = !strcmp(in->method, "DELETE");
	char *name CLEANUP(freep) = NULL;
	struct reply r;
	struct tee *t;
	char *fault;

	*ret_changed = NULL;
	if (!strcmp(in->path, "/faults") && get)
		return all_faults(tees, n);
	if (strncmp(in->path, "/faults/", 8))
		return reply_error(404, "no such path: %.200s; try /faults",
				   in->path);
	name = xstrdup(in->path + 8);
	fault = strchr(name, '/');
	if (fault)
		*fault++ = 0;
	t = find(tees, n, name);
	if (!t)
		return unknown(tees, n, name);
	if (get && !fault)
		return faults_of(t);
	if (del)
		r = mend(t, fault);
	else if (!strcmp(in->method, "POST") && !fault)
		r = add(t, in);
	else
		return reply_error(405, "%.20s is not for %.200s", in->method,
				   in->path);
	if (r.status == 200)
		*ret_changed = t;
	return r;
}
