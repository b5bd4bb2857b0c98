/*
 * yaml - a YAML document as a tree that knows where everything stands.
 *
 * Layer: codec, the one room that includes <yaml.h>. Built from libyaml's
 * events: anchors, aliases, tags, merge keys, several documents, duplicate
 * keys, tabs, multi-line and folded scalars are refused with their place.
 * Scalars stay text; whoever reads them gives them a type. Columns count
 * characters, as libyaml does.
 */
#ifndef CODEC_YAML_H
#define CODEC_YAML_H

#include "base/arena.h"
#include "base/err.h"

#define YAML_FILE_MAX (1u << 20)
#define YAML_DEPTH_MAX 64
#define YAML_NODES_MAX 65536

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };
enum yaml_style { YAML_PLAIN, YAML_SINGLE, YAML_DOUBLE, YAML_BLOCK };

struct yaml_pair;

struct yaml_node {
	enum yaml_kind kind;
	enum yaml_style style;	/* of a scalar; YAML_BLOCK is `|` */
	bool flow;		/* of a list or map: written with [] or {} */
	struct src_pos pos;	/* where it starts */
	uint32_t width;		/* of a scalar: characters on its line */
	const char *text;	/* of a scalar, NUL-terminated */
	const struct yaml_node *const *items; /* of a list */
	const struct yaml_pair *pairs;	      /* of a map, in order */
	size_t n;		/* items or pairs */
};

struct yaml_pair {
	const struct yaml_node *key; /* always a scalar */
	const struct yaml_node *value;
};

struct yaml_doc {
	struct arena *arena;	  /* owns everything below */
	const char *file;	  /* as given */
	const char *source;	  /* the whole text, for showing lines */
	const size_t *lines;	  /* where each line starts in it */
	size_t lines_n;
	const struct yaml_node *root;
	/* What its reader left out: steps; anything else. */
	bool gaps, torn;
};

/**
 * yaml_load - read and parse a file.
 * Errors: ERR_OS; ERR_LIMIT (file, depth, nodes); ERR_PARSE; all with place.
 */
MUST_USE bool yaml_load(struct yaml_doc **ret, const char *path,
			struct err *e);
/** yaml_parse - the same from memory; @file names it. Copies both. */
MUST_USE bool yaml_parse(struct yaml_doc **ret, const char *file,
			 const char *text, size_t len, struct err *e);
void yaml_doc_free(struct yaml_doc *doc);
DEFINE_CLEANUP(struct yaml_doc, yaml_doc_free)

/* What was left out of a text, in bytes from its start. */
struct yaml_gap {
	size_t key;	 /* the line with the root's key that it was under */
	size_t from, to; /* from == key: that key is gone too */
};

/**
 * yaml_leave_out - where yaml_parse() failed, put spaces in place of the item
 * of the root's list or map that it failed in; of that key altogether, if it
 * has no other item; and of the file's first key `x` in place of its value. The
 * rest can be read, with every place as it was.
 * @line: of the error. False: there is nothing to leave out.
 */
bool yaml_leave_out(char *text, size_t len, uint32_t line,
		    struct yaml_gap *ret);

/** yaml_get - the value of a key of a map, or NULL. */
const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);

/** yaml_line - line @n (1-based) of the source without its end; for carets. */
const char *yaml_line(const struct yaml_doc *doc, uint32_t n, size_t *ret_len);

#endif
