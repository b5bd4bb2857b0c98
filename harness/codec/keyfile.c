#include "codec/keyfile.h"

#include <inttypes.h>

#include "base/base.h"
#include "base/hex.h"

#define KEYFILE_MAX 65536u

/* Hex text of exactly @n bytes; v3 files write it without 0x. */
static bool hex_at(uint8_t *ret, size_t n, const json_t *j, const char *path,
		   struct err *e)
{
	const char *text = "";

	if (!json_text_at(&text, j, path, e))
		return false;
	return hex_decode(ret, n, text, strlen(text), e) ||
	       err_ctx(e, "%s", path);
}

/* The text at @path must be @want: other values are known elsewhere. */
static bool must_be(const json_t *j, const char *path, const char *want,
		    struct err *e)
{
	const char *text = "";

	if (!json_text_at(&text, j, path, e))
		return false;
	if (strcmp(text, want))
		return err_set(e, ERR_UNSUPPORTED, 0,
			       "%s is '%.40s'; only '%s' can be opened", path,
			       text, want);
	return true;
}

static bool number_must_be(const json_t *j, const char *path, uint64_t want,
			   struct err *e)
{
	uint64_t v = 0;

	if (!json_u64_at(&v, j, path, e))
		return false;
	if (v != want)
		return err_set(e, ERR_UNSUPPORTED, 0,
			       "%s is %" PRIu64 "; only %" PRIu64
			       " can be opened",
			       path, v, want);
	return true;
}

static bool parse_salt(struct keystore *ks, const json_t *j, struct err *e)
{
	static const char path[] = "crypto.kdfparams.salt";
	const char *text = "";
	size_t len;

	if (!json_text_at(&text, j, path, e))
		return false;
	len = strlen(text) / 2;
	if (len > sizeof(ks->salt))
		return err_set(e, ERR_LIMIT, 0, "%s has %zu bytes, over %zu",
			       path, len, sizeof(ks->salt));
	ks->salt_len = len;
	return hex_at(ks->salt, len, j, path, e);
}

static bool parse_kdf(struct keystore *ks, const json_t *j, struct err *e)
{
	const char *kdf = "";

	if (!json_text_at(&kdf, j, "crypto.kdf", e) ||
	    !number_must_be(j, "crypto.kdfparams.dklen", 32, e) ||
	    !parse_salt(ks, j, e))
		return false;
	if (!strcmp(kdf, "scrypt")) {
		ks->kdf = KEYSTORE_SCRYPT;
		return json_u64_at(&ks->n, j, "crypto.kdfparams.n", e) &&
		       json_u64_at(&ks->r, j, "crypto.kdfparams.r", e) &&
		       json_u64_at(&ks->p, j, "crypto.kdfparams.p", e);
	}
	if (!strcmp(kdf, "pbkdf2")) {
		ks->kdf = KEYSTORE_PBKDF2;
		return must_be(j, "crypto.kdfparams.prf", "hmac-sha256", e) &&
		       json_u64_at(&ks->n, j, "crypto.kdfparams.c", e);
	}
	return err_set(e, ERR_UNSUPPORTED, 0,
		       "crypto.kdf is '%.40s'; only 'scrypt' and 'pbkdf2' can "
		       "be opened",
		       kdf);
}

/* Members that a file may lack. */
static bool parse_optional(struct keystore *ks, const json_t *j, struct err *e)
{
	const char *id = "";

	ks->has_address = json_object_get(j, "address");
	if (ks->has_address &&
	    !hex_at(ks->address.b, sizeof(ks->address.b), j, "address", e))
		return false;
	if (!json_object_get(j, "id"))
		return true;
	if (!json_text_at(&id, j, "id", e))
		return false;
	if (strlen(id) != 36)
		return err_set(e, ERR_PARSE, 0,
			       "id is '%.40s', which has not the 36 characters "
			       "of a UUID",
			       id);
	memcpy(ks->id, id, 36);
	return true;
}

bool keyfile_parse(struct keystore *ret, const json_t *j, struct err *e)
{
	struct keystore ks = {.n = 0};

	if (!number_must_be(j, "version", 3, e) || !parse_kdf(&ks, j, e) ||
	    !must_be(j, "crypto.cipher", "aes-128-ctr", e) ||
	    !hex_at(ks.iv, sizeof(ks.iv), j, "crypto.cipherparams.iv", e) ||
	    !hex_at(ks.cipher, sizeof(ks.cipher), j, "crypto.ciphertext", e) ||
	    !hex_at(ks.mac, sizeof(ks.mac), j, "crypto.mac", e) ||
	    !parse_optional(&ks, j, e))
		return false;
	*ret = ks;
	return true;
}

static void put_member(struct buf *out, const char *name, const uint8_t *data,
		       size_t len)
{
	buf_addf(out, "\"%s\":\"", name);
	buf_addhex(out, data, len);
	buf_addc(out, '"');
}

void keyfile_print(struct buf *out, const struct keystore *ks)
{
	buf_addc(out, '{');
	if (ks->has_address) {
		put_member(out, "address", ks->address.b,
			   sizeof(ks->address.b));
		buf_addc(out, ',');
	}
	buf_adds(out, "\"crypto\":{\"cipher\":\"aes-128-ctr\",");
	put_member(out, "ciphertext", ks->cipher, sizeof(ks->cipher));
	buf_adds(out, ",\"cipherparams\":{");
	put_member(out, "iv", ks->iv, sizeof(ks->iv));
	if (ks->kdf == KEYSTORE_SCRYPT)
		buf_addf(out,
			 "},\"kdf\":\"scrypt\",\"kdfparams\":{\"dklen\":32,"
			 "\"n\":%" PRIu64 ",\"r\":%" PRIu64 ",\"p\":%" PRIu64
			 ",",
			 ks->n, ks->r, ks->p);
	else
		buf_addf(out,
			 "},\"kdf\":\"pbkdf2\",\"kdfparams\":{\"dklen\":32,"
			 "\"prf\":\"hmac-sha256\",\"c\":%" PRIu64 ",",
			 ks->n);
	put_member(out, "salt", ks->salt, ks->salt_len);
	buf_adds(out, "},");
	put_member(out, "mac", ks->mac, sizeof(ks->mac));
	buf_adds(out, "},");
	if (*ks->id) {
		buf_adds(out, "\"id\":");
		buf_addjson(out, ks->id, strlen(ks->id));
		buf_addc(out, ',');
	}
	buf_adds(out, "\"version\":3}");
}

bool keyfile_open(struct seckey *ret, struct addr20 *ret_who, const char *path,
		  const char *password, struct err *e)
{
	struct buf text = BUF_INIT(KEYFILE_MAX);
	CLEANUP(json_decrefp) json_t *j = NULL;
	struct keystore ks;
	bool ok = buf_read_file(&text, path, e) &&
		  json_parse(&j, buf_str(&text), text.len, path, e);

	buf_done(&text);
	if (!ok)
		return false;
	if (!keyfile_parse(&ks, j, e) ||
	    !keystore_open(ret, ret_who, &ks, password, e))
		return err_ctx(e, "%s", path);
	return true;
}
