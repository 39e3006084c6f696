"""What is compared: what each choice puts into the slots of services/compare.h, and its flags."""

import dataclasses
import typing

FULL = "full cache"


@dataclasses.dataclass(frozen=True)
class Choice:
    name: str
    family: str  # of which all have one colour
    slots: dict  # e.g. {"Compressor": "SnapKv"}
    settings: typing.Callable  # budgets in tokens -> [(what is shown, {flag: value})]
    at_every_step: bool = False  # or once the prompt is read


def keeping(flags):
    """Settings of what keeps a number of tokens, by the flags that say so."""
    return lambda budgets: [(f"{budget} tokens", flags(budget)) for budget in budgets]


def budget_alone(budget):
    return {"compressor.budget": budget}


def with_window(budget):
    """A quarter of the budget, and at most 32 tokens, decide and stay."""
    return {"compressor.budget": budget, "compressor.window": max(1, min(32, budget // 4))}


def half_of_them_recent(budget):
    return {"compressor.budget": budget, "compressor.recent": budget // 2}


def selector(name, family, flags=budget_alone, at_every_step=False):
    return Choice(name, family, {"Compressor": name}, keeping(flags), at_every_step)


CHOICES = [
    Choice(FULL, "baseline", {"Compressor": "NoCompression"}, lambda budgets: [("all", {})]),
    selector("RandomTokens", "baseline"),
    selector(
        "StreamingLlm",
        "place",
        lambda budget: {"compressor.sinks": 4, "compressor.window": budget - 4},
        at_every_step=True,
    ),
    selector("Knorm", "keys"),
    selector("KeyDiff", "keys"),
    selector("HybridSampling", "keys", half_of_them_recent),
    selector("SnapKv", "queries", with_window),
    selector("PyramidKv", "queries", with_window),
    Choice(
        "AdaKv",
        "queries",
        {"Compressor": "AdaKv", "Cache": "RaggedKv", "Attention": "RaggedAttention"},
        keeping(with_window),
    ),
    selector("ExpectedAttention", "queries"),
    selector("Tova", "queries", at_every_step=True),
    selector("H2o", "queries", half_of_them_recent, at_every_step=True),
    selector(
        "Decoding<SnapKv>",
        "queries",
        lambda budget: {**with_window(budget), "compressor.interval": 16},
        at_every_step=True,
    ),
    selector("Merging<SnapKv>", "values", with_window),
    selector("Cam", "values", half_of_them_recent, at_every_step=True),
    Choice(
        "SnapKv in PagedKv",
        "queries",
        {"Compressor": "SnapKv", "Cache": "PagedKv", "Attention": "PagedAttention"},
        keeping(lambda budget: {**with_window(budget), "kv_cache.block": 16}),
    ),
    Choice(
        "ThinK",
        "rows",
        {"Compressor": "ThinK", "Cache": "NarrowKv", "Attention": "NarrowAttention"},
        lambda budgets: [
            (f"{percent} % of the channels", {"compressor.ratio": 1 - percent / 100})
            for percent in (75, 50, 25)
        ],
    ),
    Choice(
        "MiniCache",
        "rows",
        {"Compressor": "MiniCache", "Cache": "PairedKv", "Attention": "PairedAttention"},
        lambda budgets: [
            (f"the last {percent} % of layers", {"compressor.depth": 1 - percent / 100})
            for percent in (40, 80)
        ],
    ),
    Choice(
        "KiviKv",
        "rows",
        {"Compressor": "NoCompression", "Cache": "KiviKv", "Attention": "KiviAttention"},
        lambda budgets: [
            (f"{bits} bits", {"kv_cache.bits": bits, "kv_cache.residual": 32}) for bits in (8, 4, 2)
        ],
    ),
]


def own_choice(slots, flags):
    """A choice of the user's; `flags` like compressor.keep={budget}."""

    def settings(budgets):
        shown = keeping(lambda budget: {k: v.format(budget=budget) for k, v in flags.items()})
        return shown(budgets) if flags else keeping(budget_alone)(budgets)

    name = slots.get("Compressor") or " ".join(slots.values())
    return Choice(name, "yours", {"Compressor": "NoCompression", **slots}, settings)
