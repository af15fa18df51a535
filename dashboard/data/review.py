"""What was read of images that somebody brought, before anything is kept: seen, changed, kept or not."""

import html

import streamlit as st

from aecore import datasets
from aecore.importers import Review
from aecore.importers.listing import PICTURES, Skipped
from aecore.jobs.pace import quick_words
from aecore.storage import ownership
from aecore.storage.settings import check_writable
from dashboard.data import contact_sheets, form
from dashboard.figures.contact_sheet import strip
from dashboard.services import imports, visitors
from dashboard.services.intake import Found, Intake
from dashboard.shared import error_message
from dashboard.shared.actions import press
from dashboard.shared.plain_text import as_text
from dashboard.shared.wording import count_of, size_words, time_words
from dashboard.state import keys, session

NAMED = 3
"""Files that were left out, of which each is named at the top; all of them have a tab of their own."""


def show_form(intake: Intake) -> tuple[str, str]:
    """How it is read, and the buttons that keep it or put it away.

    Args:
        intake: what was brought; it is read anew where something was changed.

    Returns:
        Its name and its title.
    """
    with st.container(key="data-form", gap="xsmall"):
        chosen, name, title = form.show(intake)
    if chosen is not None and chosen != intake.settings:
        intake.read(chosen, imports.intakes().jobs)
    with st.container(key="data-keep", horizontal=True, gap="small"):
        is_ready = intake.found is not None and chosen is not None
        st.button(
            "Keep",
            type="primary",
            icon=":material/save:",
            disabled=not is_ready,
            key="keep-images",
            **press(_keep, intake, name, title, whole_page=True),
        )
        st.button(
            "Cancel",
            icon=":material/close:",
            key="cancel-images",
            **press(_cancel, intake, whole_page=True),
        )
    return name, title


def _keep(intake: Intake, name: str, title: str) -> None:
    """Keep what was read, and show it."""
    check_writable("importing images")
    review = intake.kept(name, title)
    if review is None:
        session.exchange(keys.SAID_OF_DATA, ("info", "It was kept or cancelled already, in another tab."))
        return
    if review.is_new:
        ownership.note(datasets.imported_root(), review.name, visitors.owner())
    imports.intakes().close(visitors.owner(), intake)
    said = f"Kept as {review.title}." if review.is_new else "The same images were here already, as these."
    session.exchange(keys.SAID_OF_DATA, ("success", as_text(said)))
    session.commit({keys.DATASET: review.name})


def _cancel(intake: Intake) -> None:
    imports.intakes().close(visitors.owner(), intake)
    said = "It was kept before Cancel was pressed." if intake.is_kept else "Cancelled. Nothing was kept."
    session.exchange(keys.SAID_OF_DATA, ("info", said))


def show(intake: Intake, name: str, title: str) -> None:
    """What was read, or how far that is.

    Args:
        intake: what was brought.
        name: what it will be called.
        title: likewise, by people.
    """
    st.markdown(f"## {as_text(title or intake.title)}")
    found = intake.found
    if intake.job.state == "failed":
        st.error(as_text(intake.job.error))
        _show_preview(intake)
    elif found:
        review = found.images.review(name or "images", title)
        show_summary(found, review)
        _show_preview(intake)
        _show_found(found, review)
    else:
        _show_progress(intake)


@st.fragment(run_every=0.4)
@error_message.said
def _show_progress(intake: Intake) -> None:
    job = intake.job
    if job.is_over:
        st.rerun(scope="app")
    ahead = imports.intakes().jobs.waiting_before(job)
    if job.state == "waiting":
        text = f"Waiting, {count_of(ahead, 'import')} before it" if ahead else "Starting"
    else:
        left = job.seconds_left
        text = " · ".join(filter(None, [job.note, "" if left is None else f"{time_words(left)} left"]))
    st.progress(job.share, text or "Looking at the files")
    _show_preview(intake)


def show_summary(found: Found, review: Review) -> None:
    """In a line: sizes, counts, bytes and what a training would take."""
    height, width, channels = review.shape
    counts = ", ".join(f"{count:,} {split}" for split, count in review.counts.items())
    words = [
        f"**{sum(review.counts.values()):,} images** of {height} × {width} pixels, "
        f"{'grey' if channels == 1 else 'colour'}",
        count_of(len(review.classes), "class").replace("classs", "classes")
        if review.classes
        else "no labels",
        counts,
        count_of(review.duplicates, "duplicate") if review.duplicates else "",
        size_words(review.bytes) + " on the disk",
    ]
    st.markdown(" · ".join(filter(None, words)))
    st.caption(f":material/timer: {_quick_words(found)}")
    if not review.is_new:
        st.info("The same images are here already under this name.")
    if review.equals:
        titles = " and ".join(datasets.title(name) for name in review.equals[:NAMED])
        st.info(as_text(f"The same images are here already, as {titles}."))


def _quick_words(found: Found) -> str:
    """How long a training takes, as far as others have shown."""
    if found.quick is None:
        return "How long a training on them takes here is not known yet: its first epochs will tell."
    return as_text(quick_words(*found.quick))


def _show_preview(intake: Intake) -> None:
    """Some pictures as they would be kept, also while all are being read."""
    pixels = intake.preview()
    if pixels is not None:
        is_of_all = intake.settings.left_out and intake.found is None
        said = "As they would be kept, of all classes" if is_of_all else "As they would be kept"
        picture = strip(pixels, f"{len(pixels)} of the pictures as they would be kept")
        st.html(f'<figure class="preview">{picture}<figcaption>{said}</figcaption></figure>')


def _show_found(found: Found, review: Review) -> None:
    skipped = review.skipped
    if skipped:
        first = sorted(skipped, key=_is_no_loss)[:NAMED]
        named = "; ".join(f"{as_text(one.name)}: {as_text(one.why)}" for one in first)
        more = f"; and {len(skipped) - NAMED:,} more" if len(skipped) > NAMED else ""
        st.warning(f"Left out: {named}{more}.")
    titles = [
        "Classes" if review.classes else "Images",
        f"Left out ({len(skipped):,})",
        "How it was read",
    ]
    classes, left_out, how = st.tabs(titles)
    with classes:
        contact_sheets.show_sheets(found.sheets)
    with left_out:
        _show_skipped(skipped)
    with how:
        contact_sheets.show_notes(review.notes)
        if review.columns:
            st.markdown(f"Also known of each image: {as_text(', '.join(review.columns))}.")


def _is_no_loss(one: Skipped) -> bool:
    """Whether a file that was left out is none that a person would miss: pictures come first."""
    return one.why.startswith("hidden") or one.name.rpartition(".")[2].lower() not in PICTURES


def _show_skipped(skipped: tuple[Skipped, ...]) -> None:
    """Each file by its name."""
    if not skipped:
        st.markdown("Nothing was left out.")
        return
    rows = "".join(
        f"<tr><td>{html.escape(one.name)}</td><td>{html.escape(one.why)}</td></tr>" for one in skipped[:1000]
    )
    head = '<tr><th scope="col">File</th><th scope="col">Why</th></tr>'
    st.html(f'<table class="contact skipped"><thead>{head}</thead><tbody>{rows}</tbody></table>')
    if len(skipped) > 1000:
        st.caption(f"The first 1,000 of {len(skipped):,}.")
