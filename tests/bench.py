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
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import bench_asking
import bench_feed
import bench_fill
import bench_workbook

from exporter.checks import checked
from exporter.formats import get
from exporter.ingest.resolve import ReadOptions, read_report
from exporter.model import Taxonomy
from exporter.store import FactStore
from exporter.taxonomy import data_folder, load

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
        "import resource,sys;from exporter.cli import main\n"
        f"sys.argv=['exporter','run',{str(source)!r},'--out',{str(folder)!r}]\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss//1024, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    print(f"{'memory of a run over one release':44} peak {done.stderr.split()[-1]:>7} MB                  aim   250 MB")


def main() -> None:
    taxonomy = load()
    text = TEXT if TEXT.is_file() else next(data_folder("samples").glob("*.txt"))
    loop_ms = show("a Python loop of 200,000 steps", loop, 0)
    data = text.read_bytes()
    show(f"text to facts ({text.name})", lambda: read_report(data, text.name, taxonomy), 15, ("the loop", loop_ms))
    if HTML.is_file():
        page = HTML.read_bytes()
        peer, _ = measure(lambda: html_peer(page))
        show(f"HTML to facts ({HTML.name})", lambda: read_report(page, HTML.name, taxonomy), 40, ("lxml's parse and cell texts", peer))
    report = read_report(data, text.name, taxonomy, ReadOptions(document_id="bench"))
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
