/* Dimensions: the properties of an event that scopes are made of. */
#ifndef CUBE_EVENT_DIMENSION_H
#define CUBE_EVENT_DIMENSION_H

#include "base/text.h"

enum dimension {
    DIM_DIVISION,
    DIM_REGION,
    DIM_DEPARTMENT,
    DIM_SEGMENT,
    DIM_CHANNEL,
    DIM_CAMPAIGN,
    DIM_PRODUCT,
    DIM_TOUCHPOINT,
    DIM_COUNT
};

extern const struct text dimension_names[DIM_COUNT];

/* The dimensions that an entity's record keeps (domain, section 2). Bits 1 << enum dimension. */
#define CUSTOMER_DIMS (1u << DIM_DIVISION | 1u << DIM_REGION | 1u << DIM_SEGMENT)
#define EMPLOYEE_DIMS (1u << DIM_DIVISION | 1u << DIM_REGION | 1u << DIM_DEPARTMENT)

/* Returns the dimension with this name or DIM_COUNT. */
enum dimension dimension_find(struct text name);

#endif
