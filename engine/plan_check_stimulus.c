/* Stimuli: targets, times and levels; and the subsets of probes, too. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/config_place.h"
#include "engine/draw.h"
#include "engine/plan_check.h"

struct check {
    const struct ecp_plan *plan;
    struct ecp_plan_stimulus *s;
    const struct ecp_plan_population *target;
    char key[ECP_KEY_LENGTH];
};

static const char *key_of(struct check *c, const char *part)
{
    (void)snprintf(c->key, sizeof c->key, "stimuli.%s%s%s", c->s->name, part ? "." : "",
                   part ? part : "");
    return c->key;
}

enum ecp_status ecp_plan_check_subset(const struct ecp_plan *plan, const struct ecp_subset *subset,
                                      const struct ecp_place *place, const char *key)
{
    const struct ecp_plan_population *p = plan->population[subset->population];
    if (subset->count == 0 || subset->count > p->size)
        return ecp_refuse(place, key, "found %zu neurons of %s; allowed: 1 to %zu", subset->count,
                          p->name, p->size);
    if (!subset->list) {
        if (subset->stride == 0)
            return ecp_refuse(place, key, "found stride 0; allowed: 1 or more");
        if (subset->first >= p->size ||
            (subset->count - 1) > (p->size - 1 - subset->first) / subset->stride)
            return ecp_refuse(place, key,
                              "found first %zu, count %zu, stride %zu; allowed: neurons 0 to %zu "
                              "of %s",
                              subset->first, subset->count, subset->stride, p->size - 1, p->name);
        return ECP_OK;
    }
    for (size_t k = 0; k < subset->count; k++) {
        if (subset->list[k] >= p->size)
            return ecp_refuse(place, key, "found neuron %lu; allowed: 0 to %zu, in %s",
                              (unsigned long)subset->list[k], p->size - 1, p->name);
        if (k > 0 && subset->list[k] <= subset->list[k - 1])
            return ecp_refuse(place, key,
                              "found neuron %lu behind %lu; allowed: ascending, each once",
                              (unsigned long)subset->list[k], (unsigned long)subset->list[k - 1]);
    }
    return ECP_OK;
}

/* A rate is 0 or more, whatever is drawn; a current may be anything. */
static enum ecp_status check_level(struct check *c, const char *part)
{
    const int is_rate = c->s->kind == ECP_STIMULUS_POISSON;
    const char *unit = is_rate ? "Hz" : "pA";
    char text[ECP_FAULT_LENGTH];
    double lowest, highest;
    const char *fault = ecp_draw_fault(&c->s->level, unit, text);
    if (fault)
        return ecp_refuse(&c->s->place, key_of(c, part), "%s", fault);
    if (c->s->level.kind == ECP_DRAW_LIST && c->s->level.count != c->s->target.count)
        return ecp_refuse(&c->s->place, key_of(c, part),
                          "found %zu numbers; allowed: %zu, one for each neuron", c->s->level.count,
                          c->s->target.count);
    ecp_draw_range(&c->s->level, &lowest, &highest);
    if (is_rate && !(lowest >= 0))
        return ecp_refuse(&c->s->place, key_of(c, part), "found %s%g Hz; allowed: 0 Hz or more%s",
                          c->s->level.kind == ECP_DRAW_CONSTANT ? "" : "values down to ", lowest,
                          c->s->level.kind == ECP_DRAW_CONSTANT ? "" : ", as with low = 0");
    return ECP_OK;
}

static enum ecp_status check_switches(struct check *c)
{
    const struct ecp_plan_stimulus *s = c->s;
    for (size_t k = 0; k < s->n_switches; k++) {
        const double time = s->switch_time[k], value = s->switch_value[k];
        if (!(time >= 0) || !isfinite(time) || (k > 0 && time <= s->switch_time[k - 1]))
            return ecp_refuse(&s->place, key_of(c, "switches"),
                              "found time %g ms in step %zu; allowed: ascending, from 0 ms on",
                              time, k);
        if (!isfinite(value) || (s->kind == ECP_STIMULUS_POISSON && value < 0))
            return ecp_refuse(&s->place, key_of(c, "switches"),
                              "found %g %s in step %zu; allowed: %s", value,
                              s->kind == ECP_STIMULUS_POISSON ? "Hz" : "pA", k,
                              s->kind == ECP_STIMULUS_POISSON ? "0 Hz or more" : "finite numbers");
    }
    return ECP_OK;
}

static enum ecp_status check_port(struct check *c)
{
    struct ecp_plan_stimulus *s = c->s;
    int positive, negative;
    enum ecp_status status;
    if (!isfinite(s->weight))
        return ecp_refuse(&s->place, key_of(c, "weight"), "found %g; allowed: finite numbers",
                          s->weight);
    if (!(s->delay >= 0 && s->delay <= ECP_MAX_DELAY_STEPS * c->plan->dt))
        return ecp_refuse(&s->place, key_of(c, "delay"), "found %g ms; allowed: 0 to %g ms",
                          s->delay, ECP_MAX_DELAY_STEPS * c->plan->dt);
    ECP_TRY(ecp_plan_find_port(c->target, s->port_name, &s->place,
                               key_of(c, s->port_name ? "port" : "target"), &positive, &negative));
    s->port = s->weight < 0 ? negative : positive;
done:
    return status;
}

static enum ecp_status check_events(struct check *c)
{
    const struct ecp_plan_stimulus *s = c->s;
    const char *part = s->events_file ? "file" : "times";
    for (size_t k = 0; k < s->n_events; k++) {
        if (s->event_target[k] >= s->target.count)
            return ecp_refuse(&s->place, key_of(c, s->events_file ? "file" : "neurons"),
                              "found neuron %lu in spike %zu; allowed: 0 to %zu",
                              (unsigned long)s->event_target[k], k, s->target.count - 1);
        if (!isfinite(s->event_time[k]) || s->event_time[k] < 0)
            return ecp_refuse(&s->place, key_of(c, part),
                              "found %g ms in spike %zu; allowed: 0 ms or more", s->event_time[k],
                              k);
    }
    return ECP_OK;
}

static enum ecp_status check_noise(struct check *c)
{
    const struct ecp_plan_stimulus *s = c->s;
    if (!isfinite(s->mean))
        return ecp_refuse(&s->place, key_of(c, "mean"), "found %g pA; allowed: finite numbers",
                          s->mean);
    if (!isfinite(s->sd) || s->sd < 0)
        return ecp_refuse(&s->place, key_of(c, "sd"), "found %g pA; allowed: 0 pA or more", s->sd);
    if (!isfinite(s->tau) || s->tau <= 0)
        return ecp_refuse(&s->place, key_of(c, "tau"), "found %g ms; allowed: more than 0 ms",
                          s->tau);
    return ECP_OK;
}

static enum ecp_status check_current(struct check *c)
{
    if (ecp_field_of_kind(c->target->model->fields, ECP_CURRENT, 0) >= 0)
        return ECP_OK;
    return ecp_refuse(&c->s->place, key_of(c, "target"),
                      "found population %s of model %s, which takes no current; allowed: models "
                      "with an input current",
                      c->target->name, c->target->model->name);
}

static enum ecp_status check_kind(struct check *c)
{
    enum ecp_status status = ECP_OK;
    switch (c->s->kind) {
    case ECP_STIMULUS_POISSON:
        ECP_TRY(check_port(c));
        ECP_TRY(check_level(c, "rate"));
        ECP_TRY(check_switches(c));
        break;
    case ECP_STIMULUS_SPIKES:
        ECP_TRY(check_port(c));
        ECP_TRY(check_events(c));
        break;
    case ECP_STIMULUS_CURRENT:
        ECP_TRY(check_current(c));
        ECP_TRY(check_level(c, "amplitude"));
        ECP_TRY(check_switches(c));
        break;
    case ECP_STIMULUS_NOISE:
        ECP_TRY(check_current(c));
        ECP_TRY(check_noise(c));
        break;
    }
done:
    return status;
}

enum ecp_status ecp_plan_check_stimuli(struct ecp_plan *plan)
{
    enum ecp_status status = ECP_OK;
    for (size_t k = 0; k < plan->n_stimuli; k++) {
        struct check c = {.plan = plan, .s = plan->stimulus[k]};
        c.target = plan->population[c.s->target.population];
        ECP_TRY(ecp_plan_check_name(c.s->name, &c.s->place, key_of(&c, "name")));
        if (ecp_plan_stimulus_index(plan, c.s->name) != (int)k)
            return ecp_refuse(&c.s->place, key_of(&c, NULL),
                              "there are two of this name; allowed: one (give a name)");
        if (!(c.s->start >= 0) || !(c.s->stop > c.s->start))
            return ecp_refuse(&c.s->place, key_of(&c, "start"),
                              "found start %g ms and stop %g ms; allowed: 0 <= start < stop",
                              c.s->start, c.s->stop);
        ECP_TRY(ecp_plan_check_subset(plan, &c.s->target, &c.s->place, key_of(&c, "subset")));
        ECP_TRY(check_kind(&c));
    }
done:
    return status;
}
