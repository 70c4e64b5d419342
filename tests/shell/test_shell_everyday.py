"""What is typed every day is never taken for something that cannot be told: patterns, scripts and
file names are no shell text, whatever they hold."""

from __future__ import annotations

import pytest
from shell_stage import Stage

from grafftui.approvals.shell import forbids, words_run

EVERYDAY = [
    "rg foo .", "rg TODO .", "rg -g '*.py' foo", "rg 'foo.*bar' src", "rg '[A-Z]+' src",
    "rg 'x$' src", "rg '(a|b)' .", "rg -n --glob '!*.md' 'def \\w+\\(' src", "rg 'a=(' .",
    "rg -e '^import' -e '`x`' .", "rg --type py 'class .*\\(' .", "rg --files .", "rg '$x' .",
    "rg -F 'f(x)' .", "rg --replace '$1' '(a)' src", "rg -c '' .", "rg \"it's\" .",
    "grep -rn foo .", "grep -rE '(a|b)+$' .", "grep -n '^[a-z]*$' f", "grep -c . f",
    "grep -rn --include='*.py' 'x=' .", "grep -v '^#' f", "grep -P '\\$\\{x\\}' f",
    "grep -o '<[^>]*>' f", "grep 'a;b' f", "grep -w 'rm' f", "grep -i 'it`s' f",
    "sed -n '5,$p' f", "sed -n '$p' f", "sed -n '1,20p' f", "sed -i 's/a$/b/' f",
    "sed 's/(/[/g' f", "sed -E 's/(a|b)/\\1/g' f", "sed '/^$/d' f", "sed -e 's/x=$y/z/' f",
    "sed 's|/usr|/opt|' f", "sed '/a/,/b/d' f", "sed -n '/def main/,$p' src/main.py",
    "sed 's/^e (/x/' f", "sed -n 'p' entry*.txt", "sed '$!N;s/\\n/ /' f",
    "sort -t '|' -k2 f", "sort -u f", "sort -t ';' -k1 f", "sort -k2,2n -t= f", "sort f .",
    "sort -rn f | head -5", "sort --key=2 --field-separator='&' f", "sort -t '(' f",
    "find . -name '*.py'", "find . -type f -name '*$*'", "find . -path './a(b)/*' -print",
    "find . -name '[A-Z]*' -not -path '*/.git/*'", "find src -newer f -name 'x;y'",
    "find . -maxdepth 2 -exec grep -l '(' {} +", "find . -name '*.pyc' -print0 | xargs -0 ls",
    "find . -regex '.*\\.\\(py\\|js\\)'", "find . \\( -name a -o -name b \\)",
    "tar czf a.tgz .", "tar xzf a.tgz", "tar tf a.tgz", "tar -czf a.tgz --exclude='*.o' .",
    "tar -C src -cf a.tar .", "tar cf a.tar 'a(1).txt'", "tar xf a.tgz --wildcards '*.md'",
    "git status", "git diff .", "git log --grep='(x'", "git log -S 'foo=['", "git grep 'a=('",
    "git grep -n 'x=$' -- src", "git ls-files -x '*.o'", "git diff --diff-filter=d",
    "git commit -m 'a=(b'", "git commit -m 'x=.'", "git commit -m 'fix: if a=!b ('", "git add .",
    "git log -G 'a=*'", "git log --format='%h (%s)'", "git -c user.name='A (b)' log",
    "git show HEAD:src/main.py", "git clean -n -x .", "git diff -O order.txt", "git stash list",
    "man -k '*'", "man 3 printf", "time rg '(' .", "time sort -t '|' f", "watch -n 5 ls .",
    "make CFLAGS='-O2 -Wall' .", "make DIR=.", "nix build .", "tmux new -s '*'", "ls -la .",
    "parallel echo ::: '*.py'", "entr -c pytest", "watchexec -w . pytest", "bash x.sh -c .",
    "busybox grep -c . f", "concurrently 'npm:*'", "wc -l src/*.py", "diff -u a.txt b.txt",
    "cut -d '|' -f 2 f", "tr '(' '['", "head -n 5 f", "tail -c +3 f", "ls | grep '(' | sort -u",
]  # fmt: skip


@pytest.mark.parametrize("command", EVERYDAY, ids=range(len(EVERYDAY)))
def test_what_is_typed_every_day_is_told(stage: Stage, command: str) -> None:
    analysis = stage.analyse(command)
    assert (analysis.dangers, analysis.refusals) == ((), ())


@pytest.mark.parametrize(
    "command",
    [
        "rg --pre 'rm x' foo", "rg --pre='rm x' foo", "sort --compress-program='rm x' f",
        "sort --comp='rm x' f", "tar -I 'rm x' -xf a", "tar --to-command='rm x' -xf a",
        "tar --checkpoint-action=exec='rm x' -cf a .", "man -P 'rm x' ls", "sed '1e rm x' f",
        "sed 's/a/rm x/e' f", "sed -e p -e '/a/,$ e rm x' f", "mapfile -C 'rm x' y",
        "make SHELL='rm x'", "make CC=rm", "git -c core.pager='rm x' log", "git config a.cmd rm",
        "git -c credential.helper='!rm x' fetch", "git grep -O'rm x' y", "git rebase -x 'rm x'",
        "rsync -ae 'rm x' a b:", "nc -e 'rm x' h 1", "ssh -o ProxyCommand='rm x' h",
        "scp -oProxyCommand='rm x' a h:", "npm exec -c 'rm x'", "npx -c 'rm x'", "sh -ec 'rm x'",
        "bash -o pipefail -c 'rm x'", "watch 'rm x'", "split --filter='rm x' f",
    ],
)  # fmt: skip
def test_r05_what_they_do_run_is_found(command: str) -> None:
    assert any(forbids("rm", words) for words in words_run(command))
