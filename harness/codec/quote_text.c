/* quote_doc_text: the document as columns. */
#include "codec/quote_doc.h"

#include "base/base.h"

static const char *text_of(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s ? s : "";
}

static long long int_of(const json_t *j, const char *key)
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
		const char *note = text_of(j, "note");

		if (strcmp(section, text_of(j, "section"))) {
			section = text_of(j, "section");
			buf_addf(out, "%s\n", section);
		}
		buf_addf(out, "%6lld %5lld  %-16s ", int_of(j, "offset"),
			 int_of(j, "bytes"), text_of(j, "name"));
		value(out, json_object_get(j, "value"));
		buf_addf(out, "%s%s%s\n%31s%s\n", *note ? " (" : "", note,
			 *note ? ")" : "", "", text_of(j, "doc"));
	}
}

static void signatures(struct buf *out, const json_t *all)
{
	const json_t *j;
	size_t i;

	buf_adds(out, "signatures\n");
	json_array_foreach(all, i, j)
	    buf_addf(out, "  %-5s %s\n", true_at(j, "holds") ? "good" : "BAD",
		     text_of(j, "what"));
}

static void platform(struct buf *out, const json_t *p)
{
	const json_t *comp;
	size_t i;

	buf_addf(out,
		 "    platform FMSPC %s, PCE id %s, PCE SVN %lld, SGX type "
		 "%lld\n    PPID %s%s%s\n    CPU SVN %s, components",
		 text_of(p, "fmspc"), text_of(p, "pce_id"),
		 int_of(p, "pce_svn"), int_of(p, "sgx_type"),
		 text_of(p, "ppid"),
		 json_object_get(p, "instance_id") ? ", instance " : "",
		 text_of(p, "instance_id"), text_of(p, "cpu_svn"));
	json_array_foreach(json_object_get(p, "components"), i, comp)
	    buf_addf(out, " %lld", (long long)json_integer_value(comp));
	buf_addc(out, '\n');
}

static void certificates(struct buf *out, const json_t *all)
{
	const json_t *j, *ext;
	size_t i, k;

	buf_addf(out, "certificates: %zu\n", json_array_size(all));
	json_array_foreach(all, i, j)
	{
		if (json_object_get(j, "error")) {
			buf_addf(out, "%6lld  %s\n", int_of(j, "offset"),
				 text_of(j, "error"));
			continue;
		}
		buf_addf(out,
			 "%6lld  %zu: %s\n    issuer %s\n    serial %s\n    "
			 "valid %s to %s\n    %s key %s%s\n    extensions:",
			 int_of(j, "offset"), i, text_of(j, "subject"),
			 text_of(j, "issuer"), text_of(j, "serial"),
			 text_of(j, "not_before"), text_of(j, "not_after"),
			 text_of(j, "key_kind"), text_of(j, "key"),
			 true_at(j, "ca") ? ", CA" : "");
		json_array_foreach(json_object_get(j, "extensions"), k, ext)
		    buf_addf(out, "%s %s%s", k ? "," : "", text_of(ext, "name"),
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
		buf_addf(out, "event log: %s\n", text_of(log, "error"));
		return;
	}
	buf_adds(out, "event log\n");
	json_array_foreach(json_object_get(log, "events"), i, j)
	    buf_addf(out, "  RTMR%lld  %-20s %s%s\n", int_of(j, "imr"),
		     *text_of(j, "event") ? text_of(j, "event") : "(boot)",
		     *text_of(j, "payload") ? text_of(j, "payload")
					    : text_of(j, "digest"),
		     json_is_false(json_object_get(j, "fits"))
			 ? "  its digest does NOT fit"
			 : "");
	json_array_foreach(json_object_get(log, "registers"), i, j)
	    buf_addf(out, "  RTMR%lld replayed: %s\n", int_of(j, "imr"),
		     true_at(j, "agrees") ? "agrees with the quote"
					  : "is NOT what the quote says");
}

void quote_doc_text(struct buf *out, const json_t *doc)
{
	const json_t *log = json_object_get(doc, "events");

	buf_addf(out, "quote of %lld bytes, %s version %lld\n",
		 int_of(doc, "bytes"), text_of(doc, "tee"),
		 int_of(doc, "version"));
	fields(out, json_object_get(doc, "fields"));
	signatures(out, json_object_get(doc, "signatures"));
	certificates(out, json_object_get(doc, "certificates"));
	if (log)
		events(out, log);
}
