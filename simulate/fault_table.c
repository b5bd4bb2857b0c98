#include "base/base.h"
#include "simulate/fault_apply.h"

#define ACCEPT(id_, name_, stage_, fn, doc_)                                   \
	{                                                                      \
		.id = id_, .name = name_, .doc = doc_, .check = "nothing",     \
		.answer = ANSWER_ACCEPT, .stage = stage_, .apply = fault_##fn  \
	}
#define REFUSE(id_, name_, stage_, fn, check_, doc_)                           \
	{                                                                      \
		.id = id_, .name = name_, .doc = doc_, .check = check_,        \
		.answer = ANSWER_REFUSE, .stage = stage_, .apply = fault_##fn  \
	}
#define REFUSE_TD(id_, name_, stage_, fn, check_, doc_)                        \
	{                                                                      \
		.id = id_, .name = name_, .doc = doc_, .check = check_,        \
		.answer = ANSWER_REFUSE, .stage = stage_, .scope = SCOPE_TD,   \
		.apply = fault_##fn                                            \
	}
/* All of them are about what a TD says. */
#define POLICY(id_, name_, stage_, fn, check_, doc_)                           \
	{                                                                      \
		.id = id_, .name = name_, .doc = doc_, .check = check_,        \
		.answer = ANSWER_POLICY, .stage = stage_, .scope = SCOPE_TD,   \
		.apply = fault_##fn                                            \
	}

/* Genuine, but of a TCB status that is the AVS's to judge. */
#define STATUS(id_, name_, stage_, scope_, fn, check_, doc_)                   \
	{                                                                      \
		.id = id_, .name = name_, .doc = doc_, .check = check_,        \
		.answer = ANSWER_POLICY, .stage = stage_, .scope = scope_,     \
		.apply = fault_##fn                                            \
	}
#define COLLATERAL(id_, name_, stage_, answer_, scope_, fn, check_, doc_)      \
	{                                                                      \
		.id = id_, .name = name_, .doc = doc_, .check = check_,        \
		.answer = ANSWER_##answer_, .stage = stage_, .scope = scope_,  \
		.spoil = fault_##fn                                            \
	}

/* Only of trust domains' reports from 1.5 on. */
#define RELAUNCH                                                               \
	{                                                                      \
		.id = "M13", .name = "td-relaunch",                            \
		.doc = "TD was launched on an OutOfDate module, and runs on "  \
		       "the newest",                                           \
		.check = "TDX module", .answer = ANSWER_POLICY,                \
		.stage = STAGE_BODY, .scope = SCOPE_TD15,                      \
		.apply = fault_td_relaunch                                     \
	}
/* Several at once; a verifier must find the one that it must not miss. */
#define PARTS(id_, name_, scope_, check_, doc_, ...)                           \
	{                                                                      \
		.id = id_, .name = name_, .doc = doc_, .check = check_,        \
		.answer = ANSWER_REFUSE, .stage = STAGE_PARTS,                 \
		.scope = scope_, .parts = (const char *const[])                \
		{                                                              \
			__VA_ARGS__, NULL                                      \
		}                                                              \
	}
/* Not valid yet, or no longer, by so many days. */
#define WINDOW(id_, name_, fn, check_, doc_)                                   \
	{                                                                      \
		.id = id_, .name = name_, .doc = doc_, .check = check_,        \
		.answer = ANSWER_REFUSE, .stage = STAGE_COLLATERAL,            \
		.param = {"days", 10, 1, 3000}, .spoil = fault_##fn            \
	}
/* Of the header or a length, which says what it must not. */
#define REFUSE_PARAM(id_, name_, stage_, scope_, fn, check_, doc_, ...)        \
	{                                                                      \
		.id = id_, .name = name_, .doc = doc_, .check = check_,        \
		.answer = ANSWER_REFUSE, .stage = stage_, .scope = scope_,     \
		.param = {__VA_ARGS__}, .apply = fault_##fn                    \
	}
#define HOST(name_, check_, doc_)                                              \
	{                                                                      \
		.id = "-", .name = name_, .doc = doc_, .check = check_,        \
		.answer = ANSWER_SURVIVE, .stage = STAGE_HOST                  \
	}
#define HOST_PARAM(name_, check_, doc_, ...)                                   \
	{                                                                      \
		.id = "-", .name = name_, .doc = doc_, .check = check_,        \
		.answer = ANSWER_SURVIVE, .stage = STAGE_HOST, .param = {      \
			__VA_ARGS__                                            \
		}                                                              \
	}
#define YEARS10 315360000

const struct fault FAULTS[] = {
    ACCEPT("V01", "no-pem-nul", STAGE_SIGNED, no_pem_nul,
	   "no NUL byte after the PEM chain"),
    {.id = "V02",
     .name = "trailing-zeros",
     .stage = STAGE_SIGNED,
     .doc = "zero bytes after the quote, as genuine ones have",
     .check = "nothing",
     .answer = ANSWER_ACCEPT,
     .param = {"bytes", 70, 1, 4096},
     .apply = fault_trailing_zeros},
    ACCEPT("V05", "qe-auth-empty", STAGE_QE, qe_auth_empty,
	   "no QE auth data, bound as it is"),
    ACCEPT("V06", "qe-auth-64", STAGE_QE, qe_auth_long,
	   "64 bytes of QE auth data, bound as they are"),
    REFUSE_PARAM("F01", "wrong-version", STAGE_BODY, SCOPE_ANY, wrong_version,
		 "version", "header says another version", "version", 2, 0, 2),
    REFUSE("F02", "wrong-key-type", STAGE_BODY, wrong_key_type,
	   "attestation key type", "header says key type 3 (P-384)"),
    REFUSE_PARAM("F03", "unknown-tee-type", STAGE_BODY, SCOPE_ANY,
		 unknown_tee_type, "TEE type",
		 "header says an unknown TEE type", "type", 0x82, 0x82,
		 UINT32_MAX),
    REFUSE("F04", "wrong-vendor", STAGE_BODY, wrong_vendor, "QE vendor",
	   "one bit of the QE vendor's id is off"),
    REFUSE("F05", "swapped-tee-type", STAGE_BODY, swapped_tee_type, "TEE type",
	   "header says SGX, the body is TDX, or the reverse"),
    {.id = "F06",
     .name = "truncated",
     .stage = STAGE_LENGTH,
     .doc = "the last bytes of the quote are missing",
     .check = "length",
     .answer = ANSWER_REFUSE,
     .param = {"bytes", 1, 1, 256},
     .apply = fault_truncated},
    REFUSE("F07", "truncated-body", STAGE_LENGTH, truncated_body, "length",
	   "only the first 300 bytes of the quote"),
    REFUSE("F08", "auth-length-plus-one", STAGE_WIRE, auth_length_plus_one,
	   "auth data length", "auth data length is one too large"),
    REFUSE("F09", "auth-length-huge", STAGE_WIRE, auth_length_huge,
	   "auth data length", "auth data length is 0xffffffff"),
    REFUSE_PARAM("F10", "wrong-cert-type", STAGE_WIRE, SCOPE_ANY,
		 wrong_cert_type, "certification data type",
		 "inner type says something else than 5", "type", 1, 1, 4),
    REFUSE("F11", "cert-length-huge", STAGE_WIRE, cert_length_huge,
	   "certification data length", "PEM chain's length is 1000 more"),
    REFUSE("F12", "chain-garbage", STAGE_WIRE, chain_garbage, "PCK chain",
	   "text that is no PEM in place of the chain"),
    REFUSE("F13", "chain-leaf-only", STAGE_CERTS, chain_leaf_only, "PCK chain",
	   "the chain has the PCK certificate alone"),
    REFUSE("F14", "chain-reversed", STAGE_CERTS, chain_reversed, "PCK chain",
	   "the chain has root, CA, PCK in this order"),
    REFUSE_TD("F15", "wrong-outer-type", STAGE_WIRE, wrong_outer_type,
	      "certification data type", "outer type says 5, not 6"),
    {.id = "F16",
     .name = "body-type-td10",
     .stage = STAGE_BODY,
     .doc = "body type says TD 1.0, the body is a later TD report",
     .check = "body size",
     .answer = ANSWER_REFUSE,
     .scope = SCOPE_TD15,
     .apply = fault_body_type_td10},
    {.id = "F17",
     .name = "body-size-td10",
     .stage = STAGE_BODY,
     .doc = "body size says 584 bytes, the body has more",
     .check = "body size",
     .answer = ANSWER_REFUSE,
     .scope = SCOPE_TD15,
     .apply = fault_body_size_td10},
    REFUSE_PARAM("F18", "unknown-body-type", STAGE_BODY, SCOPE_V5,
		 unknown_body_type, "body type",
		 "body type is none that there is", "type", 9, 4, UINT16_MAX),
    {.id = "S01",
     .name = "body-flipped",
     .stage = STAGE_WIRE,
     .doc = "a bit of the body is flipped after signing (offset wraps)",
     .check = "quote signature",
     .answer = ANSWER_REFUSE,
     .param = {"offset", 520, 0, 647},
     .apply = fault_body_flipped},
    REFUSE("S02", "header-flipped", STAGE_SIGNED, header_flipped,
	   "quote signature", "header's user data changed after signing"),
    REFUSE("S03", "quote-wrong-signer", STAGE_BODY, quote_wrong_signer,
	   "quote signature", "signed by another key"),
    REFUSE("S04", "replaced-attestation-key", STAGE_SIGNED,
	   replaced_attestation_key, "attestation key binding",
	   "another attestation key after signing"),
    REFUSE("S05", "trivial-signature", STAGE_SIGNED, trivial_signature,
	   "quote signature", "signature r = s = 1"),
    REFUSE("S06", "qe-wrong-signer", STAGE_QE, qe_wrong_signer,
	   "QE report signature", "QE report signed by another key"),
    REFUSE("S07", "qe-wrong-binding", STAGE_QE, qe_wrong_binding,
	   "attestation key binding",
	   "QE report data is the hash over other auth data"),
    REFUSE("S08", "qe-binding-tail", STAGE_QE, qe_binding_tail,
	   "attestation key binding",
	   "QE report data's second half is not zero"),
    REFUSE("S09", "qe-auth-flipped", STAGE_SIGNED, qe_auth_flipped,
	   "attestation key binding", "QE auth data changed after signing"),
    REFUSE("Q01", "qe-wrong-mrsigner", STAGE_QE, qe_wrong_mrsigner,
	   "QE identity", "QE report has another MRSIGNER"),
    REFUSE("Q02", "qe-wrong-product", STAGE_QE, qe_wrong_product, "QE identity",
	   "QE report has ISVPRODID 9"),
    REFUSE("Q03", "qe-not-initialised", STAGE_QE, qe_not_initialised,
	   "QE identity", "QE report lacks the INIT attribute"),
    REFUSE("Q04", "qe-debug", STAGE_QE, qe_debug, "QE identity",
	   "QE report has the DEBUG attribute"),
    REFUSE("Q05", "qe-misc-select", STAGE_QE, qe_misc_select, "QE identity",
	   "QE report has MISCSELECT bit 0"),
    POLICY("A01", "td-debug", STAGE_BODY, td_debug, "TD attributes",
	   "TD has the DEBUG attribute"),
    {.id = "A02",
     .name = "td-reserved-bit",
     .stage = STAGE_BODY,
     .doc = "TD has a reserved attribute bit set",
     .check = "TD attributes",
     .answer = ANSWER_POLICY,
     .scope = SCOPE_TD,
     .param = {"bit", 8, 8, 27},
     .apply = fault_td_reserved_bit},
    POLICY("A03", "sept-ve-clear", STAGE_BODY, sept_ve_clear, "TD attributes",
	   "TD lacks SEPT_VE_DISABLE"),
    {.id = "A04",
     .name = "service-td",
     .stage = STAGE_BODY,
     .doc = "TD is bound to a service TD: MRSERVICETD is not zero",
     .check = "service TD",
     .answer = ANSWER_POLICY,
     .scope = SCOPE_TD15,
     .apply = fault_service_td},
    REFUSE_TD("M01", "wrong-seam-signer", STAGE_BODY, wrong_seam_signer,
	      "TDX module", "MRSIGNERSEAM is not Intel's"),
    REFUSE_TD("M02", "seam-attributes", STAGE_BODY, seam_attributes,
	      "TDX module", "SEAMATTRIBUTES is 1, not 0"),
    POLICY("-", "wrong-mrtd", STAGE_BODY, wrong_mrtd, "measurement",
	   "MRTD of an image that is on no allow-list"),
    POLICY("-", "wrong-rtmr3", STAGE_BODY, wrong_rtmr3, "measurement",
	   "RTMR3 is not what the event log replays to"),
    REFUSE("C01", "pck-expired", STAGE_CERTS, pck_expired, "PCK validity",
	   "PCK certificate ended in 2020"),
    REFUSE("C02", "pck-not-yet-valid", STAGE_CERTS, pck_not_yet_valid,
	   "PCK validity", "PCK certificate begins in 2040"),
    REFUSE("C03", "pck-wrong-signer", STAGE_CERTS, pck_wrong_signer,
	   "PCK signature", "PCK certificate signed by another key"),
    REFUSE("C04", "ca-wrong-signer", STAGE_CERTS, ca_wrong_signer,
	   "CA signature", "the PCK CA signed by another key"),
    REFUSE("C17", "foreign-root", STAGE_CERTS, foreign_root, "root",
	   "the chain ends in another self-signed root"),
    REFUSE("C18", "pck-no-sgx-extension", STAGE_CERTS, pck_no_sgx_extension,
	   "SGX extension", "PCK certificate without the SGX extension"),
    REFUSE("C28", "pck-is-ca", STAGE_CERTS, pck_is_ca, "PCK basicConstraints",
	   "PCK certificate says CA:TRUE"),
    ACCEPT("V04", "high-s", STAGE_SIGNED, high_s,
	   "the quote's signature has the larger of its two s"),
    REFUSE("C05", "ca-expired", STAGE_CERTS, ca_expired, "CA validity",
	   "the PCK CA's certificate ended in 2020"),
    REFUSE("C21", "pck-wrong-name", STAGE_CERTS, pck_wrong_name, "PCK name",
	   "PCK certificate has another common name"),
    REFUSE("C22", "pck-wrong-issuer-name", STAGE_CERTS, pck_wrong_issuer_name,
	   "PCK issuer", "PCK certificate names another issuer"),
    REFUSE("C24", "ca-wrong-name", STAGE_CERTS, ca_wrong_name, "CA name",
	   "the PCK CA has another common name"),
    REFUSE("C25", "pck-wrong-authority", STAGE_CERTS, pck_wrong_authority,
	   "PCK issuer", "PCK certificate's authority key is another"),
    REFUSE("C29", "ca-is-no-ca", STAGE_CERTS, ca_is_no_ca,
	   "CA basicConstraints", "the PCK CA says CA:FALSE"),
    REFUSE("C19", "pck-no-ppid", STAGE_CERTS, pck_no_ppid, "SGX extension",
	   "PCK certificate without a PPID"),
    REFUSE("C20", "pck-no-fmspc", STAGE_CERTS, pck_no_fmspc, "SGX extension",
	   "PCK certificate without an FMSPC"),
    REFUSE("C26", "pck-no-authority", STAGE_CERTS, pck_no_authority,
	   "PCK extensions", "PCK certificate without authorityKeyIdentifier"),
    REFUSE("C27", "pck-no-crl-point", STAGE_CERTS, pck_no_crl_point,
	   "PCK extensions", "PCK certificate without CRL distribution point"),
    REFUSE("C30", "pck-unknown-critical", STAGE_CERTS, pck_unknown_critical,
	   "PCK extensions",
	   "PCK certificate with an unknown critical extension"),
    REFUSE("T20", "pck-wrong-cpusvn", STAGE_CERTS, pck_wrong_cpu_svn,
	   "SGX extension", "CPUSVN's first byte is not its first component"),
    REFUSE("X04", "ca-forged-foreign", STAGE_CERTS, ca_forged_foreign,
	   "CA signature",
	   "a forged PCK CA with the genuine one's key id, by a foreign "
	   "key id"),
    REFUSE("X05", "ca-forged", STAGE_CERTS, ca_forged, "CA signature",
	   "a forged PCK CA with the genuine one's key id, by the root's "
	   "key id"),
    REFUSE("T12", "pce-too-old", STAGE_CERTS, pce_too_old, "platform TCB",
	   "PCESVN is below every TCB level"),
    REFUSE("T13", "cpu-too-old", STAGE_CERTS, cpu_too_old, "platform TCB",
	   "a component of CPUSVN is below every TCB level"),
    STATUS("T14", "cpu-out-of-date", STAGE_CERTS, SCOPE_ANY, cpu_out_of_date,
	   "platform TCB", "CPUSVN is of the level that is OutOfDate"),
    STATUS("Q06", "qe-out-of-date", STAGE_QE, SCOPE_ANY, qe_out_of_date,
	   "QE TCB", "QE's ISVSVN is of the level that is OutOfDate"),
    REFUSE("Q07", "qe-too-old", STAGE_QE, qe_too_old, "QE TCB",
	   "QE's ISVSVN is below every level"),
    REFUSE("Q08", "qe-revoked", STAGE_QE, qe_revoked, "QE TCB",
	   "QE's ISVSVN is of the level that is Revoked"),
    REFUSE_TD("M03", "module-unknown", STAGE_BODY, module_unknown, "TDX module",
	      "TDX module's version is one of no identity"),
    STATUS("M04", "module-out-of-date", STAGE_BODY, SCOPE_TD,
	   module_out_of_date, "TDX module",
	   "TDX module's ISVSVN is of the level that is OutOfDate"),
    RELAUNCH,
    REFUSE_TD("M05", "module-too-old", STAGE_BODY, module_too_old, "TDX module",
	      "TDX module's ISVSVN is below every level"),
    REFUSE_TD("M06", "module-revoked", STAGE_BODY, module_revoked, "TDX module",
	      "TDX module's ISVSVN is of the Revoked level"),
    REFUSE_TD("M07", "seam-too-old", STAGE_BODY, seam_too_old, "platform TCB",
	      "TEE_TCB_SVN[2] is below every TCB level"),
    {.id = "-",
     .name = "cpu-updated",
     .stage = STAGE_CERTS,
     .doc = "the platform went along with TCB recoveries",
     .check = "nothing",
     .answer = ANSWER_ACCEPT,
     .param = {"recoveries", 1, 1, 8},
     .apply = fault_cpu_updated},
    COLLATERAL("V03", "crl-unrelated", STAGE_COLLATERAL, ACCEPT, SCOPE_ANY,
	       crl_unrelated, "nothing", "PCK CRL revokes another certificate"),
    COLLATERAL("C06", "crl-revokes-pck", STAGE_COLLATERAL, REFUSE, SCOPE_ANY,
	       crl_revokes_pck, "PCK CRL",
	       "PCK CRL revokes the PCK certificate"),
    COLLATERAL("C07", "crl-revokes-ca", STAGE_COLLATERAL, REFUSE, SCOPE_ANY,
	       crl_revokes_ca, "root CRL", "root CRL revokes the PCK CA"),
    COLLATERAL("C08", "crl-revokes-signer", STAGE_COLLATERAL, REFUSE, SCOPE_ANY,
	       crl_revokes_signer, "root CRL",
	       "root CRL revokes the TCB signing certificate"),
    COLLATERAL("C09", "signer-expired", STAGE_COLLATERAL, REFUSE, SCOPE_ANY,
	       signer_expired, "TCB signer validity",
	       "TCB signing certificate ended in 2020"),
    COLLATERAL("C10", "signer-wrong-signer", STAGE_COLLATERAL, REFUSE,
	       SCOPE_ANY, signer_wrong_signer, "TCB signer signature",
	       "TCB signing certificate signed by another key"),
    WINDOW("C11", "pck-crl-expired", pck_crl_expired, "PCK CRL validity",
	   "PCK CRL has ended"),
    WINDOW("C12", "root-crl-expired", root_crl_expired, "root CRL validity",
	   "root CRL has ended"),
    COLLATERAL("C13", "pck-crl-wrong-signer", STAGE_COLLATERAL, REFUSE,
	       SCOPE_ANY, pck_crl_wrong_signer, "PCK CRL signature",
	       "PCK CRL signed by another key"),
    COLLATERAL("C14", "root-crl-wrong-signer", STAGE_COLLATERAL, REFUSE,
	       SCOPE_ANY, root_crl_wrong_signer, "root CRL signature",
	       "root CRL signed by another key"),
    COLLATERAL("C15", "pck-crl-garbage", STAGE_COLLATERAL_SIGNED, REFUSE,
	       SCOPE_ANY, pck_crl_garbage, "PCK CRL",
	       "text that is no DER in place of the PCK CRL"),
    COLLATERAL("C16", "pck-crl-other-ca", STAGE_COLLATERAL, REFUSE, SCOPE_ANY,
	       pck_crl_other_ca, "PCK CRL issuer",
	       "PCK CRL of the other PCK CA"),
    COLLATERAL("C23", "signer-wrong-name", STAGE_COLLATERAL, REFUSE, SCOPE_ANY,
	       signer_wrong_name, "TCB signer name",
	       "TCB signing certificate has another common name"),
    COLLATERAL("C31", "pck-crl-no-extensions", STAGE_COLLATERAL, REFUSE,
	       SCOPE_ANY, pck_crl_no_extensions, "PCK CRL",
	       "PCK CRL without extensions"),
    COLLATERAL("C32", "crl-revokes-root", STAGE_COLLATERAL, REFUSE, SCOPE_ANY,
	       crl_revokes_root, "root CRL", "root CRL revokes the root"),
    WINDOW("Q09", "identity-expired", identity_expired, "QE identity validity",
	   "QE identity has ended"),
    WINDOW("Q10", "identity-in-future", identity_in_future,
	   "QE identity validity", "QE identity is issued later"),
    COLLATERAL("Q11", "identity-wrong-signer", STAGE_COLLATERAL, REFUSE,
	       SCOPE_ANY, identity_wrong_signer, "QE identity signature",
	       "QE identity signed by another key"),
    COLLATERAL("Q12", "identity-changed", STAGE_COLLATERAL_SIGNED, REFUSE,
	       SCOPE_ANY, identity_changed, "QE identity signature",
	       "QE identity changed after signing"),
    COLLATERAL("Q13", "identity-other-tee", STAGE_COLLATERAL, REFUSE, SCOPE_ANY,
	       identity_other_tee, "QE identity",
	       "QE identity's id is of the other TEE"),
    COLLATERAL("Q14", "identity-version-3", STAGE_COLLATERAL, REFUSE, SCOPE_ANY,
	       identity_version_3, "QE identity", "QE identity says version 3"),
    WINDOW("T01", "tcb-expired", tcb_expired, "TCB info validity",
	   "TCB info has ended"),
    WINDOW("T02", "tcb-in-future", tcb_in_future, "TCB info validity",
	   "TCB info is issued later"),
    COLLATERAL("T03", "tcb-wrong-signer", STAGE_COLLATERAL, REFUSE, SCOPE_ANY,
	       tcb_wrong_signer, "TCB info signature",
	       "TCB info signed by another key"),
    COLLATERAL("T04", "tcb-changed", STAGE_COLLATERAL_SIGNED, REFUSE, SCOPE_ANY,
	       tcb_changed, "TCB info signature",
	       "TCB info changed after signing"),
    COLLATERAL("T05", "tcb-wrong-fmspc", STAGE_COLLATERAL, REFUSE, SCOPE_ANY,
	       tcb_wrong_fmspc, "TCB info", "TCB info is of another FMSPC"),
    COLLATERAL("T06", "tcb-wrong-pceid", STAGE_COLLATERAL, REFUSE, SCOPE_ANY,
	       tcb_wrong_pceid, "TCB info", "TCB info is of another PCEID"),
    COLLATERAL("T07", "tcb-other-tee", STAGE_COLLATERAL, REFUSE, SCOPE_ANY,
	       tcb_other_tee, "TCB info", "TCB info's id is of the other TEE"),
    COLLATERAL("T08", "tcb-revoked", STAGE_COLLATERAL, REFUSE, SCOPE_ANY,
	       tcb_revoked, "platform TCB",
	       "the platform's TCB level is Revoked"),
    COLLATERAL("T09", "tcb-out-of-date", STAGE_COLLATERAL, POLICY, SCOPE_ANY,
	       tcb_out_of_date, "platform TCB",
	       "the platform's TCB level is OutOfDate"),
    COLLATERAL("T10", "tcb-sw-and-qe-out-of-date", STAGE_COLLATERAL, POLICY,
	       SCOPE_ANY, tcb_sw_and_qe, "platform TCB",
	       "SWHardeningNeeded, and the QE is OutOfDate"),
    COLLATERAL("T11", "tcb-config-and-qe-out-of-date", STAGE_COLLATERAL, POLICY,
	       SCOPE_ANY, tcb_config_and_qe, "platform TCB",
	       "ConfigurationNeeded, and the QE is OutOfDate"),
    COLLATERAL("T15", "tcb-levels-reversed", STAGE_COLLATERAL, ACCEPT,
	       SCOPE_ANY, tcb_levels_reversed, "nothing",
	       "TCB levels from the lowest up"),
    COLLATERAL("T16", "tcb-unknown-status", STAGE_COLLATERAL, REFUSE, SCOPE_ANY,
	       tcb_unknown_status, "TCB info",
	       "the platform's TCB level is \"Weird\""),
    COLLATERAL("T17", "tcb-15-components", STAGE_COLLATERAL, REFUSE, SCOPE_ANY,
	       tcb_15_components, "TCB info",
	       "TCB levels with 15 SGX components"),
    COLLATERAL("T18", "tcb-no-json", STAGE_COLLATERAL_SIGNED, REFUSE, SCOPE_ANY,
	       tcb_no_json, "TCB info", "TCB info is cut in half"),
    COLLATERAL("T19", "tcb-spaced", STAGE_COLLATERAL, ACCEPT, SCOPE_ANY,
	       tcb_spaced, "nothing", "TCB info with spaces, signed as sent"),
    COLLATERAL("T21", "tcb-other-evaluation", STAGE_COLLATERAL, ACCEPT,
	       SCOPE_ANY, tcb_other_evaluation, "nothing",
	       "TCB info's evaluation number is one less"),
    COLLATERAL("T22", "tcb-extra-key", STAGE_COLLATERAL, ACCEPT, SCOPE_ANY,
	       tcb_extra_key, "nothing",
	       "TCB info has an unknown member, signed"),
    COLLATERAL("M08", "tcb-module-component", STAGE_COLLATERAL, ACCEPT,
	       SCOPE_TD, tcb_module_component, "nothing",
	       "TCB levels want more of TEE_TCB_SVN[0] than there is"),
    COLLATERAL("M09", "tcb-no-module", STAGE_COLLATERAL, REFUSE, SCOPE_TD,
	       tcb_no_module, "TDX module", "TCB info without tdxModule"),
    COLLATERAL("M10", "tcb-no-identities", STAGE_COLLATERAL, REFUSE, SCOPE_TD,
	       tcb_no_identities, "TDX module",
	       "TCB info without tdxModuleIdentities"),
    COLLATERAL("M11", "tcb-no-tdx-components", STAGE_COLLATERAL, REFUSE,
	       SCOPE_TD, tcb_no_tdx_components, "platform TCB",
	       "TCB levels without TDX components"),
    COLLATERAL("-", "tcb-module-mask", STAGE_COLLATERAL, ACCEPT, SCOPE_TD,
	       tcb_module_mask, "nothing",
	       "TDX module's attributesMask leaves bit 0 out"),
    PARTS("M12", "module-mask-hides", SCOPE_TD, "TDX module",
	  "SEAMATTRIBUTES is 1, and attributesMask leaves that bit out",
	  "seam-attributes", "tcb-module-mask"),
    PARTS("X01", "qe-revoked-and-wrong-signer", SCOPE_ANY, "quote signature",
	  "QE is of the Revoked level, and the quote signed by another key",
	  "qe-revoked", "quote-wrong-signer"),
    PARTS("X02", "qe-revoked-and-forged-pck", SCOPE_ANY, "PCK signature",
	  "QE is of the Revoked level, PCK and QE report signed by another "
	  "key",
	  "qe-revoked", "pck-wrong-signer", "qe-wrong-signer"),
    PARTS("X03", "tcb-revoked-and-wrong-signer", SCOPE_ANY, "quote signature",
	  "TCB level is Revoked, and the quote signed by another key",
	  "tcb-revoked", "quote-wrong-signer"),
    HOST("host-silent", "a deadline", "requests are never answered"),
    HOST_PARAM("host-slow", "a deadline", "answers come late", "ms", 2000, 1,
	       600000),
    HOST_PARAM("host-error", "the status",
	       "every request is answered by an error", "status", 500, 400,
	       599),
    HOST("host-garbage", "the answer's form", "answers are no JSON"),
    HOST("host-gone", "the connection", "the socket is not there"),
    HOST_PARAM("host-restarted", "the instance's keys",
	       "the instance runs on another machine: other keys, other PCK",
	       "times", 1, 1, 1000),
    HOST_PARAM("host-clock-ahead", "the certificate's validity",
	       "TLS certificates are dated too late", "seconds", 86400, 1,
	       YEARS10),
    HOST_PARAM("host-clock-behind", "the certificate's validity",
	       "TLS certificates are dated too early", "seconds", 86400, 1,
	       YEARS10),
};

const size_t FAULTS_N = ARRAY_LEN(FAULTS);

_Static_assert(ARRAY_LEN(FAULTS) <= FAULTS_MAX, "grow FAULTS_MAX");
