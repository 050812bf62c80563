/* The generator of events: what its parts share. */
#ifndef BENCH_GEN_H
#define BENCH_GEN_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { TOPICS = 3, VALUE_MAX = 8192, PAD = 200 };
enum topic { INTERACTIONS, CPI, HR };

struct options {
    const char *bootstrap, *prefix, *log_path, *frames_path, *files_path;
    int64_t events, start_ms, span_ms, jitter_ms;
    uint64_t seed, customers, id_base;
    int partitions;
    double rate, skew;
    bool create, live, json;
    int64_t pad, regions;
    double late;
};

struct gen {
    struct options opt;
    uint64_t rng;
    double *cdf;          /* Zipf over customers */
    uint64_t employees;
    rd_kafka_t *rk;
    rd_kafka_topic_t *rkt[TOPICS];
    uint64_t count[TOPICS], bytes[TOPICS], failed;
    FILE *log, *frames, *files[TOPICS];
};

/* One event as MessagePack. */
struct buf {
    uint8_t at[VALUE_MAX];
    size_t len;
};

/* gen_random.c */
uint64_t mix(uint64_t x);
uint64_t next64(struct gen *g);
uint32_t below(struct gen *g, uint32_t n);
double unit(struct gen *g);
void zipf_init(struct gen *g); /* ends the program when there is no memory */
uint64_t zipf(struct gen *g);

/* gen_pack.c: a map, member by member, below 32 of them. */
void map_open(struct buf *b);
void f_int(struct buf *b, const char *name, int64_t v);
void f_str(struct buf *b, const char *name, const char *v);
void f_bool(struct buf *b, const char *name, bool v);
void f_fmt(struct buf *b, const char *name, const char *prefix, uint64_t n, int width);

/* gen_event.c: makes event n of instant ts. who: its key. Returns its topic. */
enum { REGIONS = 8 };
enum topic event_make(struct gen *g, uint64_t n, int64_t ts, struct buf *b, char who[32]);

/* gen_out.c: where events go: Kafka, frames or files, as the options say. What fails at once ends the program, what fails later is counted. */
void out_open(struct gen *g);
void out_write(struct gen *g, enum topic t, const char *key, const struct buf *b, int64_t ts);
void out_flush(struct gen *g);
void out_close(struct gen *g);

#endif
