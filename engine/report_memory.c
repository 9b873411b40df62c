/* Recalls of memories, for a person. */
#include <math.h>
#include <string.h>

#include "engine/recall.h"
#include "engine/report.h"

static size_t widest_label(const struct ecp_plan *plan)
{
    char label[ECP_RECALL_LABEL];
    size_t width = strlen("recall");
    for (size_t k = 0; ecp_plan_recall(plan, k, label); k++)
        width = strlen(label) > width ? strlen(label) : width;
    return width;
}

void ecp_report_memories_print(FILE *to, const struct ecp_report *r, const char *dim,
                               const char *plain)
{
    char label[ECP_RECALL_LABEL];
    if (!r->memories || !ecp_plan_recall(r->plan, 0, label))
        return;
    const int width = (int)widest_label(r->plan);
    const double *result = ecp_memories_results(r->memories);
    fprintf(to, "\n  %s%-*s  %8s", dim, width, "recall", "cues");
    for (int f = 0; f < ECP_RECALL_RESULTS; f++)
        fprintf(to, "  %10s", ecp_recall_fields[f].name);
    fprintf(to, "%s\n", plain);
    for (size_t k = 0; ecp_plan_recall(r->plan, k, label); k++, result += ECP_RECALL_RESULTS) {
        fprintf(to, "  %-*s  %8s", width, label,
                ecp_words_count((double)ecp_memories_cues(r->memories, k)).text);
        for (int f = 0; f < ECP_RECALL_RESULTS; f++)
            fprintf(to, "  %10s", isnan(result[f]) ? "-" : ecp_words_number(result[f]).text);
        fputc('\n', to);
    }
}

static void html_memories(FILE *to, const struct ecp_report *r)
{
    fputs("<h2>Memories</h2><table><tr><th>name</th><th>model</th><th class=n>size of a key</th>"
          "<th class=n>size of a value</th><th class=n>stored</th><th>confidence is</th></tr>\n",
          to);
    for (size_t k = 0; k < r->plan->n_memories; k++) {
        const struct ecp_plan_memory *m = r->plan->memory[k];
        const uint64_t stored = ecp_memory_stored(ecp_memories_at(r->memories, k));
        fputs("<tr><td>", to);
        ecp_report_escaped(to, m->name);
        fputs("</td><td class=soft>", to);
        ecp_report_escaped(to, m->model->name);
        fprintf(to, "</td><td class=n>%zu</td><td class=n>", m->shape.key);
        if (m->model->has_values)
            fprintf(to, "%zu", m->shape.value);
        fprintf(to, "</td><td class=n>%s</td><td class=soft>",
                ecp_words_count((double)stored).text);
        ecp_report_escaped(to, m->model->score_meaning);
        fputs("</td></tr>\n", to);
    }
    fputs("</table>\n", to);
}

void ecp_report_memories_html(FILE *to, const struct ecp_report *r)
{
    char label[ECP_RECALL_LABEL];
    if (!r->memories)
        return;
    const double *result = ecp_memories_results(r->memories);
    html_memories(to, r);
    fputs("<h2>Recall</h2><table><tr><th>name</th><th class=n>cues</th>", to);
    for (int f = 0; f < ECP_RECALL_RESULTS; f++) {
        fputs("<th class=n title=\"", to);
        ecp_report_escaped(to, ecp_recall_fields[f].meaning);
        fprintf(to, "\">%s</th>", ecp_recall_fields[f].name);
    }
    fputs("<th style=\"width:25%\">overlap</th></tr>\n", to);
    for (size_t k = 0; ecp_plan_recall(r->plan, k, label); k++, result += ECP_RECALL_RESULTS) {
        const double overlap = result[ECP_RECALL_OVERLAP];
        fputs("<tr><td><code>", to);
        ecp_report_escaped(to, label);
        fprintf(to, "</code></td><td class=n>%s</td>",
                ecp_words_count((double)ecp_memories_cues(r->memories, k)).text);
        for (int f = 0; f < ECP_RECALL_RESULTS; f++)
            fprintf(to, "<td class=n>%s</td>",
                    isnan(result[f]) ? "" : ecp_words_number(result[f]).text);
        fprintf(to, "<td><div class=bar style=\"width:%.1f%%\"></div></td></tr>\n",
                overlap > 0 ? 100 * overlap : 0);
    }
    fputs("</table>\n", to);
}
