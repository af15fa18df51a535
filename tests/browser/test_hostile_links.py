"""Hostile links in a browser: it reads as Python reads, and the plane that follows them goes on.

AECORE_LINKS=10000 pytest tests/browser/test_hostile_links.py reads so many.
"""

import os
from urllib.parse import urlencode

from dashboard.state import keys, link
from tests.browser.test_conditional_plane import mount
from tests.hostile_links import links

LINKS = int(os.environ.get("AECORE_LINKS", "1000"))
FOLLOWED = 300
ABOUT = {"count": 10, "latentDim": 2, "classes": ["a", "b", "c"]}
ASKED = {"images": 10, "latent_dim": 2, "classes": 3, "conditions": 3}


def test_the_browser_follows_a_link_exactly_where_python_does(modules):
    asked = [
        (part, parameters[keys.PLANE_URL[part]])
        for parameters in links(LINKS)
        for part in keys.PLANE_URL
        if keys.PLANE_URL[part] in parameters
    ]
    read = modules.evaluate(
        """async ([asked, names, about]) => {
            const { readLink } = await import("/latent_plane/frontend/url_state.js");
            const nothing = JSON.stringify(readLink("", names, about));
            const search = (part, text) => "?" + new URLSearchParams({ [names[part]]: text });
            const read = (part, text) => JSON.stringify(readLink(search(part, text), names, about));
            return asked.map(([part, text]) => read(part, text) !== nothing);
        }""",
        [asked, keys.PLANE_URL, ABOUT],
    )
    expected = [link.fits_plane(part, text, **ASKED) for part, text in asked]
    assert [one for one, a, b in zip(asked, read, expected, strict=True) if a != b] == []
    assert 0.05 < sum(read) / len(read) < 0.95


def worst() -> list[str]:
    """Links with a window or a position, which is what a plane may hang on."""
    found = (parameters for parameters in links(20 * FOLLOWED, seed=1) if {"view", "z"} & set(parameters))
    return [urlencode(parameters) for _, parameters in zip(range(FOLLOWED), found, strict=False)]


def test_a_plane_follows_the_worst_of_them_without_an_error_or_a_pause(modules):
    errors: list[str] = []
    modules.on("pageerror", lambda error: errors.append(str(error)))
    modules.set_viewport_size({"width": 1200, "height": 1000})
    page = mount(modules, url_names=keys.PLANE_URL)
    slowest, drawn = page.evaluate(
        """async (queries) => {
            const frame = () => new Promise((done) => requestAnimationFrame(done));
            let slowest = 0, drawn = 0;
            for (const query of queries) {
                history.replaceState(null, "", "?" + query);
                const from = performance.now();
                dispatchEvent(new PopStateEvent("popstate"));
                const spent = performance.now() - from;
                await frame();
                await frame();
                slowest = Math.max(slowest, spent);
                const under = document.querySelector("[data-part=under]");
                const pixels = under.getContext("2d").getImageData(0, 0, under.width, under.height).data;
                drawn += pixels.some(Boolean);
            }
            return [slowest, drawn];
        }""",
        worst(),
    )
    problem = page.locator("[data-part=problem]")
    assert (errors, problem.is_hidden(), drawn) == ([], True, FOLLOWED)
    assert slowest < 2000, f"{slowest:.0f} ms"


def test_a_plane_opens_on_the_reported_ones(modules):
    for query in ("view=1e9,0,3e-7", "view=0,0,1e-99", "view=1e9,0,1", "view=3e38,0,1e30", "z=1e%2B06,1e6"):
        page = mount(modules, search=f"/?{query}", url_names=keys.PLANE_URL)
        assert page.locator("[data-part=problem]").is_hidden(), query
