#include "simulate/fault_apply.h"

#include "base/base.h"
#include "simulate/draft.h"

/* One function for each fault; what a row's text says, and nothing else. */

void fault_pck_expired(struct draft *d, UNUSED uint64_t v)
{
	d->chain.cert[PKI_LEAF].not_before = 1577836800; /* 2020-01-01 */
	d->chain.cert[PKI_LEAF].not_after = 1609459199;	 /* 2020-12-31 */
}

void fault_pck_not_yet_valid(struct draft *d, UNUSED uint64_t v)
{
	d->chain.cert[PKI_LEAF].not_before = 2208988800; /* 2040-01-01 */
	d->chain.cert[PKI_LEAF].not_after = 2429913599;	 /* 2046-12-31 */
}

void fault_pck_wrong_signer(struct draft *d, UNUSED uint64_t v)
{
	d->chain.cert[PKI_LEAF].signer = d->other;
}

void fault_ca_wrong_signer(struct draft *d, UNUSED uint64_t v)
{
	d->chain.cert[PKI_CA].signer = d->other;
}

void fault_foreign_root(struct draft *d, UNUSED uint64_t v)
{
	struct cert_spec *root = &d->chain.cert[PKI_ROOT];

	root->signer = d->other;
	root->key = root->issuer_key = d->other_pub;
}

void fault_pck_no_sgx_extension(struct draft *d, UNUSED uint64_t v)
{
	d->chain.cert[PKI_LEAF].sgx = NULL;
}

void fault_pck_is_ca(struct draft *d, UNUSED uint64_t v)
{
	d->chain.cert[PKI_LEAF].is_ca = true;
	d->chain.cert[PKI_LEAF].path_len = -1;
}

void fault_chain_leaf_only(struct draft *d, UNUSED uint64_t v)
{
	d->order_n = 1;
}

void fault_chain_reversed(struct draft *d, UNUSED uint64_t v)
{
	d->order[0] = PKI_ROOT;
	d->order[2] = PKI_LEAF;
}

void fault_qe_wrong_signer(struct draft *d, UNUSED uint64_t v)
{
	d->qe_signer = d->other;
}

void fault_qe_wrong_binding(struct draft *d, UNUSED uint64_t v)
{
	d->qe_auth[0] ^= 1;
	draft_bind(d);
	d->qe_auth[0] ^= 1;
}

void fault_qe_binding_tail(struct draft *d, UNUSED uint64_t v)
{
	d->q.qe.report_data[63] = 1;
}

void fault_qe_wrong_mrsigner(struct draft *d, UNUSED uint64_t v)
{
	memset(d->q.qe.mrsigner, 0x55, sizeof(d->q.qe.mrsigner));
}

void fault_qe_wrong_product(struct draft *d, UNUSED uint64_t v)
{
	d->q.qe.isv_prod_id = 9;
}

void fault_qe_not_initialised(struct draft *d, UNUSED uint64_t v)
{
	d->q.qe.attributes[0] &= (uint8_t)~SGX_ATTR0_INIT;
}

void fault_qe_debug(struct draft *d, UNUSED uint64_t v)
{
	d->q.qe.attributes[0] |= SGX_ATTR0_DEBUG;
}

void fault_qe_misc_select(struct draft *d, UNUSED uint64_t v)
{
	d->q.qe.misc_select |= 1;
}

void fault_wrong_version(struct draft *d, uint64_t version)
{
	d->q.header.version = (uint16_t)version;
}

void fault_wrong_key_type(struct draft *d, UNUSED uint64_t v)
{
	d->q.header.key_type = 3;
}

void fault_unknown_tee_type(struct draft *d, uint64_t type)
{
	d->q.header.tee_type = (uint32_t)type;
}

void fault_swapped_tee_type(struct draft *d, UNUSED uint64_t v)
{
	d->q.header.tee_type ^= QUOTE_TEE_SGX ^ QUOTE_TEE_TDX;
}

void fault_wrong_vendor(struct draft *d, UNUSED uint64_t v)
{
	d->q.header.vendor[0] ^= 1;
}

void fault_quote_wrong_signer(struct draft *d, UNUSED uint64_t v)
{
	d->quote_signer = d->other;
}

void fault_td_debug(struct draft *d, UNUSED uint64_t v)
{
	d->q.td.td_attributes |= TD_ATTR_DEBUG;
}

void fault_td_reserved_bit(struct draft *d, uint64_t bit)
{
	d->q.td.td_attributes |= 1ull << bit;
}

void fault_sept_ve_clear(struct draft *d, UNUSED uint64_t v)
{
	d->q.td.td_attributes &= ~TD_ATTR_SEPT_VE_DISABLE;
}

void fault_wrong_seam_signer(struct draft *d, UNUSED uint64_t v)
{
	memset(d->q.td.mr_signer_seam, 0x33, sizeof(d->q.td.mr_signer_seam));
}

void fault_seam_attributes(struct draft *d, UNUSED uint64_t v)
{
	d->q.td.seam_attributes = 1;
}

void fault_wrong_mrtd(struct draft *d, UNUSED uint64_t v)
{
	d->q.td.mrtd[0] ^= 1;
}

void fault_wrong_rtmr3(struct draft *d, UNUSED uint64_t v)
{
	d->q.td.rtmr[3][0] ^= 1;
}

void fault_header_flipped(struct draft *d, UNUSED uint64_t v)
{
	d->q.header.user_data[0] ^= 1;
}

void fault_replaced_attestation_key(struct draft *d, UNUSED uint64_t v)
{
	d->q.att_key = d->other_pub;
}

void fault_trivial_signature(struct draft *d, UNUSED uint64_t v)
{
	memset(&d->q.sig, 0, sizeof(d->q.sig));
	d->q.sig.r[31] = d->q.sig.s[31] = 1;
}

void fault_qe_auth_flipped(struct draft *d, UNUSED uint64_t v)
{
	d->qe_auth[0] ^= 1;
}

void fault_no_pem_nul(struct draft *d, UNUSED uint64_t v)
{
	d->q.cert_len--;
}

void fault_trailing_zeros(struct draft *d, uint64_t n)
{
	static const uint8_t zeros[4096];

	d->q.tail = zeros;
	d->q.tail_len = n;
}

void fault_body_type_td10(struct draft *d, UNUSED uint64_t v)
{
	d->q.body_type = QUOTE_BODY_TD;
}

void fault_body_size_td10(struct draft *d, UNUSED uint64_t v)
{
	d->q.body_size = TD_REPORT_LEN;
}

void fault_unknown_body_type(struct draft *d, uint64_t type)
{
	d->q.body_type = (uint16_t)type;
}

void fault_service_td(struct draft *d, UNUSED uint64_t v)
{
	d->q.td.mr_service_td[0] = 1;
}

void fault_body_flipped(struct draft *d, uint64_t offset)
{
	offset %= quote_body_len(d->q.body);
	d->wire.data[d->map.body + offset] ^= 1;
}

static void put_le(struct draft *d, size_t at, uint32_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		d->wire.data[at + i] = (uint8_t)(v >> (8 * i));
}

void fault_auth_length_plus_one(struct draft *d, UNUSED uint64_t v)
{
	put_le(d, d->map.auth_len, (uint32_t)(d->map.end - d->map.auth + 1), 4);
}

void fault_auth_length_huge(struct draft *d, UNUSED uint64_t v)
{
	put_le(d, d->map.auth_len, UINT32_MAX, 4);
}

void fault_wrong_outer_type(struct draft *d, UNUSED uint64_t v)
{
	put_le(d, d->map.outer_type, QUOTE_CERT_PCK_CHAIN, 2);
}

void fault_wrong_cert_type(struct draft *d, uint64_t type)
{
	put_le(d, d->map.cert_type, (uint32_t)type, 2);
}

void fault_cert_length_huge(struct draft *d, UNUSED uint64_t v)
{
	put_le(d, d->map.cert_len, (uint32_t)(d->map.end - d->map.cert + 1000),
	       4);
}

void fault_chain_garbage(struct draft *d, UNUSED uint64_t v)
{
	static const char text[] = "this is no certificate\n";

	for (size_t i = d->map.cert; i < d->map.end; i++)
		d->wire.data[i] =
		    (uint8_t)text[(i - d->map.cert) % (sizeof(text) - 1)];
}

void fault_truncated(struct draft *d, uint64_t bytes)
{
	d->wire.len -= bytes;
}

void fault_truncated_body(struct draft *d, UNUSED uint64_t v)
{
	d->wire.len = 300;
}

static void set_qe_auth(struct draft *d, size_t len)
{
	d->q.qe_auth_len = len;
	draft_bind(d);
}

void fault_qe_auth_empty(struct draft *d, UNUSED uint64_t v)
{
	set_qe_auth(d, 0);
}

void fault_qe_auth_long(struct draft *d, UNUSED uint64_t v)
{
	set_qe_auth(d, QE_AUTH_MAX);
}

void fault_pck_wrong_cpu_svn(struct draft *d, UNUSED uint64_t v)
{
	d->platform.cpu_svn[0] = 0;
}

void fault_pck_no_ppid(struct draft *d, UNUSED uint64_t v)
{
	d->platform.no_ppid = true;
}

void fault_pck_no_fmspc(struct draft *d, UNUSED uint64_t v)
{
	d->platform.no_fmspc = true;
}

void fault_pck_no_authority(struct draft *d, UNUSED uint64_t v)
{
	d->chain.cert[PKI_LEAF].no_authority = true;
}

void fault_pck_no_crl_point(struct draft *d, UNUSED uint64_t v)
{
	d->chain.cert[PKI_LEAF].crl_url = NULL;
}

void fault_pck_unknown_critical(struct draft *d, UNUSED uint64_t v)
{
	d->chain.cert[PKI_LEAF].unknown_critical = true;
}

/* A CA of the forger's own key, which says that it is the genuine one. */
void fault_ca_forged(struct draft *d, UNUSED uint64_t v)
{
	struct cert_spec *ca = &d->chain.cert[PKI_CA];

	ca->key = d->other_pub;
	ca->poses_as = &d->ca_pub;
	ca->signer = d->other;
	d->chain.cert[PKI_LEAF].signer = d->other;
}

void fault_ca_forged_foreign(struct draft *d, uint64_t v)
{
	fault_ca_forged(d, v);
	d->chain.cert[PKI_CA].issuer_key = d->other_pub;
}

void fault_ca_expired(struct draft *d, UNUSED uint64_t v)
{
	d->chain.cert[PKI_CA].not_before = 1577836800; /* 2020-01-01 */
	d->chain.cert[PKI_CA].not_after = 1609459199;  /* 2020-12-31 */
}

void fault_pck_wrong_name(struct draft *d, UNUSED uint64_t v)
{
	d->chain.cert[PKI_LEAF].subject_cn = "Some Other Certificate";
}

void fault_pck_wrong_issuer_name(struct draft *d, UNUSED uint64_t v)
{
	d->chain.cert[PKI_LEAF].issuer_cn = "Intel SGX PCK Other CA";
}

void fault_ca_wrong_name(struct draft *d, UNUSED uint64_t v)
{
	d->chain.cert[PKI_CA].subject_cn = "Intel SGX PCK Other CA";
	d->chain.cert[PKI_LEAF].issuer_cn = "Intel SGX PCK Other CA";
}

void fault_pck_wrong_authority(struct draft *d, UNUSED uint64_t v)
{
	d->chain.cert[PKI_LEAF].issuer_key = d->other_pub;
}

void fault_ca_is_no_ca(struct draft *d, UNUSED uint64_t v)
{
	d->chain.cert[PKI_CA].is_ca = false;
}

void fault_pce_too_old(struct draft *d, UNUSED uint64_t v)
{
	d->platform.pce_svn = 4;
}

void fault_cpu_too_old(struct draft *d, UNUSED uint64_t v)
{
	d->platform.comp_svn[0] = d->platform.cpu_svn[0] = 0;
}

void fault_cpu_out_of_date(struct draft *d, UNUSED uint64_t v)
{
	d->platform.comp_svn[0] = d->platform.cpu_svn[0] = 2;
}

void fault_cpu_updated(struct draft *d, uint64_t recoveries)
{
	pki_platform_tcb(&d->platform, (int)recoveries);
}

void fault_qe_out_of_date(struct draft *d, UNUSED uint64_t v)
{
	d->q.qe.isv_svn = 4;
}

void fault_qe_too_old(struct draft *d, UNUSED uint64_t v)
{
	d->q.qe.isv_svn = 1;
}

void fault_qe_revoked(struct draft *d, UNUSED uint64_t v)
{
	d->q.qe.isv_svn = 2;
}

void fault_module_unknown(struct draft *d, UNUSED uint64_t v)
{
	d->q.td.tee_tcb_svn[1] = 7;
}

void fault_module_out_of_date(struct draft *d, UNUSED uint64_t v)
{
	d->q.td.tee_tcb_svn[0] = 3;
}

void fault_module_too_old(struct draft *d, UNUSED uint64_t v)
{
	d->q.td.tee_tcb_svn[0] = 1;
}

void fault_module_revoked(struct draft *d, UNUSED uint64_t v)
{
	d->q.td.tee_tcb_svn[0] = 2;
}

void fault_td_relaunch(struct draft *d, UNUSED uint64_t v)
{
	d->q.td.tee_tcb_svn[0] = 3;
	d->q.td.tee_tcb_svn2[0] = 6;
	d->q.td.tee_tcb_svn2[2] = 3;
}

void fault_seam_too_old(struct draft *d, UNUSED uint64_t v)
{
	d->q.td.tee_tcb_svn[2] = 1;
}

/* s and n - s sign the same; DCAP has no rule against the larger one. */
void fault_high_s(struct draft *d, UNUSED uint64_t v)
{
	static const uint8_t order[32] = {
	    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
	    0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
	};
	uint8_t other[32];
	int borrow = 0;

	for (int i = 31; i >= 0; i--) {
		int n = order[i] - d->q.sig.s[i] - borrow;

		borrow = n < 0;
		other[i] = (uint8_t)n;
	}
	if (memcmp(other, d->q.sig.s, sizeof(other)) > 0)
		memcpy(d->q.sig.s, other, sizeof(other));
}
