"""The skills and commands that are always there."""

from __future__ import annotations

from typing import Final

from grafftui.core.definitions.commands import CustomCommand
from grafftui.core.definitions.skills import Skill

_CREATE_SKILL: Final = """\
A skill is a folder with a file `SKILL.md` and, if it needs any, other files beside it.

1. Find out what the skill is for: which task, which steps, what has gone wrong in it before. Ask
   if you cannot tell.
2. Choose the place. What belongs to this project: `.grafftui/skills/<name>/SKILL.md` in the
   workspace; it is loaded only once the person trusts the folder as it is then. What the person
   wants everywhere: `~/.agents/skills/<name>/SKILL.md`.
3. Write `SKILL.md`:

   ---
   name: <one word, with hyphens, the folder's name>
   description: <when to use it, one line; this alone decides whether it is ever loaded>
   ---
   <what to do, as numbered steps>

4. Say what an able colleague could not know: commands that work here, files that matter, traps,
   and how to tell that it is done. Leave out what everybody knows. Stay under 100 lines.
5. Put long references, templates and scripts into files of their own beside it, and name each
   where it is needed; they are read only then.
6. Read it again as somebody who knows nothing of this conversation. Every command in it must
   have been run once.
7. Tell the person where it is and, in a project, that the folder has to be trusted again.
"""

_EXECUTE_PLAN: Final = """\
1. Read the whole plan. If it lies in a file and the person has not said which, look in `plans/`
   and take the newest.
2. Compare it with the code as it is now. Where they differ, say so before you begin; where the
   plan leaves something open that matters, ask.
3. Put each step into `todo_write`, in the plan's order and in its words.
4. Do one step at a time: mark it in progress, do it, check it the way the plan says (or run the
   tests that cover it), then mark it completed. A step that was not checked is not completed.
5. When a step cannot be done as planned, stop at it: say why and what you would do instead. Do
   not quietly do something else, and do not skip it.
6. Tick the steps in the plan's file too, if it has boxes for that.
7. At the end run what checks the whole, and report: the steps done, how each was checked, what
   differs from the plan and why, and what is left.
"""

_PULL_REQUEST: Final = """\
1. Find the base branch: the one the person names, else the default branch of the remote.
2. Read all that the branch changes: `git log --oneline <base>..HEAD`, `git diff <base>...HEAD`, and
   the files around what is not clear from the diff alone. Read the template if there is one
   (`.github/pull_request_template.md` and the like) and keep to it.
3. Title: what changes for whoever uses it, in the imperative, at most 70 characters, in the style
   of the titles before it.
4. Body: why, in a sentence or two; what changes, as a short list by subject, not by file; how it
   was checked, only what really was; what a reviewer should look at first; what breaks, and how to
   move over. Name issues it closes only if you know them.
5. Nothing that the diff does not show, and no praise of it. Show title and body to the person;
   open or change the pull request only if that was asked for.
"""

SKILLS: Final = {
    skill.name: skill
    for skill in (
        Skill("create-skill", "Write a new skill, or make one better", _CREATE_SKILL),
        Skill("execute-plan", "Carry out a written plan, step by step", _EXECUTE_PLAN),
        Skill("github-pr-description", "Describe a branch for its pull request", _PULL_REQUEST),
    )
}
"""By name. A skill of the person or the project with the same name stands in its place."""

_INIT: Final = """\
Write `AGENTS.md` in the root of this workspace: what a coding agent that comes here for the first
time has to know, and cannot see at a glance. If there is one already, make it better instead of
writing it anew, and keep what is still true.

1. Look first: the README, the files that say how it is built and tested, the folders, a few of the
   most central sources, and what other tools' files (`CLAUDE.md`, `.cursorrules`,
   `CONTRIBUTING.md`) say.
2. Write, under short headings: what it is, in two sentences; the commands to build, run, lint and
   test it, and to run one test; how it is laid out, as far as names do not say it; the conventions
   that the code follows; traps, and what must never be done.
3. Only what you have seen here, nothing that would hold of any project, no keys. Stay under 100
   lines.

{{parameters}}
"""

_REVIEW: Final = """\
Review what has changed here since the last commit, which is attached. Change nothing.

Read around the changes where the diff alone does not tell. Then report, the most serious first:
what is wrong (bugs, lost cases, broken callers), what is risky (security, data that could be lost,
races), what is missing (tests, docs), and what could be simpler. For each: file and line, what
happens and when, and how you would mend it. Say what you checked and found sound. Leave out matters
of taste, and praise.

{{parameters}}

@[git:changes]
"""

COMMANDS: Final = {
    command.name: command
    for command in (
        CustomCommand("init", "Write AGENTS.md, or make it better", _INIT),
        CustomCommand("review", "Review what has changed since the last commit", _REVIEW),
    )
}
"""The same of commands."""
