/*
 * state - the saved EigenLayer state: found in the cache, or built.
 *
 * Layer: devnet. Ties recipe, anvil and bundle together, and holds the result
 * against the committed manifest, anvil-state/manifest-RELEASE.json, which
 * pins what each profile must come out as on any machine: addresses, hashes of
 * creation and runtime code, constants, tool versions, the genesis itself.
 */
#ifndef DEVNET_STATE_H
#define DEVNET_STATE_H

#include "devnet/bundle.h"

/* Where things are. Everything is borrowed. */
struct state_paths {
	const char *root;   /* the checkout */
	const char *cache;  /* see state_cache() */
	const char *recipe; /* "anvil-state/eigenlayer.yaml", of root, or absolute */
	const char *anvil;  /* the program */
};

/**
 * state_cache - $AVSBED_CACHE, or avsbed/ in $XDG_CACHE_HOME or ~/.cache.
 * @ret: owned by the caller. Errors: ERR_OS if none of them is set.
 */
MUST_USE bool state_cache(char **ret, struct err *e);

/**
 * state_ensure - the core bundle of a profile.
 * *ret_built (may be NULL): it was not in the cache.
 * Errors: whatever failed, with its place and the next action; ERR_MISMATCH
 * naming the contract and both values where the committed manifest disagrees.
 */
MUST_USE bool state_ensure(struct bundle **ret, bool *ret_built,
			   struct loop *l, const struct state_paths *paths,
			   const char *profile, struct err *e);

/**
 * state_publish - copy alloc.json and manifest.json to build/state/@name/,
 * where forge's tests read them. Nothing happens if they are there.
 */
MUST_USE bool state_publish(const struct bundle *b, const char *root,
			    const char *name, struct err *e);

/**
 * state_pin - write the committed manifest: every profile as it comes out now.
 * What it prints is for a human to read in the diff before committing it.
 */
MUST_USE bool state_pin(struct loop *l, const struct state_paths *paths,
			struct err *e);

#endif
