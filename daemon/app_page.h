/* The page of this process, by its configuration and the credential http-token. */
#ifndef CUBE_APP_PAGE_H
#define CUBE_APP_PAGE_H

#include <uv.h>

#include "app_view.h"
#include "config/config.h"
#include "config/credential.h"
#include "http/http.h"
#include "os/log.h"

struct app_page {
    const struct config *config;
    uv_loop_t *loop;
    struct logger *log;
    const struct status_source *source;
    struct http_server *http; /* NULL: its address is taken, or it has been stopped */
    int64_t again_ms;         /* of a steady clock: then the address is tried again */
    char token[CREDENTIAL_MAX];
    char url[128];            /* empty without a server */
};

/* Begins to serve; an address that is taken is told, and tried again by app_page_again. Borrows all until app_page_close and a turn of the loop.
 * CUBE_ECONFIG: the address is not one, or not loopback and there is no credential. CUBE_ENOMEM. */
int app_page_open(const struct config *c, uv_loop_t *loop, struct logger *log, const struct status_source *source,
                  struct app_page *ret_p) CUBE_MUST_CHECK;
/* Every second, but not after app_page_close: tries an address that was taken again, every few seconds. */
void app_page_again(struct app_page *p);
/* Ends it, when there is one. */
void app_page_close(struct app_page *p);

/* Answers what is asked of it within a turn of the loop whose work others do: what they write is shown as it was before. */
void app_page_meanwhile(struct app_page *p, struct app_view *v);

#endif
