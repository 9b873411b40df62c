/* fuzz_sonata.c -- any spikes, reports, edges and nodes: a data set or one sentence, no more. */
#include <math.h>
#include <string.h>

#include "engine/dataset_read.h"
#include "engine/edges.h"
#include "engine/store.h"
#include "tests/fuzz/built_h5.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const paths[] = {"spikes/A/timestamps",
                                    "spikes/A/node_ids",
                                    "spikes/B/timestamps",
                                    "spikes/B/node_ids",
                                    "spikes/timestamps",
                                    "spikes/gids",
                                    "report/A/data",
                                    "report/A/mapping/node_ids",
                                    "report/A/mapping/index_pointers",
                                    "report/A/mapping/index_pointer",
                                    "report/A/mapping/element_ids",
                                    "report/A/mapping/time",
                                    "report/B/data",
                                    "report/B/mapping/node_ids",
                                    "report/B/mapping/index_pointers",
                                    "report/B/mapping/time",
                                    "spikes/A",
                                    "spikes",
                                    "/",
                                    "edges/A/source_node_id",
                                    "edges/A/target_node_id",
                                    "edges/A/edge_type_id",
                                    "edges/A/edge_group_index",
                                    "edges/A/0/syn_weight",
                                    "edges/A/0/delay",
                                    "edges/A/1/delay",
                                    "nodes/A/node_type_id",
                                    "nodes/A/node_id",
                                    NULL};
static const char *const texts[] = {"ms", "s", "", "parsec", "seconds", "mV", NULL};

static void check(enum ecp_status status)
{
    const char *message = ecp_error_message();
    if ((status == ECP_OK) != (message[0] == '\0') || strchr(message, '\n'))
        abort();
    ecp_error_clear();
}

/* Everything that a set says it has can be looked at. */
static double look(const struct ecp_dataset *set)
{
    double sum = 0;
    const size_t trials = set->n_trials > 0 ? set->n_trials : 1;
    for (size_t k = 0; set->mean && k < set->n_conditions * set->n_units; k++)
        sum += set->mean[k];
    for (size_t k = 0; set->response && k < set->n_trials * set->n_units; k++)
        sum += set->response[k];
    for (size_t k = 0; set->train && k < trials * set->n_units; k++)
        for (size_t i = 0; i < set->train[k].n; i++) {
            sum += set->train[k].time[i];
            if (i > 0 && set->train[k].time[i] < set->train[k].time[i - 1])
                abort();
        }
    for (size_t u = 0; set->unit && u < set->n_units; u++)
        sum += (double)strlen(set->unit[u]);
    return sum;
}

static void read_set(const char *path, const char *population, double to)
{
    const struct ecp_dataset_request request = {
        .path = path, .population = population, .from = NAN, .to = to, .keep_trains = 1};
    struct ecp_dataset *set = NULL;
    check(ecp_dataset_read(&request, &set));
    if (set && isinf(look(set)) == 7)
        abort();
    ecp_dataset_destroy(set);
}

static enum ecp_status take(void *context, const struct ecp_edges_piece *piece)
{
    double *sum = context;
    for (size_t k = 0; k < piece->n; k++)
        *sum += piece->source[k] + piece->target[k] + (piece->weight ? piece->weight[k] : 0) +
                (piece->delay ? piece->delay[k] : 0);
    return ECP_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct built b = {.data = data, .size = size, .path = paths, .text = texts};
    char name[64], inside[80];
    double sum = 0;
    size_t n = 0;
    built_name(name, "sonata");
    if (!built_file(&b, name))
        return 0;
    ecp_error_clear();
    read_set(name, NULL, NAN);
    read_set(name, "A", 5);
    (void)snprintf(inside, sizeof inside, "%s:/report/A", name);
    read_set(inside, NULL, NAN);
    check(ecp_input_nodes(name, &n));
    (void)snprintf(inside, sizeof inside, "%s:/edges/A", name);
    check(ecp_input_edges_pieces(inside, take, &sum));
    (void)unlink(name);
    return 0;
}
