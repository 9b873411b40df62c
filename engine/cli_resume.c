/* Does a run begin, go on, or is it done? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/checkpoint.h"
#include "engine/cli.h"
#include "engine/report.h"

/* DIR/config.cfg is `text`. */
static int has_config(const char *dir, const char *text)
{
    char path[4096];
    const size_t n = strlen(text);
    if (snprintf(path, sizeof path, "%s/config.cfg", dir) >= (int)sizeof path)
        return 0;
    FILE *file = fopen(path, "re");
    char *there = malloc(n + 2);
    const int same =
        file && there && fread(there, 1, n + 1, file) == n && memcmp(there, text, n) == 0;
    if (file)
        (void)fclose(file);
    free(there);
    return same;
}

static enum ecp_status go_on(const struct ecp_cli *cli, const char *dir,
                             const struct ecp_plan *plan, struct ecp_cli_start *out)
{
    const int current = ecp_checkpoint_exists(dir, 0), previous = ecp_checkpoint_exists(dir, 1);
    if (cli->resume > 1 && !previous)
        return ecp_fail(ECP_EIO, "%s: there is no previous checkpoint", dir);
    out->resume = cli->resume > 1 ? 2 : current ? 1 : previous ? 2 : 0;
    out->is_finished = out->resume == 0 && ecp_report_is_final(dir) &&
                       has_config(dir, plan->config_text ? plan->config_text : "");
    return ECP_OK;
}

enum ecp_status ecp_cli_start(const struct ecp_cli *cli, const char *dir,
                              const struct ecp_plan *plan, struct ecp_cli_start *out)
{
    const int saves = cli->checkpoint_every > 0 || cli->checkpoint_wall > 0 || cli->max_wall > 0;
    *out = (struct ecp_cli_start){0, 0};
    if (!dir && (saves || cli->resume))
        return ecp_fail(ECP_EUSAGE, "--no-files leaves no place for checkpoints");
    if (!dir)
        return ECP_OK;
    if (cli->resume)
        return go_on(cli, dir, plan, out);
    if (!ecp_checkpoint_exists(dir, 0) && !ecp_checkpoint_exists(dir, 1))
        return ECP_OK;
    if (saves)
        return ecp_fail(ECP_EUSAGE,
                        "%s: has a checkpoint of a run that is not finished; go on from it with "
                        "--resume, or remove it to begin anew",
                        dir);
    ecp_checkpoint_remove(dir);
    if (!cli->quiet)
        (void)fprintf(stderr, "ecphory: begins anew; what was there could have gone on with "
                              "--resume\n");
    return ECP_OK;
}
