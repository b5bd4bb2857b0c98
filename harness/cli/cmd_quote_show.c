/*
 * quote show - every field of a quote with its offset, its signatures and
 * certificates, and the event log that goes with it; or collateral.
 */
#include "cli/commands.h"
#include "codec/collateral_doc.h"
#include "codec/quote_doc.h"

#include "base/base.h"

#define FILE_MAX ((size_t)16 << 20)
#define TEXT_MAX ((size_t)16 << 20)

struct options {
	const char *events;
	bool json;
};

static const struct option_spec options[] = {
	{ "events", OPTION_TEXT, "FILE",
	  "an event log (JSON) to replay against the registers",
	  offsetof(struct options, events) },
	{ "json", OPTION_FLAG, NULL, "the same as one JSON object",
	  offsetof(struct options, json) },
	{ .name = NULL },
};

static void print(const json_t *doc, bool json,
		  void (*as_text)(struct buf *out, const json_t *doc))
{
	CLEANUP(freep) char *text = NULL;
	struct buf out = BUF_INIT(TEXT_MAX);

	if (json) {
		text = json_text(doc);
		puts(text);
		return;
	}
	as_text(&out, doc);
	fputs(buf_str(&out), stdout);
	buf_done(&out);
}

static int show(const char *path, const struct options *o)
{
	struct buf file = BUF_INIT(FILE_MAX), quote = BUF_INIT(FILE_MAX);
	CLEANUP(json_decrefp) json_t *events = NULL, *doc = NULL;
	CLEANUP(json_decrefp) json_t *given = NULL, *collateral = NULL;
	struct err e = ERR_INIT;
	int code = EXIT_OK;

	if (!buf_read_file(&file, path, &e) ||
	    (o->events && !json_read_file(&given, o->events, &e))) {
		code = command_failed(&e);
	} else if ((collateral = collateral_file(buf_str(&file), file.len))) {
		doc = collateral_doc(collateral);
		print(doc, o->json, collateral_doc_text);
	} else if (!quote_file(&quote, &events, file.data, file.len, &e) ||
		   !quote_doc(&doc, quote.data, quote.len,
			      given ? given : events, &e)) {
		fprintf(stderr, "avsbed: %s: no quote: %s\n", path, e.text);
		code = EXIT_FAILED;
	} else {
		print(doc, o->json, quote_doc_text);
	}
	buf_done(&file);
	buf_done(&quote);
	return code;
}

static int show_main(const char *const *argv)
{
	CLEANUP(freep) const char **files = NULL;
	struct options o = { 0 };
	int code;

	if (!command_options(&command_quote_show, &o, argv, &files, &code))
		return code;
	if (!files[0] || files[1]) {
		fputs("avsbed quote show: say one FILE: a quote, the same as "
		      "hex or base64, a guest agent's answer to GetQuote, or "
		      "collateral\n",
		      stderr);
		return EXIT_USAGE;
	}
	return show(files[0], &o);
}

const struct command command_quote_show = {
	.name = "quote show",
	.args = "FILE",
	.help = "a quote or its collateral, explained",
	.options = options,
	.main = show_main,
};
