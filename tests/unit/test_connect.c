/* Connection rules: degrees, totals and flags to the last synapse; the same
 * network however the targets are divided. */
#include "tests/unit/connect_case.h"

/* What a rule made, counted. */
struct counted {
    size_t n, autapses, multapses;
    uint32_t least_in, most_in, least_out, most_out;
};

static void degrees(const struct list *list, size_t n, int of_source, uint32_t *least,
                    uint32_t *most)
{
    uint32_t *degree = calloc(n, sizeof *degree);
    CU_ASSERT_PTR_NOT_NULL_FATAL(degree);
    for (size_t k = 0; k < list->n; k++) {
        const ecp_lid at = of_source ? list->synapse[k].source : list->synapse[k].target;
        CU_ASSERT_FATAL(at < n);
        degree[at]++;
    }
    *least = UINT32_MAX;
    *most = 0;
    for (size_t k = 0; k < n; k++) {
        *least = degree[k] < *least ? degree[k] : *least;
        *most = degree[k] > *most ? degree[k] : *most;
    }
    free(degree);
}

static struct counted count(struct case_of *c, uint64_t seed)
{
    struct list list = {0};
    struct counted made = {0};
    case_ready(c, seed, ecp_isa_best());
    list_targets(&list, &c->connector, 0, (ecp_lid)c->connector.n_target);
    list_sort(&list, by_pair);
    made.n = list.n;
    for (size_t k = 0; k < list.n; k++) {
        const struct synapse *s = &list.synapse[k];
        made.autapses += c->connector.same && s->source == s->target;
        made.multapses += k > 0 && s->source == s[-1].source && s->target == s[-1].target;
        CU_ASSERT_FATAL(s->delay >= 1 && s->delay <= 100);
    }
    degrees(&list, c->connector.n_target, 0, &made.least_in, &made.most_in);
    degrees(&list, c->connector.n_source, 1, &made.least_out, &made.most_out);
    list_free(&list);
    case_end(c);
    return made;
}

static struct counted with(enum ecp_rule rule, size_t sources, size_t targets, size_t number,
                           int flags)
{
    struct case_of c;
    case_begin(&c, rule, sources, targets);
    c.p->number = number;
    c.p->probability = 1;
    c.p->autapses = flags & 1;
    c.p->multapses = flags >> 1;
    return count(&c, number + 1);
}

enum { NEITHER = 0, AUTAPSES = 1, MULTAPSES = 2, BOTH = 3 };

static void all_to_all(void)
{
    struct counted made = with(ECP_RULE_ALL_TO_ALL, 70, 30, 0, BOTH);
    CU_ASSERT_EQUAL(made.n, 2100);
    CU_ASSERT_EQUAL(made.multapses, 0);
    made = with(ECP_RULE_ALL_TO_ALL, 60, 0, 0, AUTAPSES);
    CU_ASSERT_EQUAL(made.n, 3600);
    CU_ASSERT_EQUAL(made.autapses, 60);
    made = with(ECP_RULE_ALL_TO_ALL, 60, 0, 0, NEITHER);
    CU_ASSERT_EQUAL(made.n, 60 * 59);
    CU_ASSERT_EQUAL(made.autapses, 0);
    CU_ASSERT_EQUAL(with(ECP_RULE_ALL_TO_ALL, 1, 0, 0, NEITHER).n, 0);
    CU_ASSERT_EQUAL(with(ECP_RULE_ALL_TO_ALL, 1, 0, 0, AUTAPSES).n, 1);
}

static void one_to_one(void)
{
    const struct counted made = with(ECP_RULE_ONE_TO_ONE, 3000, 3000, 0, BOTH);
    CU_ASSERT_EQUAL(made.n, 3000);
    CU_ASSERT(made.least_in == 1 && made.most_in == 1 && made.least_out == 1 && made.most_out == 1);
    CU_ASSERT_EQUAL(with(ECP_RULE_ONE_TO_ONE, 50, 0, 0, BOTH).autapses, 50);
}

static void fixed_indegree(void)
{
    for (int flags = NEITHER; flags <= BOTH; flags++) {
        const struct counted made = with(ECP_RULE_FIXED_INDEGREE, 50, 0, 40, flags);
        CU_ASSERT(made.n == 2000 && made.least_in == 40 && made.most_in == 40);
        CU_ASSERT_EQUAL(made.autapses > 0, (flags & AUTAPSES) != 0);
        CU_ASSERT_EQUAL(made.multapses > 0, (flags & MULTAPSES) != 0);
    }
    /* As many as there are: each source once. */
    struct counted made = with(ECP_RULE_FIXED_INDEGREE, 50, 0, 49, NEITHER);
    CU_ASSERT(made.least_out == 49 && made.most_out == 49 && made.autapses == 0);
    made = with(ECP_RULE_FIXED_INDEGREE, 64, 7, 64, AUTAPSES);
    CU_ASSERT(made.least_out == 7 && made.most_out == 7);
    made = with(ECP_RULE_FIXED_INDEGREE, 1, 5, 3000, BOTH); /* beyond a batch */
    CU_ASSERT(made.n == 15000 && made.least_in == 3000 && made.most_in == 3000);
    CU_ASSERT_EQUAL(with(ECP_RULE_FIXED_INDEGREE, 1, 0, 0, NEITHER).n, 0);
}

static void fixed_outdegree(void)
{
    for (int flags = NEITHER; flags <= BOTH; flags++) {
        const struct counted made = with(ECP_RULE_FIXED_OUTDEGREE, 50, 0, 40, flags);
        CU_ASSERT(made.n == 2000 && made.least_out == 40 && made.most_out == 40);
        CU_ASSERT_EQUAL(made.autapses > 0, (flags & AUTAPSES) != 0);
        CU_ASSERT_EQUAL(made.multapses > 0, (flags & MULTAPSES) != 0);
    }
    struct counted made = with(ECP_RULE_FIXED_OUTDEGREE, 50, 0, 49, NEITHER);
    CU_ASSERT(made.least_in == 49 && made.most_in == 49 && made.autapses == 0);
    made = with(ECP_RULE_FIXED_OUTDEGREE, 7, 130, 130, AUTAPSES);
    CU_ASSERT(made.least_in == 7 && made.most_in == 7);
}

static void fixed_total(void)
{
    for (int flags = NEITHER; flags <= BOTH; flags++) {
        const struct counted made = with(ECP_RULE_FIXED_TOTAL_NUMBER, 50, 0, 2001, flags);
        CU_ASSERT_EQUAL(made.n, 2001);
        CU_ASSERT_EQUAL(made.autapses > 0, (flags & AUTAPSES) != 0);
        CU_ASSERT_EQUAL(made.multapses > 0, (flags & MULTAPSES) != 0);
    }
    CU_ASSERT_EQUAL(with(ECP_RULE_FIXED_TOTAL_NUMBER, 33, 0, 33 * 32, NEITHER).least_in, 32);
    CU_ASSERT_EQUAL(with(ECP_RULE_FIXED_TOTAL_NUMBER, 33, 17, 33 * 17, AUTAPSES).least_out, 17);
    CU_ASSERT_EQUAL(with(ECP_RULE_FIXED_TOTAL_NUMBER, 1, 1, 5000, BOTH).n, 5000);
    CU_ASSERT_EQUAL(with(ECP_RULE_FIXED_TOTAL_NUMBER, 9, 9, 0, BOTH).n, 0);
}

static void bernoulli_ends(void)
{
    CU_ASSERT_EQUAL(with(ECP_RULE_PAIRWISE_BERNOULLI, 60, 0, 0, AUTAPSES).n, 3600);
    const struct counted made = with(ECP_RULE_PAIRWISE_BERNOULLI, 60, 0, 0, NEITHER);
    CU_ASSERT(made.n == 60 * 59 && made.autapses == 0 && made.multapses == 0);
    struct case_of c;
    case_begin(&c, ECP_RULE_PAIRWISE_BERNOULLI, 200, 100);
    c.p->probability = 0;
    CU_ASSERT_EQUAL(count(&c, 1).n, 0);
    case_begin(&c, ECP_RULE_PAIRWISE_BERNOULLI, 200, 100);
    c.p->probability = 1e-300;
    CU_ASSERT_EQUAL(count(&c, 1).n, 0);
}

/* Edges come as they were given, with their own weights and delays. */
static void explicit_edges(void)
{
    static const ecp_lid source[] = {2, 0, 1, 2, 2}, target[] = {0, 3, 3, 3, 0};
    static const double weight[] = {1, -2, 3.5, 4, 5}, delay[] = {0.1, 0.05, 0.25, 6000, 25.5};
    static const uint32_t steps[] = {1, 1, 3, 60000, 255};
    struct case_of c;
    struct list list = {0};
    uint32_t shortest, longest;
    case_begin(&c, ECP_RULE_EXPLICIT, 3, 4);
    c.p->edges = (struct ecp_edges){5, source, target, weight, delay};
    case_ready(&c, 1, ecp_isa_best());
    list_targets(&list, &c.connector, 0, 4);
    CU_ASSERT_EQUAL_FATAL(list.n, 5);
    for (size_t k = 0; k < 5; k++) {
        const struct synapse want = {target[k], source[k], steps[k], 0, weight[k]};
        CU_ASSERT(same_synapse(&list.synapse[k], &want));
    }
    ecp_connector_delays(&c.connector, &shortest, &longest);
    CU_ASSERT(shortest == 1 && longest == 60000);
    list.n = 0;
    list_targets(&list, &c.connector, 1, 2);
    CU_ASSERT_EQUAL(list.n, 0);
    list_free(&list);
    case_end(&c);
}

/* ---- any division gives the same list --------------------------------- */

static const struct {
    enum ecp_rule rule;
    size_t sources, targets, number;
    int flags;
} divided[] = {{ECP_RULE_ALL_TO_ALL, 57, 0, 0, NEITHER},
               {ECP_RULE_ALL_TO_ALL, 1030, 41, 0, BOTH},
               {ECP_RULE_ONE_TO_ONE, 57, 57, 0, BOTH},
               {ECP_RULE_FIXED_INDEGREE, 57, 0, 40, NEITHER},
               {ECP_RULE_FIXED_INDEGREE, 300, 61, 1300, BOTH},
               {ECP_RULE_FIXED_OUTDEGREE, 57, 0, 40, NEITHER},
               {ECP_RULE_FIXED_OUTDEGREE, 300, 61, 130, BOTH},
               {ECP_RULE_FIXED_TOTAL_NUMBER, 57, 0, 2000, NEITHER},
               {ECP_RULE_FIXED_TOTAL_NUMBER, 300, 61, 20001, BOTH},
               {ECP_RULE_PAIRWISE_BERNOULLI, 57, 0, 0, NEITHER},
               {ECP_RULE_DISTANCE, 64, 0, 0, NEITHER},
               {ECP_RULE_DISTANCE, 640, 64, 0, BOTH}};

static void make_divided(struct case_of *c, size_t k, enum ecp_isa isa)
{
    case_begin(c, divided[k].rule, divided[k].sources, divided[k].targets);
    for (size_t j = 0; j < c->plan->n_populations; j++) {
        struct ecp_layout *layout = &c->plan->population[j]->layout;
        *layout = (struct ecp_layout){ECP_LAYOUT_SHEET, 0, 0, 1, 2, 1};
    }
    c->p->number = divided[k].number;
    c->p->probability = 0.3;
    c->p->scale = 0.4;
    c->p->autapses = divided[k].flags & 1;
    c->p->multapses = divided[k].flags >> 1;
    case_ready(c, 11, isa);
}

static void any_division(void)
{
    static const int parts[] = {2, 3, 7, 1000};
    for (size_t k = 0; k < sizeof divided / sizeof *divided; k++) {
        struct case_of c;
        struct list whole = {0};
        make_divided(&c, k, ecp_isa_best());
        const size_t n = c.connector.n_target;
        list_targets(&whole, &c.connector, 0, (ecp_lid)n);
        CU_ASSERT(whole.n > 0);
        for (size_t j = 0; j < sizeof parts / sizeof *parts; j++) {
            struct list in_parts = {0};
            for (int part = 0; part < parts[j]; part++) {
                const size_t first = n * (size_t)part / (size_t)parts[j];
                const size_t end = n * ((size_t)part + 1) / (size_t)parts[j];
                list_targets(&in_parts, &c.connector, (ecp_lid)first, (ecp_lid)(end - first));
            }
            CU_ASSERT(list_equal(&whole, &in_parts));
            list_free(&in_parts);
        }
        list_free(&whole);
        case_end(&c);
    }
}

static void any_instruction_set(void)
{
    for (size_t k = 0; k < sizeof divided / sizeof *divided; k++) {
        struct list first = {0};
        for (int isa = 0; isa < ECP_ISA_COUNT; isa++) {
            struct case_of c;
            struct list list = {0};
            if (!ecp_isa_available((enum ecp_isa)isa))
                continue;
            make_divided(&c, k, (enum ecp_isa)isa);
            list_targets(isa ? &list : &first, &c.connector, 0, (ecp_lid)c.connector.n_target);
            CU_ASSERT(!isa || list_equal(&first, &list));
            list_free(&list);
            case_end(&c);
        }
        list_free(&first);
    }
}

/* Weights asked for or not: the rest of the list does not depend on it. */
static void weights_on_request(void)
{
    struct case_of c;
    struct list list = {0}, bare = {0};
    make_divided(&c, 4, ecp_isa_best());
    list_targets(&list, &c.connector, 0, 61);
    bare.end = 61;
    const struct ecp_emit emit = {list_take, &bare, 0};
    ECP_ASSERT_OK(ecp_connect(&c.connector, 0, 61, &emit));
    CU_ASSERT_EQUAL_FATAL(list.n, bare.n);
    for (size_t k = 0; k < list.n; k++)
        CU_ASSERT_FATAL(list.synapse[k].source == bare.synapse[k].source &&
                        list.synapse[k].delay == bare.synapse[k].delay);
    list_free(&list);
    list_free(&bare);
    case_end(&c);
}

ECP_TEST_MAIN("connection rules", {"all_to_all", all_to_all}, {"one_to_one", one_to_one},
              {"fixed_indegree", fixed_indegree}, {"fixed_outdegree", fixed_outdegree},
              {"fixed_total_number", fixed_total}, {"pairwise_bernoulli, 0 and 1", bernoulli_ends},
              {"explicit", explicit_edges}, {"any division of the targets", any_division},
              {"any instruction set", any_instruction_set},
              {"weights on request", weights_on_request})
