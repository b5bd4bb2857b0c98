#include "report/story.h"

#include "base/base.h"

#define RECORDS_MAX (512u << 20)

struct reader {
	struct story *s;
	size_t first; /* of this journal's scenarios */
	/* Of the run at hand. */
	char *seed, *operator;
	json_t *sources;
	long long version;
	long long wanted; /* scenarios that it was to play */
	size_t begin;	  /* of its scenarios */
};

struct story_records {
	struct buf text; /* record,\nrecord */
	json_t *list;	 /* the same, or NULL */
};

struct story_records *story_records_of(json_t *list)
{
	struct story_records *r = xcalloc(1, sizeof(*r));

	*r = (struct story_records){ .text = BUF_INIT(RECORDS_MAX),
				     .list = list };
	return r;
}

void story_records_free(struct story_records *r)
{
	if (!r)
		return;
	buf_done(&r->text);
	json_decref(r->list);
	free(r);
}

static void add_record(struct story_records *r, const json_t *record)
{
	if (r->text.len)
		buf_adds(&r->text, ",\n");
	json_add(&r->text, record, JSON_COMPACT);
}

const json_t *story_records(const struct story_scenario *s)
{
	const char *at = buf_str(&s->records->text);

	if (s->records->list)
		return s->records->list;
	s->records->list = json_array();
	while (*at) {
		size_t len = strcspn(at, "\n"), more = at[len] == '\n';
		json_t *record;
		struct err e;

		/* It was written by us, from one that had been read. */
		ASSERT(json_parse(&record, at, len - more, "a record", &e));
		json_array_append_new(s->records->list, record);
		at += len + more;
	}
	return s->records->list;
}

void story_add_records(const struct story_scenario *s,
		       void (*fn)(struct buf *to, const char *text),
		       struct buf *to)
{
	fn(to, "[");
	fn(to, buf_str(&s->records->text));
	fn(to, "]");
}

bool story_is_wrong(const struct story_scenario *x)
{
	return x->verdict != VERDICT_PASS && x->verdict != VERDICT_SKIP;
}

const char *story_text(const json_t *record, const char *key)
{
	const char *s = json_string_value(json_object_get(record, key));

	return s ? s : "";
}

long long story_int(const json_t *record, const char *key)
{
	return (long long)json_integer_value(json_object_get(record, key));
}

void story_plain(char *text)
{
	for (unsigned char *c = (unsigned char *)text; *c; c++) {
		if ((*c < 0x20 && *c != '\n' && *c != '\t') || *c == 0x7f)
			*c = '?';
		/* U+0080 to U+009F, of which some terminals take U+009B for
		 * the beginning of a command. */
		if (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0)
			c[0] = c[1] = '?';
	}
}

static struct story_scenario *add(struct reader *r, const char *id)
{
	struct story *s = r->s;
	struct story_scenario *x;

	GROW(s->scenarios, s->n, s->cap);
	x = &s->scenarios[s->n++];
	*x = (struct story_scenario){
		.id = xstrdup(id),
		.seed = xstrdup(r->seed ? r->seed : ""),
		.operator = r->operator ? xstrdup(r->operator) : NULL,
		.verdict = VERDICT_ERROR,
		.reason = xstrdup("the journal ends before the scenario does"),
		.start = json_object(),
		.shared = json_incref(r->sources),
		.records = story_records_of(NULL),
	};
	return x;
}

/* The one of this journal that has begun and not ended. */
static struct story_scenario *open_one(struct reader *r, const char *id)
{
	for (size_t i = r->s->n; i-- > r->first;)
		if (!r->s->scenarios[i].ended &&
		    !strcmp(r->s->scenarios[i].id, id))
			return &r->s->scenarios[i];
	return add(r, id);
}

static void take_start(struct reader *r, const char *id, const json_t *record)
{
	struct story_scenario *x = add(r, id);
	const char *seed = story_text(record, "seed");

	if (*seed) {
		free(x->seed);
		x->seed = xstrdup(seed);
	}
	json_decref(x->start);
	x->start = json_deep_copy(record);
}

static void take_end(struct reader *r, const char *id, const json_t *record)
{
	struct story_scenario *x = open_one(r, id);

	x->ended = true;
	x->ms = story_int(record, "ms");
	free(x->reason);
	x->reason = xstrdup(story_text(record, "reason"));
	if (verdict_parse(&x->verdict, story_text(record, "verdict")))
		return;
	x->verdict = VERDICT_ERROR;
	free(x->reason);
	x->reason = xstrdup("the journal names no verdict");
}

/*
 * A run that ended early has to show it: what was not played would be missed
 * by nobody, and the rest of it look like all of it.
 */
static void end_run(struct reader *r)
{
	long long played = (long long)(r->s->n - r->begin);
	struct story_scenario *x;
	bool wrong = false;

	if (played >= r->wanted)
		return;
	for (size_t i = r->begin; i < r->s->n; i++)
		wrong |= story_is_wrong(&r->s->scenarios[i]);
	x = add(r, STORY_NOT_PLAYED);
	x->ended = true;
	x->verdict = wrong ? VERDICT_SKIP : VERDICT_ERROR;
	free(x->reason);
	x->reason = xasprintf("%lld of %lld scenarios were not played: the "
			      "run ended before them",
			      r->wanted - played, r->wanted);
}

static void take_run(struct reader *r, const json_t *record)
{
	const char *seed = story_text(record, "seed");
	const char *operator = story_text(record, "operator");

	end_run(r);
	r->begin = r->s->n;
	r->wanted = story_int(record, "scenarios");
	r->s->runs++;
	r->version = story_int(record, "version");
	free(r->seed);
	r->seed = xstrdup(seed);
	json_decref(r->sources);
	r->sources = json_deep_copy(json_object_get(record, "sources"));
	free(r->operator);
	r->operator = *operator ? xstrdup(operator) : NULL;
	if (!r->s->seed)
		r->s->seed = xstrdup(seed);
}

static void take_record(void *arg, const json_t *record)
{
	struct reader *r = arg;
	const char *ev = story_text(record, "ev");
	const char *id = story_text(record, "scn");
	struct story_scenario *x;

	if (!strcmp(ev, "run.start")) {
		take_run(r, record);
	} else if (!strcmp(ev, "run.end")) {
		r->s->ms += story_int(record, "ms");
	} else if (!*id) {
		return; /* a note of the run as a whole */
	} else if (!strcmp(ev, "scenario.start")) {
		take_start(r, id, record);
	} else if (!strcmp(ev, "scenario.end")) {
		take_end(r, id, record);
	} else {
		x = open_one(r, id);
		x->failures += !strcmp(ev, "failure");
		add_record(x->records, record);
	}
}

static bool read_one(struct story *s, const char *path, struct err *e)
{
	struct reader r = { .s = s, .first = s->n, .begin = s->n };
	size_t runs = s->runs;
	bool ok = journal_read(path, take_record, &r, e);

	end_run(&r);
	free(r.seed);
	json_decref(r.sources);
	free(r.operator);
	if (!ok)
		return false;
	if (r.version > JOURNAL_VERSION)
		return err_set(e, ERR_UNSUPPORTED, 0,
			       "%s: a journal of version %lld; this avsbed "
			       "reads up to %d, use the one that wrote it",
			       path, r.version, JOURNAL_VERSION);
	if (s->runs == runs)
		return err_set(e, ERR_SCHEMA, 0,
			       "%s has no record run.start: it is no journal, "
			       "or that of a run that ended before it began",
			       path);
	return true;
}

static int by_id(const void *a, const void *b)
{
	const struct story_scenario *x = *(struct story_scenario *const *)a;
	const struct story_scenario *y = *(struct story_scenario *const *)b;
	int c = strcmp(x->id, y->id);

	return c ? c : x < y ? -1 : 1;
}

static void count_times(struct story *s)
{
	CLEANUP(freep)
	struct story_scenario **by = xcalloc(s->n + 1, sizeof(*by));

	for (size_t i = 0; i < s->n; i++)
		by[i] = &s->scenarios[i];
	qsort(by, s->n, sizeof(*by), by_id);
	for (size_t i = 0; i < s->n; i++)
		by[i]->times = i && !strcmp(by[i]->id, by[i - 1]->id)
				       ? by[i - 1]->times + 1
				       : 1;
}

char *story_key(const struct story_scenario *x)
{
	return x->times > 1 ? xasprintf("%s~%zu", x->id, x->times)
			    : xstrdup(x->id);
}

bool story_read(struct story *ret, const char *const *journals, size_t n,
		struct err *e)
{
	struct story s = { 0 };

	for (size_t i = 0; i < n; i++) {
		if (!read_one(&s, journals[i], e)) {
			story_done(&s);
			return false;
		}
	}
	for (size_t i = 0; i < s.n; i++)
		s.count[s.scenarios[i].verdict]++;
	count_times(&s);
	*ret = s;
	return true;
}

void story_done(struct story *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->scenarios[i].id);
		free(s->scenarios[i].seed);
		free(s->scenarios[i].operator);
		free(s->scenarios[i].reason);
		json_decref(s->scenarios[i].start);
		json_decref(s->scenarios[i].shared);
		story_records_free(s->scenarios[i].records);
	}
	free(s->scenarios);
	free(s->seed);
	*s = (struct story){ 0 };
}

static unsigned urgency(enum verdict v)
{
	switch (v) {
	case VERDICT_ERROR:
		return 0;
	case VERDICT_FAIL:
	case VERDICT_TIMEOUT:
		return 1;
	case VERDICT_SKIP:
		return 2;
	case VERDICT_PASS:
	case VERDICT__COUNT:
		break;
	}
	return 3;
}

size_t *story_order(const struct story *s)
{
	size_t *order = xcalloc(s->n + 1, sizeof(*order));
	size_t n = 0;

	for (unsigned u = 0; u <= 3; u++)
		for (size_t i = 0; i < s->n; i++)
			if (urgency(s->scenarios[i].verdict) == u)
				order[n++] = i;
	return order;
}
