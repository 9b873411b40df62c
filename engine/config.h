/* config.h -- a libconfig file, and overrides, to a plan. */
#ifndef ECP_CONFIG_H
#define ECP_CONFIG_H

#include "engine/plan.h"
#include "engine/plugin.h"
#include "engine/status.h"

/* Read `path` (or a registered scenario's name), apply `overrides`
 * ("network.scale=0.5", the value in libconfig's syntax, bare words taken as
 * strings; later ones win), and make a checked plan.
 *
 * ECP_ECONFIG: one line with file, line, key, what was found and what is
 * allowed. ECP_EIO: the file cannot be read. */
enum ecp_status ecp_config_read(const char *path, const char *const *overrides, size_t n_overrides,
                                struct ecp_plan **out);

/* What a config is read with besides. */
struct ecp_config_extra {
    const char *const *overrides;
    size_t n_overrides;
    struct ecp_plugins *plugins; /* members that may be named; the config's own `plugins` are
                                    added to them. NULL: only those */
};

enum ecp_status ecp_config_read_with(const char *path, const struct ecp_config_extra *extra,
                                     struct ecp_plan **out);

/* The same from text; `name` stands for the file in messages. */
enum ecp_status ecp_config_parse(const char *text, const char *name, const char *const *overrides,
                                 size_t n_overrides, struct ecp_plan **out);

#endif
