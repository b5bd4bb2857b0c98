/* quote_doc_text: the document as columns. */
#include "codec/quote_doc.h"

#include "codec/quote_doc_priv.h"

#include "base/base.h"

const char *text_member(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s ? s : "";
}

long long text_int(const json_t *j, const char *key)
{
	return json_integer_value(json_object_get(j, key));
}

static bool true_at(const json_t *j, const char *key)
{
	return json_is_true(json_object_get(j, key));
}

/* "0x" and more than eight bytes, all zero: nobody counts them. */
static bool many_zeros(const char *hex)
{
	size_t n = strlen(hex);

	return n > 2 + 16 && strspn(hex + 2, "0") == n - 2;
}

static void value(struct buf *out, const json_t *j)
{
	const char *s = json_string_value(j);
	size_t n;

	if (!s) {
		buf_addf(out, "%lld", (long long)json_integer_value(j));
		return;
	}
	n = strlen(s);
	if (many_zeros(s))
		buf_adds(out, "zeros");
	else if (n > 2 + 2 * 64)
		buf_addf(out, "%.66s… (%zu bytes)", s, n / 2 - 1);
	else
		buf_adds(out, s);
}

static void fields(struct buf *out, const json_t *all)
{
	const char *section = "";
	const json_t *j;
	size_t i;

	buf_addf(out, "%6s %5s  %-16s %s\n", "offset", "bytes", "name",
		 "value");
	json_array_foreach(all, i, j)
	{
		const char *note = text_member(j, "note");

		if (strcmp(section, text_member(j, "section"))) {
			section = text_member(j, "section");
			buf_addf(out, "%s\n", section);
		}
		buf_addf(out, "%6lld %5lld  %-16s ", text_int(j, "offset"),
			 text_int(j, "bytes"), text_member(j, "name"));
		value(out, json_object_get(j, "value"));
		buf_addf(out, "%s%s%s\n%31s%s\n", *note ? " (" : "", note,
			 *note ? ")" : "", "", text_member(j, "doc"));
	}
}

void text_signatures(struct buf *out, const json_t *all)
{
	const json_t *j;
	size_t i;

	buf_adds(out, "signatures\n");
	json_array_foreach(all, i, j)
	    buf_addf(out, "  %-5s %s\n", true_at(j, "holds") ? "good" : "BAD",
		     text_member(j, "what"));
}

static void platform(struct buf *out, const json_t *p)
{
	const json_t *comp;
	size_t i;

	buf_addf(out,
		 "    platform FMSPC %s, PCE id %s, PCE SVN %lld, SGX type "
		 "%lld\n    PPID %s%s%s\n    CPU SVN %s, components",
		 text_member(p, "fmspc"), text_member(p, "pce_id"),
		 text_int(p, "pce_svn"), text_int(p, "sgx_type"),
		 text_member(p, "ppid"),
		 json_object_get(p, "instance_id") ? ", instance " : "",
		 text_member(p, "instance_id"), text_member(p, "cpu_svn"));
	json_array_foreach(json_object_get(p, "components"), i, comp)
	    buf_addf(out, " %lld", (long long)json_integer_value(comp));
	buf_addc(out, '\n');
}

void text_certificates(struct buf *out, const json_t *all)
{
	const json_t *j, *ext;
	size_t i, k;

	buf_addf(out, "certificates: %zu\n", json_array_size(all));
	json_array_foreach(all, i, j)
	{
		if (json_object_get(j, "error")) {
			buf_addf(out, "%6lld  %s\n", text_int(j, "offset"),
				 text_member(j, "error"));
			continue;
		}
		buf_addf(out,
			 "%6lld  %zu: %s\n    issuer %s\n    serial %s\n    "
			 "valid %s to %s\n    %s key %s%s\n    extensions:",
			 text_int(j, "offset"), i, text_member(j, "subject"),
			 text_member(j, "issuer"), text_member(j, "serial"),
			 text_member(j, "not_before"), text_member(j, "not_after"),
			 text_member(j, "key_kind"), text_member(j, "key"),
			 true_at(j, "ca") ? ", CA" : "");
		json_array_foreach(json_object_get(j, "extensions"), k, ext)
		    buf_addf(out, "%s %s%s", k ? "," : "", text_member(ext, "name"),
			     true_at(ext, "critical") ? " (critical)" : "");
		buf_addc(out, '\n');
		if (json_object_get(j, "platform"))
			platform(out, json_object_get(j, "platform"));
	}
}

static void events(struct buf *out, const json_t *log)
{
	const json_t *j;
	size_t i;

	if (json_object_get(log, "error")) {
		buf_addf(out, "event log: %s\n", text_member(log, "error"));
		return;
	}
	buf_adds(out, "event log\n");
	json_array_foreach(json_object_get(log, "events"), i, j)
	    buf_addf(out, "  RTMR%lld  %-20s %s%s\n", text_int(j, "imr"),
		     *text_member(j, "event") ? text_member(j, "event") : "(boot)",
		     *text_member(j, "payload") ? text_member(j, "payload")
					    : text_member(j, "digest"),
		     json_is_false(json_object_get(j, "fits"))
			 ? "  its digest does NOT fit"
			 : "");
	json_array_foreach(json_object_get(log, "registers"), i, j)
	    buf_addf(out, "  RTMR%lld replayed: %s\n", text_int(j, "imr"),
		     true_at(j, "agrees") ? "agrees with the quote"
					  : "is NOT what the quote says");
}

void quote_doc_text(struct buf *out, const json_t *doc)
{
	const json_t *log = json_object_get(doc, "events");

	buf_addf(out, "quote of %lld bytes, %s version %lld\n",
		 text_int(doc, "bytes"), text_member(doc, "tee"),
		 text_int(doc, "version"));
	fields(out, json_object_get(doc, "fields"));
	text_signatures(out, json_object_get(doc, "signatures"));
	text_certificates(out, json_object_get(doc, "certificates"));
	if (log)
		events(out, log);
}
