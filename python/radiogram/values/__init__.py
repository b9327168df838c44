"""Values of elements as Python objects, as pydicom gives them.

Examples
--------
>>> from radiogram.values import DSfloat, PersonName
>>> DSfloat("1.50") * 2, str(DSfloat("1.50"))
(3.0, '1.50')
>>> PersonName("Doe^Jane").given_name
'Jane'
"""

from __future__ import annotations

from radiogram.values.date_time import DA, DT, TM
from radiogram.values.multi_value import MultiValue
from radiogram.values.number import DS, IS, DSfloat, ISfloat
from radiogram.values.person_name import PersonName

# Not typing's: the module costs a fifth of the time that `import radiogram` may take.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from radiogram.values.code import Code
    from radiogram.values.exact import DSdecimal

__all__ = [
    "DA",
    "DS",
    "DT",
    "IS",
    "TM",
    "Code",
    "DSdecimal",
    "DSfloat",
    "ISfloat",
    "MultiValue",
    "PersonName",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401  # what a module attribute is
    # `decimal` costs more to import than the rest of the package, and few ask for it.
    if name == "DSdecimal":
        from radiogram.values.exact import DSdecimal

        return DSdecimal
    if name == "Code":
        from radiogram.values.code import Code

        return Code
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
