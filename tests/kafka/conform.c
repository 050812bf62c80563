/* conform fake|BOOTSTRAP [WORD [BEND]]: tries every claim whose name holds the word, with BEND in a world that is wrong in
 * that way; TAP on the standard output. On a real broker it says on a line "lose WHAT" or "back" what is to be done, and
 * reads a line when it is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <librdkafka/rdkafka.h>

#include "conform_claims.h"

static const struct {
    const char *name;
    conform_claim *try;
} claims[] = {
#define X(name) {#name, name},
    CLAIMS(X)
    LOSSES(X)
    ALONE(X)
#undef X
};

static bool try_one(size_t i, const char *where, const char *bend)
{
    struct conform try = {.end_told = -1, .good = true}, *c = &try;
    struct log_events ev = conform_events(c);
    char name[32];
    snprintf(name, sizeof name, "conform%zu", i);
    c->w = (strcmp(where, "fake") == 0 ? conform_fake_open : conform_real_open)(where, name, &ev);
    HOLDS(c->w != NULL);
    HOLDS(!c->w || !bend || conform_bend(c->w, bend));
    if (c->w) {
        claims[i].try(c);
        c->w->close(c->w->self);
    }
    for (int p = 0; p < PRODUCERS; p++) {
        epoch_close(&c->epochs[p]);
    }
    printf("%sok - %s\n", c->good ? "" : "not ", claims[i].name);
    fflush(stdout);
    return c->good;
}

int main(int argc, char **argv)
{
    bool all = true;
    if (argc < 2) {
        fputs("usage: conform fake|BOOTSTRAP [WORD [BEND]]\n", stderr);
        return 64;
    }
    printf("# librdkafka %s\n", rd_kafka_version_str());
    for (size_t i = 0; i < sizeof claims / sizeof claims[0]; i++) {
        if (argc < 3 || strstr(claims[i].name, argv[2])) {
            all = try_one(i, argv[1], argc > 3 ? argv[3] : NULL) && all;
        }
    }
    return all ? 0 : 1;
}
