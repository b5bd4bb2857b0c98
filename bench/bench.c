/*
 * bench ROUNDS - measures, and prints the table that bench/run records.
 *
 * Everything in one run, round by round, so that what else the machine does
 * meets all alike; each figure is the median of the rounds.
 */
#include "bench/bench.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/base.h"
#include "base/clock.h"
#include "base/cpu.h"
#include "base/hex.h"
#include "bench/record.h"

#define ROUNDS_MAX 64
#define HUNDRED "4" /* as often for a hundred scenarios with operators */
#define OFTEN "6"   /* how often the whole suite is played for its work */
#define AVSBED "build/bin/avsbed"
#define FIRST "bench/first-step.yaml"
#define DELAYED "bench/delay.yaml"
#define SLASH "scenarios/sla/challenge-missed-slashed.yaml"

enum figure {
	FIRST_STEP,  /* ms */
	SCENARIO,    /* ms, from its first call to its last */
	REPLAY,	     /* ms */
	OPERATORS,   /* ms of CPU */
	AGAINST_RAW, /* SCENARIO / (REPLAY + OPERATORS) */
	OWN_CPU,     /* ms of avsbed in that run */
	ANVIL_CPU,
	DELAY, /* ms, the whole step */
	ANSWER, /* ms, from a challenge's block until the answer is sent */
	SUITE,
	PHALA,
	ONE_WORKER,
	TWO_RATIO, /* ONE_WORKER / the same by two */
	CHECK,
	FLOWS, /* FLOWS_N of ours, then of each other tool's */
	FIGURE__COUNT = FLOWS + 5 * 4
};

/* Who plays a flow; RATIO's are to OURS. */
enum tool { OURS, CAST, VIEM, FORGE, TOOL__COUNT };

static const struct {
	const char *what, *interpreter;
	const char *phala, *core; /* scripts; forge has no TEE to ask */
} tools[TOOL__COUNT] = {
	[CAST] = { "cast in bash", "/bin/bash", "bench/flow-cast.sh",
		   "bench/flow-core.sh" },
	[VIEM] = { "viem in Node", "/usr/bin/node", "build/bench/flow-viem.mjs",
		   "build/bench/flow-core.mjs" },
	[FORGE] = { "forge test", "/bin/bash", NULL, "bench/flow-forge.sh" },
};

/* The same scenario for all; those of a name are played by flow-core. */
static const struct {
	const char *scenario, *world, *name;
} flows[] = {
	{ SLASH, "phala-manual", NULL },
	{ "scenarios/slashing/wad-out-of-range.yaml", "core-manual",
	  "wad_out_of_range" },
	{ "scenarios/withdrawal/back-as-shares.yaml", "core-manual",
	  "back_as_shares" },
	{ "scenarios/sets/made-once-by-its-avs.yaml", "core-manual",
	  "made_once" },
	{ "scenarios/stake/over-allocation.yaml", "core-manual",
	  "over_allocation" },
};
#define FLOWS_N ARRAY_LEN(flows)
_Static_assert(FLOWS + FLOWS_N * TOOL__COUNT == FIGURE__COUNT, "a figure each");

struct bench {
	char dir[64];
	double seen[FIGURE__COUNT][2 * ROUNDS_MAX];
	size_t n[FIGURE__COUNT];
	size_t calls, mined, files, played, phala;
	double once_kb;
	struct watched many, all, two;
	char up_env[1u << 15]; /* what `avsbed up` prints */
	struct {
		double own, anvil, operators; /* ms of CPU */
		size_t played;
	} once, often; /* the whole suite on one CPU */
	struct plays plays;
};

static pid_t up; /* `avsbed up`, while it is; 0 */

static void world_down(void)
{
	if (!up)
		return;
	kill(up, SIGINT);
	waitpid(up, NULL, 0);
	up = 0;
}

void bench_die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("bench: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	world_down();
	exit(2);
}

static void note(struct bench *b, enum figure f, double v)
{
	b->seen[f][b->n[f]++] = v;
}

static int by_value(const void *a, const void *b)
{
	double x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

static double median(const struct bench *b, enum figure f)
{
	double sorted[2 * ROUNDS_MAX];

	if (!b->n[f])
		return 0;
	memcpy(sorted, b->seen[f], b->n[f] * sizeof(*sorted));
	qsort(sorted, b->n[f], sizeof(*sorted), by_value);
	return sorted[b->n[f] / 2];
}

/* --- processes ------------------------------------------------------------ */

static pid_t start(const char *const *argv, const char *out)
{
	pid_t pid = fork();
	int fd;

	if (pid)
		return pid;
	fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd >= 0 && dup2(fd, STDOUT_FILENO) >= 0)
		execv(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

static double ms_since(uint64_t ns)
{
	ns = clock_ns() - ns;
	return (double)ns / 1e6;
}

/* Runs it to its end, which must be a good one; how long that took. */
static double timed(const struct bench *b, const char *const *argv)
{
	CLEANUP(freep) char *out = xasprintf("%s/out", b->dir);
	uint64_t begun = clock_ns();
	pid_t pid = start(argv, out);
	int status = -1;

	waitpid(pid, &status, 0);
	if (status)
		bench_die("%s %s failed; what it said is in %s", argv[0],
			  argv[1], out);
	return ms_since(begun);
}

/* @argv under the probe, which counts its CPU time. */
static uint64_t counted(const struct bench *b, const char *const *argv)
{
	uint64_t begun = clock_ns();

	setenv("LD_PRELOAD", "build/bench/probe.so", 1);
	setenv("BENCH_OUT", b->dir, 1);
	timed(b, argv);
	unsetenv("LD_PRELOAD");
	return begun;
}

/* And keeps what it asks anvil. */
static uint64_t probed(const struct bench *b, const char *const *argv)
{
	uint64_t begun;

	setenv("BENCH_RPC", "1", 1);
	begun = counted(b, argv);
	unsetenv("BENCH_RPC");
	return begun;
}

/* --- figures -------------------------------------------------------------- */

/* When requests with this method were sent; the last ones if there are more. */
static size_t times_of(const struct bench *b, const char *method,
		       uint64_t *ret, size_t max)
{
	CLEANUP(freep) char *path = xasprintf("%s/rpc", b->dir);
	struct buf rec = BUF_INIT(64u << 20);
	struct record_head h;
	size_t n = 0;
	struct err e;

	if (!buf_read_file(&rec, path, &e))
		bench_die("%s", e.text);
	for (size_t at = 0; at + sizeof(h) <= rec.len; at += h.len) {
		memcpy(&h, rec.data + at, sizeof(h));
		at += sizeof(h);
		if (!memmem(rec.data + at, h.len, method, strlen(method)))
			continue;
		if (n == max)
			memmove(ret, ret + 1, --n * sizeof(*ret));
		ret[n++] = h.ns;
	}
	buf_done(&rec);
	if (!n)
		bench_die("%s was never called", method);
	return n;
}

/* From the first snapshot, of the chain as it was booted, to the last call. */
static double played_ms(const struct bench *b)
{
	CLEANUP(freep) char *path = xasprintf("%s/rpc", b->dir);
	struct buf rec = BUF_INIT(64u << 20);
	struct record_head h = { 0 };
	uint64_t first = 0;
	struct err e;

	if (!buf_read_file(&rec, path, &e))
		bench_die("%s", e.text);
	for (size_t at = 0; at + sizeof(h) <= rec.len; at += h.len) {
		memcpy(&h, rec.data + at, sizeof(h));
		at += sizeof(h);
		if (!first && memmem(rec.data + at, h.len, "evm_snapshot", 12))
			first = h.ns;
	}
	buf_done(&rec);
	if (!first)
		bench_die("no scenario was played");
	return (double)(h.ns - first) / 1e6;
}

/* The scenario's only step is a view: the last call of the run. */
static void first_step(struct bench *b)
{
	const char *const argv[] = { AVSBED, "run", FIRST, NULL };
	uint64_t begun = probed(b, argv), last;

	times_of(b, "eth_call", &last, 1);
	note(b, FIRST_STEP, (double)(last - begun) / 1e6);
}

static void delay(struct bench *b)
{
	const char *const argv[] = { AVSBED, "run", DELAYED, NULL };
	uint64_t at[20];
	size_t n;

	probed(b, argv);
	n = times_of(b, "anvil_loadState", at, ARRAY_LEN(at));
	note(b, DELAY, (double)(at[n - 1] - at[0]) / 1e6 / (double)(n - 1));
}

static void scenario(struct bench *b)
{
	const char *const argv[] = { AVSBED, "run", SLASH, NULL };
	struct replayed r;
	uint64_t took[2];

	probed(b, argv);
	bench_answers(b->dir, took);
	for (size_t i = 0; i < ARRAY_LEN(took); i++)
		note(b, ANSWER, (double)took[i] / 1e6);
	r = bench_replay(b->dir);
	if (r.mined == 0)
		bench_die("the replayed calls mined nothing");
	b->calls = r.calls;
	b->mined = r.mined;
	note(b, SCENARIO, (double)r.recorded_ns / 1e6);
	note(b, REPLAY, (double)r.ns / 1e6);
	note(b, OPERATORS, bench_used(b->dir, "avs-operator") / 1e3);
	note(b, AGAINST_RAW,
	     (double)r.recorded_ns /
		     ((double)r.ns + bench_used(b->dir, "avs-operator") * 1e3));
	note(b, OWN_CPU, bench_used(b->dir, "avsbed ") / 1e3);
	note(b, ANVIL_CPU, bench_used(b->dir, "anvil") / 1e3);
	b->once_kb = bench_used(b->dir, "memory");
}

/* The last "N WORD" of what was said. */
static size_t said(const struct bench *b, const char *word)
{
	CLEANUP(freep) char *path = xasprintf("%s/out", b->dir);
	struct buf text = BUF_INIT(1u << 24);
	const char *at;
	uint64_t n = 0;
	struct err e;

	if (!buf_read_file(&text, path, &e))
		bench_die("%s", e.text);
	at = strstr(buf_str(&text), word);
	for (const char *next = at; next; next = strstr(at + 1, word))
		at = next;
	while (at && at > buf_str(&text) && strchr("0123456789 ", at[-1]))
		at--;
	if (at)
		at += strspn(at, " ");
	for (; at && *at >= '0' && *at <= '9'; at++)
		n = 10 * n + (uint64_t)(*at - '0');
	buf_done(&text);
	return n;
}

/* Whether a scenario's file says that it is played in Phala's world. */
static bool is_phala(const char *path)
{
	struct buf text = BUF_INIT(1u << 20);
	struct err e;
	bool yes;

	if (!buf_read_file(&text, path, &e))
		bench_die("%s", e.text);
	yes = strstr(buf_str(&text), "\nworld: phala-cloud\n");
	buf_done(&text);
	return yes;
}

/* All of Phala's AVS, by as many workers as CPUs. */
static double phala(const struct bench *b)
{
	const char *argv[256] = { AVSBED,
				  "run",
				  "scenarios/registration",
				  "scenarios/sla",
				  "scenarios/rewards",
				  "scenarios/lifecycle",
				  "scenarios/node",
				  "scenarios/attestation" };
	size_t n = 0;
	double ms;
	glob_t g;

	while (argv[n])
		n++;
	if (glob("scenarios/slashing/*.yaml", 0, NULL, &g))
		bench_die("no scenarios/slashing");
	for (size_t i = 0; i < g.gl_pathc && n + 1 < ARRAY_LEN(argv); i++)
		if (is_phala(g.gl_pathv[i]))
			argv[n++] = g.gl_pathv[i];
	ms = timed(b, argv);
	globfree(&g);
	return ms;
}

static void suite(struct bench *b)
{
	const char *const hundred[] = { AVSBED, "run", "scenarios/sla",
					"scenarios/registration", "--repeat",
					HUNDRED, NULL };
	const char *const one[] = { AVSBED, "run", "scenarios", "--jobs", "1",
				    NULL };
	const char *const two[] = { AVSBED, "run", "scenarios", "--jobs", "2",
				    NULL };
	const char *const check[] = { AVSBED, "check", "scenarios", NULL };
	double alone;

	note(b, SUITE, timed(b, hundred));
	b->played = said(b, "passed");
	note(b, PHALA, phala(b));
	b->phala = said(b, "passed");
	alone = timed(b, one);
	note(b, ONE_WORKER, alone);
	note(b, TWO_RATIO, alone / timed(b, two));
	note(b, CHECK, timed(b, check));
	b->files = said(b, "scenarios checked");
}

static void memory(struct bench *b)
{
	const char *const many[] = { AVSBED, "run", SLASH, "--repeat", "1000",
				     "--jobs", "1", NULL };
	const char *const all[] = { AVSBED, "run", "scenarios", "--jobs", "1",
				    NULL };
	const char *const two[] = { AVSBED, "run", "scenarios", "--jobs", "2",
				    NULL };

	b->many = bench_watch(many);
	b->all = bench_watch(all);
	b->two = bench_watch(two);
}

/*
 * CPU time of everybody over all scenarios, on one CPU, as for a worker of a run
 * that has one for each. What the suite costs once more is what scenarios cost;
 * the rest is said once, for the files, and for worlds.
 */
static void work(struct bench *b)
{
	const char *const once[] = { AVSBED, "run", "scenarios", NULL };
	const char *const often[] = { AVSBED,	  "run", "scenarios",
				      "--repeat", OFTEN, NULL };
	cpu_set_t ours;

	if (sched_getaffinity(0, sizeof(ours), &ours))
		bench_die("the CPUs that we may use: %s", strerror(errno));
	cpu_stay(0);
	counted(b, once);
	b->once.own = bench_used(b->dir, "avsbed ") / 1e3;
	b->once.anvil = bench_used(b->dir, "anvil") / 1e3;
	b->once.operators = bench_used(b->dir, "avs-operator") / 1e3;
	b->once.played = said(b, "passed");
	counted(b, often);
	b->often.own = bench_used(b->dir, "avsbed ") / 1e3;
	b->often.anvil = bench_used(b->dir, "anvil") / 1e3;
	b->often.played = said(b, "passed");
	b->plays = bench_plays(b->dir, b->once.played);
	if (sched_setaffinity(0, sizeof(ours), &ours))
		bench_die("all of our CPUs again: %s", strerror(errno));
}

/* --- the same flow, written for others ------------------------------------ */

/* `export NAME=VALUE` lines become our environment. */
static void take_env(char *text)
{
	for (char *line = text, *end; *line; line = end + 1) {
		char *eq;

		end = strchr(line, '\n');
		if (!end)
			break;
		*end = '\0';
		eq = strchr(line, '=');
		if (strncmp(line, "export ", 7) || !eq)
			continue;
		*eq = '\0';
		setenv(line + 7, eq + 1, 1);
	}
}

static void world_up(struct bench *b, const char *world)
{
	const char *const argv[] = { AVSBED, "up", world, NULL };
	CLEANUP(freep) char *out = xasprintf("%s/up", b->dir);
	uint64_t deadline = clock_ms() + 60000;
	struct buf text = BUF_INIT(sizeof(b->up_env) - 1);
	struct err e;

	unlink(out); /* what the last one said */
	up = start(argv, out);
	do {
		poll(NULL, 0, 10);
		buf_clear(&text);
		if (!buf_read_file(&text, out, &e))
			buf_clear(&text);
		if (clock_ms() > deadline)
			bench_die("`avsbed up` is not up after 60 s");
	} while (!strstr(buf_str(&text), "# up."));
	memcpy(b->up_env, buf_str(&text), text.len + 1);
	buf_done(&text);
	take_env(b->up_env);
}

static double flow(struct bench *b, size_t i, const char *interpreter,
		   const char *script)
{
	const char *const argv[] = { interpreter, script, flows[i].name, NULL };
	double ms;

	world_up(b, flows[i].world);
	ms = timed(b, argv);
	world_down();
	return ms;
}

static enum figure figure_of(size_t flow, enum tool tool)
{
	return (enum figure)(FLOWS + flow * TOOL__COUNT + tool);
}

static void rivals(struct bench *b)
{
	for (size_t i = 0; i < FLOWS_N; i++) {
		const char *const argv[] = { AVSBED, "run", flows[i].scenario,
					     NULL };

		probed(b, argv);
		note(b, figure_of(i, OURS), played_ms(b));
		for (enum tool t = CAST; t < TOOL__COUNT; t++) {
			const char *script = flows[i].name ? tools[t].core
							   : tools[t].phala;

			if (script)
				note(b, figure_of(i, t),
				     flow(b, i, tools[t].interpreter, script));
		}
	}
}

/* --- the table ------------------------------------------------------------ */

static void row(const char *what, double v, const char *unit,
		const char *target)
{
	printf("%-58s %9.*f %-5s %s\n", what, v < 10 ? 2 : 0, v, unit, target);
}

static void flow_rows(const struct bench *b, size_t i)
{
	double ours = median(b, figure_of(i, OURS));
	const char *name = flows[i].scenario + strlen("scenarios/");

	row(name, ours, "ms", "");
	for (enum tool t = CAST; t < TOOL__COUNT; t++) {
		CLEANUP(freep) char *what = xasprintf("  the same by %s / ours",
						      tools[t].what);
		double theirs = median(b, figure_of(i, t));

		if (theirs > 0)
			row(what, theirs / ours, "x", "");
	}
}

static void work_rows(const struct bench *b)
{
	double n = (double)(b->often.played - b->once.played);
	double own = b->often.own - b->once.own;
	double anvil = b->often.anvil - b->once.anvil;

	row("all scenarios on one CPU: the harness's work (CPU)",
	    b->once.own, "ms", "");
	row("  anvil's", b->once.anvil, "ms", "");
	row("  the operators'", b->once.operators, "ms", "");
	row("  for each scenario, the harness's",
	    b->once.own / (double)b->once.played, "ms", "");
	row("  the harness's / anvil's", b->once.own / b->once.anvil, "x", "");
	row("  once the worlds are up: for each scenario, the harness's",
	    b->plays.mean, "ms", "under 5");
	row("    in the quickest of the rounds", b->plays.quickest, "ms", "");
	row("    of the middle scenario", b->plays.middle, "ms", "");
	row("    anvil's", anvil / n, "ms", "");
	row("    the harness's / anvil's", own / anvil, "x", "at most 0.2");
}

static void table(const struct bench *b)
{
	row("warm world, three registered operators, to first step",
	    median(b, FIRST_STEP), "ms", "under 150");
	row("challenge to slash, three live operators", median(b, SCENARIO),
	    "ms", "");
	row("  its calls, replayed raw over the socket", median(b, REPLAY),
	    "ms", "");
	row("  the operators' own work (CPU)", median(b, OPERATORS), "ms", "");
	row("  scenario / (replay + operators)", median(b, AGAINST_RAW), "x",
	    "at most 1.2");
	row("  the harness's own work, boot included (CPU)",
	    median(b, OWN_CPU), "ms", "");
	row("  anvil's work, boot included (CPU)", median(b, ANVIL_CPU), "ms",
	    "");
	row("  from a challenge's block until its answer is sent",
	    median(b, ANSWER), "ms", "under 5");
	row("  calls in the scenario", (double)b->calls, "", "");
	row("  transactions in the scenario", (double)b->mined, "", "");
	row("a delay of 126,000 blocks: the whole step",
	    median(b, DELAY), "ms", "about 1");
	row("memory of the harness, one scenario", b->once_kb / 1024,
	    "MiB", "under 10");
	for (size_t i = 0; i < WATCHED_MARKS; i++) {
		CLEANUP(freep) char *what = xasprintf(
			"  after %zu plays of it",
			(const size_t[]){ WATCHED_AT }[i]);

		row(what, (double)b->many.at_kb[i] / 1024, "MiB",
		    i ? "flat" : "");
	}
	row("  the most in those plays", (double)b->many.most_kb / 1024, "MiB",
	    "under 10");
	row("  the most, all scenarios by one worker",
	    (double)b->all.most_kb / 1024, "MiB", "under 10");
	row("  by two: the one who leads", (double)b->two.most_kb / 1024,
	    "MiB", "under 10");
	row("  by two: the worker with most", (double)b->two.worker_kb / 1024,
	    "MiB", "under 10");
	row("checking all scenario files, the whole process",
	    median(b, CHECK), "ms", "under 50 for 100");
	row("  scenarios checked", (double)b->files, "", "");
	row("scenarios with operators, by as many workers as CPUs",
	    median(b, SUITE), "ms", "");
	row("  for each hundred of them",
	    median(b, SUITE) * 100 / (double)b->played, "ms", "under 5000");
	row("Phala's AVS, all of it, by as many workers as CPUs",
	    median(b, PHALA), "ms", "under 3000");
	row("  scenarios", (double)b->phala, "", "");
	work_rows(b);
	row("all scenarios by one worker", median(b, ONE_WORKER), "ms", "");
	row("  one / two workers", median(b, TWO_RATIO), "x", "at least 1.7");
	for (size_t i = 0; i < FLOWS_N; i++)
		flow_rows(b, i);
}

static void clean(const struct bench *b)
{
	static const char *const files[] = { "rpc", "use", "anvil", "out", "up" };

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		CLEANUP(freep) char *path =
			xasprintf("%s/%s", b->dir, files[i]);

		unlink(path);
	}
	/* anvil's home was there, too. */
	if (rmdir(b->dir))
		fprintf(stderr, "bench: %s is left: %s\n", b->dir, strerror(errno));
}

/*
 * The first play of each may build and deploy: not measured. Nor replayed:
 * while a world is made an operator waits for a block that the harness mines
 * on another connection, and a replay makes one call after the other.
 */
static void warm_up(struct bench *b)
{
	static const char *const files[] = { FIRST, SLASH, DELAYED };

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		const char *const argv[] = { AVSBED, "run", files[i], NULL };

		probed(b, argv);
	}
}

int main(int argc, char **argv)
{
	static struct bench b = { .dir = "/tmp/avsbed-bench.XXXXXX" };
	uint64_t rounds = 5;
	struct err e;

	if (argc > 1 && !dec_u64(&rounds, argv[1], &e))
		bench_die("usage: bench [ROUNDS]: %s", e.text);
	if (rounds < 1 || rounds > ROUNDS_MAX)
		bench_die("between 1 and %d rounds", ROUNDS_MAX);
	if (!mkdtemp(b.dir))
		bench_die("no temporary folder: %s", strerror(errno));
	warm_up(&b);
	rivals(&b);
	memset(b.n, 0, sizeof(b.n));
	for (uint64_t i = 0; i < rounds; i++) {
		first_step(&b);
		scenario(&b);
		delay(&b);
		suite(&b);
		rivals(&b);
	}
	work(&b);
	memory(&b);
	table(&b);
	clean(&b);
	return 0;
}
