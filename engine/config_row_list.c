/* Rows of numbers that stand in the config itself. */
#include "engine/config_memory.h"

static int is_number(const struct ecp_node *node)
{
    return node->kind == ECP_NODE_WHOLE || node->kind == ECP_NODE_NUMBER;
}

/* Numbers in a row; 0: it is none. */
static size_t size_of(const struct ecp_node *row)
{
    return is_number(row) ? 1 : row->kind == ECP_NODE_LIST ? row->n_children : 0;
}

enum ecp_status ecp_read_row_list(struct ecp_reader *reader, const struct ecp_node *list,
                                  struct ecp_row_source *out)
{
    const size_t n = list->n_children, size = n > 0 ? size_of(list->child) : 0;
    double *data = n > 0 ? ecp_arena_array(reader->plan->arena, n * size + 1, sizeof *data) : NULL;
    double *to = data;
    if (n == 0)
        return ecp_node_wrong(list, "at least one row");
    if (!data)
        return ecp_fail(ECP_ENOMEM, "no memory for %zu rows of a config", n);
    for (const struct ecp_node *row = list->child; row; row = row->next) {
        if (size_of(row) == 0)
            return ecp_node_wrong(row, "a number, or a list of numbers");
        if (size_of(row) != size)
            return ecp_node_refuse(row, "found %zu numbers; allowed: %zu, as in the first row",
                                   size_of(row), size);
        if (is_number(row))
            *to++ = row->number;
        for (const struct ecp_node *at = row->child; at; at = at->next) {
            if (!is_number(at))
                return ecp_node_wrong(at, "a number");
            *to++ = at->number;
        }
    }
    out->origin = ECP_ROWS_LIST;
    out->n = n;
    out->size = size;
    out->data = data;
    return ECP_OK;
}
