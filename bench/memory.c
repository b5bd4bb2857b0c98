/*
 * What the harness has in memory while it plays, read from outside: as it says
 * each verdict, /proc is asked. Libraries count, whoever else has them mapped.
 */
#include "bench/bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "base/base.h"
#include "base/hex.h"

/* The number behind @key in /proc/PID/status; 0 if the process is gone. */
static uint64_t status_kb(pid_t pid, const char *key)
{
	CLEANUP(freep) char *path = xasprintf("/proc/%d/status", (int)pid);
	struct buf text = BUF_INIT(1u << 16);
	const char *at;
	uint64_t kb = 0;
	struct err e;

	if (buf_read_file(&text, path, &e) &&
	    (at = strstr(buf_str(&text), key)))
		sscanf(at + strlen(key), ": %" SCNu64, &kb);
	buf_done(&text);
	return kb;
}

static bool is_avsbed(pid_t pid)
{
	CLEANUP(freep) char *path = xasprintf("/proc/%d/comm", (int)pid);
	struct buf text = BUF_INIT(64);
	struct err e;
	bool yes = buf_read_file(&text, path, &e) &&
		   !strcmp(buf_str(&text), "avsbed\n");

	buf_done(&text);
	return yes;
}

/* The most that any of its workers had. */
static uint64_t workers_kb(pid_t pid)
{
	CLEANUP(freep)
	char *path = xasprintf("/proc/%d/task/%d/children", (int)pid, (int)pid);
	struct buf text = BUF_INIT(1u << 16);
	uint64_t most = 0;
	struct err e;

	if (!buf_read_file(&text, path, &e))
		buf_clear(&text);
	for (char *at = text.len ? (char *)text.data : NULL, *word;
	     (word = at ? strsep(&at, " ") : NULL);) {
		uint64_t child, kb;

		if (!dec_u64(&child, word, &e) || !is_avsbed((pid_t)child))
			continue;
		kb = status_kb((pid_t)child, "VmHWM");
		most = kb > most ? kb : most;
	}
	buf_done(&text);
	return most;
}

static void note(struct watched *w, pid_t pid)
{
	static const size_t marks[WATCHED_MARKS] = { WATCHED_AT };
	uint64_t now = status_kb(pid, "VmRSS"), hwm = status_kb(pid, "VmHWM");
	uint64_t workers = workers_kb(pid);

	w->played++;
	for (size_t i = 0; i < WATCHED_MARKS; i++)
		if (w->played == marks[i])
			w->at_kb[i] = now;
	w->most_kb = hwm > w->most_kb ? hwm : w->most_kb;
	w->worker_kb = workers > w->worker_kb ? workers : w->worker_kb;
}

struct watched bench_watch(const char *const *argv)
{
	struct watched w = { 0 };
	int out[2], status = -1;
	char *line = NULL;
	size_t cap = 0;
	FILE *f;
	pid_t pid;

	if (pipe(out) || (pid = fork()) < 0)
		bench_die("cannot start %s", argv[0]);
	if (!pid) {
		if (dup2(out[1], STDOUT_FILENO) >= 0)
			execv(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	close(out[1]);
	f = fdopen(out[0], "r");
	while (f && getline(&line, &cap, f) >= 0)
		if (!strncmp(line, "pass ", 5))
			note(&w, pid);
	free(line);
	if (f)
		fclose(f);
	waitpid(pid, &status, 0);
	if (status)
		bench_die("%s %s failed after %zu scenarios", argv[0], argv[1],
			  w.played);
	return w;
}
