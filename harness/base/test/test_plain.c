#include "test/kit.h"

#include "base/base.h"
#include "base/plain.h"
#include "base/rng.h"

static bool alone_is_plain(char c)
{
	return c >= ' ' && c != '"' && c != '\\'; /* beyond ASCII is below 0 */
}

static void every_character_at_every_place_of(size_t len)
{
	CLEANUP(freep) char *s = xmalloc(len); /* so that ASan sees its end */

	for (int c = -128; c < 128; c++)
		for (size_t at = 0; at < len; at++) {
			memset(s, 'a', len);
			s[at] = (char)c;
			assert_int_equal(plain_len(s, len),
					 alone_is_plain((char)c) ? len : at);
		}
}

static void every_character_at_every_place(void **state)
{
	(void)state;
	every_character_at_every_place_of(24);
	every_character_at_every_place_of(200); /* many are taken at once */
	every_character_at_every_place_of(256);
}

/* What stands beside a character must not hide it, nor look like it. */
static void the_first_of_several(uint64_t seed)
{
	static const char few[] = { 0, 1, 0x1f, ' ', '!', '"', '#', '[', '\\',
				    ']', '~', 0x7f, (char)0x80, (char)0xff };
	struct rng r = RNG_INIT(seed);
	bool is_long = !rng_below(&r, 4);
	size_t len = rng_below(&r, is_long ? 400 : 40), n = 0;
	CLEANUP(freep) char *s = xmalloc(len);

	for (size_t i = 0; i < len; i++)
		s[i] = rng_below(&r, is_long ? 200 : 4) ? 'a'
					: few[rng_below(&r, sizeof(few))];
	while (n < len && alone_is_plain(s[n]))
		n++;
	assert_int_equal(plain_len(s, len), n);
}

static void whatever_is_beside_it(void **state)
{
	(void)state;
	kit_property(1, 2000, the_first_of_several);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_character_at_every_place),
	    cmocka_unit_test(whatever_is_beside_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
