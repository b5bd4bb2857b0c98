/* What an operator keeps and serves: its files, log and HTTP endpoints. */
#include "devnet/live_priv.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/base.h"

#define ANSWER_MAX (4u << 20)
#define ANSWER_MS 30000u
#define PATH_TEXT_MAX 200u

static bool need_program(struct live *w, const char *name,
			 struct operator **ret, struct err *e)
{
	struct live_member *m;

	if (!live_need(w, name, &m, e))
		return false;
	*ret = m->op;
	return m->op || err_set(e, ERR_SCHEMA, 0, "%s has no program", name);
}

/* A path inside an operator's directory, and nowhere else. */
static bool inside(struct live *w, const char *name, const char *path,
		   char **ret, struct err *e)
{
	struct operator *o;

	if (!need_program(w, name, &o, e))
		return false;
	if (!*path || *path == '/' || strlen(path) > PATH_TEXT_MAX ||
	    strstr(path, "..") || path[strlen(path) - 1] == '/')
		return err_set(e, ERR_SCHEMA, 0,
			       "`%.*s` is no file of %s's directory: a path "
			       "there is relative, without `..`, and at most "
			       "%u characters long",
			       (int)PATH_TEXT_MAX, path, name, PATH_TEXT_MAX);
	*ret = xasprintf("%s/%s", operator_dir(o), path);
	return true;
}

static bool make_folders(char *path, struct err *e)
{
	for (char *c = path + 1; *c; c++) {
		if (*c != '/')
			continue;
		*c = 0;
		if (mkdir(path, 0700) && errno != EEXIST)
			return err_os(e, errno, "%s", path);
		*c = '/';
	}
	return true;
}

bool live_put(struct live *w, const char *name, const char *path,
	      const void *data, size_t len, struct err *e)
{
	CLEANUP(freep) char *full = NULL;

	if (!inside(w, name, path, &full, e))
		return false;
	if (!data)
		return !unlink(full) || errno == ENOENT ||
		       err_os(e, errno, "cannot remove %s", full);
	return make_folders(full, e) && file_write_atomic(full, data, len, e);
}

bool live_file(struct live *w, const char *name, const char *path,
	       struct buf *out, bool *ret_there, struct err *e)
{
	CLEANUP(freep) char *full = NULL;
	struct stat st;

	if (!inside(w, name, path, &full, e))
		return false;
	*ret_there = !stat(full, &st);
	/* Whoever opens a pipe that nobody writes waits for ever. */
	if (*ret_there && !S_ISREG(st.st_mode))
		return err_set(e, ERR_SCHEMA, 0,
			       "`%s` of %s is no file, but a folder, a pipe or "
			       "the like",
			       path, name);
	return !*ret_there || buf_read_file(out, full, e);
}

bool live_log(struct live *w, const char *name, struct buf *out, struct err *e)
{
	struct operator *o;

	return need_program(w, name, &o, e) && operator_log(o, out, e);
}

bool live_configure(struct live *w, const char *name, const json_t *behaviour,
		    struct err *e)
{
	struct operator *o;

	if (!need_program(w, name, &o, e))
		return false;
	return operator_configure(o, behaviour, e) && live_rest(w, e);
}

static bool served(struct operator *o, const char *member,
		   const char *what, const char **ret_url, struct err *e)
{
	*ret_url = operator_url(o, member);
	return *ret_url ||
	       err_set(e, ERR_HTTP, 0,
		       operator_running(o)
			       ? "%s did not say that it serves its %s "
				 "(docs/operator.md: `ready`)"
			       : "%s does not run, so nobody serves its %s",
		       operator_name(o), what);
}

/* Where a request goes: a URL, or a socket. */
static bool endpoint(struct live *w, struct operator *o,
		     enum live_endpoint what, const char **ret_url,
		     const char **ret_socket, struct err *e)
{
	const char *name = operator_name(o);
	struct live_member *m;

	*ret_socket = NULL;
	switch (what) {
	case LIVE_NODE:
		return served(o, "node", "node API", ret_url, e);
	case LIVE_METRICS:
		return served(o, "metrics", "metrics", ret_url, e);
	case LIVE_OTHER:
		return served(o, "url", "url", ret_url, e);
	case LIVE_RPC:
		*ret_url = gateway_url(operator_gateway(o));
		return true;
	case LIVE_TEE:
		if (!live_need(w, name, &m, e))
			return false;
		*ret_url = "http://tee";
		*ret_socket = m->spec.tee ? tee_socket(w->tee, name) : NULL;
		return *ret_socket || err_set(e, ERR_SCHEMA, 0,
					      "operator %s has no TEE", name);
	case LIVE_SIDECAR:
	case LIVE_AGGREGATOR:
		break;
	}
	ASSERT(!"an operator's endpoint");
	return false;
}

static bool need_aggregator(const struct live *w, const char **ret_url,
			    struct err *e)
{
	*ret_url = live_aggregator_url(w);
	return *ret_url ||
	       err_set(e, ERR_SCHEMA, 0, "the world has no aggregator");
}

bool live_fetch(struct live *w, const char *name, enum live_endpoint what,
		const char *method, const char *path, const char *body,
		struct http_answer *ret, struct err *e)
{
	CLEANUP(freep) char *full = NULL;
	const char *url, *socket = NULL;
	struct operator *o;
	bool ok;

	if (what == LIVE_SIDECAR      ? !live_sidecar(w, &url, e)
	    : what == LIVE_AGGREGATOR ? !need_aggregator(w, &url, e)
				      : !need_program(w, name, &o, e) ||
						!endpoint(w, o, what, &url,
							  &socket, e))
		return false;
	if ((!w->http && !http_client_new(&w->http, w->loop, e)))
		return false;
	full = xasprintf("%s%s%s", url, *path ? "/" : "", path);
	ok = http_fetch(w->http,
			&(struct http_request){
				.method = method,
				.url = full,
				.unix_path = socket,
				.content_type = body ? "application/json"
						     : NULL,
				.body = body,
				.body_len = body ? strlen(body) : 0,
				.answer_max = ANSWER_MAX,
				.timeout_ms = ANSWER_MS },
			ret, e);
	/* The node may have been told to mine, or to change something. */
	if (what == LIVE_RPC)
		live_moved(w);
	return ok;
}
