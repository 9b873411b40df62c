/* The commands that simulate nothing. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/cli.h"
#include "engine/report.h"
#include "engine/store.h"
#include "mpi/comm.h"

#ifdef ECP_HAVE_PLOT
#include "engine/plot.h"
#endif

enum ecp_status ecp_cli_list(struct ecp_cli *cli)
{
    return ecp_list(stdout, cli->n_arguments ? cli->argument[0] : NULL, cli->names, cli->plugins,
                    cli->look);
}

enum ecp_status ecp_cli_describe(struct ecp_cli *cli)
{
    return ecp_describe(stdout, cli->argument[0], cli->plugins, cli->look);
}

enum ecp_status ecp_cli_recover(struct ecp_cli *cli)
{
    double kept = 0;
    enum ecp_status status;
    ECP_TRY(ecp_store_recover(cli->argument[0], &kept));
    if (kept > 0)
        printf("recovered %s of model time in %s\n", ecp_words_seconds(kept / 1000).text,
               cli->argument[0]);
    else
        printf("nothing to recover in %s\n", cli->argument[0]);
done:
    return status;
}

enum ecp_status ecp_cli_version(struct ecp_cli *cli)
{
    const int is_double = sizeof(ecp_real) == sizeof(double);
    (void)cli;
    printf("ecphory %s\n", ECP_VERSION);
    printf("  compiler      %s\n", ECP_COMPILER);
    printf("  precision     %s\n", is_double ? "double" : "single (weights and state)");
    printf("  threads       OpenMP\n");
    printf("  ranks         %s\n", ecp_comm_library());
    printf("  instructions  %s; this machine has", ecp_isa_name(ecp_isa_best()));
    for (int isa = 0; isa < ECP_ISA_COUNT; isa++)
        if (ecp_isa_available((enum ecp_isa)isa))
            printf(" %s", ecp_isa_name((enum ecp_isa)isa));
    printf("\n");
#ifdef ECP_HAVE_PLOT
    printf("  plotting      PLplot\n");
#else
    printf("  plotting      none (built without it)\n");
#endif
#ifdef ECP_LIBRARY_VERSIONS
    printf("  libraries     %s\n", ECP_LIBRARY_VERSIONS);
#endif
    printf("  licence       GPL-3.0-or-later\n");
    return ECP_OK;
}

#ifdef ECP_HAVE_PLOT

/* Beside the files of the run: RUN/KIND.svg, or FILE's folder. */
static char *default_picture(const char *run, const char *kind)
{
    struct stat facts;
    const size_t size = strlen(run) + strlen(kind) + sizeof "/.svg";
    char *path = malloc(size);
    if (!path)
        return NULL;
    int folder = (int)strlen(run);
    if (stat(run, &facts) == 0 && !S_ISDIR(facts.st_mode)) {
        const char *slash = strrchr(run, '/');
        folder = slash ? (int)(slash - run) : 0;
    }
    (void)snprintf(path, size, "%.*s%s%s.svg", folder, run, folder ? "/" : "", kind);
    return path;
}

enum ecp_status ecp_cli_plot(struct ecp_cli *cli)
{
    enum ecp_status status;
    struct ecp_plot_request request = ecp_plot_request_default();
    char *own = NULL;
    request.path = cli->argument[0];
    request.kind = cli->n_arguments > 1 ? cli->argument[1] : "raster";
    request.population = cli->population;
    request.signal = cli->signal;
    request.start = cli->from;
    request.stop = cli->to;
    request.max_neurons = cli->neurons;
    request.bin = cli->bin;
    request.output = cli->out;
    if (!cli->out)
        request.output = own = default_picture(request.path, request.kind);
    if (!request.output)
        return ecp_fail(ECP_ENOMEM, "no memory for the name of the picture");
    ECP_TRY(ecp_plot_run(&request));
    printf("%s\n", request.output);
done:
    free(own);
    return status;
}

#else

enum ecp_status ecp_cli_plot(struct ecp_cli *cli)
{
    (void)cli;
    return ecp_fail(ECP_EUSAGE, "this program was built without plotting; build it with "
                                "-DECP_PLOT=ON");
}

#endif
