#include "report/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

#include "base/base.h"

#define SINKS_MAX 4
#define LINE_MAX_BYTES (8u << 20)
#define LINES_BYTES (32u << 10) /* are not gathered any further */

struct journal {
	int fd; /* -1: sinks only */
	char *path;
	char *scenario; /* NULL between scenarios */
	json_t *copies; /* or NULL */
	struct buf lines; /* not yet written */
	bool private;
	uint64_t start_ms;
	bool failed; /* something could not be written */
	int errnum;
	const char *kind; /* of the record being written, or NULL */
	size_t begun;	  /* where it begins in @lines */
	struct {
		journal_sink_fn fn;
		journal_wants_fn wants; /* NULL: all */
		void *arg;
	} sinks[SINKS_MAX];
	size_t sinks_n;
};

static const char *const verdict_names[VERDICT__COUNT] = {
	[VERDICT_PASS] = "pass",       [VERDICT_FAIL] = "fail",
	[VERDICT_SKIP] = "skip",       [VERDICT_TIMEOUT] = "timeout",
	[VERDICT_ERROR] = "error",
};

const char *verdict_name(enum verdict v)
{
	ASSERT((unsigned)v < VERDICT__COUNT);
	return verdict_names[v];
}

bool verdict_parse(enum verdict *ret, const char *name)
{
	for (unsigned v = 0; v < VERDICT__COUNT; v++) {
		if (!strcmp(name, verdict_names[v])) {
			*ret = (enum verdict)v;
			return true;
		}
	}
	return false;
}

/* Emptied, and ours until it is closed; a device or a pipe is anybody's. */
static bool open_file(int *ret, const char *path, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		goto failed;
	if (S_ISREG(st.st_mode)) {
		if (flock(fd, LOCK_EX | LOCK_NB)) {
			if (errno != EWOULDBLOCK)
				goto failed;
			close(fd);
			return err_set(e, ERR_OS, EWOULDBLOCK,
				      "another run writes the journal %s; let "
				      "it end, or give this one a place of its "
				      "own",
				      path);
		}
		if (ftruncate(fd, 0))
			goto failed;
	}
	*ret = fd;
	return true;
failed:
	err_os(e, errno, "cannot write the journal %s", path);
	if (fd >= 0)
		close(fd);
	return false;
}

bool journal_new(struct journal **ret, const char *path, struct err *e)
{
	struct journal *j;
	int fd = -1;

	if (path && !open_file(&fd, path, e))
		return false;
	j = xcalloc(1, sizeof(*j));
	j->fd = fd;
	j->lines = BUF_INIT(SIZE_MAX / 2);
	j->path = path ? xstrdup(path) : NULL;
	j->start_ms = clock_ms();
	*ret = j;
	return true;
}

static void note_failure(struct journal *j)
{
	if (!j->failed)
		j->errnum = errno;
	j->failed = true;
}

/* A line is whole or absent: a kill must not leave half of one. */
static void write_lines(struct journal *j)
{
	if (!fd_write(j->fd, j->lines.data, j->lines.len))
		note_failure(j);
	buf_clear(&j->lines);
}

bool journal_close(struct journal *j, struct err *e)
{
	write_lines(j);
	if (j->failed)
		return err_os(e, j->errnum, "cannot write the journal %s",
			      j->path);
	return true;
}

void journal_free(struct journal *j)
{
	if (!j)
		return;
	write_lines(j);
	if (j->fd >= 0)
		close(j->fd);
	buf_done(&j->lines);
	json_decref(j->copies);
	free(j->path);
	free(j->scenario);
	free(j);
}

void journal_sink(struct journal *j, journal_sink_fn fn,
		  journal_wants_fn wants, void *arg)
{
	ASSERT(j->sinks_n < SINKS_MAX);
	j->sinks[j->sinks_n].fn = fn;
	j->sinks[j->sinks_n].wants = wants;
	j->sinks[j->sinks_n++].arg = arg;
}

void journal_context(struct journal *j, const char *scenario)
{
	free(j->scenario);
	j->scenario = scenario ? xstrdup(scenario) : NULL;
}

static void end_line(struct journal *j)
{
	buf_addc(&j->lines, '\n');
	if (j->lines.len >= LINES_BYTES)
		write_lines(j);
}

static void write_line(struct journal *j, const json_t *record)
{
	if (j->fd < 0)
		return;
	json_write(&j->lines, record);
	end_line(j);
}

/* What every record begins with. */
static void begin_line(struct journal *j, const char *kind, uint64_t t)
{
	buf_adds(&j->lines, "{\"ev\":");
	buf_addjson(&j->lines, kind, strlen(kind));
	buf_adds(&j->lines, ",\"t\":");
	buf_addu64(&j->lines, t);
	if (j->scenario) {
		buf_adds(&j->lines, ",\"scn\":");
		buf_addjson(&j->lines, j->scenario, strlen(j->scenario));
	}
}

/* A line that begins so; @fields go on from there. */
static void write_fields(struct journal *j, const char *kind, uint64_t t,
			 const json_t *fields)
{
	size_t at;

	if (j->fd < 0)
		return;
	begin_line(j, kind, t);
	at = j->lines.len;
	json_write(&j->lines, fields);
	if (json_object_size(fields)) {
		j->lines.data[at] = ',';
	} else {
		buf_cut(&j->lines, at);
		buf_addc(&j->lines, '}');
	}
	end_line(j);
}

void journal_settle(struct journal *j)
{
	if (!j->private)
		write_lines(j);
}

void journal_private(struct journal *j)
{
	j->private = true;
}

static bool is_wanted(const struct journal *j, size_t sink, const char *kind)
{
	return !j->sinks[sink].wants ||
	       j->sinks[sink].wants(j->sinks[sink].arg, kind);
}

static bool is_wanted_by_any(const struct journal *j, const char *kind)
{
	for (size_t i = 0; i < j->sinks_n; i++)
		if (is_wanted(j, i, kind))
			return true;
	return j->copies != NULL;
}

static void tell_sinks(struct journal *j, const char *kind,
		       const json_t *record)
{
	for (size_t i = 0; i < j->sinks_n; i++)
		if (is_wanted(j, i, kind))
			j->sinks[i].fn(j->sinks[i].arg, record);
}

/* Those who keep them, and those who read them. */
static void tell(struct journal *j, const char *kind, json_t *record)
{
	if (j->copies)
		json_array_append(j->copies, record);
	tell_sinks(j, kind, record);
}

static const char *kind_of(const json_t *record)
{
	const char *kind = json_string_value(json_object_get(record, "ev"));

	return kind ? kind : "";
}

void journal_pass(struct journal *j, const json_t *record)
{
	write_line(j, record);
	tell_sinks(j, kind_of(record), record);
}

static uint64_t since_start(const struct journal *j)
{
	return clock_ms() - j->start_ms;
}

/* What every record has. */
static void add_common(const struct journal *j, json_t *record,
		       const char *kind, uint64_t t)
{
	json_object_set_new(record, "ev", json_string(kind));
	json_object_set_new(record, "t", json_integer((json_int_t)t));
	if (j->scenario)
		json_object_set_new(record, "scn", json_string(j->scenario));
}

void journal_write(struct journal *j, const char *kind, json_t *fields)
{
	CLEANUP(json_decrefp) json_t *record = fields ? fields : json_object();
	uint64_t t = since_start(j);

	/*
	 * In the file they come first, and last in memory: before fields that
	 * are there they could only stand in a copy of them all.
	 */
	write_fields(j, kind, t, record);
	if (!is_wanted_by_any(j, kind))
		return;
	add_common(j, record, kind, t);
	tell(j, kind, record);
}

struct buf *journal_begin(struct journal *j, const char *kind)
{
	ASSERT(!j->kind);
	j->kind = kind;
	j->begun = j->lines.len;
	begin_line(j, kind, since_start(j));
	return &j->lines;
}

void journal_end(struct journal *j)
{
	CLEANUP(json_decrefp) json_t *record = NULL;
	const char *kind = TAKE(j->kind);
	struct err e;

	buf_addc(&j->lines, '}');
	if (is_wanted_by_any(j, kind))
		ASSERT(json_parse(&record, buf_str(&j->lines) + j->begun,
				  j->lines.len - j->begun, "a record", &e));
	if (j->fd < 0)
		buf_cut(&j->lines, j->begun);
	else
		end_line(j);
	if (record)
		tell(j, kind, record);
}

void journal_copy(struct journal *j, bool on)
{
	json_decref(j->copies);
	j->copies = on ? json_array() : NULL;
}

json_t *journal_copies(struct journal *j)
{
	json_t *copies = j->copies;

	ASSERT(copies);
	j->copies = json_array();
	return copies;
}

void journal_again(struct journal *j, const json_t *record)
{
	CLEANUP(json_decrefp) json_t *own = json_object();

	add_common(j, own, kind_of(record), since_start(j));
	/* What is there already stays, and stays first. */
	json_object_update_missing(own, (json_t *)(uintptr_t)record);
	journal_pass(j, own);
}

void journal_since(struct journal *j, uint64_t start_ms)
{
	j->start_ms = start_ms;
}

uint64_t journal_started(const struct journal *j)
{
	return j->start_ms;
}

static bool read_lines(FILE *f, const char *path, journal_sink_fn fn,
		       void *arg, struct err *e)
{
	/* Of which no more is touched than the longest line takes. */
	CLEANUP(freep) char *line = xmalloc(LINE_MAX_BYTES + 2);
	size_t n = 0;

	while (fgets(line, LINE_MAX_BYTES + 2, f)) {
		CLEANUP(json_decrefp) json_t *record = NULL;
		size_t len = strlen(line);

		n++;
		if (len > LINE_MAX_BYTES)
			return err_set(e, ERR_LIMIT, 0,
				       "%s:%zu: a line of more than %u bytes",
				       path, n, LINE_MAX_BYTES);
		if (!json_parse(&record, line, len, path, e))
			return err_ctx(e, "record %zu", n);
		if (!json_is_object(record))
			return err_set(e, ERR_SCHEMA, 0,
				       "%s:%zu: a record must be an object",
				       path, n);
		fn(arg, record);
	}
	return true;
}

bool journal_read(const char *path, journal_sink_fn fn, void *arg,
		  struct err *e)
{
	FILE *f = fopen(path, "re");
	bool ok;

	if (!f)
		return err_os(e, errno, "cannot open the journal %s", path);
	ok = read_lines(f, path, fn, arg, e);
	fclose(f);
	return ok;
}
