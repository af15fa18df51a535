// How the button reaches the sheet, which is another component of the page.

/** Somebody wants to see the sheet of keys. */
export const ASKED = "aecore:shortcuts";
