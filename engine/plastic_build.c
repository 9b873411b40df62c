/* Pieces of plastic synapses: count, lay out, fill. */
#include "engine/edges.h"
#include "engine/plastic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/alloc.h"

/* Silent pieces are brought to date so often (ms): bounds the histories. */
static const double SWEEP_MS = 1000;

struct building {
    struct ecp_plastic *plastic;
    const struct ecp_connector *connector;
    uint32_t first_delay, n_delays, n_sections;
    uint32_t *table; /* sources x delays x sections: counts, then pieces */
    int mixed;       /* weights of both signs */
    double sign;
};

static size_t key_of(const struct building *b, const struct ecp_batch *batch, size_t k)
{
    const uint32_t section = (batch->target[k] - b->plastic->first_target) / ECP_SECTION;
    const uint32_t delay = batch->delay[k] - b->first_delay;
    return ((size_t)batch->source[k] * b->n_delays + delay) * b->n_sections + section;
}

static void count_batch(void *context, const struct ecp_batch *batch)
{
    struct building *b = context;
    for (size_t k = 0; k < batch->n; k++) {
        b->table[key_of(b, batch, k)]++;
        b->mixed |= batch->weight[k] * b->sign < 0;
    }
}

static void fill_batch(void *context, const struct ecp_batch *batch)
{
    struct building *b = context;
    struct ecp_plastic *plastic = b->plastic;
    for (size_t k = 0; k < batch->n; k++) {
        const uint32_t at_piece = b->table[key_of(b, batch, k)];
        struct ecp_piece *piece = &plastic->piece[at_piece];
        const uint64_t at = piece->first + piece->n++;
        plastic->target[at] = (uint16_t)((batch->target[k] - plastic->first_target) % ECP_SECTION);
        plastic->weight[at] = (ecp_real)fabs(batch->weight[k]);
        if (plastic->third_fill)
            ecp_plastic_third_place(plastic, at, batch->target[k]);
    }
}

/* The sign that all weights share: of the port's use, else of the law's mean. */
static double sign_of(const struct ecp_plan_projection *p)
{
    if (ecp_edges_have_weights(p))
        return ecp_edges_extent_of(p).sign < 0 ? -1 : 1;
    return ecp_draw_mean(&p->weight) < 0 ? -1 : 1;
}

static enum ecp_status no_memory(const struct ecp_plastic *plastic)
{
    return ecp_fail(ECP_ENOMEM, "no memory for the synapses of %s", plastic->plan->name);
}

/* ---- pieces ---------------------------------------------------------- */

static enum ecp_status lay_out(struct building *b, size_t n_sources)
{
    struct ecp_plastic *plastic = b->plastic;
    const size_t keys = (size_t)b->n_delays * b->n_sections;
    const int port = b->sign < 0 ? plastic->plan->port_negative : plastic->plan->port_positive;
    size_t n = 0;
    uint64_t at = 0;
    /* Where synapses come and go, every source keeps all its pieces. */
    const int is_structural = ecp_structure_of(plastic->plan, NULL) != NULL;
    for (size_t k = 0; k < n_sources * keys; k++)
        n += b->table[k] > 0 || is_structural;
    plastic->piece = ecp_array(n + 1, sizeof *plastic->piece);
    plastic->start = ecp_array(n_sources + 1, sizeof *plastic->start);
    if (!plastic->piece || !plastic->start)
        return no_memory(plastic);
    for (size_t s = 0; s < n_sources; s++) {
        plastic->start[s] = (uint32_t)plastic->n_pieces;
        for (size_t k = 0; k < keys; k++) {
            uint32_t *entry = &b->table[s * keys + k];
            if (*entry == 0 && !is_structural)
                continue;
            plastic->piece[plastic->n_pieces] = (struct ecp_piece){
                .first = at,
                .delay = (uint16_t)(b->first_delay + k / b->n_sections),
                .port = (uint8_t)port,
                .section = (uint8_t)(k % b->n_sections),
                .view = plastic->n_views > 1 ? (uint32_t)(k / b->n_sections) : 0};
            at += *entry;
            *entry = (uint32_t)plastic->n_pieces++;
        }
    }
    plastic->start[n_sources] = (uint32_t)plastic->n_pieces;
    plastic->n_synapses = at;
    return ECP_OK;
}

static enum ecp_status make_columns(struct ecp_plastic *plastic)
{
    const size_t n = plastic->n_synapses + ECP_ALIGNMENT;
    plastic->weight_bytes = n * sizeof *plastic->weight;
    plastic->target_bytes = n * sizeof *plastic->target;
    plastic->weight = ecp_pages(plastic->weight_bytes);
    plastic->target = ecp_pages(plastic->target_bytes);
    if (!plastic->weight || !plastic->target)
        return no_memory(plastic);
    for (size_t k = 0; k < plastic->n_synapse_fields; k++)
        if (!(plastic->synapse[k] = ecp_pages(plastic->weight_bytes)))
            return no_memory(plastic);
    return ECP_OK;
}

void ecp_plastic_begin(struct ecp_plastic *plastic, uint64_t first, uint64_t n)
{
    const uint64_t end = first + n;
    for (size_t k = 0; k < plastic->n_synapse_fields; k++) {
        const int f = ecp_field_of_kind(plastic->rule->fields, ECP_SYNAPSE, k);
        const ecp_real value = (ecp_real)plastic->plan->plasticity_param[f];
        for (uint64_t s = first; s < end; s++)
            plastic->synapse[k][s] = value;
    }
    if (!plastic->rule || !plastic->rule->begin)
        return;
    for (uint64_t at = first; at < end; at += ECP_VISIT_SIZE) {
        ecp_real *synapse[ECP_MAX_SYNAPSE] = {NULL};
        for (size_t k = 0; k < plastic->n_synapse_fields; k++)
            synapse[k] = plastic->synapse[k] + at;
        const struct ecp_visit visit = {.n = end - at < ECP_VISIT_SIZE ? end - at : ECP_VISIT_SIZE,
                                        .param = plastic->param,
                                        .derived = plastic->derived,
                                        .dt = plastic->worker->network->plan->dt,
                                        .weight = plastic->weight + at,
                                        .synapse = synapse,
                                        .target = plastic->target + at};
        plastic->rule->begin(&visit);
    }
}

static enum ecp_status build_pieces(struct building *b)
{
    struct ecp_plastic *plastic = b->plastic;
    const size_t n_sources = b->connector->n_source;
    const size_t bytes = n_sources * b->n_delays * b->n_sections * sizeof *b->table + 64;
    enum ecp_status status = ECP_OK;
    b->table = ecp_pages(bytes);
    if (!b->table)
        return no_memory(plastic);
    const struct ecp_emit count = {count_batch, b, 1}, fill = {fill_batch, b, 1};
    ECP_TRY(ecp_connect(b->connector, plastic->first_target, plastic->n_targets, &count));
    if (b->mixed) {
        status = ecp_fail(ECP_ECONFIG,
                          "projections.%s.weight: found weights of both signs in a plastic "
                          "projection; allowed: one sign (bounds of the law keep it)",
                          plastic->plan->name);
        goto done;
    }
    ECP_TRY(lay_out(b, n_sources));
    ECP_TRY(make_columns(plastic));
    ECP_TRY(ecp_plastic_third_begin(plastic));
    ECP_TRY(ecp_connect(b->connector, plastic->first_target, plastic->n_targets, &fill));
    ecp_plastic_begin(plastic, 0, plastic->n_synapses);
done:
    ecp_plastic_third_end(plastic);
    ecp_pages_free(b->table, bytes);
    return status;
}

/* ---- what is per piece and per target --------------------------------- */

static size_t count_kind(const struct ecp_plasticity *rule, enum ecp_field_kind kind)
{
    size_t n = 0;
    while (rule && ecp_field_of_kind(rule->fields, kind, n) >= 0)
        n++;
    return n;
}

static enum ecp_status make_view(struct ecp_plastic *plastic, struct ecp_view *view)
{
    const size_t n = (size_t)plastic->n_targets + ECP_ALIGNMENT;
    view->bits = 3;
    view->count = ecp_array(n, sizeof *view->count);
    view->latest = ecp_array(n, sizeof *view->latest);
    view->time = ecp_array(n << view->bits, sizeof *view->time);
    if (!view->count || !view->latest || !view->time)
        return no_memory(plastic);
    for (int k = 0; plastic->rule && k < plastic->rule->n_marks; k++)
        if (!(view->mark[k] = ecp_array(n << view->bits, sizeof **view->mark)))
            return no_memory(plastic);
    for (size_t k = 0; k < plastic->n_post; k++) {
        const int f = ecp_field_of_kind(plastic->rule->fields, ECP_POST, k);
        if (!(view->post[k] = ecp_array(n, sizeof **view->post)))
            return no_memory(plastic);
        for (size_t j = 0; j < plastic->n_targets; j++)
            view->post[k][j] = (ecp_real)plastic->plan->plasticity_param[f];
    }
    return ECP_OK;
}

static enum ecp_status make_views(struct ecp_plastic *plastic, uint32_t first_delay,
                                  uint32_t n_delays)
{
    enum ecp_status status = ECP_OK;
    const int dendritic = plastic->plan->dendritic;
    plastic->n_views = dendritic ? n_delays : 1;
    plastic->view = ecp_array(plastic->n_views, sizeof *plastic->view);
    if (!plastic->view)
        return no_memory(plastic);
    for (uint32_t k = 0; k < plastic->n_views; k++) {
        plastic->view[k].shift = dendritic ? 2 * (first_delay + k) : 0;
        ECP_TRY(make_view(plastic, &plastic->view[k]));
    }
done:
    return status;
}

static enum ecp_status make_traces(struct ecp_plastic *plastic)
{
    const size_t n = plastic->n_pieces, targets = (size_t)plastic->n_targets + ECP_ALIGNMENT;
    plastic->before = ecp_array(n * plastic->n_pre + 1, sizeof *plastic->before);
    plastic->after = ecp_array(n * plastic->n_pre + 1, sizeof *plastic->after);
    plastic->short_before = ecp_array(n * plastic->n_short_pre + 1, sizeof *plastic->before);
    plastic->short_after = ecp_array(n * plastic->n_short_pre + 1, sizeof *plastic->after);
    plastic->fired = ecp_array(targets, 1);
    plastic->event = ecp_array(targets, 1);
    plastic->list = ecp_array(targets, sizeof *plastic->list);
    plastic->due = ecp_array(plastic->n_due, sizeof *plastic->due);
    if (!plastic->before || !plastic->after || !plastic->short_before || !plastic->short_after ||
        !plastic->fired || !plastic->event || !plastic->list || !plastic->due)
        return no_memory(plastic);
    for (int k = 0; plastic->rule && k < plastic->rule->n_marks; k++)
        if (!(plastic->marks[k] = ecp_array(targets, sizeof **plastic->marks)))
            return no_memory(plastic);
    for (int k = 0; plastic->rule && k < plastic->rule->n_sums; k++)
        if (!(plastic->sum[k] = ecp_array(targets, sizeof **plastic->sum)))
            return no_memory(plastic);
    for (size_t p = 0; p < n; p++) {
        for (size_t k = 0; k < plastic->n_pre; k++)
            plastic->before[p * plastic->n_pre + k] = plastic->after[p * plastic->n_pre + k] =
                (ecp_real)plastic->plan
                    ->plasticity_param[ecp_field_of_kind(plastic->rule->fields, ECP_PRE, k)];
        for (size_t k = 0; k < plastic->n_short_pre; k++)
            plastic->short_before[p * plastic->n_short_pre + k] =
                plastic->short_after[p * plastic->n_short_pre + k] =
                    (ecp_real)plastic->plan->short_term_param[ecp_field_of_kind(
                        plastic->short_term->fields, ECP_PRE, k)];
    }
    return ECP_OK;
}

/* ---- one projection --------------------------------------------------- */

static enum ecp_status find_rules(struct ecp_plastic *plastic)
{
    const struct ecp_network *network = plastic->worker->network;
    const struct ecp_plan_projection *plan = plastic->plan;
    enum ecp_status status = ECP_OK;
    if (plan->plasticity) {
        ECP_TRY(ecp_plasticity_find(plan->plasticity->name, network->options.isa, &plastic->rule));
        memcpy(plastic->param, plan->plasticity_param, sizeof plastic->param);
        if (plastic->rule->derive)
            ECP_TRY(plastic->rule->derive(plastic->param, network->plan->dt, plastic->derived));
    }
    if (plan->short_term) {
        ECP_TRY(ecp_plasticity_find(plan->short_term->name, network->options.isa,
                                    &plastic->short_term));
        if (plastic->short_term->derive)
            ECP_TRY(plastic->short_term->derive(plan->short_term_param, network->plan->dt,
                                                plastic->short_derived));
    }
    plastic->n_pre = count_kind(plastic->rule, ECP_PRE);
    plastic->n_short_pre = count_kind(plastic->short_term, ECP_PRE);
    plastic->n_post = count_kind(plastic->rule, ECP_POST);
    plastic->n_synapse_fields = count_kind(plastic->rule, ECP_SYNAPSE);
    const int period = plastic->rule ? ecp_field_find(plastic->rule->fields, "period") : -1;
    if (period >= 0)
        plastic->period =
            (uint32_t)fmax(1, nearbyint(plan->plasticity_param[period] / network->plan->dt));
    plastic->sweep = (uint32_t)fmax(1, nearbyint(SWEEP_MS / network->plan->dt));
done:
    return status;
}

static enum ecp_status build_projection(struct ecp_plastic *plastic)
{
    struct ecp_worker *worker = plastic->worker;
    const struct ecp_network *network = worker->network;
    const struct ecp_connector *connector = &network->connector[plastic->projection];
    const struct ecp_share *share = &worker->share[plastic->plan->target];
    struct building b = {.plastic = plastic, .connector = connector};
    uint32_t last_delay;
    enum ecp_status status = ECP_OK;
    plastic->first_target = share->first;
    plastic->n_targets = share->n;
    plastic->slot = share->slot;
    ECP_TRY(find_rules(plastic));
    ecp_connector_delays(connector, &b.first_delay, &last_delay);
    b.n_delays = last_delay - b.first_delay + 1;
    b.n_sections = share->n / ECP_SECTION + 1;
    b.sign = plastic->sign = sign_of(plastic->plan);
    for (plastic->n_due = 2; plastic->n_due < last_delay + ECP_EPOCH_MAX + 2;)
        plastic->n_due *= 2;
    ECP_TRY(make_views(plastic, b.first_delay, b.n_delays));
    ECP_TRY(build_pieces(&b));
    ECP_TRY(make_traces(plastic));
    for (int k = 0; plastic->rule && plastic->rule->sees[k]; k++) {
        const struct ecp_field *fields = network->population[plastic->plan->target].model->fields;
        plastic->seen[k] = share->column[ecp_field_find(fields, plastic->rule->sees[k])];
    }
    ECP_TRY(ecp_plastic_past_build(plastic));
    ECP_TRY(ecp_plastic_tick_build(plastic));
    ECP_TRY(ecp_plastic_glia_build(plastic));
done:
    return status;
}

enum ecp_status ecp_plastic_build(struct ecp_worker *worker)
{
    const struct ecp_network *network = worker->network;
    struct ecp_plastic_worker *all;
    size_t n = 0;
    uint32_t longest = 1;
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < network->plan->n_projections; k++)
        n += network->wide[k] == ECP_FORM_PLASTIC;
    if (n == 0)
        return ECP_OK;
    all = worker->plastic = ecp_array(1, sizeof *all);
    if (!all || !(all->projection = ecp_array(n, sizeof *all->projection)))
        return ecp_fail(ECP_ENOMEM, "no memory for plastic projections");
    for (size_t k = 0; k < network->plan->n_projections; k++) {
        if (network->wide[k] != ECP_FORM_PLASTIC)
            continue;
        struct ecp_plastic *plastic = &all->projection[all->n++];
        plastic->worker = worker;
        plastic->projection = (int)k;
        plastic->plan = network->plan->projection[k];
        ECP_TRY(build_projection(plastic));
        for (uint32_t v = 0; v < plastic->n_views; v++)
            if (plastic->view[v].shift + plastic->echo > longest)
                longest = plastic->view[v].shift + plastic->echo;
    }
    for (all->n_history = 2; all->n_history < longest + 2;)
        all->n_history *= 2;
    all->fired = ecp_array((size_t)network->n_populations * all->n_history, sizeof *all->fired);
    if (!all->fired)
        status = ecp_fail(ECP_ENOMEM, "no memory for plastic projections");
done:
    return status;
}

/* ---- the end ----------------------------------------------------------- */

static void clear_view(struct ecp_view *view)
{
    for (size_t k = 0; k < ECP_MAX_TRACES; k++)
        free(view->post[k]);
    for (size_t k = 0; k < ECP_MAX_MARKS; k++)
        free(view->mark[k]);
    free(view->count);
    free(view->latest);
    free(view->time);
}

static void clear_projection(struct ecp_plastic *plastic)
{
    for (uint32_t v = 0; plastic->view && v < plastic->n_views; v++)
        clear_view(&plastic->view[v]);
    for (uint32_t d = 0; plastic->due && d < plastic->n_due; d++)
        free(plastic->due[d].piece);
    for (size_t k = 0; k < ECP_MAX_SYNAPSE; k++)
        ecp_pages_free(plastic->synapse[k], plastic->weight_bytes);
    for (size_t k = 0; k < ECP_MAX_MARKS; k++) {
        free(plastic->marks[k]);
        free(plastic->sum[k]);
    }
    ecp_pages_free(plastic->weight, plastic->weight_bytes);
    ecp_pages_free(plastic->target, plastic->target_bytes);
    ecp_plastic_past_clear(plastic);
    ecp_plastic_third_clear(plastic);
    ecp_plastic_glia_clear(plastic);
    ecp_plastic_tick_clear(plastic);
    free(plastic->view);
    free(plastic->due);
    free(plastic->piece);
    free(plastic->start);
    free(plastic->before);
    free(plastic->after);
    free(plastic->short_before);
    free(plastic->short_after);
    free(plastic->fired);
    free(plastic->event);
    free(plastic->list);
    free(plastic->modulator);
    free(plastic->modulator_level);
}

void ecp_plastic_clear(struct ecp_worker *worker)
{
    struct ecp_plastic_worker *all = worker->plastic;
    if (!all)
        return;
    for (size_t k = 0; k < all->n; k++)
        clear_projection(&all->projection[k]);
    const size_t lists = (size_t)worker->network->n_populations * all->n_history;
    for (size_t k = 0; all->fired && k < lists; k++)
        free(all->fired[k].neuron);
    free(all->fired);
    free(all->projection);
    free(all);
    worker->plastic = NULL;
}

double ecp_plastic_bytes(const struct ecp_worker *worker, uint64_t *synapses)
{
    const struct ecp_plastic_worker *all = worker->plastic;
    double bytes = 0;
    for (size_t k = 0; all && k < all->n; k++) {
        const struct ecp_plastic *p = &all->projection[k];
        const double traces = 2 * (double)(p->n_pre + p->n_short_pre) * sizeof(ecp_real);
        bytes +=
            (double)p->target_bytes + (double)p->weight_bytes * (double)(1 + p->n_synapse_fields);
        bytes += (double)p->n_pieces * (sizeof *p->piece + traces);
        bytes += ecp_plastic_glia_bytes(p);
        *synapses += p->n_synapses;
    }
    return bytes;
}

const struct ecp_plastic *ecp_plastic_of(const struct ecp_worker *worker, int projection)
{
    const struct ecp_plastic *at = worker->plastic->projection;
    while (at->projection != projection)
        at++;
    return at;
}
