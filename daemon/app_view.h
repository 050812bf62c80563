/* What the page and the metrics see of a running worker (port/status.h), and the recent changes. */
#ifndef CUBE_APP_VIEW_H
#define CUBE_APP_VIEW_H

#include "os/checkpoint_files.h"
#include "port/status.h"
#include "task/worker.h"

#define RECENT_CHANGES_MAX 256

struct app_view;

/* The worker is borrowed. CUBE_ENOMEM. */
int app_view_create(const struct config *c, struct worker *w, struct app_view **ret_v) CUBE_MUST_CHECK;
void app_view_destroy(struct app_view *v);

/* Copies whose alerts are shown, too; borrowed. */
void app_view_copies(struct app_view *v, const struct checkpoint_files *copies);

/* From now on others write copies, or do so no more: meanwhile they are shown as they were seen last, without alerts. */
void app_view_beside(struct app_view *v, bool beside);

/* The port for the HTTP server; fix_status may change a status before it is shown (broker, liveness). */
struct status_source app_view_source(struct app_view *v, void (*fix_status)(void *arg, struct status *s), void *arg);

/* Remembers a change for /api/v1/changes. CUBE_ENOMEM. */
int app_view_change(struct app_view *v, int64_t at_ms, struct text scope, struct text json) CUBE_MUST_CHECK;

#endif
