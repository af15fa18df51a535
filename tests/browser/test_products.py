"""The decoder's products in WebAssembly: as JavaScript has them, and in as much memory as they need."""

import numpy as np
import pytest

from benchmarks.harness.modules import module_page

SIZES = [  # rows, columns, depth: of no multiple of what is done at once, of one, and of layers
    *[(rows, columns, depth) for rows in (1, 2, 3) for columns in (1, 2, 3, 4, 5) for depth in range(10)],
    *[(4, 8, 12), (7, 13, 33), (1, 512, 128), (512, 1, 128), (1, 1, 1), (48, 1030, 66), (257, 64, 3)],
]
MULTIPLY = """async (asked) => {
    const { Products } = await import("/lib/decoder/products.js");
    const fill = (array, seed) => array.forEach((_, i) => (array[i] = Math.sin(seed + 1.7 * i + i * i)));
    const products = [new Products(), new Products(true)];
    const all = asked.map(([rows, columns, depth]) => {
        const a = new Float32Array(rows * depth);
        fill(a, rows);
        return products.map((one) => one.add(rows, columns, depth, { a }));
    });
    for (const one of products) one.lay();
    const worst = all.map((both) => {
        for (const product of both) {
            fill(product.b, 3);
            product.out.fill(NaN);
            product.run();
        }
        const [fast, plain] = both.map((product) => product.out);
        return Array.from(fast).reduce((most, value, i) => Math.max(most, Math.abs(value - plain[i])), 0);
    });
    const isSame = (one, other) => one.every((value, i) => value === other[i]);
    const others = all.flatMap(([fast, plain]) => [isSame(fast.a, plain.a), isSame(fast.b, plain.b)]);
    const bytes = all.at(-1)[0].out.buffer.byteLength;
    return { worst, isPlain: products[0].isPlain, areOperandsKept: others.every(Boolean), bytes };
}"""
ENGINE = """async () => {
    const { Products } = await import("/lib/decoder/products.js");
    const products = new Products();
    const product = products.add(1, 2, 3, { b: Float32Array.of(1, 2, 3, 4, 5, 6) });
    products.lay();
    product.a.set([1, 10, 100]);
    product.run();
    return [products.isPlain, Array.from(product.out)];
}"""
EXPECTED = [321, 654]


NO_RELAXED_SIMD = """() => {
    const { Module } = WebAssembly;
    let tries = 0;
    WebAssembly.Module = function (bytes) {
        if (tries++ === 0) throw new WebAssembly.CompileError("no relaxed SIMD");
        return new Module(bytes);
    };
    window.tries = () => tries;
}"""


def test_products_of_any_size_are_those_of_javascript(modules):
    check_products(modules.evaluate(MULTIPLY, SIZES))


def test_products_are_the_same_where_a_browser_has_simd_and_no_relaxed_one(browser):
    with module_page(browser) as page:
        page.evaluate(NO_RELAXED_SIMD)
        check_products(page.evaluate(MULTIPLY, SIZES))
        assert page.evaluate("() => tries()") == 2


def check_products(found):
    assert not found["isPlain"]
    for size, worst in zip(SIZES, found["worst"], strict=True):
        assert worst <= 1e-6 * max(1, size[2]), size  # a NaN is what was left out


def test_a_product_writes_its_sums_and_nothing_else(modules):
    assert modules.evaluate(MULTIPLY, SIZES)["areOperandsKept"]


def test_the_memory_is_what_the_operands_need_in_whole_pages(modules):
    def up(floats: int) -> int:
        return 4 * (floats + -floats % 4)

    needed = sum(up(r * d) + up(c * d) + up(r * c) for r, c, d in SIZES)
    assert modules.evaluate(MULTIPLY, SIZES)["bytes"] == 65_536 * -(-needed // 65_536)


def test_the_memory_of_a_decoder_goes_with_the_decoder(modules):
    modules.evaluate(
        """async () => {
            const { createDecoder } = await import("/lib/decoder/decoder.js");
            const { Products } = await import("/lib/decoder/products.js");
            const tensors = { w: { shape: [2000, 2000], data: new Float32Array(4e6) } };
            const layers = [{ type: "linear", weight: "w" }];
            window.memories = [];
            window.decoders = [];
            for (let k = 0; k < 40; k++) {
                const products = new Products();
                decoders = [createDecoder(layers, tensors, 2000, products)];
                memories.push([new WeakRef(products.all[0].out.buffer), products.isPlain]);
            }
        }"""
    )
    engine = modules.context.new_cdp_session(modules)
    modules.wait_for_timeout(100)  # a WeakRef holds on until its task is over
    engine.send("HeapProfiler.collectGarbage")
    kept = modules.evaluate("() => memories.map(([memory, isPlain]) => [Boolean(memory.deref()), isPlain])")
    assert kept == [[False, False]] * 39 + [[True, False]]


def engine_where(browser, before: str) -> list[object]:
    """Which engine multiplies on a page on which something was done first, and what comes of it."""
    with module_page(browser) as page:
        page.evaluate(before)
        return page.evaluate(ENGINE)


def test_webassembly_multiplies_where_there_is_nothing_against_it(browser):
    assert engine_where(browser, "() => {}") == [False, EXPECTED]


@pytest.mark.parametrize(
    "before",
    [
        "() => { delete globalThis.WebAssembly; }",
        "() => { WebAssembly.Module = function () { throw new WebAssembly.CompileError('no SIMD'); }; }",
        "() => { WebAssembly.Memory = function () { throw new RangeError('out of memory'); }; }",
        """() => document.head.append(Object.assign(document.createElement("meta"), {
            httpEquiv: "Content-Security-Policy", content: "script-src 'self'",
        }))""",
    ],
    ids=["none", "no SIMD", "no memory", "a policy"],
)
def test_javascript_multiplies_where_webassembly_is_refused(browser, before):
    assert engine_where(browser, before) == [True, EXPECTED]


def test_rounding_is_that_of_float32(modules):
    # sums of positive numbers, whose relative error is at most about depth/4 roundings of 2^-24 each
    found = modules.evaluate(
        """async () => {
            const { Products } = await import("/lib/decoder/products.js");
            const products = new Products(), depth = 4096;
            const product = products.add(1, 8, depth, {});
            products.lay();
            product.a.forEach((_, i, a) => (a[i] = 1 + (i % 7) / 10));
            product.b.forEach((_, i, b) => (b[i] = 1 / (1 + (i % 11))));
            product.run();
            return [Array.from(product.a), Array.from(product.b), Array.from(product.out)];
        }"""
    )
    a, b, out = (np.array(values, np.float64) for values in found)
    np.testing.assert_allclose(out, b.reshape(8, -1) @ a, rtol=4096 / 4 * 2.0**-24)
