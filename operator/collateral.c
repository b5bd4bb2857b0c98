#include "operator/collateral.h"

#include "base/base.h"
#include "operator/account.h"
#include "operator/view.h"

#define CALL_MAX ((size_t)2 << 20)
#define GAS 4000000u /* 37,000 for each certificate that a list revokes */

bool collateral_until(struct oper *op, uint64_t *ret, struct err *e)
{
	*ret = UINT64_MAX;
	if (!op->platform.known)
		return true;
	if (!view_collateral(op, &op->platform.pck, ret, e)) {
		/* The next quote tells anew whose it is, and registers that. */
		op->platform.known = op->platform.registered = false;
		return false;
	}
	op->metrics.collateral_until = *ret;
	return true;
}

/* --- what the registry does not have ------------------------------------------ */

/* The signed part of what is signed: the first element of a DER sequence. */
static bool signed_part(const struct der *d, const uint8_t **ret, size_t *len)
{
	size_t at = 0;

	for (unsigned level = 0; level < 2; level++) {
		size_t begin = at, bytes, n = 0;

		if (d->len - at < 2 || d->data[at] != 0x30)
			return false;
		bytes = d->data[at + 1] & 0x80 ? d->data[at + 1] & 0x7f : 0;
		if (bytes > 4 || d->len - at - 2 < bytes)
			return false;
		for (size_t i = 0; i < bytes; i++)
			n = n << 8 | d->data[at + 2 + i];
		if (!bytes)
			n = d->data[at + 1];
		at += 2 + bytes;
		if (n > d->len - at)
			return false;
		*ret = d->data + begin;
		*len = at - begin + n;
	}
	return true;
}

static bool lacks_crl(const struct oper *op, const struct der *crl, bool *ret,
		      struct err *e)
{
	struct hash32 there, ours;
	const uint8_t *part;
	size_t len;
	bool taken;

	*ret = false;
	if (!view_crl(op, crl->data, crl->len, &taken, &there, e))
		return false;
	if (!taken || !signed_part(crl, &part, &len))
		return true;
	ours = sha256(part, len);
	*ret = !hash_eq(&ours, &there);
	return true;
}

static bool is_other(const struct der *text, const struct hash32 *there)
{
	struct hash32 ours = sha256(text->data, text->len);

	return !hash_eq(&ours, there);
}

/* --- giving --------------------------------------------------------------------- */

/* Transactions of one batch, which do not need each other. */
struct giving {
	struct order orders[3];
	size_t n;
};

static bool add(struct oper *op, struct giving *g, const char *what,
		const struct fn *f, const struct abi_val *args, size_t n,
		struct err *e)
{
	struct order *o = &g->orders[g->n++];

	ASSERT(g->n <= ARRAY_LEN(g->orders));
	*o = (struct order){.what = what,
			    .to = op->cfg->collateral_registry,
			    .data = BUF_INIT(CALL_MAX),
			    .gas = GAS};
	return fn_encode(&o->data, f, args, n, e);
}

static bool add_crl(struct oper *op, struct giving *g, const struct der *crl,
		    struct err *e)
{
	static const struct fn f = {"putCrl", "(bytes)", NULL};
	struct abi_val args[] = {abi_val_bytes(crl->data, crl->len)};
	bool lacks;

	return lacks_crl(op, crl, &lacks, e) &&
	       (!lacks || add(op, g, "put-crl", &f, args, 1, e));
}

static bool add_signer(struct oper *op, struct giving *g,
		       const struct der *cert, struct err *e)
{
	static const struct fn f = {"addTcbSigner", "(bytes)", NULL};
	struct hash32 id = keccak256(cert->data, cert->len);
	struct abi_val args[] = {abi_val_bytes(cert->data, cert->len)};
	bool known;

	return view_signer_known(op, &id, &known, e) &&
	       (known || add(op, g, "add-tcb-signer", &f, args, 1, e));
}

static bool add_text(struct oper *op, struct giving *g, const char *what,
		     const char *function, const struct pcs_text *t,
		     struct err *e)
{
	const struct fn f = {function, "(bytes,bytes,bytes32)", NULL};
	struct hash32 id = keccak256(t->signer.data, t->signer.len);
	struct abi_val args[] = {
	    abi_val_bytes(t->text.data, t->text.len),
	    abi_val_bytes(t->signature, sizeof(t->signature)),
	    abi_val_hash(&id)};

	return add(op, g, what, &f, args, 3, e);
}

/* What has become of them: the first that was refused for good is @why. */
static void judge(const struct giving *g, unsigned *ret_n, struct err *why)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct order *o = &g->orders[i];

		*ret_n += o->ok;
		if (!o->ok && !why->code && !strstr(o->why.text, "NotNewer"))
			*why = o->why;
	}
}

static bool give(struct oper *op, struct giving *g, unsigned *ret_n,
		 struct err *why, struct err *e)
{
	bool ok = !g->n || account_send_all(op, g->orders, g->n, e);

	if (ok)
		judge(g, ret_n, why);
	for (size_t i = 0; i < g->n; i++)
		buf_done(&g->orders[i].data);
	g->n = 0;
	return ok;
}

/* What both ask first; the texts' after a list was given once more. */
static void ask_of_texts(struct oper *op, const uint8_t fmspc[6])
{
	struct hash32 digest;
	struct err ignored;

	(void)!view_tcb_info(op, fmspc, &digest, &ignored);
	(void)!view_qe_identity(op, &digest, &ignored);
}

static void ask_of_lists(struct oper *op, const struct pcs_collateral *c)
{
	const struct der *cert = &c->tcb_info.signer;
	const struct hash32 id = keccak256(cert->data, cert->len);
	struct hash32 digest;
	struct err ignored;
	bool known;

	(void)!view_crl(op, c->root_crl.data, c->root_crl.len, &known, &digest,
			&ignored);
	(void)!view_crl(op, c->pck_crl.data, c->pck_crl.len, &known, &digest,
			&ignored);
	(void)!view_signer_known(op, &id, &known, &ignored);
}

/* Lists and signers first: signed text is believed by what they say. */
static bool give_lists(struct oper *op, const struct pcs_collateral *c,
		       unsigned *ret_n, struct err *why, struct err *e)
{
	struct giving g = {.n = 0};
	bool ok = add_crl(op, &g, &c->root_crl, e) &&
		  add_crl(op, &g, &c->pck_crl, e) &&
		  add_signer(op, &g, &c->tcb_info.signer, e);

	return give(op, &g, ret_n, why, ok ? e : &(struct err){0}) && ok;
}

static bool give_texts(struct oper *op, const struct pcs_collateral *c,
		       const uint8_t fmspc[6], unsigned *ret_n,
		       struct err *why, struct err *e)
{
	struct giving g = {.n = 0};
	struct hash32 tcb, qe;
	bool ok;

	rpc_ahead(op->rpc);
	ask_of_texts(op, fmspc);
	rpc_ahead_end(op->rpc);
	ok = view_tcb_info(op, fmspc, &tcb, e) && view_qe_identity(op, &qe, e);
	ok = ok && (!is_other(&c->tcb_info.text, &tcb) ||
		    add_text(op, &g, "put-tcb-info", "putTcbInfo", &c->tcb_info,
			     e));
	ok = ok && (!is_other(&c->qe_identity.text, &qe) ||
		    add_text(op, &g, "put-qe-identity", "putQeIdentity",
			     &c->qe_identity, e));
	return give(op, &g, ret_n, why, ok ? e : &(struct err){0}) && ok;
}

bool collateral_refresh(struct oper *op, unsigned *ret_n, struct err *e)
{
	struct pcs_collateral c;
	struct err why = ERR_INIT;
	struct pck pck;
	bool ok;

	ASSERT(op->platform.known);
	*ret_n = 0;
	if (!op->pcs.endpoint)
		return err_set(e, ERR_UNSUPPORTED, 0,
			       "no PCS: set tee.pcs in the configuration, or "
			       "PCCS_URL");
	if (!view_pck(op, &op->platform.pck, &pck, e))
		return false;
	if (!pck.known)
		return err_set(e, ERR_MISMATCH, 0,
			       "the registry does not know our platform");
	if (!pcs_fetch(&c, &op->pcs, pck.fmspc, op->platform.processor, e))
		return false;
	rpc_ahead(op->rpc);
	ask_of_lists(op, &c);
	ask_of_texts(op, pck.fmspc);
	rpc_ahead_end(op->rpc);
	ok = give_lists(op, &c, ret_n, &why, e) &&
	     give_texts(op, &c, pck.fmspc, ret_n, &why, e);
	pcs_collateral_done(&c);
	op->metrics.collateral_updates += *ret_n;
	if (ok && why.code)
		*e = why;
	return ok && !why.code;
}

bool collateral_provide(struct oper *op, struct err *e)
{
	uint64_t until;
	struct err why;
	unsigned n;

	if (!op->pcs.endpoint)
		return true;
	if (collateral_until(op, &until, &why) &&
	    (until || collateral_refresh(op, &n, &why)))
		return true;
	if (why.code == ERR_OS) {
		*e = why;
		return false;
	}
	events_log(op->ev, "collateral: %s; left to the chain to judge",
		   why.text);
	return true;
}
