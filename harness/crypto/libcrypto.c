#include "crypto/libcrypto.h"

#include "base/base.h"
#include "base/late.h"

static void load(struct libcrypto *lib)
{
	void *so = late_library("libcrypto.so.3");

#define FIND(f) *(void **)&lib->f = late_symbol(so, #f);
	LIBCRYPTO_FUNCTIONS(FIND)
	/* The machine's openssl.cnf decides nothing here. */
	ASSERT(lib->OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG |
					    OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS,
					NULL));
}

const struct libcrypto *libcrypto(void)
{
	static struct libcrypto lib;

	if (!lib.OPENSSL_init_crypto)
		load(&lib);
	return &lib;
}
