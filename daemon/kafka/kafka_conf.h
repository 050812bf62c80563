/* librdkafka configurations for the clients cubed runs: what the user passed through, our defaults below
 * it and what must hold above it. */
#ifndef CUBE_KAFKA_CONF_H
#define CUBE_KAFKA_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include <librdkafka/rdkafka.h>

#include "config/config.h"

enum kafka_client {
    CLIENT_MEMBER,   /* joins the group, fetches nothing */
    CLIENT_FETCHER,  /* reads inputs, read_committed; reads the group's offsets */
    CLIENT_AGAIN,    /* reads inputs once more after a restart, read_committed */
    CLIENT_RESTORE,  /* reads changelogs, read_committed */
    CLIENT_MARKS,    /* read_uncommitted: high watermarks and metadata */
    CLIENT_PRODUCER, /* transactional */
    CLIENT_SENDER,   /* idempotent, for `produce` */
    CLIENT_TAIL,     /* reads outputs for `tap` */
    CLIENT_ADMIN
};

#define KAFKA_TEXT_MAX 512
/* The largest record of an input plus what a dead letter adds to it. */
#define KAFKA_MESSAGE_BYTES_MAX 1114112 /* 1 MiB and 64 KiB */

/* Builds a configuration. CUBE_ECONFIG: a property was refused; text says which, without its value where
 * that may be a secret. CUBE_ENOMEM. The caller owns it. */
int kafka_conf_create(const struct config *c, enum kafka_client client, char text[KAFKA_TEXT_MAX],
                      rd_kafka_conf_t **ret_conf) CUBE_MUST_CHECK;

/* How a producer writes to the topic of a role: as the client is configured, but changelogs with lz4 where the configuration names no
 * compression. NULL: as the client is configured. rd_kafka_topic_new takes it over. */
rd_kafka_topic_conf_t *kafka_conf_topic(const struct config *c, rd_kafka_t *rk, enum topic_role role);

/* Judges the librdkafka that is linked at run time. 0 fine, 1 usable with the warning in text,
 * CUBE_EVERSION: text says why not. */
int kafka_version_check(const struct config *c, char text[KAFKA_TEXT_MAX]) CUBE_MUST_CHECK;

/* The same for a given version number (rd_kafka_version's form). */
int kafka_version_judge(int version, bool scram, char text[KAFKA_TEXT_MAX]) CUBE_MUST_CHECK;

/* Makes a client out of a configuration it takes over, also on failure. CUBE_ECONFIG; CUBE_ENOMEM: no memory or no thread for it; both with text. */
int kafka_client_create(rd_kafka_conf_t *conf, rd_kafka_type_t type, char text[KAFKA_TEXT_MAX],
                        rd_kafka_t **ret_rk) CUBE_MUST_CHECK;

/* The same of one whose requests on_new watches: it adds interceptors to the client. */
int kafka_client_create_watched(rd_kafka_conf_t *conf, rd_kafka_type_t type, rd_kafka_interceptor_f_on_new_t *on_new, void *arg,
                                char text[KAFKA_TEXT_MAX], rd_kafka_t **ret_rk) CUBE_MUST_CHECK;

/* Destroys clients without leaving their group, at the same time; NULL: none. False: librdkafka does not come back from that within
 * three seconds, as 2.0.2 does not for a topic that was deleted and made anew. The threads of such a client are left then, and what its
 * callbacks touch must stay. */
bool kafka_clients_end(rd_kafka_t *const *rk, uint32_t count) CUBE_MUST_CHECK;

#endif
