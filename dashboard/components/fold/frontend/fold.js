// Shows and hides the row of choices, by a class that the page's style knows.

const SHOWS = "shows-choices";

export default function ({ parentElement, data }) {
  const button = parentElement.querySelector("button");
  const { classList } = document.body;
  const tell = () => button.setAttribute("aria-expanded", String(classList.contains(SHOWS)));
  button.textContent = data.chosen;
  button.onclick = () => {
    classList.toggle(SHOWS);
    tell();
  };
  tell();
}
