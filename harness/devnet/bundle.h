/*
 * bundle - a saved state: written once, verified before every use, booted.
 *
 * Layer: devnet. A directory in the cache, named by the key of everything that
 * made it, and never changed afterwards:
 *
 *   genesis.json   config and accounts, as geth has them
 *   alloc.json     the accounts alone, as forge's vm.loadAllocs reads them
 *   changes        instead of both where the state goes on from another one,
 *                  its parent: the accounts that changed since, and their
 *                  slots that did, as anvil takes them (eth/accounts.h)
 *   manifest.json  what the state is: names, addresses, code hashes, constants,
 *                  probes, height, time, tool versions; the files' hashes
 *   seal           the manifest's hash
 *
 * No state of anvil's own is in it. One damaged byte is an error that names the
 * file; a bundle is never used in part. What was read and did not change since
 * is not read again to verify it, see filesum.h.
 */
#ifndef DEVNET_BUNDLE_H
#define DEVNET_BUNDLE_H

#include "devnet/anvil.h"
#include "eth/chain.h"

#define BUNDLE_FORMAT 3u
/* Each rebuilt operator makes new states: those unused for longest go, but for
 * those that somebody has open. */
#define BUNDLES_KEPT 256
#define BUNDLE_FILE_MAX (64u << 20)

struct bundle;

/**
 * bundle_open - read and verify the bundle of a key; it counts as used now,
 * and no other process that makes room takes it away until bundle_free().
 * @cache:  the cache's root; bundles are in its state/.
 * @parent: what it goes on from, which stays open as long; NULL for one that
 *          is whole.
 * *ret_found is false where there is none: no error.
 * Errors: ERR_MISMATCH naming the damaged file, or that it has another parent;
 * ERR_PARSE, ERR_SCHEMA; each with the next action.
 */
MUST_USE bool bundle_open(struct bundle **ret, bool *ret_found,
			  const char *cache, const struct hash32 *key,
			  const struct bundle *parent, struct err *e);
/** bundle_hold - another owner of it, who frees it, too. */
struct bundle *bundle_hold(const struct bundle *b);
void bundle_free(struct bundle *b); /* NULL-safe */
DEFINE_CLEANUP(struct bundle, bundle_free)

const char *bundle_dir(const struct bundle *b);
/** bundle_manifest - borrowed; well-formed as bundle_write makes it. */
const json_t *bundle_manifest(const struct bundle *b);
struct hash32 bundle_key(const struct bundle *b);
/** bundle_root - the whole one that it, or what it goes on from, goes on from;
 * borrowed. */
const struct bundle *bundle_root(const struct bundle *b);
/** bundle_alloc - its accounts, as alloc.json has them; new reference. */
MUST_USE bool bundle_alloc(const struct bundle *b, json_t **ret,
			   struct err *e);

/**
 * bundle_write - make a bundle and open it. Atomic: it is there or it is not;
 * if somebody else was faster, theirs is used. Only BUNDLES_KEPT stay.
 * @dump:     anvil's; its accounts are taken out of it.
 * @parent:   the bundle that the state goes on from, of which only changes are
 *            kept; or NULL.
 * @manifest: without "format", "key", "files" and code hashes, which are
 *            added to it; borrowed. "contracts" is a list of
 *            {name, address, …, implementation?}.
 * Errors: ERR_OS; ERR_SCHEMA for a contract without code.
 */
MUST_USE bool bundle_write(struct bundle **ret, const char *cache,
			   const struct hash32 *key, json_t *dump,
			   json_t *manifest, const struct bundle *parent,
			   struct err *e);

/** bundle_drop - remove one, at once or not at all; that there is none is fine.
 */
void bundle_drop(const char *cache, const struct hash32 *key);

/* How to boot one. All but @program may be 0 or NULL. */
struct bundle_boot {
	const char *program;
	uint16_t port;
	bool dump;
	const char *log_path;
	/* To see the probe fail: a contract one byte of whose code is changed
	 * before. */
	const char *tamper;
};

/**
 * bundle_boot - start anvil with the state of its root, let it become @b's, and
 * probe it before anybody uses it.
 * Errors: as anvil_new, bundle_continue and bundle_probe.
 */
MUST_USE bool bundle_boot(const struct bundle *b, struct loop *l,
			  const struct bundle_boot *how, struct anvil **ret,
			  struct err *e);

/**
 * bundle_continue - a running chain that is as @from left it becomes as @b is.
 * Who goes no further from there probes it.
 * @from: @b itself, or what it goes on from.
 * @head: *@head is the newest block, before and after.
 * Errors: as node_load and node_advance_to.
 */
MUST_USE bool bundle_continue(const struct bundle *b,
			      const struct bundle *from, struct rpc *r,
			      struct block *head, struct err *e);

/**
 * bundle_probe - whether a running chain is as the manifest says: chain id,
 * height, time, every code hash, the answer of every view that it has.
 * @known: the newest block of a chain whose id was asked for at its boot; NULL
 *         asks for both.
 * Errors: ERR_MISMATCH naming the contract and both values; as rpc_call.
 */
MUST_USE bool bundle_probe(const struct bundle *b, struct rpc *r,
			   const struct block *known, struct err *e);

#endif
