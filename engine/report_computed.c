/* What a scenario computed, for a person: results, tables, figures. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/experiment_run.h"
#include "engine/report.h"
#include "engine/scenario.h"

enum { MOST_ROWS = 40, NAME = 128 };

static int has_claim(const struct ecp_scores *scores, const char *result)
{
    for (size_t k = 0; k < scores->n_verdicts; k++)
        if (strcmp(scores->verdict[k].claim, result) == 0)
            return 1;
    return 0;
}

static int is_computed(const struct ecp_report *r, const struct ecp_result *result)
{
    const char *scenario = r->plan->computes->name;
    const size_t n = strlen(scenario);
    return strncmp(result->name, scenario, n) == 0 && result->name[n] == '.';
}

static const char *shown_unit(const char *unit)
{
    return strcmp(unit, "1") == 0 ? "" : unit;
}

/* The k-th result from *k on that no claim shows, or NULL. */
static const struct ecp_result *next_silent(const struct ecp_report *r, size_t *k)
{
    for (; *k < r->scores->n_results; (*k)++) {
        const struct ecp_result *result = &r->scores->result[*k];
        if (is_computed(r, result) && !has_claim(r->scores, result->name))
            return &r->scores->result[(*k)++];
    }
    return NULL;
}

static void value_text(const struct ecp_result *result, char text[NAME])
{
    (void)snprintf(text, NAME, "%s %s", ecp_words_number(result->value).text,
                   isnan(result->value) ? "" : shown_unit(result->unit));
}

void ecp_report_computed_print(FILE *to, const struct ecp_report *r, const char *dim,
                               const char *plain)
{
    size_t width = strlen("result"), values = strlen("value"), k = 0;
    const struct ecp_result *result;
    char text[NAME];
    if (!r->experiment || !r->scores || !next_silent(r, &k))
        return;
    for (k = 0; (result = next_silent(r, &k));) {
        value_text(result, text);
        width = strlen(result->name) > width ? strlen(result->name) : width;
        values = strlen(text) > values ? strlen(text) : values;
    }
    fprintf(to, "\n  %s%-*s  %-*s  meaning%s\n", dim, (int)width, "result", (int)values, "value",
            plain);
    for (k = 0; (result = next_silent(r, &k));) {
        value_text(result, text);
        fprintf(to, "  %-*s  %-*s  %s\n", (int)width, result->name, (int)values, text,
                result->meaning);
    }
}

/* ---- the page ------------------------------------------------------------------ */

static void results(FILE *to, const struct ecp_report *r)
{
    fputs("<h2>Results</h2><table><tr><th>name</th><th class=n>value</th><th></th>"
          "<th>meaning</th></tr>\n",
          to);
    for (size_t k = 0; k < r->scores->n_results; k++) {
        const struct ecp_result *result = &r->scores->result[k];
        if (!is_computed(r, result))
            continue;
        fputs("<tr><td><code>", to);
        ecp_report_escaped(to, result->name);
        fprintf(to, "</code></td><td class=n>%s</td><td>", ecp_words_number(result->value).text);
        ecp_report_escaped(to, shown_unit(result->unit));
        fputs("</td><td class=soft>", to);
        ecp_report_escaped(to, result->meaning);
        fputs("</td></tr>\n", to);
    }
    fputs("</table>\n", to);
}

static void table(FILE *to, const struct ecp_stored_table *t)
{
    fputs("<h2>", to);
    ecp_report_escaped(to, t->name);
    fputs("</h2><table><tr>", to);
    for (size_t c = 0; c < t->columns; c++) {
        fprintf(to, "<th%s title=\"", t->column[c].data ? " class=n" : "");
        ecp_report_escaped(to, t->column[c].meaning);
        fputs("\">", to);
        ecp_report_escaped(to, t->column[c].name);
        if (shown_unit(t->column[c].unit)[0]) {
            fputs(" (", to);
            ecp_report_escaped(to, t->column[c].unit);
            fputs(")", to);
        }
        fputs("</th>", to);
    }
    fputs("</tr>\n", to);
    for (size_t k = 0; k < t->rows; k++) {
        fputs("<tr>", to);
        for (size_t c = 0; c < t->columns; c++) {
            fprintf(to, "<td%s>", t->column[c].data ? " class=n" : "");
            ecp_report_escaped(to, t->column[c].data ? ecp_words_number(t->column[c].data[k]).text
                                                     : t->column[c].words[k]);
            fputs("</td>", to);
        }
        fputs("</tr>\n", to);
    }
    fputs("</table>\n", to);
}

/* Tables that are too long for a page, and matrices. */
static void in_file(FILE *to, const struct ecp_experiment *e)
{
    int begun = 0;
    for (size_t k = 0; k < e->n_tables; k++) {
        const struct ecp_stored_table *t = &e->table[k];
        if (t->column && t->rows <= MOST_ROWS)
            continue;
        if (!begun)
            fputs("<h2>In tables.h5</h2><table><tr><th>name</th><th class=n>rows</th>"
                  "<th class=n>columns</th><th>meaning</th></tr>\n",
                  to);
        begun = 1;
        fputs("<tr><td><code>", to);
        ecp_report_escaped(to, t->name);
        fprintf(to, "</code></td><td class=n>%s</td><td class=n>%s</td><td class=soft>",
                ecp_words_count((double)t->rows).text, ecp_words_count((double)t->columns).text);
        ecp_report_escaped(to, t->meaning);
        fputs("</td></tr>\n", to);
    }
    if (begun)
        fputs("</table>\n", to);
}

static void figure(FILE *to, const char *dir, const char *name, const char *title)
{
    char file[NAME];
    size_t bytes = 0;
    (void)snprintf(file, sizeof file, "%s.svg", name);
    char *picture = dir ? ecp_report_slurp(dir, file, &bytes) : NULL;
    if (!picture)
        return;
    fputs("<h2>", to);
    ecp_report_escaped(to, title ? title : name);
    fputs("</h2><img alt=\"", to);
    ecp_report_escaped(to, title ? title : name);
    fputs("\" src=\"data:image/svg+xml;base64,", to);
    ecp_report_base64(to, (const unsigned char *)picture, bytes);
    fputs("\">\n", to);
    free(picture);
}

void ecp_report_computed_html(FILE *to, const struct ecp_report *r)
{
    const struct ecp_experiment *e = r->experiment;
    if (!e || !r->scores)
        return;
    for (size_t k = 0; k < e->n_figures; k++)
        figure(to, r->dir, e->figure[k].name, e->figure[k].title);
    results(to, r);
    for (size_t k = 0; k < e->n_tables; k++)
        if (e->table[k].column && e->table[k].rows <= MOST_ROWS)
            table(to, &e->table[k]);
    in_file(to, e);
}
