/* What every cmocka program includes first, in the order cmocka wants. */
#ifndef CUBE_TESTS_UNIT_H
#define CUBE_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/single_threaded.h>

#include <cmocka.h>

/* The thread sanitizer looks at those programs only that are said to start threads (tests/CMakeLists.txt): any other must not. */
static inline int unit_ended(int failed)
{
#ifndef UNIT_STARTS_THREADS
    if (!__libc_single_threaded) {
        puts("not ok - starts no thread: name it in starts_threads of tests/CMakeLists.txt");
        failed++;
    }
#endif
    return failed;
}

#define RUN_TESTS(tests) unit_ended(cmocka_run_group_tests(tests, NULL, NULL))

#endif
