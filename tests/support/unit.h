/* What every cmocka program includes first, in the order cmocka wants. */
#ifndef CUBE_TESTS_UNIT_H
#define CUBE_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define RUN_TESTS(tests) cmocka_run_group_tests(tests, NULL, NULL)

#endif
