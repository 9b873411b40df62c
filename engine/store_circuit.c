/* store_circuit.c -- the network of a plan as a SONATA circuit. */
#include "engine/store_circuit.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/connect.h"
#include "engine/edge_list.h"
#include "engine/store_files.h"

#define UM_OF_MM 1000.0

/* ---- nodes.h5 --------------------------------------------------------------------- */

static void put_column(struct ecp_h5_writer *w, hid_t at, const char *name, size_t n,
                       const uint64_t *value)
{
    const int is_type = strcmp(name, "node_type_id") == 0;
    const struct ecp_h5_column column = {name, is_type ? H5T_STD_I64LE : H5T_STD_U64LE, n, 0, NULL,
                                         NULL};
    ecp_h5_put(w, at, &column, H5T_NATIVE_UINT64, value);
}

static void put_positions(struct ecp_h5_writer *w, hid_t group, const struct ecp_plan *plan,
                          int population)
{
    static const char *const axis[] = {"x", "y"};
    const size_t n = plan->population[population]->size;
    struct ecp_pool pool = {0};
    double *xy = NULL, *one = NULL;
    ecp_h5_note(w, ecp_layout_positions(plan, population, &xy));
    ecp_h5_note(w, ecp_pool_alloc(&pool, n, sizeof *one, &one));
    for (size_t c = 0; c < 2 && xy && ecp_h5_fine(w); c++) {
        for (size_t k = 0; k < n; k++)
            one[k] = UM_OF_MM * xy[2 * k + c];
        const struct ecp_h5_column column = {axis[c], H5T_IEEE_F64LE, n, 0, "um", NULL};
        ecp_h5_put(w, group, &column, H5T_NATIVE_DOUBLE, one);
    }
    free(xy);
    ecp_pool_clear(&pool);
}

static enum ecp_status write_nodes(const struct ecp_plan *plan, const char *path)
{
    struct ecp_h5_writer w;
    enum ecp_status status = ecp_h5_create(path, &w);
    if (status != ECP_OK)
        return status;
    ecp_circuit_root(&w);
    const hid_t all = ecp_h5_group(&w, w.file, "nodes");
    for (size_t p = 0; p < plan->n_populations && ecp_h5_fine(&w); p++) {
        const size_t n = plan->population[p]->size;
        struct ecp_pool pool = {0};
        uint64_t *value = NULL;
        ecp_h5_note(&w, ecp_pool_alloc(&pool, n, sizeof *value, &value));
        if (ecp_h5_fine(&w)) {
            const hid_t at = ecp_h5_group(&w, all, plan->population[p]->name);
            put_column(&w, at, "node_group_id", n, value); /* zeros */
            for (size_t k = 0; k < n; k++)
                value[k] = k;
            put_column(&w, at, "node_id", n, value);
            put_column(&w, at, "node_group_index", n, value);
            for (size_t k = 0; k < n; k++)
                value[k] = p;
            put_column(&w, at, "node_type_id", n, value);
            const hid_t group = ecp_h5_group(&w, at, "0");
            put_positions(&w, group, plan, (int)p);
            ecp_h5_close(group);
            ecp_h5_close(at);
        }
        ecp_pool_clear(&pool);
    }
    ecp_h5_close(all);
    return ecp_h5_finish(&w);
}

/* ---- edges.h5 --------------------------------------------------------------------- */

static enum ecp_status write_edges(const struct ecp_plan *plan, const char *path)
{
    struct ecp_edge_file *file;
    enum ecp_status status = ecp_edge_file_begin(path, &file);
    if (status != ECP_OK)
        return status;
    for (size_t p = 0; p < plan->n_projections && status == ECP_OK; p++) {
        struct ecp_edge_list list = {0};
        status = ecp_edge_list_of(plan, p, &list);
        if (status == ECP_OK)
            ecp_edge_file_put(file, &list);
        ecp_edge_list_clear(&list);
    }
    const enum ecp_status ended = ecp_edge_file_end(file);
    return status == ECP_OK ? ended : status;
}

/* ---- texts ------------------------------------------------------------------------ */

typedef void write_text(FILE *to, const struct ecp_plan *plan);

/* Neurons without a membrane are sources: "virtual". */
static const char *model_type(const struct ecp_neuron_model *model)
{
    return ecp_field_find(model->fields, "v") >= 0 ? "point_neuron" : "virtual";
}

static void node_types(FILE *to, const struct ecp_plan *plan)
{
    (void)fprintf(to, "node_type_id population model_type model_template dynamics_params\n");
    for (size_t p = 0; p < plan->n_populations; p++) {
        const struct ecp_plan_population *it = plan->population[p];
        (void)fprintf(to, "%zu %s %s ecphory:%s NULL\n", p, it->name, model_type(it->model),
                      it->model->name);
    }
}

static void edge_types(FILE *to, const struct ecp_plan *plan)
{
    (void)fprintf(to, "edge_type_id population model_template dynamics_params\n");
    for (size_t p = 0; p < plan->n_projections; p++) {
        const struct ecp_plasticity *rule = plan->projection[p]->plasticity;
        (void)fprintf(to, "%zu %s %s%s NULL\n", p, plan->projection[p]->name,
                      rule ? "ecphory:" : "static_synapse", rule ? rule->name : "");
    }
}

static void circuit(FILE *to, const struct ecp_plan *plan)
{
    (void)fprintf(to, "{\n  \"manifest\": {\"$BASE_DIR\": \".\"},\n  \"networks\": {\n"
                      "    \"nodes\": [{\"nodes_file\": \"$BASE_DIR/nodes.h5\", "
                      "\"node_types_file\": \"$BASE_DIR/node_types.csv\"}],\n    \"edges\": [");
    if (plan->n_projections > 0)
        (void)fprintf(to, "{\"edges_file\": \"$BASE_DIR/edges.h5\", "
                          "\"edge_types_file\": \"$BASE_DIR/edge_types.csv\"}");
    (void)fprintf(to, "]\n  },\n  \"target_simulator\": \"ecphory\"\n}\n");
}

/* Names of the plan have no quotes or backslashes (ecp_plan_check_name), fields neither. */
static void reports(FILE *to, const struct ecp_plan *plan)
{
    int n = 0;
    for (size_t k = 0; k < plan->n_probes; k++) {
        const struct ecp_plan_probe *p = plan->probe[k];
        if (p->kind != ECP_PROBE_FIELD)
            continue;
        const double stop = fmin(p->stop, ecp_plan_duration(plan));
        (void)fprintf(to,
                      "%s\n    \"%s\": {\"cells\": {\"population\": \"%s\"}, "
                      "\"variable_name\": \"%s\", \"module\": \"membrane_report\", "
                      "\"sections\": \"soma\", \"start_time\": %.17g, \"end_time\": %.17g, "
                      "\"dt\": %.17g, \"file_name\": \"report_%s.h5\", \"enabled\": true}",
                      n++ ? "," : "", p->name, plan->population[p->target.population]->name,
                      p->field_name, p->start, stop, p->interval, p->name);
    }
    (void)fprintf(to, "%s", n ? "\n  " : "");
}

static void simulation(FILE *to, const struct ecp_plan *plan)
{
    (void)fprintf(to,
                  "{\n  \"manifest\": {\"$BASE_DIR\": \".\"},\n"
                  "  \"network\": \"$BASE_DIR/circuit_config.json\",\n"
                  "  \"target_simulator\": \"ecphory\",\n"
                  "  \"run\": {\"tstart\": 0, \"tstop\": %.17g, \"dt\": %.17g},\n"
                  "  \"conditions\": {},\n  \"inputs\": {},\n"
                  "  \"output\": {\"output_dir\": \"$BASE_DIR\", \"spikes_file\": \"spikes.h5\", "
                  "\"spikes_sort_order\": \"time\", \"overwrite_output_dir\": false},\n"
                  "  \"reports\": {",
                  ecp_plan_duration(plan), plan->dt);
    reports(to, plan);
    (void)fprintf(to, "}\n}\n");
}

static enum ecp_status write_one(const struct ecp_plan *plan, const char *dir, const char *name,
                                 write_text *write)
{
    char *path = NULL;
    enum ecp_status status = ecp_files_name(&path, "%s/%s", dir, name);
    if (status != ECP_OK)
        return status;
    FILE *file = fopen(path, "w");
    if (file)
        write(file, plan);
    const int broken = !file || ferror(file);
    if ((file && fclose(file) != 0) || broken)
        status = ecp_fail(ECP_EIO, "%s: cannot be written: %s", path, strerror(errno));
    free(path);
    return status;
}

static enum ecp_status write_h5(const struct ecp_plan *plan, const char *dir, const char *name,
                                enum ecp_status (*write)(const struct ecp_plan *, const char *))
{
    char *path = NULL, *draft = NULL;
    enum ecp_status status;
    ECP_TRY(ecp_files_name(&path, "%s/%s", dir, name));
    ECP_TRY(ecp_files_name(&draft, "%s/.%s.tmp", dir, name));
    ECP_TRY(write(plan, draft));
    status = ecp_files_move(draft, path, dir);
done:
    free(draft);
    free(path);
    return status;
}

enum ecp_status ecp_circuit_write(const struct ecp_plan *plan, const char *dir)
{
    enum ecp_status status;
    if (plan->n_populations == 0)
        return ecp_fail(ECP_ECONFIG, "no network: nothing to write as a SONATA circuit");
    ECP_TRY(ecp_files_make(dir));
    ECP_TRY(write_h5(plan, dir, "nodes.h5", write_nodes));
    ECP_TRY(write_h5(plan, dir, "edges.h5", write_edges));
    ECP_TRY(write_one(plan, dir, "node_types.csv", node_types));
    ECP_TRY(write_one(plan, dir, "edge_types.csv", edge_types));
    ECP_TRY(write_one(plan, dir, "circuit_config.json", circuit));
    status = write_one(plan, dir, "simulation_config.json", simulation);
done:
    return status;
}
