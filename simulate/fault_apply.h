/*
 * fault_apply - the functions behind the table of faults.
 *
 * Layer: simulate, for fault_table.c alone. Each does what its row's text
 * says, and nothing else; @v is the parameter, of those that have one.
 */
#ifndef SIMULATE_FAULT_APPLY_H
#define SIMULATE_FAULT_APPLY_H

#include "simulate/fault.h"

#define OF_QUOTE(name) void fault_##name(struct draft *d, uint64_t v)
#define OF_COLLATERAL(name) void fault_##name(struct collateral *c)

OF_QUOTE(pck_expired);
OF_QUOTE(pck_not_yet_valid);
OF_QUOTE(pck_wrong_signer);
OF_QUOTE(ca_wrong_signer);
OF_QUOTE(foreign_root);
OF_QUOTE(pck_no_sgx_extension);
OF_QUOTE(pck_is_ca);
OF_QUOTE(chain_leaf_only);
OF_QUOTE(chain_reversed);
OF_QUOTE(qe_wrong_signer);
OF_QUOTE(qe_wrong_binding);
OF_QUOTE(qe_binding_tail);
OF_QUOTE(qe_wrong_mrsigner);
OF_QUOTE(qe_wrong_product);
OF_QUOTE(qe_not_initialised);
OF_QUOTE(qe_debug);
OF_QUOTE(qe_misc_select);
OF_QUOTE(wrong_version);
OF_QUOTE(wrong_key_type);
OF_QUOTE(unknown_tee_type);
OF_QUOTE(swapped_tee_type);
OF_QUOTE(wrong_vendor);
OF_QUOTE(quote_wrong_signer);
OF_QUOTE(td_debug);
OF_QUOTE(td_reserved_bit);
OF_QUOTE(sept_ve_clear);
OF_QUOTE(wrong_seam_signer);
OF_QUOTE(seam_attributes);
OF_QUOTE(wrong_mrtd);
OF_QUOTE(wrong_rtmr3);
OF_QUOTE(header_flipped);
OF_QUOTE(replaced_attestation_key);
OF_QUOTE(trivial_signature);
OF_QUOTE(qe_auth_flipped);
OF_QUOTE(no_pem_nul);
OF_QUOTE(trailing_zeros);
OF_QUOTE(body_type_td10);
OF_QUOTE(body_size_td10);
OF_QUOTE(unknown_body_type);
OF_QUOTE(service_td);
OF_QUOTE(body_flipped);
OF_QUOTE(auth_length_plus_one);
OF_QUOTE(auth_length_huge);
OF_QUOTE(wrong_outer_type);
OF_QUOTE(wrong_cert_type);
OF_QUOTE(cert_length_huge);
OF_QUOTE(chain_garbage);
OF_QUOTE(truncated);
OF_QUOTE(truncated_body);
OF_QUOTE(ca_expired);
OF_QUOTE(pck_wrong_name);
OF_QUOTE(pck_wrong_issuer_name);
OF_QUOTE(ca_wrong_name);
OF_QUOTE(pck_wrong_authority);
OF_QUOTE(ca_is_no_ca);
OF_QUOTE(pce_too_old);
OF_QUOTE(cpu_too_old);
OF_QUOTE(cpu_out_of_date);
OF_QUOTE(qe_out_of_date);
OF_QUOTE(qe_too_old);
OF_QUOTE(qe_revoked);
OF_QUOTE(module_unknown);
OF_QUOTE(module_out_of_date);
OF_QUOTE(module_too_old);
OF_QUOTE(module_revoked);
OF_QUOTE(seam_too_old);
OF_QUOTE(high_s);

OF_COLLATERAL(crl_unrelated);
OF_COLLATERAL(crl_revokes_pck);
OF_COLLATERAL(crl_revokes_ca);
OF_COLLATERAL(crl_revokes_signer);
OF_COLLATERAL(signer_expired);
OF_COLLATERAL(signer_wrong_signer);
OF_COLLATERAL(pck_crl_expired);
OF_COLLATERAL(root_crl_expired);
OF_COLLATERAL(pck_crl_wrong_signer);
OF_COLLATERAL(root_crl_wrong_signer);
OF_COLLATERAL(pck_crl_garbage);
OF_COLLATERAL(pck_crl_other_ca);
OF_COLLATERAL(signer_wrong_name);
OF_COLLATERAL(pck_crl_no_extensions);
OF_COLLATERAL(crl_revokes_root);
OF_COLLATERAL(identity_expired);
OF_COLLATERAL(identity_in_future);
OF_COLLATERAL(identity_wrong_signer);
OF_COLLATERAL(identity_changed);
OF_COLLATERAL(identity_other_tee);
OF_COLLATERAL(identity_version_3);
OF_COLLATERAL(tcb_expired);
OF_COLLATERAL(tcb_in_future);
OF_COLLATERAL(tcb_wrong_signer);
OF_COLLATERAL(tcb_changed);
OF_COLLATERAL(tcb_wrong_fmspc);
OF_COLLATERAL(tcb_wrong_pceid);
OF_COLLATERAL(tcb_other_tee);
OF_COLLATERAL(tcb_revoked);
OF_COLLATERAL(tcb_out_of_date);
OF_COLLATERAL(tcb_sw_and_qe);
OF_COLLATERAL(tcb_config_and_qe);
OF_COLLATERAL(tcb_levels_reversed);
OF_COLLATERAL(tcb_unknown_status);
OF_COLLATERAL(tcb_15_components);
OF_COLLATERAL(tcb_no_json);
OF_COLLATERAL(tcb_spaced);
OF_COLLATERAL(tcb_other_evaluation);
OF_COLLATERAL(tcb_extra_key);
OF_COLLATERAL(tcb_module_component);
OF_COLLATERAL(tcb_no_module);
OF_COLLATERAL(tcb_no_identities);
OF_COLLATERAL(tcb_no_tdx_components);

#endif
