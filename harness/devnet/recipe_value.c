/* What a recipe writes, as values of ABI types. */
#include "devnet/recipe_priv.h"

#include "base/base.h"

#include "base/hex.h"
#include "base/nearest.h"

/* "no contract `x`; nearest: y": over what the recipe could have meant. */
static bool unknown_name(const struct recipe_names *names,
			 const struct yaml_node *node, const char *wanted,
			 bool constants, struct err *e)
{
	const struct recipe *r = names->recipe;
	const struct recipe_profile *p = names->profile;
	size_t n = 0;
	const char **all = xcalloc(r->contracts_n + r->accounts_n +
				   p->constants_n + 1, sizeof(*all));

	for (size_t i = 0; !constants && i < r->contracts_n; i++)
		all[n++] = r->contracts[i].name;
	for (size_t i = 0; !constants && i < r->accounts_n; i++)
		all[n++] = r->accounts[i];
	for (size_t i = 0; constants && i < p->constants_n; i++)
		all[n++] = p->constants[i].name;
	const char *near = nearest_name(node->text, all, n);

	err_at(e, node->pos, ERR_SCHEMA, "`%s` is no %s%s%s", node->text,
	       wanted, near ? "; nearest: " : "", near ? near : "");
	free(all);
	return false;
}

static bool value_address(struct abi_val *ret, const struct recipe_names *names,
			  const struct yaml_node *node, struct err *e)
{
	const struct recipe *r = names->recipe;
	struct err why = ERR_INIT;
	struct addr20 a;

	if (strncmp(node->text, "0x", 2) == 0) {
		if (!hex_decode(a.b, sizeof(a.b), node->text,
				strlen(node->text), &why))
			return err_at(e, node->pos, why.code,
				      "an address has 40 hex digits: %s",
				      why.text);
		*ret = abi_val_addr(&a);
		return true;
	}
	for (size_t i = 0; i < r->accounts_n; i++)
		if (strcmp(r->accounts[i], node->text) == 0) {
			*ret = abi_val_addr(&names->accounts[i].address);
			return true;
		}
	for (size_t i = 0; i < r->contracts_n; i++) {
		if (strcmp(r->contracts[i].name, node->text) != 0)
			continue;
		if (addr_is_zero(&names->deployed[i].address))
			return err_at(e, node->pos, ERR_SCHEMA,
				      "`%s` is deployed after this; move it up",
				      node->text);
		*ret = abi_val_addr(&names->deployed[i].address);
		return true;
	}
	return unknown_name(names, node, "address, contract or account", false,
			    e);
}

/* Whether @v fits a UINT or INT of @type's size. Recipes have no negatives. */
static bool fits(const struct abi_type *type, struct u256 v)
{
	unsigned bits = type->kind == ABI_INT ? type->size - 1 : type->size;

	return u256_bits(v) <= bits;
}

static bool value_number(struct abi_val *ret, const struct recipe_names *names,
			 const struct abi_type *type,
			 const struct yaml_node *node, struct err *e)
{
	const struct recipe_profile *p = names->profile;
	struct err why = ERR_INIT;
	struct u256 v;
	bool found = false;

	for (size_t i = 0; i < p->constants_n && !found; i++)
		if (strcmp(p->constants[i].name, node->text) == 0) {
			v = p->constants[i].value;
			found = true;
		}
	if (!found && !u256_parse(&v, node->text, strlen(node->text), &why)) {
		if (why.code == ERR_RANGE)
			return err_at(e, node->pos, ERR_RANGE, "%s", why.text);
		return unknown_name(names, node,
				    "number and no constant of the profile",
				    true, e);
	}
	if (!fits(type, v))
		return err_at(e, node->pos, ERR_RANGE, "%s does not fit %s",
			      fmt_u256(v).s, type->name);
	*ret = abi_val_u256(v);
	return true;
}

static bool value_bytes(struct abi_val *ret, struct arena *a,
			const struct abi_type *type,
			const struct yaml_node *node, struct err *e)
{
	CLEANUP(freep) uint8_t *bytes = NULL;
	struct err why = ERR_INIT;
	size_t len;

	if (strncmp(node->text, "0x", 2) != 0 ||
	    !hex_decode_alloc(&bytes, &len, node->text, strlen(node->text),
			      &why))
		return err_at(e, node->pos, ERR_PARSE,
			      "`%s` is not 0x and an even number of hex digits",
			      node->text);
	if (type->kind == ABI_FIXED_BYTES && len != type->size)
		return err_at(e, node->pos, ERR_RANGE,
			      "%zu bytes, and %s has %u", len, type->name,
			      type->size);
	*ret = abi_val_bytes(arena_memdup(a, bytes, len), len);
	return true;
}

/* Quoted it is text; plain it is the one text a recipe has: its release. */
static bool value_text(struct abi_val *ret, const struct recipe_names *names,
		       const struct yaml_node *node, struct err *e)
{
	if (node->style == YAML_PLAIN && strcmp(node->text, "release") != 0)
		return err_at(e, node->pos, ERR_SCHEMA,
			      "quote a text (\"%s\"), or write `release`",
			      node->text);
	*ret = abi_val_text(node->style == YAML_PLAIN ? names->recipe->release :
							node->text);
	return true;
}

static bool value_bool(struct abi_val *ret, const struct yaml_node *node,
		       struct err *e)
{
	bool yes = strcmp(node->text, "true") == 0;

	if (!yes && strcmp(node->text, "false") != 0)
		return err_at(e, node->pos, ERR_SCHEMA,
			      "`%s` is not true or false", node->text);
	*ret = abi_val_bool(yes);
	return true;
}

static bool value_array(struct abi_val *ret, struct arena *a,
			const struct recipe_names *names,
			const struct abi_type *type,
			const struct yaml_node *node, struct err *e)
{
	if (node->kind != YAML_LIST)
		return err_at(e, node->pos, ERR_SCHEMA, "%s is a list",
			      type->name);
	if (type->count != ABI_DYNAMIC && type->count != node->n)
		return err_at(e, node->pos, ERR_SCHEMA,
			      "%zu items, and %s has %zu", node->n, type->name,
			      type->count);
	struct abi_val *items = ARENA_ARRAY(a, struct abi_val, node->n + 1);

	for (size_t i = 0; i < node->n; i++)
		if (!recipe_value(&items[i], a, names, type->elem,
				  node->items[i], e))
			return false;
	*ret = abi_val_list(items, node->n);
	return true;
}

/* A field's name as it stands in the ABI; "" for one that has none. */
static const char *field_name(const struct abi_type *t, size_t i)
{
	return t->fields[i].name ? t->fields[i].name : "";
}

static bool check_fields(const struct abi_type *type,
			 const struct yaml_node *node, struct err *e)
{
	const char **all = xcalloc(type->fields_n + 1, sizeof(*all));
	bool ok = true;

	for (size_t i = 0; i < type->fields_n; i++)
		all[i] = field_name(type, i);
	for (size_t i = 0; ok && i < node->n; i++) {
		const struct yaml_node *key = node->pairs[i].key;
		const char *near = nearest_name(key->text, all, type->fields_n);
		size_t j = 0;

		while (j < type->fields_n && strcmp(all[j], key->text) != 0)
			j++;
		if (j == type->fields_n)
			ok = err_at(e, key->pos, ERR_SCHEMA,
				    "%s has no argument `%s`%s%s", type->name,
				    key->text, near ? "; nearest: " : "",
				    near ? near : "");
	}
	free(all);
	return ok;
}

/* A struct or an argument list: a map by the ABI's names, or by position. */
static bool value_tuple(struct abi_val *ret, struct arena *a,
			const struct recipe_names *names,
			const struct abi_type *type,
			const struct yaml_node *node, struct err *e)
{
	struct abi_val *items =
		ARENA_ARRAY(a, struct abi_val, type->fields_n + 1);

	if (node->kind == YAML_SCALAR)
		return err_at(e, node->pos, ERR_SCHEMA,
			      "%s is a map or a list", type->name);
	if (node->kind == YAML_LIST && node->n != type->fields_n)
		return err_at(e, node->pos, ERR_SCHEMA,
			      "%zu values, and %s has %zu", node->n,
			      type->name, type->fields_n);
	if (node->kind == YAML_MAP && !check_fields(type, node, e))
		return false;
	for (size_t i = 0; i < type->fields_n; i++) {
		const char *name = field_name(type, i);
		const struct yaml_node *v = node->kind == YAML_LIST ?
						    node->items[i] :
						    yaml_get(node, name);

		if (!v)
			return err_at(e, node->pos, ERR_SCHEMA,
				      "%s `%s` is missing",
				      type->fields[i].type->name, name);
		if (!recipe_value(&items[i], a, names, type->fields[i].type, v,
				  e))
			return false;
	}
	*ret = abi_val_list(items, type->fields_n);
	return true;
}

bool recipe_value(struct abi_val *ret, struct arena *a,
		  const struct recipe_names *names, const struct abi_type *type,
		  const struct yaml_node *node, struct err *e)
{
	if (type->kind != ABI_ARRAY && type->kind != ABI_TUPLE &&
	    node->kind != YAML_SCALAR)
		return err_at(e, node->pos, ERR_SCHEMA, "%s is one value",
			      type->name);
	switch (type->kind) {
	case ABI_UINT:
	case ABI_INT:
		return value_number(ret, names, type, node, e);
	case ABI_BOOL:
		return value_bool(ret, node, e);
	case ABI_ADDRESS:
		return value_address(ret, names, node, e);
	case ABI_FIXED_BYTES:
	case ABI_BYTES:
		return value_bytes(ret, a, type, node, e);
	case ABI_STRING:
		return value_text(ret, names, node, e);
	case ABI_ARRAY:
		return value_array(ret, a, names, type, node, e);
	case ABI_TUPLE:
		return value_tuple(ret, a, names, type, node, e);
	case ABI_KIND__COUNT:
		break;
	}
	ASSERT(!"an ABI type of a kind that exists");
	return false;
}
