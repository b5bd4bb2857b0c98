/*
 * banned - functions that this code does not use, made compile errors.
 *
 * Unbounded or locale-bound string functions, sleeping, the shell, and wall
 * clocks and randomness outside base/clock.h and base/rng.h. base/base.h
 * includes it last; source files include base/base.h after every system and
 * library header, room headers include base/err.h and friends instead.
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#pragma GCC poison strcpy strcat sprintf vsprintf strncpy strncat strtok
#pragma GCC poison atoi atol atoll gets gmtime localtime
#pragma GCC poison system popen rand srand sleep usleep

#endif
