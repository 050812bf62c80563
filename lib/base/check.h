/* Checks of our own mistakes: on in every build, never for input, memory or Kafka.
 * A failed check prints one line to stderr and aborts; main turns that into exit code 70. */
#ifndef CUBE_BASE_CHECK_H
#define CUBE_BASE_CHECK_H

_Noreturn void check_failed(const char *what, const char *expression, const char *file, int line);

#define CHECK_AS(what, e) ((e) ? (void)0 : check_failed(what, #e, __FILE__, __LINE__))
#define CHECK_PRE(e) CHECK_AS("precondition", e)
#define CHECK_POST(e) CHECK_AS("postcondition", e)
#define CHECK_NEVER(text) check_failed("never", text, __FILE__, __LINE__)

#endif
