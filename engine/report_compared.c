/* Scores of data sets as a part of a run, for a person. */
#include <math.h>

#include "engine/comparison.h"
#include "engine/report.h"
#include "engine/scoring.h"

void ecp_comparisons_print(FILE *to, const struct ecp_comparisons *comparisons, const char *dim,
                           const char *plain)
{
    for (size_t k = 0; k < ecp_comparisons_count(comparisons); k++) {
        const struct ecp_sheet *sheet = ecp_comparisons_sheet(comparisons, k);
        if (!sheet)
            continue;
        fprintf(to, "\n  %sscores%s   %s\n", dim, plain, ecp_comparisons_label(comparisons, k));
        ecp_sheet_print(to, sheet, dim, plain);
    }
}

static void cell(FILE *to, double x)
{
    fputs("<td class=n>", to);
    if (isfinite(x))
        ecp_report_escaped(to, ecp_words_number(x).text);
    fputs("</td>", to);
}

static void row_html(FILE *to, const struct ecp_sheet_row *row)
{
    const struct ecp_estimate *e = &row->estimate;
    fputs("<tr><td class=w>", to);
    ecp_report_escaped(to, row->subject);
    fputs("</td><td class=w>", to);
    ecp_report_escaped(to, row->field->name);
    fputs("</td>", to);
    cell(to, e->value);
    cell(to, e->error);
    cell(to, e->low);
    cell(to, e->high);
    cell(to, e->p);
    fputs("<td class=soft>", to);
    ecp_report_escaped(to, e->why ? e->why : row->field->meaning);
    fputs("</td></tr>\n", to);
}

void ecp_comparisons_html(FILE *to, const struct ecp_comparisons *comparisons)
{
    for (size_t k = 0; k < ecp_comparisons_count(comparisons); k++) {
        const struct ecp_sheet *sheet = ecp_comparisons_sheet(comparisons, k);
        const struct ecp_sheet_row *row;
        const size_t n = sheet ? ecp_sheet_rows(sheet, &row) : 0;
        if (n == 0)
            continue;
        fputs("<h2>Scores: ", to);
        ecp_report_escaped(to, ecp_comparisons_label(comparisons, k));
        fprintf(to,
                "</h2><p class=soft>%s</p><table><tr><th>of</th><th>result</th>"
                "<th class=n>value</th><th class=n>error</th><th class=n>lowest</th>"
                "<th class=n>highest</th><th class=n>p</th><th></th></tr>\n",
                row[0].measure);
        for (size_t r = 0; r < n; r++)
            row_html(to, &row[r]);
        fputs("</table>\n", to);
    }
}
