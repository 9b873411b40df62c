/* silent_engram_show.h -- what the scenario silent_engram makes of its tests: results,
 * tables and figures. Included by silent_engram.c alone. */
#ifndef ECP_SILENT_ENGRAM_SHOW_H
#define ECP_SILENT_ENGRAM_SHOW_H

enum { SHOWN_MS = 300, MOST_SPIKES = 6000 };

/* ---- results -----------------------------------------------------------------------------------
 */

static void conclude_orders(struct ecp_experiment *e, const struct ecp_engram_asked *f)
{
    const struct ecp_engram_orders o = ecp_engram_orders_of(f);
    ecp_experiment_result(e, OPTO_RATIO, o.opto_ratio);
    ecp_experiment_result(e, LEARNED, o.learned);
    ecp_experiment_result(e, SILENT, o.silent);
    ecp_experiment_result(e, DIRECT_RATIO, o.direct_ratio);
    ecp_experiment_result(e, PARTIAL, o.partial);
    ecp_experiment_result(e, POWER_STEP, o.power_step);
    ecp_experiment_result(e, INPUT_CHANGE, o.input_change);
    ecp_experiment_result(e, RESCUE_RATIO, o.rescue_ratio);
    ecp_experiment_result(e, RESCUE_DG_RATIO, o.rescue_dg_ratio);
    ecp_experiment_result(e, DAYS_CHANGE, o.days_change);
}

static void conclude_rates(struct ecp_experiment *e, const struct ecp_engram_asked *f)
{
    const struct {
        int result, condition, area;
    } rate[] = {
        {DG_SALINE, ECP_SALINE_NATURAL, ECP_DG},   {CA3_SALINE, ECP_SALINE_NATURAL, ECP_CA3},
        {BLA_SALINE, ECP_SALINE_NATURAL, ECP_BLA}, {DG_BLOCKED, ECP_BLOCKED_NATURAL, ECP_DG},
        {DG_LIGHT, ECP_BLOCKED_HIGH, ECP_DG},      {CA3_LIGHT, ECP_BLOCKED_HIGH, ECP_CA3},
        {BLA_LIGHT, ECP_BLOCKED_HIGH, ECP_BLA},    {BLA_SALINE_LIGHT, ECP_SALINE_HIGH, ECP_BLA}};
    double others = 0, error = 0;
    for (size_t k = 0; k < sizeof rate / sizeof *rate; k++)
        ecp_experiment_result(e, rate[k].result,
                              ECP_ENGRAM_MEAN(f, 0, rate[k].condition, engram[rate[k].area]).mean);
    for (int c = 0; c < ECP_CONDITIONS; c++) {
        for (int day = 0; day < ECP_DAYS; day++) {
            for (int a = ECP_DG; a < ECP_AREAS; a++)
                others = fmax(others, ECP_ENGRAM_MEAN(f, day, c, other[a]).mean);
            error = fmax(error, ECP_ENGRAM_MEAN(f, day, c, index).error);
        }
        ecp_experiment_result(e, c, ECP_ENGRAM_MEAN(f, 0, c, index).mean);
    }
    ecp_experiment_result(e, OTHERS_HZ, others);
    ecp_experiment_result(e, SE_LARGEST, error);
}

static void conclude(struct ecp_experiment *e, const struct ecp_engram_asked *f)
{
    const size_t fates = ECP_FATES * sizeof(double);
    double tagged = 0, ratio = 0, least = INFINITY;
    conclude_orders(e, f);
    conclude_rates(e, f);
    for (size_t s = 0; s < f->subjects; s++) {
        tagged += f->subject[s].tagged_driven * f->subject[s].driven_tagged / (double)f->subjects;
        const struct ecp_engram_recall *r = &f->recall[0][s * ECP_CONDITIONS + ECP_SALINE_NATURAL];
        ratio += r->overlap / r->chance / (double)f->subjects;
    }
    ecp_experiment_result(e, TAGGED, tagged);
    ecp_experiment_result(e, OVERLAP_RATIO, ratio);
    /* The least of both days: contacts that go with time are missed. */
    for (int day = 0; day < ECP_DAYS; day++)
        least =
            fmin(least,
                 ecp_engram_mean_of(f->structure[day] + ECP_FATE_BLOCKED, fates, f->subjects).mean);
    const double saline =
        ecp_engram_mean_of(f->structure[0] + ECP_FATE_SALINE, fates, f->subjects).mean;
    ecp_experiment_result(e, STRUCTURE, saline);
    ecp_experiment_result(e, STRUCTURE_RATIO, least / saline);
    ecp_experiment_result(e, OVERLAP_SALINE,
                          ECP_ENGRAM_MEAN(f, 0, ECP_SALINE_NATURAL, overlap).mean);
    ecp_experiment_result(e, OVERLAP_BLOCKED,
                          ECP_ENGRAM_MEAN(f, 0, ECP_BLOCKED_NATURAL, overlap).mean);
    ecp_experiment_result(e, FREEZING_SALINE,
                          ECP_ENGRAM_MEAN(f, 0, ECP_SALINE_NATURAL, freezing).mean);
    ecp_experiment_result(e, FREEZING_BLOCKED,
                          ECP_ENGRAM_MEAN(f, 0, ECP_BLOCKED_NATURAL, freezing).mean);
    ecp_experiment_result(e, FREEZING_LIGHT,
                          ECP_ENGRAM_MEAN(f, 0, ECP_BLOCKED_HIGH, freezing).mean);
}

/* ---- tables
 * -------------------------------------------------------------------------------------- */

enum {
    T_TEST,
    T_SUBJECT,
    T_EC,
    T_DG,
    T_CA3,
    T_BLA,
    T_DG_OTHER,
    T_CA3_OTHER,
    T_BLA_OTHER,
    T_INDEX,
    T_FREEZING,
    T_QUALITY,
    T_OVERLAP,
    T_CHANCE,
    T_BITS,
    T_STRUCTURE,
    T_NUMBERS
};

static void row_of(const struct ecp_engram_asked *f, size_t s, int day, int c,
                   double row[T_NUMBERS])
{
    const struct ecp_engram_recall *r = &f->recall[day][s * ECP_CONDITIONS + (size_t)c];
    const double all[T_NUMBERS] = {
        [T_TEST] = day + 1,
        [T_SUBJECT] = (double)(s + 1),
        [T_EC] = r->engram[ECP_EC],
        [T_DG] = r->engram[ECP_DG],
        [T_CA3] = r->engram[ECP_CA3],
        [T_BLA] = r->engram[ECP_BLA],
        [T_DG_OTHER] = r->other[ECP_DG],
        [T_CA3_OTHER] = r->other[ECP_CA3],
        [T_BLA_OTHER] = r->other[ECP_BLA],
        [T_INDEX] = r->index,
        [T_FREEZING] = r->freezing,
        [T_QUALITY] = r->quality,
        [T_OVERLAP] = r->overlap,
        [T_CHANCE] = r->chance,
        [T_BITS] = r->bits,
        [T_STRUCTURE] = f->structure[day][s * ECP_FATES + ecp_engram_conditions[c].fate]};
    memcpy(row, all, sizeof all);
}

/* Every condition of every subject at both tests. */
static enum ecp_status tell_all(struct ecp_experiment *e, const struct ecp_engram_asked *f)
{
    static const char engram[] = "mean rate of tagged cells", other[] = "of the other cells";
    struct ecp_table_column column[] = {
        [T_TEST] = {"test", "1", "1: the first, 2: the second", NULL, NULL},
        [T_SUBJECT] = {"subject", "1", "number of the animal", NULL, NULL},
        [T_EC] = {"ec", "Hz", engram, NULL, NULL},
        [T_DG] = {"dg", "Hz", engram, NULL, NULL},
        [T_CA3] = {"ca3", "Hz", engram, NULL, NULL},
        [T_BLA] = {"bla", "Hz", engram, NULL, NULL},
        [T_DG_OTHER] = {"dg_other", "Hz", other, NULL, NULL},
        [T_CA3_OTHER] = {"ca3_other", "Hz", other, NULL, NULL},
        [T_BLA_OTHER] = {"bla_other", "Hz", other, NULL, NULL},
        [T_INDEX] = {"recall_index", "1", "of BLA", NULL, NULL},
        [T_FREEZING] = {"freezing", "1", "1/(1 + exp(-(bla - 5 Hz)/1.5 Hz))", NULL, NULL},
        [T_QUALITY] = {"quality", "1", "(bla - bla_other)/dg", NULL, NULL},
        [T_OVERLAP] = {"overlap", "1", "share of tagged cells that are active again", NULL, NULL},
        [T_CHANCE] = {"active", "1", "share of all cells that are active", NULL, NULL},
        [T_BITS] = {"bits", "1", "mutual information of tagged and active, bits a cell", NULL,
                    NULL},
        [T_STRUCTURE] = {"structure", "1", "contacts among tagged cells over chance", NULL, NULL},
        [T_NUMBERS] = {"condition", "1", "fate and test", NULL, NULL}};
    const size_t rows = ECP_DAYS * ECP_CONDITIONS * f->subjects;
    double *data = ecp_experiment_alloc(e, rows * T_NUMBERS, sizeof *data);
    const char **words = ecp_experiment_alloc(e, rows, sizeof *words);
    size_t n = 0;
    if (!data || !words)
        return ecp_fail(ECP_ENOMEM, "no memory for a table");
    for (int day = 0; day < ECP_DAYS; day++)
        for (int c = 0; c < ECP_CONDITIONS; c++)
            for (size_t s = 0; s < f->subjects; s++, n++) {
                double row[T_NUMBERS];
                row_of(f, s, day, c, row);
                words[n] = ecp_engram_conditions[c].name;
                for (size_t k = 0; k < T_NUMBERS; k++)
                    data[k * rows + n] = row[k];
            }
    for (size_t k = 0; k < T_NUMBERS; k++)
        column[k].data = data + k * rows;
    column[T_NUMBERS].words = words;
    return ecp_experiment_table(e, "subjects", rows, column, T_NUMBERS + 1);
}

/* Means and standard errors over subjects. */
static enum ecp_status tell(struct ecp_experiment *e, const struct ecp_engram_asked *f)
{
    enum { DG, CA3, BLA, FIRST, FIRST_SE, SECOND, SECOND_SE, COLUMNS };
    double data[COLUMNS][ECP_CONDITIONS];
    const char *words[ECP_CONDITIONS];
    for (int c = 0; c < ECP_CONDITIONS; c++) {
        const struct ecp_engram_mean first = ECP_ENGRAM_MEAN(f, 0, c, index),
                                     second = ECP_ENGRAM_MEAN(f, 1, c, index);
        words[c] = ecp_engram_conditions[c].name;
        data[DG][c] = ECP_ENGRAM_MEAN(f, 0, c, engram[ECP_DG]).mean;
        data[CA3][c] = ECP_ENGRAM_MEAN(f, 0, c, engram[ECP_CA3]).mean;
        data[BLA][c] = ECP_ENGRAM_MEAN(f, 0, c, engram[ECP_BLA]).mean;
        data[FIRST][c] = first.mean;
        data[FIRST_SE][c] = first.error;
        data[SECOND][c] = second.mean;
        data[SECOND_SE][c] = second.error;
    }
    const struct ecp_table_column column[] = {
        {"condition", "1", "fate and test", NULL, words},
        {"dg", "Hz", "tagged cells, first test, mean of subjects", data[DG], NULL},
        {"ca3", "Hz", "the same", data[CA3], NULL},
        {"bla", "Hz", "the same", data[BLA], NULL},
        {"index", "1", "recall index, first test, mean of subjects", data[FIRST], NULL},
        {"index_se", "1", "its standard error", data[FIRST_SE], NULL},
        {"index_later", "1", "recall index, second test", data[SECOND], NULL},
        {"index_later_se", "1", "its standard error", data[SECOND_SE], NULL}};
    enum ecp_status status;
    ECP_TRY(ecp_experiment_table(e, "conditions", ECP_CONDITIONS, column, COLUMNS + 1));
    status = tell_all(e, f);
done:
    return status;
}

/* ---- figures
 * --------------------------------------------------------------------------------------- */

static enum ecp_status draw(struct ecp_experiment *e, const struct ecp_engram_asked *f)
{
    static const char *const day_name[ECP_DAYS] = {"first test", "second test"};
    struct ecp_engram_series index[ECP_DAYS], rate[ECP_PATHS];
    struct ecp_picture picture[2];
    enum ecp_status status;
    for (int day = 0; day < ECP_DAYS; day++) {
        index[day] = (struct ecp_engram_series){.name = day_name[day], .colour = day};
        for (int c = 0; c < ECP_CONDITIONS; c++)
            index[day].at[c] = ECP_ENGRAM_MEAN(f, day, c, index);
    }
    for (int a = ECP_DG; a < ECP_AREAS; a++) {
        struct ecp_engram_series *r = &rate[a - ECP_DG];
        *r = (struct ecp_engram_series){.name = ecp_engram_area[a], .colour = a + 1};
        for (int c = 0; c < ECP_CONDITIONS; c++)
            r->at[c] = ECP_ENGRAM_MEAN(f, 0, c, engram[a]);
    }
    ECP_TRY(
        ecp_engram_picture(e, index, ECP_DAYS, index[0].at[ECP_SALINE_NATURAL].mean, &picture[0]));
    picture[0].title = "recall index of BLA; SAL: saline, PSI: synthesis blocked";
    picture[0].x = (struct ecp_picture_axis){"recall index", NULL, -0.15, 1.05, 0};
    ECP_TRY(ecp_engram_picture(e, rate, ECP_PATHS, NAN, &picture[1]));
    picture[1].title = "rates of engram cells, first test";
    picture[1].x = (struct ecp_picture_axis){"rate", "Hz", 0, 0, 0};
    status = ecp_experiment_figure(e, "silent_engram", "Silent engrams", picture, 2, 2);
done:
    return status;
}

static const int rastered[] = {ECP_SALINE_NATURAL, ECP_BLOCKED_NATURAL, ECP_SALINE_HIGH,
                               ECP_BLOCKED_HIGH};
enum { RASTERS = sizeof rastered / sizeof *rastered };

static enum ecp_status make_rasters(struct ecp_experiment *e, const struct ecp_engram_setup *setup,
                                    struct ecp_engram_raster raster[ECP_CONDITIONS])
{
    for (size_t k = 0; k < RASTERS; k++) {
        struct ecp_engram_raster *r = &raster[rastered[k]];
        r->shown = fmin(SHOWN_MS, setup->test);
        r->room = MOST_SPIKES;
        for (int a = 0; a < ECP_AREAS; a++) {
            r->time[a] = ecp_experiment_alloc(e, r->room, sizeof(double));
            r->row[a] = ecp_experiment_alloc(e, r->room, sizeof(double));
            if (!r->time[a] || !r->row[a])
                return ecp_fail(ECP_ENOMEM, "no memory for a raster");
        }
    }
    return ECP_OK;
}

/* Rows of an area: tagged cells below, as many others above. */
static enum ecp_status draw_raster(struct ecp_experiment *e, const struct ecp_engram_asked *f)
{
    static const char *const title[RASTERS] = {"saline, context A", "blocked, context A",
                                               "saline, light", "blocked, light"};
    struct ecp_line line[RASTERS][ECP_AREAS + 1];
    struct ecp_picture picture[RASTERS];
    const struct ecp_engram_subject *s = &f->subject[0];
    double base[ECP_AREAS + 1] = {0}, split[3 * ECP_AREAS], across[3 * ECP_AREAS];
    for (int a = 0; a < ECP_AREAS; a++) {
        base[a + 1] = base[a] + 2.2 * (double)s->n_tagged[a];
        for (int k = 0; k < 3; k++) {
            split[3 * a + k] = base[a] + (double)s->n_tagged[a];
            across[3 * a + k] = k == 0 ? 0 : k == 1 ? SHOWN_MS : NAN;
        }
    }
    for (size_t k = 0; k < RASTERS; k++) {
        const struct ecp_engram_raster *r = &f->raster[rastered[k]];
        for (int a = 0; a < ECP_AREAS; a++) {
            for (size_t j = 0; j < r->n[a]; j++)
                r->row[a][j] += base[a];
            line[k][a] = (struct ecp_line){ecp_engram_area[a], ECP_MARKS, a + 1, r->n[a],
                                           r->time[a],         r->row[a], NULL,  NULL};
        }
        line[k][ECP_AREAS] = (struct ecp_line){
            NULL, ECP_LINE, ECP_COLOUR_GREY, sizeof split / sizeof *split, across, split,
            NULL, NULL};
        picture[k] = (struct ecp_picture){.title = title[k],
                                          .note = "below the grey lines: tagged cells",
                                          .x = {"time", "ms", 0, SHOWN_MS, 0},
                                          .y = {"cell", NULL, 0, base[ECP_AREAS], 0},
                                          .n_lines = ECP_AREAS + 1,
                                          .line = line[k]};
    }
    return ecp_experiment_figure(e, "spikes", "One subject, asked", picture, RASTERS, 2);
}

#endif
