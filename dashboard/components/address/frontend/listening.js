// What shows a state of the address hears when it changes under it: by Back or Forward, or by Python.

/** Python has put something else there. */
export const CHANGED = "aecore:address";

/**
 * Calls `follow` with whether the person went there (else Python did) until the signal says stop; not for
 * another page's address.
 */
export function listenToAddress(follow, signal) {
  const { pathname } = window.location;
  const heard = (event) => {
    if (window.location.pathname === pathname) follow(event.type === "popstate");
  };
  for (const name of ["popstate", CHANGED]) window.addEventListener(name, heard, { signal });
}
