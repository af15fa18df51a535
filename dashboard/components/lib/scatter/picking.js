// A spatial index over the plane's positions: which code is nearest to a point.

export class PositionIndex {
  /** @param {Float32Array} positions (n, 2), flat. */
  constructor(positions) {
    this.positions = positions;
    const n = positions.length / 2;
    const ranges = boundsOf(positions);
    // About two codes a cell keeps both the lists and the number of cells visited short.
    this.side = Math.max(1, Math.ceil(Math.sqrt(n / 2)));
    this.left = ranges.left;
    this.bottom = ranges.bottom;
    this.cellWidth = (ranges.right - ranges.left) / this.side || 1;
    this.cellHeight = (ranges.top - ranges.bottom) / this.side || 1;
    this.fill(n);
  }

  // Counting sort: starts[c]..starts[c + 1] are the members of cell c, with no array per cell.
  fill(n) {
    const cellOf = new Int32Array(n);
    this.starts = new Int32Array(this.side * this.side + 1);
    for (let i = 0; i < n; i++) {
      cellOf[i] = this.row(this.positions[2 * i + 1]) * this.side + this.column(this.positions[2 * i]);
      this.starts[cellOf[i] + 1]++;
    }
    for (let c = 0; c < this.side * this.side; c++) this.starts[c + 1] += this.starts[c];
    const next = this.starts.slice();
    this.members = new Int32Array(n);
    for (let i = 0; i < n; i++) this.members[next[cellOf[i]]++] = i;
  }

  column(x) {
    return Math.min(this.side - 1, Math.max(0, Math.floor((x - this.left) / this.cellWidth)));
  }

  row(y) {
    return Math.min(this.side - 1, Math.max(0, Math.floor((y - this.bottom) / this.cellHeight)));
  }

  /**
   * The nearest accepted code within `radius` (latent units) of (x, y), or -1.
   *
   * @param {(i: number) => boolean} accepts by index; hidden classes are refused here.
   */
  nearest(x, y, radius, accepts) {
    const { positions, members, starts, side } = this;
    let best = -1;
    let bestSquared = radius * radius;
    for (let row = this.row(y - radius); row <= this.row(y + radius); row++) {
      const first = starts[row * side + this.column(x - radius)];
      const last = starts[row * side + this.column(x + radius) + 1];
      for (let k = first; k < last; k++) {
        const i = members[k];
        const squared = (positions[2 * i] - x) ** 2 + (positions[2 * i + 1] - y) ** 2;
        if (squared <= bestSquared && accepts(i)) {
          best = i;
          bestSquared = squared;
        }
      }
    }
    return best;
  }
}

function boundsOf(positions) {
  const box = { left: Infinity, right: -Infinity, bottom: Infinity, top: -Infinity };
  for (let i = 0; i < positions.length; i += 2) {
    box.left = Math.min(box.left, positions[i]);
    box.right = Math.max(box.right, positions[i]);
    box.bottom = Math.min(box.bottom, positions[i + 1]);
    box.top = Math.max(box.top, positions[i + 1]);
  }
  return positions.length ? box : { left: 0, right: 1, bottom: 0, top: 1 };
}
