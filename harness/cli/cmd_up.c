/*
 * up - a world that stays up for a developer, until Ctrl-C.
 */
#include "cli/commands.h"
#include "cli/session.h"
#include "devnet/live.h"
#include "scenario/check.h"
#include "scenario/run.h"

#include "base/base.h"

#define OUTPUT_MAX (16u << 20)
#define DEFAULT_WORLD "phala-devnet"

struct options {
	const char *logs;
	bool json;
};

static const struct option_spec options[] = {
	{ "json", OPTION_FLAG, NULL, "endpoints and addresses as JSON",
	  offsetof(struct options, json) },
	{ "logs", OPTION_TEXT, "DIR", "keep what every process wrote",
	  offsetof(struct options, logs) },
	{ .name = NULL },
};

static void print_line(void *arg, const char *actor, enum child_stream s,
		       const char *line, const json_t *event)
{
	const char *kind = json_string_value(json_object_get(event, "event"));

	(void)arg;
	(void)s;
	/* One for each block and operator: noise to a reader. */
	if (kind && !strcmp(kind, "handled"))
		return;
	printf("%-10s %s\n", actor, line);
	fflush(stdout);
}

/* What an operator of one's own would need to stand in for one of these. */
static void print_operators(struct live *w)
{
	size_t n;
	const struct book_entry *all = book_entries(live_book(w), &n);

	for (size_t i = 0; i < n; i++) {
		const char *config = live_config_path(w, all[i].name);

		if (config)
			printf("export AVS_OPERATOR_CONFIG_%s=%s\n",
			       all[i].name, config);
	}
}

static void print_env(struct live *w)
{
	struct buf b = BUF_INIT(OUTPUT_MAX);

	live_env(w, &b);
	fputs(buf_str(&b), stdout);
	buf_done(&b);
}

static void print_json(struct live *w)
{
	CLEANUP(json_decrefp) json_t *addresses = json_object();
	CLEANUP(json_decrefp) json_t *operators = json_object();
	CLEANUP(json_decrefp) json_t *o = NULL;
	CLEANUP(freep) char *text = NULL;
	const struct book_entry *all;
	size_t n;

	all = book_entries(live_book(w), &n);
	for (size_t i = 0; i < n; i++) {
		const char *config = live_config_path(w, all[i].name);

		json_object_set_new(addresses, all[i].name,
				    json_string(fmt_addr(&all[i].address).s));
		if (config)
			json_object_set_new(operators, all[i].name,
					    json_string(config));
	}
	o = json_pack("{s:s, s:s, s:I, s:O, s:O}", "rpc", live_url(w), "ipc",
		      live_ipc(w), "chain_id", (json_int_t)live_chain_id(w),
		      "addresses", addresses, "operators", operators);
	text = json_text(o);
	puts(text);
}

static bool busy(void *arg)
{
	return live_busy(arg);
}

static int serve(struct session *s, struct live *w, const struct options *o)
{
	struct err e = ERR_INIT;

	if (o->json) {
		print_json(w);
	} else {
		print_env(w);
		print_operators(w);
		printf("# up. The key of NAME, for devnets only, is what `cast "
		       "keccak \"avsbed devnet key: NAME\"` prints. Ctrl-C "
		       "ends it and leaves nothing.\n");
	}
	fflush(stdout);
	/* Operators that send transactions meanwhile get them mined. */
	while (loop_run_until(s->loop, busy, w, UINT64_MAX, "Ctrl-C", &e))
		if (!live_rest(w, &e))
			break;
	if (loop_stopped(s->loop))
		return EXIT_OK;
	(void)!live_blame(w, &e);
	return command_failed(&e);
}

static int up_world(struct session *s, const char *name,
		    const struct options *o)
{
	const struct live_events ev = { .on_line = print_line };
	const struct run_options run = { .root = s->root, .log_dir = o->logs };
	CLEANUP(arena_freep) struct arena *a = arena_new();
	CLEANUP(freep) char *folder = xasprintf("%s/scenarios", s->root);
	CLEANUP(live_freep) struct live *w = NULL;
	struct live_operator *ops;
	struct live_spec spec;
	struct diags diags;
	struct library *lib;
	const struct world *world;
	struct err e = ERR_INIT;
	int code = EXIT_OK;
	size_t n;

	diags_init(&diags);
	lib = library_new(folder, &diags);
	world = library_world(lib, name);
	if (!world || diags.n) {
		struct buf b = BUF_INIT(OUTPUT_MAX);

		diags_format(&b, &diags);
		fputs(buf_str(&b), stderr);
		buf_done(&b);
		code = EXIT_USAGE;
	} else if (!run_live_spec(a, world, &run, &spec, &e) ||
		   !run_cast(a, world, &ops, &n, &e) ||
		   !live_new(&w, s->loop, &spec, &ev, &e) ||
		   !live_begin(w, ops, n, 1, &e)) {
		code = command_failed(&e);
	} else {
		code = serve(s, w, o);
	}
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
	if (!session_open(&s, &e))
		return command_failed(&e);
	code = session_compile(&s, &e)
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
