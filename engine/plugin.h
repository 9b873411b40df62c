/* plugin.h -- members that are compiled outside the tree.
 *
 * A plugin is a shared object that exports one constant:
 *
 *     static const struct ecp_neuron_model *const neurons[] = {&quadratic, NULL};
 *     const struct ecp_plugin ecp_plugin = {ECP_PLUGIN_HEAD, .neurons = neurons};
 *
 * docs/ADDING.md shows a whole one. What is loaded lives in a list that is
 * handed around; a plan shares the list that it was read with. */
#ifndef ECP_PLUGIN_H
#define ECP_PLUGIN_H

#include <stdint.h>

#include "engine/neuron.h"
#include "engine/status.h"
#include "engine/types.h"

struct ecp_analysis;
struct ecp_scenario;

/* Counts changes of what a plugin sees: this header, the descriptors and
 * blocks of engine/neuron.h and engine/field.h, those of analyses and scenarios. */
#define ECP_PLUGIN_ABI 2

struct ecp_plugin {
    /* ECP_PLUGIN_HEAD fills these from the headers that the plugin is compiled with. */
    uint32_t abi;          /* always the first                            */
    uint32_t real_bytes;   /* single or double precision                  */
    uint32_t neuron_bytes; /* of a descriptor, which grows with versions  */
    uint32_t field_bytes;

    /* Each NULL, or ends with NULL. */
    const struct ecp_neuron_model *const *neurons;
    const struct ecp_analysis *const *analyses;
    const struct ecp_scenario *const *scenarios;
    const void *reserved[8]; /* families of later versions */
};

#define ECP_PLUGIN_HEAD                                                                            \
    .abi = ECP_PLUGIN_ABI, .real_bytes = sizeof(ecp_real),                                         \
    .neuron_bytes = sizeof(struct ecp_neuron_model), .field_bytes = sizeof(struct ecp_field)

/* ---- the list of those that are loaded -------------------------------------- */

struct ecp_plugins;

enum ecp_status ecp_plugins_create(struct ecp_plugins **out);

/* One more owner, on the thread of the others; returns `plugins`, which may be
 * NULL. The last one to destroy the list unloads it: no member may be used
 * afterwards. */
struct ecp_plugins *ecp_plugins_share(struct ecp_plugins *plugins);
void ecp_plugins_destroy(struct ecp_plugins *plugins);

/* Load the file `path`; one that is there already is not loaded again. ECP_EIO:
 * it cannot be opened; ECP_ECONFIG: it is no plugin, was made for another
 * version or precision, a member's name is taken or its description is
 * malformed. The list then stays as it was. */
enum ecp_status ecp_plugins_load(struct ecp_plugins *plugins, const char *path);

/* The same with a plugin that is part of the program; `name` stands for its
 * file in messages. */
enum ecp_status ecp_plugins_add(struct ecp_plugins *plugins, const struct ecp_plugin *plugin,
                                const char *name);

/* Full path of the k-th loaded file, and the k-th member of a family through
 * all plugins; NULL when there are no more. `plugins` may be NULL. */
const char *ecp_plugins_path(const struct ecp_plugins *plugins, size_t k);
const struct ecp_neuron_model *ecp_plugins_neuron(const struct ecp_plugins *plugins, size_t k);
const struct ecp_analysis *ecp_plugins_analysis(const struct ecp_plugins *plugins, size_t k);
const struct ecp_scenario *ecp_plugins_scenario(const struct ecp_plugins *plugins, size_t k);

/* ---- finding members by name, registered or loaded ---------------------------- */

/* As ecp_neuron_find (baseline), ecp_analysis_find, ecp_scenario_find. */
enum ecp_status ecp_plugins_find_neuron(const struct ecp_plugins *plugins, const char *name,
                                        const struct ecp_neuron_model **out);
enum ecp_status ecp_plugins_find_analysis(const struct ecp_plugins *plugins, const char *name,
                                          const struct ecp_analysis **out);
enum ecp_status ecp_plugins_find_scenario(const struct ecp_plugins *plugins, const char *name,
                                          const struct ecp_scenario **out);

#endif
