"""The page of the corruptions says what their files say, a new file's too."""

from aecore import corruptions
from docs import corruptions as page
from tests.plugins import FOG, added


def test_the_written_page_is_that_of_the_files():
    assert page.PAGE.read_text("utf-8") == page.text(), "run `make cards`"


def test_a_new_file_has_its_section(tmp_path):
    with added(corruptions, tmp_path, "fog.py", FOG):
        section = page.text().partition("\n## Fog of noise\n")[2]
    assert "`fog`. Every pixel fades into a random grey. (1 - level) * image + level * uniform." in section
    assert "Level: share of fog, 0 to 1; denoisers are compared at 0.6 and fitted at 21 levels" in section
    assert "a denoising variant can be trained on it" in section
