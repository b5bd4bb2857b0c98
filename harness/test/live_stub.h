/*
 * live_stub - a world of which nothing is known but its chain's state, a number
 * that the test counts up. Link with
 * -Wl,--wrap=live_rpc -Wl,--wrap=live_state -Wl,--wrap=live_returns
 */
#ifndef TEST_LIVE_STUB_H
#define TEST_LIVE_STUB_H

#include <stdbool.h>
#include <stdint.h>

extern uint64_t live_stub_state;
extern bool live_stub_returns; /* the chain comes back to its states */

#endif
