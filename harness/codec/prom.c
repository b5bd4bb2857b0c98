#include "codec/prom.h"

#include "base/hex.h"

#include "base/base.h"

#define DIGITS_MAX 80u /* more than 256 bits have */

static size_t name_len(const char *s)
{
	size_t n = 0;

	while ((s[n] >= 'a' && s[n] <= 'z') || (s[n] >= 'A' && s[n] <= 'Z') ||
	       s[n] == '_' || s[n] == ':' || (n && s[n] >= '0' && s[n] <= '9'))
		n++;
	return n;
}

/* As long as it is in quotes, it is no longer without its escapes. */
static void drop_escapes(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (*s == '\\' && s[1])
			*to++ = *++s == 'n' ? '\n' : *s;
		else
			*to++ = *s;
	}
	*to = 0;
}

/* `name="value"`; *at moves behind it. */
static bool parse_label(struct prom_label *ret, struct arena *a,
			const char **at)
{
	const char *c = *at, *from;
	size_t n = name_len(c);
	char *value;

	if (!n || c[n] != '=' || c[n + 1] != '"')
		return false;
	ret->name = arena_strndup(a, c, n);
	from = c += n + 2;
	while (*c && *c != '"')
		c += *c == '\\' && c[1] ? 2 : 1;
	ret->value = value = arena_strndup(a, from, (size_t)(c - from));
	drop_escapes(value);
	*at = c + (*c == '"');
	return *c == '"';
}

static bool parse_labels(struct prom_line *ret, struct arena *a,
			 const char **at, struct err *e)
{
	struct prom_label list[PROM_LABELS_MAX];
	size_t n = 0;
	bool ok = true;

	for ((*at)++; ok && **at && **at != '}'; *at += **at == ',') {
		if (n == PROM_LABELS_MAX)
			return err_set(e, ERR_LIMIT, 0, "more than %u labels",
				       PROM_LABELS_MAX);
		ok = parse_label(&list[n++], a, at) &&
		     (**at == ',' || **at == '}');
	}
	if (!ok || **at != '}')
		return err_set(e, ERR_PARSE, 0, "labels are "
						"`{name=\"value\", …}`");
	(*at)++;
	ret->labels = arena_memdup(a, list, n * sizeof(*list));
	ret->labels_n = n;
	return true;
}

static const char *word(struct arena *a, const char **at)
{
	size_t n;

	*at += strspn(*at, " \t");
	n = strcspn(*at, " \t");
	*at += n;
	return arena_strndup(a, *at - n, n);
}

static bool parse_sample(struct prom_line *ret, struct arena *a,
			 const char *line, struct err *e)
{
	size_t n = name_len(line);
	const char *at = line + n;

	if (!n)
		return err_set(e, ERR_PARSE, 0, "a name stands first");
	ret->kind = PROM_SAMPLE;
	ret->name = arena_strndup(a, line, n);
	if (*at == '{' && !parse_labels(ret, a, &at, e))
		return false;
	if (*at != ' ' && *at != '\t')
		return err_set(e, ERR_PARSE, 0, "a space stands before the "
						"value");
	ret->value = word(a, &at);
	return *ret->value != 0 || err_set(e, ERR_PARSE, 0, "no value");
}

bool prom_parse(struct prom_line *ret, struct arena *a, const char *line,
		struct err *e)
{
	static const char type[] = "# TYPE ";
	struct prom_line l = { .kind = PROM_NOTHING };
	const char *at = line + strlen(type);

	if (!strncmp(line, type, strlen(type))) {
		l.kind = PROM_TYPE;
		l.name = word(a, &at);
		l.value = word(a, &at);
	} else if (*line && *line != '#' && !parse_sample(&l, a, line, e)) {
		return err_ctx(e, "this is no line of Prometheus' format: "
				  "%.200s", line);
	}
	*ret = l;
	return true;
}

struct prom_line prom_keep(struct arena *a, const struct prom_line *line)
{
	struct prom_label *labels = ARENA_ARRAY(a, struct prom_label,
						line->labels_n);
	struct prom_line kept = *line;

	for (size_t i = 0; i < line->labels_n; i++) {
		labels[i].name = arena_strdup(a, line->labels[i].name);
		labels[i].value = arena_strdup(a, line->labels[i].value);
	}
	kept.labels = labels;
	if (line->name)
		kept.name = arena_strdup(a, line->name);
	if (line->value)
		kept.value = arena_strdup(a, line->value);
	return kept;
}

/* The digits of a decimal number and the power of ten that they count. */
static bool split(const char *c, char digits[DIGITS_MAX + 1], size_t *ret_n,
		  long *ret_exponent)
{
	bool point = false, minus;
	struct err ignored;
	uint64_t e10;

	*ret_n = 0;
	*ret_exponent = 0;
	for (; *c && *c != 'e' && *c != 'E'; c++) {
		if (*c == '.' && !point) {
			point = true;
			continue;
		}
		if (*c < '0' || *c > '9' || *ret_n == DIGITS_MAX)
			return false;
		digits[(*ret_n)++] = *c;
		*ret_exponent -= point;
	}
	if (!*c)
		return *ret_n > 0;
	minus = c[1] == '-';
	if (!dec_u64(&e10, c + 1 + (minus || c[1] == '+'), &ignored) ||
	    e10 > DIGITS_MAX)
		return false;
	*ret_exponent += minus ? -(long)e10 : (long)e10;
	return *ret_n > 0;
}

bool prom_whole(const char *value, bool *ret_negative, struct u256 *ret)
{
	bool sign = *value == '-' || *value == '+';
	char digits[DIGITS_MAX + 1];
	struct err ignored;
	long exponent;
	size_t n;

	if (!split(value + sign, digits, &n, &exponent))
		return false;
	for (; exponent < 0 && n && digits[n - 1] == '0'; exponent++)
		n--;
	if (!n) { /* nothing but zeros */
		*ret_negative = false;
		*ret = U256_ZERO;
		return true;
	}
	for (; exponent > 0 && n < DIGITS_MAX; exponent--)
		digits[n++] = '0';
	if (exponent || !u256_parse(ret, digits, n, &ignored))
		return false;
	*ret_negative = *value == '-' && !u256_is_zero(*ret);
	return true;
}
