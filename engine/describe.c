#include "engine/describe.h"

#include <math.h>
#include <string.h>

struct kind_heading {
    enum ecp_field_kind kind;
    const char *heading;
    int has_default, has_range; /* columns that say something */
};

static const struct kind_heading headings[] = {
    {ECP_PARAM, "PARAMETERS", 1, 1},
    {ECP_PARAM_EACH, "PARAMETERS OF EACH ELEMENT (a value or a law)", 1, 1},
    {ECP_STATE, "STATE (initial values may be set; can be recorded)", 1, 1},
    {ECP_COUNTER, "COUNTERS (whole steps)", 1, 0},
    {ECP_INPUT, "RECEPTOR PORTS (named by projections and stimuli)", 0, 0},
    {ECP_CURRENT, "CURRENT INPUT", 0, 0},
    {ECP_UNIFORM, "RANDOM INPUT, uniform in (0, 1)", 0, 0},
    {ECP_NORMAL, "RANDOM INPUT, standard normal", 0, 0},
    {ECP_PRE, "TRACES OF EACH SOURCE (initial values may be set)", 1, 0},
    {ECP_POST, "TRACES OF EACH TARGET (initial values may be set)", 1, 0},
    {ECP_SYNAPSE, "VARIABLES OF EACH SYNAPSE, beside its weight (initial values may be set)", 1, 0},
    {ECP_RESULT, "RESULTS (named LABEL.FIELD by claims)", 0, 0}};

enum { INDENT = 4, CELL = 64 };

static const char *bold(struct ecp_look look)
{
    return look.colour ? "\033[1m" : "";
}

static const char *dim(struct ecp_look look)
{
    return look.colour ? "\033[2m" : "";
}

static const char *plain(struct ecp_look look)
{
    return look.colour ? "\033[0m" : "";
}

void ecp_print_wrapped(FILE *to, const char *text, int from, int indent, struct ecp_look look)
{
    int column = from, fresh = 1;
    while (*text) {
        const int space = (int)strspn(text, " ");
        const int word = (int)strcspn(text + space, " \n");
        if (!fresh && column + 1 + word > look.width) {
            fprintf(to, "\n%*s", indent, "");
            column = indent;
            fresh = 1;
        }
        column += fprintf(to, "%s%.*s", fresh ? "" : " ", word, text + space);
        fresh = 0;
        text += space + word;
        if (*text == '\n') {
            fprintf(to, "\n%*s", text[1] ? indent : 0, "");
            column = indent;
            fresh = 1;
            text++;
        }
    }
    fputc('\n', to);
}

static void heading(FILE *to, const char *title, struct ecp_look look)
{
    fprintf(to, "\n%s%s%s\n", bold(look), title, plain(look));
}

static void paragraph(FILE *to, const char *title, const char *text, struct ecp_look look)
{
    if (!text || !text[0])
        return;
    heading(to, title, look);
    fprintf(to, "%*s", INDENT, "");
    ecp_print_wrapped(to, text, INDENT, INDENT, look);
}

/* Lines that must stay as they are. */
static void verbatim(FILE *to, const char *title, const char *text, struct ecp_look look)
{
    if (!text || !text[0])
        return;
    heading(to, title, look);
    while (*text) {
        const int line = (int)strcspn(text, "\n");
        fprintf(to, "%*s%.*s\n", line ? INDENT : 0, "", line, text);
        text += line + (text[line] == '\n');
    }
}

static void word_of(const char *words, int k, char *cell)
{
    while (k-- > 0) {
        words += strcspn(words, " ");
        words += strspn(words, " ");
    }
    (void)snprintf(cell, CELL, "%.*s", (int)strcspn(words, " "), words);
}

static const char *choice_words(const struct ecp_choice *choices, const char *field)
{
    for (; choices && choices->field; choices++)
        if (strcmp(choices->field, field) == 0)
            return choices->words;
    return NULL;
}

/* "1e+06" as people write it: 1e6. */
static const char *number_text(double x, char *text, size_t size)
{
    (void)snprintf(text, size, "%g", x);
    char *e = strstr(text, "e+");
    if (e) {
        const char *digits = e + 2 + strspn(e + 2, "0");
        memmove(e + 1, digits, strlen(digits) + 1);
    }
    return text;
}

static void range_cell(const struct ecp_field *f, char *cell)
{
    const int low = isfinite(f->lowest), high = isfinite(f->highest);
    char a[24], b[24];
    (void)number_text(f->lowest, a, sizeof a);
    (void)number_text(f->highest, b, sizeof b);
    if (f->kind == ECP_WHOLE && f->lowest == 0 && f->highest == 1)
        (void)snprintf(cell, CELL, "0 or 1");
    else if (f->kind == ECP_WHOLE)
        (void)snprintf(cell, CELL, "%s to %s, whole", a, b);
    else if (low && high)
        (void)snprintf(cell, CELL, "%s to %s", a, b);
    else if (low)
        (void)snprintf(cell, CELL, "from %s", a);
    else if (high)
        (void)snprintf(cell, CELL, "up to %s", b);
    else
        (void)snprintf(cell, CELL, "any");
}

enum { NAME, UNIT, DEFAULT, RANGE, COLUMNS };

static void cells_of(const struct ecp_field *f, const struct ecp_page *page,
                     const struct kind_heading *kind, char cell[COLUMNS][CELL])
{
    const char *words = choice_words(page->choices, f->name);
    (void)snprintf(cell[NAME], CELL, "%s", f->name);
    (void)snprintf(cell[UNIT], CELL, "%s", strcmp(f->unit, "1") == 0 ? "-" : f->unit);
    cell[DEFAULT][0] = cell[RANGE][0] = '\0';
    if (words) {
        size_t at = 0;
        word_of(words, (int)f->initial, cell[DEFAULT]);
        for (; words[at] && at + 1 < CELL; at++)
            cell[RANGE][at] = words[at] == ' ' ? '|' : words[at];
        cell[RANGE][at] = '\0';
        return;
    }
    if (kind->has_default && isfinite(f->initial))
        (void)number_text(f->initial, cell[DEFAULT], CELL);
    else if (kind->has_default)
        (void)snprintf(cell[DEFAULT], CELL, "none");
    if (kind->has_range)
        range_cell(f, cell[RANGE]);
}

static int is_under(const struct ecp_field *f, const struct kind_heading *kind)
{
    return kind->kind == ECP_PARAM ? ecp_field_is_param(f) : f->kind == kind->kind;
}

static void print_fields(FILE *to, const struct ecp_page *page, const struct kind_heading *kind,
                         struct ecp_look look)
{
    static const char *const title[COLUMNS] = {"name", "unit", "default", "range"};
    char cell[COLUMNS][CELL];
    int width[COLUMNS] = {0}, any = 0;
    for (const struct ecp_field *f = page->fields; f && f->name; f++) {
        if (!is_under(f, kind))
            continue;
        cells_of(f, page, kind, cell);
        for (int c = 0; c < COLUMNS; c++)
            width[c] = (int)strlen(cell[c]) > width[c] ? (int)strlen(cell[c]) : width[c];
        any = 1;
    }
    if (!any)
        return;
    heading(to, kind->heading, look);
    int meaning = INDENT;
    fprintf(to, "%*s%s", INDENT, "", dim(look));
    for (int c = 0; c < COLUMNS; c++) {
        if (width[c] == 0)
            continue;
        width[c] = (int)strlen(title[c]) > width[c] ? (int)strlen(title[c]) : width[c];
        fprintf(to, "%-*s  ", width[c], title[c]);
        meaning += width[c] + 2;
    }
    fprintf(to, "meaning%s\n", plain(look));
    for (const struct ecp_field *f = page->fields; f && f->name; f++) {
        if (!is_under(f, kind))
            continue;
        cells_of(f, page, kind, cell);
        fprintf(to, "%*s", INDENT, "");
        for (int c = 0; c < COLUMNS; c++)
            if (width[c] > 0)
                fprintf(to, "%-*s  ", width[c], cell[c]);
        ecp_print_wrapped(to, f->meaning ? f->meaning : "", meaning, meaning, look);
    }
}

static void print_texts(FILE *to, const struct ecp_scenario_text *texts, struct ecp_look look)
{
    enum { WIDTH = 22 };
    if (!texts || !texts->name)
        return;
    heading(to, "TEXTS (\"\": none)", look);
    for (; texts->name; texts++) {
        fprintf(to, "%*s%-*s  ", INDENT, "", WIDTH - INDENT - 2, texts->name);
        ecp_print_wrapped(to, texts->meaning, WIDTH, WIDTH, look);
        if (texts->is_file || texts->initial)
            fprintf(to, "%*s(%s%s%s)\n", WIDTH, "",
                    texts->is_file ? "a file; default: " : "default: ",
                    texts->initial ? texts->initial : "none", "");
    }
}

static void print_scheme(FILE *to, const char *name, const char *meaning, struct ecp_look look)
{
    enum { WIDTH = 22 };
    fprintf(to, "%*s%-*s  ", INDENT, "", WIDTH - INDENT - 2, name);
    ecp_print_wrapped(to, meaning, WIDTH, WIDTH, look);
}

static void print_schemes(FILE *to, const struct ecp_page *page, struct ecp_look look)
{
    if (!page->schemes && !page->has_reference_scheme)
        return;
    heading(to, "SCHEMES", look);
    for (const struct ecp_scheme *s = page->schemes; s && s->name; s++) {
        char text[256];
        (void)snprintf(text, sizeof text, "%s (error of order %d in dt)%s", s->meaning, s->order,
                       s == page->schemes ? "; the default" : "");
        print_scheme(to, s->name, text, look);
    }
    if (page->has_reference_scheme)
        print_scheme(to, "gsl_rkf45",
                     "adaptive Runge-Kutta-Fehlberg of GSL, tolerance 1e-12: the reference, slow",
                     look);
}

/* How a config names a member whose page brings no example of its own. */
static void print_example(FILE *to, const struct ecp_family *family, const struct ecp_page *page,
                          struct ecp_look look)
{
    const struct ecp_field *f = page->fields;
    while (f && f->name && !ecp_field_is_param(f))
        f++;
    f = f && f->name ? f : NULL;
    char cell[COLUMNS][CELL], text[512];
    const char *mark = "";
    if (page->scores) {
        (void)snprintf(text, sizeof text, "ecphory score %s--data FILE --measure %s%s%s%s",
                       page->scores > 1 ? "--model FILE " : "", page->name, f ? " -s " : "",
                       f ? page->name : "", f ? "." : "");
        const size_t length = strlen(text);
        if (f)
            (void)snprintf(text + length, sizeof text - length, "%s=VALUE", f->name);
        verbatim(to, "USE", text, look);
        return;
    }
    if (f) {
        cells_of(f, page, &headings[0], cell);
        mark = choice_words(page->choices, f->name) ? "\"" : "";
    }
    if (strcmp(family->name, "neuron") == 0)
        (void)snprintf(text, sizeof text,
                       "populations = { E = { model = \"%s\"; size = 100;%s%s%s%s%s }; };",
                       page->name, f ? " param = { " : "", f ? f->name : "", f ? " = " : "",
                       f ? cell[DEFAULT] : "", f ? "; };" : "");
    else if (strcmp(family->name, "plasticity") == 0)
        (void)snprintf(
            text, sizeof text,
            "projections = ( { source = \"E\"; target = \"E\"; rule = \"all_to_all\"; "
            "weight = 1;\n                  plasticity = { rule = \"%s\";%s%s%s%s%s%s%s }; } );",
            page->name, f ? " " : "", f ? f->name : "", f ? " = " : "", mark,
            f ? cell[DEFAULT] : "", mark, f ? ";" : "");
    else if (strcmp(family->name, "scenario") == 0 && f)
        (void)snprintf(text, sizeof text,
                       "scenario = \"%s\";\nnetwork = { %s = %s%s%s; };\n\n"
                       "or, without a file: ecphory run %s -s network.%s=%s",
                       page->name, f->name, mark, cell[DEFAULT], mark, page->name, f->name,
                       cell[DEFAULT]);
    else if (strcmp(family->name, "memory") == 0)
        (void)snprintf(text, sizeof text,
                       "memories = ( { name = \"m\"; model = \"%s\";%s%s%s%s%s%s%s\n"
                       "    store = { %s = { random = \"%s\"; n = 10; size = 64; };%s%s%s };\n"
                       "    recall = { name = \"noisy\"; cues = { of = \"stored\"; noise = 0.1; "
                       "}; }; } );",
                       page->name, f ? " parameters = { " : "", f ? f->name : "", f ? " = " : "",
                       mark, f ? cell[DEFAULT] : "", mark, f ? "; };" : "",
                       page->value_law ? "keys" : "patterns", page->key_law,
                       page->value_law ? "\n              values = { random = \"" : "",
                       page->value_law ? page->value_law : "",
                       page->value_law ? "\"; n = 10; size = 8; };" : "");
    else if (strcmp(family->name, "analysis") == 0)
        (void)snprintf(
            text, sizeof text,
            "analyses = ( { measure = \"%s\"; population = \"E\"; label = \"mine\"; } );",
            page->name);
    else
        return;
    verbatim(to, "EXAMPLE", text, look);
}

void ecp_print_page(FILE *to, const struct ecp_family *family, const struct ecp_page *page,
                    const char *asked, struct ecp_look look)
{
    fprintf(to, "%s%s/%s%s - ", bold(look), family->name, page->name, plain(look));
    ecp_print_wrapped(to, page->summary, (int)(strlen(family->name) + strlen(page->name)) + 4,
                      INDENT, look);
    if (asked && strcmp(asked, page->name) != 0)
        fprintf(to, "%*s(%s is another name of it)\n", INDENT, "", asked);
    if (page->question)
        paragraph(to, "QUESTION", page->question, look);
    verbatim(to, "EQUATIONS", page->equations, look);
    verbatim(to, "KEYS", page->keys, look);
    for (size_t k = 0; k < sizeof headings / sizeof headings[0]; k++)
        print_fields(to, page, &headings[k], look);
    print_texts(to, page->texts, look);
    if (page->results)
        print_fields(to, &(struct ecp_page){.fields = page->results},
                     &headings[sizeof headings / sizeof headings[0] - 1], look);
    paragraph(to, "STORES", page->stores, look);
    paragraph(to, "CONFIDENCE OF A RECALL", page->confidence, look);
    print_schemes(to, page, look);
    verbatim(to, "EXAMPLE", page->example, look);
    if (!page->example)
        print_example(to, family, page, look);
    paragraph(to, "OTHER NAMES", page->aliases, look);
    paragraph(to, "REFERENCE", page->reference, look);
    paragraph(to, "VERIFIED BY", page->verified_by, look);
}
