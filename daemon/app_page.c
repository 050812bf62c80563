#include "app_page.h"

#include <stdio.h>
#include <string.h>

#include "cubed_version.h"
#include "librdkafka/rdkafka.h"
#include "os/clock.h"

#define AGAIN_MS 3000

static void on_told(void *arg, int severity, const char *event, const char *text)
{
    log_told(arg, "http", severity, event, text);
}

static void url_write(struct app_page *p)
{
    const char *listen = p->config->http_listen, *colon = strrchr(listen, ':');
    snprintf(p->url, sizeof p->url, "http://%.*s:%u/", colon ? (int)(colon - listen) : 9, colon ? listen : "127.0.0.1", (unsigned)http_port(p->http));
}

/* told: says why, when it cannot. */
static int start(struct app_page *p, bool told)
{
    const struct config *c = p->config;
    struct http_options o = {.listen = c->http_listen, .token = p->token[0] ? p->token : NULL, .name = c->name, .model = c->model.digest.at,
                             .version = CUBED_VERSION, .kafka_version = rd_kafka_version_str(), .told = told ? on_told : NULL, .told_arg = p->log};
    o.measures = c->model.measures;
    o.measure_count = c->model.measure_count;
    memcpy(o.topics, c->topics, sizeof o.topics);
    for (int axis = 0; axis < AXIS_COUNT; axis++) {
        o.thresholds[axis] = c->model.cube.axes[axis].threshold;
    }
    int rc = http_start(p->loop, &o, p->source, &p->http);
    if (rc == 0) {
        url_write(p);
    }
    p->again_ms = clock_steady_ms() + AGAIN_MS;
    return rc;
}

int app_page_open(const struct config *c, uv_loop_t *loop, struct logger *log, const struct status_source *source, struct app_page *ret_p)
{
    ret_p->config = c;
    ret_p->loop = loop;
    ret_p->log = log;
    ret_p->source = source;
    if (credential_read("http-token", ret_p->token, sizeof ret_p->token) != 0) {
        ret_p->token[0] = 0;
    }
    int rc = start(ret_p, true);
    if (rc == CUBE_ENOMEM || rc == CUBE_ECONFIG) {
        return rc;
    }
    if (rc) { /* taken: the work goes on without a page */
        log_warn(log, "http", "not_listening", LOG_WITH(log_text("address", c->http_listen), log_text("text", "it is tried again and again")));
    }
    return 0;
}

void app_page_again(struct app_page *p)
{
    if (!p->http && clock_steady_ms() >= p->again_ms && start(p, false) == 0) {
        log_info(p->log, "http", "listening", LOG_WITH(log_text("url", p->url)));
    }
}

void app_page_close(struct app_page *p)
{
    if (p->http) {
        http_stop(p->http, NULL, NULL);
        p->http = NULL;
    }
}

void app_page_meanwhile(struct app_page *p, struct app_view *v)
{
    if (p->http) {
        app_view_beside(v, true);
        http_turn(p->http);
        app_view_beside(v, false);
    }
}
