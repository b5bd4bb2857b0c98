#include "cli/session.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>

#include "devnet/artifact.h"
#include "devnet/forge.h"
#include "io/reaper.h"

#include "base/base.h"

#define RELEASE "1.8.1"

/* ROOT/build/bin/avsbed */
bool session_root(char **ret, struct err *e)
{
	static const char below[] = "/build/bin";
	const size_t below_len = sizeof(below) - 1;
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	const char *name;
	size_t len;

	if (n < 0)
		return err_os(e, errno, "cannot read /proc/self/exe");
	path[n] = 0;
	name = strrchr(path, '/');
	len = name ? (size_t)(name - path) : 0;
	if (len < below_len ||
	    memcmp(path + len - below_len, below, below_len) != 0)
		return err_set(e, ERR_OS, ENOENT,
			       "%s is not in build/bin/ of a checkout", path);
	*ret = xstrndup(path, len - below_len);
	return true;
}

static void on_signal(void *arg, int signo)
{
	struct session *s = arg;

	loop_stop(s->loop, signo == SIGINT ? "interrupted" : "told to end");
}

bool session_open(struct session *s, struct err *e)
{
	sigset_t set;

	*s = (struct session){ 0 };
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	if (!session_root(&s->root, e) || !reaper_start(e) ||
	    !loop_new(&s->loop, e) ||
	    !loop_signals(s->loop, &set, on_signal, s, e)) {
		session_close(s);
		return false;
	}
	s->book = book_new();
	return true;
}

void session_close(struct session *s)
{
	book_free(s->book);
	loop_free(s->loop);
	free(s->root);
	reaper_stop();
	*s = (struct session){ 0 };
}

char *session_path(const struct session *s, const char *below)
{
	char here[PATH_MAX];

	if (getcwd(here, sizeof(here)) && !strcmp(here, s->root))
		return xstrdup(below);
	return xasprintf("%s/%s", s->root, below);
}

static const struct abi *lookup(void *ctx, const char *artifact)
{
	struct session *s = ctx;
	struct err why = ERR_INIT;

	if (artifact_read(s->book, s->root, RELEASE, artifact, &why))
		return book_artifact(s->book, artifact);
	/* That there is none is the check's finding, with its place. */
	if (why.sub != ENOENT && s->unread.code == ERR_NONE)
		s->unread = why;
	return NULL;
}

struct abi_source session_abis(struct session *s)
{
	return (struct abi_source){ .ctx = s, .lookup = lookup,
				     .root = s->root };
}

void session_drop_abis(struct session *s)
{
	book_free(s->book);
	s->book = book_new();
}

/* Nobody waits two minutes for a program that says nothing. */
static void say_compiling(void *arg)
{
	(void)arg;
	fputs("avsbed: compiling contracts/ …\n", stderr);
}

bool session_compile(struct session *s, struct err *e)
{
	CLEANUP(freep) char *forge = xasprintf("%s/build/tools/forge",
					       s->root);

	return forge_build(s->loop, s->root, forge, NULL, say_compiling, NULL,
			   e);
}

bool session_contracts(struct session *s, struct err *e)
{
	return artifact_release(s->root, RELEASE, e) && session_compile(s, e);
}
