/*
 * cpu - the CPUs that this process may use.
 *
 * Layer: base. Only about speed: nothing is decided by it.
 */
#ifndef BASE_CPU_H
#define BASE_CPU_H

/** cpu_count - how many they are, at least 1; a container may make them fewer
 * than the machine has. */
unsigned cpu_count(void);

/**
 * cpu_stay - this process and what it starts from now on keep to one of them.
 * @nth: from 0, counted round.
 * Where the kernel does not let us, all stays as it is.
 */
void cpu_stay(unsigned nth);

#endif
