#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/cli.h"
#include "engine/names.h"
#include "engine/units.h"

enum {
    MAX_OPTIONS = 64,
    MAX_THREADS = 4096,
    MAX_RANKS = 1 << 24,
    RUN_AND_CHECK = ECP_CLI_FOR_RUN | ECP_CLI_FOR_CHECK,
    READS_CONFIG = RUN_AND_CHECK | ECP_CLI_FOR_EXPORT | ECP_CLI_FOR_SWEEP,
    CONFIGS = RUN_AND_CHECK | ECP_CLI_FOR_SWEEP,
    NAMES_MEMBERS = READS_CONFIG | ECP_CLI_FOR_LIST | ECP_CLI_FOR_DESCRIBE
};

const struct ecp_cli_option ecp_cli_options[] = {
    {ECP_CLI_SET, 's', "set", "KEY=VALUE", READS_CONFIG,
     "replace a value of the config (network.scale=0.5); may be repeated, later ones win"},
    {ECP_CLI_SET, 's', "set", "KEY=VALUE", ECP_CLI_FOR_SCORE,
     "a parameter of a measure, MEASURE.PARAMETER=VALUE (rsa.compare=tau-a); may be repeated"},
    {ECP_CLI_SEED, 0, "seed", "N", READS_CONFIG, "the same as -s seed=N"},
    {ECP_CLI_SEED, 0, "seed", "N", ECP_CLI_FOR_SCORE, "of bootstraps and splits; without it 1"},
    {ECP_CLI_PLUGIN, 0, "plugin", "FILE", NAMES_MEMBERS,
     "load models of your own from a shared object (docs/ADDING.md); may be repeated"},
    {ECP_CLI_THREADS, 't', "threads", "N", RUN_AND_CHECK,
     "threads to use; without it as many as the machine has. Results do not depend on it"},
    {ECP_CLI_OUT, 'o', "out", "DIR", ECP_CLI_FOR_RUN,
     "folder for the files; without it results/NAME"},
    {ECP_CLI_THREADS, 't', "threads", "N", ECP_CLI_FOR_SWEEP,
     "threads of each run; without it one, or more where fewer runs than cores are left"},
    {ECP_CLI_OUT, 'o', "out", "DIR", ECP_CLI_FOR_SWEEP,
     "folder for the runs and the table; without it results/NAME_sweep"},
    {ECP_CLI_OUT, 'o', "out", "DIR", ECP_CLI_FOR_SCORE,
     "folder for scores.h5 and scores.json; without it results/score"},
    {ECP_CLI_OUT, 'o', "out", "FILE", ECP_CLI_FOR_PLOT,
     "the picture: FILE.svg, FILE.png or FILE.pdf; without it KIND.svg in the run's folder"},
    {ECP_CLI_OUT, 'o', "out", "DIR", ECP_CLI_FOR_IMPORT,
     "folder for the config and its weights; without it this one"},
    {ECP_CLI_OUT, 'o', "out", "FILE.nir|DIR", ECP_CLI_FOR_EXPORT,
     "a NIR graph, or a folder for the files of a SONATA circuit"},
    {ECP_CLI_DT, 0, "dt", "TIME", ECP_CLI_FOR_IMPORT,
     "step of the config, and delay of its synapses; without it 0.1 ms"},
    {ECP_CLI_PULSE, 0, "pulse", "TIME", ECP_CLI_FOR_IMPORT | ECP_CLI_FOR_EXPORT,
     "NIR: a spike is a pulse of height 1 and this length; without it 1 s, the Dirac pulse of\n"
     "NIR's equations. Simulators in steps of dt mean dt"},
    {ECP_CLI_NO_FILES, 0, "no-files", NULL, ECP_CLI_FOR_RUN | ECP_CLI_FOR_SCORE, "write nothing"},
    {ECP_CLI_ISA, 0, "isa", "SET", ECP_CLI_FOR_RUN,
     "instruction set: auto, baseline, avx2 or avx512. Results do not depend on it"},
    {ECP_CLI_QUIET, 'q', "quiet", NULL, ECP_CLI_FOR_RUN | ECP_CLI_FOR_SCORE | ECP_CLI_FOR_SWEEP,
     "no progress and no summary; errors and the exit code remain"},
    {ECP_CLI_JSON, 0, "json", NULL, CONFIGS | ECP_CLI_FOR_SCORE,
     "one JSON object on standard output in place of the summary"},
    {ECP_CLI_WEIGHTS_CHECKSUM, 0, "weights-checksum", NULL, ECP_CLI_FOR_RUN,
     "weights_checksum also in run.json (with --json it is always there)"},
    {ECP_CLI_CHECKPOINT_EVERY, 0, "checkpoint-every", "TIME", ECP_CLI_FOR_RUN,
     "write DIR/checkpoint.ecp so often, in model time (\"10 s\")"},
    {ECP_CLI_CHECKPOINT_WALL, 0, "checkpoint-wall", "TIME", ECP_CLI_FOR_RUN,
     "the same in wall time (\"30 min\")"},
    {ECP_CLI_MAX_WALL, 0, "max-wall", "TIME", ECP_CLI_FOR_RUN,
     "write a checkpoint and stop before so much wall time is over"},
    {ECP_CLI_RESUME, 0, "resume", NULL, ECP_CLI_FOR_RUN,
     "go on from DIR's checkpoint, on any ranks and threads; begin where there is none"},
    {ECP_CLI_RESUME, 0, "resume", NULL, ECP_CLI_FOR_SWEEP,
     "keep the runs in DIR that are finished, go on with those that were stopped"},
    {ECP_CLI_RESUME_PREVIOUS, 0, "resume-previous", NULL, ECP_CLI_FOR_RUN,
     "go on from the checkpoint before that"},
    {ECP_CLI_DRY_RUN_RANK, 0, "dry-run-rank", "R", ECP_CLI_FOR_RUN,
     "build and run rank R (from 0) of a job of --of ranks alone, the others imitated: tells\n"
     "what it needs; writes nothing"},
    {ECP_CLI_OF, 0, "of", "N", ECP_CLI_FOR_RUN, "dry run: ranks of the job"},
    {ECP_CLI_DRY_RUN_RATE, 0, "dry-run-rate", "HZ", RUN_AND_CHECK,
     "dry run: rate of the others' neurons; without it as the own ones fire. Forecast: of all;\n"
     "without it as claims and theory say, or 5 Hz"},
    {ECP_CLI_LATENCY, 0, "latency", "TIME", RUN_AND_CHECK,
     "of a message between ranks, for dry runs and forecasts; without it 1 us"},
    {ECP_CLI_BANDWIDTH, 0, "bandwidth", "GB/S", RUN_AND_CHECK,
     "of a rank's messages, for dry runs and forecasts; without it 2"},
    {ECP_CLI_RANKS, 0, "ranks", "N", ECP_CLI_FOR_CHECK, "forecast for a job of so many ranks"},
    {ECP_CLI_POPULATION, 'p', "population", "NAMES", ECP_CLI_FOR_PLOT | ECP_CLI_FOR_SCORE,
     "populations to show, separated by commas; without it all"},
    {ECP_CLI_SIGNAL, 0, "signal", "NAME", ECP_CLI_FOR_PLOT,
     "trace: the probe or the field to show; without it the first"},
    {ECP_CLI_FROM, 0, "from", "TIME", ECP_CLI_FOR_PLOT,
     "begin of the stretch to show, in ms or with a unit (\"2 s\")"},
    {ECP_CLI_TO, 0, "to", "TIME", ECP_CLI_FOR_PLOT, "end of the stretch to show"},
    {ECP_CLI_BIN, 0, "bin", "TIME", ECP_CLI_FOR_PLOT, "rates: width of a bin"},
    {ECP_CLI_NEURONS, 0, "neurons", "N", ECP_CLI_FOR_PLOT,
     "at most so many neurons: in all (raster), of a population (trace)"},
    {ECP_CLI_DATA, 0, "data", "FILE", ECP_CLI_FOR_SCORE, "the recording to compare with"},
    {ECP_CLI_MODEL, 0, "model", "FILE", ECP_CLI_FOR_SCORE,
     "what is scored; may be repeated. Without it measures look at the data alone"},
    {ECP_CLI_MEASURE, 0, "measure", "NAMES", ECP_CLI_FOR_SCORE,
     "measures, separated by commas; without it rsa"},
    {ECP_CLI_WINDOW, 0, "window", "FROM:TO", ECP_CLI_FOR_SCORE,
     "count spikes there, from the onset of each trial (\"50 ms:200 ms\"); without it all"},
    {ECP_CLI_BY, 0, "by", "COLUMN", ECP_CLI_FOR_SCORE,
     "column of the trials that says what was shown (runs: phase); FILE.csv:COLUMN: trials of\n"
     "a text (start, stop in ms, COLUMN) for recordings that have none"},
    {ECP_CLI_OVER, 0, "over", "KEY=VALUES", ECP_CLI_FOR_SWEEP,
     "a key of the config with its values: KEY=A,B,C, KEY=FROM:TO:COUNT, ...:log for equal\n"
     "factors; may be repeated: all combinations are run"},
    {ECP_CLI_SEEDS, 0, "seeds", "N", ECP_CLI_FOR_SWEEP,
     "so many seeds of each, beginning with the config's; or a list as 1,5,9"},
    {ECP_CLI_TOGETHER, 0, "together", NULL, ECP_CLI_FOR_SWEEP,
     "go through the values of all keys side by side, in place of all combinations"},
    {ECP_CLI_JOBS, 0, "jobs", "N", ECP_CLI_FOR_SWEEP,
     "runs at once; without it as many as cores and memory allow"},
    {ECP_CLI_SHOW, 0, "show", "RESULTS", ECP_CLI_FOR_SWEEP,
     "results for the table and the figure, separated by commas; without it those of claims"},
    {ECP_CLI_NAMES, 0, "names", NULL, ECP_CLI_FOR_LIST, "names only, one a line, for scripts"},
    {ECP_CLI_HELP, 'h', "help", NULL, ECP_CLI_FOR_ALL, "the help of the command"},
    {0}};

void ecp_cli_clear(struct ecp_cli *cli)
{
    free(cli->argument);
    free(cli->override);
    free(cli->model);
    free(cli->plugin);
    free(cli->over);
    free(cli->seed);
    ecp_plugins_destroy(cli->plugins);
}

/* ---- values ------------------------------------------------------------ */

static enum ecp_status whole_number(const char *option, const char *text, long highest, long *out)
{
    char *end;
    errno = 0;
    const long n = strtol(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || n < 1 || n > highest)
        return ecp_fail(ECP_EUSAGE, "--%s: found \"%s\"; allowed: 1 to %ld", option, text, highest);
    *out = n;
    return ECP_OK;
}

static enum ecp_status time_ms(const char *option, const char *text, double *out)
{
    if (ecp_units_read(text, "ms", out) == ECP_OK && isfinite(*out))
        return ECP_OK;
    ecp_error_clear();
    return ecp_fail(ECP_EUSAGE, "--%s: found \"%s\"; allowed: a time in ms, or with a unit", option,
                    text);
}

static enum ecp_status span_ms(const char *option, const char *text, double *out)
{
    enum ecp_status status = time_ms(option, text, out);
    if (status == ECP_OK && !(*out > 0))
        status = ecp_fail(ECP_EUSAGE, "--%s: found \"%s\"; allowed: a time above 0", option, text);
    return status;
}

static enum ecp_status positive(const char *option, const char *text, double *out)
{
    char *end;
    *out = strtod(text, &end);
    if (end == text || *end != '\0' || !(*out > 0) || !isfinite(*out))
        return ecp_fail(ECP_EUSAGE, "--%s: found \"%s\"; allowed: a number above 0", option, text);
    return ECP_OK;
}

static enum ecp_status rank_number(const char *option, const char *text, int *out)
{
    char *end;
    errno = 0;
    const long n = strtol(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || n < 0 || n >= MAX_RANKS)
        return ecp_fail(ECP_EUSAGE, "--%s: found \"%s\"; allowed: 0 to %d", option, text,
                        MAX_RANKS - 1);
    *out = (int)n;
    return ECP_OK;
}

/* Options of jobs of many ranks. */
static enum ecp_status apply_ranks(struct ecp_cli *cli, const struct ecp_cli_option *o,
                                   const char *value)
{
    enum ecp_status status = ECP_OK;
    long n = 0;
    switch (o->id) {
    case ECP_CLI_CHECKPOINT_EVERY:
        return span_ms(o->name, value, &cli->checkpoint_every);
    case ECP_CLI_CHECKPOINT_WALL:
        return span_ms(o->name, value, &cli->checkpoint_wall);
    case ECP_CLI_MAX_WALL:
        return span_ms(o->name, value, &cli->max_wall);
    case ECP_CLI_RESUME:
        cli->resume = cli->resume > 1 ? 2 : 1;
        break;
    case ECP_CLI_RESUME_PREVIOUS:
        cli->resume = 2;
        break;
    case ECP_CLI_DRY_RUN_RANK:
        cli->dry_run_of = cli->dry_run_of ? cli->dry_run_of : -1; /* --of is still to come */
        return rank_number(o->name, value, &cli->dry_run_rank);
    case ECP_CLI_OF:
        ECP_TRY(whole_number(o->name, value, MAX_RANKS, &n));
        cli->dry_run_of = (int)n;
        break;
    case ECP_CLI_RANKS:
        ECP_TRY(whole_number(o->name, value, MAX_RANKS, &n));
        cli->ranks = (int)n;
        break;
    case ECP_CLI_DRY_RUN_RATE:
        return positive(o->name, value, &cli->dry_run_rate);
    case ECP_CLI_LATENCY:
        ECP_TRY(span_ms(o->name, value, &cli->latency_s));
        cli->latency_s *= 1e-3;
        break;
    case ECP_CLI_BANDWIDTH:
        ECP_TRY(positive(o->name, value, &cli->bandwidth));
        cli->bandwidth *= 1e9;
        break;
    default:
        break;
    }
done:
    return status;
}

static enum ecp_status add_override(struct ecp_cli *cli, const char *text)
{
    if (!strchr(text, '=') || text[0] == '=')
        return ecp_fail(ECP_EUSAGE, "--set: found \"%s\"; allowed: KEY=VALUE", text);
    cli->override[cli->n_overrides++] = text;
    return ECP_OK;
}

static enum ecp_status add_seed(struct ecp_cli *cli, const char *text)
{
    const size_t size = strlen(text) + sizeof "seed=";
    if (text[0] == '\0' || text[strspn(text, "0123456789")] != '\0')
        return ecp_fail(ECP_EUSAGE, "--seed: found \"%s\"; allowed: a whole number from 0", text);
    char *seed = malloc(size);
    if (!seed)
        return ecp_fail(ECP_ENOMEM, "no memory for the command line");
    (void)snprintf(seed, size, "seed=%s", text);
    for (size_t k = 0; k < cli->n_overrides; k++)
        if (cli->override[k] == cli->seed)
            cli->override[k] = seed; /* an earlier --seed */
    free(cli->seed);
    cli->seed = seed;
    cli->override[cli->n_overrides++] = seed;
    return ECP_OK;
}

static enum ecp_status load_plugin(struct ecp_cli *cli, const char *path)
{
    enum ecp_status status = ECP_OK;
    if (!cli->plugins)
        ECP_TRY(ecp_plugins_create(&cli->plugins));
    cli->plugin[cli->n_plugins++] = path;
    status = ecp_plugins_load(cli->plugins, path);
done:
    return status;
}

/* Options of sweeps. */
static enum ecp_status apply_sweep(struct ecp_cli *cli, const struct ecp_cli_option *o,
                                   const char *value)
{
    long n;
    if (o->id == ECP_CLI_OVER)
        cli->over[cli->n_over++] = value;
    else if (o->id == ECP_CLI_SEEDS)
        cli->seeds = value;
    else if (o->id == ECP_CLI_SHOW)
        cli->show = value;
    else if (o->id == ECP_CLI_TOGETHER)
        cli->together = 1;
    else {
        const enum ecp_status status = whole_number(o->name, value, MAX_THREADS, &n);
        if (status != ECP_OK)
            return status;
        cli->jobs = (int)n;
    }
    return ECP_OK;
}

/* Options of scores. */
static enum ecp_status apply_score(struct ecp_cli *cli, const struct ecp_cli_option *o,
                                   const char *value)
{
    if (o->id == ECP_CLI_WINDOW)
        return ecp_cli_window(value, &cli->from, &cli->to);
    if (o->id == ECP_CLI_MODEL)
        cli->model[cli->n_models++] = value;
    else if (o->id == ECP_CLI_DATA)
        cli->data = value;
    else if (o->id == ECP_CLI_MEASURE)
        cli->measures = value;
    else
        cli->by = value;
    return ECP_OK;
}

/* Options that are times. */
static enum ecp_status apply_time(struct ecp_cli *cli, const struct ecp_cli_option *o,
                                  const char *value)
{
    if (o->id == ECP_CLI_DT)
        return span_ms(o->name, value, &cli->dt);
    if (o->id == ECP_CLI_PULSE)
        return span_ms(o->name, value, &cli->pulse);
    return time_ms(o->name, value,
                   o->id == ECP_CLI_FROM ? &cli->from
                   : o->id == ECP_CLI_TO ? &cli->to
                                         : &cli->bin);
}

static enum ecp_status apply(struct ecp_cli *cli, const struct ecp_cli_option *o, const char *value)
{
    enum ecp_status status = ECP_OK;
    long n = 0;
    switch (o->id) {
    case ECP_CLI_SET:
        return add_override(cli, value);
    case ECP_CLI_SEED:
        return add_seed(cli, value);
    case ECP_CLI_PLUGIN:
        return load_plugin(cli, value);
    case ECP_CLI_THREADS:
        ECP_TRY(whole_number(o->name, value, MAX_THREADS, &n));
        cli->threads = (int)n;
        break;
    case ECP_CLI_NEURONS:
        ECP_TRY(whole_number(o->name, value, 1000000000, &n));
        cli->neurons = (size_t)n;
        break;
    case ECP_CLI_ISA:
        return ecp_isa_find(value, &cli->isa);
    case ECP_CLI_FROM:
    case ECP_CLI_TO:
    case ECP_CLI_BIN:
    case ECP_CLI_DT:
    case ECP_CLI_PULSE:
        return apply_time(cli, o, value);
    case ECP_CLI_CHECKPOINT_EVERY:
    case ECP_CLI_CHECKPOINT_WALL:
    case ECP_CLI_MAX_WALL:
    case ECP_CLI_RESUME:
    case ECP_CLI_RESUME_PREVIOUS:
    case ECP_CLI_DRY_RUN_RANK:
    case ECP_CLI_OF:
    case ECP_CLI_DRY_RUN_RATE:
    case ECP_CLI_LATENCY:
    case ECP_CLI_BANDWIDTH:
    case ECP_CLI_RANKS:
        return apply_ranks(cli, o, value);
    case ECP_CLI_OUT:
        cli->out = value;
        break;
    case ECP_CLI_POPULATION:
        cli->population = value;
        break;
    case ECP_CLI_SIGNAL:
        cli->signal = value;
        break;
    case ECP_CLI_NO_FILES:
        cli->no_files = 1;
        break;
    case ECP_CLI_QUIET:
        cli->quiet = 1;
        break;
    case ECP_CLI_JSON:
        cli->json = 1;
        break;
    case ECP_CLI_WEIGHTS_CHECKSUM:
        cli->weights_checksum = 1;
        break;
    case ECP_CLI_NAMES:
        cli->names = 1;
        break;
    case ECP_CLI_MODEL:
    case ECP_CLI_DATA:
    case ECP_CLI_MEASURE:
    case ECP_CLI_BY:
    case ECP_CLI_WINDOW:
        return apply_score(cli, o, value);
    case ECP_CLI_HELP:
        cli->help = 1;
        break;
    default:
        return apply_sweep(cli, o, value);
    }
done:
    return status;
}

/* ---- words ------------------------------------------------------------- */

static enum ecp_status unknown_option(const struct ecp_cli_command *command, const char *word,
                                      int length)
{
    const char *known[MAX_OPTIONS];
    char name[64];
    size_t n = 0;
    (void)snprintf(name, sizeof name, "%.*s", length, word + strspn(word, "-"));
    for (const struct ecp_cli_option *o = ecp_cli_options; o->name; o++) {
        if (strcmp(o->name, name) == 0 && strncmp(word, "--", 2) == 0)
            return ecp_fail(ECP_EUSAGE, "`ecphory %s` takes no option --%s", command->name, name);
        if (o->commands & command->bit)
            known[n++] = o->name;
    }
    const char *near = ecp_names_nearest(name, known, n);
    if (near)
        return ecp_fail(ECP_EUSAGE, "no option \"%s\"; did you mean \"--%s\"?", word, near);
    return ecp_fail(ECP_EUSAGE, "no option \"%s\"", word);
}

/* The option that `word` is; *value is what follows it in the same word. */
static enum ecp_status find_option(const struct ecp_cli_command *command, const char *word,
                                   const struct ecp_cli_option **out, const char **value)
{
    const int is_long = word[1] == '-';
    const size_t length = is_long ? strcspn(word + 2, "=") : 1;
    for (const struct ecp_cli_option *o = ecp_cli_options; o->name; o++) {
        if (!(o->commands & command->bit))
            continue;
        const int same = is_long
                             ? strlen(o->name) == length && strncmp(o->name, word + 2, length) == 0
                             : o->letter == word[1];
        if (!same)
            continue;
        const char *rest = is_long ? word + 2 + length : word + 2;
        *value = is_long && *rest == '=' ? rest + 1 : *rest ? rest : NULL;
        *out = o;
        return ECP_OK;
    }
    return unknown_option(command, word, is_long ? (int)length : (int)strlen(word));
}

static enum ecp_status read_option(struct ecp_cli *cli, int argc, char **argv, int *at)
{
    const char *word = argv[*at], *value = NULL;
    const struct ecp_cli_option *option = NULL;
    enum ecp_status status;
    ECP_TRY(find_option(cli->command, word, &option, &value));
    if (!option->argument && value)
        return ecp_fail(ECP_EUSAGE, "--%s takes no value; found \"%s\"", option->name, word);
    if (option->argument && !value) {
        if (*at + 1 >= argc)
            return ecp_fail(ECP_EUSAGE, "--%s needs a value: %s", option->name, option->argument);
        value = argv[++*at];
    }
    status = apply(cli, option, value);
done:
    return status;
}

enum ecp_status ecp_cli_parse(struct ecp_cli *cli, int argc, char **argv)
{
    const struct ecp_cli_command *command = cli->command;
    enum ecp_status status = ECP_OK;
    int only_arguments = 0;
    cli->from = cli->to = NAN;
    cli->argument = calloc((size_t)argc + 1, sizeof *cli->argument);
    cli->override = calloc((size_t)argc + 1, sizeof *cli->override);
    cli->model = calloc((size_t)argc + 1, sizeof *cli->model);
    cli->plugin = calloc((size_t)argc + 1, sizeof *cli->plugin);
    cli->over = calloc((size_t)argc + 1, sizeof *cli->over);
    if (!cli->argument || !cli->override || !cli->model || !cli->plugin || !cli->over)
        return ecp_fail(ECP_ENOMEM, "no memory for the command line");
    for (int k = 0; k < argc; k++) {
        if (only_arguments || argv[k][0] != '-' || argv[k][1] == '\0')
            cli->argument[cli->n_arguments++] = argv[k];
        else if (strcmp(argv[k], "--") == 0)
            only_arguments = 1;
        else
            ECP_TRY(read_option(cli, argc, argv, &k));
    }
    if (cli->help)
        goto done;
    if (cli->n_arguments < command->least)
        status = ecp_fail(ECP_EUSAGE, "`ecphory %s` needs %s", command->name, command->arguments);
    else if (cli->n_arguments > command->most)
        status = ecp_fail(ECP_EUSAGE, "`ecphory %s %s`: found \"%s\" besides", command->name,
                          command->arguments, cli->argument[command->most]);
done:
    return status;
}
