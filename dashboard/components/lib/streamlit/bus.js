// How the planes of one group meet: a register in the page, what they share, and what they tell one another.

// Every component is its own script, so they can meet only in the page itself.
const REGISTER = Symbol.for("aecore.plane-groups");

/** Nothing of the originals is known before the conductor has come. */
export const NO_ORIGINALS = { areOffered: false, stateOf: () => "absent", image: () => null, thumbnail: () => null, preview: () => null };

const FIRST = {
  link: "image",
  overlays: [],
  hidden: [],
  condition: null,
  window: "codes",
  originals: NO_ORIGINALS,
  selection: null,
  shown: null,
  /** What dots are coloured by, and of numbers the ends of the one scale. */
  colour: { name: "class", ends: null },
  hiddenWords: [],
};

/** The group of a name, made when first asked for; an empty name is a group of one's own. */
export function groupNamed(name) {
  if (!name) return new Group();
  const groups = (globalThis[REGISTER] ??= new Map());
  if (!groups.has(name)) groups.set(name, new Group(() => groups.delete(name)));
  return groups.get(name);
}

/**
 * What a group shares. Members may come and go in any order: whoever comes late finds the state, and
 * when the last one leaves, the group is forgotten.
 *
 * A member is an object with any of these methods: `hear(message)`, for what others of the group
 * say; `stateChanged(changes)`, after `set`; `contributed()`, after marks or holes changed;
 * `membersChanged()`.
 */
export class Group {
  constructor(onEmpty = () => {}) {
    this.onEmpty = onEmpty;
    this.members = new Set();
    this.state = { ...FIRST };
    this.contributions = new Map();
    /** The member that the pointer is in. */
    this.pointed = null;
  }

  /** Adds a member; returns what takes it out again, once however often it is called. */
  join(member) {
    this.members.add(member);
    this.tell("membersChanged");
    return () => {
      if (!this.members.delete(member)) return;
      this.tell("membersChanged");
      if (!this.members.size) this.onEmpty();
    };
  }

  /** Changes what is shared; every member is told, the one that changed it too. */
  set(changes) {
    Object.assign(this.state, changes);
    this.tell("stateChanged", changes);
  }

  /** Says something to every other member. A selection is also kept for those who come later. */
  say(message, sender) {
    if (message.type === "select") this.state.selection = isNothing(message) ? null : message;
    for (const member of [...this.members]) if (member !== sender) member.hear?.(message);
  }

  /**
   * Marks and maps of holes from one place on the page; null takes them back.
   *
   * @param {Object} from who contributes.
   * @param {?{marks: Object[], holes: Object, values?: Object, words?: Object, whose?: string, clustersOf?: string}} content
   *   marks, maps by the plane's name, and values, and what they stand for, by theirs; whose plane alone the values are
   *   of, if not all planes'; and what the run is called whose codes' clusters all planes show.
   */
  contribute(from, content) {
    if (content) this.contributions.set(from, content);
    else this.contributions.delete(from);
    this.tell("contributed");
  }

  marksOf(name) {
    return [...this.contributions.values()].flatMap(({ marks }) => marks.filter((mark) => mark.plane === name));
  }

  waysOf(name) {
    return [...this.contributions.values()].flatMap(({ ways }) => (ways ?? []).filter((way) => way.plane === name));
  }

  holesOf(name) {
    for (const { holes } of this.contributions.values()) if (holes[name]) return holes[name];
    return null;
  }

  /** Numbers of every image that dots of a plane can be coloured by, or null where nobody brought them. */
  valuesOf(name, plane = "") {
    for (const { values, whose } of this.contributions.values()) if (values?.[name] && (!whose || whose === plane)) return values[name];
    return null;
  }

  /** What the run is called whose codes' clusters all planes show, or nothing. */
  clustersOf() {
    return [...this.contributions.values()].map(({ clustersOf }) => clustersOf).find(Boolean) ?? "";
  }

  /** What values of a name stand for that are indices, or nothing. @returns {string[]} */
  wordsOf(name) {
    for (const { words } of this.contributions.values()) if (words?.[name]) return words[name];
    return [];
  }

  tell(what, ...details) {
    for (const member of [...this.members]) member[what]?.(...details);
  }
}

function isNothing({ image, position, code }) {
  return image === null && !position && !code;
}

/**
 * A position of one plane as another is to show it.
 *
 * @param {number[]} position [x, y] on the axes that the source shows.
 * @param {string} link "position" for the same numbers, "scaled" for the same number of standard
 *   deviations of each model's own codes from their mean.
 * @param {{mean: number[], std: number[]}} from moments of the source's codes on its shown axes.
 * @param {{mean: number[], std: number[]}} to the same of the plane that asks.
 * @returns {number[]} [x, y]
 */
export function translated(position, link, from, to) {
  if (link !== "scaled") return [...position];
  // Codes that are all alike have no spread to scale by.
  return position.map((value, k) => to.mean[k] + (from.std[k] ? (to.std[k] * (value - from.mean[k])) / from.std[k] : 0));
}

/** Mean and standard deviation of the positions (n, 2), flat, by axis. */
export function moments(positions) {
  const n = Math.max(positions.length / 2, 1);
  const mean = [0, 0];
  const std = [0, 0];
  for (let i = 0; i < positions.length; i++) mean[i % 2] += positions[i] / n;
  for (let i = 0; i < positions.length; i++) std[i % 2] += (positions[i] - mean[i % 2]) ** 2 / n;
  return { mean, std: std.map(Math.sqrt) };
}
