/* What daemon/http uses of libmicrohttpd, for a request that is given as text: "METHOD PATH?NAME=VALUE", then a line
 * "Name: value" per header. Answers are kept. The program's own symbols come before those of the shared library. */
#ifndef CUBE_TESTS_FAKE_MHD_H
#define CUBE_TESTS_FAKE_MHD_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fuzz.h"

#define PAIRS_MAX 64

struct MHD_Response {
    char *body; /* NULL: a callback gives it */
    size_t len;
    enum MHD_ResponseMemoryMode mode;
    MHD_ContentReaderFreeCallback free_source;
    MHD_ContentReaderCallback read_source;
    void *source;
    const char *type;
    unsigned headers, references;
};

struct pair {
    enum MHD_ValueKind kind;
    const char *name, *value;
};

struct MHD_Connection {
    const char *method, *url;
    struct pair pairs[PAIRS_MAX];
    unsigned pair_count, status;
    struct MHD_Response *answer;
};

const char *MHD_lookup_connection_value(struct MHD_Connection *c, enum MHD_ValueKind kind, const char *name)
{
    for (unsigned i = 0; i < c->pair_count; i++) {
        if ((c->pairs[i].kind & kind) && strcasecmp(c->pairs[i].name, name) == 0) {
            return c->pairs[i].value;
        }
    }
    return NULL;
}

int MHD_get_connection_values(struct MHD_Connection *c, enum MHD_ValueKind kind, MHD_KeyValueIterator each, void *arg)
{
    int n = 0;
    for (unsigned i = 0; i < c->pair_count; i++) {
        bool wanted = c->pairs[i].kind & kind;
        n += wanted;
        if (wanted && each && each(arg, c->pairs[i].kind, c->pairs[i].name, c->pairs[i].value) == MHD_NO) {
            break;
        }
    }
    return n;
}

static struct MHD_Response *response(void)
{
    struct MHD_Response *r = calloc(1, sizeof *r);
    FUZZ_CHECK(r);
    r->references = 1;
    return r;
}

struct MHD_Response *MHD_create_response_from_buffer(size_t size, void *buffer, enum MHD_ResponseMemoryMode mode)
{
    struct MHD_Response *r = response();
    r->body = mode == MHD_RESPMEM_MUST_COPY ? malloc(size) : buffer;
    r->len = size;
    r->mode = mode;
    if (mode == MHD_RESPMEM_MUST_COPY) {
        FUZZ_CHECK(r->body);
        memcpy(r->body, buffer, size);
    }
    return r;
}

struct MHD_Response *MHD_create_response_from_callback(uint64_t size, size_t block, MHD_ContentReaderCallback read, void *arg,
                                                       MHD_ContentReaderFreeCallback done)
{
    struct MHD_Response *r = response();
    (void)size, (void)block;
    r->read_source = read;
    r->free_source = done;
    r->source = arg;
    return r;
}

enum MHD_Result MHD_add_response_header(struct MHD_Response *r, const char *name, const char *value)
{
    r->headers++;
    r->type = strcmp(name, MHD_HTTP_HEADER_CONTENT_TYPE) == 0 ? value : r->type;
    return MHD_YES;
}

enum MHD_Result MHD_queue_response(struct MHD_Connection *c, unsigned status, struct MHD_Response *r)
{
    FUZZ_CHECK(!c->answer);
    c->status = status;
    c->answer = r;
    r->references++;
    return MHD_YES;
}

void MHD_destroy_response(struct MHD_Response *r)
{
    if (--r->references > 0) {
        return;
    }
    if (r->free_source) {
        r->free_source(r->source);
    }
    if (r->mode != MHD_RESPMEM_PERSISTENT) {
        free(r->body);
    }
    free(r);
}

enum MHD_Result MHD_set_connection_option(struct MHD_Connection *c, enum MHD_CONNECTION_OPTION option, ...)
{
    (void)c, (void)option;
    return MHD_YES;
}

void MHD_suspend_connection(struct MHD_Connection *c)
{
    (void)c;
}

void MHD_resume_connection(struct MHD_Connection *c)
{
    (void)c;
}

/* ---- a request from text, which is cut into pieces ---------------------------------------------------- */

static char *piece(char **rest, char end)
{
    char *at = *rest, *stop = at ? strchr(at, end) : NULL;
    *rest = stop ? stop + 1 : NULL;
    if (stop) {
        *stop = 0;
    }
    return at;
}

static void pair_add(struct MHD_Connection *c, enum MHD_ValueKind kind, char *text, char end)
{
    if (c->pair_count < PAIRS_MAX) {
        const char *name = piece(&text, end);
        while (text && end == ':' && *text == ' ') {
            text++;
        }
        c->pairs[c->pair_count++] = (struct pair){kind, name, text};
    }
}

static void request_read(struct MHD_Connection *c, char *text)
{
    static char text_end[1];
    char *line = piece(&text, '\n'), *arguments;
    c->method = piece(&line, ' ');
    arguments = line ? line : text_end;
    c->url = piece(&arguments, '?');
    for (char *a; (a = piece(&arguments, '&'));) {
        pair_add(c, MHD_GET_ARGUMENT_KIND, a, '=');
    }
    for (char *h; (h = piece(&text, '\n'));) {
        pair_add(c, MHD_HEADER_KIND, h, ':');
    }
}

#endif
