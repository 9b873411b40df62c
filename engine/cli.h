/* cli.h -- the program `ecphory`: one table of commands, one of options. Help,
 * the manual page and the shell completions are held to these tables by
 * tests/unit/cli_test.sh. */
#ifndef ECP_CLI_H
#define ECP_CLI_H

#include <stdio.h>

#include "engine/describe.h"
#include "engine/forecast.h"
#include "engine/isa.h"
#include "engine/network.h"
#include "engine/plan.h"
#include "engine/plugin.h"
#include "engine/status.h"

struct ecp_comm;
struct ecp_experiment;
struct ecp_memories;

enum ecp_cli_option_id {
    ECP_CLI_SET,
    ECP_CLI_SEED,
    ECP_CLI_PLUGIN,
    ECP_CLI_THREADS,
    ECP_CLI_OUT,
    ECP_CLI_NO_FILES,
    ECP_CLI_ISA,
    ECP_CLI_QUIET,
    ECP_CLI_JSON,
    ECP_CLI_WEIGHTS_CHECKSUM,
    ECP_CLI_CHECKPOINT_EVERY,
    ECP_CLI_CHECKPOINT_WALL,
    ECP_CLI_MAX_WALL,
    ECP_CLI_RESUME,
    ECP_CLI_RESUME_PREVIOUS,
    ECP_CLI_DRY_RUN_RANK,
    ECP_CLI_OF,
    ECP_CLI_DRY_RUN_RATE,
    ECP_CLI_LATENCY,
    ECP_CLI_BANDWIDTH,
    ECP_CLI_RANKS,
    ECP_CLI_POPULATION,
    ECP_CLI_SIGNAL,
    ECP_CLI_FROM,
    ECP_CLI_TO,
    ECP_CLI_BIN,
    ECP_CLI_NEURONS,
    ECP_CLI_NAMES,
    ECP_CLI_MODEL,
    ECP_CLI_DATA,
    ECP_CLI_MEASURE,
    ECP_CLI_WINDOW,
    ECP_CLI_BY,
    ECP_CLI_OVER,
    ECP_CLI_SEEDS,
    ECP_CLI_JOBS,
    ECP_CLI_TOGETHER,
    ECP_CLI_SHOW,
    ECP_CLI_DT,
    ECP_CLI_PULSE,
    ECP_CLI_HELP
};

/* What the command line said. */
struct ecp_cli {
    const struct ecp_cli_command *command;
    size_t n_arguments;
    const char **argument; /* those that are not options */
    size_t n_overrides;
    const char **override;       /* "key=value", in order */
    char *seed;                  /* "seed=N", one of the overrides */
    struct ecp_plugins *plugins; /* loaded; NULL: none */
    size_t n_plugins;
    const char **plugin;   /* their files */
    struct ecp_comm *comm; /* the ranks of the job; NULL: alone */
    int threads;           /* 0: all */
    enum ecp_isa isa;
    const char *out; /* NULL: the default */
    const char *population, *signal;
    double from, to, bin; /* ms; NAN, NAN, 0: not given */
    size_t neurons;
    int quiet, json, no_files, weights_checksum, names, help;
    double checkpoint_every, checkpoint_wall, max_wall; /* ms; 0: not given */
    int resume;                                         /* 2: from the previous one */
    int dry_run_rank, dry_run_of;                       /* of 0: no dry run */
    double dry_run_rate;                                /* Hz; 0: as the own neurons fire */
    double latency_s, bandwidth;                        /* of messages between ranks: s, bytes/s */
    int ranks;                                          /* for a forecast */
    size_t n_models;
    const char **model; /* files to score */
    const char *data, *measures, *by;
    size_t n_over;
    const char **over;        /* "key=values" of a sweep */
    const char *seeds, *show; /* NULL: not given */
    int jobs, together;
    double dt, pulse;     /* ms; 0: not given */
    struct ecp_look look; /* of standard output */
};

/* Messages between ranks, unless the command line says otherwise: an ordinary cluster. */
#define ECP_CLI_LATENCY_S   1e-6
#define ECP_CLI_BYTES_PER_S 2e9

/* Bits of `commands` in an option. */
enum {
    ECP_CLI_FOR_RUN = 1,
    ECP_CLI_FOR_CHECK = 2,
    ECP_CLI_FOR_PLOT = 4,
    ECP_CLI_FOR_LIST = 8,
    ECP_CLI_FOR_DESCRIBE = 32,
    ECP_CLI_FOR_SCORE = 256,
    ECP_CLI_FOR_SWEEP = 512,
    ECP_CLI_FOR_IMPORT = 1024,
    ECP_CLI_FOR_EXPORT = 2048,
    ECP_CLI_FOR_ALL = 4095
};

struct ecp_cli_option {
    enum ecp_cli_option_id id;
    char letter; /* 0: none */
    const char *name;
    const char *argument; /* NULL: takes none */
    unsigned commands;
    const char *meaning;
};

struct ecp_cli_command {
    const char *name;
    unsigned bit;
    const char *arguments; /* as help shows them */
    size_t least, most;    /* how many */
    const char *group;     /* heading in help */
    const char *summary;
    const char *text; /* the rest of its help */
    enum ecp_status (*run)(struct ecp_cli *cli);
};

extern const struct ecp_cli_option ecp_cli_options[];   /* ends with {0} */
extern const struct ecp_cli_command ecp_cli_commands[]; /* ends with {0} */

/* The program; returns its exit code. */
int ecp_cli_main(int argc, char **argv);

/* Fill `cli` from the words after the command's name. ECP_EUSAGE names the
 * nearest option. Free with ecp_cli_clear. */
enum ecp_status ecp_cli_parse(struct ecp_cli *cli, int argc, char **argv);
void ecp_cli_clear(struct ecp_cli *cli);

/* Where a run begins. */
struct ecp_cli_start {
    int resume; /* as in struct ecp_checkpoint_options */
    int is_finished;
};

/* ECP_EUSAGE, ECP_EIO: what was asked for does not go with what is in DIR (NULL: none). */
enum ecp_status ecp_cli_start(const struct ecp_cli *cli, const char *dir,
                              const struct ecp_plan *plan, struct ecp_cli_start *out);

/* ---- commands ---------------------------------------------------------- */

enum ecp_status ecp_cli_run(struct ecp_cli *cli);
/* One rank of many, the others imitated: what it needs and how long it takes. */
enum ecp_status ecp_cli_dry_run(struct ecp_cli *cli);
/* Peak of this process alone. */
double ecp_cli_peak_memory_mb(void);
enum ecp_status ecp_cli_check(struct ecp_cli *cli);
enum ecp_status ecp_cli_plot(struct ecp_cli *cli);
enum ecp_status ecp_cli_score(struct ecp_cli *cli);
enum ecp_status ecp_cli_sweep(struct ecp_cli *cli);
/* "50 ms:200 ms", in ms; ECP_EUSAGE. */
enum ecp_status ecp_cli_window(const char *text, double *from, double *to);
enum ecp_status ecp_cli_import(struct ecp_cli *cli);
enum ecp_status ecp_cli_export(struct ecp_cli *cli);
enum ecp_status ecp_cli_recover(struct ecp_cli *cli);
enum ecp_status ecp_cli_list(struct ecp_cli *cli);
enum ecp_status ecp_cli_describe(struct ecp_cli *cli);
enum ecp_status ecp_cli_version(struct ecp_cli *cli);
enum ecp_status ecp_cli_help(struct ecp_cli *cli);

void ecp_cli_usage(FILE *to);
void ecp_cli_help_all(FILE *to, struct ecp_look look);
void ecp_cli_help_of(FILE *to, const struct ecp_cli_command *command, struct ecp_look look);

/* ECP_EUSAGE: no such command, the nearest, or what was probably meant. */
enum ecp_status ecp_cli_command_find(const char *name, const struct ecp_cli_command **out);

struct ecp_cli_progress;

/* Read the config and check what can be known before a run: the claims'
 * results, and memory for the forecast (ECP_ENOMEM, with `forecast` filled). */
enum ecp_status ecp_cli_plan(const struct ecp_cli *cli, struct ecp_plan **plan,
                             struct ecp_forecast *forecast);
int ecp_cli_threads(const struct ecp_cli *cli);

/* What the plan's scenario computes, on the first rank; the others wait, and all know how
 * it ended. ECP_ESTOPPED: *out has what there was until then; it is NULL on the others. */
enum ecp_status ecp_cli_compute(const struct ecp_cli *cli, const struct ecp_plan *plan,
                                const struct ecp_recording *recording,
                                struct ecp_cli_progress *progress, struct ecp_experiment **out);

/* Likewise what is asked of the memories of a plan without a network. */
enum ecp_status ecp_cli_recall(const struct ecp_cli *cli, const struct ecp_plan *plan,
                               struct ecp_cli_progress *progress, struct ecp_memories **out);

/* "results/NAME", to be freed; NULL: no memory. */
char *ecp_cli_default_dir(const struct ecp_plan *plan);

/* ---- progress and signals ---------------------------------------------- */

struct ecp_cli_progress {
    int quiet, terminal;
    int shown;          /* a line stands on the terminal */
    double next_line_s; /* when the next plain line is due */
};

/* Ignore SIGPIPE and SIGXFSZ: a write that fails is an error, not an end. */
void ecp_cli_catch_signals(void);

/* From here on the first SIGINT, SIGTERM or SIGUSR1 asks the run to stop, which rank 0
 * says, and the second ends the process. */
void ecp_cli_catch_stops(int rank);
/* All is done but leaving: launchers send SIGTERM to the others when a rank has left with
 * another exit code than 0, as all are about to. */
void ecp_cli_ignore_stops(void);
int ecp_cli_stop_asked(void);

struct ecp_cli_progress ecp_cli_progress_start(int quiet);
void ecp_cli_progress_build(struct ecp_cli_progress *progress, const struct ecp_forecast *forecast,
                            int threads);
/* For ecp_run_options.progress; `context` is a struct ecp_cli_progress. */
int ecp_cli_progress_show(void *context, const struct ecp_progress *now);
/* The same for what a scenario computes: `done` from 0 to 1. */
int ecp_cli_progress_work(void *context, double done, const char *at, double wall_s);
void ecp_cli_progress_end(struct ecp_cli_progress *progress);

#endif
