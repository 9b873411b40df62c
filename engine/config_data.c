/* Files of recordings that measures of a config name. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/config_reader.h"

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
