#include "simulate/fault.h"

#include "base/base.h"
#include "simulate/draft.h"

/* One function for each fault; what a row's text says, and nothing else. */

static void pck_expired(struct draft *d, UNUSED uint64_t v)
{
	d->chain.cert[PKI_LEAF].not_before = 1577836800; /* 2020-01-01 */
	d->chain.cert[PKI_LEAF].not_after = 1609459199;	 /* 2020-12-31 */
}

static void pck_not_yet_valid(struct draft *d, UNUSED uint64_t v)
{
	d->chain.cert[PKI_LEAF].not_before = 2208988800; /* 2040-01-01 */
	d->chain.cert[PKI_LEAF].not_after = 2429913599;	 /* 2046-12-31 */
}

static void pck_wrong_signer(struct draft *d, UNUSED uint64_t v)
{
	d->chain.cert[PKI_LEAF].signer = d->other;
}

static void ca_wrong_signer(struct draft *d, UNUSED uint64_t v)
{
	d->chain.cert[PKI_CA].signer = d->other;
}

static void foreign_root(struct draft *d, UNUSED uint64_t v)
{
	struct cert_spec *root = &d->chain.cert[PKI_ROOT];

	root->signer = d->other;
	root->key = root->issuer_key = d->other_pub;
}

static void pck_no_sgx_extension(struct draft *d, UNUSED uint64_t v)
{
	d->chain.cert[PKI_LEAF].sgx = NULL;
}

static void pck_is_ca(struct draft *d, UNUSED uint64_t v)
{
	d->chain.cert[PKI_LEAF].is_ca = true;
	d->chain.cert[PKI_LEAF].path_len = -1;
}

static void chain_leaf_only(struct draft *d, UNUSED uint64_t v)
{
	d->order_n = 1;
}

static void chain_reversed(struct draft *d, UNUSED uint64_t v)
{
	d->order[0] = PKI_ROOT;
	d->order[2] = PKI_LEAF;
}

static void qe_wrong_signer(struct draft *d, UNUSED uint64_t v)
{
	d->qe_signer = d->other;
}

static void qe_wrong_binding(struct draft *d, UNUSED uint64_t v)
{
	d->qe_auth[0] ^= 1;
	draft_bind(d);
	d->qe_auth[0] ^= 1;
}

static void qe_binding_tail(struct draft *d, UNUSED uint64_t v)
{
	d->q.qe.report_data[63] = 1;
}

static void qe_wrong_mrsigner(struct draft *d, UNUSED uint64_t v)
{
	memset(d->q.qe.mrsigner, 0x55, sizeof(d->q.qe.mrsigner));
}

static void qe_wrong_product(struct draft *d, UNUSED uint64_t v)
{
	d->q.qe.isv_prod_id = 9;
}

static void qe_not_initialised(struct draft *d, UNUSED uint64_t v)
{
	d->q.qe.attributes[0] &= (uint8_t)~SGX_ATTR0_INIT;
}

static void qe_debug(struct draft *d, UNUSED uint64_t v)
{
	d->q.qe.attributes[0] |= SGX_ATTR0_DEBUG;
}

static void qe_misc_select(struct draft *d, UNUSED uint64_t v)
{
	d->q.qe.misc_select |= 1;
}

static void wrong_version(struct draft *d, UNUSED uint64_t v)
{
	d->q.header.version = 2;
}

static void wrong_key_type(struct draft *d, UNUSED uint64_t v)
{
	d->q.header.key_type = 3;
}

static void unknown_tee_type(struct draft *d, UNUSED uint64_t v)
{
	d->q.header.tee_type = 0x82;
}

static void swapped_tee_type(struct draft *d, UNUSED uint64_t v)
{
	d->q.header.tee_type ^= QUOTE_TEE_SGX ^ QUOTE_TEE_TDX;
}

static void wrong_vendor(struct draft *d, UNUSED uint64_t v)
{
	d->q.header.vendor[0] ^= 1;
}

static void quote_wrong_signer(struct draft *d, UNUSED uint64_t v)
{
	d->quote_signer = d->other;
}

static void td_debug(struct draft *d, UNUSED uint64_t v)
{
	d->q.td.td_attributes |= TD_ATTR_DEBUG;
}

static void td_reserved_bit(struct draft *d, uint64_t bit)
{
	d->q.td.td_attributes |= 1ull << bit;
}

static void sept_ve_clear(struct draft *d, UNUSED uint64_t v)
{
	d->q.td.td_attributes &= ~TD_ATTR_SEPT_VE_DISABLE;
}

static void wrong_seam_signer(struct draft *d, UNUSED uint64_t v)
{
	memset(d->q.td.mr_signer_seam, 0x33, sizeof(d->q.td.mr_signer_seam));
}

static void seam_attributes(struct draft *d, UNUSED uint64_t v)
{
	d->q.td.seam_attributes = 1;
}

static void wrong_mrtd(struct draft *d, UNUSED uint64_t v)
{
	d->q.td.mrtd[0] ^= 1;
}

static void wrong_rtmr3(struct draft *d, UNUSED uint64_t v)
{
	d->q.td.rtmr[3][0] ^= 1;
}

static void header_flipped(struct draft *d, UNUSED uint64_t v)
{
	d->q.header.user_data[0] ^= 1;
}

static void replaced_attestation_key(struct draft *d, UNUSED uint64_t v)
{
	d->q.att_key = d->other_pub;
}

static void trivial_signature(struct draft *d, UNUSED uint64_t v)
{
	memset(&d->q.sig, 0, sizeof(d->q.sig));
	d->q.sig.r[31] = d->q.sig.s[31] = 1;
}

static void qe_auth_flipped(struct draft *d, UNUSED uint64_t v)
{
	d->qe_auth[0] ^= 1;
}

static void no_pem_nul(struct draft *d, UNUSED uint64_t v)
{
	d->q.cert_len--;
}

static void trailing_zeros(struct draft *d, uint64_t n)
{
	static const uint8_t zeros[4096];

	d->q.tail = zeros;
	d->q.tail_len = n;
}

static void body_type_td10(struct draft *d, UNUSED uint64_t v)
{
	d->q.body_type = QUOTE_BODY_TD;
}

static void body_size_td10(struct draft *d, UNUSED uint64_t v)
{
	d->q.body_size = TD_REPORT_LEN;
}

static void unknown_body_type(struct draft *d, UNUSED uint64_t v)
{
	d->q.body_type = 9;
}

static void service_td(struct draft *d, UNUSED uint64_t v)
{
	d->q.td.mr_service_td[0] = 1;
}

static void body_flipped(struct draft *d, uint64_t offset)
{
	offset %= quote_body_len(d->q.body);
	d->wire.data[d->map.body + offset] ^= 1;
}

static void put_le(struct draft *d, size_t at, uint32_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		d->wire.data[at + i] = (uint8_t)(v >> (8 * i));
}

static void auth_length_plus_one(struct draft *d, UNUSED uint64_t v)
{
	put_le(d, d->map.auth_len, (uint32_t)(d->map.end - d->map.auth + 1), 4);
}

static void auth_length_huge(struct draft *d, UNUSED uint64_t v)
{
	put_le(d, d->map.auth_len, UINT32_MAX, 4);
}

static void wrong_outer_type(struct draft *d, UNUSED uint64_t v)
{
	put_le(d, d->map.outer_type, QUOTE_CERT_PCK_CHAIN, 2);
}

static void wrong_cert_type(struct draft *d, UNUSED uint64_t v)
{
	put_le(d, d->map.cert_type, 1, 2);
}

static void cert_length_huge(struct draft *d, UNUSED uint64_t v)
{
	put_le(d, d->map.cert_len, (uint32_t)(d->map.end - d->map.cert + 1000),
	       4);
}

static void chain_garbage(struct draft *d, UNUSED uint64_t v)
{
	static const char text[] = "this is no certificate\n";

	for (size_t i = d->map.cert; i < d->map.end; i++)
		d->wire.data[i] =
		    (uint8_t)text[(i - d->map.cert) % (sizeof(text) - 1)];
}

static void truncated(struct draft *d, uint64_t bytes)
{
	d->wire.len -= bytes;
}

static void truncated_body(struct draft *d, UNUSED uint64_t v)
{
	d->wire.len = 300;
}

#define ACCEPT(id_, name_, stage_, fn, doc_)                                   \
	{                                                                      \
		.id = id_, .name = name_, .doc = doc_, .check = "nothing",     \
		.answer = ANSWER_ACCEPT, .stage = stage_, .apply = fn          \
	}
#define REFUSE(id_, name_, stage_, fn, check_, doc_)                           \
	{                                                                      \
		.id = id_, .name = name_, .doc = doc_, .check = check_,        \
		.answer = ANSWER_REFUSE, .stage = stage_, .apply = fn          \
	}
#define REFUSE_TD(id_, name_, stage_, fn, check_, doc_)                        \
	{                                                                      \
		.id = id_, .name = name_, .doc = doc_, .check = check_,        \
		.answer = ANSWER_REFUSE, .stage = stage_, .scope = SCOPE_TD,   \
		.apply = fn                                                    \
	}
/* All of them are about what a TD says. */
#define POLICY(id_, name_, stage_, fn, check_, doc_)                           \
	{                                                                      \
		.id = id_, .name = name_, .doc = doc_, .check = check_,        \
		.answer = ANSWER_POLICY, .stage = stage_, .scope = SCOPE_TD,   \
		.apply = fn                                                    \
	}

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
     .apply = trailing_zeros},
    REFUSE("F01", "wrong-version", STAGE_BODY, wrong_version, "version",
	   "header says version 2"),
    REFUSE("F02", "wrong-key-type", STAGE_BODY, wrong_key_type,
	   "attestation key type", "header says key type 3 (P-384)"),
    REFUSE("F03", "unknown-tee-type", STAGE_BODY, unknown_tee_type, "TEE type",
	   "header says TEE type 0x82"),
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
     .apply = truncated},
    REFUSE("F07", "truncated-body", STAGE_LENGTH, truncated_body, "length",
	   "only the first 300 bytes of the quote"),
    REFUSE("F08", "auth-length-plus-one", STAGE_WIRE, auth_length_plus_one,
	   "auth data length", "auth data length is one too large"),
    REFUSE("F09", "auth-length-huge", STAGE_WIRE, auth_length_huge,
	   "auth data length", "auth data length is 0xffffffff"),
    REFUSE("F10", "wrong-cert-type", STAGE_WIRE, wrong_cert_type,
	   "certification data type", "inner type says 1, not 5"),
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
     .doc = "body type says TD 1.0, the body is a TD report 1.5",
     .check = "body size",
     .answer = ANSWER_REFUSE,
     .scope = SCOPE_TD15,
     .apply = body_type_td10},
    {.id = "F17",
     .name = "body-size-td10",
     .stage = STAGE_BODY,
     .doc = "body size says 584 bytes, the body has 648",
     .check = "body size",
     .answer = ANSWER_REFUSE,
     .scope = SCOPE_TD15,
     .apply = body_size_td10},
    {.id = "F18",
     .name = "unknown-body-type",
     .stage = STAGE_BODY,
     .doc = "body type says 9",
     .check = "body type",
     .answer = ANSWER_REFUSE,
     .scope = SCOPE_V5,
     .apply = unknown_body_type},
    {.id = "S01",
     .name = "body-flipped",
     .stage = STAGE_WIRE,
     .doc = "a bit of the body is flipped after signing (offset wraps)",
     .check = "quote signature",
     .answer = ANSWER_REFUSE,
     .param = {"offset", 520, 0, 647},
     .apply = body_flipped},
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
     .apply = td_reserved_bit},
    POLICY("A03", "sept-ve-clear", STAGE_BODY, sept_ve_clear, "TD attributes",
	   "TD lacks SEPT_VE_DISABLE"),
    {.id = "A04",
     .name = "service-td",
     .stage = STAGE_BODY,
     .doc = "TD is bound to a service TD: MRSERVICETD is not zero",
     .check = "service TD",
     .answer = ANSWER_POLICY,
     .scope = SCOPE_TD15,
     .apply = service_td},
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
};

const size_t FAULTS_N = ARRAY_LEN(FAULTS);

_Static_assert(ARRAY_LEN(FAULTS) <= FAULTS_MAX, "grow FAULTS_MAX");
