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
    RUN_AND_CHECK = ECP_CLI_FOR_RUN | ECP_CLI_FOR_CHECK,
    NAMES_MEMBERS = RUN_AND_CHECK | ECP_CLI_FOR_LIST | ECP_CLI_FOR_DESCRIBE
};

const struct ecp_cli_option ecp_cli_options[] = {
    {ECP_CLI_SET, 's', "set", "KEY=VALUE", RUN_AND_CHECK,
     "replace a value of the config (network.scale=0.5); may be repeated, later ones win"},
    {ECP_CLI_SEED, 0, "seed", "N", RUN_AND_CHECK, "the same as -s seed=N"},
    {ECP_CLI_PLUGIN, 0, "plugin", "FILE", NAMES_MEMBERS,
     "load models of your own from a shared object (docs/ADDING.md); may be repeated"},
    {ECP_CLI_THREADS, 't', "threads", "N", RUN_AND_CHECK,
     "threads to use; without it as many as the machine has. Results do not depend on it"},
    {ECP_CLI_OUT, 'o', "out", "DIR", ECP_CLI_FOR_RUN,
     "folder for the files; without it results/NAME"},
    {ECP_CLI_OUT, 'o', "out", "FILE", ECP_CLI_FOR_PLOT,
     "the picture: FILE.svg, FILE.png or FILE.pdf; without it KIND.svg in the run's folder"},
    {ECP_CLI_NO_FILES, 0, "no-files", NULL, ECP_CLI_FOR_RUN, "write nothing"},
    {ECP_CLI_ISA, 0, "isa", "SET", ECP_CLI_FOR_RUN,
     "instruction set: auto, baseline, avx2 or avx512. Results do not depend on it"},
    {ECP_CLI_QUIET, 'q', "quiet", NULL, ECP_CLI_FOR_RUN,
     "no progress and no summary; errors and the exit code remain"},
    {ECP_CLI_JSON, 0, "json", NULL, RUN_AND_CHECK,
     "one JSON object on standard output in place of the summary"},
    {ECP_CLI_WEIGHTS_CHECKSUM, 0, "weights-checksum", NULL, ECP_CLI_FOR_RUN,
     "weights_checksum also in run.json (with --json it is always there)"},
    {ECP_CLI_POPULATION, 'p', "population", "NAMES", ECP_CLI_FOR_PLOT,
     "populations to show, separated by commas; without it all"},
    {ECP_CLI_SIGNAL, 0, "signal", "NAME", ECP_CLI_FOR_PLOT,
     "trace: the probe or the field to show; without it the first"},
    {ECP_CLI_FROM, 0, "from", "TIME", ECP_CLI_FOR_PLOT,
     "begin of the stretch to show, in ms or with a unit (\"2 s\")"},
    {ECP_CLI_TO, 0, "to", "TIME", ECP_CLI_FOR_PLOT, "end of the stretch to show"},
    {ECP_CLI_BIN, 0, "bin", "TIME", ECP_CLI_FOR_PLOT, "rates: width of a bin"},
    {ECP_CLI_NEURONS, 0, "neurons", "N", ECP_CLI_FOR_PLOT,
     "at most so many neurons: in all (raster), of a population (trace)"},
    {ECP_CLI_NAMES, 0, "names", NULL, ECP_CLI_FOR_LIST, "names only, one a line, for scripts"},
    {ECP_CLI_HELP, 'h', "help", NULL, ECP_CLI_FOR_ALL, "the help of the command"},
    {0}};

void ecp_cli_clear(struct ecp_cli *cli)
{
    free(cli->argument);
    free(cli->override);
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
    status = ecp_plugins_load(cli->plugins, path);
done:
    return status;
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
        return time_ms(o->name, value, &cli->from);
    case ECP_CLI_TO:
        return time_ms(o->name, value, &cli->to);
    case ECP_CLI_BIN:
        return time_ms(o->name, value, &cli->bin);
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
    case ECP_CLI_HELP:
        cli->help = 1;
        break;
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
    if (!cli->argument || !cli->override)
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
