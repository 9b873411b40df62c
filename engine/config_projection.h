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
    ECP_PJ_EDGE_TYPES,
    ECP_PJ_KERNEL,
    ECP_PJ_SCALE,
    ECP_PJ_CUTOFF,
    ECP_PJ_WEIGHT,
    ECP_PJ_DELAY,
    ECP_PJ_PORT,
    ECP_PJ_PRECISION,
    ECP_PJ_AUTAPSES,
    ECP_PJ_MULTAPSES,
    ECP_PJ_PLASTICITY,
    ECP_PJ_SHORT_TERM,
    ECP_PJ_STRUCTURE,
    ECP_PJ_DELAY_TYPE,
    ECP_PJ_KIND,
    ECP_PJ_KEYS
};

/* What one element of the list says for all of its projections. */
struct ecp_projection_values {
    const char *name, *port;
    int many;     /* more than one projection */
    int coupling; /* of kinds "gap" and "sic" */
    int kind, rule, kernel, precision, autapses, multapses, dendritic;
    size_t number;
    double probability, scale, cutoff;
};

/* The keys of a projection, pointing into `v`. */
void ecp_projection_table(struct ecp_key *key, struct ecp_projection_values *v);

/* "rule: is missing; allowed: ..." */
enum ecp_status ecp_projection_no_rule(const struct ecp_node *element);

/* A law of delays, refused where it is too short or too long. */
enum ecp_status ecp_read_delay(struct ecp_reader *reader, const struct ecp_node *node,
                               struct ecp_draw *out);

/* Is the element of kind "gap" or "sic", or named as couplings of the scenario are? */
int ecp_is_gap(const struct ecp_reader *reader, const struct ecp_node *element);
enum ecp_status ecp_read_gap(struct ecp_reader *reader, const struct ecp_node *element);

/* Is it of kind "tripartite", or named as one that is there? */
int ecp_is_third(const struct ecp_reader *reader, const struct ecp_node *element);
enum ecp_status ecp_read_third(struct ecp_reader *reader, const struct ecp_node *element);
extern const char *const ecp_pool_words[];

/* Refuse keys of other rules, and, where `complete`, name what is missing. */
enum ecp_status ecp_projection_rule_keys(const struct ecp_node *element, const struct ecp_key *key,
                                         int rule, int complete);

/* The group `plasticity`, `short_term` or `structure` of a projection whose port is
 * known. */
enum ecp_status ecp_read_plasticity(struct ecp_reader *reader, const struct ecp_node *group,
                                    struct ecp_plan_projection *p, enum ecp_slot slot);

/* A value of field `field` of a rule of it: a number in its unit, or a word. */
enum ecp_status ecp_read_rule_value(struct ecp_reader *reader, const struct ecp_node *node,
                                    const struct ecp_plan_projection *p,
                                    const struct ecp_plasticity *rule, int field, double *out);

/* The edges of `edges` or `file`. */
enum ecp_status ecp_projection_edges(struct ecp_reader *reader, struct ecp_plan_projection *p,
                                     const struct ecp_key *key, const char *weight_unit);

#endif
