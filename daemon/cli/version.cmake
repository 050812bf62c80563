# Writes OUT with the version and the git revision of SOURCE; leaves it alone when it would be the same.
set(revision "unknown")
execute_process(COMMAND git --no-optional-locks -C ${SOURCE} rev-parse --short=12 HEAD
    OUTPUT_VARIABLE found RESULT_VARIABLE failed ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
if(NOT failed)
    set(revision ${found})
    execute_process(COMMAND git --no-optional-locks -C ${SOURCE} diff --quiet HEAD -- RESULT_VARIABLE dirty ERROR_QUIET OUTPUT_QUIET)
    if(dirty)
        string(APPEND revision "-changed")
    endif()
endif()
set(text "/* Written by the build. */
#ifndef CUBED_VERSION_H
#define CUBED_VERSION_H
#define CUBED_VERSION \"${VERSION}\"
#define CUBED_REVISION \"${revision}\"
#endif
")
set(old "")
if(EXISTS ${OUT})
    file(READ ${OUT} old)
endif()
if(NOT old STREQUAL text)
    file(WRITE ${OUT} "${text}")
endif()
