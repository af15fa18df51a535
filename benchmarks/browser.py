"""What a person feels: time to the first view, latency and rate of decoding, redraw, bytes sent."""

import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, Page
from torch import nn

from aecore.models import export
from aecore.models.modules import BottleneckLinear, Repeat, RowLSTM, RowsToImage
from benchmarks.harness.chromium import launched
from benchmarks.harness.modules import module_page
from benchmarks.harness.server import frames_sent, open_plane, served

DRAG_S = 3.0
REDRAW = """async (count) => {
    const IN_A_ROW = 5;  // the wait itself is a round trip between processes of some ms
    const { createPointRenderer } = await import("/lib/scatter/points.js");
    const { dotStyle } = await import("/lib/scatter/geometry.js");
    const side = 560;
    const canvas = document.body.appendChild(document.createElement("canvas"));
    const points = createPointRenderer(canvas, () => {});
    const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
    const labels = Int16Array.from({ length: count }, (_, i) => i % 10);
    points.setPoints(Float32Array.from({ length: 2 * count }, normal), labels);
    const palette = Array.from({ length: 10 }, (_, i) => [i / 10, 0.5, 1 - i / 10]);
    const colours = { palette, hidden: palette.map(() => 0), context: [0.5, 0.5, 0.5] };
    const style = { ...dotStyle(count, side * side), ...colours };
    const gl = canvas.getContext("webgl");
    const times = [];
    for (let i = 0; i < 30; i++) {
        const started = performance.now();
        for (let k = 0; k < IN_A_ROW; k++) {
            const view = { cx: 0.01 * k, cy: 0.01 * i, width: 7 };
            points.draw(view, { width: side, height: side, ratio: 1 }, style);
        }
        gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));  // waits for the pictures
        times.push((performance.now() - started) / IN_A_ROW);
    }
    canvas.remove();
    return times;
}"""

DECODING = """async ([layers, shapes]) => {
    const { createDecoder } = await import("/lib/decoder/decoder.js");
    const tensors = {};
    for (const [name, shape] of Object.entries(shapes)) {
        const count = shape.reduce((total, length) => total * length, 1);
        const data = Float32Array.from({ length: count }, () => 0.1 * (Math.random() - 0.5));
        tensors[name] = { shape, data };
    }
    const { decode } = createDecoder(layers, tensors, 2);
    const times = [];
    for (let i = 0; i < 250; i++) {
        const started = performance.now();
        decode([Math.random(), Math.random()]);
        times.push(performance.now() - started);
    }
    return times.slice(50);  // the first are not compiled yet
}"""


class _Decoder(nn.Module):
    """A decoder and its output, as every variant has them; the time does not depend on the weights."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.decoder, self.output = nn.Sequential(*layers), nn.Sigmoid()


def _convolutional() -> _Decoder:
    """From 2 numbers to 32 x 32 through 128, 64 and 32 feature maps."""
    return _Decoder(
        *[BottleneckLinear(2, 2048), nn.Unflatten(1, (128, 4, 4)), nn.ConvTranspose2d(128, 64, 4, 2, 1)],
        *[nn.ReLU(), nn.ConvTranspose2d(64, 32, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(32, 1, 4, 2, 1)],
    )


def _recurrent() -> _Decoder:
    """From 2 numbers to 28 x 28, a row per step of an LSTM with a state of 128."""
    return _Decoder(
        *[BottleneckLinear(2, 128), nn.Tanh(), Repeat(28), RowLSTM(128, 128)],
        *[nn.Linear(128, 28), RowsToImage(1, 28)],
    )


VIEWS = {
    "Compare, three planes decoded": ("compare", "linked-image"),
    "Generate, 40 samples beside their nearest real images": ("generate", "a copy would be at 0"),
    "Denoise, every denoiser side by side": ("denoise", "comes closest"),
}
"""What a page shows last of what it opens with: pictures by their test id, or a text."""
IS_PAINTED = """image => image.width > 1
    && image.getContext("2d").getImageData(0, 0, image.width, image.height)
        .data.some((value, i) => i % 4 !== 3 && value > 0)"""


def rows() -> list[dict[str, str]]:
    """One row per measure."""
    with (
        tempfile.TemporaryDirectory() as folder,
        launched() as browser,
        served(Path(folder) / "log", AECORE_RUNS=f"{folder}/runs") as address,
    ):
        open_plane(new_page(browser), address)  # the server reads the images once
        firsts, sizes, files = zip(*[_first_view(browser, address) for _ in range(5)], strict=True)
        latency, rate, sent = drag(new_page(browser), address)
        views = {title: _views(browser, f"{address}/{path}", last) for title, (path, last) in VIEWS.items()}
    with launched() as browser:  # its own: the app's pages share one GPU process with whatever else draws
        redraws = {count: _redraw(browser, count) for count in (10_000, 70_000)}
        convolutional, recurrent = (_decoding(browser, model) for model in (_convolutional(), _recurrent()))
    return [
        _row(
            "first interactive view, warm server, median of 5", f"{statistics.median(firsts):.2f} s", "≤ 3 s"
        ),
        *[
            _row(f"first view of {title}, median of 3", f"{seconds:.2f} s", "")
            for title, seconds in views.items()
        ],
        _row("bytes to open MNIST's VAE, originals included", f"{max(sizes) / 1e6:.1f} MB", ""),
        _row("scripts, styles and fonts of a first visit, on the wire", f"{max(files) / 1e6:.1f} MB", ""),
        _row("pointer event to painted image, median", f"{latency[0]:.1f} ms", ""),
        _row("the same, 95th percentile", f"{latency[1]:.1f} ms", "≤ 16 ms"),
        _row("images per second in a 3-second drag", f"{rate:.0f}", "≥ 55"),
        _row("messages to the server while dragging", str(sent), "0"),
        _row("redraw of 10,000 codes, five in a row, median", f"{redraws[10_000]:.1f} ms", "≤ 5 ms"),
        _row("redraw of 70,000 codes, five in a row, median", f"{redraws[70_000]:.1f} ms", "≤ 25 ms"),
        _row("decoding 32×32 px, transposed convolutions 128-64-32", f"{convolutional:.1f} ms", "≤ 4 ms"),
        _row("decoding 28×28 px, LSTM over rows, state of 128", f"{recurrent:.1f} ms", "≤ 5 ms"),
    ]


def _redraw(browser: Browser, count: int) -> float:
    """Median ms for a redraw of so many codes on a plane of 560 x 560 px, the pictures waited for."""
    with module_page(browser) as page:
        return statistics.median(page.evaluate(REDRAW, count)[5:])


def _decoding(browser: Browser, model: _Decoder) -> float:
    """Median ms of one forward pass on the page's own thread."""
    shapes = {name: list(tensor.shape) for name, tensor in model.state_dict().items()}
    with module_page(browser) as page:
        layers = export.decoder_layers(model)  # pyright: ignore[reportArgumentType]  all of one that is read
        return statistics.median(page.evaluate(DECODING, [layers, shapes]))


def _row(measure: str, value: str, limit: str) -> dict[str, str]:
    return {"measure": measure, "value": value, "limit": limit}


def new_page(browser: Browser) -> Page:
    """A page in a window of its own, without anything kept."""
    return browser.new_context(viewport={"width": 1360, "height": 1000}).new_page()


def _first_view(browser: Browser, address: str) -> tuple[float, int, int]:
    """Seconds from the request to a plane that has decoded, in a new window, and what came for it.

    Returns:
        Seconds, bytes of Streamlit's messages by then, and bytes of files until the page is at rest.
    """
    page, received, files = new_page(browser), [], []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(len(frame))))
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda event: files.append(event["encodedDataLength"]))
    started = time.perf_counter()
    open_plane(page, address)
    seconds, messages = time.perf_counter() - started, sum(received)
    page.wait_for_load_state("networkidle")
    page.context.close()
    return seconds, messages, sum(files)


def _views(browser: Browser, address: str, last: str) -> float:
    """Median seconds from the request to what a page shows last, once the server has made it before."""
    seconds = []
    for _ in range(4):
        page, started = new_page(browser), time.perf_counter()
        page.goto(address)
        if last == "linked-image":
            for place in range(3):
                page.get_by_test_id(last).nth(place).wait_for(timeout=60_000)
                image = page.get_by_test_id(last).nth(place).element_handle()
                page.wait_for_function(IS_PAINTED, arg=image)
        else:
            page.get_by_text(last).first.wait_for(timeout=120_000)
        seconds.append(time.perf_counter() - started)
        page.context.close()
    return statistics.median(seconds[1:])  # the first has the server compute what it then keeps


def drag(page: Page, address: str) -> tuple[tuple[float, float], float, int]:
    """Latency (median, 95th percentile) in ms, images per second, and messages sent, in one drag."""
    sent = frames_sent(page)
    plane = open_plane(page, address)
    page.wait_for_timeout(1500)
    page.evaluate(
        """() => {
            window.latencies = [];
            addEventListener("decoded", (event) => latencies.push(event.detail.latency));
        }"""
    )
    x, y = plane["x"] + plane["width"] / 4, plane["y"] + plane["height"] / 2
    page.mouse.move(x, y)
    page.wait_for_timeout(1500)
    page.mouse.down()
    page.evaluate("() => { latencies.length = 0; }")
    before, started, step = len(sent), time.perf_counter(), 0
    while (elapsed := time.perf_counter() - started) < DRAG_S:
        step += 1
        page.mouse.move(x + plane["width"] / 2 * elapsed / DRAG_S, y + 40 * ((step % 20) / 20))
        time.sleep(max(0.0, started + step / 60 - time.perf_counter()))  # the mouse's own rate
    found = page.evaluate("() => latencies")
    while_dragging = len(sent) - before
    page.mouse.up()
    quantiles = statistics.quantiles(found, n=20)
    return (statistics.median(found), quantiles[18]), len(found) / elapsed, while_dragging
