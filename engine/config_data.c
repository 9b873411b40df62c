/* Files of recordings that a config names: data = { it92 = "data/it92.h5"; } of a scenario,
 * and those of measures. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/config_reader.h"
#include "engine/scenario.h"

/* The part behind the name of the file, as ":/GROUP/NAME"; or "". */
static const char *inside_of(const char *text)
{
    const char *colon = strstr(text, ":/");
    return colon && colon > text ? colon : "";
}

enum ecp_status ecp_read_data_path(struct ecp_reader *reader, struct ecp_node *node,
                                   const char **out)
{
    enum ecp_status status;
    if (node->kind != ECP_NODE_TEXT || node->text[0] == '\0')
        return ecp_node_wrong(node, "the name of a file or folder, or \"FILE:/GROUP/DATASET\"");
    const char *whole = ecp_plan_strdup(reader->plan, node->text);
    if (!whole)
        return ecp_fail(ECP_ENOMEM, "no memory for a path");
    const char *inside = inside_of(whole), *file;
    struct ecp_node alone = *node;
    alone.text =
        ecp_plan_printf(reader->plan, "%.*s", (int)(strlen(whole) - strlen(inside)), whole);
    if (!alone.text)
        return ecp_fail(ECP_ENOMEM, "no memory for a path");
    ECP_TRY(ecp_read_path(reader, &alone, &file));
    if (access(file, R_OK) != 0)
        return ecp_node_refuse(node, "found \"%s\"; there is no such file that can be read", file);
    node->text = *out = ecp_plan_printf(reader->plan, "%s%s", file, inside);
    if (!*out)
        status = ecp_fail(ECP_ENOMEM, "no memory for a path");
done:
    return status;
}

/* Is `name` one of the words of the scenario? */
static int reads(const struct ecp_scenario *scenario, const char *name)
{
    const size_t length = strlen(name);
    const char *at = scenario && scenario->data ? scenario->data : "";
    while (*at != '\0') {
        const size_t n = strcspn(at, " ");
        if (n == length && strncmp(at, name, n) == 0)
            return 1;
        at += n + strspn(at + n, " ");
    }
    return 0;
}

enum ecp_status ecp_reader_data(struct ecp_reader *reader, struct ecp_node *group)
{
    struct ecp_plan *plan = reader->plan;
    const struct ecp_scenario *scenario = reader->scenario;
    enum ecp_status status = ecp_expect_group(group);
    if (status != ECP_OK)
        return status;
    if (!scenario || !scenario->data)
        return ecp_node_refuse(group,
                               "found, but %s%s reads no data; allowed: in configs of "
                               "scenarios that do",
                               scenario ? "scenario " : "what is written out in full",
                               scenario ? scenario->name : "");
    size_t n = 0;
    for (const struct ecp_node *node = group->child; node; node = node->next)
        n++;
    plan->data = ecp_plan_alloc(plan, (n + 1) * sizeof *plan->data);
    if (!plan->data)
        return ecp_fail(ECP_ENOMEM, "no memory for the plan");
    for (struct ecp_node *node = group->child; node; node = node->next) {
        if (!reads(scenario, node->name))
            return ecp_node_refuse(node, "found, but scenario %s does not read it; allowed: %s",
                                   scenario->name, scenario->data);
        struct ecp_plan_data *data = &plan->data[plan->n_data];
        ECP_TRY(ecp_read_data_path(reader, node, &data->path));
        data->name = ecp_plan_strdup(plan, node->name);
        data->place = ecp_reader_place(reader, node);
        if (!data->name)
            return ecp_fail(ECP_ENOMEM, "no memory for the plan");
        plan->n_data++;
    }
done:
    return status;
}

enum ecp_status ecp_reader_needs_data(struct ecp_reader *reader)
{
    const struct ecp_scenario *scenario = reader->scenario;
    const struct ecp_place file = {reader->name, 0};
    const char *at = scenario && scenario->data ? scenario->data : "";
    while (*at != '\0') {
        const size_t n = strcspn(at, " ");
        size_t k = 0;
        while (k < reader->plan->n_data && (strncmp(reader->plan->data[k].name, at, n) != 0 ||
                                            reader->plan->data[k].name[n] != '\0'))
            k++;
        if (k == reader->plan->n_data)
            return ecp_refuse(&file, "data",
                              "is missing \"%.*s\", which scenario %s reads; allowed: "
                              "data = { %.*s = \"FILE\"; }",
                              (int)n, at, scenario->name, (int)n, at);
        at += n + strspn(at + n, " ");
    }
    return ECP_OK;
}
