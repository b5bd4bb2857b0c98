#include "report/slash.h"

#include "base/hex.h"
#include "crypto/u256.h"

#include "base/base.h"

#define WAD_DECIMALS 18
#define DIGITS_MAX 78 /* of 256 bits */
#define NUMBER_MAX (2 * DIGITS_MAX + 4)
#define CELL_MAX (4 * NUMBER_MAX)
#define COLUMNS 5

/* EL: DEFAULT_BURN_ADDRESS of the AllocationManager. */
static const char BURN[] = "0x00000000000000000000000000000000000E16E4";

/* --- numbers ------------------------------------------------------------------ */

struct number {
	char s[NUMBER_MAX];
};

static struct u256 parse(const json_t *text)
{
	const char *s = json_string_value(text);
	struct u256 v = U256_ZERO;
	struct err ignored;

	if (s)
		(void)!u256_parse(&v, s, strlen(s), &ignored);
	return v;
}

static struct u256 number_at(const json_t *o, const char *key)
{
	return parse(json_object_get(o, key));
}

/* All of its digits, those after the point without the zeros at their end. */
static struct number decimal(struct u256 v, unsigned decimals)
{
	struct u256_text all = fmt_u256(v);
	size_t n = strlen(all.s), point;
	struct number r = { "" };

	if (decimals >= DIGITS_MAX)
		decimals = DIGITS_MAX - 1;
	/* At least one digit stands before the point. */
	point = n > decimals ? n - decimals : 1;
	memset(r.s, '0', decimals + 2);
	memcpy(r.s + (n > decimals ? 0 : decimals + 1 - n), all.s, n);
	n = point + decimals;
	while (n > point && r.s[n - 1] == '0')
		n--;
	if (n > point)
		memmove(r.s + point + 1, r.s + point, n - point);
	if (n > point)
		r.s[point] = '.';
	r.s[n + (n > point)] = 0;
	return r;
}

static struct number magnitude(struct u256 v)
{
	return decimal(v, WAD_DECIMALS);
}

static struct u256 minus(struct u256 a, struct u256 b)
{
	struct u256 r;

	return u256_sub(&r, a, b) ? r : U256_ZERO;
}

static struct u256 plus(struct u256 a, struct u256 b)
{
	struct u256 r;

	return u256_add(&r, a, b) ? r : U256_ZERO;
}

static struct u256 one_wad(void)
{
	return u256_from_u64(1000000000000000000u);
}

/* ceil(a * b / d), and whether that was rounded; false if it has no value. */
static bool ceil_of(struct u256 *ret, bool *ret_rounded, struct u256 a,
		    struct u256 b, struct u256 d)
{
	struct u256 down, up;

	if (u256_is_zero(d) || !u256_muldiv(&down, a, b, d, false) ||
	    !u256_muldiv(&up, a, b, d, true))
		return false;
	*ret = up;
	*ret_rounded = !u256_eq(down, up);
	return true;
}

/* --- what came before -------------------------------------------------------------- */

/* Records that this one stands on: those of rows that are over left no trace. */
struct past {
	const json_t **items;
	size_t n, cap;
	struct mark {
		const char *step; /* of a branch */
		size_t n;	  /* before its rows */
	} *marks;
	size_t marks_n, marks_cap;
};

static void past_row(struct past *p, const char *step)
{
	for (size_t i = 0; i < p->marks_n; i++) {
		if (strcmp(p->marks[i].step, step) != 0)
			continue;
		p->n = p->marks[i].n;
		p->marks_n = i + 1;
		return;
	}
	GROW(p->marks, p->marks_n, p->marks_cap);
	p->marks[p->marks_n++] = (struct mark){ step, p->n };
}

static void past_step(struct past *p, const char *step)
{
	if (p->marks_n && !strcmp(p->marks[p->marks_n - 1].step, step))
		p->n = p->marks[--p->marks_n].n;
}

static void past_add(struct past *p, const json_t *r)
{
	const char *ev = story_text(r, "ev");

	if (!strcmp(ev, "play.start")) {
		p->n = p->marks_n = 0;
	} else if (!strcmp(ev, "row.start")) {
		past_row(p, story_text(r, "step"));
	} else if (!strcmp(ev, "step.end")) {
		past_step(p, story_text(r, "step"));
	} else {
		GROW(p->items, p->n, p->cap);
		p->items[p->n++] = r;
	}
}

static const char *arg(const json_t *event, const char *name)
{
	return story_text(json_object_get(event, "args"), name);
}

/* Events of the operator and, where they name one, of this set. */
static bool concerns(const json_t *r, const json_t *slash)
{
	const char *set = arg(r, "operatorSet");

	return !strcmp(story_text(r, "ev"), "event") &&
	       story_int(r, "block") < story_int(slash, "block") &&
	       !strcmp(arg(r, "operator"), story_text(slash, "operator")) &&
	       (!*set || !strcmp(set, story_text(slash, "operatorSet")));
}

static void add_when(struct buf *out, long long block)
{
	char when[32];

	snprintf(when, sizeof(when), "block %lld", block);
	buf_addf(out, "      %-23s", when);
}

static struct number wad_text(const char *digits)
{
	struct u256 v = U256_ZERO;
	struct err ignored;

	(void)!u256_parse(&v, digits, strlen(digits), &ignored);
	return magnitude(v);
}

static bool is_allocation(const json_t *r, const json_t *x)
{
	return !strcmp(story_text(r, "event"), "AllocationUpdated") &&
	       !strcmp(arg(r, "strategy"), story_text(x, "strategy"));
}

/* What @pending makes of @after: a slash spares no decrease to come. */
static struct u256 to_come(struct u256 after, const json_t *pending)
{
	const json_t *by = json_array_get(json_object_get(pending, "by"), 1);
	const char *text = json_string_value(by);
	struct u256 v = U256_ZERO;
	struct err ignored;

	if (!text || *text != '-' ||
	    !u256_parse(&v, text + 1, strlen(text + 1), &ignored))
		return after;
	return minus(after, v);
}

/* Whether slash @s left the allocation of @r, which the operator never chose.
 */
static bool left_by(const json_t *s, const json_t *r)
{
	struct u256 told =
		parse(json_object_get(json_object_get(r, "args"), "magnitude"));
	const json_t *x;
	size_t i;

	if (strcmp(story_text(s, "ev"), "slash") != 0 ||
	    story_int(s, "block") != story_int(r, "block") ||
	    strcmp(story_text(s, "operator"), arg(r, "operator")) != 0 ||
	    strcmp(story_text(s, "operatorSet"), arg(r, "operatorSet")) != 0)
		return false;
	json_array_foreach(json_object_get(s, "strategies"), i, x)
	{
		const json_t *pair = json_object_get(x, "magnitude");
		struct u256 after = parse(json_array_get(pair, 1));

		if (is_allocation(r, x) &&
		    (u256_eq(told, after) ||
		     u256_eq(told,
			     to_come(after, json_object_get(x, "pending")))))
			return true;
	}
	return false;
}

static bool left_by_a_slash(const struct past *past, const json_t *r)
{
	for (size_t i = 0; i < past->n; i++)
		if (left_by(past->items[i], r))
			return true;
	return false;
}

static bool in_effect(const json_t *r, const json_t *slash)
{
	uint64_t from;
	struct err ignored;

	return dec_u64(&from, arg(r, "effectBlock"), &ignored) &&
	       from <= (uint64_t)story_int(slash, "block");
}

/* Whether what is in effect was allocated in front of our eyes. */
static bool allocated_since(const struct past *past, const json_t *slash,
			    const json_t *x)
{
	for (size_t i = 0; i < past->n; i++)
		if (concerns(past->items[i], slash) &&
		    is_allocation(past->items[i], x) &&
		    in_effect(past->items[i], slash))
			return true;
	return false;
}

static void add_event(struct buf *out, const struct past *past, const json_t *r,
		      const json_t *slash, const json_t *x)
{
	const char *event = story_text(r, "event");
	const char *who = story_text(slash, "operator");
	long long block = story_int(r, "block");

	if (is_allocation(r, x) && left_by_a_slash(past, r)) {
		add_when(out, block);
		buf_addf(out,
			 "a slash leaves %s in %s, in effect from block "
			 "%s on\n",
			 wad_text(arg(r, "magnitude")).s,
			 story_text(slash, "set"), arg(r, "effectBlock"));
	} else if (is_allocation(r, x)) {
		add_when(out, block);
		buf_addf(out, "%s allocates %s to %s, in effect from block "
			      "%s on\n",
			 who, wad_text(arg(r, "magnitude")).s,
			 story_text(slash, "set"), arg(r, "effectBlock"));
	} else if (!strcmp(event, "OperatorAddedToOperatorSet")) {
		add_when(out, block);
		buf_addf(out, "%s joins %s\n", who, story_text(slash, "set"));
	} else if (!strcmp(event, "OperatorRemovedFromOperatorSet")) {
		add_when(out, block);
		buf_addf(out, "%s leaves %s\n", who, story_text(slash, "set"));
	}
}

static void add_signed(struct buf *out, const char *digits)
{
	bool less = *digits == '-';

	buf_addf(out, "%s%s", less ? "-" : "+", wad_text(digits + less).s);
}

/* What comes later is slashed now, if it is a decrease. */
static void add_pending(struct buf *out, const json_t *pending)
{
	const json_t *by = json_object_get(pending, "by");
	const char *before = json_string_value(json_array_get(by, 0));
	const char *after = json_string_value(json_array_get(by, 1));

	buf_adds(out, "; in block ");
	buf_addf(out, "%lld ", story_int(pending, "from"));
	add_signed(out, before ? before : "0");
	if (before && after && strcmp(before, after) != 0) {
		buf_adds(out, ", which this slash makes ");
		add_signed(out, after);
	}
}

static void add_history(struct buf *out, const struct past *past,
			const json_t *slash, const json_t *x)
{
	const json_t *before = json_object_get(x, "magnitude");
	const json_t *other, *pending = json_object_get(x, "pending");
	size_t i;

	if (!allocated_since(past, slash, x))
		buf_addf(out, "      %-23s%s had allocated %s to %s\n",
			 "before the first step",
			 story_text(slash, "operator"),
			 magnitude(parse(json_array_get(before, 0))).s,
			 story_text(slash, "set"));
	for (i = 0; i < past->n; i++)
		if (concerns(past->items[i], slash))
			add_event(out, past, past->items[i], slash, x);
	add_when(out, story_int(slash, "block"));
	buf_addf(out, "%s is in effect",
		 magnitude(parse(json_array_get(before, 0))).s);
	if (pending)
		add_pending(out, pending);
	buf_addc(out, '\n');
	json_array_foreach(json_object_get(x, "others"), i, other)
		buf_addf(out, "      %-23s%s to %s, which a slash of %s leaves "
			      "as it is\n",
			 i ? "" : "allocated elsewhere",
			 magnitude(number_at(other, "magnitude")).s,
			 story_text(other, "set"), story_text(slash, "set"));
}

/* --- the table -------------------------------------------------------------------------- */

struct row {
	char cells[COLUMNS][CELL_MAX]; /* the last one: why */
};

struct table {
	struct row *rows;
	size_t n, cap;
};

static struct row *table_row(struct table *t, const char *name)
{
	struct row *r;

	GROW(t->rows, t->n, t->cap);
	r = &t->rows[t->n++];
	memset(r, 0, sizeof(*r));
	snprintf(r->cells[0], sizeof(r->cells[0]), "%s", name);
	return r;
}

static void cell(struct row *r, unsigned i, struct u256 v, unsigned decimals,
		 const char *unit)
{
	snprintf(r->cells[i], sizeof(r->cells[i]), "%s%s%s",
		 decimal(v, decimals).s, *unit ? " " : "", unit);
}

/* Before, slashed, after. */
static struct row *numbers(struct table *t, const char *name,
			   const json_t *pair, unsigned decimals,
			   const char *unit)
{
	struct u256 before = parse(json_array_get(pair, 0));
	struct u256 after = parse(json_array_get(pair, 1));
	struct row *r = table_row(t, name);

	cell(r, 1, before, decimals, unit);
	cell(r, 2, minus(before, after), decimals, unit);
	cell(r, 3, after, decimals, unit);
	return r;
}

static void add_table(struct buf *out, struct table *t)
{
	size_t widths[COLUMNS] = { 0 };

	for (size_t i = 0; i < t->n; i++)
		for (size_t c = 0; c + 1 < COLUMNS; c++)
			if (strlen(t->rows[i].cells[c]) > widths[c])
				widths[c] = strlen(t->rows[i].cells[c]);
	for (size_t i = 0; i < t->n; i++) {
		buf_adds(out, "      ");
		for (size_t c = 0; c + 1 < COLUMNS; c++)
			buf_addf(out, "%-*s  ", (int)widths[c],
				 t->rows[i].cells[c]);
		buf_adds(out, t->rows[i].cells[COLUMNS - 1]);
		while (out->len && out->data[out->len - 1] == ' ')
			out->data[--out->len] = 0;
		buf_addc(out, '\n');
	}
	free(t->rows);
}

#define WHY(row, ...)                                                          \
	snprintf((row)->cells[COLUMNS - 1],                                    \
		 sizeof((row)->cells[COLUMNS - 1]), __VA_ARGS__)

/* The rule beside the number; where the chain has another one, that is news. */
static void why_magnitude(struct row *r, const json_t *x)
{
	const json_t *pair = json_object_get(x, "magnitude");
	struct u256 before = parse(json_array_get(pair, 0));
	struct u256 after = parse(json_array_get(pair, 1));
	struct u256 wad = number_at(x, "wad"), want;
	bool rounded;

	if (!json_object_get(x, "wad") ||
	    !ceil_of(&want, &rounded, before, wad, one_wad()))
		return;
	if (u256_eq(want, minus(before, after)))
		WHY(r, "ceil(%s × %s)%s", magnitude(before).s,
		    magnitude(wad).s, rounded ? ", rounded up" : ", exact");
	else
		WHY(r, "not ceil(%s × %s), which is %s", magnitude(before).s,
		    magnitude(wad).s, magnitude(want).s);
}

static void why_shares(struct row *r, const json_t *x, unsigned decimals)
{
	const json_t *pair = json_object_get(x, "shares");
	const json_t *max = json_object_get(x, "max");
	struct u256 after = parse(json_array_get(pair, 1)), want;
	struct u256 old = parse(json_array_get(max, 0));
	struct u256 now = parse(json_array_get(max, 1));
	bool rounded;

	if (!ceil_of(&want, &rounded, parse(json_array_get(pair, 0)), now, old))
		return;
	if (u256_eq(want, after))
		WHY(r, "ceil(%s × %s / %s) stay%s",
		    decimal(parse(json_array_get(pair, 0)), decimals).s,
		    magnitude(now).s, magnitude(old).s,
		    rounded ? ", rounded up" : ", exact");
	else
		WHY(r, "ceil(… × %s / %s) would be %s", magnitude(now).s,
		    magnitude(old).s, decimal(want, decimals).s);
}

static void add_numbers(struct buf *out, const json_t *slash, const json_t *x)
{
	unsigned decimals = (unsigned)story_int(x, "decimals");
	const char *token = story_text(x, "token");
	struct table t = { 0 };
	struct row *r = table_row(&t, "");
	CLEANUP(freep) char *set =
		xasprintf("allocated to %s", story_text(slash, "set"));
	CLEANUP(freep) char *shares =
		xasprintf("shares of %s", story_text(slash, "operator"));

	snprintf(r->cells[1], sizeof(r->cells[1]), "before");
	snprintf(r->cells[2], sizeof(r->cells[2]), "slashed");
	snprintf(r->cells[3], sizeof(r->cells[3]), "after");
	r = numbers(&t, set, json_object_get(x, "magnitude"), WAD_DECIMALS, "");
	why_magnitude(r, x);
	numbers(&t, "encumbered", json_object_get(x, "encumbered"),
		WAD_DECIMALS, "");
	r = numbers(&t, "max magnitude", json_object_get(x, "max"),
		    WAD_DECIMALS, "");
	WHY(r, "less by the same");
	r = numbers(&t, shares, json_object_get(x, "shares"), decimals, token);
	why_shares(r, x, decimals);
	add_table(out, &t);
}

/* --- who is poorer ---------------------------------------------------------------------- */

static struct u256 lost(const json_t *pair)
{
	return minus(parse(json_array_get(pair, 0)),
		     parse(json_array_get(pair, 1)));
}

static void add_stakers(struct table *t, const json_t *slash, const json_t *x,
			struct u256 *total)
{
	unsigned decimals = (unsigned)story_int(x, "decimals");
	const char *who = story_text(slash, "operator");
	const json_t *one;
	struct row *r;
	size_t i;

	json_array_foreach(json_object_get(x, "stakers"), i, one) {
		const json_t *pair = json_object_get(one, "shares");
		const char *name = story_text(one, "who");

		r = numbers(t, name, pair, decimals, story_text(x, "token"));
		*total = plus(*total, lost(pair));
		if (!strcmp(name, who))
			WHY(r, "its own stake stands behind it");
		else
			WHY(r, "delegated to %s", who);
	}
	json_array_foreach(json_object_get(x, "queue"), i, one) {
		const json_t *pair = json_object_get(one, "shares");
		CLEANUP(freep) char *name =
			xasprintf("%s, in the queue", story_text(one, "who"));

		r = numbers(t, name, pair, decimals, story_text(x, "token"));
		*total = plus(*total, lost(pair));
		WHY(r, "withdrawal of block %s, %s", story_text(one, "since"),
		    u256_is_zero(lost(pair)) ? "beyond the reach of this slash"
					     : "slashable until it may be "
					       "completed");
	}
}

/* What they lost and what was taken need not be the same: rounding, and
 * stakers that the world does not name. */
static void add_sum(struct buf *out, const json_t *slash, const json_t *x,
		    struct u256 total)
{
	unsigned decimals = (unsigned)story_int(x, "decimals");
	const char *token = story_text(x, "token");
	const char *to = story_text(slash, "recipient");
	struct u256 taken = number_at(x, "burnable");
	bool less = u256_cmp(total, taken) < 0;

	buf_addf(out, "      taken from them: %s %s, %s%s, once somebody clears "
		      "it\n",
		 decimal(taken, decimals).s, token,
		 strcasecmp(to, BURN) ? "to be paid to " : "to be burnt",
		 strcasecmp(to, BURN) ? to : "");
	if (!u256_eq(total, taken))
		buf_addf(out, "      %s %s %s than that is theirs: %s\n",
			 decimal(less ? minus(taken, total)
				      : minus(total, taken), decimals).s,
			 token, less ? "less" : "more",
			 less ? "rounding, or stakers whom this world does not "
				"name"
			      : "rounding");
}

static void add_poorer(struct buf *out, const json_t *slash, const json_t *x)
{
	struct table t = { 0 };
	struct u256 total = U256_ZERO;

	add_stakers(&t, slash, x, &total);
	buf_adds(out, "    poorer\n");
	add_table(out, &t);
	add_sum(out, slash, x, total);
}

/* --- a slash ---------------------------------------------------------------------------------- */

static void add_strategy(struct buf *out, const struct past *past,
			 const json_t *slash, const json_t *x)
{
	const char *who = story_text(slash, "operator");
	struct u256 hundredth, wad = number_at(x, "wad");

	buf_addf(out, "  %s: ", story_text(x, "token"));
	if (u256_is_zero(number_at(x, "slashed"))) {
		buf_addf(out, "%s had nothing allocated that could be "
			      "slashed\n",
			 who);
		return;
	}
	/* Per cent have two decimals less. */
	if (json_object_get(x, "wad") &&
	    u256_mul(&hundredth, wad, u256_from_u64(100)))
		buf_addf(out, "%s %% of what %s has allocated to %s, ",
			 magnitude(hundredth).s, who,
			 story_text(slash, "set"));
	(void)!u256_mul(&hundredth, number_at(x, "slashed"),
			u256_from_u64(100));
	buf_addf(out, "%s %% of all that stands behind it\n",
		 magnitude(hundredth).s);
	buf_adds(out, "    from allocation to slash\n");
	add_history(out, past, slash, x);
	buf_adds(out, "    the ledger\n");
	add_numbers(out, slash, x);
	add_poorer(out, slash, x);
}

static void add_slash(struct buf *out, const struct past *past,
		      const struct story_scenario *s, const json_t *slash)
{
	const json_t *x;
	size_t i;

	buf_addf(out, "SLASH  %s   step %s, block %lld\n", s->id,
		 story_text(slash, "step"), story_int(slash, "block"));
	buf_addf(out, "  %s in %s: %s\n  in transaction %s\n",
		 story_text(slash, "operator"), story_text(slash, "set"),
		 story_text(slash, "description"), story_text(slash, "tx"));
	json_array_foreach(json_object_get(slash, "strategies"), i, x)
		add_strategy(out, past, slash, x);
	buf_addc(out, '\n');
}

static bool is_within(const char *number, const char *step)
{
	size_t n = step ? strlen(step) : 0;

	return !step || (!strncmp(number, step, n) &&
			 (!number[n] || number[n] == '.'));
}

size_t slash_explain(struct buf *out, const struct story_scenario *s,
		     const char *step)
{
	struct past past = { 0 };
	const json_t *r;
	size_t i, n = 0;

	json_array_foreach(story_records(s), i, r) {
		if (!strcmp(story_text(r, "ev"), "slash") &&
		    is_within(story_text(r, "step"), step)) {
			add_slash(out, &past, s, r);
			n++;
		}
		past_add(&past, r);
	}
	free(past.items);
	free(past.marks);
	return n;
}
