#include <string.h>

#include "engine/cli.h"

#ifdef ECP_HAVE_PLOT
#include "engine/plot.h"
#endif

enum { INDENT = 2, COMMAND_COLUMN = 14, OPTION_COLUMN = 30 };

static const char *const groups[] = {"Simulate", "Look", NULL};

static const struct {
    int code;
    const char *meaning;
} exit_codes[] = {
#define X(code, exit_code, text) {exit_code, text},
    ECP_STATUS_LIST(X)
#undef X
};

static const char examples[] =
    "  ecphory run brunel -s network.scale=0.1      a registered scenario, smaller\n"
    "  ecphory check my.cfg                         will it fit, and how long will it take?\n"
    "  ecphory run my.cfg --threads 4 --out trial   a config of your own\n"
    "  ecphory plot trial raster -o raster.png      a picture of it\n"
    "  ecphory describe neuron/lif                  what a model computes, and its parameters\n";

static void heading(FILE *to, const char *text, struct ecp_look look)
{
    fprintf(to, "\n%s%s%s\n", look.colour ? "\033[1m" : "", text, look.colour ? "\033[0m" : "");
}

void ecp_cli_usage(FILE *to)
{
    fprintf(to, "usage: ecphory COMMAND [ARGUMENT] [OPTION ...]\ncommands:");
    for (const struct ecp_cli_command *c = ecp_cli_commands; c->name; c++)
        fprintf(to, " %s", c->name);
    fprintf(to, "\n`ecphory help` says more; `ecphory run brunel` starts a first network\n");
}

static void print_exit_codes(FILE *to, struct ecp_look look)
{
    heading(to, "Exit codes", look);
    for (size_t k = 0; k < sizeof exit_codes / sizeof exit_codes[0]; k++)
        fprintf(to, "%4d  %s\n", exit_codes[k].code, exit_codes[k].meaning);
}

void ecp_cli_help_all(FILE *to, struct ecp_look look)
{
    fprintf(to, "ecphory %s - simulates spiking populations, and judges what they claim\n",
            ECP_VERSION);
    fprintf(to, "\nusage: ecphory COMMAND [ARGUMENT] [OPTION ...]\n");
    for (size_t g = 0; groups[g]; g++) {
        heading(to, groups[g], look);
        for (const struct ecp_cli_command *c = ecp_cli_commands; c->name; c++) {
            if (strcmp(c->group, groups[g]) != 0)
                continue;
            fprintf(to, "%*s%-*s", INDENT, "", COMMAND_COLUMN - INDENT, c->name);
            ecp_print_wrapped(to, c->summary, COMMAND_COLUMN, COMMAND_COLUMN, look);
        }
    }
    heading(to, "Examples", look);
    fputs(examples, to);
    print_exit_codes(to, look);
    fprintf(to,
            "\n`ecphory help COMMAND` shows the options of a command; `man ecphory` shows all.\n");
}

static void print_options(FILE *to, const struct ecp_cli_command *command, struct ecp_look look)
{
    heading(to, "Options", look);
    for (const struct ecp_cli_option *o = ecp_cli_options; o->name; o++) {
        if (!(o->commands & command->bit))
            continue;
        char left[64], letter[8] = "    ";
        if (o->letter)
            (void)snprintf(letter, sizeof letter, "-%c, ", o->letter);
        (void)snprintf(left, sizeof left, "%s--%s%s%s", letter, o->name, o->argument ? " " : "",
                       o->argument ? o->argument : "");
        fprintf(to, "%*s%-*s", INDENT, "", OPTION_COLUMN - INDENT, left);
        ecp_print_wrapped(to, o->meaning, OPTION_COLUMN, OPTION_COLUMN, look);
    }
}

static void print_plot_kinds(FILE *to, struct ecp_look look)
{
    heading(to, "Kinds", look);
#ifdef ECP_HAVE_PLOT
    for (const struct ecp_plot_kind *k = ecp_plot_kinds; k->name; k++) {
        fprintf(to, "%*s%-*s", INDENT, "", COMMAND_COLUMN - INDENT, k->name);
        ecp_print_wrapped(to, k->summary, COMMAND_COLUMN, COMMAND_COLUMN, look);
    }
#else
    fprintf(to, "%*sthis program was built without plotting\n", INDENT, "");
#endif
}

void ecp_cli_help_of(FILE *to, const struct ecp_cli_command *command, struct ecp_look look)
{
    fprintf(to, "usage: ecphory %s%s%s [OPTION ...]\n\n", command->name,
            command->arguments[0] ? " " : "", command->arguments);
    fprintf(to, "%s.\n", command->summary);
    if (command->text[0])
        fprintf(to, "%s\n", command->text);
    if (command->bit == ECP_CLI_FOR_PLOT)
        print_plot_kinds(to, look);
    print_options(to, command, look);
    if (command->bit == ECP_CLI_FOR_RUN)
        print_exit_codes(to, look);
}

enum ecp_status ecp_cli_help(struct ecp_cli *cli)
{
    const struct ecp_cli_command *command;
    enum ecp_status status = ECP_OK;
    if (cli->n_arguments == 0) {
        ecp_cli_help_all(stdout, cli->look);
        return ECP_OK;
    }
    ECP_TRY(ecp_cli_command_find(cli->argument[0], &command));
    ecp_cli_help_of(stdout, command, cli->look);
done:
    return status;
}
