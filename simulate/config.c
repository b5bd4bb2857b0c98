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

static bool read_app(struct sim_instance *ret, struct arena *a, const json_t *j,
		     struct err *e)
{
	const json_t *compose = json_object_get(j, "app_compose");
	const char *image;
	char *text;

	if (json_object_get(j, "image")) {
		if (!json_text_at(&image, j, "image", e))
			return false;
		ret->image = arena_strdup(a, image);
	}
	if (compose) {
		if (!json_is_object(compose))
			return err_set(e, ERR_SCHEMA, 0,
				       "app_compose must be an object");
		text = json_text(compose);
		ret->compose = arena_strdup(a, text);
		free(text);
	}
	return true;
}

static bool read_instance(struct sim_instance *in, struct arena *a,
			  const json_t *j, struct err *e)
{
	static const char *const members[] = {"name", "socket", "image",
					      "app_compose"};
	const char *name, *socket;

	if (!config_members(j, members, ARRAY_LEN(members), "instance", e) ||
	    !json_text_at(&name, j, "name", e) ||
	    !json_text_at(&socket, j, "socket", e) || !read_app(in, a, j, e))
		return false;
	in->name = arena_strdup(a, name);
	in->socket = arena_strdup(a, socket);
	return true;
}

static bool check_distinct(const struct sim_config *c, struct err *e)
{
	if (c->rpc && !strcmp(c->rpc, c->control))
		return err_set(e, ERR_SCHEMA, 0,
			       "rpc has the control socket's path");
	for (size_t i = 0; i < c->n; i++) {
		if (!strcmp(c->inst[i].socket, c->control))
			return err_set(e, ERR_SCHEMA, 0,
				       "instance %s has the control socket's "
				       "path",
				       c->inst[i].name);
		if (c->rpc && !strcmp(c->inst[i].socket, c->rpc))
			return err_set(e, ERR_SCHEMA, 0,
				       "instance %s has the rpc socket's path",
				       c->inst[i].name);
		for (size_t j = 0; j < i; j++) {
			if (!strcmp(c->inst[i].name, c->inst[j].name))
				return err_set(e, ERR_SCHEMA, 0,
					       "two instances are named %s",
					       c->inst[i].name);
			if (!strcmp(c->inst[i].socket, c->inst[j].socket))
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
	static const char *const members[] = {"seed",	    "at",    "control",
					      "instances",  "image", "rpc",
					      "app_compose"};
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
