"""Records: what a JSON file of this program contains, checked while it is read.

Files come from anywhere, so a record is strict: numbers are numbers, within bounds, and a file that is nested too
deep or holds a number of a thousand digits is refused like any other damage. Unknown keys are ignored, so that files
of newer versions can be read.
"""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mariel.errors import CheckpointError

Count = Annotated[int, Field(ge=0, le=2**53)]
"""A whole number that is not negative, small enough for every program that reads JSON."""

FiniteFloat = Annotated[float, Field(allow_inf_nan=False)]
"""A number that is neither infinite nor NaN."""

Seconds = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
"""A duration or a Unix time."""


class Record(BaseModel):
    """Base class of records: strict, immutable, and written with the infinities and NaN that JSON lacks."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, ser_json_inf_nan="constants")

    @classmethod
    def from_json(cls, content: bytes | str, origin: str) -> Self:
        """The record that a JSON text contains.

        Args:
            content: the text.
            origin: what messages call the place it comes from, such as a quoted path.

        Raises:
            CheckpointError: the text is damaged; the message names origin and field.
        """
        try:
            return cls.model_validate_json(content)
        except ValidationError as error:
            raise CheckpointError(f"{origin} is damaged: {describe_error(error)}") from None

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, strings, lists and dictionaries, for JSON."""
        return self.model_dump(mode="json")

    def replace(self, **changes: Any) -> Self:
        """This record with some values changed, and checked again."""
        return type(self)(**{**dict(self), **changes})


def describe_error(error: ValidationError) -> str:
    """The first thing that is wrong with a JSON text: the field, and what was expected there."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    field = ".".join(map(str, first["loc"]))
    if first["type"] == "missing":
        return f"{field} is missing"
    text = first["msg"][0].lower() + first["msg"][1:]
    text = text.removeprefix("value error, ")
    return f"{field}: {text}" if field else text
