/* The jobs port with threads: as many as there are processors for this process, begun for each run and gone behind it. */
#ifndef CUBE_OS_JOBS_THREADS_H
#define CUBE_OS_JOBS_THREADS_H

#include "port/jobs.h"

#define JOBS_THREADS_MAX 16

/* Needs nothing and holds nothing. */
struct jobs jobs_threads(void);

#endif
