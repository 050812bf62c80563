/* Lets the n-th allocation fail. A test program named *_failmalloc_test.c is linked with
 * --wrap=malloc,calloc,realloc, so that every allocation of our own code passes through here (those
 * inside shared libraries do not). Not for several threads. */
#ifndef CUBE_TESTS_FAILMALLOC_H
#define CUBE_TESTS_FAILMALLOC_H

#include <stdbool.h>

/* The n-th allocation from now on fails (n from 1), and only that one. */
void failmalloc_set(unsigned long n);

/* No allocation fails any more. */
void failmalloc_off(void);

/* True when the allocation named by failmalloc_set was asked for, and failed. */
bool failmalloc_hit(void);

/* Runs fn(arg) with the 1st, 2nd, ... allocation failing until it gets through without meeting the
 * failing one. Fails the test when a run that met it did not return CUBE_ENOMEM, or when the last
 * one does not return 0. fn must free what it made, on every path. Returns the number of failures. */
unsigned long failmalloc_sweep(int (*fn)(void *arg), void *arg);

/* The same for code that may get along without some allocations (caches, shrinking): 0 is right then,
 * too. */
unsigned long failmalloc_sweep_tolerant(int (*fn)(void *arg), void *arg);

#endif
