"""Component styles that are looked up when they are first drawn.

Textual looks up every class of `COMPONENT_CLASSES` each time a widget's styles are applied: when
it is mounted, focused, hovered. A transcript has forty-odd, of which a screen shows five.
"""

from __future__ import annotations

from textual.css.styles import RenderStyles
from textual.dom import DOMNode
from textual.widget import Widget


class PartStyles(Widget):
    """Any class can be a component class here; none has to be declared."""

    def get_component_styles(self, *names: str) -> RenderStyles:
        """The styles of the rules for `Widget > .name`, whatever names they have."""
        for name in names:
            if name not in self._component_styles:
                part = DOMNode(classes=name)
                part._attach(self)
                self.app.stylesheet.apply(part, animate=False)
                self._component_styles[name] = part.styles
        return super().get_component_styles(*names)

    def on_mount(self) -> None:
        """A theme may change parts and leave the widget itself as it was."""
        self.app.theme_changed_signal.subscribe(self, lambda theme: self.notify_style_update())

    def notify_style_update(self) -> None:
        """Other rules or another theme: look everything up again."""
        self._component_styles.clear()
        super().notify_style_update()
