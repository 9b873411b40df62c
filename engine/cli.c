#include "engine/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "engine/names.h"
#include "engine/report.h"
#include "mpi/comm.h"

enum { NARROWEST = 60, USUAL = 80, WIDEST = 100, MAX_COMMANDS = 32 };

const struct ecp_cli_command ecp_cli_commands[] = {
    {"run", ECP_CLI_FOR_RUN, "CONFIG|SCENARIO", 1, 1, "Simulate",
     "build and run a network, judge its claims, write its files",
     "CONFIG is a file in libconfig's syntax; SCENARIO is a name that `ecphory list\n"
     "scenarios` shows. A run leaves in DIR what its probes recorded (HDF5, SONATA's\n"
     "layout), config.cfg with all defaults, run.json and run.html.\n"
     "\n"
     "Ctrl-C, SIGTERM, SIGUSR1, a file DIR/stop or --max-wall stop the run: it writes what\n"
     "is finished and DIR/checkpoint.ecp, and ends with 75. The same command with --resume\n"
     "goes on from there, as if it had not been stopped; it is harmless the first time and\n"
     "when the run is done. A second signal ends the process at once. A run that was killed\n"
     "goes on from its last checkpoint; without one, `ecphory recover` makes readable files\n"
     "of DIR/partial. With MPI: mpirun -n R ecphory run ... --threads T (docs/HPC.md).",
     ecp_cli_run},
    {"check", ECP_CLI_FOR_CHECK, "CONFIG|SCENARIO", 1, 1, "Simulate",
     "validate a config; forecast memory, time and files",
     "Nothing is built or written. The exit code is 0 when a run could start now, 3 when\n"
     "the config is not valid, and 5 when the network does not fit into memory. With --ranks\n"
     "the forecast is that of the first rank of a job, and memory does not matter here.",
     ecp_cli_check},
    {"sweep", ECP_CLI_FOR_SWEEP, "CONFIG|SCENARIO", 1, 1, "Simulate",
     "run a config over many values and seeds; a table and a figure of the results",
     "ecphory sweep brunel --over network.g=3:8:6 --seeds 3 --show E.rate_hz\n"
     "The config may say it itself: sweep = { over = ( { key = \"network.g\"; values =\n"
     "(3, 5, 8); }, ... ); seeds = 3; show = (\"E.rate_hz\"); }; from, to, count and log\n"
     "stand for values. All configs are checked before the first run. Each run has a folder\n"
     "DIR/jobs/NNNNN of its own, with log.txt; in the end DIR has sweep.csv, sweep.json,\n"
     "sweep.h5 and sweep.svg. Claims that fail are counted and do not fail the sweep. Ctrl-C\n"
     "stops the runs; the same command with --resume goes on.",
     ecp_cli_sweep},
    {"plot", ECP_CLI_FOR_PLOT, "RUN [KIND]", 1, 2, "Look", "draw a run: raster, rates, trace, ...",
     "RUN is the folder of a run, or a spike file in SONATA's layout.", ecp_cli_plot},
    {"score", ECP_CLI_FOR_SCORE, "", 0, 0, "Look",
     "score a run or a matrix against recorded data: RSA, CKA, predictivity, ...",
     "ecphory score --model run --data rec.nwb --measure rsa,cka --window \"50 ms:200 ms\"\n"
     "  --by stimulus\n"
     "Data and models are NWB files, folders or files of runs (SONATA), or matrices in HDF5\n"
     "and CSV (conditions x units, or dissimilarities); FILE:/GROUP/NAME is one dataset of a\n"
     "file. `ecphory list analyses` shows the measures, `ecphory describe analysis/NAME` what\n"
     "they compute and their parameters: -s rsa.compare=tau-a.",
     ecp_cli_score},
    {"import", ECP_CLI_FOR_IMPORT, "FILE.nir", 1, 1, "Simulate",
     "a network of another tool (NIR) as a config and its weights",
     "Writes NAME.cfg and NAME.edges.h5 for NAME.nir, and prints the first name. What is not\n"
     "the same as in the graph stands at the top of the config. SONATA networks need no import:\n"
     "nodes and edges are named in a config (docs/FILES.md).",
     ecp_cli_import},
    {"export", ECP_CLI_FOR_EXPORT, "CONFIG|SCENARIO|RUN", 1, 1, "Simulate",
     "a network for other tools: a NIR graph or a SONATA circuit",
     "ecphory export my.cfg -o net.nir     LIF neurons and their weights as a NIR graph\n"
     "ecphory export results/my -o results/my     nodes.h5, edges.h5, circuit_config.json and\n"
     "simulation_config.json beside the spikes and reports of a run\n"
     "Synapses are those that a run begins with. What NIR cannot say is told on standard error.",
     ecp_cli_export},
    {"recover", 16, "DIR", 1, 1, "Simulate", "make readable files of what a killed run left",
     "The files say that they are incomplete, and up to which time they reach.", ecp_cli_recover},
    {"list", ECP_CLI_FOR_LIST, "[KIND]", 0, 1, "Look",
     "what there is: neurons, scenarios, analyses, rules, ...",
     "KIND is one of neurons, plasticity, memories, scenarios, analyses, rules, laws,\n"
     "stimuli, probes, config; without it, all are listed.",
     ecp_cli_list},
    {"describe", ECP_CLI_FOR_DESCRIBE, "NAME", 1, 1, "Look",
     "the manual page of a member: equations, fields, units, ranges",
     "NAME is KIND/NAME as in neuron/lif, a bare name, or a name from another simulator\n"
     "(iaf_psc_exp, IF_curr_exp).",
     ecp_cli_describe},
    {"version", 64, "", 0, 0, "Look", "version, compiler, precision, libraries",
     "Give this with every report of a problem.", ecp_cli_version},
    {"help", 128, "[COMMAND]", 0, 1, "Look", "this text, or the options of a command", "",
     ecp_cli_help},
    {0}};

enum ecp_status ecp_cli_command_find(const char *name, const struct ecp_cli_command **out)
{
    const char *known[MAX_COMMANDS];
    size_t n = 0;
    for (const struct ecp_cli_command *c = ecp_cli_commands; c->name; c++) {
        if (strcmp(c->name, name) == 0) {
            *out = c;
            return ECP_OK;
        }
        known[n++] = c->name;
    }
    const struct ecp_scenario *scenario;
    if (access(name, R_OK) == 0 || ecp_scenario_find(name, &scenario) == ECP_OK) {
        ecp_error_clear();
        return ecp_fail(ECP_EUSAGE, "no command \"%s\"; did you mean `ecphory run %s`?", name,
                        name);
    }
    ecp_error_clear();
    const char *near = ecp_names_nearest(name, known, n);
    if (near)
        return ecp_fail(ECP_EUSAGE, "no command \"%s\"; did you mean \"%s\"?", name, near);
    return ecp_fail(ECP_EUSAGE, "no command \"%s\"; `ecphory help` shows all", name);
}

static struct ecp_look look_of(int file)
{
    struct ecp_look look = {0, USUAL};
    struct winsize size;
    const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");
    if (!isatty(file))
        return look;
    look.colour = term && strcmp(term, "dumb") != 0 && !(no_color && no_color[0]);
    if (ioctl(file, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        look.width = size.ws_col;
    look.width = look.width < NARROWEST ? NARROWEST : look.width > WIDEST ? WIDEST : look.width;
    return look;
}

static int asks_for_json(int argc, char **argv)
{
    for (int k = 1; k < argc; k++)
        if (strcmp(argv[k], "--json") == 0)
            return 1;
    return 0;
}

/* A reader that went away (`ecphory list | head`) is not an error. */
static enum ecp_status flush_output(enum ecp_status status)
{
    errno = 0;
    if ((fflush(stdout) != 0 || ferror(stdout)) && errno != EPIPE && status == ECP_OK)
        return ecp_fail(ECP_EIO, "standard output: cannot be written: %s", strerror(errno));
    return status;
}

/* Claims and stops are told by the summary; everything else is one line. */
static void tell(const struct ecp_cli *cli, enum ecp_status status, int json)
{
    char *object = NULL;
    const char *reason = ecp_error_message();
    const struct ecp_report report = {.status = status,
                                      .message = reason[0] ? reason : ecp_status_text(status),
                                      .ranks = ecp_comm_size(cli->comm)};
    if (ecp_comm_rank(cli->comm) > 0)
        return; /* rank 0 speaks for all */
    (void)fprintf(stderr, "ecphory: %s\n", report.message);
    if (status == ECP_EUSAGE && cli->command)
        (void)fprintf(stderr, "ecphory: `ecphory help %s` shows the options\n", cli->command->name);
    if (json && ecp_report_json(&report, &object) == ECP_OK)
        (void)puts(object);
    free(object);
}

static enum ecp_status dispatch(struct ecp_cli *cli, int argc, char **argv)
{
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        name = "help";
    else if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0)
        name = "version";
    enum ecp_status status;
    ECP_TRY(ecp_cli_command_find(name, &cli->command));
    if (ecp_comm_rank(cli->comm) > 0 && cli->command->bit != ECP_CLI_FOR_RUN)
        goto done; /* only a run is the work of many */
    ECP_TRY(ecp_cli_parse(cli, argc - 2, argv + 2));
    if (cli->help) {
        if (ecp_comm_rank(cli->comm) == 0)
            ecp_cli_help_of(stdout, cli->command, cli->look);
    } else
        status = cli->command->run(cli);
done:
    return status;
}

int ecp_cli_main(int argc, char **argv)
{
    if (argc < 2) {
        ecp_cli_usage(stderr);
        return ecp_status_exit_code(ECP_EUSAGE);
    }
    ecp_cli_catch_signals();
    struct ecp_cli cli = {.look = look_of(STDOUT_FILENO), .isa = ecp_isa_best()};
    enum ecp_status status = ecp_comm_start(&cli.comm);
    if (status == ECP_OK)
        status = dispatch(&cli, argc, argv);
    const int told = status == ECP_OK || status == ECP_ECLAIM || status == ECP_ESTOPPED;
    if (!told)
        tell(&cli, status, asks_for_json(argc, argv));
    status = flush_output(status);
    if (told && status == ECP_EIO)
        tell(&cli, status, 0);
    ecp_cli_clear(&cli);
    ecp_cli_ignore_stops();
    ecp_comm_stop(cli.comm);
    return ecp_status_exit_code(status);
}
