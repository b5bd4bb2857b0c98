/*
 * quote - quotes made, explained and judged.
 *
 * What the TEE simulator knows (quotes, faults) is asked of the program
 * itself: the harness does not contain what it tests with.
 */
#include "cli/commands.h"
#include "cli/session.h"
#include "io/child.h"

#include "base/nearest.h"

#include "base/base.h"

#define SIM_TIMEOUT_MS 60000
#define SIM_OUTPUT_MAX ((size_t)4 << 20)
#define ARGS_MAX (2 * OPTION_LIST_MAX + 32)

/* When collateral is made if nobody says: no clock is read, so that the same
 * command gives the same bytes. */
#define AT_DEFAULT "1767225600" /* 2026-01-01T00:00:00Z */
#define SEED_DEFAULT "1"

/* Runs tee-sim and prints what it says; its exit code. */
static int simulate(const char *const *args, struct err *e)
{
	struct buf out = BUF_INIT(SIM_OUTPUT_MAX);
	const char *argv[ARGS_MAX + 1];
	CLEANUP(freep) char *program = NULL;
	struct session s;
	size_t n = 1;
	int code = EXIT_OK;

	if (!session_open(&s, e))
		return command_failed(e);
	program = xasprintf("%s/build/bin/tee-sim", s.root);
	argv[0] = program;
	for (; *args; args++) {
		ASSERT(n < ARGS_MAX);
		argv[n++] = *args;
	}
	argv[n] = NULL;
	const struct child_spec spec = { .name = "tee-sim", .argv = argv };

	if (!child_run(s.loop, &spec, &out, SIM_TIMEOUT_MS, e)) {
		code = e->code == ERR_CHILD && WIFEXITED(e->sub)
			       ? WEXITSTATUS(e->sub)
			       : EXIT_BROKEN;
		fputs(out.len ? buf_str(&out) : e->text, stderr);
	} else {
		fputs(buf_str(&out), stdout);
	}
	buf_done(&out);
	session_close(&s);
	return code;
}

struct make_options {
	const char *tee, *version, *td, *report_data, *seed, *at, *out;
	struct option_list faults;
};

static const struct option_spec make_options[] = {
	{ "tee", OPTION_TEXT, "sgx|tdx", "whose quote (tdx)",
	  offsetof(struct make_options, tee) },
	{ "version", OPTION_TEXT, "N", "3: SGX; 4 (or what fits) and 5: TDX",
	  offsetof(struct make_options, version) },
	{ "td", OPTION_TEXT, "1.0|1.5|1.5ex", "TD report of version 5 (1.5)",
	  offsetof(struct make_options, td) },
	{ "report-data", OPTION_TEXT, "HEX", "up to 64 bytes; required",
	  offsetof(struct make_options, report_data) },
	{ "fault", OPTION_LIST, "NAME",
	  "one of `avsbed quote faults`, NAME:PARAM=N too; repeatable",
	  offsetof(struct make_options, faults) },
	{ "seed", OPTION_TEXT, "S", "of all keys (" SEED_DEFAULT ")",
	  offsetof(struct make_options, seed) },
	{ "at", OPTION_TEXT, "UNIX",
	  "when collateral is valid (" AT_DEFAULT ", 2026-01-01)",
	  offsetof(struct make_options, at) },
	{ "out", OPTION_TEXT, "DIR", "where the files go; required",
	  offsetof(struct make_options, out) },
	{ .name = NULL },
};

static int lacks(const struct command *c, const char *what)
{
	struct buf b = BUF_INIT((size_t)64 << 10);

	fprintf(stderr, "avsbed %s: %s\n", c->name, what);
	command_usage(&b, c);
	fputs(buf_str(&b), stderr);
	buf_done(&b);
	return EXIT_USAGE;
}

static int make_main(const char *const *argv)
{
	CLEANUP(freep) const char **more = NULL;
	struct make_options o = { .seed = SEED_DEFAULT, .at = AT_DEFAULT };
	struct err e = ERR_INIT;
	const char *args[ARGS_MAX];
	size_t n = 0;
	int code;

	if (!command_options(&command_quote_make, &o, argv, &more, &code))
		return code;
	if (!o.report_data)
		return lacks(&command_quote_make, "--report-data is missing");
	if (!o.out)
		return lacks(&command_quote_make, "--out is missing");
	args[n++] = "make";
	const char *const pairs[][2] = {
		{ "--seed", o.seed },	{ "--at", o.at },
		{ "--out", o.out },	{ "--report-data", o.report_data },
		{ "--tee", o.tee },	{ "--version", o.version },
		{ "--td", o.td },
	};

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		if (!pairs[i][1])
			continue;
		args[n++] = pairs[i][0];
		args[n++] = pairs[i][1];
	}
	/* `--fault A B` as well as `--fault A --fault B`. */
	for (const char *const *p = more; *p; p++) {
		if (!o.faults.n || o.faults.n == OPTION_LIST_MAX)
			return lacks(&command_quote_make, "too many arguments");
		o.faults.v[o.faults.n++] = *p;
	}
	for (size_t i = 0; i < o.faults.n; i++) {
		args[n++] = "--fault";
		args[n++] = o.faults.v[i];
	}
	args[n] = NULL;
	code = simulate(args, &e);
	if (code == EXIT_OK)
		printf("%s: quote.bin, collateral.json, root.der, root.pem\n"
		       "avsbed quote verify %s/quote.bin --collateral "
		       "%s/collateral.json --root %s/root.pem --at %s\n",
		       o.out, o.out, o.out, o.out, o.at);
	return code;
}

const struct command command_quote_make = {
	.name = "quote make",
	.args = "",
	.help = "a quote and its collateral by the TEE simulator, as files",
	.options = make_options,
	.main = make_main,
};

struct faults_options {
	bool json;
};

static const struct option_spec faults_options[] = {
	{ "json", OPTION_FLAG, NULL, "as a JSON array",
	  offsetof(struct faults_options, json) },
	{ .name = NULL },
};

static int faults_main(const char *const *argv)
{
	CLEANUP(freep) const char **more = NULL;
	struct faults_options o = { 0 };
	struct err e = ERR_INIT;
	int code;

	if (!command_options(&command_quote_faults, &o, argv, &more, &code))
		return code;
	if (*more)
		return lacks(&command_quote_faults, "too many arguments");
	const char *const args[] = { "faults", o.json ? "--json" : NULL, NULL };

	return simulate(args, &e);
}

const struct command command_quote_faults = {
	.name = "quote faults",
	.args = "",
	.help = "every fault: its name, and what a verifier must answer",
	.options = faults_options,
	.main = faults_main,
};

static const struct command *const actions[] = {
	&command_quote_make,
	&command_quote_show,
	&command_quote_verify,
	&command_quote_faults,
};

/* "quote make" is found as "make". */
static const char *action_name(const struct command *c)
{
	return strchr(c->name, ' ') + 1;
}

static void usage(FILE *out)
{
	fputs("usage: avsbed quote ACTION [options] [arguments]\n\nactions:\n",
	      out);
	for (size_t i = 0; i < ARRAY_LEN(actions); i++)
		fprintf(out, "  %-10s%s\n", action_name(actions[i]),
			actions[i]->help);
	fputs("\navsbed quote ACTION --help says more.\n", out);
}

static int quote_main(const char *const *argv)
{
	const char *names[ARRAY_LEN(actions)], *near;

	if (!*argv) {
		usage(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(*argv, "--help")) {
		usage(stdout);
		return EXIT_OK;
	}
	for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
		names[i] = action_name(actions[i]);
		if (!strcmp(*argv, names[i]))
			return actions[i]->main(argv + 1);
	}
	near = nearest_name(*argv, names, ARRAY_LEN(names));
	fprintf(stderr, "avsbed quote: there is no action %s%s%s\n", *argv,
		near ? "; nearest: " : "", near ? near : "");
	usage(stderr);
	return EXIT_USAGE;
}

static const struct option_spec none[] = { { .name = NULL } };

const struct command command_quote = {
	.name = "quote",
	.args = "make|show|verify|faults",
	.help = "TEE quotes: make, explain and verify them",
	.options = none,
	.main = quote_main,
};
