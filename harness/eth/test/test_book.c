/* book: names for errors, events and calls, and whose they are. */
#include "test/kit.h"

#include "base/base.h"
#include "base/hex.h"
#include "eth/book.h"

/*
 * Two made-up contracts. `Both(uint256)` belongs to both, `Deep(address)` to
 * the vault only. Selectors and topics were computed with `cast sig` and
 * `cast sig-event` (1.7.1).
 */
static const char DESK[] =
    "{\"abi\":["
    "{\"type\":\"error\",\"name\":\"NotYours\",\"inputs\":["
    "{\"name\":\"caller\",\"type\":\"address\"},"
    "{\"name\":\"ids\",\"type\":\"uint32[]\"}]},"
    "{\"type\":\"error\",\"name\":\"Both\",\"inputs\":["
    "{\"name\":\"x\",\"type\":\"uint256\"}]},"
    "{\"type\":\"error\",\"name\":\"Closed\",\"inputs\":[]},"
    "{\"type\":\"event\",\"name\":\"Paid\",\"inputs\":["
    "{\"name\":\"who\",\"type\":\"address\",\"indexed\":true},"
    "{\"name\":\"note\",\"type\":\"string\",\"indexed\":false},"
    "{\"name\":\"delta\",\"type\":\"int64\",\"indexed\":false}]},"
    "{\"type\":\"function\",\"name\":\"pay\",\"stateMutability\":"
    "\"nonpayable\",\"outputs\":[],\"inputs\":["
    "{\"name\":\"\",\"type\":\"address\"},"
    "{\"name\":\"proof\",\"type\":\"bytes\"}]}]}";
static const char VAULT[] = "{\"abi\":["
			    "{\"type\":\"error\",\"name\":\"Both\",\"inputs\":["
			    "{\"name\":\"x\",\"type\":\"uint256\"}]},"
			    "{\"type\":\"error\",\"name\":\"Deep\",\"inputs\":["
			    "{\"name\":\"at\",\"type\":\"address\"}]}]}";

#define WORD_1                                                                 \
	"0000000000000000000000000000000000000000000000000000000000000001"
#define WORD_2                                                                 \
	"0000000000000000000000000000000000000000000000000000000000000002"
#define WORD_40                                                                \
	"0000000000000000000000000000000000000000000000000000000000000040"
#define WORD_20                                                                \
	"0000000000000000000000000000000000000000000000000000000000000020"
#define ALICE_WORD                                                             \
	"000000000000000000000000000000000000000000000000000000000000a11c"

static struct addr20 address(uint16_t tail)
{
	struct addr20 a = {0};

	a.b[18] = (uint8_t)(tail >> 8);
	a.b[19] = (uint8_t)tail;
	return a;
}

static void read_text(struct book *b, const char *dir, const char *name,
		      const char *text)
{
	char *path = xasprintf("%s/%s.json", dir, name);
	struct err e;

	assert_ok(file_write_atomic(path, text, strlen(text), &e), &e);
	assert_ok(book_read_artifact(b, name, path, &e), &e);
	free(path);
}

static void bind_at(struct book *b, const char *name, uint16_t tail,
		    const char *artifact)
{
	struct addr20 a = address(tail);
	struct err e;

	assert_ok(book_bind(b, name, &a, artifact, &e), &e);
}

/* desk at 0x…d0, vault at 0x…40, alice at 0x…a11c. */
static struct book *two_contracts(void)
{
	struct book *b = book_new();
	char *dir = kit_tmpdir_new();

	read_text(b, dir, "Desk", DESK);
	read_text(b, dir, "Vault", VAULT);
	bind_at(b, "desk", 0xd0, "Desk");
	bind_at(b, "vault", 0x40, "Vault");
	bind_at(b, "alice", 0xa11c, NULL);
	kit_tmpdir_free(dir);
	return b;
}

/* What a revert with @hex at 0x…@tail is called. */
static void error_reads(const struct book *b, uint16_t tail, const char *hex,
			const char *want)
{
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct addr20 at = address(tail);
	struct buf out = BUF_INIT(4096);
	struct decoded d;
	uint8_t *data;
	size_t len;
	struct err e;

	assert_ok(hex_decode_alloc(&data, &len, hex, strlen(hex), &e), &e);
	d = book_decode_error(b, a, &at, data, len);
	/* Nothing may borrow from the input. */
	memset(data, 0xee, len);
	free(data);
	book_describe(b, &out, &d);
	assert_string_equal(buf_str(&out), want);
	buf_done(&out);
}

static void test_custom_errors(void **state)
{
	CLEANUP(book_freep) struct book *b = two_contracts();

	(void)state;
	error_reads(b, 0xd0,
		    "0x0655b5ca" ALICE_WORD WORD_40 WORD_2 WORD_1 WORD_2,
		    "Desk.NotYours(caller: alice, ids: [1, 2])");
	error_reads(b, 0xd0, "0x1346ee18" WORD_2, "Desk.Both(x: 2)");
	error_reads(b, 0xd0, "0x1cdde67b", "Desk.Closed()");
	error_reads(b, 0x40, "0x1346ee18" WORD_2, "Vault.Both(x: 2)");
	/* It came from deeper down: only the vault has such an error. */
	error_reads(b, 0xd0, "0x5e6f31cf" ALICE_WORD, "Vault.Deep(at: alice)");
	/* Nobody can tell whose it is. */
	error_reads(b, 0x99, "0x1346ee18" WORD_2, "Both(x: 2)");
}

static void test_compiler_errors(void **state)
{
	CLEANUP(book_freep) struct book *b = two_contracts();

	(void)state;
	/* Error("no \"way\"\n"): 9 bytes of text */
	error_reads(
	    b, 0xd0,
	    "0x08c379a0" WORD_20
	    "0000000000000000000000000000000000000000000000000000000000000009"
	    "6e6f2022776179220a0000000000000000000000000000000000000000000000",
	    "Error(message: \"no \\\"way\\\"\\n\")");
	error_reads(
	    b, 0x77,
	    "0x4e487b71"
	    "0000000000000000000000000000000000000000000000000000000000000011",
	    "Panic(0x11) arithmetic overflow or underflow");
	error_reads(
	    b, 0x77,
	    "0x4e487b71"
	    "0000000000000000000000000000000000000000000000000000000000000099",
	    "Panic(0x99) unknown code");
}

static void test_unknown_errors(void **state)
{
	CLEANUP(book_freep) struct book *b = two_contracts();

	(void)state;
	error_reads(b, 0xd0, "0x", "Desk.0x");
	error_reads(b, 0x99, "0x", "0x");
	error_reads(b, 0xd0, "0x01020304", "Desk.0x01020304");
	/* The right selector with the wrong data is not that error. */
	error_reads(b, 0xd0, "0x1346ee18", "Desk.0x1346ee18");
	error_reads(b, 0xd0, "0x" WORD_1, "Desk.0x" WORD_1);
	error_reads(b, 0xd0, "0x" WORD_1 "ff", "Desk.0x" WORD_1 "\xe2\x80\xa6 (33 bytes)");
	error_reads(
	    b, 0xd0, "0x09" WORD_1 WORD_1,
	    "Desk.0x0900000000000000000000000000000000000000000000000000"
	    "000000000000… (65 bytes)");
}

static void test_log(void **state)
{
	CLEANUP(book_freep) struct book *b = two_contracts();
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct addr20 desk = address(0xd0);
	struct hash32 topics[2];
	struct buf out = BUF_INIT(4096);
	uint8_t data[128];
	struct decoded d;
	struct err e;

	(void)state;
	assert_ok(hex_decode(topics[0].b, 32,
			     "8ac56a02bae1eec63f273c61f4a5fa73"
			     "239184e89b1b6b3b2c106375cf3dc10e",
			     64, &e),
		  &e);
	assert_ok(hex_decode(topics[1].b, 32, ALICE_WORD, 64, &e), &e);
	assert_ok(hex_decode(
		      data, sizeof(data),
		      WORD_40
		      "ffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
		      "fffffffb"
		      "00000000000000000000000000000000000000000000000000000000"
		      "00000002"
		      "68690000000000000000000000000000000000000000000000000000"
		      "00000000",
		      256, &e),
		  &e);
	d = book_decode_log(b, a, &desk, topics, 2, data, sizeof(data));
	book_describe(b, &out, &d);
	assert_string_equal(buf_str(&out),
			    "Desk.Paid(who: alice, note: \"hi\", delta: -5)");
	/* One topic fewer: no such event, whatever its first topic says. */
	d = book_decode_log(b, a, &desk, topics, 1, data, sizeof(data));
	assert_null(d.entry);
	assert_string_equal(d.at->name, "desk");
	d = book_decode_log(b, a, &desk, NULL, 0, data, sizeof(data));
	assert_null(d.entry);
	buf_done(&out);
}

static void test_call(void **state)
{
	CLEANUP(book_freep) struct book *b = two_contracts();
	CLEANUP(arena_freep) struct arena *a = arena_new();
	struct addr20 desk = address(0xd0);
	struct buf out = BUF_INIT(4096), data = BUF_INIT(4096);
	struct addr20 alice = address(0xa11c);
	uint8_t proof[40] = {7};
	struct abi_val args[2] = {abi_val_addr(&alice),
				  abi_val_bytes(proof, sizeof(proof))};
	struct abi_val tuple = abi_val_list(args, 2);
	struct decoded d;
	struct err e;

	(void)state;
	assert_ok(
	    abi_encode_call(&data,
			    abi_function(book_artifact(b, "Desk"), "pay", NULL),
			    &tuple, &e),
	    &e);
	d = book_decode_call(b, a, &desk, data.data, data.len);
	assert_string_equal(d.entry->name, "pay");
	book_describe(b, &out, &d);
	assert_string_equal(buf_str(&out),
			    "Desk.pay(alice, proof: 0x070000000000000000000000"
			    "0000000000000000000000000000000000000000… "
			    "(40 bytes))");
	buf_done(&out);
	buf_done(&data);
}

/* Where two addresses share an artifact, the address's own name tells more. */
static void test_shared_artifact(void **state)
{
	CLEANUP(book_freep) struct book *b = two_contracts();

	(void)state;
	bind_at(b, "desk2", 0xd2, "Desk");
	error_reads(b, 0xd2, "0x1346ee18" WORD_2, "desk2.Both(x: 2)");
	error_reads(b, 0xd0, "0x1346ee18" WORD_2, "desk.Both(x: 2)");
	error_reads(b, 0x40, "0x1346ee18" WORD_2, "Vault.Both(x: 2)");
}

static void test_bind_errors(void **state)
{
	CLEANUP(book_freep) struct book *b = two_contracts();
	struct addr20 a = address(1);
	struct buf out = BUF_INIT(100);
	struct err e;

	(void)state;
	assert_err(book_bind(b, "alice", &a, NULL, &e), &e, ERR_SCHEMA,
		   "the name alice is taken by 0x0000");
	assert_err(book_bind(b, "bob", &a, "Dsk", &e), &e, ERR_SCHEMA,
		   "bob: no artifact Dsk");
	assert_err(book_read_artifact(b, "X", "/nonexistent/x.json", &e), &e,
		   ERR_OS, "/nonexistent/x.json");
	assert_null(book_by_name(b, "bob"));
	assert_non_null(book_entry(b, 2));
	assert_null(book_entry(b, 3));
	book_name(b, &out, &a);
	assert_string_equal(buf_str(&out),
			    "0x0000000000000000000000000000000000000001");
	buf_done(&out);
}

/* Also where the file is gone, and who read it first. */
static void test_artifact_of_another_book(void **state)
{
	CLEANUP(book_freep) struct book *b = book_new();
	struct book *first = two_contracts();
	const struct abi *desk = book_artifact(first, "Desk");
	struct err e;

	(void)state;
	book_share_artifact(b, first, "Desk");
	book_share_artifact(b, first, "Desk");
	assert_ok(book_read_artifact(b, "Desk", "/nowhere", &e), &e);
	book_free(first);
	assert_ptr_equal(book_artifact(b, "Desk"), desk);
	assert_null(book_artifact(b, "Vault"));
	bind_at(b, "desk", 0xd0, "Desk");
	assert_string_equal(book_by_name(b, "desk")->abi->errors[0].name,
			    desk->errors[0].name);
}

/* Entries are found, and are where they were, however many come. */
static void test_many(void **state)
{
	struct book *b = book_new();
	const struct book_entry *first = NULL, *x;
	struct addr20 a = {{0}};
	char name[16];
	struct err e;

	(void)state;
	assert_null(book_by_name(b, "n0"));
	assert_null(book_by_address(b, &a));
	for (unsigned i = 0; i < 1000; i++) {
		a.b[0] = (uint8_t)(i >> 8);
		a.b[1] = (uint8_t)i;
		snprintf(name, sizeof(name), "n%u", i);
		assert_ok(book_bind(b, name, &a, NULL, &e), &e);
		if (!i)
			first = book_by_name(b, "n0");
	}
	assert_ok(book_bind(b, "again", &a, NULL, &e), &e);
	for (unsigned i = 0; i < 1000; i++) {
		a.b[0] = (uint8_t)(i >> 8);
		a.b[1] = (uint8_t)i;
		snprintf(name, sizeof(name), "n%u", i);
		x = book_by_name(b, name);
		assert_non_null(x);
		assert_string_equal(x->name, name);
		assert_ptr_equal(x, book_entry(b, i));
		assert_ptr_equal(x, book_by_address(b, &a));
	}
	assert_ptr_equal(first, book_entry(b, 0));
	assert_null(book_by_name(b, "n1000"));
	assert_null(book_entry(b, 1001));
	book_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_many),
	    cmocka_unit_test(test_custom_errors),
	    cmocka_unit_test(test_compiler_errors),
	    cmocka_unit_test(test_unknown_errors),
	    cmocka_unit_test(test_log),
	    cmocka_unit_test(test_call),
	    cmocka_unit_test(test_shared_artifact),
	    cmocka_unit_test(test_artifact_of_another_book),
	    cmocka_unit_test(test_bind_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
