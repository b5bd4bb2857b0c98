#include "eth/shelf.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/base.h"

struct shelved {
	struct shelved *next;
	char *path;
	struct stat file; /* as it was read */
	struct abi *abi;
};

static struct shelved *shelf;
/* Of all that stands there: a hundred arenas would each have a chunk that is half
 * empty. So what nobody has stays, too, to be taken again, until all is given
 * back. */
static struct arena *arena;
static size_t taken; /* by everybody */

/* By its ctime, which nobody can set back, as a copying tool does mtimes. */
static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_size == b->st_size &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static bool read_abi(struct shelved *s, struct err *e)
{
	CLEANUP(json_decrefp) json_t *list = NULL;

	return json_read_member(&list, s->path, "abi", e) &&
	       abi_parse(&s->abi, arena, list, s->path, e);
}

static void shelved_free(struct shelved *s)
{
	free(s->path);
	free(s);
}

static void clear(void)
{
	while (shelf) {
		struct shelved *s = shelf;

		shelf = s->next;
		shelved_free(s);
	}
	arena_free(TAKE(arena));
}

bool shelf_take(struct shelved **ret, const char *path, struct err *e)
{
	struct shelved *s;
	struct stat st;

	if (stat(path, &st))
		return err_os(e, errno, "%s", path);
	for (s = shelf; s; s = s->next) {
		if (strcmp(s->path, path) || !same_file(&s->file, &st))
			continue;
		taken++;
		*ret = s;
		return true;
	}
	s = xcalloc(1, sizeof(*s));
	*s = (struct shelved){.next = shelf,
			      .path = xstrdup(path),
			      .file = st};
	if (!arena)
		arena = arena_new();
	if (!read_abi(s, e)) {
		shelved_free(s);
		if (!taken)
			clear();
		return false;
	}
	taken++;
	shelf = s;
	*ret = s;
	return true;
}

struct shelved *shelf_share(struct shelved *s)
{
	taken++;
	return s;
}

void shelf_give(struct shelved *s)
{
	if (s && !--taken)
		clear();
}

const struct abi *shelf_abi(const struct shelved *s)
{
	return s->abi;
}
