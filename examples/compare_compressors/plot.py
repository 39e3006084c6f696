"""The results as SVG, by hand: two panels, a line for each choice, its name at its end."""

import html
import math

from choices import FULL

COLOURS = {  # Okabe and Ito's, which most colour-blind readers tell apart
    "baseline": "#6e6e6e",
    "place": "#009e73",
    "keys": "#0072b2",
    "queries": "#d55e00",
    "values": "#cc79a7",
    "rows": "#8e5ea2",
    "learned": "#b8860b",
    "yours": "#000000",
}
WIDTH, HEIGHT = 1180, 600
TOP, BOTTOM = 132, 78  # of the page, above and below the panels
PANEL = 340  # the width of one; names take the rest
LEFTS = (76, 668)
GAP = 14.5  # between two names
LEAST = 1e-4  # a divergence below is shown there
FONT = "font-family=\"'Helvetica Neue', Helvetica, Arial, sans-serif\""


class Axis:
    """Numbers to pixels, by logarithms or not."""

    def __init__(self, low, high, start, end, logarithmic):
        self.scale = math.log if logarithmic else float
        self.low, self.high = self.scale(low), self.scale(high)
        self.start, self.end = start, end

    def __call__(self, value):
        share = (self.scale(value) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def text(x, y, words, size=12, colour="#333333", anchor="start", more=""):
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" '
        f'text-anchor="{anchor}" {more}>{html.escape(words)}</text>'
    )


def line(x1, y1, x2, y2, colour, width=1.0):
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        f'stroke-width="{width}"/>'
    )


def apart(wanted, low, high):
    """Moves heights as little as keeps them GAP apart and within the panel."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    gap = min(GAP, (high - low) / max(1, len(wanted) - 1))
    placed = [wanted[i] for i in order]
    for _ in range(500):
        for i in range(len(placed) - 1):
            overlap = gap - (placed[i + 1] - placed[i])
            if overlap > 0:
                placed[i] -= overlap / 2
                placed[i + 1] += overlap / 2
        for i in range(len(placed)):
            placed[i] = min(max(placed[i], low + i * gap), high - (len(placed) - 1 - i) * gap)
    heights = [0.0] * len(wanted)
    for i, height in zip(order, placed):
        heights[i] = height
    return heights


def ticks(low, high):
    """1, 2 and 5 times the powers of ten in between."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    marks = [factor * 10.0**power for power in powers for factor in (1, 2, 5)]
    return [mark for mark in marks if low <= mark <= high]


class Panel:
    """One measure against the share of bytes; smaller caches to the right."""

    def __init__(self, left, title, curves, y, marks, shares):
        self.left, self.title, self.curves = left, title, curves
        self.right = left + PANEL
        self.x = Axis(1.0, min(shares) * 0.94, left, self.right, True)
        self.y, self.marks, self.shares = y, marks, shares

    def frame(self):
        out = [text(self.left, TOP - 16, self.title, 14, "#111111", more='font-weight="600"')]
        for mark, shown in self.marks:
            out.append(line(self.left, self.y(mark), self.right, self.y(mark), "#e6e6e6"))
            out.append(text(self.left - 8, self.y(mark) + 4, shown, 11, "#666666", "end"))
        bottom = HEIGHT - BOTTOM
        for share in [1.0, 0.75, 0.5, 0.35, 0.25, 0.18, 0.125, 0.09, 0.0625]:
            if share < min(self.shares) * 0.94:
                continue
            x = self.x(share)
            out.append(line(x, bottom, x, bottom + 5, "#999999"))
            shown = f"{100 * share:.3g} %"
            out.append(text(x, bottom + 19, shown, 11, "#666666", "middle"))
        out.append(line(self.left, bottom, self.right, bottom, "#999999"))
        words = "bytes of the cache behind the prompt, share of the full one"
        out.append(text((self.left + self.right) / 2, bottom + 42, words, 12, anchor="middle"))
        return out

    def draw(self):
        out = self.frame()
        ends = [self.y(points[-1][1]) for _, points in self.curves]
        heights = apart(ends, TOP, HEIGHT - BOTTOM - 2)
        for (choice, points), end, height in zip(self.curves, ends, heights):
            colour = COLOURS[choice.family]
            width = 2.6 if choice.family == "yours" else 1.8
            dashes = 'stroke-dasharray="5 3.5"' if choice.at_every_step else ""
            path = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in points)
            out.append(
                f'<polyline points="{path}" fill="none" stroke="{colour}" '
                f'stroke-width="{width}" stroke-linejoin="round" {dashes}/>'
            )
            for x, y in points:
                fill = "#ffffff" if choice.at_every_step else colour
                out.append(
                    f'<circle cx="{self.x(x):.1f}" cy="{self.y(y):.1f}" r="3" fill="{fill}" '
                    f'stroke="{colour}" stroke-width="1.4"/>'
                )
            last = self.x(points[-1][0])
            label = self.right + 30
            out.append(
                f'<path d="M{last + 5:.1f},{end:.1f} C{label - 14:.1f},{end:.1f} '
                f'{label - 16:.1f},{height:.1f} {label - 4:.1f},{height:.1f}" fill="none" '
                f'stroke="{colour}" stroke-width="0.7" opacity="0.55"/>'
            )
            out.append(text(label, height + 4, choice.name, 12, colour))
        return out


def curves_of(rows, value, with_full):
    """(choice, [(share of bytes, value)]) of each choice, the largest cache first."""
    full = next(row for row in rows if row.choice.name == FULL)
    curves = {}
    for row in rows:
        share = row.figures["cache bytes"] / full.figures["cache bytes"]
        curves.setdefault(row.choice.name, (row.choice, []))[1].append((share, value(row.figures)))
    start = curves.pop(FULL)[1] if with_full else curves.pop(FULL)[1][:0]
    return [(choice, start + sorted(points, reverse=True)) for choice, points in curves.values()]


def legend(families):
    out, x = [], float(LEFTS[0])
    words = {
        "baseline": "baseline",
        "place": "chooses by place",
        "keys": "by keys",
        "queries": "by queries",
        "values": "merges values",
        "rows": "smaller rows",
        "learned": "learned",
        "yours": "yours",
    }
    for family in families:
        out.append(f'<circle cx="{x + 5:.1f}" cy="78" r="4.5" fill="{COLOURS[family]}"/>')
        out.append(text(x + 15, 82, words[family], 12, COLOURS[family]))
        x += 15 + 7.0 * len(words[family]) + 18
    shown = "dashed: at every step; else once the prompt is read"
    out.append(text(x + 6, 82, shown, 12, "#666666"))
    return out


def plot(rows, prompt):
    full = next(row for row in rows if row.choice.name == FULL).figures
    divergences = curves_of(
        rows, lambda figures: max(figures.get("divergence", 0.0), LEAST), False
    )
    values = [value for _, points in divergences for _, value in points]
    shares = [share for _, points in divergences for share, _ in points]
    low, high = min(values) / 1.3, max(values) * 1.3
    bottom = HEIGHT - BOTTOM
    panels = [
        Panel(
            LEFTS[0],
            "KL(full | compressed) of the next token, nats",
            divergences,
            Axis(low, high, bottom, TOP, True),
            [(mark, "≤ 0.0001" if mark <= LEAST else f"{mark:g}") for mark in ticks(low, high)],
            shares,
        )
    ]
    if full["asked"]:
        panels.append(
            Panel(
                LEFTS[1],
                f"answers recalled, of {full['asked']:.0f}",
                curves_of(rows, lambda figures: figures["recalled"] / figures["asked"], True),
                Axis(0.0, 1.0, bottom, TOP, False),
                [(mark / 100, f"{mark} %") for mark in range(0, 101, 20)],
                shares,
            )
        )
    families = [
        family for family in COLOURS if any(choice.family == family for choice, _ in divergences)
    ]
    subtitle = (
        f"{full['documents']:.0f} texts: {prompt} tokens of prompt, then "
        f"{full['tokens'] / full['documents']:.0f} more on average, given one by one"
    )
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" {FONT}>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        text(LEFTS[0], 34, "What a smaller cache costs", 20, "#111111", more='font-weight="600"'),
        text(LEFTS[0], 55, subtitle, 13, "#555555"),
        *legend(families),
    ]
    for panel in panels:
        out += panel.draw()
    return "\n".join([*out, "</svg>"]) + "\n"
