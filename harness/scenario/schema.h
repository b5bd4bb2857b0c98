/*
 * schema - the language as a JSON Schema, for editors.
 *
 * Layer: scenario. Made of the tables that the loader goes by (keys.h, verbs.h)
 * and of the verbs that are written in YAML. It knows shapes and names; what an
 * expression may say, and in which world, is the check's to know.
 */
#ifndef SCENARIO_SCHEMA_H
#define SCENARIO_SCHEMA_H

#include "codec/json.h"
#include "scenario/load.h"

/** schema_json - draft 7, for every kind of file; a new reference. */
json_t *schema_json(const struct verb_def *const *verbs, size_t n);

#endif
