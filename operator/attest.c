#include "operator/attest.h"

#include "base/base.h"
#include "eth/chain.h"
#include "operator/account.h"
#include "operator/collateral.h"
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

/*
 * The platform's certificate and its CA, where the registry lacks them. A CA
 * that was renewed answers for a platform once that is registered again.
 */
static bool register_platform(struct oper *op, const struct cert_chain *chain,
			      struct err *e)
{
	static const struct fn add_ca = {"addCa", "(bytes)", NULL};
	static const struct fn add_pck = {"registerPck", "(bytes)", NULL};
	const struct der *pck = &chain->certs[0], *ca = &chain->certs[1];
	struct hash32 pck_id = keccak256(pck->data, pck->len), ca_id;
	struct pck there;
	bool ca_known;

	if (!view_pck(op, &pck_id, &there, e))
		return false;
	op->platform = (struct platform){.known = true, .pck = pck_id};
	if (chain->n < 2)
		return true;
	op->platform.processor = memmem(ca->data, ca->len, PROCESSOR_CA,
					strlen(PROCESSOR_CA)) != NULL;
	ca_id = keccak256(ca->data, ca->len);
	if (there.known && hash_eq(&there.ca, &ca_id))
		return true;
	if (!view_ca_known(op, &ca_id, &ca_known, e))
		return false;
	/* An old CA's chain: no registering makes it the new one's. */
	if (there.known && ca_known)
		return true;
	return (ca_known || register_cert(op, "add-ca", &add_ca, ca, e)) &&
	       register_cert(op, "register-pck", &add_pck, pck, e);
}

static bool know_platform(struct oper *op, const uint8_t *quote, size_t len,
			  struct err *e)
{
	struct cert_chain chain;
	struct err unread;
	bool ok;

	if (!quote_chain(&chain, quote, len, &unread)) {
		events_log(op->ev, "%s; left to the chain to judge",
			   unread.text);
		return true;
	}
	ok = register_platform(op, &chain, e);
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
		   struct err *e)
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

		if (!q->quote || know_platform(op, q->quote, q->len, &q->why))
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
	bool ok = attest_quotes(op, &q, 1, e);

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
	       collateral_provide(op, e) &&
	       encode_registration(ret, quote, len, reference, e);
}
