"""Just enough linear algebra for symmetric matrices of a few hundred rows, in plain Python floats."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum, sqrt
from operator import mul

Vector = list[float]
Matrix = list[Vector]


def dot(a: Sequence[float], b: Sequence[float]) -> float:
    """The inner product, its sum rounded once. The shorter one decides how far."""
    return fsum(map(mul, a, b))


def times(matrix: Sequence[Sequence[float]], vector: Sequence[float]) -> Vector:
    """matrix x vector."""
    return [dot(row, vector) for row in matrix]


def cholesky(matrix: Sequence[Sequence[float]], diagonal: Sequence[float], least: float = 0.0) -> Matrix | None:
    """The lower triangle L of matrix + diag(diagonal) = L L', its rows as long as they need to be.

    None when a pivot is not above `least`: the matrix is not positive definite (to that measure).
    """
    rows: Matrix = []
    for at, source in enumerate(matrix):
        row: Vector = []
        for before, value in zip(rows, source, strict=False):
            row.append((value - sum(map(mul, row, before))) / before[-1])
        pivot = source[at] + diagonal[at] - sum(map(mul, row, row))
        if not pivot > least:
            return None
        row.append(sqrt(pivot))
        rows.append(row)
    return rows


def solve(factor: Matrix, right: Sequence[float]) -> Vector:
    """x of L L' x = right."""
    half: Vector = []
    for row, value in zip(factor, right, strict=True):
        half.append((value - sum(map(mul, row, half))) / row[-1])
    left = half[:]
    for at in range(len(factor) - 1, -1, -1):
        row = factor[at]
        value = left[at] = left[at] / row[-1]
        for column in range(at):
            left[column] -= row[column] * value
    return left


def solve_well(
    matrix: Sequence[Sequence[float]], diagonal: Sequence[float], factor: Matrix, right: Sequence[float]
) -> Vector:
    """The same, with two steps of iterative refinement: what a badly conditioned factor lost comes back."""
    found = solve(factor, right)
    for _ in range(2):
        product = times(matrix, found)
        rest = [b - ax - d * x for b, ax, d, x in zip(right, product, diagonal, found, strict=True)]
        found = [x + more for x, more in zip(found, solve(factor, rest), strict=True)]
    return found
