/* A recording as lines that are easy to compare. */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/network_memory.h"
#include "mpi/comm.h"
#include "tests/specimens.h"

struct text {
    char *bytes;
    size_t n, capacity;
    int failed;
};

static void say(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(struct text *t, const char *format, ...)
{
    char line[512];
    va_list list;
    va_start(list, format);
    const int length = vsnprintf(line, sizeof line, format, list);
    va_end(list);
    const size_t n = length < 0                     ? 0
                     : (size_t)length < sizeof line ? (size_t)length
                                                    : sizeof line - 1;
    if (t->n + n + 1 > t->capacity) {
        const size_t capacity = 2 * (t->n + n + 1);
        char *grown = realloc(t->bytes, capacity);
        t->failed |= !grown;
        if (!grown)
            return;
        t->bytes = grown;
        t->capacity = capacity;
    }
    memcpy(t->bytes + t->n, line, n + 1);
    t->n += n;
}

static uint64_t bits(const void *data, size_t bytes, uint64_t sum)
{
    const unsigned char *at = data;
    for (size_t k = 0; k < bytes; k++)
        sum = (sum ^ at[k]) * UINT64_C(1099511628211);
    return sum;
}

static const uint64_t BEGIN = UINT64_C(14695981039346656037);

static void say_populations(struct text *t, const struct ecp_recording *r)
{
    for (size_t p = 0; p < r->n_populations; p++) {
        const struct ecp_recorded_population *q = &r->population[p];
        uint64_t events = BEGIN, counts = bits(q->count, q->size * sizeof *q->count, BEGIN);
        for (size_t k = 0; k < q->n_events; k++) { /* without the padding between members */
            events = bits(&q->event[k].step, sizeof q->event[k].step, events);
            events = bits(&q->event[k].index, sizeof q->event[k].index, events);
        }
        counts = bits(q->intervals, q->size * sizeof *q->intervals, counts);
        counts = bits(q->interval_sum, q->size * sizeof *q->interval_sum, counts);
        counts = bits(q->interval_square_sum, q->size * sizeof *q->interval_square_sum, counts);
        say(t, "population %s: %" PRIu64 " spikes, statistics %016" PRIx64 "\n", q->name, q->spikes,
            counts);
        if (q->recorded)
            say(t, "population %s: %zu events %016" PRIx64 "\n", q->name, q->n_events, events);
    }
}

static void say_signals(struct text *t, const struct ecp_recording *r)
{
    for (size_t k = 0; k < r->n_signals; k++) {
        const struct ecp_recorded_signal *s = &r->signal[k];
        uint64_t sum = bits(s->data, s->n_frames * s->n_columns * sizeof *s->data, BEGIN);
        if (s->index)
            sum = bits(s->index, s->n_columns * sizeof *s->index, sum);
        say(t, "signal %s: from %a every %a, %zu x %zu, %016" PRIx64 "\n", s->probe, s->start,
            s->interval, s->n_frames, s->n_columns, sum);
    }
}

static void say_weights(struct text *t, const struct ecp_recording *r)
{
    for (size_t k = 0; k < r->n_weights; k++) {
        const struct ecp_recorded_weights *w = &r->weights[k];
        uint64_t sum = bits(w->source, w->n * sizeof *w->source, BEGIN);
        sum = bits(w->target, w->n * sizeof *w->target, sum);
        sum = bits(w->delay, w->n * sizeof *w->delay, sum);
        say(t, "weights %s at %a: %zu synapses %016" PRIx64 ", weights %016" PRIx64 "\n", w->probe,
            w->time, w->n, sum, bits(w->weight, w->n * sizeof *w->weight, BEGIN));
    }
}

static void say_moment(struct text *t, const struct ecp_recorded_histogram *h, const char *when,
                       const struct ecp_weights_moment *m)
{
    say(t, "histogram %s %s: at %a, %" PRIu64 " synapses, %a %a %a %a in %zu bins from %a by %a",
        h->projection_name, when, m->time, m->n, m->mean, m->sd, m->lowest, m->highest, h->n_bins,
        h->low, h->width);
    say(t, " %016" PRIx64 "\n", bits(m->count, sizeof m->count, BEGIN));
}

/* What memories hold, and what they recalled. */
static void say_memories(struct text *t, const struct ecp_network *network)
{
    const struct ecp_memories *all = ecp_network_memories(network);
    char label[ECP_RECALL_LABEL];
    if (!all)
        return;
    for (size_t k = 0; k < network->plan->n_memories; k++) {
        double *image = NULL;
        size_t n = 0;
        t->failed |= ecp_memory_image(ecp_memories_at(all, k), &image, &n) != ECP_OK;
        say(t, "memory %s: %zu numbers %016" PRIx64 "\n", network->plan->memory[k]->name, n,
            bits(image, n * sizeof *image, BEGIN));
        free(image);
    }
    const double *result = ecp_memories_results(all);
    for (size_t k = 0; ecp_plan_recall(network->plan, k, label); k++, result += ECP_RECALL_RESULTS)
        say(t, "recall %s: %zu cues, %a %a %a %a %a\n", label, ecp_memories_cues(all, k), result[0],
            result[1], result[2], result[3], result[4]);
}

char *ecp_digest(struct ecp_network *network, struct ecp_comm *comm)
{
    const struct ecp_recording *r = ecp_network_recording(network);
    const uint64_t weights = ecp_network_weights_checksum(network);
    struct text t = {0};
    if (ecp_comm_rank(comm) > 0)
        return strdup("");
    say(&t, "run: %a of %a ms, %lld steps, %" PRIu64 " spikes, checksum %016" PRIx64 "\n",
        r->counted, r->duration, (long long)r->n_steps, r->spikes, r->checksum);
    say(&t, "%" PRIu64 " synapses, weights %016" PRIx64 "\n", ecp_network_facts(network).synapses,
        weights);
    for (size_t k = 0; k < r->n_phases; k++)
        say(&t, "phase %s: %a to %a, %d\n", r->phase[k].name, r->phase[k].start, r->phase[k].stop,
            r->phase[k].discarded);
    say_populations(&t, r);
    say_signals(&t, r);
    say_weights(&t, r);
    say_memories(&t, network);
    for (size_t k = 0; k < r->n_histograms; k++) {
        say_moment(&t, &r->histogram[k], "before", &r->histogram[k].initial);
        say_moment(&t, &r->histogram[k], "after", &r->histogram[k].final);
    }
    if (t.failed) {
        free(t.bytes);
        return NULL;
    }
    return t.bytes;
}

int ecp_digest_compare(const char *name, const char *want, const char *got)
{
    const char *a = want ? want : "", *b = got ? got : "";
    if (want && got && strcmp(want, got) == 0)
        return 1;
    size_t n = 0, line = 0;
    while (a[n] && a[n] == b[n]) {
        n++;
        if (a[n - 1] == '\n')
            line = n;
    }
    (void)printf("%s: wanted %.*s\n%*s  got    %.*s\n", name, (int)strcspn(a + line, "\n"),
                 a + line, (int)strlen(name) - 1 > 0 ? (int)strlen(name) - 1 : 0, "",
                 (int)strcspn(b + line, "\n"), b + line);
    return 0;
}
