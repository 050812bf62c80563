# Turns text files into C strings. Included by the top CMakeLists.txt it gives
# cube_embed_text; run as a script (cmake -DINPUT=... -DNAME=... -DHEADER=... -DOUTPUT=... -P embed.cmake) it writes one.
if(CMAKE_SCRIPT_MODE_FILE)
    file(READ ${INPUT} bytes HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" bytes "${bytes}")
    string(REGEX REPLACE "(................................................................)" "\\1\"\n\"" bytes "${bytes}")
    file(WRITE ${OUTPUT} "/* Written by the build. */\n#include \"${HEADER}\"\n\nconst char ${NAME}[] =\n\"${bytes}\";\n")
    return()
endif()

set(embed_script ${CMAKE_CURRENT_LIST_FILE})

# file: a text below daemon/; array: its name in C; header: declares it.
function(cube_embed_text file array header)
    set(source ${CMAKE_BINARY_DIR}/embedded/${array}.c)
    add_custom_command(OUTPUT ${source}
        COMMAND ${CMAKE_COMMAND} -DINPUT=${CMAKE_SOURCE_DIR}/daemon/${file} -DNAME=${array} -DHEADER=${header} -DOUTPUT=${source}
                -P ${embed_script}
        DEPENDS ${CMAKE_SOURCE_DIR}/daemon/${file} ${embed_script} VERBATIM)
    target_sources(cube_daemon PRIVATE ${source})
endfunction()
