"""The results as Markdown."""

import dataclasses

from choices import FULL, Choice


@dataclasses.dataclass
class Row:
    choice: Choice
    shown: str  # of the setting, e.g. 128 tokens
    figures: dict  # what the program reported


def is_full(row):
    return row.choice.name == FULL


def divergence(figures):
    """Four digits; what is less is not nothing, unless it is the full cache."""
    value = figures.get("divergence", 0.0)
    return f"{value:.4f}" if value == 0.0 or value >= 5e-5 else "< 0.0001"


def recalled(row):
    asked = row.figures["asked"]
    return f"{100 * row.figures['recalled'] / asked:.0f} %" if asked else ""


def lines_of(header, rows):
    yield "| " + " | ".join(header) + " |"
    yield "|" + "---|" * len(header)
    for cells in rows:
        yield "| " + " | ".join(cells) + " |"


def by_setting(rows, cell):
    """A line for each choice, the best first; a column for each setting. Choices of other settings
    have a table of their own."""
    choices, tables = {}, {}
    for row in rows:
        if not is_full(row):
            choices.setdefault(row.choice.name, []).append(row)
    for of_choice in sorted(choices.values(), key=best):
        tables.setdefault(tuple(row.shown for row in of_choice), []).append(of_choice)
    for settings, of_settings in sorted(tables.items(), key=lambda item: -len(item[1])):
        body = [[f"`{own[0].choice.name}`", *map(cell, own)] for own in of_settings]
        yield from lines_of(["", *settings], body)
        yield ""


def best(rows):
    return min(row.figures["divergence"] for row in rows)


def details(rows):
    full = next(row for row in rows if is_full(row)).figures
    header = ["", "kept", "cache, KiB", "of the full one", "with what it notes, KiB"]
    header += ["KL", "NLL", "recalled", "tokens/s", "of the full cache's"]
    header += ["compressing, of the prompt's time", "of decoding's"]
    body = []
    for row in rows:
        figures = row.figures
        body.append([
            f"`{row.choice.name}`" if not is_full(row) else FULL,
            row.shown,
            f"{figures['cache bytes'] / 1024:.0f}",
            f"{100 * figures['cache bytes'] / full['cache bytes']:.0f} %",
            f"{figures['live bytes'] / 1024:.0f}",
            divergence(figures),
            f"{figures['nll']:.4f}",
            f"{figures['recalled']:.0f} of {figures['asked']:.0f}" if figures["asked"] else "",
            f"{figures['decoded tokens/s']:.0f}",
            f"{figures['decoded tokens/s'] / full['decoded tokens/s']:.2f}",
            f"{100 * figures['prompt compressing']:.1f} %",
            f"{100 * figures['decode compressing']:.1f} %",
        ])  # fmt: skip
    return lines_of(header, body)


def table(rows, prompt):
    full = next(row for row in rows if is_full(row))
    figures = full.figures
    parts = [
        "<!-- Written by `compare`, beside plot.svg. -->",
        "# Compressors, compared",
        "",
        f"{figures['documents']:.0f} texts; {prompt} tokens of each are its prompt, and the "
        f"{figures['tokens']:.0f} tokens behind are given one by one. With the full cache the "
        f"negative log-likelihood of a token is {figures['nll']:.4f}"
        + (f", and {recalled(full)} of {figures['asked']:.0f} answers are recalled." if
           figures["asked"] else "."),
        "",
        "KL(full | compressed) of the next token, in nats:",
        "",
        *by_setting(rows, lambda row: divergence(row.figures)),
    ]  # fmt: skip
    if figures["asked"]:
        parts += ["Answers recalled whose facts stand in the prompt:", ""]
        parts += by_setting(rows, recalled)
    parts += [
        "All figures. The cache is measured behind the prompt, by what is allocated; *with what it "
        "notes* are all live bytes beside the model's.",
        "",
        *details(rows),
    ]
    return "\n".join(parts) + "\n"
