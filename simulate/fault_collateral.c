#include "simulate/fault_apply.h"

#include "base/base.h"
#include "simulate/collateral.h"

/* One function for each fault; what a row's text says, and nothing else. */

#define DAYS(n) ((int64_t)(n)*86400)

void fault_crl_unrelated(struct collateral *c, UNUSED uint64_t v)
{
	static const uint8_t serial[20] = {0x40, 1};

	crl_revoke(&c->pck_crl, serial);
}

void fault_crl_revokes_pck(struct collateral *c, UNUSED uint64_t v)
{
	crl_revoke(&c->pck_crl, c->of.tee->chain.cert[PKI_LEAF].serial);
}

void fault_crl_revokes_ca(struct collateral *c, UNUSED uint64_t v)
{
	crl_revoke(&c->root_crl, c->chain.cert[PKI_CA].serial);
}

void fault_crl_revokes_signer(struct collateral *c, UNUSED uint64_t v)
{
	crl_revoke(&c->root_crl, c->signer.serial);
}

void fault_crl_revokes_root(struct collateral *c, UNUSED uint64_t v)
{
	crl_revoke(&c->root_crl, c->chain.cert[PKI_ROOT].serial);
}

void fault_signer_expired(struct collateral *c, UNUSED uint64_t v)
{
	c->signer.not_before = 1577836800; /* 2020-01-01 */
	c->signer.not_after = 1609459199;  /* 2020-12-31 */
}

void fault_signer_wrong_signer(struct collateral *c, UNUSED uint64_t v)
{
	c->signer.signer = c->other_key;
}

void fault_signer_wrong_name(struct collateral *c, UNUSED uint64_t v)
{
	c->signer.subject_cn = "Intel SGX Other Signing";
}

/* It was valid for thirty days, which ended so many days ago. */
static void expire(struct collateral *c, struct crl_spec *crl, uint64_t days)
{
	crl->this_update = c->at - DAYS(30 + days);
	crl->next_update = c->at - DAYS(days);
}

void fault_pck_crl_expired(struct collateral *c, uint64_t days)
{
	expire(c, &c->pck_crl, days);
}

void fault_root_crl_expired(struct collateral *c, uint64_t days)
{
	expire(c, &c->root_crl, days);
}

void fault_pck_crl_wrong_signer(struct collateral *c, UNUSED uint64_t v)
{
	c->pck_crl.signer = c->other_key;
}

void fault_root_crl_wrong_signer(struct collateral *c, UNUSED uint64_t v)
{
	c->root_crl.signer = c->other_key;
}

void fault_pck_crl_garbage(struct collateral *c, UNUSED uint64_t v)
{
	buf_clear(&c->pck_crl_der);
	buf_adds(&c->pck_crl_der, "this is no list");
}

void fault_pck_crl_other_ca(struct collateral *c, UNUSED uint64_t v)
{
	c->pck_crl.issuer_cn = c->other_ca_cn;
	c->pck_crl.issuer_key = c->other_ca_pub;
	c->pck_crl.signer = c->other_ca_key;
}

void fault_pck_crl_no_extensions(struct collateral *c, UNUSED uint64_t v)
{
	c->pck_crl.no_extensions = true;
}

static void set(json_t *j, const char *name, json_t *take_v)
{
	ASSERT(!json_object_set_new(j, name, take_v));
}

static void set_window(json_t *j, int64_t issued, int64_t next)
{
	char *from CLEANUP(freep) = collateral_date(issued);
	char *until CLEANUP(freep) = collateral_date(next);

	set(j, "issueDate", json_string(from));
	set(j, "nextUpdate", json_string(until));
}

void fault_identity_expired(struct collateral *c, uint64_t days)
{
	set_window(c->identity.json, c->at - DAYS(30 + days),
		   c->at - DAYS(days));
}

void fault_identity_in_future(struct collateral *c, uint64_t days)
{
	set_window(c->identity.json, c->at + DAYS(days),
		   c->at + DAYS(30 + days));
}

void fault_identity_wrong_signer(struct collateral *c, UNUSED uint64_t v)
{
	c->identity.signer = c->other_key;
}

/* A digit of the evaluation number; still the same JSON otherwise. */
static void change(struct buf *text)
{
	static const char member[] = "\"tcbEvaluationDataNumber\":";
	uint8_t *at = memmem(text->data, text->len, member, sizeof(member) - 1);

	ASSERT(at);
	at[sizeof(member) - 1] ^= 2;
}

void fault_identity_changed(struct collateral *c, UNUSED uint64_t v)
{
	change(&c->identity.text);
}

void fault_identity_other_tee(struct collateral *c, UNUSED uint64_t v)
{
	set(c->identity.json, "id", json_string(c->of.sgx ? "TD_QE" : "QE"));
}

void fault_identity_version_3(struct collateral *c, UNUSED uint64_t v)
{
	set(c->identity.json, "version", json_integer(3));
}

void fault_tcb_expired(struct collateral *c, uint64_t days)
{
	set_window(c->tcb_info.json, c->at - DAYS(30 + days),
		   c->at - DAYS(days));
}

void fault_tcb_in_future(struct collateral *c, uint64_t days)
{
	set_window(c->tcb_info.json, c->at + DAYS(days),
		   c->at + DAYS(30 + days));
}

void fault_tcb_wrong_signer(struct collateral *c, UNUSED uint64_t v)
{
	c->tcb_info.signer = c->other_key;
}

void fault_tcb_changed(struct collateral *c, UNUSED uint64_t v)
{
	change(&c->tcb_info.text);
}

void fault_tcb_wrong_fmspc(struct collateral *c, UNUSED uint64_t v)
{
	set(c->tcb_info.json, "fmspc", json_string("102030405061"));
}

void fault_tcb_wrong_pceid(struct collateral *c, UNUSED uint64_t v)
{
	set(c->tcb_info.json, "pceId", json_string("AABB"));
}

void fault_tcb_other_tee(struct collateral *c, UNUSED uint64_t v)
{
	set(c->tcb_info.json, "id", json_string(c->of.sgx ? "TDX" : "SGX"));
}

static void set_status(struct signed_body *b, size_t level, const char *status)
{
	json_t *levels = json_object_get(b->json, "tcbLevels");

	set(json_array_get(levels, level), "tcbStatus", json_string(status));
}

/* Of the level at which platforms are bought, which the instance's meets. */
static void set_platform(struct collateral *c, const char *status)
{
	set_status(&c->tcb_info, c->of.intel->bar, status);
}

void fault_tcb_revoked(struct collateral *c, UNUSED uint64_t v)
{
	set_platform(c, "Revoked");
}

void fault_tcb_out_of_date(struct collateral *c, UNUSED uint64_t v)
{
	set_platform(c, "OutOfDate");
}

void fault_tcb_sw_and_qe(struct collateral *c, UNUSED uint64_t v)
{
	set_platform(c, "SWHardeningNeeded");
	set_status(&c->identity, 0, "OutOfDate");
}

void fault_tcb_config_and_qe(struct collateral *c, UNUSED uint64_t v)
{
	set_platform(c, "ConfigurationNeeded");
	set_status(&c->identity, 0, "OutOfDate");
}

void fault_tcb_unknown_status(struct collateral *c, UNUSED uint64_t v)
{
	set_platform(c, "Weird");
}

void fault_tcb_levels_reversed(struct collateral *c, UNUSED uint64_t v)
{
	json_t *levels = json_object_get(c->tcb_info.json, "tcbLevels");
	size_t n = json_array_size(levels);

	/* Each goes to the end, the last one first. */
	while (n--) {
		json_array_append(levels, json_array_get(levels, n));
		json_array_remove(levels, n);
	}
}

/* Some component list of every TCB level, by its name. */
static json_t *list(struct collateral *c, size_t level, const char *name)
{
	json_t *levels = json_object_get(c->tcb_info.json, "tcbLevels");
	json_t *tcb = json_object_get(json_array_get(levels, level), "tcb");

	return json_object_get(tcb, name);
}

void fault_tcb_15_components(struct collateral *c, UNUSED uint64_t v)
{
	for (size_t i = 0; list(c, i, "sgxtcbcomponents"); i++)
		json_array_remove(list(c, i, "sgxtcbcomponents"), 15);
}

void fault_tcb_module_component(struct collateral *c, UNUSED uint64_t v)
{
	for (size_t i = 0; list(c, i, "tdxtcbcomponents"); i++)
		set(json_array_get(list(c, i, "tdxtcbcomponents"), 0), "svn",
		    json_integer(6));
}

void fault_tcb_no_tdx_components(struct collateral *c, UNUSED uint64_t v)
{
	json_t *levels = json_object_get(c->tcb_info.json, "tcbLevels");

	for (size_t i = 0; i < json_array_size(levels); i++)
		json_object_del(
		    json_object_get(json_array_get(levels, i), "tcb"),
		    "tdxtcbcomponents");
}

void fault_tcb_module_mask(struct collateral *c, UNUSED uint64_t v)
{
	json_t *all = json_object_get(c->tcb_info.json, "tdxModuleIdentities");

	set(json_array_get(all, 0), "attributesMask",
	    json_string("FEFFFFFFFFFFFFFF"));
}

void fault_tcb_no_module(struct collateral *c, UNUSED uint64_t v)
{
	json_object_del(c->tcb_info.json, "tdxModule");
}

void fault_tcb_no_identities(struct collateral *c, UNUSED uint64_t v)
{
	json_object_del(c->tcb_info.json, "tdxModuleIdentities");
}

void fault_tcb_no_json(struct collateral *c, UNUSED uint64_t v)
{
	c->tcb_info.text.len /= 2;
}

void fault_tcb_spaced(struct collateral *c, UNUSED uint64_t v)
{
	c->tcb_info.dump_flags = JSON_INDENT(1);
}

void fault_tcb_other_evaluation(struct collateral *c, UNUSED uint64_t v)
{
	set(c->tcb_info.json, "tcbEvaluationDataNumber", json_integer(16));
}

void fault_tcb_extra_key(struct collateral *c, UNUSED uint64_t v)
{
	set(c->tcb_info.json, "simulated", json_true());
}
