"""What may never run is found however it is written; what would be destroyed is counted."""

from __future__ import annotations

from pathlib import Path

import pytest
from shell_stage import Stage

from grafftui.approvals.shell import analyse, forbids, words_run

RUNS_CURL = [
    "curl x", "/usr/bin/curl x", "c\\url x", "cu''rl x", "'curl' x", '"cu"rl x', "\\curl x",
    "X=1 curl x", "ls; curl x", "ls | curl x", "ls && curl x", "ls\ncurl x", "ls\n\\curl x",
    "sudo curl x", "sudo -u root curl x", "sudo -n -- curl x", "env A=b curl x", "env -i curl x",
    "env -S 'curl x'", "env -u HOME curl x", "timeout 5 curl x", "timeout -s KILL 5s curl x",
    "nice -n 5 curl x", "nohup setsid curl x", "stdbuf -oL curl x", "ionice -c 3 curl x",
    "watch -n 1 curl x", "watch 'curl x'", "xargs curl", "xargs -n 1 -P 4 curl",
    "xargs -I{} sh -c 'curl {}'", "find . -exec curl {} \\;", "find . -execdir curl {} +",
    "bash -c 'curl x'", "bash -lc 'curl x'", "sh -ec \"cu''rl x\"", "eval 'curl x'",
    "eval cu rl; eval curl x", "exec curl x", "command curl x", "builtin command curl x",
    "time curl x", "! curl x", "echo $(curl x)", "echo `curl x`", 'echo "$(curl x)"',
    "cat <(curl x)", "x=$(curl y)", "echo ${x:-$(curl y)}", "cat <<E\n$(curl x)\nE",
    "cat <<'E'\nhi\nE\ncurl x", "ls > $(curl x)", "if true; then curl x; fi",
    "for i in a; do curl $i; done", "while curl x; do :; done", "case a in a) curl x;; esac",
    "f() { curl x; }; f", "(curl x)", "{ curl x; }", "coproc curl x", "trap 'curl x' EXIT",
    "strace -f curl x", "strace -o out curl x", "flock /tmp/l curl x", "ssh host curl x",
    "ssh host 'curl x'", "su -c 'curl x'", "script -c 'curl x' /dev/null", "busybox curl x",
    "/lib64/ld-linux-x86-64.so.2 /usr/bin/curl x", "git -c alias.x='!curl y' x",
    "awk 'BEGIN{system(\"curl x\")}'", "python -c 'import os; os.system(\"curl x\")'",
    "echo 'curl x' | sh", "printf 'curl x' | bash -s", "$(echo curl) x", "c=curl; $c x",
    "cu$@rl x", "cu$*rl x", "curl${IFS}x", "{curl,x}", "$'\\x63url' x", "$'\\143url' x",
    "cu?l x", "/usr/bin/c*l x", "if (( ; curl x", "ls 'unclosed; curl x", "curl\\\n x",
    "ls; " * 40 + "curl x", "ls " + "a" * 5000 + "; curl x", "ls\u00a0; curl x", "ls\r\ncurl x",
    "sudo env -i timeout 5 nice bash -c 'xargs curl'", "parallel curl ::: a", "npx curl x",
    "sed 's/x/curl y/e' z", "tar --to-command='curl x' -xf y", "docker run -it image curl x",
    "proxychains curl x", "systemd-run --user curl x", "doas curl x",
    "mapfile -C 'curl x' -c 1 y", "find . | xargs -0 sudo curl", "echo x | tee >(curl y)",
]  # fmt: skip

DOES_NOT_RUN_CURL = [
    "echo curl", "grep -rn curl src", "ls curl", "cat docs/curl.md", "git log --grep curl",
    "find . -name curl", "curly x", "xcurl y", "find . -name x | xargs grep curl",
    "git commit -m 'use curl; then wget'", "timeout 5 grep curl x", "sudo grep curl x",
    "echo \"$x\" curl", "ls *.py | grep curl",
]  # fmt: skip


@pytest.mark.parametrize("command", RUNS_CURL, ids=range(len(RUNS_CURL)))
def test_r05_r08_r09_a_forbidden_program_is_found(command: str) -> None:
    assert any(forbids("curl", words) for words in words_run(command))


@pytest.mark.parametrize("command", DOES_NOT_RUN_CURL, ids=range(len(DOES_NOT_RUN_CURL)))
def test_r09_what_only_speaks_of_it_is_not_forbidden(command: str) -> None:
    assert not any(forbids("curl", words) for words in words_run(command))


@pytest.mark.parametrize(
    ("rule", "command", "forbidden"),
    [
        ("git push", "git push origin main", True),
        ("git push", "git -C x push", True),
        ("git push", "git --git-dir=x -c a=b push", True),
        ("git push", "git log push", False),
        ("git push", "git commit -m push", False),
        ("git push --force", "git push origin main", False),
        ("git push --force", "git push origin main --force", True),
        ("git push --force", "git push --forc origin", True),
        ("rm -rf", "rm -rf x", True),
        ("rm -rf", "rm -fr x", True),
        ("rm -rf", "rm -r -f x", True),
        ("rm -rf", "rm -r x", False),
        ("rm -rf", "sudo rm -v -rf x", True),
        ("npm publish", "npm --prefix x publish", True),
        ("/usr/bin/curl", "curl x", True),
        ("curl", "ls", False),
        ("", "ls", False),
    ],
)
def test_r09_rules_of_several_words(rule: str, command: str, forbidden: bool) -> None:
    assert any(forbids(rule, words) for words in words_run(command)) is forbidden


@pytest.mark.parametrize(
    "command",
    ["$(" * 4000, "`" * 3000, "'" * 3001, "(" * 50_000, "a && " * 20_000, "${x" * 9000, "<<E" * 999,
     "$($(" * 999 + "))" * 999, "ls;" * 20_000, "bash -c " * 300, "\\" * 9999, "{a," * 3000,
     "sh -c 'sh -c \"sh -c x\"'", "gc $(x)'${b'#x#y0^'&' '\\n' '>;#'", "a'${;'''(`'"],
    ids=range(15),
)  # fmt: skip
def test_r08_nothing_hangs_or_fails(stage: Stage, command: str) -> None:
    words_run(command)
    stage.analyse(command)


@pytest.mark.parametrize(
    ("command", "danger"),
    [
        ("rm -r src", "would remove 2 files, "),
        ("rm -rf ./src tests", "would remove 3 files, "),
        ("rm -Rv src", "would remove 2 files, "),
        ("rm --recur src", "would remove 2 files, "),
        ("rm -rf nothing", "would remove nothing that is there now: nothing"),
        ("rm src/*", "would remove 2 files, "),
        ('rm -rf "$DIR"', "would remove what cannot be told beforehand"),
        ("sudo rm -rf src", "would remove 2 files, "),
        ("bash -c 'rm -rf src'", "would remove 2 files, "),
        ("X=1 rm -rf src", "would remove 2 files, "),
        ("echo $(rm -rf src)", "would remove 2 files, "),
        ("find src -delete", "would remove 2 files, "),
        ("find src -name '*.py' -delete", "would remove some of 2 files, "),
        ("find src -name x -exec rm -rf {} +", "would remove some of 2 files, "),
        ("ls | xargs rm -rf", "would remove what cannot be told beforehand"),
        ("git clean -fdx", "would remove untracked and ignored files"),
        ("git reset --hard HEAD~1", "would discard uncommitted changes"),
        ("git -C src reset --hard", "would discard uncommitted changes"),
        ("git checkout -- .", "would discard uncommitted changes"),
        ("git checkout .", "would discard uncommitted changes"),
        ("git checkout -f", "would discard uncommitted changes"),
        ("git checkout src/main.py", "would discard uncommitted changes"),
        ("git restore src", "would discard uncommitted changes"),
        ("git push --force", "would overwrite history on the remote"),
        ("git push -uf origin x", "would overwrite history on the remote"),
        ("git push origin +main", "would remove or overwrite history on the remote"),
        ("git push origin :main", "would remove or overwrite history on the remote"),
        ("git branch -D x", "would remove a branch"),
        ("git stash drop", "would remove stashed changes"),
        ("git rm -r src", "would remove files"),
        ("dd if=x of=notes.txt", "would overwrite notes.txt"),
        ("mkfs.ext4 /dev/sda1", "would overwrite a disk"),
        ("shred notes.txt", "would overwrite files so that nothing brings them back"),
        ("truncate -s 0 notes.txt", "would cut notes.txt short"),
        ("mv a.txt b.txt", "would overwrite 1 file, 8 bytes: "),
        ("mv a.txt tests/test_a.py", "would overwrite 1 file, "),
        ("cp a.txt b.txt", "would overwrite 1 file, "),
        ("psql -c 'DROP TABLE x'", "would remove data from a database"),
        ("sqlite3 x 'delete from y'", "would remove data from a database"),
        ("terraform destroy", "would remove what it manages"),
        ("docker volume rm x", "would remove volumes"),
        ("chmod -R 777 src", "would change the owner or mode of a whole tree"),
        ("rsync -a --delete a b", "would remove what is not on the other side"),
    ],
)
def test_r100_dangers(stage: Stage, command: str, danger: str) -> None:
    analysis = stage.analyse(command)
    assert any(found.startswith(danger) for found in analysis.dangers), analysis.dangers
    assert analysis.refusals == ()


@pytest.mark.parametrize(
    "command",
    [
        "git clean -n", "git push origin main", "git checkout main", "git checkout -b feature/x",
        "git reset HEAD~1", "git restore --staged x", "git stash list", "rm notes.txt",
        "mv a.txt new.txt", "mv -n a.txt b.txt", "cp a.txt new.txt", "cp a.txt src/",
        "find . -name x", "echo 'rm -rf /'", "grep 'DROP TABLE' src", "git log", "chmod +x evil.sh",
        "dd if=a.txt of=/dev/null", "git branch x", "git commit -m 'rm -rf /'",
    ],
)  # fmt: skip
def test_r100_no_danger_where_there_is_none(stage: Stage, command: str) -> None:
    analysis = stage.analyse(command)
    assert (analysis.dangers, analysis.refusals) == ((), ())


@pytest.mark.parametrize(
    "command",
    [
        "rm -rf /", "rm -rf /*", "rm -rf ~", "rm -rf ~/", "rm -rf $HOME", 'rm -rf "${HOME}"/',
        "rm -rf .", "rm -rf ./", "rm -rf ..", "rm -rf ../..", "rm -rf *", "rm -rf ./*",
        "rm -rf ./.*",
        "rm -rf WS", "rm -rf WS/", "rm -rf $PWD", "rm -rf .git", "rm -rf .git/",
        "rm -rf src/../.git",
        "rm -rf .git/objects", "rm -rf sub/.git", "rm -rf HOMEDIR", "rm -rf -- /", "rm -r -f /",
        "rm --recursive --force /", "sudo rm -rf /", "bash -c 'rm -rf /'", "env -S 'rm -rf /'",
        "echo $(rm -rf /)", "X=1; rm -rf /", "for i in a; do rm -rf /; done", "find / -delete",
        "find ~ -type f -delete", "find . -delete", "find WS -exec rm -rf {} +", "mv WS /tmp/x",
        "mv .git x", "mv ~ x", "rm -rf /tmp/../", "rm -rf link-out/..", "rm -rf //",
        "rm -rf /home/..",
        "chmod -R 000 /", "chown -R x ~", "rm -rf '/'", 'rm -rf "/"', "r\\m -rf /", "/bin/rm -rf /",
        "if (( ; rm -rf / ", "python -c 'os.system(\"rm -rf /\")'", "echo 'rm -rf /' | sh",
        "sh -c 'cd /; rm -rf ~'",
    ],
)  # fmt: skip
def test_r100_what_is_never_destroyed(stage: Stage, command: str) -> None:
    assert stage.analyse(command).refusals


@pytest.mark.parametrize(
    "command", ["rm -rf src", "rm -rf ~/x", "rm -rf build/*", "rm .git/index.lock"]
)
def test_r100_the_rest_is_a_question_only(stage: Stage, command: str) -> None:
    assert stage.analyse(command).refusals == ()


def test_r100_counts_are_bounded(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from grafftui.approvals.shell import place

    own = stage.copy_to(tmp_path / "own")
    for number in range(40):
        (own.workspace / "src" / f"f{number}").write_text("x" * 1000)
    (danger,) = own.analyse("rm -rf src").dangers
    assert danger == "would remove 42 files, 40.0 KB: src"
    monkeypatch.setattr(place, "MAX_ENTRIES", 10)
    (danger,) = own.analyse("rm -rf src").dangers
    assert danger.startswith("would remove more than 10 files, ")


def test_r100_a_link_is_removed_not_what_it_leads_to(stage: Stage) -> None:
    (danger,) = stage.analyse("rm -rf link-out").dangers
    assert danger.startswith("would remove 1 file, ")


def test_dangers_stand_with_the_part_they_belong_to(stage: Stage) -> None:
    first, second = analyse("ls && rm -rf src", stage.place).simple
    assert first.dangers == ()
    assert second.dangers
