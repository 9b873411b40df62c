/* store_read_weights.c -- weights of projections, as the store writes them. */
#include <string.h>

#include "engine/store_reading.h"

/* One side of the synapses: neurons, and the population they are in. */
struct side {
    const char *name;
    int population;
    struct ecp_h5_array nodes;
};

static enum ecp_status read_side(struct ecp_reading *reading, const struct ecp_h5_reader *file,
                                 hid_t group, struct side *side)
{
    const char *in = NULL;
    enum ecp_status status;
    side->nodes = (struct ecp_h5_array){.type = H5T_NATIVE_UINT32, .pool = reading->kept};
    ECP_TRY(ecp_h5_load(file, group, side->name, &side->nodes));
    const hid_t dataset = H5Dopen2(group, side->name, H5P_DEFAULT);
    const int said = ecp_h5_get_text(dataset, "node_population", &reading->passing, &in);
    ecp_h5_close(dataset);
    if (!said) {
        status =
            ecp_fail(ECP_EIO, "%s: %s does not say its node_population", file->path, side->name);
        goto done;
    }
    ECP_TRY(ecp_reading_population(reading, in, &side->population));
    const ecp_lid *node = side->nodes.data;
    ecp_lid highest = 0;
    for (size_t k = 0; k < side->nodes.rows; k++)
        highest = node[k] > highest ? node[k] : highest;
    if (side->nodes.rows > 0)
        ECP_TRY(ecp_reading_fit(reading, side->population, highest, file->path));
done:
    return status;
}

static enum ecp_status read_snapshot(struct ecp_reading *reading, const struct ecp_h5_reader *file,
                                     hid_t group, const char *name)
{
    struct ecp_recording *r = reading->recording;
    struct ecp_recorded_weights w = {.unit = ""};
    struct side source = {.name = "source_node_id"}, target = {.name = "target_node_id"};
    struct ecp_h5_array weight = {.type = H5T_NATIVE_FLOAT, .pool = reading->kept}, delay = weight;
    uint64_t projection = 0;
    enum ecp_status status = ECP_OK;
    if (!ecp_h5_get_text(group, "probe", reading->kept, &w.probe))
        return ECP_OK; /* edges of another program: a network, not a recording */
    (void)ecp_h5_get_count(group, "projection", &projection);
    (void)ecp_h5_get_real(group, "time_ms", &w.time);
    w.projection = (int)projection;
    ECP_TRY(ecp_pool_text(reading->kept, name, &w.projection_name));
    ECP_TRY(read_side(reading, file, group, &source));
    ECP_TRY(read_side(reading, file, group, &target));
    ECP_TRY(ecp_h5_load(file, group, "0/syn_weight", &weight));
    ECP_TRY(ecp_h5_load(file, group, "0/delay", &delay));
    w.n = source.nodes.rows;
    if (target.nodes.rows != w.n || weight.rows != w.n || delay.rows != w.n) {
        status = ecp_fail(ECP_EIO, "%s: the columns of %s differ in length", file->path, name);
        goto done;
    }
    w.source = source.nodes.data;
    w.source_population = source.population;
    w.target = target.nodes.data;
    w.target_population = target.population;
    w.weight = weight.data;
    w.delay = delay.data;
    const hid_t dataset = H5Dopen2(group, "0/syn_weight", H5P_DEFAULT);
    (void)ecp_h5_get_text(dataset, "units", reading->kept, &w.unit);
    ecp_h5_close(dataset);
    ECP_TRY(ecp_pool_extend(reading->kept, r->n_weights, sizeof *r->weights, &r->weights));
    r->weights[r->n_weights++] = w;
done:
    return status;
}

enum ecp_status ecp_reading_weights(struct ecp_reading *reading, const struct ecp_h5_reader *file)
{
    enum ecp_status status = ecp_reading_each(reading, file, "edges", read_snapshot);
    const hsize_t n = ecp_h5_links(file->file);
    for (hsize_t k = 0; k < n && status == ECP_OK; k++) {
        char name[ECP_H5_NAME];
        status = ecp_h5_link(file, file->file, k, name);
        if (status != ECP_OK || strncmp(name, "time_", 5) != 0)
            continue;
        const char *kept;
        status = ecp_pool_print(&reading->passing, &kept, "%s/edges", name);
        if (status == ECP_OK)
            status = ecp_reading_each(reading, file, kept, read_snapshot);
    }
    return status;
}
