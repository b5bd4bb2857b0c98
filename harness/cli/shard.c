#include "cli/shard.h"

#include "base/hex.h"

#include "base/base.h"

#define SHARDS_MAX 10000

/* Who tells an index, and from which number it counts. */
static const struct source {
	const char *index, *of;
	unsigned first;
} sources[] = {
	{ "CI_NODE_INDEX", "CI_NODE_TOTAL", 1 }, /* GitLab */
	{ "CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL", 0 },
	{ "BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT", 0 },
	{ "BITBUCKET_PARALLEL_STEP", "BITBUCKET_PARALLEL_STEP_COUNT", 0 },
	{ "SEMAPHORE_JOB_INDEX", "SEMAPHORE_JOB_COUNT", 1 },
	/* Azure Pipelines */
	{ "SYSTEM_JOBPOSITIONINPHASE", "SYSTEM_TOTALJOBSINPHASE", 1 },
	{ "JOB_COMPLETION_INDEX", NULL, 0 }, /* Kubernetes */
};

static bool number(uint64_t *ret, const char *name, const char *text,
		   struct err *e)
{
	return dec_u64(ret, text, e) || err_ctx(e, "%s", name);
}

static bool none_set(struct err *e)
{
	struct buf names = BUF_INIT(ERR_TEXT_MAX);

	for (size_t i = 0; i < ARRAY_LEN(sources); i++)
		buf_addf(&names, "%s%s", i ? ", " : "", sources[i].index);
	err_set(e, ERR_SCHEMA, 0,
		"--shard auto: no CI system tells which part this is; one of "
		"%s would",
		buf_str(&names));
	buf_done(&names);
	return false;
}

/* @total: "5", or NULL: the environment has to tell that, too. */
static bool from_env(struct shard *ret, const char *total,
		     char *(*env)(const char *name), struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
		const struct source *s = &sources[i];
		const char *index = env(s->index);
		const char *of = total ? total : s->of ? env(s->of) : NULL;

		if (!index)
			continue;
		if (!of && !s->of)
			return err_set(e, ERR_SCHEMA, 0,
				       "%s is set, but nothing tells how many "
				       "there are: --shard auto/N",
				       s->index);
		if (!of)
			return err_set(e, ERR_SCHEMA, 0,
				       "%s is set, and %s is not", s->index,
				       s->of);
		if (!number(&ret->index, s->index, index, e) ||
		    !number(&ret->of, total ? "--shard" : s->of, of, e))
			return false;
		ret->index += s->first ? 0 : 1;
		return true;
	}
	return none_set(e);
}

bool shard_parse(struct shard *ret, const char *text,
		 char *(*env)(const char *name), struct err *e)
{
	const char *slash = strchr(text, '/');
	CLEANUP(freep) char *index =
		xstrndup(text, slash ? (size_t)(slash - text) : strlen(text));
	struct shard s;

	if (!strcmp(index, "auto")) {
		if (!from_env(&s, slash ? slash + 1 : NULL, env, e))
			return false;
	} else if (!slash || !dec_u64(&s.index, index, e) ||
		   !dec_u64(&s.of, slash + 1, e)) {
		return err_set(e, ERR_SCHEMA, 0,
			       "--shard wants K/N (the K-th of N parts), auto "
			       "or auto/N, not %s",
			       text);
	}
	if (!s.index || s.index > s.of || s.of > SHARDS_MAX)
		return err_set(e, ERR_SCHEMA, 0,
			       "there is no part %llu of %llu: parts count "
			       "from 1 to at most %d",
			       (unsigned long long)s.index,
			       (unsigned long long)s.of, SHARDS_MAX);
	*ret = s;
	return true;
}
