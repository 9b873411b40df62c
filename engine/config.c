/* The one place that knows libconfig: text to a tree of nodes. */
#include "engine/config.h"

#include <ctype.h>
#include <errno.h>
#include <libconfig.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "engine/arena.h"
#include "engine/config_node.h"
#include "engine/config_reader.h"
#include "engine/config_text.h"
#include "engine/scenario.h"

static enum ecp_status copy_string(struct ecp_arena *arena, const config_setting_t *from,
                                   struct ecp_node *to)
{
    const char *text = config_setting_get_string(from);
    to->kind = ECP_NODE_TEXT;
    to->text = ecp_arena_strdup(arena, text ? text : "");
    return to->text ? ECP_OK : ecp_fail(ECP_ENOMEM, "no memory for the tree of the config");
}

static struct ecp_place place_of(const config_setting_t *setting, const struct ecp_text *text)
{
    const size_t line = config_setting_source_line(setting);
    return line > 0 && line <= text->n_lines ? text->line[line - 1] : text->line[0];
}

static enum ecp_status copy(struct ecp_arena *arena, const config_setting_t *from,
                            const struct ecp_text *text, struct ecp_node *to)
{
    to->place = place_of(from, text);
    switch (config_setting_type(from)) {
    case CONFIG_TYPE_STRING:
        return copy_string(arena, from, to);
    case CONFIG_TYPE_BOOL:
        to->kind = ECP_NODE_BOOL;
        to->whole = config_setting_get_bool(from) != 0;
        return ECP_OK;
    case CONFIG_TYPE_INT:
    case CONFIG_TYPE_INT64:
        to->kind = ECP_NODE_WHOLE;
        to->whole = config_setting_get_int64(from);
        to->number = (double)to->whole;
        return ECP_OK;
    case CONFIG_TYPE_FLOAT:
        to->kind = ECP_NODE_NUMBER;
        to->number = config_setting_get_float(from);
        return ECP_OK;
    case CONFIG_TYPE_GROUP:
        to->kind = ECP_NODE_GROUP;
        break;
    default:
        to->kind = ECP_NODE_LIST;
        break;
    }
    const int n = config_setting_length(from);
    for (int k = 0; k < n; k++) {
        const config_setting_t *element = config_setting_get_elem(from, (unsigned)k);
        struct ecp_node *child;
        enum ecp_status status = ecp_node_add(arena, to, config_setting_name(element), &child);
        if (status == ECP_OK)
            status = copy(arena, element, text, child);
        if (status != ECP_OK)
            return status;
    }
    return ECP_OK;
}

enum { SHOWN = 60 };

/* The line of `text` at which libconfig stopped, without blanks around it and
 * without the L that whole numbers were given for it. */
static void show_line(const char *text, int line, char *shown)
{
    size_t n = 0;
    while (--line > 0 && strchr(text, '\n'))
        text = strchr(text, '\n') + 1;
    text += strspn(text, " \t\r");
    for (; *text && *text != '\n' && n < SHOWN; text++)
        if (*text != 'L' || n == 0 || !isdigit((unsigned char)shown[n - 1]) ||
            isalnum((unsigned char)text[1]))
            shown[n++] = *text;
    shown[n] = '\0';
}

static enum ecp_status refuse_syntax(const config_t *config, const struct ecp_text *text)
{
    const char *reason = config_error_text(config);
    const int line = config_error_line(config);
    const size_t k = line > 0 && (size_t)line <= text->n_lines ? (size_t)line - 1 : 0;
    char found[SHOWN + 1];
    show_line(text->text, line, found);
    if (reason && strstr(reason, "array"))
        return ecp_refuse(&text->line[k], NULL,
                          "%s at \"%s\"; allowed: one type in [ ] (0.0, not 0, beside 0.5), "
                          "any types in ( )",
                          reason, found);
    return ecp_refuse(&text->line[k], NULL,
                      "%s at or before \"%s\"; allowed: key = value; with text and units in "
                      "\"quotes\", { groups }, [ arrays ] and ( lists )",
                      reason ? reason : "syntax error", found);
}

static enum ecp_status parse(struct ecp_arena *arena, const struct ecp_text *text,
                             struct ecp_node **out)
{
    enum ecp_status status;
    config_t config;
    struct ecp_node *root = NULL;
    config_init(&config);
    if (config_read_string(&config, text->text) != CONFIG_TRUE) {
        status = refuse_syntax(&config, text);
        goto done;
    }
    ECP_TRY(ecp_node_add(arena, NULL, NULL, &root));
    ECP_TRY(copy(arena, config_root_setting(&config), text, root));
    *out = root;
done:
    config_destroy(&config);
    return status;
}

enum ecp_status ecp_node_parse_value(struct ecp_arena *arena, const char *value,
                                     struct ecp_node **out)
{
    struct ecp_text text;
    struct ecp_node *root = NULL;
    char *assignment = ecp_arena_printf(arena, "value = %s;", value);
    if (!assignment)
        return ecp_fail(ECP_ENOMEM, "no memory for a value");
    /* No file and no include: a value is one line and never reads files. */
    if (strchr(value, '\n'))
        return ecp_fail(ECP_ECONFIG, "found more than one line; allowed: one value");
    enum ecp_status status = ecp_text_prepare(arena, assignment, ECP_COMMAND_LINE, &text);
    if (status == ECP_OK)
        status = parse(arena, &text, &root);
    if (status != ECP_OK) {
        if (status == ECP_ECONFIG) { /* with a line that the user never wrote */
            ecp_error_clear();
            return ecp_fail(ECP_ECONFIG, "found \"%.80s\"; allowed: a value in libconfig's syntax",
                            value);
        }
        return status;
    }
    if (root->n_children != 1)
        return ecp_fail(ECP_ECONFIG, "found \"%.80s\"; allowed: one value", value);
    *out = root->child;
    return ECP_OK;
}

static enum ecp_status finish(struct ecp_arena *arena, struct ecp_node *root, const char *name,
                              const struct ecp_config_extra *extra, struct ecp_plan **out)
{
    for (size_t k = 0; k < extra->n_overrides; k++) {
        const enum ecp_status status = ecp_node_override(arena, root, extra->overrides[k]);
        if (status != ECP_OK)
            return status;
    }
    return ecp_reader_plan(arena, root, name, extra->plugins, out);
}

static enum ecp_status read_text(struct ecp_arena *arena, const char *text, const char *name,
                                 struct ecp_node **out)
{
    struct ecp_text prepared;
    const enum ecp_status status = ecp_text_prepare(arena, text, name, &prepared);
    return status == ECP_OK ? parse(arena, &prepared, out) : status;
}

enum ecp_status ecp_config_parse(const char *text, const char *name, const char *const *overrides,
                                 size_t n_overrides, struct ecp_plan **out)
{
    const struct ecp_config_extra extra = {overrides, n_overrides, NULL};
    enum ecp_status status;
    struct ecp_arena *arena = NULL;
    struct ecp_node *root = NULL;
    ecp_error_clear();
    ECP_TRY(ecp_arena_create(&arena));
    ECP_TRY(read_text(arena, text, name, &root));
    ECP_TRY(finish(arena, root, name, &extra, out));
done:
    ecp_arena_destroy(arena);
    return status;
}

/* `path` as the name of a scenario: a tree that says no more than that. */
static enum ecp_status name_scenario(struct ecp_arena *arena, const char *path,
                                     const struct ecp_plugins *plugins, struct ecp_node **out)
{
    const struct ecp_scenario *scenario;
    struct ecp_node *root = NULL, *node = NULL;
    if (ecp_plugins_find_scenario(plugins, path, &scenario) != ECP_OK) {
        char text[ECP_ALLOWED_LENGTH];
        const char *names[64];
        size_t n = 0;
        while (ecp_scenarios[n] && n < sizeof names / sizeof names[0]) {
            names[n] = ecp_scenarios[n]->name;
            n++;
        }
        ecp_error_clear();
        return ecp_fail(ECP_EIO, "%s: no such file, and no scenario of that name; %s", path,
                        ecp_allowed(text, path, names, n));
    }
    enum ecp_status status = ecp_node_add(arena, NULL, NULL, &root);
    if (status == ECP_OK)
        status = ecp_node_add(arena, root, "scenario", &node);
    if (status != ECP_OK)
        return status;
    node->kind = ECP_NODE_TEXT;
    node->text = scenario->name;
    *out = root;
    return ECP_OK;
}

/* No file has this name: nothing at all, or a folder (of results, perhaps) with the name of a
 * scenario. */
static int is_no_file(const char *path, const struct ecp_plugins *plugins)
{
    const struct ecp_scenario *scenario;
    struct stat facts;
    if (stat(path, &facts) != 0)
        return errno == ENOENT;
    const int named =
        S_ISDIR(facts.st_mode) && ecp_plugins_find_scenario(plugins, path, &scenario) == ECP_OK;
    ecp_error_clear();
    return named;
}

enum ecp_status ecp_config_read_with(const char *path, const struct ecp_config_extra *extra,
                                     struct ecp_plan **out)
{
    enum ecp_status status;
    struct ecp_arena *arena = NULL;
    struct ecp_node *root = NULL;
    char *text = NULL;
    ecp_error_clear();
    ECP_TRY(ecp_arena_create(&arena));
    if (is_no_file(path, extra->plugins)) {
        ECP_TRY(name_scenario(arena, path, extra->plugins, &root));
    } else {
        ECP_TRY(ecp_text_read_file(arena, path, &text));
        ECP_TRY(read_text(arena, text, path, &root));
    }
    ECP_TRY(finish(arena, root, path, extra, out));
done:
    ecp_arena_destroy(arena);
    return status;
}

enum ecp_status ecp_config_read(const char *path, const char *const *overrides, size_t n_overrides,
                                struct ecp_plan **out)
{
    const struct ecp_config_extra extra = {overrides, n_overrides, NULL};
    return ecp_config_read_with(path, &extra, out);
}
