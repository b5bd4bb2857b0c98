#include "scenario/schema.h"

#include "scenario/keys.h"
#include "scenario/verbs.h"

#include "base/base.h"

/* --- pieces ----------------------------------------------------------------- */

static json_t *ref(const char *name)
{
	CLEANUP(freep) char *path = xasprintf("#/definitions/%s", name);

	return json_pack("{s:s}", "$ref", path);
}

/* A plain scalar is text to us, and to other readers often something else. */
static json_t *scalar(void)
{
	return json_pack("{s:[s, s, s]}", "type", "string", "number",
			 "boolean");
}

static json_t *any(void)
{
	return json_object();
}

static json_t *either(json_t *a, json_t *b)
{
	return json_pack("{s:[o, o]}", "anyOf", a, b);
}

static json_t *list_of(json_t *item, int least)
{
	return json_pack("{s:s, s:o, s:i}", "type", "array", "items", item,
			 "minItems", least);
}

static json_t *map_of(json_t *value, int least)
{
	return json_pack("{s:s, s:o, s:i}", "type", "object",
			 "additionalProperties", value, "minProperties",
			 least);
}

static json_t *call(void)
{
	json_t *one = map_of(any(), 1);

	json_object_set_new(one, "maxProperties", json_integer(1));
	return either(scalar(), one);
}

static json_t *checks(void)
{
	return either(scalar(), list_of(scalar(), 1));
}

static json_t *rows(void)
{
	return either(map_of(any(), 1), list_of(any(), 1));
}

static json_t *steps(void)
{
	return list_of(ref("step"), 0);
}

static json_t *words(const char *const *list)
{
	json_t *all = json_array();

	for (; *list; list++)
		json_array_append_new(all, json_string(*list));
	return json_pack("{s:o}", "enum", all);
}

/* --- keys -------------------------------------------------------------------- */

static json_t *table(const struct key_table *t, const struct key_table *more);

static json_t *takes(void)
{
	return map_of(json_pack("{s:[o, o, o]}", "anyOf", scalar(),
				list_of(scalar(), 1), table(&keys_take, NULL)),
		      1);
}

static json_t *shape(const struct key_spec *k)
{
	static const char *const switches[] = { "on", "off", "yes", "no",
						NULL };

	switch (k->shape) {
	case SHAPE_TEXT:
		return scalar();
	case SHAPE_NUMBER:
		return json_pack("{s:s}", "type", "integer");
	case SHAPE_SWITCH:
		return words(switches);
	case SHAPE_WORD:
		return words(k->words);
	case SHAPE_TEXTS:
		return either(scalar(), list_of(scalar(), 1));
	case SHAPE_NAMES:
		return list_of(scalar(), 0);
	case SHAPE_VALUE:
		return any();
	case SHAPE_VALUES:
		return list_of(any(), 0);
	case SHAPE_CALL:
		return call();
	case SHAPE_CHECKS:
		return checks();
	case SHAPE_EVENTS:
		return list_of(either(call(), list_of(call(), 1)), 1);
	case SHAPE_CHANGES:
	case SHAPE_LETS:
		return map_of(any(), 0);
	case SHAPE_ROWS:
		return rows();
	case SHAPE_STEPS:
		return steps();
	case SHAPE_TAKES:
		return takes();
	case SHAPE_IN:
		return table(k->inside, NULL);
	case SHAPE_EACH:
		return map_of(table(k->inside, NULL), 0);
	case SHAPE_LIST:
		return list_of(table(k->inside, NULL), 0);
	case SHAPE_MAPS:
		return map_of(map_of(any(), 0), 0);
	case SHAPE__COUNT:
		break;
	}
	ASSERT(!"a shape");
	return NULL;
}

static void describe(json_t *schema, const char *doc)
{
	if (doc)
		json_object_set_new(schema, "description", json_string(doc));
}

static json_t *closed(json_t *properties, json_t *required)
{
	return json_pack("{s:s, s:o, s:o, s:b}", "type", "object",
			 "properties", properties, "required", required,
			 "additionalProperties", 0);
}

static void add_keys(json_t *properties, json_t *required,
		     const struct key_table *t)
{
	for (const struct key_spec *k = t->keys; k->name; k++) {
		json_t *one = shape(k);

		describe(one, k->doc);
		json_object_set_new(properties, k->name, one);
		if (k->required)
			json_array_append_new(required, json_string(k->name));
	}
}

/* @more: keys that may stand there as well; or NULL. */
static json_t *table(const struct key_table *t, const struct key_table *more)
{
	json_t *properties = json_object(), *required = json_array();

	add_keys(properties, required, t);
	if (more)
		add_keys(properties, required, more);
	return closed(properties, required);
}

/* --- verbs -------------------------------------------------------------------- */

/* A value of a type; what a map or a list may stand for is left to the check. */
static json_t *value(enum want_kind want, bool list)
{
	switch (want) {
	case WANT_OPERATOR:
	case WANT_ACTOR:
	case WANT_TOKEN:
	case WANT_SET:
	case WANT_CONTRACT:
	case WANT_PROCESS:
	case WANT_AMOUNT:
	case WANT_WAD:
	case WANT_TIME:
	case WANT_BLOCK:
	case WANT_DURATION:
	case WANT_BLOCKS:
	case WANT_BOOL:
	case WANT_NUMBER:
		return list ? either(scalar(), list_of(scalar(), 0)) : scalar();
	case WANT_ANY:
	case WANT_ABI:
	case WANT_WINDOW:
	case WANT_STRUCT:
	case WANT_TEXT:
	case WANT_JSON:
	case WANT_FAULT:
	case WANT_CALL:
	case WANT__COUNT:
		break;
	}
	return any();
}

static json_t *arms(void)
{
	json_t *o = map_of(steps(), 2);

	json_object_set_new(o, "maxProperties", json_integer(ARMS_MAX));
	return o;
}

static json_t *form(const struct param_spec *p, bool repeats)
{
	switch (p->form) {
	case FORM_VALUE:
		return value(p->want, repeats);
	case FORM_CALL:
		return call();
	case FORM_LETS:
		return map_of(any(), 1);
	case FORM_ADVANCE:
	case FORM_COMMAND:
	case FORM_REQUEST:
	case FORM_FILE:
		return scalar();
	case FORM_CHECKS:
		return checks();
	case FORM_ROWS:
		return rows();
	case FORM_STEPS:
		return steps();
	case FORM_ARMS:
		return arms();
	case FORM_EXPECT:
		return table(&keys_expect, NULL);
	case FORM__COUNT:
		break;
	}
	ASSERT(!"a form");
	return NULL;
}

static json_t *common(enum common c)
{
	const struct key_spec *k = keys_find(&keys_expect,
					     common_specs[c].name);

	if (k)
		return shape(k);
	return c == COMMON_SAVE ? scalar() : any();
}

static void add_common(json_t *properties)
{
	for (unsigned c = 0; c < COMMON__COUNT; c++) {
		json_t *one;

		/* `check` is a verb, too. */
		if (json_object_get(properties, common_specs[c].name))
			continue;
		one = common((enum common)c);
		describe(one, common_specs[c].doc);
		json_object_set_new(properties, common_specs[c].name, one);
	}
}

static void add_param(json_t *properties, json_t *required, const char *name,
		      bool must, json_t *schema, const char *doc)
{
	describe(schema, doc);
	json_object_set_new(properties, name, schema);
	if (must)
		json_array_append_new(required, json_string(name));
}

static json_t *verb_schema(json_t *properties, json_t *required,
			   const char *name, const char *doc)
{
	json_t *o;

	add_common(properties);
	o = closed(properties, required);
	json_object_set_new(o, "title", json_string(name));
	describe(o, doc);
	return o;
}

static json_t *built_in(const struct verb_spec *v)
{
	json_t *properties = json_object(), *required = json_array();
	CLEANUP(freep) char *doc = xasprintf("%s Takes %s.", v->doc,
					     v->main.doc);

	add_param(properties, required, v->name, true,
		  form(&v->main, v->repeats), doc);
	for (const struct param_spec *p = v->params; p->name; p++)
		add_param(properties, required, p->name, p->required,
			  form(p, false), p->doc);
	return verb_schema(properties, required, v->name, v->doc);
}

static json_t *written(const struct verb_def *d)
{
	json_t *properties = json_object(), *required = json_array();

	for (size_t i = 0; i < d->takes_n; i++) {
		const struct take *t = &d->takes[i];
		CLEANUP(freep) char *doc =
			xasprintf("%s%s%s: %s", i || !d->doc ? "" : d->doc,
				  i || !d->doc ? "" : " ", t->name,
				  t->type.text);

		/* As main argument a list means once for each. */
		add_param(properties, required, i ? t->name : d->name,
			  !i || !t->fallback,
			  value(t->type.kind, !i || t->type.list), doc);
	}
	return verb_schema(properties, required, d->name, d->doc);
}

static json_t *step(const struct verb_def *const *verbs, size_t n)
{
	json_t *all = json_array();

	for (size_t v = 0; v < VERB__COUNT; v++)
		json_array_append_new(all, built_in(&verb_specs[v]));
	for (size_t i = 0; i < n; i++)
		json_array_append_new(all, written(verbs[i]));
	return json_pack("{s:s, s:s, s:o}", "description",
			 "a step; its first key is its verb", "type", "object",
			 "anyOf", all);
}

/* --- files ---------------------------------------------------------------------- */

static json_t *file(const char *key, json_t *otherwise)
{
	return json_pack("{s:{s:[s]}, s:o, s:o}", "if", "required", key,
			 "then", ref(key), "else", otherwise);
}

json_t *schema_json(const struct verb_def *const *verbs, size_t n)
{
	json_t *last = json_pack("{s:[s]}", "required", "scenario");
	json_t *o = file("scenario",
			 file("verb", file("world", file("invariant", last))));

	json_object_set_new(o, "$schema",
			    json_string("http://json-schema.org/draft-07/"
					"schema#"));
	json_object_set_new(o, "title",
			    json_string("avsbed: scenarios, verbs, worlds and "
					"invariants"));
	json_object_set_new(o, "type", json_string("object"));
	json_object_set_new(
		o, "definitions",
		json_pack("{s:o, s:o, s:o, s:o, s:o}", "scenario",
			  table(&keys_scenario, &keys_shared), "verb",
			  table(&keys_verb, NULL), "world",
			  table(&keys_world, &keys_shared), "invariant",
			  table(&keys_invariant, NULL), "step",
			  step(verbs, n)));
	return o;
}
