#include "scenario/match.h"

#include <regex.h>

#include "base/base.h"
#include "base/hex.h"
#include "scenario/eval_priv.h"

/* A comparison under way. */
struct job {
	struct eval_env *env;
	struct mismatch *diff; /* or NULL */
	bool exact;	       /* `==`: maps need the same members */
	char path[128];
};

static bool compare(struct job *j, bool *ret, const struct value *p,
		    const struct value *a, struct err *e);

static const char *shown(struct job *j, const struct value *v)
{
	struct buf b = BUF_INIT(2000);
	const char *s;

	value_format(&b, v, &j->env->names);
	s = arena_strdup(j->env->arena, buf_str(&b));
	buf_done(&b);
	return s;
}

/* Notes where and how; the first mismatch is the one that is told. */
static bool differs(struct job *j, bool *ret, const char *expected,
		    const struct value *actual)
{
	*ret = false;
	if (!j->diff)
		return true;
	snprintf(j->diff->path, sizeof(j->diff->path), "%s", j->path);
	j->diff->expected = expected;
	j->diff->actual = actual ? shown(j, actual) : "absent";
	return true;
}

static bool unlike(struct job *j, bool *ret, const struct value *p,
		   const struct value *a)
{
	struct value expected = value_beside(j->env->arena, p, a);
	struct value actual = value_beside(j->env->arena, a, p);

	return differs(j, ret, shown(j, &expected), &actual);
}

static bool verdict(struct job *j, bool *ret, bool ok, const struct value *p,
		    const struct value *a)
{
	*ret = ok;
	return ok || unlike(j, ret, p, a);
}

static bool has_address(const struct value *v)
{
	return v->kind == VALUE_ADDRESS || v->kind == VALUE_REF ||
	       v->kind == VALUE_OPAQUE ||
	       (v->kind == VALUE_BYTES && v->len == 20);
}

static bool same_address(struct job *j, bool *ret, const struct value *p,
			 const struct value *a, struct err *e)
{
	struct abi_type type = { .kind = ABI_ADDRESS, .name = "address" };
	struct abi_val x, y;

	if (p->kind == VALUE_REF && a->kind == VALUE_REF &&
	    !strcmp(p->text, a->text)) {
		*ret = true;
		return true;
	}
	if (!value_to_abi(&x, j->env, p, &type, e) ||
	    !value_to_abi(&y, j->env, a, &type, e))
		return false;
	*ret = u256_eq(x.word, y.word);
	return true;
}

static bool is_text(const struct value *v)
{
	return v->kind == VALUE_TEXT || v->kind == VALUE_WORD;
}

/* JSON writes bytes as hex text. */
static bool bytes_are_text(const struct value *bytes, const struct value *text)
{
	const uint8_t *p = bytes->kind == VALUE_ADDRESS ? bytes->addr.b
							: bytes->bytes;
	size_t n = bytes->kind == VALUE_ADDRESS ? sizeof(bytes->addr.b)
						: bytes->len;
	struct err ignored = ERR_INIT;
	uint8_t *decoded = NULL;
	size_t len = 0;
	bool same;

	if (strncmp(text->text, "0x", 2) != 0 ||
	    !hex_decode_alloc(&decoded, &len, text->text, strlen(text->text),
			      &ignored))
		return false;
	same = len == n && (!n || !memcmp(decoded, p, n));
	free(decoded);
	return same;
}

static bool as_number(struct value *ret, const struct value *v)
{
	*ret = *v;
	if (v->kind == VALUE_BYTES && v->len <= 32)
		*ret = value_int(u256_from_be(v->bytes, v->len), UNIT_NONE);
	return ret->kind == VALUE_INT;
}

static bool same_number(struct job *j, bool *ret, const struct value *p,
			const struct value *a, struct err *e)
{
	int order = 1;

	(void)j;
	if (!value_order(&order, p, a, e))
		return false;
	*ret = order == 0;
	return true;
}

static bool compare_scalar(struct job *j, bool *ret, const struct value *p,
			   const struct value *a, struct err *e)
{
	struct value pn, an;
	bool ok = false;

	if (p->kind == VALUE_BYTES && a->kind == VALUE_BYTES)
		ok = p->len == a->len &&
		     (!p->len || !memcmp(p->bytes, a->bytes, p->len));
	else if (has_address(p) && has_address(a)) {
		if (!same_address(j, &ok, p, a, e))
			return false;
	} else if (is_text(a) && (p->kind == VALUE_BYTES ||
				  p->kind == VALUE_ADDRESS))
		ok = bytes_are_text(p, a);
	else if (is_text(p) && (a->kind == VALUE_BYTES ||
				a->kind == VALUE_ADDRESS))
		ok = bytes_are_text(a, p);
	else if ((is_text(p) || p->kind == VALUE_REF) &&
		 (is_text(a) || a->kind == VALUE_REF))
		ok = !strcmp(p->text, a->text);
	else if (p->kind == VALUE_BOOL && a->kind == VALUE_BOOL)
		ok = p->truth == a->truth;
	else if (as_number(&pn, p) && as_number(&an, a)) {
		if (!same_number(j, &ok, &pn, &an, e))
			return false;
	} else
		ok = p->kind == VALUE_NONE && a->kind == VALUE_NONE;
	return verdict(j, ret, ok, p, a);
}

/* A step down: "body", then "body.status". */
static size_t enter(struct job *j, const char *key)
{
	size_t n = strlen(j->path);

	snprintf(j->path + n, sizeof(j->path) - n, "%s%s", n ? "." : "", key);
	return n;
}

/* Tuples are written as lists too, whether their members have names or not. */
static bool is_listed(const struct value *a)
{
	return a->kind == VALUE_LIST || (a->kind == VALUE_MAP && a->type);
}

static bool compare_list(struct job *j, bool *ret, const struct value *p,
			 const struct value *a, struct err *e)
{
	if (!is_listed(a) || a->len != p->len)
		return unlike(j, ret, p, a);
	*ret = true;
	for (size_t i = 0; *ret && i < p->len; i++) {
		char key[24];
		size_t n;

		snprintf(key, sizeof(key), "%zu", i);
		n = enter(j, key);
		if (!compare(j, ret, &p->items[i], &a->items[i], e))
			return false;
		j->path[n] = '\0';
	}
	return true;
}

static bool is_absent_ok(const struct value *p)
{
	return value_is_word(p, "none") || p->kind == VALUE_NONE;
}

static bool compare_member(struct job *j, bool *ret, const char *key,
			   const struct value *p, const struct value *a,
			   struct err *e)
{
	size_t n = enter(j, key);
	bool ok = true;

	if (a)
		ok = compare(j, ret, p, a, e);
	else if (is_absent_ok(p))
		*ret = true;
	else if (p->kind == VALUE_NOT && !is_absent_ok(&p->items[0]))
		*ret = true;
	else
		ok = differs(j, ret, shown(j, p), NULL);
	j->path[n] = '\0';
	return ok;
}

/* Members of @a that @p does not name. */
static const char *unnamed(const struct value *p, const struct value *a)
{
	for (size_t i = 0; i < a->len; i++)
		if (!value_get(p, a->keys[i]))
			return a->keys[i];
	return NULL;
}

static bool compare_map(struct job *j, bool *ret, const struct value *p,
			const struct value *a, struct err *e)
{
	bool closed = j->exact;

	if (a->kind != VALUE_MAP)
		return unlike(j, ret, p, a);
	*ret = true;
	for (size_t i = 0; *ret && i < p->len; i++) {
		const char *key = p->keys[i];

		if (!strcmp(key, "...")) {
			closed = value_is_word(&p->items[i], "none");
			continue;
		}
		if (!compare_member(j, ret, key, &p->items[i],
				    value_get(a, key), e))
			return false;
	}
	if (*ret && closed && unnamed(p, a)) {
		const char *extra = unnamed(p, a);

		enter(j, extra);
		return differs(j, ret, "nothing of that name",
			       value_get(a, extra));
	}
	return true;
}

static bool at_bound(struct job *j, bool *ret, const struct value *p,
		     const struct value *a, bool least, struct err *e)
{
	const struct value *bound = &p->items[0];
	int order = 0;

	if (a->kind != VALUE_INT)
		return unlike(j, ret, p, a);
	if (!value_order(&order, a, bound, e))
		return false;
	return verdict(j, ret, least ? order >= 0 : order <= 0, p, a);
}

static bool one_of(struct job *j, bool *ret, const struct value *p,
		   const struct value *a, struct err *e)
{
	const struct value *list = &p->items[0];
	struct mismatch *diff = j->diff;
	bool ok = false;

	if (list->kind != VALUE_LIST)
		return err_set(e, ERR_SCHEMA, 0, "`one of` takes a list");
	j->diff = NULL;
	for (size_t i = 0; !ok && i < list->len; i++)
		if (!compare(j, &ok, &list->items[i], a, e))
			return false;
	j->diff = diff;
	return verdict(j, ret, ok, p, a);
}

bool match_regex(bool *ret, const char *text, const char *regex,
		 struct err *e)
{
	regex_t re;
	char why[200];
	int rc = regcomp(&re, regex, REG_EXTENDED | REG_NOSUB);

	if (rc) {
		regerror(rc, &re, why, sizeof(why));
		return err_set(e, ERR_PARSE, 0, "regular expression `%s`: %s",
			       regex, why);
	}
	*ret = !regexec(&re, text, 0, NULL, 0);
	regfree(&re);
	return true;
}

static bool list_has(struct job *j, bool *ret, const struct value *list,
		     const struct value *p, struct err *e)
{
	struct mismatch *diff = j->diff;
	bool exact = j->exact;

	*ret = false;
	j->diff = NULL;
	j->exact = false;
	for (size_t i = 0; !*ret && i < list->len; i++)
		if (!compare(j, ret, p, &list->items[i], e))
			return false;
	j->diff = diff;
	j->exact = exact;
	return true;
}

static bool contains(struct job *j, bool *ret, const struct value *a,
		     const struct value *b, struct err *e)
{
	struct value found;
	const char *text;

	if (a->kind == VALUE_LIST)
		return list_has(j, ret, a, b, e);
	if (a->kind == VALUE_MAP && b->kind == VALUE_MAP)
		return compare_map(j, ret, b, a, e);
	if (a->kind == VALUE_MAP && is_text(b)) {
		*ret = value_get(a, b->text) != NULL;
		return true;
	}
	if (a->kind == VALUE_BYTES && b->kind == VALUE_BYTES) {
		*ret = !b->len ||
		       (a->len && memmem(a->bytes, a->len, b->bytes, b->len));
		return true;
	}
	if (a->kind == VALUE_OPAQUE && j->env->method) {
		if (!j->env->method(&found, j->env->ctx, a, "has", b, 1, e))
			return false;
		*ret = found.kind == VALUE_BOOL && found.truth;
		return true;
	}
	if (is_text(a)) {
		if (!value_to_text(&text, j->env, b, e))
			return false;
		*ret = strstr(a->text, text) != NULL;
		return true;
	}
	*ret = false;
	return a->kind == VALUE_NONE ||
	       err_set(e, ERR_SCHEMA, 0, "`%s` holds nothing", shown(j, a));
}

/* `{at least: 1, at most: 5}` */
static bool both_bounds(struct job *j, bool *ret, const struct value *p,
			const struct value *a, struct err *e)
{
	*ret = true;
	for (size_t i = 0; *ret && i < p->len; i++) {
		struct value bound = *p;

		bound.items = &p->items[i];
		bound.keys = &p->keys[i];
		bound.len = 1;
		if (!at_bound(j, ret, &bound, a,
			      !strcmp(p->keys[i], "at least"), e))
			return false;
	}
	return *ret || unlike(j, ret, p, a);
}

/* `{has: x}` and its kin; *ret_is false if @p is an ordinary map. */
static bool compare_word_map(struct job *j, bool *ret, bool *ret_is,
			     const struct value *p, const struct value *a,
			     struct err *e)
{
	const char *key = p->keys && p->len == 1 ? p->keys[0] : "";
	const char *text, *regex;
	bool ok = false;

	*ret_is = true;
	if (p->len == 2 && value_get(p, "at least") && value_get(p, "at most"))
		return both_bounds(j, ret, p, a, e);
	if (!strcmp(key, "at least"))
		return at_bound(j, ret, p, a, true, e);
	if (!strcmp(key, "at most"))
		return at_bound(j, ret, p, a, false, e);
	if (!strcmp(key, "one of"))
		return one_of(j, ret, p, a, e);
	if (!strcmp(key, "has"))
		return contains(j, &ok, a, &p->items[0], e) &&
		       verdict(j, ret, ok, p, a);
	if (!strcmp(key, "not")) {
		struct value v = { .kind = VALUE_NOT, .items = p->items,
				   .len = 1 };

		return compare(j, ret, &v, a, e);
	}
	if (!strcmp(key, "matches")) {
		if (a->kind == VALUE_NONE)
			return unlike(j, ret, p, a);
		return value_to_text(&text, j->env, a, e) &&
		       value_to_text(&regex, j->env, &p->items[0], e) &&
		       match_regex(&ok, text, regex, e) &&
		       verdict(j, ret, ok, p, a);
	}
	*ret_is = false;
	return true;
}

static bool is_empty(const struct value *a)
{
	if (is_text(a))
		return !a->text[0];
	return a->kind == VALUE_NONE ||
	       ((a->kind == VALUE_BYTES || a->kind == VALUE_LIST ||
		 a->kind == VALUE_MAP) &&
		!a->len);
}

static bool compare_not(struct job *j, bool *ret, const struct value *p,
			const struct value *a, struct err *e)
{
	struct mismatch *diff = j->diff;
	bool same = false;

	j->diff = NULL;
	if (!compare(j, &same, &p->items[0], a, e))
		return false;
	j->diff = diff;
	return verdict(j, ret, !same, p, a);
}

/* `phala#0` against the pair of AVS and id that an event gives. */
static bool compare_set(struct job *j, bool *ret, const struct value *p,
			const struct value *a, struct err *e)
{
	struct value pair[2] = {
		value_ref(REF_AVS, j->env->world->avs[p->index].name, p->index,
			  0),
		value_u64(p->set, UNIT_NONE),
	};
	struct mismatch *diff = j->diff;
	bool ok = true;

	j->diff = NULL;
	for (size_t i = 0; ok && i < ARRAY_LEN(pair); i++)
		if (!compare(j, &ok, &pair[i], &a->items[i], e))
			return false;
	j->diff = diff;
	return verdict(j, ret, ok, p, a);
}

static bool compare(struct job *j, bool *ret, const struct value *p,
		    const struct value *a, struct err *e)
{
	bool done = false;

	if (value_is_word(p, "any"))
		return verdict(j, ret,
			       a->kind != VALUE_NONE &&
				       !value_is_word(a, "none"),
			       p, a);
	if (is_absent_ok(p))
		return verdict(j, ret,
			       a->kind == VALUE_NONE ||
				       value_is_word(a, "none"),
			       p, a);
	if (value_is_word(p, "empty"))
		return verdict(j, ret, is_empty(a), p, a);
	if (p->kind == VALUE_NOT)
		return compare_not(j, ret, p, a, e);
	if (p->kind == VALUE_MAP && !j->exact) {
		if (!compare_word_map(j, ret, &done, p, a, e))
			return false;
		if (done)
			return true;
	}
	if (p->kind == VALUE_MAP)
		return compare_map(j, ret, p, a, e);
	if (p->kind == VALUE_LIST)
		return compare_list(j, ret, p, a, e);
	if (p->kind == VALUE_REF && p->ref == REF_SET && j->env->world &&
	    a->kind == VALUE_MAP && a->len == 2)
		return compare_set(j, ret, p, a, e);
	return compare_scalar(j, ret, p, a, e);
}

bool match(bool *ret_ok, struct mismatch *ret_diff, struct eval_env *env,
	   const struct value *pattern, const struct value *actual,
	   struct err *e)
{
	struct job j = { .env = env, .diff = ret_diff };

	return compare(&j, ret_ok, pattern, actual, e);
}

bool match_equal(bool *ret, struct eval_env *env, const struct value *a,
		 const struct value *b, struct err *e)
{
	struct job j = { .env = env, .exact = true };

	/* `none` may stand on either side. */
	if (is_absent_ok(a))
		return compare(&j, ret, a, b, e);
	return compare(&j, ret, b, a, e);
}

bool match_has(bool *ret, struct eval_env *env, const struct value *a,
	       const struct value *b, struct err *e)
{
	struct job j = { .env = env };

	return contains(&j, ret, a, b, e);
}

bool match_name(const char *wanted, const char *name, const char *contract)
{
	const char *dot = strrchr(wanted, '.');

	if (!dot)
		return !strcmp(wanted, name);
	return !strcmp(dot + 1, name) && contract &&
	       strlen(contract) == (size_t)(dot - wanted) &&
	       !strncmp(contract, wanted, (size_t)(dot - wanted));
}

static bool error_args(struct job *j, bool *ret, const struct value *p,
		       const struct value *args, struct err *e)
{
	struct value wanted;

	if (p->keys) {
		wanted = value_map(p->keys, p->items, p->len);
		return compare(j, ret, &wanted, args, e);
	}
	if (p->len != args->len)
		return differs(j, ret, shown(j, p), args);
	*ret = true;
	for (size_t i = 0; *ret && i < p->len; i++) {
		size_t n = enter(j, args->keys ? args->keys[i] : "?");

		if (!compare(j, ret, &p->items[i], &args->items[i], e))
			return false;
		j->path[n] = '\0';
	}
	return true;
}

static bool names_error(const struct value *pattern)
{
	return !is_absent_ok(pattern) && !value_is_word(pattern, "any") &&
	       pattern->kind != VALUE_NOT;
}

bool match_error(bool *ret_ok, struct mismatch *ret_diff,
		 struct eval_env *env, const struct value *pattern,
		 const char *err_name, const char *contract,
		 const struct value *args, struct err *e)
{
	struct job j = { .env = env, .diff = ret_diff };
	struct value actual = value_word(!err_name	? "no revert"
					 : err_name[0] ? err_name
						       : "empty");
	bool ok = false;

	if (pattern->kind == VALUE_NOT) {
		if (!match_error(&ok, NULL, env, &pattern->items[0], err_name,
				 contract, args, e))
			return false;
		/* Another error than the one named is an error, too. */
		if (!err_name && names_error(&pattern->items[0]))
			ok = true;
		return verdict(&j, ret_ok, !ok, pattern, &actual);
	}
	if (is_absent_ok(pattern))
		return verdict(&j, ret_ok, !err_name, pattern, &actual);
	if (value_is_word(pattern, "any"))
		return verdict(&j, ret_ok, err_name != NULL, pattern, &actual);
	if (value_is_word(pattern, "empty"))
		return verdict(&j, ret_ok, err_name && !err_name[0], pattern,
			       &actual);
	if (pattern->kind != VALUE_WORD && pattern->kind != VALUE_CALL)
		return err_set(e, ERR_SCHEMA, 0,
			       "`reverts` takes an error's name, "
			       "Error(\"…\"), Panic(n), empty, any or none, "
			       "not `%s`",
			       shown(&j, pattern));
	if (!err_name || !match_name(pattern->text, err_name, contract))
		return differs(&j, ret_ok, shown(&j, pattern), &actual);
	if (pattern->kind == VALUE_WORD) {
		*ret_ok = true;
		return true;
	}
	return error_args(&j, ret_ok, pattern, args, e);
}
