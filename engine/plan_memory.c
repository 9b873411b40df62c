/* Memories of a plan. */
#include "engine/plan_memory.h"

#include <math.h>
#include <string.h>

#include "engine/arena.h"
#include "engine/config_place.h"

static enum ecp_status no_memory(void)
{
    return ecp_fail(ECP_ENOMEM, "no memory for the memories of the plan");
}

int ecp_plan_memory_index(const struct ecp_plan *plan, const char *name)
{
    for (size_t k = 0; k < plan->n_memories; k++)
        if (strcmp(plan->memory[k]->name, name) == 0)
            return (int)k;
    return -1;
}

enum ecp_status ecp_plan_add_memory(struct ecp_plan *plan, const char *name, const char *model,
                                    struct ecp_plan_memory **out)
{
    const struct ecp_memory_model *found;
    if (ecp_plan_memory_index(plan, name) >= 0)
        return ecp_refuse(NULL, "memories", "there are two of the name \"%.60s\"; allowed: one",
                          name);
    const enum ecp_status status = ecp_memory_find(model, &found);
    if (status != ECP_OK)
        return status;
    struct ecp_plan_memory *made = ecp_arena_array(plan->arena, 1, sizeof *made);
    struct ecp_plan_memory **all =
        ecp_arena_array(plan->arena, plan->n_memories + 1, sizeof(struct ecp_plan_memory *));
    const char *own = ecp_plan_strdup(plan, name);
    if (!made || !all || !own)
        return no_memory();
    for (size_t k = 0; k < plan->n_memories; k++)
        all[k] = plan->memory[k];
    all[plan->n_memories++] = made;
    plan->memory = all;
    made->name = own;
    made->model = found;
    made->seed = plan->seed;
    made->keep = 1;
    *out = made;
    return ECP_OK;
}

enum ecp_status ecp_memory_add_operation(struct ecp_plan *plan, struct ecp_plan_memory *memory,
                                         enum ecp_operation_kind kind, struct ecp_operation **out)
{
    const size_t n = memory->n_operations;
    struct ecp_operation *all = ecp_arena_array(plan->arena, n + 1, sizeof *all);
    if (!all)
        return no_memory();
    if (n > 0)
        memcpy(all, memory->operation, n * sizeof *all);
    memory->operation = all;
    memory->n_operations = n + 1;
    all[n] = (struct ecp_operation){.kind = kind,
                                    .strength = NAN,
                                    .decay = NAN,
                                    .tolerance = 0.01,
                                    .accessibility = 1,
                                    .amplification = 1};
    *out = &all[n];
    return ECP_OK;
}

const struct ecp_row_source *ecp_operation_items(const struct ecp_operation *o)
{
    return o->sequence ? &o->item_keys : o->kind == ECP_OPERATION_STORE ? &o->keys : NULL;
}

const struct ecp_row_source *ecp_operation_item_values(const struct ecp_operation *o)
{
    return o->sequence ? &o->item_values : o->kind == ECP_OPERATION_STORE ? &o->values : NULL;
}

enum ecp_status ecp_memory_add_link(struct ecp_plan *plan, struct ecp_plan_memory *memory,
                                    struct ecp_memory_link **out)
{
    const size_t n = memory->n_links;
    struct ecp_memory_link *all = ecp_arena_array(plan->arena, n + 1, sizeof *all);
    if (!all)
        return no_memory();
    if (n > 0)
        memcpy(all, memory->link, n * sizeof *all);
    memory->link = all;
    memory->n_links = n + 1;
    all[n] = (struct ecp_memory_link){.stimulus = -1, .gain = 1};
    *out = &all[n];
    return ECP_OK;
}

struct ecp_memory_setup ecp_plan_memory_setup(const struct ecp_plan *plan,
                                              const struct ecp_plan_memory *m)
{
    return (struct ecp_memory_setup){.model = m->model,
                                     .shape = m->shape,
                                     .seed = m->seed_given ? m->seed : plan->seed,
                                     .settings = m->setting,
                                     .n_settings = m->n_settings};
}
