/*
 * contract - the version of what the harness and the programs that it starts
 * have agreed on: docs/operator.md, docs/tee-simulator.md.
 *
 * Each program says its own in its `ready` event. One of another build, left
 * by a make that failed half way, is told from this before anything is waited
 * for that it never says. Whoever changes what an event means, or what is
 * counted in it, raises the number.
 */
#ifndef BASE_CONTRACT_H
#define BASE_CONTRACT_H

#define CONTRACT_OPERATOR 1u
#define CONTRACT_TEE	  1u

#endif
