/*
 * quote - the bytes of Intel DCAP quotes, as structs, and both ways between.
 *
 * Layer: codec. Structs hold every byte of the wire form, reserved ones
 * included, so that reading and writing a quote gives the same bytes. One
 * table per struct says where each field lies: reader, writer and printer
 * are that table. Integers are little-endian on the wire; key and signature
 * coordinates are big-endian. Nothing here judges: a quote may be well-formed
 * and worthless.
 * Kinds: SGX version 3, TDX version 4 (TD report 1.0) and 5 (1.0, 1.5 and
 * 1.5ex, which goes on from 1.5).
 * Source: Intel, "Quote Generation Library" appendix A.4 of the ECDSA
 * DCAP API reference; Intel TDX DCAP Quoting Library API, appendix A.3.
 */
#ifndef CODEC_QUOTE_H
#define CODEC_QUOTE_H

#include "base/buf.h"
#include "crypto/ec.h"

#define QUOTE_KEY_P256 2 /* ECDSA-256-with-P-256 */
#define QUOTE_TEE_SGX 0x00u
#define QUOTE_TEE_TDX 0x81u
#define QUOTE_CERT_PCK_LEAF 4  /* PEM: the leaf alone */
#define QUOTE_CERT_PCK_CHAIN 5 /* PEM: leaf, intermediate, root */
#define QUOTE_CERT_QE_REPORT 6 /* version 4's wrapper around 5 */

#define QUOTE_HEADER_LEN 48u
#define SGX_REPORT_LEN 384u
#define TD_REPORT_LEN 584u
#define TD15EX_REPORT_LEN 885u
#define QUOTE_BODY_HEAD_LEN 6u /* version 5: type and size of the body */
#define QUOTE_MAX ((size_t)64 << 10)

extern const uint8_t QUOTE_VENDOR_INTEL[16];

struct quote_header {
	uint16_t version, key_type;
	uint32_t tee_type;
	uint16_t qe_svn, pce_svn; /* reserved in version 4 */
	uint8_t vendor[16], user_data[20];
};

/* An SGX enclave's report: an application's, or the quoting enclave's. */
struct sgx_report {
	uint8_t cpu_svn[16];
	uint32_t misc_select;
	uint8_t reserved1[28], attributes[16];
	uint8_t mrenclave[32], reserved2[32], mrsigner[32], reserved3[96];
	uint16_t isv_prod_id, isv_svn;
	uint8_t reserved4[60], report_data[64];
};
#define SGX_ATTR0_INIT 0x01
#define SGX_ATTR0_DEBUG 0x02
#define SGX_ATTR0_MODE64 0x04
#define SGX_ATTR0_PROVISION_KEY 0x10

/* A trust domain's report, version 1.0, 1.5 or 1.5ex. */
struct td_report {
	uint8_t tee_tcb_svn[16], mr_seam[48], mr_signer_seam[48];
	uint64_t seam_attributes, td_attributes, xfam;
	uint8_t mrtd[48], mr_config_id[48], mr_owner[48], mr_owner_config[48];
	uint8_t rtmr[4][48];
	uint8_t report_data[64];
	uint8_t tee_tcb_svn2[16], mr_service_td[48]; /* from 1.5 on */
	/* 1.5ex only; a TD without service TDs has but its id here. */
	uint8_t vmid[1], td_id[32], dev_info[48];
	uint8_t init_service_td_hash[48], init_service_td_attributes[8];
	uint8_t init_cpu_svn[16], init_tee_tcb_svn[16], init_tee_fmspc[12];
	uint8_t cur_service_td_hash[48], cur_service_td_attributes[8];
};
#define TD_ATTR_DEBUG (1ull << 0)
#define TD_ATTR_SEPT_VE_DISABLE (1ull << 28)
#define TD_ATTR_PKS (1ull << 30)
#define TD_ATTR_KEY_LOCKER (1ull << 31)
#define TD_ATTR_PERFMON (1ull << 63)

/* What follows the header; the numbers are version 5's body types. */
enum quote_body {
	QUOTE_BODY_SGX = 1,
	QUOTE_BODY_TD = 2,
	QUOTE_BODY_TD15 = 3,
	QUOTE_BODY_TD15EX = 4,
};

/* How a quote is laid out: the version's way, and the body. */
struct quote_form {
	uint16_t layout; /* 3, 4 or 5 */
	enum quote_body body;
};

struct quote {
	struct quote_header header;
	uint16_t layout; /* the version it is laid out as: 3, 4 or 5 */
	enum quote_body body;
	/* What version 5 says the body is: if genuine, what it is. */
	uint16_t body_type;
	uint32_t body_size;
	struct sgx_report sgx;
	struct td_report td;
	struct p256_sig sig; /* by att_key, over header and body */
	struct p256_pub att_key;
	struct sgx_report qe;
	struct p256_sig qe_sig; /* by the PCK, over qe */
	/* Borrowed, from whoever made the quote or from what was parsed. */
	const uint8_t *qe_auth, *cert, *tail;
	size_t qe_auth_len, cert_len, tail_len;
	uint16_t cert_type;
};

/* Where the parts of a written or parsed quote lie, from its first byte. */
struct quote_map {
	size_t body, signed_len, auth_len, auth, att_key;
	size_t outer_type, outer_len; /* 0 in version 3, which has none */
	size_t qe_report, qe_sig, qe_auth_len, qe_auth;
	size_t cert_type, cert_len, cert, end; /* end: what follows is tail */
};

enum field_kind { FIELD_BYTES, FIELD_U16, FIELD_U32, FIELD_U64 };

/* One field of a struct above: its name, place in the struct, wire length. */
struct quote_field {
	const char *name;
	size_t at;
	uint16_t len;
	enum field_kind kind;
	const char *doc; /* what it is, in a few words */
};
struct quote_fields {
	const struct quote_field *f;
	size_t n;
};
extern const struct quote_fields QUOTE_HEADER_FIELDS, SGX_REPORT_FIELDS,
    TD_REPORT_FIELDS, TD15_REPORT_FIELDS, TD15EX_REPORT_FIELDS;

/** quote_body_fields - the table of a body. */
struct quote_fields quote_body_fields(enum quote_body body);
/** quote_body_len - its bytes on the wire. */
size_t quote_body_len(enum quote_body body);

/** quote_le - a little-endian number of up to 8 bytes. */
uint64_t quote_le(const uint8_t *p, size_t bytes);
/** fields_write - append the wire form of the struct @obj. */
void fields_write(struct buf *out, struct quote_fields t, const void *obj);
/** fields_read - fill @ret_obj from as many bytes as the table covers. */
void fields_read(void *ret_obj, struct quote_fields t, const uint8_t *data);

/** sgx_report_hash - SHA-256 of its 384 wire bytes, which the PCK signs. */
struct hash32 sgx_report_hash(const struct sgx_report *r);

/** quote_signed_hash - SHA-256 of header and body, which the att_key signs. */
struct hash32 quote_signed_hash(const struct quote *q);

/**
 * quote_write - append the wire form.
 * @ret_map: where its parts went, from where @out ended before.
 * Its layout decides, whatever the header's version says.
 */
void quote_write(struct buf *out, struct quote_map *ret_map,
		 const struct quote *q);

/**
 * quote_parse - the quote at @data, pointing into it.
 * Every length must fit exactly; bytes after the quote are its tail.
 * Errors: ERR_PARSE with the offset, what is there and what should be;
 *         ERR_UNSUPPORTED for versions, key types and TEEs not read here.
 */
MUST_USE bool quote_parse(struct quote *ret, struct quote_map *ret_map,
			  const uint8_t *data, size_t len, struct err *e);

#endif
