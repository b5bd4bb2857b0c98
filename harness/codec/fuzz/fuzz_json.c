#include "base/base.h"
#include "codec/json.h"
#include "codec/json_plain.h"

int fuzz_one(const uint8_t *data, size_t n);

/* What the plain parser takes, jansson takes for the same. */
static void same_as_jansson(const char *text, size_t n)
{
	CLEANUP(json_decrefp) json_t *plain = json_plain(text, n), *full = NULL;
	CLEANUP(freep) char *ours = NULL, *theirs = NULL;

	if (!plain)
		return;
	full = json_loadb(text, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY,
			  NULL);
	ASSERT(full && json_equal(plain, full));
	ours = json_text(plain);
	theirs = json_dumps(full, JSON_COMPACT | JSON_ENCODE_ANY);
	ASSERT(!strcmp(ours, theirs));
}

static void same_part(const struct json_part *part, const json_t *want)
{
	CLEANUP(json_decrefp) json_t *j = NULL;
	struct err e;

	ASSERT(!part->at == !want);
	if (want)
		ASSERT(json_parse(&j, part->at, part->len, "part", &e) &&
		       json_equal(j, want));
}

/* What is plain has the same members, or items. */
static void skimmed_as_jansson(const char *text, size_t n)
{
	static const char *const names[] = { "a", "b" };
	CLEANUP(json_decrefp) json_t *plain = json_plain(text, n);
	CLEANUP(freep) struct json_part *items = NULL;
	size_t items_n = 0;
	bool list = json_skim_list(&items, &items_n, text, n);

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct json_part member;
		bool object = json_skim(&member, text, n, names[i]);

		ASSERT(!plain || object == json_is_object(plain));
		if (plain && object)
			same_part(&member, json_object_get(plain, names[i]));
	}
	ASSERT(!plain || list == json_is_array(plain));
	ASSERT(!plain || items_n == json_array_size(plain));
	for (size_t i = 0; plain && i < items_n; i++)
		same_part(&items[i], json_array_get(plain, i));
}

/* What the plain writer writes, jansson writes the same. */
static void written_as_jansson(const json_t *j)
{
	CLEANUP(freep) char *full = NULL;
	struct buf plain = BUF_INIT(SIZE_MAX / 2);

	if (json_plain_write(&plain, j)) {
		full = json_dumps(j, JSON_COMPACT | JSON_ENCODE_ANY);
		ASSERT(!strcmp(buf_str(&plain), full));
	}
	buf_done(&plain);
}

/* What was read, written and read again is equal; and numbers too. */
int fuzz_one(const uint8_t *data, size_t n)
{
	CLEANUP(json_decrefp) json_t *j = NULL, *again = NULL;
	CLEANUP(freep) char *text = NULL;
	CLEANUP(freep) uint8_t *bytes = NULL;
	struct err e = ERR_INIT;
	struct u256 v, back;
	size_t len;

	same_as_jansson((const char *)data, n);
	skimmed_as_jansson((const char *)data, n);
	if (!json_parse(&j, (const char *)data, n, "fuzz", &e)) {
		ASSERT(e.code != ERR_NONE && e.text[0]);
		return 0;
	}
	written_as_jansson(j);
	text = json_text(j);
	ASSERT(json_parse(&again, text, strlen(text), "again", &e));
	ASSERT(json_equal(j, again));
	if (json_u256_at(&v, j, "a.b[1]", &e))
		ASSERT(u256_parse(&back, fmt_u256(v).s, strlen(fmt_u256(v).s),
				  &e) &&
		       u256_eq(v, back));
	if (!json_bytes_at(&bytes, &len, j, "a.c", &e))
		ASSERT(!bytes);
	return 0;
}
