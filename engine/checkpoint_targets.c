/* What rules remember of the targets of plastic synapses, out of a checkpoint. */
#include <string.h>

#include "engine/checkpoint_plastic.h"

enum ecp_status ecp_saved_not_ours(const struct ecp_saved_plastic *saved,
                                   const struct ecp_plastic *plastic)
{
    return ecp_fail(ECP_EIO, "%s: synapses of %s do not fit: not of this network",
                    saved->reader->path, plastic->plan->name);
}

static enum ecp_status get_events(struct ecp_plastic *plastic,
                                  const struct ecp_saved_plastic *saved, uint32_t v,
                                  struct ecp_overlap o)
{
    struct ecp_view *view = &plastic->view[v];
    const int k = plastic->projection, n_marks = plastic->rule ? plastic->rule->n_marks : 0;
    const void *data, *mark[ECP_MAX_MARKS] = {NULL};
    enum ecp_status status = ECP_OK;
    size_t n_times = 0;
    const uint32_t *time = ecp_archive_get(saved->reader, saved->block, sizeof *time, &n_times,
                                           "plastic.%d.time.%u", k, v);
    const size_t ring = saved->n_targets ? n_times / saved->n_targets : 1;
    if (!time || ring == 0 || (ring & (ring - 1)) != 0 || ring * saved->n_targets != n_times)
        return ecp_saved_not_ours(saved, plastic);
    while (((size_t)1 << view->bits) < ring)
        if (!ecp_plastic_grow_rings(plastic, view))
            return ecp_fail(ECP_ENOMEM, "no memory for the spikes that %s waits for",
                            plastic->plan->name);
    for (int m = 0; m < n_marks; m++)
        ECP_TRY(ecp_checkpoint_find(saved->reader, saved->block, sizeof(ecp_real), n_times,
                                    &mark[m], "plastic.%d.mark.%u.%d", k, v, m));
    ECP_TRY(ecp_checkpoint_find(saved->reader, saved->block, sizeof(uint32_t), saved->n_targets,
                                &data, "plastic.%d.count.%u", k, v));
    const uint32_t *count = data;
    const size_t own_ring = (size_t)1 << view->bits;
    for (size_t j = 0; j < o.n; j++) {
        const uint32_t n = count[o.from + j];
        for (uint32_t e = n > ring ? n - (uint32_t)ring : 0; e < n; e++) {
            const size_t from = (o.from + j) * ring + (e & (ring - 1));
            const size_t to = (o.to + j) * own_ring + (e & (own_ring - 1));
            view->time[to] = time[from];
            for (int m = 0; m < n_marks; m++)
                view->mark[m][to] = ((const ecp_real *)mark[m])[from];
        }
        view->count[o.to + j] = n;
    }
    ECP_TRY(ecp_checkpoint_find(saved->reader, saved->block, sizeof(uint32_t), saved->n_targets,
                                &data, "plastic.%d.latest.%u", k, v));
    memcpy(view->latest + o.to, (const uint32_t *)data + o.from, o.n * sizeof *view->latest);
done:
    return status;
}

static enum ecp_status get_view(struct ecp_plastic *plastic, const struct ecp_saved_plastic *saved,
                                uint32_t v, struct ecp_overlap o)
{
    struct ecp_view *view = &plastic->view[v];
    const int k = plastic->projection;
    const void *data;
    enum ecp_status status;
    ECP_TRY(ecp_checkpoint_find(saved->reader, saved->block, sizeof(uint32_t), 2, &data,
                                "plastic.%d.view.%u", k, v));
    if (((const uint32_t *)data)[0] != view->shift)
        return ecp_saved_not_ours(saved, plastic);
    view->floor = ((const uint32_t *)data)[1];
    for (size_t t = 0; t < plastic->n_post; t++) {
        ECP_TRY(ecp_checkpoint_find(saved->reader, saved->block, sizeof(ecp_real), saved->n_targets,
                                    &data, "plastic.%d.post.%u.%zu", k, v, t));
        memcpy(view->post[t] + o.to, (const ecp_real *)data + o.from, o.n * sizeof(ecp_real));
    }
    status = get_events(plastic, saved, v, o);
done:
    return status;
}

static enum ecp_status get_past(struct ecp_plastic *plastic, const struct ecp_saved_plastic *saved,
                                struct ecp_overlap o)
{
    const size_t length = (size_t)plastic->lag + 1, n = plastic->n_targets;
    const ecp_step now = plastic->worker->network->now;
    enum ecp_status status = ECP_OK;
    for (int f = 0; f < ECP_MAX_SEEN; f++) {
        if (!plastic->past[f])
            continue;
        for (size_t s = 0; s < length; s++) {
            const void *data;
            ECP_TRY(ecp_checkpoint_find(saved->reader, saved->block, sizeof(ecp_real),
                                        saved->n_targets, &data, "plastic.%d.past.%d.%zu",
                                        plastic->projection, f, s));
            memcpy(plastic->past[f] + s * n + o.to, (const ecp_real *)data + o.from,
                   o.n * sizeof(ecp_real));
        }
        plastic->late[f] = plastic->past[f] + (size_t)(now + 1) % length * n;
    }
done:
    return status;
}

enum ecp_status ecp_saved_targets(struct ecp_plastic *plastic,
                                  const struct ecp_saved_plastic *saved)
{
    const struct ecp_overlap o = ecp_checkpoint_overlap(saved->first_target, saved->n_targets,
                                                        plastic->first_target, plastic->n_targets);
    enum ecp_status status = ECP_OK;
    for (uint32_t v = 0; v < plastic->n_views && o.n > 0; v++)
        ECP_TRY(get_view(plastic, saved, v, o));
    if (o.n > 0)
        ECP_TRY(get_past(plastic, saved, o));
done:
    return status;
}
