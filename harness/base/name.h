/*
 * name - whether two names are one.
 *
 * Layer: base. For lists that are looked through: most names differ in their
 * first character, and are not worth a call.
 */
#ifndef BASE_NAME_H
#define BASE_NAME_H

#include <stdbool.h>
#include <string.h>

static inline bool name_eq(const char *a, const char *b)
{
	return *a == *b && !strcmp(a, b);
}

#endif
