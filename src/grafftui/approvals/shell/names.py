"""Programs by what they do with their arguments, for those whose arguments are not read."""

from __future__ import annotations

import re
from typing import Final

from grafftui.approvals.shell.syntax import word_set

SHELLS: Final = word_set(
    "sh bash dash ash zsh ksh ksh93 mksh fish csh tcsh rbash busybox toybox pwsh nu elvish xonsh"
)

INTERPRETERS: Final = word_set(
    "python pypy perl ruby node nodejs deno bun php lua luajit tclsh wish expect guile racket "
    "clojure clj groovy scala kotlin jshell java javac dotnet r rscript julia octave ghci runghc "
    "ocaml elixir iex erl swift osascript irb awk gawk mawk nawk bc dc m4 gdb lldb jq yq sqlite "
    "sqlite3 psql mysql mariadb mongosh redis-cli vi vim nvim view vimdiff ex ed emacs nano pico "
    "joe micro less more most lesspipe pg gnuplot ipython jupyter tex pdflatex gcc cc g++ clang "
    "ld as cpp bpftrace gs convert magick ffmpeg xxd tar unzip zip cpio rpm dpkg split csplit tee "
    "dialog whiptail open xdg-open"
)
"""Programs with a language of their own, or that run or write what their arguments say."""

WRAPPERS: Final = word_set(
    "env sudo doas pkexec su runuser nice ionice chrt taskset numactl timeout nohup setsid stdbuf "
    "watch xargs parallel rush strace ltrace perf valgrind chroot unshare nsenter flock script "
    "scriptreplay setarch linux32 linux64 firejail bwrap proxychains proxychains4 systemd-run "
    "dbus-run-session dbus-launch rlwrap unbuffer fakeroot faketime eatmydata gosu su-exec "
    "caffeinate time at batch crontab entr direnv ld-linux ld.so start-stop-daemon screen tmux "
    "dtach cgexec prlimit setpriv capsh catchsegv xvfb-run torsocks tsocks torify ccache distcc "
    "sg newgrp run-parts hyperfine"
)
"""Programs that run a program given by their arguments."""

BUILTINS: Final = frozenset(
    [
        ".",
        ":",
        "alias",
        "bg",
        "bind",
        "break",
        "builtin",
        "caller",
        "command",
        "compgen",
        "complete",
        "compopt",
        "continue",
        "declare",
        "dirs",
        "disown",
        "enable",
        "eval",
        "exec",
        "exit",
        "export",
        "fc",
        "fg",
        "getopts",
        "hash",
        "help",
        "history",
        "jobs",
        "kill",
        "let",
        "local",
        "logout",
        "mapfile",
        "popd",
        "pushd",
        "read",
        "readarray",
        "readonly",
        "return",
        "set",
        "shift",
        "shopt",
        "source",
        "suspend",
        "test",
        "[",
        "times",
        "trap",
        "type",
        "typeset",
        "ulimit",
        "umask",
        "unalias",
        "unset",
        "wait",
    ]
)
"""Of bash: they change the shell, expand their arguments, or run them."""

RUNNERS: Final = word_set(
    "npx npm pnpm pnpx yarn bunx pip pip3 pipx uv uvx poetry pdm hatch tox nox conda mamba gem "
    "bundle bundler rake cargo go gradle gradlew mvn ant sbt bazel buck make gmake cmake ninja "
    "meson just task invoke fab ansible docker podman nerdctl kubectl helm vagrant terraform apt "
    "apt-get brew dnf yum pacman snap composer mix rebar3 cabal stack nix nix-shell corepack "
    "lerna nx turbo pre-commit husky lint-staged"
)
"""Package, container and task runners: they run code that their arguments or files name."""

NETWORK: Final = word_set(
    "ping ping6 dig nslookup host whois traceroute tracepath mtr curl wget aria2c nc ncat netcat "
    "socat telnet ftp sftp tftp ssh scp rsync rclone ssh-copy-id mosh openssl gpg mail sendmail "
    "lynx w3m links http https httpie aws gcloud az gsutil s3cmd nmap tcpdump getent resolvectl"
)

_VERSIONED: Final = re.compile(r"(?P<name>[a-z]+)[-.\d]*")


def kind_of(program: str) -> str:
    """What the program called `program` is, in words, if no rule may cover it; else ""."""
    lower = program.lower()
    versioned = _VERSIONED.fullmatch(lower)
    for name in {lower, versioned["name"] if versioned else lower}:
        if name in SHELLS:
            return "is a shell"
        if name in WRAPPERS or lower.startswith(("ld-linux", "ld-musl")):
            return "runs another program"
        if name in INTERPRETERS:
            return "does what its arguments say"
        if name in RUNNERS:
            return "runs what files or packages say"
        if name in NETWORK:
            return "reaches the network"
    return "changes the shell it runs in" if program in BUILTINS else ""
