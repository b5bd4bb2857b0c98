/*
 * plain - characters that stand in JSON's texts as they are.
 *
 * Layer: base. Nearly all that a node says is in such characters, so they are
 * passed over 16 at a time.
 */
#ifndef BASE_PLAIN_H
#define BASE_PLAIN_H

#include <stddef.h>

/**
 * plain_len - how many characters of @s come before the first that is a quote,
 * a backslash, below a space or beyond ASCII; @len if there is none.
 */
size_t plain_len(const char *s, size_t len);

#endif
