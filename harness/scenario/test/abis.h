/*
 * abis - the contracts of fixtures/scenarios, for tests that need no chain.
 */
#ifndef SCENARIO_TEST_ABIS_H
#define SCENARIO_TEST_ABIS_H

#include "scenario/eval.h"

#include "base/base.h"

struct abis {
	struct arena *arena;
	char names[32][32];
	const struct abi *abis[32];
	size_t n;
};

static const struct abi *abis_lookup(void *ctx, const char *artifact)
{
	struct abis *s = ctx;
	CLEANUP(freep) char *path = NULL;
	struct abi *abi = NULL;
	const json_t *list = NULL;
	json_t *j = NULL;
	struct err e = ERR_INIT;

	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->names[i], artifact))
			return s->abis[i];
	path = xasprintf("abi/%s.json", artifact);
	if (!access(path, R_OK)) {
		if (!json_read_file(&j, path, &e) ||
		    !json_at(&list, j, "abi", &e) ||
		    !abi_parse(&abi, s->arena, list, artifact, &e)) {
			fprintf(stderr, "%s: %s\n", path, e.text);
			abort();
		}
		json_decref(j);
	}
	ASSERT(s->n < ARRAY_LEN(s->names));
	snprintf(s->names[s->n], sizeof(s->names[0]), "%s", artifact);
	s->abis[s->n++] = abi;
	return abi;
}

static UNUSED struct abi_source abis_source(struct abis *s)
{
	s->arena = arena_new();
	return (struct abi_source){ .ctx = s, .lookup = abis_lookup };
}

#endif
