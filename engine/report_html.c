/* The page of a run: one file without links to others. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "engine/comparison.h"
#include "engine/report.h"

static const char style[] =
    ":root{--ink:#1c2430;--soft:#667085;--line:#e3e7ee;--card:#f6f8fb;--page:#fff;"
    "--good:#12805c;--bad:#c4321f;--bar:#7b9fd4}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6e9ef;--soft:#98a2b3;--line:#2b3342;"
    "--card:#1a202b;--page:#12161d;--good:#4cc38a;--bad:#ff7b6b;--bar:#4f74ad}}"
    "body{margin:0 auto;padding:2.5rem 1.5rem;max-width:62rem;background:var(--page);"
    "color:var(--ink);font:15px/1.5 system-ui,sans-serif;font-variant-numeric:tabular-nums}"
    "h1{margin:0;font-size:1.7rem}h2{margin:2.2rem 0 .6rem;font-size:1.05rem}"
    "p{margin:.2rem 0}.soft{color:var(--soft)}.good{color:var(--good)}.bad{color:var(--bad)}"
    ".tiles{display:flex;flex-wrap:wrap;gap:.7rem;margin:1.4rem 0}"
    ".tile{flex:1 1 8rem;padding:.7rem .9rem;border-radius:.5rem;background:var(--card)}"
    ".tile b{display:block;font-size:1.25rem}"
    "table{width:100%;border-collapse:collapse}th{font-weight:500;color:var(--soft);"
    "text-align:left}td,th{padding:.32rem .7rem .32rem 0;border-bottom:1px solid var(--line);"
    "vertical-align:top}.w{white-space:nowrap}.n{text-align:right;white-space:nowrap}"
    ".bar{height:.7rem;margin-top:.4rem;border-radius:.2rem;background:var(--bar)}"
    ".track{position:relative;width:9rem;height:.6rem;margin-top:.45rem;border-radius:.3rem;"
    "background:var(--line)}.band{position:absolute;top:0;bottom:0;border-radius:.3rem;"
    "background:var(--bar)}.dot{position:absolute;top:-.15rem;width:.28rem;height:.9rem;"
    "margin-left:-.14rem;border-radius:.14rem;background:var(--ink)}"
    "img{width:100%;border-radius:.5rem;background:#fff}"
    "pre{overflow:auto;padding:1rem;border-radius:.5rem;background:var(--card);"
    "font:12.5px/1.45 ui-monospace,monospace}code{font-family:ui-monospace,monospace}";

void ecp_report_escaped(FILE *to, const char *text)
{
    for (; text && *text; text++)
        switch (*text) {
        case '&':
            fputs("&amp;", to);
            break;
        case '<':
            fputs("&lt;", to);
            break;
        case '>':
            fputs("&gt;", to);
            break;
        case '"':
            fputs("&quot;", to);
            break;
        default:
            fputc(*text, to);
        }
}

static void tile(FILE *to, const char *value, const char *meaning)
{
    fputs("<div class=tile><b>", to);
    ecp_report_escaped(to, value);
    fputs("</b><span class=soft>", to);
    ecp_report_escaped(to, meaning);
    fputs("</span></div>\n", to);
}

static void head(FILE *to, const struct ecp_report *r)
{
    const struct ecp_plan *plan = r->plan;
    fputs("<!doctype html><html lang=en><head><meta charset=utf-8>"
          "<meta name=viewport content=\"width=device-width\"><title>",
          to);
    ecp_report_escaped(to, plan->name);
    fprintf(to, "</title><style>%s</style></head><body>\n<h1>", style);
    ecp_report_escaped(to, plan->name);
    fputs("</h1><p class=soft>", to);
    if (plan->scenario) {
        fputs("scenario ", to);
        ecp_report_escaped(to, plan->scenario);
        fputs(", ", to);
    }
    fprintf(to, "seed %" PRIu64, plan->seed);
    if (!ecp_report_has_network(r)) {
        fputs("</p>\n", to);
        return;
    }
    fprintf(to, ", %s neurons, %s synapses, ", ecp_words_count((double)r->facts.neurons).text,
            ecp_words_count((double)r->facts.synapses).text);
    if (r->facts.gap_junctions > 0)
        fprintf(to, "%s gap junctions, ", ecp_words_count((double)r->facts.gap_junctions).text);
    if (r->facts.created + r->facts.deleted > 0)
        fprintf(to, "%s synapses created and %s deleted, ",
                ecp_words_count((double)r->facts.created).text,
                ecp_words_count((double)r->facts.deleted).text);
    fprintf(to, "step %g ms</p>\n", plan->dt);
}

static void verdict_line(FILE *to, const struct ecp_report *r)
{
    const struct ecp_plan *plan = r->plan;
    if (r->scores && r->scores->n_verdicts > 0)
        fprintf(to, "<p class=%s>%zu of %zu claims hold</p>\n",
                r->scores->n_failed ? "bad" : "good",
                r->scores->n_verdicts - r->scores->n_failed - r->scores->n_unjudged,
                r->scores->n_verdicts);
    if (r->scores && r->scores->n_unjudged > 0)
        fprintf(to, "<p class=soft>%zu of %zu claims not judged: stopped before</p>\n",
                r->scores->n_unjudged, r->scores->n_verdicts);
    if (r->status == ECP_ESTOPPED && r->experiment) {
        fputs("<p class=bad>", to);
        ecp_report_escaped(to, r->message ? r->message : "Stopped on request.");
        fputs("</p>\n", to);
    } else if (r->status == ECP_ESTOPPED)
        fprintf(to, "<p class=bad>Stopped on request after %s of %s of model time.</p>\n",
                ecp_words_seconds(r->recording->duration / 1000).text,
                ecp_words_seconds(ecp_plan_duration(plan) / 1000).text);
}

static void tiles(FILE *to, const struct ecp_report *r)
{
    const int has_network = ecp_report_has_network(r);
    char rtf[32];
    (void)snprintf(rtf, sizeof rtf, "%.3g", ecp_report_rtf(r));
    fputs("<div class=tiles>\n", to);
    if (has_network) {
        tile(to, rtf, "real-time factor");
        tile(to, ecp_words_seconds(r->recording->duration / 1000).text, "model time");
    }
    tile(to, ecp_words_seconds(r->facts.run_s).text, "wall time of the run");
    if (has_network) {
        tile(to, ecp_words_seconds(r->facts.build_s).text, "build");
        tile(to, ecp_words_count((double)r->recording->spikes).text, "spikes");
    }
    if (r->computed_s > 0)
        tile(to, ecp_words_seconds(r->computed_s).text, "computed besides");
    tile(to, ecp_words_bytes(r->peak_memory_mb * 1e6).text, "memory at the peak");
    fputs("</div>\n", to);
}

/* Where the value lies: the track shows the band with half its width (or, of
 * an open band, the bound's size) on both sides. */
static void track(FILE *to, const struct ecp_verdict *v)
{
    if (!isfinite(v->value) || (!isfinite(v->lowest) && !isfinite(v->highest)))
        return;
    double low = v->lowest, high = v->highest;
    if (!isfinite(low))
        low = fmin(0, fmin(high - fabs(high), v->value));
    if (!isfinite(high))
        high = fmax(low + fabs(low), v->value);
    const double width = high > low ? high - low : fmax(fabs(high), 1e-9);
    const double from = low - width / 2, span = 2 * width;
    const double at = fmin(fmax((v->value - from) / span, 0), 1);
    fprintf(to,
            "<div class=track><div class=band style=\"left:25%%;width:%.1f%%\"></div>"
            "<div class=dot style=\"left:%.1f%%\"></div></div>",
            high > low ? 50.0 : 1.0, 100 * at);
}

static void verdicts(FILE *to, const struct ecp_scores *scores)
{
    if (!scores || scores->n_verdicts == 0)
        return;
    fputs("<h2>Claims</h2><table><tr><th></th><th>claim</th><th class=n>value</th>"
          "<th>allowed</th><th></th><th>source</th></tr>\n",
          to);
    for (size_t k = 0; k < scores->n_verdicts; k++) {
        const struct ecp_verdict *v = &scores->verdict[k];
        const char *unit = strcmp(v->unit, "1") == 0 || isnan(v->value) ? "" : v->unit;
        fprintf(to, "<tr><td class=%s>%s</td><td><code>",
                v->unjudged ? "soft"
                : v->pass   ? "good"
                            : "bad",
                v->unjudged ? "not judged"
                : v->pass   ? "pass"
                            : "fail");
        ecp_report_escaped(to, v->claim);
        fprintf(to, "</code></td><td class=n>%s %s</td><td class=w>%s</td><td>",
                ecp_words_number(v->value).text, unit, ecp_words_band(v->lowest, v->highest).text);
        if (!v->unjudged)
            track(to, v);
        fputs("</td><td class=soft>", to);
        ecp_report_escaped(to, v->source);
        fputs("</td></tr>\n", to);
    }
    fputs("</table>\n", to);
}

static void populations(FILE *to, const struct ecp_recording *recording)
{
    double highest = 0;
    if (recording->n_populations == 0)
        return;
    for (size_t k = 0; k < recording->n_populations; k++)
        highest = fmax(highest, ecp_recorded_rate_hz(recording, k));
    fputs("<h2>Populations</h2><table><tr><th>name</th><th>model</th><th class=n>neurons</th>"
          "<th class=n>rate (Hz)</th><th style=\"width:35%\"></th><th class=n>CV of intervals</th>"
          "</tr>\n",
          to);
    for (size_t k = 0; k < recording->n_populations; k++) {
        const struct ecp_recorded_population *p = &recording->population[k];
        const double rate = ecp_recorded_rate_hz(recording, k);
        const double cv = ecp_recorded_cv_isi(recording, k);
        fputs("<tr><td>", to);
        ecp_report_escaped(to, p->name);
        fputs("</td><td class=soft>", to);
        ecp_report_escaped(to, p->model);
        fprintf(to, "</td><td class=n>%s</td><td class=n>%s</td>",
                ecp_words_count((double)p->size).text, ecp_words_number(rate).text);
        fprintf(to,
                "<td><div class=bar style=\"width:%.1f%%\"></div></td><td class=n>%s</td></tr>\n",
                rate > 0 ? 100 * rate / highest : 0, ecp_words_number(cv).text);
    }
    fputs("</table>\n", to);
}

void ecp_report_base64(FILE *to, const unsigned char *bytes, size_t n)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t k = 0; k < n; k += 3) {
        const unsigned left = n - k < 3 ? (unsigned)(n - k) : 3;
        const unsigned word = (unsigned)bytes[k] << 16 | (left > 1 ? bytes[k + 1] : 0u) << 8 |
                              (left > 2 ? bytes[k + 2] : 0u);
        fputc(digit[word >> 18], to);
        fputc(digit[word >> 12 & 63], to);
        fputc(left > 1 ? digit[word >> 6 & 63] : '=', to);
        fputc(left > 2 ? digit[word & 63] : '=', to);
    }
}

static void network_details(FILE *to, const struct ecp_report *r)
{
    const struct ecp_network_facts *f = &r->facts;
    fprintf(to, "<tr><td>first worker</td><td>delivery %s, update %s, waiting %s</td></tr>\n",
            ecp_words_seconds(f->deliver_s).text, ecp_words_seconds(f->update_s).text,
            ecp_words_seconds(f->wait_s).text);
    fprintf(to, "<tr><td>synapses</td><td>%.3g bytes each</td></tr>\n", f->bytes_per_synapse);
    fprintf(to, "<tr><td>checksum of the spikes</td><td><code>%016" PRIx64 "</code></td></tr>\n",
            r->recording->checksum);
}

static void details(FILE *to, const struct ecp_report *r)
{
    const struct ecp_network_facts *f = &r->facts;
    fputs("<h2>Run</h2><table>\n", to);
    fprintf(to, "<tr><td>program</td><td>ecphory %s</td></tr>\n", ECP_VERSION);
    fprintf(to, "<tr><td>machine</td><td>%d thread%s, %s</td></tr>\n", f->threads,
            f->threads == 1 ? "" : "s", ecp_isa_name(f->isa));
    if (ecp_report_has_network(r))
        network_details(to, r);
    fputs("</table>\n", to);
    if (r->plan->config_text) {
        fputs("<h2>Configuration</h2><details><summary class=soft>as it was run, all defaults "
              "shown</summary><pre>",
              to);
        ecp_report_escaped(to, r->plan->config_text);
        fputs("</pre></details>\n", to);
    }
}

void ecp_report_html(FILE *to, const struct ecp_report *report, const char *picture,
                     size_t picture_bytes)
{
    if (!report->plan || !report->recording)
        return;
    head(to, report);
    verdict_line(to, report);
    tiles(to, report);
    verdicts(to, report->scores);
    ecp_report_memories_html(to, report);
    ecp_report_computed_html(to, report);
    ecp_comparisons_html(to, report->compared);
    populations(to, report->recording);
    ecp_report_weights_html(to, report->recording, ecp_report_escaped);
    if (picture) {
        fputs("<h2>Spikes</h2><img alt=\"raster of the spikes\" src=\"data:image/svg+xml;base64,",
              to);
        ecp_report_base64(to, (const unsigned char *)picture, picture_bytes);
        fputs("\">\n", to);
    }
    details(to, report);
    fputs("</body></html>\n", to);
}
