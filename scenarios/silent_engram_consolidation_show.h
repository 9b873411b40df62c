/* silent_engram_consolidation_show.h -- what the scenario makes of its nights: results, tables
 * and figures. Included by silent_engram_consolidation.c alone. */
#ifndef ECP_SILENT_ENGRAM_CONSOLIDATION_SHOW_H
#define ECP_SILENT_ENGRAM_CONSOLIDATION_SHOW_H

/* ---- means of subjects ----------------------------------------------------------------------- */

#define RECALL_MEAN(asked, condition, member)                                                      \
    ecp_engram_mean_of(&(asked)->recall[condition].member,                                         \
                       ECP_ASKED * sizeof(struct ecp_engram_recall), (asked)->subjects)
#define LATE_MEAN(asked, night, member)                                                            \
    ecp_engram_mean_of(&(asked)->late[night].member, ECP_NIGHTS * sizeof(struct ecp_night_late),   \
                       (asked)->subjects)
#define SUBJECT_MEAN(asked, member)                                                                \
    ecp_engram_mean_of(&(asked)->subject[0].member, sizeof(struct ecp_night_subject),              \
                       (asked)->subjects)

static double over(double a, double b)
{
    return b > 0.1 ? a / b : NAN; /* there must be recall to compare with */
}

/* The condition in which context A is asked after a block from onset k on. */
static int condition_of(int onset)
{
    return onset == 0 ? ECP_ASK_BLOCKED_A : ECP_ASK_ONSET + onset - 1;
}

/* ---- results --------------------------------------------------------------------------------- */

/* Where the line through recall over onsets crosses half; NAN: nowhere. */
static double half_onset(const struct ecp_night_setup *s, const struct ecp_night_asked *f)
{
    const double half = RECALL_MEAN(f, ECP_ASK_SALINE_A, index).mean / 2;
    for (int k = 1; k < ECP_ONSETS; k++) {
        const double low = RECALL_MEAN(f, condition_of(k - 1), index).mean;
        const double high = RECALL_MEAN(f, condition_of(k), index).mean;
        if (low < half && high >= half)
            return (s->onset[k - 1] +
                    (s->onset[k] - s->onset[k - 1]) * (half - low) / (high - low)) /
                   3.6e6;
    }
    return NAN;
}

/* The least recall after a block that begins from onset k on or later. */
static double late_recall(const struct ecp_night_asked *f, int k)
{
    double least = INFINITY;
    for (; k < ECP_ONSETS; k++)
        least = fmin(least, RECALL_MEAN(f, condition_of(k), index).mean);
    return least;
}

/* The largest change of an index from the first tests to those days later. */
static double days_change(const double *r)
{
    static const int pair[][2] = {{ECP_ASK_SALINE_A, ECP_ASK_SALINE_A_DAYS},
                                  {ECP_ASK_SALINE_LIGHT, ECP_ASK_SALINE_LIGHT_DAYS},
                                  {ECP_ASK_BLOCKED_A, ECP_ASK_BLOCKED_A_DAYS},
                                  {ECP_ASK_BLOCKED_LIGHT, ECP_ASK_BLOCKED_LIGHT_DAYS},
                                  {ECP_ASK_NAIVE_A, ECP_ASK_NAIVE_A_DAYS}};
    double most = 0;
    for (size_t k = 0; k < sizeof pair / sizeof *pair; k++)
        most = fmax(most, fabs(r[pair[k][1]] - r[pair[k][0]]));
    return most;
}

static void conclude_orders(struct ecp_experiment *e, const struct ecp_night_asked *f)
{
    double r[ECP_ASKED];
    for (int c = 0; c < ECP_ASKED; c++) {
        r[c] = RECALL_MEAN(f, c, index).mean;
        ecp_experiment_result(e, c, r[c]);
    }
    const double natural = r[ECP_ASK_SALINE_A], blocked = r[ECP_ASK_BLOCKED_A];
    const double naive = r[ECP_ASK_NAIVE_A], other = r[ECP_ASK_SALINE_B];
    const double light = r[ECP_ASK_BLOCKED_LIGHT];
    ecp_experiment_result(e, LEARNED, natural - naive);
    ecp_experiment_result(
        e, SILENT, fmax(fabs(blocked - naive), fmax(fabs(blocked - other), fabs(naive - other))));
    ecp_experiment_result(e, OPTO_RATIO, over(r[ECP_ASK_SALINE_LIGHT], natural));
    ecp_experiment_result(e, DIRECT_RATIO, over(light, natural));
    ecp_experiment_result(e, PARTIAL, over(r[ECP_ASK_BLOCKED_MID] - blocked, light - blocked));
    ecp_experiment_result(e, LATE_RATIO, over(late_recall(f, 3), natural));
    ecp_experiment_result(e, INPUT_CHANGE, r[ECP_ASK_CUT_INPUT] - light);
    ecp_experiment_result(e, RESCUE_RATIO, over(r[ECP_ASK_RESCUED_A], natural));
    ecp_experiment_result(e, DAYS_CHANGE, days_change(r));
    ecp_experiment_result(e, UNGROWN_RATIO,
                          over(fmax(r[ECP_ASK_UNGROWN_A], r[ECP_ASK_UNGROWN_LIGHT]), natural));
}

static void conclude_synapses(struct ecp_experiment *e, const struct ecp_night_setup *s,
                              const struct ecp_night_asked *f)
{
    const double saline = LATE_MEAN(f, ECP_NIGHT_SALINE, structure).mean;
    const double strengthened = SUBJECT_MEAN(f, strengthened).mean;
    double off = 0;
    for (int night = ECP_NIGHT_SALINE; night <= ECP_NIGHT_BLOCKED_LAST; night++)
        off = fmax(off, fabs(LATE_MEAN(f, night, z).mean - LATE_MEAN(f, night, theory).mean));
    ecp_experiment_result(e, STRUCTURE, saline);
    ecp_experiment_result(e, STRUCTURE_RATIO,
                          LATE_MEAN(f, ECP_NIGHT_BLOCKED, structure).mean / saline);
    for (int k = 0; k < ECP_PATHS; k++)
        ecp_experiment_result(e, SHARE_EC_DG + k, SUBJECT_MEAN(f, share[k]).mean);
    ecp_experiment_result(e, STRENGTHENED, strengthened);
    ecp_experiment_result(e, Z_SALINE, LATE_MEAN(f, ECP_NIGHT_SALINE, z).mean);
    ecp_experiment_result(e, Z_BLOCKED, LATE_MEAN(f, ECP_NIGHT_BLOCKED, z).mean);
    ecp_experiment_result(e, Z_LATE, LATE_MEAN(f, ECP_NIGHT_BLOCKED_LAST, z).mean);
    ecp_experiment_result(e, Z_THEORY, LATE_MEAN(f, ECP_NIGHT_SALINE, theory).mean);
    ecp_experiment_result(e, Z_OFF, off);
    ecp_experiment_result(e, UNPAIRED, LATE_MEAN(f, ECP_NIGHT_SALINE, unpaired).mean);
    ecp_experiment_result(e, TAG_HOURS, ecp_night_tag(s, strengthened) / 3.6e6);
    ecp_experiment_result(e, HALF_ONSET, half_onset(s, f));
}

static void conclude(struct ecp_experiment *e, const struct ecp_night_setup *s,
                     const struct ecp_night_asked *f)
{
    double tagged = 0, others = 0, error = 0;
    conclude_orders(e, f);
    conclude_synapses(e, s, f);
    for (size_t k = 0; k < f->subjects; k++)
        tagged += f->subject[k].engram.tagged_driven * f->subject[k].engram.driven_tagged /
                  (double)f->subjects;
    for (int c = 0; c < ECP_ASKED; c++) {
        for (int a = ECP_DG; a < ECP_AREAS; a++)
            others = fmax(others, RECALL_MEAN(f, c, other[a]).mean);
        error = fmax(error, RECALL_MEAN(f, c, index).error);
    }
    ecp_experiment_result(e, ENCODE_DG, SUBJECT_MEAN(f, rate[ECP_DG]).mean);
    ecp_experiment_result(e, ENCODE_CA3, SUBJECT_MEAN(f, rate[ECP_CA3]).mean);
    ecp_experiment_result(e, ENCODE_BLA, SUBJECT_MEAN(f, rate[ECP_BLA]).mean);
    ecp_experiment_result(e, TAGGED, tagged);
    ecp_experiment_result(e, OTHERS_HZ, others);
    ecp_experiment_result(e, SE_LARGEST, error);
}

/* ---- tables ---------------------------------------------------------------------------------- */

/* Means of subjects, by condition. */
static enum ecp_status tell(struct ecp_experiment *e, const struct ecp_night_asked *f)
{
    enum { DG, CA3, BLA, INDEX, INDEX_SE, Z, COLUMNS };
    double data[COLUMNS][ECP_ASKED];
    const char *words[ECP_ASKED];
    for (int c = 0; c < ECP_ASKED; c++) {
        words[c] = ecp_night_conditions[c].name;
        data[DG][c] = RECALL_MEAN(f, c, engram[ECP_DG]).mean;
        data[CA3][c] = RECALL_MEAN(f, c, engram[ECP_CA3]).mean;
        data[BLA][c] = RECALL_MEAN(f, c, engram[ECP_BLA]).mean;
        data[INDEX][c] = RECALL_MEAN(f, c, index).mean;
        data[INDEX_SE][c] = RECALL_MEAN(f, c, index).error;
        data[Z][c] = LATE_MEAN(f, ecp_night_conditions[c].night, z).mean;
    }
    const struct ecp_table_column column[] = {
        {"condition", "1", "night and test", NULL, words},
        {"dg", "Hz", "tagged cells, mean of subjects", data[DG], NULL},
        {"ca3", "Hz", "the same", data[CA3], NULL},
        {"bla", "Hz", "the same", data[BLA], NULL},
        {"index", "1", "recall index of BLA, mean of subjects", data[INDEX], NULL},
        {"index_se", "1", "its standard error", data[INDEX_SE], NULL},
        {"z", "1", "late phase among tagged cells", data[Z], NULL}};
    return ecp_experiment_table(e, "conditions", ECP_ASKED, column, COLUMNS + 1);
}

static enum ecp_status tell_onsets(struct ecp_experiment *e, const struct ecp_night_setup *s,
                                   const struct ecp_night_asked *f)
{
    enum { ONSET, Z, Z_SE, THEORY, INDEX, INDEX_SE, COLUMNS };
    double data[COLUMNS][ECP_ONSETS];
    for (int k = 0; k < ECP_ONSETS; k++) {
        const int night = ECP_NIGHT_BLOCKED + k;
        data[ONSET][k] = s->onset[k] / 3.6e6;
        data[Z][k] = LATE_MEAN(f, night, z).mean;
        data[Z_SE][k] = LATE_MEAN(f, night, z).error;
        data[THEORY][k] = LATE_MEAN(f, night, theory).mean;
        data[INDEX][k] = RECALL_MEAN(f, condition_of(k), index).mean;
        data[INDEX_SE][k] = RECALL_MEAN(f, condition_of(k), index).error;
    }
    const struct ecp_table_column column[] = {
        {"onset", "h", "of the block of protein synthesis, after encoding", data[ONSET], NULL},
        {"z", "1", "late phase among tagged cells, mean of subjects", data[Z], NULL},
        {"z_se", "1", "its standard error", data[Z_SE], NULL},
        {"theory", "1", "closed form, from each synapse's early phase", data[THEORY], NULL},
        {"index", "1", "recall index in context A", data[INDEX], NULL},
        {"index_se", "1", "its standard error", data[INDEX_SE], NULL}};
    return ecp_experiment_table(e, "onsets", ECP_ONSETS, column, COLUMNS);
}

/* ---- figures --------------------------------------------------------------------------------- */

/* Conditions from the top down; those of onsets have a picture of their own. */
static void draw_conditions(const struct ecp_night_asked *f, double *x, double *y, double *across,
                            const char **word, struct ecp_line *line, struct ecp_picture *out)
{
    size_t n = 0;
    for (int c = ECP_ASK_ONSET - 1; c >= 0; c--, n++) {
        const struct ecp_engram_mean m = RECALL_MEAN(f, c, index);
        word[n] = ecp_night_conditions[c].label;
        x[n] = m.mean;
        y[n] = (double)n;
        for (int k = 0; k < 3; k++) {
            across[3 * n + (size_t)k] = k == 0 ? m.mean - m.error : k == 1 ? m.mean + m.error : NAN;
            across[3 * (size_t)ECP_ASK_ONSET + 3 * n + (size_t)k] = (double)n;
        }
    }
    line[0] = (struct ecp_line){NULL, ECP_DOTS, 0, n, x, y, NULL, NULL};
    line[1] = (struct ecp_line){
        NULL, ECP_LINE, 0, 3 * n, across, across + 3 * (size_t)ECP_ASK_ONSET, NULL, NULL};
    *out = (struct ecp_picture){.title = "recall; SAL: proteins are made, PSI: blocked at once",
                                .x = {"recall index", NULL, -0.15, 1.05, 0},
                                .y = {NULL, NULL, -0.6, (double)n - 0.4, 0},
                                .n_words = n,
                                .word = word,
                                .n_lines = 2,
                                .line = line};
}

enum { CURVE = 41 };
struct window {
    double at[ECP_ONSETS], z[ECP_ONSETS], z_se[ECP_ONSETS], index[ECP_ONSETS], index_se[ECP_ONSETS];
    double hours[CURVE], theory[CURVE];
    struct ecp_line line[3];
};

static void draw_window(const struct ecp_night_setup *s, const struct ecp_night_asked *f,
                        struct window *w, struct ecp_picture *out)
{
    const double last = s->onset[ECP_ONSETS - 1] / 3.6e6;
    for (int k = 0; k < ECP_ONSETS; k++) {
        const struct ecp_engram_mean z = LATE_MEAN(f, ECP_NIGHT_BLOCKED + k, z);
        const struct ecp_engram_mean index = RECALL_MEAN(f, condition_of(k), index);
        w->at[k] = s->onset[k] / 3.6e6;
        w->z[k] = z.mean;
        w->z_se[k] = z.error;
        w->index[k] = index.mean;
        w->index_se[k] = index.error;
    }
    for (int k = 0; k < CURVE; k++) {
        w->hours[k] = last * k / (CURVE - 1);
        w->theory[k] = 0;
        for (size_t n = 0; n < f->subjects; n++)
            w->theory[k] +=
                ecp_night_theory_mean(&f->subject[n], w->hours[k] * 3.6e6) / (double)f->subjects;
    }
    w->line[0] = (struct ecp_line){
        "recall index, context A", ECP_LINE, 0, ECP_ONSETS, w->at, w->index, NULL, w->index_se};
    w->line[1] =
        (struct ecp_line){"late phase z", ECP_DOTS, 1, ECP_ONSETS, w->at, w->z, NULL, w->z_se};
    w->line[2] =
        (struct ecp_line){"z, closed form", ECP_DASHES, 1, CURVE, w->hours, w->theory, NULL, NULL};
    *out = (struct ecp_picture){.title = "when the block begins",
                                .x = {"onset of the block after encoding", "h", 0, 1.03 * last, 0},
                                .y = {"index, z", NULL, -0.05, 1.05, 0},
                                .n_lines = 3,
                                .line = w->line};
}

static enum ecp_status draw(struct ecp_experiment *e, const struct ecp_night_setup *s,
                            const struct ecp_night_asked *f)
{
    double x[ECP_ASK_ONSET], y[ECP_ASK_ONSET], across[6 * ECP_ASK_ONSET];
    const char *word[ECP_ASK_ONSET];
    struct ecp_line line[2];
    struct ecp_picture picture[2];
    struct window window;
    draw_conditions(f, x, y, across, word, line, &picture[0]);
    draw_window(s, f, &window, &picture[1]);
    return ecp_experiment_figure(e, "silent_engram_consolidation",
                                 "Silent engrams by tags, proteins and growth", picture, 2, 2);
}

#endif
