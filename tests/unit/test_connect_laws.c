/* Connection rules: the distributions that they say they have. */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>

#include "tests/unit/connect_case.h"
#include "tests/unit/statistics.h"

/* Counts of degrees (how many neurons have k) and of partners. */
static double *degree_counts(const struct list *list, size_t n, int of_source, size_t most)
{
    double *degree = calloc(n, sizeof *degree), *seen = calloc(most + 1, sizeof *seen);
    CU_ASSERT_FATAL(degree && seen);
    for (size_t k = 0; k < list->n; k++)
        degree[of_source ? list->synapse[k].source : list->synapse[k].target]++;
    for (size_t k = 0; k < n; k++)
        seen[degree[k] < (double)most ? (size_t)degree[k] : most]++;
    free(degree);
    return seen;
}

static double binomial_p(const struct list *list, size_t n, int of_source, double p,
                         unsigned trials)
{
    const size_t most = (size_t)(p * trials + 12 * sqrt(p * trials) + 12);
    double *seen = degree_counts(list, n, of_source, most);
    double *expected = calloc(most + 1, sizeof *expected);
    CU_ASSERT_PTR_NOT_NULL_FATAL(expected);
    for (unsigned k = 0; k <= most; k++)
        expected[k] = (double)n * gsl_ran_binomial_pdf(k, p, trials);
    const double result = chi_square_p(seen, expected, most + 1, 0);
    free(seen);
    free(expected);
    return result;
}

static void listed(struct case_of *c, struct list *list, uint64_t seed)
{
    case_ready(c, seed, ecp_isa_best());
    list_targets(list, &c->connector, 0, (ecp_lid)c->connector.n_target);
}

static void done(struct case_of *c, struct list *list)
{
    list_free(list);
    case_end(c);
}

static void indegree_law(void)
{
    struct case_of c;
    struct list list = {0};
    case_begin(&c, ECP_RULE_FIXED_INDEGREE, 4000, 3000);
    c.p->number = 30;
    listed(&c, &list, 1);
    CU_ASSERT(binomial_p(&list, 4000, 1, 1.0 / 4000, 90000) > LEVEL);
    done(&c, &list);
    case_begin(&c, ECP_RULE_FIXED_INDEGREE, 3000, 0);
    c.p->number = 30;
    c.p->autapses = c.p->multapses = 0;
    listed(&c, &list, 2);
    /* Each of the 2999 others chooses a source with 30 / 2999. */
    CU_ASSERT(binomial_p(&list, 3000, 1, 30.0 / 2999, 2999) > LEVEL);
    done(&c, &list);
}

static void outdegree_law(void)
{
    struct case_of c;
    struct list list = {0};
    case_begin(&c, ECP_RULE_FIXED_OUTDEGREE, 3000, 4000);
    c.p->number = 30;
    listed(&c, &list, 3);
    CU_ASSERT(binomial_p(&list, 4000, 0, 1.0 / 4000, 90000) > LEVEL);
    done(&c, &list);
    case_begin(&c, ECP_RULE_FIXED_OUTDEGREE, 3000, 0);
    c.p->number = 30;
    c.p->autapses = c.p->multapses = 0;
    listed(&c, &list, 4);
    CU_ASSERT(binomial_p(&list, 3000, 0, 30.0 / 2999, 2999) > LEVEL);
    done(&c, &list);
}

/* In-degrees of a fixed total: multinomial, each one binomial; without
 * repeats hypergeometric. An uneven number of targets: an uneven tree. */
static void total_law(void)
{
    struct case_of c;
    struct list list = {0};
    case_begin(&c, ECP_RULE_FIXED_TOTAL_NUMBER, 2000, 3001);
    c.p->number = 60000;
    listed(&c, &list, 5);
    CU_ASSERT(binomial_p(&list, 3001, 0, 1.0 / 3001, 60000) > LEVEL);
    CU_ASSERT(binomial_p(&list, 2000, 1, 1.0 / 2000, 60000) > LEVEL);
    done(&c, &list);

    enum { N = 601, TOTAL = 90000, MOST = 300 };
    double expected[MOST + 1];
    case_begin(&c, ECP_RULE_FIXED_TOTAL_NUMBER, N, 0);
    c.p->number = TOTAL;
    c.p->autapses = c.p->multapses = 0;
    listed(&c, &list, 6);
    for (unsigned k = 0; k <= MOST; k++)
        expected[k] = N * gsl_ran_hypergeometric_pdf(k, N - 1, (N - 1) * (N - 1), TOTAL);
    for (int of_source = 0; of_source < 2; of_source++) {
        double *seen = degree_counts(&list, N, of_source, MOST);
        CU_ASSERT(chi_square_p(seen, expected, MOST + 1, 0) > LEVEL);
        free(seen);
    }
    done(&c, &list);
}

static void bernoulli_law(void)
{
    static const double probability[] = {0.003, 0.1, 0.6};
    for (size_t k = 0; k < 3; k++) {
        struct case_of c;
        struct list list = {0};
        case_begin(&c, ECP_RULE_PAIRWISE_BERNOULLI, 1000, 1500);
        c.p->probability = probability[k];
        listed(&c, &list, 7 + k);
        CU_ASSERT(binomial_p(&list, 1500, 0, probability[k], 1000) > LEVEL);
        CU_ASSERT(binomial_p(&list, 1000, 1, probability[k], 1500) > LEVEL);
        done(&c, &list);
        case_begin(&c, ECP_RULE_PAIRWISE_BERNOULLI, 1000, 0);
        c.p->probability = probability[k];
        c.p->autapses = 0;
        listed(&c, &list, 17 + k);
        CU_ASSERT(binomial_p(&list, 1000, 0, probability[k], 999) > LEVEL);
        done(&c, &list);
    }
}

/* Which sources are chosen, and weights and delays, have nothing to do with
 * one another, with the target, or with the synapse before. */
static size_t third(double value, double low, double high)
{
    return value < low ? 0 : value < high ? 1 : 2;
}

static void independence_of(enum ecp_rule rule, int repeats, uint64_t seed)
{
    struct case_of c;
    struct list list = {0};
    double tables[5][9] = {{0}};
    case_begin(&c, rule, 1200, 1200);
    c.p->number = rule == ECP_RULE_FIXED_TOTAL_NUMBER ? 90000 : 75;
    c.p->probability = 0.06;
    c.p->multapses = repeats;
    listed(&c, &list, seed);
    for (size_t k = 1; k < list.n; k++) {
        const struct synapse *s = &list.synapse[k];
        const size_t w = third(s->weight, 19.14, 20.86), d = third(s->delay, 12, 19);
        const size_t source = s->source / 400, target = s->target / 400;
        tables[0][w * 3 + d]++;
        tables[1][w * 3 + source]++;
        tables[2][d * 3 + target]++;
        tables[3][w * 3 + third(s[-1].weight, 19.14, 20.86)]++;
        tables[4][source * 3 + target]++;
    }
    for (int k = 0; k < 5; k++)
        CU_ASSERT(contingency_p(tables[k], 3, 3) > LEVEL);
    done(&c, &list);
}

static void independence(void)
{
    independence_of(ECP_RULE_FIXED_INDEGREE, 1, 31);
    independence_of(ECP_RULE_FIXED_INDEGREE, 0, 32);
    independence_of(ECP_RULE_FIXED_OUTDEGREE, 1, 33);
    independence_of(ECP_RULE_FIXED_TOTAL_NUMBER, 1, 34);
    independence_of(ECP_RULE_PAIRWISE_BERNOULLI, 1, 35);
}

static double weight_cdf(const void *context, double value)
{
    (void)context;
    return gsl_cdf_gaussian_P(value - 20, 2);
}

static void weights_law(void)
{
    struct case_of c;
    struct list list = {0};
    case_begin(&c, ECP_RULE_PAIRWISE_BERNOULLI, 500, 0);
    c.p->probability = 0.2;
    listed(&c, &list, 40);
    double *weight = malloc(list.n * sizeof *weight);
    CU_ASSERT_PTR_NOT_NULL_FATAL(weight);
    for (size_t k = 0; k < list.n; k++)
        weight[k] = list.synapse[k].weight;
    CU_ASSERT(kolmogorov_p(weight, list.n, weight_cdf, NULL) > LEVEL);
    free(weight);
    done(&c, &list);
}

ECP_TEST_MAIN("laws of the connection rules", {"fixed_indegree", indegree_law},
              {"fixed_outdegree", outdegree_law}, {"fixed_total_number", total_law},
              {"pairwise_bernoulli", bernoulli_law}, {"independence", independence},
              {"weights", weights_law})
