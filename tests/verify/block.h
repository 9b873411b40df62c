/* block.h -- one neuron model by itself: its columns, without the engine. */
#ifndef ECP_TESTS_BLOCK_H
#define ECP_TESTS_BLOCK_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/neuron.h"

struct block {
    const struct ecp_neuron_model *model;
    size_t n, n_fields;
    double dt;
    double param[ECP_MAX_FIELDS];
    ecp_real derived[ECP_MAX_DERIVED];
    ecp_real *column[ECP_MAX_FIELDS];
    uint16_t *counter[ECP_MAX_FIELDS];
    uint8_t *fired;
    const char *scheme; /* NULL: the default */
};

static inline int block_has_column(enum ecp_field_kind kind)
{
    return kind != ECP_PARAM && kind != ECP_COUNTER && kind != ECP_RESULT;
}

static inline void *block_column(size_t n, size_t size)
{
    const size_t bytes = (n * size / ECP_ALIGNMENT + 2) * ECP_ALIGNMENT;
    void *at = aligned_alloc(ECP_ALIGNMENT, bytes);
    if (at == NULL)
        abort();
    memset(at, 0, bytes);
    return at;
}

/* Defaults everywhere; derive is not called. */
static inline void block_init(struct block *b, const struct ecp_neuron_model *model, size_t n,
                              double dt)
{
    memset(b, 0, sizeof *b);
    b->model = model;
    b->n = n;
    b->dt = dt;
    b->n_fields = ecp_field_count(model->fields);
    b->fired = block_column(n, 1);
    for (size_t f = 0; f < b->n_fields; f++) {
        const struct ecp_field *field = &model->fields[f];
        b->param[f] = field->initial;
        if (field->kind == ECP_COUNTER)
            b->counter[f] = block_column(n, sizeof **b->counter);
        if (block_has_column(field->kind)) {
            b->column[f] = block_column(n, sizeof **b->column);
            for (size_t j = 0; j < n; j++)
                b->column[f][j] = (ecp_real)field->initial;
        }
    }
}

static inline void block_clear(struct block *b)
{
    for (size_t f = 0; f < b->n_fields; f++) {
        free(b->column[f]);
        free(b->counter[f]);
    }
    free(b->fired);
}

/* Set a parameter, or a column to one value; unknown names are ignored, so
 * that one list serves models that differ. */
static inline void block_set(struct block *b, const char *field, double value)
{
    const int f = ecp_field_find(b->model->fields, field);
    if (f < 0)
        return;
    b->param[f] = value;
    for (size_t j = 0; j < b->n && b->column[f]; j++)
        b->column[f][j] = (ecp_real)value;
}

static inline enum ecp_status block_derive(struct block *b)
{
    return b->model->derive ? b->model->derive(b->param, b->dt, b->derived) : ECP_OK;
}

/* Column of a field by name; NULL where there is none. */
static inline ecp_real *block_field(const struct block *b, const char *field)
{
    const int f = ecp_field_find(b->model->fields, field);
    return f < 0 ? NULL : b->column[f];
}

/* The port that takes a weight of this sign. */
static inline ecp_real *block_port(const struct block *b, double weight)
{
    ecp_real *port = block_field(b, weight < 0 ? "in" : "ex");
    const int first = ecp_field_of_kind(b->model->fields, ECP_INPUT, 0);
    return port ? port : first < 0 ? NULL : b->column[first];
}

/* One step of the neurons from `first` on, `n` of them. */
static inline void block_update_part(struct block *b, ecp_step step, size_t first, size_t n)
{
    ecp_real *column[ECP_MAX_FIELDS] = {NULL};
    uint16_t *counter[ECP_MAX_FIELDS] = {NULL};
    for (size_t f = 0; f < b->n_fields; f++) {
        column[f] = b->column[f] ? b->column[f] + first : NULL;
        counter[f] = b->counter[f] ? b->counter[f] + first : NULL;
    }
    const struct ecp_block part = {.n = n,
                                   .first = (ecp_lid)first,
                                   .step = step,
                                   .param = b->param,
                                   .derived = b->derived,
                                   .column = column,
                                   .counter = counter,
                                   .fired = b->fired + first};
    void (*update)(const struct ecp_block *) = NULL;
    if (ecp_neuron_scheme(b->model, b->scheme, &update) != ECP_OK)
        abort();
    if (update)
        update(&part);
    else
        ecp_flow_update(b->model->flow, b->dt, &part);
}

static inline void block_update(struct block *b, ecp_step step)
{
    block_update_part(b, step, 0, b->n);
}

#endif
