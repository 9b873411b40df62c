#include "engine/edges.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/connect_private.h"

/* ---- of the list as a whole ------------------------------------------------- */

static void widen(double range[2], size_t row[2], double value, size_t k)
{
    if (k == 0 || value < range[0]) {
        range[0] = value;
        row[0] = k;
    }
    if (k == 0 || value > range[1]) {
        range[1] = value;
        row[1] = k;
    }
}

static void extend_one(struct ecp_edges_extent *e, size_t k, ecp_lid source, ecp_lid target)
{
    if (k == 0 || source > e->source) {
        e->source = source;
        e->source_row = k;
    }
    if (k == 0 || target > e->target) {
        e->target = target;
        e->target_row = k;
    }
    if (source == target && e->self_row == SIZE_MAX) {
        e->self = source;
        e->self_row = k;
    }
}

static void extend_weight(struct ecp_edges_extent *e, size_t k, double weight)
{
    widen(e->weight, e->weight_row, weight, k);
    e->first_weight = k == 0 ? weight : e->first_weight;
    if (e->sign == 0)
        e->sign = (weight > 0) - (weight < 0);
}

static void begin(struct ecp_edges_extent *e, int has_weights, int has_delays)
{
    *e = (struct ecp_edges_extent){
        .has_weights = has_weights, .has_delays = has_delays, .self_row = SIZE_MAX};
}

void ecp_edges_extend(struct ecp_edges_extent *e, const struct ecp_edges_piece *piece)
{
    if (piece->first == 0)
        begin(e, piece->weight != NULL, piece->delay != NULL);
    for (size_t k = 0; k < piece->n; k++) {
        const size_t row = piece->first + k;
        extend_one(e, row, (ecp_lid)piece->source[k], (ecp_lid)piece->target[k]);
        if (piece->weight)
            extend_weight(e, row, piece->weight[k]);
        if (piece->delay)
            widen(e->delay, e->delay_row, piece->delay[k], row);
    }
}

struct ecp_edges_extent ecp_edges_extent_of(const struct ecp_plan_projection *p)
{
    struct ecp_edges_extent e;
    if (p->edges_in_file)
        return *p->edges_in_file;
    begin(&e, p->edges.weight != NULL, p->edges.delay != NULL);
    for (size_t k = 0; k < p->edges.n; k++) {
        if (p->edges.source && p->edges.target)
            extend_one(&e, k, p->edges.source[k], p->edges.target[k]);
        if (p->edges.weight)
            extend_weight(&e, k, p->edges.weight[k]);
        if (p->edges.delay)
            widen(e.delay, e.delay_row, p->edges.delay[k], k);
    }
    return e;
}

int ecp_edges_have_weights(const struct ecp_plan_projection *p)
{
    return p->rule == ECP_RULE_EXPLICIT &&
           (p->edges_in_file ? p->edges_in_file->has_weights : p->edges.weight != NULL);
}

int ecp_edges_have_delays(const struct ecp_plan_projection *p)
{
    return p->rule == ECP_RULE_EXPLICIT &&
           (p->edges_in_file ? p->edges_in_file->has_delays : p->edges.delay != NULL);
}

enum ecp_status ecp_edges_load(struct ecp_plan *plan, struct ecp_plan_projection *p)
{
    if (!p->edges_in_file)
        return ECP_OK;
    const enum ecp_status status = ecp_input_edges(plan, p->edges_file, &p->edges);
    if (status == ECP_OK)
        p->edges_in_file = NULL;
    return status;
}

/* ---- those of one rank -------------------------------------------------------- */

struct keeping {
    const struct ecp_connector *connector;
    struct ecp_own_edges *own;
    size_t n; /* of the file so far */
};

static int grow(struct ecp_own_edges *own, const struct ecp_edges_piece *piece)
{
    const size_t room = own->capacity ? own->capacity + own->capacity / 2 : 1024;
    uint32_t *row = realloc(own->row, room * sizeof *row);
    own->row = row ? row : own->row;
    ecp_lid *source = realloc(own->source, room * sizeof *source);
    own->source = source ? source : own->source;
    ecp_lid *target = realloc(own->target, room * sizeof *target);
    own->target = target ? target : own->target;
    double *weight = piece->weight ? realloc(own->weight, room * sizeof *weight) : NULL;
    own->weight = weight ? weight : own->weight;
    double *delay = piece->delay ? realloc(own->delay, room * sizeof *delay) : NULL;
    own->delay = delay ? delay : own->delay;
    if (!row || !source || !target || (piece->weight && !weight) || (piece->delay && !delay))
        return 0;
    own->capacity = room;
    return 1;
}

enum ecp_status ecp_edges_check_piece(const struct ecp_connector *c,
                                      const struct ecp_edges_piece *piece)
{
    const struct ecp_edges_extent *e = c->plan->edges_in_file;
    int fine = piece->first + piece->n <= c->plan->edges.n &&
               (piece->weight != NULL) == e->has_weights && (piece->delay != NULL) == e->has_delays;
    for (size_t k = 0; k < piece->n && fine; k++)
        fine =
            piece->source[k] <= e->source && piece->target[k] <= e->target &&
            (!piece->weight ||
             (piece->weight[k] >= e->weight[0] && piece->weight[k] <= e->weight[1])) &&
            (!piece->delay || (piece->delay[k] >= e->delay[0] && piece->delay[k] <= e->delay[1]));
    return fine ? ECP_OK
                : ecp_fail(ECP_EIO, "%s: is not what it was when the config was read",
                           c->plan->edges_file);
}

static enum ecp_status keep_piece(void *context, const struct ecp_edges_piece *piece)
{
    struct keeping *keeping = context;
    struct ecp_own_edges *own = keeping->own;
    const enum ecp_status status = ecp_edges_check_piece(keeping->connector, piece);
    if (status != ECP_OK)
        return status;
    for (size_t k = 0; k < piece->n; k++) {
        const ecp_lid target = (ecp_lid)piece->target[k];
        if (target - own->first >= own->n_targets)
            continue;
        if (own->n == own->capacity && !grow(own, piece))
            return ecp_fail(ECP_ENOMEM, "no memory for the edges of %s",
                            keeping->connector->plan->name);
        own->row[own->n] = (uint32_t)(piece->first + k);
        own->source[own->n] = (ecp_lid)piece->source[k];
        own->target[own->n] = target;
        if (piece->weight)
            own->weight[own->n] = piece->weight[k];
        if (piece->delay)
            own->delay[own->n] = piece->delay[k];
        own->n++;
    }
    keeping->n = piece->first + piece->n;
    return ECP_OK;
}

enum ecp_status ecp_connector_keep(struct ecp_connector *connector, ecp_lid first, ecp_lid n)
{
    if (connector->plan->rule != ECP_RULE_EXPLICIT || !connector->plan->edges_in_file)
        return ECP_OK;
    ecp_connector_forget(connector);
    struct ecp_own_edges *own = calloc(1, sizeof *own);
    if (!own)
        return ecp_fail(ECP_ENOMEM, "no memory for the edges of %s", connector->plan->name);
    own->first = first;
    own->n_targets = n;
    connector->own = own;
    struct keeping keeping = {connector, own, 0};
    enum ecp_status status =
        ecp_input_edges_pieces(connector->plan->edges_file, keep_piece, &keeping);
    if (status == ECP_OK && keeping.n != connector->plan->edges.n)
        status = ecp_fail(ECP_EIO, "%s: is not what it was when the config was read",
                          connector->plan->edges_file);
    return status;
}

void ecp_connector_forget(struct ecp_connector *connector)
{
    struct ecp_own_edges *own = connector->own;
    if (!own)
        return;
    free(own->row);
    free(own->source);
    free(own->target);
    free(own->weight);
    free(own->delay);
    free(own);
    connector->own = NULL;
}
