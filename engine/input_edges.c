/* input_edges.c -- lists of edges: whole into a plan, or in pieces. */
#include <stdint.h>

#include "engine/edges.h"
#include "engine/input_columns.h"
#include "engine/store.h"

static const struct ecp_column columns[] = {
    {"source source_node_id", ECP_COLUMN_INDEX, 0},
    {"target target_node_id", ECP_COLUMN_INDEX, 0},
    {"weight syn_weight 0/syn_weight", ECP_COLUMN_NUMBER, 1},
    {"delay delay_ms 0/delay", ECP_COLUMN_INSTANT, 1}};
static const struct ecp_wanted wanted = {4, columns, 0};

/* ---- whole ------------------------------------------------------------- */

static enum ecp_status keep(struct ecp_plan *plan, const struct ecp_columns *read,
                            struct ecp_edges *out)
{
    struct ecp_edges edges = {.n = read->n_rows};
    enum ecp_status status;
    ECP_TRY(ecp_columns_keep_indices(plan, read, 0, &edges.source));
    ECP_TRY(ecp_columns_keep_indices(plan, read, 1, &edges.target));
    ECP_TRY(ecp_columns_keep_numbers(plan, read, 2, &edges.weight));
    ECP_TRY(ecp_columns_keep_numbers(plan, read, 3, &edges.delay));
    *out = edges;
done:
    return status;
}

enum ecp_status ecp_input_edges(struct ecp_plan *plan, const char *path, struct ecp_edges *out)
{
    struct ecp_columns read = {0};
    enum ecp_status status;
    ECP_TRY(ecp_columns_read(path, &wanted, &read));
    status = keep(plan, &read, out);
done:
    ecp_columns_clear(&read);
    return status;
}

/* ---- in pieces ------------------------------------------------------------ */

struct passing {
    enum ecp_status (*take)(void *context, const struct ecp_edges_piece *piece);
    void *context;
};

static enum ecp_status pass(void *context, const struct ecp_columns *piece, size_t first)
{
    const struct passing *p = context;
    double *const *value = piece->value;
    return p->take(p->context, &(struct ecp_edges_piece){first, piece->n_rows, value[0], value[1],
                                                         value[2], value[3]});
}

enum ecp_status ecp_input_edges_pieces(const char *path,
                                       enum ecp_status (*take)(void *context,
                                                               const struct ecp_edges_piece *piece),
                                       void *context)
{
    struct passing passing = {take, context};
    const struct ecp_columns_taker taker = {pass, &passing};
    return ecp_columns_pieces(path, &wanted, &taker);
}

struct scanning {
    struct ecp_plan *plan;
    struct ecp_edges edges;
    struct ecp_edges_extent extent;
};

static enum ecp_status scan(void *context, const struct ecp_columns *piece, size_t first)
{
    struct scanning *s = context;
    double *const *value = piece->value;
    const struct ecp_edges_piece edges = {first,    piece->n_rows, value[0],
                                          value[1], value[2],      value[3]};
    s->edges.n = first + piece->n_rows;
    ecp_edges_extend(&s->extent, &edges);
    /* More may follow; what is kept for nothing is one piece. */
    return first == 0 ? keep(s->plan, piece, &s->edges) : ECP_OK;
}

enum ecp_status ecp_input_edges_scan(struct ecp_plan *plan, const char *path,
                                     struct ecp_edges *edges,
                                     const struct ecp_edges_extent **in_file)
{
    struct scanning s = {.plan = plan};
    const struct ecp_columns_taker taker = {scan, &s};
    const enum ecp_status status = ecp_columns_pieces(path, &wanted, &taker);
    if (status != ECP_OK)
        return status;
    if (s.edges.n <= ECP_COLUMNS_AT_ONCE) {
        *edges = s.edges;
        *in_file = NULL;
        return ECP_OK;
    }
    struct ecp_edges_extent *extent = ecp_plan_alloc(plan, sizeof *extent);
    if (!extent)
        return ecp_fail(ECP_ENOMEM, "no memory for the plan");
    *extent = s.extent;
    *in_file = extent;
    *edges = (struct ecp_edges){.n = s.edges.n};
    return ECP_OK;
}
