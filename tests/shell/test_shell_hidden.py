"""What is forbidden is found behind redirects, braces, variables and programs that run others; a
program that cannot be told is never taken for harmless."""

from __future__ import annotations

import pytest
from shell_stage import Stage

from grafftui.approvals.shell import forbids, words_run

PUSHES = [
    "git 2>/dev/null push origin", "git >x push", "git </dev/null push", "sudo git >x push",
    'bash -c "git >x push"', "git &>x push", "git >&2 push", "git >>x push", "git 2>&1 push",
    "git {fd}>x push", "git <<<x push", 'echo "$(git >x push)"', "echo `git >x push`",
    "cat <(git >x push)", "a | b | c\ngit >x push", "ls\n\\git >x push", "ls |& git >x push",
    "env -S 'git >x push'", "if (( ; git 2>x push", "cat <<E\n$(git >x push)\nE",
    "a=git; $a push", "a=push; git $a", "x='git push'; $x", "read a <<< git; $a push",
    "set -- git; $1 push", "git {push,}", "{git,push}", "git pu{sh,x}", "alias g=git; g push",
    "f() { git \"$@\"; }; f push", "for p in git; do $p push; done",
    "git -c alias.p=push p", "git config alias.p push; git p", "git config alias.p '!git push'",
    "runuser -u x -- git push", "runuser -u x git push", "hyperfine 'git push'",
    "hyperfine -w 3 'git push'", "direnv exec . git push", "tmux new -d 'git push'",
    "tmux send-keys 'git push' Enter", "at now <<< 'git push'", "echo 'git push' | at now",
    "uv run git push", "uv run --with x git push", "uv run -- git push", "poetry run git push",
    "mise exec -- git push", "mise x node@20 -- git push", "conda run -n env git push",
    "npm exec -- git push", "nix develop -c git push", "nix-shell --run 'git push'",
    "git submodule foreach git push", "git submodule foreach --recursive 'git push'",
    "git rebase -x 'git push' HEAD", "git rebase --exec='git push' HEAD", "git bisect run git push",
    "git difftool -x 'git push'", "git filter-branch --tree-filter 'git push'",
    "bash -c $'ls\\ngit push'", "bash <<E\ngit push\nE", "ssh host <<E\ngit push\nE",
    "a-tool-nobody-knows 'git push'", "a-tool-nobody-knows --do='git push'",
    "python3 - <<'E'\nsubprocess.run(['git', 'push'])\nE",
    "git > >(tee x) push", "git >&- push", "${a:-git} push", "git $(true) push",
    ": $((1<<E))\n\\git push\nE",
]  # fmt: skip

SPEAK_OF_IT = [
    "git commit -m \"$(cat <<'E'\nundo git push\ngit push is gone\nE\n)\"", "echo git push",
    "git log --grep 'git push'", "grep -rn 'git push' docs && pytest", "git add push > x",
    "timeout 60 grep -rn 'git push' x", "uv run grep 'git push' x", "git log 2>/dev/null push",
    "gh pr create --body 'git push'", "for f in a b; do git log $f; done", "git add $x push",
    "cat > notes <<'E'\ngit push\nE", "command -v git", "uv run pytest -k push",
]  # fmt: skip


@pytest.mark.parametrize("command", PUSHES, ids=range(len(PUSHES)))
def test_r05_r09_what_is_forbidden_is_found_wherever_it_hides(command: str) -> None:
    assert any(forbids("git push", words) for words in words_run(command))


@pytest.mark.parametrize("command", SPEAK_OF_IT, ids=range(len(SPEAK_OF_IT)))
def test_r09_who_only_speaks_of_it_does_not_run_it(command: str) -> None:
    assert not any(forbids("git push", words) for words in words_run(command))


UNTOLD = [
    "r=rm; $r -rf src", "$(echo rm) -rf src", "`cat a/b` -rf src", "${x:-a/b} -rf src",
    'eval "$x"', "bash -c \"$x\"", "sudo $x", "if $x; then ls; fi", "alias g=git; g status",
    "curl x | sh", "base64 -d x | bash -s", "parallel < x", "source <(curl x)",
    ". /dev/stdin <<< \"$x\"", "ls (", "/usr/bin/c*l x",
    "git $x", "x='reset --hard'; git $x", "git reset $x", "rm $x", "a | b | c\n$r -rf src",
]  # fmt: skip

TOLD = [
    "[ -f $x ]", "[[ $x == y ]]", "for i in *; do ls $i; done", "$HOME/bin/pytest -q",
    "docker run -v $PWD:/x image pytest", "case $x in a) ls;; esac", "x=$((a+$b))",
    "command -v $x", "f() { ls $1; }; f x", "source venv/bin/activate; pytest", "x=${y:-z} ls",
    "cat <<E\n$x\nE", "python - <<'E'\nprint(f'{x}')\nE", "bash <<'E'\nls\nE", "bash x.sh $y",
    "git log $x", "git commit -m \"$x\"", "ls '*.py' | xargs -I{} cp -n {} {}.bak",
    "find . -name '*.py' -exec grep x {} +", "nice -n $N make", "echo {a,b}",
]  # fmt: skip


@pytest.mark.parametrize("command", UNTOLD, ids=range(len(UNTOLD)))
def test_r100_a_program_that_cannot_be_told_is_a_danger(stage: Stage, command: str) -> None:
    analysis = stage.analyse(command)
    assert "cannot be" in " ".join(analysis.dangers), analysis


@pytest.mark.parametrize("command", TOLD, ids=range(len(TOLD)))
def test_r100_other_things_may_stay_untold(stage: Stage, command: str) -> None:
    assert stage.analyse(command).dangers == ()


@pytest.mark.parametrize(
    ("command", "danger"),
    [
        ("git 2>/dev/null reset --hard", "would discard uncommitted changes"),
        ("git 2>/dev/null clean -fdx", "would remove untracked and ignored files"),
        ("git >x push --force", "would overwrite history on the remote"),
        ("rm >x -rf src", "would remove 2 files, "),
        ("rm -r {src,tests}", "would remove 3 files, "),
        ("r=rm; $r -rf src", "would remove 2 files, "),
        ("uv run rm -rf src", "would remove 2 files, "),
        ("git submodule foreach git reset --hard", "would discard uncommitted changes"),
    ],
)
def test_r100_dangers_behind_redirects_and_variables(
    stage: Stage, command: str, danger: str
) -> None:
    dangers = stage.analyse(command).dangers
    assert any(found.startswith(danger) for found in dangers), dangers


@pytest.mark.parametrize("command", ["rm >x -rf /", "r=rm; $r -rf /", "rm -rf {/,x}"])
def test_r100_what_is_never_destroyed_however_it_is_hidden(stage: Stage, command: str) -> None:
    assert stage.analyse(command).refusals
