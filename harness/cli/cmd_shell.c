/*
 * shell - a prompt for steps on the world that is up, with completion.
 *
 * The one file that knows libedit, which is loaded here and not linked: no
 * other command should be larger for a prompt.
 */
#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <time.h>
#include <editline/readline.h>

#include "cli/caller.h"
#include "cli/commands.h"
#include "cli/words.h"
#include "base/late.h"

#include "base/base.h"

#define PIECES_MAX 64
#define PROMPT "avsbed> "
#define MORE "   ...> "

struct options {
	const char *world, *file;
};

static const struct option_spec options[] = {
	{ "world", OPTION_TEXT, "NAME", "which, if several are up",
	  offsetof(struct options, world) },
	{ "file", OPTION_TEXT, "FILE", "lines of a file, not of the input",
	  offsetof(struct options, file) },
	{ .name = NULL },
};

struct editor {
	char *(*readline)(const char *prompt);
	int (*add_history)(const char *line);
	char **(*matches)(const char *text, rl_compentry_func_t *fn);
};

struct shell {
	struct caller caller;
	struct editor edit; /* readline NULL: no terminal, plain lines */
	FILE *in;
	json_t *words; /* that may be typed */
	int code;      /* of the last line */
};

/* Where libedit's callbacks, which have no argument, find the words. */
static const struct shell *completing;

/* --- lines ---------------------------------------------------------------- */

static char *next_match(const char *text, int state)
{
	static size_t at;
	const json_t *words = completing->words;

	if (!state)
		at = 0;
	while (at < json_array_size(words)) {
		const char *w = json_string_value(json_array_get(words, at++));

		if (!strncmp(w, text, strlen(text)))
			return xstrdup(w);
	}
	return NULL;
}

static char **complete(const char *text, int start, int end)
{
	(void)start, (void)end;
	return completing->edit.matches(text, next_match);
}

static bool open_editor(struct shell *sh, struct err *e)
{
	static char breaks[] = " \t\n(,{[";
	void *lib;

	if (sh->in != stdin || !isatty(STDIN_FILENO))
		return true;
	if (!late_library(&lib, "libedit.so.2", "libedit2", e))
		return err_ctx(e, "the prompt");
	/* POSIX lets dlsym's result be a function; ISO C has no cast for it. */
	*(void **)&sh->edit.readline = late_symbol(lib, "readline");
	*(void **)&sh->edit.add_history = late_symbol(lib, "add_history");
	*(void **)&sh->edit.matches = late_symbol(lib, "rl_completion_matches");
	*(rl_completion_func_t **)late_symbol(
		lib, "rl_attempted_completion_function") = complete;
	*(char **)late_symbol(lib, "rl_basic_word_break_characters") = breaks;
	*(int *)late_symbol(lib, "rl_completion_append_character") = '\0';
	completing = sh;
	return true;
}

/* One line without its end; NULL at the end of the input. */
static char *read_line(struct shell *sh, const char *prompt)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	if (sh->edit.readline)
		return sh->edit.readline(prompt);
	n = getline(&line, &cap, sh->in);
	if (n < 0) {
		free(line);
		return NULL;
	}
	if (n && line[n - 1] == '\n')
		line[n - 1] = 0;
	return line;
}

/* A backslash at its end joins the next line, as another line of YAML. */
static char *read_all(struct shell *sh)
{
	char *text = read_line(sh, PROMPT);

	while (text && *text && text[strlen(text) - 1] == '\\') {
		CLEANUP(freep) char *more = read_line(sh, MORE);
		char *both;

		text[strlen(text) - 1] = 0;
		if (!more)
			break;
		both = xasprintf("%s\n%s", text, more);
		free(text);
		text = both;
	}
	if (text && *text && sh->edit.add_history)
		(void)sh->edit.add_history(text);
	return text;
}

/* --- what a line means ---------------------------------------------------- */

static void keep(void *arg, const char *text, bool wrong)
{
	static const char *const own[] = { "status", "env", "logs ", "fault ",
					   "fund ", "snapshot save ",
					   "snapshot load ", "help", "exit" };
	struct shell *sh = arg;
	struct err ignored;
	json_t *words;

	(void)wrong;
	if (!json_parse(&words, text, strlen(text), "words", &ignored))
		return;
	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		json_array_append_new(words, json_string(own[i]));
	json_decref(sh->words);
	sh->words = words;
}

static bool ask(struct shell *sh, json_t *take_question, caller_out *out,
		struct err *e)
{
	int code = EXIT_OK;

	if (!caller_ask(&sh->caller, take_question, out, sh, &code, e))
		return false;
	if (out == caller_print)
		sh->code = code;
	return true;
}

/* `challenge alice; save: c`: the verb, and its keys behind semicolons. */
static char *steps_of(const char *line)
{
	CLEANUP(freep) char *copy = xstrdup(line);
	const char *pieces[PIECES_MAX + 2];
	size_t n = 0;
	char *next = copy, *space;

	/* What is too much stays at the last piece, and is no YAML. */
	do {
		pieces[n++] = next;
		next = strstr(next, "; ");
		if (next && n < PIECES_MAX) {
			*next = 0;
			next += 2;
		}
	} while (next && n < PIECES_MAX);
	pieces[n] = NULL;
	space = copy + strcspn(copy, " ");
	/* `verb argument` is two words to words_steps(). */
	if (*space && !strchr(copy, ':') && n < PIECES_MAX) {
		*space = 0;
		memmove(pieces + 2, pieces + 1, n * sizeof(*pieces));
		pieces[1] = space + 1;
	}
	return words_steps(pieces);
}

static void help(void)
{
	puts("a step as in a scenario, keys behind semicolons: "
	     "`challenge: alice; save: c`\n"
	     "`challenge alice` is the same as `challenge: alice`; a backslash "
	     "at the end goes on in the next line\n"
	     "= EXPRESSION        its value: `= alice.shares.PHA`\n"
	     "status, env, logs [OPERATOR], fault OPERATOR [FAULT], "
	     "fund NAME [AMOUNT], snapshot save|load NAME, help, exit");
}

/* `logs alice` and its kin; NULL if it is none of them. */
static json_t *question(const char *line)
{
	char what[16], name[64], rest[256] = "";
	json_t *amounts;

	if (!strcmp(line, "status") || !strcmp(line, "env"))
		return json_pack("{s:s}", "ask", line);
	if (!strcmp(line, "logs") || sscanf(line, "logs %63s", name) == 1)
		return json_pack("{s:s, s:s, s:i}", "ask", "logs", "actor",
				 line[4] ? name : "", "lines", 40);
	if (sscanf(line, "snapshot %15s %63s", what, name) == 2)
		return json_pack("{s:s, s:s, s:s}", "ask", "snapshot", "what",
				 what, "name", name);
	if (sscanf(line, "fund %63s %255[^\n]", name, rest) >= 1) {
		amounts = *rest ? json_pack("[s]", rest) : json_array();
		return json_pack("{s:s, s:s, s:o}", "ask", "fund", "actor",
				 name, "amounts", amounts);
	}
	return NULL;
}

/* What is no question to the desk is played. */
static char *steps_of_line(const char *line)
{
	char name[64], fault[256] = "";

	if (*line == '=')
		return xasprintf("let:\n  value: %s", line + 1);
	if (sscanf(line, "fault %63s %255[^\n]", name, fault) >= 1)
		return words_fault(name, *fault ? fault : NULL);
	return steps_of(line);
}

static bool play_line(struct shell *sh, const char *line, struct err *e)
{
	CLEANUP(freep) char *text = NULL;
	json_t *q = question(line);

	if (q)
		return ask(sh, q, caller_print, e);
	if (!strcmp(line, "help")) {
		help();
		return true;
	}
	text = steps_of_line(line);
	return ask(sh,
		   json_pack("{s:s, s:s, s:s}", "ask", "do", "name", "shell",
			     "text", text),
		   caller_print, e) &&
	       ask(sh, json_pack("{s:s}", "ask", "words"), keep, e);
}

/* Ctrl-C while a line was typed; the loop would take it for the next wait's. */
static void forget_interrupt(void)
{
	const struct timespec at_once = { 0 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	while (sigtimedwait(&set, NULL, &at_once) > 0)
		;
}

/* Ctrl-C while it is played ends the waiting, and at a prompt no more. */
static bool goes_on(struct shell *sh, struct err *e)
{
	if (!sh->edit.readline || !loop_stopped(sh->caller.loop))
		return false;
	loop_go_on(sh->caller.loop);
	*e = ERR_INIT;
	puts("interrupted; what was asked for may still happen");
	return true;
}

static bool play_lines(struct shell *sh, struct err *e)
{
	if (!ask(sh, json_pack("{s:s}", "ask", "words"), keep, e))
		return false;
	for (;;) {
		CLEANUP(freep) char *text = read_all(sh);
		char *line = text, *end;

		if (!text || !strcmp(text, "exit") || !strcmp(text, "quit"))
			return true;
		while (isspace((unsigned char)*line))
			line++;
		end = line + strlen(line);
		while (end > line && isspace((unsigned char)end[-1]))
			*--end = 0;
		if (sh->edit.readline)
			forget_interrupt();
		if (*line && !play_line(sh, line, e) && !goes_on(sh, e))
			return false;
	}
}

static int shell_main(const char *const *argv)
{
	CLEANUP(freep) const char **words = NULL;
	struct options o = { NULL, NULL };
	struct shell sh = { .in = stdin, .code = EXIT_OK };
	struct err e = ERR_INIT;
	int code;

	if (!command_options(&command_shell, &o, argv, &words, &code))
		return code;
	if (o.file && !(sh.in = fopen(o.file, "re"))) {
		err_os(&e, errno, "%s", o.file);
		return command_failed(&e);
	}
	if (!caller_open(&sh.caller, o.world, &e)) {
		if (o.file)
			fclose(sh.in);
		return command_failed(&e);
	}
	/* Of lines from a file the last one's code counts, as in a shell. */
	code = open_editor(&sh, &e) && play_lines(&sh, &e) ? sh.code
							   : command_failed(&e);
	json_decref(sh.words);
	if (o.file)
		fclose(sh.in);
	caller_close(&sh.caller);
	return code;
}

const struct command command_shell = {
	.name = "shell",
	.args = "",
	.help = "a prompt for steps on the world that is up",
	.options = options,
	.main = shell_main,
};
