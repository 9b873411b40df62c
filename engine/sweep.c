#include "engine/sweep.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/config_place.h"
#include "engine/config_text.h"
#include "engine/scenario.h"

enum { VALUE_LENGTH = 400, MOST_VALUES = 10000 };

/* ---- numbers ---------------------------------------------------------------------------- */

/* "0.5", "10 ms", "\"10 ms\"": the number and, in `unit` (of 32), what is behind it. */
static int read_number(const char *text, double *out, char *unit)
{
    char *end;
    text += strspn(text, " \t\"");
    errno = 0;
    *out = strtod(text, &end);
    if (end == text || !isfinite(*out) || isalpha((unsigned char)*text))
        return 0;
    end += strspn(end, " \t");
    size_t n = strcspn(end, "\"");
    while (n > 0 && isspace((unsigned char)end[n - 1]))
        n--;
    if (n >= 32)
        return 0;
    memcpy(unit, end, n);
    unit[n] = '\0';
    return strpbrk(unit, "{}[](),;=:") == NULL;
}

static const char *unquoted(struct ecp_plan *plan, const char *value)
{
    const size_t n = strlen(value);
    if (n < 2 || value[0] != '"' || value[n - 1] != '"')
        return value;
    return ecp_plan_printf(plan, "%.*s", (int)(n - 2), value + 1);
}

enum ecp_status ecp_sweep_numbers(struct ecp_plan *plan, struct ecp_sweep_axis *axis)
{
    double *number = ecp_plan_alloc(plan, (axis->n + 1) * sizeof *number);
    const char **word = ecp_plan_alloc(plan, (axis->n + 1) * sizeof *word);
    char first[32] = "", unit[32];
    int all = 1;
    axis->number = NULL;
    axis->unit = "1";
    axis->word = word;
    for (size_t k = 0; number && word && k < axis->n; k++) {
        all = all && read_number(axis->value[k], &number[k], unit) &&
              (k == 0 || strcmp(unit, first) == 0);
        if (all)
            memcpy(first, unit, sizeof first);
        word[k] = unquoted(plan, axis->value[k]);
        if (!word[k])
            word = NULL;
    }
    if (!number || !word)
        return ecp_fail(ECP_ENOMEM, "no memory for a sweep");
    if (!all)
        return ECP_OK;
    axis->number = number;
    if (first[0])
        axis->unit = ecp_plan_strdup(plan, first);
    return axis->unit ? ECP_OK : ecp_fail(ECP_ENOMEM, "no memory for a sweep");
}

/* The key is a parameter of the scenario that counts. */
static int is_count(const struct ecp_plan *plan, const char *key)
{
    static const char group[] = "network.";
    const struct ecp_scenario *scenario = plan->computes;
    if (strncmp(key, group, sizeof group - 1) != 0)
        return 0;
    if (!scenario && plan->scenario && ecp_scenario_find(plan->scenario, &scenario) != ECP_OK)
        ecp_error_clear();
    const int k = scenario ? ecp_field_find(scenario->fields, key + sizeof group - 1) : -1;
    return k >= 0 && scenario->fields[k].kind == ECP_WHOLE;
}

enum ecp_status ecp_sweep_range(struct ecp_plan *plan, struct ecp_sweep_axis *axis, double from,
                                double to, size_t n, const char *unit)
{
    const char **value = ecp_plan_alloc(plan, (n + 1) * sizeof *value);
    const int plain = unit[0] == '\0' || strcmp(unit, "1") == 0;
    if (axis->logarithmic && !(from > 0 && to > 0))
        return ecp_refuse(&axis->place, axis->key,
                          "found %g to %g in equal factors; allowed: numbers above 0", from, to);
    if (n < 2 || n > MOST_VALUES || !isfinite(from) || !isfinite(to) || from == to)
        return ecp_refuse(&axis->place, axis->key,
                          "found %zu values from %g to %g; allowed: 2 to %d values between two "
                          "different numbers",
                          n, from, to, (int)MOST_VALUES);
    for (size_t k = 0; value && k < n; k++) {
        const double share = (double)k / (double)(n - 1);
        double x = axis->logarithmic ? from * pow(to / from, share) : from + (to - from) * share;
        if (k == n - 1)
            x = to;
        if (is_count(plan, axis->key))
            x = round(x);
        /* Twelve digits: 0.3 and not 0.30000000000000004. */
        value[k] = plain ? ecp_plan_printf(plan, "%.12g", x)
                         : ecp_plan_printf(plan, "\"%.12g %s\"", x, unit);
        if (!value[k])
            value = NULL;
    }
    if (!value)
        return ecp_fail(ECP_ENOMEM, "no memory for a sweep");
    axis->n = n;
    axis->value = value;
    return ecp_sweep_numbers(plan, axis);
}

/* ---- the command line -------------------------------------------------------------------- */

/* Length of the value that `text` begins with: to the next comma that is in no quotes and
 * no parentheses. */
static size_t value_length(const char *text)
{
    int depth = 0, quoted = 0;
    size_t n = 0;
    for (; text[n]; n++) {
        if (text[n] == '"')
            quoted = !quoted;
        else if (!quoted && strchr("([{", text[n]))
            depth++;
        else if (!quoted && strchr(")]}", text[n]))
            depth--;
        else if (!quoted && depth == 0 && text[n] == ',')
            break;
    }
    return n;
}

static enum ecp_status read_list(struct ecp_plan *plan, struct ecp_sweep_axis *axis,
                                 const char *text)
{
    size_t n = 1;
    for (const char *at = text; at[value_length(at)] == ','; at += value_length(at) + 1)
        n++;
    const char **value = ecp_plan_alloc(plan, (n + 1) * sizeof *value);
    for (size_t k = 0; value && k < n; k++) {
        size_t length = value_length(text), blank = strspn(text, " \t");
        const size_t whole = length;
        blank = blank < length ? blank : length;
        while (length > blank && isspace((unsigned char)text[length - 1]))
            length--;
        if (length == blank || length - blank >= VALUE_LENGTH)
            return ecp_refuse(&axis->place, axis->key,
                              "found an empty or too long value; allowed: KEY=A,B,C");
        value[k] = ecp_plan_printf(plan, "%.*s", (int)(length - blank), text + blank);
        if (!value[k])
            value = NULL;
        text += whole + 1;
    }
    if (!value)
        return ecp_fail(ECP_ENOMEM, "no memory for a sweep");
    axis->n = n;
    axis->value = value;
    return ecp_sweep_numbers(plan, axis);
}

/* FROM:TO:COUNT[:log], or 0: it is no such thing. */
static int read_range(const char *text, double *from, double *to, size_t *n, char *unit, int *log)
{
    char part[4][64], other[32];
    int parts = 0;
    for (; parts < 4; parts++) {
        const size_t length = strcspn(text, ":");
        if (length >= sizeof part[0])
            return 0;
        memcpy(part[parts], text, length);
        part[parts][length] = '\0';
        text += length;
        if (*text != ':') {
            parts++;
            break;
        }
        text++;
    }
    if (parts < 3 || *text != '\0' || !read_number(part[0], from, other) ||
        !read_number(part[1], to, unit) || (other[0] && strcmp(other, unit) != 0))
        return 0;
    char *end;
    const long count = strtol(part[2], &end, 10);
    *log = parts == 4 && strcmp(part[3], "log") == 0;
    if (*end != '\0' || count < 0 || (parts == 4 && !*log))
        return 0;
    *n = (size_t)count;
    return 1;
}

static struct ecp_sweep_axis *find_axis(struct ecp_sweep *sweep, const char *key)
{
    for (size_t k = 0; k < sweep->n_axes; k++)
        if (strcmp(sweep->axis[k].key, key) == 0)
            return &sweep->axis[k];
    return NULL;
}

enum ecp_status ecp_sweep_add(struct ecp_plan *plan, struct ecp_sweep *sweep,
                              const char *assignment)
{
    const char *equals = strchr(assignment, '=');
    struct ecp_sweep_axis axis = {.place = {ECP_COMMAND_LINE, 0}};
    double from, to;
    size_t n;
    char unit[32];
    if (!equals || equals == assignment)
        return ecp_fail(ECP_EUSAGE,
                        "--over: found \"%.80s\"; allowed: KEY=A,B,C or KEY=FROM:TO:COUNT[:log]",
                        assignment);
    axis.key = ecp_plan_printf(plan, "%.*s", (int)(equals - assignment), assignment);
    if (!axis.key)
        return ecp_fail(ECP_ENOMEM, "no memory for a sweep");
    enum ecp_status status = read_range(equals + 1, &from, &to, &n, unit, &axis.logarithmic)
                                 ? ecp_sweep_range(plan, &axis, from, to, n, unit)
                                 : read_list(plan, &axis, equals + 1);
    if (status != ECP_OK)
        return status;
    struct ecp_sweep_axis *old = find_axis(sweep, axis.key);
    if (!old && sweep->n_axes == ECP_SWEEP_AXES)
        return ecp_fail(ECP_EUSAGE, "--over: more than %d keys", (int)ECP_SWEEP_AXES);
    if (!old)
        old = &sweep->axis[sweep->n_axes++];
    *old = axis;
    return ECP_OK;
}

/* ---- seeds -------------------------------------------------------------------------------- */

/* `name` is one of the words. */
static int is_among(const char *words, const char *name)
{
    const size_t length = strlen(name);
    for (const char *at = strstr(words, name); at; at = strstr(at + 1, name))
        if ((at == words || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return 1;
    return 0;
}

/* The largest value of parameter `k` of the scenario: the plan's, or one of the sweep's. */
static double largest_of(const struct ecp_plan *plan, const struct ecp_sweep *sweep, size_t k)
{
    static const char group[] = "network.";
    const char *name = plan->computes->fields[k].name;
    double most = plan->computes_param[k];
    for (size_t a = 0; a < sweep->n_axes; a++) {
        const struct ecp_sweep_axis *axis = &sweep->axis[a];
        if (strncmp(axis->key, group, sizeof group - 1) != 0 ||
            strcmp(axis->key + sizeof group - 1, name) != 0)
            continue;
        for (size_t v = 0; v < axis->n; v++)
            most = fmax(most, strtod(axis->value[v], NULL));
    }
    return floor(most);
}

uint64_t ecp_sweep_reach(const struct ecp_plan *plan, const struct ecp_sweep *sweep)
{
    if (!plan->computes || !plan->computes_param)
        return 1;
    const char *repeats = plan->computes->repeats ? plan->computes->repeats : "seeds subjects";
    const size_t n = ecp_field_count(plan->computes->fields);
    double most = 1, step = 1;
    for (size_t k = 0; k < n; k++) {
        const char *name = plan->computes->fields[k].name;
        if (is_among(repeats, name))
            most = fmax(most, largest_of(plan, sweep, k));
        if (strcmp(name, "seed_step") == 0)
            step = fmax(step, largest_of(plan, sweep, k));
    }
    return most > 1 ? (uint64_t)(most * step) : 1;
}

enum ecp_status ecp_sweep_seed_count(struct ecp_plan *plan, struct ecp_sweep *sweep, size_t n)
{
    uint64_t *seed = ecp_plan_alloc(plan, (n + 1) * sizeof *seed);
    if (!seed)
        return ecp_fail(ECP_ENOMEM, "no memory for a sweep");
    for (size_t k = 0; k < n; k++)
        seed[k] = plan->seed + k * ecp_sweep_reach(plan, sweep);
    sweep->seed = seed;
    sweep->n_seeds = n;
    return ECP_OK;
}

enum ecp_status ecp_sweep_seeds(struct ecp_plan *plan, struct ecp_sweep *sweep, const char *text)
{
    size_t n = 1;
    for (const char *c = text; *c; c++)
        n += *c == ',';
    uint64_t *seed = ecp_plan_alloc(plan, (n + 1) * sizeof *seed);
    if (!seed)
        return ecp_fail(ECP_ENOMEM, "no memory for a sweep");
    const char *at = text;
    for (size_t k = 0; k < n; k++) {
        char *end;
        errno = 0;
        seed[k] = strtoull(at, &end, 10);
        if (end == at || errno != 0 || !isdigit((unsigned char)*at) || (*end != ',' && *end))
            return ecp_fail(ECP_EUSAGE,
                            "--seeds: found \"%.80s\"; allowed: how many, or a list as 1,2,3",
                            text);
        at = end + 1;
        for (size_t j = 0; j < k; j++)
            if (seed[j] == seed[k])
                return ecp_fail(ECP_EUSAGE, "--seeds: found %llu twice; allowed: each seed once",
                                (unsigned long long)seed[k]);
    }
    if (n == 1) {
        if (seed[0] < 1 || seed[0] > ECP_SWEEP_JOBS)
            return ecp_fail(ECP_EUSAGE, "--seeds: found %.40s; allowed: 1 to %d", text,
                            (int)ECP_SWEEP_JOBS);
        return ecp_sweep_seed_count(plan, sweep, (size_t)seed[0]);
    }
    sweep->seed = seed;
    sweep->n_seeds = n;
    return ECP_OK;
}

/* ---- jobs ---------------------------------------------------------------------------------- */

static enum ecp_status check_axis(const struct ecp_sweep *sweep, size_t k)
{
    const struct ecp_sweep_axis *axis = &sweep->axis[k];
    if (strcmp(axis->key, "seed") == 0)
        return ecp_refuse(&axis->place, axis->key, "found among the keys; allowed: seeds");
    if (strcmp(axis->key, "sweep") == 0 || strncmp(axis->key, "sweep.", 6) == 0)
        return ecp_refuse(&axis->place, axis->key,
                          "found a key of the sweep itself; allowed: "
                          "keys of what is run");
    for (size_t j = 0; j < k; j++)
        if (strcmp(sweep->axis[j].key, axis->key) == 0)
            return ecp_refuse(&axis->place, axis->key, "found twice; allowed: each key once");
    for (size_t j = 0; j < axis->n && !sweep->together; j++)
        for (size_t i = 0; i < j; i++)
            if (strcmp(axis->value[i], axis->value[j]) == 0)
                return ecp_refuse(&axis->place, axis->key,
                                  "found the value %s twice; allowed: each value once",
                                  axis->value[j]);
    if (sweep->together && axis->n != sweep->axis[0].n)
        return ecp_refuse(
            &axis->place, axis->key,
            "found %zu values, and %zu of %s; allowed: as many, when they go together", axis->n,
            sweep->axis[0].n, sweep->axis[0].key);
    return ECP_OK;
}

enum ecp_status ecp_sweep_check(const struct ecp_sweep *sweep)
{
    double jobs = sweep->n_seeds > 0 ? (double)sweep->n_seeds : 1;
    for (size_t k = 0; k < sweep->n_axes; k++) {
        const enum ecp_status status = check_axis(sweep, k);
        if (status != ECP_OK)
            return status;
        jobs *= sweep->together && k > 0 ? 1 : (double)sweep->axis[k].n;
    }
    for (size_t k = 0; k < sweep->n_seeds; k++)
        for (size_t j = 0; j < k; j++)
            if (sweep->seed[j] == sweep->seed[k])
                return ecp_refuse(&sweep->place, "sweep.seeds",
                                  "found %llu twice; allowed: each seed once",
                                  (unsigned long long)sweep->seed[k]);
    if (sweep->n_axes == 0 && sweep->n_seeds == 0)
        return ecp_fail(ECP_EUSAGE, "nothing to sweep over: a group `sweep` in the config, --over "
                                    "KEY=VALUES or --seeds N");
    if (jobs > ECP_SWEEP_JOBS)
        return ecp_refuse(&sweep->place, "sweep", "found %.0f runs; allowed: at most %d", jobs,
                          (int)ECP_SWEEP_JOBS);
    return ECP_OK;
}

size_t ecp_sweep_points(const struct ecp_sweep *sweep)
{
    size_t n = 1;
    for (size_t k = 0; k < sweep->n_axes; k++)
        n *= sweep->together && k > 0 ? 1 : sweep->axis[k].n;
    return n;
}

size_t ecp_sweep_jobs(const struct ecp_sweep *sweep)
{
    return ecp_sweep_points(sweep) * (sweep->n_seeds > 0 ? sweep->n_seeds : 1);
}

size_t ecp_sweep_index(const struct ecp_sweep *sweep, size_t point, size_t axis)
{
    size_t after = 1;
    if (sweep->together)
        return point;
    for (size_t k = axis + 1; k < sweep->n_axes; k++)
        after *= sweep->axis[k].n;
    return point / after % sweep->axis[axis].n;
}

uint64_t ecp_sweep_seed(const struct ecp_sweep *sweep, const struct ecp_plan *plan, size_t k)
{
    return sweep->n_seeds > 0 ? sweep->seed[k] : plan->seed;
}
