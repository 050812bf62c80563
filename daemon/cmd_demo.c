/* cubed demo: embedded broker (or --kafka), generated company, daemon and page in one process. */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app.h"
#include "cli/command.h"
#include "cli/demo_company.h"
#include "cli/demo_config.h"
#include "cli/exit_code.h"
#include "demo_feed.h"
#include "demo_tell.h"
#include "http/http_listen.h"
#include "kafka/kafka_admin.h"
#include "kafka/mock.h"
#include "os/clock.h"

enum { PARTITIONS = 4, DAY_MS = 86400000, STORY_AGE_DAYS = 28, ADMIN_TIMEOUT_MS = 30000, DAYS_MAX = 1000000, SECONDS_PER_DAY_MAX = 1000000 };

struct demo {
    const char *kafka, *listen;
    uint64_t print;               /* events to print instead of running */
    bool print_config;
    struct demo_feed_options feed_options;
    struct mock_cluster *mock;
    char bootstrap[256], path[128];
    struct config *config;
    struct demo_feed *feed;
    struct demo_tell tell;
    int64_t told_day;
    int feed_error;
};

#define WHOLE_MAX 0x1p53 /* every whole number up to it is a double */

static int number_refuse(const char *name, const char *what, double min, double max)
{
    char text[160];
    snprintf(text, sizeof text, "--%s %.40s is no %s from %g to %g", name, optarg, what, min, max);
    return command_usage("demo", text);
}

static int number_option(const char *name, double min, double max, double *ret_v)
{
    char *end;
    double v = strtod(optarg, &end);
    if (*end || end == optarg || !(v >= min && v <= max)) {
        return number_refuse(name, "number", min, max);
    }
    *ret_v = v;
    return 0;
}

static int whole_option(const char *name, double min, double max, uint64_t *ret_v)
{
    double v = 0;
    int rc = number_option(name, min, max, &v);
    if (rc == 0 && v != nearbyint(v)) {
        return number_refuse(name, "whole number", min, max);
    }
    *ret_v = rc ? *ret_v : (uint64_t)v;
    return rc;
}

static int listen_check(const char *listen)
{
    struct http_address a;
    return http_address_parse(listen, &a) == 0 && a.loopback
               ? 0
               : command_usage("demo", "--listen needs ADDRESS:PORT, and the address is one of the loopback (127.0.0.1, localhost, [::1])");
}

static int options_parse(int argc, char **argv, struct demo *d)
{
    static const struct option longs[] = {{"kafka", required_argument, NULL, 'k'}, {"listen", required_argument, NULL, 'l'},
                                          {"seconds-per-day", required_argument, NULL, 's'}, {"seed", required_argument, NULL, 'e'},
                                          {"days", required_argument, NULL, 'd'},
                                          {"print", required_argument, NULL, 'p'}, {"print-config", no_argument, NULL, 'c'}, {0}};
    uint64_t days = 0;
    int c, rc = 0;
    d->listen = "127.0.0.1:8642";
    d->feed_options = (struct demo_feed_options){.seed = 1, .seconds_per_day = 3};
    uint64_t given = 0;
    optind = 1;
    opterr = 0;
    while (!rc && (c = command_option(argc, argv, "", longs, 0, &given)) != -1) {
        switch (c) {
        case 'k': d->kafka = optarg; break;
        case 'l': d->listen = optarg; break;
        case 's': rc = number_option("seconds-per-day", 0.2, SECONDS_PER_DAY_MAX, &d->feed_options.seconds_per_day); break;
        case 'e': rc = whole_option("seed", 0, WHOLE_MAX, &d->feed_options.seed); break;
        case 'd': rc = whole_option("days", 1, DAYS_MAX, &days); break;
        case 'p': rc = whole_option("print", 1, WHOLE_MAX, &d->print); break;
        case 'c': d->print_config = true; break;
        default: rc = EXIT_USAGE;
        }
    }
    d->feed_options.days = (int64_t)days;
    rc = rc ? rc : listen_check(d->listen);
    return rc ? rc : optind < argc ? command_usage("demo", "takes options only") : 0;
}

/* ---- configuration ---------------------------------------------------------------------------------- */

/* The demo's YAML with this broker and listen address. On a broker that stays, every run has topics and a
 * name of its own. */
static int yaml_write(const struct demo *d, char **ret_yaml)
{
    static const char name_line[] = "name: demo\n", kafka_line[] = "  bootstrap.servers: 127.0.0.1:9092\n";
    const char *name = strstr(demo_config, name_line), *kafka = strstr(demo_config, kafka_line);
    size_t size;
    FILE *out = name && kafka && name < kafka ? open_memstream(ret_yaml, &size) : NULL;
    if (!out) {
        return CUBE_ENOMEM;
    }
    char own[32] = "demo";
    if (d->kafka) {
        snprintf(own, sizeof own, "demo-%llx", (unsigned long long)(clock_wall_ms() / 1000));
    }
    fprintf(out, "%.*sname: %s\n", (int)(name - demo_config), demo_config, own);
    if (d->kafka) {
        fprintf(out, "topics: {interactions: %s-interactions, cpi: %s-cpi, hr: %s-hr, state: %s.state, changes: %s.changes, alerts: %s.alerts,\n"
                     "  customers: %s.customers, late: %s.late, dead_letters: %s.dead-letters}\n",
                own, own, own, own, own, own, own, own, own);
    }
    fprintf(out, "http: {listen: \"%s\"}\n", d->listen);
    fprintf(out, "%.*s  bootstrap.servers: \"%s\"\n", (int)(kafka - name - (long)sizeof name_line + 1), name + sizeof name_line - 1, d->bootstrap);
    fputs(kafka + sizeof kafka_line - 1, out);
    return fclose(out) ? CUBE_ENOMEM : 0;
}

static int config_make(struct demo *d)
{
    char *yaml = NULL;
    config_destroy(d->config);
    d->config = NULL;
    int rc = yaml_write(d, &yaml);
    rc = rc ? rc : config_parse(yaml, strlen(yaml), "demo.yaml", NULL, stderr, &d->config);
    if (!rc && d->path[0]) {
        FILE *out = fopen(d->path, "we");
        if (out) {
            fputs(yaml, out);
            fclose(out);
        } else {
            d->path[0] = 0;
        }
    }
    free(yaml);
    return rc;
}

static int broker_make(struct demo *d)
{
    char text[512];
    snprintf(d->path, sizeof d->path, "/tmp/cubed-demo-%ld.yaml", (long)getpid());
    snprintf(d->bootstrap, sizeof d->bootstrap, "%s", d->kafka ? d->kafka : "127.0.0.1:9092");
    int rc = config_make(d);
    if (rc) {
        return rc;
    }
    if (!d->kafka) {
        rc = mock_cluster_create(PARTITIONS, d->config, &d->mock, d->bootstrap, sizeof d->bootstrap);
        return rc ? rc : config_make(d);
    }
    struct topic_plan plan[ROLE_COUNT];
    kafka_topics_plan(d->config, PARTITIONS, plan);
    rc = kafka_topics_compare(d->config, plan, ADMIN_TIMEOUT_MS, text);
    rc = rc ? rc : kafka_topics_create(d->config, plan, ADMIN_TIMEOUT_MS, text);
    if (rc) {
        fprintf(stderr, "cubed demo: %s\n", text);
    }
    return rc;
}

/* ---- the story in the terminal ----------------------------------------------------------------------- */

static void intro_print(const struct demo *d)
{
    printf("cubed demo: a company of 2,000 customers and 300 staff in four regions; a day passes in %g s.\n"
           "Around day 6 care in one region runs short of people: watch first-time resolution sink there, alerts fire,\n"
           "the region leaves its octant, and later recover. Ctrl-C ends it.\n\n"
           "  page     http://%s/\n"
           "  records  kcat -b %s -C -t %s -o end -f '%%k %%s\\n'\n",
           d->feed_options.seconds_per_day, d->listen, d->bootstrap, d->config->topics[ROLE_CHANGES]);
    if (d->path[0]) {
        char self[256] = "cubed";
        ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
        self[n > 0 ? (size_t)n : strlen(self)] = 0;
        printf("           %s tap -c %s changes alerts\n", self, d->path);
    }
    printf("  metrics  http://%s/metrics\n\n%s: starting, the first join takes some seconds ...\n", d->listen,
           d->kafka ? d->kafka : "embedded broker");
    fflush(stdout);
}

static void on_decided(void *arg, const struct decision *dec, struct text scope, struct text json)
{
    struct demo *d = arg;
    (void)json;
    if (dec->t_ms >= d->tell.start_ms) {
        demo_tell_decision(&d->tell, dec, scope);
    }
}

static void on_ready(void *arg, const char *url)
{
    struct demo *d = arg;
    printf("running: %s\n\n", url);
    fflush(stdout);
    demo_feed_start(d->feed, clock_wall_ms());
}

static int on_beat(void *arg, int64_t now_ms)
{
    struct demo *d = arg;
    int rc = demo_feed_beat(d->feed, now_ms);
    int64_t day = (demo_feed_now(d->feed) - d->tell.start_ms) / DAY_MS;
    if (day >= d->told_day + 5) {
        d->told_day = day - day % 5;
        printf("day %3lld        %llu events so far\n", (long long)day, (unsigned long long)demo_feed_sent(d->feed));
        fflush(stdout);
    }
    d->feed_error = rc < 0 ? rc : 0;
    return rc != 0;
}

static int demo_run(struct demo *d)
{
    d->feed_options.start_ms = (clock_wall_ms() / DAY_MS - STORY_AGE_DAYS) * DAY_MS;
    int rc = broker_make(d);
    rc = rc ? rc : demo_feed_create(d->config, &d->feed_options, &d->feed);
    if (rc) {
        return exit_code_of(rc);
    }
    d->tell = (struct demo_tell){&d->config->model, stdout, isatty(STDOUT_FILENO) && !getenv("NO_COLOR"), d->feed_options.start_ms};
    intro_print(d);
    struct app_options ao = {.config = d->config, .level = LEVEL_INFO, .quiet = true, .decided = on_decided, .beat = on_beat,
                             .ready = on_ready, .arg = d};
    int code = app_run(&ao);
    return d->feed_error ? exit_code_of(d->feed_error) : code;
}

/* The first events of the company from a fixed day on, so that the same seed prints the same bytes. */
static int events_print(const struct demo *d)
{
    const struct demo_options o = {.seed = d->feed_options.seed, .start_ms = INT64_C(1767225600000)};
    struct demo_company *company;
    int rc = demo_company_create(&o, &company);
    if (!rc) {
        rc = demo_company_print(company, stdout, TOPIC_COUNT, d->print);
        demo_company_destroy(company);
    }
    return rc == CUBE_EIO ? command_unwritten("demo") : exit_code_of(rc);
}

int cmd_demo(int argc, char **argv)
{
    struct demo d = {0};
    int code = options_parse(argc, argv, &d);
    if (code) {
        return code;
    }
    if (d.print_config) {
        fputs(demo_config, stdout);
        return EXIT_DONE;
    }
    if (d.print) {
        return events_print(&d);
    }
    code = demo_run(&d);
    demo_feed_destroy(d.feed);
    mock_cluster_destroy(d.mock);
    config_destroy(d.config);
    if (d.path[0]) {
        unlink(d.path);
    }
    return code;
}
