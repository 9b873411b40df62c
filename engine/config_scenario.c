/* A scenario named in the config: its parameters, and its part of the plan. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "engine/config_reader.h"
#include "engine/config_scenario.h"
#include "engine/plan_check.h"
#include "engine/plugin.h"
#include "engine/scenario.h"

const struct ecp_choice *ecp_choice_of(const struct ecp_choice *choices, const char *field)
{
    for (const struct ecp_choice *c = choices; c && c->field; c++)
        if (strcmp(c->field, field) == 0)
            return c;
    return NULL;
}

enum ecp_status ecp_choice_words(struct ecp_arena *arena, const struct ecp_choice *choice,
                                 const char **words)
{
    char *text = ecp_arena_strdup(arena, choice->words), *rest = NULL;
    size_t n = 0;
    if (!text)
        return ecp_fail(ECP_ENOMEM, "no memory for the words of %s", choice->field);
    for (char *word = strtok_r(text, " ", &rest); word && n + 1 < ECP_CHOICE_WORDS;
         word = strtok_r(NULL, " ", &rest))
        words[n++] = word;
    words[n] = NULL;
    return ECP_OK;
}

enum ecp_status ecp_read_choice(struct ecp_reader *reader, const struct ecp_node *node,
                                const struct ecp_choice *choice, double *out)
{
    const char *words[ECP_CHOICE_WORDS];
    int at = 0;
    enum ecp_status status = ecp_choice_words(reader->arena, choice, words);
    if (status == ECP_OK)
        status = ecp_read_word(node, words, &at);
    if (status == ECP_OK)
        *out = at;
    return status;
}

/* A file that is not there is refused here, with its place; what is in it, when it is read.
 * "" stands for none, so that the command line can take one away. */
static enum ecp_status read_text(struct ecp_reader *reader, const struct ecp_scenario_text *text,
                                 struct ecp_node *node, const char **out)
{
    enum ecp_status status = ECP_OK;
    if (node->kind == ECP_NODE_TEXT && node->text[0] == '\0') {
        *out = NULL;
        return ECP_OK;
    }
    if (!text->is_file)
        return ecp_read_text(reader, node, out);
    if (node->kind != ECP_NODE_TEXT)
        return ecp_node_wrong(node, "the name of a file");
    status = ecp_read_path(reader, node, out);
    if (status == ECP_OK && access(*out, R_OK) != 0)
        status = ecp_node_refuse(node, "%s cannot be opened: %s", *out, strerror(errno));
    return status;
}

/* A file that comes with the program: in the folder of scenarios as they are installed, or
 * as they lie in the sources beside a folder of builds. NULL: nowhere. */
static const char *supplied_file(struct ecp_plan *plan, const char *name)
{
    static const char *const places[] = {"../share/ecphory/scenarios", "../../scenarios",
                                         "../../../scenarios"};
    char program[4096];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program);
    if (length <= 0 || (size_t)length == sizeof program)
        return NULL;
    size_t end = (size_t)length;
    while (end > 0 && program[end - 1] != '/')
        end--;
    program[end] = '\0';
    for (size_t k = 0; k < sizeof places / sizeof places[0]; k++) {
        const char *path = ecp_plan_printf(plan, "%s%s/%s", program, places[k], name);
        if (path && access(path, R_OK) == 0)
            return path;
    }
    return NULL;
}

static int find_text(const struct ecp_scenario *scenario, const char *name)
{
    for (size_t k = 0; k < ecp_scenario_text_count(scenario->texts); k++)
        if (strcmp(scenario->texts[k].name, name) == 0)
            return (int)k;
    return -1;
}

static enum ecp_status refuse_key(const struct ecp_scenario *scenario, const struct ecp_node *node)
{
    enum { MANY = 64 };
    char text[ECP_ALLOWED_LENGTH];
    const char *names[MANY];
    size_t n = 0;
    for (size_t k = 0; scenario->fields && scenario->fields[k].name && n < MANY; k++)
        if (ecp_field_is_param(&scenario->fields[k]))
            names[n++] = scenario->fields[k].name;
    for (size_t k = 0; k < ecp_scenario_text_count(scenario->texts) && n < MANY; k++)
        names[n++] = scenario->texts[k].name;
    return ecp_node_refuse(node, "found an unknown key of scenario %s; %s", scenario->name,
                           ecp_allowed(text, node->name, names, n));
}

static enum ecp_status read_network(struct ecp_reader *reader, const struct ecp_scenario *scenario,
                                    const struct ecp_node *network, double *param,
                                    const char **text)
{
    enum ecp_status status = ecp_expect_group(network);
    for (struct ecp_node *node = network->child; node && status == ECP_OK; node = node->next) {
        const int at = ecp_field_find(scenario->fields, node->name);
        const int at_text = find_text(scenario, node->name);
        if (at_text >= 0) {
            status = read_text(reader, &scenario->texts[at_text], node, &text[at_text]);
            continue;
        }
        if (at < 0 || !ecp_field_is_param(&scenario->fields[at]))
            return refuse_key(scenario, node);
        const struct ecp_field *field = &scenario->fields[at];
        const struct ecp_choice *choice = ecp_choice_of(scenario->choices, field->name);
        status = choice ? ecp_read_choice(reader, node, choice, &param[at])
                        : ecp_read_field_number(reader, node, field, &param[at]);
    }
    return status;
}

static const struct ecp_node *key_of(const struct ecp_node *network, const char *word, size_t n)
{
    const struct ecp_node *node = network->child;
    while (node && (strncmp(node->name, word, n) != 0 || node->name[n] != '\0'))
        node = node->next;
    return node;
}

/* Which key of the group a scenario's sentence is about: of those that the config has, the
 * first that is named with its value, "key (5)", or before what is found or allowed; else the only
 * one. */
static const struct ecp_node *blamed(const struct ecp_node *network, const char *sentence)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    const char *subject = sentence + strcspn(sentence, ":;");
    for (const char *word = sentence + strcspn(sentence, letters); *word;) {
        const size_t n = strspn(word, letters);
        const struct ecp_node *node = key_of(network, word, n);
        if (node && (word < subject || strncmp(word + n, " (", 2) == 0))
            return node;
        word += n;
        word += strcspn(word, letters);
    }
    return network->n_children == 1 ? network->child : network;
}

static enum ecp_status keep_places(struct ecp_reader *reader, const struct ecp_scenario *scenario,
                                   const struct ecp_node *network)
{
    const size_t n = ecp_scenario_text_count(scenario->texts);
    struct ecp_place *place = ecp_plan_alloc(reader->plan, (n + 1) * sizeof *place);
    if (!place)
        return ecp_fail(ECP_ENOMEM, "no memory for the parameters of %s", scenario->name);
    for (const struct ecp_node *node = network ? network->child : NULL; node; node = node->next) {
        const int at = find_text(scenario, node->name);
        if (at >= 0)
            place[at] = ecp_reader_place(reader, node);
    }
    reader->plan->computes_text_place = place;
    return ECP_OK;
}

enum ecp_status ecp_reader_scenario(struct ecp_reader *reader, const struct ecp_node *node,
                                    const struct ecp_node *network)
{
    enum ecp_status status;
    const struct ecp_scenario *scenario;
    struct ecp_plan *plan = reader->plan;
    if (node->kind != ECP_NODE_TEXT)
        return ecp_node_wrong(node, "the name of a scenario");
    status = ecp_plugins_find_scenario(plan->plugins, node->text, &scenario);
    if (status != ECP_OK)
        return ecp_node_refuse_again(node, status);
    const size_t n = ecp_field_count(scenario->fields);
    const size_t n_texts = ecp_scenario_text_count(scenario->texts);
    double *param = ecp_arena_array(reader->arena, n + 1, sizeof *param);
    const char **text = ecp_arena_array(reader->arena, n_texts + 1, sizeof *text);
    if (!param || !text)
        return ecp_fail(ECP_ENOMEM, "no memory for the parameters of %s", scenario->name);
    for (size_t k = 0; k < n; k++)
        param[k] = scenario->fields[k].initial;
    for (size_t k = 0; k < n_texts; k++)
        text[k] = scenario->texts[k].is_file ? NULL : scenario->texts[k].initial;
    if (network)
        ECP_TRY(read_network(reader, scenario, network, param, text));
    for (size_t k = 0; k < n_texts; k++)
        if (scenario->texts[k].is_file && scenario->texts[k].initial && !text[k])
            text[k] = supplied_file(plan, scenario->texts[k].initial);
    for (size_t k = 0; k < n_texts; k++)
        if (scenario->texts[k].is_required && !text[k])
            return ecp_refuse(network ? &network->place : &node->place,
                              ecp_plan_printf(plan, "network.%s", scenario->texts[k].name),
                              "is missing; scenario %s needs it: %s", scenario->name,
                              scenario->texts[k].meaning);
    if (scenario->dt > 0 && !ecp_node_find(reader->root, "dt"))
        plan->dt = scenario->dt;
    ECP_TRY(ecp_plan_compute(plan, scenario, param, text));
    ECP_TRY(keep_places(reader, scenario, network));
    status = scenario->build(plan, param);
    if (status != ECP_OK)
        return ecp_node_refuse_again(network ? blamed(network, ecp_error_message()) : node, status);
    ECP_TRY(ecp_plan_complete_names(plan));
    plan->scenario = scenario->name;
    reader->scenario = scenario;
    reader->scenario_param = param;
    reader->scenario_text = text;
    reader->given_projections = plan->n_projections;
    reader->given_gaps = plan->n_gaps;
    reader->given_stimuli = plan->n_stimuli;
    reader->given_probes = plan->n_probes;
done:
    return status;
}
