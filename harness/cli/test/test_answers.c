/* LINK: -Wl,--wrap=live_snapshot -Wl,--wrap=live_restore */
/* LINK: -Wl,--wrap=fragments_rewound -Wl,--wrap=fragments_play */
/*
 * What a desk makes of questions, in a world that is this test's own: which
 * snapshots there are after one that went wrong, and who has an answer first.
 */
#include "test/kit.h"

#include "cli/desk.h"
#include "io/reaper.h"
#include "io/stream.h"

#include "base/base.h"

#define TEXT_MAX (1u << 20)
#define ASKERS_MAX 32

struct state {
	char *tmp;
	struct loop *loop;
	struct desk *desk;
	char *path;
	/* Who asks, and what each was answered. */
	struct stream *askers[ASKERS_MAX];
	struct buf said[ASKERS_MAX];
	size_t askers_n;
};

/* --- the world -------------------------------------------------------------- */

/* As anvil's: each has the next number, one gone back to takes later ones. */
static uint64_t snapshots;
static uint64_t back_to;
static bool fails;
static bool does_not_start; /* who was ended for going back */
static struct buf played;

bool __wrap_live_snapshot(struct live *w, struct live_point *ret, struct err *e);
bool __wrap_live_restore(struct live *w, struct live_point *to, struct err *e);
bool __wrap_fragments_rewound(struct fragments *f, struct err *e);
enum fragment_end __wrap_fragments_play(struct fragments *f, const char *name,
					const char *text, size_t len,
					struct buf *out);

bool __wrap_live_snapshot(struct live *w, struct live_point *ret, struct err *e)
{
	(void)w;
	if (fails)
		return err_set(e, ERR_CHILD, 0, "operator alice has died");
	*ret = (struct live_point){ .snapshot = u256_from_u64(snapshots++) };
	return true;
}

bool __wrap_live_restore(struct live *w, struct live_point *to, struct err *e)
{
	(void)w;
	if (fails)
		return err_set(e, ERR_CHILD, 0, "operator alice has died");
	assert_true(u256_fits_u64(&back_to, to->snapshot));
	to->snapshot = u256_from_u64(snapshots++);
	return !does_not_start ||
	       err_set(e, ERR_CHILD, 0, "operator alice did not start");
}

bool __wrap_fragments_rewound(struct fragments *f, struct err *e)
{
	(void)f;
	(void)e;
	return true;
}

enum fragment_end __wrap_fragments_play(struct fragments *f, const char *name,
					const char *text, size_t len,
					struct buf *out)
{
	(void)f;
	(void)name;
	(void)out;
	buf_add(&played, text, len);
	return FRAGMENT_PLAYED;
}

static int setup(void **state)
{
	struct state *s = xcalloc(1, sizeof(*s));
	CLEANUP(json_decrefp) json_t *up = NULL;
	struct err e = ERR_INIT;

	s->tmp = kit_tmpdir_new();
	setenv("TMPDIR", s->tmp, 1);
	assert_ok(reaper_start(&e), &e);
	assert_ok(loop_new(&s->loop, &e), &e);
	s->desk = desk_new(&(struct desk_spec){
		.loop = s->loop, .root = "/here", .world = "core" });
	assert_ok(desk_open(s->desk, NULL, NULL, NULL, &e), &e);
	up = desk_list(s->loop, "/here");
	s->path = xstrdup(json_string_value(json_object_get(up, "core")));
	snapshots = 1;
	fails = does_not_start = false;
	played = BUF_INIT(TEXT_MAX);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct state *s = *state;

	for (size_t i = 0; i < s->askers_n; i++) {
		stream_free(s->askers[i]);
		buf_done(&s->said[i]);
	}
	desk_free(s->desk);
	loop_drain(s->loop);
	loop_free(s->loop);
	reaper_stop();
	unsetenv("TMPDIR");
	kit_tmpdir_free(s->tmp);
	buf_done(&played);
	free(s->path);
	free(s);
	return 0;
}

/* --- who asks ---------------------------------------------------------------- */

static void on_value(void *arg, const char *text, size_t len)
{
	(void)len;
	buf_adds(arg, text);
}

/* Returns what it will have been answered. */
static const struct buf *ask(struct state *s, const char *question)
{
	size_t i = s->askers_n++;
	const struct stream_events ev = { .on_value = on_value,
					  .arg = &s->said[i] };
	struct err e = ERR_INIT;

	assert_true(i < ASKERS_MAX);
	s->said[i] = BUF_INIT(TEXT_MAX);
	assert_ok(stream_connect(&s->askers[i], s->loop, s->path, &ev, &e), &e);
	stream_write(s->askers[i], question, strlen(question));
	loop_drain(s->loop);
	return &s->said[i];
}

static void answers(struct state *s, const char *what, const char *name,
		    const char *want)
{
	CLEANUP(freep)
	char *question = xasprintf("{\"ask\":\"snapshot\",\"what\":\"%s\","
				   "\"name\":\"%s\"}", what, name);
	const struct buf *said = ask(s, question);

	assert_true(desk_asked(s->desk));
	desk_answer(s->desk);
	loop_drain(s->loop);
	if (!strstr(buf_str(said), want))
		fail_msg("snapshot %s %s: wanted %s, not %s", what, name, want,
			 buf_str(said));
}

#define DONE "{\"exit\":0}"

static void test_snapshot_that_fails(void **state)
{
	struct state *s = *state;

	answers(s, "save", "one", DONE);
	answers(s, "save", "two", DONE);
	fails = true;
	answers(s, "save", "three", "operator alice has died");
	answers(s, "save", "one", "operator alice has died");
	answers(s, "load", "one", "operator alice has died");
	fails = false;
	/* It is none, and the others are what they were. */
	answers(s, "load", "three", "no snapshot three was saved");
	answers(s, "load", "two", DONE);
	assert_int_equal(back_to, 2);
	answers(s, "load", "one", DONE);
	assert_int_equal(back_to, 1);
	answers(s, "load", "two", "no snapshot two was saved");
	answers(s, "load", "one", DONE);
	assert_int_equal(back_to, 4);
	/* Back, but not whole: what came later is gone all the same. */
	answers(s, "save", "four", DONE);
	does_not_start = true;
	answers(s, "load", "one", "operator alice did not start");
	does_not_start = false;
	answers(s, "load", "four", "no snapshot four was saved");
	answers(s, "load", "one", DONE);
	assert_int_equal(back_to, 7);
}

static void test_one_after_the_other(void **state)
{
	struct state *s = *state;

	for (size_t i = 0; i < 4; i++) {
		CLEANUP(freep) char *question = xasprintf(
			"{\"ask\":\"do\",\"text\":\"%zu,\"}", i);

		(void)ask(s, question);
	}
	for (size_t i = 0; i < 4; i++) {
		assert_true(desk_asked(s->desk));
		desk_answer(s->desk);
	}
	assert_false(desk_asked(s->desk));
	assert_string_equal(buf_str(&played), "0,1,2,3,");
	loop_drain(s->loop);
	for (size_t i = 0; i < 4; i++)
		assert_non_null(strstr(buf_str(&s->said[i]), DONE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(test_snapshot_that_fails),
		T(test_one_after_the_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
