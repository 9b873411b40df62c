/* test_plot.c -- pictures exist, are whole, name their axes, and refuse what
 * they cannot show. */
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "engine/plot.h"
#include "tests/support.h"

enum { E, I, SIZE_E = 400, SIZE_I = 100, FRAMES = 1001, COLUMNS = 7, FILE_MAX = 8 << 20 };

/* A recording made by hand: neuron k of E fires every 20 + k % 10 ms, of I
 * every 8 + k % 5 ms, for 1 s at 0.1 ms; v is a slow sine. */
struct sample {
    struct ecp_recording recording;
    struct ecp_recorded_population population[2];
    struct ecp_recorded_signal signal[1];
    struct ecp_spike *event[2];
    uint32_t count[2][SIZE_E], intervals[2][SIZE_E];
    uint64_t interval_sum[2][SIZE_E];
    double square_sum[2][SIZE_E];
    ecp_lid column[COLUMNS];
    ecp_real v[FRAMES * COLUMNS];
};

static struct sample sample;
static char folder[] = "plot_XXXXXX";

static size_t period(int which, size_t k)
{
    return which == E ? 200 + 10 * (k % 10) : 80 + 10 * (k % 5);
}

static void fire(int which, const char *name, size_t size)
{
    struct ecp_recorded_population *p = &sample.population[which];
    size_t n = 0;
    sample.event[which] = calloc(size * 140, sizeof(struct ecp_spike));
    for (size_t step = 1; step <= 10000; step++)
        for (size_t k = 0; k < size; k++)
            if (step % period(which, k) == 0) {
                sample.event[which][n++] =
                    (struct ecp_spike){.step = (ecp_step)step, .index = (ecp_lid)k};
                sample.count[which][k]++;
            }
    for (size_t k = 0; k < size; k++) {
        const uint32_t between = sample.count[which][k] - 1;
        const double length = (double)period(which, k);
        sample.intervals[which][k] = between;
        sample.interval_sum[which][k] = between * period(which, k);
        sample.square_sum[which][k] = between * length * length;
    }
    *p = (struct ecp_recorded_population){.name = name,
                                          .model = "lif",
                                          .size = size,
                                          .spikes = n,
                                          .count = sample.count[which],
                                          .intervals = sample.intervals[which],
                                          .interval_sum = sample.interval_sum[which],
                                          .interval_square_sum = sample.square_sum[which],
                                          .recorded = 1,
                                          .n_events = n,
                                          .event = sample.event[which]};
}

static struct ecp_plot_request prepare(const char *kind, const char *output)
{
    free(sample.event[E]);
    free(sample.event[I]);
    memset(&sample, 0, sizeof sample);
    fire(E, "excitatory", SIZE_E);
    fire(I, "inhibitory", SIZE_I);
    for (size_t k = 0; k < COLUMNS; k++)
        sample.column[k] = (ecp_lid)(3 * k);
    for (size_t k = 0; k < FRAMES * COLUMNS; k++)
        sample.v[k] = (ecp_real)(-60 + 5 * sin((double)k * 1e-3));
    sample.signal[0] = (struct ecp_recorded_signal){.probe = "membrane",
                                                    .population = E,
                                                    .field = "v",
                                                    .unit = "mV",
                                                    .interval = 1,
                                                    .n_frames = FRAMES,
                                                    .n_columns = COLUMNS,
                                                    .index = sample.column,
                                                    .data = sample.v};
    sample.recording = (struct ecp_recording){.dt = 0.1,
                                              .duration = 1000,
                                              .counted = 1000,
                                              .n_steps = 10000,
                                              .n_populations = 2,
                                              .n_signals = 1,
                                              .population = sample.population,
                                              .signal = sample.signal};
    static char path[200];
    (void)snprintf(path, sizeof path, "%s/%s", folder, output);
    struct ecp_plot_request request = ecp_plot_request_default();
    request.recording = &sample.recording;
    request.kind = kind;
    request.output = path;
    ecp_error_clear();
    return request;
}

/* The file as a string; free it. */
static char *contents(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    char *text = calloc(1, FILE_MAX + 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    *size = fread(text, 1, FILE_MAX, file);
    (void)fclose(file);
    return text;
}

static char *drawn(const struct ecp_plot_request *request, size_t *size)
{
    ECP_ASSERT_OK(ecp_plot_run(request));
    return contents(request->output, size);
}

static int count_of(const char *text, const char *what)
{
    int n = 0;
    for (; (text = strstr(text, what)); text += strlen(what))
        n++;
    return n;
}

static void check_svg(const char *kind, const char *const *words)
{
    size_t size;
    struct ecp_plot_request request = prepare(kind, "a.svg");
    char *text = drawn(&request, &size);
    CU_ASSERT_EQUAL(strncmp(text, "<?xml", 5), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "</svg>"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "viewBox=\"0 0 1600"));
    for (; *words; words++) {
        CU_ASSERT_PTR_NOT_NULL(strstr(text, *words));
        if (!strstr(text, *words))
            (void)printf("\n  %s lacks \"%s\"", kind, *words);
    }
    free(text);
}

static void every_kind_names_its_axes(void)
{
    check_svg("raster", (const char *[]){"time (ms)", "neurons", "excitatory", "inhibitory",
                                         "every neuron shown", "500 to 1000 ms", NULL});
    check_svg("rates", (const char *[]){"time (ms)", "rate (Hz)", "excitatory  ", NULL});
    check_svg("trace", (const char *[]){"time (ms)", "v (mV)", "neuron 12", "5 of 7", NULL});
    check_svg("histogram", (const char *[]){"firing rate (Hz)", "CV of inter-spike intervals",
                                            "neurons (%)", "mean 0.00", NULL});
}

static void every_format_has_its_magic(void)
{
    static const struct {
        const char *name, *magic;
    } formats[] = {{"a.png", "\x89PNG\r\n"}, {"a.pdf", "%PDF-"}, {"a.SVG", "<?xml"}};
    for (const struct ecp_plot_kind *kind = ecp_plot_kinds; kind->name; kind++)
        for (size_t k = 0; k < sizeof formats / sizeof formats[0]; k++) {
            size_t size;
            struct ecp_plot_request request = prepare(kind->name, formats[k].name);
            char *bytes = drawn(&request, &size);
            CU_ASSERT(size > 1000);
            CU_ASSERT_EQUAL(memcmp(bytes, formats[k].magic, strlen(formats[k].magic)), 0);
            free(bytes);
        }
}

static void png_is_1600_by_1000(void)
{
    size_t size;
    struct ecp_plot_request request = prepare("raster", "a.png");
    unsigned char *bytes = (unsigned char *)drawn(&request, &size);
    CU_ASSERT_EQUAL(bytes[18] * 256 + bytes[19], 1600);
    CU_ASSERT_EQUAL(bytes[22] * 256 + bytes[23], 1000);
    free(bytes);
}

static void same_request_same_file(void)
{
    size_t first_size, second_size;
    struct ecp_plot_request request = prepare("raster", "a.svg");
    char *first = drawn(&request, &first_size);
    char *second = drawn(&request, &second_size);
    CU_ASSERT_EQUAL(first_size, second_size);
    CU_ASSERT_EQUAL(memcmp(first, second, first_size), 0);
    free(second);
    free(first);
}

static void raster_thins_and_says_so(void)
{
    size_t size;
    struct ecp_plot_request request = prepare("raster", "a.svg");
    request.max_neurons = 50;
    char *text = drawn(&request, &size);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "1 neuron in 10 shown (50 of 500)"));
    free(text);

    /* 500 neurons in 1 s: 33,000 spikes in one path a neuron. */
    request = prepare("raster", "a.svg");
    request.start = 0;
    text = drawn(&request, &size);
    CU_ASSERT(size < 6u << 20);
    CU_ASSERT(count_of(text, "<polyline") < 600);
    CU_ASSERT(count_of(text, "<polyline") >= 500);
    free(text);
}

static void window_and_population_are_kept(void)
{
    size_t size;
    struct ecp_plot_request request = prepare("raster", "a.svg");
    request.population = "inhibitory";
    request.start = 100;
    request.stop = 180;
    char *text = drawn(&request, &size);
    /* Periods 8, 9, 10, 11, 12 ms, spikes in (100, 180] ms, 20 neurons each:
     * (22 - 12) + (20 - 11) + (18 - 10) + (16 - 9) + (15 - 8) = 41. */
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "820 spikes"));
    CU_ASSERT_PTR_NULL(strstr(text, "excitatory"));
    free(text);
}

static void rates_are_right(void)
{
    size_t size;
    struct ecp_plot_request request = prepare("rates", "a.svg");
    char *text = drawn(&request, &size), wanted[60];
    (void)snprintf(wanted, sizeof wanted, "excitatory  %.2f Hz",
                   (double)sample.population[E].n_events / SIZE_E);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, wanted));
    free(text);

    request.bin = 3000;
    ecp_error_clear();
    CU_ASSERT_EQUAL(ecp_plot_run(&request), ECP_EUSAGE);
}

static void counts_and_spikes_agree_in_the_histogram(void)
{
    size_t size, size_windowed;
    struct ecp_plot_request request = prepare("histogram", "a.svg");
    char *text = drawn(&request, &size);
    request.start = 0;
    char *windowed = drawn(&request, &size_windowed);
    CU_ASSERT_EQUAL(size, size_windowed);
    CU_ASSERT_EQUAL(memcmp(text, windowed, size), 0);
    free(windowed);
    free(text);
}

static void expect(const struct ecp_plot_request *request, enum ecp_status status,
                   const char *words)
{
    ecp_error_clear();
    (void)unlink(request->output ? request->output : "");
    CU_ASSERT_EQUAL(ecp_plot_run(request), status);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), words));
    if (!strstr(ecp_error_message(), words))
        (void)printf("\n  \"%s\" lacks \"%s\"", ecp_error_message(), words);
    if (request->output)
        CU_ASSERT(access(request->output, F_OK) != 0);
}

static void wrong_requests_are_named(void)
{
    struct ecp_plot_request request = prepare("raster", "a.gif");
    expect(&request, ECP_EUSAGE, ".svg, .png or .pdf");
    request = prepare("raster", "noextension");
    expect(&request, ECP_EUSAGE, ".svg, .png or .pdf");
    request = prepare("pie", "a.svg");
    expect(&request, ECP_EUSAGE, "raster, rates, trace, histogram");
    request = prepare("raster", "a.svg");
    request.population = "inhibitory,excitatry";
    expect(&request, ECP_EUSAGE, "did you mean \"excitatory\"?");
    request = prepare("raster", "a.svg");
    request.start = 2000;
    expect(&request, ECP_EUSAGE, "the run lasted from 0 to 1000 ms");
    request = prepare("trace", "a.svg");
    request.signal = "w";
    expect(&request, ECP_EUSAGE, "membrane (v of excitatory)");
    request = prepare("raster", "missing/a.svg");
    expect(&request, ECP_EIO, "missing/a.svg: cannot be written");
    request = prepare("raster", "a.svg");
    request.recording = NULL;
    expect(&request, ECP_EUSAGE, "spike file");
    request.path = "/nowhere/at/all";
    expect(&request, ECP_EIO, "/nowhere/at/all");
    request = prepare("raster", "a.svg");
    request.output = NULL;
    expect(&request, ECP_EUSAGE, "-o FILE");
}

static void unrecorded_is_said(void)
{
    struct ecp_plot_request request = prepare("raster", "a.svg");
    sample.population[E].recorded = sample.population[I].recorded = 0;
    expect(&request, ECP_EARG, "no spikes were recorded");
    request.kind = "rates";
    expect(&request, ECP_EARG, "neither spikes nor rates");
    request.kind = "trace";
    sample.recording.n_signals = 0;
    expect(&request, ECP_EARG, "no field was recorded");
    request = prepare("raster", "a.svg");
    request.stop = 5; /* before the first spike */
    expect(&request, ECP_EARG, "none of 500 neurons fired between 0 and 5 ms");
}

static void silence_is_a_rate_of_zero(void)
{
    size_t size;
    struct ecp_plot_request request = prepare("rates", "a.svg");
    sample.population[E].n_events = sample.population[I].n_events = 0;
    char *text = drawn(&request, &size);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "inhibitory  0.00 Hz"));
    free(text);
    request.kind = "histogram";
    request.start = 0;
    text = drawn(&request, &size);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "no neuron with 2 intervals"));
    free(text);
}

/* A full disk, by a limit on the size of files. */
static void nothing_half_written(void)
{
    struct ecp_plot_request request = prepare("raster", "a.png");
    size_t size, kept;
    char *before = drawn(&request, &size);
    struct rlimit old, small;
    CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = old;
    small.rlim_cur = 2000;
    (void)signal(SIGXFSZ, SIG_IGN);
    CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_FSIZE, &small), 0);
    ecp_error_clear();
    const enum ecp_status status = ecp_plot_run(&request);
    (void)setrlimit(RLIMIT_FSIZE, &old);
    CU_ASSERT_EQUAL(status, ECP_EIO);
    char *after = contents(request.output, &kept);
    CU_ASSERT_EQUAL(size, kept);
    CU_ASSERT_EQUAL(memcmp(before, after, size), 0);
    free(after);
    free(before);
}

/* ---- figures of others --------------------------------------------------- */

static void any_series_can_be_drawn(void)
{
    const double x[] = {0, 1, 2, 3}, y[] = {1, NAN, 3, 2}, upper[] = {2, 3, 4, 5};
    const double corner[] = {0, 3}, value[] = {1, 2, NAN, 4, 5, 6};
    struct ecp_series line[] = {
        {.kind = ECP_SERIES_BAND, .n = 4, .x = x, .y = y, .upper = upper},
        {.kind = ECP_SERIES_LINE, .name = "line", .n = 4, .x = x, .y = y},
        {.kind = ECP_SERIES_POINTS, .name = "points", .colour = 1, .n = 4, .x = x, .y = y},
        {.kind = ECP_SERIES_EVENTS, .colour = 2, .n = 4, .x = x, .y = y},
        {.kind = ECP_SERIES_BARS, .colour = 3, .n = 3, .x = x, .y = upper},
        {.kind = ECP_SERIES_STEPS, .colour = ECP_COLOUR_BLACK, .n = 3, .x = x, .y = upper}};
    struct ecp_series heat[] = {{.kind = ECP_SERIES_HEAT,
                                 .rows = 2,
                                 .columns = 3,
                                 .x = corner,
                                 .y = corner,
                                 .value = value}};
    struct ecp_panel panel[] = {{.title = "A < B & #1",
                                 .legend = 1,
                                 .x = {.name = "load", .unit = "1"},
                                 .y = {.name = "overlap", .unit = "mm"},
                                 .n_series = 6,
                                 .series = line},
                                {.x = {.name = "source"},
                                 .y = {.name = "target"},
                                 .z = {.name = "weight", .unit = "pA"},
                                 .n_series = 1,
                                 .series = heat}};
    const struct ecp_figure figure = {.columns = 2, .n_panels = 2, .panel = panel};
    size_t size;
    const struct ecp_plot_request request = prepare("raster", "b.svg");
    ECP_ASSERT_OK(ecp_figure_write(&figure, request.output));
    char *text = contents(request.output, &size);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "overlap (mm)"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, ">load<"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "weight (pA)"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "#1<"));
    CU_ASSERT_PTR_NULL(strstr(text, "A < B"));
    CU_ASSERT_PTR_NULL(strstr(text, "nan"));
    free(text);
}

static void empty_figures_are_refused(void)
{
    const double nothing[] = {NAN, NAN};
    struct ecp_series series = {.kind = ECP_SERIES_LINE, .n = 2, .x = nothing, .y = nothing};
    struct ecp_panel panel = {.x = {.name = "load"}, .n_series = 1, .series = &series};
    struct ecp_figure figure = {.n_panels = 1, .panel = &panel};
    const struct ecp_plot_request request = prepare("raster", "b.svg");
    CU_ASSERT_EQUAL(ecp_figure_write(&figure, request.output), ECP_EARG);
    CU_ASSERT_PTR_NOT_NULL(strstr(ecp_error_message(), "\"load\" has nothing finite"));
    ecp_error_clear();
    panel.x.highest = panel.y.highest = 1;
    series.y = NULL;
    CU_ASSERT_EQUAL(ecp_figure_write(&figure, request.output), ECP_EARG);
    figure.n_panels = 0;
    CU_ASSERT_EQUAL(ecp_figure_write(&figure, request.output), ECP_EARG);
    ecp_error_clear();
}

static void *draw_in_thread(void *context)
{
    const struct ecp_plot_request *request = context;
    for (int k = 0; k < 3; k++)
        if (ecp_plot_run(request) != ECP_OK)
            return context;
    return NULL;
}

static void threads_wait_for_each_other(void)
{
    struct ecp_plot_request request = prepare("rates", "a.svg"), other = request;
    char path[220];
    (void)snprintf(path, sizeof path, "%s/c.png", folder);
    other.output = path;
    pthread_t thread;
    void *failed = NULL;
    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, draw_in_thread, &other), 0);
    CU_ASSERT_PTR_NULL(draw_in_thread(&request));
    CU_ASSERT_EQUAL(pthread_join(thread, &failed), 0);
    CU_ASSERT_PTR_NULL(failed);
}

/* Last: takes the folder away again. */
static void nothing_is_left_behind(void)
{
    static const char *const names[] = {"a.svg", "a.SVG", "a.png", "a.pdf", "b.svg", "c.png"};
    char path[200];
    for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[k]);
        (void)unlink(path);
    }
    CU_ASSERT_EQUAL(rmdir(folder), 0);
    free(sample.event[E]);
    free(sample.event[I]);
}

static void has_a_folder(void)
{
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
}

ECP_TEST_MAIN("plot", {"has a folder to write to", has_a_folder},
              {"every kind names its axes", every_kind_names_its_axes},
              {"every format has its magic", every_format_has_its_magic},
              {"png is 1600 by 1000", png_is_1600_by_1000},
              {"same request, same file", same_request_same_file},
              {"raster thins and says so", raster_thins_and_says_so},
              {"window and population are kept", window_and_population_are_kept},
              {"rates are right", rates_are_right},
              {"counts and spikes agree", counts_and_spikes_agree_in_the_histogram},
              {"wrong requests are named", wrong_requests_are_named},
              {"unrecorded is said", unrecorded_is_said},
              {"silence is a rate of zero", silence_is_a_rate_of_zero},
              {"nothing half written", nothing_half_written},
              {"any series can be drawn", any_series_can_be_drawn},
              {"empty figures are refused", empty_figures_are_refused},
              {"threads wait for each other", threads_wait_for_each_other},
              {"nothing is left behind", nothing_is_left_behind})
