/* plugin_private.h -- what a plugin must say before it is believed. */
#ifndef ECP_PLUGIN_PRIVATE_H
#define ECP_PLUGIN_PRIVATE_H

#include "engine/analysis.h"
#include "engine/plugin.h"
#include "engine/scenario.h"

enum { ECP_MAX_MEMBERS = 256 };

/* Everything in `plugin` against what the engine takes for granted, and its
 * names against those that are registered or in `plugins`. ECP_ECONFIG;
 * `name` stands for the plugin in the sentence. */
enum ecp_status ecp_plugin_check(const struct ecp_plugins *plugins, const struct ecp_plugin *plugin,
                                 const char *name);

/* "no neuron model \"lfi\"; did you mean \"lif\"?" */
enum ecp_status ecp_member_not_found(const char *family, const char *name, const char *const *known,
                                     size_t n);

/* Is `name` one of the blank-separated aliases, with or without its prefix? */
int ecp_name_is_alias(const char *aliases, const char *name);

#endif
