# Included by the top CMakeLists.txt: turns the page's files into C arrays. Run as a script
# (cmake -DINPUT=... -DNAME=... -DOUTPUT=... -P embed.cmake) it writes one of them.
if(CMAKE_SCRIPT_MODE_FILE)
    file(READ ${INPUT} bytes HEX)
    string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
    file(WRITE ${OUTPUT} "#include \"http/page.h\"\n\nconst unsigned char ${NAME}[] = {\n${bytes}\n};\nconst size_t ${NAME}_len = sizeof(${NAME});\n")
    return()
endif()

set(page_dir ${CMAKE_CURRENT_LIST_DIR})
foreach(file index.html app.js parts.js lists.js detail.js app.css icon.svg)
    string(REPLACE . _ array page_${file})
    set(source ${CMAKE_BINARY_DIR}/page/${array}.c)
    add_custom_command(OUTPUT ${source}
        COMMAND ${CMAKE_COMMAND} -DINPUT=${page_dir}/${file} -DNAME=${array} -DOUTPUT=${source}
                -P ${page_dir}/embed.cmake
        DEPENDS ${page_dir}/${file} ${page_dir}/embed.cmake VERBATIM)
    target_sources(cube_daemon PRIVATE ${source})
endforeach()
