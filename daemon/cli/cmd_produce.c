/* `cubed produce`: checks NDJSON events and writes them to the input topics. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/line_read.h"
#include "kafka/kafka_sender.h"
#include "proto/event_encode.h"
#include "proto/event_peek.h"

struct produce_options {
    const char *file, *topic;
    bool json;
    int timeout_ms;
};

struct producing {
    const struct produce_options *options;
    const struct config *config;
    struct kafka_sender *sender;
    struct decode_scratch *scratch;
    struct buf text, out;
    enum event_topic only; /* TOPIC_COUNT: found from the event */
    struct event event;    /* the last one decoded */
    enum event_topic topic;
    uint64_t refused, line; /* line: of the stream at hand */
    uint32_t stream;        /* which one of the command's */
};

static int options_read(int argc, char **argv, struct produce_options *ret_o)
{
    static const struct option longs[] = {{"config", required_argument, NULL, 'c'},
                                          {"topic", required_argument, NULL, 'T'},
                                          {"as", required_argument, NULL, 'a'},
                                          {"timeout", required_argument, NULL, 't'},
                                          {0}};
    struct produce_options o = {.timeout_ms = TIMEOUT_DEFAULT_MS};
    bool good = true;
    int option;
    uint64_t given = 0;
    optind = 1;
    opterr = 0;
    while ((option = command_option(argc, argv, "c:", longs, 0, &given)) != -1) {
        switch (option) {
        case 'c': o.file = optarg; break;
        case 'T': o.topic = optarg; break;
        case 't': good = command_timeout(optarg, &o.timeout_ms); break;
        case 'a':
            o.json = strcmp(optarg, "json") == 0;
            good = o.json || strcmp(optarg, "msgpack") == 0;
            break;
        default: return EXIT_USAGE;
        }
        if (!good) {
            return command_value(argv, longs, option);
        }
    }
    if (!o.file) {
        return command_usage("produce", "-c FILE is needed");
    }
    *ret_o = o;
    return 0;
}

/* A role or a configured name. */
static bool topic_find(const struct config *c, const char *name, enum event_topic *ret_topic)
{
    for (int t = 0; t < TOPIC_COUNT; t++) {
        if (strcmp(name, c->topics[t]) == 0 || text_equal(text_of(name), topic_role_names[t])) {
            *ret_topic = (enum event_topic)t;
            return true;
        }
    }
    return false;
}

/* The key of the record is what the event says, so key_mismatch can only mean that it says nothing. */
static enum decode_outcome decode_as(struct producing *p, enum event_topic topic, const uint8_t *line, size_t len,
                                     struct refusal *ret_r)
{
    struct event_peek peek = {0};
    if (event_peek(topic, line, len, &p->text, &peek) != 0) {
        peek.has_entity = false;
    }
    p->topic = topic;
    return event_decode(p->scratch, topic, peek.has_entity ? (const uint8_t *)peek.entity.at : NULL, peek.entity.len, line, len,
                        &p->event, ret_r);
}

static bool mentions(const uint8_t *line, size_t len, const char *member)
{
    return memmem(line, len, member, strlen(member)) != NULL;
}

/* A survey stands on two topics: the one whose fields it has is meant, and one that has neither is told of by
 * what it looks like. */
static enum decode_outcome decode_any(struct producing *p, const uint8_t *line, size_t len, struct refusal *ret_r)
{
    enum decode_outcome o = decode_as(p, TOPIC_INTERACTIONS, line, len, ret_r);
    if (o != DECODED_REFUSED || ret_r->reason != REFUSAL_WRONG_TOPIC) {
        return o;
    }
    o = decode_as(p, TOPIC_CPI, line, len, ret_r);
    if (o == DECODED_EVENT) {
        return o;
    }
    struct refusal other;
    enum decode_outcome hr = decode_as(p, TOPIC_HR, line, len, &other);
    bool looks_hr = ret_r->reason == REFUSAL_WRONG_TOPIC || mentions(line, len, "\"theme\"") || mentions(line, len, "\"employee\"");
    if (hr == DECODED_EVENT || looks_hr) {
        *ret_r = hr == DECODED_EVENT ? *ret_r : other;
        return hr;
    }
    return o;
}

/* A record is called by its line, with the number of its file above that. */
#define STREAM_SHIFT 40

static void refuse(struct producing *p, const char *name, const char *reason, const char *detail)
{
    p->refused++;
    fprintf(stderr, "%s:%llu: %s: %s\n", name, (unsigned long long)p->line, reason, detail);
}

static int event_send(struct producing *p, const uint8_t *line, size_t len)
{
    enum topic_role role = (enum topic_role)p->topic; /* the same order */
    char text[SENDER_TEXT_MAX];
    int rc = kafka_sender_topic(p->sender, role, text);
    if (rc) {
        fprintf(stderr, "cubed produce: %s\n", rc == CUBE_ENOMEM ? err_text(rc) : text);
        return rc;
    }
    buf_clear(&p->out);
    rc = p->options->json ? buf_append(&p->out, line, len) : event_json_to_msgpack(line, len, &p->out);
    struct text key = p->event.entity;
    uint64_t mark = (uint64_t)p->stream << STREAM_SHIFT | p->line;
    rc = rc ? rc : kafka_sender_send(p->sender, role, (const uint8_t *)key.at, key.len, p->out.at, p->out.len, p->event.ts_ms, mark);
    return rc == CUBE_EKAFKA ? 0 : rc; /* counted, told at the end */
}

static int line_produce(struct producing *p, const char *name, const uint8_t *line, size_t len)
{
    struct refusal r;
    enum decode_outcome o = p->only == TOPIC_COUNT ? decode_any(p, line, len, &r) : decode_as(p, p->only, line, len, &r);
    if (o == DECODED_REFUSED) {
        refuse(p, name, refusal_text(r.reason), r.detail);
        return 0;
    }
    if (o == DECODED_IGNORED) {
        refuse(p, name, "unknown_kind", "no topic has this kind");
        return 0;
    }
    return event_send(p, line, len);
}

static int stream_produce(struct producing *p, const char *name, FILE *in)
{
    uint8_t *line = malloc(LINE_KEPT_MAX);
    size_t len;
    int rc = line ? 0 : CUBE_ENOMEM;
    p->line = 0;
    while (rc == 0 && line_read(in, line, &len)) {
        size_t skip = p->line++ == 0 ? order_mark_length(line, len) : 0;
        rc = len == skip ? 0 : line_produce(p, name, line + skip, len - skip);
    }
    if (rc == 0 && ferror(in)) {
        fprintf(stderr, "cubed produce: %s: %s\n", name, strerror(errno));
        rc = CUBE_EIO;
    }
    free(line);
    return rc;
}

static int file_produce(struct producing *p, const char *name)
{
    if (strcmp(name, "-") == 0) {
        return stream_produce(p, "stdin", stdin);
    }
    FILE *in = fopen(name, "r");
    if (!in) {
        fprintf(stderr, "cubed produce: %s: %s\n", name, strerror(errno));
        return CUBE_EIO;
    }
    int rc = stream_produce(p, name, in);
    fclose(in);
    return rc;
}

static void failure_tell(const struct producing *p, const struct kafka_sent *sent, char **files, const char *why)
{
    char horizon[DURATION_TEXT_MAX];
    duration_text(p->config->model.time.dedup_horizon_ms, horizon);
    fprintf(stderr, "cubed produce: %llu records were not delivered: %s\n", (unsigned long long)sent->failed, why);
    if (sent->untold > 0) {
        fprintf(stderr, "cubed produce: of %llu it is not known which they are: send all again", (unsigned long long)sent->untold);
    } else {
        const char *name = files[0] ? files[sent->first_failed >> STREAM_SHIFT] : "-";
        fprintf(stderr, "cubed produce: the first of them is %s:%llu: send again from there", strcmp(name, "-") == 0 ? "stdin" : name,
                (unsigned long long)(sent->first_failed & ((UINT64_C(1) << STREAM_SHIFT) - 1)));
    }
    fprintf(stderr, "; what came through behind it counts once, as long as its topic has not gone on by more than dedup.horizon (%s)\n", horizon);
}

/* Delivers what is under way also after a failure, and prints what came through. */
static int finish(struct producing *p, int rc, char **files)
{
    char text[SENDER_TEXT_MAX];
    struct kafka_sent sent;
    int end = kafka_sender_finish(p->sender, &sent, text);
    printf("interactions %llu, cpi %llu, hr %llu, refused %llu, not delivered %llu\n", (unsigned long long)sent.delivered[ROLE_INTERACTIONS],
           (unsigned long long)sent.delivered[ROLE_CPI], (unsigned long long)sent.delivered[ROLE_HR], (unsigned long long)p->refused,
           (unsigned long long)sent.failed);
    if (end) {
        failure_tell(p, &sent, files, text);
        return EXIT_UNAVAILABLE;
    }
    return rc ? exit_code_of(rc) : p->refused ? EXIT_DATA
                                              : EXIT_DONE;
}

/* Nothing is sent when one of the files is not there, or is none. */
static bool files_there(int count, char **files)
{
    bool all = true;
    for (int i = 0; i < count; i++) {
        struct stat st;
        bool named = strcmp(files[i], "-") != 0;
        int error = !named ? 0 : access(files[i], R_OK) != 0 ? errno : stat(files[i], &st) == 0 && S_ISDIR(st.st_mode) ? EISDIR : 0;
        if (error) {
            fprintf(stderr, "cubed produce: %s: %s\n", files[i], strerror(error));
            all = false;
        }
    }
    return all;
}

static int produce_run(struct producing *p, int count, char **files)
{
    char text[SENDER_TEXT_MAX];
    if (!files_there(count, files)) {
        return EXIT_USAGE;
    }
    int rc = kafka_sender_create(p->config, p->options->timeout_ms, text, &p->sender);
    if (rc) {
        fprintf(stderr, "cubed produce: %s\n", rc == CUBE_ECONFIG ? text : err_text(rc));
        return exit_code_of(rc);
    }
    rc = decode_scratch_create(&p->scratch);
    for (int i = 0; rc == 0 && i < count; i++) {
        p->stream = (uint32_t)i;
        rc = file_produce(p, files[i]);
    }
    rc = rc == 0 && count == 0 ? file_produce(p, "-") : rc;
    int code = finish(p, rc, files);
    decode_scratch_destroy(p->scratch);
    buf_close(&p->text);
    buf_close(&p->out);
    kafka_sender_destroy(p->sender);
    return code;
}

int cmd_produce(int argc, char **argv)
{
    struct produce_options o = {0};
    if (options_read(argc, argv, &o) != 0) {
        return EXIT_USAGE;
    }
    struct config *c = NULL;
    int code = command_config(o.file, &c);
    if (code) {
        return code;
    }
    struct producing p = {.options = &o, .config = c, .only = TOPIC_COUNT};
    code = o.topic && !topic_find(c, o.topic, &p.only)
               ? command_usage("produce", "--topic is interactions, cpi, hr or the name of one of them")
               : produce_run(&p, argc - optind, argv + optind);
    config_destroy(c);
    return code;
}
