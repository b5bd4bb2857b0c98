#include "simulate/pki.h"

#include "base/base.h"

/*
 * Windows as long as Intel's: root until UTCTime ends, CA 15 years, PCK 7.
 * A devnet's chain starts within the last one.
 */
#define FROM_2020 1577836800  /* 2020-01-01T00:00:00Z */
#define ROOT_UNTIL 2524607999 /* 2049-12-31T23:59:59Z */
#define CA_UNTIL 2051222399   /* 2034-12-31T23:59:59Z */
#define PCK_FROM 1704067200   /* 2024-01-01T00:00:00Z */
#define PCK_UNTIL 1924991999  /* 2030-12-31T23:59:59Z */

/*
 * RFC 2606: names under .invalid never resolve. Behind it stands Intel's own
 * address, by which some verifiers tell the lists apart.
 */
#define INTEL_AT "https://simulated-pcs.invalid/https://"
#define CRL_ROOT                                                               \
	INTEL_AT "certificates.trustedservices.intel.com/IntelSGXRootCA.der"
#define CRL_PCK                                                                \
	INTEL_AT "api.trustedservices.intel.com/sgx/certification/v4/pckcrl"
#define CRL_PROCESSOR CRL_PCK "?ca=processor&encoding=der"
#define CRL_PLATFORM CRL_PCK "?ca=platform&encoding=der"

static void seed_be(uint8_t ret[8], uint64_t seed)
{
	for (unsigned i = 0; i < 8; i++)
		ret[i] = (uint8_t)(seed >> (56 - 8 * i));
}

struct seckey pki_key(uint64_t seed, const char *role, const char *name)
{
	char *label CLEANUP(freep) = xasprintf("tee-sim/%s/%s", role, name);
	uint8_t be[8];

	seed_be(be, seed);
	return p256_key_derive(be, sizeof(be), label);
}

void pki_bytes(void *ret, size_t len, uint64_t seed, const char *role,
	       const char *name)
{
	char *label CLEANUP(freep) = xasprintf("tee-sim id/%s/%s", role, name);
	uint8_t be[8], mac[32];

	ASSERT(len <= sizeof(mac));
	seed_be(be, seed);
	hmac_sha256(mac, be, sizeof(be), label, strlen(label));
	memcpy(ret, mac, len);
}

void pki_platform_tcb(struct sgx_platform *ret, int recoveries)
{
	static const uint8_t comp_svn[16] = {3, 3, 2, 2, 4, 1, 0, 5};

	memcpy(ret->comp_svn, comp_svn, sizeof(comp_svn));
	ret->comp_svn[0] = (uint8_t)(ret->comp_svn[0] + recoveries);
	memcpy(ret->cpu_svn, ret->comp_svn, sizeof(ret->cpu_svn));
	ret->pce_svn = recoveries < 0 ? 5 : 13;
}

void pki_platform(struct sgx_platform *ret, uint64_t seed, const char *name,
		  bool of_processor_ca)
{
	struct sgx_platform p = {
	    /* Digits only: some verifiers compare it as text, by case. */
	    .fmspc = {0x10, 0x20, 0x30, 0x40, 0x50, 0x60},
	    .sgx_type = of_processor_ca ? 0 : 1,
	    .of_processor_ca = of_processor_ca,
	    .dynamic_platform = true,
	    .cached_keys = true,
	    .smt = true,
	};

	pki_platform_tcb(&p, 0);
	pki_bytes(p.ppid, sizeof(p.ppid), seed, "ppid", name);
	pki_bytes(p.instance_id, sizeof(p.instance_id), seed,
		  "platform-instance", name);
	*ret = p;
}

/* RFC 5280 4.1.2.2: positive, at most 20 bytes. Like Intel's: exactly 20. */
static void serial(uint8_t ret[20], uint64_t seed, const char *role,
		   const char *name)
{
	pki_bytes(ret, 20, seed, role, name);
	ret[0] = (uint8_t)((ret[0] & 0x7f) | 0x40);
}

static bool root_spec(struct cert_spec *ret, uint64_t seed, struct err *e)
{
	struct cert_spec s = {
	    .subject_cn = CERT_CN_ROOT,
	    .issuer_cn = CERT_CN_ROOT,
	    .crl_url = CRL_ROOT,
	    .not_before = FROM_2020,
	    .not_after = ROOT_UNTIL,
	    .signer = pki_key(seed, "root", ""),
	    .key_usage = CERT_USE_CA,
	    .is_ca = true,
	    .path_len = 1,
	};

	serial(s.serial, seed, "serial-root", "");
	if (!p256_public(&s.key, &s.signer, e))
		return err_ctx(e, "root key");
	s.issuer_key = s.key;
	*ret = s;
	return true;
}

bool pki_chain_init(struct pki_chain *ret, uint64_t seed, const char *name,
		    const struct sgx_platform *sgx, struct err *e)
{
	bool processor = sgx->of_processor_ca;
	struct seckey ca_key =
	    pki_key(seed, processor ? "processor-ca" : "platform-ca", "");
	struct seckey pck_key = pki_key(seed, "pck", name);
	struct pki_chain c;

	if (!root_spec(&c.cert[PKI_ROOT], seed, e))
		return false;
	c.cert[PKI_CA] = (struct cert_spec){
	    .subject_cn =
		processor ? CERT_CN_PROCESSOR_CA : CERT_CN_PLATFORM_CA,
	    .issuer_cn = CERT_CN_ROOT,
	    .crl_url = CRL_ROOT,
	    .not_before = FROM_2020,
	    .not_after = CA_UNTIL,
	    .issuer_key = c.cert[PKI_ROOT].key,
	    .signer = c.cert[PKI_ROOT].signer,
	    .key_usage = CERT_USE_CA,
	    .is_ca = true,
	};
	serial(c.cert[PKI_CA].serial, seed,
	       processor ? "serial-processor-ca" : "serial-platform-ca", "");
	if (!p256_public(&c.cert[PKI_CA].key, &ca_key, e))
		return err_ctx(e, "CA key");
	c.cert[PKI_LEAF] = (struct cert_spec){
	    .subject_cn = CERT_CN_PCK,
	    .issuer_cn = c.cert[PKI_CA].subject_cn,
	    .crl_url = processor ? CRL_PROCESSOR : CRL_PLATFORM,
	    .not_before = PCK_FROM,
	    .not_after = PCK_UNTIL,
	    .issuer_key = c.cert[PKI_CA].key,
	    .signer = ca_key,
	    .key_usage = CERT_USE_SIGNATURE,
	    .sgx = sgx,
	};
	serial(c.cert[PKI_LEAF].serial, seed, "serial-pck", name);
	if (!p256_public(&c.cert[PKI_LEAF].key, &pck_key, e))
		return err_ctx(e, "PCK key of %s", name);
	*ret = c;
	return true;
}

bool pki_signer_init(struct cert_spec *ret, uint64_t seed, struct err *e)
{
	struct seckey key = pki_key(seed, "tcb-signing", "");
	struct cert_spec root, s;

	if (!root_spec(&root, seed, e))
		return false;
	s = (struct cert_spec){
	    .subject_cn = CERT_CN_TCB_SIGNING,
	    .issuer_cn = CERT_CN_ROOT,
	    .crl_url = CRL_ROOT,
	    .not_before = FROM_2020,
	    .not_after = CA_UNTIL,
	    .issuer_key = root.key,
	    .signer = root.signer,
	    .key_usage = CERT_USE_SIGNATURE,
	};
	serial(s.serial, seed, "serial-tcb-signing", "");
	if (!p256_public(&s.key, &key, e))
		return err_ctx(e, "TCB signing key");
	*ret = s;
	return true;
}

bool pki_chain_pem(struct buf *out, const struct pki_chain *c,
		   const enum pki_link *order, unsigned n, struct err *e)
{
	struct buf der = BUF_INIT(CERT_MAX);
	bool ok = true;

	for (unsigned i = 0; ok && i < n; i++) {
		buf_clear(&der);
		ok = cert_make(&der, &c->cert[order[i]], e);
		if (ok)
			pem_add(out, "CERTIFICATE", der.data, der.len);
	}
	buf_done(&der);
	return ok && buf_ok(out, "certificate chain", e);
}

bool pki_root(struct p256_pub *ret, struct buf *ret_der, uint64_t seed,
	      struct err *e)
{
	struct cert_spec s;

	if (!root_spec(&s, seed, e) || !cert_make(ret_der, &s, e))
		return false;
	*ret = s.key;
	return true;
}
