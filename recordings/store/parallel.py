"""The same thing for many objects, a few at a time: the place answers several, and waiting is most of the work."""

from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Answer = TypeVar("Answer")

HANDS = 4
WORTH_IT = 8  # fewer than these are done sooner than threads are started


def each(do: Callable[[Sequence[str]], Iterable[Answer]], names: Collection[str]) -> list[Answer]:
    """The answers of `do`, which takes several names at once, in no order. The first error rises when all are done."""
    listed = list(names)
    if len(listed) < WORTH_IT:
        return list(do(listed))
    with ThreadPoolExecutor(HANDS, thread_name_prefix="store") as hands:
        shares = [listed[hand::HANDS] for hand in range(HANDS)]
        return [answer for done in hands.map(lambda share: list(do(share)), shares) for answer in done]
