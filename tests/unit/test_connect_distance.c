/* Probability as a function of distance: kernels, sheets and grids, with and
 * without periodic edges. */
#include <gsl/gsl_cdf.h>
#include <math.h>

#include "tests/unit/connect_case.h"
#include "tests/unit/statistics.h"

struct setting {
    enum ecp_distance_kernel kernel;
    enum ecp_layout_kind layout;
    int periodic, self;
    double probability, scale, cutoff;
};

static const struct setting settings[] = {
    {ECP_KERNEL_GAUSSIAN, ECP_LAYOUT_SHEET, 0, 0, 0.8, 0.3, INFINITY},
    {ECP_KERNEL_GAUSSIAN, ECP_LAYOUT_GRID, 1, 1, 0.5, 0.25, 0.6},
    {ECP_KERNEL_EXPONENTIAL, ECP_LAYOUT_SHEET, 1, 0, 1, 0.2, INFINITY},
    {ECP_KERNEL_EXPONENTIAL, ECP_LAYOUT_GRID, 0, 1, 0.3, 0.5, 0.9},
    {ECP_KERNEL_DISC, ECP_LAYOUT_SHEET, 1, 1, 0.4, 0.35, INFINITY},
    {ECP_KERNEL_DISC, ECP_LAYOUT_GRID, 0, 0, 1, 0.3, INFINITY},
};

static const double width = 1.5, height = 1;

/* Smallest of the distances to all images, by trying them. */
static double distance(const double *a, const double *b, int periodic)
{
    double least = INFINITY;
    const int reach = periodic ? 1 : 0;
    for (int i = -reach; i <= reach; i++)
        for (int j = -reach; j <= reach; j++)
            least = fmin(least, hypot(a[0] - b[0] + i * width, a[1] - b[1] + j * height));
    return least;
}

static double probability_at(const struct setting *s, double d)
{
    if (d > s->cutoff)
        return 0;
    if (s->kernel == ECP_KERNEL_GAUSSIAN)
        return s->probability * exp(-0.5 * (d / s->scale) * (d / s->scale));
    if (s->kernel == ECP_KERNEL_EXPONENTIAL)
        return s->probability * exp(-d / s->scale);
    return d <= s->scale ? s->probability : 0;
}

static void lay(struct ecp_plan_population *p, const struct setting *s, size_t rows, size_t columns)
{
    p->layout = (struct ecp_layout){s->layout, 0, 0, width, height, s->periodic};
    if (s->layout == ECP_LAYOUT_GRID) {
        p->layout.rows = rows;
        p->layout.columns = columns;
    }
}

enum { BINS = 40 };

/* Seen and expected synapses in bins of distance, the variance of the seen;
 * synapses where there can be none. */
static int collect(const struct case_of *c, const struct setting *s, const struct list *list,
                   double table[3][BINS])
{
    const size_t n_source = c->connector.n_source, n_target = c->connector.n_target;
    const double *from = c->connector.source_position, *to = c->connector.target_position;
    const double longest = hypot(width, height);
    int impossible = 0;
    for (size_t k = 0; k < list->n; k++) {
        const struct synapse *y = &list->synapse[k];
        const double d = distance(from + 2 * y->source, to + 2 * y->target, s->periodic);
        table[0][(size_t)(d / longest * (BINS - 1))]++;
        impossible += probability_at(s, d) <= 0 || (s->self && y->source == y->target);
    }
    for (size_t i = 0; i < n_source; i++)
        for (size_t j = 0; j < n_target; j++) {
            const double d = distance(from + 2 * i, to + 2 * j, s->periodic);
            const double p = s->self && i == j ? 0 : probability_at(s, d);
            table[1][(size_t)(d / longest * (BINS - 1))] += p;
            table[2][(size_t)(d / longest * (BINS - 1))] += p * (1 - p);
        }
    return impossible;
}

static void check_setting(const struct setting *s, uint64_t seed)
{
    struct case_of c;
    struct list list = {0};
    double table[3][BINS] = {{0}}, sum = 0, certain = 0;
    size_t bins = 0;
    case_begin(&c, ECP_RULE_DISTANCE, 600, s->self ? 0 : 500);
    lay(c.plan->population[0], s, 20, 30);
    if (!s->self)
        lay(c.plan->population[1], s, 25, 20);
    c.p->kernel = s->kernel;
    c.p->probability = s->probability;
    c.p->scale = s->scale;
    c.p->cutoff = s->cutoff;
    c.p->autapses = 0;
    case_ready(&c, seed, ecp_isa_best());
    list_targets(&list, &c.connector, 0, (ecp_lid)c.connector.n_target);
    CU_ASSERT_EQUAL(collect(&c, s, &list, table), 0);
    for (size_t k = 0; k < BINS; k++) {
        certain += table[1][k];
        if (table[2][k] < 5) {
            CU_ASSERT(fabs(table[0][k] - table[1][k]) < 25);
            continue;
        }
        sum += (table[0][k] - table[1][k]) * (table[0][k] - table[1][k]) / table[2][k];
        bins++;
    }
    if (s->kernel == ECP_KERNEL_DISC && s->probability >= 1) {
        CU_ASSERT(fabs((double)list.n - certain) < 1e-6); /* all within it */
    } else {
        CU_ASSERT(bins > 5 && chi_square_tail(sum, (double)bins) > LEVEL);
    }
    list_sort(&list, by_pair);
    for (size_t k = 1; k < list.n; k++)
        CU_ASSERT_FATAL(by_pair(&list.synapse[k - 1], &list.synapse[k]) < 0 &&
                        (list.synapse[k].source != list.synapse[k - 1].source ||
                         list.synapse[k].target != list.synapse[k - 1].target));
    list_free(&list);
    case_end(&c);
}

static void kernels(void)
{
    for (size_t k = 0; k < sizeof settings / sizeof *settings; k++)
        check_setting(&settings[k], 50 + k);
}

/* A disc of certain synapses: exactly the pairs within it. */
static void certain_disc(void)
{
    const struct setting s = {ECP_KERNEL_DISC, ECP_LAYOUT_GRID, 1, 1, 1, 0.101, INFINITY};
    struct case_of c;
    struct list list = {0};
    case_begin(&c, ECP_RULE_DISTANCE, 150, 0);
    lay(c.plan->population[0], &s, 10, 15); /* 0.1 mm apart */
    c.p->kernel = s.kernel;
    c.p->probability = 1;
    c.p->scale = s.scale;
    c.p->autapses = 0;
    case_ready(&c, 3, ecp_isa_best());
    list_targets(&list, &c.connector, 0, 150);
    CU_ASSERT_EQUAL(list.n, 600); /* four neighbours each, around the edges, too */
    for (size_t k = 0; k < list.n; k++) {
        const ecp_lid a = list.synapse[k].source, b = list.synapse[k].target;
        const ecp_lid column = (a % 15 + 15 - b % 15) % 15, row = (a / 15 + 10 - b / 15) % 10;
        CU_ASSERT((row == 0 && (column == 1 || column == 14)) ||
                  (column == 0 && (row == 1 || row == 9)));
    }
    list_free(&list);
    case_end(&c);
}

static double flat_cdf(const void *extent, double value)
{
    return gsl_cdf_flat_P(value, 0, *(const double *)extent);
}

static void positions(void)
{
    enum { N = 5000 };
    static double value[N];
    struct case_of c;
    double *xy;
    const struct setting s = {.layout = ECP_LAYOUT_SHEET};
    case_begin(&c, ECP_RULE_ALL_TO_ALL, N, 6);
    lay(c.plan->population[0], &s, 0, 0);
    c.plan->population[1]->layout = (struct ecp_layout){ECP_LAYOUT_GRID, 2, 3, 3, 1, 0};
    case_ready(&c, 8, ecp_isa_best());
    ECP_ASSERT_OK(ecp_layout_positions(c.plan, 0, &xy));
    for (int axis = 0; axis < 2; axis++) {
        for (size_t k = 0; k < N; k++)
            value[k] = xy[2 * k + (size_t)axis];
        CU_ASSERT(kolmogorov_p(value, N, flat_cdf, axis ? &height : &width) > LEVEL);
    }
    free(xy);
    ECP_ASSERT_OK(ecp_layout_positions(c.plan, 1, &xy));
    for (size_t k = 0; k < 6; k++) {
        CU_ASSERT_DOUBLE_EQUAL(xy[2 * k], 0.5 + (double)(k % 3), 1e-12);
        CU_ASSERT_DOUBLE_EQUAL(xy[2 * k + 1], 0.25 + 0.5 * (double)(k / 3), 1e-12);
    }
    free(xy);
    case_end(&c);
}

ECP_TEST_MAIN("synapses by distance", {"kernels", kernels}, {"a certain disc", certain_disc},
              {"positions", positions})
