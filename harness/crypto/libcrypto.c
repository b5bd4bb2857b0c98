#include "crypto/libcrypto.h"

#include "base/base.h"
#include "base/late.h"

bool libcrypto_load(const struct libcrypto **ret, struct err *e)
{
	static struct libcrypto lib;
	void *so;

	*ret = &lib;
	if (lib.OPENSSL_init_crypto)
		return true;
	if (!late_library(&so, "libcrypto.so.3", "libssl3", e))
		return false;
#define FIND(f) *(void **)&lib.f = late_symbol(so, #f);
	LIBCRYPTO_FUNCTIONS(FIND)
	/* The machine's openssl.cnf decides nothing here. */
	ASSERT(lib.OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG |
					   OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS,
				       NULL));
	return true;
}

const struct libcrypto *libcrypto(void)
{
	const struct libcrypto *lib;
	struct err e = ERR_INIT;

	if (!libcrypto_load(&lib, &e)) {
		fprintf(stderr, "%s\n", e.text);
		exit(2);
	}
	return lib;
}
