"""Every command of the session screen: one set for keys, palette, `/` and the help screen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from textual.binding import Binding, BindingType


@dataclass(frozen=True, slots=True)
class Command:
    """Something the person can do.

    Attributes:
        id: What it is typed as after "/", and its name in the key map.
        title: What it is called in the palette.
        help: What it does, one line.
        keys: Its keys, as Textual names them; "" for none.
        group: Where the palette and the help put it.
        argument: What may be typed after its name, in a word; "" for nothing.
    """

    id: str
    title: str
    help: str
    keys: str
    group: str
    argument: str = ""

    @property
    def hint(self) -> str:
        """What it does, and what may be typed after its name."""
        return f"{self.help} ({self.argument})" if self.argument else self.help

    @property
    def action(self) -> str:
        """The screen's action that does it."""
        return "command_" + self.id.replace("-", "_")


COMMANDS: Final = (
    Command("new", "New conversation", "Start an empty one", "ctrl+n", "Conversations"),
    Command("conversations", "Open conversation…", "Find one by its title", "f3", "Conversations"),
    Command("search", "Search all conversations…", "By any word", "f9", "Conversations"),
    Command("touched", "Conversations that touched a file…", "By its path", "", "Conversations"),
    Command("find", "Find in this conversation…", "Or / in it", "ctrl+f", "Conversations"),
    Command(
        "rename", "Rename conversation…", "Give it another title", "f2", "Conversations", "title"
    ),
    Command("export", "Export conversation…", "To a file, without keys", "", "Conversations"),
    Command("picture", "Picture of what is selected…", "As SVG", "", "Conversations"),
    Command("pin", "Pin conversation", "On top of the list, or no more", "", "Conversations"),
    Command("archive", "Archive conversation", "Or back into the list", "", "Conversations"),
    Command("delete", "Delete conversation", "Into the bin: it can be undone", "", "Conversations"),
    Command("undelete", "Undelete", "What was deleted or archived last", "", "Conversations"),
    Command("empty-bin", "Empty the bin…", "For good, after a question", "", "Conversations"),
    Command("fork", "Fork conversation", "A copy that goes its own way", "", "Conversations"),
    Command("forks", "Forks of this conversation…", "As a tree", "", "Conversations"),
    Command("all-workspaces", "List all folders", "Or this one only", "", "Conversations"),
    Command("archive-and-bin", "List the archive, the bin", "One by one", "", "Conversations"),
    Command("interrupt", "Interrupt", "Stop what runs here", "", "Turn"),
    Command("steer", "Send into the running turn", "What is written", "", "Turn"),
    Command("retry", "Send the last prompt again", "After a failure", "", "Turn"),
    Command("undo", "Undo…", "What turns did: files, words, or both", "", "Turn"),
    Command("redo", "Redo…", "What was undone last", "", "Turn"),
    Command("requests", "Next request", "Of any conversation, oldest first", "ctrl+g", "Turn"),
    Command("mode", "Mode…", "How much goes ahead without you", "f7", "Turn"),
    Command("next-mode", "Next mode", "Plan, ask, edits, sandboxed", "f8", "Turn"),
    Command("copy", "Copy the last answer", "As markdown, to the clipboard", "", "Turn"),
    Command("commit", "Commit…", "A model writes the message, you say yes", "", "Turn", "note"),
    Command("commit-preview", "Preview a commit…", "Its message and files", "", "Turn", "note"),
    Command("suggest", "Suggest a command…", "For what you describe; not run", "", "Turn", "words"),
    Command("stash", "Put the prompt away", "Or bring one back: ctrl+s", "", "Prompt"),
    Command("edit", "Write in your editor", "The prompt: alt+e in it", "", "Prompt"),
    Command("prompts", "Earlier prompts…", "Of all projects, by a few letters", "", "Prompt"),
    Command("image", "Attach a picture…", "The clipboard's: ctrl+v; or path", "", "Prompt", "path"),
    Command("sub-agents", "Sub-agents of this conversation…", "Read them", "", "Turn"),
    Command("background", "Background commands…", "Read them, stop them", "", "Turn"),
    Command("backend", "Who answers…", "grafftui's core, or Codex", "", "Agent", "name"),
    Command("hand-over", "Hand over…", "Go on with another backend", "", "Agent"),
    Command("sign-in", "Sign in…", "To Codex; our own core has keys", "", "Agent"),
    Command("sign-out", "Sign out…", "Of Codex; our own core has keys", "", "Agent"),
    Command("model", "Choose model…", "For this conversation", "f4", "Agent", "provider/model"),
    Command("agent", "Choose agent…", "For this conversation", "f5", "Agent", "id"),
    Command("plan", "Plan", "Muse answers; only plans are written", "", "Agent"),
    Command("act", "Act", "Forge answers, and carries out the plan", "", "Agent"),
    Command("sage", "Research", "Sage answers; nothing is written", "", "Agent"),
    Command("keys", "Keys…", "Add, test or remove a provider's key", "f6", "Agent"),
    Command("agents", "Agents…", "What each may do, and is told", "", "Agent"),
    Command("tools", "Tools…", "What this agent may call", "", "Agent"),
    Command("skills", "Skills…", "What they say", "", "Agent"),
    Command("reasoning-effort", "Reasoning effort…", "How much models may think", "", "Agent"),
    Command("rules", "Rules and grants…", "What is allowed, and until when", "", "Agent"),
    Command("policy", "What commands may do…", "And how that was proven", "", "Agent"),
    Command("denials", "What was denied…", "And the smallest grant for it", "", "Agent"),
    Command("trust", "Trust this folder…", "What it would load", "", "Agent"),
    Command("mcp", "MCP servers…", "Approve tools, restart, logs", "", "Agent"),
    Command("sandboxes", "Sandboxes…", "Make, use, look into them", "", "Agent"),
    Command("sandbox", "Sandbox of this conversation…", "Where tools act", "", "Agent"),
    Command("sandbox-new", "New sandbox…", "On this machine, or elsewhere", "", "Sandboxes"),
    Command("sandbox-terminal", "Terminal in a sandbox…", "Its own shell", "", "Sandboxes"),
    Command("sandbox-commands", "Commands in a sandbox…", "A line at a time", "", "Sandboxes"),
    Command("sandbox-files", "Files of a sandbox…", "Read, upload, download", "", "Sandboxes"),
    Command("sandbox-log", "Log of a sandbox…", "What was run in it", "", "Sandboxes"),
    Command("sandbox-changes", "Changes of a sandbox…", "As a diff", "", "Sandboxes"),
    Command("sandbox-bring", "Bring a sandbox's changes…", "As one patch", "", "Sandboxes"),
    Command("sandbox-stop", "Start or stop a sandbox…", "Its files stay", "", "Sandboxes"),
    Command("sandbox-destroy", "Destroy a sandbox…", "With all it holds", "", "Sandboxes"),
    Command("sandbox-cost", "Cost of a sandbox…", "As its engine tells it", "", "Sandboxes"),
    Command("usage", "Usage and cost…", "By day, model, project, turn, tool", "", "Costs"),
    Command("context", "What is in the context…", "As a bar, with figures", "", "Costs"),
    Command("budget", "Budget…", "Raise it, for this conversation or today", "", "Costs"),
    Command("compact", "Compact…", "A summary for the older part", "", "Context", "what to keep"),
    Command("ledger", "Context ledger…", "What is sent, what was summarised", "", "Context"),
    Command("config", "Settings…", "Show them, change one", "", "Settings"),
    Command("config-edit", "Open the settings", "In $VISUAL or $EDITOR", "", "Settings"),
    Command("config-reload", "Read the settings again", "From settings.toml", "", "Settings"),
    Command("config-commit-model", "Model for commits…", "provider/model", "", "Settings"),
    Command("config-suggest-model", "Model for commands…", "provider/model", "", "Settings"),
    Command("vim", "Vim's keys", "In the composer, or none", "", "Settings"),
    Command("info", "Info", "Version, places, model, sandbox, history", "", "Screen"),
    Command("logs", "Crash reports…", "What was written down of them", "", "Screen"),
    Command("theme", "Choose theme…", "Dark, light, high contrast", "", "Screen"),
    Command("list", "Show or hide the list", "Conversations, at the left", "ctrl+b", "Screen"),
    Command("panel", "Panel", "Sandbox, denials, todos; again hides it", "ctrl+o", "Screen"),
    Command("palette", "Command palette", "All of these, by name", "ctrl+p", "Screen"),
    Command("help", "Help", "All keys", "f1", "Screen"),
    Command("quit", "Quit", "Everything said is kept", "ctrl+q", "Screen"),
)

BINDINGS: Final[list[BindingType]] = [
    Binding(command.keys, command.action, command.title, show=False, id=command.id, priority=True)
    for command in COMMANDS
    if command.keys
]


ALIASES: Final = {
    "a": "agent",
    "c": "conversations",
    "ccm": "config-commit-model",
    "ce": "config-edit",
    "clone": "fork",
    "cm": "model",
    "config-model": "model",
    "config-reasoning-effort": "reasoning-effort",
    "connect": "keys",
    "conversation": "conversations",
    "conversation-rename": "rename",
    "cr": "config-reload",
    "cre": "reasoning-effort",
    "csm": "config-suggest-model",
    "dump": "export",
    "e": "config",
    "ed": "edit",
    "env": "config",
    "exit": "quit",
    "i": "info",
    "login": "sign-in",
    "logout": "sign-out",
    "m": "model",
    "models": "model",
    "n": "new",
    "r": "retry",
    "re": "reasoning-effort",
    "resume": "conversations",
    "rn": "rename",
    "s": "suggest",
    "skill": "skills",
    "stats": "usage",
    "t": "tools",
}
"""Other names that are typed: ForgeCode's and CodeGraff's, where they differ from ours."""

_AGENT: Final = "/agent-"
_NAME: Final = re.compile(r"/([^\W\d_][^\s/]*)(?=\s|\Z)")


def command(command_id: str) -> Command | None:
    """The command called `command_id`, whatever name that is, or None."""
    known = ALIASES.get(command_id, command_id)
    return next((one for one in COMMANDS if one.id == known), None)


def typed(text: str) -> tuple[Command, str] | None:
    """The command that `/name argument` means, and the argument; None where there is none.

    What takes nothing is not meant by what has more after its name.
    """
    name, _, argument = text.strip().partition(" ")
    if name.startswith(_AGENT) and not argument:  # as ForgeCode has it
        name, argument = "/agent", name.removeprefix(_AGENT)
    known = command(name[1:]) if name.startswith("/") else None
    if known is None or (argument and not known.argument):
        return None
    return known, argument.strip()


def name_in(text: str) -> str:
    """What `text` names like a command, without the "/"; "" for a path, or words."""
    found = _NAME.match(text)
    return found[1] if found else ""
