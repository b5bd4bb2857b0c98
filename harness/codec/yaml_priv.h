/*
 * yaml_priv - what the parts of the YAML reader share.
 *
 * Layer: codec, for yaml*.c only.
 */
#ifndef CODEC_YAML_PRIV_H
#define CODEC_YAML_PRIV_H

#include "codec/yaml.h"

/**
 * yaml_syntax_error - libyaml's problem at @at, with the context that began at
 * @from (NULL: none), as an error that says what to write. Returns false.
 */
bool yaml_syntax_error(struct err *e, const struct yaml_doc *doc,
		       const char *problem, struct src_pos at,
		       const char *context, struct src_pos from);

/** yaml_several_lines - the same for a scalar that does not end in its line. */
bool yaml_several_lines(struct err *e, const struct yaml_doc *doc,
			const struct yaml_node *n, bool in_flow);

#endif
