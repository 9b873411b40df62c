/* route.h -- the ways that spikes take between ranks.
 *
 * A rank with few neighbours writes to each of them. Where ranks have many, letters go
 * in two hops over a grid of about as many columns as rows: what is for ranks of column c
 * goes to the rank of that column in the own row (its relay), and this one writes to the
 * ranks of its column. So a rank sends about 2 sqrt(R) letters and not R. The last row
 * may be short: those of its ranks that have no relay for a column in their own row have
 * one in another.
 *
 *      row(r) = r / columns     column(r) = r % columns */
#ifndef ECP_ROUTE_H
#define ECP_ROUTE_H

/* Over so many neighbours of a rank, and so many times the root of the ranks, letters
 * go in two hops. */
enum { ECP_ROUTE_NEIGHBOURS = 64, ECP_ROUTE_ROOTS = 4 };

struct ecp_grid {
    int n, columns, rows; /* n ranks; columns 0: no grid */
};

static inline struct ecp_grid ecp_grid_of(int n)
{
    struct ecp_grid grid = {n, 1, 0};
    while ((long long)grid.columns * grid.columns < n)
        grid.columns++;
    grid.rows = (n + grid.columns - 1) / grid.columns;
    return grid;
}

/* `neighbours`: the most that any rank has. */
static inline int ecp_route_pays(int n, int neighbours)
{
    const long long many = neighbours;
    return many > ECP_ROUTE_NEIGHBOURS &&
           many * many > (long long)ECP_ROUTE_ROOTS * ECP_ROUTE_ROOTS * n;
}

static inline int ecp_grid_column(const struct ecp_grid *grid, int rank)
{
    return rank % grid->columns;
}

/* Who passes on to column `column` what rank `from` sends; itself in its own column. */
static inline int ecp_grid_relay(const struct ecp_grid *grid, int from, int column)
{
    const int rank = from - from % grid->columns + column;
    return rank < grid->n ? rank : from % grid->columns % (grid->rows - 1) * grid->columns + column;
}

/* The k-th rank, ascending, that has `relay` as a relay; -1: there are no more. */
static inline int ecp_grid_origin(const struct ecp_grid *grid, int relay, int k)
{
    const int row = relay / grid->columns, in_row = relay - relay % grid->columns + k;
    if (k < grid->columns)
        return in_row < grid->n ? in_row : -1;
    /* Those of a short last row. */
    const int last = (grid->rows - 1) * grid->columns;
    if (row == grid->rows - 1 || last + relay % grid->columns < grid->n)
        return -1;
    const int rank = last + row + (k - grid->columns) * (grid->rows - 1);
    return rank < grid->n ? rank : -1;
}

#endif
