/*
 * value - what expressions give at run time.
 *
 * Layer: scenario. Values are immutable and live in an arena. Numbers are a
 * sign and 256 bits with the unit they count; patterns are values as well:
 * the words any, none and empty, and maps like {has: x}, mean what they say
 * where something is compared with them (match.h).
 */
#ifndef SCENARIO_VALUE_H
#define SCENARIO_VALUE_H

#include "base/arena.h"
#include "codec/abi.h"
#include "scenario/world.h"

enum value_kind {
	VALUE_NONE,  /* nothing: an absent field, JSON's null */
	VALUE_BOOL,  /* truth */
	VALUE_INT,   /* negative, num, unit; token if UNIT_TOKEN */
	VALUE_BYTES, /* bytes, len */
	VALUE_ADDRESS, /* addr */
	VALUE_TEXT,  /* text */
	VALUE_WORD,  /* text: a bare word that names nothing in the world */
	VALUE_LIST,  /* items, len */
	VALUE_MAP,   /* keys, items, len; a struct of an ABI too, in order */
	VALUE_CALL,  /* text: its name; items, keys: `Panic(0x32)`, a call
		      * that is to be made, an event that is looked for */
	VALUE_NOT,   /* items[0]: a pattern that must not match */
	VALUE_REF,   /* ref, index, set; text: its name */
	VALUE_OPAQUE, /* the runner's own: fields answered by env->field */
	VALUE__COUNT
};

struct value {
	enum value_kind kind;
	enum unit unit;
	enum ref_kind ref;
	bool truth;	     /* BOOL; of a MAP: open, an absent member is none;
			      * of BYTES: written as a literal, so that it may
			      * stand for a number */
	bool negative;
	const char *token;
	union {
		struct u256 num;    /* INT, and BYTES that may stand for it */
		struct addr20 addr; /* ADDRESS */
	};
	const uint8_t *bytes;
	const char *text;
	const struct value *items;
	const char *const *keys; /* NULL: by position */
	size_t len;
	size_t index, set;
	const void *opaque;	 /* OPAQUE: what it is of, borrowed */
	const struct abi_type *type; /* what an ABI or a cast made it; or NULL */
};

/* Constructors. Pointers are borrowed. */
struct value value_none(void);
struct value value_bool(bool v);
struct value value_int(struct u256 v, enum unit unit);
struct value value_u64(uint64_t v, enum unit unit);
struct value value_amount(struct u256 v, const char *token);
struct value value_bytes(const void *data, size_t len);
struct value value_addr(const struct addr20 *a);
struct value value_text(const char *s);
struct value value_word(const char *s);
struct value value_list(const struct value *items, size_t n);
struct value value_map(const char *const *keys, const struct value *items,
		       size_t n);
struct value value_ref(enum ref_kind kind, const char *name, size_t index,
		       size_t set);
struct value value_opaque(const char *name, const void *what);

/** value_get - a map's member, or NULL. */
const struct value *value_get(const struct value *map, const char *key);

/** value_is_word - whether it is the bare word @word. */
bool value_is_word(const struct value *v, const char *word);

/**
 * value_of_abi - a decoded ABI value: tuples become maps by field name (by
 * position where unnamed), arrays lists. Nothing is copied but the shells.
 */
struct value value_of_abi(struct arena *a, const struct abi_type *type,
			  const struct abi_val *v);

/** value_of_json - the same for JSON; integers are raw numbers. Copies. */
struct value value_of_json(struct arena *a, const json_t *j);

/**
 * value_beside - @v as it can be compared by eye with @other: bare numbers, as a
 * contract gives them, get the unit that @other has, or that a pattern names.
 */
struct value value_beside(struct arena *a, const struct value *v,
			  const struct value *other);

/* What a value is printed with: who has which address, decimals by token. */
struct value_names {
	void *ctx;
	const char *(*of_addr)(void *ctx, const struct addr20 *a); /* or NULL */
	const struct world *world; /* for decimals; may be NULL */
};

/**
 * value_format - as the language writes it: `-50 PHA`, `5%`, `0x12`, `alice`.
 * @names: may be NULL.
 */
void value_format(struct buf *out, const struct value *v,
		  const struct value_names *names);

/* Arithmetic and order on numbers, with units. Errors: ERR_RANGE for overflow,
 * ERR_SCHEMA for units that do not go together, naming both operands. */
MUST_USE bool value_arith(struct value *ret, enum op op, const struct value *a,
			  const struct value *b, struct err *e);
/** value_div - floor or ceil of a*b/d, exact over a 512-bit product. */
MUST_USE bool value_div(struct value *ret, const struct value *a,
			const struct value *b, const struct value *d,
			bool ceil, struct err *e);
/** value_order - a before b: *ret < 0, equal: 0, after: > 0. */
MUST_USE bool value_order(int *ret, const struct value *a,
			  const struct value *b, struct err *e);

/* A window: `{through: block(n)}` or `{before: time(n)}`. */
struct window {
	enum unit unit;	  /* UNIT_BLOCK or UNIT_TIME */
	struct u256 last; /* the last moment inside */
};

/** value_window - Errors: ERR_SCHEMA if @v is none. */
MUST_USE bool value_window(struct window *ret, const struct value *v,
			   struct err *e);

#endif
