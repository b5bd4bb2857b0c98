#include "cli/target.h"

#include <sys/stat.h>

#include "base/base.h"

char *target_journal(const char *run)
{
	struct stat st;

	/* A folder stands for the journal that a run left in it. */
	if (!stat(run, &st) && S_ISDIR(st.st_mode))
		return xasprintf("%s/journal.jsonl", run);
	return xstrdup(run);
}

bool target_parse(struct target *ret, const char *text, struct err *e)
{
	size_t run = strcspn(text, ":");
	const char *id = text + run + (text[run] != 0);
	const char *step = strrchr(id, ':');
	struct target t = { 0 };

	if (!run)
		return err_set(e, ERR_SCHEMA, 0,
			       "%s names no run: wanted is RUN:SCENARIO or "
			       "RUN:SCENARIO:STEP, where RUN is a folder of "
			       "reports or a journal",
			       text);
	/* What looks like no step belongs to the name of a row. */
	if (step && (!step[1] || step[1 + strspn(step + 1, "0123456789.")]))
		step = NULL;
	t.run = xstrndup(text, run);
	t.journal = target_journal(t.run);
	if (*id && id != step)
		t.scenario = step ? xstrndup(id, (size_t)(step - id))
				  : xstrdup(id);
	if (step)
		t.step = xstrdup(step + 1);
	*ret = t;
	return true;
}

void target_done(struct target *t)
{
	free(t->run);
	free(t->journal);
	free(t->scenario);
	free(t->step);
	*t = (struct target){ 0 };
}
