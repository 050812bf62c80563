#include "base/error.h"

const char *err_name(int code)
{
    switch (code) {
#define X(name, value, text)                                                                       \
    case value:                                                                                    \
        return #name;
        CUBE_ERRORS(X)
#undef X
    default:
        return "CUBE_E?";
    }
}

const char *err_text(int code)
{
    switch (code) {
#define X(name, value, text)                                                                       \
    case value:                                                                                    \
        return text;
        CUBE_ERRORS(X)
#undef X
    default:
        return "unknown error";
    }
}
