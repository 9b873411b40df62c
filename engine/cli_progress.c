#include <math.h>
#include <signal.h>
#include <unistd.h>

#include "engine/cli.h"
#include "engine/report.h"

enum { PLAIN_EVERY_S = 10, BAR = 24, WORTH_A_LINE_S = 2 };

/* What a signal handler may touch: the one variable of the program that is
 * not passed along. */
static volatile sig_atomic_t signals_seen;

/* 1: it is the first. */
static int see_signal(int number)
{
    if (signals_seen) {
        (void)signal(number, SIG_DFL);
        (void)raise(number);
        return 0;
    }
    signals_seen = 1;
    return 1;
}

static void on_signal(int number)
{
    static const char note[] = "\necphory: stopping; once more ends it at once\n";
    if (!see_signal(number))
        return;
    const ssize_t written = write(STDERR_FILENO, note, sizeof note - 1);
    (void)written;
}

static void on_signal_silently(int number)
{
    (void)see_signal(number);
}

void ecp_cli_catch_signals(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
}

void ecp_cli_catch_stops(int rank)
{
    /* Restarting keeps reads and writes whole; not resetting lets the second
     * signal of either kind find the handler. */
    struct sigaction action = {.sa_handler = rank > 0 ? on_signal_silently : on_signal,
                               .sa_flags = SA_RESTART};
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGUSR1, &action, NULL);
}

void ecp_cli_ignore_stops(void)
{
    (void)signal(SIGTERM, SIG_IGN);
}

int ecp_cli_stop_asked(void)
{
    return signals_seen != 0;
}

struct ecp_cli_progress ecp_cli_progress_start(int quiet)
{
    return (struct ecp_cli_progress){
        .quiet = quiet, .terminal = isatty(STDERR_FILENO), .next_line_s = PLAIN_EVERY_S};
}

void ecp_cli_progress_build(struct ecp_cli_progress *progress, const struct ecp_forecast *forecast,
                            int threads)
{
    if (progress->quiet || (!progress->terminal && forecast->build_s < WORTH_A_LINE_S))
        return;
    (void)fprintf(stderr, "%sbuilding %s neurons and %s synapses on %d thread%s, about %s%s",
                  progress->terminal ? "\r" : "", ecp_words_count(forecast->neurons).text,
                  ecp_words_count(forecast->synapses).text, threads, threads == 1 ? "" : "s",
                  ecp_words_seconds(forecast->build_s).text, progress->terminal ? "\033[K" : "\n");
    progress->shown = progress->terminal;
    (void)fflush(stderr);
}

static void draw_bar(double share, char bar[BAR + 1])
{
    for (int k = 0; k < BAR; k++)
        bar[k] = k < (int)(share * BAR + 0.5) ? '#' : '.';
    bar[BAR] = '\0';
}

static void show_line(const struct ecp_cli_progress *progress, const struct ecp_progress *now,
                      double left_s)
{
    const double share = now->duration_ms > 0 ? now->model_ms / now->duration_ms : 0;
    char bar[BAR + 1];
    draw_bar(share, bar);
    if (progress->terminal)
        (void)fprintf(stderr, "\r[%s] ", bar);
    (void)fprintf(stderr, "%3.0f %%  %s  %s of %s", 100 * share, now->phase ? now->phase : "run",
                  ecp_words_seconds(now->model_ms / 1000).text,
                  ecp_words_seconds(now->duration_ms / 1000).text);
    if (now->rtf > 0 && isfinite(now->rtf))
        (void)fprintf(stderr, "  real-time factor %.3g  %s left", now->rtf,
                      ecp_words_seconds(left_s).text);
    (void)fprintf(stderr, progress->terminal ? "\033[K" : "\n");
    (void)fflush(stderr);
}

int ecp_cli_progress_show(void *context, const struct ecp_progress *now)
{
    struct ecp_cli_progress *progress = context;
    const double left_s = (now->duration_ms - now->model_ms) / 1000 * now->rtf;
    if (!progress->quiet && (progress->terminal || now->wall_s >= progress->next_line_s)) {
        show_line(progress, now, left_s);
        progress->shown = progress->terminal;
        while (progress->next_line_s <= now->wall_s)
            progress->next_line_s += PLAIN_EVERY_S;
    }
    return ecp_cli_stop_asked();
}

int ecp_cli_progress_work(void *context, double done, const char *at, double wall_s)
{
    struct ecp_cli_progress *progress = context;
    if (!progress->quiet && (progress->terminal || wall_s >= progress->next_line_s)) {
        char bar[BAR + 1];
        draw_bar(done, bar);
        if (progress->terminal)
            (void)fprintf(stderr, "\r[%s] ", bar);
        (void)fprintf(stderr, "%3.0f %%  %s", 100 * done, at);
        if (done > 0.01)
            (void)fprintf(stderr, "  %s left", ecp_words_seconds(wall_s * (1 - done) / done).text);
        (void)fprintf(stderr, progress->terminal ? "\033[K" : "\n");
        (void)fflush(stderr);
        progress->shown = progress->terminal;
        while (progress->next_line_s <= wall_s)
            progress->next_line_s += PLAIN_EVERY_S;
    }
    return ecp_cli_stop_asked();
}

void ecp_cli_progress_end(struct ecp_cli_progress *progress)
{
    if (progress->shown)
        (void)fprintf(stderr, "\r\033[K");
    progress->shown = 0;
}
