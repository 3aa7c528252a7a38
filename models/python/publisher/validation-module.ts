/** Checks data before it is published: `_validation.py`, without its header. */
export const validationModule = String.raw`"""Checks data with the JSON Schemas of the catalog."""

from __future__ import annotations

import copy
import ipaddress
import math
import re
from collections.abc import Callable, Iterator
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.validators import extend

from ._schemas import SCHEMAS
from .publisher import PublishError, Violation

_MAX_VIOLATIONS = 20


def valid_data(schema: str, value: Any) -> tuple[Any, list[Violation]]:
    """The data, and where it breaks its schema. ${'`'}None${'`'} in a property that may be absent,
    but not null, means that it is absent.
    """
    try:
        errors = list(_validator(schema).iter_errors(_as_read(value)))
        without = _without_absent(value, errors)
        if without is not None:
            rest = list(_validator(schema).iter_errors(_as_read(without)))
            if not any(error.validator == "required" for error in rest):
                value, errors = without, rest
        return value, [_violation(error) for error in errors[:_MAX_VIOLATIONS]]
    except RecursionError as error:
        raise PublishError(
            "VALIDATION_FAILED", "the data is nested too deeply"
        ) from error


def _as_read(value: Any) -> Any:
    """The value that services read, in which all numbers are doubles."""
    if isinstance(value, dict):
        return {name: _as_read(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_as_read(each) for each in value]
    if value is None or isinstance(value, (str, bool)):
        return value
    if not isinstance(value, (int, float)):
        raise PublishError(
            "VALIDATION_FAILED",
            f"the data has a value of {type(value)}, which JSON does not have",
        )
    if isinstance(value, int) and abs(value) <= 2**53:
        return value
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise PublishError(
            "VALIDATION_FAILED", "the data has a number that is not a finite double"
        )
    return number


def _without_absent(value: Any, errors: list[ValidationError]) -> Any:
    missing = [error for error in errors if error.instance is None]
    if not missing or not all(_is_described(error) for error in missing):
        return None
    paths = [list(error.absolute_path) for error in missing]
    result = copy.deepcopy(value)
    for *parents, name in paths:
        owner = result
        for part in parents:
            owner = owner[part]
        owner.pop(name, None)
    return result


def _is_described(error: ValidationError) -> bool:
    """Whether the value belongs to a property that its object's schema names."""
    path = list(error.absolute_path)
    keywords = list(error.absolute_schema_path)
    return bool(path) and ("properties", path[-1]) in zip(keywords, keywords[1:])


def _violation(error: ValidationError) -> Violation:
    steps = [f"[{each}]" if isinstance(each, int) else f".{each}" for each in error.absolute_path]
    return Violation("$" + "".join(steps), _message(error))


_WORDS: dict[str, str] = {
    "type": "must be {}",
    "const": "must be {}",
    "enum": "must be one of {}",
    "format": 'must match format "{}"',
    "pattern": "must match the pattern {}",
    "minimum": "must be >= {}",
    "maximum": "must be <= {}",
    "exclusiveMinimum": "must be > {}",
    "exclusiveMaximum": "must be < {}",
    "multipleOf": "must be a multiple of {}",
    "minLength": "must have a length >= {}",
    "maxLength": "must have a length <= {}",
    "minItems": "must have a number of items >= {}",
    "maxItems": "must have a number of items <= {}",
    "uniqueItems": "must not have equal items",
    "minProperties": "must have a number of properties >= {}",
    "maxProperties": "must have a number of properties <= {}",
}


def _message(error: ValidationError) -> str:
    """Without the value, which may be personal data."""
    if error.validator in ("required", "additionalProperties", "dependentRequired"):
        return error.message
    if error.validator is None:
        return "is not allowed"
    words = _WORDS.get(str(error.validator), f"breaks {error.validator}")
    expected = error.validator_value
    listed = ", ".join(map(str, expected)) if isinstance(expected, list) else str(expected)
    return words.format(listed)


def _multiple_of(
    validator: Any, step: Any, instance: Any, schema: Any
) -> Iterator[ValidationError]:
    """As in the SDK. In decimals, 8.7 is a multiple of 0.01."""
    if not validator.is_type(instance, "number"):
        return
    if float(step).is_integer():
        is_multiple = math.fmod(instance, step) == 0
    else:
        value = Fraction(repr(float(instance)))
        is_multiple = (value / Fraction(repr(step))).denominator == 1
    if not is_multiple:
        yield ValidationError(f"not a multiple of {step}")


def _key(value: Any) -> Any:
    """The same for equal values of JSON. In Python, True is equal to 1."""
    if isinstance(value, list):
        return ("list", *map(_key, value))
    if isinstance(value, dict):
        return frozenset((name, _key(each)) for name, each in value.items())
    return (isinstance(value, bool), value)


def _unique_items(
    validator: Any, is_wanted: Any, instance: Any, schema: Any
) -> Iterator[ValidationError]:
    if is_wanted and validator.is_type(instance, "array"):
        if len(set(map(_key, instance))) < len(instance):
            yield ValidationError("equal items")


def _const(
    validator: Any, expected: Any, instance: Any, schema: Any
) -> Iterator[ValidationError]:
    if _key(_as_read(expected)) != _key(instance):
        yield ValidationError("another value")


def _enum(
    validator: Any, expected: Any, instance: Any, schema: Any
) -> Iterator[ValidationError]:
    if _key(instance) not in map(_key, _as_read(expected)):
        yield ValidationError("another value")


def _matches(pattern: str, flags: int = 0) -> Callable[[Any], bool]:
    compiled = re.compile(pattern, re.ASCII | flags)
    return lambda text: not isinstance(text, str) or compiled.fullmatch(text) is not None


def _of_text(check: Callable[[str], Any]) -> Callable[[Any], bool]:
    def holds(text: Any) -> bool:
        if not isinstance(text, str):
            return True
        try:
            return check(text) is not False
        except ValueError:
            return False

    return holds


_TIME = re.compile(
    r"(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[zZ]|([+-])(\d\d):(\d\d))", re.ASCII
)


def _is_time(text: str) -> bool:
    parts = _TIME.fullmatch(text)
    if parts is None:
        return False
    hour, minute, second = (int(each) for each in parts.group(1, 2, 3))
    zone_hour, zone_minute = (int(each or 0) for each in parts.group(5, 6))
    if hour > 23 or minute > 59 or second > 60 or zone_hour > 23 or zone_minute > 59:
        return False
    offset = (-1 if parts[4] == "-" else 1) * (zone_hour * 60 + zone_minute)
    # A leap second is at the end of a day in UTC.
    return second < 60 or (hour * 60 + minute - offset) % 1440 == 1439


def _is_date(text: str) -> bool:
    parts = re.fullmatch(r"(\d\d\d\d)-(\d\d)-(\d\d)", text, re.ASCII)
    if parts is None:
        return False
    year, month, day = (int(each) for each in parts.groups())
    # Python has no year 0, whose days are those of the year 400.
    date(year or 400, month, day)
    return True


def _is_date_time(text: str) -> bool:
    return (
        _is_date(text[:10])
        and re.fullmatch(r"[Tt\s]", text[10:11]) is not None
        and _is_time(text[11:])
    )


def _is_ipv6(text: str) -> bool:
    ipaddress.IPv6Address(text)
    return "%" not in text


def _is_int32(value: Any) -> bool:
    return not _is_number(value) or (value == int(value) and -(2**31) <= value < 2**31)


def _is_int64(value: Any) -> bool:
    return not _is_number(value) or value == int(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


_EMAIL_PART = r"[a-z0-9!#$%&'*+/=?^_${'`'}{|}~-]+"
_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"

# Other formats are not checked here. Services that read the event check them.
_FORMATS: dict[str, Callable[[Any], bool]] = {
    "date": _of_text(_is_date),
    "time": _of_text(_is_time),
    "date-time": _of_text(_is_date_time),
    "duration": _matches(
        r"P(?!$)(?:(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?|\d+W)"
    ),
    "email": _matches(
        rf"{_EMAIL_PART}(?:\.{_EMAIL_PART})*@(?:{_LABEL}\.)+{_LABEL}", re.IGNORECASE
    ),
    "ipv4": _of_text(ipaddress.IPv4Address),
    "ipv6": _of_text(_is_ipv6),
    "uuid": _matches(
        r"(?:urn:uuid:)?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE
    ),
    "cuid2": _matches(r"[a-z][0-9a-z]{1,31}"),
    "json-pointer": _matches(r"(?:/(?:[^~/]|~0|~1)*)*"),
    "relative-json-pointer": _matches(
        r"(?:0|[1-9][0-9]*)(?:#|(?:/(?:[^~/]|~0|~1)*)*)"
    ),
    "byte": _matches(
        r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
    ),
    "int32": _is_int32,
    "int64": _is_int64,
}


def _format_checker() -> FormatChecker:
    checker = FormatChecker(formats=())
    for name, holds in _FORMATS.items():
        checker.checks(name)(holds)
    return checker


_Validator = extend(
    Draft202012Validator,
    {
        "const": _const,
        "enum": _enum,
        "multipleOf": _multiple_of,
        "uniqueItems": _unique_items,
    },
)
_formats = _format_checker()


@lru_cache(maxsize=None)
def _validator(schema: str) -> Any:
    root = {"$ref": f"#/$defs/{schema}", "$defs": SCHEMAS}
    return _Validator(root, format_checker=_formats)
`;
