/*
 * prom - Prometheus' text format, a line at a time, as far as it is read here:
 * types and samples.
 *
 * Layer: codec. Source: Prometheus, "Exposition formats", text format 0.0.4.
 */
#ifndef CODEC_PROM_H
#define CODEC_PROM_H

#include "base/arena.h"
#include "base/err.h"
#include "crypto/u256.h"

#define PROM_LABELS_MAX 64u

enum prom_kind {
	PROM_NOTHING, /* an empty line, HELP or another comment */
	PROM_TYPE,    /* name, value: "counter", "gauge", … */
	PROM_SAMPLE,  /* name, labels, value */
};

struct prom_label {
	const char *name, *value; /* without quotes and escapes */
};

/* Everything is the arena's. */
struct prom_line {
	enum prom_kind kind;
	const char *name;
	const struct prom_label *labels;
	size_t labels_n;
	const char *value; /* as written */
};

/**
 * prom_parse - a line without its end. What it is followed by, a time, is
 * dropped.
 * Errors: ERR_PARSE with the line; ERR_LIMIT for too many labels.
 */
MUST_USE bool prom_parse(struct prom_line *ret, struct arena *a,
			 const char *line, struct err *e);

/** prom_keep - @line, with all that it points to copied into @a. */
struct prom_line prom_keep(struct arena *a, const struct prom_line *line);

/**
 * prom_whole - a value that is a whole number: `100`, `1e+21`, `-3.0`.
 * Returns false if it is none, or has more than 256 bits.
 */
bool prom_whole(const char *value, bool *ret_negative, struct u256 *ret);

#endif
