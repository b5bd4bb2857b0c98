/*
 * fake - an environment without a chain: addresses from names, a head of 100,
 * and fields and calls that answer what the tests want to see.
 */
#ifndef SCENARIO_TEST_FAKE_H
#define SCENARIO_TEST_FAKE_H

#include "scenario/expr.h"
#include "scenario/load.h"
#include "scenario/test/abis.h"

struct fake {
	struct abis abis;
	struct diags diags;
	struct library *lib;
	struct eval_env env;
	struct scope scope;
	struct yaml_doc *docs[64];
	size_t docs_n;
};

/* alice is 0xa1…, any other name's address is its first letter repeated. */
static bool fake_address(struct addr20 *ret, void *ctx,
			 const struct value *ref, struct err *e)
{
	(void)ctx;
	(void)e;
	memset(ret->b, ref->text[0], sizeof(ret->b));
	return true;
}

static bool fake_name(struct value *ret, bool *ret_known, void *ctx,
		      const char *name, struct err *e)
{
	(void)ctx;
	(void)e;
	*ret_known = !strcmp(name, "head");
	if (*ret_known)
		*ret = value_u64(100, UNIT_BLOCK);
	return true;
}

/* A field of an actor is text that says which: "alice.tee". */
static bool fake_field(struct value *ret, void *ctx, const struct value *of,
		       const char *field, const struct value *at,
		       struct err *e)
{
	struct fake *f = ctx;

	if (!strcmp(field, "nothing"))
		return err_set(e, ERR_SCHEMA, 0, "%s has no nothing",
			       of->text);
	*ret = value_opaque(arena_printf(f->env.arena, "%s.%s%s%s", of->text,
					 field, at ? "@" : "",
					 at ? at->text : ""),
			    f);
	return true;
}

/* Views: counter() is 7, issuer() is carol, details(n) is a struct. */
static bool fake_call(struct value *ret, void *ctx,
		      const struct value *contract, const struct abi_entry *fn,
		      const struct abi_val *args, struct err *e)
{
	static const struct addr20 carol = {
		{ 'c', 'c', 'c', 'c', 'c', 'c', 'c', 'c', 'c', 'c',
		  'c', 'c', 'c', 'c', 'c', 'c', 'c', 'c', 'c', 'c' }
	};
	struct fake *f = ctx;
	struct abi_val items[3] = { abi_val_addr(&carol),
				    args ? args[0] : abi_val_u64(0),
				    abi_val_bool(true) };
	struct abi_val v = abi_val_list(items, 3);

	(void)contract;
	if (!strcmp(fn->name, "counter"))
		*ret = value_u64(7, UNIT_NONE);
	else if (!strcmp(fn->name, "issuer"))
		*ret = value_addr(&carol);
	else if (!strcmp(fn->name, "details"))
		*ret = value_of_abi(f->env.arena, fn->out->fields[0].type, &v);
	else
		return err_set(e, ERR_REVERT, 0, "%s reverts", fn->name);
	return true;
}

static bool fake_method(struct value *ret, void *ctx, const struct value *of,
			const char *name, const struct value *args, size_t n,
			struct err *e)
{
	(void)ctx;
	(void)args;
	if (strcmp(name, "count") && !of)
		return err_set(e, ERR_SCHEMA, 0, "there is no function %s",
			       name);
	*ret = value_u64(n, UNIT_NONE);
	return true;
}

static UNUSED void fake_new(struct fake *f)
{
	*f = (struct fake){ .abis = { .n = 0 } };
	diags_init(&f->diags);
	f->lib = library_new(".", &f->diags);
	f->env = (struct eval_env){
		.ctx = f,
		.world = library_scenario(f->lib, "good/everything.yaml")
				 ->world,
		.abis = abis_source(&f->abis),
		.address = fake_address,
		.name = fake_name,
		.field = fake_field,
		.call = fake_call,
		.method = fake_method,
	};
	f->env.arena = f->abis.arena;
	f->env.names.world = f->env.world;
	ASSERT(!f->diags.n);
}

static UNUSED void fake_done(struct fake *f)
{
	scope_done(&f->scope);
	while (f->docs_n)
		yaml_doc_free(f->docs[--f->docs_n]);
	library_free(f->lib);
	diags_done(&f->diags);
	arena_free(f->abis.arena);
}

/* The expression of a scalar as it stands in a file, plain. */
static UNUSED const struct expr *fake_expr(struct fake *f, const char *text)
{
	struct src_pos pos = { "t", 1, 1 };
	struct expr *x = arena_memdup(f->env.arena,
				      library_expr(f->lib, text, pos),
				      sizeof(*x));

	x->raw = arena_strdup(f->env.arena, text);
	return x;
}

/* The node that YAML @text is, for lists and maps. */
static UNUSED const struct expr *fake_yaml(struct fake *f, const char *text)
{
	struct yaml_doc *doc = NULL;
	struct err e = ERR_INIT;
	const struct expr *x;

	if (!yaml_parse(&doc, "t", text, strlen(text), &e)) {
		fprintf(stderr, "%s: %s\n", text, e.text);
		abort();
	}
	x = expr_node(f->env.arena, doc->root);
	/* The tree borrows from the document. */
	ASSERT(f->docs_n < ARRAY_LEN(f->docs));
	f->docs[f->docs_n++] = doc;
	return x;
}

#endif
