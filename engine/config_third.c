/* projections = ( { kind = "tripartite"; primary = "E_E"; astrocytes = "A"; probability = 0.5;
 *                   pool_size = 10; pool_type = "random"; to_astrocyte = { weight = ...; };
 *                   to_target = { weight = ...; delay = ...; }; }, ... ) */
#include <stdint.h>
#include <string.h>

#include "engine/config_projection.h"
#include "engine/plan_check.h"

const char *const ecp_pool_words[] = {"random", "block", NULL};

enum { KIND, NAME, PRIMARY, ASTROCYTES, PROBABILITY, POOL_SIZE, POOL_TYPE, IN, OUT, KEYS };

struct values {
    const char *kind, *name, *primary, *astrocytes;
    double probability;
    size_t pool_size;
    int block;
};

static enum ecp_status read_keys(struct ecp_reader *reader, const struct ecp_node *node,
                                 struct values *v, struct ecp_key *key)
{
    key[KIND] = (struct ecp_key){.name = "kind", .type = ECP_KEY_TEXT, .out = &v->kind};
    key[NAME] = (struct ecp_key){.name = "name", .type = ECP_KEY_TEXT, .out = &v->name};
    key[PRIMARY] = (struct ecp_key){.name = "primary", .type = ECP_KEY_TEXT, .out = &v->primary};
    key[ASTROCYTES] =
        (struct ecp_key){.name = "astrocytes", .type = ECP_KEY_TEXT, .out = &v->astrocytes};
    key[PROBABILITY] = (struct ecp_key){.name = "probability",
                                        .type = ECP_KEY_NUMBER,
                                        .out = &v->probability,
                                        .unit = "1",
                                        .lowest = 0,
                                        .highest = 1};
    key[POOL_SIZE] = (struct ecp_key){.name = "pool_size",
                                      .type = ECP_KEY_COUNT,
                                      .out = &v->pool_size,
                                      .lowest = 1,
                                      .highest = UINT32_MAX - 1};
    key[POOL_TYPE] = (struct ecp_key){
        .name = "pool_type", .type = ECP_KEY_WORD, .out = &v->block, .words = ecp_pool_words};
    key[IN] = (struct ecp_key){.name = "to_astrocyte", .type = ECP_KEY_NODE};
    key[OUT] = (struct ecp_key){.name = "to_target", .type = ECP_KEY_NODE};
    return ecp_read_keys(reader, node, key, KEYS);
}

/* Source to astrocyte: spikes, into a port. */
static enum ecp_status read_in(struct ecp_reader *reader, const struct ecp_node *node,
                               struct ecp_plan_projection *p)
{
    const struct ecp_plan_population *astrocytes = reader->plan->population[p->target];
    struct ecp_key key[] = {{.name = "weight", .type = ECP_KEY_NODE},
                            {.name = "delay", .type = ECP_KEY_NODE},
                            {.name = "port", .type = ECP_KEY_TEXT, .out = &p->port_name}};
    char path[ECP_KEY_LENGTH];
    enum ecp_status status;
    int negative;
    ECP_TRY(ecp_expect_group(node));
    ECP_TRY(ecp_read_keys(reader, node, key, sizeof key / sizeof key[0]));
    ECP_TRY(ecp_plan_find_port(astrocytes, p->port_name, &node->place, ecp_node_key(node, path),
                               &p->port_positive, &negative));
    const struct ecp_field *fields = astrocytes->model->fields;
    const int port = ecp_field_of_kind(fields, ECP_INPUT, (size_t)p->port_positive);
    if (key[0].node)
        ECP_TRY(ecp_read_field(reader, key[0].node, &fields[port], &p->weight));
    if (key[1].node)
        ECP_TRY(ecp_read_delay(reader, key[1].node, &p->delay));
done:
    return status;
}

/* Astrocyte to target: a field, as a current. */
static enum ecp_status read_out(struct ecp_reader *reader, const struct ecp_node *node,
                                struct ecp_plan_projection *p)
{
    struct ecp_key key[] = {{.name = "weight", .type = ECP_KEY_NODE},
                            {.name = "delay", .type = ECP_KEY_NODE},
                            {.name = "field", .type = ECP_KEY_TEXT, .out = &p->field_name}};
    enum ecp_status status;
    ECP_TRY(ecp_expect_group(node));
    ECP_TRY(ecp_read_keys(reader, node, key, sizeof key / sizeof key[0]));
    if (key[0].node)
        ECP_TRY(ecp_read_field(reader, key[0].node, ecp_gap_weight(p), &p->weight));
    if (key[1].node)
        ECP_TRY(ecp_read_delay(reader, key[1].node, &p->delay));
done:
    return status;
}

static enum ecp_status add(struct ecp_reader *reader, const struct ecp_node *node,
                           const struct values *v, const struct ecp_key *key,
                           struct ecp_plan_third **out)
{
    const struct ecp_plan *plan = reader->plan;
    if (!v->primary)
        return ecp_refuse_missing(node, "primary", "the name of a projection given before");
    if (!v->astrocytes)
        return ecp_refuse_missing(node, "astrocytes", "a population");
    if (ecp_plan_projection_index(plan, v->primary) < 0)
        return ecp_plan_no_projection(plan, &key[PRIMARY].node->place, "projections.primary",
                                      v->primary);
    if (ecp_plan_population_index(plan, v->astrocytes) < 0)
        return ecp_plan_no_population(plan, &key[ASTROCYTES].node->place, "projections.astrocytes",
                                      v->astrocytes);
    enum ecp_status status =
        ecp_plan_add_third(reader->plan, v->name, v->primary, v->astrocytes, out);
    if (status != ECP_OK)
        return ecp_node_refuse_again(node, status);
    (*out)->place = (*out)->in->place = (*out)->out->place = ecp_reader_place(reader, node);
    return ECP_OK;
}

int ecp_is_third(const struct ecp_reader *reader, const struct ecp_node *node)
{
    const struct ecp_node *kind = ecp_node_find(node, "kind"), *name = ecp_node_find(node, "name");
    if (kind)
        return kind->kind == ECP_NODE_TEXT && strcmp(kind->text, "tripartite") == 0;
    return name && name->kind == ECP_NODE_TEXT && !ecp_node_find(node, "source") &&
           !ecp_node_find(node, "target") && ecp_plan_third_index(reader->plan, name->text) >= 0;
}

/* One that has its name already (of the scenario, say) keeps what is not said. */
enum ecp_status ecp_read_third(struct ecp_reader *reader, const struct ecp_node *node)
{
    struct values v = {.probability = 1, .pool_size = 1};
    struct ecp_key key[KEYS];
    struct ecp_plan_third *third = NULL;
    const struct ecp_node *name = ecp_node_find(node, "name");
    const int known = name && name->kind == ECP_NODE_TEXT && !ecp_node_find(node, "primary")
                          ? ecp_plan_third_index(reader->plan, name->text)
                          : -1;
    enum ecp_status status;
    if (known >= 0) {
        third = reader->plan->third[known];
        v = (struct values){.probability = third->probability,
                            .pool_size = third->pool_size,
                            .block = third->block};
    }
    ECP_TRY(read_keys(reader, node, &v, key));
    if (known >= 0 && v.astrocytes)
        return ecp_node_refuse(key[ASTROCYTES].node,
                               "found for %s, which is given; allowed: "
                               "probability, pool_size, pool_type, "
                               "to_astrocyte, to_target",
                               third->name);
    if (known < 0)
        ECP_TRY(add(reader, node, &v, key, &third));
    third->probability = v.probability;
    third->pool_size = v.pool_size;
    third->block = v.block;
    if (key[IN].node)
        ECP_TRY(read_in(reader, key[IN].node, third->in));
    if (key[OUT].node)
        ECP_TRY(read_out(reader, key[OUT].node, third->out));
done:
    return status;
}
