/* Weights of plastic projections before and after a run, for a person. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "engine/report.h"

enum { BAR = 20 };

/* The bins that hold anything before or after: first .. end - 1. */
struct ecp_filled {
    size_t first, end;
    uint64_t most; /* of a bin */
};

static struct ecp_filled filled(const struct ecp_recorded_histogram *h)
{
    struct ecp_filled f = {h->n_bins, 0, 1};
    for (size_t k = 0; k < h->n_bins; k++) {
        const uint64_t a = h->initial.count[k], b = h->final.count[k];
        if (a + b > 0) {
            f.first = k < f.first ? k : f.first;
            f.end = k + 1;
        }
        f.most = a > f.most ? a : f.most;
        f.most = b > f.most ? b : f.most;
    }
    if (f.end == 0)
        f.first = 0;
    return f;
}

/* One character for each part of the range, darker where there are more. */
static void bar(const struct ecp_recorded_histogram *h, const struct ecp_weights_moment *m,
                char text[BAR + 1])
{
    static const char ramp[] = " .:-=+*#%@";
    const struct ecp_filled f = filled(h);
    const size_t span = f.end > f.first ? f.end - f.first : 1, n = span < BAR ? span : BAR;
    uint64_t part[BAR] = {0}, most = 1;
    for (size_t k = f.first; k < f.end; k++)
        part[(k - f.first) * n / span] += m->count[k];
    for (size_t k = 0; k < n; k++)
        most = part[k] > most ? part[k] : most;
    for (size_t k = 0; k < n; k++)
        text[k] = ramp[part[k] == 0 ? 0 : 1 + (size_t)(8 * (double)part[k] / (double)most)];
    text[n] = '\0';
}

static void print_moment(FILE *to, const struct ecp_recorded_histogram *h,
                         const struct ecp_weights_moment *m, const char *what)
{
    char text[BAR + 1];
    bar(h, m, text);
    fprintf(to, "  %-7s  %14s", what, ecp_words_count((double)m->n).text);
    fprintf(to, "  %10s  %10s", ecp_words_number(m->mean).text, ecp_words_number(m->sd).text);
    fprintf(to, "  %10s  %10s", ecp_words_number(m->lowest).text,
            ecp_words_number(m->highest).text);
    fprintf(to, "  [%s]\n", text);
}

void ecp_report_weights_print(FILE *to, const struct ecp_recording *recording, const char *dim,
                              const char *plain)
{
    int width = (int)strlen("weights");
    if (recording->n_histograms == 0)
        return;
    for (size_t k = 0; k < recording->n_histograms; k++) {
        const struct ecp_recorded_histogram *h = &recording->histogram[k];
        const int length = (int)(strlen(h->projection_name) + strlen(h->unit)) + 1;
        width = length > width ? length : width;
    }
    fprintf(to, "\n  %s%-*s  %-7s  %14s  %10s  %10s  %10s  %10s%s\n", dim, width, "weights", "",
            "synapses", "mean", "sd", "lowest", "highest", plain);
    for (size_t k = 0; k < recording->n_histograms; k++) {
        const struct ecp_recorded_histogram *h = &recording->histogram[k];
        fprintf(to, "  %s %-*s", h->projection_name, width - (int)strlen(h->projection_name) - 1,
                h->unit);
        print_moment(to, h, &h->initial, "initial");
        if (isnan(h->final.time))
            continue;
        fprintf(to, "  %-*s", width, "");
        print_moment(to, h, &h->final, "final");
    }
}

/* ---- the page --------------------------------------------------------------- */

enum { WIDE = 240, HIGH = 48 };

/* Final counts as bars, initial ones as a line. */
static void draw(FILE *to, const struct ecp_recorded_histogram *h)
{
    const struct ecp_filled f = filled(h);
    const double step = f.end > f.first ? (double)WIDE / (double)(f.end - f.first) : WIDE;
    fprintf(to, "<svg viewBox=\"0 0 %d %d\" width=%d height=%d role=img>", WIDE, HIGH + 2, WIDE,
            HIGH + 2);
    for (size_t k = f.first; k < f.end; k++) {
        const double high = HIGH * (double)h->final.count[k] / (double)f.most;
        if (h->final.count[k] > 0)
            fprintf(to, "<rect x=%.1f y=%.1f width=%.1f height=%.1f style=\"fill:var(--bar)\"/>",
                    (double)(k - f.first) * step, HIGH + 1 - high, step, high);
    }
    fprintf(to, "<polyline style=\"fill:none;stroke:var(--ink)\" points=\"0,%d", HIGH + 1);
    for (size_t k = f.first; k < f.end; k++) {
        const double y = HIGH + 1 - HIGH * (double)h->initial.count[k] / (double)f.most;
        fprintf(to, " %.1f,%.1f %.1f,%.1f", (double)(k - f.first) * step, y,
                (double)(k - f.first + 1) * step, y);
    }
    fprintf(to, " %d,%d\"/></svg>", WIDE, HIGH + 1);
}

static void moment_cells(FILE *to, const struct ecp_weights_moment *m, const char *what)
{
    fprintf(to, "<td class=soft>%s</td><td class=n>%s</td><td class=n>%s</td><td class=n>%s</td>",
            what, ecp_words_count((double)m->n).text, ecp_words_number(m->mean).text,
            ecp_words_number(m->sd).text);
    fprintf(to, "<td class=n>%s</td><td class=n>%s</td>", ecp_words_number(m->lowest).text,
            ecp_words_number(m->highest).text);
}

void ecp_report_weights_html(FILE *to, const struct ecp_recording *recording,
                             void (*escaped)(FILE *, const char *))
{
    if (recording->n_histograms == 0)
        return;
    fputs("<h2>Plastic weights</h2><table><tr><th>projection</th><th></th><th class=n>synapses"
          "</th><th class=n>mean</th><th class=n>sd</th><th class=n>lowest</th><th class=n>highest"
          "</th><th>initial (line) and final (bars)</th></tr>\n",
          to);
    for (size_t k = 0; k < recording->n_histograms; k++) {
        const struct ecp_recorded_histogram *h = &recording->histogram[k];
        const int rows = isnan(h->final.time) ? 1 : 2;
        const struct ecp_filled f = filled(h);
        fprintf(to, "<tr><td rowspan=%d>", rows);
        escaped(to, h->projection_name);
        fprintf(to, " <span class=soft>%s</span></td>", h->unit);
        moment_cells(to, &h->initial, "initial");
        fprintf(to, "<td rowspan=%d>", rows);
        draw(to, h);
        fprintf(to, "<br><span class=soft>%s to %s %s</span></td></tr>\n",
                ecp_words_number(h->low + (double)f.first * h->width).text,
                ecp_words_number(h->low + (double)f.end * h->width).text, h->unit);
        if (rows == 1)
            continue;
        fputs("<tr>", to);
        moment_cells(to, &h->final, "final");
        fputs("</tr>\n", to);
    }
    fputs("</table>\n", to);
}
