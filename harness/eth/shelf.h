/*
 * shelf - interfaces read from files, each once for all the books that know it.
 *
 * Layer: eth. Worlds that run side by side are of the same contracts mostly,
 * and an interface is fifty times the memory of what a world adds to it. A file
 * that has changed since is another interface.
 */
#ifndef ETH_SHELF_H
#define ETH_SHELF_H

#include "codec/abi.h"

struct shelved;

/**
 * shelf_take - the interface in {"abi": […]}, to be given back.
 * Errors: as json_read_member() and abi_parse().
 */
MUST_USE bool shelf_take(struct shelved **ret, const char *path, struct err *e);
/** shelf_share - taken once more, as it is, whatever became of the file. */
struct shelved *shelf_share(struct shelved *s);
/** shelf_give - NULL-safe. All stay until nobody has any more. */
void shelf_give(struct shelved *s);
const struct abi *shelf_abi(const struct shelved *s);

#endif
