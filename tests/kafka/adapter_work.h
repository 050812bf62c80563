/* The worker of the adapter: consumes numbered records and writes one each, exactly once. */
#ifndef CUBE_TESTS_KAFKA_ADAPTER_WORK_H
#define CUBE_TESTS_KAFKA_ADAPTER_WORK_H

#include <stdint.h>

#include "config/config.h"

/* Works until so many records are done (0: until SIGTERM); the environment sets how (adapter_work.c). Returns the exit code. */
int adapter_work(const struct config *c, int64_t until);

/* Tells what the process has taken so far, in all and per record. */
void adapter_print_cpu(const char *what, int64_t count);

#endif
