"""A value that an object works out when it is first asked for, without the lock of functools.cached_property."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

Value = TypeVar("Value")


class once(Generic[Value]):  # noqa: N801  reads as a decorator
    """Keeps the value in the object's dictionary, where the next look finds it. Two threads may both work it out."""

    def __init__(self, work_out: Callable[[Any], Value]) -> None:
        self._work_out = work_out
        self.__doc__ = work_out.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, of: None, owner: type) -> "once[Value]": ...
    @overload
    def __get__(self, of: object, owner: type) -> Value: ...
    def __get__(self, of: object | None, owner: type) -> "once[Value] | Value":
        if of is None:
            return self
        value = of.__dict__[self._name] = self._work_out(of)
        return value
