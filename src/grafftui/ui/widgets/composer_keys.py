"""The composer's keys. Each has an id, by which settings change it."""

from __future__ import annotations

from typing import Final

from textual.binding import Binding, BindingType


def _key(keys: str, action: str, description: str, name: str) -> Binding:
    return Binding(keys, action, description, show=False, id=f"composer.{name}")


KEYS: Final[list[BindingType]] = [
    Binding("enter", "send", "Send", id="composer.send"),
    Binding("shift+enter,ctrl+j,alt+enter", "newline", "New line", id="composer.newline"),
    Binding("ctrl+r", "search", "Search earlier prompts", id="composer.search"),
    _key("ctrl+s", "stash", "Put away, or bring back", "stash"),
    _key("alt+e", "edit", "Write in your own editor", "edit"),
    _key("ctrl+v", "picture", "Attach the picture on the clipboard", "picture"),
    _key("tab", "complete", "Take the completion", "complete"),
    _key("escape", "dismiss", "Close the completions or the search", "dismiss"),
    _key("up", "row(-1)", "Up, then earlier prompts", "up"),
    _key("down", "row(1)", "Down, then later prompts", "down"),
    _key("left", "go('left')", "Left", "left"),
    _key("right", "go('right')", "Right", "right"),
    _key("ctrl+left,alt+left,alt+b", "go('word_left')", "Word left", "word_left"),
    _key("ctrl+right,alt+right,alt+f", "go('word_right')", "Word right", "word_right"),
    _key("home,ctrl+a", "go('line_start')", "Line start", "line_start"),
    _key("end,ctrl+e", "go('line_end')", "Line end", "line_end"),
    _key("shift+up", "row(-1, True)", "Select up", "select_up"),
    _key("shift+down", "row(1, True)", "Select down", "select_down"),
    _key("shift+left", "go('left', True)", "Select left", "select_left"),
    _key("shift+right", "go('right', True)", "Select right", "select_right"),
    _key("ctrl+shift+left", "go('word_left', True)", "Select word left", "select_word_left"),
    _key("ctrl+shift+right", "go('word_right', True)", "Select word right", "select_word_right"),
    _key("shift+home", "go('line_start', True)", "Select to line start", "select_line_start"),
    _key("shift+end", "go('line_end', True)", "Select to line end", "select_line_end"),
    _key("backspace,shift+backspace", "delete('left')", "Delete left", "delete_left"),
    _key("delete,ctrl+d", "delete('right')", "Delete right", "delete_right"),
    _key(
        "ctrl+w,ctrl+backspace,alt+backspace", "delete('word_left')", "Delete word", "delete_word"
    ),
    _key("ctrl+k", "delete('line_end')", "Delete to line end", "delete_line_end"),
    _key("ctrl+u", "clear", "Clear", "clear"),
    _key("ctrl+z", "undo", "Undo", "undo"),
    _key("ctrl+y,ctrl+shift+z", "redo", "Redo", "redo"),
    _key("ctrl+c,super+c", "copy", "Copy the selection", "copy"),
    _key("ctrl+x,super+x", "cut", "Cut the selection", "cut"),
]
