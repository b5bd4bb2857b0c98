/*
 * load_doc - the files that a library has read, each parsed once.
 */
#include <errno.h>

#include "base/base.h"
#include "scenario/load_priv.h"

void load_note_err(struct library *lib, const struct err *e,
		     const char *path, const char *text, size_t len)
{
	CLEANUP(freep) char *line = NULL;
	struct src_pos pos = e->pos;
	size_t start = 0, n;

	pos.file = path;
	for (uint32_t i = 1; text && i < pos.line && start < len; i++) {
		const char *nl = memchr(text + start, '\n', len - start);

		start = nl ? (size_t)(nl - text) + 1 : len;
	}
	if (text && pos.line) {
		n = start;
		while (n < len && text[n] != '\n' && text[n] != '\r' &&
		       text[n])
			n++;
		line = xstrndup(text + start, n - start);
	}
	diag_add(lib->diags, pos, pos.line ? 1 : 0, line, NULL, "%s", e->text);
}

const struct yaml_doc *load_keep_doc(struct library *lib, const char *path,
				       struct yaml_doc *doc)
{
	GROW(lib->docs, lib->docs_n, lib->docs_cap);
	lib->docs[lib->docs_n++] =
		(struct cached_doc){ .path = xstrdup(path), .doc = doc };
	return doc;
}

static struct cached_doc *find_doc(struct library *lib, const char *path)
{
	for (size_t i = 0; i < lib->docs_n; i++)
		if (!strcmp(lib->docs[i].path, path))
			return &lib->docs[i];
	return NULL;
}

void load_forget_doc(struct library *lib, const char *path)
{
	struct cached_doc *known = find_doc(lib, path);

	if (!known || known->shared)
		return;
	yaml_doc_free(known->doc);
	free(known->path);
	*known = lib->docs[--lib->docs_n];
}

/* The finding's place names the file; its text need not as well. */
static void note_unread(struct library *lib, const char *path,
			const char *why)
{
	size_t n = strlen(path);

	if (!strncmp(why, path, n) && (why[n] == ':' || why[n] == ' '))
		why += n + 1;
	while (*why == ' ')
		why++;
	diag_add(lib->diags, (struct src_pos){ path, 0, 0 }, 0, NULL, NULL,
		 "%s", why);
}

#define GAPS_MAX 32

/* What steps save is known by its own: only variables come from them. */
static bool in_steps(const char *text, const struct yaml_gap *g)
{
	static const char key[] = "steps:";

	return g->from != g->key && g->to - g->key > strlen(key) &&
	       !strncmp(text + g->key, key, strlen(key));
}

/*
 * What cannot be read in one step, or for one operator, says nothing about the
 * others: they are read without it.
 */
static struct yaml_doc *parse(struct library *lib, const char *path,
			      const char *text, size_t len)
{
	CLEANUP(freep) char *rest = NULL;
	struct buf unread = BUF_INIT(YAML_FILE_MAX);
	struct yaml_doc *doc = NULL;
	struct err e = ERR_INIT;
	struct yaml_gap g;
	bool gaps = false;
	int left = GAPS_MAX;

	while (!yaml_parse(&doc, path, rest ? rest : text, len, &e)) {
		load_note_err(lib, &e, path, text, len);
		if (!rest)
			rest = memcpy(xcalloc(len + 1, 1), text, len);
		if (!left-- || !yaml_leave_out(rest, len, e.pos.line, &g))
			break;
		if (in_steps(text, &g))
			gaps = true;
		else
			buf_add(&unread, text + g.from, g.to - g.from);
	}
	if (doc) {
		doc->gaps = gaps;
		doc->torn = unread.len != 0;
		diags_unread(lib->diags, buf_str(&unread));
	}
	buf_done(&unread);
	return doc;
}

/* A file's tree, read once; NULL after a finding. */
const struct yaml_doc *load_doc(struct library *lib, const char *path)
{
	struct buf text = BUF_INIT(YAML_FILE_MAX);
	struct yaml_doc *doc = NULL;
	struct cached_doc *known = find_doc(lib, path);
	struct err e = ERR_INIT;

	if (known) {
		known->shared = true;
		return known->doc;
	}
	if (!buf_read_file(&text, path, &e))
		note_unread(lib, path, e.text);
	else
		doc = parse(lib, path, buf_str(&text), text.len);
	buf_done(&text);
	return load_keep_doc(lib, path, doc);
}
