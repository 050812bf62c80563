/* cube.changes (contract, section 5). */
#include <stdio.h>

#include "proto/output_form.h"
#include "proto/output_parts.h"

static void put_moves(struct emit *e, const struct model *m, const struct decision *d)
{
    output_key(e, OUT_CHANGE_AXES);
    emit_array(e);
    for (uint32_t i = 0; i < d->move_count; i++) {
        const struct axis_move *move = &d->moves[i];
        emit_map(e);
        output_text(e, OUT_MOVE_AXIS, axis_names[move->axis]);
        output_key(e, OUT_MOVE_FROM);
        emit_fixed(e, move->from);
        output_key(e, OUT_MOVE_TO);
        emit_fixed(e, move->to);
        output_key(e, OUT_MOVE_DRIVERS);
        emit_array(e);
        for (uint32_t k = 0; k < move->driver_count; k++) {
            emit_map(e);
            output_put_driver(e, m, &move->drivers[k]);
            emit_close(e);
        }
        emit_close(e);
        emit_close(e);
    }
    emit_close(e);
}

static void put_edge(struct emit *e, const struct decision *d)
{
    char edge[2 * OCTANT_NAME_MAX + 2];
    struct text from = octant_names[d->from], to = octant_names[d->to];
    int len = snprintf(edge, sizeof edge, "%.*s->%.*s", (int)from.len, from.at, (int)to.len, to.at);
    output_text(e, OUT_CHANGE_FROM, from);
    output_text(e, OUT_CHANGE_TO, to);
    output_text(e, OUT_CHANGE_EDGE, (struct text){edge, (uint32_t)len});
    struct text move = octant_move_name(d->from, d->to);
    if (move.len) {
        output_text(e, OUT_CHANGE_MOVE, move);
    }
}

int output_change(const struct model *m, struct text scope, const struct decision *d,
                  enum output_format f, struct buf *out)
{
    struct emit e;
    emit_begin(&e, f, out);
    emit_map(&e);
    output_int(&e, OUT_CHANGE_V, 1);
    output_text(&e, OUT_CHANGE_SCOPE, scope);
    output_int(&e, OUT_CHANGE_AT, d->t_ms);
    output_int(&e, OUT_CHANGE_AS_OF, d->t_ms);
    put_edge(&e, d);
    output_int(&e, OUT_CHANGE_JUMP, d->jump);
    output_int(&e, OUT_CHANGE_REVISION, d->revision);
    put_moves(&e, m, d);
    output_text(&e, OUT_CHANGE_MODEL, m->digest);
    emit_close(&e);
    return emit_end(&e);
}
