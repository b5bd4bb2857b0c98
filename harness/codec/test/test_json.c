#include "test/kit.h"

#include <errno.h>
#include <malloc.h>

#include "base/base.h"
#include "codec/json.h"
#include "codec/json_plain.h"

/* Owned by the caller; @text is this test's own. */
static json_t *parse(const char *text)
{
	struct err e = ERR_INIT;
	json_t *j;

	assert_ok(json_parse(&j, text, strlen(text), "test", &e), &e);
	return j;
}

static void syntax_errors_have_places(void **state)
{
	static const struct {
		const char *text;
		enum err_code code;
		const char *says;
	} bad[] = {
	    {"", ERR_PARSE, "answer:1:0: "},
	    {"{\"a\":\n 1,}", ERR_PARSE, "answer:2:"},
	    {"{\"a\":1,\"a\":2}", ERR_PARSE, "duplicate object key"},
	    {"1 2", ERR_PARSE, "end of file expected"},
	    {"[1", ERR_PARSE, "answer:1:2: "},
	    {"nul", ERR_PARSE, "invalid token"},
	    {"\"\xff\"", ERR_PARSE, "unable to decode byte 0xff"},
	    {"NaN", ERR_PARSE, "answer:1:"},
	    {"18446744073709551616", ERR_RANGE, "too big integer"},
	    {"1e999", ERR_RANGE, "overflow"},
	};
	json_t *j = NULL;
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_err(json_parse(&j, bad[i].text, strlen(bad[i].text),
				      "answer", &e),
			   &e, bad[i].code, bad[i].says);
	assert_null(j);
}

static void is_part(const struct json_part *part, const json_t *want)
{
	CLEANUP(json_decrefp) json_t *j = NULL;
	struct err e = ERR_INIT;

	assert_int_equal(part->at != NULL, want != NULL);
	if (!want)
		return;
	assert_ok(json_parse(&j, part->at, part->len, "part", &e), &e);
	assert_true(json_equal(j, want));
	/* The value and nothing around it. */
	assert_null(strchr(" \t\r\n,:]}", part->at[0]));
	assert_null(strchr(" \t\r\n,:[{", part->at[part->len - 1]));
}

/* @j: what the text says. Lists by their items, objects by some members. */
static void skimmed_the_same(const char *text, const json_t *j, bool plain)
{
	static const char *const names[] = { "a", "none", "d", "" };
	CLEANUP(freep) struct json_part *items = NULL;
	struct json_part member;
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		assert_int_equal(json_skim(&member, text, strlen(text),
					   names[i]),
				 plain && json_is_object(j));
		if (plain && json_is_object(j))
			is_part(&member, json_object_get(j, names[i]));
	}
	assert_int_equal(json_skim_list(&items, &n, text, strlen(text)),
			 plain && json_is_array(j));
	assert_int_equal(n, plain ? json_array_size(j) : 0);
	for (size_t i = 0; i < n; i++)
		is_part(&items[i], json_array_get(j, i));
}

/* What is behind a member is not looked at, what is before it is. */
static void members_where_they_stand(void **state)
{
	static const struct {
		const char *text, *path, *want; /* NULL: not plain */
	} all[] = {
	    {"{\"a\":{\"x\":[{\"c\":9}],\"b\":{\"c\":7}}}", "a.b.c", "7"},
	    {"{\"b\":1,\"a\":{ \"b\" : \"]}\" , oh", "a.b", "\"]}\""},
	    {"{\"a\":{},\"b\":2}", "a.b", ""},
	    {"{\"a\":{\"x\":1}}", "a.b", ""},
	    {"{\"ab\":1,\"b\":2}", "a", ""},
	    {"{\"a\":[1]}", "a.b", NULL},
	    {"{\"b\":-1,\"a\":-2}", "a", "-2"},
	    {"{\"b\":-1.0,\"a\":1}", "a", NULL},
	    {"{\"b\":1", "a", NULL},
	    {"{\"a\":tru", "a", NULL},
	    {"{\"a\"", "a", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		const char *want = all[i].want;
		struct json_part at = { "", 1 };

		assert_int_equal(json_skim(&at, all[i].text,
					   strlen(all[i].text), all[i].path),
				 want != NULL);
		if (!want)
			continue;
		assert_int_equal(at.at != NULL, *want != 0);
		assert_int_equal(at.len, strlen(want));
		if (at.at)
			assert_memory_equal(at.at, want, at.len);
	}
}

/* Each text is read as jansson reads it, or left to it. */
static void plain_json_is_the_same(void **state)
{
	static const struct {
		const char *text;
		bool plain;
	} all[] = {
	    {"{\"a\":[1,2,{}],\"b\":\"0x\",\"c\":null,\"d\":true}", true},
	    {" { \"a\" :\t[ ] , \"\" : false } \r\n", true},
	    {"999999999999999999", true},
	    {"0", true},
	    {"\"~ !\"", true},
	    {"{\"z\":1,\"y\":2,\"a\":3}", true},
	    {"1000000000000000000", false},
	    {"[-1,{\"code\":-32000},-999999999999999999]", true},
	    {"-0", true},
	    {"-1000000000000000000", false},
	    {"-1.0", false},
	    {"1.0", false},
	    {"1e2", false},
	    {"\"a\\n\"", true},
	    {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t{}\"", true},
	    {"[\"0123456789\\n0123456789\", \"\"]", true},
	    {"[{\"a\":\"\\\"]\"}, [[ ]], null , 10]", true},
	    {"\"\\u0041\"", false},
	    {"{\"a\\n\":1}", false},
	    {"\"\xc3\xa4\"", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		const char *text = all[i].text;
		CLEANUP(json_decrefp) json_t *j = parse(text);
		CLEANUP(json_decrefp) json_t *plain =
			json_plain(text, strlen(text));
		CLEANUP(json_decrefp) json_t *full =
			json_loads(text, JSON_DECODE_ANY, NULL);
		CLEANUP(freep) char *ours = json_text(j);
		CLEANUP(freep) char *theirs = json_text(full);

		assert_int_equal(plain != NULL, all[i].plain);
		skimmed_the_same(text, j, all[i].plain);
		assert_true(json_equal(j, full));
		assert_string_equal(ours, theirs);
	}
}

/* What is written plainly is what jansson writes; the rest it writes. */
static void written_the_same(void **state)
{
	static const struct {
		const char *text;
		bool plain;
	} all[] = {
	    {"{\"z\":[1,-2,[],{}],\"a\":\"~ /\",\"b\":[null,true,false]}", true},
	    {"-9223372036854775808", true},
	    {"\"\"", true},
	    {"[1.5]", false},
	    {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t{}\"", true},
	    {"\"\\u0000\\u0001\\u001f\"", true},
	    {"\"\x7f\"", true},
	    {"\"0123456789\xc3\xa4\"", true},
	    {"{\"\\n\":1}", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		CLEANUP(json_decrefp) json_t *j = parse(all[i].text);
		struct buf plain = BUF_INIT(100);
		CLEANUP(freep) char *ours = json_text(j);
		CLEANUP(freep) char *theirs =
			json_dumps(j, JSON_COMPACT | JSON_ENCODE_ANY);

		buf_addc(&plain, '=');
		assert_int_equal(json_plain_write(&plain, j), all[i].plain);
		assert_string_equal(buf_str(&plain) + 1,
				    all[i].plain ? theirs : "");
		assert_string_equal(ours, theirs);
		buf_done(&plain);
	}
}

/* Nothing that jansson refuses is plain: it says why. */
static void what_is_no_json_is_not_plain(void **state)
{
	static const char *const bad[] = {
	    "", " ", "1 2", "[1", "[1,]", "[,]", "{\"a\":1,}", "{\"a\"}",
	    "{\"a\":1,\"a\":1}", "{a:1}", "01", "nul", "truer", "tru",
	    "\"a", "\"\t\"", "\"a\\\"", "\"\\", "\"\\a\"", "\"\x7f\x80\"",
	    "]", "{]", "[}", "NaN", "+1", ".5", "-", "--1", "- 1", "-01",
	    "-a", "1-",
	};
	struct json_part part, *items = NULL;
	struct err e = ERR_INIT;
	json_t *j = NULL;
	size_t n;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_null(json_plain(bad[i], strlen(bad[i])));
		/* One of a name is taken; there may be two. */
		assert_int_equal(json_skim(&part, bad[i], strlen(bad[i]), "z"),
				 !strcmp(bad[i], "{\"a\":1,\"a\":1}"));
		assert_false(json_skim_list(&items, &n, bad[i],
					    strlen(bad[i])));
		assert_err(json_parse(&j, bad[i], strlen(bad[i]), "bad", &e),
			   &e, ERR_PARSE, "bad:1:");
	}
	/* A NUL is no end. */
	assert_null(json_plain("1\0", 2));
}

static void hostile_sizes(void **state)
{
	CLEANUP(freep) char *deep = xmalloc(100000);
	struct err e = ERR_INIT;
	json_t *j = NULL;

	(void)state;
	memset(deep, '[', 100000);
	assert_err(json_parse(&j, deep, 100000, "deep", &e), &e, ERR_LIMIT,
		   "maximum parsing depth");
	/* Refused by its length alone: the text is never looked at. */
	assert_err(json_parse(&j, deep, JSON_TEXT_MAX + 1u, "huge", &e), &e,
		   ERR_LIMIT, "huge: 67108865 bytes of JSON, over the limit");
}

static void any_value_is_a_text(void **state)
{
	CLEANUP(json_decrefp) json_t *j = parse(" \"x\" ");

	(void)state;
	assert_string_equal(json_string_value(j), "x");
}

static void text_has_no_nul(void **state)
{
	CLEANUP(json_decrefp) json_t *j = parse("{\"m\": \"a\\u0000b\"}");
	struct err e = ERR_INIT;
	const char *text = NULL;

	(void)state;
	assert_err(json_text_at(&text, j, "m", &e), &e, ERR_SCHEMA,
		   "m holds a NUL");
	assert_null(text);
}

static void reads_files_by(bool (*read)(json_t **ret, const char *path,
				       struct err *e))
{
	char *dir = kit_tmpdir_new(), *path = xasprintf("%s/j", dir);
	CLEANUP(json_decrefp) json_t *j = NULL;
	CLEANUP(freep) char *long_text = xasprintf("[\"%0*d\"]", 100000, 7);
	struct err e = ERR_INIT;

	assert_err(read(&j, path, &e), &e, ERR_OS, path);
	assert_int_equal(e.sub, ENOENT);
	assert_ok(file_write_atomic(path, "{\"a\":}", 6, &e), &e);
	assert_err(read(&j, path, &e), &e, ERR_PARSE, path);
	assert_ok(file_write_atomic(path, "{\"a\":7}", 7, &e), &e);
	assert_ok(read(&j, path, &e), &e);
	assert_int_equal(json_integer_value(json_object_get(j, "a")), 7);
	json_decref(TAKE(j));
	assert_ok(file_write_atomic(path, long_text, 100004, &e), &e);
	assert_ok(read(&j, path, &e), &e);
	assert_int_equal(json_string_length(json_array_get(j, 0)), 100000);
	free(path);
	path = xasprintf("%s/.", dir);
	assert_err(read(&j, path, &e), &e, ERR_OS, path);
	assert_int_equal(e.sub, EISDIR);
	free(path);
	kit_tmpdir_free(dir);
}

static void reads_files(void **state)
{
	(void)state;
	reads_files_by(json_read_file);
	reads_files_by(json_read_large);
}

static void one_member_of_a_file(void **state)
{
	static const char text[] =
	    "{\"name\":\"abi\",\"of\":{\"abi\" : [1,{\"x\":2}],\"rest\":nonsense";
	CLEANUP(json_decrefp) json_t *j = NULL;
	CLEANUP(freep) char *again = NULL;
	char path[] = "/tmp/test-json.XXXXXX";
	struct err e;

	(void)state;
	close(mkstemp(path));
	assert_ok(file_write_atomic(path, text, strlen(text), &e), &e);
	assert_ok(json_read_member(&j, path, "abi", &e), &e);
	again = json_text(j);
	assert_string_equal(again, "[1,{\"x\":2}]");
	assert_err(json_read_member(&j, path, "rest", &e), &e, ERR_PARSE,
		   "member 'rest'");
	assert_err(json_read_member(&j, path, "abj", &e), &e, ERR_SCHEMA,
		   "no member 'abj'");
	unlink(path);
	assert_err(json_read_member(&j, path, "abi", &e), &e, ERR_OS, path);
}

static void paths_lead_to_members(void **state)
{
	CLEANUP(json_decrefp)
	json_t *j = parse("{\"a\":[10,{\"b c\":[[true]]}],\"z\":null}");
	const json_t *r;
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(json_at(&r, j, "", &e), &e);
	assert_ptr_equal(r, j);
	assert_ok(json_at(&r, j, "a[0]", &e), &e);
	assert_int_equal(json_integer_value(r), 10);
	assert_ok(json_at(&r, j, "a[1].b c[0][0]", &e), &e);
	assert_true(json_is_true(r));
	assert_ok(json_at(&r, j, "z", &e), &e);
	assert_true(json_is_null(r));
	assert_ok(json_at(&r, json_object_get(j, "a"), "[1]", &e), &e);
	assert_true(json_is_object(r));
}

static void paths_fail_where_they_end(void **state)
{
	static const struct {
		const char *path, *says;
	} bad[] = {
	    {"b", "the JSON value has no member 'b'; the nearest is 'a'"},
	    {"result", "the JSON value has no member 'result'"},
	    {"a[2]", "a has 2 items; there is no [2]"},
	    {"a[99999999999]", "is no path"},
	    {"a[x]", "is no path"},
	    {"a[", "is no path"},
	    {"a[]", "is no path"},
	    {"a.b", "a is a list, no object with a member 'b'"},
	    {"[0]", "the JSON value is an object, no list"},
	    {"a[1].topcs", "a[1] has no member 'topcs'; the nearest is "
			   "'topics'"},
	    {"a[0].x", "a[0] is an integer, no object"},
	    {"s.x", "s is text, no object"},
	    {"f[0]", "f is a fraction, no list"},
	    {"t[0]", "t is a truth value, no list"},
	    {"n[0]", "n is null, no list"},
	};
	CLEANUP(json_decrefp)
	json_t *j =
	    parse("{\"a\":[1,{\"topics\":2}],\"s\":\"x\",\"f\":1.5,\"t\":false,"
		  "\"n\":null}");
	const json_t *r = NULL;
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_err(json_at(&r, j, bad[i].path, &e), &e, ERR_SCHEMA,
			   bad[i].says);
	assert_err(json_at(&r, NULL, "a", &e), &e, ERR_SCHEMA,
		   "the JSON value is missing, no object with a member 'a'");
	assert_null(r);
}

static void typed_members(void **state)
{
	CLEANUP(json_decrefp)
	json_t *j = parse(
	    "{\"s\":\"text\",\"i\":7,\"h\":\"0xff\",\"b\":true,"
	    "\"d\":\"1000000000000000000000\",\"x\":\"0xc0de\",\"e\":"
	    "\"0x\",\"a\":\"0x00000000000000000000000000000000000000aA\"}");
	struct err e = ERR_INIT;
	const char *s;
	struct addr20 a;
	struct u256 w;
	uint8_t *p;
	uint64_t v;
	size_t len;
	bool b;

	(void)state;
	assert_ok(json_text_at(&s, j, "s", &e), &e);
	assert_string_equal(s, "text");
	assert_ok(json_u64_at(&v, j, "i", &e), &e);
	assert_int_equal(v, 7);
	assert_ok(json_u64_at(&v, j, "h", &e), &e);
	assert_int_equal(v, 255);
	assert_ok(json_bool_at(&b, j, "b", &e), &e);
	assert_true(b);
	assert_ok(json_u256_at(&w, j, "i", &e), &e);
	assert_string_equal(fmt_u256(w).s, "7");
	assert_ok(json_u256_at(&w, j, "h", &e), &e);
	assert_string_equal(fmt_u256(w).s, "255");
	assert_ok(json_u256_at(&w, j, "d", &e), &e);
	assert_string_equal(fmt_u256(w).s, "1000000000000000000000");
	assert_ok(json_addr_at(&a, j, "a", &e), &e);
	assert_int_equal(a.b[19], 0xaa);
	assert_ok(json_bytes_at(&p, &len, j, "x", &e), &e);
	assert_hex(p, len, "c0de");
	free(p);
	assert_ok(json_bytes_at(&p, &len, j, "e", &e), &e);
	assert_int_equal(len, 0);
	free(p);
}

static void numbers_that_are_none(void **state)
{
	CLEANUP(json_decrefp)
	json_t *j = parse(
	    "{\"neg\":-1,\"real\":1.0,\"text\":\"7\",\"long\":"
	    "\"0x10000000000000000\",\"wide\":\"0x1000000000000000000000000"
	    "0000000000000000000000000000000000000000\",\"bad\":\"0xg\"}");
	struct err e = ERR_INIT;
	struct u256 w;
	uint64_t v;

	(void)state;
	assert_err(json_u64_at(&v, j, "neg", &e), &e, ERR_RANGE,
		   "neg is -1, below 0");
	assert_err(json_u64_at(&v, j, "real", &e), &e, ERR_SCHEMA,
		   "real is a fraction, not an integer or a hex quantity");
	assert_err(json_u64_at(&v, j, "text", &e), &e, ERR_PARSE,
		   "text: '7' is no hex quantity");
	assert_err(json_u64_at(&v, j, "long", &e), &e, ERR_RANGE, "long: ");
	assert_err(json_u64_at(&v, j, "none", &e), &e, ERR_SCHEMA,
		   "no member 'none'");
	assert_err(json_u256_at(&w, j, "neg", &e), &e, ERR_RANGE,
		   "neg is -1, below 0");
	assert_err(json_u256_at(&w, j, "real", &e), &e, ERR_SCHEMA,
		   "real is a fraction, not a number");
	assert_err(json_u256_at(&w, j, "wide", &e), &e, ERR_RANGE,
		   "wide: 0x1000");
	assert_err(json_u256_at(&w, j, "bad", &e), &e, ERR_PARSE, "bad: '0xg'");
	assert_err(json_u256_at(&w, j, "none", &e), &e, ERR_SCHEMA,
		   "no member 'none'");
}

static void texts_and_bytes_that_are_none(void **state)
{
	CLEANUP(json_decrefp)
	json_t *j =
	    parse("{\"i\":1,\"short\":\"0xab\",\"bare\":\"abcd\",\"odd\":"
		  "\"0xabc\",\"one\":\"0\",\"bad\":\"0xzz\"}");
	struct err e = ERR_INIT;
	struct addr20 a;
	struct hash32 h;
	const char *s;
	uint8_t *p;
	size_t len;
	bool b;

	(void)state;
	assert_err(json_text_at(&s, j, "i", &e), &e, ERR_SCHEMA,
		   "i is an integer, not text");
	assert_err(json_text_at(&s, j, "x", &e), &e, ERR_SCHEMA,
		   "no member 'x'");
	assert_err(json_bool_at(&b, j, "i", &e), &e, ERR_SCHEMA,
		   "i is an integer, not true or false");
	assert_err(json_bool_at(&b, j, "x", &e), &e, ERR_SCHEMA,
		   "no member 'x'");
	assert_err(json_addr_at(&a, j, "i", &e), &e, ERR_SCHEMA,
		   "i is an integer, not hex text");
	assert_err(json_addr_at(&a, j, "short", &e), &e, ERR_PARSE,
		   "short: 2 hex digits where 40 are wanted");
	assert_err(json_hash_at(&h, j, "short", &e), &e, ERR_PARSE,
		   "short: 2 hex digits where 64 are wanted");
	assert_err(json_bytes_at(&p, &len, j, "bare", &e), &e, ERR_PARSE,
		   "bare is \"abcd\", which does not begin with 0x");
	assert_err(json_bytes_at(&p, &len, j, "one", &e), &e, ERR_PARSE,
		   "does not begin with 0x");
	assert_err(json_bytes_at(&p, &len, j, "odd", &e), &e, ERR_PARSE,
		   "odd: odd number of hex digits");
	assert_err(json_bytes_at(&p, &len, j, "bad", &e), &e, ERR_PARSE,
		   "bad: character 1 of hex text is no digit");
}

static void texts_keep_the_order_of_keys(void **state)
{
	static const char text[] = "{\"z\":[1,\"é\\n\"],\"a\":{}}";
	CLEANUP(json_decrefp) json_t *j = parse(text);
	CLEANUP(freep) char *again = json_text(j);
	CLEANUP(freep) char *plain = json_text(json_object_get(j, "a"));

	(void)state;
	assert_string_equal(again, text);
	assert_string_equal(plain, "{}");
}

static void what_others_said_becomes_text(void **state)
{
	static const struct {
		const char *said, *text;
	} cases[] = {
		{ "", "" },
		{ "plain", "plain" },
		{ "é€😀", "é€😀" },
		{ "a\xff" "b", "a?b" },
		{ "cut \xe2\x82", "cut ??" },
		{ "\xc3", "?" },
		{ "\xc0\xaf\xed\xa0\x80é", "?????é" }, /* overlong, surrogate */
		{ "\xf5\x80\x80\x80", "????" }, /* beyond U+10FFFF */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		CLEANUP(json_decrefp) json_t *j = json_said(cases[i].said);

		assert_string_equal(json_string_value(j), cases[i].text);
	}
}

#define SORTS 200u /* of texts, by their length */
#define OF_EACH 200u

/* Texts of every length, each with characters of its own. */
static json_t *many_texts(char salt)
{
	json_t *all = json_array();
	char text[SORTS];

	for (size_t i = 0; i < SORTS * OF_EACH; i++) {
		size_t len = i % SORTS;

		memset(text, (char)('a' + (i + (size_t)salt) % 26), len);
		json_array_append_new(all, json_stringn(text, len));
	}
	return all;
}

static void assert_texts(const json_t *all, char salt)
{
	for (size_t i = 0; i < SORTS * OF_EACH; i++) {
		const json_t *one = json_array_get(all, i);
		const char c = (char)('a' + (i + (size_t)salt) % 26);

		assert_int_equal(json_string_length(one), i % SORTS);
		assert_int_equal(strspn(json_string_value(one), (char[]){c, 0}),
				 i % SORTS);
	}
}

/* What one tree leaves, the next one is made of; a third stays as it was. */
static void trees_do_not_share_memory(void **state)
{
	CLEANUP(json_decrefp) json_t *stays = many_texts(1);

	(void)state;
	for (char salt = 2; salt < 5; salt++) {
		CLEANUP(json_decrefp) json_t *goes = many_texts(salt);

		for (size_t i = 0; i < SORTS * OF_EACH; i += 3)
			json_array_set_new(goes, i,
					   json_incref(json_array_get(stays,
								      i)));
		for (size_t i = 0; i < SORTS * OF_EACH; i += 3) {
			char text[SORTS];
			const char c =
				(char)('a' + (i + (size_t)salt) % 26);

			memset(text, c, i % SORTS);
			json_array_set_new(goes, i,
					   json_stringn(text, i % SORTS));
		}
		assert_texts(goes, salt);
		assert_texts(stays, 1);
	}
}

/* A tree of megabytes is not kept. */
static void large_trees_are_given_back(void **state)
{
	size_t before;

	(void)state;
	json_decref(many_texts(0));
	before = mallinfo2().uordblks;
	for (unsigned i = 0; i < 3; i++)
		json_decref(many_texts(0));
	assert_true(mallinfo2().uordblks <= before + 4096);
	assert_true(before < 1u << 20);
}

/* Sanitizers and fuzzers have nothing that waits. */
static void what_waits_is_given_back(void **state)
{
	size_t before;

	(void)state;
	json_give_back();
	before = mallinfo2().uordblks;
	json_decref(many_texts(0));
#ifndef __SANITIZE_ADDRESS__
	assert_true(mallinfo2().uordblks > before + 16384);
#endif
	json_give_back();
	assert_true(mallinfo2().uordblks <= before + 4096);
	json_decref(many_texts(1)); /* and is made anew */
}

static void how_deep_it_is(void **state)
{
	CLEANUP(json_decrefp) json_t *j = json_loads("[0, {\"a\": [], \"b\": "
						     "[7]}, []]", 0, NULL);

	(void)state;
	assert_true(json_is_deeper(j, 3));
	assert_false(json_is_deeper(j, 4));
	assert_true(json_is_deeper(json_array_get(j, 0), 0));
	assert_false(json_is_deeper(json_array_get(j, 2), 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(syntax_errors_have_places),
	    cmocka_unit_test(plain_json_is_the_same),
	    cmocka_unit_test(members_where_they_stand),
	    cmocka_unit_test(what_is_no_json_is_not_plain),
	    cmocka_unit_test(written_the_same),
	    cmocka_unit_test(hostile_sizes),
	    cmocka_unit_test(any_value_is_a_text),
	    cmocka_unit_test(text_has_no_nul),
	    cmocka_unit_test(reads_files),
	    cmocka_unit_test(one_member_of_a_file),
	    cmocka_unit_test(how_deep_it_is),
	    cmocka_unit_test(paths_lead_to_members),
	    cmocka_unit_test(paths_fail_where_they_end),
	    cmocka_unit_test(typed_members),
	    cmocka_unit_test(numbers_that_are_none),
	    cmocka_unit_test(texts_and_bytes_that_are_none),
	    cmocka_unit_test(texts_keep_the_order_of_keys),
	    cmocka_unit_test(what_others_said_becomes_text),
	    cmocka_unit_test(trees_do_not_share_memory),
	    cmocka_unit_test(large_trees_are_given_back),
	    cmocka_unit_test(what_waits_is_given_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
