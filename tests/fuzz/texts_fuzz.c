/* Short texts from outside: durations, instants, addresses, Host headers, Base64, credentials. What is taken is written and read
 * as the same; what is refused leaves nothing behind. */
#include "fuzz.h"

#include <ctype.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config/config.h"
#include "config/credential.h"
#include "config/duration.h"
#include "http/http_listen.h"
#include "proto/base64.h"
#include "proto/output.h"

const struct fuzz_seed fuzz_seeds[] = {
    FUZZ_SEED("250ms"), FUZZ_SEED("9223372036854775807d"), FUZZ_SEED("2026-02-28T23:59:60.1239+05:30"), FUZZ_SEED("0000-01-01 00:00:00Z"),
    FUZZ_SEED("127.0.0.1:8642"), FUZZ_SEED("[::1]:65535"), FUZZ_SEED("LocalHost:80"), FUZZ_SEED("[localhost"),
    FUZZ_SEED("QUI="), FUZZ_SEED("QQ==QUJD"), FUZZ_SEED("secret\r\n"), FUZZ_SEED("\n"),
    {NULL, 0},
};

enum { TEXT_MAX = 200,
       SECRET_MAX = 16 };

static void duration_try(const char *text)
{
    char written[DURATION_TEXT_MAX];
    int64_t ms = -1, again;
    int rc = duration_parse(text, &ms);
    FUZZ_CHECK(rc == 0 || rc == CUBE_EFORMAT || rc == CUBE_ERANGE);
    if (rc == 0) {
        FUZZ_CHECK(ms >= 0);
        duration_text(ms, written);
        FUZZ_CHECK(duration_parse(written, &again) == 0 && again == ms && strlen(written) <= strlen(text) + 2);
    }
}

/* As the outputs write it, which begin with the year 1 and end with 9999. */
static void instant_try(const char *text)
{
    char written[TIME_TEXT_MAX], date[DATE_TEXT_MAX];
    int64_t ms, again, first = days_from_civil(1, 1, 1) * DAY_MS, end = days_from_civil(10000, 1, 1) * DAY_MS;
    int rc = time_parse(text, &ms);
    FUZZ_CHECK(rc == 0 || rc == CUBE_EFORMAT || rc == CUBE_ERANGE);
    if (rc == 0 && ms >= first && ms < end) {
        size_t n = time_text(ms, written);
        FUZZ_CHECK(n == strlen(written) && time_parse(written, &again) == 0 && again == ms);
        date_text((int32_t)((ms - first) / DAY_MS + first / DAY_MS), date);
        FUZZ_CHECK(strncmp(date, written, 10) == 0);
    }
}

static void address_try(const char *text)
{
    struct http_address a, again;
    char written[HTTP_HOST_MAX + 16];
    int rc = http_address_parse(text, &a);
    FUZZ_CHECK(rc == 0 || rc == CUBE_EFORMAT);
    if (rc == 0) {
        FUZZ_CHECK(strlen(a.host) < sizeof a.host);
        snprintf(written, sizeof written, strchr(a.host, ':') ? "[%s]:%u" : "%s:%u", a.host, http_address_port(&a));
        FUZZ_CHECK(http_address_parse(written, &again) == 0 && memcmp(&a, &again, sizeof a) == 0);
        FUZZ_CHECK(http_host_allowed(&a, text_of(written)));
    }
}

static bool is_port(const char *at)
{
    size_t digits = strspn(at, "0123456789");
    return digits > 0 && at[digits] == 0 && strtoul(at, NULL, 10) <= 65535;
}

/* Who may be answered, said once more: a name of this machine, in brackets or not, and maybe a port. */
static bool is_own(const char *host)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "::1", "[localhost]", "[127.0.0.1]", "[::1]", "10.0.0.7", "[10.0.0.7]"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t n = strlen(names[i]);
        if (strncasecmp(host, names[i], n) == 0 && (host[n] == 0 || (host[n] == ':' && is_port(host + n + 1)))) {
            return true;
        }
    }
    return false;
}

static void host_try(const char *text)
{
    struct http_address a;
    FUZZ_CHECK(http_address_parse("10.0.0.7:80", &a) == 0);
    FUZZ_CHECK(!http_host_allowed(&a, text_of(text)) || is_own(text));
}

static void base64_try(const uint8_t *at, size_t len)
{
    struct buf text = {0}, bytes = {0}, again = {0};
    FUZZ_CHECK(base64_append(&text, at, len) == 0 && text.len == (len + 2) / 3 * 4);
    FUZZ_CHECK(base64_decode((struct text){(const char *)text.at, (uint32_t)text.len}, &bytes) == 0);
    FUZZ_CHECK(bytes.len == len && (len == 0 || memcmp(bytes.at, at, len) == 0));
    buf_clear(&bytes);
    buf_clear(&text);
    int rc = base64_decode((struct text){(const char *)at, (uint32_t)len}, &bytes);
    FUZZ_CHECK(rc == 0 || (rc == CUBE_EFORMAT && bytes.len == 0));
    if (rc == 0) {
        FUZZ_CHECK(base64_append(&text, bytes.at, bytes.len) == 0 && text.len == len);
        FUZZ_CHECK(base64_decode((struct text){(const char *)text.at, (uint32_t)text.len}, &again) == 0 && again.len == bytes.len);
        FUZZ_CHECK(bytes.len == 0 || memcmp(bytes.at, again.at, bytes.len) == 0);
    }
    buf_close(&text);
    buf_close(&bytes);
    buf_close(&again);
}

static void credential_try(const uint8_t *at, size_t len)
{
    static const char zeroes[SECRET_MAX];
    char path[32], secret[SECRET_MAX];
    int fd = memfd_create("fuzz", 0);
    FUZZ_CHECK(fd >= 0 && write(fd, at, len) == (ssize_t)len);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int rc = credential_file_read(path, secret, sizeof secret);
    close(fd);
    while (rc == 0 && len > 0 && (at[len - 1] == '\n' || at[len - 1] == '\r')) {
        len--;
    }
    FUZZ_CHECK(rc == 0 || rc == CUBE_EFORMAT || (rc == CUBE_ELIMIT && len >= sizeof secret));
    FUZZ_CHECK(rc ? memcmp(secret, zeroes, sizeof secret) == 0 : len > 0 && strlen(secret) == len && memcmp(secret, at, len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
    char text[TEXT_MAX + 1];
    if (len > TEXT_MAX) {
        return 0;
    }
    for (size_t i = 0; i < len; i++) {
        text[i] = (char)at[i];
    }
    text[len] = 0;
    duration_try(text);
    instant_try(text);
    address_try(text);
    host_try(text);
    base64_try(at, len);
    if (len <= 2 * SECRET_MAX && len % 4 == 3) { /* a file each: seldom */
        credential_try(at, len);
    }
    return 0;
}
