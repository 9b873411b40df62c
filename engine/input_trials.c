#include "engine/input_trials.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/arena.h"

enum { MOST_FIELDS = 256 };

struct lines {
    const char *path, *separators;
    FILE *file;
    char *text;
    size_t room_text, line;
    char *field[MOST_FIELDS];
    size_t n_fields, n_header;
    int start, stop, shown; /* fields */
    double to_ms[2];
    size_t room; /* rows */
    locale_t numbers;
};

static const char *colon_of(const char *by)
{
    static const char *const ends[] = {".csv:", ".tsv:", ".txt:"};
    for (size_t k = 0; by && k < sizeof ends / sizeof ends[0]; k++) {
        const char *at = strstr(by, ends[k]);
        if (at && at[strlen(ends[k])])
            return at + strlen(ends[k]) - 1;
    }
    return NULL;
}

int ecp_trials_named(const char *by)
{
    return colon_of(by) != NULL;
}

/* ---- lines ------------------------------------------------------------------------- */

/* The next line with something in it; 0: there is none. */
static int next_line(struct lines *l)
{
    ssize_t length;
    while ((length = getline(&l->text, &l->room_text, l->file)) >= 0) {
        l->line++;
        l->text[strcspn(l->text, "\r\n")] = '\0';
        if (l->line == 1 && strncmp(l->text, "\xEF\xBB\xBF", 3) == 0)
            memmove(l->text, l->text + 3, strlen(l->text) - 2);
        const char first = l->text[strspn(l->text, " \t")];
        if (first != '\0' && first != '#')
            return 1;
    }
    return 0;
}

static char *bare(char *text)
{
    text += strspn(text, " \t");
    size_t n = strlen(text);
    while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t'))
        text[--n] = '\0';
    if (n >= 2 && text[0] == '"' && text[n - 1] == '"') {
        text[n - 1] = '\0';
        text++;
    }
    return text;
}

static enum ecp_status split(struct lines *l)
{
    const int blanks = l->separators[0] == ' ';
    char *at = l->text;
    l->n_fields = 0;
    for (;;) {
        if (blanks)
            at += strspn(at, l->separators);
        if (l->n_fields == MOST_FIELDS)
            return ecp_fail(ECP_ECONFIG, "%s:%zu: more than %d columns", l->path, l->line,
                            MOST_FIELDS);
        char *end = at + strcspn(at, l->separators);
        const int last = *end == '\0' || (blanks && end[strspn(end, l->separators)] == '\0');
        *end = '\0';
        l->field[l->n_fields++] = bare(at);
        if (last)
            return ECP_OK;
        at = end + 1;
    }
}

static int find(const struct lines *l, const char *name)
{
    for (size_t k = 0; k < l->n_fields; k++)
        if (strcmp(l->field[k], name) == 0)
            return (int)k;
    return -1;
}

static enum ecp_status missing(const struct lines *l, const char *name)
{
    char found[256] = "";
    for (size_t k = 0, used = 0; k < l->n_fields && used + 1 < sizeof found; k++) {
        const int n =
            snprintf(found + used, sizeof found - used, "%s%s", k ? ", " : "", l->field[k]);
        used += n > 0 ? (size_t)n : 0;
    }
    return ecp_fail(ECP_ECONFIG, "%s:%zu: no column %s (found: %s)", l->path, l->line, name, found);
}

static enum ecp_status read_header(struct lines *l, const char *column)
{
    static const char *const names[2][2] = {{"start", "start_time"}, {"stop", "stop_time"}};
    int *const place[2] = {&l->start, &l->stop};
    if (!next_line(l))
        return ecp_fail(ECP_ECONFIG, "%s: no line of names", l->path);
    l->separators = strchr(l->text, ',')    ? ","
                    : strchr(l->text, ';')  ? ";"
                    : strchr(l->text, '\t') ? "\t"
                                            : " \t";
    const enum ecp_status status = split(l);
    if (status != ECP_OK)
        return status;
    for (int k = 0; k < 2; k++) {
        *place[k] = find(l, names[k][0]);
        l->to_ms[k] = *place[k] >= 0 ? 1 : 1000;
        if (*place[k] < 0)
            *place[k] = find(l, names[k][1]);
        if (*place[k] < 0)
            return missing(l, k ? "stop (ms) or stop_time (s)" : "start (ms) or start_time (s)");
    }
    l->shown = find(l, column);
    l->n_header = l->n_fields;
    return l->shown < 0 ? missing(l, column) : ECP_OK;
}

static enum ecp_status time_of(const struct lines *l, int which, double *out)
{
    const char *text = l->field[which ? l->stop : l->start];
    char *end;
    *out = strtod_l(text, &end, l->numbers) * l->to_ms[which];
    if (end == text || *end != '\0' || !isfinite(*out))
        return ecp_fail(ECP_ECONFIG, "%s:%zu: %s: found \"%s\"; allowed: a time", l->path, l->line,
                        which ? "stop" : "start", text);
    return ECP_OK;
}

static enum ecp_status grow(struct lines *l, struct ecp_dataset *set, struct ecp_trial_table *t)
{
    const size_t room = l->room ? 2 * l->room : 256;
    double *start = ecp_dataset_alloc(set, room, sizeof *start);
    double *stop = ecp_dataset_alloc(set, room, sizeof *stop);
    const char **shown = ecp_dataset_alloc(set, room, sizeof *shown);
    if (!start || !stop || !shown)
        return ecp_fail(ECP_ENOMEM, "%s: no memory for its trials", l->path);
    for (size_t k = 0; k < t->n; k++) {
        start[k] = t->start[k];
        stop[k] = t->stop[k];
        shown[k] = t->shown[k];
    }
    *t = (struct ecp_trial_table){t->n, start, stop, shown};
    l->room = room;
    return ECP_OK;
}

static enum ecp_status read_rows(struct lines *l, struct ecp_dataset *set,
                                 struct ecp_trial_table *t)
{
    enum ecp_status status = ECP_OK;
    while (next_line(l)) {
        double start = 0, stop = 0;
        ECP_TRY(split(l));
        if (l->n_fields != l->n_header)
            return ecp_fail(ECP_ECONFIG, "%s:%zu: %zu columns; the first line names %zu", l->path,
                            l->line, l->n_fields, l->n_header);
        ECP_TRY(time_of(l, 0, &start));
        ECP_TRY(time_of(l, 1, &stop));
        if (!(stop > start))
            return ecp_fail(ECP_ECONFIG,
                            "%s:%zu: a trial from %g ms to %g ms; it must end after "
                            "it begins",
                            l->path, l->line, start, stop);
        if (t->n == l->room)
            ECP_TRY(grow(l, set, t));
        t->start[t->n] = start;
        t->stop[t->n] = stop;
        t->shown[t->n] = ecp_arena_strdup(set->arena, l->field[l->shown]);
        if (!t->shown[t->n++])
            return ecp_fail(ECP_ENOMEM, "%s: no memory for its trials", l->path);
    }
    if (ferror(l->file))
        return ecp_fail(ECP_EIO, "%s: cannot be read: %s", l->path, strerror(errno));
    if (t->n == 0)
        status = ecp_fail(ECP_ECONFIG, "%s: no trials", l->path);
done:
    return status;
}

enum ecp_status ecp_trials_read(const char *by, struct ecp_dataset *set,
                                struct ecp_trial_table *out)
{
    const char *colon = colon_of(by);
    char *path = colon ? strndup(by, (size_t)(colon - by)) : NULL;
    struct lines l = {.path = path, .numbers = newlocale(LC_ALL_MASK, "C", NULL)};
    struct ecp_trial_table table = {0};
    enum ecp_status status = ECP_OK;
    if (!path || !l.numbers) {
        status = ecp_fail(ECP_ENOMEM, "no memory for a table of trials");
        goto done;
    }
    l.file = fopen(path, "r");
    if (!l.file) {
        status = ecp_fail(ECP_EIO, "%s: cannot be opened: %s", path, strerror(errno));
        goto done;
    }
    ECP_TRY(read_header(&l, colon + 1));
    ECP_TRY(read_rows(&l, set, &table));
    *out = table;
done:
    if (l.file)
        (void)fclose(l.file);
    if (l.numbers)
        freelocale(l.numbers);
    free(l.text);
    free(path);
    return status;
}

/* ---- responses ----------------------------------------------------------------------- */

enum ecp_status ecp_trials_number(struct ecp_dataset *set, const struct ecp_trial_table *t)
{
    const char **name = ecp_dataset_alloc(set, t->n, sizeof *name);
    size_t *seen = ecp_dataset_alloc(set, t->n, sizeof *seen);
    size_t *condition = ecp_dataset_alloc(set, t->n, sizeof *condition);
    size_t *repeat = ecp_dataset_alloc(set, t->n, sizeof *repeat), n = 0;
    if (!name || !seen || !condition || !repeat)
        return ecp_fail(ECP_ENOMEM, "no memory for the trials of %s", set->name);
    for (size_t k = 0; k < t->n; k++) {
        size_t c = 0;
        while (c < n && strcmp(name[c], t->shown[k]) != 0)
            c++;
        if (c == n)
            name[n++] = t->shown[k];
        condition[k] = c;
        repeat[k] = seen[c]++;
    }
    set->n_trials = t->n;
    set->n_conditions = n;
    set->condition = name;
    set->trial_condition = condition;
    set->trial_repeat = repeat;
    set->trial_session = ecp_dataset_alloc(set, t->n, sizeof *set->trial_session);
    return set->trial_session ? ECP_OK
                              : ecp_fail(ECP_ENOMEM, "no memory for the trials of %s", set->name);
}

/* First spike at or after `time`. */
static size_t first_from(const struct ecp_train *train, double time)
{
    size_t low = 0, high = train->n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (train->time[middle] < time)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static enum ecp_status cut_train(struct ecp_dataset *set, const struct ecp_train *whole,
                                 const double range[2], double onset, struct ecp_train *out)
{
    const size_t first = first_from(whole, range[0]), end = first_from(whole, range[1]);
    double *time = ecp_dataset_alloc(set, end - first, sizeof *time);
    if (!time)
        return ecp_fail(ECP_ENOMEM, "no memory for the spikes of %s", set->name);
    for (size_t k = first; k < end; k++)
        time[k - first] = whole->time[k] - onset;
    *out = (struct ecp_train){end - first, time};
    return ECP_OK;
}

enum ecp_status ecp_trials_cut(struct ecp_dataset *set, const struct ecp_trial_table *trials,
                               const double window[2], int keep_trains)
{
    const struct ecp_train *whole = set->train;
    const size_t p = set->n_units, n = trials->n;
    double *response = ecp_dataset_alloc(set, n * p, sizeof *response);
    struct ecp_train *train = keep_trains ? ecp_dataset_alloc(set, n * p, sizeof *train) : NULL;
    const double from = isnan(window[0]) ? 0 : window[0];
    double shortest = window[1];
    enum ecp_status status = ECP_OK;
    if (!response || (keep_trains && !train))
        return ecp_fail(ECP_ENOMEM, "no memory for %zu trials of %zu units", n, p);
    for (size_t t = 0; t < n && isnan(window[1]); t++)
        shortest = fmin(shortest, trials->stop[t] - trials->start[t]); /* of NAN: the other */
    if (!(shortest > from))
        return ecp_fail(ECP_ECONFIG, "%s: a window from %g ms to the end of trials of %g ms",
                        set->name, from, shortest);
    for (size_t t = 0; t < n; t++) {
        const double onset = trials->start[t];
        const double end = isnan(window[1]) ? trials->stop[t] : onset + window[1];
        for (size_t u = 0; u < p; u++) {
            const size_t count = first_from(&whole[u], end) - first_from(&whole[u], onset + from);
            response[t * p + u] = 1000 * (double)count / (end - onset - from);
            if (keep_trains)
                ECP_TRY(cut_train(set, &whole[u], (double[]){onset + from, onset + shortest}, onset,
                                  &train[t * p + u]));
        }
    }
    ECP_TRY(ecp_trials_number(set, trials));
    set->response = response;
    set->response_unit = "Hz";
    set->train = train;
    set->start = from;
    set->stop = shortest;
    status = ecp_dataset_average(set);
done:
    return status;
}
