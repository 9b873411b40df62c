/* Plans made by a program: elements, defaults, names, and the memory of it. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "engine/analysis.h"
#include "engine/arena.h"
#include "engine/config.h"
#include "engine/plan.h"
#include "tests/support.h"

static struct ecp_plan *two_populations(void)
{
    struct ecp_plan *plan = NULL;
    struct ecp_plan_population *p = NULL;
    ECP_ASSERT_OK(ecp_plan_create(&plan));
    ECP_ASSERT_OK(ecp_plan_add_population(plan, "E", "lif", 10, &p));
    ECP_ASSERT_OK(ecp_population_set(p, "v_th", -50));
    ECP_ASSERT_OK(ecp_population_set_draw(p, "v", ecp_draw_normal(-65, 2)));
    ECP_ASSERT_OK(ecp_plan_add_population(plan, "I", "lif", 5, &p));
    return plan;
}

static void has_defaults(void)
{
    struct ecp_plan *plan = two_populations();
    struct ecp_plan_projection *j = NULL;
    struct ecp_plan_stimulus *s = NULL;
    CU_ASSERT_EQUAL(plan->seed, 1);
    CU_ASSERT_EQUAL(plan->dt, 0.1);
    ECP_ASSERT_OK(ecp_plan_add_projection(plan, "E", "I", ECP_RULE_ALL_TO_ALL, &j));
    CU_ASSERT_STRING_EQUAL(j->name, "E_I");
    CU_ASSERT_TRUE(j->autapses && j->multapses);
    CU_ASSERT_EQUAL(j->delay.a, 1);
    CU_ASSERT_EQUAL(j->cutoff, INFINITY);
    ECP_ASSERT_OK(ecp_plan_add_projection(plan, "E", "I", ECP_RULE_ALL_TO_ALL, &j));
    CU_ASSERT_STRING_EQUAL(j->name, "E_I_2");
    ECP_ASSERT_OK(ecp_plan_add_stimulus(plan, ECP_STIMULUS_POISSON, "I", &s));
    CU_ASSERT_EQUAL(s->target.count, 5);
    CU_ASSERT_EQUAL(s->target.stride, 1);
    CU_ASSERT_EQUAL(s->stop, INFINITY);
    CU_ASSERT_EQUAL(ecp_plan_population_index(plan, "I"), 1);
    CU_ASSERT_EQUAL(ecp_plan_population_index(plan, "X"), -1);
    CU_ASSERT_EQUAL(ecp_plan_projection_index(plan, "E_I_2"), 1);
    ecp_plan_destroy(plan);
    ecp_plan_destroy(NULL);
}

/* Elements stay where they are while many are added. */
static void keeps_elements_in_place(void)
{
    struct ecp_plan *plan = two_populations();
    struct ecp_plan_phase *first = NULL, *phase = NULL;
    ECP_ASSERT_OK(ecp_plan_add_phase(plan, "p", 1, 0, &first));
    for (int k = 0; k < 1000; k++) {
        ECP_ASSERT_OK(ecp_plan_add_phase(plan, ecp_plan_printf(plan, "p%d", k), 2, 0, &phase));
        CU_ASSERT_PTR_EQUAL(plan->phase[k + 1], phase);
    }
    CU_ASSERT_PTR_EQUAL(plan->phase[0], first);
    CU_ASSERT_EQUAL(ecp_plan_duration(plan), 2001);
    CU_ASSERT_STRING_EQUAL(plan->phase[1000]->name, "p999");
    ecp_plan_destroy(plan);
}

static void refuses_unknown_names(void)
{
    struct ecp_plan *plan = two_populations();
    struct ecp_plan_population *p = NULL;
    struct ecp_plan_projection *j = NULL;
    struct ecp_plan_probe *probe = NULL;
    struct ecp_plan_analysis *a = NULL;
    CU_ASSERT_EQUAL(ecp_plan_add_population(plan, "E", "lif", 1, &p), ECP_ECONFIG);
    ecp_error_clear();
    CU_ASSERT_EQUAL(ecp_plan_add_population(plan, "X", "lfi", 1, &p), ECP_ENOTFOUND);
    ecp_error_clear();
    CU_ASSERT_EQUAL(ecp_population_set(plan->population[0], "tau", 1), ECP_ECONFIG);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "lif has no parameter or state \"tau\""));
    ecp_error_clear();
    CU_ASSERT_EQUAL(ecp_population_set(plan->population[0], "syn", 1), ECP_ECONFIG);
    ecp_error_clear();
    CU_ASSERT_EQUAL(ecp_plan_add_projection(plan, "E", "X", ECP_RULE_ALL_TO_ALL, &j), ECP_ECONFIG);
    CU_ASSERT_STRING_EQUAL(ecp_error_message(),
                           "target: there is no population \"X\"; allowed: E, I");
    ecp_error_clear();
    CU_ASSERT_EQUAL(ecp_plan_add_probe(plan, ECP_PROBE_WEIGHTS, "E_I", &probe), ECP_ECONFIG);
    ecp_error_clear();
    CU_ASSERT_EQUAL(ecp_plan_add_analysis(plan, "a", "activty", "E", &a), ECP_ENOTFOUND);
    ecp_error_clear();
    CU_ASSERT_EQUAL(plan->n_populations, 2);
    CU_ASSERT_EQUAL(plan->n_projections + plan->n_probes + plan->n_analyses, 0);
    ecp_plan_destroy(plan);
}

static void resolves(void)
{
    struct ecp_plan *plan = two_populations(), *again = NULL;
    struct ecp_plan_projection *j = NULL;
    struct ecp_plan_probe *probe = NULL;
    struct ecp_plan_phase *phase = NULL;
    ECP_ASSERT_OK(ecp_plan_add_projection(plan, "E", "I", ECP_RULE_FIXED_INDEGREE, &j));
    j->number = 3;
    j->weight = ecp_draw_bounded(ecp_draw_normal(5, 1), ECP_BOUNDS_CLIP, 0, INFINITY);
    ECP_ASSERT_OK(ecp_plan_add_probe(plan, ECP_PROBE_FIELD, "I", &probe));
    probe->field_name = "v";
    ECP_ASSERT_OK(ecp_plan_add_phase(plan, "run", 10, 0, &phase));
    ECP_ASSERT_OK(ecp_plan_check(plan));
    CU_ASSERT_EQUAL(plan->n_neurons, 15);
    CU_ASSERT_EQUAL(plan->population[1]->first, 10);
    CU_ASSERT_EQUAL(j->port_positive, 0);
    CU_ASSERT_STRING_EQUAL(probe->name, "v_I");
    CU_ASSERT_STRING_EQUAL(plan->population[1]->model->fields[probe->field].name, "v");
    CU_ASSERT_DOUBLE_EQUAL(probe->interval, 1, 1e-12);
    ECP_ASSERT_OK(ecp_config_parse(plan->config_text, "x.cfg", NULL, 0, &again));
    CU_ASSERT_STRING_EQUAL(plan->config_text, again->config_text);
    ecp_plan_destroy(plan);
    ecp_plan_destroy(again);
}

static void keeps_memory(void)
{
    struct ecp_arena *arena = NULL;
    ECP_ASSERT_OK(ecp_arena_create(&arena));
    unsigned char *before = NULL;
    for (size_t k = 0; k < 3000; k++) {
        unsigned char *piece = ecp_arena_alloc(arena, k % 7 == 0 ? 10000 : k % 50);
        CU_ASSERT_PTR_NOT_NULL_FATAL(piece);
        CU_ASSERT_EQUAL((uintptr_t)piece % 16, 0);
        if (k % 50)
            CU_ASSERT_EQUAL(piece[0], 0);
        if (before)
            CU_ASSERT_EQUAL(before[0], 7);
        if (k % 50) {
            piece[0] = 7;
            before = piece;
        }
    }
    CU_ASSERT_PTR_NULL(ecp_arena_array(arena, SIZE_MAX / 4, 16));
    CU_ASSERT_PTR_NULL(ecp_arena_alloc(arena, SIZE_MAX));
    CU_ASSERT_STRING_EQUAL(ecp_arena_printf(arena, "%s-%d", "a", 5), "a-5");
    CU_ASSERT_STRING_EQUAL(ecp_arena_strndup(arena, "abcdef", 3), "abc");
    ecp_arena_destroy(arena);
    ecp_arena_destroy(NULL);
}

ECP_TEST_MAIN("plan", {"defaults", has_defaults}, {"elements stay", keeps_elements_in_place},
              {"unknown names", refuses_unknown_names}, {"resolves", resolves},
              {"memory", keeps_memory})
