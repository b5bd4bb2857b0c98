#include "test/kit.h"

#include "base/base.h"

#include "scenario/test/fake.h"

/* The value of @text, printed. */
static const char *value_of(struct fake *f, const char *text)
{
	struct buf b = BUF_INIT(4000);
	struct err e = ERR_INIT;
	struct value v;
	const char *s;

	assert_ok(eval(&v, &f->env, &f->scope, fake_expr(f, text), &e), &e);
	value_format(&b, &v, &f->env.names);
	s = arena_strdup(f->env.arena, buf_str(&b));
	buf_done(&b);
	return s;
}

struct pair {
	const char *text, *want;
};

static void expressions_have_values(void **state)
{
	static const struct pair pairs[] = {
		{ "1_000", "1000" },
		{ "5%", "5%" },
		{ "1.5 TOK", "1.5 TOK" },
		{ "1.5 USD", "1.5 USD" },
		{ "1 USD + 1", "1.000001 USD" },
		{ "31 minutes", "1860 seconds" },
		{ "head + 2", "block(102)" },
		{ "head - block(90)", "10 blocks" },
		{ "1000 TOK * 95% ", "950000000000000000000 TOK" },
		{ "floor(1000 TOK * 95% / 100%)", "950 TOK" },
		{ "ceil(7 / 2)", "4" },
		{ "floor(-7 / 2)", "-4" },
		{ "floor(5)", "5" },
		{ "floor(950 TOK * floor(45% * 100% / 95%) / 100%)",
		  "449.99999999999999955 TOK" },
		{ "0x0a + 1", "11" },
		{ "0x1 + 1", "2" },
		{ "-$five", "-5" },
		{ "$list.1", "8" },
		{ "$list.($i)", "8" },
		{ "$map.inner.deep", "\"x\"" },
		{ "$map.$who", "\"hers\"" },
		{ "$window.last", "block(12)" },
		{ "$before.last", "block(12)" },
		{ "$actors.tee", "[alice.tee, bob.tee]" },
		{ "$amount.token", "TOK" },
		{ "1..3", "[1, 2, 3]" },
		{ "every token", "[TOK, USD]" },
		{ "every operator", "[alice, bob, dora]" },
		{ "alice", "alice" },
		{ "avs#1", "avs#1" },
		{ "alice.allocated.TOK@avs#1", "alice.allocated.TOK@avs#1" },
		{ "oracle.counter()", "7" },
		{ "oracle.details(3).end", "3" },
		{ "oracle.details(3).answered", "true" },
		{ "oracle.details(3).0 == carol", "true" },
		{ "oracle.Paused", "oracle.Paused" },
		{ "oracle.report(1)", "oracle.report(1)" },
		{ "Panic(0x32)", "Panic(0x32)" },
		{ "Nothing()", "Nothing()" },
		{ "uint8()", "uint8()" },
		/* One leaf is the root; two are hashed in their order. */
		{ "merkle([keccak(\"\")]).root == keccak(\"\")", "true" },
		{ "length(merkle([keccak(\"\")]).proofs.0)", "0" },
		{ "merkle([keccak(0x01), keccak(0x02)]).root == "
		  "keccak(pack(keccak(0x01), keccak(0x02)))",
		  "true" },
		{ "merkle([keccak(0x01), keccak(0x02)]).proofs.1 == "
		  "keccak(0x01)",
		  "true" },
		/* A third leaf has a zero beside it. */
		{ "merkle([bytes32(0), bytes32(0), keccak(0x01)]).root == "
		  "keccak(pack(keccak(pack(bytes32(0), bytes32(0))), "
		  "keccak(pack(keccak(0x01), bytes32(0)))))",
		  "true" },
		{ "SomeWord", "SomeWord" },
		{ "v0.x", "v0.x" },
		{ "one two", "\"one two\"" },
		{ "not 5", "not 5" },
		{ "not true", "false" },
		{ "1 == 1 and 2 > 1", "true" },
		{ "1 == 2 or 2 > 1", "true" },
		/* A bare number counts the smallest of what it meets. */
		{ "100% == 1", "false" },
		{ "100% == 1_000_000_000_000_000_000", "true" },
		{ "1 TOK == 1", "false" },
		{ "1 USD == 1_000_000", "true" },
		{ "false and $nothing_of_that_name", "false" },
		{ "\"ab\" has \"b\"", "true" },
		{ "\"v1\" matches \"^v[0-9]$$\"", "true" },
		{ "[1, 2] has 2", "true" },
		{ "min(3, 2, 5)", "2" },
		{ "max(3 TOK, 5 TOK)", "5 TOK" },
		{ "length(0x010203)", "3" },
		{ "flip(0x0102, 1)", "0x0103" },
		{ "slice(0x01020304, 1, 2)", "0x0203" },
		{ "hex(0x0aff)", "\"0aff\"" },
		{ "text(5)", "\"5\"" },
		{ "count([1, 2])", "2" },
		{ "count(Asked)", "1" },
		{ "sum([1, [2, 3], []])", "6" },
		{ "sum([1 TOK, 2 TOK])", "3 TOK" },
		{ "sum([])", "0" },
		{ "every actor has carol and not (every operator) has carol",
		  "true" },
		{ "sort([3, 1, 2])", "[1, 2, 3]" },
		{ "uint32(5)", "5" },
		{ "bytes4(0)", "0x00000000" },
		{ "address(0) == 0x0000000000000000000000000000000000000000",
		  "true" },
		/* RFC 4648 section 10 */
		{ "base64(\"\")", "\"\"" },
		{ "base64(\"f\")", "\"Zg==\"" },
		{ "base64(\"fo\")", "\"Zm8=\"" },
		{ "base64(\"foo\")", "\"Zm9v\"" },
		{ "base64(\"foobar\")", "\"Zm9vYmFy\"" },
		/* Keccak-256 and SHA-256 of the empty text */
		{ "keccak(\"\")", "0xc5d2460186f7233c927e7db2dcc703c0e500b653c"
				  "a82273b7bfad8045d85a470" },
		{ "sha256(\"\")", "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e46"
				  "49b934ca495991b7852b855" },
		{ "pack(0x01, uint16(2), true)", "0x01000201" },
		{ "json(\"[1, -2, null, true, 1.5]\")",
		  "[1, -2, none, true, \"1.5\"]" },
		{ "json(\"{}\").missing", "none" },
		{ "text([1, \"a\", true, none])",
		  "\"[1,\\\"a\\\",true,null]\"" },
		{ "text($map)", "\"{\\\"inner\\\":{\\\"deep\\\":\\\"x\\\"},"
				"\\\"alice\\\":\\\"hers\\\"}\"" },
		{ "text(0x6162)", "\"ab\"" },
		{ "text(alice)", "\"alice\"" },
		{ "length(\"abc\")", "3" },
		{ "length([1, 2])", "2" },
		{ "sort([bob, alice])", "[alice, bob]" },
		{ "sort([[bob, 1], [alice, 2]])", "[[alice, 2], [bob, 1]]" },
		{ "sort([0x02, 0x01])", "[0x01, 0x02]" },
		{ "time(5)", "time(5)" },
		{ "time(5 seconds)", "time(5)" },
		{ "abi(alice)", "0x000000000000000000000000616161616161616161"
				"6161616161616161616161" },
		{ "pack(\"ab\", -1)",
		  "0x6162fffffffffffffffffffffffffffffffffffffffffffffffff"
		  "fffffffffffffff" },
		{ "length(abi(avs#1))", "64" },
		{ "length(abi(oracle.details(3)))", "96" },
		{ "max(\"1.8\", \"1.12\")", "\"1.12\"" },
		{ "1 == \"1\"", "false" },
		{ "0x0a == 10", "true" },
		{ "carol == oracle.issuer()", "true" },
		{ "none == none", "true" },
		{ "[1] == [1, 2]", "false" },
		{ "$map has \"inner\"", "true" },
		{ "0x0102 has 0x02", "true" },
		{ "none has 1", "false" },
		{ "not (1 == 2)", "true" },
		{ "5 - 7 < 0", "true" },
		{ "abi(uint32(5))", "0x000000000000000000000000000000000000000"
				    "0000000000000000000000005" },
	};
	struct fake f;
	struct err e = ERR_INIT;
	struct value v;

	(void)state;
	fake_new(&f);
	v = value_u64(5, UNIT_NONE);
	scope_set(&f.scope, "five", &v);
	v = value_u64(1, UNIT_NONE);
	scope_set(&f.scope, "i", &v);
	v = value_amount(u256_from_u64(1), "TOK");
	scope_set(&f.scope, "amount", &v);
	v = value_ref(REF_OPERATOR, "alice", 0, 0);
	scope_set(&f.scope, "who", &v);
	assert_ok(eval(&v, &f.env, NULL, fake_yaml(&f, "[7, 8]"), &e), &e);
	scope_set(&f.scope, "list", &v);
	assert_ok(eval(&v, &f.env, NULL, fake_yaml(&f, "[alice, bob]"), &e),
		  &e);
	scope_set(&f.scope, "actors", &v);
	assert_ok(eval(&v, &f.env, NULL,
		       fake_yaml(&f, "{inner: {deep: \"x\"}, alice: \"hers\"}"),
		       &e),
		  &e);
	scope_set(&f.scope, "map", &v);
	assert_ok(eval(&v, &f.env, NULL, fake_yaml(&f, "{through: block(12)}"),
		       &e),
		  &e);
	scope_set(&f.scope, "window", &v);
	assert_ok(eval(&v, &f.env, NULL, fake_yaml(&f, "{before: block(13)}"),
		       &e),
		  &e);
	scope_set(&f.scope, "before", &v);
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		const char *got = value_of(&f, pairs[i].text);

		if (strcmp(got, pairs[i].want) != 0)
			fail_msg("%s gives %s, wanted %s", pairs[i].text, got,
				 pairs[i].want);
	}
	fake_done(&f);
}

struct wrong {
	const char *text;
	enum err_code code;
	const char *part;
	unsigned col;
};

static void mistakes_have_their_place(void **state)
{
	static const struct wrong wrongs[] = {
		{ "1 + $no", ERR_SCHEMA, "there is no $no here", 5 },
		{ "1 TOK + 5%", ERR_SCHEMA, "cannot be added", 1 },
		{ "1 == 1 and 5", ERR_SCHEMA, "wants true or false", 12 },
		{ "2 WAT + 1", ERR_SCHEMA, "`WAT` is no token", 1 },
		{ "1.0000001 USD + 1", ERR_RANGE, "USD has 6 decimals", 1 },
		{ "floor(1 / 2 / 3)", ERR_SCHEMA, "one `/` stands last", 7 },
		{ "floor(1 / 0)", ERR_RANGE, "division by zero", 1 },
		{ "$map.windo", ERR_SCHEMA,
		  "no field `windo`, nearest `window`; there is: window", 1 },
		{ "oracle.nothing()", ERR_SCHEMA,
		  "oracle has no function nothing", 1 },
		{ "oracle.put(1)", ERR_SCHEMA, "2 functions put", 1 },
		{ "oracle.details()", ERR_SCHEMA, "0 arguments for details", 1 },
		{ "oracle.details(alice)", ERR_SCHEMA,
		  "wants uint256, here is `alice`", 16 },
		{ "manager.hash()", ERR_REVERT, "hash reverts", 1 },
		{ "alice.nothing", ERR_SCHEMA, "alice has no nothing", 1 },
		{ "5.field", ERR_SCHEMA, "`5` has no field `field`", 1 },
		{ "it", ERR_SCHEMA, "here is none", 1 },
		{ "slice(0x01, 1, 1)", ERR_RANGE, "1 bytes from 1 on, of 1",
		  1 },
		{ "flip(0x01, 1)", ERR_RANGE, "byte 1 of 1", 1 },
		{ "keccak(5)", ERR_SCHEMA, "wants bytes or a text", 8 },
		{ "keccak()", ERR_SCHEMA, "takes 1 value, here are 0", 1 },
		{ "uint8(256)", ERR_RANGE, "256 does not fit in uint8", 1 },
		{ "merkle([0x01])", ERR_SCHEMA, "leaf 0 is not 32 bytes", 1 },
		{ "rewards_claim(1, 0, address(0), [])", ERR_SCHEMA,
		  "takes what rewards() gave", 1 },
		{ "merkle([])", ERR_SCHEMA, "a list of 1 to", 1 },
		{ "5..1", ERR_RANGE, "goes up", 1 },
		{ "1..1000000", ERR_RANGE, "at most", 1 },
		{ "every cat", ERR_SCHEMA, "operator, actor, token or set", 1 },
		{ "\"a\" matches \"(\"", ERR_PARSE, "regular expression", 1 },
		{ "slice(0x01, alice, 1)", ERR_SCHEMA, "wants a number here",
		  13 },
		{ "sort(5)", ERR_SCHEMA, "wants a list here", 6 },
		{ "sort([\"a\"])", ERR_SCHEMA, "wants address", 1 },
		{ "block(5%)", ERR_SCHEMA, "wants a block number here", 7 },
		{ "json(\"{\")", ERR_PARSE, "json()", 1 },
		{ "abi([1])", ERR_SCHEMA, "wants a value of a known type", 5 },
		{ "text(not 1)", ERR_SCHEMA, "wants text", 1 },
		{ "before(1)", ERR_UNSUPPORTED, "nobody remembers", 1 },
		{ "floor(1, 2)", ERR_SCHEMA, "floor() takes one value", 1 },
		{ "-alice", ERR_SCHEMA, "stands before a number", 1 },
		{ "5(1)", ERR_SCHEMA, "nothing that can be called", 1 },
		{ "alice@avs#0", ERR_SCHEMA, "stands after a field", 1 },
		{ "5 has 1", ERR_SCHEMA, "`5` holds nothing", 1 },
		{ "[1].7", ERR_SCHEMA, "there is no item 7", 1 },
		{ "crypto.p256(1)", ERR_SCHEMA, "no function crypto.p256", 1 },
		{ "$map.inner.dep", ERR_SCHEMA, "nearest `deep`", 1 },
		{ "$(a", ERR_PARSE, "wants `)` here", 4 },
	};
	static const char *const keys[] = { "window", "inner" };
	static const char *const deep[] = { "deep" };
	struct fake f;
	struct value one = value_u64(1, UNIT_NONE);
	struct value members[2] = { one, value_map(deep, &one, 1) };
	struct value map = value_map(keys, members, 2);

	(void)state;
	fake_new(&f);
	scope_set(&f.scope, "map", &map);
	for (size_t i = 0; i < ARRAY_LEN(wrongs); i++) {
		struct err e = ERR_INIT;
		struct value v;
		bool unused = false;
		const struct expr *x = fake_expr(&f, wrongs[i].text);
		bool ok = strstr(wrongs[i].text, " and ")
				  ? eval_true(&unused, &f.env, &f.scope, x, &e)
				  : eval(&v, &f.env, &f.scope, x, &e);

		if (ok || e.code != wrongs[i].code ||
		    !strstr(e.text, wrongs[i].part) ||
		    e.pos.col != wrongs[i].col)
			fail_msg("%s: %s at %u: %s", wrongs[i].text,
				 ok ? "no error" : err_code_name(e.code),
				 e.pos.col, e.text);
	}
	struct err e = ERR_INIT;

	f.env.world = NULL;
	assert_err(eval(&one, &f.env, &f.scope, fake_expr(&f, "every set"), &e),
		   &e, ERR_SCHEMA, "of a world, and there is none");
	fake_done(&f);
}

struct typed {
	const char *text, *type, *want; /* want NULL: part of the error */
	const char *error;
};

static void values_as_the_abi_wants_them(void **state)
{
	static const struct typed list[] = {
		{ "255", "uint8", "255", NULL },
		{ "256", "uint8", NULL, "256 does not fit in uint8" },
		{ "-1", "uint8", NULL, "-1 does not fit in uint8" },
		{ "-128", "int8", "-128", NULL },
		{ "-129", "int8", NULL, "-129 does not fit in int8" },
		{ "128", "int8", NULL, "128 does not fit in int8" },
		{ "127", "int8", "127", NULL },
		{ "5%", "uint64", "50000000000000000", NULL },
		{ "1 TOK", "uint256", "1000000000000000000", NULL },
		{ "19 TOK", "uint64", NULL, "does not fit in uint64" },
		{ "0x10", "uint256", "16", NULL },
		{ "true", "bool", "true", NULL },
		{ "1", "bool", NULL, "wants bool" },
		{ "0x0102", "bytes", "0x0102", NULL },
		{ "0x0102", "bytes2", "0x0102", NULL },
		{ "0x0102", "bytes4", NULL, "wants bytes4, here are 2 bytes" },
		{ "5", "bytes", NULL, "wants bytes" },
		{ "carol", "address", NULL, NULL },
		{ "nobody", "address", NULL, "wants address, here is `nobody`" },
		{ "by the scenario", "string", "\"by the scenario\"", NULL },
		{ "alice", "string", "\"alice\"", NULL },
		{ "5", "string", "\"5\"", NULL },
		{ "[1, 2]", "uint8[]", "[1, 2]", NULL },
		{ "[1, 2]", "uint8[3]", NULL, "wants uint8[3], here are 2" },
		{ "[1, 300]", "uint8[]", NULL, "300 does not fit" },
		{ "{a: 1, b: [0x01]}", "(uint8 a, bytes[] b)", "(1, [0x01])",
		  NULL },
		{ "[1, [0x01]]", "(uint8 a, bytes[] b)", "(1, [0x01])", NULL },
		{ "{a: 1}", "(uint8 a, bytes[] b)", NULL, "`b` of" },
		{ "{a: 1, bb: 2}", "(uint8 a, bytes[] b)", NULL,
		  "has no `bb`" },
		{ "{b: [], ...: $s}", "(uint8 a, bytes[] b)", "(9, [])",
		  NULL },
		{ "$s", "(uint8 a, bytes[] b)", "(9, [0x07])", NULL },
		{ "avs#1", "(address avs, uint32 id)", NULL, NULL },
		{ "avs#1", "(uint32 avs, uint32 id)", NULL,
		  "wants (uint32,uint32), here is `avs#1`" },
	};
	static const char *const keys[] = { "a", "b" };
	static const uint8_t seven[] = { 7 };
	struct value inner = value_bytes(seven, 1);
	struct value items[2] = { value_u64(9, UNIT_NONE),
				  value_list(&inner, 1) };
	struct value s = value_map(keys, items, 2);
	struct fake f;

	(void)state;
	fake_new(&f);
	scope_set(&f.scope, "s", &s);
	for (size_t i = 0; i < ARRAY_LEN(list); i++) {
		const struct abi_type *type = NULL;
		const struct expr *x = fake_yaml(&f, list[i].text);
		struct buf b = BUF_INIT(1000);
		struct err e = ERR_INIT;
		struct abi_val v;

		assert_ok(abi_type_parse(&type, f.env.arena, list[i].type, &e),
			  &e);
		if (list[i].error) {
			if (eval_abi(&v, &f.env, &f.scope, x, type, &e) ||
			    !strstr(e.text, list[i].error) || !e.pos.line)
				fail_msg("%s as %s: %s", list[i].text,
					 list[i].type, e.text);
			continue;
		}
		assert_ok(eval_abi(&v, &f.env, &f.scope, x, type, &e), &e);
		if (list[i].want) {
			struct value back = value_of_abi(f.env.arena, type,
							 &v);

			value_format(&b, &back, NULL);
			if (type->kind == ABI_TUPLE) {
				buf_clear(&b);
				abi_format(&b, type, &v);
			}
		}
		if (list[i].want && type->kind != ABI_TUPLE &&
		    strcmp(buf_str(&b), list[i].want) != 0)
			fail_msg("%s as %s: %s", list[i].text, list[i].type,
				 buf_str(&b));
		/* Whatever was accepted can be encoded. */
		buf_clear(&b);
		assert_ok(abi_encode(&b, &(struct abi_type){
				  .kind = ABI_TUPLE, .fields_n = 1,
				  .fields = &(struct abi_field){ "", type,
								 false },
				  .name = "(x)" },
			  &(struct abi_val){ .items = &v, .len = 1 }, &e),
			  &e);
		buf_done(&b);
	}
	fake_done(&f);
}

static void structs_keep_what_they_do_not_name(void **state)
{
	static const char *const keys[] = { "a", "b" };
	struct value items[2] = { value_u64(1, UNIT_NONE),
				  value_u64(2, UNIT_NONE) };
	struct value s = value_map(keys, items, 2), v;
	struct err e = ERR_INIT;
	struct fake f;
	struct buf b = BUF_INIT(200);

	(void)state;
	fake_new(&f);
	scope_set(&f.scope, "s", &s);
	assert_ok(eval(&v, &f.env, &f.scope,
		       fake_yaml(&f, "{c: 3, b: 9, ...: $s}"), &e),
		  &e);
	value_format(&b, &v, NULL);
	assert_string_equal(buf_str(&b), "{a: 1, b: 9, c: 3}");
	assert_err(eval(&v, &f.env, &f.scope, fake_yaml(&f, "{...: 5}"), &e),
		   &e, ERR_SCHEMA, "`...` takes a struct");
	buf_done(&b);
	fake_done(&f);
}

static void calls_find_their_function(void **state)
{
	struct call_ready r;
	struct err e = ERR_INIT;
	struct fake f;
	struct value v;

	(void)state;
	fake_new(&f);
	assert_ok(eval_call(&r, &f.env, &f.scope,
			    fake_expr(&f, "oracle.ask(alice, 0x01)"), &e),
		  &e);
	assert_string_equal(r.fn->signature, "ask(address,bytes)");
	assert_string_equal(r.contract.text, "oracle");
	assert_int_equal(r.args[1].len, 1);
	assert_ok(eval_call(&r, &f.env, &f.scope,
			    fake_expr(&f, "oracle.put(address)(alice)"), &e),
		  &e);
	assert_string_equal(r.fn->signature, "put(address)");
	/* A call that came through a column of cases. */
	assert_ok(eval(&v, &f.env, &f.scope,
		       fake_yaml(&f, "{oracle.report: [5]}"), &e),
		  &e);
	scope_set(&f.scope, "call", &v);
	assert_ok(eval_call(&r, &f.env, &f.scope, fake_expr(&f, "$call"), &e),
		  &e);
	assert_string_equal(r.fn->signature, "report(uint256)");
	assert_int_equal(r.args[0].word.w[0], 5);
	assert_ok(eval(&v, &f.env, &f.scope,
		       fake_expr(&f, "oracle.report(6)"), &e),
		  &e);
	scope_set(&f.scope, "call", &v);
	assert_ok(eval_call(&r, &f.env, &f.scope, fake_expr(&f, "$call"), &e),
		  &e);
	assert_int_equal(r.args[0].word.w[0], 6);
	assert_err(eval_call(&r, &f.env, &f.scope,
			     fake_expr(&f, "alice.report(1)"), &e),
		   &e, ERR_SCHEMA, "`alice` has no known interface");
	assert_err(eval_call(&r, &f.env, &f.scope, fake_expr(&f, "5"), &e),
		   &e, ERR_SCHEMA, "wants a call, here is `5`");
	fake_done(&f);
}

static bool counted(struct value *ret, void *ctx, const struct value *of,
		    const char *name, const struct value *args, size_t n,
		    struct err *e)
{
	(void)of, (void)name, (void)args, (void)n, (void)e;
	++*(size_t *)ctx;
	*ret = value_u64(1, UNIT_NONE);
	return true;
}

/* What stands in a call that nobody has, a pattern, is a question, too. */
static void arguments_are_asked_for_once(void **state)
{
	struct fake f;
	struct err e = ERR_INIT;
	struct value v;
	size_t n = 0;

	(void)state;
	fake_new(&f);
	f.env.method = counted;
	f.env.ctx = &n;
	assert_ok(eval(&v, &f.env, &f.scope,
		       fake_expr(&f, "Oh(Ah(No(Yes(txs(alice)), txs(bob))))"),
		       &e),
		  &e);
	assert_int_equal(n, 2);
	fake_done(&f);
}

static void texts_are_filled_in(void **state)
{
	static const struct pair pairs[] = {
		{ "plain words", "plain words" },
		{ "id $n of $who.", "id 5 of alice." },
		{ "$(1 + $n)", "6" },
		{ "name", "name" },
		{ "0x0a", "0x0a" },
		{ "alice", "alice" },
		{ "5 TOK", "5 TOK" },
		{ "hex(0x0a)", "0a" },
	};
	struct value n = value_u64(5, UNIT_NONE);
	struct value who = value_ref(REF_OPERATOR, "alice", 0, 0);
	struct err e = ERR_INIT;
	const char *text;
	struct fake f;

	(void)state;
	fake_new(&f);
	scope_set(&f.scope, "n", &n);
	scope_set(&f.scope, "who", &who);
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		assert_ok(eval_text(&text, &f.env, &f.scope,
				    fake_expr(&f, pairs[i].text), &e),
			  &e);
		assert_string_equal(text, pairs[i].want);
	}
	fake_done(&f);
}

static void scopes_nest(void **state)
{
	struct value one = value_u64(1, UNIT_NONE);
	struct value two = value_u64(2, UNIT_NONE);
	struct scope outer = { .outer = NULL }, inner = { .outer = &outer };

	(void)state;
	scope_set(&outer, "a", &one);
	scope_set(&inner, "b", &two);
	assert_int_equal(scope_get(&inner, "a")->num.w[0], 1);
	assert_null(scope_get(&outer, "b"));
	scope_set(&outer, "a", &two);
	assert_int_equal(scope_get(&inner, "a")->num.w[0], 2);
	scope_done(&inner);
	scope_done(&outer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(expressions_have_values),
		cmocka_unit_test(mistakes_have_their_place),
		cmocka_unit_test(values_as_the_abi_wants_them),
		cmocka_unit_test(structs_keep_what_they_do_not_name),
		cmocka_unit_test(calls_find_their_function),
		cmocka_unit_test(arguments_are_asked_for_once),
		cmocka_unit_test(texts_are_filled_in),
		cmocka_unit_test(scopes_nest),
	};

	if (chdir(kit_fixture("scenarios")))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
