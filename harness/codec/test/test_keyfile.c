#include "test/kit.h"

#include <errno.h>

#include "base/base.h"
#include "codec/keyfile.h"

static const char *text_of(const json_t *j, const char *path)
{
	struct err e = ERR_INIT;
	const char *s;

	assert_ok(json_text_at(&s, j, path, &e), &e);
	return s;
}

static enum err_code code_named(const char *name)
{
	for (int i = 0; i < ERR__COUNT; i++)
		if (!strcmp(err_code_name((enum err_code)i), name))
			return (enum err_code)i;
	fail_msg("no error code %s", name);
	return ERR_NONE;
}

static bool open_vector(struct seckey *ret, const json_t *j, struct err *e)
{
	struct keystore ks;

	return keyfile_parse(&ks, json_object_get(j, "file"), e) &&
	       keystore_open(ret, NULL, &ks, text_of(j, "password"), e);
}

static void published_vectors(void **state)
{
	CLEANUP(json_decrefp) json_t *all = NULL;
	struct err e = ERR_INIT;
	unsigned opened = 0;

	(void)state;
	assert_ok(json_read_file(&all, kit_fixture("codec/keyfile.json"), &e),
		  &e);
	for (size_t i = 0; i < json_array_size(all); i++) {
		const json_t *j = json_array_get(all, i);
		struct seckey key;

		if (json_object_get(j, "code")) {
			assert_err(open_vector(&key, j, &e), &e,
				   code_named(text_of(j, "code")),
				   text_of(j, "says"));
			continue;
		}
		assert_ok(open_vector(&key, j, &e), &e);
		opened++;
		if (json_object_get(j, "key"))
			assert_hex(key.b, 32, text_of(j, "key"));
	}
	assert_true(opened >= 2);
}

static struct keystore sealed(void)
{
	struct seckey key = devnet_key("keyfile");
	struct err e = ERR_INIT;
	struct keystore ks;
	struct addr20 at;

	assert_ok(devnet_address(&at, "keyfile", &e), &e);
	assert_ok(keystore_seal(&ks, &key, &at, "secret", KEYSTORE_LIGHT, &e),
		  &e);
	return ks;
}

/* Prints, parses, and compares. */
static void assert_kept(const struct keystore *ks)
{
	CLEANUP(json_decrefp) json_t *j = NULL;
	struct buf b = BUF_INIT(2000), c = BUF_INIT(2000);
	struct err e = ERR_INIT;
	struct keystore back;

	keyfile_print(&b, ks);
	assert_ok(json_parse(&j, buf_str(&b), b.len, "keyfile", &e), &e);
	assert_ok(keyfile_parse(&back, j, &e), &e);
	assert_int_equal(back.has_address, ks->has_address);
	assert_int_equal(back.kdf, ks->kdf);
	assert_int_equal(back.n, ks->n);
	assert_int_equal(back.salt_len, ks->salt_len);
	assert_memory_equal(back.salt, ks->salt, sizeof(ks->salt));
	keyfile_print(&c, &back);
	assert_string_equal(buf_str(&c), buf_str(&b));
	buf_done(&b);
	buf_done(&c);
}

static void what_is_printed_is_parsed(void **state)
{
	struct keystore ks = sealed();

	(void)state;
	assert_kept(&ks);
	ks.has_address = false;
	memset(&ks.address, 0, sizeof(ks.address));
	memset(ks.id, 0, sizeof(ks.id));
	assert_kept(&ks);
	ks.kdf = KEYSTORE_PBKDF2;
	ks.n = 1000;
	ks.r = 0;
	ks.p = 0;
	ks.salt_len = 0;
	memset(ks.salt, 0, sizeof(ks.salt));
	assert_kept(&ks);
	ks.salt_len = sizeof(ks.salt);
	memset(ks.salt, 0xab, sizeof(ks.salt));
	assert_kept(&ks);
}

static void files_are_opened(void **state)
{
	char *dir = kit_tmpdir_new(), *path = xasprintf("%s/key.json", dir);
	struct seckey want = devnet_key("keyfile"), key;
	struct keystore ks = sealed();
	struct addr20 who, wanted;
	struct buf b = BUF_INIT(2000);
	struct err e = ERR_INIT;

	(void)state;
	assert_err(keyfile_open(&key, NULL, path, "secret", &e), &e, ERR_OS,
		   path);
	assert_int_equal(e.sub, ENOENT);
	keyfile_print(&b, &ks);
	assert_ok(file_write_atomic(path, b.data, b.len, &e), &e);
	assert_ok(keyfile_open(&key, &who, path, "secret", &e), &e);
	assert_memory_equal(key.b, want.b, 32);
	assert_ok(secp_address(&wanted, &want, &e), &e);
	assert_true(addr_eq(&who, &wanted));
	assert_err(keyfile_open(&key, NULL, path, "Secret", &e), &e, ERR_CRYPTO,
		   "key.json: wrong password");
	assert_ok(file_write_atomic(path, b.data, b.len - 1, &e), &e);
	assert_err(keyfile_open(&key, NULL, path, "secret", &e), &e, ERR_PARSE,
		   "key.json:1:");
	assert_ok(file_write_atomic(path, "{}", 2, &e), &e);
	assert_err(keyfile_open(&key, NULL, path, "secret", &e), &e, ERR_SCHEMA,
		   "key.json: the JSON value has no member 'version'");
	buf_done(&b);
	free(path);
	kit_tmpdir_free(dir);
}

/* Owned by the caller: a good file, in which each test breaks one member. */
static json_t *good(void)
{
	struct keystore ks = sealed();
	struct buf b = BUF_INIT(2000);
	struct err e = ERR_INIT;
	json_t *j;

	ks.kdf = KEYSTORE_SCRYPT;
	ks.n = 2;
	ks.r = 8;
	ks.p = 1;
	keyfile_print(&b, &ks);
	assert_ok(json_parse(&j, buf_str(&b), b.len, "keyfile", &e), &e);
	buf_done(&b);
	return j;
}

static const struct {
	const char *in, *member, *value; /* JSON; NULL: removed */
	enum err_code code;
	const char *says;
} changes[] = {
    {"", "version", NULL, ERR_SCHEMA, "no member 'version'"},
    {"", "version", "1", ERR_UNSUPPORTED, "version is 1; only 3 can be opened"},
    {"", "crypto", NULL, ERR_SCHEMA, "no member 'crypto'"},
    {"", "address", "\"0x12\"", ERR_PARSE,
     "address: 2 hex digits where 40 are wanted"},
    {"", "address", "7", ERR_SCHEMA, "address is an integer"},
    {"", "id", "7", ERR_SCHEMA, "id is an integer, not text"},
    {"", "id", "\"abc\"", ERR_PARSE,
     "id is 'abc', which has not the 36 characters"},
    {"crypto", "cipher", "\"aes-256-gcm\"", ERR_UNSUPPORTED,
     "crypto.cipher is 'aes-256-gcm'; only 'aes-128-ctr'"},
    {"crypto", "cipher", "[]", ERR_SCHEMA, "crypto.cipher is a list, not text"},
    {"crypto", "ciphertext", "\"00\"", ERR_PARSE,
     "crypto.ciphertext: 2 hex digits where 64 are wanted"},
    {"crypto", "cipherparams", "{}", ERR_SCHEMA,
     "crypto.cipherparams has no member 'iv'"},
    {"crypto", "mac", "\"zz\"", ERR_PARSE,
     "crypto.mac: 2 hex digits where 64 are wanted"},
    {"crypto", "mac", NULL, ERR_SCHEMA, "no member 'mac'"},
    {"crypto", "kdf", "\"argon2\"", ERR_UNSUPPORTED,
     "crypto.kdf is 'argon2'; only 'scrypt' and 'pbkdf2'"},
    {"crypto", "kdf", "\"pbkdf2\"", ERR_SCHEMA,
     "crypto.kdfparams has no member 'prf'"},
    {"crypto", "kdf", NULL, ERR_SCHEMA, "no member 'kdf'"},
    {"crypto.kdfparams", "dklen", "64", ERR_UNSUPPORTED,
     "crypto.kdfparams.dklen is 64; only 32"},
    {"crypto.kdfparams", "dklen", "-1", ERR_RANGE, "below 0"},
    {"crypto.kdfparams", "n", "\"many\"", ERR_PARSE,
     "crypto.kdfparams.n: 'many' is no hex quantity"},
    {"crypto.kdfparams", "r", NULL, ERR_SCHEMA, "member 'r'"},
    {"crypto.kdfparams", "p", "1.5", ERR_SCHEMA,
     "crypto.kdfparams.p is a fraction"},
    {"crypto.kdfparams", "salt", "7", ERR_SCHEMA,
     "crypto.kdfparams.salt is an integer"},
    {"crypto.kdfparams", "salt", "\"abc\"", ERR_PARSE,
     "crypto.kdfparams.salt: 3 hex digits where 2 are wanted"},
    {"crypto.kdfparams", "salt",
     "\"0000000000000000000000000000000000000000000000000000000000"
     "000000000000000000000000000000000000000000000000000000000000"
     "0000000000\"",
     ERR_NONE, ""},
    {"crypto.kdfparams", "salt",
     "\"0000000000000000000000000000000000000000000000000000000000"
     "000000000000000000000000000000000000000000000000000000000000"
     "000000000000\"",
     ERR_LIMIT, "crypto.kdfparams.salt has 65 bytes, over 64"},
};

static void every_member_is_checked(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		CLEANUP(json_decrefp) json_t *j = good();
		const json_t *at;
		struct keystore ks;
		json_t *value = NULL;

		assert_ok(json_at(&at, j, changes[i].in, &e), &e);
		if (changes[i].value)
			assert_ok(json_parse(&value, changes[i].value,
					     strlen(changes[i].value), "v", &e),
				  &e);
		if (value)
			json_object_set_new((json_t *)(uintptr_t)at,
					    changes[i].member, value);
		else
			json_object_del((json_t *)(uintptr_t)at,
					changes[i].member);
		if (changes[i].code == ERR_NONE)
			assert_ok(keyfile_parse(&ks, j, &e), &e);
		else
			assert_err(keyfile_parse(&ks, j, &e), &e,
				   changes[i].code, changes[i].says);
	}
}

static void pbkdf2_of_another_kind(void **state)
{
	CLEANUP(json_decrefp) json_t *j = good();
	struct err e = ERR_INIT;
	struct keystore ks;
	const json_t *kdf;

	(void)state;
	assert_ok(json_at(&kdf, j, "crypto.kdfparams", &e), &e);
	json_object_set_new(json_object_get(j, "crypto"), "kdf",
			    json_string("pbkdf2"));
	json_object_set_new((json_t *)(uintptr_t)kdf, "prf",
			    json_string("hmac-sha512"));
	assert_err(keyfile_parse(&ks, j, &e), &e, ERR_UNSUPPORTED,
		   "prf is 'hmac-sha512'; only 'hmac-sha256'");
	json_object_set_new((json_t *)(uintptr_t)kdf, "prf",
			    json_string("hmac-sha256"));
	assert_err(keyfile_parse(&ks, j, &e), &e, ERR_SCHEMA,
		   "crypto.kdfparams has no member 'c'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(published_vectors),
	    cmocka_unit_test(what_is_printed_is_parsed),
	    cmocka_unit_test(files_are_opened),
	    cmocka_unit_test(every_member_is_checked),
	    cmocka_unit_test(pbkdf2_of_another_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
