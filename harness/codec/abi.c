#include "codec/abi_priv.h"

#include "base/base.h"
#include "base/nearest.h"

/* What one entry of the JSON declares. */
enum entry_kind {
	E_FUNCTION,
	E_EVENT,
	E_ERROR,
	E_CONSTRUCTOR,
	E_RECEIVE,
	E_FALLBACK,
	E__COUNT
};

static const char *const kind_names[E__COUNT] = {
    [E_FUNCTION] = "function", [E_EVENT] = "event",
    [E_ERROR] = "error",       [E_CONSTRUCTOR] = "constructor",
    [E_RECEIVE] = "receive",   [E_FALLBACK] = "fallback",
};

static const char *const mutability_names[] = {
    [ABI_PURE] = "pure",
    [ABI_VIEW] = "view",
    [ABI_NONPAYABLE] = "nonpayable",
    [ABI_PAYABLE] = "payable",
};

/* The index of @name in @names; an error with the nearest otherwise. */
static bool index_of(size_t *ret, const char *name, const char *const *names,
		     size_t n, const char *what, struct err *e)
{
	const char *near;

	for (size_t i = 0; i < n; i++) {
		if (!strcmp(name, names[i])) {
			*ret = i;
			return true;
		}
	}
	near = nearest_name(name, names, n);
	return err_set(e, ERR_SCHEMA, 0,
		       "'%.40s' is no %s; the nearest is '%s'", name, what,
		       near ? near : names[0]);
}

static bool is_identifier(const char *s)
{
	size_t len = strspn(s, "abcdefghijklmnopqrstuvwxyz"
			       "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$");

	return len && !s[len];
}

static bool parse_fields(const struct abi_type **ret, struct arena *a,
			 const json_t *list, const char *what, unsigned depth,
			 struct err *e);

/* internalType without array suffix, where it says more than the type. */
static const struct abi_type *labelled(struct arena *a, const json_t *param,
				       const struct abi_type *t)
{
	const char *text =
	    json_string_value(json_object_get(param, "internalType"));
	struct abi_type *own;
	size_t len;

	if (!text)
		return t;
	len = strcspn(text, "[");
	if (strlen(t->name) == len && !memcmp(text, t->name, len))
		return t;
	own = arena_memdup(a, t, sizeof(*t));
	own->label = arena_strndup(a, text, len);
	return own;
}

/* Many results have none. */
static const char *name_of(struct arena *a, const json_t *param)
{
	const char *name = json_string_value(json_object_get(param, "name"));

	return name && *name ? arena_strdup(a, name) : "";
}

static bool parse_param(struct abi_field *ret, struct arena *a,
			const json_t *param, unsigned depth, struct err *e)
{
	const json_t *indexed = json_object_get(param, "indexed");
	const struct abi_type *t;
	const char *text;
	size_t len;

	if (!json_text_at(&text, param, "type", e))
		return false;
	len = strcspn(text, "[");
	if (len == 5 && !memcmp(text, "tuple", len)) {
		const json_t *parts;

		if (!json_at(&parts, param, "components", e) ||
		    !parse_fields(&t, a, parts, "component", depth + 1, e))
			return false;
	} else if (!abi_make_plain(&t, text, len, e)) {
		return false;
	}
	t = labelled(a, param, t);
	if (!abi_make_arrays(&t, a, text + len, strlen(text + len), e))
		return false;
	*ret = (struct abi_field){
	    .name = name_of(a, param),
	    .type = t,
	    .indexed = json_is_true(indexed),
	};
	return true;
}

/* A list of parameters as TUPLE; no list is an empty one. */
static bool parse_fields(const struct abi_type **ret, struct arena *a,
			 const json_t *list, const char *what, unsigned depth,
			 struct err *e)
{
	size_t n = json_array_size(list);
	struct abi_field *fields = ARENA_ARRAY(a, struct abi_field, n);

	if (list && !json_is_array(list))
		return err_set(e, ERR_SCHEMA, 0, "the %ss are no list", what);
	if (depth > ABI_DEPTH_MAX)
		return err_set(e, ERR_LIMIT, 0,
			       "types are nested deeper than %d",
			       ABI_DEPTH_MAX);
	for (size_t i = 0; i < n; i++)
		if (!parse_param(&fields[i], a, json_array_get(list, i), depth,
				 e))
			return err_ctx(e, "%s %zu", what, i);
	return abi_make_tuple(ret, a, fields, n, e);
}

/* The arguments that a log carries in its data. */
static bool data_of(const struct abi_type **ret, struct arena *a,
		    const struct abi_type *in, struct err *e)
{
	struct abi_field *fields =
	    ARENA_ARRAY(a, struct abi_field, in->fields_n);
	size_t n = 0;

	for (size_t i = 0; i < in->fields_n; i++)
		if (!in->fields[i].indexed)
			fields[n++] = in->fields[i];
	return abi_make_tuple(ret, a, fields, n, e);
}

static bool parse_types(struct abi_entry *ret, struct arena *a, const json_t *j,
			enum entry_kind kind, struct err *e)
{
	if (!parse_fields(&ret->in, a, json_object_get(j, "inputs"), "input", 1,
			  e))
		return false;
	if (kind == E_FUNCTION &&
	    !parse_fields(&ret->out, a, json_object_get(j, "outputs"), "output",
			  1, e))
		return false;
	return kind != E_EVENT || data_of(&ret->data, a, ret->in, e);
}

static bool parse_entry(struct abi_entry *ret, struct arena *a, const json_t *j,
			enum entry_kind kind, struct err *e)
{
	const json_t *mutability = json_object_get(j, "stateMutability");
	struct abi_entry en = {.mutability = ABI_NONPAYABLE};
	const char *name = "constructor";
	size_t i = 0;

	if (kind != E_CONSTRUCTOR && !json_text_at(&name, j, "name", e))
		return false;
	/* Lookups tell a name from a signature by its parenthesis. */
	if (!is_identifier(name))
		return err_set(e, ERR_SCHEMA, 0, "%s '%.80s' is no identifier",
			       kind_names[kind], name);
	if (!parse_types(&en, a, j, kind, e))
		return err_ctx(e, "%s '%s'", kind_names[kind], name);
	if (json_is_string(mutability)) {
		if (!index_of(&i, json_string_value(mutability),
			      mutability_names, ARRAY_LEN(mutability_names),
			      "state mutability", e))
			return err_ctx(e, "%s '%s'", kind_names[kind], name);
		en.mutability = (enum abi_mutability)i;
	}
	en.name = arena_strdup(a, name);
	en.signature = arena_printf(a, "%s%s", name, en.in->name);
	en.topic = keccak256(en.signature, strlen(en.signature));
	memcpy(en.selector, en.topic.b, sizeof(en.selector));
	en.anonymous = json_is_true(json_object_get(j, "anonymous"));
	*ret = en;
	return true;
}

static bool kind_of(enum entry_kind *ret, const json_t *j, struct err *e)
{
	const char *type;
	size_t kind = 0;

	if (!json_text_at(&type, j, "type", e) ||
	    !index_of(&kind, type, kind_names, E__COUNT, "kind of entry", e))
		return false;
	*ret = (enum entry_kind)kind;
	return true;
}

/* The entries of each kind in their order; owned until they are copied. */
struct entries {
	struct abi_entry *items;
	size_t n, cap;
};

static bool parse_all(struct entries lists[E__COUNT], struct arena *a,
		      const json_t *j, struct err *e)
{
	size_t n = json_array_size(j);
	enum entry_kind kind;

	for (size_t i = 0; i < n; i++) {
		const json_t *item = json_array_get(j, i);
		struct abi_entry en = {.name = ""};
		struct entries *list;

		if (!kind_of(&kind, item, e))
			return err_ctx(e, "entry %zu", i);
		/* These two have neither a name nor arguments. */
		if (kind != E_RECEIVE && kind != E_FALLBACK &&
		    !parse_entry(&en, a, item, kind, e))
			return err_ctx(e, "entry %zu", i);
		list = &lists[kind];
		GROW(list->items, list->n, list->cap);
		list->items[list->n++] = en;
	}
	if (lists[E_CONSTRUCTOR].n > 1)
		return err_set(e, ERR_SCHEMA, 0, "there are %zu constructors",
			       lists[E_CONSTRUCTOR].n);
	return true;
}

static const struct abi_entry *keep(struct arena *a, const struct entries *list,
				    size_t *ret_n)
{
	*ret_n = list->n;
	return arena_memdup(a, list->items, list->n * sizeof(*list->items));
}

static bool build(struct abi *ret, struct arena *a,
		  const struct entries lists[E__COUNT], struct err *e)
{
	const struct entries *constructor = &lists[E_CONSTRUCTOR];
	const struct abi_type *none;

	if (!abi_make_tuple(&none, a, NULL, 0, e))
		return false;
	ret->functions = keep(a, &lists[E_FUNCTION], &ret->functions_n);
	ret->events = keep(a, &lists[E_EVENT], &ret->events_n);
	ret->errors = keep(a, &lists[E_ERROR], &ret->errors_n);
	ret->constructor = constructor->n ? constructor->items[0].in : none;
	ret->has_receive = lists[E_RECEIVE].n > 0;
	return true;
}

bool abi_parse(struct abi **ret, struct arena *a, const json_t *j,
	       const char *what, struct err *e)
{
	struct entries lists[E__COUNT] = {{0}};
	struct abi *abi = ARENA_NEW(a, struct abi);
	bool ok;

	if (!json_is_array(j))
		return err_set(e, ERR_SCHEMA, 0, "%s is no list", what);
	ok = parse_all(lists, a, j, e) && build(abi, a, lists, e);
	for (size_t i = 0; i < E__COUNT; i++)
		free(lists[i].items);
	if (!ok)
		return err_ctx(e, "%s", what);
	*ret = abi;
	return true;
}

static const struct abi_entry *find(const struct abi_entry *entries, size_t n,
				    const char *name, size_t *ret_overloads)
{
	const struct abi_entry *found = NULL;
	size_t len = strcspn(name, "("), overloads = 0;

	for (size_t i = 0; i < n; i++) {
		const struct abi_entry *en = &entries[i];

		/* As in name_eq(). */
		if (*en->name != *name || strncmp(en->name, name, len) ||
		    en->name[len])
			continue;
		overloads++;
		if (!found && (!name[len] || !strcmp(en->signature, name)))
			found = en;
	}
	if (ret_overloads)
		*ret_overloads = overloads;
	return found;
}

const struct abi_entry *abi_function(const struct abi *abi, const char *name,
				     size_t *ret_overloads)
{
	return find(abi->functions, abi->functions_n, name, ret_overloads);
}

const struct abi_entry *abi_event(const struct abi *abi, const char *name,
				  size_t *ret_overloads)
{
	return find(abi->events, abi->events_n, name, ret_overloads);
}

const struct abi_entry *abi_error(const struct abi *abi, const char *name,
				  size_t *ret_overloads)
{
	return find(abi->errors, abi->errors_n, name, ret_overloads);
}

static void describe_type(struct buf *out, const struct abi_type *t);

static void describe_fields(struct buf *out, const struct abi_type *t)
{
	buf_addc(out, '(');
	for (size_t i = 0; i < t->fields_n; i++) {
		const struct abi_field *f = &t->fields[i];

		if (i)
			buf_adds(out, ", ");
		describe_type(out, f->type);
		if (f->indexed)
			buf_adds(out, " indexed");
		if (*f->name)
			buf_addf(out, " %s", f->name);
	}
	buf_addc(out, ')');
}

/* As its canonical name, but with the names of struct members. */
static void describe_type(struct buf *out, const struct abi_type *t)
{
	if (t->kind == ABI_TUPLE) {
		describe_fields(out, t);
	} else if (t->kind == ABI_ARRAY) {
		describe_type(out, t->elem);
		buf_adds(out, t->name + strlen(t->elem->name));
	} else {
		buf_adds(out, t->name);
	}
}

void abi_describe(struct buf *out, const struct abi_entry *entry)
{
	buf_adds(out, entry->name);
	describe_fields(out, entry->in);
}
