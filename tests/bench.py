"""How long each step takes, warm and cold, on this machine: `make bench`. Not a test; nothing is asserted.

CPU milliseconds of this process, the best and the median of many runs, each beside a peer of the same
run where there is one, so that the ratio travels from machine to machine.
"""

from __future__ import annotations

import gc
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import bench_asking
import bench_feed
import bench_fill
import bench_workbook

from exporter.checks import check, checked
from exporter.formats import get
from exporter.ingest import resolve, tables
from exporter.ingest.resolve import ReadOptions, read_report
from exporter.model import Taxonomy
from exporter.store import FactStore
from exporter.taxonomy import load

ROOT = Path(__file__).resolve().parents[1]
RELEASES = ROOT / ".." / "shared" / "releases"
TEXT = RELEASES / "qifu-2023q2.txt"
HTML = RELEASES / "adobe-fy2023q1.html"


def measure(work: Callable[[], object], runs: int = 20) -> tuple[float, float]:
    """Best and median CPU milliseconds of ``runs`` calls, after one that warms up."""
    work()
    gc.collect()
    times = []
    for _ in range(runs):
        start = time.process_time()
        work()
        times.append((time.process_time() - start) * 1000)
    return min(times), statistics.median(times)


def show(name: str, work: Callable[[], object], limit: float, peer: tuple[str, float] | None = None, runs: int = 20) -> float:
    best, median = measure(work, runs)
    ratio = f"  {best / peer[1]:5.2f} x {peer[0]}" if peer else ""
    print(f"{name:44} best {best:7.1f} ms  median {median:7.1f} ms  aim {limit:5.0f} ms{ratio}")
    return best


def linear(taxonomy: Taxonomy) -> None:
    """Reading and the ledger of 1, 2 and 4 MB: seconds, and each as a multiple of the one before (aim: at most 2.3)."""
    head, _, rest = TEXT.read_text("utf-8").partition("\n\n") if TEXT.is_file() else ("", "", "")
    prose = "\n".join(line for line in rest.split("\n") if "\t" not in line)
    table = "\n\n(in thousands of U.S. dollars)\n\n\tThree Months Ended June 30,\n\t2023\t2022\nTotal revenue\t3\t2\n"
    for name, unit in (("prose", prose or "Revenue was $1.5 million.\n"), ("digits, commas and brackets", "1,234, (5) [6.7] ((")):
        times = []
        for size in (1, 2, 4):
            text = f"{head}\n\n{(unit * (size * 1_000_000 // len(unit) + 1))[: size * 1_000_000]}{table}".encode()
            start = time.process_time()
            read_report(text, "long.txt", taxonomy)
            times.append(time.process_time() - start)
        ratios = " ".join(f"{after / before:4.2f} x" for before, after in pairwise(times))
        print(f"{f'1, 2 and 4 MB of {name}':44} {' '.join(f'{one:6.1f}' for one in times)} s  {ratios}")


def tables_alone(taxonomy: Taxonomy) -> Taxonomy:
    """The same without a grammar: running text is not read, so what is left is the way from a text to the facts of its tables."""
    lexicon = {name: entry for name, entry in taxonomy.lexicon.items() if name != "grammar"}
    return replace(taxonomy, lexicon=lexicon, hash=f"{taxonomy.hash} tables alone")


class Parts:
    """How long the parts of one reading take, measured inside the same runs."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        for part, name in (("prose", "Running"), ("prose", "_prose"), ("ledger", "entries")):
            setattr(resolve, name, self.timed(part, getattr(resolve, name)))

    def timed(self, part: str, work: Callable[..., object]) -> Callable[..., object]:
        """``work``, with its time counted as that of ``part``."""

        def timing(*given: object) -> object:
            start = time.process_time()
            try:
                return work(*given)
            finally:
                self.spent[part] += (time.process_time() - start) * 1000

        return timing

    def show(self, name: str, data: bytes, taxonomy: Taxonomy, aims: Mapping[str, float], loop_ms: float, runs: int = 20) -> None:
        """The best run of each part, and of all together; first the tables alone, with their facts."""
        best: dict[str, list[float]] = defaultdict(list)
        alone = tables_alone(taxonomy)
        for _ in range(runs + 1):
            self.spent.clear()
            start = time.process_time()
            resolve.read_report(data, name, alone)
            best["tables alone"].append((time.process_time() - start) * 1000 - self.spent.total())
        for _ in range(runs + 1):
            self.spent.clear()
            start = time.process_time()
            report = resolve.read_report(data, name, taxonomy)
            read = (time.process_time() - start) * 1000
            start = time.process_time()
            check(report, taxonomy)
            checks = (time.process_time() - start) * 1000
            done = {"prose": self.spent["prose"], "facts": read - self.spent["ledger"], "ledger": self.spent["ledger"]}
            for part, took in {**done, "checks": checks, "everything": read + checks}.items():
                best[part].append(took)
        for part, times in best.items():
            low, median = min(times[1:]), statistics.median(times[1:])
            aim = f"aim {aims[part]:5.0f} ms" if part in aims else " " * 12
            print(f"{f'{name}: {part}':44} best {low:7.1f} ms  median {median:7.1f} ms  {aim}  {low / loop_ms:5.2f} x the loop")


def loop() -> None:
    """A plain Python loop: the yardstick for the speed of this machine."""
    made: dict[int, str] = {}
    for number in range(200_000):
        made[number % 1000] = str(number)


def html_peer(data: bytes) -> int:
    """lxml alone: parse, and the text of every cell."""
    from lxml import html

    return sum(len("".join(cell.itertext())) for cell in html.document_fromstring(data).iter("td", "th"))


def cold(name: str, command: list[str], limit: float) -> None:
    """User and system CPU of a fresh process."""
    times = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append((after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000)
    print(f"{name:44} best {min(times):7.1f} ms  median {statistics.median(times):7.1f} ms  aim {limit:5.0f} ms  (cold process)")


def memory(source: Path, folder: Path) -> None:
    code = (
        "import sys;from exporter.cli import main\n"
        f"sys.argv=['exporter','run',{str(source)!r},'--out',{str(folder)!r}]\n"
        "try: main()\nexcept SystemExit: pass\n"
        # Not ru_maxrss: a child begins with its parent's, which is large here.
        "peak=[line for line in open('/proc/self/status') if line.startswith('VmHWM')][0]\n"
        "print(int(peak.split()[1])//1024, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    print(f"{'memory of a run over one release':44} peak {done.stderr.split()[-1]:>7} MB                  aim   250 MB")


def main() -> None:
    taxonomy = load()
    text = TEXT if TEXT.is_file() else next((ROOT / "exporter" / "samples").glob("*.txt"))
    print("reading and checking:", "plain Python" if tables.__file__.endswith(".py") else "compiled by mypyc")
    loop_ms = show("a Python loop of 200,000 steps", loop, 0)
    data = text.read_bytes()
    parts = Parts()
    parts.show(text.name, data, taxonomy, {"tables alone": 15, "everything": 40}, loop_ms)
    if HTML.is_file():
        page = HTML.read_bytes()
        show("lxml's parse and cell texts", lambda: html_peer(page), 0)
        parts.show(HTML.name, page, taxonomy, {"facts": 40}, loop_ms)
    report = checked(read_report(data, text.name, taxonomy, ReadOptions(document_id="bench")), taxonomy)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        serial = iter(range(10_000))

        def store() -> None:
            with FactStore.open(folder / f"{next(serial)}.duckdb") as facts:
                facts.write([report], taxonomy)

        def write(kind: str) -> Callable[[], object]:
            return lambda: get(kind)(report, taxonomy, folder / "bench", {"language": "en"})

        together = [show("store, a new file", store, 60), show("XBRL", write("xbrl"), 60), show("CSV", write("csv"), 60)]
        print(f"{'store, XBRL and CSV together':44} best {sum(together):7.1f} ms {'':20} aim    60 ms")
        bench_workbook.show(checked(report, taxonomy), taxonomy)
        cold("exporter --help", ["-m", "exporter", "--help"], 120)
        memory(text, folder / "out")
    linear(taxonomy)
    bench_fill.run(show, measure)
    bench_asking.main()
    bench_feed.run()


if __name__ == "__main__":
    if len(sys.argv) > 1:  # many documents and many facts: minutes, and only when asked for
        subprocess.run([sys.executable, str(ROOT / "tests/bench_batch.py"), *sys.argv[1:]], check=True)
    else:
        main()
