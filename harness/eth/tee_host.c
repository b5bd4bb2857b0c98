#include "eth/tee_host.h"

#include <inttypes.h>

#include "base/hex.h"
#include "base/nearest.h"

#include "base/base.h"

/* --- kinds ---------------------------------------------------------------------- */

struct quote_form tee_kind_form(enum tee_kind k)
{
	static const struct quote_form forms[TEE_KIND__COUNT] = {
		[TEE_TDX4] = { 4, QUOTE_BODY_TD },
		[TEE_TDX5_10] = { 5, QUOTE_BODY_TD },
		[TEE_TDX5] = { 5, QUOTE_BODY_TD15 },
		[TEE_TDX5_EX] = { 5, QUOTE_BODY_TD15EX },
		[TEE_SGX3] = { 3, QUOTE_BODY_SGX },
	};

	return forms[k];
}

bool tee_kind_find(enum tee_kind *ret, const char *tee, const char *version,
		   const char *td, struct err *e)
{
	static const struct {
		const char *tee, *version, *td;
		enum tee_kind kind;
	} kinds[] = {
		{ "tdx", "4", "1.0", TEE_TDX4 },
		{ "sgx", "3", NULL, TEE_SGX3 },
		{ "tdx", "5", "1.5", TEE_TDX5 },
		{ "tdx", "5", "1.0", TEE_TDX5_10 },
		{ "tdx", "5", "1.5ex", TEE_TDX5_EX },
	};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (strcmp(tee ? tee : "tdx", kinds[i].tee) ||
		    (version && strcmp(version, kinds[i].version)) ||
		    (td && (!kinds[i].td || strcmp(td, kinds[i].td))))
			continue;
		*ret = kinds[i].kind;
		return true;
	}
	return err_set(e, ERR_SCHEMA, 0,
		       "no such quotes; there are tee sgx of version 3, tee "
		       "tdx of version 4, and of version 5 with td 1.0, 1.5 "
		       "or 1.5ex");
}

/* --- fields ------------------------------------------------------------------------ */

/* Fields of a platform; cpu_svn is all sixteen components, too. */
#define FIELD(name, len, kind)                                                 \
	{                                                                      \
		#name, offsetof(struct sgx_platform, name), len, kind, NULL    \
	}

static const struct quote_field platform_fields[] = {
	FIELD(ppid, 16, FIELD_BYTES),	FIELD(cpu_svn, 16, FIELD_BYTES),
	FIELD(pce_svn, 2, FIELD_U16),	FIELD(pce_id, 2, FIELD_BYTES),
	FIELD(fmspc, 6, FIELD_BYTES),	FIELD(instance_id, 16, FIELD_BYTES),
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
	size_t n = 0;

	for (size_t i = 0; i < t.n; i++) {
		if (!is_settable(t.f[i].name))
			continue;
		names[n++] = t.f[i].name;
		if (!strcmp(t.f[i].name, name)) {
			*ret = &t.f[i];
			return true;
		}
	}
	near = nearest_name(name, names, n);
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

static bool set_field(void *obj, struct quote_fields t, const json_t *all,
		      const char *name, struct err *e)
{
	const struct quote_field *f;
	void *at;

	if (!find(&f, t, name, e))
		return false;
	at = (uint8_t *)obj + f->at;
	return f->kind == FIELD_BYTES ? set_bytes(at, f, all, e)
				      : set_number(at, f, all, e);
}

static bool set_all(void *obj, struct quote_fields t, const json_t *j,
		    const char *what, struct err *e)
{
	/* jansson's iterator wants a mutable object; nothing is changed. */
	json_t *all = (json_t *)(uintptr_t)j;

	if (!json_is_object(j))
		return err_set(e, ERR_SCHEMA, 0, "%s must be an object", what);
	for (void *it = json_object_iter(all); it;
	     it = json_object_iter_next(all, it))
		if (!set_field(obj, t, j, json_object_iter_key(it), e))
			return err_ctx(e, "%s", what);
	return true;
}

static struct quote_fields of_platform(void)
{
	return (struct quote_fields){ platform_fields,
				      ARRAY_LEN(platform_fields) };
}

bool tee_platform_set(struct sgx_platform *ret, const json_t *j, struct err *e)
{
	struct sgx_platform p = *ret;

	if (!set_all(&p, of_platform(), j, "platform", e))
		return false;
	memcpy(p.comp_svn, p.cpu_svn, sizeof(p.comp_svn));
	*ret = p;
	return true;
}

bool tee_report_set(void *ret, enum quote_body body, const json_t *j,
		    struct err *e)
{
	return set_all(ret, quote_body_fields(body), j, "report", e);
}

/* --- what Intel says ------------------------------------------------------------------ */

/* Those that a platform's TCB level can have. */
static const char *const statuses[] = {
	"UpToDate",
	"SWHardeningNeeded",
	"ConfigurationNeeded",
	"ConfigurationAndSWHardeningNeeded",
	"OutOfDate",
	"OutOfDateConfigurationNeeded",
	"Revoked",
};

bool tee_status_find(const char **ret, const char *text, struct err *e)
{
	const char *near;

	for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
		if (!strcmp(statuses[i], text)) {
			*ret = statuses[i];
			return true;
		}
	near = nearest_name(text, statuses, ARRAY_LEN(statuses));
	return err_set(e, ERR_SCHEMA, 0, "\"%.60s\" is no TCB status%s%s",
		       text, near ? "; nearest: " : "", near ? near : "");
}

const char *tee_status_best(void)
{
	return statuses[0];
}

/* --- a world's platform ------------------------------------------------------------ */

/* What a platform's settings say, besides its hardware's fields. */
static const char *const settings_of_kind[] = { "tee", "version", "td",
						"report", "status" };

bool tee_host_hardware(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(settings_of_kind); i++)
		if (!strcmp(settings_of_kind[i], name))
			return false;
	return true;
}

/* A member's text; NULL if there is none, or none that is known. */
static bool text_of(const char **ret, const json_t *settings, const char *name,
		    const char **ret_key, struct err *e)
{
	const json_t *v = json_object_get(settings, name);

	*ret = NULL;
	if (!v || json_is_null(v))
		return true;
	*ret_key = name;
	return json_text_at(ret, settings, name, e);
}

static bool version_of(char text[24], const char **ret, const json_t *settings,
		       const char **ret_key, struct err *e)
{
	const json_t *v = json_object_get(settings, "version");
	uint64_t version;

	*ret = NULL;
	if (!v || json_is_null(v))
		return true;
	*ret_key = "version";
	if (!json_is_integer(v))
		return err_set(e, ERR_SCHEMA, 0,
			       "a version is a number: 3, 4 or 5");
	if (!json_u64_at(&version, settings, "version", e))
		return false;
	snprintf(text, 24, "%" PRIu64, version);
	*ret = text;
	return true;
}

/* `td: 1` is a number to YAML, and `td: 1.5` none. */
static bool td_of(const char **ret, const json_t *settings,
		  const char **ret_key, struct err *e)
{
	if (text_of(ret, settings, "td", ret_key, e))
		return true;
	return err_set(e, ERR_SCHEMA, 0, "td is 1.0, 1.5 or 1.5ex");
}

/* What it has besides its hardware may be meant, too. */
static bool no_setting(const char *name, struct err *e)
{
	const char *names[ARRAY_LEN(settings_of_kind) +
			  ARRAY_LEN(platform_fields)];
	const char *near;
	char all[256] = "";
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(settings_of_kind); i++)
		names[n++] = settings_of_kind[i];
	for (size_t i = 0; i < ARRAY_LEN(platform_fields); i++)
		names[n++] = platform_fields[i].name;
	for (size_t i = 0; i < n; i++)
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s",
			 i ? ", " : "", names[i]);
	near = nearest_name(name, names, n);
	return err_set(e, ERR_SCHEMA, 0, "no field \"%.60s\" can be set; %s%s",
		       name, near ? "nearest: " : "there are ",
		       near ? near : all);
}

static bool check_hardware(const json_t *settings, const char **ret_key,
			   struct err *e)
{
	json_t *all = (json_t *)(uintptr_t)settings;
	struct sgx_platform scratch;
	const char *name;
	json_t *v;

	json_object_foreach (all, name, v) {
		const struct quote_field *f;
		struct err ignored;

		*ret_key = name;
		if (!tee_host_hardware(name))
			continue;
		if (!find(&f, of_platform(), name, &ignored))
			return no_setting(name, e);
		if (!json_is_null(v) &&
		    !set_field(&scratch, of_platform(), settings, name, e))
			return false;
	}
	return true;
}

bool tee_host_check(const json_t *settings, const char **ret_key,
		    struct err *e)
{
	const json_t *report = json_object_get(settings, "report");
	const char *tee, *version, *td, *status;
	struct td_report td_scratch;
	struct sgx_report sgx_scratch;
	enum quote_body body;
	enum tee_kind kind;
	char number[24];

	*ret_key = NULL;
	if (!text_of(&tee, settings, "tee", ret_key, e) ||
	    !version_of(number, &version, settings, ret_key, e) ||
	    !td_of(&td, settings, ret_key, e))
		return false;
	*ret_key = td ? "td" : version ? "version" : "tee";
	if (!tee_kind_find(&kind, tee, version, td, e))
		return false;
	if (!text_of(&status, settings, "status", ret_key, e) ||
	    (status && !tee_status_find(&status, status, e)))
		return false;
	body = tee_kind_form(kind).body;
	*ret_key = "report";
	if (report && !json_is_null(report) &&
	    !tee_report_set(body == QUOTE_BODY_SGX ? (void *)&sgx_scratch
						   : (void *)&td_scratch,
			    body, report, e))
		return false;
	return check_hardware(settings, ret_key, e);
}
