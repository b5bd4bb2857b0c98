/* Forge as a tool: which version it is, and one at a time. */
#include "devnet/forge_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

#include "base/base.h"

#include "base/clock.h"
#include "io/child.h"

#define LOCK_WAIT_MS 300000 /* as long as compiling may take */
#define LOCK_LOOK_MS 20
#define VERSION_MS 60000
#define VERSION_TEXT_MAX 65536

static bool never(void *arg)
{
	(void)arg;
	return false;
}

/* flock() has no deadline, and nothing to wait for but itself. */
static bool lock_wait(int fd, struct loop *l, struct err *e)
{
	uint64_t deadline = clock_ms() + LOCK_WAIT_MS;

	while (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK)
			return err_os(e, errno, "cannot lock contracts/");
		if (clock_ms() >= deadline)
			return err_set(e, ERR_TIMEOUT, 0,
				       "another avsbed compiles contracts/ for "
				       "more than %d s; is it stuck?",
				       LOCK_WAIT_MS / 1000);
		if (!loop_run_until(l, never, NULL, clock_ms() + LOCK_LOOK_MS,
				    "contracts/ to be free", e) &&
		    e->code != ERR_TIMEOUT)
			return false;
	}
	return true;
}

bool forge_lock(int *ret, struct loop *l, const char *root, struct err *e)
{
	CLEANUP(freep) char *dir = xasprintf("%s/contracts", root);
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_os(e, errno, "%s", dir);
	if (!lock_wait(fd, l, e)) {
		fd_close(&fd);
		return false;
	}
	*ret = fd;
	return true;
}

/* @ret: borrowed from @package. */
static bool pinned(const char **ret, json_t *package, struct err *e)
{
	static const char name[] = "@foundry-rs/forge-";
	json_t *all = json_object_get(package, "dependencies"), *version;
	const char *key;

	json_object_foreach(all, key, version)
	{
		if (strncmp(key, name, strlen(name)) != 0)
			continue;
		*ret = json_string_value(version);
		if (*ret)
			return true;
	}
	return err_set(e, ERR_SCHEMA, 0,
		       "contracts/package.json pins no %s*", name);
}

static bool ask_version(char **ret, struct loop *l, const char *program,
			struct err *e)
{
	static const char said[] = "Version: ";
	const char *argv[] = { program, "--version", NULL };
	struct buf out = BUF_INIT(VERSION_TEXT_MAX);
	bool ok = child_run(l,
			    &(struct child_spec){ .name = "forge --version",
						  .argv = argv },
			    &out, VERSION_MS, e);
	const char *at = ok ? strstr(buf_str(&out), said) : NULL;

	if (ok)
		*ret = at ? xstrndup(at + strlen(said),
				     strcspn(at + strlen(said), " -+\n"))
			  : xstrdup("(no version)");
	buf_done(&out);
	return ok || err_ctx(e, "`make setup` installs forge");
}

bool forge_check(struct loop *l, const char *root, const char *forge,
		 struct err *e)
{
	CLEANUP(freep) char *path =
		xasprintf("%s/contracts/package.json", root);
	CLEANUP(freep) char *program =
		*forge == '/' ? xstrdup(forge) : xasprintf("%s/%s", root, forge);
	CLEANUP(json_decrefp) json_t *package = NULL;
	CLEANUP(freep) char *have = NULL;
	const char *want;

	if (!json_read_file(&package, path, e) || !pinned(&want, package, e) ||
	    !ask_version(&have, l, program, e))
		return false;
	return strcmp(have, want) == 0 ||
	       err_set(e, ERR_MISMATCH, 0,
		       "%s says it is %s, and contracts/package.json pins %s; "
		       "`make setup` installs that one",
		       program, have, want);
}
