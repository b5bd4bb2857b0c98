/*
 * kit - what every unit test uses: cmocka in its include order, and asserts
 * that print this project's values.
 *
 * Not a room: linked with tests only.
 */
#ifndef TEST_KIT_H
#define TEST_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"

/* The call succeeded; prints the error's text if not. Declares nothing. */
#define assert_ok(call, e)                                                     \
	do {                                                                   \
		if (!(call))                                                   \
			fail_msg("%s: %s: %s", #call,                          \
				 err_code_name((e)->code), (e)->text);         \
	} while (0)

/*
 * The call failed with this code and a text that contains @part. Never assert
 * that something failed without asserting which failure it was.
 */
#define assert_err(call, e, want, part)                                        \
	do {                                                                   \
		*(e) = ERR_INIT;                                               \
		if (call)                                                      \
			fail_msg("%s: succeeded, wanted %s", #call,            \
				 err_code_name(want));                         \
		kit_err_is((e), (want), (part), __FILE__, __LINE__);           \
	} while (0)

void kit_err_is(const struct err *e, enum err_code want, const char *part,
		const char *file, int line);

/* Compares bytes with hex text; prints both on failure. */
#define assert_hex(data, len, hex)                                             \
	kit_hex_is((data), (len), (hex), __FILE__, __LINE__)
void kit_hex_is(const void *data, size_t len, const char *hex,
		const char *file, int line);

/*
 * kit_fixture - the path of fixtures/@name, found from AVSBED_ROOT or the
 * working directory. Static buffer, valid until the next call.
 */
const char *kit_fixture(const char *name);

/*
 * kit_vectors - call @check with the @n fields of each line of fixtures/@name,
 * a text file: fields stand between spaces, "-" is the empty one, lines that
 * begin with # are comments. A failure inside prints the line's number.
 */
void kit_vectors(const char *name, size_t n, void (*check)(char **fields));

/*
 * kit_property - call @check @n times with a seed of its own each; a failure
 * inside prints the seed by which it can be repeated (AVSBED_PROP_SEED).
 */
void kit_property(uint64_t seed, unsigned n, void (*check)(uint64_t seed));

/* A temporary directory of this test, removed with all in it by the second. */
char *kit_tmpdir_new(void);
void kit_tmpdir_free(char *dir);

#endif
