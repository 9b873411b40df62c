/* Rows of numbers in a config: of a file, drawn, or of what is stored. */
#include <math.h>
#include <string.h>

#include "engine/config_memory.h"
#include "engine/config_place.h"

enum {
    FILE_NAME,
    RANDOM,
    OF,
    DATASET,
    FROM,
    TO,
    SCALE,
    FORM,
    THRESHOLD,
    CLASSES,
    UNIT_LENGTH,
    N,
    SIZE,
    DENSITY,
    SEED,
    STREAM,
    FIRST,
    FLIP,
    NOISE,
    MASK,
    KEYS
};

static const unsigned taken[] = {
    [FILE_NAME] = 1u << DATASET | 1u << FROM | 1u << TO | 1u << SCALE | 1u << FORM |
                  1u << THRESHOLD | 1u << CLASSES | 1u << UNIT_LENGTH,
    [RANDOM] = 1u << N | 1u << SIZE | 1u << DENSITY | 1u << SEED | 1u << STREAM | 1u << UNIT_LENGTH,
    [OF] =
        1u << N | 1u << SEED | 1u << STREAM | 1u << FIRST | 1u << FLIP | 1u << NOISE | 1u << MASK};

struct values {
    int law, form, of;
    size_t from, to, classes, n, size, seed, stream, first;
};

static const char *const of_words[] = {"stored", NULL};

static void count(struct ecp_key *key, const char *name, size_t *out, double lowest)
{
    *key = (struct ecp_key){
        .name = name, .type = ECP_KEY_COUNT, .out = out, .lowest = lowest, .highest = 1e12};
}

static void number(struct ecp_key *key, const char *name, double *out, double highest)
{
    *key = (struct ecp_key){.name = name,
                            .type = ECP_KEY_NUMBER,
                            .out = out,
                            .unit = "1",
                            .lowest = 0,
                            .highest = highest};
}

static void table(struct ecp_key *key, struct values *v, struct ecp_row_source *p)
{
    key[FILE_NAME] = (struct ecp_key){.name = "file", .type = ECP_KEY_NODE};
    key[RANDOM] = (struct ecp_key){
        .name = "random", .type = ECP_KEY_WORD, .out = &v->law, .words = ecp_law_words};
    key[OF] =
        (struct ecp_key){.name = "of", .type = ECP_KEY_WORD, .out = &v->of, .words = of_words};
    key[DATASET] = (struct ecp_key){.name = "dataset", .type = ECP_KEY_TEXT, .out = &p->dataset};
    count(&key[FROM], "from", &v->from, 0);
    count(&key[TO], "to", &v->to, 1);
    key[SCALE] =
        (struct ecp_key){.name = "scale", .type = ECP_KEY_NUMBER, .out = &p->scale, .unit = "1"};
    key[FORM] = (struct ecp_key){
        .name = "form", .type = ECP_KEY_WORD, .out = &v->form, .words = ecp_form_words};
    key[THRESHOLD] = (struct ecp_key){
        .name = "threshold", .type = ECP_KEY_NUMBER, .out = &p->threshold, .unit = "1"};
    count(&key[CLASSES], "classes", &v->classes, 1);
    key[UNIT_LENGTH] =
        (struct ecp_key){.name = "unit_length", .type = ECP_KEY_BOOL, .out = &p->unit_length};
    count(&key[N], "n", &v->n, 1);
    count(&key[SIZE], "size", &v->size, 1);
    number(&key[DENSITY], "density", &p->density, 1);
    count(&key[SEED], "seed", &v->seed, 0);
    key[SEED].highest = 0x1p63;
    count(&key[STREAM], "stream", &v->stream, 0);
    key[STREAM].highest = 1 << 24;
    count(&key[FIRST], "first", &v->first, 0);
    number(&key[FLIP], "flip", &p->flip, 1);
    number(&key[NOISE], "noise", &p->noise, 1e6);
    number(&key[MASK], "mask", &p->mask, 1);
}

/* Keys that do not go with this origin are refused. */
static enum ecp_status check_keys(const struct ecp_key *key, int origin)
{
    char text[ECP_ALLOWED_LENGTH];
    const char *names[KEYS];
    size_t n = 0;
    names[n++] = key[origin].name;
    for (int k = DATASET; k < KEYS; k++)
        if (taken[origin] & 1u << k)
            names[n++] = key[k].name;
    for (int k = 0; k < KEYS; k++)
        if (k != origin && key[k].node && !(taken[origin] & 1u << k))
            return ecp_node_refuse(key[k].node, "found beside %s; %s", key[origin].name,
                                   ecp_allowed(text, NULL, names, n));
    return ecp_expect_group(key[origin].node->parent);
}

static enum ecp_status from_file(struct ecp_reader *reader, struct ecp_node *file,
                                 struct ecp_row_source *p)
{
    enum ecp_status status = ecp_read_path(reader, file, &p->file);
    if (status != ECP_OK)
        return status;
    if (p->dataset && p->dataset[0] == '\0')
        return ecp_node_refuse(ecp_node_find(file->parent, "dataset"),
                               "found \"\"; allowed: the name of a dataset, or no key");
    if (p->scale == 0)
        return ecp_node_refuse(ecp_node_find(file->parent, "scale"),
                               "found 0, which makes all rows the same; allowed: other numbers");
    p->origin = ECP_ROWS_FILE;
    status = ecp_row_source_make(reader->plan, p);
    return ecp_node_refuse_again(file, status);
}

static enum ecp_status drawn(struct ecp_reader *reader, const struct ecp_node *node,
                             const struct ecp_key *key, struct ecp_row_source *p)
{
    if (!key[N].node)
        return ecp_refuse_missing(node, "n", "how many rows");
    if (!key[SIZE].node)
        return ecp_refuse_missing(node, "size", "how many numbers in a row");
    if (key[DENSITY].node && p->law != ECP_LAW_BITS)
        return ecp_node_refuse(key[DENSITY].node,
                               "found for random = \"%s\"; allowed: with "
                               "\"bits\"",
                               ecp_law_words[p->law]);
    p->origin = ECP_ROWS_RANDOM;
    return ecp_node_refuse_again(node, ecp_row_source_make(reader->plan, p));
}

enum ecp_status ecp_read_rows(struct ecp_reader *reader, struct ecp_node *node, int may_be_stored,
                              struct ecp_row_source *out)
{
    static const char *const allowed[] = {
        "\"FILE\", { file = \"FILE\"; ... }, { random = \"signs\"; n; size; ... }",
        "\"FILE\", { file = \"FILE\"; ... }, { random = \"signs\"; ... }, { of = \"stored\"; ... "
        "}"};
    struct ecp_key key[KEYS];
    struct values v = {0};
    struct ecp_row_source p = {.scale = 1, .density = 0.5};
    enum ecp_status status = ECP_OK;
    p.seed = reader->plan->seed;
    p.subject = (uint32_t)++reader->plan->n_patterns;
    if (node->kind == ECP_NODE_TEXT) {
        ECP_TRY(from_file(reader, node, &p));
        goto done;
    }
    if (node->kind != ECP_NODE_GROUP)
        return ecp_node_wrong(node, allowed[may_be_stored]);
    table(key, &v, &p);
    ECP_TRY(ecp_read_keys(reader, node, key, KEYS));
    const int origin = key[FILE_NAME].node ? FILE_NAME : key[RANDOM].node ? RANDOM : OF;
    if (!key[origin].node || (origin == OF && !may_be_stored))
        return ecp_node_refuse(node, "found no source; allowed: %s", allowed[may_be_stored]);
    ECP_TRY(check_keys(key, origin));
    p.law = (enum ecp_row_law)v.law;
    p.form = (enum ecp_row_form)v.form;
    p.from = v.from;
    p.to = v.to;
    p.classes = v.classes;
    p.n = v.n;
    p.size = v.size;
    p.first = v.first;
    if (key[SEED].node) { /* the same seed, the same rows, wherever it stands */
        p.seed = v.seed;
        p.subject = 0;
    }
    if (key[STREAM].node)
        p.subject = (uint32_t)v.stream;
    if (origin == FILE_NAME)
        ECP_TRY(from_file(reader, key[FILE_NAME].node, &p));
    else if (origin == RANDOM)
        ECP_TRY(drawn(reader, node, key, &p));
    else
        p.origin = ECP_ROWS_STORED;
done:
    if (status == ECP_OK)
        *out = p;
    return status;
}
