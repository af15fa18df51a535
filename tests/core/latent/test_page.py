"""The page of the priors says what their files say, a new file's too."""

from aecore.latent import priors
from docs import priors as page
from tests.plugins import RING, added


def test_the_written_page_is_that_of_the_files():
    assert page.PAGE.read_text("utf-8") == page.text(), "run `make cards`"


def test_a_new_file_has_its_section(tmp_path):
    with added(priors, tmp_path, "ring.py", RING):
        section = page.text().partition("\n## A ring\n")[2].partition("\n## ")[0]
    assert "`ring`" in section
    assert "It exists in 2 latent dimensions; each coordinate's standard deviation round 0 is 1.42" in section
    assert "the latent plane draws a cloud of samples" in section
