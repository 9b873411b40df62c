/* config_reader.h -- from the tree of a config to a plan. */
#ifndef ECP_CONFIG_READER_H
#define ECP_CONFIG_READER_H

#include "engine/config_node.h"
#include "engine/config_units.h"
#include "engine/plan.h"

struct ecp_plugins;
struct ecp_scenario;

struct ecp_reader {
    struct ecp_arena *arena; /* of the tree: what need not outlive the reading */
    struct ecp_plan *plan;
    struct ecp_units *units;
    const struct ecp_node *root;
    const char *name;                    /* of the file, as in messages */
    const struct ecp_scenario *scenario; /* NULL: written out in full */
    double *scenario_param;
    const char **scenario_text;

    /* Elements that the scenario made: what comes later may change them. */
    size_t given_projections, given_gaps, given_stimuli, given_probes;

    const char *tree_file, *plan_file; /* the last name copied for a place */
};

/* Read everything, check it, and give the plan its config_text. `plugins` may
 * be NULL. */
enum ecp_status ecp_reader_plan(struct ecp_arena *arena, const struct ecp_node *root,
                                const char *name, struct ecp_plugins *plugins,
                                struct ecp_plan **out);

/* Of `duration` and `phases` the one that the other, typed on the command
 * line, replaces; NULL: none. */
const struct ecp_node *ecp_reader_overruled(const struct ecp_node *root);

/* ---- groups of known keys -------------------------------------------------- */

enum ecp_key_type {
    ECP_KEY_NODE,   /* looked at by the caller, through `node`       */
    ECP_KEY_TEXT,   /* const char *, owned by the plan               */
    ECP_KEY_WORD,   /* int: position in `words`                      */
    ECP_KEY_COUNT,  /* size_t, lowest .. highest                     */
    ECP_KEY_NUMBER, /* double in `unit`, lowest .. highest           */
    ECP_KEY_BOOL    /* int                                           */
};

struct ecp_key {
    const char *name;
    enum ecp_key_type type;
    void *out; /* left untouched where the key is not given */
    const char *unit;
    const char *const *words; /* ends with NULL */
    double lowest, highest;   /* both 0: any */
    struct ecp_node *node;    /* out: where it stands, or NULL */
};

/* Read a group's keys; one that is not in the table is refused. */
enum ecp_status ecp_read_keys(struct ecp_reader *reader, const struct ecp_node *group,
                              struct ecp_key *keys, size_t n);

/* "group.key: is missing; allowed: ALLOWED", at the group. */
enum ecp_status ecp_refuse_missing(const struct ecp_node *group, const char *key,
                                   const char *allowed);

/* "there is no stimulus \"driv\"; did you mean ...", at the node. */
enum ecp_status ecp_refuse_no_element(const struct ecp_node *node, const char *kind,
                                      const char *name, const char *const *names, size_t n);
enum ecp_status ecp_refuse_no_stimulus(const struct ecp_plan *plan, const struct ecp_node *node,
                                       const char *name);
enum ecp_status ecp_refuse_no_probe(const struct ecp_plan *plan, const struct ecp_node *node,
                                    const char *name);

/* Does it come from the command line? */
int ecp_is_typed(const struct ecp_node *node);

/* Refuse what is not a group, or not a list. */
enum ecp_status ecp_expect_group(const struct ecp_node *node);
enum ecp_status ecp_expect_list(const struct ecp_node *node);

/* ---- single values --------------------------------------------------------- */

enum ecp_status ecp_read_text(struct ecp_reader *reader, const struct ecp_node *node,
                              const char **out);
enum ecp_status ecp_read_word(const struct ecp_node *node, const char *const *words, int *out);
enum ecp_status ecp_read_count(const struct ecp_node *node, double lowest, double highest,
                               size_t *out);
enum ecp_status ecp_read_bool(const struct ecp_node *node, int *out);
enum ecp_status ecp_read_number(struct ecp_reader *reader, const struct ecp_node *node,
                                const char *unit, double *out);

/* Numbers of a list, or one number; owned by the plan. */
enum ecp_status ecp_read_numbers(struct ecp_reader *reader, const struct ecp_node *node,
                                 const char *unit, size_t *n, double **out);
/* Indices of neurons. */
enum ecp_status ecp_read_indices(struct ecp_reader *reader, const struct ecp_node *node, size_t *n,
                                 ecp_lid **out);

/* A number, a law { dist = ... }, a list, or { file = ... }. */
enum ecp_status ecp_read_value(struct ecp_reader *reader, const struct ecp_node *node,
                               const char *unit, struct ecp_draw *out);

/* A field's value: refused outside the field's range as well. */
enum ecp_status ecp_read_field(struct ecp_reader *reader, const struct ecp_node *node,
                               const struct ecp_field *field, struct ecp_draw *out);
/* The same for parameters that are one number. */
enum ecp_status ecp_read_field_number(struct ecp_reader *reader, const struct ecp_node *node,
                                      const struct ecp_field *field, double *out);

/* A file named in the config, found next to it; owned by the plan. The node
 * keeps the whole path, so that the effective config finds it from anywhere. */
enum ecp_status ecp_read_path(struct ecp_reader *reader, struct ecp_node *node, const char **out);

/* A file, or "FILE:/GROUP/DATASET", likewise; refused where there is no such file. */
enum ecp_status ecp_read_data_path(struct ecp_reader *reader, struct ecp_node *node,
                                   const char **out);

/* "E", or ("E", "I"), or, where `star`, "*" for all: indices, owned by the
 * tree's arena. */
enum ecp_status ecp_read_populations(struct ecp_reader *reader, const struct ecp_node *node,
                                     int star, size_t *n, int **out);

/* `out` holds the whole population; a group { first, count, stride } or
 * { list } makes it a part. */
enum ecp_status ecp_read_subset(struct ecp_reader *reader, const struct ecp_node *node,
                                struct ecp_subset *out);

/* The node's place, for the plan. */
struct ecp_place ecp_reader_place(struct ecp_reader *reader, const struct ecp_node *node);

/* ---- sections -------------------------------------------------------------- */

enum ecp_status ecp_reader_scenario(struct ecp_reader *reader, const struct ecp_node *scenario,
                                    const struct ecp_node *network);
enum ecp_status ecp_reader_populations(struct ecp_reader *reader, const struct ecp_node *node);
enum ecp_status ecp_reader_projections(struct ecp_reader *reader, const struct ecp_node *node);
enum ecp_status ecp_reader_stimuli(struct ecp_reader *reader, const struct ecp_node *node);
enum ecp_status ecp_reader_probes(struct ecp_reader *reader, const struct ecp_node *node);
enum ecp_status ecp_reader_phases(struct ecp_reader *reader, const struct ecp_node *node);
enum ecp_status ecp_reader_analyses(struct ecp_reader *reader, struct ecp_node *node);
/* Of those: parameters of a measure; is it one of data sets (comparison.h)? */
struct ecp_analysis;
enum ecp_status ecp_reader_measure(struct ecp_reader *reader, const struct ecp_node *group,
                                   const struct ecp_analysis *measure, double *param);
int ecp_reader_compares(const struct ecp_reader *reader, const struct ecp_node *node);
enum ecp_status ecp_reader_comparison(struct ecp_reader *reader, struct ecp_node *node);
enum ecp_status ecp_reader_memories(struct ecp_reader *reader, const struct ecp_node *node);
enum ecp_status ecp_reader_sweep(struct ecp_reader *reader, const struct ecp_node *node);
enum ecp_status ecp_reader_claims(struct ecp_reader *reader, const struct ecp_node *node);

#endif
