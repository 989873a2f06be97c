#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""fits-schema.py SCHEMA [KEY...] < OBJECT: whether a JSON object fits a JSON Schema (the part of it that ours use), and has these keys."""
import json
import sys

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float), "null": type(None)}


def complain(value, rule, root, place):
    """The first place where `value` does not fit `rule`, or None."""
    if "$ref" in rule:
        rule = root["$defs"][rule["$ref"].rsplit("/", 1)[1]]
    types = rule.get("type", [])
    types = [types] if isinstance(types, str) else types
    if not any(isinstance(value, TYPES[t]) and (t == "boolean" or not isinstance(value, bool)) for t in types):
        return "%s: %r is no %s" % (place, value, " or ".join(types))
    if "enum" in rule and value not in rule["enum"]:
        return "%s: %r is not one of %s" % (place, value, rule["enum"])
    if isinstance(value, dict):
        for key in rule.get("required", []):
            if key not in value:
                return "%s: '%s' is missing" % (place, key)
        for key, member in value.items():
            if key not in rule.get("properties", {}):
                return None if rule.get("additionalProperties", True) else "%s: '%s' is no key" % (place, key)
            why = complain(member, rule["properties"][key], root, place + "." + key)
            if why:
                return why
    if isinstance(value, list) and "items" in rule:
        for i, item in enumerate(value):
            why = complain(item, rule["items"], root, "%s[%d]" % (place, i))
            if why:
                return why
    return None


schema = json.load(open(sys.argv[1]))
found = json.load(sys.stdin)
sys.exit(complain(found, dict(schema, required=schema["required"] + sys.argv[2:]), schema, "report"))
