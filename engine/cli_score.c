/* `ecphory score`: recordings, simulated or from a brain, to a table of scores. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/cli.h"
#include "engine/clock.h"
#include "engine/report.h"
#include "engine/scoring.h"
#include "engine/store_files.h"
#include "engine/units.h"

struct listener {
    struct ecp_cli_progress progress;
    double began;
};

static int listen(void *context, const char *measure, double done)
{
    struct listener *l = context;
    return ecp_cli_progress_work(&l->progress, done, measure, ecp_clock_seconds() - l->began);
}

/* "50 ms:200 ms" into cli->from and cli->to. */
enum ecp_status ecp_cli_window(const char *text, double *from, double *to)
{
    const char *colon = strchr(text, ':');
    char first[64];
    if (colon && (size_t)(colon - text) < sizeof first) {
        (void)snprintf(first, sizeof first, "%.*s", (int)(colon - text), text);
        if (ecp_units_read(first, "ms", from) == ECP_OK &&
            ecp_units_read(colon + 1, "ms", to) == ECP_OK && *from < *to)
            return ECP_OK;
        ecp_error_clear();
    }
    return ecp_fail(ECP_EUSAGE, "--window: found \"%s\"; allowed: two times, \"50 ms:200 ms\"",
                    text);
}

/* A short name where no other file has it, too. */
static const char *name_of(const struct ecp_cli *cli, const char *path, char name[ECP_DATASET_NAME])
{
    char other[ECP_DATASET_NAME];
    size_t alike = 0;
    ecp_dataset_short_name(path, name);
    for (size_t k = 0; k <= cli->n_models; k++) {
        ecp_dataset_short_name(k < cli->n_models ? cli->model[k] : cli->data, other);
        alike += strcmp(other, name) == 0;
    }
    return alike > 1 ? path : name;
}

static enum ecp_status read_set(const struct ecp_cli *cli, const char *path,
                                struct ecp_dataset **out)
{
    char name[ECP_DATASET_NAME];
    const struct ecp_dataset_request request = {.path = path,
                                                .name = name_of(cli, path, name),
                                                .by = cli->by,
                                                .population = cli->population,
                                                .from = cli->from,
                                                .to = cli->to,
                                                .keep_trains = 1};
    return ecp_dataset_read(&request, out);
}

static enum ecp_status read_sets(const struct ecp_cli *cli, struct ecp_scoring *scoring)
{
    struct ecp_dataset **model = calloc(cli->n_models + 1, sizeof *model), *data = NULL;
    enum ecp_status status;
    size_t n = 0;
    if (!model)
        return ecp_fail(ECP_ENOMEM, "no memory for the models");
    ECP_TRY(read_set(cli, cli->data, &data));
    for (; n < cli->n_models; n++)
        ECP_TRY(read_set(cli, cli->model[n], &model[n]));
    status = ecp_scoring_take(scoring, data, model, n);
    data = NULL;
    n = 0;
done:
    ecp_dataset_destroy(data);
    for (size_t k = 0; k < n; k++)
        ecp_dataset_destroy(model[k]);
    free(model);
    return status;
}

/* What it needs comes first, and what cannot fit is refused. */
static enum ecp_status foretell(const struct ecp_cli *cli, const struct ecp_scoring *scoring)
{
    const struct ecp_scoring_forecast f = ecp_scoring_forecast(scoring);
    const double available = ecp_memory_available();
    if (f.bytes > available)
        return ecp_fail(ECP_ENOMEM,
                        "scoring needs about %s of memory and %s are available; fewer "
                        "units, conditions or bootstraps, or a larger machine",
                        ecp_words_bytes(f.bytes).text, ecp_words_bytes(available).text);
    if (!cli->quiet && !cli->json && (f.seconds >= 1 || f.bytes >= 1e8))
        (void)fprintf(stderr, "ecphory: about %s of memory and %s\n", ecp_words_bytes(f.bytes).text,
                      ecp_words_seconds(f.seconds).text);
    return ECP_OK;
}

static enum ecp_status write_scores(const struct ecp_cli *cli, const struct ecp_sheet *sheet,
                                    const char *json)
{
    const char *dir = cli->out ? cli->out : "results/score";
    enum ecp_status status = ECP_OK;
    if (cli->no_files)
        return ECP_OK;
    ECP_TRY(ecp_files_make(dir));
    ECP_TRY(ecp_scores_write(dir, sheet));
    ECP_TRY(ecp_report_file(dir, "scores.json", json));
    if (!cli->quiet && !cli->json)
        printf("\n  %s/scores.h5  %s/scores.json\n", dir, dir);
done:
    return status;
}

static enum ecp_status prepare(const struct ecp_cli *cli, struct ecp_scoring *scoring)
{
    enum ecp_status status;
    if (!cli->data)
        return ecp_fail(ECP_EUSAGE, "`ecphory score` needs --data FILE");
    ECP_TRY(ecp_scoring_measures(scoring, cli->measures ? cli->measures : "rsa"));
    for (size_t k = 0; k < cli->n_overrides; k++)
        if (cli->override[k] == cli->seed)
            scoring->seed = strtoull(cli->seed + strlen("seed="), NULL, 10);
        else
            ECP_TRY(ecp_scoring_set(scoring, cli->override[k]));
    ECP_TRY(read_sets(cli, scoring));
    status = foretell(cli, scoring);
done:
    return status;
}

enum ecp_status ecp_cli_score(struct ecp_cli *cli)
{
    struct listener listener = {ecp_cli_progress_start(cli->quiet), ecp_clock_seconds()};
    struct ecp_scoring scoring = {.seed = 1};
    struct ecp_sheet *sheet = NULL;
    char *json = NULL;
    enum ecp_status status;
    ECP_TRY(prepare(cli, &scoring));
    ECP_TRY(ecp_sheet_create(&sheet));
    ecp_cli_catch_stops(0);
    ecp_sheet_listen(sheet, listen, &listener);
    ECP_TRY(ecp_scoring_run(&scoring, sheet));
    ecp_cli_progress_end(&listener.progress);
    if (!cli->quiet && !cli->json)
        ecp_scores_print(stdout, &scoring, sheet, cli->look.colour);
    ECP_TRY(ecp_scores_json(&scoring, sheet, status, &json));
    ECP_TRY(write_scores(cli, sheet, json));
    if (cli->json)
        (void)puts(json);
done:
    ecp_cli_progress_end(&listener.progress);
    free(json);
    ecp_sheet_destroy(sheet);
    ecp_scoring_clear(&scoring);
    return status;
}
