#include "kafka/kafka_changelog.h"
#include "kafka/kafka_judge.h"
#include "kafka/kafka_log_parts.h"

static int port_partition_count(void *arg, enum topic_role role, int32_t *ret_count)
{
    struct kafka_log *self = arg;
    int rc = kafka_offsets_partition_count(&self->offsets, role, ret_count);
    if (rc == 0 && role < INPUT_ROLES) {
        kafka_given_count(&self->given, role, *ret_count);
        kafka_log_wake(self); /* the group may be asked now */
    } else if (rc == CUBE_ENOTFOUND && role < INPUT_ROLES) {
        kafka_given_miss(&self->given);
    }
    return rc;
}

static enum inputs_given port_inputs_given(void *arg)
{
    struct kafka_log *self = arg;
    return self->member.missed ? INPUTS_MISSED : kafka_given_says(&self->given);
}

static int port_topics_judge(void *arg)
{
    struct kafka_log *self = arg;
    return kafka_topics_judge(self->offsets.marks, self->config, &self->told);
}

static int port_committed_offsets(void *arg, const struct log_partition *p, uint32_t count, int64_t *ret_next)
{
    struct kafka_log *self = arg;
    int rc = kafka_offsets_committed(&self->offsets, p, count, ret_next);
    bool goes_on = kafka_member_keep_alive(&self->member);
    return rc || goes_on ? rc : CUBE_EAGAIN;
}

static int port_read_changelog(void *arg, enum topic_role role, int32_t partition, int64_t from,
                               int (*each)(void *arg, const struct record *r), void *each_arg)
{
    struct kafka_log *self = arg;
    int rc = kafka_changelog_read(&self->restore, &self->offsets, &self->member, role, partition, from, each, each_arg);
    pthread_mutex_lock(&self->restore.lock);
    if (kafka_changelogs_spoilt(&self->restore)) {
        kafka_log_restore_end(self);
    }
    pthread_mutex_unlock(&self->restore.lock);
    return rc;
}

static int port_ends(void *self, enum topic_role role, int32_t partition, int64_t *ret_first, int64_t *ret_next)
{
    return kafka_offsets_ends(&((struct kafka_log *)self)->offsets, role, partition, ret_first, ret_next);
}

static int port_start(void *self, enum topic_role role, int32_t partition, int64_t from, int64_t again_to)
{
    return kafka_log_input_start(self, role, partition, from, again_to);
}

static void port_hold(void *self, enum topic_role role, int32_t partition, bool held)
{
    kafka_fetch_hold(kafka_log_fetch_of(self, role, partition), role, partition, held);
}

/* A transaction without offsets would not be fenced. */
static int port_commit(void *arg, struct epoch *e)
{
    struct kafka_log *self = arg;
    if (e->offset_count == 0 || kafka_txn_waited_for(self->txn)) {
        return CUBE_EUSAGE;
    }
    if (!self->member.metadata || self->stopped || kafka_txn_busy(self->txn)) {
        self->refused = true; /* not ours any more, or the thread still sits in a call for a lost one */
        uv_async_send(&self->wake);
        return 0;
    }
    return kafka_txn_hand_over(self->txn, e, self->member.metadata);
}

static int64_t port_lag(void *self, enum topic_role role, int32_t partition)
{
    return kafka_fetch_lag(kafka_log_fetch_of(self, role, partition), role, partition);
}

static void port_fetch_changelog(void *self, enum topic_role role, int32_t partition, int64_t from)
{
    kafka_fetch_ahead_open(&((struct kafka_log *)self)->restore.fetch, role, partition, from);
}

void kafka_log_port(struct kafka_log *self, struct log *ret_log)
{
    *ret_log = (struct log){self, port_partition_count, port_committed_offsets, port_read_changelog, port_ends, port_start,
                            port_hold, port_commit, kafka_record_headers, port_lag, port_fetch_changelog, port_topics_judge,
                            port_inputs_given};
}
