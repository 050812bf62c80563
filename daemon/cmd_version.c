/* cubed version. */
#include <jansson.h>
#include <microhttpd.h>
#include <stdio.h>
#include <uv.h>

#include "cli/command.h"
#include "cli/exit_code.h"
#include "cubed_version.h"
#include "librdkafka/rdkafka.h"

int cmd_version(int argc, char **argv)
{
    (void)argv;
    if (argc > 1) {
        return command_usage("version", "takes no arguments");
    }
    printf("cubed %s (%s)\nlibrdkafka %s, libuv %s, jansson %s, libmicrohttpd %s\n", CUBED_VERSION, CUBED_REVISION, rd_kafka_version_str(),
           uv_version_string(), jansson_version_str(), MHD_get_version());
    return EXIT_DONE;
}
