#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""check_schema.py SCHEMA [DOCUMENT...] - checks documents against a JSON Schema (2020-12).

The schema is checked too.  A document named *.jsonl holds one document a line; "-" is standard input.  Prints
each mistake with its place; exit status 1 when there is one.
"""
import json
import sys

from jsonschema import Draft202012Validator


def documents(path):
    """Yields (place, document)."""
    with sys.stdin if path == "-" else open(path, encoding="utf-8") as file:
        if path.endswith(".jsonl"):
            for number, line in enumerate(file, 1):
                yield f"{path}:{number}", json.loads(line)
        else:
            yield path, json.load(file)


def mistakes(validator, path):
    for place, document in documents(path):
        for error in validator.iter_errors(document):
            yield f"{place}: {error.json_path}: {error.message[:300]}"


def main(schema_path, *paths):
    with open(schema_path, encoding="utf-8") as file:
        schema = json.load(file)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    found = [mistake for path in paths for mistake in mistakes(validator, path)]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
