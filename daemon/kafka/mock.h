/* A cluster inside the process, for the demo and for injected errors only (librdkafka's mock). Its limits: the
 * first join takes 3 s; offsets sent with a transaction are not stored, so every start begins at 0; what was
 * aborted is visible; nothing is compacted; a partition keeps its last 5 MiB; there is no admin API. */
#ifndef CUBE_KAFKA_MOCK_H
#define CUBE_KAFKA_MOCK_H

#include <stddef.h>
#include <stdint.h>

#include "config/config.h"

struct mock_cluster;

/* Starts one broker with all topics of the configuration. ret_bootstrap[n] gets HOST:PORT for
 * bootstrap.servers. CUBE_EKAFKA, CUBE_ENOMEM. */
int mock_cluster_create(int partitions, const struct config *c, struct mock_cluster **ret_m, char *ret_bootstrap, size_t n) CUBE_MUST_CHECK;

/* After the clients that use it. NULL does nothing. */
void mock_cluster_destroy(struct mock_cluster *m);

#endif
