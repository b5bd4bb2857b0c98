/*
 * Calls of contracts: whether there is such a function, and what it returns.
 */
#include "base/base.h"
#include "scenario/check_priv.h"

static bool is_core(const struct checker *c, const char *contract)
{
	size_t i = 0;

	return world_find(c->world, contract, &i, NULL) != REF_CONTRACT ||
	       c->world->contracts[i].core;
}

static const struct abi_entry *find_function(struct checker *c,
					     const struct expr *callee,
					     const char *contract,
					     const char *name)
{
	const struct abi *abi = check_abi(c, contract);
	size_t same = 0;
	uint32_t width = 0;
	struct src_pos pos = check_last_name(callee, &width);
	const struct abi_entry *fn;

	if (!abi) {
		/* Of the world's own, check_given() says so, and once. */
		if (is_core(c, contract))
			check_note(c, pos, width, NULL,
				   "%s has no known interface (artifact %s)",
				   contract,
				   world_artifact(c->world, contract));
		return NULL;
	}
	fn = abi_function(abi, name, &same);
	if (fn && same > 1 && !strchr(name, '('))
		check_note(c, pos, width, NULL,
			   "%s has %zu functions %s: name the one meant with "
			   "its types, as in %s",
			   contract, same, name, fn->signature);
	if (fn)
		return same > 1 && !strchr(name, '(') ? NULL : fn;
	check_note(c, pos, width,
		   check_nearest_entry(c, abi, ENTRY_FUNCTION, name),
		   "%s has no function %s", contract, name);
	return NULL;
}

/* `f` or `f(types)` of `contract.f(types)(arguments)`. */
const char *check_callee(struct checker *c, const struct expr *callee,
			 const struct expr **ret_field)
{
	struct buf b = BUF_INIT(4096);
	const char *name;

	*ret_field = callee;
	if (callee->kind != EXPR_CALL)
		return callee->name;
	*ret_field = callee->left;
	if (!callee->left->name)
		return NULL;
	buf_addf(&b, "%s(", callee->left->name);
	for (size_t i = 0; i < callee->n; i++)
		buf_addf(&b, "%s%s", i ? "," : "",
			 callee->items[i]->name ? callee->items[i]->name
						: "?");
	buf_addc(&b, ')');
	name = arena_strdup(c->arena, buf_str(&b));
	buf_done(&b);
	return name;
}

/* A contract of the world, or any token where only the kind is known. */
const char *check_contract(struct checker *c, const struct type *t)
{
	if (t->kind != TYPE_REF)
		return NULL;
	if (!t->text && t->ref == REF_TOKEN && c->world->tokens_n)
		return c->world->tokens[0].name;
	return t->text && world_artifact(c->world, t->text) ? t->text : NULL;
}

void check_all(struct checker *c, const struct frame *f, const struct expr *x)
{
	for (size_t i = 0; i < x->n; i++)
		(void)check_expr(c, f, x->items[i]);
}

/* `report(1)`: whose it is may be known. */
static void no_contract(struct checker *c, const struct expr *x,
			const char *name)
{
	const struct abi_entry *entry = NULL;
	const char *of[1];
	const bool known = name && check_declarers(c, ENTRY_FUNCTION, name, of,
						   ARRAY_LEN(of), &entry);

	check_at(c, x,
		 known ? arena_printf(c->arena, "%s.%s", of[0], name) : NULL,
		 "a call says whose function it is: `contract.function(…)`");
}

const struct abi_entry *check_call(struct checker *c, const struct frame *f,
				   const struct expr *x,
				   const char **ret_contract)
{
	const struct expr *field;
	const char *name, *contract;
	const struct abi_entry *fn;
	const struct type *base;

	name = check_callee(c, x->left, &field);
	if (!name || field->kind != EXPR_FIELD) {
		no_contract(c, x, name);
		return NULL;
	}
	base = check_expr(c, f, field->left);
	contract = check_contract(c, base);
	if (!contract) {
		if (base->kind == TYPE_WORD)
			check_at(c, field->left,
				 check_nearest_name(c, base->text),
				 "there is no contract `%s` in this world",
				 base->text);
		else if (base->kind != TYPE_ANY)
			check_at(c, field->left, NULL,
				 "`%s` is %s, which has no functions",
				 check_source(c, field->left),
				 type_text(c, base));
		check_all(c, f, x);
		return NULL;
	}
	*ret_contract = contract;
	fn = find_function(c, field, contract, name);
	if (fn)
		check_args(c, f, x, fn, false);
	else
		check_all(c, f, x);
	return fn;
}

const struct type *check_result(struct checker *c, const struct abi_entry *fn)
{
	if (!fn || !fn->out)
		return &TYPE_ANYTHING;
	return fn->out->fields_n == 1
		       ? type_of_abi(c, fn->out->fields[0].type)
		       : type_of_abi(c, fn->out);
}
