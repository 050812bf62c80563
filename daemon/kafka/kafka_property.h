/* Properties that are passed through to librdkafka. */
#ifndef CUBE_KAFKA_PROPERTY_H
#define CUBE_KAFKA_PROPERTY_H

#include <stddef.h>

/* Has librdkafka judge one property of a configuration, as that of a transactional producer where it is about one: 0, or CUBE_ECONFIG with the
 * reason in why; CUBE_ENOMEM. */
int kafka_property_judge(const char *name, const char *value, char *why, size_t size);

#endif
