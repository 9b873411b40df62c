/* config_write.h -- plans and trees back to text that reads as the same. */
#ifndef ECP_CONFIG_WRITE_H
#define ECP_CONFIG_WRITE_H

#include "engine/config_node.h"
#include "engine/plan.h"
#include "engine/status.h"

struct ecp_reader;

/* The plan in full, with all defaults; *out is owned by the plan. */
enum ecp_status ecp_plan_write(struct ecp_plan *plan, const char **out);

/* The head of the plan, the scenario with all its parameters as they were read, and the
 * other sections as they stand in the tree. */
enum ecp_status ecp_plan_write_scenario(const struct ecp_reader *reader);

/* ---- for the writers themselves: a text that grows ----------------------- */

struct ecp_writer {
    char *text; /* malloc'd */
    size_t length, room;
    int depth;  /* of indentation */
    int failed; /* no memory: nothing more is written */
};

void ecp_write_line(struct ecp_writer *to, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void ecp_write(struct ecp_writer *to, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void ecp_write_indent(struct ecp_writer *to);

/* "text" with libconfig's escapes. */
void ecp_write_text(struct ecp_writer *to, const char *text);

/* The shortest digits that read as the same number. */
void ecp_write_number(struct ecp_writer *to, double value);

/* A plain number for unit "1", else "20 ms" in quotes. */
void ecp_write_quantity(struct ecp_writer *to, double value, const char *unit);
void ecp_write_law(struct ecp_writer *to, const struct ecp_draw *law, const char *unit);

/* `key = ...;` on a line of its own. */
void ecp_write_key_text(struct ecp_writer *to, const char *key, const char *text);
void ecp_write_key_quantity(struct ecp_writer *to, const char *key, double value, const char *unit);
void ecp_write_key_law(struct ecp_writer *to, const char *key, const struct ecp_draw *law,
                       const char *unit);
void ecp_write_key_count(struct ecp_writer *to, const char *key, uint64_t value);
void ecp_write_key_bool(struct ecp_writer *to, const char *key, int value);

void ecp_write_key_numbers(struct ecp_writer *to, const char *key, const double *list, size_t n,
                           const char *unit);
void ecp_write_key_indices(struct ecp_writer *to, const char *key, const ecp_lid *list, size_t n);

/* `key = {`, `key = (`, `{`, and their ends. */
void ecp_write_open(struct ecp_writer *to, const char *key, char bracket);
void ecp_write_close(struct ecp_writer *to, const char *bracket);

/* Nothing for a whole population. */
void ecp_write_subset(struct ecp_writer *to, const struct ecp_plan *plan,
                      const struct ecp_subset *subset);

/* Sections. */
void ecp_write_head(struct ecp_writer *to, const struct ecp_plan *plan);
void ecp_write_projections(struct ecp_writer *to, const struct ecp_plan *plan);
void ecp_write_stimuli(struct ecp_writer *to, const struct ecp_plan *plan);
void ecp_write_probes(struct ecp_writer *to, const struct ecp_plan *plan);
void ecp_write_phases(struct ecp_writer *to, const struct ecp_plan *plan);
void ecp_write_memories(struct ecp_writer *to, const struct ecp_plan *plan);
void ecp_write_scores(struct ecp_writer *to, const struct ecp_plan *plan);

/* A node of the tree as `key = value;`. */
void ecp_write_node(struct ecp_writer *to, const struct ecp_node *node);

#endif
