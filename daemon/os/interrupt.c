#include "os/interrupt.h"

#include <signal.h>

static void on_signal(uv_signal_t *h, int signal_number)
{
    (void)signal_number;
    ((struct interrupt *)h->data)->heard = true;
}

static int listen_to(struct interrupt *i, uv_signal_t *h, int signal_number)
{
    uv_signal_init(&i->loop, h);
    h->data = i;
    return uv_signal_start(h, on_signal, signal_number);
}

static int failure_of(int rc)
{
    return rc == UV_ENOMEM ? CUBE_ENOMEM : CUBE_EIO;
}

int interrupt_open(struct interrupt *i)
{
    *i = (struct interrupt){.is_open = false};
    int rc = uv_loop_init(&i->loop);
    if (rc) {
        return failure_of(rc);
    }
    i->is_open = true;
    int term = listen_to(i, &i->term, SIGTERM), other = listen_to(i, &i->interrupt, SIGINT);
    if (term || other) {
        interrupt_close(i);
        return failure_of(term ? term : other);
    }
    return 0;
}

bool interrupt_heard(struct interrupt *i)
{
    if (i->is_open) {
        uv_run(&i->loop, UV_RUN_NOWAIT);
    }
    return i->heard;
}

void interrupt_close(struct interrupt *i)
{
    if (!i->is_open) {
        return;
    }
    uv_close((uv_handle_t *)&i->term, NULL);
    uv_close((uv_handle_t *)&i->interrupt, NULL);
    uv_run(&i->loop, UV_RUN_DEFAULT);
    uv_loop_close(&i->loop);
    i->is_open = false;
}
