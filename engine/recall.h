/* recall.h -- the memories of a plan at work: storing, passing time, recalling, and what
 * came out of it as numbers and tables. */
#ifndef ECP_RECALL_H
#define ECP_RECALL_H

#include "engine/field.h"
#include "engine/plan_memory.h"
#include "engine/store_tables.h"

/* Results of every recall: MEMORY.RECALL.FIELD. */
enum {
    ECP_RECALL_OVERLAP,
    ECP_RECALL_EXACT,
    ECP_RECALL_ERROR,
    ECP_RECALL_FOUND,
    ECP_RECALL_CONFIDENCE,
    ECP_RECALL_RESULTS
};
extern const struct ecp_field ecp_recall_fields[]; /* ends with {0} */

/* The k-th recall of a plan, through all memories: "MEMORY.RECALL" in `label` of
 * ECP_RECALL_LABEL; 0 when there are no more. */
enum { ECP_RECALL_LABEL = 160 };
int ecp_plan_recall(const struct ecp_plan *plan, size_t k, char *label);

struct ecp_memories;

/* All memories, empty. `plan` is checked and outlives them. ECP_ENOMEM; what `create` of
 * a member says. */
enum ecp_status ecp_memories_create(const struct ecp_plan *plan, struct ecp_memories **out);
void ecp_memories_destroy(struct ecp_memories *memories);

/* Do what is to be done up to `time` (ms; included) and let it pass. `ask` is called now
 * and then with the share of all that is done, and ends it (ECP_ESTOPPED) by returning
 * 1; NULL: it cannot be stopped. */
struct ecp_memories_asking {
    int (*ask)(void *context, double done, const char *at);
    void *context;
};
enum ecp_status ecp_memories_until(struct ecp_memories *memories, double time,
                                   const struct ecp_memories_asking *asking);
/* When there is something to do next; INFINITY: never. */
double ecp_memories_next(const struct ecp_memories *memories);

struct ecp_memory *ecp_memories_at(const struct ecp_memories *memories, size_t k);

/* Results, ECP_RECALL_RESULTS of each recall in the order of ecp_plan_recall; NAN: it has
 * not taken place, or has no targets. */
const double *ecp_memories_results(const struct ecp_memories *memories);
/* How many cues the k-th recall had. */
size_t ecp_memories_cues(const struct ecp_memories *memories, size_t k);

/* Wall time that they took. */
double ecp_memories_seconds(const struct ecp_memories *memories);

/* DIR/memories.h5: keys, values, cues, what was recalled, and the matrices of the
 * memories. An earlier one is replaced, or removed where the plan has no memories. */
enum ecp_status ecp_memories_write(const struct ecp_memories *memories, const char *dir);

/* What a recall is worth (recall_measure.c): n rows of `size`; `stored` n_stored rows of
 * the same, among which a row is to be found. `cue` (n x 4: overlap, exact, error, found)
 * takes the same of each row, or is NULL. ECP_ENOMEM. */
struct ecp_recalled {
    size_t n, size;
    const double *recalled, *target, *stored;
    size_t n_stored;
    double tolerance;
};
enum ecp_status ecp_recall_measure(const struct ecp_recalled *recalled, double *result,
                                   double *cue);

#endif
