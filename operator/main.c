/*
 * avs-operator - the reference operator of an AVS whose operators run in TEEs.
 *
 * This file is the command line: one table of commands, exit codes, help.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>

#include "base/base.h"
#include "base/nearest.h"
#include "operator/daemon.h"
#include "operator/lifecycle.h"
#include "operator/status.h"

enum {
	EXIT_OK,
	EXIT_REFUSED = 1,     /* by the chain */
	EXIT_ENVIRONMENT = 2, /* no RPC, no key, no TEE, … */
	EXIT_USAGE = 64,      /* command line or configuration */
};

struct args {
	const char *command, *config;
	bool json, help;
};

struct command {
	const char *name, *summary;
	bool connects; /* before it runs */
	void (*first)(void *op); /* asks what it will ask first */
	bool (*run)(struct oper *op, const struct args *args, struct err *e);
};

static bool run_daemon(struct oper *op, const struct args *args, struct err *e)
{
	CLEANUP(freep)
	char *state = op->cfg->state ? xstrdup(op->cfg->state)
				     : xasprintf("%s.state", op->cfg->path);
	uint64_t mine;

	(void)args;
	/* Not all of a world wait for the same time. */
	memcpy(&mine, op->me.b, sizeof(mine));
	op->rng = RNG_INIT(op->cfg->seed ^ mine);
	sent_done(&op->sent);
	return sent_open(&op->sent, state, op->cfg->chain_id, &op->me, e) &&
	       daemon_run(op, e);
}

/* The steps of life have the names of their commands. */
static bool run_step(struct oper *op, const struct args *args, struct err *e)
{
	unsigned step = 0;
	bool done;

	while (strcmp(STEP_NAMES[step], args->command))
		ASSERT(++step < STEP__COUNT);
	if (!lifecycle_do(op, (enum lifecycle_step)step, LIFECYCLE_EXACT, &done,
			  e))
		return false;
	if (!done)
		return err_set(e, ERR_REVERT, 0,
			       "%s: the allocation delay is not in effect "
			       "yet; AllocationDelaySet names its block",
			       args->command);
	return true;
}

static bool run_opt_out(struct oper *op, const struct args *args, struct err *e)
{
	(void)args;
	return lifecycle_leave(op, e);
}

static bool run_deregister(struct oper *op, const struct args *args,
			   struct err *e)
{
	(void)args;
	return lifecycle_deregister(op, e);
}

/* An answer that nobody could read is none. */
static bool printed(struct err *e)
{
	return !fflush(stdout) || err_os(e, errno, "the standard output");
}

static bool run_status(struct oper *op, const struct args *args, struct err *e)
{
	CLEANUP(json_decrefp) json_t *status = NULL;
	CLEANUP(freep) char *text = NULL;
	struct buf table = BUF_INIT(1 << 20);

	if (!status_collect(op, &status, e))
		return false;
	text = json_text(status);
	status_print(&table, status);
	printf("%s%s", args->json ? text : buf_str(&table),
	       args->json ? "\n" : "");
	buf_done(&table);
	return printed(e);
}

static bool run_keys(struct oper *op, const struct args *args, struct err *e)
{
	printf(args->json ? "{\"address\":\"%s\",\"keystore\":\"%s\"}\n"
			  : "address   %s\nkeystore  %s\n",
	       fmt_addr(&op->me).s, op->cfg->keystore);
	return printed(e);
}

static const struct command COMMANDS[] = {
    {"run", "prepare, watch the chain, do the duties, until SIGTERM", false,
     NULL, run_daemon},
    {"register", "register with EigenLayer as an operator", true,
     lifecycle_ahead_register, run_step},
    {"deposit", "bring the stake in each strategy to the configured one", true,
     NULL, run_step},
    {"allocate", "bring the allocations to the configured magnitudes", true,
     NULL, run_step},
    {"opt-in", "attest and join the AVS's operator set", true,
     lifecycle_ahead_opt_in, run_step},
    {"opt-out", "leave the AVS's operator set", true,
     lifecycle_ahead_leave, run_opt_out},
    {"deregister", "leave it, and take the allocations back", true,
     lifecycle_ahead_leave, run_deregister},
    {"status", "what the chain says of this operator (--json)", true,
     NULL, run_status},
    {"keys", "address and keystore, having opened it (--json)", false,
     NULL, run_keys},
};

static void print_help(FILE *to)
{
	fputs("usage: avs-operator COMMAND --config FILE [--json]\n\n", to);
	for (size_t i = 0; i < ARRAY_LEN(COMMANDS); i++)
		fprintf(to, "  %-10s %s\n", COMMANDS[i].name,
			COMMANDS[i].summary);
	fputs(
	    "\n"
	    "  --config FILE  the configuration; else $AVS_OPERATOR_CONFIG\n"
	    "  --json         status and keys as JSON\n"
	    "\n"
	    "examples:\n"
	    "  avs-operator register --config alice.json\n"
	    "  avs-operator run --config alice.json\n"
	    "  AVS_OPERATOR_CONFIG=alice.json avs-operator status --json\n"
	    "\n"
	    "run writes one JSON event a line to stdout and a log to stderr.\n"
	    "exit: 0 done, 1 refused by the chain, 2 the environment failed,\n"
	    "64 wrong usage or configuration. docs/operator.md has the rest.\n",
	    to);
}

static const struct command *find_command(const char *name)
{
	const char *names[ARRAY_LEN(COMMANDS)], *near;

	for (size_t i = 0; i < ARRAY_LEN(COMMANDS); i++) {
		names[i] = COMMANDS[i].name;
		if (!strcmp(names[i], name))
			return &COMMANDS[i];
	}
	near = nearest_name(name, names, ARRAY_LEN(names));
	fprintf(stderr, "avs-operator: no command %s", name);
	if (near)
		fprintf(stderr, "; nearest: %s", near);
	fputs(" (avs-operator --help lists them)\n", stderr);
	return NULL;
}

/* getopt says itself what is wrong with an option. */
static bool parse_args(struct args *ret, int argc, char **argv)
{
	static const struct option options[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"json", no_argument, NULL, 'j'},
	    {"help", no_argument, NULL, 'h'},
	    {0},
	};
	struct args a = {.config = getenv("AVS_OPERATOR_CONFIG")};
	int opt;

	while ((opt = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		if (opt == 'c')
			a.config = optarg;
		else if (opt == 'j')
			a.json = true;
		else if (opt == 'h')
			a.help = true;
		else
			return false;
	}
	a.command = argv[optind];
	if (a.command && argv[optind + 1]) {
		fprintf(stderr, "avs-operator: %s: one command at a time\n",
			argv[optind + 1]);
		return false;
	}
	*ret = a;
	return true;
}

static int exit_code(const struct err *e)
{
	return e->code == ERR_REVERT ? EXIT_REFUSED : EXIT_ENVIRONMENT;
}

static bool work(struct oper *op, const struct command *c,
		 const struct args *args, struct err *e)
{
	const struct asker first = {c->first, op};

	return loop_new(&op->loop, e) && operator_open_key(op, e) &&
	       (!c->connects ||
		operator_connect(op, c->first ? &first : NULL, e)) &&
	       c->run(op, args, e);
}

static int run(const struct command *c, const struct args *args)
{
	struct events ev = {.out = stdout, .log = stderr};
	struct oper op = {.ev = &ev};
	struct config cfg = {0};
	struct err e = ERR_INIT;
	int code = EXIT_OK;

	if (!config_load(&cfg, args->config, &e)) {
		fprintf(stderr, "avs-operator: %s\n", e.text);
		config_done(&cfg);
		return e.code == ERR_OS ? EXIT_ENVIRONMENT : EXIT_USAGE;
	}
	metrics_init(&op.metrics);
	op.behave = cfg.behaviour;
	op.cfg = &cfg;
	ev.name = cfg.name;
	if (!work(&op, c, args, &e)) {
		events_error(&ev, c->name, &e);
		code = exit_code(&e);
	}
	operator_done(&op);
	loop_free(op.loop);
	config_done(&cfg);
	return code;
}

/* Until the loop takes signals over nothing was begun: to end is all. */
static void end_at_once(int signo)
{
	(void)signo;
	_exit(EXIT_OK);
}

int main(int argc, char **argv)
{
	const struct command *c;
	struct args args;

	if (argc > 1 && !strcmp(argv[1], "run"))
		signal(SIGTERM, end_at_once);
	signal(SIGPIPE, SIG_IGN);
	/* A line of the log is one write, and whoever reads it wakes up once. */
	(void)setvbuf(stderr, NULL, _IOLBF, BUFSIZ);
	if (!parse_args(&args, argc, argv))
		return EXIT_USAGE;
	if (args.help || !args.command) {
		print_help(args.help ? stdout : stderr);
		return args.help ? EXIT_OK : EXIT_USAGE;
	}
	c = find_command(args.command);
	if (!c)
		return EXIT_USAGE;
	if (!args.config) {
		fprintf(stderr,
			"avs-operator: %s: which configuration? "
			"--config FILE\n",
			c->name);
		return EXIT_USAGE;
	}
	return run(c, &args);
}
