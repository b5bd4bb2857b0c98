#include "test/kit.h"

#include "base/base.h"

#include "codec/yaml.h"

static struct yaml_doc *load(const char *text)
{
	struct yaml_doc *doc = NULL;
	struct err e = ERR_INIT;

	assert_ok(yaml_parse(&doc, "t.yaml", text, strlen(text), &e), &e);
	return doc;
}

static void places_of_everything(void **state)
{
	CLEANUP(yaml_doc_freep) struct yaml_doc *d = load(
		"a: one\n"
		"list:\n"
		"  - {x: 'y z', n: 1}\n"
		"  - \"t\"\n"
		"text: |\n"
		"  two\n"
		"  lines\n");
	const struct yaml_node *l = yaml_get(d->root, "list");
	const struct yaml_node *y = yaml_get(l->items[0], "x");

	(void)state;
	assert_int_equal(d->root->n, 3);
	assert_int_equal(l->kind, YAML_LIST);
	assert_false(l->flow);
	assert_true(l->items[0]->flow);
	assert_string_equal(y->text, "y z");
	assert_int_equal(y->style, YAML_SINGLE);
	assert_int_equal(y->pos.line, 3);
	assert_int_equal(y->pos.col, 9);
	assert_int_equal(y->width, 5);
	assert_int_equal(l->items[1]->style, YAML_DOUBLE);
	assert_int_equal(l->items[1]->pos.line, 4);
	assert_int_equal(l->items[1]->pos.col, 5);
	assert_string_equal(yaml_get(d->root, "text")->text, "two\nlines\n");
	assert_int_equal(yaml_get(d->root, "text")->style, YAML_BLOCK);
	assert_null(yaml_get(d->root, "b"));
	assert_string_equal(d->root->pos.file, "t.yaml");
}

static void columns_count_characters(void **state)
{
	/* Four characters of one, two, three and four bytes. */
	CLEANUP(yaml_doc_freep) struct yaml_doc *d =
		load("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80: x\r\nb: y\r\n");
	size_t len = 0;

	(void)state;
	assert_int_equal(d->root->pairs[0].value->pos.col, 7);
	assert_int_equal(d->root->pairs[0].key->width, 4);
	assert_int_equal(d->root->pairs[1].value->pos.line, 2);
	assert_int_equal(yaml_line(d, 2, &len)[0], 'b');
	assert_int_equal(len, 4);
	(void)yaml_line(d, 99, &len);
	assert_int_equal(len, 0);
}

struct bad {
	const char *text;
	enum err_code code;
	unsigned line, col;
	const char *part;
};

static const struct bad bads[] = {
	{ "", ERR_PARSE, 1, 1, "the file is empty" },
	{ "# only this\n", ERR_PARSE, 1, 1, "the file is empty" },
	{ "---", ERR_PARSE, 1, 1, "the file is empty" },
	{ "a: &x 1\n", ERR_UNSUPPORTED, 1, 4, "anchor &x" },
	{ "a: &x {b: 1}\n", ERR_UNSUPPORTED, 1, 4, "anchor &x" },
	{ "a: &x [1]\n", ERR_UNSUPPORTED, 1, 4, "anchor &x" },
	{ "a: *x\n", ERR_UNSUPPORTED, 1, 4, "alias *x" },
	{ "a: !!str 1\n", ERR_UNSUPPORTED, 1, 4, "tag " },
	{ "a: !y [1]\n", ERR_UNSUPPORTED, 1, 4, "tag !y" },
	{ "a: 1\n<<: {b: 1}\n", ERR_UNSUPPORTED, 2, 1, "merge keys" },
	{ "a: 1\n---\nb: 1\n", ERR_PARSE, 2, 1, "a second document" },
	{ "%YAML 1.1\n---\na: 1\n", ERR_UNSUPPORTED, 1, 1, "directives" },
	{ "a: 1\nb: 2\na: 3\n", ERR_PARSE, 3, 1,
	  "key `a` a second time; the first is in line 1" },
	{ "x: {a: 1, a: 2}\n", ERR_PARSE, 1, 11, "a second time" },
	{ "a:\tb\n", ERR_PARSE, 1, 3, "a tab" },
	{ "a:\n\tb: 1\n", ERR_PARSE, 2, 1, "a tab" },
	{ "a: one\n  two\n", ERR_UNSUPPORTED, 1, 4,
	  "line 2 goes on with this value" },
	{ "a: \"one\n  two\"\n", ERR_UNSUPPORTED, 1, 4,
	  "this quote is not closed in its line" },
	{ "a: >\n  one\n", ERR_UNSUPPORTED, 1, 4, "a folded text" },
	{ "a:\nb: 1\n", ERR_PARSE, 1, 1, "key `a` without a value" },
	{ "- a\n-\n", ERR_PARSE, 2, 2, "a list item without a value" },
	{ "? [a]\n: b\n", ERR_PARSE, 1, 3, "a key is a name" },
	{ "? |\n  a\n: b\n", ERR_PARSE, 1, 3, "a key is one line" },
	{ "?\n: b\n", ERR_PARSE, 1, 2, "a value without a key" },
	/* language.md section 5, each of its traps */
	{ "- {send: f($a, $b), as: carol}\n", ERR_PARSE, 1, 10,
	  "`f($a`: a comma ends a plain scalar here" },
	{ "- {a:1}\n", ERR_PARSE, 1, 4,
	  "key `a:1` without a value: a space belongs after the colon" },
	{ "- {a: 1, b}\n", ERR_PARSE, 1, 10,
	  "key `b` without a value: a comma ends a plain scalar" },
	{ "- {a: 1, b: }\n", ERR_PARSE, 1, 10, "key `b` without a value" },
	{ "set: phala #0\n", ERR_PARSE, 1, 12,
	  "a space before `#` starts a comment: write `phala#0`" },
	{ "a: [1, 2\nb: 1\n", ERR_UNSUPPORTED, 1, 8,
	  "close the bracket before it" },
	{ "a: [1, 2", ERR_PARSE, 1, 4, "this `[` is not closed in its line" },
	{ "a: [1, 2}\n", ERR_PARSE, 1, 9,
	  "this `}` should be the `]` of column 4's `[`" },
	{ "\xc3\xa9: {b: [1}, 2}\n", ERR_PARSE, 1, 10, "column 8's `[`" },
	{ "a: {b: 'c' d}\n", ERR_PARSE, 1, 12, "a comma or `}` is missing" },
	{ "a: [1, , 2]\n", ERR_PARSE, 1, 8, "a value is missing here" },
	{ "a: {b: 1}}\n", ERR_PARSE, 1, 10, "this `}` closes nothing" },
	{ "a: 'b' c\n", ERR_PARSE, 1, 8, "nothing may follow the quote" },
	{ "a: 'b\nc: 1\n", ERR_PARSE, 1, 4, "this quote is never closed" },
	{ "a: \"b\\qc\"\n", ERR_PARSE, 1, 6, "`\\q` means nothing" },
	{ "- a: 1\n  b: 2\n c: 3\n", ERR_PARSE, 3, 2, "begins in column 2" },
	{ "a: 1\n  b: 2\n", ERR_UNSUPPORTED, 1, 4,
	  "line 2 goes on with this value" },
	{ "- a: 1\n  b\n- c: 1\n", ERR_PARSE, 2, 3,
	  "a key has a colon and a space behind it" },
	{ "- a b\n  c: 1\n", ERR_UNSUPPORTED, 1, 3,
	  "a key has a colon and a space behind it" },
	{ "- a:b\n  c: 1\n", ERR_UNSUPPORTED, 1, 3,
	  "a key has a colon and a space behind it" },
	{ "a: - b\n", ERR_PARSE, 1, 4, "is written [a, b]" },
	{ "a: @b\n", ERR_PARSE, 1, 4, "no value begins with `@`" },
	{ "a: `b`\n", ERR_PARSE, 1, 4, "no value begins with" },
	{ "a: > 5\n", ERR_PARSE, 1, 4, "`>` begins a text" },
	{ "a: & b\n", ERR_PARSE, 1, 4, "`&` has a meaning of its own" },
	{ "a: 1\n...\nb: 1\n", ERR_PARSE, 3, 1, "has ended before this" },
	{ "a: 1\n%X\n", ERR_UNSUPPORTED, 2, 1, "directives" },
	{ "a: b: c\n", ERR_PARSE, 1, 5, "makes a key of what stands before it" },
	{ "\xef\xbb\xbf" "a: 1\n", ERR_PARSE, 1, 1, "a byte order mark" },
	{ "a: \xff\n", ERR_PARSE, 1, 4, "byte 0xff is not UTF-8" },
	{ "a: \xc0\x80\n", ERR_PARSE, 1, 4, "byte 0xc0 is not UTF-8" },
	{ "a: \xed\xa0\x80\n", ERR_PARSE, 1, 4, "byte 0xed is not UTF-8" },
	{ "a: \xe2\x82", ERR_PARSE, 1, 4, "byte 0xe2 is not UTF-8" },
	{ "a: \x01\n", ERR_PARSE, 1, 4, "a control character" },
	{ "a: 1\rb: 2\n", ERR_PARSE, 1, 5, "a carriage return" },
	{ "a: \xe2\x80\xa8\n", ERR_PARSE, 1, 4, "a Unicode line separator" },
	{ "a: \xc2\x85\n", ERR_PARSE, 1, 4, "a control character" },
	{ "a: \"x\\0y\"\n", ERR_PARSE, 1, 4, "a NUL character" },
};

static void refusals_say_where_and_why(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bads); i++) {
		struct yaml_doc *d = NULL;
		struct err e = ERR_INIT;

		assert_err(yaml_parse(&d, "t.yaml", bads[i].text,
				      strlen(bads[i].text), &e),
			   &e, bads[i].code, bads[i].part);
		assert_null(d);
		if (e.pos.line != bads[i].line || e.pos.col != bads[i].col)
			fail_msg("case %zu: %u:%u, wanted %u:%u: %s", i,
				 e.pos.line, e.pos.col, bads[i].line,
				 bads[i].col, e.text);
	}
}

struct gap {
	const char *text;
	unsigned line;
	const char *rest; /* NULL: nothing can be left out */
};

static const struct gap gaps[] = {
	{ "k: 1\ns:\n  - a\n  - b\n", 3, "k: 1\ns:\n     \n  - b\n" },
	{ "k: 1\ns:\n  - a\n\n  # c\n  - b\n", 5,
	  "k: 1\ns:\n     \n\n     \n  - b\n" },
	{ "k: 1\ns:\n- a:\n  - x\n  - y\n- b\nz: 1\n", 5,
	  "k: 1\ns:\n    \n     \n     \n- b\nz: 1\n" },
	{ "k: 1\ns:\n  - a\n  - b\n\tc\n", 5,
	  "k: 1\ns:\n  - a\n     \n  \n" },
	/* The end of the file is the last item's. */
	{ "k: 1\ns:\n  - a\n  - b\n", 5, "k: 1\ns:\n  - a\n     \n" },
	/* A map's items, with what is indented wrongly behind one. */
	{ "k: 1\ns:\n  a: 1\n   b: 2\n  c: 3\n", 4,
	  "k: 1\ns:\n      \n       \n  c: 3\n" },
	/* No item is left, or it is none: the key goes with it. */
	{ "k: 1\ns:\n  - a\nz: 1\n", 3, "k: 1\n  \n     \nz: 1\n" },
	{ "k: 1\ns: [a,\nz: 1\n", 2, "k: 1\n      \nz: 1\n" },
	{ "k: 1\ns:\n  - a\n  - b\n", 2,
	  "k: 1\n  \n     \n     \n" },
	/* What the file is stays known. */
	{ "k: 'a\nz: 1\n", 1, "k: x \nz: 1\n" },
	{ "k: x\nz: 1\n", 1, NULL },
	{ "k:\nz: 1\n", 1, NULL },
	{ "# c\nk: 1\n", 1, NULL },
};

static void an_item_is_left_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(gaps); i++) {
		const struct gap *g = &gaps[i];
		CLEANUP(freep) char *text = xstrdup(g->text);
		struct yaml_gap gap;
		bool done = yaml_leave_out(text, strlen(text), g->line, &gap);

		if (done != (g->rest != NULL) ||
		    strcmp(text, g->rest ? g->rest : g->text) != 0)
			fail_msg("case %zu: %d\n%s", i, (int)done, text);
	}
}

static void nul_in_the_file(void **state)
{
	struct yaml_doc *d = NULL;
	struct err e = ERR_INIT;

	(void)state;
	assert_err(yaml_parse(&d, "t", "a: b\0c\n", 7, &e), &e, ERR_PARSE,
		   "a NUL character");
	assert_int_equal(e.pos.col, 5);
}

/* Nine levels of ten aliases each would be a billion nodes. */
static void anchor_bomb(void **state)
{
	struct yaml_doc *d = NULL;
	struct err e = ERR_INIT;
	struct buf b = BUF_INIT(10000);

	(void)state;
	buf_adds(&b, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
	for (int i = 1; i < 10; i++) {
		buf_addf(&b, "a%d: &a%d [*a%d", i, i, i - 1);
		for (int j = 0; j < 9; j++)
			buf_addf(&b, ", *a%d", i - 1);
		buf_adds(&b, "]\n");
	}
	assert_err(yaml_parse(&d, "t", buf_str(&b), b.len, &e), &e,
		   ERR_UNSUPPORTED, "anchor &a0");
	buf_done(&b);
}

static void nesting_is_bounded(void **state)
{
	struct yaml_doc *d = NULL;
	struct err e = ERR_INIT;
	struct buf b = BUF_INIT(YAML_FILE_MAX);

	(void)state;
	for (int i = 0; i < YAML_DEPTH_MAX - 1; i++)
		buf_addc(&b, '[');
	buf_addc(&b, 'x');
	for (int i = 0; i < YAML_DEPTH_MAX - 1; i++)
		buf_addc(&b, ']');
	assert_ok(yaml_parse(&d, "t", buf_str(&b), b.len, &e), &e);
	yaml_doc_free(d);
	d = NULL;
	buf_clear(&b);
	for (int i = 0; i < 100000; i++)
		buf_addc(&b, '[');
	assert_err(yaml_parse(&d, "t", buf_str(&b), b.len, &e), &e, ERR_LIMIT,
		   "nested more than 64 deep");
	assert_int_equal(e.pos.col, YAML_DEPTH_MAX + 1);
	buf_done(&b);
}

static void nodes_and_bytes_are_bounded(void **state)
{
	struct yaml_doc *d = NULL;
	struct err e = ERR_INIT;
	struct buf b = BUF_INIT(2u * YAML_FILE_MAX);

	(void)state;
	for (int i = 0; i < YAML_NODES_MAX; i++)
		buf_adds(&b, "- x\n");
	assert_err(yaml_parse(&d, "t", buf_str(&b), b.len, &e), &e, ERR_LIMIT,
		   "more than 65536 nodes");
	while (b.len <= YAML_FILE_MAX)
		buf_adds(&b, "# a comment that fills the file\n");
	assert_err(yaml_parse(&d, "big.yaml", buf_str(&b), b.len, &e), &e,
		   ERR_LIMIT, "big.yaml is larger than");
	buf_done(&b);
}

/* A file that claims a gigabyte is refused without being read. */
static void sparse_gigabyte(void **state)
{
	CLEANUP(freep) char *path = NULL;
	char *dir = kit_tmpdir_new();
	struct yaml_doc *d = NULL;
	struct err e = ERR_INIT;
	FILE *f;

	(void)state;
	path = xasprintf("%s/big.yaml", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(ftruncate(fileno(f), (off_t)1 << 30), 0);
	assert_int_equal(fclose(f), 0);
	assert_err(yaml_load(&d, path, &e), &e, ERR_LIMIT, "big.yaml");
	assert_err(yaml_load(&d, "/nonexistent/x.yaml", &e), &e, ERR_OS,
		   "/nonexistent/x.yaml");
	kit_tmpdir_free(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_of_everything),
		cmocka_unit_test(columns_count_characters),
		cmocka_unit_test(refusals_say_where_and_why),
		cmocka_unit_test(an_item_is_left_out),
		cmocka_unit_test(nul_in_the_file),
		cmocka_unit_test(anchor_bomb),
		cmocka_unit_test(nesting_is_bounded),
		cmocka_unit_test(nodes_and_bytes_are_bounded),
		cmocka_unit_test(sparse_gigabyte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
