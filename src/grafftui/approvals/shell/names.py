"""Programs by what they do with their arguments, for those whose arguments are not read."""

from __future__ import annotations

import re
from typing import Final

from grafftui.approvals.shell.syntax import word_set

SHELLS: Final = word_set(
    "sh bash dash ash zsh ksh ksh93 mksh fish csh tcsh rbash busybox toybox pwsh nu elvish xonsh "
    "powershell osh ysh yash posh lksh rksh rc git-shell"
)

INTERPRETERS: Final = word_set(
    "python pypy perl ruby node nodejs deno bun php lua luajit tclsh wish expect guile racket "
    "clojure clj groovy scala kotlin jshell java javac dotnet r rscript julia octave ghci runghc "
    "ocaml elixir iex erl swift osascript irb awk gawk mawk nawk bc dc m4 gdb lldb jq yq sqlite "
    "sqlite3 psql mysql mariadb mongosh redis-cli vi vim nvim view vimdiff ex ed emacs nano pico "
    "joe micro less more most lesspipe pg gnuplot ipython jupyter tex pdflatex gcc cc g++ clang "
    "ld as cpp bpftrace gs convert magick ffmpeg xxd tar unzip zip cpio rpm dpkg split csplit tee "
    "dialog whiptail open xdg-open original-awk goawk frawk py pyw jruby mruby micropython hy "
    "bpython ptpython qjs d8 rhino luvit fennel janet raku sbcl clisp ecl gforth swipl gprolog "
    "gst sml poly mono csi fsi kotlinc scala-cli amm bb babashka nbb pharo hx kak ne mg jed gvim "
    "rvim sqlplus duckdb clickhouse pgcli mycli litecli mongo cqlsh influx tsx ts-node swiftc "
    "rustc tcc cling root matlab sage maxima gap"
)
"""Programs with a language of their own, or that run or write what their arguments say."""

WRAPPERS: Final = word_set(
    "env sudo doas pkexec su runuser nice ionice chrt taskset numactl timeout nohup setsid stdbuf "
    "watch xargs parallel rush strace ltrace perf valgrind chroot unshare nsenter flock script "
    "scriptreplay setarch linux32 linux64 firejail bwrap proxychains proxychains4 systemd-run "
    "dbus-run-session dbus-launch rlwrap unbuffer fakeroot faketime eatmydata gosu su-exec "
    "caffeinate time at batch crontab entr direnv ld-linux ld.so start-stop-daemon screen tmux "
    "dtach cgexec prlimit setpriv capsh catchsegv xvfb-run torsocks tsocks torify ccache distcc "
    "sg newgrp run-parts hyperfine coreutils uutils pee ifne chronic lckdo zrun ssh-agent x86_64 "
    "i386 i486 i586 i686 uname26 ppc ppc64 mips mips64 s390 s390x sparc sparc64 aarch64 choom "
    "dumb-init tini catatonit setuidgid s6-setuidgid chpst softlimit envdir envuidgid lxc "
    "lxc-attach lxc-execute incus op dotenv dotenvx envchain aws-vault chamber doppler infisical "
    "teller summon foreman honcho overmind hivemind goreman supervisor supervisord pm2 forever "
    "nodemon watchexec reflex cargo-watch fakechroot proot nsjail minijail0 run0 sudoedit calife "
    "super machinectl systemd-nspawn systemd-inhibit systemd-cat xterm uxterm x-terminal-emulator "
    "gnome-terminal konsole alacritty kitty wezterm urxvt byobu tmate zellij gtime uftrace "
    "heaptrack rr cpulimit schedtool tsp nq retry timelimit logsave annotate-output uidmapshift "
    "newuidmap apptainer singularity toolbox distrobox flatpak ltrace-ng trickle runcon sandbox "
    "exch busctl dbus-send gdbserver"
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
    "lerna nx turbo pre-commit husky lint-staged pipenv rye pixi micromamba pyenv rbenv nodenv "
    "goenv jenv phpenv plenv tfenv asdf mise rtx proto nvm fnm volta sdk rvm chruby coverage "
    "uvicorn gunicorn flask django-admin kedro dvc snakemake nextflow luigi mage rails spring "
    "guard bundle-exec wasmtime wasmer wine box86 box64 qemu-x86_64 electron npm-run-all "
    "concurrently wireit wrangler vercel netlify serverless sls pulumi cdk sam act earthly dagger "
    "bake skaffold tilt devbox devenv nix-build nix-env guix gh-act scons waf premake xmake b2 "
    "doit pants please plz lein boot dub nimble shards zig nim crystal dart flutter pub elm-test "
    "spago opam dune esy stackage luarocks cpan cpanm pear pecl easy_install xcodebuild xcrun "
    "fastlane pod carthage swiftpm west platformio pio arduino-cli idf.py docker-compose "
    "podman-compose buildah crictl ctr minikube kind oc k3s"
)
"""Package, container and task runners: they run code that their arguments or files name."""

NETWORK: Final = word_set(
    "ping ping6 dig nslookup host whois traceroute tracepath mtr curl wget aria2c nc ncat netcat "
    "socat telnet ftp sftp tftp ssh scp rsync rclone ssh-copy-id mosh openssl gpg mail sendmail "
    "lynx w3m links http https httpie aws gcloud az gsutil s3cmd nmap tcpdump getent resolvectl"
)

TELL_THEIR_VERSION: Final = word_set(
    "bun cc clang cmake curl deno docker g++ gcc git make node perl pip pip3 podman python python3 "
    "ruby ruff tar uv wget"
)
"""Programs that with `--version` alone do nothing else: they read no file of the workspace before,
as cargo reads which cargo to run, and npm where to write its log."""

_VERSIONED: Final = re.compile(r"(?P<name>[a-z]+)[-.\d]*(\.exe)?")


def kind_of(program: str) -> str:
    """What the program called `program` is, in words, if no rule may cover it; else ""."""
    lower = program.lower()
    versioned = _VERSIONED.fullmatch(lower)
    name = versioned["name"] if versioned else lower
    for each in (lower, name, name.removeprefix("g")):  # as GNU's are called beside others
        if each in SHELLS:
            return "is a shell"
        if each in WRAPPERS or lower.startswith(("ld-linux", "ld-musl")):
            return "runs another program"
        if each in INTERPRETERS:
            return "does what its arguments say"
        if each in RUNNERS:
            return "runs what files or packages say"
        if each in NETWORK:
            return "reaches the network"
    return "changes the shell it runs in" if program in BUILTINS else ""
