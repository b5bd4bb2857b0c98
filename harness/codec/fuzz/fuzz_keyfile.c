#include "base/base.h"
#include "codec/keyfile.h"

int fuzz_one(const uint8_t *data, size_t n);

/* More than this is slow by design, and says nothing about the parser. */
static bool is_light(const struct keystore *ks)
{
	return ks->kdf == KEYSTORE_PBKDF2
		   ? ks->n <= 100 || ks->n > 10000000
		   : ks->n <= 16 && ks->r <= 16 && ks->p <= 16;
}

/* What was read, written and read again is equal; opening does not crash. */
int fuzz_one(const uint8_t *data, size_t n)
{
	CLEANUP(json_decrefp) json_t *j = NULL, *again = NULL;
	struct buf b = BUF_INIT(65536), c = BUF_INIT(65536);
	struct keystore ks, back;
	struct err e = ERR_INIT;
	struct seckey key;

	if (!json_parse(&j, (const char *)data, n, "fuzz", &e) ||
	    !keyfile_parse(&ks, j, &e)) {
		ASSERT(e.code != ERR_NONE && e.text[0]);
		return 0;
	}
	keyfile_print(&b, &ks);
	ASSERT(json_parse(&again, buf_str(&b), b.len, "again", &e));
	ASSERT(keyfile_parse(&back, again, &e));
	keyfile_print(&c, &back);
	ASSERT(!strcmp(buf_str(&b), buf_str(&c)));
	buf_done(&b);
	buf_done(&c);
	if (is_light(&ks) && !keystore_open(&key, NULL, &ks, "secret", &e))
		ASSERT(e.code == ERR_CRYPTO || e.code == ERR_RANGE ||
		       e.code == ERR_LIMIT);
	return 0;
}
