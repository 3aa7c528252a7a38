/** What every Python model is made of: `_base.py`, without its header. */
export const baseModule = `"""What the models of this package have in common."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Strict,
    ValidationInfo,
    model_validator,
)


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


def _whole(value: Any) -> Any:
    """In JSON, \`1.0\` and \`1\` are the same."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Integer = Annotated[int, Strict(), BeforeValidator(_whole)]
"""An integer of any size. Text is not converted."""

Number = Annotated[int, Strict()] | Annotated[float, Strict()]
"""An integer or a float, as it was written."""

Boolean = Annotated[bool, Strict()]
"""True or false. Text and numbers are not converted."""


class EventData(BaseModel):
    """Base class of all models. Properties that a model does not describe are kept.

    \`model_dump_json(by_alias=True, exclude_unset=True)\` writes what was read or set.
    """

    model_config = ConfigDict(
        alias_generator=_camel_case,
        extra="allow",
        hide_input_in_errors=True,
        protected_namespaces=(),
    )

    @model_validator(mode="before")
    @classmethod
    def _accept_field_names(cls, data: Any, info: ValidationInfo) -> Any:
        """Code uses the names of fields. JSON has only its own: another one is a newer property."""
        if info.mode == "json" or not isinstance(data, dict):
            return data
        fields = cls.model_fields
        return {
            str(fields[name].validation_alias) if name in fields else name: value
            for name, value in data.items()
        }


class OpenEnum(str, Enum):
    """Text with known values. A newer value is kept as a member that is not known."""

    @classmethod
    def _missing_(cls, value: object) -> OpenEnum | None:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = value
        member._value_ = value
        return member

    @property
    def is_known(self) -> bool:
        """Whether the catalog had this value when the models were generated."""
        return self._value_ in type(self)._value2member_map_
`;
