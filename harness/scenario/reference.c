#include "scenario/reference.h"

#include "base/base.h"

#include "scenario/verbs.h"

static const char *form_text(const struct param_spec *p)
{
	static const char *const texts[FORM__COUNT] = {
		[FORM_VALUE] = "",
		[FORM_CALL] = "a call",
		[FORM_LETS] = "a map",
		[FORM_ADVANCE] = "a distance or a moment",
		[FORM_COMMAND] = "words",
		[FORM_REQUEST] = "words",
		[FORM_FILE] = "a path",
		[FORM_CHECKS] = "one or a list",
		[FORM_ROWS] = "rows",
		[FORM_STEPS] = "a list of steps",
		[FORM_ARMS] = "a map of lists of steps",
		[FORM_EXPECT] = "a map of expectations",
	};

	return p->form == FORM_VALUE ? want_name(p->want) : texts[p->form];
}

static void add_param(struct buf *out, const char *name,
		      const struct param_spec *p)
{
	buf_addf(out, "| `%s:` | %s | %s%s |\n", name, form_text(p), p->doc,
		 p->required ? "" : " (optional)");
}

static void add_verb(struct buf *out, const struct verb_spec *v)
{
	buf_addf(out, "\n## %s\n\n%s%s\n\n| key | is | what it says |\n"
		      "|---|---|---|\n",
		 v->name, v->doc,
		 v->repeats ? " A list means once for each." : "");
	add_param(out, v->name, &v->main);
	for (int i = 0; v->params[i].name; i++)
		add_param(out, v->params[i].name, &v->params[i]);
	buf_addf(out, "\n```yaml\n%s```\n", v->example);
}

/* What every example takes for granted. */
static const char before_examples[] =
	"world: phala-cloud\n"
	"operators:\n"
	"  alice, bob: {tee: tdx, stake: 1000 PHA, allocate: 50%}\n"
	"  dora: {tee: tdx, stake: 1000 PHA, allocate: 50%, process: off}\n"
	"steps:\n"
	"  - register: [alice, bob, dora]\n"
	"  - grant: [alice, carol]\n"
	"    amount: 5 PHA\n"
	"  - challenge: dora                           # whom nobody answers for\n"
	"    save: c\n";

void reference_example(struct buf *out, enum verb v)
{
	const char *line = verb_specs[v].example;

	buf_addf(out, "scenario: %s\n%s", verb_specs[v].name,
		 before_examples);
	while (*line) {
		size_t n = strcspn(line, "\n");

		buf_addf(out, "  %.*s\n", (int)n, line);
		line += n + (line[n] == '\n');
	}
	buf_adds(out, "  - check: head > 0\n");
}

/* "scenarios/verbs/core/slash.yaml": core. */
static const char *folder_of(const struct verb_def *def, char ret[64])
{
	const char *end = strrchr(def->file->file, '/');
	const char *at = end;

	while (at && at > def->file->file && at[-1] != '/')
		at--;
	snprintf(ret, 64, "%.*s", end ? (int)(end - at) : 0, end ? at : "");
	return ret;
}

static void add_def(struct buf *out, const struct verb_def *def)
{
	buf_addf(out, "\n### %s\n\n", def->name);
	if (def->doc)
		buf_addf(out, "%s%s\n\n", def->doc,
			 def->takes_n && !def->takes[0].type.list
				 ? " A list means once for each."
				 : "");
	buf_adds(out, "| key | is |\n|---|---|\n");
	for (size_t i = 0; i < def->takes_n; i++) {
		const struct take *t = &def->takes[i];

		buf_addf(out, "| `%s:` | %s%s", i ? t->name : def->name,
			 t->type.text, i ? "" : " (the main argument)");
		if (t->fallback && t->fallback->raw)
			buf_addf(out, "; `%s` if unsaid", t->fallback->raw);
		else if (t->fallback)
			buf_adds(out, "; optional");
		buf_adds(out, " |\n");
	}
	if (def->gives_n)
		buf_adds(out, "\nIt gives");
	for (size_t i = 0; i < def->gives_n; i++)
		buf_addf(out, "%s `%s`", i ? "," : "", def->gives[i].name);
	buf_adds(out, def->gives_n ? ".\n" : "");
}

void reference_written(struct buf *out, const struct verb_def *const *defs,
		       size_t n)
{
	char last[64] = "", folder[64];

	for (size_t i = 0; i < n; i++) {
		if (strcmp(folder_of(defs[i], folder), last) != 0)
			buf_addf(out,
				 "\n## Written in YAML: %s\n\nOf "
				 "`scenarios/verbs/%s/`, for worlds that name "
				 "`verbs: [%s]` or continue one that does.\n",
				 folder, folder, folder);
		snprintf(last, sizeof(last), "%s", folder);
		add_def(out, defs[i]);
	}
}

void reference_verbs(struct buf *out)
{
	buf_adds(out,
		 "<!-- Written by `build/bin/avsbed verbs`; a test compares. "
		 "-->\n"
		 "# The verbs of the language\n\n"
		 "A step is a map whose first key is its verb. The language has "
		 "these; those written in\nYAML stand at the end, by the "
		 "folder that a world names. `docs/language.md` has the "
		 "rules.\n\n"
		 "Every step may have these keys as well:\n\n"
		 "| key | what it says |\n|---|---|\n");
	for (int i = 0; i < COMMON__COUNT; i++)
		buf_addf(out, "| `%s:` | %s |\n", common_specs[i].name,
			 common_specs[i].doc);
	buf_adds(out,
		 "\nEach verb has an example below. `make check` plays them, "
		 "each after these steps:\n\n```yaml\n");
	buf_adds(out, before_examples);
	buf_adds(out, "```\n");
	for (int v = 0; v < VERB__COUNT; v++)
		add_verb(out, &verb_specs[v]);
}
