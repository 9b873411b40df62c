/* The result of a run as one JSON object (docs/ecphory.1 lists the fields). */
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "engine/report.h"

#ifdef ECP_DOUBLE
static const char precision[] = "double";
#else
static const char precision[] = "float";
#endif

static json_t *number(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

static json_t *text(const char *s)
{
    /* Names come from a user's file and need not be UTF-8. */
    json_t *string = s ? json_string(s) : json_null();
    return string ? string : json_string("(not UTF-8)");
}

static json_t *count(uint64_t n)
{
    return json_integer((json_int_t)n);
}

static json_t *hexadecimal(const uint64_t *sum)
{
    return sum ? json_sprintf("%016" PRIx64, *sum) : json_null();
}

static void add_identity(json_t *to, const struct ecp_report *r)
{
    const struct ecp_plan *plan = r->plan;
    json_object_set_new(to, "status", text(ecp_status_name(r->status)));
    json_object_set_new(to, "exit_code", json_integer(ecp_status_exit_code(r->status)));
    json_object_set_new(to, "message", text(r->message));
    json_object_set_new(to, "scenario",
                        text(!plan            ? NULL
                             : plan->scenario ? plan->scenario
                                              : plan->name));
    json_object_set_new(to, "name", text(plan ? plan->name : NULL));
    json_object_set_new(to, "seed", plan ? count(plan->seed) : json_null());
    json_object_set_new(to, "version", text(ECP_VERSION));
    json_object_set_new(to, "ranks", json_integer(r->ranks));
}

static void add_facts(json_t *to, const struct ecp_report *r)
{
    const struct ecp_network_facts *f = &r->facts;
    const struct ecp_recording *recording = r->recording;
    json_object_set_new(to, "threads", json_integer(f->threads));
    json_object_set_new(to, "isa", text(ecp_isa_name(f->isa)));
    json_object_set_new(to, "precision", text(precision));
    json_object_set_new(to, "dt_ms", number(recording->dt));
    json_object_set_new(to, "model_time_s", number(recording->duration / 1000));
    json_object_set_new(to, "counted_time_s", number(recording->counted / 1000));
    json_object_set_new(to, "wall_s", number(f->run_s));
    json_object_set_new(to, "real_time_factor", number(ecp_report_rtf(r)));
    json_object_set_new(to, "build_s", number(f->build_s));
    json_object_set_new(to, "deliver_s", number(f->deliver_s));
    json_object_set_new(to, "update_s", number(f->update_s));
    json_object_set_new(to, "wait_s", number(f->wait_s));
    json_object_set_new(to, "peak_memory_mb", number(r->peak_memory_mb));
    json_object_set_new(to, "neurons", count(f->neurons));
    json_object_set_new(to, "synapses", count(f->synapses));
    json_object_set_new(to, "synapses_created", count(f->created));
    json_object_set_new(to, "synapses_deleted", count(f->deleted));
    json_object_set_new(to, "gap_junctions", count(f->gap_junctions));
    json_object_set_new(to, "slow_currents", count(f->slow_currents));
    json_object_set_new(to, "bytes_per_synapse", number(f->bytes_per_synapse));
    json_object_set_new(to, "spikes", count(recording->spikes));
    json_object_set_new(to, "checksum", hexadecimal(&recording->checksum));
    json_object_set_new(to, "weights_checksum", hexadecimal(r->weights_checksum));
}

static json_t *populations(const struct ecp_recording *recording)
{
    json_t *list = json_array();
    for (size_t k = 0; k < recording->n_populations; k++) {
        const struct ecp_recorded_population *p = &recording->population[k];
        json_t *one = json_object();
        json_object_set_new(one, "name", text(p->name));
        json_object_set_new(one, "model", text(p->model));
        json_object_set_new(one, "size", count(p->size));
        json_object_set_new(one, "spikes", count(p->spikes));
        json_object_set_new(one, "rate_hz", number(ecp_recorded_rate_hz(recording, k)));
        json_object_set_new(one, "cv_isi", number(ecp_recorded_cv_isi(recording, k)));
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *moment(const struct ecp_recorded_histogram *h, const struct ecp_weights_moment *m)
{
    json_t *one = json_object(), *counts = json_array();
    if (isnan(m->time)) {
        json_decref(counts);
        json_decref(one);
        return json_null();
    }
    json_object_set_new(one, "time_ms", number(m->time));
    json_object_set_new(one, "synapses", count(m->n));
    json_object_set_new(one, "mean", number(m->mean));
    json_object_set_new(one, "sd", number(m->sd));
    json_object_set_new(one, "lowest", number(m->lowest));
    json_object_set_new(one, "highest", number(m->highest));
    for (size_t k = 0; k < h->n_bins; k++)
        json_array_append_new(counts, count(m->count[k]));
    json_object_set_new(one, "counts", counts);
    return one;
}

static json_t *weights(const struct ecp_recording *recording)
{
    json_t *list = json_array();
    for (size_t k = 0; k < recording->n_histograms; k++) {
        const struct ecp_recorded_histogram *h = &recording->histogram[k];
        json_t *one = json_object();
        json_object_set_new(one, "projection", text(h->projection_name));
        json_object_set_new(one, "unit", text(h->unit));
        json_object_set_new(one, "first_bin", number(h->low));
        json_object_set_new(one, "bin_width", number(h->width));
        json_object_set_new(one, "bins", count(h->n_bins));
        json_object_set_new(one, "initial", moment(h, &h->initial));
        json_object_set_new(one, "final", moment(h, &h->final));
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *results(const struct ecp_scores *scores)
{
    json_t *list = json_array();
    for (size_t k = 0; scores && k < scores->n_results; k++) {
        const struct ecp_result *result = &scores->result[k];
        json_t *one = json_object();
        json_object_set_new(one, "name", text(result->name));
        json_object_set_new(one, "value", number(result->value));
        json_object_set_new(one, "unit", text(result->unit));
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *verdicts(const struct ecp_scores *scores)
{
    json_t *list = json_array();
    for (size_t k = 0; scores && k < scores->n_verdicts; k++) {
        const struct ecp_verdict *v = &scores->verdict[k];
        json_t *one = json_object();
        json_object_set_new(one, "claim", text(v->claim));
        json_object_set_new(one, "value", number(v->value));
        json_object_set_new(one, "unit", text(v->unit));
        json_object_set_new(one, "lowest", number(v->lowest));
        json_object_set_new(one, "highest", number(v->highest));
        json_object_set_new(one, "pass", v->unjudged ? json_null() : json_boolean(v->pass));
        json_object_set_new(one, "judged", json_boolean(!v->unjudged));
        json_object_set_new(one, "margin", number(v->margin));
        json_object_set_new(one, "source", text(v->source));
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *outputs(const struct ecp_report *report)
{
    json_t *list = json_array();
    for (size_t k = 0; k < report->n_outputs; k++)
        json_array_append_new(list, text(report->output[k]));
    return list;
}

/* The text of `object`, which is released. */
static enum ecp_status print_object(json_t *object, char **out)
{
    char *made = json_dumps(object, JSON_REAL_PRECISION(12));
    json_decref(object);
    if (!made)
        return ecp_fail(ECP_ENOMEM, "no memory for the JSON result");
    *out = made;
    return ECP_OK;
}

enum ecp_status ecp_report_check_json(const struct ecp_plan *plan,
                                      const struct ecp_forecast *forecast, int threads, char **out)
{
    const struct ecp_report report = {.plan = plan, .ranks = forecast->ranks};
    json_t *object = json_object();
    add_identity(object, &report);
    json_object_set_new(object, "threads", json_integer(threads));
    json_object_set_new(object, "model_time_s", number(ecp_plan_duration(plan) / 1000));
    json_object_set_new(object, "neurons", number(forecast->neurons));
    json_object_set_new(object, "synapses", number(forecast->synapses));
    json_object_set_new(object, "gap_junctions", number(forecast->gap_junctions));
    json_object_set_new(object, "memory_bytes", number(forecast->total_bytes));
    json_object_set_new(object, "memory_synapses_bytes", number(forecast->rows_bytes));
    json_object_set_new(object, "memory_neurons_bytes", number(forecast->neurons_bytes));
    json_object_set_new(object, "memory_buffers_bytes", number(forecast->buffers_bytes));
    json_object_set_new(object, "memory_recording_bytes", number(forecast->recording_bytes));
    json_object_set_new(object, "memory_available_bytes", number(ecp_memory_available()));
    json_object_set_new(object, "memory_program_bytes", number(forecast->program_bytes));
    json_object_set_new(object, "file_bytes", number(forecast->file_bytes));
    json_object_set_new(object, "file_edges_bytes", number(forecast->edges_bytes));
    json_object_set_new(object, "build_s", number(forecast->build_s));
    json_object_set_new(object, "run_s", number(forecast->run_s));
    json_object_set_new(object, "assumed_rate_hz", number(forecast->assumed_rate_hz));
    json_object_set_new(object, "memory_exchange_bytes", number(forecast->exchange_bytes));
    json_object_set_new(object, "messages_per_s", number(forecast->letters_per_s));
    json_object_set_new(object, "message_bytes_per_s", number(4 * forecast->words_per_s));
    return print_object(object, out);
}

enum ecp_status ecp_report_json(const struct ecp_report *report, char **out)
{
    json_t *object = json_object();
    add_identity(object, report);
    if (report->recording) {
        add_facts(object, report);
        json_object_set_new(object, "populations", populations(report->recording));
        json_object_set_new(object, "plastic_weights", weights(report->recording));
        json_object_set_new(object, "results", results(report->scores));
        json_object_set_new(object, "verdicts", verdicts(report->scores));
        json_object_set_new(object, "outputs", outputs(report));
    }
    return print_object(object, out);
}
