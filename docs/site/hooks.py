"""What the site has beside the pages in docs/: the program's options, benchmarks, changes."""

import re
import subprocess
import sys
from pathlib import Path

from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(sys.executable).parent / "big"


def _help(*command):
    done = subprocess.run([PROGRAM, *command, "--help"], capture_output=True, text=True, check=True)
    return done.stdout


def _commands(text):
    """The subcommands that a help lists."""
    listed = text.partition("Commands:\n")[2].partition("\n\n")[0]
    return [name for name in re.findall(r"^  ([a-z]\S*)", listed, re.M) if name != "help"]


def _program():
    page = ["# The program", "", "What `big --help` says, command by command."]

    def add(*command):
        text = _help(*command)
        page.extend(["", f"## big {' '.join(command)}".rstrip(), "", "```text", text.rstrip(), "```"])
        for name in _commands(text):
            add(*command, name)

    add()
    return "\n".join(page) + "\n"


def on_files(files, config):
    """Adds the pages that are made."""
    made = {
        "reference/program.md": _program(),
        "benchmarks.md": (ROOT / "BENCHMARKS.md").read_text(encoding="utf-8"),
        "changelog.md": (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"),
    }
    for path, content in made.items():
        files.append(File.generated(config, path, content=content))
    return files


def on_page_markdown(markdown, page, config, files):
    """Links that leave docs/: to pages of the site, or to nothing but a name."""
    depth = page.file.src_uri.count("/")
    up = "../" * depth
    markdown = markdown.replace(f"]({up}../BENCHMARKS.md", f"]({up}benchmarks.md").replace(
        f"]({up}../CHANGELOG.md", f"]({up}changelog.md"
    )
    if page.file.src_uri in ("benchmarks.md", "changelog.md"):
        markdown = markdown.replace("](docs/", "](")
    return re.sub(r"\[([^\]]+)\]\((?:\.\./)+(?:examples|crates|ARCHITECTURE)[^)]*\)", r"`\1`", markdown)
