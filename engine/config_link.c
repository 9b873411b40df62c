/* links = ( { source = "CA3"; every = "50 ms"; use = "recall"; stimulus = "drive"; } ) of a
 * memory: beside a population. */
#include <math.h>

#include "engine/config_memory.h"
#include "engine/plan_check.h"

const char *const ecp_use_words[] = {"recall", "store", NULL};

enum {
    NAME,
    USE,
    SOURCE,
    SUBSET,
    EVERY,
    START,
    STOP,
    SCALE,
    OFFSET,
    FORM,
    THRESHOLD,
    VALUES,
    STIMULUS,
    GAIN,
    BASE,
    KEYS
};

struct values {
    const char *name, *stimulus;
    int use, form;
};

static void table(struct ecp_key *key, struct values *v, struct ecp_memory_link *l)
{
    struct ecp_memory_reading *r = &l->key;
    const struct {
        int key;
        const char *name, *unit;
        double *out;
    } numbers[] = {
        {EVERY, "every", "ms", &r->every},    {START, "start", "ms", &r->start},
        {STOP, "stop", "ms", &r->stop},       {SCALE, "scale", "1/Hz", &r->scale},
        {OFFSET, "offset", "Hz", &r->offset}, {THRESHOLD, "threshold", "1", &r->threshold},
        {GAIN, "gain", "1", &l->gain},        {BASE, "base", "1", &l->base}};
    key[NAME] = (struct ecp_key){.name = "name", .type = ECP_KEY_TEXT, .out = &v->name};
    key[USE] = (struct ecp_key){
        .name = "use", .type = ECP_KEY_WORD, .out = &v->use, .words = ecp_use_words};
    key[SOURCE] = (struct ecp_key){.name = "source", .type = ECP_KEY_NODE};
    key[SUBSET] = (struct ecp_key){.name = "subset", .type = ECP_KEY_NODE};
    key[FORM] = (struct ecp_key){
        .name = "form", .type = ECP_KEY_WORD, .out = &v->form, .words = ecp_form_words};
    key[VALUES] = (struct ecp_key){.name = "values", .type = ECP_KEY_NODE};
    key[STIMULUS] = (struct ecp_key){.name = "stimulus", .type = ECP_KEY_TEXT, .out = &v->stimulus};
    for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++)
        key[numbers[k].key] = (struct ecp_key){.name = numbers[k].name,
                                               .type = ECP_KEY_NUMBER,
                                               .out = numbers[k].out,
                                               .unit = numbers[k].unit};
}

static enum ecp_status read_source(struct ecp_reader *reader, const struct ecp_node *node,
                                   const struct ecp_key *key, const struct values *v,
                                   struct ecp_memory_reading *r)
{
    size_t n = 0;
    int *population = NULL;
    enum ecp_status status;
    if (!key[SOURCE].node)
        return ecp_refuse_missing(node, "source", "a population");
    ECP_TRY(ecp_read_populations(reader, key[SOURCE].node, 0, &n, &population));
    if (n != 1)
        return ecp_node_wrong(key[SOURCE].node, "one population");
    if (v->form == ECP_FORM_ONE_HOT)
        return ecp_node_refuse(key[FORM].node, "found \"one_hot\"; allowed: real, signs, bits");
    r->source = (struct ecp_subset){population[0], 0, reader->plan->population[population[0]]->size,
                                    1, NULL};
    if (key[SUBSET].node)
        ECP_TRY(ecp_read_subset(reader, key[SUBSET].node, &r->source));
    r->form = (enum ecp_row_form)v->form;
done:
    return status;
}

/* values = { source; subset; scale; offset; form; threshold; }: the same times. */
static enum ecp_status read_values(struct ecp_reader *reader, const struct ecp_node *node,
                                   struct ecp_memory_link *l)
{
    struct ecp_memory_link own = {.key = {.scale = 1}};
    struct ecp_key key[KEYS];
    struct values v = {0};
    enum ecp_status status;
    ECP_TRY(ecp_expect_group(node));
    table(key, &v, &own);
    ECP_TRY(ecp_read_keys(reader, node, key, KEYS));
    for (int k = 0; k < KEYS; k++)
        if (key[k].node && k != SOURCE && k != SUBSET && (k < SCALE || k > THRESHOLD))
            return ecp_node_refuse(key[k].node, "found an unknown key; allowed: source, subset, "
                                                "scale, offset, form, threshold");
    ECP_TRY(read_source(reader, node, key, &v, &own.key));
    own.key.every = l->key.every;
    own.key.start = l->key.start;
    own.key.stop = l->key.stop;
    l->value = own.key;
done:
    return status;
}

static enum ecp_status read_link(struct ecp_reader *reader, const struct ecp_node *node,
                                 struct ecp_plan_memory *memory)
{
    struct ecp_memory_link *l;
    struct ecp_key key[KEYS];
    struct values v = {0};
    enum ecp_status status;
    ECP_TRY(ecp_expect_group(node));
    ECP_TRY(ecp_memory_add_link(reader->plan, memory, &l));
    l->place = ecp_reader_place(reader, node);
    l->key.scale = 1;
    l->key.stop = INFINITY;
    table(key, &v, l);
    ECP_TRY(ecp_read_keys(reader, node, key, KEYS));
    if (!v.name)
        return ecp_refuse_missing(node, "name", "a name for its results");
    if (!key[EVERY].node)
        return ecp_refuse_missing(node, "every", "a time in ms");
    l->name = v.name;
    l->use = (enum ecp_memory_use)v.use;
    ECP_TRY(read_source(reader, node, key, &v, &l->key));
    if (key[VALUES].node)
        ECP_TRY(read_values(reader, key[VALUES].node, l));
    if (!v.stimulus)
        goto done;
    l->stimulus = ecp_plan_stimulus_index(reader->plan, v.stimulus);
    if (l->stimulus < 0)
        return ecp_refuse_no_stimulus(reader->plan, key[STIMULUS].node, v.stimulus);
done:
    return status;
}

enum ecp_status ecp_read_links(struct ecp_reader *reader, const struct ecp_node *list,
                               struct ecp_plan_memory *memory)
{
    enum ecp_status status = ecp_expect_list(list);
    for (const struct ecp_node *n = list->child; n && status == ECP_OK; n = n->next)
        status = read_link(reader, n, memory);
    return status;
}
