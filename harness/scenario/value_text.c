#include "base/base.h"
#include "scenario/value.h"

/* Longer bytes, texts and lists are cut in messages. */
#define SHOWN_BYTES_MAX 66
#define SHOWN_TEXT_MAX 200
#define SHOWN_ITEMS_MAX 24
#define SHOWN_DEPTH_MAX 8

/* @v in units of 10^@decimals, without needless zeros. */
static void add_decimal(struct buf *out, struct u256 v, unsigned decimals)
{
	struct u256_text t = fmt_u256(v);
	size_t n = strlen(t.s), whole = n > decimals ? n - decimals : 0;
	size_t last = n;

	while (last > whole && t.s[last - 1] == '0')
		last--;
	if (whole)
		buf_add(out, t.s, whole);
	else
		buf_addc(out, '0');
	if (last == whole)
		return;
	buf_addc(out, '.');
	for (size_t i = n; i < decimals; i++)
		buf_addc(out, '0');
	buf_add(out, t.s + whole, last - whole);
}

static unsigned decimals_of(const struct value_names *names, const char *token)
{
	const struct world *w = names ? names->world : NULL;

	for (size_t i = 0; w && i < w->tokens_n; i++)
		if (!strcmp(w->tokens[i].name, token))
			return w->tokens[i].decimals;
	return 18;
}

static void add_int(struct buf *out, const struct value *v,
		    const struct value_names *names)
{
	struct u256_text t = fmt_u256(v->num);

	if (v->negative)
		buf_addc(out, '-');
	switch (v->unit) {
	case UNIT_NONE:
	case UNIT__COUNT:
		buf_adds(out, t.s);
		break;
	case UNIT_WAD:
		add_decimal(out, v->num, 16);
		buf_addc(out, '%');
		break;
	case UNIT_TOKEN:
		add_decimal(out, v->num, decimals_of(names, v->token));
		buf_addf(out, " %s", v->token);
		break;
	case UNIT_SECONDS:
		buf_addf(out, "%s second%s", t.s, strcmp(t.s, "1") ? "s" : "");
		break;
	case UNIT_BLOCKS:
		buf_addf(out, "%s block%s", t.s, strcmp(t.s, "1") ? "s" : "");
		break;
	case UNIT_BLOCK:
		buf_addf(out, "block(%s)", t.s);
		break;
	case UNIT_TIME:
		buf_addf(out, "time(%s)", t.s);
		break;
	}
}

static void add_bytes(struct buf *out, const struct value *v)
{
	size_t n = v->len > SHOWN_BYTES_MAX ? 32 : v->len;

	buf_adds(out, "0x");
	buf_addhex(out, v->bytes, n);
	if (n < v->len)
		buf_addf(out, "… (%zu bytes)", v->len);
}

static void add_text(struct buf *out, const char *s)
{
	size_t n = strlen(s);

	if (n <= SHOWN_TEXT_MAX) {
		buf_addjson(out, s, n);
		return;
	}
	n = SHOWN_TEXT_MAX;
	while (n && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	buf_addjson(out, s, n);
	buf_addf(out, "… (%zu characters)", strlen(s));
}

static void add(struct buf *out, const struct value *v,
		const struct value_names *names, unsigned depth);

static void add_items(struct buf *out, const struct value *v, const char *ends,
		      const struct value_names *names, unsigned depth)
{
	buf_addc(out, ends[0]);
	for (size_t i = 0; i < v->len; i++) {
		if (i)
			buf_adds(out, ", ");
		if (i == SHOWN_ITEMS_MAX || depth > SHOWN_DEPTH_MAX) {
			buf_adds(out, "…");
			break;
		}
		if (v->keys)
			buf_addf(out, "%s: ", v->keys[i]);
		add(out, &v->items[i], names, depth + 1);
	}
	buf_addc(out, ends[1]);
}

static void add_address(struct buf *out, const struct value *v,
			const struct value_names *names)
{
	const char *name = names && names->of_addr
				   ? names->of_addr(names->ctx, &v->addr)
				   : NULL;

	buf_adds(out, name ? name : fmt_addr(&v->addr).s);
}

static void add(struct buf *out, const struct value *v,
		const struct value_names *names, unsigned depth)
{
	switch (v->kind) {
	case VALUE_NONE:
		buf_adds(out, "none");
		break;
	case VALUE_BOOL:
		buf_adds(out, v->truth ? "true" : "false");
		break;
	case VALUE_INT:
		add_int(out, v, names);
		break;
	case VALUE_BYTES:
		add_bytes(out, v);
		break;
	case VALUE_ADDRESS:
		add_address(out, v, names);
		break;
	case VALUE_TEXT:
		add_text(out, v->text);
		break;
	case VALUE_WORD:
	case VALUE_REF:
	case VALUE_OPAQUE:
		buf_adds(out, v->text ? v->text : "?");
		break;
	case VALUE_LIST:
		add_items(out, v, "[]", names, depth);
		break;
	case VALUE_MAP:
		add_items(out, v, "{}", names, depth);
		break;
	case VALUE_CALL:
		buf_adds(out, v->text);
		add_items(out, v, "()", names, depth);
		break;
	case VALUE_NOT:
		buf_adds(out, "not ");
		add(out, &v->items[0], names, depth + 1);
		break;
	case VALUE__COUNT:
		break;
	}
}

void value_format(struct buf *out, const struct value *v,
		  const struct value_names *names)
{
	add(out, v, names, 0);
}
