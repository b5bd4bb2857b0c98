#include "test/farm_stub.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/hex.h"
#include "io/child.h"
#include "test/kit.h"

#include "base/base.h"

#define OUTPUT_MAX (16u << 20)
#define PROGRAM_MAX (64u << 20)
#define LOOK_MS 5 /* between looks at the processes */
#define WARM_MS 300000 /* compiles and deploys everything the first time */

/* Linked one by one, so that a test can put another thing in one's place. */
static const char *const FOLDERS[] = {
	"build", "build/bin", "build/tools", "contracts", "scenarios",
	"operator", "anvil-state",
};
static const char *const LINKS[] = {
	"build/bin/avs-operator",      "build/bin/tee-sim",
	"build/tools/anvil",	       "build/tools/forge",
	"build/tools/cast",	       "build/tools/solc",
	"build/artifacts",	       "contracts/foundry.toml",
	"contracts/package.json",      "contracts/package-lock.json",
	"contracts/node_modules",      "contracts/src",
	"contracts/script",	       "scenarios/worlds",
	"scenarios/verbs",	       "scenarios/invariants",
	"operator/example",
	"anvil-state/eigenlayer.yaml",
	"anvil-state/manifest-1.8.1.json",
};
/* What a run may write to; and it finds its checkout by where it really is. */
static const char *const COPIES[] = {
	"contracts/out", "contracts/cache", "build/bin/avsbed",
};

char *farm_path(const struct farm *f, const char *path)
{
	return xasprintf("%s/%s", f->root, path);
}

static char *real_path(const struct farm *f, const char *path)
{
	return xasprintf("%s/%s", f->real, path);
}

static void must(int result, const char *what)
{
	if (result)
		fail_msg("%s: %s", what, strerror(errno));
}

void farm_remove(struct farm *f, const char *path)
{
	CLEANUP(freep) char *full = farm_path(f, path);

	if (unlink(full) && errno != ENOENT)
		fail_msg("%s: %s", full, strerror(errno));
}

static void put(struct farm *f, const char *path, const void *data, size_t len,
		mode_t mode)
{
	CLEANUP(freep) char *full = farm_path(f, path);
	struct err e = ERR_INIT;

	farm_remove(f, path);
	assert_ok(file_write_atomic(full, data, len, &e), &e);
	must(chmod(full, mode), full);
}

void farm_put(struct farm *f, const char *path, const char *text)
{
	put(f, path, text, strlen(text), 0644);
}

void farm_script(struct farm *f, const char *path, const char *text)
{
	put(f, path, text, strlen(text), 0755);
}

void farm_link(struct farm *f, const char *path, const char *target)
{
	CLEANUP(freep) char *full = farm_path(f, path);

	farm_remove(f, path);
	must(symlink(target, full), full);
}

char *farm_own(struct farm *f)
{
	CLEANUP(freep) char *theirs = farm_path(f, "own/invariants");
	CLEANUP(freep) char *ours = real_path(f, "scenarios/invariants");
	char *dir = farm_path(f, "own");
	DIR *d = opendir(ours);

	assert_non_null(d);
	must(mkdir(dir, 0700), dir);
	must(mkdir(theirs, 0700), theirs);
	farm_link(f, "own/worlds", "../scenarios/worlds");
	farm_link(f, "own/verbs", "../scenarios/verbs");
	for (struct dirent *x; (x = readdir(d));) {
		CLEANUP(freep) char *path =
			xasprintf("own/invariants/%s", x->d_name);
		CLEANUP(freep) char *target = xasprintf(
			"../../scenarios/invariants/%s", x->d_name);

		if (x->d_name[0] != '.')
			farm_link(f, path, target);
	}
	closedir(d);
	return dir;
}

void farm_restore(struct farm *f, const char *path)
{
	CLEANUP(freep) char *target = real_path(f, path);

	farm_link(f, path, target);
}

static void copy_folder(struct farm *f, const char *path, const char *from)
{
	CLEANUP(freep) char *full = farm_path(f, path);
	DIR *d = opendir(from);

	assert_non_null(d);
	must(mkdir(full, 0755), full);
	for (struct dirent *x; (x = readdir(d));) {
		CLEANUP(freep) char *deeper =
			xasprintf("%s/%s", path, x->d_name);

		if (strcmp(x->d_name, ".") && strcmp(x->d_name, ".."))
			farm_copy(f, deeper);
	}
	closedir(d);
}

void farm_copy(struct farm *f, const char *path)
{
	CLEANUP(freep) char *from = real_path(f, path);
	struct buf text = BUF_INIT(PROGRAM_MAX);
	struct err e = ERR_INIT;
	struct stat st;

	if (stat(from, &st) && errno == ENOENT)
		return; /* nothing was compiled yet */
	must(access(from, R_OK), from);
	farm_remove(f, path);
	if (S_ISDIR(st.st_mode)) {
		copy_folder(f, path, from);
		return;
	}
	assert_ok(buf_read_file(&text, from, &e), &e);
	put(f, path, text.data, text.len, st.st_mode & 0777);
	buf_done(&text);
}

/* When farm_warm() began: what was used since is what farms need. */
static struct timespec warmed;

/* Hard links, where that is possible: others may remove the state meanwhile. */
static bool share_file(const char *from, const char *to)
{
	return !link(from, to) || (errno == EXDEV && !symlink(from, to));
}

/* A folder of links: what a run removes stays where it was. */
static void share_state(const char *from, const char *to)
{
	struct stat st;
	DIR *d;

	if (stat(from, &st))
		return; /* given up by another run since it was listed */
	if (st.st_mtim.tv_sec < warmed.tv_sec ||
	    (st.st_mtim.tv_sec == warmed.tv_sec &&
	     st.st_mtim.tv_nsec < warmed.tv_nsec))
		return;
	d = opendir(from);
	must(mkdir(to, 0755), to);
	for (struct dirent *x; d && (x = readdir(d));) {
		CLEANUP(freep) char *file = xasprintf("%s/%s", from, x->d_name);
		CLEANUP(freep) char *shared = xasprintf("%s/%s", to, x->d_name);

		if (x->d_name[0] == '.' || share_file(file, shared))
			continue;
		kit_tmpdir_free(xstrdup(to)); /* half of it is of no use */
		break;
	}
	if (d)
		closedir(d);
}

/* Saved states are shared; new ones stay in the farm. */
static void share_cache(const struct farm *f)
{
	const char *ours = getenv("AVSBED_CACHE"), *home = getenv("HOME");
	CLEANUP(freep) char *from =
		ours ? xasprintf("%s/state", ours)
		     : xasprintf("%s/.cache/avsbed/state", home ? home : "");
	CLEANUP(freep) char *to = xasprintf("%s/state", f->cache);
	DIR *d = opendir(from);

	must(mkdir(to, 0755), to);
	for (struct dirent *x; d && (x = readdir(d));) {
		CLEANUP(freep) char *state =
			xasprintf("%s/%s", from, x->d_name);
		CLEANUP(freep) char *shared = xasprintf("%s/%s", to, x->d_name);

		if (x->d_name[0] != '.')
			share_state(state, shared);
	}
	if (d)
		closedir(d);
}

void farm_setenv(struct farm *f, const char *name, const char *value)
{
	char *entry = xasprintf("%s=%s", name, value);
	const size_t key = strlen(name) + 1;
	size_t n = 0;

	for (; f->env[n]; n++) {
		if (strncmp(f->env[n], entry, key) != 0)
			continue;
		free(f->env[n]);
		f->env[n] = entry;
		return;
	}
	f->env = xrealloc(f->env, (n + 2) * sizeof(*f->env));
	f->env[n] = entry;
	f->env[n + 1] = NULL;
}

void farm_forget(struct farm *f)
{
	kit_tmpdir_free(xstrdup(f->cache));
	must(mkdir(f->cache, 0755), f->cache);
}

void farm_in_real(struct farm *f)
{
	free(f->program);
	f->program = real_path(f, "build/bin/avsbed");
}

/* Our own environment, with the farm's folders in the place of ours. */
static void make_env(struct farm *f)
{
	static const char *const ours[] = { "TMPDIR=", "HOME=",
					    "AVSBED_CACHE=" };
	const char *const dirs[] = { f->tmp, f->home, f->cache };
	size_t n = 0, kept = 0;

	while (environ[n])
		n++;
	f->env = xcalloc(n + ARRAY_LEN(ours) + 1, sizeof(*f->env));
	for (size_t i = 0; i < n; i++) {
		bool replaced = false;

		for (size_t j = 0; j < ARRAY_LEN(ours); j++)
			replaced |= !strncmp(environ[i], ours[j],
					     strlen(ours[j]));
		if (!replaced)
			f->env[kept++] = xstrdup(environ[i]);
	}
	for (size_t j = 0; j < ARRAY_LEN(ours); j++)
		f->env[kept++] = xasprintf("%s%s", ours[j], dirs[j]);
}

static char *folder(const struct farm *f, const char *name)
{
	char *path = xasprintf("%s/%s", f->base, name);

	must(mkdir(path, 0755), path);
	return path;
}

struct farm *farm_new(void)
{
	struct farm *f = xcalloc(1, sizeof(*f));
	const char *root = getenv("AVSBED_ROOT");
	struct err e = ERR_INIT;

	f->real = root ? root : realpath(".", NULL);
	f->base = kit_tmpdir_new();
	f->root = folder(f, "checkout");
	f->cache = folder(f, "cache");
	f->home = folder(f, "home");
	f->tmp = folder(f, "tmp");
	for (size_t i = 0; i < ARRAY_LEN(FOLDERS); i++) {
		CLEANUP(freep) char *path = farm_path(f, FOLDERS[i]);

		must(mkdir(path, 0755), path);
	}
	for (size_t i = 0; i < ARRAY_LEN(LINKS); i++)
		farm_restore(f, LINKS[i]);
	for (size_t i = 0; i < ARRAY_LEN(COPIES); i++)
		farm_copy(f, COPIES[i]);
	f->program = farm_path(f, "build/bin/avsbed");
	share_cache(f);
	make_env(f);
	assert_ok(loop_new(&f->loop, &e), &e);
	return f;
}

void farm_free(struct farm *f)
{
	for (char **v = f->env; *v; v++)
		free(*v);
	free(f->env);
	loop_free(f->loop);
	if (!getenv("AVSBED_ROOT"))
		free((char *)(uintptr_t)f->real);
	free(f->program);
	free(f->root);
	free(f->cache);
	free(f->home);
	free(f->tmp);
	kit_tmpdir_free(f->base);
	free(f);
}

/* --- runs ------------------------------------------------------------------ */

static void take_line(void *arg, enum child_stream s, const char *line)
{
	struct farm_run *r = arg;

	(void)s;
	buf_addf(&r->out, "%s\n", line);
}

void farm_start(struct farm *f, struct farm_run *ret, const char *const *args)
{
	const char *argv[16] = { f->program };
	struct child_spec spec = { .name = "avsbed",
				   .argv = argv,
				   .env = (const char *const *)f->env,
				   .on_line = take_line,
				   .arg = ret };
	struct err e = ERR_INIT;

	for (size_t i = 0; args[i]; i++) {
		assert_true(i + 2 < ARRAY_LEN(argv));
		argv[i + 1] = args[i];
	}
	*ret = (struct farm_run){ .out = BUF_INIT(OUTPUT_MAX),
				  .started_ms = clock_ms() };
	assert_ok(child_spawn(&ret->child, f->loop, &spec, &e), &e);
}

struct saying {
	struct farm_run *r;
	const char *text;
};

static bool has_said(void *arg)
{
	const struct saying *s = arg;

	return strstr(buf_str(&s->r->out), s->text) ||
	       !child_running(s->r->child);
}


static bool never(void *arg)
{
	(void)arg;
	return false;
}

void farm_sleep(struct farm *f, unsigned ms)
{
	struct err e;

	(void)!loop_run_until(f->loop, never, NULL, clock_ms() + ms, "time",
			      &e);
}

void farm_said(struct farm *f, struct farm_run *r, const char *text,
	       unsigned within_ms)
{
	struct saying s = { r, text };
	struct err e = ERR_INIT;

	if (!loop_run_until(f->loop, has_said, &s, clock_ms() + within_ms,
			    text, &e) ||
	    !strstr(buf_str(&r->out), text))
		fail_msg("it never said \"%s\"; it said:\n%s", text,
			 buf_str(&r->out));
}

int farm_wait(struct farm *f, struct farm_run *r, unsigned within_ms)
{
	uint64_t deadline = r->started_ms + within_ms;
	struct err e = ERR_INIT;

	(void)f;
	if (!child_wait(r->child, deadline, &e))
		fail_msg("%s (%u ms); it said:\n%s", e.text, within_ms,
			 buf_str(&r->out));
	return child_status(r->child);
}

void farm_run_done(struct farm_run *r)
{
	child_free(r->child);
	buf_done(&r->out);
}

void farm_fails(struct farm *f, const char *const *args, int exit_code,
		const char *text, unsigned within_ms)
{
	struct farm_run r;
	int status;

	farm_start(f, &r, args);
	status = farm_wait(f, &r, within_ms);
	if (getenv("FARM_SHOW"))
		print_message("--- %s\n%s", text, buf_str(&r.out));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != exit_code ||
	    !strstr(buf_str(&r.out), text)) {
		/* A whole suite's output is more than fail_msg() shows. */
		fputs(buf_str(&r.out), stderr);
		fail_msg("wait status 0x%x, wanted exit code %d and \"%s\"; "
			 "what it said is above",
			 (unsigned)status, exit_code, text);
	}
	farm_run_done(&r);
	farm_clean(f, 0);
}

void farm_warm(const char *scenario)
{
	struct farm *f = farm_new();
	CLEANUP(freep) char *path = farm_path(f, "scenarios/warm.yaml");
	const char *argv[] = { NULL, "run", path, NULL };
	struct child_spec spec = { .name = "avsbed", .argv = argv };
	struct buf out = BUF_INIT(OUTPUT_MAX);
	struct err e = ERR_INIT;
	struct stat st;

	must(stat(f->base, &st), f->base);
	warmed = st.st_mtim;
	farm_in_real(f);
	argv[0] = f->program;
	farm_put(f, "scenarios/warm.yaml", scenario);
	assert_ok(child_run(f->loop, &spec, &out, WARM_MS, &e), &e);
	buf_done(&out);
	farm_free(f);
}

int farm_warm_core(void **state)
{
	(void)state;
	farm_warm("scenario: It passes\n"
		  "why: a warm cache\n"
		  "world: core\n"
		  "steps:\n"
		  "  - check: head > 0\n");
	return 0;
}

int farm_setup(void **state)
{
	*state = farm_new();
	return 0;
}

int farm_teardown(void **state)
{
	farm_free(*state);
	return 0;
}

/* --- what is left ----------------------------------------------------------- */

static bool read_proc(struct buf *b, const char *pid, const char *file)
{
	CLEANUP(freep) char *path = xasprintf("/proc/%s/%s", pid, file);
	struct err e;

	buf_clear(b);
	if (!buf_read_file(b, path, &e))
		return false; /* it has just ended, or is not ours */
	for (size_t i = 0; i < b->len; i++)
		if (!b->data[i])
			b->data[i] = ' ';
	return true;
}

/* A dead one that nobody collected yet has no environment. */
static bool is_of(const struct farm *f, const char *pid, struct buf *text)
{
	return *pid >= '1' && *pid <= '9' && read_proc(text, pid, "environ") &&
	       strstr(buf_str(text), f->base) && read_proc(text, pid, "cmdline");
}

/* Calls are made for each process of the farm until one returns true. */
static bool each_process(const struct farm *f,
			 bool (*fn)(void *arg, const char *pid,
				    const char *command),
			 void *arg)
{
	struct buf text = BUF_INIT(1u << 22);
	DIR *d = opendir("/proc");
	bool found = false;

	assert_non_null(d);
	for (struct dirent *x; !found && (x = readdir(d));)
		if (is_of(f, x->d_name, &text))
			found = fn(arg, x->d_name, buf_str(&text));
	closedir(d);
	buf_done(&text);
	return found;
}

struct finding {
	const char *name;
	pid_t pid;
};

static bool is_named(void *arg, const char *pid, const char *command)
{
	struct finding *x = arg;
	size_t len = strcspn(command, " ");
	const char *base = command + len;
	struct err e = ERR_INIT;
	uint64_t n;

	while (base > command && base[-1] != '/')
		base--;
	if (strncmp(base, x->name, strlen(x->name)) || !dec_u64(&n, pid, &e))
		return false;
	x->pid = (pid_t)n;
	return true;
}

pid_t farm_process(const struct farm *f, const char *name)
{
	struct finding x = { .name = name };

	each_process(f, is_named, &x);
	return x.pid;
}

static bool list_one(void *arg, const char *pid, const char *command)
{
	buf_addf(arg, "  process %s: %.200s\n", pid, command);
	return false;
}

static void list_folder(struct buf *out, const char *dir)
{
	DIR *d = opendir(dir);

	assert_non_null(d);
	for (struct dirent *x; (x = readdir(d));)
		if (strcmp(x->d_name, ".") && strcmp(x->d_name, ".."))
			buf_addf(out, "  file %s/%s\n", dir, x->d_name);
	closedir(d);
}

/* States that are complete may stay in the cache; halves may not. */
static void list_halves(struct buf *out, const struct farm *f)
{
	CLEANUP(freep) char *dir = xasprintf("%s/state", f->cache);
	DIR *d = opendir(dir);

	for (struct dirent *x; d && (x = readdir(d));)
		if (x->d_name[0] == '.' && x->d_name[1] && x->d_name[1] != '.')
			buf_addf(out, "  file %s/%s\n", dir, x->d_name);
	if (d)
		closedir(d);
}

void farm_clean(struct farm *f, unsigned within_ms)
{
	uint64_t deadline = clock_ms() + within_ms;
	struct buf left = BUF_INIT(65536);

	for (;;) {
		buf_clear(&left);
		each_process(f, list_one, &left);
		list_folder(&left, f->tmp);
		list_folder(&left, f->home);
		list_halves(&left, f);
		if (!left.len || clock_ms() >= deadline)
			break;
		farm_sleep(f, LOOK_MS);
	}
	if (left.len)
		fail_msg("left behind:\n%s", buf_str(&left));
	buf_done(&left);
}
