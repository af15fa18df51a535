// Which image each row is: in order, or as a projection of some of them says.

export class Rows {
  /** @param {?Int32Array} indices the image of each row, or null where it is the row. @param {number} count */
  constructor(indices, count) {
    this.indices = indices;
    this.count = count;
    this.rows = indices && new Map(Array.from(indices, (image, row) => [image, row]));
  }

  /** The image of a row, or null for no row, -1. */
  imageOf(row) {
    if (row < 0) return null;
    return this.indices ? this.indices[row] : row;
  }

  /** The row of an image, or -1 where it is not among them. */
  rowOf(image) {
    if (this.rows) return this.rows.get(image) ?? -1;
    return image < this.count ? image : -1;
  }
}
