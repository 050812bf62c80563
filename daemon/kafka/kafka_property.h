/* Properties that are passed through to librdkafka. */
#ifndef CUBE_KAFKA_PROPERTY_H
#define CUBE_KAFKA_PROPERTY_H

#include "config/config.h"

/* Has librdkafka judge the properties of a configuration, each by itself and all together, as the clients of `run` have them: what it does not
 * take is told to refuse. Asks no broker, starts nothing that outlives the call. 0; CUBE_ENOMEM: there is no memory or no thread to judge with. */
int kafka_property_judge(const struct config *c, config_refuse_fn *refuse, void *context) CUBE_MUST_CHECK;

#endif
