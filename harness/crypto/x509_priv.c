#include "crypto/x509_priv.h"

#include "crypto/der_check.h"

#include "base/base.h"

void x509_name_text(char *ret, size_t size, const X509_NAME *name)
{
	const struct libcrypto *lib = libcrypto();
	BIO *bio = lib->BIO_new(lib->BIO_s_mem());
	char *text;
	long n;

	ASSERT(bio);
	lib->X509_NAME_print_ex(bio, name, 0, XN_FLAG_ONELINE);
	n = lib->BIO_get_mem_data(bio, &text);
	snprintf(ret, size, "%.*s", n > 0 ? (int)n : 0, n > 0 ? text : "");
	lib->BIO_free(bio);
}

bool x509_unix_time(int64_t *ret, const ASN1_TIME *t)
{
	const struct libcrypto *lib = libcrypto();
	struct tm tm;

	if (!t || !lib->ASN1_TIME_to_tm(t, &tm))
		return false;
	*ret = timegm(&tm);
	return true;
}

void x509_integer_text(char *ret, size_t size, const ASN1_INTEGER *v)
{
	const struct libcrypto *lib = libcrypto();
	size_t n = (size_t)lib->ASN1_STRING_length(v);
	const uint8_t *p = lib->ASN1_STRING_get0_data(v);
	size_t at = 0;

	for (size_t i = 0; i < n && at + 3 <= size; i++, at += 2)
		snprintf(ret + at, 3, "%02x", p[i]);
	ret[at] = 0;
}

bool x509_signature(struct p256_sig *ret, const ASN1_BIT_STRING *bits, int nid)
{
	const struct libcrypto *lib = libcrypto();
	const uint8_t *p = lib->ASN1_STRING_get0_data(bits);
	size_t n = (size_t)lib->ASN1_STRING_length(bits);
	struct err unused = ERR_INIT;
	ECDSA_SIG *sig;
	bool ok;

	if (nid != NID_ecdsa_with_SHA256 || !der_check(p, n, &unused))
		return false;
	sig = lib->d2i_ECDSA_SIG(NULL, &p, (long)n);
	ok = sig &&
	     lib->BN_bn2binpad(lib->ECDSA_SIG_get0_r(sig), ret->r, 32) > 0 &&
	     lib->BN_bn2binpad(lib->ECDSA_SIG_get0_s(sig), ret->s, 32) > 0;
	lib->ECDSA_SIG_free(sig);
	return ok;
}

bool x509_extensions(struct cert_extension ret[CERT_EXTENSIONS_MAX],
		     size_t *ret_n, const STACK_OF(X509_EXTENSION) * all,
		     struct err *e)
{
	const struct libcrypto *lib = libcrypto();
	const int n = lib->sk_X509_EXTENSION_num(all); /* -1: NULL */

	if (n > CERT_EXTENSIONS_MAX)
		return err_set(e, ERR_LIMIT, 0, "%d extensions, more than %d",
			       n, CERT_EXTENSIONS_MAX);
	for (int i = 0; i < n; i++) {
		X509_EXTENSION *ext = STACK_ITEM(lib, X509_EXTENSION, all, i);
		struct cert_extension *to = &ret[i];

		lib->OBJ_obj2txt(to->name, sizeof(to->name),
				 lib->X509_EXTENSION_get_object(ext), 0);
		to->critical = lib->X509_EXTENSION_get_critical(ext) > 0;
		to->len = (size_t)lib->ASN1_STRING_length(
			lib->X509_EXTENSION_get_data(ext));
		for (int k = 0; k < i; k++)
			if (!strcmp(ret[k].name, to->name))
				return err_set(e, ERR_PARSE, 0,
					       "the extension %s stands twice",
					       to->name);
	}
	*ret_n = n > 0 ? (size_t)n : 0;
	return true;
}
