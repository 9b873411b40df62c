/* Loading plugins: the one place that knows dlopen. */
#include "engine/plugin.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/plugin_private.h"

struct loaded {
    const struct ecp_plugin *plugin;
    void *handle; /* NULL: part of the program */
    char *path;
};

struct ecp_plugins {
    int owners;
    size_t n;
    struct loaded *at;
};

enum ecp_status ecp_plugins_create(struct ecp_plugins **out)
{
    struct ecp_plugins *plugins = calloc(1, sizeof *plugins);
    if (!plugins)
        return ecp_fail(ECP_ENOMEM, "no memory for plugins");
    plugins->owners = 1;
    *out = plugins;
    return ECP_OK;
}

struct ecp_plugins *ecp_plugins_share(struct ecp_plugins *plugins)
{
    if (plugins)
        plugins->owners++;
    return plugins;
}

void ecp_plugins_destroy(struct ecp_plugins *plugins)
{
    if (!plugins || --plugins->owners > 0)
        return;
    for (size_t k = 0; k < plugins->n; k++) {
        if (plugins->at[k].handle)
            (void)dlclose(plugins->at[k].handle);
        free(plugins->at[k].path);
    }
    free(plugins->at);
    free(plugins);
}

/* Takes over `own`, whose path and handle it frees on failure. */
static enum ecp_status keep(struct ecp_plugins *plugins, struct loaded own, const char *name)
{
    struct loaded *grown = NULL;
    enum ecp_status status;
    ECP_TRY(ecp_plugin_check(plugins, own.plugin, name));
    grown = realloc(plugins->at, (plugins->n + 1) * sizeof *grown);
    if (!grown) {
        status = ecp_fail(ECP_ENOMEM, "no memory for plugins");
        goto done;
    }
    plugins->at = grown;
    plugins->at[plugins->n++] = own;
done:
    if (status != ECP_OK) {
        if (own.handle)
            (void)dlclose(own.handle);
        free(own.path);
    }
    return status;
}

enum ecp_status ecp_plugins_add(struct ecp_plugins *plugins, const struct ecp_plugin *plugin,
                                const char *name)
{
    return keep(plugins, (struct loaded){.plugin = plugin}, name);
}

enum ecp_status ecp_plugins_load(struct ecp_plugins *plugins, const char *path)
{
    enum ecp_status status = ECP_OK;
    void *handle = NULL;
    const char *reason;
    /* The whole path: dlopen looks for a bare name in the system's folders. */
    char *real = realpath(path, NULL);
    if (!real)
        return ecp_fail(ECP_EIO, "%s: no such plugin; allowed: the path of a shared object", path);
    for (size_t k = 0; k < plugins->n; k++)
        if (plugins->at[k].path && strcmp(plugins->at[k].path, real) == 0)
            goto done;
    handle = dlopen(real, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        reason = dlerror();
        status = ecp_fail(ECP_EIO, "%s: cannot be loaded: %s", path, reason ? reason : "");
        goto done;
    }
    const struct loaded own = {dlsym(handle, "ecp_plugin"), handle, real};
    if (!own.plugin) {
        status = ecp_fail(ECP_ECONFIG,
                          "%s: found no constant \"ecp_plugin\"; a plugin exports one "
                          "(docs/ADDING.md)",
                          path);
        goto done;
    }
    handle = NULL;
    real = NULL; /* keep has them */
    status = keep(plugins, own, path);
done:
    if (handle)
        (void)dlclose(handle);
    free(real);
    return status;
}

/* ---- members --------------------------------------------------------------- */

const char *ecp_plugins_path(const struct ecp_plugins *plugins, size_t k)
{
    for (size_t at = 0; plugins && at < plugins->n; at++)
        if (plugins->at[at].path && k-- == 0)
            return plugins->at[at].path;
    return NULL;
}

const struct ecp_neuron_model *ecp_plugins_neuron(const struct ecp_plugins *plugins, size_t k)
{
    for (size_t at = 0; plugins && at < plugins->n; at++) {
        const struct ecp_neuron_model *const *member = plugins->at[at].plugin->neurons;
        for (; member && *member; member++)
            if (k-- == 0)
                return *member;
    }
    return NULL;
}

const struct ecp_analysis *ecp_plugins_analysis(const struct ecp_plugins *plugins, size_t k)
{
    for (size_t at = 0; plugins && at < plugins->n; at++) {
        const struct ecp_analysis *const *member = plugins->at[at].plugin->analyses;
        for (; member && *member; member++)
            if (k-- == 0)
                return *member;
    }
    return NULL;
}

const struct ecp_scenario *ecp_plugins_scenario(const struct ecp_plugins *plugins, size_t k)
{
    for (size_t at = 0; plugins && at < plugins->n; at++) {
        const struct ecp_scenario *const *member = plugins->at[at].plugin->scenarios;
        for (; member && *member; member++)
            if (k-- == 0)
                return *member;
    }
    return NULL;
}
