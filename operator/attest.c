#include "operator/attest.h"

#include "base/base.h"
#include "eth/chain.h"
#include "operator/account.h"
#include "operator/pem.h"
#include "operator/view.h"

/* The name of one of the two CAs that answer for platforms. */
#define PROCESSOR_CA "Intel SGX PCK Processor CA"

static bool register_cert(struct oper *op, const char *what, const struct fn *f,
			  const struct der *cert, struct err *e)
{
	struct abi_val args[] = {abi_val_bytes(cert->data, cert->len)};

	return account_send(op, what, &op->cfg->collateral_registry, f, args, 1,
			    NULL, e);
}

/* The platform's certificate and the one that answers for it, by their names. */
struct platform_ids {
	struct hash32 pck, ca;
};

static bool is_registered(const struct oper *op, const struct platform_ids *ids)
{
	return op->platform.registered &&
	       hash_eq(&op->platform.pck, &ids->pck) &&
	       hash_eq(&op->platform.ca, &ids->ca);
}

static struct platform_ids ids_of(const struct cert_chain *chain)
{
	const struct der *pck = &chain->certs[0], *ca = &chain->certs[1];
	struct platform_ids ids = {.pck = keccak256(pck->data, pck->len)};

	if (chain->n >= 2)
		ids.ca = keccak256(ca->data, ca->len);
	return ids;
}

/*
 * The platform's certificate and its CA, where the registry lacks them. A CA
 * that was renewed answers for a platform once that is registered again.
 */
static bool register_platform(struct oper *op, const struct cert_chain *chain,
			      const struct platform_ids *ids, struct err *e)
{
	static const struct fn add_ca = {"addCa", "(bytes)", NULL};
	static const struct fn add_pck = {"registerPck", "(bytes)", NULL};
	const struct der *pck = &chain->certs[0], *ca = &chain->certs[1];
	struct pck there;
	bool ca_known;

	if (!view_pck(op, &ids->pck, &there, e))
		return false;
	op->platform = (struct platform){
	    .known = true, .pck = ids->pck, .ca = ids->ca};
	if (chain->n < 2)
		return true;
	op->platform.processor = memmem(ca->data, ca->len, PROCESSOR_CA,
					strlen(PROCESSOR_CA)) != NULL;
	op->platform.registered = there.known && hash_eq(&there.ca, &ids->ca);
	if (op->platform.registered)
		return true;
	if (!view_ca_known(op, &ids->ca, &ca_known, e))
		return false;
	/* An old CA's chain: no registering makes it the new one's. */
	if (there.known && ca_known)
		return true;
	op->platform.registered =
	    (ca_known || register_cert(op, "add-ca", &add_ca, ca, e)) &&
	    register_cert(op, "register-pck", &add_pck, pck, e);
	return op->platform.registered;
}

/*
 * What register_platform() will ask, and what else will be asked then. A daemon's
 * platform is registered as a rule: it has joined.
 */
static void ask_of_platform(struct oper *op, const struct platform_ids *ids,
			    size_t n, const struct asker *then)
{
	struct err ignored;
	struct pck there;
	bool known;

	rpc_ahead(op->rpc);
	(void)!view_pck(op, &ids->pck, &there, &ignored);
	if (n >= 2 && !op->watches)
		(void)!view_ca_known(op, &ids->ca, &known, &ignored);
	if (then)
		then->ask(then->arg);
	rpc_ahead_end(op->rpc);
}

static bool know_platform(struct oper *op, const uint8_t *quote, size_t len,
			  const struct asker *then, struct err *e)
{
	struct platform_ids ids;
	struct cert_chain chain;
	struct err unread;
	bool ok = true;

	if (!quote_chain(&chain, quote, len, &unread)) {
		events_log(op->ev, "%s; left to the chain to judge",
			   unread.text);
		return true;
	}
	ids = ids_of(&chain);
	if (!is_registered(op, &ids)) {
		ask_of_platform(op, &ids, chain.n, then);
		ok = register_platform(op, &chain, &ids, e);
	}
	cert_chain_done(&chain);
	return ok;
}

struct asking {
	struct quoting *item;
	struct tee_ask *ask;
	size_t *pending;
};

static void on_quote(void *arg, uint8_t *quote, size_t len,
		     const struct err *e)
{
	struct asking *a = arg;

	a->ask = NULL;
	--*a->pending;
	a->item->quote = quote;
	a->item->len = len;
	if (e)
		a->item->why = *e;
}

static bool all_came(void *arg)
{
	return !*(const size_t *)arg;
}

static bool ask_all(struct oper *op, struct quoting *items, size_t n,
		    struct err *e)
{
	CLEANUP(freep)
	struct asking *all = xcalloc(n, sizeof(*all));
	size_t pending = n;
	bool ok;

	for (size_t i = 0; i < n; i++) {
		struct hash32 *h = &items[i].report_data;

		all[i] = (struct asking){.item = &items[i],
					 .pending = &pending};
		all[i].ask =
		    tee_ask(&op->tee, h->b, sizeof(h->b), on_quote, &all[i]);
	}
	/* Each request has a deadline of its own; the loop needs none. */
	ok = loop_run_until(op->loop, all_came, &pending, UINT64_MAX, "quotes",
			    e);
	for (size_t i = 0; i < n; i++)
		tee_cancel(all[i].ask);
	return ok;
}

bool attest_quotes(struct oper *op, struct quoting *items, size_t n,
		   const struct asker *then, struct err *e)
{
	if (!op->tee.endpoint) {
		for (size_t i = 0; i < n; i++)
			tee_missing(&items[i].why);
		return true;
	}
	if (!ask_all(op, items, n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct quoting *q = &items[i];

		if (!q->quote ||
		    know_platform(op, q->quote, q->len, then, &q->why))
			continue;
		free(TAKE(q->quote));
		if (q->why.code == ERR_OS) {
			*e = q->why;
			return false;
		}
	}
	return true;
}

bool attest_quote(struct oper *op, const struct hash32 *report_data,
		  uint8_t **ret, size_t *ret_len, struct err *e)
{
	struct quoting q = {.report_data = *report_data};
	bool ok = attest_quotes(op, &q, 1, NULL, e);

	if (ok && !q.quote) {
		*e = q.why;
		return false;
	}
	if (!ok) {
		free(q.quote);
		return false;
	}
	*ret = q.quote;
	*ret_len = q.len;
	return true;
}

static bool encode_registration(struct buf *ret, const uint8_t *quote,
				size_t len, uint64_t reference, struct err *e)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct abi_val args[] = {abi_val_bytes(quote, len),
				 abi_val_u64(reference)};
	struct abi_val tuple = abi_val_list(args, 2);
	const struct abi_type *type;

	return abi_type_parse(&type, a, "(bytes quote,uint64 referenceBlock)",
			      e) &&
	       abi_encode(ret, type, &tuple, e);
}

bool attest_now(struct oper *op, uint8_t **ret, size_t *ret_len,
		uint64_t *ret_reference, struct err *e)
{
	struct hash32 report_data;
	uint64_t head;

	if (!chain_height(op->rpc, &head, e))
		return false;
	/* A call at the head knows the hashes of blocks before the head. */
	*ret_reference = head ? head - 1 : 0;
	return view_report_data(op, *ret_reference, &report_data, e) &&
	       attest_quote(op, &report_data, ret, ret_len, e);
}

bool attest_platform(struct oper *op, struct err *e)
{
	static const struct hash32 nothing;
	CLEANUP(freep) uint8_t *quote = NULL;
	size_t len;

	return op->platform.known || attest_quote(op, &nothing, &quote, &len, e);
}

bool attest_registration(struct oper *op, struct buf *ret, struct err *e)
{
	CLEANUP(freep) uint8_t *quote = NULL;
	uint64_t reference;
	size_t len;

	return attest_now(op, &quote, &len, &reference, e) &&
	       encode_registration(ret, quote, len, reference, e);
}
