#include "cli/verify_letters.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port/status.h"

int verify_letters_init(struct verify_letters *v, const struct verify_world *w, struct verify_report *report)
{
    *v = (struct verify_letters){.world = w, .report = report};
    for (int i = 0; i < VERIFY_LETTER_INPUTS; i++) {
        v->piles[i] = calloc((size_t)w->counts[i] + 1, sizeof *v->piles[i]);
        if (!v->piles[i]) {
            verify_letters_close(v);
            return CUBE_ENOMEM;
        }
    }
    return 0;
}

void verify_letters_close(struct verify_letters *v)
{
    for (int i = 0; i < VERIFY_LETTER_INPUTS; i++) {
        for (int32_t p = 0; v->piles[i] && p < v->world->counts[i]; p++) {
            free(v->piles[i][p].letters);
        }
        free(v->piles[i]);
        v->piles[i] = NULL;
    }
}

/* ---- one letter ------------------------------------------------------------------------------------- */

/* The last header of a name: what cubed adds stands behind what came with the record. */
static struct text header_of(const struct header *h, uint32_t count, const char *name)
{
    struct text found = {0};
    for (uint32_t i = 0; i < count; i++) {
        found = text_equal(h[i].name, text_of(name)) ? h[i].value : found;
    }
    return found;
}

static bool number_of(struct text t, int64_t *ret_n)
{
    char digits[24], *end;
    if (!t.at || t.len == 0 || t.len >= sizeof digits) {
        return false;
    }
    memcpy(digits, t.at, t.len);
    digits[t.len] = '\0';
    *ret_n = strtoll(digits, &end, 10);
    return *end == '\0' && *ret_n >= 0;
}

/* Finds the input a letter is about. */
static bool input_of(const struct verify_letters *v, struct text topic, int64_t partition, struct verify_pile **ret_pile)
{
    for (int i = 0; i < VERIFY_LETTER_INPUTS; i++) {
        if (text_equal(topic, text_of(v->world->config->topics[i])) && partition < v->world->counts[i]) {
            *ret_pile = &v->piles[i][partition];
            return true;
        }
    }
    return false;
}

static int pile_add(struct verify_pile *pile, const struct verify_letter *letter)
{
    if (pile->count == VERIFY_LETTERS_MAX) {
        pile->cut = true;
        return 0;
    }
    if (pile->count == pile->capacity) {
        uint32_t n = pile->capacity ? 2 * pile->capacity : 16;
        struct verify_letter *grown = realloc(pile->letters, n * sizeof *grown);
        if (!grown) {
            return CUBE_ENOMEM;
        }
        pile->letters = grown;
        pile->capacity = n;
    }
    pile->letters[pile->count++] = *letter;
    return 0;
}

int verify_letters_record(struct verify_letters *v, const struct record *r)
{
    struct header h[RECORD_HEADERS_MAX];
    uint32_t count = v->world->headers ? v->world->headers(r, h) : 0;
    struct verify_place at = verify_place_of(r);
    struct text reason = header_of(h, count, "cubed.reason"), topic = header_of(h, count, "cubed.source.topic");
    struct verify_letter letter = {.letter = r->offset, .partition = r->partition, .late = r->role == ROLE_LATE};
    struct verify_pile *pile;
    int64_t partition;
    if (!reason.at || !number_of(header_of(h, count, "cubed.source.partition"), &partition) ||
        !number_of(header_of(h, count, "cubed.source.offset"), &letter.offset)) {
        verify_violated(v->report, VERIFY_RECORDS, &at, "headers that say whence it came and why", "none, or others");
        return 0;
    }
    v->report->checked[VERIFY_LETTERS]++;
    if (text_equal(reason, TEXT_LITERAL("late")) != letter.late) {
        verify_violated(v->report, VERIFY_LETTERS, &at, letter.late ? "reason late" : "a reason other than late", letter.late ? "another" : "late");
    }
    if (!input_of(v, topic, partition, &pile)) {
        verify_violated(v->report, VERIFY_LETTERS, &at, "a source among the inputs", "another topic or partition");
        return 0;
    }
    return pile_add(pile, &letter);
}

/* ---- the end ---------------------------------------------------------------------------------------- */

static int letter_compare(const void *a, const void *b)
{
    const struct verify_letter *x = a, *y = b;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

static enum topic_role topic_of(const struct verify_letter *letter)
{
    return letter->late ? ROLE_LATE : ROLE_DEAD_LETTERS;
}

static void twice_check(struct verify_letters *v, int input, int32_t partition, const struct verify_pile *pile)
{
    for (uint32_t i = 1; i < pile->count; i++) {
        const struct verify_letter *one = &pile->letters[i - 1], *two = &pile->letters[i];
        if (one->offset != two->offset) {
            continue;
        }
        char expected[VERIFY_TEXT_MAX], found[VERIFY_TEXT_MAX];
        snprintf(expected, sizeof expected, "one letter of %s[%d] offset %" PRId64, v->world->config->topics[input], (int)partition,
                 two->offset);
        snprintf(found, sizeof found, "another one in %s[%d] at offset %" PRId64, v->world->config->topics[topic_of(one)], (int)one->partition,
                 one->letter);
        struct verify_place at = {topic_of(two), two->partition, two->letter, {0}};
        verify_violated(v->report, VERIFY_LETTERS, &at, expected, found);
    }
}

/* next: the committed offset; counted: how many letters the task says it wrote of what is below. */
static void count_check(struct verify_letters *v, int input, int32_t partition, bool late, int64_t next, uint64_t counted)
{
    const struct verify_pile *pile = &v->piles[input][partition];
    enum topic_role role = late ? ROLE_LATE : ROLE_DEAD_LETTERS;
    uint64_t n = 0;
    for (uint32_t i = 0; i < pile->count && pile->letters[i].offset < next; i++) {
        n += pile->letters[i].late == late;
    }
    bool whole = verify_is_whole(v->world, role) && !pile->cut;
    if (n == counted || (!whole && n < counted)) {
        v->report->unchecked[VERIFY_LETTERS] += n != counted;
        return;
    }
    char what[VERIFY_TEXT_MAX];
    snprintf(what, sizeof what, "letters of %s[%d] below offset %" PRId64 ": as its task counts,", v->world->config->topics[input],
             (int)partition, next);
    struct verify_place at = {role, -1, -1, {0}};
    verify_differs(v->report, VERIFY_LETTERS, &at, what, (int64_t)counted, (int64_t)n);
}

void verify_letters_end(struct verify_letters *v, const struct verify_commits *commits)
{
    for (int i = 0; i < VERIFY_LETTER_INPUTS; i++) {
        for (int32_t p = 0; p < v->world->counts[i]; p++) {
            struct verify_pile *pile = &v->piles[i][p];
            const struct commit_input *in = verify_commits_input(commits, (enum topic_role)i, p);
            if (pile->count > 1) {
                qsort(pile->letters, pile->count, sizeof *pile->letters, letter_compare);
            }
            twice_check(v, i, p, pile);
            count_check(v, i, p, true, in ? in->next : 0, in ? in->counts[OUTCOME_LATE] : 0);
            count_check(v, i, p, false, in ? in->next : 0, in ? in->counts[OUTCOME_DEAD_LETTER] : 0);
        }
    }
}
