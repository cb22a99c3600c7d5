"""Charts as SVG. Colours come from the style sheet of the page, so they follow the light or dark scheme."""

import math
from xml.etree.ElementTree import Element

from fraud_report.html import h

WIDTH, HEIGHT = 420, 280
LEFT, RIGHT, TOP, BOTTOM = 50, 14, 12, 42
TENTHS = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]


def across(share: float) -> float:
    """The place in the drawing of a share of the width."""
    return round(LEFT + share * (WIDTH - LEFT - RIGHT), 2)


def up(share: float) -> float:
    return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 2)


def chart(label: str, x_name: str, y_name: str, y_ticks: list[tuple[float, str]], *marks: Element) -> Element:
    """A frame with the shares 0 to 1 across. `y_ticks` has the share of the height and the text of each."""
    grid = [h("line", class_="grid", x1=across(0), x2=across(1), y1=up(y), y2=up(y)) for y, _ in y_ticks]
    y_texts = [h("text", text, x=LEFT - 8, y=up(y) + 4, text_anchor="end") for y, text in y_ticks]
    x_texts = [h("text", f"{x:g}", x=across(x), y=HEIGHT - BOTTOM + 18, text_anchor="middle") for x in TENTHS]
    names = [
        h("text", x_name, x=across(0.5), y=HEIGHT - 6, text_anchor="middle"),
        h("text", y_name, transform=f"translate(13 {up(0.5)}) rotate(-90)", text_anchor="middle"),
    ]
    drawn = [*grid, *y_texts, *x_texts, *names, *marks]
    return h("svg", *drawn, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", aria_label=label)


def share_ticks() -> list[tuple[float, str]]:
    return [(each, f"{each:g}") for each in TENTHS]


def line(points: list[tuple[float, float]], kind: str) -> Element:
    places = " ".join(f"{across(x)},{up(y)}" for x, y in points)
    return h("polyline", points=places, class_=f"curve {kind}")


def dot(x: float, y: float, kind: str, text: str) -> Element:
    return h("circle", h("title", text), cx=across(x), cy=up(y), r=4, class_=f"dot {kind}")


def interval(x: float, low: float, high: float, kind: str) -> Element:
    return h("line", x1=across(x), x2=across(x), y1=up(low), y2=up(high), class_=f"interval {kind}")


def short(count: int) -> str:
    return next(
        f"{count // size}{sign}" for size, sign in ((10**6, "M"), (1000, "k"), (1, "")) if count >= size
    )


def log_bars(label: str, x_name: str, y_name: str, series: list[tuple[str, str, list[int]]]) -> Element:
    """Bars of counts in equal parts of 0 to 1, on a logarithmic scale. `series` has name, kind and counts."""
    most = max((count for _, _, counts in series for count in counts), default=0)
    # 0 is at the foot, and 1 one step above it.
    decades = max(1, math.ceil(math.log10(most))) if most > 0 else 1

    def height(count: int) -> float:
        return (1 + math.log10(count)) / (1 + decades) if count else 0

    ticks = [(0.0, "0"), *((height(10**each), short(10**each)) for each in range(decades + 1))]
    marks = []
    for place, (name, kind, counts) in enumerate(series):
        wide = 1 / len(counts)
        for number, count in enumerate(counts):
            between = f"{number * wide:.2f} to {(number + 1) * wide:.2f}"
            left = across((number + 0.1 + 0.8 * place / len(series)) * wide)
            width = round(0.8 / len(series) * wide * (WIDTH - LEFT - RIGHT), 2)
            top = up(height(count))
            title = h("title", f"{name}, {between}: {count:,}")
            bar = {"x": left, "y": top, "width": width, "height": round(up(0) - top, 2)}
            marks.append(h("rect", title, class_=f"bar {kind}", **bar))
    return chart(label, x_name, y_name, ticks, *marks)
