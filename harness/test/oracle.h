/*
 * oracle - asks foundry's cast what the right answer is.
 *
 * Not a room: linked with tests only. cast is fetched by the set-up into
 * build/tools/; without it a test that asks is skipped, loudly.
 */
#ifndef TEST_ORACLE_H
#define TEST_ORACLE_H

/** oracle_need - skip() the running test if there is no cast. */
void oracle_need(void);

/**
 * oracle_ask - what `cast args…` prints, without the last newline; owned by
 * the caller. @args ends in NULL. Fails the test if cast fails.
 */
char *oracle_ask(const char *const *args);

#define ORACLE(...) oracle_ask((const char *const[]){ __VA_ARGS__, NULL })

#endif
