/*
 * What libyaml could not read, in an author's words: where the mistake is, not
 * where it was noticed, and what to write instead.
 */
#include "codec/yaml_priv.h"

#include "base/base.h"

/* The first character of a line that is no space, from 0. */
static size_t indent_of(const char *line, size_t len)
{
	size_t n = 0;

	while (n < len && line[n] == ' ')
		n++;
	return n;
}

/* What stands at a place, and whether it is the first thing in its line. */
struct spot {
	const char *at; /* some characters of the line, or "" at its end */
	size_t left;
	bool first;
};

static struct spot spot_of(const struct yaml_doc *doc, struct src_pos pos)
{
	size_t len, bytes = 0, chars = 0;
	const char *line = yaml_line(doc, pos.line, &len);

	while (bytes < len && chars + 1 < pos.col) {
		do
			bytes++;
		while (bytes < len && ((unsigned char)line[bytes] & 0xc0) ==
					      0x80);
		chars++;
	}
	return (struct spot){ .at = bytes < len ? line + bytes : "",
			      .left = len - bytes,
			      .first = indent_of(line, len) >= bytes };
}

static bool misplaced(struct err *e, const struct yaml_doc *doc,
		      struct src_pos at)
{
	const struct spot s = spot_of(doc, at);

	if (s.first)
		return err_at(e, at, ERR_PARSE,
			      "nothing that is open here begins in column %u, "
			      "as this line does: indent it like its "
			      "neighbours", at.col);
	if (*s.at == ']' || *s.at == '}')
		return err_at(e, at, ERR_PARSE,
			      "this `%c` closes nothing", *s.at);
	return err_at(e, at, ERR_PARSE,
		      "nothing may follow the quote or bracket that ends a "
		      "value: write the value without quotes, or quote the "
		      "whole of it with '…'");
}

/* In [] or {}: @open is where it began. */
static bool unfinished(struct err *e, const struct yaml_doc *doc,
		       struct src_pos at, struct src_pos open)
{
	const char bracket = *spot_of(doc, open).at;
	const char close = bracket == '[' ? ']' : '}';
	const struct spot s = spot_of(doc, at);

	if (at.line != open.line || !*s.at)
		return err_at(e, open, ERR_PARSE,
			      "this `%c` is not closed in its line", bracket);
	if (*s.at == ']' || *s.at == '}')
		return err_at(e, at, ERR_PARSE,
			      "this `%c` should be the `%c` of column %u's "
			      "`%c`", *s.at, close, open.col, bracket);
	return err_at(e, at, ERR_PARSE,
		      "a comma or `%c` is missing here; a value that is more "
		      "than one word and has quotes or brackets in it is "
		      "quoted whole, with '…'", close);
}

static bool two_colons(struct err *e, const struct yaml_doc *doc,
		       struct src_pos at)
{
	size_t len;
	const char *line = yaml_line(doc, at.line, &len);
	size_t i = indent_of(line, len);

	while (i + 1 < len && i + 1 < at.col &&
	       (line[i] != ':' || line[i + 1] != ' '))
		i++;
	if (i + 1 < len && i + 1 < at.col)
		return err_at(e, at, ERR_PARSE,
			      "`: ` makes a key of what stands before it: "
			      "quote the value with '…', or begin the map in "
			      "the next line");
	return err_at(e, at, ERR_PARSE,
		      "this line is indented as more of the value above it, "
		      "and has a key: give it the column of its neighbours");
}

bool yaml_syntax_error(struct err *e, const struct yaml_doc *doc,
		       const char *problem, struct src_pos at,
		       const char *context, struct src_pos from)
{
	const struct spot s = spot_of(doc, at);

	if (strstr(problem, "mapping values are not allowed"))
		return two_colons(e, doc, at);
	if (strstr(problem, "cannot start any token"))
		return err_at(e, at, ERR_PARSE,
			      "no value begins with `%c`: quote it with '…'",
			      *s.at);
	if (strstr(problem, "could not find expected ':'"))
		return err_at(e, from, ERR_PARSE,
			      "a key has a colon and a space behind it: "
			      "`key: value`");
	if (strstr(problem, "did not find expected key") ||
	    strstr(problem, "expected '-' indicator"))
		return misplaced(e, doc, at);
	if (strstr(problem, "did not find expected ','"))
		return unfinished(e, doc, at, from);
	if (strstr(problem, "expected node content"))
		return err_at(e, at, ERR_PARSE, "a value is missing here");
	if (strstr(problem, "block sequence entries"))
		return err_at(e, at, ERR_PARSE,
			      "a list in its key's line is written [a, b]; "
			      "with `- ` each item has a line of its own");
	if (context && strstr(context, "quoted scalar") &&
	    strstr(problem, "unexpected"))
		return err_at(e, from, ERR_PARSE,
			      "this quote is never closed");
	if (strstr(problem, "unknown escape"))
		return err_at(e, at, ERR_PARSE,
			      "`\\%c` means nothing in \"…\"; in '…' a "
			      "backslash is itself",
			      s.left > 1 ? s.at[1] : ' ');
	if (context && strstr(context, "block scalar"))
		return err_at(e, from, ERR_PARSE,
			      "`%c` begins a text in the lines below; a value "
			      "that begins with it is quoted with '…'",
			      *spot_of(doc, from).at);
	if (context && (strstr(context, "anchor") || strstr(context, "alias") ||
			strstr(context, "a tag")))
		return err_at(e, from, ERR_PARSE,
			      "`%c` has a meaning of its own at the start of a "
			      "value, which is not used here: quote it with "
			      "'…'",
			      *spot_of(doc, from).at);
	if (context && strstr(context, "directive"))
		return err_at(e, from, ERR_UNSUPPORTED,
			      "`%%` directives are not used here");
	if (strstr(problem, "<document start>"))
		return err_at(e, at, ERR_PARSE,
			      "the file has ended before this: one file is one "
			      "document");
	if (context)
		return err_at(e, at, ERR_PARSE, "%s (%s in line %u)", problem,
			      context, from.line);
	return err_at(e, at, ERR_PARSE, "%s", problem);
}

bool yaml_several_lines(struct err *e, const struct yaml_doc *doc,
			const struct yaml_node *n, bool in_flow)
{
	size_t len;
	const char *line = yaml_line(doc, n->pos.line, &len);
	const struct spot s = spot_of(doc, n->pos);
	const size_t before = (size_t)(s.at - line);
	const bool in_item = before >= 2 && !memcmp(s.at - 2, "- ", 2);

	if (n->style == YAML_SINGLE || n->style == YAML_DOUBLE)
		return err_at(e, n->pos, ERR_UNSUPPORTED,
			      "this quote is not closed in its line");
	if (in_flow)
		return err_at(e, n->pos, ERR_UNSUPPORTED,
			      "a value ends in its line: close the bracket "
			      "before it, or set a comma");
	if (s.first || in_item)
		return err_at(e, n->pos, ERR_UNSUPPORTED,
			      "a key has a colon and a space behind it: "
			      "`key: value`");
	return err_at(e, n->pos, ERR_UNSUPPORTED,
		      "line %u goes on with this value, because it is indented "
		      "deeper than its key; a value is one line",
		      n->pos.line + 1);
}

/* --- what can be left out ----------------------------------------------------- */

static size_t next_line(const char *text, size_t len, size_t at)
{
	const char *nl = memchr(text + at, '\n', len - at);

	return nl ? (size_t)(nl - text) + 1 : len;
}

/* Whether the line at @at says something, and in which column. */
static bool says(const char *text, size_t at, size_t end, size_t *ret_indent)
{
	*ret_indent = indent_of(text + at, end - at);
	return at + *ret_indent < end && text[at + *ret_indent] != '\n' &&
	       text[at + *ret_indent] != '\r' &&
	       text[at + *ret_indent] != '#';
}

/* Where a key of the root begins: at its margin, and no item of a list. */
static bool is_section(const char *text, size_t at, size_t indent)
{
	return !indent && text[at] != '-' && text[at] != '\t';
}

/* The key of the root that a line is under, and what it holds. */
struct section {
	size_t key, end;     /* of the text: its line, and the next key's */
	size_t from, to;     /* of the item that the line is in */
	size_t items, column;
	bool first, list;
};

static void begin_section(struct section *s, size_t key)
{
	*s = (struct section){ .key = key, .first = s->key == SIZE_MAX,
			       .column = SIZE_MAX, .from = SIZE_MAX };
}

static void add_line(struct section *s, const char *text, size_t at,
		     size_t indent, bool before)
{
	if (s->column == SIZE_MAX) {
		s->column = indent;
		s->list = text[at + indent] == '-';
	}
	if (indent != s->column || (s->list && text[at + indent] != '-'))
		return;
	s->items++;
	if (before)
		s->from = at;
	else if (s->to == 0)
		s->to = at;
}

static bool find_section(struct section *s, const char *text, size_t len,
			 uint32_t line)
{
	uint32_t number = 0;

	*s = (struct section){ .key = SIZE_MAX };
	for (size_t at = 0, end, indent; at < len; at = end) {
		end = next_line(text, len, at);
		number++;
		if (!says(text, at, end, &indent))
			continue;
		if (!is_section(text, at, indent)) {
			if (s->key != SIZE_MAX)
				add_line(s, text, at, indent, number <= line);
		} else if (number <= line) {
			begin_section(s, at);
		} else {
			s->end = at;
			break;
		}
	}
	if (!s->end)
		s->end = len;
	return s->key != SIZE_MAX;
}

/* What the file is stays known, by its first key. */
static bool leave_value_out(char *text, const struct section *s,
			    struct yaml_gap *ret)
{
	const char *colon = memchr(text + s->key, ':', s->end - s->key);
	size_t at = colon ? (size_t)(colon - text) + 2 : s->end;
	bool changed = false;

	if (at >= s->end || text[at - 1] != ' ')
		return false;
	for (size_t i = at; i < s->end; i++) {
		const char to = i == at ? 'x' : ' ';

		changed |= text[i] != '\n' && text[i] != to;
		if (text[i] != '\n')
			text[i] = to;
	}
	*ret = (struct yaml_gap){ s->key, at, s->end };
	return changed;
}

bool yaml_leave_out(char *text, size_t len, uint32_t line,
		    struct yaml_gap *ret)
{
	struct section s;

	if (!find_section(&s, text, len, line))
		return false;
	if (s.first)
		return leave_value_out(text, &s, ret);
	/* A list of nothing would be one more mistake. */
	if (s.from == SIZE_MAX || s.items < 2) {
		s.from = s.key;
		s.to = s.end;
	}
	if (!s.to)
		s.to = s.end;
	for (size_t i = s.from; i < s.to; i++)
		if (text[i] != '\n')
			text[i] = ' ';
	*ret = (struct yaml_gap){ s.key, s.from, s.to };
	return true;
}
