/* Error codes of cubed. Every fallible function returns 0 or one of these, all negative. */
#ifndef CUBE_BASE_ERROR_H
#define CUBE_BASE_ERROR_H

#define CUBE_MUST_CHECK __attribute__((warn_unused_result))

/* X(name, value, text). The values are stable: they appear in logs. */
#define CUBE_ERRORS(X)                                                                             \
    X(CUBE_ENOMEM, -1, "out of memory")                                                            \
    X(CUBE_ELIMIT, -2, "a configured bound is reached")                                            \
    X(CUBE_ELATE, -3, "older than the lateness")                                                   \
    X(CUBE_ERANGE, -4, "a number outside its range")                                               \
    X(CUBE_EFORMAT, -5, "bytes that do not decode")                                                \
    X(CUBE_ETRUNCATED, -6, "bytes that end too early")                                             \
    X(CUBE_EVERSION, -7, "a version this program does not know")                                   \
    X(CUBE_ENOTFOUND, -8, "no such name or key")                                                   \
    X(CUBE_EDUPLICATE, -9, "already there")                                                        \
    X(CUBE_EAGAIN, -10, "not now: try again later")                                                \
    X(CUBE_EIO, -11, "input or output failed")                                                     \
    X(CUBE_ECONFIG, -12, "the configuration is not usable")                                        \
    X(CUBE_EKAFKA, -13, "Kafka refused or failed")                                                 \
    X(CUBE_EFENCED, -14, "fenced by another instance of the same name")                            \
    X(CUBE_EUNKNOWN_OUTCOME, -15, "a transaction whose outcome is not known")                      \
    X(CUBE_ELAYOUT, -16, "partition counts or configuration differ from the stored ones")          \
    X(CUBE_ETIMEOUT, -17, "no answer in time")                                                     \
    X(CUBE_EUSAGE, -18, "wrong usage")

enum cube_error {
#define X(name, value, text) name = value,
    CUBE_ERRORS(X)
#undef X
};

/* Returns the name of a code, for logs: "CUBE_ENOMEM". Static text; "CUBE_E?" for an unknown code. */
const char *err_name(int code);

/* Returns the text of a code, for people. Static text. */
const char *err_text(int code);

#endif
