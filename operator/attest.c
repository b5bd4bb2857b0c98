#include "operator/attest.h"

#include "base/base.h"
#include "eth/chain.h"
#include "operator/account.h"
#include "operator/pem.h"
#include "operator/view.h"

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
	struct hash32 pck_id = keccak256(pck->data, pck->len), ca_id, under;
	bool pck_known, ca_known;

	if (!view_pck(op, &pck_id, &pck_known, &under, e))
		return false;
	if (chain->n < 2)
		return true;
	ca_id = keccak256(ca->data, ca->len);
	if (pck_known && hash_eq(&under, &ca_id))
		return true;
	if (!view_ca_known(op, &ca_id, &ca_known, e))
		return false;
	/* An old CA's chain: no registering makes it the new one's. */
	if (pck_known && ca_known)
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

bool attest_quote(struct oper *op, const struct hash32 *report_data,
		  uint8_t **ret, size_t *ret_len, struct err *e)
{
	CLEANUP(freep) uint8_t *quote = NULL;
	size_t len;

	if (!tee_quote(&op->tee, report_data->b, sizeof(report_data->b), &quote,
		       &len, e) ||
	    !know_platform(op, quote, len, e))
		return false;
	*ret = TAKE(quote);
	*ret_len = len;
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

bool attest_registration(struct oper *op, struct buf *ret, struct err *e)
{
	CLEANUP(freep) uint8_t *quote = NULL;
	struct hash32 report_data;
	uint64_t head, reference;
	size_t len;

	if (!chain_height(op->rpc, &head, e))
		return false;
	/* A call at the head knows the hashes of blocks before the head. */
	reference = head ? head - 1 : 0;
	return view_report_data(op, reference, &report_data, e) &&
	       attest_quote(op, &report_data, &quote, &len, e) &&
	       encode_registration(ret, quote, len, reference, e);
}
