/* plan_memory.h -- associative memories in a plan: what is stored in them when, and with
 * which cues it is recalled. */
#ifndef ECP_PLAN_MEMORY_H
#define ECP_PLAN_MEMORY_H

#include "engine/memory.h"
#include "engine/plan.h"

/* ---- where rows of numbers come from ------------------------------------------- */

enum ecp_row_origin {
    ECP_ROWS_NONE,
    ECP_ROWS_FILE,
    ECP_ROWS_RANDOM,
    ECP_ROWS_STORED /* cues: what is stored, changed */
};

enum ecp_row_law {
    ECP_LAW_SIGNS, /* -1 and 1, one as likely as the other */
    ECP_LAW_BITS,  /* 1 with probability `density`, else 0 */
    ECP_LAW_NORMAL,
    ECP_LAW_SPHERE, /* uniform on the unit sphere */
    ECP_LAW_UNIFORM /* from -1 to 1 */
};

enum ecp_row_form {
    ECP_FORM_REAL,
    ECP_FORM_SIGNS,  /* above `threshold` 1, else -1 */
    ECP_FORM_BITS,   /* above `threshold` 1, else 0 */
    ECP_FORM_ONE_HOT /* whole numbers 0 .. classes - 1: one of `size` is 1 */
};

struct ecp_row_source {
    enum ecp_row_origin origin;

    const char *file, *dataset; /* FILE */
    size_t from, to;            /* rows of it; to 0: to the end */
    double scale;               /* numbers of the file times this ... */
    enum ecp_row_form form;
    double threshold; /* ... compared with this */
    size_t classes;   /* ONE_HOT; 0: the largest label and one */
    int unit_length;  /* rows are scaled to length 1 */

    enum ecp_row_law law; /* RANDOM */
    double density;

    size_t first;             /* STORED: items first .. first + n - 1; n 0: all */
    double flip, noise, mask; /* probability; standard deviation; probability of 0 */

    uint64_t seed;
    uint32_t subject; /* tells sources of one plan apart */

    size_t n, size;
    const double *data; /* n x size; NULL: STORED */
};

/* ---- what is done with a memory --------------------------------------------------- */

enum ecp_operation_kind { ECP_OPERATION_STORE, ECP_OPERATION_WEIGH, ECP_OPERATION_RECALL };

struct ecp_operation {
    enum ecp_operation_kind kind;
    const char *name;                    /* of a recall */
    double time;                         /* ms; at equal times in this order: kind, config */
    struct ecp_row_source keys;          /* stored; of a recall: its cues */
    struct ecp_row_source values;        /* stored; of a recall: what is sought */
    double strength, decay;              /* of each item stored: NAN: not given; what is kept */
    double tolerance;                    /* of a recall: relative error that counts as none */
    size_t first, n;                     /* WEIGH: items */
    double accessibility, amplification; /* WEIGH */
    struct ecp_place place;
};

/* ---- beside a population ------------------------------------------------------------ */

/* At every whole multiple of `every` from `start` to `stop`, rates in the `every` before
 * are a row of numbers: scale * (rate - offset), thresholded by `form`. */
struct ecp_memory_reading {
    struct ecp_subset source;
    double every, start, stop; /* ms */
    double scale, offset;      /* 1/Hz, Hz */
    enum ecp_row_form form;
    double threshold;
};

enum ecp_memory_use {
    ECP_USE_RECALL, /* the row is a cue; what is recalled goes to the stimulus */
    ECP_USE_STORE,  /* the row is a key; its value is `value`'s row, or itself */
};

struct ecp_memory_link {
    const char *name;
    enum ecp_memory_use use;
    struct ecp_memory_reading key, value; /* value.every 0: none */
    int stimulus;                         /* RECALL: whose level it drives; -1: none */
    double gain, base;                    /* level = base + gain * recalled */
    struct ecp_place place;
};

/* ---- a memory ------------------------------------------------------------------------ */

struct ecp_plan_memory {
    const char *name;
    const struct ecp_memory_model *model;
    struct ecp_memory_shape shape; /* 0: as the first source has it */
    uint64_t seed;
    int seed_given;
    size_t n_settings;
    struct ecp_memory_setting *setting;
    size_t n_operations;
    struct ecp_operation *operation; /* by time after the check */
    size_t n_links;
    struct ecp_memory_link *link;
    int keep; /* 0: no matrices in memories.h5 */
    struct ecp_place place;
};

/* ECP_ENOTFOUND (model), ECP_ECONFIG (name taken), ECP_ENOMEM. */
enum ecp_status ecp_plan_add_memory(struct ecp_plan *plan, const char *name, const char *model,
                                    struct ecp_plan_memory **out);
/* Room for one more; valid until the next is added. */
enum ecp_status ecp_memory_add_operation(struct ecp_plan *plan, struct ecp_plan_memory *memory,
                                         enum ecp_operation_kind kind, struct ecp_operation **out);
enum ecp_status ecp_memory_add_link(struct ecp_plan *plan, struct ecp_plan_memory *memory,
                                    struct ecp_memory_link **out);
int ecp_plan_memory_index(const struct ecp_plan *plan, const char *name);

/* A setup with which ecp_memory_create makes it. */
struct ecp_memory_setup ecp_plan_memory_setup(const struct ecp_plan *plan,
                                              const struct ecp_plan_memory *memory);

/* Shapes, kinds, order of what is done, names. Part of ecp_plan_check. */
enum ecp_status ecp_plan_check_memories(struct ecp_plan *plan);

/* Results of a memory are written beside its matrices, whose names are taken. */
enum ecp_status ecp_memory_check_result(const char *name, const struct ecp_place *place,
                                        const char *key);
/* Those of links (engine/plan_check_links.c). */
enum ecp_status ecp_plan_check_links(const struct ecp_plan *plan,
                                     const struct ecp_plan_memory *memory);

/* ---- rows (engine/row_source.c) ----------------------------------------------------------- */

/* Read or draw them: n, size and data, owned by the plan. For RANDOM and FILE. */
enum ecp_status ecp_row_source_make(struct ecp_plan *plan, struct ecp_row_source *patterns);
/* What is stored with flips, noise and zeros: `out` is n x size. */
void ecp_row_source_change(const struct ecp_row_source *patterns, const double *stored, size_t n,
                           size_t size, double *out);
/* The narrowest kind that all numbers are of. */
enum ecp_pattern_kind ecp_rows_kind(const double *data, size_t count);

extern const char *const ecp_law_words[];
extern const char *const ecp_form_words[];
extern const char *const ecp_use_words[];

#endif
