/*
 * words - a step written as words of a command line.
 *
 * Layer: cli.
 */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

/**
 * words_steps - as YAML: `challenge alice 'save: c'` is a verb, its argument
 * and a key. A word that says `key: value` from the start is a line of YAML as
 * it stands. @words: NULL-terminated. free().
 */
char *words_steps(const char *const *words);

/**
 * words_fault - `alice wrong-version` as a step that breaks her TEE, or the
 * part that is named: `alice.rpc unreachable`. @fault NULL: that mends. free().
 */
char *words_fault(const char *whose, const char *fault);

#endif
