#include "simulate/control.h"

#include "base/base.h"
#include "base/nearest.h"
#include "simulate/collateral.h"

static struct reply faults_of(const struct tee *t)
{
	json_t *j = json_object();

	json_object_set_new(j, "instance", json_string(t->name));
	json_object_set_new(j, "faults", fault_set_json(&t->faults));
	return reply_json(200, j);
}

static struct reply all_faults(const struct world *w)
{
	json_t *j = json_object();

	for (size_t i = 0; i < w->n; i++)
		json_object_set_new(j, w->tees[i]->name,
				    fault_set_json(&w->tees[i]->faults));
	return reply_json(200, j);
}

static bool body(json_t **ret, const struct http_in *in, struct err *e)
{
	const char *text = in->body;

	return json_parse(ret, text, in->body_len, "request", e);
}

static struct reply add(struct tee *t, const struct http_in *in)
{
	json_t *j CLEANUP(json_decrefp) = NULL;
	struct fault_set faults = t->faults;
	struct err e = ERR_INIT;

	if (!body(&j, in, &e) || !fault_set_add(&faults, j, &e) ||
	    !fault_set_fits(&faults, tee_kind_form(t->kind), &e))
		return reply_error(400, "%s", e.text);
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

static struct tee *find(const struct world *w, const char *name)
{
	for (size_t i = 0; i < w->n; i++)
		if (!strcmp(w->tees[i]->name, name))
			return w->tees[i];
	return NULL;
}

static struct reply unknown(const struct world *w, const char *name)
{
	const char **names CLEANUP(freep) = xcalloc(w->n + 1, sizeof(*names));
	const char *near;

	for (size_t i = 0; i < w->n; i++)
		names[i] = w->tees[i]->name;
	near = nearest_name(name, names, w->n);
	return reply_error(404, "unknown instance \"%.100s\"%s%s", name,
			   near ? "; nearest: " : "", near ? near : "");
}

static struct reply wrong_method(const struct http_in *in)
{
	return reply_error(405, "%.20s is not for %.200s", in->method,
			   in->path);
}

/* Of one instance: @rest is NAME or NAME/FAULT. */
static struct reply faults(const struct world *w, const struct http_in *in,
			   const char *rest, struct control_note *note)
{
	char *name CLEANUP(freep) = xstrdup(rest);
	char *fault = strchr(name, '/');
	struct reply r;
	struct tee *t;

	if (fault)
		*fault++ = 0;
	t = find(w, name);
	if (!t)
		return unknown(w, name);
	if (!strcmp(in->method, "GET") && !fault)
		return faults_of(t);
	if (!strcmp(in->method, "DELETE"))
		r = mend(t, fault);
	else if (!strcmp(in->method, "POST") && !fault)
		r = add(t, in);
	else
		return wrong_method(in);
	if (r.status == 200)
		note->faults_of = t;
	return r;
}

static struct reply intel(struct world *w, const struct http_in *in,
			  struct control_note *note)
{
	json_t *j CLEANUP(json_decrefp) = NULL;
	struct err e = ERR_INIT;

	if (!strcmp(in->method, "GET"))
		return reply_json(200, intel_json(&w->intel));
	if (!strcmp(in->method, "DELETE"))
		intel_mend(&w->intel);
	else if (strcmp(in->method, "POST"))
		return wrong_method(in);
	else if (!body(&j, in, &e) ||
		 !intel_change(&w->intel, j, w->tees, w->n, &e))
		return reply_error(400, "%s", e.text);
	note->intel = true;
	return reply_json(200, intel_json(&w->intel));
}

static struct reply collateral(const struct world *w, const struct http_in *in,
			       const char *name)
{
	struct buf out = BUF_INIT(COLLATERAL_MAX);
	const struct tee *t = find(w, name);
	struct err e = ERR_INIT;

	if (!t)
		return unknown(w, name);
	if (strcmp(in->method, "GET"))
		return wrong_method(in);
	if (collateral_make(&out, t, &w->intel, &e))
		return reply_bytes(200, "application/json", &out);
	buf_done(&out);
	return reply_error(500, "%s", e.text);
}

static const char *after(const char *path, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(path, prefix, len) ? NULL : path + len;
}

struct reply control_answer(struct world *w, const struct http_in *in,
			    struct control_note *ret_note)
{
	const char *rest;

	*ret_note = (struct control_note){.intel = false};
	if (!strcmp(in->path, "/faults"))
		return strcmp(in->method, "GET") ? wrong_method(in)
						 : all_faults(w);
	rest = after(in->path, "/faults/");
	if (rest)
		return faults(w, in, rest, ret_note);
	if (!strcmp(in->path, "/intel"))
		return intel(w, in, ret_note);
	rest = after(in->path, "/collateral/");
	if (rest)
		return collateral(w, in, rest);
	return reply_error(404,
			   "no such path: %.200s; there are /faults, /intel, "
			   "/collateral/INSTANCE and /world",
			   in->path);
}
