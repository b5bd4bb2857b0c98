#include "eth/tee_fault.h"

#include "base/base.h"
#include "base/nearest.h"

/* In the order of simulate/fault_table.c, whose test compares. */
static const char *const names[] = {
	"no-pem-nul", "trailing-zeros", "qe-auth-empty", "qe-auth-64",
	"wrong-version", "wrong-key-type", "unknown-tee-type", "wrong-vendor",
	"swapped-tee-type", "truncated", "truncated-body",
	"auth-length-plus-one", "auth-length-huge", "wrong-cert-type",
	"cert-length-huge", "chain-garbage", "chain-leaf-only",
	"chain-reversed", "wrong-outer-type", "body-type-td10",
	"body-size-td10", "unknown-body-type", "body-flipped",
	"header-flipped", "quote-wrong-signer", "replaced-attestation-key",
	"trivial-signature", "qe-wrong-signer", "qe-wrong-binding",
	"qe-binding-tail", "qe-auth-flipped", "qe-wrong-mrsigner",
	"qe-wrong-product", "qe-not-initialised", "qe-debug", "qe-misc-select",
	"td-debug", "td-reserved-bit", "sept-ve-clear", "service-td",
	"wrong-seam-signer", "seam-attributes", "wrong-mrtd", "wrong-rtmr3",
	"pck-expired", "pck-not-yet-valid", "pck-wrong-signer",
	"ca-wrong-signer", "foreign-root", "pck-no-sgx-extension", "pck-is-ca",
	"high-s", "ca-expired", "pck-wrong-name", "pck-wrong-issuer-name",
	"ca-wrong-name", "pck-wrong-authority", "ca-is-no-ca", "pck-no-ppid",
	"pck-no-fmspc", "pck-no-authority", "pck-no-crl-point",
	"pck-unknown-critical", "pck-wrong-cpusvn", "ca-forged-foreign",
	"ca-forged", "pce-too-old", "cpu-too-old", "cpu-out-of-date",
	"qe-out-of-date", "qe-too-old", "qe-revoked", "module-unknown",
	"module-out-of-date", "td-relaunch", "module-too-old",
	"module-revoked", "seam-too-old", "cpu-updated", "crl-unrelated",
	"crl-revokes-pck", "crl-revokes-ca", "crl-revokes-signer",
	"signer-expired", "signer-wrong-signer", "pck-crl-expired",
	"root-crl-expired", "pck-crl-wrong-signer", "root-crl-wrong-signer",
	"pck-crl-garbage", "pck-crl-other-ca", "signer-wrong-name",
	"pck-crl-no-extensions", "crl-revokes-root", "identity-expired",
	"identity-in-future", "identity-wrong-signer", "identity-changed",
	"identity-other-tee", "identity-version-3", "tcb-expired",
	"tcb-in-future", "tcb-wrong-signer", "tcb-changed", "tcb-wrong-fmspc",
	"tcb-wrong-pceid", "tcb-other-tee", "tcb-revoked", "tcb-out-of-date",
	"tcb-sw-and-qe-out-of-date", "tcb-config-and-qe-out-of-date",
	"tcb-levels-reversed", "tcb-unknown-status", "tcb-15-components",
	"tcb-no-json", "tcb-spaced", "tcb-other-evaluation", "tcb-extra-key",
	"tcb-module-component", "tcb-no-module", "tcb-no-identities",
	"tcb-no-tdx-components", "tcb-module-mask", "module-mask-hides",
	"qe-revoked-and-wrong-signer", "qe-revoked-and-forged-pck",
	"tcb-revoked-and-wrong-signer", "host-silent", "host-slow",
	"host-error", "host-garbage", "host-gone", "host-restarted",
	"host-clock-ahead", "host-clock-behind",
};

const char *tee_fault_name(size_t i)
{
	return i < ARRAY_LEN(names) ? names[i] : NULL;
}

bool tee_fault_known(const char *text, struct err *e)
{
	const size_t n = strcspn(text, ":");
	CLEANUP(freep) char *name = xstrndup(text, n);
	const char *near;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!strcmp(names[i], name))
			return true;
	near = nearest_name(name, names, ARRAY_LEN(names));
	return err_set(e, ERR_SCHEMA, 0,
		       "%s is no fault of a TEE (`tee-sim faults` lists "
		       "them)%s%s",
		       name, near ? "; nearest: " : "", near ? near : "");
}
