/* Signals heard beside the loop that will hear them, too. */
#include "support/unit.h"

#include <signal.h>
#include <sys/resource.h>

#include "os/interrupt.h"

static void on_signal(uv_signal_t *h, int signal_number)
{
    *(int *)h->data = signal_number;
    uv_signal_stop(h);
}

static void interrupt_is_heard_before_the_loop_turns_and_by_the_loop(void **state)
{
    (void)state;
    const int signals[] = {SIGTERM, SIGINT};
    for (int s = 0; s < 2; s++) {
        struct interrupt i;
        uv_loop_t loop;
        uv_signal_t h;
        int heard = 0;
        assert_int_equal(uv_loop_init(&loop), 0);
        assert_int_equal(uv_signal_init(&loop, &h), 0);
        h.data = &heard;
        assert_int_equal(uv_signal_start(&h, on_signal, signals[s]), 0);
        assert_int_equal(interrupt_open(&i), 0);
        assert_false(interrupt_heard(&i));
        raise(signals[s]);
        assert_true(interrupt_heard(&i));
        assert_int_equal(heard, 0);
        uv_run(&loop, UV_RUN_NOWAIT);
        assert_int_equal(heard, signals[s]);
        assert_true(interrupt_heard(&i));
        interrupt_close(&i);
        interrupt_close(&i);
        uv_close((uv_handle_t *)&h, NULL);
        uv_run(&loop, UV_RUN_DEFAULT);
        assert_int_equal(uv_loop_close(&loop), 0);
    }
}

static void interrupt_open_tells_a_lack_of_descriptors_from_one_of_memory(void **state)
{
    (void)state;
    struct rlimit before, none;
    struct interrupt i;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = (struct rlimit){3, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    int rc = interrupt_open(&i);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(rc, CUBE_EIO);
    interrupt_close(&i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(interrupt_is_heard_before_the_loop_turns_and_by_the_loop),
        cmocka_unit_test(interrupt_open_tells_a_lack_of_descriptors_from_one_of_memory),
    };
    return RUN_TESTS(tests);
}
