/* Values of Kafka properties that stand in files of their own. */
#include <stdio.h>
#include <stdlib.h>

#include "config/config.h"
#include "config/credential.h"

static const char *problem_text(const struct kafka_property *p, int rc)
{
    switch (rc) {
    case CUBE_ENOTFOUND:
        return p->from == PROPERTY_FILE            ? "is not there"
               : getenv("CREDENTIALS_DIRECTORY") ? "is not in $CREDENTIALS_DIRECTORY"
                                                   : "is not there: $CREDENTIALS_DIRECTORY is not set";
    case CUBE_ELIMIT: return "is longer than 16 KiB";
    case CUBE_EFORMAT: return "is empty, or holds a byte 0";
    default: return "cannot be read";
    }
}

int config_property_read(const struct kafka_property *p, char ret_value[PROPERTY_SECRET_MAX], char ret_why[PROPERTY_WHY_MAX])
{
    int rc = p->from == PROPERTY_FILE ? credential_file_read(p->value, ret_value, PROPERTY_SECRET_MAX)
                                      : credential_read(p->value, ret_value, PROPERTY_SECRET_MAX);
    if (rc) {
        snprintf(ret_why, PROPERTY_WHY_MAX, "the %s %s %s", p->from == PROPERTY_FILE ? "file" : "credential", p->value, problem_text(p, rc));
        return CUBE_ECONFIG;
    }
    return 0;
}
