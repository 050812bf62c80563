#include "app_page.h"

#include <stdio.h>
#include <string.h>

#include "cubed_version.h"
#include "librdkafka/rdkafka.h"

static void on_told(void *arg, int severity, const char *event, const char *text)
{
    log_told(arg, "http", severity, event, text);
}

int app_page_open(const struct config *c, uv_loop_t *loop, struct logger *log, const struct status_source *source, struct app_page *ret_p)
{
    bool has_token = credential_read("http-token", ret_p->token, sizeof ret_p->token) == 0;
    struct http_options o = {.listen = c->http_listen, .token = has_token ? ret_p->token : NULL, .name = c->name, .model = c->model.digest.at,
                             .version = CUBED_VERSION, .kafka_version = rd_kafka_version_str(), .told = on_told, .told_arg = log};
    memcpy(o.topics, c->topics, sizeof o.topics);
    for (int axis = 0; axis < AXIS_COUNT; axis++) {
        o.thresholds[axis] = c->model.cube.axes[axis].threshold;
    }
    int rc = http_start(loop, &o, source, &ret_p->http);
    if (rc == CUBE_ENOMEM || rc == CUBE_ECONFIG) {
        return rc;
    }
    if (rc) { /* taken: the work goes on without a page */
        log_warn(log, "http", "not_listening", LOG_WITH(log_text("address", c->http_listen)));
        return 0;
    }
    const char *colon = strrchr(c->http_listen, ':');
    snprintf(ret_p->url, sizeof ret_p->url, "http://%.*s:%u/", colon ? (int)(colon - c->http_listen) : 9, colon ? c->http_listen : "127.0.0.1",
             (unsigned)http_port(ret_p->http));
    return 0;
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
