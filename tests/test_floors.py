"""The floors and doors of the house as sentences: imports go only downwards, every outside world has one owner."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterable

import pytest

from tests.tree import ROOT, calls, imports, modules_imported, path_of, sources, text_files, words

FLOORS = {
    # who: whom it may import besides itself
    "console.core": (),
    "console.store": ("console.core",),
    "console.commands": ("console.core",),
    "sync": ("console.core", "console.store", "console.commands"),
    "widgets": ("console.core",),
    "console.models": ("console.core", "console.store", "console.commands"),
    "console.panels": ("console.core", "console.store", "console.commands", "console.models", "widgets"),
    "console.shell": (
        "console.core",
        "console.store",
        "console.commands",
        "console.models",
        "console.panels",
        "widgets",
    ),
    "console.terminal": (
        "console.core",
        "console.store",
        "console.commands",
        "console.panels",
        "console.shell",
        "sync",
    ),
}
SCREEN = ("console.shell", "console.panels", "console.models", "widgets")


def within(module: str, tops: str | Iterable[str]) -> bool:
    """True where the module is one of those packages or lies in it."""
    tops = (tops,) if isinstance(tops, str) else tops
    return any(module == top or module.startswith(top + ".") for top in tops)


def users_of(library: str) -> set[str]:
    """Modules that import a library anywhere in the file."""
    return {
        module for module, tree in sources().items() if any(within(name, library) for name, _ in imports(module, tree))
    }


def places(bad: Callable[[str, str, ast.Call], bool]) -> list[str]:
    """file:line of every call for which `bad(module, called, call)` holds."""
    return [
        f"{path_of(module).relative_to(ROOT)}:{call.lineno} {called}"
        for module, tree in sources().items()
        for called, call in calls(tree)
        if bad(module, called, call)
    ]


@pytest.mark.parametrize("floor", FLOORS)
def test_imports_go_only_downwards(floor: str) -> None:
    allowed = (floor, "console", *FLOORS[floor], "resources")
    wrong = [
        f"{module} imports {name}"
        for module, tree in sources().items()
        if within(module, floor)
        for name in modules_imported(module, tree)
        if name != "console" and not within(name, [each for each in allowed if each != "console"])
    ]
    assert not wrong


def test_core_knows_nobody() -> None:
    outside = ("PySide6", "shiboken6", "sqlite3", "requests", "keyring", "pyqtgraph", "folium", "subprocess", "socket")
    assert not [each for library in outside for each in users_of(library) if within(each, "console.core")]


def test_sync_and_screen_never_meet() -> None:
    for module, tree in sources().items():
        met = modules_imported(module, tree)
        if within(module, "sync"):
            assert not [name for name in met if within(name, SCREEN)], module
        if within(module, SCREEN):
            assert not [name for name in met if within(name, "sync")], module


def test_sync_store_and_commands_need_no_qt() -> None:
    for module in users_of("PySide6"):
        assert not within(module, ("sync", "console.store", "console.commands", "console.core")), module


def test_models_need_no_widgets() -> None:
    for library in ("PySide6.QtWidgets", "PySide6.QtGui"):
        assert not [each for each in users_of(library) if within(each, "console.models")]


def test_only_the_store_opens_sqlite() -> None:
    assert not [each for each in users_of("sqlite3") if not within(each, "console.store")]
    assert not users_of("PySide6.QtSql")


def test_only_wire_uses_requests() -> None:
    for library in ("requests", "http.client", "urllib.request"):
        assert users_of(library) <= {"sync.wire"}, library
    # The wire's own sockets (which address may be spoken to, how to cut) hang on what requests stands on.
    assert users_of("urllib3") <= {"sync.wire", "sync.sockets"}


def test_only_the_time_chart_uses_pyqtgraph() -> None:
    assert users_of("pyqtgraph") <= {"widgets.time_chart"}


def test_only_the_map_page_uses_folium() -> None:
    assert users_of("folium") <= {"widgets.map_page"}


def test_only_credentials_use_the_keyring() -> None:
    assert users_of("keyring") <= {"sync.credentials"}


def test_only_the_clock_knows_time_and_chance() -> None:
    for library in ("time", "random", "secrets"):
        assert users_of(library) <= {"console.core.clock"}, library
    now = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "uuid.uuid4", "uuid.uuid1", "uuid4")
    qt = ("QDateTime.currentDateTime", "QDateTime.currentDateTimeUtc", "QTime.currentTime", "QDate.currentDate")
    assert not places(
        lambda module, called, _: module != "console.core.clock" and called.removeprefix("datetime.") in now + qt
    )


def test_no_time_is_naive() -> None:
    def naive(module: str, called: str, call: ast.Call) -> bool:
        bare = called.removeprefix("datetime.")
        if bare in ("datetime.utcnow", "datetime.utcfromtimestamp"):
            return True
        named = {each.arg for each in call.keywords}
        return (bare == "datetime.now" and not call.args and "tz" not in named) or (
            bare == "datetime.fromtimestamp" and len(call.args) < 2 and "tz" not in named
        )

    assert not places(naive)


def test_only_main_reads_arguments_and_environment() -> None:
    wrong = [
        f"{module}:{node.lineno} {ast.unparse(node)}"
        for module, tree in sources().items()
        if module != "main"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ("sys.argv", "os.environ", "os.environb")
    ]
    assert not wrong
    assert not places(lambda module, called, _: module != "main" and called in ("os.getenv", "os.putenv"))
    # `python -m widgets` is a program of its own: it shows the parts to those who make them.
    assert users_of("argparse") <= {
        "main",
        "console.terminal.arguments",
        "console.terminal.terminal",
        "widgets.__main__",
    }


def test_every_file_is_written_by_one_recipe() -> None:
    """Only console/store/files.py opens a file to write; the black box appends, SQLite is the store's own."""
    door = ("console.store.files",)

    def writes(module: str, called: str, call: ast.Call) -> bool:
        last = called.rpartition(".")[2]
        if module in door:
            return False
        if last in ("write_text", "write_bytes", "QSaveFile", "mkstemp", "NamedTemporaryFile"):
            return True
        if called != "open" and last not in ("open", "fdopen"):
            return False
        mode = call.args[1] if called in ("open", "os.fdopen") and len(call.args) > 1 else None
        if last == "open" and called != "open" and call.args:
            mode = call.args[0]
        mode = next((each.value for each in call.keywords if each.arg == "mode"), mode)
        return (
            isinstance(mode, ast.Constant)
            and isinstance(mode.value, str)
            and re.fullmatch(r"[rwaxbt+]+", mode.value) is not None
            and bool(set(mode.value) & set("wax+"))
        )

    assert not places(writes)


def test_no_live_store_is_copied_as_a_file() -> None:
    copies = ("shutil.copy", "shutil.copy2", "shutil.copyfile", "shutil.copytree")
    assert not places(lambda module, called, _: called in copies and module != "console.store.files")


def test_every_write_takes_its_lock_at_once() -> None:
    """A deferred BEGIN that upgrades fails at once with SQLITE_BUSY, whatever the time-out; only a reader may."""
    begin = re.compile(r"BEGIN(\s+DEFERRED)?(\s+TRANSACTION)?\s*;?")
    for module, tree in sources().items():
        if module in ("console.store.view", "console.store.backup"):
            continue  # one view of several statements, on connections that cannot write
        assert not [node for node, text in words(tree) if begin.fullmatch(text.strip())], module


def _is_panel(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.ClassDef) and "Panel" in [ast.unparse(base) for base in node.bases] for node in tree.body
    )


def test_panels_never_import_each_other() -> None:
    """Parts of a panel may lie in files of their own beside it; a panel itself is imported by the shell alone."""
    trees = {module: tree for module, tree in sources().items() if within(module, "console.panels")}
    panels = {module for module, tree in trees.items() if _is_panel(tree)}
    for module, tree in trees.items():
        assert not panels & set(modules_imported(module, tree)), module


def test_feeds_never_import_each_other() -> None:
    """A feed is a file or a folder in `sync/feeds/`; what several share lies beside them under a leading underscore."""
    for module, tree in sources().items():
        if not within(module, "sync.feeds") or module == "sync.feeds":
            continue
        mine = ".".join(module.split(".")[:3])
        met = {name for name in modules_imported(module, tree) if within(name, "sync.feeds")} - {"sync.feeds"}
        assert all(within(name, mine) or name.split(".")[2].startswith("_") for name in met), module


def test_main_is_imported_by_nobody() -> None:
    assert not users_of("main")
    assert not [
        each for each in users_of("console.terminal") if each != "main" and not within(each, "console.terminal")
    ]


def _rings(edges: dict[str, set[str]]) -> list[list[str]]:
    """The rings of a graph: its strongly connected parts of more than one (Tarjan)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    rings: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in edges.get(name, ()):
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            ring = []
            while True:
                ring.append(stack.pop())
                if ring[-1] == name:
                    break
            if len(ring) > 1:
                rings.append(sorted(ring))

    for name in edges:
        if name not in index:
            visit(name)
    return rings


def _only_for_types(node: ast.stmt, tree: ast.Module) -> bool:
    """True for an import under `if TYPE_CHECKING`: it never happens at run time."""
    return any(
        inner is node
        for each in ast.walk(tree)
        if isinstance(each, ast.If) and "TYPE_CHECKING" in ast.unparse(each.test)
        for inner in ast.walk(each)
    )


def test_there_is_no_ring_of_modules() -> None:
    """An import inside a function to hide a ring counts as an import."""
    edges = {
        module: {
            name
            for name, nodes in modules_imported(module, tree).items()
            # A package is run before its modules anyway: a module that names its own package is no ring.
            if not module.startswith(name + ".") and not all(_only_for_types(node, tree) for node in nodes)
        }
        for module, tree in sources().items()
    }
    assert not _rings(edges)


def test_no_two_packages_import_each_other() -> None:
    def package(module: str) -> str:
        parts = module.split(".")
        return ".".join(parts[:2]) if parts[0] == "console" and len(parts) > 1 else parts[0]

    edges: dict[str, set[str]] = {}
    for module, tree in sources().items():
        edges.setdefault(package(module), set()).update(package(name) for name in modules_imported(module, tree))
    assert not _rings({name: others - {name} for name, others in edges.items()})


def test_importing_core_store_and_engine_loads_no_qt() -> None:
    names = [each for each in sources() if within(each, ("console.core", "console.store", "console.commands", "sync"))]
    names = [each for each in names if not each.endswith("__main__")]
    code = (
        f"import sys\nfor name in {names!r}:\n    __import__(name)\nprint(*[m for m in sys.modules if 'PySide6' in m])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""


def test_importing_the_shell_loads_no_chart_and_no_web_view() -> None:
    """The first window must not wait for them (300 ms each): they come with the first panel that needs them."""
    if "console.shell.run" not in sources():
        pytest.skip("no shell yet")
    heavy = ("pyqtgraph", "folium", "PySide6.QtWebEngineCore")
    code = f"import sys, console.shell.run\nprint(*[m for m in sys.modules if m in {heavy!r}])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""


def test_no_error_is_swallowed() -> None:
    """What catches everything hands it on: raises it, or gives it to who waits for the answer."""
    for module, tree in sources().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler) and (node.type is None or ast.unparse(node.type) == "BaseException"):
                handed = any(called.endswith(".set_exception") for called, _ in calls(node))
                assert handed or any(isinstance(each, ast.Raise) for each in ast.walk(node)), f"{module}:{node.lineno}"


def test_code_names_no_city() -> None:
    """A docstring may give an example; names and strings that run may not."""
    names_of_others = re.compile("Plus Jakarta Sans|Asia/Jakarta")
    cities = re.compile(r"tangerang|semarang|jakarta|bandung|surabaya|san.?francisco", re.IGNORECASE)
    wrong = [
        f"{module}:{getattr(node, 'lineno', 0)} {text}"
        for module, tree in sources().items()
        for node, text in words(tree)
        if cities.search(names_of_others.sub("", text))
    ]
    assert not wrong


MACHINE = re.compile(
    r"/work/|/tmp/bash_jobs|/root/|pypi\.org|pythonhosted|registry\.npmjs|deb\.debian|opt/pypi|opt/wheels"
)
MADE_BY = re.compile(r"\b(LLM|language model|AI agent|AI assistant|ChatGPT|Claude|Copilot|subagent)\b", re.IGNORECASE)


def test_the_tree_tells_of_no_machine_and_no_registry() -> None:
    for name, text in text_files():
        if name == "tests/test_floors.py":
            continue
        for number, line in enumerate(text.splitlines(), 1):
            assert not MACHINE.search(line), f"{name}:{number}"
            assert not MADE_BY.search(line), f"{name}:{number}"


def test_the_lock_files_name_no_registry() -> None:
    for path in (ROOT / "requirements.lock", ROOT / ".ci/dev.lock", ROOT / ".ci/web.lock"):
        assert "://" not in path.read_text("utf-8"), path


def test_the_lock_pins_and_hashes_everything() -> None:
    for path in (ROOT / "requirements.lock", ROOT / ".ci/dev.lock", ROOT / ".ci/web.lock"):
        entries = re.split(r"\n(?=\S)", path.read_text("utf-8").strip())
        assert all("==" in each and "--hash=sha256:" in each for each in entries), path


TOP = {
    *("console", "widgets", "sync", "resources", "main.py", "installer.spec", "pyproject.toml", "tests"),
    *(
        "README.md",
        "CHANGELOG.md",
        "DECISIONS.md",
        "SECURITY.md",
        "LICENSE",
        "Makefile",
        "bench",
        ".ci",
        "requirements.lock",
    ),
    ".gitignore",
}


def test_the_top_level_is_fixed() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git work tree")
    assert {name.split("/")[0] for name in listed.stdout.splitlines()} <= TOP
