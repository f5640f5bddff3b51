"""What the tests of dynamic groups share: rules through the SDK, and Convoke's own questions."""

import PureCloudPlatformClientV2 as sdk
from convoke import admin, made, new_group

PREVIEW = "/api/v2/groups/dynamicsettings/preview"
BAD = ("bad.request", "invalid.value")


def skill_is(skill, comparator, proficiency, *children):
    """A condition about a routing skill, named by its id or as it is written."""
    named = skill if isinstance(skill, str) else skill.id
    children = list(children) or None
    body = sdk.DynamicGroupRoutingSkillCondition()
    return made(body, routing_skill=named, comparator=comparator, proficiency=proficiency, child_conditions=children)


def language_is(language, comparator, proficiency, *children):
    named = language if isinstance(language, str) else language.id
    children = list(children) or None
    body = sdk.DynamicGroupLanguageSkillCondition()
    return made(body, language_skill=named, comparator=comparator, proficiency=proficiency, child_conditions=children)


def least(skill, proficiency, *children):
    return skill_is(skill, "GreaterThanOrEqualTo", proficiency, *children)


def node(operation, *conditions):
    kinds = sdk.DynamicGroupRoutingSkillCondition, sdk.DynamicGroupLanguageSkillCondition
    skills, languages = ([one for one in conditions if isinstance(one, kind)] for kind in kinds)
    body = sdk.DynamicGroupSkillCondition()
    return made(body, operation=operation, routing_skill_conditions=skills, language_skill_conditions=languages)


def rule(*nodes):
    return made(sdk.DynamicGroupQuery(), skill_conditions=list(nodes))


def put(group, *nodes, session=None):
    return (session or admin()).groups.put_group_dynamicsettings(group.id, rule(*nodes))


def dynamic_group(*nodes, **fields):
    group = new_group(**fields)
    put(group, *nodes)
    return group


def settings(group):
    return f"/api/v2/groups/{group.id}/dynamicsettings"


def explanation(group, person, session=None):
    path = f"/api/v2/groups/{group.id}/members/{person.id}/explanation"
    return (session or admin()).request("GET", path)


def groups_of(person, query="", session=None):
    return (session or admin()).request("GET", f"/api/v2/users/{person.id}/groups{query}")
