/* What an operator's processes are given: environment, key, configuration. */
#include "devnet/operator_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/base.h"

#include "codec/keyfile.h"

/* A devnet's node is not overloaded: nobody has to be spared. */
#define RETRY_MS 1

/*
 * Whoever runs us may have them of another world, or of none: a name that is in
 * an environment twice has its first value.
 */
static bool is_contracts(const char *var)
{
	static const char *const names[] = { "AVS_",
					     "DSTACK_SIMULATOR_ENDPOINT=",
					     "PCCS_URL=" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strncmp(var, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

char **operator_environment(const struct operator_spec *spec,
			    const char *config_path, size_t *ret_own)
{
	char **env;
	size_t n = 0;

	while (environ[n])
		n++;
	env = xcalloc(n + 5, sizeof(*env));
	n = 0;
	env[n++] = xasprintf("AVS_OPERATOR_PASSWORD=%s", OPERATOR_PASSWORD);
	env[n++] = xasprintf("AVS_OPERATOR_CONFIG=%s", config_path);
	if (spec->tee_socket)
		env[n++] = xasprintf("DSTACK_SIMULATOR_ENDPOINT=%s",
				     spec->tee_socket);
	if (spec->aggregator)
		env[n++] = xasprintf("AVS_AGGREGATOR_URL=%s", spec->aggregator);
	*ret_own = n;
	for (char **v = environ; *v; v++)
		if (!is_contracts(*v))
			env[n++] = *v;
	return env;
}

static bool write_keystore(const struct operator_spec *spec, const char *path,
			   struct err *e)
{
	struct seckey key = devnet_key(spec->key);
	struct buf b = BUF_INIT(4096);
	struct keystore ks;
	bool ok = keystore_seal(&ks, &key, &spec->address, OPERATOR_PASSWORD,
				KEYSTORE_LIGHT, e);

	if (ok) {
		keyfile_print(&b, &ks);
		ok = file_write_new(path, b.data, b.len, e);
	}
	buf_done(&b);
	seckey_wipe(&key);
	return ok;
}

static bool give_key(const struct operator_spec *spec, json_t *config,
		     struct err *e)
{
	CLEANUP(freep) char *path = xasprintf("%s/keystore.json", spec->dir);

	json_object_set_new(config, "keystore", json_string(path));
	json_object_set_new(config, "password_env",
			    json_string("AVS_OPERATOR_PASSWORD"));
	return write_keystore(spec, path, e);
}

/* The log is read from where it ended, and the socket is the gateway's. */
static bool stays(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..") ||
	       !strcmp(name, "log") || !strcmp(name, OPERATOR_SOCKET);
}

static int remove_one(const char *path, const struct stat *st, int kind,
		      struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path) && errno != ENOENT ? -1 : 0;
}

/* Mostly these are two files, and are not looked at first. */
static bool clear(DIR *d, const char *dir)
{
	const struct dirent *x;
	bool ok = true;

	while (ok && (x = readdir(d))) {
		if (stays(x->d_name) || !unlinkat(dirfd(d), x->d_name, 0))
			continue;
		ok = errno == ENOENT;
		if (errno == EISDIR) {
			CLEANUP(freep)
			char *path = xasprintf("%s/%s", dir, x->d_name);

			ok = !nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
		}
	}
	return ok;
}

bool operator_folder(const char *dir, struct err *e)
{
	/* A program may have put a link where its folder was: what is behind
	 * it is nobody's to remove. */
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	bool ok;
	int errnum;

	if (!d)
		return (errno == ENOENT && !mkdir(dir, 0700)) ||
		       err_os(e, errno, "cannot make %s", dir);
	ok = clear(d, dir);
	errnum = errno;
	closedir(d);
	return ok || err_os(e, errnum, "cannot remove what is in %s", dir);
}

bool operator_give(const struct operator_spec *spec, const struct gateway *g,
		   const char *config_path, const char *state_path,
		   struct err *e)
{
	/* Its members are the caller's: only what is beside them is new. */
	CLEANUP(json_decrefp)
	json_t *config = json_copy((json_t *)(uintptr_t)spec->config);
	struct buf text = BUF_INIT(SIZE_MAX / 2);
	bool ok;

	json_object_set_new(config, "name", json_string(spec->name));
	json_object_set_new(config, "rpc",
			    json_pack("{s:s, s:s, s:i}", "ipc", gateway_ipc(g),
				      "http", gateway_url(g), "retry_ms",
				      RETRY_MS));
	json_object_set_new(config, "state", json_string(state_path));
	if (spec->tee_socket)
		json_object_set_new(config, "tee",
				    json_pack("{s:s, s:s}", "socket",
					      spec->tee_socket, "pcs",
					      spec->tee_socket));
	if (spec->key && !give_key(spec, config, e))
		return false;
	json_write(&text, config);
	if (spec->contracts && !json_object_get(config, "contracts")) {
		buf_cut(&text, text.len - 1);
		buf_adds(&text, ",\"contracts\":");
		buf_adds(&text, spec->contracts);
		buf_addc(&text, '}');
	}
	ok = file_write_new(config_path, text.data, text.len, e);
	buf_done(&text);
	return ok;
}
