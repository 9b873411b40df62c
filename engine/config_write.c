/* A text that grows, and the small parts of a config. */
#include "engine/config_write.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/plan_check.h"

static int make_room(struct ecp_writer *to, size_t n)
{
    if (to->failed)
        return 0;
    if (to->length + n + 1 <= to->room)
        return 1;
    const size_t room = 2 * (to->length + n) + 1024;
    char *more = realloc(to->text, room);
    if (!more) {
        to->failed = 1;
        return 0;
    }
    to->text = more;
    to->room = room;
    return 1;
}

static void write_list(struct ecp_writer *to, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

static void write_list(struct ecp_writer *to, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    const int n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (n < 0 || !make_room(to, (size_t)n))
        return;
    (void)vsnprintf(to->text + to->length, (size_t)n + 1, format, arguments);
    to->length += (size_t)n;
}

void ecp_write(struct ecp_writer *to, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    write_list(to, format, arguments);
    va_end(arguments);
}

void ecp_write_indent(struct ecp_writer *to)
{
    ecp_write(to, "%*s", 2 * to->depth, "");
}

void ecp_write_line(struct ecp_writer *to, const char *format, ...)
{
    va_list arguments;
    ecp_write_indent(to);
    va_start(arguments, format);
    write_list(to, format, arguments);
    va_end(arguments);
    ecp_write(to, "\n");
}

void ecp_write_text(struct ecp_writer *to, const char *text)
{
    ecp_write(to, "\"");
    for (const char *c = text; *c; c++) {
        const unsigned char u = (unsigned char)*c;
        if (*c == '"' || *c == '\\')
            ecp_write(to, "\\%c", *c);
        else if (u < 32 || u == 127)
            ecp_write(to, "\\x%02x", u);
        else
            ecp_write(to, "%c", *c);
    }
    ecp_write(to, "\"");
}

/* libconfig would read "1e5" as a float and "100000" as a whole number; both
 * are fine where a number is wanted. */
void ecp_write_number(struct ecp_writer *to, double value)
{
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    ecp_write(to, "%s", text);
}

void ecp_write_quantity(struct ecp_writer *to, double value, const char *unit)
{
    const int is_plain = strcmp(unit, "1") == 0;
    ecp_write(to, "%s", is_plain ? "" : "\"");
    ecp_write_number(to, value);
    if (!is_plain)
        ecp_write(to, " %s\"", unit);
}

static void write_part(struct ecp_writer *to, const char *key, double value, const char *unit)
{
    ecp_write(to, " %s = ", key);
    ecp_write_quantity(to, value, unit);
    ecp_write(to, ";");
}

static void write_numbers(struct ecp_writer *to, const double *list, size_t n, const char *unit)
{
    ecp_write(to, "(");
    for (size_t k = 0; k < n; k++) {
        ecp_write(to, "%s", k ? ", " : "");
        if (strcmp(unit, "1") == 0)
            ecp_write_number(to, list[k]);
        else
            ecp_write_quantity(to, list[k], unit);
    }
    ecp_write(to, ")");
}

void ecp_write_law(struct ecp_writer *to, const struct ecp_draw *law, const char *unit)
{
    if (law->kind == ECP_DRAW_CONSTANT) {
        ecp_write_quantity(to, law->a, unit);
        return;
    }
    if (law->file) {
        ecp_write(to, "{ file = ");
        ecp_write_text(to, law->file);
        ecp_write(to, "; }");
        return;
    }
    if (law->kind == ECP_DRAW_LIST) {
        write_numbers(to, law->list, law->count, "1");
        return;
    }
    ecp_write(to, "{ dist = \"%s\";", ecp_dist_words[law->kind - ECP_DRAW_NORMAL]);
    if (law->kind == ECP_DRAW_UNIFORM) {
        write_part(to, "low", law->a, unit);
        write_part(to, "high", law->b, unit);
        ecp_write(to, " }");
        return;
    }
    const int is_log = law->kind == ECP_DRAW_LOGNORMAL;
    write_part(to, is_log ? "mu" : "mean", law->a, is_log ? "1" : unit);
    if (law->kind != ECP_DRAW_EXPONENTIAL)
        write_part(to, is_log ? "sigma" : "sd", law->b, is_log ? "1" : unit);
    if (law->bounds != ECP_BOUNDS_NONE) {
        if (isfinite(law->lowest))
            write_part(to, "low", law->lowest, unit);
        if (isfinite(law->highest))
            write_part(to, "high", law->highest, unit);
        if (isfinite(law->lowest) || isfinite(law->highest))
            ecp_write(to, " bounds = \"%s\";", ecp_bounds_words[law->bounds - ECP_BOUNDS_CLIP]);
    }
    ecp_write(to, " }");
}

/* ---- lines -------------------------------------------------------------- */

void ecp_write_key_text(struct ecp_writer *to, const char *key, const char *text)
{
    ecp_write_indent(to);
    ecp_write(to, "%s = ", key);
    ecp_write_text(to, text);
    ecp_write(to, ";\n");
}

void ecp_write_key_quantity(struct ecp_writer *to, const char *key, double value, const char *unit)
{
    ecp_write_indent(to);
    ecp_write(to, "%s = ", key);
    ecp_write_quantity(to, value, unit);
    ecp_write(to, ";\n");
}

void ecp_write_key_law(struct ecp_writer *to, const char *key, const struct ecp_draw *law,
                       const char *unit)
{
    ecp_write_indent(to);
    ecp_write(to, "%s = ", key);
    ecp_write_law(to, law, unit);
    ecp_write(to, ";\n");
}

/* libconfig reads whole numbers beyond 32 bits only with an L. */
void ecp_write_key_count(struct ecp_writer *to, const char *key, uint64_t value)
{
    ecp_write_line(to, "%s = %llu%s;", key, (unsigned long long)value,
                   value > INT32_MAX ? "L" : "");
}

void ecp_write_key_bool(struct ecp_writer *to, const char *key, int value)
{
    ecp_write_line(to, "%s = %s;", key, value ? "true" : "false");
}

void ecp_write_key_numbers(struct ecp_writer *to, const char *key, const double *list, size_t n,
                           const char *unit)
{
    ecp_write_indent(to);
    ecp_write(to, "%s = ", key);
    write_numbers(to, list, n, unit);
    ecp_write(to, ";\n");
}

void ecp_write_key_indices(struct ecp_writer *to, const char *key, const ecp_lid *list, size_t n)
{
    ecp_write_indent(to);
    ecp_write(to, "%s = (", key);
    for (size_t k = 0; k < n; k++)
        ecp_write(to, "%s%lu%s", k ? ", " : "", (unsigned long)list[k],
                  list[k] > INT32_MAX ? "L" : "");
    ecp_write(to, ");\n");
}

void ecp_write_open(struct ecp_writer *to, const char *key, char bracket)
{
    ecp_write_line(to, "%s%s%c", key ? key : "", key ? " = " : "", bracket);
    to->depth++;
}

void ecp_write_close(struct ecp_writer *to, const char *bracket)
{
    to->depth--;
    ecp_write_line(to, "%s", bracket);
}

void ecp_write_subset(struct ecp_writer *to, const struct ecp_plan *plan,
                      const struct ecp_subset *subset)
{
    const size_t size = plan->population[subset->population]->size;
    if (subset->list) {
        ecp_write_open(to, "subset", '{');
        ecp_write_key_indices(to, "list", subset->list, subset->count);
        ecp_write_close(to, "};");
    } else if (subset->first != 0 || subset->count != size || subset->stride != 1) {
        ecp_write_line(to, "subset = { first = %zu; count = %zu; stride = %zu; };", subset->first,
                       subset->count, subset->stride);
    }
}
