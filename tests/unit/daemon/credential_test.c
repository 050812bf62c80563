/* Secrets in files: how long, and what may stand behind them. */
#include "config/credential.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "support/unit.h"

#define SIZE 17 /* a secret of 16 bytes at most */

static char folder[] = "/tmp/cubed-credential-XXXXXX", path[64];

static int read_of(const char *bytes, char secret[SIZE])
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, strlen(bytes), f), strlen(bytes));
    assert_int_equal(fclose(f), 0);
    return credential_file_read(path, secret, SIZE);
}

static void credential_file_read_takes_the_longest_with_and_without_line_end(void **state)
{
    (void)state;
    static const char *const ends[] = {"", "\n", "\r\n"};
    char secret[SIZE], text[64];
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        snprintf(text, sizeof text, "0123456789abcdef%s", ends[i]);
        assert_int_equal(read_of(text, secret), 0);
        assert_string_equal(secret, "0123456789abcdef");
        snprintf(text, sizeof text, "short%s", ends[i]);
        assert_int_equal(read_of(text, secret), 0);
        assert_string_equal(secret, "short");
        snprintf(text, sizeof text, "0123456789abcdefg%s", ends[i]);
        assert_int_equal(read_of(text, secret), CUBE_ELIMIT);
    }
    assert_int_equal(read_of("0123456789abcdef\nx", secret), CUBE_ELIMIT);
    assert_int_equal(read_of("\r\n", secret), CUBE_EFORMAT);
}

#define LATE "tell nobody\n"
#define ALARMS 3 /* the reader waits at one of them at least, however busy the machine is */

static int late_fd;
static volatile sig_atomic_t alarms;

static void on_alarm(int signal_number)
{
    (void)signal_number;
    if (++alarms == ALARMS) {
        ssize_t n = write(late_fd, LATE, strlen(LATE));
        (void)n;
        close(late_fd);
    }
}

/* A pipe that is empty until the last of some signals. */
static void credential_file_read_goes_on_after_a_signal(void **state)
{
    (void)state;
    char secret[SIZE];
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    late_fd = open(path, O_RDWR | O_CLOEXEC); /* nobody waits for the other end */
    assert_true(late_fd >= 0);
    struct sigaction act = {.sa_handler = on_alarm};
    sigaction(SIGALRM, &act, NULL);
    setitimer(ITIMER_REAL, &(struct itimerval){{0, 20000}, {0, 20000}}, NULL);
    int rc = credential_file_read(path, secret, SIZE);
    setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 0}}, NULL);
    assert_true(alarms >= ALARMS);
    assert_int_equal(rc, 0);
    assert_string_equal(secret, "tell nobody");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(credential_file_read_takes_the_longest_with_and_without_line_end),
        cmocka_unit_test(credential_file_read_goes_on_after_a_signal),
    };
    if (!mkdtemp(folder)) {
        return 1;
    }
    snprintf(path, sizeof path, "%s/secret", folder);
    int failed = RUN_TESTS(tests);
    unlink(path);
    rmdir(folder);
    return failed;
}
