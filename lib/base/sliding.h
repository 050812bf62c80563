/* Arrays whose members come at the end and leave at the front: count members from place `first` on. */
#ifndef CUBE_BASE_SLIDING_H
#define CUBE_BASE_SLIDING_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Makes room behind the last member: by closing the gap in front when that is worth it, else by doubling the array, which
 * begins with room for capacity_min. Moves nothing but what it says by at, *first and *capacity. CUBE_ENOMEM: nothing changed. */
int sliding_reserve(void **at, uint32_t *first, uint32_t count, uint32_t *capacity, size_t size, uint32_t capacity_min) CUBE_MUST_CHECK;

#endif
