/* The grid over which letters go in two hops: every rank reaches every other through one
 * relay, and relays know their origins. */
#include <math.h>

#include "engine/route.h"
#include "tests/support.h"

static void check_rank(const struct ecp_grid *grid, int relay, int *seen)
{
    int last = -1, origin = 0;
    for (int k = 0; (origin = ecp_grid_origin(grid, relay, k)) >= 0; k++) {
        CU_ASSERT_FATAL(origin < grid->n && origin > last);
        last = origin;
        CU_ASSERT_EQUAL(ecp_grid_relay(grid, origin, ecp_grid_column(grid, relay)), relay);
        seen[origin]++;
    }
}

/* Each origin has one relay in each column, and is among the origins of each of them. */
static void relays(void)
{
    static int seen[1000];
    for (int n = 2; n < 1000; n = n < 130 ? n + 1 : n + 29) {
        const struct ecp_grid grid = ecp_grid_of(n);
        int wrong = 0;
        CU_ASSERT_EQUAL(grid.columns, (int)ceil(sqrt(n)));
        CU_ASSERT(grid.rows * grid.columns >= n && (grid.rows - 1) * grid.columns < n);
        for (int r = 0; r < n; r++)
            seen[r] = 0;
        for (int r = 0; r < n; r++) {
            check_rank(&grid, r, seen);
            wrong += ecp_grid_relay(&grid, r, ecp_grid_column(&grid, r)) != r;
            for (int c = 0; c < grid.columns; c++) {
                const int relay = ecp_grid_relay(&grid, r, c);
                wrong += relay < 0 || relay >= n || ecp_grid_column(&grid, relay) != c;
            }
        }
        for (int r = 0; r < n; r++)
            wrong += seen[r] != grid.columns;
        CU_ASSERT_EQUAL(wrong, 0);
    }
}

/* No relay has much more to do than others. */
static void shared_work(void)
{
    for (int n = 50; n < 70000; n += n / 3) {
        const struct ecp_grid grid = ecp_grid_of(n);
        int most = 0;
        for (int r = 0; r < n; r += 1 + n / 500) {
            int k = 0;
            while (ecp_grid_origin(&grid, r, k) >= 0)
                k++;
            most = k > most ? k : most;
        }
        CU_ASSERT(most <= grid.columns + 2);
    }
}

/* As docs/HPC.md says. */
static void when_it_pays(void)
{
    CU_ASSERT_FALSE(ecp_route_pays(2, 1));
    CU_ASSERT_FALSE(ecp_route_pays(65, 64));
    CU_ASSERT(ecp_route_pays(66, 65));
    CU_ASSERT_FALSE(ecp_route_pays(65536, 26));
    CU_ASSERT_FALSE(ecp_route_pays(65536, 1024));
    CU_ASSERT(ecp_route_pays(65536, 1025));
    CU_ASSERT(ecp_route_pays(65536, 65535));
}

ECP_TEST_MAIN("route", {"relays", relays}, {"shared work", shared_work},
              {"when it pays", when_it_pays})
