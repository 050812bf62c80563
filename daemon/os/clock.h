/* The clocks of the machine, in milliseconds. */
#ifndef CUBE_OS_CLOCK_H
#define CUBE_OS_CLOCK_H

#include <stdint.h>

/* Since 1970; somebody may set it. */
int64_t clock_wall_ms(void);

/* For what may not hang on that. */
int64_t clock_steady_ms(void);

#endif
