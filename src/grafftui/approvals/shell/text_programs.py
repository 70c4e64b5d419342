"""What is known of the programs that list, read and compare files, and of harmless small ones.

Options are those of the GNU programs and of ripgrep. One that writes a file, runs a program or
reads names from a file is left out, and so is objected to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from grafftui.approvals.shell.find_arguments import check_find
from grafftui.approvals.shell.options import Arguments, ReadArguments
from grafftui.approvals.shell.syntax import word_set

_SED_PRINTS = re.compile(r"(\d+|\$)(,\+?(\d+|\$))?p(;(\d+|\$)(,\+?(\d+|\$))?p)*")
_NUMBERS = re.compile(r"\d+(,\d+)*")
_PRINTF_PLAIN = re.compile(r"([^%]|%%|%[-+ #0']*(\d*|\*)(\.(\d*|\*))?[diouxXeEfFgGaAcsbq])*")


def _check_sed(read: ReadArguments) -> str:
    if not read.has("-n", "--quiet", "--silent"):
        return "sed is only read with -n and a script that prints lines by number"
    scripts = [value for name, value in read.options if name == "-e"] or read.operands[:1]
    if not scripts or not all(map(_SED_PRINTS.fullmatch, scripts)):
        return "the sed script does more than print lines by number"
    return ""


def _check_printf(read: ReadArguments) -> str:
    if not read.operands:
        return ""
    if read.operands[0].startswith("-"):
        return f"the option {read.operands[0]} is not known to be harmless"
    if not _PRINTF_PLAIN.fullmatch(read.operands[0]):
        return "the printf format does more than print"
    return ""


def _check_ps(read: ReadArguments) -> str:
    """What ps would take for letters without a dash, as it takes all once it cannot make sense of
    one: e is among them then, and shows the environment of programs."""
    if any(name == "-p" and not _NUMBERS.fullmatch(value) for name, value in read.options):
        return "-p takes numbers"
    users = [value for name, value in read.options if name == "-u"]
    named = [user for user in users if user != "root" and not _NUMBERS.fullmatch(user)]
    unclear = named or read.operands or read.has("-x")
    if unclear and (read.has("-e") or any("e" in user for user in named)):
        return "ps may show the environment of programs"
    return ""


def _check_rg(read: ReadArguments) -> str:
    # Files of a type are found though they are hidden: `.env.js`
    for name, value in tuple(read.options):
        if name in ("-t", "--type"):
            if value not in _RG_TYPES:
                return f"the type {value} is not known to be harmless"
            read.options.append(("--glob", f".*.{{{_RG_TYPES[value]}}}"))
    return ""


_RG_TYPES: Final[Mapping[str, str]] = {
    **{
        name: name for name in ("cs", "css", "dart", "go", "lua", "sass", "scss", "svelte", "swift")
    },
    **{name: name for name in ("toml", "txt", "vue", "zig")},
    **dict.fromkeys(("c", "cpp", "h"), "c,h,in,cats,cpp,hpp,cxx,hxx,cc,hh,inl"),
    "elixir": "eex,ex,exs,heex,leex,livemd",
    "erlang": "erl,hrl",
    "haskell": "c2hs,cpphs,hs,hsc,lhs",
    "html": "ejs,htm,html",
    "java": "java,jsp,jspx,properties",
    "js": "js,jsx,vue,cjs,mjs",
    "kotlin": "kt,kts",
    **dict.fromkeys(("markdown", "md"), "markdown,md,mdown,mkdn,mdwn,mkd,mdx"),
    "php": "php,php3,php4,php5,php7,php8,phtml",
    **dict.fromkeys(("py", "python"), "py,pyi"),
    "r": "r,rmd,rnw",
    "ruby": "gemspec,rb,rbw,ru",
    "rust": "rs",
    "scala": "sbt,scala",
    "sql": "psql,sql",
    "tex": "bib,cls,dtx,ins,ltx,sty,tex",
    **dict.fromkeys(("ts", "typescript"), "ts,tsx,cts,mts"),
    "xml": "dtd,rng,sch,xhtml,xjb,xml,dist,xsd,xsl,xslt",
    "yaml": "yaml,yml",
}
"""What files of ripgrep's types end in."""

_GREP_PATTERNS = "-e= -f=PATH --regexp= --file=PATH"

_GREP = Arguments(
    f"{_GREP_PATTERNS} -E -F -G -P -i -y -v -w -x -c -L -l -o -q -s -b -H -h -n -T -Z -z -a "
    "-I -r -R -U -m= -A= -B= -C= --extended-regexp --fixed-strings --basic-regexp "
    "--perl-regexp --ignore-case --no-ignore-case --invert-match --word-regexp --line-regexp "
    "--count --color[=] --colour[=] --files-without-match --files-with-matches --max-count= "
    "--only-matching --quiet --silent --no-messages --byte-offset --with-filename "
    "--no-filename --label= --line-number --initial-tab --null --after-context= "
    "--before-context= --context= --text --binary-files= --exclude= --exclude-from=PATH "
    "--exclude-dir= --include= --recursive --dereference-recursive --line-buffered "
    "--null-data --version",
    "pattern",
    numbers=True,
    recursive="-r -R --recursive --dereference-recursive",
    follows="-R --dereference-recursive",
)

_GREPS = word_set(
    "egrep fgrep zgrep zegrep zfgrep bzgrep bzegrep bzfgrep xzgrep xzegrep xzfgrep lzgrep lzegrep "
    "lzfgrep zstdgrep"
)
"""They hand their arguments on to grep."""

_DIGEST = Arguments("-b -t -z --binary --text --tag --zero")

PROGRAMS: Final[Mapping[str, Arguments]] = {
    "basename": Arguments("-a -s= -z --multiple --suffix= --zero", "text"),
    "cat": Arguments(
        "-A -b -e -E -n -s -t -T -u -v --show-all --number-nonblank --show-ends --number "
        "--squeeze-blank --show-tabs --show-nonprinting"
    ),
    "cmp": Arguments("-b -l -s -n= -i= --print-bytes --verbose --silent --quiet --bytes="),
    "column": Arguments("-t -x -s= -c= --table --separator="),
    "comm": Arguments("-1 -2 -3 -z --check-order --nocheck-order --total --output-delimiter="),
    "cut": Arguments(
        "-b= -c= -d= -f= -n -s -z --bytes= --characters= --delimiter= --fields= --complement "
        "--only-delimited --output-delimiter= --zero-terminated"
    ),
    "date": Arguments(
        "-u -R -I[=] -d= -r=PATH --utc --universal --iso-8601[=] --rfc-3339= --rfc-email --date= "
        "--reference=PATH",
        "text",
        form=r"\+.*",
        most=1,
    ),
    "df": Arguments(
        "-a -h -H -i -k -l -P -t= -T -x= --all --human-readable --si --inodes --local "
        "--portability --print-type --total --type= --exclude-type="
    ),
    "diff": Arguments(
        "-u -c -q -s -y -t -T -w -b -B -E -Z -i -a -d -e -n -p -N -r -x= -I= -U= -C= -W= --normal "
        "--brief --report-identical-files --unified[=] --context[=] --side-by-side --recursive "
        "--new-file --ignore-case --ignore-all-space --ignore-space-change --ignore-blank-lines "
        "--ignore-trailing-space --text --minimal --exclude= --width= --color[=] "
        "--suppress-common-lines --show-c-function --strip-trailing-cr --no-dereference",
        recursive="always",  # two directories have their files compared without -r, too
        follows="always",
    ),
    "dirname": Arguments("-z --zero", "text"),
    "du": Arguments(
        "-a -b -B= -c -d= -h -H -k -m -s -S -t= -x -0 -P --all --apparent-size --total "
        "--max-depth= --human-readable --summarize --si --threshold= --one-file-system "
        "--exclude= --time --block-size="
    ),
    "echo": Arguments("*", "text"),
    "expand": Arguments("-i -t= --initial --tabs="),
    "expr": Arguments("*", "text"),
    "false": Arguments("*", "text"),
    "file": Arguments(
        "-b -i -h -k -N -n -r -v -0 --brief --mime --mime-type --mime-encoding --extension "
        "--no-dereference --keep-going --no-pad --raw --print0"
    ),
    "find": Arguments("*", "text", check=check_find),
    "fold": Arguments("-b -s -w= --bytes --spaces --width="),
    "getconf": Arguments("*", "text"),
    "grep": _GREP,
    "head": Arguments(
        "-n= -c= -q -v -z --lines= --bytes= --quiet --silent --verbose --zero-terminated",
        numbers=True,
    ),
    "id": Arguments("-a -g -G -n -r -u -z --group --groups --name --real --user --zero", "text"),
    "join": Arguments("-1= -2= -a= -e= -i -j= -o= -t= -v= -z --header --ignore-case"),
    "ls": Arguments(
        "-a -A -b -B -c -C -d -f -F -g -G -h -H -i -I= -k -l -L -m -n -N -o -p -q -Q -r -R -s -S "
        "-t -T= -u -U -v -w= -x -X -Z -1 --all --almost-all --author --escape --block-size= "
        "--ignore-backups --color[=] --directory --classify[=] --file-type --format= --full-time "
        "--group-directories-first --no-group --human-readable --si --dereference --hide= "
        "--hyperlink[=] --indicator-style= --inode --ignore= --kibibytes --numeric-uid-gid "
        "--literal --hide-control-chars --show-control-chars --quote-name --quoting-style= "
        "--reverse --recursive --size --sort= --time= --time-style= --tabsize= --width= "
        "--context --zero --version"
    ),
    "man": Arguments("-f -k -w --whatis --apropos --where", "text", form=r"[A-Za-z0-9][\w.+:-]*"),
    "md5sum": _DIGEST,
    "nl": Arguments("-b= -d= -f= -h= -i= -l= -n= -p -s= -v= -w="),
    "nproc": Arguments("--all --ignore=", "none"),
    "od": Arguments("-A= -t= -N= -j= -w[=] -v -a -b -c -d -f -i -l -o -s -x"),
    "paste": Arguments("-d= -s -z --delimiters= --serial --zero-terminated"),
    "printf": Arguments("*", "text", check=_check_printf),
    # Its e, and the columns one may name, show the environment of other programs
    "ps": Arguments(
        "-a -A -d -e -f -F -l -p= -u= -x --forest", "text", form="a?u?x", check=_check_ps
    ),
    "pwd": Arguments("-L -P --logical --physical", "none"),
    "readlink": Arguments("-e -f -m -n -q -s -v -z --canonicalize --canonicalize-existing"),
    "realpath": Arguments("-e -m -L -P -q -s -z --relative-to=PATH --relative-base=PATH"),
    "rev": Arguments(""),
    "rg": Arguments(
        f"{_GREP_PATTERNS} -n -N -i -S -s -w -x -v -c -l -o -F -U -u -H -I -p -q -a -L -P -0 -b -. "
        "-E= -g= -t= -T= -A= -B= -C= -m= -M= -j= -d= -r= --files --files-with-matches "
        "--files-without-match --count --count-matches --line-number --no-line-number "
        "--ignore-case --smart-case --case-sensitive --word-regexp --line-regexp --invert-match "
        "--only-matching --fixed-strings --multiline --multiline-dotall --hidden --no-ignore "
        "--no-ignore-vcs --unrestricted --glob= --iglob= --type= --type-not= --type-list "
        "--after-context= --before-context= --context= --max-count= --max-depth= --max-columns= "
        "--max-filesize= --heading --no-heading --color= --column --no-column --stats --json "
        "--sort= --sortr= --passthru --pcre2 --engine= --encoding= --replace= --threads= --trim "
        "--vimgrep --with-filename --no-filename --null --crlf --text --quiet --no-messages "
        "--no-config --follow --version --pretty --byte-offset",
        "pattern",
        recursive="always",
        hidden="-. -u --hidden --unrestricted",
        follows="-L --follow",
        globs="-g --glob --iglob",
        check=_check_rg,
    ),
    "sed": Arguments(
        "-n -s -u -z -e= --quiet --silent --separate --unbuffered --null-data",
        "pattern",
        check=_check_sed,
    ),
    "seq": Arguments("-s= -w -f= --separator= --equal-width --format=", "text", numbers=True),
    "sha1sum": _DIGEST,
    "sha256sum": _DIGEST,
    "sha512sum": _DIGEST,
    "sleep": Arguments("", "text"),
    "sort": Arguments(
        "-b -d -f -g -i -M -h -n -R -r -V -c -C -m -s -u -z -k= -t= --ignore-leading-blanks "
        "--dictionary-order --ignore-case --general-numeric-sort --ignore-nonprinting "
        "--month-sort --human-numeric-sort --numeric-sort --random-sort --reverse --sort= "
        "--version-sort --check[=] --key= --merge --stable --field-separator= --unique "
        "--zero-terminated"
    ),
    "stat": Arguments(
        "-L -f -t -c= --dereference --file-system --terse --format= --printf=",
    ),
    "tac": Arguments("-b -r -s= --before --regex --separator="),
    "tail": Arguments(
        "-n= -c= -f -q -v -z --lines= --bytes= --quiet --silent --verbose --zero-terminated",
        numbers=True,
    ),
    "tr": Arguments(
        "-c -C -d -s -t --complement --delete --squeeze-repeats --truncate-set1", "text", most=2
    ),
    # Its -P, -I and -L take the next word, never what stands behind the letter
    "tree": Arguments(
        "-a -d -f -i -q -N -Q -p -u -g -s -h -D -F -v -t -c -U -r -n -C -A -S -J -X -x -L= -P= -I= "
        "--dirsfirst --filesfirst --noreport --prune --du --si --gitignore --matchdirs "
        "--ignore-case --inodes --device --charset= --filelimit= --timefmt= --sort=",
        attached=False,
    ),
    "true": Arguments("*", "text"),
    "tsort": Arguments(""),
    "uname": Arguments("-a -s -n -r -v -m -p -i -o --all --machine --kernel-name", "none"),
    "unexpand": Arguments("-a -t= --all --first-only --tabs="),
    "uniq": Arguments(
        "-c -d -D -i -u -z -f= -s= -w= --count --repeated --all-repeated[=] --ignore-case "
        "--unique --skip-fields= --skip-chars= --check-chars= --group[=] --zero-terminated",
        most=1,
    ),
    "wc": Arguments(
        "-c -m -l -L -w --bytes --chars --lines --words --max-line-length --total=",
    ),
    "which": Arguments("-a", "text"),
    "whoami": Arguments("", "none"),
    **dict.fromkeys(_GREPS, _GREP),
    "rgrep": replace(_GREP, recursive="always"),
}
