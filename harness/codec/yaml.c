#include "codec/yaml.h"

#include <yaml.h>

#include "base/base.h"

#include "base/buf.h"
#include "codec/yaml_priv.h"

struct loader {
	yaml_parser_t parser;
	yaml_event_t event;
	bool has_event;
	struct yaml_doc *doc;
	size_t nodes;
};

/*
 * Characters, not bytes: what libyaml's marks count. Everything that an
 * editor and libyaml would count differently is refused, so that a column is
 * always what the author sees.
 */
static bool utf8_next(uint32_t *ret, size_t *ret_n, const unsigned char *s,
		      size_t left)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = s[0] < 0x80		? 1
		   : (s[0] >> 5) == 6	? 2
		   : (s[0] >> 4) == 14	? 3
		   : (s[0] >> 3) == 30	? 4
					: 0;
	uint32_t c;

	if (!n || n > left)
		return false;
	c = n == 1 ? s[0] : s[0] & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return false;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return false;
	*ret = c;
	*ret_n = n;
	return true;
}

/* Why character @c may not stand in a file; NULL if it may. */
static const char *refused_char(uint32_t c, unsigned char after)
{
	if (c == '\t')
		return "a tab; indent and separate with spaces";
	if (c == '\r')
		return after == '\n' ? NULL
				     : "a carriage return within a line";
	if (c == 0xfeff)
		return "a byte order mark; save the file as plain UTF-8";
	if (c == 0)
		return "a NUL character";
	if ((c < 0x20 && c != '\n') || c == 0x7f || (c > 0x7f && c < 0xa0))
		return "a control character";
	if (c == 0x2028 || c == 0x2029)
		return "a Unicode line separator; break lines with Enter";
	return NULL;
}

static bool check_chars(const char *file, const char *text, size_t len,
			struct err *e)
{
	struct src_pos pos = { file, 1, 1 };
	uint32_t c = 0;
	size_t n = 0;

	for (size_t i = 0; i < len; i += n) {
		const unsigned char *s = (const unsigned char *)text + i;
		const char *why;

		/* What nearly all are may stand anywhere. */
		if (*s >= ' ' && *s < 0x7f) {
			pos.col++;
			n = 1;
			continue;
		}
		if (!utf8_next(&c, &n, s, len - i))
			return err_at(e, pos, ERR_PARSE,
				      "byte 0x%02x is not UTF-8", s[0]);
		why = refused_char(c, i + 1 < len ? s[1] : 0);
		if (why)
			return err_at(e, pos, ERR_PARSE, "%s", why);
		pos.col++;
		if (c == '\n') {
			pos.line++;
			pos.col = 1;
		}
	}
	return true;
}

static struct src_pos mark_pos(const struct loader *l, yaml_mark_t m)
{
	return (struct src_pos){ l->doc->file, (uint32_t)m.line + 1,
				 (uint32_t)m.column + 1 };
}

static bool syntax_error(struct loader *l, struct err *e)
{
	const yaml_parser_t *p = &l->parser;
	struct src_pos pos = mark_pos(l, p->problem_mark);

	if (p->error == YAML_MEMORY_ERROR || !p->problem)
		return err_at(e, pos, ERR_LIMIT, "the file cannot be parsed");
	return yaml_syntax_error(e, l->doc, p->problem, pos, p->context,
				 p->context ? mark_pos(l, p->context_mark)
					    : pos);
}

/* The next event into l->event; the one before is released. */
static bool next(struct loader *l, struct err *e)
{
	if (l->has_event)
		yaml_event_delete(&l->event);
	l->has_event = false;
	if (!yaml_parser_parse(&l->parser, &l->event))
		return syntax_error(l, e);
	l->has_event = true;
	return true;
}

static bool refuse_decoration(struct loader *l, const yaml_char_t *anchor,
			      const yaml_char_t *tag, struct err *e)
{
	struct src_pos pos = mark_pos(l, l->event.start_mark);

	if (anchor)
		return err_at(e, pos, ERR_UNSUPPORTED,
			      "anchor &%s: anchors and aliases are not used "
			      "here; a verb or `let` names a thing once",
			      (const char *)anchor);
	if (tag)
		return err_at(e, pos, ERR_UNSUPPORTED,
			      "tag %s: tags are not used here; a value has "
			      "its type from where it stands, and `not x` is "
			      "the negation",
			      (const char *)tag);
	return true;
}

static bool new_node(struct yaml_node **ret, struct loader *l,
		     enum yaml_kind kind, struct err *e)
{
	struct yaml_node *n;

	if (++l->nodes > YAML_NODES_MAX)
		return err_at(e, mark_pos(l, l->event.start_mark), ERR_LIMIT,
			      "more than %d nodes in one file",
			      YAML_NODES_MAX);
	n = ARENA_NEW(l->doc->arena, struct yaml_node);
	n->kind = kind;
	n->pos = mark_pos(l, l->event.start_mark);
	*ret = n;
	return true;
}

/* The first bracket of @s that has no partner, or 0. */
static char unbalanced(const char *s)
{
	char open[32];
	size_t n = 0;

	for (; *s; s++) {
		if (*s == '(' || *s == '[' || *s == '{') {
			if (n == sizeof(open))
				return *s;
			open[n++] = *s;
		} else if (*s == ')' || *s == ']' || *s == '}') {
			char want = *s == ')' ? '(' : *s == ']' ? '[' : '{';

			if (!n || open[--n] != want)
				return *s;
		}
	}
	return n ? open[n - 1] : 0;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* ` #0`, whatever follows; ` # 0` if nothing does: a comment says more. */
static bool is_index(const char *s, size_t len, char *ret_digit)
{
	size_t i = 2;

	if (len < 3 || s[0] != ' ' || s[1] != '#')
		return false;
	while (i < len && s[i] == ' ')
		i++;
	if (i == len || !is_digit(s[i]))
		return false;
	*ret_digit = s[i];
	if (i == 2)
		return true;
	while (i < len && (is_digit(s[i]) || s[i] == ' ' || s[i] == '\r'))
		i++;
	return i == len;
}

/*
 * What YAML does behind one's back with a plain scalar: a comma inside []
 * or {} ends it, and so does a space before `#`.
 */
static bool check_plain(struct loader *l, const struct yaml_node *n,
			bool in_flow, struct err *e)
{
	const char *line;
	char digit = 0;
	size_t len = 0, end = n->pos.col - 1 + n->width, i, chars = 0;

	if (in_flow && unbalanced(n->text))
		return err_at(e, n->pos, ERR_PARSE,
			      "`%s`: a comma ends a plain scalar here; write "
			      "it in block form or quote it with '…'",
			      n->text);
	line = yaml_line(l->doc, n->pos.line, &len);
	for (i = 0; i < len && chars < end; i++)
		if (((unsigned char)line[i] & 0xc0) != 0x80)
			chars++;
	while (i < len && ((unsigned char)line[i] & 0xc0) == 0x80)
		i++;
	if (i < len && is_index(line + i, len - i, &digit)) {
		struct src_pos pos = n->pos;

		pos.col = (uint32_t)end + 2;
		return err_at(e, pos, ERR_PARSE,
			      "a space before `#` starts a comment: write "
			      "`%s#%c` without it",
			      n->text, digit);
	}
	return true;
}

static bool build_scalar(struct yaml_node *n, struct loader *l, bool in_flow,
			 struct err *e)
{
	const yaml_event_t *ev = &l->event;
	yaml_scalar_style_t style = ev->data.scalar.style;
	bool one_line = ev->start_mark.line == ev->end_mark.line;

	/* An explicit tag is refused, not the resolved one. */
	if (!refuse_decoration(l, ev->data.scalar.anchor, ev->data.scalar.tag,
			       e))
		return false;
	if (style == YAML_FOLDED_SCALAR_STYLE)
		return err_at(e, n->pos, ERR_UNSUPPORTED,
			      "a folded text (`>`) loses its columns; use `|` "
			      "or one line");
	n->style = style == YAML_SINGLE_QUOTED_SCALAR_STYLE   ? YAML_SINGLE
		   : style == YAML_DOUBLE_QUOTED_SCALAR_STYLE ? YAML_DOUBLE
		   : style == YAML_LITERAL_SCALAR_STYLE	      ? YAML_BLOCK
							      : YAML_PLAIN;
	if (n->style != YAML_BLOCK && !one_line)
		return yaml_several_lines(e, l->doc, n, in_flow);
	n->text = arena_strndup(l->doc->arena,
				(const char *)ev->data.scalar.value,
				ev->data.scalar.length);
	if (strlen(n->text) != ev->data.scalar.length)
		return err_at(e, n->pos, ERR_PARSE, "a NUL character (\\0)");
	n->width = one_line ? (uint32_t)(ev->end_mark.column -
					 ev->start_mark.column)
			    : 1;
	return n->style != YAML_PLAIN || check_plain(l, n, in_flow, e);
}

static bool build(const struct yaml_node **ret, struct loader *l,
		  unsigned depth, bool in_flow, struct err *e);

/* Nothing where a value should be: libyaml gives an empty plain scalar. */
static bool is_missing(const struct yaml_node *n)
{
	return n->kind == YAML_SCALAR && n->style == YAML_PLAIN &&
	       !n->text[0];
}

static bool build_list(struct yaml_node *n, struct loader *l, unsigned depth,
		       struct err *e)
{
	CLEANUP(freep) const struct yaml_node **items = NULL;
	size_t cap = 0;

	n->flow = l->event.data.sequence_start.style ==
		  YAML_FLOW_SEQUENCE_STYLE;
	if (!refuse_decoration(l, l->event.data.sequence_start.anchor,
			       l->event.data.sequence_start.tag, e) ||
	    !next(l, e))
		return false;
	while (l->event.type != YAML_SEQUENCE_END_EVENT) {
		const struct yaml_node *item = NULL;

		if (!build(&item, l, depth, n->flow, e))
			return false;
		if (is_missing(item))
			return err_at(e, item->pos, ERR_PARSE,
				      "a list item without a value");
		GROW(items, n->n, cap);
		items[n->n++] = item;
		if (!next(l, e))
			return false;
	}
	n->items = n->n ? arena_memdup(l->doc->arena, items,
				       n->n * sizeof(*items))
			: NULL;
	return true;
}

/* Whether a colon follows a key: what is missing then is its value alone. */
static bool has_colon(const struct yaml_doc *doc, const struct yaml_node *key)
{
	size_t len = 0, at = 0;
	const char *s = yaml_line(doc, key->pos.line, &len);

	for (uint32_t left = key->pos.col + key->width; left > 1 && at < len;
	     left--)
		do
			at++;
		while (at < len && ((unsigned char)s[at] & 0xc0) == 0x80);
	while (at < len && s[at] == ' ')
		at++;
	return at < len && s[at] == ':';
}

static bool check_key(const struct yaml_doc *doc, const struct yaml_node *map,
		      const struct yaml_node *key,
		      const struct yaml_node *value, struct err *e)
{
	const char *colon;

	if (key->kind != YAML_SCALAR)
		return err_at(e, key->pos, ERR_PARSE,
			      "a key is a name, not a list or a map");
	if (key->style == YAML_BLOCK)
		return err_at(e, key->pos, ERR_PARSE, "a key is one line");
	if (is_missing(key))
		return err_at(e, key->pos, ERR_PARSE, "a value without a key");
	if (key->style == YAML_PLAIN && !strcmp(key->text, "<<"))
		return err_at(e, key->pos, ERR_UNSUPPORTED,
			      "merge keys (`<<`) are not used here; in a "
			      "struct `...: $x` means the rest of $x");
	if (!is_missing(value))
		return true;
	colon = strchr(key->text, ':');
	if (map->flow && colon && key->style == YAML_PLAIN)
		return err_at(e, key->pos, ERR_PARSE,
			      "key `%s` without a value: a space belongs "
			      "after the colon",
			      key->text);
	if (map->flow && !has_colon(doc, key))
		return err_at(e, key->pos, ERR_PARSE,
			      "key `%s` without a value: a comma ends a plain "
			      "scalar here; write it in block form or quote "
			      "it with '…'",
			      key->text);
	return err_at(e, key->pos, ERR_PARSE, "key `%s` without a value",
		      key->text);
}

static int by_key(const void *a, const void *b)
{
	const struct yaml_pair *const *x = a, *const *y = b;
	int c = strcmp((*x)->key->text, (*y)->key->text);

	return c ? c : (*x > *y) - (*x < *y);
}

static bool refuse_duplicates(const struct yaml_node *n, struct err *e)
{
	CLEANUP(freep) const struct yaml_pair **sorted =
		xcalloc(n->n + 1, sizeof(*sorted));

	for (size_t i = 0; i < n->n; i++)
		sorted[i] = &n->pairs[i];
	qsort(sorted, n->n, sizeof(*sorted), by_key);
	for (size_t i = 1; i < n->n; i++) {
		const struct yaml_node *a = sorted[i - 1]->key;
		const struct yaml_node *b = sorted[i]->key;

		if (!strcmp(a->text, b->text))
			return err_at(e, b->pos, ERR_PARSE,
				      "key `%s` a second time; the first is "
				      "in line %u",
				      b->text, a->pos.line);
	}
	return true;
}

static bool build_map(struct yaml_node *n, struct loader *l, unsigned depth,
		      struct err *e)
{
	CLEANUP(freep) struct yaml_pair *pairs = NULL;
	size_t cap = 0;

	n->flow = l->event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
	if (!refuse_decoration(l, l->event.data.mapping_start.anchor,
			       l->event.data.mapping_start.tag, e) ||
	    !next(l, e))
		return false;
	while (l->event.type != YAML_MAPPING_END_EVENT) {
		struct yaml_pair p = { NULL, NULL };

		if (!build(&p.key, l, depth, n->flow, e) || !next(l, e) ||
		    !build(&p.value, l, depth, n->flow, e) ||
		    !check_key(l->doc, n, p.key, p.value, e) || !next(l, e))
			return false;
		GROW(pairs, n->n, cap);
		pairs[n->n++] = p;
	}
	n->pairs = n->n ? arena_memdup(l->doc->arena, pairs,
				       n->n * sizeof(*pairs))
			: NULL;
	return refuse_duplicates(n, e);
}

/* The node that starts with the current event; ends on its last event. */
static bool build(const struct yaml_node **ret, struct loader *l,
		  unsigned depth, bool in_flow, struct err *e)
{
	struct src_pos pos = mark_pos(l, l->event.start_mark);
	struct yaml_node *n = NULL;
	bool ok = false;

	if (depth >= YAML_DEPTH_MAX)
		return err_at(e, pos, ERR_LIMIT,
			      "nested more than %d deep", YAML_DEPTH_MAX);
	/* libyaml's enum has events that never start a node. */
	if (l->event.type == YAML_SCALAR_EVENT) {
		ok = new_node(&n, l, YAML_SCALAR, e) &&
		     build_scalar(n, l, in_flow, e);
	} else if (l->event.type == YAML_SEQUENCE_START_EVENT) {
		ok = new_node(&n, l, YAML_LIST, e) &&
		     build_list(n, l, depth + 1, e);
	} else if (l->event.type == YAML_MAPPING_START_EVENT) {
		ok = new_node(&n, l, YAML_MAP, e) &&
		     build_map(n, l, depth + 1, e);
	} else if (l->event.type == YAML_ALIAS_EVENT) {
		err_at(e, pos, ERR_UNSUPPORTED,
		       "alias *%s: anchors and aliases are not used here",
		       (const char *)l->event.data.alias.anchor);
	} else {
		err_at(e, pos, ERR_PARSE, "nothing where a value should be");
	}
	if (ok)
		*ret = n;
	return ok;
}

static bool build_document(struct loader *l, struct err *e)
{
	struct src_pos start = { l->doc->file, 1, 1 };

	if (!next(l, e) || !next(l, e)) /* stream start, document start */
		return false;
	if (l->event.type == YAML_STREAM_END_EVENT)
		return err_at(e, start, ERR_PARSE, "the file is empty");
	if (l->event.data.document_start.version_directive ||
	    l->event.data.document_start.tag_directives.start !=
		    l->event.data.document_start.tag_directives.end)
		return err_at(e, start, ERR_UNSUPPORTED,
			      "`%%` directives are not used here");
	if (!next(l, e) || !build(&l->doc->root, l, 0, false, e))
		return false;
	if (is_missing(l->doc->root))
		return err_at(e, start, ERR_PARSE, "the file is empty");
	if (!next(l, e) || !next(l, e)) /* document end, and then? */
		return false;
	if (l->event.type != YAML_STREAM_END_EVENT)
		return err_at(e, mark_pos(l, l->event.start_mark), ERR_PARSE,
			      "a second document; one file is one document");
	return true;
}

static void index_lines(struct yaml_doc *doc, const char *text, size_t len)
{
	size_t *lines, n = 1;

	for (size_t i = 0; i < len; i++)
		n += text[i] == '\n';
	lines = ARENA_ARRAY(doc->arena, size_t, n);
	doc->lines = lines;
	doc->lines_n = n;
	n = 1;
	for (size_t i = 0; i < len; i++)
		if (text[i] == '\n')
			lines[n++] = i + 1;
}

bool yaml_parse(struct yaml_doc **ret, const char *file, const char *text,
		size_t len, struct err *e)
{
	CLEANUP(yaml_doc_freep) struct yaml_doc *doc = NULL;
	struct loader l = { .doc = NULL };
	bool ok;

	if (len > YAML_FILE_MAX)
		return err_at(e, (struct src_pos){ file, 0, 0 }, ERR_LIMIT,
			      "%s is larger than %u bytes", file,
			      YAML_FILE_MAX);
	doc = xcalloc(1, sizeof(*doc));
	doc->arena = arena_new();
	doc->file = arena_strdup(doc->arena, file);
	doc->source = arena_strndup(doc->arena, text, len);
	l.doc = doc;
	/* The place of an error outlives this document: the caller's name. */
	if (!check_chars(file, text, len, e))
		return false;
	index_lines(doc, text, len);
	ASSERT(yaml_parser_initialize(&l.parser));
	yaml_parser_set_encoding(&l.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&l.parser,
				     (const unsigned char *)doc->source, len);
	ok = build_document(&l, e);
	if (l.has_event)
		yaml_event_delete(&l.event);
	yaml_parser_delete(&l.parser);
	if (!ok) {
		e->pos.file = file;
		return false;
	}
	*ret = TAKE(doc);
	return true;
}

bool yaml_load(struct yaml_doc **ret, const char *path, struct err *e)
{
	struct buf text = BUF_INIT(YAML_FILE_MAX);
	bool ok = buf_read_file(&text, path, e) &&
		  yaml_parse(ret, path, buf_str(&text), text.len, e);

	buf_done(&text);
	return ok;
}

void yaml_doc_free(struct yaml_doc *doc)
{
	if (!doc)
		return;
	arena_free(doc->arena);
	free(doc);
}

const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
	if (map->kind != YAML_MAP)
		return NULL;
	for (size_t i = 0; i < map->n; i++)
		if (!strcmp(map->pairs[i].key->text, key))
			return map->pairs[i].value;
	return NULL;
}

const char *yaml_line(const struct yaml_doc *doc, uint32_t n, size_t *ret_len)
{
	const char *s, *end;

	*ret_len = 0;
	if (n == 0 || n > doc->lines_n)
		return "";
	s = doc->source + doc->lines[n - 1];
	end = strchr(s, '\n');
	if (!end)
		end = s + strlen(s);
	if (end > s && end[-1] == '\r')
		end--;
	*ret_len = (size_t)(end - s);
	return s;
}
