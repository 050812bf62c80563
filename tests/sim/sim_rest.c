#include "sim/sim_rest.h"

static bool all_read(const struct sim_world *w)
{
    for (int r = 0; r < INPUT_ROLES; r++) {
        for (int32_t p = 0; p < w->kafka.counts[r]; p++) {
            const struct sim_partition *of = &w->kafka.parts[r][p];
            if (of->committed >= of->count) {
                continue;
            }
            struct sim_reader left = sim_reader(&w->kafka, (enum topic_role)r, p, of->committed < 0 ? 0 : of->committed);
            if (sim_read(&left) || left.at < of->records + of->count) {
                return false;
            }
        }
    }
    return true;
}

/* Somebody owns every partition: an assignment may wait for the session of a dead member to end. */
static bool all_owned(const struct sim_world *w)
{
    int32_t partitions = 0;
    for (int r = 0; r < INPUT_ROLES; r++) {
        partitions += w->kafka.counts[r];
    }
    for (int i = 0; i < SIM_PROCESSES; i++) {
        partitions -= w->processes[i].worker ? (int32_t)w->processes[i].client.owned_count : 0;
    }
    return partitions == 0;
}

bool sim_all_ended(const struct sim_world *w)
{
    bool ended = true;
    for (int i = 0; i < SIM_MEMBERS; i++) {
        ended = ended && w->kafka.open[i] < 0;
    }
    return ended;
}

bool sim_at_rest(const struct sim_world *w)
{
    return sim_all_ended(w) && all_owned(w) && all_read(w);
}
