/* silent_engram_show.h -- what the scenario silent_engram makes of its tests: results,
 * tables and figures. Included by silent_engram.c alone. */
#ifndef ECP_SILENT_ENGRAM_SHOW_H
#define ECP_SILENT_ENGRAM_SHOW_H

enum { SHOWN_MS = 400, MOST_SPIKES = 6000 };

struct mean {
    double mean, error; /* standard error; 0 for a single subject */
};

/* Of a number of all subjects; at(s) are `stride` bytes apart. */
static struct mean mean_of(const double *first, size_t stride, size_t n)
{
    double sum = 0, square = 0;
    for (size_t s = 0; s < n; s++)
        sum += *(const double *)((const char *)first + s * stride) / (double)n;
    for (size_t s = 0; s < n; s++) {
        const double off = *(const double *)((const char *)first + s * stride) - sum;
        square += off * off;
    }
    return (struct mean){sum, n > 1 ? sqrt(square / (double)(n * (n - 1))) : 0};
}

/* A number of all recalls in a condition. */
#define MEAN_OF(found, day, condition, member)                                                     \
    mean_of(&(found)->recall[day][condition].member,                                               \
            ECP_CONDITIONS * sizeof(struct ecp_engram_recall), (found)->subjects)

static double index_of(const struct ecp_engram_asked *f, int condition)
{
    return MEAN_OF(f, 0, condition, index).mean;
}

/* ---- results -----------------------------------------------------------------------------------
 */

static void conclude_orders(struct ecp_experiment *e, const struct ecp_engram_asked *f)
{
    const double natural = index_of(f, ECP_SALINE_NATURAL);
    const double blocked = index_of(f, ECP_BLOCKED_NATURAL);
    const double light = index_of(f, ECP_BLOCKED_HIGH);
    const double untaught = index_of(f, ECP_UNTAUGHT_NATURAL);
    const double other = index_of(f, ECP_SALINE_OTHER);
    double step = INFINITY;
    for (size_t s = 0; s < f->subjects; s++) {
        const struct ecp_engram_recall *r = f->recall[0] + s * ECP_CONDITIONS;
        step = fmin(step, r[ECP_BLOCKED_HIGH].index - r[ECP_BLOCKED_MID].index);
        step = fmin(step, r[ECP_BLOCKED_MID].index - r[ECP_BLOCKED_LOW].index);
    }
    ecp_experiment_result(e, OPTO_RATIO, index_of(f, ECP_SALINE_HIGH) / natural);
    ecp_experiment_result(e, LEARNED, natural - untaught);
    ecp_experiment_result(
        e, SILENT,
        fmax(fabs(blocked - untaught), fmax(fabs(blocked - other), fabs(untaught - other))));
    ecp_experiment_result(e, DIRECT_RATIO, light / natural);
    ecp_experiment_result(e, PARTIAL, (index_of(f, ECP_BLOCKED_MID) - blocked) / (light - blocked));
    ecp_experiment_result(e, POWER_STEP, step);
    ecp_experiment_result(e, INPUT_CHANGE, index_of(f, ECP_CUT_INPUT_HIGH) - light);
    ecp_experiment_result(e, RESCUE_RATIO, index_of(f, ECP_RESCUE_NATURAL) / natural);
    ecp_experiment_result(e, RESCUE_DG_RATIO, index_of(f, ECP_RESCUE_DG_NATURAL) / natural);
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
    double others = 0, change = 0, error = 0;
    for (size_t k = 0; k < sizeof rate / sizeof *rate; k++)
        ecp_experiment_result(e, rate[k].result,
                              MEAN_OF(f, 0, rate[k].condition, engram[rate[k].area]).mean);
    for (int c = 0; c < ECP_CONDITIONS; c++) {
        for (int day = 0; day < ECP_DAYS; day++) {
            for (int a = ECP_DG; a < ECP_AREAS; a++)
                others = fmax(others, MEAN_OF(f, day, c, other[a]).mean);
            error = fmax(error, MEAN_OF(f, day, c, index).error);
        }
        change = fmax(change, fabs(MEAN_OF(f, 1, c, index).mean - index_of(f, c)));
        ecp_experiment_result(e, c, index_of(f, c));
    }
    ecp_experiment_result(e, OTHERS_HZ, others);
    ecp_experiment_result(e, DAYS_CHANGE, change);
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
        least = fmin(least, mean_of(f->structure[day] + ECP_FATE_BLOCKED, fates, f->subjects).mean);
    const double saline = mean_of(f->structure[0] + ECP_FATE_SALINE, fates, f->subjects).mean;
    ecp_experiment_result(e, STRUCTURE, saline);
    ecp_experiment_result(e, STRUCTURE_RATIO, least / saline);
    ecp_experiment_result(e, OVERLAP_SALINE, MEAN_OF(f, 0, ECP_SALINE_NATURAL, overlap).mean);
    ecp_experiment_result(e, OVERLAP_BLOCKED, MEAN_OF(f, 0, ECP_BLOCKED_NATURAL, overlap).mean);
    ecp_experiment_result(e, FREEZING_SALINE, MEAN_OF(f, 0, ECP_SALINE_NATURAL, freezing).mean);
    ecp_experiment_result(e, FREEZING_BLOCKED, MEAN_OF(f, 0, ECP_BLOCKED_NATURAL, freezing).mean);
    ecp_experiment_result(e, FREEZING_LIGHT, MEAN_OF(f, 0, ECP_BLOCKED_HIGH, freezing).mean);
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
        const struct mean first = MEAN_OF(f, 0, c, index), second = MEAN_OF(f, 1, c, index);
        words[c] = ecp_engram_conditions[c].name;
        data[DG][c] = MEAN_OF(f, 0, c, engram[ECP_DG]).mean;
        data[CA3][c] = MEAN_OF(f, 0, c, engram[ECP_CA3]).mean;
        data[BLA][c] = MEAN_OF(f, 0, c, engram[ECP_BLA]).mean;
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

/* Conditions from the top down, as lines that are broken between them. */
enum { BROKEN = 3 * ECP_CONDITIONS };

struct broken {
    double x[BROKEN], y[BROKEN];
};

static double height_of(int condition, double offset)
{
    return ECP_CONDITIONS - 1 - condition + offset;
}

static void broken_add(struct broken *b, int c, double low, double high, double offset)
{
    const double end[3] = {low, high, NAN};
    for (int k = 0; k < 3; k++) {
        b->x[3 * c + k] = end[k];
        b->y[3 * c + k] = height_of(c, offset);
    }
}

/* What the experiments found, as far as they tell orders. */
static void ordered(const struct ecp_engram_asked *f, struct broken *out)
{
    const double natural = index_of(f, ECP_SALINE_NATURAL);
    for (int c = 0; c < ECP_CONDITIONS; c++) {
        double low = 0.8 * natural, high = 1;
        switch (c) {
        case ECP_SALINE_MID:
        case ECP_SALINE_LOW:
        case ECP_RESCUE_NATURAL: /* not done */
            low = high = NAN;
            break;
        case ECP_BLOCKED_MID:
        case ECP_BLOCKED_LOW:
            low = 0.02;
            high = 0.8 * natural;
            break;
        case ECP_RESCUE_DG_NATURAL:
            low = 0.7 * natural;
            break;
        case ECP_SALINE_OTHER:
        case ECP_BLOCKED_NATURAL:
        case ECP_BLOCKED_OTHER:
        case ECP_CUT_OUTPUT_HIGH:
        case ECP_UNTAUGHT_NATURAL:
        case ECP_UNTAUGHT_HIGH:
            low = -0.1;
            high = 0.1;
            break;
        default:
            break;
        }
        broken_add(out, c, low, high, 0);
    }
}

static enum ecp_status draw(struct ecp_experiment *e, const struct ecp_engram_asked *f)
{
    struct broken order, error[ECP_DAYS];
    double index[ECP_DAYS][ECP_CONDITIONS], at[ECP_DAYS][ECP_CONDITIONS];
    double rate[ECP_AREAS][ECP_CONDITIONS], beside[ECP_AREAS][ECP_CONDITIONS];
    const char *word[ECP_CONDITIONS];
    ordered(f, &order);
    for (int c = 0; c < ECP_CONDITIONS; c++) {
        word[ECP_CONDITIONS - 1 - c] = ecp_engram_conditions[c].label;
        for (int day = 0; day < ECP_DAYS; day++) {
            const struct mean m = MEAN_OF(f, day, c, index);
            index[day][c] = m.mean;
            at[day][c] = height_of(c, day ? -0.2 : 0.2);
            broken_add(&error[day], c, m.mean - m.error, m.mean + m.error, day ? -0.2 : 0.2);
        }
        for (int a = ECP_DG; a < ECP_AREAS; a++) {
            rate[a][c] = MEAN_OF(f, 0, c, engram[a]).mean;
            beside[a][c] = height_of(c, 0.2 * (ECP_CA3 - a));
        }
    }
    const struct ecp_line indices[] = {
        {"experiments, by order", ECP_LINE, ECP_COLOUR_GREY, BROKEN, order.x, order.y, NULL, NULL},
        {NULL, ECP_LINE, 0, BROKEN, error[0].x, error[0].y, NULL, NULL},
        {NULL, ECP_LINE, 1, BROKEN, error[1].x, error[1].y, NULL, NULL},
        {"first test", ECP_DOTS, 0, ECP_CONDITIONS, index[0], at[0], NULL, NULL},
        {"second test", ECP_DOTS, 1, ECP_CONDITIONS, index[1], at[1], NULL, NULL}};
    const struct ecp_line rates[] = {
        {"DG", ECP_DOTS, 2, ECP_CONDITIONS, rate[ECP_DG], beside[ECP_DG], NULL, NULL},
        {"CA3", ECP_DOTS, 3, ECP_CONDITIONS, rate[ECP_CA3], beside[ECP_CA3], NULL, NULL},
        {"BLA", ECP_DOTS, 4, ECP_CONDITIONS, rate[ECP_BLA], beside[ECP_BLA], NULL, NULL}};
    const struct ecp_picture picture[] = {{.title = "recall index of BLA, mean and standard error",
                                           .x = {"recall index", NULL, -0.15, 1.05, 0},
                                           .y = {NULL, NULL, -0.6, ECP_CONDITIONS - 0.4, 0},
                                           .n_words = ECP_CONDITIONS,
                                           .word = word,
                                           .n_lines = 5,
                                           .line = indices},
                                          {.title = "rates of engram cells, first test",
                                           .x = {"rate", "Hz", 0, 0, 0},
                                           .y = {NULL, NULL, -0.6, ECP_CONDITIONS - 0.4, 0},
                                           .n_words = ECP_CONDITIONS,
                                           .word = word,
                                           .n_lines = 3,
                                           .line = rates}};
    return ecp_experiment_figure(e, "silent_engram", "Silent engrams", picture, 2, 2);
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
