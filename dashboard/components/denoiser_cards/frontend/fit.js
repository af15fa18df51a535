// How many cards stand side by side: as few as let all of them be seen at once.

const GAP = 8;
const [NARROWEST, WIDEST] = [120, 260];
// Of a card, what is no image: its frame and its text.
const [FRAME, TEXT] = [14, 126];

/**
 * @param {number} count of the cards.
 * @param {number} width of the room, px.
 * @param {number} height of the room, px.
 * @returns {number} columns; where not all cards fit, as many as are wide enough to be read.
 */
export function columnsFor(count, width, height) {
  const most = Math.max(2, Math.floor((width + GAP) / (NARROWEST + GAP)));
  const least = Math.min(most, Math.max(2, Math.ceil((width + GAP) / (WIDEST + GAP))));
  for (let columns = least; columns <= most; columns++) {
    const side = (width - GAP * (columns - 1)) / columns;
    if (Math.ceil(count / columns) * (side - FRAME + TEXT + GAP) <= height) return columns;
  }
  return width < 700 ? least : most;
}
