// What Python packed of a training: codes, pictures and decoders of the kept epochs, each read when it is needed.
import { classColours } from "../../lib/scatter/palette.js";
import { columnMeans, planePositions, widestAxes } from "../../lib/scatter/geometry.js";
import { openSafetensors } from "../../lib/decoder/safetensors.js";
import { storedImage } from "../../lib/ui/pixels.js";

export class Epochs {
  /** @param {Uint8Array} bytes the packed buffer; packing.py says what it holds. */
  constructor(bytes) {
    this.file = openSafetensors(bytes);
    this.names = new Set(this.file.names);
    const about = JSON.parse(this.file.metadata.rewind);
    this.about = about;
    this.name = about.name;
    this.numbers = about.epochs;
    this.classes = about.classes;
    this.latentDim = about.latent_dim;
    this.shape = about.image_shape;
    this.isLive = about.is_live;
    this.hasPrior = Boolean(about.has_prior);
    this.totalEpochs = about.total_epochs ?? (this.isLive ? null : this.numbers.at(-1));
    this.labels = this.file.tensor("labels").data;
    this.rows = this.optional("rows")?.data ?? null;
    this.conditions = this.optional("conditions");
    this.shown = this.file.tensor("shown");
    this.originals = this.optional("originals");
    this.colours = classColours(this.classes.length);
    this.read = new Map();
  }

  get last() {
    return this.numbers.length - 1;
  }

  get count() {
    return this.labels.length;
  }

  /** How many fixed test images there are. */
  get pictures() {
    return this.shown.shape[1];
  }

  optional(name) {
    return this.names.has(name) ? this.file.tensor(name) : null;
  }

  once(key, make) {
    if (!this.read.has(key)) this.read.set(key, make());
    return this.read.get(key);
  }

  // ---- Of frame f, the f-th kept epoch

  codes(f) {
    return this.once(`codes ${f}`, () => this.file.tensor(`codes/${this.numbers[f]}`).data);
  }

  code(f, i) {
    return this.codes(f).subarray(i * this.latentDim, (i + 1) * this.latentDim);
  }

  positions(f, axes) {
    return this.once(`positions ${f} ${axes}`, () => planePositions(this.codes(f), this.latentDim, axes));
  }

  means(f) {
    return this.once(`means ${f}`, () => columnMeans(this.codes(f), this.latentDim));
  }

  loss(f) {
    return this.about.test_losses?.[f] ?? null;
  }

  decoderError(f) {
    return this.about.decoder_error?.[f] ?? null;
  }

  /** The class that image `i` is decoded with, or null where the decoder takes none. */
  conditionOf(f, i) {
    if (!this.conditions) return null;
    const [epochs, count] = this.conditions.shape;
    return this.conditions.data[(epochs === 1 ? 0 : f) * count + i];
  }

  /** A fixed image as it is reconstructed, values (c, h, w) in 0..1. */
  reconstruction(f, k) {
    return storedImage(this.shown.data, f * this.pictures + k, this.shape);
  }

  // ---- Of all frames

  original(k) {
    return this.originals && storedImage(this.originals.data, k, this.shape);
  }

  /** Which image of the split code `i` is. */
  imageOf(i) {
    return this.rows ? this.rows[i] : i;
  }

  /** The code of an image of the split, or -1 where it was not kept. */
  codeOfImage(image) {
    if (this.rows) return this.rows.indexOf(image);
    return image < this.count ? image : -1;
  }

  /** The two dimensions to open with. */
  firstAxes() {
    if (this.latentDim < 3) return this.latentDim === 2 ? [0, 1] : [0, -1];
    // Of many dimensions the first two may say nothing.
    return this.about.axes ?? widestAxes(this.codes(this.last), this.latentDim);
  }

  hasDecoder(epoch) {
    return this.names.has(`decoder/${epoch}`);
  }

  decoder(epoch) {
    return this.file.tensor(`decoder/${epoch}`).data;
  }

  /** Whether newer epochs go on with what these show: the same images of the same live training. */
  continues(other) {
    const same = (part) => JSON.stringify(this.about[part]) === JSON.stringify(other.about[part]);
    const kind = ["name", "title", "split", "latent_dim", "image_shape", "classes", "images", "places"].every(same);
    return this.isLive && other.isLive && kind && this.count === other.count && !this.conditions === !other.conditions;
  }
}
