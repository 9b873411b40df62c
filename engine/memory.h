/* memory.h -- associative memories: what a member gives the engine, and how
 * anybody uses one.
 *
 * All data go in batches, row-major: a row is an item. Numbers are double on
 * this page whatever the precision of populations; members for which speed
 * counts have a parameter `precision` and compute in single precision inside.
 * A memory is used by one thread at a time; inside it may use all. */
#ifndef ECP_MEMORY_H
#define ECP_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "engine/field.h"
#include "engine/status.h"

/* ---- data ---------------------------------------------------------------- */

enum ecp_pattern_kind {
    ECP_PATTERN_REAL,
    ECP_PATTERN_SIGNS, /* -1 and 1 */
    ECP_PATTERN_BITS   /* 0 and 1  */
};

/* Sizes of a key and of a value; how many items are to be expected (0: unknown).
 * value 0: the memory completes patterns, its values are its keys. */
struct ecp_memory_shape {
    size_t key, value, capacity;
};

/* n items in the order in which they come. What is NULL is not given: `values` where
 * the keys are the values; `strength` (n: learning rates, write gates) and `decay` (n x
 * decay_columns, logarithms of what is kept, <= 0; 1 column or as many as the member
 * says) where the member's parameters hold. */
struct ecp_items {
    size_t n;
    const double *keys;   /* n x shape.key */
    const double *values; /* n x shape.value */
    const double *strength;
    const double *decay;
    size_t decay_columns;
};

/* A matrix of a memory's state as a view: valid until the memory is used again. */
struct ecp_memory_part {
    const char *name; /* "keys", "values", "weights" ... */
    const char *meaning;
    size_t rows, columns;
    const double *data;
};

/* A parameter that counts only where a choice has one of some words: "k" where "separation"
 * is "top_k". A config that gives it elsewhere is refused. */
struct ecp_memory_need {
    const char *field, *choice;
    const char *words; /* with blanks between */
};

/* ---- a member --------------------------------------------------------------- */

struct ecp_memory_model {
    const char *name;
    const char *summary;
    const char *equations;
    const char *reference;
    const char *verified_by;
    const struct ecp_field *fields;      /* ECP_PARAM, ECP_WHOLE; ends with {0} */
    const struct ecp_choice *choices;    /* NULL, or ends with {0} */
    const struct ecp_memory_need *needs; /* NULL, or ends with {0} */

    int has_values;                     /* 1: keys to values; 0: completes patterns */
    enum ecp_pattern_kind keys, values; /* what they may be */
    const char *score_meaning;          /* of the memory's own confidence in a recall */

    /* `param` by position in the fields table, checked against its ranges; shape.key > 0
     * (and shape.value > 0 where has_values). `seed`: all that is random in it. ECP_ENOMEM;
     * ECP_ECONFIG (parameters that do not go together). */
    enum ecp_status (*create)(const double *param, struct ecp_memory_shape shape, uint64_t seed,
                              void **self);
    void (*destroy)(void *self); /* NULL is fine */

    /* Inputs are finite and of the right kind, n > 0. A batch is the same as its items one
     * after the other. */
    enum ecp_status (*store)(void *self, const struct ecp_items *items);

    /* values: n x shape.value (or x shape.key); score: n, may be NULL. Nothing of the state
     * changes that a later recall could see. Called with at least one item stored, unless
     * `recalls_empty`. Results need not be finite: the caller looks. */
    enum ecp_status (*recall)(void *self, const double *cues, size_t n, double *values,
                              double *score);
    int recalls_empty;

    /* Item t is stored, then query t is answered from all items up to t; NULL: one at a
     * time by `store` and `recall`. queries: n x shape.key; out: n x shape.value. */
    enum ecp_status (*sequence)(void *self, const struct ecp_items *items, const double *queries,
                                double *out);

    enum ecp_status (*pass_time)(void *self, double ms); /* NULL: timeless */

    /* The whole persistent state as one array, written to *data (malloc'd, the caller
     * frees); and back into a memory of the same model, shape and parameters, after
     * which it recalls the same bits. ECP_EARG: not such an array. */
    enum ecp_status (*image)(void *self, double **data, size_t *count);
    enum ecp_status (*restore)(void *self, const double *data, size_t count);

    /* The k-th matrix of the state; 0 when there are fewer. NULL: none. */
    int (*part)(void *self, size_t k, struct ecp_memory_part *out);

    /* Energy of n states (each like a key); NULL: has none. */
    enum ecp_status (*energy)(void *self, const double *states, size_t n, double *energy);

    /* How well items first .. first + n - 1 can be reached, and how strongly they
     * answer: both 1 after storing. NULL: items cannot be told apart. */
    enum ecp_status (*weigh)(void *self, size_t first, size_t n, double accessibility,
                             double amplification);
};

/* In the order of memory/models.def; ends with NULL. */
extern const struct ecp_memory_model *const ecp_memory_models[];

/* ECP_ENOTFOUND names the nearest. */
enum ecp_status ecp_memory_find(const char *name, const struct ecp_memory_model **out);

/* ---- using one ------------------------------------------------------------------ */

struct ecp_memory;

/* A parameter that is not the default. `word` where it is a choice, else NULL. */
struct ecp_memory_setting {
    const char *name;
    double value;
    const char *word;
};

struct ecp_memory_setup {
    const struct ecp_memory_model *model;
    struct ecp_memory_shape shape;
    uint64_t seed;
    const struct ecp_memory_setting *settings; /* n_settings of them */
    size_t n_settings;
};

/* All functions below check what they are given and what comes out: ECP_EARG with a
 * sentence for shapes, NaN (which item, which component), values that are not of the
 * member's kind, recall from an empty memory; ECP_ENUMERIC where the memory's results
 * are not finite, naming model and item; ECP_ENOTFOUND (settings). */
enum ecp_status ecp_memory_create(const struct ecp_memory_setup *setup, struct ecp_memory **out);
void ecp_memory_destroy(struct ecp_memory *memory);

enum ecp_status ecp_memory_store(struct ecp_memory *memory, const struct ecp_items *items);
/* Keys and values alone; `values` NULL where the memory has none. */
enum ecp_status ecp_memory_store_pairs(struct ecp_memory *memory, const double *keys,
                                       const double *values, size_t n);
enum ecp_status ecp_memory_recall(struct ecp_memory *memory, const double *cues, size_t n,
                                  double *values, double *score);
enum ecp_status ecp_memory_sequence(struct ecp_memory *memory, const struct ecp_items *items,
                                    const double *queries, double *out);
enum ecp_status ecp_memory_pass_time(struct ecp_memory *memory, double ms);
enum ecp_status ecp_memory_image(struct ecp_memory *memory, double **data, size_t *count);
enum ecp_status ecp_memory_restore(struct ecp_memory *memory, const double *data, size_t count);
/* Back to empty, as created. */
enum ecp_status ecp_memory_clear(struct ecp_memory *memory);
int ecp_memory_part(struct ecp_memory *memory, size_t k, struct ecp_memory_part *out);
/* The part of that name, or 0. */
int ecp_memory_part_named(struct ecp_memory *memory, const char *name, struct ecp_memory_part *out);
enum ecp_status ecp_memory_energy(struct ecp_memory *memory, const double *states, size_t n,
                                  double *energy);
enum ecp_status ecp_memory_weigh(struct ecp_memory *memory, size_t first, size_t n,
                                 double accessibility, double amplification);

const struct ecp_memory_model *ecp_memory_model_of(const struct ecp_memory *memory);
struct ecp_memory_shape ecp_memory_shape_of(const struct ecp_memory *memory);
/* By position in the fields table. */
const double *ecp_memory_param(const struct ecp_memory *memory);
/* Items stored since it was empty. */
uint64_t ecp_memory_stored(const struct ecp_memory *memory);
/* Columns of a recalled row. */
size_t ecp_memory_value_size(const struct ecp_memory *memory);

#endif
