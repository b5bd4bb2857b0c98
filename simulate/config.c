#include "simulate/config.h"

#include "base/base.h"
#include "base/nearest.h"
#include "simulate/intel.h"

bool config_members(const json_t *j, const char *const *names, size_t n,
		    const char *what, struct err *e)
{
	/* jansson's iterator wants a mutable object; nothing is changed. */
	json_t *obj = (json_t *)(uintptr_t)j;

	if (!json_is_object(j))
		return err_set(e, ERR_SCHEMA, 0, "%s must be an object", what);
	for (void *it = json_object_iter(obj); it;
	     it = json_object_iter_next(obj, it)) {
		const char *key = json_object_iter_key(it), *near;
		size_t i = 0;

		while (i < n && strcmp(names[i], key))
			i++;
		if (i < n)
			continue;
		near = nearest_name(key, names, n);
		return err_set(e, ERR_SCHEMA, 0,
			       "%s: unknown member \"%s\"%s%s", what, key,
			       near ? "; nearest: " : "", near ? near : "");
	}
	return true;
}

/* What may stand at the top, for all instances, and with each of them. */
#define OF_ALL                                                                 \
	"image", "app_compose", "tee", "version", "td", "report", "platform"

/* A text in the arena; as it was if there is no such member. */
static bool read_text(const char **ret, struct arena *a, const json_t *j,
		      const char *name, struct err *e)
{
	const char *text;

	if (!json_object_get(j, name))
		return true;
	if (!json_text_at(&text, j, name, e))
		return false;
	*ret = arena_strdup(a, text);
	return true;
}

/* An object as JSON text in the arena. */
static bool read_object(const char **ret, struct arena *a, const json_t *j,
			const char *name, struct err *e)
{
	const json_t *object = json_object_get(j, name);
	char *text CLEANUP(freep) = NULL;

	if (!object)
		return true;
	if (!json_is_object(object))
		return err_set(e, ERR_SCHEMA, 0, "%s must be an object", name);
	text = json_text(object);
	*ret = arena_strdup(a, text);
	return true;
}

static bool read_version(const char **ret, struct arena *a, const json_t *j,
			 struct err *e)
{
	uint64_t version;

	if (!json_object_get(j, "version"))
		return true;
	if (!json_u64_at(&version, j, "version", e))
		return false;
	*ret = arena_printf(a, "%llu", (unsigned long long)version);
	return true;
}

static bool read_app(struct sim_instance *ret, struct arena *a, const json_t *j,
		     struct err *e)
{
	return read_text(&ret->image, a, j, "image", e) &&
	       read_object(&ret->compose, a, j, "app_compose", e) &&
	       read_object(&ret->report, a, j, "report", e) &&
	       read_object(&ret->platform, a, j, "platform", e) &&
	       read_text(&ret->tee, a, j, "tee", e) &&
	       read_version(&ret->version, a, j, e) &&
	       read_text(&ret->td, a, j, "td", e);
}

static bool read_address(struct sim_instance *in, struct arena *a,
			 const json_t *j, struct err *e)
{
	uint64_t port;

	if (!read_text(&in->socket, a, j, "socket", e))
		return false;
	in->has_port = json_object_get(j, "port");
	if (!in->has_port && !in->socket)
		return err_set(e, ERR_SCHEMA, 0,
			       "instance %s has neither socket nor port",
			       in->name);
	if (!in->has_port)
		return true;
	if (!json_u64_at(&port, j, "port", e))
		return false;
	if (port > UINT16_MAX)
		return err_set(e, ERR_RANGE, 0, "port is %llu; at most 65535",
			       (unsigned long long)port);
	in->port = (uint16_t)port;
	return true;
}

static bool read_instance(struct sim_instance *in, struct arena *a,
			  const json_t *j, struct err *e)
{
	static const char *const members[] = {"name", "socket", "port", OF_ALL};
	const char *name;

	if (!config_members(j, members, ARRAY_LEN(members), "instance", e) ||
	    !json_text_at(&name, j, "name", e))
		return false;
	in->name = arena_strdup(a, name);
	if (!read_address(in, a, j, e) || !read_app(in, a, j, e))
		return false;
	return tee_kind_find(&in->kind, in->tee, in->version, in->td, e)
		   ? true
		   : err_ctx(e, "instance %s", in->name);
}

static bool same_path(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

static bool check_distinct(const struct sim_config *c, struct err *e)
{
	if (c->rpc && !strcmp(c->rpc, c->control))
		return err_set(e, ERR_SCHEMA, 0,
			       "rpc has the control socket's path");
	for (size_t i = 0; i < c->n; i++) {
		if (same_path(c->inst[i].socket, c->control))
			return err_set(e, ERR_SCHEMA, 0,
				       "instance %s has the control socket's "
				       "path",
				       c->inst[i].name);
		if (same_path(c->inst[i].socket, c->rpc))
			return err_set(e, ERR_SCHEMA, 0,
				       "instance %s has the rpc socket's path",
				       c->inst[i].name);
		for (size_t j = 0; j < i; j++) {
			if (!strcmp(c->inst[i].name, c->inst[j].name))
				return err_set(e, ERR_SCHEMA, 0,
					       "two instances are named %s",
					       c->inst[i].name);
			if (same_path(c->inst[i].socket, c->inst[j].socket))
				return err_set(e, ERR_SCHEMA, 0,
					       "instances %s and %s have the "
					       "same socket",
					       c->inst[j].name,
					       c->inst[i].name);
		}
	}
	return true;
}

static bool read_at(int64_t *ret, const json_t *j, struct err *e)
{
	uint64_t at;

	if (!json_object_get(j, "at"))
		return true;
	if (!json_u64_at(&at, j, "at", e))
		return false;
	*ret = at > INT64_MAX ? INT64_MAX : (int64_t)at;
	return true;
}

bool config_parse(struct sim_config *ret, struct arena *a, const json_t *j,
		  struct err *e)
{
	static const char *const members[] = {"seed", "at",	   "control",
					      "rpc",  "instances", OF_ALL};
	struct sim_config c = {.at = INTEL_AT};
	struct sim_instance preset = {.name = NULL};
	const json_t *list;
	const char *control, *rpc;

	if (!config_members(j, members, ARRAY_LEN(members), "the file", e) ||
	    !json_u64_at(&c.seed, j, "seed", e) || !read_at(&c.at, j, e) ||
	    !json_text_at(&control, j, "control", e) ||
	    !json_at(&list, j, "instances", e) || !read_app(&preset, a, j, e))
		return false;
	if (!json_is_array(list))
		return err_set(e, ERR_SCHEMA, 0, "instances must be a list");
	c.control = arena_strdup(a, control);
	if (json_object_get(j, "rpc")) {
		if (!json_text_at(&rpc, j, "rpc", e))
			return false;
		c.rpc = arena_strdup(a, rpc);
	}
	c.n = json_array_size(list);
	c.inst = ARENA_ARRAY(a, struct sim_instance, c.n + 1);
	for (size_t i = 0; i < c.n; i++) {
		c.inst[i] = preset;
		if (!read_instance(&c.inst[i], a, json_array_get(list, i), e))
			return err_ctx(e, "instances[%zu]", i);
	}
	if (!check_distinct(&c, e))
		return false;
	*ret = c;
	return true;
}

bool config_read(struct sim_config *ret, struct arena *a, const char *path,
		 struct err *e)
{
	json_t *j CLEANUP(json_decrefp) = NULL;

	if (!json_read_file(&j, path, e))
		return false;
	return config_parse(ret, a, j, e) ? true : err_ctx(e, "%s", path);
}

bool config_find(const struct sim_instance **ret, const struct sim_config *c,
		 const char *name, struct err *e)
{
	const char **names CLEANUP(freep) = xcalloc(c->n + 1, sizeof(*names));
	const char *near;

	for (size_t i = 0; i < c->n; i++) {
		names[i] = c->inst[i].name;
		if (!strcmp(names[i], name)) {
			*ret = &c->inst[i];
			return true;
		}
	}
	near = nearest_name(name, names, c->n);
	return err_set(e, ERR_SCHEMA, 0, "unknown instance \"%.60s\"%s%s", name,
		       near ? "; nearest: " : "", near ? near : "");
}

struct tee_spec config_spec(const struct sim_config *c,
			    const struct sim_instance *in)
{
	return (struct tee_spec){
	    .seed = c->seed,
	    .kind = in->kind,
	    .name = in->name,
	    .image = in->image,
	    .compose = in->compose,
	    .report = in->report,
	    .platform = in->platform,
	};
}
