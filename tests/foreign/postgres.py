"""Every statement of the store, prepared by a real PostgreSQL.

The store's promise is that each statement runs unchanged on PostgreSQL. This starts a server of its own in a fresh
folder, on a socket that nobody else has, lays the migrations into it and lets it prepare each statement that stands in
the store's source. It prints `ok - …` or `FAILED - …` for each file.

    python3 postgres.py
"""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
STORE = os.path.join(ROOT, "crates", "bot", "src", "store")
LITERAL = re.compile(r'"((?:[^"\\]|\\.|\\\n)*)"', re.S)
BEGINS = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\s|\{[A-Z_]+\} ")
# A file's own tests say things to the library, which are no statements of the store.
TESTS = "\n#[cfg(test)]\nmod tests {"
# What several statements share is a constant.
NAMED = re.compile(r'^(?:pub\(super\) )?const ([A-Z_]+): &str\s*=\s*"((?:[^"\\]|\\.|\\\n)*)";', re.S | re.M)
# So is a text that `concat!` puts into several.
MACRO = re.compile(r'^macro_rules! (\w+) \{\s*\(\) => \{\s*"((?:[^"\\]|\\.|\\\n)*)"\s*\};\s*\}', re.S | re.M)
# What `concat!` is made of, and the whole of it.
PIECE = r'"(?:[^"\\]|\\.|\\\n)*"|\w+!\(\)'
JOINED = re.compile(rf"concat!\(\s*((?:{PIECE})(?:\s*,\s*(?:{PIECE}))*)\s*,?\s*\)", re.S)
# This table was left by the library that served SQLite before; no PostgreSQL has it.
LEFT_BEHIND = "_sqlx_migrations"


def text_of(literal):
    """A Rust string literal's text: a backslash at a line's end folds the break and the indentation. Two ids stand in where
    a list of ids goes."""
    text = re.sub(r"\\\n\s*", "", literal)
    text = text.replace("{ids}", "1, 2")
    return text.replace('\\"', '"').replace("\\\\", "\\")


def names(source):
    """What statements name in a file: its constants, and its macros that stand for a text."""
    named = {"{" + name + "}": text_of(literal) for name, literal in NAMED.findall(source)}
    return named | {name + "!()": text_of(literal) for name, literal in MACRO.findall(source)}


def shared_names():
    """Those of all files of the store."""
    found = {}
    for path in sorted(glob.glob(os.path.join(STORE, "*.rs"))):
        found |= names(open(path, encoding="utf-8").read())
    return found


def statements(source, shared):
    """The statements in a file: single literals, and what `concat!` joins. A macro that nobody knows is a fault."""
    joined = []
    for call in JOINED.finditer(source):
        pieces = re.findall(PIECE, call.group(1), re.S)
        joined.append("".join(text_of(piece[1:-1]) if piece[0] == '"' else shared[piece] for piece in pieces))
    rest = JOINED.sub("", source)
    joined += [text_of(literal) for literal in LITERAL.findall(rest)]
    for name, text in (shared | names(source)).items():
        joined = [said.replace(name, text) for said in joined]
    return [said for said in joined if BEGINS.match(said) and LEFT_BEHIND not in said]


def binaries():
    """The folder of a PostgreSQL's own programs."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/psql"), key=lambda path: int(path.split("/")[-3]))
    psql = found[-1] if found else shutil.which("psql")
    return os.path.dirname(psql) if psql else None


class Server:
    """A PostgreSQL in a folder of its own; it refuses to run as root, so then it runs as its own user."""

    def __init__(self, folder, programs):
        self.folder, self.programs = folder, programs
        self.user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self.user:
            shutil.chown(folder, "postgres")

    def run(self, program, *arguments, **options):
        command = [*self.user, os.path.join(self.programs, program), *arguments]
        return subprocess.run(command, capture_output=True, text=True, cwd=self.folder, **options)

    def __enter__(self):
        data = os.path.join(self.folder, "data")
        self.run("initdb", "-D", data, "-U", "kaiwa", "-A", "trust", "--no-sync", check=True)
        options = f"-k {self.folder} -c listen_addresses='' -c fsync=off"
        self.run("pg_ctl", "-D", data, "-w", "-o", options, "-l", os.path.join(self.folder, "log"), "start", check=True)
        return self

    def __exit__(self, *_):
        self.run("pg_ctl", "-D", os.path.join(self.folder, "data"), "-m", "immediate", "stop")

    def say(self, sql):
        """Runs statements; gives what PostgreSQL complains about."""
        arguments = ["-h", self.folder, "-U", "kaiwa", "-d", "postgres", "-v", "ON_ERROR_STOP=1", "-q", "-f", "-"]
        done = self.run("psql", *arguments, input=sql)
        return done.stderr.strip() if done.returncode else ""


def main():
    programs = binaries()
    if programs is None:
        print("FAILED - PostgreSQL is not installed (Debian: apt-get install postgresql)")
        return 1
    failed, prepared = 0, 0
    with tempfile.TemporaryDirectory() as folder, Server(folder, programs) as server:
        for migration in sorted(glob.glob(os.path.join(ROOT, "crates", "bot", "migrations", "*.sql"))):
            trouble = server.say(open(migration, encoding="utf-8").read())
            name = os.path.basename(migration)
            print(f"FAILED - migration {name}: {trouble}" if trouble else f"ok - PostgreSQL takes the migration {name}")
            failed += bool(trouble)
        shared = shared_names()
        for path in sorted(glob.glob(os.path.join(STORE, "*.rs"))):
            source = open(path, encoding="utf-8").read().split(TESTS)[0]
            found = statements(source, shared)
            troubles = []
            for statement in found:
                trouble = server.say(f"PREPARE statement AS {statement};")
                if trouble:
                    troubles.append(f"{statement}: {trouble}")
            prepared += len(found)
            name = os.path.basename(path)
            for trouble in troubles:
                print(f"FAILED - {name}: {trouble}")
            if found and not troubles:
                print(f"ok - PostgreSQL prepares the {len(found)} statements of {name}")
            failed += len(troubles)
    if prepared < 30:
        print(f"FAILED - only {prepared} statements were found: the search is broken")
        failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
