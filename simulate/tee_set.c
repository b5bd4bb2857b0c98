/* What an instance's spec wants otherwise than the simulator's usual TEE. */
#include "simulate/tee.h"

#include "base/base.h"
#include "base/hex.h"
#include "base/nearest.h"

/* Fields of a platform; cpu_svn is all sixteen components, too. */
#define FIELD(name, len, kind)                                                 \
	{                                                                      \
#name, offsetof(struct sgx_platform, name), len, kind, NULL    \
	}

static const struct quote_field platform_fields[] = {
    FIELD(ppid, 16, FIELD_BYTES), FIELD(cpu_svn, 16, FIELD_BYTES),
    FIELD(pce_svn, 2, FIELD_U16), FIELD(pce_id, 2, FIELD_BYTES),
    FIELD(fmspc, 6, FIELD_BYTES), FIELD(instance_id, 16, FIELD_BYTES),
};

/* The log is what gives registers; report data is the client's. */
static bool is_settable(const char *name)
{
	return strncmp(name, "rtmr", 4) && strcmp(name, "report_data");
}

static bool find(const struct quote_field **ret, struct quote_fields t,
		 const char *name, struct err *e)
{
	const char **names CLEANUP(freep) = xcalloc(t.n + 1, sizeof(*names));
	const char *near;

	for (size_t i = 0; i < t.n; i++) {
		if (!is_settable(t.f[i].name))
			continue;
		names[i] = t.f[i].name;
		if (!strcmp(names[i], name)) {
			*ret = &t.f[i];
			return true;
		}
	}
	near = nearest_name(name, names, t.n);
	return err_set(e, ERR_SCHEMA, 0, "no field \"%.60s\" can be set%s%s",
		       name, near ? "; nearest: " : "", near ? near : "");
}

static bool set_number(void *at, const struct quote_field *f, const json_t *all,
		       struct err *e)
{
	uint64_t v;
	uint32_t v32;
	uint16_t v16;

	if (!json_u64_at(&v, all, f->name, e))
		return false;
	if (f->len < 8 && v >> (8 * f->len))
		return err_set(e, ERR_RANGE, 0, "%s has %u bytes", f->name,
			       f->len);
	v32 = (uint32_t)v;
	v16 = (uint16_t)v;
	memcpy(at,
	       f->kind == FIELD_U64   ? (const void *)&v
	       : f->kind == FIELD_U32 ? (const void *)&v32
				      : (const void *)&v16,
	       f->len);
	return true;
}

static bool set_bytes(void *at, const struct quote_field *f, const json_t *all,
		      struct err *e)
{
	uint8_t *bytes CLEANUP(freep) = NULL;
	const char *text;
	size_t len;

	if (!json_text_at(&text, all, f->name, e) ||
	    !hex_decode_alloc(&bytes, &len, text, strlen(text), e))
		return err_ctx(e, "%s", f->name);
	if (len != f->len)
		return err_set(e, ERR_RANGE, 0, "%s has %u bytes, not %zu",
			       f->name, f->len, len);
	memcpy(at, bytes, len);
	return true;
}

static bool set_all(void *obj, struct quote_fields t, const char *text,
		    const char *what, struct err *e)
{
	json_t *j CLEANUP(json_decrefp) = NULL;
	const struct quote_field *f;

	if (!text)
		return true;
	if (!json_parse(&j, text, strlen(text), what, e))
		return false;
	if (!json_is_object(j))
		return err_set(e, ERR_SCHEMA, 0, "%s must be an object", what);
	for (void *it = json_object_iter(j); it;
	     it = json_object_iter_next(j, it)) {
		void *at;

		if (!find(&f, t, json_object_iter_key(it), e))
			return err_ctx(e, "%s", what);
		at = (uint8_t *)obj + f->at;
		if (!(f->kind == FIELD_BYTES ? set_bytes(at, f, j, e)
					     : set_number(at, f, j, e)))
			return err_ctx(e, "%s", what);
	}
	return true;
}

bool tee_set_platform(struct sgx_platform *ret, const char *json, struct err *e)
{
	const struct quote_fields t = {platform_fields,
				       ARRAY_LEN(platform_fields)};
	struct sgx_platform p = *ret;

	if (!set_all(&p, t, json, "platform", e))
		return false;
	memcpy(p.comp_svn, p.cpu_svn, sizeof(p.comp_svn));
	*ret = p;
	return true;
}

bool tee_set_report(struct tee *t, const char *json, struct err *e)
{
	enum quote_body body = tee_kind_form(t->kind).body;
	void *report =
	    body == QUOTE_BODY_SGX ? (void *)&t->sgx : (void *)&t->td;

	return set_all(report, quote_body_fields(body), json, "report", e);
}
