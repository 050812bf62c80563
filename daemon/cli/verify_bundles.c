#include "cli/verify_bundles.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/handover.h"
#include "task/task.h"

int verify_bundles_init(struct verify_bundles *v, const struct verify_world *w, struct verify_report *report)
{
    uint32_t senders = (uint32_t)(w->layout.customers + w->layout.employees);
    *v = (struct verify_bundles){.world = w, .report = report, .sender_count = senders};
    v->senders = calloc((size_t)w->layout.scopes * senders + 1, sizeof *v->senders);
    return v->senders ? 0 : CUBE_ENOMEM;
}

void verify_bundles_close(struct verify_bundles *v)
{
    free(v->senders);
    v->senders = NULL;
}

static void refused(struct verify_bundles *v, const struct record *r, const char *found)
{
    struct verify_place at = verify_place_of(r);
    verify_violated(v->report, VERIFY_RECORDS, &at, "a bundle or a hand-over of this layout", found);
}

static bool is_ours(const struct verify_bundles *v, const struct layout_stamp *l)
{
    return memcmp(l, &v->world->layout, sizeof *l) == 0;
}

static void handover_take(struct verify_bundles *v, const struct record *r)
{
    struct handover_reader reader;
    struct handover_head h;
    int rc = handover_open(&reader, &v->world->config->model, r->value, r->value_len, &h);
    if (rc) {
        refused(v, r, err_text(rc));
    } else if (!is_ours(v, &h.layout) || h.task >= v->world->layout.scopes) {
        refused(v, r, "one of other partition counts or another configuration");
    }
}

/* Reads all items. */
static int items_read(struct bundle_reader *reader)
{
    struct bundle_item item;
    int rc;
    do {
        rc = bundle_next(reader, &item);
    } while (rc == 1);
    return rc;
}

static void sender_step(struct verify_bundles *v, const struct record *r, const struct bundle_head *h, struct verify_sender *s)
{
    struct verify_place at = verify_place_of(r);
    bool whole = v->world->lows[ROLE_PARTIALS][r->partition] == 0;
    uint64_t expected = s->some ? s->seq + 1 : whole ? 1 : h->seq;
    v->report->checked[VERIFY_BUNDLES]++;
    if (h->seq != expected) {
        verify_differs(v->report, VERIFY_BUNDLES, &at, "number", (int64_t)expected, (int64_t)h->seq);
    }
    v->report->checked[VERIFY_WATERMARKS]++;
    if (s->some && h->watermark_ms < s->watermark_ms) {
        verify_fell(v->report, VERIFY_WATERMARKS, &at, "watermark", s->watermark_ms, h->watermark_ms);
    }
    *s = (struct verify_sender){true, h->seq, h->watermark_ms};
}

static void bundle_take(struct verify_bundles *v, const struct record *r)
{
    struct bundle_reader reader;
    struct bundle_head h;
    int rc = bundle_open(&reader, &v->world->config->model, r->value, r->value_len, &h);
    if (rc) {
        refused(v, r, err_text(rc));
        return;
    }
    int32_t tasks = h.sender == SENDER_CUSTOMERS ? v->world->layout.customers : v->world->layout.employees;
    if (!is_ours(v, &h.layout) || h.task >= tasks) {
        refused(v, r, "one of other partition counts or another configuration");
        return;
    }
    rc = items_read(&reader);
    if (rc) {
        refused(v, r, err_text(rc));
    }
    uint32_t sender = (uint32_t)h.task + (h.sender == SENDER_CUSTOMERS ? 0 : (uint32_t)v->world->layout.customers);
    sender_step(v, r, &h, &v->senders[(uint32_t)r->partition * v->sender_count + sender]);
}

void verify_bundles_record(struct verify_bundles *v, const struct record *r)
{
    if (!r->value) {
        refused(v, r, "a record without a value");
    } else if (handover_is(r->value, r->value_len)) {
        handover_take(v, r);
    } else {
        bundle_take(v, r);
    }
}

/* A task said that it wrote, or took, the bundle of this number. */
static void spoken_of(struct verify_bundles *v, int32_t q, uint32_t sender, uint64_t seq, const char *who)
{
    const struct verify_sender *s = &v->senders[(uint32_t)q * v->sender_count + sender];
    if (s->seq >= seq) {
        return;
    }
    if (!s->some && v->world->lows[ROLE_PARTIALS][q] > 0) {
        v->report->unchecked[VERIFY_BUNDLES]++;
        return;
    }
    bool customers = sender < (uint32_t)v->world->layout.customers;
    char name[TASK_NAME_MAX], expected[VERIFY_TEXT_MAX], found[VERIFY_TEXT_MAX];
    task_name(customers ? SENDER_CUSTOMERS : SENDER_EMPLOYEES, (int32_t)sender - (customers ? 0 : v->world->layout.customers), name);
    snprintf(expected, sizeof expected, "bundle %" PRIu64 ", which %s speaks of", seq, who);
    snprintf(found, sizeof found, "%" PRIu64 " as the last one", s->seq);
    struct verify_place at = {ROLE_PARTIALS, q, -1, text_of(name)};
    verify_violated(v->report, VERIFY_BUNDLES, &at, expected, found);
}

static void told_end(struct verify_bundles *v, const struct commit_record *c, uint32_t sender)
{
    for (int32_t q = 0; c && q < v->world->layout.scopes && (uint32_t)q < c->peer_count; q++) {
        spoken_of(v, q, sender, c->peers[q].seq, "the sender's last commit record");
    }
}

static void taken_end(struct verify_bundles *v, const struct commit_record *c, int32_t q)
{
    for (uint32_t sender = 0; c && sender < v->sender_count && sender < c->peer_count; sender++) {
        spoken_of(v, q, sender, c->peers[sender].seq, "the receiver's last commit record");
    }
}

void verify_bundles_end(struct verify_bundles *v, const struct verify_commits *commits)
{
    const struct layout_stamp *l = &v->world->layout;
    for (int32_t p = 0; p < l->customers; p++) {
        told_end(v, verify_commits_last(commits, ROLE_CHANGELOG_CUSTOMERS, p), (uint32_t)p);
    }
    for (int32_t p = 0; p < l->employees; p++) {
        told_end(v, verify_commits_last(commits, ROLE_CHANGELOG_EMPLOYEES, p), (uint32_t)(l->customers + p));
    }
    for (int32_t q = 0; q < l->scopes; q++) {
        taken_end(v, verify_commits_last(commits, ROLE_CHANGELOG_SCOPES, q), q);
    }
}
