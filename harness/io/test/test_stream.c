#include "io/test/ground.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/rng.h"
#include "io/stream.h"

static ssize_t frame(const char *text)
{
	struct json_frame f = {0};

	return json_frame(&f, text, strlen(text));
}

static void a_frame_ends_where_the_value_ends(void **state)
{
	(void)state;
	assert_int_equal(frame("{}"), 2);
	assert_int_equal(frame(" \r\n\t[1,[2]] "), 11);
	assert_int_equal(frame("{\"a\":{}}{\"b\":1}"), 8);
	assert_int_equal(frame("{\"}\":\"]\\\"}\"}x"), 12);
	assert_int_equal(frame("{\"a\":\"\\\\\"}"), 10);
}

static void a_frame_that_is_not_whole_yet(void **state)
{
	(void)state;
	assert_int_equal(frame(""), 0);
	assert_int_equal(frame("  "), 0);
	assert_int_equal(frame("{\"a\":\"}"), 0);
	assert_int_equal(frame("[[1]"), 0);
}

static void what_can_be_no_frame(void **state)
{
	char deep[2048 + 2]; /* as deep as jansson reads, and once more */

	(void)state;
	assert_int_equal(frame("HTTP/1.1 200 OK"), -1);
	assert_int_equal(frame("}"), -1);
	assert_int_equal(frame("1"), -1);
	assert_int_equal(frame("\"text\""), -1);
	memset(deep, '[', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = 0;
	assert_int_equal(frame(deep), -1);
	deep[2048] = 0;
	assert_int_equal(frame(deep), 0); /* not whole yet */
}

/* However a text is cut into reads, the same values come out. */
static void cut_anywhere(uint64_t seed)
{
	static const char text[] =
	    "{\"a\":[1,{\"b\":\"\\\"}{\"}]} [[],{}]\n{\"c\":"
	    "\"\xc3\xa9\\u00e9\\\\\"}";
	static const size_t ends[] = {22, 30, sizeof(text) - 1};
	struct rng r = RNG_INIT(seed);
	struct json_frame f = {0};
	size_t from = 0, have = 0, n = 0;

	while (n < ARRAY_LEN(ends)) {
		ssize_t len = json_frame(&f, text + from, have - from);

		assert_true(len >= 0);
		if (!len) {
			assert_true(have < sizeof(text) - 1);
			have += 1 + rng_below(&r, sizeof(text) - 1 - have);
			continue;
		}
		from += (size_t)len;
		assert_int_equal(from, ends[n++]);
		f = (struct json_frame){0};
	}
}

static void frames_do_not_depend_on_reads(void **state)
{
	(void)state;
	kit_property(1, 500, cut_anywhere);
}

/* As it is defined: one character after the other. */
static ssize_t slowly(const char *text, size_t len)
{
	bool in_text = false, escaped = false;
	unsigned depth = 0;

	for (size_t i = 0; i < len; i++) {
		const char c = text[i];

		if (in_text && !escaped && c == '\\') {
			escaped = true;
			continue;
		}
		if (c == '"' && !escaped)
			in_text = !in_text;
		escaped = false;
		if (in_text)
			continue;
		depth += c == '{' || c == '[';
		depth -= c == '}' || c == ']';
		if (!depth || depth > 2048)
			return depth ? -1 : (ssize_t)i + 1;
	}
	return 0;
}

/* Of all kinds of characters, mostly of one that is passed over; some of it is
 * there at first, and more with each read. */
static void any_text(uint64_t seed)
{
	static const char few[] = "{[[]}\"\"\\;z \xdb\xdd\xa2";
	struct rng r = RNG_INIT(seed);
	const size_t len = 1 + rng_below(&r, 700);
	const unsigned one_of = 1 + (unsigned)rng_below(&r, 40);
	CLEANUP(freep) char *s = xmalloc(len); /* so that ASan sees its end */
	struct json_frame f = {0};
	ssize_t found = 0;

	memset(s, 'a', len);
	for (size_t i = 0; i < len; i++)
		if (!rng_below(&r, one_of))
			s[i] = few[rng_below(&r, sizeof(few) - 1)];
	s[0] = '{';
	for (size_t have = 0; have < len && !found;) {
		have += 1 + rng_below(&r, len - have);
		found = json_frame(&f, s, have);
	}
	assert_int_equal(found, slowly(s, len));
}

static void frames_of_any_text(void **state)
{
	(void)state;
	kit_property(1, 20000, any_text);
}

static void a_frame_may_nest_deep_anywhere(void **state)
{
	char deep[64 + 2 * 2048 + 1];

	(void)state;
	for (size_t blank = 0; blank < 64; blank++) {
		memset(deep, ' ', sizeof(deep));
		memset(deep + blank, '[', 2048);
		memset(deep + blank + 2048, ']', 2048);
		deep[blank + 4096] = 0;
		assert_int_equal(frame(deep), blank + 4096);
		deep[blank + 2048] = '{';
		assert_int_equal(frame(deep), -1);
	}
}

/* One side of a connection, and what happened to it. */
struct side {
	struct ground *g;
	struct stream *s;
	struct buf values; /* each followed by '|' */
	size_t values_n, wanted;
	bool enough, closed;
	struct err why;
	bool free_in_value;
};

static void on_value(void *arg, const char *text, size_t len)
{
	struct side *x = arg;

	assert_int_equal(strlen(text), len);
	buf_add(&x->values, text, len);
	buf_addc(&x->values, '|');
	x->enough = ++x->values_n >= x->wanted;
	if (x->free_in_value)
		stream_free(TAKE(x->s));
}

static void on_closed(void *arg, const struct err *why)
{
	struct side *x = arg;

	assert_false(x->closed);
	x->closed = true;
	x->why = *why;
}

static void on_accept(void *arg, struct stream *s)
{
	struct side *x = arg;
	struct stream_events ev = {on_value, on_closed, x};

	x->s = s;
	stream_set_events(s, &ev);
}

struct pair {
	struct listener *li;
	struct side near, far;
};

static void pair_open(struct pair *p, struct ground *g)
{
	struct stream_events ev = {on_value, on_closed, &p->near};
	struct err e;

	*p = (struct pair){.near = {.g = g, .wanted = 1},
			   .far = {.g = g, .wanted = 1}};
	p->near.values = p->far.values = BUF_INIT(1u << 26);
	assert_ok(
	    listener_new(&p->li, g->l, in_dir(g, "s"), on_accept, &p->far, &e),
	    &e);
	assert_ok(stream_connect(&p->near.s, g->l, in_dir(g, "s"), &ev, &e),
		  &e);
}

static void pair_close(struct pair *p)
{
	stream_free(p->near.s);
	stream_free(p->far.s);
	listener_free(p->li);
	buf_done(&p->near.values);
	buf_done(&p->far.values);
}

static void say(struct stream *s, const char *text)
{
	stream_write(s, text, strlen(text));
}

static void values_pass_both_ways(void **state)
{
	struct ground *g = *state;
	struct pair p;

	pair_open(&p, g);
	p.far.wanted = 2;
	say(p.near.s, "{\"a\":1}{\"b\"");
	say(p.near.s, ":2}");
	await(g, p.far.enough, "two values");
	assert_string_equal(buf_str(&p.far.values), "{\"a\":1}|{\"b\":2}|");
	assert_int_equal(stream_peer(p.far.s), getpid());
	say(p.far.s, "[3]");
	await(g, p.near.enough, "an answer");
	assert_string_equal(buf_str(&p.near.values), "[3]|");
	pair_close(&p);
}

/* What comes at once is cut anywhere; the rest is joined to it. */
static void half_a_value_waits_for_its_end(void **state)
{
	struct ground *g = *state;
	struct pair p;

	pair_open(&p, g);
	p.far.wanted = 2;
	say(p.near.s, "{}[1]{\"a\":\"}");
	await(g, p.far.enough, "two values");
	assert_string_equal(buf_str(&p.far.values), "{}|[1]|");
	p.far.wanted = 4;
	p.far.enough = false;
	say(p.near.s, "\\\"\"}[2][");
	await(g, p.far.enough, "two more");
	assert_string_equal(buf_str(&p.far.values),
			    "{}|[1]|{\"a\":\"}\\\"\"}|[2]|");
	p.far.wanted = 5;
	p.far.enough = false;
	say(p.near.s, "3]");
	await(g, p.far.enough, "the last");
	assert_string_equal(buf_str(&p.far.values),
			    "{}|[1]|{\"a\":\"}\\\"\"}|[2]|[3]|");
	pair_close(&p);
}

static void more_than_the_socket_holds_arrives_whole(void **state)
{
	struct ground *g = *state;
	size_t len = 8u << 20;
	char *big = xmalloc(len);
	struct pair p;

	memset(big, ' ', len);
	big[0] = '{';
	big[len - 1] = '}';
	pair_open(&p, g);
	stream_write(p.near.s, big, len);
	stream_write(p.near.s, "[1]", 3);
	p.far.wanted = 2;
	await(g, p.far.enough, "8 MB");
	assert_int_equal(p.far.values.len, len + 1 + 4);
	free(big);
	pair_close(&p);
}

static void the_end_says_where_it_came(void **state)
{
	struct ground *g = *state;
	struct pair p;

	pair_open(&p, g);
	say(p.near.s, "{\"half\":");
	stream_free(TAKE(p.near.s));
	await(g, p.far.closed, "the end");
	kit_err_is(&p.far.why, ERR_OS, "in the middle of a message", __FILE__,
		   __LINE__);
	assert_int_equal(p.far.why.sub, ECONNRESET);
	pair_close(&p);
	pair_open(&p, g);
	say(p.near.s, "[]");
	await(g, p.far.enough, "a value");
	stream_free(TAKE(p.far.s));
	await(g, p.near.closed, "the end");
	kit_err_is(&p.near.why, ERR_OS, "closed by the other side", __FILE__,
		   __LINE__);
	assert_null(strstr(p.near.why.text, "middle"));
	pair_close(&p);
	/* Nodes end their values by a line end: nothing has begun behind it. */
	pair_open(&p, g);
	say(p.near.s, "[]\r\n");
	await(g, p.far.enough, "a value");
	stream_free(TAKE(p.near.s));
	await(g, p.far.closed, "the end");
	kit_err_is(&p.far.why, ERR_OS, "closed by the other side", __FILE__,
		   __LINE__);
	assert_null(strstr(p.far.why.text, "middle"));
	pair_close(&p);
}

static void what_is_no_json_closes(void **state)
{
	struct ground *g = *state;
	struct pair p;

	pair_open(&p, g);
	say(p.near.s, "{}GET / HTTP/1.1\r\n");
	await(g, p.far.closed, "the end");
	assert_string_equal(buf_str(&p.far.values), "{}|");
	kit_err_is(&p.far.why, ERR_PARSE, "no JSON object: GET / HTTP",
		   __FILE__, __LINE__);
	/* The other side sees an end, not silence. */
	await(g, p.near.closed, "the end at the other side");
	pair_close(&p);
}

static void a_value_without_end_closes(void **state)
{
	struct ground *g = *state;
	size_t len = STREAM_VALUE_MAX / 2 + 16;
	char *big = xcalloc(1, len);
	struct pair p;

	memset(big, '[', 1);
	memset(big + 1, ' ', len - 1);
	pair_open(&p, g);
	stream_write(p.near.s, big, len);
	stream_write(p.near.s, big + 1, len - 1);
	await(g, p.far.closed, "the end");
	kit_err_is(&p.far.why, ERR_LIMIT, "message of more than 67108864 bytes",
		   __FILE__, __LINE__);
	free(big);
	pair_close(&p);
}

static void who_never_reads_is_closed(void **state)
{
	struct ground *g = *state;
	size_t len = STREAM_UNSENT_MAX / 4;
	char *big = xcalloc(1, len);
	struct stream_events ev = {0};
	struct side x = {.g = g};
	struct stream *s;
	struct fake f;
	struct err e;

	/* Accepted by nobody: the backlog holds the connection. */
	fake_open(&f, g->l, in_dir(g, "s"), "", FAKE_STAYS);
	watch_set(f.on_listener, 0);
	ev = (struct stream_events){on_value, on_closed, &x};
	assert_ok(stream_connect(&s, g->l, in_dir(g, "s"), &ev, &e), &e);
	for (int i = 0; i < 5; i++)
		stream_write(s, big, len);
	await(g, x.closed, "the end");
	kit_err_is(&x.why, ERR_LIMIT, "does not read what it is sent", __FILE__,
		   __LINE__);
	free(big);
	stream_free(s);
	fake_close(&f);
}

static void a_stream_may_be_freed_in_its_callback(void **state)
{
	struct ground *g = *state;
	struct pair p;

	pair_open(&p, g);
	p.far.free_in_value = true;
	say(p.near.s, "{}{}{}");
	await(g, p.near.closed, "the end");
	assert_string_equal(buf_str(&p.far.values), "{}|");
	assert_null(p.far.s);
	assert_false(p.far.closed);
	pair_close(&p);
}

static void sockets_are_private_and_not_shared(void **state)
{
	struct ground *g = *state;
	struct listener *li = NULL, *other = NULL;
	struct stream_events ev = {0};
	struct stream *s = NULL;
	struct stat st;
	struct err e;
	char *path = xstrdup(in_dir(g, "s"));
	struct side x = {.g = g};
	int fd;

	assert_ok(listener_new(&li, g->l, path, on_accept, &x, &e), &e);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_err(listener_new(&other, g->l, path, on_accept, &x, &e), &e,
		   ERR_OS, "is in use by a running process");
	assert_int_equal(e.sub, EADDRINUSE);
	listener_free(li);
	assert_int_equal(stat(path, &st), -1);
	assert_err(stream_connect(&s, g->l, path, &ev, &e), &e, ERR_OS, path);
	assert_int_equal(e.sub, ENOENT);
	/* What a killed process leaves: a path that nobody serves. */
	assert_ok(net_listen_unix(&fd, path, &e), &e);
	fd_close(&fd);
	assert_err(listener_new(&other, g->l, path, on_accept, &x, &e), &e,
		   ERR_OS, "nobody serves; remove it");
	assert_err(stream_connect(&s, g->l, path, &ev, &e), &e, ERR_OS,
		   "Connection refused");
	free(path);
}

static void a_path_too_long_is_named(void **state)
{
	struct ground *g = *state;
	struct listener *li = NULL;
	char name[120];
	struct err e;

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	assert_err(
	    listener_new(&li, g->l, in_dir(g, name), on_accept, NULL, &e), &e,
	    ERR_LIMIT, "at most 107 are possible");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_frame_ends_where_the_value_ends),
	    cmocka_unit_test(a_frame_that_is_not_whole_yet),
	    cmocka_unit_test(what_can_be_no_frame),
	    cmocka_unit_test(frames_do_not_depend_on_reads),
	    cmocka_unit_test(frames_of_any_text),
	    cmocka_unit_test(a_frame_may_nest_deep_anywhere),
	    test(values_pass_both_ways),
	    test(half_a_value_waits_for_its_end),
	    test(more_than_the_socket_holds_arrives_whole),
	    test(the_end_says_where_it_came),
	    test(what_is_no_json_closes),
	    test(a_value_without_end_closes),
	    test(who_never_reads_is_closed),
	    test(a_stream_may_be_freed_in_its_callback),
	    test(sockets_are_private_and_not_shared),
	    test(a_path_too_long_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
