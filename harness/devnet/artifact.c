#include "devnet/artifact.h"

#include <errno.h>

#include "devnet/forge.h"

#include "base/base.h"

#define RELEASE_DIR "build/artifacts/eigenlayer-v%s"

bool artifact_release(const char *root, const char *release, struct err *e)
{
	CLEANUP(freep) char *dir =
		xasprintf("%s/" RELEASE_DIR, root, release);

	return access(dir, R_OK | X_OK) == 0 ||
	       err_os(e, errno,
		      "`make setup` fetches EigenLayer %s, whose contracts "
		      "scenarios are checked against and run on: %s",
		      release, dir);
}

bool artifact_path(char **ret, const char *root, const char *release,
		   const char *name, struct err *e)
{
	char *paths[] = {
		xasprintf("%s/" RELEASE_DIR "/%s.json", root, release, name),
		xasprintf("%s/contracts/node_modules/@openzeppelin/contracts/"
			  "build/contracts/%s.json",
			  root, name),
	};
	char *found = NULL;

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		if (!found && !access(paths[i], R_OK))
			found = TAKE(paths[i]);
		free(paths[i]);
	}
	if (!found)
		return forge_artifact(ret, root, name, e);
	*ret = found;
	return true;
}

bool artifact_read(struct book *b, const char *root, const char *release,
		   const char *name, struct err *e)
{
	CLEANUP(freep) char *path = NULL;

	if (book_artifact(b, name))
		return true;
	return artifact_path(&path, root, release, name, e) &&
	       book_read_artifact(b, name, path, e);
}
