/* What each option of the commands is for. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"

struct option_row {
    const char *command, *option, *text;
};

#define CONFIG(command) {command, "-c, --config FILE", "the configuration"}
#define TIMEOUT(command) {command, "--timeout DURATION", "how long a broker may take to answer [30s]"}

static const struct option_row rows[] = {
    CONFIG("run"),
    {"run", "--instance NAME", "in place of `instance` of the configuration: a second process takes a part of the work"},
    {"run", "--log-level LEVEL", "error, warning, info or debug [info]"},
    CONFIG("check"),
    {"check", "--effective", "the whole configuration instead, with all that is built in, as a file that means the same"},
    {"check", "--json", "the same as one JSON object"},
    CONFIG("topics"),
    {"topics", "--create", "creates what is missing; what is there stays as it is"},
    {"topics", "--partitions N", "of topics that are created, unless one that is there says otherwise [4]"},
    TIMEOUT("topics"),
    {"topics", "--json", "the same as one JSON array"},
    CONFIG("produce"),
    {"produce", "FILE.ndjson", "events, one a line; without a file, or with -, from stdin"},
    {"produce", "--topic T", "of all events: interactions, cpi, hr, or its name [each by its kind]"},
    {"produce", "--as FORM", "how they are written: json or msgpack [msgpack]"},
    TIMEOUT("produce"),
    CONFIG("replay"),
    {"replay", "--interactions F, --cpi F, --hr F", "events of a topic, one a line or concatenated MessagePack, in the order of their log"},
    {"replay", "--records F", "raw records instead, one a line: {\"topic\":\"cpi\",\"key_b64\":..,\"value_b64\":..,\"headers\":{..}}"},
    {"replay", "--partitions N", "of every topic; no result depends on it [1]"},
    {"replay", "--until TIME", "where the watermark moves to at the end [the tick after the last event]"},
    {"replay", "--at TIME", "the state of every scope at this instant, changed or not, as topic cube.snapshot; may be given often"},
    {"replay", "--every DURATION", "the same at each multiple of this"},
    {"replay", "--customers", "snapshots of customers, too, as topic cube.customers.snapshot"},
    {"replay", "--final", "nothing but the last state, customer and alert of each key"},
    {"replay", "--now TIME", "a clock: events too far beyond it are dead letters of reason future [none]"},
    {"replay", "--strict", "ends with 65 when more than limits.dead_letter_share of the records are dead letters"},
    {"replay", "--commit-every N", "commits after so many records as well, which nothing must show; for tests"},
    {"test", "--tap", "TAP, as anywhere but on a terminal"},
    {"test", "--json", "the same as one JSON object"},
    {"test", "--junit FILE", "a report for machines, too"},
    CONFIG("tap"),
    {"tap", "TOPIC", "a role (state, changes, alerts, customers, late, dead_letters, ...) or a topic's name [state changes alerts]"},
    {"tap", "--scope S", "records of one scope only, by its key: region=north"},
    {"tap", "--from WHERE", "earliest: all that is there first; latest: only what comes [latest]"},
    {"tap", "--count N", "ends after so many records"},
    TIMEOUT("tap"),
    {"tap", "--json", "each record as one JSON object"},
    CONFIG("verify"),
    TIMEOUT("verify"),
    {"verify", "--json", "the same as one JSON object"},
    {"demo", "--kafka HOST:PORT", "a broker in place of the embedded one; it gets topics of its own"},
    {"demo", "--listen HOST:PORT", "where the page is [127.0.0.1:8642]"},
    {"demo", "--seconds-per-day S", "how fast days pass [3]"},
    {"demo", "--seed N", "another company [1]"},
    {"demo", "--days N", "the story ends after so many [never]"},
    {"demo", "--print N", "prints its first N events instead"},
    {"demo", "--print-config", "prints its configuration instead"},
    {"help", "COMMAND", "one of the list, or config: every key of the configuration"},
};

void command_options_print(const char *command, FILE *out)
{
    int width = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int len = (int)strlen(rows[i].option);
        width = strcmp(rows[i].command, command) == 0 && len > width ? len : width;
    }
    fputs(width ? "\n" : "", out);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i].command, command) == 0) {
            fprintf(out, "  %-*s  %s\n", width, rows[i].option, rows[i].text);
        }
    }
}
