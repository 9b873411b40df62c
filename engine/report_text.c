/* The summary at the end of a run, for a person. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "engine/comparison.h"
#include "engine/describe.h"
#include "engine/report.h"

struct style {
    const char *bold, *dim, *good, *bad, *plain;
};

static const struct style styles[2] = {{"", "", "", "", ""},
                                       {"\033[1m", "\033[2m", "\033[32m", "\033[1;31m", "\033[0m"}};

static int widest(int least, const char *text)
{
    const int length = (int)strlen(text);
    return length > least ? length : least;
}

static void print_head(FILE *to, const struct ecp_report *r, const struct style *s)
{
    const struct ecp_plan *plan = r->plan;
    fprintf(to, "%s%s%s", s->bold, plan->name, s->plain);
    if (plan->scenario && strcmp(plan->scenario, plan->name) != 0)
        fprintf(to, "  scenario %s", plan->scenario);
    fprintf(to, "  seed %" PRIu64, plan->seed);
    if (ecp_report_has_network(r))
        fprintf(to, "  %s neurons  %s synapses", ecp_words_count((double)r->facts.neurons).text,
                ecp_words_count((double)r->facts.synapses).text);
    if (r->facts.gap_junctions > 0)
        fprintf(to, "  %s gap junctions", ecp_words_count((double)r->facts.gap_junctions).text);
    if (r->facts.slow_currents > 0)
        fprintf(to, "  %s slow currents", ecp_words_count((double)r->facts.slow_currents).text);
    if (r->facts.created + r->facts.deleted > 0)
        fprintf(to, "  (%s created, %s deleted)", ecp_words_count((double)r->facts.created).text,
                ecp_words_count((double)r->facts.deleted).text);
    fputc('\n', to);
}

static void print_populations(FILE *to, const struct ecp_recording *recording,
                              const struct style *s)
{
    int width = (int)strlen("population");
    if (recording->n_populations == 0)
        return;
    for (size_t k = 0; k < recording->n_populations; k++)
        width = widest(width, recording->population[k].name);
    fprintf(to, "\n  %s%-*s  %10s  %9s  %7s%s\n", s->dim, width, "population", "size", "rate Hz",
            "CV ISI", s->plain);
    for (size_t k = 0; k < recording->n_populations; k++) {
        const struct ecp_recorded_population *p = &recording->population[k];
        const double rate = ecp_recorded_rate_hz(recording, k);
        const double cv = ecp_recorded_cv_isi(recording, k);
        char shown[2][16] = {"-", "-"};
        if (!isnan(rate))
            (void)snprintf(shown[0], sizeof shown[0], "%.3f", rate);
        if (!isnan(cv))
            (void)snprintf(shown[1], sizeof shown[1], "%.3f", cv);
        fprintf(to, "  %-*s  %10s  %9s  %7s\n", width, p->name,
                ecp_words_count((double)p->size).text, shown[0], shown[1]);
    }
}

static void print_costs(FILE *to, const struct ecp_report *r, const struct style *s)
{
    const struct ecp_network_facts *f = &r->facts;
    if (!ecp_report_has_network(r)) {
        fprintf(to, "\n  %stime%s     %s on %d thread%s\n", s->dim, s->plain,
                ecp_words_seconds(f->run_s).text, f->threads, f->threads == 1 ? "" : "s");
        fprintf(to, "  %smemory%s   %s at the peak\n", s->dim, s->plain,
                ecp_words_bytes(r->peak_memory_mb * 1e6).text);
        return;
    }
    fprintf(to, "\n  %sspikes%s   %s  checksum %016" PRIx64 "\n", s->dim, s->plain,
            ecp_words_count((double)r->recording->spikes).text, r->recording->checksum);
    fprintf(to, "  %stime%s     %s of model time in %s: real-time factor %s%.3g%s\n", s->dim,
            s->plain, ecp_words_seconds(r->recording->duration / 1000).text,
            ecp_words_seconds(f->run_s).text, s->bold, ecp_report_rtf(r), s->plain);
    fprintf(to, "  %sbuild%s    %s, not part of the factor; %d thread%s, %s\n", s->dim, s->plain,
            ecp_words_seconds(f->build_s).text, f->threads, f->threads == 1 ? "" : "s",
            ecp_isa_name(f->isa));
    fprintf(to, "  %smemory%s   %s at the peak", s->dim, s->plain,
            ecp_words_bytes(r->peak_memory_mb * 1e6).text);
    if (f->synapses > 0)
        fprintf(to, ", %.3g bytes a synapse", f->bytes_per_synapse);
    fprintf(to, "\n");
    if (r->computed_s > 0)
        fprintf(to, "  %scomputed%s %s besides\n", s->dim, s->plain,
                ecp_words_seconds(r->computed_s).text);
}

/* Sources are long and shared: each is printed once, under the table, with
 * the number that the verdicts carry. */
static size_t first_alike(const struct ecp_scores *scores, size_t verdict)
{
    size_t k = 0;
    while (strcmp(scores->verdict[k].source, scores->verdict[verdict].source) != 0)
        k++;
    return k;
}

static size_t source_number(const struct ecp_scores *scores, size_t verdict)
{
    const size_t first = first_alike(scores, verdict);
    size_t number = 0;
    for (size_t k = 0; k <= first; k++)
        number += first_alike(scores, k) == k;
    return number;
}

enum { CLAIM, VALUE, ALLOWED, MARGIN, CELLS, CELL = 128, LINE = 80 };

static void verdict_cells(const struct ecp_verdict *v, char cell[CELLS][CELL])
{
    const char *unit = strcmp(v->unit, "1") == 0 || isnan(v->value) ? "" : v->unit;
    (void)snprintf(cell[CLAIM], CELL, "%s", v->claim);
    (void)snprintf(cell[VALUE], CELL, "%s%s%s", ecp_words_number(v->value).text, unit[0] ? " " : "",
                   unit);
    (void)snprintf(cell[ALLOWED], CELL, "%s", ecp_words_band(v->lowest, v->highest).text);
    cell[MARGIN][0] = '\0';
    if (v->unjudged)
        (void)snprintf(cell[MARGIN], CELL, "not judged");
    else if (isfinite(v->margin))
        (void)snprintf(cell[MARGIN], CELL, "%.3g %s", fabs(v->margin),
                       v->pass                ? "inside"
                       : v->value < v->lowest ? "below"
                                              : "above");
}

static void print_row(FILE *to, const int *width, char cell[CELLS][CELL])
{
    for (int c = 0; c < CELLS; c++)
        fprintf(to, "  %-*s", width[c], cell[c]);
}

static void print_sum(FILE *to, const struct ecp_scores *scores, const struct style *s)
{
    const size_t hold = scores->n_verdicts - scores->n_failed - scores->n_unjudged;
    if (scores->n_failed + hold > 0)
        fprintf(to, "  %s%zu of %zu claims %s%s\n", scores->n_failed ? s->bad : s->good,
                scores->n_failed ? scores->n_failed : hold, scores->n_verdicts,
                scores->n_failed ? "failed" : "hold", s->plain);
    if (scores->n_unjudged > 0)
        fprintf(to, "  %zu of %zu claims not judged: stopped before\n", scores->n_unjudged,
                scores->n_verdicts);
}

static void print_verdicts(FILE *to, const struct ecp_scores *scores, const struct style *s)
{
    char cell[CELLS][CELL] = {"claim", "value", "allowed", "margin"};
    const struct ecp_look look = {0, LINE};
    int width[CELLS];
    for (int c = 0; c < CELLS; c++)
        width[c] = (int)strlen(cell[c]);
    for (size_t k = 0; k < scores->n_verdicts; k++) {
        verdict_cells(&scores->verdict[k], cell);
        for (int c = 0; c < CELLS; c++)
            width[c] = widest(width[c], cell[c]);
    }
    fprintf(to, "\n  %s      %-*s  %-*s  %-*s  margin%s\n", s->dim, width[CLAIM], "claim",
            width[VALUE], "value", width[ALLOWED], "allowed", s->plain);
    for (size_t k = 0; k < scores->n_verdicts; k++) {
        const struct ecp_verdict *v = &scores->verdict[k];
        verdict_cells(v, cell);
        fprintf(to, "  %s%s%s",
                v->unjudged ? s->dim
                : v->pass   ? s->good
                            : s->bad,
                v->unjudged ? "----"
                : v->pass   ? "PASS"
                            : "FAIL",
                s->plain);
        print_row(to, width, cell);
        fprintf(to, "  %s[%zu]%s\n", s->dim, source_number(scores, k), s->plain);
    }
    for (size_t k = 0; k < scores->n_verdicts; k++)
        if (first_alike(scores, k) == k) {
            fprintf(to, "  %s[%zu] ", s->dim, source_number(scores, k));
            ecp_print_wrapped(to, scores->verdict[k].source, 6, 6, look);
            fputs(s->plain, to);
        }
    print_sum(to, scores, s);
}

static void print_outputs(FILE *to, const struct ecp_report *r, const struct style *s)
{
    fprintf(to, "\n  %swritten%s  %s/:", s->dim, s->plain, r->dir);
    for (size_t k = 0; k < r->n_outputs; k++) {
        const char *slash = strrchr(r->output[k], '/');
        fprintf(to, " %s", slash ? slash + 1 : r->output[k]);
    }
    fprintf(to, "\n");
}

void ecp_report_print(FILE *to, const struct ecp_report *report, int colour)
{
    const struct style *s = &styles[colour != 0];
    if (!report->plan || !report->recording)
        return;
    print_head(to, report, s);
    if (report->status == ECP_ESTOPPED && report->experiment)
        fprintf(to, "  %s%s: what follows is of that part%s\n", s->bad,
                report->message ? report->message : "stopped", s->plain);
    else if (report->status == ECP_ESTOPPED)
        fprintf(to, "  %sstopped after %s of %s: what follows is of that part%s\n", s->bad,
                ecp_words_seconds(report->recording->duration / 1000).text,
                ecp_words_seconds(ecp_plan_duration(report->plan) / 1000).text, s->plain);
    print_populations(to, report->recording, s);
    ecp_report_weights_print(to, report->recording, s->dim, s->plain);
    ecp_report_memories_print(to, report, s->dim, s->plain);
    ecp_report_computed_print(to, report, s->dim, s->plain);
    ecp_comparisons_print(to, report->compared, s->dim, s->plain);
    print_costs(to, report, s);
    if (report->scores && report->scores->n_verdicts > 0)
        print_verdicts(to, report->scores, s);
    if (report->dir)
        print_outputs(to, report, s);
}
