/*
 * up - a world that stays up for a developer, until Ctrl-C. Meanwhile it can
 * be asked and driven by other commands (desk.h).
 */
#include "cli/commands.h"
#include "cli/desk.h"
#include "cli/screen.h"
#include "cli/session.h"
#include "devnet/live.h"
#include "scenario/check.h"
#include "scenario/run.h"

#include "base/base.h"

#define OUTPUT_MAX (16u << 20)
#define DEFAULT_WORLD "phala-devnet"
#define SEED 1u

struct options {
	const char *logs;
	bool json, persist;
};

static const struct option_spec options[] = {
	{ "json", OPTION_FLAG, NULL, "endpoints and addresses as JSON",
	  offsetof(struct options, json) },
	{ "logs", OPTION_TEXT, "DIR", "keep what every process wrote",
	  offsetof(struct options, logs) },
	{ "persist", OPTION_FLAG, NULL,
	  "go on where the last one with this option ended",
	  offsetof(struct options, persist) },
	{ .name = NULL },
};

struct up {
	struct session *session;
	const struct options *o;
	const struct world *world;
	struct live *live;
	struct fragments *fragments;
	struct board *board;
	struct desk *desk;
	struct screen screen;
	bool moved; /* there is a block that the table does not have */
};

/* --- what happens meanwhile ----------------------------------------------- */

static void show_line(void *arg, const char *actor, const char *line)
{
	struct up *u = arg;
	CLEANUP(freep) char *text = xasprintf("%-10s %s", actor, line);

	screen_line(&u->screen, text);
}

static void heard(void *arg, const char *actor, enum child_stream s,
		  const char *line, const json_t *event)
{
	const char *kind = json_string_value(json_object_get(event, "event"));
	struct up *u = arg;

	if (u->fragments)
		fragments_heard(u->fragments, actor, s, line, event);
	/* One for each block and operator: noise to a reader. */
	if (!kind || strcmp(kind, "handled") != 0)
		desk_line(u->desk, actor, line);
}

static void answered(void *arg, const char *actor, const struct gateway_call *c,
		     const json_t *result, const json_t *error)
{
	struct up *u = arg;

	(void)error;
	if (u->fragments)
		fragments_answered(u->fragments, actor, c, result);
}

/* --- what is printed first ------------------------------------------------ */

static void print_env(struct up *u)
{
	struct buf b = BUF_INIT(OUTPUT_MAX);

	if (u->o->json)
		board_json(u->board, &b);
	else
		board_env(u->board, &b);
	fputs(buf_str(&b), stdout);
	buf_done(&b);
	if (!u->o->json)
		printf("# up. `avsbed do`, `shell`, `status` and their kin "
		       "drive it; `avsbed fund NAME` makes an account. Keys "
		       "are for devnets only. Ctrl-C ends it and %s.\n",
		       u->o->persist ? "keeps its state" : "leaves nothing");
}

/* --- serving -------------------------------------------------------------- */

static bool has_work(void *arg)
{
	const struct up *u = arg;

	return u->moved || live_busy(u->live) || desk_asked(u->desk);
}

/* Whoever sent what is in it. */
static void on_head(void *arg, const json_t *head)
{
	struct up *u = arg;

	(void)head;
	u->moved = true;
}

static bool show_table(struct up *u, struct err *e)
{
	struct buf b = BUF_INIT(OUTPUT_MAX);
	bool ok;

	u->moved = false;
	ok = !u->screen.live || board_table(u->board, &b, e);
	if (ok && u->screen.live)
		screen_table(&u->screen, buf_str(&b));
	buf_done(&b);
	return ok;
}

/* A world without one of its operators is still one, without a chain not. */
static bool endures(struct up *u, struct err *e)
{
	if (loop_stopped(u->session->loop) || live_blame(u->live, e))
		return false;
	desk_line(u->desk, "avsbed", e->text);
	live_bury(u->live);
	*e = ERR_INIT;
	return true;
}

/* Operators that send transactions get them mined, whoever asks an answer. */
static bool serve(struct up *u, struct err *e)
{
	for (;;) {
		if (!show_table(u, e) ||
		    !loop_run_until(u->session->loop, has_work, u, UINT64_MAX,
				    "Ctrl-C", e))
			return false;
		/* Whoever is connected may have sent something meanwhile. */
		live_moved(u->live);
		if (live_busy(u->live) && !live_rest(u->live, e) &&
		    !endures(u, e))
			return false;
		desk_answer(u->desk);
	}
}

static int run(struct up *u)
{
	struct loop *l = u->session->loop;
	struct err e = ERR_INIT;
	const char *sidecar;

	if (!live_sidecar(u->live, &sidecar, &e))
		return command_failed(&e);
	print_env(u);
	fflush(stdout);
	if (u->screen.live &&
	    !rpc_subscribe(live_rpc(u->live), "newHeads", on_head, u, &e))
		return command_failed(&e);
	if (!serve(u, &e) && !loop_stopped(l)) {
		(void)!live_blame(u->live, &e);
		return command_failed(&e);
	}
	if (!u->o->persist)
		return EXIT_OK;
	loop_go_on(l);
	return live_keep(u->live, &e) ? EXIT_OK : command_failed(&e);
}

static bool start(struct up *u, struct library *lib, struct diags *diags,
		  struct arena *a, struct err *e)
{
	const struct run_options run = { .root = u->session->root,
					 .log_dir = u->o->logs };
	const struct live_events ev = { .on_line = heard,
					.gateway = { .on_answer = answered,
						     .arg = u },
					.arg = u };
	struct live_operator *ops;
	struct live_spec spec;
	size_t n;

	if (!run_live_spec(a, u->world, &run, &spec, e) ||
	    !run_cast(a, u->world, &ops, &n, e))
		return false;
	spec.keeps = u->o->persist;
	spec.open = true;
	if (!live_new(&u->live, u->session->loop, &spec, &ev, e) ||
	    !live_begin(u->live, ops, n, SEED, e) ||
	    !fragments_new(
		    &u->fragments,
		    &(struct fragments_spec){ .loop = u->session->loop,
					      .library = lib,
					      .diags = diags,
					      .world = u->world,
					      .abis = session_abis(u->session),
					      .live = u->live,
					      .seed = SEED },
		    e))
		return false;
	u->board = board_new(u->live, u->world, lib, u->fragments);
	return desk_open(u->desk, u->live, u->fragments, u->board, e);
}

static int up_world(struct session *s, const char *name,
		    const struct options *o)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	CLEANUP(freep) char *folder = xasprintf("%s/scenarios", s->root);
	struct up u = { .session = s, .o = o };
	struct err e = ERR_INIT;
	struct diags diags;
	struct library *lib;
	int code;

	diags_init(&diags);
	lib = library_new(folder, &diags);
	u.world = library_world(lib, name);
	screen_init(&u.screen, stdout);
	u.desk = desk_new(&(struct desk_spec){ .loop = s->loop,
					       .root = s->root,
					       .world = name,
					       .on_line = show_line,
					       .arg = &u });
	if (!u.world || diags.n) {
		struct buf b = BUF_INIT(OUTPUT_MAX);

		diags_format(&b, &diags);
		fputs(buf_str(&b), stderr);
		buf_done(&b);
		code = EXIT_USAGE;
	} else {
		code = start(&u, lib, &diags, a, &e) ? run(&u)
						     : command_failed(&e);
	}
	board_free(u.board);
	fragments_free(TAKE(u.fragments));
	/* Its processes have last words. */
	live_free(u.live);
	desk_free(u.desk);
	screen_done(&u.screen);
	library_free(lib);
	diags_done(&diags);
	return code;
}

static int up_main(const char *const *argv)
{
	CLEANUP(freep) const char **names = NULL;
	struct options o = { 0 };
	struct session s;
	struct err e = ERR_INIT;
	int code;

	if (!command_options(&command_up, &o, argv, &names, &code))
		return code;
	if (names[0] && names[1]) {
		fprintf(stderr, "avsbed up: one world, not %s as well\n",
			names[1]);
		return EXIT_USAGE;
	}
	if (!session_open(&s, &e))
		return command_failed(&e);
	code = session_contracts(&s, &e)
		       ? up_world(&s, *names ? *names : DEFAULT_WORLD, &o)
		       : command_failed(&e);
	session_close(&s);
	return code;
}

const struct command command_up = {
	.name = "up",
	.args = "[WORLD]",
	.help = "a world that stays up: prints endpoints and addresses",
	.options = options,
	.main = up_main,
};
