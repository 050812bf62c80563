/* The configuration that `cubed demo` runs with: short windows, so that the story shows within
 * minutes. */
#ifndef CUBE_CLI_DEMO_CONFIG_H
#define CUBE_CLI_DEMO_CONFIG_H

/* YAML for config_parse. kafka and http.listen are set by the demo itself. */
extern const char demo_config[];

#endif
