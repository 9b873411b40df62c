#include "engine/input_types.h"

#include <stdlib.h>
#include <string.h>

enum ecp_status ecp_edges_name_read(const char *name, struct ecp_edges_name *out)
{
    struct ecp_edges_name parts = {.file = strdup(name)};
    if (!parts.file)
        return ecp_fail(ECP_ENOMEM, "no memory for the name of a file");
    char *bar = strchr(parts.file, '|');
    if (bar) {
        *bar = '\0';
        parts.types = bar + 1;
    }
    char *colon = strstr(parts.file, ":/");
    if (colon && colon > parts.file) {
        *colon = '\0';
        parts.inside = colon + 2;
    }
    *out = parts;
    return ECP_OK;
}

void ecp_edges_name_clear(struct ecp_edges_name *name)
{
    free(name->file);
    *name = (struct ecp_edges_name){0};
}

/* ---- edge_types.csv -------------------------------------------------------------- */

static enum ecp_status append(void *context, const struct ecp_columns *piece, size_t first)
{
    struct ecp_columns *all = context;
    const size_t n = first + piece->n_rows;
    for (size_t k = 0; k < ECP_COLUMNS_MAX; k++) {
        if (!piece->value[k])
            continue;
        double *longer = realloc(all->value[k], (n + 1) * sizeof *longer);
        if (!longer)
            return ecp_fail(ECP_ENOMEM, "no memory for %zu edge types", n);
        if (piece->n_rows > 0)
            memcpy(longer + first, piece->value[k], piece->n_rows * sizeof *longer);
        all->value[k] = longer;
    }
    all->n_rows = n;
    return ECP_OK;
}

enum ecp_status ecp_edge_types_read(const char *path, const struct ecp_wanted *wanted,
                                    struct ecp_edge_types *out)
{
    struct ecp_column column[ECP_COLUMNS_MAX] = {{"edge_type_id", ECP_COLUMN_INDEX, 0}};
    struct ecp_wanted here = {1, column, 0};
    struct ecp_edge_types types = {0};
    for (size_t c = 0; c < wanted->n; c++) {
        types.of[c] = -1;
        if (!wanted->column[c].optional || here.n == ECP_COLUMNS_MAX)
            continue;
        column[here.n] = wanted->column[c];
        types.of[c] = (int)here.n++;
    }
    const enum ecp_status status =
        ecp_columns_csv(path, &here, &(struct ecp_columns_taker){append, &types.columns});
    if (status != ECP_OK) {
        ecp_columns_clear(&types.columns);
        return status;
    }
    for (size_t c = 0; c < wanted->n; c++)
        if (types.of[c] >= 0 && !types.columns.value[types.of[c]])
            types.of[c] = -1;
    *out = types;
    return ECP_OK;
}

enum ecp_status ecp_edge_types_find(const struct ecp_edge_types *types, const char *path,
                                    int64_t id, size_t *row)
{
    for (size_t k = 0; k < types->columns.n_rows; k++)
        if (types->columns.value[0][k] == (double)id) {
            *row = k;
            return ECP_OK;
        }
    return ecp_fail(ECP_ECONFIG, "%s: no edge_type_id %lld, which an edge has", path,
                    (long long)id);
}

void ecp_edge_types_clear(struct ecp_edge_types *types)
{
    ecp_columns_clear(&types->columns);
}
