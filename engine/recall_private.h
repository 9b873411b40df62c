/* recall_private.h -- what the files of recall.h share. */
#ifndef ECP_RECALL_PRIVATE_H
#define ECP_RECALL_PRIVATE_H

#include "engine/recall.h"

struct ecp_arena;

/* Rows that grow. */
struct ecp_rowlist {
    size_t n, size, room;
    double *data;
};

/* What one recall, or one link, did. */
struct ecp_recall_log {
    const char *name;
    struct ecp_rowlist cues, recalled, targets; /* targets.n 0: not known */
    struct ecp_rowlist score, measure, time;    /* 1, 4 and 1 a row; time: of links */
    struct ecp_rowlist weights;                 /* of all stored items, where they are wanted */
    double tolerance;
};

struct ecp_memory_run {
    const struct ecp_plan_memory *plan;
    struct ecp_memory *memory;
    double now; /* ms that have passed in it */
    size_t next;
    struct ecp_rowlist keys, values; /* stored */
    size_t n_logs;                   /* recalls, then links, as ecp_plan_recall has them */
    struct ecp_recall_log *log;
    double *result; /* ECP_RECALL_RESULTS of each */
};

struct ecp_memories {
    const struct ecp_plan *plan;
    size_t n_operations, n_done;
    struct ecp_memory_run *run; /* plan->n_memories */
    double *result;
    double seconds;
};

/* `n` more rows; *out is where they are to be written. ECP_ENOMEM. */
enum ecp_status ecp_rows_more(struct ecp_rowlist *rows, size_t n, double **out);

#endif
