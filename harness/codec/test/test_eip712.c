#include "test/kit.h"

#include "base/base.h"
#include "codec/eip712.h"
#include "test/abi_stub.h"

static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static const struct abi_type *parse(const char *text)
{
	const struct abi_type *t;
	struct err e = ERR_INIT;

	assert_ok(eip712_type_parse(&t, arena, text, &e), &e);
	return t;
}

static const char *text_of(const json_t *j, const char *path)
{
	struct err e = ERR_INIT;
	const char *s;

	assert_ok(json_text_at(&s, j, path, &e), &e);
	return s;
}

static struct eip712_domain domain_of(const json_t *j)
{
	struct eip712_domain d = {
	    .name = text_of(j, "domain.name"),
	    .version = text_of(j, "domain.version"),
	    .has_chain_id = true,
	    .has_contract = true,
	};
	struct err e = ERR_INIT;

	assert_ok(json_u64_at(&d.chain_id, j, "domain.chainId", &e), &e);
	assert_ok(json_addr_at(&d.contract, j, "domain.verifyingContract", &e),
		  &e);
	return d;
}

static void published_vectors(void **state)
{
	CLEANUP(json_decrefp) json_t *all = NULL;
	struct err e = ERR_INIT;

	(void)state;
	assert_ok(json_read_file(&all, kit_fixture("codec/eip712.json"), &e),
		  &e);
	assert_true(json_array_size(all) >= 2);
	for (size_t i = 0; i < json_array_size(all); i++) {
		const json_t *j = json_array_get(all, i);
		struct eip712_domain d = domain_of(j);
		const struct abi_type *t = parse(text_of(j, "type"));
		struct abi_val v =
		    stub_from_json(arena, t, json_object_get(j, "value"));
		struct hash32 h = eip712_domain_separator(&d);

		assert_string_equal(fmt_hash(&h).s, text_of(j, "separator"));
		assert_ok(eip712_digest(&h, &d, t, &v, &e), &e);
		assert_string_equal(fmt_hash(&h).s, text_of(j, "digest"));
	}
}

/* The hash of an encodeType text, a solidity constant in OpenZeppelin. */
static void domains_with_fewer_members(void **state)
{
	static const char type[] = "EIP712Domain()";
	struct hash32 h = keccak256(type, sizeof(type) - 1), want, got;
	struct eip712_domain none = {.name = NULL};
	struct eip712_domain chain = {.has_chain_id = true, .chain_id = 5};
	static const char chain_type[] = "EIP712Domain(uint256 chainId)";
	uint8_t text[64] = {0};

	(void)state;
	want = keccak256(h.b, 32);
	got = eip712_domain_separator(&none);
	assert_true(hash_eq(&want, &got));
	h = keccak256(chain_type, sizeof(chain_type) - 1);
	memcpy(text, h.b, 32);
	text[63] = 5;
	want = keccak256(text, 64);
	got = eip712_domain_separator(&chain);
	assert_true(hash_eq(&want, &got));
}

static void assert_type_text(const struct abi_type *t, const char *want)
{
	struct buf b = BUF_INIT(1000);
	struct err e = ERR_INIT;

	assert_ok(eip712_type_text(&b, t, &e), &e);
	assert_string_equal(buf_str(&b), want);
	buf_done(&b);
}

static void types_both_ways(void **state)
{
	static const char *const texts[] = {
	    "Empty()",
	    "A(uint256 x)",
	    "Mail(Person from,Person[2][] to)Person(bytes32 id,address w)",
	    "T(A a,B b,A[] c)A(C c)B(C c)C(bool d)",
	};
	const struct abi_type *t;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_type_text(parse(texts[i]), texts[i]);
	/* Others in any order; written sorted. */
	t = parse("T(A a,B b)B(C c)C(bool d)A(C c)");
	assert_type_text(t, "T(A a,B b)A(C c)B(C c)C(bool d)");
	assert_string_equal(t->name, "(((bool)),((bool)))");
	/* Aliases are spelled out; what is not referred to is dropped. */
	assert_type_text(parse("T(uint x)Unused(bool b)"), "T(uint256 x)");
}

static void labels_of_compilers_count(void **state)
{
	static const char text[] =
	    "[{\"type\":\"error\",\"name\":\"E\",\"inputs\":[{\"name\":"
	    "\"m\",\"type\":\"tuple\",\"internalType\":"
	    "\"struct IDelegation.Approval\",\"components\":[{\"name\":"
	    "\"salt\",\"type\":\"bytes32\"},{\"name\":\"sets\",\"type\":"
	    "\"tuple[]\",\"internalType\":\"struct Set[]\",\"components\":"
	    "[{\"name\":\"id\",\"type\":\"uint32\"}]}]},{\"name\":\"n\","
	    "\"type\":\"tuple\",\"components\":[]}]}]";
	CLEANUP(json_decrefp) json_t *j = NULL;
	struct err e = ERR_INIT;
	struct abi *abi;

	(void)state;
	assert_ok(json_parse(&j, text, strlen(text), "abi", &e), &e);
	assert_ok(abi_parse(&abi, arena, j, "abi", &e), &e);
	assert_type_text(abi->errors[0].in->fields[0].type,
			 "Approval(bytes32 salt,Set[] sets)Set(uint32 id)");
	struct buf b = BUF_INIT(100);

	assert_err(eip712_type_text(&b, abi->errors[0].in->fields[1].type, &e),
		   &e, ERR_SCHEMA, "tuple () has no struct name");
	buf_done(&b);
}

static void broken_types(void **state)
{
	static const struct {
		const char *text;
		enum err_code code;
		const char *says;
	} bad[] = {
	    {"", ERR_PARSE, "character 1: a name is wanted"},
	    {"(uint8 x)", ERR_PARSE, "character 1: a name is wanted"},
	    {"A", ERR_PARSE, "character 2: '(' is wanted"},
	    {"A(uint8 x", ERR_PARSE, "character 10: ')' is wanted"},
	    {"A(uint8 x)B", ERR_PARSE, "character 12: '(' is wanted"},
	    {"A(uint8 x) B()", ERR_PARSE, "character 11: a name"},
	    {"A(uint8)", ERR_PARSE,
	     "struct A: EIP-712 type 'A(uint8)', "
	     "character 8: a space is wanted"},
	    {"A(uint8 )", ERR_PARSE, "character 9: a name is wanted"},
	    {"A(uint8 x y)", ERR_PARSE, "character 10: ',' or ')'"},
	    {"A(uint8 x,)", ERR_PARSE, "struct A: '' is no type"},
	    {"A(B b)", ERR_PARSE, "struct A: 'B' is no type"},
	    {"A(uint8[0] x)", ERR_UNSUPPORTED, "an array of nothing"},
	    {"A(uint8[ x)", ERR_PARSE, "'[' is no array suffix"},
	    {"A(bool b)A(bool b)", ERR_SCHEMA, "A is defined twice"},
	    {"A(A a)", ERR_SCHEMA, "struct A contains itself"},
	    {"A(B b)B(A[] a)", ERR_SCHEMA,
	     "struct A: struct B: struct A contains itself"},
	};
	const struct abi_type *t = NULL;
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_err(eip712_type_parse(&t, arena, bad[i].text, &e), &e,
			   bad[i].code, bad[i].says);
	assert_null(t);
}

/* "S0(S1 x)S1(S2 x)…": @n structs, each in the one before. */
static void put_chain(struct buf *b, int n)
{
	for (int i = 0; i < n; i++) {
		buf_addf(b, "S%d(", i);
		if (i + 1 < n)
			buf_addf(b, "S%d x", i + 1);
		buf_addc(b, ')');
	}
}

static void depth_and_number_are_bounded(void **state)
{
	struct buf b = BUF_INIT(100000);
	const struct abi_type *t;
	struct err e = ERR_INIT;

	(void)state;
	put_chain(&b, ABI_DEPTH_MAX);
	parse(buf_str(&b));
	buf_clear(&b);
	put_chain(&b, ABI_DEPTH_MAX + 1);
	assert_err(eip712_type_parse(&t, arena, buf_str(&b), &e), &e, ERR_LIMIT,
		   "nested deeper than 16");
	buf_clear(&b);
	for (int i = 0; i < 65; i++)
		buf_addf(&b, "S%d()", i);
	assert_err(eip712_type_parse(&t, arena, buf_str(&b), &e), &e, ERR_LIMIT,
		   "more than 64 structs");
	buf_done(&b);
}

static void two_structs_of_one_name(void **state)
{
	/* Only a compiler's ABI can say this: two interfaces, one name. */
	static const char text[] =
	    "[{\"type\":\"error\",\"name\":\"E\",\"inputs\":[{\"name\":"
	    "\"m\",\"type\":\"tuple\",\"internalType\":\"struct T\","
	    "\"components\":[{\"name\":\"a\",\"type\":\"tuple\","
	    "\"internalType\":\"struct I.S\",\"components\":[{\"name\":"
	    "\"x\",\"type\":\"bool\"}]},{\"name\":\"b\",\"type\":\"tuple\","
	    "\"internalType\":\"struct J.S\",\"components\":[{\"name\":"
	    "\"y\",\"type\":\"int8\"}]}]}]}]";
	CLEANUP(json_decrefp) json_t *j = NULL;
	struct eip712_domain d = {.name = "x"};
	struct buf b = BUF_INIT(100);
	const struct abi_type *t;
	struct err e = ERR_INIT;
	struct rng r = RNG_INIT(1);
	struct abi_val v;
	struct hash32 h;
	struct abi *abi;

	(void)state;
	assert_ok(json_parse(&j, text, strlen(text), "abi", &e), &e);
	assert_ok(abi_parse(&abi, arena, j, "abi", &e), &e);
	t = abi->errors[0].in->fields[0].type;
	assert_err(eip712_type_text(&b, t, &e), &e, ERR_SCHEMA,
		   "two structs are named S: (bool) and (int8)");
	v = stub_value(&r, arena, t);
	assert_err(eip712_digest(&h, &d, t, &v, &e), &e, ERR_SCHEMA,
		   "two structs are named S");
	buf_done(&b);
}

static void values_are_checked(void **state)
{
	const struct abi_type *t =
	    parse("T(uint8 a,uint8[2] b,S[] c)S(bytes4 d)");
	struct abi_val b[] = {abi_val_u64(1), abi_val_u64(2)};
	struct abi_val d = abi_val_bytes("abcd", 4), s = abi_val_list(&d, 1);
	struct abi_val fields[] = {abi_val_u64(1), abi_val_list(b, 2),
				   abi_val_list(&s, 1)};
	struct abi_val v = abi_val_list(fields, 3);
	struct eip712_domain domain = {.name = "x"};
	struct err e = ERR_INIT;
	struct hash32 h;

	(void)state;
	assert_ok(eip712_digest(&h, &domain, t, &v, &e), &e);
	fields[0] = abi_val_u64(256);
	assert_err(eip712_digest(&h, &domain, t, &v, &e), &e, ERR_RANGE,
		   "a: 256 does not fit uint8");
	fields[0] = abi_val_u64(1);
	fields[1].len = 1;
	assert_err(eip712_digest(&h, &domain, t, &v, &e), &e, ERR_SCHEMA,
		   "b: 1 values where uint8[2] has 2");
	fields[1].len = 2;
	d.len = 3;
	assert_err(eip712_digest(&h, &domain, t, &v, &e), &e, ERR_RANGE,
		   "c[0].d: 3 bytes where bytes4 has 4");
	v.len = 2;
	assert_err(eip712_digest(&h, &domain, t, &v, &e), &e, ERR_SCHEMA,
		   "2 values where (uint8,uint8[2],(bytes4)[]) has 3");
	assert_err(eip712_digest(&h, &domain, t->fields[1].type, &v, &e), &e,
		   ERR_SCHEMA, "uint8[2] is no struct");
	struct buf text = BUF_INIT(4);

	assert_err(eip712_type_text(&text, t->fields[0].type, &e), &e,
		   ERR_SCHEMA, "uint8 is no struct");
	assert_err(eip712_type_text(&text, t, &e), &e, ERR_LIMIT,
		   "EIP-712 type is larger than 4 bytes");
	buf_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(published_vectors),
	    cmocka_unit_test(domains_with_fewer_members),
	    cmocka_unit_test(types_both_ways),
	    cmocka_unit_test(labels_of_compilers_count),
	    cmocka_unit_test(broken_types),
	    cmocka_unit_test(depth_and_number_are_bounded),
	    cmocka_unit_test(two_structs_of_one_name),
	    cmocka_unit_test(values_are_checked),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
