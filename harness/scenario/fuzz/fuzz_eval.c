#include "base/base.h"

#include "scenario/expr.h"
#include "scenario/match.h"

int fuzz_one(const uint8_t *data, size_t n);

static const char *const types[] = { "uint8",  "int256", "bytes4", "bytes",
				     "string", "bool",	 "address", "uint8[2]",
				     "(uint8 a, bytes b)" };

/* What a value is, it matches itself; and what the ABI took can be encoded. */
static void use(struct eval_env *env, const struct value *v)
{
	struct buf out = BUF_INIT(1 << 16);
	struct err e = ERR_INIT;
	bool ok = false;

	value_format(&out, v, NULL);
	if (!match(&ok, NULL, env, v, v, &e))
		ASSERT(e.text[0]);
	e = ERR_INIT;
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		const struct abi_type *t = NULL;
		struct abi_field field = { .name = "" };
		struct abi_type tuple = { .kind = ABI_TUPLE, .fields_n = 1,
					  .fields = &field, .name = "(x)" };
		struct abi_val val, all = { .items = &val, .len = 1 };

		ASSERT(abi_type_parse(&t, env->arena, types[i], &e));
		field.type = t;
		buf_clear(&out);
		if (value_to_abi(&val, env, v, t, &e))
			ASSERT(abi_encode(&out, &tuple, &all, &e));
	}
	buf_done(&out);
}

/* An expression from anywhere: parsed, evaluated, printed, converted. */
int fuzz_one(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new();
	struct eval_env env = { .arena = a };
	struct scope scope = { .outer = NULL };
	struct src_pos pos = { "fuzz", 1, 1 };
	struct value five = value_u64(5, UNIT_NONE);
	struct err e = ERR_INIT;
	const char *text = arena_strndup(a, (const char *)data, n);
	const struct expr *x;
	struct value v;

	if (n > 4096 || strlen(text) != n) {
		arena_free(a);
		return 0;
	}
	scope_set(&scope, "a", &five);
	x = expr_text(a, text, pos);
	if (eval(&v, &env, &scope, x, &e))
		use(&env, &v);
	else
		ASSERT(e.code != ERR_NONE && e.text[0]);
	ASSERT(env.depth == 0);
	e = ERR_INIT;
	if (!eval_text(&text, &env, &scope, expr_template(a, text, pos), &e))
		ASSERT(e.text[0]);
	scope_done(&scope);
	arena_free(a);
	return 0;
}
