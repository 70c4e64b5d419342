"""The usage screen's text: budgets, charts, and what each turn of the conversation took."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from textual.content import Content

from grafftui.text import one_line
from grafftui.ui import figures
from grafftui.ui.places import home_as_tilde
from grafftui.ui.themes import Signs
from grafftui.ui.widgets.charts import bar, columns

if TYPE_CHECKING:
    from grafftui.core.budgets import Limit
    from grafftui.history.costs import ConversationCost, Figures, ToolCost, TurnCost
    from grafftui.ui.usage_report import UsageReport

CHART_LINES: Final = 5
_BAR_CELLS: Final = 16
_MOST_NAMES: Final = 8
"""Models, projects … that have a line of their own."""
_MOST_TURNS: Final = 50
_UNKNOWN: Final = "not known"
_NO_LIST: Final = ("provider", "unknown")


@dataclass(frozen=True, slots=True)
class Drawing:
    """Draws a report.

    Args:
        width: Cells there are.
        in_tokens: Whether the charts count tokens; else US dollars.
    """

    report: UsageReport
    width: int
    signs: Signs
    ascii: bool
    in_tokens: bool

    def drawn(self) -> Content:
        """All of it."""
        report = self.report
        sections = [
            self._budgets(report.limits),
            self._days(),
            self._named("By model", report.models, lambda name: name),
            self._named("By project", report.projects, home_as_tilde),
            self._named("By agent", report.agents, lambda name: name, least=2),
            self._named("By purpose", report.purposes, lambda name: name, least=2),
            self._conversation(report.conversation),
            self._prices(),
        ]
        lines = [Content("\n").join(section) for section in sections if section]
        return Content("\n\n").join(lines)

    # -- budgets ---------------------------------------------------------------------------

    def _budgets(self, limits: Sequence[Limit]) -> list[Content]:
        return [_head("Budget"), *map(self._budget, limits)] if limits else []

    def _budget(self, limit: Limit) -> Content:
        which = "Today" if limit.reach == "day" else "This conversation"
        most = limit.hard if limit.hard is not None else limit.soft or 0.0
        share = min(1.0, limit.used / most) if most else 0.0
        full = round(share * _BAR_CELLS)
        shown = self.signs.bar_full * full + self.signs.bar_empty * (_BAR_CELLS - full)
        style = "$text-error" if share >= 1 and limit.hard is not None else "$text-accent"
        words = f"{limit.said(limit.used)} of {limit.said(most)}"
        words += "" if limit.hard is not None else ", then you are told"
        line = Content.assemble(f"{which:<18}  ", (shown, style), f"  {words}")
        if limit.unpriced and limit.unit == "dollars":
            line += Content.styled(f"  + {_unpriced(limit.unpriced)}", "$text-warning")
        return line

    # -- the last days ---------------------------------------------------------------------

    def _days(self) -> list[Content]:
        days, total = self.report.days, self.report.total
        head = self._line(_head(f"Last {len(days)} days"), self._sum(total))
        if not total.requests:
            return [_head(f"Last {len(days)} days"), _muted("Nothing was asked of any model.")]
        values = [self._amount(one) for one in days.values()]
        wide = max(1, min(3, (self.width - 12) // len(days)))
        drawn = columns(values, CHART_LINES, ascii=self.ascii, width=wide)
        lines = [Content.styled(line, "$text-accent") for line in drawn]
        lines[0] += Content.styled(f"  {self._said(max(values))}", "$text-muted")
        first, last = (_day(list(days)[at]) for at in (0, -1))
        gap = " " * max(1, len(days) * wide - len(first) - len(last) - (wide > 1))
        return [head, *lines, _muted(f"{first}{gap}{last}")]

    def _named(
        self,
        title: str,
        found: Mapping[str, Figures],
        name: Callable[[str], str],
        *,
        least: int = 1,
    ) -> list[Content]:
        """A bar for each name; nothing where there are fewer than `least`."""
        if len(found) < least or not found:
            return []
        most = max(map(self._amount, found.values())) or 1.0
        ordered = sorted(found.items(), key=lambda item: -self._amount(item[1]))
        lines = [
            self._bar(name(key), self._amount(figures_) / most, figures_)
            for key, figures_ in ordered[:_MOST_NAMES]
        ]
        if rest := ordered[_MOST_NAMES:]:
            total = _total(figures_ for _, figures_ in rest)
            lines.append(self._bar(f"{len(rest)} more", 0.0, total))
        return [_head(title), *lines]

    def _bar(self, name: str, share: float, counted: Figures) -> Content:
        room = max(10, min(40, self.width - _BAR_CELLS - 34))
        if len(name) > room:
            name = f"…{name[1 - room :]}"  # of a path, and of a model, the end tells more
        shown = Content(one_line(name or _UNKNOWN, room))
        gap = " " * (room - shown.cell_length + 2)
        drawn = bar(share, _BAR_CELLS, ascii=self.ascii).ljust(_BAR_CELLS)
        left = Content.assemble(shown, gap, (drawn, "$text-accent"))
        return self._line(left, self._sum(counted, short=True))

    # -- the conversation ------------------------------------------------------------------

    def _conversation(self, cost: ConversationCost | None) -> list[Content]:
        if cost is None or not cost.turns:
            return []
        lines = [self._line(_head("This conversation"), self._sum(cost.figures)), self._columns()]
        for turn in reversed(cost.turns[-_MOST_TURNS:]):
            lines += self._turn(turn)
        if earlier := cost.turns[:-_MOST_TURNS]:
            total = _total(turn.figures for turn in earlier)
            lines.append(self._line(_muted(f"{len(earlier)} earlier turns"), _counts(total)))
        return lines

    def _columns(self) -> Content:
        return self._line(_muted("turn"), _muted(_cells("sent", "cached", "answered", "cost")))

    def _turn(self, turn: TurnCost) -> list[Content]:
        counts = _counts(turn.figures, "≈" if turn.estimated and not self.ascii else "")
        room = max(8, self.width - counts.cell_length - 2)
        prompt = Content(one_line(turn.prompt.strip() or "…", room))
        if turn.rewound:
            prompt = prompt.stylize("$text-muted strike")
        return [self._line(prompt, counts), *self._tools(turn.calls)]

    def _tools(self, calls: Sequence[ToolCost]) -> list[Content]:
        """What the results of each tool added to the prompts after them."""
        by_tool: dict[str, list[ToolCost]] = {}
        for call in calls:
            by_tool.setdefault(call.tool, []).append(call)
        return [self._tool(tool, its) for tool, its in by_tool.items()]

    def _tool(self, tool: str, calls: Sequence[ToolCost]) -> Content:
        tokens = sum(call.tokens for call in calls)
        added = sum(call.tokens * call.sent for call in calls)
        costs = [call.cost for call in calls if call.cost is not None]
        name = one_line(tool, 20) + (f" ×{len(calls)}" if len(calls) > 1 else "")
        words = f"  {name}: results of {figures.tokens(tokens)} tokens"
        words += f", {figures.tokens(added)} with the prompts since" if added else ""
        return self._line(_muted(words), _muted(figures.money(sum(costs)) if costs else ""))

    # -- prices ----------------------------------------------------------------------------

    def _prices(self) -> list[Content]:
        name, since = self.report.price_list
        words = [f"List prices: {name}" + (f", the newest since {since}" if since else "")]
        cost = self.report.conversation
        sources = cost.prices if cost is not None else ()
        if any(source == "provider" for source, _ in sources):
            words.append("the provider's own figures where it gives them")
        others = {f"{one} of {day}" for one, day in sources if one not in (*_NO_LIST, name)}
        if others:
            words.append(f"a part of this conversation by {', '.join(sorted(others))}")
        what = "What tools cost is estimated: their results' share of the prompts that held them."
        return [_head("Prices"), _muted("; ".join(words) + "."), _muted(what)]

    # -- figures ---------------------------------------------------------------------------

    def _amount(self, counted: Figures) -> float:
        return counted.tokens if self.in_tokens else counted.cost

    def _said(self, amount: float) -> str:
        return f"{figures.tokens(int(amount))} tokens" if self.in_tokens else figures.money(amount)

    def _sum(self, counted: Figures, *, short: bool = False) -> Content:
        """`$0.52   123.0k tokens   71 % cached`."""
        cost = counted.known_cost
        money = _UNKNOWN if cost is None else figures.money(cost)
        tokens = f"{figures.tokens(counted.tokens):>7} tokens"
        cached = f"{counted.cached_share:>4.0%} cached" if not short or self.width > 90 else ""
        words = [f"{money:>9}", tokens, *([cached] if cached else [])]
        if counted.unpriced and cost is not None and not short:
            words.append(f"+ {_unpriced(counted.unpriced)}")
        return _muted("   ".join(words))

    def _line(self, left: Content, right: Content) -> Content:
        gap = max(1, self.width - left.cell_length - right.cell_length)
        return Content.assemble(left, " " * gap, right)


def _counts(counted: Figures, mark: str = "") -> Content:
    cost = counted.known_cost
    return Content(
        _cells(
            mark + figures.tokens(counted.prompt_tokens),
            f"{counted.cached_share:.0%}",
            figures.tokens(counted.completion_tokens),
            "?" if cost is None else figures.money(cost),
        )
    )


def _cells(sent: str, cached: str, answered: str, cost: str) -> str:
    return f"{sent:>8}{cached:>8}{answered:>10}{cost:>10}"


def _unpriced(requests: int) -> str:
    return f"{requests} of unknown price"


def _total(counted: Iterable[Figures]) -> Figures:
    from grafftui.history.costs import Figures

    return sum(counted, Figures())


def _day(day: str) -> str:
    """`21 Nov`."""
    return f"{date.fromisoformat(day):%d %b}".lstrip("0")


def _head(words: str) -> Content:
    return Content.styled(words, "bold")


def _muted(words: str) -> Content:
    return Content.styled(words, "$text-muted")
