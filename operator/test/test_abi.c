/* abi: calldata as cast makes it, errors by name, the table whole. */
#include "test/kit.h"

#include <glob.h>

#include "base/base.h"
#include "base/hex.h"
#include "operator/abi.h"

static void test_encode(void **state)
{
	static const struct fn f = {"registerForOperatorSets",
				    "(address,(address,uint32[],bytes))", NULL};
	struct addr20 op, avs;
	struct abi_val ids[] = {abi_val_u64(3)};
	struct abi_val params[3], args[2];
	struct buf b = BUF_INIT(4096);
	struct err e;

	(void)state;
	memset(op.b, 0x11, sizeof(op.b));
	memset(avs.b, 0x22, sizeof(avs.b));
	params[0] = abi_val_addr(&avs);
	params[1] = abi_val_list(ids, 1);
	params[2] = abi_val_bytes("\xab\xcd", 2);
	args[0] = abi_val_addr(&op);
	args[1] = abi_val_list(params, 3);
	assert_ok(fn_encode(&b, &f, args, 2, &e), &e);
	/*
	 * cast calldata 'registerForOperatorSets(address,(address,uint32[],
	 * bytes))' 0x1111… '(0x2222…,[3],0xabcd)'
	 */
	assert_hex(
	    b.data, b.len,
	    "adc2e3d9"
	    "0000000000000000000000001111111111111111111111111111111111111111"
	    "0000000000000000000000000000000000000000000000000000000000000040"
	    "0000000000000000000000002222222222222222222222222222222222222222"
	    "0000000000000000000000000000000000000000000000000000000000000060"
	    "00000000000000000000000000000000000000000000000000000000000000a0"
	    "0000000000000000000000000000000000000000000000000000000000000001"
	    "0000000000000000000000000000000000000000000000000000000000000003"
	    "0000000000000000000000000000000000000000000000000000000000000002"
	    "abcd000000000000000000000000000000000000000000000000000000000000");
	buf_clear(&b);
	assert_err(fn_encode(&b, &f, args, 1, &e), &e, ERR_SCHEMA,
		   "registerForOperatorSets");
	buf_done(&b);
}

static void reads(const char *hex, const char *want)
{
	struct buf out = BUF_INIT(4096);
	uint8_t *data;
	size_t len;
	struct err e;

	assert_ok(hex_decode_alloc(&data, &len, hex, strlen(hex), &e), &e);
	revert_describe(&out, data, len);
	assert_string_equal(buf_str(&out), want);
	free(data);
	buf_done(&out);
}

#define WORD(n)                                                                \
	"00000000000000000000000000000000000000000000000000000000000000" n

/* Selectors by `cast sig`. */
static void test_reverts(void **state)
{
	(void)state;
	reads("0xd8d8dc4e", "AlreadyMemberOfSet()");
	reads("0x8fdbb48c" WORD("01") WORD("e6") WORD("dd"),
	      "WindowOpen(challengeId=1, endBlock=230, current=221)");
	reads(
	    "0xfe2377e9"
	    "0100000000000000000000000000000000000000000000000000000000000000",
	    "DebugTd(tdAttributes=0x0100000000000000)");
	reads("0x4e487b71" WORD("11"), "Panic(code=17)");
	reads("0x08c379a0" WORD("20")
		  WORD("02") "6869000000000000000000000000000000000000000000000"
			     "000000000000000",
	      "Error(message=\"hi\")");
	reads("0x", "no reason given");
	reads("0x12345678", "unknown error 0x12345678");
	reads("0x12", "unknown error 0x12");
	/* The right selector with the wrong arguments is another error. */
	reads("0x8fdbb48c" WORD("01"), "unknown error 0x8fdbb48c" WORD("01"));
}

/* The selector of each line of the table; owned by the caller. */
static struct hash32 *table_hashes(size_t *ret_n)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const struct revert *known = revert_known(ret_n);
	struct hash32 *hashes = xcalloc(*ret_n, sizeof(*hashes));
	const struct abi_type *type;
	struct keccak k;
	struct err e;

	for (size_t i = 0; i < *ret_n; i++) {
		const char *text = known[i].text, *args = strchr(text, '(');

		assert_non_null(args);
		assert_ok(abi_type_parse(&type, a, args, &e), &e);
		keccak_init(&k);
		keccak_add(&k, text, (size_t)(args - text));
		keccak_add(&k, type->name, strlen(type->name));
		hashes[i] = keccak_done(&k);
	}
	return hashes;
}

/* Every line of the table is a signature behind its own selector, and none has
 * another's. */
static void test_table(void **state)
{
	size_t n;
	const struct revert *known = revert_known(&n);
	CLEANUP(freep) struct hash32 *hashes = table_hashes(&n);

	(void)state;
	assert_true(n > 100);
	for (size_t i = 0; i < n; i++) {
		const uint8_t *b = hashes[i].b;

		if (known[i].selector != ((uint32_t)b[0] << 24 |
					  (uint32_t)b[1] << 16 |
					  (uint32_t)b[2] << 8 | b[3]))
			fail_msg("%s has another selector", known[i].text);
		for (size_t j = 0; j < i; j++)
			if (known[i].selector == known[j].selector)
				fail_msg("%s and %s", known[i].text,
					 known[j].text);
	}
}

static bool in_table(const struct hash32 *hashes, size_t n,
		     const uint8_t *selector)
{
	for (size_t i = 0; i < n; i++)
		if (!memcmp(hashes[i].b, selector, 4))
			return true;
	return false;
}

/* Each error of a contract as forge compiled it is one that we can name. */
static void contract_covered(const char *name)
{
	CLEANUP(json_decrefp) json_t *j = NULL;
	CLEANUP(arena_freep) struct arena *a = arena_new();
	const char *root = getenv("AVSBED_ROOT");
	char *path = xasprintf("%s/contracts/out/%s.sol/%s.json",
			       root ? root : ".", name, name);
	const json_t *list;
	struct abi *abi;
	unsigned missing = 0;
	size_t n;
	CLEANUP(freep) struct hash32 *hashes = table_hashes(&n);
	struct err e = ERR_INIT;

	if (access(path, R_OK)) {
		print_message("NOT CHECKED: %s is not built; make it by "
			      "`forge build` in contracts/\n",
			      path);
		free(path);
		return;
	}
	assert_ok(json_read_file(&j, path, &e), &e);
	assert_ok(json_at(&list, j, "abi", &e), &e);
	assert_ok(abi_parse(&abi, a, list, path, &e), &e);
	for (size_t i = 0; i < abi->errors_n; i++)
		if (!in_table(hashes, n, abi->errors[i].selector)) {
			print_error("%s: %s is not in abi_errors.c\n", name,
				    abi->errors[i].signature);
			missing++;
		}
	assert_int_equal(missing, 0);
	free(path);
}

/* "NAME(" of each `error NAME(` in a source begins a line of the table. */
static unsigned errors_missing(const char *path)
{
	struct buf text = BUF_INIT(1 << 20);
	unsigned missing = 0;
	const char *at;
	size_t n;
	const struct revert *known = revert_known(&n);
	struct err e;

	assert_ok(buf_read_file(&text, path, &e), &e);
	at = buf_str(&text);
	while ((at = strchr(at, '\n'))) {
		size_t i = 0, len;

		at += 1 + strspn(at + 1, " ");
		if (strncmp(at, "error ", 6))
			continue;
		at += 6;
		len = strcspn(at, "(") + 1;
		while (i < n && strncmp(known[i].text, at, len))
			i++;
		if (i < n)
			continue;
		print_error("%s: %.*s…) is not in abi_errors.c\n", path,
			    (int)len, at);
		missing++;
	}
	buf_done(&text);
	return missing;
}

static void test_covers_our_sources(void **state)
{
	const char *root = getenv("AVSBED_ROOT");
	CLEANUP(freep)
	/* Those that it calls; an author's own AVS is none of them. */
	char *pattern = xasprintf("%s/contracts/src/"
				  "{access,attestation,phala,tokens}/*.sol",
				  root ? root : ".");
	unsigned missing = 0;
	glob_t found;

	(void)state;
	assert_int_equal(glob(pattern, GLOB_BRACE, NULL, &found), 0);
	assert_true(found.gl_pathc > 10);
	for (size_t i = 0; i < found.gl_pathc; i++)
		missing += errors_missing(found.gl_pathv[i]);
	globfree(&found);
	assert_int_equal(missing, 0);
}

static void test_covers_our_contracts(void **state)
{
	(void)state;
	contract_covered("PhalaServiceManager");
	contract_covered("PhalaSlaOracle");
	contract_covered("QuoteVerifier");
	contract_covered("CollateralRegistry");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_encode),
	    cmocka_unit_test(test_reverts),
	    cmocka_unit_test(test_table),
	    cmocka_unit_test(test_covers_our_sources),
	    cmocka_unit_test(test_covers_our_contracts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
