/* `ecphory import` and `ecphory export`: networks from and to files of other tools. */
#include <stdlib.h>
#include <string.h>

#include "engine/cli.h"
#include "engine/config.h"
#include "engine/edge_list.h"
#include "engine/nir.h"
#include "engine/store_files.h"

static int ends(const char *text, const char *end)
{
    const size_t n = strlen(text), m = strlen(end);
    return n > m && strcmp(text + n - m, end) == 0;
}

enum ecp_status ecp_cli_import(struct ecp_cli *cli)
{
    const struct ecp_nir_options options = {.dt = cli->dt > 0 ? cli->dt : 0.1,
                                            .pulse = cli->pulse > 0 ? cli->pulse : 1000};
    char *path = NULL;
    const enum ecp_status status =
        ecp_nir_import(cli->argument[0], cli->out ? cli->out : ".", &options, &path);
    if (status == ECP_OK)
        printf("%s\n", path);
    free(path);
    return status;
}

/* The config of a run's folder, or what was named. */
static enum ecp_status read_plan(const struct ecp_cli *cli, struct ecp_plan **plan)
{
    const struct ecp_config_extra extra = {cli->override, cli->n_overrides, cli->plugins};
    const char *name = cli->argument[0];
    char *inside = NULL;
    enum ecp_status status = ECP_OK;
    if (ecp_files_is_folder(name))
        ECP_TRY(ecp_files_name(&inside, "%s/config.cfg", name));
    status = ecp_config_read_with(inside ? inside : name, &extra, plan);
done:
    free(inside);
    return status;
}

enum ecp_status ecp_cli_export(struct ecp_cli *cli)
{
    struct ecp_plan *plan = NULL;
    enum ecp_status status;
    if (!cli->out)
        return ecp_fail(ECP_EUSAGE, "`ecphory export` needs --out FILE.nir, or a folder for SONATA "
                                    "files");
    ECP_TRY(read_plan(cli, &plan));
    if (ends(cli->out, ".nir"))
        ECP_TRY(ecp_nir_export(plan, cli->out, cli->pulse > 0 ? cli->pulse : 1000, stderr));
    else
        ECP_TRY(ecp_circuit_write(plan, cli->out));
    printf("%s%s\n", cli->out, ends(cli->out, ".nir") ? "" : "/circuit_config.json");
done:
    ecp_plan_destroy(plan);
    return status;
}
