#include "simulate/make.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/base.h"
#include "simulate/collateral.h"

struct files {
	struct buf quote, collateral, root_der, root_pem; /* owned */
};

static bool fill(struct files *f, const struct tee *t,
		 const uint8_t report_data[TEE_REPORT_DATA],
		 const struct intel *intel, struct err *e)
{
	struct p256_pub root;

	if (!tee_quote(&f->quote, t, report_data, e) ||
	    !collateral_make(&f->collateral, t, intel, e) ||
	    !pki_root(&root, &f->root_der, t->seed, e))
		return false;
	pem_add(&f->root_pem, "CERTIFICATE", f->root_der.data, f->root_der.len);
	return buf_ok(&f->root_pem, "root certificate", e);
}

static bool put(const char *dir, const char *name, const struct buf *b,
		struct err *e)
{
	char *path CLEANUP(freep) = xasprintf("%s/%s", dir, name);

	return file_write_atomic(path, b->data, b->len, e);
}

bool make_files(const char *dir, const struct tee *t,
		const uint8_t report_data[TEE_REPORT_DATA],
		const struct intel *intel, struct err *e)
{
	struct files f = {
	    .quote = BUF_INIT(QUOTE_MAX),
	    .collateral = BUF_INIT(COLLATERAL_MAX),
	    .root_der = BUF_INIT(CERT_MAX),
	    .root_pem = BUF_INIT(PKI_PEM_MAX),
	};
	bool ok = fill(&f, t, report_data, intel, e);

	if (ok && mkdir(dir, 0777) && errno != EEXIST)
		ok = err_os(e, errno, "%s", dir);
	ok = ok && put(dir, "quote.bin", &f.quote, e) &&
	     put(dir, "collateral.json", &f.collateral, e) &&
	     put(dir, "root.der", &f.root_der, e) &&
	     put(dir, "root.pem", &f.root_pem, e);
	buf_done(&f.quote);
	buf_done(&f.collateral);
	buf_done(&f.root_der);
	buf_done(&f.root_pem);
	return ok;
}
