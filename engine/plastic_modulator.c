/* Spikes of the population that modulates a plastic projection. */
#include <math.h>
#include <string.h>

#include "engine/plastic.h"

/* Filed in order of stamps; the level follows when the stamp has come. */
void ecp_plastic_modulate(struct ecp_plastic *plastic, uint32_t stamp)
{
    size_t at = plastic->n_modulator, capacity = plastic->modulator_capacity;
    uint32_t *room = ecp_room_for_one(plastic->modulator, at, &capacity, sizeof *room);
    if (room)
        plastic->modulator = room;
    double *level = room ? ecp_room_for_one(plastic->modulator_level, at,
                                            &plastic->modulator_capacity, sizeof *level)
                         : NULL;
    if (!level) {
        ecp_worker_fail(plastic->worker, ecp_fail(ECP_ENOMEM, "no memory for spikes"));
        return;
    }
    plastic->modulator_level = level;
    for (; at > 0 && plastic->modulator[at - 1] > stamp; at--)
        plastic->modulator[at] = plastic->modulator[at - 1];
    plastic->modulator[at] = stamp;
    plastic->n_modulator++;
    const int f = ecp_field_find(plastic->rule->fields, "tau_n");
    const double tau = f < 0 ? 1 : plastic->plan->plasticity_param[f];
    const double dt = plastic->worker->network->plan->dt;
    for (; at < plastic->n_modulator; at++) {
        const double since =
            at == 0 ? 0 : (plastic->modulator[at] - plastic->modulator[at - 1]) * dt;
        level[at] = (at == 0 ? 0 : level[at - 1] * exp(-since / tau)) + 1 / tau;
    }
}

size_t ecp_plastic_modulator_after(const struct ecp_plastic *plastic, uint32_t stamp,
                                   uint32_t shift)
{
    size_t low = 0, high = plastic->n_modulator;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (plastic->modulator[middle] + shift > stamp)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

void ecp_plastic_modulator_trim(struct ecp_plastic *plastic, uint32_t limit)
{
    uint32_t shift = 0;
    for (uint32_t v = 0; v < plastic->n_views; v++)
        shift = plastic->view[v].shift / 2 > shift ? plastic->view[v].shift / 2 : shift;
    const size_t next = ecp_plastic_modulator_after(plastic, limit - 1, shift);
    if (next < 2)
        return;
    const size_t old = next - 1; /* the last one before still has a level to tell */
    plastic->n_modulator -= old;
    memmove(plastic->modulator, plastic->modulator + old,
            plastic->n_modulator * sizeof *plastic->modulator);
    memmove(plastic->modulator_level, plastic->modulator_level + old,
            plastic->n_modulator * sizeof *plastic->modulator_level);
}
