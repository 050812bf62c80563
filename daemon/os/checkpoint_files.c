#include "os/checkpoint_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "os/checkpoint_file.h"
#include "os/checkpoint_seed.h"
#include "os/checkpoint_sweep.h"

enum { CHANGELOGS = ROLE_COUNT - ROLE_CHANGELOG_CUSTOMERS };

static const char *const changelog_names[CHANGELOGS] = {"customers", "employees", "scopes"};

struct changelog {
    char identity[CHECKPOINT_IDENTITY_MAX];
    struct checkpoint_slot {
        struct checkpoint_file *file; /* NULL: never used */
    } *slots;                         /* by partition */
    uint32_t count;
};

struct checkpoint_files {
    struct checkpoint_store store;
    uint64_t seed;
    bool has_seed; /* it is the directory's, or stays the one that was drawn */
    struct changelog changelogs[CHANGELOGS];
};

static int identity_fill(struct changelog *l, const char *identity, const char *topic)
{
    /* Room for the partition stays. */
    int len = snprintf(l->identity, sizeof l->identity, "%s\ntopic %s", identity, topic ? topic : "");
    return len < (int)sizeof l->identity - 32 ? 0 : CUBE_ELIMIT;
}

int checkpoint_files_create(const struct checkpoint_files_options *o, struct checkpoint_files **ret_f)
{
    struct checkpoint_files *f = calloc(1, sizeof *f);
    if (!f) {
        return CUBE_ENOMEM;
    }
    struct checkpoint_store *s = &f->store;
    f->seed = o->seed;
    *s = (struct checkpoint_store){.calls = o->calls ? o->calls : &checkpoint_calls_machine, .loop = o->loop, .log = o->log,
                                   .max_age_ms = o->max_age_ms, .shared = PTHREAD_MUTEX_INITIALIZER, .lock_fd = -1,
                                   .rewrite_over = o->rewrite_over ? o->rewrite_over : CHECKPOINT_REWRITE_OVER};
    s->status.on = o->directory && o->directory[0];
    int rc = 0;
    if (s->status.on && (size_t)snprintf(s->directory, sizeof s->directory, "%s", o->directory) >= sizeof s->directory - 64) {
        rc = CUBE_ELIMIT; /* room for the names of files stays */
    }
    for (int i = 0; i < CHANGELOGS && !rc; i++) {
        rc = identity_fill(&f->changelogs[i], o->identity, o->topics[ROLE_CHANGELOG_CUSTOMERS + i]);
    }
    if (rc) {
        free(f);
        return rc;
    }
    *ret_f = f;
    return 0;
}

static struct changelog *changelog_of(struct checkpoint_files *f, enum topic_role role)
{
    CHECK_PRE(role >= ROLE_CHANGELOG_CUSTOMERS && role < ROLE_COUNT);
    return &f->changelogs[role - ROLE_CHANGELOG_CUSTOMERS];
}

static struct checkpoint_file *slot_file(struct checkpoint_files *f, enum topic_role role, int32_t partition)
{
    struct changelog *l = changelog_of(f, role);
    return partition >= 0 && (uint32_t)partition < l->count ? l->slots[partition].file : NULL;
}

static int changelog_grow(struct changelog *l, uint32_t count)
{
    if (count <= l->count) {
        return 0;
    }
    struct checkpoint_slot *slots = realloc(l->slots, count * sizeof *slots);
    if (!slots) {
        return CUBE_ENOMEM;
    }
    memset(slots + l->count, 0, (count - l->count) * sizeof *slots);
    l->slots = slots;
    l->count = count;
    return 0;
}

static struct checkpoint_file *file_make(struct checkpoint_files *f, enum topic_role role, int32_t partition)
{
    struct changelog *l = changelog_of(f, role);
    const char *name = changelog_names[role - ROLE_CHANGELOG_CUSTOMERS];
    if (partition < 0 || partition >= CHECKPOINT_PARTITIONS_MAX || changelog_grow(l, (uint32_t)partition + 1)) {
        return NULL;
    }
    struct checkpoint_file *file = malloc(sizeof *file);
    if (!file || checkpoint_file_init(file, &f->store, role, name, partition, l->identity)) {
        free(file);
        return NULL;
    }
    l->slots[partition].file = file;
    return file;
}

static struct checkpoint_file *file_of(struct checkpoint_files *f, enum topic_role role, int32_t partition)
{
    pthread_mutex_lock(&f->store.shared);
    struct checkpoint_file *file = slot_file(f, role, partition);
    pthread_mutex_unlock(&f->store.shared);
    return file;
}

/* Found or made; NULL: off, or no memory for it (told). */
static struct checkpoint_file *file_want(struct checkpoint_files *f, enum topic_role role, int32_t partition)
{
    if (!f->store.status.on) {
        return NULL;
    }
    pthread_mutex_lock(&f->store.shared);
    struct checkpoint_file *file = slot_file(f, role, partition);
    file = file ? file : file_make(f, role, partition);
    pthread_mutex_unlock(&f->store.shared);
    if (!file) {
        checkpoint_store_tell(&f->store, CHECKPOINT_MEMORY, changelog_names[role - ROLE_CHANGELOG_CUSTOMERS]);
    }
    return file;
}

static bool is_in_use(void *arg, const char *copy)
{
    const struct checkpoint_files *f = arg;
    for (int i = 0; i < CHANGELOGS; i++) {
        for (uint32_t p = 0; p < f->changelogs[i].count; p++) {
            const struct checkpoint_file *file = f->changelogs[i].slots[p].file;
            if (file && strcmp(file->name, copy) == 0) {
                return file->state == FILE_OPEN || file->rewrite;
            }
        }
    }
    return false;
}

static int files_read(void *self, enum topic_role role, int32_t partition, int (*each)(void *arg, const struct record *r), void *arg,
                      struct checkpoint_place *ret_place)
{
    struct checkpoint_file *file = file_want(self, role, partition);
    return file ? checkpoint_file_read(file, each, arg, ret_place) : CUBE_ENOTFOUND;
}

static void files_reset(void *self, enum topic_role role, int32_t partition)
{
    struct checkpoint_file *file = file_want(self, role, partition);
    if (file) {
        checkpoint_file_reset(file);
    }
}

static void files_put(void *self, enum topic_role role, int32_t partition, const uint8_t *key, size_t key_len, const uint8_t *value, size_t value_len)
{
    struct checkpoint_file *file = file_of(self, role, partition);
    if (file) {
        checkpoint_file_put(file, key, key_len, value, value_len);
    }
}

static bool files_take(void *self, enum topic_role role, int32_t partition)
{
    const struct checkpoint_file *file = file_of(self, role, partition);
    return file && file->state == FILE_OPEN;
}

static void files_mark(void *self, enum topic_role role, int32_t partition, const struct checkpoint_place *place)
{
    struct checkpoint_file *file = file_of(self, role, partition);
    if (file) {
        checkpoint_file_mark(file, place);
        checkpoint_sweep(file->store, is_in_use, self);
    }
}

static void files_drop(void *self, enum topic_role role, int32_t partition)
{
    struct checkpoint_file *file = file_of(self, role, partition);
    if (file) {
        checkpoint_file_drop(file);
    }
}

static void files_close(void *self, enum topic_role role, int32_t partition)
{
    struct checkpoint_file *file = file_of(self, role, partition);
    if (file) {
        checkpoint_file_close(file);
    }
}

/* Asked once: what was hashed stays hashed. */
static uint64_t files_seed(void *self)
{
    struct checkpoint_files *f = self;
    if (f->store.status.on && !f->has_seed) {
        f->seed = checkpoint_seed(&f->store, f->seed);
        f->has_seed = true;
    }
    return f->seed;
}

bool checkpoint_files_on(const struct checkpoint_files *f)
{
    return f->store.status.on;
}

struct checkpoint checkpoint_files_port(struct checkpoint_files *f)
{
    return (struct checkpoint){
        .self = f,
        .read = files_read,
        .reset = files_reset,
        .put = files_put,
        .takes = files_take,
        .mark = files_mark,
        .drop = files_drop,
        .close = files_close,
        .seed = files_seed,
    };
}

void checkpoint_files_status(const struct checkpoint_files *f, struct checkpoint_status *ret_s)
{
    *ret_s = f->store.status;
    for (int i = 0; i < CHANGELOGS; i++) {
        for (uint32_t p = 0; p < f->changelogs[i].count; p++) {
            const struct checkpoint_file *file = f->changelogs[i].slots[p].file;
            if (file && file->state != FILE_CLOSED) {
                ret_s->open++;
                ret_s->stopped += file->state == FILE_STOPPED;
                ret_s->ill += checkpoint_file_is_ill(file);
                ret_s->bytes += checkpoint_file_bytes(file);
            }
        }
    }
}

uint64_t checkpoint_files_steps(struct checkpoint_files *f)
{
    return atomic_load(&f->store.steps);
}

int checkpoint_files_ill_each(const struct checkpoint_files *f, int (*each)(void *arg, const struct checkpoint_ill *i), void *arg)
{
    const struct checkpoint_calls *c = f->store.calls;
    int rc = 0;
    for (int i = 0; i < CHANGELOGS; i++) {
        for (uint32_t p = 0; p < f->changelogs[i].count && !rc; p++) {
            const struct checkpoint_file *file = f->changelogs[i].slots[p].file;
            if (file && checkpoint_file_is_ill(file)) {
                rc = each(arg, &(struct checkpoint_ill){file->name, file->state == FILE_STOPPED, file->ill_ms, c->now_ms(c->arg)});
            }
        }
    }
    return rc;
}

void checkpoint_files_destroy(struct checkpoint_files *f)
{
    if (!f) {
        return;
    }
    for (int i = 0; i < CHANGELOGS; i++) {
        for (uint32_t p = 0; p < f->changelogs[i].count; p++) {
            if (f->changelogs[i].slots[p].file) {
                checkpoint_file_end(f->changelogs[i].slots[p].file);
                free(f->changelogs[i].slots[p].file);
            }
        }
        free(f->changelogs[i].slots);
    }
    checkpoint_store_unlock(&f->store);
    free(f);
}
