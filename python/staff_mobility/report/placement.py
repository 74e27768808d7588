"""Finds places for the labels of a scatter plot so that they cover neither each other nor the points."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

# Pixels between a point and the nearest edge of its label; the near ones first.
DISTANCES = (5, 11, 19, 29, 41, 55, 71, 89, 109)
DIRECTIONS = 16
# Passes over all labels: each is placed anew with the others known.
PASSES = 6
POINT_RADIUS = 4.0
# A longer way from the point than this gets a line.
LEADER_FROM = 8.0

Point = tuple[float, float]
Line = tuple[Point, Point]


@dataclass(frozen=True)
class Box:
    """Rectangle by its centre, in pixels."""

    x: float
    y: float
    width: float
    height: float

    def overlap(self, other: "Box") -> float:
        """Area that both cover."""
        if not self.meets(other):
            return 0.0
        width = (self.width + other.width) / 2 - abs(self.x - other.x)
        height = (self.height + other.height) / 2 - abs(self.y - other.y)
        return width * height

    def meets(self, other: "Box") -> bool:
        """Tell whether the two have a point inside both, also when one of them is a mere line."""
        return (
            abs(self.x - other.x) < (self.width + other.width) / 2
            and abs(self.y - other.y) < (self.height + other.height) / 2
        )

    def nearest(self, x: float, y: float) -> Point:
        """Point of the rectangle that is nearest to (x, y)."""
        return (
            min(max(x, self.x - self.width / 2), self.x + self.width / 2),
            min(max(y, self.y - self.height / 2), self.y + self.height / 2),
        )


@dataclass(frozen=True)
class Placed:
    """A label's rectangle and the line from its point to the nearest place on the rectangle."""

    box: Box
    line: Line

    @property
    def needs_leader(self) -> bool:
        """True when the label stands so far from its point that the line must be drawn."""
        return math.dist(*self.line) > LEADER_FROM


@cache
def place_labels(points: tuple[Point, ...], sizes: tuple[Point, ...], area: Point) -> tuple[Placed, ...]:
    """Place a label of each size (width, height) near its point within `area` (width, height).

    All numbers are pixels from one corner of the area. Greedy with a few passes: good enough for some dozens
    of labels, and the same input always gives the same places.
    """
    dots = [Box(x, y, 2 * POINT_RADIUS, 2 * POINT_RADIUS) for x, y in points]
    candidates = [_candidates(point, size, area) for point, size in zip(points, sizes, strict=True)]
    order = sorted(range(len(points)), key=lambda index: (-_crowd(points, index), index))
    boxes: dict[int, Box] = {}
    for _ in range(PASSES):
        for index in order:
            others = [
                Placed(box, _line(points[other], box)) for other, box in boxes.items() if other != index
            ]
            boxes[index] = _best(candidates[index], points[index], others, dots)
    return tuple(Placed(boxes[index], _line(point, boxes[index])) for index, point in enumerate(points))


def _crowd(points: Sequence[Point], index: int) -> int:
    """Count neighbours: the most crowded point chooses first."""
    return sum(math.dist(points[index], other) < 40 for other in points)


def _candidates(point: Point, size: Point, area: Point) -> list[Box]:
    boxes = [
        _beside(point, size, distance, 2 * math.pi * step / DIRECTIONS)
        for distance in DISTANCES
        for step in range(DIRECTIONS)
    ]
    inside = [box for box in boxes if _inside(box, area)] or boxes[:1]
    return sorted(inside, key=lambda box: math.dist(point, box.nearest(*point)))


def _beside(point: Point, size: Point, distance: float, angle: float) -> Box:
    """Rectangle whose edge is `distance` from the point in the direction of `angle`."""
    width, height = size
    x = point[0] + math.cos(angle) * (distance + width / 2)
    y = point[1] + math.sin(angle) * (distance + height / 2)
    return Box(round(x, 2), round(y, 2), width, height)


def _inside(box: Box, area: Point) -> bool:
    return (
        box.width / 2 <= box.x <= area[0] - box.width / 2
        and box.height / 2 <= box.y <= area[1] - box.height / 2
    )


def _line(point: Point, box: Box) -> Line:
    return point, box.nearest(*point)


def _best(
    candidates: Sequence[Box],
    point: Point,
    others: Sequence[Placed],
    dots: Sequence[Box],
) -> Box:
    """Cheapest place; the candidates stand by distance, and no place is cheaper than its distance."""
    best, lowest = candidates[0], math.inf
    for box in candidates:
        distance = math.dist(point, box.nearest(*point))
        if distance >= lowest:
            break
        cost = distance + _harm(box, point, others, dots)
        if cost < lowest:
            best, lowest = box, cost
    return best


def _harm(box: Box, point: Point, others: Sequence[Placed], dots: Sequence[Box]) -> float:
    """What a place spoils: covered labels and points weigh most, then lines through labels or lines."""
    end = box.nearest(*point)
    covered = sum(box.overlap(dot) for dot in dots) + sum(box.overlap(other.box) for other in others)
    spoilt = sum(
        _crosses((point, end), other.line) + _passes(other.line, box) + _passes((point, end), other.box)
        for other in others
    )
    return 50 * covered + 150 * spoilt


def _crosses(one: Line, other: Line) -> bool:
    """Tell whether the two lines cross."""
    (a, b), (c, d) = one, other
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _passes(line: Line, box: Box) -> bool:
    """Tell whether the line runs through the rectangle (looked at in six places)."""
    (x, y), (to_x, to_y) = line
    if not box.meets(Box((x + to_x) / 2, (y + to_y) / 2, abs(x - to_x), abs(y - to_y))):
        return False
    shares = [step / 7 for step in range(1, 7)]
    return any(box.meets(Box(x + (to_x - x) * share, y + (to_y - y) * share, 0, 0)) for share in shares)
