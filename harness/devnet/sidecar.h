/*
 * sidecar - the HTTP interface by which tools claim rewards: that part of
 * EigenLayer's sidecar which a claim needs, over the rewards that were computed
 * here and the roots that are on chain.
 *
 *   POST /rewards/v1/claim-proof  {earnerAddress, tokens, rootIndex?}
 *   GET  /rewards/v1/earners/ADDRESS/summarized-rewards[?blockHeight=N]
 *   GET  /rewards/v1/distribution-roots[?blockHeight=N], newest first; N: of that
 *        block, where the summary is as of it
 *   POST /avsbed/v1/rewards       {rewards: [{earner, token, total}]}
 *
 * The last is ours: it computes a distribution and answers its root, for who
 * posts one without a scenario. The others speak protobuf's JSON: bytes are
 * base64, 64-bit numbers text, errors {code, message, details}.
 *
 * Layer: devnet. One eth_getLogs and one block for each request, asked of the
 * chain at that moment: nothing is kept that a reorg or a revert could falsify.
 */
#ifndef DEVNET_SIDECAR_H
#define DEVNET_SIDECAR_H

#include "codec/json.h"
#include "eth/chain.h"
#include "eth/rewards.h"

struct sidecar;

/**
 * sidecar_new - it serves nothing yet.
 * @ipc:         the chain's socket.
 * @coordinator: EigenLayer's RewardsCoordinator there.
 */
struct sidecar *sidecar_new(struct loop *l, const char *ipc,
			    const struct addr20 *coordinator);
void sidecar_free(struct sidecar *s); /* NULL-safe; not in callbacks */
DEFINE_CLEANUP(struct sidecar, sidecar_free)

/**
 * sidecar_serve - unless it does already, on a port of the system's choice.
 * @ret_url: "http://127.0.0.1:PORT"; borrowed. Errors: ERR_OS.
 */
MUST_USE bool sidecar_serve(struct sidecar *s, const char **ret_url,
			    struct err *e);
/** sidecar_url - the same, or NULL while it does not serve. */
const char *sidecar_url(const struct sidecar *s);

/** sidecar_idle - it was told nothing, and serves nobody. */
bool sidecar_idle(const struct sidecar *s);

/** sidecar_add - know a distribution, by its root; takes it. */
void sidecar_add(struct sidecar *s, struct rewards *r);

/**
 * sidecar_told - the distributions that it knows, each as the body of
 * POST /avsbed/v1/rewards; new reference.
 * sidecar_tell - to another one. Errors: as that request has them.
 */
json_t *sidecar_told(const struct sidecar *s);
MUST_USE bool sidecar_tell(struct sidecar *s, const json_t *told,
			   struct err *e);

#endif
