/* Texts that are cut between two characters of UTF-8: half a character is no text of JSON. */
#ifndef CUBE_CLI_CHARACTERS_H
#define CUBE_CLI_CHARACTERS_H

#include <stddef.h>

/* Gives the length of a text of which the last character may have been cut, without that. */
size_t characters_whole(const char *at, size_t len);

/* As snprintf; what does not fit, or is cut by a precision at the end of the format, ends behind a whole character. */
__attribute__((format(printf, 3, 4))) void characters_print(char *out, size_t size, const char *format, ...);

#endif
