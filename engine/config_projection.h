/* config_projection.h -- the keys of a projection, and its rule. */
#ifndef ECP_CONFIG_PROJECTION_H
#define ECP_CONFIG_PROJECTION_H

#include "engine/config_reader.h"

enum {
    ECP_PJ_NAME,
    ECP_PJ_SOURCE,
    ECP_PJ_TARGET,
    ECP_PJ_RULE,
    ECP_PJ_INDEGREE,
    ECP_PJ_OUTDEGREE,
    ECP_PJ_NUMBER,
    ECP_PJ_PROBABILITY,
    ECP_PJ_FILE,
    ECP_PJ_EDGES,
    ECP_PJ_KERNEL,
    ECP_PJ_SCALE,
    ECP_PJ_CUTOFF,
    ECP_PJ_WEIGHT,
    ECP_PJ_DELAY,
    ECP_PJ_PORT,
    ECP_PJ_PRECISION,
    ECP_PJ_AUTAPSES,
    ECP_PJ_MULTAPSES,
    ECP_PJ_KEYS
};

/* What one element of the list says for all of its projections. */
struct ecp_projection_values {
    const char *name, *port;
    int many; /* more than one projection */
    int rule, kernel, precision, autapses, multapses;
    size_t number;
    double probability, scale, cutoff;
};

/* Refuse keys of other rules, and, where `complete`, name what is missing. */
enum ecp_status ecp_projection_rule_keys(const struct ecp_node *element, const struct ecp_key *key,
                                         int rule, int complete);

/* The edges of `edges` or `file`. */
enum ecp_status ecp_projection_edges(struct ecp_reader *reader, struct ecp_plan_projection *p,
                                     const struct ecp_key *key, const char *weight_unit);

#endif
