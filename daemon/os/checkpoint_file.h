/* One copy: the files of one changelog partition. Not for several threads; its rewriting has one of its own. */
#ifndef CUBE_OS_CHECKPOINT_FILE_H
#define CUBE_OS_CHECKPOINT_FILE_H

#include "os/checkpoint_chain.h"
#include "os/checkpoint_rewrite.h"
#include "os/checkpoint_store.h"

#define CHECKPOINT_CHUNK 65536                 /* bytes that wait at most before they are written */
#define CHECKPOINT_WRITE_AFTER_MS INT64_C(1000) /* a mark this long after the last write writes */
#define CHECKPOINT_REWRITE_REST_MS INT64_C(10000) /* so long after it was read it is not rewritten, unless it has become twice as large as it may */
#define CHECKPOINT_REWRITE_TRIES 3             /* failures in a row after which it takes no more */
#define CHECKPOINT_CLOCK_SLACK_MS INT64_C(60000) /* a copy from further in the future than this is not used */

enum checkpoint_file_state {
    FILE_CLOSED,
    FILE_OPEN,
    FILE_STOPPED /* takes no more, and stays on disk as it is */
};

struct checkpoint_file {
    struct checkpoint_store *store;
    struct checkpoint_paths paths;
    char name[32];
    enum topic_role role;
    int32_t partition;
    enum checkpoint_file_state state;
    int fd;                                /* of .new; -1 unless open */
    struct buf waiting;                    /* what goes behind its first `written` bytes */
    uint64_t written;
    bool framed;                           /* a frame has begun in waiting, at begin */
    size_t begin;
    uint64_t chain, follows;               /* behind the last ended frame; of its head */
    uint64_t marked, marked_chain;         /* where the last mark ends in .new, waiting bytes included */
    uint64_t head_bytes, base_bytes, old_bytes;
    int64_t written_ms, made_ms, opened_ms; /* when it was last written; when its oldest file was made; when it was read */
    bool empty;                            /* nothing was marked since it was begun */
    uint64_t rewrite_at;                   /* bytes at which it is rewritten */
    uint32_t rewrite_failures;
    int64_t ill_ms;                        /* since when it takes no more, or could not be made smaller */
    struct checkpoint_rewrite *rewrite;    /* under way, or NULL */
};

/* identity: of what belongs together, without the partition. The store is borrowed. CUBE_ELIMIT: a text is too long. */
int checkpoint_file_init(struct checkpoint_file *f, struct checkpoint_store *s, enum topic_role role, const char *role_name, int32_t partition,
                         const char *identity) CUBE_MUST_CHECK;

/* As struct checkpoint has them. */
int checkpoint_file_read(struct checkpoint_file *f, int (*each)(void *arg, const struct record *r), void *arg,
                         struct checkpoint_place *ret_place) CUBE_MUST_CHECK;
void checkpoint_file_reset(struct checkpoint_file *f);
void checkpoint_file_put(struct checkpoint_file *f, const uint8_t *key, size_t key_len, const uint8_t *value, size_t value_len);
void checkpoint_file_mark(struct checkpoint_file *f, const struct checkpoint_place *place);
void checkpoint_file_drop(struct checkpoint_file *f);
void checkpoint_file_close(struct checkpoint_file *f);

/* True while it takes no more, or could not be made smaller the last time that was tried. */
bool checkpoint_file_is_ill(const struct checkpoint_file *f);

/* Bytes of all its files. */
uint64_t checkpoint_file_bytes(const struct checkpoint_file *f);

/* Closes it and waits for its rewriting. */
void checkpoint_file_end(struct checkpoint_file *f);

#endif
