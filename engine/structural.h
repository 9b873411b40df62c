/* structural.h -- synapses that come and go: calcium and synaptic elements of
 * neurons, and what becomes of them at updates (docs/PLASTICITY.md).
 *
 * Projections whose rule has a `structure` grow their synapses here. Those that
 * share the axonal elements of one population form a group; within it every
 * vacant axonal element may meet every vacant dendritic one. Updates happen while
 * all workers rest, by the thread that called run; what they decide depends on
 * counters and on the order of neurons alone. Where another rule changes weights,
 * its synapses are brought to the present first; those that stay keep their
 * variables, new ones begin with those that their weights imply. */
#ifndef ECP_STRUCTURAL_H
#define ECP_STRUCTURAL_H

#include "engine/plastic.h"

/* Elements of one kind, of one population. All state is in plain arrays. */
struct ecp_elements {
    int population;
    size_t n;
    const struct ecp_structure *rule;
    const struct ecp_field *fields;
    double param[ECP_MAX_FIELDS]; /* now: phases may change them */
    int is_dendrite;
    double tau_ca, beta_ca;
    double *calcium, *z; /* n each, as they were at the stamp `last` */
    ecp_step *last;
    uint32_t *connected; /* elements that are in synapses */
};

/* One projection of a group. Its targets are columns first_column ... of it. */
struct ecp_structural_part {
    int projection;
    uint32_t first_column;
    struct ecp_elements dendrites;
    uint64_t synapses, created, deleted; /* the latter two: at the last update */
};

struct ecp_structural_group {
    struct ecp_elements axons;
    size_t n_parts;
    struct ecp_structural_part *part;
    uint32_t n_columns;
    ecp_step interval;  /* between updates */
    double tau_vacant;  /* of the vacant elements, what an update takes away */
    uint32_t n_updates; /* so far */
};

struct ecp_structural {
    struct ecp_network *network;
    size_t n_groups;
    struct ecp_structural_group *group;
};

/* After the workers' parts are built; network->structural stays NULL where no
 * projection is structural. ECP_ENOMEM. */
enum ecp_status ecp_structural_build(struct ecp_network *network);
void ecp_structural_clear(struct ecp_network *network);

/* By the worker that owns it: neuron j of population p fired; its spike has this
 * stamp. */
void ecp_structural_fired(struct ecp_structural *all, int p, ecp_lid j, ecp_step stamp);

/* The next update after `now`; INT64_MAX: none. */
ecp_step ecp_structural_next(const struct ecp_network *network, ecp_step now);

/* The updates that are due at `now`, spikes of that stamp included. Spikes under
 * way pass the synapses that are there when they arrive. ECP_ENOMEM leaves the
 * network unfit to go on. O(synapses and neurons of the group). */
enum ecp_status ecp_structural_update(struct ecp_network *network, ecp_step now);

/* A parameter becomes `value` now; what was before goes by the old one. What is of
 * shared axonal elements changes for all that share them. */
void ecp_structural_change(struct ecp_network *network, int projection, int field, double value);

/* One of ecp_structure_words of a projection, as of the last update. */
double ecp_structural_value(const struct ecp_network *network, int projection, int field);

/* Delete, create, and write all that into the workers' columns; elements have
 * been brought to the present (engine/structural_wire.c). */
enum ecp_status ecp_structural_rewire(struct ecp_network *network,
                                      struct ecp_structural_group *group, ecp_step now);

/* Of all ranks, on all: what was counted of the own synapses; and elements, after own
 * neurons have been brought to the present (engine/structural_ranks.c). ECP_ENOMEM. */
enum ecp_status ecp_structural_share_counts(struct ecp_network *network,
                                            struct ecp_structural_group *group);
enum ecp_status ecp_structural_share_elements(struct ecp_network *network,
                                              struct ecp_elements *elements);

/* How many of its elements are whole and in no synapse; below 0: so many synapses
 * are too many. */
static inline double ecp_elements_vacant(const struct ecp_elements *e, size_t neuron)
{
    return (double)(int64_t)e->z[neuron] - (double)e->connected[neuron];
}

/* Part of the group that a column belongs to. */
static inline struct ecp_structural_part *ecp_structural_part_of(struct ecp_structural_group *group,
                                                                 uint32_t column)
{
    struct ecp_structural_part *part = group->part + group->n_parts - 1;
    while (part->first_column > column)
        part--;
    return part;
}

#endif
