/* cube.changes (contract, section 5). */
#include <stdio.h>

#include "proto/output_parts.h"

static void put_moves(struct emit *e, const struct model *m, const struct decision *d)
{
    emit_key(e, "axes");
    emit_array(e);
    for (uint32_t i = 0; i < d->move_count; i++) {
        const struct axis_move *move = &d->moves[i];
        emit_map(e);
        emit_key(e, "axis");
        emit_text(e, axis_names[move->axis]);
        emit_key(e, "from");
        emit_fixed(e, move->from);
        emit_key(e, "to");
        emit_fixed(e, move->to);
        emit_key(e, "drivers");
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
    emit_key(e, "from");
    emit_text(e, from);
    emit_key(e, "to");
    emit_text(e, to);
    emit_key(e, "edge");
    emit_text(e, (struct text){edge, (uint32_t)len});
    struct text move = octant_move_name(d->from, d->to);
    if (move.len) {
        emit_key(e, "move");
        emit_text(e, move);
    }
}

int output_change(const struct model *m, struct text scope, const struct decision *d,
                  enum output_format f, struct buf *out)
{
    struct emit e;
    emit_begin(&e, f, out);
    emit_map(&e);
    emit_key(&e, "v");
    emit_int(&e, 1);
    emit_key(&e, "scope");
    emit_text(&e, scope);
    emit_key(&e, "at");
    emit_int(&e, d->t_ms);
    emit_key(&e, "as_of");
    emit_int(&e, d->t_ms);
    put_edge(&e, d);
    emit_key(&e, "jump");
    emit_int(&e, d->jump);
    emit_key(&e, "revision");
    emit_int(&e, d->revision);
    put_moves(&e, m, d);
    emit_key(&e, "model");
    emit_text(&e, m->digest);
    emit_close(&e);
    return emit_end(&e);
}
