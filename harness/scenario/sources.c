/*
 * sources - what the files held that a run was played from, for who plays it
 * again.
 */
#include "scenario/load_priv.h"

#include "crypto/hash.h"

#include "base/base.h"

static void add(json_t *to, const struct yaml_doc *doc)
{
	struct hash32 h = sha256(doc->source, strlen(doc->source));

	json_object_set_new(to, doc->file, json_string(fmt_hash(&h).s));
}

/* Not of a scenario, which has its own record. */
static bool is_shared(const struct yaml_doc *doc)
{
	return doc && doc->root->kind == YAML_MAP && doc->root->n &&
	       strcmp(doc->root->pairs[0].key->text, "scenario") != 0;
}

json_t *library_sources(const struct library *lib)
{
	json_t *all = json_object();

	for (size_t i = 0; i < lib->docs_n; i++)
		if (is_shared(lib->docs[i].doc))
			add(all, lib->docs[i].doc);
	return all;
}

json_t *scenario_sources(const struct scenario *s)
{
	json_t *all = json_object();

	/* What could not be read held nothing that is known. */
	for (; s && s->file->source; s = s->from)
		add(all, s->file);
	return all;
}
